/* wadi stats km and rmst: curves, quantiles and restricted means as tables. */
#include "stats/survival_impl.h"

typedef struct curves {
    const wadi_stats_spec *spec;
    stats_study *study;
    survival_rows rows;
    risk_tables tables;
    survival_curve curve; /* arrays along the risk tables */
    double *robust_log, *robust_hazard;
    double *low, *high;
    double *tau;
    int tau_count;
} curves;

static void curves_clear(curves *all)
{
    stats_risk_tables_clear(&all->tables);
    free(all->curve.survival);
    free(all->curve.log_error);
    free(all->curve.hazard);
    free(all->curve.hazard_error);
    free(all->robust_log);
    free(all->robust_hazard);
    free(all->low);
    free(all->high);
    free(all->tau);
    stats_study_free(all->study);
}

/* Robust errors are computed where rows are weighted or clustered; limits use them on request.
 */
static bool wants_robust(const curves *all)
{
    return all->study->weight || all->study->cluster || all->spec->robust;
}

static bool limits_are_robust(const curves *all)
{
    return all->robust_log && (all->spec->robust || all->study->cluster);
}

static wadi_status make_taus(curves *all, wadi_error *err)
{
    double shared = INFINITY;

    if (all->spec->tau.count) {
        all->tau_count = all->spec->tau.count;
        return stats_parse_numbers(&all->spec->tau, "tau", &all->tau, err);
    }
    for (int32_t g = 0; g < all->tables.group_count; g++)
        if (all->tables.start[g + 1] > all->tables.start[g])
            shared = fmin(shared, all->tables.time[all->tables.start[g + 1] - 1]);
    all->tau = wadi_alloc(1, sizeof *all->tau);
    if (!all->tau)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a time");
    all->tau[0] = shared;
    all->tau_count = 1;
    return WADI_OK;
}

static wadi_status make_curves(const wadi_stats_spec *spec, curves *all, wadi_error *err)
{
    wadi_status status = stats_study_read(spec, STUDY_TIME | STUDY_EVENT, &all->study, err);
    size_t rows;

    all->spec = spec;
    if (status)
        return status;
    all->rows = stats_survival_rows(all->study);
    status = stats_risk_tables(&all->rows, &all->tables, err);
    if (status)
        return status;
    rows = all->tables.start[all->tables.group_count];
    double **arrays[] = {&all->curve.survival,
                         &all->curve.log_error,
                         &all->curve.hazard,
                         &all->curve.hazard_error,
                         &all->low,
                         &all->high};
    for (size_t i = 0; i < WADI_COUNT_OF(arrays); i++)
        if (!(*arrays[i] = wadi_alloc(rows, sizeof(double))))
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu times", rows);
    for (int32_t g = 0; g < all->tables.group_count; g++) {
        size_t at = all->tables.start[g];
        survival_curve part = {all->curve.survival + at, all->curve.log_error + at,
                               all->curve.hazard + at, all->curve.hazard_error + at};

        stats_curve(spec->curve, &all->tables, g, &part);
    }
    if (wants_robust(all)) {
        all->robust_log = wadi_alloc(rows, sizeof(double));
        all->robust_hazard = wadi_alloc(rows, sizeof(double));
        if (!all->robust_log || !all->robust_hazard)
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu times", rows);
        status = stats_curve_robust(&all->rows, all->study->cluster, all->study->clusters.count,
                                    &all->tables, all->robust_log, all->robust_hazard, err);
        if (!status && spec->curve != WADI_CURVE_KAPLAN_MEIER)
            memcpy(all->robust_log, all->robust_hazard, rows * sizeof(double));
    }
    double z = stats_z(spec->level);
    for (size_t k = 0; k < rows; k++) {
        double log_error =
            limits_are_robust(all) ? all->robust_log[k] : all->curve.log_error[k];
        double s = all->curve.survival[k];

        stats_conf(spec->conf_type, s, s > 0 ? s * log_error : NAN, z, &all->low[k],
                   &all->high[k]);
    }
    return status ? status : make_taus(all, err);
}

static double survival_error(const curves *all, const double *log_error, size_t k)
{
    return all->curve.survival[k] > 0 ? all->curve.survival[k] * log_error[k] : NAN;
}

static void curve_table(const curves *all, wadi_result *result, const char *name)
{
    const risk_tables *tables = &all->tables;
    size_t rows = tables->start[tables->group_count];
    stats_table *table = stats_table_new(result, name, rows);
    const char **group = stats_text(table, "group");
    double *columns[9];
    static const char *const NAMES[] = {"time",     "n_risk",   "n_event",
                                        "n_censor", "estimate", "std_err",
                                        "low",      "high",     "std_err_log"};

    for (int c = 0; c < 9; c++)
        if (!(columns[c] = stats_number(table, NAMES[c])))
            return;
    double *hazard = stats_number(table, "cumhaz"),
           *error = stats_number(table, "std_err_cumhaz");
    double *robust = all->robust_log ? stats_number(table, "robust_std_err") : hazard;
    double *robust_log = all->robust_log ? stats_number(table, "robust_std_err_log") : hazard;
    double *robust_cumhaz =
        all->robust_log ? stats_number(table, "robust_std_err_cumhaz") : hazard;
    if (!group || !hazard || !error || !robust || !robust_log || !robust_cumhaz)
        return;
    for (int32_t g = 0; g < tables->group_count; g++) {
        const char *label = stats_keep(result, "%s", stats_group_name(all->study, g));

        for (size_t k = tables->start[g]; k < tables->start[g + 1]; k++)
            group[k] = label;
    }
    for (size_t k = 0; k < rows; k++) {
        columns[0][k] = tables->time[k];
        columns[1][k] = tables->risk[k];
        columns[2][k] = tables->event[k];
        columns[3][k] = tables->censor[k];
        columns[4][k] = all->curve.survival[k];
        columns[5][k] = survival_error(all, all->curve.log_error, k);
        columns[6][k] = all->low[k];
        columns[7][k] = all->high[k];
        columns[8][k] = isfinite(all->curve.log_error[k]) ? all->curve.log_error[k] : INFINITY;
        hazard[k] = all->curve.hazard[k];
        error[k] = all->curve.hazard_error[k];
        if (!all->robust_log)
            continue;
        robust[k] = survival_error(all, all->robust_log, k);
        robust_log[k] = all->robust_log[k];
        robust_cumhaz[k] = all->robust_hazard[k];
    }
}

/* Rows at chosen times: at risk just before, events since the row above. */
static wadi_status at_table(const curves *all, wadi_result *result, wadi_error *err)
{
    const risk_tables *tables = &all->tables;
    int count = all->spec->at.count;
    double *times = NULL;
    wadi_status status = stats_parse_numbers(&all->spec->at, "at", &times, err);
    size_t rows = (size_t)count * (size_t)tables->group_count, row = 0;
    double *columns[8];
    static const char *const NAMES[] = {"time",     "n_risk",  "n_event", "n_censor",
                                        "estimate", "std_err", "low",     "high"};

    if (status)
        return status;
    status = stats_sort(times, (size_t)count, err);
    stats_table *table = stats_table_new(result, "table", rows);
    const char **group = stats_text(table, "group");
    for (int c = 0; c < 8; c++)
        if (!(columns[c] = stats_number(table, NAMES[c])))
            goto done;
    double *hazard = stats_number(table, "cumhaz");
    if (!group || !hazard || status)
        goto done;
    for (int32_t g = 0; g < tables->group_count; g++) {
        size_t first = tables->start[g], end = tables->start[g + 1], k = first;
        const char *label = stats_keep(result, "%s", stats_group_name(all->study, g));

        for (int t = 0; t < count; t++, row++) {
            double events = 0, censored = 0;

            for (; k < end && tables->time[k] <= times[t]; k++) {
                events += tables->event[k];
                censored += tables->censor[k];
            }
            group[row] = label;
            columns[0][row] = times[t];
            columns[1][row] = k > first && tables->time[k - 1] == times[t] ? tables->risk[k - 1]
                              : k < end                                    ? tables->risk[k]
                                                                           : 0;
            columns[2][row] = events;
            columns[3][row] = censored;
            columns[4][row] = k > first ? all->curve.survival[k - 1] : 1;
            columns[5][row] =
                k > first
                    ? survival_error(
                          all, limits_are_robust(all) ? all->robust_log : all->curve.log_error,
                          k - 1)
                    : 0;
            columns[6][row] = k > first ? all->low[k - 1] : 1;
            columns[7][row] = k > first ? all->high[k - 1] : 1;
            hazard[row] = k > first ? all->curve.hazard[k - 1] : 0;
        }
    }
done:
    free(times);
    return status;
}

static wadi_status quantile_table(const curves *all, wadi_result *result, wadi_error *err)
{
    static const char *const DEFAULTS[] = {"0.25", "0.5", "0.75"};
    static const wadi_names DEFAULT = {DEFAULTS, 3};
    const wadi_names *asked = all->spec->quantiles.count ? &all->spec->quantiles : &DEFAULT;
    const risk_tables *tables = &all->tables;
    double *p = NULL;
    wadi_status status = stats_parse_numbers(asked, "quantile", &p, err);
    size_t rows = (size_t)asked->count * (size_t)tables->group_count, row = 0;

    if (status)
        return status;
    stats_table *table = stats_table_new(result, "quantiles", rows);
    const char **group = stats_text(table, "group");
    double *prob = stats_number(table, "prob"), *quantile = stats_number(table, "quantile"),
           *low = stats_number(table, "low"), *high = stats_number(table, "high");
    if (!group || !prob || !quantile || !low || !high)
        goto done;
    for (int32_t g = 0; g < tables->group_count; g++) {
        size_t first = tables->start[g], count = tables->start[g + 1] - first;
        const char *label = stats_keep(result, "%s", stats_group_name(all->study, g));

        for (int q = 0; q < asked->count; q++, row++) {
            const double *time = tables->time + first;

            group[row] = label;
            prob[row] = p[q];
            quantile[row] = stats_quantile(time, all->curve.survival + first, count, p[q]);
            low[row] = stats_quantile(time, all->low + first, count, p[q]);
            high[row] = stats_quantile(time, all->high + first, count, p[q]);
        }
    }
done:
    free(p);
    return status;
}

static void mean_table(const curves *all, wadi_result *result, const char *name)
{
    const risk_tables *tables = &all->tables;
    size_t rows = (size_t)all->tau_count * (size_t)tables->group_count, row = 0;
    double z = stats_z(all->spec->level);
    stats_table *table = stats_table_new(result, name, rows);
    const char **group = stats_text(table, "group");
    double *tau = stats_number(table, "tau"), *n = stats_number(table, "n"),
           *events = stats_number(table, "events"), *mean = stats_number(table, "estimate"),
           *error = stats_number(table, "std_err"), *low = stats_number(table, "low"),
           *high = stats_number(table, "high");

    if (!group || !tau || !n || !events || !mean || !error || !low || !high)
        return;
    for (int32_t g = 0; g < tables->group_count; g++) {
        const char *label = stats_keep(result, "%s", stats_group_name(all->study, g));
        size_t first = tables->start[g];
        double event_count = 0;

        for (size_t k = first; k < tables->start[g + 1]; k++)
            event_count += tables->event[k];
        for (int t = 0; t < all->tau_count; t++, row++) {
            group[row] = label;
            tau[row] = all->tau[t];
            n[row] = tables->n[g];
            events[row] = event_count;
            stats_restricted_mean(tables, g, all->curve.survival + first, all->tau[t],
                                  &mean[row], &error[row]);
            low[row] = mean[row] - z * error[row];
            high[row] = mean[row] + z * error[row];
        }
    }
}

/* Each group against the first. */
static void difference_table(const curves *all, wadi_result *result)
{
    const risk_tables *tables = &all->tables;
    int32_t groups = tables->group_count;
    size_t rows = (size_t)all->tau_count * (size_t)(groups - 1), row = 0;
    double z = stats_z(all->spec->level);
    stats_table *table = stats_table_new(result, "difference", rows);
    const char **group = stats_text(table, "group"),
               **reference = stats_text(table, "reference");
    double *tau = stats_number(table, "tau"), *difference = stats_number(table, "diff"),
           *error = stats_number(table, "std_err"), *low = stats_number(table, "low"),
           *high = stats_number(table, "high"), *p = stats_number(table, "p");

    if (!group || !reference || !tau || !difference || !error || !low || !high || !p)
        return;
    const char *first_label = stats_keep(result, "%s", stats_group_name(all->study, 0));
    for (int32_t g = 1; g < groups; g++) {
        const char *label = stats_keep(result, "%s", stats_group_name(all->study, g));

        for (int t = 0; t < all->tau_count; t++, row++) {
            double mean0, mean1, error0, error1;

            stats_restricted_mean(tables, 0, all->curve.survival, all->tau[t], &mean0, &error0);
            stats_restricted_mean(tables, g, all->curve.survival + tables->start[g],
                                  all->tau[t], &mean1, &error1);
            group[row] = label;
            reference[row] = first_label;
            tau[row] = all->tau[t];
            difference[row] = mean1 - mean0;
            error[row] = hypot(error0, error1);
            low[row] = difference[row] - z * error[row];
            high[row] = difference[row] + z * error[row];
            p[row] = stats_normal_p2(difference[row] / error[row]);
        }
    }
}

static double event_rows(const stats_study *study)
{
    double events = 0;

    for (size_t i = 0; i < study->count; i++)
        events += study->event[i] != 0;
    return events;
}

static const char *curve_name(wadi_curve kind)
{
    switch (kind) {
    case WADI_CURVE_NELSON_AALEN:
        return "survival exp(-H) with the Nelson-Aalen cumulative hazard";
    case WADI_CURVE_FLEMING_HARRINGTON:
        return "Fleming-Harrington survival exp(-H) with ties broken";
    default:
        return "Kaplan-Meier survival";
    }
}

wadi_status wadi_stats_km(const wadi_stats_spec *spec, wadi_result **out, wadi_error *err)
{
    curves all = {0};
    logrank test = {0};
    wadi_result *result = NULL;
    wadi_status status;

    *out = NULL;
    status = make_curves(spec, &all, err);
    if (status)
        goto done;
    result = stats_result_new("stats.km");
    if (!result) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the result");
        goto done;
    }
    stats_method(result,
                 "%s%s%s, standard errors %s, %g %% limits on the %s scale; quantiles by "
                 "Brookmeyer-Crowley",
                 curve_name(spec->curve), all.study->weight ? ", weighted" : "",
                 all.study->entry ? ", delayed entry" : "",
                 limits_are_robust(&all) ? "by infinitesimal jackknife" : "by Greenwood",
                 100 * spec->level, stats_conf_name(spec->conf_type));
    stats_counts(result, (double)all.study->count, event_rows(all.study),
                 (double)all.study->missing);
    if (all.tables.group_count > 1) {
        status = stats_logrank_test(&all.rows, all.study->stratum, all.study->strata.count,
                                    spec->rho, &test, err);
        if (status)
            goto done;
        stats_value(result, "chisq", test.chisq);
        stats_value(result, "df", test.df);
        stats_value(result, "p", test.p);
    }
    if (spec->at.count) {
        status = at_table(&all, result, err);
        curve_table(&all, result, "curve");
    } else {
        curve_table(&all, result, "table");
    }
    if (!status)
        status = quantile_table(&all, result, err);
    if (status)
        goto done;
    mean_table(&all, result, "restricted_mean");
    status = stats_finish(result, out, err);
    result = NULL;
done:
    wadi_result_free(result);
    stats_logrank_clear(&test);
    curves_clear(&all);
    return status;
}

wadi_status wadi_stats_rmst(const wadi_stats_spec *spec, wadi_result **out, wadi_error *err)
{
    curves all = {0};
    wadi_result *result = NULL;
    wadi_status status;

    *out = NULL;
    status = make_curves(spec, &all, err);
    if (status)
        goto done;
    result = stats_result_new("stats.rmst");
    if (!result) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the result");
        goto done;
    }
    stats_method(result,
                 "restricted mean survival time: area under the %s curve up to tau, "
                 "Greenwood variance; differences against the first group, normal limits",
                 spec->curve == WADI_CURVE_KAPLAN_MEIER ? "Kaplan-Meier" : "exp(-H)");
    stats_counts(result, (double)all.study->count, event_rows(all.study),
                 (double)all.study->missing);
    mean_table(&all, result, "table");
    if (all.tables.group_count > 1)
        difference_table(&all, result);
    status = stats_finish(result, out, err);
    result = NULL;
done:
    wadi_result_free(result);
    curves_clear(&all);
    return status;
}
