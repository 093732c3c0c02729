/* Outlines of a mask: edges between a pixel inside and one outside, walked with the inside on
 * the right until they close. */
#include "report/image_report_impl.h"

#include <math.h>
#include <stdlib.h>

/* Directions of a step: right, down, left, up. */
static const int STEP_X[4] = {1, 0, -1, 0}, STEP_Y[4] = {0, 1, 0, -1};

typedef struct walker {
    wadi_index columns, rows;
    const uint8_t *mask;
    uint8_t *seen; /* of each corner: which of its outgoing edges were walked */
    double *x, *y;
    size_t count, capacity;
    bool failed;
} walker;

static bool inside(const walker *w, wadi_index x, wadi_index y)
{
    return x >= 0 && y >= 0 && x < w->columns && y < w->rows &&
           w->mask[(size_t)y * (size_t)w->columns + (size_t)x];
}

/* Is the edge that leaves corner (x, y) in a direction an outline with the inside on its right?
 * Corner (x, y) is the upper left one of pixel (x, y). */
static bool is_edge(const walker *w, wadi_index x, wadi_index y, int direction)
{
    static const int RIGHT[4][2] = {{0, 0}, {-1, 0}, {-1, -1}, {0, -1}};
    static const int LEFT[4][2] = {{0, -1}, {0, 0}, {-1, 0}, {-1, -1}};

    return inside(w, x + RIGHT[direction][0], y + RIGHT[direction][1]) &&
           !inside(w, x + LEFT[direction][0], y + LEFT[direction][1]);
}

static void put(walker *w, double x, double y)
{
    if (w->count == w->capacity && !w->failed) {
        size_t wanted = 2 * w->capacity + 1024;
        double *xs = wadi_realloc(w->x, wanted, sizeof *xs);

        w->x = xs ? xs : w->x;
        double *ys = xs ? wadi_realloc(w->y, wanted, sizeof *ys) : NULL;

        w->y = ys ? ys : w->y;
        w->failed = !ys;
        w->capacity = ys ? wanted : w->capacity;
    }
    if (w->failed)
        return;
    w->x[w->count] = x;
    w->y[w->count++] = y;
}

/* The middles of edges as points: corners come out cut, which is what the eye expects. */
static void walk(walker *w, wadi_index x, wadi_index y, int direction)
{
    size_t width = (size_t)w->columns + 1, first = w->count;

    for (;;) {
        uint8_t *seen = &w->seen[(size_t)y * width + (size_t)x];

        if (*seen & 1 << direction || w->failed)
            break;
        *seen |= (uint8_t)(1 << direction);
        put(w, x + 0.5 * STEP_X[direction] - 0.5, y + 0.5 * STEP_Y[direction] - 0.5);
        x += STEP_X[direction];
        y += STEP_Y[direction];
        /* Right first: pixels that touch at a corner stay apart. */
        for (int turn = 1; turn >= -1; turn--) {
            int next = (direction + turn + 4) % 4;

            if (is_edge(w, x, y, next)) {
                direction = next;
                break;
            }
        }
    }
    if (!w->failed && w->count > first) {
        put(w, w->x[first], w->y[first]);
        put(w, NAN, NAN);
    }
}

wadi_status wadi_mask_outline(wadi_index columns, wadi_index rows, const uint8_t *mask,
                              double **x_px, double **y_px, wadi_index *count, wadi_error *err)
{
    walker w = {.columns = columns, .rows = rows, .mask = mask};

    *x_px = *y_px = NULL;
    *count = 0;
    w.seen = wadi_alloc(((size_t)columns + 1) * ((size_t)rows + 1), 1);
    w.failed = !w.seen;
    for (wadi_index y = 0; y < rows && !w.failed; y++)
        for (wadi_index x = 0; x < columns && !w.failed; x++)
            if (is_edge(&w, x, y, 0))
                walk(&w, x, y, 0);
    free(w.seen);
    if (w.failed || w.count > INT32_MAX) {
        free(w.x);
        free(w.y);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the outline of a mask");
    }
    *x_px = w.x;
    *y_px = w.y;
    *count = (wadi_index)w.count;
    return WADI_OK;
}
