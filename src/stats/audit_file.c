/* A table of an operator's cases, read and held against the series. */
#include "wadi/audit.h"
#include "wadi/frame.h"

#include "base/json_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVENTS = 2, FILE_LIMIT_BYTES = 1 << 28 };

static const char *const EVENT_KEYS[EVENTS] = {"complication", "failure"};

typedef struct panel {
    wadi_audit_mean means[WADI_AUDIT_MEASURE_COUNT];
    bool has_mean[WADI_AUDIT_MEASURE_COUNT];
    wadi_audit_share shares[EVENTS];
    wadi_cusum charts[EVENTS];
    double *scores[EVENTS]; /* (shares.count) */
} panel;

static wadi_audit_share series_of(int event)
{
    return event ? wadi_audit_failures() : wadi_audit_complications();
}

/* Values of a column that are known; the caller frees. */
static wadi_status known_values(const wadi_frame *frame, int column, double **out,
                                wadi_index *count, wadi_error *err)
{
    size_t rows = wadi_frame_rows(frame);
    const double *from = wadi_frame_column(frame, column)->number;

    *count = 0;
    *out = wadi_alloc(rows ? rows : 1, sizeof **out);
    if (!*out)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows", rows);
    for (size_t i = 0; i < rows; i++)
        if (!isnan(from[i]))
            (*out)[(*count)++] = from[i];
    return WADI_OK;
}

static wadi_status take_mean(const wadi_frame *frame, int column, wadi_audit_measure measure,
                             double level, panel *out, wadi_error *err)
{
    double *values = NULL;
    wadi_index count;
    wadi_status status = known_values(frame, column, &values, &count, err);

    if (!status)
        status = wadi_audit_compare(measure, count, values, level, &out->means[measure], err);
    out->has_mean[measure] = !status;
    free(values);
    return status;
}

static wadi_status take_events(const wadi_frame *frame, int column, int event, double level,
                               panel *out, wadi_error *err)
{
    double *values = NULL;
    wadi_index count, events = 0;
    bool *failed = NULL;
    wadi_status status = known_values(frame, column, &values, &count, err);

    if (status)
        return status;
    failed = wadi_alloc((size_t)count + 1, sizeof *failed);
    out->scores[event] = wadi_alloc((size_t)count + 1, sizeof(double));
    if (!failed || !out->scores[event])
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d cases", count);
    for (wadi_index i = 0; i < count && !status; i++) {
        if (values[i] != 0 && values[i] != 1)
            status = wadi_fail(err, WADI_ERR_RANGE, "%s: %g in case %d, 0 or 1 is wanted",
                               EVENT_KEYS[event], values[i], i + 1);
        failed[i] = values[i] == 1;
        events += failed[i];
    }
    if (!status)
        status = wadi_audit_proportion(events, count, level, &out->shares[event], err);
    if (!status) {
        out->charts[event] = wadi_cusum_default(series_of(event).frac);
        status = wadi_cusum_run(count, failed, out->scores[event], &out->charts[event], err);
    }
    free(failed);
    free(values);
    return status;
}

static void add_text(const panel *p, double level, wadi_text *out)
{
    static const char *const SIDES[] = {"below", "not told apart from", "above"};

    for (int m = 0; m < WADI_AUDIT_MEASURE_COUNT; m++) {
        const wadi_audit_mean *mean = &p->means[m];

        if (p->has_mean[m])
            wadi_text_add(out,
                          "%s: mean %.2f%s%s, %.0f %% t interval %.2f to %.2f (%d cases): %s "
                          "the published %.1f\n",
                          mean->published.name, mean->mean, *mean->published.unit ? " " : "",
                          mean->published.unit, 100 * level, mean->low, mean->high, mean->count,
                          SIDES[mean->side + 1], mean->published.mean);
    }
    for (int e = 0; e < EVENTS; e++) {
        const wadi_audit_share *share = &p->shares[e];
        wadi_audit_share series = series_of(e);

        if (!share->count)
            continue;
        wadi_text_add(out,
                      "%s: %d of %d, %.1f %% (Wilson %.1f to %.1f %%); published %d of %d, "
                      "%.1f %%\n",
                      EVENT_KEYS[e], share->events, share->count, 100 * share->frac,
                      100 * share->low_frac, 100 * share->high_frac, series.events,
                      series.count, 100 * series.frac);
        if (p->charts[e].alarm == WADI_NONE)
            wadi_text_add(out, "    chart by case: no signal (score %.2f of %.1f at the end)\n",
                          p->scores[e][share->count - 1], p->charts[e].limit);
        else
            wadi_text_add(out,
                          "    chart by case: SIGNAL at case %d; it began with case %d (odds "
                          "doubled from %.1f %%)\n",
                          p->charts[e].alarm + 1, p->charts[e].change + 1,
                          100 * p->charts[e].accepted_frac);
    }
    wadi_text_add(out, "Series: Hayakawa 2023, 65 occlusions after failed conventional wiring; "
                       "cases may differ. Research and education only.\n");
}

static json_t *mean_json(const wadi_audit_mean *mean)
{
    return json_pack("{s:i, s:o, s:o, s:o, s:o, s:f, s:f, s:s}", "count", (int)mean->count,
                     "mean", wadi_json_number(mean->mean), "sd", wadi_json_number(mean->sd),
                     "low", wadi_json_number(mean->low), "high", wadi_json_number(mean->high),
                     "published_mean", mean->published.mean, "published_sd", mean->published.sd,
                     "side",
                     mean->side < 0 ? "below"
                     : mean->side   ? "above"
                                    : "not_told_apart");
}

static json_t *events_json(const panel *p, int e)
{
    const wadi_audit_share *share = &p->shares[e];
    const wadi_cusum *chart = &p->charts[e];
    json_t *scores = json_array();

    for (wadi_index i = 0; i < share->count; i++)
        json_array_append_new(scores, wadi_json_number(p->scores[e][i]));
    return json_pack(
        "{s:i, s:i, s:f, s:f, s:f, s:f, s:{s:f, s:f, s:f, s:o, s:o, s:o}}", "events",
        (int)share->events, "count", (int)share->count, "frac", share->frac, "low_frac",
        share->low_frac, "high_frac", share->high_frac, "published_frac", series_of(e).frac,
        "cusum", "accepted_frac", chart->accepted_frac, "feared_frac", chart->feared_frac,
        "limit", chart->limit, "alarm_case",
        chart->alarm == WADI_NONE ? json_null() : json_integer(chart->alarm + 1), "change_case",
        chart->alarm == WADI_NONE ? json_null() : json_integer(chart->change + 1), "scores",
        scores);
}

static wadi_status write_panel(const panel *p, double level, bool json, char **out,
                               size_t *size, wadi_error *err)
{
    wadi_text text = {0};
    json_t *all;
    wadi_status status;

    if (!json) {
        add_text(p, level, &text);
        if (text.failed) {
            wadi_text_clear(&text);
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the audit as text");
        }
        *out = text.bytes;
        *size = text.size;
        return WADI_OK;
    }
    all = json_pack("{s:s, s:f, s:s}", "schema", "wadi.audit/1", "level", level, "series",
                    "Hayakawa 2023, n = 65");
    for (int m = 0; m < WADI_AUDIT_MEASURE_COUNT; m++)
        if (p->has_mean[m])
            json_object_set_new(all, p->means[m].published.key, mean_json(&p->means[m]));
    for (int e = 0; e < EVENTS; e++)
        if (p->shares[e].count)
            json_object_set_new(all, EVENT_KEYS[e], events_json(p, e));
    status = wadi_json_text(all, out, size, err);
    json_decref(all);
    return status;
}

/* What is wrong with a column is known without the file's name. */
static void add_path(const char *path, wadi_error *err)
{
    wadi_error whole;

    if (!err)
        return;
    snprintf(whole.message, sizeof whole.message, "%.200s: %.*s", path,
             (int)sizeof whole.message - 210, err->message);
    memcpy(err->message, whole.message, sizeof whole.message);
}

wadi_status wadi_audit_file(const char *path, double level, bool json, char **out, size_t *size,
                            wadi_error *err)
{
    wadi_column_want wants[WADI_AUDIT_MEASURE_COUNT + EVENTS];
    int kinds[WADI_AUDIT_MEASURE_COUNT + EVENTS], count = 0;
    wadi_frame *frame = NULL;
    panel all = {0};
    char *bytes = NULL;
    size_t length = 0;
    wadi_status status = wadi_file_read(path, FILE_LIMIT_BYTES, &bytes, &length, err);

    *out = NULL;
    for (int k = 0; k < WADI_AUDIT_MEASURE_COUNT + EVENTS && !status; k++) {
        const char *key = k < WADI_AUDIT_MEASURE_COUNT
                              ? wadi_audit_series((wadi_audit_measure)k).key
                              : EVENT_KEYS[k - WADI_AUDIT_MEASURE_COUNT];

        if (!wadi_frame_has(bytes, length, key))
            continue;
        kinds[count] = k;
        wants[count++] = (wadi_column_want){key, WADI_COLUMN_NUMBER};
    }
    if (!status && !count)
        status = wadi_fail(err, WADI_ERR_MISSING,
                           "%s: no column wires, tip_load_g, fluoro_min, complication or "
                           "failure",
                           path);
    if (!status)
        status = wadi_frame_parse(path, bytes, length, wants, count, &frame, err);
    for (int k = 0; k < count && !status; k++)
        status =
            kinds[k] < WADI_AUDIT_MEASURE_COUNT
                ? take_mean(frame, k, (wadi_audit_measure)kinds[k], level, &all, err)
                : take_events(frame, k, kinds[k] - WADI_AUDIT_MEASURE_COUNT, level, &all, err);
    if (status && frame)
        add_path(path, err);
    if (!status)
        status = write_panel(&all, level, json, out, size, err);
    for (int e = 0; e < EVENTS; e++)
        free(all.scores[e]);
    wadi_frame_free(frame);
    free(bytes);
    return status;
}
