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

enum { CHUNK = 64 };

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

/* e^x for x >= 0 without a call, so that loops stay vectors. Off by less than 3e-4 of itself up
 * to 8; held at x = 24, so that three of them multiply without overflow. */
static inline float growth(float x)
{
    float y = (x < 24 ? x : 24) * (1.0f / 32);
    float e = 1 + y * (1 + y * (0.5f + y * (1.0f / 6 + y * (1.0f / 24))));

    e *= e;
    e *= e;
    e *= e;
    e *= e;
    e *= e;
    return e;
}

/* cos(acos(r) / 3) by a polynomial in cos(acos(r) / 2), which has no root at the border. */
static inline float third_cosine(float r)
{
    float s = sqrtf(r > -1 ? 0.5f * (1 + r) : 0);

    return TUBES_COSINE_0 +
           s * (TUBES_COSINE_1 +
                s * (TUBES_COSINE_2 +
                     s * (TUBES_COSINE_3 +
                          s * (TUBES_COSINE_4 + s * (TUBES_COSINE_5 + s * TUBES_COSINE_6)))));
}

/* h is (6 x CHUNK): xx, xy, xz, yy, yz, zz. Eigenvalues come out by size, |e1| <= |e2| <= |e3|,
 * with the sign turned so that a wanted tube has e2, e3 < 0.
 *
 * Symbols: q mean, p spread, r turned determinant (O. K. Smith, Comm. ACM 4 (1961) 168). */
WADI_VECTOR
static void eigenvalues(const float *restrict h, float sign, float *restrict e1,
                        float *restrict e2, float *restrict e3)
{
    for (int i = 0; i < CHUNK; i++) {
        float xx = sign * h[i], xy = sign * h[CHUNK + i], xz = sign * h[2 * CHUNK + i];
        float yy = sign * h[3 * CHUNK + i], yz = sign * h[4 * CHUNK + i];
        float zz = sign * h[5 * CHUNK + i];
        float q = (xx + yy + zz) * (1.0f / 3), a = xx - q, b = yy - q, c = zz - q;
        float off = xy * xy + xz * xz + yz * yz;
        float p = sqrtf((a * a + b * b + c * c + 2 * off) * (1.0f / 6)), safe = p + 1e-20f;
        float det = a * (b * c - yz * yz) - xy * (xy * c - yz * xz) + xz * (xy * yz - b * xz);
        float r = 0.5f * det / (safe * safe * safe);

        r = r > 1 ? 1 : r < -1 ? -1 : r;
        float most = q + 2 * p * third_cosine(r), least = q - 2 * p * third_cosine(-r);
        float mid = 3 * q - most - least;
        /* Of three in falling order, the middle one is never the largest in size. */
        float big = -least > most ? least : most, other = -least > most ? most : least;
        bool swap = fabsf(other) < fabsf(mid);

        e3[i] = big;
        e2[i] = swap ? mid : other;
        e1[i] = swap ? other : mid;
    }
}

/* Symbols of the paper: Ra = e2/e3, Rb = e1/sqrt(e2 e3), S = norm. */
WADI_VECTOR
static void frangi(const float *restrict e1, const float *restrict e2, const float *restrict e3,
                   float a, float b, float c, float *restrict out)
{
    for (int i = 0; i < CHUNK; i++) {
        float s1 = e1[i] * e1[i], s2 = e2[i] * e2[i], s3 = e3[i] * e3[i];
        float plate = s2 / (s3 + 1e-20f), blob = s1 / (fabsf(e2[i] * e3[i]) + 1e-20f);
        float x = growth(plate * a), y = growth(blob * b), z = growth((s1 + s2 + s3) * c);
        float value = (x - 1) * (z - 1) / (x * y * z); /* (1 - e^-..) e^-.. (1 - e^-..) */

        value = e2[i] < 0 && e3[i] < 0 ? value : 0;
        out[i] = value > out[i] ? value : out[i];
    }
}

/* Jerman et al., equations 12 and 13, with -e as their eigenvalues of a bright tube. */
WADI_VECTOR
static void jerman(const float *restrict e2, const float *restrict e3, float floor_value,
                   float *restrict out)
{
    for (int i = 0; i < CHUNK; i++) {
        float l2 = -e2[i], l3 = -e3[i];
        float rho = l3 > floor_value ? l3 : l3 > 0 ? floor_value : 0;
        float sum = l2 + rho, value = l2 * l2 * (rho - l2) * 27 / (sum * sum * sum + 1e-20f);

        value = l2 >= 0.5f * rho && rho > 0 ? 1 : value;
        value = l2 <= 0 || rho <= 0 ? 0 : value;
        out[i] = value > out[i] ? value : out[i];
    }
}

WADI_VECTOR
static void ridge(const float *restrict e2, const float *restrict e3, float *restrict out)
{
    for (int i = 0; i < CHUNK; i++) {
        float value = e3[i] < 0 ? -e2[i] : 0;

        out[i] = value > out[i] ? value : out[i];
    }
}

WADI_VECTOR
static float strongest_norm(const float *restrict h)
{
    float most = 0;

    for (int i = 0; i < CHUNK; i++) {
        float xy = h[CHUNK + i], xz = h[2 * CHUNK + i], yz = h[4 * CHUNK + i];
        float norm = h[i] * h[i] + h[3 * CHUNK + i] * h[3 * CHUNK + i] +
                     h[5 * CHUNK + i] * h[5 * CHUNK + i] + 2 * (xy * xy + xz * xz + yz * yz);

        most = norm > most ? norm : most;
    }
    return most;
}

static void differences_row(const tubes_scale *scale, wadi_index z, wadi_index y, wadi_index x,
                            wadi_index count, float *restrict h)
{
    wadi_index nx = scale->columns, ny = scale->rows, nz = scale->slices;
    size_t plane = (size_t)nx * (size_t)ny;
    wadi_index up = y + 1 < ny ? y + 1 : y, down = y > 0 ? y - 1 : y;
    wadi_index above = z + 1 < nz ? z + 1 : z, below = z > 0 ? z - 1 : z;
    const float *v = scale->blurred;
    const float *mm = v + (size_t)z * plane + (size_t)y * (size_t)nx;
    const float *mu = v + (size_t)z * plane + (size_t)up * (size_t)nx;
    const float *md = v + (size_t)z * plane + (size_t)down * (size_t)nx;
    const float *am = v + (size_t)above * plane + (size_t)y * (size_t)nx;
    const float *bm = v + (size_t)below * plane + (size_t)y * (size_t)nx;
    const float *au = v + (size_t)above * plane + (size_t)up * (size_t)nx;
    const float *ad = v + (size_t)above * plane + (size_t)down * (size_t)nx;
    const float *bu = v + (size_t)below * plane + (size_t)up * (size_t)nx;
    const float *bd = v + (size_t)below * plane + (size_t)down * (size_t)nx;
    const float *w = scale->weights;

    for (wadi_index i = 0; i < count; i++) {
        wadi_index c = x + i, l = c > 0 ? c - 1 : c, r = c + 1 < nx ? c + 1 : c;

        h[i] = w[0] * (mm[l] - 2 * mm[c] + mm[r]);
        h[CHUNK + i] = w[1] * (mu[r] - mu[l] - md[r] + md[l]);
        h[2 * CHUNK + i] = w[2] * (am[r] - am[l] - bm[r] + bm[l]);
        h[3 * CHUNK + i] = w[3] * (mu[c] - 2 * mm[c] + md[c]);
        h[4 * CHUNK + i] = w[4] * (au[c] - ad[c] - bu[c] + bd[c]);
        h[5 * CHUNK + i] = w[5] * (am[c] - 2 * mm[c] + bm[c]);
    }
}

/* The inside of a row, where no neighbour is missing: a plain loop that becomes vectors. */
WADI_VECTOR
static void differences_inside(const float *restrict mm, wadi_index nx, ptrdiff_t plane,
                               const float *restrict w, float *restrict h)
{
    const float *mu = mm + nx, *md = mm - nx, *am = mm + plane, *bm = mm - plane;
    const float *au = am + nx, *ad = am - nx, *bu = bm + nx, *bd = bm - nx;

    for (int i = 0; i < CHUNK; i++) {
        h[i] = w[0] * (mm[i - 1] - 2 * mm[i] + mm[i + 1]);
        h[CHUNK + i] = w[1] * (mu[i + 1] - mu[i - 1] - md[i + 1] + md[i - 1]);
        h[2 * CHUNK + i] = w[2] * (am[i + 1] - am[i - 1] - bm[i + 1] + bm[i - 1]);
        h[3 * CHUNK + i] = w[3] * (mu[i] - 2 * mm[i] + md[i]);
        h[4 * CHUNK + i] = w[4] * (au[i] - ad[i] - bu[i] + bd[i]);
        h[5 * CHUNK + i] = w[5] * (am[i] - 2 * mm[i] + bm[i]);
    }
}

static void hessian_chunk(const tubes_scale *scale, wadi_index z, wadi_index y, wadi_index x,
                          wadi_index count, float *h)
{
    size_t plane = (size_t)scale->columns * (size_t)scale->rows;
    size_t at = (size_t)z * plane + (size_t)y * (size_t)scale->columns + (size_t)x;

    if (scale->exact) {
        for (int k = 0; k < 6; k++)
            memcpy(h + k * CHUNK, scale->hessian[k] + at, (size_t)count * sizeof *h);
    } else if (count == CHUNK && y > 0 && y + 1 < scale->rows && z > 0 &&
               z + 1 < scale->slices) {
        differences_inside(scale->blurred + at, scale->columns, (ptrdiff_t)plane,
                           scale->weights, h);
        /* The first and last of a row took a neighbour from the next row. */
        if (x == 0)
            differences_row(scale, z, y, 0, 1, h);
        if (x + CHUNK == scale->columns)
            differences_row(scale, z, y, x + CHUNK - 1, 1, h + CHUNK - 1);
    } else {
        differences_row(scale, z, y, x, count, h);
    }
}

/* What one sweep over the volume is for. */
typedef enum sweep_kind {
    SWEEP_NORM,
    SWEEP_GREATEST,
    SWEEP_FRANGI,
    SWEEP_JERMAN,
    SWEEP_RIDGE
} sweep_kind;

typedef struct sweep {
    sweep_kind kind;
    float sign, a, b, c;
    float *out;
    float most;
} sweep;

static float sweep_slice(const tubes_scale *scale, const sweep *job, wadi_index z)
{
    float h[6 * CHUNK] = {0}, e1[CHUNK], e2[CHUNK], e3[CHUNK], values[CHUNK] = {0}, most = 0;
    size_t plane = (size_t)scale->columns * (size_t)scale->rows;

    for (wadi_index y = 0; y < scale->rows; y++) {
        for (wadi_index x = 0; x < scale->columns; x += CHUNK) {
            wadi_index count = scale->columns - x < CHUNK ? scale->columns - x : CHUNK;
            size_t at = (size_t)z * plane + (size_t)y * (size_t)scale->columns + (size_t)x;

            if (count < CHUNK)
                memset(h, 0, sizeof h);
            hessian_chunk(scale, z, y, x, count, h);
            if (job->kind == SWEEP_NORM) {
                float here = strongest_norm(h);

                most = here > most ? here : most;
                continue;
            }
            eigenvalues(h, job->sign, e1, e2, e3);
            for (int i = 0; job->kind == SWEEP_GREATEST && i < CHUNK; i++)
                most = -e3[i] > most ? -e3[i] : most;
            if (job->kind == SWEEP_GREATEST)
                continue;
            float *to = count == CHUNK ? job->out + at : values;

            if (count < CHUNK)
                memcpy(values, job->out + at, (size_t)count * sizeof *values);
            if (job->kind == SWEEP_FRANGI)
                frangi(e1, e2, e3, job->a, job->b, job->c, to);
            else if (job->kind == SWEEP_RIDGE)
                ridge(e2, e3, to);
            else
                jerman(e2, e3, job->c, to);
            if (count < CHUNK)
                memcpy(job->out + at, values, (size_t)count * sizeof *values);
        }
    }
    return most;
}

/* Slices from..to - 1. */
static float sweep_slices(const tubes_scale *scale, const sweep *job, wadi_index from,
                          wadi_index to)
{
    float most = 0;

#pragma omp parallel for schedule(static) reduction(max : most)
    for (wadi_index z = from; z < to; z++) {
        float here = sweep_slice(scale, job, z);

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
static float sweep_exact(const wadi_volume *volume, const wadi_tube_options *options, double s,
                         tubes_scale *slab, const sweep *job, wadi_status *status,
                         wadi_error *err)
{
    size_t plane = (size_t)volume->columns * (size_t)volume->rows;
    wadi_index halo = (wadi_index)ceil(4 * s / volume->spacing_mm[2]) + 1;
    float most = 0;

    for (wadi_index z = 0; z < volume->slices && !*status; z += SLAB) {
        wadi_index low = z > halo ? z - halo : 0,
                   end = z + SLAB < volume->slices ? z + SLAB : volume->slices;
        wadi_index high = end + halo < volume->slices ? end + halo : volume->slices;
        wadi_volume part = *volume;
        sweep inner = *job;

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
    (void)options;
    return most;
}

typedef struct looker {
    const wadi_volume *volume;
    const wadi_tube_options *options;
    double sigma_mm;
    tubes_scale *scale;
    wadi_status status;
    wadi_error *err;
} looker;

static float look(looker *with, const sweep *job)
{
    return with->scale->exact ? sweep_exact(with->volume, with->options, with->sigma_mm,
                                            with->scale, job, &with->status, with->err)
                              : sweep_slices(with->scale, job, 0, with->scale->slices);
}

static void apply_law(looker *with, float *out)
{
    const wadi_tube_options *options = with->options;
    sweep job = {.sign = options->dark ? -1.0f : 1.0f};
    double gamma = options->gamma;

    if (options->law == WADI_TUBE_RIDGE) {
        job.kind = SWEEP_RIDGE;
    } else if (options->law == WADI_TUBE_JERMAN) {
        job.kind = SWEEP_GREATEST;
        job.c = (float)options->tau * look(with, &job);
        job.kind = SWEEP_JERMAN;
    } else {
        if (gamma <= 0) {
            job.kind = SWEEP_NORM;
            gamma = 0.5 * sqrt((double)look(with, &job));
        }
        job.kind = SWEEP_FRANGI;
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
    looker with = {volume, options, sigma_mm, &slab, WADI_OK, err};
    wadi_index halo = (wadi_index)ceil(4 * sigma_mm / volume->spacing_mm[2]) + 1;
    wadi_index slices = SLAB + 2 * halo < volume->slices ? SLAB + 2 * halo : volume->slices;
    size_t count = (size_t)volume->columns * (size_t)volume->rows * (size_t)slices;
    bool fine = true;

    for (int k = 0; k < 6; k++) {
        slab.hessian[k] = malloc(count * sizeof(float));
        fine = fine && slab.hessian[k];
    }
    if (fine)
        apply_law(&with, out);
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
    float *coarse = NULL;
    wadi_status status = WADI_OK;

    memcpy(spacing, volume->spacing_mm, sizeof spacing);
    scale.blurred = malloc(count * sizeof *scale.blurred);
    if (!scale.blurred)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu voxels", count);
    memcpy(scale.blurred, volume->values, count * sizeof *scale.blurred);
    for (int s = first; s < options->sigma_count && !status; s++) {
        looker with = {volume, options, options->sigma_mm[s], &scale, WADI_OK, err};
        bool wide = scale.columns > 15 && scale.rows > 15 && scale.slices > 15;

        /* What is blurred to 1.7 old samples loses nothing when every second is kept. */
        if (!coarse && wide && finest(spacing, options->sigma_mm[s]) >= HALVE_SIGMA) {
            status = tubes_cascade(spacing, 0.5 * options->sigma_mm[s], variance, &scale, err);
            if (status)
                break;
            tubes_halve(&scale, spacing, variance);
            /* The tail of the buffer is free now: an eighth is in use. */
            coarse = scale.blurred + count / 2;
        }
        status = tubes_cascade(spacing, options->sigma_mm[s], variance, &scale, err);
        if (coarse)
            memset(coarse, 0,
                   (size_t)scale.columns * (size_t)scale.rows * (size_t)scale.slices *
                       sizeof *coarse);
        if (!status)
            apply_law(&with, coarse ? coarse : out);
        if (!status && coarse && s + 1 <= options->sigma_count)
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
