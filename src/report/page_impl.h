/* Words, bars and tables on a page in points. A page is first measured dry and then drawn, so
 * that what is too long becomes smaller or shorter and is never cut. */
#ifndef WADI_PAGE_IMPL_H
#define WADI_PAGE_IMPL_H

#include "report/report_impl.h"

#include <pango/pangocairo.h>

#define PAGE_WIDTH  595.28 /* A4 */
#define PAGE_HEIGHT 841.89
#define PAGE_MARGIN 30.0
#define PAGE_INNER  (PAGE_WIDTH - 2 * PAGE_MARGIN)

typedef struct page {
    cairo_t *cairo;
    PangoContext *context;
    bool dry;           /* measure only */
    double scale;       /* of the font sizes */
    int limit;          /* most lines in a list */
    bool extra;         /* room for what is welcome but can be left out */
    double x, y, width; /* the column at hand: its left edge, where the next line goes */
} page;

typedef struct page_font {
    double size;
    bool bold, italic;
    int colour;
    bool one_line; /* end in an ellipsis rather than wrap */
    PangoAlignment align;
} page_font;

/* Words at a place; their height. Width 0 does not wrap. */
double page_words(page *p, double x, double y, double width, page_font font, const char *words);
double page_words_width(page *p, page_font font, const char *words);
/* Words in the column, which grows by them. */
void page_line(page *p, page_font font, const char *words);
/* Behind a bullet of a given width. */
void page_item(page *p, const char *bullet, double indent, page_font font, const char *words);
void page_heading(page *p, const char *words);
void page_space(page *p, double points);
void page_box(page *p, double x, double y, double width, double height, int fill, int stroke);
void page_rule(page *p, double x0, double y0, double x1, double y1, int colour, double width);
void page_dot(page *p, double x, double y, double radius, int fill, int stroke);
/* "... and 7 more, see plan.json" when a list was cut. */
void page_more(page *p, wadi_index shown, wadi_index count);
int page_shown(const page *p, wadi_index count);
/* " (source)", without what stands in brackets in it. */
void page_add_source(wadi_text *text, const char *source);
/* "text (source)", with the rule in front. `free` it; NULL without memory. */
char *page_note_text(const wadi_note *note);

/* Draw dry with smaller fonts, then shorter lists, until it ends above `bottom`. */
typedef double (*page_draw)(page *p, const wadi_plan_result *result, const wadi_case *the_case);
void page_fit(page *p, const wadi_plan_result *result, const wadi_case *the_case, double bottom,
              page_draw draw);

double report_page_one(page *p, const wadi_plan_result *result, const wadi_case *the_case);
double report_page_two(page *p, const wadi_plan_result *result, const wadi_case *the_case);
/* TcPO2 and nutritive flow of every bed of the foot. */
void report_beds(page *p, const wadi_plan_result *result);
/* Strips of the crossing and the indices of every place, for the best plan. */
void report_waves(page *p, const wadi_plan_result *result);
/* Before (ring) and after (dot) with their bands, one line for each quantity. */
void report_chart(page *p, const wadi_plan_result *result);

#endif
