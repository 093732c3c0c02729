/* Building the joints: which ends, ports and elements meet where, and what is solved at once.
 */
#include "flow/pulse_impl.h"

#include <stdlib.h>
#include <string.h>

static wadi_status no_memory(wadi_error *err)
{
    return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the joints of the network");
}

static void fill_end(const wadi_pulse *pulse, pulse_end *end, wadi_index vessel, int side)
{
    const wadi_network *n = pulse->network;
    const wadi_network_vessel *v = &n->vessels[vessel];
    double radius = network_radius(v, side), rho = n->blood.density_kg_m3;
    wadi_index node = side ? v->to : v->from;

    *end = (pulse_end){.vessel = vessel, .node = node, .side = side, .sign = side ? 1 : -1};
    end->vein = v->wall == WADI_NETWORK_VEIN;
    end->a0 = WADI_PI * radius * radius;
    end->k = network_stiffness(v, side);
    end->off = v->p_ext_pa + rho * n->blood.gravity_m_s2 * n->position_m[node][2] -
               (end->vein ? 0 : end->k);
    end->c2 = end->vein ? end->k / rho : end->k / (2 * rho);
    end->flux = end->vein ? end->k * end->a0 / rho : end->k * end->a0 / (3 * rho);
    end->alpha = network_momentum(v);
    end->loss = side ? v->loss_to : v->loss_from;
    end->rho = rho;
    end->x = end->in_x = end->vein ? 1 : sqrt(end->c2);
}

static wadi_status make_ends(wadi_pulse *pulse, wadi_error *err)
{
    const wadi_network *n = pulse->network;
    wadi_index count = 0;

    pulse->end_count = 2 * n->vessel_count;
    pulse->ends = wadi_alloc((size_t)pulse->end_count, sizeof *pulse->ends);
    if (!pulse->ends)
        return no_memory(err);
    for (wadi_index i = 0; i < n->vessel_count; i++) {
        pulse->nodes[n->vessels[i].from].end_count++;
        pulse->nodes[n->vessels[i].to].end_count++;
    }
    for (wadi_index i = 0; i < n->node_count; i++) {
        pulse->nodes[i].first_end = count;
        count += pulse->nodes[i].end_count;
        pulse->nodes[i].total = pulse->nodes[i].end_count > 1 && !n->blood.static_junctions;
        pulse->nodes[i].end_count = 0;
        pulse->nodes[i].rest_pa =
            n->blood.density_kg_m3 * n->blood.gravity_m_s2 * n->position_m[i][2];
    }
    for (wadi_index i = 0; i < n->vessel_count; i++)
        for (int side = 0; side < 2; side++) {
            pulse_node *node = &pulse->nodes[side ? n->vessels[i].to : n->vessels[i].from];
            fill_end(pulse, &pulse->ends[node->first_end + node->end_count++], i, side);
        }
    return WADI_OK;
}

static pulse_port_kind kind_of(const wadi_network_outlet *outlet)
{
    return outlet->kind == WADI_NETWORK_WINDKESSEL   ? PORT_WINDKESSEL
           : outlet->kind == WADI_NETWORK_REFLECTION ? PORT_REFLECTION
                                                     : PORT_FIXED;
}

static void put_port(wadi_pulse *pulse, wadi_index node, pulse_port_kind kind, wadi_index part,
                     bool counting)
{
    pulse_node *at = &pulse->nodes[node];

    if (!counting)
        pulse->ports[at->first_port + at->port_count] =
            (pulse_port){.kind = kind, .node = node, .part = part};
    at->port_count++;
    pulse->port_count += counting;
}

static void walk_ports(wadi_pulse *pulse, bool counting)
{
    const wadi_network *n = pulse->network;

    for (wadi_index i = 0; i < n->inlet_count; i++)
        put_port(pulse, n->inlets[i].node,
                 n->inlets[i].kind == WADI_NETWORK_INFLOW  ? PORT_INFLOW
                 : n->inlets[i].kind == WADI_NETWORK_HEART ? PORT_HEART
                                                           : PORT_SOURCE,
                 i, counting);
    for (wadi_index i = 0; i < n->outlet_count; i++)
        put_port(pulse, n->outlets[i].node, kind_of(&n->outlets[i]), i, counting);
    for (wadi_index i = 0; i < n->chamber_count; i++)
        put_port(pulse, n->chambers[i].node, PORT_CHAMBER, i, counting);
}

/* Conductance that meets a chamber: it tells whether the chamber is quick for the step. */
static double grip_of(const wadi_pulse *pulse, wadi_index node)
{
    const wadi_network *n = pulse->network;
    const pulse_node *at = &pulse->nodes[node];
    double grip = 0;

    for (wadi_index i = 0; i < n->element_count; i++)
        if (n->elements[i].from == node || n->elements[i].to == node) {
            double r = n->elements[i].resistance_pa_s_m3;
            grip += r > 0 ? 1 / r : 0;
        }
    for (wadi_index e = at->first_end; e < at->first_end + at->end_count; e++) {
        const pulse_end *end = &pulse->ends[e];
        double c = end->vein ? sqrt(end->c2 * wave_vein_slope(1)) : sqrt(end->c2);
        grip += end->a0 / (end->rho * c);
    }
    return grip;
}

static wadi_status make_ports(wadi_pulse *pulse, wadi_error *err)
{
    const wadi_network *n = pulse->network;
    wadi_index count = 0;

    walk_ports(pulse, true);
    pulse->ports = wadi_alloc((size_t)pulse->port_count, sizeof *pulse->ports);
    if (!pulse->ports)
        return no_memory(err);
    for (wadi_index i = 0; i < pulse->node_count; i++) {
        pulse->nodes[i].first_port = count;
        count += pulse->nodes[i].port_count;
        pulse->nodes[i].port_count = 0;
    }
    walk_ports(pulse, false);
    for (wadi_index i = 0; i < pulse->port_count; i++) {
        pulse_port *port = &pulse->ports[i];
        bool pins = port->kind == PORT_FIXED;

        if (port->kind == PORT_SOURCE) {
            const wadi_network_inlet *in = &n->inlets[port->part];
            pins = in->resistance_pa_s_m3 + in->inertance_pa_s2_m3 == 0;
        }
        if (pins)
            pulse->nodes[port->node].pinned = true;
        if (port->kind == PORT_CHAMBER)
            port->grip = grip_of(pulse, port->node);
    }
    return WADI_OK;
}

static wadi_status make_elements(wadi_pulse *pulse, wadi_error *err)
{
    const wadi_network *n = pulse->network;

    pulse->element_count = n->element_count;
    pulse->elements = wadi_alloc((size_t)n->element_count, sizeof *pulse->elements);
    pulse->element_order = wadi_alloc((size_t)n->element_count, sizeof *pulse->element_order);
    if (!pulse->elements || !pulse->element_order)
        return no_memory(err);
    for (wadi_index i = 0; i < n->element_count; i++)
        pulse->elements[i] = (pulse_element){.from = n->elements[i].from,
                                             .to = n->elements[i].to,
                                             .part = i,
                                             .kind = n->elements[i].kind};
    return WADI_OK;
}

/* ---- reservoirs ---- */

/* A chamber where only plain resistances meet. */
static bool is_plain_chamber(const wadi_pulse *pulse, wadi_index node)
{
    const wadi_network *n = pulse->network;
    const pulse_node *at = &pulse->nodes[node];

    if (at->end_count || at->port_count != 1 ||
        pulse->ports[at->first_port].kind != PORT_CHAMBER)
        return false;
    for (wadi_index i = 0; i < n->element_count; i++) {
        const wadi_network_element *e = &n->elements[i];
        if (e->from != node && e->to != node)
            continue;
        if (e->kind != WADI_NETWORK_RESISTOR || e->inertance_pa_s2_m3 > 0 ||
            !(e->resistance_pa_s_m3 > 0) ||
            (e->back_resistance_pa_s_m3 > 0 &&
             e->back_resistance_pa_s_m3 < e->resistance_pa_s_m3))
            return false;
    }
    return true;
}

/* Level of the joint that a node will be part of, at least. */
static int level_at(const wadi_pulse *pulse, const pulse_node *node)
{
    int level = node->reservoir ? PULSE_LEVELS : 0;

    for (wadi_index e = node->first_end; e < node->first_end + node->end_count; e++) {
        int its = pulse->vessels[pulse->ends[e].vessel].level;
        level = its > level ? its : level;
    }
    return level;
}

/* Does a chamber take long to fill, against the longest step of what meets it? Then a step of
 * it may be explicit, and what lies around it falls into parts that are solved each for itself
 * and as often as it wants. */
static bool is_slow(const wadi_pulse *pulse, wadi_index node)
{
    const pulse_port *port = &pulse->ports[pulse->nodes[node].first_port];
    int coarsest = PULSE_LEVELS;

    for (wadi_index i = 0; i < pulse->element_count; i++) {
        const pulse_element *e = &pulse->elements[i];
        if (e->from == node || e->to == node) {
            int level = level_at(pulse, &pulse->nodes[e->from == node ? e->to : e->from]);
            coarsest = level < coarsest ? level : coarsest;
        }
    }
    coarsest = coarsest < pulse->levels ? coarsest : pulse->levels;
    return pulse->dt_s / (double)(1 << coarsest) * port->grip <
           PULSE_SLOW * pulse->network->chambers[port->part].compliance_m3_pa;
}

static void set_reservoir(wadi_pulse *pulse, wadi_index node, bool is)
{
    for (size_t lane = 0; lane < pulse->lanes; lane++)
        pulse->lane_of[lane]->nodes[node].reservoir = is;
}

/* One choice for all lanes. */
static void choose_reservoirs(wadi_pulse *pulse)
{
    bool changed = true;

    for (wadi_index i = 0; i < pulse->node_count; i++)
        set_reservoir(pulse, i, is_plain_chamber(pulse, i));
    while (changed) {
        changed = false;
        for (wadi_index i = 0; i < pulse->node_count; i++)
            for (size_t lane = 0; lane < pulse->lanes && pulse->nodes[i].reservoir; lane++)
                if (!is_slow(pulse->lane_of[lane], i)) {
                    set_reservoir(pulse, i, false);
                    changed = true;
                }
    }
}

static wadi_status make_reservoirs(wadi_pulse *pulse, wadi_error *err)
{
    wadi_index sides = 0;

    pulse->reservoirs = wadi_alloc((size_t)pulse->node_count, sizeof *pulse->reservoirs);
    pulse->sides = wadi_alloc(2 * (size_t)pulse->element_count, sizeof *pulse->sides);
    pulse->loose = wadi_alloc((size_t)pulse->element_count, sizeof *pulse->loose);
    pulse->reservoir_count = pulse->loose_count = 0;
    if (!pulse->reservoirs || !pulse->sides || !pulse->loose)
        return no_memory(err);
    for (wadi_index i = 0; i < pulse->node_count; i++) {
        pulse_node *node = &pulse->nodes[i];

        node->first_side = sides;
        node->side_count = 0;
        if (!node->reservoir)
            continue;
        node->slot = pulse->reservoir_count;
        pulse->reservoirs[pulse->reservoir_count++] = i;
        for (wadi_index e = 0; e < pulse->element_count; e++)
            if (pulse->elements[e].from == i || pulse->elements[e].to == i)
                pulse->sides[sides++] = e;
        node->side_count = sides - node->first_side;
    }
    for (wadi_index e = 0; e < pulse->element_count; e++)
        if (pulse->nodes[pulse->elements[e].from].reservoir &&
            pulse->nodes[pulse->elements[e].to].reservoir)
            pulse->loose[pulse->loose_count++] = e;
    return WADI_OK;
}

/* ---- clusters ---- */

static wadi_index find_root(wadi_index *parent, wadi_index i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

static wadi_status make_pattern(wadi_pulse *pulse, pulse_cluster *c, wadi_error *err)
{
    size_t count = (size_t)c->node_count, elements = (size_t)c->element_count, paired = 0;
    wadi_index *nodes = pulse->node_order + c->first_node;
    wadi_index *old = wadi_alloc(count, sizeof *old);
    wadi_index(*pairs)[2] = wadi_alloc(elements, sizeof *pairs);
    wadi_status status = WADI_OK;

    if (!old || !pairs) {
        status = no_memory(err);
        goto done;
    }
    for (size_t i = 0; i < elements; i++) {
        const pulse_element *e =
            &pulse->elements[pulse->element_order[c->first_element + (wadi_index)i]];
        if (pulse->nodes[e->from].reservoir || pulse->nodes[e->to].reservoir)
            continue;
        pairs[paired][0] = pulse->nodes[e->from].local;
        pairs[paired++][1] = pulse->nodes[e->to].local;
    }
    status =
        wave_sparse_init(&c->sparse, c->node_count, paired, (const wadi_index(*)[2])pairs, err);
    if (status)
        goto done;
    c->from_to = wadi_alloc(elements, sizeof *c->from_to);
    c->to_from = wadi_alloc(elements, sizeof *c->to_from);
    c->matrix = wadi_alloc((size_t)c->sparse.slots, sizeof *c->matrix);
    c->right = wadi_alloc(count, sizeof *c->right);
    c->row = wadi_alloc(count, sizeof *c->row);
    if (!c->from_to || !c->to_from || !c->matrix || !c->right || !c->row) {
        status = no_memory(err);
        goto done;
    }
    paired = 0;
    for (size_t i = 0; i < elements; i++) {
        const pulse_element *e =
            &pulse->elements[pulse->element_order[c->first_element + (wadi_index)i]];
        c->from_to[i] = c->to_from[i] = WADI_NONE;
        if (pulse->nodes[e->from].reservoir || pulse->nodes[e->to].reservoir)
            continue;
        c->from_to[i] = wave_sparse_slot(&c->sparse, pairs[paired][0], pairs[paired][1]);
        c->to_from[i] = wave_sparse_slot(&c->sparse, pairs[paired][1], pairs[paired][0]);
        paired++;
    }
    memcpy(old, nodes, count * sizeof *old);
    for (size_t i = 0; i < count; i++) {
        nodes[i] = old[c->sparse.order[i]];
        pulse->nodes[nodes[i]].local = (wadi_index)i;
    }
done:
    free(old);
    free(pairs);
    return status;
}

/* Nodes in order of their clusters. A node that nothing meets is left out. */
static wadi_status make_clusters(wadi_pulse *pulse, wadi_error *err)
{
    size_t count = (size_t)pulse->node_count;
    wadi_index *parent = wadi_alloc(count, sizeof *parent), placed = 0, elements = 0;
    wadi_status status = WADI_OK;

    pulse->clusters = wadi_alloc(count, sizeof *pulse->clusters);
    pulse->node_order = wadi_alloc(count, sizeof *pulse->node_order);
    if (!parent || !pulse->clusters || !pulse->node_order) {
        free(parent);
        return no_memory(err);
    }
    for (size_t i = 0; i < count; i++)
        parent[i] = (wadi_index)i;
    for (wadi_index i = 0; i < pulse->element_count; i++)
        if (!pulse->nodes[pulse->elements[i].from].reservoir &&
            !pulse->nodes[pulse->elements[i].to].reservoir)
            parent[find_root(parent, pulse->elements[i].from)] =
                find_root(parent, pulse->elements[i].to);
    for (wadi_index top = 0; top < pulse->node_count && !status; top++) {
        pulse_cluster *c = &pulse->clusters[pulse->cluster_count];
        bool used = false;

        if (find_root(parent, top) != top || pulse->nodes[top].reservoir)
            continue;
        c->first_node = placed;
        c->first_element = elements;
        for (wadi_index i = 0; i < pulse->node_count; i++) {
            pulse_node *node = &pulse->nodes[i];
            if (find_root(parent, i) != top)
                continue;
            used = used || node->end_count || node->port_count;
            node->local = c->node_count++;
            node->cluster = pulse->cluster_count;
            pulse->node_order[placed++] = i;
        }
        for (wadi_index i = 0; i < pulse->element_count; i++) {
            const pulse_element *e = &pulse->elements[i];
            wadi_index end = pulse->nodes[e->from].reservoir ? e->to : e->from;
            if (find_root(parent, end) == top) {
                pulse->element_order[elements++] = i;
                c->element_count++;
            }
        }
        if (!used && c->node_count == 1 && !c->element_count) {
            placed--;
            *c = (pulse_cluster){0};
            continue;
        }
        pulse->cluster_count++;
        if (c->node_count > 1 || c->element_count)
            status = make_pattern(pulse, c, err);
    }
    free(parent);
    return status;
}

wadi_status pulse_joints_new(wadi_pulse *pulse, wadi_error *err)
{
    wadi_status status;

    pulse->node_count = pulse->network->node_count;
    pulse->nodes = wadi_alloc((size_t)pulse->node_count, sizeof *pulse->nodes);
    if (!pulse->nodes)
        return no_memory(err);
    status = make_ends(pulse, err);
    if (!status)
        status = make_ports(pulse, err);
    if (!status)
        status = make_elements(pulse, err);
    return status;
}

static void free_clusters(wadi_pulse *pulse)
{
    for (wadi_index i = 0; i < pulse->cluster_count; i++) {
        pulse_cluster *c = &pulse->clusters[i];
        wave_sparse_clear(&c->sparse);
        free(c->from_to);
        free(c->to_from);
        free(c->matrix);
        free(c->right);
        free(c->row);
    }
    free(pulse->clusters);
    free(pulse->reservoirs);
    free(pulse->sides);
    free(pulse->loose);
    free(pulse->node_order);
    pulse->clusters = NULL;
    pulse->reservoirs = pulse->sides = pulse->loose = pulse->node_order = NULL;
    pulse->cluster_count = 0;
}

void pulse_joints_free(wadi_pulse *pulse)
{
    free_clusters(pulse);
    free(pulse->element_order);
    free(pulse->elements);
    free(pulse->ports);
    free(pulse->ends);
    free(pulse->nodes);
}

/* What is constant over the steps of a cluster. */
static void prepare_ports(wadi_pulse *pulse, const pulse_node *node, double dt)
{
    for (wadi_index k = node->first_port; k < node->first_port + node->port_count; k++) {
        pulse_port *port = &pulse->ports[k];
        if (port->kind == PORT_WINDKESSEL) {
            const wadi_network_outlet *out = &pulse->network->outlets[port->part];
            double time = out->resistance_pa_s_m3 * out->compliance_m3_pa;
            port->decay_half = exp(-0.5 * dt / time);
            port->decay = port->decay_half * port->decay_half;
            port->g =
                1 / (out->impedance_pa_s_m3 + out->resistance_pa_s_m3 * (1 - port->decay_half));
        } else if (port->kind == PORT_CHAMBER) {
            double quick =
                dt * port->grip / pulse->network->chambers[port->part].compliance_m3_pa;
            port->theta = fmax(0.5, 1 - 1 / (quick + 1e-300));
        }
    }
}

/* A cluster steps as often as the quickest of its vessels, reservoirs as the quickest around
 * them. */
static wadi_status lay_lane(wadi_pulse *pulse, wadi_error *err)
{
    wadi_status status;

    free_clusters(pulse);
    for (wadi_index i = 0; i < pulse->element_count; i++)
        pulse->elements[i].flow_at = &pulse->elements[i].q;
    status = make_reservoirs(pulse, err);
    if (!status)
        status = make_clusters(pulse, err);
    if (status)
        return status;
    pulse->reservoir_level = 0;
    for (wadi_index i = 0; i < pulse->cluster_count; i++) {
        pulse_cluster *c = &pulse->clusters[i];

        c->level = 0;
        for (wadi_index j = 0; j < c->node_count; j++) {
            int its = level_at(pulse, &pulse->nodes[pulse->node_order[c->first_node + j]]);
            c->level = its > c->level ? its : c->level;
        }
        for (wadi_index j = c->first_element; j < c->first_element + c->element_count; j++) {
            const pulse_element *e = &pulse->elements[pulse->element_order[j]];
            if ((pulse->nodes[e->from].reservoir || pulse->nodes[e->to].reservoir) &&
                c->level > pulse->reservoir_level)
                pulse->reservoir_level = c->level;
        }
        for (wadi_index j = 0; j < c->node_count; j++)
            prepare_ports(pulse, &pulse->nodes[pulse->node_order[c->first_node + j]],
                          pulse->dt_s / (double)(1 << c->level));
    }
    return WADI_OK;
}

wadi_status pulse_joints_lay(wadi_pulse *pulse, wadi_error *err)
{
    wadi_status status = WADI_OK;

    choose_reservoirs(pulse);
    for (size_t lane = 0; lane < pulse->lanes && !status; lane++)
        status = lay_lane(pulse->lane_of[lane], err);
    return status;
}
