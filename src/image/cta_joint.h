/* Joints between pieces of vessels (cta_joint.c), for those that bridge them. */
#ifndef WADI_CTA_JOINT_H
#define WADI_CTA_JOINT_H

#include "cta_impl.h"

typedef struct cta_joint {
    int upper, at, lower; /* line and point above, line below; -1 none */
    double cost, second;  /* mm; of the best one and of the next */
} cta_joint;

/* The joint of least cost among pieces of a kind, gaps of up to most_mm. */
cta_joint cta_best_joint(const cta_grid *grid, const cta_frame *frame, const cta_lines *lines,
                         wadi_cta_label kind, double most_mm);
/* Direction at a point over 6 mm, pointing down the line. */
void cta_end_tangent(const cta_line *line, int at, double *out);
/* From this point on a line is its own tip: the last 15 mm, when nothing leaves there. */
int cta_tip_from(const cta_lines *lines, int line);
/* Whether a line hangs on another one, or is it. */
bool cta_descends(const cta_lines *lines, int line, int from);

#endif
