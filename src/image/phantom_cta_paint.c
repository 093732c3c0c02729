/* The leg of the CTA phantom as voxels: 4 x 4 x 4 samples where a surface passes, the scanner's
 * blur, noise with grain. */
#include "filter.h"
#include "phantom_cta.h"

#include <stdlib.h>
#include <string.h>

enum { SUB = 4, SUBS = SUB * SUB * SUB };

/* What is painted for a sample, in order of precedence. */
enum { NOTHING = 0, PLAQUE = 1, FIRST_CALCIUM = 2 };

typedef struct palette {
    double hu[256];
    uint8_t label[256];
    int tube[CTA_TUBES]; /* code of a tube's lumen */
} palette;

enum { LABEL_ARTERY = 1, LABEL_VEIN, LABEL_BONE, LABEL_CALCIUM, LABEL_OCCLUDED = 6 };

/* One slice at work. */
typedef struct bench {
    const cta_scene *scene;
    const palette *colours;
    const wadi_volume *volume;
    wadi_index slice;
    double z;
    cta_plane centre, fine[SUB];
    float *nearest; /* (rows x columns) squared distance to the tube at work */
    int *sample;    /* (rows x columns) its nearest sample, or -1 */
    int *slot;      /* (rows x columns) of a voxel with samples, or -1 */
    int *touched, touched_count;
    uint8_t (*codes)[SUBS];
    int *slots, slot_count, slot_capacity; /* voxel of a slot */
    bool failed;
} bench;

static void make_palette(const cta_scene *scene, palette *p)
{
    int next = FIRST_CALCIUM;

    memset(p, 0, sizeof *p);
    p->hu[PLAQUE] = 40;
    p->label[PLAQUE] = LABEL_OCCLUDED;
    for (int c = 0; c < scene->calcium_count; c++, next++) {
        p->hu[next] = scene->calcium[c].hu;
        p->label[next] = LABEL_CALCIUM;
    }
    for (int pass = 1; pass >= 0; pass--)
        for (int t = 0; t < scene->tube_count; t++)
            if (scene->tubes[t].vein == pass) {
                p->hu[next] = scene->tubes[t].hu;
                p->label[next] = pass ? LABEL_VEIN : LABEL_ARTERY;
                p->tube[t] = next++;
            }
    WADI_ASSERT(next < 256);
}

static void voxel_place(const bench *b, wadi_index c, wadi_index r, double *point)
{
    point[0] = b->volume->origin_mm[0] + c * b->volume->spacing_mm[0];
    point[1] = b->volume->origin_mm[1] + r * b->volume->spacing_mm[1];
    point[2] = b->z;
}

static double half_diagonal(const wadi_volume *volume)
{
    const double *s = volume->spacing_mm;

    return 0.5 * sqrt(s[0] * s[0] + s[1] * s[1] + s[2] * s[2]);
}

/* Offset of sample j of SUB within a voxel of one unit. */
static double sub_offset(int j)
{
    return (j + 0.5) / SUB - 0.5;
}

static double tissue_mean(const bench *b, const double *centre)
{
    double sum = 0;
    cta_spot spot;

    for (int k = 0; k < SUB; k++)
        for (int j = 0; j < SUB; j++)
            for (int i = 0; i < SUB; i++) {
                phantom_cta_tissue(&b->fine[k],
                                   centre[0] + sub_offset(i) * b->volume->spacing_mm[0],
                                   centre[1] + sub_offset(j) * b->volume->spacing_mm[1], &spot);
                sum += spot.hu;
            }
    return sum / SUBS;
}

static void paint_tissue(const bench *b, float *plane)
{
    const wadi_volume *v = b->volume;
    double reach = half_diagonal(v);

    for (wadi_index r = 0; r < v->rows; r++)
        for (wadi_index c = 0; c < v->columns;) {
            double point[3], value;
            cta_spot spot;
            wadi_index run = 1;

            voxel_place(b, c, r, point);
            phantom_cta_tissue(&b->centre, point[0], point[1], &spot);
            value = spot.sharp < reach ? tissue_mean(b, point) : spot.hu;
            if (spot.edge > reach)
                run += (wadi_index)((spot.edge - reach) / v->spacing_mm[0]);
            for (; run > 0 && c < v->columns; run--, c++)
                plane[(size_t)r * (size_t)v->columns + (size_t)c] = (float)value;
        }
}

/* ---- tubes ---- */

/* Mark voxels near the stretch of a tube that passes this slice, with the nearest sample. */
static void find_voxels(bench *b, const cta_tube *tube)
{
    const wadi_volume *v = b->volume;
    double more = 1.0 + half_diagonal(v);

    b->touched_count = 0;
    for (int i = 0; i < tube->count; i++) {
        const double *p = tube->point[i];
        double reach = tube->full[i] + more, dz = p[2] - b->z;

        if (fabs(dz) > reach + 0.5 * v->spacing_mm[2])
            continue;
        wadi_index c0 = (wadi_index)ceil((p[0] - reach - v->origin_mm[0]) / v->spacing_mm[0]);
        wadi_index c1 = (wadi_index)floor((p[0] + reach - v->origin_mm[0]) / v->spacing_mm[0]);
        wadi_index r0 = (wadi_index)ceil((p[1] - reach - v->origin_mm[1]) / v->spacing_mm[1]);
        wadi_index r1 = (wadi_index)floor((p[1] + reach - v->origin_mm[1]) / v->spacing_mm[1]);

        for (wadi_index r = r0 < 0 ? 0 : r0; r <= r1 && r < v->rows; r++)
            for (wadi_index c = c0 < 0 ? 0 : c0; c <= c1 && c < v->columns; c++) {
                size_t at = (size_t)r * (size_t)v->columns + (size_t)c;
                double x = v->origin_mm[0] + c * v->spacing_mm[0] - p[0];
                double y = v->origin_mm[1] + r * v->spacing_mm[1] - p[1];
                float square = (float)(x * x + y * y + dz * dz);

                if (b->sample[at] >= 0 && square >= b->nearest[at])
                    continue;
                if (b->sample[at] < 0)
                    b->touched[b->touched_count++] = (int)at;
                b->nearest[at] = square;
                b->sample[at] = i;
            }
    }
}

/* Calcium in the wall at a place of a tube, or NOTHING. Where the lumen is closed it fills the
 * outer part of the plug as well. */
static int calcium_at(const cta_scene *scene, int tube, double along, double distance,
                      double full, bool closed, double angle)
{
    for (int c = 0; c < scene->calcium_count; c++) {
        const cta_calcium *spot = &scene->calcium[c];
        double turn;

        if (spot->tube != tube || along < spot->from || along > spot->to)
            continue;
        if (distance > full + spot->thickness ||
            distance < (closed ? full - spot->thickness : full))
            continue;
        turn = fabs(remainder(angle - spot->angle, 2 * WADI_PI));
        if (turn <= spot->half_arc)
            return FIRST_CALCIUM + c;
    }
    return NOTHING;
}

/* What a tube is at a point whose nearest sample is i. */
static int tube_at(const bench *b, int t, int i, const double *point)
{
    const cta_tube *tube = &b->scene->tubes[t];
    int before = i > 0 ? i - 1 : i, after = i + 1 < tube->count ? i + 1 : i, other;
    double off[3], size = 0, along = 0, square = 0, full, open, side, distance;

    for (int k = 0; k < 3; k++) {
        double d = tube->point[after][k] - tube->point[before][k];

        off[k] = point[k] - tube->point[i][k];
        size += d * d;
        along += off[k] * d;
        square += off[k] * off[k];
    }
    along /= sqrt(size);
    /* Ends are round. */
    if ((i == 0 && along < 0) || (i == tube->count - 1 && along > 0))
        along = 0;
    distance = sqrt(fmax(0, square - along * along));
    other = along < 0 ? before : after;
    side = fmin(1, fabs(along) / CTA_STEP_MM);
    full = tube->full[i] + side * (tube->full[other] - tube->full[i]);
    open = tube->open[i] + side * (tube->open[other] - tube->open[i]);
    /* An occlusion begins half way between samples. */
    if (tube->open[i] <= 0 || tube->open[other] <= 0)
        open = side < 0.5 ? tube->open[i] : tube->open[other];
    if (distance < open)
        return b->colours->tube[t];
    if (tube->vein || distance > full + 1.0)
        return NOTHING;
    double u = 0, w = 0;

    for (int k = 0; k < 3; k++) {
        u += off[k] * tube->side[i][0][k];
        w += off[k] * tube->side[i][1][k];
    }
    int found =
        calcium_at(b->scene, t, tube->path[i] + along, distance, full, open <= 0, atan2(w, u));

    return found ? found : distance < full ? PLAQUE : NOTHING;
}

static uint8_t *slot_of(bench *b, int at)
{
    if (b->slot[at] < 0) {
        if (b->slot_count == b->slot_capacity) {
            int more = b->slot_capacity ? 2 * b->slot_capacity : 4096;
            void *codes = wadi_realloc(b->codes, (size_t)more, sizeof *b->codes);
            int *slots;

            if (codes)
                b->codes = codes;
            slots = codes ? wadi_realloc(b->slots, (size_t)more, sizeof *slots) : NULL;
            if (!slots) {
                b->failed = true;
                return NULL;
            }
            b->slots = slots;
            b->slot_capacity = more;
        }
        memset(b->codes[b->slot_count], 0, SUBS);
        b->slots[b->slot_count] = at;
        b->slot[at] = b->slot_count++;
    }
    return b->codes[b->slot[at]];
}

static void sample_tube(bench *b, int t)
{
    const wadi_volume *v = b->volume;
    const cta_tube *tube = &b->scene->tubes[t];

    find_voxels(b, tube);
    for (int n = 0; n < b->touched_count && !b->failed; n++) {
        int at = b->touched[n], i = b->sample[at];
        double centre[3], far = tube->full[i] + (tube->vein ? 0 : 1.0) + half_diagonal(v);
        uint8_t *codes;

        b->sample[at] = -1;
        if (b->nearest[at] > far * far)
            continue;
        codes = slot_of(b, at);
        if (!codes)
            continue;
        voxel_place(b, at % v->columns, at / v->columns, centre);
        for (int s = 0; s < SUBS; s++) {
            double point[3] = {centre[0] + sub_offset(s % SUB) * v->spacing_mm[0],
                               centre[1] + sub_offset(s / SUB % SUB) * v->spacing_mm[1],
                               centre[2] + sub_offset(s / SUB / SUB) * v->spacing_mm[2]};
            int code = tube_at(b, t, i, point);

            if (code > codes[s])
                codes[s] = (uint8_t)code;
        }
    }
    for (int n = 0; n < b->touched_count; n++)
        b->sample[b->touched[n]] = -1;
}

static void paint_tubes(bench *b, float *plane)
{
    const wadi_volume *v = b->volume;

    for (int t = 0; t < b->scene->tube_count && !b->failed; t++)
        sample_tube(b, t);
    for (int n = 0; n < b->slot_count; n++) {
        double centre[3], sum = 0;
        cta_spot ground, spot;
        bool mixed;

        b->slot[b->slots[n]] = -1;
        voxel_place(b, b->slots[n] % v->columns, b->slots[n] / v->columns, centre);
        phantom_cta_tissue(&b->centre, centre[0], centre[1], &ground);
        mixed = ground.sharp < half_diagonal(v);
        for (int s = 0; s < SUBS; s++) {
            if (b->codes[n][s]) {
                sum += b->colours->hu[b->codes[n][s]];
                continue;
            }
            if (mixed)
                phantom_cta_tissue(
                    &b->fine[s / SUB / SUB], centre[0] + sub_offset(s % SUB) * v->spacing_mm[0],
                    centre[1] + sub_offset(s / SUB % SUB) * v->spacing_mm[1], &spot);
            sum += mixed ? spot.hu : ground.hu;
        }
        plane[b->slots[n]] = (float)(sum / SUBS);
    }
    b->slot_count = 0;
}

/* Label of most of a voxel's samples that are vessel or calcium, when they are half of it. */
static void label_tubes(bench *b, float *plane)
{
    for (int t = 0; t < b->scene->tube_count && !b->failed; t++)
        sample_tube(b, t);
    for (int n = 0; n < b->slot_count; n++) {
        int counts[8] = {0}, best = 0;

        b->slot[b->slots[n]] = -1;
        for (int s = 0; s < SUBS; s++)
            counts[b->colours->label[b->codes[n][s]]]++;
        for (int k = 1; k < 8; k++)
            if (counts[k] > counts[best])
                best = k;
        if (best)
            plane[b->slots[n]] = (float)best;
    }
    b->slot_count = 0;
}

static void label_tissue(const bench *b, float *plane)
{
    const wadi_volume *v = b->volume;

    for (wadi_index r = 0; r < v->rows; r++)
        for (wadi_index c = 0; c < v->columns;) {
            double point[3];
            cta_spot spot;

            voxel_place(b, c, r, point);
            phantom_cta_tissue(&b->centre, point[0], point[1], &spot);
            for (wadi_index run = 1 + (wadi_index)(spot.edge / v->spacing_mm[0]);
                 run > 0 && c < v->columns; run--, c++)
                plane[(size_t)r * (size_t)v->columns + (size_t)c] = spot.bone ? LABEL_BONE : 0;
        }
}

static bool bench_new(const cta_scene *scene, const palette *colours, const wadi_volume *volume,
                      bench *b)
{
    size_t count = (size_t)volume->columns * (size_t)volume->rows;

    *b = (bench){.scene = scene, .colours = colours, .volume = volume};
    b->nearest = wadi_alloc(count, sizeof *b->nearest);
    b->sample = wadi_alloc(count, sizeof *b->sample);
    b->slot = wadi_alloc(count, sizeof *b->slot);
    b->touched = wadi_alloc(count, sizeof *b->touched);
    b->failed = !b->nearest || !b->sample || !b->slot || !b->touched;
    for (size_t i = 0; i < count && !b->failed; i++)
        b->sample[i] = b->slot[i] = -1;
    return !b->failed;
}

static void bench_clear(bench *b)
{
    free(b->nearest);
    free(b->sample);
    free(b->slot);
    free(b->touched);
    free(b->codes);
    free(b->slots);
}

static void bench_slice(bench *b, wadi_index slice)
{
    b->slice = slice;
    b->z = b->volume->origin_mm[2] + slice * b->volume->spacing_mm[2];
    phantom_cta_plane(b->scene, b->z, b->volume->spacing_mm[0], &b->centre);
    for (int k = 0; k < SUB; k++)
        phantom_cta_plane(b->scene, b->z + sub_offset(k) * b->volume->spacing_mm[2],
                          b->volume->spacing_mm[0], &b->fine[k]);
}

static wadi_status draw(const cta_scene *scene, wadi_volume *volume, bool labels,
                        wadi_error *err)
{
    bool failed = false;
    palette colours;

    make_palette(scene, &colours);
#pragma omp parallel reduction(|| : failed)
    {
        bench b;

        if (bench_new(scene, &colours, volume, &b)) {
            /* Few threads may come; each slice is the same whoever draws it. */
#pragma omp for schedule(dynamic, 8)
            for (wadi_index s = 0; s < volume->slices; s++) {
                float *plane =
                    volume->values + (size_t)s * (size_t)volume->columns * (size_t)volume->rows;

                bench_slice(&b, s);
                if (labels) {
                    label_tissue(&b, plane);
                    label_tubes(&b, plane);
                } else {
                    paint_tissue(&b, plane);
                    paint_tubes(&b, plane);
                }
            }
        } else {
            /* Every thread must pass the loop. */
#pragma omp for schedule(dynamic, 8)
            for (wadi_index s = 0; s < volume->slices; s++)
                b.failed = true;
        }
        failed = b.failed;
        bench_clear(&b);
    }
    return failed ? wadi_fail(err, WADI_ERR_NOMEM, "no memory to draw the phantom") : WADI_OK;
}

wadi_status phantom_cta_label(const cta_scene *scene, wadi_volume *volume, wadi_error *err)
{
    return draw(scene, volume, true, err);
}

/* ---- the scanner ---- */

/* White noise of variance 1/3 from the sum of four uniform 16-bit numbers. */
static void white(uint64_t seed, wadi_index slice, size_t count, float *out)
{
    wadi_random random;

    wadi_random_init(&random, seed, 1000 + (uint64_t)slice);
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = wadi_random_bits(&random);
        int sum = (int)(bits & 0xffff) + (int)(bits >> 16 & 0xffff) +
                  (int)(bits >> 32 & 0xffff) + (int)(bits >> 48);

        out[i] = (float)(sum - 2 * 65535) / 65536.0f;
    }
}

static void blur_across(wadi_volume *volume, const filter_kernel *kernel)
{
    wadi_index slices = volume->slices;
    size_t columns = (size_t)volume->columns, plane = columns * (size_t)volume->rows;

#pragma omp parallel for schedule(static)
    for (wadi_index r = 0; r < volume->rows; r++) {
        float *lines = wadi_alloc((size_t)slices * columns, sizeof *lines);

        WADI_ASSERT(lines); /* a row of a volume that fits fits */
        for (wadi_index s = 0; s < slices; s++)
            memcpy(lines + (size_t)s * columns,
                   volume->values + (size_t)s * plane + (size_t)r * columns,
                   columns * sizeof *lines);
        for (wadi_index s = 0; s < slices; s++) {
            float *out = volume->values + (size_t)s * plane + (size_t)r * columns;

            memset(out, 0, columns * sizeof *out);
            for (int j = -kernel->radius; j <= kernel->radius; j++) {
                const float *in = lines + (size_t)filter_mirror(s - j, slices) * columns;
                float tap = kernel->taps[kernel->radius + j];

                for (size_t c = 0; c < columns; c++)
                    out[c] += tap * in[c];
            }
        }
        free(lines);
    }
}

static double square_sum(const filter_kernel *kernel)
{
    double sum = 0;

    for (int i = 0; i <= 2 * kernel->radius; i++)
        sum += kernel->taps[i] * kernel->taps[i];
    return sum;
}

/* Noise of one slice: grain in the plane by a Gaussian, across by the neighbours' share. */
static void add_noise(const cta_scene *scene, uint64_t seed, const wadi_volume *v,
                      wadi_index slice, const filter_kernel *kernel, double size, float *noise,
                      float *other, float *scratch)
{
    size_t count = (size_t)v->columns * (size_t)v->rows;
    float *plane = v->values + (size_t)slice * count;
    float share = (float)exp(-0.25 * pow(v->spacing_mm[2] / scene->grain_mm, 2));
    float scale = (float)(scene->noise_hu * sqrtf(3 / (1 + 2 * share * share)) / size);

    white(seed, slice, count, noise);
    for (int side = -1; side <= 1; side += 2) {
        white(seed, slice + side, count, other);
        for (size_t i = 0; i < count; i++)
            noise[i] += share * other[i];
    }
    filter_plane(v->columns, v->rows, noise, kernel, kernel, scratch, noise);
    for (size_t i = 0; i < count; i++) {
        float value = plane[i] + scale * noise[i];

        plane[i] = value < -1024 ? -1024 : value > 3071 ? 3071 : value;
    }
}

wadi_status phantom_cta_paint(const cta_scene *scene, uint64_t seed, wadi_volume *volume,
                              wadi_error *err)
{
    wadi_status status = draw(scene, volume, false, err);
    double sigma = scene->blur_fwhm / 2.354820045;
    filter_kernel in_plane, across, grain;
    size_t count = (size_t)volume->columns * (size_t)volume->rows;
    bool failed = false;

    if (status)
        return status;
    filter_gauss(sigma / volume->spacing_mm[0], 0, &in_plane);
    filter_gauss(sigma / volume->spacing_mm[2], 0, &across);
    filter_gauss(scene->grain_mm / volume->spacing_mm[0], 0, &grain);
    blur_across(volume, &across);
    double size = square_sum(&grain);

#pragma omp parallel reduction(|| : failed)
    {
        float *block = wadi_alloc(3 * count, sizeof *block);

        failed = !block;
#pragma omp for schedule(static)
        for (wadi_index s = 0; s < volume->slices; s++) {
            float *plane = volume->values + (size_t)s * count;

            if (!block)
                continue;
            filter_plane(volume->columns, volume->rows, plane, &in_plane, &in_plane, block,
                         plane);
            add_noise(scene, seed, volume, s, &grain, size, block, block + count,
                      block + 2 * count);
        }
        free(block);
    }
    return failed ? wadi_fail(err, WADI_ERR_NOMEM, "no memory to draw the phantom") : WADI_OK;
}
