/* wadi stats table1: what a trial says of its patients. Quantiles of types 2, 6 and 7 (Hyndman,
 * Fan, Am. Stat. 50 (1996) 361: SAS, SPSS and R); standardised differences of Yang and Dalton
 * (2012). */
#include "stats/rank_impl.h"

static double quantile(const double *sorted, size_t n, double p, int type)
{
    double h, low;
    size_t at;

    if (!n)
        return NAN;
    if (type == 2) { /* inverse of the step function, the mean of two where it is flat */
        h = (double)n * p;
        at = (size_t)floor(h + 4e-16 * h);
        if (at >= n)
            return sorted[n - 1];
        if (fabs(h - (double)at) < 1e-12 * (h + 1) && at > 0)
            return 0.5 * (sorted[at - 1] + sorted[at]);
        return sorted[at];
    }
    h = type == 6 ? ((double)n + 1) * p - 1 : ((double)n - 1) * p;
    h = fmin(fmax(h, 0), (double)n - 1);
    low = floor(h + 4e-16 * h);
    at = (size_t)low;
    return at + 1 < n ? sorted[at] + (h - low) * (sorted[at + 1] - sorted[at]) : sorted[n - 1];
}

typedef struct summary {
    double n, missing, mean, sd, se, low, high, min, q1[3], median, q3[3], max;
} summary;

static wadi_status summarise(double *values, size_t count, double missing, double level,
                             summary *s, wadi_error *err)
{
    static const int TYPES[] = {2, 6, 7};
    double sum = 0, square = 0, width;
    wadi_status status = stats_sort(values, count, err);

    for (size_t i = 0; i < count; i++)
        sum += values[i];
    s->n = (double)count;
    s->missing = missing;
    s->mean = count ? sum / s->n : NAN;
    for (size_t i = 0; i < count; i++)
        square += (values[i] - s->mean) * (values[i] - s->mean);
    s->sd = count > 1 ? sqrt(square / (s->n - 1)) : NAN;
    s->se = s->sd / sqrt(s->n);
    width = count > 1 ? stats_t_q(1 - (1 - level) / 2, s->n - 1) * s->se : NAN;
    s->low = s->mean - width;
    s->high = s->mean + width;
    s->min = count ? values[0] : NAN;
    s->max = count ? values[count - 1] : NAN;
    s->median = quantile(values, count, 0.5, 7);
    for (int t = 0; t < 3; t++) {
        s->q1[t] = quantile(values, count, 0.25, TYPES[t]);
        s->q3[t] = quantile(values, count, 0.75, TYPES[t]);
    }
    return status;
}

typedef struct table1 {
    const wadi_stats_spec *spec;
    wadi_frame *frame;
    int variables;
    const wadi_column *group; /* or NULL */
    int32_t groups;
    double *work;
} table1;

static bool in_group(const table1 *t, size_t row, int32_t g)
{
    return g < 0 || (t->group && t->group->code[row] == g);
}

static const char *group_label(const table1 *t, int32_t g)
{
    return g < 0 ? "overall" : t->group->level[g];
}

static wadi_status collect(const table1 *t, const wadi_column *column, int32_t g, summary *out,
                           wadi_error *err)
{
    size_t count = 0;
    double missing = 0;

    for (size_t row = 0; row < wadi_frame_rows(t->frame); row++) {
        if (!in_group(t, row, g))
            continue;
        if (isnan(column->number[row]))
            missing++;
        else
            t->work[count++] = column->number[row];
    }
    return summarise(t->work, count, missing, t->spec->level, out, err);
}

enum { CONTINUOUS_COLUMNS = 16 };

static wadi_status continuous_table(const table1 *t, wadi_result *result, wadi_error *err)
{
    static const char *const NAMES[CONTINUOUS_COLUMNS] = {
        "n",     "missing", "mean",  "sd",     "se",    "ci_low", "ci_high", "min",
        "q1_t2", "q1_t6",   "q1_t7", "median", "q3_t2", "q3_t6",  "q3_t7",   "max"};
    size_t rows = 0, row = 0;
    double *columns[CONTINUOUS_COLUMNS];
    wadi_status status = WADI_OK;

    for (int v = 0; v < t->variables; v++)
        rows += wadi_frame_column(t->frame, v)->number ? (size_t)t->groups + 1 : 0;
    stats_table *table = stats_table_new(result, "table", rows);
    const char **variable = stats_text(table, "var"), **group = stats_text(table, "group");
    for (int c = 0; c < CONTINUOUS_COLUMNS; c++)
        if (!(columns[c] = stats_number(table, NAMES[c])))
            return WADI_OK;
    for (int v = 0; variable && group && v < t->variables; v++) {
        const wadi_column *column = wadi_frame_column(t->frame, v);

        for (int32_t g = -1; column->number && !status && g < t->groups; g++, row++) {
            summary s;

            status = collect(t, column, g, &s, err);
            double values[CONTINUOUS_COLUMNS] = {
                s.n,     s.missing, s.mean,  s.sd,     s.se,    s.low,   s.high,  s.min,
                s.q1[0], s.q1[1],   s.q1[2], s.median, s.q3[0], s.q3[1], s.q3[2], s.max};
            variable[row] = stats_keep(result, "%s", column->name);
            group[row] = stats_keep(result, "%s", group_label(t, g));
            for (int c = 0; c < CONTINUOUS_COLUMNS; c++)
                columns[c][row] = values[c];
        }
    }
    return status;
}

static void categorical_table(const table1 *t, wadi_result *result)
{
    size_t rows = 0, row = 0;

    for (int v = 0; v < t->variables; v++)
        rows += (size_t)wadi_frame_column(t->frame, v)->level_count * ((size_t)t->groups + 1);
    stats_table *table = stats_table_new(result, "categorical", rows);
    const char **variable = stats_text(table, "var"), **level = stats_text(table, "level"),
               **group = stats_text(table, "group");
    double *count = stats_number(table, "count"), *known = stats_number(table, "n_nonmissing"),
           *all = stats_number(table, "n_all"),
           *percent = stats_number(table, "pct_nonmissing"),
           *percent_all = stats_number(table, "pct_all");
    if (!variable || !level || !group || !count || !known || !all || !percent || !percent_all)
        return;
    for (int v = 0; v < t->variables; v++) {
        const wadi_column *column = wadi_frame_column(t->frame, v);

        for (int32_t g = -1; column->code && g < t->groups; g++) {
            for (int32_t l = 0; l < column->level_count; l++, row++) {
                variable[row] = stats_keep(result, "%s", column->name);
                level[row] = stats_keep(result, "%s", column->level[l]);
                group[row] = stats_keep(result, "%s", group_label(t, g));
                count[row] = known[row] = all[row] = 0;
                for (size_t i = 0; i < wadi_frame_rows(t->frame); i++) {
                    if (!in_group(t, i, g))
                        continue;
                    all[row]++;
                    known[row] += column->code[i] >= 0;
                    count[row] += column->code[i] == l;
                }
                percent[row] = 100 * count[row] / known[row];
                percent_all[row] = 100 * count[row] / all[row];
            }
        }
    }
}

/* Distance between the shares of levels in two groups, in pooled standard deviations; the last
 * level follows from the others. */
static double categorical_difference(const table1 *t, const wadi_column *column, int32_t a,
                                     int32_t b)
{
    int32_t levels = column->level_count, used = levels - 1;
    double *share =
        wadi_alloc(3 * (size_t)levels + (size_t)levels * (size_t)levels, sizeof *share);
    double n[2] = {0}, square = NAN;

    if (!share || used < 1) {
        free(share);
        return NAN;
    }
    double *gap = share + 2 * levels, *matrix = share + 3 * levels;
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; i < wadi_frame_rows(t->frame); i++)
            if (in_group(t, i, side ? b : a) && column->code[i] >= 0) {
                share[side * levels + column->code[i]]++;
                n[side]++;
            }
        for (int32_t l = 0; l < levels; l++)
            share[side * levels + l] /= n[side];
    }
    for (int32_t k = 0; k < used; k++) {
        gap[k] = share[k + 1] - share[levels + k + 1];
        for (int32_t l = 0; l < used; l++)
            for (int side = 0; side < 2; side++) {
                const double *p = share + side * levels + 1;

                matrix[k * used + l] += 0.5 * ((k == l ? p[k] : 0) - p[k] * p[l]);
            }
    }
    square = stats_quadratic(matrix, gap, used, NULL);
    free(share);
    return sqrt(square);
}

/* Standardised differences of each group against the first. */
static wadi_status difference_table(const table1 *t, wadi_result *result, wadi_error *err)
{
    size_t rows = (size_t)t->variables * (size_t)(t->groups - 1), row = 0;
    stats_table *table = stats_table_new(result, "smd", rows);
    const char **variable = stats_text(table, "var"), **group = stats_text(table, "group"),
               **reference = stats_text(table, "reference");
    double *smd = stats_number(table, "smd");
    wadi_status status = WADI_OK;

    if (!variable || !group || !reference || !smd)
        return WADI_OK;
    for (int v = 0; v < t->variables; v++) {
        const wadi_column *column = wadi_frame_column(t->frame, v);

        for (int32_t g = 1; !status && g < t->groups; g++, row++) {
            summary a = {0}, b = {0};

            variable[row] = stats_keep(result, "%s", column->name);
            group[row] = stats_keep(result, "%s", group_label(t, g));
            reference[row] = stats_keep(result, "%s", group_label(t, 0));
            if (column->code) {
                smd[row] = categorical_difference(t, column, 0, g);
                continue;
            }
            status = collect(t, column, 0, &a, err);
            if (!status)
                status = collect(t, column, g, &b, err);
            smd[row] = (a.mean - b.mean) / sqrt((a.sd * a.sd + b.sd * b.sd) / 2);
        }
    }
    return status;
}

static bool is_listed(const wadi_names *names, const char *name)
{
    for (int i = 0; i < names->count; i++)
        if (!strcmp(names->name[i], name))
            return true;
    return false;
}

/* All columns of the file but the group, or those that were asked for. */
static wadi_status read_frame(const wadi_stats_spec *spec, table1 *t, wadi_error *err)
{
    wadi_frame *names = NULL;
    int count = spec->x.count, used = 0;
    wadi_status status = WADI_OK;

    if (!count) {
        status = wadi_frame_read(spec->path, NULL, 0, &names, err);
        if (status)
            return status;
        count = wadi_frame_column_count(names);
    }
    wadi_column_want *wants = wadi_alloc((size_t)count + 1, sizeof *wants);
    if (!wants) {
        wadi_frame_free(names);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d columns", count);
    }
    for (int i = 0; i < count; i++) {
        const char *name = names ? wadi_frame_column(names, i)->name : spec->x.name[i];

        if (names && (!*name || is_listed(&spec->group, name)))
            continue;
        wants[used++] = (wadi_column_want){
            name, is_listed(&spec->factor, name) ? WADI_COLUMN_LEVELS : WADI_COLUMN_AUTO};
    }
    /* A factor need not be named twice. */
    t->variables = used;
    if (spec->group.count)
        wants[used++] = (wadi_column_want){spec->group.name[0], WADI_COLUMN_LEVELS};
    status = wadi_frame_read(spec->path, wants, used, &t->frame, err);
    free(wants);
    wadi_frame_free(names);
    return status;
}

wadi_status wadi_stats_table1(const wadi_stats_spec *spec, wadi_result **out, wadi_error *err)
{
    table1 t = {.spec = spec};
    wadi_result *result = NULL;
    wadi_status status;

    *out = NULL;
    status = read_frame(spec, &t, err);
    if (status)
        goto done;
    if (spec->group.count) {
        t.group = wadi_frame_column(t.frame, t.variables);
        t.groups = t.group->level_count;
    }
    t.work = wadi_alloc(wadi_frame_rows(t.frame), sizeof *t.work);
    result = stats_result_new("stats.table1");
    if (!result || !t.work) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the result");
        goto done;
    }
    stats_method(
        result,
        "mean with t limits at %g %%, SD, median and quartiles of types 2, 6 and 7; counts "
        "with per cent of the known; standardised differences against the first group",
        100 * spec->level);
    stats_counts(result, (double)wadi_frame_rows(t.frame), NAN, 0);
    status = continuous_table(&t, result, err);
    if (!status)
        categorical_table(&t, result);
    if (!status && t.groups > 1)
        status = difference_table(&t, result, err);
    if (!status) {
        status = stats_finish(result, out, err);
        result = NULL;
    }
done:
    wadi_result_free(result);
    free(t.work);
    wadi_frame_free(t.frame);
    return status;
}
