/* Facts of the case and its limb for the selection rules, and what they answer. */
#include "plan/plan_impl.h"
#include "wadi/stage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Loss of native foot inflow that is worth a warning; a choice, no threshold is published. */
static const double STEAL_WARNING = 0.5;
/* S18: no angle is published; ours. */
static const double ADVERSE_ANGLE_DEG = 30;
static const char *const TRUNK[] = {"EIA", "CFA", "SFA", "POP"};

wadi_status notes_add(wadi_notes *notes, const char *rule, const char *heading,
                      const char *source, wadi_error *err, const char *format, ...)
{
    wadi_note *grown = wadi_realloc(notes->items, (size_t)notes->count + 1, sizeof *grown),
              *note;
    va_list args;

    if (!grown)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the reasons");
    notes->items = grown;
    note = &grown[notes->count++];
    memset(note, 0, sizeof *note);
    snprintf(note->rule, sizeof note->rule, "%s", rule);
    snprintf(note->heading, sizeof note->heading, "%s", heading);
    snprintf(note->source, sizeof note->source, "%s", source);
    va_start(args, format);
    vsnprintf(note->text, sizeof note->text, format, args);
    va_end(args);
    return WADI_OK;
}

static wadi_maybe known(double value)
{
    return (wadi_maybe){true, value};
}

static bool open_to(const wadi_limb *limb, const char *vessel)
{
    return wadi_limb_is_open(limb, wadi_limb_vessel(limb, vessel), 0, 10);
}

static void find_inflow_state(planner *p)
{
    p->inflow_open = true;
    for (size_t i = 0; i < WADI_COUNT_OF(TRUNK); i++)
        p->inflow_open = p->inflow_open && open_to(p->limb, TRUNK[i]);
}

static void find_inflow_stenosis(planner *p)
{
    const double significant = 0.5; /* GLASS: disease below 50 % is not significant */

    for (size_t i = 0; i < WADI_COUNT_OF(TRUNK); i++) {
        double narrowing =
            wadi_limb_narrowing(p->limb, wadi_limb_vessel(p->limb, TRUNK[i]), 0, 10);

        if (narrowing >= significant && narrowing < 1 && narrowing > p->inflow_narrowing) {
            p->inflow_stenosed = true;
            p->inflow_narrowing = narrowing;
            snprintf(p->inflow_lesion, sizeof p->inflow_lesion, "%s", TRUNK[i]);
        }
    }
}

/* Facts of the case; with a plan, also what only it tells. */
static wadi_status gather_facts(planner *p, const candidate *best, wadi_dva_facts *facts,
                                wadi_error *err)
{
    wadi_index count;
    const char *donor = best ? wadi_limb_vessels(p->limb, &count)[best->artery].name : NULL;
    wadi_status status = wadi_stage_facts(p->the_case, p->limb, donor, facts, err);

    if (!status && best)
        facts->crossing_adverse =
            known(best->crossing.membrane || best->crossing.angle_deg > ADVERSE_ANGLE_DEG);
    return status;
}

/* "S11=reason" -> "S11"; the reason is kept as a note. */
static wadi_status split_overrides(planner *p, char (*ids)[16], int limit, int *count,
                                   wadi_plan_result *result, wadi_error *err)
{
    const char *const *list = p->options.overrides;
    wadi_status status = WADI_OK;

    *count = 0;
    for (; list && *list && !status; list++) {
        const char *equals = strchr(*list, '=');

        if (!equals || equals == *list || !equals[1] || equals - *list >= 16)
            return wadi_fail(err, WADI_ERR_MISSING,
                             "--override %s: RULE=REASON is wanted, such as S11='failed lysis, "
                             "no pedal flow'",
                             *list);
        if (*count == limit)
            return wadi_fail(err, WADI_ERR_RANGE, "--override: more than %d rules", limit);
        memcpy(ids[*count], *list, (size_t)(equals - *list));
        ids[(*count)++][equals - *list] = '\0';
        if (result)
            status = notes_add(&result->overridden, ids[*count - 1], "general", "user", err,
                               "%s", equals + 1);
    }
    return status;
}

static wadi_status note_rule(wadi_plan_result *result, const wadi_dva_rule *rule,
                             wadi_error *err)
{
    const char *heading = wadi_dva_heading_text(rule->heading);
    bool warn = rule->kind == WADI_DVA_WARN;
    const char *found;

    if (!rule->fired && !rule->decides &&
        !(rule->kind == WADI_DVA_INCLUDE && rule->holds == WADI_TRUTH_YES))
        return WADI_OK;
    if (rule->kind == WADI_DVA_INCLUDE_CONDITIONAL && !rule->decides && !rule->fired)
        return WADI_OK;
    found = rule->kind != WADI_DVA_INCLUDE  ? ""
            : rule->holds == WADI_TRUTH_YES ? "met: "
            : rule->holds == WADI_TRUTH_NO  ? "not met: "
                                            : "not known: ";
    return notes_add(
        warn ? &result->warnings : &result->reasons, rule->id, heading, rule->source, err,
        "%s%s%s%s%s", found, rule->text, rule->overridden ? " [overridden: exploratory]" : "",
        rule->contradiction ? "; but " : "", rule->contradiction ? rule->contradiction : "");
}

/* The scores that the case allows, as reasons beside the selection rules. */
static wadi_status note_scores(planner *p, wadi_plan_result *result, wadi_error *err)
{
    static const char *const glass_im[] = {"P0", "P1", "P2"};
    wadi_staging *staging = wadi_alloc(1, sizeof *staging);
    wadi_status status;

    if (!staging)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the scores");
    status = wadi_stage_case(p->the_case, p->limb, NULL, 0, staging, err);
    if (!status && staging->wifi_known)
        status =
            notes_add(&result->reasons, "WIfI", "wound", "Mills 2014", err,
                      "wound %d, ischaemia %d, foot infection %d: stage %d, amputation risk %s",
                      staging->wound.grade, staging->ischemia.grade, staging->infection.grade,
                      staging->wifi.stage, wadi_wifi_risk_text(staging->wifi.risk));
    if (!status && staging->glass_im >= 0)
        status = notes_add(
            &result->reasons, "GLASS", "angiographic", "GVG 2019", err,
            "stage %s on the %s path, inframalleolar %s",
            staging->glass_known ? wadi_glass_stage_text(staging->glass.stage) : "not known",
            staging->target[0] ? staging->target : "target", glass_im[staging->glass_im]);
    for (int i = 0; !status && i < staging->occlusion_count; i++)
        if (staging->occlusions[i].complete)
            status =
                notes_add(&result->reasons, "J-BTK", "angiographic", "seed 4 (Tan 2021)", err,
                          "occlusion of %s: score %d, grade %c", staging->occlusions[i].vessel,
                          staging->occlusions[i].jbtk.score, staging->occlusions[i].jbtk.grade);
    free(staging);
    return status;
}

static void clear_notes(wadi_notes *notes)
{
    free(notes->items);
    *notes = (wadi_notes){NULL, 0};
}

static wadi_status inflow_warning(planner *p, wadi_plan_result *result, wadi_error *err)
{
    if (!p->inflow_stenosed)
        return WADI_OK;
    return notes_add(&result->warnings, "S05", "angiographic", "seed 0", err,
                     "inflow: %s is narrowed by %.0f %% of its diameter; treat the inflow "
                     "first (each plan shows "
                     "its conduit flow with and without)",
                     p->inflow_lesion, 100 * p->inflow_narrowing);
}

static wadi_status decide(planner *p, const candidate *best, wadi_plan_result *result,
                          wadi_error *err)
{
    enum { OVERRIDE_LIMIT = 16 };
    char ids[OVERRIDE_LIMIT][16];
    const char *pointers[OVERRIDE_LIMIT];
    int count;
    wadi_dva_facts facts;
    wadi_dva_verdict *verdict = wadi_alloc(1, sizeof *verdict);
    wadi_status status;

    if (!verdict)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the verdict");
    status = gather_facts(p, best, &facts, err);
    if (status)
        goto done;
    status = split_overrides(p, ids, OVERRIDE_LIMIT, &count, best ? NULL : result, err);
    for (int i = 0; i < count; i++)
        pointers[i] = ids[i];
    if (!status)
        status = wadi_dva_select_with(&facts, pointers, count, verdict, err);
    if (status)
        goto done;
    result->verdict = (wadi_verdict)verdict->decision;
    result->exploratory = verdict->exploratory;
    for (int i = 0; !status && i < WADI_DVA_RULE_COUNT; i++)
        status = note_rule(result, &verdict->rules[i], err);
    for (int i = 0; !status && i < verdict->missing_count; i++)
        status = notes_add(&result->missing, "",
                           verdict->missing[i].required ? "required" : "helpful", "", err, "%s",
                           verdict->missing[i].text);
    if (!status)
        status = note_scores(p, result, err);
    if (!status)
        status = inflow_warning(p, result, err);
done:
    free(verdict);
    return status;
}

wadi_status verdict_decide(planner *p, wadi_plan_result *result, wadi_error *err)
{
    find_inflow_state(p);
    find_inflow_stenosis(p);
    return decide(p, NULL, result, err);
}

/* Once more with what only a plan tells: donor, crossing. */
wadi_status verdict_with_plan(planner *p, const candidate *best, wadi_plan_result *result,
                              wadi_error *err)
{
    clear_notes(&result->reasons);
    clear_notes(&result->warnings);
    clear_notes(&result->missing);
    return decide(p, best, result, err);
}

static wadi_status donor_warning(planner *p, const candidate *plan, wadi_plan *out,
                                 wadi_error *err)
{
    wadi_dva_facts facts;
    double before, after;
    wadi_status status;

    status = gather_facts(p, plan, &facts, err);
    if (status)
        return status;
    if (!facts.donor_is_only_runoff.known || facts.donor_is_only_runoff.value == 0)
        return WADI_OK;
    before = p->donor_before_ml_min;
    after = out->after.donor_flow_ml_min.value;
    return notes_add(&out->warnings, "S16", "angiographic", "seed 2", err,
                     "%s is the only arterial run-off to the foot: with it as donor its flow "
                     "at the ankle falls "
                     "from %.1f to %.1f mL/min (%.0f %% lost) in this model",
                     plan->crossing.artery, before, after,
                     100 * (1 - after / fmax(before, 1e-9)));
}

static wadi_status collateral_warnings(planner *p, const candidate *plan, wadi_plan *out,
                                       wadi_error *err)
{
    wadi_status status = WADI_OK;

    for (wadi_index i = 0; !status && i < p->the_case->collateral_count; i++) {
        const wadi_collateral *collateral = &p->the_case->collaterals[i];

        if (collateral->significant != WADI_YES ||
            strcmp(collateral->vessel, plan->crossing.artery))
            continue;
        if (collateral->at_mm.known &&
            (collateral->at_mm.value < plan->crossing.from_origin_mm - 15 ||
             collateral->at_mm.value > plan->crossing.from_origin_mm + 15))
            continue;
        status = notes_add(&out->warnings, "S19", "angiographic", "seed 0", err,
                           "the crossing stent would cover a significant collateral of %s%s",
                           collateral->vessel, collateral->at_mm.known ? " at its place" : "");
    }
    return status;
}

static wadi_status flow_warnings(planner *p, wadi_plan *out, wadi_error *err)
{
    const wadi_outcome *after = &out->after;
    wadi_status status = WADI_OK;

    if (after->conduit_flow_ml_min.value <= p->limit.conduit_min)
        status = notes_add(
            &out->warnings, "VF_100", "plan", "seed 0", err,
            "conduit flow %.0f mL/min is at or below %.0f mL/min: at risk of thrombosis",
            after->conduit_flow_ml_min.value, p->limit.conduit_min);
    else if (after->conduit_flow_ml_min.value <= p->limit.conduit_warn)
        status = notes_add(&out->warnings, "VF_195", "plan", "Schreve 2020", err,
                           "conduit flow %.0f mL/min is at or below %.0f mL/min, which "
                           "predicted failure in 22 "
                           "patients",
                           after->conduit_flow_ml_min.value, p->limit.conduit_warn);
    if (!status && after->capillary_pressure_mmhg.value > p->limit.capillary_max)
        status = notes_add(&out->warnings, "", "plan", "leg-model (ESTIMATE)", err,
                           "capillary pressure %.0f mmHg is above %.0f mmHg: oedema",
                           after->capillary_pressure_mmhg.value, p->limit.capillary_max);
    if (!status && after->arch_pressure_mmhg.value > p->limit.arch_max)
        status = notes_add(&out->warnings, "", "plan", "leg-model (ESTIMATE)", err,
                           "venous arch pressure %.0f mmHg is above %.0f mmHg",
                           after->arch_pressure_mmhg.value, p->limit.arch_max);
    if (!status && after->steal_index.value > fmin(p->limit.steal_max, STEAL_WARNING))
        status = notes_add(&out->warnings, "", "plan", "seed 0 (no threshold published)", err,
                           "steal: native arterial inflow of the foot falls by %.0f %%",
                           100 * after->steal_index.value);
    if (!status && after->nutritive_flow_ml_min.value <
                       p->before.value[OUTCOME_INDEX(nutritive_flow_ml_min)])
        status = notes_add(&out->warnings, "", "plan", "model", err,
                           "this plan leaves the wound with less nutritive flow than before: "
                           "%.2f against %.2f "
                           "mL/min",
                           after->nutritive_flow_ml_min.value,
                           p->before.value[OUTCOME_INDEX(nutritive_flow_ml_min)]);
    return status;
}

static wadi_status crossing_warnings(planner *p, const candidate *plan, wadi_plan *out,
                                     wadi_error *err)
{
    const wadi_crossing *crossing = &plan->crossing;
    const device *basket = catalogue_find(&p->devices, "dedicated_basket");
    wadi_status status = WADI_OK;

    if (!isfinite(crossing->gap_mm))
        return WADI_OK;
    if (crossing->membrane || crossing->angle_deg > ADVERSE_ANGLE_DEG)
        status =
            notes_add(&out->warnings, "S18", "angiographic", "seed 1", err,
                      "%s at the crossing (angle between the vessels %.0f degrees)",
                      crossing->membrane ? "a fascia or membrane lies between" : "angulation",
                      crossing->angle_deg);
    if (!status && plan->technique == WADI_PERCUTANEOUS_DEDICATED && basket &&
        crossing->vein_diameter_mm < basket->diameter_mm)
        status =
            notes_add(&out->warnings, "", "angiographic", "seed 1", err,
                      "the vein measures %.1f mm: the %.0f mm basket will open only in part",
                      crossing->vein_diameter_mm, basket->diameter_mm);
    if (!status && !crossing->gap_measured)
        status = notes_add(
            &out->warnings, "", "angiographic", "reference leg", err,
            "the gap of %.1f mm is that of the reference leg, not measured in this case",
            crossing->gap_mm);
    if (!status && !strcmp(crossing->artery, "TPT"))
        status = notes_add(&out->warnings, "", "angiographic", "seed 0", err,
                           "a stent from the tibioperoneal trunk jails the peroneal artery");
    if (!status && plan->technique == WADI_PERCUTANEOUS_OFFSHELF)
        status = notes_add(&out->warnings, "", "plan", "seed 1", err,
                           "up to 20 %% of off-the-shelf crossings fail, mostly in calcified "
                           "walls; bleeding at the "
                           "crossing can cause a compartment syndrome");
    if (!status && ROUTES[plan->route].landings[plan->landing].crosses_ankle &&
        ROUTES[plan->route].landings[plan->landing].covered)
        status = notes_add(&out->warnings, "", "plan", "engineering", err,
                           "the stent crosses the ankle joint line, where it is flexed");
    return status;
}

/* Each plan has three parts (seed 1); one that lacks a part is simulated to show what that
 * does. */
static wadi_status incomplete_warning(const candidate *plan, wadi_plan *out, wadi_error *err)
{
    const char *lacks =
        !plan->make_fistula ? "no fistula is made"
        : !plan->lyse       ? "the valves are left, which block the way to the foot"
                      : "no branch is closed or covered, so blood is shunted past the foot";

    if (out->complete)
        return WADI_OK;
    return notes_add(&out->warnings, "", "plan", "seed 1", err,
                     "INCOMPLETE: %s; conduit flow %.0f mL/min, "
                     "nutritive flow %.2f mL/min",
                     lacks, out->after.conduit_flow_ml_min.value,
                     out->after.nutritive_flow_ml_min.value);
}

/* Every device must pass its sheath over its wire: arterial 7 F, venous 5 F (seed 0); a stent
 * graft must suit the vessel it lines. */
static wadi_status device_warnings(planner *p, const candidate *plan, wadi_plan *out,
                                   wadi_error *err)
{
    const device *arterial = catalogue_find(&p->devices, "arterial_sheath");
    const device *venous = catalogue_find(&p->devices, "venous_sheath");
    double vein_mm = plan->crossing.vein_diameter_mm;
    bool stent_told = false;
    wadi_status status = WADI_OK;

    for (wadi_index i = 0; !status && i < out->device_count; i++) {
        const device *item = catalogue_find(&p->devices, out->devices[i].catalogue);
        const device *sheath = item && !strcmp(item->kind, "target") ? venous : arterial;

        if (!item || !sheath || !technique_find(plan->technique)->needle)
            continue;
        if (!device_fits(item, sheath->sheath_f, item->wire_in))
            status = notes_add(&out->warnings, "", "plan", "seed 0", err,
                               "the %s needs %.0f F, the sheath has %.0f F", item->name,
                               item->sheath_f, sheath->sheath_f);
        if (!status && !stent_told && !strcmp(item->kind, "extension_stent") &&
            (vein_mm < item->vessel_min_mm || vein_mm > item->vessel_max_mm)) {
            stent_told = true;
            status = notes_add(
                &out->warnings, "", "plan", item->source, err,
                "the %s is made for vessels of %.1f-%.1f mm; the vein measures %.1f mm "
                "and is predilated to 5 mm",
                item->name, item->vessel_min_mm, item->vessel_max_mm, vein_mm);
        }
    }
    return status;
}

/* The limits of the search, by the same comparisons as the search makes. */
static void name_broken_limits(const planner *p, wadi_plan *out)
{
    const wadi_outcome *after = &out->after;
    const struct {
        const char *name, *unit, *what;
        double value, limit, per_unit;
        bool floor;
        int digits;
    } checks[] = {
        {"conduit flow", " mL/min", "", after->conduit_flow_ml_min.value, p->limit.conduit_min,
         1, true, 0},
        {"nutritive flow of the wound", " mL/min", " as before",
         after->nutritive_flow_ml_min.value,
         p->before.value[OUTCOME_INDEX(nutritive_flow_ml_min)], 1, true, 2},
        {"steal of native inflow", " %", "", after->steal_index.value, p->limit.steal_max, 100,
         false, 0},
        {"highest capillary pressure", " mmHg", "", after->capillary_pressure_mmhg.value,
         p->limit.capillary_max, 1, false, 1},
        {"venous arch pressure", " mmHg", "", after->arch_pressure_mmhg.value,
         p->limit.arch_max, 1, false, 1},
        {"share of cardiac output", " %", "", after->shunt_of_cardiac_output_frac.value,
         p->limit.share_max, 100, false, 1},
    };
    size_t size = 0;

    out->limits_broken[0] = '\0';
    for (size_t i = 0; i < WADI_COUNT_OF(checks) && size < sizeof out->limits_broken; i++) {
        double value = checks[i].value, limit = checks[i].limit, per = checks[i].per_unit;

        if (checks[i].floor ? value >= limit : value <= limit)
            continue;
        size += (size_t)snprintf(out->limits_broken + size, sizeof out->limits_broken - size,
                                 "%s%s %.*f%s (wanted: at %s %.*f%s)", size ? "; " : "",
                                 checks[i].name, checks[i].digits, per * value, checks[i].unit,
                                 checks[i].floor ? "least" : "most", checks[i].digits,
                                 per * limit, checks[i].what);
    }
}

wadi_status verdict_plan_warnings(planner *p, const candidate *plan, wadi_plan *out,
                                  wadi_error *err)
{
    wadi_status status = incomplete_warning(plan, out, err);

    if (!out->feasible)
        name_broken_limits(p, out);
    if (!status)
        status = donor_warning(p, plan, out, err);
    if (!status)
        status = crossing_warnings(p, plan, out, err);
    if (!status)
        status = device_warnings(p, plan, out, err);
    if (!status)
        status = collateral_warnings(p, plan, out, err);
    if (!status)
        status = flow_warnings(p, out, err);
    return status;
}
