/* Selection for deep venous arterialization in the book of rules. */
#include "stage/rules_impl.h"
#include "wadi/selection.h"

#include <string.h>

static void answer_rules(const wadi_dva_verdict *verdict, wadi_answer *out)
{
    for (int r = 0; r < WADI_DVA_RULE_COUNT; r++) {
        const wadi_dva_rule *rule = &verdict->rules[r];

        if (rule->decides && verdict->decision != WADI_DVA_ELIGIBLE)
            wadi_answer_add(out, "rule", rule->id);
        if (rule->fired)
            wadi_answer_note(out, "%s (%s, %s): %s [%s]%s%s", rule->id,
                             wadi_dva_kind_text(rule->kind),
                             wadi_dva_heading_text(rule->heading), rule->text, rule->source,
                             rule->contradiction ? "; but " : "",
                             rule->contradiction ? rule->contradiction : "");
    }
    if (verdict->investigational)
        wadi_answer_text(out, "note", "INVESTIGATIONAL_S11b");
    for (int r = 0; r < WADI_DVA_RULE_COUNT; r++)
        if (verdict->rules[r].fired && verdict->rules[r].kind == WADI_DVA_WARN)
            wadi_answer_add(out, "warn", verdict->rules[r].id);
}

/* Questions that the verdict waits for are part of the answer; the others are notes. */
static void answer_questions(const wadi_dva_verdict *verdict, wadi_answer *out)
{
    for (int i = 0; i < verdict->missing_count; i++) {
        const wadi_dva_question *open = &verdict->missing[i];

        if (open->required && verdict->decision == WADI_DVA_INCOMPLETE)
            wadi_answer_add(out, "missing", open->key);
        wadi_answer_note(out, "%s%s", open->required ? "" : "not stated: ", open->text);
    }
}

static wadi_status run_select(const question *q, wadi_answer *out, wadi_error *err)
{
    wadi_dva_facts facts = {0};
    wadi_dva_verdict verdict;
    wadi_status status;

    for (int i = 0; q->rule->keys[i].name; i++) {
        if (!q->values[i].known)
            continue;
        status = wadi_dva_facts_set(&facts, q->rule->keys[i].name, q->values[i].value, err);
        if (status)
            return status;
    }
    status = wadi_dva_select(&facts, &verdict, err);
    if (status)
        return status;
    wadi_answer_text(out, "result", "%s", wadi_dva_decision_text(verdict.decision));
    answer_rules(&verdict, out);
    answer_questions(&verdict, out);
    return WADI_OK;
}

static void table_select(wadi_text *out)
{
    const wadi_dva_facts nothing = {0};
    wadi_dva_verdict verdict;

    wadi_sheet_head(out, "rule", "kind", "heading", "condition", "meaning", "but", "source",
                    "standing", NULL);
    if (wadi_dva_select(&nothing, &verdict, NULL))
        return;
    for (int r = 0; r < WADI_DVA_RULE_COUNT; r++) {
        const wadi_dva_rule *rule = &verdict.rules[r];

        wadi_sheet_row(out, rule->id, wadi_dva_kind_text(rule->kind),
                       wadi_dva_heading_text(rule->heading), rule->condition, rule->text,
                       rule->contradiction ? rule->contradiction : "", rule->source,
                       wadi_standing_text(rule->standing), NULL);
    }
}

static const wadi_rule_key KEYS[] = {
    INT_KEY("rutherford", 0, 6, false),
    FLAG_KEY("no_option", false),
    FLAG_KEY("conservative_failed", false),
    FLAG_KEY("ptv", false),
    FLAG_KEY("lpv", false),
    FLAG_KEY("arch", false),
    FLAG_KEY("imaging", false),
    FLAG_KEY("inflow", false),
    FLAG_KEY("extensive_loss", false),
    FLAG_KEY("infection_controlled", false),
    FLAG_KEY("access_site_infected", false),
    FLAG_KEY("sepsis", false),
    FLAG_KEY("ali", false),
    FLAG_KEY("failed_lysis", false),
    FLAG_KEY("no_pedal", false),
    FLAG_KEY("poor_cardiac", false),
    FLAG_KEY("coronary_lesions", false),
    FLAG_KEY("high_output_avf", false),
    FLAG_KEY("dvt", false),
    FLAG_KEY("donor_is_only_runoff", false),
    FLAG_KEY("crossing_adverse", false),
    FLAG_KEY("covers_collateral", false),
    FLAG_KEY("dialysis", false),
    FLAG_KEY("popliteal_occluded", false),
    FLAG_KEY("hybrid_possible", false),
    INT_KEY("proximal_tibial", 0, 3, false),
    INT_KEY("patent_tibials", 0, 3, false),
    KEY_END,
};

const rule_entry WADI_RULES_DVA[] = {
    {{"dva_select", "Selection for deep venous arterialization",
      "van den Heuvel 2018; Spiliopoulos 2023 after Kum 2018; Hasanli 2026",
      WADI_STANDING_DOCUMENT, false,
      "acute ischaemia is excluded by one document and treated by another; infection at the "
      "venous "
      "access is treated first by one and excluded by another",
      KEYS, "result, rule, note, missing, warn"},
     run_select,
     table_select},
    ENTRY_END,
};
