#include "reader/reader.h"

#include <openjpeg.h>
#include <string.h>

typedef struct memory {
    const uint8_t *bytes;
    size_t size, at;
} memory;

static OPJ_SIZE_T read_some(void *out, OPJ_SIZE_T wanted, void *context)
{
    memory *source = context;
    size_t left = source->size - source->at;

    if (!left)
        return (OPJ_SIZE_T)-1;
    if (wanted > left)
        wanted = left;
    memcpy(out, source->bytes + source->at, wanted);
    source->at += wanted;
    return wanted;
}

static OPJ_OFF_T skip_some(OPJ_OFF_T count, void *context)
{
    memory *source = context;

    if (count < 0 || (size_t)count > source->size - source->at)
        return -1;
    source->at += (size_t)count;
    return count;
}

static OPJ_BOOL seek_to(OPJ_OFF_T at, void *context)
{
    memory *source = context;

    if (at < 0 || (size_t)at > source->size)
        return OPJ_FALSE;
    source->at = (size_t)at;
    return OPJ_TRUE;
}

static wadi_status check_planes(const opj_image_t *image, uint32_t columns, uint32_t rows,
                                uint32_t channels, bool decoded, wadi_error *err)
{
    if (image->numcomps != channels)
        return wadi_fail(err, WADI_ERR_CONFLICT,
                         "JPEG 2000 frame has %u planes, its header says %u", image->numcomps,
                         channels);
    for (uint32_t c = 0; c < channels; c++) {
        const opj_image_comp_t *plane = &image->comps[c];

        if (plane->w != columns || plane->h != rows || plane->prec > 16 ||
            (decoded && !plane->data))
            return wadi_fail(err, WADI_ERR_CONFLICT,
                             "JPEG 2000 frame is %u x %u of %u bits, its header says %u x %u",
                             plane->w, plane->h, plane->prec, columns, rows);
    }
    return WADI_OK;
}

static void interleave(const opj_image_t *image, size_t count, uint32_t channels,
                       uint32_t sample_bytes, void *out)
{
    uint8_t *narrow = out;
    uint16_t *wide = out;

    for (uint32_t c = 0; c < channels; c++) {
        const OPJ_INT32 *plane = image->comps[c].data;

        if (sample_bytes == 1)
            for (size_t i = 0; i < count; i++)
                narrow[i * channels + c] = (uint8_t)plane[i];
        else
            for (size_t i = 0; i < count; i++)
                wide[i * channels + c] = (uint16_t)plane[i];
    }
}

wadi_status reader_jpeg2000(const uint8_t *bytes, size_t size, uint32_t columns, uint32_t rows,
                            uint32_t channels, uint32_t sample_bytes, void *out,
                            wadi_error *err)
{
    wadi_status status = WADI_OK;
    memory source = {bytes, size, 0};
    opj_dparameters_t parameters;
    opj_stream_t *stream = NULL;
    opj_codec_t *codec = NULL;
    opj_image_t *image = NULL;
    bool boxed = size > 12 && !memcmp(bytes + 4, "jP  ", 4);

    opj_set_default_decoder_parameters(&parameters);
    codec = opj_create_decompress(boxed ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K);
    stream = opj_stream_create(65536, OPJ_TRUE);
    if (!codec || !stream) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for JPEG 2000");
        goto done;
    }
    opj_stream_set_user_data(stream, &source, NULL);
    opj_stream_set_user_data_length(stream, size);
    opj_stream_set_read_function(stream, read_some);
    opj_stream_set_skip_function(stream, skip_some);
    opj_stream_set_seek_function(stream, seek_to);
    if (!opj_setup_decoder(codec, &parameters) || !opj_read_header(stream, codec, &image)) {
        status = wadi_fail(err, WADI_ERR_PARSE, "JPEG 2000 frame has no readable header");
        goto done;
    }
    /* The planes are checked before memory is taken for them, and after. */
    status = check_planes(image, columns, rows, channels, false, err);
    if (status)
        goto done;
    if (!opj_decode(codec, stream, image)) {
        status = wadi_fail(err, WADI_ERR_PARSE, "JPEG 2000 frame is damaged");
        goto done;
    }
    status = check_planes(image, columns, rows, channels, true, err);
    if (status)
        goto done;
    interleave(image, (size_t)columns * rows, channels, sample_bytes, out);
done:
    opj_image_destroy(image);
    opj_destroy_codec(codec);
    opj_stream_destroy(stream);
    return status;
}
