/// @file audit.h
/// An operator's own results held against a published series, watched case by case, and anatomy
/// drawn from it.
///
/// Series: Hayakawa et al., CVIR Endovasc 2023, 65 below-the-knee occlusions wired under
/// intravascular ultrasound after conventional wiring had failed.
///
/// Pure; any thread.
#ifndef WADI_AUDIT_H
#define WADI_AUDIT_H

#include "wadi/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wadi_audit_measure {
    WADI_AUDIT_WIRES,      ///< guidewires an occlusion
    WADI_AUDIT_TIP_LOAD_G, ///< greatest tip load, g
    WADI_AUDIT_FLUORO_MIN, ///< fluoroscopy, min
    WADI_AUDIT_MEASURE_COUNT
} wadi_audit_measure;

/// A published mean.
typedef struct wadi_audit_published {
    const char *key, *name, *unit;
    double mean, sd;
    int count;
} wadi_audit_published;
WADI_API wadi_audit_published wadi_audit_series(wadi_audit_measure measure);

/// The operator's mean with its t interval, against the published mean taken as a fixed value.
typedef struct wadi_audit_mean {
    wadi_audit_published published;
    wadi_index count;
    double mean, sd, low, high;
    int side; ///< -1 below the published mean, 1 above, 0 not told apart from it
} wadi_audit_mean;

/// @param level  of the interval, above 0 and below 1
/// @retval WADI_ERR_MISSING  fewer than 2 values
/// @retval WADI_ERR_RANGE    a value that is not finite or is negative; a level out of range
WADI_API wadi_status wadi_audit_compare(wadi_audit_measure measure, wadi_index count,
                                        const double *values, double level,
                                        wadi_audit_mean *out, wadi_error *err) WADI_MUST_USE;

/// A share with its Wilson interval.
typedef struct wadi_audit_share {
    wadi_index events, count;
    double frac, low_frac, high_frac;
} wadi_audit_share;

/// @retval WADI_ERR_RANGE  not 0 <= events <= count, or no count
WADI_API wadi_status wadi_audit_proportion(wadi_index events, wadi_index count, double level,
                                           wadi_audit_share *out,
                                           wadi_error *err) WADI_MUST_USE;
/// Complications of the series: 5 of 65 (branch perforation 3, oozing 1, access bleeding 1).
WADI_API wadi_audit_share wadi_audit_complications(void);
/// Wires that did not cross in the series: 3 of 65.
WADI_API wadi_audit_share wadi_audit_failures(void);

/// Cumulative sum of log likelihood ratios of failure by case (Steiner et al., Biostatistics 1
/// (2000) 441-452): the score rises by log(p1/p0) with a failure, falls by
/// log((1 - p0)/(1 - p1)) with a success, and never below 0. It signals at `limit`.
typedef struct wadi_cusum {
    double accepted_frac, feared_frac, limit;
    wadi_index alarm;  ///< first case whose score reaches the limit, or WADI_NONE
    wadi_index change; ///< the case after the last zero before the alarm: where it began
} wadi_cusum;

/// Accepted rate `accepted_frac`; feared is that at twice the odds; limit 3.
WADI_API wadi_cusum wadi_cusum_default(double accepted_frac);
/// `score` is (count) or NULL. The rates and the limit are read from *chart, the rest is set.
///
/// @retval WADI_ERR_RANGE  not 0 < accepted < feared < 1, or a limit that is not above 0
WADI_API wadi_status wadi_cusum_run(wadi_index count, const bool *failed, double *score,
                                    wadi_cusum *chart, wadi_error *err) WADI_MUST_USE;

/// Anatomy of such occlusions, for cohorts that are drawn.
typedef enum wadi_cohort_measure {
    WADI_COHORT_OCCLUSION_MM, ///< 228.2 +- 93.7
    WADI_COHORT_REFERENCE_MM, ///< reference vessel diameter, 2.1 +- 0.71
    WADI_COHORT_LESION_MM     ///< 270.1 +- 78.2
} wadi_cohort_measure;

/// Draw from a lognormal law with the published mean and standard deviation; lengths are never
/// negative under it. The series prints 55.4 % of vessels below 2 mm: the lognormal law gives
/// 51 %, a normal one 44 %, so the printed share is not reached by either
/// (`wadi_cohort_below`). The three measures are drawn independently: their joint law is not
/// published. Same seed, same numbers; member i depends on (seed, i) alone.
WADI_API void wadi_cohort_draw(wadi_cohort_measure measure, uint64_t seed, wadi_index count,
                               double *out);
/// Share of that law below a value.
WADI_API double wadi_cohort_below(wadi_cohort_measure measure, double value);

/// Everything that a table of an operator's cases allows, as text or as JSON
/// ("wadi.audit/1"). Columns that are known: wires, tip_load_g, fluoro_min (numbers),
/// complication, failure (0 or 1); the rows are in the order of the cases. `free` *out.
///
/// @retval WADI_ERR_MISSING  none of the columns is there
WADI_API wadi_status wadi_audit_file(const char *path, double level, bool json, char **out,
                                     size_t *size, wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
