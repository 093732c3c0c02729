#include "image_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void add_missing(json_t *missing, bool absent, const char *name)
{
    if (absent)
        json_array_append_new(missing, json_string(name));
}

/* What a measurement on this kind of image would need and the file does not give. */
static json_t *list_missing(const wadi_image *image)
{
    json_t *missing = json_array();
    bool xray = !strcmp(image->modality, "XA") || !strcmp(image->modality, "RF");
    bool slices = !strcmp(image->modality, "CT") || !strcmp(image->modality, "MR");

    add_missing(missing, !image->row_mm.known, "spacing_mm");
    if (xray) {
        add_missing(missing, !image->imager_row_mm.known, "imager_spacing_mm");
        add_missing(missing, !image->source_detector_mm.known, "source_detector_mm");
        add_missing(missing, !image->source_patient_mm.known, "source_patient_mm");
        add_missing(missing, !image->primary_deg.known || !image->secondary_deg.known,
                    "angles_deg");
        add_missing(missing, !*image->intensity, "intensity");
    }
    if (slices) {
        add_missing(missing, !image->oriented, "orientation");
        add_missing(missing, !image->positioned, "position");
    }
    if (xray || !strcmp(image->modality, "US") || !strcmp(image->modality, "IVUS"))
        add_missing(missing, image->frames > 1 && !image->frame_times_ms, "frame_times_ms");
    if (!strcmp(image->modality, "IVUS"))
        add_missing(missing, !image->pullback_mm_s.known, "pullback_mm_s");
    return missing;
}

static json_t *maybe_json(wadi_maybe value)
{
    return value.known ? wadi_json_number(value.value) : json_null();
}

static void range_of(const wadi_image *image, double *least, double *greatest)
{
    size_t count = (size_t)image->frames * image_frame_samples(image);

    *least = INFINITY;
    *greatest = -INFINITY;
    for (size_t i = 0; i < count; i++) {
        double value = image->slope * image_sample_at(image, i) + image->intercept;

        if (value < *least)
            *least = value;
        if (value > *greatest)
            *greatest = value;
    }
}

static uint32_t checksum(const wadi_image *image)
{
    size_t left =
        (size_t)image->frames * image_frame_samples(image) * image_sample_bytes(image->sample);
    const uint8_t *bytes = image->samples;
    uLong crc = crc32(0, NULL, 0);

    while (left) {
        uInt part = left > 1u << 30 ? 1u << 30 : (uInt)left;

        crc = crc32(crc, bytes, part);
        bytes += part;
        left -= part;
    }
    return (uint32_t)crc;
}

static void put_motion(json_t *out, const wadi_image *image)
{
    json_t *times = json_null(), *spacing = json_null(), *angles = json_null();

    if (image->frame_times_ms) {
        times = json_array();
        for (wadi_index f = 0; f < image->frames; f++)
            json_array_append_new(times, wadi_json_number(image->frame_times_ms[f]));
    }
    if (image->row_mm.known) {
        spacing = json_array();
        json_array_append_new(spacing, wadi_json_number(image->row_mm.value));
        json_array_append_new(spacing, wadi_json_number(image->column_mm.value));
        if (image->slice_mm.known)
            json_array_append_new(spacing, wadi_json_number(image->slice_mm.value));
    }
    if (image->primary_deg.known && image->secondary_deg.known) {
        angles = json_array();
        json_array_append_new(angles, wadi_json_number(image->primary_deg.value));
        json_array_append_new(angles, wadi_json_number(image->secondary_deg.value));
    }
    json_object_set_new(out, "frame_times_ms", times);
    json_object_set_new(out, "spacing_mm", spacing);
    json_object_set_new(out, "spacing_source",
                        *image->spacing_source ? json_string(image->spacing_source)
                                               : json_null());
    json_object_set_new(out, "angles_deg", angles);
}

static void put_details(json_t *out, const wadi_image *image)
{
    char crc[16];
    double least, greatest;
    json_t *range = json_array(), *masks = json_array();

    range_of(image, &least, &greatest);
    json_array_append_new(range, wadi_json_number(least));
    json_array_append_new(range, wadi_json_number(greatest));
    for (wadi_index m = 0; m < image->mask_frame_count; m++)
        json_array_append_new(masks, json_integer(image->mask_frames[m]));
    snprintf(crc, sizeof crc, "%08x", (unsigned)checksum(image));
    json_object_set_new(out, "source_detector_mm", maybe_json(image->source_detector_mm));
    json_object_set_new(out, "source_patient_mm", maybe_json(image->source_patient_mm));
    json_object_set_new(out, "imager_spacing_mm", maybe_json(image->imager_row_mm));
    json_object_set_new(out, "magnification", maybe_json(image->magnification));
    json_object_set_new(out, "pullback_mm_s", maybe_json(image->pullback_mm_s));
    json_object_set_new(out, "intensity",
                        *image->intensity ? json_string(image->intensity) : json_null());
    json_object_set_new(out, "photometric", json_string(image->photometric));
    json_object_set_new(out, "mask_frames", masks);
    json_object_set_new(out, "slope", wadi_json_number(image->slope));
    json_object_set_new(out, "intercept", wadi_json_number(image->intercept));
    json_object_set_new(out, "regions", json_integer(image->region_count));
    json_object_set_new(out, "range", range);
    json_object_set_new(out, "checksum", json_string(crc));
}

static json_t *describe(const wadi_image *image, const char *path)
{
    json_t *object = json_object();

    json_object_set_new(object, "schema", json_string("wadi.image.info/1"));
    if (path)
        json_object_set_new(object, "file", json_string(path));
    json_object_set_new(object, "format", json_string(image->format));
    json_object_set_new(object, "modality", json_string(image->modality));
    json_object_set_new(object, "frames", json_integer(image->frames));
    json_object_set_new(object, "rows", json_integer(image->rows));
    json_object_set_new(object, "columns", json_integer(image->columns));
    json_object_set_new(object, "channels", json_integer(image->channels));
    json_object_set_new(object, "bits", json_integer(image->bits));
    json_object_set_new(object, "transfer_syntax",
                        *image->transfer_syntax ? json_string(image->transfer_syntax)
                                                : json_null());
    put_motion(object, image);
    json_object_set_new(object, "missing", list_missing(image));
    put_details(object, image);
    return object;
}

wadi_status wadi_image_describe(const wadi_image *image, const char *path, char **out,
                                size_t *size, wadi_error *err)
{
    json_t *object = describe(image, path);
    wadi_status status = wadi_json_text(object, out, size, err);

    json_decref(object);
    return status;
}

/* Files that form a volume get its keys at the top; any others only stand in the list. */
static json_t *describe_series(wadi_image *const *images, const char *const *paths,
                               wadi_index count)
{
    json_t *top = describe(images[0], NULL), *files = json_array(), *series = json_null();
    wadi_index *order = wadi_alloc((size_t)count, sizeof *order);
    wadi_series_report report = {0};
    wadi_volume *volume = NULL;
    wadi_error why = {0};

    for (wadi_index i = 0; order && i < count; i++)
        order[i] = i;
    if (order && !wadi_volume_assemble(images, count, &volume, order, &report, &why)) {
        json_object_set_new(top, "frames", json_integer(volume->slices));
        json_object_set_new(top, "spacing_mm",
                            json_pack("[f,f,f]", volume->spacing_mm[1], volume->spacing_mm[0],
                                      volume->spacing_mm[2]));
        series = json_pack("{s:i, s:b, s:f, s:i, s:f, s:i, s:f}", "slices", (int)report.slices,
                           "sheared", report.sheared, "shear_deg", report.shear_deg, "gaps",
                           (int)report.gap_count, "largest_gap_mm", report.largest_gap_mm,
                           "duplicates", (int)report.duplicate_count, "padding_frac",
                           report.padding_frac);
    }
    for (wadi_index i = 0; order && i < count; i++)
        json_array_append_new(files, describe(images[order[i]], paths[order[i]]));
    json_object_set_new(top, "series", series);
    json_object_set_new(top, "series_problem",
                        *why.message ? json_string(why.message) : json_null());
    json_object_set_new(top, "files", files);
    wadi_volume_free(volume);
    free(order);
    return top;
}

/* Names of PS3.6, table A-1, shortened; an identifier that is not listed stands for itself. */
static const char *syntax_name(const char *uid)
{
    static const char *const NAMES[][2] = {
        {"1.2.840.10008.1.2", "implicit little endian"},
        {"1.2.840.10008.1.2.1", "explicit little endian"},
        {"1.2.840.10008.1.2.1.99", "deflated"},
        {"1.2.840.10008.1.2.2", "explicit big endian"},
        {"1.2.840.10008.1.2.4.50", "JPEG baseline"},
        {"1.2.840.10008.1.2.4.51", "JPEG extended"},
        {"1.2.840.10008.1.2.4.57", "JPEG lossless"},
        {"1.2.840.10008.1.2.4.70", "JPEG lossless, first order"},
        {"1.2.840.10008.1.2.4.80", "JPEG-LS lossless"},
        {"1.2.840.10008.1.2.4.81", "JPEG-LS near-lossless"},
        {"1.2.840.10008.1.2.4.90", "JPEG 2000 lossless"},
        {"1.2.840.10008.1.2.4.91", "JPEG 2000"},
        {"1.2.840.10008.1.2.5", "RLE"},
    };

    for (size_t i = 0; i < WADI_COUNT_OF(NAMES); i++)
        if (!strcmp(uid, NAMES[i][0]))
            return NAMES[i][1];
    return uid;
}

static void add_lines(wadi_text *text, const char *path, const wadi_image *image)
{
    json_t *missing = list_missing(image);

    wadi_text_add(text, "%s: %s %s, %d x %d, %d frame%s, %d bits%s%s\n", path, image->format,
                  image->modality, image->columns, image->rows, image->frames,
                  image->frames == 1 ? "" : "s", image->bits,
                  *image->transfer_syntax ? ", " : "", syntax_name(image->transfer_syntax));
    if (image->row_mm.known)
        wadi_text_add(text, "  pixels %.4g x %.4g mm (from %s)\n", image->row_mm.value,
                      image->column_mm.value, image->spacing_source);
    if (image->primary_deg.known && image->secondary_deg.known)
        wadi_text_add(text, "  angles %.4g / %.4g degrees\n", image->primary_deg.value,
                      image->secondary_deg.value);
    if (image->frame_times_ms && image->frames > 1)
        wadi_text_add(text, "  %.4g s long\n", image->frame_times_ms[image->frames - 1] / 1000);
    for (size_t i = 0; i < json_array_size(missing); i++)
        wadi_text_add(text, "%s%s%s",
                      i ? ", " : "  not said: ", json_string_value(json_array_get(missing, i)),
                      i + 1 == json_array_size(missing) ? "\n" : "");
    json_decref(missing);
}

wadi_status wadi_image_report(const char *const *paths, wadi_index count, bool json, char **out,
                              size_t *size, wadi_error *err)
{
    wadi_status status;
    wadi_text text = {0};
    json_t *object = NULL;
    wadi_image **images = wadi_alloc((size_t)count, sizeof(wadi_image *));

    *out = NULL;
    if (!images)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d images", count);
    status = wadi_image_read_many(paths, count, images, err);
    if (status)
        goto done;
    if (json) {
        object =
            count == 1 ? describe(images[0], paths[0]) : describe_series(images, paths, count);
        status = wadi_json_text(object, out, size, err);
        goto done;
    }
    for (wadi_index i = 0; i < count; i++)
        add_lines(&text, paths[i], images[i]);
    if (text.failed) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the text");
        goto done;
    }
    *out = text.bytes;
    *size = text.size;
    text.bytes = NULL;
done:
    json_decref(object);
    wadi_text_clear(&text);
    for (wadi_index i = 0; i < count; i++)
        wadi_image_free(images[i]);
    free(images);
    return status;
}
