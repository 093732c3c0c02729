/* Time marching. A vessel of level l takes 2^l steps within the longest one. Each of its steps
 * first predicts what reaches its ends; the joints then meet these states in their own steps
 * (as often as their quickest vessel) and hand back fluxes, which the vessel adds up over its
 * step. */
#include "flow/pulse_impl.h"

#include <stdlib.h>
#include <string.h>

static void fill_ghosts(const wadi_pulse *pulse, const pulse_block *block)
{
    const pulse_cells *c = &block->cells;

    for (wadi_index i = 0; i < block->vessel_count; i++) {
        const pulse_vessel *v = &pulse->vessels[block->vessels[i]];
        size_t first = v->first, last = first + (size_t)v->cell_count - 1;

        c->a[first - 1] = c->a[first];
        c->a[last + 1] = c->a[last];
        c->s[first - 1] = c->s[first];
        c->s[last + 1] = c->s[last];
        c->p[first - 1] = 2 * c->p[first] - c->p[first + 1];
        c->p[last + 1] = 2 * c->p[last] - c->p[last - 1];
        c->q[first - 1] = 2 * c->q[first] - c->q[first + 1];
        c->q[last + 1] = 2 * c->q[last] - c->q[last - 1];
    }
}

static void open_boundaries(const wadi_pulse *pulse, const pulse_block *block)
{
    const pulse_cells *c = &block->cells;

    for (wadi_index i = 0; i < block->vessel_count; i++) {
        const pulse_vessel *v = &pulse->vessels[block->vessels[i]];
        size_t first = v->first, behind = first + (size_t)v->cell_count;

        c->fa[first] = c->fq[first] = c->fa[behind] = c->fq[behind] = 0;
    }
}

/* Wall viscosity: Q_t = nu_w Q_xx by Crank-Nicolson (Thomas), no slope at the ends. */
static void diffuse(const wadi_pulse *pulse, const pulse_block *block, double dt)
{
    for (wadi_index i = 0; i < block->vessel_count; i++) {
        const pulse_vessel *v = &pulse->vessels[block->vessels[i]];
        double *q = block->cells.q + v->first, *up = block->cells.sl + v->first;
        double *right = block->cells.sr + v->first;
        double d = 0.5 * dt * v->wall_m2_s / (v->dx_m * v->dx_m);
        wadi_index n = v->cell_count;

        if (d == 0)
            continue;
        for (wadi_index j = 0; j < n; j++) {
            double below = j ? q[j - 1] : q[j], above = j + 1 < n ? q[j + 1] : q[j];
            right[j] = q[j] + d * (below - 2 * q[j] + above);
        }
        for (wadi_index j = 0; j < n; j++) {
            double diagonal = 1 + d * ((j > 0) + (j + 1 < n));
            double pivot = j ? diagonal + d * up[j - 1] : diagonal;
            up[j] = -d / pivot;
            right[j] = (right[j] + (j ? d * right[j - 1] : 0)) / pivot;
        }
        q[n - 1] = right[n - 1];
        for (wadi_index j = n - 2; j >= 0; j--)
            q[j] = right[j] - up[j] * q[j + 1];
    }
}

void pulse_longest_step(wadi_pulse *pulse, long step)
{
    long ticks = 1L << pulse->levels;
    double start = (double)step * pulse->dt_s, tick_s = pulse->dt_s / (double)ticks;

    for (long tick = 0; tick < ticks; tick++) {
        for (wadi_index i = 0; i < pulse->block_count; i++) {
            pulse_block *block = &pulse->blocks[i];
            long length = ticks >> block->level;
            if (tick % length)
                continue;
            pulse_cells_pressure(block->kind, block->slots, &block->cells);
            fill_ghosts(pulse, block);
            pulse_cells_faces(block->kind, block->slots, 1, (double)length * tick_s,
                              pulse->inv_rho, &block->cells);
            open_boundaries(pulse, block);
        }
        for (wadi_index i = 0; i < pulse->pack_count; i++) {
            long length = ticks >> pulse->packs[i].level;
            if (tick % length == 0)
                pulse_pack_step(pulse, &pulse->packs[i], start + (double)tick * tick_s,
                                (double)length * tick_s, tick, ticks);
        }
        for (wadi_index i = 0; i < pulse->cluster_count; i++) {
            pulse_cluster *cluster = &pulse->clusters[i];
            long length = ticks >> cluster->level;
            if (!cluster->packed && tick % length == 0)
                pulse_cluster_step(pulse, cluster, start + (double)tick * tick_s,
                                   (double)length * tick_s, tick, ticks);
        }
        for (wadi_index i = 0; i < pulse->block_count; i++) {
            pulse_block *block = &pulse->blocks[i];
            long length = ticks >> block->level;
            if ((tick + 1) % length)
                continue;
            pulse_cells_advance(block->slots, 1, (double)length * tick_s, &block->cells);
            diffuse(pulse, block, (double)length * tick_s);
        }
    }
}

static double volume_of(const wadi_pulse *pulse)
{
    double volume = 0;

    for (wadi_index i = 0; i < pulse->vessel_count; i++) {
        const pulse_vessel *v = &pulse->vessels[i];
        const double *a = pulse->blocks[v->block].cells.a + v->first;
        double sum = 0;
        for (wadi_index j = 0; j < v->cell_count; j++)
            sum += a[j];
        volume += sum * v->dx_m;
    }
    for (wadi_index i = 0; i < pulse->port_count; i++)
        if (pulse->ports[i].kind == PORT_CHAMBER)
            volume += pulse->ports[i].value *
                      pulse->network->chambers[pulse->ports[i].part].compliance_m3_pa;
    return volume;
}

/* Fastest waves of the cycle by vessel; false when one outran a cell or a number was lost. */
static bool collect_speeds(wadi_pulse *pulse)
{
    bool fine = true;

    for (wadi_index i = 0; i < pulse->vessel_count; i++) {
        pulse_vessel *v = &pulse->vessels[i];
        const pulse_cells *c = &pulse->blocks[v->block].cells;
        double fastest = 0, dt = pulse->dt_s / (double)(1L << v->level);
        bool finite = true;

        for (wadi_index j = 0; j < v->cell_count; j++) {
            size_t slot = v->first + (size_t)j;
            if (j)
                fastest = fmax(fastest, c->speed[slot]);
            finite = finite && isfinite(c->q[slot]) && c->a[slot] > 0 && isfinite(c->a[slot]);
        }
        if (!finite) /* what it was is unknown; half the step and see */
            fastest = 2 * fmax(v->fastest, pulse->options.cfl / dt);
        if (!finite || fastest * dt > 1.0001) {
            fine = false;
            fastest *= 1.05;
        }
        v->fastest = fine ? fastest : fmax(fastest, v->fastest);
    }
    return fine;
}

static void clear_counts(wadi_pulse *pulse)
{
    for (wadi_index i = 0; i < pulse->block_count; i++)
        memset(pulse->blocks[i].cells.speed, 0, pulse->blocks[i].slots * sizeof(double));
    for (wadi_index i = 0; i < pulse->port_count; i++)
        pulse->ports[i].moved_m3 = 0;
    for (wadi_index i = 0; i < pulse->element_count; i++)
        pulse->elements[i].moved_m3 = 0;
}

static void tell(wadi_pulse *pulse, double fraction)
{
    wadi_pulse_progress progress = {pulse->cycle + 1, fraction, pulse->residual_pa};

    if (pulse->options.progress && pulse->options.progress(pulse->options.user, &progress))
        pulse->stop = true;
}

static void count_updates(wadi_pulse *pulse)
{
    pulse->cycle_updates = 0;
    for (wadi_index i = 0; i < pulse->vessel_count; i++)
        pulse->cycle_updates += (double)pulse->steps * (double)(1L << pulse->vessels[i].level) *
                                pulse->vessels[i].cell_count;
    pulse->all_updates += pulse->cycle_updates;
}

static void balance_mass(wadi_pulse *pulse, double before)
{
    double in = 0, out = 0, through = 0;

    for (wadi_index i = 0; i < pulse->port_count; i++) {
        const pulse_port *port = &pulse->ports[i];
        bool inlet = port->kind == PORT_INFLOW || port->kind == PORT_SOURCE;
        if (port->kind == PORT_CHAMBER)
            continue;
        in += inlet ? port->moved_m3 : 0;
        out += inlet ? 0 : port->moved_m3;
        through += fabs(port->moved_m3);
    }
    pulse->mass_balance =
        through > 0 ? fabs(volume_of(pulse) - before - in + out) / (0.5 * through) : 0;
}

/* Coarser levels pay after the first cycle has shown the true wave speeds. */
static bool worth_new_levels(const wadi_pulse *pulse)
{
    for (wadi_index i = 0; i < pulse->vessel_count; i++) {
        const pulse_vessel *v = &pulse->vessels[i];
        double courant = v->fastest * pulse->dt_s / (double)(1L << v->level);
        if (courant > 0.97)
            return true;
    }
    return false;
}

wadi_status pulse_cycle(wadi_pulse *pulse, wadi_error *err)
{
    wadi_status status = WADI_OK;

    for (int attempt = 0;; attempt++) {
        double volume = volume_of(pulse);
        long failures = pulse->newton_failures;
        bool fine;

        pulse_state_gather(pulse, pulse->before);
        clear_counts(pulse);
        pulse_record(pulse, 0);
        for (long step = 0; step < pulse->steps && !pulse->stop; step++) {
            if (step % 64 == 0)
                tell(pulse, (double)step / (double)pulse->steps);
            pulse_longest_step(pulse, step);
            if ((step + 1) % pulse->per_sample == 0)
                pulse_record(pulse, (size_t)((step + 1) / pulse->per_sample));
        }
        if (pulse->stop) { /* the cycle is given up: what is left is its start */
            memcpy(pulse->state, pulse->before, pulse->state_size * sizeof(double));
            pulse_state_scatter(pulse, pulse->state);
            return WADI_OK;
        }
        count_updates(pulse);
        fine = collect_speeds(pulse);
        if (fine) {
            balance_mass(pulse, volume);
            break;
        }
        memcpy(pulse->state, pulse->before, pulse->state_size * sizeof(double));
        pulse->newton_failures = failures; /* of a cycle that does not count */
        if (pulse->options.time_step_s > 0)
            return wadi_fail(err, WADI_ERR_RANGE,
                             "time step is %g s, a shorter one is wanted: a wave outran a cell",
                             pulse->dt_s);
        if (attempt == 8)
            return wadi_fail(err, WADI_ERR_CONVERGENCE,
                             "cycle %ld: the solution is lost even with steps of %g s",
                             pulse->cycle + 1, pulse->dt_s / (double)(1L << pulse->levels));
        status = pulse_mesh_lay(pulse, err);
        if (status)
            return status;
    }
    pulse_state_gather(pulse, pulse->state);
    pulse->cycle++;
    if (worth_new_levels(pulse) || pulse->cycle == 1)
        if (!(pulse->options.time_step_s > 0))
            status = pulse_mesh_lay(pulse, err);
    return status;
}
