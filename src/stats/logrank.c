/* Log-rank test and the G-rho family (Harrington, Fleming, Biometrika 69 (1982) 553).
 *
 * Per stratum and event time: O_g = d_g, E_g = d Y_g / Y, and the hypergeometric covariance
 * d (Y - d)/(Y - 1) (Y_g/Y) ([g = h] - Y_h/Y), all weighted by S(t-)^rho of the stratum's
 * pooled Kaplan-Meier curve. With delayed entry, Y_g(t) = (end >= t) - (entry >= t). */
#include "stats/survival_impl.h"

typedef struct walker {
    const risk_tables *ends, *entries; /* entries NULL where nobody is late */
    size_t *end_at, *entry_at;         /* (groups) next row of each */
    int32_t first;                     /* cell of group 0 in this stratum */
    int32_t groups;
    double *risk; /* (groups) at the current time */
} walker;

/* Smallest time not yet passed, or NaN. */
static double next_time(const walker *walk)
{
    double time = NAN;

    for (int32_t g = 0; g < walk->groups; g++) {
        size_t k = walk->end_at[g];

        if (k < walk->ends->start[walk->first + g + 1] && !(walk->ends->time[k] >= time))
            time = walk->ends->time[k];
    }
    return time;
}

static double risk_at(const walker *walk, int32_t g, double time)
{
    int32_t cell = walk->first + g;
    size_t k = walk->end_at[g];
    double risk = k < walk->ends->start[cell + 1] ? walk->ends->risk[k] : 0;

    if (!walk->entries)
        return risk;
    while (walk->entry_at[g] < walk->entries->start[cell + 1] &&
           walk->entries->time[walk->entry_at[g]] < time)
        walk->entry_at[g]++;
    if (walk->entry_at[g] < walk->entries->start[cell + 1])
        risk -= walk->entries->risk[walk->entry_at[g]];
    return risk;
}

static void walk_stratum(walker *walk, double rho, logrank *out)
{
    int32_t groups = walk->groups;
    double survival = 1, time;

    for (int32_t g = 0; g < groups; g++) {
        walk->end_at[g] = walk->ends->start[walk->first + g];
        if (walk->entries)
            walk->entry_at[g] = walk->entries->start[walk->first + g];
    }
    while (time = next_time(walk), !isnan(time)) {
        double all = 0, events = 0, weight, spread;

        for (int32_t g = 0; g < groups; g++) {
            size_t k = walk->end_at[g];

            walk->risk[g] = risk_at(walk, g, time);
            all += walk->risk[g];
            if (k < walk->ends->start[walk->first + g + 1] && walk->ends->time[k] == time)
                events += walk->ends->event[k];
        }
        weight = rho == 0 ? 1 : pow(survival, rho);
        spread = all > 1 ? weight * weight * events * (all - events) / (all - 1) : 0;
        for (int32_t g = 0; g < groups; g++) {
            size_t k = walk->end_at[g];
            double share = all > 0 ? walk->risk[g] / all : 0;

            if (k < walk->ends->start[walk->first + g + 1] && walk->ends->time[k] == time) {
                out->observed[g] += weight * walk->ends->event[k];
                walk->end_at[g]++;
            }
            if (events == 0)
                continue;
            out->expected[g] += weight * events * share;
            out->variance[g * groups + g] += spread * share;
            for (int32_t h = 0; h < groups; h++)
                out->variance[g * groups + h] -= spread * share * walk->risk[h] / all;
        }
        if (events > 0)
            survival *= (all - events) / all;
    }
}

static void finish(logrank *out)
{
    int32_t groups = out->groups, used = 0;
    double *difference = out->n + groups, *matrix = difference + groups; /* scratch behind n */
    int32_t *kept = (int32_t *)(matrix + (size_t)groups * groups);
    int rank;

    for (int32_t g = 0; g < groups; g++)
        if (out->expected[g] > 0)
            kept[used++] = g;
    out->df = used - 1;
    out->chisq = out->p = NAN;
    if (out->df < 1)
        return;
    for (int32_t a = 0; a + 1 < used; a++) {
        difference[a] = out->observed[kept[a]] - out->expected[kept[a]];
        for (int32_t b = 0; b + 1 < used; b++)
            matrix[a * (used - 1) + b] = out->variance[kept[a] * groups + kept[b]];
    }
    out->chisq = stats_quadratic(matrix, difference, used - 1, &rank);
    if (rank == 0)
        out->chisq = NAN;
    out->p = stats_chisq_p(out->chisq, out->df);
}

wadi_status stats_logrank_test(const survival_rows *rows, const int32_t *stratum,
                               int32_t stratum_count, double rho, logrank *out, wadi_error *err)
{
    wadi_status status = WADI_OK;
    int32_t groups = rows->group_count, strata = stratum ? stratum_count : 1;
    size_t square = (size_t)groups * (size_t)groups;
    int32_t *cell = NULL;
    risk_tables ends = {0}, entries = {0};
    survival_rows cells = *rows;
    walker walk = {.ends = &ends, .groups = groups};

    *out = (logrank){.groups = groups};
    out->observed = wadi_alloc((size_t)groups, sizeof(double));
    out->expected = wadi_alloc((size_t)groups, sizeof(double));
    out->variance = wadi_alloc(square, sizeof(double));
    out->n = wadi_alloc(3 * (size_t)groups + square, sizeof(double));
    walk.end_at = wadi_alloc((size_t)groups, sizeof *walk.end_at);
    walk.entry_at = wadi_alloc((size_t)groups, sizeof *walk.entry_at);
    walk.risk = wadi_alloc((size_t)groups, sizeof *walk.risk);
    if (stratum)
        cell = wadi_alloc(rows->count, sizeof *cell);
    if (!out->observed || !out->expected || !out->variance || !out->n || !walk.end_at ||
        !walk.entry_at || !walk.risk || (stratum && !cell)) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d groups", groups);
        goto done;
    }
    for (size_t i = 0; stratum && i < rows->count; i++)
        cell[i] = stratum[i] * groups + (rows->group ? rows->group[i] : 0);
    if (stratum)
        cells.group = cell;
    cells.group_count = strata * groups;
    cells.entry = NULL;
    status = stats_risk_tables(&cells, &ends, err);
    if (!status && rows->entry) {
        cells.time = rows->entry;
        status = stats_risk_tables(&cells, &entries, err);
        walk.entries = &entries;
    }
    if (status)
        goto done;
    for (int32_t s = 0; s < strata; s++) {
        walk.first = s * groups;
        walk_stratum(&walk, rho, out);
    }
    for (int32_t c = 0; c < strata * groups; c++)
        out->n[c % groups] += ends.n[c];
    finish(out);
done:
    if (status)
        stats_logrank_clear(out);
    stats_risk_tables_clear(&ends);
    stats_risk_tables_clear(&entries);
    free(walk.end_at);
    free(walk.entry_at);
    free(walk.risk);
    free(cell);
    return status;
}

void stats_logrank_clear(logrank *test)
{
    free(test->observed);
    free(test->expected);
    free(test->variance);
    free(test->n);
    *test = (logrank){0};
}

wadi_status wadi_stats_logrank(const wadi_stats_spec *spec, wadi_result **out, wadi_error *err)
{
    stats_study *study = NULL;
    logrank test = {0};
    wadi_result *result = NULL;
    wadi_status status;

    *out = NULL;
    if (!spec->group.count)
        return wadi_fail(err, WADI_ERR_MISSING,
                         "--group is wanted: the column with the groups");
    status = stats_study_read(spec, STUDY_TIME | STUDY_EVENT, &study, err);
    if (status)
        goto done;
    survival_rows rows = stats_survival_rows(study);
    status =
        stats_logrank_test(&rows, study->stratum, study->strata.count, spec->rho, &test, err);
    if (status)
        goto done;
    result = stats_result_new("stats.logrank");
    if (!result) {
        status = stats_finish(NULL, out, err);
        goto done;
    }
    double events = 0;
    for (size_t i = 0; i < study->count; i++)
        events += study->event[i] != 0;
    stats_method(result,
                 "%s test (weights S(t-)^%g)%s%s: observed against expected events, "
                 "hypergeometric variance, chi-square on %d degrees of freedom",
                 spec->rho == 0   ? "log-rank"
                 : spec->rho == 1 ? "Peto-Peto"
                                  : "G-rho",
                 spec->rho, study->stratum ? ", stratified" : "",
                 study->entry ? ", delayed entry" : "", test.df);
    stats_counts(result, (double)study->count, events, (double)study->missing);
    stats_value(result, "rho", spec->rho);
    stats_value(result, "chisq", test.chisq);
    stats_value(result, "df", test.df);
    stats_value(result, "p", test.p);
    size_t groups = (size_t)test.groups;
    stats_table *table = stats_table_new(result, "table", groups);
    stats_table *matrix = stats_table_new(result, "variance", groups * groups);
    const char **name = stats_text(table, "group");
    double *n = stats_number(table, "n"), *observed = stats_number(table, "observed"),
           *expected = stats_number(table, "expected"),
           *diagonal = stats_number(table, "variance"), *chisq = stats_number(table, "chisq"),
           *df = stats_number(table, "df"), *p = stats_number(table, "p");
    double *row = stats_number(matrix, "i"), *column = stats_number(matrix, "j"),
           *value = stats_number(matrix, "var");
    if (!name || !n || !observed || !expected || !diagonal || !chisq || !df || !p || !row ||
        !column || !value)
        goto finish;
    for (size_t g = 0; g < groups; g++) {
        name[g] = stats_keep(result, "%s", stats_group_name(study, (int32_t)g));
        n[g] = test.n[g];
        observed[g] = test.observed[g];
        expected[g] = test.expected[g];
        diagonal[g] = test.variance[g * groups + g];
        chisq[g] = test.chisq;
        df[g] = test.df;
        p[g] = test.p;
        for (size_t h = 0; h < groups; h++) {
            row[g * groups + h] = (double)g + 1;
            column[g * groups + h] = (double)h + 1;
            value[g * groups + h] = test.variance[g * groups + h];
        }
    }
finish:
    status = stats_finish(result, out, err);
done:
    stats_logrank_clear(&test);
    stats_study_free(study);
    return status;
}
