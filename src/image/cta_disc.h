/* A disc fitted by area: cta_disc.c. */
#ifndef WADI_CTA_DISC_H
#define WADI_CTA_DISC_H

#include "cta_impl.h"

/* What lies round a point: values (rays x depths), NAN where bone is. */
typedef struct cta_disc_look {
    int rays, depths;
    double depth_mm;
    const double *cosine, *sine;
    const float *values;
} cta_disc_look;

typedef struct cta_disc {
    double x, y, radius; /* mm, at half level */
    double contrast;     /* inside against a ring outside */
} cta_disc;

/* `bright` and more is a neighbour: what it hides has no say. `scratch` holds rays x (depths +
 * 1). False where nothing is above half level. */
bool cta_disc_fit(const cta_disc_look *look, double level, double outside, double bright,
                  double most_shift, double most_radius, double *scratch, cta_disc *out);

#endif
