/* The reader: a program of its own that parses foreign image files under seccomp, so that a
 * hostile file can at worst end that program. One request per file on standard input, one
 * answer on standard output (src/image/spawn.c is the other side):
 *
 *     request  = u64 size, bytes of the file
 *     answer   = i32 status, u32 size, header (JSON; or the message when status is not 0)
 *                then for each frame: i32 status, u32 size of the message, message; and, when
 * the status is 0, the samples of the frame as the header describes them
 */
#ifndef WADI_READER_H
#define WADI_READER_H

#include "wadi/base.h"

#include <jansson.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where a format puts what it found. Both return a failure when the receiver has gone. */
typedef struct reader_sink {
    void *context;
    wadi_status (*header)(void *context, const json_t *header, wadi_error *err);
    wadi_status (*frame)(void *context, const void *samples, size_t size, wadi_error *err);
} reader_sink;

typedef struct reader_format {
    const char *name;
    bool (*matches)(const uint8_t *bytes, size_t size);
    wadi_status (*read)(const uint8_t *bytes, size_t size, const reader_sink *sink,
                        wadi_error *err);
} reader_format;

extern const reader_format READER_DICOM, READER_NIFTI, READER_PNG, READER_METAIMAGE;

/* The format by its first bytes, then all of it into the sink. */
wadi_status reader_read(const uint8_t *bytes, size_t size, const reader_sink *sink,
                        wadi_error *err) WADI_MUST_USE;

/* What every format promises of its size: each count within 1..65535 (frames 1..100000), the
 * whole not above READER_LIMIT_BYTES. `place` names the format. */
#define READER_LIMIT_BYTES ((uint64_t)4 << 30)
wadi_status reader_check_size(const char *place, double columns, double rows, double frames,
                              double channels, double sample_bytes,
                              wadi_error *err) WADI_MUST_USE;
/* Most bytes that a file of a size is believed to hold: 256 MiB, or 200 times the file. Blank
 * volumes and masks pack that well, images do not. */
uint64_t reader_unfolded_limit(uint64_t file_bytes);
wadi_status reader_check_unfolded(uint64_t file_bytes, double samples_bytes,
                                  wadi_error *err) WADI_MUST_USE;
/* gzip or raw zlib into memory, never more than limit_bytes. `free` *out. */
wadi_status reader_inflate(const uint8_t *bytes, size_t size, size_t limit_bytes, uint8_t **out,
                           size_t *out_size, wadi_error *err) WADI_MUST_USE;

/* Read DICOM's dictionary and codecs in, while files may still be opened. */
void reader_dicom_start(void);

/* JPEG 2000 (OpenJPEG). The planes' samples interleaved, native order, 1 or 2 bytes each, into
 * `out` of exactly rows x columns x channels x sample_bytes. */
wadi_status reader_jpeg2000(const uint8_t *bytes, size_t size, uint32_t columns, uint32_t rows,
                            uint32_t channels, uint32_t sample_bytes, void *out,
                            wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
