/// @file flow.h
/// Steady blood flow and oxygen in a limb.
///
/// Unknown are the pressures of the nodes; every edge is monotone in the difference of a
/// pressure potential F, so that the balance of flow at the nodes has one solution and Newton
/// finds it:
///
///     R Q + B Q|Q| = F(p_a) - F(p_b)
///
/// F is p in arteries and grafts, the integral of (A/A0)^2 dp of the tube law in veins, and the
/// integral of the open fraction of the capillaries in the beds. R and B may differ by
/// direction: a competent valve is an orifice of 1e-3 of the lumen backwards, a microvenous
/// valve a venule of higher resistance. Equations, sources and standing: docs/model/steady.md.
///
/// A solver is one object per thread; limbs and models are read only.
#ifndef WADI_FLOW_H
#define WADI_FLOW_H

#include "wadi/base.h"
#include "wadi/case.h"
#include "wadi/limb.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Parameters of the model. Values, units, ranges, standing and source: data/model.json.
typedef enum wadi_parameter {
    WADI_P_MEAN_PRESSURE,       ///< mmHg, arterial, at the heart
    WADI_P_PULSE_PRESSURE,      ///< mmHg
    WADI_P_VENOUS_PRESSURE,     ///< mmHg, central
    WADI_P_UPSTREAM_RESISTANCE, ///< mmHg min/mL, aorta to external iliac
    WADI_P_BAROREFLEX,          ///< share of a fall of arterial pressure that is made good
    WADI_P_CARDIAC_OUTPUT,      ///< mL/min
    WADI_P_HAEMATOCRIT,         ///< fraction
    WADI_P_PLASMA_PROTEIN,      ///< g/dL
    WADI_P_HAEMOGLOBIN,         ///< g/dL
    WADI_P_SATURATION,          ///< fraction, arterial
    WADI_P_VEIN_WAVE_SPEED,     ///< m/s, of veins near zero transmural pressure
    WADI_P_ESCAPE_RADIUS,       ///< hydraulic over duplex radius of foot perforators
    WADI_P_PLANTAR_VEIN_RADIUS, ///< factor on lateral plantar vein and arch
    WADI_P_SAPHENOUS_RADIUS,    ///< factor on great and small saphenous
    WADI_P_ARTERY_RADIUS,       ///< factor on unmeasured arteries below the knee
    WADI_P_DEMAND,              ///< factor on the resting flow of thigh and calf
    WADI_P_COLLATERAL,          ///< resistance of an occluded stretch over the healthy one
    WADI_P_SMALL_ARTERY,      ///< resistance factor of diseased metatarsal and digital arteries
    WADI_P_DILATED_ARTERIOLE, ///< smallest arteriolar resistance over the resting one
    WADI_P_AUTOREGULATION,    ///< exponent of arteriolar tone
    WADI_P_CHOKE,             ///< choke link over bed resistance
    WADI_P_VENULE_BACKWARD,   ///< venule conductance against its natural direction
    WADI_P_SUPERFICIAL_SHARE, ///< shift of the share that toes and sole drain superficially
    WADI_P_ARTERIOLE_SHARE,   ///< of bed resistance
    WADI_P_CAPILLARY_SHARE,   ///< of bed resistance; the rest is venular
    WADI_P_CAPILLARY_CLOSING, ///< mmHg at which half of the capillaries are shut
    WADI_P_OPEN_FRACTION,     ///< of the capillaries of the foot (no-reflow)
    WADI_P_RECRUITMENT,       ///< capillary conductance against day 1
    WADI_P_OXYGEN_USE,        ///< mL/100 g/min, foot at rest
    WADI_P_VALVE_LEAK,        ///< orifice of a competent valve over lumen area
    WADI_P_EFFACED_VALVE,     ///< orifice backwards of a partly effaced valve over lumen area
    WADI_P_LYSED_VALVE,       ///< orifice of a lysed valve over lumen area, both ways
    WADI_P_TCPO2_GAIN,        ///< of end-capillary PO2
    WADI_P_TCPO2_OFFSET,      ///< mmHg
    WADI_PARAMETER_COUNT
} wadi_parameter;

typedef enum wadi_law { WADI_LAW_FIXED, WADI_LAW_NORMAL, WADI_LAW_LOGNORMAL } wadi_law;

typedef struct wadi_parameter_row {
    char name[40], unit[24], standing[12];
    char source[200];
    double value, low, high; ///< nominal, 5 % and 95 % points
    wadi_law law;
} wadi_parameter_row;

/// One set of parameter values.
typedef struct wadi_model {
    double value[WADI_PARAMETER_COUNT];
} wadi_model;

/// Parameters with their uncertainty, for one patient.
typedef struct wadi_model_table {
    wadi_parameter_row row[WADI_PARAMETER_COUNT];
} wadi_model_table;

/// Read data/model.json.
WADI_API wadi_status wadi_model_read(wadi_model_table *out, wadi_error *err) WADI_MUST_USE;
/// Put what the case measured in place of the defaults (a measurement narrows the range).
WADI_API void wadi_model_fit_case(wadi_model_table *table, const wadi_case *the_case);
/// The nominal values.
WADI_API wadi_model wadi_model_nominal(const wadi_model_table *table);
/// Values at given probabilities, one for each parameter that is not fixed, in their order.
WADI_API wadi_model wadi_model_sample(const wadi_model_table *table, const double *probability);
/// How many parameters are not fixed.
WADI_API int wadi_model_free_count(const wadi_model_table *table);

/// What one bed receives. Flows are positive into the capillary mesh.
typedef struct wadi_bed_flow {
    double arteriole_m3_s, deep_m3_s, superficial_m3_s;
    double
        nutritive_m3_s; ///< arterial-equivalent: inflows times their content over the arterial
    double retrograde_frac; ///< share of it that comes through the venules
    double arteriole_pressure_pa, capillary_pressure_pa;
    double inflow_content_frac; ///< of arterial content
    double end_capillary_po2_mmhg;
    double tcpo2_mmhg; ///< 0 in series beds (not mapped)
} wadi_bed_flow;

typedef struct wadi_steady_result {
    wadi_index node_count, segment_count, bed_count;
    const double *pressure_pa;     ///< (node_count) NaN where nothing connects to the heart
    const double *flow_m3_s;       ///< (segment_count) 0 where closed
    const double *content_ml_dl;   ///< (node_count) oxygen content
    const wadi_bed_flow *beds;     ///< (bed_count)
    const double *all_pressure_pa; ///< (all_count) the nodes, then those inside the beds
    wadi_index all_count;
    double inflow_m3_s, outflow_m3_s;
    double heart_pressure_pa; ///< arterial pressure after loading by the leg
    double arterial_content_ml_dl;
    double residual_frac;     ///< greatest imbalance of a node over the inflow, or 1 mL/min
                              ///< where less flows in
    double mass_balance_frac; ///< |inflow - outflow| over the same
    int iterations;
} wadi_steady_result;

typedef struct wadi_steady_options {
    int max_iterations;
    double tolerance_frac;        ///< of the inflow, at every node
    double reference_inflow_m3_s; ///< leg inflow at which the measured arterial pressure holds;
                                  ///< < 0: this one
    const double *start_pa; ///< (start_count) pressures of a like network to start from, as
                            ///< all_pressure_pa of its result; NULL: none. Borrowed.
    wadi_index start_count; ///< another count than this network's: not used
} wadi_steady_options;

WADI_API wadi_steady_options wadi_steady_options_default(void);

typedef struct wadi_steady wadi_steady;

/// A solver with its memory; reuse it. One per thread.
WADI_API wadi_status wadi_steady_new(wadi_steady **out, wadi_error *err) WADI_MUST_USE;
WADI_API void wadi_steady_free(wadi_steady *solver);
/// Solve. *out borrows from the solver until the next call.
///
/// @retval WADI_ERR_CONVERGENCE  the message names the node with the worst imbalance
WADI_API wadi_status wadi_steady_solve(wadi_steady *solver, const wadi_limb *limb,
                                       const wadi_model *model,
                                       const wadi_steady_options *options,
                                       wadi_steady_result *out, wadi_error *err) WADI_MUST_USE;

/// Systolic estimate from a mean pressure: p + 2/3 PP a t, t = (p - CVP)/(MAP - CVP), with the
/// amplification a of the site. mmHg. Source and limits: docs/model/steady.md.
WADI_API double wadi_systolic_estimate(const wadi_model *model, double mean_pressure_mmhg,
                                       double amplification);
#define WADI_AMPLIFICATION_ANKLE 1.4 ///< ESTIMATE
#define WADI_AMPLIFICATION_TOE   1.0 ///< ESTIMATE

// ---- laws, as printed in docs/model/steady.md; pure ----

/// Viscosity of blood in a tube, Pa s. Bulk: pyNS formula of haematocrit and plasma protein;
/// calibre: ratio of Pries et al. 1992 at haematocrit 0.45.
WADI_API double wadi_viscosity(double haematocrit_frac, double plasma_protein_g_dl,
                               double radius_m);
/// Viscous resistance of a tube whose radius tapers linearly, Pa s/m3 (calibre at the mean
/// radius).
WADI_API double wadi_poiseuille(double viscosity_pa_s, double length_m, double radius_from_m,
                                double radius_to_m);
/// Young and Tsai 1973: dp = r Q + b Q|Q| across a stenosis in addition to the healthy tube.
WADI_API void wadi_stenosis(double viscosity_pa_s, double radius_m, double length_m,
                            double stenosis_frac, double *r_pa_s_m3, double *b_pa_s2_m6);
/// Area over resting area of a vein, from transmural pressure over stiffness K (m 10, n -3/2).
WADI_API double wadi_vein_area(double pressure_over_k);
/// Its potential over K: integral of (A/A0)^2 dp/K from A = A0.
WADI_API double wadi_vein_potential(double area_ratio);
/// Oxygen content of blood, mL/dL, at a partial pressure; and the inverse.
WADI_API double wadi_oxygen_content(double haemoglobin_g_dl, double po2_mmhg);
WADI_API double wadi_oxygen_pressure(double haemoglobin_g_dl, double content_ml_dl);

#ifdef __cplusplus
}
#endif
#endif
