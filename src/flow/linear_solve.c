#include "flow/linear_impl.h"

#include <stdlib.h>
#include <string.h>

wadi_linear_options wadi_linear_options_default(void)
{
    return (wadi_linear_options){.harmonics = 20, .samples = 251};
}

/* J1(z)/J0(z) by the continued fraction of Bessel ratios, from far out inwards. */
static double complex bessel_ratio(double complex z)
{
    double complex ratio = 0;

    for (int n = 40 + (int)(2 * cabs(z)); n >= 1; n--)
        ratio = 1 / (2.0 * n / z - ratio);
    return ratio;
}

void wadi_linear_womersley(double radius_m, double density, double viscosity, double w,
                           double *re, double *im)
{
    double complex b = cpow(I, 1.5) * radius_m * sqrt(w * density / viscosity);
    double complex z =
        I * w * density / (WADI_PI * radius_m * radius_m * (1 - 2 * bessel_ratio(b) / b));

    *re = creal(z);
    *im = cimag(z);
}

/* One piece of line: p falls, q leaks. */
typedef struct line {
    double complex cosh, sinh, z; /* of the piece; z its wave impedance */
} line;

static line make_line(const wadi_linear *l, wadi_index vessel, double x, double length_m,
                      double w)
{
    const wadi_network *n = l->network;
    const wadi_network_vessel *v = &n->vessels[vessel];
    bool vein = v->wall == WADI_NETWORK_VEIN;
    double r0 = network_radius(v, x), k = network_stiffness(v, x), a0 = WADI_PI * r0 * r0;
    double a = wave_area(vein, k, a0, linear_mean_at(l, vessel, x) - v->p_ext_pa);
    double rho = n->blood.density_kg_m3, c = wave_speed(vein, k, a0, rho, a);
    double complex series = linear_friction(n, v) / (a * a) + I * w * rho / a;
    double complex shunt = I * w * a / (rho * c * c), gamma;
    line out;

    if (l->options.womersley && network_viscosity(n, v) > 0) {
        double re, im;
        wadi_linear_womersley(sqrt(a / WADI_PI), rho, network_viscosity(n, v), w, &re, &im);
        series = re + I * im;
    }
    /* A viscous wall takes part in series with its compliance. */
    if (v->wall_pa_s_m > 0)
        shunt = shunt / (1 + shunt * v->wall_pa_s_m / (a0 * sqrt(a)));
    gamma = csqrt(series * shunt) * length_m;
    out.cosh = ccosh(gamma);
    out.sinh = csinh(gamma);
    out.z = csqrt(series / shunt);
    return out;
}

static bool is_uniform(const wadi_linear *l, wadi_index vessel)
{
    const wadi_network_vessel *v = &l->network->vessels[vessel];

    return v->radius_from_m == v->radius_to_m &&
           network_stiffness(v, 0) == network_stiffness(v, 1) && v->wall == WADI_NETWORK_ARTERY;
}

static void make_lines(const wadi_linear *l, wadi_index vessel, double w,
                       line lines[LINEAR_SEGMENTS])
{
    double length = l->network->vessels[vessel].length_m / LINEAR_SEGMENTS;

    lines[0] =
        make_line(l, vessel, is_uniform(l, vessel) ? 0.5 : 0.5 / LINEAR_SEGMENTS, length, w);
    for (int i = 1; i < LINEAR_SEGMENTS; i++)
        lines[i] = is_uniform(l, vessel)
                       ? lines[0]
                       : make_line(l, vessel, (i + 0.5) / LINEAR_SEGMENTS, length, w);
}

static void step_along(const line *piece, double complex *p, double complex *q)
{
    double complex before = *p;

    *p = piece->cosh * before - piece->z * piece->sinh * *q;
    *q = piece->cosh * *q - piece->sinh / piece->z * before;
}

/* [p q] in = [a b; c d] [p q] out, as a chain of pieces; det = 1. */
static void chain(const line lines[LINEAR_SEGMENTS], double complex *a, double complex *b,
                  double complex *d)
{
    double complex ta = 1, tb = 0, tc = 0, td = 1;

    for (int i = 0; i < LINEAR_SEGMENTS; i++) {
        double complex zs = lines[i].z * lines[i].sinh, ys = lines[i].sinh / lines[i].z;
        double complex na = ta * lines[i].cosh + tb * ys, nb = ta * zs + tb * lines[i].cosh;
        double complex nc = tc * lines[i].cosh + td * ys, nd = tc * zs + td * lines[i].cosh;
        ta = na;
        tb = nb;
        tc = nc;
        td = nd;
    }
    *a = ta;
    *b = tb;
    *d = td;
}

static void add_ports(const wadi_linear *l, int k, double w, double complex *matrix,
                      double complex *right, const double *signals)
{
    const wadi_network *n = l->network;
    const wave_sparse *s = &l->sparse;
    size_t h = (size_t)l->options.harmonics;

    for (wadi_index i = 0; i < n->outlet_count; i++) {
        const wadi_network_outlet *o = &n->outlets[i];
        wadi_index at = s->diagonal[s->place[o->node]];

        if (o->kind == WADI_NETWORK_WINDKESSEL)
            matrix[at] += 1 / (o->impedance_pa_s_m3 +
                               o->resistance_pa_s_m3 /
                                   (1 + I * w * o->resistance_pa_s_m3 * o->compliance_m3_pa));
        if (o->kind == WADI_NETWORK_REFLECTION && o->reflection < 1)
            for (wadi_index v = 0; v < n->vessel_count; v++) {
                const wadi_network_vessel *of = &n->vessels[v];
                int side = of->to == o->node;
                line piece;
                if (of->from != o->node && !side)
                    continue;
                piece = make_line(l, v, side, 1e-6, w);
                matrix[at] += (1 - o->reflection) / (fmax(1 + o->reflection, 1e-9) * piece.z);
            }
    }
    for (wadi_index i = 0; i < n->chamber_count; i++)
        matrix[s->diagonal[s->place[n->chambers[i].node]]] +=
            I * w * n->chambers[i].compliance_m3_pa;
    for (wadi_index i = 0; i < n->inlet_count; i++) {
        const wadi_network_inlet *in = &n->inlets[i];
        const double *signal = signals + 2 * (size_t)i * h;
        double complex value = signal[k - 1] + I * signal[h + (size_t)k - 1];
        double complex z = in->resistance_pa_s_m3 + I * w * in->inertance_pa_s2_m3;
        wadi_index row = s->place[in->node];

        if (in->kind == WADI_NETWORK_INFLOW) {
            right[row] += value;
        } else if (cabs(z) > 0) {
            matrix[s->diagonal[row]] += 1 / z;
            right[row] += value / z;
        } else {
            for (wadi_index at = s->row_start[row]; at < s->row_start[row + 1]; at++)
                matrix[at] = 0;
            matrix[s->diagonal[row]] = 1;
            right[row] = value;
        }
    }
    for (wadi_index i = 0; i < n->outlet_count; i++)
        if (n->outlets[i].kind == WADI_NETWORK_FIXED) {
            wadi_index row = s->place[n->outlets[i].node];
            for (wadi_index at = s->row_start[row]; at < s->row_start[row + 1]; at++)
                matrix[at] = 0;
            matrix[s->diagonal[row]] = 1;
            right[row] = 0;
        }
}

static void solve_harmonic(wadi_linear *l, int k, double complex *matrix, double complex *row,
                           double complex *right, const double *signals)
{
    const wadi_network *n = l->network;
    const wave_sparse *s = &l->sparse;
    size_t h = (size_t)l->options.harmonics;
    double w = 2 * WADI_PI * k / n->period_s;
    line lines[LINEAR_SEGMENTS];
    double complex a, b, d;

    memset(matrix, 0, (size_t)s->slots * sizeof *matrix);
    memset(right, 0, (size_t)s->count * sizeof *right);
    for (wadi_index i = 0; i < n->vessel_count; i++) {
        wadi_index from = n->vessels[i].from, to = n->vessels[i].to;

        make_lines(l, i, w, lines);
        chain(lines, &a, &b, &d);
        matrix[s->diagonal[s->place[from]]] += d / b;
        matrix[s->diagonal[s->place[to]]] += a / b;
        matrix[wave_sparse_slot(s, from, to)] -= 1 / b;
        matrix[wave_sparse_slot(s, to, from)] -= 1 / b;
    }
    for (wadi_index i = 0; i < n->element_count; i++) {
        wadi_index from = n->elements[i].from, to = n->elements[i].to;
        double complex y = 1 / (l->element_r[i] + I * w * l->element_l[i]);

        matrix[s->diagonal[s->place[from]]] += y;
        matrix[s->diagonal[s->place[to]]] += y;
        matrix[wave_sparse_slot(s, from, to)] -= y;
        matrix[wave_sparse_slot(s, to, from)] -= y;
        l->element[(size_t)(k - 1) * (size_t)n->element_count + (size_t)i] = y;
    }
    add_ports(l, k, w, matrix, right, signals);
    for (wadi_index i = 0; i < s->count; i++)
        if (matrix[s->diagonal[i]] == 0)
            matrix[s->diagonal[i]] = 1;
    wave_sparse_solve_complex(s, matrix, row, right);
    for (wadi_index i = 0; i < n->element_count; i++)
        l->element[(size_t)(k - 1) * (size_t)n->element_count + (size_t)i] *=
            right[s->place[n->elements[i].from]] - right[s->place[n->elements[i].to]];
    for (wadi_index i = 0; i < n->vessel_count; i++) {
        double complex p = right[s->place[n->vessels[i].from]], q;

        make_lines(l, i, w, lines);
        chain(lines, &a, &b, &d);
        q = (d * p - right[s->place[n->vessels[i].to]]) / b;
        for (int place = 0; place < WADI_PULSE_PLACES; place++) {
            size_t at = ((size_t)i * WADI_PULSE_PLACES + (size_t)place) * h + (size_t)k - 1;
            for (int step = 0; place && step < LINEAR_PER_PLACE; step++)
                step_along(&lines[(place - 1) * LINEAR_PER_PLACE + step], &p, &q);
            l->p[at] = p;
            l->q[at] = q;
        }
    }
    for (wadi_index i = 0; i < s->count; i++)
        l->node[(size_t)(k - 1) * (size_t)s->count + (size_t)i] = right[s->place[i]];
}

wadi_status linear_harmonics(wadi_linear *l, wadi_error *err)
{
    const wadi_network *n = l->network;
    size_t h = (size_t)l->options.harmonics, count = (size_t)l->sparse.count;
    double complex *matrix = wadi_alloc((size_t)l->sparse.slots, sizeof *matrix);
    double complex *row = wadi_alloc(count, sizeof *row);
    double complex *right = wadi_alloc(count, sizeof *right);
    double *signals = wadi_alloc(2 * h * (size_t)n->inlet_count, sizeof *signals), mean;
    wadi_status status = WADI_OK;

    if (!matrix || !row || !right || !signals) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the harmonics");
        goto done;
    }
    for (wadi_index i = 0; i < n->inlet_count; i++)
        wave_signal_harmonics(&n->inlets[i].signal, l->options.harmonics, &mean,
                              signals + 2 * (size_t)i * h, signals + (2 * (size_t)i + 1) * h);
    for (int k = 1; k <= l->options.harmonics; k++)
        solve_harmonic(l, k, matrix, row, right, signals);
done:
    free(matrix);
    free(row);
    free(right);
    free(signals);
    return status;
}

void linear_at_start(const wadi_linear *l, wadi_index vessel, wadi_index cells, double *p,
                     double *q)
{
    const wadi_network *n = l->network;
    size_t h = (size_t)l->options.harmonics;
    double dx = n->vessels[vessel].length_m / cells;

    for (wadi_index j = 0; j < cells; j++) {
        p[j] = linear_mean_at(l, vessel, (j + 0.5) / cells);
        q[j] = l->flow_mean[vessel];
    }
    for (size_t k = 1; k <= h; k++) {
        double w = 2 * WADI_PI * (double)k / n->period_s;
        size_t at = (size_t)vessel * WADI_PULSE_PLACES * h + k - 1;
        double complex pk = l->p[at], qk = l->q[at];
        line half = make_line(l, vessel, 0.5, 0.5 * dx, w);

        for (wadi_index j = 0; j < cells; j++) {
            if (!is_uniform(l, vessel))
                half = make_line(l, vessel, (j + 0.5) / cells, 0.5 * dx, w);
            step_along(&half, &pk, &qk);
            p[j] += creal(pk);
            q[j] += creal(qk);
            step_along(&half, &pk, &qk);
        }
    }
}

/* ---- the whole ---- */

static wadi_status couple(wadi_linear *l, wadi_error *err)
{
    const wadi_network *n = l->network;
    size_t count = (size_t)(n->vessel_count + n->element_count);
    wadi_index(*pairs)[2] = wadi_alloc(count, sizeof *pairs);
    wadi_status status;

    if (!pairs)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu branches", count);
    for (wadi_index i = 0; i < n->vessel_count; i++) {
        pairs[i][0] = n->vessels[i].from;
        pairs[i][1] = n->vessels[i].to;
    }
    for (wadi_index i = 0; i < n->element_count; i++) {
        pairs[n->vessel_count + i][0] = n->elements[i].from;
        pairs[n->vessel_count + i][1] = n->elements[i].to;
    }
    status =
        wave_sparse_init(&l->sparse, n->node_count, count, (const wadi_index(*)[2])pairs, err);
    free(pairs);
    return status;
}

static wadi_status make_waves(wadi_linear *l, wadi_error *err)
{
    const wadi_network *n = l->network;
    size_t samples = l->options.samples, h = (size_t)l->options.harmonics, turn = samples - 1;
    double complex *unit = wadi_alloc(turn, sizeof *unit);
    wadi_status status = wave_table_init(&l->waves, n, samples, err);

    if (status || !unit) {
        free(unit);
        return status ? status : wadi_fail(err, WADI_ERR_NOMEM, "no memory for waveforms");
    }
    for (size_t i = 0; i < turn; i++)
        unit[i] = cexp(2 * WADI_PI * I * (double)i / (double)turn);
    for (size_t row = 0; row < (size_t)n->vessel_count * WADI_PULSE_PLACES; row++) {
        wadi_index vessel = (wadi_index)(row / WADI_PULSE_PLACES);
        double mean = linear_mean_at(l, vessel, WAVE_PLACES[row % WADI_PULSE_PLACES]);

        for (size_t i = 0; i < samples; i++) {
            double p = mean, q = l->flow_mean[vessel];
            for (size_t k = 1; k <= h; k++) {
                double complex e = unit[k * i % turn];
                p += creal(l->p[row * h + k - 1] * e);
                q += creal(l->q[row * h + k - 1] * e);
            }
            l->waves.p[row * samples + i] = p;
            l->waves.q[row * samples + i] = q;
        }
    }
    free(unit);
    return WADI_OK;
}

wadi_status wadi_linear_solve(const wadi_network *network, const wadi_linear_options *options,
                              wadi_linear **out, wadi_error *err)
{
    size_t nodes = (size_t)network->node_count, vessels = (size_t)network->vessel_count;
    size_t elements = (size_t)network->element_count, h = (size_t)options->harmonics;
    wadi_linear *l = NULL;
    wadi_status status;

    *out = NULL;
    if (options->harmonics < 0 || options->harmonics > 1000 || options->samples == 1)
        return wadi_fail(err, WADI_ERR_RANGE,
                         "harmonics are %d and samples %zu, 0 to 1000 and 2 or more are wanted",
                         options->harmonics, options->samples);
    l = wadi_alloc(1, sizeof *l);
    if (!l)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the linear level");
    l->network = network;
    l->options = *options;
    l->node_mean = wadi_alloc(nodes, sizeof *l->node_mean);
    l->flow_mean = wadi_alloc(vessels, sizeof *l->flow_mean);
    l->element_mean = wadi_alloc(elements, sizeof *l->element_mean);
    l->element_r = wadi_alloc(elements, sizeof *l->element_r);
    l->element_l = wadi_alloc(elements, sizeof *l->element_l);
    l->node = wadi_alloc(h * nodes, sizeof *l->node);
    l->element = wadi_alloc(h * elements, sizeof *l->element);
    l->p = wadi_alloc(vessels * WADI_PULSE_PLACES * h, sizeof *l->p);
    l->q = wadi_alloc(vessels * WADI_PULSE_PLACES * h, sizeof *l->q);
    if (!l->node_mean || !l->flow_mean || !l->element_mean || !l->element_r || !l->element_l ||
        !l->node || !l->element || !l->p || !l->q)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the linear level");
    else
        status = couple(l, err);
    if (!status)
        status = linear_mean(l, err);
    if (!status)
        status = linear_harmonics(l, err);
    if (!status && options->samples) /* 0: the caller wants no waveforms */
        status = make_waves(l, err);
    if (status) {
        wadi_linear_free(l);
        return status;
    }
    *out = l;
    return WADI_OK;
}

void wadi_linear_free(wadi_linear *l)
{
    if (!l)
        return;
    wave_sparse_clear(&l->sparse);
    wave_table_clear(&l->waves);
    free(l->node_mean);
    free(l->flow_mean);
    free(l->element_mean);
    free(l->element_r);
    free(l->element_l);
    free(l->node);
    free(l->element);
    free(l->p);
    free(l->q);
    free(l);
}

size_t wadi_linear_samples(const wadi_linear *linear)
{
    return linear->waves.samples;
}

void wadi_linear_waveform(const wadi_linear *linear, wadi_index vessel, int place,
                          double *time_s, double *pressure_pa, double *flow_m3_s,
                          double *area_m2, double *velocity_m_s)
{
    wave_table_waveform(&linear->waves, vessel, place, time_s, pressure_pa, flow_m3_s, area_m2,
                        velocity_m_s);
}

void wadi_linear_indices_of(const wadi_linear *linear, wadi_index vessel,
                            wadi_pulse_indices *out)
{
    wave_table_indices(&linear->waves, vessel, out);
}

wadi_status wadi_linear_write(const wadi_linear *linear, const char *directory, wadi_error *err)
{
    return wave_table_write(&linear->waves, directory, err);
}

wadi_status wadi_linear_json(const wadi_linear *linear, double cpu_s, double peak_rss_bytes,
                             char **out, size_t *size, wadi_error *err)
{
    const wadi_pulse_summary none = {.vessels = linear->network->vessel_count,
                                     .periodic = true,
                                     .samples = linear->waves.samples};

    return wave_table_json(&linear->waves, linear->options.harmonics ? "linear" : "steady",
                           &none, cpu_s, peak_rss_bytes, out, size, err);
}
