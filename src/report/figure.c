/* Figures of results on paper (SVG, PDF) or screen (PNG), written all or nothing. */
#include "report/figure_impl.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Okabe and Ito's colours, told apart by people with any colour vision; line types repeat the
 * message. */
static const double COLORS[][3] = {{0.00, 0.45, 0.70}, {0.84, 0.37, 0.00}, {0.00, 0.62, 0.45},
                                   {0.80, 0.47, 0.65}, {0.34, 0.71, 0.91}, {0.90, 0.62, 0.00},
                                   {0.15, 0.15, 0.15}};

void figure_color(cairo_t *cr, int index, double alpha)
{
    const double *c = COLORS[index % (int)WADI_COUNT_OF(COLORS)];

    cairo_set_source_rgba(cr, c[0], c[1], c[2], alpha);
}

void figure_dash(cairo_t *cr, int index)
{
    static const double DASHES[][4] = {
        {0, 0, 0, 0}, {7, 3, 7, 3}, {2, 2, 2, 2}, {8, 3, 2, 3}, {12, 3, 12, 3}};
    int kind = index % (int)WADI_COUNT_OF(DASHES);

    cairo_set_dash(cr, DASHES[kind], kind ? 4 : 0, 0);
}

void figure_text(cairo_t *cr, double x, double y, double size, double align, const char *format,
                 ...)
{
    char text[256];
    cairo_text_extents_t extents;
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    cairo_set_font_size(cr, size);
    cairo_text_extents(cr, text, &extents);
    cairo_move_to(cr, x - align * extents.x_advance, y);
    cairo_show_text(cr, text);
}

double figure_step(double maximum)
{
    double power, step;

    if (!(maximum > 0) || isinf(maximum))
        return 1;
    power = pow(10, floor(log10(maximum / 4)));
    step = maximum / 4 / power;
    return power * (step >= 5 ? 5 : step >= 2.5 ? 2.5 : step >= 2 ? 2 : 1);
}

void figure_frame(const axes *area, const char *x_label, const char *y_label)
{
    cairo_t *cr = area->cr;
    double bottom = area->top + area->height, x_step = figure_step(area->x_max),
           y_step = figure_step(area->y_max);

    cairo_set_source_rgb(cr, 0.1, 0.1, 0.1);
    cairo_set_dash(cr, NULL, 0, 0);
    cairo_set_line_width(cr, 0.8);
    cairo_move_to(cr, area->left, area->top);
    cairo_line_to(cr, area->left, bottom);
    cairo_line_to(cr, area->left + area->width, bottom);
    cairo_stroke(cr);
    for (int i = 0; i * x_step <= area->x_max * 1.0001 && i < 50; i++) {
        double x = area->left + area->width * i * x_step / area->x_max;

        cairo_move_to(cr, x, bottom);
        cairo_line_to(cr, x, bottom + 4);
        cairo_stroke(cr);
        figure_text(cr, x, bottom + 15, 10, 0.5, "%g", i * x_step);
    }
    for (int i = 0; i * y_step <= area->y_max * 1.0001 && i < 50; i++) {
        double y = bottom - area->height * i * y_step / area->y_max;

        cairo_move_to(cr, area->left - 4, y);
        cairo_line_to(cr, area->left, y);
        cairo_stroke(cr);
        figure_text(cr, area->left - 7, y + 3.5, 10, 1, "%g", i * y_step);
    }
    figure_text(cr, area->left + area->width / 2, bottom + 31, 11, 0.5, "%s", x_label);
    cairo_save(cr);
    cairo_translate(cr, area->left - 38, area->top + area->height / 2);
    cairo_rotate(cr, -acos(-1.0) / 2);
    figure_text(cr, 0, 0, 11, 0.5, "%s", y_label);
    cairo_restore(cr);
}

static cairo_status_t take_bytes(void *closure, const unsigned char *bytes, unsigned int size)
{
    wadi_text *text = closure;

    wadi_text_put(text, (const char *)bytes, size);
    return text->failed ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

static bool ends_in(const char *path, const char *ending)
{
    size_t size = strlen(path), tail = strlen(ending);

    return size > tail && !strcmp(path + size - tail, ending);
}

static wadi_status draw(cairo_surface_t *surface, const wadi_result *result, bool stacked,
                        double height, wadi_error *err)
{
    cairo_t *cr = cairo_create(surface);
    wadi_status status;

    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_paint(cr);
    cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    if (wadi_result_column_get(wadi_result_get(result, "table"), "hazard_ratio"))
        status = figure_forest(cr, result, height, err);
    else
        status = figure_curves(cr, result, stacked, height, err);
    if (!status && cairo_status(cr))
        status = wadi_fail(err, WADI_ERR_NOMEM, "a figure cannot be drawn: %s",
                           cairo_status_to_string(cairo_status(cr)));
    cairo_destroy(cr);
    return status;
}

wadi_status wadi_figure_write(const wadi_result *result, const char *path, bool stacked,
                              wadi_error *err)
{
    bool svg = ends_in(path, ".svg"), pdf = ends_in(path, ".pdf"), png = ends_in(path, ".png");
    bool forest =
        wadi_result_column_get(wadi_result_get(result, "table"), "hazard_ratio") != NULL;
    double height = forest ? figure_forest_height(result) : figure_curves_height(result),
           scale = 2;
    wadi_text bytes = {0};
    cairo_surface_t *surface;
    wadi_status status;

    if (svg)
        surface = cairo_svg_surface_create_for_stream(take_bytes, &bytes, FIGURE_WIDTH, height);
    else if (pdf)
        surface = cairo_pdf_surface_create_for_stream(take_bytes, &bytes, FIGURE_WIDTH, height);
    else if (png)
        surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(scale * FIGURE_WIDTH),
                                             (int)(scale * height));
    else
        return wadi_fail(err, WADI_ERR_SUPPORT, "%s: a figure ends in .svg, .pdf or .png",
                         path);
    if (png)
        cairo_surface_set_device_scale(surface, scale, scale);
    if (pdf) /* the same figure is the same file */
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE,
                                       "2000-01-01T00:00:00");
    status = draw(surface, result, stacked, height, err);
    if (!status && png && cairo_surface_write_to_png_stream(surface, take_bytes, &bytes))
        status = wadi_fail(err, WADI_ERR_NOMEM, "%s: the picture cannot be written", path);
    cairo_surface_finish(surface);
    if (!status && cairo_surface_status(surface))
        status = wadi_fail(err, WADI_ERR_NOMEM, "%s: %s", path,
                           cairo_status_to_string(cairo_surface_status(surface)));
    cairo_surface_destroy(surface);
    if (!status)
        status = wadi_file_write(path, bytes.bytes, bytes.size, err);
    wadi_text_clear(&bytes);
    return status;
}
