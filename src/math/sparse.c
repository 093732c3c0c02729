#include "math/sparse_impl.h"

#include <klu.h>
#include <stdlib.h>
#include <string.h>

struct wadi_sparse {
    wadi_index size, entries;
    int *starts, *rows; /* compressed columns */
    double *values;
    klu_common common;
    klu_symbolic *symbolic;
    klu_numeric *numeric;
};

void wadi_sparse_free(wadi_sparse *matrix)
{
    if (!matrix)
        return;
    if (matrix->numeric)
        klu_free_numeric(&matrix->numeric, &matrix->common);
    if (matrix->symbolic)
        klu_free_symbolic(&matrix->symbolic, &matrix->common);
    free(matrix->starts);
    free(matrix->rows);
    free(matrix->values);
    free(matrix);
}

/* Pairs to compressed columns; repeated pairs share a place. Columns hold few rows: linear
 * search. */
static void compress(wadi_sparse *matrix, wadi_index count, const wadi_index *rows,
                     const wadi_index *columns, wadi_index *slots, int *fill, int *loose_starts,
                     int *loose)
{
    wadi_index size = matrix->size, entries = 0;

    for (wadi_index i = 0; i < count; i++)
        loose_starts[columns[i] + 1]++;
    for (wadi_index c = 0; c < size; c++)
        loose_starts[c + 1] += loose_starts[c];
    for (wadi_index i = 0; i < count; i++)
        loose[loose_starts[columns[i]] + fill[columns[i]]++] = i;
    for (wadi_index c = 0; c < size; c++) {
        wadi_index start = entries;

        matrix->starts[c] = start;
        for (int k = loose_starts[c]; k < loose_starts[c + 1]; k++) {
            wadi_index pair = loose[k], at = start;

            while (at < entries && matrix->rows[at] != rows[pair])
                at++;
            if (at == entries)
                matrix->rows[entries++] = rows[pair];
            slots[pair] = at;
        }
    }
    matrix->starts[size] = entries;
    matrix->entries = entries;
}

wadi_status wadi_sparse_new(wadi_index size, wadi_index count, const wadi_index *rows,
                            const wadi_index *columns, wadi_index *slots, wadi_sparse **out,
                            wadi_error *err)
{
    wadi_sparse *matrix = wadi_alloc(1, sizeof *matrix);
    int *fill = wadi_alloc((size_t)size, sizeof *fill);
    int *loose_starts = wadi_alloc((size_t)size + 1, sizeof *loose_starts);
    int *loose = wadi_alloc((size_t)count, sizeof *loose);
    wadi_status status = WADI_OK;

    *out = NULL;
    if (matrix) {
        matrix->size = size;
        matrix->starts = wadi_alloc((size_t)size + 1, sizeof *matrix->starts);
        matrix->rows = wadi_alloc((size_t)count, sizeof *matrix->rows);
        matrix->values = wadi_alloc((size_t)count, sizeof *matrix->values);
    }
    if (!matrix || !fill || !loose_starts || !loose || !matrix->starts || !matrix->rows ||
        !matrix->values) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for a matrix of %d rows", size);
        goto done;
    }
    compress(matrix, count, rows, columns, slots, fill, loose_starts, loose);
    klu_defaults(&matrix->common);
    matrix->common.scale = 2; /* by the largest of each row: conductances span ten decades */
    matrix->symbolic = klu_analyze(size, matrix->starts, matrix->rows, &matrix->common);
    if (!matrix->symbolic) {
        status = wadi_fail(err, WADI_ERR_CONVERGENCE,
                           "the network's matrix of %d rows is structurally singular", size);
        goto done;
    }
    *out = matrix;
    matrix = NULL;
done:
    wadi_sparse_free(matrix);
    free(fill);
    free(loose_starts);
    free(loose);
    return status;
}

double *wadi_sparse_values(wadi_sparse *matrix)
{
    return matrix->values;
}

wadi_index wadi_sparse_entries(const wadi_sparse *matrix)
{
    return matrix->entries;
}

bool wadi_sparse_factor(wadi_sparse *matrix)
{
    const double weakest_pivot = 1e-14;

    if (matrix->numeric) {
        if (klu_refactor(matrix->starts, matrix->rows, matrix->values, matrix->symbolic,
                         matrix->numeric, &matrix->common) &&
            klu_rcond(matrix->symbolic, matrix->numeric, &matrix->common) &&
            matrix->common.rcond > weakest_pivot)
            return true;
        klu_free_numeric(&matrix->numeric, &matrix->common);
    }
    matrix->numeric = klu_factor(matrix->starts, matrix->rows, matrix->values, matrix->symbolic,
                                 &matrix->common);
    return matrix->numeric && matrix->common.status == KLU_OK;
}

bool wadi_sparse_solve(wadi_sparse *matrix, double *right_side)
{
    return klu_solve(matrix->symbolic, matrix->numeric, matrix->size, 1, right_side,
                     &matrix->common);
}
