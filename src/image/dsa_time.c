/* Contrast over time, pixel by pixel and region by region. */
#include "dsa.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Arrival where a curve crosses a fifth of its peak; washout from the peak down to its half. */
#define ARRIVAL_SHARE 0.2f
#define WASHOUT_SHARE 0.5f

enum { LANES = 16 };

void dsa_curve_times(const float *curve, wadi_index stride, wadi_index frames,
                     const double *times, wadi_index mask_last, wadi_dsa_times *out)
{
    wadi_index last = 0;
    float before = 0, peak = 0;
    double moment = 0;

    *out = (wadi_dsa_times){NAN, NAN, NAN, NAN, NAN, NAN};
    for (wadi_index f = 1; f + 1 < frames; f++)
        if (curve[f * stride] > peak) {
            peak = curve[f * stride];
            last = f;
        }
    if (!times || !(peak > 0))
        return;
    out->peak = peak;
    out->peak_ms = times[last];
    out->area_ms = 0;
    for (wadi_index f = 1; f + 1 < frames; f++) {
        float value = curve[f * stride];

        if (isnan(out->arrival_ms) && value >= ARRIVAL_SHARE * peak && f > mask_last &&
            before < ARRIVAL_SHARE * peak)
            out->arrival_ms = times[f] - (times[f] - times[f - 1]) *
                                             (value - ARRIVAL_SHARE * peak) /
                                             (value - before + 1e-9f);
        if (value > 0 && !isnan(out->arrival_ms)) {
            double width = 0.5 * (times[f + 1] - times[f - 1]);

            out->area_ms += value * width;
            moment += value * width * (times[f] - out->arrival_ms);
        }
        if (f > last && isnan(out->washout_ms) && value < WASHOUT_SHARE * peak)
            out->washout_ms = times[f] - times[last];
        before = value;
    }
    if (out->area_ms > 0)
        out->transit_ms = moment / out->area_ms;
}

/* Seven frames around the peak: what stands still there is vessel, what does not is noise. */
static float around_peak(const float *raw, const float *curve, wadi_index from,
                         wadi_index frames)
{
    wadi_index peak = from, first, last;
    float most = 0, sum = 0;

    for (wadi_index f = from > 1 ? from : 1; f + 1 < frames; f++)
        if (curve[f * LANES] > most) {
            most = curve[f * LANES];
            peak = f;
        }
    first = peak > 3 ? peak - 3 : 0;
    last = first + 6 < frames ? first + 6 : frames - 1;
    for (wadi_index f = first; f <= last; f++)
        sum += raw[f * LANES];
    return sum / (float)(last - first + 1);
}

/* Mean square of the smoothed curve over the mask frames: what moves before contrast comes. */
static float before_contrast(const wadi_dsa *dsa, const float *curve)
{
    float sum = 0;
    wadi_index count = 0;

    for (wadi_index f = dsa->mask_first > 1 ? dsa->mask_first : 1;
         f < dsa->mask_last && f + 1 < dsa->frames; f++, count++)
        sum += curve[f * LANES] * curve[f * LANES];
    return count ? sum / (float)count : 0;
}

/* Curves of LANES pixels side by side, so that each frame is read in whole pieces of memory;
 * `curve` is averaged over three frames. */
static void take_curves(const wadi_dsa *dsa, size_t at, size_t width, float *raw, float *curve)
{
    size_t count = (size_t)dsa->columns * (size_t)dsa->rows;

    for (wadi_index f = 0; f < dsa->frames; f++) {
        const float *from = dsa->difference + (size_t)f * count + at;

        for (size_t k = 0; k < LANES; k++)
            raw[(size_t)f * LANES + k] = k < width ? from[k] : 0;
    }
    for (wadi_index f = 1; f + 1 < dsa->frames; f++)
        for (size_t k = 0; k < LANES; k++) {
            const float *d = raw + (size_t)f * LANES + k;

            curve[(size_t)f * LANES + k] = (d[-LANES] + d[0] + d[LANES]) / 3;
        }
}

static void time_pixel(wadi_dsa *dsa, const double *times, size_t at, float noise, bool seen,
                       const float *raw, const float *curve)
{
    wadi_dsa_times found = {NAN, NAN, NAN, NAN, NAN, NAN};

    wadi_index from = dsa->first_contrast_frame == WADI_NONE ? 0 : dsa->first_contrast_frame;

    dsa->opacity[at] = seen ? around_peak(raw, curve, from, dsa->frames) : NAN;
    dsa->evidence[at] = seen ? before_contrast(dsa, curve) : 0;
    if (seen)
        dsa_curve_times(curve, LANES, dsa->frames, times, dsa->mask_last, &found);
    /* Where nothing moved before contrast came, less of it is believed. */
    float still = fmaxf(0.4f * noise, 6 * sqrtf(dsa->evidence[at]));

    if (!(found.peak >= (still < noise ? still : noise)))
        found = (wadi_dsa_times){NAN, NAN, NAN, NAN, NAN, NAN};
    dsa->arrival_ms[at] = (float)found.arrival_ms;
    dsa->peak_ms[at] = (float)found.peak_ms;
    dsa->transit_ms[at] = (float)found.transit_ms;
    dsa->washout_ms[at] = (float)found.washout_ms;
}

static float noise_limit(const wadi_dsa *dsa)
{
    float noise = (float)(isfinite(dsa->sd_after) ? 4 * dsa->sd_after : 0.05);

    return noise < 0.03f ? 0.03f : noise;
}

wadi_status dsa_time_all(wadi_dsa *dsa, const double *times, const dsa_small *small,
                         wadi_error *err)
{
    float noise = noise_limit(dsa);
    bool failed = false;

#pragma omp parallel reduction(|| : failed)
    {
        size_t size = (size_t)dsa->frames * LANES;
        float *raw = wadi_alloc(2 * size, sizeof *raw), *curve = raw ? raw + size : NULL;

        failed = !raw;
#pragma omp for schedule(static)
        for (wadi_index r = 0; r < dsa->rows; r++)
            for (wadi_index c = 0; c < dsa->columns && raw; c += LANES) {
                size_t at = (size_t)r * (size_t)dsa->columns + (size_t)c;
                size_t width = dsa->columns - c < LANES ? (size_t)(dsa->columns - c) : LANES;
                wadi_index sr = (wadi_index)(r / small->factor);

                take_curves(dsa, at, width, raw, curve);
                for (size_t k = 0; k < width; k++) {
                    wadi_index sc = (wadi_index)((c + (wadi_index)k) / small->factor);
                    bool seen =
                        sr < small->rows && sc < small->columns &&
                        small->field[(size_t)sr * (size_t)small->columns + (size_t)sc] > 0;

                    time_pixel(dsa, times, at + k, noise, seen, raw + k, curve + k);
                }
            }
        free(raw);
    }
    return failed ? wadi_fail(err, WADI_ERR_NOMEM, "no memory for curves over time") : WADI_OK;
}

wadi_status wadi_dsa_region(const wadi_dsa *dsa, const wadi_image *run, const wadi_index box[4],
                            float *curve, wadi_dsa_times *times, wadi_error *err)
{
    size_t count = (size_t)dsa->columns * (size_t)dsa->rows;
    float *smooth;

    if (box[0] < 0 || box[1] < 0 || box[2] < box[0] || box[3] < box[1] ||
        box[2] >= dsa->columns || box[3] >= dsa->rows)
        return wadi_fail(err, WADI_ERR_RANGE,
                         "region %d,%d to %d,%d: columns 0 to %d and rows 0 to %d are there",
                         box[0], box[1], box[2], box[3], dsa->columns - 1, dsa->rows - 1);
    smooth = wadi_alloc((size_t)dsa->frames, sizeof *smooth);
    if (!smooth)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a curve over time");
    for (wadi_index f = 0; f < dsa->frames; f++) {
        double sum = 0;

        for (wadi_index r = box[1]; r <= box[3]; r++)
            for (wadi_index c = box[0]; c <= box[2]; c++)
                sum += dsa->difference[(size_t)f * count + (size_t)r * (size_t)dsa->columns +
                                       (size_t)c];
        curve[f] = (float)(sum / ((double)(box[2] - box[0] + 1) * (box[3] - box[1] + 1)));
    }
    for (wadi_index f = 1; f + 1 < dsa->frames; f++)
        smooth[f] = (curve[f - 1] + curve[f] + curve[f + 1]) / 3;
    dsa_curve_times(smooth, 1, dsa->frames, run->frame_times_ms, dsa->mask_last, times);
    free(smooth);
    return WADI_OK;
}
