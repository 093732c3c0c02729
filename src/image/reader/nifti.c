/* NIfTI-1 and -2, plain or gzip. niftiio turns the header into geometry; the samples are taken
 * from memory, because the reader may open no file. */
#include "reader/samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nifti/nifti2_io.h>

/* A leg of 512 x 512 x 2000 at 2 bytes. */
#define UNPACKED_LIMIT ((size_t)2 << 30)
enum { HEADERS_BYTES = 1 << 16 };

static bool is_gzip(const uint8_t *bytes, size_t size)
{
    return size > 18 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

static bool matches(const uint8_t *bytes, size_t size)
{
    if (is_gzip(bytes, size))
        return true;
    return (size >= 348 &&
            (!memcmp(bytes + 344, "n+1", 4) || !memcmp(bytes + 344, "ni1", 4))) ||
           (size >= 540 && (!memcmp(bytes + 4, "n+2", 4) || !memcmp(bytes + 4, "ni2", 4)));
}

static bool kind_of(int datatype, reader_kind *kind)
{
    static const struct {
        int datatype;
        reader_kind kind;
    } KNOWN[] = {
        {NIFTI_TYPE_UINT8, READER_U8},    {NIFTI_TYPE_INT8, READER_I8},
        {NIFTI_TYPE_UINT16, READER_U16},  {NIFTI_TYPE_INT16, READER_I16},
        {NIFTI_TYPE_UINT32, READER_U32},  {NIFTI_TYPE_INT32, READER_I32},
        {NIFTI_TYPE_FLOAT32, READER_F32}, {NIFTI_TYPE_FLOAT64, READER_F64},
    };

    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++) {
        if (KNOWN[i].datatype == datatype) {
            *kind = KNOWN[i].kind;
            return true;
        }
    }
    return false;
}

/* niftiio writes as many sides of NIfTI-2 as the header claims, beyond its own array. Which
 * order the bytes are in, the header's own size tells. */
static bool sides_fit(const uint8_t *bytes)
{
    bool native;
    int32_t size;
    uint8_t count[8];
    int64_t sides;

    memcpy(&size, bytes, sizeof size);
    native = size == 540;
    if (!native &&
        !(bytes[0] == 0 && bytes[1] == 0 && bytes[2] == 540 >> 8 && bytes[3] == (540 & 255)))
        return false;
    for (int i = 0; i < 8; i++)
        count[i] = bytes[16 + (native ? i : 7 - i)];
    memcpy(&sides, count, sizeof sides);
    return sides >= 1 && sides <= 7;
}

static nifti_image *header_of(const uint8_t *bytes, size_t size)
{
    nifti_1_header first;
    nifti_2_header second;

    nifti_set_debug_level(0);
    if (size >= sizeof second && !memcmp(bytes + 4, "n", 1) && bytes[6] == '2') {
        memcpy(&second, bytes, sizeof second);
        if (!sides_fit(bytes))
            return NULL;
        return nifti_convert_n2hdr2nim(second, "image.nii");
    }
    if (size < sizeof first)
        return NULL;
    memcpy(&first, bytes, sizeof first);
    return nifti_convert_n1hdr2nim(first, "image.nii");
}

static double units_to_mm(int units)
{
    return units == NIFTI_UNITS_METER ? 1000.0 : units == NIFTI_UNITS_MICRON ? 0.001 : 1.0;
}

/* NIfTI's axes point right, anterior, up; wadi keeps DICOM's left, posterior, up. */
static void put_geometry(json_t *header, const nifti_image *image)
{
    const nifti_dmat44 *to_mm = image->sform_code > 0   ? &image->sto_xyz
                                : image->qform_code > 0 ? &image->qto_xyz
                                                        : NULL;
    double scale = units_to_mm(image->xyz_units), step[3] = {0}, axes[3][3] = {{0}};

    if (!to_mm) {
        if (image->dx > 0 && image->dy > 0 && image->dz > 0) {
            json_object_set_new(header, "column_mm", json_real(image->dx * scale));
            json_object_set_new(header, "row_mm", json_real(image->dy * scale));
            json_object_set_new(header, "slice_mm", json_real(image->dz * scale));
        }
        return;
    }
    for (int axis = 0; axis < 3; axis++) {
        for (int xyz = 0; xyz < 3; xyz++) {
            axes[axis][xyz] = to_mm->m[xyz][axis] * scale * (xyz < 2 ? -1.0 : 1.0);
            step[axis] += axes[axis][xyz] * axes[axis][xyz];
        }
        step[axis] = sqrt(step[axis]);
        if (!(step[axis] > 1e-6 && step[axis] < 1e3))
            return;
    }
    json_object_set_new(header, "column_mm", json_real(step[0]));
    json_object_set_new(header, "row_mm", json_real(step[1]));
    json_object_set_new(header, "slice_mm", json_real(step[2]));
    json_object_set_new(header, "orientation",
                        json_pack("[f,f,f,f,f,f]", axes[0][0] / step[0], axes[0][1] / step[0],
                                  axes[0][2] / step[0], axes[1][0] / step[1],
                                  axes[1][1] / step[1], axes[1][2] / step[1]));
    json_object_set_new(header, "position",
                        json_pack("[f,f,f]", -to_mm->m[0][3] * scale, -to_mm->m[1][3] * scale,
                                  to_mm->m[2][3] * scale));
    json_object_set_new(
        header, "slice_axis",
        json_pack("[f,f,f]", axes[2][0] / step[2], axes[2][1] / step[2], axes[2][2] / step[2]));
}

static wadi_status send(const nifti_image *image, const uint8_t *bytes, size_t size,
                        const reader_sink *sink, wadi_error *err)
{
    wadi_status status;
    reader_kind kind = READER_U8;
    json_t *header = NULL;
    bool swap = image->byteorder != nifti_short_order();
    double slope = image->scl_slope, slices = 1;
    size_t offset = image->iname_offset > 0 ? (size_t)image->iname_offset : 0;

    if (!kind_of(image->datatype, &kind))
        return wadi_fail(err, WADI_ERR_SUPPORT,
                         "NIfTI data type %d is not one of whole or "
                         "floating numbers up to 64 bits",
                         image->datatype);
    for (int d = 3; d <= 7; d++)
        slices *= image->dim[d] > 0 ? (double)image->dim[d] : 1.0;
    status = reader_check_size("NIfTI", (double)image->nx, (double)image->ny, slices, 1,
                               (double)reader_kind_bytes(kind), err);
    if (status)
        return status;
    double wanted =
        (double)image->nx * (double)image->ny * slices * (double)reader_kind_bytes(kind);
    if (offset < 348 || (double)offset + wanted > (double)size)
        return wadi_fail(err, WADI_ERR_PARSE,
                         "NIfTI is truncated: %.0f bytes of samples from "
                         "byte %zu are wanted, the file has %zu",
                         wanted, offset, size);
    header = json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:s, s:i, s:f, s:f}", "format", "NIfTI",
                       "modality", "OT", "columns", (int)image->nx, "rows", (int)image->ny,
                       "frames", (int)slices, "channels", 1, "sample", reader_kind_sample(kind),
                       "bits", (int)reader_kind_bytes(kind) * 8, "slope",
                       isfinite(slope) && slope != 0.0 ? slope : 1.0, "intercept",
                       isfinite(image->scl_inter) && slope != 0.0 ? image->scl_inter : 0.0);
    if (!header)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the header");
    put_geometry(header, image);
    status = sink->header(sink->context, header, err);
    if (!status)
        status = reader_send_slices(kind, swap, bytes + offset, (size_t)slices,
                                    (size_t)image->nx * (size_t)image->ny, sink, err);
    json_decref(header);
    return status;
}

static wadi_status read_nifti(const uint8_t *bytes, size_t size, const reader_sink *sink,
                              wadi_error *err)
{
    wadi_status status = WADI_OK;
    uint8_t *unpacked = NULL;
    nifti_image *image = NULL;

    if (is_gzip(bytes, size)) {
        uint64_t limit = reader_unfolded_limit(size) + HEADERS_BYTES;

        status = reader_inflate(bytes, size, limit < UNPACKED_LIMIT ? limit : UNPACKED_LIMIT,
                                &unpacked, &size, err);
        if (status)
            goto done;
        bytes = unpacked;
        if (is_gzip(bytes, size) || !matches(bytes, size)) {
            status = wadi_fail(err, WADI_ERR_PARSE, "the packed file is not NIfTI");
            goto done;
        }
    }
    image = header_of(bytes, size);
    if (!image) {
        status = wadi_fail(err, WADI_ERR_PARSE, "NIfTI header is damaged");
        goto done;
    }
    status = send(image, bytes, size, sink, err);
done:
    if (image)
        nifti_image_free(image);
    free(unpacked);
    return status;
}

const reader_format READER_NIFTI = {"NIfTI", matches, read_nifti};
