/* How much each pixel of a picture looks like a part of a dark line on a brighter ground. */
#ifndef WADI_LINES_H
#define WADI_LINES_H

#include "filter.h"

enum { LINES_SCALES = 5, LINES_ANGLES = 16, LINES_FEATURES = 16, LINES_CONTEXT = 18 };

/* Feature maps (LINES_FEATURES x rows x columns) from a picture with dark vessels; each is free
 * of the picture's brightness and contrast. What they are: lines.c. */
wadi_status lines_features(wadi_index columns, wadi_index rows, const float *picture,
                           float **out, wadi_error *err) WADI_MUST_USE;

/* What a first answer (logits) says around each pixel, with some of the features that it came
 * from: maps (LINES_CONTEXT x rows x columns). What they are: lines_context.c. */
wadi_status lines_context(wadi_index columns, wadi_index rows, const float *features,
                          const float *answer, float **out, wadi_error *err) WADI_MUST_USE;

/* Mean along a piece of line through each pixel, Gaussian-weighted with sigma `length`. */
void lines_along(wadi_index columns, wadi_index rows, const float *answer, double angle,
                 double length, float *out);

/* Keep the 8-connected areas above `low` that reach `high` and are large enough. `stack` holds
 * columns x rows. */
void image_hysteresis(wadi_index columns, wadi_index rows, const float *answer, float low,
                      float high, float least_area, wadi_index *stack, uint8_t *mask);

#endif
