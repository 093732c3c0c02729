/* One Newton pass without sums of products over risk sets.
 *
 * With e = w exp(eta) and H(t) the cumulative hazard of Breslow or Efron, sums over event times
 * of sums over risk sets turn round into sums over rows, each with the hazard that it has seen:
 *
 *   gradient    = sum over events of w x - sum over rows of e H x
 *   information = sum over rows of e H x x' - sum over events of w m m',   m = s1 / s0.
 *
 * So only s0 and s1 run from late to early, and what is left is a sum that waits for nothing.
 * The plain reference is cox_walk with its moments; rows that enter late or have a competing
 * event take that way. Long sums go by blocks, so that rounding does not grow with their
 * length. */
#include "stats/cox_impl.h"

enum { WIDTH_MAX = 8, LOWER_MAX = WIDTH_MAX * (WIDTH_MAX + 1) / 2, BLOCK_ROWS = 128 };

#if defined(__GNUC__)
#define UNROLLED static inline __attribute__((always_inline))
#else
#define UNROLLED static inline
#endif

typedef struct pass {
    const cox_data *data;
    wadi_ties ties;
    const double *score; /* exp(eta) */
    double *hazard;      /* (count) scratch */
    double value;        /* - sum of w log s0 */
    double product;      /* of s0 whose logarithm is still to be taken */
    double squares[LOWER_MAX], block[LOWER_MAX]; /* sum of w m m', and of the last rows */
} pass;

static void subtract_log(pass *sum, double share, double s0)
{
    if (share != 1 || !(s0 > 1e-100 && s0 < 1e100)) {
        sum->value -= share * log(s0);
        return;
    }
    sum->product *= s0;
    if (!(sum->product > 1e-200 && sum->product < 1e200)) {
        sum->value -= log(sum->product);
        sum->product = 1;
    }
}

UNROLLED void add_square(double *restrict lower, const double *restrict m, double weight, int p)
{
    for (int k = 0, c = 0; k < p; k++) {
        double scaled = weight * m[k];

        for (int l = 0; l <= k; l++, c++)
            lower[c] += scaled * m[l];
    }
}

/* Rows first .. end share their time, more than one of them. Leaves the hazard of that time at
 * the first and what the events themselves see of it at the second. */
UNROLLED void add_tied(pass *sum, size_t first, size_t end, double *s0, double *s1, int p)
{
    const cox_data *data = sum->data;
    double d0 = 0, d1[WIDTH_MAX] = {0}, mean[WIDTH_MAX], deaths = 0, weight = 0;

    sum->hazard[first] = sum->hazard[first + 1] = 0;
    for (size_t j = first; j < end; j++) {
        const double *x = data->x + j * (size_t)p;
        double e = cox_weight(data, j) * sum->score[j];

        *s0 += e;
        for (int k = 0; k < p; k++)
            s1[k] += e * x[k];
        if (!data->event[j])
            continue;
        d0 += e;
        for (int k = 0; k < p; k++)
            d1[k] += e * x[k];
        deaths += cox_weight(data, j) > 0;
        weight += cox_weight(data, j);
    }
    int steps = deaths == 0 ? 0 : sum->ties == WADI_TIES_EFRON ? (int)deaths : 1;
    double share = weight / steps;
    for (int step = 0; step < steps; step++) {
        double part = (double)step / steps, rest = *s0 - part * d0, inverse = 1 / rest;

        for (int k = 0; k < p; k++)
            mean[k] = (s1[k] - part * d1[k]) * inverse;
        add_square(sum->block, mean, share, p);
        subtract_log(sum, share, rest);
        sum->hazard[first] += share * inverse;
        sum->hazard[first + 1] += (1 - part) * share * inverse;
    }
}

/* Events that have their time to themselves: s0, weight and m of each. */
typedef struct singles {
    size_t count;
    double s0[BLOCK_ROWS], weight[BLOCK_ROWS], mean[BLOCK_ROWS][WIDTH_MAX];
} singles;

UNROLLED void flush(pass *sum, singles *events, int p)
{
    int size = p * (p + 1) / 2;
    double lower[LOWER_MAX] = {0};

    for (size_t e = 0; e < events->count; e++)
        add_square(lower, events->mean[e], events->weight[e], p);
    for (size_t e = 0; e < events->count; e++)
        subtract_log(sum, events->weight[e], events->s0[e]);
    events->count = 0;
    for (int c = 0; c < size; c++) {
        sum->squares[c] += sum->block[c] + lower[c];
        sum->block[c] = 0;
    }
}

/* Whether a row has an event is as hard to foresee as a coin: a row that has none is written
 * where the next one goes too, and left out by not counting it. */
UNROLLED void add_events(pass *sum, int p)
{
    const cox_data *data = sum->data;
    const double *score = sum->score, *times = data->time;
    const int32_t *event = data->event, *strata = data->stratum;
    double *hazard = sum->hazard, s0 = 0, s1[WIDTH_MAX] = {0};
    size_t n = data->count, flushed = 0, at = 0;
    singles events;

    events.count = 0;
    for (size_t i = 0, j; i < n; i = j) {
        double time = times[i];

        if (i - flushed >= BLOCK_ROWS || at == BLOCK_ROWS) {
            events.count = at;
            flush(sum, &events, p);
            at = 0;
            flushed = i;
        }
        if (i > 0 && strata[i] != strata[i - 1]) {
            s0 = 0;
            memset(s1, 0, sizeof s1);
        }
        for (j = i + 1; j < n && times[j] == time && strata[j] == strata[i];)
            j++;
        if (j - i > 1) {
            add_tied(sum, i, j, &s0, s1, p);
            continue;
        }
        const double *x = data->x + i * (size_t)p;
        double weight = cox_weight(data, i), e = weight * score[i], inverse;

        s0 += e;
        inverse = 1 / (s0 + (s0 == 0));
        for (int k = 0; k < p; k++) {
            s1[k] += e * x[k];
            events.mean[at][k] = s1[k] * inverse;
        }
        events.s0[at] = s0;
        events.weight[at] = weight;
        bool counts = (event[i] != 0) & (weight > 0);
        hazard[i] = counts * (weight * inverse);
        at += counts;
    }
    events.count = at;
    flush(sum, &events, p);
}

/* Hazards of times become e H of rows, from early to late. */
static void accumulate_hazard(pass *sum)
{
    const cox_data *data = sum->data;
    double seen = 0;

    for (size_t i = data->count, j; i > 0; i = j) {
        double time = data->time[i - 1], here, own;
        int32_t stratum = data->stratum[i - 1];

        if (i < data->count && stratum != data->stratum[i])
            seen = 0;
        for (j = i - 1; j > 0 && data->time[j - 1] == time && data->stratum[j - 1] == stratum;)
            j--;
        here = sum->hazard[j];
        if (i - j == 1) {
            sum->hazard[j] = cox_weight(data, j) * sum->score[j] * (seen + here);
            seen += here;
            continue;
        }
        own = sum->hazard[j + 1];
        for (size_t k = j; k < i; k++)
            sum->hazard[k] =
                cox_weight(data, k) * sum->score[k] * (seen + (data->event[k] ? own : here));
        seen += here;
    }
}

/* Events' covariates less e H x, and e H x x'. */
UNROLLED void add_rows(const pass *sum, double *gradient, double *lower, int p)
{
    const cox_data *data = sum->data;
    int size = p * (p + 1) / 2;

    for (size_t from = 0; from < data->count; from += BLOCK_ROWS) {
        size_t end = from + BLOCK_ROWS < data->count ? from + BLOCK_ROWS : data->count;
        double first[WIDTH_MAX] = {0}, second[LOWER_MAX] = {0};

        for (size_t i = from; i < end; i++) {
            const double *x = data->x + i * (size_t)p;
            double charge = sum->hazard[i],
                   rest = data->event[i] * cox_weight(data, i) - charge;

            for (int k = 0; k < p; k++)
                first[k] += rest * x[k];
            add_square(second, x, charge, p);
        }
        for (int k = 0; k < p; k++)
            gradient[k] += first[k];
        for (int c = 0; c < size; c++)
            lower[c] += second[c];
    }
    for (int c = 0; c < size; c++)
        lower[c] -= sum->squares[c];
}

bool cox_pass_fits(const cox_data *data)
{
    return data->p <= WIDTH_MAX && !data->entries && !data->competing;
}

/* The widest registers that a processor has; the sums are the same, term by term. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__linux__)
#define WIDE __attribute__((target_clones("avx2", "default")))
#else
#define WIDE
#endif

#define PASS(P)                                                                                \
    case P:                                                                                    \
        add_events(&sum, P);                                                                   \
        accumulate_hazard(&sum);                                                               \
        add_rows(&sum, gradient, lower, P);                                                    \
        break

WIDE void cox_pass(const cox_data *data, wadi_ties ties, const double *eta, const double *score,
                   double *hazard, double *value, double *gradient, double *lower)
{
    pass sum = {.data = data, .ties = ties, .score = score, .hazard = hazard, .product = 1};

    *value = 0;
    for (size_t i = 0; i < data->count; i++) /* events are 0 or 1 */
        *value += data->event[i] * (cox_weight(data, i) * eta[i]);
    switch (data->p) {
        PASS(1);
        PASS(2);
        PASS(3);
        PASS(4);
        PASS(5);
        PASS(6);
        PASS(7);
        PASS(8);
    default:
        WADI_ASSERT(data->p == 0);
        add_events(&sum, 0);
    }
    *value += sum.value - log(sum.product);
}
