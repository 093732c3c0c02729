/* What one field alone cannot tell: facts that exclude each other, places beyond their vessel.
 * Vessels, lesions and gaps are in case_check_vessels.c. */
#include "limb/case_check_impl.h"

#include <string.h>

void wadi_check_tell(const checker *of, bool fatal, wadi_status status, const char *text,
                     const char *pointer, ...)
{
    char at[200];
    va_list args;

    va_start(args, pointer);
    vsnprintf(at, sizeof at, pointer, args);
    va_end(args);
    wadi_complain(of->complaints, fatal, status, at, "%s", text);
}

static void check_patient(const checker *of, const wadi_patient *patient)
{
    const wadi_maybe *upper = &patient->systolic_mmhg, *lower = &patient->diastolic_mmhg;

    if (upper->known && lower->known && upper->value <= lower->value)
        wadi_complain(of->complaints, true, WADI_ERR_CONFLICT, "/patient/systolic_mmhg",
                      "is %g mmHg, more than diastolic_mmhg (%g mmHg) is wanted", upper->value,
                      lower->value);
    if (patient->haematocrit_frac.known && patient->haemoglobin_g_dl.known) {
        double per_cell = patient->haemoglobin_g_dl.value / patient->haematocrit_frac.value;

        /* Haemoglobin per packed cells (MCHC) is 32 to 36 g/dL; far outside it one of the two
         * is not of this blood. */
        if (per_cell < 22 || per_cell > 45)
            wadi_complain(of->complaints, false, WADI_ERR_CONFLICT, "/patient/haemoglobin_g_dl",
                          "is %g g/dL, usual is 22 to 45 g/dL times haematocrit_frac (%g)",
                          patient->haemoglobin_g_dl.value, patient->haematocrit_frac.value);
    }
}

static void check_presentation(const checker *of, const wadi_case *the_case)
{
    const wadi_presentation *shown = &the_case->presentation;
    bool tissue_lost = shown->rutherford.known && shown->rutherford.value >= 5;

    if (shown->onset_word == WADI_CHRONIC && shown->acute_class_word != WADI_NONE)
        wadi_check_tell(of, false, WADI_ERR_CONFLICT,
                        "is of acute ischaemia, /presentation/onset is chronic",
                        "/presentation/acute_class");
    if (shown->onset_word == WADI_CHRONIC && shown->failed_lysis == WADI_YES)
        wadi_check_tell(of, false, WADI_ERR_CONFLICT, "is true, /presentation/onset is chronic",
                        "/presentation/failed_lysis");
    if (tissue_lost && the_case->wound_count == 0)
        wadi_check_tell(
            of, false, WADI_ERR_MISSING,
            "is 5 or 6, which means tissue loss; /wounds names no wound for the plan to reach",
            "/presentation/rutherford");
    if (shown->rutherford.known && !tissue_lost && the_case->wound_count > 0)
        wadi_check_tell(of, false, WADI_ERR_CONFLICT,
                        "is below 5, which means no tissue loss; /wounds names some",
                        "/presentation/rutherford");
    for (wadi_index i = 0; i < the_case->wound_count; i++)
        for (wadi_index j = 0; j < i; j++)
            if (the_case->wounds[i].site_word != WADI_NONE &&
                the_case->wounds[i].site_word == the_case->wounds[j].site_word) {
                wadi_complain(of->complaints, false, WADI_ERR_CONFLICT, "/wounds",
                              "%d and %d are at the same site", (int)j, (int)i);
                return;
            }
}

/* Pressures by kind. Source: engineering, with the limits of compressible arteries in mind. */
static const struct pressure_range {
    const char *name;
    double hard_min, hard_max, soft_min, soft_max;
} PRESSURE_RANGES[] = {
    [WADI_PRESSURE_BRACHIAL] = {"brachial pressure", 40, 300, 80, 220},
    [WADI_PRESSURE_ANKLE] = {"ankle pressure", 0, 300, 20, 220},
    [WADI_PRESSURE_TOE] = {"toe pressure", 0, 250, 0, 180},
    [WADI_PRESSURE_TCPO2] = {"TcPO2", 0, 120, 0, 90},
};

static void check_pressures(const checker *of, const wadi_case *the_case)
{
    for (wadi_index i = 0; i < the_case->pressure_count; i++) {
        const wadi_pressure *pressure = &the_case->pressures[i];
        double value = pressure->value_mmhg.value;
        char pointer[64];

        if (!pressure->value_mmhg.known || pressure->kind_word == WADI_NONE)
            continue;
        const struct pressure_range *range = &PRESSURE_RANGES[pressure->kind_word];
        bool fatal = value < range->hard_min || value > range->hard_max;
        snprintf(pointer, sizeof pointer, "/pressures/%d/value_mmhg", (int)i);
        if (fatal)
            wadi_complain(of->complaints, true, WADI_ERR_RANGE, pointer,
                          "is %g mmHg, allowed for a %s is %g to %g mmHg", value, range->name,
                          range->hard_min, range->hard_max);
        else if (value < range->soft_min || value > range->soft_max)
            wadi_complain(of->complaints, false, WADI_ERR_UNIT, pointer,
                          "is %g mmHg, usual for a %s is %g to %g mmHg", value, range->name,
                          range->soft_min, range->soft_max);
    }
}

/* ---- wishes ---- */

static const char *const STEP_VERBS[] = {"close",    "keep",         "fistula", "lyse",
                                         "shunting", "treat_inflow", NULL};

static void check_step(const checker *of, const char *list, wadi_index index, const char *step)
{
    size_t verb_size = strcspn(step, ":");
    const char *vessel = step[verb_size] ? step + verb_size + 1 : NULL, *nearest;
    char pointer[80], verb[24] = "";

    snprintf(pointer, sizeof pointer, "/wishes/%s/%d/step", list, (int)index);
    snprintf(verb, sizeof verb, "%.*s", (int)(verb_size < 23 ? verb_size : 23), step);
    for (int i = 0; STEP_VERBS[i]; i++) {
        if (strcmp(STEP_VERBS[i], verb))
            continue;
        if (!vessel && i <= 1)
            wadi_complain(of->complaints, true, WADI_ERR_MISSING, pointer,
                          "is \"%s\", %s:VESSEL is wanted", verb, verb);
        if (vessel && !wadi_vessel_known(of->vessels, vessel, NULL, NULL)) {
            nearest = wadi_complaints_full(of->complaints)
                          ? NULL
                          : wadi_vessel_nearest(of->vessels, vessel);
            wadi_complain(of->complaints, true, WADI_ERR_KEY, pointer,
                          "names \"%.40s\", a vessel of the reference leg is wanted%s%s%s",
                          vessel, nearest ? "; did you mean " : "", nearest ? nearest : "",
                          nearest ? "?" : "");
        }
        return;
    }
    nearest = wadi_nearest_name(verb, STEP_VERBS);
    wadi_complain(
        of->complaints, true, WADI_ERR_KEY, pointer,
        "is \"%.40s\", close:VESSEL, keep:VESSEL, fistula, lyse, shunting or treat_inflow is "
        "wanted%s%s%s",
        step, nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

static void check_steps(const checker *of, const wadi_wishes *wishes)
{
    for (wadi_index i = 0; i < wishes->forced_count; i++)
        if (wishes->forced[i].step)
            check_step(of, "forced", i, wishes->forced[i].step);
    for (wadi_index i = 0; i < wishes->forbidden_count; i++)
        if (wishes->forbidden[i].step)
            check_step(of, "forbidden", i, wishes->forbidden[i].step);
    for (wadi_index i = 0; i < wishes->forced_count; i++)
        for (wadi_index j = 0; j < wishes->forbidden_count; j++)
            if (wishes->forced[i].step && wishes->forbidden[j].step &&
                !strcmp(wishes->forced[i].step, wishes->forbidden[j].step) &&
                !wadi_complaints_full(of->complaints))
                wadi_check_tell(of, true, WADI_ERR_CONFLICT, "is both forced and forbidden",
                                "/wishes/forbidden/%d/step", (int)j);
}

static void check_wishes(const checker *of, const wadi_case *the_case)
{
    const wadi_wishes *wishes = &the_case->wishes;
    const wadi_limits *limits = &wishes->limits;
    bool surgical = wishes->technique_word == WADI_SURGICAL_DEEP ||
                    wishes->technique_word == WADI_SURGICAL_SUPERFICIAL;
    bool is_vein;
    double length_mm;

    if (wishes->donor && wadi_vessel_known(of->vessels, wishes->donor, NULL, &is_vein) &&
        is_vein)
        wadi_check_tell(of, true, WADI_ERR_CONFLICT, "is a vein, an artery is wanted",
                        "/wishes/donor");
    if (wishes->recipient &&
        wadi_vessel_known(of->vessels, wishes->recipient, NULL, &is_vein) && !is_vein)
        wadi_check_tell(of, true, WADI_ERR_CONFLICT, "is an artery, a vein is wanted",
                        "/wishes/recipient");
    if (wishes->crossing_from_origin_mm.known && !wishes->donor)
        wadi_check_tell(of, false, WADI_ERR_MISSING,
                        "holds for every donor, because /wishes/donor is absent",
                        "/wishes/crossing_from_origin_mm");
    if (wishes->crossing_from_origin_mm.known &&
        wadi_check_length(of, wishes->donor, &length_mm) &&
        wishes->crossing_from_origin_mm.value > length_mm)
        wadi_complain(of->complaints, true, WADI_ERR_RANGE, "/wishes/crossing_from_origin_mm",
                      "is %g mm, %s of this leg is %.1f mm long",
                      wishes->crossing_from_origin_mm.value, wishes->donor, length_mm);
    if (wishes->offshelf_only == WADI_YES &&
        wishes->technique_word == WADI_PERCUTANEOUS_DEDICATED)
        wadi_check_tell(of, true, WADI_ERR_CONFLICT,
                        "is percutaneous_dedicated, /wishes/offshelf_only is true",
                        "/wishes/technique");
    if (wishes->crossing_word != WADI_NONE &&
        (surgical || wishes->technique_word == WADI_PERCUTANEOUS_DEDICATED))
        wadi_check_tell(of, false, WADI_ERR_CONFLICT,
                        "is of an off-the-shelf crossing; /wishes/technique has none",
                        "/wishes/crossing");
    if (limits->conduit_flow_min_ml_min.known && limits->conduit_flow_warn_ml_min.known &&
        limits->conduit_flow_warn_ml_min.value < limits->conduit_flow_min_ml_min.value)
        wadi_check_tell(of, false, WADI_ERR_CONFLICT, "is below conduit_flow_min_ml_min",
                        "/wishes/limits/conduit_flow_warn_ml_min");
    check_steps(of, wishes);
}

void wadi_case_check(const wadi_case *the_case, const wadi_vessels *vessels,
                     complaint_list *complaints)
{
    const checker of = {the_case, vessels, complaints};

    if (the_case->origin_word == WADI_PUBLISHED && !the_case->source)
        wadi_check_tell(&of, true, WADI_ERR_MISSING, "is required of a published case",
                        "/source");
    check_patient(&of, &the_case->patient);
    check_presentation(&of, the_case);
    check_pressures(&of, the_case);
    wadi_check_vessels(&of);
    if (the_case->conservative.failed == WADI_YES && the_case->conservative.tried == WADI_NO)
        wadi_check_tell(&of, true, WADI_ERR_CONFLICT, "is true, /conservative/tried is false",
                        "/conservative/failed");
    check_wishes(&of, the_case);
}
