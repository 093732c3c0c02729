/* The heartbeat at the places that a duplex looks at, before and after a plan: the linear level
 * on the network of the leg. */
#include "plan/plan_impl.h"
#include "wadi/linear.h"
#include "wadi/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A leg with its waves. */
typedef struct pulsed {
    const wadi_limb *limb;
    wadi_network *network;
    wadi_linear *linear;
} pulsed;

static void pulsed_clear(pulsed *leg)
{
    wadi_linear_free(leg->linear);
    wadi_network_free(leg->network);
    *leg = (pulsed){0};
}

/* Without an answer from the linear level `linear` stays NULL and `why` tells. */
static wadi_status pulsed_init(pulsed *leg, const planner *p, const wadi_limb *limb,
                               double reference_inflow_m3_s, wadi_error *why, wadi_error *err)
{
    wadi_linear_options options = wadi_linear_options_default();
    wadi_status status;

    *leg = (pulsed){.limb = limb};
    options.samples = WADI_WAVE_SAMPLES;
    status = wadi_network_from_limb(limb, &p->model, reference_inflow_m3_s, &leg->network, err);
    if (status)
        return status;
    status = wadi_linear_solve(leg->network, &options, &leg->linear, why);
    if (status == WADI_ERR_NOMEM) {
        *err = *why;
        return status;
    }
    return WADI_OK;
}

static void fill_wave(const pulsed *leg, wadi_index segment, wadi_wave *out)
{
    wadi_index count, vessel = wadi_network_vessel_of_segment(leg->network, segment);
    wadi_pulse_indices of;
    double along;

    if (vessel == WADI_NONE)
        return;
    wadi_linear_indices_of(leg->linear, vessel, &of);
    *out = (wadi_wave){.known = true,
                       .flow_mean_ml_min = of.q_mean_m3_s / WADI_M3_S_PER_ML_MIN,
                       .flow_min_ml_min = of.q_min_m3_s / WADI_M3_S_PER_ML_MIN,
                       .flow_max_ml_min = of.q_max_m3_s / WADI_M3_S_PER_ML_MIN,
                       .pressure_mean_mmhg = of.p_mean_pa / WADI_PA_PER_MMHG,
                       .pressure_min_mmhg = of.p_min_pa / WADI_PA_PER_MMHG,
                       .pressure_max_mmhg = of.p_max_pa / WADI_PA_PER_MMHG,
                       .psv_m_s = of.psv_m_s,
                       .edv_m_s = of.edv_m_s,
                       .ri = of.ri,
                       .pi = of.pi,
                       .acceleration_s = of.acceleration_s,
                       .shear_mean_pa = of.wss_mean_pa,
                       .shear_peak_pa = of.wss_peak_pa};
    snprintf(out->vessel, sizeof out->vessel, "%s",
             wadi_limb_segments(leg->limb, &count)[segment].name);
    wadi_linear_waveform(leg->linear, vessel, 2, NULL, NULL, NULL, NULL, out->velocity_m_s);
    along = of.q_mean_m3_s < 0 ? -1 : 1;
    for (int i = 0; i < WADI_WAVE_SAMPLES; i++)
        out->velocity_m_s[i] *= along;
}

/* The segment of a vessel at its middle. */
static wadi_index middle_of(const wadi_limb *limb, const char *name)
{
    wadi_index count, vessel = wadi_limb_vessel(limb, name);

    return vessel == WADI_NONE
               ? WADI_NONE
               : wadi_limb_segment_at(limb, vessel,
                                      0.5 * wadi_limb_vessels(limb, &count)[vessel].length_m);
}

static wadi_index end_of(const wadi_limb *limb, const char *name)
{
    wadi_index count, vessel = wadi_limb_vessel(limb, name);

    return vessel == WADI_NONE
               ? WADI_NONE
               : wadi_limb_segment_at(limb, vessel,
                                      wadi_limb_vessels(limb, &count)[vessel].length_m);
}

/* The part of a vessel that ends at a place where it was divided. */
static wadi_index above(const wadi_limb *limb, const char *name, double at_m)
{
    wadi_index vessel = wadi_limb_vessel(limb, name);

    return vessel == WADI_NONE ? WADI_NONE : wadi_limb_segment_at(limb, vessel, at_m - 1e-4);
}

/* The open segment of a kind that begins or ends at a node. */
static wadi_index touching(const wadi_limb *limb, wadi_index node, wadi_vessel_kind kind)
{
    wadi_index count;
    const wadi_segment *segments = wadi_limb_segments(limb, &count);

    for (wadi_index i = 0; i < count; i++)
        if (segments[i].kind == kind && !segments[i].closed &&
            (segments[i].from == node || segments[i].to == node))
            return i;
    return WADI_NONE;
}

/* Segment of the vessel that brings blood to a node. */
static wadi_index arriving(const wadi_limb *limb, wadi_index node)
{
    wadi_index count;
    const wadi_segment *segments = wadi_limb_segments(limb, &count);

    for (wadi_index i = 0; i < count; i++)
        if (segments[i].to == node && segments[i].kind == WADI_ARTERY && !segments[i].closed)
            return i;
    return WADI_NONE;
}

typedef struct place {
    const char *site;
    wadi_index before, after; /* segments */
} place;

static int list_places(const planner *p, const wadi_limb *before, const wadi_plan *plan,
                       place places[WADI_WAVE_SITE_LIMIT])
{
    const wadi_limb *after = plan->limb;
    measure what = measure_after(p, plan);
    const char *artery = plan->crossing.artery;
    wadi_index count, donor_before, donor_after, crossing;
    const wadi_bed *toe = &wadi_limb_beds(before, &count)[p->toe];
    double at_m = plan->crossing.from_origin_mm / 1e3;
    int used = 0;

    crossing = wadi_limb_segment(after, "crossing stent");
    if (crossing == WADI_NONE)
        crossing = wadi_limb_segment(after, "bypass");
    donor_after =
        what.crossing_node == WADI_NONE ? WADI_NONE : arriving(after, what.crossing_node);
    donor_before = isfinite(at_m) ? above(before, artery, at_m) : middle_of(before, artery);
    places[used++] = (place){"femoral", middle_of(before, "CFA"), middle_of(after, "CFA")};
    places[used++] = (place){"popliteal", end_of(before, "POP"), end_of(after, "POP")};
    places[used++] = (place){"donor", donor_before, donor_after};
    places[used++] = (place){"crossing", donor_before, crossing};
    places[used++] = (place){"conduit", WADI_NONE, wadi_limb_segment(after, "conduit")};
    places[used++] = (place){"donor_beyond", end_of(before, artery), what.donor_end};
    places[used++] = (place){"plantar_vein", middle_of(before, "LPV"), middle_of(after, "LPV")};
    places[used++] =
        (place){"plantar_arch", middle_of(before, "VARCH"), middle_of(after, "VARCH")};
    places[used++] = (place){"toe_artery", touching(before, toe->artery, WADI_ARTERY),
                             touching(after, toe->artery, WADI_ARTERY)};
    places[used++] = (place){"toe_vein", touching(before, toe->deep, WADI_VEIN),
                             touching(after, toe->deep, WADI_VEIN)};
    return used;
}

/* The leg before, divided where the plan crosses: what lies upstream of an occlusion is then a
 * stump with a pulse of its own, not a part of a collateral's resistance. */
static wadi_status divided_leg(const planner *p, const wadi_plan *plan, wadi_limb **out,
                               wadi_error *err)
{
    double at_m = plan->crossing.from_origin_mm / 1e3;
    wadi_index node, vessel = wadi_limb_vessel(p->limb, plan->crossing.artery);
    wadi_status status = wadi_limb_copy(p->limb, out, err);

    if (!status && isfinite(at_m) && vessel != WADI_NONE)
        status = wadi_limb_divide(*out, vessel, at_m, &node, err);
    return status;
}

static wadi_status keep_waves(const planner *p, const pulsed *before, const pulsed *after,
                              wadi_plan *plan, wadi_error *err)
{
    place places[WADI_WAVE_SITE_LIMIT];
    int count = list_places(p, before->limb, plan, places);

    plan->waves = wadi_alloc((size_t)count, sizeof *plan->waves);
    if (!plan->waves)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the waves of a plan");
    plan->beat_s = wadi_network_period_s(after->network);
    for (int i = 0; i < count; i++) {
        wadi_wave_site *site = &plan->waves[plan->wave_count++];

        snprintf(site->site, sizeof site->site, "%s", places[i].site);
        fill_wave(before, places[i].before, &site->before);
        fill_wave(after, places[i].after, &site->after);
    }
    return WADI_OK;
}

static wadi_status fill_plan_waves(const planner *p, wadi_plan *plan, wadi_error *err)
{
    wadi_error why = {0};
    wadi_limb *leg = NULL;
    pulsed before = {0}, after = {0};
    wadi_status status = divided_leg(p, plan, &leg, err);

    if (!status)
        status = pulsed_init(&before, p, leg, -1, &why, err);
    if (!status && before.linear)
        status = pulsed_init(&after, p, plan->limb, p->before_inflow_m3_s, &why, err);
    if (!status && after.linear)
        status = keep_waves(p, &before, &after, plan, err);
    else if (!status)
        status = notes_add(&plan->warnings, "", "model", "docs/model/flow.md", err,
                           "no waveforms: %s", why.message);
    pulsed_clear(&before);
    pulsed_clear(&after);
    wadi_limb_free(leg);
    return status;
}

wadi_status waves_fill(planner *p, wadi_plan_result *result, wadi_error *err)
{
    wadi_status status = WADI_OK;

    for (wadi_index i = 0; !status && i < result->plan_count; i++)
        status = fill_plan_waves(p, &result->plans[i], err);
    return status;
}
