/// @file puncture.h
/// Retrograde punctures below the ankle: zones, needles, and the geometry of needle and C-arm.
///
/// Source of the rules: technical note on below-the-ankle retrograde punctures, J Endovasc
/// Ther. Pure; allocates nothing; any thread.
#ifndef WADI_PUNCTURE_H
#define WADI_PUNCTURE_H

#include "wadi/base.h"

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

#ifdef __cplusplus
}
#endif
#endif
