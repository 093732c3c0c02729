/* The main job in order: limb, verdict, flow before, search, flow after, bands, cards. */
#include "plan/plan_impl.h"
#include "wadi/units.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

wadi_plan_options wadi_plan_options_default(void)
{
    return (wadi_plan_options){.samples = 256,
                               .grid_m = 2.5e-3,
                               .closure_limit = 4,
                               .recruitment_target_mmhg = 61,
                               .waves = true};
}

static void plan_clear(wadi_plan *plan)
{
    free(plan->devices);
    free(plan->valves);
    free(plan->closures);
    free(plan->steps);
    free(plan->branches);
    free(plan->native);
    free(plan->warnings.items);
    wadi_limb_free(plan->limb);
    free(plan->flow_m3_s);
    free(plan->pressure_pa);
    free(plan->waves);
    memset(plan, 0, sizeof *plan);
}

void wadi_plan_result_free(wadi_plan_result *result)
{
    if (!result)
        return;
    for (wadi_index i = 0; i < result->plan_count; i++)
        plan_clear(&result->plans[i]);
    for (int t = 0; t < WADI_TECHNIQUE_COUNT; t++)
        plan_clear(&result->comparison[t]);
    free(result->plans);
    free(result->reasons.items);
    free(result->warnings.items);
    free(result->missing.items);
    free(result->overridden.items);
    free(result->tradeoffs);
    free(result->what_ifs);
    free(result->drugs);
    free(result->follow);
    wadi_limb_free(result->limb);
    free(result->flow_m3_s);
    free(result->pressure_pa);
    free(result);
}

static double pick(wadi_maybe option, wadi_maybe wish, double fallback)
{
    return option.known ? option.value : wish.known ? wish.value : fallback;
}

/* Defaults: flow seed 0 and Schreve 2020; capillary and arch pressure leg-model (ESTIMATE);
 * share of cardiac output 0.25, where dialysis fistulas are called too large (PubMed 32891305).
 * No threshold of steal is published: it bounds the search only when the user sets it. */
static void set_limits(planner *p)
{
    const wadi_limits *wish = &p->the_case->wishes.limits, *option = &p->options.limits;

    p->limit.conduit_min =
        pick(option->conduit_flow_min_ml_min, wish->conduit_flow_min_ml_min, 100);
    p->limit.conduit_warn =
        pick(option->conduit_flow_warn_ml_min, wish->conduit_flow_warn_ml_min, 195);
    p->limit.capillary_max =
        pick(option->capillary_pressure_max_mmhg, wish->capillary_pressure_max_mmhg, 45);
    p->limit.arch_max = pick(option->arch_pressure_max_mmhg, wish->arch_pressure_max_mmhg, 80);
    p->limit.steal_max = pick(option->steal_max_frac, wish->steal_max_frac, INFINITY);
    p->limit.share_max =
        pick(option->cardiac_share_max_frac, wish->cardiac_share_max_frac, 0.25);
}

static void find_wound(planner *p)
{
    wadi_index count;
    const wadi_bed *beds = wadi_limb_beds(p->limb, &count);
    const char *name = p->the_case->wound_count
                           ? wadi_case_word("wounds.site", p->the_case->wounds[0].site_word)
                           : "hallux";

    p->wound_bed = name ? wadi_limb_bed(p->limb, name) : WADI_NONE;
    if (p->wound_bed == WADI_NONE)
        p->wound_bed = 0;
    p->toe = strstr(beds[p->wound_bed].name, "toe") ? p->wound_bed
                                                    : wadi_limb_bed(p->limb, "hallux");
    if (p->toe == WADI_NONE)
        p->toe = 0;
}

static wadi_status start_workers(planner *p, wadi_error *err)
{
    int wanted = p->options.threads > 0 ? p->options.threads : omp_get_num_procs();
    wadi_status status = WADI_OK;

    p->worker_count = wanted < 1 ? 1 : wanted > WORKER_LIMIT ? WORKER_LIMIT : wanted;
    for (int i = 0; !status && i < p->worker_count; i++)
        status = wadi_steady_new(&p->workers[i].solver, err);
    return status;
}

static wadi_index far_segment(const wadi_limb *limb, wadi_index vessel)
{
    wadi_index count;

    return wadi_limb_segment_at(limb, vessel, wadi_limb_vessels(limb, &count)[vessel].length_m);
}

measure measure_before(const planner *p)
{
    return (measure){WADI_NONE, p->wound_bed, p->toe, WADI_NONE, WADI_NONE, -1, 0};
}

measure measure_after(const planner *p, const wadi_plan *plan)
{
    measure what = {WADI_NONE,          p->wound_bed, p->toe,
                    WADI_NONE,          WADI_NONE,    p->before_inflow_m3_s,
                    p->before_foot_m3_s};
    wadi_index count, start;
    const wadi_segment *segments = wadi_limb_segments(plan->limb, &count);

    start = wadi_limb_segment(plan->limb, "crossing stent");
    what.conduit = wadi_limb_segment(plan->limb, "conduit");
    if (what.conduit == WADI_NONE || plan->technique == WADI_HYBRID)
        start = wadi_limb_segment(plan->limb, "bypass");
    if (what.conduit == WADI_NONE)
        what.conduit = start;
    if (start != WADI_NONE)
        what.crossing_node = segments[start].from;
    what.donor_end =
        far_segment(plan->limb, wadi_limb_vessel(plan->limb, plan->crossing.artery));
    return what;
}

static wadi_status keep_flow(const wadi_limb *limb, const wadi_steady_result *flow,
                             double **flow_m3_s, double **pressure_pa, wadi_error *err)
{
    (void)limb;
    *flow_m3_s = wadi_alloc((size_t)flow->segment_count, sizeof **flow_m3_s);
    *pressure_pa = wadi_alloc((size_t)flow->node_count, sizeof **pressure_pa);
    if (!*flow_m3_s || !*pressure_pa)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the flow of a leg");
    memcpy(*flow_m3_s, flow->flow_m3_s, (size_t)flow->segment_count * sizeof **flow_m3_s);
    memcpy(*pressure_pa, flow->pressure_pa, (size_t)flow->node_count * sizeof **pressure_pa);
    return WADI_OK;
}

static wadi_status solve_before(planner *p, wadi_plan_result *result, wadi_error *err)
{
    wadi_steady_result flow;
    measure what = measure_before(p);
    wadi_status status = planner_solve(p, &p->workers[0], p->limb, &p->model, -1, &flow, err);

    if (status)
        return status;
    p->before_inflow_m3_s = flow.inflow_m3_s;
    p->before_foot_m3_s = foot_arterial_inflow(p->limb, &flow);
    outcome_point(p->limb, &p->model, &flow, &what, &p->before);
    outcome_from_point(&p->before, &result->before);
    return keep_flow(p->limb, &flow, &result->flow_m3_s, &result->pressure_pa, err);
}

/* What the branches of the foot carry after the plan, largest first. */
static wadi_status list_branches(planner *p, wadi_plan *plan, double conduit, wadi_error *err)
{
    plan->branches = wadi_alloc((size_t)ESCAPE_COUNT, sizeof *plan->branches);
    if (!plan->branches)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the branch flows");
    (void)p;
    for (int i = 0; i < ESCAPE_COUNT; i++) {
        wadi_index vessel = wadi_limb_vessel(plan->limb, ESCAPES[i]), segment, count;
        wadi_branch_flow *branch = &plan->branches[plan->branch_count];

        if (vessel == WADI_NONE)
            continue;
        segment = far_segment(plan->limb, vessel);
        snprintf(branch->vessel, sizeof branch->vessel, "%s", ESCAPES[i]);
        branch->closed = wadi_limb_vessels(plan->limb, &count)[vessel].closed;
        branch->flow_ml_min = plan->flow_m3_s[segment] / WADI_M3_S_PER_ML_MIN;
        branch->share_frac = conduit > 0 ? branch->flow_ml_min / conduit : NAN;
        plan->branch_count++;
    }
    return WADI_OK;
}

static double far_flow(const wadi_limb *limb, const double *flow_m3_s, const char *vessel)
{
    return flow_m3_s[far_segment(limb, wadi_limb_vessel(limb, vessel))] / WADI_M3_S_PER_ML_MIN;
}

/* What the arteries below the knee lose to the crossing, each at its far end. */
static wadi_status list_native(const planner *p, const wadi_plan_result *result,
                               wadi_plan *plan, wadi_error *err)
{
    static const char *const ARTERIES[] = {"ATA", "PTA", "PER", "DPA", "MPA", "LPA"};
    const double least_ml_min = 0.2;

    plan->native = wadi_alloc(WADI_COUNT_OF(ARTERIES), sizeof *plan->native);
    if (!plan->native)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the native flows");
    for (size_t i = 0; i < WADI_COUNT_OF(ARTERIES); i++) {
        wadi_native_flow *native = &plan->native[plan->native_count];
        double before;

        if (wadi_limb_vessel(p->limb, ARTERIES[i]) == WADI_NONE)
            continue;
        before = far_flow(p->limb, result->flow_m3_s, ARTERIES[i]);
        if (fabs(before) < least_ml_min)
            continue;
        snprintf(native->vessel, sizeof native->vessel, "%s", ARTERIES[i]);
        native->before_ml_min = before;
        native->after_ml_min = far_flow(plan->limb, plan->flow_m3_s, ARTERIES[i]);
        native->index = native->after_ml_min / before;
        plan->native_count++;
    }
    return WADI_OK;
}

static wadi_status fill_plan(planner *p, const candidate *source, wadi_plan *out,
                             wadi_error *err)
{
    const route *way = &ROUTES[source->route];
    wadi_steady_result flow;
    wadi_index conduit;
    point after;
    measure what;
    wadi_status status;

    out->technique = source->technique;
    out->crossing = source->crossing;
    snprintf(out->route, sizeof out->route, "%s", way->name);
    snprintf(out->landing, sizeof out->landing, "%s", way->landings[source->landing].name);
    out->inflow_treated = source->treat_inflow;
    out->complete = source->make_fistula && source->lyse && source->prevent_shunt;
    out->feasible = source->violation == 0;
    out->objective = source->objective;
    out->conduit_length_mm = 1e3 * source->conduit_length_m;
    out->untreated_conduit_ml_min = out->recruitment_to_61 = out->below_floor_frac = NAN;
    status = candidate_apply(p->limb, source, &out->limb, &conduit, err);
    if (!status)
        status = planner_solve(p, &p->workers[0], out->limb, &p->model, p->before_inflow_m3_s,
                               &flow, err);
    if (status)
        return status;
    what = measure_after(p, out);
    outcome_point(out->limb, &p->model, &flow, &what, &after);
    outcome_from_point(&after, &out->after);
    status = keep_flow(out->limb, &flow, &out->flow_m3_s, &out->pressure_pa, err);
    if (!status)
        status = list_branches(p, out, out->after.conduit_flow_ml_min.value, err);
    if (!status)
        status = steps_fill(p, source, out, err);
    return status;
}

static wadi_status untreated_flow(planner *p, const candidate *source, wadi_plan *out,
                                  wadi_error *err)
{
    candidate left = *source;
    point after;
    wadi_status status;

    if (!source->treat_inflow)
        return WADI_OK;
    left.treat_inflow = false;
    status = planner_evaluate(p, &p->workers[0], &left, &after, err);
    if (!status)
        out->untreated_conduit_ml_min = after.value[OUTCOME_INDEX(conduit_flow_ml_min)];
    return status;
}

static wadi_status wound_tcpo2(planner *p, const wadi_plan *plan, double factor, double *tcpo2,
                               wadi_error *err)
{
    wadi_model model = p->model;
    wadi_steady_result flow;
    wadi_status status;

    model.value[WADI_P_RECRUITMENT] *= factor;
    model.value[WADI_P_VENULE_BACKWARD] = fmin(1, factor * model.value[WADI_P_VENULE_BACKWARD]);
    status =
        planner_solve(p, &p->workers[0], plan->limb, &model, p->before_inflow_m3_s, &flow, err);
    if (!status)
        *tcpo2 = flow.beds[p->wound_bed].tcpo2_mmhg;
    return status;
}

/* Factor on capillary and backward venule conductance at which the wound reaches the published
 * peak. */
static wadi_status recruitment(planner *p, wadi_plan *plan, wadi_error *err)
{
    double low = 1, high = 5, tcpo2, target = p->options.recruitment_target_mmhg;
    wadi_status status = wound_tcpo2(p, plan, high, &tcpo2, err);

    if (status || tcpo2 < target)
        return status;
    status = wound_tcpo2(p, plan, low, &tcpo2, err);
    if (!status && tcpo2 >= target)
        high = low;
    while (!status && high - low > 0.005) {
        double middle = 0.5 * (low + high);

        status = wound_tcpo2(p, plan, middle, &tcpo2, err);
        if (tcpo2 >= target)
            high = middle;
        else
            low = middle;
    }
    if (!status)
        plan->recruitment_to_61 = high;
    return status;
}

static double donor_before(const planner *p, const wadi_plan_result *result, const char *artery)
{
    return result->flow_m3_s[far_segment(p->limb, wadi_limb_vessel(p->limb, artery))] /
           WADI_M3_S_PER_ML_MIN;
}

/* Best three: at most two of one technique, so that a second way is always shown. */
static wadi_status choose_plans(planner *p, const found_plans *list, wadi_plan_result *result,
                                candidate chosen[TOP_LIMIT], wadi_error *err)
{
    int used[WADI_TECHNIQUE_COUNT] = {0};
    wadi_status status = WADI_OK;

    result->plans = wadi_alloc(TOP_LIMIT, sizeof *result->plans);
    if (!result->plans)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the plans");
    for (wadi_index i = 0; !status && i < list->count && result->plan_count < TOP_LIMIT; i++) {
        const candidate *item = &list->best[i];
        wadi_plan *plan = &result->plans[result->plan_count];

        if (!isfinite(item->violation) || used[item->technique]++ >= 2)
            continue;
        chosen[result->plan_count++] = *item;
        plan->rank = result->plan_count;
        status = fill_plan(p, item, plan, err);
        if (!status)
            status = untreated_flow(p, item, plan, err);
        if (!status)
            status = list_native(p, result, plan, err);
        if (!status)
            status = recruitment(p, plan, err);
        p->donor_before_ml_min = donor_before(p, result, item->crossing.artery);
        if (!status)
            status = verdict_plan_warnings(p, item, plan, err);
    }
    return status;
}

static wadi_status compare_techniques(planner *p, const found_plans *list,
                                      wadi_plan_result *result, wadi_error *err)
{
    wadi_status status = WADI_OK;

    for (int t = 0; !status && t < WADI_TECHNIQUE_COUNT; t++) {
        wadi_plan *row = &result->comparison[t];

        row->technique = (wadi_technique)t;
        row->crossing.from_origin_mm = row->crossing.gap_mm = NAN;
        snprintf(row->refused, sizeof row->refused, "%s", list->refusal[t]);
        snprintf(row->refused_rule, sizeof row->refused_rule, "%s", list->refusal_rule[t]);
        for (wadi_index i = 0; i < list->count; i++) {
            if (list->best[i].technique != (wadi_technique)t ||
                !isfinite(list->best[i].violation))
                continue;
            row->refused[0] = '\0';
            status = fill_plan(p, &list->best[i], row, err);
            break;
        }
    }
    return status;
}

static wadi_status note_refusals(const found_plans *list, wadi_plan_result *result,
                                 wadi_error *err)
{
    wadi_status status = WADI_OK;

    for (int t = 0; !status && t < WADI_TECHNIQUE_COUNT; t++)
        if (list->refusal[t][0] && strcmp(list->refusal[t], "not wished"))
            status = notes_add(&result->reasons, list->refusal_rule[t], "angiographic",
                               technique_find((wadi_technique)t)->source, err, "%s refused: %s",
                               technique_find((wadi_technique)t)->title, list->refusal[t]);
    return status;
}

static wadi_status make_plans(planner *p, wadi_plan_result *result, wadi_error *err)
{
    found_plans list = {0};
    candidate chosen[TOP_LIMIT];
    wadi_status status = search_all(p, &list, err);

    if (!status)
        status = choose_plans(p, &list, result, chosen, err);
    if (!status)
        status = compare_techniques(p, &list, result, err);
    if (!status && result->plan_count)
        status = verdict_with_plan(p, &chosen[0], result, err);
    if (!status)
        status = note_refusals(&list, result, err);
    if (!status && result->plan_count)
        status = search_tradeoffs(p, &chosen[0], result, err);
    if (!status && result->plan_count)
        status = search_sites(p, &chosen[0], result, err);
    if (!status && result->plan_count)
        status = whatif_fill(p, &chosen[0], result, err);
    if (!status && result->plan_count && p->options.waves)
        status = waves_fill(p, result, err);
    found_clear(&list);
    return status;
}

static bool gives_plans(const wadi_plan_result *result)
{
    return result->verdict == WADI_ELIGIBLE || result->verdict == WADI_CONDITIONAL;
}

static void leave_comparison_empty(wadi_plan_result *result)
{
    for (int t = 0; t < WADI_TECHNIQUE_COUNT; t++) {
        wadi_plan *row = &result->comparison[t];

        row->technique = (wadi_technique)t;
        row->crossing.from_origin_mm = row->crossing.gap_mm = NAN;
        snprintf(row->refused, sizeof row->refused, "not searched: the verdict is %s",
                 wadi_verdict_name(result->verdict));
    }
}

static void report_solver(const planner *p, const struct timespec *start,
                          wadi_solver_report *out)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    out->seconds =
        (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
    for (int i = 0; i < p->worker_count; i++) {
        out->solves += p->workers[i].solves;
        out->residual = fmax(out->residual, p->workers[i].residual);
        out->mass_balance = fmax(out->mass_balance, p->workers[i].mass_balance);
    }
}

static wadi_status run(planner *p, wadi_plan_result *result, wadi_error *err)
{
    wadi_status status = wishes_read(p->the_case, &p->wish, err);

    if (!status)
        status = catalogue_read(&p->devices, err);
    if (!status)
        status = wadi_model_read(&p->table, err);
    if (!status)
        status = wadi_limb_from_case(p->the_case, &p->limb, err);
    if (!status)
        status = technique_check_leg(p->limb, err);
    if (!status)
        status = start_workers(p, err);
    if (status)
        return status;
    wadi_model_fit_case(&p->table, p->the_case);
    p->model = wadi_model_nominal(&p->table);
    set_limits(p);
    find_wound(p);
    wadi_index count;
    snprintf(result->wound_bed, sizeof result->wound_bed, "%s",
             wadi_limb_beds(p->limb, &count)[p->wound_bed].name);
    result->wound_described = p->the_case->wound_count > 0;
    status = verdict_decide(p, result, err);
    if (!status)
        status = solve_before(p, result, err);
    if (!status && gives_plans(result))
        status = make_plans(p, result, err);
    else if (!status)
        leave_comparison_empty(result);
    if (!status)
        status = bands_fill(p, result, err);
    if (!status)
        status = drugs_fill(p, result, err);
    if (!status)
        status = steps_follow(result, err);
    return status;
}

wadi_status wadi_plan_case(const wadi_case *the_case, const wadi_plan_options *options,
                           wadi_plan_result **out, wadi_error *err)
{
    struct timespec start;
    planner *p = wadi_alloc(1, sizeof *p);
    wadi_plan_result *result = wadi_alloc(1, sizeof *result);
    wadi_status status;

    *out = NULL;
    clock_gettime(CLOCK_MONOTONIC, &start);
    if (!p || !result) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for a plan");
        goto done;
    }
    p->the_case = the_case;
    p->options = *options;
    p->options.grid_m = fmin(fmax(options->grid_m, 1e-4), 2.5e-3);
    status = run(p, result, err);
    if (status)
        goto done;
    report_solver(p, &start, &result->solver);
    snprintf(result->input_hash, sizeof result->input_hash, "%s", the_case->input_hash);
    result->limb = p->limb;
    p->limb = NULL;
    *out = result;
    result = NULL;
done:
    if (p) {
        for (int i = 0; i < p->worker_count; i++)
            wadi_steady_free(p->workers[i].solver);
        wadi_limb_free(p->limb);
    }
    free(p);
    wadi_plan_result_free(result);
    return status;
}
