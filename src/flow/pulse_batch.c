/* Sets of numbers side by side: each is a run of its own whose cells and joints lie between
 * those of the others. */
#include "wadi/batch.h"

#include "flow/pulse_impl.h"

#include <stdlib.h>
#include <string.h>

struct wadi_flow_batch {
    size_t count;
    wadi_pulse *run[WADI_FLOW_BATCH_MOST];
};

_Static_assert((int)WADI_FLOW_BATCH_MOST == (int)PULSE_MOST_LANES, "one lane for each set");

/* ---- the same network? ---- */

static wadi_status differs(size_t set, const char *what, const char *label, wadi_error *err)
{
    return wadi_fail(err, WADI_ERR_CONFLICT,
                     "set %zu: %s%s%s%s, the same as in set 0 is wanted", set, what,
                     *label ? " '" : "", label, *label ? "'" : "");
}

static wadi_status compare_vessels(const wadi_pulse *a, const wadi_pulse *b, size_t set,
                                   wadi_error *err)
{
    for (wadi_index i = 0; i < a->vessel_count; i++) {
        const wadi_network_vessel *v = &a->network->vessels[i], *w = &b->network->vessels[i];

        if (v->from != w->from || v->to != w->to)
            return differs(set, "other nodes at vessel", w->label, err);
        if (a->vessels[i].kind != b->vessels[i].kind)
            return differs(set,
                           "another kind of wall (artery, vein, vein with taper or slope) of "
                           "vessel",
                           w->label, err);
        if (a->vessels[i].cell_count != b->vessels[i].cell_count)
            return differs(set, "another number of cells (length) of vessel", w->label, err);
    }
    return WADI_OK;
}

static bool is_ideal(const wadi_network_inlet *in)
{
    return in->resistance_pa_s_m3 + in->inertance_pa_s2_m3 == 0;
}

static wadi_status compare_ends(const wadi_network *a, const wadi_network *b, size_t set,
                                wadi_error *err)
{
    for (wadi_index i = 0; i < a->inlet_count; i++)
        if (a->inlets[i].node != b->inlets[i].node || a->inlets[i].kind != b->inlets[i].kind ||
            is_ideal(&a->inlets[i]) != is_ideal(&b->inlets[i]))
            return differs(set, "another node or kind of an inlet", "", err);
    for (wadi_index i = 0; i < a->outlet_count; i++)
        if (a->outlets[i].node != b->outlets[i].node ||
            a->outlets[i].kind != b->outlets[i].kind)
            return differs(set, "another node or kind of an outlet", "", err);
    for (wadi_index i = 0; i < a->chamber_count; i++)
        if (a->chambers[i].node != b->chambers[i].node)
            return differs(set, "another node of a chamber", "", err);
    for (wadi_index i = 0; i < a->element_count; i++)
        if (a->elements[i].kind != b->elements[i].kind ||
            a->elements[i].from != b->elements[i].from ||
            a->elements[i].to != b->elements[i].to)
            return differs(set, "another kind or other nodes of element", b->elements[i].label,
                           err);
    return WADI_OK;
}

static wadi_status compare(const wadi_pulse *first, const wadi_pulse *other, size_t set,
                           wadi_error *err)
{
    const wadi_network *a = first->network, *b = other->network;
    wadi_status status;

    if (a->node_count != b->node_count || a->vessel_count != b->vessel_count ||
        a->inlet_count != b->inlet_count || a->outlet_count != b->outlet_count ||
        a->chamber_count != b->chamber_count || a->element_count != b->element_count)
        return differs(set, "another number of nodes, vessels, ends, chambers or elements", "",
                       err);
    if (a->period_s != b->period_s)
        return differs(set, "another heart period", "", err);
    if (a->blood.density_kg_m3 != b->blood.density_kg_m3 ||
        a->blood.static_junctions != b->blood.static_junctions)
        return differs(set, "another density of blood or rule at joints", "", err);
    status = compare_vessels(first, other, set, err);
    return status ? status : compare_ends(a, b, set, err);
}

/* ---- a batch ---- */

void wadi_flow_batch_free(wadi_flow_batch *batch)
{
    if (!batch)
        return;
    for (size_t set = batch->count; set-- > 0;) /* the first owns what all share */
        wadi_pulse_free(batch->run[set]);
    free(batch);
}

/* Runs become lanes of the first. */
static wadi_status join(wadi_flow_batch *batch, wadi_error *err)
{
    wadi_pulse **lane_of = wadi_alloc(batch->count, sizeof(wadi_pulse *));

    if (!lane_of)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu sets", batch->count);
    for (size_t set = 0; set < batch->count; set++) {
        free(batch->run[set]->lane_of);
        batch->run[set]->lane_of = lane_of;
        batch->run[set]->lanes = batch->count;
        batch->run[set]->lane = set;
        lane_of[set] = batch->run[set];
    }
    return WADI_OK;
}

wadi_status wadi_flow_batch_new(const wadi_network *const *networks, size_t count,
                                const wadi_pulse_options *options, wadi_flow_batch **out,
                                wadi_error *err)
{
    wadi_flow_batch *batch;
    wadi_status status = WADI_OK;

    *out = NULL;
    if (count < 1 || count > WADI_FLOW_BATCH_MOST)
        return wadi_fail(err, WADI_ERR_RANGE, "batch: %zu sets, 1 to %d are wanted", count,
                         WADI_FLOW_BATCH_MOST);
    batch = wadi_alloc(1, sizeof *batch);
    if (!batch)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a batch");
    for (size_t set = 0; set < count && !status; set++) {
        status = pulse_make(networks[set], options, &batch->run[set], err);
        batch->count += !status;
        if (!status)
            status = compare(batch->run[0], batch->run[set], set, err);
    }
    if (!status)
        status = join(batch, err);
    if (!status)
        status = pulse_mesh_lay(batch->run[0], err);
    for (size_t set = 0; set < count && !status; set++)
        status = pulse_waves_new(batch->run[set], err);
    if (status) {
        wadi_flow_batch_free(batch);
        return status;
    }
    pulse_record(batch->run[0], 0);
    pulse_record_settle(batch->run[0]);
    *out = batch;
    return WADI_OK;
}

wadi_status wadi_flow_batch_run(wadi_flow_batch *batch, wadi_error *err)
{
    return wadi_pulse_run(batch->run[0], err);
}

size_t wadi_flow_batch_count(const wadi_flow_batch *batch)
{
    return batch->count;
}

const wadi_pulse *wadi_flow_batch_at(const wadi_flow_batch *batch, size_t set)
{
    return set < batch->count ? batch->run[set] : NULL;
}
