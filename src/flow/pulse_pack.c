/* Laying out the joints of one level side by side, and carrying their state in and out. */
#include "flow/pulse_pack_impl.h"

#include <stdlib.h>
#include <string.h>

static bool pins_node(const wadi_pulse *pulse, const pulse_port *port)
{
    const wadi_network_inlet *in = &pulse->network->inlets[port->part];

    return port->kind == PORT_FIXED ||
           (port->kind == PORT_SOURCE && in->resistance_pa_s_m3 + in->inertance_pa_s2_m3 == 0);
}

static bool can_pack(const wadi_pulse *pulse, const pulse_cluster *c)
{
    for (wadi_index i = 0; i < c->node_count; i++) {
        const pulse_node *node = &pulse->nodes[pulse->node_order[c->first_node + i]];
        int pins = 0;

        for (wadi_index j = node->first_port; j < node->first_port + node->port_count; j++) {
            if (pulse->ports[j].kind == PORT_REFLECTION)
                return false;
            pins += pins_node(pulse, &pulse->ports[j]);
        }
        if (pins > 1)
            return false;
    }
    for (wadi_index i = 0; i < c->element_count; i++) {
        const pulse_element *e = &pulse->elements[pulse->element_order[c->first_element + i]];
        if (e->kind != WADI_NETWORK_RESISTOR && e->kind != WADI_NETWORK_VALVE)
            return false;
    }
    return !pulse->alone;
}

void pulse_packs_free(wadi_pulse *pulse)
{
    for (wadi_index i = 0; i < pulse->pack_count && pulse->lane == 0; i++) {
        free(pulse->packs[i].store);
        free(pulse->packs[i].index_store);
        free(pulse->packs[i].size_store);
        free(pulse->packs[i].ports.kind);
    }
    if (pulse->lane == 0) {
        free(pulse->packs);
        free(pulse->shore_store);
    }
    pulse->shore_store = NULL;
    pulse->packs = NULL;
    pulse->pack_count = 0;
}

/* ---- room ---- */

static double *take(double *base, size_t *used, size_t count)
{
    double *here = base ? base + *used : NULL;

    *used += (count + 7) / 8 * 8;
    return here;
}

static wadi_index *take_index(wadi_index *base, size_t *used, size_t count)
{
    wadi_index *here = base ? base + *used : NULL;

    *used += count;
    return here;
}

static size_t *take_size(size_t *base, size_t *used, size_t count)
{
    size_t *here = base ? base + *used : NULL;

    *used += count;
    return here;
}

/* Names for all numbers of a pack; how many they are. */
static size_t name_numbers(pulse_pack *pack, double *base)
{
    size_t used = 0, ends = pack->ends.count * pack->lanes;
    size_t elements = pack->elements.count * pack->lanes, n = pack->nodes.count * pack->lanes;
    size_t ports = pack->ports.count * pack->lanes;
    size_t with_outer = (pack->nodes.count + pack->nodes.outer) * pack->lanes;
    pack_ends *e = &pack->ends;
    pack_elements *t = &pack->elements;
    pack_ports *o = &pack->ports;
    pack_nodes *d = &pack->nodes;
    double **of_ends[] = {
        &e->a0,   &e->k,    &e->off,   &e->c2,      &e->inv_c2,  &e->loss,    &e->alpha,
        &e->flux, &e->sign, &e->total, &e->inv_k,   &e->graded,  &e->in_x,    &e->in_un,
        &e->x,    &e->q,    &e->p,     &e->dp,      &e->ratio,   &e->past[0], &e->goal,
        &e->live, &e->bad,  &e->flow,  &e->past[1], &e->past[2], &e->shift,   &e->weight};
    double **of_elements[] = {&t->r,      &t->back,    &t->b,      &t->momentum, &t->theta,
                              &t->open,   &t->closed,  &t->length, &t->opening,  &t->closing,
                              &t->p_open, &t->p_close, &t->q,      &t->zeta,     &t->zeta_mid,
                              &t->dp,     &t->moved,   &t->guess,  &t->goal,     &t->flow,
                              &t->slope,  &t->out,     &t->live,   &t->bad};
    double **of_ports[] = {&o->s0,         &o->g,     &o->value, &o->rest,
                           &o->decay_half, &o->decay, &o->fill,  &o->moved};
    double **of_nodes[] = {&d->s0, &d->g, &d->right, &d->live, &d->arriving};
    double **of_outer[] = {&d->p, &d->before, &d->rest};

    for (size_t i = 0; i < WADI_COUNT_OF(of_ends); i++)
        *of_ends[i] = take(base, &used, ends);
    for (size_t i = 0; i < WADI_COUNT_OF(of_elements); i++)
        *of_elements[i] = take(base, &used, elements);
    for (size_t i = 0; i < WADI_COUNT_OF(of_ports); i++)
        *of_ports[i] = take(base, &used, ports);
    for (size_t i = 0; i < WADI_COUNT_OF(of_nodes); i++)
        *of_nodes[i] = take(base, &used, n);
    for (size_t i = 0; i < WADI_COUNT_OF(of_outer); i++)
        *of_outer[i] = take(base, &used, with_outer);
    d->pinned_p = take(base, &used, d->pinned_count * pack->lanes);
    pack->matrix = take(base, &used, pack->slots * pack->lanes);
    pack->row = take(base, &used, n);
    pack->open = take(base, &used, pack->cluster_count * pack->lanes);
    return used;
}

static size_t name_indices(pulse_pack *pack, wadi_index *base)
{
    size_t used = 0, ends = pack->ends.count, elements = pack->elements.count;
    size_t clusters = pack->cluster_count;

    pack->ends.node = take_index(base, &used, ends);
    pack->ends.of = take_index(base, &used, ends);
    pack->ends.level = take_index(base, &used, ends);
    pack->ends_by_cluster = take_index(base, &used, ends);
    pack->elements.from = take_index(base, &used, elements);
    pack->elements.to = take_index(base, &used, elements);
    pack->elements.of = take_index(base, &used, elements);
    pack->elements_by_cluster = take_index(base, &used, elements);
    pack->ports.node = take_index(base, &used, pack->ports.count);
    pack->ports.of = take_index(base, &used, pack->ports.count);
    pack->nodes.of = take_index(base, &used, pack->nodes.count + pack->nodes.outer);
    pack->nodes.pinned = take_index(base, &used, pack->nodes.pinned_count);
    pack->clusters = take_index(base, &used, clusters);
    pack->cluster_node = take_index(base, &used, clusters + 1);
    pack->cluster_end = take_index(base, &used, clusters + 1);
    pack->cluster_element = take_index(base, &used, clusters + 1);
    return used;
}

static size_t name_sizes(pulse_pack *pack, size_t *base)
{
    size_t used = 0;

    pack->nodes.diagonal = take_size(base, &used, pack->nodes.count);
    pack->first_slot = take_size(base, &used, pack->cluster_count);
    pack->elements.d_from = take_size(base, &used, pack->elements.count);
    pack->elements.d_to = take_size(base, &used, pack->elements.count);
    pack->elements.from_to = take_size(base, &used, pack->elements.count);
    pack->elements.to_from = take_size(base, &used, pack->elements.count);
    return used;
}

static bool belongs(const pulse_pack *pack, const pulse_cluster *c)
{
    return c->packed && c->level == pack->level && c->part == pack->part;
}

static size_t slots_of(const pulse_cluster *c)
{
    return c->node_count == 1 ? 1 : (size_t)c->sparse.slots;
}

static void count_cluster(const wadi_pulse *pulse, pulse_pack *pack, const pulse_cluster *c)
{
    pack->cluster_count++;
    pack->nodes.count += (size_t)c->node_count;
    pack->nodes.singles += c->node_count == 1;
    pack->slots += slots_of(c);
    for (wadi_index i = 0; i < c->node_count; i++) {
        const pulse_node *node = &pulse->nodes[pulse->node_order[c->first_node + i]];

        pack->ports.count += (size_t)node->port_count;
        pack->nodes.pinned_count += node->pinned;
        pack->ends.count += (size_t)node->end_count;
        for (wadi_index e = node->first_end; e < node->first_end + node->end_count; e++)
            pack->ends.arteries += !pulse->ends[e].vein;
    }
    for (wadi_index i = 0; i < c->element_count; i++) {
        const pulse_element *e = &pulse->elements[pulse->element_order[c->first_element + i]];

        pack->elements.count++;
        pack->elements.valves += e->kind == WADI_NETWORK_VALVE;
        pack->nodes.outer += pulse->nodes[e->from].reservoir + pulse->nodes[e->to].reservoir;
    }
}

/* ---- filling ---- */

typedef struct filler {
    wadi_pulse *pulse; /* of the first lane */
    pulse_pack *pack;
    size_t node, artery, vein, valve, resistor, port, outer, pinned, slot, end, element;
} filler;

static void fill_end(filler *f, size_t at, const pulse_end *end, size_t lane)
{
    pack_ends *to = &f->pack->ends;
    const wadi_pulse *pulse = f->pulse->lane_of[lane];
    const pulse_vessel *v = &pulse->vessels[end->vessel];
    size_t i = at * f->pack->lanes + lane;

    to->a0[i] = end->a0;
    to->k[i] = end->k;
    to->off[i] = end->off;
    to->c2[i] = end->c2;
    to->inv_c2[i] = 1 / end->c2;
    to->loss[i] = end->loss;
    to->alpha[i] = end->alpha;
    to->flux[i] = end->flux;
    to->sign[i] = end->sign;
    to->total[i] = pulse->nodes[end->node].total;
    to->inv_k[i] = 1 / end->k;
    to->graded[i] = v->kind == PULSE_VEIN_GRADED;
    to->live[i] = 1;
}

static void fill_port(filler *f, size_t at, const pulse_port *port, size_t lane)
{
    const wadi_network *n = f->pulse->lane_of[lane]->network;
    pack_ports *to = &f->pack->ports;
    size_t i = at * f->pack->lanes + lane;

    to->decay_half[i] = port->decay_half;
    to->decay[i] = port->decay;
    to->g[i] = 0;
    if (port->kind == PORT_WINDKESSEL) {
        const wadi_network_outlet *out = &n->outlets[port->part];
        to->g[i] = port->g;
        to->rest[i] = out->p_out_pa;
        to->fill[i] = out->resistance_pa_s_m3 * (1 - port->decay);
    } else if (port->kind == PORT_CHAMBER) {
        to->g[i] = n->chambers[port->part].compliance_m3_pa /
                   (port->theta * (f->pulse->dt_s / (double)(1 << f->pack->level)));
        to->fill[i] = port->theta;
    } else if (port->kind == PORT_FIXED) {
        to->rest[i] = n->outlets[port->part].p_out_pa;
    }
}

static void fill_node(filler *f, wadi_index index)
{
    pulse_pack *pack = f->pack;
    size_t lanes = pack->lanes, slot = f->node++;
    wadi_pulse *pulse = f->pulse;
    pulse_node *node = &pulse->nodes[index];

    pack->nodes.of[slot] = index;
    for (size_t lane = 0; lane < lanes; lane++) {
        pulse->lane_of[lane]->nodes[index].slot = (wadi_index)slot;
        pack->nodes.rest[slot * lanes + lane] = pulse->lane_of[lane]->nodes[index].rest_pa;
        pack->nodes.live[slot * lanes + lane] = 1;
    }
    if (node->pinned)
        pack->nodes.pinned[f->pinned++] = (wadi_index)slot;
    for (wadi_index e = node->first_end; e < node->first_end + node->end_count; e++) {
        size_t at = pulse->ends[e].vein ? pack->ends.arteries + f->vein++ : f->artery++;

        pack->ends.node[at] = (wadi_index)slot;
        pack->ends.of[at] = e;
        pack->ends_by_cluster[f->end++] = (wadi_index)at;
        pack->ends.level[at] = pulse->vessels[pulse->ends[e].vessel].level;
        for (size_t lane = 0; lane < lanes; lane++)
            fill_end(f, at, &pulse->lane_of[lane]->ends[e], lane);
    }
    for (wadi_index i = node->first_port; i < node->first_port + node->port_count; i++) {
        size_t at = f->port++;

        pack->ports.node[at] = (wadi_index)slot;
        pack->ports.of[at] = i;
        pack->ports.kind[at] = pulse->ports[i].kind;
        for (size_t lane = 0; lane < lanes; lane++)
            fill_port(f, at, &pulse->lane_of[lane]->ports[i], lane);
    }
}

static void fill_element_lane(filler *f, size_t at, wadi_index index, size_t lane)
{
    const wadi_pulse *pulse = f->pulse->lane_of[lane];
    const wadi_network_element *part = &pulse->network->elements[pulse->elements[index].part];
    pack_elements *to = &f->pack->elements;
    size_t i = at * f->pack->lanes + lane;
    double dt = pulse->dt_s / (double)(1 << f->pack->level);
    double r = part->resistance_pa_s_m3, l = part->inertance_pa_s2_m3;

    to->live[i] = 1;
    to->r[i] = r;
    to->back[i] = part->back_resistance_pa_s_m3 > 0 ? part->back_resistance_pa_s_m3 : r;
    if (part->kind == WADI_NETWORK_VALVE) {
        to->open[i] = part->open_m2;
        to->closed[i] = part->closed_m2;
        to->length[i] = part->length_m;
        to->opening[i] = part->opening_per_pa_s;
        to->closing[i] = part->closing_per_pa_s;
        to->p_open[i] = part->p_open_pa;
        to->p_close[i] = part->p_close_pa;
        return;
    }
    to->b[i] = part->quadratic_pa_s2_m6;
    to->theta[i] = l > 0 ? fmax(0.5, 1 - l / (dt * r + 1e-300)) : 0;
    to->momentum[i] = l > 0 ? l / (to->theta[i] * dt) : 0;
}

/* Slot of a node of this cluster, or a new one beyond for a reservoir. */
static wadi_index slot_of(filler *f, wadi_index node)
{
    wadi_index slot;

    if (!f->pulse->nodes[node].reservoir)
        return f->pulse->nodes[node].slot;
    slot = (wadi_index)(f->pack->nodes.count + f->outer++);
    f->pack->nodes.of[slot] = node;
    for (size_t lane = 0; lane < f->pack->lanes; lane++)
        f->pack->nodes.rest[(size_t)slot * f->pack->lanes + lane] =
            f->pulse->lane_of[lane]->nodes[node].rest_pa;
    return slot;
}

static void fill_element(filler *f, const pulse_cluster *c, wadi_index local)
{
    wadi_pulse *pulse = f->pulse;
    wadi_index index = pulse->element_order[c->first_element + local];
    const pulse_element *e = &pulse->elements[index];
    pulse_pack *pack = f->pack;
    pack_elements *to = &pack->elements;
    bool valve = e->kind == WADI_NETWORK_VALVE;
    size_t at = valve ? f->valve++ : to->valves + f->resistor++;
    size_t base = f->slot;

    to->of[at] = index;
    to->from[at] = slot_of(f, e->from);
    to->to[at] = slot_of(f, e->to);
    pack->elements_by_cluster[f->element++] = (wadi_index)at;
    to->d_from[at] = to->d_to[at] = to->from_to[at] = to->to_from[at] = SIZE_MAX;
    if (!pulse->nodes[e->from].reservoir)
        to->d_from[at] = pack->nodes.diagonal[to->from[at]];
    if (!pulse->nodes[e->to].reservoir)
        to->d_to[at] = pack->nodes.diagonal[to->to[at]];
    if (c->from_to[local] != WADI_NONE) {
        to->from_to[at] = base + (size_t)c->from_to[local];
        to->to_from[at] = base + (size_t)c->to_from[local];
    }
    for (size_t lane = 0; lane < pack->lanes; lane++) {
        pulse->lane_of[lane]->elements[index].flow_at = to->q + at * pack->lanes + lane;
        fill_element_lane(f, at, index, lane);
    }
}

static void fill_cluster(filler *f, wadi_index index, size_t at)
{
    const pulse_cluster *c = &f->pulse->clusters[index];
    pulse_pack *pack = f->pack;
    size_t first = f->node;

    pack->clusters[at] = index;
    pack->cluster_node[at] = (wadi_index)f->node;
    pack->cluster_end[at] = (wadi_index)f->end;
    pack->cluster_element[at] = (wadi_index)f->element;
    pack->first_slot[at] = f->slot;
    for (wadi_index i = 0; i < c->node_count; i++) {
        pack->nodes.diagonal[first + (size_t)i] =
            f->slot + (c->node_count == 1 ? 0 : (size_t)c->sparse.diagonal[i]);
        fill_node(f, f->pulse->node_order[c->first_node + i]);
    }
    for (wadi_index i = 0; i < c->element_count; i++)
        fill_element(f, c, i);
    f->slot += slots_of(c);
    pack->cluster_node[at + 1] = (wadi_index)f->node;
    pack->cluster_end[at + 1] = (wadi_index)f->end;
    pack->cluster_element[at + 1] = (wadi_index)f->element;
}

static wadi_status fill_pack(wadi_pulse *pulse, pulse_pack *pack, wadi_error *err)
{
    filler f = {.pulse = pulse, .pack = pack};
    size_t at = 0;

    pack->store = wadi_alloc(name_numbers(pack, NULL), sizeof *pack->store);
    pack->index_store = wadi_alloc(name_indices(pack, NULL), sizeof *pack->index_store);
    pack->size_store = wadi_alloc(name_sizes(pack, NULL), sizeof *pack->size_store);
    pack->ports.kind = wadi_alloc(pack->ports.count, sizeof *pack->ports.kind);
    if (!pack->store || !pack->index_store || !pack->size_store || !pack->ports.kind)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu joints", pack->cluster_count);
    name_numbers(pack, pack->store);
    name_indices(pack, pack->index_store);
    name_sizes(pack, pack->size_store);
    for (int single = 1; single >= 0; single--)
        for (wadi_index i = 0; i < pulse->cluster_count; i++)
            if (belongs(pack, &pulse->clusters[i]) &&
                (pulse->clusters[i].node_count == 1) == (single == 1))
                fill_cluster(&f, i, at++);
    return WADI_OK;
}

/* Ends of a pack lie beside each other on the shore, those in none behind all. */
static wadi_status lay_shore(wadi_pulse *pulse, wadi_error *err)
{
    const size_t line = PULSE_ARRAYS_ALIGN / sizeof(double);
    size_t places = 0, stride;
    pulse_shore *shore = &pulse->shore;
    double **names[] = {&shore->g, &shore->q, &shore->dg, &shore->dq, &shore->fa, &shore->fq};

    for (wadi_index i = 0; i < pulse->pack_count; i++) {
        const pack_ends *ends = &pulse->packs[i].ends;
        for (size_t e = 0; e < ends->count; e++)
            for (size_t lane = 0; lane < pulse->lanes; lane++)
                pulse->lane_of[lane]->ends[ends->of[e]].shore = places + e;
        places += (ends->count + line - 1) / line * line;
    }
    for (wadi_index i = 0; i < pulse->node_count; i++) {
        const pulse_node *node = &pulse->nodes[i];
        if (node->end_count && pulse->clusters[node->cluster].packed)
            continue;
        for (wadi_index e = node->first_end; e < node->first_end + node->end_count;
             e++, places++)
            for (size_t lane = 0; lane < pulse->lanes; lane++)
                pulse->lane_of[lane]->ends[e].shore = places;
    }
    stride = (places * pulse->lanes + line - 1) / line * line;
    pulse->shore_store = wadi_alloc(WADI_COUNT_OF(names) * stride + 1, sizeof(double));
    if (!pulse->shore_store)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu ends of vessels", places);
    for (size_t i = 0; i < WADI_COUNT_OF(names); i++)
        *names[i] = pulse->shore_store + i * stride;
    places = 0;
    for (wadi_index i = 0; i < pulse->pack_count; i++) {
        pack_ends *ends = &pulse->packs[i].ends;
        size_t first = places * pulse->lanes;

        ends->shore = (pulse_shore){shore->g + first,  shore->q + first,  shore->dg + first,
                                    shore->dq + first, shore->fa + first, shore->fq + first};
        places += (ends->count + line - 1) / line * line;
    }
    return WADI_OK;
}

wadi_status pulse_packs_lay(wadi_pulse *pulse, wadi_error *err)
{
    wadi_status status = WADI_OK;
    wadi_index parts = pulse->parts, room = (pulse->levels + 1) * parts;

    pulse->packs = wadi_alloc((size_t)room, sizeof *pulse->packs);
    if (!pulse->packs)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the joints");
    for (size_t lane = 0; lane < pulse->lanes; lane++)
        for (wadi_index i = 0; i < pulse->cluster_count; i++) {
            pulse_cluster *c = &pulse->lane_of[lane]->clusters[i];
            c->packed = can_pack(pulse->lane_of[lane], c);
            c->part = (int)(i % parts);
        }
    for (wadi_index at = 0; at < room && !status; at++) {
        pulse_pack *pack = &pulse->packs[pulse->pack_count];

        *pack = (pulse_pack){.level = (int)(at / parts), .part = (int)(at % parts)};
        pack->lanes = pulse->lanes;
        for (wadi_index i = 0; i < pulse->cluster_count; i++)
            if (belongs(pack, &pulse->clusters[i]))
                count_cluster(pulse, pack, &pulse->clusters[i]);
        if (!pack->cluster_count)
            continue;
        pulse->pack_count++;
        status = fill_pack(pulse, pack, err);
    }
    if (!status)
        status = lay_shore(pulse, err);
    for (size_t lane = 1; lane < pulse->lanes; lane++) {
        pulse->lane_of[lane]->shore = pulse->shore;
        pulse->lane_of[lane]->packs = pulse->packs;
        pulse->lane_of[lane]->pack_count = pulse->pack_count;
    }
    return status;
}

/* ---- state ---- */

void pulse_packs_load(wadi_pulse *pulse)
{
    for (wadi_index i = 0; i < pulse->pack_count; i++) {
        pulse_pack *pack = &pulse->packs[i];
        size_t lanes = pack->lanes, lane = pulse->lane;

        pack->age = 0;
        for (size_t j = 0; j < pack->nodes.count; j++)
            pack->nodes.p[j * lanes + lane] = pulse->nodes[pack->nodes.of[j]].p;
        for (size_t j = 0; j < pack->ports.count; j++) {
            const pulse_port *port = &pulse->ports[pack->ports.of[j]];
            pack->ports.value[j * lanes + lane] = port->value;
            pack->ports.moved[j * lanes + lane] = port->moved_m3;
        }
        for (size_t j = 0; j < pack->elements.count; j++) {
            const pulse_element *e = &pulse->elements[pack->elements.of[j]];
            size_t at = j * lanes + lane;
            pack->elements.q[at] = e->q;
            pack->elements.zeta[at] = e->zeta;
            pack->elements.dp[at] = e->dp;
            pack->elements.moved[at] = e->moved_m3;
        }
    }
}

void pulse_packs_store(wadi_pulse *pulse)
{
    for (wadi_index i = 0; i < pulse->pack_count; i++) {
        pulse_pack *pack = &pulse->packs[i];
        size_t lanes = pack->lanes, lane = pulse->lane;

        for (size_t j = 0; j < pack->nodes.count; j++)
            pulse->nodes[pack->nodes.of[j]].p = pack->nodes.p[j * lanes + lane];
        for (size_t j = 0; j < pack->ports.count; j++) {
            pulse_port *port = &pulse->ports[pack->ports.of[j]];
            port->value = pack->ports.value[j * lanes + lane];
            port->moved_m3 = pack->ports.moved[j * lanes + lane];
        }
        for (size_t j = 0; j < pack->elements.count; j++) {
            pulse_element *e = &pulse->elements[pack->elements.of[j]];
            size_t at = j * lanes + lane;
            e->q = pack->elements.q[at];
            e->zeta = pack->elements.zeta[at];
            e->dp = pack->elements.dp[at];
            e->moved_m3 = pack->elements.moved[at];
        }
    }
}
