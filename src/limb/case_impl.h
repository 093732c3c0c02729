/* The field table of the case file: the one place that knows its keys, units and ranges. */
#ifndef WADI_CASE_IMPL_H
#define WADI_CASE_IMPL_H

#include "wadi/case.h"

typedef enum field_kind {
    FIELD_END = 0,
    FIELD_NUMBER, /* wadi_maybe */
    FIELD_WHOLE,  /* wadi_maybe that must be a whole number */
    FIELD_FLAG,   /* wadi_tri from true/false */
    FIELD_WORD,   /* wadi_index into `words` */
    FIELD_TEXT,   /* char * */
    FIELD_DATE,   /* char *, YYYY-MM-DD */
    FIELD_VESSEL, /* char *, a name of the reference leg */
    FIELD_OBJECT, /* struct in place, described by `fields` */
    FIELD_ARRAY   /* pointer at offset, count at count_offset, elements of element_bytes */
} field_kind;

typedef struct field {
    field_kind kind;
    const char *key;
    size_t offset, count_offset, element_bytes;
    const struct field *fields; /* of an object or of an array's elements */
    const char *const *words;   /* NULL-terminated */
    const char *unit;           /* "" for none */
    double hard_min, hard_max, soft_min, soft_max; /* soft: outside it is probably a slip */
    bool required;
    const char *doc;            /* one line */
    const char *source;         /* of the range or of the field */
} field;

extern const field WADI_CASE_FIELDS[];

#endif
