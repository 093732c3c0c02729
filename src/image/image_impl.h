/* Shared inside src/image. */
#ifndef WADI_IMAGE_IMPL_H
#define WADI_IMAGE_IMPL_H

#include "base/base_impl.h"
#include "base/json_impl.h"
#include "wadi/image.h"

#define IMAGE_FILE_LIMIT_BYTES ((size_t)4 << 30)

/* Kernels are built three times and chosen at start, so that one binary runs everywhere. No
 * clone contracts products and sums, so all give the same bits. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                         \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define WADI_VECTOR __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define WADI_VECTOR
#endif

size_t image_sample_bytes(wadi_sample sample);
float image_sample_at(const wadi_image *image, size_t at);
size_t image_frame_samples(const wadi_image *image); /* rows x columns x channels */

/* The reader's header as an image without samples yet. Nothing in it is taken on trust. */
wadi_status image_from_header(const char *place, const json_t *header, wadi_image **out,
                              wadi_error *err) WADI_MUST_USE;

/* A running reader program. One may serve many files; a file that kills it ends only that file.
 */
typedef struct image_reader image_reader;
wadi_status image_reader_open(uint64_t largest_bytes, image_reader **out,
                              wadi_error *err) WADI_MUST_USE;
wadi_status image_reader_read(image_reader *reader, const char *place, const char *bytes,
                              size_t size, wadi_image **out, wadi_error *err) WADI_MUST_USE;
/* `seen` (NULL: none) is told of each frame of the files read from here on. */
void image_reader_watch(image_reader *reader, wadi_frame_seen seen, void *context);
void image_reader_close(image_reader *reader);

#endif
