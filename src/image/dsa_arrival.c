/* When contrast comes: new dark threads, where no frame before had any. */
#include "dsa.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Contrast has come when new threads cover this share of the field in one frame and go on
 * growing. Chosen on the public 96-frame run, whose first contrast a person placed at frame 17;
 * streaks at the catheter's tip before it are smaller. */
enum { REACH_LIMIT = 5 };
#define GROWTH_FRAC       0.0014
#define LEAST_GROWTH_FRAC 0.0003 /* six times what noise brought in frames without contrast */
#define LEAST_DEPTH       0.02   /* optical depth of a thread that counts */

typedef struct planes {
    float *hat, *known, *one, *two, *row;
} planes;

WADI_VECTOR
static void take_greater(wadi_index count, const float *restrict from, float *restrict to)
{
    for (wadi_index c = 0; c < count; c++)
        to[c] = from[c] > to[c] ? from[c] : to[c];
}

/* Largest (sign 1) or least (sign -1) value within a square of 2 reach + 1. `padded` holds
 * columns + 2 reach. */
static void widest(wadi_index columns, wadi_index rows, int reach, float sign, const float *in,
                   float *padded, float *scratch, float *out)
{
    size_t width = (size_t)columns;

    for (wadi_index r = 0; r < rows; r++) {
        float *to = scratch + (size_t)r * width;

        for (wadi_index c = -reach; c < columns + reach; c++)
            padded[c + reach] =
                sign * in[(size_t)r * width + (size_t)filter_mirror(c, columns)];
        memcpy(to, padded, width * sizeof *to);
        for (int k = 1; k <= 2 * reach; k++)
            take_greater(columns, padded + k, to);
    }
    for (wadi_index r = 0; r < rows; r++) {
        float *to = out + (size_t)r * width;

        memcpy(to, scratch + (size_t)r * width, width * sizeof *to);
        for (wadi_index k = -reach; k <= reach; k++)
            if (k)
                take_greater(columns, scratch + (size_t)filter_mirror(r + k, rows) * width, to);
        for (wadi_index c = 0; c < columns; c++)
            to[c] *= sign;
    }
}

/* Bottom hat of 11 pixels, blurred by 1.5: dark threads come out bright. */
static bool bottom_hat(const dsa_small *small, wadi_index frame, const double *shift, planes *p)
{
    size_t count = (size_t)small->columns * (size_t)small->rows;
    const float *values = small->values + (size_t)frame * count;

    for (wadi_index r = 0; r < small->rows; r++)
        for (wadi_index c = 0; c < small->columns; c++)
            p->two[(size_t)r * (size_t)small->columns + (size_t)c] =
                filter_between(values, small->columns, small->rows, (float)(c + shift[0]),
                               (float)(r + shift[1]));
    if (!filter_blur(small->columns, small->rows, 1.1, p->two, p->two))
        return false;
    widest(small->columns, small->rows, 5, 1, p->two, p->row, p->one, p->hat);
    widest(small->columns, small->rows, 5, -1, p->hat, p->row, p->one, p->hat);
    for (size_t i = 0; i < count; i++)
        p->hat[i] = (p->hat[i] - p->two[i]) * small->field[i];
    return filter_blur(small->columns, small->rows, 1.5, p->hat, p->hat);
}

/* Frame-to-frame noise of the hats: what new threads must exceed. */
static double grow_area(const dsa_small *small, wadi_index frame, double depth, planes *p)
{
    size_t count = (size_t)small->columns * (size_t)small->rows;
    double area = 0;

    if (frame == 0) {
        memcpy(p->known, p->hat, count * sizeof *p->known);
        return 0;
    }
    widest(small->columns, small->rows, 2, 1, p->known, p->row, p->one, p->two);
    for (size_t i = 0; i < count; i++) {
        area += p->hat[i] - p->two[i] > depth;
        p->known[i] = p->hat[i] > p->known[i] ? p->hat[i] : p->known[i];
    }
    return area;
}

wadi_index dsa_first_growth(const double *area, wadi_index frames, double field)
{
    for (wadi_index f = 1; f < frames; f++) {
        int going_on = 0;

        for (int k = 1; k <= 3; k++)
            going_on += area[f + k] > 0.5 * GROWTH_FRAC * field;
        if (area[f] > GROWTH_FRAC * field && going_on >= 2)
            return f;
    }
    for (wadi_index f = 1; f < frames; f++)
        if (area[f] > LEAST_GROWTH_FRAC * field &&
            area[f] + area[f + 1] + area[f + 2] + area[f + 3] > GROWTH_FRAC * field)
            return f;
    return WADI_NONE;
}

wadi_status dsa_find_arrival(const dsa_small *small, const double *shift, wadi_index *out,
                             wadi_error *err)
{
    wadi_status status = WADI_OK;
    size_t count = (size_t)small->columns * (size_t)small->rows;
    size_t row = (size_t)small->columns + 2 * REACH_LIMIT;
    float *block = wadi_alloc(4 * count + row, sizeof *block);
    double *area = wadi_alloc((size_t)small->frames + 4, sizeof *area), field = 0;
    planes p = {block, block ? block + count : NULL, block ? block + 2 * count : NULL,
                block ? block + 3 * count : NULL, block ? block + 4 * count : NULL};

    *out = WADI_NONE;
    if (!block || !area) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory to find the contrast");
        goto done;
    }
    for (size_t i = 0; i < count; i++)
        field += small->field[i];
    for (wadi_index f = 0; f < small->frames; f++) {
        if (!bottom_hat(small, f, shift + 2 * f, &p)) {
            status = wadi_fail(err, WADI_ERR_NOMEM, "no memory to find the contrast");
            goto done;
        }
        area[f] = grow_area(small, f, LEAST_DEPTH, &p);
    }
    *out = dsa_first_growth(area, small->frames, field);
done:
    free(block);
    free(area);
    return status;
}
