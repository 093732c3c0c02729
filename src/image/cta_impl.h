/* Shared by the steps from a CT or MR angiogram to a graph of vessels (docs/image/cta.md).
 *
 * Inside, places are in mm along the axes of the grid from the centre of the first voxel;
 * cta_graph.c turns them into the patient's. */
#ifndef WADI_CTA_IMPL_H
#define WADI_CTA_IMPL_H

#include "base/base_impl.h"
#include "image_impl.h"
#include "wadi/image_cta.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Beside the public labels: a shell around bone whose values bone has raised. */
enum { CTA_RIM = 200, CTA_HALVES = 40 };

#define CTA_STEP_MM 0.5 /* between points of a line */

typedef struct cta_levels {
    double muscle, noise;
    double artery, vein;            /* typical plateaus; 0 unknown */
    double artery_low, artery_high; /* hysteresis for arteries */
    double bone;
    double calcium;          /* above this, beside an artery's lumen: calcium */
    double psf_mm;           /* sd of the blur of the scanner */
    double blur_mm;          /* sd of all blur of what is read between voxels */
    double half[CTA_HALVES]; /* half-level radius of a blurred disc of radius 0.2 (i + 1), sd */
} cta_levels;

typedef struct cta_grid {
    wadi_index size[3];
    double step[3];
    size_t stride[3], count;
    double head[3]; /* how much a mm along each axis is towards the head */
    const float *values;
    uint8_t *labels;
} cta_grid;

/* A path with what was measured along it. */
typedef struct cta_line {
    int count, capacity;
    double (*at)[3];
    double *radius, *sd, *hu, *arc, *calcium;
    uint8_t *bridged;
    wadi_cta_label kind;
    double confidence;
    double good; /* share of points where it looks like a tube */
    wadi_cta_vessel vessel;
    int parent, parent_at; /* line and point that it leaves; -1 none */
    int companion;
    uint32_t reasons;
    bool dead;
} cta_line;

typedef struct cta_lines {
    cta_line *items;
    int count, capacity;
} cta_lines;

void cta_grid_init(cta_grid *grid, const wadi_volume *volume, uint8_t *labels);
wadi_status cta_find_levels(const cta_grid *grid, const wadi_cta_options *options,
                            cta_levels *levels, wadi_error *err) WADI_MUST_USE;
wadi_status cta_relative(const wadi_volume *volume, float *out, wadi_error *err) WADI_MUST_USE;
/* Sets WADI_CTA_BONE and CTA_RIM in the labels. */
wadi_status cta_find_bone(const cta_grid *grid, const cta_levels *levels,
                          wadi_error *err) WADI_MUST_USE;

/* Voxels that may be vessel, packed. */
typedef struct cta_band {
    int count;
    uint32_t *voxel; /* (count) ascending */
    int32_t *slot;   /* (grid voxels) index into voxel, or -1 */
    float *strength; /* (count) > 0, highest on the middle of a vessel */
    float *reach;    /* (count) mm to the border of the band */
    int32_t *basin;  /* (count) voxel that steepest ascent of strength leads to */
    int32_t *part;   /* (count) connected component */
    int part_count;
} cta_band;

/* Band from a mask (values 0 or 1). `score` (grid voxels) gives each voxel's weight, 0..1. */
wadi_status cta_band_new(const cta_grid *grid, const uint8_t *mask, const float *score,
                         cta_band *band, wadi_error *err) WADI_MUST_USE;
void cta_band_clear(cta_band *band);
/* Keep what is above high, and what is above low and hangs together with it. */
wadi_status cta_hysteresis(const cta_grid *grid, const float *values, float low, float high,
                           double least_mm3, uint8_t *mask, wadi_error *err) WADI_MUST_USE;

/* Paths through all parts of a band, longest first. */
wadi_status cta_trace(const cta_grid *grid, const cta_band *band, double least_mm,
                      cta_lines *lines, wadi_error *err) WADI_MUST_USE;

wadi_status cta_lines_add(cta_lines *lines, cta_line **line, wadi_error *err) WADI_MUST_USE;
wadi_status cta_line_reserve(cta_line *line, int count, wadi_error *err) WADI_MUST_USE;
/* Evenly spaced points along a polyline of `count` places, smoothed over `smooth_mm`. */
wadi_status cta_line_set(cta_line *line, int count, const double (*at)[3], double smooth_mm,
                         wadi_error *err) WADI_MUST_USE;
double cta_line_length(const cta_line *line);
void cta_line_smooth(cta_line *line, double sd_mm);
/* Voxel of the band a step away, or -1. */
int cta_band_neighbour(const cta_grid *grid, const cta_band *band, int i, const int *step);
void cta_line_clear(cta_line *line);
void cta_lines_clear(cta_lines *lines);

void cta_half_fill(cta_levels *levels);
double cta_quantile(double *values, int count, double share); /* sorts */
void cta_line_tangent(const cta_line *line, int i, double *out);
/* Middle, radius, brightness and calcium along a line. */
wadi_status cta_measure(const cta_grid *grid, const cta_levels *levels, cta_line *line,
                        wadi_error *err) WADI_MUST_USE;

static inline double cta_distance(const double *a, const double *b)
{
    double x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];

    return sqrt(x * x + y * y + z * z);
}

/* Trilinear, nearest border outside. */
static inline double cta_value(const cta_grid *grid, const double *at)
{
    size_t base = 0;
    double part[3];
    size_t next[3];

    for (int k = 0; k < 3; k++) {
        double x = at[k] / grid->step[k], top = grid->size[k] - 1;

        x = x < 0 ? 0 : x > top ? top : x;
        wadi_index i = (wadi_index)x;

        part[k] = x - i;
        base += (size_t)i * grid->stride[k];
        next[k] = i + 1 < grid->size[k] ? grid->stride[k] : 0;
    }
    const float *v = grid->values + base;
    double a = v[0] + part[0] * ((double)v[next[0]] - v[0]);
    double b = v[next[1]] + part[0] * ((double)v[next[1] + next[0]] - v[next[1]]);
    double low = a + part[1] * (b - a);

    v += next[2];
    a = v[0] + part[0] * ((double)v[next[0]] - v[0]);
    b = v[next[1]] + part[0] * ((double)v[next[1] + next[0]] - v[next[1]]);
    return low + part[2] * (a + part[1] * (b - a) - low);
}

/* First voxel from `i` on that is set in a mask, or `count`. Most masks are nearly empty: eight
 * voxels are passed at a time. */
static inline size_t cta_next(const uint8_t *mask, size_t i, size_t count)
{
    for (; i + 8 <= count; i += 8) {
        uint64_t eight;

        memcpy(&eight, mask + i, sizeof eight);
        if (eight)
            break;
    }
    while (i < count && !mask[i])
        i++;
    return i;
}

/* Label of the nearest voxel. */
static inline uint8_t cta_label_at(const cta_grid *grid, const double *at)
{
    size_t base = 0;

    for (int k = 0; k < 3; k++) {
        double x = floor(at[k] / grid->step[k] + 0.5), top = grid->size[k] - 1;

        x = x < 0 ? 0 : x > top ? top : x;
        base += (size_t)x * grid->stride[k];
    }
    return grid->labels[base];
}

/* Cut lines from `first` on where their blood changes from a vein's to an artery's. */
wadi_status cta_split(const cta_grid *grid, const cta_levels *levels, int first,
                      cta_lines *lines, wadi_error *err) WADI_MUST_USE;

/* Tibia and fibula slice by slice, mm along columns and rows. */
typedef enum cta_course {
    CTA_NOWHERE,
    CTA_ANTERIOR,
    CTA_POSTERIOR,
    CTA_FIBULAR,
    CTA_COURSES
} cta_course;
typedef struct cta_frame {
    bool known, right;
    wadi_index first, last; /* slices with both */
    double (*bone)[2][2];   /* (slices) tibia, fibula */
    double front[2];        /* towards the front, along columns and rows */
    double ankle, knee;     /* heights (cta_height) of the joint and of the fibula's head */
    double parting;         /* share of the way from tibia to fibula that parts both arteries */
} cta_frame;
wadi_status cta_frame_find(const cta_grid *grid, const wadi_volume *volume, cta_frame *frame,
                           wadi_error *err) WADI_MUST_USE;
void cta_frame_clear(cta_frame *frame);
/* How far a place lies before the line between both bones, mm; -1e30 where it is not known. */
double cta_frame_ahead(const cta_grid *grid, const cta_frame *frame, const double *at);
/* Sets `parting` by the arteries found. */
void cta_frame_part(const cta_grid *grid, const cta_lines *lines, cta_frame *frame);
cta_course cta_frame_course(const cta_grid *grid, const cta_frame *frame, const double *at);
bool cta_frame_parted(const cta_grid *grid, const cta_frame *frame, const double *at);
/* Low enough for the posterior tibial and the peroneal artery to lie apart. */
bool cta_frame_apart(const cta_grid *grid, const cta_frame *frame, const double *at);
cta_course cta_line_course(const cta_grid *grid, const cta_frame *frame, const cta_line *line,
                           int from, int to);
double cta_height(const cta_grid *grid, const double *at);

/* What a gap lies between. */
typedef struct cta_gap_ends {
    wadi_cta_label kind;
    int upper, upper_at, lower;              /* lines; point of the upper one */
    const double *upper_along, *lower_along; /* unit vectors down the vessel; NULL any */
} cta_gap_ends;
/* The way across a gap, near a first guess of points 0.5 mm apart. */
wadi_status cta_corridor(const cta_grid *grid, const cta_levels *levels, const cta_lines *lines,
                         const cta_gap_ends *ends, int count, const double (*way)[3],
                         cta_line *out, wadi_error *err) WADI_MUST_USE;
/* Join pieces of vessels of a kind across gaps of up to most_mm. */
wadi_status cta_bridge(const cta_grid *grid, const cta_levels *levels, const cta_frame *frame,
                       wadi_cta_label kind, double most_mm, cta_lines *lines,
                       wadi_error *err) WADI_MUST_USE;
/* Turn lines into the public graph; takes what they hold. */
wadi_status cta_graph(const cta_grid *grid, const wadi_volume *volume, const cta_frame *frame,
                      const cta_lines *lines, wadi_cta *cta, wadi_error *err) WADI_MUST_USE;
/* Paths and labels that the user's seeds ask for, among the lines. */
wadi_status cta_seeds_join(const cta_grid *grid, const wadi_volume *volume,
                           const cta_levels *levels, const wadi_cta_options *options,
                           uint8_t *mask, cta_lines *lines, wadi_cta *cta,
                           wadi_error *err) WADI_MUST_USE;
/* Place of seed s in the grid; refused when it lies outside. */
wadi_status cta_seed_place(const cta_grid *grid, const wadi_volume *volume, wadi_index s,
                           const double *mm, double *at, wadi_error *err) WADI_MUST_USE;
/* The user's names on the branches, after all others. */
void cta_seeds_name(const wadi_cta_options *options, wadi_cta *cta);
/* Sets WADI_CTA_MURRAY and exponents. */
void cta_murray(wadi_cta *cta);
/* Anatomical names of branches, from their course and from what they lead to. */
void cta_name(const cta_grid *grid, const wadi_volume *volume, const cta_frame *frame,
              wadi_cta *cta);

#endif
