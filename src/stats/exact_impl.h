/* Exact tests of contingency tables and their input. */
#ifndef WADI_EXACT_IMPL_H
#define WADI_EXACT_IMPL_H

#include "stats/stats_impl.h"

/* Fisher 2x2 with cells a b / c d. */
typedef struct fisher_2x2 {
    double p, p_less, p_greater, p_mid;
    double odds_ratio, low,
        high; /* conditional maximum likelihood and exact limits, to R's stop */
    double odds_ratio_exact, low_exact, high_exact; /* the same to the last digits */
} fisher_2x2;
void exact_fisher_2x2(const double cells[4], double level, fisher_2x2 *out);

/* Two-sided p of an r x c table: all tables with its margins that are no likelier than it. */
wadi_status exact_fisher(const double *cells, int rows, int columns, double *p,
                         wadi_error *err) WADI_MUST_USE;

/* Tables to be tested: from --count, from columns a b c d, or cross-tabulated. */
typedef struct exact_table {
    char *name;
    int rows, columns;
    double *cells; /* (rows x columns) */
} exact_table;
typedef struct exact_tables {
    size_t count;
    exact_table *table;
    double missing;
} exact_tables;
wadi_status exact_tables_read(const wadi_stats_spec *spec, exact_tables *out,
                              wadi_error *err) WADI_MUST_USE;
void exact_tables_clear(exact_tables *tables);

#endif
