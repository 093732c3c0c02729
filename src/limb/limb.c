/* What a limb answers. Building it: limb_read.c; a case's findings: limb_case.c; a plan's
 * changes: limb_edit.c. */
#include "limb/limb_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void wadi_limb_free(wadi_limb *limb)
{
    if (!limb)
        return;
    free(limb->nodes);
    free(limb->vessels);
    free(limb->segments);
    free(limb->points);
    free(limb->lesions);
    free(limb->valves);
    free(limb->beds);
    free(limb->chokes);
    free(limb);
}

/* A copy of count elements with room for `capacity`; NULL without memory. */
static void *duplicate(const void *items, wadi_index count, wadi_index capacity, size_t size)
{
    void *copy = wadi_alloc((size_t)capacity, size);

    if (copy && count)
        memcpy(copy, items, (size_t)count * size);
    return copy;
}

wadi_status wadi_limb_copy(const wadi_limb *limb, wadi_limb **out, wadi_error *err)
{
    enum { ROOM = 12 }; /* a plan divides a few vessels; more grows the table */
    wadi_limb *copy = wadi_alloc(1, sizeof *copy);

    *out = NULL;
    if (!copy)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a copy of the leg");
    *copy = *limb;
    copy->node_capacity = limb->node_count + ROOM;
    copy->vessel_capacity = limb->vessel_count + ROOM;
    copy->segment_capacity = limb->segment_count + ROOM;
    copy->lesion_capacity = limb->lesion_count + ROOM;
    copy->nodes =
        duplicate(limb->nodes, limb->node_count, copy->node_capacity, sizeof *limb->nodes);
    copy->vessels = duplicate(limb->vessels, limb->vessel_count, copy->vessel_capacity,
                              sizeof *limb->vessels);
    copy->segments = duplicate(limb->segments, limb->segment_count, copy->segment_capacity,
                               sizeof *limb->segments);
    copy->points =
        duplicate(limb->points, limb->point_count, limb->point_count, sizeof *limb->points);
    copy->lesions = duplicate(limb->lesions, limb->lesion_count, copy->lesion_capacity,
                              sizeof *limb->lesions);
    copy->valves =
        duplicate(limb->valves, limb->valve_count, limb->valve_count, sizeof *limb->valves);
    copy->beds = duplicate(limb->beds, limb->bed_count, limb->bed_count, sizeof *limb->beds);
    copy->chokes =
        duplicate(limb->chokes, limb->choke_count, limb->choke_count, sizeof *limb->chokes);
    if (!copy->nodes || !copy->vessels || !copy->segments || !copy->points || !copy->lesions ||
        !copy->valves || !copy->beds || !copy->chokes) {
        wadi_limb_free(copy);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a copy of the leg");
    }
    *out = copy;
    return WADI_OK;
}

wadi_index wadi_limb_node_count(const wadi_limb *limb)
{
    return limb->node_count;
}

const char *wadi_limb_node_name(const wadi_limb *limb, wadi_index node)
{
    return node >= 0 && node < limb->node_count ? limb->nodes[node].name : "";
}

wadi_index wadi_limb_node(const wadi_limb *limb, const char *name)
{
    for (wadi_index i = 0; i < limb->node_count; i++)
        if (!strcmp(limb->nodes[i].name, name))
            return i;
    return WADI_NONE;
}

wadi_index wadi_limb_inlet(const wadi_limb *limb)
{
    return limb->inlet;
}

wadi_index wadi_limb_outlet(const wadi_limb *limb)
{
    return limb->outlet;
}

const wadi_segment *wadi_limb_segments(const wadi_limb *limb, wadi_index *count)
{
    *count = limb->segment_count;
    return limb->segments;
}

const wadi_vessel *wadi_limb_vessels(const wadi_limb *limb, wadi_index *count)
{
    *count = limb->vessel_count;
    return limb->vessels;
}

const wadi_limb_lesion *wadi_limb_lesions(const wadi_limb *limb, wadi_index *count)
{
    *count = limb->lesion_count;
    return limb->lesions;
}

const wadi_limb_valve *wadi_limb_valves(const wadi_limb *limb, wadi_index *count)
{
    *count = limb->valve_count;
    return limb->valves;
}

const wadi_bed *wadi_limb_beds(const wadi_limb *limb, wadi_index *count)
{
    *count = limb->bed_count;
    return limb->beds;
}

const wadi_choke *wadi_limb_chokes(const wadi_limb *limb, wadi_index *count)
{
    *count = limb->choke_count;
    return limb->chokes;
}

wadi_index wadi_limb_vessel(const wadi_limb *limb, const char *name)
{
    for (wadi_index i = 0; i < limb->vessel_count; i++)
        if (!strcmp(limb->vessels[i].name, name))
            return i;
    return WADI_NONE;
}

wadi_index wadi_limb_bed(const wadi_limb *limb, const char *name)
{
    for (wadi_index i = 0; i < limb->bed_count; i++)
        if (!strcmp(limb->beds[i].name, name))
            return i;
    return WADI_NONE;
}

wadi_index wadi_limb_segment(const wadi_limb *limb, const char *name)
{
    for (wadi_index i = 0; i < limb->segment_count; i++)
        if (!strcmp(limb->segments[i].name, name))
            return i;
    return WADI_NONE;
}

double limb_vessel_low(const wadi_segment *segment)
{
    return fmin(segment->at_from_m, segment->at_to_m);
}

double limb_vessel_high(const wadi_segment *segment)
{
    return fmax(segment->at_from_m, segment->at_to_m);
}

wadi_index wadi_limb_segment_at(const wadi_limb *limb, wadi_index vessel, double at_m)
{
    const double slack_m = 1e-9;

    for (wadi_index i = 0; i < limb->segment_count; i++) {
        const wadi_segment *segment = &limb->segments[i];

        if (segment->vessel == vessel && at_m >= limb_vessel_low(segment) - slack_m &&
            at_m <= limb_vessel_high(segment) + slack_m)
            return i;
    }
    return WADI_NONE;
}

static double distance(const double *a, const double *b)
{
    double x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];

    return sqrt(x * x + y * y + z * z);
}

void wadi_limb_point(const wadi_limb *limb, wadi_index index, double frac, double point_mm[3])
{
    const wadi_segment *segment = &limb->segments[index];
    const double(*points)[3] = (const double(*)[3])limb->points + segment->point_first;
    double total = 0, wanted;

    frac =
        segment->point_from_frac + frac * (segment->point_to_frac - segment->point_from_frac);
    for (wadi_index i = 0; i + 1 < segment->point_count; i++)
        total += distance(points[i], points[i + 1]);
    wanted = fmin(fmax(frac, 0), 1) * total;
    for (wadi_index i = 0; i + 1 < segment->point_count; i++) {
        double step = distance(points[i], points[i + 1]);

        if (wanted <= step || i + 2 == segment->point_count) {
            double t = step > 0 ? fmin(wanted / step, 1) : 0;

            for (int k = 0; k < 3; k++)
                point_mm[k] = points[i][k] + t * (points[i + 1][k] - points[i][k]);
            return;
        }
        wanted -= step;
    }
    for (int k = 0; k < 3; k++)
        point_mm[k] = segment->point_count ? points[0][k] : 0;
}

static double segment_frac(const wadi_segment *segment, double at_m)
{
    double span = segment->at_to_m - segment->at_from_m;

    return span != 0 ? fmin(fmax((at_m - segment->at_from_m) / span, 0), 1) : 0;
}

bool wadi_limb_vessel_point(const wadi_limb *limb, wadi_index vessel, double at_m,
                            double point_mm[3])
{
    wadi_index segment = wadi_limb_segment_at(limb, vessel, at_m);

    if (segment == WADI_NONE)
        return false;
    wadi_limb_point(limb, segment, segment_frac(&limb->segments[segment], at_m), point_mm);
    return true;
}

double wadi_limb_vessel_radius(const wadi_limb *limb, wadi_index vessel, double at_m)
{
    wadi_index index = wadi_limb_segment_at(limb, vessel, at_m);
    const wadi_segment *segment;

    if (index == WADI_NONE)
        return 0;
    segment = &limb->segments[index];
    return segment->radius_from_m +
           segment_frac(segment, at_m) * (segment->radius_to_m - segment->radius_from_m);
}

double wadi_limb_narrowing(const wadi_limb *limb, wadi_index vessel, double from_m, double to_m)
{
    double worst = 0;

    for (wadi_index i = 0; i < limb->lesion_count; i++) {
        const wadi_limb_lesion *lesion = &limb->lesions[i];

        if (lesion->vessel == vessel && !lesion->treated && lesion->from_m <= to_m &&
            lesion->to_m >= from_m)
            worst = fmax(worst, lesion->kind == WADI_OCCLUSION ? 1 : lesion->stenosis_frac);
    }
    return worst;
}

bool wadi_limb_is_open(const wadi_limb *limb, wadi_index vessel, double from_m, double to_m)
{
    for (wadi_index i = 0; i < limb->segment_count; i++) {
        const wadi_segment *segment = &limb->segments[i];

        if (segment->vessel == vessel && segment->closed && limb_vessel_low(segment) < to_m &&
            limb_vessel_high(segment) > from_m)
            return false;
    }
    return !limb->vessels[vessel].closed && wadi_limb_narrowing(limb, vessel, from_m, to_m) < 1;
}

wadi_calcium wadi_limb_calcium_at(const wadi_limb *limb, wadi_index vessel, double from_m,
                                  double to_m)
{
    wadi_calcium worst = limb->vessels[vessel].calcium;

    for (wadi_index i = 0; i < limb->lesion_count; i++) {
        const wadi_limb_lesion *lesion = &limb->lesions[i];

        if (lesion->vessel == vessel && lesion->from_m <= to_m && lesion->to_m >= from_m &&
            lesion->calcium > worst)
            worst = lesion->calcium;
    }
    return worst;
}

double wadi_limb_scale(const wadi_limb *limb)
{
    return limb->scale;
}

bool wadi_limb_small_artery_disease(const wadi_limb *limb)
{
    return limb->small_artery_disease;
}
