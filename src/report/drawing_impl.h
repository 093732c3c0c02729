/* A drawing as a list of lines, circles and words in groups with ids. It is made once and comes
 * out as SVG, where words stay words and groups keep their ids, or on a Cairo surface. */
#ifndef WADI_DRAWING_IMPL_H
#define WADI_DRAWING_IMPL_H

#include "base/base_impl.h"

#define DRAW_FONT "Liberation Sans" /* as wide as Arial and Helvetica */

enum { DRAW_NONE = -1 }; /* no colour */

typedef struct draw_style {
    int stroke, fill; /* 0xRRGGBB or DRAW_NONE */
    double width;
    double dash_on, dash_off; /* 0: solid */
    double fill_alpha;        /* 0 counts as 1 */
    bool butt;                /* ends cut square at the last point, otherwise round */
} draw_style;

typedef struct draw_font {
    double size;
    bool bold, italic;
    int colour;
    double anchor; /* 0 start, 0.5 middle, 1 end */
} draw_font;

typedef enum draw_kind {
    DRAW_GROUP,
    DRAW_END,
    DRAW_PATH,
    DRAW_CIRCLE,
    DRAW_WORDS,
    DRAW_IMAGE
} draw_kind;

typedef struct draw_item {
    draw_kind kind;
    draw_style style;
    draw_font font;
    size_t point_first, point_count;
    bool closed;
    double x, y, radius;
    double width, height; /* of an image */
    size_t image;
    char words[240]; /* or the id of a group */
} draw_item;

/* A raster of red, green, blue, 0; owned by the drawing. */
typedef struct draw_image {
    int columns, rows;
    uint32_t *pixels; /* (rows x columns) 0x00RRGGBB, as Cairo's RGB24 */
} draw_image;

typedef struct drawing {
    double width, height;
    draw_item *items;
    size_t count, capacity;
    double (*points)[2];
    size_t point_count, point_capacity;
    draw_image *images;
    size_t image_count;
    bool failed;
} drawing;

void drawing_clear(drawing *d);
void drawing_group(drawing *d, const char *format, ...) WADI_PRINTF(2, 3);
void drawing_end(drawing *d);
void drawing_path(drawing *d, const double (*points)[2], size_t count, bool closed,
                  draw_style style);
void drawing_line(drawing *d, double x0, double y0, double x1, double y1, draw_style style);
void drawing_circle(drawing *d, double x, double y, double radius, draw_style style);
void drawing_words(drawing *d, double x, double y, draw_font font, const char *format, ...)
    WADI_PRINTF(5, 6);
/* A raster of `channels` 1 or 3, copied, stretched over a place. */
void drawing_image(drawing *d, double x, double y, double width, double height, int columns,
                   int rows, int channels, const uint8_t *pixels);
/* Width of words in the drawing's font, in the units of `size`. */
double drawing_words_width(const char *words, double size, bool bold);

wadi_status drawing_svg(const drawing *d, const char *title, char **out, size_t *size,
                        wadi_error *err) WADI_MUST_USE;

struct _cairo;
/* The image as a PNG file. */
wadi_status drawing_image_png(const draw_image *image, wadi_text *out,
                              wadi_error *err) WADI_MUST_USE;
/* Paint at the origin of a cairo_t. */
void drawing_paint(const drawing *d, struct _cairo *cairo);

#endif
