/* Line detectors after Chaudhuri et al., IEEE Trans. Med. Imaging 8 (1989) 263 (matched
 * filters) in the form of second Gaussian derivatives, turned as Freeman and Adelson, IEEE
 * Trans. PAMI 13 (1991) 891 show, and summed along the line.
 *
 * Features, for the scales s of SIGMAS:
 *   0-4    best answer over all directions, along pieces of line
 *   5-9    the answer across that direction (an edge or a blob has one, a line has none)
 *   10-12  darkness against the surroundings of 4, 8 and 16 pixels
 *   13-14  bottom hat: how far the surroundings close over the pixel, at 9 and 17 pixels
 *   15     agreement of the best direction with the neighbours' */
#include "lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double SIGMAS[LINES_SCALES] = {1.0, 1.5, 2.2, 3.2, 4.6};

typedef struct plane_size {
    wadi_index columns, rows;
    size_t count;
} plane_size;

typedef struct hessian_planes {
    float *xx, *xy, *yy, *scratch, *turned, *summed;
} hessian_planes;

static void blur(plane_size size, double sigma, const float *in, hessian_planes *work,
                 float *out)
{
    filter_kernel kernel;

    filter_gauss(sigma, 0, &kernel);
    filter_plane(size.columns, size.rows, in, &kernel, &kernel, work->scratch, out);
}

/* What the beam reached: all but dark areas (below a quarter of the median) that touch the
 * border. */
static void find_field(plane_size size, const float *in, float *scratch, wadi_index *stack,
                       uint8_t *field)
{
    float least = INFINITY, most = -INFINITY, median, limit;
    size_t counts[1024] = {0}, seen = 0, depth = 0, bin = 0;

    for (size_t i = 0; i < size.count; i++) {
        least = in[i] < least ? in[i] : least;
        most = in[i] > most ? in[i] : most;
    }
    float width = (most - least) / 1024 > 0 ? (most - least) / 1024 : 1;

    for (size_t i = 0; i < size.count; i++) {
        size_t at = (size_t)((in[i] - least) / width);

        counts[at < 1023 ? at : 1023]++;
    }
    while (bin < 1023 && (seen += counts[bin]) < size.count / 2)
        bin++;
    median = least + ((float)bin + 0.5f) * width;
    limit = 0.25f * median;
    memset(field, 1, size.count);
    /* A shutter is black; where nothing is, there is none. */
    if (!(least >= 0 && least < 0.1f * median))
        return;
    for (size_t i = 0; i < size.count; i++) {
        wadi_index c = (wadi_index)(i % (size_t)size.columns);
        wadi_index r = (wadi_index)(i / (size_t)size.columns);

        if ((c == 0 || r == 0 || c == size.columns - 1 || r == size.rows - 1) &&
            in[i] < limit) {
            field[i] = 0;
            stack[depth++] = (wadi_index)i;
        }
    }
    while (depth) {
        wadi_index i = stack[--depth], c = i % size.columns;
        const wadi_index step[4] = {-1, 1, -size.columns, size.columns};

        for (int k = 0; k < 4; k++) {
            wadi_index next = i + step[k];

            if (next < 0 || (size_t)next >= size.count || (k == 0 && c == 0) ||
                (k == 1 && c == size.columns - 1) || !field[next] || in[next] >= limit)
                continue;
            field[next] = 0;
            stack[depth++] = next;
        }
    }
    /* The penumbra of the shutter is no ground either: 4 pixels more, along rows and columns.
     */
    for (int pass = 0; pass < 4; pass++) {
        for (size_t i = 0; i < size.count; i++)
            scratch[i] = field[i];
        for (size_t i = 0; i < size.count; i++) {
            size_t c = i % (size_t)size.columns;

            if ((c > 0 && scratch[i - 1] == 0) ||
                (c + 1 < (size_t)size.columns && scratch[i + 1] == 0) ||
                (i >= (size_t)size.columns && scratch[i - (size_t)size.columns] == 0) ||
                (i + (size_t)size.columns < size.count &&
                 scratch[i + (size_t)size.columns] == 0))
                field[i] = 0;
        }
    }
}

/* Deviation from the local mean over the local spread, both over sigma 20: contrast-free. Only
 * the field counts; the shutter's black corners get 0 and do not spoil their neighbours. */
static void flatten(plane_size size, const float *in, const uint8_t *field, float *out,
                    hessian_planes *work)
{
    float *share = work->xy, *mean = work->xx, *spread = work->yy;
    double overall = 0, inside = 0;

    for (size_t i = 0; i < size.count; i++) {
        work->turned[i] = field[i];
        out[i] = field[i] ? in[i] : 0;
    }
    blur(size, 20, work->turned, work, share);
    blur(size, 20, out, work, mean);
    for (size_t i = 0; i < size.count; i++) {
        mean[i] /= share[i] + 1e-6f;
        out[i] = field[i] ? (in[i] - mean[i]) * (in[i] - mean[i]) : 0;
    }
    blur(size, 20, out, work, spread);
    for (size_t i = 0; i < size.count; i++) {
        spread[i] /= share[i] + 1e-6f;
        overall += field[i] ? spread[i] : 0;
        inside += field[i];
    }
    /* A third of the overall spread keeps flat corners from being blown up to noise. */
    float least = (float)(overall / (inside + 1) / 9 + 1e-12);

    for (size_t i = 0; i < size.count; i++)
        out[i] =
            field[i] ? (in[i] - mean[i]) / sqrtf(spread[i] > least ? spread[i] : least) : 0;
}

/* A row of bilinear samples, `count` of them, none beyond the border. */
WADI_VECTOR
static void add_samples(wadi_index count, const float *restrict top,
                        const float *restrict below, const float weights[4], float *restrict to)
{
    float w00 = weights[0], w10 = weights[1], w01 = weights[2], w11 = weights[3];

    for (wadi_index c = 0; c < count; c++)
        to[c] += w00 * top[c] + w10 * top[c + 1] + w01 * below[c] + w11 * below[c + 1];
}

void lines_along(wadi_index columns, wadi_index rows, const float *answer, double angle,
                 double length, float *out)
{
    plane_size size = {columns, rows, (size_t)columns * (size_t)rows};
    int reach = (int)ceil(2 * length);
    float dx = (float)cos(angle), dy = (float)sin(angle), total = 0;
    float weights[64];

    if (reach > 31)
        reach = 31;
    for (int k = -reach; k <= reach; k++) {
        weights[reach + k] = (float)exp(-0.5 * k * k / (length * length));
        total += weights[reach + k];
    }
    memset(out, 0, size.count * sizeof *out);
    for (int k = -reach; k <= reach; k++) {
        float sx = (float)k * dx, sy = (float)k * dy, weight = weights[reach + k] / total;
        wadi_index ox = (wadi_index)floorf(sx), oy = (wadi_index)floorf(sy);
        float fx = sx - (float)ox, fy = sy - (float)oy;
        const float shares[4] = {weight * (1 - fx) * (1 - fy), weight * fx * (1 - fy),
                                 weight * (1 - fx) * fy, weight * fx * fy};
        wadi_index first = ox < 0 ? -ox : 0;
        wadi_index last = size.columns - 1 - (ox > -1 ? ox + 1 : 0);

        for (wadi_index r = 0; r < size.rows; r++) {
            const float *top =
                answer + (size_t)filter_mirror(r + oy, size.rows) * (size_t)size.columns;
            const float *below =
                answer + (size_t)filter_mirror(r + oy + 1, size.rows) * (size_t)size.columns;
            float *to = out + (size_t)r * (size_t)size.columns;

            if (first <= last)
                add_samples(last - first + 1, top + first + ox, below + first + ox, shares,
                            to + first);
            for (wadi_index c = 0; c < size.columns; c++) {
                if (c == first && first <= last) {
                    c = last;
                    continue;
                }
                wadi_index left = filter_mirror(c + ox, size.columns);
                wadi_index right = filter_mirror(c + ox + 1, size.columns);

                to[c] += shares[0] * top[left] + shares[1] * top[right] +
                         shares[2] * below[left] + shares[3] * below[right];
            }
        }
    }
}

static void hessian(plane_size size, const float *flat, double sigma, hessian_planes *work)
{
    filter_kernel smooth, slope, curve;

    filter_gauss(sigma, 0, &smooth);
    filter_gauss(sigma, 1, &slope);
    filter_gauss(sigma, 2, &curve);
    filter_plane(size.columns, size.rows, flat, &curve, &smooth, work->scratch, work->xx);
    filter_plane(size.columns, size.rows, flat, &slope, &slope, work->scratch, work->xy);
    filter_plane(size.columns, size.rows, flat, &smooth, &curve, work->scratch, work->yy);
}

/* Best answer over directions, the answer across it, and the direction (as index). */
static void best_direction(plane_size size, double sigma, hessian_planes *work, float *best,
                           float *across, uint8_t *direction)
{
    float scale = (float)pow(sigma, 1.5);

    for (size_t i = 0; i < size.count; i++)
        best[i] = -INFINITY;
    for (int a = 0; a < LINES_ANGLES; a++) {
        double angle = WADI_PI * a / LINES_ANGLES;
        float c = (float)cos(angle), s = (float)sin(angle);

        /* Second derivative across a line that runs in direction `angle`. */
        for (size_t i = 0; i < size.count; i++)
            work->turned[i] =
                scale * (s * s * work->xx[i] - 2 * s * c * work->xy[i] + c * c * work->yy[i]);
        lines_along(size.columns, size.rows, work->turned, angle, 2.0 + 1.5 * sigma,
                    work->summed);
        for (size_t i = 0; i < size.count; i++) {
            if (work->summed[i] > best[i]) {
                best[i] = work->summed[i];
                direction[i] = (uint8_t)a;
                across[i] = scale * (c * c * work->xx[i] + 2 * s * c * work->xy[i] +
                                     s * s * work->yy[i]);
            }
        }
    }
}

/* Largest (sign 1) or least (sign -1) value within a square of 2 reach + 1. */
static void extreme(plane_size size, float sign, int reach, const float *in, float *scratch,
                    float *out)
{
    for (wadi_index r = 0; r < size.rows; r++) {
        for (wadi_index c = 0; c < size.columns; c++) {
            float most = -INFINITY;

            for (wadi_index k = -reach; k <= reach; k++) {
                float value = sign * in[(size_t)r * (size_t)size.columns +
                                        (size_t)filter_mirror(c + k, size.columns)];

                most = value > most ? value : most;
            }
            scratch[(size_t)r * (size_t)size.columns + (size_t)c] = most;
        }
    }
    for (wadi_index r = 0; r < size.rows; r++) {
        for (wadi_index c = 0; c < size.columns; c++) {
            float most = -INFINITY;

            for (wadi_index k = -reach; k <= reach; k++) {
                float value =
                    scratch[(size_t)filter_mirror(r + k, size.rows) * (size_t)size.columns +
                            (size_t)c];

                most = value > most ? value : most;
            }
            out[(size_t)r * (size_t)size.columns + (size_t)c] = sign * most;
        }
    }
}

static void darkness(plane_size size, const float *flat, hessian_planes *work, float *features)
{
    static const double AROUND[3] = {4, 8, 16};
    static const int REACH[2] = {4, 8};

    blur(size, 0.8, flat, work, work->xx);
    for (int k = 0; k < 3; k++) {
        float *out = features + (size_t)(10 + k) * size.count;

        blur(size, AROUND[k], flat, work, work->yy);
        for (size_t i = 0; i < size.count; i++)
            out[i] = work->yy[i] - work->xx[i];
    }
    for (int k = 0; k < 2; k++) {
        float *out = features + (size_t)(13 + k) * size.count;

        extreme(size, 1, REACH[k], work->xx, work->scratch, work->xy);
        extreme(size, -1, REACH[k], work->xy, work->scratch, work->yy);
        for (size_t i = 0; i < size.count; i++)
            out[i] = work->yy[i] - work->xx[i];
    }
}

/* Mean of cos 2(difference) to the directions around, weighted by their answers. */
static void agreement(plane_size size, const float *best, const uint8_t *direction,
                      hessian_planes *work, float *out)
{
    float cosines[LINES_ANGLES], sines[LINES_ANGLES];

    for (int a = 0; a < LINES_ANGLES; a++) {
        cosines[a] = (float)cos(2 * WADI_PI * a / LINES_ANGLES);
        sines[a] = (float)sin(2 * WADI_PI * a / LINES_ANGLES);
    }
    for (size_t i = 0; i < size.count; i++) {
        float weight = best[i] > 0 ? best[i] : 0;

        work->xx[i] = weight * cosines[direction[i]];
        work->yy[i] = weight * sines[direction[i]];
        work->turned[i] = weight;
    }
    blur(size, 4, work->xx, work, work->xx);
    blur(size, 4, work->yy, work, work->yy);
    blur(size, 4, work->turned, work, work->turned);
    for (size_t i = 0; i < size.count; i++)
        out[i] = (work->xx[i] * cosines[direction[i]] + work->yy[i] * sines[direction[i]]) /
                 (work->turned[i] + 1e-3f);
}

wadi_status lines_features(wadi_index columns, wadi_index rows, const float *picture,
                           float **out, wadi_error *err)
{
    wadi_status status = WADI_OK;
    plane_size size = {columns, rows, (size_t)columns * (size_t)rows};
    float *block = wadi_alloc(7 * size.count, sizeof *block);
    float *features = wadi_alloc(LINES_FEATURES * size.count, sizeof *features);
    uint8_t *direction = wadi_alloc(size.count, 1), *field = wadi_alloc(size.count, 1);
    wadi_index *stack = wadi_alloc(size.count, sizeof *stack);

    *out = NULL;
    if (!block || !features || !direction || !field || !stack) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for lines in %d x %d pixels",
                           columns, rows);
        goto done;
    }
    float *flat = block + 6 * size.count;
    hessian_planes work = {block,
                           block + size.count,
                           block + 2 * size.count,
                           block + 3 * size.count,
                           block + 4 * size.count,
                           block + 5 * size.count};

    find_field(size, picture, work.scratch, stack, field);
    flatten(size, picture, field, flat, &work);
    for (int s = 0; s < LINES_SCALES; s++) {
        float *best = features + (size_t)s * size.count;

        hessian(size, flat, SIGMAS[s], &work);
        best_direction(size, SIGMAS[s], &work, best, features + (size_t)(5 + s) * size.count,
                       direction);
        if (s == 2)
            agreement(size, best, direction, &work, features + 15 * size.count);
    }
    darkness(size, flat, &work, features);
    for (int f = 0; f < LINES_FEATURES; f++)
        for (size_t i = 0; i < size.count; i++)
            if (!field[i])
                features[(size_t)f * size.count + i] = 0;
    *out = features;
    features = NULL;
done:
    free(block);
    free(features);
    free(direction);
    free(field);
    free(stack);
    return status;
}
