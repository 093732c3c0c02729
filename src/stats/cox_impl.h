/* Cox regression: rows in the order of risk sets, one pass per Newton step, and what follows
 * from a fit. All sums run in an order that depends on the values only, not on the file. */
#ifndef WADI_COX_IMPL_H
#define WADI_COX_IMPL_H

#include "stats/stats_impl.h"

/* Rows as given. Borrowed. */
typedef struct cox_rows {
    size_t count;
    int p;
    const double *time, *entry, *weight, *offset; /* all but time may be NULL */
    const int32_t *event, *stratum;               /* stratum may be NULL */
    int32_t stratum_count;
    const double *x; /* (count x p) */
} cox_rows;

/* The same by stratum and then by time from late to early, events before censored. Covariates
 * are centred and scaled; what leaves this file is back on the given scale. */
typedef struct cox_data {
    size_t count;
    int p;
    uint32_t *order; /* (count) place in the rows as given */
    uint32_t *
        entries; /* (count) positions in this order by stratum and entry, late first; or NULL */
    double *time, *entry, *weight, *offset; /* weight, offset, entry may be NULL */
    int32_t *event, *stratum;
    double *x;              /* (count x p) */
    double *centre, *scale; /* (p) x_given = centre + scale x */
    double event_count;
    /* Fine-Gray: those with a competing event stay at risk with weight G(t-)/G(T-). NULL for
     * Cox. */
    bool *competing; /* (count) */
    double
        *uncensored; /* (count) G(T-), probability not to be censored before the row's time */
} cox_data;

wadi_status cox_data_new(const cox_rows *rows, cox_data *out, wadi_error *err) WADI_MUST_USE;
void cox_data_clear(cox_data *data);
static inline double cox_weight(const cox_data *data, size_t i)
{
    return data->weight ? data->weight[i] : 1;
}

/* What a pass meets at an event time, from late to early. Sums over the risk set and, for ties,
 * over those with the event: s0 = sum w e, s1 = sum w e x, s2 (lower triangle by rows). */
typedef struct cox_moment {
    double time;
    int32_t stratum;
    size_t first, end;     /* events are rows first .. end */
    double deaths, weight; /* number (with weight > 0) and weight of the events */
    const double *s0, *s1, *s2, *d0, *d1, *d2;
} cox_moment;
typedef void cox_visit(void *context, const cox_moment *moment);
/* Walk over the event times; score (count) holds exp of the linear predictor. */
wadi_status cox_walk(const cox_data *data, const double *score, bool second, cox_visit *visit,
                     void *context, wadi_error *err) WADI_MUST_USE;

/* log partial likelihood at beta (scaled), gradient (p) and information (p x p). */
wadi_status cox_likelihood(const cox_data *data, wadi_ties ties, const double *beta,
                           double *score, double *value, double *gradient, double *information,
                           wadi_error *err) WADI_MUST_USE;
/* The same sums in fewer steps, for up to eight covariates, nobody late, no competing events.
 * hazard (count) is scratch and may be eta itself; gradient and lower (triangle) are zero
 * before. */
bool cox_pass_fits(const cox_data *data);
void cox_pass(const cox_data *data, wadi_ties ties, const double *eta, const double *score,
              double *hazard, double *value, double *gradient, double *lower);
wadi_status cox_exact_likelihood(const cox_data *data, const double *eta, double *value,
                                 double *gradient, double *information,
                                 wadi_error *err) WADI_MUST_USE;

typedef struct cox_fit {
    int p, rank, iterations;
    double *beta;     /* (p) scaled; 0 where a covariate depends on others */
    double *variance; /* (p x p) scaled, inverse information */
    bool *known;      /* (p) false: depends on others */
    bool *endless;    /* (p) the likelihood rises without end in it */
    double *score;    /* (count) exp of the centred linear predictor */
    double loglik0, loglik, score_test;
} cox_fit;
wadi_status cox_fit_new(const cox_data *data, wadi_ties ties, cox_fit *out,
                        wadi_error *err) WADI_MUST_USE;
void cox_fit_clear(cox_fit *fit);

/* Residuals in the order of cox_data; score residuals are scaled covariates' and unweighted. */
typedef struct cox_residuals {
    double *martingale; /* (count) */
    double *score;      /* (count x p) */
} cox_residuals;
wadi_status cox_residuals_new(const cox_data *data, wadi_ties ties, const double *score,
                              cox_residuals *out, wadi_error *err) WADI_MUST_USE;
void cox_residuals_clear(cox_residuals *residuals);
/* sum over clusters of (sum w r)(sum w r)' for residuals r; clusters in given rows' numbers. */
wadi_status cox_cluster_square(const cox_data *data, const double *residual,
                               const int32_t *cluster, int32_t cluster_count, double *square,
                               double *total, wadi_error *err) WADI_MUST_USE;

/* Cumulative baseline hazard of the centred subject at every event time, early first. */
typedef struct cox_baseline {
    size_t count;
    int p;
    int32_t *stratum;
    double *time;
    double *hazard;   /* increments */
    double *variance; /* increments of its variance at fixed beta */
    double *mean;     /* (count x p) increments of hazard times mean covariate (scaled) */
} cox_baseline;
wadi_status cox_baseline_new(const cox_data *data, wadi_ties ties, const double *score,
                             cox_baseline *out, wadi_error *err) WADI_MUST_USE;
void cox_baseline_clear(cox_baseline *baseline);

/* Schoenfeld residuals (events x p, scaled covariates), by stratum and time, early first. */
typedef struct cox_schoenfeld {
    size_t count;
    uint32_t *row; /* (count) position in cox_data */
    double *residual;
} cox_schoenfeld;
wadi_status cox_schoenfeld_new(const cox_data *data, wadi_ties ties, const double *score,
                               cox_schoenfeld *out, wadi_error *err) WADI_MUST_USE;
void cox_schoenfeld_clear(cox_schoenfeld *schoenfeld);

/* Score tests that coefficients drift with g(time): chi-square for each group of columns that
 * share `assign`, then all together. g holds a value for each row of cox_data. */
wadi_status cox_drift_test(const cox_data *data, wadi_ties ties, const double *score,
                           const double *g, const int *assign, int assign_count, double *chisq,
                           int *df, wadi_error *err) WADI_MUST_USE;

typedef struct cox_concordance {
    double value, error;
    double concordant, discordant, tied_x, tied_y, tied_xy;
} cox_concordance;
/* Harrell's C of a score against time: pairs in which one is known to have the event first. */
wadi_status cox_concordance_new(const cox_data *data, const double *score,
                                const int32_t *cluster, int32_t cluster_count,
                                cox_concordance *out, wadi_error *err) WADI_MUST_USE;

#endif
