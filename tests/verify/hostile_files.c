#include "hostile_files.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* ---- bytes ---- */

static size_t below(wadi_random *random, size_t count)
{
    return (size_t)(wadi_random_uniform(random) * (double)count);
}

static bool chance(wadi_random *random, double share)
{
    return wadi_random_uniform(random) < share;
}

static void put(hostile_file *out, const void *bytes, size_t size)
{
    if (out->size + size > out->capacity) {
        out->capacity = 2 * (out->size + size) + 4096;
        out->bytes = realloc(out->bytes, out->capacity);
        if (!out->bytes)
            abort();
    }
    if (size)
        memcpy(out->bytes + out->size, bytes, size);
    out->size += size;
}

static void fill(hostile_file *out, int value, size_t size)
{
    uint8_t block[4096];

    memset(block, value, sizeof block);
    for (size_t n; size; size -= n) {
        n = size < sizeof block ? size : sizeof block;
        put(out, block, n);
    }
}

static void noise(hostile_file *out, wadi_random *random, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)(wadi_random_bits(random) >> 32);

        put(out, &byte, 1);
    }
}

static void little16(hostile_file *out, unsigned value)
{
    const uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};

    put(out, bytes, 2);
}

static void little32(hostile_file *out, uint32_t value)
{
    little16(out, value & 0xffff);
    little16(out, value >> 16);
}

static void big16(hostile_file *out, unsigned value)
{
    const uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};

    put(out, bytes, 2);
}

static void big32(hostile_file *out, uint32_t value)
{
    big16(out, value >> 16);
    big16(out, value & 0xffff);
}

/* Packs `plain` and then `zeros` bytes of nothing, a piece at a time: what unfolds to hundreds
 * of MiB need not be there first. */
static void packed_more(hostile_file *out, const hostile_file *plain, size_t zeros,
                        int window_bits)
{
    static uint8_t nothing[1 << 16];
    uint8_t piece[1 << 14];
    z_stream stream = {0};
    int code = Z_OK;

    if (deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY))
        abort();
    stream.next_in = plain->bytes;
    stream.avail_in = (uInt)plain->size;
    while (code != Z_STREAM_END) {
        if (!stream.avail_in && zeros) {
            stream.next_in = nothing;
            stream.avail_in = (uInt)(zeros < sizeof nothing ? zeros : sizeof nothing);
            zeros -= stream.avail_in;
        }
        stream.next_out = piece;
        stream.avail_out = sizeof piece;
        code = deflate(&stream, zeros ? Z_NO_FLUSH : Z_FINISH);
        put(out, piece, sizeof piece - stream.avail_out);
    }
    deflateEnd(&stream);
}

static void packed(hostile_file *out, const hostile_file *plain, int window_bits)
{
    packed_more(out, plain, 0, window_bits);
}

/* ---- DICOM, explicit little endian unless `implicit` ---- */

typedef struct dicom {
    hostile_file *out;
    bool implicit;
} dicom;

static void element(dicom d, unsigned group, unsigned number, const char *vr, const void *value,
                    size_t size)
{
    static const char *const LONG[] = {"OB", "OW", "SQ", "UN", "UT", "OF"};
    bool long_form = false;

    little16(d.out, group);
    little16(d.out, number);
    for (size_t i = 0; i < sizeof LONG / sizeof LONG[0]; i++)
        long_form = long_form || !strcmp(vr, LONG[i]);
    if (d.implicit) {
        little32(d.out, (uint32_t)(size + size % 2));
    } else {
        put(d.out, vr, 2);
        if (long_form) {
            little16(d.out, 0);
            little32(d.out, (uint32_t)(size + size % 2));
        } else {
            little16(d.out, (unsigned)(size + size % 2));
        }
    }
    put(d.out, value, size);
    if (size % 2)
        fill(d.out, ' ', 1);
}

static void text(dicom d, unsigned group, unsigned number, const char *vr, const char *value)
{
    element(d, group, number, vr, value, strlen(value));
}

static void word(dicom d, unsigned group, unsigned number, unsigned value)
{
    const uint8_t bytes[2] = {(uint8_t)value, (uint8_t)(value >> 8)};

    element(d, group, number, "US", bytes, 2);
}

#define EXPLICIT "1.2.840.10008.1.2.1"
#define IMPLICIT "1.2.840.10008.1.2"
#define DEFLATED "1.2.840.10008.1.2.1.99"
#define RLE      "1.2.840.10008.1.2.5"

static void meta(hostile_file *out, const char *syntax)
{
    dicom d = {out, false};

    fill(out, 0, 128);
    put(out, "DICM", 4);
    text(d, 0x0002, 0x0002, "UI", "1.2.840.10008.5.1.4.1.1.12.1");
    text(d, 0x0002, 0x0003, "UI", "1.2.3.4");
    text(d, 0x0002, 0x0010, "UI", syntax);
}

typedef struct shape {
    unsigned rows, columns, channels, allocated, stored;
    const char *frames, *photometric;
} shape;

static const shape PLAIN = {40, 48, 1, 16, 12, "2", "MONOCHROME2"};

static void head(dicom d, shape s)
{
    text(d, 0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.12.1");
    text(d, 0x0008, 0x0060, "CS", "XA");
    text(d, 0x0020, 0x000e, "UI", "1.2.3.5");
    word(d, 0x0028, 0x0002, s.channels);
    text(d, 0x0028, 0x0004, "CS", s.photometric);
    text(d, 0x0028, 0x0008, "IS", s.frames);
    word(d, 0x0028, 0x0010, s.rows);
    word(d, 0x0028, 0x0011, s.columns);
    word(d, 0x0028, 0x0100, s.allocated);
    word(d, 0x0028, 0x0101, s.stored);
    word(d, 0x0028, 0x0102, s.stored - 1);
    word(d, 0x0028, 0x0103, 0);
}

/* Encapsulated pixel data: fragments follow, then end_fragments. */
static void begin_fragments(dicom d)
{
    little16(d.out, 0x7fe0);
    little16(d.out, 0x0010);
    put(d.out, "OB", 2);
    little16(d.out, 0);
    little32(d.out, 0xffffffff);
    little16(d.out, 0xfffe);
    little16(d.out, 0xe000);
    little32(d.out, 0);
}

static void fragment(dicom d, const hostile_file *bytes, uint32_t length)
{
    little16(d.out, 0xfffe);
    little16(d.out, 0xe000);
    little32(d.out, length);
    put(d.out, bytes->bytes, bytes->size);
}

static void end_fragments(dicom d)
{
    little16(d.out, 0xfffe);
    little16(d.out, 0xe0dd);
    little32(d.out, 0);
}

/* ---- the kinds ---- */

static const unsigned WORDS[] = {0, 1, 2, 255, 256, 4096, 16384, 32767, 32768, 46341, 65535};
static const char *const COUNTS[] = {"0",          "-1",           "1",          "65536",
                                     "131072",     "100000",       "2147483647", "4294967296",
                                     "4294967297", "999999999999", "1e9",        "0x7fffffff"};

#define PICK(random, list) list[below(random, sizeof(list) / sizeof(list)[0])]

/* Rows times columns times frames times bytes beyond 32 and beyond 64 bits. */
static void wrapping_dicom(wadi_random *random, hostile_file *out)
{
    static const unsigned BITS[] = {1, 8, 12, 16, 32, 64, 65535};
    bool implicit = chance(random, 0.3);
    shape s = {PICK(random, WORDS), PICK(random, WORDS), chance(random, 0.7) ? 1 : 3,
               PICK(random, BITS),  PICK(random, BITS),  PICK(random, COUNTS),
               "MONOCHROME2"};
    dicom d = {out, implicit};
    static const uint8_t SAMPLES[64] = {0};

    meta(out, implicit ? IMPLICIT : EXPLICIT);
    head(d, s);
    element(d, 0x7fe0, 0x0010, "OW", SAMPLES, sizeof SAMPLES);
    if (chance(random, 0.3)) { /* a length beyond the end */
        out->bytes[out->size - 65] = 0xff;
        out->bytes[out->size - 66] = 0xff;
    }
}

static void put_f32(uint8_t *to, float value)
{
    memcpy(to, &value, sizeof value);
}

static void nifti_head(uint8_t header[352], const int16_t dim[8], int16_t type)
{
    const int32_t size = 348;
    const int16_t bits = 16;

    memset(header, 0, 352);
    memcpy(header, &size, 4);
    memcpy(header + 40, dim, 16);
    memcpy(header + 70, &type, 2);
    memcpy(header + 72, &bits, 2);
    for (size_t i = 1; i < 8; i++)
        put_f32(header + 76 + 4 * i, 1);
    put_f32(header + 108, 352);
    memcpy(header + 344, "n+1", 4);
}

static void wrapping_nifti(wadi_random *random, hostile_file *out)
{
    static const int16_t SIDES[] = {-1, 0, 1, 2, 255, 4096, 32767, -32768, 23170, 16384};
    static const int16_t TYPES[] = {2, 4, 8, 16, 64, 512, 768, 1, 128, 1792, -5};
    uint8_t header[552] = {0};
    int16_t dim[8];

    for (int i = 0; i < 8; i++)
        dim[i] = PICK(random, SIDES);
    if (chance(random, 0.8))
        dim[0] = (int16_t)(3 + below(random, 5));
    nifti_head(header, dim, PICK(random, TYPES));
    if (chance(random, 0.3)) { /* NIfTI-2: 64-bit sides */
        static const int64_t WIDE[] = {
            1,         2,         65536, INT64_C(1) << 31,   INT64_C(1) << 32,
            INT64_MAX, INT64_MIN, -1,    INT64_C(3037000500)};
        const int32_t size = 540;

        memset(header, 0, sizeof header);
        memcpy(header, &size, 4);
        memcpy(header + 4, "n+2\0\r\n\032\n", 8);
        header[12] = 4;
        header[14] = 16;
        for (size_t i = 0; i < 8; i++) {
            int64_t side = i ? PICK(random, WIDE) : 3;

            memcpy(header + 16 + 8 * i, &side, 8);
        }
        int64_t offset = PICK(random, WIDE);

        memcpy(header + 168, &offset, 8);
    } else if (chance(random, 0.3)) {
        static const float OFFSETS[] = {-1, 0, 1e30f, 4294967296.0f, -4294967296.0f, 351};

        put_f32(header + 108, PICK(random, OFFSETS));
    }
    put(out, header, sizeof header);
}

static void png_chunk(hostile_file *out, const char *type, const uint8_t *bytes, size_t size)
{
    hostile_file body = {0};

    put(&body, type, 4);
    put(&body, bytes, size);
    big32(out, (uint32_t)size);
    put(out, body.bytes, body.size);
    big32(out, (uint32_t)crc32(0, body.bytes, (uInt)body.size));
    free(body.bytes);
}

static void png_of(hostile_file *out, uint32_t columns, uint32_t rows, int depth, int colour,
                   const hostile_file *plain)
{
    hostile_file head_bytes = {0}, data = {0};
    const uint8_t tail[5] = {(uint8_t)depth, (uint8_t)colour, 0, 0, 0};

    put(out, "\x89PNG\r\n\x1a\n", 8);
    big32(&head_bytes, columns);
    big32(&head_bytes, rows);
    put(&head_bytes, tail, 5);
    png_chunk(out, "IHDR", head_bytes.bytes, head_bytes.size);
    packed(&data, plain, 15);
    png_chunk(out, "IDAT", data.bytes, data.size);
    png_chunk(out, "IEND", NULL, 0);
    free(head_bytes.bytes);
    free(data.bytes);
}

static void wrapping_png(wadi_random *random, hostile_file *out)
{
    static const uint32_t SIDES[] = {0,          1,          65535, 65536, 0x7fffffff,
                                     0x80000000, 0xffffffff, 46341, 40000, 16384};
    static const int DEPTHS[] = {1, 2, 4, 8, 16, 0, 255}, COLOURS[] = {0, 2, 3, 4, 6, 1, 7};
    hostile_file plain = {0};

    fill(&plain, 0, below(random, 4) * 100000 + 10);
    png_of(out, PICK(random, SIDES), PICK(random, SIDES), PICK(random, DEPTHS),
           PICK(random, COLOURS), &plain);
    free(plain.bytes);
}

/* A table of 4 to 256 colours and pixels that point anywhere. */
static void palette_out_of_range(wadi_random *random, hostile_file *out)
{
    static const unsigned SIZES[] = {0, 1, 4, 255, 256, 65535},
                          FIRST[] = {0, 1, 200, 32768, 65535};
    static const unsigned BITS[] = {8, 16, 0, 12, 65535};
    shape s = PLAIN;
    dicom d = {out, false};
    hostile_file table = {0};

    s.photometric = "PALETTE COLOR";
    s.frames = "1";
    s.allocated = s.stored = chance(random, 0.5) ? 8 : 16;
    meta(out, EXPLICIT);
    head(d, s);
    for (unsigned c = 0; c < 3; c++) {
        uint8_t bytes[6];
        const unsigned values[3] = {PICK(random, SIZES), PICK(random, FIRST),
                                    chance(random, 0.8) ? 16 : PICK(random, BITS)};

        for (int i = 0; i < 3; i++) {
            bytes[2 * i] = (uint8_t)values[i];
            bytes[2 * i + 1] = (uint8_t)(values[i] >> 8);
        }
        element(d, 0x0028, 0x1101 + c, "US", bytes, 6);
    }
    for (unsigned c = 0; c < 3; c++) {
        table.size = 0;
        noise(&table, random, 2 * PICK(random, SIZES) % 20000);
        element(d, 0x0028, 0x1201 + c, "OW", table.bytes, table.size);
    }
    table.size = 0;
    noise(&table, random, 40 * 48 * s.allocated / 8);
    element(d, 0x7fe0, 0x0010, "OW", table.bytes, table.size);
    free(table.bytes);
}

static void run_length_overrun(wadi_random *random, hostile_file *out)
{
    static const uint32_t OFFSETS[] = {0, 1, 63, 64, 65, 100, 4096, 0x7fffffff, 0xffffffff};
    static const uint32_t COUNTS32[] = {0, 1, 2, 3, 6, 15, 16, 0xffffffff};
    static const uint32_t LENGTHS[] = {0, 1, 0xffffffff, 0xfffffffe, 0x80000000};
    shape s = PLAIN;
    dicom d = {out, false};
    hostile_file bytes = {0};
    size_t fragments = 1 + below(random, 3);

    s.allocated = chance(random, 0.5) ? 8 : 16;
    s.stored = 8;
    meta(out, RLE);
    head(d, s);
    begin_fragments(d);
    for (size_t f = 0; f < fragments; f++) {
        bytes.size = 0;
        little32(&bytes, PICK(random, COUNTS32));
        for (int i = 0; i < 15; i++)
            little32(&bytes, i && chance(random, 0.6) ? 0 : PICK(random, OFFSETS));
        /* Runs that go on beyond the segment, the frame and the file. */
        for (size_t n = below(random, 4000); n; n--) {
            static const uint8_t CODES[] = {0x81, 0x7f, 0x80, 0x00, 0xff, 0x90};

            put(&bytes, &PICK(random, CODES), 1);
        }
        fragment(d, &bytes, chance(random, 0.3) ? PICK(random, LENGTHS) : (uint32_t)bytes.size);
    }
    if (chance(random, 0.7))
        end_fragments(d);
    free(bytes.bytes);
}

/* What is small on disk and large in memory; made once. */
static void bomb(wadi_random *random, hostile_file *out)
{
    static hostile_file gzip, zlib, raw;
    uint8_t header[352];

    if (!gzip.size) {
        const size_t unfolded = (size_t)300 << 20;
        const int16_t dim[8] = {3, 1024, 1024, 512, 1, 1, 1, 1};
        hostile_file start = {0};

        packed_more(&zlib, &start, unfolded, 15);
        packed_more(&raw, &start, unfolded, -15);
        nifti_head(header, dim, 4);
        put(&start, header, sizeof header);
        packed_more(&gzip, &start, unfolded - start.size, 15 + 16);
        free(start.bytes);
    }
    switch (below(random, 5)) {
    case 0: /* nothing but zeros */
        put(out, gzip.bytes, gzip.size);
        out->bytes[out->size / 2] ^= (uint8_t)(1 << below(random, 8));
        break;
    case 1: /* a volume that unfolds */
        put(out, gzip.bytes, gzip.size);
        break;
    case 2: /* a picture of 17000 x 17000 */
        put(out, "\x89PNG\r\n\x1a\n", 8);
        {
            hostile_file head_bytes = {0};

            big32(&head_bytes, 17000);
            big32(&head_bytes, (uint32_t)(15000 + below(random, 4000)));
            put(&head_bytes, "\x08\x00\x00\x00\x00", 5);
            png_chunk(out, "IHDR", head_bytes.bytes, head_bytes.size);
            free(head_bytes.bytes);
        }
        png_chunk(out, "IDAT", zlib.bytes, zlib.size);
        png_chunk(out, "IEND", NULL, 0);
        break;
    case 3: /* a deflated data set */
        meta(out, DEFLATED);
        put(out, raw.bytes, raw.size);
        break;
    default: /* a gzip in a gzip */
    {
        hostile_file inner = {0};

        put(&inner, gzip.bytes, gzip.size);
        packed(out, &inner, 15 + 16);
        free(inner.bytes);
    }
    }
    if (chance(random, 0.3))
        out->size -= below(random, out->size / 2);
}

static void deep_sequences(wadi_random *random, hostile_file *out)
{
    bool implicit = chance(random, 0.3);
    size_t depth = (size_t)1 << (4 + below(random, 13));
    dicom d = {out, implicit};

    meta(out, implicit ? IMPLICIT : EXPLICIT);
    if (chance(random, 0.5))
        head(d, PLAIN);
    for (size_t i = 0; i < depth; i++) {
        little16(out, chance(random, 0.9) ? 0x5200 : 0x0008);
        little16(out, chance(random, 0.9) ? 0x9230 : 0x1115);
        if (!implicit) {
            put(out, chance(random, 0.95) ? "SQ" : "UN", 2);
            little16(out, 0);
        }
        little32(out, 0xffffffff);
        little16(out, 0xfffe);
        little16(out, 0xe000);
        little32(out, 0xffffffff);
    }
    for (size_t i = 0; i < depth && chance(random, 0.9999); i++) {
        static const uint8_t ENDS[16] = {0xfe, 0xff, 0x0d, 0xe0, 0, 0, 0, 0,
                                         0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0};

        put(out, ENDS, sizeof ENDS);
    }
}

static void put_samples(dicom d)
{
    static const uint8_t SAMPLES[2 * 40 * 48 * 2] = {0};

    element(d, 0x7fe0, 0x0010, "OW", SAMPLES, sizeof SAMPLES);
}

/* Each element gets a representation that it should not have, some of them none that exists. */
static void wrong_representation(wadi_random *random, hostile_file *out)
{
    static const char *const REPRESENTATIONS[] = {
        "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FL", "FD", "IS",
        "LO", "LT", "OB", "OD", "OF", "OW", "PN", "SH", "SL", "SQ",
        "SS", "ST", "TM", "UI", "UL", "UN", "US", "UT", "ZZ", "\0\0"};
    dicom d = {out, false};

    meta(out, EXPLICIT);
    size_t from = out->size;

    head(d, PLAIN);
    element(d, 0x0018, 0x1063, "DS", "33.3", 4);
    element(d, 0x0028, 0x0030, "DS", "0.3\\0.3", 7);
    put_samples(d);
    for (size_t at = from; at + 8 < out->size;) {
        size_t length = (size_t)out->bytes[at + 6] | (size_t)out->bytes[at + 7] << 8;

        if (out->bytes[at] == 0xe0)
            break;
        if (chance(random, 0.25))
            memcpy(out->bytes + at + 4, PICK(random, REPRESENTATIONS), 2);
        at += 8 + length;
    }
    if (chance(random, 0.2)) /* explicit bytes under an implicit name */
        memcpy(out->bytes + 132 + 8, "XX", 2);
}

static void missing_meta_header(wadi_random *random, hostile_file *out)
{
    bool implicit = chance(random, 0.5);
    dicom d = {out, implicit};

    switch (below(random, 4)) {
    case 0: /* nothing before the data set */
        break;
    case 1: /* a preamble and then the data set */
        fill(out, 0, 128);
        put(out, "DICM", 4);
        break;
    case 2: /* a header without a transfer syntax, or cut */
        meta(out, EXPLICIT);
        out->size -= 8 + below(random, 40);
        break;
    default: /* a syntax that is none */
        meta(out, "1.2.840.10008.1.2.4.999");
    }
    head(d, PLAIN);
    put_samples(d);
    if (chance(random, 0.3))
        out->size -= below(random, out->size);
}

static void cut_short(wadi_random *random, hostile_file *out)
{
    hostile_file plain = {0};
    const int16_t dim[8] = {3, 30, 30, 30, 1, 1, 1, 1};
    uint8_t header[352];
    dicom d = {out, false};

    switch (below(random, 4)) {
    case 0:
        meta(out, EXPLICIT);
        head(d, PLAIN);
        put_samples(d);
        break;
    case 1:
    case 2:
        nifti_head(header, dim, 4);
        put(&plain, header, sizeof header);
        noise(&plain, random, 30 * 30 * 30 * 2);
        if (chance(random, 0.5))
            packed(out, &plain, 15 + 16);
        else
            put(out, plain.bytes, plain.size);
        break;
    default:
        noise(&plain, random, 40 * 49);
        for (size_t r = 0; r < 40; r++)
            plain.bytes[49 * r] = (uint8_t)(r % 5);
        png_of(out, 48, 40, 8, 0, &plain);
    }
    out->size = 1 + below(random, out->size);
    free(plain.bytes);
}

/* Frames of JPEG, JPEG-LS and JPEG 2000 whose own sizes contradict the data set's or are
 * absurd, in many small fragments or few with false lengths. */
static void lying_codestream(wadi_random *random, hostile_file *out)
{
    static const struct {
        const char *syntax;
        int kind;
    } SYNTAXES[] = {{"1.2.840.10008.1.2.4.50", 0xc0}, {"1.2.840.10008.1.2.4.51", 0xc1},
                    {"1.2.840.10008.1.2.4.57", 0xc3}, {"1.2.840.10008.1.2.4.70", 0xc3},
                    {"1.2.840.10008.1.2.4.80", 0xf7}, {"1.2.840.10008.1.2.4.90", 0x51},
                    {"1.2.840.10008.1.2.4.91", 0x51}};
    static const uint32_t LENGTHS[] = {0, 0xffffffff, 0x7ffffffe};
    size_t which = below(random, sizeof SYNTAXES / sizeof SYNTAXES[0]);
    size_t fragments = chance(random, 0.2) ? 2000 : 1 + below(random, 3);
    shape s = PLAIN;
    dicom d = {out, false};
    hostile_file bytes = {0};

    s.frames = fragments > 3 ? "2000" : "1";
    s.allocated = s.stored = SYNTAXES[which].kind == 0xc0 ? 8 : 16;
    if (chance(random, 0.4))
        s.rows = s.columns = PICK(random, WORDS);
    meta(out, SYNTAXES[which].syntax);
    head(d, s);
    begin_fragments(d);
    if (SYNTAXES[which].kind == 0x51) {
        static const uint32_t SIDES[] = {48, 40, 1, 0, 65535, 0x7fffffff, 0xffffffff};

        big32(&bytes, 0xff4fff51);
        big16(&bytes, 41);
        big16(&bytes, 0);
        for (int i = 0; i < 8; i++)
            big32(&bytes, i == 2 || i == 3 || i == 6 || i == 7 ? (chance(random, 0.8) ? 0 : 7)
                                                               : PICK(random, SIDES));
        big16(&bytes, 1);
        put(&bytes, "\x0f\x01\x01", 3);
        put(&bytes, "\xff\x52\x00\x0c\x00\x00\x00\x01\x00\x05\x04\x04\x00\x00", 14);
        put(&bytes, "\xff\x5c\x00\x04\x40\x40\xff\x90\x00\x0a\x00\x00\x00\x00\x00\x00\x00\x01",
            18);
        put(&bytes, "\xff\x93", 2);
    } else {
        big16(&bytes, 0xffd8);
        big16(&bytes, 0xff00u | (unsigned)SYNTAXES[which].kind);
        big16(&bytes, 11);
        put(&bytes, SYNTAXES[which].kind == 0xc0 ? "\x08" : "\x10", 1);
        big16(&bytes, PICK(random, WORDS));
        big16(&bytes, PICK(random, WORDS));
        put(&bytes, "\x01\x01\x11\x00", 4);
        put(&bytes,
            "\xff\xc4\x00\x14\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
            "\x00\x00",
            22);
        put(&bytes, "\xff\xda\x00\x08\x01\x01\x00\x01\x00\x00", 10);
    }
    noise(&bytes, random, below(random, 300));
    if (bytes.size % 2)
        fill(&bytes, 0, 1);
    for (size_t f = 0; f < fragments; f++)
        fragment(d, &bytes, chance(random, 0.1) ? PICK(random, LENGTHS) : (uint32_t)bytes.size);
    end_fragments(d);
    free(bytes.bytes);
}

/* Headers of MetaImage with sides, types and sizes from nowhere. */
static void absurd_metaimage(wadi_random *random, hostile_file *out)
{
    static const char *const LINES[] = {"DimSize = 65535 65535 65535",
                                        "DimSize = 2147483647 2147483647 2",
                                        "DimSize = 4294967296 1 1",
                                        "DimSize = -1 5 5",
                                        "DimSize = 3 3 3",
                                        "NDims = 3",
                                        "NDims = 4000000000",
                                        "ElementType = MET_SHORT",
                                        "ElementType = MET_ARRAY",
                                        "CompressedData = True",
                                        "CompressedDataSize = 99999999999999999999",
                                        "ElementSpacing = 0 0 0",
                                        "ElementSpacing = nan inf 1",
                                        "TransformMatrix = 1 2 3",
                                        "ElementDataFile = /etc/passwd",
                                        "ElementDataFile = LIST",
                                        "HeaderSize = -1",
                                        "ElementNumberOfChannels = 65536"};

    put(out, "ObjectType = Image\nNDims = 3\n", 29);
    for (size_t n = 3 + below(random, 12); n; n--) {
        const char *line = PICK(random, LINES);

        put(out, line, strlen(line));
        fill(out, '\n', 1);
    }
    put(out, "ElementDataFile = LOCAL\n", 24);
    noise(out, random, below(random, 200));
}

const struct hostile_kind HOSTILE_KINDS[] = {
    {"sizes that wrap, DICOM", wrapping_dicom},
    {"sizes that wrap, NIfTI", wrapping_nifti},
    {"sizes that wrap, PNG", wrapping_png},
    {"palette index out of range", palette_out_of_range},
    {"truncated", cut_short},
    {"run length overrun", run_length_overrun},
    {"bomb", bomb},
    {"deep sequences", deep_sequences},
    {"wrong representation", wrong_representation},
    {"missing meta header", missing_meta_header},
    {"lying codestream", lying_codestream},
    {"absurd MetaImage", absurd_metaimage},
    {NULL, NULL},
};
