/* What the files of `wadi access` share. */
#ifndef WADI_ACCESS_IMPL_H
#define WADI_ACCESS_IMPL_H

#include "stage/foot_impl.h"
#include "wadi/puncture.h"

/* Beds whose best open arterial path from the inlet (least sum of length / radius^4) runs
 * through a vessel; names joined by blanks. */
wadi_status wadi_access_tissue(const wadi_limb *limb, wadi_index vessel, int *count,
                               char names[WADI_ACCESS_BEDS], wadi_error *err) WADI_MUST_USE;
/* How far a place lies beyond the end of the disease upstream, mm; infinite where there is
 * none. */
double wadi_access_beyond(const wadi_limb *limb, const char *vessel, double at_m);
/* The needle's way in: fills entry, angle, path, room, approach and the views. False where
 * there is none between the bones. `toward_hub` may be NULL or forces dorsal (+1) or plantar
 * (-1). */
bool wadi_access_way_in(const foot *f, const double vessel[3], int side, double needle_mm,
                        double flexion_deg, bool left, wadi_access_site *site);

#endif
