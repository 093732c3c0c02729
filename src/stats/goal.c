/* wadi stats goal: is a proportion above a performance goal? From counts, or from a
 * Kaplan-Meier estimate at a time, whose effective sample size is S(1 - S)/se^2. */
#include "stats/proportions_impl.h"
#include "stats/survival_impl.h"

typedef struct goal_rows {
    const char **test;
    double *estimate, *goal, *statistic, *p, *posterior, *low, *high;
} goal_rows;

static bool make_rows(wadi_result *result, size_t count, goal_rows *out)
{
    stats_table *table = stats_table_new(result, "table", count);

    out->test = stats_text(table, "test");
    out->estimate = stats_number(table, "estimate");
    out->goal = stats_number(table, "goal");
    out->statistic = stats_number(table, "z");
    out->p = stats_number(table, "p");
    out->posterior = stats_number(table, "posterior_above_goal");
    out->low = stats_number(table, "low");
    out->high = stats_number(table, "high");
    return out->test && out->estimate && out->goal && out->statistic && out->p &&
           out->posterior && out->low && out->high;
}

/* Posterior Beta(a + x, b + n - x): probability above the goal, mean, equal-tailed limits. */
static void bayes_row(const wadi_stats_spec *spec, double x, double n, goal_rows *rows,
                      size_t i)
{
    double a = spec->prior_a + x, b = spec->prior_b + n - x, tail = (1 - spec->level) / 2;

    rows->estimate[i] = a / (a + b);
    rows->goal[i] = spec->goal_frac;
    rows->posterior[i] = 1 - stats_beta_p(spec->goal_frac, a, b);
    rows->low[i] = stats_beta_q(tail, a, b);
    rows->high[i] = stats_beta_q(1 - tail, a, b);
}

static wadi_status from_counts(const wadi_stats_spec *spec, wadi_result *result,
                               wadi_error *err)
{
    stats_counted all;
    goal_rows rows;
    wadi_status status = stats_count(spec, &all, err);
    double goal = spec->goal_frac, z = stats_z(spec->level);

    if (status)
        return status;
    stats_counts(result, all.n[0], all.x[0], all.missing);
    if (make_rows(result, 3, &rows)) {
        double x = all.x[0], n = all.n[0], p = x / n;

        rows.test[0] = "exact binomial, one-sided";
        rows.estimate[0] = rows.estimate[1] = p;
        rows.goal[0] = rows.goal[1] = goal;
        rows.p[0] = 1 - stats_binomial_cdf(x - 1, n, goal);
        stats_clopper_pearson(x, n, spec->level, &rows.low[0], &rows.high[0]);
        rows.test[1] = "score, one-sided";
        rows.statistic[1] = (p - goal) / sqrt(goal * (1 - goal) / n);
        rows.p[1] = stats_normal_upper(rows.statistic[1]);
        stats_wilson(x, n, z, &rows.low[1], &rows.high[1]);
        rows.test[2] =
            stats_keep(result, "Bayes, prior Beta(%g, %g)", spec->prior_a, spec->prior_b);
        bayes_row(spec, x, n, &rows, 2);
    }
    stats_counted_clear(&all);
    return WADI_OK;
}

/* S and Greenwood's error at a time. */
static void read_curve(const risk_tables *tables, double time, double *survival, double *error)
{
    double sum = 0;

    *survival = 1;
    for (size_t k = 0; k < tables->start[1] && tables->time[k] <= time; k++)
        if (tables->event[k] > 0) {
            double risk = tables->risk[k], event = tables->event[k];

            *survival *= (risk - event) / risk;
            sum += event / (risk * (risk - event));
        }
    *error = *survival * sqrt(sum);
}

static wadi_status from_curve(const wadi_stats_spec *spec, wadi_result *result, wadi_error *err)
{
    stats_study *study = NULL;
    risk_tables tables = {0};
    double *time = NULL, s, error, z = stats_z(spec->level), goal = spec->goal_frac, events = 0;
    goal_rows rows;
    wadi_status status;

    if (spec->at.count != 1)
        return wadi_fail(err, WADI_ERR_MISSING, "--at is wanted once: the time of the goal");
    status = stats_parse_numbers(&spec->at, "at", &time, err);
    if (!status)
        status = stats_study_read(spec, STUDY_TIME | STUDY_EVENT, &study, err);
    if (status)
        goto done;
    survival_rows all = stats_survival_rows(study);
    all.group = NULL;
    all.group_count = 1;
    status = stats_risk_tables(&all, &tables, err);
    if (status)
        goto done;
    for (size_t i = 0; i < study->count; i++)
        events += study->event[i] != 0;
    stats_counts(result, (double)study->count, events, (double)study->missing);
    read_curve(&tables, time[0], &s, &error);
    stats_value(result, "time", time[0]);
    stats_value(result, "std_err", error);
    stats_value(result, "effective_n", s * (1 - s) / (error * error));
    if (make_rows(result, 3, &rows)) {
        double n = s * (1 - s) / (error * error), g = log(-log(s));

        rows.test[0] = "Kaplan-Meier, Greenwood, one-sided";
        rows.estimate[0] = rows.estimate[1] = s;
        rows.goal[0] = rows.goal[1] = goal;
        rows.statistic[0] = (s - goal) / error;
        rows.p[0] = stats_normal_upper(rows.statistic[0]);
        stats_conf(WADI_CONF_PLAIN, s, error, z, &rows.low[0], &rows.high[0]);
        rows.test[1] = "Kaplan-Meier, log-log scale, one-sided";
        rows.statistic[1] = (log(-log(goal)) - g) / (error / (s * -log(s)));
        rows.p[1] = stats_normal_upper(rows.statistic[1]);
        stats_conf(WADI_CONF_LOG_LOG, s, error, z, &rows.low[1], &rows.high[1]);
        rows.test[2] = stats_keep(result, "Bayes on the effective sample, prior Beta(%g, %g)",
                                  spec->prior_a, spec->prior_b);
        bayes_row(spec, s * n, n, &rows, 2);
    }
done:
    free(time);
    stats_risk_tables_clear(&tables);
    stats_study_free(study);
    return status;
}

wadi_status wadi_stats_goal(const wadi_stats_spec *spec, wadi_result **out, wadi_error *err)
{
    wadi_result *result = stats_result_new("stats.goal");
    wadi_status status;

    *out = NULL;
    if (!result)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the result");
    stats_method(
        result,
        "one-sided tests that the proportion is above the goal of %g, and the posterior "
        "probability of it under a Beta(%g, %g) prior; limits at %g %%",
        spec->goal_frac, spec->prior_a, spec->prior_b, 100 * spec->level);
    status = spec->time ? from_curve(spec, result, err) : from_counts(spec, result, err);
    if (status) {
        wadi_result_free(result);
        return status;
    }
    return stats_finish(result, out, err);
}
