#include "flow/pulse_kernel_impl.h"
#include "flow/wave_sparse_impl.h"

#include <stdlib.h>
#include <string.h>

/* Minimum degree; `link` is (count x count) and receives the fill. */
static void eliminate(unsigned char *link, size_t count, wadi_index *order, wadi_index *degree,
                      wadi_index *around)
{
    for (size_t i = 0; i < count; i++) {
        degree[i] = -1; /* itself */
        for (size_t j = 0; j < count; j++)
            degree[i] += link[i * count + j];
    }
    for (size_t step = 0; step < count; step++) {
        size_t best = count, near = 0;

        for (size_t i = 0; i < count; i++)
            if (degree[i] >= 0 && (best == count || degree[i] < degree[best]))
                best = i;
        order[step] = (wadi_index)best;
        degree[best] = -2; /* gone */
        for (size_t j = 0; j < count; j++)
            if (link[best * count + j] && degree[j] >= 0)
                around[near++] = (wadi_index)j;
        for (size_t a = 0; a < near; a++) {
            size_t i = (size_t)around[a];

            degree[i]--;
            for (size_t b = 0; b < near; b++) {
                unsigned char *entry = &link[i * count + (size_t)around[b]];
                degree[i] += !*entry;
                *entry = 1;
            }
        }
    }
}

wadi_status wave_sparse_init(wave_sparse *sparse, wadi_index count, size_t pair_count,
                             const wadi_index (*pairs)[2], wadi_error *err)
{
    size_t n = (size_t)count, filled = 0;
    unsigned char *link = wadi_alloc(n * n, 1);
    wadi_index *degree = wadi_alloc(n, sizeof *degree), *around = wadi_alloc(n, sizeof *around);
    wadi_status status = WADI_OK;

    *sparse = (wave_sparse){.count = count};
    sparse->order = wadi_alloc(n, sizeof *sparse->order);
    sparse->place = wadi_alloc(n, sizeof *sparse->place);
    sparse->row_start = wadi_alloc(n + 1, sizeof *sparse->row_start);
    sparse->diagonal = wadi_alloc(n, sizeof *sparse->diagonal);
    if (!link || !degree || !around || !sparse->order || !sparse->place || !sparse->row_start ||
        !sparse->diagonal)
        goto failed;
    for (size_t i = 0; i < n; i++)
        link[i * n + i] = 1;
    for (size_t i = 0; i < pair_count; i++) {
        size_t a = (size_t)pairs[i][0], b = (size_t)pairs[i][1];
        link[a * n + b] = link[b * n + a] = 1;
    }
    eliminate(link, n, sparse->order, degree, around);
    for (size_t i = 0; i < n * n; i++)
        filled += link[i];
    sparse->column = wadi_alloc(filled, sizeof *sparse->column);
    if (!sparse->column)
        goto failed;
    for (size_t i = 0; i < n; i++) {
        sparse->row_start[i] = sparse->slots;
        sparse->place[sparse->order[i]] = (wadi_index)i;
        for (size_t j = 0; j < n; j++)
            if (link[(size_t)sparse->order[i] * n + (size_t)sparse->order[j]]) {
                if (i == j)
                    sparse->diagonal[i] = sparse->slots;
                sparse->column[sparse->slots++] = (wadi_index)j;
            }
    }
    sparse->row_start[n] = sparse->slots;
    goto done;
failed:
    status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %ld coupled nodes", (long)count);
    wave_sparse_clear(sparse);
done:
    free(link);
    free(degree);
    free(around);
    return status;
}

void wave_sparse_clear(wave_sparse *sparse)
{
    free(sparse->order);
    free(sparse->place);
    free(sparse->row_start);
    free(sparse->column);
    free(sparse->diagonal);
    *sparse = (wave_sparse){0};
}

wadi_index wave_sparse_slot(const wave_sparse *sparse, wadi_index a, wadi_index b)
{
    wadi_index row = sparse->place[a], column = sparse->place[b];

    for (wadi_index at = sparse->row_start[row]; at < sparse->row_start[row + 1]; at++)
        if (sparse->column[at] == column)
            return at;
    WADI_ASSERT(row < 0); /* never got here: two coupled nodes share an entry */
    return 0;
}

void wave_sparse_factor(const wave_sparse *s, double *matrix, double *row)
{
    for (wadi_index i = 0; i < s->count; i++) {
        for (wadi_index at = s->row_start[i]; at < s->row_start[i + 1]; at++)
            row[s->column[at]] = matrix[at];
        for (wadi_index at = s->row_start[i]; at < s->diagonal[i]; at++) {
            wadi_index k = s->column[at];
            double factor = row[k] / matrix[s->diagonal[k]];

            row[k] = factor;
            for (wadi_index of = s->diagonal[k] + 1; of < s->row_start[k + 1]; of++)
                row[s->column[of]] -= factor * matrix[of];
        }
        for (wadi_index at = s->row_start[i]; at < s->row_start[i + 1]; at++)
            matrix[at] = row[s->column[at]];
    }
}

void wave_sparse_solve(const wave_sparse *s, const double *matrix, double *right)
{
    for (wadi_index i = 0; i < s->count; i++)
        for (wadi_index at = s->row_start[i]; at < s->diagonal[i]; at++)
            right[i] -= matrix[at] * right[s->column[at]];
    for (wadi_index i = s->count - 1; i >= 0; i--) {
        for (wadi_index at = s->diagonal[i] + 1; at < s->row_start[i + 1]; at++)
            right[i] -= matrix[at] * right[s->column[at]];
        right[i] /= matrix[s->diagonal[i]];
    }
}

static inline __attribute__((always_inline)) void
subtract(double *restrict to, const double *restrict a, const double *restrict b, size_t lanes)
{
    for (size_t lane = 0; lane < lanes; lane++)
        to[lane] -= a[lane] * b[lane];
}

static inline __attribute__((always_inline)) void
divide(double *restrict to, const double *restrict by, size_t lanes)
{
    for (size_t lane = 0; lane < lanes; lane++)
        to[lane] /= by[lane];
}

static inline __attribute__((always_inline)) void
factor_lanes(const wave_sparse *s, const size_t lanes, double *matrix, double *row)
{
    const size_t bytes = lanes * sizeof *matrix;

    for (wadi_index i = 0; i < s->count; i++) {
        for (wadi_index at = s->row_start[i]; at < s->row_start[i + 1]; at++)
            memcpy(row + (size_t)s->column[at] * lanes, matrix + (size_t)at * lanes, bytes);
        for (wadi_index at = s->row_start[i]; at < s->diagonal[i]; at++) {
            wadi_index k = s->column[at];
            double *factor = row + (size_t)k * lanes;

            divide(factor, matrix + (size_t)s->diagonal[k] * lanes, lanes);
            for (wadi_index of = s->diagonal[k] + 1; of < s->row_start[k + 1]; of++)
                subtract(row + (size_t)s->column[of] * lanes, factor,
                         matrix + (size_t)of * lanes, lanes);
        }
        for (wadi_index at = s->row_start[i]; at < s->row_start[i + 1]; at++)
            memcpy(matrix + (size_t)at * lanes, row + (size_t)s->column[at] * lanes, bytes);
    }
}

static inline __attribute__((always_inline)) void
solve_lanes(const wave_sparse *s, const size_t lanes, const double *matrix, double *right)
{
    for (wadi_index i = 0; i < s->count; i++)
        for (wadi_index at = s->row_start[i]; at < s->diagonal[i]; at++)
            subtract(right + (size_t)i * lanes, matrix + (size_t)at * lanes,
                     right + (size_t)s->column[at] * lanes, lanes);
    for (wadi_index i = s->count - 1; i >= 0; i--) {
        for (wadi_index at = s->diagonal[i] + 1; at < s->row_start[i + 1]; at++)
            subtract(right + (size_t)i * lanes, matrix + (size_t)at * lanes,
                     right + (size_t)s->column[at] * lanes, lanes);
        divide(right + (size_t)i * lanes, matrix + (size_t)s->diagonal[i] * lanes, lanes);
    }
}

/* Eight lanes are what a batch has most; the compiler knows their loops. */
enum { EIGHT = 8 };

PULSE_CLONES static void factor_eight(const wave_sparse *s, double *matrix, double *row)
{
    factor_lanes(s, EIGHT, matrix, row);
}

PULSE_CLONES static void solve_eight(const wave_sparse *s, const double *matrix, double *right)
{
    solve_lanes(s, EIGHT, matrix, right);
}

void wave_sparse_factor_lanes(const wave_sparse *s, size_t lanes, double *matrix, double *row)
{
    if (lanes == EIGHT)
        factor_eight(s, matrix, row);
    else
        factor_lanes(s, lanes, matrix, row);
}

void wave_sparse_solve_lanes(const wave_sparse *s, size_t lanes, const double *matrix,
                             double *right)
{
    if (lanes == EIGHT)
        solve_eight(s, matrix, right);
    else
        solve_lanes(s, lanes, matrix, right);
}
