/* One step of what joins vessels: ports, and the pressures at which all flows of a cluster add
 * up to nothing. Mass is exact by construction: the flows that are delivered are those of the
 * last linear solve. */
#include "flow/pulse_impl.h"

enum { NEWTON_STEPS = 120 };

/* Both flows are taken in the middle of the step, where they have changed the volume by half;
 * valves are open or shut for the whole step. */
void pulse_heart_begin(const wadi_network_inlet *heart, double volume, double p_node,
                       double middle_s, double dt, double *s0, double *g, double *filling)
{
    double e = wave_signal_at(&heart->signal, middle_s), soft = 0.5 * dt * e;

    *filling = fmax(0, (heart->fill_pa - e * volume) / (heart->fill_resistance_pa_s_m3 + soft));
    volume += 0.5 * dt * *filling;
    *g = e * volume > p_node ? 1 / (heart->resistance_pa_s_m3 + soft) : 0;
    *s0 = *g * e * volume;
}

void pulse_port_begin(const wadi_pulse *pulse, pulse_port *port, pulse_node *node,
                      double middle_s, double dt)
{
    const wadi_network *n = pulse->network;

    switch (port->kind) {
    case PORT_INFLOW:
        port->s0 = wave_signal_at(&n->inlets[port->part].signal, middle_s);
        port->g = 0;
        break;
    case PORT_SOURCE: {
        const wadi_network_inlet *in = &n->inlets[port->part];
        double momentum = 2 * in->inertance_pa_s2_m3 / dt,
               z = in->resistance_pa_s_m3 + momentum;
        double source = wave_signal_at(&in->signal, middle_s);
        if (z > 0) {
            port->g = 1 / z;
            port->s0 = (source + momentum * port->value) / z;
        } else {
            port->s0 = port->g = 0;
            node->pinned_p = source;
        }
        break;
    }
    case PORT_HEART:
        pulse_heart_begin(&n->inlets[port->part], port->value, node->p - node->rest_pa,
                          middle_s, dt, &port->s0, &port->g, &port->filling);
        break;
    case PORT_WINDKESSEL: {
        const wadi_network_outlet *out = &n->outlets[port->part];
        double held = out->p_out_pa + port->decay_half * (port->value - out->p_out_pa);
        port->s0 = held * port->g;
        break;
    }
    case PORT_FIXED:
        node->pinned_p = n->outlets[port->part].p_out_pa;
        port->s0 = port->g = 0;
        break;
    case PORT_CHAMBER:
        port->g = n->chambers[port->part].compliance_m3_pa / (port->theta * dt);
        port->s0 = port->g * port->value;
        break;
    case PORT_REFLECTION:
        port->s0 = port->g = 0;
        break;
    }
}

void pulse_port_end(const wadi_pulse *pulse, pulse_port *port, double p, double arriving,
                    double dt)
{
    const wadi_network *n = pulse->network;
    double in = port->s0 - port->g * p;

    switch (port->kind) {
    case PORT_INFLOW:
        port->moved_m3 += in * dt;
        break;
    case PORT_SOURCE:
        if (port->g == 0)
            in = -arriving;
        else if (n->inlets[port->part].inertance_pa_s2_m3 > 0)
            port->value = 2 * in - port->value;
        port->moved_m3 += in * dt;
        break;
    case PORT_HEART:
        port->value += dt * (port->filling - in);
        port->moved_m3 += in * dt;
        break;
    case PORT_WINDKESSEL: {
        const wadi_network_outlet *out = &n->outlets[port->part];
        port->value = out->p_out_pa + port->decay * (port->value - out->p_out_pa) -
                      out->resistance_pa_s_m3 * (1 - port->decay) * in;
        port->moved_m3 -= in * dt;
        break;
    }
    case PORT_FIXED:
    case PORT_REFLECTION:
        port->moved_m3 += arriving * dt;
        break;
    case PORT_CHAMBER:
        port->value += (p - port->value) / port->theta;
        break;
    }
}

/* Ends of a node at its pressure guess: flow into the node linear in p. */
static void sum_ends(wadi_pulse *pulse, const pulse_node *node, double *s0, double *g,
                     bool *fine)
{
    for (wadi_index e = node->first_end; e < node->first_end + node->end_count; e++) {
        pulse_end_slope now;
        double ratio;

        pulse_end_evaluate(&pulse->ends[e], node->total, &now);
        ratio = now.dq / now.dp;
        if (!(ratio < 0) || !(now.dp > 0))
            *fine = false;
        *s0 += now.q - ratio * now.p;
        *g -= ratio;
    }
}

/* Give the ends the flows of a pressure and move them there, or on the way there; true when
 * none had far to go. */
static bool move_ends(wadi_pulse *pulse, const pulse_node *node, double p, double way)
{
    bool near = true;

    for (wadi_index e = node->first_end; e < node->first_end + node->end_count; e++)
        near = pulse_end_move(&pulse->ends[e], node->total, p, way) && near;
    return near;
}

static double flow_at(wadi_pulse *pulse, const pulse_node *node, double p)
{
    double sum = node->s0 - node->g * p;

    for (wadi_index e = node->first_end; e < node->first_end + node->end_count; e++)
        sum += pulse_end_at(&pulse->ends[e], node->total, p);
    return sum;
}

/* The sum of flows falls with the pressure, so a bracket always closes. What rounding leaves
 * goes to the widest end. */
static void bisect_node(wadi_pulse *pulse, pulse_node *node)
{
    double step = 0, low, high, rest;
    pulse_end *widest = &pulse->ends[node->first_end];

    PULSE_COUNT(pulse->newton_failures);
    for (wadi_index e = node->first_end; e < node->first_end + node->end_count; e++) {
        step = fmax(step, pulse->ends[e].k);
        if (pulse->ends[e].a0 > widest->a0)
            widest = &pulse->ends[e];
    }
    low = high = node->p;
    if (node->pinned) {
        flow_at(pulse, node, node->pinned_p);
        node->p = node->pinned_p;
        return;
    }
    for (int i = 0; i < 60 && flow_at(pulse, node, low) < 0; i++, step *= 2)
        low -= step;
    for (int i = 0; i < 60 && flow_at(pulse, node, high) > 0; i++, step *= 2)
        high += step;
    for (int i = 0; i < 100 && high - low > 1e-12 * step; i++) {
        node->p = 0.5 * (low + high);
        if (flow_at(pulse, node, node->p) > 0)
            low = node->p;
        else
            high = node->p;
    }
    rest = flow_at(pulse, node, node->p);
    widest->q -= rest;
}

static void solve_node(wadi_pulse *pulse, pulse_node *node)
{
    for (int i = 0; i < NEWTON_STEPS; i++) {
        double s0 = node->s0, g = node->g, p = node->pinned_p;
        bool fine = true;

        sum_ends(pulse, node, &s0, &g, &fine);
        if (!fine)
            break;
        if (!node->pinned)
            p = s0 / g;
        node->p = p;
        if (move_ends(pulse, node, p, p))
            return;
    }
    bisect_node(pulse, node);
}

/* ---- several nodes ---- */

/* Flow into each node as a linear function of all pressures, about the present guess. */
static void assemble(wadi_pulse *pulse, pulse_cluster *c, double dt)
{
    const wadi_index *diagonal = c->sparse.diagonal;

    for (wadi_index i = 0; i < c->sparse.slots; i++)
        c->matrix[i] = 0;
    for (wadi_index i = 0; i < c->node_count; i++) {
        pulse_node *node = &pulse->nodes[pulse->node_order[c->first_node + i]];
        double s0 = node->s0, g = node->g;
        bool fine = true;

        sum_ends(pulse, node, &s0, &g, &fine);
        c->right[i] = s0;
        c->matrix[diagonal[i]] = g;
    }
    for (wadi_index i = 0; i < c->element_count; i++) {
        pulse_element *e = &pulse->elements[pulse->element_order[c->first_element + i]];
        const pulse_node *from = &pulse->nodes[e->from], *to = &pulse->nodes[e->to];
        double rest;

        pulse_element_evaluate(pulse, e, from->p, to->p, dt);
        if (from->reservoir) {
            c->right[to->local] += e->flow - e->slope_to * to->p;
            c->matrix[diagonal[to->local]] -= e->slope_to;
            continue;
        }
        if (to->reservoir) {
            c->right[from->local] -= e->flow - e->slope_from * from->p;
            c->matrix[diagonal[from->local]] += e->slope_from;
            continue;
        }
        rest = e->flow - e->slope_from * from->p - e->slope_to * to->p;
        c->right[from->local] -= rest;
        c->right[to->local] += rest;
        c->matrix[diagonal[from->local]] += e->slope_from;
        c->matrix[c->from_to[i]] += e->slope_to;
        c->matrix[diagonal[to->local]] -= e->slope_to;
        c->matrix[c->to_from[i]] -= e->slope_from;
    }
    for (wadi_index i = 0; i < c->node_count; i++) {
        const pulse_node *node = &pulse->nodes[pulse->node_order[c->first_node + i]];
        if (!node->pinned)
            continue;
        for (wadi_index at = c->sparse.row_start[i]; at < c->sparse.row_start[i + 1]; at++)
            c->matrix[at] = 0;
        c->matrix[diagonal[i]] = 1;
        c->right[i] = node->pinned_p;
    }
}

/* Now and then some shorter steps: a swing between the two sides of a bend dies out. */
static void solve_cluster(wadi_pulse *pulse, pulse_cluster *c, double dt)
{
    for (int n = 0; n < NEWTON_STEPS; n++) {
        bool whole = n < 20 || n % 20 >= 10;
        bool near = true;

        assemble(pulse, c, dt);
        wave_sparse_factor(&c->sparse, c->matrix, c->row);
        wave_sparse_solve(&c->sparse, c->matrix, c->right);
        for (wadi_index i = 0; i < c->element_count; i++) {
            pulse_element *e = &pulse->elements[pulse->element_order[c->first_element + i]];
            const pulse_node *from = &pulse->nodes[e->from], *to = &pulse->nodes[e->to];
            if (!from->reservoir)
                e->flow += e->slope_from * (c->right[from->local] - from->p);
            if (!to->reservoir)
                e->flow += e->slope_to * (c->right[to->local] - to->p);
        }
        for (wadi_index i = 0; i < c->node_count; i++) {
            pulse_node *node = &pulse->nodes[pulse->node_order[c->first_node + i]];
            double p = c->right[i], way = whole ? p : node->p + 0.3 * (p - node->p);

            near = near && fabs(p - node->p) <= 1e-9 * (fabs(p) + 1e3);
            if (!move_ends(pulse, node, p, way))
                near = false;
            node->p = way;
        }
        if (near && n)
            return;
    }
    PULSE_COUNT(pulse->newton_failures);
}

/* A reservoir's pressure in the middle of the step. */
static void look_ahead(wadi_pulse *pulse, wadi_index index, double ahead_s)
{
    double p[PULSE_MOST_LANES];

    if (!pulse->nodes[index].reservoir)
        return;
    pulse_pool_ahead(pulse, index, ahead_s, p);
    pulse->nodes[index].p = p[pulse->lane];
}

/* ---- a step ---- */

static double element_flow_into(const wadi_pulse *pulse, const pulse_cluster *c,
                                wadi_index node)
{
    double sum = 0;

    for (wadi_index i = 0; i < c->element_count; i++) {
        const pulse_element *e = &pulse->elements[pulse->element_order[c->first_element + i]];
        sum += e->to == node ? e->flow : e->from == node ? -e->flow : 0;
    }
    return sum;
}

static void begin_node(wadi_pulse *pulse, pulse_node *node, double middle_s, double dt,
                       double middle_tick, long tick, long ticks)
{
    node->s0 = node->g = 0;
    for (wadi_index i = node->first_port; i < node->first_port + node->port_count; i++) {
        pulse_port_begin(pulse, &pulse->ports[i], node, middle_s, dt);
        node->s0 += pulse->ports[i].s0 + pulse->ports[i].g * node->rest_pa;
        node->g += pulse->ports[i].g;
    }
    if (node->pinned)
        node->pinned_p += node->rest_pa;
    for (wadi_index e = node->first_end; e < node->first_end + node->end_count; e++) {
        long length = ticks >> pulse->vessels[pulse->ends[e].vessel].level;
        double began = (double)(tick - tick % length);

        pulse_end_arrive(pulse, &pulse->ends[e], 2 * (middle_tick - began) / (double)length);
        pulse_end_choke(&pulse->ends[e], node->total);
    }
}

static void end_node(wadi_pulse *pulse, pulse_cluster *c, wadi_index index, double dt,
                     long length, long ticks)
{
    pulse_node *node = &pulse->nodes[index];
    double arriving = 0;

    for (wadi_index e = node->first_end; e < node->first_end + node->end_count; e++) {
        pulse_end *end = &pulse->ends[e];
        arriving += end->q;
        pulse_end_deliver(
            pulse, end, (double)length / (double)(ticks >> pulse->vessels[end->vessel].level));
    }
    if (node->pinned && c->element_count)
        arriving += element_flow_into(pulse, c, index);
    for (wadi_index i = node->first_port; i < node->first_port + node->port_count; i++)
        pulse_port_end(pulse, &pulse->ports[i], node->p - node->rest_pa, arriving, dt);
}

void pulse_cluster_solve(wadi_pulse *pulse, pulse_cluster *c, double dt)
{
    pulse_node *node = &pulse->nodes[pulse->node_order[c->first_node]];
    const pulse_port *port = node->port_count ? &pulse->ports[node->first_port] : NULL;

    if (c->node_count > 1 || c->element_count) {
        solve_cluster(pulse, c, dt);
    } else if (port && port->kind == PORT_REFLECTION) {
        pulse_end *end = &pulse->ends[node->first_end];
        pulse_end_reflect(end, pulse->network->outlets[port->part].reflection);
        node->p = end->off + (end->vein ? end->k * wave_vein_phi(end->x)
                                        : end->k * end->x * end->x / end->c2);
    } else {
        solve_node(pulse, node);
    }
}

void pulse_cluster_step(wadi_pulse *pulse, pulse_cluster *c, double start_s, double dt,
                        long tick, long ticks)
{
    long length = ticks >> c->level;
    double middle_s = start_s + 0.5 * dt, middle_tick = (double)tick + 0.5 * (double)length;

    for (wadi_index i = 0; i < c->node_count; i++)
        begin_node(pulse, &pulse->nodes[pulse->node_order[c->first_node + i]], middle_s, dt,
                   middle_tick, tick, ticks);
    for (wadi_index i = 0; i < c->element_count; i++) {
        const pulse_element *e = &pulse->elements[pulse->element_order[c->first_element + i]];
        look_ahead(pulse, e->from, 0.5 * dt);
        look_ahead(pulse, e->to, 0.5 * dt);
    }
    for (wadi_index i = 0; i < c->element_count; i++)
        pulse_element_begin(pulse, &pulse->elements[pulse->element_order[c->first_element + i]],
                            dt);
    pulse_cluster_solve(pulse, c, dt);
    for (wadi_index i = 0; i < c->node_count; i++)
        end_node(pulse, c, pulse->node_order[c->first_node + i], dt, length, ticks);
    for (wadi_index i = 0; i < c->element_count; i++) {
        pulse_element *e = &pulse->elements[pulse->element_order[c->first_element + i]];
        pulse_element_end(pulse, e, pulse->nodes[e->from].p, pulse->nodes[e->to].p, dt);
    }
}
