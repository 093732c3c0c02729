/* From a solved leg to the numbers of a plan. */
#include "plan/plan_impl.h"
#include "wadi/units.h"

#include <math.h>
#include <string.h>

static double mmhg(double pa)
{
    return pa / WADI_PA_PER_MMHG;
}

static double ml_min(double m3_s)
{
    return m3_s / WADI_M3_S_PER_ML_MIN;
}

static double pressure_at(const wadi_limb *limb, const wadi_steady_result *flow,
                          const char *node)
{
    wadi_index index = wadi_limb_node(limb, node);

    return index == WADI_NONE ? NAN : mmhg(flow->pressure_pa[index]);
}

/* Blood that the foot's star beds take through their arterioles, and what choke links exchange
 * cancels. */
double foot_arterial_inflow(const wadi_limb *limb, const wadi_steady_result *flow)
{
    wadi_index bed_count;
    const wadi_bed *beds = wadi_limb_beds(limb, &bed_count);
    double sum = 0;

    for (wadi_index i = 0; i < bed_count; i++)
        if (beds[i].star)
            sum += flow->beds[i].arteriole_m3_s;
    return sum;
}

static void bed_values(const wadi_limb *limb, const wadi_steady_result *flow, point *out)
{
    wadi_index count;
    const wadi_bed *beds = wadi_limb_beds(limb, &count);
    size_t tcpo2 = OUTCOME_INDEX(tcpo2_mmhg), nutritive = OUTCOME_INDEX(bed_nutritive_ml_min);
    double highest = NAN;

    for (wadi_index i = 0; i < count && i < WADI_BED_LIMIT; i++) {
        out->value[nutritive + (size_t)i] = ml_min(flow->beds[i].nutritive_m3_s);
        if (!beds[i].star)
            continue;
        out->value[tcpo2 + (size_t)i] = flow->beds[i].tcpo2_mmhg;
        highest = fmax(highest, mmhg(flow->beds[i].capillary_pressure_pa));
    }
    out->value[OUTCOME_INDEX(capillary_pressure_mmhg)] = highest;
}

static void conduit_values(const wadi_limb *limb, const wadi_model *model,
                           const wadi_steady_result *flow, const measure *what, point *out)
{
    wadi_index count;
    const wadi_segment *segment;
    double radius_m, viscosity;

    if (what->conduit == WADI_NONE) {
        out->value[OUTCOME_INDEX(conduit_flow_ml_min)] = 0;
        return;
    }
    segment = &wadi_limb_segments(limb, &count)[what->conduit];
    radius_m = fmin(segment->radius_from_m, segment->radius_to_m);
    viscosity = wadi_viscosity(model->value[WADI_P_HAEMATOCRIT],
                               model->value[WADI_P_PLASMA_PROTEIN], radius_m);
    out->value[OUTCOME_INDEX(conduit_flow_ml_min)] = ml_min(flow->flow_m3_s[what->conduit]);
    out->value[OUTCOME_INDEX(conduit_shear_pa)] = 4 * viscosity *
                                                  fabs(flow->flow_m3_s[what->conduit]) /
                                                  (WADI_PI * radius_m * radius_m * radius_m);
}

void outcome_point(const wadi_limb *limb, const wadi_model *model,
                   const wadi_steady_result *flow, const measure *what, point *out)
{
    wadi_index count;
    const wadi_bed *beds = wadi_limb_beds(limb, &count);
    const wadi_bed_flow *wound = &flow->beds[what->wound_bed], *toe = &flow->beds[what->toe];
    wadi_index digital = beds[what->toe].artery;
    double *v = out->value, artery_toe, ankle;

    for (int i = 0; i < OUTCOME_COUNT; i++)
        v[i] = NAN;
    bed_values(limb, flow, out);
    conduit_values(limb, model, flow, what, out);
    /* The proximal digital artery is the segment that ends at the toe's bed. */
    const wadi_segment *segments = wadi_limb_segments(limb, &count);
    for (wadi_index i = 0; i < count; i++)
        if (segments[i].to == beds[what->toe].artery && segments[i].kind == WADI_ARTERY)
            digital = segments[i].from;
    artery_toe =
        wadi_systolic_estimate(model, mmhg(flow->pressure_pa[digital]), WADI_AMPLIFICATION_TOE);
    v[OUTCOME_INDEX(toe_pressure_mmhg)] = fmax(artery_toe, mmhg(toe->capillary_pressure_pa));
    v[OUTCOME_INDEX(toe_vein_pressure_mmhg)] = mmhg(flow->pressure_pa[beds[what->toe].deep]);
    ankle = fmax(pressure_at(limb, flow, "PTAE"), pressure_at(limb, flow, "ANKA"));
    v[OUTCOME_INDEX(ankle_pressure_mmhg)] =
        wadi_systolic_estimate(model, ankle, WADI_AMPLIFICATION_ANKLE);
    v[OUTCOME_INDEX(ankle_brachial_index)] =
        v[OUTCOME_INDEX(ankle_pressure_mmhg)] /
        wadi_systolic_estimate(model, model->value[WADI_P_MEAN_PRESSURE], 1);
    v[OUTCOME_INDEX(arch_pressure_mmhg)] = pressure_at(limb, flow, "V1");
    v[OUTCOME_INDEX(nutritive_flow_ml_min)] = ml_min(wound->nutritive_m3_s);
    v[OUTCOME_INDEX(retrograde_frac)] = wound->retrograde_frac;
    v[OUTCOME_INDEX(femoral_flow_ml_min)] = ml_min(flow->inflow_m3_s);
    v[OUTCOME_INDEX(shunt_of_cardiac_output_frac)] = 0;
    v[OUTCOME_INDEX(steal_index)] = 0;
    if (what->before_inflow_m3_s >= 0) {
        v[OUTCOME_INDEX(shunt_of_cardiac_output_frac)] =
            ml_min(flow->inflow_m3_s - what->before_inflow_m3_s) /
            model->value[WADI_P_CARDIAC_OUTPUT];
        v[OUTCOME_INDEX(steal_index)] =
            1 - foot_arterial_inflow(limb, flow) / fmax(what->before_foot_m3_s, 1e-15);
    }
    if (what->crossing_node != WADI_NONE)
        v[OUTCOME_INDEX(crossing_pressure_mmhg)] = mmhg(flow->pressure_pa[what->crossing_node]);
    if (what->donor_end != WADI_NONE)
        v[OUTCOME_INDEX(donor_flow_ml_min)] = ml_min(flow->flow_m3_s[what->donor_end]);
}

void outcome_from_point(const point *nominal, wadi_outcome *out)
{
    for (size_t i = 0; i < OUTCOME_COUNT; i++) {
        wadi_band band = {nominal->value[i], NAN, NAN};

        memcpy((char *)out + i * sizeof band, &band, sizeof band);
    }
}
