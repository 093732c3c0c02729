/* A raster with lines, marks, labels, a scale bar and a colour bar. */
#include "report/picture_impl.h"
#include "wadi/image_cine.h"

#include <math.h>
#include <stdlib.h>

enum { LONGEST = 480, MOST_LABELS = 64 };

typedef struct label_box {
    double x0, y0, x1, y1;
} label_box;

typedef struct canvas {
    const wadi_overlay *overlay;
    drawing *d;
    double x, y, width, height; /* of the raster, in points */
    double across, down;        /* points to the pixel */
    label_box taken[MOST_LABELS];
    int taken_count;
} canvas;

static double to_x(const canvas *c, double x_px)
{
    return c->x + (x_px + 0.5) * c->across;
}

static double to_y(const canvas *c, double y_px)
{
    return c->y + (y_px + 0.5) * c->down;
}

static bool is_free(const canvas *c, const label_box *box)
{
    if (box->x0 < c->x || box->y0 < c->y || box->x1 > c->x + c->width ||
        box->y1 > c->y + c->height)
        return false;
    for (int i = 0; i < c->taken_count; i++) {
        const label_box *other = &c->taken[i];

        if (box->x0 < other->x1 && box->x1 > other->x0 && box->y0 < other->y1 &&
            box->y1 > other->y0)
            return false;
    }
    return true;
}

/* Beside (x, y), where it covers no other label. */
static bool put_label(canvas *c, double x, double y, int colour, const char *words)
{
    static const double SIDES[8][2] = {{6, 3},  {-6, 3},  {0, -7}, {0, 14},
                                       {9, -6}, {-9, -6}, {9, 13}, {-9, 13}};
    const double size = 9;
    double wide = drawing_words_width(words, size, true);

    for (int s = 0; s < 8 && c->taken_count < MOST_LABELS; s++) {
        double left = x + SIDES[s][0] -
                      (SIDES[s][0] < 0   ? wide
                       : SIDES[s][0] > 0 ? 0
                                         : wide / 2);
        double base = y + SIDES[s][1];
        label_box box = {left - 2, base - size, left + wide + 2, base + 3};

        if (!is_free(c, &box))
            continue;
        picture_box(c->d, box.x0, box.y0, box.x1 - box.x0, box.y1 - box.y0, 0x000000, 0.6);
        drawing_words(c->d, left, base,
                      (draw_font){.size = size, .bold = true, .colour = colour}, "%s", words);
        c->taken[c->taken_count++] = box;
        return true;
    }
    return false;
}

/* Pieces between points that are not finite; a dark rim sets light lines off light ground. */
static void add_line(canvas *c, const wadi_picture_line *line, bool rim, double (*points)[2])
{
    double width = line->width > 0 ? line->width : 1.2;
    draw_style style = {.stroke = rim ? 0x000000 : line->colour,
                        .fill = DRAW_NONE,
                        .width = rim ? width + 1.2 : width};
    size_t kept = 0;
    bool whole = true;

    if (line->dashed && !rim) {
        style.dash_on = 4;
        style.dash_off = 3;
    }
    for (wadi_index i = 0; i <= line->count; i++) {
        bool here = i < line->count && isfinite(line->x_px[i]) && isfinite(line->y_px[i]);

        if (here) {
            points[kept][0] = to_x(c, line->x_px[i]);
            points[kept++][1] = to_y(c, line->y_px[i]);
            continue;
        }
        whole = whole && i == line->count;
        if (kept > 1)
            drawing_path(c->d, points, kept, line->closed && whole, style);
        kept = 0;
    }
}

static wadi_status add_lines(canvas *c, wadi_error *err)
{
    const wadi_overlay *overlay = c->overlay;
    wadi_index longest = 1;
    double(*points)[2];

    for (wadi_index i = 0; i < overlay->line_count; i++)
        longest = overlay->lines[i].count > longest ? overlay->lines[i].count : longest;
    points = wadi_alloc((size_t)longest, sizeof *points);
    if (!points)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the lines of a picture");
    drawing_group(c->d, "lines");
    for (int rim = 1; rim >= 0; rim--)
        for (wadi_index i = 0; i < overlay->line_count; i++)
            add_line(c, &overlay->lines[i], rim, points);
    drawing_end(c->d);
    free(points);
    return WADI_OK;
}

static void add_labels(canvas *c)
{
    /* Where along a line a label is tried. */
    static const double PLACES[] = {0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9, 0, 1};
    const wadi_overlay *overlay = c->overlay;

    drawing_group(c->d, "labels");
    for (wadi_index i = 0; i < overlay->mark_count; i++) {
        const wadi_picture_mark *mark = &overlay->marks[i];
        double x = to_x(c, mark->x_px), y = to_y(c, mark->y_px);

        drawing_circle(c->d, x, y, 4,
                       (draw_style){.stroke = 0x000000, .fill = DRAW_NONE, .width = 3});
        drawing_circle(c->d, x, y, 4,
                       (draw_style){.stroke = mark->colour, .fill = DRAW_NONE, .width = 1.6});
        if (mark->label)
            put_label(c, x, y, mark->colour, mark->label);
    }
    for (wadi_index i = 0; i < overlay->line_count && !overlay->names_aside; i++) {
        const wadi_picture_line *line = &overlay->lines[i];
        bool done = !line->label || line->count < 1;

        for (size_t k = 0; k < WADI_COUNT_OF(PLACES) && !done; k++) {
            wadi_index at = (wadi_index)(PLACES[k] * (line->count - 1));

            if (isfinite(line->x_px[at]) && isfinite(line->y_px[at]))
                done = put_label(c, to_x(c, line->x_px[at]), to_y(c, line->y_px[at]),
                                 line->colour, line->label);
        }
    }
    drawing_end(c->d);
}

/* ---- names aside ---- */

/* A name beside the raster and the point of its line that it is led to. */
typedef struct aside_name {
    const wadi_picture_line *line;
    double x, y, middle, base;
    bool right;
} aside_name;

static int by_height(const void *a, const void *b)
{
    const aside_name *p = a, *q = b;

    if (p->right != q->right)
        return p->right - q->right;
    return (p->y > q->y) - (p->y < q->y);
}

/* Middle of a line across the picture; false when none of it is drawn. */
static bool line_middle(const canvas *c, const wadi_picture_line *line, double *middle)
{
    double sum = 0;
    int count = 0;

    for (wadi_index i = 0; i < line->count; i++)
        if (isfinite(line->x_px[i]) && isfinite(line->y_px[i])) {
            sum += to_x(c, line->x_px[i]);
            count++;
        }
    *middle = count ? sum / count : 0;
    return count > 0;
}

/* The outermost point of a line's middle part: from there the way out crosses least. */
static void outermost(const canvas *c, aside_name *name)
{
    const wadi_picture_line *line = name->line;
    wadi_index least = line->count / 5, most = line->count - line->count / 5;
    double best = -INFINITY;

    for (int pass = 0; pass < 2 && isinf(best); pass++) {
        for (wadi_index i = least; i < most; i++) {
            double out;

            if (!isfinite(line->x_px[i]) || !isfinite(line->y_px[i]))
                continue;
            out = to_x(c, line->x_px[i]) * (name->right ? 1 : -1);
            if (out > best) {
                best = out;
                name->x = to_x(c, line->x_px[i]);
                name->y = to_y(c, line->y_px[i]);
            }
        }
        least = 0;
        most = line->count;
    }
}

/* Names of one side, from above down, a row apart and within the raster's height. */
static void spread_names(const canvas *c, aside_name *names, int count)
{
    const double row = 12, low = c->y + c->height - 3;

    for (int i = 0; i < count; i++) {
        names[i].base = names[i].y + 3;
        if (i > 0 && names[i].base < names[i - 1].base + row)
            names[i].base = names[i - 1].base + row;
    }
    for (int i = count - 1; i >= 0; i--) {
        double most = i + 1 < count ? names[i + 1].base - row : low;

        names[i].base = names[i].base > most ? most : names[i].base;
    }
}

static void add_names_aside(canvas *c)
{
    const wadi_overlay *overlay = c->overlay;
    aside_name names[MOST_LABELS];
    double all = 0;
    int count = 0, left = 0;

    for (wadi_index i = 0; i < overlay->line_count && count < MOST_LABELS; i++) {
        names[count] = (aside_name){.line = &overlay->lines[i]};
        if (overlay->lines[i].label && line_middle(c, names[count].line, &names[count].middle))
            all += names[count++].middle;
    }
    for (int i = 0; i < count; i++) {
        names[i].right = names[i].middle > all / count;
        left += !names[i].right;
        outermost(c, &names[i]);
    }
    qsort(names, (size_t)count, sizeof *names, by_height);
    spread_names(c, names, left);
    spread_names(c, names + left, count - left);
    drawing_group(c->d, "names");
    for (int i = 0; i < count; i++) {
        const aside_name *name = &names[i];
        double x = name->right ? c->x + c->width + 4 : c->x - 4;

        drawing_line(c->d, x, name->base - 3, name->x, name->y,
                     (draw_style){.stroke = 0x9a9a9a, .fill = DRAW_NONE, .width = 0.6});
        drawing_circle(c->d, name->x, name->y, 1.5,
                       (draw_style){.stroke = DRAW_NONE, .fill = name->line->colour});
        drawing_words(
            c->d, x + (name->right ? 1 : -1), name->base,
            (draw_font){
                .size = 9, .bold = true, .colour = PICTURE_INK, .anchor = name->right ? 0 : 1},
            "%s", name->line->label);
    }
    drawing_end(c->d);
}

/* How wide the longest name is, with room beside it. */
static double names_width(const wadi_overlay *overlay)
{
    double most = 0;

    for (wadi_index i = 0; i < overlay->line_count; i++)
        if (overlay->lines[i].label) {
            double wide = drawing_words_width(overlay->lines[i].label, 9, true);

            most = wide > most ? wide : most;
        }
    return most > 0 ? most + 8 : 0;
}

/* At most a quarter of the width; 1, 2 or 5 times a power of ten. */
static void add_scale(canvas *c)
{
    const wadi_overlay *overlay = c->overlay;
    double per_mm, length, power, x = c->x + 10, y = c->y + c->height - 10;

    if (!overlay->column_mm.known || !(overlay->column_mm.value > 0))
        return;
    per_mm = c->across / overlay->column_mm.value;
    length = c->width / 4 / per_mm;
    power = pow(10, floor(log10(length)));
    length = power * (length / power >= 5 ? 5 : length / power >= 2 ? 2 : 1);
    drawing_group(c->d, "scale");
    picture_box(c->d, x - 4, y - 17, length * per_mm + 8, 22, 0x000000, 0.6);
    drawing_line(c->d, x, y, x + length * per_mm, y,
                 (draw_style){.stroke = 0xffffff, .fill = DRAW_NONE, .width = 3, .butt = true});
    drawing_words(c->d, x + length * per_mm / 2, y - 5,
                  (draw_font){.size = 9, .bold = true, .colour = 0xffffff, .anchor = 0.5},
                  "%g mm", length);
    drawing_end(c->d);
    c->taken[c->taken_count++] = (label_box){x - 4, y - 17, x + length * per_mm + 4, y + 5};
}

static double add_bar(canvas *c)
{
    enum { STEPS = 128 };
    const wadi_overlay *overlay = c->overlay;
    double range = overlay->bar_high - overlay->bar_low, step = picture_step(range, 6);
    double x = c->x + c->width + 12, top = c->y + 16, high = c->height - 22;
    uint8_t colours[STEPS][3];
    char text[32];

    for (int i = 0; i < STEPS; i++)
        wadi_colour(1 - (i + 0.5) / STEPS, colours[i]);
    drawing_group(c->d, "colour-bar");
    drawing_image(c->d, x, top, 14, high, 1, STEPS, 3, &colours[0][0]);
    drawing_words(c->d, x, c->y + 8, (draw_font){.size = 9, .colour = PICTURE_INK}, "%s",
                  overlay->bar_title);
    for (double v = ceil(overlay->bar_low / step - 1e-9) * step;
         v <= overlay->bar_high + 1e-9 * range; v += step) {
        double y = top + high * (overlay->bar_high - v) / range;

        picture_number(text, sizeof text, v, step);
        drawing_line(c->d, x + 14, y, x + 18, y,
                     (draw_style){.stroke = PICTURE_INK, .fill = DRAW_NONE, .width = 0.8});
        drawing_words(c->d, x + 21, y + 3, (draw_font){.size = 8.5, .colour = PICTURE_INK},
                      "%s", text);
    }
    drawing_end(c->d);
    double wide = drawing_words_width(overlay->bar_title, 9, false);

    return 12 + (wide > 60 ? wide : 60);
}

static wadi_status check(const wadi_overlay *overlay, wadi_error *err)
{
    if (overlay->columns < 1 || overlay->rows < 1 || !overlay->pixels ||
        (overlay->channels != 1 && overlay->channels != 3) || overlay->columns > 16384 ||
        overlay->rows > 16384)
        return wadi_fail(err, WADI_ERR_RANGE, "a picture of %d x %d pixels cannot be drawn",
                         overlay->columns, overlay->rows);
    if (overlay->bar_title && !(overlay->bar_high > overlay->bar_low &&
                                isfinite(overlay->bar_high - overlay->bar_low)))
        return wadi_fail(err, WADI_ERR_RANGE, "a colour bar from %g to %g has no length",
                         overlay->bar_low, overlay->bar_high);
    return WADI_OK;
}

/* The raster's longer side is LONGEST points; pixels need not be square. */
static void lay_out(canvas *c)
{
    const wadi_overlay *overlay = c->overlay;
    double aspect = overlay->row_mm.known && overlay->column_mm.known &&
                            overlay->row_mm.value > 0 && overlay->column_mm.value > 0
                        ? overlay->row_mm.value / overlay->column_mm.value
                        : 1;
    double wide = overlay->columns, high = overlay->rows * aspect;
    double scale = LONGEST / (wide > high ? wide : high);

    c->across = scale;
    c->down = scale * aspect;
    c->width = wide * scale;
    c->height = high * scale;
}

wadi_status wadi_picture_overlay(const wadi_overlay *overlay, wadi_picture **out,
                                 wadi_error *err)
{
    wadi_status status = check(overlay, err);
    wadi_picture *picture = NULL;
    double bar = 0, bottom, words = 0, aside = 0;

    *out = NULL;
    if (status)
        return status;
    picture = picture_new(overlay->title);
    if (!picture)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a picture");
    canvas c = {.overlay = overlay, .d = &picture->drawing};

    lay_out(&c);
    if (overlay->names_aside)
        aside = c.x = names_width(overlay);
    if (overlay->title) {
        drawing_words(c.d, 0, 12, (draw_font){.size = 12, .bold = true, .colour = PICTURE_INK},
                      "%s", overlay->title);
        words = drawing_words_width(overlay->title, 12, true);
        c.y = 20;
    }
    drawing_group(c.d, "raster");
    drawing_image(c.d, c.x, c.y, c.width, c.height, overlay->columns, overlay->rows,
                  overlay->channels, overlay->pixels);
    drawing_end(c.d);
    add_scale(&c);
    status = add_lines(&c, err);
    if (!status)
        add_labels(&c);
    if (!status && overlay->names_aside)
        add_names_aside(&c);
    if (overlay->bar_title)
        bar = add_bar(&c);
    double wide = c.width + 2 * aside + bar;

    wide = wide > words ? wide : words;

    bottom = c.y + c.height + 4;
    bottom = picture_keys(c.d, 0, bottom + 2, wide, overlay->keys, overlay->key_count);
    if (overlay->note)
        bottom = picture_note(c.d, 0, bottom + 2, wide, overlay->note);
    c.d->width = wide;
    c.d->height = bottom;
    /* A pixel of the raster is at least a pixel of the PNG. */
    picture->scale = 1 / c.across > 2 ? 1 / c.across : 2;
    if (!status && c.d->failed)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for a picture");
    if (status) {
        wadi_picture_free(picture);
        return status;
    }
    *out = picture;
    return WADI_OK;
}
