/* Key numbers: before as a ring, after as a dot, each with its band as a whisker. Always drawn
 * at the size at which the words fit beside their axes. */
#include "report/page_impl.h"

#include <math.h>
#include <string.h>

enum { CHART_BEFORE = 0x6b6b6b, CHART_AFTER = 0x6a2c91, CHART_AXIS = 0xd5d5d5 };

typedef struct chart_row {
    const char *title;
    report_kind kind;
    wadi_band before, after;
} chart_row;

static const char *const KEYS[] = {
    "conduit_flow_ml_min", "nutritive_flow_ml_min",
    "arch_pressure_mmhg",  "capillary_pressure_mmhg",
    "toe_pressure_mmhg",   "ankle_pressure_mmhg",
    "femoral_flow_ml_min", "shunt_of_cardiac_output_frac",
    "steal_index",
};

enum { CHART_ROWS = WADI_COUNT_OF(KEYS) + 1 };

static int collect(const wadi_plan_result *result, chart_row rows[CHART_ROWS])
{
    const wadi_band none = {(double)NAN, (double)NAN, (double)NAN};
    const wadi_plan *best = result->plan_count ? &result->plans[0] : NULL;
    wadi_index bed = report_wound_bed(result);
    int count = 0;

    if (bed != WADI_NONE && bed < WADI_BED_LIMIT) {
        rows[count++] = (chart_row){result->wound_described ? "TcPO2 at the wound"
                                                            : "TcPO2 of the great toe",
                                    REPORT_PRESSURE, result->before.tcpo2_mmhg[bed],
                                    best ? best->after.tcpo2_mmhg[bed] : none};
    }
    for (size_t k = 0; k < WADI_COUNT_OF(KEYS); k++) {
        for (int i = 0; i < REPORT_MEASURE_COUNT; i++) {
            const report_measure *measure = &REPORT_MEASURES[i];

            if (strcmp(measure->key, KEYS[k]))
                continue;
            rows[count] = (chart_row){measure->title, measure->kind,
                                      *report_band_of(&result->before, measure),
                                      best ? *report_band_of(&best->after, measure) : none};
            /* A conduit that is not there has no flow to show. */
            if (isfinite(rows[count].after.value) ||
                (isfinite(rows[count].before.value) && (best || k > 0)))
                count++;
        }
    }
    return count;
}

static double highest(const chart_row *row)
{
    double top = 0;
    const double all[] = {row->before.value, row->before.high, row->after.value,
                          row->after.high};

    for (size_t i = 0; i < WADI_COUNT_OF(all); i++)
        if (isfinite(all[i]))
            top = fmax(top, all[i]);
    return top > 0 ? top : 1;
}

static double lowest(const chart_row *row)
{
    double bottom = 0;
    const double all[] = {row->before.value, row->before.low, row->after.value, row->after.low};

    for (size_t i = 0; i < WADI_COUNT_OF(all); i++)
        if (isfinite(all[i]))
            bottom = fmin(bottom, all[i]);
    return bottom;
}

/* Alone on its line a band stands in the middle. */
static void draw_band(page *p, const wadi_band *band, double x, double y, double unit,
                      double low, bool after)
{
    int colour = after ? CHART_AFTER : CHART_BEFORE;

    if (!isfinite(band->value))
        return;
    if (report_has_band(band)) {
        double a = x + unit * (band->low - low), b = x + unit * (band->high - low);

        page_rule(p, a, y, b, y, colour, 1.1);
        page_rule(p, a, y - 1.4, a, y + 1.4, colour, 0.8);
        page_rule(p, b, y - 1.4, b, y + 1.4, colour, 0.8);
    }
    page_dot(p, x + unit * (band->value - low), y, after ? 2.1 : 1.8, after ? colour : 0xffffff,
             colour);
}

static void draw_row(page *p, const chart_row *row, double x, double y, double width,
                     double step)
{
    page_font name = {.size = 7.2, .colour = 0x1a1a1a}, number = name;
    double axis = x + 116, length = width - 116 - 104;
    double low = lowest(row), unit = length / (highest(row) - low), middle = y + 0.5 * step;
    char before[REPORT_NUMBER_SIZE], after[REPORT_NUMBER_SIZE], words[2 * REPORT_NUMBER_SIZE];

    report_band(row->kind, &row->before, "\xe2\x80\x93", before);
    report_band(row->kind, &row->after, "\xe2\x80\x93", after);
    snprintf(words, sizeof words, "%s%s%s", row->title, *report_unit(row->kind) ? ", " : "",
             report_unit(row->kind));
    name.one_line = true;
    page_words(p, x, middle - 4.4, 114, name, words);
    page_rule(p, axis, middle, axis + length, middle, CHART_AXIS, 0.4);
    page_rule(p, axis - unit * low, y + 1.5, axis - unit * low, y + step - 1.5, CHART_AXIS,
              0.8);
    double apart = isfinite(row->after.value) ? 1 : 0;

    draw_band(p, &row->before, axis, middle - 2.6 * apart, unit, low, false);
    draw_band(p, &row->after, axis, middle + 2.6, unit, low, true);
    number.colour = CHART_BEFORE;
    number.size = 6.8;
    page_words(p, axis + length + 6, middle - 4.2 - 4.1 * apart, 0, number, before);
    number.colour = CHART_AFTER;
    number.bold = true;
    if (isfinite(row->after.value))
        page_words(p, axis + length + 6, middle - 0.4, 0, number, after);
}

void report_chart(page *p, const wadi_plan_result *result)
{
    chart_row rows[CHART_ROWS];
    int count = collect(result, rows), half = (count + 1) / 2;
    double step = 18.5, scale = p->scale, column = (p->width - 14) / 2;
    page_font font = {.size = 7, .colour = CHART_BEFORE};
    double x = p->x + p->width;

    p->scale = 1;
    page_heading(p,
                 result->plan_count ? "Key numbers, before and after (day 1)" : "Key numbers");
    if (result->plan_count) {
        x -= page_words_width(p, font,
                              "before        after        whisker: 5\xe2\x80\x93"
                              "95 % of the samples") +
             8;
        page_dot(p, x, p->y - 8, 1.8, 0xffffff, CHART_BEFORE);
        page_words(p, x + 5, p->y - 12.2, 0, font, "before");
        x += page_words_width(p, font, "before        ");
        font.colour = CHART_AFTER;
        page_dot(p, x + 2, p->y - 8, 2.1, CHART_AFTER, CHART_AFTER);
        page_words(p, x + 7, p->y - 12.2, 0, font, "after");
        x += page_words_width(p, font, "after        ");
        font.colour = CHART_BEFORE;
        page_words(p, x + 7, p->y - 12.2, 0, font,
                   "whisker: 5\xe2\x80\x93"
                   "95 % of the samples");
    }
    for (int i = 0; i < count; i++)
        draw_row(p, &rows[i], p->x + (i >= half ? column + 14 : 0), p->y + step * (i % half),
                 column, step);
    p->y += step * half;
    p->scale = scale;
}
