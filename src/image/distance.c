/* Exact squared distances in a mask, one axis after the other: the least of f(q) + (p - q)^2
 * over a line. Most masks are thin, so the neighbours of a sample are tried, 32 lines at once,
 * until none farther off can be nearer; what is not done after NEAR of them takes lower
 * envelopes of parabolas (Felzenszwalb and Huttenlocher 2012), which are linear whatever comes.
 */
#include "image_impl.h"
#include "wadi/image_cta.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One line: f becomes min over q of f[q] + (step (p - q))^2. Infinite samples throw no
 * parabola. `at` holds count indices, `from` count + 1 borders, `value` count samples. */
static void envelope(wadi_index count, double step, float *f, wadi_index *at, double *from,
                     float *value)
{
    double square = step * step;
    wadi_index top = -1;

    memcpy(value, f, (size_t)count * sizeof *value);
    for (wadi_index q = 0; q < count; q++) {
        if (!(value[q] < HUGE_VALF))
            continue;
        double border = -HUGE_VAL;

        while (top >= 0) {
            wadi_index r = at[top];

            border = (((double)value[q] - (double)value[r]) / square + (double)q * q -
                      (double)r * r) /
                     (2.0 * (q - r));
            if (border > from[top])
                break;
            top--;
        }
        top++;
        at[top] = q;
        from[top] = top == 0 ? -HUGE_VAL : border;
    }
    if (top < 0)
        return;
    wadi_index k = 0;

    for (wadi_index p = 0; p < count; p++) {
        while (k < top && from[k + 1] < p)
            k++;
        double far = step * (p - at[k]);

        f[p] = (float)(far * far + (double)value[at[k]]);
    }
}

enum { LINES = 32, NEAR = 48 };

/* Along rows nothing but 0 and infinity: runs of the mask between zeros. `any` gets, for each
 * LINES columns, whether they hold a voxel of the mask; gives whether the row does. */
static bool along_row(wadi_index count, double step, const uint8_t *mask, uint8_t *any,
                      float *out)
{
    uint64_t all = 0, word = 0;
    const uint64_t none = 0;
    wadi_index i = 0;

    memset(out, 0, (size_t)count * sizeof *out);
    memset(any, 0, (size_t)(count + LINES - 1) / LINES);
    for (; i + 8 <= count; i += 8) {
        memcpy(&word, mask + i, sizeof word);
        all |= word;
    }
    for (; i < count; i++)
        all |= mask[i];
    if (!all)
        return false;
    for (wadi_index end, from = 0; from < count; from = end) {
        const uint8_t *zero;

        end = from + 8;
        if (end <= count && !memcmp(mask + from, &none, sizeof none))
            continue;
        end = from + 1;
        if (!mask[from])
            continue;
        zero = memchr(mask + from, 0, (size_t)(count - from));
        end = zero ? (wadi_index)(zero - mask) : count;
        for (wadi_index j = from; j < end; j++) {
            double before = from > 0 ? step * (j - from + 1) : HUGE_VAL;
            double behind = end < count ? step * (end - j) : HUGE_VAL;
            double near = before < behind ? before : behind;

            out[j] = (float)(near * near);
        }
        for (wadi_index part = from / LINES; part <= (end - 1) / LINES; part++)
            any[part] = 1;
    }
    return true;
}

typedef struct desk {
    wadi_index *at;
    double *from;
    float *line, *value;
    float *block; /* (longest x LINES) lines side by side */
} desk;

static bool desk_new(wadi_index longest, desk *one)
{
    size_t n = (size_t)longest + 2;

    *one = (desk){malloc(n * sizeof *one->at), malloc(n * sizeof *one->from),
                  malloc(n * sizeof *one->line), malloc(n * sizeof *one->value),
                  malloc(n * LINES * sizeof *one->block)};
    return one->at && one->from && one->line && one->value && one->block;
}

static void desk_clear(desk *one)
{
    free(one->at);
    free(one->from);
    free(one->line);
    free(one->value);
    free(one->block);
}

/* Whether a sample as far off may still be nearer: none is below 0. */
static inline bool any_above(const float *best, float far)
{
    int above = 0;

    for (int i = 0; i < LINES; i++)
        above |= best[i] > far;
    return above;
}

/* best = the least of what lies up to `below` samples before `f` and `above` behind. False when
 * NEAR samples were not enough. */
WADI_VECTOR
static bool nearest(const float *f, wadi_index below, wadi_index above, float square,
                    float *restrict best)
{
    wadi_index last = below > above ? below : above;

    memcpy(best, f, LINES * sizeof *best);
    for (wadi_index j = 1; j <= last; j++) {
        float far = square * (float)(j * j);

        if (j % 2 && !any_above(best, far))
            break;
        if (j > NEAR)
            return false;
        for (int i = 0; j <= below && i < LINES; i++)
            best[i] = f[i - j * LINES] + far < best[i] ? f[i - j * LINES] + far : best[i];
        for (int i = 0; j <= above && i < LINES; i++)
            best[i] = f[i + j * LINES] + far < best[i] ? f[i + j * LINES] + far : best[i];
    }
    return true;
}

static void copy_lines(wadi_index width, const float *from, float *row)
{
    /* A size known beforehand makes this a few moves instead of a call. */
    if (width == LINES) {
        memcpy(row, from, LINES * sizeof *row);
        return;
    }
    memset(row, 0, LINES * sizeof *row);
    memcpy(row, from, (size_t)width * sizeof *row);
}

/* `width` lines side by side, samples from..to - 1: all that lies between two rows of zeros (or
 * the ends of the volume), so that nothing beyond them is nearer. */
static void along_part(const desk *one, wadi_index width, wadi_index count, wadi_index from,
                       wadi_index to, double step, size_t stride, float *out)
{
    wadi_index low = from > 0 ? from - 1 : 0, high = to < count ? to + 1 : count;
    float *block = one->block, best[LINES];
    bool done = true;

    for (wadi_index i = low; i < high; i++) {
        float *row = block + (size_t)(i - low) * LINES;

        copy_lines(width, out + (size_t)i * stride, row);
    }
    for (wadi_index i = from; i < to && done; i++) {
        done = nearest(block + (size_t)(i - low) * LINES, i - low, high - 1 - i,
                       (float)(step * step), best);
        if (width == LINES)
            memcpy(out + (size_t)i * stride, best, sizeof best);
        else
            memcpy(out + (size_t)i * stride, best, (size_t)width * sizeof *best);
    }
    for (wadi_index x = 0; !done && x < width; x++) {
        for (wadi_index i = low; i < high; i++)
            one->line[i - low] = block[(size_t)(i - low) * LINES + (size_t)x];
        envelope(high - low, step, one->line, one->at, one->from, one->value);
        for (wadi_index i = from; i < to; i++)
            out[(size_t)i * stride + (size_t)x] = one->line[i - low];
    }
}

/* All lines of one plane. any[i * any_stride + part] tells whether a voxel of the mask is among
 * samples i of the lines of a part. */
static void along_axis(const desk *one, wadi_index columns, wadi_index count, double step,
                       size_t stride, const uint8_t *any, size_t any_stride, float *out)
{
    for (wadi_index x = 0; x < columns; x += LINES) {
        const uint8_t *here = any + x / LINES;
        wadi_index width = columns - x < LINES ? columns - x : LINES;

        for (wadi_index from = 0, to; from < count; from = to + 1) {
            while (from < count && !here[(size_t)from * any_stride])
                from++;
            for (to = from; to < count && here[(size_t)to * any_stride];)
                to++;
            if (from < to)
                along_part(one, width, count, from, to, step, stride, out + x);
        }
    }
}

wadi_status wadi_distance_inside(wadi_index columns, wadi_index rows, wadi_index slices,
                                 const double spacing_mm[3], const uint8_t *mask,
                                 float *squared_mm2, wadi_error *err)
{
    size_t plane = (size_t)columns * (size_t)rows;
    size_t parts = ((size_t)columns + LINES - 1) / LINES;
    wadi_index longest = rows > slices ? rows : slices;
    bool refused = false;
    uint8_t *any;

    for (int k = 0; k < 3; k++)
        if (!(spacing_mm[k] > 0 && isfinite(spacing_mm[k])))
            return wadi_fail(err, WADI_ERR_RANGE, "voxels of %g mm; more than 0 is wanted",
                             spacing_mm[k]);
    any = malloc(parts * (size_t)rows * (size_t)slices);
    if (!any)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for distances");
#pragma omp parallel
    {
        desk one;

        if (!desk_new(longest, &one)) {
#pragma omp atomic write
            refused = true;
        }
#pragma omp barrier
#pragma omp for schedule(dynamic, 8)
        for (wadi_index z = 0; z < slices; z++) {
            uint8_t *here = any + (size_t)z * (size_t)rows * parts;
            bool found = false;

            for (wadi_index y = 0; y < rows && !refused; y++) {
                size_t at = (size_t)z * plane + (size_t)y * (size_t)columns;

                found |= along_row(columns, spacing_mm[0], mask + at, here + (size_t)y * parts,
                                   squared_mm2 + at);
            }
            if (found)
                along_axis(&one, columns, rows, spacing_mm[1], (size_t)columns, here, parts,
                           squared_mm2 + (size_t)z * plane);
        }
#pragma omp for schedule(dynamic, 8)
        for (wadi_index y = 0; y < rows; y++)
            if (!refused)
                along_axis(&one, columns, slices, spacing_mm[2], plane, any + (size_t)y * parts,
                           (size_t)rows * parts, squared_mm2 + (size_t)y * (size_t)columns);
        desk_clear(&one);
    }
    free(any);
    return refused ? wadi_fail(err, WADI_ERR_NOMEM, "no memory for distances") : WADI_OK;
}
