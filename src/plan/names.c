/* Names of verdicts and techniques, for programs and for people. */
#include "base/base_impl.h"
#include "wadi/plan.h"

static const char *name_at(const char *const *names, size_t count, size_t index)
{
    return index < count ? names[index] : "unknown";
}

const char *wadi_verdict_name(wadi_verdict verdict)
{
    static const char *const NAMES[] = {
        [WADI_ELIGIBLE] = "ELIGIBLE",
        [WADI_CONDITIONAL] = "CONDITIONAL",
        [WADI_DEFER] = "DEFER",
        [WADI_EXCLUDE] = "EXCLUDE",
        [WADI_NOT_ELIGIBLE] = "NOT_ELIGIBLE",
        [WADI_INCOMPLETE] = "INCOMPLETE",
        [WADI_NOT_CANDIDATE] = "NOT_CANDIDATE",
    };

    return name_at(NAMES, WADI_COUNT_OF(NAMES), (size_t)verdict);
}

const char *wadi_technique_name(wadi_technique technique)
{
    static const char *const NAMES[WADI_TECHNIQUE_COUNT] = {
        [WADI_PERCUTANEOUS_DEDICATED] = "percutaneous_dedicated",
        [WADI_PERCUTANEOUS_OFFSHELF] = "percutaneous_offshelf",
        [WADI_SURGICAL_DEEP] = "surgical_deep",
        [WADI_SURGICAL_SUPERFICIAL] = "surgical_superficial",
        [WADI_HYBRID] = "hybrid",
    };

    return name_at(NAMES, WADI_COUNT_OF(NAMES), (size_t)technique);
}

const char *wadi_technique_title(wadi_technique technique)
{
    static const char *const TITLES[WADI_TECHNIQUE_COUNT] = {
        [WADI_PERCUTANEOUS_DEDICATED] = "percutaneous, dedicated system",
        [WADI_PERCUTANEOUS_OFFSHELF] = "percutaneous, off the shelf",
        [WADI_SURGICAL_DEEP] = "surgical, deep vein",
        [WADI_SURGICAL_SUPERFICIAL] = "surgical, great saphenous in situ",
        [WADI_HYBRID] = "hybrid: bypass and vein",
    };

    return name_at(TITLES, WADI_COUNT_OF(TITLES), (size_t)technique);
}
