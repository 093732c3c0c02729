/* The no-option question, guideline statements and scores that are known from memory only, in
 * the book of rules. */
#include "stage/rules_impl.h"

#include <string.h>

#define CONTE "Conte 2019, Global Vascular Guidelines, doi:10.1016/j.jvs.2019.02.016"

/* ---- no option ---- */

// clang-format off
static const struct definition { const char *id, *text, *source; } DEFINITIONS[] = {
    {"NO1", "no usable pedal artery, endovascular or surgical", "PROMISE II and III inclusion 3a (NCT03970538, NCT05313165)"},
    {"NO2", "pedal target present, no viable single-segment vein in either leg or arm; endovascular must be infeasible too", "the same, 3b"},
    {"NO3", "no surgical or endovascular option: pedal arteries occluded, no reasonable distal target", "van den Heuvel 2018"},
    {"NO4", "no evident distal target, and at least one tibial artery patent in its proximal part", "Spiliopoulos 2023"},
    {"NO5", "pedal flow absent after thrombectomy or lysis in acute ischaemia (investigational)", "Hasanli 2026"},
    {"NO6", "J-BTK grade D after failed crossing: so-called no-option", "Hayakawa 2023"},
    {"NO7", "not to be declared without adequate imaging and a vascular specialist's review", "Global Vascular Guidelines 6.19 (PMC8365864, table T47)"},
    {"NO8", "confirmed by an independent review committee", "NCT03321552, NCT03970538"},
    {"DF",  "desert foot: advanced disease of tibial, pedal or small arteries of the foot without run-off", "Spiliopoulos 2023"},
};
// clang-format on

static wadi_status run_no_option(const question *q, wadi_answer *out, wadi_error *err)
{
    wadi_maybe imaging = wadi_asked(q, "imaging"), review = wadi_asked(q, "review");
    wadi_maybe target = wadi_asked(q, "pedal_target"), vein = wadi_asked(q, "vein");
    wadi_maybe endo = wadi_asked(q, "endovascular");
    bool refuted = (endo.known && endo.value != 0) ||
                   (target.known && target.value != 0 && vein.known && vein.value != 0);

    (void)err;
    if (refuted) {
        wadi_answer_text(out, "result", "REFUTED");
        return WADI_OK;
    }
    if (!target.known || !endo.known || (target.value != 0 && !vein.known)) {
        wadi_answer_text(out, "result", "INCOMPLETE");
        if (!target.known)
            wadi_answer_add(out, "missing", "pedal_target");
        if (!endo.known)
            wadi_answer_add(out, "missing", "endovascular");
        if (target.known && target.value != 0)
            wadi_answer_add(out, "missing", "vein");
        return WADI_OK;
    }
    /* The label is never given without both; absent means nobody said so. */
    if (imaging.value == 0 || review.value == 0) {
        wadi_answer_text(out, "result", "UNSUPPORTED");
        wadi_answer_text(out, "rule", "NO7");
    } else {
        wadi_answer_text(out, "result", "SUPPORTED");
        wadi_answer_text(out, "rule", "%s", target.value != 0 ? "NO2" : "NO1");
    }
    return WADI_OK;
}

static void table_no_option(wadi_text *out)
{
    wadi_sheet_head(out, "id", "definition", "source", NULL);
    for (size_t i = 0; i < WADI_COUNT_OF(DEFINITIONS); i++)
        wadi_sheet_row(out, DEFINITIONS[i].id, DEFINITIONS[i].text, DEFINITIONS[i].source,
                       NULL);
}

/* ---- guideline statements ---- */

// clang-format off
static const struct recommendation { const char *id, *text, *strength; } GVG[] = {
    {"6.7",  "deep space infection or wet gangrene: urgent drainage and antibiotics", "good practice"},
    {"6.8",  "stage again after drainage, debridement, minor amputation or inflow correction", "good practice"},
    {"6.9",  "ischaemia 0: no revascularization, unless W >= 2 with an isolated poor region and the wound has not shrunk by half in 4 weeks", "good practice"},
    {"6.10", "stage 1: no revascularization, unless the wound has not shrunk by half in 4 weeks", "2C"},
    {"6.11", "average risk, stage 4, ischaemia >= 2: offer revascularization", "1C"},
    {"6.19", "no no-option label without imaging and a specialist", "good practice"},
    {"6.20", "correct the inflow first", "good practice"},
    {"6.22", "several levels and ischaemia 1 or W <= 1: inflow alone", "1C"},
    {"6.33", "high risk, stage 4, ischaemia >= 2: offer endovascular", "2C"},
    {"6.34", "high risk, stage 2 or 3, ischaemia >= 2: consider endovascular", "2C"},
    {"6.37", "high risk, stage >= 3, ischaemia >= 2, GLASS III: open surgery in selected patients", "2C"},
};
// clang-format on

static wadi_status run_gvg(const question *q, wadi_answer *out, wadi_error *err)
{
    int w = (int)wadi_asked(q, "W").value, i = (int)wadi_asked(q, "I").value;
    bool high = wadi_asked_flag(q, "high_risk"), stalled = wadi_asked_flag(q, "stalled");
    wadi_maybe glass = wadi_asked(q, "glass");
    wadi_wifi_stage_result wifi;
    wadi_status status =
        wadi_wifi_stage(w, i, (int)wadi_asked(q, "fI").value, false, &wifi, err);
    const struct {
        const char *id;
        bool fires;
    } rows[] = {
        {"6.7", wadi_asked_flag(q, "deep_infection")},
        {"6.9", i == 0 && !(w >= 2 && wadi_asked_flag(q, "isolated_poor_region") && stalled)},
        {"6.10", wifi.stage == 1 && !stalled},
        {"6.11", !high && wifi.stage == 4 && i >= 2},
        {"6.20", wadi_asked_flag(q, "inflow_disease")},
        {"6.22", wadi_asked_flag(q, "multilevel") && (i == 1 || w <= 1)},
        {"6.33", high && wifi.stage == 4 && i >= 2},
        {"6.34", high && (wifi.stage == 2 || wifi.stage == 3) && i >= 2},
        {"6.37", high && wifi.stage >= 3 && i >= 2 && glass.known && glass.value == 3},
    };

    if (status)
        return status;
    wadi_answer_number(out, "stage", wifi.stage);
    for (size_t r = 0; r < WADI_COUNT_OF(rows); r++) {
        if (!rows[r].fires)
            continue;
        wadi_answer_add(out, "rule", rows[r].id);
        for (size_t k = 0; k < WADI_COUNT_OF(GVG); k++)
            if (!strcmp(GVG[k].id, rows[r].id))
                wadi_answer_note(out, "%s (%s): %s", GVG[k].id, GVG[k].strength, GVG[k].text);
    }
    return WADI_OK;
}

static void table_gvg(wadi_text *out)
{
    wadi_sheet_head(out, "statement", "text", "strength", NULL);
    for (size_t i = 0; i < WADI_COUNT_OF(GVG); i++)
        wadi_sheet_row(out, GVG[i].id, GVG[i].text, GVG[i].strength, NULL);
}

/* ---- aorto-iliac disease ---- */

static wadi_status run_glass_ai(const question *q, wadi_answer *out, wadi_error *err)
{
    bool cia = wadi_asked_flag(q, "cia_cto"), eia = wadi_asked_flag(q, "eia_cto");
    bool second = wadi_asked_flag(q, "aorta_cto") || (cia && eia) ||
                  wadi_asked_flag(q, "in_stent") || wadi_asked_flag(q, "diffuse_small");
    wadi_maybe cfa = wadi_asked(q, "cfa_stenosis_percent");

    (void)err;
    if (!second && !cia && !eia && !wadi_asked_flag(q, "stenosis")) {
        wadi_answer_text(out, "result", "0");
        wadi_answer_note(out, "no significant aorto-iliac disease is stated");
        return WADI_OK;
    }
    wadi_answer_text(out, "result", "%s%s", second ? "II" : "I",
                     !cfa.known       ? ""
                     : cfa.value > 50 ? "B"
                                      : "A");
    if (wadi_asked_flag(q, "aneurysm"))
        wadi_answer_note(out, "concomitant aneurysm as stage II is recalled only: not used");
    return WADI_OK;
}

static void table_glass_ai(wadi_text *out)
{
    wadi_sheet_head(out, "stage", "criterion", NULL);
    wadi_sheet_row(out, "I",
                   "stenosis of the infrarenal aorta, common or external iliac artery; "
                   "occlusion of one of the two iliacs",
                   NULL);
    wadi_sheet_row(
        out, "II",
        "occlusion of the aorta, or of common and external iliac; severe diffuse in-stent "
        "restenosis; severe diffuse disease of small iliacs (< 6 mm: recalled)",
        NULL);
    wadi_sheet_row(out, "A, B",
                   "common femoral artery without (recalled) or with a stenosis above 50 %",
                   NULL);
    wadi_sheet_row(out, "off", "concomitant aneurysm as stage II: recalled only", NULL);
}

/* ---- caps of an occlusion ---- */

static wadi_status run_ctop(const question *q, wadi_answer *out, wadi_error *err)
{
    static const char *const TYPES[2][2] = {{"I", "II"}, {"III", "IV"}};

    (void)err;
    wadi_answer_text(
        out, "result", "%s",
        TYPES[(int)wadi_asked(q, "proximal").value][(int)wadi_asked(q, "distal").value]);
    return WADI_OK;
}

static void table_ctop(wadi_text *out)
{
    wadi_sheet_head(out, "type", "proximal cap", "distal cap", NULL);
    wadi_sheet_row(out, "I", "concave", "concave", NULL);
    wadi_sheet_row(out, "II", "concave", "convex", NULL);
    wadi_sheet_row(out, "III", "convex", "concave", NULL);
    wadi_sheet_row(out, "IV", "convex", "convex", NULL);
}

/* ---- trial criteria ---- */

static wadi_status run_promise(const question *q, wadi_answer *out, wadi_error *err)
{
    wadi_maybe age = wadi_asked(q, "age"), rutherford = wadi_asked(q, "rutherford");
    wadi_maybe option = wadi_asked(q, "no_option"), consent = wadi_asked(q, "consent");
    const struct {
        const char *name;
        wadi_maybe fact;
        bool met;
    } rows[] = {
        {"age", age, age.value >= 18 && age.value <= 95},
        {"rutherford", rutherford, rutherford.value == 5 || rutherford.value == 6},
        {"no_option", option, option.value != 0},
        {"consent", consent, consent.value != 0},
    };

    (void)err;
    for (size_t i = 0; i < WADI_COUNT_OF(rows); i++)
        if (rows[i].fact.known && !rows[i].met)
            wadi_answer_add(out, "failed", rows[i].name);
        else if (!rows[i].fact.known)
            wadi_answer_add(out, "missing", rows[i].name);
    if (out->item_count == 0)
        wadi_answer_text(out, "result", "MET");
    else if (strcmp(out->items[0].key, "failed") &&
             (out->item_count < 2 || strcmp(out->items[1].key, "failed")))
        wadi_answer_text(out, "result", "INCOMPLETE");
    else
        wadi_answer_text(out, "result", "NOT_MET");
    wadi_answer_note(
        out, "the exclusion list of the registry was not read; these are inclusion items only");
    return WADI_OK;
}

static void table_promise(wadi_text *out)
{
    wadi_sheet_head(out, "item", "criterion", "standing", NULL);
    wadi_sheet_row(out, "age", "18-95 years", "FOUND", NULL);
    wadi_sheet_row(out, "Rutherford", "5 or 6", "FOUND", NULL);
    wadi_sheet_row(
        out, "no option",
        "by investigator and independent committee (NO1 or NO2); PROMISE III: by investigator",
        "FOUND", NULL);
    wadi_sheet_row(out, "inflow artery",
                   "within the diameter range of the stent graft; the number is not published",
                   "FOUND", NULL);
    wadi_sheet_row(out, "consent", "given", "FOUND", NULL);
    wadi_sheet_row(
        out, "exclusions",
        "liver failure, thrombosis, coagulation, life expectancy < 12 months, infarct or "
        "stroke within 90 days, heart failure, immunosuppression, bypass in the way",
        "MEMORY: switched off", NULL);
}

static const wadi_rule_key NO_OPTION_KEYS[] = {
    FLAG_KEY("pedal_target", false), FLAG_KEY("vein", false),   FLAG_KEY("endovascular", false),
    FLAG_KEY("imaging", false),      FLAG_KEY("review", false), KEY_END,
};
static const wadi_rule_key GVG_KEYS[] = {
    INT_KEY("W", 0, 3, true),
    INT_KEY("I", 0, 3, true),
    INT_KEY("fI", 0, 3, true),
    FLAG_KEY("high_risk", false),
    WORD_KEY("glass", "NA, I, II, III", false),
    FLAG_KEY("multilevel", false),
    FLAG_KEY("inflow_disease", false),
    FLAG_KEY("deep_infection", false),
    FLAG_KEY("isolated_poor_region", false),
    {.name = "stalled",
     .kind = WADI_KEY_FLAG,
     .unit = "",
     .max = 1,
     .note = "not half as large after 4 weeks"},
    KEY_END,
};
static const wadi_rule_key GLASS_AI_KEYS[] = {
    FLAG_KEY("stenosis", false),
    FLAG_KEY("aorta_cto", false),
    FLAG_KEY("cia_cto", false),
    FLAG_KEY("eia_cto", false),
    FLAG_KEY("in_stent", false),
    FLAG_KEY("diffuse_small", false),
    FLAG_KEY("aneurysm", false),
    NUMBER_KEY("cfa_stenosis_percent", "%", 0, 100, false),
    KEY_END,
};
static const wadi_rule_key CTOP_KEYS[] = {
    WORD_KEY("proximal", "concave, convex", true),
    WORD_KEY("distal", "concave, convex", true),
    KEY_END,
};
static const wadi_rule_key PROMISE_KEYS[] = {
    NUMBER_KEY("age", "years", 0, 120, false),
    INT_KEY("rutherford", 0, 6, false),
    FLAG_KEY("no_option", false),
    FLAG_KEY("consent", false),
    KEY_END,
};

const rule_entry WADI_RULES_LIMB[] = {
    {{"no_option", "Is this a no-option limb?",
      "PROMISE II inclusion 3a, 3b; " CONTE ", statement 6.19", WADI_STANDING_FOUND, false,
      "the documents define it in eight ways; two agree with the trials", NO_OPTION_KEYS,
      "result, rule, missing"},
     run_no_option,
     table_no_option},
    {{"gvg", "Statements of the Global Vascular Guidelines that apply",
      CONTE ", as reproduced in PMC8365864", WADI_STANDING_FOUND, false, NULL, GVG_KEYS,
      "stage, rule"},
     run_gvg,
     table_gvg},
    {{"glass_ai", "GLASS stage of aorto-iliac disease", CONTE, WADI_STANDING_CONFIRMED, false,
      "small calibre (< 6 mm), suffix A and aneurysm are recalled only", GLASS_AI_KEYS,
      "result"},
     run_glass_ai,
     table_glass_ai},
    {{"ctop", "CTOP type of the caps of an occlusion",
      "Saab 2018 (four types by caps, from its abstract)", WADI_STANDING_MEMORY, false,
      "which caps make which type is recalled", CTOP_KEYS, "result"},
     run_ctop,
     table_ctop},
    {{"promise", "Inclusion items of PROMISE II and III",
      "NCT03970538, NCT05313165, as reproduced in trial listings", WADI_STANDING_FOUND, false,
      "the exclusion list was not read", PROMISE_KEYS, "failed, missing, result"},
     run_promise,
     table_promise},
    ENTRY_END,
};
