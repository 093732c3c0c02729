/* Inside the CSV reader: numbers and level dictionaries. */
#ifndef WADI_FRAME_IMPL_H
#define WADI_FRAME_IMPL_H

#include "base/base_impl.h"
#include "wadi/frame.h"

/* A field without its quotes and outer blanks. */
typedef struct frame_field {
    const char *at;
    size_t size;
} frame_field;

bool frame_is_missing(frame_field field);
/* Decimal number, correctly rounded; "Inf" too. `decimal` is '.' or ','. */
bool frame_number(frame_field field, char decimal, double *out);
/* A whole text as a number with a decimal point. */
bool frame_number_text(const char *text, double *out);

/* Names in the order of their first appearance. */
typedef struct frame_levels {
    char **names;
    uint32_t *sizes;
    uint64_t *hashes;
    int32_t count, capacity;
    int32_t *slots; /* open addressing, -1 empty */
    uint32_t slot_count;
} frame_levels;
/* Code of a name, added where new; -1 when memory is refused. */
int32_t frame_levels_code(frame_levels *levels, frame_field field);
/* Sort the names and give the new code of each old one; `order` holds levels->count. */
wadi_status frame_levels_sort(frame_levels *levels, int32_t *order,
                              wadi_error *err) WADI_MUST_USE;
void frame_levels_clear(frame_levels *levels);

#endif
