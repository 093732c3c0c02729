/* The only file that knows DCMTK. Its face is READER_DICOM and reader_dicom_start in reader.h.
 */
#include "reader/reader.h"

#include <dcmtk/config/osconfig.h>

#include <dcmtk/dcmdata/dcdict.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>

#include <cmath>
#include <cstring>
#include <new>
#include <string>
#include <vector>

namespace
{

struct Shape {
    Uint16 rows = 0, columns = 0, channels = 1, allocated = 0, stored = 0, high = 0, sign = 0;
    long frames = 1;
    std::string photometric;
    bool jpeg2000 = false, encapsulated = false;
    unsigned sample_bytes() const
    {
        return allocated <= 8 ? 1 : 2;
    }
    size_t samples() const
    {
        return (size_t)rows * columns * channels;
    }
};

struct Palette {
    bool there = false;
    long count[3] = {0, 0, 0}, first[3] = {0, 0, 0};
    std::vector<Uint16> values[3];
    bool wide = false;
};

/* Only text that is printable ASCII leaves this file. */
std::string text_of(DcmItem &item, const DcmTagKey &key)
{
    OFString value;

    if (item.findAndGetOFString(key, value).bad())
        return "";
    std::string out;
    for (char c : value)
        if (c >= ' ' && c < 127)
            out += c;
    while (!out.empty() && out.back() == ' ')
        out.pop_back();
    return out.substr(0, 64);
}

/* A number, whichever of DICOM's ways to write one the element has. */
bool element_number(DcmElement &element, unsigned long at, double &value)
{
    Float64 real = 0;
    Float32 single = 0;
    Sint32 whole = 0;
    Uint32 natural = 0;
    Uint16 word = 0;
    Sint16 signed_word = 0;

    if (element.getFloat64(real, at).good())
        value = real;
    else if (element.getFloat32(single, at).good())
        value = single;
    else if (element.getSint32(whole, at).good())
        value = whole;
    else if (element.getUint32(natural, at).good())
        value = natural;
    else if (element.getUint16(word, at).good())
        value = word;
    else if (element.getSint16(signed_word, at).good())
        value = signed_word;
    else
        return false;
    return std::isfinite(value);
}

bool number_of(DcmItem &item, const DcmTagKey &key, unsigned long at, double &value)
{
    DcmElement *element = nullptr;

    return item.findAndGetElement(key, element).good() && element && at < element->getVM() &&
           element_number(*element, at, value);
}

void put_number(json_t *header, const char *name, DcmItem &item, const DcmTagKey &key,
                unsigned long at = 0)
{
    double value;

    if (number_of(item, key, at, value))
        json_object_set_new(header, name, json_real(value));
}

json_t *numbers_of(DcmItem &item, const DcmTagKey &key, unsigned long limit)
{
    DcmElement *element = nullptr;

    if (item.findAndGetElement(key, element).bad() || !element || element->getVM() == 0)
        return nullptr;
    json_t *list = json_array();
    unsigned long count = element->getVM() < limit ? element->getVM() : limit;
    for (unsigned long i = 0; i < count; i++) {
        double value = 0;
        if (!element_number(*element, i, value)) {
            json_decref(list);
            return nullptr;
        }
        json_array_append_new(list, json_real(value));
    }
    return list;
}

void put_numbers(json_t *header, const char *name, DcmItem &item, const DcmTagKey &key,
                 unsigned long wanted, unsigned long limit)
{
    json_t *list = numbers_of(item, key, limit);

    if (list && json_array_size(list) >= wanted)
        json_object_set(header, name, list);
    json_decref(list);
}

DcmItem *nested(DcmItem *item, const DcmTagKey &key, long at = 0)
{
    DcmItem *found = nullptr;

    if (!item || item->findAndGetSequenceItem(key, found, at).bad())
        return nullptr;
    return found;
}

/* Series are told apart by a fingerprint: the identifier itself can point to a patient. */
json_t *fingerprint(const std::string &text)
{
    unsigned long long hash = 1469598103934665603ull;

    for (unsigned char c : text)
        hash = (hash ^ c) * 1099511628211ull;
    return json_integer((json_int_t)(hash >> 1));
}

wadi_status read_shape(DcmDataset &data, Shape &shape, wadi_error *err)
{
    double frames = 1;

    if (data.findAndGetUint16(DCM_Rows, shape.rows).bad() ||
        data.findAndGetUint16(DCM_Columns, shape.columns).bad() ||
        data.findAndGetUint16(DCM_BitsAllocated, shape.allocated).bad())
        return wadi_fail(err, WADI_ERR_MISSING,
                         "DICOM file has no image: rows, columns and bits are wanted");
    data.findAndGetUint16(DCM_SamplesPerPixel, shape.channels);
    if (data.findAndGetUint16(DCM_BitsStored, shape.stored).bad())
        shape.stored = shape.allocated;
    if (data.findAndGetUint16(DCM_HighBit, shape.high).bad())
        shape.high = (Uint16)(shape.stored - 1);
    data.findAndGetUint16(DCM_PixelRepresentation, shape.sign);
    shape.photometric = text_of(data, DCM_PhotometricInterpretation);
    number_of(data, DCM_NumberOfFrames, 0, frames);
    if (shape.allocated != 8 && shape.allocated != 16)
        return wadi_fail(err, WADI_ERR_SUPPORT, "DICOM: %u bits allocated; 8 or 16 are read",
                         shape.allocated);
    if (shape.stored < 1 || shape.stored > shape.allocated || shape.high >= shape.allocated ||
        shape.high + 1 < shape.stored)
        return wadi_fail(err, WADI_ERR_CONFLICT,
                         "DICOM: %u bits stored up to bit %u do not fit the %u allocated",
                         shape.stored, shape.high, shape.allocated);
    if (shape.photometric == "PALETTE COLOR" && shape.channels != 1)
        return wadi_fail(err, WADI_ERR_CONFLICT, "DICOM: a palette with %u samples per pixel",
                         shape.channels);
    wadi_status status = reader_check_size("DICOM", shape.columns, shape.rows, frames,
                                           shape.channels, shape.sample_bytes(), err);
    shape.frames = (long)frames;
    return status;
}

wadi_status read_palette(DcmDataset &data, const Shape &shape, Palette &palette,
                         wadi_error *err)
{
    const DcmTagKey descriptors[3] = {DCM_RedPaletteColorLookupTableDescriptor,
                                      DCM_GreenPaletteColorLookupTableDescriptor,
                                      DCM_BluePaletteColorLookupTableDescriptor};
    const DcmTagKey tables[3] = {DCM_RedPaletteColorLookupTableData,
                                 DCM_GreenPaletteColorLookupTableData,
                                 DCM_BluePaletteColorLookupTableData};

    if (shape.photometric != "PALETTE COLOR")
        return WADI_OK;
    for (int c = 0; c < 3; c++) {
        double count, first, bits;
        const Uint16 *values = nullptr;
        unsigned long there = 0;

        if (!number_of(data, descriptors[c], 0, count) ||
            !number_of(data, descriptors[c], 1, first) ||
            !number_of(data, descriptors[c], 2, bits) ||
            data.findAndGetUint16Array(tables[c], values, &there).bad() || !values)
            return wadi_fail(err, WADI_ERR_MISSING, "DICOM: the colour palette is incomplete");
        palette.count[c] = count == 0 ? 65536 : (long)count;
        palette.first[c] = (long)first;
        bool packed = bits == 8 && (long)there * 2 <= palette.count[c] + 1;
        if (palette.count[c] < 1 || palette.count[c] > 65536 || (bits != 8 && bits != 16) ||
            (long)there * (packed ? 2 : 1) < palette.count[c])
            return wadi_fail(err, WADI_ERR_RANGE,
                             "DICOM: a palette of %ld colours, but %lu values are there",
                             palette.count[c], there);
        palette.wide = bits == 16;
        for (long i = 0; i < palette.count[c]; i++)
            palette.values[c].push_back(
                packed ? (Uint16)(i % 2 ? values[i / 2] >> 8 : values[i / 2] & 255)
                       : values[i]);
    }
    palette.there = true;
    return WADI_OK;
}

void put_times(json_t *header, DcmDataset &data, const Shape &shape)
{
    double time;
    json_t *vector = numbers_of(data, DCM_FrameTimeVector, 100000);

    if (vector && (long)json_array_size(vector) == shape.frames) {
        double sum = 0;
        json_t *times = json_array();
        for (long f = 0; f < shape.frames; f++) {
            sum += f ? json_real_value(json_array_get(vector, (size_t)f)) : 0.0;
            json_array_append_new(times, json_real(sum));
        }
        json_object_set_new(header, "frame_times_ms", times);
    } else if (shape.frames > 1 && (number_of(data, DCM_FrameTime, 0, time) && time > 0)) {
        json_object_set_new(header, "frame_time_ms", json_real(time));
    } else if (shape.frames > 1 &&
               ((number_of(data, DCM_CineRate, 0, time) && time > 0) ||
                (number_of(data, DCM_RecommendedDisplayFrameRate, 0, time) && time > 0))) {
        json_object_set_new(header, "frame_time_ms", json_real(1000.0 / time));
    }
    json_decref(vector);
}

void put_mask(json_t *header, DcmDataset &data)
{
    DcmItem *mask = nested(&data, DCM_MaskSubtractionSequence);

    if (!mask || text_of(*mask, DCM_MaskOperation) == "NONE")
        return;
    put_numbers(header, "mask_frames", *mask, DCM_MaskFrameNumbers, 1, 1000);
}

/* Enhanced objects keep per-frame facts in functional groups. */
void put_groups(json_t *header, DcmDataset &data, const Shape &shape)
{
    DcmItem *shared = nested(&data, DCM_SharedFunctionalGroupsSequence);
    DcmItem *first = nested(&data, DCM_PerFrameFunctionalGroupsSequence);
    json_t *positions = json_array();

    for (DcmItem *group : {shared, first}) {
        if (DcmItem *item = nested(group, DCM_PixelMeasuresSequence)) {
            put_number(header, "row_mm", *item, DCM_PixelSpacing, 0);
            put_number(header, "column_mm", *item, DCM_PixelSpacing, 1);
            put_number(header, "slice_mm", *item, DCM_SpacingBetweenSlices);
            put_number(header, "thickness_mm", *item, DCM_SliceThickness);
        }
        if (DcmItem *item = nested(group, DCM_PlaneOrientationSequence))
            put_numbers(header, "orientation", *item, DCM_ImageOrientationPatient, 6, 6);
        if (DcmItem *item = nested(group, DCM_PlanePositionSequence))
            put_numbers(header, "position", *item, DCM_ImagePositionPatient, 3, 3);
        if (DcmItem *item = nested(group, DCM_PixelValueTransformationSequence)) {
            put_number(header, "slope", *item, DCM_RescaleSlope);
            put_number(header, "intercept", *item, DCM_RescaleIntercept);
        }
    }
    for (long f = 0; first && f < shape.frames; f++) {
        DcmItem *group = nested(&data, DCM_PerFrameFunctionalGroupsSequence, f);
        DcmItem *plane = nested(group, DCM_PlanePositionSequence);
        json_t *position = plane ? numbers_of(*plane, DCM_ImagePositionPatient, 3) : nullptr;
        if (!position || json_array_size(position) != 3) {
            json_decref(position);
            break;
        }
        json_array_append_new(positions, position);
    }
    if ((long)json_array_size(positions) == shape.frames && shape.frames > 1)
        json_object_set(header, "frame_positions", positions);
    json_decref(positions);
}

void put_regions(json_t *header, DcmDataset &data)
{
    json_t *regions = json_array();

    for (long r = 0; r < 32; r++) {
        DcmItem *item = nested(&data, DCM_SequenceOfUltrasoundRegions, r);
        if (!item)
            break;
        json_t *region = json_object();
        put_number(region, "x0", *item, DCM_RegionLocationMinX0);
        put_number(region, "y0", *item, DCM_RegionLocationMinY0);
        put_number(region, "x1", *item, DCM_RegionLocationMaxX1);
        put_number(region, "y1", *item, DCM_RegionLocationMaxY1);
        put_number(region, "unit_x", *item, DCM_PhysicalUnitsXDirection);
        put_number(region, "unit_y", *item, DCM_PhysicalUnitsYDirection);
        put_number(region, "delta_x", *item, DCM_PhysicalDeltaX);
        put_number(region, "delta_y", *item, DCM_PhysicalDeltaY);
        put_number(region, "data_type", *item, DCM_RegionDataType);
        json_array_append_new(regions, region);
    }
    if (json_array_size(regions))
        json_object_set(header, "regions", regions);
    json_decref(regions);
}

json_t *describe(DcmDataset &data, const Shape &shape, const Palette &palette,
                 const char *syntax)
{
    bool wide = palette.there ? palette.wide : shape.sample_bytes() == 2;
    json_t *header = json_pack(
        "{s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:s, s:i, s:s}", "format", "DICOM", "modality",
        text_of(data, DCM_Modality).c_str(), "transfer_syntax", syntax, "columns",
        (int)shape.columns, "rows", (int)shape.rows, "frames", (int)shape.frames, "channels",
        palette.there ? 3 : (int)shape.channels, "sample",
        !wide ? (shape.sign ? "i16" : "u8") : (shape.sign && !palette.there ? "i16" : "u16"),
        "bits", palette.there ? (palette.wide ? 16 : 8) : (int)shape.stored, "photometric",
        shape.channels == 3 || palette.there ? "RGB" : shape.photometric.c_str());

    if (!header)
        return nullptr;
    json_object_set_new(header, "series", fingerprint(text_of(data, DCM_SeriesInstanceUID)));
    json_object_set_new(header, "intensity",
                        json_string(text_of(data, DCM_PixelIntensityRelationship).c_str()));
    put_number(header, "slope", data, DCM_RescaleSlope);
    put_number(header, "intercept", data, DCM_RescaleIntercept);
    put_number(header, "padding", data, DCM_PixelPaddingValue);
    put_number(header, "row_mm", data, DCM_PixelSpacing, 0);
    put_number(header, "column_mm", data, DCM_PixelSpacing, 1);
    put_number(header, "imager_row_mm", data, DCM_ImagerPixelSpacing, 0);
    put_number(header, "imager_column_mm", data, DCM_ImagerPixelSpacing, 1);
    put_number(header, "source_detector_mm", data, DCM_DistanceSourceToDetector);
    put_number(header, "source_patient_mm", data, DCM_DistanceSourceToPatient);
    put_number(header, "magnification", data, DCM_EstimatedRadiographicMagnificationFactor);
    put_number(header, "primary_deg", data, DCM_PositionerPrimaryAngle);
    put_number(header, "secondary_deg", data, DCM_PositionerSecondaryAngle);
    put_numbers(header, "primary_steps_deg", data, DCM_PositionerPrimaryAngleIncrement, 1,
                100000);
    put_numbers(header, "secondary_steps_deg", data, DCM_PositionerSecondaryAngleIncrement, 1,
                100000);
    put_number(header, "tilt_deg", data, DCM_GantryDetectorTilt);
    put_number(header, "thickness_mm", data, DCM_SliceThickness);
    put_number(header, "instance", data, DCM_InstanceNumber);
    put_number(header, "pullback_mm_s", data, DCM_IVUSPullbackRate);
    put_numbers(header, "orientation", data, DCM_ImageOrientationPatient, 6, 6);
    put_numbers(header, "position", data, DCM_ImagePositionPatient, 3, 3);
    put_times(header, data, shape);
    put_mask(header, data);
    put_groups(header, data, shape);
    put_regions(header, data);
    return header;
}

/* The bytes of one JPEG 2000 frame. One fragment a frame is the rule; a single frame may have
 * several; else a new frame starts where a fragment begins with the start-of-codestream marker.
 */
bool jpeg2000_frame(DcmPixelSequence &sequence, long frames, long frame, unsigned long &next,
                    std::vector<Uint8> &out)
{
    unsigned long count = sequence.card();

    out.clear();
    if (frame == 0)
        next = 1;
    while (next < count) {
        DcmPixelItem *item = nullptr;
        Uint8 *bytes = nullptr;
        if (sequence.getItem(item, next).bad() || !item || item->getUint8Array(bytes).bad() ||
            !bytes)
            return false;
        Uint32 size = item->getLength();
        bool starts = size > 4 && ((bytes[0] == 0xff && bytes[1] == 0x4f) ||
                                   !memcmp(bytes + (size > 8 ? 4 : 0), "jP  ", 4));
        if (!out.empty() && (starts || (long)count - 1 == frames))
            break;
        out.insert(out.end(), bytes, bytes + size);
        next++;
    }
    return !out.empty();
}

/* From what the file stores to plain numbers: the stored bits only, sign extended. */
void tidy(const Shape &shape, const std::vector<Uint8> &raw, std::vector<Uint8> &out)
{
    size_t count = shape.samples();
    unsigned shift = shape.high + 1u - shape.stored;
    Uint16 mask = (Uint16)((1u << shape.stored) - 1u), top = (Uint16)(1u << (shape.stored - 1));
    bool narrow = shape.sample_bytes() == 1;

    if (narrow && !shape.sign) {
        for (size_t i = 0; i < count; i++)
            out[i] = (Uint8)((raw[i] >> shift) & mask);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        Uint16 value = raw[i];
        if (!narrow)
            memcpy(&value, &raw[2 * i], 2);
        value = (Uint16)((value >> shift) & mask);
        if (shape.sign && (value & top))
            value = (Uint16)(value | ~mask);
        memcpy(&out[2 * i], &value, 2);
    }
}

void to_interleaved(const Shape &shape, std::vector<Uint8> &raw)
{
    size_t plane = (size_t)shape.rows * shape.columns, width = shape.sample_bytes();
    std::vector<Uint8> copy(raw);

    for (size_t i = 0; i < plane; i++)
        for (size_t c = 0; c < shape.channels; c++)
            memcpy(&raw[(i * shape.channels + c) * width], &copy[(c * plane + i) * width],
                   width);
}

void ybr_to_rgb(const Shape &shape, std::vector<Uint8> &raw)
{
    size_t plane = (size_t)shape.rows * shape.columns;

    for (size_t i = 0; i < plane; i++) {
        Uint8 *p = &raw[3 * i];
        double y = p[0], b = p[1] - 128.0, r = p[2] - 128.0;
        double rgb[3] = {y + 1.402 * r, y - 0.344136 * b - 0.714136 * r, y + 1.772 * b};
        for (int c = 0; c < 3; c++)
            p[c] = (Uint8)(rgb[c] < 0 ? 0 : rgb[c] > 255 ? 255 : std::lround(rgb[c]));
    }
}

void apply_palette(const Shape &shape, const Palette &palette, std::vector<Uint8> &tidied)
{
    size_t count = (size_t)shape.rows * shape.columns;
    std::vector<Uint8> out(count * 3 * (palette.wide ? 2 : 1));

    for (size_t i = 0; i < count; i++) {
        Uint16 index = tidied[i];
        if (shape.sample_bytes() == 2)
            memcpy(&index, &tidied[2 * i], 2);
        for (int c = 0; c < 3; c++) {
            long at = (shape.sign ? (long)(Sint16)index : (long)index) - palette.first[c];
            /* Part 3, C.7.6.3.1.5: what lies outside takes the first or the last colour. */
            at = at < 0 ? 0 : at >= palette.count[c] ? palette.count[c] - 1 : at;
            Uint16 value = palette.values[c][(size_t)at];
            if (palette.wide)
                memcpy(&out[(3 * i + (size_t)c) * 2], &value, 2);
            else
                out[3 * i + (size_t)c] = (Uint8)value;
        }
    }
    tidied.swap(out);
}

struct Frames {
    DcmDataset &data;
    const Shape &shape;
    const Palette &palette;
    DcmPixelData *pixels = nullptr;
    DcmPixelSequence *sequence = nullptr;
    Uint16 planar = 0;
};

wadi_status one_frame(Frames &job, long frame, Uint32 &fragment, unsigned long &next,
                      std::vector<Uint8> &raw, wadi_error *err)
{
    const Shape &shape = job.shape;
    OFString color = shape.photometric.c_str();

    if (shape.jpeg2000) {
        std::vector<Uint8> bytes;
        if (!job.sequence || !jpeg2000_frame(*job.sequence, shape.frames, frame, next, bytes))
            return wadi_fail(err, WADI_ERR_PARSE, "DICOM: frame %ld of %ld is not there",
                             frame + 1, shape.frames);
        return reader_jpeg2000(bytes.data(), bytes.size(), shape.columns, shape.rows,
                               shape.channels, shape.sample_bytes(), raw.data(), err);
    }
    OFCondition condition = job.pixels->getUncompressedFrame(
        &job.data, (Uint32)frame, fragment, raw.data(), (Uint32)raw.size(), color);
    if (condition.bad())
        return wadi_fail(err, WADI_ERR_PARSE, "DICOM: frame %ld of %ld cannot be decoded: %s",
                         frame + 1, shape.frames, condition.text());
    if (shape.channels == 3) {
        if (job.planar == 1)
            to_interleaved(shape, raw);
        if (shape.sample_bytes() == 1 && color == "YBR_FULL")
            ybr_to_rgb(shape, raw);
    }
    return WADI_OK;
}

wadi_status send_frames(Frames &job, const reader_sink *sink, wadi_error *err)
{
    const Shape &shape = job.shape;
    size_t bytes = shape.samples() * shape.sample_bytes();
    std::vector<Uint8> raw(bytes + bytes % 2);
    Uint32 fragment = 0;
    unsigned long next = 1;

    for (long frame = 0; frame < shape.frames; frame++) {
        wadi_status status = one_frame(job, frame, fragment, next, raw, err);
        if (status)
            return status;
        std::vector<Uint8> out(shape.sign ? shape.samples() * 2 : bytes);
        tidy(shape, raw, out);
        if (job.palette.there)
            apply_palette(shape, job.palette, out);
        status = sink->frame(sink->context, out.data(), out.size(), err);
        if (status)
            return status;
    }
    return WADI_OK;
}

/* DCMTK 3.6.7 looks for a JPEG frame's header and stands still for ever at the marker TEM
 * (FF01), which belongs to arithmetic coding and stands in no medical image. */
bool stops_dcmtk(const Uint8 *bytes, Uint32 size)
{
    Uint32 at = 0;

    while (at + 4 < size) {
        Uint8 marker = bytes[at] == 0xff ? bytes[at + 1] : 0;

        if (marker == 0x01)
            return true;
        if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xcc)
            return false; /* the header it looks for */
        if (marker < 0xc0 || marker == 0xff)
            at += 1;
        else
            at += marker >= 0xd0 && marker <= 0xd8
                      ? 2
                      : 2u + (Uint32)(bytes[at + 2] << 8 | bytes[at + 3]);
    }
    return false;
}

bool jpeg_stops_dcmtk(DcmPixelData &pixels, E_TransferSyntax syntax)
{
    DcmPixelSequence *sequence = nullptr;

    if (pixels.getEncapsulatedRepresentation(syntax, nullptr, sequence).bad() || !sequence)
        return false;
    for (unsigned long i = 1; i < sequence->card(); i++) {
        DcmPixelItem *item = nullptr;
        Uint8 *bytes = nullptr;

        if (sequence->getItem(item, i).good() && item && item->getUint8Array(bytes).good() &&
            bytes && stops_dcmtk(bytes, item->getLength()))
            return true;
    }
    return false;
}

wadi_status find_pixels(Frames &job, E_TransferSyntax syntax, wadi_error *err)
{
    DcmElement *element = nullptr;
    const Shape &shape = job.shape;

    if (job.data.findAndGetElement(DCM_PixelData, element).bad() || !element ||
        element->ident() != EVR_PixelData)
        return wadi_fail(err, WADI_ERR_MISSING, "DICOM: no pixel data");
    job.pixels = static_cast<DcmPixelData *>(element);
    job.data.findAndGetUint16(DCM_PlanarConfiguration, job.planar);
    if (shape.jpeg2000) {
        if (job.pixels->getEncapsulatedRepresentation(syntax, nullptr, job.sequence).bad())
            job.sequence = nullptr;
        return WADI_OK;
    }
    if (syntax >= EXS_JPEGProcess1 && syntax <= EXS_JPEGProcess14SV1 &&
        jpeg_stops_dcmtk(*job.pixels, syntax))
        return wadi_fail(err, WADI_ERR_PARSE, "DICOM: a JPEG frame with a marker of no use");
    if (!shape.encapsulated) {
        double wanted = (double)shape.samples() * shape.sample_bytes() * (double)shape.frames;
        if (shape.photometric == "YBR_FULL_422")
            return wadi_fail(err, WADI_ERR_SUPPORT,
                             "DICOM: uncompressed colour with halved chroma is not read");
        if ((double)job.pixels->getLength() < wanted)
            return wadi_fail(
                err, WADI_ERR_PARSE,
                "DICOM is truncated: %.0f bytes of pixels are wanted, there are %u", wanted,
                (unsigned)job.pixels->getLength());
    }
    return WADI_OK;
}

wadi_status read_all(const uint8_t *bytes, size_t size, const reader_sink *sink,
                     wadi_error *err)
{
    DcmInputBufferStream stream;
    DcmFileFormat file;
    Shape shape;
    Palette palette;

    stream.setBuffer(bytes, (offile_off_t)size);
    stream.setEos();
    file.transferInit();
    OFCondition condition = file.read(stream, EXS_Unknown, EGL_noChange, DCM_MaxReadLength);
    file.transferEnd();
    if (condition.bad())
        return wadi_fail(err, WADI_ERR_PARSE, "not a readable DICOM file: %s",
                         condition.text());
    DcmDataset &data = *file.getDataset();
    DcmXfer syntax(data.getOriginalXfer());

    wadi_status status = read_shape(data, shape, err);
    if (!status)
        status = read_palette(data, shape, palette, err);
    if (status)
        return status;
    E_TransferSyntax id = syntax.getXfer();
    shape.jpeg2000 = id == EXS_JPEG2000 || id == EXS_JPEG2000LosslessOnly;
    shape.encapsulated = syntax.isEncapsulated();
    Frames job{data, shape, palette};
    status = find_pixels(job, id, err);
    if (status)
        return status;
    json_t *header = describe(data, shape, palette, syntax.getXferID());
    if (!header)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the header");
    status = sink->header(sink->context, header, err);
    json_decref(header);
    return status ? status : send_frames(job, sink, err);
}

wadi_status read_dicom(const uint8_t *bytes, size_t size, const reader_sink *sink,
                       wadi_error *err)
{
    try {
        return read_all(bytes, size, sink, err);
    } catch (const std::bad_alloc &) {
        return wadi_fail(err, WADI_ERR_NOMEM, "the image needs more memory than it may have");
    } catch (...) {
        return wadi_fail(err, WADI_ERR_PARSE, "not a readable DICOM file");
    }
}

/* With the preamble, or a bare data set that starts in group 2 or 8 as all images do. */
bool matches(const uint8_t *bytes, size_t size)
{
    if (size > 132 && !memcmp(bytes + 128, "DICM", 4))
        return true;
    return size > 16 && (bytes[0] == 2 || bytes[0] == 8) && bytes[1] == 0 && bytes[3] == 0;
}

} // namespace

extern "C" {

void reader_dicom_start(void)
{
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    dcmDataDict.rdlock();
    dcmDataDict.rdunlock();
    DcmRLEDecoderRegistration::registerCodecs();
    DJDecoderRegistration::registerCodecs();
    DJLSDecoderRegistration::registerCodecs();
}

extern const reader_format READER_DICOM;
const reader_format READER_DICOM = {"DICOM", matches, read_dicom};
}
