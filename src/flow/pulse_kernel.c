#include "flow/pulse_kernel_impl.h"

#include <string.h>

/* Numbers that go through all passes together, and how far the first passes run ahead: a cell
 * needs the states beyond its faces, those the pressures one slot further, and the pressure of
 * a ghost is carried on from two cells. */
enum { PIECE = 256, AHEAD = 32, ROW = PULSE_EDGE + PIECE + AHEAD + PULSE_EDGE };

/* Rows start on lines of the cache, and not all on the same one of its sets. */
typedef struct scratch {
    _Alignas(64) double p[ROW];
    double gl[ROW], ql[ROW], gr[ROW], qr[ROW], src[ROW], fa[ROW], fq[ROW], dg[ROW];
} scratch;

/* How far each pass has come, in numbers of the scratch. */
typedef struct progress {
    size_t pressures, states, cells, verges, ghosts;
} progress;

/* Slope of the cell: the mean of both differences where they are small or alike (van Albada
 * with a floor, so that smooth crests keep second order), towards none where they disagree. The
 * factor of the mean; the denominators of two limiters share one division. */
PULSE_INLINE void limit_pair(double a, double b, double eps, double c, double d, double eps2,
                             double *first, double *second)
{
    double n1 = a * b + eps, n2 = c * d + eps2;
    double d1 = a * a + b * b + 2 * eps, d2 = c * c + d * d + 2 * eps2;
    double r = 1.0 / (d1 * d2);

    n1 = n1 > 0 ? n1 : 0;
    n2 = n2 > 0 ? n2 : 0;
    *first = (a + b) * n1 * d2 * r;
    *second = (c + d) * n2 * d1 * r;
}

/* ---- arteries ---- */

PULSE_INLINE void artery_pressures(size_t from, size_t to, const double *restrict a,
                                   const double *restrict k, const double *restrict off,
                                   scratch *s)
{
    PULSE_VECTOR_LOOP
    for (size_t i = from; i < to; i++)
        s->p[i] = off[i] + k[i] * sqrt(a[i]);
}

/* Slopes wait where the left states will be: a pass by itself, since what follows from them is
 * a long chain, and the processor looks ahead by only so many instructions. */
PULSE_INLINE void find_slopes(size_t from, size_t to, size_t lanes, const pulse_cells *c,
                              scratch *s)
{
    const double *restrict eps_p = c->eps_p, *restrict eps_q = c->eps_q, *restrict q = c->q;

    PULSE_VECTOR_LOOP
    for (size_t i = from; i < to; i++)
        limit_pair(s->p[i] - s->p[i - lanes], s->p[i + lanes] - s->p[i], eps_p[i],
                   q[i] - q[i - lanes], q[i + lanes] - q[i], eps_q[i], &s->gl[i], &s->ql[i]);
}

PULSE_INLINE void artery_states(size_t from, size_t to, size_t lanes, double dt, double inv_rho,
                                const pulse_cells *c, scratch *s)
{
    const double *restrict inv_dx = c->inv_dx, *restrict alpha = c->alpha;
    const double *restrict kappa = c->kappa, *restrict off = c->off;
    const double *restrict f_off = c->f_off, *restrict f_scale = c->f_scale;
    const double *restrict a = c->a, *restrict q = c->q;
    const double half_dt = 0.5 * dt, third = inv_rho * (1.0 / 3.0);

    PULSE_VECTOR_LOOP
    for (size_t i = from; i < to; i++) {
        double p = s->p[i], flow = q[i];
        double dp = s->gl[i], dq = s->ql[i];
        double h = half_dt * inv_dx[i], hf = half_dt * kappa[i];
        double area = a[i] - h * dq;
        double both = 1.0 / (area * (area + hf));
        double inv_area = both * (area + hf), damp = both * area * area;
        double u = flow * inv_area;
        double middle = p - 0.5 * h * (p - off[i]) * inv_area * dq; /* rho c^2 = K s / 2 */
        double left = middle - 0.5 * dp - f_off[i];
        double right = middle + 0.5 * dp - f_off[i + lanes];
        double root_left = f_scale[i] * left, root_right = f_scale[i + lanes] * right;
        double area_left = root_left * root_left, area_right = root_right * root_right;
        double push = area * inv_rho * dp;
        double qh =
            (flow - h * (alpha[i] * u * (2 * dq - u * (area_right - area_left)) + push)) * damp;

        s->gl[i] = left;
        s->gr[i] = right;
        s->ql[i] = qh - 0.5 * dq;
        s->qr[i] = qh + 0.5 * dq;
        s->src[i] = third * (right * area_right - left * area_left -
                             (area_left + area_right + root_left * root_right) * dp);
    }
}

PULSE_INLINE void artery_fluxes(size_t from, size_t to, size_t lanes, double inv_rho,
                                const pulse_cells *c, scratch *s)
{
    const double *restrict f_scale = c->f_scale, *restrict alpha = c->alpha;
    const double *restrict inv_dx = c->inv_dx;
    double *restrict speed = c->speed;
    const double third = inv_rho * (1.0 / 3.0), half = 0.5 * inv_rho;

    PULSE_VECTOR_LOOP
    for (size_t i = from; i < to; i++) {
        double gm = s->gr[i - lanes], gp = s->gl[i], qm = s->qr[i - lanes], qp = s->ql[i];
        double rm = f_scale[i] * gm, rp = f_scale[i] * gp;
        double am = rm * rm, ap = rp * rp, both = 1.0 / (am * ap);
        double um = qm * ap * both, up = qp * am * both;
        double abs_m = fabs(um), abs_p = fabs(up);
        double fast = alpha[i] * (abs_m > abs_p ? abs_m : abs_p);

        fast += sqrt(half * (gm > gp ? gm : gp));
        s->fa[i] = 0.5 * (qm + qp - fast * (ap - am));
        s->fq[i] = 0.5 * (alpha[i] * (um * qm + up * qp) + third * (gm * am + gp * ap) -
                          fast * (qp - qm));
        fast *= inv_dx[i];
        speed[i] = fast > speed[i] ? fast : speed[i];
    }
}

/* ---- veins ---- */

PULSE_INLINE void vein_ratios(size_t from, size_t to, const double *restrict a,
                              const double *restrict inv_a0, scratch *s)
{
    PULSE_VECTOR_LOOP
    for (size_t i = from; i < to; i++)
        s->p[i] = a[i] * inv_a0[i];
}

/* Uniform vein: reconstructs x = A/A0. */
PULSE_INLINE void vein_states(size_t from, size_t to, double dt, const pulse_cells *c,
                              scratch *s)
{
    const double *restrict inv_a0 = c->inv_a0, *restrict inv_dx = c->inv_dx;
    const double *restrict alpha = c->alpha, *restrict kappa = c->kappa;
    const double *restrict f_a0 = c->f_a0, *restrict f_speed = c->f_speed;
    const double *restrict q = c->q;
    const double half_dt = 0.5 * dt;

    PULSE_VECTOR_LOOP
    for (size_t i = from; i < to; i++) {
        double dx = s->gl[i], dq = s->ql[i], was = s->p[i], flow = q[i];
        double h = half_dt * inv_dx[i], hf = half_dt * kappa[i];

        /* Half a step may not take a cell below half of what it holds. */
        double xh = -h * inv_a0[i] * dq, least = -0.5 * was + 0.5 * fabs(dx);
        least = least < 0 ? least : 0;
        xh = xh > least ? xh : least;
        double x = was + xh, area = f_a0[i] * x;
        double wide = area * (area + hf), steep = x * sqrt(x), inv = 1.0 / (wide * steep);
        double both = inv * steep, low = inv * wide; /* x^(-3/2) */
        double inv_area = both * (area + hf), damp = both * area * area, u = flow * inv_area;
        double x2 = x * x, x4 = x2 * x2, c2 = f_speed[i] * (10 * x4 * x4 * x2 + 1.5 * low);
        double qh =
            (flow - h * (2 * alpha[i] * u * dq + (c2 - alpha[i] * u * u) * f_a0[i] * dx)) *
            damp;

        s->gl[i] = x - 0.5 * dx;
        s->gr[i] = x + 0.5 * dx;
        s->ql[i] = qh - 0.5 * dq;
        s->qr[i] = qh + 0.5 * dq;
        s->src[i] = 0;
    }
}

PULSE_INLINE void graded_pressures(size_t from, size_t to, const double *restrict a,
                                   const double *restrict inv_a0, const double *restrict k,
                                   const double *restrict off, scratch *s)
{
    PULSE_VECTOR_LOOP
    for (size_t i = from; i < to; i++) {
        double x = a[i] * inv_a0[i], x2 = x * x, x4 = x2 * x2;

        s->p[i] = off[i] + k[i] * (x4 * x4 * x2 - 1.0 / (x * sqrt(x)));
    }
}

/* x with phi(x) = y near a guess: Newton in log x, whose steps cannot leave x > 0. */
PULSE_INLINE double near_inverse(double y, double x)
{
    for (int n = 0; n < 5; n++) {
        double x2 = x * x, x4 = x2 * x2, high = x4 * x4 * x2, low = 1.0 / (x * sqrt(x));
        double step = (high - low - y) / (10 * high + 1.5 * low);
        step = step > 0.6 ? 0.6 : step;
        step = step < -0.6 ? -0.6 : step;
        x *= (1 - 0.5 * step) / (1 + 0.5 * step);
    }
    return x;
}

/* Vein with taper, varying stiffness or gravity: reconstructs the pressure. */
PULSE_INLINE void graded_states(size_t from, size_t to, size_t lanes, double dt, double inv_rho,
                                const pulse_cells *c, scratch *s)
{
    const double *restrict k = c->k, *restrict inv_dx = c->inv_dx, *restrict inv_a0 = c->inv_a0;
    const double *restrict alpha = c->alpha, *restrict kappa = c->kappa;
    const double *restrict f_a0 = c->f_a0, *restrict f_inv_k = c->f_scale;
    const double *restrict f_off = c->f_off, *restrict f_speed = c->f_speed;
    const double *restrict a = c->a, *restrict q = c->q;

    PULSE_VECTOR_LOOP
    for (size_t i = from; i < to; i++) {
        double dp = s->gl[i], dq = s->ql[i], p = s->p[i], flow = q[i];
        double h = 0.5 * dt * inv_dx[i], hf = 0.5 * dt * kappa[i];
        double area = a[i] - h * dq;
        area = area > 0.5 * a[i] ? area : 0.5 * a[i];
        double both = 1.0 / (area * (area + hf));
        double inv_area = both * (area + hf), damp = both * area * area, u = flow * inv_area;
        double x = a[i] * inv_a0[i], x2 = x * x, x4 = x2 * x2;
        double ph = -h * k[i] * (10 * x4 * x4 * x2 + 1.5 / (x * sqrt(x))) * inv_area * dq;
        double left = near_inverse((p + ph - 0.5 * dp - f_off[i]) * f_inv_k[i], x);
        double right =
            near_inverse((p + ph + 0.5 * dp - f_off[i + lanes]) * f_inv_k[i + lanes], x);
        double area_left = f_a0[i] * left, area_right = f_a0[i + lanes] * right;
        double qh = (flow - h * (alpha[i] * u * (2 * dq - u * (area_right - area_left)) +
                                 area * inv_rho * dp)) *
                    damp;
        double l2 = left * left, l4 = l2 * l2, r2 = right * right, r4 = r2 * r2;
        double flux_left = (10.0 / 11.0) * l4 * l4 * l2 * left - 3.0 / sqrt(left);
        double flux_right = (10.0 / 11.0) * r4 * r4 * r2 * right - 3.0 / sqrt(right);

        s->gl[i] = left;
        s->gr[i] = right;
        s->ql[i] = qh - 0.5 * dq;
        s->qr[i] = qh + 0.5 * dq;
        s->dg[i] = ph;
        s->src[i] = f_speed[i + lanes] * f_a0[i + lanes] * flux_right -
                    f_speed[i] * f_a0[i] * flux_left -
                    (area_left + 4 * area + area_right) * (1.0 / 6.0) * inv_rho * dp;
    }
}

PULSE_INLINE void vein_fluxes(size_t from, size_t to, size_t lanes, const pulse_cells *c,
                              scratch *s)
{
    const double *restrict f_a0 = c->f_a0, *restrict f_speed = c->f_speed;
    const double *restrict alpha = c->alpha, *restrict inv_dx = c->inv_dx;
    double *restrict speed = c->speed;

    PULSE_VECTOR_LOOP
    for (size_t i = from; i < to; i++) {
        double xm = s->gr[i - lanes], xp = s->gl[i], qm = s->qr[i - lanes], qp = s->ql[i];
        double am = f_a0[i] * xm, ap = f_a0[i] * xp;
        double wide = am * ap, sm = sqrt(xm), sp = sqrt(xp), inv = 1.0 / (wide * (sm * sp));
        double both = inv * (sm * sp), um = qm * ap * both, up = qp * am * both;
        double m2 = xm * xm, m4 = m2 * m2, p2 = xp * xp, p4 = p2 * p2;
        double rm = inv * wide * sp, rp = inv * wide * sm; /* x^(-1/2) */
        double tenm = m4 * m4 * m2, tenp = p4 * p4 * p2;
        double cm = sqrt(f_speed[i] * (10 * tenm + 1.5 * rm * rm * rm));
        double cp = sqrt(f_speed[i] * (10 * tenp + 1.5 * rp * rp * rp));
        double fast_m = alpha[i] * fabs(um) + cm, fast_p = alpha[i] * fabs(up) + cp;
        double fast = fast_m > fast_p ? fast_m : fast_p;

        s->fa[i] = 0.5 * (qm + qp - fast * (ap - am));
        s->fq[i] = 0.5 * (alpha[i] * (um * qm + up * qp) +
                          f_speed[i] * f_a0[i] *
                              ((10.0 / 11.0) * (tenm * xm + tenp * xp) - 3.0 * (rm + rp)) -
                          fast * (qp - qm));
        fast *= inv_dx[i];
        speed[i] = fast > speed[i] ? fast : speed[i];
    }
}

/* ---- all ---- */

/* What flows in and out of a cell. Friction by the midpoint rule, implicit: it damps whatever
 * the step. */
PULSE_INLINE void advance(double *a, double *q, double change, double push, double rub)
{
    double middle = *a + 0.5 * change;

    *q = (*q * (middle - rub) + push * middle) / (middle + rub);
    *a += change;
}

PULSE_INLINE void advance_cells(size_t from, size_t to, size_t lanes, double dt,
                                const pulse_cells *c, const scratch *s)
{
    const double *restrict inv_dx = c->inv_dx, *restrict kappa = c->kappa;
    double *restrict a = c->a, *restrict q = c->q;

    PULSE_VECTOR_LOOP
    for (size_t i = from; i < to; i++) {
        double r = dt * inv_dx[i];

        advance(&a[i], &q[i], r * (s->fa[i] - s->fa[i + lanes]),
                r * (s->fq[i] - s->fq[i + lanes] + s->src[i]), 0.5 * dt * kappa[i]);
    }
}

/* Ghosts carry pressure and flow straight on. */
PULSE_INLINE void fill_ghosts(const pulse_march *m, const pulse_cells *c, size_t base,
                              size_t limit, const size_t lanes, progress *at, scratch *s)
{
    for (; at->ghosts < m->verge_count; at->ghosts++) {
        const pulse_verge *verge = &m->verges[at->ghosts];
        size_t cell = verge->slot * lanes + PULSE_EDGE - base;
        size_t ghost = verge->right ? cell + lanes : cell - lanes;
        size_t inner = verge->right ? cell - lanes : cell + lanes;

        if (ghost >= limit)
            return;
        for (size_t lane = 0; lane < lanes; lane++) {
            s->p[ghost + lane] = 2 * s->p[cell + lane] - s->p[inner + lane];
            c->q[ghost + lane] = 2 * c->q[cell + lane] - c->q[inner + lane];
        }
    }
}

/* What has reached the ends, and what cells there need to be finished later. */
PULSE_INLINE void keep_ends(const pulse_march *m, const pulse_cells *c, size_t base,
                            size_t limit, const pulse_kind kind, const size_t lanes,
                            progress *at, const scratch *s)
{
    for (; at->verges < m->verge_count; at->verges++) {
        const pulse_verge *verge = &m->verges[at->verges];
        size_t cell = verge->slot * lanes + PULSE_EDGE - base;
        size_t inner = verge->right ? cell : cell + lanes; /* face */
        size_t kept = at->verges * lanes, to = verge->shore * lanes;
        const double *g = verge->right ? s->gr : s->gl, *q = verge->right ? s->qr : s->ql;

        if (cell >= limit)
            return;
        for (size_t lane = 0; lane < lanes; lane++) {
            size_t i = cell + lane;
            double both = s->gl[i] + s->gr[i];

            m->shore.g[to + lane] = g[i];
            m->shore.q[to + lane] = q[i];
            m->shore.dg[to + lane] =
                kind == PULSE_VEIN_GRADED ? s->dg[i]
                : kind == PULSE_VEIN
                    ? 0.5 * both - s->p[i]
                    : 0.5 * (both + (c->f_off[i] + c->f_off[i + lanes])) - s->p[i];
            m->shore.dq[to + lane] = 0.5 * (s->ql[i] + s->qr[i]) - c->q[i];
            m->shore.fa[to + lane] = m->shore.fq[to + lane] = 0;
            m->kept.a[kept + lane] = c->a[i];
            m->kept.q[kept + lane] = c->q[i];
            m->kept.fa[kept + lane] = s->fa[inner + lane];
            m->kept.fq[kept + lane] = s->fq[inner + lane];
            m->kept.src[kept + lane] = s->src[i];
        }
    }
}

/* Arrays as the scratch numbers them. */
PULSE_INLINE pulse_cells seen_from(const pulse_cells *c, size_t base)
{
    const ptrdiff_t by = (ptrdiff_t)base - PULSE_EDGE;

    return (pulse_cells){.a = c->a + by,
                         .q = c->q + by,
                         .speed = c->speed + by,
                         .inv_dx = c->inv_dx + by,
                         .alpha = c->alpha + by,
                         .kappa = c->kappa + by,
                         .eps_p = c->eps_p + by,
                         .eps_q = c->eps_q + by,
                         .off = c->off + by,
                         .k = c->k + by,
                         .inv_a0 = c->inv_a0 + by,
                         .f_off = c->f_off + by,
                         .f_scale = c->f_scale + by,
                         .f_a0 = c->f_a0 + by,
                         .f_speed = c->f_speed + by};
}

PULSE_INLINE void clear_edge(double *row)
{
    for (size_t i = 0; i < PULSE_EDGE; i++)
        row[i] = 0;
}

PULSE_INLINE void begin(const pulse_march *m, double dt, double inv_rho, const pulse_kind kind,
                        const size_t lanes)
{
    progress at = {PULSE_EDGE, PULSE_EDGE, PULSE_EDGE, 0, 0};
    scratch s;
    bool last;

    clear_edge(s.p);
    clear_edge(s.gr);
    clear_edge(s.qr);
    for (size_t base = 0;; base += PIECE) {
        const pulse_cells c = seen_from(&m->cells, base);
        size_t all = m->numbers + PULSE_EDGE - base, end = PULSE_EDGE + PIECE;

        last = all <= end + AHEAD;
        end = last ? all : end;
        size_t pressures = last ? all : end + AHEAD, states = last ? all : end + PULSE_EDGE;

        if (kind == PULSE_ARTERY)
            artery_pressures(at.pressures, pressures, c.a, c.k, c.off, &s);
        else if (kind == PULSE_VEIN)
            vein_ratios(at.pressures, pressures, c.a, c.inv_a0, &s);
        else
            graded_pressures(at.pressures, pressures, c.a, c.inv_a0, c.k, c.off, &s);
        if (last)
            clear_edge(s.p + all);
        fill_ghosts(m, &c, base, last ? all : end + 2 * PULSE_EDGE, lanes, &at, &s);
        find_slopes(at.states, states, lanes, &c, &s);
        if (kind == PULSE_ARTERY) {
            artery_states(at.states, states, lanes, dt, inv_rho, &c, &s);
            artery_fluxes(at.states, states, lanes, inv_rho, &c, &s);
        } else {
            if (kind == PULSE_VEIN)
                vein_states(at.states, states, dt, &c, &s);
            else
                graded_states(at.states, states, lanes, dt, inv_rho, &c, &s);
            vein_fluxes(at.states, states, lanes, &c, &s);
        }
        if (last) {
            clear_edge(s.fa + all);
            clear_edge(s.fq + all);
        }
        keep_ends(m, &c, base, end, kind, lanes, &at, &s);
        advance_cells(at.cells, end, lanes, dt, &c, &s);
        if (last)
            return;
        at.pressures = PULSE_EDGE + AHEAD;
        at.states = 2 * PULSE_EDGE;
        double *const rows[] = {s.p, s.gl, s.ql, s.gr, s.qr, s.src, s.fa, s.fq, s.dg};
        for (size_t row = 0; row < WADI_COUNT_OF(rows); row++)
            memcpy(rows[row], rows[row] + PIECE, (PULSE_EDGE + AHEAD) * sizeof(double));
    }
}

PULSE_INLINE void end(const pulse_march *m, double dt, const size_t lanes)
{
    const pulse_cells *c = &m->cells;

    PULSE_VECTOR_LOOP
    for (size_t v = 0; v < m->verge_count; v++) {
        const pulse_verge *verge = &m->verges[v];
        const double side = verge->right ? -1 : 1;

        for (size_t lane = 0; lane < lanes; lane++) {
            size_t i = verge->slot * lanes + lane, kept = v * lanes + lane;
            size_t shore = verge->shore * lanes + lane;
            double a = m->kept.a[kept], q = m->kept.q[kept], r = dt * c->inv_dx[i];

            advance(&a, &q, r * (side * (m->shore.fa[shore] - m->kept.fa[kept])),
                    r * (side * (m->shore.fq[shore] - m->kept.fq[kept]) + m->kept.src[kept]),
                    0.5 * dt * c->kappa[i]);
            c->a[i] = a;
            c->q[i] = q;
        }
    }
}

/* Eight lanes are what a batch has most; the compiler knows their loops. */
enum { EIGHT = 8 };

PULSE_CLONES static void begin_arteries(const pulse_march *m, double dt, double inv_rho)
{
    begin(m, dt, inv_rho, PULSE_ARTERY, 1);
}

PULSE_CLONES static void begin_veins(const pulse_march *m, double dt, double inv_rho)
{
    begin(m, dt, inv_rho, PULSE_VEIN, 1);
}

PULSE_CLONES static void begin_graded(const pulse_march *m, double dt, double inv_rho)
{
    begin(m, dt, inv_rho, PULSE_VEIN_GRADED, m->lanes);
}

PULSE_CLONES static void begin_eight_arteries(const pulse_march *m, double dt, double inv_rho)
{
    begin(m, dt, inv_rho, PULSE_ARTERY, EIGHT);
}

PULSE_CLONES static void begin_eight_veins(const pulse_march *m, double dt, double inv_rho)
{
    begin(m, dt, inv_rho, PULSE_VEIN, EIGHT);
}

PULSE_CLONES static void begin_some(const pulse_march *m, double dt, double inv_rho)
{
    begin(m, dt, inv_rho, m->kind, m->lanes);
}

void pulse_cells_begin(const pulse_march *m, double dt, double inv_rho)
{
    if (m->kind == PULSE_VEIN_GRADED)
        begin_graded(m, dt, inv_rho);
    else if (m->lanes == 1 && m->kind == PULSE_ARTERY)
        begin_arteries(m, dt, inv_rho);
    else if (m->lanes == 1)
        begin_veins(m, dt, inv_rho);
    else if (m->lanes == EIGHT && m->kind == PULSE_ARTERY)
        begin_eight_arteries(m, dt, inv_rho);
    else if (m->lanes == EIGHT)
        begin_eight_veins(m, dt, inv_rho);
    else
        begin_some(m, dt, inv_rho);
}

static void end_one(const pulse_march *m, double dt)
{
    end(m, dt, 1);
}

PULSE_CLONES static void end_eight(const pulse_march *m, double dt)
{
    end(m, dt, EIGHT);
}

void pulse_cells_end(const pulse_march *m, double dt)
{
    if (m->lanes == 1)
        end_one(m, dt);
    else if (m->lanes == EIGHT)
        end_eight(m, dt);
    else
        end(m, dt, m->lanes);
}
