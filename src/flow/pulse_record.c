/* Waveforms at five places of each vessel, and what is read from them. */
#include "flow/pulse_impl.h"

#include <string.h>

static const double PLACES[WADI_PULSE_PLACES] = {0, 0.25, 0.5, 0.75, 1};

/* Pressure with rho g z runs smoothly through a tapered vessel, so it is what is interpolated. */
static void read_place(const wadi_pulse *pulse, wadi_index index, double x_frac, double *p,
                       double *q)
{
    const wadi_network *n = pulse->network;
    const pulse_vessel *v = &pulse->vessels[index];
    const wadi_network_vessel *of = &n->vessels[index];
    const pulse_cells *c = &pulse->blocks[v->block].cells;
    double at = x_frac * v->cell_count - 0.5, weight, z0, z1, height;
    wadi_index cell = (wadi_index)floor(at);
    double values[2];

    cell = cell < 0 ? 0 : cell > v->cell_count - 2 ? v->cell_count - 2 : cell;
    weight = at - cell;
    for (int i = 0; i < 2; i++) {
        size_t slot = v->first + (size_t)(cell + i);
        double x = c->a[slot] * c->inv_a0[slot];
        values[i] = c->off[slot] +
                    c->k[slot] * (v->kind == PULSE_ARTERY ? sqrt(x) : wave_vein_phi(x));
    }
    z0 = n->position_m[of->from][2];
    z1 = n->position_m[of->to][2];
    height = n->blood.density_kg_m3 * n->blood.gravity_m_s2 * (z0 + (z1 - z0) * x_frac);
    *p = values[0] + weight * (values[1] - values[0]) - height;
    if (v->kind != PULSE_ARTERY && (weight < 0 || weight > 1)) {
        /* A vein's pressure is too steep to be carried on beyond a cell; its area is not. */
        size_t slot = v->first + (size_t)cell;
        double r = network_radius(of, x_frac);
        double x0 = c->a[slot] * c->inv_a0[slot], x1 = c->a[slot + 1] * c->inv_a0[slot + 1];
        double x = fmax(x0 + weight * (x1 - x0), 0.2 * fmin(x0, x1));
        *p = of->p_ext_pa + wave_transmural(true, network_stiffness(of, x_frac), WADI_PI * r * r,
                                            x * WADI_PI * r * r);
    }
    *q = c->q[v->first + (size_t)cell] +
         weight * (c->q[v->first + (size_t)cell + 1] - c->q[v->first + (size_t)cell]);
}

void pulse_record(wadi_pulse *pulse, size_t sample)
{
    for (wadi_index i = 0; i < pulse->vessel_count; i++)
        for (int place = 0; place < WADI_PULSE_PLACES; place++) {
            size_t at = ((size_t)i * WADI_PULSE_PLACES + (size_t)place) * pulse->samples + sample;
            read_place(pulse, i, PLACES[place], &pulse->wave_p[at], &pulse->wave_q[at]);
        }
}

double pulse_residual(const wadi_pulse *pulse)
{
    size_t count = (size_t)pulse->vessel_count * WADI_PULSE_PLACES * pulse->samples;
    double worst = 0;

    for (size_t i = 0; i < count; i++)
        worst = fmax(worst, fabs(pulse->wave_p[i] - pulse->last_p[i]));
    return worst;
}

static double area_at(const wadi_pulse *pulse, wadi_index vessel, double x_frac, double pressure)
{
    const wadi_network_vessel *v = &pulse->network->vessels[vessel];
    double r = network_radius(v, x_frac);

    return wave_area(v->wall == WADI_NETWORK_VEIN, network_stiffness(v, x_frac), WADI_PI * r * r,
                     pressure - v->p_ext_pa);
}

void wadi_pulse_waveform(const wadi_pulse *pulse, wadi_index vessel, int place, double *time_s,
                         double *pressure_pa, double *flow_m3_s, double *area_m2,
                         double *velocity_m_s)
{
    size_t first = ((size_t)vessel * WADI_PULSE_PLACES + (size_t)place) * pulse->samples;

    WADI_ASSERT(vessel >= 0 && vessel < pulse->vessel_count && place >= 0 &&
                place < WADI_PULSE_PLACES);
    for (size_t i = 0; i < pulse->samples; i++) {
        double p = pulse->wave_p[first + i], q = pulse->wave_q[first + i], area = 0;

        if (area_m2 || velocity_m_s)
            area = area_at(pulse, vessel, PLACES[place], p);
        if (time_s)
            time_s[i] = pulse->period_s * (double)i / (double)(pulse->samples - 1);
        if (pressure_pa)
            pressure_pa[i] = p;
        if (flow_m3_s)
            flow_m3_s[i] = q;
        if (area_m2)
            area_m2[i] = area;
        if (velocity_m_s)
            velocity_m_s[i] = q / area;
    }
}

/* Foot of the wave: last minimum before the peak, going back from it through the cycle. */
static double acceleration_time(const wadi_pulse *pulse, const double *u, size_t count, size_t top)
{
    size_t intervals = count - 1, foot = top % intervals;

    for (size_t back = 1; back < intervals; back++) {
        size_t at = (top + intervals - back) % intervals;
        if (u[at] > u[foot])
            break;
        foot = at;
    }
    return pulse->period_s * (double)((top + intervals - foot) % intervals) / (double)intervals;
}

/* Velocity indices are taken along the mean flow, as a duplex operator turns the probe. */
void wadi_pulse_indices_of(const wadi_pulse *pulse, wadi_index vessel, wadi_pulse_indices *out)
{
    const wadi_network_vessel *v = &pulse->network->vessels[vessel];
    size_t count = pulse->samples, first = ((size_t)vessel * WADI_PULSE_PLACES + 2) * count;
    const double *p = pulse->wave_p + first, *q = pulse->wave_q + first;
    double sum_p = 0, sum_q = 0, sum_u = 0, sum_wss = 0, along, low = INFINITY;
    double *u = pulse->work; /* long enough? checked when it was made */
    size_t top = 0;

    *out = (wadi_pulse_indices){.p_min_pa = INFINITY, .p_max_pa = -INFINITY,
                                .q_min_m3_s = INFINITY, .q_max_m3_s = -INFINITY};
    for (size_t i = 0; i + 1 < count; i++)
        sum_q += q[i];
    along = sum_q < 0 ? -1 : 1;
    for (size_t i = 0; i < count; i++) {
        double area = area_at(pulse, vessel, 0.5, p[i]), radius = sqrt(area / WADI_PI), wss;
        u[i] = along * q[i] / area;
        /* Slope of the profile at the wall: (zeta + 2) u / R. */
        wss = network_viscosity(pulse->network, v) * (v->profile + 2) * u[i] / radius;
        out->wss_peak_pa = fmax(out->wss_peak_pa, fabs(wss));
        out->p_min_pa = fmin(out->p_min_pa, p[i]);
        out->p_max_pa = fmax(out->p_max_pa, p[i]);
        out->q_min_m3_s = fmin(out->q_min_m3_s, q[i]);
        out->q_max_m3_s = fmax(out->q_max_m3_s, q[i]);
        if (u[i] > u[top])
            top = i;
        low = fmin(low, u[i]);
        if (i + 1 < count) {
            sum_p += p[i];
            sum_u += u[i];
            sum_wss += wss;
        }
    }
    out->p_mean_pa = sum_p / (double)(count - 1);
    out->q_mean_m3_s = sum_q / (double)(count - 1);
    out->wss_mean_pa = sum_wss / (double)(count - 1);
    out->psv_m_s = u[top];
    out->acceleration_s = acceleration_time(pulse, u, count, top);
    /* End of diastole is the moment before the next upstroke: the foot of the wave. */
    size_t intervals = count - 1;
    size_t foot = (size_t)lround(out->acceleration_s / pulse->period_s * (double)intervals);
    out->edv_m_s = u[(top + intervals - foot) % intervals];
    out->ri = out->psv_m_s != 0 ? (out->psv_m_s - out->edv_m_s) / out->psv_m_s : 0;
    out->pi = sum_u != 0 ? (out->psv_m_s - low) / (sum_u / (double)(count - 1)) : 0;
}
