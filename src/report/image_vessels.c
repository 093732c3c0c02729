/* Pictures of the vessels of one frame. */
#include "report/image_report_impl.h"

#include <stdlib.h>

typedef struct frame_work {
    uint8_t *grey;
    double *x, *y;
    wadi_index point_count;
    wadi_picture *overlay, *map;
} frame_work;

static wadi_status draw(const wadi_image *image, const float *picture, const float *vesselness,
                        const uint8_t *mask, frame_work *work, wadi_error *err)
{
    size_t count = (size_t)image->rows * (size_t)image->columns;
    double low = 0, high = 1;
    wadi_status status = wadi_mask_outline(image->columns, image->rows, mask, &work->x,
                                           &work->y, &work->point_count, err);

    if (status)
        return status;
    image_quantiles(count, picture, NULL, 0.002, 0.998, &low, &high);
    image_grey(count, picture, low, high, work->grey);
    status = wadi_picture_overlay(
        &(wadi_overlay){.title = "Vessels",
                        .columns = image->columns,
                        .rows = image->rows,
                        .channels = 1,
                        .pixels = work->grey,
                        .row_mm = image->row_mm,
                        .column_mm = image->column_mm,
                        .lines = &(wadi_picture_line){.count = work->point_count,
                                                      .x_px = work->x,
                                                      .y_px = work->y,
                                                      .colour = image_colour(0),
                                                      .width = 0.9},
                        .line_count = work->point_count > 0,
                        .keys = &(wadi_picture_key){image_colour(0), "outline of mask.png"},
                        .key_count = 1,
                        .note = image->column_mm.known
                                    ? NULL
                                    : "The file gives no pixel size, so there is no scale."},
        &work->overlay, err);
    if (status)
        return status;
    return image_map_picture(&(image_map){.title = "Vesselness",
                                          .bar = "vesselness",
                                          .columns = image->columns,
                                          .rows = image->rows,
                                          .values = vesselness,
                                          .spacing_mm = image->column_mm,
                                          .low = 0,
                                          .high = 1,
                                          .note = "Rises with the classifier's answer; it is "
                                                  "no probability."},
                             &work->map, err);
}

static wadi_status save_page(const wadi_image *image, const uint8_t *mask,
                             const frame_work *work, const char *directory, wadi_error *err)
{
    size_t count = (size_t)image->rows * (size_t)image->columns, inside = 0;
    char size[48], area[48], spacing[64] = "not known", path[4096];
    const wadi_picture *pictures[2] = {work->overlay, work->map};
    const char *const notes[] = {
        "The classifier was fitted to coronary angiograms (docs/imaging.md); vessels of the "
        "leg "
        "are another kind of picture. Look at the outline before using it."};

    for (size_t i = 0; i < count; i++)
        inside += mask[i] != 0;
    snprintf(size, sizeof size, "%d x %d pixels", image->columns, image->rows);
    snprintf(area, sizeof area, "%.1f %% of the frame", 100.0 * (double)inside / (double)count);
    if (image->column_mm.known)
        snprintf(spacing, sizeof spacing, "%.4g mm", image->column_mm.value);

    const char *const facts[][2] = {
        {"frame", size}, {"vessels cover", area}, {"pixel", spacing}};

    snprintf(path, sizeof path, "%s/page.pdf", directory);
    return wadi_picture_page_write(&(wadi_picture_page){.title = "Vessels of one frame",
                                                        .facts = facts,
                                                        .fact_count = 3,
                                                        .pictures = pictures,
                                                        .picture_count = 2,
                                                        .notes = notes,
                                                        .note_count = 1},
                                   path, err);
}

wadi_status wadi_vessels_report(const wadi_image *image, const float *picture,
                                const float *vesselness, const uint8_t *mask,
                                const char *directory, wadi_error *err)
{
    size_t count = (size_t)image->rows * (size_t)image->columns;
    frame_work work = {.grey = wadi_alloc(count, 1)};
    wadi_status status = wadi_directory_make(directory, err);

    if (!status && !work.grey)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu pixels", count);
    if (!status) {
        image_grey(count, vesselness, 0, 1, work.grey);
        status = image_save_bare(directory, "vesselness.png", image->columns, image->rows,
                                 work.grey, err);
    }
    for (size_t i = 0; !status && i < count; i++)
        work.grey[i] = mask[i] ? 255 : 0;
    if (!status)
        status =
            image_save_bare(directory, "mask.png", image->columns, image->rows, work.grey, err);
    if (!status)
        status = draw(image, picture, vesselness, mask, &work, err);
    if (!status)
        status = image_save_picture(work.overlay, directory, "overlay", ".png .svg", err);
    if (!status)
        status = image_save_picture(work.map, directory, "vesselness_map", ".png", err);
    if (!status)
        status = save_page(image, mask, &work, directory, err);
    wadi_picture_free(work.overlay);
    wadi_picture_free(work.map);
    free(work.grey);
    free(work.x);
    free(work.y);
    return status;
}
