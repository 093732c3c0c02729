/// @file puncture.h
/// Retrograde punctures below the ankle: zones, needles, and the geometry of needle and C-arm.
///
/// Source of the rules: technical note on below-the-ankle retrograde punctures, J Endovasc
/// Ther. Pure; allocates nothing; any thread.
#ifndef WADI_PUNCTURE_H
#define WADI_PUNCTURE_H

#include "wadi/base.h"
#include "wadi/carm.h"
#include "wadi/case.h"
#include "wadi/limb.h"

#ifdef __cplusplus
extern "C" {
#endif

/// One artery as the note names it.
typedef struct wadi_puncture_artery {
    const char *name;   ///< "lateral_plantar"
    const char *vessel; ///< in the reference leg, "LPA"; NULL where the leg has none of its own
    const char *aliases; ///< other spellings, separated by blanks
    unsigned zones;  ///< bit z set: zone z; two bits: it is divided between them; 0: outside
    bool metatarsal; ///< metatarsal or digital: 0.014 inch wire
    bool arch;       ///< the plantar arch: the whole foot is at stake
} wadi_puncture_artery;

/// By name, alias or vessel, without regard to case; NULL where there is none.
WADI_API const wadi_puncture_artery *wadi_puncture_find(const char *name);
/// Row of the table, NULL beyond the end.
WADI_API const wadi_puncture_artery *wadi_puncture_at(int index);
/// The spelling most like this one, or NULL.
WADI_API const char *wadi_puncture_suggest(const char *name);

/// What a needle is chosen from.
typedef struct wadi_needle_choice {
    int gauge;        ///< 21 or 22; 0: the vessel is not wider than either
    double length_mm; ///< 40, or 70 for a flat angle
    bool telescoping; ///< 21 G within 18 G: deep or heavily calcified
    bool buddy;       ///< second needle beside the artery: calcified without bone behind
    double outer_mm;  ///< outer diameter of the gauge (nominal, recalled: unconfirmed)
} wadi_needle_choice;

/// Needle for a vessel.
///
/// @param lumen_mm      free lumen; must exceed the needle's outer diameter
/// @param depth_mm      below the skin
/// @param bone_support  bone close behind the vessel
/// @param flat_angle    zone 2, or an entry angle above 45 degrees with the short needle
WADI_API wadi_needle_choice wadi_needle_choose(double lumen_mm, double depth_mm,
                                               wadi_calcium calcium, bool bone_support,
                                               bool flat_angle);

/// How hard a puncture is: zone, calibre, depth, calcium and bone support added up, larger is
/// harder. The weights are ours (docs/decisions/0041-access.md); each term is monotone.
WADI_API double wadi_puncture_difficulty(int zone, double lumen_mm, double depth_mm,
                                         wadi_calcium calcium, bool bone_support);

enum { WADI_ACCESS_REASONS = 10, WADI_ACCESS_SITES = 40, WADI_ACCESS_BEDS = 160 };

/// One place of puncture with everything that was worked out for it.
typedef struct wadi_access_site {
    char vessel[WADI_NAME_SIZE];
    const char *artery; ///< as the note names it
    bool venous;        ///< target of the venous access of an arterialization
    int rank;           ///< 1 is best; 0: not feasible
    bool feasible;
    char refused[160]; ///< why not
    double at_mm, point_mm[3];
    int zone; ///< by place; 0 above the ankle
    double lumen_mm, depth_mm, bone_mm;
    wadi_calcium calcium;
    bool bone_support;
    bool described;           ///< the case says something of this vessel
    double beyond_disease_mm; ///< from the end of the disease upstream; infinite where there is
                              ///< none
    double difficulty;
    wadi_needle_choice needle;
    double wire_in;
    bool sheathless, endoclamp_only;
    double balloon_mm;       ///< of the haemostatic balloon, 1:1, to a quarter of a millimetre
    double entry_mm[3];      ///< on the skin
    double entry_angle_deg;  ///< between needle and vessel
    double path_mm, room_mm; ///< skin to vessel; least room to bone along it
    bool from_sole, from_dorsum; ///< where the needle comes from; neither: from the side
    bool has_view;
    wadi_view view, depth_view; ///< with the foot flexed as stated
    double roll_deg;            ///< counter-clockwise turn of the picture: vessel at 12 o'clock
    bool reachable;             ///< within 120 degrees of oblique and 45 of tilt
    int beds_at_risk; ///< beds whose best arterial path runs through this vessel; after
                      ///< wadi_access_simulate_losses, those of the foot that lose more than
                      ///< half of their nutritive flow with it
    char beds[WADI_ACCESS_BEDS];
    bool loss_simulated;
    int beds_affected;       ///< beds of the foot that lose more than a tenth
    double demand_lost_frac; ///< of the healthy flow of all beds of the foot, 0..1
    double cost;             ///< what the rank follows: smaller is better
    char reasons[WADI_ACCESS_REASONS][160];
    int reason_count;
} wadi_access_site;

typedef struct wadi_access {
    wadi_access_site sites[WADI_ACCESS_SITES]; ///< feasible ones first, by rank
    int site_count, feasible_count;
    double plantar_flexion_deg;
    bool ultrasound, left;
    bool high_amputation_risk; ///< WIfI stage 4 or Rutherford 5-6: zone 3 and distal zone 2
                               ///< allowed
} wadi_access;

typedef struct wadi_access_options {
    double plantar_flexion_deg; ///< of the foot on the table, 0..60; NaN: as data/foot.json
    bool no_ultrasound;
} wadi_access_options;

/// Rank the punctures below the ankle of a case. One site, the best, per vessel.
WADI_API wadi_status wadi_access_case(const wadi_case *the_case, const wadi_limb *limb,
                                      const wadi_access_options *options, wadi_access *out,
                                      wadi_error *err) WADI_MUST_USE;

/// Zone of a point of the leg (reference frame, mm) at a scale of the leg: 1, 2, 3; 0 above.
WADI_API wadi_status wadi_puncture_zone_of(const double point_mm[3], double scale, int *zone,
                                           wadi_error *err) WADI_MUST_USE;

/// As text, as JSON ("wadi.access/1"), as a picture (SVG: the foot from above, from the side,
/// and in the chosen projection). `free` *out.
WADI_API wadi_status wadi_access_text(const wadi_access *access, char **out, size_t *size,
                                      wadi_error *err) WADI_MUST_USE;
WADI_API wadi_status wadi_access_json(const wadi_access *access, char **out, size_t *size,
                                      wadi_error *err) WADI_MUST_USE;
WADI_API wadi_status wadi_access_svg(const wadi_access *access, const wadi_limb *limb,
                                     char **out, size_t *size, wadi_error *err) WADI_MUST_USE;
/// The same picture as `access.svg` in a folder, which is made; all or nothing.
WADI_API wadi_status wadi_access_draw(const wadi_access *access, const wadi_limb *limb,
                                      const char *directory, wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
