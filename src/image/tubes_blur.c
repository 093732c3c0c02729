/* Separable filters over volumes: along rows and columns slice by slice, then along slices. */
#include "tubes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 16, BLOCK = 4 * LANES };

/* Sixteen floats; halves or quarters of it where the machine's registers are shorter. */
typedef float lanes __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

/* out[i] = sum of taps[j] rows[j][i]: a block of neighbours stays in registers. */
WADI_VECTOR
static void gather(wadi_index count, const float *const *restrict rows, int tap_count,
                   const float *restrict taps, float *restrict out)
{
    wadi_index i = 0;

    /* The last block may overlap the one before: what is written twice is the same. */
    for (; i < count && count >= BLOCK; i += BLOCK) {
        i = i + BLOCK <= count ? i : count - BLOCK;

        lanes a = {0}, b = {0}, c = {0}, d = {0};

        for (int j = 0; j < tap_count; j++) {
            const lanes *from = (const lanes *)(rows[j] + i);
            float tap = taps[j];

            a += tap * from[0];
            b += tap * from[1];
            c += tap * from[2];
            d += tap * from[3];
        }
        lanes *to = (lanes *)(out + i);

        to[0] = a;
        to[1] = b;
        to[2] = c;
        to[3] = d;
    }
    for (; i < count; i++) {
        float sum = 0;

        for (int j = 0; j < tap_count; j++)
            sum += taps[j] * rows[j][i];
        out[i] = sum;
    }
}

/* The same for an even kernel, half of its products: taps[radius] is the middle. */
WADI_VECTOR
static void gather_even(wadi_index count, const float *const *restrict rows, int radius,
                        const float *restrict taps, float *restrict out)
{
    wadi_index i = 0;
    float middle = taps[radius];

    for (; i < count && count >= BLOCK; i += BLOCK) {
        i = i + BLOCK <= count ? i : count - BLOCK;

        const lanes *at = (const lanes *)(rows[radius] + i);
        lanes a = middle * at[0], b = middle * at[1], c = middle * at[2], d = middle * at[3];

        for (int j = 0; j < radius; j++) {
            const lanes *low = (const lanes *)(rows[j] + i);
            const lanes *high = (const lanes *)(rows[2 * radius - j] + i);
            float tap = taps[j];

            a += tap * (low[0] + high[0]);
            b += tap * (low[1] + high[1]);
            c += tap * (low[2] + high[2]);
            d += tap * (low[3] + high[3]);
        }
        lanes *to = (lanes *)(out + i);

        to[0] = a;
        to[1] = b;
        to[2] = c;
        to[3] = d;
    }
    for (; i < count; i++) {
        float sum = middle * rows[radius][i];

        for (int j = 0; j < radius; j++)
            sum += taps[j] * (rows[j][i] + rows[2 * radius - j][i]);
        out[i] = sum;
    }
}

/* Rows run from the sample before to the one behind, so that taps of an uneven kernel are
 * turned round: convolution. */
static void filter_lines(wadi_index count, const float *const *rows,
                         const filter_kernel *kernel, float *out)
{
    int radius = kernel->radius;

    if (kernel->taps[0] == kernel->taps[2 * radius])
        gather_even(count, rows, radius, kernel->taps, out);
    else {
        float turned[2 * FILTER_RADIUS_LIMIT + 1];

        for (int j = 0; j <= 2 * radius; j++)
            turned[j] = kernel->taps[2 * radius - j];
        gather(count, rows, 2 * radius + 1, turned, out);
    }
}

/* The last lines before they change, or until they are used. */
typedef struct ring {
    float *lines;
    size_t width; /* of a line, in floats */
    wadi_index capacity;
} ring;

static float *ring_line(const ring *kept, wadi_index at)
{
    return kept->lines + (size_t)(at % kept->capacity) * kept->width;
}

/* Rows, then columns, of one slice. Rows that are filtered along themselves stay in a ring
 * until no column needs them, so that the slice is read once and written once; out may be in.
 */
static void slice_filter(wadi_index columns, wadi_index rows, const float *in,
                         const filter_kernel *across, const filter_kernel *down, float *scratch,
                         float *out)
{
    const float *lines[2 * FILTER_RADIUS_LIMIT + 1];
    int radius = across->radius, reach = down->radius;
    ring kept = {scratch, (size_t)columns, rows < 2 * reach + 1 ? rows : 2 * reach + 1};
    float *padded = scratch + (size_t)kept.capacity * kept.width;
    wadi_index next = 0;

    for (wadi_index r = 0; r < rows; r++) {
        for (; next < rows && next <= r + reach; next++) {
            const float *from = in + (size_t)next * (size_t)columns;

            memcpy(padded + radius, from, (size_t)columns * sizeof *padded);
            for (int i = 1; i <= radius; i++) {
                padded[radius - i] = from[filter_mirror(-i, columns)];
                padded[radius + columns - 1 + i] =
                    from[filter_mirror(columns - 1 + i, columns)];
            }
            for (int j = 0; j <= 2 * radius; j++)
                lines[j] = padded + j;
            filter_lines(columns, lines, across, ring_line(&kept, next));
        }
        for (int j = -reach; j <= reach; j++)
            lines[j + reach] = ring_line(&kept, filter_mirror(r + j, rows));
        filter_lines(columns, lines, down, out + (size_t)r * (size_t)columns);
    }
}

/* Rows of all slices that one thread takes on at once, and how many samples of a slice so few
 * that the slices a kernel reaches stay in the cache. Chosen by measurement. */
enum { BAND = 32, STRIP = 4096 };

static wadi_index strip_rows(wadi_index columns)
{
    return columns >= STRIP ? 1 : STRIP / columns < BAND ? STRIP / columns : BAND;
}

/* Along slices, in place, rows from..to - 1. A slice is swept as soon as the one above it is
 * blurred, while all three are in the cache: rows low..high - 1, whose neighbours are blurred.
 */
static float strip_filter(const tubes_scale *scale, float *values, const filter_kernel *kernel,
                          wadi_index from, wadi_index to, const tubes_sweep *job,
                          wadi_index low, wadi_index high, float *scratch)
{
    const float *lines[2 * FILTER_RADIUS_LIMIT + 1];
    wadi_index slices = scale->slices;
    size_t width = (size_t)scale->columns, plane = width * (size_t)scale->rows;
    size_t part = width * (size_t)(to - from);
    int reach = kernel->radius;
    ring kept = {scratch, part, slices < reach + 1 ? slices : reach + 1};
    float *base = values + (size_t)from * width, most = 0;

    for (wadi_index z = 0; z <= slices; z++) {
        if (z < slices) {
            float *out = base + (size_t)z * plane;

            memcpy(ring_line(&kept, z), out, part * sizeof *out);
            for (int j = -reach; j <= reach; j++) {
                wadi_index at = filter_mirror(z + j, slices);

                lines[j + reach] = at > z ? base + (size_t)at * plane : ring_line(&kept, at);
            }
            filter_lines((wadi_index)part, lines, kernel, out);
        }
        if (job && z > 0) {
            float here = tubes_sweep_rows(scale, job, z - 1, low, high);

            most = here > most ? here : most;
        }
    }
    return most;
}

/* Strip after strip. The last row of one is swept with the next; rows at the borders of the
 * band wait for the bands beside it. */
static float band_filter(const tubes_scale *scale, float *values, const filter_kernel *kernel,
                         wadi_index from, const tubes_sweep *job, float *scratch)
{
    wadi_index to = from + BAND < scale->rows ? from + BAND : scale->rows;
    wadi_index step = strip_rows(scale->columns), first = from > 0 ? from + 1 : 0;
    float most = 0;

    for (wadi_index y = from; y < to; y += step) {
        wadi_index end = y + step < to ? y + step : to;
        wadi_index low = y - 1 > first ? y - 1 : first;
        wadi_index high = end == scale->rows ? end : end - 1;
        float here = strip_filter(scale, values, kernel, y, end, job, low, high, scratch);

        most = here > most ? here : most;
    }
    return most;
}

/* Blur a volume, and sweep what is blurred (`job`, NULL for no sweep). */
static wadi_status separable(const tubes_scale *scale, const float *in, float *out,
                             const filter_kernel kernels[3], const tubes_sweep *job,
                             float *strongest, wadi_error *err)
{
    size_t width = (size_t)scale->columns, plane = width * (size_t)scale->rows;
    size_t across = width * (size_t)(2 * kernels[1].radius + 2) + 2 * FILTER_RADIUS_LIMIT;
    size_t along = width * (size_t)(strip_rows(scale->columns) * (kernels[2].radius + 1));
    bool refused = false;
    float most = 0;

#pragma omp parallel reduction(max : most)
    {
        float *scratch = malloc((across > along ? across : along) * sizeof *scratch);

        if (!scratch) {
#pragma omp atomic write
            refused = true;
        }
#pragma omp for schedule(static)
        for (wadi_index z = 0; z < scale->slices; z++)
            if (scratch)
                slice_filter(scale->columns, scale->rows, in + (size_t)z * plane, &kernels[0],
                             &kernels[1], scratch, out + (size_t)z * plane);
#pragma omp for schedule(dynamic)
        for (wadi_index y = 0; y < scale->rows; y += BAND)
            if (scratch) {
                float here = band_filter(scale, out, &kernels[2], y, job, scratch);

                most = here > most ? here : most;
            }
#pragma omp for schedule(static)
        for (wadi_index z = 0; z < scale->slices; z++)
            for (wadi_index y = BAND; job && y < scale->rows; y += BAND) {
                float here = tubes_sweep_rows(scale, job, z, y - 1, y + 1);

                most = here > most ? here : most;
            }
        free(scratch);
    }
    if (strongest)
        *strongest = most;
    return refused ? wadi_fail(err, WADI_ERR_NOMEM, "no memory to blur a volume") : WADI_OK;
}

static void set_weights(const double *d, double sigma_mm, tubes_scale *scale)
{
    double s2 = sigma_mm * sigma_mm;

    scale->weights[0] = (float)(s2 / (d[0] * d[0]));
    scale->weights[1] = (float)(s2 / (4 * d[0] * d[1]));
    scale->weights[2] = (float)(s2 / (4 * d[0] * d[2]));
    scale->weights[3] = (float)(s2 / (d[1] * d[1]));
    scale->weights[4] = (float)(s2 / (4 * d[1] * d[2]));
    scale->weights[5] = (float)(s2 / (d[2] * d[2]));
}

/* Every second sample along each axis of a blurred volume, in place. */
void tubes_halve(tubes_scale *scale, double *spacing_mm, double *variance)
{
    wadi_index nx = scale->columns, ny = scale->rows;
    wadi_index half[3] = {(nx + 1) / 2, (ny + 1) / 2, (scale->slices + 1) / 2};
    float *to = scale->blurred;

    for (wadi_index z = 0; z < half[2]; z++)
        for (wadi_index y = 0; y < half[1]; y++) {
            const float *from = scale->blurred + (size_t)(2 * z) * (size_t)nx * (size_t)ny +
                                (size_t)(2 * y) * (size_t)nx;

            for (wadi_index x = 0; x < half[0]; x++)
                *to++ = from[2 * x];
        }
    scale->columns = half[0];
    scale->rows = half[1];
    scale->slices = half[2];
    for (int axis = 0; axis < 3; axis++) {
        spacing_mm[axis] *= 2;
        variance[axis] /= 4;
    }
}

/* fine = max(fine, coarse read between its samples). */
WADI_VECTOR
static void spread_row(wadi_index count, const float *restrict a, const float *restrict b,
                       float *restrict row, float *restrict out)
{
    wadi_index half = (count + 1) / 2;

    for (wadi_index i = 0; i < half; i++)
        row[i] = 0.5f * (a[i] + b[i]);
    row[half] = row[half - 1];
    for (wadi_index i = 0; i < count / 2; i++) {
        float left = row[i], middle = 0.5f * (row[i] + row[i + 1]);

        out[2 * i] = left > out[2 * i] ? left : out[2 * i];
        out[2 * i + 1] = middle > out[2 * i + 1] ? middle : out[2 * i + 1];
    }
    if (count % 2)
        out[count - 1] = row[half - 1] > out[count - 1] ? row[half - 1] : out[count - 1];
}

WADI_VECTOR
static void mean_rows(wadi_index count, const float *restrict a, const float *restrict b,
                      float *restrict out)
{
    for (wadi_index i = 0; i < count; i++)
        out[i] = 0.5f * (a[i] + b[i]);
}

wadi_status tubes_spread(const tubes_scale *scale, const float *coarse, wadi_index columns,
                         wadi_index rows, wadi_index slices, float *fine, wadi_error *err)
{
    bool refused = false;

#pragma omp parallel
    {
        float *row = malloc(3 * ((size_t)scale->columns + 2) * sizeof *row);

        if (!row) {
#pragma omp atomic write
            refused = true;
        }
#pragma omp for schedule(static)
        for (wadi_index z = 0; z < slices; z++)
            for (wadi_index y = 0; row && y < rows; y++) {
                wadi_index z0 = z / 2, z1 = (z + 1) / 2, y0 = y / 2, y1 = (y + 1) / 2;
                size_t nx = (size_t)scale->columns, plane = nx * (size_t)scale->rows;

                z1 = z1 < scale->slices ? z1 : z0;
                y1 = y1 < scale->rows ? y1 : y0;
                const float *a = coarse + (size_t)z0 * plane, *b = coarse + (size_t)z1 * plane;
                float *low = row + nx + 2, *high = low + nx;

                mean_rows(scale->columns, a + (size_t)y0 * nx, b + (size_t)y0 * nx, low);
                mean_rows(scale->columns, a + (size_t)y1 * nx, b + (size_t)y1 * nx, high);
                spread_row(columns, low, high, row,
                           fine + ((size_t)z * (size_t)rows + (size_t)y) * (size_t)columns);
            }
        free(row);
    }
    return refused ? wadi_fail(err, WADI_ERR_NOMEM, "no memory to spread a volume") : WADI_OK;
}

wadi_status tubes_cascade(const double *spacing_mm, double sigma_mm, double *variance,
                          const float *from, tubes_scale *scale, const tubes_sweep *job,
                          float *strongest, wadi_error *err)
{
    filter_kernel kernels[3];
    bool idle = from == scale->blurred && !job;

    for (int axis = 0; axis < 3; axis++) {
        double sigma = sigma_mm / spacing_mm[axis];
        double wanted = sigma * sigma - 1.0 / 6;
        double more = wanted - variance[axis];

        /* Narrower than the difference itself: nothing is left to blur. */
        filter_gauss(more > 0.01 ? sqrt(more) : 0.1, 0, &kernels[axis]);
        if (kernels[axis].radius > 1 && 3.0 * sqrt(more) < kernels[axis].radius)
            filter_trim(&kernels[axis], (int)ceil(3.0 * sqrt(more)));
        if (more > 0.01) {
            variance[axis] = wanted;
            idle = false;
        }
    }
    set_weights(spacing_mm, sigma_mm, scale);
    return idle ? WADI_OK
                : separable(scale, from, scale->blurred, kernels, job, strongest, err);
}

wadi_status tubes_exact(const wadi_volume *volume, double sigma_mm, tubes_scale *scale,
                        wadi_error *err)
{
    static const int ORDERS[6][3] = {{2, 0, 0}, {1, 1, 0}, {1, 0, 1},
                                     {0, 2, 0}, {0, 1, 1}, {0, 0, 2}};
    size_t count = (size_t)volume->columns * (size_t)volume->rows * (size_t)volume->slices;

    for (int k = 0; k < 6; k++) {
        filter_kernel kernels[3];
        double factor = sigma_mm * sigma_mm;
        wadi_status status;

        for (int axis = 0; axis < 3; axis++) {
            filter_gauss(sigma_mm / volume->spacing_mm[axis], ORDERS[k][axis], &kernels[axis]);
            factor /= pow(volume->spacing_mm[axis], ORDERS[k][axis]);
        }
        status = separable(scale, volume->values, scale->hessian[k], kernels, NULL, NULL, err);
        if (status)
            return status;
        for (size_t i = 0; i < count; i++)
            scale->hessian[k][i] *= (float)factor;
    }
    return WADI_OK;
}
