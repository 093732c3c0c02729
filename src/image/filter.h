/* Gaussian filters on planes and volumes of floats. Borders are mirrored. */
#ifndef WADI_FILTER_H
#define WADI_FILTER_H

#include "image_impl.h"

enum { FILTER_RADIUS_LIMIT = 127 };

typedef struct filter_kernel {
    int radius;
    float taps[2 * FILTER_RADIUS_LIMIT + 1];
} filter_kernel;

/* Sampled Gaussian or its 1st or 2nd derivative at sigma samples, corrected so that it is exact
 * on 1, x, x^2/2 (else a sigma below one sample answers too weakly). */
void filter_gauss(double sigma, int order, filter_kernel *kernel);

/* Cut a kernel of order 0 to a shorter reach; its sum stays 1. */
void filter_trim(filter_kernel *kernel, int radius);

/* out = in convolved with across (along columns) and down (along rows). out may be in.
 * `scratch` holds columns x rows. */
void filter_plane(wadi_index columns, wadi_index rows, const float *in,
                  const filter_kernel *across, const filter_kernel *down, float *scratch,
                  float *out);
/* Gaussian blur of a plane; false when memory is refused. */
bool filter_blur(wadi_index columns, wadi_index rows, double sigma, const float *in,
                 float *out);

static inline wadi_index filter_mirror(wadi_index at, wadi_index count)
{
    while (at < 0 || at >= count) {
        if (at < 0)
            at = -at - 1;
        if (at >= count)
            at = 2 * count - 1 - at;
    }
    return at;
}

/* Value between samples (bilinear); outside, the nearest border. */
static inline float filter_between(const float *values, wadi_index columns, wadi_index rows,
                                   float x, float y)
{
    float cx = x < 0 ? 0 : x > (float)(columns - 1) ? (float)(columns - 1) : x;
    float cy = y < 0 ? 0 : y > (float)(rows - 1) ? (float)(rows - 1) : y;
    wadi_index c = (wadi_index)cx, r = (wadi_index)cy;
    wadi_index c1 = c + 1 < columns ? c + 1 : c, r1 = r + 1 < rows ? r + 1 : r;
    float fx = cx - (float)c, fy = cy - (float)r;
    const float *top = values + (size_t)r * (size_t)columns;
    const float *below = values + (size_t)r1 * (size_t)columns;

    return (1 - fy) * ((1 - fx) * top[c] + fx * top[c1]) +
           fy * ((1 - fx) * below[c] + fx * below[c1]);
}

#endif
