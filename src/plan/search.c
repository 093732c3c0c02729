/* The search: best crossing of each pair, then closures and landing, technique by technique. */
#include "plan/plan_impl.h"
#include "wadi/units.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* Each closure is a further manoeuvre: it must earn 2 % of nutritive flow (choice, ESTIMATE).
 */
static const double CLOSURE_COST = 0.02;
/* Escapes closed while crossings are compared: the set that the prototype found best. */
static const char *const FIRST_CLOSURES[] = {"IMP1", "IMPL", "FPX"};

wadi_status planner_solve(planner *p, worker *w, const wadi_limb *limb, const wadi_model *model,
                          double reference_inflow_m3_s, wadi_steady_result *out,
                          wadi_error *err)
{
    wadi_steady_options options = wadi_steady_options_default();
    wadi_status status;

    (void)p;
    options.reference_inflow_m3_s = reference_inflow_m3_s;
    options.start_pa = w->start_pa;
    options.start_count = w->start_count;
    status = wadi_steady_solve(w->solver, limb, model, &options, out, err);
    if (status)
        return status;
    w->solves++;
    w->residual = fmax(w->residual, out->residual_frac);
    w->mass_balance = fmax(w->mass_balance, out->mass_balance_frac);
    return WADI_OK;
}

void planner_start_from(planner *p, const double *start_pa, wadi_index start_count)
{
    for (int i = 0; i < p->worker_count; i++) {
        p->workers[i].start_pa = start_pa;
        p->workers[i].start_count = start_count;
    }
}

/* Pressures of one candidate's flow, from which those of its like start. Free *pressures; NULL
 * where its flow does not converge. */
static wadi_status solve_for_start(planner *p, const candidate *plan, double **pressures,
                                   wadi_index *count, wadi_error *err)
{
    wadi_limb *after = NULL;
    wadi_index conduit;
    wadi_steady_result flow;
    wadi_status status = candidate_apply(p->limb, plan, &after, &conduit, err);

    *pressures = NULL;
    *count = 0;
    if (status)
        return status;
    status =
        planner_solve(p, &p->workers[0], after, &p->model, p->before_inflow_m3_s, &flow, err);
    if (!status) {
        *pressures = wadi_alloc((size_t)flow.all_count, sizeof **pressures);
        if (*pressures) {
            memcpy(*pressures, flow.all_pressure_pa,
                   (size_t)flow.all_count * sizeof **pressures);
            *count = flow.all_count;
        } else {
            status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the pressures of a leg");
        }
    }
    wadi_limb_free(after);
    return status == WADI_ERR_CONVERGENCE ? WADI_OK : status;
}

static double excess(double value, double limit)
{
    return value > limit ? value / limit - 1 : 0;
}

static double violation_of(const planner *p, const point *after)
{
    const double *v = after->value;
    double conduit = v[OUTCOME_INDEX(conduit_flow_ml_min)], sum = 0;
    double nutritive = v[OUTCOME_INDEX(nutritive_flow_ml_min)];
    double before = p->before.value[OUTCOME_INDEX(nutritive_flow_ml_min)];

    if (conduit < p->limit.conduit_min)
        sum += 1 - fmax(conduit, 0) / p->limit.conduit_min;
    sum += excess(v[OUTCOME_INDEX(capillary_pressure_mmhg)], p->limit.capillary_max);
    sum += excess(v[OUTCOME_INDEX(arch_pressure_mmhg)], p->limit.arch_max);
    sum += excess(v[OUTCOME_INDEX(steal_index)], p->limit.steal_max);
    sum += excess(v[OUTCOME_INDEX(shunt_of_cardiac_output_frac)], p->limit.share_max);
    /* A plan that leaves the wound with less than it had is none. */
    if (nutritive < before)
        sum += 1 - nutritive / before;
    return sum;
}

static int bits_of(unsigned set)
{
    int count = 0;

    for (; set; set &= set - 1)
        count++;
    return count;
}

wadi_status planner_evaluate(planner *p, worker *w, candidate *plan, point *out,
                             wadi_error *err)
{
    wadi_limb *after = NULL;
    wadi_index conduit;
    wadi_steady_result flow;
    measure what = {WADI_NONE,          p->wound_bed, p->toe,
                    WADI_NONE,          WADI_NONE,    p->before_inflow_m3_s,
                    p->before_foot_m3_s};
    wadi_status status = candidate_apply(p->limb, plan, &after, &conduit, err);

    if (!status)
        status = planner_solve(p, w, after, &p->model, p->before_inflow_m3_s, &flow, err);
    if (!status) {
        wadi_index count;
        const wadi_segment *segments = wadi_limb_segments(after, &count);

        what.conduit = conduit;
        plan->conduit_length_m = conduit == WADI_NONE ? 0 : segments[conduit].length_m;
        outcome_point(after, &p->model, &flow, &what, out);
        plan->violation = violation_of(p, out);
        plan->objective = out->value[OUTCOME_INDEX(nutritive_flow_ml_min)] *
                          plan->crossing.suitability *
                          (1 - CLOSURE_COST * bits_of(plan->closures));
    }
    wadi_limb_free(after);
    return status;
}

static bool better(const candidate *a, const candidate *b)
{
    if (a->violation != b->violation && (a->violation > 0 || b->violation > 0))
        return a->violation < b->violation;
    return a->objective > b->objective;
}

/* Branches that may be closed: open ones that nobody forbade, and that this route does not use.
 */
static unsigned allowed_closures(const planner *p, const candidate *plan)
{
    unsigned set = 0;

    for (int i = 0; i < ESCAPE_COUNT; i++) {
        wadi_index vessel = wadi_limb_vessel(p->limb, ESCAPES[i]);
        bool used = false;

        for (int v = 0; v < ROUTE_VEIN_LIMIT; v++) {
            const char *vein = ROUTES[plan->route].veins[v],
                       *beyond = ROUTES[plan->route].lyse[v];

            used |=
                (vein && !strcmp(vein, ESCAPES[i])) || (beyond && !strcmp(beyond, ESCAPES[i]));
        }
        if (!used && vessel != WADI_NONE && wadi_limb_is_open(p->limb, vessel, 0, 10))
            set |= 1u << i;
    }
    if (p->wish.no_shunt_prevention)
        return 0;
    set &= ~p->wish.forbidden_closures;
    return set;
}

typedef struct verdicts {
    wadi_status status;
    wadi_error err;
} verdicts;

/* Evaluate a list with all workers. A candidate whose flow did not converge drops out with the
 * worst violation; any other failure stops the plan. Order does not depend on the threads. */
static wadi_status evaluate_all(planner *p, candidate *list, wadi_index count, wadi_error *err)
{
    verdicts failed = {WADI_OK, {0}};

#pragma omp parallel for schedule(dynamic, 4) num_threads(p->worker_count)
    for (wadi_index i = 0; i < count; i++) {
        point unused;
        wadi_error mine = {0};
        wadi_status status =
            planner_evaluate(p, &p->workers[omp_get_thread_num()], &list[i], &unused, &mine);

        if (status == WADI_ERR_CONVERGENCE) {
            list[i].violation = INFINITY;
        } else if (status) {
#pragma omp critical
            failed = (verdicts){status, mine};
        }
    }
    if (failed.status && err)
        *err = failed.err;
    return failed.status;
}

/* The same for candidates that differ little: they start from the flow of the first. */
static wadi_status evaluate_like(planner *p, candidate *list, wadi_index count, wadi_error *err)
{
    double *pressures = NULL;
    wadi_index pressure_count = 0;
    wadi_status status =
        count ? solve_for_start(p, &list[0], &pressures, &pressure_count, err) : WADI_OK;

    planner_start_from(p, pressures, pressure_count);
    if (!status)
        status = evaluate_all(p, list, count, err);
    planner_start_from(p, NULL, 0);
    free(pressures);
    return status;
}

static void complete(const planner *p, candidate *plan)
{
    plan->make_fistula = !p->wish.no_fistula;
    plan->lyse = !p->wish.no_lysis;
    plan->prevent_shunt = !p->wish.no_shunt_prevention;
    plan->treat_inflow = p->inflow_stenosed && !p->wish.leave_inflow;
}

static int compare_candidates(const void *a, const void *b)
{
    const candidate *x = a, *y = b;

    if (better(x, y))
        return -1;
    if (better(y, x))
        return 1;
    return x->closures < y->closures ? -1 : x->closures > y->closures;
}

/* Every set of at most closure_limit branches beside the forced ones, best first. */
static wadi_status search_closures(planner *p, const candidate *start, candidate *best,
                                   wadi_error *err)
{
    unsigned allowed = allowed_closures(p, start),
             forced = p->wish.no_shunt_prevention ? 0 : p->wish.forced_closures;
    unsigned all = (1u << ESCAPE_COUNT) - 1;
    wadi_index count = 0;
    candidate *list = wadi_alloc(1u << ESCAPE_COUNT, sizeof *list);
    wadi_status status;

    if (!list)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the search of closures");
    for (unsigned set = 0; set <= all; set++) {
        if ((set & forced) != (forced & all) || (set & ~(allowed | forced)) ||
            bits_of(set & ~forced) > p->options.closure_limit)
            continue;
        list[count] = *start;
        list[count++].closures = set;
    }
    status = evaluate_like(p, list, count, err);
    if (!status) {
        qsort(list, (size_t)count, sizeof *list, compare_candidates);
        *best = list[0];
    }
    free(list);
    return status;
}

/* A pair whose gap was measured comes before one that rests on the reference leg, where both
 * break no limit: the patient's own vessels are known there. */
static int measured_first(const void *a, const void *b)
{
    const candidate *x = a, *y = b;

    if ((x->violation > 0) == (y->violation > 0) && x->by_gap != y->by_gap)
        return x->by_gap ? -1 : 1;
    return compare_candidates(a, b);
}

static bool same_pair(const candidate *a, const candidate *b)
{
    return a->artery == b->artery && a->route == b->route;
}

static wadi_status add_found(found_plans *out, const candidate *item, wadi_error *err)
{
    candidate *grown = wadi_realloc(out->best, (size_t)out->count + 1, sizeof *grown);

    if (!grown)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the plans");
    out->best = grown;
    out->best[out->count++] = *item;
    return WADI_OK;
}

/* Where the gap of a pair was measured from both sides, the place of the least gap is taken
 * among those that break no limit; where each place breaks one, among all. The place that the
 * objective would choose stays beside it (docs/decisions/0042-crossing-by-gap.md). */
static void prefer_least_gap(const candidate *list, wadi_index count, candidate *kept)
{
    const candidate *best = NULL;

    for (wadi_index i = 0; i < count; i++) {
        const candidate *here = &list[i];
        bool within = here->violation == 0;

        if (!same_pair(here, kept) || !here->crossing.gap_measured ||
            here->crossing.gap_bound || !isfinite(here->violation))
            continue;
        if (!best || (within && best->violation > 0) ||
            (within == (best->violation == 0) && here->crossing.gap_mm < best->crossing.gap_mm))
            best = here;
    }
    if (!best)
        return;

    candidate flow = *kept;

    *kept = *best;
    kept->by_gap = true;
    kept->flow_artery_at_m = flow.artery_at_m;
    kept->flow_vein_at_m = flow.vein_at_m;
    kept->flow_crossing = flow.crossing;
}

/* Best place of each artery-vein pair; the list comes back with one candidate a pair, best
 * first. */
static wadi_status best_of_pairs(planner *p, candidate *list, wadi_index *count,
                                 wadi_error *err)
{
    wadi_index kept = 0;
    candidate *best = wadi_alloc((size_t)*count, sizeof *best);
    wadi_status status;

    if (!best)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d crossings", *count);

    for (wadi_index i = 0; i < *count; i++) {
        complete(p, &list[i]);
        for (size_t k = 0; k < WADI_COUNT_OF(FIRST_CLOSURES); k++)
            list[i].closures |= escape_bit(FIRST_CLOSURES[k]) & allowed_closures(p, &list[i]);
    }
    status = evaluate_like(p, list, *count, err);
    if (status)
        goto done;
    qsort(list, (size_t)*count, sizeof *list, compare_candidates);
    for (wadi_index i = 0; i < *count; i++) {
        bool seen = false;

        for (wadi_index k = 0; k < kept; k++)
            seen |= same_pair(&best[k], &list[i]);
        if (seen)
            continue;
        best[kept] = list[i];
        prefer_least_gap(list, *count, &best[kept++]);
    }
    qsort(best, (size_t)kept, sizeof *best, measured_first);
    memcpy(list, best, (size_t)kept * sizeof *best);
    *count = kept;
done:
    free(best);
    return status;
}

static wadi_status search_landings(planner *p, const candidate *start, found_plans *out,
                                   wadi_error *err)
{
    wadi_status status = WADI_OK;

    for (int landing = 0; !status && landing < 2 && ROUTES[start->route].landings[landing].name;
         landing++) {
        candidate from = *start, best;

        from.landing = landing;
        status = search_closures(p, &from, &best, err);
        if (!status)
            status = add_found(out, &best, err);
    }
    return status;
}

static wadi_status search_needle(planner *p, const technique_rule *rule, found_plans *out,
                                 wadi_error *err)
{
    enum { PAIRS = 2 }; /* pairs whose closures are searched */
    candidate *list = NULL;
    wadi_index count = 0;
    wadi_status status = crossing_list(p, rule, &list, &count, out->refusal[rule->technique],
                                       out->refusal_rule[rule->technique], err);

    if (!status && count)
        status = best_of_pairs(p, list, &count, err);
    for (wadi_index i = 0; !status && i < count && i < PAIRS; i++)
        status = search_landings(p, &list[i], out, err);
    free(list);
    return status;
}

/* Most distal open place of the popliteal or femoral artery. */
static bool surgical_donor(const planner *p, bool femoral_too, wadi_index *artery, double *at_m)
{
    static const char *const donors[] = {"POP", "SFA", "CFA"};

    for (size_t i = 0; i < WADI_COUNT_OF(donors); i++) {
        wadi_index vessel = wadi_limb_vessel(p->limb, donors[i]), count;
        double length = wadi_limb_vessels(p->limb, &count)[vessel].length_m;
        bool above_open = true;

        if (p->the_case->wishes.donor && strcmp(p->the_case->wishes.donor, donors[i]))
            continue;
        for (size_t k = i + 1; k < WADI_COUNT_OF(donors); k++)
            above_open &=
                wadi_limb_is_open(p->limb, wadi_limb_vessel(p->limb, donors[k]), 0, 10);
        above_open &= wadi_limb_is_open(p->limb, wadi_limb_vessel(p->limb, "EIA"), 0, 10);
        /* From the far end back to the first place with an open lumen. */
        for (double at = length - 0.01; above_open && at > 0.02; at -= 0.01) {
            if (!wadi_limb_is_open(p->limb, vessel, 0, at))
                continue;
            *artery = vessel;
            *at_m = at;
            return true;
        }
        if (!femoral_too)
            return false;
    }
    return false;
}

static int route_index(const char *name)
{
    for (int i = 0; i < ROUTE_COUNT; i++)
        if (!strcmp(ROUTES[i].name, name))
            return i;
    return 0;
}

static bool route_open(const planner *p, int way)
{
    for (int v = 0; v < ROUTE_VEIN_LIMIT; v++) {
        const char *names[] = {ROUTES[way].veins[v], ROUTES[way].lyse[v]};

        for (int k = 0; k < 2; k++)
            if (names[k] &&
                !wadi_limb_is_open(p->limb, wadi_limb_vessel(p->limb, names[k]), 0, 10))
                return false;
    }
    return true;
}

/* Open operations cross where the surgeon looks; their suitability is 1. */
static wadi_status search_open(planner *p, const technique_rule *rule, found_plans *out,
                               wadi_error *err)
{
    bool superficial = rule->technique == WADI_SURGICAL_SUPERFICIAL,
         hybrid = rule->technique == WADI_HYBRID;
    candidate start = {.technique = rule->technique,
                       .route = route_index(superficial ? "GSV" : "PTV1")};
    wadi_index vein, count;
    const wadi_vessel *vessels = wadi_limb_vessels(p->limb, &count);
    char *refusal = out->refusal[rule->technique];

    const char *wish = p->the_case->wishes.recipient;

    if (!superficial && (wish ? !strcmp(wish, "PTV2") : !route_open(p, start.route)))
        start.route = route_index("PTV2");
    if (wish && strcmp(wish, ROUTES[start.route].veins[0])) {
        snprintf(refusal, WADI_TEXT_SIZE, "it takes the %s, not the wished recipient %s",
                 superficial ? "great saphenous vein" : "posterior tibial vein", wish);
        return WADI_OK;
    }
    if (!route_open(p, start.route)) {
        snprintf(refusal, WADI_TEXT_SIZE,
                 superficial ? "the great saphenous vein is not open"
                             : "no posterior tibial vein is open down to the foot");
        snprintf(out->refusal_rule[rule->technique], 16, "%s", superficial ? "" : "S03");
        return WADI_OK;
    }
    if (!surgical_donor(p, hybrid, &start.artery, &start.artery_at_m)) {
        if (p->the_case->wishes.donor) {
            snprintf(refusal, WADI_TEXT_SIZE,
                     "the wished donor %s is not an open %s artery with uninterrupted inflow",
                     p->the_case->wishes.donor, hybrid ? "popliteal or femoral" : "popliteal");
            return WADI_OK;
        }
        snprintf(refusal, WADI_TEXT_SIZE, "no %s artery is open with uninterrupted inflow",
                 hybrid ? "popliteal or femoral" : "popliteal");
        snprintf(out->refusal_rule[rule->technique], 16, "S05");
        return WADI_OK;
    }
    vein = wadi_limb_vessel(p->limb, ROUTES[start.route].veins[0]);
    if (superficial) {
        start.artery_at_m = fmin(start.artery_at_m, 0.5 * vessels[start.artery].length_m);
        start.vein_at_m = 0.47 * vessels[vein].length_m; /* at the level of the knee */
    } else {
        start.vein_at_m = hybrid ? 0.03 : vessels[vein].length_m;
    }
    complete(p, &start);
    snprintf(start.crossing.artery, sizeof start.crossing.artery, "%s",
             vessels[start.artery].name);
    snprintf(start.crossing.vein, sizeof start.crossing.vein, "%s", vessels[vein].name);
    snprintf(start.crossing.method, sizeof start.crossing.method, "anastomosis");
    start.crossing.from_origin_mm = start.crossing.gap_mm = start.crossing.angle_deg = NAN;
    start.crossing.artery_lumen_mm =
        2e3 * wadi_limb_vessel_radius(p->limb, start.artery, start.artery_at_m);
    start.crossing.vein_diameter_mm =
        2e3 * wadi_limb_vessel_radius(p->limb, vein, start.vein_at_m);
    start.crossing.suitability = 1;
    if (rule->technique == WADI_SURGICAL_DEEP) {
        candidate best;
        wadi_status status;

        start.landing = 1; /* the anastomosis lies at the ankle */
        status = search_closures(p, &start, &best, err);
        return status ? status : add_found(out, &best, err);
    }
    return search_landings(p, &start, out, err);
}

static int by_tier_then_objective(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    int tier_x = technique_find(x->technique)->tier,
        tier_y = technique_find(y->technique)->tier;

    if ((x->violation > 0) != (y->violation > 0))
        return x->violation > 0 ? 1 : -1;
    if (tier_x != tier_y)
        return tier_x - tier_y;
    return measured_first(a, b);
}

wadi_status search_all(planner *p, found_plans *out, wadi_error *err)
{
    wadi_index only = p->the_case->wishes.technique_word;
    bool no_dedicated =
        p->options.offshelf_only || p->the_case->wishes.offshelf_only == WADI_YES;
    wadi_status status = WADI_OK;

    for (int t = 0; !status && t < WADI_TECHNIQUE_COUNT; t++) {
        const technique_rule *rule = technique_find((wadi_technique)t);

        if (only != WADI_NONE && only != t)
            snprintf(out->refusal[t], WADI_TEXT_SIZE, "not wished");
        else if (t == WADI_PERCUTANEOUS_DEDICATED && no_dedicated)
            snprintf(out->refusal[t], WADI_TEXT_SIZE, "the dedicated system is not at hand");
        else
            status = rule->needle ? search_needle(p, rule, out, err)
                                  : search_open(p, rule, out, err);
    }
    if (!status && out->count)
        qsort(out->best, (size_t)out->count, sizeof *out->best, by_tier_then_objective);
    return status;
}

static wadi_status solve_site(planner *p, const candidate *at, wadi_site *out, wadi_error *err)
{
    candidate plan = *at;
    point after;
    wadi_status status = planner_evaluate(p, &p->workers[0], &plan, &after, err);

    if (!status)
        *out =
            (wadi_site){at->crossing.from_origin_mm, at->crossing.gap_mm,
                        after.value[OUTCOME_INDEX(conduit_flow_ml_min)],
                        after.value[OUTCOME_INDEX(nutritive_flow_ml_min)], plan.violation == 0};
    return status;
}

/* The measured profile's own least place, and why the plan does not cross there. */
static wadi_status note_better_gap(planner *p, const candidate *best, wadi_notes *warnings,
                                   wadi_error *err)
{
    const wadi_crossing *chosen = &best->crossing;
    double at_mm, gap_mm;
    const char *why;

    if (!crossing_least_gap(p, chosen->artery, chosen->vein, &at_mm, &gap_mm) ||
        gap_mm > chosen->gap_mm - 0.1)
        return WADI_OK;
    why = !wadi_limb_is_open(p->limb, best->artery, 0, at_mm * WADI_M_PER_MM)
              ? "the artery is not open down to there"
              : "reach, calibre, landing or a limit forbids it";
    return notes_add(warnings, "", "plan", "", err,
                     "the measured gap is least, %.1f mm, %.0f mm below the origin of %s; %s. "
                     "The plan crosses at %.0f mm, where it is %.1f mm",
                     gap_mm, at_mm, chosen->artery, why, chosen->from_origin_mm,
                     chosen->gap_mm);
}

wadi_status search_sites(planner *p, const candidate *best, wadi_plan_result *result,
                         wadi_error *err)
{
    candidate flow = *best;
    wadi_status status;

    if (!best->by_gap)
        return WADI_OK;
    flow.artery_at_m = best->flow_artery_at_m;
    flow.vein_at_m = best->flow_vein_at_m;
    flow.crossing = best->flow_crossing;
    status = solve_site(p, best, &result->site_gap, err);
    if (!status)
        status = solve_site(p, &flow, &result->site_flow, err);
    result->sites_known = !status;
    if (!status)
        status = note_better_gap(p, best, &result->plans[0].warnings, err);
    return status;
}

void found_clear(found_plans *list)
{
    free(list->best);
    list->best = NULL;
    list->count = 0;
}

/* What other sets of closures would do at the best plan's crossing: none, each alone, the
 * chosen set less one, and the saphenous vein, which clinical habit closes. */
wadi_status search_tradeoffs(planner *p, const candidate *best, wadi_plan_result *result,
                             wadi_error *err)
{
    unsigned sets[2 + 2 * ESCAPE_LIMIT], allowed = allowed_closures(p, best);
    int count = 0;
    wadi_status status = WADI_OK;

    sets[count++] = best->closures;
    sets[count++] = 0;
    for (int i = 0; i < ESCAPE_COUNT; i++)
        if ((best->closures & (1u << i)) && best->closures != (1u << i))
            sets[count++] = best->closures & ~(1u << i);
    for (int i = 0; i < ESCAPE_COUNT; i++)
        if ((allowed & (1u << i)) && !(best->closures & (1u << i)))
            sets[count++] = 1u << i;
    result->tradeoffs = wadi_alloc((size_t)count, sizeof *result->tradeoffs);
    if (!result->tradeoffs)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the trade-off table");
    for (int i = 0; !status && i < count; i++) {
        candidate plan = *best;
        wadi_tradeoff *row = &result->tradeoffs[result->tradeoff_count];
        point after;
        size_t used = 0;

        plan.closures = sets[i];
        status = planner_evaluate(p, &p->workers[0], &plan, &after, err);
        if (status)
            break;
        for (int k = 0; k < ESCAPE_COUNT; k++)
            if (sets[i] & (1u << k))
                used += (size_t)snprintf(row->closures + used, sizeof row->closures - used,
                                         "%s%s", used ? " + " : "", ESCAPES[k]);
        if (!used)
            snprintf(row->closures, sizeof row->closures, "none");
        row->conduit_ml_min = after.value[OUTCOME_INDEX(conduit_flow_ml_min)];
        row->nutritive_ml_min = after.value[OUTCOME_INDEX(nutritive_flow_ml_min)];
        row->arch_mmhg = after.value[OUTCOME_INDEX(arch_pressure_mmhg)];
        row->capillary_mmhg = after.value[OUTCOME_INDEX(capillary_pressure_mmhg)];
        row->tcpo2_mmhg = after.value[OUTCOME_INDEX(tcpo2_mmhg) + (size_t)p->wound_bed];
        row->chosen = i == 0;
        row->feasible = plan.violation == 0;
        result->tradeoff_count++;
    }
    return status;
}
