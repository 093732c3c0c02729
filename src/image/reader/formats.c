#include "reader/reader.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static const reader_format *const FORMATS[] = {
    &READER_PNG, &READER_NIFTI, &READER_METAIMAGE,
    &READER_DICOM, /* last: it also accepts files without a preamble */
};

wadi_status reader_read(const uint8_t *bytes, size_t size, const reader_sink *sink,
                        wadi_error *err)
{
    for (size_t i = 0; i < sizeof FORMATS / sizeof FORMATS[0]; i++)
        if (FORMATS[i]->matches(bytes, size))
            return FORMATS[i]->read(bytes, size, sink, err);
    return wadi_fail(err, WADI_ERR_PARSE,
                     "not an image that can be read; DICOM, NIfTI, PNG or MetaImage is wanted");
}

wadi_status reader_check_size(const char *place, double columns, double rows, double frames,
                              double channels, double sample_bytes, wadi_error *err)
{
    if (!(columns >= 1 && columns <= 65535 && rows >= 1 && rows <= 65535))
        return wadi_fail(err, WADI_ERR_RANGE,
                         "%s: %.0f columns and %.0f rows; 1 to 65535 of each are wanted", place,
                         columns, rows);
    if (!(frames >= 1 && frames <= 100000))
        return wadi_fail(err, WADI_ERR_RANGE, "%s: %.0f frames; 1 to 100000 are wanted", place,
                         frames);
    if (!(channels == 1 || channels == 3))
        return wadi_fail(err, WADI_ERR_SUPPORT, "%s: %.0f samples per pixel; 1 or 3 are wanted",
                         place, channels);
    /* Doubles of this size cannot wrap, which is why the product is taken here and only here.
     */
    if (columns * rows * frames * channels * sample_bytes > (double)READER_LIMIT_BYTES)
        return wadi_fail(
            err, WADI_ERR_RANGE,
            "%s: %.0f x %.0f x %.0f samples need more than the %d MiB that are read", place,
            columns, rows, frames, (int)(READER_LIMIT_BYTES >> 20));
    return WADI_OK;
}

uint64_t reader_unfolded_limit(uint64_t file_bytes)
{
    uint64_t floor = (uint64_t)256 << 20;

    return file_bytes > floor / 200 ? 200 * file_bytes : floor;
}

wadi_status reader_check_unfolded(uint64_t file_bytes, double samples_bytes, wadi_error *err)
{
    uint64_t limit = reader_unfolded_limit(file_bytes);

    if (samples_bytes <= (double)limit)
        return WADI_OK;
    return wadi_fail(err, WADI_ERR_RANGE,
                     "a file of %llu KiB claims %.0f MiB of samples; up to %llu MiB are "
                     "believed",
                     (unsigned long long)(file_bytes >> 10), samples_bytes / (1 << 20),
                     (unsigned long long)(limit >> 20));
}

wadi_status reader_inflate(const uint8_t *bytes, size_t size, size_t limit_bytes, uint8_t **out,
                           size_t *out_size, wadi_error *err)
{
    wadi_status status = WADI_OK;
    z_stream stream = {0};
    size_t capacity = 1 << 20, filled = 0;
    uint8_t *buffer = malloc(capacity);
    int code = Z_OK;

    *out = NULL;
    if (!buffer)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory to unpack");
    if (inflateInit2(&stream, 15 + 32) != Z_OK) {
        free(buffer);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory to unpack");
    }
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)size;
    while (code != Z_STREAM_END) {
        if (filled == capacity) {
            size_t wanted = capacity * 2 < limit_bytes ? capacity * 2 : limit_bytes;
            uint8_t *more = wanted > capacity ? realloc(buffer, wanted) : NULL;

            if (!more) {
                status = wadi_fail(err, WADI_ERR_RANGE,
                                   "packed data unfold to more than the %zu MiB that are read",
                                   limit_bytes >> 20);
                goto done;
            }
            buffer = more;
            capacity = wanted;
        }
        stream.next_out = buffer + filled;
        stream.avail_out = (uInt)(capacity - filled > 1u << 30 ? 1u << 30 : capacity - filled);
        code = inflate(&stream, Z_NO_FLUSH);
        filled = (size_t)(stream.next_out - buffer);
        if (code != Z_OK && code != Z_STREAM_END) {
            status = wadi_fail(err, WADI_ERR_PARSE, "packed data are damaged after %zu bytes",
                               filled);
            goto done;
        }
    }
    *out = buffer;
    *out_size = filled;
    buffer = NULL;
done:
    inflateEnd(&stream);
    free(buffer);
    return status;
}
