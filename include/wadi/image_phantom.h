/// @file image_phantom.h
/// Synthetic images with a known truth, for tests and for people who learn.
#ifndef WADI_IMAGE_PHANTOM_H
#define WADI_IMAGE_PHANTOM_H

#include "wadi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wadi_phantom_options {
    uint64_t seed;
    int views;            ///< of the DSA: 1 or 2
    wadi_maybe apart_deg; ///< between the two views; drawn from 60..90 when not known
} wadi_phantom_options;

/// An arterial and a venous injection of a calf: arterial_1.dcm, venous_1.dcm, ..., truth.json.
///
/// Cone beam (source to axis 750 mm, to detector 1100 mm, pixels of 0.3 mm), Beer-Lambert,
/// Poisson and electronic noise, veiling glare, motion of the foot, catheters of 7 F and 5 F,
/// errors of the angles in the headers. The truth is what was drawn: centrelines, gap along the
/// artery, crossing.
WADI_API wadi_status wadi_phantom_dsa(const wadi_phantom_options *options,
                                      const char *directory, wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
