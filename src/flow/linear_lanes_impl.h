/* Transmission lines for several harmonics at once: the lanes of a vector are harmonics.
 *
 *   symbol    meaning                                                        unit
 *   z, y      series impedance and shunt admittance of a piece               Pa s/m3, m3/(s Pa)
 *   u         z y, the square of the piece's propagation constant            -
 *   C, S      cosh(sqrt u), sinh(sqrt u)/sqrt u: entire functions of u       -
 *   square    [p q] where a piece begins = [a b; c d] [p q] where it ends               */
#ifndef WADI_LINEAR_LANES_IMPL_H
#define WADI_LINEAR_LANES_IMPL_H

#include "flow/wave_sparse_impl.h"

enum { LINEAR_LANES = 4, LINEAR_PIECES = 8, LINEAR_QUARTERS = 4 };

/* Memory of ours is aligned for numbers, not for vectors. */
typedef double lane_vector
    __attribute__((vector_size(LINEAR_LANES * sizeof(double)), aligned(sizeof(double))));
typedef struct lanes {
    lane_vector re, im;
} lanes;
typedef struct lanes_square {
    lanes a, b, c, d;
} lanes_square;

/* A piece of a vessel about its mean: friction, inertia, compliance of a metre, and what a
 * viscous wall puts in series with the compliance. */
typedef struct linear_piece {
    double r, l, c, wall;
} linear_piece;

/* Square of `length_m` of a piece. `series` replaces r + i w l where it is not NULL. */
void lanes_piece_square(const linear_piece *piece, double length_m, const lane_vector *w,
                        const lanes *series, lanes_square *out);
/* The four quarters of a vessel from its pieces (one alone where `uniform`), and the
 * admittances of its ends: flow in at the first end = first p0 - across p1, at the last = last
 * p1 - across p0. `series` is (pieces) or NULL. */
void lanes_vessel(const linear_piece *pieces, bool uniform, double length_m,
                  const lane_vector *w, const lanes *series,
                  lanes_square quarters[LINEAR_QUARTERS], lanes *first, lanes *last,
                  lanes *across);
/* From pressures of both ends: pressure and flow at the ends of the quarters. */
void lanes_along(const lanes_square quarters[LINEAR_QUARTERS], const lanes *first,
                 const lanes *across, const lanes *p0, const lanes *p1,
                 lanes p[LINEAR_QUARTERS + 1], lanes q[LINEAR_QUARTERS + 1]);
/* [p q] one square further on. */
void lanes_step(const lanes_square *square, lanes *p, lanes *q);
/* As wave_sparse_factor and _solve in one; `row` and `inverse` are (count) scratch. */
void lanes_solve(const wave_sparse *sparse, lanes *matrix, lanes *row, lanes *inverse,
                 lanes *right);
/* out = a b, and out = 1/a. */
void lanes_multiply(const lanes *a, const lanes *b, lanes *out);
void lanes_invert(const lanes *a, lanes *out);
/* A block's harmonics of pressure and flow on `count` samples. Tables have a row of `stride`
 * for each lane. */
void lanes_sum(size_t count, size_t stride, const lanes *pressure, const lanes *flow,
               const double *cosine, const double *sine, double *restrict p,
               double *restrict q);

#endif
