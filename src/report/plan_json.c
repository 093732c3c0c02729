/* The plan as JSON, schema "wadi.plan/1": schema/plan.schema.json describes it. */
#include "base/json_impl.h"
#include "report/report_impl.h"

#include <math.h>
#include <string.h>

/* One refused allocation marks the whole text; the check is at the end. */
typedef struct builder {
    bool failed;
} builder;

/* Takes `value` over, also when it cannot be added. */
static void put(builder *b, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value))
        b->failed = true;
}

static void append(builder *b, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value))
        b->failed = true;
}

static void put_number(builder *b, json_t *object, const char *key, double value)
{
    put(b, object, key, wadi_json_number(value));
}

static void put_text(builder *b, json_t *object, const char *key, const char *text)
{
    put(b, object, key, json_string(text ? text : ""));
}

static void put_flag(builder *b, json_t *object, const char *key, bool flag)
{
    put(b, object, key, json_boolean(flag));
}

static json_t *band_json(builder *b, const wadi_band *band)
{
    json_t *object = json_object();

    put_number(b, object, "value", band->value);
    put_number(b, object, "low", band->low);
    put_number(b, object, "high", band->high);
    return object;
}

/* Only beds of the foot: a transcutaneous probe is not modelled elsewhere. */
static json_t *beds_json(builder *b, const wadi_limb *limb, const wadi_band *bands)
{
    json_t *object = json_object();
    wadi_index count = 0;
    const wadi_bed *beds = limb ? wadi_limb_beds(limb, &count) : NULL;

    for (wadi_index i = 0; i < count && i < WADI_BED_LIMIT; i++)
        if (beds[i].star)
            put(b, object, beds[i].name, band_json(b, &bands[i]));
    return object;
}

static json_t *outcome_json(builder *b, const wadi_limb *limb, const wadi_outcome *outcome)
{
    json_t *object = json_object();

    for (int i = 0; i < REPORT_MEASURE_COUNT; i++)
        put(b, object, REPORT_MEASURES[i].key,
            band_json(b, report_band_of(outcome, &REPORT_MEASURES[i])));
    put(b, object, "tcpo2_mmhg", beds_json(b, limb, outcome->tcpo2_mmhg));
    put(b, object, "bed_nutritive_ml_min", beds_json(b, limb, outcome->bed_nutritive_ml_min));
    return object;
}

static json_t *notes_json(builder *b, const wadi_notes *notes)
{
    json_t *array = json_array();

    for (wadi_index i = 0; i < notes->count; i++) {
        const wadi_note *note = &notes->items[i];
        json_t *object = json_object();

        put_text(b, object, "rule", note->rule);
        put_text(b, object, "source", note->source);
        put_text(b, object, "text", note->text);
        put_text(b, object, "heading", note->heading);
        append(b, array, object);
    }
    return array;
}

static const char *calcium_name(wadi_calcium calcium)
{
    static const char *const NAMES[] = {"none", "mild", "moderate", "severe"};

    return (size_t)calcium < WADI_COUNT_OF(NAMES) ? NAMES[calcium] : "unknown";
}

static json_t *crossing_json(builder *b, const wadi_crossing *crossing)
{
    json_t *object = json_object();

    put_text(b, object, "artery", crossing->artery);
    put_text(b, object, "vein", crossing->vein);
    put_number(b, object, "from_origin_mm", crossing->from_origin_mm);
    put_number(b, object, "gap_mm", crossing->gap_mm);
    put_flag(b, object, "gap_measured", crossing->gap_measured);
    put_number(b, object, "angle_deg", crossing->angle_deg);
    put_flag(b, object, "membrane", crossing->membrane);
    put_number(b, object, "artery_lumen_mm", crossing->artery_lumen_mm);
    put_number(b, object, "vein_diameter_mm", crossing->vein_diameter_mm);
    put_text(b, object, "calcium", calcium_name(crossing->calcium));
    put_number(b, object, "suitability", crossing->suitability);
    put_text(b, object, "method", crossing->method);
    return object;
}

static json_t *devices_json(builder *b, const wadi_plan *plan)
{
    json_t *array = json_array();

    for (wadi_index i = 0; i < plan->device_count; i++) {
        const wadi_device_use *use = &plan->devices[i];
        json_t *object = json_object();

        put_text(b, object, "device", use->device);
        put_text(b, object, "catalogue", use->catalogue);
        put_number(b, object, "diameter_mm", use->diameter_mm);
        put_number(b, object, "diameter_to_mm", use->diameter_to_mm);
        put_number(b, object, "length_mm", use->length_mm);
        put_text(b, object, "vessel", use->vessel);
        put_number(b, object, "from_mm", use->from_mm);
        put_number(b, object, "to_mm", use->to_mm);
        put_text(b, object, "source", use->source);
        append(b, array, object);
    }
    return array;
}

static json_t *valves_json(builder *b, const wadi_plan *plan)
{
    json_t *array = json_array();

    for (wadi_index i = 0; i < plan->valve_count; i++) {
        json_t *object = json_object();

        put_text(b, object, "vessel", plan->valves[i].vessel);
        put_number(b, object, "at_mm", plan->valves[i].at_mm);
        put_flag(b, object, "high_risk", plan->valves[i].high_risk);
        append(b, array, object);
    }
    return array;
}

static json_t *closures_json(builder *b, const wadi_plan *plan)
{
    json_t *array = json_array();

    for (wadi_index i = 0; i < plan->closure_count; i++)
        append(b, array, json_string(plan->closures[i]));
    return array;
}

static json_t *steps_json(builder *b, const wadi_plan *plan)
{
    json_t *array = json_array();

    for (wadi_index i = 0; i < plan->step_count; i++) {
        json_t *object = json_object();

        put_text(b, object, "part", plan->steps[i].part);
        put_text(b, object, "text", plan->steps[i].text);
        put_text(b, object, "source", plan->steps[i].source);
        append(b, array, object);
    }
    return array;
}

static json_t *branches_json(builder *b, const wadi_plan *plan)
{
    json_t *array = json_array();

    for (wadi_index i = 0; i < plan->branch_count; i++) {
        const wadi_branch_flow *branch = &plan->branches[i];
        json_t *object = json_object();

        put_text(b, object, "vessel", branch->vessel);
        put_number(b, object, "flow_ml_min", branch->flow_ml_min);
        put_number(b, object, "share_frac", branch->share_frac);
        put_flag(b, object, "closed", branch->closed);
        append(b, array, object);
    }
    return array;
}

static json_t *native_json(builder *b, const wadi_plan *plan)
{
    json_t *array = json_array();

    for (wadi_index i = 0; i < plan->native_count; i++) {
        json_t *object = json_object();

        put_text(b, object, "vessel", plan->native[i].vessel);
        put_number(b, object, "before_ml_min", plan->native[i].before_ml_min);
        put_number(b, object, "after_ml_min", plan->native[i].after_ml_min);
        put_number(b, object, "steal_index", plan->native[i].index);
        append(b, array, object);
    }
    return array;
}

static json_t *wave_json(builder *b, const wadi_wave *wave)
{
    json_t *object = json_object();

    put_text(b, object, "vessel", wave->vessel);
    put_number(b, object, "flow_mean_ml_min", wave->flow_mean_ml_min);
    put_number(b, object, "flow_min_ml_min", wave->flow_min_ml_min);
    put_number(b, object, "flow_max_ml_min", wave->flow_max_ml_min);
    put_number(b, object, "pressure_mean_mmhg", wave->pressure_mean_mmhg);
    put_number(b, object, "pressure_min_mmhg", wave->pressure_min_mmhg);
    put_number(b, object, "pressure_max_mmhg", wave->pressure_max_mmhg);
    put_number(b, object, "psv_m_s", wave->psv_m_s);
    put_number(b, object, "edv_m_s", wave->edv_m_s);
    put_number(b, object, "ri", wave->ri);
    put_number(b, object, "pi", wave->pi);
    put_number(b, object, "acceleration_time_s", wave->acceleration_s);
    put_number(b, object, "wall_shear_mean_pa", wave->shear_mean_pa);
    put_number(b, object, "wall_shear_peak_pa", wave->shear_peak_pa);
    return object;
}

static json_t *waves_json(builder *b, const wadi_plan *plan)
{
    json_t *object = json_object(), *sites = json_array();

    put_text(b, object, "level", "linear");
    put_text(b, object, "limits", REPORT_WAVE_LIMITS);
    put_number(b, object, "period_s", plan->beat_s);
    for (wadi_index i = 0; i < plan->wave_count; i++) {
        const wadi_wave_site *site = &plan->waves[i];
        json_t *row = json_object();

        put_text(b, row, "site", site->site);
        put(b, row, "before", site->before.known ? wave_json(b, &site->before) : json_null());
        put(b, row, "after", site->after.known ? wave_json(b, &site->after) : json_null());
        append(b, sites, row);
    }
    put(b, object, "sites", sites);
    return object;
}

static json_t *plan_json(builder *b, const wadi_limb *limb, const wadi_plan *plan)
{
    json_t *object = json_object();

    put(b, object, "rank", json_integer(plan->rank));
    put_text(b, object, "technique", wadi_technique_name(plan->technique));
    put_text(b, object, "title", wadi_technique_title(plan->technique));
    put_flag(b, object, "feasible", plan->feasible);
    put_flag(b, object, "complete", plan->complete);
    put_text(b, object, "limits_broken", plan->limits_broken);
    put_text(b, object, "refused", plan->refused);
    put_text(b, object, "refused_rule", plan->refused_rule);
    put(b, object, "crossing", crossing_json(b, &plan->crossing));
    put_text(b, object, "route", plan->route);
    put_text(b, object, "landing", plan->landing);
    put_number(b, object, "conduit_length_mm", plan->conduit_length_mm);
    put_flag(b, object, "inflow_treated", plan->inflow_treated);
    put(b, object, "devices", devices_json(b, plan));
    put(b, object, "valves_lysed", valves_json(b, plan));
    put(b, object, "closures", closures_json(b, plan));
    put(b, object, "steps", steps_json(b, plan));
    put(b, object, "after",
        plan->refused[0] ? json_null() : outcome_json(b, limb, &plan->after));
    put(b, object, "branches", branches_json(b, plan));
    put(b, object, "native", native_json(b, plan));
    put(b, object, "waveforms", plan->wave_count ? waves_json(b, plan) : json_null());
    put(b, object, "warnings", notes_json(b, &plan->warnings));
    put_number(b, object, "objective", plan->objective);
    put_number(b, object, "recruitment_to_61", plan->recruitment_to_61);
    put_number(b, object, "untreated_conduit_ml_min", plan->untreated_conduit_ml_min);
    put_number(b, object, "below_floor_frac", plan->below_floor_frac);
    return object;
}

static json_t *tradeoffs_json(builder *b, const wadi_plan_result *result)
{
    json_t *array = json_array();

    for (wadi_index i = 0; i < result->tradeoff_count; i++) {
        const wadi_tradeoff *row = &result->tradeoffs[i];
        json_t *object = json_object();

        put_text(b, object, "closures", row->closures);
        put_number(b, object, "conduit_flow_ml_min", row->conduit_ml_min);
        put_number(b, object, "nutritive_flow_ml_min", row->nutritive_ml_min);
        put_number(b, object, "arch_pressure_mmhg", row->arch_mmhg);
        put_number(b, object, "capillary_pressure_mmhg", row->capillary_mmhg);
        put_number(b, object, "tcpo2_mmhg", row->tcpo2_mmhg);
        put_flag(b, object, "feasible", row->feasible);
        put_flag(b, object, "chosen", row->chosen);
        append(b, array, object);
    }
    return array;
}

static json_t *site_json(builder *b, const wadi_site *site)
{
    json_t *object = json_object();

    put_number(b, object, "from_origin_mm", site->from_origin_mm);
    put_number(b, object, "gap_mm", site->gap_mm);
    put_number(b, object, "conduit_flow_ml_min", site->conduit_ml_min);
    put_number(b, object, "nutritive_flow_ml_min", site->nutritive_ml_min);
    put_flag(b, object, "feasible", site->feasible);
    return object;
}

/* Only where the gap of the best plan's pair was measured. */
static void put_sites(builder *b, json_t *root, const wadi_plan_result *result)
{
    json_t *object;

    if (!result->sites_known)
        return;
    object = json_object();
    put(b, object, "by_gap", site_json(b, &result->site_gap));
    put(b, object, "by_flow", site_json(b, &result->site_flow));
    put(b, root, "crossing_sites", object);
}

static json_t *what_ifs_json(builder *b, const wadi_plan_result *result)
{
    json_t *array = json_array();

    for (wadi_index i = 0; i < result->what_if_count; i++) {
        const wadi_what_if *row = &result->what_ifs[i];
        json_t *object = json_object();

        put_text(b, object, "text", row->text);
        put_text(b, object, "source", row->source);
        put_number(b, object, "conduit_flow_ml_min", row->conduit_ml_min);
        put_number(b, object, "nutritive_flow_ml_min", row->nutritive_ml_min);
        put_number(b, object, "arch_pressure_mmhg", row->arch_mmhg);
        put_number(b, object, "tcpo2_mmhg", row->tcpo2_mmhg);
        put_number(b, object, "shunt_of_cardiac_output_frac", row->cardiac_share_frac);
        append(b, array, object);
    }
    return array;
}

static json_t *drugs_json(builder *b, const wadi_plan_result *result)
{
    json_t *array = json_array();

    for (wadi_index i = 0; i < result->drug_count; i++) {
        json_t *object = json_object();

        put_text(b, object, "text", result->drugs[i].text);
        put_text(b, object, "source", result->drugs[i].source);
        append(b, array, object);
    }
    return array;
}

static json_t *follow_json(builder *b, const wadi_plan_result *result)
{
    json_t *array = json_array();

    for (wadi_index i = 0; i < result->follow_count; i++) {
        json_t *object = json_object();

        put(b, object, "day", json_integer(result->follow[i].day));
        put_text(b, object, "text", result->follow[i].text);
        put_text(b, object, "source", result->follow[i].source);
        append(b, array, object);
    }
    return array;
}

static json_t *solver_json(builder *b, const wadi_solver_report *solver)
{
    json_t *object = json_object();

    put_number(b, object, "residual", solver->residual);
    put_number(b, object, "mass_balance", solver->mass_balance);
    put(b, object, "solves", json_integer(solver->solves));
    put_number(b, object, "seconds", solver->seconds);
    put(b, object, "samples", json_integer(solver->samples));
    put(b, object, "failed_samples", json_integer(solver->failed_samples));
    return object;
}

static json_t *case_json(builder *b, const wadi_case *the_case)
{
    json_t *object = json_object();
    const char *side = the_case ? wadi_case_word("side", the_case->side_word) : NULL;

    put_text(b, object, "title", the_case ? the_case->title : "");
    put(b, object, "side", side ? json_string(side) : json_null());
    return object;
}

static void put_plans(builder *b, json_t *root, const wadi_plan_result *result)
{
    json_t *plans = json_array(), *comparison = json_array();

    for (wadi_index i = 0; i < result->plan_count; i++)
        append(b, plans, plan_json(b, result->limb, &result->plans[i]));
    put(b, root, "plans", plans);
    for (int i = 0; i < WADI_TECHNIQUE_COUNT; i++)
        append(b, comparison, plan_json(b, result->limb, &result->comparison[i]));
    put(b, root, "comparison", comparison);
}

wadi_status wadi_plan_json(const wadi_plan_result *result, const wadi_case *the_case,
                           char **out, size_t *size, wadi_error *err)
{
    wadi_status status = WADI_OK;
    builder b = {false};
    json_t *root = json_object();

    *out = NULL;
    *size = 0;
    put_text(&b, root, "schema", "wadi.plan/1");
    put_text(&b, root, "notice", WADI_RESEARCH_ONLY);
    put_text(&b, root, "version", wadi_version());
    put_text(&b, root, "input_hash", result->input_hash);
    put(&b, root, "case", case_json(&b, the_case));
    put_text(&b, root, "verdict", wadi_verdict_name(result->verdict));
    put_flag(&b, root, "exploratory", result->exploratory);
    put(&b, root, "reasons", notes_json(&b, &result->reasons));
    put(&b, root, "warnings", notes_json(&b, &result->warnings));
    put(&b, root, "missing", notes_json(&b, &result->missing));
    put(&b, root, "overridden", notes_json(&b, &result->overridden));
    put_text(&b, root, "wound_bed", result->wound_bed);
    put_flag(&b, root, "wound_described", result->wound_described);
    put(&b, root, "before", outcome_json(&b, result->limb, &result->before));
    put_plans(&b, root, result);
    put(&b, root, "tradeoff", tradeoffs_json(&b, result));
    put_sites(&b, root, result);
    put(&b, root, "what_if", what_ifs_json(&b, result));
    put(&b, root, "drugs", drugs_json(&b, result));
    put(&b, root, "follow_up", follow_json(&b, result));
    put(&b, root, "solver", solver_json(&b, &result->solver));
    if (b.failed)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the plan as JSON");
    else
        status = wadi_json_text(root, out, size, err);
    json_decref(root);
    return status;
}
