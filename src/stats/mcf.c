/* wadi stats mcf: mean cumulative number of recurrent events per subject (Nelson 1988; Lawless,
 * Nadeau, Technometrics 37 (1995) 158): sum of d/Y, with the variance of the sum over subjects
 * of their influences, which is right whatever the dependence of a subject's events. */
#include "stats/survival_impl.h"

static wadi_status mcf_tables(const wadi_stats_spec *spec, const stats_study *study,
                              const risk_tables *tables, const double *error,
                              wadi_result *result, wadi_error *err)
{
    size_t rows = tables->start[tables->group_count];
    double z = stats_z(spec->level), *columns[8];
    static const char *const NAMES[] = {"time",     "n_risk",  "n_event", "n_censor",
                                        "estimate", "std_err", "low",     "high"};
    stats_table *table = stats_table_new(result, "table", rows);
    const char **group = stats_text(table, "group");

    for (int c = 0; c < 8; c++)
        if (!(columns[c] = stats_number(table, NAMES[c])))
            return WADI_OK;
    if (!group)
        return WADI_OK;
    for (int32_t g = 0; g < tables->group_count; g++) {
        const char *label = stats_keep(result, "%s", stats_group_name(study, g));
        double sum = 0;

        for (size_t k = tables->start[g]; k < tables->start[g + 1]; k++) {
            if (tables->event[k] > 0)
                sum += tables->event[k] / tables->risk[k];
            group[k] = label;
            columns[0][k] = tables->time[k];
            columns[1][k] = tables->risk[k];
            columns[2][k] = tables->event[k];
            columns[3][k] = tables->censor[k];
            columns[4][k] = sum;
            columns[5][k] = error[k];
            if (spec->conf_type == WADI_CONF_PLAIN) {
                columns[6][k] = fmax(0, sum - z * error[k]);
                columns[7][k] = sum + z * error[k];
            } else if (sum > 0) {
                columns[6][k] = sum * exp(-z * error[k] / sum);
                columns[7][k] = sum * exp(z * error[k] / sum);
            }
        }
    }
    (void)err;
    return WADI_OK;
}

wadi_status wadi_stats_mcf(const wadi_stats_spec *spec, wadi_result **out, wadi_error *err)
{
    stats_study *study = NULL;
    risk_tables tables = {0};
    double *log_error = NULL, *error = NULL, events = 0;
    wadi_result *result = NULL;
    wadi_status status;

    *out = NULL;
    if (!spec->id && !spec->cluster)
        return wadi_fail(err, WADI_ERR_MISSING,
                         "--id is wanted: the column that names the subject");
    status = stats_study_read(spec, STUDY_TIME | STUDY_EVENT, &study, err);
    if (status)
        goto done;
    survival_rows rows = stats_survival_rows(study);
    status = stats_risk_tables(&rows, &tables, err);
    if (status)
        goto done;
    log_error = wadi_alloc(tables.start[tables.group_count], sizeof *log_error);
    error = wadi_alloc(tables.start[tables.group_count], sizeof *error);
    if (!log_error || !error) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for a curve");
        goto done;
    }
    status = stats_curve_robust(&rows, study->cluster, study->clusters.count, &tables,
                                log_error, error, err);
    if (status)
        goto done;
    result = stats_result_new("stats.mcf");
    if (!result) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the result");
        goto done;
    }
    for (size_t i = 0; i < study->count; i++)
        events += study->event[i] != 0;
    stats_method(result,
                 "mean cumulative function of recurrent events, robust variance by subject "
                 "(Lawless-Nadeau), %g %% limits on the %s scale",
                 100 * spec->level, spec->conf_type == WADI_CONF_PLAIN ? "plain" : "log");
    stats_counts(result, (double)study->count, events, (double)study->missing);
    stats_value(result, "subjects", study->clusters.count);
    status = mcf_tables(spec, study, &tables, error, result, err);
    if (!status)
        status = stats_finish(result, out, err);
    result = NULL;
done:
    wadi_result_free(result);
    free(log_error);
    free(error);
    stats_risk_tables_clear(&tables);
    stats_study_free(study);
    return status;
}
