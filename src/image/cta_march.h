#ifndef WADI_CTA_MARCH_H
#define WADI_CTA_MARCH_H

#include "cta_impl.h"

enum { CTA_ACCEPTED = -2 };

/* A front over the voxels of a band. */
typedef struct cta_front {
    int count;
    float *time;   /* FLT_MAX where it did not come */
    float *length; /* mm back to the start */
    int *from;     /* next voxel of the way back, -1 at the start */
    int *place;    /* in the heap, -1 not met, CTA_ACCEPTED done */
    int *heap, heap_count;
} cta_front;

wadi_status cta_front_new(int count, cta_front *front, wadi_error *err) WADI_MUST_USE;
void cta_front_clear(cta_front *front);
/* From `start` over all that hangs together with it, or until `stop` (-1: none) is reached. */
void cta_march(const cta_grid *grid, const cta_band *band, const float *speed, int start,
               int stop, cta_front *front);

#endif
