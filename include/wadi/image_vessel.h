/// @file image_vessel.h
/// Vessels in single pictures and in volumes.
#ifndef WADI_IMAGE_VESSEL_H
#define WADI_IMAGE_VESSEL_H

#include "wadi/image.h"

#ifdef __cplusplus
extern "C" {
#endif

/// How much each pixel of an angiogram (dark vessels) looks like vessel, and a mask.
///
/// Turned second derivatives along pieces of line at five scales, darkness and bottom hats go
/// into a small fitted classifier (data/vessel_lines.json names the 20 pictures it was fitted
/// to); the mask is hysteresis on its answer without small islands. Pictures of 400 pixels and
/// more are taken at the resolution of the fit, about 300 pixels across.
///
/// @param picture      (rows x columns), any brightness and contrast
/// @param vesselness   (rows x columns) 0..1, not a probability; monotone in the classifier's
/// answer
/// @param mask         (rows x columns) 0 or 1
WADI_API wadi_status wadi_vessels_find(wadi_index columns, wadi_index rows,
                                       const float *picture, float *vesselness, uint8_t *mask,
                                       wadi_error *err) WADI_MUST_USE;

/// Tube-likeness of a volume.
typedef enum wadi_tube_law {
    WADI_TUBE_FRANGI, ///< Frangi et al., MICCAI 1998, LNCS 1496, 130-137,
                      ///< doi:10.1007/BFb0056195
    WADI_TUBE_JERMAN, ///< Jerman et al., IEEE Trans. Med. Imaging 35 (2016) 2107-2118
    WADI_TUBE_RIDGE ///< the weaker of both curvatures across, in the volume's own unit: a full
                    ///< cylinder of contrast C answers C / e at its own scale (radius /
                    ///< sqrt 2), a plate 0
} wadi_tube_law;

typedef struct wadi_tube_options {
    wadi_tube_law law;
    bool dark;           ///< dark tubes on a bright ground
    double sigma_mm[16]; ///< scales
    int sigma_count;
    double alpha, beta; ///< Frangi: plate and blob sensitivity, 0.5 each in the paper
    double gamma; ///< Frangi: half of the structure that counts; 0: half the greatest norm
    double tau;   ///< Jerman: 0.5..1
    bool exact;   ///< full kernels at each scale instead of the cascade
} wadi_tube_options;

WADI_API wadi_tube_options wadi_tube_options_default(void);

/// Greatest answer over the scales; 0..1 (the ridge law: the volume's unit). `out` is (slices x
/// rows x columns). Second derivatives are multiplied by sigma^2, so that a tube answers alike
/// at its own scale whatever that is.
WADI_API wadi_status wadi_tubes_enhance(const wadi_volume *volume,
                                        const wadi_tube_options *options, float *out,
                                        wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
