/* An artery laid out straight, for what measures its lumen. */
#ifndef WADI_CTA_LUMEN_H
#define WADI_CTA_LUMEN_H

#include "cta_find.h"

/* Cells to each side of the course, their size, and how many there are across a point. */
enum {
    STRAIGHT_SIDE = 12,
    STRAIGHT_ROW = 2 * STRAIGHT_SIDE + 1,
    STRAIGHT_CELLS = STRAIGHT_ROW * STRAIGHT_ROW
};
#define STRAIGHT_MM 0.3

typedef struct cta_straight {
    wadi_index count;
    double (*across)[2][3]; /* (count) */
    float *value;           /* (count x STRAIGHT_CELLS) HU; NAN: hidden */
    double (*aside)[2];     /* (count) where the lumen runs beside the course, mm */
} cta_straight;

typedef struct cta_lumen_levels {
    double blood, muscle, noise;
    const double *radius; /* (count) calibre that is to be expected */
} cta_lumen_levels;

/* Lay out a course. What is brighter than `limit` is calcium. */
wadi_status cta_straight_new(const wadi_cta *cta, const wadi_volume *volume,
                             const wadi_cta_findings *findings, const wadi_cta_course *course,
                             double limit, cta_straight *out, wadi_error *err) WADI_MUST_USE;
void cta_straight_clear(cta_straight *straight);
/* A place of the sheet in the patient. */
void cta_straight_place(const wadi_cta_course *course, const cta_straight *straight,
                        wadi_index i, double x, double y, double *out);
/* Find `aside`: zero where the trace saw the lumen. */
wadi_status cta_straight_way(const wadi_cta_course *course, const cta_lumen_levels *levels,
                             cta_straight *straight, wadi_error *err) WADI_MUST_USE;

#endif
