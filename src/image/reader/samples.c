#include "reader/samples.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    size_t bytes;
    const char *sample;
} KINDS[] = {
    [READER_U8] = {1, "u8"},   [READER_I8] = {1, "i16"},  [READER_U16] = {2, "u16"},
    [READER_I16] = {2, "i16"}, [READER_U32] = {4, "f32"}, [READER_I32] = {4, "f32"},
    [READER_F32] = {4, "f32"}, [READER_F64] = {8, "f32"},
};

size_t reader_kind_bytes(reader_kind kind)
{
    return KINDS[kind].bytes;
}

const char *reader_kind_sample(reader_kind kind)
{
    return KINDS[kind].sample;
}

static float as_float(reader_kind kind, const uint8_t *bytes)
{
    uint32_t u;
    int32_t i;
    float f;
    double d;

    switch (kind) {
    case READER_U32:
        memcpy(&u, bytes, sizeof u);
        return (float)u;
    case READER_I32:
        memcpy(&i, bytes, sizeof i);
        return (float)i;
    case READER_F64:
        memcpy(&d, bytes, sizeof d);
        return d > 3e38 || d < -3e38 ? 0.0f : (float)d;
    default:
        memcpy(&f, bytes, sizeof f);
        return f;
    }
}

static void convert(reader_kind kind, bool swap, const uint8_t *bytes, size_t count, void *out)
{
    size_t width = KINDS[kind].bytes;
    uint8_t sample[8];

    if (kind == READER_U8 || (width == 2 && !swap)) {
        memcpy(out, bytes, count * width);
        return;
    }
    for (size_t n = 0; n < count; n++) {
        for (size_t b = 0; b < width; b++)
            sample[b] = bytes[n * width + (swap ? width - 1 - b : b)];
        if (kind == READER_U8)
            ((uint8_t *)out)[n] = sample[0];
        else if (kind == READER_I8)
            ((int16_t *)out)[n] = (int16_t)(sample[0] - (sample[0] > 127 ? 256 : 0));
        else if (width == 2)
            memcpy((uint16_t *)out + n, sample, 2);
        else
            ((float *)out)[n] = as_float(kind, sample);
    }
}

wadi_status reader_send_slices(reader_kind kind, bool swap, const uint8_t *bytes,
                               size_t slice_count, size_t slice_samples,
                               const reader_sink *sink, wadi_error *err)
{
    wadi_status status = WADI_OK;
    size_t width = KINDS[kind].bytes;
    size_t out_width = !strcmp(KINDS[kind].sample, "u8")    ? 1
                       : !strcmp(KINDS[kind].sample, "f32") ? 4
                                                            : 2;
    void *slice = malloc(slice_samples * out_width);

    if (!slice)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a slice");
    for (size_t s = 0; s < slice_count && !status; s++) {
        convert(kind, swap, bytes + s * slice_samples * width, slice_samples, slice);
        status = sink->frame(sink->context, slice, slice_samples * out_width, err);
    }
    free(slice);
    return status;
}
