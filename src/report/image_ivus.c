/* One page for a pullback: diameters along it and its narrowest frame. */
#include "wadi/image_ivus.h"
#include "report/image_report_impl.h"

#include <math.h>
#include <stdlib.h>

/* As in frame_NNNN.png, long.png and diameters.svg: lumen blue, membrane orange. */
enum { LUMEN = 0x46c8ff, EEM = 0xffaa28 };

static wadi_status draw_course(const wadi_ivus *ivus, wadi_picture **out, wadi_error *err)
{
    size_t count = (size_t)ivus->frame_count;
    double *values = wadi_alloc(7 * count, sizeof *values);
    bool placed = isfinite(wadi_ivus_position_mm(ivus, ivus->frame_count - 1));
    wadi_status status;

    if (!values)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the course of a pullback");
    for (size_t f = 0; f < count; f++) {
        const wadi_ivus_frame *frame = &ivus->frames[f];
        const wadi_ivus_border *borders[2] = {&frame->lumen, &frame->eem};

        values[f] = placed ? wadi_ivus_position_mm(ivus, (wadi_index)f) : (double)f;
        for (size_t b = 0; b < 2; b++) {
            double middle = frame->echoes ? borders[b]->size.equal_area_mm : NAN;

            values[(1 + 3 * b) * count + f] = middle;
            values[(2 + 3 * b) * count + f] = middle - 1.96 * borders[b]->sd_mm;
            values[(3 + 3 * b) * count + f] = middle + 1.96 * borders[b]->sd_mm;
        }
    }
    const wadi_plot_curve curves[] = {{"lumen", ivus->frame_count, values, values + count,
                                       values + 2 * count, values + 3 * count, 0x0072b2, false},
                                      {"outer elastic membrane", ivus->frame_count, values,
                                       values + 4 * count, values + 5 * count,
                                       values + 6 * count, 0xd07c00, false}};

    status =
        wadi_picture_plot(&(wadi_plot){.title = "Diameters along the pullback",
                                       .x_label = placed ? "from the first frame, mm" : "frame",
                                       .y_label = "diameter of the circle of equal area, mm",
                                       .curves = curves,
                                       .curve_count = 2,
                                       .from_zero = true,
                                       .note = "Bands: 1.96 standard uncertainties."},
                          out, err);
    free(values);
    return status;
}

static wadi_index narrowest(const wadi_ivus *ivus)
{
    wadi_index best = WADI_NONE;

    for (wadi_index f = 0; f < ivus->frame_count; f++)
        if (ivus->frames[f].echoes &&
            (best == WADI_NONE ||
             ivus->frames[f].lumen.size.area_mm2 < ivus->frames[best].lumen.size.area_mm2))
            best = f;
    return best;
}

static wadi_status draw_frame(const wadi_ivus *ivus, const wadi_image *pullback, wadi_index at,
                              wadi_picture **out, wadi_error *err)
{
    size_t count = (size_t)pullback->rows * (size_t)pullback->columns;
    float *values = wadi_alloc(count, sizeof *values);
    uint8_t *grey = wadi_alloc(count, 1);
    double points[4][WADI_IVUS_LINES];
    const wadi_ivus_border *borders[2] = {&ivus->frames[at].lumen, &ivus->frames[at].eem};
    const wadi_picture_key keys[] = {{LUMEN, "lumen"}, {EEM, "outer elastic membrane"}};
    wadi_picture_line lines[2];
    char title[48];
    wadi_status status;

    if (!values || !grey) {
        free(values);
        free(grey);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a frame");
    }
    wadi_image_frame(pullback, at, values);
    image_grey(count, values, 0, 255, grey);
    for (int b = 0; b < 2; b++) {
        for (int i = 0; i < WADI_IVUS_LINES; i++) {
            double angle = 2 * WADI_PI * i / WADI_IVUS_LINES, r = borders[b]->radius_mm[i];

            points[2 * b][i] = ivus->x_px + r * cos(angle) / ivus->column_mm;
            points[2 * b + 1][i] = ivus->y_px + r * sin(angle) / ivus->row_mm;
        }
        lines[b] = (wadi_picture_line){.count = WADI_IVUS_LINES,
                                       .x_px = points[2 * b],
                                       .y_px = points[2 * b + 1],
                                       .colour = b ? EEM : LUMEN,
                                       .closed = true};
    }
    snprintf(title, sizeof title, "Narrowest frame, %d", at);
    status = wadi_picture_overlay(&(wadi_overlay){.title = title,
                                                  .columns = pullback->columns,
                                                  .rows = pullback->rows,
                                                  .channels = 1,
                                                  .pixels = grey,
                                                  .row_mm = {true, ivus->row_mm},
                                                  .column_mm = {true, ivus->column_mm},
                                                  .lines = lines,
                                                  .line_count = 2,
                                                  .keys = keys,
                                                  .key_count = 2},
                                  out, err);
    free(values);
    free(grey);
    return status;
}

/* Frame beside frame, to scale across; along, to scale where the speed is known. */
static wadi_status draw_long(const wadi_ivus *ivus, const wadi_image *pullback,
                             wadi_picture **out, wadi_error *err)
{
    uint8_t *rgb = NULL;
    wadi_index columns = 0, each = 1, last = ivus->frame_count - 1;
    double length = wadi_ivus_position_mm(ivus, last), along;
    const wadi_picture_key keys[] = {{LUMEN, "lumen"}, {EEM, "outer elastic membrane"}};
    char note[160];
    wadi_status status = wadi_ivus_long(ivus, pullback, &rgb, &columns, &each, err);

    if (status)
        return status;
    along = length / last / each;
    if (isfinite(along) && along > 0)
        snprintf(note, sizeof note,
                 "From left to right frames 0 to %d, %.1f mm of pullback; from top to bottom "
                 "%.1f mm. The bar holds both ways.",
                 last, length, ivus->row_mm * pullback->rows);
    else
        snprintf(note, sizeof note,
                 "From left to right frames 0 to %d; the pullback's speed is not known. From "
                 "top to bottom %.1f mm.",
                 last, ivus->row_mm * pullback->rows);
    status = wadi_picture_overlay(
        &(wadi_overlay){.title = "Long view",
                        .columns = columns,
                        .rows = pullback->rows,
                        .channels = 3,
                        .pixels = rgb,
                        .row_mm = {isfinite(along) && along > 0, ivus->row_mm},
                        .column_mm = {isfinite(along) && along > 0, along},
                        .keys = keys,
                        .key_count = 2,
                        .note = note},
        out, err);
    free(rgb);
    return status;
}

static wadi_status save_long(const wadi_ivus *ivus, const wadi_image *pullback,
                             const char *directory, wadi_error *err)
{
    wadi_picture *picture = NULL;
    wadi_status status = draw_long(ivus, pullback, &picture, err);

    if (!status)
        status = image_save_picture(picture, directory, "long", ".png", err);
    wadi_picture_free(picture);
    return status;
}

wadi_status wadi_ivus_page(const wadi_ivus *ivus, const wadi_image *pullback,
                           const char *directory, wadi_error *err)
{
    wadi_picture *pictures[2] = {NULL};
    wadi_index at = narrowest(ivus), count = 0;
    char frames[48], lumen[80] = "none seen", vessel[80] = "none seen", path[4096];
    const char *const notes[] = {
        "Every number with its uncertainty and reasons is in ivus.json.",
        "Borders were proven on pullbacks made by wadi; no real one was "
        "at hand."};
    wadi_status status = wadi_directory_make(directory, err);

    if (!status)
        status = save_long(ivus, pullback, directory, err);
    if (!status && at != WADI_NONE)
        status = draw_course(ivus, &pictures[count], err);
    count += status == WADI_OK && pictures[count];
    if (status == WADI_ERR_MISSING) /* one frame has no course */
        status = WADI_OK;
    if (!status && at != WADI_NONE)
        status = draw_frame(ivus, pullback, at, &pictures[count], err);
    count += status == WADI_OK && at != WADI_NONE;
    if (!status && at != WADI_NONE)
        status =
            image_save_picture(pictures[count - 1], directory, "narrowest", ".png .svg", err);
    snprintf(frames, sizeof frames, "%d", ivus->frame_count);
    if (at != WADI_NONE) {
        const wadi_ivus_frame *frame = &ivus->frames[at];

        snprintf(lumen, sizeof lumen, "%.2f +- %.2f mm", frame->lumen.size.equal_area_mm,
                 frame->lumen.sd_mm);
        snprintf(vessel, sizeof vessel, "%.2f +- %.2f mm", frame->eem.size.equal_area_mm,
                 frame->eem.sd_mm);
    }
    const char *const facts[][2] = {{"frames", frames},
                                    {"narrowest lumen", lumen},
                                    {"outer elastic membrane there", vessel}};

    snprintf(path, sizeof path, "%s/page.pdf", directory);
    if (!status)
        status = wadi_picture_page_write(
            &(wadi_picture_page){.title = "Ultrasound pullback",
                                 .facts = facts,
                                 .fact_count = 3,
                                 .pictures = (const wadi_picture *const *)pictures,
                                 .picture_count = count,
                                 .notes = notes,
                                 .note_count = 2},
            path, err);
    wadi_picture_free(pictures[0]);
    wadi_picture_free(pictures[1]);
    return status;
}
