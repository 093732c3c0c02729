/* A drawing as SVG text. Coordinates have two decimals, so that the same drawing is the same
 * text everywhere. */
#include "report/drawing_impl.h"

#include <string.h>

static void add_escaped(wadi_text *text, const char *words)
{
    for (; *words; words++) {
        switch (*words) {
        case '&':
            wadi_text_add(text, "&amp;");
            break;
        case '<':
            wadi_text_add(text, "&lt;");
            break;
        case '>':
            wadi_text_add(text, "&gt;");
            break;
        case '"':
            wadi_text_add(text, "&quot;");
            break;
        default:
            /* Control characters are not allowed in XML. */
            wadi_text_put(text, (unsigned char)*words < 0x20 ? " " : words, 1);
        }
    }
}

static void add_style(wadi_text *text, const draw_style *style)
{
    if (style->fill == DRAW_NONE)
        wadi_text_add(text, " fill=\"none\"");
    else
        wadi_text_add(text, " fill=\"#%06x\"", (unsigned)style->fill);
    if (style->fill != DRAW_NONE && style->fill_alpha > 0 && style->fill_alpha < 1)
        wadi_text_add(text, " fill-opacity=\"%.2f\"", style->fill_alpha);
    if (style->stroke == DRAW_NONE)
        return;
    wadi_text_add(text, " stroke=\"#%06x\" stroke-width=\"%.2f\"", (unsigned)style->stroke,
                  style->width);
    if (!style->butt)
        wadi_text_add(text, " stroke-linecap=\"round\"");
    if (style->dash_on > 0)
        wadi_text_add(text, " stroke-dasharray=\"%.2f %.2f\"", style->dash_on, style->dash_off);
}

static void add_path(wadi_text *text, const drawing *d, const draw_item *item)
{
    wadi_text_add(text, "<path d=\"");
    for (size_t i = 0; i < item->point_count; i++) {
        const double *point = d->points[item->point_first + i];

        wadi_text_add(text, "%s%.2f %.2f", i == 0 ? "M" : "L", point[0], point[1]);
    }
    wadi_text_add(text, "%s\"", item->closed ? "Z" : "");
    add_style(text, &item->style);
    wadi_text_add(text, " stroke-linejoin=\"round\"/>\n");
}

static void add_words(wadi_text *text, const draw_item *item)
{
    const draw_font *font = &item->font;

    wadi_text_add(text, "<text x=\"%.2f\" y=\"%.2f\" font-size=\"%.2f\" fill=\"#%06x\"",
                  item->x, item->y, font->size, (unsigned)font->colour);
    if (font->anchor > 0)
        wadi_text_add(text, " text-anchor=\"%s\"", font->anchor < 0.75 ? "middle" : "end");
    if (font->bold)
        wadi_text_add(text, " font-weight=\"bold\"");
    if (font->italic)
        wadi_text_add(text, " font-style=\"italic\"");
    wadi_text_add(text, ">");
    add_escaped(text, item->words);
    wadi_text_add(text, "</text>\n");
}

static void add_base64(wadi_text *text, const wadi_text *bytes)
{
    static const char DIGITS[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < bytes->size; i += 3) {
        unsigned group = 0;
        char out[4];

        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (i + k < bytes->size ? (unsigned char)bytes->bytes[i + k] : 0);
        for (int k = 0; k < 4; k++)
            out[k] = DIGITS[group >> (18 - 6 * k) & 63];
        if (i + 2 >= bytes->size)
            out[3] = '=';
        if (i + 1 >= bytes->size)
            out[2] = '=';
        wadi_text_put(text, out, 4);
    }
}

static void add_image(wadi_text *text, const drawing *d, const draw_item *item)
{
    wadi_text png = {0};

    if (drawing_image_png(&d->images[item->image], &png, NULL))
        text->failed = true;
    wadi_text_add(text,
                  "<image x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" "
                  "preserveAspectRatio=\"none\" href=\"data:image/png;base64,",
                  item->x, item->y, item->width, item->height);
    add_base64(text, &png);
    wadi_text_add(text, "\"/>\n");
    wadi_text_clear(&png);
}

static void add_item(wadi_text *text, const drawing *d, const draw_item *item)
{
    switch (item->kind) {
    case DRAW_GROUP:
        wadi_text_add(text, "<g id=\"");
        add_escaped(text, item->words);
        wadi_text_add(text, "\">\n");
        break;
    case DRAW_END:
        wadi_text_add(text, "</g>\n");
        break;
    case DRAW_PATH:
        add_path(text, d, item);
        break;
    case DRAW_CIRCLE:
        wadi_text_add(text, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"%.2f\"", item->x, item->y,
                      item->radius);
        add_style(text, &item->style);
        wadi_text_add(text, "/>\n");
        break;
    case DRAW_WORDS:
        add_words(text, item);
        break;
    case DRAW_IMAGE:
        add_image(text, d, item);
        break;
    }
}

wadi_status drawing_svg(const drawing *d, const char *title, char **out, size_t *size,
                        wadi_error *err)
{
    wadi_text text = {0};

    *out = NULL;
    *size = 0;
    wadi_text_add(
        &text,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
        "viewBox=\"-10 -4 %.0f %.0f\" font-family=\"%s, Arial, Helvetica, sans-serif\">\n"
        "<title>",
        1.5 * (d->width + 20), 1.5 * (d->height + 8), d->width + 20, d->height + 8, DRAW_FONT);
    add_escaped(&text, title);
    wadi_text_add(&text, "</title>\n<rect x=\"-10\" y=\"-4\" width=\"100%%\" height=\"100%%\" "
                         "fill=\"#ffffff\"/>\n");
    for (size_t i = 0; i < d->count; i++)
        add_item(&text, d, &d->items[i]);
    wadi_text_add(&text, "</svg>\n");
    if (text.failed || d->failed) {
        wadi_text_clear(&text);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a drawing");
    }
    *out = text.bytes;
    *size = text.size;
    return WADI_OK;
}
