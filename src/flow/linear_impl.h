#ifndef WADI_LINEAR_IMPL_H
#define WADI_LINEAR_IMPL_H

#include "flow/linear_lanes_impl.h"
#include "flow/pulse_network_impl.h"
#include "flow/wave_table_impl.h"
#include "wadi/linear.h"

/* A wave at one place: pressure and flow, for the harmonics of one block. */
typedef struct linear_wave {
    lanes p, q;
} linear_wave;

struct wadi_linear {
    const wadi_network *network;
    wadi_linear_options options;
    wave_sparse sparse;
    wadi_index (
        *slot)[4]; /* (vessels, then elements): entries from-from, to-to, from-to, to-from */
    double *node_mean;    /* (nodes) with rho g z */
    double *flow_mean;    /* (vessels) */
    double *element_mean; /* (elements) flow */
    double *element_r;    /* (elements) slope of dp over q at the mean, */
    double *element_l;    /* and inertance */
    double mass_balance;  /* of the mean: greatest imbalance of a node over greatest flow */
    double *pressure;     /* (vessels x (pieces + 1)) mean on the wall, at the ends of pieces */
    linear_piece *piece;  /* (vessels x pieces) */
    double *area;         /* (vessels x pieces) */
    bool *uniform;        /* (vessels) all pieces are the same */
    size_t blocks;        /* of LINEAR_LANES harmonics; what is over repeats the last one */
    lanes *node;          /* (blocks x nodes) */
    lanes *element;       /* (blocks x elements) flow */
    linear_wave *wave;    /* (blocks x vessels x places) */
    double *cosine, *sine; /* (blocks x lanes x (samples - 1)) */
    double *middle;        /* (vessels x 2 x samples) pressure and flow at the middles */
};

/* Friction constant kappa rho: dp/dx = -this Q / A^2. */
double linear_friction(const wadi_network *network, const wadi_network_vessel *vessel);
/* Mean pressures and flows by Newton; then the pieces of all vessels, element_r, element_l. */
wadi_status linear_mean(wadi_linear *linear, wadi_error *err) WADI_MUST_USE;
/* The solution without waveforms. */
wadi_status linear_harmonics(wadi_linear *linear, wadi_error *err) WADI_MUST_USE;
/* Waveforms at the middles. */
wadi_status linear_waves(wadi_linear *linear, wadi_error *err) WADI_MUST_USE;
/* Angular frequencies of a block. */
void linear_block_w(const wadi_linear *linear, size_t block, lane_vector *w);
/* Harmonic k, from 1, of a node's pressure or an element's flow. */
double complex linear_node(const wadi_linear *linear, wadi_index node, int k);
double complex linear_element(const wadi_linear *linear, wadi_index element, int k);
/* Womersley's series impedances of a vessel's pieces in a block; NULL where friction is that of
 * the fixed profile. `room` is (pieces). */
const lanes *linear_series(const wadi_linear *linear, wadi_index vessel, size_t block,
                           lanes room[LINEAR_PIECES]);
/* Pressure and flow of a vessel at time 0 in the middles of `cells` cells. */
void linear_at_start(const wadi_linear *linear, wadi_index vessel, wadi_index cells, double *p,
                     double *q);
/* Mean pressure on the wall along a vessel at a fraction of its length. */
double linear_mean_at(const wadi_linear *linear, wadi_index vessel, double x_frac);

#endif
