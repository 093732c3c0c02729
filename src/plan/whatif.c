/* What else may happen to the best plan: one change at a time, on the nominal model. */
#include "plan/plan_impl.h"
#include "wadi/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WHAT_IF_LIMIT = 16, LEVELS = 3 };

typedef struct whatif {
    planner *p;
    const candidate *best;
    wadi_plan_result *result;
} whatif;

static wadi_what_if *new_row(whatif *w, const char *source, const char *text)
{
    wadi_what_if *row = &w->result->what_ifs[w->result->what_if_count++];

    WADI_ASSERT(w->result->what_if_count <= WHAT_IF_LIMIT);
    snprintf(row->text, sizeof row->text, "%s", text);
    snprintf(row->source, sizeof row->source, "%s", source);
    return row;
}

static void keep_values(const whatif *w, const point *after, wadi_what_if *row)
{
    const double *v = after->value;

    row->conduit_ml_min = v[OUTCOME_INDEX(conduit_flow_ml_min)];
    row->nutritive_ml_min = v[OUTCOME_INDEX(nutritive_flow_ml_min)];
    row->arch_mmhg = v[OUTCOME_INDEX(arch_pressure_mmhg)];
    row->tcpo2_mmhg = v[OUTCOME_INDEX(tcpo2_mmhg) + (size_t)w->p->wound_bed];
    row->cardiac_share_frac = v[OUTCOME_INDEX(shunt_of_cardiac_output_frac)];
}

/* Solve a changed leg of the best plan; `conduit` carries the conduit flow. */
static wadi_status solve_changed(whatif *w, const wadi_limb *limb, wadi_index conduit,
                                 const char *source, const char *text, wadi_error *err)
{
    measure what = {conduit,
                    w->p->wound_bed,
                    w->p->toe,
                    WADI_NONE,
                    WADI_NONE,
                    w->p->before_inflow_m3_s,
                    w->p->before_foot_m3_s};
    wadi_steady_result flow;
    point after;
    wadi_status status = planner_solve(w->p, &w->p->workers[0], limb, &w->p->model,
                                       w->p->before_inflow_m3_s, &flow, err);

    if (status)
        return status;
    outcome_point(limb, &w->p->model, &flow, &what, &after);
    keep_values(w, &after, new_row(w, source, text));
    return WADI_OK;
}

static wadi_status change_radius(whatif *w, const char *const *vessels, double factor,
                                 const char *source, const char *text, wadi_error *err)
{
    const wadi_limb *after = w->result->plans[0].limb;
    wadi_limb *limb = NULL;
    wadi_status status = wadi_limb_copy(after, &limb, err);

    if (status)
        return status;
    for (; *vessels; vessels++)
        wadi_limb_set_radius(limb, wadi_limb_vessel(limb, *vessels), factor);
    status = solve_changed(w, limb, measure_after(w->p, &w->result->plans[0]).conduit, source,
                           text, err);
    wadi_limb_free(limb);
    return status;
}

/* Concentric annulus between a wire and the vein: its resistance over that of the open tube, as
 * the radius of a tube with the same resistance over the vein's (Lamb; Bird, Stewart and
 * Lightfoot). */
static double wired_radius(double wire_m, double vein_m)
{
    double k = wire_m / vein_m, gap = 1 - k * k;

    return pow(1 - k * k * k * k - gap * gap / log(1 / k), 0.25);
}

static wadi_status veins_change(whatif *w, wadi_error *err)
{
    static const char *const arch[] = {"VARCH", NULL}, *const plantar[] = {"LPV", "VARCH",
                                                                           NULL};
    wadi_index vessel = wadi_limb_vessel(w->p->limb, "VARCH");
    double wire_m = 0.5 * 0.018 * WADI_MM_PER_INCH * WADI_M_PER_MM;
    double factor = wired_radius(wire_m, wadi_limb_vessel_radius(w->p->limb, vessel, 0.01));
    wadi_status status = change_radius(w, arch, factor, "seed 0, Fig. 4C",
                                       "a 0.018 in wire still lies in the venous arch", err);

    if (!status)
        status = change_radius(w, plantar, 0.7, "seed 1 (venous spasm)",
                               "spasm: lateral plantar vein and arch narrower by 30 %", err);
    if (!status)
        status = change_radius(w, arch, 1.25, "seed 2, patient 3",
                               "the venous arch dilated by 25 % (angioplasty)", err);
    return status;
}

/* Each plantar valve that the plan lyses, left competent. */
static wadi_status valves_left(whatif *w, wadi_error *err)
{
    const wadi_limb *after = w->result->plans[0].limb;
    wadi_index count, lpv = wadi_limb_vessel(after, "LPV");
    const wadi_limb_valve *valves = wadi_limb_valves(after, &count);
    wadi_status status = WADI_OK;
    int used = 0;

    for (wadi_index i = 0; !status && i < count && used < 2; i++) {
        wadi_limb *limb = NULL;
        char text[120];

        if (valves[i].vessel != lpv || valves[i].state == WADI_VALVE_COMPETENT)
            continue;
        status = wadi_limb_copy(after, &limb, err);
        if (status)
            break;
        wadi_limb_set_valve(limb, i, WADI_VALVE_COMPETENT);
        snprintf(text, sizeof text, "the valve of the lateral plantar vein at %.0f mm is left",
                 1e3 * valves[i].at_m);
        status = solve_changed(w, limb, measure_after(w->p, &w->result->plans[0]).conduit,
                               "seed 0", text, err);
        wadi_limb_free(limb);
        used++;
    }
    return status;
}

static wadi_status straight_stent(whatif *w, wadi_error *err)
{
    const wadi_plan *plan = &w->result->plans[0];
    wadi_index count, tapered = wadi_limb_segment(plan->limb, "crossing stent");
    const wadi_segment *segment;
    wadi_limb *limb = NULL;
    wadi_status status;

    if (plan->technique != WADI_PERCUTANEOUS_DEDICATED || tapered == WADI_NONE)
        return WADI_OK;
    segment = &wadi_limb_segments(plan->limb, &count)[tapered];
    status = wadi_limb_copy(plan->limb, &limb, err);
    if (status)
        return status;
    wadi_limb_close_segment(limb, tapered, true);
    status = wadi_limb_add_graft(limb, "straight stent", WADI_CROSSING, segment->from,
                                 segment->to, segment->length_m, segment->radius_to_m,
                                 segment->radius_to_m, 0.5, err);
    if (!status)
        status =
            solve_changed(w, limb, measure_after(w->p, plan).conduit, "seed 1",
                          "a straight 5.5 mm stent at the crossing in place of the taper", err);
    wadi_limb_free(limb);
    return status;
}

static wadi_status other_plans(whatif *w, wadi_error *err)
{
    const route *way = &ROUTES[w->best->route];
    candidate other = *w->best;
    point after;
    char text[120];
    wadi_status status = WADI_OK;

    other.landing = !w->best->landing;
    if (way->landings[other.landing].name && technique_find(other.technique)->needle) {
        status = planner_evaluate(w->p, &w->p->workers[0], &other, &after, err);
        snprintf(text, sizeof text, "the stents end at the %s landing, same branches closed",
                 way->landings[other.landing].name);
        if (!status)
            keep_values(w, &after, new_row(w, "seeds 0, 2", text));
    }
    other = *w->best;
    other.prevent_shunt = false;
    other.closures = 0;
    if (!status)
        status = planner_evaluate(w->p, &w->p->workers[0], &other, &after, err);
    if (!status)
        keep_values(
            w, &after,
            new_row(w, "seeds 1, 2", "the crossing alone: nothing lined, nothing closed"));
    return status;
}

/* The same pair of vessels crossed at other levels: the highest, the middle, the lowest that
 * the constraints allow. */
static wadi_status other_levels(whatif *w, wadi_error *err)
{
    const technique_rule *rule = technique_find(w->best->technique);
    char refusal[WADI_TEXT_SIZE], refusal_rule[16], text[120];
    candidate *list = NULL;
    wadi_index count = 0, same = 0;
    wadi_status status = WADI_OK;

    if (!rule->needle)
        return WADI_OK;
    status = crossing_list(w->p, rule, &list, &count, refusal, refusal_rule, err);
    for (wadi_index i = 0; !status && i < count; i++)
        if (list[i].artery == w->best->artery && list[i].route == w->best->route)
            list[same++] = list[i];
    for (int i = 0; !status && same >= LEVELS && i < LEVELS; i++) {
        const candidate *place = &list[i * (same - 1) / (LEVELS - 1)];
        candidate other = *w->best;
        point after;

        if (place->artery_at_m == w->best->artery_at_m)
            continue;
        other.artery_at_m = place->artery_at_m;
        other.vein_at_m = place->vein_at_m;
        other.crossing = place->crossing;
        status = planner_evaluate(w->p, &w->p->workers[0], &other, &after, err);
        snprintf(text, sizeof text, "the crossing %.0f mm below the origin of the artery",
                 1e3 * place->artery_at_m);
        if (!status)
            keep_values(w, &after, new_row(w, "engineering", text));
    }
    free(list);
    return status;
}

/* The operation of 1894: femoral artery to femoral vein, far above the foot. */
static wadi_status femoral_fistula(whatif *w, wadi_error *err)
{
    wadi_limb *limb = NULL;
    wadi_index artery, vein;
    wadi_status status = wadi_limb_copy(w->p->limb, &limb, err);

    if (status)
        return status;
    artery = wadi_limb_node(limb, "FBIF");
    vein = wadi_limb_node(limb, "FVJ");
    if (artery != WADI_NONE && vein != WADI_NONE) {
        status = wadi_limb_add_graft(limb, "fistula", WADI_BYPASS, artery, vein, 0.01, 2.5e-3,
                                     2.5e-3, 1.5, err);
        if (!status)
            status = solve_changed(
                w, limb, wadi_limb_segment(limb, "fistula"), "seed 1 (1894)",
                "instead: a fistula between femoral artery and vein, valves kept", err);
    }
    wadi_limb_free(limb);
    return status;
}

wadi_status whatif_fill(planner *p, const candidate *best, wadi_plan_result *result,
                        wadi_error *err)
{
    whatif w = {p, best, result};
    wadi_status status;

    result->what_ifs = wadi_alloc(WHAT_IF_LIMIT, sizeof *result->what_ifs);
    if (!result->what_ifs)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the what-if table");
    status = veins_change(&w, err);
    if (!status)
        status = valves_left(&w, err);
    if (!status)
        status = straight_stent(&w, err);
    if (!status)
        status = other_plans(&w, err);
    if (!status)
        status = other_levels(&w, err);
    if (!status)
        status = femoral_fistula(&w, err);
    return status;
}
