#ifndef WADI_TUBES_H
#define WADI_TUBES_H

#include "filter.h"
#include "wadi/image_vessel.h"

/* One scale at work: a blurred volume with weights for differences, or the full Hessian. */
typedef struct tubes_scale {
    wadi_index columns, rows, slices;
    bool exact;
    float *blurred;
    float weights[6]; /* sigma^2 / (step step) for xx, xy, xz, yy, yz, zz */
    float *hessian[6];
} tubes_scale;

/* Blur on to sigma. `variance` is what the volume has already, in samples^2 by axis. */
wadi_status tubes_cascade(const double *spacing_mm, double sigma_mm, double *variance,
                          tubes_scale *scale, wadi_error *err) WADI_MUST_USE;
/* Keep every second sample of what is blurred enough for it. */
void tubes_halve(tubes_scale *scale, double *spacing_mm, double *variance);
/* The greater of `fine` and of what lies between the samples of a halved volume. */
wadi_status tubes_spread(const tubes_scale *scale, const float *coarse, wadi_index columns,
                         wadi_index rows, wadi_index slices, float *fine,
                         wadi_error *err) WADI_MUST_USE;
/* Full derivative kernels from the volume itself. */
wadi_status tubes_exact(const wadi_volume *volume, double sigma_mm, tubes_scale *scale,
                        wadi_error *err) WADI_MUST_USE;

/* Least-squares polynomial of degree 6 to cos(2/3 acos s) on 0..1; off by less than 2e-7. */
#define TUBES_COSINE_0 0.50000016f
#define TUBES_COSINE_1 0.57733346f
#define TUBES_COSINE_2 (-0.11082304f)
#define TUBES_COSINE_3 0.05154791f
#define TUBES_COSINE_4 (-0.026538218f)
#define TUBES_COSINE_5 0.01062305f
#define TUBES_COSINE_6 (-0.0021434482f)

#endif
