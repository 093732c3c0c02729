/* Rutherford, Fontaine, acute ischaemia, surveillance of the conduit in the book of rules. */
#include "stage/rules_impl.h"

#define HARDMAN "Rutherford 1997, as reproduced in Hardman 2014 (PMC4232437, table 2)"

static wadi_status run_rutherford(const question *q, wadi_answer *out, wadi_error *err)
{
    int category = (int)wadi_asked(q, "picture").value;

    (void)err;
    wadi_answer_number(out, "rutherford", category);
    wadi_answer_text(out, "fontaine", "%s", wadi_rutherford_fontaine(category));
    return WADI_OK;
}

static void table_rutherford(wadi_text *out)
{
    wadi_sheet_head(out, "category", "picture", "Fontaine", NULL);
    for (int category = 0; category <= 6; category++)
        wadi_sheet_row(out, CELL(category), wadi_rutherford_text(category),
                       wadi_rutherford_fontaine(category), NULL);
}

/* Rest pain and tissue loss need no distance. */
static wadi_status run_fontaine(const question *q, wadi_answer *out, wadi_error *err)
{
    static const char *const BY_SYMPTOM[] = {"I", NULL, "III", "IV"};
    int symptom = (int)wadi_asked(q, "symptom").value;
    wadi_maybe distance = wadi_asked(q, "distance_m");

    if (BY_SYMPTOM[symptom]) {
        wadi_answer_text(out, "result", "%s", BY_SYMPTOM[symptom]);
        return WADI_OK;
    }
    if (!distance.known)
        return wadi_fail(
            err, WADI_ERR_MISSING,
            "distance_m is not given: how far the patient walks until it hurts, in m");
    if (distance.value == 200) {
        wadi_answer_text(out, "result", "AMBIGUOUS");
        wadi_answer_text(out, "candidates", "IIa,IIb");
    } else {
        wadi_answer_text(out, "result", "%s", distance.value > 200 ? "IIa" : "IIb");
    }
    if (distance.value >= 100 && distance.value <= 200)
        wadi_answer_note(out, "sources print the limit as 200, 150 and 100 m");
    return WADI_OK;
}

static void table_fontaine(wadi_text *out)
{
    wadi_sheet_head(out, "stage", "definition", "distance", "Rutherford", NULL);
    wadi_sheet_row(out, "I", "asymptomatic", "", "0", NULL);
    wadi_sheet_row(out, "IIa", "mild claudication", "> 200 m", "1", NULL);
    wadi_sheet_row(out, "IIb", "moderate to severe claudication", "< 200 m", "2, 3", NULL);
    wadi_sheet_row(out, "III", "rest pain", "", "4", NULL);
    wadi_sheet_row(out, "IV", "ulcer or gangrene", "", "5, 6", NULL);
}

static wadi_status run_ali(const question *q, wadi_answer *out, wadi_error *err)
{
    const wadi_ali_findings findings = {
        (wadi_sensory_loss)wadi_asked(q, "sensory").value,
        (wadi_motor_loss)wadi_asked(q, "motor").value,
        wadi_asked(q, "arterial").value == 0,
        wadi_asked(q, "venous").value == 0,
    };
    wadi_ali_category category = wadi_ali(&findings);

    (void)err;
    wadi_answer_text(out, "category", "%s", wadi_ali_text(category));
    if (category == WADI_ACUTE_UNCLASSIFIED)
        wadi_answer_note(out, "no row of the table has all four findings");
    if (category == WADI_ACUTE_III)
        wadi_answer_note(out, "major tissue loss or permanent nerve damage is inevitable");
    return WADI_OK;
}

static void table_ali(wadi_text *out)
{
    wadi_sheet_head(out, "category", "sensory loss", "motor loss", "arterial Doppler",
                    "venous Doppler", "meaning", NULL);
    wadi_sheet_row(out, "I", "none", "none", "audible", "audible", "not immediately threatened",
                   NULL);
    wadi_sheet_row(out, "IIa", "none or toes", "none", "often inaudible", "audible",
                   "salvageable if promptly treated", NULL);
    wadi_sheet_row(out, "IIb", "beyond toes", "mild or moderate", "usually inaudible",
                   "audible", "salvageable if immediately revascularized", NULL);
    wadi_sheet_row(out, "III", "profound", "paralysis", "inaudible", "inaudible",
                   "major tissue loss or permanent nerve damage", NULL);
}

static const wadi_rule_key RUTHERFORD_KEYS[] = {
    WORD_KEY("picture",
             "asymptomatic, mild claudication, moderate claudication, severe claudication, "
             "rest pain, minor tissue loss, major tissue loss",
             true),
    KEY_END,
};

static const wadi_rule_key FONTAINE_KEYS[] = {
    WORD_KEY("symptom", "none, claudication, rest pain, tissue loss", true),
    NUMBER_KEY("distance_m", "m", 0, 10000, false),
    KEY_END,
};

static const wadi_rule_key ALI_KEYS[] = {
    WORD_KEY("sensory", "none, toes, beyond_toes, profound", true),
    WORD_KEY("motor", "none, mild, moderate, paralysis", true),
    WORD_KEY("arterial", "audible, inaudible", true),
    WORD_KEY("venous", "audible, inaudible", true),
    KEY_END,
};

const rule_entry WADI_RULES_CLINICAL[] = {
    {{.name = "rutherford",
      .title = "Rutherford category and Fontaine stage of chronic ischaemia",
      .source = HARDMAN "; Fontaine beside it after a public implementation",
      .standing = WADI_STANDING_FOUND,
      .keys = RUTHERFORD_KEYS,
      .answers = "rutherford, fontaine"},
     run_rutherford,
     table_rutherford},
    {{.name = "fontaine",
      .title = "Fontaine stage by walking distance",
      .source = "Trials 2017, doi:10.1186/s13063-017-1997-1, table 1",
      .standing = WADI_STANDING_FOUND,
      .open_question = "the limit is printed as 200, 150 and 100 m; exactly 200 m is in no row",
      .keys = FONTAINE_KEYS,
      .answers = "result, candidates"},
     run_fontaine,
     table_fontaine},
    {{.name = "ali",
      .title = "Rutherford category of acute limb ischaemia",
      .source = "J Vasc Surg 26 (1997) 517; Doppler columns of the AHA/ACC guideline",
      .standing = WADI_STANDING_FOUND,
      .open_question = "\"often\" and \"usually inaudible\" leave the arterial signal open",
      .keys = ALI_KEYS,
      .answers = "category"},
     run_ali,
     table_ali},
    ENTRY_END,
};
