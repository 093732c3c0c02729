#ifndef WADI_IMAGE_REPORT_IMPL_H
#define WADI_IMAGE_REPORT_IMPL_H

#include "base/base_impl.h"
#include "wadi/image_report.h"
#include "wadi/picture.h"

/* Okabe and Ito's colours on a picture, one after the other. */
int image_colour(int index);
/* Values to grey, low to black and high to white (or the other way round when high < low). */
void image_grey(size_t count, const float *values, double low, double high, uint8_t *grey);
/* Values at two shares of those that are finite (and in the mask, when there is one). False
 * when there are none. */
bool image_quantiles(size_t count, const float *values, const uint8_t *mask, double low_share,
                     double high_share, double *low, double *high);
wadi_status image_save_bare(const char *directory, const char *name, wadi_index columns,
                            wadi_index rows, const uint8_t *grey,
                            wadi_error *err) WADI_MUST_USE;
wadi_status image_save_text(const char *directory, const char *name, const char *text,
                            size_t size, wadi_error *err) WADI_MUST_USE;
/* Under each of the endings (".png .svg"). */
wadi_status image_save_picture(const wadi_picture *picture, const char *directory,
                               const char *stem, const char *endings,
                               wadi_error *err) WADI_MUST_USE;
/* A map of values over a dark ground, its colour bar from the 2nd to the 98th percentile. *out
 * is NULL when no value is known. */
typedef struct image_map {
    const char *title, *bar, *note;
    wadi_index columns, rows;
    const float *values;  /* NAN: nothing */
    const uint8_t *mask;  /* where there is something, or NULL */
    const uint8_t *under; /* grey */
    wadi_maybe spacing_mm;
    double low, high; /* of the bar; when equal: percentiles */
} image_map;
wadi_status image_map_picture(const image_map *map, wadi_picture **out,
                              wadi_error *err) WADI_MUST_USE;

#endif
