#include "flow/pulse_kernel_impl.h"

/* Slope of the cell: the mean of both differences where they are small or alike (van Albada
 * with a floor, so that smooth crests keep second order), towards none where they disagree. The
 * factor of the mean; the denominators of two limiters share one division. */
static inline void limit_pair(double a, double b, double eps, double c, double d, double eps2,
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

PULSE_CLONES static void artery_pressure(size_t count, const double *restrict a,
                                         const double *restrict inv_a0,
                                         const double *restrict k, const double *restrict off,
                                         double *restrict s, double *restrict p)
{
    PULSE_VECTOR_LOOP
    for (size_t i = 0; i < count; i++) {
        double root = sqrt(a[i] * inv_a0[i]);
        s[i] = root;
        p[i] = off[i] + k[i] * root;
    }
}

PULSE_CLONES static void vein_pressure(size_t count, const double *restrict a,
                                       const double *restrict inv_a0, const double *restrict k,
                                       const double *restrict off, double *restrict s,
                                       double *restrict p)
{
    PULSE_VECTOR_LOOP
    for (size_t i = 0; i < count; i++) {
        double x = a[i] * inv_a0[i], x2 = x * x, x4 = x2 * x2;
        s[i] = x;
        p[i] = off[i] + k[i] * (x4 * x4 * x2 - 1.0 / (x * sqrt(x)));
    }
}

PULSE_CLONES static void vein_ratio(size_t count, const double *restrict a,
                                    const double *restrict inv_a0, double *restrict s,
                                    double *restrict p)
{
    PULSE_VECTOR_LOOP
    for (size_t i = 0; i < count; i++)
        s[i] = p[i] = a[i] * inv_a0[i];
}

/* Cell to face states. (rho c^2 / A) = K s / (2 A) for an artery. */
PULSE_CLONES static void artery_states(size_t count, size_t lanes, double dt, double inv_rho,
                                       const pulse_cells *c)
{
    const double *restrict inv_a0 = c->inv_a0, *restrict k = c->k, *restrict inv_dx = c->inv_dx;
    const double *restrict alpha = c->alpha, *restrict kappa = c->kappa;
    const double *restrict mean_a0 = c->mean_a0, *restrict f_a0 = c->f_a0;
    const double *restrict f_inv_k = c->f_inv_k, *restrict f_off = c->f_off;
    const double *restrict f_flux = c->f_flux, *restrict eps_p = c->eps_p;
    const double *restrict eps_q = c->eps_q, *restrict a = c->a, *restrict q = c->q;
    const double *restrict s = c->s, *restrict p = c->p;
    double *restrict sl = c->sl, *restrict ql = c->ql, *restrict sr = c->sr,
                     *restrict qr = c->qr;
    double *restrict dp_half = c->dp, *restrict dq_half = c->dq, *restrict src = c->src;

    (void)inv_a0;
    PULSE_VECTOR_LOOP
    for (size_t i = lanes; i < count - lanes; i++) {
        double dp, dq, h = 0.5 * dt * inv_dx[i], hf = 0.5 * dt * kappa[i];

        limit_pair(p[i] - p[i - lanes], p[i + lanes] - p[i], eps_p[i], q[i] - q[i - lanes],
                   q[i + lanes] - q[i], eps_q[i], &dp, &dq);
        double area = a[i] - h * dq;
        double both = 1.0 / (area * (area + hf));
        double inv_area = both * (area + hf), damp = both * area * area;
        double u = q[i] * inv_area;
        double ph = -0.5 * h * k[i] * s[i] * inv_area * dq;
        double left = (p[i] + ph - 0.5 * dp - f_off[i]) * f_inv_k[i];
        double right = (p[i] + ph + 0.5 * dp - f_off[i + lanes]) * f_inv_k[i + lanes];
        double area_left = f_a0[i] * left * left, area_right = f_a0[i + lanes] * right * right;
        double push = area * inv_rho * dp;
        double qh =
            (q[i] - h * (alpha[i] * u * (2 * dq - u * (area_right - area_left)) + push)) * damp;
        double between = (area_left + area_right) * (1.0 / 3.0) + mean_a0[i] * left * right;

        sl[i] = left;
        sr[i] = right;
        ql[i] = qh - 0.5 * dq;
        qr[i] = qh + 0.5 * dq;
        dp_half[i] = ph;
        dq_half[i] = qh - q[i];
        src[i] = f_flux[i + lanes] * right * right * right - f_flux[i] * left * left * left -
                 between * inv_rho * dp;
    }
}

PULSE_CLONES static void artery_fluxes(size_t count, size_t lanes, const pulse_cells *c)
{
    const double *restrict f_a0 = c->f_a0, *restrict f_flux = c->f_flux;
    const double *restrict f_speed = c->f_speed, *restrict alpha = c->alpha;
    const double *restrict sl = c->sl, *restrict ql = c->ql;
    const double *restrict sr = c->sr, *restrict qr = c->qr, *restrict inv_dx = c->inv_dx;
    double *restrict fa = c->fa, *restrict fq = c->fq, *restrict speed = c->speed;

    PULSE_VECTOR_LOOP
    for (size_t i = lanes; i < count; i++) {
        double sm = sr[i - lanes], sp = sl[i], qm = qr[i - lanes], qp = ql[i];
        double am = f_a0[i] * sm * sm, ap = f_a0[i] * sp * sp, both = 1.0 / (am * ap);
        double um = qm * ap * both, up = qp * am * both;
        double abs_m = fabs(um), abs_p = fabs(up),
               fast = alpha[i] * (abs_m > abs_p ? abs_m : abs_p);
        double high = sm > sp ? sm : sp;

        fast += sqrt(f_speed[i] * high);
        fa[i] = 0.5 * (qm + qp) - 0.5 * fast * (ap - am);
        fq[i] =
            0.5 * (alpha[i] * (um * qm + up * qp) + f_flux[i] * (sm * sm * sm + sp * sp * sp)) -
            0.5 * fast * (qp - qm);
        fast *= inv_dx[i];
        speed[i] = fast > speed[i] ? fast : speed[i];
    }
}

/* Uniform vein: reconstructs x = A/A0; f_flux is K A0 / rho, f_speed K / rho. */
PULSE_CLONES static void vein_states(size_t count, size_t lanes, double dt,
                                     const pulse_cells *c)
{
    const double *restrict inv_a0 = c->inv_a0, *restrict inv_dx = c->inv_dx;
    const double *restrict alpha = c->alpha, *restrict kappa = c->kappa;
    const double *restrict f_a0 = c->f_a0, *restrict f_speed = c->f_speed;
    const double *restrict eps_p = c->eps_p, *restrict eps_q = c->eps_q;
    const double *restrict q = c->q, *restrict p = c->p;
    double *restrict sl = c->sl, *restrict ql = c->ql, *restrict sr = c->sr,
                     *restrict qr = c->qr;
    double *restrict dp_half = c->dp, *restrict dq_half = c->dq, *restrict src = c->src;

    PULSE_VECTOR_LOOP
    for (size_t i = lanes; i < count - lanes; i++) {
        double dx, dq, h = 0.5 * dt * inv_dx[i], hf = 0.5 * dt * kappa[i];

        limit_pair(p[i] - p[i - lanes], p[i + lanes] - p[i], eps_p[i], q[i] - q[i - lanes],
                   q[i + lanes] - q[i], eps_q[i], &dx, &dq);
        /* Half a step may not take a cell below half of what it holds. */
        double xh = -h * inv_a0[i] * dq, least = -0.5 * p[i] + 0.5 * fabs(dx);
        least = least < 0 ? least : 0;
        xh = xh > least ? xh : least;
        double x = p[i] + xh, area = f_a0[i] * x;
        double both = 1.0 / (area * (area + hf));
        double inv_area = both * (area + hf), damp = both * area * area, u = q[i] * inv_area;
        double x2 = x * x, x4 = x2 * x2,
               c2 = f_speed[i] * (10 * x4 * x4 * x2 + 1.5 / (x * sqrt(x)));
        double qh =
            (q[i] - h * (2 * alpha[i] * u * dq + (c2 - alpha[i] * u * u) * f_a0[i] * dx)) *
            damp;
        sl[i] = x - 0.5 * dx;
        sr[i] = x + 0.5 * dx;
        ql[i] = qh - 0.5 * dq;
        qr[i] = qh + 0.5 * dq;
        dp_half[i] = xh;
        dq_half[i] = qh - q[i];
        src[i] = 0;
    }
}

/* x with phi(x) = y near a guess: Newton in log x, whose steps cannot leave x > 0. */
static inline double near_inverse(double y, double x)
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
PULSE_CLONES static void graded_states(size_t count, size_t lanes, double dt, double inv_rho,
                                       const pulse_cells *c)
{
    const double *restrict k = c->k, *restrict inv_dx = c->inv_dx;
    const double *restrict alpha = c->alpha, *restrict kappa = c->kappa;
    const double *restrict f_a0 = c->f_a0, *restrict f_inv_k = c->f_inv_k;
    const double *restrict f_off = c->f_off, *restrict f_flux = c->f_flux;
    const double *restrict eps_p = c->eps_p, *restrict eps_q = c->eps_q;
    const double *restrict a = c->a, *restrict q = c->q, *restrict s = c->s, *restrict p = c->p;
    double *restrict sl = c->sl, *restrict ql = c->ql, *restrict sr = c->sr,
                     *restrict qr = c->qr;
    double *restrict dp_half = c->dp, *restrict dq_half = c->dq, *restrict src = c->src;

    PULSE_VECTOR_LOOP
    for (size_t i = lanes; i < count - lanes; i++) {
        double dp, dq, h = 0.5 * dt * inv_dx[i], hf = 0.5 * dt * kappa[i];

        limit_pair(p[i] - p[i - lanes], p[i + lanes] - p[i], eps_p[i], q[i] - q[i - lanes],
                   q[i + lanes] - q[i], eps_q[i], &dp, &dq);
        double area = a[i] - h * dq;
        area = area > 0.5 * a[i] ? area : 0.5 * a[i];
        double both = 1.0 / (area * (area + hf));
        double inv_area = both * (area + hf), damp = both * area * area, u = q[i] * inv_area;
        double x = s[i], x2 = x * x, x4 = x2 * x2;
        double ph = -h * k[i] * (10 * x4 * x4 * x2 + 1.5 / (x * sqrt(x))) * inv_area * dq;
        double left = near_inverse((p[i] + ph - 0.5 * dp - f_off[i]) * f_inv_k[i], x);
        double right =
            near_inverse((p[i] + ph + 0.5 * dp - f_off[i + lanes]) * f_inv_k[i + lanes], x);
        double area_left = f_a0[i] * left, area_right = f_a0[i + lanes] * right;
        double qh = (q[i] - h * (alpha[i] * u * (2 * dq - u * (area_right - area_left)) +
                                 area * inv_rho * dp)) *
                    damp;
        double l2 = left * left, l4 = l2 * l2, r2 = right * right, r4 = r2 * r2;
        double flux_left = (10.0 / 11.0) * l4 * l4 * l2 * left - 3.0 / sqrt(left);
        double flux_right = (10.0 / 11.0) * r4 * r4 * r2 * right - 3.0 / sqrt(right);

        sl[i] = left;
        sr[i] = right;
        ql[i] = qh - 0.5 * dq;
        qr[i] = qh + 0.5 * dq;
        dp_half[i] = ph;
        dq_half[i] = qh - q[i];
        src[i] = f_flux[i + lanes] * flux_right - f_flux[i] * flux_left -
                 (area_left + 4 * area + area_right) * (1.0 / 6.0) * inv_rho * dp;
    }
}

PULSE_CLONES static void vein_fluxes(size_t count, size_t lanes, const pulse_cells *c)
{
    const double *restrict f_a0 = c->f_a0, *restrict f_flux = c->f_flux;
    const double *restrict f_speed = c->f_speed, *restrict alpha = c->alpha;
    const double *restrict sl = c->sl, *restrict ql = c->ql;
    const double *restrict sr = c->sr, *restrict qr = c->qr, *restrict inv_dx = c->inv_dx;
    double *restrict fa = c->fa, *restrict fq = c->fq, *restrict speed = c->speed;

    PULSE_VECTOR_LOOP
    for (size_t i = lanes; i < count; i++) {
        double xm = sr[i - lanes], xp = sl[i], qm = qr[i - lanes], qp = ql[i];
        double am = f_a0[i] * xm, ap = f_a0[i] * xp, both = 1.0 / (am * ap);
        double um = qm * ap * both, up = qp * am * both;
        double m2 = xm * xm, m4 = m2 * m2, p2 = xp * xp, p4 = p2 * p2;
        double rm = 1.0 / sqrt(xm), rp = 1.0 / sqrt(xp);
        double tenm = m4 * m4 * m2, tenp = p4 * p4 * p2;
        double cm = sqrt(f_speed[i] * (10 * tenm + 1.5 * rm * rm * rm));
        double cp = sqrt(f_speed[i] * (10 * tenp + 1.5 * rp * rp * rp));
        double fast_m = alpha[i] * fabs(um) + cm, fast_p = alpha[i] * fabs(up) + cp;
        double fast = fast_m > fast_p ? fast_m : fast_p;

        fa[i] = 0.5 * (qm + qp) - 0.5 * fast * (ap - am);
        fq[i] =
            0.5 * (alpha[i] * (um * qm + up * qp) +
                   f_flux[i] * ((10.0 / 11.0) * (tenm * xm + tenp * xp) - 3.0 * (rm + rp))) -
            0.5 * fast * (qp - qm);
        fast *= inv_dx[i];
        speed[i] = fast > speed[i] ? fast : speed[i];
    }
}

/* Friction by the midpoint rule, implicit: it damps whatever the step. */
PULSE_CLONES void pulse_cells_advance(size_t count, size_t lanes, double dt,
                                      const pulse_cells *c)
{
    const double *restrict inv_dx = c->inv_dx, *restrict kappa = c->kappa;
    const double *restrict fa = c->fa, *restrict fq = c->fq, *restrict src = c->src;
    double *restrict a = c->a, *restrict q = c->q;

    PULSE_VECTOR_LOOP
    for (size_t i = lanes; i < count - lanes; i++) {
        double r = dt * inv_dx[i], change = r * (fa[i] - fa[i + lanes]);
        double middle = a[i] + 0.5 * change, rub = 0.5 * dt * kappa[i];
        double push = r * (fq[i] - fq[i + lanes] + src[i]);

        q[i] = (q[i] * (middle - rub) + push * middle) / (middle + rub);
        a[i] += change;
    }
}

void pulse_cells_pressure(pulse_kind kind, size_t count, const pulse_cells *c)
{
    if (kind == PULSE_ARTERY)
        artery_pressure(count, c->a, c->inv_a0, c->k, c->off, c->s, c->p);
    else if (kind == PULSE_VEIN)
        vein_ratio(count, c->a, c->inv_a0, c->s, c->p);
    else
        vein_pressure(count, c->a, c->inv_a0, c->k, c->off, c->s, c->p);
}

void pulse_cells_faces(pulse_kind kind, size_t count, size_t lanes, double dt, double inv_rho,
                       const pulse_cells *c)
{
    if (kind == PULSE_ARTERY) {
        artery_states(count, lanes, dt, inv_rho, c);
        artery_fluxes(count, lanes, c);
        return;
    }
    if (kind == PULSE_VEIN)
        vein_states(count, lanes, dt, c);
    else
        graded_states(count, lanes, dt, inv_rho, c);
    vein_fluxes(count, lanes, c);
}
