/* Oriented flux by direct summation in a band: cta_flux.h. */
#include "cta_flux.h"

enum { PARTS = 6, LANES = 8, CHUNK = 64, SLAB = 32, DIRECTIONS = 48, TAPS = 9 };

/* The smoothed sphere's second derivatives at one step; xx, yy, zz, xy, xz, yz. */
typedef struct tap {
    int d[3];
    ptrdiff_t offset; /* in the padded slab */
    float weight[PARTS];
} tap;

/* A direction: steps along it, and the tensor's parts across it: uu, ww, uw. */
typedef struct stick {
    ptrdiff_t offset[TAPS];
    float weight[TAPS];
    float plane[3][LANES];
} stick;

/* Slices first - pad[2] to last + pad[2], each with a frame of pad voxels, so that no sum has
 * to look where it is. */
typedef struct slab {
    wadi_index first, last; /* slices that are answered for */
    int pad[3];
    size_t row, plane, count;
    float *values;
    float *tensor; /* (count x LANES): the parts of a voxel side by side, then zeros */
} slab;

typedef struct flux {
    const cta_grid *grid;
    const uint8_t *mask, *ask;
    slab slab;
    tap *taps; /* half of the sphere: the other half is alike */
    int tap_count, tap_reach[3], stick_reach[3];
    stick *sticks;
} flux;

/* Ball of radius r blurred by a Gaussian of sd s, at distance rho > 0. */
static double ball(double rho, double r, double s)
{
    double a = (r - rho) / s, b = (r + rho) / s;

    return 0.5 * (erf(a / sqrt(2)) + erf(b / sqrt(2))) -
           s / (rho * sqrt(2 * WADI_PI)) * (exp(-0.5 * a * a) - exp(-0.5 * b * b));
}

/* Its first derivative over rho, and its second derivative. */
static void slopes(double rho, double r, double s, double *over, double *second)
{
    double h = 0.02 * s, at = fmax(rho, 3 * h);
    double low = ball(at - h, r, s), mid = ball(at, r, s), high = ball(at + h, r, s);

    *over = (high - low) / (2 * h * at);
    *second = (high - 2 * mid + low) / (h * h);
    /* Even in rho: both are the same in the middle. */
    if (rho < 1e-9)
        *over = *second;
}

/* Number of the part of a symmetric tensor to its row and column. */
static void part_of(int k, int *a, int *b)
{
    *a = k < 3 ? k : k == 5 ? 1 : 0;
    *b = k < 3 ? k : k == 3 ? 1 : 2;
}

/* Half of all steps up to `reach`, the middle last. */
static bool make_steps(flux *job, double reach)
{
    const double *step = job->grid->step;
    int n[3], most;

    for (int k = 0; k < 3; k++)
        job->tap_reach[k] = n[k] = (int)(reach / step[k]);
    most = (2 * n[0] + 1) * (2 * n[1] + 1) * (2 * n[2] + 1);
    free(job->taps);
    job->tap_count = 0;
    job->taps = wadi_alloc((size_t)most, sizeof *job->taps);
    for (int i = 0; job->taps && i <= most / 2; i++) {
        const int d[3] = {i % (2 * n[0] + 1) - n[0], i / (2 * n[0] + 1) % (2 * n[1] + 1) - n[1],
                          i / ((2 * n[0] + 1) * (2 * n[1] + 1)) - n[2]};
        double square = 0;

        for (int k = 0; k < 3; k++)
            square += d[k] * step[k] * d[k] * step[k];
        if (square <= reach * reach)
            memcpy(job->taps[job->tap_count++].d, d, sizeof d);
    }
    return job->taps != NULL;
}

/* Add one radius to the taps, over how much noise that knows no neighbours makes the parts off
 * the diagonal scatter (`by_noise`), or as it is. */
static void add_radius(flux *job, double r, double s, bool by_noise)
{
    const double *step = job->grid->step;
    double sum[PARTS] = {0}, noise = 0;

    for (int pass = 0; pass < 2; pass++) {
        double scale = step[0] * step[1] * step[2] / (4 * WADI_PI * r * r);

        scale /= pass && by_noise ? sqrt(noise) : 1;
        for (int t = 0; t < job->tap_count; t++) {
            tap *one = &job->taps[t];
            bool middle = t + 1 == job->tap_count;
            const double p[3] = {one->d[0] * step[0], one->d[1] * step[1], one->d[2] * step[2]};
            double rho = sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]), over, second;

            slopes(rho, r, s, &over, &second);
            double turn = rho > 1e-9 ? (second - over) / (rho * rho) : 0;

            for (int k = 0; k < PARTS; k++) {
                int i, j;

                part_of(k, &i, &j);
                /* The middle is read twice in add_taps. */
                double value = scale * (turn * p[i] * p[j] + (k < 3 ? over : 0));

                value *= middle ? 0.5 : 1;
                if (pass == 0) {
                    noise += k < 3 ? 0 : 2 * value * value / 3;
                    sum[k] += value;
                } else {
                    /* An even image has no flux: what sampling left over is taken off. */
                    double rest = sum[k] / job->tap_count;

                    one->weight[k] += (float)(value - rest * (by_noise ? 1 / sqrt(noise) : 1));
                }
            }
        }
    }
}

/* What a long cylinder of contrast 1 and radius r answers in its middle. */
static double full_answer(const flux *job, double r)
{
    const double *step = job->grid->step;
    double sum = 0;

    for (int t = 0; t < job->tap_count; t++) {
        const tap *one = &job->taps[t];
        /* Along the third axis; share of the voxel that is inside, by its middle's depth. */
        double depth = r - hypot(one->d[0] * step[0], one->d[1] * step[1]);
        double in = fmin(fmax(0.5 + depth / step[0], 0), 1);

        sum += in * (double)(one->weight[0] + one->weight[1]);
    }
    return -sum; /* half of both, and the other half of the sphere */
}

WADI_VECTOR
static void add_taps(int count, const tap *taps, const float *values, float *restrict out)
{
    memset(out, 0, PARTS * CHUNK * sizeof *out);
    for (int t = 0; t < count; t++) {
        const float *a = values + taps[t].offset, *b = values - taps[t].offset;
        const float *w = taps[t].weight;
        float both[CHUNK];

        for (int i = 0; i < CHUNK; i++)
            both[i] = a[i] + b[i];
        for (int k = 0; k < PARTS; k++)
            for (int i = 0; i < CHUNK; i++)
                out[k * CHUNK + i] += w[k] * both[i];
    }
}

/* Where a voxel lies in the slab; z counts from the volume's first slice. */
static size_t slab_at(const slab *s, wadi_index x, wadi_index y, wadi_index z)
{
    return (size_t)(x + s->pad[0]) + (size_t)(y + s->pad[1]) * s->row +
           (size_t)(z - s->first + s->pad[2]) * s->plane;
}

static void fill_values(flux *job)
{
    const cta_grid *grid = job->grid;
    slab *s = &job->slab;

#pragma omp parallel for schedule(static)
    for (wadi_index z = s->first - s->pad[2]; z < s->last + s->pad[2]; z++)
        for (wadi_index y = -s->pad[1]; y < grid->size[1] + s->pad[1]; y++) {
            wadi_index cz = z < 0 ? 0 : z >= grid->size[2] ? grid->size[2] - 1 : z;
            wadi_index cy = y < 0 ? 0 : y >= grid->size[1] ? grid->size[1] - 1 : y;
            const float *from =
                grid->values + (size_t)cz * grid->stride[2] + (size_t)cy * grid->stride[1];
            float *to = s->values + slab_at(s, -s->pad[0], y, z);

            for (size_t x = 0; x < s->row; x++) {
                wadi_index cx = (wadi_index)x - s->pad[0];

                to[x] = from[cx < 0 ? 0 : cx >= grid->size[0] ? grid->size[0] - 1 : cx];
            }
        }
}

/* The next stretch of a row that holds anything of the mask; false when there is none. */
static bool next_chunk(const uint8_t *mask, wadi_index count, wadi_index *x)
{
    const uint8_t *found = *x < count ? memchr(mask + *x, 1, (size_t)(count - *x)) : NULL;

    if (found)
        *x = (wadi_index)(found - mask);
    return found != NULL;
}

static const uint8_t *mask_row(const flux *job, wadi_index y, wadi_index z)
{
    return job->mask + (size_t)z * job->grid->stride[2] + (size_t)y * job->grid->stride[1];
}

static void sum_tensors(flux *job)
{
    const cta_grid *grid = job->grid;
    slab *s = &job->slab;
    wadi_index low = s->first - job->stick_reach[2], high = s->last + job->stick_reach[2];

    low = low < 0 ? 0 : low;
    high = high > grid->size[2] ? grid->size[2] : high;
    for (int t = 0; t < job->tap_count; t++)
        job->taps[t].offset = job->taps[t].d[0] + job->taps[t].d[1] * (ptrdiff_t)s->row +
                              job->taps[t].d[2] * (ptrdiff_t)s->plane;
    memset(s->tensor, 0, s->count * LANES * sizeof *s->tensor);
#pragma omp parallel for schedule(dynamic)
    for (wadi_index z = low; z < high; z++)
        for (wadi_index y = 0; y < grid->size[1]; y++)
            for (wadi_index x = 0; next_chunk(mask_row(job, y, z), grid->size[0], &x);
                 x += CHUNK) {
                size_t at = slab_at(s, x, y, z);
                wadi_index n = grid->size[0] - x < CHUNK ? grid->size[0] - x : CHUNK;
                float out[PARTS * CHUNK];

                add_taps(job->tap_count, job->taps, s->values + at, out);
                for (wadi_index i = 0; i < n; i++)
                    for (int k = 0; k < PARTS; k++)
                        s->tensor[(at + (size_t)i) * LANES + (size_t)k] = out[k * CHUNK + i];
            }
}

/* Minus the middle eigenvalue: the weaker inward flux across the tensor's own direction. */
static float weaker_inward(const float *q)
{
    double xx = (double)q[0], yy = (double)q[1], zz = (double)q[2], xy = (double)q[3];
    double xz = (double)q[4], yz = (double)q[5], mean = (xx + yy + zz) / 3;
    double a = xx - mean, b = yy - mean, c = zz - mean;
    double p = sqrt((a * a + b * b + c * c + 2 * (xy * xy + xz * xz + yz * yz)) / 6);

    if (p < 1e-12)
        return (float)-mean;
    double det = a * (b * c - yz * yz) - xy * (xy * c - yz * xz) + xz * (xy * yz - b * xz);
    double r = fmin(fmax(0.5 * det / (p * p * p), -1), 1), angle = acos(r) / 3;
    double most = mean + 2 * p * cos(angle);
    double least = mean + 2 * p * cos(angle + 2 * WADI_PI / 3);

    return (float)-(3 * mean - most - least);
}

/* The tensor summed along a stick; then minus the greater eigenvalue in the plane across. The
 * greatest of all sticks. */
WADI_VECTOR
static float along_sticks(const float *tensor, const stick *sticks)
{
    float best = 0;

    for (int d = 0; d < DIRECTIONS; d++) {
        const stick *one = &sticks[d];
        float sum[LANES] = {0}, a = 0, b = 0, c = 0;

        for (int t = 0; t < TAPS; t++) {
            const float *from = tensor + one->offset[t];

            for (int k = 0; k < LANES; k++)
                sum[k] += one->weight[t] * from[k];
        }
        for (int k = 0; k < PARTS; k++) {
            a += one->plane[0][k] * sum[k];
            b += one->plane[1][k] * sum[k];
            c += one->plane[2][k] * sum[k];
        }
        float half = 0.5f * (a - b), value = -(0.5f * (a + b) + sqrtf(half * half + c * c));

        best = value > best ? value : best;
    }
    return best;
}

static void answer(const flux *job, int radius, float unit, float *strength, uint8_t *scale)
{
    const cta_grid *grid = job->grid;

#pragma omp parallel for schedule(dynamic)
    for (wadi_index z = job->slab.first; z < job->slab.last; z++)
        for (wadi_index y = 0; y < grid->size[1]; y++) {
            size_t row = (size_t)z * grid->stride[2] + (size_t)y * grid->stride[1];

            for (wadi_index x = 0; next_chunk(job->ask + row, grid->size[0], &x); x++) {
                const float *q = job->slab.tensor + slab_at(&job->slab, x, y, z) * LANES;
                float value =
                    (job->sticks ? along_sticks(q, job->sticks) : weaker_inward(q)) / unit;

                if (value <= strength[row + (size_t)x])
                    continue;
                strength[row + (size_t)x] = value;
                if (scale)
                    scale[row + (size_t)x] = (uint8_t)radius;
            }
        }
}

/* Directions over half a sphere, evenly (a golden spiral). */
static void direction_of(int i, double *d)
{
    double z = (i + 0.5) / DIRECTIONS, flat = sqrt(1 - z * z);
    double turn = i * WADI_PI * (3 - sqrt(5));

    d[0] = flat * cos(turn);
    d[1] = flat * sin(turn);
    d[2] = z;
}

static void make_stick(const flux *job, const double *d, double along_mm, stick *out)
{
    int least = fabs(d[0]) < fabs(d[1]) ? (fabs(d[0]) < fabs(d[2]) ? 0 : 2)
                                        : (fabs(d[1]) < fabs(d[2]) ? 1 : 2);
    double u[3] = {0}, w[3], size = sqrt(1 - d[least] * d[least]), all = 0;

    for (int k = 0; k < 3; k++)
        u[k] = ((k == least) - d[least] * d[k]) / size;
    w[0] = d[1] * u[2] - d[2] * u[1];
    w[1] = d[2] * u[0] - d[0] * u[2];
    w[2] = d[0] * u[1] - d[1] * u[0];
    for (int k = 0; k < PARTS; k++) {
        double twice = k < 3 ? 1 : 2;
        int a, b;

        part_of(k, &a, &b);
        out->plane[0][k] = (float)(twice * u[a] * u[b]);
        out->plane[1][k] = (float)(twice * w[a] * w[b]);
        out->plane[2][k] = (float)(0.5 * twice * (u[a] * w[b] + u[b] * w[a]));
    }
    for (int t = 0; t < TAPS; t++) {
        double far = 4.0 * along_mm * (t - TAPS / 2) / (TAPS - 1);
        ptrdiff_t step[3];

        for (int k = 0; k < 3; k++)
            step[k] = (ptrdiff_t)floor(far * d[k] / job->grid->step[k] + 0.5);
        out->offset[t] = LANES * (step[0] + step[1] * (ptrdiff_t)job->slab.row +
                                  step[2] * (ptrdiff_t)job->slab.plane);
        out->weight[t] = (float)exp(-0.5 * far * far / (along_mm * along_mm));
        all += (double)out->weight[t];
    }
    for (int t = 0; t < TAPS; t++)
        out->weight[t] /= (float)all;
}

static bool make_slab(flux *job, const cta_flux_options *options)
{
    const cta_grid *grid = job->grid;
    slab *s = &job->slab;
    double widest = 0;
    bool fine = true;

    for (int r = 0; r < options->radius_count; r++)
        widest = fmax(widest, options->radius_mm[r]);
    for (int k = 0; k < 3; k++) {
        job->stick_reach[k] = (int)(2 * options->along_mm / grid->step[k]) + 1;
        s->pad[k] =
            (int)((widest + 2.6 * options->sigma_mm) / grid->step[k]) + job->stick_reach[k];
    }
    s->row = (size_t)(grid->size[0] + 2 * s->pad[0]) + CHUNK;
    s->plane = s->row * (size_t)(grid->size[1] + 2 * s->pad[1]);
    s->count = s->plane * (size_t)(SLAB + 2 * s->pad[2] + 1);
    s->values = malloc(s->count * sizeof *s->values);
    s->tensor = malloc(s->count * LANES * sizeof *s->tensor);
    if (options->along_mm > 0) {
        job->sticks = wadi_alloc(DIRECTIONS, sizeof *job->sticks);
        for (int i = 0; job->sticks && i < DIRECTIONS; i++) {
            double d[3];

            direction_of(i, d);
            make_stick(job, d, options->along_mm, &job->sticks[i]);
        }
        fine = fine && job->sticks;
    }
    return fine && s->values && s->tensor;
}

wadi_status cta_flux(const cta_grid *grid, const uint8_t *mask, const uint8_t *ask,
                     const cta_flux_options *options, float *strength, uint8_t *scale,
                     wadi_error *err)
{
    flux job = {.grid = grid, .mask = mask, .ask = ask ? ask : mask};
    slab *s = &job.slab;
    int group = options->group > 1 ? options->group : 1;
    bool fine = make_slab(&job, options);

    memset(strength, 0, grid->count * sizeof *strength);
    if (scale)
        memset(scale, 0, grid->count);
    for (s->first = 0; fine && s->first < grid->size[2]; s->first = s->last) {
        s->last = s->first + SLAB < grid->size[2] ? s->first + SLAB : grid->size[2];
        if (!memchr(mask + (size_t)s->first * grid->stride[2], 1,
                    (size_t)(s->last - s->first) * grid->stride[2]))
            continue;
        fill_values(&job);
        for (int r = 0; fine && r < options->radius_count; r += group) {
            int end = r + group < options->radius_count ? r + group : options->radius_count;

            fine = make_steps(&job, options->radius_mm[end - 1] + 2.6 * options->sigma_mm);
            for (int k = r; fine && k < end; k++)
                add_radius(&job, options->radius_mm[k], options->sigma_mm, options->by_noise);
            if (!fine)
                break;
            sum_tensors(&job);
            answer(&job, r,
                   (float)(options->by_noise ? 1 : full_answer(&job, options->radius_mm[r])),
                   strength, scale);
        }
    }
    free(s->values);
    free(s->tensor);
    free(job.taps);
    free(job.sticks);
    return fine ? WADI_OK : wadi_fail(err, WADI_ERR_NOMEM, "no memory for flux in a band");
}
