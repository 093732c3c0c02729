/* WIfI, after J. L. Mills et al., J Vasc Surg 59 (2014) 220, doi:10.1016/j.jvs.2013.08.003; the
 * infection column is the IDSA classification of 2012. */
#include "stage/wifi_impl.h"

#include <math.h>

// clang-format off
/* Clinical stage is the amputation risk: VL 1, L 2, M 3, H 4. Recalled; all 64 cells equal one
 * public implementation, 63 another. Rows W, columns I, cells fI 0..3. */
#define VL WADI_WIFI_VERY_LOW
#define L  WADI_WIFI_LOW
#define M  WADI_WIFI_MODERATE
#define H  WADI_WIFI_HIGH
const wadi_wifi_risk WADI_WIFI_AMPUTATION[4][4][4] = {
    {{VL, VL, L, M}, {VL, L, M, H}, {L, L, M, H}, {L, M, M, H}},
    {{VL, VL, L, M}, {VL, L, M, H}, {L, M, H, H}, {M, M, H, H}},
    {{L, L, M, H}, {M, M, H, H}, {M, H, H, H}, {H, H, H, H}},
    {{M, M, H, H}, {H, H, H, H}, {H, H, H, H}, {H, H, H, H}},
};
/* Benefit of revascularization: recalled, no second copy found, not monotone at I 1 fI 2.
 * Switched off until somebody has read the paper: no answer of wadi uses it. */
const wadi_wifi_risk WADI_WIFI_BENEFIT[4][4][4] = {
    {{VL, VL, VL, VL}, {VL, L, L, M}, {L, L, M, M}, {M, H, H, H}},
    {{VL, VL, VL, VL}, {L, M, M, M}, {M, H, H, H}, {H, H, H, H}},
    {{VL, VL, VL, VL}, {M, M, H, H}, {H, H, H, H}, {H, H, H, H}},
    {{VL, VL, VL, VL}, {M, M, M, H}, {H, H, H, H}, {H, H, H, H}},
};
#undef VL
#undef L
#undef M
#undef H

/* A limb has the first grade whose limit it reaches; gaps between printed ranges close upwards
 * (docs/decisions/0040-score-readings.md). `toe_top` is the upper end of the printed range.
 * Ankle: grade 0 is printed as > 100, 1 as 70-100, 2 as 50-70, 3 as < 50; 70 is in two rows. */
const struct wifi_ischemia_row WADI_WIFI_ISCHEMIA[4] = {
    /* grade  abi (hundredths)  ankle mmHg   toe, TcPO2 mmHg   printed */
    {      0,         80,       100, 300,      60, 250, ">= 0.80", "> 100",  ">= 60"},
    {      1,         60,        70, 100,      40,  59, "0.60-0.79", "70-100", "40-59"},
    {      2,         40,        50,  70,      30,  39, "0.40-0.59", "50-70",  "30-39"},
    {      3,          0,         0,  50,       0,  29, "<= 0.39", "< 50",   "< 30"},
};

const struct wifi_wound_row WADI_WIFI_WOUND[4] = {
    {0, "no ulcer", "no gangrene", "rest pain only"},
    {1, "small shallow ulcer on distal leg or foot; bone exposed at most in a distal phalanx", "no gangrene",
     "salvageable with simple digital amputation (one or two digits) or skin cover"},
    {2, "deeper ulcer with exposed bone, joint or tendon, heel spared; or shallow heel ulcer, calcaneus spared",
     "limited to digits", "salvageable with three or more digital amputations or standard transmetatarsal amputation"},
    {3, "extensive deep ulcer of fore- or midfoot; or deep full-thickness heel ulcer",
     "extensive, fore- or midfoot; or full-thickness heel necrosis",
     "salvageable only with complex reconstruction, Chopart or Lisfranc amputation, flap"},
};
// clang-format on

/* Above this index the ankle is taken as not compressible (Mills 2014; others print 1.40). */
static const double NONCOMPRESSIBLE_ABI = 1.30;

enum { ALL_GRADES = 0xF };

/* Two decimals, half up; the small addend undoes the binary error of such as 0.595. */
static int hundredths(double value)
{
    return (int)floor(value * 100.0 + 0.5 + 1e-9);
}

static unsigned grades_of_abi(double abi)
{
    int grade = 0;

    while (hundredths(abi) < WADI_WIFI_ISCHEMIA[grade].abi_hundredths_min)
        grade++;
    return 1u << grade;
}

/* Between 0.79 and 0.80 the table says nothing until the index is rounded. */
static bool abi_in_gap(double abi)
{
    for (int grade = 0; grade < 3; grade++) {
        double min = WADI_WIFI_ISCHEMIA[grade].abi_hundredths_min / 100.0;

        if (abi < min - 1e-9 && abi > min - 0.01 + 1e-9)
            return true;
    }
    return false;
}

static unsigned grades_of_ankle(double mmhg)
{
    unsigned grades = 0;

    for (int grade = 0; grade < 4; grade++) {
        const struct wifi_ischemia_row *row = &WADI_WIFI_ISCHEMIA[grade];
        bool above = grade == 0 ? mmhg > row->ankle_min : mmhg >= row->ankle_min;
        bool below = grade == 3 ? mmhg < row->ankle_max : mmhg <= row->ankle_max;

        if (above && below)
            grades |= 1u << grade;
    }
    return grades;
}

static unsigned grades_of_toe(double mmhg, bool *edge)
{
    int grade = 0;

    while (mmhg < WADI_WIFI_ISCHEMIA[grade].toe_min)
        grade++;
    *edge = mmhg > WADI_WIFI_ISCHEMIA[grade].toe_top;
    return 1u << grade;
}

static int only_grade(unsigned grades)
{
    for (int grade = 0; grade < 4; grade++)
        if (grades == 1u << grade)
            return grade;
    return WADI_GRADE_AMBIGUOUS;
}

static wadi_status check_perfusion(const wadi_perfusion *p, wadi_error *err)
{
    wadi_status status = wadi_check_maybe("abi", p->abi, 0, 2.5, "", err);

    if (!status)
        status =
            wadi_check_maybe("ankle_pressure", p->ankle_pressure_mmhg, 0, 300, "mmHg", err);
    if (!status)
        status = wadi_check_maybe("toe_pressure", p->toe_pressure_mmhg, 0, 250, "mmHg", err);
    if (!status)
        status = wadi_check_maybe("tcpo2", p->tcpo2_mmhg, 0, 120, "mmHg", err);
    return status;
}

/* What index and ankle pressure say together: the grades both allow; where they allow none in
 * common, all that either names. 0 where neither was measured. */
static unsigned ankle_grades(const wadi_perfusion *p, bool *discordant, bool *edge)
{
    unsigned abi = p->abi.known ? grades_of_abi(p->abi.value) : 0;
    unsigned ankle =
        p->ankle_pressure_mmhg.known ? grades_of_ankle(p->ankle_pressure_mmhg.value) : 0;

    *edge = p->abi.known && abi_in_gap(p->abi.value);
    *discordant = abi && ankle && !(abi & ankle);
    return abi && ankle && (abi & ankle) ? abi & ankle : abi | ankle;
}

wadi_status wadi_wifi_ischemia(const wadi_perfusion *p, wadi_wifi_ischemia_result *out,
                               wadi_error *err)
{
    wadi_wifi_ischemia_result result = {0};
    wadi_status status = check_perfusion(p, err);
    unsigned ankle = 0, seen = ALL_GRADES;
    bool ankle_discordant = false, ankle_edge = false, edge = false;

    if (status)
        return status;
    result.noncompressible = p->abi.known && p->abi.value > NONCOMPRESSIBLE_ABI + 1e-9;
    if (!result.noncompressible)
        ankle = ankle_grades(p, &ankle_discordant, &ankle_edge);
    /* From the least to the most trusted, so that the last one known governs. */
    if (ankle) {
        result.candidates = ankle;
        result.governed_by = "ankle";
        result.edge = ankle_edge;
        seen &= ankle;
    }
    if (p->flat_pvr) {
        result.candidates = 1u << 3;
        result.governed_by = "pulse volume recording";
        result.edge = false;
        seen &= result.candidates;
    }
    if (p->tcpo2_mmhg.known) {
        result.candidates = grades_of_toe(p->tcpo2_mmhg.value, &edge);
        result.governed_by = "TcPO2";
        result.edge = edge;
        seen &= result.candidates;
    }
    if (p->toe_pressure_mmhg.known) {
        result.candidates = grades_of_toe(p->toe_pressure_mmhg.value, &edge);
        result.governed_by = "toe pressure";
        result.edge = edge;
        seen &= result.candidates;
    }
    if (!result.candidates && result.noncompressible)
        return wadi_fail(
            err, WADI_ERR_MISSING,
            "ERR_NEED_TP: abi is %g: above 1.30 the ankle is not compressible; a toe "
            "pressure or TcPO2 in mmHg is needed",
            p->abi.value);
    if (!result.candidates)
        return wadi_fail(err, WADI_ERR_MISSING,
                         "none of abi, ankle_pressure, toe_pressure, tcpo2 is given (mmHg)");
    result.discordant = ankle_discordant || !seen;
    result.grade = only_grade(result.candidates);
    *out = result;
    return WADI_OK;
}

static wadi_status check_signs(const wadi_infection_signs *s, wadi_error *err)
{
    const struct {
        const char *name;
        wadi_maybe value;
        double min, max;
        const char *unit;
    } limits[] = {
        {"signs", s->signs, 0, 5, ""},
        {"erythema_cm", s->erythema_cm, 0, 30, "cm"},
        {"temp", s->temp_c, 25, 45, "degrees C"},
        {"hr", s->heart_rate, 0, 300, "per minute"},
        {"rr", s->resp_rate, 0, 80, "per minute"},
        {"paco2", s->paco2_mmhg, 5, 150, "mmHg"},
        {"wbc", s->wbc_1e9_l, 0, 200, "10^9/L"},
        {"bands", s->bands_percent, 0, 100, "%"},
    };

    if (!s->signs.known)
        return wadi_fail(
            err, WADI_ERR_MISSING,
            "signs is not given: how many of the five signs of infection (0 to 5)");
    for (size_t i = 0; i < WADI_COUNT_OF(limits); i++) {
        wadi_status status = wadi_check_maybe(limits[i].name, limits[i].value, limits[i].min,
                                              limits[i].max, limits[i].unit, err);
        if (status)
            return status;
    }
    if (s->signs.value != floor(s->signs.value))
        return wadi_fail(err, WADI_ERR_RANGE, "signs is %g, a whole number of 0 to 5 is wanted",
                         s->signs.value);
    return WADI_OK;
}

static bool above(wadi_maybe value, double limit)
{
    return value.known && value.value > limit;
}

static bool below(wadi_maybe value, double limit)
{
    return value.known && value.value < limit;
}

wadi_status wadi_wifi_infection(const wadi_infection_signs *s, wadi_wifi_infection_result *out,
                                wadi_error *err)
{
    wadi_wifi_infection_result result = {0};
    wadi_status status = check_signs(s, err);
    bool bands, other_white;

    if (status)
        return status;
    bands = s->bands_percent.known && s->bands_percent.value >= 10;
    other_white = above(s->wbc_1e9_l, 12) || below(s->wbc_1e9_l, 4);
    result.sirs_count =
        (above(s->temp_c, 38) || below(s->temp_c, 36)) + above(s->heart_rate, 90) +
        (above(s->resp_rate, 20) || below(s->paco2_mmhg, 32)) + (bands || other_white);
    if (s->signs.value < 2)
        result.grade = 0;
    else if (result.sirs_count >= 2)
        result.grade = 3;
    else if (above(s->erythema_cm, 2) || s->osteomyelitis || s->abscess || s->deep)
        result.grade = 2;
    else
        result.grade = 1;
    result.edge = result.grade == 3 && result.sirs_count == 2 && bands && !other_white &&
                  s->bands_percent.value == 10;
    *out = result;
    return WADI_OK;
}

wadi_status wadi_wifi_wound(const wadi_wound_findings *findings, int *grade, wadi_error *err)
{
    static const int ULCER[] = {0, 1, 2, 2, 3, 3}, GANGRENE[] = {0, 2, 3, 3};

    if ((unsigned)findings->ulcer >= WADI_COUNT_OF(ULCER) ||
        (unsigned)findings->gangrene >= WADI_COUNT_OF(GANGRENE))
        return wadi_fail(err, WADI_ERR_RANGE, "ulcer or gangrene is not of the list");
    *grade = ULCER[findings->ulcer] > GANGRENE[findings->gangrene]
                 ? ULCER[findings->ulcer]
                 : GANGRENE[findings->gangrene];
    return WADI_OK;
}

wadi_status wadi_wifi_stage(int wound, int ischemia, int infection, bool unsalvageable,
                            wadi_wifi_stage_result *out, wadi_error *err)
{
    wadi_status status = wadi_check_range("W", wound, 0, 3, "", err);

    if (!status)
        status = wadi_check_range("I", ischemia, 0, 3, "", err);
    if (!status)
        status = wadi_check_range("fI", infection, 0, 3, "", err);
    if (status)
        return status;
    out->risk = WADI_WIFI_AMPUTATION[wound][ischemia][infection];
    out->stage = unsalvageable ? 5 : (int)out->risk;
    return WADI_OK;
}

const char *wadi_wifi_risk_text(wadi_wifi_risk risk)
{
    static const char *const TEXTS[] = {"", "VL", "L", "M", "H"};

    return TEXTS[risk];
}
