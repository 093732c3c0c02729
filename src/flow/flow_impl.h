/* Shared by the files of the steady solver. */
#ifndef WADI_FLOW_IMPL_H
#define WADI_FLOW_IMPL_H

#include "base/base_impl.h"
#include "math/sparse_impl.h"
#include "wadi/flow.h"

#define FLOW_DENSITY_KG_M3 1055.0 /* FOUND: pyNS 1050, openBF 1060 */

/* Integral of the open fraction of capillaries over pressure from 0, and the fraction itself.
 */
double flow_capillary_potential(double pressure_pa, double half_pa, double *open_frac);

typedef enum edge_law {
    EDGE_CLOSED,    /* keeps its place in the matrix and carries nothing */
    EDGE_PLAIN,     /* F = p */
    EDGE_VEIN,      /* F = integral of (A/A0)^2 dp of the tube law */
    EDGE_CAPILLARY, /* F = integral of the open fraction */
    EDGE_ARTERIOLE  /* Q = d/R ((d^2 + e^2)/s^2)^(-gamma/2): tone, with its limit */
} edge_law;

/* One edge each; `a` and `b` are network nodes. r and b_coef by direction: [0] from a to b. */
typedef struct edge {
    edge_law law;
    wadi_index a, b;
    double r[2], quadratic[2];
    double tone_limit2, tone_scale2; /* arteriole: e^2 and s^2, Pa^2 */
} edge;

/* Network nodes: the limb's first, then those inside the beds, then the heart. */
typedef struct bed_nodes {
    wadi_index arteriole, pre, mesh, deep,
        superficial;       /* WADI_NONE where a series bed has none */
    wadi_index edge_first; /* star: artery-a, a-pre, pre-mesh, mesh-deep, mesh-sup, deep-vein,
                              sup-vein */
} bed_nodes;

typedef struct ranked_node {
    double pressure;
    wadi_index node;
} ranked_node;

struct wadi_steady {
    edge *edges;
    wadi_index edge_count, edge_capacity;
    wadi_index *segment_edge; /* (segments) WADI_NONE where closed */
    bed_nodes *bed;
    wadi_index node_count, segment_count, bed_count, node_capacity, segment_capacity,
        bed_capacity;
    wadi_index heart;                            /* node behind the inlet */
    double *pressure, *trial, *imbalance, *step; /* (node_count) */
    double *vein_f, *vein_df, *cap_f, *cap_df;   /* (node_count) potentials and slopes */
    bool *has_vein, *has_cap;
    wadi_index *unknown; /* (node_count) row of the matrix, WADI_NONE where fixed or isolated */
    wadi_index *order;   /* (node_count) scratch */
    double *edge_flow, *slope_a, *slope_b; /* (edge_count) */
    wadi_index *slots;                     /* (4 edge_count) places in the matrix */
    double *content, *weight, *use;        /* (node_count) */
    ranked_node *ranked;                   /* (node_count) */
    wadi_index *next_edge;                 /* (edge_count) */
    double *segment_flow;
    wadi_bed_flow *bed_flow;
    wadi_index unknown_count;
    double vein_k_pa, capillary_half_pa, tone_gamma;
    double source_pa, outlet_pa, upstream_r;
    wadi_sparse *matrix;
    wadi_index *rows,
        *columns; /* pattern of the matrix as pairs, kept to see whether it changed */
    wadi_index pair_count, pair_capacity;
};

/* steady_network.c: fill edges and fixed pressures from limb and model. */
wadi_status steady_build(wadi_steady *solver, const wadi_limb *limb, const wadi_model *model,
                         const wadi_steady_options *options, wadi_error *err) WADI_MUST_USE;
/* oxygen.c: content at the nodes, then what each bed gets. */
void steady_oxygen(wadi_steady *solver, const wadi_limb *limb, const wadi_model *model,
                   wadi_steady_result *out);

#endif
