/* Arithmetic of many ends and elements; symbols as in pulse_end.c and pulse_element.c. */
#include "flow/pulse_pack_impl.h"

/* Newton doubles the digits: a round that began this close, in parts of the wall's stiffness,
 * ends at rounding. */
static const double SETTLED = 3e-6;
/* The curve of an element may be missed by this in Pa. */
static const double SETTLED_PA = 1e-6;

/* ---- ends ---- */

/* First guess from the past: x - in_x runs smoothly. */
static void weigh_past(long age, double weight[PACK_PAST])
{
    static const double weights[][PACK_PAST] = {{0, 0, 0}, {1, 0, 0}, {2, -1, 0}, {3, -3, 1}};

    for (int i = 0; i < PACK_PAST; i++)
        weight[i] = weights[age < PACK_PAST ? age : PACK_PAST][i];
}

/* An end that blood leaves or enters faster than its waves is for the way that cannot fail: no
 * number as a guess never settles here. */
PULSE_CLONES static void arrive_arteries(size_t count, const pack_ends *ends, double w0,
                                         double w1, double w2)
{
    const double *restrict a0 = ends->a0, *restrict c2 = ends->c2;
    const double *restrict inv_k = ends->inv_k, *restrict sign = ends->sign;
    const double *restrict shift = ends->shift, *restrict g = ends->shore.g;
    const double *restrict dg = ends->shore.dg, *restrict q = ends->shore.q;
    const double *restrict dq = ends->shore.dq;
    const double *restrict d0 = ends->past[0], *restrict d1 = ends->past[1];
    const double *restrict d2 = ends->past[2];
    double *restrict in_x = ends->in_x, *restrict in_un = ends->in_un, *restrict x = ends->x;

    PULSE_VECTOR_LOOP
    for (size_t i = 0; i < count; i++) {
        double here = (g[i] + shift[i] * dg[i]) * inv_k[i];
        double s = here > 1e-6 ? here : 1e-6, c = sqrt(c2[i] * s);
        double guess = c + (w0 * d0[i] + w1 * d1[i] + w2 * d2[i]);
        double un = sign[i] * (q[i] + shift[i] * dq[i]) / (a0[i] * s * s);

        in_un[i] = un;
        in_x[i] = c;
        guess = guess > 0.5 * c ? guess : 0.5 * c;
        x[i] = fabs(un) > c ? NAN : guess;
    }
}

PULSE_CLONES static void arrive_veins(size_t first, size_t count, const pack_ends *ends,
                                      double w0, double w1, double w2)
{
    const double *restrict a0 = ends->a0, *restrict graded = ends->graded;
    const double *restrict c2 = ends->c2, *restrict inv_k = ends->inv_k;
    const double *restrict sign = ends->sign, *restrict shift = ends->shift;
    const double *restrict g = ends->shore.g, *restrict dg = ends->shore.dg;
    const double *restrict q = ends->shore.q, *restrict dq = ends->shore.dq;
    const double *restrict d0 = ends->past[0], *restrict d1 = ends->past[1];
    const double *restrict d2 = ends->past[2];
    double *restrict in_x = ends->in_x, *restrict in_un = ends->in_un, *restrict x = ends->x;

    PULSE_VECTOR_LOOP
    for (size_t i = first; i < count; i++) {
        double was = g[i], moved = shift[i] * dg[i];
        double by = graded[i] > 0 ? moved * inv_k[i] / wave_vein_slope(was) : moved;
        double here = was + by > 1e-6 ? was + by : 1e-6;
        double guess = here + (w0 * d0[i] + w1 * d1[i] + w2 * d2[i]);
        double un = sign[i] * (q[i] + shift[i] * dq[i]) / (a0[i] * here);

        in_un[i] = un;
        in_x[i] = here;
        guess = guess > 0.5 * here ? guess : 0.5 * here;
        x[i] = un * un > c2[i] * here * wave_vein_slope(here) ? NAN : guess;
    }
}

void pack_arrive(pack_ends *ends, size_t lanes, long age)
{
    double w[PACK_PAST];

    weigh_past(age, w);
    arrive_arteries(ends->arteries * lanes, ends, w[0], w[1], w[2]);
    arrive_veins(ends->arteries * lanes, ends->count * lanes, ends, w[0], w[1], w[2]);
}

PULSE_CLONES static void evaluate_arteries(size_t count, double rho, const pack_ends *ends)
{
    const double *restrict a0 = ends->a0, *restrict k = ends->k, *restrict off = ends->off;
    const double *restrict inv_c2 = ends->inv_c2, *restrict loss = ends->loss;
    const double *restrict total = ends->total, *restrict in_x = ends->in_x;
    const double *restrict in_un = ends->in_un, *restrict x = ends->x;
    double *restrict q = ends->q, *restrict p = ends->p, *restrict dp = ends->dp;
    double *restrict ratio = ends->ratio, *restrict bad = ends->bad;

    PULSE_VECTOR_LOOP
    for (size_t i = 0; i < count; i++) {
        double s = x[i] * x[i] * inv_c2[i], un = in_un[i] - 4 * (x[i] - in_x[i]);
        double area = a0[i] * s * s, pull = total[i] * un - loss[i] * fabs(un);
        double slope = 4 * rho * (x[i] - pull);

        q[i] = area * un;
        p[i] = off[i] + k[i] * s + 0.5 * rho * un * pull;
        dp[i] = slope;
        ratio[i] = 4 * area * (un - x[i]) / (x[i] * slope);
        bad[i] = un < -x[i] ? 1.0 : 0.0;
    }
}

/* Square of d u / d x along a wave of a vein, over K / rho. */
static inline double invariant_square(double x)
{
    double x2 = x * x, x4 = x2 * x2;

    return 10.0 * x4 * x4 + 1.5 / (x2 * x * sqrt(x));
}

PULSE_CLONES static void evaluate_veins(size_t first, size_t count, double rho,
                                        const pack_ends *ends)
{
    const double *restrict a0 = ends->a0, *restrict k = ends->k, *restrict off = ends->off;
    const double *restrict c2 = ends->c2, *restrict loss = ends->loss;
    const double *restrict total = ends->total, *restrict in_x = ends->in_x;
    const double *restrict in_un = ends->in_un, *restrict x = ends->x;
    double *restrict q = ends->q, *restrict p = ends->p, *restrict dp = ends->dp;
    double *restrict ratio = ends->ratio, *restrict bad = ends->bad;

    PULSE_VECTOR_LOOP
    for (size_t i = first; i < count; i++) {
        double half = 0.5 * (x[i] - in_x[i]), middle = 0.5 * (x[i] + in_x[i]);
        double off_middle = 0.7745966692414834 * half;
        double sum = (8.0 / 9.0) * sqrt(invariant_square(middle)) +
                     (5.0 / 9.0) * (sqrt(invariant_square(middle - off_middle)) +
                                    sqrt(invariant_square(middle + off_middle)));
        double x2 = x[i] * x[i], x4 = x2 * x2, high = x4 * x4 * x[i];
        double low = 1.0 / (x2 * sqrt(x[i]));            /* x^(-5/2) */
        double rise = 10.0 * high + 1.5 * low;           /* phi' */
        double un = in_un[i] - sqrt(c2[i]) * half * sum; /* along the wave */
        double slope = -sqrt(c2[i] * rise / x[i]);       /* of un */
        double pull = total[i] * un - loss[i] * fabs(un);
        double climb = k[i] * rise + rho * pull * slope;

        q[i] = a0[i] * x[i] * un;
        p[i] = off[i] + k[i] * (high * x[i] - low * x[i]) + 0.5 * rho * un * pull;
        dp[i] = climb;
        ratio[i] = a0[i] * (un + x[i] * slope) / climb;
        bad[i] = un < x[i] * slope ? 1.0 : 0.0; /* in faster than its waves */
    }
}

void pack_evaluate_ends(pack_ends *ends, size_t lanes, double rho)
{
    evaluate_arteries(ends->arteries * lanes, rho, ends);
    evaluate_veins(ends->arteries * lanes, ends->count * lanes, rho, ends);
}

PULSE_CLONES static bool move_ends(size_t count, const pack_ends *ends)
{
    const double *restrict k = ends->k, *restrict p = ends->p, *restrict dp = ends->dp;
    const double *restrict ratio = ends->ratio, *restrict goal = ends->goal;
    const double *restrict live = ends->live, *restrict q = ends->q;
    double *restrict x = ends->x, *restrict flow = ends->flow, *restrict bad = ends->bad;
    int some = 0;

    PULSE_VECTOR_LOOP
    for (size_t i = 0; i < count; i++) {
        double step = goal[i] - p[i], moved = x[i] + step / dp[i], was = x[i];
        double near = fabs(step) <= SETTLED * k[i] && ratio[i] < 0 && dp[i] > 0 ? bad[i] : 1.0;

        moved = moved > 0.5 * was ? moved : 0.5 * was;
        moved = moved < 2 * was ? moved : 2 * was;
        near *= live[i];
        flow[i] = live[i] > 0 ? q[i] + ratio[i] * step : flow[i];
        x[i] = live[i] > 0 ? moved : was;
        bad[i] = near;
    }
    for (size_t i = 0; i < count; i++)
        some |= bad[i] > 0;
    return some != 0;
}

bool pack_move_ends(pack_ends *ends, size_t lanes)
{
    return move_ends(ends->count * lanes, ends);
}

/* Flow and momentum that pass the end, to its vessel. */
PULSE_CLONES static void deliver_arteries(size_t count, const pack_ends *ends)
{
    const double *restrict a0 = ends->a0, *restrict inv_c2 = ends->inv_c2;
    const double *restrict alpha = ends->alpha, *restrict flux = ends->flux;
    const double *restrict sign = ends->sign, *restrict x = ends->x, *restrict q = ends->flow;
    const double *restrict in_x = ends->in_x, *restrict weight = ends->weight;
    double *restrict fa = ends->shore.fa, *restrict fq = ends->shore.fq;
    double *restrict past = ends->past[0];

    PULSE_VECTOR_LOOP
    for (size_t i = 0; i < count; i++) {
        double s = x[i] * x[i] * inv_c2[i];

        past[i] = x[i] - in_x[i];
        fa[i] += weight[i] * (sign[i] * q[i]);
        fq[i] += weight[i] * (alpha[i] * q[i] * q[i] / (a0[i] * s * s) + flux[i] * s * s * s);
    }
}

PULSE_CLONES static void deliver_veins(size_t first, size_t count, const pack_ends *ends)
{
    const double *restrict a0 = ends->a0, *restrict alpha = ends->alpha;
    const double *restrict flux = ends->flux, *restrict sign = ends->sign;
    const double *restrict x = ends->x, *restrict q = ends->flow;
    const double *restrict in_x = ends->in_x, *restrict weight = ends->weight;
    double *restrict fa = ends->shore.fa, *restrict fq = ends->shore.fq;
    double *restrict past = ends->past[0];

    PULSE_VECTOR_LOOP
    for (size_t i = first; i < count; i++) {
        past[i] = x[i] - in_x[i];
        fa[i] += weight[i] * (sign[i] * q[i]);
        fq[i] += weight[i] *
                 (alpha[i] * q[i] * q[i] / (a0[i] * x[i]) + flux[i] * wave_vein_flux(x[i]));
    }
}

void pack_deliver(pack_ends *ends, size_t lanes)
{
    double *oldest = ends->past[PACK_PAST - 1];

    for (int i = PACK_PAST - 1; i > 0; i--)
        ends->past[i] = ends->past[i - 1];
    ends->past[0] = oldest;
    deliver_arteries(ends->arteries * lanes, ends);
    deliver_veins(ends->arteries * lanes, ends->count * lanes, ends);
}

/* ---- elements ---- */

static inline double opening_after(double zeta, double dp, double h, double opening,
                                   double closing, double p_open, double p_close)
{
    double up = opening * (dp - p_open) * h, down = closing * (p_close - dp) * h;
    double opened = (zeta + up) / (1 + up), closed = zeta / (1 + down);

    return dp > p_open ? opened : dp < p_close ? closed : zeta;
}

PULSE_CLONES static void begin_valves(size_t count, const pack_elements *e, double rho,
                                      double dt)
{
    const double *restrict r = e->r, *restrict zeta = e->zeta, *restrict dp = e->dp;
    const double *restrict open = e->open, *restrict closed = e->closed;
    const double *restrict length = e->length, *restrict opening = e->opening;
    const double *restrict closing = e->closing, *restrict p_open = e->p_open;
    const double *restrict p_close = e->p_close;
    double *restrict zeta_mid = e->zeta_mid, *restrict b = e->b;
    double *restrict momentum = e->momentum;

    PULSE_VECTOR_LOOP
    for (size_t i = 0; i < count; i++) {
        double middle = opening_after(zeta[i], dp[i], 0.5 * dt, opening[i], closing[i],
                                      p_open[i], p_close[i]);
        double area = closed[i] + (open[i] - closed[i]) * middle, l = rho * length[i] / area;
        double theta = 1 - l / (dt * r[i] + 1e-300);

        theta = theta > 0.5 ? theta : 0.5;
        zeta_mid[i] = middle;
        b[i] = rho / (2 * area * area);
        momentum[i] = l / (theta * dt);
    }
}

void pack_begin_valves(pack_elements *e, size_t lanes, double rho, double dt)
{
    begin_valves(e->valves * lanes, e, rho, dt);
}

PULSE_CLONES static void evaluate_elements(size_t count, const pack_elements *e)
{
    const double *restrict r = e->r, *restrict back = e->back, *restrict b = e->b;
    const double *restrict momentum = e->momentum, *restrict q = e->q;
    const double *restrict guess = e->guess;
    double *restrict flow = e->flow, *restrict slope = e->slope;

    PULSE_VECTOR_LOOP
    for (size_t i = 0; i < count; i++) {
        double dp = guess[i] + momentum[i] * q[i], resists = dp < 0 ? back[i] : r[i];
        double least = sqrt(0.01 * b[i]), root;

        resists += momentum[i];
        resists = resists > least ? resists : least;
        root = sqrt(resists * resists + 4 * b[i] * fabs(dp));
        flow[i] = 2 * dp / (resists + root);
        slope[i] = 1 / root;
    }
}

void pack_evaluate_elements(pack_elements *e, size_t lanes)
{
    evaluate_elements(e->count * lanes, e);
}

/* goal is the pressure difference that was found. */
PULSE_CLONES static bool move_elements(size_t count, const pack_elements *e)
{
    const double *restrict guess = e->guess, *restrict goal = e->goal, *restrict r = e->r;
    const double *restrict back = e->back, *restrict b = e->b, *restrict q = e->q;
    const double *restrict momentum = e->momentum, *restrict flow = e->flow;
    const double *restrict slope = e->slope, *restrict live = e->live;
    double *restrict out = e->out, *restrict bad = e->bad;
    int some = 0;

    PULSE_VECTOR_LOOP
    for (size_t i = 0; i < count; i++) {
        double step = goal[i] - guess[i], bend = b[i] * step * step * slope[i] * slope[i];
        double before = guess[i] + momentum[i] * q[i], after = goal[i] + momentum[i] * q[i];
        double crossed = r[i] != back[i] && before * after < 0 ? 1.0 : 0.0;
        double far = bend <= SETTLED_PA ? crossed : 1.0;

        far *= live[i];
        out[i] = live[i] > 0 ? flow[i] + slope[i] * step : out[i];
        bad[i] = far;
    }
    for (size_t i = 0; i < count; i++)
        some |= bad[i] > 0;
    return some != 0;
}

bool pack_move_elements(pack_elements *e, size_t lanes)
{
    return move_elements(e->count * lanes, e);
}

/* dp holds the pressure difference of the step. */
PULSE_CLONES static void end_valves(size_t count, const pack_elements *e, double dt)
{
    const double *restrict opening = e->opening, *restrict closing = e->closing;
    const double *restrict p_open = e->p_open, *restrict p_close = e->p_close;
    const double *restrict zeta_mid = e->zeta_mid, *restrict dp = e->dp, *restrict out = e->out;
    double *restrict q = e->q, *restrict zeta = e->zeta, *restrict moved = e->moved;

    PULSE_VECTOR_LOOP
    for (size_t i = 0; i < count; i++) {
        q[i] = 2 * out[i] - q[i];
        zeta[i] = opening_after(zeta_mid[i], dp[i], 0.5 * dt, opening[i], closing[i], p_open[i],
                                p_close[i]);
        moved[i] += out[i] * dt;
    }
}

PULSE_CLONES static void end_resistors(size_t first, size_t count, const pack_elements *e,
                                       double dt)
{
    const double *restrict theta = e->theta, *restrict out = e->out;
    double *restrict q = e->q, *restrict moved = e->moved;

    PULSE_VECTOR_LOOP
    for (size_t i = first; i < count; i++) {
        double share = theta[i] > 0 ? theta[i] : 1, on = q[i] + (out[i] - q[i]) / share;

        q[i] = theta[i] > 0 ? on : out[i];
        moved[i] += out[i] * dt;
    }
}

void pack_end_elements(pack_elements *e, size_t lanes, double dt)
{
    end_valves(e->valves * lanes, e, dt);
    end_resistors(e->valves * lanes, e->count * lanes, e, dt);
}

PULSE_CLONES void pack_divide(size_t count, double *restrict right,
                              const double *restrict matrix)
{
    PULSE_VECTOR_LOOP
    for (size_t i = 0; i < count; i++)
        right[i] /= matrix[i];
}
