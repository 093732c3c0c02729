/* The one internal header that every module may use: memory, files, text, random, data. */
#ifndef WADI_BASE_IMPL_H
#define WADI_BASE_IMPL_H

#include "wadi/base.h"
#include "wadi/units.h"

#include <stdarg.h>
#include <stdio.h>

/* A broken promise inside wadi: stops the program in every build. Never for bad input. */
#define WADI_ASSERT(condition)                                                                 \
    ((condition) ? (void)0 : wadi_assert_failed(#condition, __FILE__, __LINE__))
_Noreturn void wadi_assert_failed(const char *condition, const char *file, int line);

#define WADI_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Zeroed memory for count elements, or NULL. Never returns NULL for a count of 0. `free` it. */
void *wadi_alloc(size_t count, size_t size);
/* Grow (or shrink) to count elements, keeping the old ones; new bytes are not zeroed. */
void *wadi_realloc(void *old, size_t count, size_t size);
char *wadi_strdup(const char *text);
/* Tests refuse the n-th allocation from now (1 is the next); 0 refuses none. */
void wadi_memory_refuse(long nth);

/* ---- text: a growing buffer; one failed growth marks it, and finish reports it ---- */
typedef struct wadi_text {
    char *bytes; /* NUL-terminated when size > 0 */
    size_t size, capacity;
    bool failed;
} wadi_text;
void wadi_text_add(wadi_text *text, const char *format, ...) WADI_PRINTF(2, 3);
void wadi_text_put(wadi_text *text, const char *bytes, size_t size);
void wadi_text_clear(wadi_text *text);

/* ---- files ---- */
/* Whole file into memory (NUL appended, not counted). "-" is standard input. Directories, files
 * over limit_bytes and unreadable ones are WADI_ERR_IO. `free` *bytes. */
wadi_status wadi_file_read(const char *path, size_t limit_bytes, char **bytes, size_t *size,
                           wadi_error *err) WADI_MUST_USE;
/* All or nothing: write beside, then rename. "-" is standard output. Fails with
 * WADI_ERR_WRITE, as wadi_directory_make does. */
wadi_status wadi_file_write(const char *path, const void *bytes, size_t size,
                            wadi_error *err) WADI_MUST_USE;
/* Make a directory and its parents; fine when it is there. */
wadi_status wadi_directory_make(const char *path, wadi_error *err) WADI_MUST_USE;

/* SHA-256 as 64 hexadecimal digits. */
wadi_status wadi_hash(const void *bytes, size_t size, char out[65],
                      wadi_error *err) WADI_MUST_USE;

/* A data file by name, from --data DIR or compiled in. `free` *bytes. */
wadi_status wadi_data_read(const char *name, char **bytes, size_t *size,
                           wadi_error *err) WADI_MUST_USE;

/* ---- random: splitmix64 seeds, xoshiro256++ streams; (seed, member) -> own stream ---- */
typedef struct wadi_random {
    uint64_t state[4];
} wadi_random;
void wadi_random_init(wadi_random *random, uint64_t seed, uint64_t member);
uint64_t wadi_random_bits(wadi_random *random);
double wadi_random_uniform(wadi_random *random); /* [0, 1) */
/* Standard normal quantile, |error| < 1e-9 (Acklam's rational form with one Halley step). */
double wadi_normal_quantile(double probability);

/* ---- order: for qsort, the least number first ---- */
int wadi_by_double(const void *a, const void *b);
int wadi_by_float(const void *a, const void *b);

#endif
