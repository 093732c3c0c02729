/* An artery laid out straight, and the way of its lumen across it.
 *
 * Across each point of a course lies a square of cells. What is bone, another vessel or bloom
 * of calcium is left out. Where the course was only bridged, the lumen may run beside it: the
 * way that gathers most brightness, step by step, is taken (dynamic programming), and the
 * course is put there. */
#include "cta_lumen.h"

#include <stdlib.h>
#include <string.h>

enum { STRIDE = 2, MOST_STEP = 1, SPREADS = 2 };

/* Places of the trace this near to a bridge are not held fast. */
static const double LOOSE_MM = 4;
/* What a step of a cell to the side costs, and a mm beside the course, in units of a node whose
 * brightness stands one standard deviation above the tissue. */
static const double STEP_COST = 0.6, ASIDE_COST = 0.3, PARTS[SPREADS] = {0.7, 0.3};

static double norm3(double *v)
{
    double size = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);

    for (int k = 0; k < 3; k++)
        v[k] /= size + 1e-12;
    return size;
}

/* Directions across that turn as little as they can on the way. */
static void set_across(const wadi_cta_course *c, cta_straight *s)
{
    for (wadi_index i = 0; i < c->count; i++) {
        wadi_index a = i > 5 ? i - 5 : 0, b = i + 5 < c->count ? i + 5 : c->count - 1;
        double t[3], *u = s->across[i][0], *w = s->across[i][1], dot = 0;

        for (int k = 0; k < 3; k++)
            t[k] = c->points_mm[3 * b + k] - c->points_mm[3 * a + k];
        norm3(t);
        if (i > 0) {
            memcpy(u, s->across[i - 1][0], 3 * sizeof *u);
        } else {
            u[0] = fabs(t[0]) < 0.9;
            u[1] = !(fabs(t[0]) < 0.9);
            u[2] = 0;
        }
        for (int k = 0; k < 3; k++)
            dot += u[k] * t[k];
        for (int k = 0; k < 3; k++)
            u[k] -= dot * t[k];
        norm3(u);
        w[0] = t[1] * u[2] - t[2] * u[1];
        w[1] = t[2] * u[0] - t[0] * u[2];
        w[2] = t[0] * u[1] - t[1] * u[0];
    }
}

void cta_straight_place(const wadi_cta_course *c, const cta_straight *s, wadi_index i, double x,
                        double y, double *out)
{
    for (int k = 0; k < 3; k++)
        out[k] = c->points_mm[3 * i + k] + x * s->across[i][0][k] + y * s->across[i][1][k];
}

/* Hide a disc about a place beside the course. */
static void hide_disc(const wadi_cta_course *c, const double *place, double radius,
                      cta_straight *s)
{
    const double far = STRAIGHT_SIDE * STRAIGHT_MM * 1.5 + radius;

    for (wadi_index i = 0; i < c->count; i++) {
        const double *q = c->points_mm + 3 * i;
        double off[3] = {place[0] - q[0], place[1] - q[1], place[2] - q[2]}, x = 0, y = 0, size;

        if (fabs(off[2]) > far)
            continue;
        size = off[0] * off[0] + off[1] * off[1] + off[2] * off[2];
        if (size > far * far)
            continue;
        for (int k = 0; k < 3; k++) {
            x += off[k] * s->across[i][0][k];
            y += off[k] * s->across[i][1][k];
        }
        if (size - x * x - y * y > 1)
            continue;
        for (int e = 0; e < STRAIGHT_CELLS; e++) {
            double dx = (e % STRAIGHT_ROW - STRAIGHT_SIDE) * STRAIGHT_MM - x;
            double dy = (e / STRAIGHT_ROW - STRAIGHT_SIDE) * STRAIGHT_MM - y;

            if (dx * dx + dy * dy < radius * radius)
                s->value[(size_t)i * STRAIGHT_CELLS + (size_t)e] = NAN;
        }
    }
}

/* Cells in another artery's open lumen say nothing of this one. Where the other one begins on
 * this course, or this one on it, both lumens are one: that much of it is left alone. */
static void hide_arteries(const wadi_cta_findings *findings, const wadi_cta_course *c,
                          cta_straight *s)
{
    for (wadi_index o = 0; o < findings->course_count; o++) {
        const wadi_cta_course *other = &findings->courses[o];

        if (other == c || other->vein)
            continue;
        for (wadi_index j = 0; j < other->count; j += 2)
            if (!other->closed[j] && other->along_mm[j] > 1.5 * other->radius_mm[j])
                hide_disc(c, other->points_mm + 3 * j, other->radius_mm[j] + 0.5, s);
    }
}

/* Veins, with their blur. What goes for a vein and is brighter than veins are is none: a
 * narrowed artery is as bright as one and may have been taken for it. */
static void hide_veins(const wadi_cta *cta, const wadi_cta_course *c, cta_straight *s)
{
    const double brighter = 0.17, window = 15;
    double limit = cta->vein_hu + brighter * (cta->artery_hu - cta->vein_hu);

    for (wadi_index b = 0; b < cta->branch_count; b++) {
        const wadi_cta_branch *vein = &cta->branches[b];

        if (vein->kind != WADI_CTA_VEIN)
            continue;
        for (wadi_index j = 0; j < vein->count; j += 2) {
            double sum = 0, count = 0;

            for (wadi_index k = j - (wadi_index)window; k <= j + (wadi_index)window; k++)
                if (k >= 0 && k < vein->count && !vein->bridged[k]) {
                    sum += vein->hu[k];
                    count++;
                }
            if (count > 0 && sum / count < limit)
                hide_disc(c, vein->points_mm + 3 * j, vein->radius_mm[j] + 0.4, s);
        }
    }
}

/* Calcium and half a millimetre of bloom beside it. */
static void hide_bloom(float *plane, double limit)
{
    bool bright[STRAIGHT_CELLS];
    int reach = (int)(0.5 / STRAIGHT_MM + 0.5);

    for (int e = 0; e < STRAIGHT_CELLS; e++)
        bright[e] = (double)plane[e] > limit;
    for (int e = 0; e < STRAIGHT_CELLS; e++) {
        int x = e % STRAIGHT_ROW, y = e / STRAIGHT_ROW;

        for (int dy = -reach; bright[e] && dy <= reach; dy++)
            for (int dx = -reach; dx <= reach; dx++)
                if (x + dx >= 0 && x + dx < STRAIGHT_ROW && y + dy >= 0 &&
                    y + dy < STRAIGHT_ROW && dx * dx + dy * dy <= reach * reach)
                    plane[(y + dy) * STRAIGHT_ROW + x + dx] = NAN;
    }
}

wadi_status cta_straight_new(const wadi_cta *cta, const wadi_volume *volume,
                             const wadi_cta_findings *findings, const wadi_cta_course *c,
                             double limit, cta_straight *s, wadi_error *err)
{
    size_t n = (size_t)c->count;

    s->count = c->count;
    s->across = wadi_alloc(n, sizeof *s->across);
    s->value = wadi_alloc(n * STRAIGHT_CELLS, sizeof *s->value);
    s->aside = wadi_alloc(n, sizeof *s->aside);
    if (!s->across || !s->value || !s->aside)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory to lay out an artery");
    set_across(c, s);
    for (wadi_index i = 0; i < c->count; i++) {
        float *plane = s->value + (size_t)i * STRAIGHT_CELLS;

        for (int e = 0; e < STRAIGHT_CELLS; e++) {
            double at[3];

            cta_straight_place(c, s, i, (e % STRAIGHT_ROW - STRAIGHT_SIDE) * STRAIGHT_MM,
                               (e / STRAIGHT_ROW - STRAIGHT_SIDE) * STRAIGHT_MM, at);
            plane[e] = (float)cta_sample_free(cta, volume, at);
        }
        hide_bloom(plane, limit);
    }
    hide_arteries(findings, c, s);
    hide_veins(cta, c, s);
    return WADI_OK;
}

void cta_straight_clear(cta_straight *s)
{
    free(s->across);
    free(s->value);
    free(s->aside);
    *s = (cta_straight){0};
}

/* ---- the way ---- */

/* Cells of a plane averaged over STRIDE points and the next ones. */
static void thick_plane(const cta_straight *s, wadi_index i, double muscle, float *sum,
                        float *norm)
{
    memset(sum, 0, STRAIGHT_CELLS * sizeof *sum);
    memset(norm, 0, STRAIGHT_CELLS * sizeof *norm);
    for (wadi_index j = i - STRIDE; j <= i + STRIDE; j++) {
        const float *plane = s->value + (size_t)j * STRAIGHT_CELLS;

        if (j < 0 || j >= s->count)
            continue;
        for (int e = 0; e < STRAIGHT_CELLS; e++)
            if (!isnan(plane[e])) {
                sum[e] += plane[e] - (float)muscle;
                norm[e] += 1;
            }
    }
}

/* Gaussian over the cells of both, separable. */
static void spread(float *cells, double sd_cells)
{
    float copy[STRAIGHT_CELLS], weight[STRAIGHT_ROW];
    int reach = (int)(2.5 * sd_cells + 0.5);

    reach = reach > STRAIGHT_ROW - 1 ? STRAIGHT_ROW - 1 : reach;
    for (int k = 0; k <= reach; k++)
        weight[k] = (float)exp(-0.5 * k * k / (sd_cells * sd_cells));
    for (int pass = 0; pass < 2; pass++) {
        int step = pass ? STRAIGHT_ROW : 1;

        memcpy(copy, cells, sizeof copy);
        for (int e = 0; e < STRAIGHT_CELLS; e++) {
            int at = pass ? e / STRAIGHT_ROW : e % STRAIGHT_ROW;
            float sum = 0;

            for (int k = -reach; k <= reach; k++)
                if (at + k >= 0 && at + k < STRAIGHT_ROW)
                    sum += weight[abs(k)] * copy[e + k * step];
            cells[e] = sum;
        }
    }
}

/* How bright each cell's neighbourhood is, in standard deviations of noise. */
static void node_scores(const cta_straight *s, wadi_index i, const cta_lumen_levels *levels,
                        double radius, float *score)
{
    float sum[STRAIGHT_CELLS], norm[STRAIGHT_CELLS], part[STRAIGHT_CELLS],
        share[STRAIGHT_CELLS];
    double sd_mm[SPREADS] = {0.42, fmax(0.42, 0.55 * radius)};

    thick_plane(s, i, levels->muscle, sum, norm);
    memset(score, 0, STRAIGHT_CELLS * sizeof *score);
    for (int k = 0; k < SPREADS; k++) {
        double noise = hypot(levels->noise, 20) / sqrt(1.3 + 1.5 * sd_mm[k] * sd_mm[k]);
        double top = 0.8 * (levels->blood - levels->muscle) / noise;

        memcpy(part, sum, sizeof part);
        memcpy(share, norm, sizeof share);
        spread(part, sd_mm[k] / STRAIGHT_MM);
        spread(share, sd_mm[k] / STRAIGHT_MM);
        for (int e = 0; e < STRAIGHT_CELLS; e++) {
            /* What is hidden says nothing: it counts as dark. */
            double full = (2 * STRIDE + 1) * 2 * WADI_PI * sd_mm[k] * sd_mm[k] /
                          (STRAIGHT_MM * STRAIGHT_MM);
            double z = (double)part[e] / fmax((double)share[e], 0.35 * full) / noise;

            /* Beside bone its blur passes for a lumen. */
            z = fmin(fmax(z, -1), top) * fmin((double)share[e] / (0.8 * full), 1);
            score[e] += (float)(z * PARTS[k]);
        }
    }
}

static bool loose(const wadi_cta_course *c, wadi_index i)
{
    for (wadi_index j = i; j-- > 0 && c->along_mm[i] - c->along_mm[j] < LOOSE_MM;)
        if (c->closed[j])
            return true;
    for (wadi_index j = i; j < c->count && c->along_mm[j] - c->along_mm[i] < LOOSE_MM; j++)
        if (c->closed[j])
            return true;
    return c->hu[i] <= 0;
}

static void step_to(const float *before, const float *score, bool free_node, float *best,
                    int16_t *from)
{
    for (int e = 0; e < STRAIGHT_CELLS; e++) {
        int x = e % STRAIGHT_ROW, y = e / STRAIGHT_ROW;
        float most = -INFINITY, aside;

        from[e] = (int16_t)e;
        for (int dy = -MOST_STEP; dy <= MOST_STEP; dy++)
            for (int dx = -MOST_STEP; dx <= MOST_STEP; dx++) {
                int f = e + dy * STRAIGHT_ROW + dx;
                float value;

                if (x + dx < 0 || x + dx >= STRAIGHT_ROW || y + dy < 0 ||
                    y + dy >= STRAIGHT_ROW)
                    continue;
                value = before[f] - (float)(STEP_COST * sqrt(dx * dx + dy * dy));
                if (value > most) {
                    most = value;
                    from[e] = (int16_t)f;
                }
            }
        x -= STRAIGHT_SIDE;
        y -= STRAIGHT_SIDE;
        aside = (float)(STRAIGHT_MM * sqrt(x * x + y * y));
        if (free_node)
            best[e] = most + score[e] - (float)ASIDE_COST * aside;
        else
            best[e] = x || y ? -INFINITY : most;
    }
}

/* Offsets between the nodes, smooth. */
static void smooth_aside(const cta_straight *s, const double (*nodes)[2])
{
    const double sd = 4; /* points */
    wadi_index last = (s->count - 1) / STRIDE;

    for (wadi_index i = 0; i < s->count; i++) {
        double sum[2] = {0}, all = 0;

        for (wadi_index j = -12; j <= 12; j++) {
            wadi_index at = (i + j) / STRIDE;
            double weight = exp(-0.5 * j * j / (sd * sd));

            at = i + j < 0 ? 0 : at > last ? last : at;
            sum[0] += weight * nodes[at][0];
            sum[1] += weight * nodes[at][1];
            all += weight;
        }
        s->aside[i][0] = sum[0] / all;
        s->aside[i][1] = sum[1] / all;
    }
}

wadi_status cta_straight_way(const wadi_cta_course *c, const cta_lumen_levels *levels,
                             cta_straight *s, wadi_error *err)
{
    size_t nodes = (size_t)(s->count - 1) / STRIDE + 1;
    int16_t *from = wadi_alloc(nodes * STRAIGHT_CELLS, sizeof *from);
    double(*off)[2] = wadi_alloc(nodes, sizeof *off);
    float best[STRAIGHT_CELLS] = {0}, before[STRAIGHT_CELLS], score[STRAIGHT_CELLS];
    int at = 0;

    if (!from || !off) {
        free(from);
        free(off);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the way of a lumen");
    }
    for (size_t n = 0; n < nodes; n++) {
        wadi_index i = (wadi_index)n * STRIDE;
        bool free_node = loose(c, i);

        if (free_node)
            node_scores(s, i, levels, levels->radius[i], score);
        memcpy(before, best, sizeof before);
        step_to(before, score, free_node, best, from + n * STRAIGHT_CELLS);
    }
    for (int e = 1; e < STRAIGHT_CELLS; e++)
        at = best[e] > best[at] ? e : at;
    for (size_t n = nodes; n-- > 0;) {
        off[n][0] = (at % STRAIGHT_ROW - STRAIGHT_SIDE) * STRAIGHT_MM;
        off[n][1] = (at / STRAIGHT_ROW - STRAIGHT_SIDE) * STRAIGHT_MM;
        at = from[n * STRAIGHT_CELLS + (size_t)at];
    }
    smooth_aside(s, (const double(*)[2])off);
    free(from);
    free(off);
    return WADI_OK;
}
