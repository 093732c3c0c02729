/* Three-vectors, as little as is needed here. */
#ifndef WADI_VECTOR_IMPL_H
#define WADI_VECTOR_IMPL_H

#include <math.h>
#include <stdbool.h>

static inline double v_dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static inline void v_cross(const double a[3], const double b[3], double out[3])
{
    double x = a[1] * b[2] - a[2] * b[1], y = a[2] * b[0] - a[0] * b[2];

    out[2] = a[0] * b[1] - a[1] * b[0];
    out[0] = x;
    out[1] = y;
}

/* out = a + s b */
static inline void v_add(const double a[3], double s, const double b[3], double out[3])
{
    for (int k = 0; k < 3; k++)
        out[k] = a[k] + s * b[k];
}

static inline double v_distance(const double a[3], const double b[3])
{
    double d[3];

    v_add(a, -1, b, d);
    return sqrt(v_dot(d, d));
}

/* False, and nothing changed, for what has no direction. */
static inline bool v_unit(double a[3])
{
    double length = sqrt(v_dot(a, a));

    if (!(length > 1e-12))
        return false;
    for (int k = 0; k < 3; k++)
        a[k] /= length;
    return true;
}

#endif
