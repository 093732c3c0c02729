/* What the files that stage a case share. */
#ifndef WADI_STAGE_CASE_IMPL_H
#define WADI_STAGE_CASE_IMPL_H

#include "stage/stage_impl.h"
#include "wadi/stage.h"

extern const char *const WADI_CRURAL[3]; /* ATA, PTA, PER */

/* The finding of a vessel, or NULL. */
const wadi_finding *wadi_stage_finding(const wadi_case *the_case, const char *vessel);
/* Does the case say whether the vessel is open? */
bool wadi_stage_is_stated(const wadi_case *the_case, const char *vessel);
bool wadi_stage_is_open(const wadi_limb *limb, const char *vessel, double from_frac,
                        double to_frac);
wadi_no_option_state wadi_stage_no_option(const wadi_case *the_case);

/* GLASS, Kawarada and J-BTK from the anatomy; fills those members. */
wadi_status wadi_stage_anatomy(const wadi_case *the_case, const wadi_limb *limb,
                               wadi_staging *out, wadi_error *err) WADI_MUST_USE;

#endif
