/* Subtraction with motion: the tree's against the plain way in the same run. The plain way is
 * what the papers print: a logarithm a pixel, Gauss-Newton on the frame's own gradients
 * between pixels at every step (Lucas and Kanade 1981), a bilinear look-up a pixel. */
#include "image/dsa.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(clockid_t clock)
{
    struct timespec at;

    clock_gettime(clock, &at);
    return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

/* Structure that moves, and from a third of the run on a dark band that grows down. */
static void draw(wadi_index size, wadi_index frames, uint16_t *samples)
{
    uint32_t state = 1;

    for (wadi_index f = 0; f < frames; f++)
        for (wadi_index y = 0; y < size; y++)
            for (wadi_index x = 0; x < size; x++) {
                double u = x - 3 * sin(f / 2.0), v = y - 2 * cos(f / 3.0);
                double light = 1500 + 300 * sin(u / 23) * cos(v / 31) + 200 * sin((u + v) / 57);

                state = state * 1664525u + 1013904223u;
                if (abs(x - size / 2) < 6 && y * 3 < (f - frames / 3) * size / 4)
                    light *= 0.7;
                samples[((size_t)f * (size_t)size + (size_t)y) * (size_t)size + (size_t)x] =
                    (uint16_t)(light + (state >> 24) / 8.0);
            }
}

/* One plain step over a window; dx, dy and brightness are free. */
static void plain_step(wadi_index size, const float *a, const float *b, const wadi_index box[4],
                       double limit, double shift[2])
{
    double m[3] = {0}, v[2] = {0}, offset = 0, count = 0;

    for (int pass = 0; pass < 2; pass++)
        for (wadi_index y = box[1]; y < box[3]; y++)
            for (wadi_index x = box[0]; x < box[2]; x++) {
                float fx = (float)(x + shift[0]), fy = (float)(y + shift[1]);
                double r = a[(size_t)y * (size_t)size + (size_t)x] -
                           filter_between(b, size, size, fx, fy);

                if (pass == 0) {
                    offset += r;
                    count++;
                    continue;
                }
                r -= offset / count;

                double gx = 0.5 * (filter_between(b, size, size, fx + 1, fy) -
                                   filter_between(b, size, size, fx - 1, fy));
                double gy = 0.5 * (filter_between(b, size, size, fx, fy + 1) -
                                   filter_between(b, size, size, fx, fy - 1));
                double w = fabs(r) > limit ? limit / fabs(r) : 1;

                m[0] += w * gx * gx;
                m[1] += w * gx * gy;
                m[2] += w * gy * gy;
                v[0] += w * gx * r;
                v[1] += w * gy * r;
            }
    double det = m[0] * m[2] - m[1] * m[1];

    if (det > 0) {
        shift[0] += (m[2] * v[0] - m[1] * v[1]) / det;
        shift[1] += (m[0] * v[1] - m[1] * v[0]) / det;
    }
}

static void shrink(wadi_index size, int factor, const float *in, float *out)
{
    wadi_index small = size / factor;

    memset(out, 0, (size_t)small * (size_t)small * sizeof *out);
    for (wadi_index y = 0; y < small * factor; y++)
        for (wadi_index x = 0; x < small * factor; x++)
            out[(size_t)(y / factor) * (size_t)small + (size_t)(x / factor)] +=
                in[(size_t)y * (size_t)size + (size_t)x] / (float)(factor * factor);
}

/* All frames against the first: logarithm, shift (8 steps), control points (4 steps each),
 * warp, difference. Returns seconds of the processor. */
static double plain(wadi_index size, wadi_index frames, const uint16_t *samples)
{
    size_t count = (size_t)size * (size_t)size;
    int factor = (size + 128) / 256;
    wadi_index small = size / factor;
    float *mask = malloc(count * sizeof *mask), *frame = malloc(count * sizeof *frame);
    float *tiny = malloc(2 * (size_t)small * (size_t)small * sizeof *tiny), sum = 0;
    double start = now(CLOCK_PROCESS_CPUTIME_ID);

    if (!mask || !frame || !tiny)
        exit(1);
    for (wadi_index f = 0; f < frames; f++) {
        float *to = f ? frame : mask, *little = tiny + (f ? (size_t)small * (size_t)small : 0);
        const wadi_index all[4] = {2, 2, small - 2, small - 2};
        double shift[2] = {0}, grid[DSA_GRID][DSA_GRID][2];

        for (size_t i = 0; i < count; i++)
            to[i] = logf((float)samples[(size_t)f * count + i] + 0.5f);
        shrink(size, factor, to, little);
        if (!f)
            continue;
        for (int k = 0; k < 8; k++)
            plain_step(small, tiny, little, all, 0.05, shift);
        for (int j = 0; j < DSA_GRID; j++)
            for (int i = 0; i < DSA_GRID; i++) {
                double cell = (small - 1.0) / (DSA_GRID - 1);
                const wadi_index box[4] = {(wadi_index)fmax(2, (i - 0.75) * cell),
                                           (wadi_index)fmax(2, (j - 0.75) * cell),
                                           (wadi_index)fmin(small - 2, (i + 0.75) * cell),
                                           (wadi_index)fmin(small - 2, (j + 0.75) * cell)};

                memcpy(grid[j][i], shift, sizeof shift);
                for (int k = 0; k < 4; k++)
                    plain_step(small, tiny, little, box, 0.05, grid[j][i]);
            }
        for (wadi_index y = 0; y < size; y++)
            for (wadi_index x = 0; x < size; x++) {
                double gx = (DSA_GRID - 1.0) * x / size, gy = (DSA_GRID - 1.0) * y / size;
                int i = (int)gx, j = (int)gy;
                double u = gx - i, v = gy - j, d[2];

                for (int k = 0; k < 2; k++)
                    d[k] = (1 - v) * ((1 - u) * grid[j][i][k] + u * grid[j][i + 1][k]) +
                           v * ((1 - u) * grid[j + 1][i][k] + u * grid[j + 1][i + 1][k]);
                sum += mask[(size_t)y * (size_t)size + (size_t)x] -
                       filter_between(frame, size, size, (float)(x + factor * d[0]),
                                      (float)(y + factor * d[1]));
            }
    }
    free(mask);
    free(frame);
    free(tiny);
    return isfinite(sum) ? now(CLOCK_PROCESS_CPUTIME_ID) - start : INFINITY;
}

int main(int argc, char **argv)
{
    wadi_index size = argc > 1 ? atoi(argv[1]) : 1024, frames = argc > 2 ? atoi(argv[2]) : 16;
    uint16_t *samples = malloc((size_t)size * (size_t)size * (size_t)frames * sizeof *samples);
    wadi_dsa_options options = wadi_dsa_options_default();
    wadi_image run = {.sample = WADI_U16,
                      .frames = frames,
                      .rows = size,
                      .columns = size,
                      .channels = 1,
                      .bits = 12,
                      .slope = 1,
                      .intensity = "LIN",
                      .samples = samples};
    double best_cpu = INFINITY, best_wall = INFINITY, best_plain = INFINITY;
    wadi_error err = {0};

    if (!samples || size < 128 || frames < 3)
        return 1;
    draw(size, frames, samples);
    for (int round = 0; round < 3; round++) {
        wadi_dsa *dsa = NULL;

        /* One thread for the ratio: threads that wait count as work; all of them last. */
        omp_set_num_threads(round < 2 ? 1 : omp_get_num_procs());

        double cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);

        if (dsa_subtract(&run, &options, true, &dsa, &err)) {
            fprintf(stderr, "%s\n", err.message);
            return 1;
        }
        best_cpu = fmin(best_cpu, now(CLOCK_PROCESS_CPUTIME_ID) - cpu);
        best_wall = fmin(best_wall, now(CLOCK_MONOTONIC) - wall);
        wadi_dsa_free(dsa);
        if (round < 2)
            best_plain = fmin(best_plain, plain(size, frames, samples));
    }
    printf("%d frames of %d^2, subtraction with motion: %.1f ms a frame (%.1f ms CPU; goal 10 "
           "ms), plain %.1f ms CPU, ratio %.1f (at least 4)\n",
           frames, size, 1e3 * best_wall / frames, 1e3 * best_cpu / frames,
           1e3 * best_plain / frames, best_plain / best_cpu);
    free(samples);
    return best_plain / best_cpu >= 4 ? 0 : 1;
}
