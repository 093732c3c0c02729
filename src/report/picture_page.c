/* One A4 page of an analysis. Facts and notes take what they need, the pictures share the rest
 * in the number of columns that shows them largest. */
#include "report/page_impl.h"
#include "report/picture_impl.h"

#include <cairo-pdf.h>
#include <math.h>
#include <stdlib.h>

enum { MOST_TRIED = 12 }; /* pictures whose every way to break into rows is tried */
static const double BETWEEN = 8;

static double fact_rows(page *p, const wadi_picture_page *content, wadi_index first,
                        wadi_index last, double x, double y, double width)
{
    page_font name = {.size = 7.6, .colour = 0x505050};
    page_font value = {.size = 7.6, .bold = true, .colour = 0x202020};
    double share = 0.42 * width;

    for (wadi_index i = first; i < last; i++) {
        double a = page_words(p, x, y, share - 4, name, content->facts[i][0]);
        double b = page_words(p, x + share, y, width - share, value, content->facts[i][1]);

        y += fmax(a, b) + 1.5 * p->scale;
    }
    return y;
}

/* Everything but the pictures; notes stand at the foot. Returns the height that is left. */
static double draw_text(page *p, const wadi_picture_page *content, double bottom)
{
    double half = (PAGE_INNER - 14) / 2, left, right, notes = 0, y;
    wadi_index middle = (content->fact_count + 1) / 2;
    page_font small = {.size = 7.2, .colour = 0x404040};

    p->x = PAGE_MARGIN;
    p->width = PAGE_INNER;
    p->y = PAGE_MARGIN;
    page_line(p, (page_font){.size = 14, .bold = true, .colour = 0x1f3a5f},
              content->title ? content->title : "Picture analysis");
    if (content->subtitle)
        page_line(p, (page_font){.size = 8.6, .colour = 0x404040}, content->subtitle);
    page_space(p, 4);
    page_rule(p, p->x, p->y, p->x + p->width, p->y, 0x1f3a5f, 0.6);
    page_space(p, 4);
    left = fact_rows(p, content, 0, middle, p->x, p->y, half);
    right = fact_rows(p, content, middle, content->fact_count, p->x + half + 14, p->y, half);
    p->y = fmax(left, right) + 4;
    bool dry = p->dry;

    p->dry = true;
    for (wadi_index n = 0; n < content->note_count; n++)
        notes += page_words(p, 0, 0, PAGE_INNER - 8, small, content->notes[n]) + 1;
    p->dry = dry;
    y = bottom - notes;
    for (wadi_index n = 0; n < content->note_count; n++) {
        page_words(p, PAGE_MARGIN, y, 0, small, "\xe2\x80\xa2");
        y += page_words(p, PAGE_MARGIN + 8, y, PAGE_INNER - 8, small, content->notes[n]) + 1;
    }
    return bottom - notes - 4 - p->y;
}

static double aspect_of(const wadi_picture *picture)
{
    return picture->drawing.width / picture->drawing.height;
}

/* Pictures first..last side by side, alike in height, as wide as the page: their height. */
static double row_height(const wadi_picture_page *content, wadi_index first, wadi_index last)
{
    double aspects = 0;

    for (wadi_index i = first; i <= last; i++)
        aspects += aspect_of(content->pictures[i]);
    return (PAGE_INNER - (last - first) * BETWEEN) / aspects;
}

/* Bit i of `breaks` begins a row after picture i. The scale that makes the rows fit, and the
 * area that the pictures then have. */
static double rows_area(const wadi_picture_page *content, unsigned breaks, double room,
                        double *scale)
{
    double total = 0, area = 0, gaps = 0;

    for (wadi_index i = 0, first = 0; i < content->picture_count; i++) {
        if (i + 1 < content->picture_count && !(breaks & 1u << i))
            continue;
        double height = row_height(content, first, i);

        for (wadi_index k = first; k <= i; k++)
            area += height * height * aspect_of(content->pictures[k]);
        total += height;
        gaps += first ? BETWEEN : 0;
        first = i + 1;
    }
    *scale = total + gaps > room ? fmax(room - gaps, 1) / total : 1;
    return area * *scale * *scale;
}

static void draw_row(page *p, const wadi_picture_page *content, wadi_index first,
                     wadi_index last, double top, double scale)
{
    double height = scale * row_height(content, first, last), wide = (last - first) * BETWEEN;

    for (wadi_index i = first; i <= last; i++)
        wide += height * aspect_of(content->pictures[i]);
    double x = PAGE_MARGIN + (PAGE_INNER - wide) / 2;

    for (wadi_index i = first; i <= last; i++) {
        double factor = height / content->pictures[i]->drawing.height;

        cairo_save(p->cairo);
        cairo_translate(p->cairo, x, top);
        cairo_scale(p->cairo, factor, factor);
        drawing_paint(&content->pictures[i]->drawing, p->cairo);
        cairo_restore(p->cairo);
        x += height * aspect_of(content->pictures[i]) + BETWEEN;
    }
}

static void draw_pictures(page *p, const wadi_picture_page *content, double top, double room)
{
    wadi_index count = content->picture_count;
    unsigned best = 0, ways = 1u << (count < MOST_TRIED ? count - 1 : MOST_TRIED);
    double most = -1, best_scale = 1, scale;

    for (unsigned breaks = 0; breaks < ways; breaks++) {
        double area = rows_area(content, breaks, room, &scale);

        if (area > most) {
            most = area;
            best = breaks;
            best_scale = scale;
        }
    }
    for (wadi_index i = 0, first = 0; i < count; i++) {
        if (i + 1 < count && !(best & 1u << i))
            continue;
        draw_row(p, content, first, i, top, best_scale);
        top += best_scale * row_height(content, first, i) + BETWEEN;
        first = i + 1;
    }
}

static void draw_page(page *p, const wadi_picture_page *content)
{
    const double bottom = PAGE_HEIGHT - PAGE_MARGIN - 12;
    double wanted = content->picture_count ? 220 : 0, room;

    p->scale = 1;
    p->dry = true;
    while (draw_text(p, content, bottom) < wanted && p->scale > 0.5)
        p->scale *= 0.94;
    p->dry = false;
    room = draw_text(p, content, bottom);
    if (content->picture_count && room > 20)
        draw_pictures(p, content, p->y, room);
    p->scale = 1;
    page_rule(p, PAGE_MARGIN, bottom + 4, PAGE_WIDTH - PAGE_MARGIN, bottom + 4, 0xb0b0b0, 0.4);
    page_words(p, PAGE_MARGIN, bottom + 7, 0,
               (page_font){.size = 6.8, .bold = true, .colour = 0x9c1c28}, WADI_RESEARCH_ONLY);
    char words[64];

    snprintf(words, sizeof words, "wadi %s", wadi_version());
    page_words(p, PAGE_MARGIN, bottom + 7, PAGE_INNER,
               (page_font){.size = 6.6, .colour = 0x505050, .align = PANGO_ALIGN_RIGHT}, words);
}

static cairo_status_t take_bytes(void *closure, const unsigned char *bytes, unsigned size)
{
    wadi_text *text = closure;

    wadi_text_put(text, (const char *)bytes, size);
    return text->failed ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

wadi_status wadi_picture_page_write(const wadi_picture_page *content, const char *path,
                                    wadi_error *err)
{
    wadi_status status = WADI_OK;
    wadi_text bytes = {0};
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(take_bytes, &bytes, PAGE_WIDTH, PAGE_HEIGHT);
    cairo_t *cairo = cairo_create(surface);
    cairo_font_options_t *options = cairo_font_options_create();
    page p = {.cairo = cairo,
              .context = pango_font_map_create_context(pango_cairo_font_map_get_default())};
    cairo_status_t drawn;

    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    pango_cairo_context_set_font_options(p.context, options);
    pango_context_set_round_glyph_positions(p.context, FALSE);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE,
                                   "2000-01-01T00:00:00Z");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE,
                                   content->title ? content->title : "wadi");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT, WADI_RESEARCH_ONLY);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "wadi");
    draw_page(&p, content);
    cairo_show_page(cairo);
    drawn = cairo_status(cairo);
    cairo_destroy(cairo);
    cairo_surface_finish(surface);
    if (!drawn)
        drawn = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    if (drawn || bytes.failed)
        status = wadi_fail(err, WADI_ERR_NOMEM, "%s: the page cannot be drawn: %s", path,
                           cairo_status_to_string(drawn));
    if (!status)
        status = wadi_file_write(path, bytes.bytes, bytes.size, err);
    cairo_font_options_destroy(options);
    g_object_unref(p.context);
    wadi_text_clear(&bytes);
    return status;
}
