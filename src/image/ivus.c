/* A pullback from frames to borders along the vessel. */
#include "ivus.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 32, SAMPLE_FRAMES = 12, NEIGHBOURS = 3, REPAIR = 4 };

/* Outer membranes of neighbours differ by less, on the mean of all lines. */
#define REPAIR_MM 0.12

/* Frames either side that borders are smoothed over (sigma), and how far a neighbour's outline
 * may lie off before its say fades. */
#define SMOOTH_FRAMES 1.2
#define SMOOTH_MM     0.12
/* Pulse and beam smear the bright side over the dark one, more so once compressed: borders are
 * seen too far inside. Fitted to the made-up pullbacks 1 to 10; both stay ordered, because the
 * wall is at least 0.06 mm. */
#define LUMEN_SHIFT_MM 0.042
#define EEM_SHIFT_MM   0.028

wadi_ivus_options wadi_ivus_options_default(void)
{
    return (wadi_ivus_options){.smooth = true};
}

void wadi_ivus_free(wadi_ivus *ivus)
{
    if (!ivus)
        return;
    free(ivus->frames);
    free(ivus->frame_times_ms);
    free(ivus);
}

double wadi_ivus_position_mm(const wadi_ivus *ivus, wadi_index frame)
{
    if (!ivus->speed_mm_s.known || !ivus->frame_times_ms)
        return NAN;
    return ivus->speed_mm_s.value * (ivus->frame_times_ms[frame] - ivus->frame_times_ms[0]) /
           1000;
}

/* ---- scale and centre ---- */

static bool in_the_middle(double at_px, wadi_index count)
{
    return at_px >= 0.25 * (count - 1) && at_px <= 0.75 * (count - 1);
}

static wadi_status take_scale(const wadi_image *image, const wadi_ivus_options *options,
                              ivus_polar *polar, wadi_error *err)
{
    double radius;

    polar->columns = image->columns;
    polar->rows = image->rows;
    if (options->spacing_mm.known) {
        polar->column_mm = polar->row_mm = options->spacing_mm.value;
    } else if (image->column_mm.known && image->row_mm.known) {
        polar->column_mm = image->column_mm.value;
        polar->row_mm = image->row_mm.value;
    } else {
        return wadi_fail(
            err, WADI_ERR_MISSING,
            "the file says no pixel size, neither as spacing nor in a region: give "
            "it in mm");
    }
    if (image->columns < 64 || image->rows < 64)
        return wadi_fail(err, WADI_ERR_RANGE,
                         "%d x %d pixels: 64 x 64 are the least for a cross-section",
                         image->columns, image->rows);
    if (options->axis_known && !(in_the_middle(options->axis_px[0], image->columns) &&
                                 in_the_middle(options->axis_px[1], image->rows)))
        return wadi_fail(err, WADI_ERR_RANGE,
                         "the catheter's axis at %g, %g pixels: wanted in the middle half of "
                         "%d x %d pixels",
                         options->axis_px[0], options->axis_px[1], image->columns, image->rows);
    radius = 0.5 * fmin(polar->column_mm * image->columns, polar->row_mm * image->rows);
    if (!(radius >= 1.5 && radius <= 40))
        return wadi_fail(
            err, WADI_ERR_RANGE,
            "pixels of %.4g x %.4g mm make a field of %.4g mm radius: 1.5 to 40 mm "
            "are wanted",
            polar->column_mm, polar->row_mm, radius);
    return WADI_OK;
}

/* The mean of up to 32 frames spread over the pullback. */
static void mean_frame(const wadi_image *image, float *picture, float *mean)
{
    size_t count = (size_t)image->columns * (size_t)image->rows;
    wadi_index frames = image->frames < BLOCK ? image->frames : BLOCK;

    memset(mean, 0, count * sizeof *mean);
    for (wadi_index k = 0; k < frames; k++) {
        wadi_image_frame(image, (wadi_index)((int64_t)k * image->frames / frames), picture);
        for (size_t i = 0; i < count; i++)
            mean[i] += picture[i] / (float)frames;
    }
}

/* Lines by angle as the catheter records them, not yet turned into a picture: the rings of the
 * catheter are then straight bands, so that most of the difference is from row to row (or from
 * column to column). Round pictures have less than a third of it there. */
static bool looks_polar(const wadi_image *image, const float *mean)
{
    double whole = 0, rows = 0, columns = 0, middle = 0;
    size_t count = (size_t)image->columns * (size_t)image->rows;

    for (size_t i = 0; i < count; i++)
        middle += mean[i] / (double)count;
    for (size_t i = 0; i < count; i++)
        whole += (mean[i] - middle) * (mean[i] - middle) / (double)count;
    for (wadi_index r = 0; r < image->rows; r++) {
        double sum = 0;

        for (wadi_index c = 0; c < image->columns; c++)
            sum += mean[(size_t)r * (size_t)image->columns + (size_t)c] / (float)image->columns;
        rows += (sum - middle) * (sum - middle) / (float)image->rows;
    }
    for (wadi_index c = 0; c < image->columns; c++) {
        double sum = 0;

        for (wadi_index r = 0; r < image->rows; r++)
            sum += mean[(size_t)r * (size_t)image->columns + (size_t)c] / (float)image->rows;
        columns += (sum - middle) * (sum - middle) / (float)image->columns;
    }
    return fmax(rows, columns) > 0.5 * whole;
}

static wadi_status find_catheter(const wadi_image *image, const wadi_ivus_options *options,
                                 ivus_polar *polar, float *picture, float *mean,
                                 ivus_work *work, wadi_error *err)
{
    double share = 0;
    wadi_status status;

    mean_frame(image, picture, mean);
    if (options->axis_known) {
        polar->x = options->axis_px[0];
        polar->y = options->axis_px[1];
    } else {
        ivus_find_axis(mean, polar, &share);
        if (!(share > 0.5) && looks_polar(image, mean))
            return wadi_fail(err, WADI_ERR_SUPPORT,
                             "the frames look like lines by angle (polar storage), which is "
                             "not read: export the pullback as round pictures");
        if (!(share > 0.5))
            return wadi_fail(err, WADI_ERR_RANGE,
                             "no catheter is found near the middle of the picture: rings "
                             "explain %.0f %% of what is there, 50 %% are wanted; its axis can "
                             "be given in pixels",
                             100 * share);
    }
    status = ivus_polar_plan(polar, err);
    if (status)
        return status;
    ivus_resample(polar, mean, work->polar);
    ivus_find_ends(work->polar, polar);
    if (polar->dead > SAMPLES / 2 || polar->last < polar->dead + SAMPLES / 8)
        return wadi_fail(err, WADI_ERR_RANGE,
                         "the catheter's rings reach to %.2f mm and echoes to %.2f mm: no "
                         "tissue is seen",
                         polar->dead * polar->step_mm, polar->last * polar->step_mm);
    return WADI_OK;
}

/* ---- grey levels ---- */

/* Otsu's threshold (IEEE Trans. SMC 9 (1979) 62-66) between blood and wall; returns the means
 * of both sides. */
static void split(float *values, int count, float *low, float *high)
{
    double all = 0, below = 0, best = -1;

    qsort(values, (size_t)count, sizeof *values, wadi_by_float);
    for (int i = 0; i < count; i++)
        all += values[i];
    for (int i = 0; i + 1 < count; i++) {
        below += values[i];
        double n = i + 1, m = count - n, gap = below / n - (all - below) / m;

        if (n * m * gap * gap > best) {
            best = n * m * gap * gap;
            *low = (float)(below / n);
            *high = (float)((all - below) / m);
        }
    }
}

static float median(float *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, wadi_by_float);
    return values[count / 2];
}

static wadi_index sample_frame(const wadi_image *image, int k, int frames)
{
    return (wadi_index)(((int64_t)k * image->frames + image->frames / 2) / frames);
}

/* Means over lines far out; their upper quartile is tissue that nothing shadows. */
static float deep_level(const wadi_image *image, const ivus_polar *polar, int frames,
                        float *picture, ivus_work *work, float *values)
{
    int from = polar->last * 55 / 100, to = polar->last * 95 / 100, count = 0;

    for (int k = 0; k < frames; k++) {
        ivus_resample_frame(polar, image, sample_frame(image, k, frames), picture, work->polar);
        for (int line = 0; line < LINES; line++) {
            float sum = 0;

            for (int s = from; s < to; s++)
                sum += work->polar[line * SAMPLES + s];
            values[count++] = sum / (float)(to - from);
        }
    }
    qsort(values, (size_t)count, sizeof *values, wadi_by_float);
    return values[3 * count / 4];
}

/* Start from a split of all grey values near the catheter; then twice from what the borders
 * enclose. */
static void find_levels(const wadi_image *image, const ivus_polar *polar, float *picture,
                        ivus_work *work, float *values, ivus_levels *levels)
{
    int frames = image->frames < SAMPLE_FRAMES ? image->frames : SAMPLE_FRAMES;
    int wall = (int)(0.35 / polar->step_mm) + 3;
    ivus_found *found = wadi_alloc(1, sizeof *found);

    levels->deep = deep_level(image, polar, frames, picture, work, values);
    for (int round = 0; round < 3 && found; round++) {
        int blood_count = 0, wall_count = 0, limit = frames * LINES * 32;
        float *blood = values, *walls = values + limit;

        for (int k = 0; k < frames; k++) {
            ivus_resample_frame(polar, image, sample_frame(image, k, frames), picture,
                                work->polar);
            ivus_smooth(work->polar, 1, 2, work->smooth);
            if (round == 0)
                ivus_find_shadows(polar, levels, work, found);
            else
                ivus_find_borders(polar, levels, work->polar, NULL, work, found);
            ivus_smooth(work->polar, 1, 2, work->smooth);
            for (int line = 0; line < LINES; line++) {
                const float *row = work->smooth + line * SAMPLES;
                int from = polar->dead + 2,
                    to = round ? found->lumen[line] - 3 : polar->last * 55 / 100;

                if (found->shadow[line])
                    continue;
                for (int s = from; s < to; s += 3)
                    if (blood_count < limit)
                        blood[blood_count++] = row[s];
                if (round == 0)
                    continue;
                to = found->lumen[line] + wall < found->eem[line] ? found->lumen[line] + wall
                                                                  : found->eem[line];
                for (int s = found->lumen[line] + 3; s < to; s += 2)
                    if (wall_count < limit)
                        walls[wall_count++] = row[s];
            }
        }
        if (round == 0 && blood_count > 100) {
            split(blood, blood_count, &levels->blood, &levels->wall);
        } else if (round && blood_count > 100 && wall_count > 100) {
            float b = median(blood, blood_count), w = median(walls, wall_count);

            if (w > b + 0.25f * (levels->wall - levels->blood)) {
                levels->blood = b;
                levels->wall = w;
            }
        }
    }
    free(found);
}

/* ---- frames ---- */

typedef struct job {
    const wadi_image *image;
    ivus_polar polar;
    ivus_levels levels;
    ivus_found *found;
    float *picture; /* (rows x columns) */
    float *polars;  /* (BLOCK + 2) polar pictures */
    ivus_work *work;
    wadi_ivus *ivus;
} job;

/* Nothing to see: no variation among the echoes. */
static bool has_echoes(const ivus_polar *polar, const float *picture)
{
    double sum = 0, square = 0;
    int count = 0;

    for (int line = 0; line < LINES; line += 2)
        for (int s = polar->dead; s < polar->last; s += 3) {
            double value = picture[line * SAMPLES + s];

            sum += value;
            square += value * value;
            count++;
        }
    sum /= count;
    return square / count - sum * sum > 1;
}

static void find_one(job *all, wadi_index frame, const float *middle, const float *hint,
                     ivus_work *work)
{
    ivus_found *found = all->found + frame;

    found->echoes = has_echoes(&all->polar, middle);
    if (!found->echoes)
        return;
    memcpy(work->polar, middle, sizeof work->polar);
    for (int i = 0; i < POLAR; i++)
        work->near[i] =
            0.25f * middle[i - POLAR] + 0.5f * middle[i] + 0.25f * middle[i + POLAR];
    ivus_find_borders(&all->polar, &all->levels, work->near, hint, work, found);
    ivus_take_signs(&all->polar, &all->levels, work, found, &all->ivus->frames[frame]);
}

/* Frames of a block with one more on either side, so that each has its neighbours. */
static bool find_block(job *all, wadi_index first, wadi_index count)
{
    const wadi_image *image = all->image;
    bool refused = false;

#pragma omp parallel
    {
        float *picture =
            wadi_alloc((size_t)image->columns * (size_t)image->rows, sizeof *picture);
        ivus_work *work = wadi_alloc(1, sizeof *work);
        bool fine = picture && work;

        if (!fine) {
#pragma omp atomic write
            refused = true;
        }
#pragma omp for schedule(static)
        for (wadi_index k = -1; k <= count; k++) {
            wadi_index frame = first + k;

            frame = frame < 0 ? 0 : frame >= image->frames ? image->frames - 1 : frame;
            if (!fine)
                continue;
            ivus_resample_frame(&all->polar, image, frame, picture,
                                all->polars + (size_t)(k + 1) * POLAR);
        }
#pragma omp for schedule(dynamic)
        for (wadi_index k = 0; k < count; k++)
            if (fine)
                find_one(all, first + k, all->polars + (size_t)(k + 1) * POLAR, NULL, work);
        free(picture);
        free(work);
    }
    return !refused;
}

/* ---- a frame that its neighbours contradict ---- */

static double eem_apart(const ivus_polar *polar, const int16_t *eem, const float *other)
{
    double sum = 0;

    for (int line = 0; line < LINES; line++)
        sum += fabsf(eem[line] - other[line]);
    return sum * polar->step_mm / LINES;
}

/* Median of the neighbours' outer membranes, if most of them agree on it and this frame is off.
 */
static bool contradicted(const job *all, wadi_index frame, float *outline)
{
    int count = 0, agree = 0;
    wadi_index neighbours[2 * REPAIR];

    for (wadi_index k = frame - REPAIR; k <= frame + REPAIR; k++)
        if (k != frame && k >= 0 && k < all->image->frames && all->found[k].echoes)
            neighbours[count++] = k;
    if (count < REPAIR)
        return false;
    for (int line = 0; line < LINES; line++) {
        float values[2 * REPAIR];

        for (int k = 0; k < count; k++)
            values[k] = all->found[neighbours[k]].eem[line];
        outline[line] = median(values, count);
    }
    for (int k = 0; k < count; k++)
        agree += eem_apart(&all->polar, all->found[neighbours[k]].eem, outline) < REPAIR_MM;
    return 10 * agree >= 6 * count &&
           eem_apart(&all->polar, all->found[frame].eem, outline) > REPAIR_MM;
}

/* Such frames are looked at again from where the neighbours see the vessel. */
static void repair(job *all)
{
    const wadi_image *image = all->image;
    float outline[LINES];

    for (wadi_index f = 0; f < image->frames; f++) {
        if (!all->found[f].echoes || !contradicted(all, f, outline))
            continue;
        for (int k = -1; k < 2; k++) {
            wadi_index frame = f + k;

            frame = frame < 0 ? 0 : frame >= image->frames ? image->frames - 1 : frame;
            ivus_resample_frame(&all->polar, image, frame, all->picture,
                                all->polars + (size_t)(k + 1) * POLAR);
        }
        find_one(all, f, all->polars + POLAR, outline, all->work);
    }
}

/* Mean distance of two frames' borders, mm. */
static double apart(const ivus_polar *polar, const ivus_found *a, const ivus_found *b)
{
    int sum = 0;

    for (int line = 0; line < LINES; line++)
        sum += abs(a->lumen[line] - b->lumen[line]) + abs(a->eem[line] - b->eem[line]);
    return sum * polar->step_mm / (2 * LINES);
}

/* Both borders are weighted means over the same frames with the same weights, so the lumen
 * stays inside the outer membrane: a mean of positive distances is positive. */
static void place_borders(const job *all, bool smooth, wadi_index frame)
{
    wadi_ivus_frame *to = &all->ivus->frames[frame];
    double weight[2 * NEIGHBOURS + 1] = {0}, sum = 0;

    for (int k = -NEIGHBOURS; k <= NEIGHBOURS; k++) {
        wadi_index other = frame + k;
        double off;

        if (other < 0 || other >= all->image->frames || !all->found[other].echoes ||
            (k && !smooth))
            continue;
        off = apart(&all->polar, &all->found[frame], &all->found[other]) / SMOOTH_MM;
        weight[k + NEIGHBOURS] =
            exp(-0.5 * k * k / (SMOOTH_FRAMES * SMOOTH_FRAMES) - 0.5 * off * off);
        sum += weight[k + NEIGHBOURS];
    }
    for (int line = 0; line < LINES; line++) {
        double lumen = 0, eem = 0;

        for (int k = -NEIGHBOURS; k <= NEIGHBOURS; k++) {
            if (weight[k + NEIGHBOURS] <= 0)
                continue;
            lumen += weight[k + NEIGHBOURS] / sum * all->found[frame + k].lumen[line];
            eem += weight[k + NEIGHBOURS] / sum * all->found[frame + k].eem[line];
        }
        to->lumen.radius_mm[line] = lumen * all->polar.step_mm + LUMEN_SHIFT_MM;
        to->eem.radius_mm[line] = eem * all->polar.step_mm + EEM_SHIFT_MM;
    }
}

static wadi_status make_room(job *all, wadi_error *err)
{
    size_t pixels = (size_t)all->image->columns * (size_t)all->image->rows;

    all->picture = wadi_alloc(pixels, sizeof *all->picture);
    all->polars = wadi_alloc((size_t)(BLOCK + 2) * POLAR, sizeof *all->polars);
    all->work = wadi_alloc(1, sizeof *all->work);
    all->found = wadi_alloc((size_t)all->image->frames, sizeof *all->found);
    all->ivus = wadi_alloc(1, sizeof *all->ivus);
    if (all->ivus)
        all->ivus->frames = wadi_alloc((size_t)all->image->frames, sizeof *all->ivus->frames);
    if (!all->picture || !all->polars || !all->work || !all->found || !all->ivus ||
        !all->ivus->frames)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d frames", all->image->frames);
    return WADI_OK;
}

static wadi_status take_times(job *all, const wadi_ivus_options *options, wadi_error *err)
{
    wadi_ivus *ivus = all->ivus;

    ivus->speed_from_user = options->speed_mm_s.known;
    ivus->speed_mm_s =
        options->speed_mm_s.known ? options->speed_mm_s : all->image->pullback_mm_s;
    if (!(ivus->speed_mm_s.value > 0))
        ivus->speed_mm_s.known = false;
    if (!all->image->frame_times_ms)
        return WADI_OK;
    ivus->frame_times_ms = wadi_alloc((size_t)all->image->frames, sizeof(double));
    if (!ivus->frame_times_ms)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for frame times");
    memcpy(ivus->frame_times_ms, all->image->frame_times_ms,
           (size_t)all->image->frames * sizeof(double));
    return WADI_OK;
}

static void finish(job *all, const wadi_ivus_options *options)
{
    wadi_ivus *ivus = all->ivus;

    ivus->frame_count = all->image->frames;
    ivus->x_px = all->polar.x;
    ivus->y_px = all->polar.y;
    ivus->column_mm = all->polar.column_mm;
    ivus->row_mm = all->polar.row_mm;
    ivus->depth_mm = all->polar.last * all->polar.step_mm;
    ivus->blind_mm = all->polar.dead * all->polar.step_mm;
    for (wadi_index f = 0; f < ivus->frame_count; f++) {
        ivus->frames[f].echoes = all->found[f].echoes;
        if (!ivus->frames[f].echoes)
            continue;
        place_borders(all, options->smooth, f);
        ivus_measure_frame(&all->polar, &all->found[f], &ivus->frames[f]);
    }
    ivus_classify(ivus);
    ivus_choose_balloon(ivus);
}

wadi_status wadi_ivus_run(const wadi_image *pullback, const wadi_ivus_options *options,
                          wadi_ivus **out, wadi_error *err)
{
    job all = {.image = pullback};
    float *mean = NULL, *values = NULL;
    size_t pixels = (size_t)pullback->columns * (size_t)pullback->rows;
    wadi_status status = take_scale(pullback, options, &all.polar, err);

    *out = NULL;
    if (!status)
        status = make_room(&all, err);
    if (!status)
        status = take_times(&all, options, err);
    if (status)
        goto done;
    mean = wadi_alloc(pixels, sizeof *mean);
    values = wadi_alloc((size_t)SAMPLE_FRAMES * LINES * 64, sizeof *values);
    if (!mean || !values) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu pixels", pixels);
        goto done;
    }
    status = find_catheter(pullback, options, &all.polar, all.picture, mean, all.work, err);
    if (status)
        goto done;
    find_levels(pullback, &all.polar, all.picture, all.work, values, &all.levels);
    if (!(all.levels.wall > all.levels.blood + 1)) {
        status =
            wadi_fail(err, WADI_ERR_RANGE, "blood and wall look the same (grey %.0f and %.0f)",
                      (double)all.levels.blood, (double)all.levels.wall);
        goto done;
    }
    for (wadi_index first = 0; first < pullback->frames && !status; first += BLOCK)
        if (!find_block(&all, first,
                        pullback->frames - first < BLOCK ? pullback->frames - first : BLOCK))
            status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu pixels", pixels);
    if (status)
        goto done;
    if (options->smooth)
        repair(&all);
    finish(&all, options);
    *out = all.ivus;
    all.ivus = NULL; /* handed over */
done:
    ivus_polar_clear(&all.polar);
    free(all.picture);
    free(all.polars);
    free(all.work);
    free(all.found);
    free(mean);
    free(values);
    wadi_ivus_free(all.ivus);
    return status;
}
