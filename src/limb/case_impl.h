/* The field table of the case file: the one place that knows its keys, units and ranges. */
#ifndef WADI_CASE_IMPL_H
#define WADI_CASE_IMPL_H

#include "base/json_impl.h"
#include "limb/complaints_impl.h"
#include "limb/vessels_impl.h"
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
    const struct field *fields;                    /* of an object or of an array's elements */
    const char *const *words;                      /* NULL-terminated */
    const char *unit;                              /* "" for none */
    double hard_min, hard_max, soft_min, soft_max; /* soft: outside it is probably a slip */
    bool required;
    const char *doc;    /* one line */
    const char *source; /* of the range or of the field */
} field;

extern const field WADI_CASE_FIELDS[];

#define WADI_CASE_SCHEMA "wadi.case/1"
enum {
    CASE_ARRAY_LIMIT = 1000, /* elements of one array: more than any leg has of anything */
    CASE_TEXT_LIMIT = 2000   /* bytes of one text */
};

/* Decode an object into the struct at `base`, whose words become WADI_NONE where absent. */
void wadi_case_decode(const json_t *root, const wadi_vessels *vessels, wadi_case *the_case,
                      complaint_list *complaints);
/* What needs more than one field: from before to, a lesion within its vessel, no vessel twice.
 */
void wadi_case_check(const wadi_case *the_case, const wadi_vessels *vessels,
                     complaint_list *complaints);

#endif
