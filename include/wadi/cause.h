/// @file cause.h
/// Why a leg did not improve after its venous arterialization: a stenosis of the inflow, or
/// blood that escapes before it reaches the wound.
///
/// Every hypothesis is a leg: the planned one, the planned one with a stenosis of some degree
/// in an inflow artery, the planned one with a branch open that the plan closed, or with a
/// draining vein wider than assumed. All are solved on the same quasi-random parameter sets.
/// What was measured at the first visit says which of the sets this patient is like; what was
/// measured at the latest says how well each hypothesis fits (Bayes, all three kinds equally
/// likely before).
///
/// A table of predictions is immutable once made: any number of threads may read it.
/// Method, noise and how often it is right: docs/model/cause.md.
#ifndef WADI_CAUSE_H
#define WADI_CAUSE_H

#include "wadi/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wadi_cause_kind {
    WADI_CAUSE_AS_PLANNED, ///< neither: the leg is as planned, or measured values err
    WADI_CAUSE_STENOSIS,   ///< of the inflow
    WADI_CAUSE_SHUNT,      ///< an escape that is open
    WADI_CAUSE_KINDS
} wadi_cause_kind;
WADI_API const char *wadi_cause_name(wadi_cause_kind kind); ///< "inflow_stenosis"
WADI_API const char *wadi_cause_title(wadi_cause_kind kind);

/// What one visit measured; unknown is unknown.
typedef struct wadi_cause_visit {
    wadi_maybe flow_ml_min; ///< duplex volume flow of the conduit
    wadi_maybe tcpo2_mmhg;  ///< beside the wound
    wadi_maybe psv_m_s, ri; ///< duplex of the crossing stent
} wadi_cause_visit;

/// How far a measurement strays: one standard deviation.
typedef struct wadi_cause_noise {
    double flow_frac;  ///< of the flow; default 0.35 (duplex volume flow)
    double tcpo2_mmhg; ///< default 6, ESTIMATE
    double psv_frac;   ///< default 0.15, ESTIMATE
    double ri;         ///< default 0.08, ESTIMATE: probe and model
} wadi_cause_noise;
WADI_API wadi_cause_noise wadi_cause_noise_default(void);

typedef struct wadi_cause wadi_cause;

/// One state of the leg and what is predicted of it.
typedef struct wadi_cause_state {
    wadi_cause_kind kind;
    char text[120];
    double flow_ml_min, tcpo2_mmhg; ///< nominal, or weighted by how like this patient a set is
    double psv_m_s, ri;             ///< of the crossing, nominal, linear level; NaN unknown
    double probability;             ///< of this state, given all that was measured
    double misfit; ///< mean square of what was measured at the latest visit against the best
                   ///< parameter sets, in standard deviations: much above 1 does not fit
} wadi_cause_state;

typedef struct wadi_cause_answer {
    double probability[WADI_CAUSE_KINDS];
    wadi_cause_kind likely;
    bool sure; ///< the likely kind has 80 % or more, and it fits
    bool fits; ///< some state has a misfit of at most 4 (two standard deviations)
    wadi_cause_state best[WADI_CAUSE_KINDS]; ///< the likeliest state of each kind
    int measured;                            ///< values of the latest visit that were used
    double effective_samples;                ///< parameter sets that the visits leave
} wadi_cause_answer;

/// Predictions for every state of a plan's leg. `samples` quasi-random sets, 8 or more. `plan`
/// is one of the ranked plans of `result`, made of `the_case`. `wadi_cause_free` *out.
///
/// @retval WADI_ERR_CONVERGENCE  a nominal solve did not converge
WADI_API wadi_status wadi_cause_new(const wadi_case *the_case, const wadi_plan_result *result,
                                    const wadi_plan *plan, int samples, wadi_cause **out,
                                    wadi_error *err) WADI_MUST_USE;
WADI_API void wadi_cause_free(wadi_cause *cause);
WADI_API int wadi_cause_state_count(const wadi_cause *cause);
/// Nominal predictions of a state; probability and misfit are NaN.
WADI_API wadi_cause_state wadi_cause_state_at(const wadi_cause *cause, int state);
/// The leg of a state. Borrowed.
WADI_API const wadi_limb *wadi_cause_limb(const wadi_cause *cause, int state);

/// @param first  a visit soon after the procedure, when all was well; NULL when there was none
/// @retval WADI_ERR_MISSING  the latest visit measured neither flow nor TcPO2
/// @retval WADI_ERR_RANGE    a value that cannot be
WADI_API wadi_status wadi_cause_fit(const wadi_cause *cause, const wadi_cause_visit *first,
                                    const wadi_cause_visit *latest,
                                    const wadi_cause_noise *noise, wadi_cause_answer *out,
                                    wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
