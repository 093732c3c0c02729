/* The open lumen beyond where the trace gave it up, at both ends of an occlusion.
 *
 * A trace ends where its mask does, some millimetres early, and the bridge turns away from
 * there. From a little before the end the lumen is followed in steps of half a millimetre, each
 * one centred anew on what is brighter than half of blood, until it stays dark for 2 mm. The
 * bridge is bent to begin there. */
#include "cta_find.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_STEPS = 80, DARK_STEPS = 4, BACK = 6, LOOK = 26, SIDE = 4 };

static const double STEP_MM = 0.5, GRID_MM = 0.35, BLUR_MM = 0.42, LEAST_GAIN_MM = 1.5,
                    MOST_HIDDEN = 0.2;

typedef struct walk {
    const wadi_cta *cta;
    const wadi_volume *volume;
    const wadi_cta_findings *findings;
    const wadi_cta_course *self;
    double half, limit, radius;
    double at[3], along[3];
} walk;

static double norm3(double *v)
{
    double size = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);

    for (int k = 0; k < 3; k++)
        v[k] /= size + 1e-12;
    return size;
}

/* Two unit vectors across a direction. */
static void across(const double *t, double *u, double *w)
{
    int axis = fabs(t[0]) < 0.7 ? 0 : 1;

    for (int k = 0; k < 3; k++)
        u[k] = (k == axis) - t[axis] * t[k];
    norm3(u);
    w[0] = t[1] * u[2] - t[2] * u[1];
    w[1] = t[2] * u[0] - t[0] * u[2];
    w[2] = t[0] * u[1] - t[1] * u[0];
}

/* Mean along 1.5 mm of the walk at a place beside it; NAN in bone or calcium. */
static double thick_value(const walk *a, const double *u, const double *w, double x, double y)
{
    double sum = 0;

    for (int s = -1; s <= 1; s++) {
        double point[3], value;

        for (int k = 0; k < 3; k++)
            point[k] = a->at[k] + 0.6 * s * a->along[k] + x * u[k] + y * w[k];
        value = cta_sample(a->cta, a->volume, point);
        if (!(value <= a->limit))
            return NAN;
        sum += value / 3;
    }
    return sum;
}

static double middle_value(const walk *a, const double *u, const double *w)
{
    double reach = fmin(fmax(0.5 * a->radius, 0.3), 1.0), sum = 0;
    int count = 0;

    for (int r = -1; r < 8; r++) {
        double far = r < 0 ? 0 : reach;
        double v = thick_value(a, u, w, far * cos(r * WADI_PI / 4), far * sin(r * WADI_PI / 4));

        if (!isnan(v)) {
            sum += v;
            count++;
        }
    }
    return count >= 4 ? sum / count : NAN;
}

/* Onto the middle of what is bright beside; gives the radius of a circle of its area. */
static double centre(walk *a, const double *u, const double *w)
{
    double most = a->radius + 0.4, x_sum = 0, y_sum = 0, weight = 0, size;
    int inside = 0, bright = 0, hidden = 0;

    for (int i = -SIDE; i <= SIDE; i++)
        for (int j = -SIDE; j <= SIDE; j++) {
            double scale = most / (SIDE * GRID_MM), x = i * GRID_MM * scale,
                   y = j * GRID_MM * scale, v;

            if (hypot(x, y) > most)
                continue;
            inside++;
            v = thick_value(a, u, w, x, y) - a->half;
            bright += v > 0;
            hidden += isnan(v);
            if (!(v > 0))
                continue;
            x_sum += v * x;
            y_sum += v * y;
            weight += v;
        }
    /* Beside bone its blurred border passes for a lumen. */
    if (weight <= 0 || hidden > MOST_HIDDEN * inside)
        return 0;
    x_sum /= weight;
    y_sum /= weight;
    size = hypot(x_sum, y_sum);
    double share = size > 0.35 ? 0.35 / size : 1;

    for (int k = 0; k < 3; k++)
        a->at[k] += share * (x_sum * u[k] + y_sum * w[k]);
    return most * sqrt((double)bright / inside);
}

static bool in_other(const walk *a)
{
    for (wadi_index k = 0; k < a->findings->course_count; k++) {
        const wadi_cta_course *other = &a->findings->courses[k];

        for (wadi_index i = 0; other != a->self && !other->vein && i < other->count; i++) {
            const double *p = other->points_mm + 3 * i;

            if (!other->closed[i] && hypot(hypot(p[0] - a->at[0], p[1] - a->at[1]),
                                           p[2] - a->at[2]) < fmax(1, other->radius_mm[i]))
                return true;
        }
    }
    return false;
}

/* Points of open lumen from the walk's place on. */
static int follow(walk *a, double (*found)[3], double *hu, double *radius)
{
    int count = 0, dark = 0;

    while (count < MOST_STEPS && dark < DARK_STEPS) {
        double u[3], w[3], before[3], moved[3], level;

        memcpy(before, a->at, sizeof before);
        for (int k = 0; k < 3; k++)
            a->at[k] += STEP_MM * a->along[k];
        across(a->along, u, w);
        radius[count] = fmin(centre(a, u, w), a->radius);
        if (in_other(a))
            return 0;
        level = middle_value(a, u, w);
        dark = level >= a->half && radius[count] > 0 ? 0 : dark + 1;
        for (int k = 0; k < 3; k++)
            moved[k] = a->at[k] - before[k];
        norm3(moved);
        for (int k = 0; k < 3; k++)
            a->along[k] = 0.85 * a->along[k] + 0.15 * moved[k];
        norm3(a->along);
        memcpy(found[count], a->at, sizeof *found);
        hu[count++] = level;
    }
    return count - dark;
}

static void turn_round(wadi_cta_course *c)
{
    for (wadi_index i = 0, j = c->count - 1; i < j; i++, j--) {
        double *lists[] = {c->radius_mm, c->radius_sd_mm, c->hu, c->calcium_arc_deg}, held;
        uint8_t flag = c->closed[i];

        for (int k = 0; k < 3; k++) {
            held = c->points_mm[3 * i + k];
            c->points_mm[3 * i + k] = c->points_mm[3 * j + k];
            c->points_mm[3 * j + k] = held;
        }
        for (size_t l = 0; l < WADI_COUNT_OF(lists); l++) {
            held = lists[l][i];
            lists[l][i] = lists[l][j];
            lists[l][j] = held;
        }
        c->closed[i] = c->closed[j];
        c->closed[j] = flag;
    }
}

/* Room for `more` points before point `at`. */
static bool make_room(wadi_cta_course *c, wadi_index at, wadi_index more)
{
    size_t n = (size_t)(c->count + more), tail = (size_t)(c->count - at);
    double **lists[] = {&c->along_mm, &c->radius_mm, &c->radius_sd_mm, &c->hu,
                        &c->calcium_arc_deg};
    double *points = wadi_realloc(c->points_mm, 3 * n, sizeof *points);
    uint8_t *closed;

    if (!points)
        return false;
    c->points_mm = points;
    memmove(points + 3 * (at + more), points + 3 * at, 3 * tail * sizeof *points);
    for (size_t l = 0; l < WADI_COUNT_OF(lists); l++) {
        double *list = wadi_realloc(*lists[l], n, sizeof *list);

        if (!list)
            return false;
        *lists[l] = list;
        memmove(list + at + more, list + at, tail * sizeof *list);
    }
    closed = wadi_realloc(c->closed, n, 1);
    if (!closed)
        return false;
    c->closed = closed;
    memmove(closed + at + more, closed + at, tail);
    c->count += more;
    return true;
}

/* Drop points from..to-1. */
static void drop(wadi_cta_course *c, wadi_index from, wadi_index to)
{
    size_t tail = (size_t)(c->count - to);
    double *lists[] = {c->radius_mm, c->radius_sd_mm, c->hu, c->calcium_arc_deg};

    memmove(c->points_mm + 3 * from, c->points_mm + 3 * to, 3 * tail * sizeof(double));
    for (size_t l = 0; l < WADI_COUNT_OF(lists); l++)
        memmove(lists[l] + from, lists[l] + to, tail * sizeof(double));
    memmove(c->closed + from, c->closed + to, tail);
    c->count -= to - from;
}

/* Put the followed points in place of what runs from `from` to the point of the closed stretch
 * abreast of the last one; bend the rest of the stretch. */
static bool put_in(wadi_cta_course *c, wadi_index from, wadi_index to, int count,
                   const double (*found)[3], const double *hu, const double *radius, double sd)
{
    const double *end = found[count - 1];
    wadi_index abreast = from;
    double least = INFINITY, off[3];

    for (wadi_index i = from; i < to; i++) {
        const double *p = c->points_mm + 3 * i;
        double far = hypot(hypot(p[0] - end[0], p[1] - end[1]), p[2] - end[2]);

        if (far < least) {
            least = far;
            abreast = i;
        }
    }
    for (int k = 0; k < 3; k++)
        off[k] = end[k] - c->points_mm[3 * abreast + k];
    for (wadi_index i = abreast; i < to; i++)
        for (int k = 0; k < 3; k++)
            c->points_mm[3 * i + k] += off[k] * (to - i) / (to - abreast);
    drop(c, from, abreast + 1);
    if (!make_room(c, from, count))
        return false;
    for (int n = 0; n < count; n++) {
        memcpy(c->points_mm + 3 * (from + n), found[n], sizeof *found);
        c->radius_mm[from + n] = fmax(radius[n], 0.2);
        c->radius_sd_mm[from + n] = sd;
        c->hu[from + n] = isnan(hu[n]) ? 0 : hu[n];
        c->calcium_arc_deg[from + n] = 0;
        c->closed[from + n] = 0;
    }
    return true;
}

/* All closed stretches, at the ends where the course comes in. */
static bool one_way(walk *a, wadi_cta_course *c, bool *changed)
{
    for (wadi_index i = LOOK + 1; i < c->count; i++) {
        double found[MOST_STEPS][3], hu[MOST_STEPS], radius[MOST_STEPS], q;
        wadi_index from = i - BACK, to = i, open = 0;
        int count;

        if (!c->closed[i] || c->closed[i - 1])
            continue;
        while (to < c->count && c->closed[to])
            to++;
        for (wadi_index k = i - LOOK; k < i; k++)
            open += !c->closed[k];
        if (open < LOOK || to - i < 8)
            continue;
        a->radius = c->radius_mm[i - 12];
        q = a->radius / BLUR_MM;
        a->half = a->cta->muscle_hu +
                  0.5 * (a->cta->artery_hu - a->cta->muscle_hu) * (1 - exp(-0.5 * q * q));
        memcpy(a->at, c->points_mm + 3 * (from - 1), sizeof a->at);
        for (int k = 0; k < 3; k++)
            a->along[k] = a->at[k] - c->points_mm[3 * (i - LOOK) + k];
        norm3(a->along);
        count = follow(a, found, hu, radius);
        if ((count - BACK) * STEP_MM < LEAST_GAIN_MM)
            continue;
        if (!put_in(c, from, to, count, (const double(*)[3])found, hu, radius,
                    c->radius_sd_mm[i - 12]))
            return false;
        *changed = true;
        i = from + count;
    }
    return true;
}

static void set_along(wadi_cta_course *c)
{
    c->along_mm[0] = 0;
    for (wadi_index i = 1; i < c->count; i++) {
        const double *p = c->points_mm + 3 * i, *q = p - 3;

        c->along_mm[i] =
            c->along_mm[i - 1] + hypot(hypot(p[0] - q[0], p[1] - q[1]), p[2] - q[2]);
    }
}

wadi_status cta_stumps(const wadi_cta *cta, const wadi_volume *volume,
                       const wadi_cta_findings *findings, wadi_cta_course *c, bool *changed,
                       wadi_error *err)
{
    walk a = {.cta = cta, .volume = volume, .findings = findings, .self = c};
    bool served;

    *changed = false;
    if (!(cta->artery_hu > cta->muscle_hu + 20))
        return WADI_OK;
    a.limit = cta->artery_hu + fmax(130, 3 * cta->noise_hu);
    served = one_way(&a, c, changed);
    turn_round(c);
    served = served && one_way(&a, c, changed);
    turn_round(c);
    if (*changed)
        set_along(c);
    return served ? WADI_OK : wadi_fail(err, WADI_ERR_NOMEM, "no memory for a stump");
}
