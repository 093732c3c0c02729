/* One step of all joints of a level: rounds of Newton for all of them, then the few that are
 * not settled one by one. What is delivered are the flows of the last linear solve: mass is
 * exact. */
#include "flow/pulse_pack_impl.h"

#include <string.h>

enum { ROUNDS = 6 };

/* ---- what arrives ---- */

/* How far in its vessel's step an end is, and which part of that step this one is. */
PULSE_INLINE void time_ends(pack_ends *ends, const double *theta, const double *weight,
                            const size_t lanes)
{
    for (size_t e = 0; e < ends->count; e++)
        for (size_t lane = 0; lane < lanes; lane++) {
            ends->shift[e * lanes + lane] = theta[ends->level[e]];
            ends->weight[e * lanes + lane] = weight[ends->level[e]];
        }
}

/* Flow into the node and pinned pressures; the same as pulse_port_begin. */
PULSE_INLINE void begin_port(wadi_pulse *pulse, pulse_pack *pack, size_t j, double middle_s,
                             double dt, size_t *pinned, const size_t lanes)
{
    pack_ports *ports = &pack->ports;
    bool pins = ports->kind[j] == PORT_FIXED;

    for (size_t lane = 0; lane < lanes; lane++) {
        const wadi_network *n = pulse->lane_of[lane]->network;
        const pulse_port *port = &pulse->lane_of[lane]->ports[ports->of[j]];
        size_t at = j * lanes + lane;
        double pressure = ports->rest[at];

        if (ports->kind[j] == PORT_WINDKESSEL) {
            double held =
                ports->rest[at] + ports->decay_half[at] * (ports->value[at] - ports->rest[at]);
            ports->s0[at] = held * ports->g[at];
        } else if (ports->kind[j] == PORT_CHAMBER) {
            ports->s0[at] = ports->g[at] * ports->value[at];
        } else if (ports->kind[j] == PORT_INFLOW) {
            ports->s0[at] = wave_signal_at(&n->inlets[port->part].signal, middle_s);
        } else if (ports->kind[j] == PORT_HEART) {
            size_t node = (size_t)ports->node[j] * lanes + lane;
            pulse_heart_begin(&n->inlets[port->part], ports->value[at],
                              pack->nodes.p[node] - pack->nodes.rest[node], middle_s, dt,
                              &ports->s0[at], &ports->g[at], &ports->fill[at]);
        } else if (ports->kind[j] == PORT_SOURCE) {
            const wadi_network_inlet *in = &n->inlets[port->part];
            double momentum = 2 * in->inertance_pa_s2_m3 / dt;
            double z = in->resistance_pa_s_m3 + momentum;
            double source = wave_signal_at(&in->signal, middle_s);

            pins = !(z > 0);
            pressure = source;
            ports->g[at] = z > 0 ? 1 / z : 0;
            ports->s0[at] = z > 0 ? (source + momentum * ports->value[at]) / z : 0;
        }
        if (pins)
            pack->nodes.pinned_p[*pinned * lanes + lane] =
                pressure + pack->nodes.rest[(size_t)ports->node[j] * lanes + lane];
    }
    *pinned += pins;
}

PULSE_INLINE void begin_nodes(wadi_pulse *pulse, pulse_pack *pack, double middle_s, double dt,
                              const size_t lanes)
{
    const size_t count = pack->nodes.count * lanes;
    pack_nodes *nodes = &pack->nodes;
    size_t pinned = 0;

    memset(nodes->s0, 0, count * sizeof *nodes->s0);
    memset(nodes->g, 0, count * sizeof *nodes->g);
    for (size_t j = 0; j < pack->ports.count; j++) {
        size_t node = (size_t)pack->ports.node[j] * lanes;

        begin_port(pulse, pack, j, middle_s, dt, &pinned, lanes);
        for (size_t lane = 0; lane < lanes; lane++) {
            size_t at = j * lanes + lane;
            nodes->s0[node + lane] +=
                pack->ports.s0[at] + pack->ports.g[at] * nodes->rest[node + lane];
            nodes->g[node + lane] += pack->ports.g[at];
        }
    }
    for (size_t j = nodes->count; j < nodes->count + nodes->outer; j++)
        pulse_pool_ahead(pulse, nodes->of[j], 0.5 * dt, nodes->p + j * lanes);
    memcpy(nodes->before, nodes->p, (count + nodes->outer * lanes) * sizeof *nodes->p);
}

/* ---- rounds ---- */

PULSE_INLINE void sum_ends(pulse_pack *pack, const size_t lanes)
{
    const pack_ends *ends = &pack->ends;
    double *restrict right = pack->nodes.right, *restrict matrix = pack->matrix;

    for (size_t e = 0; e < ends->count; e++) {
        size_t node = (size_t)ends->node[e] * lanes;
        size_t diagonal = pack->nodes.diagonal[ends->node[e]] * lanes;

        for (size_t lane = 0; lane < lanes; lane++) {
            size_t at = e * lanes + lane;
            right[node + lane] += ends->q[at] - ends->ratio[at] * ends->p[at];
            matrix[diagonal + lane] -= ends->ratio[at];
        }
    }
}

/* Pressure differences of all elements, at the pressures p. */
PULSE_INLINE void find_differences(const pulse_pack *pack, double *restrict out,
                                   const size_t lanes)
{
    const double *p = pack->nodes.p;

    for (size_t e = 0; e < pack->elements.count; e++) {
        const double *from = p + (size_t)pack->elements.from[e] * lanes;
        const double *to = p + (size_t)pack->elements.to[e] * lanes;

        for (size_t lane = 0; lane < lanes; lane++)
            out[e * lanes + lane] = from[lane] - to[lane];
    }
}

PULSE_INLINE void add_to(double *restrict to, size_t at, const double *restrict slope,
                         double sign, size_t lanes)
{
    for (size_t lane = 0; lane < lanes; lane++)
        to[at * lanes + lane] += sign * slope[lane];
}

PULSE_INLINE void sum_elements(pulse_pack *pack, const size_t lanes)
{
    const pack_elements *elements = &pack->elements;
    const double *p = pack->nodes.p;

    find_differences(pack, elements->guess, lanes);
    pack_evaluate_elements(&pack->elements, lanes);
    for (size_t e = 0; e < elements->count; e++) {
        size_t from = (size_t)elements->from[e], to = (size_t)elements->to[e];
        const double *slope = elements->slope + e * lanes, *flow = elements->flow + e * lanes;
        const bool inner_from = elements->d_from[e] != SIZE_MAX;
        const bool inner_to = elements->d_to[e] != SIZE_MAX;

        for (size_t lane = 0; lane < lanes; lane++) {
            double rest = flow[lane];
            rest -= inner_from ? slope[lane] * p[from * lanes + lane] : 0;
            rest += inner_to ? slope[lane] * p[to * lanes + lane] : 0;
            if (inner_from)
                pack->nodes.right[from * lanes + lane] -= rest;
            if (inner_to)
                pack->nodes.right[to * lanes + lane] += rest;
        }
        if (inner_from)
            add_to(pack->matrix, elements->d_from[e], slope, 1, lanes);
        if (inner_to)
            add_to(pack->matrix, elements->d_to[e], slope, 1, lanes);
        if (elements->from_to[e] != SIZE_MAX) {
            add_to(pack->matrix, elements->from_to[e], slope, -1, lanes);
            add_to(pack->matrix, elements->to_from[e], slope, -1, lanes);
        }
    }
}

static size_t cluster_of_node(const pulse_pack *pack, size_t node)
{
    size_t low = 0, high = pack->cluster_count;

    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if ((size_t)pack->cluster_node[middle] <= node)
            low = middle;
        else
            high = middle;
    }
    return low;
}

PULSE_INLINE void pin_nodes(const wadi_pulse *pulse, pulse_pack *pack, const size_t lanes)
{
    for (size_t j = 0; j < pack->nodes.pinned_count; j++) {
        size_t node = (size_t)pack->nodes.pinned[j];
        size_t cluster = cluster_of_node(pack, node), first = pack->first_slot[cluster];
        const pulse_cluster *c = &pulse->clusters[pack->clusters[cluster]];
        size_t row = node - (size_t)pack->cluster_node[cluster];

        if (c->node_count > 1)
            for (wadi_index at = c->sparse.row_start[row]; at < c->sparse.row_start[row + 1];
                 at++)
                memset(pack->matrix + (first + (size_t)at) * lanes, 0, lanes * sizeof(double));
        for (size_t lane = 0; lane < lanes; lane++) {
            pack->matrix[pack->nodes.diagonal[node] * lanes + lane] = 1;
            pack->nodes.right[node * lanes + lane] = pack->nodes.pinned_p[j * lanes + lane];
        }
    }
}

/* right becomes the pressures. */
PULSE_INLINE void solve_linear(const wadi_pulse *pulse, pulse_pack *pack, const size_t lanes)
{
    double *right = pack->nodes.right;

    pack_divide(pack->nodes.singles * lanes, right, pack->matrix);
    for (size_t i = pack->nodes.singles; i < pack->cluster_count; i++) {
        const wave_sparse *sparse = &pulse->clusters[pack->clusters[i]].sparse;
        double *matrix = pack->matrix + pack->first_slot[i] * lanes;
        double *of = right + (size_t)pack->cluster_node[i] * lanes;

        if (lanes == 1) {
            wave_sparse_factor(sparse, matrix, pack->row);
            wave_sparse_solve(sparse, matrix, of);
        } else {
            wave_sparse_factor_lanes(sparse, lanes, matrix, pack->row);
            wave_sparse_solve_lanes(sparse, lanes, matrix, of);
        }
    }
}

/* Joints of which nothing was far are done; returns whether others are left that more rounds
 * may settle. */
static bool close_settled(pulse_pack *pack)
{
    const size_t lanes = pack->lanes;
    bool left = false;

    pack->disturbed = true;
    for (size_t i = 0; i < pack->cluster_count; i++)
        for (size_t lane = 0; lane < lanes; lane++) {
            double bad = 0;
            bool lost = false;

            if (!(pack->open[i * lanes + lane] > 0))
                continue;
            for (wadi_index e = pack->cluster_end[i]; e < pack->cluster_end[i + 1]; e++) {
                size_t at = (size_t)pack->ends_by_cluster[e] * lanes + lane;
                bad += pack->ends.bad[at];
                lost = lost || isnan(pack->ends.x[at]);
            }
            for (wadi_index e = pack->cluster_element[i]; e < pack->cluster_element[i + 1]; e++)
                bad += pack->elements.bad[(size_t)pack->elements_by_cluster[e] * lanes + lane];
            if (bad > 0) {
                left = left || !lost;
                continue;
            }
            pack->open[i * lanes + lane] = 0;
            for (wadi_index e = pack->cluster_end[i]; e < pack->cluster_end[i + 1]; e++)
                pack->ends.live[(size_t)pack->ends_by_cluster[e] * lanes + lane] = 0;
            for (wadi_index e = pack->cluster_element[i]; e < pack->cluster_element[i + 1]; e++)
                pack->elements.live[(size_t)pack->elements_by_cluster[e] * lanes + lane] = 0;
            for (wadi_index j = pack->cluster_node[i]; j < pack->cluster_node[i + 1]; j++)
                pack->nodes.live[(size_t)j * lanes + lane] = 0;
        }
    return left;
}

PULSE_INLINE void revive(pulse_pack *pack, const size_t lanes)
{
    for (size_t i = 0; i < pack->cluster_count * lanes; i++)
        pack->open[i] = 1;
    if (!pack->disturbed)
        return;
    for (size_t i = 0; i < pack->ends.count * lanes; i++)
        pack->ends.live[i] = 1;
    for (size_t i = 0; i < pack->elements.count * lanes; i++)
        pack->elements.live[i] = 1;
    for (size_t i = 0; i < pack->nodes.count * lanes; i++)
        pack->nodes.live[i] = 1;
    pack->disturbed = false;
}

/* One round of Newton for all that are open; true when some have far to go yet. */
PULSE_INLINE bool one_round(const wadi_pulse *pulse, pulse_pack *pack, const size_t lanes)
{
    const size_t count = pack->nodes.count * lanes;
    pack_nodes *nodes = &pack->nodes;
    bool far;

    pack_evaluate_ends(&pack->ends, lanes, pulse->network->blood.density_kg_m3);
    memset(pack->matrix, 0, pack->slots * lanes * sizeof *pack->matrix);
    memcpy(nodes->right, nodes->s0, count * sizeof *nodes->right);
    for (size_t j = 0; j < nodes->count; j++)
        for (size_t lane = 0; lane < lanes; lane++)
            pack->matrix[nodes->diagonal[j] * lanes + lane] = nodes->g[j * lanes + lane];
    sum_ends(pack, lanes);
    sum_elements(pack, lanes);
    pin_nodes(pulse, pack, lanes);
    solve_linear(pulse, pack, lanes);
    for (size_t i = 0; i < count; i++)
        nodes->p[i] = nodes->live[i] > 0 ? nodes->right[i] : nodes->p[i];
    for (size_t e = 0; e < pack->ends.count; e++)
        for (size_t lane = 0; lane < lanes; lane++)
            pack->ends.goal[e * lanes + lane] =
                nodes->p[(size_t)pack->ends.node[e] * lanes + lane];
    far = pack_move_ends(&pack->ends, lanes);
    if (pack->elements.count) {
        find_differences(pack, pack->elements.goal, lanes);
        far = pack_move_elements(&pack->elements, lanes) || far;
    }
    return far;
}

/* ---- one by one ---- */

/* The joint of one lane, from what arrived, by the way that cannot fail. */
static void solve_alone(wadi_pulse *pulse, pulse_pack *pack, size_t i, size_t lane, double dt)
{
    wadi_pulse *own = pulse->lane_of[lane];
    const size_t lanes = pack->lanes;
    pulse_cluster *c = &own->clusters[pack->clusters[i]];
    size_t pinned = 0;

    pack->failures++;
    while (pinned < pack->nodes.pinned_count &&
           pack->nodes.pinned[pinned] < pack->cluster_node[i])
        pinned++;
    for (wadi_index j = pack->cluster_node[i]; j < pack->cluster_node[i + 1]; j++) {
        pulse_node *node = &own->nodes[pack->nodes.of[j]];
        size_t at = (size_t)j * lanes + lane;

        node->s0 = pack->nodes.s0[at];
        node->g = pack->nodes.g[at];
        node->p = pack->nodes.before[at];
        if (node->pinned)
            node->pinned_p = pack->nodes.pinned_p[pinned++ * lanes + lane];
    }
    for (wadi_index j = pack->cluster_end[i]; j < pack->cluster_end[i + 1]; j++) {
        size_t slot = (size_t)pack->ends_by_cluster[j], at = slot * lanes + lane;
        pulse_end *end = &own->ends[pack->ends.of[slot]];

        end->in_x = end->x = pack->ends.in_x[at];
        end->in_un = end->un = pack->ends.in_un[at];
        pulse_end_choke(end, own->nodes[end->node].total);
    }
    for (wadi_index j = pack->cluster_element[i]; j < pack->cluster_element[i + 1]; j++) {
        size_t slot = (size_t)pack->elements_by_cluster[j], at = slot * lanes + lane;
        pulse_element *e = &own->elements[pack->elements.of[slot]];
        const wadi_index sides[] = {pack->elements.from[slot], pack->elements.to[slot]};

        e->q = pack->elements.q[at];
        e->zeta = pack->elements.zeta[at];
        e->zeta_mid = pack->elements.zeta_mid[at];
        e->dp = pack->elements.dp[at];
        for (int side = 0; side < 2; side++)
            own->nodes[pack->nodes.of[sides[side]]].p =
                pack->nodes.before[(size_t)sides[side] * lanes + lane];
    }
    pulse_cluster_solve(own, c, dt);
    for (wadi_index j = pack->cluster_node[i]; j < pack->cluster_node[i + 1]; j++)
        pack->nodes.p[(size_t)j * lanes + lane] = own->nodes[pack->nodes.of[j]].p;
    for (wadi_index j = pack->cluster_end[i]; j < pack->cluster_end[i + 1]; j++) {
        size_t slot = (size_t)pack->ends_by_cluster[j], at = slot * lanes + lane;
        const pulse_end *end = &own->ends[pack->ends.of[slot]];

        pack->ends.x[at] = pulse_end_leaving(end);
        pack->ends.flow[at] = end->q;
    }
    for (wadi_index j = pack->cluster_element[i]; j < pack->cluster_element[i + 1]; j++) {
        size_t slot = (size_t)pack->elements_by_cluster[j];
        pack->elements.out[slot * lanes + lane] = own->elements[pack->elements.of[slot]].flow;
    }
}

/* ---- what is handed on ---- */

PULSE_INLINE void sum_arriving(pulse_pack *pack, const size_t lanes)
{
    double *arriving = pack->nodes.arriving;

    memset(arriving, 0, pack->nodes.count * lanes * sizeof *arriving);
    for (size_t e = 0; e < pack->ends.count; e++)
        for (size_t lane = 0; lane < lanes; lane++)
            arriving[(size_t)pack->ends.node[e] * lanes + lane] +=
                pack->ends.flow[e * lanes + lane];
    for (size_t e = 0; e < pack->elements.count; e++)
        for (size_t lane = 0; lane < lanes; lane++) {
            double flow = pack->elements.out[e * lanes + lane];
            if (pack->elements.d_from[e] != SIZE_MAX)
                arriving[(size_t)pack->elements.from[e] * lanes + lane] -= flow;
            if (pack->elements.d_to[e] != SIZE_MAX)
                arriving[(size_t)pack->elements.to[e] * lanes + lane] += flow;
        }
}

/* The same as pulse_port_end. */
PULSE_INLINE void end_ports(wadi_pulse *pulse, pulse_pack *pack, double dt, const size_t lanes)
{
    pack_ports *ports = &pack->ports;

    if (pack->nodes.pinned_count)
        sum_arriving(pack, lanes);
    for (size_t j = 0; j < ports->count; j++)
        for (size_t lane = 0; lane < lanes; lane++) {
            size_t at = j * lanes + lane, node = (size_t)ports->node[j] * lanes + lane;
            const pulse_port *port = &pulse->lane_of[lane]->ports[ports->of[j]];
            double p = pack->nodes.p[node] - pack->nodes.rest[node];
            double in = ports->s0[at] - ports->g[at] * p;

            if (ports->kind[j] == PORT_WINDKESSEL) {
                ports->value[at] = ports->rest[at] +
                                   ports->decay[at] * (ports->value[at] - ports->rest[at]) -
                                   ports->fill[at] * in;
                ports->moved[at] -= in * dt;
            } else if (ports->kind[j] == PORT_CHAMBER) {
                ports->value[at] += (p - ports->value[at]) / ports->fill[at];
            } else if (ports->kind[j] == PORT_HEART) {
                ports->value[at] += dt * (ports->fill[at] - in);
                ports->moved[at] += in * dt;
            } else if (ports->kind[j] == PORT_FIXED) {
                ports->moved[at] += pack->nodes.arriving[node] * dt;
            } else {
                if (ports->kind[j] == PORT_SOURCE && ports->g[at] == 0)
                    in = -pack->nodes.arriving[node];
                else if (ports->kind[j] == PORT_SOURCE &&
                         pulse->lane_of[lane]->network->inlets[port->part].inertance_pa_s2_m3 >
                             0)
                    ports->value[at] = 2 * in - ports->value[at];
                ports->moved[at] += in * dt;
            }
        }
}

int pulse_pack_level(const wadi_pulse *pulse, wadi_index pack)
{
    return pulse->packs[pack].level;
}

typedef struct step_time {
    double theta[PULSE_LEVELS + 1], weight[PULSE_LEVELS + 1], middle_s, dt_s;
} step_time;

PULSE_INLINE void step_lanes(wadi_pulse *pulse, pulse_pack *pack, const step_time *time,
                             const size_t lanes)
{
    const double rho = pulse->network->blood.density_kg_m3, dt = time->dt_s;
    bool far = true, hope = true;

    time_ends(&pack->ends, time->theta, time->weight, lanes);
    pack_arrive(&pack->ends, lanes, pack->age);
    begin_nodes(pulse, pack, time->middle_s, dt, lanes);
    pack_begin_valves(&pack->elements, lanes, rho, dt);
    revive(pack, lanes);
    for (int round = 0; round < 2 || (round < ROUNDS && far && hope); round++) {
        far = one_round(pulse, pack, lanes);
        hope = !round || (far && close_settled(pack)); /* each has two rounds at least */
    }
    for (size_t i = 0; i < pack->cluster_count && far; i++)
        for (size_t lane = 0; lane < lanes; lane++)
            if (pack->open[i * lanes + lane] > 0)
                solve_alone(pulse, pack, i, lane, dt);
    pack_deliver(&pack->ends, lanes);
    end_ports(pulse, pack, dt, lanes);
    find_differences(pack, pack->elements.dp, lanes);
    pack_end_elements(&pack->elements, lanes, dt);
    pack->age++;
}

/* Loops over lanes that the compiler knows the length of. */
static void step_one(wadi_pulse *pulse, pulse_pack *pack, const step_time *time)
{
    step_lanes(pulse, pack, time, 1);
}

PULSE_CLONES static void step_most(wadi_pulse *pulse, pulse_pack *pack, const step_time *time)
{
    step_lanes(pulse, pack, time, PULSE_MOST_LANES);
}

PULSE_CLONES static void step_some(wadi_pulse *pulse, pulse_pack *pack, const step_time *time)
{
    step_lanes(pulse, pack, time, pack->lanes);
}

void pulse_pack_step(wadi_pulse *pulse, wadi_index index, double start_s, double dt, long tick,
                     long ticks)
{
    pulse_pack *pack = &pulse->packs[index];
    step_time time = {.middle_s = start_s + 0.5 * dt, .dt_s = dt};
    long length = ticks >> pack->level;
    double middle = (double)tick + 0.5 * (double)length;

    for (int level = 0; level <= pack->level; level++) {
        long its = ticks >> level;
        double began = (double)(tick - tick % its);
        time.theta[level] = 2 * (middle - began) / (double)its - 1;
        time.weight[level] = (double)length / (double)its;
    }
    if (pack->lanes == 1)
        step_one(pulse, pack, &time);
    else if (pack->lanes == PULSE_MOST_LANES)
        step_most(pulse, pack, &time);
    else
        step_some(pulse, pack, &time);
}
