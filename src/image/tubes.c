/* Tube enhancement: Hessian at several scales, eigenvalues, and a law on them.
 *
 * The cascade blurs the last scale's volume up to the next one and takes differences between
 * neighbours as derivatives. A second difference is a derivative blurred by a triangle of
 * variance 1/6 sample^2, which the blur leaves out in advance. `exact` uses full derivative
 * kernels. */
#include "tubes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

wadi_tube_options wadi_tube_options_default(void)
{
    return (wadi_tube_options){.law = WADI_TUBE_FRANGI,
                               .sigma_mm = {0.8, 1.25, 1.95, 3.0},
                               .sigma_count = 4,
                               .alpha = 0.5,
                               .beta = 0.5,
                               .gamma = 0,
                               .tau = 0.75};
}

/* Slices from..to - 1. */
static float sweep_slices(const tubes_scale *scale, const tubes_sweep *job, wadi_index from,
                          wadi_index to)
{
    float most = 0;

#pragma omp parallel for schedule(static) reduction(max : most)
    for (wadi_index z = from; z < to; z++) {
        float here = tubes_sweep_rows(scale, job, z, 0, scale->rows);

        most = here > most ? here : most;
    }
    return most;
}

static wadi_status check(const wadi_volume *volume, const wadi_tube_options *options,
                         wadi_error *err)
{
    if (options->sigma_count < 1 || options->sigma_count > 16)
        return wadi_fail(err, WADI_ERR_RANGE, "%d scales; 1 to 16 are wanted",
                         options->sigma_count);
    for (int s = 0; s < options->sigma_count; s++)
        for (int axis = 0; axis < 3; axis++)
            if (!(options->sigma_mm[s] > 0.2 * volume->spacing_mm[axis] &&
                  options->sigma_mm[s] < 25 * volume->spacing_mm[axis] &&
                  (s == 0 || options->sigma_mm[s] > options->sigma_mm[s - 1])))
                return wadi_fail(err, WADI_ERR_RANGE,
                                 "scale %.4g mm; growing scales of 0.2 to 25 voxels of %.4g mm "
                                 "are wanted",
                                 options->sigma_mm[s], volume->spacing_mm[axis]);
    return WADI_OK;
}

/* From here on, half of the samples along each axis carry all there is (in samples). */
#define HALVE_SIGMA 3.4
/* Differences of neighbours cannot stand for derivatives at finer scales than this. */
#define EXACT_SIGMA 0.95

enum { SLAB = 32 };

static double finest(const double *spacing_mm, double sigma_mm)
{
    double most = fmax(spacing_mm[0], fmax(spacing_mm[1], spacing_mm[2]));

    return sigma_mm / most;
}

/* Constants of a law that depend on the whole volume: pass 0 looks, pass 1 applies. */
static float sweep_exact(const wadi_volume *volume, double s, tubes_scale *slab,
                         const tubes_sweep *job, wadi_status *status, wadi_error *err)
{
    size_t plane = (size_t)volume->columns * (size_t)volume->rows;
    wadi_index halo = (wadi_index)ceil(4 * s / volume->spacing_mm[2]) + 1;
    float most = 0;

    for (wadi_index z = 0; z < volume->slices && !*status; z += SLAB) {
        wadi_index low = z > halo ? z - halo : 0,
                   end = z + SLAB < volume->slices ? z + SLAB : volume->slices;
        wadi_index high = end + halo < volume->slices ? end + halo : volume->slices;
        wadi_volume part = *volume;
        tubes_sweep inner = *job;

        part.values += (size_t)low * plane;
        part.slices = slab->slices = high - low;
        *status = tubes_exact(&part, s, slab, err);
        if (*status)
            break;
        if (inner.out)
            inner.out += (size_t)low * plane;
        float here = sweep_slices(slab, &inner, z - low, end - low);

        most = here > most ? here : most;
    }
    return most;
}

typedef struct looker {
    const wadi_volume *volume;
    double sigma_mm;
    tubes_scale *scale;
    /* Until the cascade has blurred: what from, how far it is. */
    const float *from;
    const double *spacing_mm;
    double *variance;
    wadi_status status;
    wadi_error *err;
} looker;

static float look(looker *with, const tubes_sweep *job)
{
    float most = 0;

    if (with->scale->exact) {
        most = sweep_exact(with->volume, with->sigma_mm, with->scale, job, &with->status,
                           with->err);
    } else if (with->from) {
        with->status = tubes_cascade(with->spacing_mm, with->sigma_mm, with->variance,
                                     with->from, with->scale, job, &most, with->err);
        with->from = NULL;
    } else {
        most = sweep_slices(with->scale, job, 0, with->scale->slices);
    }
    return most;
}

static void apply_law(looker *with, const wadi_tube_options *options, float *out)
{
    tubes_sweep job = {.sign = options->dark ? -1.0f : 1.0f};
    double gamma = options->gamma;

    if (options->law == WADI_TUBE_RIDGE) {
        job.kind = TUBES_RIDGE;
    } else if (options->law == WADI_TUBE_JERMAN) {
        job.kind = TUBES_GREATEST;
        job.c = (float)options->tau * look(with, &job);
        job.kind = TUBES_JERMAN;
    } else {
        if (gamma <= 0) {
            job.kind = TUBES_NORM;
            gamma = 0.5 * sqrt((double)look(with, &job));
        }
        job.kind = TUBES_FRANGI;
        job.a = (float)(0.5 / (options->alpha * options->alpha));
        job.b = (float)(0.5 / (options->beta * options->beta));
        job.c = (float)(0.5 / (gamma * gamma + 1e-30));
    }
    job.out = out;
    if (!with->status)
        look(with, &job);
}

static wadi_status exact_scale(const wadi_volume *volume, const wadi_tube_options *options,
                               double sigma_mm, float *out, wadi_error *err)
{
    tubes_scale slab = {.columns = volume->columns, .rows = volume->rows, .exact = true};
    looker with = {.volume = volume, .sigma_mm = sigma_mm, .scale = &slab, .err = err};
    wadi_index halo = (wadi_index)ceil(4 * sigma_mm / volume->spacing_mm[2]) + 1;
    wadi_index slices = SLAB + 2 * halo < volume->slices ? SLAB + 2 * halo : volume->slices;
    size_t count = (size_t)volume->columns * (size_t)volume->rows * (size_t)slices;
    bool fine = true;

    for (int k = 0; k < 6; k++) {
        slab.hessian[k] = wadi_alloc(count, sizeof(float));
        fine = fine && slab.hessian[k];
    }
    if (fine)
        apply_law(&with, options, out);
    for (int k = 0; k < 6; k++)
        free(slab.hessian[k]);
    return fine ? with.status
                : wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu voxels", count);
}

/* Scales from the first that differences can carry, coarser and coarser. */
static wadi_status cascade_scales(const wadi_volume *volume, const wadi_tube_options *options,
                                  int first, float *out, wadi_error *err)
{
    size_t count = (size_t)volume->columns * (size_t)volume->rows * (size_t)volume->slices;
    tubes_scale scale = {
        .columns = volume->columns, .rows = volume->rows, .slices = volume->slices};
    double variance[3] = {0}, spacing[3];
    const float *from = volume->values;
    float *coarse = NULL;
    wadi_status status = WADI_OK;

    memcpy(spacing, volume->spacing_mm, sizeof spacing);
    scale.blurred = wadi_alloc(count, sizeof *scale.blurred);
    if (!scale.blurred)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu voxels", count);
    for (int s = first; s < options->sigma_count && !status; s++) {
        looker with = {volume, options->sigma_mm[s], &scale, from, spacing, variance, WADI_OK,
                       err};
        bool wide = scale.columns > 15 && scale.rows > 15 && scale.slices > 15;

        /* What is blurred to 1.7 old samples loses nothing when every second is kept. */
        if (!coarse && wide && finest(spacing, options->sigma_mm[s]) >= HALVE_SIGMA) {
            status = tubes_cascade(spacing, 0.5 * options->sigma_mm[s], variance, from, &scale,
                                   NULL, NULL, err);
            if (status)
                break;
            tubes_halve(&scale, spacing, variance);
            /* The tail of the buffer is free now: an eighth is in use. */
            coarse = scale.blurred + count / 2;
            with.from = scale.blurred;
        }
        if (coarse)
            memset(coarse, 0,
                   (size_t)scale.columns * (size_t)scale.rows * (size_t)scale.slices *
                       sizeof *coarse);
        apply_law(&with, options, coarse ? coarse : out);
        status = with.status;
        from = scale.blurred;
        if (!status && coarse)
            status = tubes_spread(&scale, coarse, volume->columns, volume->rows, volume->slices,
                                  out, err);
    }
    free(scale.blurred);
    return status;
}

wadi_status wadi_tubes_enhance(const wadi_volume *volume, const wadi_tube_options *options,
                               float *out, wadi_error *err)
{
    size_t count = (size_t)volume->columns * (size_t)volume->rows * (size_t)volume->slices;
    wadi_status status = check(volume, options, err);
    int s = 0;

    if (status)
        return status;
    memset(out, 0, count * sizeof *out);
    for (; s < options->sigma_count && !status &&
           (options->exact || finest(volume->spacing_mm, options->sigma_mm[s]) < EXACT_SIGMA);
         s++)
        status = exact_scale(volume, options, options->sigma_mm[s], out, err);
    if (!status && s < options->sigma_count)
        status = cascade_scales(volume, options, s, out, err);
    return status;
}
