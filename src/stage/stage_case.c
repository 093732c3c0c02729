/* Stage one case: WIfI, acute class, the no-option question, selection, contradictions. */
#include "stage/stage_case_impl.h"

#include <math.h>
#include <string.h>

static void say(char lines[][320], int *count, const char *format, ...) WADI_PRINTF(3, 4);

static void say(char lines[][320], int *count, const char *format, ...)
{
    va_list args;

    if (*count == WADI_STAGED_NOTES)
        return;
    va_start(args, format);
    vsnprintf(lines[*count], 320, format, args);
    va_end(args);
    (*count)++;
}

#define CONTRADICT(out, ...)                                                                   \
    say((out)->contradictions, &(out)->contradiction_count, __VA_ARGS__)
#define WARN(out, ...) say((out)->warnings, &(out)->warning_count, __VA_ARGS__)

/* The measurements that WIfI takes: highest ankle and arm pressure, lowest toe and oxygen. */
static wadi_perfusion perfusion_of(const wadi_case *the_case, bool *incompressible)
{
    wadi_perfusion p = {0};
    wadi_maybe arm = {0};

    *incompressible = false;
    for (wadi_index i = 0; i < the_case->pressure_count; i++) {
        const wadi_pressure *pressure = &the_case->pressures[i];
        double value = pressure->value_mmhg.value;
        wadi_maybe *into = pressure->kind_word == WADI_PRESSURE_BRACHIAL ? &arm
                           : pressure->kind_word == WADI_PRESSURE_ANKLE ? &p.ankle_pressure_mmhg
                           : pressure->kind_word == WADI_PRESSURE_TOE   ? &p.toe_pressure_mmhg
                                                                        : &p.tcpo2_mmhg;
        bool highest = into == &arm || into == &p.ankle_pressure_mmhg;

        if (!pressure->value_mmhg.known)
            continue;
        if (into == &p.ankle_pressure_mmhg && pressure->incompressible == WADI_YES) {
            *incompressible = true;
            continue;
        }
        if (!into->known || (highest ? value > into->value : value < into->value))
            *into = (wadi_maybe){true, value};
    }
    if (p.ankle_pressure_mmhg.known && arm.known && arm.value >= 40 &&
        p.ankle_pressure_mmhg.value / arm.value <= 2.5)
        p.abi = (wadi_maybe){true, p.ankle_pressure_mmhg.value / arm.value};
    return p;
}

static void stage_ischemia(const wadi_case *the_case, wadi_staging *out)
{
    bool incompressible;
    wadi_perfusion perfusion = perfusion_of(the_case, &incompressible);
    wadi_wifi_ischemia_result result;
    wadi_error reason = {0};

    out->ischemia.stated = -1;
    if (wadi_wifi_ischemia(&perfusion, &result, &reason)) {
        snprintf(out->ischemia.note, sizeof out->ischemia.note, "%.190s",
                 incompressible
                     ? "the ankle is not compressible: a toe pressure or TcPO2 is needed"
                     : reason.message);
        return;
    }
    out->ischemia.origin = WADI_GRADE_COMPUTED;
    out->ischemia.grade = result.grade;
    out->ischemia.candidates = result.candidates;
    snprintf(out->ischemia.note, sizeof out->ischemia.note, "%s governs%s%s%s",
             result.governed_by,
             result.noncompressible || incompressible ? "; NONCOMPRESSIBLE" : "",
             result.discordant ? "; DISCORDANT" : "", result.edge ? "; EDGE" : "");
}

/* Stated and computed side by side: the computed one is kept, a difference is told. */
static void compare(wadi_staging *out, wadi_staged_grade *grade, wadi_maybe stated,
                    const char *what)
{
    grade->stated = stated.known ? (int)stated.value : -1;
    if (!stated.known)
        return;
    if (grade->origin == WADI_GRADE_ABSENT) {
        grade->origin = WADI_GRADE_STATED;
        grade->grade = grade->stated;
        grade->candidates = 1u << grade->grade;
    } else if (grade->grade == grade->stated) {
        grade->origin = WADI_GRADE_AGREED;
    } else {
        CONTRADICT(out, "%s grade: %d is stated, %d follows from the findings", what,
                   grade->stated, grade->grade);
    }
}

static void stage_infection(const wadi_case *the_case, wadi_staging *out)
{
    const wadi_infection *infection = &the_case->infection;
    const wadi_infection_signs signs = {
        .signs = infection->signs,
        .erythema_cm = infection->erythema_cm,
        .temp_c = infection->temperature_c,
        .heart_rate = the_case->patient.heart_rate_bpm,
        .resp_rate = infection->respiratory_rate,
        .wbc_1e9_l = infection->white_cells,
        .osteomyelitis = infection->osteomyelitis == WADI_YES,
        .abscess = infection->abscess == WADI_YES,
    };
    wadi_wifi_infection_result result;
    wadi_error reason = {0};

    if (wadi_wifi_infection(&signs, &result, &reason)) {
        snprintf(out->infection.note, sizeof out->infection.note, "%.190s", reason.message);
    } else {
        out->infection.origin = WADI_GRADE_COMPUTED;
        out->infection.grade = result.grade;
        out->infection.candidates = 1u << result.grade;
        snprintf(out->infection.note, sizeof out->infection.note, "%g local signs, %d systemic",
                 signs.signs.value, result.sirs_count);
    }
    compare(out, &out->infection, infection->wifi_infection, "infection");
}

/* The worst wound; none at all is grade 0. The case states wound grades, it does not describe.
 */
static void stage_wound(const wadi_case *the_case, wadi_staging *out)
{
    wadi_maybe worst = {0};

    for (wadi_index i = 0; i < the_case->wound_count; i++) {
        wadi_maybe grade = the_case->wounds[i].wifi_wound;

        if (!grade.known) {
            out->wound.stated = -1;
            snprintf(out->wound.note, sizeof out->wound.note, "wound %d has no wifi_wound",
                     i + 1);
            return;
        }
        if (!worst.known || grade.value > worst.value)
            worst = grade;
    }
    if (!the_case->wound_count && the_case->presentation.rutherford.known &&
        the_case->presentation.rutherford.value <= 4)
        worst = (wadi_maybe){true, 0};
    if (!worst.known)
        snprintf(out->wound.note, sizeof out->wound.note, "no wound is described");
    compare(out, &out->wound, worst, "wound");
}

static wadi_status stage_wifi(const wadi_case *the_case, wadi_staging *out, wadi_error *err)
{
    stage_wound(the_case, out);
    stage_ischemia(the_case, out);
    stage_infection(the_case, out);
    if (out->wound.origin == WADI_GRADE_ABSENT || out->ischemia.origin == WADI_GRADE_ABSENT ||
        out->infection.origin == WADI_GRADE_ABSENT || out->ischemia.grade < 0)
        return WADI_OK;
    out->wifi_known = true;
    return wadi_wifi_stage(out->wound.grade, out->ischemia.grade, out->infection.grade,
                           the_case->presentation.unsalvageable == WADI_YES, &out->wifi, err);
}

/* The case lists I, IIa, IIb, III from 0. */
static wadi_ali_category acute_of(wadi_index word)
{
    return word == WADI_NONE ? WADI_ACUTE_UNCLASSIFIED : (wadi_ali_category)(word + 1);
}

static void stage_acute(const wadi_case *the_case, wadi_staging *out)
{
    const wadi_presentation *p = &the_case->presentation;

    if (p->onset_word != WADI_ACUTE)
        return;
    out->acute = acute_of(p->acute_class_word);
    out->acute_before = acute_of(p->acute_class_before_word);
    out->deteriorated =
        out->acute_before != WADI_ACUTE_UNCLASSIFIED && out->acute > out->acute_before;
    if (out->deteriorated)
        WARN(out, "the acute class got worse, %s to %s%s", wadi_ali_text(out->acute_before),
             wadi_ali_text(out->acute),
             out->acute == WADI_ACUTE_III ? ": irreversible tissue damage is likely" : "");
    if (p->pedal_flow == WADI_YES)
        WARN(out, "the foot is still reached by arterial flow: primary arterialization is not "
                  "intuitive (Hasanli 2026)");
}

/* Disease above the crossing: a stenosis is treated first; an occlusion too, or the donor of a
 * hybrid lies above it. */
static void warn_inflow(const wadi_limb *limb, wadi_staging *out)
{
    static const char *const INFLOW[] = {"EIA", "CFA", "SFA", "POP"};

    for (size_t i = 0; i < WADI_COUNT_OF(INFLOW); i++) {
        wadi_index vessel = wadi_limb_vessel(limb, INFLOW[i]), count;
        double narrowing;

        if (vessel == WADI_NONE)
            continue;
        narrowing = wadi_limb_narrowing(limb, vessel, 0,
                                        wadi_limb_vessels(limb, &count)[vessel].length_m);
        if (narrowing >= 1)
            WARN(out, "%s is occluded: open it first, or take a donor above it (hybrid)",
                 INFLOW[i]);
        else if (narrowing >= 0.5)
            WARN(out, "%s is narrowed by %.0f %% of its diameter: treat the inflow first",
                 INFLOW[i], 100 * narrowing);
    }
}

static void find_contradictions(const wadi_case *the_case, wadi_staging *out)
{
    const wadi_presentation *p = &the_case->presentation;

    for (int r = 0; r < WADI_DVA_RULE_COUNT; r++) {
        const wadi_dva_rule *rule = &out->verdict.rules[r];

        if (rule->fired && rule->contradiction)
            CONTRADICT(out, "%s: %s; but %s", rule->id, rule->text, rule->contradiction);
    }
    if (p->rutherford.known && p->rutherford.value >= 5 && !the_case->wound_count)
        CONTRADICT(out, "Rutherford %g means tissue loss, but no wound is described",
                   p->rutherford.value);
    if (p->rutherford.known && p->rutherford.value <= 4 && the_case->wound_count)
        CONTRADICT(out, "Rutherford %g means intact skin, but %d wound%s described",
                   p->rutherford.value, the_case->wound_count,
                   the_case->wound_count > 1 ? "s are" : " is");
    if (out->ischemia.origin == WADI_GRADE_COMPUTED && out->ischemia.grade == 0 &&
        p->rutherford.known && p->rutherford.value >= 4)
        CONTRADICT(out, "Rutherford %g, but the pressures give ischaemia grade 0",
                   p->rutherford.value);
    CONTRADICT(out, "two flow thresholds for the conduit: 100 mL/min (van den Heuvel 2018) and "
                    "195 mL/min (Schreve 2020)");
    CONTRADICT(out, "heparin is printed as 1 mg/kg (puncture note); the field uses IU/kg, 100 "
                    "IU/mg is a convention");
}

wadi_status wadi_stage_case(const wadi_case *the_case, const wadi_limb *limb,
                            const char *const *overrides, int override_count, wadi_staging *out,
                            wadi_error *err)
{
    wadi_staging staging = {.rutherford = the_case->presentation.rutherford, .glass_im = -1};
    wadi_status status = stage_wifi(the_case, &staging, err);

    if (!status)
        status = wadi_stage_anatomy(the_case, limb, &staging, err);
    if (!status)
        status = wadi_stage_facts(the_case, limb, NULL, &staging.facts, err);
    if (!status)
        status = wadi_dva_select_with(&staging.facts, overrides, override_count,
                                      &staging.verdict, err);
    if (status)
        return status;
    if (the_case->wishes.donor)
        snprintf(staging.donor, sizeof staging.donor, "%s", the_case->wishes.donor);
    staging.no_option = wadi_stage_no_option(the_case);
    if (staging.no_option == WADI_NO_OPTION_UNSUPPORTED)
        WARN(&staging,
             "no-option is declared, but not with both adequate imaging and a specialist's "
             "review (Global Vascular Guidelines 6.19): it does not count");
    if (staging.every_path_grade_d && staging.no_option != WADI_NO_OPTION_SUPPORTED)
        WARN(&staging, "every crural artery is J-BTK grade D, the so-called no-option limb: is "
                       "there any surgical option? (Hayakawa 2023)");
    stage_acute(the_case, &staging);
    warn_inflow(limb, &staging);
    find_contradictions(the_case, &staging);
    *out = staging;
    return WADI_OK;
}

const char *wadi_no_option_text(wadi_no_option_state state)
{
    static const char *const TEXTS[] = {"NOT_DECLARED", "REFUTED", "UNSUPPORTED", "SUPPORTED"};

    return TEXTS[state];
}
