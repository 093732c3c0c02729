#include "flow/wave_table_impl.h"

#include <stdlib.h>

const double WAVE_PLACES[WADI_PULSE_PLACES] = {0, 0.25, 0.5, 0.75, 1};

wadi_status wave_table_init(wave_table *table, const wadi_network *network, size_t samples,
                            wadi_error *err)
{
    size_t count = (size_t)network->vessel_count * WADI_PULSE_PLACES * samples;

    *table = (wave_table){.network = network, .samples = samples};
    table->p = wadi_alloc(count, sizeof(double));
    table->q = wadi_alloc(count, sizeof(double));
    if (table->p && table->q)
        return WADI_OK;
    wave_table_clear(table);
    return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu samples", count);
}

void wave_table_clear(wave_table *table)
{
    free(table->p);
    free(table->q);
    *table = (wave_table){0};
}

/* The wall at one place of a vessel; `ratio` of a vein is where the last search ended, and the
 * next begins. */
typedef struct wall {
    bool vein;
    double a0, k, p_ext, ratio;
} wall;

static wall wall_at(const wadi_network_vessel *v, double x_frac)
{
    double r = network_radius(v, x_frac);

    return (wall){v->wall == WADI_NETWORK_VEIN, WADI_PI * r * r, network_stiffness(v, x_frac),
                  v->p_ext_pa, 1};
}

static double area_at(wall *w, double pressure)
{
    if (!w->vein)
        return wave_area(false, w->k, w->a0, pressure - w->p_ext);
    w->ratio = wave_vein_inverse((pressure - w->p_ext) / w->k, w->ratio);
    return w->a0 * w->ratio;
}

void wave_samples(const wadi_network *network, wadi_index vessel, int place, size_t first,
                  size_t count, size_t samples, const double *p, const double *q,
                  double *time_s, double *pressure_pa, double *flow_m3_s, double *area_m2,
                  double *velocity_m_s)
{
    wall w = wall_at(&network->vessels[vessel], WAVE_PLACES[place]);

    for (size_t i = 0; i < count; i++) {
        double area = 0;

        if (area_m2 || velocity_m_s)
            area = area_at(&w, p[i]);
        if (time_s)
            time_s[first + i] = network->period_s * (double)(first + i) / (double)(samples - 1);
        if (pressure_pa)
            pressure_pa[first + i] = p[i];
        if (flow_m3_s)
            flow_m3_s[first + i] = q[i];
        if (area_m2)
            area_m2[first + i] = area;
        if (velocity_m_s)
            velocity_m_s[first + i] = q[i] / area;
    }
}

void wave_table_waveform(const wave_table *table, wadi_index vessel, int place, double *time_s,
                         double *pressure_pa, double *flow_m3_s, double *area_m2,
                         double *velocity_m_s)
{
    size_t first = ((size_t)vessel * WADI_PULSE_PLACES + (size_t)place) * table->samples;

    WADI_ASSERT(vessel >= 0 && vessel < table->network->vessel_count && place >= 0 &&
                place < WADI_PULSE_PLACES);
    wave_samples(table->network, vessel, place, 0, table->samples, table->samples,
                 table->p + first, table->q + first, time_s, pressure_pa, flow_m3_s, area_m2,
                 velocity_m_s);
}

/* A cycle of velocity along the mean flow, as a duplex operator turns the probe. */
typedef struct trace {
    wall wall;
    const double *p, *q;
    double along;
} trace;

static double velocity(trace *t, size_t sample, double *area)
{
    *area = area_at(&t->wall, t->p[sample]);
    return t->along * t->q[sample] / *area;
}

/* Samples from the foot of the wave to its peak, 0 where nothing rises; the cycle runs on into
 * itself. The foot is the last minimum before the peak, or nearer to it where the climb falls
 * below a fiftieth of its steepest: a slow recovery in diastole is no part of the upstroke. */
static size_t rise_of(trace *t, size_t intervals, size_t top, double least_rise)
{
    double area, peak = velocity(t, top % intervals, &area), later = peak, steepest = 0;
    size_t minimum = 0, steep = 0;

    for (size_t back = 1; back < intervals; back++) {
        double u = velocity(t, (top + intervals - back) % intervals, &area);
        if (u > later)
            break;
        if (later - u > steepest) {
            steepest = later - u;
            steep = back;
        }
        later = u;
        minimum = back;
    }
    if (peak - later <= least_rise)
        return 0;
    for (size_t back = steep; back < minimum; back++) {
        double u = velocity(t, (top + intervals - back) % intervals, &area);
        double before = velocity(t, (top + intervals - back - 1) % intervals, &area);
        if (u - before < 0.02 * steepest)
            return back;
    }
    return minimum;
}

void wave_table_indices(const wave_table *table, wadi_index vessel, wadi_pulse_indices *out)
{
    size_t middle = ((size_t)vessel * WADI_PULSE_PLACES + 2) * table->samples;

    wave_indices(table->network, vessel, table->samples, table->p + middle, table->q + middle,
                 out);
}

void wave_indices(const wadi_network *network, wadi_index vessel, size_t count, const double *p,
                  const double *q, wadi_pulse_indices *out)
{
    const wadi_network_vessel *v = &network->vessels[vessel];
    size_t intervals = count - 1, top = 0, rise;
    trace t = {wall_at(v, 0.5), p, q, 1};
    double sum_p = 0, sum_q = 0, sum_u = 0, sum_wss = 0, low = INFINITY, area;

    *out = (wadi_pulse_indices){.p_min_pa = INFINITY,
                                .p_max_pa = -INFINITY,
                                .q_min_m3_s = INFINITY,
                                .q_max_m3_s = -INFINITY,
                                .psv_m_s = -INFINITY};
    for (size_t i = 0; i < intervals; i++)
        sum_q += q[i];
    t.along = sum_q < 0 ? -1 : 1;
    for (size_t i = 0; i < count; i++) {
        double u = velocity(&t, i, &area);
        /* Slope of the profile at the wall: (zeta + 2) u / R. */
        double wss =
            network_viscosity(network, v) * (v->profile + 2) * u / sqrt(area / WADI_PI);

        out->wss_peak_pa = fmax(out->wss_peak_pa, fabs(wss));
        out->p_min_pa = fmin(out->p_min_pa, p[i]);
        out->p_max_pa = fmax(out->p_max_pa, p[i]);
        out->q_min_m3_s = fmin(out->q_min_m3_s, q[i]);
        out->q_max_m3_s = fmax(out->q_max_m3_s, q[i]);
        if (u > out->psv_m_s) {
            out->psv_m_s = u;
            top = i;
        }
        low = fmin(low, u);
        if (i < intervals) {
            sum_p += p[i];
            sum_u += u;
            sum_wss += wss;
        }
    }
    out->p_mean_pa = sum_p / (double)intervals;
    out->q_mean_m3_s = sum_q / (double)intervals;
    out->wss_mean_pa = sum_wss / (double)intervals;
    /* End of diastole is the moment before the next upstroke: the foot of the wave. */
    rise = rise_of(&t, intervals, top, 1e-9 * fabs(out->psv_m_s));
    out->acceleration_s = rise ? network->period_s * (double)rise / (double)intervals : NAN;
    out->edv_m_s = velocity(&t, (top + intervals - rise) % intervals, &area);
    out->ri = out->psv_m_s != 0 ? (out->psv_m_s - out->edv_m_s) / out->psv_m_s : NAN;
    /* Nobody quotes an index whose denominator is noise: blood that only swings has none. */
    out->pi = fabs(sum_u) / (double)intervals > 0.01 * out->psv_m_s
                  ? (out->psv_m_s - low) / (sum_u / (double)intervals)
                  : NAN;
}
