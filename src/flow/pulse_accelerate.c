/* Towards the periodic state. What a network forgets slowly is how full its windkessels and
 * vessels are; waves die within a cycle. So the fill that a cycle has changed is sent through a
 * lumped network (compliances at nodes, resistances between), which tells how much further it
 * would drift in all cycles to come: with S = C^-1 G, the sum of exp(-m S T) over m = 1, 2, ...
 * is close to exp(-S T / 2) (S T)^-1. The state jumps by that, and plain cycles go on. */
#include "flow/linear_impl.h"
#include "flow/pulse_impl.h"

#include <stdlib.h>
#include <string.h>

enum { HALF_STEPS = 4 };

struct pulse_acceleration {
    wave_sparse sparse; /* nodes, then one for each port (windkessels use theirs) */
    double *conductance, *compliance, *matrix, *row, *fill, *shift;
};

void pulse_accelerate_free(wadi_pulse *pulse)
{
    struct pulse_acceleration *a = pulse->acceleration;

    if (!a)
        return;
    wave_sparse_clear(&a->sparse);
    free(a->conductance);
    free(a->compliance);
    free(a->matrix);
    free(a->row);
    free(a->fill);
    free(a->shift);
    free(a);
    pulse->acceleration = NULL;
}

wadi_status pulse_accelerate_new(wadi_pulse *pulse, wadi_error *err)
{
    size_t pair_count =
        (size_t)(pulse->vessel_count + pulse->element_count + pulse->port_count);
    size_t count = (size_t)(pulse->node_count + pulse->port_count), at = 0;
    struct pulse_acceleration *a = wadi_alloc(1, sizeof *a);
    wadi_index(*pairs)[2] = wadi_alloc(pair_count, sizeof *pairs);
    wadi_status status = WADI_OK;

    pulse_accelerate_free(pulse);
    pulse->acceleration = a;
    if (!a || !pairs) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory to speed a run up");
        goto done;
    }
    for (wadi_index i = 0; i < pulse->vessel_count; i++, at++) {
        pairs[at][0] = pulse->network->vessels[i].from;
        pairs[at][1] = pulse->network->vessels[i].to;
    }
    for (wadi_index i = 0; i < pulse->element_count; i++, at++) {
        pairs[at][0] = pulse->elements[i].from;
        pairs[at][1] = pulse->elements[i].to;
    }
    for (wadi_index i = 0; i < pulse->port_count; i++, at++) {
        pairs[at][0] = pulse->ports[i].node;
        pairs[at][1] = pulse->node_count + i;
    }
    status = wave_sparse_init(&a->sparse, (wadi_index)count, pair_count,
                              (const wadi_index(*)[2])pairs, err);
    if (status)
        goto done;
    a->conductance = wadi_alloc((size_t)a->sparse.slots, sizeof(double));
    a->matrix = wadi_alloc((size_t)a->sparse.slots, sizeof(double));
    a->compliance = wadi_alloc(count, sizeof(double));
    a->row = wadi_alloc(count, sizeof(double));
    a->fill = wadi_alloc(count, sizeof(double));
    a->shift = wadi_alloc(count, sizeof(double));
    if (!a->conductance || !a->matrix || !a->compliance || !a->row || !a->fill || !a->shift)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory to speed a run up");
done:
    free(pairs);
    return status;
}

static void add(struct pulse_acceleration *a, wadi_index i, wadi_index j, double g)
{
    const wave_sparse *s = &a->sparse;

    a->conductance[s->diagonal[s->place[i]]] += g;
    a->conductance[s->diagonal[s->place[j]]] += g;
    a->conductance[wave_sparse_slot(s, i, j)] -= g;
    a->conductance[wave_sparse_slot(s, j, i)] -= g;
}

/* Compliance and resistance of a vessel as it is now; what it gained this cycle. */
static void lump_vessel(wadi_pulse *pulse, wadi_index i)
{
    struct pulse_acceleration *a = pulse->acceleration;
    const wadi_network_vessel *v = &pulse->network->vessels[i];
    const pulse_vessel *at = &pulse->vessels[i];
    double rho = pulse->network->blood.density_kg_m3, c = 0, gained = 0, r = 0;

    for (wadi_index j = 0; j < at->cell_count; j++) {
        double x = (j + 0.5) / at->cell_count, radius = network_radius(v, x);
        double area = pulse->state[at->state + (size_t)j];
        double speed = wave_speed(v->wall == WADI_NETWORK_VEIN, network_stiffness(v, x),
                                  WADI_PI * radius * radius, rho, area);
        c += area / (rho * speed * speed) * at->dx_m;
        r += at->dx_m / (area * area);
        gained += (area - pulse->before[at->state + (size_t)j]) * at->dx_m;
    }
    r *= linear_friction(pulse->network, v);
    add(a, v->from, v->to, 1 / fmax(r, 1));
    a->compliance[v->from] += 0.5 * c;
    a->compliance[v->to] += 0.5 * c;
    a->fill[v->from] += 0.5 * gained;
    a->fill[v->to] += 0.5 * gained;
}

static void lump_port(wadi_pulse *pulse, wadi_index i)
{
    struct pulse_acceleration *a = pulse->acceleration;
    const pulse_port *port = &pulse->ports[i];
    const wadi_network *n = pulse->network;
    wadi_index own = pulse->node_count + i;
    wadi_index node = a->sparse.diagonal[a->sparse.place[port->node]];
    wadi_index self = a->sparse.diagonal[a->sparse.place[own]];
    double change = pulse->state[port->state] - pulse->before[port->state];

    a->conductance[self] += 1e-30;
    switch (port->kind) {
    case PORT_WINDKESSEL: {
        const wadi_network_outlet *o = &n->outlets[port->part];
        add(a, port->node, own, 1 / fmax(o->impedance_pa_s_m3, 1e-3 * o->resistance_pa_s_m3));
        a->conductance[self] += 1 / o->resistance_pa_s_m3;
        a->compliance[own] = o->compliance_m3_pa;
        a->fill[own] = o->compliance_m3_pa * change;
        break;
    }
    case PORT_CHAMBER:
        a->compliance[port->node] += n->chambers[port->part].compliance_m3_pa;
        a->fill[port->node] += n->chambers[port->part].compliance_m3_pa * change;
        break;
    case PORT_SOURCE: {
        double r = n->inlets[port->part].resistance_pa_s_m3;
        a->conductance[node] += 1 / fmax(r, 1e3);
        break;
    }
    case PORT_HEART: { /* what it gives less of for a higher pressure: one over E T */
        const wadi_network_signal *e = &n->inlets[port->part].signal;
        double most = 0;
        for (size_t at = 0; at < e->count; at++)
            most = fmax(most, e->value[at]);
        a->conductance[node] += 1 / (most * pulse->period_s);
        break;
    }
    case PORT_FIXED:
        a->conductance[node] += 1e-3;
        break;
    case PORT_REFLECTION: {
        const pulse_end *end = &pulse->ends[pulse->nodes[port->node].first_end];
        double share = (1 - n->outlets[port->part].reflection) /
                       fmax(1 + n->outlets[port->part].reflection, 1e-3);
        double c = end->vein ? sqrt(end->c2 * wave_vein_slope(1)) : sqrt(end->c2);
        a->conductance[node] += share * end->a0 / (end->rho * c);
        break;
    }
    case PORT_INFLOW:
        break;
    }
}

static void lump(wadi_pulse *pulse)
{
    struct pulse_acceleration *a = pulse->acceleration;

    memset(a->conductance, 0, (size_t)a->sparse.slots * sizeof(double));
    memset(a->compliance, 0, (size_t)a->sparse.count * sizeof(double));
    memset(a->fill, 0, (size_t)a->sparse.count * sizeof(double));
    for (wadi_index i = 0; i < pulse->vessel_count; i++)
        lump_vessel(pulse, i);
    for (wadi_index i = 0; i < pulse->element_count; i++) {
        const pulse_element *e = &pulse->elements[i];
        const wadi_network_element *part = &pulse->network->elements[e->part];
        double area = part->closed_m2 + (part->open_m2 - part->closed_m2) * e->zeta;
        double b = e->kind == WADI_NETWORK_VALVE
                       ? pulse->network->blood.density_kg_m3 / (2 * area * area)
                       : part->quadratic_pa_s2_m6;
        double mean = fabs(e->moved_m3) / pulse->period_s;
        double r = mean > 0 && e->moved_m3 < 0 && part->back_resistance_pa_s_m3 > 0
                       ? part->back_resistance_pa_s_m3
                       : part->resistance_pa_s_m3;
        add(a, e->from, e->to, 1 / fmax(r + 2 * b * mean, 1e3));
    }
    for (wadi_index i = 0; i < pulse->port_count; i++)
        lump_port(pulse, i);
}

/* In place: right (by node) becomes (share C + G)^-1 right. */
static void solve(struct pulse_acceleration *a, double share, double *right)
{
    const wave_sparse *s = &a->sparse;

    memcpy(a->matrix, a->conductance, (size_t)s->slots * sizeof(double));
    for (wadi_index i = 0; i < s->count; i++) {
        wadi_index diagonal = s->diagonal[s->place[i]];
        a->matrix[diagonal] += share * a->compliance[i];
        if (a->matrix[diagonal] == 0)
            a->matrix[diagonal] = 1;
    }
    wave_sparse_factor(s, a->matrix, a->row);
    for (wadi_index i = 0; i < s->count; i++)
        a->shift[s->place[i]] = right[i];
    wave_sparse_solve(s, a->matrix, a->shift);
    for (wadi_index i = 0; i < s->count; i++)
        right[i] = a->shift[s->place[i]];
}

static void shift_vessel(wadi_pulse *pulse, wadi_index i, const double *shift)
{
    const wadi_network_vessel *v = &pulse->network->vessels[i];
    const pulse_vessel *at = &pulse->vessels[i];
    bool vein = v->wall == WADI_NETWORK_VEIN;

    for (wadi_index j = 0; j < at->cell_count; j++) {
        double x = (j + 0.5) / at->cell_count, r = network_radius(v, x), a0 = WADI_PI * r * r;
        double k = network_stiffness(v, x), *area = &pulse->state[at->state + (size_t)j];
        double p = wave_transmural(vein, k, a0, *area) + shift[v->from] +
                   (shift[v->to] - shift[v->from]) * x;
        *area = wave_area(vein, k, a0, fmax(p, vein ? -30 * k : -0.5 * k));
    }
}

void pulse_accelerate(wadi_pulse *pulse)
{
    struct pulse_acceleration *a = pulse->acceleration;
    double share = 2.0 * HALF_STEPS / pulse->period_s, worst = 0;
    const double most = 50 * WADI_PA_PER_MMHG;

    lump(pulse);
    for (int i = 0; i < HALF_STEPS; i++) {
        solve(a, share, a->fill);
        for (wadi_index j = 0; j < a->sparse.count; j++)
            a->fill[j] *= share * a->compliance[j];
    }
    solve(a, 0, a->fill);
    for (wadi_index j = 0; j < a->sparse.count; j++) {
        a->fill[j] /= pulse->period_s;
        worst = fmax(worst, fabs(a->fill[j]));
    }
    if (!(worst < 1e6))
        return; /* nothing holds this network: leave it to plain cycles */
    for (wadi_index j = 0; j < a->sparse.count && worst > most; j++)
        a->fill[j] *= most / worst;
    for (wadi_index i = 0; i < pulse->vessel_count; i++)
        shift_vessel(pulse, i, a->fill);
    for (wadi_index i = 0; i < pulse->port_count; i++) {
        const pulse_port *port = &pulse->ports[i];
        if (port->kind == PORT_WINDKESSEL)
            pulse->state[port->state] += a->fill[pulse->node_count + i];
        else if (port->kind == PORT_CHAMBER)
            pulse->state[port->state] += a->fill[port->node];
    }
    for (wadi_index i = 0; i < pulse->node_count; i++)
        pulse->state[pulse->state_size - (size_t)pulse->node_count + (size_t)i] += a->fill[i];
    pulse_state_scatter(pulse, pulse->state);
}
