/* A small DICOM writer: only elements that this file names, so that nothing of a patient can
 * slip through. Explicit VR little endian; elements must be added in rising order of their
 * tags. */
#include "image_impl.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void put_u16(wadi_text *out, unsigned value)
{
    char bytes[2] = {(char)(value & 255), (char)(value >> 8)};

    wadi_text_put(out, bytes, 2);
}

static void put_u32(wadi_text *out, uint32_t value)
{
    put_u16(out, value & 0xffff);
    put_u16(out, value >> 16);
}

static void start(wadi_text *out, unsigned group, unsigned element, const char *vr, size_t size)
{
    put_u16(out, group);
    put_u16(out, element);
    wadi_text_put(out, vr, 2);
    if (!strcmp(vr, "OB") || !strcmp(vr, "OW") || !strcmp(vr, "SQ")) {
        put_u16(out, 0);
        put_u32(out, (uint32_t)size);
    } else {
        put_u16(out, (unsigned)size);
    }
}

static void put_text(wadi_text *out, unsigned group, unsigned element, const char *vr,
                     const char *value)
{
    size_t size = strlen(value);

    start(out, group, element, vr, size + size % 2);
    wadi_text_put(out, value, size);
    if (size % 2)
        wadi_text_put(out, strcmp(vr, "UI") ? " " : "\0", 1);
}

static void put_whole(wadi_text *out, unsigned group, unsigned element, unsigned value)
{
    start(out, group, element, "US", 2);
    put_u16(out, value);
}

/* Decimal strings have at most 16 characters. */
static void put_numbers(wadi_text *out, unsigned group, unsigned element, const double *values,
                        size_t count)
{
    wadi_text list = {0};

    for (size_t i = 0; i < count; i++) {
        char one[40];

        snprintf(one, sizeof one, "%.9g", values[i]);
        wadi_text_add(&list, "%s%.16s", i ? "\\" : "", one);
    }
    if (list.failed || list.size > 65000)
        out->failed = list.failed || out->failed;
    else
        put_text(out, group, element, "DS", list.size ? list.bytes : "");
    wadi_text_clear(&list);
}

static void put_maybe(wadi_text *out, unsigned group, unsigned element, wadi_maybe value)
{
    if (value.known)
        put_numbers(out, group, element, &value.value, 1);
}

static void put_pair(wadi_text *out, unsigned group, unsigned element, wadi_maybe first,
                     wadi_maybe second)
{
    double both[2] = {first.value, second.value};

    if (first.known && second.known)
        put_numbers(out, group, element, both, 2);
}

static const char *class_of(const wadi_image *image)
{
    if (!strcmp(image->modality, "XA"))
        return "1.2.840.10008.5.1.4.1.1.12.1";
    if (!strcmp(image->modality, "IVUS"))
        return "1.2.840.10008.5.1.4.1.1.3.1";
    if (!strcmp(image->modality, "CT"))
        return "1.2.840.10008.5.1.4.1.1.2";
    if (!strcmp(image->modality, "MR"))
        return "1.2.840.10008.5.1.4.1.1.4";
    return "1.2.840.10008.5.1.4.1.1.7";
}

/* 2.25 is the root for identifiers made from random numbers (part 5, B.2). */
static void put_uid(wadi_text *out, unsigned group, unsigned element, uint64_t seed,
                    unsigned kind)
{
    char uid[64];

    snprintf(uid, sizeof uid, "2.25.%llu", (unsigned long long)(seed * 16 + kind + 1));
    put_text(out, group, element, "UI", uid);
}

static void put_file_meta(wadi_text *out, const wadi_image *image, uint64_t seed)
{
    wadi_text meta = {0};

    start(&meta, 2, 1, "OB", 2);
    wadi_text_put(&meta, "\0\1", 2);
    put_text(&meta, 2, 2, "UI", class_of(image));
    put_uid(&meta, 2, 3, seed, 2);
    put_text(&meta, 2, 0x10, "UI", "1.2.840.10008.1.2.1");
    put_text(&meta, 2, 0x12, "UI", "2.25.8209482094");
    for (int i = 0; i < 128; i++)
        wadi_text_put(out, "\0", 1);
    wadi_text_put(out, "DICM", 4);
    start(out, 2, 0, "UL", 4);
    put_u32(out, (uint32_t)meta.size);
    wadi_text_put(out, meta.bytes, meta.size);
    out->failed |= meta.failed;
    wadi_text_clear(&meta);
}

static void put_region(wadi_text *out, const wadi_image *image)
{
    wadi_text item = {0};
    const unsigned corner[4] = {0, 0, (unsigned)image->columns - 1, (unsigned)image->rows - 1};
    double delta[2] = {image->column_mm.value / 10, image->row_mm.value / 10};

    if (!image->row_mm.known)
        return;
    put_whole(&item, 0x18, 0x6012, 1);
    put_whole(&item, 0x18, 0x6014, 1);
    for (unsigned i = 0; i < 4; i++) {
        start(&item, 0x18, 0x6018 + 2 * i, "UL", 4);
        put_u32(&item, corner[i]);
    }
    put_whole(&item, 0x18, 0x6024, 3);
    put_whole(&item, 0x18, 0x6026, 3);
    for (unsigned i = 0; i < 2; i++) {
        start(&item, 0x18, 0x602c + 2 * i, "FD", 8);
        wadi_text_put(&item, (const char *)&delta[i], 8);
    }
    start(out, 0x18, 0x6011, "SQ", item.size + 8);
    put_u16(out, 0xfffe);
    put_u16(out, 0xe000);
    put_u32(out, (uint32_t)item.size);
    wadi_text_put(out, item.bytes, item.size);
    out->failed |= item.failed;
    wadi_text_clear(&item);
}

static void put_acquisition(wadi_text *out, const wadi_image *image)
{
    double step = 0;

    if (image->frames > 1 && image->frame_times_ms)
        step = (image->frame_times_ms[image->frames - 1] - image->frame_times_ms[0]) /
               (image->frames - 1);
    put_maybe(out, 0x18, 0x50, image->thickness_mm);
    if (step > 0)
        put_numbers(out, 0x18, 0x1063, &step, 1);
    put_maybe(out, 0x18, 0x1110, image->source_detector_mm);
    put_maybe(out, 0x18, 0x1111, image->source_patient_mm);
    put_pair(out, 0x18, 0x1164, image->imager_row_mm, image->imager_column_mm);
    put_maybe(out, 0x18, 0x1510, image->primary_deg);
    put_maybe(out, 0x18, 0x1511, image->secondary_deg);
    put_maybe(out, 0x18, 0x3101, image->pullback_mm_s);
    if (!strcmp(image->modality, "IVUS") || !strcmp(image->modality, "US"))
        put_region(out, image);
}

static void put_identity(wadi_text *out, const wadi_image *image, uint64_t seed)
{
    put_text(out, 8, 8, "CS", "DERIVED\\SECONDARY");
    put_text(out, 8, 0x16, "UI", class_of(image));
    put_uid(out, 8, 0x18, seed, 2);
    put_text(out, 8, 0x20, "DA", "");
    put_text(out, 8, 0x30, "TM", "");
    put_text(out, 8, 0x50, "SH", "");
    put_text(out, 8, 0x60, "CS", image->modality);
    put_text(out, 8, 0x70, "LO", "wadi");
    put_text(out, 8, 0x90, "PN", "");
    put_text(out, 0x10, 0x10, "PN", "");
    put_text(out, 0x10, 0x20, "LO", "");
    put_text(out, 0x10, 0x30, "DA", "");
    put_text(out, 0x10, 0x40, "CS", "");
    put_text(out, 0x12, 0x62, "CS", "YES");
    put_text(out, 0x12, 0x63, "LO", "only technical elements written");
}

static void put_place(wadi_text *out, const wadi_image *image, uint64_t seed)
{
    double axes[6];

    put_uid(out, 0x20, 0xd, seed, 0);
    put_uid(out, 0x20, 0xe, seed, 1);
    put_text(out, 0x20, 0x10, "SH", "");
    put_text(out, 0x20, 0x11, "IS", "1");
    put_text(out, 0x20, 0x13, "IS", "1");
    if (image->positioned)
        put_numbers(out, 0x20, 0x32, image->origin_mm, 3);
    if (image->oriented) {
        memcpy(axes, image->row_axis, sizeof image->row_axis);
        memcpy(axes + 3, image->column_axis, sizeof image->column_axis);
        put_numbers(out, 0x20, 0x37, axes, 6);
    }
}

static void put_picture(wadi_text *out, const wadi_image *image, bool wide)
{
    char frames[16];

    put_whole(out, 0x28, 2, (unsigned)image->channels);
    put_text(out, 0x28, 4, "CS", image->channels == 3 ? "RGB" : "MONOCHROME2");
    if (image->channels == 3)
        put_whole(out, 0x28, 6, 0);
    snprintf(frames, sizeof frames, "%d", image->frames);
    put_text(out, 0x28, 8, "IS", frames);
    if (image->frames > 1 && image->frame_times_ms) {
        start(out, 0x28, 9, "AT", 4);
        put_u16(out, 0x18);
        put_u16(out, 0x1063);
    }
    put_whole(out, 0x28, 0x10, (unsigned)image->rows);
    put_whole(out, 0x28, 0x11, (unsigned)image->columns);
    if (strcmp(image->modality, "XA"))
        put_pair(out, 0x28, 0x30, image->row_mm, image->column_mm);
    put_whole(out, 0x28, 0x100, wide ? 16 : 8);
    put_whole(out, 0x28, 0x101, (unsigned)image->bits);
    put_whole(out, 0x28, 0x102, (unsigned)image->bits - 1);
    put_whole(out, 0x28, 0x103, image->sample == WADI_I16);
    if (*image->intensity)
        put_text(out, 0x28, 0x1040, "CS", image->intensity);
    if (image->slope != 1 || image->intercept != 0 || !strcmp(image->modality, "CT")) {
        put_numbers(out, 0x28, 0x1052, &image->intercept, 1);
        put_numbers(out, 0x28, 0x1053, &image->slope, 1);
    }
}

wadi_status wadi_dicom_write(const char *path, const wadi_image *image, uint64_t seed,
                             wadi_error *err)
{
    wadi_status status;
    wadi_text out = {0};
    bool wide = image->sample != WADI_U8;
    size_t size = (size_t)image->frames * image_frame_samples(image) * (wide ? 2 : 1);

    if (image->sample == WADI_F32)
        return wadi_fail(err, WADI_ERR_SUPPORT, "%s: DICOM is written from whole numbers",
                         path);
    if (size > 0xfffffff0u)
        return wadi_fail(err, WADI_ERR_RANGE, "%s: DICOM holds up to 4 GiB of pixels", path);
    put_file_meta(&out, image, seed);
    put_identity(&out, image, seed);
    put_acquisition(&out, image);
    put_place(&out, image, seed);
    put_picture(&out, image, wide);
    start(&out, 0x7fe0, 0x10, wide ? "OW" : "OB", size + size % 2);
    wadi_text_put(&out, image->samples, size);
    if (size % 2)
        wadi_text_put(&out, "\0", 1);
    if (out.failed)
        status = wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for %zu bytes", path, size);
    else
        status = wadi_file_write(path, out.bytes, out.size, err);
    wadi_text_clear(&out);
    return status;
}
