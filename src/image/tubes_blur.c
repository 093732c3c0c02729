/* Separable filters over volumes: along rows and columns slice by slice, then along slices. */
#include "tubes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 8, BLOCK = 4 * LANES };

/* Eight floats; halves or quarters of it where the machine's registers are shorter. */
typedef float lanes __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

/* out[i] = sum of taps[j] rows[j][i]: a block of neighbours stays in registers. */
WADI_VECTOR
static void gather(wadi_index count, const float *const *restrict rows, int tap_count,
                   const float *restrict taps, float *restrict out)
{
    wadi_index i = 0;

    for (; i + BLOCK <= count; i += BLOCK) {
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

static void set_weights(const wadi_volume *volume, double sigma_mm, tubes_scale *scale)
{
    const double *d = volume->spacing_mm;
    double s2 = sigma_mm * sigma_mm;

    scale->weights[0] = (float)(s2 / (d[0] * d[0]));
    scale->weights[1] = (float)(s2 / (4 * d[0] * d[1]));
    scale->weights[2] = (float)(s2 / (4 * d[0] * d[2]));
    scale->weights[3] = (float)(s2 / (d[1] * d[1]));
    scale->weights[4] = (float)(s2 / (4 * d[1] * d[2]));
    scale->weights[5] = (float)(s2 / (d[2] * d[2]));
}

wadi_status tubes_cascade(const wadi_volume *volume, double sigma_mm, double *variance,
                          tubes_scale *scale, wadi_error *err)
{
    filter_kernel kernels[3];

    for (int axis = 0; axis < 3; axis++) {
        double sigma = sigma_mm / volume->spacing_mm[axis];
        double wanted = sigma * sigma - 1.0 / 6;
        double more = wanted - variance[axis];

        /* Narrower than the difference itself: nothing is left to blur. */
        filter_gauss(more > 0.01 ? sqrt(more) : 0.1, 0, &kernels[axis]);
        if (kernels[axis].radius > 1 && 3.0 * sqrt(more) < kernels[axis].radius)
            filter_trim(&kernels[axis], (int)ceil(3.0 * sqrt(more)));
        if (more > 0.01)
            variance[axis] = wanted;
    }
    set_weights(volume, sigma_mm, scale);
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
