/* Fine-Gray regression of the subdistribution hazard (J. Am. Stat. Assoc. 94 (1999) 496).
 *
 * The partial likelihood is Cox's, but whoever had a competing event at T stays at risk with
 * weight G(t-)/G(T-), G the Kaplan-Meier curve of censoring. The sandwich of the paper adds to
 * each row's score residual what its censoring says about G:
 *
 *   psi_i = sum over censoring times u of q(u)/Y(u) dM_i(u),
 *   q(u)  = sum over competing T < u of e_i/G(T-) (x_i A(u) - B(u)),
 *   A(u)  = sum over event times t >= u of G(t-) dH(t),   B with the mean covariate as a
 * factor.
 *
 * Running sums make all of it linear in the number of rows after sorting. */
#include "stats/cox_impl.h"

typedef struct regression {
    const wadi_stats_spec *spec;
    stats_study *study;
    int32_t cause;
    wadi_ties ties;
    cox_data data;
    cox_fit fit;
    cox_baseline base;
    bool *censored;                /* (count) in the order of data */
    double *influence;             /* (count x p) score residuals with psi */
    double *plain;                 /* (count x p) without */
    double *square, *plain_square; /* (p x p) sums of their squares */
} regression;

static void regression_clear(regression *r)
{
    cox_data_clear(&r->data);
    cox_fit_clear(&r->fit);
    cox_baseline_clear(&r->base);
    free(r->censored);
    free(r->influence);
    free(r->plain);
    free(r->square);
    free(r->plain_square);
    stats_study_free(r->study);
}

/* G(T-) of every row: the rows stand late first. */
static void make_uncensored(regression *r)
{
    cox_data *data = &r->data;
    double g = 1;

    for (size_t i = data->count, j; i > 0; i = j) {
        double censored = 0, ended = 0, risk = (double)i;

        for (j = i; j > 0 && data->time[j - 1] == data->time[i - 1]; j--) {
            data->uncensored[j - 1] = g;
            censored += r->censored[j - 1];
            ended += !r->censored[j - 1];
        }
        /* crr counts those with an event at the same time as at risk of censoring; finegray()
         * of survival, whose fits are Efron's, lets events come first. */
        if (r->ties == WADI_TIES_EFRON)
            risk -= ended;
        if (censored > 0)
            g *= (risk - censored) / risk;
    }
}

static wadi_status prepare(regression *r, wadi_error *err)
{
    const stats_study *study = r->study;
    size_t n = study->count;
    int32_t *event = wadi_alloc(n, sizeof *event);
    wadi_status status = WADI_OK;

    if (!event)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows", n);
    for (size_t i = 0; i < n;
         i++) /* codes 2 and 1 tell competing and censored rows apart below */
        event[i] = study->event[i] == r->cause;
    cox_rows rows = {
        .count = n, .p = study->x_count, .time = study->time, .event = event, .x = study->x};
    status = cox_data_new(&rows, &r->data, err);
    free(event);
    if (status)
        return status;
    r->data.competing = wadi_alloc(n, sizeof(bool));
    r->data.uncensored = wadi_alloc(n, sizeof(double));
    r->censored = wadi_alloc(n, sizeof(bool));
    if (!r->data.competing || !r->data.uncensored || !r->censored)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows", n);
    for (size_t i = 0; i < n; i++) {
        int32_t code = study->event[r->data.order[i]];

        r->censored[i] = code == 0;
        r->data.competing[i] = code != 0 && code != r->cause;
    }
    make_uncensored(r);
    return WADI_OK;
}

/* ---- sandwich ---- */

/* G(t-) at each event time of the baseline (early first). */
static double uncensored_at(const regression *r, size_t *row, double time)
{
    while (*row > 0 && r->data.time[*row - 1] < time)
        (*row)--;
    return *row > 0 ? r->data.uncensored[*row - 1] : 1;
}

/* Blocks of A, B: sums over the event times from each of them on, and a last one of zeros. */
static wadi_status tails_new(const regression *r, double **out, wadi_error *err)
{
    size_t p = (size_t)r->data.p, width = 1 + p, row = r->data.count;
    double *tail = wadi_alloc((r->base.count + 1) * width, sizeof *tail);

    *out = tail;
    if (!tail)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu event times", r->base.count);
    for (size_t k = 0; k < r->base.count; k++) { /* increments first */
        double g = uncensored_at(r, &row, r->base.time[k]);

        tail[k * width] = g * r->base.hazard[k];
        for (size_t a = 0; a < p; a++)
            tail[k * width + 1 + a] = g * r->base.mean[k * p + a];
    }
    for (size_t k = r->base.count; k-- > 0;) /* then sums from event k on */
        for (size_t a = 0; a < width; a++)
            tail[k * width + a] += tail[(k + 1) * width + a];
    return WADI_OK;
}

/* From early to late: take the tails off competing rows, and add psi. */
static wadi_status add_censoring(regression *r, const double *tail, wadi_error *err)
{
    const cox_data *data = &r->data;
    size_t p = (size_t)data->p, width = 1 + p, k = 0;
    double *sums = wadi_alloc(3 * p, sizeof *sums);
    double *ghost_mean = sums, *paid = sums ? sums + p : NULL, *q = sums ? sums + 2 * p : NULL;
    double ghosts = 0;

    if (!sums)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu covariates", p);
    for (size_t i = data->count, j; i > 0; i = j) {
        double time = data->time[i - 1], risk = (double)i, censored = 0;
        const double *from, *later;

        while (k < r->base.count && r->base.time[k] < time)
            k++;
        from = tail + k * width;
        while (k < r->base.count && r->base.time[k] <= time)
            k++;
        later = tail + k * width;
        for (j = i; j > 0 && data->time[j - 1] == time; j--)
            censored += r->censored[j - 1];
        for (size_t a = 0; a < p; a++) {
            q[a] = (ghost_mean[a] * from[0] - ghosts * from[1 + a]) / risk;
            paid[a] += q[a] * censored / risk;
        }
        for (size_t row = i; row-- > j;) {
            double e = r->fit.score[row] / data->uncensored[row];

            if (!data->competing[row])
                continue;
            ghosts += e;
            for (size_t a = 0; a < p; a++) {
                double x = data->x[row * p + a];

                ghost_mean[a] += e * x;
                r->plain[row * p + a] -= e * (x * later[0] - later[1 + a]);
            }
        }
        for (size_t row = j; row < i; row++)
            for (size_t a = 0; a < p; a++)
                r->influence[row * p + a] =
                    r->plain[row * p + a] - paid[a] + (r->censored[row] ? q[a] : 0);
    }
    free(sums);
    return WADI_OK;
}

static wadi_status make_sandwich(regression *r, wadi_error *err)
{
    size_t n = r->data.count, p = (size_t)r->data.p;
    cox_residuals residuals = {0};
    double *tail = NULL;
    wadi_status status = cox_baseline_new(&r->data, r->ties, r->fit.score, &r->base, err);

    if (!status)
        status = cox_residuals_new(&r->data, r->ties, r->fit.score, &residuals, err);
    if (status)
        goto done;
    r->plain = residuals.score;
    residuals.score = NULL; /* handed over */
    r->influence = wadi_alloc(n * p, sizeof(double));
    r->square = wadi_alloc(p * p, sizeof(double));
    r->plain_square = wadi_alloc(p * p, sizeof(double));
    if (!r->influence || !r->square || !r->plain_square) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows", n);
        goto done;
    }
    status = tails_new(r, &tail, err);
    if (!status)
        status = add_censoring(r, tail, err);
    if (!status)
        status = cox_cluster_square(&r->data, r->influence, NULL, 0, r->square, NULL, err);
    if (!status)
        status = cox_cluster_square(&r->data, r->plain, NULL, 0, r->plain_square, NULL, err);
done:
    cox_residuals_clear(&residuals);
    free(tail);
    return status;
}

/* Standard error of coefficient k: V S V with V the inverse information. */
static double sandwich_error(const regression *r, const double *square, size_t k)
{
    size_t p = (size_t)r->data.p;
    const double *v = r->fit.variance + k * p;
    double sum = 0;

    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++)
            sum += v[a] * square[a * p + b] * v[b];
    return sqrt(sum) / r->data.scale[k];
}

/* ---- tables ---- */

static void coefficient_table(const regression *r, wadi_result *result)
{
    size_t p = (size_t)r->data.p;
    double z_level = stats_z(r->spec->level);
    stats_table *table = stats_table_new(result, "table", p);
    const char **term = stats_text(table, "term"), **variable = stats_text(table, "variable"),
               **level = stats_text(table, "level");
    double *estimate = stats_number(table, "estimate"), *error = stats_number(table, "std_err"),
           *robust = stats_number(table, "robust_std_err"),
           *naive = stats_number(table, "naive_std_err"), *z = stats_number(table, "z"),
           *p_value = stats_number(table, "p"), *ratio = stats_number(table, "hazard_ratio"),
           *low = stats_number(table, "low"), *high = stats_number(table, "high");

    if (!term || !variable || !level || !estimate || !error || !robust || !naive || !z ||
        !p_value || !ratio || !low || !high)
        return;
    for (size_t k = 0; k < p; k++) {
        const stats_term *name = &r->study->terms[k];

        term[k] = stats_keep(result, "%s", name->name);
        variable[k] = stats_keep(result, "%s", name->variable);
        level[k] = name->level ? stats_keep(result, "%s", name->level) : NULL;
        if (!r->fit.known[k]) {
            stats_note(result, "term '%s' depends on those before it and was left out",
                       name->name);
            continue;
        }
        estimate[k] = r->fit.beta[k] / r->data.scale[k];
        error[k] = sandwich_error(r, r->square, k);
        robust[k] = sandwich_error(r, r->plain_square, k);
        naive[k] = sqrt(r->fit.variance[k * p + k]) / r->data.scale[k];
        double used = r->ties == WADI_TIES_EFRON ? robust[k] : error[k];
        z[k] = estimate[k] / used;
        p_value[k] = stats_normal_p2(z[k]);
        ratio[k] = exp(estimate[k]);
        low[k] = exp(estimate[k] - z_level * used);
        high[k] = exp(estimate[k] + z_level * used);
        if (r->fit.endless[k])
            stats_note(result, "the likelihood rises without end in '%s'", name->name);
    }
}

static void basehaz_table(const regression *r, wadi_result *result)
{
    stats_table *table = stats_table_new(result, "basehaz", r->base.count);
    double *time = stats_number(table, "time"), *step = stats_number(table, "subhaz_increment"),
           *sum = stats_number(table, "hazard"), shift = 0, total = 0;

    if (!time || !step || !sum)
        return;
    for (int k = 0; k < r->fit.p; k++)
        shift += r->fit.beta[k] * r->data.centre[k] / r->data.scale[k];
    for (size_t k = 0; k < r->base.count; k++) {
        time[k] = r->base.time[k];
        step[k] = r->base.hazard[k] * exp(-shift);
        total += step[k];
        sum[k] = total;
    }
}

static wadi_status find_cause(regression *r, wadi_error *err)
{
    r->cause = 1;
    if (!r->spec->cause)
        return WADI_OK;
    for (int32_t c = 0; c < r->study->causes.count; c++)
        if (!strcmp(r->study->causes.name[c], r->spec->cause)) {
            r->cause = c + 1;
            return WADI_OK;
        }
    return wadi_fail(err, WADI_ERR_KEY, "--cause '%.80s' is none of the event codes",
                     r->spec->cause);
}

wadi_status wadi_stats_finegray(const wadi_stats_spec *spec, wadi_result **out, wadi_error *err)
{
    regression r = {.spec = spec, .ties = WADI_TIES_BRESLOW};
    wadi_result *result = NULL;
    wadi_status status;

    *out = NULL;
    if (spec->entry || spec->weight || spec->strata.count)
        return wadi_fail(err, WADI_ERR_SUPPORT,
                         "Fine-Gray takes no delayed entry, weights or strata");
    if (spec->method && !strcmp(spec->method, "efron"))
        r.ties = WADI_TIES_EFRON;
    status = stats_study_read(spec, STUDY_TIME | STUDY_EVENT | STUDY_X | STUDY_MANY_CAUSES,
                              &r.study, err);
    if (!status)
        status = find_cause(&r, err);
    if (!status && r.study->x_count == 0)
        status = wadi_fail(err, WADI_ERR_MISSING, "%s: no covariate has more than one level",
                           spec->path);
    if (!status)
        status = prepare(&r, err);
    if (!status)
        status = cox_fit_new(&r.data, r.ties, &r.fit, err);
    if (!status)
        status = make_sandwich(&r, err);
    if (status)
        goto done;
    result = stats_result_new("stats.finegray");
    if (!result) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the result");
        goto done;
    }
    stats_method(result,
                 "Fine-Gray regression of the subdistribution hazard of '%s', weights from the "
                 "Kaplan-Meier curve of censoring, %s ties; %s; Wald limits at %g %%",
                 r.study->causes.count ? r.study->causes.name[r.cause - 1] : "1",
                 r.ties == WADI_TIES_EFRON ? "Efron" : "Breslow",
                 r.ties == WADI_TIES_EFRON ? "robust errors that take the weights as known"
                                           : "sandwich errors that count the estimated weights",
                 100 * spec->level);
    stats_counts(result, (double)r.study->count, r.data.event_count, (double)r.study->missing);
    stats_value(result, "loglik0", r.fit.loglik0);
    stats_value(result, "loglik", r.fit.loglik);
    stats_value(result, "iterations", r.fit.iterations);
    coefficient_table(&r, result);
    if (spec->basehaz)
        basehaz_table(&r, result);
    status = stats_finish(result, out, err);
    result = NULL;
done:
    wadi_result_free(result);
    regression_clear(&r);
    return status;
}
