/* Joints of arteries, many at once. The equations are those of pulse_joint.c and pulse_end.c;
 * the few joints that do not settle in some rounds go back there. */
#include "flow/pulse_impl.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 6, VECTOR = 8, MOST_ENDS = 4, END_ARRAYS = 16, NODE_ARRAYS = 7 };

/* Newton doubles the digits: a round that began this close, in parts of the wall's stiffness,
 * ends at rounding. */
static const double SETTLED = 3e-6;

/* Where an end reads and writes in its block. */
typedef struct pulse_wire {
    const double *x, *q, *dp, *dq;
    double *fa, *fq;
    double inv_k;
    int level;
} pulse_wire;

void pulse_packs_free(wadi_pulse *pulse)
{
    for (wadi_index i = 0; i < pulse->pack_count; i++) {
        free(pulse->packs[i].store);
        free(pulse->packs[i].nodes);
        free(pulse->packs[i].wires);
    }
    free(pulse->packs);
    pulse->packs = NULL;
    pulse->pack_count = 0;
}

static bool can_pack(const wadi_pulse *pulse, const pulse_cluster *c)
{
    const pulse_node *node = &pulse->nodes[pulse->node_order[c->first_node]];

    if (c->node_count != 1 || c->element_count || node->pinned || node->end_count < 1 ||
        node->end_count > MOST_ENDS)
        return false;
    for (wadi_index e = node->first_end; e < node->first_end + node->end_count; e++)
        if (pulse->ends[e].vein)
            return false;
    for (wadi_index i = node->first_port; i < node->first_port + node->port_count; i++)
        if (pulse->ports[i].kind == PORT_REFLECTION)
            return false;
    return true;
}

static void wire_end(const wadi_pulse *pulse, pulse_pack *pack, size_t at, pulse_wire *wire,
                     const pulse_end *end)
{
    const pulse_vessel *v = &pulse->vessels[end->vessel];
    const pulse_cells *c = &pulse->blocks[v->block].cells;
    size_t cell = v->first + (end->side ? (size_t)v->cell_count - 1 : 0);
    size_t face = cell + (size_t)end->side;

    *wire = (pulse_wire){.x = (end->side ? c->sr : c->sl) + cell,
                         .q = (end->side ? c->qr : c->ql) + cell,
                         .dp = c->dp + cell,
                         .dq = c->dq + cell,
                         .fa = c->fa + face,
                         .fq = c->fq + face,
                         .inv_k = c->f_inv_k[face],
                         .level = v->level};
    pack->a0[at] = end->a0;
    pack->k[at] = end->k;
    pack->off[at] = end->off;
    pack->c2[at] = end->c2;
    pack->inv_c2[at] = 1 / end->c2;
    pack->loss[at] = end->loss;
    pack->alpha[at] = end->alpha;
    pack->flux[at] = end->flux;
    pack->sign[at] = end->sign;
}

static wadi_status fill_pack(wadi_pulse *pulse, pulse_pack *pack, wadi_error *err)
{
    size_t ends = (size_t)pack->ends, room = (pack->count + VECTOR - 1) / VECTOR * VECTOR,
           j = 0;
    double **of_ends[END_ARRAYS] = {&pack->a0,     &pack->k,    &pack->off,   &pack->c2,
                                    &pack->inv_c2, &pack->loss, &pack->alpha, &pack->flux,
                                    &pack->sign,   &pack->in_x, &pack->in_un, &pack->x,
                                    &pack->q,      &pack->p,    &pack->dp,    &pack->ratio};
    double **of_nodes[NODE_ARRAYS] = {&pack->s0,  &pack->g,      &pack->total, &pack->pressure,
                                      &pack->top, &pack->bottom, &pack->far};
    double *base;

    pack->room = room;
    pack->store = wadi_alloc((END_ARRAYS * ends + NODE_ARRAYS) * room, sizeof *pack->store);
    pack->nodes = wadi_alloc(pack->count, sizeof *pack->nodes);
    pack->wires = wadi_alloc(pack->count * ends, sizeof *pack->wires);
    if (!pack->store || !pack->nodes || !pack->wires)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu joints", pack->count);
    base = pack->store;
    for (size_t i = 0; i < END_ARRAYS; i++, base += ends * room)
        *of_ends[i] = base;
    for (size_t i = 0; i < NODE_ARRAYS; i++, base += room)
        *of_nodes[i] = base;
    for (size_t i = 0; i < ends * room; i++) /* padding stays harmless */
        pack->a0[i] = pack->k[i] = pack->c2[i] = pack->inv_c2[i] = pack->x[i] = pack->in_x[i] =
            1;
    for (wadi_index i = 0; i < pulse->cluster_count; i++) {
        pulse_cluster *c = &pulse->clusters[i];
        wadi_index index = pulse->node_order[c->first_node];
        const pulse_node *node = &pulse->nodes[index];

        if (!c->packed || c->level != pack->level || node->end_count != pack->ends)
            continue;
        pack->nodes[j] = index;
        pack->total[j] = node->total ? 1 : 0;
        for (size_t e = 0; e < ends; e++)
            wire_end(pulse, pack, e * room + j, &pack->wires[e * pack->count + j],
                     &pulse->ends[node->first_end + (wadi_index)e]);
        j++;
    }
    return WADI_OK;
}

wadi_status pulse_packs_lay(wadi_pulse *pulse, wadi_error *err)
{
    wadi_status status = WADI_OK;

    pulse_packs_free(pulse);
    pulse->packs = wadi_alloc((size_t)((pulse->levels + 1) * MOST_ENDS), sizeof *pulse->packs);
    if (!pulse->packs)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the joints");
    for (wadi_index i = 0; i < pulse->cluster_count; i++)
        pulse->clusters[i].packed = can_pack(pulse, &pulse->clusters[i]);
    for (int level = 0; level <= pulse->levels; level++)
        for (wadi_index ends = 1; ends <= MOST_ENDS && !status; ends++) {
            pulse_pack *pack = &pulse->packs[pulse->pack_count];

            *pack = (pulse_pack){.level = level, .ends = ends};
            for (wadi_index i = 0; i < pulse->cluster_count; i++) {
                const pulse_cluster *c = &pulse->clusters[i];
                pack->count += c->packed && c->level == level &&
                               pulse->nodes[pulse->node_order[c->first_node]].end_count == ends;
            }
            if (!pack->count)
                continue;
            pulse->pack_count++;
            status = fill_pack(pulse, pack, err);
        }
    return status;
}

/* ---- a step ---- */

/* in_x holds s and in_un the flow out of the vessel; they become wave speed and velocity. */
PULSE_CLONES static void arrive(size_t count, const double *restrict a0,
                                const double *restrict c2, double *restrict in_x,
                                double *restrict in_un, double *restrict x)
{
    PULSE_VECTOR_LOOP
    for (size_t i = 0; i < count; i++) {
        double s = in_x[i] > 1e-6 ? in_x[i] : 1e-6;
        in_un[i] = in_un[i] / (a0[i] * s * s);
        x[i] = in_x[i] = sqrt(c2[i] * s);
    }
}

PULSE_CLONES static void sum_end(size_t room, double rho, const pulse_pack *pack, size_t first,
                                 double *restrict top, double *restrict bottom)
{
    const double *restrict a0 = pack->a0 + first, *restrict k = pack->k + first;
    const double *restrict off = pack->off + first, *restrict inv_c2 = pack->inv_c2 + first;
    const double *restrict loss = pack->loss + first, *restrict in_x = pack->in_x + first;
    const double *restrict in_un = pack->in_un + first, *restrict x = pack->x + first;
    const double *restrict total = pack->total;
    double *restrict q = pack->q + first, *restrict p = pack->p + first;
    double *restrict dp = pack->dp + first, *restrict ratio = pack->ratio + first;

    PULSE_VECTOR_LOOP
    for (size_t i = 0; i < room; i++) {
        double s = x[i] * x[i] * inv_c2[i], un = in_un[i] - 4 * (x[i] - in_x[i]);
        double area = a0[i] * s * s, abs_un = fabs(un), pull = total[i] * un - loss[i] * abs_un;

        q[i] = area * un;
        p[i] = off[i] + k[i] * s + 0.5 * rho * un * pull;
        dp[i] = 4 * rho * (x[i] - pull);
        ratio[i] = 4 * area * (un - x[i]) / (x[i] * dp[i]);
        top[i] += q[i] - ratio[i] * p[i];
        bottom[i] -= ratio[i];
    }
}

/* Take the end to the node's pressure; the worst distance it had, in parts of its stiffness. */
PULSE_CLONES static void move_end(size_t room, const pulse_pack *pack, size_t first,
                                  double *restrict far)
{
    const double *restrict k = pack->k + first, *restrict p = pack->p + first;
    const double *restrict dp = pack->dp + first, *restrict ratio = pack->ratio + first;
    const double *restrict pressure = pack->pressure;
    double *restrict q = pack->q + first, *restrict x = pack->x + first;

    PULSE_VECTOR_LOOP
    for (size_t i = 0; i < room; i++) {
        double step = pressure[i] - p[i], moved = x[i] + step / dp[i];
        double away = fabs(step) / k[i] + (ratio[i] < 0 && dp[i] > 0 ? 0 : 1);

        moved = moved > 0.5 * x[i] ? moved : 0.5 * x[i];
        moved = moved < 2 * x[i] ? moved : 2 * x[i];
        q[i] += ratio[i] * step;
        x[i] = moved;
        far[i] = far[i] > away ? far[i] : away;
    }
}

/* Momentum that passes the end, into in_un; the flow along the vessel, into in_x. */
PULSE_CLONES static void deliver(size_t room, const pulse_pack *pack, size_t first)
{
    const double *restrict a0 = pack->a0 + first, *restrict inv_c2 = pack->inv_c2 + first;
    const double *restrict alpha = pack->alpha + first, *restrict flux = pack->flux + first;
    const double *restrict sign = pack->sign + first, *restrict x = pack->x + first;
    const double *restrict q = pack->q + first;
    double *restrict flow = pack->in_x + first, *restrict momentum = pack->in_un + first;

    PULSE_VECTOR_LOOP
    for (size_t i = 0; i < room; i++) {
        double s = x[i] * x[i] * inv_c2[i];
        flow[i] = sign[i] * q[i];
        momentum[i] = alpha[i] * q[i] * q[i] / (a0[i] * s * s) + flux[i] * s * s * s;
    }
}

/* A joint that would not settle: once more, alone and bracketed. */
static void solve_alone(wadi_pulse *pulse, pulse_pack *pack, size_t j)
{
    pulse_node *node = &pulse->nodes[pack->nodes[j]];

    for (wadi_index e = 0; e < pack->ends; e++) {
        pulse_end *end = &pulse->ends[node->first_end + e];
        size_t at = (size_t)e * pack->room + j;
        end->in_x = end->x = pack->in_x[at];
        end->in_un = end->un = pack->in_un[at];
        pulse_end_choke(end, node->total);
    }
    node->s0 = pack->s0[j];
    node->g = pack->g[j];
    pulse_node_solve(pulse, node);
    pack->pressure[j] = node->p;
    for (wadi_index e = 0; e < pack->ends; e++) {
        const pulse_end *end = &pulse->ends[node->first_end + e];
        size_t at = (size_t)e * pack->room + j;
        pack->x[at] = end->x;
        pack->q[at] = end->q;
    }
}

static void solve(wadi_pulse *pulse, pulse_pack *pack)
{
    double *top = pack->top, *bottom = pack->bottom, *far = pack->far;
    const double rho = pulse->network->blood.density_kg_m3;
    bool settled = false;

    for (int round = 0; round < ROUNDS && !settled; round++) {
        memcpy(top, pack->s0, pack->room * sizeof *top);
        memcpy(bottom, pack->g, pack->room * sizeof *bottom);
        memset(far, 0, pack->room * sizeof *far);
        for (wadi_index e = 0; e < pack->ends; e++)
            sum_end(pack->room, rho, pack, (size_t)e * pack->room, top, bottom);
        for (size_t j = 0; j < pack->room; j++)
            pack->pressure[j] = top[j] / bottom[j];
        for (wadi_index e = 0; e < pack->ends; e++)
            move_end(pack->room, pack, (size_t)e * pack->room, far);
        settled = true;
        for (size_t j = 0; j < pack->count; j++)
            settled = settled && far[j] <= SETTLED;
    }
    for (size_t j = 0; j < pack->count && !settled; j++)
        if (!(far[j] <= SETTLED))
            solve_alone(pulse, pack, j);
}

static void gather(wadi_pulse *pulse, pulse_pack *pack, const double *theta, double middle_s,
                   double dt)
{
    for (wadi_index e = 0; e < pack->ends; e++)
        for (size_t j = 0; j < pack->count; j++) {
            const pulse_wire *wire = &pack->wires[(size_t)e * pack->count + j];
            size_t at = (size_t)e * pack->room + j;
            double shift = theta[wire->level];

            pack->in_x[at] = *wire->x + shift * *wire->dp * wire->inv_k;
            pack->in_un[at] = pack->sign[at] * (*wire->q + shift * *wire->dq);
        }
    for (size_t j = 0; j < pack->count; j++) {
        pulse_node *node = &pulse->nodes[pack->nodes[j]];

        pack->s0[j] = pack->g[j] = 0;
        for (wadi_index i = node->first_port; i < node->first_port + node->port_count; i++) {
            pulse_port *port = &pulse->ports[i];
            pulse_port_begin(pulse, port, node, middle_s, dt);
            pack->s0[j] += port->s0 + port->g * node->rest_pa;
            pack->g[j] += port->g;
        }
    }
}

void pulse_pack_step(wadi_pulse *pulse, pulse_pack *pack, double start_s, double dt, long tick,
                     long ticks)
{
    long length = ticks >> pack->level;
    double theta[PULSE_LEVELS + 1], weight[PULSE_LEVELS + 1];
    double middle = (double)tick + 0.5 * (double)length;

    for (int level = 0; level <= pack->level; level++) {
        long its = ticks >> level;
        double began = (double)(tick - tick % its);
        theta[level] = 2 * (middle - began) / (double)its - 1;
        weight[level] = (double)length / (double)its;
    }
    gather(pulse, pack, theta, start_s + 0.5 * dt, dt);
    arrive((size_t)pack->ends * pack->room, pack->a0, pack->c2, pack->in_x, pack->in_un,
           pack->x);
    solve(pulse, pack);
    for (wadi_index e = 0; e < pack->ends; e++)
        deliver(pack->room, pack, (size_t)e * pack->room);
    for (wadi_index e = 0; e < pack->ends; e++)
        for (size_t j = 0; j < pack->count; j++) {
            const pulse_wire *wire = &pack->wires[(size_t)e * pack->count + j];
            size_t at = (size_t)e * pack->room + j;
            *wire->fa += weight[wire->level] * pack->in_x[at];
            *wire->fq += weight[wire->level] * pack->in_un[at];
        }
    for (size_t j = 0; j < pack->count; j++) {
        pulse_node *node = &pulse->nodes[pack->nodes[j]];
        double arriving = 0;

        node->p = pack->pressure[j];
        for (wadi_index e = 0; e < pack->ends; e++)
            arriving += pack->q[(size_t)e * pack->room + j];
        for (wadi_index i = node->first_port; i < node->first_port + node->port_count; i++)
            pulse_port_end(pulse, &pulse->ports[i], node->p - node->rest_pa, arriving, dt);
    }
}
