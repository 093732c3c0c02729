/* The report as PDF: two A4 pages, the same bytes for the same result. */
#include "report/page_impl.h"

#include <cairo-pdf.h>
#include <stdlib.h>
#include <string.h>

static cairo_status_t take_bytes(void *closure, const unsigned char *bytes, unsigned size)
{
    wadi_text *text = closure;

    wadi_text_put(text, (const char *)bytes, size);
    return text->failed ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

static void draw_frame(page *p, const wadi_plan_result *result, int number)
{
    page_font font = {.size = 6.6, .colour = 0x505050};
    double y = PAGE_HEIGHT - PAGE_MARGIN + 5;
    char words[200];

    p->dry = false;
    p->scale = 1;
    page_rule(p, PAGE_MARGIN, y - 3, PAGE_WIDTH - PAGE_MARGIN, y - 3, 0xb0b0b0, 0.4);
    page_words(p, PAGE_MARGIN, y, 0, (page_font){.size = 6.8, .bold = true, .colour = 0x9c1c28},
               WADI_RESEARCH_ONLY);
    font.align = PANGO_ALIGN_RIGHT;
    snprintf(words, sizeof words, "wadi %s%s%.72s; page %d of 2", wadi_version(),
             result->input_hash[0] ? "; input " : "", result->input_hash, number);
    page_words(p, PAGE_MARGIN, y + 9, PAGE_INNER, font, words);
    if (result->exploratory) {
        page_box(p, 0, 0, PAGE_WIDTH, 18, 0x9c1c28, -1);
        page_words(
            p, 0, 3.5, PAGE_WIDTH,
            (page_font){
                .size = 9, .bold = true, .colour = 0xffffff, .align = PANGO_ALIGN_CENTER},
            "EXPLORATORY: an exclusion was overridden by the user");
    }
}

wadi_status wadi_report_pdf(const wadi_plan_result *result, const wadi_case *the_case,
                            char **out, size_t *size, wadi_error *err)
{
    wadi_status status = WADI_OK;
    wadi_text bytes = {0};
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(take_bytes, &bytes, PAGE_WIDTH, PAGE_HEIGHT);
    cairo_t *cairo = cairo_create(surface);
    cairo_font_options_t *options = cairo_font_options_create();
    page p = {.cairo = cairo,
              .context = pango_font_map_create_context(pango_cairo_font_map_get_default())};
    const double bottom = PAGE_HEIGHT - PAGE_MARGIN - 2;
    cairo_status_t drawn;

    *out = NULL;
    *size = 0;
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    pango_cairo_context_set_font_options(p.context, options);
    pango_context_set_round_glyph_positions(p.context, FALSE);
    /* A date of its own would make two runs on the same case differ. */
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE,
                                   "2000-01-01T00:00:00Z");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE,
                                   "wadi: plan of a venous arterialization");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT, WADI_RESEARCH_ONLY);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "wadi");
    page_fit(&p, result, the_case, bottom, report_page_one);
    draw_frame(&p, result, 1);
    cairo_show_page(cairo);
    page_fit(&p, result, the_case, bottom, report_page_two);
    draw_frame(&p, result, 2);
    cairo_show_page(cairo);
    drawn = cairo_status(cairo);
    cairo_destroy(cairo);
    cairo_surface_finish(surface);
    if (!drawn)
        drawn = cairo_surface_status(surface);
    if (drawn == CAIRO_STATUS_NO_MEMORY || bytes.failed)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the report");
    else if (drawn)
        status = wadi_fail(err, WADI_ERR_IO, "the report cannot be drawn: %s",
                           cairo_status_to_string(drawn));
    if (!status) {
        *out = bytes.bytes;
        *size = bytes.size;
        bytes.bytes = NULL;
    }
    cairo_surface_destroy(surface);
    cairo_font_options_destroy(options);
    g_object_unref(p.context);
    wadi_text_clear(&bytes);
    return status;
}
