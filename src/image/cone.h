/* The C-arm as a camera. Axes as in wadi/image.h; angles as DICOM's positioner angles: primary
 * towards the patient's left (LAO) and secondary towards the head (CRA) are positive. Rows of
 * the picture run towards the feet, columns to the patient's left when seen from the front. The
 * axis of rotation passes through (0, 0, 0). */
#ifndef WADI_CONE_H
#define WADI_CONE_H

#include "image_impl.h"

#include <math.h>

typedef struct cone_view {
    double beam[3], across[3], down[3], source[3]; /* unit vectors; source in mm */
    double scale;                                  /* source to detector in pixels */
    double x0, y0; /* where the axis meets the detector, pixels */
} cone_view;

static inline void cone_view_init(cone_view *view, double primary_deg, double secondary_deg,
                                  double source_axis_mm, double source_detector_mm,
                                  double pixel_mm, wadi_index columns, wadi_index rows)
{
    double a = primary_deg * WADI_PI / 180, b = secondary_deg * WADI_PI / 180;
    const double beam[3] = {sin(a) * cos(b), -cos(a) * cos(b), sin(b)};
    const double across[3] = {cos(a), sin(a), 0};

    for (int i = 0; i < 3; i++) {
        view->beam[i] = beam[i];
        view->across[i] = across[i];
        view->source[i] = -source_axis_mm * beam[i];
    }
    for (int i = 0; i < 3; i++)
        view->down[i] =
            across[(i + 1) % 3] * beam[(i + 2) % 3] - across[(i + 2) % 3] * beam[(i + 1) % 3];
    view->scale = source_detector_mm / pixel_mm;
    view->x0 = (columns - 1) / 2.0;
    view->y0 = (rows - 1) / 2.0;
}

static inline double cone_dot(const double *a, const double *b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Where a point falls, in pixels; the return is its depth from the source, mm. */
static inline double cone_project(const cone_view *view, const double *point, double *x,
                                  double *y)
{
    double from[3] = {point[0] - view->source[0], point[1] - view->source[1],
                      point[2] - view->source[2]};
    double depth = cone_dot(from, view->beam);

    *x = view->x0 + view->scale * cone_dot(from, view->across) / depth;
    *y = view->y0 + view->scale * cone_dot(from, view->down) / depth;
    return depth;
}

/* Unit direction of the ray through a pixel. */
static inline void cone_ray(const cone_view *view, double x, double y, double *direction)
{
    double size = 0;

    for (int i = 0; i < 3; i++) {
        direction[i] = view->scale * view->beam[i] + (x - view->x0) * view->across[i] +
                       (y - view->y0) * view->down[i];
        size += direction[i] * direction[i];
    }
    for (int i = 0; i < 3; i++)
        direction[i] /= sqrt(size);
}

#endif
