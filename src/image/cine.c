/* Animated PNG, by the W3C's PNG specification, third edition, 2025: chunks acTL, fcTL, fdAT.
 * Every frame is whole, so that a viewer may begin anywhere. */
#include "cine.h"

#include "image_impl.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void put_u32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void add_chunk(wadi_text *out, const char *type, const uint8_t *bytes, size_t size)
{
    uint8_t number[4];
    uLong sum = crc32(crc32(0, NULL, 0), (const Bytef *)type, 4);

    put_u32(number, (uint32_t)size);
    wadi_text_put(out, (const char *)number, 4);
    wadi_text_put(out, type, 4);
    if (size) {
        wadi_text_put(out, (const char *)bytes, size);
        sum = crc32(sum, bytes, (uInt)size);
    }
    put_u32(number, (uint32_t)sum);
    wadi_text_put(out, (const char *)number, 4);
}

/* Each row as the difference from the one above (filter 2). */
static void filter_rows(size_t rows, size_t row_bytes, const uint8_t *pixels, uint8_t *out)
{
    for (size_t r = 0; r < rows; r++) {
        const uint8_t *row = pixels + r * row_bytes;

        *out++ = r ? 2 : 0;
        for (size_t i = 0; i < row_bytes; i++)
            *out++ = (uint8_t)(r ? row[i] - row[i - row_bytes] : row[i]);
    }
}

static void add_heads(wadi_text *out, const wadi_cine *cine)
{
    uint8_t header[13] = {0}, control[8] = {0};

    wadi_text_put(out, "\x89PNG\r\n\x1a\n", 8);
    put_u32(header, (uint32_t)cine->columns);
    put_u32(header + 4, (uint32_t)cine->rows);
    header[8] = 8;
    header[9] = cine->channels == 3 ? 2 : 0;
    add_chunk(out, "IHDR", header, sizeof header);
    put_u32(control, (uint32_t)cine->frames); /* then 0: play for ever */
    add_chunk(out, "acTL", control, sizeof control);
}

static void add_frame_control(wadi_text *out, const wadi_cine *cine, uint32_t number)
{
    uint8_t control[26] = {0};
    double ms = cine->frame_ms > 0 ? cine->frame_ms : CINE_FRAME_MS;
    uint32_t tenths = (uint32_t)(ms < 6553 ? 10 * ms + 0.5 : 65535);

    put_u32(control, number);
    put_u32(control + 4, (uint32_t)cine->columns);
    put_u32(control + 8, (uint32_t)cine->rows);
    control[20] = (uint8_t)(tenths >> 8);
    control[21] = (uint8_t)tenths;
    control[22] = 10000 >> 8;
    control[23] = 10000 & 255;
    add_chunk(out, "fcTL", control, sizeof control);
}

static wadi_status write_apng(const wadi_cine *cine, const char *path, wadi_error *err)
{
    wadi_status status = WADI_OK;
    size_t row_bytes = (size_t)cine->columns * (size_t)cine->channels;
    size_t size = (size_t)cine->rows * row_bytes, filtered_size = size + (size_t)cine->rows;
    uLong limit = compressBound((uLong)filtered_size);
    uint8_t *pixels = wadi_alloc(size, 1), *filtered = wadi_alloc(filtered_size, 1);
    uint8_t *packed = wadi_alloc(limit + 4, 1);
    wadi_text out = {0};
    uint32_t number = 0;

    if (!pixels || !filtered || !packed) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for the frames", path);
        goto done;
    }
    add_heads(&out, cine);
    for (wadi_index f = 0; f < cine->frames; f++) {
        uLongf packed_size = limit;

        cine->draw(cine->data, f, pixels);
        filter_rows((size_t)cine->rows, row_bytes, pixels, filtered);
        if (compress2(packed + 4, &packed_size, filtered, (uLong)filtered_size, 4)) {
            status = wadi_fail(err, WADI_ERR_NOMEM, "%s: frame %d cannot be packed", path, f);
            goto done;
        }
        add_frame_control(&out, cine, number++);
        if (f == 0) {
            add_chunk(&out, "IDAT", packed + 4, packed_size);
        } else {
            put_u32(packed, number++);
            add_chunk(&out, "fdAT", packed, packed_size + 4);
        }
    }
    add_chunk(&out, "IEND", NULL, 0);
    if (out.failed)
        status = wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for the frames", path);
    else
        status = wadi_file_write(path, out.bytes, out.size, err);
done:
    wadi_text_clear(&out);
    free(pixels);
    free(filtered);
    free(packed);
    return status;
}

wadi_status wadi_cine_write(const wadi_cine *cine, const char *path, wadi_error *err)
{
    size_t length = strlen(path);
    const char *ending = length > 4 ? path + length - 4 : "";

    if (cine->columns < 1 || cine->rows < 1 || cine->frames < 1 ||
        (cine->channels != 1 && cine->channels != 3) ||
        (double)cine->columns * cine->rows * cine->channels > (double)(1u << 30))
        return wadi_fail(err, WADI_ERR_RANGE, "%s: no frames of a size that can be shown",
                         path);
    if (!strcmp(ending, ".png"))
        return write_apng(cine, path, err);
    if (!strcmp(ending, ".mp4"))
        return cine_write_mp4(cine, path, err);
    return wadi_fail(err, WADI_ERR_SUPPORT, "%s: moving pictures end in .png or .mp4", path);
}
