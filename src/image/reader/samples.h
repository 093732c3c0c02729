/* Turning the sample types of volume formats into the few that wadi keeps. */
#ifndef WADI_READER_SAMPLES_H
#define WADI_READER_SAMPLES_H

#include "reader/reader.h"

typedef enum reader_kind {
    READER_U8,
    READER_I8,
    READER_U16,
    READER_I16,
    READER_U32,
    READER_I32,
    READER_F32,
    READER_F64
} reader_kind;

size_t reader_kind_bytes(reader_kind kind);
/* u8, u16, i16 stay; the others become f32. */
const char *reader_kind_sample(reader_kind kind);
/* Send a whole volume slice by slice, swapped where asked, converted as above. */
wadi_status reader_send_slices(reader_kind kind, bool swap, const uint8_t *bytes,
                               size_t slice_count, size_t slice_samples,
                               const reader_sink *sink, wadi_error *err) WADI_MUST_USE;

#endif
