/* From a blurred volume to the answer of a law: Hessian, eigenvalues, law, row by row. */
#include "tubes.h"

#include <math.h>
#include <string.h>

enum { CHUNK = 64 };

/* 1/sqrt(x) for 0 < x < 1e37 within 7e-7 of itself, without the divider that three other steps
 * wait for. Bits of a float are nearly its logarithm; two steps of Newton follow. The start and
 * the factors 1.5009 and 1.5000006 (plain Newton has 1.5) were chosen by search for the least
 * error. */
static inline float inverse_root(float x)
{
    float y, half = 0.5f * x;
    uint32_t bits;

    memcpy(&bits, &x, sizeof bits);
    bits = 0x5f378000u - (bits >> 1);
    memcpy(&y, &bits, sizeof y);
    y = y * (1.5009f - half * y * y);
    return y * (1.5000006f - half * y * y);
}

/* e^-x for x >= 0 without a call, so that loops stay vectors. Off by less than 3e-4 of itself
 * up to 8; held at x = 24, where it is nothing. */
static inline float decay(float x)
{
    float y = (x < 24 ? x : 24) * (1.0f / 32);
    float e = 1 - y * (1 - y * (0.5f - y * (1.0f / 6 - y * (1.0f / 24))));

    e *= e;
    e *= e;
    e *= e;
    e *= e;
    return e * e;
}

/* h is (6 x CHUNK): xx, xy, xz, yy, yz, zz. Eigenvalues come out by size, |e1| <= |e2| <= |e3|,
 * with the sign turned so that a wanted tube has e2, e3 < 0.
 *
 * Symbols: q mean, p spread, r turned determinant (O. K. Smith, Comm. ACM 4 (1961) 168). The
 * eigenvalues are q + 2 p cos((phi + 2 pi k) / 3) with cos phi = r. With |r| instead, phi is in
 * 0..pi/2, and cosine and sine of phi / 3 are polynomials in t = sin^2(phi / 2) = (1 - |r|) /
 * 2, the sine times sqrt(t); the sign of r mirrors all three about q. */
WADI_VECTOR
static void eigenvalues(const float *restrict h, float sign, float *restrict e1,
                        float *restrict e2, float *restrict e3)
{
    for (int i = 0; i < CHUNK; i++) {
        float xx = h[i], xy = h[CHUNK + i], xz = h[2 * CHUNK + i];
        float yy = h[3 * CHUNK + i], yz = h[4 * CHUNK + i], zz = h[5 * CHUNK + i];
        float q = (xx + yy + zz) * (1.0f / 3), a = xx - q, b = yy - q, c = zz - q;
        float xy2 = xy * xy, xz2 = xz * xz, yz2 = yz * yz;
        float m = (a * a + b * b + c * c + 2 * (xy2 + xz2 + yz2)) * (1.0f / 6) + 1e-30f;
        float inverse = inverse_root(m), p = sign * m * inverse;
        float det = a * (b * c - yz2) - b * xz2 - c * xy2 + 2 * xy * xz * yz;
        float r = 0.5f * det * inverse * inverse * inverse, size = fabsf(r);
        float t = 0.5f - 0.5f * (size < 1 ? size : 1);
        float turn = r < 0 ? -p : p;
        float cosine = TUBES_COSINE(t), sine = sqrtf(t) * TUBES_SINE(t);

        q *= sign;

        float far = q + 2 * turn * cosine, near = q - turn * cosine;
        float apart = turn * sine, mid = near + apart, end = near - apart;
        /* Of three in falling order, the middle one is never the largest in size. */
        bool first = fabsf(far) > fabsf(end);
        float big = first ? far : end, other = first ? end : far;
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
        float l2 = fabsf(e2[i]), l3 = fabsf(e3[i]), inverse = 1 / (l2 * s3 + 1e-30f);
        float plate = s2 * l2 * inverse, blob = s1 * l3 * inverse;
        float value =
            (1 - decay(plate * a)) * decay(blob * b) * (1 - decay((s1 + s2 + s3) * c));

        out[i] = e2[i] < 0 && e3[i] < 0 ? value : 0;
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
        out[i] = l2 <= 0 || rho <= 0 ? 0 : value;
    }
}

WADI_VECTOR
static void ridge(const float *restrict e2, const float *restrict e3, float *restrict out)
{
    for (int i = 0; i < CHUNK; i++)
        out[i] = e2[i] < 0 && e3[i] < 0 ? -e2[i] : 0;
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

/* Every law answers 0 unless both eigenvalues of greatest size are below 0. That is where the
 * sum of any two is, and so where k = H - trace(H) is positive definite, which its leading
 * minors tell without the eigenvalues. In noise it holds for a quarter of the voxels. */
WADI_VECTOR
static void find_tubes(const float *restrict h, float sign, uint8_t *restrict found)
{
    for (int i = 0; i < CHUNK; i++) {
        float xx = sign * h[i], xy = sign * h[CHUNK + i], xz = sign * h[2 * CHUNK + i];
        float yy = sign * h[3 * CHUNK + i], yz = sign * h[4 * CHUNK + i];
        float zz = sign * h[5 * CHUNK + i];
        float a = -yy - zz, b = -xx - zz, c = -xx - yy;
        float minor = a * b - xy * xy;
        float det = c * minor - a * yz * yz - b * xz * xz + 2 * xy * xz * yz;

        found[i] = (a > 0) & (minor > 0) & (det > 0);
    }
}

/* Voxels that may lie in a tube, gathered from many rows so that the costly part runs on full
 * chunks of them. */
typedef struct pool {
    int count;
    size_t at[CHUNK];
    float h[6 * CHUNK];
} pool;

static void pool_apply(const pool *of, const tubes_sweep *job, int count)
{
    float e1[CHUNK], e2[CHUNK], e3[CHUNK], value[CHUNK];

    eigenvalues(of->h, job->sign, e1, e2, e3);
    if (job->kind == TUBES_FRANGI)
        frangi(e1, e2, e3, job->a, job->b, job->c, value);
    else if (job->kind == TUBES_RIDGE)
        ridge(e2, e3, value);
    else
        jerman(e2, e3, job->c, value);
    for (int k = 0; k < count; k++) {
        float *out = job->out + of->at[k];

        *out = value[k] > *out ? value[k] : *out;
    }
}

static void pool_chunk(pool *to, const tubes_sweep *job, const float *h, size_t at)
{
    uint8_t found[CHUNK];
    uint64_t left = 0;
    int count = to->count;

    find_tubes(h, job->sign, found);
    /* Bytes of 0 and 1 to bits: the product brings byte k's bit to bit 56 + k. */
    for (int part = 0; part < CHUNK; part += 8) {
        uint64_t eight;

        memcpy(&eight, found + part, sizeof eight);
        left |= (eight * 0x0102040810204080u) >> 56 << part;
    }
    for (; left; left &= left - 1) {
        int i = __builtin_ctzll(left);
        const float *from = h + i;
        float *line = to->h + count;

        to->at[count++] = at + (size_t)i;
        line[0] = from[0];
        line[CHUNK] = from[CHUNK];
        line[2 * CHUNK] = from[2 * CHUNK];
        line[3 * CHUNK] = from[3 * CHUNK];
        line[4 * CHUNK] = from[4 * CHUNK];
        line[5 * CHUNK] = from[5 * CHUNK];
        if (count == CHUNK) {
            pool_apply(to, job, count);
            count = 0;
        }
    }
    to->count = count;
}

static float strongest_of(const tubes_sweep *job, const float *h)
{
    float e1[CHUNK], e2[CHUNK], e3[CHUNK], most = 0;

    if (job->kind == TUBES_NORM)
        return strongest_norm(h);
    eigenvalues(h, job->sign, e1, e2, e3);
    for (int i = 0; i < CHUNK; i++)
        most = -e3[i] > most ? -e3[i] : most;
    return most;
}

float tubes_sweep_rows(const tubes_scale *scale, const tubes_sweep *job, wadi_index z,
                       wadi_index from, wadi_index to)
{
    float h[6 * CHUNK] = {0}, most = 0;
    size_t plane = (size_t)scale->columns * (size_t)scale->rows;
    pool found;

    memset(&found, 0, sizeof found);
    for (wadi_index y = from; y < to; y++) {
        for (wadi_index x = 0, next; x < scale->columns; x = next) {
            wadi_index count = scale->columns < CHUNK ? scale->columns : CHUNK;

            hessian_chunk(scale, z, y, x, count, h);
            if (job->kind == TUBES_NORM || job->kind == TUBES_GREATEST) {
                float here = strongest_of(job, h);

                most = here > most ? here : most;
            } else {
                pool_chunk(&found, job, h,
                           (size_t)z * plane + (size_t)y * (size_t)scale->columns + (size_t)x);
            }
            /* The last chunk may overlap the one before: what is done twice is the same. */
            next = x + CHUNK;
            if (next < scale->columns && next + CHUNK > scale->columns)
                next = scale->columns - CHUNK;
        }
    }
    if (found.count > 0)
        pool_apply(&found, job, found.count);
    return most;
}
