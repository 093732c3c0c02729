#include "stats/stats_impl.h"

wadi_stats_spec wadi_stats_spec_default(void)
{
    return (wadi_stats_spec){
        .level = 0.95,
        .total_events = NAN,
        .goal_frac = 0.54,
        .prior_a = 0.5,
        .prior_b = 0.5,
        .alternative = "two-sided",
        .zph = "km",
    };
}
