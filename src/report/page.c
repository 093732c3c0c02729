#include "report/page_impl.h"

#include "report/drawing_impl.h"

#include <stdlib.h>
#include <string.h>

static void set_colour(cairo_t *cairo, int colour)
{
    cairo_set_source_rgb(cairo, (colour >> 16 & 255) / 255.0, (colour >> 8 & 255) / 255.0,
                         (colour & 255) / 255.0);
}

/* A number stays with its unit, and a unit in one piece: no line ends in "100 mL/". */
static char *keep_units(const char *words)
{
    static const char *const UNITS[] = {"mm", "mL", "mmHg", "%", "F", "Pa", "days", "weeks"};
    wadi_text text = {0};

    for (const char *c = words; *c; c++) {
        size_t next = strcspn(c + 1, " /.,;:)");
        bool unit = false;

        for (size_t i = 0; i < WADI_COUNT_OF(UNITS); i++)
            unit = unit || (strlen(UNITS[i]) == next && !strncmp(c + 1, UNITS[i], next));
        if (*c == ' ' && c > words && strchr("0123456789", c[-1]) && unit)
            wadi_text_add(&text, "\xc2\xa0"); /* no-break space */
        else if (*c == '/')
            wadi_text_add(&text, "/\xe2\x81\xa0"); /* word joiner */
        else
            wadi_text_put(&text, c, 1);
    }
    if (text.failed)
        wadi_text_clear(&text);
    return text.bytes;
}

static PangoLayout *lay_out(page *p, double width, page_font font, const char *words)
{
    PangoLayout *layout = pango_layout_new(p->context);
    PangoFontDescription *description = pango_font_description_new();
    char *kept = keep_units(words);

    pango_font_description_set_family(description, DRAW_FONT);
    pango_font_description_set_absolute_size(description, font.size * p->scale * PANGO_SCALE);
    if (font.bold)
        pango_font_description_set_weight(description, PANGO_WEIGHT_BOLD);
    if (font.italic)
        pango_font_description_set_style(description, PANGO_STYLE_ITALIC);
    pango_layout_set_font_description(layout, description);
    pango_font_description_free(description);
    if (width > 0)
        pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    if (font.one_line)
        pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
    pango_layout_set_single_paragraph_mode(layout, true);
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(layout, font.align);
    pango_layout_set_text(layout, kept ? kept : words, -1);
    free(kept);
    return layout;
}

double page_words(page *p, double x, double y, double width, page_font font, const char *words)
{
    PangoLayout *layout = lay_out(p, width, font, words);
    int height = 0;

    pango_layout_get_size(layout, NULL, &height);
    if (!p->dry) {
        set_colour(p->cairo, font.colour);
        cairo_move_to(p->cairo, x, y);
        pango_cairo_show_layout(p->cairo, layout);
    }
    g_object_unref(layout);
    return (double)height / PANGO_SCALE;
}

double page_words_width(page *p, page_font font, const char *words)
{
    PangoLayout *layout = lay_out(p, 0, font, words);
    int width = 0;

    pango_layout_get_size(layout, &width, NULL);
    g_object_unref(layout);
    return (double)width / PANGO_SCALE;
}

void page_line(page *p, page_font font, const char *words)
{
    p->y += page_words(p, p->x, p->y, p->width, font, words);
}

void page_item(page *p, const char *bullet, double indent, page_font font, const char *words)
{
    page_font mark = font;

    mark.bold = true;
    indent *= p->scale;
    page_words(p, p->x, p->y, 0, mark, bullet);
    p->y += page_words(p, p->x + indent, p->y, p->width - indent, font, words) + 1.0 * p->scale;
}

void page_heading(page *p, const char *words)
{
    page_font font = {.size = 8.6, .bold = true, .colour = 0x1f3a5f};

    page_space(p, 5);
    page_line(p, font, words);
    page_rule(p, p->x, p->y + 0.8, p->x + p->width, p->y + 0.8, 0x1f3a5f, 0.5);
    page_space(p, 3);
}

void page_space(page *p, double points)
{
    p->y += points * p->scale;
}

void page_box(page *p, double x, double y, double width, double height, int fill, int stroke)
{
    if (p->dry)
        return;
    cairo_new_path(p->cairo);
    cairo_rectangle(p->cairo, x, y, width, height);
    if (fill != DRAW_NONE) {
        set_colour(p->cairo, fill);
        cairo_fill_preserve(p->cairo);
    }
    if (stroke != DRAW_NONE) {
        set_colour(p->cairo, stroke);
        cairo_set_line_width(p->cairo, 0.6);
        cairo_stroke_preserve(p->cairo);
    }
    cairo_new_path(p->cairo);
}

void page_rule(page *p, double x0, double y0, double x1, double y1, int colour, double width)
{
    if (p->dry)
        return;
    cairo_new_path(p->cairo);
    set_colour(p->cairo, colour);
    cairo_set_line_width(p->cairo, width);
    cairo_move_to(p->cairo, x0, y0);
    cairo_line_to(p->cairo, x1, y1);
    cairo_stroke(p->cairo);
}

void page_dot(page *p, double x, double y, double radius, int fill, int stroke)
{
    if (p->dry)
        return;
    cairo_new_path(p->cairo);
    cairo_arc(p->cairo, x, y, radius, 0, 2 * WADI_PI);
    set_colour(p->cairo, fill);
    cairo_fill_preserve(p->cairo);
    set_colour(p->cairo, stroke);
    cairo_set_line_width(p->cairo, 0.9);
    cairo_stroke(p->cairo);
}

int page_shown(const page *p, wadi_index count)
{
    return count > p->limit ? p->limit : count;
}

void page_more(page *p, wadi_index shown, wadi_index count)
{
    char words[64];

    if (shown >= count)
        return;
    snprintf(words, sizeof words, "... and %d more, see plan.json", (int)(count - shown));
    page_line(p, (page_font){.size = 7, .italic = true, .colour = 0x505050}, words);
}

/* What stands in brackets in a source (journal, doi) is told by JSON and the data files. */
void page_add_source(wadi_text *text, const char *source)
{
    int depth = 0;
    size_t first = text->size;

    for (const char *c = source; *c; c++) {
        bool opens = *c == '(' || (*c == ' ' && c[1] == '(');

        if (!depth && !opens)
            wadi_text_put(text, c, 1);
        depth += *c == '(';
        depth -= *c == ')' && depth;
        if (!depth && opens && *c == ' ')
            continue;
    }
    if (text->size > first && !text->failed) {
        char *copy = wadi_strdup(text->bytes + first);

        text->size = first;
        wadi_text_add(text, " (%s)", copy ? copy : "source: plan.json");
        free(copy);
    }
}

char *page_note_text(const wadi_note *note)
{
    wadi_text text = {0};

    if (note->rule[0])
        wadi_text_add(&text, "[%s] ", note->rule);
    wadi_text_add(&text, "%s", note->text);
    page_add_source(&text, note->source);
    if (text.failed)
        wadi_text_clear(&text);
    return text.bytes;
}

void page_fit(page *p, const wadi_plan_result *result, const wadi_case *the_case, double bottom,
              page_draw draw)
{
    static const double SCALES[] = {1.16, 1.12, 1.08, 1.04, 1, 0.96, 0.92, 0.88, 0.84, 0.8};
    static const int LIMITS[] = {20, 16, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1};
    double end = bottom + 1;

    p->dry = true;
    p->limit = 1000;
    p->extra = true;
    for (size_t i = 0; i < WADI_COUNT_OF(SCALES) && SCALES[i] >= 1 && end > bottom; i++) {
        p->scale = SCALES[i];
        end = draw(p, result, the_case);
    }
    p->extra = end <= bottom;
    for (size_t i = 0; i < WADI_COUNT_OF(SCALES) && end > bottom; i++) {
        p->scale = SCALES[i];
        end = draw(p, result, the_case);
    }
    for (size_t i = 0; i < WADI_COUNT_OF(LIMITS) && end > bottom; i++) {
        p->limit = LIMITS[i];
        end = draw(p, result, the_case);
    }
    p->dry = false;
    draw(p, result, the_case);
}
