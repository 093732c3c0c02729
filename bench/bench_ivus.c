/* Reading an ultrasound pullback: processor time a frame (goal 1 ms), and how much faster the
 * closed path is than trying every start, which is the pass mark. */
#include "image/ivus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FRAMES = 300, ROUNDS = 3, PATHS = 20 };

static const double LEAST_RATIO = 40;

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static int failed(const wadi_error *err)
{
    fprintf(stderr, "%s\n", err->message);
    return 1;
}

static wadi_image *make_pullback(wadi_error *err)
{
    char folder[] = "/tmp/wadi-ivus-XXXXXX", path[300];
    wadi_image *image = NULL;

    if (!mkdtemp(folder) || wadi_phantom_ivus(1, FRAMES, folder, err))
        return NULL;
    snprintf(path, sizeof path, "%s/truth.json", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/ivus.dcm", folder);
    if (wadi_image_read(path, &image, err))
        image = NULL;
    unlink(path);
    rmdir(folder);
    return image;
}

static double path_ratio(void)
{
    float *cost = malloc(POLAR * sizeof *cost);
    ivus_path_work *work = malloc(sizeof *work);
    int16_t path[LINES];
    double fast, plain;
    wadi_random random;
    int rounds, all = 0;

    if (!cost || !work)
        return 0;
    wadi_random_init(&random, 1, 0);
    for (int i = 0; i < POLAR; i++)
        cost[i] = (float)wadi_random_uniform(&random);
    fast = now_ms();
    for (int k = 0; k < PATHS; k++) {
        ivus_closed_path(cost, 0, SAMPLES, PAD, 0.1f, 6 * k % LINES, work, path, &rounds);
        all += rounds;
    }
    fast = (now_ms() - fast) / PATHS;
    plain = now_ms();
    ivus_closed_path_ref(cost, PAD, 0.1f, path);
    plain = now_ms() - plain;
    printf("closed path: %.3f ms in %.1f passes; every start tried: %.1f ms; ratio %.0f\n",
           fast, (double)all / PATHS, plain, plain / fast);
    free(cost);
    free(work);
    return plain / fast;
}

int main(void)
{
    wadi_error err = {0};
    wadi_ivus_options options = wadi_ivus_options_default();
    wadi_image *image = make_pullback(&err);
    double best = 1e30, ratio;

    if (!image)
        return failed(&err);
    for (int k = 0; k < ROUNDS; k++) {
        wadi_ivus *ivus = NULL;
        double start = now_ms();

        if (wadi_ivus_run(image, &options, &ivus, &err))
            return failed(&err);
        best = now_ms() - start < best ? now_ms() - start : best;
        wadi_ivus_free(ivus);
    }
    wadi_image_free(image);
    printf("%d frames: %.2f ms of processor time a frame (goal 1)\n", FRAMES, best / FRAMES);
    ratio = path_ratio();
    if (ratio < LEAST_RATIO)
        fprintf(stderr, "the closed path is %.0f times as fast as its reference, wanted %.0f\n",
                ratio, LEAST_RATIO);
    return ratio < LEAST_RATIO;
}
