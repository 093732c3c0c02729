/* All joints of one time step, side by side for vector units.
 *
 * Ends, nodes, elements and ports of all clusters of a level lie in flat arrays, number `lanes`
 * times each: entry slot * lanes + lane. What is done to one of them does not depend on its
 * neighbours, so a joint has the same bits alone, beside others, and in any lane. The equations
 * are those of pulse_end.c, pulse_element.c and pulse_joint.c; a joint that does not settle in
 * some rounds, and whatever kind is not known here, goes back there.                         */
#ifndef WADI_PULSE_PACK_IMPL_H
#define WADI_PULSE_PACK_IMPL_H

#include "flow/pulse_impl.h"

enum { PACK_PAST = 3 }; /* steps that a first guess looks back to */

/* (ends x lanes); arteries before veins. */
typedef struct pack_ends {
    size_t count, arteries; /* ends */
    double *a0, *k, *off, *c2, *inv_c2, *loss, *alpha, *flux, *sign, *total, *inv_k, *graded;
    double *in_x, *in_un, *x, *q, *p, *dp, *ratio; /* state; what it does at x */
    double *past[PACK_PAST];                       /* x - in_x of the last steps */
    double *goal, *live, *bad, *flow;
    double *shift, *weight; /* of the running step */
    pulse_shore shore;      /* its part of the shore */
    wadi_index *node, *of;  /* (ends) slot of its node; index among the ends of a lane */
    wadi_index *level;      /* (ends) of its vessel */
} pack_ends;

/* (elements x lanes); valves before resistors. */
typedef struct pack_elements {
    size_t count, valves;
    double *r, *back, *b, *momentum, *theta; /* theta 0: no inertia */
    double *open, *closed, *length, *opening, *closing, *p_open, *p_close;
    double *q, *zeta, *zeta_mid, *dp, *moved;
    double *guess, *goal, *flow, *slope, *out, *live, *bad;
    wadi_index *from, *to, *of;                /* slots of nodes; index among those of a lane */
    size_t *d_from, *d_to, *from_to, *to_from; /* in the matrix; SIZE_MAX: none */
} pack_elements;

/* (ports x lanes) */
typedef struct pack_ports {
    size_t count;
    double *s0, *g, *value, *rest, *decay_half, *decay, *fill, *moved;
    wadi_index *node, *of;
    pulse_port_kind *kind;
} pack_ports;

/* (nodes x lanes), then reservoirs that elements of the pack lead to. */
typedef struct pack_nodes {
    size_t count, singles, outer; /* singles: clusters of one node come first */
    double *s0, *g, *rest, *right, *p, *before, *live, *arriving;
    size_t *diagonal;
    wadi_index *of;     /* (nodes + outer) node of the network */
    wadi_index *pinned; /* (pinned_count) slots */
    double *pinned_p;   /* (pinned_count x lanes) */
    size_t pinned_count;
} pack_nodes;

struct pulse_pack {
    int level;
    int part; /* which of the threads' shares */
    size_t lanes;
    wadi_index *clusters;                                     /* (cluster_count) of a lane */
    wadi_index *cluster_node, *cluster_end, *cluster_element; /* first of each, and an end */
    size_t cluster_count;
    pack_ends ends;
    pack_elements elements;
    pack_ports ports;
    pack_nodes nodes;
    wadi_index *ends_by_cluster, *elements_by_cluster;
    double *matrix, *row, *open; /* open: (clusters x lanes) not settled yet */
    size_t slots;
    size_t *first_slot; /* (clusters) of its matrix */
    double *store;
    wadi_index *index_store;
    size_t *size_store;
    long age;       /* steps since the last guess from nothing */
    bool disturbed; /* some `live` is 0 */
    long failures;  /* joints that were solved alone */
};

/* pulse_pack_law.c: arithmetic of many ends and elements. */
void pack_arrive(pack_ends *ends, size_t lanes, long age);
void pack_evaluate_ends(pack_ends *ends, size_t lanes, double rho);
/* Take each end to its goal as far as a step can; true when some was far. */
bool pack_move_ends(pack_ends *ends, size_t lanes);
void pack_deliver(pack_ends *ends, size_t lanes);
void pack_begin_valves(pack_elements *elements, size_t lanes, double rho, double dt_s);
void pack_evaluate_elements(pack_elements *elements, size_t lanes);
bool pack_move_elements(pack_elements *elements, size_t lanes);
void pack_end_elements(pack_elements *elements, size_t lanes, double dt_s);
void pack_divide(size_t count, double *restrict right, const double *restrict matrix);

#endif
