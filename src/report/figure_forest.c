/* Hazard ratios with their limits on a log axis, and in figures beside it. */
#include "report/figure_impl.h"

#include <math.h>
#include <string.h>

static const double ROW_HEIGHT = 22;

double figure_forest_height(const wadi_result *result)
{
    return 110 + ROW_HEIGHT * (double)wadi_result_get(result, "table")->count;
}

/* Round ratios that take in all limits: 0.1 0.2 0.5 1 2 5 10. */
static double round_ratio(double value, bool up)
{
    static const double STEPS[] = {1, 2, 5, 10};
    double power = pow(10, floor(log10(value))), last = power;

    for (size_t i = 0; i < WADI_COUNT_OF(STEPS); i++) {
        if (up && STEPS[i] * power >= value * 0.9999)
            return STEPS[i] * power;
        if (STEPS[i] * power <= value * 1.0001)
            last = STEPS[i] * power;
    }
    return last;
}

wadi_status figure_forest(cairo_t *cr, const wadi_result *result, double height,
                          wadi_error *err)
{
    const wadi_result_table *table = wadi_result_get(result, "table");
    const wadi_result_column *term = wadi_result_column_get(table, "term");
    const double *ratio = wadi_result_column_get(table, "hazard_ratio")->number,
                 *low = wadi_result_column_get(table, "low")->number,
                 *high = wadi_result_column_get(table, "high")->number,
                 *p = wadi_result_column_get(table, "p")->number;
    double least = 0.5, most = 2, left = 150, width = 270, bottom = height - 44;

    (void)err;
    for (size_t i = 0; i < table->count; i++) {
        if (isfinite(low[i]) && low[i] > 1e-3)
            least = fmin(least, low[i]);
        if (isfinite(high[i]) && high[i] < 1e3)
            most = fmax(most, high[i]);
    }
    least = round_ratio(least, false);
    most = round_ratio(most, true);
    double scale = width / log(most / least);
    cairo_set_source_rgb(cr, 0.1, 0.1, 0.1);
    figure_text(cr, 14, 26, 11, 0, "Term");
    figure_text(cr, FIGURE_WIDTH - 72, 26, 11, 1, "Hazard ratio (limits)");
    figure_text(cr, FIGURE_WIDTH - 14, 26, 11, 1, "p");
    for (size_t i = 0; i < table->count; i++) {
        double y = 26 + ROW_HEIGHT * ((double)i + 1), from, to, at;

        cairo_set_source_rgb(cr, 0.1, 0.1, 0.1);
        figure_text(cr, 14, y, 11, 0, "%.22s", term->text[i]);
        if (!isfinite(ratio[i])) {
            figure_text(cr, FIGURE_WIDTH - 72, y, 10, 1, "not estimable");
            continue;
        }
        figure_text(cr, FIGURE_WIDTH - 72, y, 10, 1, "%.3g (%.3g to %.3g)", ratio[i], low[i],
                    high[i]);
        figure_text(cr, FIGURE_WIDTH - 14, y, 10, 1, p[i] < 1e-4 ? "<0.0001" : "%.4f", p[i]);
        from = left + scale * log(fmin(fmax(low[i], least), most) / least);
        to = left + scale * log(fmin(fmax(high[i], least), most) / least);
        at = left + scale * log(fmin(fmax(ratio[i], least), most) / least);
        figure_color(cr, 0, 1);
        cairo_set_line_width(cr, 1.6);
        cairo_move_to(cr, from, y - 4);
        cairo_line_to(cr, to, y - 4);
        cairo_stroke(cr);
        cairo_rectangle(cr, at - 3.5, y - 7.5, 7, 7);
        cairo_fill(cr);
    }
    cairo_set_source_rgb(cr, 0.1, 0.1, 0.1);
    cairo_set_line_width(cr, 0.8);
    cairo_move_to(cr, left, bottom);
    cairo_line_to(cr, left + width, bottom);
    cairo_stroke(cr);
    for (double power = 1e-3; power < 1e4; power *= 10)
        for (int s = 0; s < 3; s++) {
            double value = power * (s == 0   ? 1
                                    : s == 1 ? 2
                                             : 5),
                   x = left + scale * log(value / least);

            if (value < least * 0.999 || value > most * 1.001)
                continue;
            cairo_move_to(cr, x, bottom);
            cairo_line_to(cr, x, bottom + 4);
            cairo_stroke(cr);
            figure_text(cr, x, bottom + 15, 10, 0.5, "%g", value);
        }
    double one = left + scale * log(1 / least);
    static const double DASH[] = {3, 3};
    cairo_set_dash(cr, DASH, 2, 0);
    cairo_move_to(cr, one, 34);
    cairo_line_to(cr, one, bottom);
    cairo_stroke(cr);
    cairo_set_dash(cr, NULL, 0, 0);
    figure_text(cr, left + width / 2, bottom + 32, 11, 0.5, "hazard ratio (log scale)");
    return WADI_OK;
}
