/* Four-scale tube enhancement: the cascade against full kernels in the same run, in turns.
 *
 *     bench-tubes [COLUMNS [ROWS SLICES [ROUNDS]]]      0 rounds: the cascade alone, once */
#include "wadi/image_vessel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const double LEAST_RATIO = 5;

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double once(const wadi_volume *volume, bool exact, float *out)
{
    wadi_tube_options options = wadi_tube_options_default();
    wadi_error err = {0};
    double start = seconds();

    options.gamma = 30;
    options.exact = exact;
    if (wadi_tubes_enhance(volume, &options, out, &err)) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    return seconds() - start;
}

int main(int argc, char **argv)
{
    wadi_index size[3] = {160, 160, 160};
    int rounds = argc > 4 ? atoi(argv[4]) : 3;
    wadi_volume *volume = NULL;
    wadi_error err = {0};
    double fast = HUGE_VAL, plain = HUGE_VAL;
    uint32_t state = 1;

    for (int k = 0; argc > 1 && k < 3; k++)
        size[k] = atoi(argv[argc > 3 ? k + 1 : 1]);
    if (wadi_volume_new(size[0], size[1], size[2], &volume, &err))
        return 1;
    size_t count = (size_t)size[0] * (size_t)size[1] * (size_t)size[2];
    float *out = malloc(count * sizeof *out);

    if (!out)
        return 1;
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        volume->values[i] = (float)((state >> 8) % 100);
    }
    for (int axis = 0; axis < 3; axis++)
        volume->spacing_mm[axis] = 0.8;
    for (int k = 0; k < rounds || k == 0; k++) {
        fast = fmin(fast, once(volume, false, out));
        if (rounds)
            plain = fmin(plain, once(volume, true, out));
    }
    printf("%d x %d x %d, 4 scales: cascade %.3f s CPU, %.1f ns a voxel", size[0], size[1],
           size[2], fast, 1e9 * fast / (double)count);
    if (rounds)
        printf(", full kernels %.3f s CPU, ratio %.1f (%g wanted)", plain, plain / fast,
               LEAST_RATIO);
    printf("\n");
#ifndef WADI_HAS_ITK
    printf("ITK not installed: ratio to the plain reference\n");
#endif
    wadi_volume_free(volume);
    free(out);
    return !rounds || plain / fast >= LEAST_RATIO ? 0 : 1;
}
