/* Fast marching in a band: first arrival T of a front with |grad T| F = 1 (J. A. Sethian, Proc.
 * Natl. Acad. Sci. 93 (1996) 1591-1595), from one voxel through all that hang together. */
#include "cta_march.h"

#include <float.h>

static void sift_up(cta_front *front, int at)
{
    int item = front->heap[at];

    while (at > 0) {
        int above = (at - 1) / 2;

        if (front->time[front->heap[above]] <= front->time[item])
            break;
        front->heap[at] = front->heap[above];
        front->place[front->heap[at]] = at;
        at = above;
    }
    front->heap[at] = item;
    front->place[item] = at;
}

static void sift_down(cta_front *front, int at)
{
    int item = front->heap[at];

    for (;;) {
        int below = 2 * at + 1;

        if (below >= front->heap_count)
            break;
        if (below + 1 < front->heap_count &&
            front->time[front->heap[below + 1]] < front->time[front->heap[below]])
            below++;
        if (front->time[front->heap[below]] >= front->time[item])
            break;
        front->heap[at] = front->heap[below];
        front->place[front->heap[at]] = at;
        at = below;
    }
    front->heap[at] = item;
    front->place[item] = at;
}

wadi_status cta_front_new(int count, cta_front *front, wadi_error *err)
{
    *front = (cta_front){.count = count};
    front->time = wadi_alloc((size_t)count + 1, sizeof *front->time);
    front->length = wadi_alloc((size_t)count + 1, sizeof *front->length);
    front->from = wadi_alloc((size_t)count + 1, sizeof *front->from);
    front->place = wadi_alloc((size_t)count + 1, sizeof *front->place);
    front->heap = wadi_alloc((size_t)count + 1, sizeof *front->heap);
    if (!front->time || !front->length || !front->from || !front->place || !front->heap) {
        cta_front_clear(front);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory to march through %d voxels", count);
    }
    for (int i = 0; i < count; i++) {
        front->time[i] = FLT_MAX;
        front->from[i] = -1;
        front->place[i] = -1;
    }
    return WADI_OK;
}

void cta_front_clear(cta_front *front)
{
    free(front->time);
    free(front->length);
    free(front->from);
    free(front->place);
    free(front->heap);
    *front = (cta_front){0};
}

/* Upwind solution of sum ((t - t_k) / h_k)^2 = 1 / F^2 from the accepted neighbours. */
static float arrival(const cta_grid *grid, const cta_band *band, const cta_front *front, int i,
                     double slow)
{
    double t[3], w[3], best = DBL_MAX;
    int n = 0;

    for (int k = 0; k < 3; k++) {
        double least = DBL_MAX;

        for (int side = -1; side <= 1; side += 2) {
            int step[3] = {0};

            step[k] = side;
            int j = cta_band_neighbour(grid, band, i, step);

            if (j >= 0 && front->place[j] == CTA_ACCEPTED && front->time[j] < least)
                least = front->time[j];
        }
        if (least < DBL_MAX) {
            int at = n++;

            for (; at > 0 && t[at - 1] > least; at--)
                t[at] = t[at - 1], w[at] = w[at - 1];
            t[at] = least;
            w[at] = 1 / (grid->step[k] * grid->step[k]);
        }
    }
    double a = 0, b = 0, c = -slow * slow;

    for (int k = 0; k < n && t[k] < best; k++) {
        a += w[k];
        b += w[k] * t[k];
        c += w[k] * t[k] * t[k];
        double root = b * b - a * c;

        if (root < 0)
            break;
        best = (b + sqrt(root)) / a;
    }
    return (float)best;
}

/* The earliest of 26 neighbours: the way back, a step at a time. */
static int earliest(const cta_grid *grid, const cta_band *band, const cta_front *front, int i,
                    double *mm)
{
    int best = -1;
    double steepest = 0;

    for (int s = 0; s < 27; s++) {
        const int step[3] = {s % 3 - 1, s / 3 % 3 - 1, s / 9 - 1};
        int j = s == 13 ? -1 : cta_band_neighbour(grid, band, i, step);

        if (j < 0 || front->place[j] != CTA_ACCEPTED)
            continue;
        double x = step[0] * grid->step[0], y = step[1] * grid->step[1],
               z = step[2] * grid->step[2];
        double far = sqrt(x * x + y * y + z * z);
        double fall = ((double)front->time[i] - (double)front->time[j]) / far;

        if (fall > steepest) {
            steepest = fall;
            best = j;
            *mm = far;
        }
    }
    return best;
}

void cta_march(const cta_grid *grid, const cta_band *band, const float *speed, int start,
               int stop, cta_front *front)
{
    front->heap_count = 0;
    front->time[start] = 0;
    front->heap[front->heap_count] = start;
    front->place[start] = front->heap_count++;
    while (front->heap_count > 0) {
        int i = front->heap[0];
        double mm = 0;

        front->heap[0] = front->heap[--front->heap_count];
        if (front->heap_count)
            sift_down(front, 0);
        front->place[i] = CTA_ACCEPTED;
        front->from[i] = earliest(grid, band, front, i, &mm);
        front->length[i] = front->from[i] >= 0 ? front->length[front->from[i]] + (float)mm : 0;
        if (i == stop)
            break;
        for (int s = 0; s < 27; s++) {
            const int step[3] = {s % 3 - 1, s / 3 % 3 - 1, s / 9 - 1};
            int j = abs(step[0]) + abs(step[1]) + abs(step[2]) == 0
                        ? -1
                        : cta_band_neighbour(grid, band, i, step);

            if (j < 0 || front->place[j] == CTA_ACCEPTED)
                continue;
            double slow = 1 / (double)speed[j];
            double x = step[0] * grid->step[0], y = step[1] * grid->step[1],
                   z = step[2] * grid->step[2];
            float t = arrival(grid, band, front, j, slow);
            float straight = front->time[i] + (float)(slow * sqrt(x * x + y * y + z * z));

            /* Across a corner of the band only the diagonal leads on. */
            t = t < straight ? t : straight;
            if (t < front->time[j]) {
                front->time[j] = t;
                if (front->place[j] < 0) {
                    front->heap[front->heap_count] = j;
                    front->place[j] = front->heap_count++;
                }
                sift_up(front, front->place[j]);
            }
        }
    }
}
