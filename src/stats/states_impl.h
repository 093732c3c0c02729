/* Aalen-Johansen estimates of a multi-state process. */
#ifndef WADI_STATES_IMPL_H
#define WADI_STATES_IMPL_H

#include "stats/survival_impl.h"

/* Rows of (entry, time] spent in state `from`, ending in a move to state `to` (-1: censored).
 */
typedef struct state_rows {
    survival_rows rows; /* event is 1 where the row ends in a move */
    const int32_t *from, *to;
    int32_t states;
} state_rows;

/* Estimates of one group at its distinct times. Arrays (count x states) unless said. */
typedef struct state_curve {
    size_t count;
    int32_t states;
    double *time; /* (count) */
    double *risk; /* weight in the state just before */
    double *p, *error;
    double *start; /* (states) occupancy before the first move */
    /* (count x pairs) weight that moves from a to b, row-major pairs of those seen. Weights
     * that enter a state and cumulative hazards follow from it and take no memory. */
    double *moves;
    bool *pair_seen; /* (states x states) */
    size_t pairs;
} state_curve;

/* Weight that enters state h at the i-th time. */
static inline double state_moves(const state_curve *curve, size_t i, size_t h)
{
    size_t k = (size_t)curve->states, pair = i * curve->pairs;
    double sum = 0;

    for (size_t c = 0; c < k * k; c++) {
        if (!curve->pair_seen[c])
            continue;
        if (c % k == h)
            sum += curve->moves[pair];
        pair++;
    }
    return sum;
}

wadi_status states_curve(const state_rows *rows, const uint32_t *order, const uint32_t *entries,
                         size_t low, size_t high, bool errors, state_curve *out,
                         wadi_error *err) WADI_MUST_USE;
/* Replace a curve's standard errors by those of the infinitesimal jackknife over clusters (rows
 * where cluster is NULL): for rows that are weighted, come late, or share subjects. */
wadi_status states_jackknife(const state_rows *rows, const uint32_t *order,
                             const uint32_t *entries, const int32_t *cluster,
                             int32_t cluster_count, size_t low, size_t high, state_curve *curve,
                             wadi_error *err) WADI_MUST_USE;
void states_curve_clear(state_curve *curve);

#endif
