#include "image_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static wadi_status read_many(const char *const *paths, wadi_index count, wadi_frame_seen seen,
                             void *context, wadi_image **out, wadi_error *err)
{
    wadi_status status = WADI_OK;
    image_reader *reader = NULL;
    size_t largest = 0;

    for (wadi_index i = 0; i < count; i++)
        out[i] = NULL;
    for (wadi_index i = 0; i < count && !status; i++) {
        char *bytes = NULL;
        size_t size = 0;

        status = wadi_file_read(paths[i], IMAGE_FILE_LIMIT_BYTES, &bytes, &size, err);
        if (!status && (!reader || size > largest)) {
            /* The reader's memory is cut to the largest file; a larger one needs a new reader.
             */
            image_reader_close(reader);
            largest = size + size / 4;
            status = image_reader_open(largest, &reader, err);
            if (!status)
                image_reader_watch(reader, seen, context);
        }
        if (!status)
            status = image_reader_read(reader, paths[i], bytes, size, &out[i], err);
        free(bytes);
    }
    image_reader_close(reader);
    for (wadi_index i = 0; status && i < count; i++) {
        wadi_image_free(out[i]);
        out[i] = NULL;
    }
    return status;
}

wadi_status wadi_image_read_many(const char *const *paths, wadi_index count, wadi_image **out,
                                 wadi_error *err)
{
    return read_many(paths, count, NULL, NULL, out, err);
}

wadi_status wadi_image_read_watched(const char *path, wadi_frame_seen seen, void *context,
                                    wadi_image **out, wadi_error *err)
{
    return read_many(&path, 1, seen, context, out, err);
}

wadi_status wadi_image_read(const char *path, wadi_image **out, wadi_error *err)
{
    return wadi_image_read_many(&path, 1, out, err);
}

float image_sample_at(const wadi_image *image, size_t at)
{
    switch (image->sample) {
    case WADI_U8:
        return ((const uint8_t *)image->samples)[at];
    case WADI_U16:
        return ((const uint16_t *)image->samples)[at];
    case WADI_I16:
        return ((const int16_t *)image->samples)[at];
    default:
        return ((const float *)image->samples)[at];
    }
}

void wadi_image_frame(const wadi_image *image, wadi_index frame, float *values)
{
    size_t count = (size_t)image->rows * (size_t)image->columns;
    size_t from = (size_t)frame * image_frame_samples(image);
    float slope = (float)image->slope, intercept = (float)image->intercept;

    if (image->channels == 3) {
        for (size_t i = 0; i < count; i++) {
            float red = image_sample_at(image, from + 3 * i),
                  green = image_sample_at(image, from + 3 * i + 1);
            float blue = image_sample_at(image, from + 3 * i + 2);

            values[i] = 0.299f * red + 0.587f * green + 0.114f * blue;
        }
        return;
    }
    if (image->sample == WADI_U8) {
        const uint8_t *samples = (const uint8_t *)image->samples + from;

        for (size_t i = 0; i < count; i++)
            values[i] = slope * samples[i] + intercept;
        return;
    }
    for (size_t i = 0; i < count; i++)
        values[i] = slope * image_sample_at(image, from + i) + intercept;
}
