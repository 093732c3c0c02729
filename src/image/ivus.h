/* Inside the reading of ultrasound pullbacks. Polar pictures are (LINES x SAMPLES), floats:
 * lines of 360/128 degrees, samples from the catheter's axis outwards. */
#ifndef WADI_IVUS_IMPL_H
#define WADI_IVUS_IMPL_H

#include "image_impl.h"
#include "wadi/image_ivus.h"

enum {
    LINES = WADI_IVUS_LINES,
    SAMPLES = 256,
    POLAR = LINES * SAMPLES,
    PAD = 8 /* the most samples that a path may move from a line to the next */
};

/* ---- polar pictures ---- */

typedef struct ivus_polar {
    wadi_index columns, rows;
    double column_mm, row_mm;
    double x, y; /* the catheter's axis, pixels */
    double step_mm;
    int dead; /* first sample beyond catheter and ring-down */
    int last; /* samples that hold echoes */
    double cosine[LINES], sine[LINES];
    int32_t *corner; /* (POLAR) upper left of the four pixels around a sample */
    float *right, *below;
} ivus_polar;

/* Find the axis in the mean of frames: where the rings of the catheter are roundest. `share` is
 * the part of the variance there that rings explain. */
void ivus_find_axis(const float *mean, ivus_polar *polar, double *share);
wadi_status ivus_polar_plan(ivus_polar *polar, wadi_error *err) WADI_MUST_USE;
void ivus_polar_clear(ivus_polar *polar);
void ivus_resample(const ivus_polar *polar, const float *picture, float *out);
/* A frame of the pullback; `picture` (rows x columns) is scratch. */
void ivus_resample_frame(const ivus_polar *polar, const wadi_image *image, wadi_index frame,
                         float *picture, float *out);
/* Sets dead and last from the mean of frames. */
void ivus_find_ends(const float *mean, ivus_polar *polar);

/* ---- closed paths ---- */

typedef struct ivus_path_work {
    float table[(LINES + 1) * (SAMPLES + 2 * PAD)];
} ivus_path_work;

/* The closed path of least cost among samples from..from + count - 1: sum of
 * cost[line][path[line]] and stiffness (path[line + 1] - path[line])^2, the last line's
 * neighbour being the first; steps up to `reach`, at most PAD. Exact: halving of the interval
 * in which the path starts, with the open path's cost as the bound. `cut` is the line to start
 * from, at best one where the path is sure. `path` is (LINES). Returns its cost; `rounds`, when
 * not NULL, gets the number of passes. */
float ivus_closed_path(const float *cost, int from, int count, int reach, float stiffness,
                       int cut, ivus_path_work *work, int16_t *path, int *rounds);
/* The same by trying every start; for tests. */
float ivus_closed_path_ref(const float *cost, int reach, float stiffness, int16_t *path);

/* ---- borders of one frame ---- */

/* Grey levels of the pullback: their middle parts blood from wall. */
typedef struct ivus_levels {
    float blood, wall, deep; /* deep: of unshadowed tissue far out */
} ivus_levels;

typedef struct ivus_found {
    bool echoes; /* false: nothing to see in this frame */
    int16_t lumen[LINES], eem[LINES];
    uint8_t shadow[LINES]; /* ivus_shadow */
    int16_t front[LINES];  /* of what casts the shadow, samples */
} ivus_found;

typedef enum ivus_shadow { IVUS_CLEAR, IVUS_WIRE, IVUS_CALCIUM } ivus_shadow;

typedef struct ivus_work {
    float polar[POLAR], smooth[POLAR], cost[POLAR], near[POLAR], lumen_cost[POLAR],
        eem_cost[POLAR];
    float sum[LINES * (SAMPLES + 1)];
    ivus_path_work path;
} ivus_work;

/* Mean over lines -across..across and samples -along..along; along is 1 to 8. */
void ivus_smooth(const float *in, int across, int along, float *out);
void ivus_find_shadows(const ivus_polar *polar, const ivus_levels *levels, ivus_work *work,
                       ivus_found *out);
/* Polar picture in work->polar; `near` the mean with its neighbours, or the same. `hint`, when
 * not NULL, is where the outer membrane is expected (samples, by line). */
void ivus_find_borders(const ivus_polar *polar, const ivus_levels *levels, const float *near,
                       const float *hint, ivus_work *work, ivus_found *out);

/* ---- what the borders mean ---- */

/* From the grey values; needs work->polar. */
void ivus_take_signs(const ivus_polar *polar, const ivus_levels *levels, ivus_work *work,
                     const ivus_found *found, wadi_ivus_frame *out);
/* Sizes, arcs and wires; needs the radii of both borders. */
void ivus_measure_frame(const ivus_polar *polar, const ivus_found *found, wadi_ivus_frame *out);
/* Over the whole pullback. */
void ivus_classify(wadi_ivus *ivus);
void ivus_choose_balloon(wadi_ivus *ivus);
const char *ivus_kind_name(wadi_ivus_kind kind);
wadi_status ivus_write_contours(const wadi_ivus *ivus, const char *path,
                                wadi_error *err) WADI_MUST_USE;

#endif
