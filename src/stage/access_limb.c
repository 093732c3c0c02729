/* What the limb says of a puncture: disease upstream, tissue that hangs on the vessel. */
#include "stage/access_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Where the blood of a foot artery comes from. */
static const char *const PARENTS[][2] = {
    {"DPA", "ATA"},    {"TAR", "DPA"},    {"ARC", "DPA"},    {"DMT1", "DPA"},
    {"DMT2", "ARC"},   {"DMT3", "ARC"},   {"DMT4", "ARC"},   {"CPA", "PTA"},
    {"MPA", "CPA"},    {"LPA", "CPA"},    {"PARCH", "LPA"},  {"MTA1", "PARCH"},
    {"MTA2", "PARCH"}, {"MTA3", "PARCH"}, {"MTA4", "PARCH"}, {"MTA5", "LPA"},
    {"DIG1", "MTA1"},  {"DIG2", "MTA2"},  {"DIG3", "MTA3"},  {"DIG4", "MTA4"},
    {"DIG5", "MTA5"},  {"PTA", "TPT"},    {"PER", "TPT"},
};

static const char *parent_of(const char *vessel)
{
    for (size_t i = 0; i < WADI_COUNT_OF(PARENTS); i++)
        if (!strcmp(PARENTS[i][0], vessel))
            return PARENTS[i][1];
    return NULL;
}

double wadi_access_beyond(const wadi_limb *limb, const char *name, double at_m)
{
    wadi_index lesion_count, vessel_count;
    const wadi_limb_lesion *lesions = wadi_limb_lesions(limb, &lesion_count);
    const wadi_vessel *vessels = wadi_limb_vessels(limb, &vessel_count);
    double walked_m = 0;

    for (; name; name = parent_of(name)) {
        wadi_index vessel = wadi_limb_vessel(limb, name);
        double nearest_m = -1;

        if (vessel == WADI_NONE)
            break;
        if (walked_m > 0 || at_m < 0)
            at_m = vessels[vessel].length_m;
        for (wadi_index i = 0; i < lesion_count; i++)
            if (lesions[i].vessel == vessel && !lesions[i].treated &&
                lesions[i].to_m <= at_m + 1e-9 &&
                (lesions[i].kind == WADI_OCCLUSION || lesions[i].stenosis_frac >= 0.5))
                nearest_m = fmax(nearest_m, lesions[i].to_m);
        if (nearest_m >= 0)
            return 1e3 * (walked_m + at_m - nearest_m);
        walked_m += fmax(at_m, 1e-9);
    }
    return INFINITY;
}

/* Dijkstra without a heap: some hundred nodes. `via` holds the segment by which a node is
 * reached. */
static void best_paths(const wadi_limb *limb, wadi_index node_count, double *cost,
                       wadi_index *via)
{
    wadi_index count;
    const wadi_segment *segments = wadi_limb_segments(limb, &count);
    bool *settled = (bool *)(via + node_count);

    for (wadi_index n = 0; n < node_count; n++) {
        cost[n] = INFINITY;
        via[n] = WADI_NONE;
        settled[n] = false;
    }
    cost[wadi_limb_inlet(limb)] = 0;
    for (;;) {
        wadi_index at = WADI_NONE;

        for (wadi_index n = 0; n < node_count; n++)
            if (!settled[n] && isfinite(cost[n]) && (at == WADI_NONE || cost[n] < cost[at]))
                at = n;
        if (at == WADI_NONE)
            return;
        settled[at] = true;
        for (wadi_index i = 0; i < count; i++) {
            const wadi_segment *s = &segments[i];
            wadi_index to = s->from == at ? s->to : s->to == at ? s->from : WADI_NONE;
            double radius = 0.5 * (s->radius_from_m + s->radius_to_m);

            if (to == WADI_NONE || s->kind != WADI_ARTERY || s->closed ||
                !wadi_limb_is_open(limb, s->vessel, s->at_from_m, s->at_to_m))
                continue;
            if (cost[at] + s->length_m / pow(radius, 4) < cost[to]) {
                cost[to] = cost[at] + s->length_m / pow(radius, 4);
                via[to] = i;
            }
        }
    }
}

wadi_status wadi_access_tissue(const wadi_limb *limb, wadi_index vessel, int *count,
                               char names[WADI_ACCESS_BEDS], wadi_error *err)
{
    wadi_index node_count = wadi_limb_node_count(limb), bed_count, segment_count;
    const wadi_bed *beds = wadi_limb_beds(limb, &bed_count);
    const wadi_segment *segments = wadi_limb_segments(limb, &segment_count);
    double *cost = wadi_alloc((size_t)node_count, sizeof *cost);
    wadi_index *via = wadi_alloc((size_t)node_count * 2, sizeof *via);
    wadi_status status = WADI_OK;

    *count = 0;
    names[0] = '\0';
    if (!cost || !via) {
        status =
            wadi_fail(err, WADI_ERR_NOMEM, "no memory for the paths of %d nodes", node_count);
        goto done;
    }
    best_paths(limb, node_count, cost, via);
    for (wadi_index b = 0; b < bed_count; b++) {
        wadi_index at = beds[b].artery;
        bool through = false;

        while (at != WADI_NONE && via[at] != WADI_NONE) {
            const wadi_segment *s = &segments[via[at]];

            through = through || s->vessel == vessel;
            at = s->to == at ? s->from : s->to;
        }
        if (through) {
            size_t used = strlen(names);

            (*count)++;
            snprintf(names + used, WADI_ACCESS_BEDS - used, "%s%s", used ? " " : "",
                     beds[b].name);
        }
    }
done:
    free(cost);
    free(via);
    return status;
}
