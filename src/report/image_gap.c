/* Pictures of the artery-vein gap. */
#include "report/image_report_impl.h"

#include <math.h>
#include <stdlib.h>

enum { ARTERY = 0xff6a3d, VEIN = 0x56b4e9, CROSSING = 0xf0e442 };

static wadi_status draw_profile(const wadi_gap *gap, wadi_picture **out, wadi_error *err)
{
    bool two = gap->view_count == 2;
    char crossing[64], needle[48], basket[48];
    const wadi_plot_curve curve = {.name = two ? "gap with its interval"
                                               : "lower bound of the gap (one view)",
                                   .count = gap->count,
                                   .x = gap->from_mm,
                                   .y = gap->gap_mm,
                                   .low = two ? gap->low_mm : NULL,
                                   .high = two ? gap->high_mm : NULL,
                                   .colour = 0x0072b2};
    const wadi_plot_level levels[] = {{gap->needle_reach_mm, 0xd55e00, needle},
                                      {gap->basket_mm, 0x8a6d00, basket}};
    const wadi_plot_span span = {gap->from_mm[gap->first], gap->from_mm[gap->last], 0x00795a,
                                 crossing};

    snprintf(needle, sizeof needle, "needle reach %g mm", gap->needle_reach_mm);
    snprintf(basket, sizeof basket, "basket %g mm", gap->basket_mm);
    snprintf(crossing, sizeof crossing, "crossing %.0f to %.0f mm", span.from, span.to);
    return wadi_picture_plot(
        &(wadi_plot){.title = "Gap between artery and vein",
                     .x_label = gap->origin_given
                                    ? "along the artery, from the posterior tibial origin, mm"
                                    : "along the artery, from the upper end seen, mm",
                     .y_label = "gap, edge to edge, mm",
                     .curves = &curve,
                     .curve_count = 1,
                     .levels = levels,
                     .level_count = 2,
                     .spans = &span,
                     .span_count = 1,
                     .from_zero = true,
                     .note = two ? "Inside the shaded stretch the gap cannot be told from its "
                                   "least."
                                 : "One view shows the gap foreshortened: the true gap is "
                                   "larger."},
        out, err);
}

/* Both contrasts dark on light, the artery's warm and the vein's cold. */
static void mix(const wadi_gap_view *view, uint8_t *rgb)
{
    size_t count = (size_t)view->columns * (size_t)view->rows;
    double low = 0, artery = 0.3, vein = 0.3;
    wadi_index right = (wadi_index)lround(view->moved_px[0]);
    wadi_index below = (wadi_index)lround(view->moved_px[1]);

    image_quantiles(count, view->artery_opacity, NULL, 0, 0.998, &low, &artery);
    image_quantiles(count, view->vein_opacity, NULL, 0, 0.998, &low, &vein);
    for (wadi_index r = 0; r < view->rows; r++) {
        for (wadi_index c = 0; c < view->columns; c++) {
            size_t at = (size_t)r * (size_t)view->columns + (size_t)c;
            wadi_index x = c + right, y = r + below;
            bool inside = x >= 0 && y >= 0 && x < view->columns && y < view->rows;
            double a = view->artery_opacity[at] / (artery + 1e-6);
            double v = inside
                           ? view->vein_opacity[(size_t)y * (size_t)view->columns + (size_t)x] /
                                 (vein + 1e-6)
                           : 0;

            a = a > 0 ? a < 1 ? a : 1 : 0;
            v = v > 0 ? v < 1 ? v : 1 : 0;
            rgb[3 * at] = (uint8_t)(245 - 60 * a - 150 * v + 40 * a * v);
            rgb[3 * at + 1] = (uint8_t)(245 - 130 * a - 90 * v + 40 * a * v);
            rgb[3 * at + 2] = (uint8_t)(245 - 150 * a - 40 * v + 20 * a * v);
        }
    }
}

static wadi_status draw_view(const wadi_gap *gap, int v, wadi_picture **out, wadi_error *err)
{
    const wadi_gap_view *view = &gap->views[v];
    wadi_status status;
    uint8_t *rgb = wadi_alloc(3 * (size_t)view->columns * (size_t)view->rows, 1);
    wadi_index first = 0, last = 0, best = 0;
    char title[40], words[48];
    const wadi_picture_key keys[] = {
        {ARTERY, "artery"}, {VEIN, "vein"}, {CROSSING, "where to cross"}};

    if (!rgb)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a view of the gap");
    mix(view, rgb);
    for (wadi_index i = 0; i < view->artery_count; i++) {
        first = view->artery_from_mm[i] <= gap->from_mm[gap->first] ? i : first;
        best = view->artery_from_mm[i] <= gap->from_mm[gap->best] ? i : best;
        last = view->artery_from_mm[i] <= gap->from_mm[gap->last] ? i : last;
    }
    snprintf(title, sizeof title, gap->view_count == 2 ? "View %d of 2" : "The only view",
             v + 1);
    snprintf(words, sizeof words, "gap %.1f mm", gap->gap_mm[gap->best]);

    const wadi_picture_line lines[] = {{.count = view->artery_count,
                                        .x_px = view->artery_x_px,
                                        .y_px = view->artery_y_px,
                                        .colour = ARTERY},
                                       {.count = view->vein_count,
                                        .x_px = view->vein_x_px,
                                        .y_px = view->vein_y_px,
                                        .colour = VEIN},
                                       {.count = last - first + 1,
                                        .x_px = view->artery_x_px + first,
                                        .y_px = view->artery_y_px + first,
                                        .colour = CROSSING,
                                        .width = 2.5}};
    const wadi_picture_mark mark = {view->artery_x_px[best], view->artery_y_px[best], CROSSING,
                                    words};

    status = wadi_picture_overlay(
        &(wadi_overlay){.title = title,
                        .columns = view->columns,
                        .rows = view->rows,
                        .channels = 3,
                        .pixels = rgb,
                        .row_mm = view->spacing_mm,
                        .column_mm = view->spacing_mm,
                        .lines = lines,
                        .line_count = 3,
                        .marks = &mark,
                        .mark_count = 1,
                        .keys = keys,
                        .key_count = 3,
                        .note = "Warm: arterial run; cold: venous run, moved onto it by the "
                                "bones. The scale holds at the axis of rotation."},
        out, err);
    free(rgb);
    return status;
}

static wadi_status save_page(const wadi_gap *gap, const wadi_picture *const pictures[3],
                             const char *directory, wadi_error *err)
{
    bool two = gap->view_count == 2;
    wadi_index best = gap->best;
    char crossing[64], least[80], vein[48], reach[64], path[4096];
    const char *notes[3];
    wadi_index note_count = 0;

    snprintf(crossing, sizeof crossing, "%.0f to %.0f mm, best at %.0f mm",
             gap->from_mm[gap->first], gap->from_mm[gap->last], gap->from_mm[best]);
    if (two)
        snprintf(least, sizeof least, "%.1f mm (%.1f to %.1f)", gap->gap_mm[best],
                 gap->low_mm[best], gap->high_mm[best]);
    else
        snprintf(least, sizeof least, "at least %.1f mm", gap->low_mm[best]);
    snprintf(vein, sizeof vein, "%.1f mm; basket %g mm", gap->vein_diameter_mm, gap->basket_mm);
    snprintf(reach, sizeof reach, "%g mm", gap->needle_reach_mm);
    if (!two)
        notes[note_count++] = "One view gives a lower bound of the gap, never the gap.";
    notes[note_count++] = "Accuracy was measured on phantoms made by wadi only; no public "
                          "double injection of the leg was found (docs/imaging.md).";
    notes[note_count++] = "gap.csv is what wadi plan reads; gap.json holds every number with "
                          "its reasons.";

    const char *const facts[][2] = {{"crossing, along the artery", crossing},
                                    {"gap there", least},
                                    {"vein", vein},
                                    {"needle reach", reach}};

    snprintf(path, sizeof path, "%s/page.pdf", directory);
    return wadi_picture_page_write(
        &(wadi_picture_page){.title = "Artery-vein gap",
                             .subtitle = two ? "two views" : "one view",
                             .facts = facts,
                             .fact_count = WADI_COUNT_OF(facts),
                             .pictures = pictures,
                             .picture_count = gap->view_count + 1,
                             .notes = notes,
                             .note_count = note_count},
        path, err);
}

wadi_status wadi_gap_report(const wadi_gap *gap, const char *directory, wadi_error *err)
{
    wadi_picture *pictures[3] = {NULL};
    char stem[16];
    wadi_status status = wadi_gap_write(gap, directory, err);

    if (!status)
        status = image_save_text(directory, "gap.json", gap->text, gap->size, err);
    if (!status)
        status = draw_profile(gap, &pictures[0], err);
    if (!status)
        status = image_save_picture(pictures[0], directory, "gap", ".svg .png", err);
    for (int v = 0; v < gap->view_count && !status; v++) {
        status = draw_view(gap, v, &pictures[v + 1], err);
        snprintf(stem, sizeof stem, "view_%d", v + 1);
        if (!status)
            status = image_save_picture(pictures[v + 1], directory, stem, ".png .svg", err);
    }
    if (!status)
        status = save_page(gap, (const wadi_picture *const *)pictures, directory, err);
    for (int i = 0; i < 3; i++)
        wadi_picture_free(pictures[i]);
    return status;
}
