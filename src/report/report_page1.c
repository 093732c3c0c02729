/* Page 1: verdict with reasons, the leg before and after, key numbers. */
#include "report/leg_impl.h"
#include "report/page_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int verdict_colour(wadi_verdict verdict)
{
    switch (verdict) {
    case WADI_ELIGIBLE:
        return 0x1b6e3c;
    case WADI_CONDITIONAL:
    case WADI_DEFER:
    case WADI_INCOMPLETE:
        return 0x9a5b00;
    case WADI_EXCLUDE:
    case WADI_NOT_ELIGIBLE:
        return 0x9c1c28;
    case WADI_NOT_CANDIDATE:
        return 0x4a4a4a;
    }
    return 0x4a4a4a;
}

static void case_words(const wadi_plan_result *result, const wadi_case *the_case,
                       wadi_text *text)
{
    const char *side = the_case ? wadi_case_word("side", the_case->side_word) : NULL;
    const char *origin = the_case ? wadi_case_word("origin", the_case->origin_word) : NULL;
    char bed[WADI_NAME_SIZE];

    report_bed_title(result->wound_bed, bed);
    wadi_text_add(text, "%s%s", side ? side : "", side ? " leg" : "leg");
    if (the_case && the_case->presentation.rutherford.known)
        wadi_text_add(text, "; Rutherford %.0f", the_case->presentation.rutherford.value);
    if (bed[0])
        wadi_text_add(text,
                      !the_case || the_case->wound_count
                          ? "; wound: %s"
                          : "; no wound described, looked at as one: %s",
                      bed);
    if (the_case && the_case->patient.age_years.known)
        wadi_text_add(text, "; %.0f years", the_case->patient.age_years.value);
    if (the_case && the_case->patient.diabetes == WADI_YES)
        wadi_text_add(text, ", diabetes");
    if (the_case && the_case->patient.dialysis == WADI_YES)
        wadi_text_add(text, ", dialysis");
    if (origin)
        wadi_text_add(text, "; case: %s",
                      !strcmp(origin, "made_up")    ? "made up"
                      : !strcmp(origin, "unstated") ? "origin not stated"
                                                    : origin);
}

static void draw_header(page *p, const wadi_plan_result *result, const wadi_case *the_case)
{
    wadi_text text = {0};
    const char *title = the_case && the_case->title ? the_case->title : "One leg";

    page_line(p, (page_font){.size = 15, .bold = true, .colour = 0x12263f, .one_line = true},
              title);
    case_words(result, the_case, &text);
    page_line(p, (page_font){.size = 8.4, .colour = 0x404040, .one_line = true},
              text.bytes ? text.bytes : "");
    wadi_text_clear(&text);
    page_space(p, 5);
}

static void draw_verdict(page *p, const wadi_plan_result *result)
{
    const double height = 20;
    char caution[REPORT_CAUTION_SIZE];
    page_font name = {.size = 11.5, .bold = true, .colour = 0xffffff};
    page_font meaning = {.size = 8.8, .colour = 0xffffff, .one_line = true};
    const char *title = report_verdict_title(result->verdict);
    double width = page_words_width(p, name, title), scale = p->scale;

    p->scale = 1;
    report_caution(result, caution);
    page_box(p, p->x, p->y, p->width, height,
             verdict_colour(caution[0] ? WADI_CONDITIONAL : result->verdict), -1);
    page_words(p, p->x + 8, p->y + 3, 0, name, title);
    width = page_words_width(p, name, title);
    page_words(p, p->x + width + 18, p->y + 4.8, p->width - width - 26, meaning,
               report_verdict_meaning(result->verdict));
    p->scale = scale;
    p->y += height + 4;
    if (caution[0]) {
        page_line(p, (page_font){.size = 9, .bold = true, .colour = 0x9c1c28}, caution);
        page_space(p, 4);
    }
}

static bool under(const wadi_note *note, const char *heading)
{
    /* Reasons of other kinds stand with the general ones. */
    if (!strcmp(heading, "General"))
        return strcmp(note->heading, "angiographic") && strcmp(note->heading, "wound");
    return !strcmp(note->heading, strcmp(heading, "Wound") ? "angiographic" : "wound");
}

static double reason_column(page *p, const wadi_plan_result *result, const char *heading)
{
    wadi_index count = 0, shown = 0;

    page_line(p, (page_font){.size = 8, .bold = true, .colour = 0x1f3a5f}, heading);
    for (wadi_index i = 0; i < result->reasons.count; i++) {
        const wadi_note *note = &result->reasons.items[i];
        char *words;

        if (!under(note, heading) || ++count > p->limit)
            continue;
        words = page_note_text(note);
        page_item(p, "\xe2\x80\xa2", 7, (page_font){.size = 7, .colour = 0x1a1a1a},
                  words ? words : note->text);
        free(words);
        shown++;
    }
    if (!count)
        page_line(p, (page_font){.size = 7, .italic = true, .colour = 0x707070},
                  "no rule fired");
    page_more(p, shown, count);
    return p->y;
}

/* A column is the wider the more there is to say under it. */
static void draw_reasons(page *p, const wadi_plan_result *result)
{
    static const char *const HEADINGS[] = {"General", "Angiographic", "Wound"};
    enum { COLUMNS = WADI_COUNT_OF(HEADINGS) };
    double top = p->y, bottom = p->y, x = p->x, width = p->width, gap = 12, at = 0;
    double room = width - (COLUMNS - 1) * gap, share[COLUMNS] = {0}, total = 0;

    for (int i = 0; i < COLUMNS; i++) {
        for (wadi_index k = 0; k < result->reasons.count; k++)
            if (under(&result->reasons.items[k], HEADINGS[i]))
                share[i] += 20 + (double)strlen(result->reasons.items[k].text);
        total += share[i];
    }
    for (int i = 0; i < COLUMNS; i++) {
        p->x = x + at;
        p->y = top;
        p->width = room * (total > 0 ? 0.18 + 0.46 * share[i] / total : 1.0 / 3);
        at += p->width + gap;
        bottom = fmax(bottom, reason_column(p, result, HEADINGS[i]));
    }
    p->x = x;
    p->y = bottom;
    p->width = width;
}

static void draw_figure(page *p, const wadi_plan_result *result, const wadi_case *the_case)
{
    double scale = p->width / LEG_WIDTH;
    drawing d = {0};

    page_space(p, 6);
    if (!p->dry) {
        leg_figure(result, the_case, &d);
        cairo_save(p->cairo);
        cairo_translate(p->cairo, p->x, p->y);
        cairo_scale(p->cairo, scale, scale);
        drawing_paint(&d, p->cairo);
        cairo_restore(p->cairo);
        drawing_clear(&d);
    }
    p->y += scale * LEG_HEIGHT;
}

double report_page_one(page *p, const wadi_plan_result *result, const wadi_case *the_case)
{
    char words[200];

    p->x = PAGE_MARGIN;
    p->y = PAGE_MARGIN;
    p->width = PAGE_INNER;
    draw_header(p, result, the_case);
    draw_verdict(p, result);
    draw_reasons(p, result);
    if (result->missing.count || result->warnings.count) {
        snprintf(words, sizeof words, "%d open question%s and %d warning%s: page 2",
                 (int)result->missing.count, result->missing.count == 1 ? "" : "s",
                 (int)result->warnings.count, result->warnings.count == 1 ? "" : "s");
        page_line(p, (page_font){.size = 7, .italic = true, .colour = 0x9a5b00}, words);
    }
    draw_figure(p, result, the_case);
    report_chart(p, result);
    if (p->extra)
        report_beds(p, result);
    return p->y;
}
