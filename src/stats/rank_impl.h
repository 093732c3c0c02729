/* Rank tests and t tests of plain samples. */
#ifndef WADI_RANK_IMPL_H
#define WADI_RANK_IMPL_H

#include "stats/stats_impl.h"

typedef struct t_test {
    double t, df, p, low, high;
} t_test;
t_test rank_welch(const double *x, size_t nx, const double *y, size_t ny, double mu,
                  double level);
t_test rank_student(const double *x, size_t nx, const double *y, size_t ny, double mu,
                    double level);
t_test rank_one_sample(const double *x, size_t n, double mu, double level);

typedef struct signed_rank {
    double n, nonzero, v;
    bool ties;
    double p_exact, p_permutation, p_normal_cc, p_normal; /* exact: NaN with ties or n >= 50 */
    double estimate, low, high; /* Hodges-Lehmann with exact limits; NaN with ties or n >= 50 */
    double p_sign;
} signed_rank;
wadi_status rank_signed(const double *difference, size_t count, double level, signed_rank *out,
                        wadi_error *err) WADI_MUST_USE;

typedef struct rank_sum {
    double w;
    double p_exact, p_permutation, p_normal_cc, p_normal;
    double estimate, low, high;
} rank_sum;
wadi_status rank_two(const double *x, size_t nx, const double *y, size_t ny, double level,
                     rank_sum *out, wadi_error *err) WADI_MUST_USE;
/* Kruskal-Wallis of values in groups 0 .. groups - 1. */
wadi_status rank_kruskal(const double *value, const int32_t *group, size_t count,
                         int32_t groups, double *h, double *p, wadi_error *err) WADI_MUST_USE;
double rank_median(double *values, size_t count, wadi_error *err); /* sorts */

#endif
