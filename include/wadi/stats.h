/// @file stats.h
/// What a trial or a registry of limbs reports: survival, competing risks, proportions, exact
/// tests, tables, published curves. One function per estimator; each reads a file, names its
/// method in words and answers with tables.
///
/// The estimators, their papers and the R calls they agree with are in docs/stats.md. All
/// results are independent of the order of rows, bit for bit. Every function may be called from
/// any thread.
#ifndef WADI_STATS_H
#define WADI_STATS_H

#include "wadi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Limits of a survival curve. Each is +- z standard errors on its own scale.
typedef enum wadi_conf_type {
    WADI_CONF_LOG = 0, ///< log S, R's default
    WADI_CONF_PLAIN,
    WADI_CONF_LOG_LOG, ///< log(-log S)
    WADI_CONF_LOGIT,
    WADI_CONF_ARCSIN,
    WADI_CONF_NONE
} wadi_conf_type;

typedef enum wadi_ties { WADI_TIES_EFRON = 0, WADI_TIES_BRESLOW, WADI_TIES_EXACT } wadi_ties;

/// Survival estimate.
typedef enum wadi_curve {
    WADI_CURVE_KAPLAN_MEIER = 0,
    WADI_CURVE_NELSON_AALEN,      ///< exp(-H), H = sum d/n
    WADI_CURVE_FLEMING_HARRINGTON ///< exp(-H), ties broken: H = sum over k < d of 1/(n - k)
} wadi_curve;

/// Borrowed names, as they come from a command line.
typedef struct wadi_names {
    const char *const *name; ///< (count)
    int count;
} wadi_names;

/// A question. Start from wadi_stats_spec_default(); what a verb does not use it ignores. Texts
/// are borrowed. A column name NULL is "not given".
typedef struct wadi_stats_spec {
    const char *path;         ///< CSV file, "-" is standard input
    const char *time, *entry; ///< columns: end of the interval, and its start (delayed entry)
    const char *event;        ///< column of codes
    wadi_names event_codes;   ///< codes that are events (in order: causes or states)
    wadi_names censor_codes;  ///< codes that are not; none: "0" is censored and "1" the event
    wadi_names group, strata; ///< columns; several are crossed
    const char *weight, *cluster, *id, *from;
    wadi_names x;      ///< covariates, "name", or "name=REF" for a factor with its reference
    wadi_names factor; ///< covariates or variables to be read as levels though numeric
    const char *offset;
    const char *y;    ///< second column of a pair (signed rank, t test)
    wadi_names count; ///< prop: numbers or columns; fisher: cells
    wadi_names of;
    const char *row, *col; ///< columns of a cross table
    wadi_names at;         ///< times, as text
    wadi_names quantiles;  ///< probabilities, as text; none: 0.25, 0.5, 0.75
    wadi_names methods;    ///< prop: names of interval methods; none: all
    double level;          ///< confidence level, 0.95
    wadi_names tau;        ///< ends of restricted means, as text; none: the largest time shared
    double rho;            ///< log-rank weights S(t-)^rho
    wadi_conf_type conf_type;
    wadi_ties ties;
    wadi_curve curve;
    bool robust;     ///< infinitesimal jackknife (by cluster) for standard errors and limits
    bool time_as_is; ///< do not merge times that differ by rounding only (R's timefix = FALSE)
    bool residuals, basehaz, vcov;
    const char
        *zph; ///< transform of the proportional-hazards test: km, rank, identity, log, none
    const char *newdata; ///< file with covariate profiles
    const char *cause; ///< fine-gray, gray, overlay: the event code of interest; NULL the first
    const char *variance; ///< cif, msm: greenwood, jackknife or aalen; NULL as the rows ask for
    const char *method;   ///< the estimator where a verb has several
    const char *alternative;     ///< two-sided, less, greater
    const char *at_risk;         ///< reconstruct: file with time, n_risk
    double total_events;         ///< reconstruct: events, NaN where not reported
    double goal_frac;            ///< goal: the proportion to beat
    double prior_a, prior_b;     ///< goal: Beta prior
    double mu;                   ///< t test and signed rank: location under the null
    const char *study, *outcome; ///< overlay: rows of published-outcomes.csv
} wadi_stats_spec;

WADI_API wadi_stats_spec wadi_stats_spec_default(void);

/* ---- results ---- */

/// A column of a result: numbers (NaN is "not available") or texts (NULL is).
typedef struct wadi_result_column {
    const char *name;
    const double *number; ///< (count) or NULL
    const char **text;    ///< (count) or NULL
} wadi_result_column;

typedef struct wadi_result_table {
    const char *name;
    size_t count;
    int column_count;
    wadi_result_column *columns;
} wadi_result_table;

typedef struct wadi_result wadi_result;

WADI_API void wadi_result_free(wadi_result *result);
/// The main table is "table". NULL where there is none of that name.
WADI_API const wadi_result_table *wadi_result_get(const wadi_result *result, const char *name);
/// NULL where there is no such column.
WADI_API const wadi_result_column *wadi_result_column_get(const wadi_result_table *table,
                                                          const char *name);
/// A number beside the tables ("chisq", "p", "n"); NaN where there is none of that name.
WADI_API double wadi_result_value(const wadi_result *result, const char *name);
WADI_API const char *wadi_result_method(const wadi_result *result);
/// "stats.km" and the like.
WADI_API const char *wadi_result_kind(const wadi_result *result);
/// Notes for the reader ("the likelihood rises without end in x"); NULL after the last.
WADI_API const char *wadi_result_note(const wadi_result *result, int index);

/// One JSON object: schema, method, n, events, missing, values, table, further tables. Numbers
/// carry the digits that give the same double again; NaN is null. `free` *out.
WADI_API wadi_status wadi_result_json(const wadi_result *result, char **out, size_t *size,
                                      wadi_error *err) WADI_MUST_USE;
/// The main table as CSV, NA where not available. `free` *out.
WADI_API wadi_status wadi_result_csv(const wadi_result *result, char **out, size_t *size,
                                     wadi_error *err) WADI_MUST_USE;
/// For a person: method, values, all tables in columns. `free` *out.
WADI_API wadi_status wadi_result_text(const wadi_result *result, char **out, size_t *size,
                                      wadi_error *err) WADI_MUST_USE;

/* ---- estimators: one call each. Errors: what the CSV reader refuses; _RANGE for impossible
 * values (time that ends before it starts, negative weight); _KEY for an event code that nobody
 * named; _MISSING for a column that the verb cannot do without; _CONVERGENCE. ---- */

typedef wadi_status wadi_stats_function(const wadi_stats_spec *spec, wadi_result **out,
                                        wadi_error *err);

/// Kaplan-Meier, Nelson-Aalen and Fleming-Harrington curves with quantiles and restricted
/// means.
WADI_API wadi_stats_function wadi_stats_km;
/// Log-rank and its G-rho family, stratified too.
WADI_API wadi_stats_function wadi_stats_logrank;
/// Restricted mean survival time by group, and differences.
WADI_API wadi_stats_function wadi_stats_rmst;
/// Cox regression.
WADI_API wadi_stats_function wadi_stats_cox;
/// Aalen-Johansen cumulative incidences of competing causes.
WADI_API wadi_stats_function wadi_stats_cif;
/// Gray's test of equal cumulative incidences.
WADI_API wadi_stats_function wadi_stats_gray;
/// Fine-Gray regression of a subdistribution hazard.
WADI_API wadi_stats_function wadi_stats_finegray;
/// Occupancy of the states of a multi-state process (Aalen-Johansen).
WADI_API wadi_stats_function wadi_stats_msm;
/// Mean cumulative function of recurrent events.
WADI_API wadi_stats_function wadi_stats_mcf;
/// Confidence limits of proportions.
WADI_API wadi_stats_function wadi_stats_prop;
/// Fisher's exact test and what goes with a table of counts.
WADI_API wadi_stats_function wadi_stats_fisher;
/// McNemar's tests of paired proportions.
WADI_API wadi_stats_function wadi_stats_mcnemar;
/// Wilcoxon signed rank, sign test and paired t.
WADI_API wadi_stats_function wadi_stats_signedrank;
/// Wilcoxon rank sum (Mann-Whitney), Kruskal-Wallis, t tests.
WADI_API wadi_stats_function wadi_stats_ranksum;
/// Student's and Welch's t tests.
WADI_API wadi_stats_function wadi_stats_ttest;
/// Baseline table of a trial.
WADI_API wadi_stats_function wadi_stats_table1;
/// Individual data from a published curve (Guyot 2012).
WADI_API wadi_stats_function wadi_stats_reconstruct;
/// A user's curve beside published outcomes.
WADI_API wadi_stats_function wadi_stats_overlay;
/// Test against a performance goal, frequentist and Bayesian.
WADI_API wadi_stats_function wadi_stats_goal;

#ifdef __cplusplus
}
#endif
#endif
