/* Sparse systems: places of entries, solutions against a dense elimination, singular ones. */
#include "near.h"

#include "math/sparse_impl.h"

#include <stdlib.h>
#include <string.h>

enum { SEED = 20260117, LARGEST = 40, PAIRS = 400 };

/* Gaussian elimination with row pivots, as in any textbook. */
static void dense_solve_ref(int size, double a[LARGEST][LARGEST], double *x)
{
    for (int k = 0; k < size; k++) {
        int pivot = k;

        for (int i = k + 1; i < size; i++)
            if (fabs(a[i][k]) > fabs(a[pivot][k]))
                pivot = i;
        for (int j = 0; j < size; j++) {
            double swap = a[k][j];

            a[k][j] = a[pivot][j];
            a[pivot][j] = swap;
        }
        double swap = x[k];

        x[k] = x[pivot];
        x[pivot] = swap;
        for (int i = k + 1; i < size; i++) {
            double factor = a[i][k] / a[k][k];

            for (int j = k; j < size; j++)
                a[i][j] -= factor * a[k][j];
            x[i] -= factor * x[k];
        }
    }
    for (int i = size - 1; i >= 0; i--) {
        for (int j = i + 1; j < size; j++)
            x[i] -= a[i][j] * x[j];
        x[i] /= a[i][i];
    }
}

typedef struct made_up {
    int size, count;
    wadi_index rows[PAIRS], columns[PAIRS], slots[PAIRS];
    wadi_sparse *matrix;
} made_up;

/* A random pattern with its diagonal; pairs repeat. */
static void make_pattern(made_up *s, wadi_random *random)
{
    wadi_error err = {0};

    s->size = 1 + (int)(wadi_random_uniform(random) * (LARGEST - 1));
    s->count = 0;
    for (int i = 0; i < s->size; i++)
        s->rows[s->count] = s->columns[s->count] = i, s->count++;
    for (int k = (int)(wadi_random_uniform(random) * 5 * s->size); k > 0; k--) {
        s->rows[s->count] = (wadi_index)(wadi_random_uniform(random) * s->size);
        s->columns[s->count++] = (wadi_index)(wadi_random_uniform(random) * s->size);
    }
    if (wadi_sparse_new(s->size, s->count, s->rows, s->columns, s->slots, &s->matrix, &err))
        fail_msg("%s", err.message);
}

static void fill_and_compare(made_up *s, wadi_random *random)
{
    double dense[LARGEST][LARGEST] = {{0}}, x[LARGEST], want[LARGEST],
           *values = wadi_sparse_values(s->matrix);

    memset(values, 0, (size_t)wadi_sparse_entries(s->matrix) * sizeof *values);
    for (int k = 0; k < s->count; k++) {
        double value = wadi_random_uniform(random) - 0.5 + (k < s->size ? 4 : 0);

        values[s->slots[k]] += value;
        dense[s->rows[k]][s->columns[k]] += value;
    }
    for (int i = 0; i < s->size; i++)
        x[i] = want[i] = wadi_random_uniform(random);
    assert_true(wadi_sparse_factor(s->matrix));
    assert_true(wadi_sparse_solve(s->matrix, x));
    dense_solve_ref(s->size, dense, want);
    /* Condition numbers here stay below 1e4. */
    for (int i = 0; i < s->size; i++)
        assert_near(x[i], want[i], 1e-10, 1e-12);
}

static void a_solution_equals_that_of_dense_elimination(void **state)
{
    static made_up s;
    wadi_random random;

    (void)state;
    wadi_random_init(&random, SEED, 0);
    for (int i = 0; i < 200; i++) {
        make_pattern(&s, &random);
        fill_and_compare(&s, &random);
        fill_and_compare(&s, &random); /* the second reuses the pivots of the first */
        wadi_sparse_free(s.matrix);
    }
}

static void repeated_pairs_share_a_place(void **state)
{
    const wadi_index rows[] = {0, 1, 0, 1, 0}, columns[] = {0, 1, 0, 0, 0};
    wadi_index slots[5];
    wadi_sparse *matrix = NULL;
    wadi_error err = {0};

    (void)state;
    assert_int_equal(wadi_sparse_new(2, 5, rows, columns, slots, &matrix, &err), WADI_OK);
    assert_int_equal(wadi_sparse_entries(matrix), 3);
    assert_int_equal(slots[0], slots[2]);
    assert_int_equal(slots[0], slots[4]);
    assert_int_not_equal(slots[0], slots[3]);
    wadi_sparse_free(matrix);
}

static void kept_pivots_give_way_when_they_turn_bad(void **state)
{
    const wadi_index rows[] = {0, 0, 1, 1}, columns[] = {0, 1, 0, 1};
    wadi_index slots[4];
    wadi_sparse *matrix = NULL;
    wadi_error err = {0};
    double *values, x[2];

    (void)state;
    assert_int_equal(wadi_sparse_new(2, 4, rows, columns, slots, &matrix, &err), WADI_OK);
    values = wadi_sparse_values(matrix);
    const double first[] = {1, 0.1, 0.1, 1}, second[] = {0, 1, 1, 0};

    for (int k = 0; k < 4; k++)
        values[slots[k]] = first[k];
    assert_true(wadi_sparse_factor(matrix));
    for (int k = 0; k < 4; k++)
        values[slots[k]] = second[k];
    assert_true(wadi_sparse_factor(matrix));
    x[0] = 3;
    x[1] = 5;
    assert_true(wadi_sparse_solve(matrix, x));
    assert_near(x[0], 5, 1e-14, 0);
    assert_near(x[1], 3, 1e-14, 0);
    wadi_sparse_free(matrix);
}

static void a_singular_matrix_is_told_and_can_be_filled_anew(void **state)
{
    const wadi_index rows[] = {0, 0, 1, 1}, columns[] = {0, 1, 0, 1};
    wadi_index slots[4];
    wadi_sparse *matrix = NULL;
    wadi_error err = {0};
    double *values, x[2] = {2, 3};

    (void)state;
    assert_int_equal(wadi_sparse_new(2, 4, rows, columns, slots, &matrix, &err), WADI_OK);
    values = wadi_sparse_values(matrix);
    for (int k = 0; k < 4; k++)
        values[k] = 1;
    assert_false(wadi_sparse_factor(matrix));
    values[slots[0]] = 2;
    assert_true(wadi_sparse_factor(matrix));
    assert_true(wadi_sparse_solve(matrix, x));
    assert_near(x[0], -1, 1e-14, 0);
    assert_near(x[1], 4, 1e-14, 0);
    wadi_sparse_free(matrix);
}

static void a_matrix_with_an_empty_row_has_no_factors(void **state)
{
    const wadi_index rows[] = {0, 0}, columns[] = {0, 1};
    wadi_index slots[2];
    wadi_sparse *matrix = NULL;
    wadi_error err = {0};

    (void)state;
    assert_int_equal(wadi_sparse_new(2, 2, rows, columns, slots, &matrix, &err), WADI_OK);
    wadi_sparse_values(matrix)[0] = wadi_sparse_values(matrix)[1] = 1;
    assert_false(wadi_sparse_factor(matrix));
    assert_false(wadi_sparse_factor(matrix));
    wadi_sparse_free(matrix);
}

static void without_memory_there_is_no_matrix(void **state)
{
    const wadi_index rows[] = {0, 1}, columns[] = {0, 1};
    wadi_index slots[2];
    wadi_sparse *matrix = NULL;
    wadi_error err = {0};
    wadi_status status = WADI_ERR_NOMEM;
    int refused = 0;

    (void)state;
    for (long n = 1; status; n++) {
        wadi_memory_refuse(n);
        status = wadi_sparse_new(2, 2, rows, columns, slots, &matrix, &err);
        wadi_memory_refuse(0);
        if (status) {
            assert_int_equal(status, WADI_ERR_NOMEM);
            assert_null(matrix);
            refused++;
        }
        assert_true(n < 100);
    }
    assert_int_equal(refused, 7);
    wadi_sparse_free(matrix);
    wadi_sparse_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_solution_equals_that_of_dense_elimination),
        cmocka_unit_test(repeated_pairs_share_a_place),
        cmocka_unit_test(kept_pivots_give_way_when_they_turn_bad),
        cmocka_unit_test(a_singular_matrix_is_told_and_can_be_filled_anew),
        cmocka_unit_test(a_matrix_with_an_empty_row_has_no_factors),
        cmocka_unit_test(without_memory_there_is_no_matrix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
