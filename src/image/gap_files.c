/* What comes out of the gap: a table for the plan, and the end of the result. */
#include "gap.h"

#include <stdlib.h>

void wadi_gap_free(wadi_gap *gap)
{
    if (!gap)
        return;
    for (int v = 0; v < 2; v++) {
        wadi_gap_view *view = &gap->views[v];

        free(view->artery_opacity);
        free(view->vein_opacity);
        free(view->artery_x_px);
        free(view->artery_y_px);
        free(view->artery_from_mm);
        free(view->vein_x_px);
        free(view->vein_y_px);
    }
    free(gap->from_mm);
    free(gap->gap_mm);
    free(gap->low_mm);
    free(gap->high_mm);
    free(gap->text);
    free(gap);
}

wadi_status wadi_gap_write(const wadi_gap *gap, const char *directory, wadi_error *err)
{
    wadi_text text = {0};
    char path[4096];
    wadi_status status = wadi_directory_make(directory, err);

    wadi_text_add(&text, "from_origin_mm,gap_mm,low_mm,high_mm\n");
    for (wadi_index i = 0; i < gap->count; i += 2) {
        wadi_text_add(&text, "%.2f,%.3f,%.3f,", gap->from_mm[i], gap->gap_mm[i],
                      gap->low_mm[i]);
        if (isfinite(gap->high_mm[i]))
            wadi_text_add(&text, "%.3f", gap->high_mm[i]);
        wadi_text_add(&text, "\n");
    }
    snprintf(path, sizeof path, "%s/gap.csv", directory);
    if (!status && text.failed)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the gap");
    if (!status)
        status = wadi_file_write(path, text.bytes, text.size, err);
    wadi_text_clear(&text);
    return status;
}

wadi_status wadi_gap_files(const char *arterial, const char *venous,
                           const wadi_gap_options *options, const char *directory, char **out,
                           size_t *size, wadi_error *err)
{
    wadi_gap *gap = NULL;
    wadi_status status = wadi_gap_run(arterial, venous, options, &gap, err);

    *out = NULL;
    if (!status && directory)
        status = wadi_gap_write(gap, directory, err);
    if (!status) {
        *out = gap->text;
        *size = gap->size;
        gap->text = NULL;
    }
    wadi_gap_free(gap);
    return status;
}
