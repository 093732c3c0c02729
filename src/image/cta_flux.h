/* Optimally oriented flux in a band (M. W. K. Law, A. C. S. Chung, ECCV 2008, LNCS 5305,
 * 368-382, doi:10.1007/978-3-540-88693-8_27).
 *
 * How much of the gradient flows in through a sphere of radius r, told by direction, is a
 * tensor: by the divergence theorem the second derivatives of the image smoothed by the
 * sphere's inside, over the sphere's area. Unlike a Gaussian's, the sphere's reach ends at r:
 * what lies beside a vessel has no say. */
#ifndef WADI_CTA_FLUX_H
#define WADI_CTA_FLUX_H

#include "cta_impl.h"

enum { CTA_FLUX_RADII = 8 };

typedef struct cta_flux_options {
    double radius_mm[CTA_FLUX_RADII]; /* ascending */
    int radius_count;
    double sigma_mm; /* blur before derivatives */
    double along_mm; /* > 0: sd of averaging the tensor along the direction that answers best */
    int group;       /* so many radii share one tensor; 0, 1: each has its own */
    bool by_noise; /* each radius in multiples of how noise of sd 1 makes its tensor scatter */
} cta_flux_options;

/* The weaker of both inward fluxes across, greatest over radii; 0 where it is no tube and
 * outside the mask (0 or 1). A long cylinder of a radius of the list answers its contrast
 * there, unless `by_noise`. `ask`, part of the mask, says where an answer is wanted; NULL: in
 * all of it (what lies outside the mask adds nothing to a direction). `strength` and `scale`
 * are (grid voxels); `scale` (index of the radius) may be NULL. */
wadi_status cta_flux(const cta_grid *grid, const uint8_t *mask, const uint8_t *ask,
                     const cta_flux_options *options, float *strength, uint8_t *scale,
                     wadi_error *err) WADI_MUST_USE;

/* Vessels that noise hides (cta_faint.c), on a grid of about a millimetre. */
typedef struct cta_faint {
    wadi_volume volume; /* its values only */
    cta_grid grid;
    wadi_index times[3]; /* voxels of the finer grid in one */
    float *strength;
    uint8_t *mask; /* what hangs together and is strong enough */
    double middle, scatter;
} cta_faint;

/* Where nothing is painted. Brightness counts up to most_hu. */
wadi_status cta_faint_find(const cta_grid *grid, const cta_levels *levels,
                           const uint8_t *painted, double most_hu, cta_faint *faint,
                           wadi_error *err) WADI_MUST_USE;
/* Add what was found to a mask and scores (0..1) of the finer grid. */
void cta_faint_add(const cta_grid *grid, const cta_faint *faint, float *score, uint8_t *mask);
void cta_faint_clear(cta_faint *faint);

#endif
