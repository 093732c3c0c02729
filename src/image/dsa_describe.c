#include "dsa.h"

#include <math.h>

static json_t *vessel_json(const wadi_dsa *dsa, const wadi_dsa_vessel *vessel)
{
    json_t *out = json_object(), *points = json_array();
    double scale = dsa->spacing_mm.known ? dsa->spacing_mm.value : NAN;
    double share = dsa->spacing_sd_frac.known ? dsa->spacing_sd_frac.value : NAN;
    /* One profile is good to about a tenth of a pixel; the scale's error is common to all. */
    double sd = hypot(0.1 * scale, share * scale * vessel->mean_diameter_px);

    json_object_set_new(out, "length_px", wadi_json_number(vessel->length_px));
    json_object_set_new(out, "length_mm", wadi_json_number(vessel->length_px * scale));
    json_object_set_new(out, "diameter_px", wadi_json_number(vessel->mean_diameter_px));
    json_object_set_new(out, "diameter_mm", wadi_json_number(vessel->mean_diameter_px * scale));
    json_object_set_new(out, "diameter_mm_sd", wadi_json_number(sd));
    json_object_set_new(out, "least_diameter_px", wadi_json_number(vessel->least_diameter_px));
    json_object_set_new(out, "reference_diameter_px",
                        wadi_json_number(vessel->reference_diameter_px));
    json_object_set_new(out, "stenosis_percent", wadi_json_number(100 * vessel->stenosis_frac));
    json_object_set_new(out, "arrival_ms", wadi_json_number(vessel->arrival_ms));
    for (wadi_index i = 0; i < vessel->count; i++) {
        json_t *point = json_array();

        json_array_append_new(point, wadi_json_number(round(vessel->x_px[i] * 100) / 100));
        json_array_append_new(point, wadi_json_number(round(vessel->y_px[i] * 100) / 100));
        json_array_append_new(point,
                              wadi_json_number(round(vessel->diameter_px[i] * 100) / 100));
        json_array_append_new(points, point);
    }
    json_object_set_new(out, "points_x_y_diameter_px", points);
    return out;
}

wadi_status wadi_dsa_describe(const wadi_dsa *dsa, const wadi_image *run, char **out,
                              size_t *size, wadi_error *err)
{
    json_t *object = json_object(), *masks = json_array(), *shifts = json_array();
    json_t *vessels = json_array(), *reasons = json_array();
    wadi_status status;

    for (wadi_index f = dsa->mask_first; f <= dsa->mask_last; f++)
        json_array_append_new(masks, json_integer(f));
    for (wadi_index f = 0; f < dsa->frames; f++) {
        json_t *pair = json_array();

        json_array_append_new(pair,
                              wadi_json_number(round(dsa->shift_px[2 * f] * 1000) / 1000));
        json_array_append_new(pair,
                              wadi_json_number(round(dsa->shift_px[2 * f + 1] * 1000) / 1000));
        json_array_append_new(shifts, pair);
    }
    for (wadi_index v = 0; v < dsa->vessel_count; v++)
        json_array_append_new(vessels, vessel_json(dsa, &dsa->vessels[v]));
    if (!dsa->spacing_mm.known)
        json_array_append_new(reasons, json_string("no_scale"));
    if (!run->frame_times_ms)
        json_array_append_new(reasons, json_string("no_frame_times"));
    if (dsa->first_contrast_frame == WADI_NONE)
        json_array_append_new(reasons, json_string("no_contrast_found"));
    json_object_set_new(object, "schema", json_string("wadi.image.dsa/1"));
    json_object_set_new(object, "frames", json_integer(dsa->frames));
    json_object_set_new(object, "first_contrast_frame",
                        dsa->first_contrast_frame == WADI_NONE
                            ? json_null()
                            : json_integer(dsa->first_contrast_frame));
    json_object_set_new(object, "mask_frames", masks);
    json_object_set_new(object, "shift_px", shifts);
    json_object_set_new(object, "arrival_ms", wadi_json_number(dsa->arrival));
    json_object_set_new(object, "background_sd_before", wadi_json_number(dsa->sd_before));
    json_object_set_new(object, "background_sd_after", wadi_json_number(dsa->sd_after));
    json_object_set_new(object, "spacing_mm",
                        dsa->spacing_mm.known ? wadi_json_number(dsa->spacing_mm.value)
                                              : json_null());
    json_object_set_new(object, "spacing_sd_frac",
                        dsa->spacing_sd_frac.known
                            ? wadi_json_number(dsa->spacing_sd_frac.value)
                            : json_null());
    json_object_set_new(object, "vessels", vessels);
    json_object_set_new(object, "reasons", reasons);
    status = wadi_json_text(object, out, size, err);
    json_decref(object);
    return status;
}

enum { CROSS = 61, DIRECTIONS = 48, ALONG = 12 };

/* Darkness across a direction, `step` pixels apart, meaned over `reach` pixels to each side
 * along it. */
static void cross(const float *logs, const wadi_image *run, double x, double y, double angle,
                  int reach, double step, double *profile)
{
    for (int k = 0; k < CROSS; k++) {
        double t = (k - CROSS / 2) * step, total = 0;

        for (int s = -reach; s <= reach; s++)
            total += filter_between(logs, run->columns, run->rows,
                                    (float)(x + t * cos(angle) - s * sin(angle)),
                                    (float)(y + t * sin(angle) + s * cos(angle)));
        profile[k] = total / (2 * reach + 1);
    }
}

/* Sum of squares about the straight line through a profile's ends. */
static double contrast(const double *profile)
{
    double sum = 0;

    for (int k = 0; k < CROSS; k++) {
        double share = k / (CROSS - 1.0);
        double off = profile[k] - (1 - share) * profile[0] - share * profile[CROSS - 1];

        sum += off * off;
    }
    return sum;
}

/* A catheter's profile has most contrast across it: averaging along any other way blurs it. */
static double across_catheter(const float *logs, const wadi_image *run, double x, double y)
{
    double best = 0, most = -1, profile[CROSS];

    for (int d = 0; d < DIRECTIONS; d++) {
        double angle = WADI_PI * d / DIRECTIONS, here;

        cross(logs, run, x, y, angle, ALONG, 0.4, profile);
        here = contrast(profile);
        if (here > most) {
            most = here;
            best = angle;
        }
    }
    return best;
}

/* Width of what is seen across a direction. Bones cross the profile too: the second and third
 * look are about its middle and no wider than it needs. */
static bool width_across(const float *logs, const wadi_image *run, double x, double y,
                         double angle, int reach, double *width)
{
    double step = 0.4, profile[CROSS], off;

    for (int look = 0; look < 5; look++) {
        cross(logs, run, x, y, angle, reach, step, profile);
        if (!dsa_fit_cylinder(profile, CROSS, step, width, &off) || fabs(off) > 6)
            return false;
        x += off * cos(angle);
        y += off * sin(angle);
        step = (0.62 * *width + 1.5) / (CROSS / 2);
    }
    return true;
}

wadi_status wadi_dsa_calibrate(const wadi_image *run, wadi_index frame, double x_px,
                               double y_px, double diameter_mm, bool ball, double *spacing_mm,
                               double *sd_frac, wadi_error *err)
{
    size_t count = (size_t)run->rows * (size_t)run->columns;
    float *logs = wadi_alloc(count, sizeof *logs);
    double sum = 0, squares = 0, kept = 0, width;
    int tries = ball ? 12 : 7;

    if (!logs)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a frame");
    wadi_image_frame(run, frame, logs);
    for (size_t i = 0; i < count; i++)
        logs[i] = -logf(logs[i] > 0 ? logs[i] + 0.5f : 0.5f);

    double angle = ball ? 0 : across_catheter(logs, run, x_px, y_px);

    /* A ball in all directions; a catheter at places 4 pixels apart along it. */
    for (int k = 0; k < tries; k++) {
        double turned = ball ? WADI_PI * k / tries : angle;
        double along = ball ? 0 : 4.0 * (k - tries / 2);

        if (!width_across(logs, run, x_px - along * sin(angle), y_px + along * cos(angle),
                          turned, ball ? 0 : 4, &width))
            continue;
        sum += width;
        squares += width * width;
        kept++;
    }
    free(logs);
    if (kept < 3 || !(sum / kept > 1))
        return wadi_fail(err, WADI_ERR_RANGE,
                         "column %.0f, row %.0f: no %s of %.3g mm is seen there", x_px, y_px,
                         ball ? "ball" : "catheter", diameter_mm);
    width = sum / kept;
    *spacing_mm = diameter_mm / width;
    /* A tenth of a pixel in width, and how far the places differ. */
    *sd_frac = hypot(0.1 / width, sqrt(fmax(0, squares / kept - width * width) / kept) / width);
    return WADI_OK;
}
