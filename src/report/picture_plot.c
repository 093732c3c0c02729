/* Curves with bands over an axis. */
#include "report/picture_impl.h"

#include <math.h>
#include <stdlib.h>

typedef struct frame {
    drawing *d;
    double left, top, width, height;
    double x0, x1, y0, y1;
} frame;

static double at_x(const frame *f, double x)
{
    return f->left + f->width * (x - f->x0) / (f->x1 - f->x0);
}

static double at_y(const frame *f, double y)
{
    return f->top + f->height * (f->y1 - y) / (f->y1 - f->y0);
}

static void widen(double value, double *least, double *most)
{
    if (!isfinite(value))
        return;
    *least = value < *least ? value : *least;
    *most = value > *most ? value : *most;
}

/* Round limits around all there is to show. */
static bool find_limits(const wadi_plot *plot, frame *f)
{
    double x0 = INFINITY, x1 = -INFINITY, y0 = INFINITY, y1 = -INFINITY;
    wadi_index points = 0;

    for (wadi_index c = 0; c < plot->curve_count; c++) {
        const wadi_plot_curve *curve = &plot->curves[c];

        for (wadi_index i = 0; i < curve->count; i++) {
            if (!isfinite(curve->x[i]) || !isfinite(curve->y[i]))
                continue;
            points++;
            widen(curve->x[i], &x0, &x1);
            widen(curve->y[i], &y0, &y1);
            if (curve->low)
                widen(curve->low[i], &y0, &y1);
            if (curve->high)
                widen(curve->high[i], &y0, &y1);
        }
    }
    for (wadi_index l = 0; l < plot->level_count; l++)
        widen(plot->levels[l].y, &y0, &y1);
    if (points < 2 || !(x1 > x0))
        return false;
    if (plot->from_zero)
        widen(0, &y0, &y1);
    if (!(y1 > y0)) {
        y0 -= 0.5;
        y1 += 0.5;
    }
    double step = picture_step(y1 - y0, 6);

    f->x0 = x0;
    f->x1 = x1;
    f->y0 = floor(y0 / step + 1e-9) * step;
    f->y1 = ceil(y1 / step + 0.15) * step;
    return true;
}

static void add_spans(const wadi_plot *plot, const frame *f)
{
    drawing_group(f->d, "spans");
    for (wadi_index s = 0; s < plot->span_count; s++) {
        const wadi_plot_span *span = &plot->spans[s];
        double from = at_x(f, fmax(span->from, f->x0)), to = at_x(f, fmin(span->to, f->x1));

        if (!(to >= from))
            continue;
        picture_box(f->d, from, f->top, fmax(to - from, 1), f->height, span->colour, 0.18);
        if (!span->label)
            continue;
        double wide = drawing_words_width(span->label, 9, true), middle = (from + to) / 2;

        middle = fmax(middle, f->left + wide / 2 + 2);
        middle = fmin(middle, f->left + f->width - wide / 2 - 2);
        drawing_words(
            f->d, middle, f->top + 10,
            (draw_font){.size = 9, .bold = true, .colour = span->colour, .anchor = 0.5}, "%s",
            span->label);
    }
    drawing_end(f->d);
}

static void add_axes(const wadi_plot *plot, const frame *f)
{
    const draw_style line = {.stroke = PICTURE_INK, .fill = DRAW_NONE, .width = 0.9};
    const draw_style fine = {.stroke = 0xdcdcdc, .fill = DRAW_NONE, .width = 0.6};
    double bottom = f->top + f->height, x_step = picture_step(f->x1 - f->x0, 8);
    double y_step = picture_step(f->y1 - f->y0, 6), widest = 0;
    char text[32];

    drawing_group(f->d, "axes");
    for (double y = ceil(f->y0 / y_step - 1e-6) * y_step; y <= f->y1 + 1e-6 * y_step;
         y += y_step) {
        drawing_line(f->d, f->left, at_y(f, y), f->left + f->width, at_y(f, y), fine);
        picture_number(text, sizeof text, y, y_step);
        widest = fmax(widest, drawing_words_width(text, 9, false));
        drawing_words(f->d, f->left - 5, at_y(f, y) + 3,
                      (draw_font){.size = 9, .colour = PICTURE_INK, .anchor = 1}, "%s", text);
    }
    for (double x = ceil(f->x0 / x_step - 1e-6) * x_step; x <= f->x1 + 1e-6 * x_step;
         x += x_step) {
        drawing_line(f->d, at_x(f, x), bottom, at_x(f, x), bottom + 4, line);
        picture_number(text, sizeof text, x, x_step);
        drawing_words(f->d, at_x(f, x), bottom + 14,
                      (draw_font){.size = 9, .colour = PICTURE_INK, .anchor = 0.5}, "%s", text);
    }
    drawing_line(f->d, f->left, bottom, f->left + f->width, bottom, line);
    drawing_line(f->d, f->left, f->top, f->left, bottom, line);
    drawing_words(f->d, f->left + f->width / 2, bottom + 28,
                  (draw_font){.size = 10, .colour = PICTURE_INK, .anchor = 0.5}, "%s",
                  plot->x_label ? plot->x_label : "");
    drawing_words(f->d, f->left - widest - 5, f->top - 8,
                  (draw_font){.size = 10, .colour = PICTURE_INK}, "%s",
                  plot->y_label ? plot->y_label : "");
    drawing_end(f->d);
}

/* The band as closed pieces: along the upper edge and back along the lower. */
static void add_band(const wadi_plot_curve *curve, const frame *f, double (*points)[2])
{
    wadi_index first = 0;

    for (wadi_index i = 0; i <= curve->count; i++) {
        bool here = i < curve->count && isfinite(curve->x[i]) && isfinite(curve->low[i]) &&
                    isfinite(curve->high[i]);

        if (here)
            continue;
        size_t kept = 0;

        for (wadi_index k = first; k < i; k++, kept++) {
            points[kept][0] = at_x(f, curve->x[k]);
            points[kept][1] = at_y(f, curve->high[k]);
        }
        for (wadi_index k = i - 1; k >= first; k--, kept++) {
            points[kept][0] = at_x(f, curve->x[k]);
            points[kept][1] = at_y(f, curve->low[k]);
        }
        if (i - first > 1)
            drawing_path(
                f->d, points, kept, true,
                (draw_style){.stroke = DRAW_NONE, .fill = curve->colour, .fill_alpha = 0.22});
        first = i + 1;
    }
}

static void add_curve(const wadi_plot_curve *curve, const frame *f, double (*points)[2])
{
    draw_style style = {.stroke = curve->colour, .fill = DRAW_NONE, .width = 1.6};
    size_t kept = 0;

    if (curve->dashed) {
        style.dash_on = 5;
        style.dash_off = 3;
    }
    for (wadi_index i = 0; i <= curve->count; i++) {
        if (i < curve->count && isfinite(curve->x[i]) && isfinite(curve->y[i])) {
            points[kept][0] = at_x(f, curve->x[i]);
            points[kept++][1] = at_y(f, curve->y[i]);
            continue;
        }
        if (kept > 1)
            drawing_path(f->d, points, kept, false, style);
        kept = 0;
    }
}

static wadi_status add_curves(const wadi_plot *plot, const frame *f, wadi_error *err)
{
    wadi_index longest = 1;
    double(*points)[2];

    for (wadi_index c = 0; c < plot->curve_count; c++)
        longest = plot->curves[c].count > longest ? plot->curves[c].count : longest;
    points = wadi_alloc(2 * (size_t)longest, sizeof *points);
    if (!points)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for curves");
    drawing_group(f->d, "curves");
    for (wadi_index c = 0; c < plot->curve_count; c++)
        if (plot->curves[c].low && plot->curves[c].high)
            add_band(&plot->curves[c], f, points);
    for (wadi_index c = 0; c < plot->curve_count; c++)
        add_curve(&plot->curves[c], f, points);
    drawing_end(f->d);
    free(points);
    return WADI_OK;
}

static void add_levels(const wadi_plot *plot, const frame *f)
{
    drawing_group(f->d, "levels");
    for (wadi_index l = 0; l < plot->level_count; l++) {
        const wadi_plot_level *level = &plot->levels[l];
        double y = at_y(f, level->y);

        drawing_line(f->d, f->left, y, f->left + f->width, y,
                     (draw_style){.stroke = level->colour,
                                  .fill = DRAW_NONE,
                                  .width = 1.1,
                                  .dash_on = 6,
                                  .dash_off = 3});
        if (!level->label)
            continue;
        double wide = drawing_words_width(level->label, 9, false);

        picture_box(f->d, f->left + f->width - 5 - wide, y - 12, wide + 4, 11, 0xffffff, 0.75);
        drawing_words(f->d, f->left + f->width - 3, y - 3,
                      (draw_font){.size = 9, .colour = level->colour, .anchor = 1}, "%s",
                      level->label);
    }
    drawing_end(f->d);
}

wadi_status wadi_picture_plot(const wadi_plot *plot, wadi_picture **out, wadi_error *err)
{
    wadi_status status;
    frame f = {.left = 44, .top = 40, .width = 520, .height = 220};
    wadi_picture_key keys[16];
    wadi_index key_count = 0;
    double bottom;

    *out = NULL;
    if (!find_limits(plot, &f))
        return wadi_fail(err, WADI_ERR_MISSING, "%s: no curve with two points to draw",
                         plot->title ? plot->title : "a plot");
    wadi_picture *picture = picture_new(plot->title);

    if (!picture)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a plot");
    f.d = &picture->drawing;
    drawing_words(f.d, 0, 12, (draw_font){.size = 12, .bold = true, .colour = PICTURE_INK},
                  "%s", plot->title ? plot->title : "");
    add_spans(plot, &f);
    add_axes(plot, &f);
    status = add_curves(plot, &f, err);
    add_levels(plot, &f);
    for (wadi_index c = 0; c < plot->curve_count && key_count < 16; c++)
        if (plot->curves[c].name)
            keys[key_count++] =
                (wadi_picture_key){plot->curves[c].colour, plot->curves[c].name};
    bottom = picture_keys(f.d, f.left, f.top + f.height + 36, f.width, keys, key_count);
    if (plot->note)
        bottom = picture_note(f.d, f.left, bottom + 2, f.width, plot->note);
    f.d->width = f.left + f.width + 8;
    f.d->height = bottom + 2;
    if (!status && f.d->failed)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for a plot");
    if (status) {
        wadi_picture_free(picture);
        return status;
    }
    *out = picture;
    return WADI_OK;
}
