/* The heart that a limb's network may have. */
#ifndef WADI_PULSE_LIMB_IMPL_H
#define WADI_PULSE_LIMB_IMPL_H

#include "flow/wave_impl.h"
#include "wadi/units.h"

/* What the heart is to do with the leg as it was when pressures were measured. */
typedef struct limb_heart_wish {
    double mean_pa, swing_pa, venous_pa; /* arterial mean and pulse pressure */
    double output_m3_s, period_s;
    double
        source_resistance; /* fall of mean pressure over rise of what the leg takes, Pa s/m3 */
} limb_heart_wish;

typedef struct limb_heart {
    double most_pa_m3, least_pa_m3; /* elastance */
    double fill_pa, fill_resistance, empty_resistance;
    double compliance_m3_pa; /* of the arteries */
} limb_heart;

/* Between 0 and 1: how far contracted. */
double limb_heart_activation(double time_s);
wadi_status limb_heart_fit(const limb_heart_wish *wish, limb_heart *out,
                           wadi_error *err) WADI_MUST_USE;

#endif
