#include "flow/pulse_impl.h"
wadi_status pulse_accelerate_new(wadi_pulse *pulse, wadi_error *err) { (void)pulse; (void)err; return WADI_OK; }
void pulse_accelerate_free(wadi_pulse *pulse) { (void)pulse; }
void pulse_accelerate(wadi_pulse *pulse) { (void)pulse; }
wadi_status pulse_start_linear(wadi_pulse *pulse, wadi_error *err) { (void)pulse; (void)err; return WADI_OK; }
