/* The one door to GSL's distributions; quantiles of the beta are polished by Newton steps. */
#include "stats/stats_impl.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>

double stats_normal_q(double p)
{
    if (p <= 0)
        return -INFINITY;
    if (p >= 1)
        return INFINITY;
    return p < 0.5 ? gsl_cdf_ugaussian_Pinv(p) : gsl_cdf_ugaussian_Qinv(1 - p);
}

double stats_normal_upper(double z)
{
    return 0.5 * erfc(z * STATS_SQRT1_2);
}

double stats_normal_p2(double z)
{
    return erfc(fabs(z) * STATS_SQRT1_2);
}

double stats_z(double level)
{
    return stats_normal_q(1 - (1 - level) / 2);
}

double stats_chisq_p(double x, double df)
{
    if (!(x == x) || df <= 0)
        return NAN;
    return x <= 0 ? 1 : gsl_cdf_chisq_Q(x, df);
}

double stats_beta_p(double x, double a, double b)
{
    if (x <= 0)
        return 0;
    if (x >= 1)
        return 1;
    return gsl_cdf_beta_P(x, a, b);
}

double stats_beta_q(double p, double a, double b)
{
    double x, low = 0, high = 1;

    if (p <= 0)
        return 0;
    if (p >= 1)
        return 1;
    /* Bisection to be safe everywhere, then Newton to the last digits. */
    for (int i = 0; i < 60; i++) {
        x = 0.5 * (low + high);
        if (stats_beta_p(x, a, b) < p)
            low = x;
        else
            high = x;
        if (high - low < 1e-4 * high)
            break;
    }
    x = 0.5 * (low + high);
    for (int i = 0; i < 60; i++) {
        double density = gsl_ran_beta_pdf(x, a, b);
        double step = (stats_beta_p(x, a, b) - p) / density;
        double next = x - step;

        if (!(density > 0) || !isfinite(step))
            break;
        if (!(next > low && next < high)) {
            if (step > 0)
                high = x;
            else
                low = x;
            next = 0.5 * (low + high);
        }
        if (fabs(next - x) <= 1e-15 * x)
            return next;
        x = next;
    }
    return x;
}

double stats_t_upper(double t, double df)
{
    double tail;

    if (!(t == t) || !(df > 0))
        return NAN;
    if (isinf(df))
        return stats_normal_upper(t);
    if (t * t < df) /* the middle: the complement keeps its digits */
        tail = 0.5 * stats_beta_p(df / (df + t * t), df / 2, 0.5);
    else
        tail = 0.5 * stats_beta_p(1 / (1 + t * t / df), df / 2, 0.5);
    return t >= 0 ? tail : 1 - tail;
}

double stats_t_p2(double t, double df)
{
    return 2 * stats_t_upper(fabs(t), df);
}

double stats_t_q(double p, double df)
{
    return df > 0 ? gsl_cdf_tdist_Pinv(p, df) : NAN;
}

double stats_log_choose(double n, double k)
{
    if (k < 0 || k > n)
        return -INFINITY;
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

double stats_binomial_cdf(double x, double n, double p)
{
    x = floor(x + 1e-9);
    if (x < 0)
        return 0;
    if (x >= n)
        return 1;
    return stats_beta_p(1 - p, n - x, x + 1);
}
