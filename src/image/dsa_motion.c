/* How far a frame has moved against another: Gauss-Newton on shift and brightness, from coarse
 * to fine. The gradients are the reference's (Baker and Matthews, IJCV 56 (2004) 221, inverse
 * compositional), so that they are made once for all frames and carry the noise of the mask,
 * which is a mean, and not of the frame. */
#include "dsa.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Blur of both pictures, in small pixels: noise in the gradients makes steps too short. */
#define SMOOTH_PX 1.5
/* Darker than the mask by this many mean deviations is contrast. */
#define CONTRAST_SPREADS 4.0

enum { SUMS = 11, LEVEL_LIMIT = 8, LANES = 16 };

typedef struct window {
    wadi_index x0, y0, x1, y1; /* x1, y1 excluded */
} window;

typedef struct level {
    wadi_index columns, rows;
    float *value, *across, *down, *weight;
} level;

struct dsa_target {
    int level_count;
    level levels[LEVEL_LIMIT];
    float *block, *norm; /* one over the blurred weight */
    float ground;        /* mean inside the field */
};

struct dsa_mover {
    float *levels[LEVEL_LIMIT], *scratch, *weight, *row; /* row: three of stride */
    float *block;
    wadi_index stride;
};

/* Residual of a row and its weight: Huber's within `limit`, nothing beyond four times it (that
 * is contrast or a catheter: it has no say). share: bilinear weights of b's four neighbours. */
WADI_VECTOR
static void weigh_row(wadi_index count, const float *restrict a, const float *restrict top,
                      const float *restrict below, const float *restrict weight,
                      const float share[4], float brightness, float limit,
                      float *restrict residual, float *restrict size, float *restrict say)
{
    float far_off = 4 * limit;

    for (wadi_index i = 0; i < count; i++) {
        float r = a[i] - (share[0] * top[i] + share[1] * top[i + 1] + share[2] * below[i] +
                          share[3] * below[i + 1]);
        float off = fabsf(r - brightness);
        float w = off > limit ? limit / off : 1.0f;

        w = off > far_off ? 0.0f : w;
        w = weight[i] > 0 ? w : 0.0f;
        residual[i] = r;
        size[i] = off;
        say[i] = w;
    }
}

/* Sums are kept in sixteen lanes, so that the order of adding does not depend on the machine's
 * vectors. */
typedef float lanes __attribute__((vector_size(4 * LANES)));
typedef int32_t lane_bits __attribute__((vector_size(4 * LANES)));

/* What lies beyond the row's end, up to whole lanes, must be there and have no say. */
WADI_VECTOR
static void add_sums(wadi_index count, const float *across, const float *down,
                     const float *residual, const float *size, const float *say, lanes *sums)
{
    const lanes one = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, none = {0};
    lanes s[SUMS];

    memcpy(s, sums, sizeof s);
    for (wadi_index i = 0; i < count; i += LANES) {
        lanes w, gx, gy, r, off;

        memcpy(&w, say + i, sizeof w);
        memcpy(&gx, across + i, sizeof gx);
        memcpy(&gy, down + i, sizeof gy);
        memcpy(&r, residual + i, sizeof r);
        memcpy(&off, size + i, sizeof off);

        lanes wx = w * gx, wy = w * gy, seen = (lanes)((w > none) & (lane_bits)one);

        s[0] += w;
        s[1] += wx;
        s[2] += wy;
        s[3] += wx * gx;
        s[4] += wx * gy;
        s[5] += wy * gy;
        s[6] += w * r;
        s[7] += wx * r;
        s[8] += wy * r;
        s[9] += seen * off;
        s[10] += seen;
    }
    memcpy(sums, s, sizeof s);
}

/* What robust fitting carries from step to step. */
typedef struct fit {
    double shift[2], brightness, spread;
} fit;

/* One Gauss-Newton step inside a window; false where the picture has too little structure or
 * the step was too small to matter. */
static bool step_once(const level *a, const float *weight, const float *b, window part,
                      double tether, dsa_mover *work, fit *at)
{
    double sum[SUMS] = {0}, dx, dy, det, m00, m01, m11, v0, v1;
    double fx = floor(at->shift[0]), fy = floor(at->shift[1]);
    wadi_index ox = (wadi_index)fx, oy = (wadi_index)fy, width, stride = work->stride;
    lanes sums[SUMS] = {0};
    float limit = isfinite(at->spread) ? (float)(1.5 * at->spread + 1e-4) : INFINITY;

    fx = at->shift[0] - fx;
    fy = at->shift[1] - fy;
    const float share[4] = {(float)((1 - fx) * (1 - fy)), (float)(fx * (1 - fy)),
                            (float)((1 - fx) * fy), (float)(fx * fy)};

    part.x0 = part.x0 + ox < 0 ? -ox : part.x0;
    part.y0 = part.y0 + oy < 0 ? -oy : part.y0;
    part.x1 = part.x1 + ox > a->columns - 1 ? a->columns - 1 - ox : part.x1;
    part.y1 = part.y1 + oy > a->rows - 1 ? a->rows - 1 - oy : part.y1;
    width = part.x1 - part.x0;
    if (width < 4 || part.y1 - part.y0 < 4)
        return false;
    for (wadi_index y = part.y0; y < part.y1; y++) {
        size_t from = (size_t)y * (size_t)a->columns + (size_t)part.x0;
        const float *top = b + (ptrdiff_t)from + (ptrdiff_t)oy * a->columns + ox;

        weigh_row(width, a->value + from, top, top + a->columns, weight + from, share,
                  (float)at->brightness, limit, work->row, work->row + stride,
                  work->row + 2 * stride);
        memset(work->row + 2 * stride + width, 0, LANES * sizeof *work->row);
        add_sums(width, a->across + from, a->down + from, work->row, work->row + stride,
                 work->row + 2 * stride, sums);
    }
    for (int k = 0; k < SUMS; k++)
        for (int i = 0; i < LANES; i++)
            sum[k] += (double)sums[k][i];
    if (sum[10] < 30)
        return false;
    /* The brightness is eliminated. */
    at->brightness = sum[6] / sum[0];
    at->spread = sum[9] / sum[10];
    m00 = sum[3] - sum[1] * sum[1] / sum[0] + tether * sum[10];
    m01 = sum[4] - sum[1] * sum[2] / sum[0];
    m11 = sum[5] - sum[2] * sum[2] / sum[0] + tether * sum[10];
    v0 = sum[7] - sum[1] * sum[6] / sum[0];
    v1 = sum[8] - sum[2] * sum[6] / sum[0];
    det = m00 * m11 - m01 * m01;
    if (!(det > 1e-18 * sum[10] * sum[10]))
        return false;
    dx = (m11 * v0 - m01 * v1) / det;
    dy = (m00 * v1 - m01 * v0) / det;
    double size = hypot(dx, dy);

    if (size > 2) {
        dx *= 2 / size;
        dy *= 2 / size;
    }
    at->shift[0] += dx;
    at->shift[1] += dy;
    return size > 0.003;
}

WADI_VECTOR
static void halve_row(wadi_index count, const float *restrict top, const float *restrict below,
                      float *restrict out)
{
    for (wadi_index c = 0; c < count; c++)
        out[c] = 0.25f * (top[2 * c] + top[2 * c + 1] + below[2 * c] + below[2 * c + 1]);
}

static void halve(wadi_index columns, wadi_index rows, const float *in, float *out)
{
    for (wadi_index r = 0; r < rows / 2; r++)
        halve_row(columns / 2, in + (size_t)(2 * r) * (size_t)columns,
                  in + (size_t)(2 * r + 1) * (size_t)columns,
                  out + (size_t)r * (size_t)(columns / 2));
}

WADI_VECTOR
static void inside_only(size_t count, const float *restrict in, float ground,
                        const float *restrict weight, float *restrict out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (in[i] - ground) * weight[i];
}

WADI_VECTOR
static void scale_by(size_t count, const float *restrict norm, float *restrict values)
{
    for (size_t i = 0; i < count; i++)
        values[i] *= norm[i];
}

/* Blur of what the field holds, by its share of the kernel: the shutter does not leak in. */
static void smooth(const dsa_target *target, const float *in, float *scratch, float *out)
{
    const level *finest = target->levels;
    size_t count = (size_t)finest->columns * (size_t)finest->rows;
    filter_kernel kernel;

    filter_gauss(SMOOTH_PX, 0, &kernel);
    filter_trim(&kernel, 4);
    inside_only(count, in, target->ground, finest->weight, out);
    filter_plane(finest->columns, finest->rows, out, &kernel, &kernel, scratch, out);
    scale_by(count, target->norm, out);
}

/* Coarse pixels that touch the shutter have no say. */
static void narrow(const level *above, level *here)
{
    size_t width = (size_t)above->columns;

    for (wadi_index r = 0; r < here->rows; r++)
        for (wadi_index c = 0; c < here->columns; c++) {
            bool all = true;

            for (wadi_index y = 2 * r - 1; y <= 2 * r + 2; y++)
                for (wadi_index x = 2 * c - 1; x <= 2 * c + 2; x++)
                    all = all && x >= 0 && y >= 0 && x < above->columns && y < above->rows &&
                          above->weight[(size_t)y * width + (size_t)x] > 0;
            here->weight[(size_t)r * (size_t)here->columns + (size_t)c] = all;
        }
}

/* What the finest level needs before anything is blurred. */
static void set_field(dsa_target *target, const float *picture, const float *weight,
                      float *scratch)
{
    const level *finest = target->levels;
    size_t count = (size_t)finest->columns * (size_t)finest->rows;
    double sum = 0, inside = 0;
    filter_kernel kernel;

    memcpy(finest->weight, weight, count * sizeof *weight);
    for (size_t i = 0; i < count; i++)
        if (weight[i] > 0) {
            sum += picture[i];
            inside++;
        }
    target->ground = inside > 0 ? (float)(sum / inside) : 0;
    filter_gauss(SMOOTH_PX, 0, &kernel);
    filter_trim(&kernel, 4);
    filter_plane(finest->columns, finest->rows, weight, &kernel, &kernel, scratch,
                 target->norm);
    for (size_t i = 0; i < count; i++)
        target->norm[i] = 1 / (target->norm[i] + 1e-3f);
}

static void slopes(level *at)
{
    size_t width = (size_t)at->columns;

    for (wadi_index r = 1; r + 1 < at->rows; r++)
        for (wadi_index c = 1; c + 1 < at->columns; c++) {
            size_t i = (size_t)r * width + (size_t)c;

            at->across[i] = 0.5f * (at->value[i + 1] - at->value[i - 1]);
            at->down[i] = 0.5f * (at->value[i + width] - at->value[i - width]);
        }
}

void dsa_target_free(dsa_target *target)
{
    if (target)
        free(target->block);
    free(target);
}

dsa_target *dsa_target_new(wadi_index columns, wadi_index rows, const float *picture,
                           const float *weight)
{
    size_t count = (size_t)columns * (size_t)rows, total = 0;
    dsa_target *out = wadi_alloc(1, sizeof *out);
    float *scratch = wadi_alloc(count, sizeof *scratch), *at;

    if (!out || !scratch)
        goto failed;
    for (wadi_index c = columns, r = rows; out->level_count < LEVEL_LIMIT; c /= 2, r /= 2) {
        level *here = &out->levels[out->level_count++];

        here->columns = c;
        here->rows = r;
        total += 4 * (size_t)c * (size_t)r;
        if (c < 64 || r < 64)
            break;
    }
    out->block = wadi_alloc(total + count + LANES, sizeof *out->block);
    if (!out->block)
        goto failed;
    out->norm = out->block;
    at = out->block + count;
    for (int l = 0; l < out->level_count; l++) {
        level *here = &out->levels[l];
        size_t size = (size_t)here->columns * (size_t)here->rows;

        here->value = at;
        here->across = at + size;
        here->down = at + 2 * size;
        here->weight = at + 3 * size;
        at += 4 * size;
        if (l == 0) {
            set_field(out, picture, weight, scratch);
            smooth(out, picture, scratch, here->value);
        } else {
            const level *above = here - 1;

            halve(above->columns, above->rows, above->value, here->value);
            narrow(above, here);
        }
        slopes(here);
    }
    free(scratch);
    return out;
failed:
    dsa_target_free(out);
    free(scratch);
    return NULL;
}

void dsa_mover_free(dsa_mover *mover)
{
    if (mover)
        free(mover->block);
    free(mover);
}

dsa_mover *dsa_mover_new(const dsa_target *target)
{
    const level *finest = &target->levels[0];
    size_t count = (size_t)finest->columns * (size_t)finest->rows, total = 2 * count;
    size_t width = (size_t)finest->columns;
    dsa_mover *out = wadi_alloc(1, sizeof *out);

    for (int l = 0; l < target->level_count; l++)
        total += (size_t)target->levels[l].columns * (size_t)target->levels[l].rows;
    if (out)
        out->block = wadi_alloc(total + 3 * (width + LANES), sizeof *out->block);
    if (!out || !out->block) {
        dsa_mover_free(out);
        return NULL;
    }
    out->scratch = out->block;
    out->weight = out->scratch + count;
    out->stride = finest->columns + LANES;
    out->row = out->weight + count;
    out->levels[0] = out->row + 3 * (width + LANES);
    for (int l = 1; l < target->level_count; l++)
        out->levels[l] = out->levels[l - 1] + (size_t)target->levels[l - 1].columns *
                                                  (size_t)target->levels[l - 1].rows;
    return out;
}

/* The frame's pyramid. With `fine` only the finest level, for a shift that is almost known. */
static void look_at(const dsa_target *target, const float *frame, bool fine, dsa_mover *work)
{
    const level *l = target->levels;

    smooth(target, frame, work->scratch, work->levels[0]);
    for (int k = 1; k < target->level_count && !fine; k++)
        halve(l[k - 1].columns, l[k - 1].rows, work->levels[k - 1], work->levels[k]);
}

/* Where the frame is far darker than the target: contrast, whose borders would pull a part of
 * the picture along. It and what the blur reaches around it get no weight. The kept weights are
 * put back by the next frame. */
static void set_contrast_aside(const dsa_target *target, dsa_mover *work, const fit *at)
{
    const level *finest = target->levels;
    wadi_index columns = finest->columns, rows = finest->rows;
    double limit = CONTRAST_SPREADS * at->spread + 0.005;

    memcpy(work->weight, finest->weight, (size_t)columns * (size_t)rows * sizeof *work->weight);
    for (wadi_index y = 0; y < rows; y++)
        for (wadi_index x = 0; x < columns; x++) {
            size_t i = (size_t)y * (size_t)columns + (size_t)x;

            if (finest->weight[i] <= 0 ||
                finest->value[i] -
                        filter_between(work->levels[0], columns, rows,
                                       (float)(x + at->shift[0]), (float)(y + at->shift[1])) -
                        at->brightness <
                    limit)
                continue;
            for (wadi_index v = y < 4 ? 0 : y - 4; v <= y + 4 && v < rows; v++)
                for (wadi_index u = x < 4 ? 0 : x - 4; u <= x + 4 && u < columns; u++)
                    work->weight[(size_t)v * (size_t)columns + (size_t)u] = 0;
        }
}

void dsa_target_shift(const dsa_target *target, const float *frame, bool fine, dsa_mover *work,
                      double shift[2])
{
    int first = fine ? 0 : target->level_count - 1;
    double scale = 1 << first;
    fit at = {{shift[0] / scale, shift[1] / scale}, 0, INFINITY};

    look_at(target, frame, fine, work);
    for (int l = first; l >= 0; l--) {
        const level *here = &target->levels[l];
        window all = {1, 1, here->columns - 1, here->rows - 1};

        /* The first steps see everything, so that a large shift is not taken for contrast. */
        at.spread = INFINITY;
        for (int i = 0; i < (l ? 10 : 8); i++)
            if (!step_once(here, here->weight, work->levels[l], all, 0, work, &at) && i > 1)
                break;
        if (l == 0 && fine) {
            set_contrast_aside(target, work, &at);
            for (int i = 0; i < 3; i++)
                if (!step_once(here, work->weight, work->levels[l], all, 0, work, &at))
                    break;
        }
        if (l) {
            at.shift[0] *= 2;
            at.shift[1] *= 2;
        }
    }
    shift[0] = at.shift[0];
    shift[1] = at.shift[1];
}

bool dsa_find_shift(wadi_index columns, wadi_index rows, const float *a, const float *b,
                    const float *weight, double shift[2])
{
    dsa_target *target = dsa_target_new(columns, rows, a, weight);
    dsa_mover *mover = target ? dsa_mover_new(target) : NULL;
    bool found = mover != NULL;

    if (mover)
        dsa_target_shift(target, b, false, mover, shift);
    dsa_mover_free(mover);
    dsa_target_free(target);
    return found;
}

/* Neighbours in the grid weigh 1, 2, 1 each way. */
static void settle_grid(const dsa_warp *rough, dsa_warp *warp)
{
    for (int j = 0; j < DSA_GRID; j++)
        for (int i = 0; i < DSA_GRID; i++)
            for (int axis = 0; axis < 2; axis++) {
                double sum = 0, weights = 0;

                for (int dj = -1; dj <= 1; dj++)
                    for (int di = -1; di <= 1; di++) {
                        double w = (dj ? 1 : 2) * (di ? 1 : 2);

                        if (j + dj < 0 || j + dj >= DSA_GRID || i + di < 0 ||
                            i + di >= DSA_GRID)
                            continue;
                        sum += w * rough->shift[j + dj][i + di][axis];
                        weights += w;
                    }
                warp->shift[j][i][axis] = sum / weights;
            }
}

void dsa_target_warp(const dsa_target *target, dsa_mover *work, const double start[2],
                     dsa_warp *warp)
{
    const level *here = &target->levels[0];
    wadi_index columns = here->columns, rows = here->rows;
    dsa_warp rough;

    for (int j = 0; j < DSA_GRID; j++) {
        for (int i = 0; i < DSA_GRID; i++) {
            double cx = (columns - 1.0) * i / (DSA_GRID - 1),
                   cy = (rows - 1.0) * j / (DSA_GRID - 1);
            double wide = 0.75 * columns / (DSA_GRID - 1), high = 0.75 * rows / (DSA_GRID - 1);
            window part = {(wadi_index)fmax(1, cx - wide), (wadi_index)fmax(1, cy - high),
                           (wadi_index)fmin(columns - 1, cx + wide),
                           (wadi_index)fmin(rows - 1, cy + high)};
            fit at = {{start[0], start[1]}, 0, 0.1};

            for (int k = 0; k < 4; k++)
                if (!step_once(here, work->weight, work->levels[0], part, 2e-5, work, &at))
                    break;
            /* A control point that runs away saw contrast or nothing at all. */
            if (hypot(at.shift[0] - start[0], at.shift[1] - start[1]) > 3)
                memcpy(at.shift, start, sizeof at.shift);
            memcpy(rough.shift[j][i], at.shift, sizeof at.shift);
        }
    }
    settle_grid(&rough, warp);
}

/* A stretch of a row in which the whole pixels of the shift do not change. */
WADI_VECTOR
static void stretch_row(wadi_index count, const float *restrict top,
                        const float *restrict below, const float *restrict fx,
                        const float *restrict fy, float *restrict out)
{
    for (wadi_index i = 0; i < count; i++) {
        float a = top[i] + fx[i] * (top[i + 1] - top[i]);
        float b = below[i] + fx[i] * (below[i + 1] - below[i]);

        out[i] = a + fy[i] * (b - a);
    }
}

/* Between two control points of a row. */
WADI_VECTOR
static void cell_sources(wadi_index from, wadi_index to, const float start[2],
                         const float rise[2], int *restrict ox, int *restrict oy,
                         float *restrict fx, float *restrict fy)
{
    float x0 = start[0], y0 = start[1], x_rise = rise[0], y_rise = rise[1];

    for (wadi_index x = from; x < to; x++) {
        float dx = -(x0 + x_rise * (float)x), dy = -(y0 + y_rise * (float)x);
        float wx = floorf(dx), wy = floorf(dy);

        ox[x] = (int)wx;
        oy[x] = (int)wy;
        fx[x] = dx - wx;
        fy[x] = dy - wy;
    }
}

/* Where each pixel of a row comes from: whole pixels and the rest. */
static void row_sources(wadi_index columns, wadi_index rows, const dsa_warp *warp, wadi_index y,
                        int *restrict ox, int *restrict oy, float *restrict fx,
                        float *restrict fy)
{
    double gy = (DSA_GRID - 1.0) * y / (rows > 1 ? rows - 1 : 1);
    int j = gy < DSA_GRID - 1 ? (int)gy : DSA_GRID - 2;
    double share = gy - j, line[DSA_GRID][2], cell = (columns - 1.0) / (DSA_GRID - 1);
    wadi_index from = 0;

    for (int i = 0; i < DSA_GRID; i++)
        for (int axis = 0; axis < 2; axis++)
            line[i][axis] =
                (1 - share) * warp->shift[j][i][axis] + share * warp->shift[j + 1][i][axis];
    for (int i = 0; i + 1 < DSA_GRID; i++) {
        wadi_index to = i + 2 < DSA_GRID ? (wadi_index)ceil((i + 1) * cell) : columns;
        float start[2], rise[2];

        for (int axis = 0; axis < 2; axis++) {
            rise[axis] = (float)((line[i + 1][axis] - line[i][axis]) / (cell > 0 ? cell : 1));
            start[axis] = (float)line[i][axis] - rise[axis] * (float)(i * cell);
        }
        cell_sources(from, to, start, rise, ox, oy, fx, fy);
        from = to;
    }
}

void dsa_warp_row(wadi_index columns, wadi_index rows, const float *in, const dsa_warp *warp,
                  wadi_index y, float *out, dsa_row *work)
{
    int *ox = work->ox, *oy = work->oy;

    row_sources(columns, rows, warp, y, ox, oy, work->fx, work->fy);
    for (wadi_index x = 0; x < columns;) {
        wadi_index end = x + 1, r = y + oy[x];

        while (end < columns && ox[end] == ox[x] && oy[end] == oy[x])
            end++;
        wadi_index first = x + ox[x] < 0 ? -ox[x] : x;
        wadi_index last = end - 1 + ox[x] > columns - 2 ? columns - 2 - ox[x] : end - 1;

        if (r < 0 || r > rows - 2 || first > last) {
            first = end;
            last = end - 1;
        }
        for (wadi_index c = x; c < end; c++) {
            if (c == first && first <= last) {
                const float *top = in + (ptrdiff_t)r * columns + first + ox[x];

                stretch_row(last - first + 1, top, top + columns, work->fx + first,
                            work->fy + first, out + first);
                c = last;
                continue;
            }
            out[c] = filter_between(in, columns, rows, (float)(c + ox[c]) + work->fx[c],
                                    (float)(y + oy[c]) + work->fy[c]);
        }
        x = end;
    }
}

bool dsa_row_new(wadi_index columns, dsa_row *out)
{
    out->block = wadi_alloc((size_t)columns, 2 * sizeof(float) + 2 * sizeof(int));
    if (!out->block)
        return false;
    out->fx = out->block;
    out->fy = out->fx + columns;
    out->ox = (int *)(out->fy + columns);
    out->oy = out->ox + columns;
    return true;
}

bool dsa_apply_warp(wadi_index columns, wadi_index rows, const float *in, const dsa_warp *warp,
                    float *out)
{
    dsa_row work;

    if (!dsa_row_new(columns, &work))
        return false;
    for (wadi_index y = 0; y < rows; y++)
        dsa_warp_row(columns, rows, in, warp, y, out + (size_t)y * (size_t)columns, &work);
    free(work.block);
    return true;
}
