/// @file picture.h
/// Pictures of an analysis: a raster with lines, labels, a scale bar and a colour bar drawn on
/// it; plots of curves with bands; and one A4 page that holds several of them.
///
/// A picture is made once and written as SVG (raster embedded, words stay words), PNG or PDF.
/// The same input gives the same bytes. What the caller hands in is copied. Colours are
/// 0xRRGGBB. Texts are UTF-8 and must not name a patient.
#ifndef WADI_PICTURE_H
#define WADI_PICTURE_H

#include "wadi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wadi_picture wadi_picture;

/// A line on a raster. The middle of the first pixel is (0, 0).
typedef struct wadi_picture_line {
    wadi_index count;
    const double *x_px, *y_px; ///< (count) column, row; a point that is not finite parts it
    int colour;
    double width; ///< in points; 0 counts as 1.2
    bool closed, dashed;
    const char *label; ///< beside it, or NULL
} wadi_picture_line;

typedef struct wadi_picture_mark {
    double x_px, y_px;
    int colour;
    const char *label;
} wadi_picture_mark;

typedef struct wadi_picture_key {
    int colour;
    const char *label;
} wadi_picture_key;

typedef struct wadi_overlay {
    const char *title;            ///< or NULL
    wadi_index columns, rows;     ///< of the raster
    wadi_index channels;          ///< 1 grey, 3 red, green, blue
    const uint8_t *pixels;        ///< (rows x columns x channels)
    wadi_maybe row_mm, column_mm; ///< pixel size; a scale bar in mm is drawn where it is known
    const wadi_picture_line *lines;
    wadi_index line_count;
    const wadi_picture_mark *marks;
    wadi_index mark_count;
    const wadi_picture_key *keys; ///< what the colours mean, under the raster
    wadi_index key_count;
    const char *bar_title;    ///< with its unit, "arrival, ms"; NULL: no colour bar
    double bar_low, bar_high; ///< values at the lower and upper end of the bar
    const char *note;         ///< a line below, or NULL
    /// Names of lines stand left and right of the raster, each led to its line, not on it.
    bool names_aside;
} wadi_overlay;

/// A raster with what was found on it. @retval WADI_ERR_RANGE  no pixels, or the bar has no
/// length
WADI_API wadi_status wadi_picture_overlay(const wadi_overlay *overlay, wadi_picture **out,
                                          wadi_error *err) WADI_MUST_USE;

typedef struct wadi_plot_curve {
    const char *name; ///< for the key, or NULL
    wadi_index count;
    const double *x, *y;      ///< (count), x rising; a value that is not finite parts the curve
    const double *low, *high; ///< (count) band around it, or NULL
    int colour;
    bool dashed;
} wadi_plot_curve;

/// A value of y, drawn as a dashed line from side to side.
typedef struct wadi_plot_level {
    double y;
    int colour;
    const char *label;
} wadi_plot_level;

/// From x to x, shaded.
typedef struct wadi_plot_span {
    double from, to;
    int colour;
    const char *label;
} wadi_plot_span;

typedef struct wadi_plot {
    const char *title, *x_label, *y_label; ///< labels with units
    const wadi_plot_curve *curves;
    wadi_index curve_count;
    const wadi_plot_level *levels;
    wadi_index level_count;
    const wadi_plot_span *spans;
    wadi_index span_count;
    bool from_zero;   ///< y begins at 0
    const char *note; ///< a line below, or NULL
} wadi_plot;

/// @retval WADI_ERR_MISSING  no curve has two finite points
WADI_API wadi_status wadi_picture_plot(const wadi_plot *plot, wadi_picture **out,
                                       wadi_error *err) WADI_MUST_USE;
WADI_API void wadi_picture_free(wadi_picture *picture);

/// Write a picture, all or nothing. @retval WADI_ERR_SUPPORT  not .svg, .png or .pdf
WADI_API wadi_status wadi_picture_write(const wadi_picture *picture, const char *path,
                                        wadi_error *err) WADI_MUST_USE;

/// One A4 page: title, a table of facts, pictures as large as they fit, notes.
typedef struct wadi_picture_page {
    const char *title, *subtitle;  ///< subtitle may be NULL
    const char *const (*facts)[2]; ///< (fact_count) name, value with its unit
    wadi_index fact_count;
    const wadi_picture *const *pictures;
    wadi_index picture_count;
    const char *const *notes; ///< (note_count) sentences: reasons, limits
    wadi_index note_count;
} wadi_picture_page;

/// Write it as PDF. What does not fit is never cut: type and pictures become smaller.
WADI_API wadi_status wadi_picture_page_write(const wadi_picture_page *page, const char *path,
                                             wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
