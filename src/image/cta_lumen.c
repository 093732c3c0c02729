/* How wide the lumen is along an artery, zero where it is closed, from the whole of its length.
 *
 * The artery is laid out straight (cta_straight.c). At each point the mean HU of rings about
 * the middle is compared with what a disc of blood of each radius gives under the scanner's
 * blur; so a lumen below the blur is measured by the contrast that is left of it, which is its
 * area. Noise of neighbouring rings goes together, and the tissue's level is not known well:
 * both are in the covariance (generalised least squares). The likeliest course of the radius
 * through all points, with a cost for each change, is the lumen (Viterbi 1967,
 * doi:10.1109/TIT.1967.1054010). */
#include "cta_lumen.h"

#include <stdlib.h>
#include <string.h>

enum { RINGS = STRAIGHT_SIDE + 1, STATES = 48, LIFTED = STATES, ALONG = 1, POOL = 4 };

/* Radii that are tried: closed, then from the least in steps. */
static const double LEAST_MM = 0.25, STEP_MM = 0.1;
static const double BLUR_MM = 0.40, REACH_MM = 40, BESIDE_MM = 1.2;
/* The covariance: grain of CT noise (sd of its kernel), how sure the tissue's level is, and
 * what the model itself errs by as a share of the contrast. */
/* Bone, calcium and veins beside what is seen shine into it by up to so much. */
enum { SHINE_RINGS = 5 };
static const double SHINE_HU = 150;
static const double GRAIN_MM = 0.45, STRUCTURE_HU = 12, TISSUE_HU = 35, MODEL_FRAC = 0.05;
/* Logarithms of odds: the most that one point may say, how much of it is its own (points are
 * half a millimetre apart, noise reaches farther), what changes cost. */
static const double MOST_SAID = 5, OWN_SHARE = 0.33, STEP_COST = 0.5, JUMP_COST = 5,
                    CLOSE_COST = 5;
/* The brightest way through what is dark is this much of the noise brighter than it: what is
 * closed may look so. And where both explain the image, closed is simpler than thin. */
static const double LIFT = 0.75, THIN_MM = 0.4, THIN_COST = 0.03;
/* Where nothing is seen here, as beside bone, what the coarser reading of the same place said
 * is kept. */
static const double BEFORE_COST = 0.1;

typedef struct lumen_fit {
    wadi_index count;
    const uint8_t *before; /* (count) closed by what cta_reclose said */
    double *inner;         /* (count) mean HU of the inner lumen; NAN where it is hidden */
    double *radius;        /* (count) expected */
    double *closed;        /* (count) half chi squared of the likelier of dark and LIFTED */
    double *cost; /* (count x STATES) half chi squared; 0 everywhere where nothing is seen */
    double model[STATES + 1]
                [RINGS]; /* share of the contrast in each ring; LIFTED is the last */
} lumen_fit;

static double state_radius(int state)
{
    return state ? LEAST_MM + (state - 1) * STEP_MM : 0;
}

/* exp(-x) I0(x). */
static double bessel_scaled(double x)
{
    double sum = 0;

    for (int k = 0; k < 64; k++)
        sum += exp(x * (cos(WADI_PI * (k + 0.5) / 64) - 1)) / 64;
    return sum;
}

/* Share of contrast at `far` from the middle of a disc under a Gaussian. */
static double blurred_disc(double radius, double far)
{
    const int steps = 40;
    double sum = 0, s2 = BLUR_MM * BLUR_MM;

    for (int k = 0; k < steps; k++) {
        double t = radius * (k + 0.5) / steps;

        sum += t / s2 * exp(-0.5 * (far - t) * (far - t) / s2) * bessel_scaled(far * t / s2) *
               radius / steps;
    }
    return sum;
}

/* Calibre that is to be expected: the median of what is open near, off calcium. */
static void expect(const wadi_cta_course *c, double *room, double *out)
{
    for (wadi_index at = 0; at < c->count; at++) {
        int count = 0;

        for (double reach = REACH_MM; reach < 1000 && count < 20; reach *= 2) {
            count = 0;
            for (wadi_index i = 0; i < c->count; i++)
                if (!c->closed[i] && c->hu[i] > 0 &&
                    fabs(c->along_mm[i] - c->along_mm[at]) < reach &&
                    !(c->calcium_arc_deg[i] > 90))
                    room[count++] = c->radius_mm[i];
        }
        qsort(room, (size_t)count, sizeof *room, wadi_by_double);
        out[at] = fmin(fmax(count ? room[count / 2] : c->radius_mm[at], 0.5), 3.2);
    }
}

/* Blood of this leg: what wide, soft stretches of arteries show. */
static double blood_level(const wadi_cta *cta, const wadi_cta_findings *findings)
{
    double *room, level = cta->artery_hu;
    size_t most = 1;
    int count = 0;

    for (wadi_index k = 0; k < findings->course_count; k++)
        most += (size_t)findings->courses[k].count;
    room = wadi_alloc(most, sizeof *room);
    for (wadi_index k = 0; room && k < findings->course_count; k++) {
        const wadi_cta_course *c = &findings->courses[k];

        for (wadi_index i = 0; !c->vein && i < c->count; i++)
            if (!c->closed[i] && c->hu[i] > 0 && c->radius_mm[i] > 1.2 &&
                !(c->calcium_arc_deg[i] > 20))
                room[count++] = c->hu[i];
    }
    if (count > 40) {
        qsort(room, (size_t)count, sizeof *room, wadi_by_double);
        level = room[count / 2];
    }
    free(room);
    return level;
}

/* ---- rings ---- */

/* Mean of each ring over 2 ALONG + 1 points, and the share of it that is seen. */
static void rings_at(const cta_straight *s, wadi_index i, double *mean, double *seen)
{
    double all[RINGS] = {0};

    memset(mean, 0, RINGS * sizeof *mean);
    memset(seen, 0, RINGS * sizeof *seen);
    for (wadi_index j = i - ALONG; j <= i + ALONG; j++) {
        if (j < 0 || j >= s->count)
            continue;
        for (int e = 0; e < STRAIGHT_CELLS; e++) {
            int x = e % STRAIGHT_ROW - STRAIGHT_SIDE, y = e / STRAIGHT_ROW - STRAIGHT_SIDE;
            int ring = (int)(sqrt(x * x + y * y) + 0.5);
            float value = s->value[(size_t)j * STRAIGHT_CELLS + (size_t)e];

            if (ring >= RINGS)
                continue;
            all[ring]++;
            if (isnan(value))
                continue;
            mean[ring] += (double)value;
            seen[ring]++;
        }
    }
    for (int k = 0; k < RINGS; k++) {
        mean[k] /= fmax(seen[k], 1);
        seen[k] /= fmax(all[k], 1);
    }
}

/* Lower triangle in place; false when it is none. */
static bool cholesky(int n, double m[RINGS][RINGS])
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double sum = m[i][j];

            for (int k = 0; k < j; k++)
                sum -= m[i][k] * m[j][k];
            if (i == j && !(sum > 0))
                return false;
            m[i][j] = i == j ? sqrt(sum) : sum / m[j][j];
        }
    return true;
}

/* Half chi squared of each state at a point. */
static void fit_point(const cta_lumen_levels *levels, double radius,
                      const double noise[RINGS][RINGS], const double *mean, const double *seen,
                      lumen_fit *fit, double *cost, double *closed)
{
    double lifted = 0;

    double contrast = levels->blood - levels->muscle, cov[RINGS][RINGS], hidden = 0, shine;
    int used[RINGS], count = 0;

    for (int k = 0; k < RINGS; k++)
        if (k * STRAIGHT_MM <= 1.2 * radius + BESIDE_MM && seen[k] > 0.15)
            used[count++] = k;
    for (int k = 0; k <= SHINE_RINGS; k++)
        hidden += (1 - seen[k]) * (k + 0.5) / (0.5 * (SHINE_RINGS + 1) * (SHINE_RINGS + 1));
    shine = SHINE_HU * hidden;
    memset(cost, 0, STATES * sizeof *cost);
    *closed = 0;
    /* Without its inner rings a lumen is not seen. */
    if (count < 4 || used[0] * STRAIGHT_MM > 0.5 * radius)
        return;
    for (int i = 0; i < count; i++)
        for (int j = 0; j <= i; j++)
            cov[i][j] =
                noise[used[i]][used[j]] / sqrt(seen[used[i]] * seen[used[j]]) +
                TISSUE_HU * TISSUE_HU + shine * shine +
                (i == j ? (MODEL_FRAC * MODEL_FRAC * contrast * contrast + shine * shine) /
                              seen[used[i]]
                        : 0);
    if (!cholesky(count, cov))
        return;
    for (int a = 0; a <= STATES; a++) {
        double z[RINGS], *sum = a < STATES ? &cost[a] : &lifted;

        for (int i = 0; i < count; i++) {
            z[i] = mean[used[i]] - levels->muscle - contrast * fit->model[a][used[i]];
            for (int k = 0; k < i; k++)
                z[i] -= cov[i][k] * z[k];
            z[i] /= cov[i][i];
            *sum += 0.5 * z[i] * z[i];
        }
    }
    *closed = fmin(cost[0], lifted);
}

/* Mean over the rings within 0.6 of the radius that is to be expected. */
static double inner_level(double radius, const double *mean, const double *seen)
{
    double sum = 0, weight = 0, all = 0;

    for (int k = 0; k < RINGS && (k == 0 || k * STRAIGHT_MM <= 0.6 * radius); k++) {
        sum += mean[k] * seen[k] * (k ? k : 0.125);
        weight += seen[k] * (k ? k : 0.125);
        all += k ? k : 0.125;
    }
    return weight > 0.4 * all ? sum / weight : NAN;
}

static void fit_all(const cta_straight *s, const cta_lumen_levels *levels, lumen_fit *fit)
{
    double noise[RINGS][RINGS], q;

    q = LIFT * levels->noise / (levels->blood - levels->muscle);
    double lift = BLUR_MM * sqrt(-2 * log(1 - fmin(q, 0.2)));

    for (int k = 0; k < RINGS; k++)
        for (int l = 0; l < RINGS; l++) {
            double a = k * STRAIGHT_MM, b = l * STRAIGHT_MM, g = 4 * GRAIN_MM * GRAIN_MM;

            /* Two rings of a field whose correlation is exp(-d^2 / g). */
            noise[k][l] = levels->noise * levels->noise * exp(-(a - b) * (a - b) / g) *
                          bessel_scaled(2 * a * b / g);
        }
    for (int a = 0; a <= STATES; a++)
        for (int k = 0; k < RINGS; k++)
            fit->model[a][k] =
                a ? blurred_disc(a == LIFTED ? lift : state_radius(a), k * STRAIGHT_MM) : 0;
    for (wadi_index i = 0; i < fit->count; i++) {
        double mean[RINGS], seen[RINGS];

        rings_at(s, i, mean, seen);
        fit->inner[i] = inner_level(fit->radius[i], mean, seen);
        fit_point(levels, fit->radius[i], (const double(*)[RINGS])noise, mean, seen, fit,
                  fit->cost + (size_t)i * STATES, &fit->closed[i]);
    }
}

/* ---- along the artery ---- */

static double change(int a, int b)
{
    return !a != !b ? CLOSE_COST : fmin(STEP_COST * abs(a - b), JUMP_COST);
}

static void likeliest(const lumen_fit *fit, uint8_t *from, uint8_t *way)
{
    double best[STATES] = {0}, before[STATES];
    int at = 0;

    for (wadi_index i = 0; i < fit->count; i++) {
        const double *cost = fit->cost + (size_t)i * STATES;
        double least = fit->closed[i];

        for (int a = 0; a < STATES; a++)
            least = fmin(least, cost[a]);
        memcpy(before, best, sizeof before);
        for (int a = 0; a < STATES; a++) {
            double most = INFINITY;

            for (int b = 0; b < STATES && i > 0; b++) {
                double sum = before[b] + change(a, b);

                if (sum < most) {
                    most = sum;
                    from[(size_t)i * STATES + (size_t)a] = (uint8_t)b;
                }
            }
            best[a] = (i > 0 ? most : 0) +
                      OWN_SHARE * fmin((a ? cost[a] : fit->closed[i]) - least, MOST_SAID) +
                      (a && state_radius(a) < THIN_MM ? THIN_COST : 0) +
                      (a && fit->before[i] ? BEFORE_COST : 0);
        }
    }
    for (int a = 1; a < STATES; a++)
        at = best[a] < best[at] ? a : at;
    for (wadi_index i = fit->count; i-- > 0;) {
        way[i] = (uint8_t)at;
        at = from[(size_t)i * STATES + (size_t)at];
    }
}

/* The radius at a point from its neighbours in the same stretch, between the states; where the
 * stretch is closed, what it would be if it were not. */
static double pooled(const lumen_fit *fit, const uint8_t *way, wadi_index i)
{
    double sum[STATES] = {0}, bend;
    int least = 1;

    for (int side = -1; side <= 1; side += 2)
        for (wadi_index j = side < 0 ? i : i + 1;
             j >= 0 && j < fit->count && abs(j - i) <= POOL && !way[j] == !way[i]; j += side)
            for (int a = 1; a < STATES; a++)
                sum[a] += fit->cost[(size_t)j * STATES + (size_t)a];
    for (int a = 2; a < STATES; a++)
        least = sum[a] < sum[least] ? a : least;
    /* Nothing seen. */
    if (sum[least] >= sum[way[i]] && sum[1] <= sum[STATES - 1] + 1e-9 &&
        sum[1] >= sum[STATES - 1])
        return state_radius(way[i]);
    if (least == 1 || least == STATES - 1)
        return state_radius(least);
    bend = sum[least - 1] + sum[least + 1] - 2 * sum[least];
    return state_radius(least) +
           (bend > 0 ? 0.5 * STEP_MM * (sum[least - 1] - sum[least + 1]) / bend : 0);
}

static void move_to(wadi_cta_course *c, const cta_straight *s)
{
    for (wadi_index i = 0; i < c->count; i++) {
        double at[3];

        cta_straight_place(c, s, i, s->aside[i][0], s->aside[i][1], at);
        memcpy(c->points_mm + 3 * i, at, sizeof at);
    }
    for (wadi_index i = 1; i < c->count; i++) {
        const double *p = c->points_mm + 3 * i, *q = p - 3;

        c->along_mm[i] =
            c->along_mm[i - 1] + hypot(hypot(p[0] - q[0], p[1] - q[1]), p[2] - q[2]);
    }
}

/* Calcium blooms into the lumen: beside it no more than a little above what is expected. */
static void take_over(const lumen_fit *fit, const uint8_t *way, wadi_cta_course *c,
                      double *lumen, double *open)
{
    const double most = 1.15, plaque_deg = 60;

    for (wadi_index i = 0; i < c->count; i++) {
        const double *cost = fit->cost + (size_t)i * STATES;
        double least = cost[1];

        for (int a = 2; a < STATES; a++)
            least = fmin(least, cost[a]);
        open[i] = fmin(fit->closed[i] - least, MOST_SAID);
        lumen[i] = pooled(fit, way, i);
        if (c->calcium_arc_deg[i] >= plaque_deg)
            lumen[i] = fmin(lumen[i], most * fit->radius[i]);
        c->closed[i] = way[i] == 0;
        c->radius_mm[i] = c->closed[i] ? fit->radius[i] : lumen[i];
    }
}

wadi_status cta_lumen(const wadi_cta *cta, const wadi_volume *volume,
                      const wadi_cta_findings *findings, wadi_cta_course *c, double *lumen,
                      double *inner, double *open, wadi_error *err)
{
    size_t n = (size_t)c->count;
    lumen_fit *fit = wadi_alloc(1, sizeof *fit);
    double *radius = wadi_alloc(n, sizeof *radius),
           *cost = wadi_alloc(n * (STATES + 1), sizeof *cost);
    uint8_t *from = wadi_alloc(n * STATES, 1), *way = wadi_alloc(n, 1);
    cta_straight straight = {0};
    cta_lumen_levels levels = {.muscle = cta->muscle_hu,
                               .noise = hypot(cta->noise_hu, STRUCTURE_HU)};
    wadi_status status = WADI_OK;
    double limit;

    if (!fit || !radius || !cost || !from || !way) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the lumen of an artery");
        goto done;
    }
    levels.blood = blood_level(cta, findings);
    levels.radius = radius;
    limit = levels.blood + fmax(130, 3.5 * levels.noise);
    *fit = (lumen_fit){.count = c->count,
                       .before = c->closed,
                       .inner = inner,
                       .radius = radius,
                       .cost = cost,
                       .closed = cost + n * STATES};
    expect(c, cost, radius); /* cost is room until it is filled */
    status = cta_straight_new(cta, volume, findings, c, limit, &straight, err);
    if (!status)
        status = cta_straight_way(c, &levels, &straight, err);
    if (status)
        goto done;
    move_to(c, &straight);
    cta_straight_clear(&straight);
    status = cta_straight_new(cta, volume, findings, c, limit, &straight, err);
    if (status)
        goto done;
    fit_all(&straight, &levels, fit);
    likeliest(fit, from, way);
    take_over(fit, way, c, lumen, open);
done:
    cta_straight_clear(&straight);
    free(fit);
    free(radius);
    free(cost);
    free(from);
    free(way);
    return status;
}
