/* What the files of this module share. */
#ifndef WADI_STAGE_IMPL_H
#define WADI_STAGE_IMPL_H

#include "base/base_impl.h"
#include "wadi/score.h"

/* WADI_OK, or ERR_RANGE with name, value, limits and unit. NaN and infinities are outside. */
wadi_status wadi_check_range(const char *name, double value, double min, double max,
                             const char *unit, wadi_error *err) WADI_MUST_USE;
/* The same for a value that may be unknown; unknown is fine. */
wadi_status wadi_check_maybe(const char *name, wadi_maybe value, double min, double max,
                             const char *unit, wadi_error *err) WADI_MUST_USE;

#endif
