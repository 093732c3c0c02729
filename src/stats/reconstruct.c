/* wadi stats reconstruct: individual data behind a published Kaplan-Meier curve (after Guyot,
 * Ades, Ouwens, Welton, BMC Med. Res. Methodol. 12 (2012) 9).
 *
 * Between two columns of the at-risk table, censoring is spread evenly and its number is moved
 * until the events read off the curve leave as many at risk as the table prints. */
#include "stats/survival_impl.h"

#include <limits.h>

typedef struct curve_points {
    size_t count;
    double *time, *survival;
} curve_points;

typedef struct risk_column {
    size_t count;
    double *time, *risk;
} risk_column;

typedef struct pseudo {
    size_t count, capacity;
    double *time;
    int32_t *event;
    bool failed;
} pseudo;

static void add_subjects(pseudo *all, double time, int32_t event, long count)
{
    for (long i = 0; i < count && !all->failed; i++) {
        if (all->count == all->capacity) {
            size_t capacity = all->capacity ? 2 * all->capacity : 256;
            double *grown = wadi_realloc(all->time, capacity, sizeof *grown);
            int32_t *events;

            if (grown)
                all->time = grown;
            events = grown ? wadi_realloc(all->event, capacity, sizeof *events) : NULL;
            if (!events) {
                all->failed = true;
                return;
            }
            all->event = events;
            all->capacity = capacity;
        }
        all->time[all->count] = time;
        all->event[all->count++] = event;
    }
}

/* One stretch from point first to point end with `censored` leaving evenly between from and to.
 * Returns how many are left at risk; with `out` the subjects are written down too. */
static long run_stretch(const curve_points *points, size_t first, size_t end, double from,
                        double to, long at_risk, long censored, double *survival,
                        double *events, pseudo *out)
{
    long gone = 0;

    for (size_t k = first; k < end; k++) {
        long deaths, leave = 0;

        /* Whoever is censored before this point. */
        while (gone + leave < censored &&
               from + (to - from) * ((double)(gone + leave) + 0.5) / (double)censored <
                   points->time[k])
            leave++;
        if (leave > at_risk)
            leave = at_risk;
        for (long c = 0; out && c < leave; c++)
            add_subjects(
                out, from + (to - from) * ((double)(gone + c) + 0.5) / (double)censored, 0, 1);
        gone += leave;
        at_risk -= leave;
        deaths =
            *survival > 0 ? lround((double)at_risk * (1 - points->survival[k] / *survival)) : 0;
        if (deaths < 0)
            deaths = 0;
        if (deaths > at_risk)
            deaths = at_risk;
        if (deaths > 0)
            *survival *= 1 - (double)deaths / (double)at_risk;
        *events += (double)deaths;
        at_risk -= deaths;
        if (out)
            add_subjects(out, points->time[k], 1, deaths);
    }
    if (gone < censored) { /* after the last point of the stretch */
        long leave = censored - gone < at_risk ? censored - gone : at_risk;

        for (long c = 0; out && c < leave; c++)
            add_subjects(
                out, from + (to - from) * ((double)(gone + c) + 0.5) / (double)censored, 0, 1);
        at_risk -= leave;
    }
    return at_risk;
}

typedef struct progress {
    long at_risk;
    double survival, events, censored;
} progress;

/* Number censored in a stretch that ends at `want` at risk. */
static long fit_stretch(const curve_points *points, size_t first, size_t end, double from,
                        double to, const progress *now, long want)
{
    long best = 0, best_gap = LONG_MAX;

    for (long low = 0, high = now->at_risk; low <= high;) {
        long middle = low + (high - low) / 2;
        double survival = now->survival, events = 0;
        long left = run_stretch(points, first, end, from, to, now->at_risk, middle, &survival,
                                &events, NULL);

        if (labs(left - want) < best_gap) {
            best_gap = labs(left - want);
            best = middle;
        }
        if (left > want) /* the more are censored, the fewer are left */
            low = middle + 1;
        else
            high = middle - 1;
    }
    return best;
}

/* In the last stretch nothing says who is left: censoring goes on at its rate so far, or as
 * many as make up the reported events. */
static long guess_last(const curve_points *points, size_t first, double from, double to,
                       const progress *now, double start, double total_events)
{
    long best = 0;
    double rate = from > start ? now->censored / (from - start) : 0, best_gap = INFINITY;

    if (isnan(total_events))
        return lround(fmin((double)now->at_risk, rate * (to - from)));
    for (long c = 0; c <= now->at_risk; c++) {
        double survival = now->survival, events = now->events;

        run_stretch(points, first, points->count, from, to, now->at_risk, c, &survival, &events,
                    NULL);
        if (fabs(events - total_events) < best_gap) {
            best_gap = fabs(events - total_events);
            best = c;
        }
    }
    return best;
}

static wadi_status reconstruct(const curve_points *points, const risk_column *risk,
                               double total_events, pseudo *out, wadi_error *err)
{
    progress now = {lround(risk->risk[0]), 1, 0, 0};
    size_t first = 0;
    double last = points->time[points->count - 1];

    for (size_t i = 0; i < risk->count; i++) {
        double from = risk->time[i], to = i + 1 < risk->count ? risk->time[i + 1] : last;
        size_t end = first;
        long censored, before = now.at_risk;
        double events = now.events;

        while (end < points->count && (i + 1 == risk->count || points->time[end] < to))
            end++;
        if (i + 1 < risk->count)
            censored =
                fit_stretch(points, first, end, from, to, &now, lround(risk->risk[i + 1]));
        else
            censored = guess_last(points, first, from, to, &now, risk->time[0], total_events);
        now.at_risk = run_stretch(points, first, end, from, to, now.at_risk, censored,
                                  &now.survival, &now.events, out);
        now.censored += (double)(before - now.at_risk) - (now.events - events);
        first = end;
    }
    add_subjects(out, last, 0, now.at_risk);
    if (out->failed)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the subjects");
    return WADI_OK;
}

/* ---- input ---- */

static wadi_status read_pairs(const char *path, const char *first, const char *second,
                              size_t *count, double **a, double **b, wadi_error *err)
{
    wadi_column_want wants[2] = {{first, WADI_COLUMN_NUMBER}, {second, WADI_COLUMN_NUMBER}};
    wadi_frame *frame = NULL;
    wadi_status status = wadi_frame_read(path, wants, 2, &frame, err);
    size_t rows;

    *count = 0;
    if (status)
        return status;
    rows = wadi_frame_rows(frame);
    *a = wadi_alloc(rows + 1, sizeof **a);
    *b = wadi_alloc(rows + 1, sizeof **b);
    if (!*a || !*b)
        status = wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for %zu rows", path, rows);
    for (size_t i = 0; !status && i < rows; i++) {
        double x = wadi_frame_column(frame, 0)->number[i],
               y = wadi_frame_column(frame, 1)->number[i];

        if (!isfinite(x) || !isfinite(y))
            continue;
        if (*count && x < (*a)[*count - 1])
            status =
                wadi_fail(err, WADI_ERR_CONFLICT, "%s: row %zu: the time %g comes after %g",
                          path, i + 1, x, (*a)[*count - 1]);
        (*a)[*count] = x;
        (*b)[(*count)++] = y;
    }
    if (!status && !*count)
        status = wadi_fail(err, WADI_ERR_MISSING, "%s: no row has a time and a value", path);
    wadi_frame_free(frame);
    return status;
}

/* Heights in per cent become fractions; digitising noise that rises is levelled. */
static wadi_status clean(curve_points *points, const char *path, wadi_result *result,
                         wadi_error *err)
{
    double largest = 0, lowest = 1, rise = 0;

    for (size_t i = 0; i < points->count; i++)
        largest = fmax(largest, points->survival[i]);
    for (size_t i = 0; i < points->count; i++) {
        if (largest > 1.5)
            points->survival[i] /= 100;
        if (points->survival[i] < -0.005 || points->survival[i] > 1.005)
            return wadi_fail(err, WADI_ERR_RANGE,
                             "%s: a height of %g; 0 to 1 is wanted (or per cent)", path,
                             points->survival[i]);
        points->survival[i] = fmin(1, fmax(0, points->survival[i]));
        rise = fmax(rise, points->survival[i] - lowest);
        points->survival[i] = lowest = fmin(lowest, points->survival[i]);
    }
    if (largest > 1.5)
        stats_note(result, "heights were taken for per cent");
    if (rise > 0.01)
        stats_note(
            result,
            "the curve rises by up to %.3g, which a survival curve cannot; it was levelled",
            rise);
    return WADI_OK;
}

static wadi_status describe(const pseudo *all, const curve_points *points,
                            const risk_column *risk, wadi_result *result, wadi_error *err)
{
    survival_rows rows = {
        .count = all->count, .time = all->time, .event = all->event, .group_count = 1};
    risk_tables tables;
    wadi_status status = stats_risk_tables(&rows, &tables, err);
    double survival = 1, worst = 0, sum = 0, events = 0, worst_risk = 0;
    double *curve;

    if (status)
        return status;
    curve = wadi_alloc(tables.start[1], sizeof *curve);
    if (!curve) {
        stats_risk_tables_clear(&tables);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a curve");
    }
    for (size_t k = 0; k < tables.start[1]; k++) {
        survival *= (tables.risk[k] - tables.event[k]) / tables.risk[k];
        curve[k] = survival;
        events += tables.event[k];
    }
    for (size_t i = 0, k = 0; i < points->count; i++) {
        double gap;

        while (k < tables.start[1] && tables.time[k] <= points->time[i])
            k++;
        gap = fabs((k ? curve[k - 1] : 1) - points->survival[i]);
        worst = fmax(worst, gap);
        sum += gap * gap;
    }
    for (size_t i = 0, k = 0; i < risk->count; i++) {
        while (k < tables.start[1] && tables.time[k] < risk->time[i])
            k++;
        worst_risk =
            fmax(worst_risk, fabs((k < tables.start[1] ? tables.risk[k] : 0) - risk->risk[i]));
    }
    stats_counts(result, (double)all->count, events, 0);
    stats_value(result, "max_abs_error", worst);
    stats_value(result, "rms_error", sqrt(sum / (double)points->count));
    stats_value(result, "max_risk_error", worst_risk);
    stats_value(result, "median", stats_quantile(tables.time, curve, tables.start[1], 0.5));
    free(curve);
    stats_risk_tables_clear(&tables);
    return WADI_OK;
}

wadi_status wadi_stats_reconstruct(const wadi_stats_spec *spec, wadi_result **out,
                                   wadi_error *err)
{
    curve_points points = {0};
    risk_column risk = {0};
    pseudo all = {0};
    wadi_result *result = stats_result_new("stats.reconstruct");
    wadi_status status = WADI_OK;

    *out = NULL;
    if (!result)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the result");
    if (!spec->at_risk)
        status = wadi_fail(err, WADI_ERR_MISSING,
                           "--at-risk is wanted: a file with time and n_risk");
    if (!status)
        status =
            read_pairs(spec->path, spec->time ? spec->time : "time", spec->y ? spec->y : "surv",
                       &points.count, &points.time, &points.survival, err);
    if (!status)
        status = read_pairs(spec->at_risk, "time", "n_risk", &risk.count, &risk.time,
                            &risk.risk, err);
    for (size_t i = 0; !status && i < risk.count; i++)
        if (!(risk.risk[i] >= 0) || risk.risk[i] > 1e6 ||
            (i && risk.risk[i] > risk.risk[i - 1]))
            status = wadi_fail(err, WADI_ERR_RANGE,
                               "%s: %g at risk at %g; a count that does not rise is "
                               "wanted",
                               spec->at_risk, risk.risk[i], risk.time[i]);
    if (!status)
        status = clean(&points, spec->path, result, err);
    if (!status)
        status = reconstruct(&points, &risk, spec->total_events, &all, err);
    if (!status && !all.count)
        status = wadi_fail(err, WADI_ERR_MISSING, "%s: nobody is at risk", spec->at_risk);
    if (!status)
        status = describe(&all, &points, &risk, result, err);
    if (status)
        goto done;
    stats_method(
        result,
        "individual data reconstructed from %zu points of a curve and %zu numbers at risk "
        "(after Guyot 2012), %s; errors are against the points as digitised",
        points.count, risk.count,
        isnan(spec->total_events) ? "events not reported" : "events as reported");
    stats_table *table = stats_table_new(result, "table", all.count);
    double *time = stats_number(table, "time"), *event = stats_number(table, "event");
    for (size_t i = 0; time && event && i < all.count; i++) {
        time[i] = all.time[i];
        event[i] = all.event[i];
    }
    status = stats_finish(result, out, err);
    result = NULL;
done:
    wadi_result_free(result);
    free(points.time);
    free(points.survival);
    free(risk.time);
    free(risk.risk);
    free(all.time);
    free(all.event);
    return status;
}
