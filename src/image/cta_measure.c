/* Middle, radius, brightness and calcium along a line, from rays in the plane across it.
 *
 * The vessel is first laid out straight: (points x RAYS x DEPTHS). Averages along it come
 * before any edge is sought, so noise is low and nothing is lost across. The edge of a ray is
 * where brightness is half way from the lumen to the outside; blur draws that in on a small
 * disc, by a known amount (`half_of`). Rays that run into bone, calcium or a neighbour have no
 * say; a circle is fitted to the others. */
#include "cta_disc.h"

enum { RAYS = 24, DEPTHS = 44, ROUNDS = 3 };

typedef struct sheet {
    float *values; /* (points x RAYS x DEPTHS) */
    double (*across)[2][3];
    double (*shift)[2];
    double *level;             /* lumen, HU */
    double *edge;              /* (points x RAYS) mm; 0 none */
    uint8_t *calcified, *bone; /* (points x RAYS) */
    double depth_mm;
    double cosine[RAYS], sine[RAYS];
} sheet;

static void sheet_clear(sheet *all)
{
    free(all->values);
    free(all->across);
    free(all->shift);
    free(all->level);
    free(all->edge);
    free(all->calcified);
    free(all->bone);
}

static bool sheet_new(int count, double depth_mm, sheet *all)
{
    size_t n = (size_t)count;

    *all = (sheet){.depth_mm = depth_mm};
    all->values = wadi_alloc(n * RAYS * DEPTHS, sizeof *all->values);
    all->across = wadi_alloc(n, sizeof *all->across);
    all->shift = wadi_alloc(n, sizeof *all->shift);
    all->level = wadi_alloc(n, sizeof *all->level);
    all->edge = wadi_alloc(n * RAYS, sizeof *all->edge);
    all->calcified = wadi_alloc(n * RAYS, 1);
    all->bone = wadi_alloc(n * RAYS, 1);
    for (int r = 0; r < RAYS; r++) {
        all->cosine[r] = cos(2 * WADI_PI * r / RAYS);
        all->sine[r] = sin(2 * WADI_PI * r / RAYS);
    }
    return all->values && all->across && all->shift && all->level && all->edge &&
           all->calcified && all->bone;
}

static double unit(double *v)
{
    double size = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);

    for (int k = 0; k < 3; k++)
        v[k] /= size > 1e-12 ? size : 1;
    return size;
}

void cta_line_tangent(const cta_line *line, int i, double *out)
{
    int a = i > 3 ? i - 4 : 0, b = i + 4 < line->count ? i + 4 : line->count - 1;

    for (int k = 0; k < 3; k++)
        out[k] = line->at[b][k] - line->at[a][k];
    if (unit(out) < 1e-9)
        out[2] = 1;
}

/* Two directions across the line that turn as little as they can on the way along. */
static void set_frames(const cta_line *line, sheet *all)
{
    for (int i = 0; i < line->count; i++) {
        double t[3], *n = all->across[i][0], *m = all->across[i][1], dot = 0;

        cta_line_tangent(line, i, t);
        if (i > 0) {
            memcpy(n, all->across[i - 1][0], sizeof all->across[i][0]);
        } else {
            int least = fabs(t[0]) < fabs(t[1]) ? (fabs(t[0]) < fabs(t[2]) ? 0 : 2)
                                                : (fabs(t[1]) < fabs(t[2]) ? 1 : 2);

            n[0] = n[1] = n[2] = 0;
            n[least] = 1;
        }
        for (int k = 0; k < 3; k++)
            dot += n[k] * t[k];
        for (int k = 0; k < 3; k++)
            n[k] -= dot * t[k];
        unit(n);
        m[0] = t[1] * n[2] - t[2] * n[1];
        m[1] = t[2] * n[0] - t[0] * n[2];
        m[2] = t[0] * n[1] - t[1] * n[0];
    }
}

static void lay_out(const cta_grid *grid, const cta_line *line, sheet *all)
{
#pragma omp parallel for schedule(static)
    for (int i = 0; i < line->count; i++)
        for (int r = 0; r < RAYS; r++) {
            float *to = all->values + ((size_t)i * RAYS + (size_t)r) * DEPTHS;
            bool bone = false;

            for (int d = 0; d < DEPTHS; d++) {
                double at[3], far = all->depth_mm * d;

                for (int k = 0; k < 3; k++)
                    at[k] = line->at[i][k] + far * (all->cosine[r] * all->across[i][0][k] +
                                                    all->sine[r] * all->across[i][1][k]);
                to[d] = (float)cta_value(grid, at);
                if (!bone && d % 4 == 0)
                    bone = cta_label_at(grid, at) == WADI_CTA_BONE;
                if (bone)
                    to[d] = NAN;
            }
        }
}

/* sum and norm grow by what is not bone. */
WADI_VECTOR
static void add_weighted(int count, const float *restrict from, float weight,
                         float *restrict sum, float *restrict norm)
{
    for (int c = 0; c < count; c++) {
        bool seen = from[c] == from[c];

        sum[c] += seen ? weight * from[c] : 0;
        norm[c] += seen ? weight : 0;
    }
}

/* Average along the line, Gaussian of sd `sd` points. Bone stays bone. */
static void average_along(int count, double sd, sheet *all, float *copy)
{
    float weight[16];
    int reach = (int)(2.5 * sd);

    reach = reach > 15 ? 15 : reach;
    for (int k = 0; k <= reach; k++)
        weight[k] = (float)exp(-0.5 * (k / sd) * (k / sd));
    memcpy(copy, all->values, (size_t)count * RAYS * DEPTHS * sizeof *copy);
#pragma omp parallel for schedule(static)
    for (int i = 0; i < count; i++) {
        float sum[RAYS * DEPTHS] = {0}, norm[RAYS * DEPTHS] = {0};
        float *to = all->values + (size_t)i * RAYS * DEPTHS;

        for (int k = -reach; k <= reach; k++)
            if (i + k >= 0 && i + k < count)
                add_weighted(RAYS * DEPTHS, copy + (size_t)(i + k) * RAYS * DEPTHS,
                             weight[abs(k)], sum, norm);
        for (int c = 0; c < RAYS * DEPTHS; c++)
            to[c] = isnan(to[c]) ? NAN : sum[c] / norm[c];
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double cta_quantile(double *values, int count, double share)
{
    if (count == 0)
        return 0;
    qsort(values, (size_t)count, sizeof *values, by_size);
    return values[(int)(share * (count - 1) + 0.5)];
}

/* Brightness of the inner lumen: a lower median near the middle, so calcium has no say. */
static double inner(const sheet *all, int i, double reach_mm)
{
    double found[RAYS * 16];
    int count = 0, deep = (int)(reach_mm / all->depth_mm);

    deep = deep < 1 ? 1 : deep > 15 ? 15 : deep;
    for (int r = 0; r < RAYS; r++)
        for (int d = 0; d <= deep; d++) {
            float v = all->values[((size_t)i * RAYS + (size_t)r) * DEPTHS + (size_t)d];

            if (!isnan(v))
                found[count++] = (double)v;
        }
    return cta_quantile(found, count, 0.45);
}

/* Noise against what the vessel stands out by: from here on a disc is fitted by area (chosen on
 * phantoms 201 to 208; 0.6 left veins in noise too thin, 0.22 spoils clean ones). Below,
 * rays are as good, and they see round a neighbour. */
#define FAINT 0.35

static bool is_faint(const cta_levels *levels, double level)
{
    return levels->noise > FAINT * fmax(level - levels->muscle, 1);
}

/* The lumen's level at each point: an upper quantile of what is found over +-20 mm, as thin
 * stretches look darker than their blood is. */
static void set_levels(const cta_line *line, const cta_levels *levels, sheet *all,
                       double *scratch)
{
    double typical = line->kind == WADI_CTA_VEIN ? levels->vein : levels->artery;

    for (int i = 0; i < line->count; i++)
        line->hu[i] = inner(all, i, fmax(0.45 * line->radius[i], 0.25));
    for (int i = 0; i < line->count; i++) {
        int count = 0;

        for (int j = i - 40; j <= i + 40; j++)
            if (j >= 0 && j < line->count)
                scratch[count++] = line->hu[j];
        double here = cta_quantile(scratch, count, 0.7);

        if (line->kind == WADI_CTA_VEIN && is_faint(levels, here))
            here = cta_quantile(scratch, count, 0.5);

        /* Blood of one tree is alike; what is far from that is thin or calcified. */
        all->level[i] = typical > 0 ? fmin(fmax(here, 0.92 * typical), 1.15 * typical) : here;
    }
}

/* Where a ray that calcium crosses leaves the lumen: calcium of the wall lies just outside, so
 * its summit is half of its thickness (0.3 to 1 mm) beyond. 0 where that cannot be told. */
static double calcified_edge(const float *v, int from, int end, double bright, double depth_mm)
{
    int top = from;

    for (int d = from; d <= end && (double)v[d] > bright; d++)
        if (v[d] > v[top])
            top = d;
    if (top == 0 || top >= end)
        return 0;
    double a = (double)v[top - 1], b = (double)v[top], c = (double)v[top + 1];
    double bend = a - 2 * b + c, peak = top + (bend < 0 ? 0.5 * (a - c) / bend : 0);

    return fmax(peak * depth_mm - 0.4, 0);
}

/* One ray: from the middle outwards to where it falls half way to what lies outside. */
static double ray_edge(const float *v, double level, const cta_levels *levels, double depth_mm,
                       bool *calcified, bool *bone)
{
    double bright = level + fmax(130, 2.2 * levels->noise);
    double floor_value = fmin(levels->muscle, level - 30);
    double limit = level - 0.5 * (level - floor_value);
    int end = 0, low = -1, from = 0;

    *calcified = *bone = false;
    /* A line that starts in calcium: on to the lumen, if there is one on this side. */
    while (from < DEPTHS / 2 && (double)v[from] > bright)
        from++;
    if (from > 0) {
        int stay = from;

        while (stay < DEPTHS && (double)v[stay] > limit && (double)v[stay] <= bright)
            stay++;
        *calcified = true;
        if ((stay - from) * depth_mm < 0.8)
            return 0;
    }
    for (int d = from; d < DEPTHS; d++) {
        if (isnan(v[d])) {
            *bone = true;
            break;
        }
        end = d;
        if (low < 0 && (double)v[d] > bright) {
            *calcified = true;
            for (end = d; end + 1 < DEPTHS && !isnan(v[end + 1]);)
                end++;
            return from > 0 ? 0 : calcified_edge(v, d, end, bright, depth_mm);
        }
        if (low < 0 && (double)v[d] < limit)
            low = d;
        if (low >= 0 && (d - low) * depth_mm > 1.6)
            break;
    }
    if (low < 0)
        return 0;
    /* What lies outside: the least within 1.6 mm beyond. */
    double outside = (double)v[low];

    for (int d = low; d <= end; d++)
        outside = fmin(outside, (double)v[d]);
    double half = 0.5 * (level + outside);

    for (int d = from > 0 ? from : 1; d <= end; d++)
        if ((double)v[d] < half) {
            double a = d > 0 ? (double)v[d - 1] : half, b = (double)v[d];

            return depth_mm * (d - (a > b ? fmin((half - b) / (a - b), 1) : 0));
        }
    return 0;
}

/* Circle through edges by least squares with weights that forgive outliers. */
static int fit_circle(const sheet *all, const double *edge, double *x, double *y,
                      double *radius, double *spread)
{
    double sorted[RAYS], weight[RAYS];
    int count = 0;

    for (int r = 0; r < RAYS; r++)
        if (edge[r] > 0)
            sorted[count++] = edge[r];
    *x = *y = *spread = 0;
    *radius = cta_quantile(sorted, count, 0.45);
    if (count < 6)
        return count;
    for (int round = 0; round < 6; round++) {
        double a[3][4] = {{0}}, misfit = 0, all_weight = 0;

        for (int r = 0; r < RAYS; r++) {
            if (edge[r] <= 0)
                continue;
            double px = edge[r] * all->cosine[r] - *x, py = edge[r] * all->sine[r] - *y;
            double far = hypot(px, py) + 1e-9, off = far - *radius;
            double scale = 0.12 + 0.06 * *radius;

            weight[r] = 1 / (1 + (off / scale) * (off / scale));
            const double row[3] = {px / far, py / far, 1};

            for (int i = 0; i < 3; i++) {
                for (int j = 0; j < 3; j++)
                    a[i][j] += weight[r] * row[i] * row[j];
                a[i][3] += weight[r] * row[i] * off;
            }
            misfit += weight[r] * off * off;
            all_weight += weight[r];
        }
        /* A pull to the middle that matters only where rays are on one side. */
        a[0][0] += 0.4;
        a[1][1] += 0.4;
        for (int i = 0; i < 3; i++)
            for (int j = i + 1; j < 3; j++) {
                double f = a[j][i] / a[i][i];

                for (int k = i; k < 4; k++)
                    a[j][k] -= f * a[i][k];
            }
        double dr = a[2][3] / a[2][2], dy = (a[1][3] - a[1][2] * dr) / a[1][1];
        double dx = (a[0][3] - a[0][1] * dy - a[0][2] * dr) / a[0][0];

        *x += dx;
        *y += dy;
        *radius = fmax(*radius + dr, 0.1);
        *spread = sqrt(misfit / all_weight);
    }
    return count;
}

/* How far blur draws in the half level of a disc, in units of the blur's sd: least squares on
 * the exact integral for r/s from 1 to 8; where the disc's own top is under half, by its top.
 */
static double disc_top(double q)
{
    return 1 - exp(-0.5 * q * q);
}

static double disc_value(double rho, double q)
{
    double sum = 0;
    int n = 60;

    /* D = int_0^q t exp(-(rho^2 + t^2) / 2) I0(rho t) dt, as a mean over angles. */
    for (int k = 0; k < n; k++) {
        double t = q * (k + 0.5) / n, bessel = 0;

        for (int a = 0; a < 16; a++)
            bessel += exp(rho * t * cos(WADI_PI * (a + 0.5) / 16) - 0.5 * (rho * rho + t * t));
        sum += t * bessel / 16 * q / n;
    }
    return sum;
}

void cta_half_fill(cta_levels *levels)
{
    for (int i = 0; i < CTA_HALVES; i++) {
        double q = 0.2 * (i + 1), low = 0, high = q + 2;

        if (disc_top(q) <= 0.5) {
            levels->half[i] = 0;
            continue;
        }
        for (int k = 0; k < 25; k++) {
            double mid = 0.5 * (low + high);

            if (disc_value(mid, q) > 0.5)
                low = mid;
            else
                high = mid;
        }
        levels->half[i] = low;
    }
}

/* True radius from the half-level radius, both in mm. */
static double true_radius(const cta_levels *levels, double half)
{
    const double *halves = levels->half;
    double blur = levels->blur_mm, h = half / blur;

    if (h >= halves[CTA_HALVES - 1])
        return half +
               blur * (0.2 * CTA_HALVES - halves[CTA_HALVES - 1]) * halves[CTA_HALVES - 1] / h;
    for (int i = CTA_HALVES - 1; i > 0; i--)
        if (h >= halves[i - 1]) {
            double a = halves[i - 1], b = halves[i];

            return blur * (0.2 * i + (b > a ? 0.2 * (h - a) / (b - a) : 0));
        }
    return 0.2 * blur;
}

typedef struct measured {
    double x, y, radius, spread;
    int rays, calcified, bone;
} measured;

static void measure_point(const cta_levels *levels, int i, sheet *all, measured *out)
{
    double *edge = all->edge + (size_t)i * RAYS;

    *out = (measured){0};
    for (int r = 0; r < RAYS; r++) {
        bool calcified, bone;
        const float *v = all->values + ((size_t)i * RAYS + (size_t)r) * DEPTHS;

        edge[r] = ray_edge(v, all->level[i], levels, all->depth_mm, &calcified, &bone);
        all->calcified[(size_t)i * RAYS + (size_t)r] = calcified;
        all->bone[(size_t)i * RAYS + (size_t)r] = bone;
        out->calcified += calcified;
        out->bone += bone && edge[r] <= 0;
    }
    out->rays = fit_circle(all, edge, &out->x, &out->y, &out->radius, &out->spread);
    if (out->rays >= 6)
        out->radius = true_radius(levels, out->radius);
}

static void measure_faint(const cta_levels *levels, int i, const sheet *all, double radius,
                          measured *out)
{
    double level = all->level[i], apart = level - levels->muscle;
    double scratch[RAYS * (DEPTHS + 1)];
    const cta_disc_look look = {.rays = RAYS,
                                .depths = DEPTHS,
                                .depth_mm = all->depth_mm,
                                .cosine = all->cosine,
                                .sine = all->sine,
                                .values = all->values + (size_t)i * RAYS * DEPTHS};
    cta_disc disc;

    if (!cta_disc_fit(&look, level, levels->muscle, level + fmax(0.8 * apart, levels->noise),
                      0.6 * fmax(radius, 0.8), 1.6 * radius + 0.8, scratch, &disc))
        return;
    bool there = disc.contrast > 0.5 * apart;

    out->x = disc.x;
    out->y = disc.y;
    out->radius = true_radius(levels, disc.radius);
    out->rays = RAYS - out->bone;
    out->spread = there ? 0.1 : 0.3 + 0.2 * out->radius;
}

/* A tube: an edge on most sides that is free, about round, wider than a thread of noise. */
static bool is_good(const measured *found)
{
    int asked = RAYS - found->bone;

    return found->rays >= 6 && found->rays * 10 >= 6 * asked && found->radius > 0.42 &&
           found->spread < 0.2 + 0.18 * found->radius;
}

/* Fill points without a measurement from their neighbours. */
static void fill_radii(cta_line *line, const measured *found)
{
    int last = -1;

    for (int i = 0; i <= line->count; i++) {
        bool good = i < line->count && found[i].rays >= 8;

        if (i < line->count && !good)
            continue;
        for (int j = last + 1; j < i; j++) {
            double a = last >= 0 ? line->radius[last] : i < line->count ? found[i].radius : 0;
            double b = i < line->count ? found[i].radius : a;
            double t = last >= 0 && i < line->count ? (double)(j - last) / (i - last) : 0;

            line->radius[j] = a + t * (b - a) > 0 ? a + t * (b - a) : 0.5;
            line->sd[j] = 0.15 + 0.3 * line->radius[j];
        }
        if (good) {
            line->radius[i] = found[i].radius;
            line->sd[i] = 0.05 + found[i].spread / sqrt(found[i].rays / 3.0);
        }
        last = i;
    }
}

static void move_line(cta_line *line, const measured *found, const sheet *all)
{
    for (int i = 0; i < line->count; i++) {
        double most = 0.6 * fmax(line->radius[i], 0.8), x = found[i].x, y = found[i].y;
        double far = hypot(x, y);

        if (found[i].rays < 8)
            continue;
        if (far > most)
            x *= most / far, y *= most / far;
        for (int k = 0; k < 3; k++)
            line->at[i][k] += x * all->across[i][0][k] + y * all->across[i][1][k];
    }
    cta_line_smooth(line, 1.2);
}

/* Calcium in the wall: share of rays, and area beyond the lumen's level. */
static void measure_calcium(const cta_levels *levels, cta_line *line, const sheet *all)
{
    for (int i = 0; i < line->count; i++) {
        int rays = 0;
        double area = 0;

        for (int r = 0; r < RAYS; r++) {
            const float *v = all->values + ((size_t)i * RAYS + (size_t)r) * DEPTHS;
            double outer = line->radius[i] + 1.3, inner_mm = 0.5 * line->radius[i];
            double least = all->level[i] + fmax(130, 2.2 * levels->noise), sum = 0;
            bool any = false;

            for (int d = 0; d < DEPTHS && d * all->depth_mm < outer; d++) {
                double rho = d * all->depth_mm;

                if (isnan(v[d]))
                    break;
                if (rho < inner_mm || (double)v[d] < least)
                    continue;
                any = true;
                /* Calcium of 1200 HU: what is above lumen counts in proportion. */
                sum += ((double)v[d] - all->level[i]) / 900 * rho * all->depth_mm;
            }
            rays += any;
            area += sum * 2 * WADI_PI / RAYS;
        }
        line->arc[i] = 360.0 * rays / RAYS;
        line->calcium[i] = area;
        if (rays > RAYS / 4)
            line->reasons |= WADI_CTA_CALCIFIED;
    }
}

wadi_status cta_measure(const cta_grid *grid, const cta_levels *levels, cta_line *line,
                        wadi_error *err)
{
    sheet all = {0};
    size_t n = (size_t)line->count + 1;
    double widest = 1.5, *scratch = wadi_alloc(96, sizeof *scratch);
    measured *found = wadi_alloc(n, sizeof *found);
    float *copy = wadi_alloc(n * RAYS * DEPTHS, sizeof *copy);
    int bone = 0, good = 0;
    /* Faint vessels in noise are averaged over more of their length. */
    double typical = line->kind == WADI_CTA_VEIN ? 90 : 300;
    double reach = fmin(fmax(2 + 14 * (levels->noise / typical - 0.2), 2), 6);
    wadi_status status = WADI_OK;

    for (int i = 0; i < line->count; i++)
        widest = fmax(widest, line->radius[i]);
    if (!scratch || !found || !copy ||
        !sheet_new(line->count, fmax((1.7 * widest + 2.5) / DEPTHS, 0.12), &all)) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory to measure a vessel");
        goto done;
    }
    for (int round = 0; round < ROUNDS && line->count > 2; round++) {
        set_frames(line, &all);
        lay_out(grid, line, &all);
        average_along(line->count, reach, &all, copy);
        set_levels(line, levels, &all, scratch);
#pragma omp parallel for schedule(static)
        for (int i = 0; i < line->count; i++)
            if (line->bridged[i])
                found[i] = (measured){0};
            else {
                measure_point(levels, i, &all, &found[i]);
                if (line->kind == WADI_CTA_VEIN && is_faint(levels, all.level[i]))
                    measure_faint(levels, i, &all, line->radius[i], &found[i]);
            }
        fill_radii(line, found);
        if (round + 1 < ROUNDS)
            move_line(line, found, &all);
    }
    for (int i = 0; i < line->count; i++) {
        bone += found[i].bone > 2;
        good += is_good(&found[i]);
    }
    line->good = line->count ? (double)good / line->count : 0;
    line->reasons |= bone * 5 > line->count ? WADI_CTA_TOUCHES_BONE : 0;
    measure_calcium(levels, line, &all);
done:
    sheet_clear(&all);
    free(scratch);
    free(found);
    free(copy);
    return status;
}
