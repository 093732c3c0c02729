/* The partial likelihood and its maximum.
 *
 * Efron (J. Am. Stat. Assoc. 72 (1977) 557): of d tied events the k-th sees the risk set less
 * k/d of the tied ones; Breslow (Biometrics 30 (1974) 89): all see the whole risk set. Newton's
 * method from 0 with step halving. */
#include "stats/cox_impl.h"

/* ---- the walk over risk sets ---- */

typedef struct sums {
    double *s0, *s1, *s2; /* one block */
} sums;

/* Bodies that are compiled once for each small number of covariates, so that loops unroll. */
#if defined(__GNUC__)
#define UNROLLED static inline __attribute__((always_inline))
#else
#define UNROLLED static inline
#endif

UNROLLED void add_row(const sums *to, const double *restrict x, double e, int p, bool second)
{
    *to->s0 += e;
    for (int k = 0; k < p; k++) {
        double ex = e * x[k];

        to->s1[k] += ex;
        if (!second)
            continue;
        double *row = to->s2 + k * (k + 1) / 2;
        for (int l = 0; l <= k; l++)
            row[l] += ex * x[l];
    }
}

static void zero(const sums *to, size_t size)
{
    memset(to->s0, 0, size * sizeof(double));
}

static sums make_sums(double *block, int p)
{
    return (sums){block, block + 1, block + 1 + p};
}

/* A row with a competing event, as it counts after its time; 1 if it is one. */
UNROLLED size_t add_ghost(const cox_data *data, const double *score, size_t i, double sign,
                          const sums *ghosts, int p, bool second)
{
    if (!data->competing[i])
        return 0;
    add_row(ghosts, data->x + i * (size_t)p,
            sign * cox_weight(data, i) * score[i] / data->uncensored[i], p, second);
    return 1;
}

/* block holds four sums of `size`. */
UNROLLED void walk(const cox_data *data, const double *score, bool second, cox_visit *visit,
                   void *context, double *block, size_t size, int p)
{
    size_t n = data->count, e = 0, at_risk = 0, past = 0;
    const sums risk = make_sums(block, p), dead = make_sums(block + size, p);
    const sums ghosts = make_sums(block + 2 * size, p), both = make_sums(block + 3 * size, p);

    for (size_t i = 0; data->competing && i < n; i++)
        past += add_ghost(data, score, i, 1, &ghosts, p, second);
    for (size_t i = 0, j; i < n; i = j) {
        cox_moment moment = {.time = data->time[i],
                             .stratum = data->stratum[i],
                             .first = i,
                             .s0 = risk.s0,
                             .s1 = risk.s1,
                             .s2 = risk.s2,
                             .d0 = dead.s0,
                             .d1 = dead.s1,
                             .d2 = dead.s2};

        if (i == 0 || data->stratum[i] != data->stratum[i - 1]) {
            zero(&risk, size);
            at_risk = 0;
            e = i; /* the entries of a stratum stand at the same places as its rows */
        }
        bool tied = i + 1 < n && data->event[i + 1] && data->time[i + 1] == moment.time &&
                    data->stratum[i + 1] == moment.stratum; /* events come first */
        if (tied)
            zero(&dead, size);
        for (j = i; j < n && data->time[j] == moment.time && data->stratum[j] == moment.stratum;
             j++) {
            double weighted = cox_weight(data, j) * score[j];

            at_risk++;
            add_row(&risk, data->x + j * (size_t)p, weighted, p, second);
            if (data->competing)
                past -= add_ghost(data, score, j, -1, &ghosts, p, second);
            if (!data->event[j])
                continue;
            if (tied)
                add_row(&dead, data->x + j * (size_t)p, weighted, p, second);
            moment.deaths += cox_weight(data, j) > 0;
            moment.weight += cox_weight(data, j);
            moment.end = j + 1;
        }
        if (!data->event[i] || moment.deaths == 0)
            continue;
        for (; data->entries && e < n && data->stratum[data->entries[e]] == moment.stratum &&
               data->entry[data->entries[e]] >= moment.time;
             e++) {
            size_t row = data->entries[e];

            add_row(&risk, data->x + row * (size_t)p, -cox_weight(data, row) * score[row], p,
                    second);
            if (--at_risk == 0) /* nobody left: drop what rounding has left */
                zero(&risk, size);
        }
        if (past > 0) {
            for (size_t c = 0; c < size; c++)
                both.s0[c] = risk.s0[c] + data->uncensored[i] * ghosts.s0[c];
            moment.s0 = both.s0;
            moment.s1 = both.s1;
            moment.s2 = both.s2;
        }
        visit(context, &moment);
    }
}

#define FOR_EACH_WIDTH(CALL)                                                                   \
    switch (data->p) {                                                                         \
    case 1:                                                                                    \
        CALL(1);                                                                               \
        break;                                                                                 \
    case 2:                                                                                    \
        CALL(2);                                                                               \
        break;                                                                                 \
    case 3:                                                                                    \
        CALL(3);                                                                               \
        break;                                                                                 \
    case 4:                                                                                    \
        CALL(4);                                                                               \
        break;                                                                                 \
    case 5:                                                                                    \
        CALL(5);                                                                               \
        break;                                                                                 \
    case 6:                                                                                    \
        CALL(6);                                                                               \
        break;                                                                                 \
    default:                                                                                   \
        CALL(data->p);                                                                         \
        break;                                                                                 \
    }

wadi_status cox_walk(const cox_data *data, const double *score, bool second, cox_visit *visit,
                     void *context, wadi_error *err)
{
    size_t p = (size_t)data->p, size = 1 + p + p * (p + 1) / 2;
    double *block = wadi_alloc(4 * size, sizeof *block);

    if (!block)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu covariates", p);
#define WALK(P) walk(data, score, second, visit, context, block, size, P)
    if (second)
        FOR_EACH_WIDTH(WALK)
    else
        WALK(data->p);
#undef WALK
    free(block);
    return WADI_OK;
}

/* ---- value, gradient, information ---- */

typedef struct likelihood {
    const cox_data *data;
    wadi_ties ties;
    const double *eta;
    double value;
    double *gradient, *information; /* information: lower triangle by rows */
    double *mean;
    double product; /* of risk sums whose logarithm is still to be taken: one for many events */
} likelihood;

static void take_product(likelihood *sum)
{
    sum->value -= log(sum->product);
    sum->product = 1;
}

static inline void subtract_log(likelihood *sum, double share, double s0)
{
    if (share != 1 || !(s0 > 1e-100 && s0 < 1e100)) {
        sum->value -= share * log(s0);
        return;
    }
    sum->product *= s0;
    if (!(sum->product > 1e-200 && sum->product < 1e200))
        take_product(sum);
}

UNROLLED void add_moment_of(likelihood *sum, const cox_moment *at, int p)
{
    const cox_data *data = sum->data;
    int steps = sum->ties == WADI_TIES_EFRON ? (int)at->deaths : 1;
    double share = at->weight / steps;

    for (size_t i = at->first; i < at->end; i++) {
        double weight = cox_weight(data, i);

        sum->value += weight * sum->eta[i];
        for (int k = 0; k < p; k++)
            sum->gradient[k] += weight * data->x[i * (size_t)p + (size_t)k];
    }
    for (int step = 0; step < steps; step++) {
        double part = (double)step / steps, s0 = *at->s0 - part * *at->d0, inverse = 1 / s0;

        subtract_log(sum, share, s0);
        if (step == 0) { /* by far the most frequent: one event at a time */
            for (int k = 0; k < p; k++) {
                sum->mean[k] = at->s1[k] * inverse;
                sum->gradient[k] -= share * sum->mean[k];
            }
            for (int k = 0, c = 0; k < p; k++)
                for (int l = 0; l <= k; l++, c++)
                    sum->information[c] +=
                        share * (at->s2[c] * inverse - sum->mean[k] * sum->mean[l]);
            continue;
        }
        for (int k = 0; k < p; k++) {
            sum->mean[k] = (at->s1[k] - part * at->d1[k]) * inverse;
            sum->gradient[k] -= share * sum->mean[k];
        }
        for (int k = 0, c = 0; k < p; k++)
            for (int l = 0; l <= k; l++, c++)
                sum->information[c] += share * ((at->s2[c] - part * at->d2[c]) * inverse -
                                                sum->mean[k] * sum->mean[l]);
    }
}

static void add_moment(void *context, const cox_moment *at)
{
    likelihood *sum = context;
    const cox_data *data = sum->data;

#define ADD(P) add_moment_of(sum, at, P)
    FOR_EACH_WIDTH(ADD)
#undef ADD
}

static void predict(const cox_data *data, const double *beta, double *eta)
{
    size_t p = (size_t)data->p;

    for (size_t i = 0; i < data->count; i++) {
        double sum = data->offset ? data->offset[i] : 0;

        for (size_t k = 0; k < p; k++)
            sum += beta[k] * data->x[i * p + k];
        eta[i] = sum;
    }
}

wadi_status cox_likelihood(const cox_data *data, wadi_ties ties, const double *beta,
                           double *score, double *value, double *gradient, double *information,
                           wadi_error *err)
{
    size_t p = (size_t)data->p;
    double *eta = wadi_alloc(data->count, sizeof *eta);
    double *lower = wadi_alloc(p * (p + 1) / 2 + p, sizeof *lower);
    wadi_status status = WADI_OK;

    if (!eta || !lower) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows", data->count);
        goto done;
    }
    likelihood sum = {data, ties, eta, 0, gradient, lower, lower + p * (p + 1) / 2, 1};
    memset(gradient, 0, p * sizeof *gradient);
    predict(data, beta, eta);
    for (size_t i = 0; i < data->count; i++)
        score[i] = exp(eta[i]);
    if (ties == WADI_TIES_EXACT) {
        status = cox_exact_likelihood(data, eta, value, gradient, information, err);
        goto done;
    }
    if (cox_pass_fits(data)) {
        cox_pass(data, ties, eta, score, eta, value, gradient, lower);
    } else {
        status = cox_walk(data, score, true, add_moment, &sum, err);
        take_product(&sum);
        *value = sum.value;
    }
    for (size_t k = 0, c = 0; k < p; k++)
        for (size_t l = 0; l <= k; l++, c++)
            information[k * p + l] = information[l * p + k] = lower[c];
done:
    free(eta);
    free(lower);
    return status;
}

/* ---- maximum ---- */

enum { ITERATION_MAX = 40, HALVING_MAX = 30 };

static const double SINGULAR = 1e-11; /* a pivot below this share of the largest is 0 */

typedef struct search {
    double *beta, *trial, *gradient, *information, *factor, *step;
    double value;
} search;

static wadi_status search_new(search *s, size_t p, wadi_error *err)
{
    double *block = wadi_alloc(4 * p + 2 * p * p, sizeof *block);

    if (!block)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu covariates", p);
    *s = (search){.beta = block,
                  .trial = block + p,
                  .gradient = block + 2 * p,
                  .step = block + 3 * p,
                  .information = block + 4 * p,
                  .factor = block + 4 * p + p * p};
    return WADI_OK;
}

static double newton_step(search *s, int p, int *rank)
{
    double test = 0;

    memcpy(s->factor, s->information, (size_t)p * (size_t)p * sizeof(double));
    *rank = stats_cholesky(s->factor, p, SINGULAR);
    memcpy(s->step, s->gradient, (size_t)p * sizeof(double));
    stats_cholesky_solve(s->factor, p, s->step);
    for (int k = 0; k < p; k++)
        test += s->step[k] * s->gradient[k];
    return test;
}

/* A step up the likelihood, halved until it is one. */
static wadi_status climb(const cox_data *data, wadi_ties ties, search *s, cox_fit *fit,
                         double *gain, wadi_error *err)
{
    double factor = 1, value = NAN;

    for (int halving = 0; halving < HALVING_MAX; halving++, factor /= 2) {
        wadi_status status;

        for (int k = 0; k < data->p; k++)
            s->trial[k] = s->beta[k] + factor * s->step[k];
        status = cox_likelihood(data, ties, s->trial, fit->score, &value, s->gradient,
                                s->information, err);
        if (status)
            return status;
        if (isfinite(value) && value >= s->value - 1e-12 * (fabs(s->value) + 1))
            break;
    }
    if (!isfinite(value))
        return wadi_fail(err, WADI_ERR_CONVERGENCE, "Cox: the likelihood is not finite");
    *gain = value - s->value;
    s->value = value;
    memcpy(s->beta, s->trial, (size_t)data->p * sizeof(double));
    return WADI_OK;
}

/* Where the likelihood has settled but a coefficient would still move, it has no maximum there.
 */
static void find_endless(const search *s, cox_fit *fit)
{
    for (int k = 0; k < fit->p; k++)
        fit->endless[k] = fabs(s->step[k]) > 0.01 && fabs(s->beta[k]) > 1;
}

static bool any_endless(const cox_fit *fit)
{
    for (int k = 0; k < fit->p; k++)
        if (fit->endless[k])
            return true;
    return false;
}

wadi_status cox_fit_new(const cox_data *data, wadi_ties ties, cox_fit *out, wadi_error *err)
{
    size_t p = (size_t)data->p;
    search s = {0};
    double gain = INFINITY;
    wadi_status status = search_new(&s, p, err);

    *out = (cox_fit){.p = data->p};
    out->beta = wadi_alloc(p, sizeof(double));
    out->variance = wadi_alloc(p * p, sizeof(double));
    out->known = wadi_alloc(p, sizeof(bool));
    out->endless = wadi_alloc(p, sizeof(bool));
    out->score = wadi_alloc(data->count, sizeof(double));
    if (!out->beta || !out->variance || !out->known || !out->endless || !out->score)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for a fit of %zu covariates", p);
    if (!status)
        status = cox_likelihood(data, ties, s.beta, out->score, &s.value, s.gradient,
                                s.information, err);
    if (status)
        goto done;
    out->loglik0 = s.value;
    out->score_test = newton_step(&s, data->p, &out->rank);
    double decrement = out->score_test; /* squared length of the next step in standard errors */
    while (out->rank > 0 && data->event_count > 0 && decrement > 1e-16) {
        if (out->iterations++ == ITERATION_MAX) {
            status = wadi_fail(err, WADI_ERR_CONVERGENCE, "Cox: no maximum after %d steps",
                               ITERATION_MAX);
            goto done;
        }
        status = climb(data, ties, &s, out, &gain, err);
        if (status)
            goto done;
        decrement = newton_step(&s, data->p, &out->rank);
        find_endless(&s, out);
        if (fabs(gain) <= 1e-9 * fabs(s.value) && any_endless(out))
            break; /* further steps would only move it further */
        if (fabs(gain) <= 1e-15 * fabs(s.value) && decrement < 1e-9)
            break; /* rounding is all that is left */
    }
    for (int k = 0; k < data->p && !any_endless(out); k++)
        s.beta[k] += decrement < 1e-9 ? s.step[k] : 0; /* the last step needs no look back */
    out->loglik = s.value;
    memcpy(out->beta, s.beta, p * sizeof(double));
    for (size_t k = 0; k < p; k++)
        out->known[k] = s.factor[k * p + k] > 0;
    stats_cholesky_inverse(s.factor, data->p, out->variance);
done:
    free(s.beta);
    if (status)
        cox_fit_clear(out);
    return status;
}

void cox_fit_clear(cox_fit *fit)
{
    free(fit->beta);
    free(fit->variance);
    free(fit->known);
    free(fit->endless);
    free(fit->score);
    *fit = (cox_fit){0};
}
