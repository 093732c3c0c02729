/* Vessels that noise hides: oriented flux, averaged along the direction that answers best, on a
 * grid of about a millimetre. What a point cannot show, a centimetre of vessel does. */
#include "cta_flux.h"

/* Chosen on phantoms (docs/image/cta.md): multiples of the scatter of the answer in tissue. */
#define LOW_SCATTERS  2.6
#define HIGH_SCATTERS 4.2
#define ALONG_MM      5.0
#define ASK_SHARE     0.75 /* the weaker answers of the sphere alone are not followed up */
#define FULL_SCATTERS 16.0 /* as strong as a voxel can be */

void cta_faint_clear(cta_faint *faint)
{
    free(faint->volume.values);
    free(faint->strength);
    free(faint->mask);
    *faint = (cta_faint){0};
}

static bool make_grid(const cta_grid *grid, cta_faint *faint)
{
    for (int k = 0; k < 3; k++) {
        faint->times[k] = (wadi_index)fmax(floor(1.0 / grid->step[k] + 0.25), 1);
        faint->grid.size[k] = (grid->size[k] + faint->times[k] - 1) / faint->times[k];
        faint->grid.step[k] = grid->step[k] * faint->times[k];
        faint->grid.head[k] = grid->head[k];
    }
    faint->grid.stride[0] = 1;
    faint->grid.stride[1] = (size_t)faint->grid.size[0];
    faint->grid.stride[2] = faint->grid.stride[1] * (size_t)faint->grid.size[1];
    faint->grid.count = faint->grid.stride[2] * (size_t)faint->grid.size[2];
    faint->volume.values = malloc(faint->grid.count * sizeof(float));
    faint->strength = malloc(faint->grid.count * sizeof(float));
    faint->mask = malloc(faint->grid.count);
    faint->grid.values = faint->volume.values;
    return faint->volume.values && faint->strength && faint->mask;
}

/* Means of the finer voxels, without bone and what is painted. Fat is lifted near to muscle;
 * to muscle itself would cut off half of the noise, and with it what is to be averaged. */
static void fill_grid(const cta_grid *grid, const cta_levels *levels, const uint8_t *painted,
                      float most, uint8_t *tissue, cta_faint *faint)
{
    const cta_grid *to = &faint->grid;
    float muscle = (float)levels->muscle, least = (float)(levels->muscle - 0.7 * levels->noise);

#pragma omp parallel for schedule(static)
    for (wadi_index z = 0; z < to->size[2]; z++)
        for (wadi_index y = 0; y < to->size[1]; y++)
            for (wadi_index x = 0; x < to->size[0]; x++) {
                size_t at = (size_t)x + (size_t)y * to->stride[1] + (size_t)z * to->stride[2];
                float sum = 0;
                int count = 0, free_count = 0;

                for (int k = 0; k < faint->times[0] * faint->times[1] * faint->times[2]; k++) {
                    wadi_index p[3] = {
                        x * faint->times[0] + k % faint->times[0],
                        y * faint->times[1] + k / faint->times[0] % faint->times[1],
                        z * faint->times[2] + k / (faint->times[0] * faint->times[1])};

                    if (p[0] >= grid->size[0] || p[1] >= grid->size[1] || p[2] >= grid->size[2])
                        continue;
                    size_t from = (size_t)p[0] + (size_t)p[1] * grid->stride[1] +
                                  (size_t)p[2] * grid->stride[2];
                    float v = grid->values[from];
                    bool open = !grid->labels[from] && !painted[from];

                    sum += !open ? muscle : v < most ? v : most;
                    free_count += open && v > -400;
                    count++;
                }
                sum /= (float)count;
                faint->volume.values[at] = sum > least ? sum : least;
                tissue[at] = free_count > 0;
            }
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

/* Quantiles of the answer in tissue, by a sample. */
static bool quantiles(const cta_faint *faint, const uint8_t *tissue, int count,
                      const double *share, double *out)
{
    size_t all = 0, n = 0, step;
    float *sample;

    for (size_t i = 0; i < faint->grid.count; i++)
        all += tissue[i];
    step = all / 200000 + 1;
    sample = wadi_alloc(all / step + 2, sizeof *sample);
    if (!sample)
        return false;
    all = 0;
    for (size_t i = 0; i < faint->grid.count; i++)
        if (tissue[i] && all++ % step == 0)
            sample[n++] = faint->strength[i];
    qsort(sample, n, sizeof *sample, by_size);
    for (int k = 0; k < count; k++)
        out[k] = n ? (double)sample[(size_t)(share[k] * (double)(n - 1))] : 0;
    free(sample);
    return true;
}

wadi_status cta_faint_find(const cta_grid *grid, const cta_levels *levels,
                           const uint8_t *painted, double most_hu, cta_faint *faint,
                           wadi_error *err)
{
    cta_flux_options flux = {.radius_mm = {0.9, 1.5, 2.2, 3.2},
                             .radius_count = 4,
                             .sigma_mm = 0.65,
                             .group = 4,
                             .by_noise = true};
    const double ask_share[1] = {ASK_SHARE}, share[2] = {0.5, 0.84};
    double middle[2], least;
    uint8_t *tissue = NULL;
    wadi_status status = WADI_OK;

    *faint = (cta_faint){0};
    if (!make_grid(grid, faint) || !(tissue = wadi_alloc(faint->grid.count, 1))) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for faint vessels");
        goto done;
    }
    fill_grid(grid, levels, painted, (float)most_hu, tissue, faint);
    status = cta_flux(&faint->grid, tissue, NULL, &flux, faint->strength, NULL, err);
    if (status)
        goto done;
    if (!quantiles(faint, tissue, 1, ask_share, &least)) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory to sort answers");
        goto done;
    }
    for (size_t i = 0; i < faint->grid.count; i++)
        faint->mask[i] = tissue[i] && (double)faint->strength[i] > least;
    flux.along_mm = ALONG_MM;
    status = cta_flux(&faint->grid, tissue, faint->mask, &flux, faint->strength, NULL, err);
    if (status)
        goto done;
    /* Of what was asked; what was not is weaker. */
    if (!quantiles(faint, faint->mask, 2, share, middle)) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory to sort answers");
        goto done;
    }
    faint->middle = middle[0];
    faint->scatter = fmax(middle[1] - middle[0], 1e-6);
    status = cta_hysteresis(
        &faint->grid, faint->strength, (float)(faint->middle + LOW_SCATTERS * faint->scatter),
        (float)(faint->middle + HIGH_SCATTERS * faint->scatter), 40, faint->mask, err);
done:
    free(tissue);
    if (status)
        cta_faint_clear(faint);
    return status;
}

void cta_faint_add(const cta_grid *grid, const cta_faint *faint, float *score, uint8_t *mask)
{
    float from = (float)faint->middle, scale = (float)(1 / (FULL_SCATTERS * faint->scatter));

#pragma omp parallel for schedule(static)
    for (wadi_index z = 0; z < grid->size[2]; z++)
        for (wadi_index y = 0; y < grid->size[1]; y++) {
            const size_t row = (size_t)(z / faint->times[2]) * faint->grid.stride[2] +
                               (size_t)(y / faint->times[1]) * faint->grid.stride[1];
            size_t at = (size_t)z * grid->stride[2] + (size_t)y * grid->stride[1];

            for (wadi_index x = 0; x < grid->size[0]; x++, at++) {
                size_t i = row + (size_t)(x / faint->times[0]);
                float value = (faint->strength[i] - from) * scale;

                if (!faint->mask[i] || grid->labels[at])
                    continue;
                mask[at] = 1;
                value = value > 1 ? 1 : value;
                score[at] = value > score[at] ? value : score[at];
            }
        }
}
