/// @file frame.h
/// A table read from comma-separated text: RFC 4180 with a byte order mark, CRLF, quoted
/// fields, semicolons (then a decimal comma is allowed) or tabs, and R's NA for "unknown".
///
/// Only the wanted columns are kept; the others are skipped at the speed of memory. A value
/// that does not parse is refused with its line, column and text. Numbers are rounded
/// correctly. Reading is thread safe; a frame is immutable once read.
#ifndef WADI_FRAME_H
#define WADI_FRAME_H

#include "wadi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/// How a column is read.
typedef enum wadi_column_kind {
    WADI_COLUMN_AUTO = 0, ///< numbers where every known value is one, else levels
    WADI_COLUMN_NUMBER,   ///< numbers; anything else is refused
    WADI_COLUMN_LEVELS    ///< names; "1" and "1.0" are different names
} wadi_column_kind;

/// A column that the caller wants.
typedef struct wadi_column_want {
    const char *name;
    wadi_column_kind kind;
} wadi_column_want;

/// A column as read. Numbers: `number`, NaN where unknown. Levels: `code`, -1 where unknown,
/// into `level`, sorted as numbers where all of them are numbers and by bytes otherwise.
typedef struct wadi_column {
    const char *name;
    wadi_column_kind kind; ///< NUMBER or LEVELS
    double *number;        ///< (rows) or NULL
    int32_t *code;         ///< (rows) or NULL
    const char **level;    ///< (level_count) or NULL
    int32_t level_count;
} wadi_column;

typedef struct wadi_frame wadi_frame;

/// Read a file ("-" is standard input).
///
/// @param wants       columns in the order in which wadi_frame_column counts them; a name may
///                    come twice with different kinds
/// @param want_count  0 reads every column as WADI_COLUMN_AUTO
/// @retval WADI_ERR_IO, _KEY (no such column), _PARSE (line, column and value), _NOMEM
WADI_API wadi_status wadi_frame_read(const char *path, const wadi_column_want *wants,
                                     int want_count, wadi_frame **out,
                                     wadi_error *err) WADI_MUST_USE;

/// The same from memory. `place` opens every message.
WADI_API wadi_status wadi_frame_parse(const char *place, const char *bytes, size_t size,
                                      const wadi_column_want *wants, int want_count,
                                      wadi_frame **out, wadi_error *err) WADI_MUST_USE;

/// Does the header of a text have `name`? Its rows are not read; a broken header has nothing.
WADI_API bool wadi_frame_has(const char *bytes, size_t size, const char *name);

WADI_API size_t wadi_frame_rows(const wadi_frame *frame);
WADI_API int wadi_frame_column_count(const wadi_frame *frame);
/// Column by the position of its want. Borrowed from the frame.
WADI_API const wadi_column *wadi_frame_column(const wadi_frame *frame, int index);
WADI_API void wadi_frame_free(wadi_frame *frame);

#ifdef __cplusplus
}
#endif
#endif
