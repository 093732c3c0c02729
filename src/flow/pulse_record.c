/* Waveforms at five places of each vessel, and what is read from them. */
#include "flow/pulse_impl.h"

/* Pressure with rho g z runs smoothly through a tapered vessel, so it is what is interpolated.
 */
static void read_place(const wadi_pulse *pulse, wadi_index index, double x_frac, double *p,
                       double *q)
{
    const wadi_network *n = pulse->network;
    const pulse_vessel *v = &pulse->vessels[index];
    const wadi_network_vessel *of = &n->vessels[index];
    const pulse_cells *c = &pulse->blocks[v->block].cells;
    double at = x_frac * v->cell_count - 0.5, weight, z0, z1, height;
    wadi_index cell = (wadi_index)floor(at);
    size_t first;
    double values[2];

    cell = cell < 0 ? 0 : cell > v->cell_count - 2 ? v->cell_count - 2 : cell;
    weight = at - cell;
    first = pulse_at(pulse, v->first + (size_t)cell);
    for (int i = 0; i < 2; i++) {
        size_t slot = pulse_at(pulse, v->first + (size_t)(cell + i));
        double x = c->a[slot] * c->inv_a0[slot];
        values[i] =
            c->off[slot] + c->k[slot] * (v->kind == PULSE_ARTERY ? sqrt(x) : wave_vein_phi(x));
    }
    z0 = n->position_m[of->from][2];
    z1 = n->position_m[of->to][2];
    height = n->blood.density_kg_m3 * n->blood.gravity_m_s2 * (z0 + (z1 - z0) * x_frac);
    *p = values[0] + weight * (values[1] - values[0]) - height;
    if (v->kind != PULSE_ARTERY && (weight < 0 || weight > 1)) {
        /* A vein's pressure is too steep to be carried on beyond a cell; its area is not. */
        size_t slot = first;
        double r = network_radius(of, x_frac);
        double x0 = c->a[slot] * c->inv_a0[slot],
               x1 = c->a[slot + pulse->lanes] * c->inv_a0[slot + pulse->lanes];
        double x = fmax(x0 + weight * (x1 - x0), 0.2 * fmin(x0, x1));
        *p = of->p_ext_pa + wave_transmural(true, network_stiffness(of, x_frac),
                                            WADI_PI * r * r, x * WADI_PI * r * r);
    }
    *q = c->q[first] + weight * (c->q[first + pulse->lanes] - c->q[first]);
}

bool pulse_record(wadi_pulse *pulse, size_t sample)
{
    double sum = 0;

    for (wadi_index i = 0; i < pulse->vessel_count; i++)
        for (int place = 0; place < WADI_PULSE_PLACES; place++) {
            size_t at =
                ((size_t)i * WADI_PULSE_PLACES + (size_t)place) * pulse->waves.samples + sample;
            read_place(pulse, i, WAVE_PLACES[place], &pulse->waves.p[at], &pulse->waves.q[at]);
            sum += pulse->waves.p[at] + pulse->waves.q[at];
        }
    return isfinite(sum);
}

double pulse_residual(const wadi_pulse *pulse)
{
    size_t count = (size_t)pulse->vessel_count * WADI_PULSE_PLACES * pulse->samples;
    double worst = 0;

    for (size_t i = 0; i < count; i++)
        worst = fmax(worst, fabs(pulse->waves.p[i] - pulse->last_p[i]));
    return worst;
}

void wadi_pulse_waveform(const wadi_pulse *pulse, wadi_index vessel, int place, double *time_s,
                         double *pressure_pa, double *flow_m3_s, double *area_m2,
                         double *velocity_m_s)
{
    wave_table_waveform(&pulse->waves, vessel, place, time_s, pressure_pa, flow_m3_s, area_m2,
                        velocity_m_s);
}

void wadi_pulse_indices_of(const wadi_pulse *pulse, wadi_index vessel, wadi_pulse_indices *out)
{
    wave_table_indices(&pulse->waves, vessel, out);
}

wadi_status wadi_pulse_write(const wadi_pulse *pulse, const char *directory, wadi_error *err)
{
    return wave_table_write(&pulse->waves, directory, err);
}

wadi_status wadi_pulse_json(const wadi_pulse *pulse, double cpu_s, double peak_rss_bytes,
                            char **out, size_t *size, wadi_error *err)
{
    const wadi_pulse_summary summary = wadi_pulse_summarize(pulse);

    return wave_table_json(&pulse->waves, "pulse", &summary, cpu_s, peak_rss_bytes, out, size,
                           err);
}
