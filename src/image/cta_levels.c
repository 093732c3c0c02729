/* Levels of tissue from the histogram: what muscle is, how noisy it is, where contrast, bone
 * and calcium begin. */
#include "cta_impl.h"

enum { LOWEST = -200, HIGHEST = 2000, BINS = HIGHEST - LOWEST };

void cta_grid_init(cta_grid *grid, const wadi_volume *volume, uint8_t *labels)
{
    *grid = (cta_grid){.size = {volume->columns, volume->rows, volume->slices},
                       .values = volume->values,
                       .labels = labels};
    memcpy(grid->step, volume->spacing_mm, sizeof grid->step);
    for (int k = 0; k < 3; k++)
        grid->head[k] = volume->axes[k][2];
    grid->stride[0] = 1;
    grid->stride[1] = (size_t)volume->columns;
    grid->stride[2] = grid->stride[1] * (size_t)volume->rows;
    grid->count = grid->stride[2] * (size_t)volume->slices;
}

static void histogram(const cta_grid *grid, double *bins)
{
    size_t counts[BINS] = {0};

#pragma omp parallel for schedule(static) reduction(+ : counts)
    for (wadi_index z = 0; z < grid->size[2]; z++) {
        const float *v = grid->values + (size_t)z * grid->stride[2];

        for (size_t i = 0; i < grid->stride[2]; i += 2)
            if (v[i] > LOWEST && v[i] < HIGHEST)
                counts[(int)(v[i] - LOWEST)]++;
    }
    for (int i = 0; i < BINS; i++)
        bins[i] = (double)counts[i];
}

static double smooth_at(const double *bins, int at, int reach)
{
    double sum = 0;

    for (int i = at - reach; i <= at + reach; i++)
        sum += i >= 0 && i < BINS ? bins[i] : 0;
    return sum / (2 * reach + 1);
}

/* Muscle is the highest hump between 10 and 120 HU; noise from how fast it falls, on the side
 * where other tissue lifts it less. */
static void find_muscle(const double *bins, cta_levels *levels)
{
    int best = 50 - LOWEST;

    for (int i = 10 - LOWEST; i < 120 - LOWEST; i++)
        if (smooth_at(bins, i, 8) > smooth_at(bins, best, 8))
            best = i;
    double top = smooth_at(bins, best, 4);
    int below = best, above = best;

    while (below > 0 && smooth_at(bins, below, 4) > 0.5 * top)
        below--;
    while (above < BINS - 1 && smooth_at(bins, above, 4) > 0.5 * top)
        above++;
    levels->muscle = best + LOWEST + 0.5;
    levels->noise = fmin(best - below, above - best) / 1.177;
    levels->noise = fmin(fmax(levels->noise, 2), 120);
}

wadi_status cta_find_levels(const cta_grid *grid, const wadi_cta_options *options,
                            cta_levels *levels, wadi_error *err)
{
    double *bins = wadi_alloc(BINS, sizeof *bins);

    if (!bins)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a histogram");
    histogram(grid, bins);
    find_muscle(bins, levels);
    free(bins);
    levels->psf_mm = (options->psf_fwhm_mm > 0 ? options->psf_fwhm_mm : 0.85) / 2.3548;
    double pixel = sqrt(grid->step[0] * grid->step[1]);

    /* A voxel is a box (d^2 / 12), and reading between voxels blurs by d^2 / 6 on average. */
    levels->blur_mm = sqrt(levels->psf_mm * levels->psf_mm + 0.25 * pixel * pixel);
    cta_half_fill(levels);
    /* Contrast of 300 to 450 HU is what arteries of a leg are injected to (recipe of the
     * phantom; Fleischmann, Radiology 2006); veins of a delayed phase reach 200. */
    levels->artery_low = 190;
    levels->artery_high = 250;
    /* Half way from an artery of 350 HU to cortex of 900; of no meaning without units. */
    levels->bone = options->relative ? HUGE_VAL : 620;
    return WADI_OK;
}

/* Without Hounsfield units: the median voxel becomes 50 and the brightest thousandth 400, so
 * that the limits of CT serve. */
wadi_status cta_relative(const wadi_volume *volume, float *out, wadi_error *err)
{
    size_t count = (size_t)volume->columns * (size_t)volume->rows * (size_t)volume->slices;
    size_t step = count / 400000 + 1, n = 0;
    float *sample = malloc((count / step + 1) * sizeof *sample);

    if (!sample)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory to sort brightness");
    for (size_t i = 0; i < count; i += step)
        if (isfinite(volume->values[i]))
            sample[n++] = volume->values[i];
    if (n == 0) {
        free(sample);
        return wadi_fail(err, WADI_ERR_RANGE, "no voxel holds a number");
    }
    qsort(sample, n, sizeof *sample, wadi_by_float);
    float middle = sample[n / 2], top = sample[(size_t)(0.999 * (double)(n - 1))];
    float scale = top > middle ? 350 / (top - middle) : 0;

    free(sample);
    for (size_t i = 0; i < count; i++)
        out[i] = 50 + scale * (volume->values[i] - middle);
    return WADI_OK;
}
