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
