/* Slices in any order to a volume in space. */
#include "image_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void wadi_volume_free(wadi_volume *volume)
{
    if (!volume)
        return;
    free(volume->values);
    free(volume);
}

wadi_status wadi_volume_new(wadi_index columns, wadi_index rows, wadi_index slices,
                            wadi_volume **out, wadi_error *err)
{
    wadi_volume *volume = wadi_alloc(1, sizeof *volume);

    *out = NULL;
    if (volume)
        volume->values =
            wadi_alloc((size_t)columns * (size_t)rows * (size_t)slices, sizeof(float));
    if (!volume || !volume->values) {
        wadi_volume_free(volume);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d x %d x %d voxels", columns,
                         rows, slices);
    }
    volume->columns = columns;
    volume->rows = rows;
    volume->slices = slices;
    for (int i = 0; i < 3; i++)
        volume->spacing_mm[i] = volume->axes[i][i] = 1.0;
    *out = volume;
    return WADI_OK;
}

static double dot(const double *a, const double *b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* One frame of one image and its place along the normal. */
typedef struct place {
    const wadi_image *image;
    wadi_index input, frame;
    double at, position[3];
} place;

static int by_place(const void *a, const void *b)
{
    const place *first = a, *second = b;

    if (first->at != second->at)
        return first->at < second->at ? -1 : 1;
    return first->input != second->input ? (first->input > second->input ? 1 : -1)
                                         : first->frame - second->frame;
}

static wadi_status check_match(const wadi_image *first, const wadi_image *image, wadi_index at,
                               wadi_error *err)
{
    if (image->columns != first->columns || image->rows != first->rows || image->channels != 1)
        return wadi_fail(err, WADI_ERR_CONFLICT,
                         "slice %d is %d x %d of %d channels, the first is %d x %d of one",
                         at + 1, image->columns, image->rows, image->channels, first->columns,
                         first->rows);
    if (image->series != first->series)
        return wadi_fail(err, WADI_ERR_CONFLICT, "slice %d belongs to another series", at + 1);
    if (!image->oriented || !image->row_mm.known)
        return wadi_fail(err, WADI_ERR_MISSING,
                         "slice %d: the file does not say its orientation and pixel spacing",
                         at + 1);
    if (dot(image->row_axis, first->row_axis) < 0.9999 ||
        dot(image->column_axis, first->column_axis) < 0.9999)
        return wadi_fail(err, WADI_ERR_CONFLICT,
                         "slice %d is turned against the first; one stack is wanted", at + 1);
    if (fabs(image->row_mm.value - first->row_mm.value) > 1e-3 * first->row_mm.value ||
        fabs(image->column_mm.value - first->column_mm.value) > 1e-3 * first->column_mm.value)
        return wadi_fail(err, WADI_ERR_CONFLICT,
                         "slice %d has pixels of %.4g x %.4g mm, the first of %.4g x %.4g mm",
                         at + 1, image->row_mm.value, image->column_mm.value,
                         first->row_mm.value, first->column_mm.value);
    if (!image->positioned && !image->frame_positions_mm)
        return wadi_fail(err, WADI_ERR_MISSING, "slice %d: the file does not say its position",
                         at + 1);
    return WADI_OK;
}

static wadi_status collect(wadi_image *const *images, wadi_index count, const double *normal,
                           place **out, wadi_index *place_count, wadi_error *err)
{
    wadi_index total = 0, filled = 0;
    place *places;

    *out = NULL;
    for (wadi_index i = 0; i < count; i++) {
        wadi_status status = check_match(images[0], images[i], i, err);

        if (status)
            return status;
        if (images[i]->frames > 1 && !images[i]->frame_positions_mm)
            return wadi_fail(err, WADI_ERR_MISSING, "file %d has %d frames without positions",
                             i + 1, images[i]->frames);
        total += images[i]->frames;
    }
    places = wadi_alloc((size_t)total, sizeof *places);
    if (!places)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d slices", total);
    for (wadi_index i = 0; i < count; i++) {
        for (wadi_index f = 0; f < images[i]->frames; f++) {
            place *here = &places[filled++];

            here->image = images[i];
            here->input = i;
            here->frame = f;
            memcpy(here->position,
                   images[i]->frame_positions_mm ? images[i]->frame_positions_mm + 3 * f
                                                 : images[i]->origin_mm,
                   sizeof here->position);
            here->at = dot(here->position, normal);
        }
    }
    qsort(places, (size_t)total, sizeof *places, by_place);
    *out = places;
    *place_count = total;
    return WADI_OK;
}

/* Drop second slices of one place; give the usual step between neighbours. */
static double usual_step(place *places, wadi_index *count, wadi_series_report *report)
{
    wadi_index kept = 1, steps = 0;
    double *step = wadi_alloc((size_t)*count, sizeof *step), out = 0;

    for (wadi_index i = 1; i < *count; i++) {
        if (places[i].at - places[kept - 1].at < 1e-3) {
            report->duplicate_count++;
            continue;
        }
        places[kept++] = places[i];
    }
    *count = kept;
    for (wadi_index i = 1; step && i < kept; i++) {
        double value = places[i].at - places[i - 1].at;
        wadi_index at = steps++;

        /* Insertion keeps them sorted: the median stands whatever the gaps are. */
        while (at > 0 && step[at - 1] > value) {
            step[at] = step[at - 1];
            at--;
        }
        step[at] = value;
    }
    if (steps)
        out = step[(steps - 1) / 2];
    free(step);
    return out;
}

static void find_shear(const place *places, wadi_index count, const double *normal,
                       wadi_series_report *report)
{
    double along[3], size = 0, cosine;

    for (int i = 0; i < 3; i++) {
        along[i] = places[count - 1].position[i] - places[0].position[i];
        size += along[i] * along[i];
    }
    cosine = size > 0 ? dot(along, normal) / sqrt(size) : 1.0;
    report->shear_deg = acos(cosine > 1 ? 1 : cosine) * 180 / WADI_PI;
    report->sheared = report->shear_deg > 0.1;
}

static void copy_slice(const place *from, float *values, wadi_series_report *report)
{
    const wadi_image *image = from->image;
    size_t count = (size_t)image->rows * (size_t)image->columns, padded = 0;
    float padding = (float)(image->slope * image->padding.value + image->intercept), least = 0;

    wadi_image_frame(image, from->frame, values);
    if (!image->padding.known)
        return;
    least = INFINITY;
    for (size_t i = 0; i < count; i++)
        if (values[i] != padding && values[i] < least)
            least = values[i];
    for (size_t i = 0; i < count; i++) {
        if (values[i] == padding && isfinite(least)) {
            values[i] = least;
            padded++;
        }
    }
    report->padding_frac += (double)padded / (double)count;
}

/* Sheared stacks (gantry tilt) are shifted within their planes so that the volume is upright.
 */
static void unshear(float *slice, float *scratch, wadi_index columns, wadi_index rows,
                    double shift_columns, double shift_rows)
{
    for (wadi_index r = 0; r < rows; r++) {
        for (wadi_index c = 0; c < columns; c++) {
            double x = c + shift_columns, y = r + shift_rows;
            double cx = x < 0 ? 0 : x > columns - 1 ? columns - 1 : x;
            double cy = y < 0 ? 0 : y > rows - 1 ? rows - 1 : y;
            wadi_index c0 = (wadi_index)cx, r0 = (wadi_index)cy;
            wadi_index c1 = c0 + 1 < columns ? c0 + 1 : c0, r1 = r0 + 1 < rows ? r0 + 1 : r0;
            double fx = cx - c0, fy = cy - r0;

            scratch[(size_t)r * columns + c] =
                (float)((1 - fy) * ((1 - fx) * slice[(size_t)r0 * columns + c0] +
                                    fx * slice[(size_t)r0 * columns + c1]) +
                        fy * ((1 - fx) * slice[(size_t)r1 * columns + c0] +
                              fx * slice[(size_t)r1 * columns + c1]));
        }
    }
    memcpy(slice, scratch, (size_t)rows * (size_t)columns * sizeof *slice);
}

static wadi_status fill(wadi_volume *volume, const place *places, wadi_index count,
                        wadi_series_report *report, wadi_error *err)
{
    size_t plane = (size_t)volume->rows * (size_t)volume->columns;
    wadi_index below = 0;
    float *scratch = wadi_alloc(plane, sizeof *scratch),
          *second = wadi_alloc(plane, sizeof *second);

    if (!scratch || !second) {
        free(scratch);
        free(second);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a slice");
    }
    for (wadi_index s = 0; s < volume->slices; s++) {
        double at = places[0].at + s * volume->spacing_mm[2], share = 0;
        float *values = volume->values + (size_t)s * plane;

        while (below + 1 < count && places[below + 1].at <= at + 1e-6)
            below++;
        copy_slice(&places[below], values, report);
        if (below + 1 < count)
            share = (at - places[below].at) / (places[below + 1].at - places[below].at);
        if (share > 0.02) {
            wadi_series_report ignored = {0};

            copy_slice(&places[below + 1], second, &ignored);
            for (size_t i = 0; i < plane; i++)
                values[i] = (float)((1 - share) * values[i] + share * second[i]);
        }
        if (report->sheared) {
            double off[3];

            for (int i = 0; i < 3; i++)
                off[i] = places[0].position[i] + (at - places[0].at) * volume->axes[2][i] -
                         places[below].position[i];
            unshear(values, scratch, volume->columns, volume->rows,
                    dot(off, volume->axes[0]) / volume->spacing_mm[0],
                    dot(off, volume->axes[1]) / volume->spacing_mm[1]);
        }
    }
    report->padding_frac /= volume->slices;
    free(scratch);
    free(second);
    return WADI_OK;
}

/* One file that already is a volume (NIfTI, MetaImage): its frames are its slices. */
static wadi_status from_one(const wadi_image *image, wadi_volume **out, wadi_error *err)
{
    wadi_status status;
    size_t plane = (size_t)image->rows * (size_t)image->columns;

    if (!image->row_mm.known || !image->column_mm.known || !image->slice_mm.known)
        return wadi_fail(err, WADI_ERR_MISSING, "the file does not say the size of its voxels");
    status = wadi_volume_new(image->columns, image->rows, image->frames, out, err);
    if (status)
        return status;
    for (wadi_index s = 0; s < image->frames; s++)
        wadi_image_frame(image, s, (*out)->values + (size_t)s * plane);
    (*out)->spacing_mm[0] = image->column_mm.value;
    (*out)->spacing_mm[1] = image->row_mm.value;
    (*out)->spacing_mm[2] = image->slice_mm.value;
    return WADI_OK;
}

static void put_axes(wadi_volume *volume, const wadi_image *image, const double *origin)
{
    for (int i = 0; image->oriented && i < 3; i++) {
        volume->axes[0][i] = image->row_axis[i];
        volume->axes[1][i] = image->column_axis[i];
        volume->axes[2][i] = image->row_axis[(i + 1) % 3] * image->column_axis[(i + 2) % 3] -
                             image->row_axis[(i + 2) % 3] * image->column_axis[(i + 1) % 3];
        volume->origin_mm[i] = origin[i];
    }
}

/* Samples that are no number (masked floats) become the least value, as padding does. */
static wadi_status tame(wadi_volume *volume, wadi_series_report *report, wadi_error *err)
{
    size_t count = (size_t)volume->columns * (size_t)volume->rows * (size_t)volume->slices,
           odd = 0;
    float least = INFINITY;

    for (size_t i = 0; i < count; i++) {
        if (!isfinite(volume->values[i]))
            odd++;
        else if (volume->values[i] < least)
            least = volume->values[i];
    }
    if (odd == count)
        return wadi_fail(err, WADI_ERR_RANGE, "no sample of the volume is a number");
    for (size_t i = 0; odd && i < count; i++)
        if (!isfinite(volume->values[i]))
            volume->values[i] = least;
    report->padding_frac += (double)odd / (double)count;
    return WADI_OK;
}

wadi_status wadi_volume_assemble(wadi_image *const *images, wadi_index count, wadi_volume **out,
                                 wadi_index *order, wadi_series_report *report, wadi_error *err)
{
    wadi_status status = WADI_OK;
    wadi_series_report found = {0};
    wadi_volume *volume = NULL, axes = {0};
    place *places = NULL;
    wadi_index place_count = 0;
    double step, span;

    *out = NULL;
    if (count == 1 && images[0]->frames > 1 && !images[0]->frame_positions_mm) {
        status = from_one(images[0], &volume, err);
        if (status)
            goto done;
        put_axes(volume, images[0], images[0]->origin_mm);
        found.slices = volume->slices;
        if (order)
            order[0] = 0;
        goto finish;
    }
    put_axes(&axes, images[0], images[0]->origin_mm);
    status = collect(images, count, axes.axes[2], &places, &place_count, err);
    if (status)
        goto done;
    for (wadi_index i = 0; order && place_count == count && i < count; i++)
        order[i] = places[i].input;
    step = usual_step(places, &place_count, &found);
    if (place_count < 2 || !(step > 0)) {
        status = wadi_fail(err, WADI_ERR_MISSING,
                           "one slice is no volume; at least two places "
                           "are wanted");
        goto done;
    }
    find_shear(places, place_count, axes.axes[2], &found);
    for (wadi_index i = 1; i < place_count; i++) {
        double gap = places[i].at - places[i - 1].at;

        if (gap > 1.5 * step)
            found.gap_count++;
        if (gap > 1.5 * step && gap > found.largest_gap_mm)
            found.largest_gap_mm = gap;
    }
    span = places[place_count - 1].at - places[0].at;
    if (span / step > 20000) {
        status =
            wadi_fail(err, WADI_ERR_CONFLICT, "slices %.3g mm apart over %.3g mm", step, span);
        goto done;
    }
    status = wadi_volume_new(images[0]->columns, images[0]->rows,
                             (wadi_index)(span / step + 0.5) + 1, &volume, err);
    if (status)
        goto done;
    put_axes(volume, images[0], places[0].position);
    volume->spacing_mm[0] = images[0]->column_mm.value;
    volume->spacing_mm[1] = images[0]->row_mm.value;
    volume->spacing_mm[2] = step;
    status = fill(volume, places, place_count, &found, err);
    if (status)
        goto done;
    found.slices = volume->slices;
finish:
    status = tame(volume, &found, err);
    if (status)
        goto done;
    *out = volume;
    volume = NULL;
    if (report)
        *report = found;
done:
    free(places);
    wadi_volume_free(volume);
    return status;
}
