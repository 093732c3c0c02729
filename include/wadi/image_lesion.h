/// @file image_lesion.h
/// From the vessels of a CT or MR angiogram to findings: occlusions, stenoses, calcium,
/// calibres and gaps by name, a case fragment, and files that other programs show.
///
/// Places along a vessel are in mm from its upper end. What the image does not tell is unknown.
/// Method and limits: docs/image/findings.md.
#ifndef WADI_IMAGE_LESION_H
#define WADI_IMAGE_LESION_H

#include "wadi/case.h"
#include "wadi/image_cta.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wadi_cta_lesion {
    wadi_lesion_kind kind;
    double from_mm, to_mm;
    double length_sd_mm;
    bool to_end; ///< nothing is open below: `to_mm` is where the vessel should end
    wadi_maybe stenosis_frac, stenosis_sd; ///< narrowing by diameter; of a stenosis
    wadi_maybe reference_mm, reference_sd; ///< diameter of the healthy lumen beside it
    wadi_maybe blunt;                      ///< 1 blunt, 0 tapered; of an occlusion
    wadi_maybe stump_frac;      ///< calibre just above the occlusion as a share of the healthy
    wadi_maybe entry_calcified; ///< 0 or 1
    wadi_maybe outflow;         ///< 1: open below
    wadi_calcium calcium;       ///< within it
    uint32_t reasons;           ///< wadi_cta_reason of the branches it lies in
} wadi_cta_lesion;

/// One vessel of the reference leg as the image shows it, put together from branches.
typedef struct wadi_cta_course {
    char name[8]; ///< "PTA", "PTV1"
    bool vein;
    wadi_index count;
    double *points_mm;                     ///< (count x 3), from the upper end
    double *along_mm;                      ///< (count)
    double *radius_mm, *radius_sd_mm, *hu; ///< (count)
    double *calcium_arc_deg;               ///< (count) of the wall; NAN where bone hides it
    uint8_t *closed;                       ///< (count) 1 where the lumen is closed
    double length_mm, length_sd_mm;        ///< whole vessel, what is closed below included
    bool from_origin; ///< begins where it leaves its parent, not at the border of the image
    bool complete;    ///< seen, open or crossed, to its end
    wadi_calcium calcium;
    double calcium_mm, calcium_wide_mm; ///< length with calcium, with more than half the wall
    wadi_cta_lesion *lesions;
    wadi_index lesion_count;
    uint32_t reasons;
} wadi_cta_course;

/// Distance from lumen edge to lumen edge along an artery.
typedef struct wadi_cta_gap {
    wadi_index artery, vein; ///< courses
    wadi_index count;
    double *from_origin_mm, *gap_mm, *sd_mm; ///< (count)
} wadi_cta_gap;

typedef struct wadi_cta_findings {
    wadi_cta_course *courses;
    wadi_index course_count;
    wadi_cta_gap *gaps;
    wadi_index gap_count;
    double scale; ///< of this leg against the reference leg, from complete arteries; 0 unknown
} wadi_cta_findings;

/// Name, measure and judge. `volume` is the one that the graph comes from; without it (NULL)
/// calcium is taken as the graph has it.
///
/// @retval WADI_OK         *out is to be freed with wadi_cta_findings_free; it may be empty
/// @retval WADI_ERR_NOMEM  memory was refused
WADI_API wadi_status wadi_cta_find(const wadi_cta *cta, const wadi_volume *volume,
                                   wadi_cta_findings **out, wadi_error *err) WADI_MUST_USE;
WADI_API void wadi_cta_findings_free(wadi_cta_findings *findings);
/// Course by name, or NULL.
WADI_API const wadi_cta_course *wadi_cta_course_of(const wadi_cta_findings *findings,
                                                   const char *name);

/// A case file ("wadi.case/1") with what the image tells. `wadi check` accepts it. The
/// origin is "unstated"; the onset, which a case must have, is a placeholder and says so.
/// `free` *out.
WADI_API wadi_status wadi_cta_case(const wadi_cta *cta, const wadi_cta_findings *findings,
                                   bool mri, char **out, size_t *size,
                                   wadi_error *err) WADI_MUST_USE;

/// "wadi.image.cta/1": vessels, lesions, gaps, reasons, levels. `seconds` is told as timing
/// when it is known. `free` *out.
WADI_API wadi_status wadi_cta_describe(const wadi_cta *cta, const wadi_cta_findings *findings,
                                       wadi_maybe seconds, char **out, size_t *size,
                                       wadi_error *err) WADI_MUST_USE;
/// The same as a few lines for a person. `free` *out.
WADI_API wadi_status wadi_cta_summary(const wadi_cta *cta, const wadi_cta_findings *findings,
                                      char **out, size_t *size, wadi_error *err) WADI_MUST_USE;

/// Centrelines as VTK polydata (XML, ASCII): a polyline per course; point arrays radius_mm,
/// radius_sd_mm, hu, closed; cell arrays label (wadi_cta_label), course and name.
WADI_API wadi_status wadi_cta_write_vtp(const char *path, const wadi_cta_findings *findings,
                                        wadi_error *err) WADI_MUST_USE;

/// Surface of the lumen as binary STL, in mm.
///
/// Marching tetrahedra (A. Doi, A. Koide, IEICE Trans. E74 (1991) 214-224) on half way between
/// lumen and surroundings, held to the labelled voxels: closed, two triangles at each edge, out
/// to a fraction of a voxel. `triangles` may be NULL.
WADI_API wadi_status wadi_cta_write_stl(const char *path, const wadi_volume *volume,
                                        const wadi_cta *cta, wadi_index *triangles,
                                        wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
