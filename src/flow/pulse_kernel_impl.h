/* The arithmetic of cells: MUSCL-Hancock in (pressure, flow), laid out for vector units.
 *
 * A block holds the cells of all vessels that share a time step and a wall law, one after the
 * other, each vessel with a ghost cell before and behind. Slot i stands for a cell and for the
 * face on its left. With several lanes (parameter sets) the lanes of a slot lie beside each
 * other and a neighbour is `lanes` numbers away; the arithmetic of one number does not change.
 *
 *   symbol       meaning                                                        unit
 *   a, q         area, flow at cells                                            m2, m3/s
 *   p            artery, graded vein: pressure with rho g z; vein: a/a0         Pa, -
 *   off, k       p = off + k sqrt(a) (artery), off + k phi(a/a0) (graded vein)
 *   f_*          properties at the face on the left of the slot
 *   f_scale      artery: sqrt(a0)/K; graded vein: 1/K                           m/Pa, 1/Pa
 *   f_speed      vein: K / rho                                                  m2/s2
 *   alpha        momentum flux over q^2/a, the same all along a vessel          -
 *   kappa        friction, 2 (zeta + 2) pi nu                                   m2/s
 *
 * What a step needs besides lies in a small scratch that stays close to the processor: a block
 * is gone through in pieces, each of them by all passes before the next.
 *
 *   g            artery: K sqrt(a/a0), the pressure at a face above f_off; vein: a/a0
 *   gl, ql       state inside the cell at its left face, half a step on
 *   gr, qr       the same at its right face
 *   src          what taper, stiffness and gravity add to the momentum
 *   fa, fq       fluxes of a and q through the left face
 *
 * The area of an artery at a face is (f_scale g)^2, its wall's momentum flux that area times
 * g / (3 rho), the square of its wave speed g / (2 rho). */
#ifndef WADI_PULSE_KERNEL_IMPL_H
#define WADI_PULSE_KERNEL_IMPL_H

#include "flow/wave_impl.h"

/* One binary, the best vectors of the machine. No contraction anywhere (-ffp-contract=off), so
 * every clone gives the same bits. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                         \
    !defined(__SANITIZE_ADDRESS__)
#define PULSE_CLONES                                                                           \
    __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PULSE_CLONES
#endif

/* What a clone is made of: its callers know the number of lanes. */
#if defined(__GNUC__)
#define PULSE_INLINE static inline __attribute__((always_inline))
#else
#define PULSE_INLINE static inline
#endif

/* Iterations do not touch each other: a loop writes to no array that it reads from a neighbour.
 */
#if defined(__clang__)
/* Sanitizers and -O0 leave loops as they are; that is no defect. */
#pragma clang diagnostic ignored "-Wpass-failed"
#define PULSE_VECTOR_LOOP _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define PULSE_VECTOR_LOOP _Pragma("GCC ivdep")
#else
#define PULSE_VECTOR_LOOP
#endif

typedef enum pulse_kind { PULSE_ARTERY, PULSE_VEIN, PULSE_VEIN_GRADED, PULSE_KINDS } pulse_kind;

/* Room before the first number of an array of cells, and behind the last; at least the lanes.
 */
enum { PULSE_CELL_ARRAYS = 15, PULSE_EDGE = 8 };

typedef struct pulse_cells {
    double *a, *q;
    double *speed; /* fastest wave through a face so far, in cells per second */
    double *inv_dx, *alpha, *kappa, *eps_p, *eps_q;
    double *off, *k, *inv_a0;
    double *f_off, *f_scale, *f_a0, *f_speed;
} pulse_cells;

/* What vessels show their joints, by end and lane. The joints read what arrives and how it
 * changes over half a step, and add to the fluxes. */
typedef struct pulse_shore {
    double *g, *q, *dg, *dq; /* in graded veins dg is a pressure */
    double *fa, *fq;         /* means over the step */
} pulse_shore;

/* An end of a vessel within a block. */
typedef struct pulse_verge {
    size_t slot;  /* of the cell at the end */
    size_t shore; /* its place in the shore */
    bool right;
} pulse_verge;

/* A cell at an end waits for its joint: what it was, and what its inner face has carried. */
typedef struct pulse_kept {
    double *a, *q, *fa, *fq, *src; /* (verges x lanes) */
} pulse_kept;

/* One step of all cells of a block. Cells at the ends of vessels are left as they were until
 * pulse_cells_end, when their joints have told their fluxes. */
typedef struct pulse_march {
    pulse_kind kind;
    size_t lanes, numbers; /* numbers: slots times lanes, rounded up to PULSE_EDGE */
    pulse_cells cells;
    const pulse_verge *verges; /* in the order of slots */
    size_t verge_count;
    pulse_kept kept;
    pulse_shore shore;
} pulse_march;

void pulse_cells_begin(const pulse_march *march, double dt_s, double inv_rho);
void pulse_cells_end(const pulse_march *march, double dt_s);

#endif
