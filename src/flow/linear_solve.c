/* The harmonics: every vessel a chain of lines about the mean, one sparse solve for each block
 * of harmonics. */
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

/* ---- blocks ---- */

static int harmonic_of(const wadi_linear *l, size_t block, int lane)
{
    int k = (int)block * LINEAR_LANES + lane + 1;

    return k < l->options.harmonics ? k : l->options.harmonics;
}

static double frequency(const wadi_linear *l, int k)
{
    return 2 * WADI_PI * k / l->network->period_s;
}

void linear_block_w(const wadi_linear *l, size_t block, lane_vector *w)
{
    for (int i = 0; i < LINEAR_LANES; i++)
        (*w)[i] = frequency(l, harmonic_of(l, block, i));
}

static double complex lane_of(const lanes *value, int lane)
{
    return value->re[lane] + I * value->im[lane];
}

double complex linear_node(const wadi_linear *l, wadi_index node, int k)
{
    size_t block = (size_t)(k - 1) / LINEAR_LANES;

    return lane_of(&l->node[block * (size_t)l->sparse.count + (size_t)node],
                   (k - 1) % LINEAR_LANES);
}

double complex linear_element(const wadi_linear *l, wadi_index element, int k)
{
    size_t block = (size_t)(k - 1) / LINEAR_LANES;

    return lane_of(&l->element[block * (size_t)l->network->element_count + (size_t)element],
                   (k - 1) % LINEAR_LANES);
}

const lanes *linear_series(const wadi_linear *l, wadi_index vessel, size_t block,
                           lanes room[LINEAR_PIECES])
{
    const wadi_network *n = l->network;
    double mu = network_viscosity(n, &n->vessels[vessel]);

    if (!l->options.womersley || !(mu > 0))
        return NULL;
    for (int i = 0; i < LINEAR_PIECES; i++) {
        double radius = sqrt(l->area[vessel * LINEAR_PIECES + i] / WADI_PI);

        for (int k = 0; k < LINEAR_LANES; k++) {
            double re, im;

            if (i && l->uniform[vessel]) {
                room[i] = room[0];
                break;
            }
            wadi_linear_womersley(radius, n->blood.density_kg_m3, mu,
                                  frequency(l, harmonic_of(l, block, k)), &re, &im);
            room[i].re[k] = re;
            room[i].im[k] = im;
        }
    }
    return room;
}

/* ---- one block ---- */

/* Scratch of a block. */
typedef struct room {
    lanes *matrix, *row, *inverse, *right; /* (slots), (nodes) */
    lanes_square *quarter;                 /* (vessels x quarters) */
    lanes *first, *across;                 /* (vessels) */
    double *signal;                        /* (inlets x 2 x harmonics) */
} room;

static void add(lanes *to, const lanes *what, double sign)
{
    to->re += sign * what->re;
    to->im += sign * what->im;
}

static void add_lines(const wadi_linear *l, size_t block, const room *r)
{
    const wadi_network *n = l->network;
    lanes last, series[LINEAR_PIECES];
    lane_vector w;

    linear_block_w(l, block, &w);
    for (wadi_index i = 0; i < n->vessel_count; i++) {
        const wadi_index *slot = l->slot[i];

        lanes_vessel(&l->piece[i * LINEAR_PIECES], l->uniform[i], n->vessels[i].length_m, &w,
                     linear_series(l, i, block, series), &r->quarter[i * LINEAR_QUARTERS],
                     &r->first[i], &last, &r->across[i]);
        add(&r->matrix[slot[0]], &r->first[i], 1);
        add(&r->matrix[slot[1]], &last, 1);
        add(&r->matrix[slot[2]], &r->across[i], -1);
        add(&r->matrix[slot[3]], &r->across[i], -1);
    }
    for (wadi_index i = 0; i < n->element_count; i++) {
        const wadi_index *slot = l->slot[n->vessel_count + i];
        lanes z, *y = &l->element[block * (size_t)n->element_count + (size_t)i];

        z.re = l->element_r[i] - (lane_vector){0};
        z.im = w * l->element_l[i];
        lanes_invert(&z, y);
        add(&r->matrix[slot[0]], y, 1);
        add(&r->matrix[slot[1]], y, 1);
        add(&r->matrix[slot[2]], y, -1);
        add(&r->matrix[slot[3]], y, -1);
    }
}

static void put_lane(lanes *value, int lane, double complex to)
{
    value->re[lane] = creal(to);
    value->im[lane] = cimag(to);
}

static void add_lane(lanes *value, int lane, double complex what)
{
    put_lane(value, lane, lane_of(value, lane) + what);
}

static void pin(const wadi_linear *l, const room *r, wadi_index node, int lane,
                double complex value)
{
    const wave_sparse *s = &l->sparse;
    wadi_index row = s->place[node];

    for (wadi_index at = s->row_start[row]; at < s->row_start[row + 1]; at++)
        put_lane(&r->matrix[at], lane, 0);
    put_lane(&r->matrix[s->diagonal[row]], lane, 1);
    put_lane(&r->right[row], lane, value);
}

/* What leaves through an end that lets a share of each wave through. */
static double complex reflecting(const wadi_linear *l, const wadi_network_outlet *o, double w)
{
    const wadi_network *n = l->network;
    double complex y = 0;

    for (wadi_index v = 0; v < n->vessel_count && o->reflection < 1; v++) {
        bool last = n->vessels[v].to == o->node;
        const linear_piece *of = &l->piece[v * LINEAR_PIECES + (last ? LINEAR_PIECES - 1 : 0)];
        double complex shunt = I * w * of->c;

        if (n->vessels[v].from != o->node && !last)
            continue;
        shunt = shunt / (1 + shunt * of->wall);
        y = (1 - o->reflection) / fmax(1 + o->reflection, 1e-9) *
            csqrt(shunt / (of->r + I * w * of->l));
    }
    return y;
}

static double complex outlet_admittance(const wadi_linear *l, const wadi_network_outlet *o,
                                        double w)
{
    double r = o->resistance_pa_s_m3;

    if (o->kind == WADI_NETWORK_WINDKESSEL)
        return 1 / (o->impedance_pa_s_m3 + r / (1 + I * w * r * o->compliance_m3_pa));
    return o->kind == WADI_NETWORK_REFLECTION ? reflecting(l, o, w) : 0;
}

/* Inlets, outlets and chambers of harmonic k. */
static void add_ports(const wadi_linear *l, int k, int lane, const room *r)
{
    const wadi_network *n = l->network;
    const wave_sparse *s = &l->sparse;
    size_t h = (size_t)l->options.harmonics;
    double w = frequency(l, k);

    for (wadi_index i = 0; i < n->outlet_count; i++)
        add_lane(&r->matrix[s->diagonal[s->place[n->outlets[i].node]]], lane,
                 outlet_admittance(l, &n->outlets[i], w));
    for (wadi_index i = 0; i < n->chamber_count; i++)
        add_lane(&r->matrix[s->diagonal[s->place[n->chambers[i].node]]], lane,
                 I * w * n->chambers[i].compliance_m3_pa);
    for (wadi_index i = 0; i < n->inlet_count; i++) {
        const wadi_network_inlet *in = &n->inlets[i];
        const double *signal = r->signal + 2 * (size_t)i * h;
        double complex value = signal[k - 1] + I * signal[h + (size_t)k - 1];
        double complex z = in->resistance_pa_s_m3 + I * w * in->inertance_pa_s2_m3;
        wadi_index row = s->place[in->node];

        if (in->kind == WADI_NETWORK_INFLOW) {
            add_lane(&r->right[row], lane, value);
        } else if (z != 0) {
            add_lane(&r->matrix[s->diagonal[row]], lane, 1 / z);
            add_lane(&r->right[row], lane, value / z);
        } else {
            pin(l, r, in->node, lane, value);
        }
    }
    for (wadi_index i = 0; i < n->outlet_count; i++)
        if (n->outlets[i].kind == WADI_NETWORK_FIXED)
            pin(l, r, n->outlets[i].node, lane, 0);
    for (wadi_index i = 0; i < s->count; i++) {
        lanes *diagonal = &r->matrix[s->diagonal[i]];
        if (diagonal->re[lane] == 0 && diagonal->im[lane] == 0)
            diagonal->re[lane] = 1;
    }
}

static void read_block(wadi_linear *l, size_t block, const room *r)
{
    const wadi_network *n = l->network;
    const wave_sparse *s = &l->sparse;
    lanes p[WADI_PULSE_PLACES], q[WADI_PULSE_PLACES];

    for (wadi_index i = 0; i < s->count; i++)
        l->node[block * (size_t)s->count + (size_t)i] = r->right[s->place[i]];
    for (wadi_index i = 0; i < n->element_count; i++) {
        lanes *flow = &l->element[block * (size_t)n->element_count + (size_t)i];
        lanes fall = r->right[s->place[n->elements[i].from]];

        add(&fall, &r->right[s->place[n->elements[i].to]], -1);
        lanes_multiply(flow, &fall, flow);
    }
    for (wadi_index i = 0; i < n->vessel_count; i++) {
        linear_wave *wave =
            &l->wave[(block * (size_t)n->vessel_count + (size_t)i) * WADI_PULSE_PLACES];

        lanes_along(&r->quarter[i * LINEAR_QUARTERS], &r->first[i], &r->across[i],
                    &r->right[s->place[n->vessels[i].from]],
                    &r->right[s->place[n->vessels[i].to]], p, q);
        for (int place = 0; place < WADI_PULSE_PLACES; place++)
            wave[place] = (linear_wave){p[place], q[place]};
    }
}

static void solve_block(wadi_linear *l, size_t block, const room *r)
{
    memset(r->matrix, 0, (size_t)l->sparse.slots * sizeof *r->matrix);
    memset(r->right, 0, (size_t)l->sparse.count * sizeof *r->right);
    add_lines(l, block, r);
    for (int lane = 0; lane < LINEAR_LANES; lane++)
        add_ports(l, harmonic_of(l, block, lane), lane, r);
    lanes_solve(&l->sparse, r->matrix, r->row, r->inverse, r->right);
    read_block(l, block, r);
}

static void room_clear(room *r)
{
    free(r->matrix);
    free(r->row);
    free(r->inverse);
    free(r->right);
    free(r->quarter);
    free(r->first);
    free(r->across);
    free(r->signal);
}

wadi_status linear_harmonics(wadi_linear *l, wadi_error *err)
{
    const wadi_network *n = l->network;
    size_t h = (size_t)l->options.harmonics, count = (size_t)l->sparse.count;
    size_t vessels = (size_t)n->vessel_count;
    room r = {.matrix = wadi_alloc((size_t)l->sparse.slots, sizeof *r.matrix),
              .row = wadi_alloc(count, sizeof *r.row),
              .inverse = wadi_alloc(count, sizeof *r.inverse),
              .right = wadi_alloc(count, sizeof *r.right),
              .quarter = wadi_alloc(vessels * LINEAR_QUARTERS, sizeof *r.quarter),
              .first = wadi_alloc(vessels, sizeof *r.first),
              .across = wadi_alloc(vessels, sizeof *r.across),
              .signal = wadi_alloc(2 * h * (size_t)n->inlet_count, sizeof *r.signal)};
    wadi_status status = WADI_OK;
    double mean;

    if (!r.matrix || !r.row || !r.inverse || !r.right || !r.quarter || !r.first || !r.across ||
        !r.signal) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the harmonics");
        goto done;
    }
    for (wadi_index i = 0; i < n->inlet_count; i++)
        wave_signal_harmonics(&n->inlets[i].signal, l->options.harmonics, &mean,
                              r.signal + 2 * (size_t)i * h, r.signal + (2 * (size_t)i + 1) * h);
    for (size_t block = 0; block < l->blocks; block++)
        solve_block(l, block, &r);
done:
    room_clear(&r);
    return status;
}
