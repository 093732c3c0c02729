/* Inside the figures: a canvas, axes, and series taken from a result's table. */
#ifndef WADI_FIGURE_IMPL_H
#define WADI_FIGURE_IMPL_H

#include "base/base_impl.h"
#include "wadi/figure.h"

#include <cairo.h>

typedef struct axes {
    cairo_t *cr;
    double left, top, width, height; /* of the plotting area, in points */
    double x_max, y_max;
} axes;

/* Steps of one group or state. Borrowed from the result. */
typedef struct series {
    const char *label;
    size_t count;
    const double *time, *value, *low, *high, *risk, *event,
        *censor;  /* low .. censor may be NULL */
    double start; /* value at time 0 */
} series;

enum { SERIES_MAX = 24, FIGURE_WIDTH = 640 };

void figure_text(cairo_t *cr, double x, double y, double size, double align, const char *format,
                 ...) WADI_PRINTF(6, 7);
void figure_color(cairo_t *cr, int index, double alpha);
void figure_dash(cairo_t *cr, int index);
/* A round step that gives four to eight ticks up to the maximum. */
double figure_step(double maximum);
void figure_frame(const axes *area, const char *x_label, const char *y_label);
void figure_series(const axes *area, const series *one, int index, bool band);
/* Series of a table: one for each run of equal group (and state, where it has states: of the
 * state in which everybody starts only, or of all others). Returns their number. */
int figure_collect(const wadi_result_table *table, bool rising, bool starting, series *out);

wadi_status figure_curves(cairo_t *cr, const wadi_result *result, bool stacked, double height,
                          wadi_error *err) WADI_MUST_USE;
wadi_status figure_forest(cairo_t *cr, const wadi_result *result, double height,
                          wadi_error *err) WADI_MUST_USE;
double figure_curves_height(const wadi_result *result);
double figure_forest_height(const wadi_result *result);

#endif
