/// @file base.h
/// What every part of wadi speaks: status, error message, index, a value that may be unknown.
///
/// Functions that can fail return a `wadi_status`; details go to a `wadi_error` that the caller
/// owns (NULL is fine). The library prints nothing, never exits, and keeps no global state.
#ifndef WADI_BASE_H
#define WADI_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define WADI_MUST_USE     __attribute__((warn_unused_result))
#define WADI_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define WADI_API          __attribute__((visibility("default")))
#else
#define WADI_MUST_USE
#define WADI_PRINTF(f, a)
#define WADI_API
#endif

/// Outcome of a call. 0 is success, failures are negative.
typedef enum wadi_status {
    WADI_OK = 0,
    WADI_ERR_NOMEM = -1,       ///< memory refused
    WADI_ERR_IO = -2,          ///< a file could not be read
    WADI_ERR_PARSE = -3,       ///< text is not of the format
    WADI_ERR_RANGE = -4,       ///< a value lies outside what is possible
    WADI_ERR_MISSING = -5,     ///< a required value is absent
    WADI_ERR_KEY = -6,         ///< an unknown name
    WADI_ERR_UNIT = -7,        ///< a unit is absent, or the value fits another unit
    WADI_ERR_CONFLICT = -8,    ///< two facts exclude each other
    WADI_ERR_CONVERGENCE = -9, ///< an iteration did not converge; there is no result
    WADI_ERR_SUPPORT = -10,    ///< valid, but beyond what this build or version can do
    WADI_ERR_WRITE = -11       ///< a file could not be written
} wadi_status;

/// An index into an array of the object at hand; WADI_NONE points nowhere.
typedef int32_t wadi_index;
#define WADI_NONE ((wadi_index)-1)

/// One line for a person: what was found, what was wanted, with unit and place.
typedef struct wadi_error {
    wadi_status status;
    char message[480];
} wadi_error;

/// A measurement that may be unknown. Unknown is never 0, -1 or NaN.
typedef struct wadi_maybe {
    bool known;
    double value;
} wadi_maybe;

/// Write one line into `err` (NULL is fine) and return `status`.
WADI_API wadi_status wadi_fail(wadi_error *err, wadi_status status, const char *format, ...)
    WADI_PRINTF(3, 4);

/// The name of a status, as in "out of range". Never NULL.
WADI_API const char *wadi_status_text(wadi_status status);

/// Version of the library, "major.minor.patch".
WADI_API const char *wadi_version(void);

/// Distance between two names in edits (insert, delete, replace, swap of neighbours), to
/// suggest what a misspelt name may have meant. Names of more than 64 bytes are far from
/// everything.
WADI_API int wadi_edit_distance(const char *a, const char *b);

/// Take data files (reference leg, rules, devices) from a directory instead of those compiled
/// in. Process-wide and not thread safe: call once at start. NULL returns to the compiled-in
/// ones.
///
/// @retval WADI_OK      the directory exists
/// @retval WADI_ERR_IO  it does not
WADI_API wadi_status wadi_data_override(const char *directory, wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
