#ifndef WADI_GAP_H
#define WADI_GAP_H

#include "cone.h"
#include "wadi/image_dsa.h"

/* A line in space, from its upper end; evenly spaced. */
typedef struct gap_line {
    wadi_index count;
    double *point;      /* (count x 3) mm */
    double *path_mm;    /* (count) */
    double *radius_mm;  /* (count) of the lumen, smooth along the vessel */
    double residual_mm; /* of the points against their smooth line */
} gap_line;
void gap_line_clear(gap_line *line);

/* One vessel in two views to space: epipolar partners in rising order, closest approach of the
 * rays. WADI_ERR_CONFLICT when the two do not fit together. */
wadi_status gap_reconstruct(const cone_view views[2], const wadi_dsa_vessel *const vessels[2],
                            gap_line *out, wadi_error *err) WADI_MUST_USE;
/* One view: the line in the plane through the axis of rotation. */
wadi_status gap_flat(const cone_view *view, const wadi_dsa_vessel *vessel, gap_line *out,
                     wadi_error *err) WADI_MUST_USE;

typedef struct gap_profile {
    wadi_index count;
    double *from_mm, *gap_mm, *low_mm, *high_mm, *sd_mm; /* (count) */
    wadi_index best, first, last;                        /* the crossing and its interval */
} gap_profile;
/* between_rad: angle between the two views; 0 for one view, which gives a lower bound. */
wadi_status gap_measure(const gap_line *artery, const gap_line *vein, double between_rad,
                        gap_profile *out, wadi_error *err) WADI_MUST_USE;
void gap_profile_clear(gap_profile *profile);

#endif
