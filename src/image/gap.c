/* From the files of two injections to the gap profile and the crossing. */
#include "gap.h"
#include "dsa.h"

#include <stdlib.h>
#include <string.h>

#define NEEDLE_REACH_MM                                                                        \
    10.0 /* re-entry needle; review of percutaneous DVA, doi:10.20944/preprints202309.1715.v1  \
          */
#define BASKET_MM 6.0 /* nitinol basket in the vein; the same */

typedef struct injection {
    char path[2][4096];
    int views;
    wadi_image *run[2];
    wadi_dsa *dsa[2];
    const wadi_dsa_vessel *vessel[2];
    gap_line line;
} injection;

static wadi_status split(const char *list, injection *out, wadi_error *err)
{
    const char *comma = strchr(list, ',');
    size_t first = comma ? (size_t)(comma - list) : strlen(list);

    if (first == 0 || first >= sizeof out->path[0] ||
        (comma && strlen(comma + 1) >= sizeof out->path[1]) ||
        (comma && (!comma[1] || strchr(comma + 1, ','))))
        return wadi_fail(err, WADI_ERR_PARSE, "'%s': one file, or two with a comma, is wanted",
                         list);
    memcpy(out->path[0], list, first);
    out->views = comma ? 2 : 1;
    if (comma)
        strcpy(out->path[1], comma + 1);
    return WADI_OK;
}

static wadi_status check_geometry(const char *path, const wadi_image *run, wadi_error *err)
{
    if (!run->primary_deg.known || !run->secondary_deg.known ||
        !run->source_detector_mm.known || !run->source_patient_mm.known ||
        !run->imager_row_mm.known)
        return wadi_fail(
            err, WADI_ERR_MISSING,
            "%s: angles, source distances (mm) and imager spacing (mm) are wanted for "
            "the gap; `wadi image info` lists what is missing",
            path);
    return WADI_OK;
}

/* The vessel with most opacity: length times width. Short bits of bone or catheter lose. */
static const wadi_dsa_vessel *main_vessel(const wadi_dsa *dsa)
{
    const wadi_dsa_vessel *best = NULL;
    double most = 0;

    for (wadi_index v = 0; v < dsa->vessel_count; v++) {
        const wadi_dsa_vessel *here = &dsa->vessels[v];
        double height = fabs(here->y_px[0] - here->y_px[here->count - 1]);
        double score =
            height * sqrt(isnan(here->mean_diameter_px) ? 1 : here->mean_diameter_px);

        if (score > most) {
            most = score;
            best = here;
        }
    }
    return best;
}

static wadi_status look(injection *side, wadi_error *err)
{
    wadi_dsa_options options = wadi_dsa_options_default();

    for (int v = 0; v < side->views; v++) {
        wadi_status status = wadi_image_read(side->path[v], &side->run[v], err);

        if (!status)
            status = check_geometry(side->path[v], side->run[v], err);
        if (!status)
            status = wadi_dsa_run(side->run[v], &options, &side->dsa[v], err);
        if (status)
            return status;
        side->vessel[v] = main_vessel(side->dsa[v]);
        if (!side->vessel[v] || side->vessel[v]->length_px < 50)
            return wadi_fail(err, WADI_ERR_MISSING, "%s: no vessel with contrast was found",
                             side->path[v]);
    }
    return WADI_OK;
}

/* Logarithm of the run without contrast: the mean of its mask frames, each moved onto the
 * first, shrunk to about 256 pixels. */
static float *still(const wadi_image *run, const wadi_dsa *dsa, int factor, wadi_index *columns,
                    wadi_index *rows)
{
    size_t count = (size_t)run->rows * (size_t)run->columns;
    float *frame = wadi_alloc(2 * count, sizeof *frame), *moved = frame + count, *out;
    bool failed = !frame;

    *columns = run->columns / factor;
    *rows = run->rows / factor;
    out = wadi_alloc((size_t)*columns * (size_t)*rows, sizeof *out);
    for (wadi_index f = dsa->mask_first; out && f <= dsa->mask_last && !failed; f++) {
        dsa_warp warp;

        for (int k = 0; k < DSA_GRID * DSA_GRID * 2; k++)
            (&warp.shift[0][0][0])[k] = -dsa->shift_px[2 * f + k % 2];
        wadi_image_frame(run, f, frame);
        failed = !dsa_apply_warp(run->columns, run->rows, frame, &warp, moved);
        for (wadi_index r = 0; r < *rows * factor; r++)
            for (wadi_index c = 0; c < *columns * factor; c++)
                out[(size_t)(r / factor) * (size_t)*columns + (size_t)(c / factor)] +=
                    moved[(size_t)r * (size_t)run->columns + (size_t)c];
    }
    free(frame);
    for (size_t i = 0; out && i < (size_t)*columns * (size_t)*rows; i++)
        out[i] = logf(out[i] > 0 ? out[i] : 0.5f);
    if (failed) {
        free(out);
        out = NULL;
    }
    return out;
}

/* One run cannot be both injections: its gap would be nought everywhere. */
static wadi_status check_two_runs(const injection *artery, const injection *vein, int view,
                                  wadi_error *err)
{
    const wadi_image *a = artery->run[view], *b = vein->run[view];
    size_t count = (size_t)a->rows * (size_t)a->columns;
    float *frames;
    bool same = a->frames == b->frames && a->rows == b->rows && a->columns == b->columns;

    if (!same)
        return WADI_OK;
    frames = wadi_alloc(2 * count, sizeof *frames);
    if (!frames)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for two frames");
    for (wadi_index f = 0; f < a->frames && same; f++) {
        wadi_image_frame(a, f, frames);
        wadi_image_frame(b, f, frames + count);
        same = !memcmp(frames, frames + count, count * sizeof *frames);
    }
    free(frames);
    return same ? wadi_fail(
                      err, WADI_ERR_CONFLICT,
                      "%s and %s are one run; an arterial and a venous injection are wanted",
                      artery->path[view], vein->path[view])
                : WADI_OK;
}

/* Bones tell how far the foot moved between the injections: move the venous lines back. */
static wadi_status align(const injection *artery, injection *vein, int view, double moved[2],
                         wadi_error *err)
{
    wadi_index columns, rows, least = artery->run[view]->columns;
    int factor = least >= 384 ? (least + 128) / 256 : 1;
    wadi_dsa_vessel *line = (wadi_dsa_vessel *)(uintptr_t)vein->vessel[view];
    float *a, *b, *weight;
    double shift[2] = {0};
    bool found;

    if (artery->run[view]->columns != vein->run[view]->columns ||
        artery->run[view]->rows != vein->run[view]->rows)
        return wadi_fail(err, WADI_ERR_CONFLICT,
                         "%s and %s differ in size; the same view is wanted",
                         artery->path[view], vein->path[view]);
    a = still(artery->run[view], artery->dsa[view], factor, &columns, &rows);
    b = still(vein->run[view], vein->dsa[view], factor, &columns, &rows);
    weight = wadi_alloc((size_t)columns * (size_t)rows, sizeof *weight);
    for (wadi_index r = 8; weight && r < rows - 8; r++)
        for (wadi_index c = 8; c < columns - 8; c++)
            weight[(size_t)r * (size_t)columns + (size_t)c] = 1;
    found = a && b && weight && dsa_find_shift(columns, rows, a, b, weight, shift);
    free(a);
    free(b);
    free(weight);
    if (!found)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory to align two runs");
    for (int k = 0; k < 2; k++)
        moved[k] = shift[k] * factor;
    for (wadi_index i = 0; i < line->count; i++) {
        line->x_px[i] -= moved[0];
        line->y_px[i] -= moved[1];
    }
    return WADI_OK;
}

static void set_view(const wadi_image *run, cone_view *view)
{
    cone_view_init(view, run->primary_deg.value, run->secondary_deg.value,
                   run->source_patient_mm.value, run->source_detector_mm.value,
                   run->imager_row_mm.value, run->columns, run->rows);
}

static wadi_status to_space(injection *side, wadi_error *err)
{
    cone_view views[2];

    for (int v = 0; v < side->views; v++)
        set_view(side->run[v], &views[v]);
    if (side->views == 1)
        return gap_flat(&views[0], side->vessel[0], &side->line, err);
    if (fabs(cone_dot(views[0].beam, views[1].beam)) > 0.97)
        return wadi_fail(err, WADI_ERR_CONFLICT,
                         "the two views are %.0f degrees apart; at least 15 are wanted",
                         acos(fabs(cone_dot(views[0].beam, views[1].beam))) * 180 / WADI_PI);
    return gap_reconstruct(views, side->vessel, &side->line, err);
}

/* 0 for one view. */
static double between_views(const injection *side)
{
    cone_view views[2];

    for (int v = 0; v < side->views; v++)
        set_view(side->run[v], &views[v]);
    return side->views == 2 ? acos(fabs(cone_dot(views[0].beam, views[1].beam))) : 0;
}

static double vein_diameter(const injection *vein)
{
    double pixel = vein->run[0]->row_mm.known ? vein->run[0]->row_mm.value : NAN;

    return vein->vessel[0]->mean_diameter_px * pixel;
}

static json_t *answer(const gap_profile *profile, const injection *artery,
                      const injection *vein, const wadi_gap_options *options,
                      double moved[2][2])
{
    json_t *out = json_object(), *crossing = json_object(), *reasons = json_array();
    json_t *shifts = json_array();
    wadi_index best = profile->best;
    double origin = options->origin_mm;
    bool two = artery->views == 2;
    double diameter = vein_diameter(vein), high = profile->high_mm[best];

    json_object_set_new(crossing, "from_mm",
                        wadi_json_number(origin + profile->from_mm[profile->first]));
    json_object_set_new(crossing, "to_mm",
                        wadi_json_number(origin + profile->from_mm[profile->last]));
    json_object_set_new(crossing, "at_mm", wadi_json_number(origin + profile->from_mm[best]));
    json_object_set_new(crossing, "gap_mm", wadi_json_number(profile->gap_mm[best]));
    json_object_set_new(crossing, "low_mm", wadi_json_number(profile->low_mm[best]));
    json_object_set_new(crossing, "high_mm", wadi_json_number(high));
    /* One view knows no upper bound: it can say no, but never yes. */
    json_object_set_new(crossing, "needle_reach_ok",
                        profile->low_mm[best] > NEEDLE_REACH_MM ? json_false()
                        : high <= NEEDLE_REACH_MM               ? json_true()
                                                                : json_null());
    json_object_set_new(crossing, "basket_ok",
                        isfinite(diameter) ? json_boolean(diameter >= BASKET_MM) : json_null());
    if (!two)
        json_array_append_new(reasons, json_string("single_view_lower_bound"));
    if (!options->origin_given)
        json_array_append_new(reasons, json_string("from_upper_end_seen"));
    if (profile->low_mm[best] > NEEDLE_REACH_MM)
        json_array_append_new(reasons, json_string("beyond_needle_reach"));
    else if (high > NEEDLE_REACH_MM)
        json_array_append_new(reasons, json_string("needle_reach_uncertain"));
    if (diameter < BASKET_MM)
        json_array_append_new(reasons, json_string("vein_below_basket_size"));
    for (int v = 0; v < artery->views; v++)
        json_array_append_new(shifts, json_pack("[f,f]", moved[v][0], moved[v][1]));
    json_object_set_new(out, "schema", json_string("wadi.image.gap/1"));
    json_object_set_new(out, "views", json_integer(artery->views));
    json_object_set_new(out, "bound", json_string(two ? "both" : "lower"));
    json_object_set_new(out, "crossing", crossing);
    json_object_set_new(out, "artery_length_mm",
                        wadi_json_number(artery->line.path_mm[artery->line.count - 1]));
    json_object_set_new(out, "vein_diameter_mm", wadi_json_number(diameter));
    json_object_set_new(out, "needle_reach_mm", wadi_json_number(NEEDLE_REACH_MM));
    json_object_set_new(out, "basket_mm", wadi_json_number(BASKET_MM));
    json_object_set_new(out, "between_runs_px", shifts);
    json_object_set_new(out, "reasons", reasons);
    return out;
}

static void clear(injection *side)
{
    for (int v = 0; v < 2; v++) {
        wadi_dsa_free(side->dsa[v]);
        wadi_image_free(side->run[v]);
    }
    gap_line_clear(&side->line);
}

static bool project(const cone_view *view, const gap_line *line, wadi_index *count, double **x,
                    double **y)
{
    *x = wadi_alloc((size_t)line->count, sizeof **x);
    *y = wadi_alloc((size_t)line->count, sizeof **y);
    *count = *x && *y ? line->count : 0;
    for (wadi_index i = 0; i < *count; i++)
        cone_project(view, line->point + 3 * i, &(*x)[i], &(*y)[i]);
    return *x && *y;
}

/* What pictures are drawn from; the opacities change hands. */
static bool take_view(injection *artery, injection *vein, int v, double origin,
                      const double moved[2], wadi_gap_view *out)
{
    cone_view view;
    bool good;

    set_view(artery->run[v], &view);
    out->columns = artery->run[v]->columns;
    out->rows = artery->run[v]->rows;
    out->spacing_mm = artery->run[v]->row_mm;
    out->artery_opacity = artery->dsa[v]->opacity;
    out->vein_opacity = vein->dsa[v]->opacity;
    artery->dsa[v]->opacity = vein->dsa[v]->opacity = NULL;
    memcpy(out->moved_px, moved, sizeof out->moved_px);
    good = project(&view, &artery->line, &out->artery_count, &out->artery_x_px,
                   &out->artery_y_px) &&
           project(&view, &vein->line, &out->vein_count, &out->vein_x_px, &out->vein_y_px);
    out->artery_from_mm = wadi_alloc((size_t)artery->line.count, sizeof *out->artery_from_mm);
    for (wadi_index i = 0; out->artery_from_mm && i < artery->line.count; i++)
        out->artery_from_mm[i] = origin + artery->line.path_mm[i];
    return good && out->artery_from_mm;
}

/* The profile changes hands too; positions count from the origin from here on. */
static wadi_status take_result(gap_profile *profile, injection *artery, injection *vein,
                               const wadi_gap_options *options, double moved[2][2],
                               wadi_gap **out, wadi_error *err)
{
    wadi_gap *gap = wadi_alloc(1, sizeof *gap);
    json_t *object = answer(profile, artery, vein, options, moved);
    double origin = options->origin_mm;
    wadi_status status;

    if (!gap) {
        json_decref(object);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the gap");
    }
    status = wadi_json_text(object, &gap->text, &gap->size, err);
    json_decref(object);
    gap->origin_given = options->origin_given;
    gap->count = profile->count;
    gap->from_mm = profile->from_mm;
    gap->gap_mm = profile->gap_mm;
    gap->low_mm = profile->low_mm;
    gap->high_mm = profile->high_mm;
    gap->best = profile->best;
    gap->first = profile->first;
    gap->last = profile->last;
    *profile = (gap_profile){0};
    for (wadi_index i = 0; i < gap->count; i++)
        gap->from_mm[i] += origin;
    gap->needle_reach_mm = NEEDLE_REACH_MM;
    gap->basket_mm = BASKET_MM;
    gap->vein_diameter_mm = vein_diameter(vein);
    gap->view_count = artery->views;
    for (int v = 0; v < artery->views && !status; v++)
        if (!take_view(artery, vein, v, origin, moved[v], &gap->views[v]))
            status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the views of the gap");
    if (status) {
        wadi_gap_free(gap);
        return status;
    }
    *out = gap;
    return WADI_OK;
}

wadi_status wadi_gap_run(const char *arterial, const char *venous,
                         const wadi_gap_options *options, wadi_gap **out, wadi_error *err)
{
    injection artery = {0}, vein = {0};
    gap_profile profile = {0};
    double moved[2][2] = {{0}};
    wadi_status status = split(arterial, &artery, err);

    *out = NULL;
    if (!status)
        status = split(venous, &vein, err);
    if (!status && artery.views != vein.views)
        status = wadi_fail(err, WADI_ERR_CONFLICT,
                           "%d arterial and %d venous files; the same views of both are wanted",
                           artery.views, vein.views);
    if (!status)
        status = look(&artery, err);
    if (!status)
        status = look(&vein, err);
    for (int v = 0; v < artery.views && !status; v++)
        status = check_two_runs(&artery, &vein, v, err);
    for (int v = 0; v < artery.views && !status; v++)
        status = align(&artery, &vein, v, moved[v], err);
    if (!status)
        status = to_space(&artery, err);
    if (!status)
        status = to_space(&vein, err);
    if (!status)
        status = gap_measure(&artery.line, &vein.line, between_views(&artery), &profile, err);
    if (!status)
        status = take_result(&profile, &artery, &vein, options, moved, out, err);
    gap_profile_clear(&profile);
    clear(&artery);
    clear(&vein);
    return status;
}
