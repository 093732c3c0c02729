/* data/reference-leg.json into a limb, with the checks that a user's own leg file needs. */
#include "base/json_impl.h"
#include "limb/limb_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEG_FILE   "reference-leg.json"
#define LEG_SCHEMA "wadi.leg/1"

static const char *const ROLES[] = {"trunk", "collateral",      "ladder",
                                    "arch",  "foot_perforator", "calf_perforator"};

static const char *const GROUPS[] = {"other", "crural_artery", "small_artery", "plantar_vein",
                                     "saphenous"};

static const char *const KINDS[] = {"artery", "vein"};
static const char *const BED_KINDS[] = {"series", "star"};

static int word_index(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(words[i], word))
            return (int)i;
    return WADI_NONE;
}

static wadi_status bad(wadi_error *err, const char *list, size_t at, const char *what)
{
    return wadi_fail(err, WADI_ERR_RANGE, LEG_FILE ": /%s/%zu: %s", list, at, what);
}

static bool copy_name(char *out, size_t size, const json_t *object, const char *key)
{
    const char *text = wadi_json_get_text(object, key, "");

    if (!*text || strlen(text) >= size)
        return false;
    strcpy(out, text);
    return true;
}

static wadi_index intern_node(wadi_limb *limb, const char *name)
{
    wadi_index node = wadi_limb_node(limb, name);

    if (node != WADI_NONE || strlen(name) >= WADI_NAME_SIZE || !*name)
        return node;
    strcpy(limb->nodes[limb->node_count].name, name);
    return limb->node_count++;
}

static wadi_status read_vessels(wadi_limb *limb, const json_t *list, wadi_error *err)
{
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item)
    {
        wadi_vessel *vessel = &limb->vessels[limb->vessel_count];

        if (!copy_name(vessel->name, sizeof vessel->name, item, "name") ||
            !copy_name(vessel->title, sizeof vessel->title, item, "title"))
            return bad(err, "vessels", i, "wants a short name and a title");
        if (wadi_limb_vessel(limb, vessel->name) != WADI_NONE)
            return bad(err, "vessels", i, "its name stands twice");
        int group = word_index(GROUPS, WADI_COUNT_OF(GROUPS),
                               wadi_json_get_text(item, "group", "other"));

        if (group == WADI_NONE)
            return bad(err, "vessels", i,
                       "group is none of other, crural_artery, small_artery, "
                       "plantar_vein, saphenous");
        vessel->group = (wadi_group)group;
        int kind =
            word_index(KINDS, WADI_COUNT_OF(KINDS), wadi_json_get_text(item, "kind", ""));

        if (kind == WADI_NONE)
            return bad(err, "vessels", i, "kind is none of artery, vein");
        vessel->kind = (wadi_vessel_kind)kind;
        limb->vessel_count++;
    }
    return WADI_OK;
}

static wadi_status read_polyline(wadi_limb *limb, wadi_segment *segment, const json_t *list,
                                 size_t at, wadi_error *err)
{
    size_t i;
    json_t *item;

    segment->point_first = limb->point_count;
    segment->point_to_frac = 1;
    json_array_foreach(list, i, item)
    {
        for (size_t k = 0; k < 3; k++) {
            if (!json_is_number(json_array_get(item, k)))
                return bad(err, "segments", at, "polyline_mm wants [x, y, z] points");
            limb->points[limb->point_count][k] = json_number_value(json_array_get(item, k));
        }
        limb->point_count++;
    }
    segment->point_count = limb->point_count - segment->point_first;
    return segment->point_count >= 2
               ? WADI_OK
               : bad(err, "segments", at, "polyline_mm wants two points or more");
}

static wadi_status read_segment(wadi_limb *limb, const json_t *item, size_t at, wadi_error *err)
{
    wadi_segment *segment = &limb->segments[limb->segment_count];
    const char *role = wadi_json_get_text(item, "role", "trunk");

    if (!copy_name(segment->name, sizeof segment->name, item, "name"))
        return bad(err, "segments", at, "wants a name of at most 23 letters");
    if (wadi_limb_segment(limb, segment->name) != WADI_NONE)
        return bad(err, "segments", at, "its name stands twice");
    segment->vessel = wadi_limb_vessel(limb, wadi_json_get_text(item, "vessel", ""));
    if (segment->vessel == WADI_NONE)
        return bad(err, "segments", at, "its vessel is not in /vessels");
    segment->kind = limb->vessels[segment->vessel].kind;
    int role_index = word_index(ROLES, WADI_COUNT_OF(ROLES), role);
    if (role_index == WADI_NONE)
        return bad(err, "segments", at,
                   "role is none of trunk, collateral, ladder, arch, "
                   "foot_perforator, calf_perforator");
    segment->role = (wadi_role)role_index;
    segment->from = intern_node(limb, wadi_json_get_text(item, "from", ""));
    segment->to = intern_node(limb, wadi_json_get_text(item, "to", ""));
    if (segment->from == WADI_NONE || segment->to == WADI_NONE || segment->from == segment->to)
        return bad(err, "segments", at, "wants two different nodes, from and to");
    segment->length_m = wadi_json_get_number(item, "length_mm", 0) * WADI_M_PER_MM;
    segment->radius_from_m = wadi_json_get_number(item, "radius_from_mm", 0) * WADI_M_PER_MM;
    segment->radius_to_m = wadi_json_get_number(item, "radius_to_mm", 0) * WADI_M_PER_MM;
    segment->wall_m = wadi_json_get_number(item, "wall_mm", 0) * WADI_M_PER_MM;
    if (!(segment->length_m > 0 && segment->length_m < 2 && segment->radius_from_m > 0 &&
          segment->radius_to_m > 0 && segment->radius_from_m < 0.03 &&
          segment->radius_to_m < 0.03))
        return bad(err, "segments", at, "wants a length of 0-2000 mm and radii of 0-30 mm");
    limb->segment_count++;
    return read_polyline(limb, segment, json_object_get(item, "polyline_mm"), at, err);
}

/* Segment of the vessel that no other one of it feeds (heart_side) or follows. */
static wadi_index next_in_vessel(const wadi_limb *limb, wadi_index vessel, wadi_index node)
{
    bool vein = limb->vessels[vessel].kind == WADI_VEIN;

    for (wadi_index i = 0; i < limb->segment_count; i++) {
        const wadi_segment *segment = &limb->segments[i];

        if (segment->vessel == vessel && (vein ? segment->to : segment->from) == node)
            return i;
    }
    return WADI_NONE;
}

static wadi_index heart_side_start(const wadi_limb *limb, wadi_index vessel)
{
    bool vein = limb->vessels[vessel].kind == WADI_VEIN;

    for (wadi_index i = 0; i < limb->segment_count; i++) {
        const wadi_segment *segment = &limb->segments[i];
        wadi_index node = vein ? segment->to : segment->from;
        bool fed = false;

        if (segment->vessel != vessel)
            continue;
        for (wadi_index j = 0; j < limb->segment_count; j++)
            fed |= j != i && limb->segments[j].vessel == vessel &&
                   (vein ? limb->segments[j].from : limb->segments[j].to) == node;
        if (!fed)
            return node;
    }
    return WADI_NONE;
}

/* Places along each vessel, from its heart-side end; a vessel must be one unbranched path. */
static wadi_status place_segments(wadi_limb *limb, wadi_error *err)
{
    for (wadi_index v = 0; v < limb->vessel_count; v++) {
        bool vein = limb->vessels[v].kind == WADI_VEIN;
        wadi_index node = heart_side_start(limb, v), found, placed = 0, total = 0;
        double at_m = 0;

        for (wadi_index i = 0; i < limb->segment_count; i++)
            total += limb->segments[i].vessel == v;
        while (node != WADI_NONE && placed < total &&
               (found = next_in_vessel(limb, v, node)) != WADI_NONE) {
            wadi_segment *segment = &limb->segments[found];

            segment->at_from_m = vein ? at_m + segment->length_m : at_m;
            segment->at_to_m = vein ? at_m : at_m + segment->length_m;
            at_m += segment->length_m;
            node = vein ? segment->from : segment->to;
            placed++;
        }
        if (!total || placed != total)
            return wadi_fail(err, WADI_ERR_CONFLICT,
                             LEG_FILE ": vessel %s is not one unbranched path (it is empty, "
                                      "broken or cyclic)",
                             limb->vessels[v].name);
        limb->vessels[v].length_m = at_m;
    }
    return WADI_OK;
}

static wadi_status read_valves(wadi_limb *limb, const json_t *segments, wadi_error *err)
{
    size_t i;
    json_t *item;

    json_array_foreach(segments, i, item)
    {
        const wadi_segment *segment = &limb->segments[i];
        double wanted = wadi_json_get_number(item, "valve_count", 0);
        int count;

        if (!(wanted >= 0 && wanted <= 40))
            return bad(err, "segments", i, "valve_count wants 0 to 40");
        count = (int)wanted;
        for (int k = 0; k < count; k++) {
            double frac = (k + 0.5) / count;

            limb->valves[limb->valve_count++] = (wadi_limb_valve){
                segment->vessel,
                segment->at_from_m + frac * (segment->at_to_m - segment->at_from_m),
                WADI_VALVE_COMPETENT};
        }
    }
    return WADI_OK;
}

static wadi_status read_beds(wadi_limb *limb, const json_t *list, wadi_error *err)
{
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item)
    {
        wadi_bed *bed = &limb->beds[limb->bed_count];

        if (!copy_name(bed->name, sizeof bed->name, item, "name"))
            return bad(err, "beds", i, "wants a name of at most 23 letters");
        if (wadi_limb_bed(limb, bed->name) != WADI_NONE)
            return bad(err, "beds", i, "its name stands twice");
        int kind = word_index(BED_KINDS, WADI_COUNT_OF(BED_KINDS),
                              wadi_json_get_text(item, "kind", ""));

        if (kind == WADI_NONE)
            return bad(err, "beds", i, "kind is none of series, star");
        bed->star = kind == 1;
        bed->artery = wadi_limb_node(limb, wadi_json_get_text(item, "artery", ""));
        bed->deep = wadi_limb_node(limb, wadi_json_get_text(item, "deep", ""));
        bed->superficial = wadi_limb_node(limb, wadi_json_get_text(item, "superficial", ""));
        bed->flow_m3_s = wadi_json_get_number(item, "flow_ml_min", 0) * WADI_M3_S_PER_ML_MIN;
        bed->superficial_share_frac = wadi_json_get_number(item, "superficial_share", 0);
        if (bed->artery == WADI_NONE || bed->deep == WADI_NONE ||
            (bed->star && bed->superficial == WADI_NONE))
            return bad(err, "beds", i, "an end is not a node of the segments");
        if (!(bed->flow_m3_s > 0) || bed->superficial_share_frac < 0 ||
            bed->superficial_share_frac > 0.95)
            return bad(err, "beds", i,
                       "wants flow_ml_min > 0 and a superficial_share of 0-0.95");
        limb->bed_count++;
    }
    return WADI_OK;
}

static wadi_status read_chokes(wadi_limb *limb, const json_t *list, wadi_error *err)
{
    size_t i;
    json_t *item;

    json_array_foreach(list, i, item)
    {
        wadi_choke *choke = &limb->chokes[limb->choke_count++];

        choke->a = wadi_limb_bed(limb, wadi_json_get_text(item, "a", ""));
        choke->b = wadi_limb_bed(limb, wadi_json_get_text(item, "b", ""));
        if (choke->a == WADI_NONE || choke->b == WADI_NONE || choke->a == choke->b ||
            !limb->beds[choke->a].star || !limb->beds[choke->b].star)
            return bad(err, "chokes", i, "wants two different star beds");
    }
    return WADI_OK;
}

static size_t total_of(const json_t *list, const char *key, bool array)
{
    size_t i, total = 0;
    json_t *item;

    json_array_foreach(list, i, item) total +=
        array ? json_array_size(json_object_get(item, key))
              : (size_t)fmin(fmax(wadi_json_get_number(item, key, 0), 0), 40);
    return total;
}

static wadi_status make_tables(wadi_limb *limb, const json_t *root, wadi_error *err)
{
    const json_t *segments = json_object_get(root, "segments");
    size_t segment_count = json_array_size(segments),
           bed_count = json_array_size(json_object_get(root, "beds"));

    if (!segment_count || segment_count > 5000)
        return wadi_fail(err, WADI_ERR_RANGE,
                         LEG_FILE ": /segments: %zu of them, 1 to 5000 are wanted",
                         segment_count);
    if (!bed_count || bed_count > WADI_BED_LIMIT)
        return wadi_fail(err, WADI_ERR_RANGE,
                         LEG_FILE ": /beds: %zu of them, 1 to %d are wanted", bed_count,
                         WADI_BED_LIMIT);
    limb->nodes = wadi_alloc(2 * segment_count, sizeof *limb->nodes);
    limb->vessels =
        wadi_alloc(json_array_size(json_object_get(root, "vessels")), sizeof *limb->vessels);
    limb->segments = wadi_alloc(segment_count, sizeof *limb->segments);
    limb->points = wadi_alloc(total_of(segments, "polyline_mm", true), sizeof *limb->points);
    limb->valves = wadi_alloc(total_of(segments, "valve_count", false), sizeof *limb->valves);
    limb->lesions = wadi_alloc(0, sizeof *limb->lesions);
    limb->beds = wadi_alloc(json_array_size(json_object_get(root, "beds")), sizeof *limb->beds);
    limb->chokes =
        wadi_alloc(json_array_size(json_object_get(root, "chokes")), sizeof *limb->chokes);
    if (!limb->nodes || !limb->vessels || !limb->segments || !limb->points || !limb->valves ||
        !limb->lesions || !limb->beds || !limb->chokes)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the reference leg");
    limb->node_capacity = (wadi_index)(2 * segment_count);
    return WADI_OK;
}

static wadi_status read_leg(wadi_limb *limb, const json_t *root, wadi_error *err)
{
    const json_t *segments = json_object_get(root, "segments");
    size_t i;
    json_t *item;
    wadi_status status = make_tables(limb, root, err);

    if (!status)
        status = read_vessels(limb, json_object_get(root, "vessels"), err);
    if (status)
        return status;
    json_array_foreach(segments, i, item)
    {
        status = read_segment(limb, item, i, err);
        if (status)
            return status;
    }
    status = place_segments(limb, err);
    if (!status)
        status = read_valves(limb, segments, err);
    if (!status)
        status = read_beds(limb, json_object_get(root, "beds"), err);
    if (!status)
        status = read_chokes(limb, json_object_get(root, "chokes"), err);
    if (status)
        return status;
    limb->inlet = wadi_limb_node(limb, wadi_json_get_text(root, "inlet", ""));
    limb->outlet = wadi_limb_node(limb, wadi_json_get_text(root, "outlet", ""));
    limb->reference_height_cm =
        wadi_json_get_number(json_object_get(root, "frame"), "reference_height_cm", 0);
    limb->scale = 1;
    limb->vessel_capacity = limb->vessel_count;
    limb->segment_capacity = limb->segment_count;
    if (limb->inlet == WADI_NONE || limb->outlet == WADI_NONE || limb->inlet == limb->outlet)
        return wadi_fail(err, WADI_ERR_KEY,
                         LEG_FILE ": inlet and outlet want two nodes of the segments");
    if (!(limb->reference_height_cm > 50 && limb->reference_height_cm < 250))
        return wadi_fail(err, WADI_ERR_RANGE,
                         LEG_FILE ": /frame/reference_height_cm wants 50 to 250 cm");
    return WADI_OK;
}

wadi_status wadi_limb_reference(wadi_limb **out, wadi_error *err)
{
    wadi_status status;
    json_t *root = NULL;
    wadi_limb *limb = NULL;

    *out = NULL;
    status = wadi_json_data(LEG_FILE, LEG_SCHEMA, &root, err);
    if (status)
        return status;
    limb = wadi_alloc(1, sizeof *limb);
    status = limb ? read_leg(limb, root, err)
                  : wadi_fail(err, WADI_ERR_NOMEM, "no memory for the leg");
    if (!status) {
        *out = limb;
        limb = NULL;
    }
    wadi_limb_free(limb);
    json_decref(root);
    return status;
}
