#include "flow/linear_lanes_impl.h"

#include "flow/pulse_kernel_impl.h"

#include <math.h>
#include <string.h>

/* Inlined into each clone, so that its vectors are those of the clone. */
#define LANES_INLINE static inline __attribute__((always_inline))

LANES_INLINE void mul(lanes *out, const lanes *x, const lanes *y)
{
    lane_vector re = x->re * y->re - x->im * y->im;

    out->im = x->re * y->im + x->im * y->re;
    out->re = re;
}

/* out += x y */
LANES_INLINE void mul_add(lanes *out, const lanes *x, const lanes *y)
{
    lane_vector re = x->re * y->re - x->im * y->im;

    out->im += x->re * y->im + x->im * y->re;
    out->re += re;
}

/* out -= x y */
LANES_INLINE void mul_sub(lanes *out, const lanes *x, const lanes *y)
{
    lane_vector re = x->re * y->re - x->im * y->im;

    out->im -= x->re * y->im + x->im * y->re;
    out->re -= re;
}

LANES_INLINE void invert(lanes *out, const lanes *x)
{
    lane_vector size = 1 / (x->re * x->re + x->im * x->im);

    out->re = x->re * size;
    out->im = -x->im * size;
}

/* One more term of a series in u, from the last to the first: out = out u + term. */
LANES_INLINE void horner(lanes *out, const lanes *u, double term)
{
    mul(out, out, u);
    out->re += term;
}

/* C and S by their series where |u| <= 1, and by doubling the angle from there. */
LANES_INLINE void even_odd(const lanes *full, lanes *even, lanes *odd)
{
    static const double EVEN[] = {1.0 / 6402373705728000,
                                  1.0 / 20922789888000,
                                  1.0 / 87178291200,
                                  1.0 / 479001600,
                                  1.0 / 3628800,
                                  1.0 / 40320,
                                  1.0 / 720,
                                  1.0 / 24,
                                  1.0 / 2,
                                  1.0};
    static const double ODD[] = {1.0 / 355687428096000,
                                 1.0 / 1307674368000,
                                 1.0 / 6227020800,
                                 1.0 / 39916800,
                                 1.0 / 362880,
                                 1.0 / 5040,
                                 1.0 / 120,
                                 1.0 / 6,
                                 1.0};
    double largest = 0, part = 1;
    int halvings = 0;
    lanes u;

    for (int i = 0; i < LINEAR_LANES; i++) {
        double size = full->re[i] * full->re[i] + full->im[i] * full->im[i];
        largest = size > largest ? size : largest;
    }
    for (; largest > 1 && halvings < 40; halvings++) {
        largest /= 16;
        part *= 0.25;
    }
    u.re = full->re * part;
    u.im = full->im * part;
    even->re = EVEN[0] - (lane_vector){0};
    odd->re = ODD[0] - (lane_vector){0};
    even->im = odd->im = (lane_vector){0};
    for (size_t i = 1; i < WADI_COUNT_OF(EVEN); i++)
        horner(even, &u, EVEN[i]);
    for (size_t i = 1; i < WADI_COUNT_OF(ODD); i++)
        horner(odd, &u, ODD[i]);
    for (int i = 0; i < halvings; i++) {
        mul(odd, odd, even);
        mul(even, even, even);
        even->re = 2 * even->re - 1;
        even->im = 2 * even->im;
    }
}

LANES_INLINE void piece_square(const linear_piece *piece, double length_m, const lane_vector *w,
                               const lanes *series, lanes_square *out)
{
    lanes z, y, u, even, odd;

    if (series) {
        z.re = series->re * length_m;
        z.im = series->im * length_m;
    } else {
        z.re = piece->r * length_m - (lane_vector){0};
        z.im = *w * (piece->l * length_m);
    }
    /* i w c / (1 + i w c wall) */
    y.im = *w * piece->c;
    y.re = y.im * piece->wall;
    lane_vector down = length_m * y.im / (1 + y.re * y.re);
    y.im = down;
    y.re = down * y.re;
    mul(&u, &z, &y);
    even_odd(&u, &even, &odd);
    out->a = out->d = even;
    mul(&out->b, &z, &odd);
    mul(&out->c, &y, &odd);
}

/* out = x y */
LANES_INLINE void square_product(lanes_square *out, const lanes_square *x,
                                 const lanes_square *y)
{
    lanes_square t;

    mul(&t.a, &x->a, &y->a);
    mul_add(&t.a, &x->b, &y->c);
    mul(&t.b, &x->a, &y->b);
    mul_add(&t.b, &x->b, &y->d);
    mul(&t.c, &x->c, &y->a);
    mul_add(&t.c, &x->d, &y->c);
    mul(&t.d, &x->c, &y->b);
    mul_add(&t.d, &x->d, &y->d);
    *out = t;
}

/* Pressure and flow behind a square in front of which they are known; its determinant is 1. */
LANES_INLINE void step(const lanes_square *square, lanes *p, lanes *q)
{
    lanes p1, q1;

    mul(&p1, &square->d, p);
    mul_sub(&p1, &square->b, q);
    mul(&q1, &square->a, q);
    mul_sub(&q1, &square->c, p);
    *p = p1;
    *q = q1;
}

PULSE_CLONES void lanes_piece_square(const linear_piece *piece, double length_m,
                                     const lane_vector *w, const lanes *series,
                                     lanes_square *out)
{
    piece_square(piece, length_m, w, series, out);
}

PULSE_CLONES void lanes_step(const lanes_square *square, lanes *p, lanes *q)
{
    step(square, p, q);
}

PULSE_CLONES void lanes_vessel(const linear_piece *pieces, bool uniform, double length_m,
                               const lane_vector *w, const lanes *series,
                               lanes_square quarters[LINEAR_QUARTERS], lanes *first,
                               lanes *last, lanes *across)
{
    const int each = LINEAR_PIECES / LINEAR_QUARTERS;
    lanes_square whole, half;

    if (uniform) {
        piece_square(pieces, length_m / LINEAR_QUARTERS, w, series, &quarters[0]);
        for (int i = 1; i < LINEAR_QUARTERS; i++)
            quarters[i] = quarters[0];
        square_product(&half, &quarters[0], &quarters[0]);
        square_product(&whole, &half, &half);
    } else {
        for (int i = 0; i < LINEAR_PIECES; i++) {
            lanes_square *quarter = &quarters[i / each], one;

            piece_square(&pieces[i], length_m / LINEAR_PIECES, w, series ? &series[i] : NULL,
                         &one);
            if (i % each)
                square_product(quarter, quarter, &one);
            else
                *quarter = one;
        }
        whole = quarters[0];
        for (int i = 1; i < LINEAR_QUARTERS; i++)
            square_product(&whole, &whole, &quarters[i]);
    }
    invert(across, &whole.b);
    mul(first, &whole.d, across);
    mul(last, &whole.a, across);
}

PULSE_CLONES void lanes_along(const lanes_square quarters[LINEAR_QUARTERS], const lanes *first,
                              const lanes *across, const lanes *p0, const lanes *p1,
                              lanes p[LINEAR_QUARTERS + 1], lanes q[LINEAR_QUARTERS + 1])
{
    p[0] = *p0;
    mul(&q[0], first, p0);
    mul_sub(&q[0], across, p1);
    for (int i = 0; i < LINEAR_QUARTERS; i++) {
        p[i + 1] = p[i];
        q[i + 1] = q[i];
        step(&quarters[i], &p[i + 1], &q[i + 1]);
    }
}

PULSE_CLONES void lanes_solve(const wave_sparse *s, lanes *matrix, lanes *row, lanes *inverse,
                              lanes *right)
{
    for (wadi_index i = 0; i < s->count; i++) {
        for (wadi_index at = s->row_start[i]; at < s->row_start[i + 1]; at++)
            row[s->column[at]] = matrix[at];
        for (wadi_index at = s->row_start[i]; at < s->diagonal[i]; at++) {
            wadi_index k = s->column[at];
            lanes factor;

            mul(&factor, &row[k], &inverse[k]);
            for (wadi_index of = s->diagonal[k] + 1; of < s->row_start[k + 1]; of++)
                mul_sub(&row[s->column[of]], &factor, &matrix[of]);
            mul_sub(&right[i], &factor, &right[k]);
        }
        for (wadi_index at = s->diagonal[i]; at < s->row_start[i + 1]; at++)
            matrix[at] = row[s->column[at]];
        invert(&inverse[i], &row[i]);
    }
    for (wadi_index i = s->count - 1; i >= 0; i--) {
        for (wadi_index at = s->diagonal[i] + 1; at < s->row_start[i + 1]; at++)
            mul_sub(&right[i], &matrix[at], &right[s->column[at]]);
        mul(&right[i], &right[i], &inverse[i]);
    }
}

PULSE_CLONES void lanes_multiply(const lanes *a, const lanes *b, lanes *out)
{
    mul(out, a, b);
}

PULSE_CLONES void lanes_invert(const lanes *a, lanes *out)
{
    invert(out, a);
}

PULSE_CLONES void lanes_sum(size_t count, size_t stride, const lanes *pressure,
                            const lanes *flow, const double *cosine, const double *sine,
                            double *restrict p, double *restrict q)
{
    const lanes a = *pressure, b = *flow;

    PULSE_VECTOR_LOOP
    for (size_t i = 0; i < count; i++) {
        double sum_p = p[i], sum_q = q[i];

        for (size_t k = 0; k < LINEAR_LANES; k++) {
            double c = cosine[k * stride + i], s = sine[k * stride + i];

            sum_p += a.re[k] * c - a.im[k] * s;
            sum_q += b.re[k] * c - b.im[k] * s;
        }
        p[i] = sum_p;
        q[i] = sum_q;
    }
}
