/* Wall laws and waves in one vessel, as small functions of numbers. Symbols as in
 * wadi/network.h; x = A/A0. Artery kernels use s = sqrt(x), for which everything is a
 * polynomial. */
#ifndef WADI_WAVE_IMPL_H
#define WADI_WAVE_IMPL_H

#include "base/base_impl.h"

#include <math.h>

/* phi(x) = x^10 - x^(-3/2), its slope, and x phi'(x), of which c^2 = (K/rho) x phi'. */
static inline double wave_vein_phi(double x)
{
    double x2 = x * x, x4 = x2 * x2;

    return x4 * x4 * x2 - 1.0 / (x * sqrt(x));
}

static inline double wave_vein_slope(double x)
{
    double x2 = x * x, x4 = x2 * x2;

    return 10.0 * x4 * x4 * x + 1.5 / (x2 * sqrt(x));
}

/* Integral of x phi'(x) dx: the momentum flux of the wall is K A0 / rho times this. */
static inline double wave_vein_flux(double x)
{
    double x2 = x * x, x4 = x2 * x2;

    return (10.0 / 11.0) * x4 * x4 * x2 * x - 3.0 / sqrt(x);
}

/* c / (A sqrt(K/rho)) A0 = sqrt(phi'(x) / x): du = this * sqrt(K/rho) dx along a
 * characteristic. */
static inline double wave_vein_invariant_slope(double x)
{
    return sqrt(wave_vein_slope(x) / x);
}

/* Power of x with which c^2 rises: x d(c^2)/dx = c^2 this. */
static inline double wave_vein_speed_power(double x)
{
    double x2 = x * x, x4 = x2 * x2, high = x4 * x4 * x2, low = 1.0 / (x * sqrt(x));

    return (100.0 * high - 2.25 * low) / (10.0 * high + 1.5 * low);
}

/* x with phi(x) = y, from a first guess; phi rises everywhere, so the bracket cannot be lost.
 */
double wave_vein_inverse(double y, double guess);

/* Area at a transmural pressure. */
double wave_area(bool vein, double stiffness_pa, double area0_m2, double transmural_pa);
double wave_transmural(bool vein, double stiffness_pa, double area0_m2, double area_m2);
/* Pulse wave speed in m/s. */
double wave_speed(bool vein, double stiffness_pa, double area0_m2, double density,
                  double area_m2);

#endif
