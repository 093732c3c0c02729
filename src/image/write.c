/* PNG, NIfTI and DICOM files of our own. */
#include "image_impl.h"

#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

wadi_status wadi_image_directory(const char *path, wadi_error *err)
{
    return wadi_directory_make(path, err);
}

wadi_status wadi_png_write(const char *path, wadi_index columns, wadi_index rows,
                           wadi_index channels, const uint8_t *pixels, wadi_error *err)
{
    wadi_status status;
    png_image picture = {.version = PNG_IMAGE_VERSION,
                         .width = (png_uint_32)columns,
                         .height = (png_uint_32)rows,
                         .format = channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY,
                         .flags = PNG_IMAGE_FLAG_FAST};
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(picture);
    void *bytes = wadi_alloc(size, 1);

    if (!bytes)
        return wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for the picture", path);
    if (!png_image_write_to_memory(&picture, bytes, &size, 0, pixels, 0, NULL))
        status = wadi_fail(err, WADI_ERR_IO, "%s: %s", path, picture.message);
    else
        status = wadi_file_write(path, bytes, size, err);
    free(bytes);
    return status;
}

/* ---- NIfTI-1: the header's offsets are those of the format's own table ---- */

static void put_i16(uint8_t *header, size_t at, int value)
{
    int16_t out = (int16_t)value;

    memcpy(header + at, &out, sizeof out);
}

static void put_f32(uint8_t *header, size_t at, double value)
{
    float out = (float)value;

    memcpy(header + at, &out, sizeof out);
}

static void nifti_header(const wadi_volume *volume, uint8_t *header)
{
    int32_t size = 348;

    memcpy(header, &size, sizeof size);
    put_i16(header, 40, 3);
    put_i16(header, 42, volume->columns);
    put_i16(header, 44, volume->rows);
    put_i16(header, 46, volume->slices);
    for (size_t i = 4; i < 8; i++)
        put_i16(header, 40 + 2 * i, 1);
    put_i16(header, 70, 4); /* signed 16-bit */
    put_i16(header, 72, 16);
    put_f32(header, 76, 1);
    for (size_t i = 0; i < 3; i++)
        put_f32(header, 80 + 4 * i, volume->spacing_mm[i]);
    put_f32(header, 108, 352);
    put_f32(header, 112, 1);
    header[123] = 2; /* mm */
    put_i16(header, 254, 1);
    for (size_t row = 0; row < 3; row++) {
        double sign = row < 2 ? -1 : 1; /* to NIfTI's right and anterior */

        for (size_t axis = 0; axis < 3; axis++)
            put_f32(header, 280 + 16 * row + 4 * axis,
                    sign * volume->axes[axis][row] * volume->spacing_mm[axis]);
        put_f32(header, 292 + 16 * row, sign * volume->origin_mm[row]);
    }
    memcpy(header + 344, "n+1", 4);
}

static wadi_status gzip(const char *path, const uint8_t *bytes, size_t size, wadi_error *err)
{
    wadi_status status;
    z_stream stream = {0};
    uint8_t *out;
    size_t limit;

    if (size > UINT32_MAX ||
        deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY))
        return wadi_fail(err, WADI_ERR_RANGE, "%s: too large to pack", path);
    limit = deflateBound(&stream, (uLong)size);
    out = malloc(limit);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)size;
    stream.next_out = out;
    stream.avail_out = limit > UINT32_MAX ? UINT32_MAX : (uInt)limit;
    if (!out || deflate(&stream, Z_FINISH) != Z_STREAM_END)
        status = wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory to pack %zu bytes", path, size);
    else
        status = wadi_file_write(path, out, stream.total_out, err);
    deflateEnd(&stream);
    free(out);
    return status;
}

wadi_status wadi_nifti_write(const char *path, const wadi_volume *volume, wadi_error *err)
{
    wadi_status status;
    size_t count = (size_t)volume->columns * (size_t)volume->rows * (size_t)volume->slices;
    size_t size = 352 + 2 * count;
    uint8_t *bytes;

    if (volume->columns > INT16_MAX || volume->rows > INT16_MAX || volume->slices > INT16_MAX)
        return wadi_fail(err, WADI_ERR_RANGE, "%s: NIfTI-1 holds up to 32767 voxels an axis",
                         path);
    bytes = wadi_alloc(size, 1);
    if (!bytes)
        return wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for %zu bytes", path, size);
    nifti_header(volume, bytes);
    for (size_t i = 0; i < count; i++) {
        float value = volume->values[i];
        int16_t sample = (int16_t)lrintf(value < -32768  ? -32768
                                         : value > 32767 ? 32767
                                                         : value);

        memcpy(bytes + 352 + 2 * i, &sample, sizeof sample);
    }
    size_t length = strlen(path);

    if (length > 3 && !strcmp(path + length - 3, ".gz"))
        status = gzip(path, bytes, size, err);
    else
        status = wadi_file_write(path, bytes, size, err);
    free(bytes);
    return status;
}
