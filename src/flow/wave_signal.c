#include "flow/pulse_network_impl.h"

double wave_signal_at(const wadi_network_signal *signal, double time_s)
{
    size_t low = 0, high = signal->count - 1;
    double period = signal->time_s[high], t, width;

    if (period <= 0)
        return signal->value[0];
    t = time_s - floor(time_s / period) * period;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (signal->time_s[middle] <= t)
            low = middle;
        else
            high = middle;
    }
    width = signal->time_s[high] - signal->time_s[low];
    return signal->value[low] +
           (signal->value[high] - signal->value[low]) * (t - signal->time_s[low]) / width;
}

/* Coefficients of a polygon: integrating by parts leaves the jumps of slope at the corners. */
void wave_signal_harmonics(const wadi_network_signal *signal, int count, double *mean,
                           double *re, double *im)
{
    size_t last = signal->count - 1;
    double period = signal->time_s[last], area = 0;

    for (size_t i = 0; i < last; i++)
        area += 0.5 * (signal->value[i] + signal->value[i + 1]) *
                (signal->time_s[i + 1] - signal->time_s[i]);
    *mean = last ? area / period : signal->value[0];
    for (int k = 1; k <= count; k++) {
        double w = 2 * WADI_PI * k / period, sum_re = 0, sum_im = 0;

        for (size_t i = 0; i < last; i++) {
            double t0 = signal->time_s[i], t1 = signal->time_s[i + 1];
            double slope = (signal->value[i + 1] - signal->value[i]) / (t1 - t0);

            /* int slope * exp(-iwt) dt / (iw), summed over the sides */
            sum_re += slope * (cos(w * t1) - cos(w * t0));
            sum_im -= slope * (sin(w * t1) - sin(w * t0));
        }
        re[k - 1] = 2 / period * sum_re / (w * w);
        im[k - 1] = 2 / period * sum_im / (w * w);
        if (last == 0)
            re[k - 1] = im[k - 1] = 0;
    }
}
