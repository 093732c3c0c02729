/// @file image_dsa.h
/// Digital subtraction angiography: mask, motion, contrast over time, vessels and their
/// calibre.
///
/// Work is on the logarithm of the beam, in which contrast adds: D = mask - frame, in units of
/// optical depth (mu times thickness). "LOG" images are taken as they are, up to their unknown
/// scale.
#ifndef WADI_IMAGE_DSA_H
#define WADI_IMAGE_DSA_H

#include "wadi/image.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wadi_dsa_options {
    wadi_index mask_first, mask_last; ///< WADI_NONE: all frames before the contrast
    bool shift, warp;                 ///< correct motion: whole picture; then control points
    wadi_maybe spacing_mm;      ///< pixel size in the vessel's plane, over that of the header
    wadi_maybe spacing_sd_frac; ///< its relative standard deviation
} wadi_dsa_options;

WADI_API wadi_dsa_options wadi_dsa_options_default(void);

/// One piece of vessel between ends and branchings.
typedef struct wadi_dsa_vessel {
    wadi_index count;
    double *x_px, *y_px; ///< (count) centreline, columns and rows
    double
        *diameter_px; ///< (count) of the model of a blurred cylinder; NAN where it does not fit
    double length_px, mean_diameter_px, diameter_sd_px;
    double least_diameter_px, reference_diameter_px;
    double stenosis_frac; ///< 1 - least / reference; NAN where stenosis_reason says why
    double arrival_ms;    ///< median along it
    /// Why stenosis_frac is NAN: "piece_too_short", "poor_fit", "calibre_uneven"; NULL where it
    /// is known.
    const char *stenosis_reason;
} wadi_dsa_vessel;

typedef struct wadi_dsa {
    wadi_index columns, rows, frames;
    wadi_index first_contrast_frame; ///< WADI_NONE when no contrast was found
    wadi_index mask_first, mask_last;
    double *shift_px; ///< (frames x 2) across, down: of the frame against the mask
    double sd_before,
        sd_after;      ///< residual background, optical depth, without and with correction
    float *difference; ///< (frames x rows x columns)
    float *opacity;    ///< (rows x columns) greatest difference over time
    float *evidence;   ///< (rows x columns) the same, less where things moved before contrast
    float *arrival_ms, *peak_ms, *transit_ms,
        *washout_ms; ///< (rows x columns), NAN without contrast
    uint8_t *mask;   ///< (rows x columns) vessels
    double arrival;  ///< ms of the first contrast frame; NAN without times or contrast
    wadi_maybe spacing_mm, spacing_sd_frac;
    wadi_dsa_vessel *vessels; ///< longest first
    wadi_index vessel_count;
} wadi_dsa;

/// Subtract a run. @retval WADI_ERR_MISSING one frame only
WADI_API wadi_status wadi_dsa_run(const wadi_image *run, const wadi_dsa_options *options,
                                  wadi_dsa **out, wadi_error *err) WADI_MUST_USE;
WADI_API void wadi_dsa_free(wadi_dsa *dsa);

/// What a curve of contrast over time says; NAN where it says nothing (no contrast, no times).
typedef struct wadi_dsa_times {
    double arrival_ms; ///< where it crosses a fifth of its peak
    double peak_ms;    ///< time of the peak
    double transit_ms; ///< mean transit: first moment from the arrival
    double washout_ms; ///< from the peak down to its half
    double peak;       ///< optical depth
    double area_ms;    ///< under the curve, optical depth times ms
} wadi_dsa_times;

/// Mean contrast of a rectangle over time. box: first column, first row, last column, last row.
/// `curve` is (frames), optical depth. @retval WADI_ERR_RANGE it is not inside the picture
WADI_API wadi_status wadi_dsa_region(const wadi_dsa *dsa, const wadi_image *run,
                                     const wadi_index box[4], float *curve,
                                     wadi_dsa_times *times, wadi_error *err) WADI_MUST_USE;

/// Pixel size from a catheter or ball of known size at (x, y) in a frame without contrast.
///
/// `ball` false: a catheter, seen as a full cylinder, followed from there up to 40 mm both ways
/// in three frames from `frame` on (fewer at the end of the run); where it leaves the picture
/// or its shadow changes, it ends. `sd_frac` is the relative standard deviation: 0.8 % for what
/// the model leaves out, and how far the pieces of it differ.
/// @retval WADI_ERR_RANGE  nothing of that kind is there, or no such frame
WADI_API wadi_status wadi_dsa_calibrate(const wadi_image *run, wadi_index frame, double x_px,
                                        double y_px, double diameter_mm, bool ball,
                                        double *spacing_mm, double *sd_frac,
                                        wadi_error *err) WADI_MUST_USE;

/// A rectangle with a name, for wadi_dsa_describe_regions.
typedef struct wadi_dsa_box {
    const char *name;  ///< borrowed
    wadi_index box[4]; ///< first column, first row, last column, last row
} wadi_dsa_box;

/// wadi_dsa_describe with `regions`: the curve of each box over time, and its times.
/// @retval WADI_ERR_RANGE  a box is not inside the picture
WADI_API wadi_status wadi_dsa_describe_regions(const wadi_dsa *dsa, const wadi_image *run,
                                               const wadi_dsa_box *boxes, wadi_index count,
                                               char **out, size_t *size,
                                               wadi_error *err) WADI_MUST_USE;

/// All numbers as JSON text. `free` *out.
WADI_API wadi_status wadi_dsa_describe(const wadi_dsa *dsa, const wadi_image *run, char **out,
                                       size_t *size, wadi_error *err) WADI_MUST_USE;

typedef struct wadi_gap_options {
    double origin_mm; ///< from the posterior tibial origin to the upper end of the artery seen
    /// False: it is not known, and what counts from the origin counts from that end in truth.
    bool origin_given;
} wadi_gap_options;

/// One view of both injections, as the arterial run sees it.
typedef struct wadi_gap_view {
    wadi_index columns, rows;
    float *artery_opacity, *vein_opacity; ///< (rows x columns) greatest contrast of each run
    double moved_px[2];    ///< the venous run lies this far to the right and below
    wadi_maybe spacing_mm; ///< pixel size where the bones turn (geometry)
    wadi_index artery_count, vein_count;
    double *artery_x_px, *artery_y_px; ///< (artery_count) centreline in space, projected
    double *artery_from_mm;            ///< (artery_count) as wadi_gap's from_mm
    double *vein_x_px, *vein_y_px;     ///< (vein_count)
} wadi_gap_view;

/// The gap along the artery and where to cross.
typedef struct wadi_gap {
    wadi_index count;
    double *from_mm;          ///< (count) from the posterior tibial origin, if that is known
    bool origin_given;        ///< it is: wadi_gap_options
    double *gap_mm;           ///< (count) from lumen edge to lumen edge
    double *low_mm, *high_mm; ///< (count) interval; high is infinite in one view
    wadi_index best, first, last; ///< the crossing and the ends of its interval
    double needle_reach_mm, basket_mm, vein_diameter_mm;
    int view_count;
    wadi_gap_view views[2];
    char *text; ///< (size) JSON with `crossing` {from_mm, to_mm, gap_mm, low_mm, high_mm}
    size_t size;
} wadi_gap;

/// Artery-vein gap from an arterial and a venous injection, each in one view or in two ("A,B").
///
/// The gap is from lumen edge to lumen edge: the distance of the centrelines less both radii.
/// Two views are joined by their epipolar geometry; one view gives a lower bound (`bound` is
/// "lower").
WADI_API wadi_status wadi_gap_run(const char *arterial, const char *venous,
                                  const wadi_gap_options *options, wadi_gap **out,
                                  wadi_error *err) WADI_MUST_USE;
WADI_API void wadi_gap_free(wadi_gap *gap);

/// The same. With `directory`, gap.csv (from_origin_mm, gap_mm, low_mm, high_mm) is written.
/// *out is the JSON text; `free` it.
WADI_API wadi_status wadi_gap_files(const char *arterial, const char *venous,
                                    const wadi_gap_options *options, const char *directory,
                                    char **out, size_t *size, wadi_error *err) WADI_MUST_USE;

/// gap.csv into a folder.
WADI_API wadi_status wadi_gap_write(const wadi_gap *gap, const char *directory,
                                    wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
