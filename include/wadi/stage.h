/// @file stage.h
/// Everything that a case allows to be said of the limb: scores from its anatomy and
/// measurements, the no-option question, the selection for arterialization.
///
/// Scores are computed from the limb where the case has the anatomy, taken from stated grades
/// otherwise, and compared where both are there. Nothing that the case does not state is
/// guessed. Any thread.
#ifndef WADI_STAGE_H
#define WADI_STAGE_H

#include "wadi/case.h"
#include "wadi/limb.h"
#include "wadi/score.h"
#include "wadi/selection.h"

#ifdef __cplusplus
extern "C" {
#endif

/// How a grade came about.
typedef enum wadi_origin_of_grade {
    WADI_GRADE_ABSENT,   ///< the case does not allow it
    WADI_GRADE_STATED,   ///< stated by the clinician
    WADI_GRADE_COMPUTED, ///< from measurements or anatomy
    WADI_GRADE_AGREED    ///< both, and equal
} wadi_origin_of_grade;

typedef struct wadi_staged_grade {
    wadi_origin_of_grade origin;
    int grade;           ///< WADI_GRADE_AMBIGUOUS where the table leaves it open
    unsigned candidates; ///< bit g set: grade g is possible
    int stated;          ///< -1 where none is stated; differs from grade where they disagree
    char note[200];      ///< what governed, what is missing; "" for nothing
} wadi_staged_grade;

/// One occlusion of a crural artery.
typedef struct wadi_staged_occlusion {
    char vessel[WADI_NAME_SIZE];
    wadi_index finding, lesion; ///< in the case; WADI_NONE: the whole vessel
    double from_mm, length_mm, reference_mm;
    bool reference_measured;
    bool complete;                 ///< all five components are stated
    wadi_jbtk_result jbtk;         ///< where complete
    int known_points, open_points; ///< points of the stated components, and of the others
    char missing[80];              ///< "entry, outflow"
} wadi_staged_occlusion;

enum { WADI_STAGED_OCCLUSIONS = 12, WADI_STAGED_NOTES = 16 };

typedef enum wadi_no_option_state {
    WADI_NO_OPTION_NOT_DECLARED, ///< nobody says so
    WADI_NO_OPTION_REFUTED,      ///< the case says there is an option
    WADI_NO_OPTION_UNSUPPORTED,  ///< declared without adequate imaging or without review
    WADI_NO_OPTION_SUPPORTED     ///< declared after adequate imaging and a specialist's review
} wadi_no_option_state;

/// "NOT_DECLARED", ... Never NULL.
WADI_API const char *wadi_no_option_text(wadi_no_option_state state);

typedef struct wadi_staging {
    wadi_maybe rutherford;
    wadi_ali_category acute, acute_before; ///< WADI_ACUTE_UNCLASSIFIED: not stated
    bool deteriorated;                     ///< the acute class got worse
    wadi_staged_grade wound, ischemia, infection;
    bool wifi_known;
    wadi_wifi_stage_result wifi;
    wadi_staged_grade glass_fp, glass_ip; ///< before calcification
    char target[WADI_NAME_SIZE];          ///< artery of the target path: the least diseased
    bool calcium_fp, calcium_ip;
    bool glass_known;
    wadi_glass_result glass;
    int glass_im;         ///< 0..2, -1 unknown
    const char *kawarada; ///< NULL unknown; unconfirmed rule
    wadi_staged_occlusion occlusions[WADI_STAGED_OCCLUSIONS];
    int occlusion_count;
    bool every_path_grade_d; ///< each crural artery is occluded with J-BTK grade D
    wadi_no_option_state no_option;
    char donor[WADI_NAME_SIZE]; ///< from the wishes; "" where none is named
    wadi_dva_facts facts;
    wadi_dva_verdict verdict;
    char contradictions[WADI_STAGED_NOTES][320];
    int contradiction_count;
    char warnings[WADI_STAGED_NOTES][320]; ///< beyond those of the selection rules
    int warning_count;
} wadi_staging;

/// The facts of the selection rules, from case and limb.
///
/// @param donor  vessel that is to become the donor artery; NULL: the one wished for, if any
WADI_API wadi_status wadi_stage_facts(const wadi_case *the_case, const wadi_limb *limb,
                                      const char *donor, wadi_dva_facts *out,
                                      wadi_error *err) WADI_MUST_USE;

/// Stage one case. `overrides` as in wadi_dva_select_with.
WADI_API wadi_status wadi_stage_case(const wadi_case *the_case, const wadi_limb *limb,
                                     const char *const *overrides, int override_count,
                                     wadi_staging *out, wadi_error *err) WADI_MUST_USE;

/// As text for people, or as JSON ("wadi.stage/1"). `free` *out.
WADI_API wadi_status wadi_staging_text(const wadi_staging *staging, char **out, size_t *size,
                                       wadi_error *err) WADI_MUST_USE;
WADI_API wadi_status wadi_staging_json(const wadi_staging *staging, char **out, size_t *size,
                                       wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
