/// @file image_cta.h
/// From a CT or MR angiogram of a leg to a labelled graph of its vessels.
///
/// Method and papers: docs/image/cta.md. In short: bone and calcium by hysteresis and shape,
/// tube enhancement (wadi/image_vessel.h), optimally oriented flux (M. W. K. Law, A. C. S.
/// Chung, ECCV 2008, LNCS 5305, 368-382) to part vessels that lie side by side, paths of least
/// cost by fast marching in a band, radii by rays in the plane across the path, labels by
/// brightness, calibre and company.
///
/// All positions are in mm in the axes of the volume (DICOM's: x left, y back, z head).
/// Without seeds the whole volume is searched. The volume is not changed.
#ifndef WADI_IMAGE_CTA_H
#define WADI_IMAGE_CTA_H

#include "wadi/image.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What a voxel is.
typedef enum wadi_cta_label {
    WADI_CTA_BACKGROUND = 0,
    WADI_CTA_ARTERY = 1,
    WADI_CTA_VEIN = 2,
    WADI_CTA_BONE = 3,
    WADI_CTA_CALCIUM = 4, ///< in the wall of an artery
    WADI_CTA_VESSEL = 5   ///< artery or vein, not told
} wadi_cta_label;

/// Which vessel a branch is. Veins carry the name of the artery that they go with.
typedef enum wadi_cta_vessel {
    WADI_CTA_UNNAMED = 0,
    WADI_CTA_FEMORAL,
    WADI_CTA_POPLITEAL,
    WADI_CTA_ANTERIOR_TIBIAL,
    WADI_CTA_TIBIOPERONEAL_TRUNK,
    WADI_CTA_POSTERIOR_TIBIAL,
    WADI_CTA_PERONEAL,
    WADI_CTA_DORSALIS_PEDIS,
    WADI_CTA_MEDIAL_PLANTAR,
    WADI_CTA_LATERAL_PLANTAR,
    WADI_CTA_GREAT_SAPHENOUS,
    WADI_CTA_SMALL_SAPHENOUS,
    WADI_CTA_VESSELS ///< how many there are
} wadi_cta_vessel;

/// Why something is as it is, or is not there. Bits, to be joined.
typedef enum wadi_cta_reason {
    WADI_CTA_BRIDGED = 1u << 0,       ///< part of the path crosses an occlusion
    WADI_CTA_BRIDGE_UNSURE = 1u << 1, ///< a second way across costs nearly as little
    WADI_CTA_MURRAY = 1u << 2,        ///< calibres at its upper end break Murray's law
    WADI_CTA_KIND_UNSURE = 1u << 3,   ///< artery and vein nearly as likely
    WADI_CTA_SMALL = 1u << 4,         ///< radius near the resolution: held for an upper bound
    WADI_CTA_TOUCHES_BONE = 1u << 5,  ///< radius measured on free rays only
    WADI_CTA_CALCIFIED = 1u << 6,     ///< blooming hides part of the lumen
    WADI_CTA_CUT = 1u << 7,           ///< runs out of the volume
    WADI_CTA_NO_PATH = 1u << 8,       ///< no way from a seed to its partner or to a vessel
    WADI_CTA_SEED_OFF = 1u << 9,      ///< a seed lies beside every vessel; nearest taken
    WADI_CTA_NAME_UNSURE = 1u << 10,  ///< named by course alone
    WADI_CTA_NO_VESSEL = 1u << 11,    ///< nothing tube-like of the wanted brightness
    WADI_CTA_NO_BONE = 1u << 12,      ///< no bone found: names and side are not told
    WADI_CTA_FEW_CONTRAST = 1u << 13  ///< arteries hardly brighter than veins
} wadi_cta_reason;

enum { WADI_CTA_REASONS = 14 };

enum { WADI_CTA_SEEDS = 64 };

/// A point that the user knows to be in a vessel.
///
/// A seed names the vessel that it lies in (SEED_OFF when more than its radius and 1 mm beside
/// it, NO_PATH when more than 6 mm beside every one). Two and more of one kind and vessel are
/// joined, from the head down, by a path of least cost through what is as bright as that
/// blood, at most a third of their distance (8 mm at least) beside the straight line and never
/// through bone; where it runs along vessels that were found, these stand.
typedef struct wadi_cta_seed {
    double at_mm[3];
    wadi_cta_label kind;    ///< WADI_CTA_ARTERY, _VEIN or _VESSEL
    wadi_cta_vessel vessel; ///< seeds of one kind and vessel are joined by one path
} wadi_cta_seed;

typedef struct wadi_cta_options {
    bool relative;      ///< MRA: values are no Hounsfield units; levels are taken from the data
    bool right;         ///< which leg, when `side_known`
    bool side_known;    ///< else told from tibia and fibula
    double psf_fwhm_mm; ///< blur of the scanner, for radii; 0: 0.85 mm
    double bridge_mm;   ///< longest occlusion that is crossed
    double least_mm;    ///< shorter free branches are dropped
    double sigma_mm[8]; ///< scales of the tube filter
    int sigma_count;
    const wadi_cta_seed *seeds; ///< borrowed; may be NULL
    wadi_index seed_count;      ///< up to WADI_CTA_SEEDS
    bool quiet_veins;           ///< arteries only
} wadi_cta_options;

WADI_API wadi_cta_options wadi_cta_options_default(void);

/// A meeting of branches, an end, or a cut at the border.
typedef struct wadi_cta_node {
    double at_mm[3];
    int degree; ///< branches that meet here
    /// x of r0^x = sum r_i^x for the trunk r0 and its branches r_i, 0.5..12. 0: no branching, a
    /// calibre that is not known, or a branch as wide as its trunk. Whether an exponent of 2.3
    /// to 3 fits within two standard deviations of the radii is said by WADI_CTA_MURRAY here
    /// and in the branches below: C. D. Murray, Proc. Natl. Acad. Sci. 12 (1926) 207-214 (3);
    /// Y. Huo, G. S. Kassab, Biophys. J. 96 (2009) 347-353 (7/3).
    double murray_exponent;
    uint32_t reasons; ///< WADI_CTA_MURRAY or 0
} wadi_cta_node;

/// A path between two nodes. Points run from the upper (heart's) end down, of veins too, and
/// lie about half a millimetre apart. All arrays are (count) unless said otherwise.
typedef struct wadi_cta_branch {
    wadi_cta_label kind;    ///< WADI_CTA_ARTERY, _VEIN or _VESSEL
    double kind_confidence; ///< 0.5..1
    wadi_cta_vessel vessel;
    wadi_index nodes[2];  ///< upper, lower
    wadi_index parent;    ///< branch that it leaves, or WADI_NONE
    wadi_index companion; ///< of a vein: the artery that it goes with, or WADI_NONE
    wadi_index count;
    double *points_mm;       ///< (count x 3)
    double *radius_mm;       ///< of the free lumen as a circle of equal area; where bridged,
                             ///< interpolated between both ends: a calibre, not a lumen
    double *radius_sd_mm;    ///< standard deviation of that
    double *hu;              ///< mean in the inner lumen
    double *calcium_arc_deg; ///< of the wall, 0..360
    double *calcium_mm2;     ///< its cross-section, blooming taken off
    uint8_t *bridged;        ///< 1 where the path crosses an occlusion
    double length_mm;
    uint32_t reasons; ///< wadi_cta_reason
} wadi_cta_branch;

/// What became of a seed.
typedef struct wadi_cta_seed_found {
    wadi_index branch; ///< that it lies in, or WADI_NONE
    double off_mm;     ///< from that branch's middle; 0 without one
    uint32_t reasons;  ///< WADI_CTA_SEED_OFF, WADI_CTA_NO_PATH
} wadi_cta_seed_found;

typedef struct wadi_cta {
    wadi_index columns, rows, slices;
    uint8_t *labels; ///< (slices x rows x columns), wadi_cta_label
    wadi_cta_node *nodes;
    wadi_index node_count;
    wadi_cta_branch *branches;
    wadi_index branch_count;
    wadi_cta_seed_found *seeds; ///< (seed_count), as in the options
    wadi_index seed_count;
    bool right, side_known;    ///< which leg
    double artery_hu, vein_hu; ///< typical values found; 0 where there are none
    double muscle_hu, noise_hu;
    double bone_hu; ///< where bone begins
    uint32_t reasons;
} wadi_cta;

/// Find, measure and label the vessels.
///
/// A volume without vessels is no failure: the graph is empty and `reasons` says why. Takes
/// about 12 bytes a voxel beside the volume. Threads change nothing in the result.
///
/// @retval WADI_OK         *out is to be freed with wadi_cta_free
/// @retval WADI_ERR_RANGE  spacing, size or an option is beyond what makes sense, or a seed
///                         lies outside the volume; the message names it
/// @retval WADI_ERR_NOMEM  memory was refused
WADI_API wadi_status wadi_cta_run(const wadi_volume *volume, const wadi_cta_options *options,
                                  wadi_cta **out, wadi_error *err) WADI_MUST_USE;
WADI_API void wadi_cta_free(wadi_cta *cta);

/// "posterior_tibial", ...; "unnamed". Never NULL.
WADI_API const char *wadi_cta_vessel_name(wadi_cta_vessel vessel);
/// Code of one bit of `reasons`, "bridged", ...; NULL for a bit that has none.
WADI_API const char *wadi_cta_reason_name(wadi_cta_reason reason);

/// Squared Euclidean distance, in mm^2, from each voxel of a mask to the nearest voxel outside
/// it (0 outside). Exact, in time linear in the voxels: P. F. Felzenszwalb, D. P. Huttenlocher,
/// Theory of Computing 8 (2012) 415-428, doi:10.4086/toc.2012.v008a019. Voxels beyond the
/// border count as inside; a mask without outside gets HUGE_VALF.
///
/// @param mask         (slices x rows x columns), 0 or other
/// @param squared_mm2  (slices x rows x columns)
WADI_API wadi_status wadi_distance_inside(wadi_index columns, wadi_index rows,
                                          wadi_index slices, const double spacing_mm[3],
                                          const uint8_t *mask, float *squared_mm2,
                                          wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
