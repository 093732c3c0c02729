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

/// Directions in which borders are given: line i looks at 360 i / WADI_IVUS_LINES degrees.
enum { WADI_IVUS_LINES = 128, WADI_IVUS_ARCS = 8 };

typedef struct wadi_ivus_options {
    wadi_maybe speed_mm_s; ///< of the pullback, over that of the header
    wadi_maybe spacing_mm; ///< pixel size, over that of the header
    bool axis_known;       ///< axis_px is given; it is looked for otherwise
    double axis_px[2];     ///< column and row of the catheter's axis, from 0
    bool smooth;           ///< over neighbouring frames
} wadi_ivus_options;

WADI_API wadi_ivus_options wadi_ivus_options_default(void);

/// A border in one frame.
typedef struct wadi_ivus_border {
    double radius_mm[WADI_IVUS_LINES]; ///< from the catheter's axis
    wadi_ivus_size size;
    double sd_mm;       ///< standard uncertainty of size.equal_area_mm
    double hidden_frac; ///< of the lines, behind calcium or a wire: interpolated
} wadi_ivus_border;

/// Calcium: an arc that casts a shadow.
typedef struct wadi_ivus_arc {
    double from_deg, arc_deg;
    double front_mm; ///< from the catheter's axis
} wadi_ivus_arc;

typedef struct wadi_ivus_wire {
    double angle_deg, radius_mm, shadow_deg;
    bool own; ///< the wire that the catheter rides on
} wadi_ivus_wire;

typedef enum wadi_ivus_kind {
    WADI_IVUS_TRUE_LUMEN,
    WADI_IVUS_FALSE_LUMEN,
    WADI_IVUS_UNSURE
} wadi_ivus_kind;

/// Signs that a lumen is a false one.
typedef struct wadi_ivus_signs {
    double bare_frac; ///< of seen lines: less than 0.2 mm from the lumen to the outer membrane
    double slit_frac; ///< of seen lines: dark room behind the lumen's wall, another lumen
    double roundness; ///< 4 pi area / perimeter^2 of the lumen
    double offset_frac;  ///< lumen's centre from the vessel's, over the vessel's radius
    double false_points; ///< 0 for a true lumen to 1
} wadi_ivus_signs;

typedef struct wadi_ivus_frame {
    bool echoes; ///< false: nothing to see; what follows is not set
    wadi_ivus_border lumen, eem;
    double plaque_burden_frac; ///< (area in the outer membrane - lumen) / area in the membrane
    wadi_ivus_arc calcium[WADI_IVUS_ARCS];
    wadi_ivus_wire wires[WADI_IVUS_ARCS];
    int arc_count, wire_count;
    wadi_ivus_signs signs;
    wadi_ivus_kind kind;
} wadi_ivus_frame;

/// Size of a balloon for the stretch seen. The rule is ours: the largest nominal size that is
/// not above the least equal-area diameter inside the outer membrane, less its uncertainty, of
/// the frames in which at least half of the membrane is seen.
typedef struct wadi_ivus_balloon {
    bool known;
    double vessel_mm; ///< that least diameter
    double size_mm;   ///< never above vessel_mm
    wadi_index frame; ///< where it is
} wadi_ivus_balloon;

typedef struct wadi_ivus {
    wadi_index frame_count;
    wadi_ivus_frame *frames;
    double x_px, y_px; ///< the catheter's axis in the picture
    double column_mm, row_mm, depth_mm;
    double blind_mm;       ///< catheter and ring-down reach to here
    wadi_maybe speed_mm_s; ///< not known: positions are frames (reason no_speed)
    bool speed_from_user;
    double *frame_times_ms; ///< (frame_count), or NULL
    wadi_ivus_balloon balloon;
} wadi_ivus;

/// Read a pullback's frames: Cartesian pictures with the catheter's ring in view.
///
/// @retval WADI_ERR_MISSING  no pixel size in the file and none given
/// @retval WADI_ERR_RANGE    the pixel size gives a field that is no intravascular one (radius
///                           1.5 to 40 mm), or no catheter is found: not such a picture
/// @retval WADI_ERR_SUPPORT  the frames look like lines by angle (polar storage)
WADI_API wadi_status wadi_ivus_run(const wadi_image *pullback, const wadi_ivus_options *options,
                                   wadi_ivus **out, wadi_error *err) WADI_MUST_USE;
WADI_API void wadi_ivus_free(wadi_ivus *ivus);

/// Along the pullback from the first frame, or NAN where speed or times are not known.
WADI_API double wadi_ivus_position_mm(const wadi_ivus *ivus, wadi_index frame);

/// The largest nominal balloon (1.5, 2, 2.5, ... 4, 5, 6 mm) not above `vessel_mm`; 0
/// below 1.5.
WADI_API double wadi_ivus_balloon_mm(double vessel_mm);

/// Where AnteOwl WR looks: its transducer sits 8 mm behind the tip (Hayakawa 2023), and its
/// first wire runs on one side of it, which turns with the catheter.
typedef struct wadi_ivus_view {
    double transducer_mm; ///< along the vessel, in the sense of `tip_mm`
    double wire_deg;      ///< side on which the first wire is seen, 0..360
} wadi_ivus_view;
WADI_API wadi_ivus_view wadi_ivus_look(double tip_mm, double roll_deg);

/// All numbers as JSON ("wadi.image.ivus/1"). `free` *out.
WADI_API wadi_status wadi_ivus_describe(const wadi_ivus *ivus, char **out, size_t *size,
                                        wadi_error *err) WADI_MUST_USE;

/// ivus.json (`text`), contours.csv, overlays of chosen frames, the long view and the diameters
/// along the pullback into a folder.
WADI_API wadi_status wadi_ivus_pictures(const wadi_ivus *ivus, const wadi_image *pullback,
                                        const char *text, size_t size, const char *directory,
                                        wadi_error *err) WADI_MUST_USE;

/// All frames with their borders as a moving picture: "cine.png", or "cine.mp4" where `mp4` is
/// set. @retval WADI_ERR_SUPPORT MP4 without the program ffmpeg
WADI_API wadi_status wadi_ivus_cine(const wadi_ivus *ivus, const wadi_image *pullback, bool mp4,
                                    const char *directory, wadi_error *err) WADI_MUST_USE;

/// The long view: the column through the catheter's axis, frame beside frame, with the borders.
/// `*rgb` is (rows of the pullback x *columns x 3), to be freed; each frame is `*each` columns
/// wide.
WADI_API wadi_status wadi_ivus_long(const wadi_ivus *ivus, const wadi_image *pullback,
                                    uint8_t **rgb, wadi_index *columns, wadi_index *each,
                                    wadi_error *err) WADI_MUST_USE;

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
