/* Curves of one event from a risk table.
 *
 *   symbol  meaning
 *   Y, d    at risk just before t, events at t
 *   S       Kaplan-Meier: product of 1 - d/Y (J. Am. Stat. Assoc. 53 (1958) 457)
 *   H       Nelson-Aalen: sum of d/Y, variance sum of d/Y^2
 *   G       Greenwood: sum of d/(Y (Y - d)), the variance of log S */
#include "stats/survival_impl.h"

/* Fleming-Harrington: the d events at a time happen one after the other. */
static void broken_ties(double risk, double event, double deaths, double *hazard,
                        double *variance)
{
    double each = event / deaths;

    for (double k = 0; k < deaths; k++) {
        double left = risk - k * each;

        *hazard += each / left;
        *variance += each / (left * left);
    }
}

void stats_curve(wadi_curve kind, const risk_tables *tables, int32_t group, survival_curve *out)
{
    double survival = 1, greenwood = 0, hazard = 0, variance = 0;

    for (size_t k = tables->start[group], i = 0; k < tables->start[group + 1]; k++, i++) {
        double risk = tables->risk[k], event = tables->event[k];

        if (event > 0) {
            survival *= (risk - event) / risk;
            greenwood += event / (risk * (risk - event));
            if (kind == WADI_CURVE_FLEMING_HARRINGTON) {
                broken_ties(risk, event, tables->deaths[k], &hazard, &variance);
            } else {
                hazard += event / risk;
                variance += event / (risk * risk);
            }
        }
        out->hazard[i] = hazard;
        out->hazard_error[i] = sqrt(variance);
        out->survival[i] = kind == WADI_CURVE_KAPLAN_MEIER ? survival : exp(-hazard);
        out->log_error[i] = sqrt(kind == WADI_CURVE_KAPLAN_MEIER ? greenwood : variance);
    }
}

/* ---- infinitesimal jackknife ----
 *
 * The influence of row i on log S at t is w (G(min(t, T)) - G(entry)) - w event/(Y - d), on H
 * the same with other increments. So a cluster's influence is a + b g, with g the running sum
 * that all at risk share: three sums over clusters (aa, ab, bb) give the variance at every
 * time, and a row changes them only when it enters and when it leaves. */
typedef struct jackknife {
    double *a, *b; /* (clusters) */
    double aa, ab, bb, g;
} jackknife;

static void jackknife_change(jackknife *sums, int32_t cluster, double a, double b)
{
    double *ca = &sums->a[cluster], *cb = &sums->b[cluster];

    sums->aa -= *ca * *ca;
    sums->ab -= *ca * *cb;
    sums->bb -= *cb * *cb;
    *ca += a;
    *cb += b;
    sums->aa += *ca * *ca;
    sums->ab += *ca * *cb;
    sums->bb += *cb * *cb;
}

static double jackknife_error(const jackknife *sums)
{
    double variance = sums->aa + 2 * sums->g * sums->ab + sums->g * sums->g * sums->bb;

    return variance > 0 ? sqrt(variance) : (variance == variance ? 0 : NAN);
}

typedef struct robust_pass {
    const survival_rows *rows;
    const int32_t *cluster;
    const risk_tables *tables;
    const uint32_t *order, *entries;
    bool hazard; /* of H rather than of log S */
} robust_pass;

static int32_t cluster_of(const robust_pass *pass, uint32_t row)
{
    return pass->cluster ? pass->cluster[row] : (int32_t)row;
}

static void robust_group(const robust_pass *pass, size_t low, size_t high, int32_t g,
                         jackknife *sums, double *error)
{
    const survival_rows *rows = pass->rows;
    const risk_tables *tables = pass->tables;
    size_t i = low, e = low;

    for (; !pass->entries && e < high; e++)
        jackknife_change(sums, cluster_of(pass, pass->order[e]), 0,
                         rows->weight ? rows->weight[pass->order[e]] : 1);
    for (size_t k = tables->start[g]; k < tables->start[g + 1]; k++) {
        double time = tables->time[k], risk = tables->risk[k], event = tables->event[k], own;

        for (; pass->entries && e < high && rows->entry[pass->entries[e]] < time; e++) {
            uint32_t row = pass->entries[e];
            double weight = rows->weight ? rows->weight[row] : 1;

            jackknife_change(sums, cluster_of(pass, row), -weight * sums->g, weight);
        }
        own = pass->hazard ? 1 / risk : -1 / (risk - event);
        if (event > 0)
            sums->g += pass->hazard ? -event / (risk * risk) : event / (risk * (risk - event));
        for (; i < high && rows->time[pass->order[i]] == time; i++) {
            uint32_t row = pass->order[i];
            double weight = rows->weight ? rows->weight[row] : 1;

            jackknife_change(sums, cluster_of(pass, row),
                             weight * (sums->g + (rows->event[row] ? own : 0)), -weight);
        }
        error[k] = jackknife_error(sums);
    }
}

static wadi_status robust_errors(const robust_pass *pass, int32_t clusters, double *error,
                                 wadi_error *err)
{
    const survival_rows *rows = pass->rows;
    jackknife sums = {0};
    wadi_status status = WADI_OK;

    sums.a = wadi_alloc((size_t)clusters, sizeof *sums.a);
    sums.b = wadi_alloc((size_t)clusters, sizeof *sums.b);
    if (!sums.a || !sums.b) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d clusters", clusters);
        goto done;
    }
    for (size_t low = 0, high; low < rows->count; low = high) {
        int32_t g = rows->group ? rows->group[pass->order[low]] : 0;

        for (high = low;
             high < rows->count && (!rows->group || rows->group[pass->order[high]] == g);)
            high++;
        memset(sums.a, 0, (size_t)clusters * sizeof *sums.a);
        memset(sums.b, 0, (size_t)clusters * sizeof *sums.b);
        sums.aa = sums.ab = sums.bb = sums.g = 0;
        robust_group(pass, low, high, g, &sums, error);
    }
done:
    free(sums.a);
    free(sums.b);
    return status;
}

wadi_status stats_curve_robust(const survival_rows *rows, const int32_t *cluster,
                               int32_t cluster_count, const risk_tables *tables,
                               double *log_error, double *hazard_error, wadi_error *err)
{
    size_t n = rows->count;
    uint32_t *order = wadi_alloc(n, sizeof *order), *entries = NULL;
    int32_t clusters = cluster ? cluster_count : (int32_t)n;
    wadi_status status = WADI_OK;

    if (rows->entry)
        entries = wadi_alloc(n, sizeof *entries);
    if (!order || (rows->entry && !entries)) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows", n);
        goto done;
    }
    status = stats_group_order(rows, rows->time, order, err);
    if (!status && entries)
        status = stats_group_order(rows, rows->entry, entries, err);
    robust_pass pass = {rows, cluster, tables, order, entries, false};
    if (!status)
        status = robust_errors(&pass, clusters, log_error, err);
    pass.hazard = true;
    if (!status)
        status = robust_errors(&pass, clusters, hazard_error, err);
done:
    free(order);
    free(entries);
    return status;
}

/* ---- what is read off a curve ---- */

void stats_restricted_mean(const risk_tables *tables, int32_t group, const double *survival,
                           double tau, double *mean, double *error)
{
    size_t first = tables->start[group], end = tables->start[group + 1];
    double before = 0, height = 1, area = 0, variance = 0, tail = 0;

    for (size_t k = first; k < end && tables->time[k] <= tau; k++) {
        area += (tables->time[k] - before) * height;
        before = tables->time[k];
        height = survival[k - first];
    }
    area += (tau - before) * height;
    /* The area to the right of each event, from the right. */
    while (end > first && tables->time[end - 1] > tau)
        end--;
    for (size_t k = end; k-- > first;) {
        double right = k + 1 < end ? tables->time[k + 1] : tau;
        double risk = tables->risk[k], event = tables->event[k];

        tail += (right - tables->time[k]) * survival[k - first];
        if (event > 0 && risk > event)
            variance += tail * tail * event / (risk * (risk - event));
    }
    *mean = area;
    *error = sqrt(variance);
}

/* The first of the distinct heights (none of them unknown) that is at least the target. A curve
 * of limits may turn back, so "first" is by height, not by place. */
static size_t first_reached(const double *curve, size_t count, double target)
{
    size_t best = SIZE_MAX;

    for (size_t i = 0; i < count; i++) {
        double height = 1 - curve[i];

        if (height >= target && (best == SIZE_MAX || height < 1 - curve[best]))
            best = i;
    }
    return best;
}

double stats_quantile(const double *time, const double *curve, size_t count, double p)
{
    const double tolerance = 1.4901161193847656e-08;
    size_t low = first_reached(curve, count, p - tolerance), high;

    if (p <= 0)
        return 0;
    if (low == SIZE_MAX)
        return NAN;
    high = first_reached(curve, count, p + tolerance);
    if (count && fabs(p - (1 - curve[count - 1])) < tolerance)
        return 0.5 * (time[low] + time[count - 1]); /* the curve ends at p */
    return high == SIZE_MAX ? NAN : 0.5 * (time[low] + time[high]);
}
