/* Confidence limits of a curve on five scales. S in (0, 1) with standard error se: on the scale
 * g(S) the error is g'(S) se, and the limits are taken back by the inverse of g. */
#include "stats/stats_impl.h"

void stats_conf(wadi_conf_type type, double p, double se, double z, double *low, double *high)
{
    double width = z * se, g;

    *low = *high = NAN;
    if (!(p == p) || !(se == se))
        return;
    switch (type) {
    case WADI_CONF_PLAIN:
        *low = fmax(p - width, 0);
        *high = fmin(p + width, 1);
        break;
    case WADI_CONF_LOG:
        if (p <= 0)
            return;
        *low = p * exp(-width / p);
        *high = fmin(p * exp(width / p), 1);
        break;
    case WADI_CONF_LOG_LOG:
        if (p <= 0 || p >= 1)
            return;
        g = log(-log(p));
        width /= p * -log(p);
        *low = exp(-exp(g + width));
        *high = exp(-exp(g - width));
        break;
    case WADI_CONF_LOGIT:
        if (p <= 0 || p >= 1)
            return;
        g = log(p / (1 - p));
        width /= p * (1 - p);
        *low = 1 - 1 / (1 + exp(g - width));
        *high = 1 - 1 / (1 + exp(g + width));
        break;
    case WADI_CONF_ARCSIN:
        if (p <= 0 || p >= 1)
            return;
        g = asin(sqrt(p));
        width *= 0.5 / sqrt(p * (1 - p));
        *low = pow(sin(fmax(0, g - width)), 2);
        *high = pow(sin(fmin(STATS_PI_2, g + width)), 2);
        break;
    case WADI_CONF_NONE:
        break;
    }
}

const char *stats_conf_name(wadi_conf_type type)
{
    static const char *const NAMES[] = {"log", "plain", "log-log", "logit", "arcsin", "no"};

    return NAMES[type];
}
