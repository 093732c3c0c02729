/* Newton on the balance of flow at the nodes. */
#include "flow/flow_impl.h"
#include "wadi/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

wadi_steady_options wadi_steady_options_default(void)
{
    return (wadi_steady_options){
        .max_iterations = 300, .tolerance_frac = 1e-11, .reference_inflow_m3_s = -1};
}

wadi_status wadi_steady_new(wadi_steady **out, wadi_error *err)
{
    *out = wadi_alloc(1, sizeof **out);
    return *out ? WADI_OK : wadi_fail(err, WADI_ERR_NOMEM, "no memory for a flow solver");
}

void wadi_steady_free(wadi_steady *s)
{
    if (!s)
        return;
    void *const blocks[] = {s->edges,     s->segment_edge, s->bed,      s->pressure, s->trial,
                            s->imbalance, s->step,         s->vein_f,   s->vein_df,  s->cap_f,
                            s->cap_df,    s->has_vein,     s->has_cap,  s->unknown,  s->order,
                            s->edge_flow, s->slope_a,      s->slope_b,  s->slots,    s->content,
                            s->weight,    s->segment_flow, s->bed_flow, s->rows,     s->columns,
                            s->use,       s->ranked,       s->next_edge};

    for (size_t i = 0; i < WADI_COUNT_OF(blocks); i++)
        free(blocks[i]);
    wadi_sparse_free(s->matrix);
    free(s);
}

/* Which nodes hang on the heart or the outlet; the others carry nothing and leave the system.
 */
static void find_unknowns(wadi_steady *s, wadi_index outlet)
{
    bool changed = true;

    for (wadi_index i = 0; i < s->node_count; i++)
        s->unknown[i] = WADI_NONE;
    s->unknown[outlet] = s->unknown[s->heart] = 0; /* mark as reached */
    while (changed) {
        changed = false;
        for (wadi_index e = 0; e < s->edge_count; e++) {
            wadi_index a = s->edges[e].a, b = s->edges[e].b;

            if (s->edges[e].law != EDGE_CLOSED &&
                (s->unknown[a] == WADI_NONE) != (s->unknown[b] == WADI_NONE)) {
                s->unknown[a] = s->unknown[b] = 0;
                changed = true;
            }
        }
    }
    s->unknown_count = 0;
    for (wadi_index i = 0; i < s->node_count; i++)
        if (s->unknown[i] != WADI_NONE)
            s->unknown[i] = i == outlet || i == s->heart ? -2 : s->unknown_count++;
}

/* Matrix pattern; kept from the last network when it is the same. */
static wadi_status prepare_matrix(wadi_steady *s, wadi_error *err)
{
    wadi_index count = 0, wanted = 4 * s->edge_count;
    bool same = s->matrix != NULL;

    if (wanted > s->pair_capacity) {
        void *rows = wadi_realloc(s->rows, (size_t)wanted, sizeof *s->rows), *columns;

        if (rows)
            s->rows = rows;
        columns = wadi_realloc(s->columns, (size_t)wanted, sizeof *s->columns);
        if (columns)
            s->columns = columns;
        if (!rows || !columns)
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the network's matrix");
        s->pair_capacity = wanted;
        same = false;
    }
    for (wadi_index e = 0; e < s->edge_count; e++) {
        wadi_index ends[2] = {s->unknown[s->edges[e].a], s->unknown[s->edges[e].b]};

        for (int k = 0; k < 4; k++) {
            wadi_index row = ends[k / 2], column = ends[k % 2];

            if (row < 0 || column < 0)
                continue;
            same = same && count < s->pair_count && s->rows[count] == row &&
                   s->columns[count] == column;
            s->rows[count] = row;
            s->columns[count++] = column;
        }
    }
    if (same && count == s->pair_count)
        return WADI_OK;
    wadi_sparse_free(s->matrix);
    s->matrix = NULL;
    s->pair_count = count;
    return wadi_sparse_new(s->unknown_count, count, s->rows, s->columns, s->slots, &s->matrix,
                           err);
}

static void mark_laws(wadi_steady *s)
{
    memset(s->has_vein, 0, (size_t)s->node_count * sizeof *s->has_vein);
    memset(s->has_cap, 0, (size_t)s->node_count * sizeof *s->has_cap);
    for (wadi_index e = 0; e < s->edge_count; e++) {
        bool *mark = s->edges[e].law == EDGE_VEIN        ? s->has_vein
                     : s->edges[e].law == EDGE_CAPILLARY ? s->has_cap
                                                         : NULL;
        if (mark)
            mark[s->edges[e].a] = mark[s->edges[e].b] = true;
    }
}

static void potentials(wadi_steady *s, const double *pressure)
{
    double k = s->vein_k_pa;

    for (wadi_index i = 0; i < s->node_count; i++) {
        if (s->unknown[i] == WADI_NONE)
            continue;
        if (s->has_vein[i]) {
            double x = wadi_vein_area(pressure[i] / k);

            s->vein_f[i] = k * wadi_vein_potential(x);
            s->vein_df[i] = x * x;
        }
        if (s->has_cap[i])
            s->cap_f[i] =
                flow_capillary_potential(pressure[i], s->capillary_half_pa, &s->cap_df[i]);
    }
}

/* R Q + B Q|Q| = d: the root, and 1/(dd/dQ). */
static double quadratic_flow(double r, double b, double d, double *slope)
{
    double root = sqrt(r * r + 4 * b * fabs(d));

    *slope = 1 / root;
    return 2 * d / (r + root);
}

static void evaluate_edge(const wadi_steady *s, const edge *e, const double *p, double *flow,
                          double *slope_a, double *slope_b)
{
    double d = p[e->a] - p[e->b], slope, up = 1, down = 1;

    switch (e->law) {
    case EDGE_ARTERIOLE: {
        double d2 = d * d + e->tone_limit2,
               tone = pow(d2 / e->tone_scale2, -0.5 * s->tone_gamma) / e->r[0];

        *flow = d * tone;
        *slope_a = *slope_b = tone * (1 - s->tone_gamma * d * d / d2);
        return;
    }
    case EDGE_VEIN:
        d = s->vein_f[e->a] - s->vein_f[e->b];
        up = s->vein_df[e->a];
        down = s->vein_df[e->b];
        break;
    case EDGE_CAPILLARY:
        d = s->cap_f[e->a] - s->cap_f[e->b];
        up = s->cap_df[e->a];
        down = s->cap_df[e->b];
        break;
    default:
        break;
    }
    *flow = quadratic_flow(e->r[d < 0], e->quadratic[d < 0], d, &slope);
    *slope_a = slope * up;
    *slope_b = slope * down;
}

/* Imbalance at every node for the given pressures; returns its greatest size over the unknowns.
 */
static double evaluate(wadi_steady *s, const double *pressure, double *square_sum)
{
    double worst = 0, sum = 0;

    potentials(s, pressure);
    memset(s->imbalance, 0, (size_t)s->node_count * sizeof *s->imbalance);
    for (wadi_index e = 0; e < s->edge_count; e++) {
        const edge *the_edge = &s->edges[e];

        if (s->unknown[the_edge->a] == WADI_NONE || the_edge->law == EDGE_CLOSED) {
            s->edge_flow[e] = s->slope_a[e] = s->slope_b[e] = 0;
            continue;
        }
        evaluate_edge(s, the_edge, pressure, &s->edge_flow[e], &s->slope_a[e], &s->slope_b[e]);
        s->imbalance[the_edge->a] -= s->edge_flow[e];
        s->imbalance[the_edge->b] += s->edge_flow[e];
    }
    for (wadi_index i = 0; i < s->node_count; i++) {
        if (s->unknown[i] < 0)
            continue;
        worst = fmax(worst, fabs(s->imbalance[i]));
        sum += s->imbalance[i] * s->imbalance[i];
    }
    *square_sum = sum;
    return worst;
}

/* Newton's step; with `damping` > 0 the diagonal is larger by that share, which turns the step
 * towards a local balance of each node (implicit relaxation). */
static bool newton_step(wadi_steady *s, double damping)
{
    double *values = wadi_sparse_values(s->matrix);
    wadi_index pair = 0;

    memset(values, 0, (size_t)wadi_sparse_entries(s->matrix) * sizeof *values);
    for (wadi_index e = 0; e < s->edge_count; e++) {
        wadi_index ends[2] = {s->unknown[s->edges[e].a], s->unknown[s->edges[e].b]};
        const double more = 1 + damping;
        const double part[4] = {more * s->slope_a[e], -s->slope_b[e], -s->slope_a[e],
                                more * s->slope_b[e]};

        for (int k = 0; k < 4; k++)
            if (ends[k / 2] >= 0 && ends[k % 2] >= 0)
                values[s->slots[pair++]] += part[k];
    }
    for (wadi_index i = 0; i < s->node_count; i++)
        if (s->unknown[i] >= 0)
            s->step[s->unknown[i]] = s->imbalance[i];
    return wadi_sparse_factor(s->matrix) && wadi_sparse_solve(s->matrix, s->step);
}

/* Steps to the outlet along veins; more than there are nodes where none lead there. */
static void vein_depths(wadi_steady *s, wadi_index outlet)
{
    bool changed = true;

    for (wadi_index i = 0; i < s->node_count; i++)
        s->order[i] = s->node_count;
    s->order[outlet] = 0;
    while (changed) {
        changed = false;
        for (wadi_index e = 0; e < s->edge_count; e++) {
            wadi_index a = s->edges[e].a, b = s->edges[e].b;

            if (s->edges[e].law != EDGE_VEIN)
                continue;
            if (s->order[a] > s->order[b] + 1) {
                s->order[a] = s->order[b] + 1;
                changed = true;
            } else if (s->order[b] > s->order[a] + 1) {
                s->order[b] = s->order[a] + 1;
                changed = true;
            }
        }
    }
}

/* Veins start a little higher the farther they are from the heart: with equal pressures every
 * valve would stand on its kink, where Newton's step says nothing of the far side. */
static void start_pressures(wadi_steady *s, wadi_index outlet,
                            const wadi_steady_options *options)
{
    const double vein_pa = s->outlet_pa + 3 * WADI_PA_PER_MMHG,
                 rise_pa = 0.05 * WADI_PA_PER_MMHG;
    const double span_pa = s->source_pa - s->outlet_pa;

    mark_laws(s);
    vein_depths(s, outlet);
    for (wadi_index i = 0; i < s->node_count; i++)
        s->pressure[i] = s->has_vein[i]  ? vein_pa + rise_pa * fmin(s->order[i], 60)
                         : s->has_cap[i] ? s->outlet_pa + 0.2 * span_pa
                                         : s->outlet_pa + 0.9 * span_pa;
    if (options->start_pa && options->start_count == s->node_count)
        for (wadi_index i = 0; i < s->node_count; i++)
            if (isfinite(options->start_pa[i]))
                s->pressure[i] = options->start_pa[i];
    s->pressure[s->heart] = s->source_pa;
    s->pressure[outlet] = s->outlet_pa;
}

/* Part of the present step; false when no fraction of it lowers the imbalance. */
static bool advance(wadi_steady *s, double least_fraction, double *worst, double *square_sum)
{
    for (double fraction = 1; fraction >= least_fraction; fraction *= 0.5) {
        double trial_sum, trial_worst;

        for (wadi_index i = 0; i < s->node_count; i++)
            s->trial[i] =
                s->pressure[i] + (s->unknown[i] >= 0 ? fraction * s->step[s->unknown[i]] : 0);
        trial_worst = evaluate(s, s->trial, &trial_sum);
        if (trial_sum < *square_sum * (1 - 1e-4 * fraction) || trial_worst == 0) {
            double *swap = s->pressure;

            s->pressure = s->trial;
            s->trial = swap;
            *worst = trial_worst;
            *square_sum = trial_sum;
            return true;
        }
    }
    return false;
}

/* Newton's step in fractions, then ever more damped ones: where a kink misleads the first, the
 * last are a relaxation of each node, which lowers the imbalance of monotone edges. */
static bool improve(wadi_steady *s, double *worst, double *square_sum)
{
    double unused;

    if (newton_step(s, 0) && advance(s, 1.0 / 64, worst, square_sum))
        return true;
    for (double damping = 1e-2; damping < 1e5; damping *= 10) {
        evaluate(s, s->pressure, &unused); /* slopes of the place we stand on */
        if (newton_step(s, damping) && advance(s, 0.25, worst, square_sum))
            return true;
    }
    return false;
}

/* What imbalances are measured by: the inflow, or 1 mL/min where next to nothing flows in. */
static double flow_scale(const wadi_steady *s)
{
    return fmax(fabs(s->edge_flow[s->edge_count - 1]), WADI_M3_S_PER_ML_MIN);
}

/* No step lowers the imbalance: valves stand on their kinks. A damped step over the kink,
 * uphill if need be, finds another side to descend from. False when that was tried often
 * enough, or where rounding is all that is left. */
static bool leave_kink(wadi_steady *s, int kicks, double *worst, double *square_sum)
{
    enum { KICK_LIMIT = 12 };
    const double damping = 0.03 * (1 + kicks % 4);

    *worst = evaluate(s, s->pressure, square_sum);
    if (kicks >= KICK_LIMIT || *worst <= 1e-9 * flow_scale(s) || !newton_step(s, damping))
        return false;
    for (wadi_index i = 0; i < s->node_count; i++)
        if (s->unknown[i] >= 0)
            s->pressure[i] += s->step[s->unknown[i]];
    *worst = evaluate(s, s->pressure, square_sum);
    return true;
}

static const char *worst_node(const wadi_steady *s, const wadi_limb *limb)
{
    wadi_index at = 0;

    for (wadi_index i = 0; i < s->node_count; i++)
        if (s->unknown[i] >= 0 && fabs(s->imbalance[i]) > fabs(s->imbalance[at]))
            at = i;
    return at < wadi_limb_node_count(limb) ? wadi_limb_node_name(limb, at) : "a capillary bed";
}

static wadi_status iterate(wadi_steady *s, const wadi_limb *limb,
                           const wadi_steady_options *options, wadi_steady_result *out,
                           wadi_error *err)
{
    const double good_enough_frac = 1e-9; /* where rounding stops the descent */
    double square_sum, worst;
    int kicks = 0;

    worst = evaluate(s, s->pressure, &square_sum);
    for (out->iterations = 0; out->iterations < options->max_iterations; out->iterations++) {
        if (worst <= options->tolerance_frac * flow_scale(s))
            break;
        if (!improve(s, &worst, &square_sum) && !leave_kink(s, kicks++, &worst, &square_sum))
            break;
    }
    out->residual_frac = worst / flow_scale(s);
    if (!(out->residual_frac <= good_enough_frac) || !isfinite(square_sum))
        return wadi_fail(err, WADI_ERR_CONVERGENCE,
                         "steady flow did not converge: after %d iterations %.2g of the inflow "
                         "is unbalanced "
                         "at %s (at most %.0e is wanted)",
                         out->iterations, out->residual_frac, worst_node(s, limb),
                         good_enough_frac);
    return WADI_OK;
}

static void collect(wadi_steady *s, const wadi_limb *limb, const wadi_model *model,
                    wadi_index outlet, wadi_steady_result *out)
{
    double inflow = s->edge_flow[s->edge_count - 1], outflow = 0;

    for (wadi_index e = 0; e < s->edge_count; e++) {
        if (s->edges[e].b == outlet)
            outflow += s->edge_flow[e];
        if (s->edges[e].a == outlet)
            outflow -= s->edge_flow[e];
    }
    for (wadi_index i = 0; i < s->segment_count; i++)
        s->segment_flow[i] =
            s->segment_edge[i] == WADI_NONE ? 0 : s->edge_flow[s->segment_edge[i]];
    out->inflow_m3_s = inflow;
    out->outflow_m3_s = outflow;
    out->mass_balance_frac = fabs(inflow - outflow) / flow_scale(s);
    out->heart_pressure_pa = s->pressure[wadi_limb_inlet(limb)] + s->upstream_r * inflow;
    out->node_count = wadi_limb_node_count(limb);
    out->segment_count = s->segment_count;
    out->bed_count = s->bed_count;
    steady_oxygen(s, limb, model, out);
    for (wadi_index i = 0; i < s->node_count; i++)
        if (s->unknown[i] == WADI_NONE)
            s->pressure[i] = NAN;
    out->pressure_pa = out->all_pressure_pa = s->pressure;
    out->all_count = s->node_count;
    out->flow_m3_s = s->segment_flow;
    out->content_ml_dl = s->content;
    out->beds = s->bed_flow;
}

wadi_status wadi_steady_solve(wadi_steady *solver, const wadi_limb *limb,
                              const wadi_model *model, const wadi_steady_options *options,
                              wadi_steady_result *out, wadi_error *err)
{
    wadi_steady_result result = {0};
    wadi_index outlet = wadi_limb_outlet(limb);
    wadi_status status = steady_build(solver, limb, model, options, err);

    if (status)
        return status;
    find_unknowns(solver, outlet);
    if (solver->unknown[wadi_limb_inlet(limb)] < 0)
        return wadi_fail(err, WADI_ERR_CONFLICT,
                         "the inlet of the leg is not connected to anything");
    status = prepare_matrix(solver, err);
    if (status)
        return status;
    start_pressures(solver, outlet, options);
    status = iterate(solver, limb, options, &result, err);
    if (status)
        return status;
    collect(solver, limb, model, outlet, &result);
    *out = result;
    return WADI_OK;
}
