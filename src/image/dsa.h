#ifndef WADI_DSA_H
#define WADI_DSA_H

#include "filter.h"
#include "wadi/image_dsa.h"

/* Small pictures that motion and arrival are found in: the run shrunk to about 256 pixels. */
typedef struct dsa_small {
    wadi_index columns, rows, frames;
    double factor;
    float *values; /* (frames x rows x columns) */
    float *field;  /* (rows x columns) 1 where the beam is, 0 at the shutter and near it */
} dsa_small;

/* Shift of b against a, b(x + shift) = a(x), with weights; Lucas and Kanade, IJCAI 1981, with a
 * free difference of brightness and Huber's weights, from coarse to fine. */
void dsa_find_shift(wadi_index columns, wadi_index rows, const float *a, const float *b,
                    const float *weight, double shift[2]);

/* A grid of control points and their shifts, smooth between. */
enum { DSA_GRID = 7 };
typedef struct dsa_warp {
    double shift[DSA_GRID][DSA_GRID][2];
} dsa_warp;
void dsa_find_warp(wadi_index columns, wadi_index rows, const float *a, const float *b,
                   const float *weight, const double start[2], dsa_warp *warp);
/* out(x) = in(x - shift(x)), shifts in pixels of this picture. */
void dsa_apply_warp(wadi_index columns, wadi_index rows, const float *in, const dsa_warp *warp,
                    float *out);

/* First frame with contrast, or WADI_NONE. `shift` (frames x 2) in small pixels. */
wadi_status dsa_find_arrival(const dsa_small *small, const double *shift, wadi_index *out,
                             wadi_error *err) WADI_MUST_USE;

/* Centrelines and calibres of an opacity picture into dsa->vessels and dsa->mask. */
wadi_status dsa_trace(wadi_dsa *dsa, wadi_error *err) WADI_MUST_USE;
/* Width of a cylinder seen across: profile of `count` samples, `step` pixels apart. False when
 * it does not fit. centre is relative to the middle of the profile. */
bool dsa_fit_cylinder(const double *profile, int count, double step, double *diameter,
                      double *centre);

#endif
