/* The WIfI tables, for the walker in wifi.c and for those who print them. */
#ifndef WADI_WIFI_IMPL_H
#define WADI_WIFI_IMPL_H

#include "stage/stage_impl.h"

struct wifi_ischemia_row {
    int grade, abi_hundredths_min;
    double ankle_min, ankle_max, toe_min, toe_top;
    const char *abi_printed, *ankle_printed, *toe_printed;
};

struct wifi_wound_row {
    int grade;
    const char *ulcer, *gangrene, *clinical;
};

extern const wadi_wifi_risk WADI_WIFI_AMPUTATION[4][4][4]; /* W, I, fI */
extern const wadi_wifi_risk WADI_WIFI_BENEFIT[4][4][4];    /* switched off */
extern const struct wifi_ischemia_row WADI_WIFI_ISCHEMIA[4];
extern const struct wifi_wound_row WADI_WIFI_WOUND[4];

#endif
