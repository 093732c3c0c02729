/// @file selection.h
/// Is this leg one for deep venous arterialization? Facts in, verdict with every rule out.
///
/// The rules are the published selection criteria (van den Heuvel 2018, Spiliopoulos 2023 after
/// Kum 2018, Hasanli 2026). Order of decision, first that applies:
/// acute ischaemia EXCLUDE; wrong disease or stage NOT_CANDIDATE; any other exclusion EXCLUDE;
/// a required finding absent NOT_ELIGIBLE; infection DEFER; a required fact unknown INCOMPLETE;
/// a condition CONDITIONAL; else ELIGIBLE.
///
/// Pure; allocates nothing; any thread. All texts are static.
#ifndef WADI_SELECTION_H
#define WADI_SELECTION_H

#include "wadi/base.h"
#include "wadi/score.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What is known of the leg. Flags are 0 or 1. Start from `{0}`: nothing is known.
typedef struct wadi_dva_facts {
    wadi_maybe rutherford;             ///< chronic category, 0..6
    wadi_maybe no_option;              ///< no surgical or endovascular option
    wadi_maybe conservative_failed;    ///< rest pain despite conservative care
    wadi_maybe ptv_patent;             ///< posterior tibial vein
    wadi_maybe lpv_patent;             ///< lateral plantar vein
    wadi_maybe arch_patent;            ///< deep plantar venous arch
    wadi_maybe venous_imaging;         ///< phlebography, MRI or duplex done
    wadi_maybe inflow_ok;              ///< uninterrupted up to the crossing point
    wadi_maybe proximal_tibial_patent; ///< tibial arteries patent in their proximal part, 0..3
    wadi_maybe extensive_loss;         ///< extensive tissue loss
    wadi_maybe infection_controlled;   ///< 0: infection not yet drained and treated
    wadi_maybe access_site_infected;   ///< at the distal venous puncture
    wadi_maybe sepsis;                 ///< systemic
    wadi_maybe ali;                    ///< acute limb ischaemia
    wadi_maybe failed_lysis;           ///< thrombectomy or lysis failed
    wadi_maybe no_pedal;               ///< no pedal outflow
    wadi_maybe poor_cardiac;
    wadi_maybe coronary_lesions;
    wadi_maybe high_output_avf;      ///< dialysis fistula with high output
    wadi_maybe dvt;                  ///< deep vein thrombosis
    wadi_maybe donor_is_only_runoff; ///< the donor is the only run-off to the foot
    wadi_maybe patent_tibials;       ///< tibial arteries patent along their course, 0..3
    wadi_maybe crossing_adverse;     ///< angulation or fascia at the crossing
    wadi_maybe covers_collateral;    ///< stents would cover a significant collateral
    wadi_maybe dialysis;
    wadi_maybe popliteal_occluded;
    wadi_maybe hybrid_possible; ///< a more proximal donor and a conduit are at hand
} wadi_dva_facts;

typedef enum wadi_dva_decision {
    WADI_DVA_ELIGIBLE,
    WADI_DVA_CONDITIONAL,
    WADI_DVA_DEFER,
    WADI_DVA_EXCLUDE,
    WADI_DVA_NOT_ELIGIBLE, ///< a required finding is absent
    WADI_DVA_INCOMPLETE,   ///< a required fact is unknown
    WADI_DVA_NOT_CANDIDATE ///< not this disease or stage
} wadi_dva_decision;

/// "ELIGIBLE", "NOT_CANDIDATE", ... Never NULL.
WADI_API const char *wadi_dva_decision_text(wadi_dva_decision decision);

typedef enum wadi_dva_kind {
    WADI_DVA_INCLUDE,             ///< must hold
    WADI_DVA_INCLUDE_CONDITIONAL, ///< a second way in, with a condition
    WADI_DVA_KIND_EXCLUDE,
    WADI_DVA_KIND_DEFER,
    WADI_DVA_WARN,
    WADI_DVA_INVESTIGATIONAL
} wadi_dva_kind;

/// "include", "include_conditional", "exclude", "defer", "warn", "investigational".
WADI_API const char *wadi_dva_kind_text(wadi_dva_kind kind);

/// The three groups of Kum 2018.
typedef enum wadi_dva_heading {
    WADI_DVA_GENERAL,
    WADI_DVA_ANGIOGRAPHIC,
    WADI_DVA_WOUND
} wadi_dva_heading;

/// "general", "angiographic", "wound".
WADI_API const char *wadi_dva_heading_text(wadi_dva_heading heading);

/// Three-valued truth of a rule's condition.
typedef enum wadi_truth { WADI_TRUTH_NO, WADI_TRUTH_YES, WADI_TRUTH_UNKNOWN } wadi_truth;

/// One rule as it came out for this leg.
typedef struct wadi_dva_rule {
    const char *id; ///< "S03"
    wadi_dva_kind kind;
    wadi_dva_heading heading;
    const char *condition;     ///< "ptv_patent && lpv_patent && arch_patent"
    const char *text;          ///< for a person
    const char *contradiction; ///< what another document says; NULL where they agree
    const char *source;
    wadi_standing standing;
    wadi_truth holds; ///< the condition
    bool fired;      ///< it speaks: an exclusion, deferral or warning that holds, a requirement
                     ///< that does not, a condition that is used
    bool decides;    ///< the verdict stands on it
    bool overridden; ///< fired, but set aside by the caller
} wadi_dva_rule;

#define WADI_DVA_RULE_COUNT 22
#define WADI_DVA_FACT_COUNT 27

/// A fact that is not known, as a question.
typedef struct wadi_dva_question {
    const char *fact; ///< field name
    const char *key;  ///< its key in `wadi score dva_select`
    const char *text; ///< "Is the lateral plantar vein patent?"
    bool required;    ///< the verdict waits for it
} wadi_dva_question;

typedef struct wadi_dva_verdict {
    wadi_dva_decision decision;
    bool exploratory;     ///< an override changed what decides
    bool investigational; ///< S11b: acute ischaemia after failed lysis without pedal outflow
    bool percutaneous_barred;                 ///< S06: only a hybrid or open operation
    wadi_dva_rule rules[WADI_DVA_RULE_COUNT]; ///< all, in the order of the table
    wadi_dva_question missing[WADI_DVA_FACT_COUNT];
    int missing_count; ///< required ones first
} wadi_dva_verdict;

/// The verdict on a leg.
///
/// @param overrides       ids of rules to set aside, such as "S11"; case matters
/// @param override_count  how many; NULL and 0 for none
/// @retval WADI_ERR_RANGE a flag is not 0 or 1, or a count is outside its range
/// @retval WADI_ERR_KEY   an override names no rule
WADI_API wadi_status wadi_dva_select_with(const wadi_dva_facts *facts,
                                          const char *const *overrides, int override_count,
                                          wadi_dva_verdict *out, wadi_error *err) WADI_MUST_USE;

/// The same without overrides.
WADI_API wadi_status wadi_dva_select(const wadi_dva_facts *facts, wadi_dva_verdict *out,
                                     wadi_error *err) WADI_MUST_USE;

/// Set one fact by its field name. "ptv", "lpv", "arch", "inflow", "imaging" and
/// "proximal_tibial" are understood too.
///
/// @retval WADI_ERR_KEY    no such fact
/// @retval WADI_ERR_RANGE  value outside what the fact can be
WADI_API wadi_status wadi_dva_facts_set(wadi_dva_facts *facts, const char *name, double value,
                                        wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
