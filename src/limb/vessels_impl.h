/* Names and lengths of the reference leg's vessels, for checking what a case names. A vessel
 * ("PTA") is one or more segments ("PTA.1", "PTA.2"); a case names vessels and places along
 * them. */
#ifndef WADI_VESSELS_IMPL_H
#define WADI_VESSELS_IMPL_H

#include "base/base_impl.h"

typedef struct wadi_vessels wadi_vessels;

/* Read data/reference-leg.json (or the one in --data DIR). */
wadi_status wadi_vessels_load(wadi_vessels **out, wadi_error *err) WADI_MUST_USE;
void wadi_vessels_free(wadi_vessels *vessels);
/* Outputs may be NULL. A vessel is as long as its segments together. */
bool wadi_vessel_known(const wadi_vessels *vessels, const char *name, double *length_mm,
                       bool *is_vein);
/* Greatest diameter of a known vessel in the reference leg; 0 where the leg does not say. */
double wadi_vessel_diameter_mm(const wadi_vessels *vessels, const char *name);
/* The vessel that was probably meant, or NULL. */
const char *wadi_vessel_nearest(const wadi_vessels *vessels, const char *name);
/* Height of the person whose leg this is; lengths scale with height. */
double wadi_vessels_height_cm(const wadi_vessels *vessels);

#endif
