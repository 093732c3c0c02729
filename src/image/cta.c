/* The way from a volume to a graph of vessels; each step has a file of its own. */
#include "cta_flux.h"

#include "filter.h"

#include "wadi/image_vessel.h"

#define DROWNED       0.5 /* noise against what veins stand out by: their level is measured twice */
#define FAINT_HU      24.0  /* from here on veins are sought by flux as well */
#define FAINT_MOST_HU 260.0 /* brighter is no vein: it counts as if it were this */
#define WIDEST_MM                                                                              \
    5.5 /* no vein of the leg below the knee is of this radius: fat between bones */
#define NOISY_HU 28.0 /* from here on arteries are sought in blurred planes */

wadi_cta_options wadi_cta_options_default(void)
{
    return (wadi_cta_options){.psf_fwhm_mm = 0.85,
                              .bridge_mm = 320,
                              .least_mm = 12,
                              .sigma_mm = {0.8, 1.25, 1.95},
                              .sigma_count = 3};
}

/* Before the search, which takes its time. */
static wadi_status check_seeds(const wadi_volume *volume, const wadi_cta_options *options,
                               wadi_error *err)
{
    cta_grid grid;
    double at[3];
    wadi_status status = WADI_OK;

    cta_grid_init(&grid, volume, NULL);
    for (wadi_index s = 0; s < options->seed_count && !status; s++)
        status = cta_seed_place(&grid, volume, s, options->seeds[s].at_mm, at, err);
    return status;
}

static wadi_status check(const wadi_volume *volume, const wadi_cta_options *options,
                         wadi_error *err)
{
    double voxels = (double)volume->columns * (double)volume->rows * (double)volume->slices;

    if (volume->columns < 8 || volume->rows < 8 || volume->slices < 4 || voxels > 2e9)
        return wadi_fail(err, WADI_ERR_RANGE,
                         "%d x %d x %d voxels; 8 x 8 x 4 to 2e9 in all are wanted",
                         volume->columns, volume->rows, volume->slices);
    for (int k = 0; k < 3; k++)
        if (!(volume->spacing_mm[k] >= 0.1 && volume->spacing_mm[k] <= 5))
            return wadi_fail(err, WADI_ERR_RANGE, "voxels of %.4g mm; 0.1 to 5 mm are wanted",
                             volume->spacing_mm[k]);
    if (!(options->bridge_mm >= 0 && options->bridge_mm <= 2000))
        return wadi_fail(err, WADI_ERR_RANGE, "occlusions of %.4g mm; 0 to 2000 mm are wanted",
                         options->bridge_mm);
    if (options->seed_count < 0 || options->seed_count > WADI_CTA_SEEDS ||
        (options->seed_count && !options->seeds))
        return wadi_fail(err, WADI_ERR_RANGE, "%d seeds; 0 to %d are wanted",
                         options->seed_count, WADI_CTA_SEEDS);
    if (options->sigma_count < 1 || options->sigma_count > 8)
        return wadi_fail(err, WADI_ERR_RANGE, "%d scales; 1 to 8 are wanted",
                         options->sigma_count);
    if (!(options->least_mm >= 1 && options->least_mm <= 500))
        return wadi_fail(err, WADI_ERR_RANGE, "branches of %.4g mm; 1 to 500 mm are wanted",
                         options->least_mm);
    if (!(options->psf_fwhm_mm >= 0 && options->psf_fwhm_mm <= 5))
        return wadi_fail(err, WADI_ERR_RANGE, "blur of %.4g mm; 0 to 5 mm are wanted",
                         options->psf_fwhm_mm);
    return check_seeds(volume, options, err);
}

/* Values without bone, fat and the brightness of calcium. */
static void clean(const cta_grid *grid, const cta_levels *levels, float most, float *out)
{
    float muscle = (float)levels->muscle;

#pragma omp parallel for schedule(static)
    for (wadi_index z = 0; z < grid->size[2]; z++) {
        size_t base = (size_t)z * grid->stride[2];

        for (size_t i = base; i < base + grid->stride[2]; i++) {
            float v = grid->values[i] < most ? grid->values[i] : most;

            out[i] = grid->labels[i] || v < muscle ? muscle : v;
        }
    }
}

/* Share of the way from `low` to `high`, 0..1, in place. */
static void scores(const cta_grid *grid, double low, double high, float *values)
{
    float from = (float)low, scale = (float)(1 / (high - low));

#pragma omp parallel for schedule(static)
    for (wadi_index z = 0; z < grid->size[2]; z++) {
        size_t base = (size_t)z * grid->stride[2];

        for (size_t i = base; i < base + grid->stride[2]; i++) {
            float s = (values[i] - from) * scale;

            values[i] = s < 0 ? 0 : s > 1 ? 1 : s;
        }
    }
}

static void set_radii(const cta_grid *grid, const cta_band *band, cta_lines *lines, int first)
{
    for (int l = first; l < lines->count; l++) {
        cta_line *line = &lines->items[l];

        for (int i = 0; i < line->count; i++) {
            size_t at = 0;

            for (int k = 0; k < 3; k++) {
                double x = floor(line->at[i][k] / grid->step[k] + 0.5);

                x = x < 0 ? 0 : x > grid->size[k] - 1 ? grid->size[k] - 1 : x;
                at += (size_t)x * grid->stride[k];
            }
            line->radius[i] =
                band->slot[at] >= 0 ? (double)band->reach[band->slot[at]] : grid->step[0];
        }
    }
}

/* Typical plateau of lines, weighted by length, of radius `least_mm` and more. */
static double plateau(const cta_lines *lines, int first, double least_mm)
{
    int count = 0, capacity = 1;
    double *found, middle;

    for (int l = first; l < lines->count; l++)
        capacity += lines->items[l].count;
    found = malloc((size_t)capacity * sizeof *found);
    if (!found)
        return 0;
    for (int l = first; l < lines->count; l++)
        for (int i = 0; i < lines->items[l].count; i++)
            if (!lines->items[l].dead && lines->items[l].radius[i] >= least_mm)
                found[count++] = lines->items[l].hu[i];
    middle = cta_quantile(found, count, 0.5);
    free(found);
    return middle;
}

/* Brightness in the middle of what may be vessel, before any line is drawn. */
static double band_level(const cta_grid *grid, const cta_band *band, double share)
{
    double *found = malloc(((size_t)band->count + 1) * sizeof *found), middle;
    int count = 0;

    if (!found)
        return 0;
    for (int i = 0; i < band->count; i++) {
        double value = (double)grid->values[band->voxel[i]];

        if (band->basin[i] == i && (double)band->reach[i] > 1.6 * grid->step[0] && value < 520)
            found[count++] = value;
    }
    middle = cta_quantile(found, count, share);
    free(found);
    return middle;
}

static wadi_status find_lines(const cta_grid *grid, cta_levels *levels, double least_mm,
                              wadi_cta_label kind, const uint8_t *mask, const float *score,
                              cta_lines *lines, wadi_error *err)
{
    cta_band band;
    int first = lines->count;
    wadi_status status = cta_band_new(grid, mask, score, &band, err);

    if (status)
        return status;
    status = cta_trace(grid, &band, least_mm, lines, err);
    if (!status)
        set_radii(grid, &band, lines, first);
    *(kind == WADI_CTA_VEIN ? &levels->vein : &levels->artery) = band_level(grid, &band, 0.5);
    cta_band_clear(&band);
    for (int pass = 0; pass < 2 && !status; pass++) {
        for (int l = first; l < lines->count && !status; l++) {
            lines->items[l].kind = kind;
            status = cta_measure(grid, levels, &lines->items[l], err);
        }
        double found = plateau(lines, first, 1.2);

        /* Single bright voxels are no measure of blood that noise drowns: once more with what
         * was found along the vessels. */
        if (kind != WADI_CTA_VEIN || found <= 0 ||
            levels->noise < DROWNED * (found - levels->muscle))
            break;
        levels->vein = found;
    }
    return status;
}

/* Told of each voxel whose middle lies within a distance of a point of a line. */
typedef void (*voxel_seen)(const cta_grid *grid, size_t at, void *context);

static void each_near(const cta_grid *grid, const double *point, double radius, voxel_seen seen,
                      void *context)
{
    wadi_index low[3], high[3];

    for (int k = 0; k < 3; k++) {
        double a = ceil((point[k] - radius) / grid->step[k]),
               b = floor((point[k] + radius) / grid->step[k]);

        low[k] = (wadi_index)fmax(a, 0);
        high[k] = (wadi_index)fmin(b, grid->size[k] - 1);
    }
    for (wadi_index z = low[2]; z <= high[2]; z++)
        for (wadi_index y = low[1]; y <= high[1]; y++)
            for (wadi_index x = low[0]; x <= high[0]; x++) {
                const double p[3] = {x * grid->step[0], y * grid->step[1], z * grid->step[2]};

                if (cta_distance(p, point) <= radius)
                    seen(grid,
                         (size_t)x + (size_t)y * grid->stride[1] + (size_t)z * grid->stride[2],
                         context);
            }
}

typedef struct brush {
    uint8_t value;
    uint8_t *out;
} brush;

static void paint_voxel(const cta_grid *grid, size_t at, void *context)
{
    const brush *with = context;

    (void)grid;
    with->out[at] = with->value;
}

/* Paint a line's open lumen, `more` mm wider. */
static void paint(const cta_grid *grid, const cta_line *line, double more, uint8_t value,
                  uint8_t *out)
{
    brush with = {value, out};

    for (int i = 0; i < line->count; i++)
        if (!line->bridged[i])
            each_near(grid, line->at[i], line->radius[i] + more, paint_voxel, &with);
}

/* Brightness along a line at three shares of its points, ascending. False without memory. */
static bool brightness(const cta_line *line, const double share[3], double out[3])
{
    double *sorted = malloc((size_t)line->count * sizeof *sorted);

    if (!sorted)
        return false;
    memcpy(sorted, line->hu, (size_t)line->count * sizeof *sorted);
    for (int k = 0; k < 3; k++)
        out[k] = cta_quantile(sorted, line->count, share[k]);
    free(sorted);
    return true;
}

/* Blood is alike along a vessel, the calcium of a closed one is not: short pieces that are too
 * bright, or of uneven brightness, are no lumen. */
static bool is_calcium(const cta_levels *levels, const cta_line *line)
{
    double hu[3];

    /* A stump that hangs on an open vessel may end in calcium. */
    if (cta_line_length(line) > 40 || line->kind != WADI_CTA_ARTERY || line->count < 4 ||
        (line->parent >= 0 && line->good > 0.5) ||
        !brightness(line, (const double[3]){0.2, 0.5, 0.8}, hu))
        return false;
    return hu[1] > 1.2 * levels->artery || hu[2] - hu[0] > 0.5 * levels->artery;
}

/* Wide enough to show its blood's brightness, and that is a vein's. */
static bool is_vein(const cta_levels *levels, const cta_line *line)
{
    int dark = 0, wide = 0;

    for (int i = 0; i < line->count; i++) {
        wide += line->radius[i] > 1.1;
        dark += line->radius[i] > 1.1 && line->hu[i] < 0.5 * (levels->artery + levels->vein);
    }
    return levels->vein > 0 && levels->artery > 1.4 * levels->vein && 2 * wide > line->count &&
           3 * dark > 2 * wide;
}

/* Brighter than any vein nearly all along, and no calcium: an artery that was too thin for the
 * search of arteries. */
static bool is_artery(const cta_levels *levels, const cta_line *line)
{
    double hu[3];

    if (!(levels->vein > 0 && levels->artery > 1.4 * levels->vein) || line->count < 4 ||
        !brightness(line, (const double[3]){0.15, 0.5, 0.85}, hu))
        return false;
    return hu[0] > levels->vein + 0.2 * (levels->artery - levels->vein) &&
           hu[1] > levels->vein + 0.3 * (levels->artery - levels->vein) &&
           hu[2] < 1.2 * levels->artery;
}

#define LONE_MM    45.0 /* longer ones are hardly noise */
#define COMPANY_MM 9.0  /* from an artery or from a long vein */

/* In noise, short bits of vein without company are grains that link up: veins go with arteries
 * and in pairs, which stays true where the artery is closed. */
static bool is_alone(const cta_lines *lines, int l)
{
    const cta_line *line = &lines->items[l];
    int near = 0;

    if (cta_line_length(line) > LONE_MM)
        return false;
    for (int i = 0; i < line->count; i++) {
        bool in = false;

        for (int o = 0; o < lines->count && !in; o++) {
            const cta_line *other = &lines->items[o];

            if (o == l || other->dead ||
                (other->kind != WADI_CTA_ARTERY &&
                 (other->count - 1) * CTA_STEP_MM < 2 * LONE_MM))
                continue;
            for (int j = 0; j < other->count && !in; j += 4)
                in = cta_distance(line->at[i], other->at[j]) < COMPANY_MM;
        }
        near += in;
    }
    return 2 * near < line->count;
}

/* Lines that are calcium alone, or lie in another one's lumen, are no vessels. */
static void weed(const cta_levels *levels, cta_lines *lines)
{
    for (int l = 0; l < lines->count; l++) {
        cta_line *line = &lines->items[l];
        int bright = 0, inside = 0, wide = 0;

        for (int i = 0; i < line->count; i++) {
            bool in = false;

            bright += line->hu[i] > levels->artery + 200;
            wide += line->radius[i] > WIDEST_MM;
            for (int o = 0; o < lines->count && !in; o++) {
                const cta_line *other = &lines->items[o];

                if (o == l || other->dead || (other->kind == line->kind && o > l))
                    continue;
                for (int j = 0; j < other->count && !in; j += 2)
                    in = cta_distance(line->at[i], other->at[j]) <
                         (other->kind == WADI_CTA_ARTERY ? other->radius[j] : 0.6);
            }
            inside += in;
        }
        if (line->kind == WADI_CTA_ARTERY && is_vein(levels, line))
            line->kind = WADI_CTA_VEIN;
        else if (line->kind == WADI_CTA_VEIN && is_artery(levels, line))
            line->kind = WADI_CTA_ARTERY;
        if (line->kind == WADI_CTA_VEIN && levels->noise > NOISY_HU && is_alone(lines, l))
            line->dead = true;
        line->dead = line->dead || 2 * bright > line->count || 2 * inside > line->count ||
                     line->good < 0.35 || is_calcium(levels, line) ||
                     (line->kind == WADI_CTA_VEIN && 2 * wide > line->count);
    }
    /* Children of what is gone stand alone. */
    for (int l = 0; l < lines->count; l++)
        if (lines->items[l].parent >= 0 && lines->items[lines->items[l].parent].dead)
            lines->items[l].parent = -1;
}

/* Noise off in the planes; thin vessels lose less to this than noise does. */
static wadi_status calm(const cta_grid *grid, double sigma_mm, float *values, wadi_error *err)
{
    bool refused = false;

#pragma omp parallel for schedule(static)
    for (wadi_index z = 0; z < grid->size[2]; z++) {
        float *plane = values + (size_t)z * grid->stride[2];

        if (!filter_blur(grid->size[0], grid->size[1], sigma_mm / grid->step[0], plane,
                         plane)) {
#pragma omp atomic write
            refused = true;
        }
    }
    return refused ? wadi_fail(err, WADI_ERR_NOMEM, "no memory to blur a volume") : WADI_OK;
}

/* Where arteries begin: between what veins reach and the level of the brighter summits. */
static wadi_status adapt(const cta_grid *grid, cta_levels *levels, const uint8_t *mask,
                         const float *score, wadi_error *err)
{
    cta_band band;
    wadi_status status = cta_band_new(grid, mask, score, &band, err);

    if (status)
        return status;
    bool noisy = levels->noise > NOISY_HU;

    levels->artery = band_level(grid, &band, 0.8);
    cta_band_clear(&band);
    if (levels->artery > levels->muscle + 150) {
        double more = levels->artery - levels->muscle;

        levels->artery_low =
            fmax(levels->artery_low, levels->muscle + (noisy ? 0.54 : 0.48) * more);
        levels->artery_high =
            fmax(levels->artery_high, levels->muscle + (noisy ? 0.66 : 0.62) * more);
    }
    return WADI_OK;
}

static wadi_status find_arteries(const cta_grid *grid, cta_levels *levels,
                                 const wadi_cta_options *options, float *work, uint8_t *mask,
                                 cta_lines *lines, wadi_error *err)
{
    const double full = 350;
    double scale = 1 / (full - levels->muscle);
    wadi_status status = WADI_OK;

    clean(grid, levels, 520, work);
    if (levels->noise > NOISY_HU)
        status = calm(grid, 0.4, work, err);
    if (status)
        return status;
    scores(grid, levels->muscle, full, work);
    for (int pass = 0; pass < 2 && !status; pass++) {
        double low = scale * (levels->artery_low - levels->muscle);
        double high = scale * (levels->artery_high - levels->muscle);

        status = cta_hysteresis(grid, work, (float)low, (float)fmin(high, 0.95), 8, mask, err);
        if (!status && pass == 0)
            status = adapt(grid, levels, mask, work, err);
    }
    if (status)
        return status;
    status =
        find_lines(grid, levels, options->least_mm, WADI_CTA_ARTERY, mask, work, lines, err);
    if (!status)
        levels->artery = plateau(lines, 0, 1.0);
    /* In noise, bright grains of veins link up. What is too dark here and an artery after all
     * comes back with the veins. */
    for (int l = 0; l < lines->count && levels->noise > NOISY_HU && !status; l++) {
        cta_line *line = &lines->items[l];
        int dark = 0;

        for (int i = 0; i < line->count; i++)
            dark += line->hu[i] < levels->muscle + 0.55 * (levels->artery - levels->muscle);
        line->dead = 2 * dark > line->count;
    }
    return status;
}

/* What noise hid from the ridges, by flux. Where veins stand out little, ridges follow noise as
 * often as veins: then from both at once, else beside the veins that are known. */
static wadi_status find_faint(const cta_grid *grid, cta_levels *levels,
                              const wadi_cta_options *options, int first, float *score,
                              uint8_t *mask, cta_lines *lines, wadi_error *err)
{
    cta_faint faint = {0};
    bool weak = levels->vein - levels->muscle < 2 * levels->noise;
    uint8_t *painted = wadi_alloc(grid->count, 1);
    wadi_status status;

    if (!painted)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu voxels", grid->count);
    while (weak && lines->count > first)
        cta_line_clear(&lines->items[--lines->count]);
    for (int l = 0; l < lines->count; l++)
        if (!lines->items[l].dead)
            paint(grid, &lines->items[l], lines->items[l].kind == WADI_CTA_VEIN ? 0.6 : 0.8, 1,
                  painted);
    status = cta_faint_find(grid, levels, painted, FAINT_MOST_HU, &faint, err);
    if (status)
        goto done;
    if (!weak) {
        memset(mask, 0, grid->count);
        memset(score, 0, grid->count * sizeof *score);
        first = lines->count;
    }
    cta_faint_add(grid, &faint, score, mask);
    double vein = levels->vein;

    status =
        find_lines(grid, levels, 2 * options->least_mm, WADI_CTA_VEIN, mask, score, lines, err);
    levels->vein = weak && !status ? plateau(lines, first, 1.2) : vein;
    if (!status)
        status = cta_split(grid, levels, first, lines, err);
done:
    free(painted);
    cta_faint_clear(&faint);
    return status;
}

static wadi_status find_veins(const cta_grid *grid, const wadi_volume *volume,
                              cta_levels *levels, const wadi_cta_options *options, float *work,
                              uint8_t *mask, cta_lines *lines, wadi_error *err)
{
    wadi_tube_options tube = wadi_tube_options_default();
    wadi_volume cleaned = *volume;
    int first = lines->count;
    float *ridge = malloc(grid->count * sizeof *ridge);
    float muscle = (float)levels->muscle;
    wadi_status status = WADI_OK;

    if (!ridge)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu voxels", grid->count);
    clean(grid, levels, 260, work);
    memset(mask, 0, grid->count);
    for (int l = 0; l < first; l++)
        if (!lines->items[l].dead)
            paint(grid, &lines->items[l], 0.8, 1, mask);
    for (size_t i = cta_next(mask, 0, grid->count); i < grid->count;
         i = cta_next(mask, i + 1, grid->count))
        work[i] = muscle;
    cleaned.values = work;
    tube.law = WADI_TUBE_RIDGE;
    tube.sigma_count = options->sigma_count;
    memcpy(tube.sigma_mm, options->sigma_mm, sizeof options->sigma_mm);
    /* Finer than the slices, or in much noise, the finest scale sees nothing of use. */
    double finest = fmax(fmax(grid->step[0], grid->step[1]), grid->step[2]);

    finest = fmax(levels->noise > 30 ? 1.0 : 0.8, 0.96 * finest);
    while (tube.sigma_count > 1 && tube.sigma_mm[1] < 1.15 * finest) {
        tube.sigma_count--;
        memmove(tube.sigma_mm, tube.sigma_mm + 1, sizeof tube.sigma_mm - sizeof *tube.sigma_mm);
    }
    tube.sigma_mm[0] = fmax(tube.sigma_mm[0], finest);
    status = wadi_tubes_enhance(&cleaned, &tube, ridge, err);
    if (status)
        goto done;
    status = cta_hysteresis(grid, ridge, (float)fmax(8, 0.2 * levels->noise),
                            (float)fmax(13, 0.36 * levels->noise), 40, mask, err);
    if (status)
        goto done;
    scores(grid, 0, 60, ridge);
    status =
        find_lines(grid, levels, 2 * options->least_mm, WADI_CTA_VEIN, mask, ridge, lines, err);
    if (!status)
        levels->vein = plateau(lines, first, 1.2);
    if (!status)
        status = cta_split(grid, levels, first, lines, err);
    if (!status && levels->noise > FAINT_HU)
        status = find_faint(grid, levels, options, first, ridge, mask, lines, err);
done:
    free(ridge);
    return status;
}

/* What is kept while one volume is worked on. */
typedef struct cta_work {
    wadi_volume volume; /* the caller's, or one with values of CT's kind */
    cta_grid grid;
    cta_levels levels;
    cta_lines lines;
    cta_frame frame;
    float *mapped, *work;
    uint8_t *mask;
} cta_work;

static void work_clear(cta_work *job)
{
    cta_lines_clear(&job->lines);
    cta_frame_clear(&job->frame);
    free(job->mapped);
    free(job->work);
    free(job->mask);
}

static wadi_status work_new(const wadi_volume *volume, const wadi_cta_options *options,
                            wadi_cta *cta, cta_work *job, wadi_error *err)
{
    job->volume = *volume;
    cta_grid_init(&job->grid, volume, NULL);
    cta->columns = volume->columns;
    cta->rows = volume->rows;
    cta->slices = volume->slices;
    cta->labels = wadi_alloc(job->grid.count, 1);
    job->mask = wadi_alloc(job->grid.count, 1);
    job->work = malloc(job->grid.count * sizeof *job->work);
    if (options->relative)
        job->mapped = malloc(job->grid.count * sizeof *job->mapped);
    if (!cta->labels || !job->mask || !job->work || (options->relative && !job->mapped))
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d x %d x %d voxels",
                         volume->columns, volume->rows, volume->slices);
    job->grid.labels = cta->labels;
    if (!options->relative)
        return WADI_OK;
    job->volume.values = job->mapped;
    job->grid.values = job->mapped;
    return cta_relative(volume, job->mapped, err);
}

static void paint_bright(const cta_grid *grid, size_t at, void *context)
{
    const float *least = context;

    if (grid->values[at] > *least && grid->labels[at] != WADI_CTA_BONE)
        grid->labels[at] = WADI_CTA_CALCIUM;
}

/* Bright voxels of the wall and just beside it. */
static void paint_calcium(const cta_grid *grid, const cta_levels *levels, const cta_line *line)
{
    float least = (float)(levels->artery + fmax(180, 3 * levels->noise));

    for (int i = 0; i < line->count; i++)
        if (line->arc[i] > 0 || line->bridged[i])
            each_near(grid, line->at[i], line->radius[i] + 1.2, paint_bright, &least);
}

/* How sure the kind is, from brightness between both plateaus; what is thin; what is cut. */
static void judge(const cta_grid *grid, const cta_levels *levels, cta_line *line)
{
    double middle = 0.5 * (levels->artery + levels->vein), apart, here = 0;
    int open = 0, thin = 0;

    for (int i = 0; i < line->count; i++)
        if (!line->bridged[i]) {
            here += line->hu[i];
            thin += line->radius[i] < 1.5 * levels->blur_mm;
            open++;
        }
    apart = fabs(levels->artery - levels->vein);
    if (open && levels->artery > 0 && levels->vein > 0 && apart > 1) {
        double side = (here / open - middle) / apart * (line->kind == WADI_CTA_VEIN ? -1 : 1);

        line->confidence = 1 / (1 + exp(-8 * fmax(side, 0)));
        line->reasons |= side < 0.1 ? WADI_CTA_KIND_UNSURE : 0u;
    }
    line->reasons |= 2 * thin > open ? WADI_CTA_SMALL : 0u;
    for (int end = 0; end < 2 && line->count > 0; end++) {
        const double *at = line->at[end ? line->count - 1 : 0];

        for (int k = 0; k < 3; k++)
            if (at[k] < 2.5 * grid->step[k] || at[k] > (grid->size[k] - 3.5) * grid->step[k])
                line->reasons |= WADI_CTA_CUT;
    }
}

static wadi_status find_graph(const wadi_cta_options *options, cta_work *job, wadi_cta *cta,
                              wadi_error *err)
{
    const cta_grid *grid = &job->grid;
    wadi_status status = cta_find_levels(grid, options, &job->levels, err);

    if (!status)
        status = cta_find_bone(grid, &job->levels, err);
    if (!status)
        status = cta_frame_find(grid, &job->volume, &job->frame, err);
    if (!status)
        status =
            find_arteries(grid, &job->levels, options, job->work, job->mask, &job->lines, err);
    if (!status)
        cta_frame_part(grid, &job->lines, &job->frame);
    if (!status && !options->quiet_veins)
        status = find_veins(grid, &job->volume, &job->levels, options, job->work, job->mask,
                            &job->lines, err);
    if (!status)
        weed(&job->levels, &job->lines);
    if (!status)
        status = cta_bridge(grid, &job->levels, &job->frame, WADI_CTA_ARTERY,
                            options->bridge_mm, &job->lines, err);
    if (!status)
        status = cta_bridge(grid, &job->levels, &job->frame, WADI_CTA_VEIN,
                            fmin(40, options->bridge_mm), &job->lines, err);
    if (!status && options->seed_count)
        status = cta_seeds_join(grid, &job->volume, &job->levels, options, job->mask,
                                &job->lines, cta, err);
    if (status)
        return status;
    for (size_t i = 0; i < grid->count; i++)
        cta->labels[i] = cta->labels[i] >= CTA_RIM ? WADI_CTA_BACKGROUND : cta->labels[i];
    for (int l = 0; l < job->lines.count; l++)
        paint(grid, &job->lines.items[l], 0, (uint8_t)job->lines.items[l].kind, cta->labels);
    for (int l = 0; l < job->lines.count; l++) {
        cta_line *line = &job->lines.items[l];

        judge(grid, &job->levels, line);
        if (line->kind == WADI_CTA_ARTERY && !line->dead && !options->relative)
            paint_calcium(grid, &job->levels, line);
    }
    return cta_graph(grid, &job->volume, &job->frame, &job->lines, cta, err);
}

wadi_status wadi_cta_run(const wadi_volume *volume, const wadi_cta_options *options,
                         wadi_cta **out, wadi_error *err)
{
    wadi_cta *cta = NULL;
    cta_work job = {0};
    wadi_status status = check(volume, options, err);

    *out = NULL;
    if (status)
        return status;
    cta = wadi_alloc(1, sizeof *cta);
    if (!cta)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a graph of vessels");
    status = work_new(volume, options, cta, &job, err);
    if (!status)
        status = find_graph(options, &job, cta, err);
    if (status)
        goto done;
    cta->artery_hu = job.levels.artery;
    cta->vein_hu = job.levels.vein;
    cta->muscle_hu = job.levels.muscle;
    cta->noise_hu = job.levels.noise;
    cta->bone_hu = options->relative ? 0 : job.levels.bone;
    cta_name(&job.grid, &job.volume, &job.frame, cta);
    cta_seeds_name(options, cta);
    cta_murray(cta);
    if (cta->branch_count == 0)
        cta->reasons |= WADI_CTA_NO_VESSEL;
    if (!job.frame.known)
        cta->reasons |= WADI_CTA_NO_BONE;
    if (cta->vein_hu > 0 && cta->artery_hu < 1.4 * cta->vein_hu)
        cta->reasons |= WADI_CTA_FEW_CONTRAST;
    cta->side_known = options->side_known || job.frame.known;
    cta->right = options->side_known ? options->right : job.frame.right;
    *out = cta;
    cta = NULL;
done:
    work_clear(&job);
    wadi_cta_free(cta);
    return status;
}
