/* Small dense symmetric systems: Cholesky that zeroes the columns which depend on others. */
#include "stats/stats_impl.h"

int stats_cholesky(double *a, int n, double tolerance)
{
    double largest = 0;
    int rank = 0;

    for (int i = 0; i < n; i++)
        largest = fmax(largest, a[i * n + i]);
    for (int j = 0; j < n; j++) {
        double pivot = a[j * n + j];

        for (int k = 0; k < j; k++)
            pivot -= a[j * n + k] * a[j * n + k];
        if (!(pivot > tolerance * largest)) { /* also where it is NaN */
            for (int i = j; i < n; i++)
                a[i * n + j] = 0;
            continue;
        }
        pivot = sqrt(pivot);
        a[j * n + j] = pivot;
        rank++;
        for (int i = j + 1; i < n; i++) {
            double sum = a[i * n + j];

            for (int k = 0; k < j; k++)
                sum -= a[i * n + k] * a[j * n + k];
            a[i * n + j] = sum / pivot;
        }
    }
    return rank;
}

void stats_cholesky_solve(const double *a, int n, double *b)
{
    for (int i = 0; i < n; i++) {
        double sum = b[i];

        for (int k = 0; k < i; k++)
            sum -= a[i * n + k] * b[k];
        b[i] = a[i * n + i] > 0 ? sum / a[i * n + i] : 0;
    }
    for (int i = n - 1; i >= 0; i--) {
        double sum = b[i];

        for (int k = i + 1; k < n; k++)
            sum -= a[k * n + i] * b[k];
        b[i] = a[i * n + i] > 0 ? sum / a[i * n + i] : 0;
    }
}

void stats_cholesky_inverse(const double *a, int n, double *inverse)
{
    for (int j = 0; j < n; j++) {
        double *column = inverse + (size_t)j * n;

        memset(column, 0, (size_t)n * sizeof *column);
        if (a[j * n + j] > 0)
            column[j] = 1;
        stats_cholesky_solve(a, n, column);
    }
}

double stats_quadratic(const double *a, const double *b, int n, int *rank)
{
    double *copy = wadi_alloc((size_t)n * n, sizeof *copy),
           *x = wadi_alloc((size_t)n, sizeof *x);
    double sum = NAN;
    int found = 0;

    if (copy && x) {
        memcpy(copy, a, (size_t)n * n * sizeof *copy);
        memcpy(x, b, (size_t)n * sizeof *x);
        found = stats_cholesky(copy, n, 1e-10);
        stats_cholesky_solve(copy, n, x);
        sum = 0;
        for (int i = 0; i < n; i++)
            sum += b[i] * x[i];
    }
    if (rank)
        *rank = found;
    free(copy);
    free(x);
    return sum;
}
