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

/* A grid of control points and their shifts, smooth between. */
enum { DSA_GRID = 7 };
typedef struct dsa_warp {
    double shift[DSA_GRID][DSA_GRID][2];
} dsa_warp;

/* The picture that others are aligned to, with its gradients at all levels; and a thread's own
 * memory for the frame. NULL when memory is refused. */
typedef struct dsa_target dsa_target;
typedef struct dsa_mover dsa_mover;
dsa_target *dsa_target_new(wadi_index columns, wadi_index rows, const float *picture,
                           const float *weight);
void dsa_target_free(dsa_target *target);
dsa_mover *dsa_mover_new(const dsa_target *target);
void dsa_mover_free(dsa_mover *mover);
/* frame(x + shift) = target(x), with weights; Lucas and Kanade, IJCAI 1981, with a free
 * difference of brightness and Huber's weights. `shift` is the start; `fine` says that it is
 * good to a pixel. */
void dsa_target_shift(const dsa_target *target, const float *frame, bool fine, dsa_mover *work,
                      double shift[2]);
/* The same at control points, for the frame looked at last. */
void dsa_target_warp(const dsa_target *target, dsa_mover *work, const double start[2],
                     dsa_warp *warp);
/* One pair of pictures; false when memory is refused. */
bool dsa_find_shift(wadi_index columns, wadi_index rows, const float *a, const float *b,
                    const float *weight, double shift[2]);

/* out(x) = in(x - shift(x)), shifts in pixels of this picture; one row or all. */
typedef struct dsa_row {
    float *block, *fx, *fy;
    int *ox, *oy;
} dsa_row;
bool dsa_row_new(wadi_index columns, dsa_row *out); /* free out->block */
void dsa_warp_row(wadi_index columns, wadi_index rows, const float *in, const dsa_warp *warp,
                  wadi_index y, float *out, dsa_row *work);
bool dsa_apply_warp(wadi_index columns, wadi_index rows, const float *in, const dsa_warp *warp,
                    float *out);

/* First frame with contrast, or WADI_NONE. `shift` (frames x 2) in small pixels. */
/* First frame whose new threads cover enough of the field (`field` pixels) and that is followed
 * by more; where there is none, as with a thin vessel in noise that darkens slowly, the first
 * whose new threads together with those of the three frames after it do. `area` (frames + 3)
 * holds zeros behind the last frame. WADI_NONE without contrast. */
wadi_index dsa_first_growth(const double *area, wadi_index frames, double field);
wadi_status dsa_find_arrival(const dsa_small *small, const double *shift, wadi_index *out,
                             wadi_error *err) WADI_MUST_USE;

/* wadi_dsa_run; with `only_difference` it ends when all frames are subtracted. */
wadi_status dsa_subtract(const wadi_image *run, const wadi_dsa_options *options,
                         bool only_difference, wadi_dsa **out, wadi_error *err) WADI_MUST_USE;

/* Opacity and time maps from dsa->difference; nothing is said outside the field. */
wadi_status dsa_time_all(wadi_dsa *dsa, const double *times, const dsa_small *small,
                         wadi_error *err) WADI_MUST_USE;
/* Times of one curve (frames, `stride` apart; first and last frame are not used). NAN where
 * they are not known. */
void dsa_curve_times(const float *curve, wadi_index stride, wadi_index frames,
                     const double *times, wadi_index mask_last, wadi_dsa_times *out);

/* Centrelines and calibres of an opacity picture into dsa->vessels and dsa->mask. */
wadi_status dsa_trace(wadi_dsa *dsa, wadi_error *err) WADI_MUST_USE;
/* The middle of a vessel whose pixels are x_px, y_px, a pixel apart, and its diameters; the
 * count may fall. False when memory is refused. */
bool dsa_fit_vessel(const wadi_dsa *dsa, wadi_dsa_vessel *vessel);
/* How far the diameter of one profile is off, beside its scale: noise and the model's own -0.1
 * to -0.2 pixels. Set on phantoms 701 to 714, whose bands of 0.1 pixels held 75 % of the true
 * diameters where 95 % are wanted. */
#define DSA_PROFILE_SD_PX 0.25
/* Width of a cylinder seen across: profile of `count` samples, `step` pixels apart. False when
 * it does not fit. centre is relative to the middle of the profile. */
bool dsa_fit_cylinder(const double *profile, int count, double step, double *diameter,
                      double *centre);
/* Radius of one cylinder along a straightened strip: rows of 2 half + 1 darknesses a pixel
 * apart, with the axis in the middle; `guess` is its radius. False when memory is refused,
 * there are fewer than four rows, or nothing dark stands there. */
enum { DSA_STRIP_HALF = 80 };
bool dsa_fit_strip(const float *values, int rows, int half, double guess, double *radius,
                   double *sd);

#endif
