/// @file image.h
/// Pictures: reading DICOM, NIfTI, PNG and MetaImage, their geometry, and writing them.
///
/// Foreign files are parsed by a helper program, `wadi-image-reader`, under seccomp with limits
/// on memory and time (docs/imaging.md). What a file does not say stays unknown; nothing is
/// assumed. No name, number or date of a patient ever enters these structs, a message or a
/// file.
///
/// Samples are kept as stored, and as `float` in volumes: a leg CT of 512 x 512 x 1000 in
/// doubles would not fit an ordinary machine, and 24 bits exceed what any scanner delivers.
///
/// Axes are DICOM's: x to the patient's left, y to the back, z to the head, in mm.
#ifndef WADI_IMAGE_H
#define WADI_IMAGE_H

#include "wadi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wadi_sample { WADI_U8, WADI_U16, WADI_I16, WADI_F32 } wadi_sample;

/// One region of an ultrasound frame (DICOM part 3, C.8.5.5).
typedef struct wadi_image_region {
    double x0, y0, x1, y1;        ///< corners in pixels
    wadi_maybe column_mm, row_mm; ///< pixel size, where the region is a picture of tissue
    int data_type;                ///< 1 tissue, 2 colour flow, ...; 0 unknown
} wadi_image_region;

/// A file as read, or a series of files put in order.
typedef struct wadi_image {
    wadi_sample sample;
    wadi_index frames, rows, columns, channels; ///< channels 1, or 3 for red, green, blue
    int bits;                                   ///< that carry information
    void *samples;                              ///< (frames x rows x columns x channels)
    double slope, intercept;                    ///< value = slope * sample + intercept
    char format[12], modality[17], transfer_syntax[65], photometric[17];
    char intensity[17]; ///< XA: "LIN" proportional to the beam, "LOG" to its logarithm, or ""
    wadi_maybe row_mm, column_mm; ///< distance between rows, between columns, in the patient
    char spacing_source[24]; ///< "header", "geometry" (imager spacing and distances), "region",
                             ///< ""
    wadi_maybe slice_mm, thickness_mm;
    wadi_maybe imager_row_mm, imager_column_mm, source_detector_mm, source_patient_mm;
    wadi_maybe magnification, primary_deg, secondary_deg, tilt_deg, padding, pullback_mm_s;
    double *primary_frames_deg, *secondary_frames_deg; ///< (frames), or NULL when the arm stood
    double *frame_times_ms;                            ///< (frames) from the first, or NULL
    bool oriented, positioned;
    double row_axis[3],
        column_axis[3];         ///< unit vectors along a row (columns grow), down a column
    double origin_mm[3];        ///< centre of the first sample of the first frame
    double *frame_positions_mm; ///< (frames x 3), or NULL
    wadi_index *mask_frames;    ///< as the header names them, from 0
    wadi_index mask_frame_count;
    wadi_image_region *regions;
    wadi_index region_count;
    uint64_t series; ///< fingerprint of the series, 0 when none
    wadi_maybe instance;
} wadi_image;

/// Read one file. The file is decoded whole.
///
/// @retval WADI_OK       *out is to be freed with wadi_image_free
/// @retval WADI_ERR_IO   it cannot be opened, or the reader program is not there
/// @retval WADI_ERR_...  the file is not an image, damaged, hostile, or of a kind that is not
/// read
WADI_API wadi_status wadi_image_read(const char *path, wadi_image **out,
                                     wadi_error *err) WADI_MUST_USE;

/// Told after each frame that arrived whole; `frames_done` of image->frames are there. It may
/// draw, not change the image.
typedef void (*wadi_frame_seen)(const wadi_image *image, wadi_index frames_done, void *context);

/// As wadi_image_read, telling `seen` of each frame while the others are still decoded.
WADI_API wadi_status wadi_image_read_watched(const char *path, wadi_frame_seen seen,
                                             void *context, wadi_image **out,
                                             wadi_error *err) WADI_MUST_USE;

/// Read several files with one reader. out[i] belongs to paths[i]. All or nothing.
WADI_API wadi_status wadi_image_read_many(const char *const *paths, wadi_index count,
                                          wadi_image **out, wadi_error *err) WADI_MUST_USE;
WADI_API void wadi_image_free(wadi_image *image);

/// What `wadi image info` prints, as JSON text; `path` may be NULL. `free` *out.
///
/// Keys: format, modality, frames, rows, columns, channels, bits, transfer_syntax,
/// frame_times_ms (array or null), spacing_mm ([row, column] or [row, column, slice], or null),
/// spacing_source, angles_deg ([primary, secondary] or null), missing (array of names), range
/// (least and greatest value), checksum (CRC-32 of the decoded samples).
WADI_API wadi_status wadi_image_describe(const wadi_image *image, const char *path, char **out,
                                         size_t *size, wadi_error *err) WADI_MUST_USE;

/// What `wadi image info` prints for files: one file as above; several with the keys of the
/// series they form (frames counts its slices), `series` (slices, gaps, shear) and `files` in
/// order. `json` false gives lines for people. `free` *out.
WADI_API wadi_status wadi_image_report(const char *const *paths, wadi_index count, bool json,
                                       char **out, size_t *size, wadi_error *err) WADI_MUST_USE;

/// One channel of a frame as numbers, slope and intercept applied. Colour becomes luminance
/// (Rec. 601). `values` is (rows x columns).
WADI_API void wadi_image_frame(const wadi_image *image, wadi_index frame, float *values);

/// Numbers on a regular grid in space.
typedef struct wadi_volume {
    wadi_index columns, rows, slices;
    double spacing_mm[3]; ///< between columns, rows, slices
    double axes[3][3];    ///< unit vectors of growing column, row, slice
    double origin_mm[3];  ///< centre of the first sample
    float *values;        ///< (slices x rows x columns)
} wadi_volume;

/// What was found while a series was put in order.
typedef struct wadi_series_report {
    wadi_index slices;
    bool sheared; ///< the slices are not stacked along their normal (gantry tilt)
    double shear_deg;
    wadi_index gap_count; ///< places where a slice is missing (filled by interpolation)
    double largest_gap_mm;
    wadi_index duplicate_count; ///< slices at a place that was taken; left out
    double padding_frac;        ///< samples that carried the padding value
} wadi_series_report;

/// Sort slices (or frames with positions, or a volume) along their normal and make a volume of
/// Hounsfield units (or the modality's values). Padding samples become the least value.
/// `order`, when not NULL, gets the (count) input indices in the order along the normal.
///
/// Samples that are not finite as well.
///
/// @retval WADI_ERR_MISSING   positions, orientation or spacing are not known
/// @retval WADI_ERR_RANGE     no sample is a finite number
/// @retval WADI_ERR_CONFLICT  the files are not of one series, size and orientation
WADI_API wadi_status wadi_volume_assemble(wadi_image *const *images, wadi_index count,
                                          wadi_volume **out, wadi_index *order,
                                          wadi_series_report *report,
                                          wadi_error *err) WADI_MUST_USE;
WADI_API wadi_status wadi_volume_new(wadi_index columns, wadi_index rows, wadi_index slices,
                                     wadi_volume **out, wadi_error *err) WADI_MUST_USE;
WADI_API void wadi_volume_free(wadi_volume *volume);

/// Make the folder that pictures go to, with its parents.
WADI_API wadi_status wadi_image_directory(const char *path, wadi_error *err) WADI_MUST_USE;

/// Write a grey (channels 1) or colour (3) picture of 8 bits. `pixels` is (rows x columns x
/// channels).
WADI_API wadi_status wadi_png_write(const char *path, wadi_index columns, wadi_index rows,
                                    wadi_index channels, const uint8_t *pixels,
                                    wadi_error *err) WADI_MUST_USE;

/// Write a volume as gzipped NIfTI-1, rounded to 16-bit whole numbers.
WADI_API wadi_status wadi_nifti_write(const char *path, const wadi_volume *volume,
                                      wadi_error *err) WADI_MUST_USE;

/// Write frames as a DICOM file (explicit little endian, 16 bits) with the geometry that the
/// image carries and nothing that could name a person: identifiers are made from `seed`.
WADI_API wadi_status wadi_dicom_write(const char *path, const wadi_image *image, uint64_t seed,
                                      wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
