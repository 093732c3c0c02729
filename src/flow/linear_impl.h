#ifndef WADI_LINEAR_IMPL_H
#define WADI_LINEAR_IMPL_H

#include "flow/pulse_network_impl.h"
#include "flow/wave_sparse_impl.h"
#include "flow/wave_table_impl.h"
#include "wadi/linear.h"

enum { LINEAR_SEGMENTS = 8, LINEAR_PER_PLACE = LINEAR_SEGMENTS / 4 };

struct wadi_linear {
    const wadi_network *network;
    wadi_linear_options options;
    wave_sparse sparse;
    double *node_mean;       /* (nodes) */
    double *flow_mean;       /* (vessels) */
    double *element_mean;    /* (elements) flow */
    double *element_r;       /* (elements) slope of dp over q at the mean, */
    double *element_l;       /* and inertance */
    double complex *node;    /* (harmonics x nodes) */
    double complex *element; /* (harmonics x elements) flow */
    double complex *p, *q;   /* (vessels x places x harmonics) */
    wave_table waves;
};

/* Friction constant kappa rho: dp/dx = -this Q / A^2. */
double linear_friction(const wadi_network *network, const wadi_network_vessel *vessel);
/* Mean pressures and flows by Newton-like iteration; also element_r, element_l. */
wadi_status linear_mean(wadi_linear *linear, wadi_error *err) WADI_MUST_USE;
/* The solution without waveforms. */
wadi_status linear_harmonics(wadi_linear *linear, wadi_error *err) WADI_MUST_USE;
/* Pressure and flow of a vessel at time 0 in the middles of `cells` cells. */
void linear_at_start(const wadi_linear *linear, wadi_index vessel, wadi_index cells, double *p,
                     double *q);
/* Mean pressure along a vessel at a fraction of its length. */
double linear_mean_at(const wadi_linear *linear, wadi_index vessel, double x_frac);

#endif
