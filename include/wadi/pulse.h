/// @file pulse.h
/// Nonlinear one-dimensional blood flow over the heartbeat, to its periodic state.
///
///     dA/dt + dQ/dx = 0
///     dQ/dt + d(alpha Q^2/A)/dx + (A/rho) dp/dx = -2 (zeta + 2) pi nu Q/A - A g dz/dx
///
/// Second order in space and time (MUSCL-Hancock), local time steps, well balanced for taper,
/// stiffness and gravity. Equations, scheme and checks: docs/model/flow.md.
///
/// One `wadi_pulse` is one run; it borrows the network, which must outlive it. Several runs may
/// share a network in several threads.
#ifndef WADI_PULSE_H
#define WADI_PULSE_H

#include "wadi/network.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wadi_pulse wadi_pulse;

/// What a run tells while it goes on, once a cycle and now and then within one.
typedef struct wadi_pulse_progress {
    long cycle;         ///< the running one, from 1
    double cycle_frac;  ///< how much of it is done
    double residual_pa; ///< of the last full cycle; NaN before the second
} wadi_pulse_progress;

typedef struct wadi_pulse_options {
    double dx_m;       ///< longest cell, m; default 2.5e-3
    double cfl;        ///< cells per wave and step, 0..1; default 0.95
    double tol_pa;     ///< periodic when pressures repeat within this, Pa; default 0.1 mmHg
    long cycles;       ///< at most this many; default 100
    bool accelerate;   ///< start from the linear solution and jump on slow states; default true
    bool fixed_cycles; ///< run exactly `cycles`, periodic or not; default false
    double sample_s;   ///< longest time between samples of a waveform; default 4e-3 s
    double time_step_s; ///< force one step for all vessels; 0 (default) chooses local ones
    bool global_step;   ///< no local time steps; default false
    int threads; ///< most threads of this run; 0 and 1 are one; any number gives the same
                 ///< bits. One for each 256 cells at most: fewer are not worth the waiting
    /// Called with progress; true stops the run after the running step. NULL is fine.
    bool (*progress)(void *user, const wadi_pulse_progress *progress);
    void *user;
} wadi_pulse_options;

WADI_API wadi_pulse_options wadi_pulse_options_default(void);

enum { WADI_PULSE_PLACES = 5 }; ///< 0, 1/4, 1/2, 3/4 and 1 of a vessel's length

/// What a run came to.
typedef struct wadi_pulse_summary {
    wadi_index vessels;
    long cells;
    long cycles;           ///< plain cycles that were run, those for proof included
    double residual_pa;    ///< greatest change of pressure from the cycle before
    bool periodic;         ///< residual_pa <= tol_pa
    bool interrupted;      ///< progress() asked to stop
    double mass_balance;   ///< |volume change - (in - out)| / in, last cycle
    double cell_updates;   ///< in all
    double cycle_updates;  ///< in the last cycle
    double global_updates; ///< what one time step for all would have needed in that cycle
    long steps_per_cycle;  ///< longest steps
    long newton_failures;  ///< joints that fell back on bisection
    size_t samples;        ///< of each waveform, 0 and T included
} wadi_pulse_summary;

/// Indices of one vessel's last cycle; flow and velocity at its middle, pressure there too.
typedef struct wadi_pulse_indices {
    double p_mean_pa, p_min_pa, p_max_pa;
    double q_mean_m3_s, q_min_m3_s, q_max_m3_s;
    double psv_m_s, edv_m_s; ///< peak systolic and end diastolic velocity, along the mean flow
    double ri, pi;           ///< resistance and pulsatility index
    double acceleration_s;   ///< foot to peak of the velocity; NaN without a pulse
    double wss_mean_pa, wss_peak_pa;
} wadi_pulse_indices;

/// @retval WADI_ERR_RANGE  an option that cannot be, or a forced time step too large
/// @retval WADI_ERR_NOMEM
WADI_API wadi_status wadi_pulse_new(const wadi_network *network,
                                    const wadi_pulse_options *options, wadi_pulse **out,
                                    wadi_error *err) WADI_MUST_USE;
WADI_API void wadi_pulse_free(wadi_pulse *pulse);

/// Run to the periodic state, or `cycles`, or until told to stop. May be called again to go on.
/// @retval WADI_ERR_CONVERGENCE  not periodic after `cycles`, unless those are fixed; or the
///                               solution was lost (the message says where)
WADI_API wadi_status wadi_pulse_run(wadi_pulse *pulse, wadi_error *err) WADI_MUST_USE;

WADI_API wadi_pulse_summary wadi_pulse_summarize(const wadi_pulse *pulse);
/// Waveform of a vessel at a place: (samples) numbers each; any output may be NULL.
WADI_API void wadi_pulse_waveform(const wadi_pulse *pulse, wadi_index vessel, int place,
                                  double *time_s, double *pressure_pa, double *flow_m3_s,
                                  double *area_m2, double *velocity_m_s);
WADI_API void wadi_pulse_indices_of(const wadi_pulse *pulse, wadi_index vessel,
                                    wadi_pulse_indices *out);
/// Cells of a vessel now: count, and (count) numbers each; outputs may be NULL.
WADI_API wadi_index wadi_pulse_cells(const wadi_pulse *pulse, wadi_index vessel, double *x_m,
                                     double *area_m2, double *flow_m3_s, double *pressure_pa);
/// Overwrite the state of a vessel (for Riemann problems and tests).
WADI_API void wadi_pulse_set_cells(wadi_pulse *pulse, wadi_index vessel, const double *area_m2,
                                   const double *flow_m3_s);
/// Mean and end-of-cycle state of an element: mean flow, and for a valve its opening 0..1.
WADI_API void wadi_pulse_element(const wadi_pulse *pulse, wadi_index element, double *flow_m3_s,
                                 double *opening, double *mean_flow_m3_s);
/// Pressure of a node now.
WADI_API double wadi_pulse_node_pressure(const wadi_pulse *pulse, wadi_index node);

/// Save all that a run needs to go on with the same bits, and take it back. A file of another
/// network, other options or another version is refused, as is a truncated one.
WADI_API wadi_status wadi_pulse_checkpoint_write(const wadi_pulse *pulse, const char *path,
                                                 wadi_error *err) WADI_MUST_USE;
WADI_API wadi_status wadi_pulse_checkpoint_read(wadi_pulse *pulse, const char *path,
                                                wadi_error *err) WADI_MUST_USE;
WADI_API wadi_status wadi_pulse_checkpoint_parse(wadi_pulse *pulse, const char *place,
                                                 const void *bytes, size_t size,
                                                 wadi_error *err) WADI_MUST_USE;

/// Write waveforms.csv, ParaView .pvd and .vtp files, and waveforms.svg into a directory.
WADI_API wadi_status wadi_pulse_write(const wadi_pulse *pulse, const char *directory,
                                      wadi_error *err) WADI_MUST_USE;
/// The result as JSON ("wadi.flow/1"); `free` *out. `cpu_s` and `peak_rss_bytes` are printed as
/// they are given.
WADI_API wadi_status wadi_pulse_json(const wadi_pulse *pulse, double cpu_s,
                                     double peak_rss_bytes, char **out, size_t *size,
                                     wadi_error *err) WADI_MUST_USE;

/// A bare kernel for comparison: the same scheme on one long artery (or vein) of `cells` cells,
/// no joints, for `steps` steps. Returns cell updates done.
WADI_API wadi_status wadi_pulse_bare_kernel(bool vein, long cells, long steps, double *updates,
                                            wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
