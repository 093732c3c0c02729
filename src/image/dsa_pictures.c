/* Pictures of a subtracted run: difference, vessels drawn in, and time maps with a colour bar.
 */
#include "dsa.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BAR = 24 };

/* A ramp from blue over green to red that also rises in brightness. */
static void colour(double share, uint8_t *rgb)
{
    static const double STOPS[5][3] = {
        {48, 18, 120}, {30, 110, 190}, {40, 180, 120}, {235, 200, 40}, {240, 70, 30}};
    double at = (share < 0 ? 0 : share > 1 ? 1 : share) * 4;
    int k = at < 4 ? (int)at : 3;

    for (int c = 0; c < 3; c++)
        rgb[c] = (uint8_t)(STOPS[k][c] + (at - k) * (STOPS[k + 1][c] - STOPS[k][c]));
}

static wadi_status save_grey(const wadi_dsa *dsa, const char *path, const float *values,
                             float least, float most, bool vessels, uint8_t *rgb,
                             wadi_error *err)
{
    size_t count = (size_t)dsa->columns * (size_t)dsa->rows;

    for (size_t i = 0; i < count; i++) {
        float share = (values[i] - least) / (most - least + 1e-12f);
        uint8_t grey = (uint8_t)(255 * (share < 0 ? 1 : share > 1 ? 0 : 1 - share));

        rgb[3 * i] = rgb[3 * i + 1] = rgb[3 * i + 2] = grey;
    }
    for (wadi_index v = 0; vessels && v < dsa->vessel_count; v++) {
        for (wadi_index i = 0; i < dsa->vessels[v].count; i++) {
            size_t at = 3 * ((size_t)(dsa->vessels[v].y_px[i] + 0.5) * (size_t)dsa->columns +
                             (size_t)(dsa->vessels[v].x_px[i] + 0.5));

            if (at + 2 < 3 * count) {
                rgb[at] = 230;
                rgb[at + 1] = 40;
                rgb[at + 2] = 40;
            }
        }
    }
    return wadi_png_write(path, dsa->columns, dsa->rows, 3, rgb, err);
}

/* The bar at the right runs from the least value (bottom) to the greatest. */
static wadi_status save_map(const wadi_dsa *dsa, const char *path, const float *values,
                            uint8_t *rgb, wadi_error *err)
{
    float least = INFINITY, most = -INFINITY;
    size_t width = (size_t)dsa->columns + BAR;

    for (size_t i = 0; i < (size_t)dsa->columns * (size_t)dsa->rows; i++) {
        if (isnan(values[i]) || !dsa->mask[i])
            continue;
        least = values[i] < least ? values[i] : least;
        most = values[i] > most ? values[i] : most;
    }
    for (wadi_index r = 0; r < dsa->rows; r++) {
        for (size_t c = 0; c < width; c++) {
            uint8_t *to = rgb + 3 * ((size_t)r * width + c);

            memset(to, 0, 3);
            if (c >= (size_t)dsa->columns + 4)
                colour(1 - r / (double)dsa->rows, to);
            else if (c < (size_t)dsa->columns) {
                size_t at = (size_t)r * (size_t)dsa->columns + c;

                if (dsa->mask[at] && !isnan(values[at]))
                    colour((values[at] - least) / (most - least + 1e-9), to);
            }
        }
    }
    return wadi_png_write(path, (wadi_index)width, dsa->rows, 3, rgb, err);
}

wadi_status wadi_dsa_pictures(const wadi_dsa *dsa, const char *text, size_t size,
                              const char *directory, wadi_error *err)
{
    char path[4096];
    float most = 0.05f;
    size_t count = (size_t)dsa->columns * (size_t)dsa->rows;
    uint8_t *rgb = wadi_alloc(3 * (count + (size_t)dsa->rows * BAR), 1);
    const struct {
        const char *name;
        const float *values;
    } maps[] = {{"arrival", dsa->arrival_ms},
                {"peak_time", dsa->peak_ms},
                {"transit", dsa->transit_ms},
                {"washout", dsa->washout_ms}};
    wadi_status status;

    if (!rgb)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for pictures");
    for (size_t i = 0; i < count; i++)
        most = dsa->opacity[i] > most ? dsa->opacity[i] : most;
    status = wadi_directory_make(directory, err);
    snprintf(path, sizeof path, "%s/opacity.png", directory);
    if (!status)
        status = save_grey(dsa, path, dsa->opacity, 0, 0.7f * most, false, rgb, err);
    snprintf(path, sizeof path, "%s/vessels.png", directory);
    if (!status)
        status = save_grey(dsa, path, dsa->opacity, 0, 0.7f * most, true, rgb, err);
    for (size_t m = 0; m < WADI_COUNT_OF(maps) && !status; m++) {
        snprintf(path, sizeof path, "%s/%s.png", directory, maps[m].name);
        status = save_map(dsa, path, maps[m].values, rgb, err);
    }
    snprintf(path, sizeof path, "%s/dsa.json", directory);
    if (!status)
        status = wadi_file_write(path, text, size, err);
    free(rgb);
    return status;
}
