/* Lumped elements between two nodes. Each gives its flow at two pressures, rising with the
 * first and falling with the second, so that the joint's equations stay monotone. */
#include "flow/pulse_impl.h"

static const wadi_network_element *part_of(const wadi_pulse *pulse, const pulse_element *e)
{
    return &pulse->network->elements[e->part];
}

/* A valve's opening runs ahead by half a step with the last pressure difference, implicit in
 * itself, so it stays within 0..1 whatever the step; its flow then sees a fixed opening. */
static double opening_after(const wadi_network_element *part, double zeta, double dp, double dt)
{
    double rate;

    if (dp > part->p_open_pa) {
        rate = part->opening_per_pa_s * (dp - part->p_open_pa) * dt;
        return (zeta + rate) / (1 + rate);
    }
    if (dp < part->p_close_pa) {
        rate = part->closing_per_pa_s * (part->p_close_pa - dp) * dt;
        return zeta / (1 + rate);
    }
    return zeta;
}

void pulse_element_begin(const wadi_pulse *pulse, pulse_element *e, double dt)
{
    const wadi_network_element *part = part_of(pulse, e);

    if (e->kind == WADI_NETWORK_VALVE)
        e->zeta_mid = opening_after(part, e->zeta, e->dp, 0.5 * dt);
}

/* q with B q |q| + R q = dp: the root that carries the sign of dp, and its slope. */
static double quadratic_flow(double dp, double r, double b, double *slope)
{
    double root = sqrt(r * r + 4 * b * fabs(dp));

    *slope = 1 / root;
    return 2 * dp / (r + root);
}

/* Where in the step a flow with inertia is taken: the middle, unless the resistance stops it
 * within the step; then towards the end, so that it cannot swing. */
static double inertia_theta(double r, double l, double dt)
{
    return fmax(0.5, 1 - l / (dt * r + 1e-300));
}

void pulse_element_evaluate(const wadi_pulse *pulse, pulse_element *e, double p_from,
                            double p_to, double dt)
{
    const wadi_network_element *part = part_of(pulse, e);
    double r = part->resistance_pa_s_m3, b = part->quadratic_pa_s2_m6;
    double l = part->inertance_pa_s2_m3, dp = p_from - p_to, slope, momentum = 0;

    if (e->kind == WADI_NETWORK_STARLING) {
        bool collapsed = p_to < part->p_ext_pa && p_from > p_to;
        double back = collapsed ? part->p_ext_pa : p_to;

        e->flow = (p_from - back) / r;
        e->slope_from = 1 / r;
        e->slope_to = collapsed ? 0 : -1 / r;
        if (collapsed && p_from < part->p_ext_pa) {
            e->flow = 0;
            e->slope_from = 1e-9 / r;
        }
        return;
    }
    if (e->kind == WADI_NETWORK_VALVE) {
        double area = part->closed_m2 + (part->open_m2 - part->closed_m2) * e->zeta_mid;
        double rho = pulse->network->blood.density_kg_m3;

        b = rho / (2 * area * area);
        l = rho * part->length_m / area;
    }
    if (l > 0) {
        momentum = l / (inertia_theta(r, l, dt) * dt);
        dp += momentum * e->q;
    }
    if (dp < 0 && part->back_resistance_pa_s_m3 > 0)
        r = part->back_resistance_pa_s_m3;
    /* A purely quadratic loss has no slope at rest: a resistance that matters below 0.01 Pa. */
    r = fmax(r + momentum, sqrt(0.01 * b));
    if (b > 0) {
        e->flow = quadratic_flow(dp, r, b, &slope);
    } else {
        slope = 1 / r;
        e->flow = dp * slope;
    }
    e->slope_from = slope;
    e->slope_to = -slope;
}

void pulse_element_end(const wadi_pulse *pulse, pulse_element *e, double p_from, double p_to,
                       double dt)
{
    const wadi_network_element *part = part_of(pulse, e);

    if (e->kind == WADI_NETWORK_VALVE)
        e->q = 2 * e->flow - e->q;
    else if (part->inertance_pa_s2_m3 > 0)
        e->q += (e->flow - e->q) /
                inertia_theta(part->resistance_pa_s_m3, part->inertance_pa_s2_m3, dt);
    else
        e->q = e->flow;
    e->dp = p_from - p_to;
    if (e->kind == WADI_NETWORK_VALVE)
        e->zeta = opening_after(part, e->zeta_mid, e->dp, 0.5 * dt);
    e->moved_m3 += e->flow * dt;
}
