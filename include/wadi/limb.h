/// @file limb.h
/// The leg as a graph: arteries and veins from the external iliac to the toes and back, the
/// beds between them, and what a case or a plan changes in it.
///
/// A limb is the reference leg (data/reference-leg.json) scaled to the patient and overridden
/// by what the case measured. It is immutable for everybody who holds a `const wadi_limb *`,
/// and may then be read from any thread; a plan works on its own copy (wadi_limb_copy).
///
/// Segments run with the natural flow: arteries away from the heart, veins towards it; a flow
/// is positive in that direction. A place along a vessel ("at") is measured from its heart-side
/// end. Lesions, valves and closures belong to a vessel and a place, so that dividing a segment
/// leaves them where they are.
///
/// Leg frame: origin at the centre of the ankle joint, x lateral, y anterior, z up;
/// millimetres.
#ifndef WADI_LIMB_H
#define WADI_LIMB_H

#include "wadi/base.h"
#include "wadi/case.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wadi_vessel_kind { WADI_ARTERY, WADI_VEIN, WADI_GRAFT } wadi_vessel_kind;

typedef enum wadi_role {
    WADI_TRUNK,
    WADI_COLLATERAL,
    WADI_LADDER, ///< link between paired veins: no natural direction
    WADI_ARCH,   ///< venous arch: no natural direction
    WADI_FOOT_PERFORATOR,
    WADI_CALF_PERFORATOR,
    WADI_CROSSING, ///< artery to vein, made by a plan
    WADI_CONDUIT,  ///< stent graft in a vein, made by a plan
    WADI_BYPASS    ///< surgical conduit, made by a plan
} wadi_role;

enum { WADI_NAME_SIZE = 24, WADI_BED_LIMIT = 24 };

/// Vessels that share a model parameter.
typedef enum wadi_group {
    WADI_GROUP_OTHER,
    WADI_GROUP_CRURAL_ARTERY, ///< arteries below the knee
    WADI_GROUP_SMALL_ARTERY,  ///< metatarsal and digital arteries
    WADI_GROUP_PLANTAR_VEIN,  ///< lateral plantar vein and deep plantar venous arch
    WADI_GROUP_SAPHENOUS
} wadi_group;

typedef struct wadi_vessel {
    char name[WADI_NAME_SIZE]; ///< "PTA"
    char title[64];            ///< "posterior tibial artery"
    wadi_vessel_kind kind;
    wadi_group group;
    double length_m;
    bool closed;   ///< ligated, coiled or covered: carries nothing
    bool occluded; ///< over its whole length, by the case
    bool measured; ///< a diameter was measured
    wadi_calcium calcium;
} wadi_vessel;

typedef struct wadi_segment {
    char name[WADI_NAME_SIZE]; ///< "PTA.1"; the parts of a divided segment share it
    wadi_index vessel;
    wadi_vessel_kind kind;
    wadi_role role;
    wadi_index from, to; ///< nodes, with the natural flow
    double at_from_m, at_to_m;
    double length_m;
    double radius_from_m, radius_to_m; ///< at 8 mmHg in veins, at mean pressure in arteries
    double wall_m;
    double loss_k; ///< loss coefficient on the dynamic pressure in the narrowest part
    bool closed;   ///< carries nothing
    wadi_index point_first, point_count;   ///< polyline; parts of a divided segment share it
    double point_from_frac, point_to_frac; ///< the part of the polyline that is its own
} wadi_segment;

typedef struct wadi_limb_lesion {
    wadi_index vessel;
    double from_m, to_m;
    wadi_lesion_kind kind;
    double stenosis_frac;
    wadi_calcium calcium;
    double collateral_resistance; ///< multiple of the healthy stretch; 0: the model's value
    wadi_index finding, lesion;   ///< where in the case; WADI_NONE when made by a rule
    bool treated;
} wadi_limb_lesion;

typedef struct wadi_limb_valve {
    wadi_index vessel;
    double at_m;
    wadi_valve_state state;
} wadi_limb_valve;

/// A bed of capillaries between arteries and veins. Star beds (the foot) have a deep and a
/// superficial venule; series beds (calf, thigh) only the deep one.
typedef struct wadi_bed {
    char name[WADI_NAME_SIZE]; ///< "hallux", "medial_plantar"
    bool star;
    wadi_index artery, deep, superficial; ///< nodes; superficial is WADI_NONE in a series bed
    double flow_m3_s;                     ///< healthy resting flow
    double superficial_share_frac;
} wadi_bed;

typedef struct wadi_choke {
    wadi_index a, b; ///< beds whose arterioles it links
} wadi_choke;

typedef struct wadi_limb wadi_limb;

/// The healthy reference leg at its own height (175 cm). `wadi_limb_free` it.
WADI_API wadi_status wadi_limb_reference(wadi_limb **out, wadi_error *err) WADI_MUST_USE;
/// The leg of a case: scaled by height, findings applied.
///
/// @retval WADI_ERR_KEY    a finding names a vessel that the leg does not have
/// @retval WADI_ERR_RANGE  a lesion lies beyond its vessel
WADI_API wadi_status wadi_limb_from_case(const wadi_case *the_case, wadi_limb **out,
                                         wadi_error *err) WADI_MUST_USE;
WADI_API wadi_status wadi_limb_copy(const wadi_limb *limb, wadi_limb **out,
                                    wadi_error *err) WADI_MUST_USE;
WADI_API void wadi_limb_free(wadi_limb *limb);

WADI_API wadi_index wadi_limb_node_count(const wadi_limb *limb);
WADI_API const char *wadi_limb_node_name(const wadi_limb *limb, wadi_index node);
WADI_API wadi_index wadi_limb_node(const wadi_limb *limb, const char *name); ///< or WADI_NONE
WADI_API wadi_index wadi_limb_inlet(const wadi_limb *limb);
WADI_API wadi_index wadi_limb_outlet(const wadi_limb *limb);
WADI_API const wadi_segment *wadi_limb_segments(const wadi_limb *limb, wadi_index *count);
WADI_API const wadi_vessel *wadi_limb_vessels(const wadi_limb *limb, wadi_index *count);
WADI_API const wadi_limb_lesion *wadi_limb_lesions(const wadi_limb *limb, wadi_index *count);
WADI_API const wadi_limb_valve *wadi_limb_valves(const wadi_limb *limb, wadi_index *count);
WADI_API const wadi_bed *wadi_limb_beds(const wadi_limb *limb, wadi_index *count);
WADI_API const wadi_choke *wadi_limb_chokes(const wadi_limb *limb, wadi_index *count);
WADI_API wadi_index wadi_limb_vessel(const wadi_limb *limb, const char *name); ///< or WADI_NONE
WADI_API wadi_index wadi_limb_bed(const wadi_limb *limb, const char *name);    ///< or WADI_NONE
WADI_API wadi_index wadi_limb_segment(const wadi_limb *limb,
                                      const char *name); ///< first of the name, or WADI_NONE
/// Segment of a vessel that holds a place, or WADI_NONE.
WADI_API wadi_index wadi_limb_segment_at(const wadi_limb *limb, wadi_index vessel, double at_m);

/// Point of a segment's own polyline, fraction 0..1 from `from` to `to`. mm.
WADI_API void wadi_limb_point(const wadi_limb *limb, wadi_index segment, double frac,
                              double point_mm[3]);
/// Point of a vessel at a place. mm. False when the vessel has no such place.
WADI_API bool wadi_limb_vessel_point(const wadi_limb *limb, wadi_index vessel, double at_m,
                                     double point_mm[3]);
/// Radius of a vessel at a place (before lesions), m; 0 when there is no such place.
WADI_API double wadi_limb_vessel_radius(const wadi_limb *limb, wadi_index vessel, double at_m);
/// True when [from, to] of the vessel is free of occlusion and not closed.
WADI_API bool wadi_limb_is_open(const wadi_limb *limb, wadi_index vessel, double from_m,
                                double to_m);
/// Greatest narrowing by diameter within [from, to]: 1 for an occlusion, 0 for none.
WADI_API double wadi_limb_narrowing(const wadi_limb *limb, wadi_index vessel, double from_m,
                                    double to_m);
/// Worst calcium of vessel and lesions within [from, to].
WADI_API wadi_calcium wadi_limb_calcium_at(const wadi_limb *limb, wadi_index vessel,
                                           double from_m, double to_m);
/// Height scale of this limb against the reference leg.
WADI_API double wadi_limb_scale(const wadi_limb *limb);
/// Small-artery disease in the foot (metatarsal and digital arteries), from the case.
WADI_API bool wadi_limb_small_artery_disease(const wadi_limb *limb);

// ---- changes, on a copy that nobody else holds ----

/// Divide a vessel at a place; the node there (an old one when the place is an end) is *node.
WADI_API wadi_status wadi_limb_divide(wadi_limb *limb, wadi_index vessel, double at_m,
                                      wadi_index *node, wadi_error *err) WADI_MUST_USE;
/// Add a node that belongs to no vessel.
WADI_API wadi_status wadi_limb_add_node(wadi_limb *limb, const char *name, wadi_index *node,
                                        wadi_error *err) WADI_MUST_USE;
/// Add a graft between two nodes. Rigid; tapers from radius_from to radius_to.
WADI_API wadi_status wadi_limb_add_graft(wadi_limb *limb, const char *name, wadi_role role,
                                         wadi_index from, wadi_index to, double length_m,
                                         double radius_from_m, double radius_to_m,
                                         double loss_k, wadi_error *err) WADI_MUST_USE;
/// Close a whole vessel (ligature, coil, cover), or open it again.
WADI_API void wadi_limb_close_vessel(wadi_limb *limb, wadi_index vessel, bool closed);
WADI_API void wadi_limb_close_segment(wadi_limb *limb, wadi_index segment, bool closed);
/// Set the state of every valve of a vessel within [from, to]; returns how many there are.
WADI_API wadi_index wadi_limb_set_valves(wadi_limb *limb, wadi_index vessel, double from_m,
                                         double to_m, wadi_valve_state state);
/// Set one valve (index into wadi_limb_valves).
WADI_API void wadi_limb_set_valve(wadi_limb *limb, wadi_index valve, wadi_valve_state state);
/// Treat every lesion of a vessel that touches [from, to]: the stretch is healthy again.
WADI_API wadi_index wadi_limb_treat(wadi_limb *limb, wadi_index vessel, double from_m,
                                    double to_m);
/// Add a lesion.
WADI_API wadi_status wadi_limb_add_lesion(wadi_limb *limb, const wadi_limb_lesion *lesion,
                                          wadi_error *err) WADI_MUST_USE;
/// Set the lumen radius of a stretch (a ballooned or stented vessel that stays a vessel).
WADI_API void wadi_limb_set_radius(wadi_limb *limb, wadi_index vessel, double factor);

#ifdef __cplusplus
}
#endif
#endif
