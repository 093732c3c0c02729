/* The arithmetic of cells: MUSCL-Hancock in (pressure, flow), laid out for vector units.
 *
 * A block holds the cells of all vessels that share a time step and a wall law, one after the
 * other, each vessel with a ghost cell before and behind. Slot i stands for a cell and for the
 * face on its left. With several lanes (parameter sets) the lanes of a slot lie beside each
 * other and a neighbour is `lanes` numbers away; the arithmetic of one number does not change.
 *
 *   symbol       meaning                                                        unit
 *   a, q         area, flow at cells                                            m2, m3/s
 *   s            artery: sqrt(a/a0); vein: a/a0                                 -
 *   p            artery, graded vein: pressure with rho g z; vein: a/a0         Pa, -
 *   off          p = off + k s (artery), off + k phi(s) (vein)                  Pa
 *   f_*          properties at the face on the left of the slot
 *   mean_a0      a0 of both faces: artery sqrt(a0 a0) / 3
 *   alpha        momentum flux over q^2/a, the same all along a vessel             -
 *   kappa        friction, 2 (zeta + 2) pi nu                                   m2/s
 *   sl, ql       state inside the cell at its left face, half a step on
 *   sr, qr       the same at its right face
 *   dp, dq       change of p and q over half a step at cell ends (for nodes)
 *   src          what taper, stiffness and gravity add to the momentum
 *   fa, fq       fluxes of a and q through the left face                                    */
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

enum { PULSE_CELL_ARRAYS = 28 };

typedef struct pulse_cells {
    double *inv_a0, *k, *off, *inv_dx, *alpha, *kappa, *mean_a0; /* of cells */
    double *f_a0, *f_inv_k, *f_off, *f_flux, *f_speed;           /* of faces */
    double *eps_p, *eps_q;
    double *a, *q;
    double *s, *p, *sl, *ql, *sr, *qr, *dp, *dq, *src, *fa, *fq, *speed;
} pulse_cells;

/* First half of a step: face states, interior fluxes, fastest wave per face so far (in 1/s, a
 * running maximum). Ghosts of a and q must be filled: pulse_fill_p first, then ghosts of p and
 * q. */
void pulse_cells_pressure(pulse_kind kind, size_t count, const pulse_cells *cells);
void pulse_cells_faces(pulse_kind kind, size_t count, size_t lanes, double dt_s, double inv_rho,
                       const pulse_cells *cells);
/* Second half: cells take what the faces carried (fa, fq are means over the step). */
void pulse_cells_advance(size_t count, size_t lanes, double dt_s, const pulse_cells *cells);

#endif
