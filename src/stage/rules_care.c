/* Punctures, drugs, devices and follow-up in the book of rules. */
#include "stage/rules_impl.h"
#include "wadi/puncture.h"

#include <string.h>

#define NOTE "technical note on below-the-ankle retrograde punctures, J Endovasc Ther"

/* ---- puncture zones ---- */

static const wadi_puncture_artery *find_artery(const char *name, wadi_error *err)
{
    const wadi_puncture_artery *row = wadi_puncture_find(name);
    const char *near = row ? NULL : wadi_puncture_suggest(name);

    if (!row &&
        wadi_fail(err, WADI_ERR_RANGE, "artery is '%s', which is none of the foot%s%s%s", name,
                  near ? "; did you mean '" : "", near ? near : "", near ? "'?" : ""))
        return NULL;
    return row;
}

static int first_zone(const wadi_puncture_artery *row)
{
    for (int zone = 1; zone <= 3; zone++)
        if (row->zones >> zone & 1)
            return zone;
    return 9; /* outside: never the easier one */
}

/* Which of two? Metatarsal before arch when both are equally feasible: one toe against the
 * whole foot. Otherwise the easier zone; within one zone the documents do not choose. */
static void answer_choice(wadi_answer *out, const question *q, const wadi_puncture_artery *a,
                          const wadi_puncture_artery *b)
{
    bool equal = wadi_asked_flag(q, "equal");
    const wadi_puncture_artery *chosen = NULL;

    if (equal && a->metatarsal && b->arch)
        chosen = a;
    else if (equal && b->metatarsal && a->arch)
        chosen = b;
    else if (first_zone(a) != first_zone(b))
        chosen = first_zone(a) < first_zone(b) ? a : b;
    if (chosen) {
        /* In the asker's own spelling. */
        wadi_answer_text(out, "choose", "%s",
                         wadi_asked_text(q, chosen == a ? "artery" : "alt"));
        wadi_answer_note(
            out, "%s",
            chosen->metatarsal
                ? "an injured metatarsal artery threatens one toe, the arch the whole foot"
                : "the easier zone");
    } else {
        wadi_answer_text(out, "choose", "AMBIGUOUS");
        wadi_answer_add(out, "candidates", a->name);
        wadi_answer_add(out, "candidates", b->name);
    }
}

static wadi_status run_zone(const question *q, wadi_answer *out, wadi_error *err)
{
    const wadi_puncture_artery *row = find_artery(wadi_asked_text(q, "artery"), err),
                               *other = NULL;
    const char *alternative = wadi_asked_text(q, "alt");
    int zone;

    if (!row || (alternative && !(other = find_artery(alternative, err))))
        return WADI_ERR_RANGE;
    zone = first_zone(row);
    if (!row->zones) {
        wadi_answer_text(out, "zone", "UNCLASSIFIED");
        wadi_answer_note(out, "the note gives %s no zone", row->name);
    } else {
        wadi_answer_grades(out, "zone", row->zones);
        if (row->zones == (1u << 1 | 1u << 2))
            wadi_answer_note(out, "its proximal part is in zone 1, its distal part in zone 2");
        /* What holds for the easier part of a divided artery need not hold for the other. */
        if (row->zones == 1u << zone) {
            wadi_answer_number(out, "sheathless", zone >= 2);
            wadi_answer_text(out, "hemostasis", "%s",
                             zone >= 2 ? "endoclamp" : "manual,endoclamp");
        }
        wadi_answer_number(out, "wire", row->metatarsal ? 0.014 : 0.018);
    }
    if (other)
        answer_choice(out, q, row, other);
    if (zone == 3)
        wadi_answer_note(out, "zone 3 only as a bailout at high risk of amputation; up to 1 in "
                              "6 such attempts failed");
    return WADI_OK;
}

static void table_zone(wadi_text *out)
{
    const wadi_puncture_artery *row;

    wadi_sheet_head(out, "artery", "reference leg", "zone", "wire, inch", "sheath",
                    "haemostasis", NULL);
    for (int i = 0; (row = wadi_puncture_at(i)); i++) {
        int zone = first_zone(row);
        bool divided = row->zones == (1u << 1 | 1u << 2);

        wadi_sheet_row(out, row->name, row->vessel ? row->vessel : "",
                       !row->zones ? "none"
                       : divided   ? "1 proximal, 2 distal"
                                   : CELL(zone),
                       !row->zones       ? ""
                       : row->metatarsal ? "0.014"
                                         : "0.018",
                       !row->zones || divided ? ""
                       : zone >= 2            ? "sheathless"
                                              : "allowed",
                       !row->zones || divided ? ""
                       : zone >= 2            ? "balloon 1:1 for 3-5 min"
                                              : "manual or balloon",
                       NULL);
    }
}

/* ---- angiosomes ---- */

static const struct angiosome_row {
    const char *name, *artery, *parent, *territory;
} ANGIOSOMES[] = {
    {"medial_plantar", "medial plantar", "PTA",
     "instep: midline of the sole to 2-3 cm above the glabrous junction"},
    {"lateral_plantar", "lateral plantar", "PTA", "lateral midfoot and forefoot, plantar"},
    {"medial_calcaneal", "medial calcaneal", "PTA",
     "medial and plantar heel to the glabrous junction"},
    {"dorsalis_pedis", "dorsalis pedis", "ATA",
     "dorsum of the foot, toes dorsal; anterior ankle"},
    {"lateral_calcaneal", "calcaneal branch of the peroneal", "PER",
     "lateral and plantar heel"},
    {"anterior_perforating", "anterior perforating branch", "PER", "anterolateral ankle"},
};

static wadi_status run_angiosome(const question *q, wadi_answer *out, wadi_error *err)
{
    const struct angiosome_row *row = &ANGIOSOMES[(int)wadi_asked(q, "name").value];

    (void)err;
    wadi_answer_text(out, "artery", "%s", row->artery);
    wadi_answer_text(out, "parent", "%s", row->parent);
    wadi_answer_text(out, "territory", "%s", row->territory);
    return WADI_OK;
}

static void table_angiosome(wadi_text *out)
{
    wadi_sheet_head(out, "angiosome", "source artery", "parent", "territory", NULL);
    for (size_t i = 0; i < WADI_COUNT_OF(ANGIOSOMES); i++)
        wadi_sheet_row(out, ANGIOSOMES[i].name, ANGIOSOMES[i].artery, ANGIOSOMES[i].parent,
                       ANGIOSOMES[i].territory, NULL);
}

/* ---- heparin ---- */

static wadi_status run_heparin(const question *q, wadi_answer *out, wadi_error *err)
{
    wadi_heparin_result result;
    wadi_status status =
        wadi_heparin(wadi_asked(q, "weight_kg").value, wadi_asked(q, "dose_mg_per_kg"),
                     wadi_asked(q, "dose_iu_per_kg"), &result, err);

    if (status)
        return status;
    wadi_answer_number(out, "iu", result.dose_iu);
    if (result.converted_from_mg) {
        wadi_answer_add(out, "warn", "MG_TO_IU_ASSUMED_100");
        wadi_answer_note(out, "mg/kg taken as %g IU/kg at 100 IU/mg, a convention",
                         result.dose_iu_per_kg);
        if (result.dose_iu_per_kg < 50 || result.dose_iu_per_kg > 100)
            wadi_answer_add(out, "warn", "SOFT_RANGE(dose_mg_per_kg)");
    }
    wadi_answer_note(out, "target activated clotting time 250-300 s (puncture note); above 250 "
                          "s there was more bleeding, 24 %% against 9.8 %% (PMID 31075466)");
    wadi_answer_note(out, "for information only: no order");
    return WADI_OK;
}

static void table_heparin(wadi_text *out)
{
    wadi_sheet_head(out, "statement", "source", NULL);
    wadi_sheet_row(out, "1 mg/kg unfractionated heparin, activated clotting time 250-300 s",
                   NOTE, NULL);
    wadi_sheet_row(out, "100 IU/kg is the usual unit", "PMID 38008930", NULL);
    wadi_sheet_row(
        out, "fixed 5000 IU, about 70 IU/kg; above 250 s more bleeding, 24 % against 9.8 %",
        "PMID 31075466", NULL);
    wadi_sheet_row(out, "allowed here: 10-200 IU/kg (0.1-2 mg/kg), usual 50-100",
                   "our engineering limits", NULL);
}

/* ---- surveillance ---- */

static wadi_status run_surveillance(const question *q, wadi_answer *out, wadi_error *err)
{
    const wadi_surveillance_visit visit = {
        .flow_ml_min = wadi_asked(q, "vf"),
        .previous_flow_ml_min = wadi_asked(q, "vf_prev"),
        .psv_cm_s = wadi_asked(q, "psv"),
        .previous_psv_cm_s = wadi_asked(q, "psv_prev"),
        .days = wadi_asked(q, "days"),
    };
    wadi_surveillance_result result;
    wadi_status status = wadi_surveillance(&visit, &result, err);

    if (status)
        return status;
    if (result.flow_100)
        wadi_answer_add(out, "critical", "VF_100");
    if (result.flow_195)
        wadi_answer_add(out, "alert", "VF_195");
    if (result.psv_55)
        wadi_answer_add(out, "alert", "PSV_55");
    if (result.fall_20)
        wadi_answer_add(out, "alert", "FALL_20");
    if (!out->item_count)
        wadi_answer_text(out, "result", "ok");
    if (result.flow_100 || result.flow_195)
        wadi_answer_note(out,
                         "two thresholds are published: 100 mL/min, risk of thrombosis (van "
                         "den Heuvel 2018); 195 mL/min, predicts failure (Schreve 2020)");
    return WADI_OK;
}

static void table_surveillance(wadi_text *out)
{
    wadi_sheet_head(out, "signal", "limit", "level", "meaning", "source", NULL);
    wadi_sheet_row(out, "volume flow", "<= 100 mL/min", "critical VF_100",
                   "risk of thrombosis; urgent review is our proposal", "van den Heuvel 2018",
                   NULL);
    wadi_sheet_row(out, "volume flow", "<= 195 mL/min", "alert VF_195",
                   "predicts failure; review is our proposal", "Schreve 2020, 22 patients",
                   NULL);
    wadi_sheet_row(out, "peak systolic velocity", "<= 55 cm/s", "alert PSV_55",
                   "review for reintervention", "Schreve 2020", NULL);
    wadi_sheet_row(out, "fall of flow or velocity", ">= 20 % within a month", "alert FALL_20",
                   "shorten the interval", "Huizing 2021", NULL);
    wadi_sheet_row(out, "TcPO2", "> 40 mmHg", "good",
                   "4 of 5 healed wounds; medians 8 to 61 mmHg", "van den Heuvel 2018", NULL);
    wadi_sheet_row(out, "visits", "every 14 days early, then for life", "schedule", "duplex",
                   "Huizing 2021; NICE IPG773", NULL);
}

/* ---- stents ---- */

static const char STENT_TARGETS[] = "PTA, PTV, ATA, ATV, PER, PERV, TPT, LPV, GSV";
enum { TARGET_GSV = 8 };

static wadi_status run_stent(const question *q, wadi_answer *out, wadi_error *err)
{
    double diameter = wadi_asked(q, "diam_mm").value, length = wadi_asked(q, "len_mm").value;
    wadi_maybe target = wadi_asked(q, "target");
    wadi_stent_check check =
        wadi_stent_range(diameter, length, target.known && target.value != TARGET_GSV);

    if (check.diameter_impossible || check.length_impossible)
        return wadi_fail(
            err, WADI_ERR_RANGE,
            "ERR_RANGE(%s%s%s)%s: a stent of %g x %g mm; allowed is diam_mm 2 to 13 mm, "
            "len_mm 15 to 250 mm%s",
            check.diameter_impossible ? "diam_mm" : "",
            check.diameter_impossible && check.length_impossible ? "," : "",
            check.length_impossible ? "len_mm" : "",
            check.oversize_tibial ? ";warn=DIAM_TIBIAL" : "", diameter, length,
            length < 15 && length * 10 <= 250 && length * 10 >= 15 ? " (in cm?)" : "");
    wadi_answer_text(out, "result", "ok");
    if (check.oversize_tibial) {
        wadi_answer_add(out, "warn", "DIAM_TIBIAL");
        wadi_answer_note(out, "%g mm in a vessel of the calf is far too wide", diameter);
    } else if (check.diameter_soft) {
        wadi_answer_add(out, "warn", "SOFT_RANGE(diam_mm)");
    }
    if (check.length_soft)
        wadi_answer_add(out, "warn", "SOFT_RANGE(len_mm)");
    return WADI_OK;
}

static void table_stent(wadi_text *out)
{
    wadi_sheet_head(out, "size", "there are", "usual here", "DIAM_TIBIAL", NULL);
    wadi_sheet_row(out, "diameter, mm", "2-13", "3.5-6", ">= 11 in a crural or pedal vessel",
                   NULL);
    wadi_sheet_row(out, "length, mm", "15-250", "40-250", "", NULL);
}

static const wadi_rule_key ZONE_KEYS[] = {
    {.name = "artery",
     .kind = WADI_KEY_WORD,
     .unit = "",
     .words = NULL,
     .required = true,
     .note = "name of the note or of the reference leg"},
    {.name = "alt",
     .kind = WADI_KEY_WORD,
     .unit = "",
     .words = NULL,
     .note = "a second candidate"},
    {.name = "equal",
     .kind = WADI_KEY_FLAG,
     .unit = "",
     .max = 1,
     .note = "both equally feasible"},
    KEY_END,
};

static const wadi_rule_key ANGIOSOME_KEYS[] = {
    WORD_KEY("name",
             "medial_plantar, lateral_plantar, medial_calcaneal, dorsalis_pedis, "
             "lateral_calcaneal, anterior_perforating",
             true),
    KEY_END,
};

static const wadi_rule_key HEPARIN_KEYS[] = {
    SOFT_KEY("weight_kg", "kg", 20, 350, 35, 200, true),
    NUMBER_KEY("dose_mg_per_kg", "mg/kg", 0.1, 2, false),
    SOFT_KEY("dose_iu_per_kg", "IU/kg", 10, 200, 50, 100, false),
    KEY_END,
};

static const wadi_rule_key SURVEILLANCE_KEYS[] = {
    SOFT_KEY("vf", "mL/min", 0, 5000, 20, 1500, false),
    SOFT_KEY("vf_prev", "mL/min", 0, 5000, 20, 1500, false),
    NUMBER_KEY("days", "days", 0, 3650, false),
    SOFT_KEY("psv", "cm/s", 0, 800, 10, 400, false),
    SOFT_KEY("psv_prev", "cm/s", 0, 800, 10, 400, false),
    KEY_END,
};

static const wadi_rule_key STENT_KEYS[] = {
    NUMBER_KEY("diam_mm", "mm", 2, 13, true),
    NUMBER_KEY("len_mm", "mm", 15, 250, true),
    WORD_KEY("target", STENT_TARGETS, false),
    KEY_END,
};

/* ---- dose log ---- */

/* Totals of a procedure against the levels that the user sets: the documents give none. */
static const struct dose_row {
    const char *total, *now, *before, *level, *alert, *unit;
} DOSES[] = {
    {"fluoro_total_min", "fluoro_min", "fluoro_before_min", "fluoro_alert_min", "FLUOROSCOPY",
     "min"},
    {"contrast_total_ml", "contrast_ml", "contrast_before_ml", "contrast_alert_ml", "CONTRAST",
     "mL"},
    {"dap_total_gy_cm2", "dap_gy_cm2", "dap_before_gy_cm2", "dap_alert_gy_cm2",
     "DOSE_AREA_PRODUCT", "Gy cm2"},
};

static const wadi_rule_key DOSE_KEYS[] = {
    NUMBER_KEY("fluoro_min", "min", 0, 600, false),
    NUMBER_KEY("fluoro_before_min", "min", 0, 600, false),
    NUMBER_KEY("fluoro_alert_min", "min", 1, 600, false),
    NUMBER_KEY("contrast_ml", "mL", 0, 2000, false),
    NUMBER_KEY("contrast_before_ml", "mL", 0, 2000, false),
    NUMBER_KEY("contrast_alert_ml", "mL", 1, 2000, false),
    NUMBER_KEY("dap_gy_cm2", "Gy cm2", 0, 5000, false),
    NUMBER_KEY("dap_before_gy_cm2", "Gy cm2", 0, 5000, false),
    NUMBER_KEY("dap_alert_gy_cm2", "Gy cm2", 1, 5000, false),
    KEY_END,
};

static wadi_status run_dose(const question *q, wadi_answer *out, wadi_error *err)
{
    bool any = false;

    for (size_t i = 0; i < WADI_COUNT_OF(DOSES); i++) {
        const struct dose_row *row = &DOSES[i];
        wadi_maybe now = wadi_asked(q, row->now), before = wadi_asked(q, row->before),
                   level = wadi_asked(q, row->level);
        double total = (now.known ? now.value : 0) + (before.known ? before.value : 0);

        if (!now.known && !before.known) {
            if (level.known)
                return wadi_fail(err, WADI_ERR_MISSING,
                                 "ERR_MISSING: %s is set, but %s is not given", row->level,
                                 row->now);
            continue;
        }
        any = true;
        wadi_answer_number(out, row->total, total);
        if (level.known && total >= level.value) {
            wadi_answer_add(out, "alert", row->alert);
            wadi_answer_note(out, "%g %s reach the alert level of %g", total, row->unit,
                             level.value);
        } else if (!level.known) {
            wadi_answer_note(out, "no alert level is set: %s", row->level);
        }
    }
    if (!any)
        return wadi_fail(err, WADI_ERR_MISSING,
                         "ERR_MISSING: give fluoro_min, contrast_ml or dap_gy_cm2");
    return WADI_OK;
}

static void table_dose(wadi_text *out)
{
    wadi_sheet_head(out, "total", "unit", "alert", "at", NULL);
    for (size_t i = 0; i < WADI_COUNT_OF(DOSES); i++)
        wadi_sheet_row(out, DOSES[i].total, DOSES[i].unit, DOSES[i].alert, DOSES[i].level,
                       NULL);
}

const rule_entry WADI_RULES_CARE[] = {
    {{"angiosome", "Source artery of an angiosome", "Attinger 2006", WADI_STANDING_FOUND, false,
      "the plantar heel belongs to two angiosomes", ANGIOSOME_KEYS,
      "artery, parent, territory"},
     run_angiosome,
     table_angiosome},
    {{"zone", "Puncture zone below the ankle", NOTE, WADI_STANDING_DOCUMENT, false,
      "where along the dorsalis pedis zone 1 ends is drawn, not measured", ZONE_KEYS,
      "zone, candidates, sheathless, hemostasis, wire, choose"},
     run_zone,
     table_zone},
    {{"heparin", "Heparin bolus, for information", NOTE "; PMID 38008930; PMID 31075466",
      WADI_STANDING_DOCUMENT, false, "the document prints mg/kg; 100 IU/mg is a convention",
      HEPARIN_KEYS, "iu, warn"},
     run_heparin,
     table_heparin},
    {{"surveillance", "Alerts of a duplex visit",
      "van den Heuvel 2018; Schreve 2020; Huizing 2021", WADI_STANDING_FOUND, false,
      "two flow thresholds; duplex volume flow is off by about a third", SURVEILLANCE_KEYS,
      "critical, alert, result, warn"},
     run_surveillance,
     table_surveillance},
    {{"stent", "Can there be such a stent graft?",
      "size tables; Hasanli 2026, table 2, prints 13 mm x 5 mm", WADI_STANDING_DECISION, false,
      NULL, STENT_KEYS, "result, warn"},
     run_stent,
     table_stent},
    {{"dose", "Dose log: totals of a procedure against alert levels",
      "levels are set by the user", WADI_STANDING_DECISION, false,
      "no document states a level; published fluoroscopy time for ultrasound-guided wiring is "
      "72.3 +- 32.5 min (Hayakawa 2023)",
      DOSE_KEYS, "fluoro_total_min, contrast_total_ml, dap_total_gy_cm2, alert"},
     run_dose,
     table_dose},
    ENTRY_END,
};
