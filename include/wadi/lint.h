/// @file lint.h
/// Contradictions in a table: what a table says against itself.
///
/// A table is CSV; lines that start with '#' before the header are its source. Each check looks
/// for its columns and runs where they are:
///
/// | check       | columns                                                | finds |
/// |-------------|--------------------------------------------------------|-------|
/// | `share`     | count, n, percent                                      | a percentage that
/// is not count of n; names the n that fits | | `sum`       | group, count, n, and `whole` =
/// yes                     | parts of a whole that do not add up to n | | `range`     | count,
/// n                                               | a count above its n | | `interval`  |
/// count, n, ci_low_percent, ci_high_percent              | a limit that no usual 95 % method
/// gives | | `rise`      | study, outcome, time_months, percent                   | a curve of
/// survivors that rises | | `bounds`    | the same | amputation-free survival above limb
/// salvage or survival, or below their sum less 100 % | | `statement` | subject, item, where,
/// value, unit                      | one thing stated in two ways that exclude each other | |
/// `size`      | diam_mm, len_mm, target                                | a stent graft that
/// does not exist, or not for that vessel | | `unit`      | drug, dose, unit | heparin without
/// IU | | `date`      | subject, event, date                                   | an event after
/// death, or a visit before the procedure |
///
/// Any thread.
#ifndef WADI_LINT_H
#define WADI_LINT_H

#include "wadi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wadi_lint_finding {
    int line;       ///< of the file
    char check[16]; ///< "share"
    char item[64];  ///< what the row is about
    char printed[64], computed[64];
    char text[240]; ///< for a person
} wadi_lint_finding;

typedef struct wadi_lint {
    wadi_lint_finding *findings;
    int count, rows;
    int checks_run; ///< how many of the checks found their columns
} wadi_lint;

/// Check one file ("-" is standard input). `wadi_lint_clear` *out.
///
/// @retval WADI_ERR_PARSE  not a table, or a number that is none; line and column are named
/// @retval WADI_ERR_KEY    no check finds its columns
WADI_API wadi_status wadi_lint_file(const char *path, wadi_lint *out,
                                    wadi_error *err) WADI_MUST_USE;
/// As JSON ("wadi.lint/1"). `free` *out.
WADI_API wadi_status wadi_lint_json(const char *path, const wadi_lint *lint, char **out,
                                    size_t *size, wadi_error *err) WADI_MUST_USE;
WADI_API void wadi_lint_clear(wadi_lint *lint);

#ifdef __cplusplus
}
#endif
#endif
