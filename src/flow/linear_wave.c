/* The linear level as its callers see it: making one, its waveforms and what is written. */
#include "flow/linear_impl.h"

#include <stdlib.h>
#include <string.h>

static wadi_status couple(wadi_linear *l, wadi_error *err)
{
    const wadi_network *n = l->network;
    size_t count = (size_t)(n->vessel_count + n->element_count);
    wadi_index(*pairs)[2] = wadi_alloc(count, sizeof *pairs);
    wadi_status status;

    l->slot = wadi_alloc(count, sizeof *l->slot);
    if (!pairs || !l->slot) {
        free(pairs);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu branches", count);
    }
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
    for (size_t i = 0; !status && i < count; i++) {
        const wave_sparse *s = &l->sparse;

        l->slot[i][0] = s->diagonal[s->place[pairs[i][0]]];
        l->slot[i][1] = s->diagonal[s->place[pairs[i][1]]];
        l->slot[i][2] = wave_sparse_slot(s, pairs[i][0], pairs[i][1]);
        l->slot[i][3] = wave_sparse_slot(s, pairs[i][1], pairs[i][0]);
    }
    free(pairs);
    return status;
}

/* ---- waveforms ---- */

static const linear_wave *wave_of(const wadi_linear *l, size_t block, wadi_index vessel,
                                  int place)
{
    size_t at = block * (size_t)l->network->vessel_count + (size_t)vessel;

    return &l->wave[at * WADI_PULSE_PLACES + (size_t)place];
}

/* A wave over [first, first + count) of the samples, which begin anew at T. */
static void sum_wave(const wadi_linear *l, wadi_index vessel, int place, size_t first,
                     size_t count, double *p, double *q)
{
    size_t turn = l->options.samples - 1;
    double mean = linear_mean_at(l, vessel, WAVE_PLACES[place]);

    for (size_t i = 0; i < count; i++) {
        p[i] = mean;
        q[i] = l->flow_mean[vessel];
    }
    for (size_t block = 0; block < l->blocks; block++) {
        const linear_wave *wave = wave_of(l, block, vessel, place);
        size_t row = block * LINEAR_LANES * turn + first;

        lanes_sum(count, turn, &wave->p, &wave->q, l->cosine + row, l->sine + row, p, q);
    }
}

static void tabulate(wadi_linear *l)
{
    size_t turn = l->options.samples - 1;

    for (size_t i = 0; i < turn && l->options.harmonics; i++) {
        l->cosine[i] = cos(2 * WADI_PI * (double)i / (double)turn);
        l->sine[i] = sin(2 * WADI_PI * (double)i / (double)turn);
    }
    for (size_t k = 2; k <= (size_t)l->options.harmonics; k++)
        for (size_t i = 0, at = 0; i < turn; i++) {
            l->cosine[(k - 1) * turn + i] = l->cosine[at];
            l->sine[(k - 1) * turn + i] = l->sine[at];
            at += k % turn;
            at -= at >= turn ? turn : 0;
        }
}

wadi_status linear_waves(wadi_linear *l, wadi_error *err)
{
    size_t samples = l->options.samples, turn = samples - 1;
    size_t h = l->blocks * LINEAR_LANES; /* rows beyond the last harmonic stay 0 */

    l->cosine = wadi_alloc(h * turn, sizeof *l->cosine);
    l->sine = wadi_alloc(h * turn, sizeof *l->sine);
    l->middle = wadi_alloc((size_t)l->network->vessel_count * 2 * samples, sizeof *l->middle);
    if (!l->cosine || !l->sine || !l->middle)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for waveforms");
    tabulate(l);
    for (wadi_index i = 0; i < l->network->vessel_count; i++) {
        double *p = l->middle + (size_t)i * 2 * samples, *q = p + samples;

        sum_wave(l, i, 2, 0, turn, p, q);
        p[turn] = p[0];
        q[turn] = q[0];
    }
    return WADI_OK;
}

/* ---- the whole ---- */

static wadi_status make_room(wadi_linear *l, wadi_error *err)
{
    const wadi_network *n = l->network;
    size_t nodes = (size_t)n->node_count, vessels = (size_t)n->vessel_count;
    size_t elements = (size_t)n->element_count;

    l->blocks = ((size_t)l->options.harmonics + LINEAR_LANES - 1) / LINEAR_LANES;
    l->node_mean = wadi_alloc(nodes, sizeof *l->node_mean);
    l->flow_mean = wadi_alloc(vessels, sizeof *l->flow_mean);
    l->element_mean = wadi_alloc(elements, sizeof *l->element_mean);
    l->element_r = wadi_alloc(elements, sizeof *l->element_r);
    l->element_l = wadi_alloc(elements, sizeof *l->element_l);
    l->pressure = wadi_alloc(vessels * (LINEAR_PIECES + 1), sizeof *l->pressure);
    l->piece = wadi_alloc(vessels * LINEAR_PIECES, sizeof *l->piece);
    l->area = wadi_alloc(vessels * LINEAR_PIECES, sizeof *l->area);
    l->uniform = wadi_alloc(vessels, sizeof *l->uniform);
    l->node = wadi_alloc(l->blocks * nodes, sizeof *l->node);
    l->element = wadi_alloc(l->blocks * elements, sizeof *l->element);
    l->wave = wadi_alloc(l->blocks * vessels * WADI_PULSE_PLACES, sizeof *l->wave);
    if (!l->node_mean || !l->flow_mean || !l->element_mean || !l->element_r || !l->element_l ||
        !l->pressure || !l->piece || !l->area || !l->uniform || !l->node || !l->element ||
        !l->wave)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the linear level");
    return WADI_OK;
}

wadi_status wadi_linear_solve(const wadi_network *network, const wadi_linear_options *options,
                              wadi_linear **out, wadi_error *err)
{
    wadi_linear *l = NULL;
    wadi_status status;

    *out = NULL;
    if (options->harmonics < 0 || options->harmonics > 1000 || options->samples == 1)
        return wadi_fail(err, WADI_ERR_RANGE,
                         "harmonics are %d and samples %zu, 0 to 1000 and 2 or more are wanted",
                         options->harmonics, options->samples);
    for (wadi_index i = 0; i < network->inlet_count; i++)
        if (network->inlets[i].kind == WADI_NETWORK_HEART)
            return wadi_fail(err, WADI_ERR_SUPPORT,
                             "inlet at node %ld is a heart, a flow or a pressure is wanted at "
                             "the linear level (the pulse level knows hearts)",
                             network_node_number(network, network->inlets[i].node));
    l = wadi_alloc(1, sizeof *l);
    if (!l)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the linear level");
    l->network = network;
    l->options = *options;
    status = make_room(l, err);
    if (!status)
        status = couple(l, err);
    if (!status)
        status = linear_mean(l, err);
    if (!status)
        status = linear_harmonics(l, err);
    if (!status && options->samples) /* 0: the caller wants no waveforms */
        status = linear_waves(l, err);
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
    free(l->slot);
    free(l->node_mean);
    free(l->flow_mean);
    free(l->element_mean);
    free(l->element_r);
    free(l->element_l);
    free(l->pressure);
    free(l->piece);
    free(l->area);
    free(l->uniform);
    free(l->node);
    free(l->element);
    free(l->wave);
    free(l->cosine);
    free(l->sine);
    free(l->middle);
    free(l);
}

size_t wadi_linear_samples(const wadi_linear *linear)
{
    return linear->options.samples;
}

void wadi_linear_waveform(const wadi_linear *l, wadi_index vessel, int place, double *time_s,
                          double *pressure_pa, double *flow_m3_s, double *area_m2,
                          double *velocity_m_s)
{
    enum { CHUNK = 128 };
    size_t turn = l->options.samples ? l->options.samples - 1 : 0;
    double p[CHUNK], q[CHUNK];

    WADI_ASSERT(vessel >= 0 && vessel < l->network->vessel_count && place >= 0 &&
                place < WADI_PULSE_PLACES);
    for (size_t first = 0; first < l->options.samples; first += CHUNK) {
        size_t count = l->options.samples - first < CHUNK ? l->options.samples - first : CHUNK;
        bool end = first + count > turn;

        sum_wave(l, vessel, place, first, end ? count - 1 : count, p, q);
        if (end)
            sum_wave(l, vessel, place, 0, 1, p + count - 1, q + count - 1);
        wave_samples(l->network, vessel, place, first, count, l->options.samples, p, q, time_s,
                     pressure_pa, flow_m3_s, area_m2, velocity_m_s);
    }
}

void wadi_linear_indices_of(const wadi_linear *l, wadi_index vessel, wadi_pulse_indices *out)
{
    size_t samples = l->options.samples;
    const double *p = l->middle + (size_t)vessel * 2 * samples;

    wave_indices(l->network, vessel, samples, p, p + samples, out);
}

/* Waveforms of all places, for what is written of them. */
static wadi_status make_table(const wadi_linear *l, wave_table *table, wadi_error *err)
{
    wadi_status status = wave_table_init(table, l->network, l->options.samples, err);

    for (wadi_index i = 0; !status && i < l->network->vessel_count; i++)
        for (int place = 0; place < WADI_PULSE_PLACES; place++) {
            size_t at = ((size_t)i * WADI_PULSE_PLACES + (size_t)place) * table->samples;

            wadi_linear_waveform(l, i, place, NULL, table->p + at, table->q + at, NULL, NULL);
        }
    return status;
}

wadi_status wadi_linear_write(const wadi_linear *linear, const char *directory, wadi_error *err)
{
    wave_table table = {0};
    wadi_status status = make_table(linear, &table, err);

    if (!status)
        status = wave_table_write(&table, directory, err);
    wave_table_clear(&table);
    return status;
}

wadi_status wadi_linear_json(const wadi_linear *linear, double cpu_s, double peak_rss_bytes,
                             char **out, size_t *size, wadi_error *err)
{
    const wadi_pulse_summary none = {.vessels = linear->network->vessel_count,
                                     .periodic = true,
                                     .mass_balance = linear->mass_balance,
                                     .samples = linear->options.samples};
    wave_table table = {0};
    wadi_status status = make_table(linear, &table, err);

    if (!status)
        status = wave_table_json(&table, linear->options.harmonics ? "linear" : "steady", &none,
                                 cpu_s, peak_rss_bytes, out, size, err);
    wave_table_clear(&table);
    return status;
}

/* ---- where a run begins ---- */

/* Harmonics of one block, carried along the cells at time 0. */
static void add_block(const wadi_linear *l, wadi_index vessel, wadi_index cells, size_t block,
                      double *p, double *q)
{
    const linear_wave *start = wave_of(l, block, vessel, 0);
    double half_m = 0.5 * l->network->vessels[vessel].length_m / cells;
    lane_vector w;
    lanes series[LINEAR_PIECES], pk = start->p, qk = start->q;
    const lanes *of = linear_series(l, vessel, block, series);
    int known = -1, wanted = l->options.harmonics - (int)block * LINEAR_LANES;
    lanes_square square;

    linear_block_w(l, block, &w);
    for (wadi_index j = 0; j < cells; j++) {
        int piece = (int)((j + 0.5) / cells * LINEAR_PIECES);

        if (piece != known && !(known >= 0 && l->uniform[vessel]))
            lanes_piece_square(&l->piece[vessel * LINEAR_PIECES + piece], half_m, &w,
                               of ? &of[piece] : NULL, &square);
        known = piece;
        lanes_step(&square, &pk, &qk);
        for (int k = 0; k < LINEAR_LANES && k < wanted; k++) {
            p[j] += pk.re[k];
            q[j] += qk.re[k];
        }
        lanes_step(&square, &pk, &qk);
    }
}

void linear_at_start(const wadi_linear *l, wadi_index vessel, wadi_index cells, double *p,
                     double *q)
{
    for (wadi_index j = 0; j < cells; j++) {
        p[j] = linear_mean_at(l, vessel, (j + 0.5) / cells);
        q[j] = l->flow_mean[vessel];
    }
    for (size_t block = 0; block < l->blocks; block++)
        add_block(l, vessel, cells, block, p, q);
}
