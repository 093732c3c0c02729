/* Anatomical scores of arteries in the book of rules. */
#include "stage/glass_impl.h"
#include "stage/rules_impl.h"

#include <math.h>

#define CONTE "Conte 2019, Global Vascular Guidelines, doi:10.1016/j.jvs.2019.02.016"

static wadi_status run_glass_fp(const question *q, wadi_answer *out, wadi_error *err)
{
    double occluded = wadi_asked(q, "sfa_occluded_mm").value;
    wadi_maybe count = wadi_asked(q, "sfa_occlusions");
    const wadi_glass_fp_findings findings = {
        .sfa_disease_mm = fmax(wadi_asked(q, "sfa_disease_mm").value, occluded),
        .sfa_occluded_mm = occluded,
        .sfa_occlusions = count.known ? (int)count.value : 1,
        .sfa_flush = wadi_asked_flag(q, "flush"),
        .popliteal_stenosis_mm = wadi_asked(q, "pop_stenosis_mm").value,
        .popliteal_occluded = wadi_asked_flag(q, "pop_occluded"),
        .trifurcation = wadi_asked_flag(q, "trifurcation"),
    };
    unsigned candidates;
    int grade;
    wadi_status status = wadi_glass_fp(&findings, &grade, &candidates, err);

    if (!status)
        wadi_answer_grades(out, "grade", candidates);
    return status;
}

static void table_glass_fp(wadi_text *out)
{
    wadi_sheet_head(out, "grade", "superficial femoral disease",
                    "superficial femoral occlusion", "popliteal", NULL);
    wadi_sheet_row(out, "0", "mild or none (< 50 %)", "", "mild or none", NULL);
    wadi_sheet_row(out, "1", "< 10 cm (< 1/3)", "single, < 5 cm, not flush", "mild or none",
                   NULL);
    wadi_sheet_row(out, "2", "10-20 cm", "total < 10 cm, not flush",
                   "stenosis < 2 cm, trifurcation spared", NULL);
    wadi_sheet_row(out, "3", "> 20 cm (> 2/3)", "flush < 20 cm, or not flush 10-20 cm",
                   "stenosis 2-5 cm, trifurcation spared", NULL);
    wadi_sheet_row(out, "4", "", "> 20 cm",
                   "> 5 cm, or into the trifurcation, or any occlusion", NULL);
}

static wadi_status run_glass_ip(const question *q, wadi_answer *out, wadi_error *err)
{
    double occluded = wadi_asked(q, "occluded_mm").value;
    const wadi_glass_ip_findings findings = {
        .vessel_mm = wadi_asked(q, "vessel_mm").value,
        .stenosed_mm = fmax(wadi_asked(q, "disease_mm").value, occluded),
        .occluded_mm = occluded,
        .origin_occluded = wadi_asked_flag(q, "origin"),
        .trunk_occluded = wadi_asked_flag(q, "trunk"),
        .target_is_anterior = wadi_asked_flag(q, "target_anterior"),
    };
    int grade;
    wadi_status status = wadi_glass_ip(&findings, &grade, err);

    if (!status)
        wadi_answer_number(out, "grade", grade);
    return status;
}

static void table_glass_ip(wadi_text *out)
{
    wadi_sheet_head(out, "grade", "stenosis", "occlusion", NULL);
    wadi_sheet_row(out, "0", "mild or none in the target path", "", NULL);
    wadi_sheet_row(out, "1", "focal, < 3 cm", "", NULL);
    wadi_sheet_row(out, "2", "up to 1/3 of the vessel", "< 3 cm, trunk and origin spared",
                   NULL);
    wadi_sheet_row(out, "3", "up to 2/3 of the vessel",
                   "up to 1/3 of the vessel, perhaps with the origin, trunk spared", NULL);
    wadi_sheet_row(
        out, "4", "> 2/3 of the vessel",
        "> 1/3 of the vessel; any of the tibioperoneal trunk unless the anterior tibial "
        "is the target",
        NULL);
}

static wadi_status run_glass_im(const question *q, wadi_answer *out, wadi_error *err)
{
    int descriptor =
        wadi_glass_im(wadi_asked_flag(q, "crosses_ankle"), wadi_asked_flag(q, "arch"));

    (void)err;
    wadi_answer_text(out, "IM", "P%d", descriptor);
    return WADI_OK;
}

static void table_glass_im(wadi_text *out)
{
    wadi_sheet_head(out, "descriptor", "definition", NULL);
    wadi_sheet_row(out, "P0",
                   "the target artery crosses the ankle into a foot with an intact arch", NULL);
    wadi_sheet_row(out, "P1", "it crosses the ankle; the arch is absent or severely diseased",
                   NULL);
    wadi_sheet_row(out, "P2", "no target artery crosses the ankle", NULL);
}

static wadi_status run_glass(const question *q, wadi_answer *out, wadi_error *err)
{
    static const char *const OUTCOME[] = {
        NULL,
        "published: technical failure < 10 %, limb-based patency at 12 months > 70 %",
        "published: technical failure < 20 %, limb-based patency at 12 months 50-70 %",
        "published: technical failure > 20 % (observed 13 of 58), limb-based patency at 12 "
        "months < 50 %",
    };
    bool calcium_fp = wadi_asked_flag(q, "calcFP"), calcium_ip = wadi_asked_flag(q, "calcIP");
    wadi_glass_result result;
    wadi_status status =
        wadi_glass_stage((int)wadi_asked(q, "FP").value, (int)wadi_asked(q, "IP").value,
                         calcium_fp, calcium_ip, &result, err);

    if (status)
        return status;
    if (calcium_fp)
        wadi_answer_number(out, "FP_adj", result.fp_adjusted);
    if (calcium_ip)
        wadi_answer_number(out, "IP_adj", result.ip_adjusted);
    wadi_answer_text(out, "stage", "%s", wadi_glass_stage_text(result.stage));
    if (wadi_asked(q, "IM").known)
        wadi_answer_text(out, "IM", "P%g", wadi_asked(q, "IM").value);
    if (result.calcification_on_grade0) {
        wadi_answer_add(out, "warn", "CALC_ON_GRADE0");
        wadi_answer_note(out,
                         "severe calcium on grade 0 raises it to 1, as the text is written");
    }
    if (OUTCOME[result.stage])
        wadi_answer_note(out, "%s", OUTCOME[result.stage]);
    return WADI_OK;
}

static void table_glass(wadi_text *out)
{
    wadi_sheet_head(out, "FP \\ IP", "0", "1", "2", "3", "4", NULL);
    for (int fp = 0; fp < 5; fp++)
        wadi_sheet_row(out, CELL(fp), wadi_glass_stage_text(WADI_GLASS_STAGE[fp][0]),
                       wadi_glass_stage_text(WADI_GLASS_STAGE[fp][1]),
                       wadi_glass_stage_text(WADI_GLASS_STAGE[fp][2]),
                       wadi_glass_stage_text(WADI_GLASS_STAGE[fp][3]),
                       wadi_glass_stage_text(WADI_GLASS_STAGE[fp][4]), NULL);
    wadi_text_add(
        out, "\nSevere calcification (more than half the circumference, or bulky) raises a "
             "segment by one, at most to 4, before the matrix. The inframalleolar "
             "descriptor never enters it.\n\n");
    wadi_sheet_head(out, "stage", "technical failure", "limb-based patency at 12 months",
                    "observed", NULL);
    wadi_sheet_row(out, "I", "< 10 %", "> 70 %", "59 % (I and II together)", NULL);
    wadi_sheet_row(out, "II", "< 20 %", "50-70 %", "59 % (I and II together)", NULL);
    wadi_sheet_row(out, "III", "> 20 %", "< 50 %", "42 %; technical failure 13 of 58", NULL);
}

/* TASC II by lengths; the worst that applies. */
static wadi_status run_tasc(const question *q, wadi_answer *out, wadi_error *err)
{
    double total = wadi_asked(q, "total_mm").value;
    wadi_maybe longest = wadi_asked(q, "longest_mm");
    bool single = wadi_asked(q, "lesions").value == 1,
         occlusion = wadi_asked_flag(q, "occlusion");
    bool popliteal = wadi_asked_flag(q, "popliteal");

    if (longest.known && longest.value > total)
        return wadi_fail(err, WADI_ERR_RANGE,
                         "longest_mm is %g, allowed is 0 to total_mm = %g mm", longest.value,
                         total);
    if ((wadi_asked_flag(q, "pop_cto") && wadi_asked_flag(q, "trifurcation")) ||
        (occlusion && total > 200 && popliteal))
        wadi_answer_text(out, "result", "D");
    else if ((!single && total > 150) || wadi_asked_flag(q, "recurrent"))
        wadi_answer_text(out, "result", "C");
    else if (!single && total == 150) {
        wadi_answer_text(out, "result", "AMBIGUOUS");
        wadi_answer_text(out, "candidates", "B,C");
    } else if (single && !popliteal && !wadi_asked_flag(q, "calcified") &&
               total <= (occlusion ? 50 : 100))
        wadi_answer_text(out, "result", "A");
    else if (single ? total <= 150 || (popliteal && !occlusion)
                    : longest.known && longest.value <= 50)
        wadi_answer_text(out, "result", "B");
    else {
        wadi_answer_text(out, "result", "UNCLASSIFIED");
        wadi_answer_note(
            out, "no row covers these findings%s",
            single || longest.known ? "" : "; longest_mm (the longest lesion) is not given");
    }
    return WADI_OK;
}

static void table_tasc(wadi_text *out)
{
    wadi_sheet_head(out, "type", "criterion", NULL);
    wadi_sheet_row(out, "A", "single stenosis <= 10 cm; single occlusion <= 5 cm", NULL);
    wadi_sheet_row(
        out, "B",
        "several lesions each <= 5 cm; single lesion <= 15 cm, popliteal below the knee "
        "spared; heavily calcified occlusion <= 5 cm; single popliteal stenosis",
        NULL);
    wadi_sheet_row(out, "C",
                   "several lesions > 15 cm in all (one source prints >= 15); recurrence after "
                   "two interventions",
                   NULL);
    wadi_sheet_row(
        out, "D",
        "occlusion > 20 cm with the popliteal; popliteal occlusion with the trifurcation",
        NULL);
}

static wadi_status run_kawarada(const question *q, wadi_answer *out, wadi_error *err)
{
    (void)err;
    wadi_answer_text(
        out, "result", "%s",
        wadi_kawarada(wadi_asked_flag(q, "dorsal"), wadi_asked_flag(q, "plantar")));
    return WADI_OK;
}

static void table_kawarada(wadi_text *out)
{
    wadi_sheet_head(out, "type", "dorsalis pedis", "plantar", NULL);
    for (int cell = 3; cell >= 0; cell--)
        wadi_sheet_row(out, wadi_kawarada(cell & 2, cell & 1), cell & 2 ? "patent" : "occluded",
                       cell & 1 ? "patent" : "occluded", NULL);
}

static wadi_status run_pacss(const question *q, wadi_answer *out, wadi_error *err)
{
    int grade;
    wadi_status status =
        wadi_pacss((int)wadi_asked(q, "sides").value, wadi_asked(q, "cm"), &grade, err);

    if (!status)
        wadi_answer_number(out, "grade", grade);
    return status;
}

static void table_pacss(wadi_text *out)
{
    wadi_sheet_head(out, "grade", "sides of the wall", "length", NULL);
    wadi_sheet_row(out, "0", "none", "", NULL);
    wadi_sheet_row(out, "1", "one", "< 5 cm", NULL);
    wadi_sheet_row(out, "2", "one", ">= 5 cm", NULL);
    wadi_sheet_row(out, "3", "both", "< 5 cm", NULL);
    wadi_sheet_row(out, "4", "both", ">= 5 cm", NULL);
}

static wadi_status run_mac(const question *q, wadi_answer *out, wadi_error *err)
{
    const wadi_mac_lengths lengths = {
        wadi_asked(q, "dp").value,    wadi_asked(q, "plantar").value,
        wadi_asked(q, "met").value,   wadi_asked(q, "hallux").value,
        wadi_asked(q, "other").value,
    };
    wadi_mac_result result;
    wadi_status status = wadi_mac(&lengths, &result, err);

    if (status)
        return status;
    wadi_answer_number(out, "points", result.points);
    wadi_answer_text(out, "liu", "%s", result.liu);
    wadi_answer_text(out, "aha_abs", "%s", result.aha_abs);
    return WADI_OK;
}

static void table_mac(wadi_text *out)
{
    wadi_sheet_head(out, "site", "a point above", NULL);
    wadi_sheet_row(out, "dorsalis pedis; plantar; metatarsal", "2 cm each", NULL);
    wadi_sheet_row(out, "hallux; another digit", "1 cm each", NULL);
    wadi_text_add(out, "\n");
    wadi_sheet_head(out, "scheme", "mild", "moderate", "severe", NULL);
    wadi_sheet_row(out, "Liu 2022", "0-1", "2-4", "5", NULL);
    wadi_sheet_row(out, "Circulation abstract 13208", "0-2", "3-4", "5", NULL);
    wadi_sheet_row(out, "Ferraresi 2021 (recalled: switched off)", "0-1", "2-3", "4-5", NULL);
}

static wadi_status run_sad(const question *q, wadi_answer *out, wadi_error *err)
{
    (void)err;
    wadi_answer_number(out, "grade", wadi_asked(q, "vessels").value);
    return WADI_OK;
}

static void table_sad(wadi_text *out)
{
    wadi_sheet_head(out, "grade", "small arteries of the foot", NULL);
    wadi_sheet_row(out, "0", "open: absent or mild disease", NULL);
    wadi_sheet_row(
        out, "1",
        "partly_occluded: significant disease of forefoot, calcaneal, tarsal or arch vessels",
        NULL);
    wadi_sheet_row(
        out, "2",
        "occluded: forefoot and arch occluded, few or no metatarsal and digital vessels", NULL);
}

static wadi_status run_jbtk(const question *q, wadi_answer *out, wadi_error *err)
{
    const wadi_jbtk_findings findings = {
        wadi_asked_flag(q, "blunt"),      wadi_asked_flag(q, "calc"),
        wadi_asked(q, "rvd_mm").value,    wadi_asked(q, "cto_mm").value,
        wadi_asked_flag(q, "no_outflow"),
    };
    wadi_jbtk_result result;
    wadi_status status = wadi_jbtk(&findings, &result, err);
    const wadi_jbtk_success *row;

    if (status)
        return status;
    row = wadi_jbtk_published(result.grade);
    wadi_answer_number(out, "score", result.score);
    wadi_answer_text(out, "grade", "%c", result.grade);
    wadi_answer_note(out,
                     "guidewire success, conventional wiring: %g %% (Tan 2021; n of the grade "
                     "not printed in our source)",
                     row->conventional_percent);
    wadi_answer_note(out,
                     "guidewire success, IVUS-guided wiring: %d of %d, Wilson 95 %% %.1f-%.1f "
                     "%% (Hayakawa 2023)",
                     row->ivus_success, row->ivus_count, 100 * row->wilson_low_frac,
                     100 * row->wilson_high_frac);
    wadi_answer_note(out, "not like for like: Tan counts all comers, Hayakawa those in whom "
                          "conventional wiring had failed and IVUS was judged usable");
    if (result.grade == 'D')
        wadi_answer_note(out, "grade D is the so-called no-option limb: consider deep venous "
                              "arterialization (Hayakawa 2023)");
    return WADI_OK;
}

static void table_jbtk(wadi_text *out)
{
    wadi_sheet_head(out, "component", "counts when", "points", NULL);
    wadi_sheet_row(out, "entry", "blunt", "1", NULL);
    wadi_sheet_row(out, "calcification at the proximal entry", "present", "1", NULL);
    wadi_sheet_row(out, "reference vessel diameter", "< 2.0 mm", "1", NULL);
    wadi_sheet_row(out, "length of the occlusion", "> 200 mm", "1", NULL);
    wadi_sheet_row(out, "outflow of the target vessel", "absent", "2", NULL);
    wadi_text_add(out, "\n");
    wadi_sheet_head(out, "grade", "score", "conventional, % (Tan 2021)",
                    "IVUS-guided (Hayakawa 2023)", "Wilson 95 %, recomputed", "printed there",
                    NULL);
    for (int g = 0; g < 4; g++) {
        char grade = (char)('A' + g);
        const wadi_jbtk_success *row = wadi_jbtk_published(grade);
        char score[32], counts[32], wilson[48], printed[48] = "none";

        snprintf(score, sizeof score, "%d-%d", row->score_min, row->score_max);
        snprintf(counts, sizeof counts, "%d of %d", row->ivus_success, row->ivus_count);
        snprintf(wilson, sizeof wilson, "%.1f-%.1f", 100 * row->wilson_low_frac,
                 100 * row->wilson_high_frac);
        if (!isnan(row->printed_low_percent))
            snprintf(printed, sizeof printed, "%g-%g", row->printed_low_percent,
                     row->printed_high_percent);
        wadi_sheet_row(out, (char[2]){grade, 0}, score, CELL(row->conventional_percent), counts,
                       wilson, printed, NULL);
    }
    wadi_text_add(out, "\nThe two success columns are not like for like: all comers with "
                       "conventional wiring, and "
                       "those in whom it had failed and ultrasound was judged usable.\n");
}

static const wadi_rule_key GLASS_FP_KEYS[] = {
    NUMBER_KEY("sfa_disease_mm", "mm", 0, 600, false),
    NUMBER_KEY("sfa_occluded_mm", "mm", 0, 600, false),
    INT_KEY("sfa_occlusions", 0, 20, false),
    FLAG_KEY("flush", false),
    NUMBER_KEY("pop_stenosis_mm", "mm", 0, 300, false),
    FLAG_KEY("pop_occluded", false),
    FLAG_KEY("trifurcation", false),
    KEY_END,
};

static const wadi_rule_key GLASS_IP_KEYS[] = {
    NUMBER_KEY("vessel_mm", "mm", 50, 600, true),
    NUMBER_KEY("disease_mm", "mm", 0, 600, false),
    NUMBER_KEY("occluded_mm", "mm", 0, 600, false),
    FLAG_KEY("origin", false),
    FLAG_KEY("trunk", false),
    FLAG_KEY("target_anterior", false),
    KEY_END,
};

static const wadi_rule_key GLASS_IM_KEYS[] = {
    FLAG_KEY("crosses_ankle", true),
    FLAG_KEY("arch", true),
    KEY_END,
};

static const wadi_rule_key GLASS_KEYS[] = {
    INT_KEY("FP", 0, 4, true), INT_KEY("IP", 0, 4, true),           FLAG_KEY("calcFP", false),
    FLAG_KEY("calcIP", false), WORD_KEY("IM", "P0, P1, P2", false), KEY_END,
};

static const wadi_rule_key TASC_KEYS[] = {
    INT_KEY("lesions", 1, 50, true),
    NUMBER_KEY("total_mm", "mm", 1, 600, true),
    NUMBER_KEY("longest_mm", "mm", 0, 600, false),
    FLAG_KEY("occlusion", false),
    FLAG_KEY("calcified", false),
    FLAG_KEY("popliteal", false),
    FLAG_KEY("pop_cto", false),
    FLAG_KEY("trifurcation", false),
    FLAG_KEY("recurrent", false),
    KEY_END,
};

static const wadi_rule_key KAWARADA_KEYS[] = {FLAG_KEY("dorsal", true),
                                              FLAG_KEY("plantar", true), KEY_END};
static const wadi_rule_key PACSS_KEYS[] = {INT_KEY("sides", 0, 2, true),
                                           NUMBER_KEY("cm", "cm", 0, 60, false), KEY_END};

static const wadi_rule_key MAC_KEYS[] = {
    NUMBER_KEY("dp", "cm", 0, 30, true),    NUMBER_KEY("plantar", "cm", 0, 30, true),
    NUMBER_KEY("met", "cm", 0, 30, true),   NUMBER_KEY("hallux", "cm", 0, 30, true),
    NUMBER_KEY("other", "cm", 0, 30, true), KEY_END,
};

static const wadi_rule_key SAD_KEYS[] = {
    WORD_KEY("vessels", "open, partly_occluded, occluded", true), KEY_END};

static const wadi_rule_key JBTK_KEYS[] = {
    FLAG_KEY("blunt", true),
    FLAG_KEY("calc", true),
    SOFT_KEY("rvd_mm", "mm", 0.3, 8, 0.8, 5, true),
    NOTED_KEY("cto_mm", "mm", 1, 600, 5, 450, true, "in mm, not cm"),
    FLAG_KEY("no_outflow", true),
    KEY_END,
};

const rule_entry WADI_RULES_ARTERY[] = {
    {{"glass_fp", "GLASS femoropopliteal grade, before calcification", CONTE,
      WADI_STANDING_CONFIRMED, false, "a flush occlusion of exactly 20 cm is in no row",
      GLASS_FP_KEYS, "grade, candidates"},
     run_glass_fp,
     table_glass_fp},
    {{"glass_ip", "GLASS infrapopliteal grade, before calcification", CONTE,
      WADI_STANDING_CONFIRMED, false, NULL, GLASS_IP_KEYS, "grade"},
     run_glass_ip,
     table_glass_ip},
    {{"glass_im", "GLASS inframalleolar descriptor", CONTE, WADI_STANDING_CONFIRMED, false,
      NULL, GLASS_IM_KEYS, "IM"},
     run_glass_im,
     table_glass_im},
    {{"glass_stage", "GLASS stage of the limb",
      CONTE "; matrix confirmed in 25 of 25 cells; observed rates PubMed 33548444",
      WADI_STANDING_CONFIRMED, false,
      "whether severe calcium raises a grade of 0 (the text gives no exception)", GLASS_KEYS,
      "FP_adj, IP_adj, stage, IM, warn"},
     run_glass,
     table_glass},
    {{"tasc_fp", "TASC II type of femoropopliteal disease",
      "TASC II 2007, as reproduced in PMC3036472, table 2", WADI_STANDING_FOUND, false,
      "type C at exactly 15 cm: > 15 or >= 15; many findings are in no row", TASC_KEYS,
      "result, candidates"},
     run_tasc,
     table_tasc},
    {{"kawarada", "Kawarada type of the pedal arch",
      "Kawarada 2012, Catheter Cardiovasc Interv 80:861; types named in Hayakawa 2023",
      WADI_STANDING_MEMORY, false,
      "which of 2A and 2B is the dorsal type is recalled, not read", KAWARADA_KEYS, "result"},
     run_kawarada,
     table_kawarada},
    {{"pacss", "PACSS grade of arterial calcium", "NICE IVL overview, consultation 1953",
      WADI_STANDING_FOUND, false, NULL, PACSS_KEYS, "grade"},
     run_pacss,
     table_pacss},
    {{"mac", "Medial arterial calcification of the foot, points",
      "Liu 2022, J Vasc Surg 75:270, as reviewed by ACFAS 2022; Circulation abstract 13208",
      WADI_STANDING_FOUND, false,
      "the two published groupings differ; a third (Ferraresi 2021) is recalled only and "
      "switched off",
      MAC_KEYS, "points, liu, aha_abs"},
     run_mac,
     table_mac},
    {{"sad", "Small artery disease of the foot",
      "Ferraresi 2021 (names of the levels from its abstract)", WADI_STANDING_MEMORY, false,
      "the angiographic wording of the levels is recalled", SAD_KEYS, "grade"},
     run_sad,
     table_sad},
    {{"jbtk", "J-BTK CTO score of an occlusion below the knee",
      "Hayakawa 2023, CVIR Endovasc 6, after Tan 2021, J Vasc Surg 74:506",
      WADI_STANDING_DOCUMENT, false,
      "two of the printed confidence limits are misprints (grade B lower, grade C upper); ours "
      "are recomputed",
      JBTK_KEYS, "score, grade, warn"},
     run_jbtk,
     table_jbtk},
    ENTRY_END,
};
