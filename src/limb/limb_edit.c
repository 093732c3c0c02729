/* Changes that a plan makes, on a limb that nobody else holds. */
#include "limb/limb_impl.h"

#include <math.h>
#include <string.h>

wadi_status limb_grow(void **items, wadi_index count, wadi_index *capacity, size_t size,
                      wadi_error *err)
{
    wadi_index wanted = *capacity ? *capacity * 2 : 8;
    void *grown;

    if (count < *capacity)
        return WADI_OK;
    grown = wadi_realloc(*items, (size_t)wanted, size);
    if (!grown)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a larger leg");
    *items = grown;
    *capacity = wanted;
    return WADI_OK;
}

wadi_status wadi_limb_add_node(wadi_limb *limb, const char *name, wadi_index *node,
                               wadi_error *err)
{
    void *items = limb->nodes;
    wadi_status status =
        limb_grow(&items, limb->node_count, &limb->node_capacity, sizeof *limb->nodes, err);

    if (status)
        return status;
    limb->nodes = items;
    snprintf(limb->nodes[limb->node_count].name, WADI_NAME_SIZE, "%s", name);
    *node = limb->node_count++;
    return WADI_OK;
}

static wadi_status add_segment(wadi_limb *limb, const wadi_segment *segment, wadi_error *err)
{
    void *items = limb->segments;
    wadi_segment copy = *segment;
    wadi_status status = limb_grow(&items, limb->segment_count, &limb->segment_capacity,
                                   sizeof *limb->segments, err);

    if (status)
        return status;
    limb->segments = items;
    limb->segments[limb->segment_count++] = copy;
    return WADI_OK;
}

wadi_status wadi_limb_divide(wadi_limb *limb, wadi_index vessel, double at_m, wadi_index *node,
                             wadi_error *err)
{
    const double slack_m = 1e-7; /* a place this near an end is the end */
    wadi_index index = wadi_limb_segment_at(limb, vessel, at_m);
    wadi_segment far_part, *near_part;
    char name[WADI_NAME_SIZE];
    double t;
    wadi_status status;

    if (index == WADI_NONE)
        return wadi_fail(err, WADI_ERR_RANGE, "%s has no place %.1f mm from its heart-side end",
                         limb->vessels[vessel].name, at_m * 1e3);
    near_part = &limb->segments[index];
    if (fabs(at_m - near_part->at_from_m) < slack_m ||
        fabs(at_m - near_part->at_to_m) < slack_m) {
        *node = fabs(at_m - near_part->at_from_m) < slack_m ? near_part->from : near_part->to;
        return WADI_OK;
    }
    snprintf(name, sizeof name, "%.12s@%.1f", limb->vessels[vessel].name, at_m * 1e3);
    status = wadi_limb_add_node(limb, name, node, err);
    if (status)
        return status;
    far_part = *near_part;
    t = (at_m - near_part->at_from_m) / (near_part->at_to_m - near_part->at_from_m);
    far_part.from = *node;
    far_part.loss_k = 0; /* the near part keeps it: a loss counts once */
    far_part.at_from_m = at_m;
    far_part.length_m = (1 - t) * near_part->length_m;
    far_part.radius_from_m =
        near_part->radius_from_m + t * (near_part->radius_to_m - near_part->radius_from_m);
    far_part.point_from_frac = near_part->point_from_frac +
                               t * (near_part->point_to_frac - near_part->point_from_frac);
    near_part->to = *node;
    near_part->at_to_m = at_m;
    near_part->length_m *= t;
    near_part->radius_to_m = far_part.radius_from_m;
    near_part->point_to_frac = far_part.point_from_frac;
    return add_segment(limb, &far_part, err);
}

wadi_status wadi_limb_add_graft(wadi_limb *limb, const char *name, wadi_role role,
                                wadi_index from, wadi_index to, double length_m,
                                double radius_from_m, double radius_to_m, double loss_k,
                                wadi_error *err)
{
    void *items = limb->vessels;
    wadi_segment segment = {.kind = WADI_GRAFT,
                            .role = role,
                            .from = from,
                            .to = to,
                            .at_to_m = length_m,
                            .length_m = length_m,
                            .radius_from_m = radius_from_m,
                            .radius_to_m = radius_to_m,
                            .loss_k = loss_k};
    wadi_vessel vessel = {.kind = WADI_GRAFT, .length_m = length_m};
    wadi_status status = limb_grow(&items, limb->vessel_count, &limb->vessel_capacity,
                                   sizeof *limb->vessels, err);

    if (status)
        return status;
    limb->vessels = items;
    snprintf(vessel.name, sizeof vessel.name, "%s", name);
    snprintf(vessel.title, sizeof vessel.title, "%s", name);
    snprintf(segment.name, sizeof segment.name, "%s", name);
    segment.vessel = limb->vessel_count;
    limb->vessels[limb->vessel_count++] = vessel;
    return add_segment(limb, &segment, err);
}

void wadi_limb_close_vessel(wadi_limb *limb, wadi_index vessel, bool closed)
{
    limb->vessels[vessel].closed = closed;
}

void wadi_limb_close_segment(wadi_limb *limb, wadi_index segment, bool closed)
{
    limb->segments[segment].closed = closed;
}

wadi_index wadi_limb_set_valves(wadi_limb *limb, wadi_index vessel, double from_m, double to_m,
                                wadi_valve_state state)
{
    wadi_index count = 0;

    for (wadi_index i = 0; i < limb->valve_count; i++) {
        wadi_limb_valve *valve = &limb->valves[i];

        if (valve->vessel != vessel || valve->at_m < from_m || valve->at_m > to_m)
            continue;
        valve->state = state;
        count++;
    }
    return count;
}

void wadi_limb_set_valve(wadi_limb *limb, wadi_index valve, wadi_valve_state state)
{
    limb->valves[valve].state = state;
}

wadi_index wadi_limb_treat(wadi_limb *limb, wadi_index vessel, double from_m, double to_m)
{
    wadi_index count = 0;

    for (wadi_index i = 0; i < limb->lesion_count; i++) {
        wadi_limb_lesion *lesion = &limb->lesions[i];

        if (lesion->vessel != vessel || lesion->treated || lesion->to_m < from_m ||
            lesion->from_m > to_m)
            continue;
        lesion->treated = true;
        count++;
    }
    return count;
}

wadi_status wadi_limb_add_lesion(wadi_limb *limb, const wadi_limb_lesion *lesion,
                                 wadi_error *err)
{
    void *items = limb->lesions;
    wadi_status status = limb_grow(&items, limb->lesion_count, &limb->lesion_capacity,
                                   sizeof *limb->lesions, err);

    if (status)
        return status;
    limb->lesions = items;
    limb->lesions[limb->lesion_count++] = *lesion;
    return WADI_OK;
}

void wadi_limb_set_radius(wadi_limb *limb, wadi_index vessel, double factor)
{
    for (wadi_index i = 0; i < limb->segment_count; i++) {
        if (limb->segments[i].vessel != vessel)
            continue;
        limb->segments[i].radius_from_m *= factor;
        limb->segments[i].radius_to_m *= factor;
    }
}
