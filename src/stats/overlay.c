/* wadi stats overlay: published outcomes of venous arterialization
 * (data/published-outcomes.csv), with a user's curve beside them, and checks that no set of
 * them can fail. */
#include "stats/proportions_impl.h"
#include "stats/survival_impl.h"

enum { STUDY, OUTCOME, MONTHS, N, ESTIMATE, LOW, HIGH, SOURCE, NOTE, PUBLISHED_COLUMNS };

typedef struct published {
    wadi_frame *frame;
    size_t rows;
} published;

static wadi_status published_read(published *out, wadi_error *err)
{
    static const wadi_column_want WANTS[PUBLISHED_COLUMNS] = {
        {"study", WADI_COLUMN_LEVELS},        {"outcome", WADI_COLUMN_LEVELS},
        {"time_months", WADI_COLUMN_NUMBER},  {"n", WADI_COLUMN_NUMBER},
        {"estimate_pct", WADI_COLUMN_NUMBER}, {"low_pct", WADI_COLUMN_NUMBER},
        {"high_pct", WADI_COLUMN_NUMBER},     {"source", WADI_COLUMN_LEVELS},
        {"note", WADI_COLUMN_LEVELS}};
    char *bytes = NULL;
    size_t size = 0;
    wadi_status status = wadi_data_read("published-outcomes.csv", &bytes, &size, err);

    if (!status)
        status = wadi_frame_parse("published-outcomes.csv", bytes, size, WANTS,
                                  PUBLISHED_COLUMNS, &out->frame, err);
    free(bytes);
    out->rows = status ? 0 : wadi_frame_rows(out->frame);
    return status;
}

static const char *text(const published *all, int column, size_t row)
{
    const wadi_column *c = wadi_frame_column(all->frame, column);

    return c->code[row] < 0 ? NULL : c->level[c->code[row]];
}

static double number(const published *all, int column, size_t row)
{
    return wadi_frame_column(all->frame, column)->number[row];
}

static bool is_chosen(const wadi_stats_spec *spec, const published *all, size_t row)
{
    const char *study = text(all, STUDY, row), *outcome = text(all, OUTCOME, row);

    if (!study || !outcome)
        return false;
    if (strcmp(outcome, spec->outcome ? spec->outcome : "AFS") &&
        strcmp(spec->outcome ? spec->outcome : "", "all"))
        return false;
    return !spec->study || strstr(study, spec->study);
}

/* ---- a user's curve ---- */

typedef struct own_curve {
    stats_study *study;
    risk_tables tables;
    double *survival, *low, *high;
} own_curve;

static wadi_status own_curve_read(const wadi_stats_spec *spec, own_curve *out, wadi_error *err)
{
    wadi_status status = stats_study_read(spec, STUDY_TIME | STUDY_EVENT, &out->study, err);
    double survival = 1, greenwood = 0, z = stats_z(spec->level);

    if (status)
        return status;
    survival_rows rows = stats_survival_rows(out->study);
    rows.group = NULL;
    rows.group_count = 1;
    status = stats_risk_tables(&rows, &out->tables, err);
    if (status)
        return status;
    out->survival = wadi_alloc(out->tables.start[1], sizeof(double));
    out->low = wadi_alloc(out->tables.start[1], sizeof(double));
    out->high = wadi_alloc(out->tables.start[1], sizeof(double));
    if (!out->survival || !out->low || !out->high)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a curve");
    for (size_t k = 0; k < out->tables.start[1]; k++) {
        double risk = out->tables.risk[k], event = out->tables.event[k];

        if (event > 0) {
            survival *= (risk - event) / risk;
            greenwood += event / (risk * (risk - event));
        }
        out->survival[k] = survival;
        stats_conf(spec->conf_type, survival, survival > 0 ? survival * sqrt(greenwood) : NAN,
                   z, &out->low[k], &out->high[k]);
    }
    return WADI_OK;
}

static void own_curve_clear(own_curve *own)
{
    stats_risk_tables_clear(&own->tables);
    free(own->survival);
    free(own->low);
    free(own->high);
    stats_study_free(own->study);
}

static double own_at(const own_curve *own, double time)
{
    size_t k = 0, count = own->tables.start ? own->tables.start[1] : 0;

    while (k < count && own->tables.time[k] <= time)
        k++;
    if (!count ||
        (k == count && own->tables.time[count - 1] < time && own->survival[count - 1] > 0))
        return NAN;
    return k ? own->survival[k - 1] : 1;
}

static void own_table(const own_curve *own, wadi_result *result)
{
    size_t count = own->tables.start[1];
    stats_table *table = stats_table_new(result, "curve", count);
    const char **group = stats_text(table, "group");
    double *columns[7];
    static const char *const NAMES[] = {"time",     "n_risk", "n_event", "n_censor",
                                        "estimate", "low",    "high"};

    for (int c = 0; c < 7; c++)
        if (!(columns[c] = stats_number(table, NAMES[c])))
            return;
    for (size_t k = 0; group && k < count; k++) {
        group[k] = "this file";
        columns[0][k] = own->tables.time[k];
        columns[1][k] = own->tables.risk[k];
        columns[2][k] = own->tables.event[k];
        columns[3][k] = own->tables.censor[k];
        columns[4][k] = own->survival[k];
        columns[5][k] = own->low[k];
        columns[6][k] = own->high[k];
    }
}

/* ---- checks ---- */

static bool same_study(const published *all, size_t a, size_t b)
{
    return wadi_frame_column(all->frame, STUDY)->code[a] ==
           wadi_frame_column(all->frame, STUDY)->code[b];
}

static bool cannot_rise(const char *outcome)
{
    return !strcmp(outcome, "AFS") || !strcmp(outcome, "limb_salvage") ||
           !strcmp(outcome, "survival");
}

/* The row of the same study and time with another outcome, or rows. */
static size_t partner(const published *all, size_t row, const char *outcome)
{
    for (size_t i = 0; i < all->rows; i++) {
        const char *name = text(all, OUTCOME, i);

        if (name && same_study(all, row, i) && !strcmp(name, outcome) &&
            number(all, MONTHS, i) == number(all, MONTHS, row))
            return i;
    }
    return all->rows;
}

typedef struct check_columns {
    const char **study, **check;
    double *time, *value, *low, *high;
    size_t count;
} check_columns;

static void add_check(check_columns *out, const char *study, const char *check, double time,
                      double value, double low, double high)
{
    if (out->study) {
        out->study[out->count] = study;
        out->check[out->count] = check;
        out->time[out->count] = time;
        out->value[out->count] = value;
        out->low[out->count] = low;
        out->high[out->count] = high;
    }
    out->count++;
}

/* With columns absent this only counts. */
static void run_checks(const published *all, wadi_result *result, check_columns *out)
{
    out->count = 0;
    for (size_t a = 0; a < all->rows; a++) {
        const char *outcome = text(all, OUTCOME, a), *study = text(all, STUDY, a);
        double worst = -INFINITY, value = number(all, ESTIMATE, a) / 100;

        if (!outcome || !study || !cannot_rise(outcome))
            continue;
        for (size_t b = 0; b < all->rows; b++)
            if (same_study(all, a, b) && text(all, OUTCOME, b) &&
                !strcmp(text(all, OUTCOME, b), outcome) &&
                number(all, MONTHS, b) < number(all, MONTHS, a) &&
                number(all, ESTIMATE, b) / 100 < value)
                worst = number(all, ESTIMATE, b) / 100;
        if (worst > 0)
            add_check(out, stats_keep(result, "%s", study),
                      stats_keep(result, "%s rises with time, which it cannot", outcome),
                      number(all, MONTHS, a), value, 0, worst);
        if (strcmp(outcome, "AFS"))
            continue;
        size_t limb = partner(all, a, "limb_salvage"), life = partner(all, a, "survival");
        if (limb == all->rows || life == all->rows)
            continue;
        double l = number(all, ESTIMATE, limb) / 100, s = number(all, ESTIMATE, life) / 100;
        bool inside = value <= fmin(l, s) + 5e-4 && value >= l + s - 1 - 5e-4;
        add_check(out, stats_keep(result, "%s", study),
                  inside
                      ? "AFS within its bounds; value is AFS, high is limb salvage x survival"
                      : "AFS OUTSIDE its bounds min(limb salvage, survival) and their sum - 1",
                  number(all, MONTHS, a), value, l + s - 1, inside ? l * s : fmin(l, s));
    }
}

static void check_table(const published *all, wadi_result *result)
{
    check_columns out = {0};

    run_checks(all, result, &out);
    stats_table *table = stats_table_new(result, "checks", out.count);
    out.study = stats_text(table, "study");
    out.check = stats_text(table, "check");
    out.time = stats_number(table, "time_months");
    out.value = stats_number(table, "value");
    out.low = stats_number(table, "low");
    out.high = stats_number(table, "high");
    if (out.study && out.check && out.time && out.value && out.low && out.high)
        run_checks(all, result, &out);
}

static void published_table(const wadi_stats_spec *spec, const published *all,
                            const own_curve *own, wadi_result *result)
{
    size_t rows = 0, row = 0;
    double z = stats_z(spec->level);

    for (size_t i = 0; i < all->rows; i++)
        rows += is_chosen(spec, all, i);
    stats_table *table = stats_table_new(result, "table", rows);
    const char **study = stats_text(table, "study"), **outcome = stats_text(table, "outcome"),
               **limits = stats_text(table, "limits"), **source = stats_text(table, "source"),
               **note = stats_text(table, "note");
    double *time = stats_number(table, "time"), *n = stats_number(table, "n"),
           *estimate = stats_number(table, "estimate"), *low = stats_number(table, "low"),
           *high = stats_number(table, "high"), *mine = stats_number(table, "this_file"),
           *gap = stats_number(table, "difference");
    if (!study || !outcome || !limits || !source || !note || !time || !n || !estimate || !low ||
        !high || !mine || !gap)
        return;
    for (size_t i = 0; i < all->rows; i++) {
        if (!is_chosen(spec, all, i))
            continue;
        study[row] = stats_keep(result, "%s", text(all, STUDY, i));
        outcome[row] = stats_keep(result, "%s", text(all, OUTCOME, i));
        source[row] =
            text(all, SOURCE, i) ? stats_keep(result, "%s", text(all, SOURCE, i)) : NULL;
        note[row] = text(all, NOTE, i) ? stats_keep(result, "%s", text(all, NOTE, i)) : NULL;
        time[row] = number(all, MONTHS, i);
        n[row] = number(all, N, i);
        estimate[row] = number(all, ESTIMATE, i) / 100;
        low[row] = number(all, LOW, i) / 100;
        high[row] = number(all, HIGH, i) / 100;
        limits[row] = isnan(low[row]) ? NULL : "printed";
        if (isnan(low[row]) && n[row] > 0) {
            stats_wilson(estimate[row] * n[row], n[row], z, &low[row], &high[row]);
            limits[row] = "Wilson from n";
        }
        if (own->study && !isnan(time[row])) {
            mine[row] = own_at(own, time[row]);
            gap[row] = mine[row] - estimate[row];
        }
        row++;
    }
}

wadi_status wadi_stats_overlay(const wadi_stats_spec *spec, wadi_result **out, wadi_error *err)
{
    published all = {0};
    own_curve own = {0};
    wadi_result *result = NULL;
    double events = 0;
    wadi_status status = published_read(&all, err);

    *out = NULL;
    if (!status && spec->path)
        status = own_curve_read(spec, &own, err);
    if (status)
        goto done;
    result = stats_result_new("stats.overlay");
    if (!result) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the result");
        goto done;
    }
    stats_method(
        result,
        "published %s by study and month with printed limits, or Wilson limits of the "
        "printed number%s",
        spec->outcome ? spec->outcome : "AFS",
        spec->path ? ", beside the Kaplan-Meier curve of this file (its times in months)" : "");
    for (size_t i = 0; own.study && i < own.study->count; i++)
        events += own.study->event[i] != 0;
    if (own.study)
        stats_counts(result, (double)own.study->count, events, (double)own.study->missing);
    published_table(spec, &all, &own, result);
    if (own.study)
        own_table(&own, result);
    check_table(&all, result);
    status = stats_finish(result, out, err);
done:
    own_curve_clear(&own);
    wadi_frame_free(all.frame);
    return status;
}
