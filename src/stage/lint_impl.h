/* What the checks of `wadi lint` share. */
#ifndef WADI_LINT_IMPL_H
#define WADI_LINT_IMPL_H

#include "stage/csv_impl.h"
#include "wadi/lint.h"

typedef struct linter {
    const char *path;
    csv_table table;
    wadi_lint *lint;
    int room;
    wadi_error *err;
} linter;

/* A number of a cell; an empty cell is unknown. */
wadi_status wadi_lint_number(const linter *l, int row, int column,
                             wadi_maybe *out) WADI_MUST_USE;
wadi_status wadi_lint_add(linter *l, int row, const char *check, const char *item,
                          const char *printed, const char *computed, const char *format, ...)
    WADI_PRINTF(7, 8);
/* Is the printed number the value, to the digits printed? */
bool wadi_lint_prints(const char *printed, double value);

/* A check: false where its columns are absent. */
typedef wadi_status (*lint_check)(linter *l, bool *ran);
wadi_status wadi_lint_counts(linter *l, bool *ran) WADI_MUST_USE;
wadi_status wadi_lint_sums(linter *l, bool *ran) WADI_MUST_USE;
wadi_status wadi_lint_curves(linter *l, bool *ran) WADI_MUST_USE;
wadi_status wadi_lint_statements(linter *l, bool *ran) WADI_MUST_USE;
wadi_status wadi_lint_sizes(linter *l, bool *ran) WADI_MUST_USE;
wadi_status wadi_lint_units(linter *l, bool *ran) WADI_MUST_USE;
wadi_status wadi_lint_dates(linter *l, bool *ran) WADI_MUST_USE;

#endif
