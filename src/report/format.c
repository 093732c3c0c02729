/* How numbers, names and verdicts are written for people. */
#include "report/report_impl.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

// clang-format off
const report_measure REPORT_MEASURES[] = {
    {"conduit_flow_ml_min", "conduit flow", REPORT_FLOW, offsetof(wadi_outcome, conduit_flow_ml_min)},
    {"nutritive_flow_ml_min", "nutritive flow, wound", REPORT_FLOW, offsetof(wadi_outcome, nutritive_flow_ml_min)},
    {"arch_pressure_mmhg", "venous arch pressure", REPORT_PRESSURE, offsetof(wadi_outcome, arch_pressure_mmhg)},
    {"toe_pressure_mmhg", "toe pressure, systolic", REPORT_PRESSURE, offsetof(wadi_outcome, toe_pressure_mmhg)},
    {"toe_vein_pressure_mmhg", "toe vein pressure", REPORT_PRESSURE, offsetof(wadi_outcome, toe_vein_pressure_mmhg)},
    {"ankle_pressure_mmhg", "ankle pressure, systolic", REPORT_PRESSURE, offsetof(wadi_outcome, ankle_pressure_mmhg)},
    {"ankle_brachial_index", "ankle-brachial index", REPORT_INDEX, offsetof(wadi_outcome, ankle_brachial_index)},
    {"femoral_flow_ml_min", "femoral flow", REPORT_FLOW, offsetof(wadi_outcome, femoral_flow_ml_min)},
    {"shunt_of_cardiac_output_frac", "added load, of cardiac output", REPORT_SHARE, offsetof(wadi_outcome, shunt_of_cardiac_output_frac)},
    {"steal_index", "steal index", REPORT_INDEX, offsetof(wadi_outcome, steal_index)},
    {"crossing_pressure_mmhg", "donor pressure at the crossing", REPORT_PRESSURE, offsetof(wadi_outcome, crossing_pressure_mmhg)},
    {"capillary_pressure_mmhg", "capillary pressure, highest", REPORT_PRESSURE, offsetof(wadi_outcome, capillary_pressure_mmhg)},
    {"retrograde_frac", "nutritive flow through venules", REPORT_SHARE, offsetof(wadi_outcome, retrograde_frac)},
    {"conduit_shear_pa", "wall shear in the conduit", REPORT_SHEAR, offsetof(wadi_outcome, conduit_shear_pa)},
    {"donor_flow_ml_min", "native flow beyond the donor", REPORT_FLOW, offsetof(wadi_outcome, donor_flow_ml_min)},
};
// clang-format on
const int REPORT_MEASURE_COUNT = (int)WADI_COUNT_OF(REPORT_MEASURES);

const wadi_band *report_band_of(const wadi_outcome *outcome, const report_measure *measure)
{
    return (const wadi_band *)(const void *)((const char *)outcome + measure->offset);
}

const char *report_unit(report_kind kind)
{
    switch (kind) {
    case REPORT_FLOW:
        return "mL/min";
    case REPORT_PRESSURE:
        return "mmHg";
    case REPORT_SHARE:
        return "%";
    case REPORT_INDEX:
        return "";
    case REPORT_SHEAR:
        return "Pa";
    case REPORT_LENGTH:
        return "mm";
    }
    return "";
}

/* So many significant digits, but none that would claim more than two decimals. */
static void significant(double value, int digits, char out[REPORT_NUMBER_SIZE])
{
    double size = fabs(value);
    int decimals = 0;

    if (size >= pow(10, digits)) {
        double unit = pow(10, floor(log10(size)) + 1 - digits);

        snprintf(out, REPORT_NUMBER_SIZE, "%.0f", round(value / unit) * unit);
        return;
    }
    while (decimals < 2 && round(size * pow(10, decimals + 1)) < pow(10, digits))
        decimals++;
    if (size < 0.005)
        decimals = 0;
    snprintf(out, REPORT_NUMBER_SIZE, "%.*f", decimals, value);
}

void report_number(report_kind kind, double value, char out[REPORT_NUMBER_SIZE])
{
    if (!isfinite(value)) {
        snprintf(out, REPORT_NUMBER_SIZE, "-");
        return;
    }
    switch (kind) {
    case REPORT_FLOW:
        significant(value, 3, out);
        break;
    case REPORT_PRESSURE:
        snprintf(out, REPORT_NUMBER_SIZE, "%.0f", value);
        break;
    case REPORT_SHARE:
        significant(100 * value, 2, out);
        break;
    case REPORT_INDEX:
        snprintf(out, REPORT_NUMBER_SIZE, "%.2f", value);
        break;
    case REPORT_SHEAR:
        significant(value, 2, out);
        break;
    case REPORT_LENGTH:
        snprintf(out, REPORT_NUMBER_SIZE, "%.*f", fabs(value) < 9.95 ? 1 : 0, value);
        break;
    }
    /* A rounded zero has no sign. */
    if (out[0] == '-' && strspn(out + 1, "0.") == strlen(out + 1))
        memmove(out, out + 1, strlen(out));
}

bool report_has_band(const wadi_band *band)
{
    return isfinite(band->low) && isfinite(band->high) && band->high > band->low;
}

void report_band(report_kind kind, const wadi_band *band, const char *dash,
                 char out[REPORT_NUMBER_SIZE])
{
    char value[REPORT_NUMBER_SIZE], low[REPORT_NUMBER_SIZE], high[REPORT_NUMBER_SIZE];

    report_number(kind, band->value, value);
    report_number(kind, band->low, low);
    report_number(kind, band->high, high);
    if (!isfinite(band->value) || !report_has_band(band))
        snprintf(out, REPORT_NUMBER_SIZE, "%s", value);
    else
        snprintf(out, REPORT_NUMBER_SIZE, "%.12s (%.12s%s%.12s)", value, low,
                 low[0] == '-' || high[0] == '-' ? " to " : dash, high);
}

void report_bed_title(const char *name, char out[WADI_NAME_SIZE])
{
    snprintf(out, WADI_NAME_SIZE, "%s", name);
    for (char *c = out; *c; c++)
        if (*c == '_')
            *c = ' ';
}

const char *report_verdict_title(wadi_verdict verdict)
{
    static const char *const TITLES[] = {
        [WADI_ELIGIBLE] = "ELIGIBLE",
        [WADI_CONDITIONAL] = "CONDITIONAL",
        [WADI_DEFER] = "DEFER",
        [WADI_EXCLUDE] = "EXCLUDE",
        [WADI_NOT_ELIGIBLE] = "NOT ELIGIBLE",
        [WADI_INCOMPLETE] = "INCOMPLETE",
        [WADI_NOT_CANDIDATE] = "NOT A CANDIDATE",
    };

    return (size_t)verdict < WADI_COUNT_OF(TITLES) ? TITLES[verdict] : "UNKNOWN";
}

const char *report_verdict_meaning(wadi_verdict verdict)
{
    static const char *const MEANINGS[] = {
        [WADI_ELIGIBLE] = "venous arterialization is an option for this leg",
        [WADI_CONDITIONAL] = "an option if the conditions below are met",
        [WADI_DEFER] = "not now: what is named below comes first",
        [WADI_EXCLUDE] = "a published rule excludes it",
        [WADI_NOT_ELIGIBLE] = "a required finding is absent",
        [WADI_INCOMPLETE] = "a required fact is unknown",
        [WADI_NOT_CANDIDATE] = "not this disease or stage",
    };

    return (size_t)verdict < WADI_COUNT_OF(MEANINGS) ? MEANINGS[verdict] : "";
}

const char *report_vessel_title(const wadi_limb *limb, const char *name)
{
    wadi_index count, vessel = limb ? wadi_limb_vessel(limb, name) : WADI_NONE;

    return vessel == WADI_NONE ? name : wadi_limb_vessels(limb, &count)[vessel].title;
}

void report_device_size(const wadi_device_use *use, const char *dash, const char *times,
                        char out[REPORT_NUMBER_SIZE])
{
    char across[REPORT_NUMBER_SIZE] = "";
    bool tapers = isfinite(use->diameter_to_mm) && use->diameter_to_mm != use->diameter_mm;

    out[0] = '\0';
    if (isfinite(use->diameter_mm) && tapers)
        snprintf(across, sizeof across, "%.3g%s%.3g", use->diameter_mm, dash,
                 use->diameter_to_mm);
    else if (isfinite(use->diameter_mm))
        snprintf(across, sizeof across, "%.3g", use->diameter_mm);
    if (across[0] && isfinite(use->length_mm))
        snprintf(out, REPORT_NUMBER_SIZE, "%.20s%s%.0f mm", across, times, use->length_mm);
    else if (across[0])
        snprintf(out, REPORT_NUMBER_SIZE, "%.20s mm", across);
    else if (isfinite(use->length_mm))
        snprintf(out, REPORT_NUMBER_SIZE, "%.0f mm", use->length_mm);
}

void report_caution(const wadi_plan_result *result, char out[REPORT_CAUTION_SIZE])
{
    const wadi_plan *best = result->plan_count ? &result->plans[0] : NULL;
    bool option = result->verdict == WADI_ELIGIBLE || result->verdict == WADI_CONDITIONAL;

    out[0] = '\0';
    if (best && !best->feasible)
        snprintf(out, REPORT_CAUTION_SIZE,
                 "NOT FEASIBLE: no plan found keeps all limits. Plan 1 comes nearest and "
                 "breaks: %s",
                 best->limits_broken[0] ? best->limits_broken : "a limit of the search");
    else if (!best && option)
        snprintf(out, REPORT_CAUTION_SIZE,
                 "NO PLAN FOUND: the rules allow it, but every technique is refused for this "
                 "leg and these wishes");
}

void report_device_place(const wadi_device_use *use, const char *dash,
                         char out[REPORT_PLACE_SIZE])
{
    double from = round(use->from_mm) + 0.0, to = round(use->to_mm);

    out[0] = '\0';
    if (!isfinite(from) || !isfinite(to))
        return;
    /* A dash in front of a number would be read as its sign. */
    if (from < 0)
        snprintf(out, REPORT_PLACE_SIZE, "from %.0f mm before to %.0f mm beyond the crossing",
                 -from, to);
    else
        snprintf(out, REPORT_PLACE_SIZE, "%.0f%s%.0f mm from the crossing", fabs(from), dash,
                 to);
}

wadi_index report_device_run(const wadi_plan *plan, wadi_index first)
{
    const wadi_device_use *use = &plan->devices[first];
    wadi_index i = first + 1;
    char size[REPORT_NUMBER_SIZE], other[REPORT_NUMBER_SIZE];

    if (isfinite(use->from_mm) || !use->vessel[0])
        return i;
    report_device_size(use, "-", "x", size);
    for (; i < plan->device_count; i++) {
        const wadi_device_use *next = &plan->devices[i];

        report_device_size(next, "-", "x", other);
        if (strcmp(next->device, use->device) || strcmp(other, size) ||
            strcmp(next->source, use->source) || isfinite(next->from_mm) || !next->vessel[0])
            break;
    }
    return i;
}

wadi_index report_wound_bed(const wadi_plan_result *result)
{
    return result->limb ? wadi_limb_bed(result->limb, result->wound_bed) : WADI_NONE;
}

const char *report_wound_words(const wadi_plan_result *result)
{
    return result->wound_described ? "the wound" : "looked at for want of a wound";
}

bool report_is_met(const wadi_note *note)
{
    return !strncmp(note->text, "met: ", 5);
}
