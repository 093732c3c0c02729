/* A heart for a limb: elastance, aorta and the rest of the body, found from what the model says
 * of mean and pulse pressure, output and reflexes. */
#include "flow/pulse_limb_impl.h"

#include "base/base_impl.h"

/* The ventricle fills from this. MEMORY of textbook physiology. */
static const double FILL_PA = 8 * WADI_PA_PER_MMHG;
/* Contraction, hold and relaxation, s from the start of the beat. ESTIMATE. */
static const double RISE_S = 0.06, HOLD_S = 0.28, FALL_S = 0.36;
/* Time constants of emptying and filling, s. ESTIMATE. */
static const double EMPTY_TIME_S = 0.03, FILL_TIME_S = 0.06;
static const double STEP_S = 1e-3;

double limb_heart_activation(double time_s)
{
    if (time_s < RISE_S)
        return 0.5 * (1 - cos(WADI_PI * time_s / RISE_S));
    if (time_s < HOLD_S)
        return 1;
    if (time_s < FALL_S)
        return 0.5 * (1 + cos(WADI_PI * (time_s - HOLD_S) / (FALL_S - HOLD_S)));
    return 0;
}

/* Mean pressure and its swing once the beats repeat: the arteries one store, all that they feed
 * one resistance. */
static void beat(const limb_heart *h, double resistance, double venous_pa, double period_s,
                 double *mean_pa, double *swing_pa)
{
    long steps = lround(period_s / STEP_S);
    double p = *mean_pa, v = FILL_PA / h->least_pa_m3, dt = period_s / (double)steps;

    for (int cycle = 0; cycle < 40; cycle++) {
        double low = INFINITY, high = 0, sum = 0;
        for (long i = 0; i < steps; i++) {
            double e = h->least_pa_m3 + (h->most_pa_m3 - h->least_pa_m3) *
                                            limb_heart_activation(((double)i + 0.5) * dt);
            double out = fmax(0, (e * v - p) / (h->empty_resistance + 0.5 * dt * e));
            double in = fmax(0, (FILL_PA - e * v) / (h->fill_resistance + 0.5 * dt * e));
            v += dt * (in - out);
            p += dt * (out - (p - venous_pa) / resistance) / h->compliance_m3_pa;
            low = fmin(low, p);
            high = fmax(high, p);
            sum += p;
        }
        *mean_pa = sum / (double)steps;
        *swing_pa = high - low;
    }
}

wadi_status limb_heart_fit(const limb_heart_wish *wish, limb_heart *out, wadi_error *err)
{
    double resistance = (wish->mean_pa - wish->venous_pa) / wish->output_m3_s;
    double gives_way = 1 / wish->source_resistance - 1 / resistance; /* 1 / (E_max T) */
    double full, mean = wish->mean_pa, swing = wish->swing_pa;

    if (!(gives_way > 0) || !(resistance > 0))
        return wadi_fail(err, WADI_ERR_RANGE,
                         "heart: it gives way by %g Pa s/m3 and the body resists by %g, less "
                         "than that and more than 0 is wanted (reflexes, output, pressures)",
                         wish->source_resistance, resistance);
    out->fill_pa = FILL_PA;
    out->most_pa_m3 = 1 / (gives_way * wish->period_s);
    out->empty_resistance = EMPTY_TIME_S * out->most_pa_m3;
    full = wish->output_m3_s * wish->period_s + wish->mean_pa / out->most_pa_m3;
    out->compliance_m3_pa = wish->output_m3_s * wish->period_s / wish->swing_pa;
    /* Fill and store in turns until both pressures are those of the model. */
    for (int i = 0; i < 40; i++) {
        out->least_pa_m3 = FILL_PA / full;
        out->fill_resistance = FILL_TIME_S * out->least_pa_m3;
        beat(out, resistance, wish->venous_pa, wish->period_s, &mean, &swing);
        full += (wish->mean_pa - mean) / wish->source_resistance * wish->period_s;
        out->compliance_m3_pa *= swing / wish->swing_pa;
        if (!(full > 0) || !isfinite(out->compliance_m3_pa))
            break;
    }
    if (!(fabs(mean - wish->mean_pa) < 1e-3 * wish->mean_pa &&
          fabs(swing - wish->swing_pa) < 1e-2 * wish->swing_pa))
        return wadi_fail(err, WADI_ERR_CONVERGENCE,
                         "heart: mean and pulse pressure come to %g and %g Pa, %g and %g are "
                         "wanted",
                         mean, swing, wish->mean_pa, wish->swing_pa);
    return WADI_OK;
}
