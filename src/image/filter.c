#include "filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void filter_gauss(double sigma, int order, filter_kernel *kernel)
{
    int radius = (int)ceil(4 * sigma);
    double sum = 0, moment = 0, value[2 * FILTER_RADIUS_LIMIT + 1];

    if (radius < 1)
        radius = 1;
    if (radius > FILTER_RADIUS_LIMIT)
        radius = FILTER_RADIUS_LIMIT;
    for (int i = -radius; i <= radius; i++) {
        double x = i / sigma, gauss = exp(-0.5 * x * x);

        value[radius + i] = order == 0 ? gauss : order == 1 ? -x * gauss : (x * x - 1) * gauss;
        sum += value[radius + i];
    }
    /* A second derivative must give 0 on a constant before its answer to x^2/2 is set to 1. */
    for (int i = 0; order == 2 && i <= 2 * radius; i++)
        value[i] -= sum / (2 * radius + 1);
    for (int i = -radius; i <= radius; i++)
        moment += order == 0   ? value[radius + i]
                  : order == 1 ? -i * value[radius + i]
                               : 0.5 * i * i * value[radius + i];
    kernel->radius = radius;
    for (int i = 0; i <= 2 * radius; i++)
        kernel->taps[i] = (float)(value[i] / moment);
}

void filter_trim(filter_kernel *kernel, int radius)
{
    float sum = 0;

    for (int i = 0; i <= 2 * radius; i++)
        sum += kernel->taps[i + kernel->radius - radius];
    for (int i = 0; i <= 2 * radius; i++)
        kernel->taps[i] = kernel->taps[i + kernel->radius - radius] / sum;
    kernel->radius = radius;
}

/* Convolution flips the kernel: tap j reaches sample i - j. `padded` starts radius before i =
 * 0. */
WADI_VECTOR
static void along(wadi_index count, const float *restrict padded, int radius,
                  const float *restrict taps, float *restrict out)
{
    for (wadi_index i = 0; i < count; i++)
        out[i] = 0;
    for (int j = 0; j <= 2 * radius; j++) {
        float tap = taps[2 * radius - j];
        const float *from = padded + j;

        for (wadi_index i = 0; i < count; i++)
            out[i] += tap * from[i];
    }
}

WADI_VECTOR
static void add_row(wadi_index count, float tap, const float *restrict from,
                    float *restrict out)
{
    for (wadi_index i = 0; i < count; i++)
        out[i] += tap * from[i];
}

static void filter_rows(wadi_index columns, wadi_index rows, const float *in,
                        const filter_kernel *kernel, float *out)
{
    float buffer[4096 + 2 * FILTER_RADIUS_LIMIT], *padded = buffer;
    int radius = kernel->radius;

    if (columns > 4096) {
        padded = malloc(((size_t)columns + 2 * FILTER_RADIUS_LIMIT) * sizeof *padded);
        WADI_ASSERT(padded);
    }
    for (wadi_index r = 0; r < rows; r++) {
        const float *from = in + (size_t)r * (size_t)columns;

        memcpy(padded + radius, from, (size_t)columns * sizeof *padded);
        for (int i = 1; i <= radius; i++) {
            padded[radius - i] = from[filter_mirror(-i, columns)];
            padded[radius + columns - 1 + i] = from[filter_mirror(columns - 1 + i, columns)];
        }
        along(columns, padded, radius, kernel->taps, out + (size_t)r * (size_t)columns);
    }
    if (padded != buffer)
        free(padded);
}

void filter_plane(wadi_index columns, wadi_index rows, const float *in,
                  const filter_kernel *across, const filter_kernel *down, float *scratch,
                  float *out)
{
    filter_rows(columns, rows, in, across, scratch);
    for (wadi_index r = 0; r < rows; r++) {
        float *to = out + (size_t)r * (size_t)columns;

        memset(to, 0, (size_t)columns * sizeof *to);
        for (int j = -down->radius; j <= down->radius; j++)
            add_row(columns, down->taps[down->radius + j],
                    scratch + (size_t)filter_mirror(r - j, rows) * (size_t)columns, to);
    }
}

bool filter_blur(wadi_index columns, wadi_index rows, double sigma, const float *in, float *out)
{
    filter_kernel kernel;
    float *scratch = wadi_alloc((size_t)columns * (size_t)rows, sizeof *scratch);

    if (!scratch)
        return false;
    filter_gauss(sigma, 0, &kernel);
    filter_plane(columns, rows, in, &kernel, &kernel, scratch, out);
    free(scratch);
    return true;
}
