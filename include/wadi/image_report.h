/// @file image_report.h
/// What the analysis of a picture leaves in a folder: overlays (PNG, SVG), maps with a colour
/// bar, moving pictures, plots and one PDF page. Nothing in them names a patient. Folders are
/// made when they are absent; each file is written whole or not at all.
#ifndef WADI_IMAGE_REPORT_H
#define WADI_IMAGE_REPORT_H

#include "wadi/image.h"
#include "wadi/image_dsa.h"
#include "wadi/image_ivus.h"
#include "wadi/image_lesion.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wadi_cine_kind {
    WADI_CINE_PNG, ///< animated PNG
    WADI_CINE_MP4, ///< by the program ffmpeg
    WADI_CINE_NONE
} wadi_cine_kind;

/// A subtracted run: opacity.png (bare), vessels.png and .svg, opacity_map.png, arrival.png,
/// peak_time.png, transit.png, washout.png, contrast.svg (mean over the vessels), cine.png or
/// .mp4, page.pdf, and dsa.json (`text`, from wadi_dsa_describe). Longer than 640 pixels, the
/// moving picture is shrunk by a whole number.
WADI_API wadi_status wadi_dsa_report(const wadi_dsa *dsa, const wadi_image *run,
                                     const char *text, size_t size, wadi_cine_kind cine,
                                     const char *directory, wadi_error *err) WADI_MUST_USE;

/// The artery-vein gap: gap.csv, gap.svg and .png (the gap along the artery with its interval,
/// needle reach, basket and crossing), view_1.png and .svg (both vessels on the contrast of
/// both runs, with the crossing), view_2 of two views, gap.json and page.pdf.
WADI_API wadi_status wadi_gap_report(const wadi_gap *gap, const char *directory,
                                     wadi_error *err) WADI_MUST_USE;

/// A pullback: page.pdf (diameters along it, narrowest frame) and narrowest.png and .svg.
WADI_API wadi_status wadi_ivus_page(const wadi_ivus *ivus, const wadi_image *pullback,
                                    const char *directory, wadi_error *err) WADI_MUST_USE;

/// One frame with its vessels: vesselness.png and mask.png (bare), overlay.png and .svg,
/// vesselness_map.png, page.pdf. `picture` has dark vessels; shapes as in wadi_vessels_find.
WADI_API wadi_status wadi_vessels_report(const wadi_image *image, const float *picture,
                                         const float *vesselness, const uint8_t *mask,
                                         const char *directory, wadi_error *err) WADI_MUST_USE;

/// Vessels of a CT or MR angiogram: case-fragment.json, cta.json (`text`, from
/// wadi_cta_describe), centrelines.vtp, surface.stl, labels.nii.gz, gaps.csv where there are
/// gaps, front.png and side.png (brightest of each ray without bone, with centrelines),
/// page.pdf.
WADI_API wadi_status wadi_cta_report(const wadi_volume *volume, const wadi_cta *cta,
                                     const wadi_cta_findings *findings, bool mri,
                                     const char *text, size_t size, const char *directory,
                                     wadi_error *err) WADI_MUST_USE;

/// Outlines of what is not 0 in a mask, along the edges of its pixels.
///
/// @param x_px, y_px  (*count) points; NAN parts the outlines; `free` both
WADI_API wadi_status wadi_mask_outline(wadi_index columns, wadi_index rows, const uint8_t *mask,
                                       double **x_px, double **y_px, wadi_index *count,
                                       wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
