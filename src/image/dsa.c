/* Subtraction: logarithm, mask, motion, and contrast over time. */
#include "dsa.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOVING_SD       0.06 /* chosen: spread of the background of a run that moves */
#define MOTION_REACH_PX 3.0  /* chosen: how far an edge that moved is followed */

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
    free(dsa->evidence);
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
    bool only_difference;
} job;

/* The logarithm of each value a sample can have: a table beats a logarithm a pixel. Half a step
 * above zero keeps black finite; one step in 8 bits is 0.4 % of full scale. */
static float log_of(const wadi_image *run, float value)
{
    bool logarithmic = !strcmp(run->intensity, "LOG");
    bool inverted = !strcmp(run->photometric, "MONOCHROME1");
    float top = (float)((1u << (run->bits < 16 ? run->bits : 16)) - 1);
    float v = inverted ? top - value : value;

    return logarithmic ? v / top : logf(v > 0 ? v + 0.5f : 0.5f);
}

static float *log_table(const wadi_image *run)
{
    int count = run->sample == WADI_U8 ? 256 : 65536;
    int first = run->sample == WADI_I16 ? -32768 : 0;
    float *table = wadi_alloc((size_t)count, sizeof *table);

    for (int i = 0; table && i < count; i++)
        table[i] = log_of(run, (float)run->slope * (float)(first + i) + (float)run->intercept);
    return table;
}

static void log_row(const wadi_image *run, const float *table, size_t from, float *out)
{
    size_t width = (size_t)run->columns;

    if (run->sample == WADI_U8) {
        const uint8_t *in = (const uint8_t *)run->samples + from;

        for (size_t c = 0; c < width; c++)
            out[c] = table[in[c]];
    } else if (run->sample == WADI_U16) {
        const uint16_t *in = (const uint16_t *)run->samples + from;

        for (size_t c = 0; c < width; c++)
            out[c] = table[in[c]];
    } else {
        const int16_t *in = (const int16_t *)run->samples + from;

        for (size_t c = 0; c < width; c++)
            out[c] = table[in[c] + 32768];
    }
}

WADI_VECTOR
static void add_row(wadi_index count, const float *restrict from, float *restrict to)
{
    for (wadi_index c = 0; c < count; c++)
        to[c] += from[c];
}

/* One frame's logarithm, and its small picture by means of factor x factor pixels. */
static void take_frame(job *work, const float *table, wadi_index frame, float *row)
{
    const wadi_image *run = work->run;
    const dsa_small *small = &work->small;
    wadi_index factor = (wadi_index)small->factor;
    float *out = work->logs + (size_t)frame * work->count;
    float *to = small->values + (size_t)frame * work->small_count;
    float share = 1.0f / (float)(factor * factor);
    size_t width = (size_t)run->columns;

    if (!table) {
        wadi_image_frame(run, frame, out);
        for (size_t i = 0; i < work->count; i++)
            out[i] = log_of(run, out[i]);
    }
    for (wadi_index r = 0; r < run->rows; r++) {
        float *line = out + (size_t)r * width;

        if (table)
            log_row(run, table, (size_t)frame * work->count + (size_t)r * width, line);
        if (r >= small->rows * factor)
            continue;
        if (r % factor == 0)
            memset(row, 0, width * sizeof *row);
        add_row(run->columns, line, row);
        for (wadi_index c = 0; r % factor == factor - 1 && c < small->columns; c++) {
            float sum = 0;

            for (wadi_index x = 0; x < factor; x++)
                sum += row[c * factor + x];
            to[(size_t)(r / factor) * (size_t)small->columns + (size_t)c] = share * sum;
        }
    }
}

static wadi_status take_logs(job *work, wadi_error *err)
{
    const wadi_image *run = work->run;
    dsa_small *small = &work->small;
    wadi_index least = run->columns < run->rows ? run->columns : run->rows;
    wadi_index factor = least >= 384 ? (least + 128) / 256 : 1;
    bool whole = run->channels == 1 && run->sample != WADI_F32, ready, failed = false;
    float *table = whole ? log_table(run) : NULL;

    small->factor = factor;
    small->columns = run->columns / factor;
    small->rows = run->rows / factor;
    small->frames = run->frames;
    work->small_count = (size_t)small->columns * (size_t)small->rows;
    small->values = wadi_alloc(work->small_count * (size_t)small->frames, sizeof(float));
    small->field = wadi_alloc(work->small_count, sizeof(float));
    work->small_mask = wadi_alloc(work->small_count, sizeof(float));
    ready = small->values && small->field && work->small_mask && (table || !whole);
#pragma omp parallel reduction(|| : failed)
    {
        float *row = ready ? wadi_alloc((size_t)run->columns, sizeof *row) : NULL;

        failed = !row;
#pragma omp for schedule(static)
        for (wadi_index f = 0; f < run->frames; f++)
            if (row)
                take_frame(work, table, f, row);
        free(row);
    }
    free(table);
    return failed ? wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d frames", run->frames)
                  : WADI_OK;
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
    qsort(sorted, work->small_count, sizeof *sorted, wadi_by_float);
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

/* Shifts of all frames against a picture, small pixels; with `warps`, control points too. */
static wadi_status find_shifts(job *work, const float *picture, bool fine, bool shift,
                               bool warp, wadi_error *err)
{
    const dsa_small *small = &work->small;
    dsa_target *target = dsa_target_new(small->columns, small->rows, picture, small->field);
    bool failed = !target;

#pragma omp parallel reduction(|| : failed)
    {
        dsa_mover *mover = target ? dsa_mover_new(target) : NULL;

        failed = !mover;
#pragma omp for schedule(dynamic)
        for (wadi_index f = 0; f < small->frames; f++) {
            const float *frame = small->values + (size_t)f * work->small_count;
            double moved[2] = {work->dsa->shift_px[2 * f], work->dsa->shift_px[2 * f + 1]};

            if (!mover)
                continue;
            if (shift)
                dsa_target_shift(target, frame, fine, mover, moved);
            memcpy(work->dsa->shift_px + 2 * f, moved, sizeof moved);
            for (int j = 0; j < DSA_GRID; j++)
                for (int i = 0; i < DSA_GRID; i++)
                    memcpy(work->warps[f].shift[j][i], moved, sizeof moved);
            if (shift && warp)
                dsa_target_warp(target, mover, moved, &work->warps[f]);
        }
        dsa_mover_free(mover);
    }
    dsa_target_free(target);
    return failed ? wadi_fail(err, WADI_ERR_NOMEM, "no memory to find the motion") : WADI_OK;
}

static void level_warp(const double *shift, double scale, dsa_warp *out)
{
    for (int j = 0; j < DSA_GRID; j++)
        for (int i = 0; i < DSA_GRID; i++)
            for (int axis = 0; axis < 2; axis++)
                out->shift[j][i][axis] = -scale * shift[axis];
}

WADI_VECTOR
static void add_share(wadi_index count, float share, const float *restrict from,
                      float *restrict to)
{
    for (wadi_index c = 0; c < count; c++)
        to[c] += share * from[c];
}

/* Rows of the mean of the mask frames, each moved onto the first. */
static bool mean_rows(wadi_index columns, wadi_index rows, const float *frames, size_t count,
                      const wadi_dsa *dsa, double factor, float *plain, float *mask)
{
    float share = 1.0f / (float)(dsa->mask_last - dsa->mask_first + 1);
    bool failed = false;

#pragma omp parallel reduction(|| : failed)
    {
        dsa_row work = {0};
        float *moved = wadi_alloc((size_t)columns, sizeof *moved);

        failed = !moved || !dsa_row_new(columns, &work);
#pragma omp for schedule(static)
        for (wadi_index r = 0; r < rows; r++)
            for (wadi_index f = dsa->mask_first; f <= dsa->mask_last && !failed; f++) {
                size_t at = (size_t)r * (size_t)columns;
                dsa_warp warp;

                level_warp(dsa->shift_px + 2 * f, factor, &warp);
                dsa_warp_row(columns, rows, frames + (size_t)f * count, &warp, r, moved, &work);
                add_share(columns, share, moved, mask + at);
                if (plain)
                    add_share(columns, share, frames + (size_t)f * count + at, plain + at);
            }
        free(moved);
        free(work.block);
    }
    return !failed;
}

static wadi_status make_mask(job *work, wadi_error *err)
{
    wadi_dsa *dsa = work->dsa;
    const dsa_small *small = &work->small;

    if (!mean_rows(dsa->columns, dsa->rows, work->logs, work->count, dsa, small->factor,
                   work->plain, work->mask) ||
        !mean_rows(small->columns, small->rows, small->values, work->small_count, dsa, 1, NULL,
                   work->small_mask))
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the mask");
    return WADI_OK;
}

/* The value of rank k; reorders. Hoare, Comm. ACM 4 (1961) 321. */
static float ranked(float *values, size_t count, size_t k)
{
    ptrdiff_t first = 0, last = (ptrdiff_t)count - 1, want = (ptrdiff_t)k;

    while (first < last) {
        float pivot = values[first + (last - first) / 2];
        ptrdiff_t i = first, j = last;

        while (i <= j) {
            while (values[i] < pivot)
                i++;
            while (values[j] > pivot)
                j--;
            if (i <= j) {
                float swap = values[i];

                values[i++] = values[j];
                values[j--] = swap;
            }
        }
        if (want <= j)
            last = j;
        else if (want >= i)
            first = i;
        else
            break;
    }
    return values[k];
}

static float middle(float *values, size_t count)
{
    return count ? ranked(values, count, count / 2) : 0;
}

/* Differences a - b (b may be NULL) at every `step` small pixels of the field. */
static size_t sample_field(const job *work, wadi_index step, const float *a, const float *b,
                           float *out)
{
    const dsa_small *small = &work->small;
    wadi_index factor = (wadi_index)small->factor;
    size_t count = 0;

    for (wadi_index r = 0; r < small->rows; r += step)
        for (wadi_index c = 0; c < small->columns; c += step) {
            size_t at =
                (size_t)(r * factor) * (size_t)work->dsa->columns + (size_t)(c * factor);

            if (small->field[(size_t)r * (size_t)small->columns + (size_t)c] > 0)
                out[count++] = b ? a[at] - b[at] : a[at];
        }
    return count;
}

/* Spread of a difference over the field, the middle 98 % (vessels are the rest), brightness
 * free. */
static double residual(const job *work, const float *a, const float *b, float *sorted)
{
    size_t count = sample_field(work, 1, a, b, sorted), kept = 0;
    double mean = 0, sum = 0;
    float low, high;

    if (count < 100)
        return NAN;
    low = ranked(sorted, count, count / 100);
    high = ranked(sorted, count, count - 1 - count / 100);
    for (size_t i = 0; i < count; i++)
        if (sorted[i] >= low && sorted[i] <= high) {
            mean += sorted[i];
            kept++;
        }
    mean /= (double)kept;
    for (size_t i = 0; i < count; i++)
        if (sorted[i] >= low && sorted[i] <= high)
            sum += (sorted[i] - mean) * (sorted[i] - mean);
    return sqrt(sum / (double)kept);
}

WADI_VECTOR
static void difference_row(wadi_index count, float offset, const float *restrict mask,
                           float *restrict row)
{
    for (wadi_index c = 0; c < count; c++)
        row[c] = mask[c] - row[c] - offset;
}

/* What came from under the shutter tells nothing: no difference. */
static void clear_outside(const job *work, wadi_index f, wadi_index r, float *row)
{
    const dsa_small *small = &work->small;
    wadi_index factor = (wadi_index)small->factor;
    double dx = work->dsa->shift_px[2 * f] / small->factor;
    double dy = work->dsa->shift_px[2 * f + 1] / small->factor;
    wadi_index from_row = (wadi_index)floor(r / small->factor + dy + 0.5);

    for (wadi_index c = 0; c < small->columns; c++) {
        wadi_index from = (wadi_index)floor(c + dx + 0.5);

        if (from_row < 0 || from_row >= small->rows || from < 0 || from >= small->columns ||
            small->field[(size_t)from_row * (size_t)small->columns + (size_t)from] <= 0)
            for (wadi_index x = c * factor; x < (c + 1) * factor; x++)
                row[x] = 0;
    }
}

/* Replace a frame's logarithm by its difference; the median over the field becomes 0. The frame
 * is moved onto the mask, so that all frames agree on where a vessel is. `still` holds the
 * frame meanwhile. */
static void subtract(job *work, wadi_index f, float *still, float *sorted, dsa_row *row)
{
    wadi_index columns = work->dsa->columns, rows = work->dsa->rows;
    float *frame = work->logs + (size_t)f * work->count, offset;
    const dsa_small *small = &work->small;
    wadi_index step = 2 * (wadi_index)small->factor;
    size_t kept = 0;

    memcpy(still, frame, work->count * sizeof *frame);
    for (wadi_index r = 0; r < small->rows * small->factor; r += step) {
        float *to = frame + (size_t)r * (size_t)columns;

        dsa_warp_row(columns, rows, still, &work->warps[f], r, to, row);
        for (wadi_index c = 0; c < small->columns; c += 2)
            if (small->field[(size_t)(r / step * 2) * (size_t)small->columns + (size_t)c] > 0)
                sorted[kept++] =
                    work->mask[(size_t)r * (size_t)columns + (size_t)c * (size_t)(step / 2)] -
                    to[(size_t)c * (size_t)(step / 2)];
    }
    offset = middle(sorted, kept);
    for (wadi_index r = 0; r < rows; r++) {
        size_t at = (size_t)r * (size_t)columns;

        dsa_warp_row(columns, rows, still, &work->warps[f], r, frame + at, row);
        difference_row(columns, offset, work->mask + at, frame + at);
        clear_outside(work, f, r, frame + at);
    }
}

static wadi_status subtract_all(job *work, wadi_error *err)
{
    wadi_dsa *dsa = work->dsa;
    double *spread = wadi_alloc(2 * (size_t)dsa->frames, sizeof *spread), frames = 0;
    bool failed = !spread;

#pragma omp parallel reduction(|| : failed)
    {
        dsa_row row = {0};
        float *still = wadi_alloc(work->count, sizeof *still);
        float *sorted = wadi_alloc(work->small_count, sizeof *sorted);

        failed = !spread || !still || !sorted || !dsa_row_new(dsa->columns, &row);
#pragma omp for schedule(dynamic)
        for (wadi_index f = 0; f < dsa->frames; f++) {
            const float *frame = work->logs + (size_t)f * work->count;
            bool counted = f > dsa->mask_last && f % 4 == 0;

            if (failed)
                continue;
            if (counted)
                spread[2 * f] = residual(work, work->plain, frame, sorted);
            subtract(work, f, still, sorted, &row);
            if (counted)
                spread[2 * f + 1] = residual(work, frame, NULL, sorted);
        }
        free(still);
        free(sorted);
        free(row.block);
    }
    dsa->sd_before = dsa->sd_after = 0;
    for (wadi_index f = 0; f < dsa->frames && !failed; f++) {
        bool counted = f > dsa->mask_last && f % 4 == 0;

        frames += counted;
        dsa->sd_before += counted ? spread[2 * f] : 0;
        dsa->sd_after += counted ? spread[2 * f + 1] : 0;
    }
    dsa->sd_before = frames > 0 ? dsa->sd_before / frames : NAN;
    dsa->sd_after = frames > 0 ? dsa->sd_after / frames : NAN;
    free(spread);
    return failed ? wadi_fail(err, WADI_ERR_NOMEM, "no memory to subtract") : WADI_OK;
}

/* Edges of bones, clips and the catheter come and go with motion, before contrast as well as
 * after; contrast only after. Where the mask frames differ from their mean by more than is
 * usual over the field (noise), the picture counts for less: its share is its square over its
 * square and nine times that excess, about. */
static bool settle_evidence(const job *work)
{
    wadi_dsa *dsa = work->dsa;
    float *evidence = dsa->evidence, usual;
    size_t kept = 0;

    /* A still run needs no such care, and it costs weak ends of vessels beside bones. */
    if (!(dsa->sd_after > MOVING_SD)) {
        memcpy(evidence, dsa->opacity, work->count * sizeof *evidence);
        return true;
    }

    for (size_t i = 0; i < work->count; i += 5)
        if (evidence[i] > 0)
            work->scratch[kept++] = evidence[i];
    usual = middle(work->scratch, kept);
    if (!filter_blur(dsa->columns, dsa->rows, MOTION_REACH_PX, evidence, evidence))
        return false;
    for (size_t i = 0; i < work->count; i++) {
        float value = dsa->opacity[i] > 0 ? dsa->opacity[i] : 0, square = value * value;
        float excess = evidence[i] > 2 * usual ? evidence[i] - 2 * usual : 0;

        evidence[i] = value * square / (square + 9 * excess + 1e-12f);
    }
    return true;
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
    if (!filter_blur(work->dsa->columns, work->dsa->rows, 0.8, opacity, opacity) ||
        !settle_evidence(work))
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory to blur");
    return WADI_OK;
}

/* From small pixels to those of the run; back onto the mask. */
static void finish_warps(job *work)
{
    double factor = work->small.factor;

    for (wadi_index f = 0; f < work->dsa->frames; f++) {
        double *at = &work->warps[f].shift[0][0][0];

        for (int i = 0; i < DSA_GRID * DSA_GRID * 2; i++)
            at[i] *= -factor;
    }
    for (wadi_index i = 0; i < 2 * work->dsa->frames; i++)
        work->dsa->shift_px[i] *= factor;
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
    dsa->evidence = wadi_alloc(work->count, sizeof(float));
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
    if (!dsa->difference || !dsa->opacity || !dsa->evidence || !dsa->arrival_ms ||
        !dsa->peak_ms || !dsa->transit_ms || !dsa->washout_ms || !dsa->mask || !dsa->shift_px ||
        !work->plain || !work->mask || !work->scratch || !work->warps)
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
    status = take_logs(work, err);
    if (!status)
        status = find_field(work, err);
    if (!status && options->shift)
        status = find_shifts(work, work->small.values, false, true, false, err);
    if (!status)
        status = choose_mask(work, options, dsa->shift_px, err);
    /* Shifts are against frame 0, and so is the mask that is made with them. */
    if (!status)
        status = make_mask(work, err);
    if (!status)
        status = find_shifts(work, work->small_mask, true, options->shift, options->warp, err);
    if (status)
        return status;
    finish_warps(work);
    status = subtract_all(work, err);
    if (!status && work->only_difference)
        return WADI_OK;
    if (!status)
        status = dsa_time_all(dsa, work->run->frame_times_ms, &work->small, err);
    if (status)
        return status;
    status = settle_opacity(work, err);
    return status ? status : dsa_trace(dsa, err);
}

wadi_status dsa_subtract(const wadi_image *run, const wadi_dsa_options *options,
                         bool only_difference, wadi_dsa **out, wadi_error *err)
{
    wadi_status status;
    job work = {
        .run = run, .dsa = wadi_alloc(1, sizeof(wadi_dsa)), .only_difference = only_difference};

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

wadi_status wadi_dsa_run(const wadi_image *run, const wadi_dsa_options *options, wadi_dsa **out,
                         wadi_error *err)
{
    return dsa_subtract(run, options, false, out, err);
}
