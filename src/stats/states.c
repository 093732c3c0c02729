/* Aalen-Johansen: p(t) = p(t-) (I + dA(t)), row vector p of occupancies.
 *
 * Greenwood-type covariance (Andersen, Borgan, Gill, Keiding 1993, 4.4.19) by its recursion,
 *
 *   C(t) = (I + dA)' C(t-) (I + dA) + sum over states h of p_h(t-)^2 cov(dA_h),
 *   cov(dA_hj, dA_hl) = (dA_hj [j = l] - dA_hj dA_hl) / Y_h,
 *
 * which costs a fixed number of steps per time, where the sum over all pairs of times would be
 * quadratic, and takes no differences of large numbers. */
#include "stats/states_impl.h"

typedef struct sweep {
    int32_t states;
    double *risk;  /* (states) */
    double *moves; /* (states x states) at the current time */
    double *p, *p_next;
    double *c, *c_next;
    double *rate; /* (states) row of dA */
} sweep;

static wadi_status sweep_new(sweep *s, int32_t states, wadi_error *err)
{
    size_t k = (size_t)states, total = 4 * k + 3 * k * k;
    double *block = wadi_alloc(total, sizeof *block);

    if (!block)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d states", states);
    *s = (sweep){states,
                 block,
                 block + k,
                 block + k + k * k,
                 block + 2 * k + k * k,
                 block + 3 * k + k * k,
                 block + 3 * k + 2 * k * k,
                 block + 3 * k + 3 * k * k};
    return WADI_OK;
}

/* c <- (I + e_h r')' c (I + e_h r') for each active h at once; `rates` rows are r. */
static void transform(sweep *s, const double *rates, const bool *active)
{
    int32_t k = s->states;

    memcpy(s->c_next, s->c, (size_t)k * (size_t)k * sizeof(double));
    for (int32_t h = 0; h < k; h++)
        for (int32_t i = 0; active[h] && i < k; i++)
            for (int32_t j = 0; j < k; j++)
                s->c_next[i * k + j] += s->c[i * k + h] * rates[h * k + j];
    memcpy(s->c, s->c_next, (size_t)k * (size_t)k * sizeof(double));
    for (int32_t h = 0; h < k; h++)
        for (int32_t i = 0; active[h] && i < k; i++)
            for (int32_t j = 0; j < k; j++)
                s->c[i * k + j] += rates[h * k + i] * s->c_next[h * k + j];
}

static void add_noise(sweep *s, const double *rate, int32_t h)
{
    int32_t k = s->states;
    double scale = s->p[h] * s->p[h] / s->risk[h], leaving = -rate[h];

    for (int32_t i = 0; i < k; i++)
        for (int32_t j = 0; j < k; j++) {
            double covariance;

            if (i == h && j == h)
                covariance = leaving - leaving * leaving;
            else if (i == h || j == h)
                covariance = -rate[i == h ? j : i] * (1 - leaving);
            else
                covariance = (i == j ? rate[i] : 0) - rate[i] * rate[j];
            s->c[i * k + j] += scale * covariance;
        }
}

/* rates and active are scratch: (states x states) and (states). */
static void step(sweep *s, bool errors, double *rates, bool *active)
{
    int32_t k = s->states;
    bool any = false;

    for (int32_t h = 0; h < k; h++) {
        double leaving = 0;

        active[h] = false;
        for (int32_t j = 0; j < k; j++) {
            double rate =
                j != h && s->moves[h * k + j] > 0 ? s->moves[h * k + j] / s->risk[h] : 0;

            rates[h * k + j] = rate;
            leaving += rate;
            active[h] |= rate > 0;
        }
        rates[h * k + h] = -leaving;
        any |= active[h];
    }
    if (!any)
        return;
    memcpy(s->p_next, s->p, (size_t)k * sizeof(double));
    for (int32_t h = 0; h < k; h++)
        for (int32_t j = 0; active[h] && j < k; j++)
            s->p_next[j] += s->p[h] * rates[h * k + j];
    if (errors) {
        transform(s, rates, active);
        for (int32_t h = 0; h < k; h++)
            if (active[h])
                add_noise(s, rates + (size_t)h * (size_t)k, h);
    }
    for (int32_t j = 0; j < k; j++) /* what leaves a state in full leaves no rounding behind */
        s->p[j] =
            s->p_next[j] < 0 || (active[j] && rates[j * k + j] == -1 && s->p_next[j] < 1e-15)
                ? 0
                : s->p_next[j];
}

/* Occupancy just before the first move: shares of those at risk then. */
static void begin(sweep *s, const state_rows *rows, const uint32_t *order, size_t low,
                  size_t high)
{
    const survival_rows *r = &rows->rows;
    double first = INFINITY, total = 0, count = 0;
    int32_t k = s->states;

    for (size_t i = low; i < high && first == INFINITY; i++)
        if (rows->to[order[i]] >= 0)
            first = r->time[order[i]];
    for (size_t i = low; i < high; i++) {
        uint32_t row = order[i];
        double weight = r->weight ? r->weight[row] : 1;

        if (first != INFINITY && (r->time[row] < first || (r->entry && r->entry[row] >= first)))
            continue;
        s->p[rows->from[row]] += weight;
        total += weight;
        count += 1;
    }
    for (int32_t h = 0; total > 0 && h < k; h++)
        s->p[h] /= total;
    for (int32_t h = 0; total > 0 && h < k; h++)
        for (int32_t j = 0; j < k; j++)
            s->c[h * k + j] = ((h == j ? s->p[h] : 0) - s->p[h] * s->p[j]) / count;
}

static wadi_status allocate(state_curve *out, size_t times, int32_t states, wadi_error *err)
{
    size_t k = (size_t)states;

    *out = (state_curve){.states = states};
    out->time = wadi_alloc(times, sizeof(double));
    out->risk = wadi_alloc(times * k, sizeof(double));
    out->p = wadi_alloc(times * k, sizeof(double));
    out->error = wadi_alloc(times * k, sizeof(double));
    out->start = wadi_alloc(k, sizeof(double));
    out->pair_seen = wadi_alloc(k * k, sizeof(bool));
    if (out->time && out->risk && out->p && out->error && out->start && out->pair_seen)
        return WADI_OK;
    return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu times of %d states", times,
                     states);
}

static void record(const sweep *s, state_curve *out, size_t at)
{
    int32_t k = s->states;

    for (int32_t h = 0; h < k; h++) {
        out->p[at * (size_t)k + (size_t)h] = s->p[h];
        if (out->error)
            out->error[at * (size_t)k + (size_t)h] = sqrt(fmax(0, s->c[h * k + h]));
    }
}

static void keep_moves(const sweep *s, state_curve *out, size_t at)
{
    size_t k = (size_t)s->states, column = at * out->pairs;

    for (size_t c = 0; c < k * k; c++)
        if (out->pair_seen[c])
            out->moves[column++] = s->moves[c];
}

wadi_status states_curve(const state_rows *rows, const uint32_t *order, const uint32_t *entries,
                         size_t low, size_t high, bool errors, state_curve *out,
                         wadi_error *err)
{
    const survival_rows *r = &rows->rows;
    size_t k = (size_t)rows->states, times = 0, e = low;
    sweep s = {0};
    double *rates = wadi_alloc(k * k, sizeof *rates);
    bool *active = wadi_alloc(k, sizeof *active);
    wadi_status status = sweep_new(&s, rows->states, err);

    *out = (state_curve){0};
    for (size_t i = low; i < high; i++)
        times += i == low || r->time[order[i]] != r->time[order[i - 1]];
    if (!status && (!rates || !active))
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu states", k);
    if (!status)
        status = allocate(out, times, rows->states, err);
    if (status)
        goto done;
    for (size_t i = low; i < high; i++)
        if (rows->to[order[i]] >= 0 && rows->to[order[i]] != rows->from[order[i]])
            out->pair_seen[(size_t)rows->from[order[i]] * k + (size_t)rows->to[order[i]]] =
                true;
    for (size_t c = 0; c < k * k; c++)
        out->pairs += out->pair_seen[c];
    out->moves = wadi_alloc(times * out->pairs, sizeof(double));
    if (!out->moves) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu times", times);
        goto done;
    }
    begin(&s, rows, order, low, high);
    memcpy(out->start, s.p, k * sizeof(double));
    for (size_t i = low; !entries && i < high; i++)
        s.risk[rows->from[order[i]]] += r->weight ? r->weight[order[i]] : 1;
    for (size_t i = low, j, at = 0; i < high; i = j, at++) {
        double time = r->time[order[i]];

        for (; entries && e < high && r->entry[entries[e]] < time; e++)
            s.risk[rows->from[entries[e]]] += r->weight ? r->weight[entries[e]] : 1;
        memset(s.moves, 0, k * k * sizeof(double));
        for (j = i; j < high && r->time[order[j]] == time; j++) {
            uint32_t row = order[j];

            if (rows->to[row] < 0 || rows->to[row] == rows->from[row])
                continue;
            s.moves[(size_t)rows->from[row] * k + (size_t)rows->to[row]] +=
                r->weight ? r->weight[row] : 1;
        }
        out->time[at] = time;
        memcpy(out->risk + at * k, s.risk, k * sizeof(double));
        keep_moves(&s, out, at);
        step(&s, errors, rates, active);
        record(&s, out, at);
        for (size_t m = i; m < j; m++)
            s.risk[rows->from[order[m]]] -= r->weight ? r->weight[order[m]] : 1;
    }
    out->count = times;
done:
    free(s.risk);
    free(rates);
    free(active);
    if (status)
        states_curve_clear(out);
    return status;
}

void states_curve_clear(state_curve *curve)
{
    free(curve->time);
    free(curve->risk);
    free(curve->moves);
    free(curve->p);
    free(curve->error);
    free(curve->start);
    free(curve->pair_seen);
    *curve = (state_curve){0};
}
