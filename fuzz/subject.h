/* What the fuzz targets and the mutation test put their inputs into. A subject takes any bytes
 * and must answer: with a result, or with a complaint that names a place. Add a row to
 * subjects.c. */
#ifndef WADI_FUZZ_SUBJECT_H
#define WADI_FUZZ_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>

typedef enum fuzz_answer {
    FUZZ_ACCEPTED,
    FUZZ_REFUSED, /* with a complaint as it should be */
    FUZZ_WRONG    /* neither; `why` tells */
} fuzz_answer;

typedef struct fuzz_subject {
    const char *name;
    fuzz_answer (*run)(const char *text, size_t size, char *why, size_t why_size);
} fuzz_subject;

/* Ends with a NULL name. */
extern const fuzz_subject FUZZ_SUBJECTS[];
const fuzz_subject *fuzz_subject_find(const char *name);

#endif
