/* The way across a gap, sought by fast marching in a corridor round a first guess: what little
 * contrast there is draws it, bone and veins are forbidden, the guess holds it where there is
 * nothing to see. Smoothing afterwards is the penalty on curvature. */
#include "cta_march.h"

#define CORRIDOR_MM 5.0
#define HOLD_MM     2.5 /* how far the guess may be off */

typedef struct corridor {
    cta_grid sub;
    double low[3]; /* place of its first voxel in the whole grid, mm */
    float *values, *hold;
    uint8_t *mask, *labels;
} corridor;

static void corridor_clear(corridor *job)
{
    free(job->values);
    free(job->hold);
    free(job->mask);
    free(job->labels);
}

static bool corridor_new(const cta_grid *grid, int count, const double (*way)[3], corridor *job)
{
    wadi_index first[3], last[3];

    *job = (corridor){.sub = *grid};
    for (int k = 0; k < 3; k++) {
        double low = way[0][k], high = way[0][k];

        for (int i = 1; i < count; i++) {
            low = fmin(low, way[i][k]);
            high = fmax(high, way[i][k]);
        }
        first[k] = (wadi_index)fmax(floor((low - CORRIDOR_MM) / grid->step[k]) - 1, 0);
        last[k] =
            (wadi_index)fmin(ceil((high + CORRIDOR_MM) / grid->step[k]) + 1, grid->size[k] - 1);
        job->sub.size[k] = last[k] - first[k] + 1;
        job->low[k] = first[k] * grid->step[k];
    }
    job->sub.stride[1] = (size_t)job->sub.size[0];
    job->sub.stride[2] = job->sub.stride[1] * (size_t)job->sub.size[1];
    job->sub.count = job->sub.stride[2] * (size_t)job->sub.size[2];
    job->values = malloc(job->sub.count * sizeof *job->values);
    job->hold = wadi_alloc(job->sub.count, sizeof *job->hold);
    job->mask = wadi_alloc(job->sub.count, 1);
    job->labels = malloc(job->sub.count);
    if (!job->values || !job->hold || !job->mask || !job->labels)
        return false;
    for (wadi_index z = 0; z < job->sub.size[2]; z++)
        for (wadi_index y = 0; y < job->sub.size[1]; y++) {
            size_t to = (size_t)y * job->sub.stride[1] + (size_t)z * job->sub.stride[2];
            size_t from = (size_t)first[0] + (size_t)(first[1] + y) * grid->stride[1] +
                          (size_t)(first[2] + z) * grid->stride[2];

            memcpy(job->values + to, grid->values + from,
                   (size_t)job->sub.size[0] * sizeof *job->values);
            memcpy(job->labels + to, grid->labels + from, (size_t)job->sub.size[0]);
        }
    job->sub.values = job->values;
    job->sub.labels = job->labels;
    return true;
}

/* Each voxel within `reach` of a place: hold grows to its weight, or the mask is cleared. */
static void stamp(corridor *job, const double *at, double reach, bool open)
{
    const cta_grid *sub = &job->sub;
    wadi_index low[3], high[3];

    for (int k = 0; k < 3; k++) {
        double x = at[k] - job->low[k];

        low[k] = (wadi_index)fmax(ceil((x - reach) / sub->step[k]), 0);
        high[k] = (wadi_index)fmin(floor((x + reach) / sub->step[k]), sub->size[k] - 1);
    }
    for (wadi_index z = low[2]; z <= high[2]; z++)
        for (wadi_index y = low[1]; y <= high[1]; y++)
            for (wadi_index x = low[0]; x <= high[0]; x++) {
                size_t i = (size_t)x + (size_t)y * sub->stride[1] + (size_t)z * sub->stride[2];
                const double p[3] = {job->low[0] + x * sub->step[0],
                                     job->low[1] + y * sub->step[1],
                                     job->low[2] + z * sub->step[2]};
                double far = cta_distance(p, at);

                if (far > reach)
                    continue;
                if (!open) {
                    job->mask[i] = 0;
                    continue;
                }
                float hold = (float)exp(-0.5 * (far / HOLD_MM) * (far / HOLD_MM));

                job->mask[i] = job->labels[i] != WADI_CTA_BONE;
                job->hold[i] = hold > job->hold[i] ? hold : job->hold[i];
            }
}

static float blurred(const cta_grid *sub, size_t at, float most)
{
    float sum = 0, weight = 0;
    wadi_index x = (wadi_index)(at % sub->stride[1]);
    wadi_index y = (wadi_index)(at % sub->stride[2] / sub->stride[1]);
    wadi_index z = (wadi_index)(at / sub->stride[2]);

    for (int c = -1; c <= 1; c++)
        for (int b = -1; b <= 1; b++)
            for (int a = -1; a <= 1; a++) {
                if (x + a < 0 || y + b < 0 || z + c < 0 || x + a >= sub->size[0] ||
                    y + b >= sub->size[1] || z + c >= sub->size[2])
                    continue;
                float w = (float)((2 - abs(a)) * (2 - abs(b)) * (2 - abs(c)));
                float v = sub->values[(size_t)(x + a) + (size_t)(y + b) * sub->stride[1] +
                                      (size_t)(z + c) * sub->stride[2]];

                sum += w * (v < most ? v : most);
                weight += w;
            }
    return sum / weight;
}

static int slot_near(const corridor *job, const cta_band *band, const double *at)
{
    const cta_grid *sub = &job->sub;
    int best = -1;
    double least = 1e30;

    for (int i = 0; i < band->count; i++) {
        uint32_t v = band->voxel[i];
        const double p[3] = {job->low[0] + (double)(v % sub->stride[1]) * sub->step[0],
                             job->low[1] +
                                 (double)(v % sub->stride[2] / sub->stride[1]) * sub->step[1],
                             job->low[2] + (double)(v / sub->stride[2]) * sub->step[2]};
        double far = cta_distance(p, at);

        if (far < least)
            least = far, best = i;
    }
    return best;
}

static wadi_status march(corridor *job, const cta_levels *levels, double blood, int count,
                         const double (*way)[3], cta_line *out, wadi_error *err)
{
    cta_band band;
    cta_front front = {0};
    float *speed = NULL;
    double(*found)[3] = NULL;
    wadi_status status = cta_band_new(&job->sub, job->mask, job->hold, &band, err);

    if (status)
        return status;
    int start = slot_near(job, &band, way[0]), stop = slot_near(job, &band, way[count - 1]);

    speed = malloc(((size_t)band.count + 1) * sizeof *speed);
    found = wadi_alloc((size_t)band.count + 2, sizeof *found);
    status = !speed || !found ? wadi_fail(err, WADI_ERR_NOMEM, "no memory for a corridor")
                              : cta_front_new(band.count, &front, err);
    if (status || start < 0 || stop < 0)
        goto done;
    for (int i = 0; i < band.count; i++) {
        double v = (double)blurred(&job->sub, band.voxel[i], (float)(1.3 * blood));
        double share = (v - levels->muscle) / (blood - levels->muscle);

        share = share < 0.25 ? 0 : share > 1 ? 1 : share;
        speed[i] = (float)(0.1 + 0.9 * (double)job->hold[band.voxel[i]] + 5 * share * share);
    }
    cta_march(&job->sub, &band, speed, start, stop, &front);
    int n = 0;

    /* From the far end back to the start; then turned round. */
    memcpy(found[n++], way[count - 1], sizeof found[0]);
    for (int i = front.from[stop]; i >= 0 && front.from[i] >= 0; i = front.from[i]) {
        uint32_t v = band.voxel[i];

        found[n][0] = job->low[0] + (double)(v % job->sub.stride[1]) * job->sub.step[0];
        found[n][1] = job->low[1] +
                      (double)(v % job->sub.stride[2] / job->sub.stride[1]) * job->sub.step[1];
        found[n++][2] = job->low[2] + (double)(v / job->sub.stride[2]) * job->sub.step[2];
    }
    if (front.from[stop] >= 0) {
        memcpy(found[n++], way[0], sizeof found[0]);
        for (int a = 0, b = n - 1; a < b; a++, b--)
            for (int k = 0; k < 3; k++) {
                double swap = found[a][k];

                found[a][k] = found[b][k];
                found[b][k] = swap;
            }
        status = cta_line_set(out, n, (const double(*)[3])found, 5.0, err);
    }
done:
    cta_front_clear(&front);
    cta_band_clear(&band);
    free(speed);
    free(found);
    return status;
}

wadi_status cta_corridor(const cta_grid *grid, const cta_levels *levels, const cta_lines *lines,
                         wadi_cta_label kind, int count, const double (*way)[3], cta_line *out,
                         wadi_error *err)
{
    corridor job;
    double blood = kind == WADI_CTA_VEIN ? levels->vein : levels->artery;
    wadi_status status = WADI_OK;

    out->count = 0;
    if (!corridor_new(grid, count, way, &job)) {
        corridor_clear(&job);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a corridor");
    }
    for (int i = 0; i < count; i++)
        stamp(&job, way[i], CORRIDOR_MM, true);
    for (int l = 0; l < lines->count; l++) {
        const cta_line *other = &lines->items[l];

        for (int i = 0; !other->dead && other->kind != kind && i < other->count; i++)
            stamp(&job, other->at[i], other->radius[i] + 0.2, false);
    }
    stamp(&job, way[0], 1.5, true);
    stamp(&job, way[count - 1], 1.5, true);
    status = march(&job, levels, fmax(blood, levels->muscle + 20), count, way, out, err);
    corridor_clear(&job);
    if (!status && out->count == 0) /* no way: the guess stands */
        status = cta_line_set(out, count, way, 6.0, err);
    return status;
}
