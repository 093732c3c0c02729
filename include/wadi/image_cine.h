/// @file image_cine.h
/// Moving pictures, and colours for values.
#ifndef WADI_IMAGE_CINE_H
#define WADI_IMAGE_CINE_H

#include "wadi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Colour of a share of the range, 0..1 (others are taken as the nearest end): a path through
/// Oklab of even steps in lightness, so that equal differences look equal and it also reads in
/// grey. Source of the space: B. Ottosson, A perceptual color space for image processing, 2020.
WADI_API void wadi_colour(double share, uint8_t rgb[3]);

/// Values to pixels. NAN becomes `under` (grey, count pixels; NULL: black) darkened.
WADI_API void wadi_colour_values(size_t count, const float *values, double low, double high,
                                 const uint8_t *under, uint8_t *rgb);

/// Frames that are made one after the other.
typedef struct wadi_cine {
    wadi_index columns, rows, frames;
    wadi_index channels; ///< 1 grey, 3 red, green, blue
    double frame_ms;     ///< how long a frame stands; 0 counts as 66
    void (*draw)(const void *data, wadi_index frame, uint8_t *pixels); ///< rows x columns x
                                                                       ///< channels
    const void *data;
} wadi_cine;

/// Write an animated PNG (".png": any viewer shows at least the first frame) or MP4 (".mp4",
/// by the program ffmpeg when it is on the PATH). All or nothing.
///
/// @retval WADI_ERR_SUPPORT  another ending; MP4 without ffmpeg
/// @retval WADI_ERR_WRITE    it cannot be written, or ffmpeg failed
WADI_API wadi_status wadi_cine_write(const wadi_cine *cine, const char *path,
                                     wadi_error *err) WADI_MUST_USE;

/// Refuses MP4 where the program ffmpeg is not on the PATH: for callers that would otherwise
/// learn it after all their work. @retval WADI_ERR_SUPPORT  it is not there
WADI_API wadi_status wadi_cine_check_mp4(wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
