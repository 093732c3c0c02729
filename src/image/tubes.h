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

/* What one sweep over a blurred volume is for. */
typedef enum tubes_kind {
    TUBES_NORM,     /* strongest squared norm */
    TUBES_GREATEST, /* strongest eigenvalue of a wanted tube */
    TUBES_FRANGI,
    TUBES_JERMAN,
    TUBES_RIDGE
} tubes_kind;

typedef struct tubes_sweep {
    tubes_kind kind;
    float sign, a, b, c;
    float *out; /* the greater of this and of the law's answer */
} tubes_sweep;

/* Rows from..to - 1 of slice z; gives the strongest where that is asked for. */
float tubes_sweep_rows(const tubes_scale *scale, const tubes_sweep *job, wadi_index z,
                       wadi_index from, wadi_index to);

/* Blur `from` (may be scale->blurred) on to sigma in scale->blurred. `variance` is what it has
 * already, in samples^2 by axis. With a job (NULL: none) what is blurred is swept while it is
 * in the cache; `strongest` is set then. */
wadi_status tubes_cascade(const double *spacing_mm, double sigma_mm, double *variance,
                          const float *from, tubes_scale *scale, const tubes_sweep *job,
                          float *strongest, wadi_error *err) WADI_MUST_USE;
/* Keep every second sample of what is blurred enough for it. */
void tubes_halve(tubes_scale *scale, double *spacing_mm, double *variance);
/* The greater of `fine` and of what lies between the samples of a halved volume. */
wadi_status tubes_spread(const tubes_scale *scale, const float *coarse, wadi_index columns,
                         wadi_index rows, wadi_index slices, float *fine,
                         wadi_error *err) WADI_MUST_USE;
/* Full derivative kernels from the volume itself. */
wadi_status tubes_exact(const wadi_volume *volume, double sigma_mm, tubes_scale *scale,
                        wadi_error *err) WADI_MUST_USE;

/* cos(phi/3) and sqrt(3) sin(phi/3) / sin(phi/2) for t = sin^2(phi/2) in 0..1/2: least-squares
 * polynomials of degree 5, off by less than 6e-7. */
#define TUBES_COSINE(t)                                                                        \
    (1.0000004f +                                                                              \
     t * (-0.22228301f +                                                                       \
          t * (-0.064505049f + t * (-0.044641106f + t * (0.013685961f - t * 0.063421575f)))))
#define TUBES_SINE(t)                                                                          \
    (1.1547001f +                                                                              \
     t * (0.10697192f +                                                                        \
          t * (0.044521977f + t * (0.036257411f + t * (-0.013963847f + t * 0.056586106f)))))

#endif
