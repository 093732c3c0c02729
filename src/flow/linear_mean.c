/* The nonlinear mean that the harmonics ride on: Newton on the pressures of all nodes. */
#include "flow/linear_impl.h"

#include <stdlib.h>

enum { MEAN_ROUNDS = 200, MEAN_HALVINGS = 12 };
/* Pressures that still change by less are found. */
static const double MEAN_TOLERANCE_PA = 1e-6;
/* A branch without resistance (an open valve at rest) gets this one, Pa s/m3. */
static const double LEAST_RESISTANCE = 1e3;
/* A vein's potential ends here: nothing can be sucked through it any harder. */
static const double LEAST_POTENTIAL = 1e-3;

double linear_friction(const wadi_network *network, const wadi_network_vessel *vessel)
{
    return 2 * (vessel->profile + 2) * WADI_PI * network_viscosity(network, vessel);
}

static double height(const wadi_network *n, wadi_index node)
{
    return n->blood.density_kg_m3 * n->blood.gravity_m_s2 * n->position_m[node][2];
}

/* ---- vessels ---- */

/* A branch's flow and how it answers to the pressures of its ends. */
typedef struct branch {
    double q, by_from, by_to; /* dq/dp_from, -dq/dp_to */
} branch;

/* A vessel's wall at the middle of a piece: its empirical laws are worked out once. */
typedef struct rest_wall {
    double a0, k;
} rest_wall;

static rest_wall wall_of(const wadi_network_vessel *v, double x)
{
    double r = network_radius(v, x);

    return (rest_wall){WADI_PI * r * r, network_stiffness(v, x)};
}

/* Area, and what a Pa changes of its logarithm. */
static double area_of(const wadi_network_vessel *v, rest_wall wall, double p, double *log_slope)
{
    double y = (p - v->p_ext_pa) / wall.k, ratio;

    if (v->wall == WADI_NETWORK_VEIN) {
        ratio = wave_vein_inverse(y, 1.0);
        *log_slope = 1 / (wall.k * ratio * wave_vein_slope(ratio));
        return wall.a0 * ratio;
    }
    *log_slope = y > -0.9 ? 2 / (wall.k * (1 + y)) : 0;
    y = fmax(y, -0.9); /* an artery that is sucked flat is left to the pulse level */
    return wall.a0 * (1 + y) * (1 + y);
}

/* Integral of (A/A0)^2 dp over K in a vein, and its inverse. */
static double potential(double ratio)
{
    double x2 = ratio * ratio, x4 = x2 * x2;

    return 10.0 / 12 * x4 * x4 * x4 + 3 * sqrt(ratio);
}

static double ratio_of_potential(double y, double low, double high)
{
    double x = 0.5 * (low + high);

    for (int i = 0; i < 60; i++) {
        double x2 = x * x, x4 = x2 * x2, miss = potential(x) - y;
        double next = x - miss / (10 * x4 * x4 * x2 * x + 1.5 / sqrt(x));

        if (miss > 0)
            high = x;
        else
            low = x;
        if (fabs(miss) <= 1e-14 * fmax(y, 1))
            break;
        x = next > low && next < high ? next : 0.5 * (low + high);
    }
    return x;
}

/* kappa times the integral of dx/A0^2 from the first end to x: the mean of 1/r^4 along a taper
 * is (a^2 + ab + b^2) / (3 a^3 b^3). */
static double rest_resistance(const wadi_network *n, const wadi_network_vessel *v, double x)
{
    double a = v->radius_from_m, b = network_radius(v, x);

    return linear_friction(n, v) * x * v->length_m * (a * a + a * b + b * b) /
           (3 * WADI_PI * WADI_PI * a * a * a * b * b * b);
}

/* Lying down, the mean flow of a vein is a difference of potentials. */
static bool has_potential(const wadi_network *n, const wadi_network_vessel *v)
{
    return v->wall == WADI_NETWORK_VEIN && height(n, v->from) == height(n, v->to);
}

static branch vein_flow(const wadi_network *n, const wadi_network_vessel *v, double p_from,
                        double p_to)
{
    double k = network_stiffness(v, 0.5), g = 1 / rest_resistance(n, v, 1);
    double a = wave_vein_inverse((p_from - v->p_ext_pa) / k, 1.0);
    double b = wave_vein_inverse((p_to - v->p_ext_pa) / k, 1.0);

    return (branch){k * g * (potential(a) - potential(b)), g * a * a, g * b * b};
}

/* Unknowns are pressures with rho g z; the wall feels them without. Along a vessel that loses
 * little of its pressure it falls in a straight line. */
static branch tube_flow(const wadi_network *n, const wadi_network_vessel *v,
                        const rest_wall *walls, double p_from, double p_to)
{
    double h0 = height(n, v->from), h1 = height(n, v->to), r = 0, r_from = 0, r_to = 0;
    double each = linear_friction(n, v) * v->length_m / LINEAR_PIECES, g, bend;

    for (int i = 0; i < LINEAR_PIECES; i++) {
        double x = (i + 0.5) / LINEAR_PIECES, slope, part;
        double a = area_of(v, walls[i], p_from - h0 + (p_to - h1 - p_from + h0) * x, &slope);

        part = each / (a * a);
        r += part;
        r_from -= 2 * part * slope * (1 - x);
        r_to -= 2 * part * slope * x;
    }
    g = 1 / fmax(r, 1);
    bend = g * g * (p_from - p_to);
    return (branch){g * (p_from - p_to), fmax(g - bend * r_from, 0.1 * g),
                    fmax(g + bend * r_to, 0.1 * g)};
}

static branch vessel_flow(const wadi_network *n, const wadi_network_vessel *v,
                          const rest_wall *walls, const double *p)
{
    double p_from = p[v->from], p_to = p[v->to];

    if (has_potential(n, v))
        return vein_flow(n, v, p_from - height(n, v->from), p_to - height(n, v->to));
    return tube_flow(n, v, walls, p_from, p_to);
}

/* ---- elements ---- */

static branch element_flow(const wadi_network *n, const wadi_network_element *e,
                           const double *p)
{
    double pa = p[e->from], pb = p[e->to], dp = pa - pb, r = e->resistance_pa_s_m3, root;
    double b = e->quadratic_pa_s2_m6;

    if (e->kind == WADI_NETWORK_STARLING && dp > 0 && pb < e->p_ext_pa)
        return pa > e->p_ext_pa ? (branch){(pa - e->p_ext_pa) / r, 1 / r, 1e-9 / r}
                                : (branch){1e-9 * dp / r, 1e-9 / r, 1e-9 / r};
    if (e->kind == WADI_NETWORK_VALVE) {
        double area = dp > 0 ? e->open_m2 : e->closed_m2;
        b = n->blood.density_kg_m3 / (2 * area * area);
    }
    if (dp < 0 && e->back_resistance_pa_s_m3 > 0)
        r = e->back_resistance_pa_s_m3;
    r = fmax(r, LEAST_RESISTANCE);
    root = sqrt(r * r + 4 * b * fabs(dp));
    return (branch){2 * dp / (r + root), 1 / root, 1 / root};
}

/* What the waves meet: the slope at the mean, and the blood that must be moved. */
static void element_line(wadi_linear *l, wadi_index i)
{
    const wadi_network *n = l->network;
    const wadi_network_element *e = &n->elements[i];
    branch of = element_flow(n, e, l->node_mean);
    double dp = l->node_mean[e->from] - l->node_mean[e->to];

    l->element_mean[i] = of.q;
    l->element_l[i] = e->inertance_pa_s2_m3;
    if (e->kind == WADI_NETWORK_VALVE)
        l->element_l[i] = n->blood.density_kg_m3 * e->length_m /
                          (dp > 0 || of.q > 0 ? e->open_m2 : e->closed_m2);
    /* A collapsed resistor passes the mean's ratio on: its waterfall has no slope of dp. */
    l->element_r[i] = of.by_from == of.by_to ? 1 / of.by_from : fabs(dp / of.q);
}

/* ---- balance ---- */

typedef struct newton {
    wadi_linear *l;
    double *matrix, *row, *right, *trial;
    rest_wall *wall; /* (vessels x pieces) */
} newton;

static void add_branch(const newton *w, const branch *of, const wadi_index slot[4],
                       wadi_index from, wadi_index to)
{
    const wave_sparse *s = &w->l->sparse;

    w->matrix[slot[0]] += of->by_from;
    w->matrix[slot[1]] += of->by_to;
    w->matrix[slot[2]] -= of->by_to;
    w->matrix[slot[3]] -= of->by_from;
    w->right[s->place[from]] -= of->q;
    w->right[s->place[to]] += of->q;
}

static void pin(const newton *w, wadi_index node, double miss)
{
    const wave_sparse *s = &w->l->sparse;
    wadi_index row = s->place[node];

    for (wadi_index at = s->row_start[row]; at < s->row_start[row + 1]; at++)
        w->matrix[at] = 0;
    w->matrix[s->diagonal[row]] = 1;
    w->right[row] = miss;
}

static void draw(const newton *w, wadi_index node, double g, double behind_pa, const double *p)
{
    wadi_index row = w->l->sparse.place[node];

    w->matrix[w->l->sparse.diagonal[row]] += g;
    w->right[row] -= g * (p[node] - behind_pa);
}

/* An end that lets a share of each wave through rests at the outside pressure. */
static double reflecting(const wadi_network *n, const wadi_network_outlet *o, double *rest_pa)
{
    double g = 0;

    for (wadi_index v = 0; v < n->vessel_count && o->reflection < 1; v++) {
        const wadi_network_vessel *of = &n->vessels[v];
        int side = of->to == o->node;
        double r = network_radius(of, side), a0 = WADI_PI * r * r, c;

        if (of->from != o->node && !side)
            continue;
        c = wave_speed(of->wall == WADI_NETWORK_VEIN, network_stiffness(of, side), a0,
                       n->blood.density_kg_m3, a0);
        *rest_pa = of->p_ext_pa;
        g = a0 / (n->blood.density_kg_m3 * c) * (1 - o->reflection) /
            fmax(1 + o->reflection, 1e-9);
    }
    return g;
}

static void add_ports(const newton *w, const double *p)
{
    const wadi_network *n = w->l->network;
    double mean, none[1];

    for (wadi_index i = 0; i < n->outlet_count; i++) {
        const wadi_network_outlet *o = &n->outlets[i];
        double g = 0, rest = o->p_out_pa;

        if (o->kind == WADI_NETWORK_WINDKESSEL)
            g = 1 / (o->impedance_pa_s_m3 + o->resistance_pa_s_m3);
        if (o->kind == WADI_NETWORK_REFLECTION)
            g = reflecting(n, o, &rest);
        draw(w, o->node, g, rest + height(n, o->node), p);
    }
    for (wadi_index i = 0; i < n->chamber_count; i++) /* holds a closed network somewhere */
        draw(w, n->chambers[i].node, 1e-20,
             n->chambers[i].p_start_pa + height(n, n->chambers[i].node), p);
    for (wadi_index i = 0; i < n->inlet_count; i++) {
        const wadi_network_inlet *in = &n->inlets[i];

        wave_signal_harmonics(&in->signal, 0, &mean, none, none);
        if (in->kind == WADI_NETWORK_INFLOW)
            w->right[w->l->sparse.place[in->node]] += mean;
        else if (in->resistance_pa_s_m3 > 0)
            draw(w, in->node, 1 / in->resistance_pa_s_m3, mean + height(n, in->node), p);
        else
            pin(w, in->node, mean + height(n, in->node) - p[in->node]);
    }
    for (wadi_index i = 0; i < n->outlet_count; i++)
        if (n->outlets[i].kind == WADI_NETWORK_FIXED)
            pin(w, n->outlets[i].node,
                n->outlets[i].p_out_pa + height(n, n->outlets[i].node) - p[n->outlets[i].node]);
}

/* Matrix and what is missing of every balance at these pressures; the sum of its squares. */
static double balance(const newton *w, const double *p)
{
    wadi_linear *l = w->l;
    const wadi_network *n = l->network;
    const wave_sparse *s = &l->sparse;
    double sum = 0;

    for (wadi_index i = 0; i < s->slots; i++)
        w->matrix[i] = 0;
    for (wadi_index i = 0; i < s->count; i++)
        w->right[i] = 0;
    for (wadi_index i = 0; i < n->vessel_count; i++) {
        branch of = vessel_flow(n, &n->vessels[i], w->wall + i * LINEAR_PIECES, p);

        l->flow_mean[i] = of.q;
        add_branch(w, &of, l->slot[i], n->vessels[i].from, n->vessels[i].to);
    }
    for (wadi_index i = 0; i < n->element_count; i++) {
        branch of = element_flow(n, &n->elements[i], p);

        add_branch(w, &of, l->slot[n->vessel_count + i], n->elements[i].from,
                   n->elements[i].to);
    }
    add_ports(w, p);
    for (wadi_index i = 0; i < s->count; i++) {
        /* Nodes that nothing meets (numbers left out in a model) stay at 0. */
        if (w->matrix[s->diagonal[i]] == 0)
            w->matrix[s->diagonal[i]] = 1;
        sum += w->right[i] * w->right[i] / w->matrix[s->diagonal[i]];
    }
    return sum;
}

/* Newton's step from node_mean into row, by nodes; its greatest size. With `damping` the
 * diagonal is larger by that share, which turns the step towards a balance of each node by
 * itself. */
static double find_step(const newton *w, double damping)
{
    const wave_sparse *s = &w->l->sparse;
    double greatest = 0;

    for (wadi_index i = 0; i < s->count; i++)
        w->matrix[s->diagonal[i]] *= 1 + damping;
    wave_sparse_factor(s, w->matrix, w->row);
    wave_sparse_solve(s, w->matrix, w->right);
    for (wadi_index i = 0; i < s->count; i++) {
        w->row[i] = w->right[s->place[i]];
        greatest = fmax(greatest, fabs(w->row[i]));
    }
    return greatest;
}

/* A step of Newton, shorter or damped where it makes the balance worse; its greatest size. At
 * the kink of a valve no step may be better, and then a damped one is taken uphill. */
static double one_round(const newton *w, double *miss)
{
    static const double DAMPINGS[] = {0, 0.03, 0.3};
    wadi_linear *l = w->l;
    double greatest = 0, before = *miss;
    bool better = false;

    for (size_t d = 0; d < WADI_COUNT_OF(DAMPINGS) && !better; d++) {
        double part = 1;

        if (d)
            balance(w, l->node_mean);
        greatest = find_step(w, DAMPINGS[d]);
        for (int i = 0; i < MEAN_HALVINGS && !better; i++, part *= 0.5) {
            for (wadi_index k = 0; k < l->sparse.count; k++)
                w->trial[k] = l->node_mean[k] + part * w->row[k];
            *miss = balance(w, w->trial);
            /* The last bits do not fall any more. */
            better = *miss < before || greatest <= MEAN_TOLERANCE_PA;
        }
    }
    if (!better) {
        for (wadi_index k = 0; k < l->sparse.count; k++)
            w->trial[k] = l->node_mean[k] + w->row[k];
        *miss = balance(w, w->trial);
    }
    for (wadi_index k = 0; k < l->sparse.count; k++)
        l->node_mean[k] = w->trial[k];
    return isfinite(*miss) ? greatest : (double)NAN;
}

/* ---- pieces ---- */

static void vein_pressures(const wadi_linear *l, wadi_index vessel, double *pressure)
{
    const wadi_network_vessel *v = &l->network->vessels[vessel];
    double k = network_stiffness(v, 0.5), g = l->flow_mean[vessel] / k;
    double first = wave_vein_inverse((pressure[0] - v->p_ext_pa) / k, 1.0);
    double last = wave_vein_inverse((pressure[LINEAR_PIECES] - v->p_ext_pa) / k, 1.0);
    double from = potential(first);

    for (int i = 1; i < LINEAR_PIECES; i++) {
        double y = from - g * rest_resistance(l->network, v, (double)i / LINEAR_PIECES), x;

        x = ratio_of_potential(fmax(y, LEAST_POTENTIAL), fmin(first, last), fmax(first, last));
        pressure[i] = v->p_ext_pa + k * wave_vein_phi(x);
    }
}

/* Pressures at the ends of the pieces: each takes its share of the fall. */
static void tube_pressures(const wadi_linear *l, wadi_index vessel, const rest_wall *walls,
                           double *pressure)
{
    const wadi_network_vessel *v = &l->network->vessels[vessel];
    double part[LINEAR_PIECES], sum = 0, at = 0, slope, p0 = pressure[0];
    double tilt = height(l->network, v->from) - height(l->network, v->to);
    double fall = l->node_mean[v->from] - l->node_mean[v->to];

    for (int i = 0; i < LINEAR_PIECES; i++) {
        double x = (i + 0.5) / LINEAR_PIECES;
        double a = area_of(v, walls[i], p0 + (pressure[LINEAR_PIECES] - p0) * x, &slope);

        part[i] = 1 / (a * a);
        sum += part[i];
    }
    for (int i = 1; i < LINEAR_PIECES; i++) {
        at += part[i - 1];
        pressure[i] = p0 + tilt * i / LINEAR_PIECES - fall * at / sum;
    }
}

static bool is_uniform(const wadi_network_vessel *v)
{
    return v->wall == WADI_NETWORK_ARTERY && v->radius_from_m == v->radius_to_m &&
           network_stiffness(v, 0) == network_stiffness(v, 1);
}

static void make_piece(wadi_linear *l, wadi_index vessel, int i, rest_wall wall, double p)
{
    const wadi_network *n = l->network;
    const wadi_network_vessel *v = &n->vessels[vessel];
    double log, a = area_of(v, wall, p, &log), rho = n->blood.density_kg_m3;
    double c = wave_speed(v->wall == WADI_NETWORK_VEIN, wall.k, wall.a0, rho, a);

    l->area[vessel * LINEAR_PIECES + i] = a;
    l->piece[vessel * LINEAR_PIECES + i] =
        (linear_piece){.r = linear_friction(n, v) / (a * a),
                       .l = rho / a,
                       .c = a / (rho * c * c),
                       .wall = v->wall_pa_s_m / (wall.a0 * sqrt(a))};
}

static void make_pieces(wadi_linear *l, wadi_index vessel, const rest_wall *walls)
{
    const wadi_network_vessel *v = &l->network->vessels[vessel];
    double *pressure = l->pressure + vessel * (LINEAR_PIECES + 1);

    pressure[0] = l->node_mean[v->from] - height(l->network, v->from);
    pressure[LINEAR_PIECES] = l->node_mean[v->to] - height(l->network, v->to);
    if (has_potential(l->network, v))
        vein_pressures(l, vessel, pressure);
    else
        tube_pressures(l, vessel, walls, pressure);
    l->uniform[vessel] = is_uniform(v);
    for (int i = 0; i < LINEAR_PIECES; i++) {
        double x = l->uniform[vessel] ? 0.5 : (i + 0.5) / LINEAR_PIECES;

        make_piece(l, vessel, i, walls[i], linear_mean_at(l, vessel, x));
    }
}

double linear_mean_at(const wadi_linear *l, wadi_index vessel, double x_frac)
{
    const double *pressure = l->pressure + vessel * (LINEAR_PIECES + 1);
    double at = fmin(fmax(x_frac, 0), 1) * LINEAR_PIECES;
    int i = at < LINEAR_PIECES ? (int)at : LINEAR_PIECES - 1;

    return pressure[i] + (pressure[i + 1] - pressure[i]) * (at - i);
}

/* Pressures that an end prescribes need no search. */
static void hold_ends(const wadi_linear *l)
{
    const wadi_network *n = l->network;
    double mean, none[1];

    for (wadi_index i = 0; i < n->inlet_count; i++) {
        const wadi_network_inlet *in = &n->inlets[i];

        wave_signal_harmonics(&in->signal, 0, &mean, none, none);
        if (in->kind == WADI_NETWORK_PRESSURE && !(in->resistance_pa_s_m3 > 0))
            l->node_mean[in->node] = mean + height(n, in->node);
    }
    for (wadi_index i = 0; i < n->outlet_count; i++)
        if (n->outlets[i].kind == WADI_NETWORK_FIXED)
            l->node_mean[n->outlets[i].node] =
                n->outlets[i].p_out_pa + height(n, n->outlets[i].node);
}

/* The greatest imbalance of a node over the greatest flow of a vessel. Where a pressure is
 * pinned the matrix row holds nothing but its own. */
static double imbalance(const newton *w)
{
    const wave_sparse *s = &w->l->sparse;
    double worst = 0, most = 0;

    for (wadi_index i = 0; i < s->count; i++) {
        bool pinned = w->matrix[s->diagonal[i]] == 1;

        worst = pinned ? worst : fmax(worst, fabs(w->right[i]));
    }
    for (wadi_index i = 0; i < w->l->network->vessel_count; i++)
        most = fmax(most, fabs(w->l->flow_mean[i]));
    return most > 0 ? worst / most : 0;
}

wadi_status linear_mean(wadi_linear *l, wadi_error *err)
{
    const wadi_network *n = l->network;
    size_t count = (size_t)l->sparse.count;
    newton w = {.l = l,
                .matrix = wadi_alloc((size_t)l->sparse.slots, sizeof(double)),
                .row = wadi_alloc(count, sizeof(double)),
                .right = wadi_alloc(count, sizeof(double)),
                .trial = wadi_alloc(count, sizeof(double)),
                .wall = wadi_alloc((size_t)n->vessel_count * LINEAR_PIECES, sizeof *w.wall)};
    double change = INFINITY, miss;
    wadi_status status = WADI_OK;

    if (!w.matrix || !w.row || !w.right || !w.trial || !w.wall) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the mean flow");
        goto done;
    }
    for (wadi_index i = 0; i < l->sparse.count; i++)
        l->node_mean[i] = n->start_node_pa ? n->start_node_pa[i] : n->start_pa;
    hold_ends(l);
    for (wadi_index i = 0; i < n->vessel_count * LINEAR_PIECES; i++)
        w.wall[i] =
            wall_of(&n->vessels[i / LINEAR_PIECES], (i % LINEAR_PIECES + 0.5) / LINEAR_PIECES);
    miss = balance(&w, l->node_mean);
    for (int i = 0; i < MEAN_ROUNDS && change > MEAN_TOLERANCE_PA; i++)
        change = one_round(&w, &miss);
    if (!(change <= 1.0)) {
        status = wadi_fail(err, WADI_ERR_CONVERGENCE,
                           "mean flow: pressures still change by %g Pa after %d rounds", change,
                           MEAN_ROUNDS);
        goto done;
    }
    l->mass_balance = imbalance(&w);
    for (wadi_index i = 0; i < n->element_count; i++)
        element_line(l, i);
    for (wadi_index i = 0; i < n->vessel_count; i++)
        make_pieces(l, i, w.wall + i * LINEAR_PIECES);
done:
    free(w.matrix);
    free(w.row);
    free(w.right);
    free(w.trial);
    free(w.wall);
    return status;
}
