/* Sparse LU on a graph, without pivots: for matrices of flow balances, which are monotone or
 * have dominant diagonals. Nodes with the fewest neighbours go first, so a tree fills nothing
 * and loops leave a small dense rest (their Schur complement). */
#ifndef WADI_WAVE_SPARSE_IMPL_H
#define WADI_WAVE_SPARSE_IMPL_H

#include "base/base_impl.h"

#include <complex.h>

typedef struct wave_sparse {
    wadi_index count, slots;
    wadi_index *order;                         /* (count) which node stands in a row */
    wadi_index *place;                         /* (count) row of a node */
    wadi_index *row_start, *column, *diagonal; /* (count + 1), (slots), (count) */
} wave_sparse;

/* `pairs` (pair_count x 2) are the edges. */
wadi_status wave_sparse_init(wave_sparse *sparse, wadi_index count, size_t pair_count,
                             const wadi_index (*pairs)[2], wadi_error *err) WADI_MUST_USE;
void wave_sparse_clear(wave_sparse *sparse);
/* Where the entry (row of a, column of b) of two nodes lies. */
wadi_index wave_sparse_slot(const wave_sparse *sparse, wadi_index a, wadi_index b);
/* matrix (slots) becomes its factors; then right (count), in rows, becomes the solution. `row`
 * is (count) scratch. */
void wave_sparse_factor(const wave_sparse *sparse, double *matrix, double *row);
void wave_sparse_solve(const wave_sparse *sparse, const double *matrix, double *right);
/* The same for several matrices at once, entry by entry beside each other; each has the same
 * bits as by itself. `row` is (count x lanes). */
void wave_sparse_factor_lanes(const wave_sparse *sparse, size_t lanes, double *matrix,
                              double *row);
void wave_sparse_solve_lanes(const wave_sparse *sparse, size_t lanes, const double *matrix,
                             double *right);

#endif
