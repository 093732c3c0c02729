/* Chronic: Rutherford 1997 as reproduced by Hardman 2014 (PMC4232437, table 2), Fontaine beside
 * it. Acute: J Vasc Surg 26 (1997) 517 with the Doppler columns of AHA/ACC. */
#include "stage/stage_impl.h"

#include <strings.h>

// clang-format off
static const struct chronic_row { const char *picture, *fontaine; } CHRONIC[] = {
    {"asymptomatic",          "I"},
    {"mild claudication",     "IIa"},
    {"moderate claudication", "IIb"},
    {"severe claudication",   "IIb"},
    {"rest pain",             "III"},
    {"minor tissue loss",     "IV"},
    {"major tissue loss",     "IV"},
};

enum audible { ABSENT, PRESENT, EITHER };

/* "often" and "usually inaudible" allow both. */
static const struct acute_row {
    wadi_ali_category category;
    wadi_sensory_loss sensory_min, sensory_max;
    wadi_motor_loss motor_min, motor_max;
    enum audible arterial, venous;
} ACUTE[] = {
    {WADI_ACUTE_I,   WADI_SENSORY_NONE, WADI_SENSORY_NONE, WADI_MOTOR_NONE, WADI_MOTOR_NONE, PRESENT, PRESENT},
    {WADI_ACUTE_IIA, WADI_SENSORY_NONE, WADI_SENSORY_TOES, WADI_MOTOR_NONE, WADI_MOTOR_NONE, EITHER, PRESENT},
    {WADI_ACUTE_IIB, WADI_SENSORY_BEYOND_TOES, WADI_SENSORY_BEYOND_TOES, WADI_MOTOR_MILD, WADI_MOTOR_MODERATE, EITHER, PRESENT},
    {WADI_ACUTE_III, WADI_SENSORY_PROFOUND, WADI_SENSORY_PROFOUND, WADI_MOTOR_PARALYSIS, WADI_MOTOR_PARALYSIS, ABSENT, ABSENT},
};
// clang-format on

static const char *const ALI_TEXTS[] = {"UNCLASSIFIED", "I", "IIa", "IIb", "III"};

const char *wadi_rutherford_text(int category)
{
    return category >= 0 && category <= 6 ? CHRONIC[category].picture : NULL;
}

const char *wadi_rutherford_fontaine(int category)
{
    return category >= 0 && category <= 6 ? CHRONIC[category].fontaine : NULL;
}

static bool allows(enum audible wanted, bool audible)
{
    return wanted == EITHER || (wanted == PRESENT) == audible;
}

wadi_ali_category wadi_ali(const wadi_ali_findings *f)
{
    for (size_t i = 0; i < WADI_COUNT_OF(ACUTE); i++) {
        const struct acute_row *row = &ACUTE[i];

        if (f->sensory >= row->sensory_min && f->sensory <= row->sensory_max &&
            f->motor >= row->motor_min && f->motor <= row->motor_max &&
            allows(row->arterial, f->arterial_audible) &&
            allows(row->venous, f->venous_audible))
            return row->category;
    }
    return WADI_ACUTE_UNCLASSIFIED;
}

const char *wadi_ali_text(wadi_ali_category category)
{
    return ALI_TEXTS[category];
}

wadi_ali_category wadi_ali_parse(const char *text)
{
    for (size_t i = 1; i < WADI_COUNT_OF(ALI_TEXTS); i++)
        if (!strcasecmp(text, ALI_TEXTS[i]))
            return (wadi_ali_category)i;
    return WADI_ACUTE_UNCLASSIFIED;
}
