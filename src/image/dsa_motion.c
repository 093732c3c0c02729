#include "dsa.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct window {
    wadi_index x0, y0, x1, y1; /* x1, y1 excluded */
} window;

/* One Gauss-Newton step for shift and brightness inside a window; false where the picture has
 * too little structure. Unknowns: dx, dy, offset. */
static bool step_once(wadi_index columns, wadi_index rows, const float *a, const float *b,
                      const float *weight, window part, double limit, double tether,
                      double shift[2], double *brightness, double *spread)
{
    double m[2][2] = {{0}}, v[2] = {0}, absolute = 0, total = 0, det, dx, dy;
    double offset = 0, weights = 0;

    for (int pass = 0; pass < 2; pass++) {
        for (wadi_index y = part.y0; y < part.y1; y++) {
            for (wadi_index x = part.x0; x < part.x1; x++) {
                size_t at = (size_t)y * (size_t)columns + (size_t)x;

                if (weight[at] <= 0)
                    continue;
                float fx = (float)(x + shift[0]), fy = (float)(y + shift[1]);

                if (fx < 1 || fy < 1 || fx > (float)(columns - 2) || fy > (float)(rows - 2))
                    continue;
                double r = a[at] - filter_between(b, columns, rows, fx, fy);

                /* Far off is contrast or a catheter: it has no say. */
                if (fabs(r - *brightness) > 4 * limit)
                    continue;
                if (pass == 0) {
                    offset += r;
                    weights++;
                    continue;
                }
                r -= offset;
                double gx = 0.5 * (filter_between(b, columns, rows, fx + 1, fy) -
                                   filter_between(b, columns, rows, fx - 1, fy));
                double gy = 0.5 * (filter_between(b, columns, rows, fx, fy + 1) -
                                   filter_between(b, columns, rows, fx, fy - 1));
                double size = fabs(r), w = size > limit ? limit / size : 1;

                absolute += size;
                total++;
                m[0][0] += w * gx * gx;
                m[0][1] += w * gx * gy;
                m[1][1] += w * gy * gy;
                v[0] += w * gx * r;
                v[1] += w * gy * r;
            }
        }
        if (pass == 0 && weights < 30)
            return false;
        if (pass == 0)
            *brightness = offset /= weights;
    }
    if (total < 30)
        return false;
    *spread = absolute / total;
    m[0][0] += tether * total;
    m[1][1] += tether * total;
    det = m[0][0] * m[1][1] - m[0][1] * m[0][1];
    if (!(det > 1e-12 * total * total * 1e-6))
        return false;
    dx = (m[1][1] * v[0] - m[0][1] * v[1]) / det;
    dy = (m[0][0] * v[1] - m[0][1] * v[0]) / det;
    double size = sqrt(dx * dx + dy * dy);

    if (size > 2) {
        dx *= 2 / size;
        dy *= 2 / size;
    }
    shift[0] += dx;
    shift[1] += dy;
    return size > 0.005;
}

static void halve(wadi_index columns, wadi_index rows, const float *in, float *out)
{
    wadi_index half_columns = columns / 2, half_rows = rows / 2;

    for (wadi_index r = 0; r < half_rows; r++)
        for (wadi_index c = 0; c < half_columns; c++) {
            const float *p = in + (size_t)(2 * r) * (size_t)columns + (size_t)(2 * c);

            out[(size_t)r * (size_t)half_columns + (size_t)c] =
                0.25f * (p[0] + p[1] + p[columns] + p[columns + 1]);
        }
}

static void settle(wadi_index columns, wadi_index rows, const float *a, const float *b,
                   const float *weight, double shift[2])
{
    double limit = INFINITY, brightness = 0;
    window all = {1, 1, columns - 1, rows - 1};

    for (int i = 0; i < 10; i++) {
        double spread = limit;
        bool moving =
            step_once(columns, rows, a, b, weight, all, limit, 0, shift, &brightness, &spread);

        /* The first steps see everything, so that a large shift is not taken for contrast. */
        limit = 1.5 * spread + 1e-4;
        if (!moving && i > 2)
            break;
    }
}

void dsa_find_shift(wadi_index columns, wadi_index rows, const float *a, const float *b,
                    const float *weight, double shift[2])
{
    size_t quarter = (size_t)(columns / 2) * (size_t)(rows / 2);
    float *half = columns >= 64 && rows >= 64 ? malloc(3 * quarter * sizeof *half) : NULL;

    if (half) {
        double coarse[2] = {shift[0] / 2, shift[1] / 2};

        halve(columns, rows, a, half);
        halve(columns, rows, b, half + quarter);
        halve(columns, rows, weight, half + 2 * quarter);
        dsa_find_shift(columns / 2, rows / 2, half, half + quarter, half + 2 * quarter, coarse);
        shift[0] = 2 * coarse[0];
        shift[1] = 2 * coarse[1];
        free(half);
    }
    settle(columns, rows, a, b, weight, shift);
}

void dsa_find_warp(wadi_index columns, wadi_index rows, const float *a, const float *b,
                   const float *weight, const double start[2], dsa_warp *warp)
{
    dsa_warp rough;

    for (int j = 0; j < DSA_GRID; j++) {
        for (int i = 0; i < DSA_GRID; i++) {
            double cx = (columns - 1.0) * i / (DSA_GRID - 1),
                   cy = (rows - 1.0) * j / (DSA_GRID - 1);
            double wide = 0.75 * columns / (DSA_GRID - 1), high = 0.75 * rows / (DSA_GRID - 1);
            window part = {(wadi_index)fmax(1, cx - wide), (wadi_index)fmax(1, cy - high),
                           (wadi_index)fmin(columns - 1, cx + wide),
                           (wadi_index)fmin(rows - 1, cy + high)};
            double *shift = rough.shift[j][i], spread = 0.1, brightness = 0;

            memcpy(shift, start, 2 * sizeof *shift);
            for (int k = 0; k < 4; k++)
                if (!step_once(columns, rows, a, b, weight, part, 1.5 * spread + 1e-4, 2e-5,
                               shift, &brightness, &spread))
                    break;
            /* A control point that runs away saw contrast or nothing at all. */
            if (hypot(shift[0] - start[0], shift[1] - start[1]) > 3)
                memcpy(shift, start, 2 * sizeof *shift);
        }
    }
    for (int j = 0; j < DSA_GRID; j++) {
        for (int i = 0; i < DSA_GRID; i++) {
            for (int axis = 0; axis < 2; axis++) {
                double sum = 0, weights = 0;

                for (int dj = -1; dj <= 1; dj++)
                    for (int di = -1; di <= 1; di++) {
                        double w = (dj ? 1 : 2) * (di ? 1 : 2);

                        if (j + dj < 0 || j + dj >= DSA_GRID || i + di < 0 ||
                            i + di >= DSA_GRID)
                            continue;
                        sum += w * rough.shift[j + dj][i + di][axis];
                        weights += w;
                    }
                warp->shift[j][i][axis] = sum / weights;
            }
        }
    }
}

void dsa_apply_warp(wadi_index columns, wadi_index rows, const float *in, const dsa_warp *warp,
                    float *out)
{
    for (wadi_index y = 0; y < rows; y++) {
        double gy = (DSA_GRID - 1.0) * y / (rows > 1 ? rows - 1 : 1);
        int j = gy < DSA_GRID - 1 ? (int)gy : DSA_GRID - 2;
        double fy = gy - j, line[DSA_GRID][2];

        for (int i = 0; i < DSA_GRID; i++)
            for (int axis = 0; axis < 2; axis++)
                line[i][axis] =
                    (1 - fy) * warp->shift[j][i][axis] + fy * warp->shift[j + 1][i][axis];
        for (wadi_index x = 0; x < columns; x++) {
            double gx = (DSA_GRID - 1.0) * x / (columns > 1 ? columns - 1 : 1);
            int i = gx < DSA_GRID - 1 ? (int)gx : DSA_GRID - 2;
            double fx = gx - i;
            double dx = (1 - fx) * line[i][0] + fx * line[i + 1][0];
            double dy = (1 - fx) * line[i][1] + fx * line[i + 1][1];

            out[(size_t)y * (size_t)columns + (size_t)x] =
                filter_between(in, columns, rows, (float)(x - dx), (float)(y - dy));
        }
    }
}
