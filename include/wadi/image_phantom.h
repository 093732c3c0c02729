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
    int frames;           ///< of each run, 3 to 20; 0: 20
    bool disease;         ///< one stenosis of the artery, told in `lesions` of the truth
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

/// Size of the CT. 0 and unknown: from the others and the field, which holds one leg from the
/// popliteal artery to the toes (104 x 140 x 504..540 mm); 0.5 and 1.0 mm when nothing is said.
typedef struct wadi_phantom_cta_options {
    uint64_t seed;
    wadi_index columns, rows, slices;
    wadi_maybe spacing_mm, slice_mm; ///< in the plane, between slices
} wadi_phantom_cta_options;

/// CT angiogram of a calf and foot: cta.nii.gz, labels.nii.gz, truth.json.
///
/// Anterior and posterior tibial and peroneal arteries from the popliteal artery to the dorsal
/// and plantar arteries of the foot, two veins beside each in the calf, bones, calcium,
/// stenoses and occlusions; 4 x 4 x 4 samples where a surface passes, blur, noise with grain.
/// Labels are those of wadi_cta_label, and 6 for the lumen of an occluded artery. The leg
/// depends on the seed alone, not on the voxels. Keys of truth.json: docs/image/phantoms.md.
///
/// @retval WADI_ERR_RANGE  a size or spacing is impossible or wants over 300 million voxels
WADI_API wadi_status wadi_phantom_cta(const wadi_phantom_cta_options *options,
                                      const char *directory, wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
