/* Counts of successes, wherever they come from. */
#ifndef WADI_PROPORTIONS_IMPL_H
#define WADI_PROPORTIONS_IMPL_H

#include "stats/stats_impl.h"

typedef struct stats_counted {
    size_t count;
    double *x, *n; /* (count) successes, out of */
    char **label;  /* (count) or NULL entries */
    double missing;
} stats_counted;

/* From --count and --of (numbers, or columns of the file), or from the rows' --event. */
wadi_status stats_count(const wadi_stats_spec *spec, stats_counted *out,
                        wadi_error *err) WADI_MUST_USE;
void stats_counted_clear(stats_counted *all);
void stats_wilson(double x, double n, double z, double *low, double *high);
void stats_clopper_pearson(double x, double n, double level, double *low, double *high);

#endif
