/* Data files that were compiled in (tools/embed.c writes the table). */
#ifndef WADI_DATA_IMPL_H
#define WADI_DATA_IMPL_H

#include <stddef.h>

typedef struct wadi_embedded {
    const char *name; /* file name without folder; NULL ends the table */
    const unsigned char *bytes;
    size_t size;
} wadi_embedded;

extern const wadi_embedded WADI_EMBEDDED[];

#endif
