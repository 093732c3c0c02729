/* The catheter's axis, the polar picture about it, and where its echoes begin and end. */
#include "ivus.h"

#include "filter.h"

#include <math.h>
#include <stdlib.h>

#define TURN (2 * WADI_PI)

enum { RINGS = 26, SPOKES = 48 };

/* Rings from 0.08 to 0.83 mm: catheters of 2.6 to 3.5 F and their ring-down. */
static double roundness(const float *mean, const ivus_polar *p, const double *spokes, double x,
                        double y, double *share)
{
    double all = 0, square = 0, between = 0;

    for (int k = 0; k < RINGS; k++) {
        double r = 0.08 + 0.03 * k, ring = 0;

        for (int s = 0; s < SPOKES; s++) {
            double value = filter_between(mean, p->columns, p->rows,
                                          (float)(x + r * spokes[2 * s] / p->column_mm),
                                          (float)(y + r * spokes[2 * s + 1] / p->row_mm));

            ring += value;
            square += value * value;
        }
        all += ring;
        between += ring * ring / SPOKES;
    }
    between -= all * all / (RINGS * SPOKES);
    square -= all * all / (RINGS * SPOKES);
    *share = square > 1e-6 ? between / square : 0;
    return between;
}

void ivus_find_axis(const float *mean, ivus_polar *polar, double *share)
{
    double best_x = 0.5 * (polar->columns - 1), best_y = 0.5 * (polar->rows - 1), best;
    double span = 0.12 * fmin(polar->columns, polar->rows), spokes[2 * SPOKES];

    for (int s = 0; s < SPOKES; s++) {
        spokes[2 * s] = cos(TURN * s / SPOKES);
        spokes[2 * s + 1] = sin(TURN * s / SPOKES);
    }
    best = roundness(mean, polar, spokes, best_x, best_y, share);
    for (double step = span / 8; step > 0.04; step *= 0.4) {
        double from_x = best_x, from_y = best_y;
        double reach = step == span / 8 ? span : 3 * step;

        for (double dy = -reach; dy <= reach + 1e-9; dy += step)
            for (double dx = -reach; dx <= reach + 1e-9; dx += step) {
                double here_share;
                double here =
                    roundness(mean, polar, spokes, from_x + dx, from_y + dy, &here_share);

                if (here > best) {
                    best = here;
                    best_x = from_x + dx;
                    best_y = from_y + dy;
                    *share = here_share;
                }
            }
    }
    polar->x = best_x;
    polar->y = best_y;
}

wadi_status ivus_polar_plan(ivus_polar *p, wadi_error *err)
{
    double reach_x = fmin(p->x, p->columns - 1 - p->x) * p->column_mm;
    double reach_y = fmin(p->y, p->rows - 1 - p->y) * p->row_mm;

    p->corner = wadi_alloc(POLAR, sizeof *p->corner);
    p->right = wadi_alloc(POLAR, sizeof *p->right);
    p->below = wadi_alloc(POLAR, sizeof *p->below);
    if (!p->corner || !p->right || !p->below)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a polar picture");
    p->step_mm = 0.999 * fmin(reach_x, reach_y) / SAMPLES;
    for (int line = 0; line < LINES; line++) {
        p->cosine[line] = cos(TURN * line / LINES);
        p->sine[line] = sin(TURN * line / LINES);
        for (int s = 0; s < SAMPLES; s++) {
            double r = (s + 0.5) * p->step_mm;
            double x = p->x + r * p->cosine[line] / p->column_mm;
            double y = p->y + r * p->sine[line] / p->row_mm;
            wadi_index column = (wadi_index)x, row = (wadi_index)y;

            column = column > p->columns - 2 ? p->columns - 2 : column;
            row = row > p->rows - 2 ? p->rows - 2 : row;
            p->corner[line * SAMPLES + s] = row * p->columns + column;
            p->right[line * SAMPLES + s] = (float)(x - column);
            p->below[line * SAMPLES + s] = (float)(y - row);
        }
    }
    p->last = SAMPLES;
    return WADI_OK;
}

void ivus_polar_clear(ivus_polar *polar)
{
    free(polar->corner);
    free(polar->right);
    free(polar->below);
    polar->corner = NULL;
    polar->right = polar->below = NULL;
}

WADI_VECTOR static void gather(int count, wadi_index columns, const int32_t *restrict corner,
                               const float *restrict right, const float *restrict below,
                               const float *restrict picture, float *restrict out)
{
    for (int i = 0; i < count; i++) {
        const float *at = picture + corner[i];
        float top = at[0] + right[i] * (at[1] - at[0]);
        float low = at[columns] + right[i] * (at[columns + 1] - at[columns]);

        out[i] = top + below[i] * (low - top);
    }
}

void ivus_resample(const ivus_polar *polar, const float *picture, float *out)
{
    gather(POLAR, polar->columns, polar->corner, polar->right, polar->below, picture, out);
}

/* The two pixels of a row in one number: the left one is the low byte. */
WADI_VECTOR static void between(const uint16_t *restrict above, const uint16_t *restrict under,
                                const float *restrict right, const float *restrict below,
                                float *restrict out)
{
    for (int s = 0; s < SAMPLES; s++) {
        float a = (float)(above[s] & 255), b = (float)(above[s] >> 8);
        float c = (float)(under[s] & 255), d = (float)(under[s] >> 8);
        float top = a + right[s] * (b - a), low = c + right[s] * (d - c);

        out[s] = top + below[s] * (low - top);
    }
}

/* Bytes as they are stored: the way of nearly every pullback. */
static void gather_bytes(const ivus_polar *p, const uint8_t *restrict picture,
                         float *restrict out)
{
    for (int line = 0; line < LINES; line++) {
        const int32_t *corner = p->corner + line * SAMPLES;
        uint16_t above[SAMPLES], under[SAMPLES];

        for (int s = 0; s < SAMPLES; s++) {
            const uint8_t *at = picture + corner[s], *next = at + p->columns;

            above[s] = (uint16_t)(at[0] | at[1] << 8);
            under[s] = (uint16_t)(next[0] | next[1] << 8);
        }
        between(above, under, p->right + line * SAMPLES, p->below + line * SAMPLES,
                out + line * SAMPLES);
    }
}

void ivus_resample_frame(const ivus_polar *polar, const wadi_image *image, wadi_index frame,
                         float *picture, float *out)
{
    if (image->sample == WADI_U8 && image->channels == 1 && image->slope == 1 &&
        image->intercept == 0) {
        gather_bytes(polar,
                     (const uint8_t *)image->samples +
                         (size_t)frame * (size_t)image->rows * (size_t)image->columns,
                     out);
        return;
    }
    wadi_image_frame(image, frame, picture);
    ivus_resample(polar, picture, out);
}

/* The ring-down is bright all around: its lower quintile falls to that of blood where it ends.
 */
void ivus_find_ends(const float *mean, ivus_polar *polar)
{
    float low[SAMPLES], column[LINES], floor_level = INFINITY, top = 0;
    int near = (int)(0.9 / polar->step_mm), peak = 0, after;

    near = near > SAMPLES / 2 ? SAMPLES / 2 : near < 4 ? 4 : near;
    for (int s = 0; s < SAMPLES; s++) {
        for (int line = 0; line < LINES; line++)
            column[line] = mean[line * SAMPLES + s];
        qsort(column, LINES, sizeof *column, wadi_by_float);
        low[s] = column[LINES / 5];
        if (column[LINES / 2] > 4)
            polar->last = s + 1;
        if (s < near && low[s] > top) {
            top = low[s];
            peak = s;
        }
    }
    for (int s = peak; s < 2 * near && s < SAMPLES; s++)
        floor_level = fminf(floor_level, low[s]);
    for (after = peak;
         after < 2 * near && low[after] > floor_level + 0.2f * (top - floor_level);)
        after++;
    polar->dead = after + 1;
}
