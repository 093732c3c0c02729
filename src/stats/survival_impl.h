/* Risk tables: how many were at risk, had the event and left at each distinct time of a group.
 * Every estimator of one event starts from here. */
#ifndef WADI_SURVIVAL_IMPL_H
#define WADI_SURVIVAL_IMPL_H

#include "stats/stats_impl.h"

/* Rows of one-event data. Borrowed. */
typedef struct survival_rows {
    size_t count;
    const double *time, *entry, *weight; /* entry, weight may be NULL */
    const int32_t *event;                /* 0 censored, else event */
    const int32_t *group;                /* NULL: one group */
    int32_t group_count;
} survival_rows;

typedef struct risk_tables {
    int32_t group_count;
    size_t *start;  /* (group_count + 1) rows of group g are start[g] .. start[g + 1] */
    double *time;   /* distinct times, censored ones included, ascending within a group */
    double *risk;   /* weight at risk just before */
    double *event;  /* weight of events */
    double *deaths; /* number of events with a weight above 0 */
    double *censor; /* weight of those who leave without one */
    double *n;      /* (group_count) rows */
} risk_tables;

survival_rows stats_survival_rows(const stats_study *study);
wadi_status stats_risk_tables(const survival_rows *rows, risk_tables *out,
                              wadi_error *err) WADI_MUST_USE;
void stats_risk_tables_clear(risk_tables *tables);
/* Rows by (group, time), and where ties carry different weights by (event, weight) too, so that
 * sums do not depend on the order of the file. `key` is the time or the entry. */
wadi_status stats_group_order(const survival_rows *rows, const double *key, uint32_t *order,
                              wadi_error *err) WADI_MUST_USE;

/* Estimates at the rows of one group of a risk table; each array (count). */
typedef struct survival_curve {
    double *survival, *log_error, *hazard, *hazard_error;
} survival_curve;
void stats_curve(wadi_curve kind, const risk_tables *tables, int32_t group,
                 survival_curve *out);
/* Standard errors of log S and of H by the infinitesimal jackknife, in place of Greenwood's. */
wadi_status stats_curve_robust(const survival_rows *rows, const int32_t *cluster,
                               int32_t cluster_count, const risk_tables *tables,
                               double *log_error, double *hazard_error,
                               wadi_error *err) WADI_MUST_USE;
/* Mean of min(T, tau) and its standard error (Greenwood) from one group's curve. */
void stats_restricted_mean(const risk_tables *tables, int32_t group, const double *survival,
                           double tau, double *mean, double *error);
/* Time at which 1 - curve reaches p; the middle of a flat stretch exactly at p; NaN if never.
 */
double stats_quantile(const double *time, const double *curve, size_t count, double p);

typedef struct logrank {
    int32_t groups;
    double *observed, *expected; /* (groups) */
    double *variance;            /* (groups x groups) */
    double *n;                   /* (groups) rows */
    double chisq, p;
    int df;
} logrank;
wadi_status stats_logrank_test(const survival_rows *rows, const int32_t *stratum,
                               int32_t stratum_count, double rho, logrank *out,
                               wadi_error *err) WADI_MUST_USE;
void stats_logrank_clear(logrank *test);

#endif
