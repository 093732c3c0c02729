/* Sizes of a closed contour. */
#include "image_impl.h"
#include "wadi/image_ivus.h"

#include <math.h>

enum { RAYS = 360 };

/* Directions of all rays: each 20th by the functions, those between by the sum of two angles,
 * which is as good and forty times as fast. */
static void set_rays(double ray[RAYS][2])
{
    enum { STEP = 20 };
    double small[STEP][2];

    for (int k = 0; k < STEP; k++) {
        small[k][0] = cos(2 * WADI_PI * k / RAYS);
        small[k][1] = sin(2 * WADI_PI * k / RAYS);
    }
    for (int k = 0; k < RAYS; k += STEP) {
        double c = cos(2 * WADI_PI * k / RAYS), s = sin(2 * WADI_PI * k / RAYS);

        for (int j = 0; j < STEP; j++) {
            ray[k + j][0] = c * small[j][0] - s * small[j][1];
            ray[k + j][1] = s * small[j][0] + c * small[j][1];
        }
    }
}

/* Distance from the centre of area to the farthest crossing of each ray. */
static void cast(wadi_index count, const double *x, const double *y, double cx, double cy,
                 double reach[RAYS])
{
    double ray[RAYS][2];

    for (int k = 0; k < RAYS; k++)
        reach[k] = 0;
    set_rays(ray);
    for (wadi_index i = 0; i < count; i++) {
        wadi_index next = i + 1 < count ? i + 1 : 0;
        double ax = x[i] - cx, ay = y[i] - cy, bx = x[next] - cx, by = y[next] - cy;
        double from = atan2(ay, ax), turn = atan2(ax * by - ay * bx, ax * bx + ay * by);
        double cross = ax * by - ay * bx, low = fmin(from, from + turn);
        double scale = RAYS / (2 * WADI_PI);
        long first = (long)ceil(low * scale), last = (long)floor((low + fabs(turn)) * scale);

        for (long k = first; k <= last; k++) {
            int at = (int)(((k % RAYS) + RAYS) % RAYS);
            double across = ray[at][0] * (by - ay) - ray[at][1] * (bx - ax);

            if (fabs(across) > 1e-12 && cross / across > reach[at])
                reach[at] = cross / across;
        }
    }
}

static double longest(wadi_index count, const double *x, const double *y)
{
    double most = 0;

    for (wadi_index i = 0; i < count; i++)
        for (wadi_index j = i + 1; j < count; j++) {
            double square = (x[i] - x[j]) * (x[i] - x[j]) + (y[i] - y[j]) * (y[i] - y[j]);

            most = square > most ? square : most;
        }
    return sqrt(most);
}

wadi_status wadi_ivus_measure(wadi_index count, const double *x_mm, const double *y_mm,
                              wadi_ivus_size *out, wadi_error *err)
{
    wadi_ivus_size size = {.least_mm = INFINITY};
    double twice = 0, mx = 0, my = 0, reach[RAYS], sum = 0;

    if (count < 3)
        return wadi_fail(err, WADI_ERR_RANGE, "a contour of %d corners: 3 are the least",
                         count);
    for (wadi_index i = 0; i < count; i++) {
        wadi_index next = i + 1 < count ? i + 1 : 0;
        /* About the first corner, so that a contour far from the origin loses no digits. */
        double ax = x_mm[i] - x_mm[0], ay = y_mm[i] - y_mm[0];
        double bx = x_mm[next] - x_mm[0], by = y_mm[next] - y_mm[0];
        double cross = ax * by - bx * ay;

        twice += cross;
        mx += (ax + bx) * cross;
        my += (ay + by) * cross;
        size.perimeter_mm += hypot(bx - ax, by - ay);
    }
    size.area_mm2 = 0.5 * fabs(twice);
    if (!(size.area_mm2 > 0) || !isfinite(size.area_mm2))
        return wadi_fail(err, WADI_ERR_RANGE, "a contour of %d corners encloses no area",
                         count);
    size.x_mm = x_mm[0] + mx / (3 * twice);
    size.y_mm = y_mm[0] + my / (3 * twice);
    size.equal_area_mm = 2 * sqrt(size.area_mm2 / WADI_PI);
    cast(count, x_mm, y_mm, size.x_mm, size.y_mm, reach);
    for (int k = 0; k < RAYS / 2; k++) {
        double across = reach[k] + reach[k + RAYS / 2];

        sum += across;
        size.least_mm = fmin(size.least_mm, across);
        size.greatest_mm = fmax(size.greatest_mm, across);
    }
    size.longest_mm = longest(count, x_mm, y_mm);
    size.mean_mm = sum / (RAYS / 2);
    *out = size;
    return WADI_OK;
}
