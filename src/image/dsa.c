/* Subtraction: logarithm, mask, motion, and contrast over time. */
#include "dsa.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

wadi_dsa_options wadi_dsa_options_default(void)
{
    return (wadi_dsa_options){
        .mask_first = WADI_NONE, .mask_last = WADI_NONE, .shift = true, .warp = true};
}

void wadi_dsa_free(wadi_dsa *dsa)
{
    if (!dsa)
        return;
    for (wadi_index v = 0; v < dsa->vessel_count; v++) {
        free(dsa->vessels[v].x_px);
        free(dsa->vessels[v].y_px);
        free(dsa->vessels[v].diameter_px);
    }
    free(dsa->vessels);
    free(dsa->shift_px);
    free(dsa->difference);
    free(dsa->opacity);
    free(dsa->arrival_ms);
    free(dsa->peak_ms);
    free(dsa->transit_ms);
    free(dsa->washout_ms);
    free(dsa->mask);
    free(dsa);
}

/* Work in progress: logarithms of all frames, the small run, and the mask. */
typedef struct job {
    const wadi_image *run;
    wadi_dsa *dsa;
    float *logs; /* in dsa->difference, frame by frame replaced by the difference */
    dsa_small small;
    float *plain, *mask, *small_mask, *scratch;
    dsa_warp *warps;
    size_t count, small_count;
} job;

static void take_logs(job *work)
{
    const wadi_image *run = work->run;
    bool logarithmic = !strcmp(run->intensity, "LOG");
    bool inverted = !strcmp(run->photometric, "MONOCHROME1");
    float top = (float)((1u << (run->bits < 16 ? run->bits : 16)) - 1);

    /* Half a step above zero keeps black finite; one step in 8 bits is 0.4 % of full scale. */
#pragma omp parallel for schedule(static)
    for (wadi_index f = 0; f < run->frames; f++) {
        float *out = work->logs + (size_t)f * work->count;

        wadi_image_frame(run, f, out);
        for (size_t i = 0; i < work->count; i++) {
            float v = inverted ? top - out[i] : out[i];

            out[i] = logarithmic ? v / top : logf(v > 0 ? v + 0.5f : 0.5f);
        }
    }
}

static wadi_status make_small(job *work, wadi_error *err)
{
    const wadi_image *run = work->run;
    dsa_small *small = &work->small;
    wadi_index least = run->columns < run->rows ? run->columns : run->rows;
    wadi_index factor = least >= 384 ? (least + 128) / 256 : 1;

    small->factor = factor;
    small->columns = run->columns / factor;
    small->rows = run->rows / factor;
    small->frames = run->frames;
    work->small_count = (size_t)small->columns * (size_t)small->rows;
    small->values = wadi_alloc(work->small_count * (size_t)small->frames, sizeof(float));
    small->field = wadi_alloc(work->small_count, sizeof(float));
    work->small_mask = wadi_alloc(work->small_count, sizeof(float));
    if (!small->values || !small->field || !work->small_mask)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d frames", run->frames);
#pragma omp parallel for schedule(static)
    for (wadi_index f = 0; f < run->frames; f++) {
        const float *from = work->logs + (size_t)f * work->count;
        float *to = small->values + (size_t)f * work->small_count;

        for (wadi_index r = 0; r < small->rows; r++)
            for (wadi_index c = 0; c < small->columns; c++) {
                float sum = 0;

                for (wadi_index y = 0; y < factor; y++)
                    for (wadi_index x = 0; x < factor; x++)
                        sum += from[(size_t)(r * factor + y) * (size_t)run->columns +
                                    (size_t)(c * factor + x)];
                to[(size_t)r * (size_t)small->columns + (size_t)c] =
                    sum / (float)(factor * factor);
            }
    }
    return WADI_OK;
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

/* One step of growing (mark 1) or shrinking (mark 0) the field; the picture's border is dark.
 */
static void spread_mark(dsa_small *small, float mark, float *old)
{
    size_t count = (size_t)small->columns * (size_t)small->rows, width = (size_t)small->columns;

    memcpy(old, small->field, count * sizeof *old);
    for (wadi_index r = 0; r < small->rows; r++)
        for (wadi_index c = 0; c < small->columns; c++) {
            size_t at = (size_t)r * width + (size_t)c;
            bool border = c == 0 || r == 0 || c == small->columns - 1 || r == small->rows - 1;

            if (border ? mark == 0
                       : old[at - 1] == mark || old[at + 1] == mark ||
                             old[at - width] == mark || old[at + width] == mark)
                small->field[at] = mark;
        }
}

/* Everything brighter than a quarter of the usual, but for the shutter's margin. */
static wadi_status find_field(job *work, wadi_error *err)
{
    dsa_small *small = &work->small;
    float *mean = wadi_alloc(work->small_count, sizeof *mean), *sorted;
    bool logarithmic = !strcmp(work->run->intensity, "LOG");
    float limit;

    sorted = wadi_alloc(work->small_count, sizeof *sorted);
    if (!mean || !sorted) {
        free(mean);
        free(sorted);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the field");
    }
    for (wadi_index f = 0; f < small->frames; f++)
        for (size_t i = 0; i < work->small_count; i++)
            mean[i] += small->values[(size_t)f * work->small_count + i] / (float)small->frames;
    memcpy(sorted, mean, work->small_count * sizeof *mean);
    qsort(sorted, work->small_count, sizeof *sorted, by_value);
    limit = logarithmic ? -INFINITY : sorted[work->small_count * 6 / 10] + logf(0.25f);
    for (size_t i = 0; i < work->small_count; i++)
        small->field[i] = mean[i] > limit;
    /* Narrow dark things (a catheter) belong to the field: grow over them by 5, then back, and
     * on by 6 for the penumbra. */
    for (int pass = 0; pass < 5; pass++)
        spread_mark(small, 1, mean);
    for (int pass = 0; pass < 11; pass++)
        spread_mark(small, 0, mean);
    free(mean);
    free(sorted);
    return WADI_OK;
}

/* Shifts of all frames against frame `reference`, small pixels. */
static void find_shifts(job *work, wadi_index reference, const float *mask, double *shift)
{
    const dsa_small *small = &work->small;
    const float *a = mask ? mask : small->values + (size_t)reference * work->small_count;

#pragma omp parallel for schedule(dynamic)
    for (wadi_index f = 0; f < small->frames; f++) {
        if (!mask && f == reference)
            continue;
        dsa_find_shift(small->columns, small->rows, a,
                       small->values + (size_t)f * work->small_count, small->field,
                       shift + 2 * f);
    }
}

/* Mean of the mask frames, each moved onto the first of them; and the plain mean. */
static void make_mask(job *work, const double *shift)
{
    wadi_dsa *dsa = work->dsa;
    const dsa_small *small = &work->small;
    wadi_index columns = dsa->columns, rows = dsa->rows;
    float share = 1.0f / (float)(dsa->mask_last - dsa->mask_first + 1);

    for (wadi_index f = dsa->mask_first; f <= dsa->mask_last; f++) {
        const float *from = work->logs + (size_t)f * work->count;
        const float *small_from = small->values + (size_t)f * work->small_count;
        double dx = shift[2 * f], dy = shift[2 * f + 1];

#pragma omp parallel for schedule(static)
        for (wadi_index r = 0; r < rows; r++)
            for (wadi_index c = 0; c < columns; c++) {
                size_t at = (size_t)r * (size_t)columns + (size_t)c;

                work->plain[at] += share * from[at];
                work->mask[at] +=
                    share * filter_between(from, columns, rows, (float)(c + dx * small->factor),
                                           (float)(r + dy * small->factor));
            }
        for (wadi_index r = 0; r < small->rows; r++)
            for (wadi_index c = 0; c < small->columns; c++)
                work->small_mask[(size_t)r * (size_t)small->columns + (size_t)c] +=
                    share * filter_between(small_from, small->columns, small->rows,
                                           (float)(c + dx), (float)(r + dy));
    }
}

/* Spread of mask - frame over the field, the middle 98 % (vessels are the rest), brightness
 * free. */
static double residual(const job *work, const float *mask, const float *frame, float *sorted)
{
    const dsa_small *small = &work->small;
    wadi_index step = (wadi_index)small->factor;
    size_t count = 0;
    double mean = 0, sum = 0, kept = 0;

    for (wadi_index r = 0; r < small->rows; r++)
        for (wadi_index c = 0; c < small->columns; c++) {
            size_t at = (size_t)(r * step) * (size_t)work->dsa->columns + (size_t)(c * step);

            if (small->field[(size_t)r * (size_t)small->columns + (size_t)c] > 0)
                sorted[count++] = mask[at] - frame[at];
        }
    if (count < 100)
        return NAN;
    qsort(sorted, count, sizeof *sorted, by_value);
    for (size_t i = count / 100; i < count - count / 100; i++) {
        mean += sorted[i];
        kept++;
    }
    mean /= kept;
    for (size_t i = count / 100; i < count - count / 100; i++)
        sum += (sorted[i] - mean) * (sorted[i] - mean);
    return sqrt(sum / kept);
}

static float middle(float *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return count ? values[count / 2] : 0;
}

/* Replace a frame's logarithm by its difference; the median over the field becomes 0. */
static void subtract(job *work, wadi_index f, const float *mask, float *moved, float *sorted)
{
    float *frame = work->logs + (size_t)f * work->count, offset;
    const dsa_small *small = &work->small;
    size_t kept = 0;
    wadi_index step = (wadi_index)small->factor;

    /* The frame is moved onto the mask, so that all frames agree on where a vessel is. */
    dsa_apply_warp(work->dsa->columns, work->dsa->rows, frame, &work->warps[f], moved);
    memcpy(frame, moved, work->count * sizeof *frame);
    for (wadi_index r = 0; r < small->rows; r += 2)
        for (wadi_index c = 0; c < small->columns; c += 2) {
            size_t at = (size_t)(r * step) * (size_t)work->dsa->columns + (size_t)(c * step);

            if (small->field[(size_t)r * (size_t)small->columns + (size_t)c] > 0)
                sorted[kept++] = mask[at] - frame[at];
        }
    offset = middle(sorted, kept);
    for (size_t i = 0; i < work->count; i++)
        frame[i] = mask[i] - frame[i] - offset;
}

static void find_warps(job *work, const wadi_dsa_options *options)
{
    const dsa_small *small = &work->small;

#pragma omp parallel for schedule(dynamic)
    for (wadi_index f = 0; f < small->frames; f++) {
        double start[2] = {work->dsa->shift_px[2 * f], work->dsa->shift_px[2 * f + 1]};
        dsa_warp *warp = &work->warps[f];

        for (int j = 0; j < DSA_GRID; j++)
            for (int i = 0; i < DSA_GRID; i++)
                memcpy(warp->shift[j][i], start, sizeof start);
        if (options->warp)
            dsa_find_warp(small->columns, small->rows, work->small_mask,
                          small->values + (size_t)f * work->small_count, small->field, start,
                          warp);
        for (int j = 0; j < DSA_GRID; j++)
            for (int i = 0; i < DSA_GRID; i++)
                for (int axis = 0; axis < 2; axis++)
                    warp->shift[j][i][axis] *= -small->factor; /* back onto the mask */
    }
}

static wadi_status subtract_all(job *work, wadi_error *err)
{
    wadi_dsa *dsa = work->dsa;
    float *moved = wadi_alloc(work->count, sizeof *moved);
    float *sorted = wadi_alloc(work->small_count, sizeof *sorted);
    double before = 0, after = 0, frames = 0;

    if (!moved || !sorted) {
        free(moved);
        free(sorted);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory to subtract");
    }
    for (wadi_index f = 0; f < dsa->frames; f++) {
        bool counted = f > dsa->mask_last && f % 4 == 0;
        float *zero = work->scratch;

        if (counted)
            before += residual(work, work->plain, work->logs + (size_t)f * work->count, sorted);
        subtract(work, f, work->mask, moved, sorted);
        if (counted) {
            memset(zero, 0, work->count * sizeof *zero);
            after += residual(work, work->logs + (size_t)f * work->count, zero, sorted);
            frames++;
        }
    }
    dsa->sd_before = frames > 0 ? before / frames : NAN;
    dsa->sd_after = frames > 0 ? after / frames : NAN;
    free(moved);
    free(sorted);
    return WADI_OK;
}

/* Curve of one pixel: arrival where it crosses a fifth of its peak, peak, mean transit (first
 * moment from the arrival), washout (from the peak down to its half). Curves are averaged over
 * three frames. */
static void time_pixel(wadi_dsa *dsa, const double *times, size_t at, float noise)
{
    size_t count = (size_t)dsa->columns * (size_t)dsa->rows;
    float peak = 0, before = 0;
    wadi_index peak_frame = 0;
    double mass = 0, moment = 0;

    for (wadi_index f = 1; f + 1 < dsa->frames; f++) {
        const float *d = dsa->difference + at + (size_t)f * count;
        float value = (d[-(ptrdiff_t)count] + d[0] + d[count]) / 3;

        if (value > peak) {
            peak = value;
            peak_frame = f;
        }
    }
    /* Seven frames around the peak: what stands still there is vessel, what does not is noise.
     */
    wadi_index first = peak_frame > 3 ? peak_frame - 3 : 0;
    wadi_index last = first + 6 < dsa->frames ? first + 6 : dsa->frames - 1;

    dsa->opacity[at] = 0;
    for (wadi_index f = first; f <= last; f++)
        dsa->opacity[at] += dsa->difference[at + (size_t)f * count] / (float)(last - first + 1);
    dsa->arrival_ms[at] = dsa->peak_ms[at] = dsa->transit_ms[at] = dsa->washout_ms[at] = NAN;
    if (!times || peak < noise)
        return;
    dsa->peak_ms[at] = (float)times[peak_frame];
    for (wadi_index f = 1; f + 1 < dsa->frames; f++) {
        const float *d = dsa->difference + at + (size_t)f * count;
        float value = (d[-(ptrdiff_t)count] + d[0] + d[count]) / 3;

        if (isnan(dsa->arrival_ms[at]) && value >= 0.2f * peak && f > dsa->mask_first &&
            before < 0.2f * peak)
            dsa->arrival_ms[at] =
                (float)(times[f] - (times[f] - times[f - 1]) * (value - 0.2f * peak) /
                                       (value - before + 1e-9f));
        if (value > 0 && !isnan(dsa->arrival_ms[at])) {
            mass += value;
            moment += value * (times[f] - (double)dsa->arrival_ms[at]);
        }
        if (f > peak_frame && isnan(dsa->washout_ms[at]) && value < 0.5f * peak)
            dsa->washout_ms[at] = (float)(times[f] - times[peak_frame]);
        before = value;
    }
    if (mass > 0)
        dsa->transit_ms[at] = (float)(moment / mass);
}

static void time_all(job *work)
{
    wadi_dsa *dsa = work->dsa;
    float noise = (float)(isfinite(dsa->sd_after) ? 4 * dsa->sd_after : 0.05);

    if (noise < 0.03f)
        noise = 0.03f;
#pragma omp parallel for schedule(static)
    for (wadi_index r = 0; r < dsa->rows; r++)
        for (wadi_index c = 0; c < dsa->columns; c++) {
            size_t at = (size_t)r * (size_t)dsa->columns + (size_t)c;
            wadi_index sr = (wadi_index)(r / work->small.factor);
            wadi_index sc = (wadi_index)(c / work->small.factor);

            if (sr >= work->small.rows || sc >= work->small.columns ||
                work->small.field[(size_t)sr * (size_t)work->small.columns + (size_t)sc] == 0) {
                dsa->opacity[at] = NAN;
                dsa->arrival_ms[at] = dsa->peak_ms[at] = dsa->transit_ms[at] =
                    dsa->washout_ms[at] = NAN;
                continue;
            }
            time_pixel(dsa, work->run->frame_times_ms, at, noise);
        }
}

/* Outside the field stands what the ground is inside, so that its border is no edge; then a
 * light blur that the calibre's model knows of. */
static wadi_status settle_opacity(job *work, wadi_error *err)
{
    float *opacity = work->dsa->opacity, ground;
    size_t kept = 0;

    for (size_t i = 0; i < work->count; i += 5)
        if (!isnan(opacity[i]))
            work->scratch[kept++] = opacity[i];
    ground = middle(work->scratch, kept);
    for (size_t i = 0; i < work->count; i++)
        if (isnan(opacity[i]))
            opacity[i] = ground;
    if (!filter_blur(work->dsa->columns, work->dsa->rows, 0.8, opacity, opacity))
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory to blur");
    return WADI_OK;
}

static wadi_status allocate(job *work, wadi_error *err)
{
    const wadi_image *run = work->run;
    wadi_dsa *dsa = work->dsa;
    size_t frames = (size_t)run->frames;

    work->count = (size_t)run->rows * (size_t)run->columns;
    dsa->columns = run->columns;
    dsa->rows = run->rows;
    dsa->frames = run->frames;
    dsa->difference = malloc(frames * work->count * sizeof(float));
    dsa->opacity = wadi_alloc(work->count, sizeof(float));
    dsa->arrival_ms = wadi_alloc(work->count, sizeof(float));
    dsa->peak_ms = wadi_alloc(work->count, sizeof(float));
    dsa->transit_ms = wadi_alloc(work->count, sizeof(float));
    dsa->washout_ms = wadi_alloc(work->count, sizeof(float));
    dsa->mask = wadi_alloc(work->count, 1);
    dsa->shift_px = wadi_alloc(2 * frames, sizeof(double));
    work->plain = wadi_alloc(work->count, sizeof(float));
    work->mask = wadi_alloc(work->count, sizeof(float));
    work->scratch = wadi_alloc(work->count, sizeof(float));
    work->warps = wadi_alloc(frames, sizeof *work->warps);
    work->logs = dsa->difference;
    if (!dsa->difference || !dsa->opacity || !dsa->arrival_ms || !dsa->peak_ms ||
        !dsa->transit_ms || !dsa->washout_ms || !dsa->mask || !dsa->shift_px || !work->plain ||
        !work->mask || !work->scratch || !work->warps)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d frames of %d x %d", run->frames,
                         run->columns, run->rows);
    return WADI_OK;
}

/* Mask frames: asked for, else all before the contrast, else the first. */
static wadi_status choose_mask(job *work, const wadi_dsa_options *options, const double *shift,
                               wadi_error *err)
{
    wadi_dsa *dsa = work->dsa;
    wadi_status status = dsa_find_arrival(&work->small, shift, &dsa->first_contrast_frame, err);

    if (status)
        return status;
    if (options->mask_first != WADI_NONE) {
        if (options->mask_first < 0 || options->mask_last < options->mask_first ||
            options->mask_last >= dsa->frames)
            return wadi_fail(err, WADI_ERR_RANGE,
                             "mask frames %d to %d are wanted; the run has 0 to %d",
                             options->mask_first, options->mask_last, dsa->frames - 1);
        dsa->mask_first = options->mask_first;
        dsa->mask_last = options->mask_last;
        return WADI_OK;
    }
    dsa->mask_first = 0;
    dsa->mask_last = dsa->first_contrast_frame == WADI_NONE ? 0 : dsa->first_contrast_frame - 1;
    return WADI_OK;
}

static wadi_status run_all(job *work, const wadi_dsa_options *options, wadi_error *err)
{
    wadi_dsa *dsa = work->dsa;
    wadi_status status = allocate(work, err);

    if (status)
        return status;
    take_logs(work);
    status = make_small(work, err);
    if (!status)
        status = find_field(work, err);
    if (status)
        return status;
    if (options->shift)
        find_shifts(work, 0, NULL, dsa->shift_px);
    status = choose_mask(work, options, dsa->shift_px, err);
    if (status)
        return status;
    /* Shifts are against frame 0, and so is the mask that is made with them. */
    make_mask(work, dsa->shift_px);
    if (options->shift)
        find_shifts(work, WADI_NONE, work->small_mask, dsa->shift_px);
    find_warps(work, options);
    for (wadi_index i = 0; i < 2 * dsa->frames; i++)
        dsa->shift_px[i] *= work->small.factor;
    status = subtract_all(work, err);
    if (status)
        return status;
    time_all(work);
    status = settle_opacity(work, err);
    return status ? status : dsa_trace(dsa, err);
}

wadi_status wadi_dsa_run(const wadi_image *run, const wadi_dsa_options *options, wadi_dsa **out,
                         wadi_error *err)
{
    wadi_status status;
    job work = {.run = run, .dsa = wadi_alloc(1, sizeof(wadi_dsa))};

    *out = NULL;
    if (!work.dsa)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the run");
    if (run->frames < 3) {
        status = wadi_fail(err, WADI_ERR_MISSING,
                           "%d frame%s; a run of at least 3 is wanted to subtract", run->frames,
                           run->frames == 1 ? "" : "s");
        goto done;
    }
    work.dsa->spacing_mm = options->spacing_mm.known ? options->spacing_mm : run->row_mm;
    work.dsa->spacing_sd_frac = options->spacing_sd_frac;
    if (!options->spacing_mm.known && run->row_mm.known)
        /* The isocentre's scale holds for the vessel to about 50 mm of its height in 750. */
        work.dsa->spacing_sd_frac =
            (wadi_maybe){true, strcmp(run->spacing_source, "geometry") ? 0.02 : 0.05};
    status = run_all(&work, options, err);
    if (status)
        goto done;
    work.dsa->arrival = run->frame_times_ms && work.dsa->first_contrast_frame != WADI_NONE
                            ? run->frame_times_ms[work.dsa->first_contrast_frame]
                            : NAN;
    *out = work.dsa;
    work.dsa = NULL;
done:
    wadi_dsa_free(work.dsa);
    free(work.small.values);
    free(work.small.field);
    free(work.small_mask);
    free(work.plain);
    free(work.mask);
    free(work.scratch);
    free(work.warps);
    return status;
}
