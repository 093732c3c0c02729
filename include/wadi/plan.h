/// @file plan.h
/// The main job: verdict, where and how to arterialize, and what the blood will do.
///
/// A plan is data: crossing, devices, valves to lyse, branches to close, steps. Applying it to
/// a limb gives another limb, on which the flow is solved. Every predicted number is a nominal
/// value with a 5-95 % band over the declared uncertainties of data/model.json.
#ifndef WADI_PLAN_H
#define WADI_PLAN_H

#include "wadi/base.h"
#include "wadi/case.h"
#include "wadi/flow.h"
#include "wadi/limb.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Nominal prediction with the 5 % and 95 % points of the samples.
typedef struct wadi_band {
    double value, low, high;
} wadi_band;

enum { WADI_TEXT_SIZE = 320, WADI_SOURCE_SIZE = 200 };

/// What is predicted for one limb, before or after a plan. NaN where it does not apply.
typedef struct wadi_outcome {
    wadi_band conduit_flow_ml_min;   ///< through the crossing, stent or bypass; 0 before
    wadi_band nutritive_flow_ml_min; ///< of the wound's bed, arterial-equivalent
    wadi_band arch_pressure_mmhg;    ///< medial end of the deep plantar venous arch
    wadi_band
        toe_pressure_mmhg; ///< systolic estimate in the digital artery of the wound's toe
                           ///< (hallux otherwise), or capillary pressure where that is higher
    wadi_band toe_vein_pressure_mmhg; ///< mean in the plantar digital vein
    wadi_band ankle_brachial_index;   ///< ankle over arm, both systolic estimates
    wadi_band
        ankle_pressure_mmhg; ///< systolic estimate, higher of anterior and posterior tibial
    wadi_band femoral_flow_ml_min;          ///< inflow of the leg
    wadi_band shunt_of_cardiac_output_frac; ///< added inflow over cardiac output
    wadi_band steal_index;             ///< 1 - arterial inflow of the foot after over before
    wadi_band crossing_pressure_mmhg;  ///< donor artery at the crossing
    wadi_band capillary_pressure_mmhg; ///< highest of the foot beds
    wadi_band retrograde_frac;         ///< share of nutritive flow that comes through venules
    wadi_band conduit_shear_pa;        ///< wall shear in the conduit
    wadi_band donor_flow_ml_min;       ///< native flow at the far end of the donor artery
    wadi_band tcpo2_mmhg[WADI_BED_LIMIT]; ///< by bed of the limb; foot beds only
    wadi_band bed_nutritive_ml_min[WADI_BED_LIMIT];
} wadi_outcome;

typedef enum wadi_verdict {
    WADI_ELIGIBLE,
    WADI_CONDITIONAL,
    WADI_DEFER,
    WADI_EXCLUDE,
    WADI_NOT_ELIGIBLE, ///< a required finding is absent
    WADI_INCOMPLETE,   ///< a required fact is unknown
    WADI_NOT_CANDIDATE ///< not this disease or stage
} wadi_verdict;
WADI_API const char *wadi_verdict_name(wadi_verdict verdict);
WADI_API const char *
wadi_technique_name(wadi_technique technique); ///< "percutaneous_dedicated"
WADI_API const char *
wadi_technique_title(wadi_technique technique); ///< "percutaneous, dedicated system"

/// One line of the verdict: a reason, a warning or a question.
typedef struct wadi_note {
    char rule[16];    ///< "S03"; "" where no published rule stands behind it
    char heading[16]; ///< general, angiographic, wound, plan, model
    char source[WADI_SOURCE_SIZE];
    char text[WADI_TEXT_SIZE];
} wadi_note;

typedef struct wadi_notes {
    wadi_note *items;
    wadi_index count;
} wadi_notes;

typedef struct wadi_crossing {
    char artery[WADI_NAME_SIZE], vein[WADI_NAME_SIZE];
    double from_origin_mm; ///< NaN for surgery
    double gap_mm;         ///< NaN for surgery
    bool gap_measured;     ///< from the case's profile, otherwise from the reference geometry
    bool gap_bound;        ///< measured in one view: the gap is that or more
    double angle_deg;      ///< between the vessels
    bool membrane;         ///< interosseous membrane or fascia between
    double artery_lumen_mm, vein_diameter_mm;
    wadi_calcium calcium;
    double suitability; ///< 0..1, docs/model/planning.md
    char method[24];    ///< "needle", "reentry", "vast", "av_spear", "anastomosis"
} wadi_crossing;

typedef struct wadi_device_use {
    char device[96];                               ///< "tapered crossing stent graft"
    char catalogue[40];                            ///< key in data/devices.json
    double diameter_mm, diameter_to_mm, length_mm; ///< NaN where it has none
    char vessel[WADI_NAME_SIZE];
    double from_mm, to_mm; ///< along the conduit from the crossing; NaN where it has none
    char source[WADI_SOURCE_SIZE];
} wadi_device_use;

typedef struct wadi_valve_lysed {
    char vessel[WADI_NAME_SIZE];
    double at_mm;   ///< from the vein's heart-side end
    bool high_risk; ///< malleolar or plantar level (seed 0: special attention)
} wadi_valve_lysed;

typedef struct wadi_plan_step {
    char part[16]; ///< "prepare", "access", "fistula", "valves", "shunting", "finish"
    char text[WADI_TEXT_SIZE];
    char source[WADI_SOURCE_SIZE];
} wadi_plan_step;

/// A branch at the conduit or foot and what it carries after the plan.
typedef struct wadi_branch_flow {
    char vessel[WADI_NAME_SIZE];
    double flow_ml_min, share_frac; ///< of the conduit flow
    bool closed;
} wadi_branch_flow;

enum { WADI_WAVE_SAMPLES = 101, WADI_WAVE_SITE_LIMIT = 10 }; ///< 0 and T included

/// A place's heartbeat in the numbers of a duplex, from the linear level (wadi/linear.h): small
/// waves about the nonlinear mean. Peaks of steep waves, and pressure peaks above all, are less
/// sure than means; valves and collapse do not act within the beat; no bands.
typedef struct wadi_wave {
    bool known; ///< false: no such vessel, or nothing flows in it as in a tube
    char vessel[WADI_NAME_SIZE];
    double flow_mean_ml_min, flow_min_ml_min, flow_max_ml_min; ///< with the segment's direction
    double pressure_mean_mmhg, pressure_min_mmhg, pressure_max_mmhg;
    double psv_m_s, edv_m_s, ri, pi; ///< along the mean flow; pi is NaN where that is nearly 0
    double acceleration_s;           ///< foot to peak
    double shear_mean_pa, shear_peak_pa;
    double velocity_m_s[WADI_WAVE_SAMPLES]; ///< along the mean flow, over one beat
} wadi_wave;

/// "femoral", "popliteal", "donor" (upstream of the crossing), "crossing" (before: the donor
/// artery there), "conduit", "donor_beyond", "plantar_vein", "plantar_arch", "toe_artery",
/// "toe_vein".
typedef struct wadi_wave_site {
    char site[16];
    wadi_wave before, after;
} wadi_wave_site;

/// A native artery at its far end, before and after the plan.
typedef struct wadi_native_flow {
    char vessel[WADI_NAME_SIZE];
    double before_ml_min, after_ml_min;
    double index; ///< after over before: below 1 is steal, below 0 the flow has turned
} wadi_native_flow;

typedef struct wadi_plan {
    int rank; ///< 1 is best; 0 in a comparison
    wadi_technique technique;
    wadi_crossing crossing;
    char route[WADI_NAME_SIZE], landing[WADI_NAME_SIZE]; ///< "PTV1", "plantar"
    bool inflow_treated, complete, feasible;
    char limits_broken[WADI_TEXT_SIZE]; ///< of a ranked plan: each limit with its number; ""
                                        ///< when feasible
    char refused[WADI_TEXT_SIZE];       ///< of a comparison: why there is no such plan
    char refused_rule[16];
    double objective; ///< nutritive flow times suitability
    double conduit_length_mm;
    wadi_device_use *devices;
    wadi_index device_count;
    wadi_valve_lysed *valves;
    wadi_index valve_count;
    char (*closures)[WADI_NAME_SIZE];
    wadi_index closure_count;
    wadi_plan_step *steps;
    wadi_index step_count;
    wadi_branch_flow *branches;
    wadi_index branch_count;
    wadi_native_flow
        *native; ///< arteries below the knee that carried 0.2 mL/min or more before
    wadi_index native_count;
    wadi_notes warnings;
    wadi_outcome after;
    double untreated_conduit_ml_min; ///< with the inflow lesion left; NaN when there is none
    double recruitment_to_61; ///< venule and capillary factor that takes the wound's TcPO2 to
                              ///< 61 mmHg; NaN: none <= 5
    double below_floor_frac;  ///< share of the samples below the conduit floor
    wadi_limb *limb;          ///< the leg after the plan
    double *flow_m3_s;        ///< by segment of `limb`
    double *pressure_pa;      ///< by node of `limb`
    wadi_wave_site *waves;    ///< of a ranked plan; NULL in a comparison, or when not asked for
    wadi_index wave_count;
    double beat_s; ///< heart period of the waves
} wadi_plan;

/// A row of the trade-off table: the best plan's crossing with other closures.
typedef struct wadi_tradeoff {
    char closures[120];
    double conduit_ml_min, nutritive_ml_min, arch_mmhg, capillary_mmhg, tcpo2_mmhg;
    bool chosen, feasible;
} wadi_tradeoff;

/// A place to cross on the best plan's pair of vessels, with the plan's closures and landing.
typedef struct wadi_site {
    double from_origin_mm, gap_mm, conduit_ml_min, nutritive_ml_min;
    bool feasible; ///< breaks no limit
} wadi_site;

/// A row of the what-if table: the best plan with one thing changed. Nominal values.
typedef struct wadi_what_if {
    char text[120], source[WADI_SOURCE_SIZE];
    double conduit_ml_min, nutritive_ml_min, arch_mmhg, tcpo2_mmhg, cardiac_share_frac;
} wadi_what_if;

typedef struct wadi_solver_report {
    double residual, mass_balance; ///< worst of all solves
    long solves;
    double seconds;
    int samples, failed_samples;
} wadi_solver_report;

/// Of the drug card, from data/technique.json: heparin with what each document says of dose and
/// activated clotting time, drugs against spasm, antithrombotics with their end.
typedef struct wadi_drug_line {
    char text[WADI_TEXT_SIZE], source[WADI_SOURCE_SIZE];
} wadi_drug_line;

/// A date of the follow-up, in days after the procedure.
typedef struct wadi_follow_line {
    int day;
    char text[WADI_TEXT_SIZE], source[WADI_SOURCE_SIZE];
} wadi_follow_line;

typedef struct wadi_plan_result {
    wadi_verdict verdict;
    bool exploratory; ///< an exclusion was overridden
    wadi_notes reasons, warnings, missing, overridden;
    char wound_bed[WADI_NAME_SIZE]; ///< of the first wound; the great toe's without one
    bool wound_described;           ///< the case tells of a wound
    wadi_outcome before;
    wadi_plan *plans; ///< best first, at most three
    wadi_index plan_count;
    wadi_plan
        comparison[WADI_TECHNIQUE_COUNT]; ///< best of each technique, or why it is refused
    wadi_tradeoff *tradeoffs;
    wadi_index tradeoff_count;
    bool sites_known;              ///< the best plan crosses where the gap was measured
    wadi_site site_gap, site_flow; ///< least measured gap, which is the plan's; most flow
    wadi_what_if *what_ifs;
    wadi_index what_if_count;
    wadi_drug_line *drugs;
    wadi_index drug_count;
    wadi_follow_line *follow;
    wadi_index follow_count;
    wadi_solver_report solver;
    char input_hash[72]; ///< SHA-256 of the case text, hexadecimal; "" when not known
    wadi_limb *limb;     ///< the leg before
    double *flow_m3_s, *pressure_pa;
} wadi_plan_result;

typedef struct wadi_plan_options {
    int samples;                  ///< quasi-random; 0: no bands
    double grid_m;                ///< crossing grid, at most 2.5e-3
    int closure_limit;            ///< most branches closed
    int threads;                  ///< 0: all cores
    const char *const *overrides; ///< "RULE=REASON", NULL-terminated; NULL: none
    bool offshelf_only;
    wadi_limits limits; ///< what is known here replaces the case's limits
    double recruitment_target_mmhg;
    bool waves;                 ///< waveform indices of the ranked plans; default true
    const char *procedure_date; ///< YYYY-MM-DD, for the end dates of drugs; NULL: not set
} wadi_plan_options;

WADI_API wadi_plan_options wadi_plan_options_default(void);

/// Plan one case. `wadi_plan_result_free` *out.
///
/// Every verdict is a success; there are no plans where there is none to give.
/// @retval WADI_ERR_CONVERGENCE  a nominal solve did not converge
/// @retval WADI_ERR_PARSE        procedure_date is no date
WADI_API wadi_status wadi_plan_case(const wadi_case *the_case, const wadi_plan_options *options,
                                    wadi_plan_result **out, wadi_error *err) WADI_MUST_USE;
WADI_API void wadi_plan_result_free(wadi_plan_result *result);

#ifdef __cplusplus
}
#endif
#endif
