/* Distances inside a mask of two rods, 4 % of the voxels, against the plain way in the same
 * run: lower envelopes along every line of every axis.
 *
 *     bench-distance [COLUMNS ROWS SLICES] */
#include "wadi/image_cta.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 3 };

static const double LEAST_RATIO = 10;

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Algorithm 1 of Felzenszwalb and Huttenlocher 2012, on samples step apart. */
static void envelope(int count, double step, const float *f, int *v, double *z, float *out)
{
    double square = step * step;
    int k = 0;

    v[0] = 0;
    z[0] = -HUGE_VAL;
    z[1] = HUGE_VAL;
    for (int q = 1; q < count; q++) {
        double s;

        do {
            s = (((double)f[q] - (double)f[v[k]]) / square + (double)q * q -
                 (double)v[k] * v[k]) /
                (2.0 * (q - v[k]));
        } while (s <= z[k] && k-- > 0);
        k++;
        v[k] = q;
        z[k] = k ? s : -HUGE_VAL;
        z[k + 1] = HUGE_VAL;
    }
    k = 0;
    for (int q = 0; q < count; q++) {
        while (z[k + 1] < q)
            k++;
        out[q] = (float)(square * (q - v[k]) * (q - v[k]) + (double)f[v[k]]);
    }
}

static void plain(const int *size, const double *step, const uint8_t *mask, float *out)
{
    size_t count = (size_t)size[0] * (size_t)size[1] * (size_t)size[2];
    size_t strides[3] = {1, (size_t)size[0], (size_t)size[0] * (size_t)size[1]};
    int longest = size[0] > size[1] ? size[0] : size[1];

    longest = longest > size[2] ? longest : size[2];
    int *v = malloc((size_t)longest * sizeof *v);
    double *z = malloc(((size_t)longest + 1) * sizeof *z);
    float *line = malloc((size_t)longest * sizeof *line), *to = malloc((size_t)longest * 4);

    if (!v || !z || !line || !to)
        exit(1);
    for (size_t i = 0; i < count; i++)
        out[i] = mask[i] ? 1e20f : 0;
    for (int axis = 0; axis < 3; axis++)
        for (size_t start = 0; start < count; start++) {
            if (start / strides[axis] % (size_t)size[axis])
                continue;
            for (int i = 0; i < size[axis]; i++)
                line[i] = out[start + (size_t)i * strides[axis]];
            envelope(size[axis], step[axis], line, v, z, to);
            for (int i = 0; i < size[axis]; i++)
                out[start + (size_t)i * strides[axis]] = to[i];
        }
    free(v);
    free(z);
    free(line);
    free(to);
}

int main(int argc, char **argv)
{
    const double step[3] = {0.5, 0.5, 1};
    int size[3] = {256, 256, 200};
    wadi_error err = {0};
    double fast = HUGE_VAL, slow = HUGE_VAL;
    size_t inside = 0;

    for (int k = 0; argc > 3 && k < 3; k++)
        size[k] = atoi(argv[k + 1]);
    size_t count = (size_t)size[0] * (size_t)size[1] * (size_t)size[2];
    uint8_t *mask = calloc(count, 1);
    float *out = malloc(count * sizeof *out), *want = malloc(count * sizeof *want);

    if (!mask || !out || !want)
        return 1;
    for (size_t i = 0; i < count; i++) {
        int x = (int)(i % (size_t)size[0]), y = (int)(i / (size_t)size[0] % (size_t)size[1]);
        double away = fmin(hypot(x - 0.3 * size[0], y - 0.5 * size[1]),
                           hypot(x - 0.7 * size[0], y - 0.45 * size[1]));

        mask[i] = away < 0.08 * size[0];
        inside += mask[i];
    }
    memset(out, 0, count * sizeof *out);
    for (int k = 0; k < ROUNDS; k++) {
        double start = seconds();

        if (wadi_distance_inside(size[0], size[1], size[2], step, mask, out, &err)) {
            fprintf(stderr, "%s\n", err.message);
            return 1;
        }
        fast = fmin(fast, seconds() - start);
        start = seconds();
        plain(size, step, mask, want);
        slow = fmin(slow, seconds() - start);
    }
    for (size_t i = 0; i < count; i++)
        if (fabs((double)out[i] - (double)want[i]) > 1e-5 * (double)want[i]) {
            fprintf(stderr, "voxel %zu: %g mm2, %g are right\n", i, (double)out[i],
                    (double)want[i]);
            return 1;
        }
    printf("distances, %d x %d x %d, %.1f %% inside: %.3f s CPU, plain %.3f s CPU, ratio %.1f "
           "(%g wanted)\n",
           size[0], size[1], size[2], 100.0 * (double)inside / (double)count, fast, slow,
           slow / fast, LEAST_RATIO);
    free(mask);
    free(out);
    free(want);
    return slow / fast >= LEAST_RATIO ? 0 : 1;
}
