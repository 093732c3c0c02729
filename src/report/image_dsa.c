/* Pictures of a subtracted run. */
#include "report/image_report_impl.h"
#include "wadi/image_cine.h"

#include <math.h>
#include <stdlib.h>

enum { LABELLED = 14, CINE_LONGEST = 640, MAP_COUNT = 5 };

typedef struct run_work {
    const wadi_dsa *dsa;
    const wadi_image *run;
    size_t count;
    uint8_t *opacity; /* dark vessels */
    double *outline_x, *outline_y;
    wadi_index outline_count;
    wadi_picture *vessels, *curve, *maps[MAP_COUNT];
    int cine_factor;
} run_work;

/* A diameter in mm with its standard deviation from the scale, or in pixels without one. */
static void diameter_words(const wadi_dsa *dsa, const wadi_dsa_vessel *vessel, char *words,
                           size_t size)
{
    double scale = dsa->spacing_mm.known ? dsa->spacing_mm.value : 1;
    const char *unit = dsa->spacing_mm.known ? "mm" : "px";

    /* The narrowest place of a short piece says little: a branch or an end is near. */
    if (isfinite(vessel->stenosis_frac) && vessel->stenosis_frac >= 0.5 &&
        vessel->length_px > 8 * vessel->mean_diameter_px)
        snprintf(words, size, "%.1f %s, stenosis %.0f %%", scale * vessel->mean_diameter_px,
                 unit, 100 * vessel->stenosis_frac);
    else
        snprintf(words, size, "%.1f %s", scale * vessel->mean_diameter_px, unit);
}

static wadi_status draw_vessels(run_work *work, wadi_error *err)
{
    const wadi_dsa *dsa = work->dsa;
    wadi_status status;
    char words[LABELLED][64];
    wadi_picture_line *lines = wadi_alloc((size_t)dsa->vessel_count + 1, sizeof *lines);
    const wadi_picture_key keys[] = {{image_colour(0), "centreline with mean diameter"},
                                     {0xb0b0b0, "outline"}};

    if (!lines)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the lines of vessels");
    lines[0] = (wadi_picture_line){.count = work->outline_count,
                                   .x_px = work->outline_x,
                                   .y_px = work->outline_y,
                                   .colour = 0xb0b0b0,
                                   .width = 0.5};
    for (wadi_index v = 0; v < dsa->vessel_count; v++) {
        const wadi_dsa_vessel *vessel = &dsa->vessels[v];

        lines[v + 1] = (wadi_picture_line){.count = vessel->count,
                                           .x_px = vessel->x_px,
                                           .y_px = vessel->y_px,
                                           .colour = image_colour(0),
                                           .width = 1.4};
        if (v < LABELLED && isfinite(vessel->mean_diameter_px)) {
            diameter_words(dsa, vessel, words[v], sizeof words[v]);
            lines[v + 1].label = words[v];
        }
    }
    status = wadi_picture_overlay(
        &(wadi_overlay){.title = "Vessels on the greatest contrast",
                        .columns = dsa->columns,
                        .rows = dsa->rows,
                        .channels = 1,
                        .pixels = work->opacity,
                        .row_mm = dsa->spacing_mm,
                        .column_mm = dsa->spacing_mm,
                        .lines = lines,
                        .line_count = dsa->vessel_count + 1,
                        .keys = keys,
                        .key_count = 2,
                        .note = dsa->spacing_mm.known
                                    ? "The scale holds in the plane it was taken in."
                                    : "No scale is known: diameters are in pixels (px). "
                                      "Calibrate with --catheter-fr and --at."},
        &work->vessels, err);
    free(lines);
    return status;
}

static wadi_status draw_maps(run_work *work, wadi_error *err)
{
    const wadi_dsa *dsa = work->dsa;
    const struct {
        const char *title, *bar;
        const float *values;
    } maps[MAP_COUNT] = {{"Arrival of contrast", "arrival, ms", dsa->arrival_ms},
                         {"Time to peak", "peak, ms", dsa->peak_ms},
                         {"Mean transit", "transit, ms", dsa->transit_ms},
                         {"Washout, peak to half", "washout, ms", dsa->washout_ms},
                         {"Greatest contrast", "optical depth", dsa->opacity}};
    wadi_status status = WADI_OK;

    for (int m = 0; m < MAP_COUNT && !status; m++)
        status = image_map_picture(
            &(image_map){.title = maps[m].title,
                         .bar = maps[m].bar,
                         .note = "Colours from the 2nd to the 98th percentile inside the "
                                 "vessels.",
                         .columns = dsa->columns,
                         .rows = dsa->rows,
                         .values = maps[m].values,
                         .mask = dsa->mask,
                         .under = work->opacity,
                         .spacing_mm = dsa->spacing_mm},
            &work->maps[m], err);
    return status;
}

/* Mean over the vessels against time. */
static wadi_status draw_curve(run_work *work, wadi_error *err)
{
    const wadi_dsa *dsa = work->dsa;
    bool timed = work->run->frame_times_ms != NULL;
    double *x = wadi_alloc((size_t)dsa->frames, sizeof *x);
    double *y = wadi_alloc((size_t)dsa->frames, sizeof *y), inside = 0;
    wadi_plot_span span = {0, 0, 0x009e73, "mask frames"};
    wadi_status status = WADI_OK;

    if (!x || !y) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for a curve");
        goto done;
    }
    for (size_t i = 0; i < work->count; i++)
        inside += dsa->mask[i] != 0;
    for (wadi_index f = 0; f < dsa->frames; f++) {
        const float *frame = dsa->difference + (size_t)f * work->count;

        x[f] = timed ? work->run->frame_times_ms[f] : f;
        for (size_t i = 0; i < work->count; i++)
            y[f] += dsa->mask[i] ? frame[i] / inside : 0;
    }
    if (inside == 0 || dsa->frames < 2)
        goto done;
    span.from = x[dsa->mask_first];
    span.to = x[dsa->mask_last];
    status = wadi_picture_plot(
        &(wadi_plot){
            .title = "Contrast in the vessels",
            .x_label = timed ? "time from the first frame, ms" : "frame",
            .y_label = "mean optical depth",
            .curves =
                &(wadi_plot_curve){.count = dsa->frames, .x = x, .y = y, .colour = 0x0072b2},
            .curve_count = 1,
            .spans = &span,
            .span_count = 1,
            .from_zero = true},
        &work->curve, err);
done:
    free(x);
    free(y);
    return status;
}

/* Subtracted frames, vessels dark on a light ground. */
static void draw_cine_frame(const void *data, wadi_index frame, uint8_t *pixels)
{
    const run_work *work = data;
    const wadi_dsa *dsa = work->dsa;
    wadi_index factor = work->cine_factor, columns = dsa->columns / factor;
    const float *values = dsa->difference + (size_t)frame * work->count;

    for (wadi_index r = 0; r < dsa->rows / factor; r++) {
        for (wadi_index c = 0; c < columns; c++) {
            float sum = 0;

            for (wadi_index k = 0; k < factor * factor; k++)
                sum += values[(size_t)(r * factor + k / factor) * (size_t)dsa->columns +
                              (size_t)(c * factor + k % factor)];
            double grey = 190 - 220 * sum / (float)(factor * factor);

            *pixels++ = (uint8_t)(grey > 0 ? grey < 255 ? grey + 0.5 : 255 : 0);
        }
    }
}

static wadi_status save_cine(run_work *work, wadi_cine_kind kind, const char *directory,
                             wadi_error *err)
{
    const wadi_dsa *dsa = work->dsa;
    const double *times = work->run->frame_times_ms;
    wadi_index longest = dsa->columns > dsa->rows ? dsa->columns : dsa->rows;
    char path[4096];
    wadi_cine cine = {
        .frames = dsa->frames, .channels = 1, .draw = draw_cine_frame, .data = work};

    if (kind == WADI_CINE_NONE)
        return WADI_OK;
    work->cine_factor =
        longest > CINE_LONGEST ? (longest + CINE_LONGEST - 1) / CINE_LONGEST : 1;
    cine.columns = dsa->columns / work->cine_factor;
    cine.rows = dsa->rows / work->cine_factor;
    if (cine.columns < 1 || cine.rows < 1)
        return WADI_OK;
    if (times && dsa->frames > 1)
        cine.frame_ms = (times[dsa->frames - 1] - times[0]) / (dsa->frames - 1);
    snprintf(path, sizeof path, "%s/cine.%s", directory, kind == WADI_CINE_MP4 ? "mp4" : "png");
    return wadi_cine_write(&cine, path, err);
}

static wadi_status save_page(const run_work *work, const char *directory, wadi_error *err)
{
    const wadi_dsa *dsa = work->dsa;
    char size[64], arrival[64] = "not found", masks[48], before[48], after[48], scale[64];
    char vessels[48], path[4096];
    const wadi_picture *pictures[4];
    const char *notes[3];
    wadi_index picture_count = 0, note_count = 0;
    const wadi_picture *wanted[4] = {work->vessels, work->maps[0], work->curve, work->maps[4]};

    for (int i = 0; i < 4; i++)
        if (wanted[i])
            pictures[picture_count++] = wanted[i];
    snprintf(size, sizeof size, "%d frames of %d x %d pixels", dsa->frames, dsa->columns,
             dsa->rows);
    if (dsa->first_contrast_frame != WADI_NONE && isfinite(dsa->arrival))
        snprintf(arrival, sizeof arrival, "frame %d, %.0f ms", dsa->first_contrast_frame,
                 dsa->arrival);
    else if (dsa->first_contrast_frame != WADI_NONE)
        snprintf(arrival, sizeof arrival, "frame %d", dsa->first_contrast_frame);
    snprintf(masks, sizeof masks, "%d to %d", dsa->mask_first, dsa->mask_last);
    snprintf(before, sizeof before, "%.4f optical depth", dsa->sd_before);
    snprintf(after, sizeof after, "%.4f optical depth", dsa->sd_after);
    snprintf(scale, sizeof scale, "not known");
    if (dsa->spacing_mm.known && dsa->spacing_sd_frac.known)
        snprintf(scale, sizeof scale, "%.4f mm a pixel, sd %.1f %%", dsa->spacing_mm.value,
                 100 * dsa->spacing_sd_frac.value);
    else if (dsa->spacing_mm.known)
        snprintf(scale, sizeof scale, "%.4f mm a pixel", dsa->spacing_mm.value);
    snprintf(vessels, sizeof vessels, "%d", dsa->vessel_count);
    if (!dsa->spacing_mm.known)
        notes[note_count++] = "No scale is known: calibrate with --catheter-fr, --ball-mm or "
                              "--spacing-mm. Diameters are in pixels.";
    if (!work->run->frame_times_ms)
        notes[note_count++] = "The file gives no frame times: there are no maps of time.";
    notes[note_count++] = "Every number with its unit and reason is in dsa.json.";

    const char *const facts[][2] = {{"run", size},
                                    {"contrast arrives", arrival},
                                    {"mask frames", masks},
                                    {"background before correction of motion", before},
                                    {"background after", after},
                                    {"scale", scale},
                                    {"pieces of vessel", vessels}};

    snprintf(path, sizeof path, "%s/page.pdf", directory);
    return wadi_picture_page_write(&(wadi_picture_page){.title = "Subtracted run",
                                                        .facts = facts,
                                                        .fact_count = WADI_COUNT_OF(facts),
                                                        .pictures = pictures,
                                                        .picture_count = picture_count,
                                                        .notes = notes,
                                                        .note_count = note_count},
                                   path, err);
}

static wadi_status save(const run_work *work, const char *directory, wadi_error *err)
{
    static const char *const STEMS[MAP_COUNT] = {"arrival", "peak_time", "transit", "washout",
                                                 "opacity_map"};
    wadi_status status = image_save_bare(directory, "opacity.png", work->dsa->columns,
                                         work->dsa->rows, work->opacity, err);

    if (!status)
        status = image_save_picture(work->vessels, directory, "vessels", ".png .svg", err);
    if (!status && work->curve)
        status = image_save_picture(work->curve, directory, "contrast", ".svg", err);
    for (int m = 0; m < MAP_COUNT && !status; m++)
        if (work->maps[m])
            status = image_save_picture(work->maps[m], directory, STEMS[m], ".png", err);
    return status;
}

wadi_status wadi_dsa_report(const wadi_dsa *dsa, const wadi_image *run, const char *text,
                            size_t size, wadi_cine_kind cine, const char *directory,
                            wadi_error *err)
{
    run_work work = {.dsa = dsa, .run = run};
    float most = 0.05f;
    wadi_status status = wadi_directory_make(directory, err);

    if (status)
        return status;
    work.count = (size_t)dsa->columns * (size_t)dsa->rows;
    work.opacity = wadi_alloc(work.count, 1);
    if (!work.opacity)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu pixels", work.count);
    for (size_t i = 0; i < work.count; i++)
        most = dsa->opacity[i] > most ? dsa->opacity[i] : most;
    image_grey(work.count, dsa->opacity, 0.7 * most, 0, work.opacity);
    status = image_save_text(directory, "dsa.json", text, size, err);
    if (!status)
        status = wadi_mask_outline(dsa->columns, dsa->rows, dsa->mask, &work.outline_x,
                                   &work.outline_y, &work.outline_count, err);
    if (!status)
        status = draw_vessels(&work, err);
    if (!status)
        status = draw_maps(&work, err);
    if (!status)
        status = draw_curve(&work, err);
    if (!status)
        status = save(&work, directory, err);
    if (!status)
        status = save_page(&work, directory, err);
    if (!status)
        status = save_cine(&work, cine, directory, err);
    wadi_picture_free(work.vessels);
    wadi_picture_free(work.curve);
    for (int m = 0; m < MAP_COUNT; m++)
        wadi_picture_free(work.maps[m]);
    free(work.opacity);
    free(work.outline_x);
    free(work.outline_y);
    return status;
}
