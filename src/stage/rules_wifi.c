/* WIfI in the book of rules. */
#include "stage/rules_impl.h"
#include "stage/wifi_impl.h"

#define MILLS "Mills 2014, J Vasc Surg 59:220, doi:10.1016/j.jvs.2013.08.003"

static wadi_status run_wound(const question *q, wadi_answer *out, wadi_error *err)
{
    const wadi_wound_findings findings = {(wadi_ulcer)wadi_asked(q, "ulcer").value,
                                          (wadi_gangrene)wadi_asked(q, "gangrene").value};
    int grade;
    wadi_status status = wadi_wifi_wound(&findings, &grade, err);

    if (status)
        return status;
    wadi_answer_number(out, "grade", grade);
    wadi_answer_note(out, "%s", WADI_WIFI_WOUND[grade].clinical);
    return WADI_OK;
}

static void table_wound(wadi_text *out)
{
    wadi_sheet_head(out, "grade", "ulcer", "gangrene", "meaning", NULL);
    for (int g = 0; g < 4; g++)
        wadi_sheet_row(out, CELL(g), WADI_WIFI_WOUND[g].ulcer, WADI_WIFI_WOUND[g].gangrene,
                       WADI_WIFI_WOUND[g].clinical, NULL);
}

static wadi_status run_ischemia(const question *q, wadi_answer *out, wadi_error *err)
{
    const wadi_perfusion perfusion = {
        .abi = wadi_asked(q, "abi"),
        .ankle_pressure_mmhg = wadi_asked(q, "ankle_pressure"),
        .toe_pressure_mmhg = wadi_asked(q, "toe_pressure"),
        .tcpo2_mmhg = wadi_asked(q, "tcpo2"),
        .flat_pvr = wadi_asked_flag(q, "flat_pvr"),
    };
    wadi_wifi_ischemia_result result;
    wadi_status status = wadi_wifi_ischemia(&perfusion, &result, err);

    if (status)
        return status;
    wadi_answer_grades(out, "grade", result.candidates);
    wadi_answer_note(out, "the %s governs", result.governed_by);
    if (result.noncompressible) {
        wadi_answer_add(out, "warn", "NONCOMPRESSIBLE");
        wadi_answer_note(out, "index %g is above 1.30: index and ankle pressure are not used",
                         perfusion.abi.value);
    }
    if (result.discordant) {
        wadi_answer_add(out, "warn", "DISCORDANT");
        wadi_answer_note(out, "two measurements give different grades");
    }
    if (result.edge) {
        wadi_answer_add(out, "warn", "EDGE");
        wadi_answer_note(out,
                         "the value lies between two printed ranges; read as the first grade "
                         "whose limit it reaches");
    }
    return WADI_OK;
}

static void table_ischemia(wadi_text *out)
{
    wadi_sheet_head(out, "grade", "ankle-brachial index", "ankle pressure, mmHg",
                    "toe pressure or TcPO2, mmHg", NULL);
    for (int g = 0; g < 4; g++)
        wadi_sheet_row(out, CELL(g), WADI_WIFI_ISCHEMIA[g].abi_printed,
                       WADI_WIFI_ISCHEMIA[g].ankle_printed, WADI_WIFI_ISCHEMIA[g].toe_printed,
                       NULL);
}

static wadi_status run_infection(const question *q, wadi_answer *out, wadi_error *err)
{
    const wadi_infection_signs signs = {
        .signs = wadi_asked(q, "signs"),
        .erythema_cm = wadi_asked(q, "erythema_cm"),
        .temp_c = wadi_asked(q, "temp"),
        .heart_rate = wadi_asked(q, "hr"),
        .resp_rate = wadi_asked(q, "rr"),
        .paco2_mmhg = wadi_asked(q, "paco2"),
        .wbc_1e9_l = wadi_asked(q, "wbc"),
        .bands_percent = wadi_asked(q, "bands"),
        .osteomyelitis = wadi_asked_flag(q, "osteomyelitis"),
        .abscess = wadi_asked_flag(q, "abscess"),
        .deep = wadi_asked_flag(q, "deep"),
    };
    wadi_wifi_infection_result result;
    wadi_status status = wadi_wifi_infection(&signs, &result, err);

    if (status)
        return status;
    wadi_answer_number(out, "grade", result.grade);
    wadi_answer_note(out, "%g local signs, %d systemic", signs.signs.value, result.sirs_count);
    for (int i = 1; q->rule->keys[i].name; i++)
        if (!q->values[i].known)
            wadi_answer_note(out, "%s is not stated and counts as not found",
                             q->rule->keys[i].name);
    if (result.edge) {
        wadi_answer_add(out, "warn", "EDGE");
        wadi_answer_note(out,
                         "bands of exactly 10 %% decide; some reproductions print > 10 %%");
    }
    return WADI_OK;
}

static void table_infection(wadi_text *out)
{
    wadi_sheet_head(out, "grade", "IDSA", "definition", NULL);
    wadi_sheet_row(out, "0", "uninfected",
                   "fewer than 2 of: swelling, erythema > 0.5 cm, tenderness, warmth, pus",
                   NULL);
    wadi_sheet_row(out, "1", "mild", ">= 2 signs, skin and subcutis only, erythema <= 2 cm",
                   NULL);
    wadi_sheet_row(
        out, "2", "moderate",
        ">= 2 signs and erythema > 2 cm or a deeper structure (abscess, osteomyelitis, "
        "arthritis, fasciitis)",
        NULL);
    wadi_sheet_row(
        out, "3", "severe",
        ">= 2 signs and >= 2 of: temperature > 38 or < 36 C; heart rate > 90; breaths > "
        "20 or PaCO2 < 32 mmHg; white cells > 12 or < 4 x10^9/L or >= 10 % bands",
        NULL);
}

static wadi_status run_stage(const question *q, wadi_answer *out, wadi_error *err)
{
    bool unsalvageable = wadi_asked_flag(q, "unsalvageable");
    wadi_wifi_stage_result result;
    wadi_status status =
        wadi_wifi_stage((int)wadi_asked(q, "W").value, (int)wadi_asked(q, "I").value,
                        (int)wadi_asked(q, "fI").value, unsalvageable, &result, err);

    if (status)
        return status;
    if (!unsalvageable)
        wadi_answer_text(out, "risk", "%s", wadi_wifi_risk_text(result.risk));
    else
        wadi_answer_note(out, "declared unsalvageable by the clinician; the cell itself is %s",
                         wadi_wifi_risk_text(result.risk));
    wadi_answer_number(out, "stage", result.stage);
    return WADI_OK;
}

static void table_grid(wadi_text *out, const wadi_wifi_risk grid[4][4][4])
{
    wadi_sheet_head(out, "W", "I", "fI 0", "fI 1", "fI 2", "fI 3", NULL);
    for (int w = 0; w < 4; w++)
        for (int i = 0; i < 4; i++)
            wadi_sheet_row(out, CELL(w), CELL(i), wadi_wifi_risk_text(grid[w][i][0]),
                           wadi_wifi_risk_text(grid[w][i][1]),
                           wadi_wifi_risk_text(grid[w][i][2]),
                           wadi_wifi_risk_text(grid[w][i][3]), NULL);
}

static void table_stage(wadi_text *out)
{
    table_grid(out, WADI_WIFI_AMPUTATION);
    wadi_text_add(out, "\nStage: VL 1, L 2, M 3, H 4; 5 only when declared unsalvageable.\n");
}

static void table_revasc(wadi_text *out)
{
    table_grid(out, WADI_WIFI_BENEFIT);
}

static const wadi_rule_key WOUND_KEYS[] = {
    WORD_KEY("ulcer", "none, shallow, deep, heel_shallow, extensive, heel_deep", true),
    WORD_KEY("gangrene", "none, digits, extensive, heel", true),
    KEY_END,
};

/* Above 1.30 the rule itself speaks (NONCOMPRESSIBLE); only the lower end is a soft range. */
static const wadi_rule_key ISCHEMIA_KEYS[] = {
    NOTED_KEY("abi", "", 0, 2.5, 0.1, 2.5, false, "a ratio, not a percentage or a pressure"),
    SOFT_KEY("ankle_pressure", "mmHg", 0, 300, 20, 220, false),
    SOFT_KEY("toe_pressure", "mmHg", 0, 250, 0, 180, false),
    SOFT_KEY("tcpo2", "mmHg", 0, 120, 0, 90, false),
    FLAG_KEY("flat_pvr", false),
    KEY_END,
};

static const wadi_rule_key INFECTION_KEYS[] = {
    INT_KEY("signs", 0, 5, true),
    SOFT_KEY("erythema_cm", "cm", 0, 30, 0, 15, false),
    NOTED_KEY("temp", "C", 25, 45, 34, 42, false, "in degrees C, not F"),
    SOFT_KEY("hr", "/min", 0, 300, 30, 220, false),
    SOFT_KEY("rr", "/min", 0, 80, 6, 50, false),
    SOFT_KEY("paco2", "mmHg", 5, 150, 15, 90, false),
    NOTED_KEY("wbc", "10^9/L", 0, 200, 0.5, 60, false, "in 10^9/L, not per microlitre"),
    SOFT_KEY("bands", "%", 0, 100, 0, 50, false),
    FLAG_KEY("osteomyelitis", false),
    FLAG_KEY("abscess", false),
    FLAG_KEY("deep", false),
    KEY_END,
};

static const wadi_rule_key STAGE_KEYS[] = {
    {.name = "W",
     .kind = WADI_KEY_INT,
     .unit = "",
     .max = 3,
     .required = true,
     .note = "wound grade"},
    {.name = "I",
     .kind = WADI_KEY_INT,
     .unit = "",
     .max = 3,
     .required = true,
     .note = "ischaemia grade"},
    {.name = "fI",
     .kind = WADI_KEY_INT,
     .unit = "",
     .max = 3,
     .required = true,
     .note = "foot infection grade"},
    FLAG_KEY("unsalvageable", false),
    KEY_END,
};

const rule_entry WADI_RULES_WIFI[] = {
    {{.name = "wifi_wound",
      .title = "WIfI wound grade",
      .source = MILLS ", as reproduced in PMC6200626",
      .standing = WADI_STANDING_FOUND,
      .keys = WOUND_KEYS,
      .answers = "grade"},
     run_wound,
     table_wound},
    {{.name = "wifi_ischemia",
      .title = "WIfI ischaemia grade; toe pressure governs",
      .source = MILLS ", as reproduced in PMC11279131, table 2",
      .standing = WADI_STANDING_FOUND,
      .open_question =
          "70 mmHg at the ankle stands in two rows; above which index an ankle is not "
          "compressible (1.30 here, 1.40 elsewhere)",
      .keys = ISCHEMIA_KEYS,
      .answers = "grade, candidates, warn"},
     run_ischemia,
     table_ischemia},
    {{.name = "wifi_infection",
      .title = "WIfI foot infection grade",
      .source = "IDSA 2012, as reproduced in PMC6174858, table 1",
      .standing = WADI_STANDING_FOUND,
      .open_question = "bands of exactly 10 % (some print > 10 %)",
      .keys = INFECTION_KEYS,
      .answers = "grade, warn"},
     run_infection,
     table_infection},
    {{.name = "wifi_stage",
      .title = "WIfI amputation risk and clinical stage",
      .source = MILLS "; the grid equals one public implementation in 64 cells, another in 63",
      .standing = WADI_STANDING_CONFIRMED,
      .open_question = "stage 5 is a declaration, not a cell of the grid (recalled)",
      .keys = STAGE_KEYS,
      .answers = "risk, stage"},
     run_stage,
     table_stage},
    {{.name = "wifi_revasc",
      .title = "WIfI benefit of revascularization",
      .source = MILLS,
      .standing = WADI_STANDING_MEMORY,
      .off = true,
      .open_question =
          "recalled, no second copy found, not monotone at I 1 fI 2: switched off until "
          "somebody has read the paper",
      .keys = STAGE_KEYS,
      .answers = "result"},
     run_stage,
     table_revasc},
    ENTRY_END,
};
