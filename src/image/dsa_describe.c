#include "dsa.h"

#include <math.h>
#include <stdlib.h>

static json_t *vessel_json(const wadi_dsa *dsa, const wadi_dsa_vessel *vessel)
{
    json_t *out = json_object(), *points = json_array();
    double scale = dsa->spacing_mm.known ? dsa->spacing_mm.value : NAN;
    double share = dsa->spacing_sd_frac.known ? dsa->spacing_sd_frac.value : NAN;
    /* The scale's error is common to all profiles. */
    double sd = hypot(DSA_PROFILE_SD_PX * scale, share * scale * vessel->mean_diameter_px);

    json_object_set_new(out, "length_px", wadi_json_number(vessel->length_px));
    json_object_set_new(out, "length_mm", wadi_json_number(vessel->length_px * scale));
    json_object_set_new(out, "diameter_px", wadi_json_number(vessel->mean_diameter_px));
    json_object_set_new(out, "diameter_mm", wadi_json_number(vessel->mean_diameter_px * scale));
    json_object_set_new(out, "diameter_mm_sd", wadi_json_number(sd));
    json_object_set_new(out, "least_diameter_px", wadi_json_number(vessel->least_diameter_px));
    json_object_set_new(out, "reference_diameter_px",
                        wadi_json_number(vessel->reference_diameter_px));
    json_object_set_new(out, "stenosis_percent", wadi_json_number(100 * vessel->stenosis_frac));
    json_object_set_new(out, "stenosis_reason",
                        vessel->stenosis_reason ? json_string(vessel->stenosis_reason)
                                                : json_null());
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

static wadi_status regions_json(const wadi_dsa *dsa, const wadi_image *run,
                                const wadi_dsa_box *boxes, wadi_index count, json_t *out,
                                wadi_error *err)
{
    float *curve = wadi_alloc((size_t)dsa->frames, sizeof *curve);
    wadi_status status = WADI_OK;

    if (!curve)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a curve over time");
    for (wadi_index i = 0; i < count && !status; i++) {
        const wadi_index *box = boxes[i].box;
        wadi_dsa_times times;
        json_t *region, *values;

        status = wadi_dsa_region(dsa, run, box, curve, &times, err);
        if (status)
            break;
        region = json_object();
        values = json_array();
        for (wadi_index f = 0; f < dsa->frames; f++)
            json_array_append_new(values, wadi_json_number(round(curve[f] * 1e4) / 1e4));
        json_object_set_new(region, "name", json_string(boxes[i].name));
        json_object_set_new(region, "box_px",
                            json_pack("[i,i,i,i]", box[0], box[1], box[2], box[3]));
        json_object_set_new(region, "arrival_ms", wadi_json_number(times.arrival_ms));
        json_object_set_new(region, "peak_ms", wadi_json_number(times.peak_ms));
        json_object_set_new(region, "time_to_peak_ms",
                            wadi_json_number(times.peak_ms - times.arrival_ms));
        json_object_set_new(region, "mean_transit_ms", wadi_json_number(times.transit_ms));
        json_object_set_new(region, "washout_ms", wadi_json_number(times.washout_ms));
        json_object_set_new(region, "peak", wadi_json_number(times.peak));
        json_object_set_new(region, "area_ms", wadi_json_number(times.area_ms));
        json_object_set_new(region, "curve", values);
        json_array_append_new(out, region);
    }
    free(curve);
    return status;
}

wadi_status wadi_dsa_describe(const wadi_dsa *dsa, const wadi_image *run, char **out,
                              size_t *size, wadi_error *err)
{
    return wadi_dsa_describe_regions(dsa, run, NULL, 0, out, size, err);
}

wadi_status wadi_dsa_describe_regions(const wadi_dsa *dsa, const wadi_image *run,
                                      const wadi_dsa_box *boxes, wadi_index count, char **out,
                                      size_t *size, wadi_error *err)
{
    json_t *object = json_object(), *masks = json_array(), *shifts = json_array();
    json_t *vessels = json_array(), *reasons = json_array(), *regions = json_array();
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
    json_object_set_new(object, "regions", regions);
    json_object_set_new(object, "reasons", reasons);
    status = regions_json(dsa, run, boxes, count, regions, err);
    if (!status)
        status = wadi_json_text(object, out, size, err);
    json_decref(object);
    return status;
}
