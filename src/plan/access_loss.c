/* What the foot loses with a punctured vessel: closed in a copy of the limb, solved again. */
#include "wadi/access_loss.h"
#include "base/base_impl.h"
#include "wadi/flow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Half the stretch that an injury closes. Ours: a thrombus or a dissection reaches past the
 * needle's own wound of a millimetre (docs/decisions/0041-access.md). */
static const double REACH_M = 0.010;
/* A bed that had less than this share of its healthy flow has nothing to lose. */
static const double FED_FRAC = 0.01;
static const double LOST_FRAC = 0.5;
/* A fall that counts as felt (ours). */
static const double FELT_FRAC = 0.1;

typedef struct losses {
    const wadi_limb *limb;
    wadi_model model;
    wadi_steady *before_solver, *after_solver; /* each result is borrowed from its own */
    wadi_steady_result before;
} losses;

static wadi_status solve_before(losses *l, const wadi_case *the_case, wadi_error *err)
{
    const wadi_steady_options options = wadi_steady_options_default();
    wadi_model_table *table = wadi_alloc(1, sizeof *table);
    wadi_status status;

    if (!table)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the model of a puncture");
    status = wadi_model_read(table, err);
    if (!status) {
        wadi_model_fit_case(table, the_case);
        l->model = wadi_model_nominal(table);
        status = wadi_steady_new(&l->before_solver, err);
    }
    if (!status)
        status = wadi_steady_new(&l->after_solver, err);
    if (!status)
        status =
            wadi_steady_solve(l->before_solver, l->limb, &l->model, &options, &l->before, err);
    free(table);
    return status;
}

/* The stretch around a place, closed; what branches off within it loses its root as well. */
static wadi_status close_around(wadi_limb *limb, wadi_index vessel, double at_m,
                                wadi_error *err)
{
    const double slack_m = 1e-6;
    wadi_index count, ignored;
    double length_m = wadi_limb_vessels(limb, &count)[vessel].length_m;
    double from_m = fmax(at_m - REACH_M, 0), to_m = fmin(at_m + REACH_M, length_m);
    wadi_status status = wadi_limb_divide(limb, vessel, from_m, &ignored, err);
    const wadi_segment *segments;

    if (!status)
        status = wadi_limb_divide(limb, vessel, to_m, &ignored, err);
    if (status)
        return status;
    segments = wadi_limb_segments(limb, &count);
    for (wadi_index i = 0; i < count; i++)
        if (segments[i].vessel == vessel &&
            fmin(segments[i].at_from_m, segments[i].at_to_m) >= from_m - slack_m &&
            fmax(segments[i].at_from_m, segments[i].at_to_m) <= to_m + slack_m)
            wadi_limb_close_segment(limb, i, true);
    return WADI_OK;
}

/* Beds that starve, and the share of the foot's demand that is lost. */
static void compare(const losses *l, const wadi_steady_result *after, wadi_access_site *site)
{
    wadi_index count;
    const wadi_bed *beds = wadi_limb_beds(l->limb, &count);
    double demand_m3_s = 0, lost_m3_s = 0;
    size_t used = 0;

    site->beds_at_risk = site->beds_affected = 0;
    site->beds[0] = '\0';
    for (wadi_index i = 0; i < count; i++) {
        double was = l->before.beds[i].nutritive_m3_s, is = after->beds[i].nutritive_m3_s;

        if (!beds[i].star)
            continue;
        demand_m3_s += beds[i].flow_m3_s;
        lost_m3_s += fmax(was - is, 0);
        if (was < FED_FRAC * beds[i].flow_m3_s)
            continue;
        site->beds_affected += is < (1 - FELT_FRAC) * was;
        if (is >= (1 - LOST_FRAC) * was)
            continue;
        site->beds_at_risk++;
        if (used < sizeof site->beds)
            used += (size_t)snprintf(site->beds + used, sizeof site->beds - used, "%s%s",
                                     used ? " " : "", beds[i].name);
    }
    site->demand_lost_frac = demand_m3_s > 0 ? fmin(lost_m3_s / demand_m3_s, 1) : 0;
    site->loss_simulated = true;
}

static wadi_status lose(losses *l, wadi_access_site *site, wadi_error *err)
{
    wadi_steady_options options = wadi_steady_options_default();
    wadi_index vessel = wadi_limb_vessel(l->limb, site->vessel);
    wadi_limb *limb = NULL;
    wadi_steady_result after;
    wadi_status status = wadi_limb_copy(l->limb, &limb, err);

    WADI_ASSERT(vessel != WADI_NONE);
    /* The heart does not notice: it holds the pressure that it had at the flow before. */
    options.reference_inflow_m3_s = l->before.inflow_m3_s;
    options.start_pa = l->before.all_pressure_pa;
    options.start_count = l->before.all_count;
    if (!status)
        status = close_around(limb, vessel, 1e-3 * site->at_mm, err);
    if (!status)
        status = wadi_steady_solve(l->after_solver, limb, &l->model, &options, &after, err);
    if (!status)
        compare(l, &after, site);
    wadi_limb_free(limb);
    return status;
}

static int by_cost(const void *a, const void *b)
{
    const wadi_access_site *x = a, *y = b;

    if (x->cost != y->cost)
        return x->cost > y->cost ? 1 : -1;
    return x->rank - y->rank;
}

wadi_status wadi_access_simulate_losses(const wadi_case *the_case, const wadi_limb *limb,
                                        wadi_access *access, wadi_error *err)
{
    losses l = {.limb = limb};
    wadi_access *work = wadi_alloc(1, sizeof *work);
    wadi_status status;

    if (!work)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the losses of a puncture");
    *work = *access;
    status = solve_before(&l, the_case, err);
    for (int i = 0; !status && i < work->feasible_count; i++) {
        wadi_access_site *site = &work->sites[i];

        if (site->venous)
            continue;
        status = lose(&l, site, err);
        if (!status && site->zone == 3)
            site->cost += site->demand_lost_frac;
    }
    if (status)
        goto done;
    qsort(work->sites, (size_t)work->feasible_count, sizeof work->sites[0], by_cost);
    for (int i = 0; i < work->feasible_count; i++)
        work->sites[i].rank = i + 1;
    *access = *work;
done:
    wadi_steady_free(l.before_solver);
    wadi_steady_free(l.after_solver);
    free(work);
    return status;
}
