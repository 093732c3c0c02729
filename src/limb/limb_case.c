/* The findings of a case, laid over the reference leg. */
#include "limb/limb_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void scale_lengths(wadi_limb *limb, double scale)
{
    limb->scale = scale;
    for (wadi_index i = 0; i < limb->vessel_count; i++)
        limb->vessels[i].length_m *= scale;
    for (wadi_index i = 0; i < limb->segment_count; i++) {
        limb->segments[i].length_m *= scale;
        limb->segments[i].at_from_m *= scale;
        limb->segments[i].at_to_m *= scale;
    }
    for (wadi_index i = 0; i < limb->valve_count; i++)
        limb->valves[i].at_m *= scale;
    for (wadi_index i = 0; i < limb->point_count; i++)
        for (int k = 0; k < 3; k++)
            limb->points[i][k] *= scale;
}

/* A measured length stretches the one vessel; its polyline stays (it is drawn, not measured).
 */
static void stretch_vessel(wadi_limb *limb, wadi_index vessel, double length_m)
{
    double factor = length_m / limb->vessels[vessel].length_m;

    limb->vessels[vessel].length_m = length_m;
    for (wadi_index i = 0; i < limb->segment_count; i++) {
        if (limb->segments[i].vessel != vessel)
            continue;
        limb->segments[i].length_m *= factor;
        limb->segments[i].at_from_m *= factor;
        limb->segments[i].at_to_m *= factor;
    }
    for (wadi_index i = 0; i < limb->valve_count; i++)
        if (limb->valves[i].vessel == vessel)
            limb->valves[i].at_m *= factor;
}

typedef struct station {
    double frac, ratio; /* measured over reference radius */
} station;

static int by_frac(const void *a, const void *b)
{
    double x = ((const station *)a)->frac, y = ((const station *)b)->frac;

    return (x > y) - (x < y);
}

static double ratio_at(const station *stations, wadi_index count, double frac)
{
    if (frac <= stations[0].frac)
        return stations[0].ratio;
    for (wadi_index i = 1; i < count; i++) {
        const station *a = &stations[i - 1], *b = &stations[i];

        if (frac <= b->frac)
            return b->frac > a->frac ? a->ratio + (frac - a->frac) / (b->frac - a->frac) *
                                                      (b->ratio - a->ratio)
                                     : b->ratio;
    }
    return stations[count - 1].ratio;
}

/* Which modality is believed where several measured the same place (features.md row 8): those
 * that see the lumen before those that infer it. A choice of ours; `wadi check` tells of
 * differences. */
static int modality_rank(wadi_index modality)
{
    static const wadi_modality best_first[] = {
        WADI_IVUS, WADI_PHLEBOGRAPHY, WADI_DSA, WADI_DUPLEX, WADI_MRI, WADI_CTA, WADI_OPERATOR};

    for (int i = 0; i < (int)WADI_COUNT_OF(best_first); i++)
        if (modality == (wadi_index)best_first[i])
            return i;
    return (int)WADI_COUNT_OF(best_first);
}

/* A better measurement of the same place stands in the case. */
static bool outranked(const wadi_finding *finding, wadi_index index)
{
    const double same_place_frac = 0.02;
    const wadi_diameter *mine = &finding->diameters[index];
    double place = mine->at_frac.known ? mine->at_frac.value : 0.5;

    for (wadi_index i = 0; i < finding->diameter_count; i++) {
        const wadi_diameter *other = &finding->diameters[i];
        double there = other->at_frac.known ? other->at_frac.value : 0.5;
        int rank = modality_rank(other->modality_word),
            own = modality_rank(mine->modality_word);

        if (i != index && fabs(there - place) <= same_place_frac &&
            (rank < own || (rank == own && i > index)))
            return true;
    }
    return false;
}

/* A value without a place stands for the middle of the vessel; of two by one modality the later
 * in the file counts. */
static wadi_status apply_diameters(wadi_limb *limb, wadi_index vessel,
                                   const wadi_finding *finding, wadi_error *err)
{
    double length_m = limb->vessels[vessel].length_m;
    station *stations = wadi_alloc((size_t)finding->diameter_count, sizeof *stations);
    wadi_index count = 0;

    if (!stations)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the diameters of %s",
                         finding->vessel);
    for (wadi_index i = 0; i < finding->diameter_count; i++) {
        const wadi_diameter *diameter = &finding->diameters[i];
        double frac = diameter->at_frac.known ? diameter->at_frac.value : 0.5;
        double reference_m = wadi_limb_vessel_radius(limb, vessel, frac * length_m);

        if (!outranked(finding, i))
            stations[count++] =
                (station){frac, diameter->value_mm.value * 0.5 * WADI_M_PER_MM / reference_m};
    }
    qsort(stations, (size_t)count, sizeof *stations, by_frac);
    for (wadi_index i = 0; i < limb->segment_count; i++) {
        wadi_segment *segment = &limb->segments[i];

        if (segment->vessel != vessel)
            continue;
        segment->radius_from_m *= ratio_at(stations, count, segment->at_from_m / length_m);
        segment->radius_to_m *= ratio_at(stations, count, segment->at_to_m / length_m);
    }
    limb->vessels[vessel].measured = true;
    free(stations);
    return WADI_OK;
}

static double place(wadi_maybe mm, wadi_maybe frac, double fallback_frac, double length_m)
{
    if (mm.known)
        return mm.value * WADI_M_PER_MM;
    return (frac.known ? frac.value : fallback_frac) * length_m;
}

static wadi_status apply_lesion(wadi_limb *limb, wadi_index vessel, const wadi_lesion *lesion,
                                wadi_index finding, wadi_index index, wadi_error *err)
{
    const double slack_m = 1e-6;
    double length_m = limb->vessels[vessel].length_m;
    wadi_limb_lesion mine = {
        .vessel = vessel,
        .from_m = place(lesion->from_mm, lesion->from_frac, 0, length_m),
        .to_m = place(lesion->to_mm, lesion->to_frac, 1, length_m),
        .kind = (wadi_lesion_kind)lesion->kind_word,
        .stenosis_frac = lesion->stenosis_frac.known ? lesion->stenosis_frac.value : 0.5,
        .calcium = lesion->calcium_word == WADI_NONE ? WADI_CALCIUM_NONE
                                                     : (wadi_calcium)lesion->calcium_word,
        .finding = finding,
        .lesion = index};

    if (mine.from_m > length_m + slack_m || mine.to_m > length_m + slack_m)
        return wadi_fail(err, WADI_ERR_RANGE,
                         "/vessels/%d/lesions/%d: reaches %.0f mm, but %s is %.0f mm long",
                         finding, index, fmax(mine.from_m, mine.to_m) * 1e3,
                         limb->vessels[vessel].name, length_m * 1e3);
    if (!(mine.to_m > mine.from_m))
        return wadi_fail(
            err, WADI_ERR_RANGE,
            "/vessels/%d/lesions/%d: ends at %.1f mm, not beyond its start at %.1f mm", finding,
            index, mine.to_m * 1e3, mine.from_m * 1e3);
    return wadi_limb_add_lesion(limb, &mine, err);
}

/* Valves that were seen replace those of the reference leg. */
static wadi_status apply_valves(wadi_limb *limb, wadi_index vessel, const wadi_finding *finding,
                                wadi_error *err)
{
    wadi_index kept = 0;
    wadi_limb_valve *valves =
        wadi_alloc((size_t)limb->valve_count + (size_t)finding->valve_count, sizeof *valves);

    if (!valves)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the valves of %s",
                         finding->vessel);
    for (wadi_index i = 0; i < limb->valve_count; i++)
        if (limb->valves[i].vessel != vessel)
            valves[kept++] = limb->valves[i];
    for (wadi_index i = 0; i < finding->valve_count; i++) {
        const wadi_valve_finding *valve = &finding->valves[i];
        double frac = valve->at_frac.known ? valve->at_frac.value
                                           : (i + 0.5) / (double)finding->valve_count;

        if (valve->state_word != WADI_VALVE_ABSENT)
            valves[kept++] = (wadi_limb_valve){vessel, frac * limb->vessels[vessel].length_m,
                                               (wadi_valve_state)valve->state_word};
    }
    free(limb->valves);
    limb->valves = valves;
    limb->valve_count = kept;
    return WADI_OK;
}

static wadi_status apply_finding(wadi_limb *limb, const wadi_case *the_case, wadi_index index,
                                 wadi_error *err)
{
    const wadi_finding *finding = &the_case->vessels[index];
    wadi_index v = wadi_limb_vessel(limb, finding->vessel);
    wadi_vessel *vessel;
    wadi_status status = WADI_OK;

    if (v == WADI_NONE)
        return wadi_fail(err, WADI_ERR_KEY, "/vessels/%d/vessel: the leg has no vessel '%s'",
                         index, finding->vessel);
    vessel = &limb->vessels[v];
    if (finding->calcium_word != WADI_NONE)
        vessel->calcium = (wadi_calcium)finding->calcium_word;
    if (finding->length_mm.known)
        stretch_vessel(limb, v, finding->length_mm.value * WADI_M_PER_MM);
    if (finding->diameter_count)
        status = apply_diameters(limb, v, finding, err);
    for (wadi_index i = 0; !status && i < finding->lesion_count; i++)
        status = apply_lesion(limb, v, &finding->lesions[i], index, i, err);
    if (!status && finding->patent == WADI_NO) {
        vessel->occluded = true;
        if (vessel->kind ==
            WADI_VEIN) /* nothing bypasses an absent vein but the leg's other veins */
            vessel->closed = true;
        else
            status = wadi_limb_add_lesion(limb,
                                          &(wadi_limb_lesion){.vessel = v,
                                                              .to_m = vessel->length_m,
                                                              .kind = WADI_OCCLUSION,
                                                              .calcium = vessel->calcium,
                                                              .finding = index,
                                                              .lesion = WADI_NONE},
                                          err);
    }
    if (!status && finding->thrombus == WADI_YES && vessel->kind == WADI_VEIN)
        vessel->closed = vessel->occluded = true;
    if (!status && finding->valve_count)
        status = apply_valves(limb, v, finding, err);
    return status;
}

static wadi_status apply_collateral(wadi_limb *limb, const wadi_case *the_case,
                                    wadi_index index, wadi_error *err)
{
    const wadi_collateral *collateral = &the_case->collaterals[index];
    wadi_index v = wadi_limb_vessel(limb, collateral->vessel);

    if (v == WADI_NONE)
        return wadi_fail(err, WADI_ERR_KEY,
                         "/collaterals/%d/vessel: the leg has no vessel '%s'", index,
                         collateral->vessel);
    for (wadi_index i = 0; i < limb->lesion_count; i++)
        if (limb->lesions[i].vessel == v && collateral->resistance_times_healthy.known)
            limb->lesions[i].collateral_resistance = collateral->resistance_times_healthy.value;
    return WADI_OK;
}

wadi_status wadi_limb_from_case(const wadi_case *the_case, wadi_limb **out, wadi_error *err)
{
    wadi_limb *limb = NULL;
    wadi_status status = wadi_limb_reference(&limb, err);

    *out = NULL;
    if (status)
        return status;
    if (the_case->patient.height_cm.known)
        scale_lengths(limb, the_case->patient.height_cm.value / limb->reference_height_cm);
    limb->small_artery_disease = the_case->presentation.small_artery_disease == WADI_YES;
    for (wadi_index i = 0; !status && i < the_case->vessel_count; i++)
        status = apply_finding(limb, the_case, i, err);
    for (wadi_index i = 0; !status && i < the_case->collateral_count; i++)
        status = apply_collateral(limb, the_case, i, err);
    if (status) {
        wadi_limb_free(limb);
        return status;
    }
    *out = limb;
    return WADI_OK;
}
