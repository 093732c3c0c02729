/* A run of the pulsatile solver. */
#ifndef WADI_PULSE_IMPL_H
#define WADI_PULSE_IMPL_H

#include "flow/pulse_kernel_impl.h"
#include "flow/pulse_network_impl.h"
#include "flow/wave_sparse_impl.h"
#include "flow/wave_table_impl.h"
#include "wadi/pulse.h"

enum { PULSE_LEVELS = 10, PULSE_ARRAYS_ALIGN = 64, PULSE_MOST_LANES = 8, PULSE_HELD = 16 };

/* Step over time constant up to which a chamber is stepped explicitly; stable up to 1, and up
 * to half of that where two chambers swing against each other. */
static const double PULSE_SLOW = 0.4;

/* Cells of one time step and one wall law. */
typedef struct pulse_block {
    int level;
    pulse_march march;
    double *store; /* all arrays of cells and of what is kept, aligned */
    pulse_verge *verges;
    wadi_index *vessels, vessel_count;
    double *wall; /* (2 x numbers) scratch where walls are viscous, or NULL */
} pulse_block;

/* Where a vessel lies. */
typedef struct pulse_vessel {
    wadi_index cell_count;
    double dx_m;
    pulse_kind kind;
    int level;   /* its step is the longest / 2^level */
    int coarser; /* the level that is tried against it */
    wadi_index block, end[2];
    size_t first;     /* slot of its first cell; lanes lie beside each other within a slot */
    size_t state;     /* where its areas, then its flows, lie in a state vector */
    double fastest;   /* 1/s, fastest wave over cell length in the last cycle */
    double wall_m2_s; /* viscoelastic diffusion, 0 is none */
} pulse_vessel;

/* Where a waveform is read: two cells, the weight of the second; inner: between their middles.
 */
typedef struct pulse_place {
    size_t first;
    double weight, height_pa, stiffness_pa;
    bool artery, beyond;
} pulse_place;

/* End of a vessel at a joint, one per lane. */
typedef struct pulse_end {
    wadi_index vessel, node;
    int side;     /* 0 where the vessel begins */
    size_t shore; /* place in the shore */
    double sign;  /* +1 where its flow runs into the node */
    bool vein;
    double a0, k, off, c2;    /* c2: c^2 = c2 s (artery), c2 x phi'(x) (vein) */
    double flux, alpha, loss; /* of the momentum flux and losses */
    double rho;
    /* of the running step */
    double un, x, in_un, in_x; /* velocity into the node; s or A/A0; state that arrives */
    double in_c;               /* speed of waves in what arrives */
    double low_x, low_p, low_q, seen_p; /* up to where an end is choked; x 0: far away */
    double low_at, pull;                /* the state that then leaves; share of a slope there */
    double q;                           /* flow into the node */
} pulse_end;

/* What closes a node: flow into it s0 - g (p - rest). */
typedef enum pulse_port_kind {
    PORT_INFLOW,
    PORT_SOURCE,
    PORT_HEART,
    PORT_WINDKESSEL,
    PORT_REFLECTION,
    PORT_FIXED,
    PORT_CHAMBER
} pulse_port_kind;

typedef struct pulse_port {
    pulse_port_kind kind;
    wadi_index node, part; /* index among inlets, outlets or chambers of the network */
    size_t state;          /* of its one number in the state vector */
    double value; /* the state: pc, chamber pressure, flow through an inertance, heart volume */
    double filling;           /* heart: flow in during the running step */
    double s0, g;             /* of the running step */
    double theta;             /* chamber: where in the step its flows are taken */
    double grip;              /* chamber: conductance that meets it, m3/(s Pa) */
    double decay_half, decay; /* windkessel: what is left of pc after half a step and a step */
    double moved_m3;          /* volume that came in (inlet) or left (outlet) this cycle */
} pulse_port;

typedef struct pulse_element {
    wadi_index from, to, part;
    wadi_network_element_kind kind;
    size_t state; /* flow, opening, pressure difference */
    double q, zeta, dp;
    double zeta_mid; /* of the running step */
    double flow, slope_from, slope_to;
    double moved_m3;
    const double *flow_at; /* where q stands while the run goes on */
} pulse_element;

typedef struct pulse_node {
    wadi_index first_end, end_count, first_port, port_count;
    wadi_index cluster, local; /* place within the cluster */
    bool total, pinned;        /* pinned: the pressure is given */
    bool reservoir;            /* a chamber so slow that those around it take it as it is */
    wadi_index slot;           /* place in its pack, or among the reservoirs */
    wadi_index first_side, side_count; /* reservoir: its elements, in pulse->sides */
    double p;                          /* last pressure, z included */
    double s0, g;                      /* ports together: flow in is s0 - g p */
    double rest_pa;                    /* rho g z */
    double pinned_p;
} pulse_node;

/* Nodes that elements tie together are solved at once. */
typedef struct pulse_cluster {
    wadi_index first_node, node_count;       /* in node_order */
    wadi_index first_element, element_count; /* in element_order */
    int level;
    bool packed; /* its step is taken by a pack */
    int part;
    wave_sparse sparse;            /* its rows are in the order of the cluster's nodes */
    wadi_index *from_to, *to_from; /* where an element's coupling lies, by element */
    double *matrix, *right, *row;
} pulse_cluster;

typedef struct pulse_pack pulse_pack; /* pulse_pack_impl.h */

struct wadi_pulse {
    const wadi_network *network;
    wadi_pulse_options options;
    double inv_rho, period_s;

    /* Several runs may march side by side; the first owns what they share: blocks, packs, pool.
     * A run by itself is its own only lane. */
    size_t lanes, lane;
    wadi_pulse **lane_of; /* (lanes) */
    bool finished;        /* marches on with the others, but its result stands */
    bool alone;           /* for tests: every joint is solved by itself */
    int parts;            /* shares of the work for threads */

    wadi_index vessel_count, end_count, node_count, port_count, element_count, cluster_count,
        block_count;
    pulse_vessel *vessels;
    pulse_end *ends; /* by node */
    pulse_node *nodes;
    pulse_port *ports; /* by node */
    pulse_element *elements;
    pulse_cluster *clusters;
    wadi_index *node_order, *element_order;
    wadi_index *sides;                       /* elements at reservoirs */
    wadi_index *reservoirs, reservoir_count; /* nodes */
    wadi_index *loose, loose_count;          /* elements from reservoir to reservoir */
    int reservoir_level;
    pulse_block *blocks;
    pulse_shore shore; /* ends of a pack lie beside each other */
    double *shore_store;
    pulse_pack *packs;
    wadi_index pack_count;
    struct pulse_pool *pool;

    long steps; /* longest steps in a cycle */
    int levels; /* finest level */
    long per_sample;
    double dt_s; /* longest step */

    size_t state_size;
    double *state, *before, *work; /* (state_size): now, at the start of the cycle, scratch */
    long cycle;
    bool started, stop, jumped;

    size_t samples;
    pulse_place *places; /* (vessels x places) */
    wave_table waves;
    double
        *held; /* (PULSE_HELD x vessels x places x 2) samples on their way to the waveforms */
    size_t held_first, held_count;
    double *last_p; /* (vessels x places x samples) pressures of the cycle before */
    bool have_last;
    double residual_pa, mass_balance, cycle_updates, all_updates;
    long newton_failures;

    struct pulse_acceleration *acceleration;
};

/* Threads may count in the same run. */
#define PULSE_COUNT(what) (void)__atomic_fetch_add(&(what), 1, __ATOMIC_RELAXED)

/* Where a slot's number stands in the arrays of a block. */
static inline size_t pulse_at(const wadi_pulse *pulse, size_t slot)
{
    return slot * pulse->lanes + pulse->lane;
}

/* Cells of the block of a vessel. */
static inline const pulse_cells *pulse_cells_of(const wadi_pulse *pulse, wadi_index vessel)
{
    return &pulse->blocks[pulse->vessels[vessel].block].march.cells;
}

/* pulse_mesh.c: cells and levels. */
wadi_status pulse_mesh_new(wadi_pulse *pulse, wadi_error *err) WADI_MUST_USE;
void pulse_mesh_free(wadi_pulse *pulse);
/* Choose steps and levels from the vessels' fastest waves, and lay the blocks out. The state
 * must be in pulse->state before, and is in the blocks after. */
wadi_status pulse_mesh_lay(wadi_pulse *pulse, wadi_error *err) WADI_MUST_USE;
/* The same from steps, samples and levels that were chosen before. */
wadi_status pulse_mesh_restore(wadi_pulse *pulse, long steps, size_t samples,
                               wadi_error *err) WADI_MUST_USE;
void pulse_state_scatter(wadi_pulse *pulse, const double *state);
void pulse_state_gather(wadi_pulse *pulse, double *state);
void pulse_state_start(wadi_pulse *pulse);
double pulse_cell_pressure(const wadi_pulse *pulse, wadi_index vessel, wadi_index cell,
                           double area_m2);

/* pulse_joint.c: nodes, ports, clusters. */
wadi_status pulse_joints_new(wadi_pulse *pulse, wadi_error *err) WADI_MUST_USE;
void pulse_joints_free(wadi_pulse *pulse);
/* Divide the nodes into what is solved at once, once steps and levels are known. */
wadi_status pulse_joints_lay(wadi_pulse *pulse, wadi_error *err) WADI_MUST_USE;
/* One step of a cluster over [start, start + dt]; ticks count finest steps within the longest.
 */
void pulse_cluster_step(wadi_pulse *pulse, pulse_cluster *cluster, double start_s, double dt_s,
                        long tick, long ticks);

/* Solve what is prepared: what arrived, ports, elements begun. */
void pulse_cluster_solve(wadi_pulse *pulse, pulse_cluster *cluster, double dt_s);

/* What a heart of a stressed volume does in a step, into a node of that pressure so far: flow
 * into the node s0 - g p, and its own filling. */
void pulse_heart_begin(const wadi_network_inlet *heart, double volume_m3, double p_node,
                       double middle_s, double dt_s, double *s0, double *g, double *filling);
/* One port before and after a node is solved; `arriving` is the flow from ends and elements. */
void pulse_port_begin(const wadi_pulse *pulse, pulse_port *port, pulse_node *node,
                      double middle_s, double dt_s);
void pulse_port_end(const wadi_pulse *pulse, pulse_port *port, double p, double arriving,
                    double dt_s);
/* pulse_pack.c: joints of a level side by side; the state goes in and out lane by lane. */
wadi_status pulse_packs_lay(wadi_pulse *pulse, wadi_error *err) WADI_MUST_USE;
void pulse_packs_free(wadi_pulse *pulse);
void pulse_packs_load(wadi_pulse *pulse);
void pulse_packs_store(wadi_pulse *pulse);
int pulse_pack_level(const wadi_pulse *pulse, wadi_index pack);
void pulse_pack_step(wadi_pulse *pulse, wadi_index pack, double start_s, double dt_s, long tick,
                     long ticks);

/* Where packs and pool hold a state, take it from the lane's own. */
void pulse_joints_load(wadi_pulse *pulse);

/* pulse_pool.c: reservoirs. */
wadi_status pulse_pool_lay(wadi_pulse *pulse, wadi_error *err) WADI_MUST_USE;
void pulse_pool_free(wadi_pulse *pulse);
void pulse_pool_load(wadi_pulse *pulse);
void pulse_pool_store(wadi_pulse *pulse);
/* Pressure of a reservoir some time ahead, all lanes. */
void pulse_pool_ahead(const wadi_pulse *pulse, wadi_index node, double ahead_s, double *p);
/* Elements between reservoirs over a step of theirs, and what reservoirs make of all flows. */
void pulse_pool_loose_step(wadi_pulse *pulse, double dt_s);
void pulse_pool_step(wadi_pulse *pulse, double dt_s);

/* pulse_end.c: the wave that leaves a vessel, and what it does at a pressure. */
typedef struct pulse_end_slope {
    double p, dp, q, dq; /* pressure at the node and flow into it, and slopes by x */
} pulse_end_slope;
void pulse_end_arrive(const wadi_pulse *pulse, pulse_end *end, double theta);
void pulse_end_evaluate(pulse_end *end, bool total, pulse_end_slope *out);
/* Below the pressure at which an end runs as fast as its waves its flow does not change any
 * more: find that state, where it may matter. After pulse_end_arrive. */
void pulse_end_choke(pulse_end *end, bool total);
/* The flow that one Newton step finds at a pressure, and the state at one on the way there;
 * true when the end was there already. */
bool pulse_end_move(pulse_end *end, bool total, double pressure, double way);
/* Flow at a pressure, by bracketing: cannot fail. */
double pulse_end_at(pulse_end *end, bool total, double pressure);
/* The state that crosses the end: of a choked one not that at the node's pressure. */
double pulse_end_leaving(const pulse_end *end);
void pulse_end_reflect(pulse_end *end, double reflection);
/* Carry what was found into the fluxes of the vessel's boundary face. */
void pulse_end_deliver(wadi_pulse *pulse, pulse_end *end, double weight);

/* pulse_element.c */
void pulse_element_begin(const wadi_pulse *pulse, pulse_element *element, double dt_s);
void pulse_element_evaluate(const wadi_pulse *pulse, pulse_element *element, double p_from,
                            double p_to, double dt_s);
void pulse_element_end(const wadi_pulse *pulse, pulse_element *element, double p_from,
                       double p_to, double dt_s);

/* pulse_step.c */
enum { PULSE_NAME_BYTES = 32 };
/* Which lane a message is about; nothing where there is one. */
const char *pulse_name(const wadi_pulse *pulse, size_t lane, char name[PULSE_NAME_BYTES]);
void pulse_longest_step(wadi_pulse *pulse, long step);
/* One cycle from the blocks' state; redone with shorter steps where waves outran them. */
wadi_status pulse_cycle(wadi_pulse *pulse, wadi_error *err) WADI_MUST_USE;

/* pulse_run.c: a run whose cells are not laid out yet. */
wadi_status pulse_make(const wadi_network *network, const wadi_pulse_options *options,
                       wadi_pulse **out, wadi_error *err) WADI_MUST_USE;
/* Room for the waveforms. */
wadi_status pulse_waves_new(wadi_pulse *pulse, wadi_error *err) WADI_MUST_USE;

/* pulse_record.c */
/* Once the cells are laid out. */
void pulse_record_lay(wadi_pulse *pulse);
/* The next sample of all lanes that are not finished; false when a number was lost. It stands
 * in the waveforms once it has settled. */
bool pulse_record(wadi_pulse *pulse, size_t sample);
void pulse_record_settle(wadi_pulse *pulse);
double pulse_residual(const wadi_pulse *pulse);

/* pulse_accelerate.c: from one cycle's change to a better start of the next. */
wadi_status pulse_accelerate_new(wadi_pulse *pulse, wadi_error *err) WADI_MUST_USE;
void pulse_accelerate_free(wadi_pulse *pulse);
void pulse_accelerate(wadi_pulse *pulse);

/* linear_start.c: the state alone; the cells are to be laid out again. */
wadi_status pulse_start_linear(wadi_pulse *pulse, wadi_error *err) WADI_MUST_USE;

#endif
