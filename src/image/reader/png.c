#include "reader/reader.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

static bool matches(const uint8_t *bytes, size_t size)
{
    return size >= 8 && !memcmp(bytes, "\x89PNG\r\n\x1a\n", 8);
}

typedef struct memory {
    const uint8_t *bytes;
    size_t size, at;
} memory;

static void take(png_structp png, png_bytep out, size_t size)
{
    memory *source = png_get_io_ptr(png);

    if (size > source->size - source->at)
        png_error(png, "truncated");
    memcpy(out, source->bytes + source->at, size);
    source->at += size;
}

static void keep_quiet(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

/* libpng returns from a failure by longjmp; all that must survive it lives here. */
typedef struct work {
    png_structp png;
    png_infop info;
    uint8_t *samples;
    png_bytep *row_starts;
    char message[128];
    uint32_t columns, rows, channels, sample_bytes;
} work;

static void remember(png_structp png, png_const_charp text)
{
    work *job = png_get_error_ptr(png);

    snprintf(job->message, sizeof job->message, "%s", text);
    png_longjmp(png, 1);
}

static wadi_status decode(work *job, memory *source, wadi_error *err)
{
    wadi_status status;

    if (setjmp(png_jmpbuf(job->png)))
        return wadi_fail(err, WADI_ERR_PARSE, "PNG is damaged: %s", job->message);
    png_set_read_fn(job->png, source, take);
    png_set_user_limits(job->png, 65535, 65535);
    png_read_info(job->png, job->info);
    job->columns = png_get_image_width(job->png, job->info);
    job->rows = png_get_image_height(job->png, job->info);
    png_set_expand(job->png);
    png_set_strip_alpha(job->png);
    png_set_swap(job->png);
    png_set_interlace_handling(job->png);
    png_read_update_info(job->png, job->info);
    job->channels = png_get_channels(job->png, job->info);
    job->sample_bytes = png_get_bit_depth(job->png, job->info) == 16 ? 2 : 1;
    status = reader_check_size("PNG", job->columns, job->rows, 1, job->channels,
                               job->sample_bytes, err);
    if (!status)
        status = reader_check_unfolded(
            source->size, (double)job->columns * job->rows * job->channels * job->sample_bytes,
            err);
    if (status)
        return status;
    size_t stride = (size_t)job->columns * job->channels * job->sample_bytes;

    job->samples = calloc(job->rows, stride);
    job->row_starts = calloc(job->rows, sizeof *job->row_starts);
    if (!job->samples || !job->row_starts)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %u x %u pixels", job->columns,
                         job->rows);
    for (uint32_t row = 0; row < job->rows; row++)
        job->row_starts[row] = job->samples + row * stride;
    png_read_image(job->png, job->row_starts);
    png_read_end(job->png, NULL);
    return WADI_OK;
}

static wadi_status read_png(const uint8_t *bytes, size_t size, const reader_sink *sink,
                            wadi_error *err)
{
    work job = {0};
    memory source = {bytes, size, 0};
    json_t *header = NULL;
    wadi_status status;

    job.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &job, remember, keep_quiet);
    job.info = job.png ? png_create_info_struct(job.png) : NULL;
    if (!job.info) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for PNG");
        goto done;
    }
    status = decode(&job, &source, err);
    if (status)
        goto done;
    header = json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:s, s:i, s:s}", "format", "PNG",
                       "modality", "OT", "columns", (int)job.columns, "rows", (int)job.rows,
                       "frames", 1, "channels", (int)job.channels, "sample",
                       job.sample_bytes == 2 ? "u16" : "u8", "bits", (int)job.sample_bytes * 8,
                       "photometric", job.channels == 3 ? "RGB" : "MONOCHROME2");
    if (!header) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the header");
        goto done;
    }
    status = sink->header(sink->context, header, err);
    if (!status)
        status =
            sink->frame(sink->context, job.samples,
                        (size_t)job.rows * job.columns * job.channels * job.sample_bytes, err);
done:
    json_decref(header);
    free(job.samples);
    free(job.row_starts);
    png_destroy_read_struct(&job.png, &job.info, NULL);
    return status;
}

const reader_format READER_PNG = {"PNG", matches, read_png};
