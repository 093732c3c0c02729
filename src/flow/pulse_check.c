/* What can only be said of a network as a whole. */
#include "flow/pulse_network_impl.h"

#include <stdlib.h>

static wadi_index root(wadi_index *parent, wadi_index node)
{
    while (parent[node] != node) {
        parent[node] = parent[parent[node]];
        node = parent[node];
    }
    return node;
}

static void join(wadi_index *parent, wadi_index a, wadi_index b)
{
    parent[root(parent, a)] = root(parent, b);
}

static wadi_status check_connected(const wadi_network *n, wadi_index *parent, wadi_error *err)
{
    wadi_index first;

    for (wadi_index i = 0; i < n->node_count; i++)
        parent[i] = i;
    for (wadi_index i = 0; i < n->vessel_count; i++)
        join(parent, n->vessels[i].from, n->vessels[i].to);
    for (wadi_index i = 0; i < n->element_count; i++)
        join(parent, n->elements[i].from, n->elements[i].to);
    first = root(parent, n->vessels[0].from);
    for (wadi_index i = 0; i < n->vessel_count; i++)
        if (root(parent, n->vessels[i].from) != first)
            return wadi_fail(err, WADI_ERR_CONFLICT,
                             "vessel '%s' (nodes %ld to %ld) is not connected with '%s'; "
                             "one connected network is wanted",
                             n->vessels[i].label, network_node_number(n, n->vessels[i].from),
                             network_node_number(n, n->vessels[i].to), n->vessels[0].label);
    return WADI_OK;
}

wadi_status network_check_connected(const wadi_network *n, wadi_error *err)
{
    wadi_index *parent = wadi_alloc((size_t)n->node_count, sizeof *parent);
    wadi_status status;

    if (!parent)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory to check the network");
    status = check_connected(n, parent, err);
    free(parent);
    return status;
}

/* Every node wants two things that meet there: ends, elements, or what closes it. */
static wadi_status check_ends(const wadi_network *n, wadi_index *meeting, wadi_error *err)
{
    for (wadi_index i = 0; i < n->node_count; i++)
        meeting[i] = 0;
    for (wadi_index i = 0; i < n->element_count; i++) {
        meeting[n->elements[i].from]++;
        meeting[n->elements[i].to]++;
    }
    for (wadi_index i = 0; i < n->inlet_count; i++)
        meeting[n->inlets[i].node]++;
    for (wadi_index i = 0; i < n->outlet_count; i++)
        meeting[n->outlets[i].node]++;
    for (wadi_index i = 0; i < n->chamber_count; i++)
        meeting[n->chambers[i].node]++;
    for (wadi_index i = 0; i < n->vessel_count; i++) {
        meeting[n->vessels[i].from]++;
        meeting[n->vessels[i].to]++;
    }
    for (wadi_index i = 0; i < n->vessel_count; i++)
        for (int side = 0; side < 2; side++) {
            wadi_index node = side ? n->vessels[i].to : n->vessels[i].from;
            if (meeting[node] < 2)
                return wadi_fail(
                    err, WADI_ERR_MISSING,
                    "vessel '%s': its %s end (node %ld) leads nowhere; an inlet, an "
                    "outlet or another vessel is wanted",
                    n->vessels[i].label, side ? "last" : "first", network_node_number(n, node));
        }
    return WADI_OK;
}

static wadi_status check_outlets(const wadi_network *n, wadi_index *ends, wadi_error *err)
{
    for (wadi_index i = 0; i < n->node_count; i++)
        ends[i] = 0;
    for (wadi_index i = 0; i < n->vessel_count; i++) {
        ends[n->vessels[i].from]++;
        ends[n->vessels[i].to]++;
    }
    for (wadi_index i = 0; i < n->outlet_count; i++)
        if (n->outlets[i].kind == WADI_NETWORK_REFLECTION && ends[n->outlets[i].node] != 1)
            return wadi_fail(
                err, WADI_ERR_CONFLICT,
                "outlet at node %ld: %ld vessel ends meet a reflection, one is wanted",
                network_node_number(n, n->outlets[i].node), (long)ends[n->outlets[i].node]);
    return WADI_OK;
}

static wadi_status check_periods(wadi_network *n, wadi_error *err)
{
    for (wadi_index i = 0; i < n->inlet_count; i++) {
        const wadi_network_signal *signal = &n->inlets[i].signal;
        double period = signal->time_s[signal->count - 1];

        if (signal->count == 1)
            continue;
        if (n->period_s == 0)
            n->period_s = period;
        if (fabs(period - n->period_s) > 1e-9 * n->period_s)
            return wadi_fail(err, WADI_ERR_CONFLICT,
                             "inlet at node %ld: its period is %g s, %g s as before is wanted",
                             network_node_number(n, n->inlets[i].node), period, n->period_s);
    }
    if (!(n->period_s > 0) || !isfinite(n->period_s))
        return wadi_fail(err, WADI_ERR_MISSING,
                         "inlet: the period is %g s, a heart period of more than 0 s is wanted",
                         n->period_s);
    return WADI_OK;
}

wadi_status wadi_network_finish(wadi_network *network, wadi_error *err)
{
    wadi_status status = WADI_OK;
    wadi_index *work;

    if (network->vessel_count == 0)
        return wadi_fail(err, WADI_ERR_MISSING, "network: no vessel, at least one is wanted");
    if (network->inlet_count == 0 && network->chamber_count == 0 && network->outlet_count == 0)
        return wadi_fail(err, WADI_ERR_MISSING, "network: no inlet, at least one is wanted");
    work = wadi_alloc((size_t)network->node_count, sizeof *work);
    if (!work)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory to check the network");
    status = check_connected(network, work, err);
    if (!status && !network->closed_ends)
        status = check_ends(network, work, err);
    if (!status)
        status = check_outlets(network, work, err);
    if (!status)
        status = check_periods(network, err);
    network->finished = !status;
    free(work);
    return status;
}
