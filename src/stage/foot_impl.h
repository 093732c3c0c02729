/* Bones, skin and landmarks of the foot as simple closed shapes (data/foot.json). */
#ifndef WADI_FOOT_IMPL_H
#define WADI_FOOT_IMPL_H

#include "stage/stage_impl.h"

enum { FOOT_SHAPE_LIMIT = 40, FOOT_PLANES = 3 };

/* A capsule whose radius runs from one end to the other. */
typedef struct foot_shape {
    char name[24];
    double from[3], to[3], radius_from, radius_to;
} foot_shape;

typedef struct foot {
    foot_shape bones[FOOT_SHAPE_LIMIT], skin[FOOT_SHAPE_LIMIT];
    int bone_count, skin_count;
    struct {
        double point[3], normal[3];
    } planes[FOOT_PLANES]; /* ankle, garnet, red; the normal points towards the toes */
    double plantar_flexion_deg;
    char source[160];
} foot;

/* Read data/foot.json, scaled. */
wadi_status wadi_foot_read(double scale, foot *out, wadi_error *err) WADI_MUST_USE;
/* Zone 1, 2, 3 of a point; 0 above the ankle. */
int wadi_foot_zone(const foot *f, const double point[3]);
/* How deep below the skin; 0 outside. */
double wadi_foot_depth(const foot *f, const double point[3]);
/* Distance to the nearest bone, negative inside; `*name` is that bone. */
double wadi_foot_bone(const foot *f, const double point[3], const char **name);
/* From a point outwards: where the ray leaves the skin (mm), and the least room that a thing
 * has between bones on the way; the first `skip_mm` do not count, for a vessel may lie on bone.
 */
void wadi_foot_ray(const foot *f, const double point[3], const double direction[3],
                   double skip_mm, double *skin_mm, double *room_mm);

#endif
