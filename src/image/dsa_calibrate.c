/* Pixel size from a catheter or a ball: its blurred shadow over a ground. A catheter is made
 * straight and fitted as a strip (dsa_strip.c); a ball has a ground of its own in each
 * direction through its middle. */
#include "dsa.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CROSS = 61,
    DIRECTIONS = 48,
    ALONG = 12,
    WIDE = 161,     /* samples of a piece's profile at most, a pixel apart */
    RADII = 41,     /* tried, from 0.75 to 1.33 of the first guess */
    BLURS = 6,      /* tried */
    PIECES = 48,    /* at most */
    GROUND = 4,     /* terms of the ground: a cubic */
    SPOTS = 401,    /* of the axis, STEP pixels apart */
    FRAMES = 3,     /* looked at: a fifth of a second */
    GROUND_PX = 12, /* of ground on each side of a catheter */
    STRETCH = 30,   /* spots that have one ground */
    FINE = 8        /* places a pixel of the tabled shape */
};

#define STEP 2.0

static const double BLUR_PX[BLURS] = {0.6, 0.8, 1.0, 1.25, 1.6, 2.0};

/* Darkness across a direction, `step` pixels apart, meaned over `reach` pixels to each side
 * along it. */
static void cross(const float *logs, const wadi_image *run, double x, double y, double angle,
                  int reach, double step, double *profile)
{
    for (int k = 0; k < CROSS; k++) {
        double t = (k - CROSS / 2) * step, total = 0;

        for (int s = -reach; s <= reach; s++)
            total += filter_between(logs, run->columns, run->rows,
                                    (float)(x + t * cos(angle) - s * sin(angle)),
                                    (float)(y + t * sin(angle) + s * cos(angle)));
        profile[k] = total / (2 * reach + 1);
    }
}

/* Sum of squares about the straight line through a profile's ends. */
static double contrast(const double *profile)
{
    double sum = 0;

    for (int k = 0; k < CROSS; k++) {
        double share = k / (CROSS - 1.0);
        double off = profile[k] - (1 - share) * profile[0] - share * profile[CROSS - 1];

        sum += off * off;
    }
    return sum;
}

/* A catheter's profile has most contrast across it: averaging along any other way blurs it. */
static double across_catheter(const float *logs, const wadi_image *run, double x, double y)
{
    double best = 0, most = -1, profile[CROSS];

    for (int d = 0; d < DIRECTIONS; d++) {
        double angle = WADI_PI * d / DIRECTIONS, here;

        cross(logs, run, x, y, angle, ALONG, 0.4, profile);
        here = contrast(profile);
        if (here > most) {
            most = here;
            best = angle;
        }
    }
    return best;
}

/* First guess of a width. Bones cross the profile too: the second and third look are about its
 * middle and no wider than it needs. x and y are moved to the middle. */
static bool width_across(const float *logs, const wadi_image *run, double *x, double *y,
                         double angle, int reach, double *width)
{
    double step = 0.4, profile[CROSS], off, moved = 0;

    for (int look = 0; look < 5; look++) {
        cross(logs, run, *x, *y, angle, reach, step, profile);
        if (!dsa_fit_cylinder(profile, CROSS, step, width, &off) || fabs(off) > 6)
            return false;
        *x += off * cos(angle);
        *y += off * sin(angle);
        moved += off;
        step = (0.62 * *width + 1.5) / (CROSS / 2);
    }
    return fabs(moved) < 12;
}

/* The shadow of a cylinder (its chord) or of a ball through its middle is the same:
 * 2 sqrt(r^2 - x^2), under a Gaussian. A cylinder only is blurred across alone; a ball is
 * blurred along its rim too, which is left out: it takes blur^2 / 2r off the height. */
typedef struct shape {
    double radius, blur;
    double value[(WIDE / 2 + 8) * FINE + 1];
    int reach; /* entries; 0 beyond */
} shape;

static void make_shape(double radius, double blur, int half, shape *out)
{
    enum { NODES = 25 };

    out->radius = radius;
    out->blur = blur;
    out->reach = (half + 6) * FINE;
    for (int k = 0; k <= out->reach; k++) {
        double sum = 0, weights = 0;

        for (int j = 0; j < NODES; j++) {
            double t = 6.0 * (j - NODES / 2) / (NODES - 1), weight = exp(-0.5 * t * t);
            double x = (double)k / FINE + blur * t, square = radius * radius - x * x;

            sum += square > 0 ? weight * 2 * sqrt(square) : 0;
            weights += weight;
        }
        out->value[k] = sum / weights;
    }
}

static double shape_at(const shape *s, double x)
{
    double at = fabs(x) * FINE;
    int k = (int)at;

    return k >= s->reach ? 0 : s->value[k] + (at - k) * (s->value[k + 1] - s->value[k]);
}

/* A piece's profile, and the ground under it as orthonormal terms. */
typedef struct piece {
    int half;
    double value[WIDE];
    double noise;       /* least sum of squares left */
    double left[RADII]; /* the same for each radius */
    int edge;           /* where a bone begins under it, or 0: no edge */
} piece;

typedef struct basis {
    int terms, count;
    double term[GROUND + 1][WIDE];
} basis;

static double dot(const double *a, const double *b, int count)
{
    double sum = 0;

    for (int i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum;
}

static void take_off(const basis *b, double *values)
{
    for (int t = 0; t < b->terms; t++) {
        double share = dot(b->term[t], values, b->count);

        for (int i = 0; i < b->count; i++)
            values[i] -= share * b->term[t][i];
    }
}

/* One more term, freed of those before it; false when nothing is left of it. */
static bool add_term(basis *b, const double *values)
{
    double *to = b->term[b->terms], size;

    memcpy(to, values, (size_t)b->count * sizeof *values);
    take_off(b, to);
    size = sqrt(dot(to, to, b->count));
    if (!(size > 1e-6))
        return false;
    for (int i = 0; i < b->count; i++)
        to[i] /= size;
    b->terms++;
    return true;
}

/* A cubic; and with `edge` the root that a round bone's rim rises by, from there to the right
 * (positive) or to the left, in pixels from the profile's left end. */
static bool make_basis(int half, int edge, basis *out)
{
    double values[WIDE];

    out->terms = 0;
    out->count = 2 * half + 1;
    for (int t = 0; t < GROUND; t++) {
        for (int i = 0; i < out->count; i++)
            values[i] = pow((double)(i - half) / half, t);
        if (!add_term(out, values))
            return false;
    }
    if (!edge)
        return true;
    for (int i = 0; i < out->count; i++) {
        double in = edge > 0 ? i - edge : -edge - i;

        /* About as blurred as the picture. */
        values[i] = sqrt(0.5 * (in + sqrt(in * in + 1.5)));
    }
    return add_term(out, values);
}

/* Least squares left of a piece with one shape, over its middles. */
static double left_over(const piece *p, const basis *b, const shape *s, double reach,
                        double step)
{
    double value[WIDE], trial[WIDE], whole, most = 0;

    memcpy(value, p->value, (size_t)b->count * sizeof *value);
    take_off(b, value);
    whole = dot(value, value, b->count);
    for (double c = -reach; c <= reach + 1e-9; c += step) {
        for (int i = 0; i < b->count; i++)
            trial[i] = shape_at(s, i - p->half - c);
        take_off(b, trial);

        double product = dot(value, trial, b->count), square = dot(trial, trial, b->count);

        if (product > 0 && square > 1e-9 && product * product / square > most)
            most = product * product / square;
    }
    return whole - most > 1e-12 ? whole - most : 1e-12;
}

/* Is there a rim of bone under this piece? Where one explains enough: two terms more must lower
 * n log(squares) by more than three log n (Schwarz, Ann. Stat. 6 (1978) 461, and a half). */
static void find_edge(piece *p, const shape *shapes)
{
    basis b;
    double none = INFINITY, least = INFINITY;
    int count = 2 * p->half + 1;

    p->edge = 0;
    for (int edge = -(count - 3); edge <= count - 3; edge++) {
        if ((edge && abs(edge) < 2) || !make_basis(p->half, edge, &b))
            continue;
        for (int k = 0; k < RADII; k += 4) {
            double left = left_over(p, &b, &shapes[k], 1, 0.5);

            if (!edge) {
                none = left < none ? left : none;
            } else if (left < least) {
                least = left;
                p->edge = edge;
            }
        }
    }
    if (!(count * log(none / least) > 3 * log(count)))
        p->edge = 0;
}

/* What all pieces say of one blur and all radii: the sum of n log(squares / least squares),
 * where no piece counts more than CAP. */
static double weigh(piece *pieces, int count, const shape *shapes, double total[RADII])
{
    const double cap = 12;
    double whole = 0;

    for (int k = 0; k < RADII; k++)
        total[k] = 0;
    for (int i = 0; i < count; i++) {
        piece *p = &pieces[i];
        int samples = 2 * p->half + 1;
        basis b;

        p->noise = INFINITY;
        if (!make_basis(p->half, p->edge, &b))
            make_basis(p->half, 0, &b);
        for (int k = 0; k < RADII; k++) {
            p->left[k] = left_over(p, &b, &shapes[k], 1.25, 0.25);
            p->noise = fmin(p->noise, p->left[k]);
        }
        for (int k = 0; k < RADII; k++)
            total[k] += fmin(cap, samples * log(p->left[k] / p->noise));
        whole += samples * log(p->noise);
    }
    return whole;
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, wadi_by_double);
    return 0.5 * (values[count / 2] + values[(count - 1) / 2]);
}

static double radius_of(double guess, int k)
{
    return guess * 0.75 * pow(1.33 / 0.75, k / (RADII - 1.0));
}

/* Where a row of values is least, by a parabola: an index with a fraction. */
static double least_at(const double *values, int count)
{
    int k = 0;

    for (int i = 1; i < count; i++)
        if (values[i] < values[k])
            k = i;
    if (k == 0 || k == count - 1)
        return k;

    double bend = values[k + 1] - 2 * values[k] + values[k - 1];

    return bend > 0 ? k - 0.5 * (values[k + 1] - values[k - 1]) / bend : k;
}

/* One radius for all pieces, and how far they differ in it. */
static bool one_radius(piece *pieces, int count, double guess, double *radius, double *sd)
{
    shape *shapes = wadi_alloc(RADII, sizeof *shapes);
    double total[RADII], best = INFINITY, found[PIECES];
    int half = pieces[0].half;

    if (!shapes)
        return false;
    for (int k = 0; k < RADII; k++)
        make_shape(radius_of(guess, k), 1.0, half, &shapes[k]);
    for (int i = 0; i < count; i++)
        find_edge(&pieces[i], shapes);
    for (int j = 0; j < BLURS; j++) {
        for (int k = 0; k < RADII; k++)
            make_shape(radius_of(guess, k), BLUR_PX[j], half, &shapes[k]);

        double whole = weigh(pieces, count, shapes, total), at = least_at(total, RADII);

        whole += total[(int)(at + 0.5)];
        if (!(whole < best))
            continue;
        best = whole;
        *radius = guess * 0.75 * pow(1.33 / 0.75, at / (RADII - 1.0));
        for (int i = 0; i < count; i++)
            found[i] = guess * 0.75 *
                       pow(1.33 / 0.75, least_at(pieces[i].left, RADII) / (RADII - 1.0));
    }
    free(shapes);
    for (int i = 0; i < count; i++)
        found[i] = fabs(found[i] - *radius);
    *sd = 1.4826 * median(found, count) / sqrt(count);
    return true;
}

/* The axis of a catheter, STEP pixels apart, both ways from the middle entry. */
typedef struct axis {
    int first, last;
    double x[SPOTS], y[SPOTS], angle[SPOTS]; /* angle: across it */
} axis;

/* Follow one way while each next middle lies where it is awaited. */
static void follow(const float *logs, const wadi_image *run, double width, int way, double most,
                   axis *line)
{
    int at = SPOTS / 2;
    double x = line->x[at], y = line->y[at], angle = line->angle[at], amplitude = 0;

    while (at + way > 0 && at + way < SPOTS - 1 && abs(at + way - SPOTS / 2) * STEP < most) {
        double profile[CROSS], step = (0.62 * width + 1.5) / (CROSS / 2), found, off, high;

        x += -way * STEP * sin(angle);
        y += way * STEP * cos(angle);
        if (x < 3 || y < 3 || x > run->columns - 4 || y > run->rows - 4)
            return;
        cross(logs, run, x, y, angle, 3, step, profile);
        if (!dsa_fit_cylinder(profile, CROSS, step, &found, &off) || fabs(off) > 1.5 ||
            fabs(found / width - 1) > 0.35)
            return;
        high = profile[CROSS / 2] - 0.5 * (profile[0] + profile[CROSS - 1]);
        if (amplitude > 0 && high < 0.5 * amplitude)
            return;
        amplitude = amplitude > 0 ? 0.9 * amplitude + 0.1 * high : high;
        x += 0.5 * off * cos(angle);
        y += 0.5 * off * sin(angle);
        at += way;
        line->x[at] = x;
        line->y[at] = y;
        /* The way of the last spots. */
        int back = at - 8 * way, middle = SPOTS / 2;

        if ((back - middle) * way < 0)
            back = (middle - line->first) > 0 && way > 0
                       ? (back < line->first ? line->first : back)
                       : middle;
        if (abs(at - back) >= 4)
            angle = atan2(way * (y - line->y[back]), way * (x - line->x[back])) - WADI_PI / 2;
        line->angle[at] = angle;
        if (way > 0)
            line->last = at;
        else
            line->first = at;
    }
}

/* Least-squares parabola through spots a..b of an axis about `middle`: x and y there are
 * out[k][0]
 * + out[k][1] t + out[k][2] t^2, t = spot - middle. False when the spots do not decide it. */
static bool parabola(const axis *line, int a, int b, double middle, double out[2][3])
{
    double m[5] = {0}, sum[2][3] = {{0}};

    for (int i = a; i <= b; i++)
        for (int t = 0; t < 5; t++) {
            double power = pow(i - middle, t);

            m[t] += power;
            if (t < 3) {
                sum[0][t] += power * line->x[i];
                sum[1][t] += power * line->y[i];
            }
        }
    /* The inverse of {{m0, m1, m2}, {m1, m2, m3}, {m2, m3, m4}} by its cofactors. */
    const double c[3][3] = {
        {m[2] * m[4] - m[3] * m[3], m[2] * m[3] - m[1] * m[4], m[1] * m[3] - m[2] * m[2]},
        {m[2] * m[3] - m[1] * m[4], m[0] * m[4] - m[2] * m[2], m[1] * m[2] - m[0] * m[3]},
        {m[1] * m[3] - m[2] * m[2], m[1] * m[2] - m[0] * m[3], m[0] * m[2] - m[1] * m[1]}};
    double det = m[0] * c[0][0] + m[1] * c[0][1] + m[2] * c[0][2];

    if (b - a < 4 || !(det > 0))
        return false;
    for (int k = 0; k < 2; k++)
        for (int t = 0; t < 3; t++)
            out[k][t] = (c[t][0] * sum[k][0] + c[t][1] * sum[k][1] + c[t][2] * sum[k][2]) / det;
    return true;
}

/* The axis is smoothed by parabolas over 12 spots to each side, as far as there are any. */
static void smooth_axis(axis *line)
{
    axis old = *line;

    for (int i = line->first; i <= line->last; i++) {
        int a = i - 12 < line->first ? line->first : i - 12;
        int b = i + 12 > line->last ? line->last : i + 12;
        double fit[2][3];

        if (!parabola(&old, a, b, i, fit))
            continue;
        line->x[i] = fit[0][0];
        line->y[i] = fit[1][0];
        line->angle[i] = atan2(fit[1][1], fit[0][1]) - WADI_PI / 2;
    }
}

/* Adds the light beside a spot, from it to the next, to a row of 2 half + 1 values. */
static void add_light(const float *light, const wadi_image *run, const axis *line, int at,
                      int half, double *row)
{
    for (int sub = 0; sub < 2; sub++) {
        double share = 0.5 * sub, angle = line->angle[at];
        double x = (1 - share) * line->x[at] + share * line->x[at + 1];
        double y = (1 - share) * line->y[at] + share * line->y[at + 1];

        for (int k = -half; k <= half; k++)
            row[k + half] +=
                0.5 * filter_between(light, run->columns, run->rows,
                                     (float)(x + k * cos(angle)), (float)(y + k * sin(angle)));
    }
}

/* The axis through the middle nearest to (x, y), and a first guess of the width. */
static bool find_axis(const float *logs, const wadi_image *run, double x, double y,
                      double angle, double diameter_mm, axis *line, double *guess)
{
    double widths[7], nearest = INFINITY;
    int kept = 0;

    for (int k = 0; k < 7; k++) {
        double along = 4.0 * (k - 3), u = x - along * sin(angle), v = y + along * cos(angle);

        if (!width_across(logs, run, &u, &v, angle, 4, &widths[kept]))
            continue;
        kept++;
        if (hypot(u - x, v - y) >= nearest)
            continue;
        nearest = hypot(u - x, v - y);
        line->x[SPOTS / 2] = u;
        line->y[SPOTS / 2] = v;
    }
    if (kept < 3)
        return false;
    *guess = median(widths, kept);
    line->first = line->last = SPOTS / 2;
    line->angle[SPOTS / 2] = angle;
    follow(logs, run, *guess, 1, 40 * *guess / diameter_mm, line);
    follow(logs, run, *guess, -1, 40 * *guess / diameter_mm, line);
    smooth_axis(line);
    return true;
}

static int spots_of(const axis *line)
{
    return line->last - line->first;
}

/* A tip is round, and over it the width is another: as many spots are left out at an end that
 * the picture does not cut. In each frame, for the catheter moves along itself as well. */
static void leave_ends(axis *line, const wadi_image *run, double width)
{
    enum { MARGIN_PX = 8 };

    for (int end = 0; end < 2; end++) {
        int at = end ? line->last : line->first;
        bool cut = line->x[at] < MARGIN_PX || line->y[at] < MARGIN_PX ||
                   line->x[at] > run->columns - 1 - MARGIN_PX ||
                   line->y[at] > run->rows - 1 - MARGIN_PX;
        int skip = cut ? 1 : (int)ceil(0.5 * width / STEP);

        line->first += end ? 0 : skip;
        line->last -= end ? skip : 0;
    }
}

/* The axis from first to last as one parabola: bones pull single spots aside by a pixel. */
static void straighten_axis(axis *line, int first, int last)
{
    double fit[2][3], middle = 0.5 * (first + last);

    if (!parabola(line, first, last + 1, middle, fit))
        return;
    for (int i = first; i <= last + 1; i++) {
        double t = i - middle;

        line->x[i] = fit[0][0] + t * (fit[0][1] + t * fit[0][2]);
        line->y[i] = fit[1][0] + t * (fit[1][1] + t * fit[1][2]);
    }
    for (int i = first; i <= last; i++)
        line->angle[i] =
            atan2(line->y[i + 1] - line->y[i], line->x[i + 1] - line->x[i]) - WADI_PI / 2;
}

/* One width for a stretch of spots; each row of the strip is a mean of light over the frames,
 * the same ones in all rows: what lies under the catheter moves along it from frame to frame.
 */
static bool stretch_width(const float *light, const wadi_image *run, axis *lines, int frames,
                          int first, int last, double guess, double *radius, double *sd)
{
    size_t pixels = (size_t)run->rows * (size_t)run->columns;
    int half = (int)ceil(0.5 * guess + GROUND_PX), rows = 0, width, used[FRAMES], count = 0;
    float *strip;
    bool found;

    half = half > DSA_STRIP_HALF ? DSA_STRIP_HALF : half;
    width = 2 * half + 1;
    /* Frames that see most of the stretch; then what all of them see. */
    for (int f = 0; f < frames; f++) {
        int from = lines[f].first > first ? lines[f].first : first;
        int to = lines[f].last < last ? lines[f].last : last;

        if (3 * (to - from) >= 2 * (last - first) && to - from >= 4)
            used[count++] = f;
    }
    for (int k = 0; k < count; k++) {
        first = lines[used[k]].first > first ? lines[used[k]].first : first;
        last = lines[used[k]].last < last ? lines[used[k]].last : last;
    }
    if (!count || last - first < 4)
        return false;
    strip = wadi_alloc((size_t)(last - first + 1) * (size_t)width, sizeof *strip);
    for (int k = 0; k < count; k++)
        straighten_axis(&lines[used[k]], first, last);
    for (int at = first; strip && at <= last; at++, rows++) {
        double row[2 * DSA_STRIP_HALF + 1] = {0};

        for (int k = 0; k < count; k++)
            add_light(light + (size_t)used[k] * pixels, run, &lines[used[k]], at, half, row);
        for (int i = 0; i < width; i++)
            strip[rows * width + i] = (float)-log(row[i] / count);
    }
    found = strip && dsa_fit_strip(strip, rows, half, 0.5 * guess, radius, sd);
    free(strip);
    return found;
}

/* Stretches of at most STRETCH spots, each weighed by what it knows. */
static bool line_width(const float *light, const wadi_image *run, axis *lines, int frames,
                       int best, double guess, double *width, double *sd)
{
    const axis *line = &lines[best];
    int first = line->first, total = line->last - first + 1,
        parts = (total + STRETCH - 1) / STRETCH;
    double weights = 0, sum = 0;

    for (int part = 0; part < parts; part++) {
        double radius, here;

        if (!stretch_width(light, run, lines, frames, first + part * total / parts,
                           first + (part + 1) * total / parts - 1, guess, &radius, &here))
            continue;
        weights += 1 / (here * here);
        sum += radius / (here * here);
    }
    if (!(weights > 0))
        return false;
    *width = 2 * sum / weights;
    *sd = 1 / sqrt(weights);
    return true;
}

/* One axis in each frame; rows at the same place are means over the frames. */
static bool catheter_width(const float *logs, const wadi_image *run, int frames, double x,
                           double y, double diameter_mm, double *width, double *sd)
{
    size_t pixels = (size_t)run->rows * (size_t)run->columns;
    axis *lines = wadi_alloc((size_t)frames, sizeof *lines);
    float *light = wadi_alloc((size_t)frames * pixels, sizeof *light);
    double guesses[FRAMES] = {0}, widths[FRAMES];
    int kept = 0, best = 0;
    bool found = lines && light;

    /* The longest axis tells the others the way: bones can hide it at first sight. */
    for (int pass = 0; pass < 2 && found; pass++)
        for (int f = 0; f < frames; f++) {
            const float *picture = logs + (size_t)f * pixels;
            double angle =
                pass ? lines[best].angle[SPOTS / 2] : across_catheter(picture, run, x, y);

            if (pass && spots_of(&lines[f]) > 0.9 * spots_of(&lines[best]))
                continue;
            if (!find_axis(picture, run, x, y, angle, diameter_mm, &lines[f], &guesses[f]))
                lines[f].first = lines[f].last = 0;
            if (!pass && spots_of(&lines[f]) > spots_of(&lines[best]))
                best = f;
        }
    if (found && spots_of(&lines[best]) > 2) {
        for (int f = 0; f < frames; f++)
            if (2 * spots_of(&lines[f]) > spots_of(&lines[best]))
                widths[kept++] = guesses[f];
        for (size_t i = 0; i < (size_t)frames * pixels; i++)
            light[i] = expf(-logs[i]);
        for (int f = 0; f < frames; f++)
            leave_ends(&lines[f], run, median(widths, kept));
        found = line_width(light, run, lines, frames, best, median(widths, kept), width, sd);
    } else {
        found = false;
    }
    free(lines);
    free(light);
    return found;
}

/* A ball, in all directions through its middle. */
static bool ball_width(const float *logs, const wadi_image *run, double x, double y,
                       double *width, double *sd)
{
    enum { TURNS = 12 };
    piece *pieces = wadi_alloc(TURNS, sizeof *pieces);
    double widths[TURNS], at[2] = {0}, guess, radius = 0;
    int kept = 0, half;
    bool found = false;

    if (!pieces)
        return false;
    for (int k = 0; k < TURNS; k++) {
        double u = x, v = y;

        if (!width_across(logs, run, &u, &v, WADI_PI * k / TURNS, 0, &widths[kept]))
            continue;
        at[0] += 2 * (u - x);
        at[1] += 2 * (v - y);
        kept++;
    }
    if (kept >= 3) {
        x += at[0] / kept;
        y += at[1] / kept;
        guess = median(widths, kept);
        half = (int)ceil(0.5 * guess * 1.25 + 6);
        half = half > WIDE / 2 ? WIDE / 2 : half;
        for (int k = 0; k < TURNS; k++) {
            piece *p = &pieces[k];
            double turned = WADI_PI * k / TURNS;

            p->half = half;
            for (int i = -half; i <= half; i++)
                p->value[i + half] =
                    filter_between(logs, run->columns, run->rows, (float)(x + i * cos(turned)),
                                   (float)(y + i * sin(turned)));
        }
        if (one_radius(pieces, TURNS, 0.5 * guess, &radius, sd)) {
            *width = 2 * radius;
            found = true;
        }
    }
    free(pieces);
    return found;
}

wadi_status wadi_dsa_calibrate(const wadi_image *run, wadi_index frame, double x_px,
                               double y_px, double diameter_mm, bool ball, double *spacing_mm,
                               double *sd_frac, wadi_error *err)
{
    size_t count = (size_t)run->rows * (size_t)run->columns;
    wadi_index frames = run->frames - frame < FRAMES ? run->frames - frame : FRAMES;
    double width = 0, sd = 0;
    float *logs;
    bool found;

    if (frame < 0 || frames < 1)
        return wadi_fail(err, WADI_ERR_RANGE, "frame %d: frames 0 to %d are there", frame,
                         run->frames - 1);
    logs = wadi_alloc((size_t)frames * count, sizeof *logs);

    if (!logs)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a frame");
    for (wadi_index f = 0; f < frames; f++)
        wadi_image_frame(run, frame + f, logs + (size_t)f * count);
    for (size_t i = 0; i < (size_t)frames * count; i++)
        logs[i] = -logf(logs[i] > 0 ? logs[i] + 0.5f : 0.5f);
    found = ball ? ball_width(logs, run, x_px, y_px, &width, &sd)
                 : catheter_width(logs, run, frames, x_px, y_px, diameter_mm, &width, &sd);
    free(logs);
    if (!found || !(width > 1))
        return wadi_fail(err, WADI_ERR_RANGE,
                         "column %.0f, row %.0f: no %s of %.3g mm is seen there", x_px, y_px,
                         ball ? "ball" : "catheter", diameter_mm);
    *spacing_mm = diameter_mm / width;
    /* 0.8 % for what the model leaves out (glare, leaning); and of the radius by how the pieces
     * differ and, as they are few, by half more, or what the noise leaves open. */
    *sd_frac = hypot(0.008, 1.5 * 2 * sd / width);
    return WADI_OK;
}
