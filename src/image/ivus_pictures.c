/* Pictures of a pullback: frames with their borders, the long view, diameters along it. */
#include "ivus.h"
#include "wadi/image_cine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHOSEN = 9, WIDE = 960, HIGH = 420 };

static const uint8_t LUMEN_RGB[3] = {70, 200, 255}, EEM_RGB[3] = {255, 170, 40};
static const uint8_t CALCIUM_RGB[3] = {255, 90, 200}, WIRE_RGB[3] = {120, 255, 120};

typedef struct canvas {
    wadi_index columns, rows;
    uint8_t *rgb;
} canvas;

static void dot(const canvas *to, double x, double y, const uint8_t colour[3])
{
    wadi_index c = (wadi_index)floor(x + 0.5), r = (wadi_index)floor(y + 0.5);

    if (c >= 0 && r >= 0 && c < to->columns && r < to->rows)
        memcpy(to->rgb + 3 * ((size_t)r * (size_t)to->columns + (size_t)c), colour, 3);
}

static void place(const wadi_ivus *ivus, double angle, double r, double *x, double *y)
{
    *x = ivus->x_px + r * cos(angle) / ivus->column_mm;
    *y = ivus->y_px + r * sin(angle) / ivus->row_mm;
}

/* A closed border; every fourth stretch is left out where it is hidden. */
static void draw_border(const wadi_ivus *ivus, const canvas *to, const wadi_ivus_border *border,
                        const uint8_t colour[3])
{
    enum { STEPS = 16 };

    for (int k = 0; k < LINES * STEPS; k++) {
        int line = k / STEPS, next = (line + 1) % LINES;
        double share = (k % STEPS) / (double)STEPS, x, y;
        double r = (1 - share) * border->radius_mm[line] + share * border->radius_mm[next];

        place(ivus, 2 * WADI_PI * (line + share) / LINES, r, &x, &y);
        dot(to, x, y, colour);
    }
}

static void draw_marks(const wadi_ivus *ivus, const canvas *to, const wadi_ivus_frame *frame)
{
    double x, y;

    for (int a = 0; a < frame->arc_count; a++) {
        const wadi_ivus_arc *arc = &frame->calcium[a];

        for (double d = 0; d < arc->arc_deg; d += 0.25)
            for (double off = 0; off < 0.06; off += 0.02) {
                place(ivus, (arc->from_deg + d) * WADI_PI / 180, arc->front_mm + 0.2 + off, &x,
                      &y);
                dot(to, x, y, CALCIUM_RGB);
            }
    }
    for (int w = 0; w < frame->wire_count; w++)
        for (int k = 0; k < 64; k++) {
            place(ivus, frame->wires[w].angle_deg * WADI_PI / 180, frame->wires[w].radius_mm,
                  &x, &y);
            dot(to, x + 0.2 / ivus->column_mm * cos(k * WADI_PI / 32),
                y + 0.2 / ivus->row_mm * sin(k * WADI_PI / 32), WIRE_RGB);
        }
}

static void grey_canvas(const float *values, const canvas *to)
{
    size_t count = (size_t)to->columns * (size_t)to->rows;
    float most = 1;

    for (size_t i = 0; i < count; i++)
        most = values[i] > most ? values[i] : most;
    for (size_t i = 0; i < count; i++) {
        float share = values[i] / most;

        memset(to->rgb + 3 * i, (int)(255 * (share < 0 ? 0 : share) + 0.5f), 3);
    }
}

static void draw_frame(const wadi_ivus *ivus, const wadi_image *pullback, wadi_index f,
                       float *values, const canvas *to)
{
    wadi_image_frame(pullback, f, values);
    grey_canvas(values, to);
    if (ivus->frames[f].echoes) {
        draw_border(ivus, to, &ivus->frames[f].lumen, LUMEN_RGB);
        draw_border(ivus, to, &ivus->frames[f].eem, EEM_RGB);
        draw_marks(ivus, to, &ivus->frames[f]);
    }
}

static wadi_status save_frame(const wadi_ivus *ivus, const wadi_image *pullback, wadi_index f,
                              float *values, const canvas *to, const char *directory,
                              wadi_error *err)
{
    char path[4096];

    draw_frame(ivus, pullback, f, values, to);
    snprintf(path, sizeof path, "%s/frame_%04d.png", directory, f);
    return wadi_png_write(path, to->columns, to->rows, 3, to->rgb, err);
}

/* ---- the long view: the picture's column through the axis, frame beside frame ---- */

wadi_status wadi_ivus_long(const wadi_ivus *ivus, const wadi_image *pullback, uint8_t **rgb,
                           wadi_index *columns, wadi_index *width, wadi_error *err)
{
    wadi_index each = ivus->frame_count >= WIDE ? 1 : WIDE / ivus->frame_count;
    canvas to = {.rows = pullback->rows};
    float *values =
        wadi_alloc((size_t)pullback->columns * (size_t)pullback->rows, sizeof *values);
    wadi_index column = (wadi_index)(ivus->x_px + 0.5);
    float most = 1;

    each = each > 24 ? 24 : each;
    to.columns = each * ivus->frame_count;
    *rgb = NULL;
    to.rgb = wadi_alloc((size_t)to.columns * (size_t)to.rows, 3);
    if (!to.rgb || !values) {
        free(to.rgb);
        free(values);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the long view");
    }
    for (int pass = 0; pass < 2; pass++)
        for (wadi_index f = 0; f < ivus->frame_count; f++) {
            wadi_image_frame(pullback, f, values);
            for (wadi_index r = 0; r < to.rows; r++) {
                float value = values[(size_t)r * (size_t)pullback->columns + (size_t)column];

                if (pass == 0) {
                    most = value > most ? value : most;
                    continue;
                }
                memset(to.rgb + 3 * ((size_t)r * (size_t)to.columns + (size_t)(f * each)),
                       (int)(255 * (value < 0 ? 0 : value / most) + 0.5f), 3 * (size_t)each);
            }
        }
    for (wadi_index f = 0; f < ivus->frame_count; f++)
        for (int side = 0; ivus->frames[f].echoes && side < 2; side++) {
            int line = side ? LINES / 4 : 3 * LINES / 4;
            double sign = side ? 1 : -1;

            for (wadi_index k = 0; k < each; k++) {
                double x = f * each + k;

                for (int thick = 0; thick < 2; thick++) {
                    dot(&to, x,
                        ivus->y_px + thick +
                            sign * ivus->frames[f].lumen.radius_mm[line] / ivus->row_mm,
                        LUMEN_RGB);
                    dot(&to, x,
                        ivus->y_px + thick +
                            sign * ivus->frames[f].eem.radius_mm[line] / ivus->row_mm,
                        EEM_RGB);
                }
            }
        }
    free(values);
    *rgb = to.rgb;
    *columns = to.columns;
    *width = each;
    return WADI_OK;
}

/* ---- all frames ---- */

typedef struct reel {
    const wadi_ivus *ivus;
    const wadi_image *pullback;
    float *values;
} reel;

static void draw_reel(const void *data, wadi_index frame, uint8_t *pixels)
{
    const reel *all = data;
    const canvas to = {all->pullback->columns, all->pullback->rows, pixels};

    draw_frame(all->ivus, all->pullback, frame, all->values, &to);
}

wadi_status wadi_ivus_cine(const wadi_ivus *ivus, const wadi_image *pullback, bool mp4,
                           const char *directory, wadi_error *err)
{
    size_t count = (size_t)pullback->columns * (size_t)pullback->rows;
    reel all = {ivus, pullback, wadi_alloc(count, sizeof(float))};
    wadi_cine cine = {.columns = pullback->columns,
                      .rows = pullback->rows,
                      .frames = ivus->frame_count,
                      .channels = 3,
                      .draw = draw_reel,
                      .data = &all};
    char path[4096];
    wadi_status status;

    if (!all.values)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a frame");
    if (ivus->frame_times_ms && ivus->frame_count > 1)
        cine.frame_ms =
            (ivus->frame_times_ms[ivus->frame_count - 1] - ivus->frame_times_ms[0]) /
            (ivus->frame_count - 1);
    snprintf(path, sizeof path, "%s/cine.%s", directory, mp4 ? "mp4" : "png");
    status = wadi_cine_write(&cine, path, err);
    free(all.values);
    return status;
}

/* ---- diameters along the pullback ---- */

typedef struct plot {
    double from, to, most; /* position or frame; mm */
} plot;

static double plot_x(const plot *p, double value)
{
    return 70 + (WIDE - 100) * (value - p->from) / (p->to > p->from ? p->to - p->from : 1);
}

static double plot_y(const plot *p, double value)
{
    return HIGH - 60 - (HIGH - 100) * value / p->most;
}

static double along(const wadi_ivus *ivus, wadi_index f)
{
    double position = wadi_ivus_position_mm(ivus, f);

    return isfinite(position) ? position : f;
}

static void add_line(const wadi_ivus *ivus, const plot *p, bool eem, const char *colour,
                     wadi_text *out)
{
    bool open = false;

    for (int pass = 0; pass < 2; pass++) {
        for (wadi_index f = 0; f < ivus->frame_count; f++) {
            const wadi_ivus_border *b = eem ? &ivus->frames[f].eem : &ivus->frames[f].lumen;
            double x = plot_x(p, along(ivus, f));

            if (!ivus->frames[f].echoes) {
                if (open)
                    wadi_text_add(out, "\"/>\n");
                open = false;
                continue;
            }
            if (pass == 0) {
                wadi_text_add(out,
                              "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" "
                              "stroke=\"%s\" stroke-opacity=\"0.3\"/>\n",
                              x, x, plot_y(p, b->size.least_mm), plot_y(p, b->size.greatest_mm),
                              colour);
                continue;
            }
            if (!open)
                wadi_text_add(out,
                              "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" "
                              "points=\"",
                              colour);
            open = true;
            wadi_text_add(out, "%.1f,%.1f ", x, plot_y(p, b->size.equal_area_mm));
        }
        if (open)
            wadi_text_add(out, "\"/>\n");
        open = false;
    }
}

static void add_axes(const wadi_ivus *ivus, const plot *p, wadi_text *out)
{
    double range = p->to - p->from, step = pow(10, floor(log10(range > 0 ? range : 1)));
    bool placed = isfinite(wadi_ivus_position_mm(ivus, 0));

    step = range / step < 2 ? step / 5 : range / step < 5 ? step / 2 : step;
    for (double x = p->from; x <= p->to + 1e-9; x += step)
        wadi_text_add(out,
                      "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#888\"/>"
                      "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.4g</text>\n",
                      plot_x(p, x), plot_x(p, x), HIGH - 60, HIGH - 54, plot_x(p, x), HIGH - 38,
                      x);
    for (int mm = 0; mm <= p->most; mm++)
        wadi_text_add(out,
                      "<line x1=\"70\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>"
                      "<text x=\"62\" y=\"%.1f\" text-anchor=\"end\">%d</text>\n",
                      WIDE - 30, plot_y(p, mm), plot_y(p, mm), plot_y(p, mm) + 5, mm);
    wadi_text_add(out,
                  "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>\n"
                  "<text x=\"20\" y=\"%d\" text-anchor=\"middle\" transform=\"rotate(-90 20 "
                  "%d)\">diameter, mm</text>\n",
                  WIDE / 2, HIGH - 12,
                  placed ? "along the pullback from the first frame, mm"
                         : "frame (pullback speed not known)",
                  HIGH / 2 - 10, HIGH / 2 - 10);
}

static wadi_status save_plot(const wadi_ivus *ivus, const char *directory, wadi_error *err)
{
    plot p = {.from = along(ivus, 0), .to = along(ivus, ivus->frame_count - 1), .most = 1};
    wadi_text out = {0};
    char path[4096];
    wadi_status status;

    for (wadi_index f = 0; f < ivus->frame_count; f++)
        if (ivus->frames[f].echoes)
            p.most = fmax(p.most, ceil(ivus->frames[f].eem.size.greatest_mm));
    wadi_text_add(&out,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                  "viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"14\">\n"
                  "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>\n",
                  WIDE, HIGH, WIDE, HIGH, WIDE, HIGH);
    for (wadi_index f = 0; f < ivus->frame_count; f++) {
        double x = plot_x(&p, along(ivus, f));
        double half = 0.5 * (WIDE - 100) / ivus->frame_count + 0.3;

        if (ivus->frames[f].echoes && ivus->frames[f].kind == WADI_IVUS_FALSE_LUMEN)
            wadi_text_add(&out,
                          "<rect x=\"%.1f\" y=\"40\" width=\"%.1f\" height=\"%d\" "
                          "fill=\"#f4d9d9\"/>\n",
                          x - half, 2 * half, HIGH - 100);
    }
    add_axes(ivus, &p, &out);
    add_line(ivus, &p, true, "#d07a00", &out);
    add_line(ivus, &p, false, "#0077b6", &out);
    wadi_text_add(&out,
                  "<text x=\"70\" y=\"26\"><tspan fill=\"#0077b6\">lumen</tspan>, <tspan "
                  "fill=\"#d07a00\">outer elastic membrane</tspan>: equal area, bars from "
                  "least to greatest; shaded: false lumen</text>\n</svg>\n");
    snprintf(path, sizeof path, "%s/diameters.svg", directory);
    if (out.failed)
        status = wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for the figure", path);
    else
        status = wadi_file_write(path, out.bytes, out.size, err);
    wadi_text_clear(&out);
    return status;
}

wadi_status wadi_ivus_pictures(const wadi_ivus *ivus, const wadi_image *pullback,
                               const char *text, size_t size, const char *directory,
                               wadi_error *err)
{
    size_t count = (size_t)pullback->columns * (size_t)pullback->rows;
    canvas to = {pullback->columns, pullback->rows, wadi_alloc(count, 3)};
    float *values = wadi_alloc(count, sizeof *values);
    wadi_index chosen = ivus->frame_count < CHOSEN ? ivus->frame_count : CHOSEN;
    char path[4096];
    wadi_status status = wadi_directory_make(directory, err);

    if (!status && (!to.rgb || !values))
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for pictures");
    snprintf(path, sizeof path, "%s/ivus.json", directory);
    if (!status)
        status = wadi_file_write(path, text, size, err);
    snprintf(path, sizeof path, "%s/contours.csv", directory);
    if (!status)
        status = ivus_write_contours(ivus, path, err);
    for (wadi_index k = 0; k < chosen && !status; k++)
        status = save_frame(
            ivus, pullback,
            chosen > 1 ? (wadi_index)((int64_t)k * (ivus->frame_count - 1) / (chosen - 1)) : 0,
            values, &to, directory, err);
    if (!status && ivus->balloon.known)
        status = save_frame(ivus, pullback, ivus->balloon.frame, values, &to, directory, err);
    if (!status)
        status = save_plot(ivus, directory, err);
    free(to.rgb);
    free(values);
    return status;
}
