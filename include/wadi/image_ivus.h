/// @file image_ivus.h
/// Intravascular ultrasound: lumen and outer elastic membrane along a pullback, calcium and
/// wire shadows, true or false lumen, balloon size; and pullbacks made by wadi with their
/// truth.
///
/// Borders are closed paths of least cost in the polar picture about the catheter
/// (docs/image/ivus.md). Angles count from the picture's columns (to the right) towards its
/// rows (down), so clockwise on the screen; places are in mm from the catheter's axis.
///
/// Pure but for the texts and files that are made for the caller; any thread.
#ifndef WADI_IMAGE_IVUS_H
#define WADI_IMAGE_IVUS_H

#include "wadi/image.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Size of a closed contour.
typedef struct wadi_ivus_size {
    double area_mm2, perimeter_mm;
    double least_mm, greatest_mm; ///< shortest and longest diameter through the centre of area
    double longest_mm;            ///< between any two corners
    double mean_mm;               ///< mean of the diameters through the centre of area
    double equal_area_mm;         ///< diameter of the circle of the same area
    double x_mm, y_mm;            ///< centre of area
} wadi_ivus_size;

/// Measure a polygon. `x_mm` and `y_mm` are (count) corners in either sense.
///
/// @retval WADI_ERR_RANGE fewer than 3 corners, one that is not finite, or no area
WADI_API wadi_status wadi_ivus_measure(wadi_index count, const double *x_mm, const double *y_mm,
                                       wadi_ivus_size *out, wadi_error *err) WADI_MUST_USE;

/// A synthetic pullback: ivus.dcm and truth.json in `directory`.
///
/// 40 MHz, 256 lines of 512 samples over 5 mm, Rayleigh speckle of 0.1 mm along and 0.25 mm
/// across the beam, log compression, scan conversion to 512 x 512 pixels. The vessel narrows,
/// carries calcium and a second wire, has a vein beside it, and in a stretch the catheter lies
/// in a false lumen behind a flap. Frame time and pullback speed are in the header.
/// @param frames  1..2000
WADI_API wadi_status wadi_phantom_ivus(uint64_t seed, wadi_index frames, const char *directory,
                                       wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
