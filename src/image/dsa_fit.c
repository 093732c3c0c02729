/* Middle and calibre of a vessel in an opacity picture: the profile of a blurred full cylinder,
 * fitted along the whole vessel at once. */
#include "dsa.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Detector, interpolation and the blur of the opacity together. */
#define BLUR_PX 1.0

enum {
    HALF_LIMIT = 48, /* widest profile: this many pixels to each side */
    FINE = 4,        /* places of the middle a pixel */
    TABLE = FINE * (2 * HALF_LIMIT + 2) + 1
};

/* A profile of a full cylinder blurred by the detector: chord 2 sqrt(r^2 - x^2) under a
 * Gaussian. */
static double blurred_chord(double x, double radius)
{
    static const double AT[7] = {-2.4, -1.6, -0.8, 0, 0.8, 1.6, 2.4};
    static const double WEIGHT[7] = {0.0179, 0.0888, 0.2318, 0.3193, 0.2318, 0.0888, 0.0179};
    double sum = 0;

    if (fabs(x) > radius + 2.4 * BLUR_PX)
        return 0;
    for (int k = 0; k < 7; k++) {
        double y = x + BLUR_PX * AT[k], square = radius * radius - y * y;

        sum += square > 0 ? WEIGHT[k] * 2 * sqrt(square) : 0;
    }
    return sum / 0.9963;
}

/* A profile freed of its mean and its slope, which are the ground's. */
typedef struct profile {
    int count;
    double step, x2;                  /* sample distance in pixels; sum of x^2 */
    double value[2 * HALF_LIMIT + 1]; /* without mean and slope */
    double square;                    /* their sum of squares */
} profile;

static double place_of(const profile *p, int i)
{
    return (i - (p->count - 1) / 2.0) * p->step;
}

static void free_of_ground(profile *p)
{
    double mean = 0, slope = 0;

    p->x2 = p->square = 0;
    for (int i = 0; i < p->count; i++) {
        double x = place_of(p, i);

        mean += p->value[i] / p->count;
        slope += x * p->value[i];
        p->x2 += x * x;
    }
    slope /= p->x2;
    for (int i = 0; i < p->count; i++) {
        p->value[i] -= mean + slope * place_of(p, i);
        p->square += p->value[i] * p->value[i];
    }
}

/* The shape's product with the profile and with itself, both freed of mean and slope. */
typedef struct match {
    double product, square;
} match;

static match finish_match(const profile *p, double sum, double moment, double product,
                          double square)
{
    return (match){product, square - sum * sum / p->count - moment * moment / p->x2};
}

static match match_shape(const profile *p, double radius, double centre)
{
    double sum = 0, moment = 0, product = 0, square = 0;

    for (int i = 0; i < p->count; i++) {
        double x = place_of(p, i), shape = blurred_chord(x - centre, radius);

        sum += shape;
        moment += x * shape;
        product += shape * p->value[i];
        square += shape * shape;
    }
    return finish_match(p, sum, moment, product, square);
}

/* What a free amplitude explains of the profile's sum of squares; 0 when it is negative. */
static double explained(match found)
{
    return found.product > 0 && found.square > 1e-9
               ? found.product * found.product / found.square
               : 0;
}

static void fill_table(double radius, double *table)
{
    for (int k = 0; k < TABLE; k++)
        table[k] = blurred_chord((double)k / FINE, radius);
}

/* The same for a middle on the fine grid, out of the table; samples are a pixel apart. */
static match match_table(const profile *p, const double *table, int centre)
{
    double sum = 0, moment = 0, product = 0, square = 0;
    int half = p->count / 2;

    for (int i = 0; i < p->count; i++) {
        double shape = table[abs((i - half) * FINE - centre)];

        sum += shape;
        moment += (i - half) * shape;
        product += shape * p->value[i];
        square += shape * shape;
    }
    return finish_match(p, sum, moment, product, square);
}

typedef struct cylinder {
    double radius, centre, amplitude;
    bool fits;   /* more than half of the squares are explained */
    double rest; /* sum of squares left */
} cylinder;

static void refine(const profile *p, double most, double width, double shift, cylinder *out)
{
    for (int round = 0; round < 7; round++, width *= 0.5, shift *= 0.5) {
        double radius = out->radius, centre = out->centre;

        for (int j = -1; j <= 1; j++)
            for (int k = -1; k <= 1; k++) {
                double r = radius + j * width, c = centre + k * shift, here;

                if (r < 0.3)
                    continue;
                here = explained(match_shape(p, r, c));
                if (here > most) {
                    most = here;
                    out->radius = r;
                    out->centre = c;
                }
            }
    }
    match found = match_shape(p, out->radius, out->centre);

    out->amplitude = found.square > 0 ? found.product / found.square : 0;
    out->rest = p->square - most;
    out->fits = out->amplitude > 0 && p->square > 0 && out->rest < 0.5 * p->square;
}

/* Radius and middle over all that the profile's width allows. */
static cylinder search_cylinder(const profile *p)
{
    cylinder out = {.radius = 1};
    double reach = (p->count - 1) / 2.0 * p->step, most = 0;

    for (double r = 0.5; r < 0.75 * reach; r *= 1.15)
        for (double c = -0.35 * reach; c <= 0.35 * reach; c += 0.5 * p->step) {
            double here = explained(match_shape(p, r, c));

            if (here > most) {
                most = here;
                out.radius = r;
                out.centre = c;
            }
        }
    refine(p, most, 0.08 * out.radius, 0.25 * p->step, &out);
    return out;
}

bool dsa_fit_cylinder(const double *values, int count, double step, double *diameter,
                      double *centre)
{
    profile p = {.count = count, .step = step};

    WADI_ASSERT(count <= 2 * HALF_LIMIT + 1);
    memcpy(p.value, values, (size_t)count * sizeof *values);
    free_of_ground(&p);

    cylinder found = search_cylinder(&p);

    *diameter = 2 * found.radius;
    *centre = found.centre;
    return found.fits;
}

/* The picture along a path, made straight: row i across the path at its point i, from -half to
 * half pixels. */
typedef struct straight {
    wadi_index count;
    int half;
    double *x, *y, *nx, *ny; /* (count) path and its unit normal */
    float *rows;             /* (count x (2 HALF_LIMIT + 1)) */
    double *centre, *radius, *amplitude, *scratch;
    bool *fits;
} straight;

enum { WIDTH = 2 * HALF_LIMIT + 1 };

static void smooth_line(double *values, wadi_index count, int reach, double *scratch)
{
    for (wadi_index i = 0; i < count; i++) {
        wadi_index most = i < count - 1 - i ? i : count - 1 - i;
        wadi_index here = most < reach ? most : reach;
        double sum = 0;

        for (wadi_index k = -here; k <= here; k++)
            sum += values[i + k];
        scratch[i] = sum / (2 * here + 1);
    }
    memcpy(values, scratch, (size_t)count * sizeof *values);
}

/* Points a pixel apart; the count stays within the room there is. */
static void respace(straight *line)
{
    double *x = line->scratch, *y = line->scratch + line->count, whole = 0, along = 0;
    wadi_index count, at = 0;

    for (wadi_index i = 1; i < line->count; i++)
        whole += hypot(line->x[i] - line->x[i - 1], line->y[i] - line->y[i - 1]);
    count = (wadi_index)whole + 1;
    count = count > line->count ? line->count : count < 2 ? 2 : count;
    for (wadi_index i = 0; i < count; i++) {
        double want = whole * i / (count - 1), step;

        for (;;) {
            step = hypot(line->x[at + 1] - line->x[at], line->y[at + 1] - line->y[at]);
            if (at + 2 >= line->count || along + step >= want)
                break;
            along += step;
            at++;
        }
        double share = step > 0 ? (want - along) / step : 0;

        share = share > 1 ? 1 : share;
        x[i] = line->x[at] + share * (line->x[at + 1] - line->x[at]);
        y[i] = line->y[at] + share * (line->y[at + 1] - line->y[at]);
    }
    line->count = count;
    memcpy(line->x, x, (size_t)count * sizeof *x);
    memcpy(line->y, y, (size_t)count * sizeof *y);
}

static void straighten(const wadi_dsa *dsa, straight *line)
{
    for (wadi_index i = 0; i < line->count; i++) {
        wadi_index a = i > 5 ? i - 6 : 0, b = i + 6 < line->count ? i + 6 : line->count - 1;
        double dx = line->x[b] - line->x[a], dy = line->y[b] - line->y[a], size = hypot(dx, dy);

        line->nx[i] = size > 0 ? -dy / size : 0;
        line->ny[i] = size > 0 ? dx / size : 0;
        line->centre[i] = 0;
        for (int k = -line->half; k <= line->half; k++)
            line->rows[(size_t)i * WIDTH + (size_t)(k + line->half)] = filter_between(
                dsa->opacity, dsa->columns, dsa->rows, (float)(line->x[i] + k * line->nx[i]),
                (float)(line->y[i] + k * line->ny[i]));
    }
}

/* Median of the radii 75 pixels to each side: what the vessel is like there. */
static double radius_around(const straight *line, wadi_index i)
{
    double found[31];
    size_t count = 0;

    for (int k = -15; k <= 15; k++) {
        wadi_index j = i + 5 * k;

        if (j >= 0 && j < line->count)
            found[count++] = line->radius[j];
    }
    qsort(found, count, sizeof *found, wadi_by_double);
    return found[count / 2];
}

/* A side branch or a neighbour beside the vessel would be taken for a part of it: what rises
 * beyond the vessel's usual width by a third of its own height is set to the ground. */
static void clear_beside(straight *line)
{
    for (wadi_index i = 0; i < line->count; i++) {
        double usual = radius_around(line, i), ground, outside[WIDTH];
        double most = 0.3 * line->amplitude[i] * 2 * line->radius[i];
        int edge = (int)ceil(1.1 * usual + 2);
        float *row = line->rows + (size_t)i * WIDTH;
        size_t count = 0;

        for (int k = -line->half; k <= line->half; k++)
            if (abs(k) > edge)
                outside[count++] = row[k + line->half];
        if (count < 4)
            continue;
        qsort(outside, count, sizeof *outside, wadi_by_double);
        ground = outside[count / 2];
        for (int k = -line->half; k <= line->half; k++)
            if (abs(k) > edge && row[k + line->half] > ground + most)
                row[k + line->half] = (float)ground;
    }
}

/* Mean of the rows around one, each about its own middle. */
static void mean_profile(const straight *line, wadi_index i, wadi_index reach, profile *out)
{
    wadi_index first = i > reach ? i - reach : 0;
    wadi_index last = i + reach < line->count ? i + reach : line->count - 1;

    out->count = 2 * line->half + 1;
    out->step = 1;
    for (int k = 0; k < out->count; k++)
        out->value[k] = 0;
    for (wadi_index j = first; j <= last; j++) {
        const float *row = line->rows + (size_t)j * WIDTH;
        double off = line->centre[j] - line->centre[i];
        int whole = (int)floor(off);
        double share = off - whole;

        for (int k = 0; k < out->count; k++) {
            int a = k + whole, b = a + 1;

            a = a < 0 ? 0 : a >= out->count ? out->count - 1 : a;
            b = b < 0 ? 0 : b >= out->count ? out->count - 1 : b;
            out->value[k] +=
                ((1 - share) * row[a] + share * row[b]) / (double)(last - first + 1);
        }
    }
    free_of_ground(out);
}

static cylinder search_table(const profile *p, double least, double most_radius, int reach)
{
    cylinder out = {.radius = least};
    double table[TABLE], most = 0;

    for (double r = least; r < most_radius; r *= 1.12) {
        fill_table(r, table);
        for (int c = -reach; c <= reach; c += 2) {
            double here = explained(match_table(p, table, c));

            if (here > most) {
                most = here;
                out.radius = r;
                out.centre = (double)c / FINE;
            }
        }
    }
    refine(p, most, 0.07 * out.radius, 0.25, &out);
    return out;
}

/* Usual radius, from wide profiles here and there. */
static double usual_radius(straight *line)
{
    double found[64];
    size_t count = 0;
    wadi_index step = line->count / 24 > 12 ? line->count / 24 : 12;

    for (wadi_index i = step / 2; i < line->count && count < 64; i += step) {
        profile p;

        mean_profile(line, i, step / 2, &p);

        cylinder here = search_table(&p, 0.7, 0.62 * line->half, FINE * line->half / 3);

        if (here.fits)
            found[count++] = here.radius;
    }
    if (!count)
        return 2;
    qsort(found, count, sizeof *found, wadi_by_double);
    return found[count / 2];
}

/* Radius and amplitude every few points, from `reach` rows to each side; linear between. */
static void fit_radii(straight *line, double usual, wadi_index reach, wadi_index step)
{
    wadi_index before = 0;

    for (wadi_index i = 0; i < line->count;) {
        profile p;

        mean_profile(line, i, reach, &p);

        cylinder here =
            search_table(&p, 0.15 * usual > 0.5 ? 0.15 * usual : 0.5,
                         fmin(1.9 * usual, 0.8 * line->half), FINE * (int)fmax(2, 0.4 * usual));

        line->radius[i] = here.radius;
        line->amplitude[i] = here.amplitude;
        line->fits[i] = here.fits;
        for (wadi_index j = before + 1; j < i; j++) {
            double share = (double)(j - before) / (i - before);

            line->radius[j] = (1 - share) * line->radius[before] + share * line->radius[i];
            line->amplitude[j] =
                (1 - share) * line->amplitude[before] + share * line->amplitude[i];
            line->fits[j] = line->fits[before] && line->fits[i];
        }
        before = i;
        if (i == line->count - 1)
            break;
        i = i + step < line->count ? i + step : line->count - 1;
    }
}

/* Least total cost of a middle per row over places half a pixel apart, neighbours within one
 * place: Viterbi. `cost` is (count x places). */
static void best_way(wadi_index count, int places, const float *cost, float *total,
                     uint8_t *from, double *out)
{
    const float step_cost = 12; /* a sideways step of half a pixel a row, in noise */
    int best = 0;

    memcpy(total, cost, (size_t)places * sizeof *total);
    for (wadi_index i = 1; i < count; i++) {
        const float *before = total + (size_t)((i - 1) % 2) * (size_t)places;
        float *here = total + (size_t)(i % 2) * (size_t)places;

        for (int k = 0; k < places; k++) {
            float least = before[k];
            uint8_t way = 1;

            if (k > 0 && before[k - 1] + step_cost < least) {
                least = before[k - 1] + step_cost;
                way = 0;
            }
            if (k + 1 < places && before[k + 1] + step_cost < least) {
                least = before[k + 1] + step_cost;
                way = 2;
            }
            here[k] = least + cost[(size_t)i * (size_t)places + (size_t)k];
            from[(size_t)i * (size_t)places + (size_t)k] = way;
        }
    }
    const float *last = total + (size_t)((count - 1) % 2) * (size_t)places;

    for (int k = 1; k < places; k++)
        if (last[k] < last[best])
            best = k;
    for (wadi_index i = count - 1; i >= 0; i--) {
        out[i] = 0.5 * (best - places / 2);
        best += (int)from[(size_t)i * (size_t)places + (size_t)best] - 1;
    }
}

/* Smallest sum of say (c - want)^2 and stiff (second difference of c)^2. Five bands, solved
 * by Cholesky. */
static void smooth_middle(wadi_index count, const double *say, const double *want, double stiff,
                          double *band, double *out)
{
    double *d = band, *e = band + count, *f = band + 2 * count;

    for (wadi_index i = 0; i < count; i++) {
        bool edge = i == 0 || i == count - 1, next = i == 1 || i == count - 2;

        d[i] = say[i] + stiff * (edge ? 1 : next ? 5 : 6);
        e[i] = i + 1 < count ? -stiff * (i == 0 || i == count - 2 ? 2 : 4) : 0;
        f[i] = i + 2 < count ? stiff : 0;
        out[i] = say[i] * want[i];
    }
    for (wadi_index i = 0; i < count; i++) {
        double pivot = d[i], a = e[i] / pivot, b = f[i] / pivot;

        if (i + 1 < count) {
            d[i + 1] -= a * e[i];
            e[i + 1] -= a * f[i];
            out[i + 1] -= a * out[i];
        }
        if (i + 2 < count) {
            d[i + 2] -= b * f[i];
            out[i + 2] -= b * out[i];
        }
        e[i] = a;
        f[i] = b;
        out[i] /= pivot;
    }
    for (wadi_index i = count - 1; i >= 0; i--) {
        out[i] -= i + 1 < count ? e[i] * out[i + 1] : 0;
        out[i] -= i + 2 < count ? f[i] * out[i + 2] : 0;
    }
}

/* Squares, but what is brighter than the vessel alone by more than two deviations counts no
 * more than that: a side branch must not pull the middle to its side. */
static double one_sided(double off)
{
    return off > 2 ? 4 : off * off;
}

/* Cost of each place of each row's middle, in units of the noise, for the radius usual there
 * and the amplitude found. */
static void row_costs(const straight *line, int places, float *cost)
{
    double table[TABLE], rest = 0, last = -1, samples = 0, noise;
    int half = line->half;

    for (int pass = 0; pass < 2; pass++) {
        noise = pass ? sqrt(rest / samples * 3 + 1e-12) : 0;
        for (wadi_index i = 0; i < line->count; i++) {
            const float *row = line->rows + (size_t)i * WIDTH;
            profile p = {.count = 2 * half + 1, .step = 1};
            double a = line->amplitude[i], radius = radius_around(line, i), ground,
                   around[WIDTH];

            if (fabs(radius - last) > 0.05) {
                last = radius;
                fill_table(last, table);
            }
            for (int k = 0; k < p.count; k++)
                around[k] = row[k] - a * table[abs(k - half) * FINE];
            if (pass == 0) {
                memcpy(p.value, around, (size_t)p.count * sizeof *around);
                free_of_ground(&p);
                rest += p.square;
                samples += p.count - 2;
                continue;
            }
            qsort(around, (size_t)p.count, sizeof *around, wadi_by_double);
            ground = around[half];
            for (int k = 0; k < places; k++) {
                int centre = (k - places / 2) * FINE / 2;
                double sum = 0;

                for (int j = 0; j < p.count; j++)
                    sum += one_sided(
                        (row[j] - ground - a * table[abs((j - half) * FINE - centre)]) / noise);
                cost[(size_t)i * (size_t)places + (size_t)k] = (float)sum;
            }
        }
    }
}

/* Middles of all rows: the best way, then the parabola at each row under a stiff line. */
static bool find_middle(straight *line, double usual)
{
    int side = (int)fmin(2 * fmax(4, 1.2 * usual), 2 * (line->half - usual));
    int places = 2 * (side < 4 ? 4 : side) + 1;
    size_t count = (size_t)line->count;
    /* Vessels bend by less than this many pixels in a pixel of way; what the path has is
     * already taken off. */
    const double bend = 0.004;
    float *cost = wadi_alloc(count * (size_t)places + 2 * (size_t)places, sizeof *cost);
    uint8_t *from = wadi_alloc(count * (size_t)places, 1);
    double *say = wadi_alloc(5 * count, sizeof *say), *want = say ? say + count : NULL;
    bool ready = cost && from && say;

    if (ready) {
        row_costs(line, places, cost);
        best_way(line->count, places, cost, cost + count * (size_t)places, from, line->centre);
        for (wadi_index i = 0; i < line->count; i++) {
            int k = (int)lround(2 * line->centre[i]) + places / 2;
            const float *c = cost + (size_t)i * (size_t)places;

            k = k < 2 ? 2 : k > places - 3 ? places - 3 : k;

            double curve = c[k + 2] - 2.0 * c[k] + c[k - 2],
                   slope = 0.5 * (c[k + 2] - c[k - 2]);
            double off = curve > 0 ? -slope / curve : 0;

            say[i] = curve > 1e-3 ? 0.5 * curve : 5e-4;
            want[i] = 0.5 * (k - places / 2) + (off > 1 ? 1 : off < -1 ? -1 : off);
        }
        smooth_middle(line->count, say, want, 1 / (bend * bend), say + 2 * count, line->centre);
    }
    free(cost);
    free(from);
    free(say);
    return ready;
}

static void move_to_middle(straight *line)
{
    for (wadi_index i = 0; i < line->count; i++) {
        double c = line->centre[i];

        line->x[i] += c * line->nx[i];
        line->y[i] += c * line->ny[i];
    }
}

static bool make_straight(const wadi_dsa_vessel *vessel, straight *line)
{
    size_t count = (size_t)vessel->count;

    line->count = vessel->count;
    line->x = wadi_alloc(9 * count, sizeof(double));
    line->rows = wadi_alloc(count * WIDTH, sizeof(float));
    line->fits = wadi_alloc(count, sizeof(bool));
    if (!line->x || !line->rows || !line->fits)
        return false;
    line->y = line->x + count;
    line->nx = line->y + count;
    line->ny = line->nx + count;
    line->centre = line->ny + count;
    line->radius = line->centre + count;
    line->amplitude = line->radius + count;
    line->scratch = line->amplitude + count; /* twice count */
    memcpy(line->x, vessel->x_px, count * sizeof(double));
    memcpy(line->y, vessel->y_px, count * sizeof(double));
    return true;
}

/* From the pixels of a skeleton to the middle and calibre: wide profiles tell the usual
 * radius, then radius and middle are found in turns. */
static bool settle(const wadi_dsa *dsa, straight *line)
{
    double usual;

    smooth_line(line->x, line->count, 5, line->scratch);
    smooth_line(line->y, line->count, 5, line->scratch);
    respace(line);
    line->half = HALF_LIMIT;
    straighten(dsa, line);
    usual = usual_radius(line);
    for (int round = 0; round < 3; round++) {
        line->half = (int)fmin(HALF_LIMIT, ceil(1.7 * usual + 6));
        straighten(dsa, line);
        if (round)
            clear_beside(line);
        fit_radii(line, usual, round ? 20 : 10, 10);
        if (!find_middle(line, usual))
            return false;
        move_to_middle(line);
        smooth_line(line->x, line->count, 2, line->scratch);
        smooth_line(line->y, line->count, 2, line->scratch);
        respace(line);
    }
    straighten(dsa, line);
    clear_beside(line);
    fit_radii(line, usual, 8, 4);
    return true;
}

bool dsa_fit_vessel(const wadi_dsa *dsa, wadi_dsa_vessel *vessel)
{
    straight line = {0};
    bool fitted = make_straight(vessel, &line) && settle(dsa, &line);

    if (fitted) {
        vessel->count = line.count;
        memcpy(vessel->x_px, line.x, (size_t)line.count * sizeof *line.x);
        memcpy(vessel->y_px, line.y, (size_t)line.count * sizeof *line.y);
        for (wadi_index i = 0; i < line.count; i++)
            vessel->diameter_px[i] = line.fits[i] ? 2 * line.radius[i] : NAN;
    }
    free(line.x);
    free(line.rows);
    free(line.fits);
    return fitted;
}
