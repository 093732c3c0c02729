/* Cells, time-step levels, and the blocks that the kernels run over. */
#include "flow/pulse_impl.h"

#include <stdlib.h>
#include <string.h>

enum { FEWEST_CELLS = 3 };

/* A thread with fewer cells waits for the others more than it works: a piece of the kernels.
 * Chosen; waiting threads spin, at the cost of whoever shares the machine. */
enum { CELLS_PER_THREAD = 256 };

/* What the work of a step costs beside its cells, in updates of a cell; measured. */
enum {
    END_WORK = 3,     /* an end of a vessel: its ghost, and the cell that waits for the joint */
    JOINT_WORK = 2,   /* an end at its joint */
    ELEMENT_WORK = 6, /* an element, with its part of the sparse system */
    CHAMBER_WORK = 20, /* a chamber that is not slow, with the elements that meet it */
    BLOCK_WORK = 15,   /* a block, however small */
    PACK_WORK = 40,    /* the joints of a level */
    TICK_WORK = 20     /* a finest step */
};

/* Limiter floors: steps of this fraction of the wall's scale per cell are never limited. */
static const double FLOOR = 2e-3;

/* Costs that differ by less are alike. */
static const double ALIKE = 0.02;

static pulse_kind kind_of(const wadi_network *n, const wadi_network_vessel *v)
{
    double rise = n->position_m[v->to][2] - n->position_m[v->from][2];

    if (v->wall == WADI_NETWORK_ARTERY)
        return PULSE_ARTERY;
    if (v->radius_from_m == v->radius_to_m &&
        network_stiffness(v, 0) == network_stiffness(v, 1) && n->blood.gravity_m_s2 * rise == 0)
        return PULSE_VEIN;
    return PULSE_VEIN_GRADED;
}

wadi_status pulse_mesh_new(wadi_pulse *pulse, wadi_error *err)
{
    const wadi_network *n = pulse->network;
    size_t at = 0;

    pulse->vessel_count = n->vessel_count;
    pulse->vessels = wadi_alloc((size_t)n->vessel_count, sizeof *pulse->vessels);
    pulse->places =
        wadi_alloc((size_t)n->vessel_count * WADI_PULSE_PLACES, sizeof *pulse->places);
    if (!pulse->vessels || !pulse->places)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %ld vessels",
                         (long)n->vessel_count);
    for (wadi_index i = 0; i < n->vessel_count; i++) {
        const wadi_network_vessel *v = &n->vessels[i];
        pulse_vessel *to = &pulse->vessels[i];
        double cells = ceil(v->length_m / pulse->options.dx_m - 1e-9);
        double radius = 0.5 * (v->radius_from_m + v->radius_to_m);

        if (!(cells <= 1e7))
            return wadi_fail(err, WADI_ERR_RANGE,
                             "vessel '%s': %g m in cells of %g m are %g cells, at most 1e7 are "
                             "wanted",
                             v->label, v->length_m, pulse->options.dx_m, cells);
        to->cell_count = cells < FEWEST_CELLS ? FEWEST_CELLS : (wadi_index)cells;
        to->dx_m = v->length_m / to->cell_count;
        to->kind = kind_of(n, v);
        to->state = at;
        to->wall_m2_s = v->wall_pa_s_m / (n->blood.density_kg_m3 * sqrt(WADI_PI) * radius);
        at += 2 * (size_t)to->cell_count;
    }
    if ((size_t)pulse->parts > at / 2 / CELLS_PER_THREAD)
        pulse->parts = (int)(at / 2 / CELLS_PER_THREAD);
    if (pulse->parts < 1)
        pulse->parts = 1;
    for (wadi_index i = 0; i < pulse->end_count; i++)
        pulse->vessels[pulse->ends[i].vessel].end[pulse->ends[i].side] = i;
    for (wadi_index i = 0; i < pulse->port_count; i++)
        pulse->ports[i].state = at++;
    for (wadi_index i = 0; i < pulse->element_count; i++, at += 3)
        pulse->elements[i].state = at;
    pulse->state_size = at + (size_t)pulse->node_count;
    pulse->state = wadi_alloc(pulse->state_size, sizeof(double));
    pulse->before = wadi_alloc(pulse->state_size, sizeof(double));
    pulse->work = wadi_alloc(pulse->state_size, sizeof(double));
    if (!pulse->state || !pulse->before || !pulse->work)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu numbers of state",
                         pulse->state_size);
    return WADI_OK;
}

static void free_blocks(wadi_pulse *pulse)
{
    for (wadi_index i = 0; i < pulse->block_count && pulse->lane == 0; i++) {
        free(pulse->blocks[i].store);
        free(pulse->blocks[i].verges);
        free(pulse->blocks[i].vessels);
        free(pulse->blocks[i].wall);
    }
    if (pulse->lane == 0)
        free(pulse->blocks);
    pulse->blocks = NULL;
    pulse->block_count = 0;
    pulse_packs_free(pulse);
    pulse_pool_free(pulse);
}

void pulse_mesh_free(wadi_pulse *pulse)
{
    free_blocks(pulse);
    free(pulse->vessels);
    free(pulse->places);
    free(pulse->state);
    free(pulse->before);
    free(pulse->work);
}

static double z_at(const wadi_network *n, const wadi_network_vessel *v, double x_frac)
{
    double z0 = n->position_m[v->from][2], z1 = n->position_m[v->to][2];

    return n->blood.density_kg_m3 * n->blood.gravity_m_s2 * (z0 + (z1 - z0) * x_frac);
}

/* Everything at rest under one pressure, level by level of height. */
void pulse_state_start(wadi_pulse *pulse)
{
    const wadi_network *n = pulse->network;

    memset(pulse->state, 0, pulse->state_size * sizeof(double));
    for (wadi_index i = 0; i < pulse->vessel_count; i++) {
        const wadi_network_vessel *v = &n->vessels[i];
        const pulse_vessel *to = &pulse->vessels[i];
        for (wadi_index j = 0; j < to->cell_count; j++) {
            double x = (j + 0.5) / to->cell_count, r = network_radius(v, x);
            pulse->state[to->state + (size_t)j] =
                wave_area(v->wall == WADI_NETWORK_VEIN, network_stiffness(v, x),
                          WADI_PI * r * r, n->start_pa - z_at(n, v, x) - v->p_ext_pa);
        }
    }
    for (wadi_index i = 0; i < pulse->port_count; i++) {
        const pulse_port *port = &pulse->ports[i];
        if (port->kind == PORT_WINDKESSEL)
            pulse->state[port->state] = n->outlets[port->part].p_out_pa;
        if (port->kind == PORT_HEART)
            pulse->state[port->state] =
                n->inlets[port->part].fill_pa / n->inlets[port->part].signal.value[0];
        if (port->kind == PORT_CHAMBER)
            pulse->state[port->state] = n->chambers[port->part].p_start_pa;
    }
    for (wadi_index i = 0; i < pulse->element_count; i++)
        pulse->state[pulse->elements[i].state + 1] =
            pulse->elements[i].kind == WADI_NETWORK_VALVE ? 0 : 1;
    for (wadi_index i = 0; i < pulse->node_count; i++)
        pulse->state[pulse->state_size - (size_t)pulse->node_count + (size_t)i] = n->start_pa;
}

double pulse_cell_pressure(const wadi_pulse *pulse, wadi_index vessel, wadi_index cell,
                           double area_m2)
{
    const wadi_network_vessel *v = &pulse->network->vessels[vessel];
    double x = (cell + 0.5) / pulse->vessels[vessel].cell_count, r = network_radius(v, x);

    return v->p_ext_pa + wave_transmural(v->wall == WADI_NETWORK_VEIN, network_stiffness(v, x),
                                         WADI_PI * r * r, area_m2);
}

/* ---- levels ---- */

static double fastest_at_start(const wadi_pulse *pulse, wadi_index i)
{
    const wadi_network_vessel *v = &pulse->network->vessels[i];
    const pulse_vessel *to = &pulse->vessels[i];
    double fastest = 0;

    for (wadi_index j = 0; j < to->cell_count; j++) {
        double x = (j + 0.5) / to->cell_count, r = network_radius(v, x);
        double area = pulse->state[to->state + (size_t)j];
        double flow = pulse->state[to->state + (size_t)(to->cell_count + j)];
        double c = wave_speed(v->wall == WADI_NETWORK_VEIN, network_stiffness(v, x),
                              WADI_PI * r * r, pulse->network->blood.density_kg_m3, area);
        fastest = fmax(fastest, c + network_momentum(v) * fabs(flow / area));
    }
    return 1.15 * fastest / to->dx_m;
}

static int level_for(const wadi_pulse *pulse, double fastest, double steps)
{
    double ratio = pulse->period_s * fastest / (pulse->options.cfl * steps);
    int level = 0;

    while (ratio > 1 && level < PULSE_LEVELS) {
        ratio *= 0.5;
        level++;
    }
    return ratio > 1 ? PULSE_LEVELS + 1 : level;
}

static int level_of_joint(const wadi_pulse *pulse, wadi_index index)
{
    const pulse_node *node = &pulse->nodes[index];
    int level = 0;

    for (wadi_index e = node->first_end; e < node->first_end + node->end_count; e++) {
        int its = pulse->vessels[pulse->ends[e].vessel].level;
        level = its > level ? its : level;
    }
    return level;
}

/* Work of a longest step with the levels as they are. */
static double work_of_levels(const wadi_pulse *pulse, double step_s)
{
    bool cells[PULSE_LEVELS + 1][PULSE_KINDS] = {{false}}, joints[PULSE_LEVELS + 1] = {false};
    double work = 0;
    int finest = 0;

    for (wadi_index i = 0; i < pulse->vessel_count; i++) {
        const pulse_vessel *v = &pulse->vessels[i];

        cells[v->level][v->kind] = true;
        finest = v->level > finest ? v->level : finest;
        work += (double)(1 << v->level) * (v->cell_count + 2 * END_WORK);
    }
    for (wadi_index i = 0; i < pulse->node_count; i++) {
        int level = level_of_joint(pulse, i);

        joints[level] = true;
        work += (double)(1 << level) * JOINT_WORK * pulse->nodes[i].end_count;
    }
    for (wadi_index i = 0; i < pulse->element_count; i++) {
        int from = level_of_joint(pulse, pulse->elements[i].from);
        int to = level_of_joint(pulse, pulse->elements[i].to);

        work += (double)(1 << (from > to ? from : to)) * ELEMENT_WORK;
    }
    for (int level = 0; level <= finest; level++) {
        for (int kind = 0; kind < PULSE_KINDS; kind++)
            work += cells[level][kind] ? (double)(1 << level) * BLOCK_WORK : 0;
        work += joints[level] ? (double)(1 << level) * PACK_WORK : 0;
    }
    for (wadi_index i = 0; i < pulse->port_count; i++) {
        const pulse_port *port = &pulse->ports[i];

        /* What fills quickly is solved with all around it, as often as the quickest there. */
        if (port->kind == PORT_CHAMBER &&
            step_s * port->grip >=
                PULSE_SLOW * pulse->network->chambers[port->part].compliance_m3_pa)
            work += (double)(1 << finest) * CHAMBER_WORK;
    }
    return work + (double)(1 << finest) * TICK_WORK;
}

/* Work of a cycle with the coarsest levels that its steps allow. */
static double cost_of(wadi_pulse *pulse, double steps)
{
    for (wadi_index i = 0; i < pulse->vessel_count; i++) {
        pulse->vessels[i].level = level_for(pulse, pulse->vessels[i].fastest, steps);
        if (pulse->vessels[i].level > PULSE_LEVELS)
            return INFINITY;
    }
    return steps * work_of_levels(pulse, pulse->period_s / steps);
}

/* A level with few cells is work by itself: let them step as often as the next finer ones where
 * that is less. */
static void merge_levels(wadi_pulse *pulse)
{
    for (int level = 0; level < PULSE_LEVELS; level++) {
        double before = work_of_levels(pulse, pulse->dt_s);
        int next = PULSE_LEVELS + 1;

        for (wadi_index i = 0; i < pulse->vessel_count; i++) {
            int its = pulse->vessels[i].level;
            next = its > level && its < next ? its : next;
        }
        if (next > PULSE_LEVELS)
            return;
        for (wadi_index i = 0; i < pulse->vessel_count; i++) {
            pulse_vessel *v = &pulse->vessels[i];
            v->coarser = v->level;
            v->level = v->level == level ? next : v->level;
        }
        if (work_of_levels(pulse, pulse->dt_s) < before)
            continue;
        for (wadi_index i = 0; i < pulse->vessel_count; i++)
            pulse->vessels[i].level = pulse->vessels[i].coarser;
    }
}

/* Whose waves set the steps; for messages. */
static size_t fastest_lane(const wadi_pulse *pulse)
{
    size_t found = 0;
    double fastest = 0;

    for (size_t lane = pulse->lanes; lane-- > 0;) /* the first has the fastest of all */
        for (wadi_index i = 0; i < pulse->vessel_count; i++)
            if (pulse->lane_of[lane]->vessels[i].fastest > fastest) {
                fastest = pulse->lane_of[lane]->vessels[i].fastest;
                found = lane;
            }
    return found;
}

/* The number of longest steps in a cycle: at least one per sample, and a multiple of the
 * samples once those are fixed. Sizes between powers of two are tried, since levels double. */
static wadi_status choose_steps(wadi_pulse *pulse, wadi_error *err)
{
    double fastest = 0, best = INFINITY, most;
    char name[PULSE_NAME_BYTES];
    long wanted = (long)ceil(pulse->period_s / pulse->options.sample_s), chosen = 0;

    wanted = wanted < 200 ? 200 : wanted;
    for (wadi_index i = 0; i < pulse->vessel_count; i++)
        fastest = fmax(fastest, pulse->vessels[i].fastest);
    most = ceil(pulse->period_s * fastest / pulse->options.cfl);
    if (!(most < 1e9))
        return wadi_fail(err, WADI_ERR_CONVERGENCE,
                         "%sthe fastest wave crosses a cell in %g s: the solution is lost",
                         pulse_name(pulse, fastest_lane(pulse), name), 1 / fastest);
    if (pulse->options.time_step_s > 0) {
        double given = ceil(pulse->period_s / pulse->options.time_step_s - 1e-9);
        if (given < most * pulse->options.cfl)
            return wadi_fail(
                err, WADI_ERR_RANGE,
                "%stime step is %g s, at most %g s is wanted: a wave would outrun a "
                "cell",
                pulse_name(pulse, fastest_lane(pulse), name), pulse->options.time_step_s,
                1 / fastest);
        most = given;
    }
    if (pulse->options.global_step || pulse->options.time_step_s > 0) {
        chosen = (long)most < wanted ? wanted : (long)most;
    } else {
        long step = pulse->samples > 1 ? (long)pulse->samples - 1 : 1;
        long first = (wanted + step - 1) / step * step;
        if (step == 1 && most > 4000)
            step = (long)(most / 2000);
        for (long steps = first; steps < (long)most + step || steps == first; steps += step) {
            double cost = cost_of(pulse, (double)steps);
            /* Of what is nearly alike, short longest steps: more chambers are slow then. */
            chosen = cost <= (1 + ALIKE) * best ? steps : chosen;
            best = fmin(best, cost);
        }
    }
    if (pulse->samples > 1) { /* fixed before: keep the grid of samples */
        long intervals = (long)pulse->samples - 1;
        chosen = (chosen + intervals - 1) / intervals * intervals;
        pulse->per_sample = chosen / intervals;
    } else {
        pulse->per_sample = chosen / wanted;
        chosen -= chosen % pulse->per_sample;
        if (pulse->options.global_step || pulse->options.time_step_s > 0)
            chosen += pulse->per_sample; /* rounded up: steps may shrink, never grow */
        pulse->samples = (size_t)(chosen / pulse->per_sample) + 1;
    }
    pulse->steps = chosen;
    pulse->dt_s = pulse->period_s / (double)chosen;
    if (cost_of(pulse, (double)chosen) == INFINITY)
        return wadi_fail(err, WADI_ERR_CONVERGENCE,
                         "%sthe fastest wave crosses a cell in %g s: the solution is lost",
                         pulse_name(pulse, fastest_lane(pulse), name), 1 / fastest);
    if (pulse->options.global_step || pulse->options.time_step_s > 0)
        for (wadi_index i = 0; i < pulse->vessel_count; i++)
            pulse->vessels[i].level = 0;
    else
        merge_levels(pulse);
    return WADI_OK;
}

/* ---- blocks ---- */

/* Names for all numbers of a block, on lines of the cache; how many they are. */
static size_t name_numbers(pulse_block *block, double *base)
{
    pulse_march *m = &block->march;
    pulse_cells *c = &m->cells;
    double **of_cells[] = {&c->a,      &c->q,     &c->speed,   &c->inv_dx, &c->alpha,
                           &c->kappa,  &c->eps_p, &c->eps_q,   &c->off,    &c->k,
                           &c->inv_a0, &c->f_off, &c->f_scale, &c->f_a0,   &c->f_speed};
    double **of_ends[] = {&m->kept.a, &m->kept.q, &m->kept.fa, &m->kept.fq, &m->kept.src};
    const size_t line = PULSE_ARRAYS_ALIGN / sizeof(double);
    /* An odd number of lines: the arrays do not meet in the same sets of the cache. */
    const size_t stride = ((m->numbers + 2 * PULSE_EDGE + line - 1) / line | 1) * line;
    size_t used = 0, ends = 2 * (size_t)block->vessel_count * m->lanes;

    _Static_assert(WADI_COUNT_OF(of_cells) == PULSE_CELL_ARRAYS, "each array has a name");
    for (size_t i = 0; i < WADI_COUNT_OF(of_cells); i++) {
        *of_cells[i] = base ? base + used + PULSE_EDGE : NULL;
        used += stride;
    }
    for (size_t i = 0; i < WADI_COUNT_OF(of_ends); i++) {
        *of_ends[i] = base ? base + used : NULL;
        used += (ends + line - 1) / line * line;
    }
    return used;
}

/* Cells of a level and kind fall into shares, vessel after vessel. */
static bool in_block(const pulse_vessel *v, int level, pulse_kind kind)
{
    return v->level == level && v->kind == kind;
}

static size_t slots_in_all(const wadi_pulse *pulse, int level, pulse_kind kind)
{
    size_t all = 0;

    for (wadi_index i = 0; i < pulse->vessel_count; i++)
        if (in_block(&pulse->vessels[i], level, kind))
            all += (size_t)pulse->vessels[i].cell_count + 2;
    return all;
}

static wadi_status make_block(wadi_pulse *pulse, int level, pulse_kind kind, size_t part,
                              size_t parts, wadi_error *err)
{
    pulse_block *block = &pulse->blocks[pulse->block_count];
    wadi_index index = pulse->block_count;
    size_t line, slots = 0, all = slots_in_all(pulse, level, kind), before = 0;
    double *aligned;

    for (wadi_index i = 0; i < pulse->vessel_count; i++)
        if (in_block(&pulse->vessels[i], level, kind)) {
            size_t room = (size_t)pulse->vessels[i].cell_count + 2;
            if (before * parts / all == part) {
                pulse->vessels[i].block = index;
                pulse->vessels[i].first = slots + 1;
                slots += room;
                block->vessel_count++;
            }
            before += room;
        }
    if (!slots)
        return WADI_OK;
    pulse->block_count++;
    block->level = level;
    block->march.kind = kind;
    block->march.lanes = pulse->lanes;
    block->march.numbers = (slots * pulse->lanes + PULSE_EDGE - 1) / PULSE_EDGE * PULSE_EDGE;
    line = PULSE_ARRAYS_ALIGN / sizeof(double);
    block->store = wadi_alloc(name_numbers(block, NULL) + line, sizeof(double));
    block->verges = wadi_alloc(2 * (size_t)block->vessel_count, sizeof *block->verges);
    block->vessels = wadi_alloc((size_t)block->vessel_count, sizeof *block->vessels);
    if (!block->store || !block->verges || !block->vessels)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu cells", slots);
    aligned = block->store;
    while ((uintptr_t)aligned % PULSE_ARRAYS_ALIGN)
        aligned++;
    name_numbers(block, aligned);
    block->vessel_count = 0;
    for (wadi_index i = 0; i < pulse->vessel_count; i++)
        if (in_block(&pulse->vessels[i], level, kind) && pulse->vessels[i].block == index)
            block->vessels[block->vessel_count++] = i;
    return WADI_OK;
}

/* One for each thread. */
static wadi_status make_blocks(wadi_pulse *pulse, int level, pulse_kind kind, wadi_error *err)
{
    wadi_status status = WADI_OK;

    for (int part = 0; part < pulse->parts && !status; part++)
        status = make_block(pulse, level, kind, (size_t)part, (size_t)pulse->parts, err);
    return status;
}

static void fill_face(const wadi_network *n, const wadi_network_vessel *v, pulse_kind kind,
                      const pulse_cells *c, size_t slot, double x)
{
    double r = network_radius(v, x), k = network_stiffness(v, x), a0 = WADI_PI * r * r;

    c->f_a0[slot] = a0;
    c->f_scale[slot] = kind == PULSE_ARTERY ? sqrt(a0) / k : 1 / k;
    c->f_off[slot] = v->p_ext_pa + z_at(n, v, x) - (kind == PULSE_ARTERY ? k : 0);
    c->f_speed[slot] = k / n->blood.density_kg_m3;
}

static void fill_cell(const wadi_network *n, const wadi_network_vessel *v, pulse_kind kind,
                      const pulse_cells *c, size_t slot, double x, double dx_m)
{
    double r = network_radius(v, x), k = network_stiffness(v, x), a0 = WADI_PI * r * r;
    double rho = n->blood.density_kg_m3;
    double speed = wave_speed(v->wall == WADI_NETWORK_VEIN, k, a0, rho, a0);
    double floor_p = kind == PULSE_VEIN ? FLOOR : FLOOR * k;

    c->inv_a0[slot] = 1 / a0;
    c->k[slot] = kind == PULSE_ARTERY ? k / sqrt(a0) : k;
    c->off[slot] = v->p_ext_pa + z_at(n, v, x) - (kind == PULSE_ARTERY ? k : 0);
    c->inv_dx[slot] = 1 / dx_m;
    c->alpha[slot] = network_momentum(v);
    c->kappa[slot] = 2 * (v->profile + 2) * WADI_PI * network_viscosity(n, v) / rho;
    c->eps_p[slot] = floor_p * floor_p;
    c->eps_q[slot] = FLOOR * a0 * speed * FLOOR * a0 * speed;
    c->a[slot] = a0;
}

static void fill_block(const wadi_pulse *pulse, const pulse_block *block)
{
    const wadi_network *n = pulse->network;
    const pulse_march *m = &block->march;

    for (wadi_index i = 0; i < block->vessel_count; i++) {
        const pulse_vessel *to = &pulse->vessels[block->vessels[i]];
        const wadi_network_vessel *v = &n->vessels[block->vessels[i]];
        double count = to->cell_count;

        for (wadi_index j = -1; j <= to->cell_count; j++) {
            size_t slot = pulse_at(pulse, to->first + (size_t)(j + 1) - 1);
            double x = fmin(fmax((j + 0.5) / count, 0.5 / count), 1 - 0.5 / count);

            fill_cell(n, v, m->kind, &m->cells, slot, x, to->dx_m);
            fill_face(n, v, m->kind, &m->cells, slot, fmin(fmax(j / count, 0), 1));
        }
    }
}

/* Where walls are viscous, room to spread the flow. */
static wadi_status make_walls(wadi_pulse *pulse, wadi_error *err)
{
    for (wadi_index i = 0; i < pulse->block_count; i++) {
        pulse_block *block = &pulse->blocks[i];
        bool some = false;

        for (wadi_index j = 0; j < block->vessel_count; j++)
            for (size_t lane = 0; lane < pulse->lanes; lane++)
                some = some || pulse->lane_of[lane]->vessels[block->vessels[j]].wall_m2_s > 0;
        if (some)
            block->wall = wadi_alloc(2 * block->march.numbers, sizeof(double));
        if (some && !block->wall)
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for viscous walls");
    }
    return WADI_OK;
}

/* Once the ends have their places on the shore. */
static void fill_verges(wadi_pulse *pulse)
{
    for (wadi_index i = 0; i < pulse->block_count; i++) {
        pulse_block *block = &pulse->blocks[i];

        for (wadi_index j = 0; j < block->vessel_count; j++) {
            const pulse_vessel *v = &pulse->vessels[block->vessels[j]];
            for (int side = 0; side < 2; side++)
                block->verges[2 * j + side] =
                    (pulse_verge){.slot = v->first + (side ? (size_t)v->cell_count - 1 : 0),
                                  .shore = pulse->ends[v->end[side]].shore,
                                  .right = side == 1};
        }
        block->march.verges = block->verges;
        block->march.verge_count = 2 * (size_t)block->vessel_count;
        block->march.shore = pulse->shore;
    }
}

/* All lanes have the first one's steps, levels and blocks. */
static void share_mesh(const wadi_pulse *from, wadi_pulse *to)
{
    if (to == from)
        return;
    to->blocks = from->blocks;
    to->block_count = from->block_count;
    to->steps = from->steps;
    to->levels = from->levels;
    to->per_sample = from->per_sample;
    to->samples = from->samples;
    to->dt_s = from->dt_s;
    for (wadi_index i = 0; i < from->vessel_count; i++) {
        to->vessels[i].level = from->vessels[i].level;
        to->vessels[i].block = from->vessels[i].block;
        to->vessels[i].first = from->vessels[i].first;
    }
}

static wadi_status lay_blocks(wadi_pulse *pulse, wadi_error *err)
{
    wadi_status status = WADI_OK;

    for (size_t lane = pulse->lanes; lane-- > 0;)
        free_blocks(pulse->lane_of[lane]);
    pulse->levels = 0;
    for (wadi_index i = 0; i < pulse->vessel_count; i++) {
        pulse->vessels[i].block = WADI_NONE;
        pulse->levels =
            pulse->vessels[i].level > pulse->levels ? pulse->vessels[i].level : pulse->levels;
    }
    pulse->blocks = wadi_alloc((size_t)pulse->vessel_count, sizeof *pulse->blocks);
    if (!pulse->blocks)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the cells");
    for (int level = 0; level <= pulse->levels && !status; level++)
        for (int kind = 0; kind < PULSE_KINDS && !status; kind++)
            status = make_blocks(pulse, level, (pulse_kind)kind, err);
    for (size_t lane = 0; lane < pulse->lanes && !status; lane++) {
        share_mesh(pulse, pulse->lane_of[lane]);
        for (wadi_index i = 0; i < pulse->block_count; i++)
            fill_block(pulse->lane_of[lane], &pulse->blocks[i]);
        pulse_record_lay(pulse->lane_of[lane]);
    }
    if (!status)
        status = pulse_joints_lay(pulse, err);
    if (!status)
        status = pulse_packs_lay(pulse, err);
    if (!status)
        status = pulse_pool_lay(pulse, err);
    if (!status)
        status = make_walls(pulse, err);
    if (!status)
        fill_verges(pulse);
    for (size_t lane = 0; lane < pulse->lanes && !status; lane++)
        pulse_state_scatter(pulse->lane_of[lane], pulse->lane_of[lane]->state);
    return status;
}

wadi_status pulse_mesh_lay(wadi_pulse *pulse, wadi_error *err)
{
    wadi_status status;

    pulse = pulse->lane_of[0];
    for (wadi_index i = 0; i < pulse->vessel_count; i++) {
        for (size_t lane = 0; lane < pulse->lanes; lane++) {
            wadi_pulse *own = pulse->lane_of[lane];
            if (!(own->vessels[i].fastest > 0))
                own->vessels[i].fastest = fastest_at_start(own, i);
            pulse->vessels[i].fastest =
                fmax(pulse->vessels[i].fastest, own->vessels[i].fastest);
        }
    }
    status = choose_steps(pulse, err);
    return status ? status : lay_blocks(pulse, err);
}

wadi_status pulse_mesh_restore(wadi_pulse *pulse, long steps, size_t samples, wadi_error *err)
{
    pulse->steps = steps;
    pulse->samples = samples;
    pulse->per_sample = steps / (long)(samples - 1);
    pulse->dt_s = pulse->period_s / (double)steps;
    return lay_blocks(pulse, err);
}

/* ---- state vector ---- */

void pulse_state_scatter(wadi_pulse *pulse, const double *state)
{
    size_t nodes = pulse->state_size - (size_t)pulse->node_count;

    for (wadi_index i = 0; i < pulse->vessel_count; i++) {
        const pulse_vessel *v = &pulse->vessels[i];
        const pulse_cells *c = pulse_cells_of(pulse, i);
        size_t count = (size_t)v->cell_count;

        for (size_t j = 0; j < count; j++) {
            size_t at = pulse_at(pulse, v->first + j);
            c->a[at] = state[v->state + j];
            c->q[at] = state[v->state + count + j];
        }
    }
    for (wadi_index i = 0; i < pulse->port_count; i++)
        pulse->ports[i].value = state[pulse->ports[i].state];
    for (wadi_index i = 0; i < pulse->element_count; i++) {
        pulse_element *e = &pulse->elements[i];
        e->q = state[e->state];
        e->zeta = state[e->state + 1];
        e->dp = state[e->state + 2];
    }
    for (wadi_index i = 0; i < pulse->node_count; i++)
        pulse->nodes[i].p = state[nodes + (size_t)i];
    pulse_joints_load(pulse);
}

void pulse_joints_load(wadi_pulse *pulse)
{
    pulse_packs_load(pulse);
    pulse_pool_load(pulse);
}

void pulse_state_gather(wadi_pulse *pulse, double *state)
{
    size_t nodes = pulse->state_size - (size_t)pulse->node_count;

    pulse_packs_store(pulse);
    pulse_pool_store(pulse);
    for (wadi_index i = 0; i < pulse->vessel_count; i++) {
        const pulse_vessel *v = &pulse->vessels[i];
        const pulse_cells *c = pulse_cells_of(pulse, i);
        size_t count = (size_t)v->cell_count;

        for (size_t j = 0; j < count; j++) {
            size_t at = pulse_at(pulse, v->first + j);
            state[v->state + j] = c->a[at];
            state[v->state + count + j] = c->q[at];
        }
    }
    for (wadi_index i = 0; i < pulse->port_count; i++)
        state[pulse->ports[i].state] = pulse->ports[i].value;
    for (wadi_index i = 0; i < pulse->element_count; i++) {
        const pulse_element *e = &pulse->elements[i];
        state[e->state] = e->q;
        state[e->state + 1] = e->zeta;
        state[e->state + 2] = e->dp;
    }
    for (wadi_index i = 0; i < pulse->node_count; i++)
        state[nodes + (size_t)i] = pulse->nodes[i].p;
}
