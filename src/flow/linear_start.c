/* A run begins where the linear solution stands at time 0. */
#include "flow/linear_impl.h"
#include "flow/pulse_impl.h"

#include <stdlib.h>

static void start_vessel(wadi_pulse *pulse, const wadi_linear *l, wadi_index i, double *p,
                         double *q)
{
    const wadi_network_vessel *v = &pulse->network->vessels[i];
    const pulse_vessel *to = &pulse->vessels[i];
    bool vein = v->wall == WADI_NETWORK_VEIN;

    linear_at_start(l, i, to->cell_count, p, q);
    for (wadi_index j = 0; j < to->cell_count; j++) {
        double x = (j + 0.5) / to->cell_count, r = network_radius(v, x);
        double k = network_stiffness(v, x), transmural = p[j] - v->p_ext_pa;

        /* A linear swing may leave what the wall can do. */
        transmural = fmax(transmural, vein ? -30 * k : -0.5 * k);
        pulse->state[to->state + (size_t)j] = wave_area(vein, k, WADI_PI * r * r, transmural);
        pulse->state[to->state + (size_t)(to->cell_count + j)] = q[j];
    }
}

static double port_state(const wadi_pulse *pulse, const wadi_linear *l, const pulse_port *port)
{
    const wadi_network *n = pulse->network;
    double rest = pulse->nodes[port->node].rest_pa, p = l->node_mean[port->node] - rest, value;

    if (port->kind == PORT_WINDKESSEL) {
        const wadi_network_outlet *o = &n->outlets[port->part];
        double z = o->impedance_pa_s_m3, r = o->resistance_pa_s_m3, c = o->compliance_m3_pa;
        value = o->p_out_pa + (p - o->p_out_pa) * r / (z + r);
        for (int k = 1; k <= l->options.harmonics; k++) {
            double complex back = r / (1 + I * 2 * WADI_PI * k / n->period_s * r * c);
            value += creal(linear_node(l, port->node, k) * back / (z + back));
        }
        return value;
    }
    if (port->kind == PORT_CHAMBER) {
        for (int k = 1; k <= l->options.harmonics; k++)
            p += creal(linear_node(l, port->node, k));
        return p;
    }
    if (port->kind == PORT_HEART) /* full */
        return n->inlets[port->part].fill_pa / n->inlets[port->part].signal.value[0];
    if (port->kind == PORT_SOURCE) {
        const wadi_network_inlet *in = &n->inlets[port->part];
        double r = in->resistance_pa_s_m3;
        return r > 0 ? (wave_signal_at(&in->signal, 0) - p) / r : 0;
    }
    return 0;
}

/* The linear level knows no heart: for a start one holds the pressure of its arteries' store.
 */
static double store_pressure(const wadi_network *n, wadi_index node)
{
    for (wadi_index i = 0; i < n->chamber_count; i++)
        if (n->chambers[i].node == node)
            return n->chambers[i].p_start_pa;
    return n->start_pa;
}

/* A network whose hearts stand still: `held` has room for its inlets, `value` for one sample
 * each; both, and the rest of the network, must outlive it. */
static wadi_network stand_still(const wadi_network *n, wadi_network_inlet *held, double *value)
{
    static const double now[1] = {0};
    wadi_network still = *n;

    for (wadi_index i = 0; i < n->inlet_count; i++) {
        held[i] = n->inlets[i];
        if (held[i].kind != WADI_NETWORK_HEART)
            continue;
        value[i] = store_pressure(n, held[i].node);
        held[i].kind = WADI_NETWORK_PRESSURE;
        held[i].signal = (wadi_network_signal){1, now, &value[i]};
    }
    still.inlets = held;
    return still;
}

wadi_status pulse_start_linear(wadi_pulse *pulse, wadi_error *err)
{
    wadi_linear_options options = wadi_linear_options_default();
    const wadi_network *n = pulse->network;
    wadi_linear *l = NULL;
    wadi_network still;
    wadi_network_inlet *held = wadi_alloc((size_t)n->inlet_count, sizeof *held);
    wadi_error ignored;
    wadi_index most = 0;
    double *p = NULL, *q = NULL, *value = wadi_alloc((size_t)n->inlet_count, sizeof *value);
    wadi_status status = WADI_OK;

    if (!held || !value) {
        status =
            wadi_fail(err, WADI_ERR_NOMEM, "no memory for %ld inlets", (long)n->inlet_count);
        goto done;
    }
    still = stand_still(n, held, value);
    options.samples = 0;
    /* Where the linear level fails, rest is a start as good as any. */
    if (wadi_linear_solve(&still, &options, &l, &ignored))
        goto done;
    for (wadi_index i = 0; i < pulse->vessel_count; i++)
        most = pulse->vessels[i].cell_count > most ? pulse->vessels[i].cell_count : most;
    p = wadi_alloc((size_t)most, sizeof *p);
    q = wadi_alloc((size_t)most, sizeof *q);
    if (!p || !q) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %ld cells", (long)most);
        goto done;
    }
    for (wadi_index i = 0; i < pulse->vessel_count; i++) {
        start_vessel(pulse, l, i, p, q);
        pulse->vessels[i].fastest = 0; /* waves are faster now than at rest */
    }
    for (wadi_index i = 0; i < pulse->port_count; i++)
        pulse->state[pulse->ports[i].state] = port_state(pulse, l, &pulse->ports[i]);
    for (wadi_index i = 0; i < pulse->element_count; i++) {
        double flow = l->element_mean[i];
        for (int k = 1; k <= l->options.harmonics; k++)
            flow += creal(linear_element(l, i, k));
        pulse->state[pulse->elements[i].state] = flow;
        if (pulse->elements[i].kind == WADI_NETWORK_VALVE)
            pulse->state[pulse->elements[i].state + 1] = flow > 0 ? 1 : 0;
    }
    for (wadi_index i = 0; i < pulse->node_count; i++)
        pulse->state[pulse->state_size - (size_t)pulse->node_count + (size_t)i] =
            l->node_mean[i];
done:
    free(p);
    free(q);
    wadi_linear_free(l);
    free(held);
    free(value);
    return status;
}
