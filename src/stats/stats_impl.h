/* Shared by the estimators: results under construction, loaded studies, sorting, distributions.
 */
#ifndef WADI_STATS_IMPL_H
#define WADI_STATS_IMPL_H

#include "base/base_impl.h"
#include "stats/frame_impl.h"
#include "wadi/frame.h"
#include "wadi/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STATS_PI      3.14159265358979323846
#define STATS_PI_2    1.57079632679489661923
#define STATS_SQRT1_2 0.70710678118654752440

/* ---- results ---- */
typedef struct stats_table stats_table;

wadi_result *stats_result_new(const char *kind);
void stats_method(wadi_result *result, const char *format, ...) WADI_PRINTF(2, 3);
void stats_value(wadi_result *result, const char *name, double value);
void stats_note(wadi_result *result, const char *format, ...) WADI_PRINTF(2, 3);
void stats_counts(wadi_result *result, double n, double events, double missing);
/* A further table of `count` rows. All of these mark the result where memory is refused and
 * then answer with a scratch object, so that callers need one check at the end. */
stats_table *stats_table_new(wadi_result *result, const char *name, size_t count);
double *stats_number(stats_table *table, const char *name); /* (count), filled with NaN */
const char **stats_text(stats_table *table, const char *name);
/* Keep a text as long as the result. */
const char *stats_keep(wadi_result *result, const char *format, ...) WADI_PRINTF(2, 3);
/* WADI_ERR_NOMEM where something was refused, else hands the result over. */
wadi_status stats_finish(wadi_result *result, wadi_result **out, wadi_error *err) WADI_MUST_USE;

/* ---- a study: the rows of a file that can be used ---- */
typedef struct stats_levels {
    char **name; /* (count) */
    int32_t count;
} stats_levels;

typedef struct stats_term {
    const char *name; /* as R names it: variable, or variable and level run together */
    const char *variable, *level;
    int assign; /* which variable of the request, from 0 */
} stats_term;

typedef struct stats_study {
    size_t count, missing;
    double *time, *entry;                      /* entry NULL: everybody from the start */
    double *weight;                            /* NULL: 1 */
    double *offset;                            /* NULL: 0 */
    int32_t *event;                            /* 0 censored, k the k-th code */
    int32_t *group, *stratum, *cluster, *from; /* NULL where not asked */
    double *x;                                 /* (count x x_count) */
    int x_count;
    stats_term *terms; /* (x_count) */
    stats_levels groups, strata, causes, clusters, froms;
    size_t *line; /* row of the file, from 1 */
    wadi_frame *frame;
} stats_study;

enum {
    STUDY_TIME = 1,
    STUDY_EVENT = 2,
    STUDY_X = 4,
    STUDY_MANY_CAUSES = 8, /* without codes every level but 0 or "censor" is a cause */
    STUDY_X_OPTIONAL = 16,
    STUDY_EMPTY_INTERVALS = 32 /* rows with entry == time are dropped as missing */
};
wadi_status stats_study_read(const wadi_stats_spec *spec, int needs, stats_study **out,
                             wadi_error *err) WADI_MUST_USE;
void stats_study_free(stats_study *study);
/* Merge times that differ by rounding only: relative to the mean time, or absolutely, by no
 * more than sqrt(2^-52), the rule of R's survival. */
wadi_status stats_merge_times(stats_study *study, wadi_error *err) WADI_MUST_USE;
/* "a" or the text itself where there is no grouping. */
const char *stats_group_name(const stats_study *study, int32_t group);
wadi_status stats_parse_numbers(const wadi_names *names, const char *option, double **out,
                                wadi_error *err) WADI_MUST_USE;

/* ---- sorting ---- */
/* Stable order of rows by a key (no NaN). order (count) is filled. */
wadi_status stats_order(const double *key, size_t count, uint32_t *order,
                        wadi_error *err) WADI_MUST_USE;
wadi_status stats_sort_bits(uint64_t *values, size_t count, wadi_error *err) WADI_MUST_USE;
/* Sort numbers in place. */
wadi_status stats_sort(double *values, size_t count, wadi_error *err) WADI_MUST_USE;

/* ---- distributions (GSL and libm behind one file) ---- */
double stats_normal_q(double p);           /* quantile */
double stats_normal_upper(double z);       /* P(Z > z) */
double stats_normal_p2(double z);          /* two-sided */
double stats_chisq_p(double x, double df); /* upper tail */
double stats_t_upper(double t, double df);
double stats_t_p2(double t, double df);
double stats_t_q(double p, double df);
double stats_beta_p(double x, double a, double b); /* lower tail */
double stats_beta_q(double p, double a, double b);
double stats_binomial_cdf(double x, double n, double p);
double stats_log_choose(double n, double k);
double stats_z(double level); /* two-sided normal quantile of a level */

/* ---- linear algebra of a few columns ---- */
/* Cholesky of a symmetric matrix in place (lower), zeroing columns that depend on earlier ones;
 * returns the rank. tolerance is relative to the largest diagonal. */
int stats_cholesky(double *a, int n, double tolerance);
void stats_cholesky_solve(const double *a, int n, double *b);
void stats_cholesky_inverse(const double *a, int n, double *inverse);
/* b' A^- b of a symmetric non-negative matrix (destroyed is a copy). *rank may be NULL. */
double stats_quadratic(const double *a, const double *b, int n, int *rank);

/* ---- limits of a curve ---- */
/* estimate p with standard error se of p itself. */
void stats_conf(wadi_conf_type type, double p, double se, double z, double *low, double *high);
const char *stats_conf_name(wadi_conf_type type);

#endif
