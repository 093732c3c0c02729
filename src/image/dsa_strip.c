/* Width of a catheter in a straightened strip of the picture: one blurred cylinder along all
 * rows over a smooth ground and up to three rims of bone, each a curve through the strip.
 * Ground and rims that hold for all rows leave the width much less room than those of each row
 * alone. */
#include "dsa.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ACROSS = 4, /* terms of the ground across: a cubic */
    ALONG = 3,  /* and along */
    RIMS = 3,
    RIM_TERMS = 3, /* of a rim's place: a parabola along the strip */
    FIXED = ACROSS * ALONG,
    FREE =
        2 + RIMS,  /* height of the cylinder, its slope along the strip, heights of the rims */
    FIRST_RIM = 5, /* parameters: radius, blur, the middle at both ends, its bow */
    PARAMETERS = FIRST_RIM + RIM_TERMS * RIMS,
    FINE = 8, /* places a pixel of the tabled shape */
    NODES = 25,
    REACH = DSA_STRIP_HALF + 8
};

#define LEAST_BLUR_PX 0.5
#define RIM_NUMBERS   4   /* place and height */
#define RIM_WEIGHT    1.5 /* times what Schwarz asks for */
#define MOST_BLUR_PX  2.2
#define MOST_BEND_PX  6.0 /* of a rim along the strip */

typedef struct strip {
    int rows, half, rims;
    int way[RIMS];       /* +1: the bone lies to the right of its rim */
    size_t count;        /* rows x (2 half + 1) */
    float *value;        /* freed of the fixed terms */
    float *fixed;        /* (FIXED x count) orthonormal ground */
    float *column;       /* (FREE x count) */
    float *slope;        /* (PARAMETERS x count) */
    float *left, *other; /* (count) what no term explains */
    double table[REACH * FINE + 2];
    double depth; /* of a pixel of the cylinder, as far as it is known; 0: not yet */
} strip;

static double dot(size_t count, const float *a, const float *b)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += (double)a[i] * b[i];
    return sum;
}

static void take_off(size_t count, double share, const float *term, float *from)
{
    for (size_t i = 0; i < count; i++)
        from[i] -= (float)(share * term[i]);
}

/* Frees a column of those before it and makes its length one; returns the length it had, 0 when
 * nothing is left. */
static double settle(const strip *s, const float *before, int terms, float *column)
{
    double size;

    for (int t = 0; t < terms; t++) {
        const float *term = before + (size_t)t * s->count;

        take_off(s->count, dot(s->count, term, column), term, column);
    }
    size = sqrt(dot(s->count, column, column));
    if (!(size > 1e-6))
        return 0;
    for (size_t i = 0; i < s->count; i++)
        column[i] = (float)(column[i] / size);
    return size;
}

/* -1 to 1 along the strip. */
static double along(const strip *s, int row)
{
    return s->rows > 1 ? 2.0 * row / (s->rows - 1) - 1 : 0;
}

static void set_ground(strip *s)
{
    int terms = 0, width = 2 * s->half + 1;

    for (int v = 0; v < ALONG; v++)
        for (int u = 0; u < ACROSS; u++) {
            float *column = s->fixed + (size_t)terms * s->count;

            for (int r = 0; r < s->rows; r++)
                for (int k = 0; k < width; k++)
                    column[r * width + k] =
                        (float)(pow((double)(k - s->half) / s->half, u) * pow(along(s, r), v));
            if (settle(s, s->fixed, terms, column) > 0)
                terms++;
            else
                memset(column, 0, s->count * sizeof *column);
        }
    for (int t = 0; t < terms; t++) {
        const float *term = s->fixed + (size_t)t * s->count;

        take_off(s->count, dot(s->count, term, s->value), term, s->value);
    }
}

/* The chord of a cylinder, 2 sqrt(r^2 - x^2), under a Gaussian across. It is light that is
 * blurred, not its logarithm: at a steep border the brighter side counts for more, which takes
 * 0.07 pixels off the width of a catheter. */
static void make_table(strip *s, double radius, double blur)
{
    for (int k = 0; k <= REACH * FINE; k++) {
        double sum = 0, weights = 0;

        for (int j = 0; j < NODES; j++) {
            double t = 6.0 * (j - NODES / 2) / (NODES - 1), weight = exp(-0.5 * t * t);
            double x = (double)k / FINE + blur * t, square = radius * radius - x * x;

            double chord = square > 0 ? 2 * sqrt(square) : 0;

            sum += weight * (s->depth > 0 ? exp(-s->depth * chord) : chord);
            weights += weight;
        }
        s->table[k] = s->depth > 0 ? -log(sum / weights) / s->depth : sum / weights;
    }
}

static double tabled(const strip *s, double x)
{
    double at = fabs(x) * FINE;
    int k = (int)at;

    return k >= REACH * FINE ? 0 : s->table[k] + (at - k) * (s->table[k + 1] - s->table[k]);
}

/* The root that a round bone's rim rises by, about as blurred as the picture. */
static void fill_rim(const strip *s, const double *place, int way, float *column)
{
    int width = 2 * s->half + 1;

    for (int r = 0; r < s->rows; r++) {
        double u = along(s, r), at = place[0] + place[1] * u + place[2] * (u * u - 1.0 / 3);

        for (int k = 0; k < width; k++) {
            double in = way * (k - s->half - at);

            column[r * width + k] = (float)sqrt(0.5 * (in + sqrt(in * in + 1.5)));
        }
    }
}

/* What is left of the strip with these parameters; returns its sum of squares, and the optical
 * depth of a pixel of the cylinder in *height. */
static double explain(strip *s, const double *p, float *left, double *height)
{
    int width = 2 * s->half + 1, terms = 0;

    make_table(s, p[0], p[1]);
    for (int r = 0; r < s->rows; r++) {
        double u = along(s, r),
               middle = 0.5 * ((1 - u) * p[2] + (1 + u) * p[3]) + p[4] * (1 - u * u);

        for (int k = 0; k < width; k++) {
            double value = tabled(s, k - s->half - middle);

            s->column[r * width + k] = (float)value;
            s->column[s->count + (size_t)(r * width + k)] = (float)(value * u);
        }
    }
    for (int e = 0; e < s->rims; e++)
        fill_rim(s, p + FIRST_RIM + RIM_TERMS * e, s->way[e],
                 s->column + (size_t)(2 + e) * s->count);
    memcpy(left, s->value, s->count * sizeof *left);
    /* The cylinder last, so that its share is what it alone explains. */
    for (int t = 1 + s->rims; t >= 0; t--) {
        float *column = s->column + (size_t)t * s->count;
        double share, size;

        for (int f = 0; f < FIXED; f++) {
            const float *term = s->fixed + (size_t)f * s->count;

            take_off(s->count, dot(s->count, term, column), term, column);
        }
        size = settle(s, column + s->count, terms++, column);
        if (!(size > 0)) {
            memset(column, 0, s->count * sizeof *column);
            continue;
        }
        share = dot(s->count, column, left);
        take_off(s->count, share, column, left);
        if (t == 0)
            *height = share / size;
    }
    return dot(s->count, left, left);
}

static double held(double value, double least, double most)
{
    return value < least ? least : value > most ? most : value;
}

/* Parameters within what can be. Bones run almost straight along a piece of catheter. */
static void hold(const strip *s, double guess, double *p)
{
    double aside = 0.4 * guess + 1;

    p[0] = held(p[0], 0.7 * guess, 1.4 * guess);
    p[1] = held(p[1], LEAST_BLUR_PX, MOST_BLUR_PX);
    p[2] = held(p[2], -aside, aside);
    p[3] = held(p[3], -aside, aside);
    p[4] = held(p[4], -2, 2);
    for (int e = 0; e < s->rims; e++) {
        double *rim = p + FIRST_RIM + RIM_TERMS * e;

        rim[0] = held(rim[0], -s->half - 8, s->half + 8);
        rim[1] = held(rim[1], -1.5 * s->half, 1.5 * s->half);
        rim[2] = held(rim[2], -MOST_BEND_PX, MOST_BEND_PX);
    }
}

/* Solves a x = b of size n by elimination with pivots; a and b are used up. */
static bool solve(int n, double a[PARAMETERS][PARAMETERS], double *b)
{
    for (int i = 0; i < n; i++) {
        int best = i;

        for (int r = i + 1; r < n; r++)
            best = fabs(a[r][i]) > fabs(a[best][i]) ? r : best;
        if (!(fabs(a[best][i]) > 1e-14))
            return false;
        for (int c = 0; c < n; c++) {
            double swap = a[i][c];

            a[i][c] = a[best][c];
            a[best][c] = swap;
        }
        double swap = b[i];

        b[i] = b[best];
        b[best] = swap;
        for (int r = 0; r < n; r++) {
            if (r == i)
                continue;
            double share = a[r][i] / a[i][i];

            for (int c = i; c < n; c++)
                a[r][c] -= share * a[i][c];
            b[r] -= share * b[i];
        }
    }
    for (int i = 0; i < n; i++)
        b[i] /= a[i][i];
    return true;
}

/* Slopes of what is left by each parameter, by small steps, into s->slope. */
static void set_slopes(strip *s, const double *p, int n)
{
    static const double STEP_PX = 0.02;
    double trial[PARAMETERS], height;

    for (int k = 0; k < n; k++) {
        float *slope = s->slope + (size_t)k * s->count;

        memcpy(trial, p, sizeof trial);
        trial[k] += STEP_PX;
        explain(s, trial, slope, &height);
        for (size_t i = 0; i < s->count; i++)
            slope[i] = (float)((slope[i] - s->left[i]) / STEP_PX);
    }
}

/* Levenberg and Marquardt with the linear terms eliminated (Golub and Pereyra, SIAM J. Numer.
 * Anal. 10 (1973) 413). Returns the sum of squares. */
static double refine(strip *s, double guess, double *p, double *height)
{
    int n = FIRST_RIM + RIM_TERMS * s->rims;
    double least = explain(s, p, s->left, height), damping = 1e-3;

    for (int turn = 0; turn < 30; turn++) {
        double a[PARAMETERS][PARAMETERS], b[PARAMETERS], trial[PARAMETERS], before = least;

        set_slopes(s, p, n);
        for (int attempt = 0; attempt < 6; attempt++) {
            double now, high = 0;

            for (int i = 0; i < n; i++) {
                const float *slope = s->slope + (size_t)i * s->count;

                for (int j = 0; j <= i; j++)
                    a[i][j] = a[j][i] = dot(s->count, slope, s->slope + (size_t)j * s->count);
                b[i] = -dot(s->count, slope, s->left);
            }
            for (int i = 0; i < n; i++)
                a[i][i] += damping * a[i][i] + 1e-9;
            memcpy(trial, p, sizeof trial);
            if (!solve(n, a, b))
                return least;
            for (int i = 0; i < n; i++)
                trial[i] += b[i] > 2 ? 2 : b[i] < -2 ? -2 : b[i];
            hold(s, guess, trial);
            now = explain(s, trial, s->other, &high);
            if (now < least) {
                float *swap = s->left;

                s->left = s->other;
                s->other = swap;
                memcpy(p, trial, sizeof trial);
                least = now;
                *height = high;
                damping = fmax(1e-6, 0.2 * damping);
                break;
            }
            damping *= 6;
        }
        if (!(before - least > 1e-6 * before))
            break;
    }
    return least;
}

/* The straight rim that explains most of what is left; its parameters in `place`. */
static double best_rim(strip *s, double *place, int *way)
{
    int width = 2 * s->half + 1;
    float *column = s->other;
    double most = 0;

    for (double at = -s->half - 4; at <= s->half + 4; at += 1.5)
        for (double turn = -1.2; turn <= 1.21; turn += 0.15)
            for (int side = -1; side <= 1; side += 2) {
                const double here[RIM_TERMS] = {at, turn * width / 2, 0};
                double share;

                fill_rim(s, here, side, column);
                for (int f = 0; f < FIXED; f++) {
                    const float *term = s->fixed + (size_t)f * s->count;

                    take_off(s->count, dot(s->count, term, column), term, column);
                }
                /* The cylinder's own columns are those of the last look. */
                if (!(settle(s, s->column, 2 + s->rims, column) > 0))
                    continue;
                share = dot(s->count, column, s->left);
                if (share * share > most) {
                    most = share * share;
                    memcpy(place, here, sizeof here);
                    *way = side;
                }
            }
    return most;
}

/* Rims are added while each explains enough: n log(squares) must fall by 1.5 times what Schwarz
 * (Ann. Stat. 6 (1978) 461) asks for its four numbers. */
static double fit_all(strip *s, double guess, double *p, double *height)
{
    double least = refine(s, guess, p, height);

    while (s->rims < RIMS) {
        double trial[PARAMETERS], now, high = 0;

        memcpy(trial, p, sizeof trial);
        explain(s, p, s->left, &high);
        if (!(best_rim(s, trial + FIRST_RIM + RIM_TERMS * s->rims, &s->way[s->rims]) > 0))
            break;
        s->rims++;
        now = refine(s, guess, trial, &high);
        if (!((double)s->count * log(least / now) >
              RIM_WEIGHT * RIM_NUMBERS * log((double)s->count))) {
            s->rims--;
            break;
        }
        least = now;
        *height = high;
        memcpy(p, trial, sizeof trial);
    }
    return least;
}

/* Rims, blur and radius have more than one resting place: from three radii, the one that leaves
 * least for the numbers it takes. */
static double best_start(strip *s, double guess, double *p, double *height)
{
    static const double START[3] = {0.95, 1, 1.05};
    double best = INFINITY, out = 0;
    strip kept = *s;

    for (int i = 0; i < 3; i++) {
        double trial[PARAMETERS] = {START[i] * guess, 0.8}, high = 0, least, cost;

        s->rims = 0;
        s->depth = 0;
        fit_all(s, guess, trial, &high);
        s->depth = fmax(0, high);
        least = refine(s, guess, trial, &high);
        cost = (double)s->count * log(least) +
               RIM_WEIGHT * RIM_NUMBERS * s->rims * log((double)s->count);
        if (!(cost < best))
            continue;
        best = cost;
        out = least;
        *height = high;
        memcpy(p, trial, sizeof trial);
        kept = *s;
    }
    /* The buffers may have changed places; which rims there are is what is put back. */
    s->rims = kept.rims;
    s->depth = kept.depth;
    memcpy(s->way, kept.way, sizeof s->way);
    return out;
}

/* Standard deviation of the radius from the slopes where the fit ended. */
static double spread_of(strip *s, const double *p, double least)
{
    int n = FIRST_RIM + RIM_TERMS * s->rims;
    double a[PARAMETERS][PARAMETERS], b[PARAMETERS] = {1}, height;

    explain(s, p, s->left, &height);
    set_slopes(s, p, n);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            a[i][j] = dot(s->count, s->slope + (size_t)i * s->count,
                          s->slope + (size_t)j * s->count) +
                      (i == j ? 1e-9 : 0);
    if (!solve(n, a, b) || !(b[0] > 0))
        return INFINITY;
    return sqrt(b[0] * least / ((double)s->count - n - FIXED - FREE));
}

bool dsa_fit_strip(const float *values, int rows, int half, double guess, double *radius,
                   double *sd)
{
    strip *s = wadi_alloc(1, sizeof *s);
    size_t count = (size_t)rows * (size_t)(2 * half + 1);
    float *block =
        s ? wadi_alloc(count * (3 + FIXED + FREE + PARAMETERS), sizeof *block) : NULL;
    double p[PARAMETERS] = {0}, height = 0, least;
    bool found = false;

    WADI_ASSERT(half <= DSA_STRIP_HALF);
    if (block && rows >= 4) {
        s->rows = rows;
        s->half = half;
        s->count = count;
        s->value = block;
        s->left = block + count;
        s->other = block + 2 * count;
        s->fixed = block + 3 * count;
        s->column = s->fixed + FIXED * count;
        s->slope = s->column + FREE * count;
        memcpy(s->value, values, count * sizeof *values);
        set_ground(s);
        least = best_start(s, guess, p, &height);
        *radius = p[0];
        *sd = spread_of(s, p, least);
        found = height > 0 && isfinite(*sd);
    }
    free(block);
    free(s);
    return found;
}
