/* A pullback as JSON and as a table of contours. */
#include "ivus.h"

#include "base/json_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double tidy(double value)
{
    return round(value * 1e4) / 1e4;
}

static json_t *number(double value)
{
    return isfinite(value) ? wadi_json_number(tidy(value)) : json_null();
}

const char *ivus_kind_name(wadi_ivus_kind kind)
{
    static const char *const NAMES[] = {"true", "false", "unsure"};

    return NAMES[kind];
}

static json_t *border_json(const wadi_ivus_border *border)
{
    const wadi_ivus_size *size = &border->size;
    json_t *out = json_object();

    json_object_set_new(out, "area_mm2", number(size->area_mm2));
    /* d(area) = area * 2 sd / diameter, for a shape that scales. */
    json_object_set_new(out, "area_sd_mm2",
                        number(2 * size->area_mm2 * border->sd_mm / size->equal_area_mm));
    json_object_set_new(out, "equal_area_mm", number(size->equal_area_mm));
    json_object_set_new(out, "sd_mm", number(border->sd_mm));
    json_object_set_new(out, "least_mm", number(size->least_mm));
    json_object_set_new(out, "greatest_mm", number(size->greatest_mm));
    json_object_set_new(out, "mean_mm", number(size->mean_mm));
    json_object_set_new(out, "longest_mm", number(size->longest_mm));
    json_object_set_new(out, "perimeter_mm", number(size->perimeter_mm));
    json_object_set_new(out, "centre_mm",
                        json_pack("[o,o]", number(size->x_mm), number(size->y_mm)));
    json_object_set_new(out, "hidden_frac", number(border->hidden_frac));
    return out;
}

static json_t *signs_json(const wadi_ivus_frame *frame)
{
    const wadi_ivus_signs *s = &frame->signs;
    json_t *reasons = json_array();

    if (s->slit_frac > 0.07)
        json_array_append_new(reasons, json_string("second_lumen_behind_flap"));
    if (s->bare_frac > 0.25)
        json_array_append_new(reasons, json_string("bare_on_adventitia"));
    if (s->offset_frac > 0.22)
        json_array_append_new(reasons, json_string("eccentric_crescent"));
    if (!json_array_size(reasons))
        json_array_append_new(reasons, json_string("wall_of_layers_all_round"));
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "kind", ivus_kind_name(frame->kind),
                     "false_points", number(s->false_points), "slit_frac", number(s->slit_frac),
                     "bare_frac", number(s->bare_frac), "roundness", number(s->roundness),
                     "offset_frac", number(s->offset_frac), "reasons", reasons);
}

static json_t *calcium_json(const wadi_ivus_frame *frame)
{
    json_t *out = json_array();

    for (int a = 0; a < frame->arc_count; a++)
        json_array_append_new(out, json_pack("{s:o, s:o, s:o}", "from_deg",
                                             number(frame->calcium[a].from_deg), "arc_deg",
                                             number(frame->calcium[a].arc_deg), "front_mm",
                                             number(frame->calcium[a].front_mm)));
    return out;
}

static json_t *wires_json(const wadi_ivus_frame *frame)
{
    json_t *out = json_array();

    for (int w = 0; w < frame->wire_count; w++)
        json_array_append_new(out, json_pack("{s:s, s:o, s:o, s:o}", "wire",
                                             frame->wires[w].own ? "first" : "other",
                                             "angle_deg", number(frame->wires[w].angle_deg),
                                             "radius_mm", number(frame->wires[w].radius_mm),
                                             "shadow_deg", number(frame->wires[w].shadow_deg)));
    return out;
}

static json_t *frame_json(const wadi_ivus *ivus, wadi_index f)
{
    const wadi_ivus_frame *frame = &ivus->frames[f];
    json_t *out = json_object(), *reasons = json_array();

    json_object_set_new(out, "frame", json_integer(f));
    json_object_set_new(out, "time_ms",
                        ivus->frame_times_ms ? number(ivus->frame_times_ms[f]) : json_null());
    json_object_set_new(out, "position_mm", number(wadi_ivus_position_mm(ivus, f)));
    if (!frame->echoes) {
        json_array_append_new(reasons, json_string("no_echoes"));
        json_object_set_new(out, "reasons", reasons);
        return out;
    }
    if (frame->eem.hidden_frac > 0.5)
        json_array_append_new(reasons, json_string("outer_border_mostly_hidden"));
    if (frame->arc_count)
        json_array_append_new(reasons, json_string("calcium_shadow"));
    if (frame->wire_count)
        json_array_append_new(reasons, json_string("wire_shadow"));
    json_object_set_new(out, "lumen", border_json(&frame->lumen));
    json_object_set_new(out, "eem", border_json(&frame->eem));
    json_object_set_new(out, "plaque_burden_frac", number(frame->plaque_burden_frac));
    json_object_set_new(out, "calcium", calcium_json(frame));
    json_object_set_new(out, "wires", wires_json(frame));
    json_object_set_new(out, "lumen_kind", signs_json(frame));
    json_object_set_new(out, "reasons", reasons);
    return out;
}

static json_t *balloon_json(const wadi_ivus *ivus)
{
    const wadi_ivus_balloon *b = &ivus->balloon;
    json_t *out = json_object();

    json_object_set_new(out, "size_mm",
                        b->known && b->size_mm > 0 ? number(b->size_mm) : json_null());
    json_object_set_new(out, "vessel_mm", b->known ? number(b->vessel_mm) : json_null());
    json_object_set_new(out, "frame", b->known ? json_integer(b->frame) : json_null());
    json_object_set_new(out, "rule",
                        json_string("largest nominal size not above the least equal-area "
                                    "diameter in the outer membrane, less its uncertainty"));
    json_object_set_new(out, "source",
                        json_string("Hayakawa 2023 sizes by ultrasound and prints no rule; "
                                    "this one is wadi's"));
    json_object_set_new(out, "standing", json_string("OURS"));
    return out;
}

wadi_status wadi_ivus_describe(const wadi_ivus *ivus, char **out, size_t *size, wadi_error *err)
{
    json_t *all = json_object(), *frames = json_array(), *reasons = json_array();
    wadi_status status;

    for (wadi_index f = 0; f < ivus->frame_count; f++)
        json_array_append_new(frames, frame_json(ivus, f));
    if (!ivus->speed_mm_s.known)
        json_array_append_new(reasons, json_string("no_speed"));
    if (!ivus->frame_times_ms)
        json_array_append_new(reasons, json_string("no_frame_times"));
    json_object_set_new(all, "schema", json_string("wadi.image.ivus/1"));
    json_object_set_new(all, "frame_count", json_integer(ivus->frame_count));
    json_object_set_new(all, "spacing_mm",
                        json_pack("[o,o]", number(ivus->row_mm), number(ivus->column_mm)));
    json_object_set_new(all, "axis_px",
                        json_pack("[o,o]", number(ivus->x_px), number(ivus->y_px)));
    json_object_set_new(all, "blind_mm", number(ivus->blind_mm));
    json_object_set_new(all, "depth_mm", number(ivus->depth_mm));
    json_object_set_new(all, "speed_mm_s",
                        ivus->speed_mm_s.known ? number(ivus->speed_mm_s.value) : json_null());
    json_object_set_new(all, "speed_source",
                        json_string(!ivus->speed_mm_s.known ? ""
                                    : ivus->speed_from_user ? "user"
                                                            : "header"));
    json_object_set_new(all, "tip_to_transducer_mm",
                        number(0 - wadi_ivus_look(0, 0).transducer_mm));
    json_object_set_new(all, "balloon", balloon_json(ivus));
    json_object_set_new(all, "reasons", reasons);
    json_object_set_new(all, "frames", frames);
    status = wadi_json_text(all, out, size, err);
    json_decref(all);
    return status;
}

static void add_contour(const wadi_ivus *ivus, wadi_index f, const char *name,
                        const wadi_ivus_border *border, wadi_text *out)
{
    double position = wadi_ivus_position_mm(ivus, f);

    for (int line = 0; line < LINES; line++) {
        double angle = 2 * WADI_PI * line / LINES, r = border->radius_mm[line];

        wadi_text_add(out, "%d,", f);
        if (isfinite(position))
            wadi_text_add(out, "%.4f", position);
        wadi_text_add(out, ",%s,%.4f,%.4f\n", name, r * cos(angle), r * sin(angle));
    }
}

wadi_status ivus_write_contours(const wadi_ivus *ivus, const char *path, wadi_error *err)
{
    wadi_text out = {0};
    wadi_status status;

    wadi_text_add(&out, "frame,position_mm,border,x_mm,y_mm\n");
    for (wadi_index f = 0; f < ivus->frame_count; f++) {
        if (!ivus->frames[f].echoes)
            continue;
        add_contour(ivus, f, "lumen", &ivus->frames[f].lumen, &out);
        add_contour(ivus, f, "eem", &ivus->frames[f].eem, &out);
    }
    if (out.failed)
        status = wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for contours", path);
    else
        status = wadi_file_write(path, out.bytes, out.size, err);
    wadi_text_clear(&out);
    return status;
}
