/* Ways of least cost through a band whose bends cost too (cta_lift.c). */
#ifndef WADI_CTA_LIFT_H
#define WADI_CTA_LIFT_H

#include "cta_impl.h"

/* Cubic cells, those of the band packed. Places in mm as in cta_grid. */
typedef struct cta_lift {
    double low[3]; /* centre of cell 0 */
    double cell_mm;
    int size[3]; /* cells; two at each border are never in the band */
    int count;
    int *cell;    /* (count) ascending */
    int *slot;    /* (cells) index into cell, or -1 */
    float *slow;  /* (count) cost of a mm, > 0 */
    float *off;   /* (count) mm from the polyline that the band lies round */
    double haste; /* 1 or more: the way may cost so many times the least, and is found sooner */
    float (*lead)[3]; /* (count) unit vector; turns of more than 60 degrees off it are refused;
                         0 none */
} cta_lift;

/* Cells round a polyline: all within `reach_mm` of it, led along it. `slow` is 1 everywhere. */
wadi_status cta_lift_new(int count, const double (*way)[3], double reach_mm, double cell_mm,
                         cta_lift *lift, wadi_error *err) WADI_MUST_USE;
void cta_lift_clear(cta_lift *lift);
void cta_lift_place(const cta_lift *lift, int i, double *at);
/* Slot of the cell at a place or the nearest one of the band within 3 mm; -1 none. */
int cta_lift_slot(const cta_lift *lift, const double *at);

/* The way of least cost  sum slow ds + stiff_mm^2 sum kappa^2 ds  from one place to another,
 * kappa the turn between steps by their length in 1/mm. Directions at the ends may be NULL.
 * *count 0: there is no way. The caller frees *way; its ends are the places given. */
wadi_status cta_lift_march(const cta_lift *lift, double stiff_mm, const double *from,
                           const double *from_along, const double *to, const double *to_along,
                           double (**way)[3], int *count, wadi_error *err) WADI_MUST_USE;

#endif
