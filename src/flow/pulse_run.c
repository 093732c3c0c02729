#include "flow/pulse_impl.h"

#include <stdlib.h>
#include <string.h>

wadi_pulse_options wadi_pulse_options_default(void)
{
    return (wadi_pulse_options){.dx_m = 2.5e-3,
                                .cfl = 0.95,
                                .tol_pa = 0.1 * WADI_PA_PER_MMHG,
                                .cycles = 100,
                                .accelerate = true,
                                .sample_s = 4e-3};
}

static wadi_status check_options(const wadi_pulse_options *o, wadi_error *err)
{
    if (!(o->dx_m > 0) || !isfinite(o->dx_m))
        return wadi_fail(err, WADI_ERR_RANGE, "cell length is %g m, more than 0 is wanted",
                         o->dx_m);
    if (!(o->cfl > 0 && o->cfl <= 1))
        return wadi_fail(err, WADI_ERR_RANGE,
                         "CFL number is %g, more than 0 and at most 1 is wanted", o->cfl);
    if (!(o->tol_pa > 0))
        return wadi_fail(err, WADI_ERR_RANGE, "tolerance is %g Pa, more than 0 is wanted",
                         o->tol_pa);
    if (o->cycles < 1)
        return wadi_fail(err, WADI_ERR_RANGE, "cycles are %ld, 1 or more is wanted", o->cycles);
    if (!(o->sample_s > 0) || !(o->time_step_s >= 0))
        return wadi_fail(err, WADI_ERR_RANGE,
                         "sampling %g s and time step %g s, more than 0 is wanted", o->sample_s,
                         o->time_step_s);
    return WADI_OK;
}

wadi_status pulse_waves_new(wadi_pulse *pulse, wadi_error *err)
{
    size_t rows = (size_t)pulse->vessel_count * WADI_PULSE_PLACES;
    size_t count = rows * pulse->samples;
    wadi_status status;

    wave_table_clear(&pulse->waves);
    free(pulse->last_p);
    free(pulse->held);
    pulse->last_p = wadi_alloc(count, sizeof(double));
    pulse->held = wadi_alloc(2 * PULSE_HELD * rows, sizeof(double));
    if (!pulse->last_p || !pulse->held)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu samples", count);
    status = wave_table_init(&pulse->waves, pulse->network, pulse->samples, err);
    return status;
}

wadi_status pulse_make(const wadi_network *network, const wadi_pulse_options *options,
                       wadi_pulse **out, wadi_error *err)
{
    wadi_pulse *pulse = NULL;
    wadi_status status = check_options(options, err);

    *out = NULL;
    WADI_ASSERT(network->finished);
    if (status)
        return status;
    pulse = wadi_alloc(1, sizeof *pulse);
    if (pulse)
        pulse->lane_of = wadi_alloc(1, sizeof(wadi_pulse *));
    if (!pulse || !pulse->lane_of) {
        free(pulse);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a run");
    }
    pulse->lane_of[0] = pulse;
    pulse->lanes = 1;
    pulse->parts = options->threads > 1 ? options->threads : 1;
    pulse->network = network;
    pulse->options = *options;
    pulse->inv_rho = 1 / network->blood.density_kg_m3;
    pulse->period_s = network->period_s;
    pulse->residual_pa = NAN;
    status = pulse_joints_new(pulse, err);
    if (!status)
        status = pulse_mesh_new(pulse, err);
    if (status) {
        wadi_pulse_free(pulse);
        return status;
    }
    pulse_state_start(pulse);
    *out = pulse;
    return WADI_OK;
}

wadi_status wadi_pulse_new(const wadi_network *network, const wadi_pulse_options *options,
                           wadi_pulse **out, wadi_error *err)
{
    wadi_pulse *pulse = NULL;
    wadi_status status = pulse_make(network, options, &pulse, err);

    *out = NULL;
    if (!status)
        status = pulse_mesh_lay(pulse, err);
    if (!status)
        status = pulse_waves_new(pulse, err);
    if (status) {
        wadi_pulse_free(pulse);
        return status;
    }
    pulse_record(pulse, 0);
    pulse_record_settle(pulse);
    *out = pulse;
    return WADI_OK;
}

void wadi_pulse_free(wadi_pulse *pulse)
{
    if (!pulse)
        return;
    pulse_accelerate_free(pulse);
    pulse_mesh_free(pulse);
    pulse_joints_free(pulse);
    if (pulse->lane == 0)
        free(pulse->lane_of);
    wave_table_clear(&pulse->waves);
    free(pulse->last_p);
    free(pulse->held);
    free(pulse);
}

/* Greatest change of pressure from the beginning to the end of a cycle. */
static double pulse_drift(const wadi_pulse *pulse)
{
    double worst = 0;

    for (size_t row = 0; row < (size_t)pulse->vessel_count * WADI_PULSE_PLACES; row++) {
        const double *p = pulse->waves.p + row * pulse->samples;
        worst = fmax(worst, fabs(p[pulse->samples - 1] - p[0]));
    }
    return worst;
}

/* The residual compares a cycle with the one before; after a jump there is none to compare
 * with, so two plain cycles in a row prove what the jump promised. */
static wadi_status one_cycle(wadi_pulse *pulse, wadi_error *err)
{
    size_t count = (size_t)pulse->vessel_count * WADI_PULSE_PLACES * pulse->samples;
    wadi_status status;

    for (size_t lane = 0; lane < pulse->lanes; lane++) {
        wadi_pulse *own = pulse->lane_of[lane];
        if (own->have_last && !own->finished)
            memcpy(own->last_p, own->waves.p, count * sizeof(double));
    }
    status = pulse_cycle(pulse, err);
    for (size_t lane = 0; lane < pulse->lanes && !status; lane++) {
        wadi_pulse *own = pulse->lane_of[lane];
        if (own->finished)
            continue;
        if (pulse->stop) { /* the last full cycle stays the last */
            if (own->have_last)
                memcpy(own->waves.p, own->last_p, count * sizeof(double));
            continue;
        }
        own->residual_pa = own->have_last ? pulse_residual(own) : NAN;
        own->have_last = true;
    }
    return status;
}

static wadi_status start(wadi_pulse *pulse, wadi_error *err)
{
    wadi_status status = WADI_OK;
    bool moved = false;

    for (size_t lane = 0; lane < pulse->lanes && !status; lane++) {
        wadi_pulse *own = pulse->lane_of[lane];

        own->stop = own->finished = false;
        if (own->options.accelerate && !own->started) {
            status = pulse_start_linear(own, err);
            moved = true;
        }
        if (!status && own->options.accelerate && !own->acceleration)
            status = pulse_accelerate_new(own, err);
        own->started = true;
    }
    return status || !moved ? status : pulse_mesh_lay(pulse, err);
}

/* True when a lane is periodic; else it may jump ahead. */
static bool settle(wadi_pulse *own)
{
    const bool fixed = own->options.fixed_cycles;

    if (!fixed && !own->jumped && own->residual_pa <= own->options.tol_pa)
        return true;
    /* A cycle that ends where it began is left alone: the next one proves it. */
    own->jumped =
        own->options.accelerate && !fixed && !(pulse_drift(own) <= 0.5 * own->options.tol_pa);
    if (own->jumped)
        pulse_accelerate(own);
    return false;
}

/* After the first cycle the waves are known. Where the state has jumped there is nothing to
 * compare the next cycle with, so the samples may follow the steps that suit these waves. */
static wadi_status choose_samples_again(wadi_pulse *pulse, wadi_error *err)
{
    wadi_status status;

    if (pulse->options.time_step_s > 0 || pulse->options.global_step)
        return WADI_OK;
    for (size_t lane = 0; lane < pulse->lanes; lane++)
        if (pulse->lane_of[lane]->cycle != 1 || !pulse->lane_of[lane]->jumped)
            return WADI_OK;
    pulse->samples = 0;
    status = pulse_mesh_lay(pulse, err);
    for (size_t lane = 0; lane < pulse->lanes && !status; lane++) {
        pulse->lane_of[lane]->have_last = false;
        status = pulse_waves_new(pulse->lane_of[lane], err);
    }
    return status;
}

/* After a jump of the state there are no two cycles to compare. */
static wadi_status not_periodic(const wadi_pulse *own, const char *name, wadi_error *err)
{
    const wadi_pulse_options *asked = &own->options;

    if (!isfinite(own->residual_pa))
        return wadi_fail(err, WADI_ERR_CONVERGENCE,
                         "%snot known to be periodic after %ld cycle%s: the last was not a "
                         "plain repetition; more cycles are wanted",
                         name, asked->cycles, asked->cycles == 1 ? "" : "s");
    return wadi_fail(err, WADI_ERR_CONVERGENCE,
                     "%snot periodic after %ld cycles: pressures still change by %.3g mmHg, "
                     "%.3g is wanted",
                     name, asked->cycles, own->residual_pa / WADI_PA_PER_MMHG,
                     asked->tol_pa / WADI_PA_PER_MMHG);
}

static wadi_status run_lanes(wadi_pulse *pulse, wadi_error *err)
{
    wadi_status status = start(pulse, err);

    for (long cycle = 0; cycle < pulse->options.cycles && !status; cycle++) {
        size_t left = 0;

        status = choose_samples_again(pulse, err);
        if (!status)
            status = one_cycle(pulse, err);
        if (status || pulse->stop)
            return status;
        for (size_t lane = 0; lane < pulse->lanes; lane++) {
            wadi_pulse *own = pulse->lane_of[lane];
            own->finished = own->finished || settle(own);
            left += !own->finished;
        }
        if (!left)
            return WADI_OK;
    }
    for (size_t lane = 0; lane < pulse->lanes && !status && !pulse->options.fixed_cycles;
         lane++) {
        const wadi_pulse *own = pulse->lane_of[lane];
        char name[PULSE_NAME_BYTES];

        if (own->finished || own->residual_pa <= own->options.tol_pa)
            continue;
        return not_periodic(own, pulse_name(pulse, lane, name), err);
    }
    return status;
}

wadi_status wadi_pulse_run(wadi_pulse *pulse, wadi_error *err)
{
    wadi_status status = run_lanes(pulse, err);

    /* Those that were finished first go back to where they were then. */
    for (size_t lane = 0; lane < pulse->lanes; lane++) {
        wadi_pulse *own = pulse->lane_of[lane];
        if (own->finished && pulse->lanes > 1)
            pulse_state_scatter(own, own->state);
        own->finished = false;
    }
    return status;
}

wadi_pulse_summary wadi_pulse_summarize(const wadi_pulse *pulse)
{
    wadi_pulse_summary s = {.vessels = pulse->vessel_count,
                            .cycles = pulse->cycle,
                            .residual_pa = pulse->residual_pa,
                            .periodic = pulse->residual_pa <= pulse->options.tol_pa,
                            .interrupted = pulse->stop,
                            .mass_balance = pulse->mass_balance,
                            .cell_updates = pulse->all_updates,
                            .cycle_updates = pulse->cycle_updates,
                            .steps_per_cycle = pulse->steps,
                            .newton_failures = pulse->newton_failures,
                            .samples = pulse->samples};
    double fastest = 0;

    for (wadi_index i = 0; i < pulse->vessel_count; i++) {
        s.cells += pulse->vessels[i].cell_count;
        fastest = fmax(fastest, pulse->vessels[i].fastest);
    }
    s.global_updates = ceil(pulse->period_s * fastest / pulse->options.cfl) * (double)s.cells;
    return s;
}

wadi_index wadi_pulse_cells(const wadi_pulse *pulse, wadi_index vessel, double *x_m,
                            double *area_m2, double *flow_m3_s, double *pressure_pa)
{
    const pulse_vessel *v = &pulse->vessels[vessel];
    const pulse_cells *c = pulse_cells_of(pulse, vessel);

    for (wadi_index i = 0; i < v->cell_count; i++) {
        size_t slot = pulse_at(pulse, v->first + (size_t)i);
        if (x_m)
            x_m[i] = (i + 0.5) * v->dx_m;
        if (area_m2)
            area_m2[i] = c->a[slot];
        if (flow_m3_s)
            flow_m3_s[i] = c->q[slot];
        if (pressure_pa)
            pressure_pa[i] = pulse_cell_pressure(pulse, vessel, i, c->a[slot]);
    }
    return v->cell_count;
}

void wadi_pulse_set_cells(wadi_pulse *pulse, wadi_index vessel, const double *area_m2,
                          const double *flow_m3_s)
{
    const pulse_vessel *v = &pulse->vessels[vessel];
    const pulse_cells *c = pulse_cells_of(pulse, vessel);

    for (wadi_index i = 0; i < v->cell_count; i++) {
        c->a[pulse_at(pulse, v->first + (size_t)i)] = area_m2[i];
        c->q[pulse_at(pulse, v->first + (size_t)i)] = flow_m3_s[i];
    }
    pulse_state_gather(pulse, pulse->state);
}

void wadi_pulse_element(const wadi_pulse *pulse, wadi_index element, double *flow_m3_s,
                        double *opening, double *mean_flow_m3_s)
{
    const pulse_element *e = &pulse->elements[element];

    if (flow_m3_s)
        *flow_m3_s = e->q;
    if (opening)
        *opening = e->zeta;
    if (mean_flow_m3_s)
        *mean_flow_m3_s = e->moved_m3 / pulse->period_s;
}

double wadi_pulse_node_pressure(const wadi_pulse *pulse, wadi_index node)
{
    return pulse->nodes[node].p - pulse->nodes[node].rest_pa;
}
