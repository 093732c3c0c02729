#include "flow/pulse_impl.h"

/* Integral of sqrt(phi'(x)/x) between two area ratios of a vein, three-point Gauss. */
static double vein_invariant(double from, double to)
{
    const double half = 0.5 * (to - from), middle = 0.5 * (to + from);
    const double off = 0.7745966692414834 * half;

    if (half == 0)
        return 0;
    return half * ((8.0 / 9.0) * wave_vein_invariant_slope(middle) +
                   (5.0 / 9.0) * (wave_vein_invariant_slope(middle - off) +
                                  wave_vein_invariant_slope(middle + off)));
}

/* State that reaches the node at a time within the vessel's step; theta is 0 at its start, 1 in
 * the middle, 2 at the end. */
void pulse_end_arrive(const wadi_pulse *pulse, pulse_end *end, double theta)
{
    const pulse_shore *shore = &pulse->shore;
    size_t at = pulse_at(pulse, end->shore);
    double x = shore->g[at], q = shore->q[at] + (theta - 1) * shore->dq[at];
    double shift = (theta - 1) * shore->dg[at], area;

    if (!end->vein)
        x = (x + shift) / end->k;
    else if (pulse->vessels[end->vessel].kind == PULSE_VEIN)
        x += shift;
    else
        x += shift / (end->k * wave_vein_slope(x));
    /* An end that is sucked empty within one step is a lost run; the check of cells tells. */
    x = x > 1e-6 ? x : 1e-6;
    area = end->vein ? end->a0 * x : end->a0 * x * x;
    end->in_x = end->x = end->vein ? x : sqrt(end->c2 * x);
    end->in_un = end->un = end->sign * q / area;
    end->low_x = 0;
}

/* Speed into the node less that of the waves: falls with x along the arriving wave. */
static double excess_speed(const pulse_end *end, double x)
{
    if (!end->vein)
        return end->in_un - 4 * (x - end->in_x) - x;
    return end->in_un - sqrt(end->c2) * vein_invariant(end->in_x, x) -
           sqrt(end->c2 * x * wave_vein_slope(x));
}

/* Where a function that falls through nothing does so. */
static double falls_through(const pulse_end *end, double low, double high,
                            double (*of)(const pulse_end *, double))
{
    for (int i = 0; i < 60 && high - low > 1e-14 * high; i++) {
        double x = 0.5 * (low + high);
        if (of(end, x) > 0)
            low = x;
        else
            high = x;
    }
    return high;
}

/* Flow out at x along the arriving wave, less what arrives. */
static double excess_flow(const pulse_end *end, double x)
{
    double un = end->in_un, ratio = x / end->in_x;

    if (end->vein)
        un -= sqrt(end->c2) * vein_invariant(end->in_x, x);
    else
        un -= 4 * (x - end->in_x);
    return un * (end->vein ? ratio : ratio * ratio * ratio * ratio) - end->in_un;
}

/* Find where the end is choked, from a state below that point. */
static void find_choke(pulse_end *end, bool total, double low)
{
    bool faster = end->in_un > end->in_c;
    double high = fmax(end->in_x, low);
    pulse_end_slope at;

    for (int i = 0; i < 60 && excess_speed(end, high) > 0; i++)
        high *= 2;
    end->low_at = high = falls_through(end, low, high, excess_speed);
    if (faster) {
        /* What arrives faster than its waves leaves as it is, until the pressure beyond is so
         * high that less can leave: it never takes more from the vessel than arrives. */
        low = high;
        for (int i = 0; i < 60 && excess_flow(end, high) > 0; i++)
            high *= 2;
        end->low_at = end->in_x;
        high = falls_through(end, low, high, excess_flow);
    }
    end->x = high;
    pulse_end_evaluate(end, total, &at);
    end->low_x = high;
    end->low_p = end->seen_p = at.p;
    end->low_q = at.q;
    end->x = end->in_x > 1.0001 * high ? end->in_x : 1.0001 * high;
}

void pulse_end_choke(pulse_end *end, bool total)
{
    double low = 0.2 * end->in_x;

    end->in_c = end->vein ? sqrt(end->c2 * end->in_x * wave_vein_slope(end->in_x)) : end->in_x;
    end->low_x = 0;
    end->pull = 0.3;
    if (end->in_un > end->in_c)
        find_choke(end, total, end->in_x);
    else if (end->in_un > 0.3 * end->in_c && excess_speed(end, low) > 0)
        find_choke(end, total, low);
}

/* An artery is followed by its wave speed c (in end->x): everything is a polynomial in c.
 * Nothing enters faster than its waves: what comes in is critical then, and a rarefaction
 * within the vessel does the rest. Without that limit the pressure of the node, which such an
 * end could not feel any more, would draw blood in ever faster. */
void pulse_end_evaluate(pulse_end *end, bool total, pulse_end_slope *out)
{
    double x = end->x, un, slope, area, head, head_slope;

    if (end->low_x > 0 && x <= end->low_x) { /* choked: the pressure beyond does not matter */
        area = end->vein ? end->a0 * x : end->a0 * (x * x / end->c2) * (x * x / end->c2);
        end->un = end->low_q / area;
        /* A part of the slope beside it, about the pressure seen last: too steep, so Newton
         * comes a little slower and cannot run away; where it comes to rest the flow is right.
         * An end that stays choked gives up more and more of it. */
        *out = (pulse_end_slope){end->seen_p, end->k, end->low_q,
                                 -end->pull * end->k * area / (end->rho * fmax(end->un, 1e-3))};
        return;
    }
    if (end->vein) {
        double root = sqrt(end->c2);
        un = end->in_un - root * vein_invariant(end->in_x, x);
        slope = -root * wave_vein_invariant_slope(x);
        area = end->a0 * x;
        out->p = end->off + end->k * wave_vein_phi(x);
        out->dp = end->k * wave_vein_slope(x);
        if (un < slope * x) {
            un = slope * x;
            slope *= 0.5 * wave_vein_speed_power(x);
        }
        out->dq = end->a0 * (un + x * slope);
    } else {
        double s = x * x / end->c2;
        un = end->in_un - 4 * (x - end->in_x);
        slope = -4;
        area = end->a0 * s * s;
        out->dq = 4 * area * (un / x - 1);
        if (un < -x) {
            un = -x;
            slope = -1;
            out->dq = -5 * area;
        }
        out->p = end->off + end->k * s;
        out->dp = 4 * end->rho * x;
    }
    end->un = un;
    out->q = area * un;
    head = (total ? 0.5 * end->rho * un * un : 0) - 0.5 * end->rho * end->loss * un * fabs(un);
    head_slope = end->rho * ((total ? un : 0) - end->loss * fabs(un)) * slope;
    out->p += head;
    out->dp += head_slope;
}

/* The state at a pressure, from one nearby: Newton that a bracket keeps. */
static void settle(pulse_end *end, bool total, double pressure)
{
    double low = fmax(end->low_x, 1e-3 * end->in_x), high = 1e3 * end->in_x;
    pulse_end_slope now;

    if (end->low_x > 0 && end->x <= 1.02 * end->low_x)
        end->x = 1.02 * end->low_x;
    for (int i = 0; i < 100; i++) {
        double miss, x;

        pulse_end_evaluate(end, total, &now);
        miss = pressure - now.p;
        if (fabs(miss) <= 1e-9 * end->k)
            break;
        if (miss > 0)
            low = end->x;
        else
            high = end->x;
        x = end->x + miss / now.dp;
        if (!(x > low && x < high) || !(now.dp > 0))
            x = high < 100 * end->in_x ? 0.5 * (low + high) : 2 * low;
        if (x == end->x)
            break;
        end->x = x;
    }
    /* Sucked beyond the point of most flow: choked there, which nobody had foreseen. */
    if (end->low_x == 0 && now.dq > 0) {
        find_choke(end, total, end->x);
        end->x = pressure <= end->low_p ? end->low_x : end->x;
    }
}

bool pulse_end_move(pulse_end *end, bool total, double pressure, double way)
{
    pulse_end_slope now;
    bool near;

    pulse_end_evaluate(end, total, &now);
    near = fabs(pressure - now.p) <= 1e-7 * end->k;
    end->q = now.q + now.dq / now.dp * (pressure - now.p);
    end->seen_p = way;
    if (end->low_x > 0 && way <= end->low_p) {
        end->pull = end->x <= end->low_x ? fmax(0.7 * end->pull, 1e-3) : 0.3;
        end->x = end->low_x;
    } else {
        end->pull = 0.3;
        settle(end, total, way);
        end->seen_p = way;
    }
    return near;
}

/* With total pressures the node's pressure rises with x as long as the flow is slower than its
 * waves; beyond that point the end is choked and carries what it carries there. */
double pulse_end_at(pulse_end *end, bool total, double pressure)
{
    pulse_end_slope now;
    double low = end->in_x * 1e-3, high = end->in_x * 1e3;

    if (end->low_x > 0 && pressure <= end->low_p) {
        end->x = end->low_x;
        return end->q = end->low_q;
    }
    low = fmax(low, end->low_x);
    for (int i = 0; i < 200; i++) {
        end->x = sqrt(low * high);
        pulse_end_evaluate(end, total, &now);
        if (now.p < pressure || now.dq > 0 || now.dp <= 0)
            low = end->x;
        else
            high = end->x;
        if (high - low <= 1e-15 * high)
            break;
    }
    end->q = now.q;
    return now.q;
}

/* A reflected wave is a fraction of the one that arrives, both measured from A0 at rest. */
void pulse_end_reflect(pulse_end *end, double reflection)
{
    if (!end->vein) {
        double rest = sqrt(end->c2), arriving = end->in_un + 4 * (end->in_x - rest);
        double back = -reflection * arriving;

        end->un = 0.5 * (arriving + back);
        end->x = rest + (arriving - back) / 8;
        double s = end->x * end->x / end->c2;
        end->q = end->a0 * s * s * end->un;
        return;
    }
    double root = sqrt(end->c2);
    double arriving = end->in_un + root * vein_invariant(1, end->in_x);
    double target = 0.5 * (1 + reflection) * arriving / root, x = end->in_x;

    end->un = 0.5 * (1 - reflection) * arriving;
    for (int i = 0; i < 50; i++) {
        double step = (vein_invariant(1, x) - target) / (x * wave_vein_invariant_slope(x));
        x *= exp(-fmax(-0.5, fmin(0.5, step)));
        if (fabs(step) < 1e-14)
            break;
    }
    end->x = x;
    end->q = end->a0 * x * end->un;
}

double pulse_end_leaving(const pulse_end *end)
{
    return end->low_x > 0 && end->x <= end->low_x ? end->low_at : end->x;
}

void pulse_end_deliver(wadi_pulse *pulse, pulse_end *end, double weight)
{
    size_t at = pulse_at(pulse, end->shore);
    double flow = end->sign * end->q, area, wall;
    double x = pulse_end_leaving(end);

    if (end->vein) {
        area = end->a0 * x;
        wall = end->flux * wave_vein_flux(x);
    } else {
        double s = x * x / end->c2;
        area = end->a0 * s * s;
        wall = end->flux * s * s * s;
    }
    pulse->shore.fa[at] += weight * flow;
    pulse->shore.fq[at] += weight * (end->alpha * flow * flow / area + wall);
}
