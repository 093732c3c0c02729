/* A made-up pullback: the vessel around the catheter, and the echoes that it gives. */
#ifndef WADI_PHANTOM_IVUS_H
#define WADI_PHANTOM_IVUS_H

#include "image_impl.h"
#include "wadi/image_ivus.h"

enum {
    ECHO_LINES = 256,
    ECHO_SAMPLES = 512,
    ECHO_PIXELS = 512 /* rows and columns of the picture */
};

#define ECHO_DEPTH_MM 5.0
#define ECHO_PIXEL_MM 0.0205
#define WIRE_MM       0.62  /* the first wire's axis from the catheter's */
#define CATHETER_MM   0.433 /* 2.6 F */

typedef struct echo_wire {
    bool seen;
    double angle, radius, shadow; /* rad, mm, rad (full width) */
} echo_wire;

typedef struct echo_arc {
    bool seen;
    double from, to;  /* rad, to > from */
    double depth_mm;  /* from the lumen's border to the front */
    double thickness; /* mm of it that is seen */
} echo_arc;

/* Everything one frame is drawn from; radii by line, from the catheter's axis. */
typedef struct echo_frame {
    bool false_lumen;
    double lumen[ECHO_LINES], eem[ECHO_LINES];
    double flap_back[ECHO_LINES]; /* where the flap ends and the true lumen begins, or 0 */
    double slit_back[ECHO_LINES]; /* where the true lumen behind the flap ends */
    double media[ECHO_LINES];     /* thickness of the dark media */
    echo_arc calcium;
    echo_wire own, second;
    double vein_x, vein_y, vein_radius;
    double centre_x, centre_y; /* of the catheter in the picture, pixels */
} echo_frame;

/* One frame as the console would show it; `pixels` is (ECHO_PIXELS x ECHO_PIXELS). */
wadi_status echo_draw(const echo_frame *frame, uint64_t seed, wadi_index index, uint8_t *pixels,
                      wadi_error *err) WADI_MUST_USE;

#endif
