/* The nonlinear mean that the harmonics ride on. */
#include "flow/linear_impl.h"

#include <stdlib.h>

enum { MEAN_ROUNDS = 500 };

double linear_friction(const wadi_network *network, const wadi_network_vessel *vessel)
{
    return 2 * (vessel->profile + 2) * WADI_PI * network_viscosity(network, vessel);
}

static double area_at(const wadi_network *n, const wadi_network_vessel *v, double x, double p)
{
    double r = network_radius(v, x), k = network_stiffness(v, x), y = (p - v->p_ext_pa) / k;

    (void)n;
    if (v->wall == WADI_NETWORK_VEIN)
        return wave_area(true, k, WADI_PI * r * r, p - v->p_ext_pa);
    y = fmax(y, -0.9); /* an artery that is sucked flat is left to the pulse level */
    return WADI_PI * r * r * (1 + y) * (1 + y);
}

static double height(const wadi_network *n, wadi_index node)
{
    return n->blood.density_kg_m3 * n->blood.gravity_m_s2 * n->position_m[node][2];
}

/* Unknowns are pressures with rho g z; the wall feels them without. */
static double resistance(const wadi_linear *l, wadi_index vessel, double p_from, double p_to)
{
    const wadi_network *n = l->network;
    const wadi_network_vessel *v = &n->vessels[vessel];
    double sum = 0, h0 = height(n, v->from), h1 = height(n, v->to);

    for (int i = 0; i < LINEAR_SEGMENTS; i++) {
        double x = (i + 0.5) / LINEAR_SEGMENTS;
        double a = area_at(n, v, x, p_from - h0 + (p_to - h1 - p_from + h0) * x);
        sum += 1 / (a * a);
    }
    return linear_friction(n, v) * v->length_m / LINEAR_SEGMENTS * sum;
}

double linear_mean_at(const wadi_linear *l, wadi_index vessel, double x_frac)
{
    const wadi_network_vessel *v = &l->network->vessels[vessel];
    double p0 = l->node_mean[v->from] - height(l->network, v->from);
    double p1 = l->node_mean[v->to] - height(l->network, v->to);

    return p0 + (p1 - p0) * x_frac;
}

/* dp over q of an element about a flow, and the flow at a pressure difference to first order.
 */
static void element_slope(wadi_linear *l, wadi_index i, double *g, double *rest)
{
    const wadi_network *n = l->network;
    const wadi_network_element *e = &n->elements[i];
    double pa = l->node_mean[e->from], pb = l->node_mean[e->to], q = l->element_mean[i];
    double r = e->resistance_pa_s_m3, b = e->quadratic_pa_s2_m6, rho = n->blood.density_kg_m3;

    *rest = 0;
    l->element_l[i] = e->inertance_pa_s2_m3;
    if (e->kind == WADI_NETWORK_VALVE) {
        double area = pa > pb || q > 0 ? e->open_m2 : e->closed_m2;
        b = rho / (2 * area * area);
        l->element_l[i] = rho * e->length_m / area;
    }
    if (e->kind == WADI_NETWORK_STARLING && pa > pb && pb < e->p_ext_pa) {
        *g = pa > e->p_ext_pa ? (pa - e->p_ext_pa) / (r * (pa - pb)) : 1e-9 / r;
        l->element_r[i] = 1 / *g;
        return;
    }
    if (q < 0 && e->back_resistance_pa_s_m3 > 0)
        r = e->back_resistance_pa_s_m3;
    /* An open valve without flow has no resistance of its own; a small one keeps the balance.
     */
    double slope = fmax(r + b * fabs(q), 1e3);
    l->element_r[i] = fmax(r + 2 * b * fabs(q), 1e3);
    *g = 1 / slope;
}

static void add_branch(const wave_sparse *s, double *matrix, wadi_index a, wadi_index b,
                       double g)
{
    matrix[s->diagonal[s->place[a]]] += g;
    matrix[s->diagonal[s->place[b]]] += g;
    matrix[wave_sparse_slot(s, a, b)] -= g;
    matrix[wave_sparse_slot(s, b, a)] -= g;
}

static void pin(const wave_sparse *s, double *matrix, double *right, wadi_index node,
                double value)
{
    wadi_index row = s->place[node];

    for (wadi_index at = s->row_start[row]; at < s->row_start[row + 1]; at++)
        matrix[at] = 0;
    matrix[s->diagonal[row]] = 1;
    right[row] = value;
}

static void add_ports(const wadi_linear *l, double *matrix, double *right)
{
    const wadi_network *n = l->network;
    const wave_sparse *s = &l->sparse;

    for (wadi_index i = 0; i < n->outlet_count; i++) {
        const wadi_network_outlet *o = &n->outlets[i];
        wadi_index row = s->place[o->node];
        double g = 0, p0 = o->p_out_pa;

        if (o->kind == WADI_NETWORK_WINDKESSEL)
            g = 1 / (o->impedance_pa_s_m3 + o->resistance_pa_s_m3);
        if (o->kind == WADI_NETWORK_REFLECTION && o->reflection < 1)
            for (wadi_index v = 0; v < n->vessel_count; v++) {
                const wadi_network_vessel *of = &n->vessels[v];
                int side = of->to == o->node;
                double r = network_radius(of, side), a0 = WADI_PI * r * r, c;
                if (of->from != o->node && !side)
                    continue;
                c = wave_speed(of->wall == WADI_NETWORK_VEIN, network_stiffness(of, side), a0,
                               n->blood.density_kg_m3, a0);
                p0 = of->p_ext_pa;
                g = a0 / (n->blood.density_kg_m3 * c) * (1 - o->reflection) /
                    fmax(1 + o->reflection, 1e-9);
            }
        matrix[s->diagonal[row]] += g;
        right[row] += g * (p0 + height(n, o->node));
    }
    for (wadi_index i = 0; i < n->chamber_count; i++) { /* holds a closed network somewhere */
        wadi_index row = s->place[n->chambers[i].node];
        matrix[s->diagonal[row]] += 1e-20;
        right[row] += 1e-20 * (n->chambers[i].p_start_pa + height(n, n->chambers[i].node));
    }
    for (wadi_index i = 0; i < n->inlet_count; i++) {
        const wadi_network_inlet *in = &n->inlets[i];
        wadi_index row = s->place[in->node];
        double mean, none[1];

        wave_signal_harmonics(&in->signal, 0, &mean, none, none);
        if (in->kind == WADI_NETWORK_INFLOW) {
            right[row] += mean;
        } else if (in->resistance_pa_s_m3 > 0) {
            matrix[s->diagonal[row]] += 1 / in->resistance_pa_s_m3;
            right[row] += (mean + height(n, in->node)) / in->resistance_pa_s_m3;
        } else {
            pin(s, matrix, right, in->node, mean + height(n, in->node));
        }
    }
    for (wadi_index i = 0; i < n->outlet_count; i++)
        if (n->outlets[i].kind == WADI_NETWORK_FIXED)
            pin(s, matrix, right, n->outlets[i].node,
                n->outlets[i].p_out_pa + height(n, n->outlets[i].node));
}

/* Nodes that nothing meets (numbers left out in a model) stay at 0. */
static void hold_loose(const wave_sparse *s, double *matrix)
{
    for (wadi_index i = 0; i < s->count; i++)
        if (matrix[s->diagonal[i]] == 0)
            matrix[s->diagonal[i]] = 1;
}

static double one_round(wadi_linear *l, double *matrix, double *row, double *right, double part)
{
    const wadi_network *n = l->network;
    const wave_sparse *s = &l->sparse;
    double change = 0;

    for (wadi_index i = 0; i < s->slots; i++)
        matrix[i] = 0;
    for (wadi_index i = 0; i < s->count; i++)
        right[i] = 0;
    for (wadi_index i = 0; i < n->vessel_count; i++) {
        const wadi_network_vessel *v = &n->vessels[i];
        double g = 1 / fmax(resistance(l, i, l->node_mean[v->from], l->node_mean[v->to]), 1);
        l->flow_mean[i] = g;
        add_branch(s, matrix, v->from, v->to, g);
    }
    for (wadi_index i = 0; i < n->element_count; i++) {
        double g, rest;
        element_slope(l, i, &g, &rest);
        add_branch(s, matrix, n->elements[i].from, n->elements[i].to, g);
        l->element_mean[i] = g;
    }
    add_ports(l, matrix, right);
    hold_loose(s, matrix);
    wave_sparse_factor(s, matrix, row);
    wave_sparse_solve(s, matrix, right);
    for (wadi_index i = 0; i < n->vessel_count; i++)
        l->flow_mean[i] *=
            right[s->place[n->vessels[i].from]] - right[s->place[n->vessels[i].to]];
    for (wadi_index i = 0; i < n->element_count; i++)
        l->element_mean[i] *=
            right[s->place[n->elements[i].from]] - right[s->place[n->elements[i].to]];
    for (wadi_index i = 0; i < s->count; i++) {
        double p = right[s->place[i]];
        change = fmax(change, fabs(p - l->node_mean[i]));
        l->node_mean[i] += part * (p - l->node_mean[i]);
    }
    return change;
}

wadi_status linear_mean(wadi_linear *l, wadi_error *err)
{
    const wadi_network *n = l->network;
    double *matrix = wadi_alloc((size_t)l->sparse.slots, sizeof *matrix);
    double *row = wadi_alloc((size_t)l->sparse.count, sizeof *row);
    double *right = wadi_alloc((size_t)l->sparse.count, sizeof *right);
    double change = INFINITY;
    wadi_status status = WADI_OK;

    if (!matrix || !row || !right) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the mean flow");
        goto done;
    }
    for (wadi_index i = 0; i < l->sparse.count; i++)
        l->node_mean[i] = n->start_pa;
    for (int i = 0; i < MEAN_ROUNDS && change > 1e-3; i++)
        change = one_round(l, matrix, row, right, i < 4 ? 1 : i < 60 ? 0.5 : 0.25);
    if (!(change <= 1.0))
        status = wadi_fail(err, WADI_ERR_CONVERGENCE,
                           "mean flow: pressures still change by %g Pa after %d rounds", change,
                           MEAN_ROUNDS);
done:
    free(matrix);
    free(row);
    free(right);
    return status;
}
