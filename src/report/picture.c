/* What all pictures share, and their files. */
#include "report/picture_impl.h"
#include "wadi/image.h"

#include <cairo-pdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

wadi_picture *picture_new(const char *title)
{
    wadi_picture *picture = wadi_alloc(1, sizeof *picture);

    if (picture) {
        picture->scale = 2;
        snprintf(picture->title, sizeof picture->title, "%s", title ? title : "wadi");
    }
    return picture;
}

void wadi_picture_free(wadi_picture *picture)
{
    if (!picture)
        return;
    drawing_clear(&picture->drawing);
    free(picture);
}

double picture_step(double range, int wanted)
{
    double power, share;

    if (!(range > 0) || !isfinite(range))
        return 1;
    power = pow(10, floor(log10(range / wanted)));
    share = range / wanted / power;
    return power * (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10);
}

void picture_number(char *text, size_t size, double value, double step)
{
    int decimals = step > 0 && step < 1 ? (int)ceil(-log10(step) - 1e-9) : 0;

    if (fabs(value) < step * 1e-6)
        value = 0;
    snprintf(text, size, "%.*f", decimals > 9 ? 9 : decimals, value);
}

void picture_box(drawing *d, double x, double y, double width, double height, int colour,
                 double alpha)
{
    const double corners[4][2] = {
        {x, y}, {x + width, y}, {x + width, y + height}, {x, y + height}};

    drawing_path(d, corners, 4, true,
                 (draw_style){.stroke = DRAW_NONE, .fill = colour, .fill_alpha = alpha});
}

double picture_note(drawing *d, double x, double y, double width, const char *words)
{
    const double size = 8;
    char line[240] = "";
    size_t length = 0;

    for (const char *c = words; *c;) {
        size_t word = strcspn(c, " ");
        size_t before = length;

        if (length + word + 2 >= sizeof line)
            word = sizeof line - length - 2;
        snprintf(line + length, sizeof line - length, "%s%.*s", length ? " " : "", (int)word,
                 c);
        length = strlen(line);
        if (before && drawing_words_width(line, size, false) > width) {
            line[before] = '\0';
            drawing_words(d, x, y + size, (draw_font){.size = size, .colour = PICTURE_GREY},
                          "%s", line);
            y += 1.3 * size;
            length = 0;
            line[0] = '\0';
            continue; /* the word begins the next line */
        }
        c += word;
        c += strspn(c, " ");
    }
    if (length) {
        drawing_words(d, x, y + size, (draw_font){.size = size, .colour = PICTURE_GREY}, "%s",
                      line);
        y += 1.3 * size;
    }
    return y;
}

double picture_keys(drawing *d, double x, double y, double width, const wadi_picture_key *keys,
                    wadi_index count)
{
    const double size = 8.5, stroke = 14;
    double at = x;

    for (wadi_index k = 0; k < count; k++) {
        double wide = stroke + 5 + drawing_words_width(keys[k].label, size, false) + 14;

        if (at > x && at + wide > x + width) {
            at = x;
            y += 1.5 * size;
        }
        drawing_line(d, at, y + 0.6 * size, at + stroke, y + 0.6 * size,
                     (draw_style){.stroke = keys[k].colour, .fill = DRAW_NONE, .width = 2});
        drawing_words(d, at + stroke + 5, y + size,
                      (draw_font){.size = size, .colour = PICTURE_INK}, "%s", keys[k].label);
        at += wide;
    }
    return count ? y + 1.5 * size : y;
}

/* ---- files ---- */

static cairo_status_t take_bytes(void *closure, const unsigned char *bytes, unsigned size)
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

static void paint(const wadi_picture *picture, cairo_t *cairo)
{
    cairo_set_source_rgb(cairo, 1, 1, 1);
    cairo_paint(cairo);
    cairo_translate(cairo, 10, 4);
    drawing_paint(&picture->drawing, cairo);
}

static wadi_status write_pdf(const wadi_picture *picture, const char *path, wadi_error *err)
{
    wadi_status status = WADI_OK;
    const drawing *d = &picture->drawing;
    wadi_text bytes = {0};
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(take_bytes, &bytes, d->width + 20, d->height + 8);
    cairo_t *cairo = cairo_create(surface);
    cairo_status_t drawn;

    /* the same picture is the same file */
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE,
                                   "2000-01-01T00:00:00Z");
    paint(picture, cairo);
    drawn = cairo_status(cairo);
    cairo_destroy(cairo);
    cairo_surface_finish(surface);
    if (!drawn)
        drawn = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (drawn || bytes.failed)
        status = wadi_fail(err, WADI_ERR_NOMEM, "%s: the picture cannot be drawn: %s", path,
                           cairo_status_to_string(drawn));
    else
        status = wadi_file_write(path, bytes.bytes, bytes.size, err);
    wadi_text_clear(&bytes);
    return status;
}

/* Cairo packs PNG thoroughly and slowly; most of the time of a picture would go there. */
static wadi_status write_png(const wadi_picture *picture, const char *path, wadi_error *err)
{
    wadi_status status;
    const drawing *d = &picture->drawing;
    int columns = (int)ceil(picture->scale * (d->width + 20));
    int rows = (int)ceil(picture->scale * (d->height + 8));
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, columns, rows);
    uint8_t *rgb = wadi_alloc(3 * (size_t)columns * (size_t)rows, 1);
    cairo_t *cairo;
    cairo_status_t drawn;

    cairo_surface_set_device_scale(surface, picture->scale, picture->scale);
    cairo = cairo_create(surface);
    paint(picture, cairo);
    drawn = cairo_status(cairo);
    cairo_destroy(cairo);
    cairo_surface_flush(surface);
    if (drawn || !rgb) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "%s: the picture cannot be drawn: %s", path,
                           cairo_status_to_string(drawn));
        goto done;
    }
    const unsigned char *from = cairo_image_surface_get_data(surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(surface);

    for (size_t r = 0; r < (size_t)rows; r++) {
        for (size_t c = 0; c < (size_t)columns; c++) {
            uint8_t *to = rgb + 3 * (r * (size_t)columns + c);
            uint32_t pixel;

            memcpy(&pixel, from + r * stride + 4 * c, sizeof pixel);
            to[0] = (uint8_t)(pixel >> 16);
            to[1] = (uint8_t)(pixel >> 8);
            to[2] = (uint8_t)pixel;
        }
    }
    status = wadi_png_write(path, columns, rows, 3, rgb, err);
done:
    free(rgb);
    cairo_surface_destroy(surface);
    return status;
}

wadi_status wadi_picture_write(const wadi_picture *picture, const char *path, wadi_error *err)
{
    wadi_status status;
    char *svg = NULL;
    size_t size = 0;

    if (ends_in(path, ".svg")) {
        status = drawing_svg(&picture->drawing, picture->title, &svg, &size, err);
        if (!status)
            status = wadi_file_write(path, svg, size, err);
        free(svg);
        return status;
    }
    if (ends_in(path, ".png"))
        return write_png(picture, path, err);
    if (ends_in(path, ".pdf"))
        return write_pdf(picture, path, err);
    return wadi_fail(err, WADI_ERR_SUPPORT, "%s: a picture ends in .svg, .png or .pdf", path);
}
