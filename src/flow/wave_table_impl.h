/* Waveforms of all vessels at five places, and what is read from them and written of them. */
#ifndef WADI_WAVE_TABLE_IMPL_H
#define WADI_WAVE_TABLE_IMPL_H

#include "flow/pulse_network_impl.h"
#include "wadi/pulse.h"

typedef struct wave_table {
    const wadi_network *network;
    size_t samples;
    double *p, *q; /* (vessels x places x samples) */
} wave_table;

extern const double WAVE_PLACES[WADI_PULSE_PLACES];

wadi_status wave_table_init(wave_table *table, const wadi_network *network, size_t samples,
                            wadi_error *err) WADI_MUST_USE;
void wave_table_clear(wave_table *table);
void wave_table_waveform(const wave_table *table, wadi_index vessel, int place, double *time_s,
                         double *pressure_pa, double *flow_m3_s, double *area_m2,
                         double *velocity_m_s);
/* (count) samples of a wave at a place, from sample `first` of `samples`: what
 * wave_table_waveform gives, at their place in the outputs. */
void wave_samples(const wadi_network *network, wadi_index vessel, int place, size_t first,
                  size_t count, size_t samples, const double *p, const double *q,
                  double *time_s, double *pressure_pa, double *flow_m3_s, double *area_m2,
                  double *velocity_m_s);
/* Indices of the wave at a vessel's middle, (count) samples with 0 and T. */
void wave_indices(const wadi_network *network, wadi_index vessel, size_t count, const double *p,
                  const double *q, wadi_pulse_indices *out);
void wave_table_indices(const wave_table *table, wadi_index vessel, wadi_pulse_indices *out);
wadi_status wave_table_write(const wave_table *table, const char *directory,
                             wadi_error *err) WADI_MUST_USE;
wadi_status wave_table_json(const wave_table *table, const char *level,
                            const wadi_pulse_summary *summary, double cpu_s,
                            double peak_rss_bytes, char **out, size_t *size,
                            wadi_error *err) WADI_MUST_USE;
/* waveforms.svg: a strip of velocity per vessel, like a duplex trace. */
wadi_status wave_svg_write(const wave_table *table, const char *path,
                           wadi_error *err) WADI_MUST_USE;
/* flow.pvd and one .vtp per shown moment: vessels as 3-D polylines. */
wadi_status wave_vtp_write(const wave_table *table, const char *directory,
                           wadi_error *err) WADI_MUST_USE;

#endif
