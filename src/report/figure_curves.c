/* Step curves with bands and censor marks, and under them on the same scale the numbers at
 * risk. */
#include "report/figure_impl.h"

#include <math.h>
#include <string.h>

static const double *number(const wadi_result_table *table, const char *name, size_t from)
{
    const wadi_result_column *column = wadi_result_column_get(table, name);

    return column && column->number ? column->number + from : NULL;
}

static bool same(const wadi_result_column *column, size_t a, size_t b)
{
    return !column || !column->text || !strcmp(column->text[a], column->text[b]);
}

int figure_collect(const wadi_result_table *table, bool rising, bool starting, series *out)
{
    const wadi_result_column *group = wadi_result_column_get(table, "group");
    const wadi_result_column *state = wadi_result_column_get(table, "state");
    int count = 0;

    for (size_t i = 0, j; i < table->count && count < SERIES_MAX; i = j) {
        for (j = i + 1; j < table->count && same(group, i, j) && same(state, i, j);)
            j++;
        if (state && (strcmp(state->text[i], "(s0)") == 0) != starting)
            continue;
        out[count] = (series){.label = state && !starting ? state->text[i]
                                       : group            ? group->text[i]
                                                          : "all",
                              .count = j - i,
                              .time = number(table, "time", i),
                              .value = number(table, "estimate", i),
                              .low = number(table, "low", i),
                              .high = number(table, "high", i),
                              .risk = number(table, "n_risk", i),
                              .event = number(table, "n_event", i),
                              .censor = number(table, "n_censor", i),
                              .start = rising ? 0 : 1};
        count += out[count].time && out[count].value;
    }
    return count;
}

static double x_of(const axes *area, double time)
{
    return area->left + area->width * fmin(fmax(time, 0), area->x_max) / area->x_max;
}

static double y_of(const axes *area, double value)
{
    return area->top + area->height * (1 - fmin(fmax(value, 0), area->y_max) / area->y_max);
}

/* Steps of known values from left to right, or back. */
static void trace(const axes *area, const series *one, const double *values, bool back)
{
    double value = one->start;

    if (!back) {
        cairo_line_to(area->cr, x_of(area, 0), y_of(area, value));
        for (size_t i = 0; i < one->count; i++) {
            cairo_line_to(area->cr, x_of(area, one->time[i]), y_of(area, value));
            if (!isnan(values[i]))
                value = values[i];
            cairo_line_to(area->cr, x_of(area, one->time[i]), y_of(area, value));
        }
        return;
    }
    for (size_t i = one->count; i-- > 0;) {
        double before = one->start;

        for (size_t k = i + 1; k-- > 0;)
            if (!isnan(values[k])) {
                before = values[k];
                break;
            }
        cairo_line_to(area->cr,
                      x_of(area, i + 1 < one->count ? one->time[i + 1] : one->time[i]),
                      y_of(area, before));
        cairo_line_to(area->cr, x_of(area, one->time[i]), y_of(area, before));
    }
    cairo_line_to(area->cr, x_of(area, one->count ? one->time[0] : 0), y_of(area, one->start));
    cairo_line_to(area->cr, x_of(area, 0), y_of(area, one->start));
}

void figure_series(const axes *area, const series *one, int index, bool band)
{
    cairo_t *cr = area->cr;

    if (band && one->low && one->high) {
        cairo_new_path(cr);
        trace(area, one, one->low, false);
        trace(area, one, one->high, true);
        cairo_close_path(cr);
        figure_color(cr, index, 0.15);
        cairo_fill(cr);
    }
    cairo_new_path(cr);
    trace(area, one, one->value, false);
    figure_color(cr, index, 1);
    figure_dash(cr, index);
    cairo_set_line_width(cr, 1.6);
    cairo_stroke(cr);
    cairo_set_dash(cr, NULL, 0, 0);
    cairo_set_line_width(cr, 0.8);
    for (size_t i = 0; one->censor && i < one->count; i++) {
        if (!(one->censor[i] > 0) || isnan(one->value[i]))
            continue;
        cairo_move_to(cr, x_of(area, one->time[i]), y_of(area, one->value[i]) - 3);
        cairo_line_to(cr, x_of(area, one->time[i]), y_of(area, one->value[i]) + 3);
    }
    cairo_stroke(cr);
}

/* ---- the table below ---- */

/* At risk just before a time; events and censored up to it. */
static void counts_at(const series *one, double time, double *risk, double *events,
                      double *censored)
{
    *risk = *events = *censored = 0;
    for (size_t i = 0; i < one->count; i++) {
        if (one->time[i] >= time) {
            *risk = one->risk[i];
            break;
        }
    }
    for (size_t i = 0; i < one->count && one->time[i] <= time; i++) {
        *events += one->event ? one->event[i] : 0;
        *censored += one->censor ? one->censor[i] : 0;
    }
}

/* The table skips ticks where counts would touch: a digit at this size is at most 6 points
 * wide, and no count has more digits than there are at risk at first. */
static int ticks_between_counts(const axes *area, const series *all, int count, double step)
{
    double most = 1, wide;

    for (int s = 0; s < count; s++)
        if (all[s].count && all[s].risk[0] > most)
            most = all[s].risk[0];
    wide = 6 * (1 + fmin(4, floor(log10(most))));
    wide = all[0].censor ? 3 * wide + 24 : wide + 6;
    return (int)fmin(50, fmax(1, ceil(wide / (x_of(area, step) - x_of(area, 0)))));
}

static void risk_table(const axes *area, const series *all, int count)
{
    cairo_t *cr = area->cr;
    double y = area->top + area->height + 54, step = figure_step(area->x_max);
    int every = ticks_between_counts(area, all, count, step);

    cairo_set_source_rgb(cr, 0.1, 0.1, 0.1);
    figure_text(cr, 12, y, 10, 0, all[0].censor ? "At risk (events; censored)" : "At risk");
    for (int s = 0; s < count; s++) {
        y += 14;
        if (all[s].censor) /* the rows are the curves above */
            figure_color(cr, s, 1);
        figure_text(cr, 12, y, 10, 0, "%.13s", all[s].label);
        cairo_set_source_rgb(cr, 0.1, 0.1, 0.1);
        for (int i = 0; i * step <= area->x_max * 1.0001 && i < 50; i += every) {
            double risk, events, censored;

            counts_at(&all[s], i * step, &risk, &events, &censored);
            if (all[s].censor)
                figure_text(cr, x_of(area, i * step), y, 9, 0.5, "%.4g (%.4g; %.4g)", risk,
                            events, censored);
            else
                figure_text(cr, x_of(area, i * step), y, 9, 0.5, "%.4g", risk);
        }
    }
}

/* ---- legend ---- */

static void median_text(const wadi_result *result, const char *group, char *text, size_t size)
{
    const wadi_result_table *table = wadi_result_get(result, "quantiles");
    const wadi_result_column *name = wadi_result_column_get(table, "group");
    const double *prob = table ? number(table, "prob", 0) : NULL, *q, *low, *high;

    text[0] = 0;
    if (!table || !name || !prob)
        return;
    q = number(table, "quantile", 0);
    low = number(table, "low", 0);
    high = number(table, "high", 0);
    for (size_t i = 0; i < table->count; i++) {
        char values[3][16];
        double from[3] = {q[i], low[i], high[i]};

        if (strcmp(name->text[i], group) || prob[i] != 0.5)
            continue;
        for (int k = 0; k < 3; k++) {
            if (isnan(from[k]))
                snprintf(values[k], sizeof values[k], "NR");
            else
                snprintf(values[k], sizeof values[k], "%.5g", from[k]);
        }
        snprintf(text, size, ", median %s (%s to %s)", values[0], values[1], values[2]);
    }
}

static void legend(const axes *area, const wadi_result *result, const series *all, int count,
                   bool low)
{
    cairo_t *cr = area->cr;
    double x = area->left + (low ? 12 : area->width * 0.42);
    double y = low ? area->top + area->height - 14 * count - 12 : area->top + 12;
    double p = wadi_result_value(result, "p"), chisq = wadi_result_value(result, "chisq");
    char median[96];

    for (int s = 0; s < count; s++, y += 14) {
        figure_color(cr, s, 1);
        figure_dash(cr, s);
        cairo_set_line_width(cr, 1.6);
        cairo_move_to(cr, x, y - 3);
        cairo_line_to(cr, x + 26, y - 3);
        cairo_stroke(cr);
        cairo_set_dash(cr, NULL, 0, 0);
        cairo_set_source_rgb(cr, 0.1, 0.1, 0.1);
        median_text(result, all[s].label, median, sizeof median);
        figure_text(cr, x + 31, y, 10, 0, "%.40s%s", all[s].label, median);
    }
    if (!isnan(p))
        figure_text(cr, x, y, 10, 0, "log-rank chi-square %.3g on %g df, p = %.2g", chisq,
                    wadi_result_value(result, "df"), p);
}

/* ---- stacked ---- */

static double value_at(const series *one, double time)
{
    double value = one->start;

    for (size_t i = 0; i < one->count && one->time[i] <= time; i++)
        value = one->value[i];
    return value;
}

/* States of one group on top of each other; all have the same times. */
static void stack(const axes *area, const series *states, int count)
{
    cairo_t *cr = area->cr;

    for (int s = count - 1; s >= 0; s--) {
        double before = 0;

        cairo_new_path(cr);
        cairo_move_to(cr, x_of(area, 0), y_of(area, 0));
        for (size_t i = 0; i < states[0].count; i++) {
            double sum = 0;

            for (int below = 0; below <= s; below++)
                sum += states[below].value[i];
            cairo_line_to(cr, x_of(area, states[0].time[i]), y_of(area, before));
            cairo_line_to(cr, x_of(area, states[0].time[i]), y_of(area, sum));
            before = sum;
        }
        cairo_line_to(cr, x_of(area, states[0].time[states[0].count - 1]), y_of(area, 0));
        cairo_close_path(cr);
        figure_color(cr, s, 0.55);
        cairo_fill_preserve(cr);
        figure_color(cr, s, 1);
        cairo_set_line_width(cr, 1);
        cairo_stroke(cr);
    }
    double sum = 0;
    for (int s = 0; s < count; s++) { /* a name in each area, so that colour is not needed */
        double end = value_at(&states[s], area->x_max * 0.8);

        cairo_set_source_rgb(cr, 0.1, 0.1, 0.1);
        if (end > 0.03)
            figure_text(cr, x_of(area, area->x_max * 0.8), y_of(area, sum + end / 2) + 4, 10,
                        0.5, "%s", states[s].label);
        sum += end;
    }
}

/* Series of consecutive states that belong to one group start at the same row of the result. */
static int group_size(const wadi_result_table *table, const series *all, int count, int first,
                      const char **group)
{
    const wadi_result_column *name = wadi_result_column_get(table, "group");
    const double *base = number(table, "time", 0);
    int size = 1;

    *group = name ? name->text[all[first].time - base] : "all";
    while (first + size < count && name &&
           !strcmp(name->text[all[first + size].time - base], *group))
        size++;
    return size;
}

static void stacked_panels(cairo_t *cr, const wadi_result_table *table, const series *all,
                           int count, const axes *whole)
{
    const char *group;
    int panels = 0, panel = 0;

    for (int s = 0; s < count; s += group_size(table, all, count, s, &group))
        panels++;
    for (int s = 0, size; s < count; s += size, panel++) {
        axes area = *whole;

        size = group_size(table, all, count, s, &group);
        area.width = whole->width / panels - (panels > 1 ? 46 : 0);
        area.left = whole->left + panel * (whole->width / panels + 10);
        stack(&area, all + s, size);
        figure_frame(&area, "time", panel ? "" : "probability");
        figure_text(cr, area.left + area.width / 2, area.top - 8, 11, 0.5, "%s",
                    strcmp(group, "all") ? group : "");
    }
}

/* ---- published points ---- */

static void published_points(const axes *area, const wadi_result *result)
{
    const wadi_result_table *table = wadi_result_get(result, "table");
    const double *time = number(table, "time", 0), *value = number(table, "estimate", 0),
                 *low = number(table, "low", 0), *high = number(table, "high", 0);
    const wadi_result_column *study = wadi_result_column_get(table, "study");
    cairo_t *cr = area->cr;
    int index = 0;
    double y = area->top + 6;

    for (size_t i = 0; study && i < table->count; i++) {
        double x, shift;

        if (i && strcmp(study->text[i], study->text[i - 1]))
            index++;
        if (isnan(time[i]))
            continue;
        shift = fmin(4, 0.15 * area->width / area->x_max) * ((double)(index % 7) - 3);
        x = x_of(area, time[i]) + shift;
        figure_color(cr, index, 1);
        cairo_set_line_width(cr, 1);
        if (!isnan(low[i])) {
            cairo_move_to(cr, x, y_of(area, low[i]));
            cairo_line_to(cr, x, y_of(area, high[i]));
            cairo_stroke(cr);
        }
        cairo_new_path(cr); /* a text leaves its end as the point to go on from */
        cairo_arc(cr, x, y_of(area, value[i]), 3.2, 0, 2 * acos(-1.0));
        cairo_fill(cr);
        cairo_set_source_rgb(cr, 0.1, 0.1, 0.1);
        figure_text(cr, x, y_of(area, value[i]) - 5, 7, 0.5, "%d", index + 1);
        if (i == 0 || strcmp(study->text[i], study->text[i - 1])) {
            figure_color(cr, index, 1);
            figure_text(cr, area->left + area->width + 10, y, 8, 0, "%d %.34s", index + 1,
                        study->text[i]);
            y += 11;
        }
    }
}

static double longest(const wadi_result *result, const series *all, int count)
{
    const wadi_result_table *table = wadi_result_get(result, "table");
    double most = 0;

    for (int s = 0; s < count; s++)
        if (all[s].count)
            most = fmax(most, all[s].time[all[s].count - 1]);
    const double *time =
        wadi_result_column_get(table, "study") ? number(table, "time", 0) : NULL;
    for (size_t i = 0; time && i < table->count; i++)
        if (!isnan(time[i]))
            most = fmax(most, time[i] * 1.05);
    return most > 0 ? most : 1;
}

static double largest_value(const series *all, int count)
{
    double most = 0;

    for (int s = 0; s < count; s++)
        for (size_t i = 0; i < all[s].count; i++)
            most = fmax(most, all[s].high && !isnan(all[s].high[i]) ? all[s].high[i]
                                                                    : all[s].value[i]);
    return most > 0 ? most * 1.05 : 1;
}

static const wadi_result_table *curve_table(const wadi_result *result)
{
    const wadi_result_table *curve = wadi_result_get(result, "curve");

    return curve ? curve : wadi_result_get(result, "table");
}

/* Several groups and states: a series is named by both. */
static void name_series(const wadi_result_table *table, series *all, int count,
                        char names[][64])
{
    const wadi_result_column *group = wadi_result_column_get(table, "group");
    const double *base = number(table, "time", 0);

    if (!group || !wadi_result_column_get(table, "state"))
        return;
    for (int s = 0; s < count; s++) {
        const char *of = group->text[all[s].time - base];

        if (!strcmp(of, "all"))
            continue;
        snprintf(names[s], 64, "%.30s, %.30s", all[s].label, of);
        all[s].label = names[s];
    }
}

double figure_curves_height(const wadi_result *result)
{
    series all[SERIES_MAX];
    const wadi_result_table *table = curve_table(result);
    int count = table ? figure_collect(table, true, false, all) : 0;

    return 400 + 14 * count;
}

wadi_status figure_curves(cairo_t *cr, const wadi_result *result, bool stacked, double height,
                          wadi_error *err)
{
    const char *kind = wadi_result_kind(result);
    const wadi_result_table *table = curve_table(result);
    bool km = !strcmp(kind, "stats.km"), mcf = !strcmp(kind, "stats.mcf"),
         overlay = !strcmp(kind, "stats.overlay"),
         states = !strcmp(kind, "stats.cif") || !strcmp(kind, "stats.msm");
    char names[SERIES_MAX][64];
    series all[SERIES_MAX];
    int count = 0;

    if (!km && !mcf && !overlay && !states)
        return wadi_fail(err, WADI_ERR_SUPPORT, "%s has no figure", kind);
    if (table && (!overlay || wadi_result_get(result, "curve")))
        count = figure_collect(table, !km && !overlay, false, all);
    axes area = {
        cr, 112, 26, FIGURE_WIDTH - 112 - (overlay ? 200 : 40), height - 26 - 64 - 14 * count,
        1,  1};
    area.x_max = longest(result, all, count);
    if (mcf)
        area.y_max = largest_value(all, count);
    if (stacked && states && count) {
        stacked_panels(cr, table, all, count, &area);
        return WADI_OK;
    }
    if (states)
        name_series(table, all, count, names);
    for (int s = 0; s < count; s++)
        figure_series(&area, &all[s], s, count <= 4);
    figure_frame(&area, overlay ? "months" : "time",
                 km    ? "probability of no event"
                 : mcf ? "mean number of events"
                       : "probability");
    if (overlay)
        published_points(&area, result);
    if (states) {
        legend(&area, result, all, count, false);
        count = figure_collect(table, true, true,
                               all); /* who is still in the first state, by group */
        if (count)
            risk_table(&area, all, count);
    } else if (count) {
        legend(&area, result, all, count, km && count && all[0].value[all[0].count - 1] > 0.5);
        risk_table(&area, all, count);
    }
    return WADI_OK;
}
