/* MetaImage (.mha, data in the same file), as ITK and VMTK write it. */
#include "reader/samples.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct meta {
    int dimensions;
    double size[3], spacing[3], origin[3], matrix[9];
    bool has_spacing, has_matrix, swap, compressed, local;
    char type[32];
} meta;

static bool matches(const uint8_t *bytes, size_t size)
{
    return size > 32 && (!memcmp(bytes, "ObjectType", 10) || !memcmp(bytes, "NDims", 5));
}

static int numbers(const char *text, double *out, int count)
{
    int got = 0;

    while (got < count) {
        char *end;
        double value = strtod(text, &end);

        if (end == text)
            break;
        out[got++] = value;
        text = end;
    }
    return got;
}

static void take_line(meta *header, const char *key, const char *value)
{
    if (!strcmp(key, "NDims"))
        header->dimensions = atoi(value);
    else if (!strcmp(key, "DimSize"))
        numbers(value, header->size, 3);
    else if (!strcmp(key, "ElementSpacing"))
        header->has_spacing = numbers(value, header->spacing, 3) >= 2;
    else if (!strcmp(key, "Offset") || !strcmp(key, "Position") || !strcmp(key, "Origin"))
        numbers(value, header->origin, 3);
    else if (!strcmp(key, "TransformMatrix") || !strcmp(key, "Rotation"))
        header->has_matrix = numbers(value, header->matrix, 9) == 9;
    else if (!strcmp(key, "BinaryDataByteOrderMSB") || !strcmp(key, "ElementByteOrderMSB"))
        header->swap = !strcmp(value, "True");
    else if (!strcmp(key, "CompressedData"))
        header->compressed = !strcmp(value, "True");
    else if (!strcmp(key, "ElementType"))
        snprintf(header->type, sizeof header->type, "%s", value);
    else if (!strcmp(key, "ElementNumberOfChannels") && atoi(value) != 1)
        header->dimensions = 0;
    else if (!strcmp(key, "ElementDataFile"))
        header->local = !strcmp(value, "LOCAL");
}

/* Bytes of text read, or 0 when there is no end of the header. */
static size_t take_header(const uint8_t *bytes, size_t size, meta *header)
{
    size_t at = 0;

    while (at < size && at < 65536) {
        char line[1024], *value;
        size_t length = 0;

        while (at < size && bytes[at] != '\n' && length < sizeof line - 1)
            line[length++] = (char)bytes[at++];
        at++;
        while (length && (line[length - 1] == '\r' || line[length - 1] == ' '))
            length--;
        line[length] = '\0';
        value = strstr(line, " = ");
        if (!value)
            return 0;
        *value = '\0';
        take_line(header, line, value + 3);
        if (!strcmp(line, "ElementDataFile"))
            return at < size ? at
                             : 0; /* the last line may lack its end, and then nothing follows */
    }
    return 0;
}

static bool kind_of(const char *type, reader_kind *kind)
{
    static const char *const TYPES[] = {
        [READER_U8] = "MET_UCHAR",  [READER_I8] = "MET_CHAR",    [READER_U16] = "MET_USHORT",
        [READER_I16] = "MET_SHORT", [READER_U32] = "MET_UINT",   [READER_I32] = "MET_INT",
        [READER_F32] = "MET_FLOAT", [READER_F64] = "MET_DOUBLE",
    };

    for (int i = 0; i < (int)(sizeof TYPES / sizeof TYPES[0]); i++) {
        if (!strcmp(type, TYPES[i])) {
            *kind = (reader_kind)i;
            return true;
        }
    }
    return false;
}

static json_t *pack(const meta *header, reader_kind kind)
{
    json_t *out =
        json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:s, s:i}", "format", "MetaImage", "modality",
                  "OT", "columns", (int)header->size[0], "rows", (int)header->size[1], "frames",
                  (int)header->size[2], "channels", 1, "sample", reader_kind_sample(kind),
                  "bits", (int)reader_kind_bytes(kind) * 8);
    const double *m = header->matrix;

    if (!out || !header->has_spacing)
        return out;
    for (int i = 0; i < 3; i++)
        if (!(header->spacing[i] > 1e-6 && header->spacing[i] < 1e6))
            return out;
    json_object_set_new(out, "column_mm", json_real(header->spacing[0]));
    json_object_set_new(out, "row_mm", json_real(header->spacing[1]));
    if (header->dimensions != 3)
        return out;
    json_object_set_new(out, "slice_mm", json_real(header->spacing[2]));
    for (int i = 0; i < 9; i++)
        if (!header->has_matrix || !isfinite(m[i]) || !isfinite(header->origin[i % 3]))
            return out;
    json_object_set_new(out, "orientation",
                        json_pack("[f,f,f,f,f,f]", m[0], m[1], m[2], m[3], m[4], m[5]));
    json_object_set_new(out, "slice_axis", json_pack("[f,f,f]", m[6], m[7], m[8]));
    json_object_set_new(
        out, "position",
        json_pack("[f,f,f]", header->origin[0], header->origin[1], header->origin[2]));
    return out;
}

static bool are_whole(const double size[3])
{
    return size[0] == floor(size[0]) && size[1] == floor(size[1]) && size[2] == floor(size[2]);
}

static wadi_status read_metaimage(const uint8_t *bytes, size_t size, const reader_sink *sink,
                                  wadi_error *err)
{
    wadi_status status = WADI_OK;
    meta header = {.size = {0, 0, 1}, .spacing = {1, 1, 1}};
    reader_kind kind = READER_U8;
    uint8_t *unpacked = NULL;
    json_t *described = NULL;
    size_t at = take_header(bytes, size, &header);

    if (!at || !header.local || (header.dimensions != 2 && header.dimensions != 3) ||
        !kind_of(header.type, &kind) || !are_whole(header.size))
        return wadi_fail(err, WADI_ERR_PARSE,
                         "MetaImage header: 2 or 3 dimensions, one channel "
                         "of a known type and data in the same file are "
                         "wanted");
    status = reader_check_size("MetaImage", header.size[0], header.size[1], header.size[2], 1,
                               (double)reader_kind_bytes(kind), err);
    if (!status)
        status = reader_check_unfolded(size,
                                       header.size[0] * header.size[1] * header.size[2] *
                                           (double)reader_kind_bytes(kind),
                                       err);
    if (status)
        return status;
    size_t plane = (size_t)header.size[0] * (size_t)header.size[1];
    size_t wanted = plane * (size_t)header.size[2] * reader_kind_bytes(kind);

    bytes += at;
    size -= at;
    if (header.compressed) {
        status = reader_inflate(bytes, size, wanted + 64, &unpacked, &size, err);
        if (status)
            goto done;
        bytes = unpacked;
    }
    if (size < wanted) {
        status = wadi_fail(err, WADI_ERR_PARSE,
                           "MetaImage is truncated: %zu bytes of samples are wanted, there are "
                           "%zu",
                           wanted, size);
        goto done;
    }
    described = pack(&header, kind);
    if (!described) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the header");
        goto done;
    }
    status = sink->header(sink->context, described, err);
    if (!status)
        status = reader_send_slices(kind, header.swap, bytes, (size_t)header.size[2], plane,
                                    sink, err);
done:
    json_decref(described);
    free(unpacked);
    return status;
}

const reader_format READER_METAIMAGE = {"MetaImage", matches, read_metaimage};
