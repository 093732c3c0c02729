#include "stage/stage_impl.h"

wadi_status wadi_check_range(const char *name, double value, double min, double max,
                             const char *unit, wadi_error *err)
{
    if (value >= min && value <= max)
        return WADI_OK;
    return wadi_fail(err, WADI_ERR_RANGE, "%s is %g, allowed is %g to %g%s%s", name, value, min,
                     max, *unit ? " " : "", unit);
}

wadi_status wadi_check_maybe(const char *name, wadi_maybe value, double min, double max,
                             const char *unit, wadi_error *err)
{
    return value.known ? wadi_check_range(name, value.value, min, max, unit, err) : WADI_OK;
}

const char *wadi_standing_text(wadi_standing standing)
{
    static const char *const TEXTS[] = {"DOCUMENT", "FOUND", "CONFIRMED", "DECISION", "MEMORY"};

    return TEXTS[standing];
}
