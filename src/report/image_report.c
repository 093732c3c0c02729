/* What the reports of pictures share. */
#include "report/image_report_impl.h"
#include "wadi/image_cine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int image_colour(int index)
{
    static const int COLOURS[] = {0xff6a3d, 0x56b4e9, 0x2fd29b, 0xf0e442, 0xe08ac0, 0xe69f00};

    return COLOURS[index % (int)WADI_COUNT_OF(COLOURS)];
}

void image_grey(size_t count, const float *values, double low, double high, uint8_t *grey)
{
    double scale = high != low ? 255 / (high - low) : 0;

    for (size_t i = 0; i < count; i++) {
        double at = (values[i] - low) * scale + 0.5;

        grey[i] = (uint8_t)(at > 0 ? at < 255 ? at : 255 : 0);
    }
}

static int rising(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

bool image_quantiles(size_t count, const float *values, const uint8_t *mask, double low_share,
                     double high_share, double *low, double *high)
{
    /* Every n-th will do: some ten thousand are sorted. */
    size_t step = count / 40000 + 1, kept = 0;
    float *sample = wadi_alloc(count / step + 1, sizeof *sample);

    for (size_t i = 0; sample && i < count; i += step)
        if (isfinite(values[i]) && (!mask || mask[i]))
            sample[kept++] = values[i];
    /* What is thin can fall through the sieve. */
    if (sample && !kept && step > 1) {
        for (size_t i = 0; i < count && kept < count / step; i++)
            if (isfinite(values[i]) && (!mask || mask[i]))
                sample[kept++] = values[i];
    }
    if (kept) {
        qsort(sample, kept, sizeof *sample, rising);
        *low = sample[(size_t)(low_share * (double)(kept - 1))];
        *high = sample[(size_t)(high_share * (double)(kept - 1))];
    }
    free(sample);
    return kept > 0;
}

static char *join(const char *directory, const char *stem, const char *ending,
                  size_t ending_size, wadi_error *err)
{
    size_t size = strlen(directory) + strlen(stem) + ending_size + 2;
    char *path = wadi_alloc(size, 1);

    if (path)
        snprintf(path, size, "%s/%s%.*s", directory, stem, (int)ending_size, ending);
    else
        (void)wadi_fail(err, WADI_ERR_NOMEM, "no memory for a file name");
    return path;
}

wadi_status image_save_bare(const char *directory, const char *name, wadi_index columns,
                            wadi_index rows, const uint8_t *grey, wadi_error *err)
{
    char *path = join(directory, name, "", 0, err);
    wadi_status status =
        path ? wadi_png_write(path, columns, rows, 1, grey, err) : WADI_ERR_NOMEM;

    free(path);
    return status;
}

wadi_status image_save_text(const char *directory, const char *name, const char *text,
                            size_t size, wadi_error *err)
{
    char *path = join(directory, name, "", 0, err);
    wadi_status status = path ? wadi_file_write(path, text, size, err) : WADI_ERR_NOMEM;

    free(path);
    return status;
}

wadi_status image_save_picture(const wadi_picture *picture, const char *directory,
                               const char *stem, const char *endings, wadi_error *err)
{
    wadi_status status = WADI_OK;

    while (*endings && !status) {
        size_t size = strcspn(endings, " ");
        char *path = join(directory, stem, endings, size, err);

        status = path ? wadi_picture_write(picture, path, err) : WADI_ERR_NOMEM;
        free(path);
        endings += size;
        endings += strspn(endings, " ");
    }
    return status;
}

wadi_status image_map_picture(const image_map *map, wadi_picture **out, wadi_error *err)
{
    wadi_status status;
    size_t count = (size_t)map->columns * (size_t)map->rows;
    double low = map->low, high = map->high;
    float *shown;
    uint8_t *rgb;

    *out = NULL;
    if (!(high > low) &&
        !image_quantiles(count, map->values, map->mask, 0.02, 0.98, &low, &high))
        return WADI_OK;
    if (!(high > low)) { /* one value all over */
        high = low + 0.5 * fabs(low) + 1e-6;
        low = low - 0.5 * fabs(low) - 1e-6;
    }
    shown = wadi_alloc(count, sizeof *shown);
    rgb = wadi_alloc(3 * count, 1);
    if (!shown || !rgb) {
        free(shown);
        free(rgb);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a map");
    }
    for (size_t i = 0; i < count; i++)
        shown[i] = map->mask && !map->mask[i] ? NAN : map->values[i];
    wadi_colour_values(count, shown, low, high, map->under, rgb);
    status = wadi_picture_overlay(&(wadi_overlay){.title = map->title,
                                                  .columns = map->columns,
                                                  .rows = map->rows,
                                                  .channels = 3,
                                                  .pixels = rgb,
                                                  .row_mm = map->spacing_mm,
                                                  .column_mm = map->spacing_mm,
                                                  .bar_title = map->bar,
                                                  .bar_low = low,
                                                  .bar_high = high,
                                                  .note = map->note},
                                  out, err);
    free(shown);
    free(rgb);
    return status;
}
