/* A candidate applied to a leg: another leg. */
#include "plan/plan_impl.h"

#include <math.h>
#include <string.h>

/* The covered stent also seals this much of the donor artery beyond the crossing. */
static const double SEALED_ARTERY_M = 0.015;

static wadi_index vessel_of(const wadi_limb *limb, const char *name)
{
    wadi_index vessel = wadi_limb_vessel(limb, name);

    WADI_ASSERT(vessel != WADI_NONE);
    return vessel;
}

static double vessel_length(const wadi_limb *limb, wadi_index vessel)
{
    wadi_index count;

    return wadi_limb_vessels(limb, &count)[vessel].length_m;
}

static void close_stretch(wadi_limb *limb, wadi_index vessel, double from_m, double to_m)
{
    const double slack_m = 1e-6;
    wadi_index count;
    const wadi_segment *segments = wadi_limb_segments(limb, &count);

    for (wadi_index i = 0; i < count; i++)
        if (segments[i].vessel == vessel &&
            fmin(segments[i].at_from_m, segments[i].at_to_m) >= from_m - slack_m &&
            fmax(segments[i].at_from_m, segments[i].at_to_m) <= to_m + slack_m)
            wadi_limb_close_segment(limb, i, true);
}

static wadi_index far_node(const wadi_limb *limb, wadi_index vessel)
{
    wadi_index count, segment = wadi_limb_segment_at(limb, vessel, vessel_length(limb, vessel));
    const wadi_segment *segments = wadi_limb_segments(limb, &count);

    return segments[segment].at_from_m > segments[segment].at_to_m ? segments[segment].from
                                                                   : segments[segment].to;
}

static bool is_branch(const wadi_segment *segment)
{
    return segment->role == WADI_LADDER || segment->role == WADI_FOOT_PERFORATOR ||
           segment->role == WADI_CALF_PERFORATOR;
}

/* Segments that branch off at the nodes inside the covered stretch. Returns how many. */
static int covered_branches(const wadi_limb *limb, const candidate *plan, wadi_index *list,
                            int limit)
{
    const route *way = &ROUTES[plan->route];
    wadi_index count;
    const wadi_segment *segments = wadi_limb_segments(limb, &count);
    int found = 0;

    for (int v = 0; v < way->landings[plan->landing].covered; v++) {
        wadi_index vessel = vessel_of(limb, way->veins[v]);
        double start = v ? 0 : plan->vein_at_m, end = vessel_length(limb, vessel);
        bool last = v + 1 == way->landings[plan->landing].covered;

        for (wadi_index i = 0; i < count; i++) {
            /* The heart-side node of each covered segment, and the far end unless it is the
             * landing. */
            bool vein = segments[i].vessel == vessel;
            double low = fmin(segments[i].at_from_m, segments[i].at_to_m);
            double high = fmax(segments[i].at_from_m, segments[i].at_to_m);
            wadi_index node = segments[i].from;

            if (!vein || high <= start || (last && high >= end - 1e-6) || low < 0)
                continue;
            for (wadi_index k = 0; k < count; k++)
                if (is_branch(&segments[k]) &&
                    (segments[k].from == node || segments[k].to == node) && found < limit)
                    list[found++] = k;
        }
    }
    return found;
}

int candidate_covered(const wadi_limb *before, const candidate *plan,
                      char (*names)[WADI_NAME_SIZE], int limit)
{
    wadi_index list[64], count;
    const wadi_segment *segments = wadi_limb_segments(before, &count);
    int found = covered_branches(before, plan, list, (int)WADI_COUNT_OF(list)), kept = 0;

    for (int i = 0; i < found && kept < limit; i++) {
        bool seen = false;

        for (int k = 0; k < kept; k++)
            seen |= !strcmp(names[k], segments[list[i]].name);
        if (!seen)
            snprintf(names[kept++], WADI_NAME_SIZE, "%s", segments[list[i]].name);
    }
    return kept;
}

/* Valves beyond the landing that the technique reaches. */
static void lyse(wadi_limb *limb, const candidate *plan, wadi_valve_state state)
{
    const route *way = &ROUTES[plan->route];

    /* Lined veins have no valves left to matter; without stents those are lysed as well. */
    int first = plan->prevent_shunt ? way->landings[plan->landing].covered : 0;

    for (int v = first; v < ROUTE_VEIN_LIMIT && way->veins[v]; v++) {
        wadi_index vessel = vessel_of(limb, way->veins[v]);

        wadi_limb_set_valves(limb, vessel, v ? 0 : plan->vein_at_m, vessel_length(limb, vessel),
                             state);
    }
    for (int v = 0; v < ROUTE_VEIN_LIMIT && way->lyse[v]; v++) {
        wadi_index vessel = vessel_of(limb, way->lyse[v]);

        wadi_limb_set_valves(limb, vessel, 0, vessel_length(limb, vessel), state);
    }
}

/* Where the conduit ends, and how long it is from the crossing. */
static wadi_index landing_node(const wadi_limb *limb, const candidate *plan, double *length_m)
{
    const route *way = &ROUTES[plan->route];
    int covered = way->landings[plan->landing].covered;
    wadi_index vessel = WADI_NONE;

    *length_m = 0;
    for (int v = 0; v < covered; v++) {
        vessel = vessel_of(limb, way->veins[v]);
        *length_m += vessel_length(limb, vessel) - (v ? 0 : plan->vein_at_m);
    }
    return far_node(limb, vessel);
}

/* Covered stents through the veins: their lumen drops out of the network. What met the vein
 * there is sealed from the conduit; the paired vein and the links beside it still join those
 * branches. */
static wadi_status line_veins(wadi_limb *limb, const candidate *plan,
                              const technique_rule *rule, wadi_index start, wadi_index *conduit,
                              wadi_error *err)
{
    const route *way = &ROUTES[plan->route];
    wadi_index landing, bend;
    double length_m, taper_m;
    wadi_status status;

    landing = landing_node(limb, plan, &length_m);
    for (int v = 0; v < way->landings[plan->landing].covered; v++) {
        wadi_index vessel = vessel_of(limb, way->veins[v]);

        close_stretch(limb, vessel, v ? 0 : plan->vein_at_m, vessel_length(limb, vessel));
    }
    taper_m = fmin(CROSSING_IN_VEIN_M, length_m);
    status = wadi_limb_add_node(limb, "stent joint", &bend, err);
    if (!status)
        status = wadi_limb_add_graft(limb, "crossing stent", WADI_CROSSING, start, bend,
                                     fmax(rule->crossing_length_m, 0.01),
                                     rule->crossing_radius_from_m, rule->crossing_radius_to_m,
                                     rule->crossing_loss_k, err);
    if (!status)
        status = wadi_limb_add_graft(limb, "conduit", WADI_CONDUIT, bend, landing,
                                     fmax(length_m - taper_m, 0.005), rule->conduit_radius_m,
                                     rule->conduit_radius_m, 0, err);
    if (!status)
        *conduit = wadi_limb_segment(limb, "conduit");
    return status;
}

/* Nothing is lined or closed: the blood enters the vein itself, with all its branches. */
static wadi_status leave_veins_open(wadi_limb *limb, const candidate *plan,
                                    const technique_rule *rule, wadi_index start,
                                    wadi_index vein_node, wadi_index *conduit, wadi_error *err)
{
    wadi_status status =
        wadi_limb_add_graft(limb, "crossing stent", WADI_CROSSING, start, vein_node,
                            fmax(rule->crossing_length_m, 0.01), rule->crossing_radius_from_m,
                            rule->crossing_radius_to_m, rule->crossing_loss_k, err);

    (void)plan;
    if (!status)
        *conduit = wadi_limb_segment(limb, "crossing stent");
    return status;
}

static wadi_status apply_percutaneous(wadi_limb *limb, const candidate *plan,
                                      const technique_rule *rule, wadi_index *conduit,
                                      wadi_error *err)
{
    wadi_index recipient = vessel_of(limb, ROUTES[plan->route].veins[0]), start, beyond,
               vein_node;
    double length_m = vessel_length(limb, plan->artery);
    double sealed_m = fmin(plan->artery_at_m + SEALED_ARTERY_M, length_m);
    wadi_status status = wadi_limb_divide(limb, plan->artery, plan->artery_at_m, &start, err);

    if (!status)
        status = wadi_limb_divide(limb, plan->artery, sealed_m, &beyond, err);
    if (!status)
        status = wadi_limb_divide(limb, recipient, plan->vein_at_m, &vein_node, err);
    if (status)
        return status;
    close_stretch(limb, plan->artery, plan->artery_at_m, sealed_m);
    return plan->prevent_shunt
               ? line_veins(limb, plan, rule, start, conduit, err)
               : leave_veins_open(limb, plan, rule, start, vein_node, conduit, err);
}

static double node_distance_m(const wadi_limb *limb, wadi_index artery, double at_m,
                              wadi_index vein, double vein_at_m)
{
    double a[3], b[3], sum = 0;

    if (!wadi_limb_vessel_point(limb, artery, at_m, a) ||
        !wadi_limb_vessel_point(limb, vein, vein_at_m, b))
        return 0.1;
    for (int k = 0; k < 3; k++)
        sum += (a[k] - b[k]) * (a[k] - b[k]);
    return 1e-3 * sqrt(sum);
}

/* Grafts are a tenth longer than the straight line. */
static const double SLACK_FACTOR = 1.1;

/* End-to-side at the artery, end-to-end at the vein, whose heart side is tied. */
static wadi_status apply_surgical_deep(wadi_limb *limb, const candidate *plan,
                                       const technique_rule *rule, wadi_index *conduit,
                                       wadi_error *err)
{
    wadi_index vein = vessel_of(limb, ROUTES[plan->route].veins[0]), start, landing, tied;
    double vein_length = vessel_length(limb, vein), length_m;
    wadi_status status = wadi_limb_divide(limb, plan->artery, plan->artery_at_m, &start, err);

    if (!status)
        status = wadi_limb_divide(limb, vein, vein_length - 0.01, &tied, err);
    if (status)
        return status;
    close_stretch(limb, vein, vein_length - 0.01, vein_length);
    landing = far_node(limb, vein);
    length_m = SLACK_FACTOR *
               node_distance_m(limb, plan->artery, plan->artery_at_m, vein, vein_length);
    status = wadi_limb_add_graft(limb, "bypass", WADI_BYPASS, start, landing, length_m,
                                 rule->crossing_radius_from_m, rule->crossing_radius_to_m,
                                 rule->crossing_loss_k, err);
    if (!status)
        *conduit = wadi_limb_segment(limb, "bypass");
    return status;
}

/* The great saphenous vein stays where it is: joined to the popliteal artery at the knee, tied
 * above, its tributaries tied below. */
static wadi_status apply_superficial(wadi_limb *limb, const candidate *plan,
                                     const technique_rule *rule, wadi_index *conduit,
                                     wadi_error *err)
{
    static const char *const tributaries[] = {"CP1", "CP2", "CP3"};
    wadi_index vein = vessel_of(limb, "GSV"), start, joint;
    double length_m;
    wadi_status status = wadi_limb_divide(limb, plan->artery, plan->artery_at_m, &start, err);

    if (!status)
        status = wadi_limb_divide(limb, vein, plan->vein_at_m, &joint, err);
    if (status)
        return status;
    close_stretch(limb, vein, 0, plan->vein_at_m);
    if (plan->prevent_shunt)
        for (size_t i = 0; i < WADI_COUNT_OF(tributaries); i++)
            wadi_limb_close_vessel(limb, vessel_of(limb, tributaries[i]), true);
    length_m = SLACK_FACTOR *
               node_distance_m(limb, plan->artery, plan->artery_at_m, vein, plan->vein_at_m);
    status = wadi_limb_add_graft(limb, "bypass", WADI_BYPASS, start, joint,
                                 fmax(length_m, 0.02), rule->crossing_radius_from_m,
                                 rule->crossing_radius_to_m, rule->crossing_loss_k, err);
    if (!status)
        *conduit = wadi_limb_segment(limb, "bypass");
    return status;
}

static wadi_status apply_hybrid(wadi_limb *limb, const candidate *plan,
                                const technique_rule *rule, wadi_index *conduit,
                                wadi_error *err)
{
    wadi_index recipient = vessel_of(limb, ROUTES[plan->route].veins[0]), start, anastomosis,
               vein_node;
    double length_m = SLACK_FACTOR * node_distance_m(limb, plan->artery, plan->artery_at_m,
                                                     recipient, plan->vein_at_m);
    wadi_status status = wadi_limb_divide(limb, plan->artery, plan->artery_at_m, &start, err);

    if (!status)
        status = wadi_limb_divide(limb, recipient, plan->vein_at_m, &vein_node, err);
    if (!status)
        status = wadi_limb_add_node(limb, "anastomosis", &anastomosis, err);
    if (!status)
        status = wadi_limb_add_graft(limb, "bypass", WADI_BYPASS, start, anastomosis,
                                     fmax(length_m, 0.02), rule->crossing_radius_from_m,
                                     rule->crossing_radius_to_m, rule->crossing_loss_k, err);
    if (!status)
        status = plan->prevent_shunt
                     ? line_veins(limb, plan, rule, anastomosis, conduit, err)
                     : leave_veins_open(limb, plan, rule, anastomosis, vein_node, conduit, err);
    return status;
}

static void treat_inflow(wadi_limb *limb, const candidate *plan)
{
    static const char *const above[] = {"EIA", "CFA", "SFA", "POP", "TPT"};

    for (size_t i = 0; i < WADI_COUNT_OF(above); i++)
        wadi_limb_treat(limb, vessel_of(limb, above[i]), 0, 10);
    wadi_limb_treat(limb, plan->artery, 0, plan->artery_at_m);
}

wadi_status candidate_apply(const wadi_limb *before, const candidate *plan, wadi_limb **after,
                            wadi_index *conduit, wadi_error *err)
{
    const technique_rule *rule = technique_find(plan->technique);
    wadi_limb *limb = NULL;
    wadi_status status = wadi_limb_copy(before, &limb, err);

    *after = NULL;
    *conduit = WADI_NONE;
    if (status)
        return status;
    if (plan->treat_inflow)
        treat_inflow(limb, plan);
    if (plan->lyse)
        lyse(limb, plan, rule->lysis);
    if (plan->make_fistula) {
        switch (plan->technique) {
        case WADI_SURGICAL_DEEP:
            status = apply_surgical_deep(limb, plan, rule, conduit, err);
            break;
        case WADI_SURGICAL_SUPERFICIAL:
            status = apply_superficial(limb, plan, rule, conduit, err);
            break;
        case WADI_HYBRID:
            status = apply_hybrid(limb, plan, rule, conduit, err);
            break;
        default:
            status = apply_percutaneous(limb, plan, rule, conduit, err);
        }
    }
    for (int i = 0; !status && i < ESCAPE_COUNT; i++)
        if (plan->closures & (1u << i))
            wadi_limb_close_vessel(limb, vessel_of(limb, ESCAPES[i]), true);
    if (status) {
        wadi_limb_free(limb);
        return status;
    }
    *after = limb;
    return WADI_OK;
}
