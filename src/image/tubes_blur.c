/* Separable filters over volumes: along rows and columns slice by slice, then along slices. */
#include "tubes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 16, BLOCK = 4 * LANES };

/* Sixteen floats; halves or quarters of it where the machine's registers are shorter. */
typedef float lanes __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

/* out[i] = sum of taps[j] rows[j][i]: a block of neighbours stays in registers. */
WADI_VECTOR
static void gather(wadi_index count, const float *const *restrict rows, int tap_count,
                   const float *restrict taps, float *restrict out)
{
    wadi_index i = 0;

    /* The last block may overlap the one before: what is written twice is the same. */
    for (; i < count && count >= BLOCK; i += BLOCK) {
        i = i + BLOCK <= count ? i : count - BLOCK;

        lanes a = {0}, b = {0}, c = {0}, d = {0};

        for (int j = 0; j < tap_count; j++) {
            const lanes *from = (const lanes *)(rows[j] + i);
            float tap = taps[j];

            a += tap * from[0];
            b += tap * from[1];
            c += tap * from[2];
            d += tap * from[3];
        }
        lanes *to = (lanes *)(out + i);

        to[0] = a;
        to[1] = b;
        to[2] = c;
        to[3] = d;
    }
    for (; i < count; i++) {
        float sum = 0;

        for (int j = 0; j < tap_count; j++)
            sum += taps[j] * rows[j][i];
        out[i] = sum;
    }
}

/* Convolution: tap j of the kernel reaches sample at - (j - radius). */
static void lines_for(const filter_kernel *kernel, wadi_index at, wadi_index count,
                      const float *base, size_t stride, const float **rows)
{
    for (int j = 0; j <= 2 * kernel->radius; j++)
        rows[j] = base + (size_t)filter_mirror(at - (j - kernel->radius), count) * stride;
}

static void slice_filter(wadi_index columns, wadi_index rows, const float *in,
                         const filter_kernel *across, const filter_kernel *down, float *scratch,
                         float *out)
{
    const float *lines[2 * FILTER_RADIUS_LIMIT + 1];
    int radius = across->radius;
    float *padded = scratch + (size_t)columns * (size_t)rows;

    for (wadi_index r = 0; r < rows; r++) {
        const float *from = in + (size_t)r * (size_t)columns;

        memcpy(padded + radius, from, (size_t)columns * sizeof *padded);
        for (int i = 1; i <= radius; i++) {
            padded[radius - i] = from[filter_mirror(-i, columns)];
            padded[radius + columns - 1 + i] = from[filter_mirror(columns - 1 + i, columns)];
        }
        for (int j = 0; j <= 2 * radius; j++)
            lines[j] = padded + (2 * radius - j);
        gather(columns, lines, 2 * radius + 1, across->taps,
               scratch + (size_t)r * (size_t)columns);
    }
    for (wadi_index r = 0; r < rows; r++) {
        lines_for(down, r, rows, scratch, (size_t)columns, lines);
        gather(columns, lines, 2 * down->radius + 1, down->taps,
               out + (size_t)r * (size_t)columns);
    }
}

/* Along slices, one row of all slices at a time, in place. `scratch` holds slices x columns. */
static void depth_filter(tubes_scale *scale, float *values, wadi_index y,
                         const filter_kernel *kernel, float *scratch)
{
    const float *lines[2 * FILTER_RADIUS_LIMIT + 1];
    size_t plane = (size_t)scale->columns * (size_t)scale->rows, width = (size_t)scale->columns;
    float *row = values + (size_t)y * width;

    for (wadi_index z = 0; z < scale->slices; z++)
        memcpy(scratch + (size_t)z * width, row + (size_t)z * plane, width * sizeof *row);
    for (wadi_index z = 0; z < scale->slices; z++) {
        lines_for(kernel, z, scale->slices, scratch, width, lines);
        gather(scale->columns, lines, 2 * kernel->radius + 1, kernel->taps,
               row + (size_t)z * plane);
    }
}

static wadi_status separable(tubes_scale *scale, const float *in, float *out,
                             const filter_kernel kernels[3], wadi_error *err)
{
    wadi_index most = scale->rows > scale->slices ? scale->rows : scale->slices;
    size_t plane = (size_t)scale->columns * (size_t)scale->rows;
    size_t scratch_count =
        (size_t)scale->columns * (size_t)(most + 1) + 2 * FILTER_RADIUS_LIMIT + BLOCK;
    bool refused = false;

#pragma omp parallel
    {
        float *scratch = malloc(scratch_count * sizeof *scratch);

        if (!scratch) {
#pragma omp atomic write
            refused = true;
        }
#pragma omp for schedule(static)
        for (wadi_index z = 0; z < scale->slices; z++)
            if (scratch)
                slice_filter(scale->columns, scale->rows, in + (size_t)z * plane, &kernels[0],
                             &kernels[1], scratch, out + (size_t)z * plane);
#pragma omp for schedule(static)
        for (wadi_index y = 0; y < scale->rows; y++)
            if (scratch)
                depth_filter(scale, out, y, &kernels[2], scratch);
        free(scratch);
    }
    return refused ? wadi_fail(err, WADI_ERR_NOMEM, "no memory to blur a volume") : WADI_OK;
}

static void set_weights(const double *d, double sigma_mm, tubes_scale *scale)
{
    double s2 = sigma_mm * sigma_mm;

    scale->weights[0] = (float)(s2 / (d[0] * d[0]));
    scale->weights[1] = (float)(s2 / (4 * d[0] * d[1]));
    scale->weights[2] = (float)(s2 / (4 * d[0] * d[2]));
    scale->weights[3] = (float)(s2 / (d[1] * d[1]));
    scale->weights[4] = (float)(s2 / (4 * d[1] * d[2]));
    scale->weights[5] = (float)(s2 / (d[2] * d[2]));
}

/* Every second sample along each axis of a blurred volume, in place. */
void tubes_halve(tubes_scale *scale, double *spacing_mm, double *variance)
{
    wadi_index nx = scale->columns, ny = scale->rows;
    wadi_index half[3] = {(nx + 1) / 2, (ny + 1) / 2, (scale->slices + 1) / 2};
    float *to = scale->blurred;

    for (wadi_index z = 0; z < half[2]; z++)
        for (wadi_index y = 0; y < half[1]; y++) {
            const float *from = scale->blurred + (size_t)(2 * z) * (size_t)nx * (size_t)ny +
                                (size_t)(2 * y) * (size_t)nx;

            for (wadi_index x = 0; x < half[0]; x++)
                *to++ = from[2 * x];
        }
    scale->columns = half[0];
    scale->rows = half[1];
    scale->slices = half[2];
    for (int axis = 0; axis < 3; axis++) {
        spacing_mm[axis] *= 2;
        variance[axis] /= 4;
    }
}

/* fine = max(fine, coarse read between its samples). */
WADI_VECTOR
static void spread_row(wadi_index count, const float *restrict a, const float *restrict b,
                       float *restrict row, float *restrict out)
{
    wadi_index half = (count + 1) / 2;

    for (wadi_index i = 0; i < half; i++)
        row[i] = 0.5f * (a[i] + b[i]);
    row[half] = row[half - 1];
    for (wadi_index i = 0; i < count / 2; i++) {
        float left = row[i], middle = 0.5f * (row[i] + row[i + 1]);

        out[2 * i] = left > out[2 * i] ? left : out[2 * i];
        out[2 * i + 1] = middle > out[2 * i + 1] ? middle : out[2 * i + 1];
    }
    if (count % 2)
        out[count - 1] = row[half - 1] > out[count - 1] ? row[half - 1] : out[count - 1];
}

WADI_VECTOR
static void mean_rows(wadi_index count, const float *restrict a, const float *restrict b,
                      float *restrict out)
{
    for (wadi_index i = 0; i < count; i++)
        out[i] = 0.5f * (a[i] + b[i]);
}

wadi_status tubes_spread(const tubes_scale *scale, const float *coarse, wadi_index columns,
                         wadi_index rows, wadi_index slices, float *fine, wadi_error *err)
{
    bool refused = false;

#pragma omp parallel
    {
        float *row = malloc(3 * ((size_t)scale->columns + 2) * sizeof *row);

        if (!row) {
#pragma omp atomic write
            refused = true;
        }
#pragma omp for schedule(static)
        for (wadi_index z = 0; z < slices; z++)
            for (wadi_index y = 0; row && y < rows; y++) {
                wadi_index z0 = z / 2, z1 = (z + 1) / 2, y0 = y / 2, y1 = (y + 1) / 2;
                size_t nx = (size_t)scale->columns, plane = nx * (size_t)scale->rows;

                z1 = z1 < scale->slices ? z1 : z0;
                y1 = y1 < scale->rows ? y1 : y0;
                const float *a = coarse + (size_t)z0 * plane, *b = coarse + (size_t)z1 * plane;
                float *low = row + nx + 2, *high = low + nx;

                mean_rows(scale->columns, a + (size_t)y0 * nx, b + (size_t)y0 * nx, low);
                mean_rows(scale->columns, a + (size_t)y1 * nx, b + (size_t)y1 * nx, high);
                spread_row(columns, low, high, row,
                           fine + ((size_t)z * (size_t)rows + (size_t)y) * (size_t)columns);
            }
        free(row);
    }
    return refused ? wadi_fail(err, WADI_ERR_NOMEM, "no memory to spread a volume") : WADI_OK;
}

wadi_status tubes_cascade(const double *spacing_mm, double sigma_mm, double *variance,
                          tubes_scale *scale, wadi_error *err)
{
    filter_kernel kernels[3];

    for (int axis = 0; axis < 3; axis++) {
        double sigma = sigma_mm / spacing_mm[axis];
        double wanted = sigma * sigma - 1.0 / 6;
        double more = wanted - variance[axis];

        /* Narrower than the difference itself: nothing is left to blur. */
        filter_gauss(more > 0.01 ? sqrt(more) : 0.1, 0, &kernels[axis]);
        if (kernels[axis].radius > 1 && 3.0 * sqrt(more) < kernels[axis].radius)
            filter_trim(&kernels[axis], (int)ceil(3.0 * sqrt(more)));
        if (more > 0.01)
            variance[axis] = wanted;
    }
    set_weights(spacing_mm, sigma_mm, scale);
    return separable(scale, scale->blurred, scale->blurred, kernels, err);
}

wadi_status tubes_exact(const wadi_volume *volume, double sigma_mm, tubes_scale *scale,
                        wadi_error *err)
{
    static const int ORDERS[6][3] = {{2, 0, 0}, {1, 1, 0}, {1, 0, 1},
                                     {0, 2, 0}, {0, 1, 1}, {0, 0, 2}};
    size_t count = (size_t)volume->columns * (size_t)volume->rows * (size_t)volume->slices;

    for (int k = 0; k < 6; k++) {
        filter_kernel kernels[3];
        double factor = sigma_mm * sigma_mm;
        wadi_status status;

        for (int axis = 0; axis < 3; axis++) {
            filter_gauss(sigma_mm / volume->spacing_mm[axis], ORDERS[k][axis], &kernels[axis]);
            factor /= pow(volume->spacing_mm[axis], ORDERS[k][axis]);
        }
        status = separable(scale, volume->values, scale->hessian[k], kernels, err);
        if (status)
            return status;
        for (size_t i = 0; i < count; i++)
            scale->hessian[k][i] *= (float)factor;
    }
    return WADI_OK;
}
