/// @file linear.h
/// Pulsatile flow in the frequency domain: every vessel a transmission line about the nonlinear
/// mean, every harmonic one sparse complex solve.
///
///     -dP/dx = (R + i w L) Q,   -dQ/dx = i w C P,
///     L = rho/A, C = A/(rho c^2), R = 2 (zeta + 2) pi mu / A^2   (or Womersley's, as an
///     option)
///
/// A solution is immutable: any number of threads may read it.
#ifndef WADI_LINEAR_H
#define WADI_LINEAR_H

#include "wadi/network.h"
#include "wadi/pulse.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wadi_linear wadi_linear;

typedef struct wadi_linear_options {
    int harmonics;  ///< 0 (the mean alone) to 1000; default 20
    size_t samples; ///< of the waveforms, 0 and T included, or 0 for none; default 251
    bool
        womersley; ///< friction by Womersley's profile in place of the fixed one; default false
} wadi_linear_options;

WADI_API wadi_linear_options wadi_linear_options_default(void);

/// @retval WADI_ERR_CONVERGENCE  the mean flow could not be found
WADI_API wadi_status wadi_linear_solve(const wadi_network *network,
                                       const wadi_linear_options *options, wadi_linear **out,
                                       wadi_error *err) WADI_MUST_USE;
WADI_API void wadi_linear_free(wadi_linear *linear);
WADI_API size_t wadi_linear_samples(const wadi_linear *linear);
/// As wadi_pulse_waveform and wadi_pulse_indices_of.
WADI_API void wadi_linear_waveform(const wadi_linear *linear, wadi_index vessel, int place,
                                   double *time_s, double *pressure_pa, double *flow_m3_s,
                                   double *area_m2, double *velocity_m_s);
WADI_API void wadi_linear_indices_of(const wadi_linear *linear, wadi_index vessel,
                                     wadi_pulse_indices *out);
/// As wadi_pulse_write and wadi_pulse_json.
WADI_API wadi_status wadi_linear_write(const wadi_linear *linear, const char *directory,
                                       wadi_error *err) WADI_MUST_USE;
WADI_API wadi_status wadi_linear_json(const wadi_linear *linear, double cpu_s,
                                      double peak_rss_bytes, char **out, size_t *size,
                                      wadi_error *err) WADI_MUST_USE;
/// Longitudinal impedance of a rigid tube per metre by Womersley (1955): real and imaginary
/// part of i w rho / (pi R^2 (1 - F10)), F10 = 2 J1(b) / (b J0(b)), b = i^(3/2) R sqrt(w/nu).
WADI_API void wadi_linear_womersley(double radius_m, double density, double viscosity, double w,
                                    double *re, double *im);

#ifdef __cplusplus
}
#endif
#endif
