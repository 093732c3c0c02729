/* A drawing on a Cairo surface, words set by Pango. */
#include "report/drawing_impl.h"

#include <pango/pangocairo.h>

static PangoFontDescription *describe(double size, bool bold, bool italic)
{
    PangoFontDescription *font = pango_font_description_new();

    pango_font_description_set_family(font, DRAW_FONT);
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    if (bold)
        pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
    if (italic)
        pango_font_description_set_style(font, PANGO_STYLE_ITALIC);
    return font;
}

static PangoLayout *lay_out(PangoContext *context, const char *words, double size, bool bold,
                            bool italic)
{
    PangoLayout *layout = pango_layout_new(context);
    PangoFontDescription *font = describe(size, bold, italic);

    pango_layout_set_font_description(layout, font);
    pango_layout_set_text(layout, words, -1);
    pango_font_description_free(font);
    return layout;
}

double drawing_words_width(const char *words, double size, bool bold)
{
    /* The default map belongs to the thread that asks for it. */
    PangoContext *context = pango_font_map_create_context(pango_cairo_font_map_get_default());
    pango_context_set_round_glyph_positions(context, FALSE);
    /* Measured large: small fonts would be rounded to whole pixels. */
    PangoLayout *layout = lay_out(context, words, 100, bold, false);
    int width = 0;

    pango_layout_get_size(layout, &width, NULL);
    g_object_unref(layout);
    g_object_unref(context);
    return (double)width / PANGO_SCALE / 100 * size;
}

static void set_colour(cairo_t *cairo, int colour, double alpha)
{
    cairo_set_source_rgba(cairo, (colour >> 16 & 255) / 255.0, (colour >> 8 & 255) / 255.0,
                          (colour & 255) / 255.0, alpha);
}

static void finish_shape(cairo_t *cairo, const draw_style *style)
{
    double dashes[2] = {style->dash_on, style->dash_off};

    if (style->fill != DRAW_NONE) {
        set_colour(cairo, style->fill, style->fill_alpha > 0 ? style->fill_alpha : 1);
        cairo_fill_preserve(cairo);
    }
    if (style->stroke != DRAW_NONE) {
        set_colour(cairo, style->stroke, 1);
        cairo_set_line_width(cairo, style->width);
        cairo_set_line_cap(cairo, style->butt ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_ROUND);
        cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
        cairo_set_dash(cairo, dashes, style->dash_on > 0 ? 2 : 0, 0);
        cairo_stroke_preserve(cairo);
    }
    cairo_new_path(cairo);
}

static void paint_words(cairo_t *cairo, PangoContext *context, const draw_item *item)
{
    const draw_font *font = &item->font;
    PangoLayout *layout = lay_out(context, item->words, font->size, font->bold, font->italic);
    int width = 0;

    pango_layout_get_size(layout, &width, NULL);
    set_colour(cairo, font->colour, 1);
    cairo_move_to(cairo, item->x - font->anchor * width / PANGO_SCALE,
                  item->y - (double)pango_layout_get_baseline(layout) / PANGO_SCALE);
    pango_cairo_show_layout(cairo, layout);
    g_object_unref(layout);
}

/* Cairo reads the pixels only. */
static cairo_surface_t *image_surface(const draw_image *image)
{
    return cairo_image_surface_create_for_data((unsigned char *)image->pixels,
                                               CAIRO_FORMAT_RGB24, image->columns, image->rows,
                                               4 * image->columns);
}

static cairo_status_t take_bytes(void *closure, const unsigned char *bytes, unsigned size)
{
    wadi_text *text = closure;

    wadi_text_put(text, (const char *)bytes, size);
    return text->failed ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

wadi_status drawing_image_png(const draw_image *image, wadi_text *out, wadi_error *err)
{
    cairo_surface_t *surface = image_surface(image);
    cairo_status_t status = cairo_surface_write_to_png_stream(surface, take_bytes, out);

    cairo_surface_destroy(surface);
    if (status)
        return wadi_fail(err, WADI_ERR_NOMEM, "a picture cannot be packed: %s",
                         cairo_status_to_string(status));
    return WADI_OK;
}

static void paint_image(cairo_t *cairo, const drawing *d, const draw_item *item)
{
    const draw_image *image = &d->images[item->image];
    cairo_surface_t *surface = image_surface(image);
    cairo_pattern_t *pattern;

    cairo_save(cairo);
    cairo_translate(cairo, item->x, item->y);
    cairo_scale(cairo, item->width / image->columns, item->height / image->rows);
    cairo_rectangle(cairo, 0, 0, image->columns, image->rows);
    cairo_set_source_surface(cairo, surface, 0, 0);
    pattern = cairo_get_source(cairo);
    cairo_pattern_set_filter(pattern, CAIRO_FILTER_GOOD);
    cairo_pattern_set_extend(pattern, CAIRO_EXTEND_PAD); /* no soft rim */
    cairo_fill(cairo);
    cairo_restore(cairo);
    cairo_surface_destroy(surface);
}

void drawing_paint(const drawing *d, cairo_t *cairo)
{
    PangoContext *context = pango_font_map_create_context(pango_cairo_font_map_get_default());
    cairo_font_options_t *options = cairo_font_options_create();

    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    pango_cairo_context_set_font_options(context, options);
    pango_context_set_round_glyph_positions(context, FALSE);
    for (size_t i = 0; i < d->count; i++) {
        const draw_item *item = &d->items[i];

        cairo_new_path(cairo); /* words leave a current point */
        if (item->kind == DRAW_PATH) {
            for (size_t k = 0; k < item->point_count; k++)
                cairo_line_to(cairo, d->points[item->point_first + k][0],
                              d->points[item->point_first + k][1]);
            if (item->closed)
                cairo_close_path(cairo);
            finish_shape(cairo, &item->style);
        } else if (item->kind == DRAW_CIRCLE) {
            cairo_new_sub_path(cairo);
            cairo_arc(cairo, item->x, item->y, item->radius, 0, 2 * WADI_PI);
            finish_shape(cairo, &item->style);
        } else if (item->kind == DRAW_WORDS) {
            paint_words(cairo, context, item);
        } else if (item->kind == DRAW_IMAGE) {
            paint_image(cairo, d, item);
        }
    }
    cairo_font_options_destroy(options);
    g_object_unref(context);
}
