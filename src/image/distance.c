/* Exact squared distances in a mask by lower envelopes of parabolas, one axis after the other
 * (Felzenszwalb and Huttenlocher 2012). */
#include "base/base_impl.h"
#include "wadi/image_cta.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One line: f becomes min over q of f[q] + (step (p - q))^2. Infinite samples throw no
 * parabola. `at` holds count indices, `from` count + 1 borders, `value` count samples. */
static void envelope(wadi_index count, double step, float *f, wadi_index *at, double *from,
                     float *value)
{
    double square = step * step;
    wadi_index top = -1;

    memcpy(value, f, (size_t)count * sizeof *value);
    for (wadi_index q = 0; q < count; q++) {
        if (!(value[q] < HUGE_VALF))
            continue;
        double border = -HUGE_VAL;

        while (top >= 0) {
            wadi_index r = at[top];

            border = (((double)value[q] - (double)value[r]) / square + (double)q * q -
                      (double)r * r) /
                     (2.0 * (q - r));
            if (border > from[top])
                break;
            top--;
        }
        top++;
        at[top] = q;
        from[top] = top == 0 ? -HUGE_VAL : border;
    }
    if (top < 0)
        return;
    wadi_index k = 0;

    for (wadi_index p = 0; p < count; p++) {
        while (k < top && from[k + 1] < p)
            k++;
        double far = step * (p - at[k]);

        f[p] = (float)(far * far + (double)value[at[k]]);
    }
}

/* Along rows nothing but 0 and infinity: runs of the mask between zeros. */
static void along_row(wadi_index count, double step, const uint8_t *mask, float *out)
{
    memset(out, 0, (size_t)count * sizeof *out);
    for (wadi_index i = 0, end; i < count; i = end) {
        if (!mask[i]) {
            end = i + 1;
            continue;
        }
        for (end = i; end < count && mask[end];)
            end++;
        for (wadi_index j = i; j < end; j++) {
            double before = i > 0 ? step * (j - i + 1) : HUGE_VAL;
            double behind = end < count ? step * (end - j) : HUGE_VAL;
            double near = before < behind ? before : behind;

            out[j] = (float)(near * near);
        }
    }
}

typedef struct desk {
    wadi_index *at;
    double *from;
    float *line, *value;
    uint8_t *any; /* (columns) a mask voxel on the line through this column */
} desk;

static bool desk_new(wadi_index longest, wadi_index columns, desk *one)
{
    size_t n = (size_t)longest + 2;

    *one = (desk){malloc(n * sizeof *one->at), malloc(n * sizeof *one->from),
                  malloc(n * sizeof *one->line), malloc(n * sizeof *one->value),
                  malloc((size_t)columns + 1)};
    return one->at && one->from && one->line && one->value && one->any;
}

static void desk_clear(desk *one)
{
    free(one->at);
    free(one->from);
    free(one->line);
    free(one->value);
    free(one->any);
}

/* `columns` lines side by side of `count` samples, `stride` apart. Most lines of a mask of
 * vessels or bone hold none of it and are all 0 already; which do is found row after row, as
 * memory lies. */
static void along_axis(const desk *one, wadi_index columns, wadi_index count, double step,
                       size_t stride, const uint8_t *mask, float *out)
{
    memset(one->any, 0, (size_t)columns);
    for (wadi_index i = 0; i < count; i++)
        for (wadi_index x = 0; x < columns; x++)
            one->any[x] |= mask[(size_t)i * stride + (size_t)x];
    for (wadi_index x = 0; x < columns; x++) {
        if (!one->any[x])
            continue;
        for (wadi_index i = 0; i < count; i++)
            one->line[i] = out[(size_t)i * stride + (size_t)x];
        envelope(count, step, one->line, one->at, one->from, one->value);
        for (wadi_index i = 0; i < count; i++)
            out[(size_t)i * stride + (size_t)x] = one->line[i];
    }
}

wadi_status wadi_distance_inside(wadi_index columns, wadi_index rows, wadi_index slices,
                                 const double spacing_mm[3], const uint8_t *mask,
                                 float *squared_mm2, wadi_error *err)
{
    size_t plane = (size_t)columns * (size_t)rows;
    wadi_index longest = rows > slices ? rows : slices;
    bool refused = false;

    for (int k = 0; k < 3; k++)
        if (!(spacing_mm[k] > 0 && isfinite(spacing_mm[k])))
            return wadi_fail(err, WADI_ERR_RANGE, "voxels of %g mm; more than 0 is wanted",
                             spacing_mm[k]);
#pragma omp parallel
    {
        desk one;

        if (!desk_new(longest, columns, &one)) {
#pragma omp atomic write
            refused = true;
        }
#pragma omp barrier
#pragma omp for schedule(static)
        for (wadi_index z = 0; z < slices; z++) {
            const uint8_t *m = mask + (size_t)z * plane;
            float *out = squared_mm2 + (size_t)z * plane;

            for (wadi_index y = 0; y < rows && !refused; y++)
                along_row(columns, spacing_mm[0], m + (size_t)y * (size_t)columns,
                          out + (size_t)y * (size_t)columns);
            if (!refused)
                along_axis(&one, columns, rows, spacing_mm[1], (size_t)columns, m, out);
        }
#pragma omp for schedule(static)
        for (wadi_index y = 0; y < rows; y++)
            if (!refused)
                along_axis(&one, columns, slices, spacing_mm[2], plane,
                           mask + (size_t)y * (size_t)columns,
                           squared_mm2 + (size_t)y * (size_t)columns);
        desk_clear(&one);
    }
    return refused ? wadi_fail(err, WADI_ERR_NOMEM, "no memory for distances") : WADI_OK;
}
