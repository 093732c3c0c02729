/* An operator's results against Hayakawa 2023: means, shares, a chart by case, drawn anatomy.
 */
#include "wadi/audit.h"

#include "stats/proportions_impl.h"
#include "stats/stats_impl.h"

#include <math.h>

// clang-format off
static const wadi_audit_published SERIES[WADI_AUDIT_MEASURE_COUNT] = {
    {"wires",      "guidewires",        "",    3.4,  1.4, 65},
    {"tip_load_g", "greatest tip load", "g",   16.2, 14.7, 65},
    {"fluoro_min", "fluoroscopy",       "min", 72.3, 32.5, 65},
};
static const struct { double mean, sd; } ANATOMY[] = {
    {228.2, 93.7}, {2.1, 0.71}, {270.1, 78.2},
};
// clang-format on

wadi_audit_published wadi_audit_series(wadi_audit_measure measure)
{
    return SERIES[measure];
}

static wadi_status check_level(double level, wadi_error *err)
{
    if (level > 0 && level < 1)
        return WADI_OK;
    return wadi_fail(err, WADI_ERR_RANGE, "a level of %g: above 0 and below 1 is wanted",
                     level);
}

wadi_status wadi_audit_compare(wadi_audit_measure measure, wadi_index count,
                               const double *values, double level, wadi_audit_mean *out,
                               wadi_error *err)
{
    wadi_audit_mean result = {.published = SERIES[measure], .count = count};
    double sum = 0, square = 0, half;
    wadi_status status = check_level(level, err);

    if (status)
        return status;
    if (count < 2)
        return wadi_fail(err, WADI_ERR_MISSING, "%s: %d value%s, an interval wants 2 or more",
                         SERIES[measure].key, count, count == 1 ? "" : "s");
    for (wadi_index i = 0; i < count; i++) {
        if (!(isfinite(values[i]) && values[i] >= 0))
            return wadi_fail(err, WADI_ERR_RANGE, "%s: %g in case %d, 0 or more is wanted",
                             SERIES[measure].key, values[i], i + 1);
        sum += values[i];
    }
    result.mean = sum / count;
    for (wadi_index i = 0; i < count; i++)
        square += (values[i] - result.mean) * (values[i] - result.mean);
    result.sd = sqrt(square / (count - 1));
    half = stats_t_q(1 - (1 - level) / 2, count - 1) * result.sd / sqrt(count);
    result.low = result.mean - half;
    result.high = result.mean + half;
    result.side = result.high < result.published.mean  ? -1
                  : result.low > result.published.mean ? 1
                                                       : 0;
    *out = result;
    return WADI_OK;
}

wadi_status wadi_audit_proportion(wadi_index events, wadi_index count, double level,
                                  wadi_audit_share *out, wadi_error *err)
{
    wadi_audit_share share = {.events = events, .count = count};
    wadi_status status = check_level(level, err);

    if (status)
        return status;
    if (count < 1 || events < 0 || events > count)
        return wadi_fail(err, WADI_ERR_RANGE, "%d events of %d: not a share", events, count);
    share.frac = (double)events / count;
    stats_wilson(events, count, stats_z(level), &share.low_frac, &share.high_frac);
    *out = share;
    return WADI_OK;
}

static wadi_audit_share of_65(wadi_index events)
{
    wadi_audit_share share = {0};
    wadi_status status = wadi_audit_proportion(events, 65, 0.95, &share, NULL);

    WADI_ASSERT(!status);
    return share;
}

wadi_audit_share wadi_audit_complications(void)
{
    return of_65(5);
}

wadi_audit_share wadi_audit_failures(void)
{
    return of_65(3);
}

/* ---- chart by case ---- */

wadi_cusum wadi_cusum_default(double accepted_frac)
{
    return (wadi_cusum){.accepted_frac = accepted_frac,
                        .feared_frac = 2 * accepted_frac / (1 + accepted_frac),
                        .limit = 3,
                        .alarm = WADI_NONE,
                        .change = WADI_NONE};
}

wadi_status wadi_cusum_run(wadi_index count, const bool *failed, double *score,
                           wadi_cusum *chart, wadi_error *err)
{
    double p0 = chart->accepted_frac, p1 = chart->feared_frac, sum = 0, up, down;
    wadi_index start = 0;

    if (!(p0 > 0 && p1 > p0 && p1 < 1 && chart->limit > 0))
        return wadi_fail(err, WADI_ERR_RANGE,
                         "accepted %g, feared %g, limit %g: 0 < accepted < feared < 1 and a "
                         "limit above 0 are wanted",
                         p0, p1, chart->limit);
    up = log(p1 / p0);
    down = log((1 - p0) / (1 - p1));
    chart->alarm = chart->change = WADI_NONE;
    for (wadi_index i = 0; i < count; i++) {
        if (sum <= 0)
            start = i;
        sum = fmax(0, failed[i] ? sum + up : sum - down);
        if (score)
            score[i] = sum;
        if (chart->alarm == WADI_NONE && sum >= chart->limit) {
            chart->alarm = i;
            chart->change = start;
        }
    }
    return WADI_OK;
}

/* ---- drawn anatomy ---- */

static void law(wadi_cohort_measure measure, double *log_mean, double *log_sd)
{
    double share = ANATOMY[measure].sd / ANATOMY[measure].mean;

    *log_sd = sqrt(log1p(share * share));
    *log_mean = log(ANATOMY[measure].mean) - 0.5 * *log_sd * *log_sd;
}

void wadi_cohort_draw(wadi_cohort_measure measure, uint64_t seed, wadi_index count, double *out)
{
    double log_mean, log_sd;

    law(measure, &log_mean, &log_sd);
    for (wadi_index i = 0; i < count; i++) {
        wadi_random random;
        double u;

        wadi_random_init(&random, seed, (uint64_t)i * 4 + (uint64_t)measure);
        u = wadi_random_uniform(&random);
        out[i] = exp(log_mean + log_sd * wadi_normal_quantile(u > 1e-15 ? u : 1e-15));
    }
}

double wadi_cohort_below(wadi_cohort_measure measure, double value)
{
    double log_mean, log_sd;

    if (!(value > 0))
        return 0;
    law(measure, &log_mean, &log_sd);
    return stats_normal_upper((log_mean - log(value)) / log_sd);
}
