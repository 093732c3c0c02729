/* The one door to SuiteSparse KLU: square sparse systems with a fixed pattern. */
#ifndef WADI_SPARSE_IMPL_H
#define WADI_SPARSE_IMPL_H

#include "base/base_impl.h"

typedef struct wadi_sparse wadi_sparse;

/* Matrix of `size` rows with entries at (rows[i], columns[i]), i < count; pairs may repeat.
 * slots[i] receives the place of pair i in wadi_sparse_values. `wadi_sparse_free` *out. */
wadi_status wadi_sparse_new(wadi_index size, wadi_index count, const wadi_index *rows,
                            const wadi_index *columns, wadi_index *slots, wadi_sparse **out,
                            wadi_error *err) WADI_MUST_USE;
void wadi_sparse_free(wadi_sparse *matrix);
double *wadi_sparse_values(wadi_sparse *matrix); /* (wadi_sparse_entries) */
wadi_index wadi_sparse_entries(const wadi_sparse *matrix);
/* Factor the present values; the pivot order is kept while it stays good. False when singular.
 */
bool wadi_sparse_factor(wadi_sparse *matrix) WADI_MUST_USE;
/* Solve in place with the last factors. */
bool wadi_sparse_solve(wadi_sparse *matrix, double *right_side) WADI_MUST_USE;

#endif
