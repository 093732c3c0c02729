/// @file wire.h
/// Crossing an occlusion below the knee: grade, success at each step, what makes it fail.
///
/// Source: Hayakawa 2023 (CVIR Endovasc 6), IVUS-guided parallel wiring after failed
/// conventional wiring, and Tan 2021 (J Vasc Surg 74:506) for conventional wiring by J-BTK
/// grade. The two are not like for like; the product of both says what would follow if they
/// were.
///
/// Pure but for the texts that are allocated for the caller; any thread.
#ifndef WADI_WIRE_H
#define WADI_WIRE_H

#include "wadi/case.h"
#include "wadi/limb.h"
#include "wadi/stage.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Geometry of the ultrasound catheter (AnteOwl WR).
#define WADI_IVUS_FRENCH          2.6
#define WADI_IVUS_MHZ             40.0
#define WADI_IVUS_TIP_TO_IMAGE_MM 8.0

/// One occlusion on the way through the tree.
typedef struct wadi_wire_path {
    wadi_staged_occlusion occlusion;
    bool graded;                  ///< false: components are missing, no success is given
    char grade;                   ///< 'A'..'D'
    int score_low, score_high;    ///< what the missing components leave open
    double conventional_frac;     ///< step 1, Tan 2021
    int ivus_success, ivus_count; ///< step 2 after failure of step 1, Hayakawa 2023
    double ivus_low_frac, ivus_high_frac;                     ///< Wilson 95 %
    double overall_frac, overall_low_frac, overall_high_frac; ///< product rule over both steps
    bool ivus_may_not_advance;   ///< severe calcium in the occlusion
    bool distal_lumen_calcified; ///< severe calcium where the wire must re-enter
    bool failure_predicted;      ///< both
} wadi_wire_path;

typedef struct wadi_wiring {
    wadi_wire_path paths[WADI_STAGED_OCCLUSIONS];
    int path_count;
    bool every_path_grade_d; ///< raises the no-option question
    wadi_no_option_state no_option;
} wadi_wiring;

/// Chance of crossing in two steps, the second tried only after the first failed:
/// 1 - (1 - first) (1 - second).
WADI_API double wadi_wire_product(double first_frac, double second_frac);

WADI_API wadi_status wadi_wire_case(const wadi_case *the_case, const wadi_limb *limb,
                                    wadi_wiring *out, wadi_error *err) WADI_MUST_USE;
/// As text, or as JSON ("wadi.wire/1"). `free` *out.
WADI_API wadi_status wadi_wiring_text(const wadi_wiring *wiring, char **out, size_t *size,
                                      wadi_error *err) WADI_MUST_USE;
WADI_API wadi_status wadi_wiring_json(const wadi_wiring *wiring, char **out, size_t *size,
                                      wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
