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

/// The way from the first wire to the last resort; each step is tried after the one before it
/// failed.
enum { WADI_WIRE_STEPS = 3 };
typedef struct wadi_wire_step {
    const char *name;
    int success, count;  ///< published; count 0 where only a share is
    double success_frac; ///< of those in whom it is tried
    double reached_frac; ///< of all, it is tried in this share
    double crossed_frac; ///< of all, crossed by the end of this step
} wadi_wire_step;

/// Conventional wiring by grade (Tan 2021; `conventional_frac`), then ultrasound-guided wiring
/// from above alone (41 of 65, Hayakawa 2023), then with a retrograde wire by distal puncture,
/// trans-pedal or collateral way (21 of the other 24: 62 crossed in all). What is left is the
/// question of deep venous arterialization. Overall success is the product rule,
/// 1 - (1 - a)(1 - b)(1 - c); the series are not like for like.
WADI_API void wadi_wire_tree(double conventional_frac, wadi_wire_step steps[WADI_WIRE_STEPS]);

/// A procedure replayed from a script, an event a line; '#' opens a comment:
///
///     wire LOAD_G                  a new wire with this tip load, g
///     ivus | ivus blocked          the ultrasound catheter follows the wire, or cannot
///     lumen true | lumen false     what it shows around the wire
///     advance | stuck              the newest wire goes on, or does not
///     retrograde puncture | retrograde pedal | retrograde collateral
///     distal calcium               the lumen beyond is seen to be calcified
///     crossed                      a wire is in the true lumen beyond
///     balloon SIZE_MM VESSEL_MM    dilatation; the vessel by ultrasound
///     stop                         given up
typedef enum wadi_wire_state {
    WADI_WIRE_START,      ///< no wire yet
    WADI_WIRE_ANTEGRADE,  ///< first wire, by angiography
    WADI_WIRE_WATCHED,    ///< ultrasound on a wire
    WADI_WIRE_PARALLEL,   ///< another wire beside it, under ultrasound
    WADI_WIRE_RETROGRADE, ///< a wire from below too
    WADI_WIRE_CROSSED,
    WADI_WIRE_DILATED, ///< the end: success
    WADI_WIRE_STOPPED  ///< the end: failure
} wadi_wire_state;

typedef struct wadi_wire_replay {
    wadi_wire_state state;
    bool success; ///< crossed and dilated
    int wires;    ///< used
    double greatest_load_g;
    int excavator_rounds; ///< ultrasound-guided parallel wires; EXCAVATOR where it is repeated
    bool retrograde, ivus_blocked, distal_calcium;
    bool failure_predicted; ///< ultrasound blocked and distal lumen calcified
    int events;
    const char *reason; ///< of the end, in words
} wadi_wire_replay;

/// @retval WADI_ERR_PARSE     a line that is no event; the message has its number
/// @retval WADI_ERR_CONFLICT  an event that cannot follow: a balloon before crossing, or one
///                            above the vessel
WADI_API wadi_status wadi_wire_run(const char *place, const char *script, size_t size,
                                   wadi_wire_replay *out, wadi_error *err) WADI_MUST_USE;

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
