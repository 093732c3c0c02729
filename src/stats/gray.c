/* Gray's K-sample test of equal cumulative incidences (Ann. Stat. 16 (1988) 1141), stratified
 * too.
 *
 *   symbol    meaning (group k, cause of interest 1)
 *   Y_k       at risk;  S_k, F_k: survival of any event and incidence of cause 1, - just before
 *   R_k       Y_k (1 - F_k-)/S_k-, the risk set of the subdistribution
 *   h_k       Y_k / S_k-,  F: pooled incidence, dF = d_1 / sum h
 *
 * Score: sum of (1 - F-)^rho (d_1k - d_1 R_k / R). Its covariance collects the noise of the
 * cause-1 and of the other events of each group through the weights a_jk and the compensator
 * c_jk. */
#include "stats/survival_impl.h"

typedef struct gray {
    int32_t groups;
    double rho;
    /* (groups) */
    double *risk, *survival, *survival_next, *incidence, *incidence_next, *own, *other, *v3,
        *score;
    double *a, *c, *v2, *v; /* (groups x groups) */
    double pooled;
} gray;

static wadi_status gray_new(gray *g, int32_t groups, double rho, wadi_error *err)
{
    size_t k = (size_t)groups;
    double *block = wadi_alloc(9 * k + 4 * k * k, sizeof *block);

    if (!block)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d groups", groups);
    *g = (gray){.groups = groups, .rho = rho};
    double **rows[] = {&g->risk,           &g->survival, &g->survival_next, &g->incidence,
                       &g->incidence_next, &g->own,      &g->other,         &g->v3,
                       &g->score};
    for (size_t i = 0; i < WADI_COUNT_OF(rows); i++)
        *rows[i] = block + i * k;
    double **squares[] = {&g->a, &g->c, &g->v2, &g->v};
    for (size_t i = 0; i < WADI_COUNT_OF(squares); i++)
        *squares[i] = block + 9 * k + i * k * k;
    return WADI_OK;
}

/* A stratum begins: everything but the score and its covariance starts anew. */
static void begin_stratum(gray *g)
{
    size_t k = (size_t)g->groups;

    for (size_t i = 0; i < k; i++) {
        g->survival[i] = g->survival_next[i] = 1;
        g->incidence[i] = g->incidence_next[i] = g->v3[i] = g->risk[i] = 0;
    }
    memset(g->c, 0, k * k * sizeof(double));
    memset(g->v2, 0, k * k * sizeof(double));
    g->pooled = 0;
}

/* A burst of noise in group k: slope of the pooled incidence and size; `own` adds the direct
 * term. */
static void add_noise(gray *g, int32_t k, double slope, double noise, bool own)
{
    int32_t n = g->groups;

    g->v3[k] += slope * slope * noise;
    for (int32_t i = 0; i < n; i++) {
        double ti = (own ? g->a[i * n + k] : 0) - slope * g->c[i * n + k];

        g->v2[i * n + k] += ti * slope * noise;
        for (int32_t j = 0; j < n; j++) {
            double tj = (own ? g->a[j * n + k] : 0) - slope * g->c[j * n + k];

            g->v[i * n + j] += ti * tj * noise;
        }
    }
}

static void at_time(gray *g)
{
    int32_t n = g->groups;
    double own = 0, other = 0, sum_h = 0, sum_r = 0, pooled, weight;

    for (int32_t k = 0; k < n; k++) {
        own += g->own[k];
        other += g->other[k];
    }
    if (own + other == 0)
        return;
    for (int32_t k = 0; k < n; k++) {
        if (g->risk[k] <= 0)
            continue;
        g->survival_next[k] =
            g->survival[k] * (g->risk[k] - g->own[k] - g->other[k]) / g->risk[k];
        g->incidence_next[k] = g->incidence[k] + g->survival[k] * g->own[k] / g->risk[k];
        sum_h += g->risk[k] / g->survival[k];
        sum_r += g->risk[k] * (1 - g->incidence[k]) / g->survival[k];
    }
    pooled = g->pooled + own / sum_h;
    weight = pow(1 - g->pooled, g->rho);
    memset(g->a, 0, (size_t)n * (size_t)n * sizeof(double));
    for (int32_t i = 0; i < n; i++) {
        double hi = g->risk[i] > 0 ? g->risk[i] / g->survival[i] : 0;

        if (g->risk[i] <= 0)
            continue;
        for (int32_t j = 0; j < n; j++) {
            double hj = g->risk[j] > 0 ? g->risk[j] / g->survival[j] : 0;

            g->a[i * n + j] = weight * hi * ((i == j) - hj / sum_h);
            g->c[i * n + j] += g->a[i * n + j] * own / (sum_h * (1 - g->pooled));
        }
        g->score[i] += weight * (g->own[i] - own * hi * (1 - g->incidence[i]) / sum_r);
    }
    for (int32_t k = 0; own > 0 && k < n; k++) {
        double left = g->survival_next[k], ties = 1, slope;

        if (g->risk[k] <= 0)
            continue;
        slope = left > 0 ? 1 - (1 - pooled) / left : 1;
        if (own > 1)
            ties = 1 - (own - 1) / (sum_h * g->survival[k] - 1);
        add_noise(g, k, slope, ties * g->survival[k] * own / (sum_h * g->risk[k]), true);
    }
    for (int32_t k = 0; k < n; k++) {
        double left = g->survival_next[k], ties = 1;

        if (left <= 0 || g->other[k] <= 0)
            continue;
        if (g->other[k] > 1)
            ties = 1 - (g->other[k] - 1) / (g->risk[k] - 1);
        /* The competing event enters with the other sign and only through the compensator. */
        add_noise(g, k, (1 - pooled) / left,
                  ties * g->survival[k] * g->survival[k] * g->other[k] /
                      (g->risk[k] * g->risk[k]),
                  false);
    }
    g->pooled = pooled;
    for (int32_t k = 0; k < n; k++) {
        g->survival[k] = g->survival_next[k];
        g->incidence[k] = g->incidence_next[k];
    }
}

static void end_stratum(gray *g)
{
    int32_t n = g->groups;

    for (int32_t i = 0; i < n; i++)
        for (int32_t j = 0; j < n; j++)
            for (int32_t k = 0; k < n; k++)
                g->v[i * n + j] += g->c[i * n + k] * g->c[j * n + k] * g->v3[k] +
                                   g->c[i * n + k] * g->v2[j * n + k] +
                                   g->c[j * n + k] * g->v2[i * n + k];
}

/* Rows in the order of time, stratum by stratum. */
static void run_stratum(gray *g, const stats_study *study, const uint32_t *order, size_t low,
                        size_t high, int32_t cause)
{
    begin_stratum(g);
    for (size_t i = low; i < high; i++)
        g->risk[study->group[order[i]]] += 1;
    for (size_t i = low, j; i < high; i = j) {
        for (int32_t k = 0; k < g->groups; k++)
            g->own[k] = g->other[k] = 0;
        for (j = i; j < high && study->time[order[j]] == study->time[order[i]]; j++) {
            int32_t event = study->event[order[j]], k = study->group[order[j]];

            g->own[k] += event == cause;
            g->other[k] += event != 0 && event != cause;
        }
        at_time(g);
        for (size_t k = i; k < j; k++)
            g->risk[study->group[order[k]]] -= 1;
    }
    end_stratum(g);
}

static wadi_status test_cause(const stats_study *study, const uint32_t *order, int32_t cause,
                              double rho, double *chisq, double *score, wadi_error *err)
{
    int32_t groups = study->groups.count, free_groups = groups - 1;
    gray g = {0};
    wadi_status status = gray_new(&g, groups, rho, err);
    double *matrix = wadi_alloc((size_t)groups * (size_t)groups, sizeof *matrix);

    if (!status && !matrix)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d groups", groups);
    if (status)
        goto done;
    for (size_t low = 0, high; low < study->count; low = high) {
        for (high = low;
             high < study->count &&
             (!study->stratum || study->stratum[order[high]] == study->stratum[order[low]]);)
            high++;
        run_stratum(&g, study, order, low, high, cause);
    }
    for (int32_t i = 0; i < free_groups; i++)
        for (int32_t j = 0; j < free_groups; j++)
            matrix[i * free_groups + j] = g.v[i * groups + j];
    *chisq = stats_quadratic(matrix, g.score, free_groups, NULL);
    memcpy(score, g.score, (size_t)groups * sizeof *score);
done:
    free(g.risk);
    free(matrix);
    return status;
}

wadi_status wadi_stats_gray(const wadi_stats_spec *spec, wadi_result **out, wadi_error *err)
{
    stats_study *study = NULL;
    uint32_t *order = NULL;
    double *score = NULL, events = 0;
    wadi_result *result = NULL;
    wadi_status status;

    *out = NULL;
    if (!spec->group.count)
        return wadi_fail(err, WADI_ERR_MISSING,
                         "--group is wanted: the column with the groups");
    if (spec->entry || spec->weight)
        return wadi_fail(err, WADI_ERR_SUPPORT,
                         "Gray's test takes no delayed entry or weights");
    status = stats_study_read(spec, STUDY_TIME | STUDY_EVENT | STUDY_MANY_CAUSES, &study, err);
    if (status)
        goto done;
    order = wadi_alloc(study->count, sizeof *order);
    score = wadi_alloc((size_t)study->groups.count, sizeof *score);
    if (!order || !score) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows", study->count);
        goto done;
    }
    survival_rows rows = {.count = study->count,
                          .group = study->stratum,
                          .event = study->event,
                          .group_count = study->stratum ? study->strata.count : 1};
    status = stats_group_order(&rows, study->time, order, err);
    if (status)
        goto done;
    result = stats_result_new("stats.gray");
    if (!result) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the result");
        goto done;
    }
    for (size_t i = 0; i < study->count; i++)
        events += study->event[i] != 0;
    stats_method(result, "Gray's test of equal cumulative incidences%s, weights (1 - F)^%g",
                 study->stratum ? ", stratified" : "", spec->rho);
    stats_counts(result, (double)study->count, events, (double)study->missing);
    stats_table *table = stats_table_new(result, "table", (size_t)study->causes.count);
    const char **cause = stats_text(table, "cause");
    double *stat = stats_number(table, "stat"), *p = stats_number(table, "p"),
           *df = stats_number(table, "df");
    for (int32_t c = 0; cause && stat && p && df && c < study->causes.count; c++) {
        cause[c] = stats_keep(result, "%s", study->causes.name[c]);
        df[c] = study->groups.count - 1;
        status = test_cause(study, order, c + 1, spec->rho, &stat[c], score, err);
        if (status)
            goto done;
        p[c] = stats_chisq_p(stat[c], df[c]);
    }
    status = stats_finish(result, out, err);
    result = NULL;
done:
    wadi_result_free(result);
    free(order);
    free(score);
    stats_study_free(study);
    return status;
}
