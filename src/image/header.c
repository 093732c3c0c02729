/* From the reader's header to an image. The reader has handled hostile bytes, so its words are
 * checked as if they were hostile themselves. */
#include "image_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const SAMPLES[] = {
    [WADI_U8] = "u8", [WADI_U16] = "u16", [WADI_I16] = "i16", [WADI_F32] = "f32"};
static const size_t SAMPLE_BYTES[] = {
    [WADI_U8] = 1, [WADI_U16] = 2, [WADI_I16] = 2, [WADI_F32] = 4};

size_t image_sample_bytes(wadi_sample sample)
{
    return SAMPLE_BYTES[sample];
}

size_t image_frame_samples(const wadi_image *image)
{
    return (size_t)image->rows * (size_t)image->columns * (size_t)image->channels;
}

void wadi_image_free(wadi_image *image)
{
    if (!image)
        return;
    free(image->samples);
    free(image->primary_frames_deg);
    free(image->secondary_frames_deg);
    free(image->frame_times_ms);
    free(image->frame_positions_mm);
    free(image->mask_frames);
    free(image->regions);
    free(image);
}

static void take_text(const json_t *header, const char *key, char *out, size_t size)
{
    snprintf(out, size, "%s", wadi_json_get_text(header, key, ""));
}

/* Known when it is a number within (least, greatest). */
static wadi_maybe take_number(const json_t *header, const char *key, double least,
                              double greatest)
{
    double value = wadi_json_get_number(header, key, NAN);
    wadi_maybe out = {value > least && value < greatest, value};

    if (!out.known)
        out.value = 0;
    return out;
}

static bool take_vector(const json_t *list, double *out, size_t count)
{
    if (json_array_size(list) < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        out[i] = json_number_value(json_array_get(list, i));
        if (!isfinite(out[i]) || fabs(out[i]) > 1e6)
            return false;
    }
    return true;
}

/* Two unit vectors at right angles, or none. */
static bool take_axes(const json_t *header, wadi_image *image)
{
    double axes[6], dot = 0, size[2] = {0};

    if (!take_vector(json_object_get(header, "orientation"), axes, 6))
        return false;
    for (int i = 0; i < 3; i++) {
        size[0] += axes[i] * axes[i];
        size[1] += axes[3 + i] * axes[3 + i];
        dot += axes[i] * axes[3 + i];
    }
    if (fabs(size[0] - 1) > 0.01 || fabs(size[1] - 1) > 0.01 || fabs(dot) > 0.01)
        return false;
    memcpy(image->row_axis, axes, sizeof image->row_axis);
    memcpy(image->column_axis, axes + 3, sizeof image->column_axis);
    return true;
}

static double *take_frames(const json_t *list, wadi_index count, size_t each)
{
    double *out;

    if (json_array_size(list) != (size_t)count)
        return NULL;
    out = wadi_alloc((size_t)count * each, sizeof *out);
    for (wadi_index i = 0; out && i < count; i++) {
        const json_t *item = json_array_get(list, (size_t)i);
        bool fine = each > 1 ? take_vector(item, out + (size_t)i * each, each)
                             : isfinite(out[i] = json_number_value(item));

        if (!fine) {
            free(out);
            return NULL;
        }
    }
    return out;
}

static void take_times(const json_t *header, wadi_image *image)
{
    wadi_maybe step = take_number(header, "frame_time_ms", 0, 1e6);

    image->frame_times_ms =
        take_frames(json_object_get(header, "frame_times_ms"), image->frames, 1);
    if (image->frame_times_ms || !step.known)
        return;
    image->frame_times_ms = wadi_alloc((size_t)image->frames, sizeof(double));
    for (wadi_index f = 0; image->frame_times_ms && f < image->frames; f++)
        image->frame_times_ms[f] = step.value * f;
}

/* Increments may be one for all or one a frame, counted from the start position
 * (part 3, C.8.7.5). */
static double *take_angles(const json_t *header, const char *key, wadi_maybe start,
                           wadi_index frames)
{
    const json_t *list = json_object_get(header, key);
    double *out = start.known ? take_frames(list, frames, 1) : NULL;
    bool moved = false;

    for (wadi_index f = 0; out && f < frames; f++) {
        moved |= out[f] != 0;
        out[f] += start.value;
    }
    if (!moved) {
        free(out);
        return NULL;
    }
    return out;
}

static void take_mask(const json_t *header, wadi_image *image)
{
    const json_t *list = json_object_get(header, "mask_frames");
    size_t count = json_array_size(list);

    if (!count)
        return;
    image->mask_frames = wadi_alloc(count, sizeof *image->mask_frames);
    for (size_t i = 0; image->mask_frames && i < count; i++) {
        double frame = json_number_value(json_array_get(list, i)) - 1;

        if (frame >= 0 && frame < image->frames)
            image->mask_frames[image->mask_frame_count++] = (wadi_index)frame;
    }
}

/* Units are 3 for cm (part 3, C.8.5.5.1.15). */
static void take_regions(const json_t *header, wadi_image *image)
{
    const json_t *list = json_object_get(header, "regions");
    size_t count = json_array_size(list) < 32 ? json_array_size(list) : 32;

    image->regions = count ? wadi_alloc(count, sizeof *image->regions) : NULL;
    for (size_t i = 0; image->regions && i < count; i++) {
        const json_t *item = json_array_get(list, i);
        wadi_image_region *region = &image->regions[image->region_count++];

        region->x0 = wadi_json_get_number(item, "x0", 0);
        region->y0 = wadi_json_get_number(item, "y0", 0);
        region->x1 = wadi_json_get_number(item, "x1", 0);
        region->y1 = wadi_json_get_number(item, "y1", 0);
        region->data_type = (int)take_number(item, "data_type", -1, 100).value;
        if (wadi_json_get_number(item, "unit_x", 0) != 3 ||
            wadi_json_get_number(item, "unit_y", 0) != 3)
            continue;
        region->column_mm = take_number(item, "delta_x", 0, 100);
        region->row_mm = take_number(item, "delta_y", 0, 100);
        region->column_mm.value *= 10;
        region->row_mm.value *= 10;
        if (region->data_type == 1 && region->column_mm.known && region->row_mm.known &&
            !image->row_mm.known) {
            image->row_mm = region->row_mm;
            image->column_mm = region->column_mm;
            snprintf(image->spacing_source, sizeof image->spacing_source, "region");
        }
    }
}

/* XA without calibrated spacing: the detector's, scaled back to the patient's distance. */
static void derive_spacing(wadi_image *image)
{
    double shrink = 0;

    if (image->row_mm.known && image->column_mm.known) {
        snprintf(image->spacing_source, sizeof image->spacing_source, "header");
        return;
    }
    image->row_mm.known = image->column_mm.known = false;
    if (!image->imager_row_mm.known || !image->imager_column_mm.known)
        return;
    if (image->source_detector_mm.known && image->source_patient_mm.known)
        shrink = image->source_patient_mm.value / image->source_detector_mm.value;
    else if (image->magnification.known)
        shrink = 1 / image->magnification.value;
    if (!(shrink > 0.1 && shrink <= 1))
        return;
    image->row_mm = (wadi_maybe){true, image->imager_row_mm.value * shrink};
    image->column_mm = (wadi_maybe){true, image->imager_column_mm.value * shrink};
    snprintf(image->spacing_source, sizeof image->spacing_source, "geometry");
}

static void take_geometry(const json_t *header, wadi_image *image)
{
    image->row_mm = take_number(header, "row_mm", 0, 1000);
    image->column_mm = take_number(header, "column_mm", 0, 1000);
    image->slice_mm = take_number(header, "slice_mm", 0, 1000);
    image->thickness_mm = take_number(header, "thickness_mm", 0, 1000);
    image->imager_row_mm = take_number(header, "imager_row_mm", 0, 1000);
    image->imager_column_mm = take_number(header, "imager_column_mm", 0, 1000);
    image->source_detector_mm = take_number(header, "source_detector_mm", 0, 1e5);
    image->source_patient_mm = take_number(header, "source_patient_mm", 0, 1e5);
    image->magnification = take_number(header, "magnification", 0, 100);
    image->primary_deg = take_number(header, "primary_deg", -361, 361);
    image->secondary_deg = take_number(header, "secondary_deg", -361, 361);
    image->tilt_deg = take_number(header, "tilt_deg", -91, 91);
    image->pullback_mm_s = take_number(header, "pullback_mm_s", 0, 1000);
    image->primary_frames_deg =
        take_angles(header, "primary_steps_deg", image->primary_deg, image->frames);
    image->secondary_frames_deg =
        take_angles(header, "secondary_steps_deg", image->secondary_deg, image->frames);
    image->oriented = take_axes(header, image);
    image->positioned = take_vector(json_object_get(header, "position"), image->origin_mm, 3);
    image->frame_positions_mm =
        take_frames(json_object_get(header, "frame_positions"), image->frames, 3);
    derive_spacing(image);
    take_regions(header, image);
}

static wadi_status take_size(const char *place, const json_t *header, wadi_image *image,
                             wadi_error *err)
{
    const char *sample = wadi_json_get_text(header, "sample", "");
    double columns = wadi_json_get_number(header, "columns", 0);
    double rows = wadi_json_get_number(header, "rows", 0);
    double frames = wadi_json_get_number(header, "frames", 0);
    double channels = wadi_json_get_number(header, "channels", 0);
    double bits = wadi_json_get_number(header, "bits", 0);
    bool known = false;

    for (size_t s = 0; s < WADI_COUNT_OF(SAMPLES); s++) {
        if (!strcmp(sample, SAMPLES[s])) {
            image->sample = (wadi_sample)s;
            known = true;
        }
    }
    if (!known || !(columns >= 1 && columns <= 65535 && rows >= 1 && rows <= 65535) ||
        !(frames >= 1 && frames <= 100000) || !(channels == 1 || channels == 3) ||
        !(bits >= 1 && bits <= 64) ||
        columns * rows * frames * channels * 4 > 4.0 * (double)IMAGE_FILE_LIMIT_BYTES)
        return wadi_fail(err, WADI_ERR_RANGE, "%s: the size of the image is not possible",
                         place);
    image->columns = (wadi_index)columns;
    image->rows = (wadi_index)rows;
    image->frames = (wadi_index)frames;
    image->channels = (wadi_index)channels;
    image->bits = (int)bits;
    return WADI_OK;
}

wadi_status image_from_header(const char *place, const json_t *header, wadi_image **out,
                              wadi_error *err)
{
    wadi_status status;
    wadi_image *image = wadi_alloc(1, sizeof *image);

    *out = NULL;
    if (!image)
        return wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for the image", place);
    status = take_size(place, header, image, err);
    if (status)
        goto done;
    take_text(header, "format", image->format, sizeof image->format);
    take_text(header, "modality", image->modality, sizeof image->modality);
    take_text(header, "transfer_syntax", image->transfer_syntax, sizeof image->transfer_syntax);
    take_text(header, "photometric", image->photometric, sizeof image->photometric);
    take_text(header, "intensity", image->intensity, sizeof image->intensity);
    image->slope = wadi_json_get_number(header, "slope", 1);
    image->intercept = wadi_json_get_number(header, "intercept", 0);
    if (!(fabs(image->slope) > 1e-12 && fabs(image->slope) < 1e12)) {
        image->slope = 1;
        image->intercept = 0;
    }
    image->padding = take_number(header, "padding", -65537, 65537);
    image->instance = take_number(header, "instance", -1e9, 1e9);
    image->series = (uint64_t)json_integer_value(json_object_get(header, "series"));
    take_geometry(header, image);
    take_times(header, image);
    take_mask(header, image);
    /* Not zeroed: every byte is received or the image is dropped. */
    image->samples = malloc((size_t)image->frames * image_frame_samples(image) *
                            image_sample_bytes(image->sample));
    if (!image->samples) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for %d frames of %d x %d", place,
                           image->frames, image->columns, image->rows);
        goto done;
    }
    *out = image;
    image = NULL;
done:
    wadi_image_free(image);
    return status;
}
