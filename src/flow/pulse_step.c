/* Time marching. A vessel of level l takes 2^l steps within the longest one. Each of its steps
 * first predicts what reaches its ends; the joints then meet these states in their own steps
 * (as often as their quickest vessel) and hand back fluxes, which the vessel adds up over its
 * step. */
#include "flow/pulse_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Cells that a wave may cross in a step, rounding aside; how many samples lie between looks. */
static const double OUTRUN = 1.0001;
enum { LOOK_EVERY = 8 };

/* Wall viscosity: Q_t = nu_w Q_xx by Crank-Nicolson (Thomas), no slope at the ends. */
static void diffuse_vessel(const wadi_pulse *pulse, const pulse_block *block,
                           const pulse_vessel *v, double dt)
{
    size_t at = pulse_at(pulse, v->first);
    double *q = block->march.cells.q + at, *up = block->wall + at;
    double *right = block->wall + block->march.numbers + at;
    double d = 0.5 * dt * v->wall_m2_s / (v->dx_m * v->dx_m);
    const wadi_index step = (wadi_index)pulse->lanes, n = v->cell_count * step;

    for (wadi_index j = 0; j < n; j += step) {
        double below = j ? q[j - step] : q[j], above = j + step < n ? q[j + step] : q[j];
        right[j] = q[j] + d * (below - 2 * q[j] + above);
    }
    for (wadi_index j = 0; j < n; j += step) {
        double diagonal = 1 + d * ((j > 0) + (j + step < n));
        double pivot = j ? diagonal + d * up[j - step] : diagonal;
        up[j] = -d / pivot;
        right[j] = (right[j] + (j ? d * right[j - step] : 0)) / pivot;
    }
    q[n - step] = right[n - step];
    for (wadi_index j = n - 2 * step; j >= 0; j -= step)
        q[j] = right[j] - up[j] * q[j + step];
}

static void diffuse(wadi_pulse *pulse, const pulse_block *block, double dt)
{
    for (wadi_index i = 0; i < block->vessel_count; i++)
        for (size_t lane = 0; lane < pulse->lanes; lane++) {
            const wadi_pulse *own = pulse->lane_of[lane];
            const pulse_vessel *v = &own->vessels[block->vessels[i]];
            if (v->wall_m2_s > 0)
                diffuse_vessel(own, block, v, dt);
        }
}

/* Joints of kinds that the packs do not know, one by one. */
static void step_others(wadi_pulse *pulse, double now_s, double tick_s, long tick, long ticks)
{
    for (wadi_index i = 0; i < pulse->cluster_count; i++) {
        long length = ticks >> pulse->clusters[i].level;
        if (pulse->clusters[i].packed || tick % length)
            continue;
        for (size_t lane = 0; lane < pulse->lanes; lane++)
            pulse_cluster_step(pulse->lane_of[lane], &pulse->lane_of[lane]->clusters[i], now_s,
                               (double)length * tick_s, tick, ticks);
    }
}

/* Blocks do not touch each other, nor do packs, so shares of them may go to threads. */
static void begin_block(wadi_pulse *pulse, wadi_index i, long tick, long ticks, double tick_s)
{
    long length = ticks >> pulse->blocks[i].level;

    if (tick % length == 0)
        pulse_cells_begin(&pulse->blocks[i].march, (double)length * tick_s, pulse->inv_rho);
}

static void end_block(wadi_pulse *pulse, wadi_index i, long tick, long ticks, double tick_s)
{
    long length = ticks >> pulse->blocks[i].level;

    if ((tick + 1) % length)
        return;
    pulse_cells_end(&pulse->blocks[i].march, (double)length * tick_s);
    if (pulse->blocks[i].wall)
        diffuse(pulse, &pulse->blocks[i], (double)length * tick_s);
}

static void step_pack(wadi_pulse *pulse, wadi_index i, double now_s, long tick, long ticks,
                      double tick_s)
{
    long length = ticks >> pulse_pack_level(pulse, i);

    if (tick % length == 0)
        pulse_pack_step(pulse, i, now_s, (double)length * tick_s, tick, ticks);
}

static void begin_tick(wadi_pulse *pulse, double now_s, long tick, long ticks, double tick_s)
{
    for (wadi_index i = 0; i < pulse->block_count; i++)
        begin_block(pulse, i, tick, ticks, tick_s);
    for (wadi_index i = 0; i < pulse->pack_count; i++)
        step_pack(pulse, i, now_s, tick, ticks, tick_s);
}

static void begin_tick_shared(wadi_pulse *pulse, double now_s, long tick, long ticks,
                              double tick_s)
{
#pragma omp parallel num_threads(pulse->parts)
    {
#pragma omp for
        for (wadi_index i = 0; i < pulse->block_count; i++)
            begin_block(pulse, i, tick, ticks, tick_s);
#pragma omp for
        for (wadi_index i = 0; i < pulse->pack_count; i++)
            step_pack(pulse, i, now_s, tick, ticks, tick_s);
    }
}

static void end_tick(wadi_pulse *pulse, long tick, long ticks, double tick_s)
{
    for (wadi_index i = 0; i < pulse->block_count; i++)
        end_block(pulse, i, tick, ticks, tick_s);
}

static void end_tick_shared(wadi_pulse *pulse, long tick, long ticks, double tick_s)
{
#pragma omp parallel for num_threads(pulse->parts)
    for (wadi_index i = 0; i < pulse->block_count; i++)
        end_block(pulse, i, tick, ticks, tick_s);
}

void pulse_longest_step(wadi_pulse *pulse, long step)
{
    long ticks = 1L << pulse->levels;
    double start = (double)step * pulse->dt_s, tick_s = pulse->dt_s / (double)ticks;
    long pool_length = ticks >> pulse->reservoir_level;
    const bool shared = pulse->parts > 1;

    for (long tick = 0; tick < ticks; tick++) {
        double now = start + (double)tick * tick_s;

        if (shared)
            begin_tick_shared(pulse, now, tick, ticks, tick_s);
        else
            begin_tick(pulse, now, tick, ticks, tick_s);
        step_others(pulse, now, tick_s, tick, ticks);
        if (pulse->pool && tick % pool_length == 0)
            pulse_pool_loose_step(pulse, (double)pool_length * tick_s);
        if (shared)
            end_tick_shared(pulse, tick, ticks, tick_s);
        else
            end_tick(pulse, tick, ticks, tick_s);
        if (pulse->pool && (tick + 1) % pool_length == 0)
            pulse_pool_step(pulse, (double)pool_length * tick_s);
    }
}

static double volume_of(const wadi_pulse *pulse)
{
    double volume = 0;

    for (wadi_index i = 0; i < pulse->vessel_count; i++) {
        const pulse_vessel *v = &pulse->vessels[i];
        const double *a = pulse_cells_of(pulse, i)->a + pulse_at(pulse, v->first);
        double sum = 0;
        for (size_t j = 0; j < (size_t)v->cell_count; j++)
            sum += a[j * pulse->lanes];
        volume += sum * v->dx_m;
    }
    for (wadi_index i = 0; i < pulse->port_count; i++)
        if (pulse->ports[i].kind == PORT_CHAMBER)
            volume += pulse->ports[i].value *
                      pulse->network->chambers[pulse->ports[i].part].compliance_m3_pa;
    return volume;
}

/* Fastest wave of a vessel in the cycle so far, in cells per second. */
static double fastest_wave(const wadi_pulse *pulse, wadi_index vessel)
{
    const pulse_vessel *v = &pulse->vessels[vessel];
    const double *speed = pulse_cells_of(pulse, vessel)->speed;
    double fastest = 0;

    for (wadi_index j = 1; j < v->cell_count; j++)
        fastest = fmax(fastest, speed[pulse_at(pulse, v->first + (size_t)j)]);
    return fastest;
}

/* A wave outran a cell, so the cycle will be redone: better now than at its end. */
static bool outran(const wadi_pulse *pulse)
{
    for (size_t lane = 0; lane < pulse->lanes; lane++)
        for (wadi_index i = 0; i < pulse->vessel_count; i++)
            if (fastest_wave(pulse->lane_of[lane], i) * pulse->dt_s >
                OUTRUN * (double)(1L << pulse->vessels[i].level))
                return true;
    return false;
}

/* Fastest waves of the cycle by vessel, those that outran a cell with a margin; false when some
 * did or a number was lost. */
static bool collect_speeds(wadi_pulse *pulse, double margin)
{
    bool fine = true;

    for (wadi_index i = 0; i < pulse->vessel_count; i++) {
        pulse_vessel *v = &pulse->vessels[i];
        const pulse_cells *c = pulse_cells_of(pulse, i);
        double fastest = fastest_wave(pulse, i), dt = pulse->dt_s / (double)(1L << v->level);
        bool finite = true;

        for (wadi_index j = 0; j < v->cell_count; j++) {
            size_t slot = pulse_at(pulse, v->first + (size_t)j);
            finite = finite && isfinite(c->q[slot]) && c->a[slot] > 0 && isfinite(c->a[slot]);
        }
        if (!finite) /* what it was is unknown; half the step and see */
            fastest = 2 * fmax(v->fastest, pulse->options.cfl / dt);
        if (!finite || fastest * dt > OUTRUN) {
            fine = false;
            fastest *= margin;
        }
        v->fastest = fine ? fastest : fmax(fastest, v->fastest);
    }
    return fine;
}

static void clear_counts(wadi_pulse *pulse)
{
    for (wadi_index i = 0; i < pulse->block_count; i++)
        memset(pulse->blocks[i].march.cells.speed, 0,
               pulse->blocks[i].march.numbers * sizeof(double));
    for (wadi_index i = 0; i < pulse->port_count; i++)
        pulse->ports[i].moved_m3 = 0;
    for (wadi_index i = 0; i < pulse->element_count; i++)
        pulse->elements[i].moved_m3 = 0;
    pulse_joints_load(pulse);
}

static void tell(wadi_pulse *pulse, double fraction)
{
    wadi_pulse_progress progress = {pulse->cycle + 1, fraction, pulse->residual_pa};

    if (pulse->options.progress && pulse->options.progress(pulse->options.user, &progress))
        pulse->stop = true;
}

/* What was broken off before its end does not count as work done. */
static void count_updates(wadi_pulse *pulse, bool whole)
{
    pulse->cycle_updates = 0;
    for (wadi_index i = 0; i < pulse->vessel_count; i++)
        pulse->cycle_updates += (double)pulse->steps * (double)(1L << pulse->vessels[i].level) *
                                pulse->vessels[i].cell_count;
    if (whole)
        pulse->all_updates += pulse->cycle_updates;
}

static void balance_mass(wadi_pulse *pulse, double before)
{
    double in = 0, out = 0, through = 0;

    for (wadi_index i = 0; i < pulse->port_count; i++) {
        const pulse_port *port = &pulse->ports[i];
        bool inlet =
            port->kind == PORT_INFLOW || port->kind == PORT_SOURCE || port->kind == PORT_HEART;
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
    for (size_t lane = 0; lane < pulse->lanes; lane++)
        for (wadi_index i = 0; i < pulse->vessel_count; i++) {
            const pulse_vessel *v = &pulse->lane_of[lane]->vessels[i];
            double courant = v->fastest * pulse->dt_s / (double)(1L << v->level);
            if (courant > 0.97)
                return true;
        }
    return false;
}

/* A cycle, or as much of it as is worth while: false when a number was lost or, if that is to
 * be seen soon, a wave outran a cell. */
static bool march(wadi_pulse *pulse, bool soon)
{
    bool fine = pulse_record(pulse, 0);

    for (long step = 0; step < pulse->steps && !pulse->stop && fine; step++) {
        if (step % 64 == 0)
            tell(pulse, (double)step / (double)pulse->steps);
        pulse_longest_step(pulse, step);
        if ((step + 1) % pulse->per_sample)
            continue;
        fine = pulse_record(pulse, (size_t)((step + 1) / pulse->per_sample));
        if (soon && (step + 1) / pulse->per_sample % LOOK_EVERY == 0)
            fine = fine && !outran(pulse);
    }
    pulse_record_settle(pulse);
    return fine;
}

const char *pulse_name(const wadi_pulse *pulse, size_t lane, char name[PULSE_NAME_BYTES])
{
    name[0] = '\0';
    if (pulse->lanes > 1)
        snprintf(name, PULSE_NAME_BYTES, "set %zu: ", lane);
    return name;
}

/* The cycle is void: start it again, with shorter steps if that may help. */
static wadi_status start_again(wadi_pulse *pulse, size_t lost, int attempt, wadi_error *err)
{
    char name[PULSE_NAME_BYTES];

    for (size_t lane = 0; lane < pulse->lanes; lane++)
        if (!pulse->lane_of[lane]->finished)
            memcpy(pulse->lane_of[lane]->state, pulse->lane_of[lane]->before,
                   pulse->state_size * sizeof(double));
    if (pulse->options.time_step_s > 0)
        return wadi_fail(err, WADI_ERR_RANGE,
                         "%stime step is %g s, a shorter one is wanted: a wave outran a cell",
                         pulse_name(pulse, lost, name), pulse->dt_s);
    if (attempt == 8)
        return wadi_fail(err, WADI_ERR_CONVERGENCE,
                         "%scycle %ld: the solution is lost even with steps of %g s",
                         pulse_name(pulse, lost, name), pulse->cycle + 1,
                         pulse->dt_s / (double)(1L << pulse->levels));
    return pulse_mesh_lay(pulse, err);
}

wadi_status pulse_cycle(wadi_pulse *pulse, wadi_error *err)
{
    wadi_status status = WADI_OK;

    for (int attempt = 0;; attempt++) {
        double volume[PULSE_MOST_LANES];
        long failures[PULSE_MOST_LANES]; /* a cycle that is given up does not count */
        size_t lost = pulse->lanes;
        /* Only at first: what is broken off has not shown all of its waves. */
        const bool soon = attempt < 3 && !(pulse->options.time_step_s > 0);
        bool fine;

        for (size_t lane = 0; lane < pulse->lanes; lane++) {
            wadi_pulse *own = pulse->lane_of[lane];
            if (own->finished)
                continue;
            pulse_state_gather(own, own->before);
            volume[lane] = volume_of(own);
            failures[lane] = own->newton_failures;
            clear_counts(own);
        }
        fine = march(pulse, soon);
        if (pulse->stop) { /* the cycle is given up: what is left is its start */
            for (size_t lane = 0; lane < pulse->lanes; lane++) {
                wadi_pulse *own = pulse->lane_of[lane];
                if (own->finished)
                    continue;
                memcpy(own->state, own->before, pulse->state_size * sizeof(double));
                pulse_state_scatter(own, own->state);
            }
            return WADI_OK;
        }
        for (size_t lane = pulse->lanes; lane-- > 0;) {
            wadi_pulse *own = pulse->lane_of[lane];
            if (!own->finished) {
                count_updates(own, fine);
                pulse_packs_store(own);
                pulse_pool_store(own);
            }
            if (!collect_speeds(own, fine ? 1.05 : 1.6))
                lost = lane;
            else if (!own->finished)
                balance_mass(own, volume[lane]);
        }
        if (lost == pulse->lanes && fine)
            break;
        lost = lost < pulse->lanes ? lost : 0;
        for (size_t lane = 0; lane < pulse->lanes; lane++)
            if (!pulse->lane_of[lane]->finished)
                pulse->lane_of[lane]->newton_failures = failures[lane];
        status = start_again(pulse, lost, attempt, err);
        if (status)
            return status;
    }
    for (size_t lane = 0; lane < pulse->lanes; lane++) {
        wadi_pulse *own = pulse->lane_of[lane];
        if (own->finished)
            continue;
        pulse_state_gather(own, own->state);
        own->cycle++;
    }
    if (worth_new_levels(pulse) || pulse->cycle == 1)
        if (!(pulse->options.time_step_s > 0))
            status = pulse_mesh_lay(pulse, err);
    return status;
}
