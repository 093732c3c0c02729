#include "wadi/selection.h"
#include "stage/stage_impl.h"

#include <string.h>

enum { TERM_LIMIT = 3 };

/* Every fact: where it lies, what it can be, how the clinician is asked for it. */
#define FACT(name) offsetof(wadi_dva_facts, name), #name
// clang-format off
static const struct fact {
    size_t offset;
    const char *name, *alias;
    double max;
    const char *question;
} FACTS[] = {
    {FACT(rutherford), NULL, 6, "What is the chronic Rutherford category (0 to 6)?"},
    {FACT(no_option), NULL, 1, "Has adequate imaging and a specialist's review shown that there is no surgical or endovascular option?"},
    {FACT(conservative_failed), NULL, 1, "Has conservative treatment of the rest pain failed?"},
    {FACT(ptv_patent), "ptv", 1, "Is the posterior tibial vein patent?"},
    {FACT(lpv_patent), "lpv", 1, "Is the lateral plantar vein patent?"},
    {FACT(arch_patent), "arch", 1, "Is the deep plantar venous arch intact?"},
    {FACT(venous_imaging), "imaging", 1, "Have the veins been imaged (phlebography, MRI or duplex)?"},
    {FACT(inflow_ok), "inflow", 1, "Is the inflow uninterrupted up to the crossing point?"},
    {FACT(proximal_tibial_patent), "proximal_tibial", 3, "How many tibial arteries are patent in their proximal part (0 to 3)?"},
    {FACT(extensive_loss), NULL, 1, "Is the tissue loss too extensive for the foot to be saved?"},
    {FACT(infection_controlled), NULL, 1, "Is the infection drained and treated (1 also when there is none)?"},
    {FACT(access_site_infected), NULL, 1, "Is there infection or a wound at the distal venous puncture site?"},
    {FACT(sepsis), NULL, 1, "Is there systemic sepsis?"},
    {FACT(ali), NULL, 1, "Is this acute limb ischaemia?"},
    {FACT(failed_lysis), NULL, 1, "Have thrombectomy or thrombolysis failed?"},
    {FACT(no_pedal), NULL, 1, "Is pedal outflow absent?"},
    {FACT(poor_cardiac), NULL, 1, "Is cardiac function poor?"},
    {FACT(coronary_lesions), NULL, 1, "Are there coronary lesions?"},
    {FACT(high_output_avf), NULL, 1, "Is there a dialysis fistula with high output?"},
    {FACT(dvt), NULL, 1, "Is there deep vein thrombosis?"},
    {FACT(donor_is_only_runoff), NULL, 1, "Would the only artery that still reaches the foot become the donor?"},
    {FACT(patent_tibials), NULL, 3, "How many tibial arteries are patent along their course (0 to 3)?"},
    {FACT(crossing_adverse), NULL, 1, "Is there angulation or fascia at the crossing point?"},
    {FACT(covers_collateral), NULL, 1, "Would the stents cover a significant collateral?"},
    {FACT(dialysis), NULL, 1, "Is the patient dependent on dialysis?"},
    {FACT(popliteal_occluded), NULL, 1, "Is the popliteal artery occluded?"},
    {FACT(hybrid_possible), NULL, 1, "Are a more proximal donor and a bypass conduit at hand for a hybrid operation?"},
};

/* One comparison; a condition is up to three of them, all of which must hold. */
struct term { size_t offset; char op; double value; };
#define IS(name)  {offsetof(wadi_dva_facts, name), '=', 1}
#define NOT(name) {offsetof(wadi_dva_facts, name), '=', 0}
#define GE(name, number) {offsetof(wadi_dva_facts, name), '>', number}
#define LT(name, number) {offsetof(wadi_dva_facts, name), '<', number}
#define EQ(name, number) {offsetof(wadi_dva_facts, name), '=', number}

#define HEUVEL "van den Heuvel 2018 (Endovascular Today, May 2018)"
#define SPILIO "Spiliopoulos 2023 (doi:10.20944/preprints202309.1715.v1)"
#define KUM    SPILIO " after Kum 2018"
#define HASANLI "Hasanli 2026 (doi:10.25270/jcli/CLIG-2500008)"

static const struct rule {
    const char *id;
    wadi_dva_kind kind;
    wadi_dva_heading heading;
    int term_count;
    struct term terms[TERM_LIMIT];
    const char *condition, *text, *contradiction, *source;
    wadi_standing standing;
} RULES[] = {
    {"S01", WADI_DVA_INCLUDE, WADI_DVA_GENERAL, 2, {GE(rutherford, 5), IS(no_option)},
     "rutherford >= 5 && no_option",
     "Rutherford 5 or 6 and no surgical or endovascular option", NULL,
     HEUVEL "; " SPILIO, WADI_STANDING_DOCUMENT},
    {"S02", WADI_DVA_INCLUDE_CONDITIONAL, WADI_DVA_GENERAL, 3,
     {EQ(rutherford, 4), IS(conservative_failed), IS(no_option)},
     "rutherford == 4 && conservative_failed && no_option",
     "rest pain (Rutherford 4) that conservative treatment did not relieve, and no option: may be considered",
     NULL, HEUVEL, WADI_STANDING_DOCUMENT},
    {"S03", WADI_DVA_INCLUDE, WADI_DVA_ANGIOGRAPHIC, 3, {IS(ptv_patent), IS(lpv_patent), IS(arch_patent)},
     "ptv_patent && lpv_patent && arch_patent",
     "posterior tibial vein, lateral plantar vein and deep venous arch are all patent", NULL,
     HEUVEL, WADI_STANDING_DOCUMENT},
    {"S04", WADI_DVA_INCLUDE, WADI_DVA_ANGIOGRAPHIC, 1, {IS(venous_imaging)},
     "venous_imaging", "the veins have been imaged (phlebography, MRI or duplex)", NULL,
     HEUVEL, WADI_STANDING_DOCUMENT},
    {"S05", WADI_DVA_INCLUDE, WADI_DVA_ANGIOGRAPHIC, 1, {IS(inflow_ok)},
     "inflow_ok", "inflow is uninterrupted up to the crossing point; treat inflow disease first", NULL,
     HEUVEL, WADI_STANDING_DOCUMENT},
    {"S06", WADI_DVA_INCLUDE, WADI_DVA_ANGIOGRAPHIC, 1, {GE(proximal_tibial_patent, 1)},
     "proximal_tibial_patent >= 1",
     "at least one tibial artery is patent in its proximal part; without it the percutaneous way is barred and only a hybrid or open operation remains",
     NULL, SPILIO, WADI_STANDING_DOCUMENT},
    {"S07", WADI_DVA_KIND_EXCLUDE, WADI_DVA_WOUND, 1, {IS(extensive_loss)},
     "extensive_loss", "extensive tissue loss", NULL, HEUVEL, WADI_STANDING_DOCUMENT},
    {"S08", WADI_DVA_KIND_DEFER, WADI_DVA_WOUND, 1, {NOT(infection_controlled)},
     "infection_controlled == 0", "infection is not controlled: drain and give antibiotics first", NULL,
     HEUVEL, WADI_STANDING_DOCUMENT},
    {"S09", WADI_DVA_KIND_DEFER, WADI_DVA_WOUND, 1, {IS(access_site_infected)},
     "access_site_infected", "infection or a wound at the distal venous puncture site: treat it first, or puncture elsewhere",
     "Spiliopoulos 2023 calls a leg with wounds around the distal access unsuitable; van den Heuvel 2018 treats the infection first",
     HEUVEL "; " KUM, WADI_STANDING_DOCUMENT},
    {"S10", WADI_DVA_KIND_EXCLUDE, WADI_DVA_WOUND, 1, {IS(sepsis)},
     "sepsis", "systemic sepsis", NULL, KUM, WADI_STANDING_DOCUMENT},
    {"S11", WADI_DVA_KIND_EXCLUDE, WADI_DVA_WOUND, 1, {IS(ali)},
     "ali", "acute limb ischaemia",
     "Hasanli 2026 treated three such limbs after failed lysis; two lost the leg",
     KUM, WADI_STANDING_DOCUMENT},
    {"S11b", WADI_DVA_INVESTIGATIONAL, WADI_DVA_WOUND, 3, {IS(ali), IS(failed_lysis), IS(no_pedal)},
     "ali && failed_lysis && no_pedal",
     "acute ischaemia after failed thrombectomy or lysis without pedal outflow: investigational (three patients, one leg kept)",
     "Spiliopoulos 2023 excludes acute limb ischaemia", HASANLI, WADI_STANDING_DOCUMENT},
    {"S12", WADI_DVA_KIND_EXCLUDE, WADI_DVA_GENERAL, 1, {IS(poor_cardiac)},
     "poor_cardiac", "poor cardiac function", NULL, KUM, WADI_STANDING_DOCUMENT},
    {"S13", WADI_DVA_WARN, WADI_DVA_GENERAL, 1, {IS(coronary_lesions)},
     "coronary_lesions", "coronary lesions: ask for a cardiologist's review",
     "Spiliopoulos 2023 excludes them; most patients with this disease have some, so wadi warns",
     KUM, WADI_STANDING_DECISION},
    {"S14", WADI_DVA_KIND_EXCLUDE, WADI_DVA_GENERAL, 1, {IS(high_output_avf)},
     "high_output_avf", "dialysis fistula with high output", NULL, KUM, WADI_STANDING_DOCUMENT},
    {"S15", WADI_DVA_KIND_EXCLUDE, WADI_DVA_GENERAL, 1, {IS(dvt)},
     "dvt", "deep vein thrombosis", NULL, KUM, WADI_STANDING_DOCUMENT},
    {"S16", WADI_DVA_WARN, WADI_DVA_ANGIOGRAPHIC, 1, {IS(donor_is_only_runoff)},
     "donor_is_only_runoff",
     "the donor is the only artery that still reaches the foot: its native flow is lost (both legs so treated were lost)",
     NULL, HASANLI, WADI_STANDING_DOCUMENT},
    {"S17", WADI_DVA_WARN, WADI_DVA_ANGIOGRAPHIC, 1, {LT(patent_tibials, 2)},
     "patent_tibials < 2", "fewer than two patent tibial arteries", NULL, HASANLI, WADI_STANDING_DOCUMENT},
    {"S18", WADI_DVA_WARN, WADI_DVA_ANGIOGRAPHIC, 1, {IS(crossing_adverse)},
     "crossing_adverse", "angulation or fascia at the crossing point", NULL, KUM, WADI_STANDING_DOCUMENT},
    {"S19", WADI_DVA_WARN, WADI_DVA_ANGIOGRAPHIC, 1, {IS(covers_collateral)},
     "covers_collateral", "significant collaterals would be covered", NULL, HEUVEL, WADI_STANDING_DOCUMENT},
    {"S20", WADI_DVA_WARN, WADI_DVA_GENERAL, 1, {IS(dialysis)},
     "dialysis", "dependence on dialysis: outcomes were worse", NULL,
     "PROMISE II, dialysis subgroup (conference abstract)", WADI_STANDING_FOUND},
    {"S21", WADI_DVA_WARN, WADI_DVA_ANGIOGRAPHIC, 1, {IS(popliteal_occluded)},
     "popliteal_occluded", "the popliteal artery is occluded: with the femoral artery as donor, a hybrid operation", NULL,
     HEUVEL, WADI_STANDING_DOCUMENT},
};
// clang-format on
_Static_assert(WADI_COUNT_OF(RULES) == WADI_DVA_RULE_COUNT, "the header counts the rules");
_Static_assert(WADI_COUNT_OF(FACTS) == WADI_DVA_FACT_COUNT, "the header counts the facts");

static wadi_maybe value_of(const wadi_dva_facts *facts, size_t offset)
{
    return *(const wadi_maybe *)((const char *)facts + offset);
}

static bool is_no(wadi_maybe flag)
{
    return flag.known && flag.value == 0;
}

static bool is_yes(wadi_maybe flag)
{
    return flag.known && flag.value != 0;
}

/* Kleene's conjunction: one false term settles it, whatever is unknown. */
static wadi_truth evaluate(const struct rule *rule, const wadi_dva_facts *facts)
{
    wadi_truth all = WADI_TRUTH_YES;

    for (int i = 0; i < rule->term_count; i++) {
        const struct term *term = &rule->terms[i];
        wadi_maybe fact = value_of(facts, term->offset);
        bool holds = term->op == '='   ? fact.value == term->value
                     : term->op == '>' ? fact.value >= term->value
                                       : fact.value < term->value;

        if (!fact.known)
            all = WADI_TRUTH_UNKNOWN;
        else if (!holds)
            return WADI_TRUTH_NO;
    }
    return all;
}

static wadi_status check_fact(const struct fact *fact, double value, wadi_error *err)
{
    if (value >= 0 && value <= fact->max && value == (double)(int)value)
        return WADI_OK;
    return wadi_fail(err, WADI_ERR_RANGE, "%s is %g, a whole number of 0 to %g is wanted",
                     fact->name, value, fact->max);
}

static wadi_status check(const wadi_dva_facts *facts, const char *const *overrides,
                         int override_count, wadi_error *err)
{
    for (size_t i = 0; i < WADI_COUNT_OF(FACTS); i++) {
        wadi_maybe value = value_of(facts, FACTS[i].offset);
        wadi_status status = value.known ? check_fact(&FACTS[i], value.value, err) : WADI_OK;

        if (status)
            return status;
    }
    for (int i = 0; i < override_count; i++) {
        bool found = false;

        for (size_t r = 0; r < WADI_COUNT_OF(RULES); r++)
            found = found || !strcmp(RULES[r].id, overrides[i]);
        if (!found)
            return wadi_fail(err, WADI_ERR_KEY,
                             "there is no selection rule '%s' to override; they are S01 to S21",
                             overrides[i]);
    }
    return WADI_OK;
}

/* The way in: which of S01, S02 and, with S11 set aside, S11b this leg must satisfy. Fills the
 * rule that speaks and gives the decision it leads to; ELIGIBLE means the door is open. */
static wadi_dva_decision entry(const wadi_dva_facts *facts, bool acute_allowed,
                               const char **rule)
{
    bool rest_pain = facts->rutherford.known && facts->rutherford.value == 4;

    if (acute_allowed) {
        /* A chronic category does not describe an acute leg: S11b stands in for S01. */
        *rule = "S11b";
        if (is_no(facts->failed_lysis) || is_no(facts->no_pedal))
            return WADI_DVA_NOT_CANDIDATE;
        if (!facts->failed_lysis.known || !facts->no_pedal.known)
            return WADI_DVA_INCOMPLETE;
        return WADI_DVA_CONDITIONAL;
    }
    *rule = rest_pain ? "S02" : "S01";
    if (facts->rutherford.known && facts->rutherford.value < 4)
        return WADI_DVA_NOT_CANDIDATE;
    if (is_no(facts->no_option) || (rest_pain && is_no(facts->conservative_failed)))
        return WADI_DVA_NOT_CANDIDATE;
    if (!facts->rutherford.known || !facts->no_option.known)
        return WADI_DVA_INCOMPLETE;
    if (rest_pain && !facts->conservative_failed.known)
        return WADI_DVA_INCOMPLETE;
    return rest_pain ? WADI_DVA_CONDITIONAL : WADI_DVA_ELIGIBLE;
}

/* Precedence of decisions; the first that any rule asks for wins. */
static int rank(wadi_dva_decision decision)
{
    static const wadi_dva_decision ORDER[] = {
        WADI_DVA_NOT_CANDIDATE, WADI_DVA_EXCLUDE,     WADI_DVA_NOT_ELIGIBLE, WADI_DVA_DEFER,
        WADI_DVA_INCOMPLETE,    WADI_DVA_CONDITIONAL, WADI_DVA_ELIGIBLE,
    };
    int at = 0;

    while (ORDER[at] != decision)
        at++;
    return at;
}

/* What one rule asks for; ELIGIBLE when it asks for nothing. */
static wadi_dva_decision asks(const wadi_dva_rule *rule, const wadi_dva_facts *facts)
{
    if (rule->kind == WADI_DVA_KIND_EXCLUDE)
        return rule->holds == WADI_TRUTH_YES ? WADI_DVA_EXCLUDE : WADI_DVA_ELIGIBLE;
    if (rule->kind == WADI_DVA_KIND_DEFER)
        return rule->holds == WADI_TRUTH_YES ? WADI_DVA_DEFER : WADI_DVA_ELIGIBLE;
    if (rule->kind != WADI_DVA_INCLUDE || !strcmp(rule->id, "S01"))
        return WADI_DVA_ELIGIBLE;
    if (rule->holds == WADI_TRUTH_UNKNOWN)
        return WADI_DVA_INCOMPLETE;
    if (rule->holds == WADI_TRUTH_YES)
        return WADI_DVA_ELIGIBLE;
    /* Not yet imaged is a fact to get, not a finding that is absent. */
    if (!strcmp(rule->id, "S04"))
        return WADI_DVA_INCOMPLETE;
    if (!strcmp(rule->id, "S06") && !is_no(facts->hybrid_possible))
        return WADI_DVA_CONDITIONAL;
    return WADI_DVA_NOT_ELIGIBLE;
}

static void add_question(wadi_dva_verdict *out, const struct fact *fact, bool required)
{
    out->missing[out->missing_count++] = (wadi_dva_question){
        fact->name, fact->alias ? fact->alias : fact->name, fact->question, required};
}

static bool rule_uses(const struct rule *rule, size_t offset)
{
    for (int i = 0; i < rule->term_count; i++)
        if (rule->terms[i].offset == offset)
            return true;
    return false;
}

/* A fact is required when a rule that must hold, and still can, uses it. */
static bool is_required(const struct fact *fact, const wadi_dva_facts *facts,
                        const wadi_dva_verdict *verdict, bool acute_allowed)
{
    bool rest_pain = facts->rutherford.known && facts->rutherford.value == 4;

    if (fact->offset == offsetof(wadi_dva_facts, failed_lysis) ||
        fact->offset == offsetof(wadi_dva_facts, no_pedal))
        return acute_allowed;
    if (fact->offset == offsetof(wadi_dva_facts, conservative_failed))
        return rest_pain && !acute_allowed;
    for (size_t r = 0; r < WADI_COUNT_OF(RULES); r++) {
        if (RULES[r].kind != WADI_DVA_INCLUDE || verdict->rules[r].overridden)
            continue;
        if (r == 0 && acute_allowed)
            continue;
        if (rule_uses(&RULES[r], fact->offset))
            return true;
    }
    return false;
}

/* Does an unknown fact still matter enough to ask? What only qualifies an acute or a hybrid leg
 * is asked of those. */
static bool is_worth_asking(const struct fact *fact, const wadi_dva_facts *facts)
{
    if (fact->offset == offsetof(wadi_dva_facts, failed_lysis) ||
        fact->offset == offsetof(wadi_dva_facts, no_pedal))
        return is_yes(facts->ali);
    if (fact->offset == offsetof(wadi_dva_facts, conservative_failed))
        return facts->rutherford.known && facts->rutherford.value == 4;
    if (fact->offset == offsetof(wadi_dva_facts, hybrid_possible))
        return is_no(facts->proximal_tibial_patent) || is_yes(facts->popliteal_occluded);
    return true;
}

static void ask(wadi_dva_verdict *out, const wadi_dva_facts *facts, bool acute_allowed)
{
    for (int required = 1; required >= 0; required--)
        for (size_t i = 0; i < WADI_COUNT_OF(FACTS); i++) {
            const struct fact *fact = &FACTS[i];

            if (value_of(facts, fact->offset).known || !is_worth_asking(fact, facts))
                continue;
            if (is_required(fact, facts, out, acute_allowed) == (bool)required)
                add_question(out, fact, required);
        }
}

static void fill_rules(wadi_dva_verdict *out, const wadi_dva_facts *facts,
                       const char *const *overrides, int override_count)
{
    for (size_t r = 0; r < WADI_COUNT_OF(RULES); r++) {
        const struct rule *from = &RULES[r];
        wadi_dva_rule *rule = &out->rules[r];

        *rule = (wadi_dva_rule){
            .id = from->id,
            .kind = from->kind,
            .heading = from->heading,
            .condition = from->condition,
            .text = from->text,
            .contradiction = from->contradiction,
            .source = from->source,
            .standing = from->standing,
            .holds = evaluate(from, facts),
        };
        rule->fired = rule->kind == WADI_DVA_INCLUDE ? rule->holds == WADI_TRUTH_NO
                                                     : rule->holds == WADI_TRUTH_YES;
        for (int i = 0; i < override_count; i++)
            rule->overridden = rule->overridden || !strcmp(rule->id, overrides[i]);
    }
}

static wadi_dva_rule *find_rule(wadi_dva_verdict *verdict, const char *id)
{
    wadi_dva_rule *found = NULL;

    for (int r = 0; r < WADI_DVA_RULE_COUNT && !found; r++)
        if (!strcmp(verdict->rules[r].id, id))
            found = &verdict->rules[r];
    WADI_ASSERT(found); /* the table holds every rule that is asked for by name */
    return found;
}

/* The decision with or without regard to overrides; `mark` notes the rules it stands on. */
static wadi_dva_decision decide(wadi_dva_verdict *out, const wadi_dva_facts *facts, bool heed,
                                bool mark)
{
    const char *entry_rule = NULL;
    bool acute = is_yes(facts->ali);
    bool acute_allowed = acute && heed && find_rule(out, "S11")->overridden;
    wadi_dva_decision decision;

    if (acute && !acute_allowed)
        decision = WADI_DVA_EXCLUDE; /* no way in is tried */
    else
        decision = entry(facts, acute_allowed, &entry_rule);
    if (entry_rule && heed && find_rule(out, entry_rule)->overridden) {
        entry_rule = NULL;
        decision = WADI_DVA_ELIGIBLE;
    }
    for (int r = 0; r < WADI_DVA_RULE_COUNT; r++) {
        wadi_dva_decision asked = asks(&out->rules[r], facts);

        if (!(heed && out->rules[r].overridden) && rank(asked) < rank(decision))
            decision = asked;
    }
    for (int r = 0; mark && r < WADI_DVA_RULE_COUNT; r++) {
        wadi_dva_rule *rule = &out->rules[r];

        rule->decides =
            decision != WADI_DVA_ELIGIBLE && !rule->overridden && asks(rule, facts) == decision;
    }
    if (mark && entry_rule && entry(facts, acute_allowed, &entry_rule) == decision) {
        find_rule(out, entry_rule)->decides = true;
        find_rule(out, entry_rule)->fired = true;
    }
    /* S01 speaks only where it is the way in that was tried. */
    if (mark)
        find_rule(out, "S01")->fired = find_rule(out, "S01")->decides;
    return decision;
}

wadi_status wadi_dva_select_with(const wadi_dva_facts *facts, const char *const *overrides,
                                 int override_count, wadi_dva_verdict *out, wadi_error *err)
{
    wadi_dva_verdict verdict = {0};
    wadi_status status = check(facts, overrides, override_count, err);
    bool acute_allowed;

    if (status)
        return status;
    fill_rules(&verdict, facts, overrides, override_count);
    acute_allowed = is_yes(facts->ali) && find_rule(&verdict, "S11")->overridden;
    verdict.decision = decide(&verdict, facts, true, true);
    verdict.exploratory = decide(&verdict, facts, false, false) != verdict.decision;
    for (int r = 0; r < WADI_DVA_RULE_COUNT; r++)
        if (verdict.rules[r].overridden && asks(&verdict.rules[r], facts) != WADI_DVA_ELIGIBLE)
            verdict.exploratory = true;
    verdict.investigational = find_rule(&verdict, "S11b")->holds == WADI_TRUTH_YES;
    verdict.percutaneous_barred = find_rule(&verdict, "S06")->holds == WADI_TRUTH_NO;
    ask(&verdict, facts, acute_allowed);
    *out = verdict;
    return WADI_OK;
}

wadi_status wadi_dva_select(const wadi_dva_facts *facts, wadi_dva_verdict *out, wadi_error *err)
{
    return wadi_dva_select_with(facts, NULL, 0, out, err);
}

wadi_status wadi_dva_facts_set(wadi_dva_facts *facts, const char *name, double value,
                               wadi_error *err)
{
    for (size_t i = 0; i < WADI_COUNT_OF(FACTS); i++) {
        const struct fact *fact = &FACTS[i];
        wadi_status status;

        if (strcmp(fact->name, name) && (!fact->alias || strcmp(fact->alias, name)))
            continue;
        status = check_fact(fact, value, err);
        if (!status)
            *(wadi_maybe *)((char *)facts + fact->offset) = (wadi_maybe){true, value};
        return status;
    }
    return wadi_fail(err, WADI_ERR_KEY, "there is no selection fact '%s'", name);
}

const char *wadi_dva_decision_text(wadi_dva_decision decision)
{
    static const char *const TEXTS[] = {"ELIGIBLE",     "CONDITIONAL",  "DEFER",
                                        "EXCLUDE",      "NOT_ELIGIBLE", "INCOMPLETE",
                                        "NOT_CANDIDATE"};

    return TEXTS[decision];
}

const char *wadi_dva_kind_text(wadi_dva_kind kind)
{
    static const char *const TEXTS[] = {"include", "include_conditional", "exclude", "defer",
                                        "warn",    "investigational"};

    return TEXTS[kind];
}

const char *wadi_dva_heading_text(wadi_dva_heading heading)
{
    static const char *const TEXTS[] = {"general", "angiographic", "wound"};

    return TEXTS[heading];
}
