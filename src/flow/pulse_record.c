/* Waveforms at five places of each vessel, and what is read from them. */
#include "flow/pulse_impl.h"

/* Pressure with rho g z runs smoothly through a tapered vessel, so it is what is interpolated.
 */
static void lay_place(const wadi_pulse *pulse, wadi_index index, double x_frac, pulse_place *to)
{
    const wadi_network *n = pulse->network;
    const pulse_vessel *v = &pulse->vessels[index];
    const wadi_network_vessel *of = &n->vessels[index];
    double at = x_frac * v->cell_count - 0.5, z0 = n->position_m[of->from][2];
    double z1 = n->position_m[of->to][2];
    wadi_index cell = (wadi_index)floor(at);

    cell = cell < 0 ? 0 : cell > v->cell_count - 2 ? v->cell_count - 2 : cell;
    to->weight = at - cell;
    to->first = pulse_at(pulse, v->first + (size_t)cell);
    to->height_pa = n->blood.density_kg_m3 * n->blood.gravity_m_s2 * (z0 + (z1 - z0) * x_frac);
    to->stiffness_pa = network_stiffness(of, x_frac);
    to->artery = v->kind == PULSE_ARTERY;
    to->beyond = to->weight < 0 || to->weight > 1;
}

void pulse_record_lay(wadi_pulse *pulse)
{
    for (wadi_index i = 0; i < pulse->vessel_count; i++)
        for (int place = 0; place < WADI_PULSE_PLACES; place++)
            lay_place(pulse, i, WAVE_PLACES[place],
                      &pulse->places[i * WADI_PULSE_PLACES + place]);
}

static double pressure_with_height(const pulse_cells *c, size_t slot, bool artery)
{
    if (artery)
        return c->off[slot] + c->k[slot] * sqrt(c->a[slot]);
    return c->off[slot] + c->k[slot] * wave_vein_phi(c->a[slot] * c->inv_a0[slot]);
}

/* A vein's pressure is too steep to be carried on beyond a cell; its area is not. */
static double vein_end(const wadi_pulse *pulse, wadi_index index, int place,
                       const pulse_cells *c)
{
    const wadi_network_vessel *of = &pulse->network->vessels[index];
    const pulse_place *at = &pulse->places[index * WADI_PULSE_PLACES + place];
    size_t first = at->first, next = first + pulse->lanes;
    double x0 = c->a[first] * c->inv_a0[first], x1 = c->a[next] * c->inv_a0[next];
    double x = fmax(x0 + at->weight * (x1 - x0), 0.2 * fmin(x0, x1));

    return of->p_ext_pa + at->stiffness_pa * wave_vein_phi(x);
}

/* One place of one lane: pressure and flow. */
static void record_place(const wadi_pulse *pulse, wadi_index index, int place,
                         const pulse_cells *c, double *p, double *q)
{
    const pulse_place *here = &pulse->places[index * WADI_PULSE_PLACES + place];
    size_t first = here->first, next = first + pulse->lanes;

    *q = c->q[first] + here->weight * (c->q[next] - c->q[first]);
    if (here->artery || !here->beyond) {
        double p0 = pressure_with_height(c, first, here->artery);
        double p1 = pressure_with_height(c, next, here->artery);
        *p = p0 + here->weight * (p1 - p0) - here->height_pa;
    } else {
        *p = vein_end(pulse, index, place, c);
    }
}

/* The waveforms of all places lie far from each other, each on a page of its own: samples are
 * held back and go there some at a time. */
void pulse_record_settle(wadi_pulse *pulse)
{
    const size_t rows = (size_t)pulse->vessel_count * WADI_PULSE_PLACES;
    const size_t samples = pulse->waves.samples;

    for (size_t lane = 0; lane < pulse->lanes; lane++) {
        wadi_pulse *own = pulse->lane_of[lane];
        for (size_t row = 0; row < rows; row++) {
            double *p = own->waves.p + row * samples + own->held_first;
            double *q = own->waves.q + row * samples + own->held_first;
            for (size_t i = 0; i < own->held_count; i++) {
                p[i] = own->held[2 * (i * rows + row)];
                q[i] = own->held[2 * (i * rows + row) + 1];
            }
        }
        own->held_count = 0;
    }
}

bool pulse_record(wadi_pulse *pulse, size_t sample)
{
    const size_t rows = (size_t)pulse->vessel_count * WADI_PULSE_PLACES;
    double sum = 0;
    bool full = false;

    for (size_t lane = 0; lane < pulse->lanes; lane++) {
        wadi_pulse *own = pulse->lane_of[lane];
        double *held = own->held + 2 * own->held_count * rows;

        if (own->finished)
            continue;
        if (!own->held_count)
            own->held_first = sample;
        for (wadi_index i = 0; i < own->vessel_count; i++) {
            const pulse_cells *c = pulse_cells_of(own, i);
            for (int place = 0; place < WADI_PULSE_PLACES; place++, held += 2) {
                record_place(own, i, place, c, &held[0], &held[1]);
                sum += held[0] + held[1];
            }
        }
        full = ++own->held_count == PULSE_HELD || full;
    }
    if (full)
        pulse_record_settle(pulse);
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
