/// @file network.h
/// The network that the pulsatile levels run on: vessels, ends, lumped elements, inlets.
///
/// A node is a place where pressures meet. Vessels and elements join two nodes; an inlet, an
/// outlet or a compliance belongs to one. Any graph is fine: loops, several inlets, arteries
/// that drain into veins. Wall law of a vessel (p_ext outside, area at rest A0 = pi R^2):
///
///     p = p_ext + K ((A/A0)^m - (A/A0)^n)     arteries m = 1/2, n = 0; veins m = 10, n = -3/2
///
/// Source: L. O. Mueller, E. F. Toro, Int. J. Numer. Meth. Biomed. Engng 30 (2014) 681-725.
///
/// Build with _new and _add_..., then _finish, which checks everything. A finished network is
/// immutable and may be shared between threads.
#ifndef WADI_NETWORK_H
#define WADI_NETWORK_H

#include "wadi/base.h"
#include "wadi/flow.h"
#include "wadi/limb.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wadi_network wadi_network;

typedef enum wadi_network_wall { WADI_NETWORK_ARTERY, WADI_NETWORK_VEIN } wadi_network_wall;

/// One vessel. Radius and stiffness run linearly from its first end to its last.
typedef struct wadi_network_vessel {
    const char *label; ///< unique; copied
    wadi_index from, to;
    double length_m;
    double radius_from_m, radius_to_m; ///< at p = p_ext
    wadi_network_wall wall;
    double stiffness_from_pa, stiffness_to_pa; ///< K; used where young_pa is 0
    /// K = 4/3 E h / R. A thickness of 0 takes the empirical h(R) of arteries,
    /// h = R (0.2802 exp(-505.3 R) + 0.1324 exp(-11.14 R)) with R in m (Boileau et al. 2015).
    double young_pa, thickness_m;
    double p_ext_pa;
    /// Velocity profile exponent zeta, >= 0: friction 2 (zeta + 2) pi mu / rho.
    double profile;
    double momentum;       ///< alpha; 0 takes (zeta + 2) / (zeta + 1)
    double viscosity_pa_s; ///< 0 takes that of the network
    double
        wall_pa_s_m; ///< Gamma of the viscoelastic term Gamma / (A0 sqrt A) dA/dt; 0 is elastic
    double loss_from, loss_to; ///< loss coefficients at the two ends, of rho u |u| / 2
} wadi_network_vessel;

/// Periodic signal: linear between samples; time_s[0] = 0, time_s[count - 1] = period.
typedef struct wadi_network_signal {
    size_t count;
    const double *time_s; ///< (count) strictly rising; copied
    const double *value;  ///< (count) first and last are the same; copied
} wadi_network_signal;

/// A signal given by its harmonics, mean + sum of a_k cos(2 pi k t / T) + b_k sin(2 pi k t /
/// T), as samples for the struct above: enough of them, evenly spread, that the straight lines
/// between them stay within 1e-4 of the sum of all amplitudes.
///
/// @param count      in: room of both outputs; out: samples written, 2 or more
/// @retval WADI_ERR_RANGE  period not > 0, a number that is not finite, or too little room (the
///                         message tells how much is wanted)
WADI_API wadi_status wadi_network_harmonics(double period_s, double mean, int harmonics,
                                            const double *cosine, const double *sine,
                                            size_t *count, double *time_s, double *value,
                                            wadi_error *err) WADI_MUST_USE;

typedef enum wadi_network_inlet_kind {
    WADI_NETWORK_INFLOW,   ///< value is a flow into the node, m3/s
    WADI_NETWORK_PRESSURE, ///< value is a pressure, Pa, behind resistance and inertance (0 is
                           ///< fine)
    /// A ventricle. value is its elastance E(t) > 0, Pa/m3; with the stressed volume V
    ///
    ///     p = E V,  dV/dt = max(0, (p_fill - p) / R_fill) - max(0, (p - p_node) / R)
    ///
    /// so that it fills from `fill_pa` and gives more blood against less pressure (H. Suga, K.
    /// Sagawa, Circ. Res. 35 (1974) 117-126). R is `resistance_pa_s_m3`. Its two valves are
    /// ideal: shut in the first step in which the pressures ask for it. For the pulse level
    /// alone; the linear level refuses it.
    WADI_NETWORK_HEART
} wadi_network_inlet_kind;

typedef struct wadi_network_inlet {
    wadi_index node;
    wadi_network_inlet_kind kind;
    wadi_network_signal signal;
    /// Upstream of a pressure, 0 or more; of a heart only the first, > 0.
    double resistance_pa_s_m3, inertance_pa_s2_m3;
    double fill_pa, fill_resistance_pa_s_m3; ///< of a heart; the second > 0
} wadi_network_inlet;

typedef enum wadi_network_outlet_kind {
    WADI_NETWORK_WINDKESSEL, ///< p = Z q + pc, C dpc/dt = q - (pc - p_out) / R
    WADI_NETWORK_REFLECTION, ///< a fraction of the arriving wave returns; 0 absorbs it
    WADI_NETWORK_FIXED       ///< pressure p_out
} wadi_network_outlet_kind;

typedef struct wadi_network_outlet {
    wadi_index node;
    wadi_network_outlet_kind kind;
    double impedance_pa_s_m3, resistance_pa_s_m3, compliance_m3_pa;
    double reflection; ///< -1..1
    double p_out_pa;
} wadi_network_outlet;

/// A compliance at a node (a bed's arteriole, venule, capillary mesh).
typedef struct wadi_network_chamber {
    wadi_index node;
    double compliance_m3_pa; ///< > 0
    double p_start_pa;
} wadi_network_chamber;

typedef enum wadi_network_element_kind {
    /// dp = R q + B q |q| + L dq/dt. Stenosis, crossing, stent, anastomosis, arteriole.
    WADI_NETWORK_RESISTOR,
    /// Mynard valve from -> to: dp = rho / (2 Ae^2) q |q| + rho l / Ae dq/dt,
    /// Ae = closed + (open - closed) zeta, zeta driven by dp (J. P. Mynard et al., Int. J.
    /// Numer.
    /// Meth. Biomed. Engng 28 (2012) 626-641).
    WADI_NETWORK_VALVE,
    /// Starling resistor: q = (p_from - max(p_to, p_ext)) / R forwards, (p_from - p_to) / R
    /// back.
    WADI_NETWORK_STARLING
} wadi_network_element_kind;

typedef struct wadi_network_element {
    const char *label; ///< unique among elements; copied
    wadi_network_element_kind kind;
    wadi_index from, to;
    double resistance_pa_s_m3;
    double back_resistance_pa_s_m3; ///< for q < 0; 0 takes resistance_pa_s_m3
    double quadratic_pa_s2_m6;
    double inertance_pa_s2_m3;
    double open_m2, closed_m2, length_m;       ///< valve: effective areas, length
    double opening_per_pa_s, closing_per_pa_s; ///< valve: rates
    double p_open_pa, p_close_pa;              ///< valve: thresholds of dp
    double p_ext_pa;                           ///< Starling
} wadi_network_element;

/// Blood of the network. `static_junctions` joins static instead of total pressures, as some
/// older programs do.
typedef struct wadi_network_blood {
    double density_kg_m3, viscosity_pa_s;
    bool static_junctions;
    double gravity_m_s2; ///< along -z of the nodes; 0 is lying down
} wadi_network_blood;

/// A network without vessels. `node_count` may grow with the vessels that are added.
/// @retval WADI_ERR_NOMEM, WADI_ERR_RANGE  blood of no or negative density, negative viscosity
WADI_API wadi_status wadi_network_new(const wadi_network_blood *blood, wadi_network **out,
                                      wadi_error *err) WADI_MUST_USE;
WADI_API void wadi_network_free(wadi_network *network);

/// Add a part; everything given is copied. Each fails with WADI_ERR_NOMEM, and with
/// WADI_ERR_RANGE (a size or a signal that cannot be) or WADI_ERR_CONFLICT (a name used twice).
/// A failed network can only be freed.
WADI_API wadi_status wadi_network_add_vessel(wadi_network *network,
                                             const wadi_network_vessel *vessel,
                                             wadi_error *err) WADI_MUST_USE;
WADI_API wadi_status wadi_network_add_inlet(wadi_network *network,
                                            const wadi_network_inlet *inlet,
                                            wadi_error *err) WADI_MUST_USE;
WADI_API wadi_status wadi_network_add_outlet(wadi_network *network,
                                             const wadi_network_outlet *outlet,
                                             wadi_error *err) WADI_MUST_USE;
WADI_API wadi_status wadi_network_add_chamber(wadi_network *network,
                                              const wadi_network_chamber *chamber,
                                              wadi_error *err) WADI_MUST_USE;
WADI_API wadi_status wadi_network_add_element(wadi_network *network,
                                              const wadi_network_element *element,
                                              wadi_error *err) WADI_MUST_USE;
/// Place of a node in m: z carries gravity, all three place the vessel for ParaView.
WADI_API wadi_status wadi_network_place(wadi_network *network, wadi_index node,
                                        const double position_m[3],
                                        wadi_error *err) WADI_MUST_USE;
/// Heart period for a network without a signal (all inlets steady or none), and start pressure.
WADI_API void wadi_network_set_period(wadi_network *network, double period_s);
WADI_API void wadi_network_set_start(wadi_network *network, double pressure_pa);

/// Let vessels end where nothing goes on (a ligated stump), in place of refusing them.
WADI_API void wadi_network_allow_closed_ends(wadi_network *network);

/// Check the whole and close it.
/// @retval WADI_ERR_CONFLICT  the network falls into parts, or signals have several periods
/// @retval WADI_ERR_MISSING   no vessel, no inlet or chamber, an end that leads nowhere
WADI_API wadi_status wadi_network_finish(wadi_network *network, wadi_error *err) WADI_MUST_USE;

WADI_API wadi_index wadi_network_vessel_count(const wadi_network *network);
WADI_API const wadi_network_vessel *wadi_network_vessel_at(const wadi_network *network,
                                                           wadi_index vessel);
WADI_API double wadi_network_period_s(const wadi_network *network);

/// The pulsatile network of a limb: open segments become vessels, collaterals, valves, losses
/// and beds lumped elements with the resistances of the steady solution, so that both levels
/// share their means. Parts without a connection to the heart are left out. The network is
/// finished. What is assumed beyond the limb and the model: docs/model/flow.md.
///
/// @param reference_inflow_m3_s  as in wadi_steady_options: < 0 where this is the leg whose
///                               arterial pressure was measured
WADI_API wadi_status wadi_network_from_limb(const wadi_limb *limb, const wadi_model *model,
                                            double reference_inflow_m3_s, wadi_network **out,
                                            wadi_error *err) WADI_MUST_USE;

/// The vessel that a segment of that limb became; WADI_NONE where it is closed, cut off or only
/// a resistance (a collateral, a very short piece), and for a network that is not of a limb.
WADI_API wadi_index wadi_network_vessel_of_segment(const wadi_network *network,
                                                   wadi_index segment);

/// The same with a heart, the store of the arteries and the rest of the body in place of the
/// arterial pressure wave, so that a shunt loads the heart within the beat too. Mean and pulse
/// pressure and output are those of the model for the leg as it was measured; what the leg
/// takes beyond that lowers the pressure as in the steady level. For the pulse level alone.
///
/// @retval WADI_ERR_RANGE  reflexes, output and pressures that no heart of this kind can have
WADI_API wadi_status wadi_network_from_limb_and_heart(const wadi_limb *limb,
                                                      const wadi_model *model,
                                                      double reference_inflow_m3_s,
                                                      wadi_network **out,
                                                      wadi_error *err) WADI_MUST_USE;

/// How an openBF version 2 model is read.
typedef struct wadi_openbf_options {
    /// Do as openBF 2 does: no taper, a missing R2 is R1 - Z with R1 left as it is (by default
    /// the two together are R1), the key "gamma profile" ignored (by default it is
    /// gamma_profile). Either way the momentum factor is 1 unless a vessel has the key "alpha".
    bool compat;
} wadi_openbf_options;

/// What the solver block of an openBF model asks for.
typedef struct wadi_openbf_solver {
    double cfl; ///< 0 where it is not given
    long cycles;
} wadi_openbf_solver;

/// Read an openBF version 2 YAML model and its inlet file (beside it). Every complaint names
/// the file, the line, the value and what was wanted. The network is finished.
///
/// @retval WADI_ERR_IO, WADI_ERR_PARSE, WADI_ERR_KEY, WADI_ERR_RANGE, WADI_ERR_MISSING,
///         WADI_ERR_CONFLICT
WADI_API wadi_status wadi_network_read_openbf(const char *path,
                                              const wadi_openbf_options *options,
                                              wadi_network **out, wadi_openbf_solver *solver,
                                              wadi_error *err) WADI_MUST_USE;
/// The same from memory; `directory` is where the inlet file is looked for.
WADI_API wadi_status wadi_network_parse_openbf(const char *place, const char *bytes,
                                               size_t size, const char *directory,
                                               const wadi_openbf_options *options,
                                               wadi_network **out, wadi_openbf_solver *solver,
                                               wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
