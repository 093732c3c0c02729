/* Inside of a network: plain arrays that the levels read. */
#ifndef WADI_PULSE_NETWORK_IMPL_H
#define WADI_PULSE_NETWORK_IMPL_H

#include "flow/wave_impl.h"
#include "wadi/network.h"

struct wadi_network {
    wadi_network_blood blood;
    wadi_index node_count, vessel_count, inlet_count, outlet_count, chamber_count,
        element_count;
    wadi_network_vessel *vessels; /* labels are owned */
    wadi_network_inlet *inlets;   /* signals are owned */
    wadi_network_outlet *outlets;
    wadi_network_chamber *chambers;
    wadi_network_element *elements; /* labels are owned */
    double (*position_m)[3];        /* (node_count) */
    wadi_index *node_number;    /* what a model calls its nodes; NULL: as they are counted */
    wadi_index *segment_vessel; /* (segment_count) of the limb it was made of, or NULL */
    wadi_index segment_count;
    double (*course_m)[5][3]; /* (vessels) points at 0, 1/4, 1/2, 3/4 and 1, or NULL */
    double *start_node_pa;    /* (node_count) where the mean may begin, or NULL */
    double period_s, start_pa;
    bool finished, closed_ends;
};

/* The number by which a message names a node. */
long network_node_number(const wadi_network *network, wadi_index node);
/* One connected whole? Asked before ends are, for a message that says what is wrong. */
wadi_status network_check_connected(const wadi_network *network, wadi_error *err) WADI_MUST_USE;

/* Value of a periodic signal at any time. */
double wave_signal_at(const wadi_network_signal *signal, double time_s);
/* Mean and harmonics 1..count of a signal: value = mean + Re sum (re + i im) exp(i k w t).
 * Exact for the piecewise linear signal. */
void wave_signal_harmonics(const wadi_network_signal *signal, int count, double *mean,
                           double *re, double *im);

/* Properties of a vessel at x in 0..1 of its length. */
double network_radius(const wadi_network_vessel *vessel, double x_frac);
double network_stiffness(const wadi_network_vessel *vessel, double x_frac);
double network_momentum(const wadi_network_vessel *vessel);
double network_viscosity(const wadi_network *network, const wadi_network_vessel *vessel);

#endif
