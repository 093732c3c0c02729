/* Files that were never meant to be read: each kind aims at one weakness of image readers. */
#ifndef WADI_HOSTILE_FILES_H
#define WADI_HOSTILE_FILES_H

#include "base/base_impl.h"

typedef struct hostile_file {
    uint8_t *bytes;
    size_t size, capacity;
} hostile_file;

typedef void (*hostile_make)(wadi_random *random, hostile_file *out);

/* Ends with a NULL name. */
extern const struct hostile_kind {
    const char *name;
    hostile_make make;
} HOSTILE_KINDS[];

#endif
