#include "report/drawing_impl.h"

#include <math.h>
#include <stdlib.h>

void drawing_clear(drawing *d)
{
    free(d->items);
    free(d->points);
    for (size_t i = 0; i < d->image_count; i++)
        free(d->images[i].pixels);
    free(d->images);
    *d = (drawing){0};
}

static draw_item *add_item(drawing *d, draw_kind kind)
{
    draw_item *item;

    if (d->count == d->capacity && !d->failed) {
        size_t wanted = d->capacity ? 2 * d->capacity : 256;
        draw_item *grown = wadi_realloc(d->items, wanted, sizeof *grown);

        d->failed = !grown;
        d->items = grown ? grown : d->items;
        d->capacity = grown ? wanted : d->capacity;
    }
    if (d->failed)
        return NULL;
    item = &d->items[d->count++];
    *item = (draw_item){.kind = kind};
    return item;
}

void drawing_group(drawing *d, const char *format, ...)
{
    draw_item *item = add_item(d, DRAW_GROUP);
    va_list args;

    if (!item)
        return;
    va_start(args, format);
    vsnprintf(item->words, sizeof item->words, format, args);
    va_end(args);
}

void drawing_end(drawing *d)
{
    add_item(d, DRAW_END);
}

/* True when all points between two others lie on their line, to 0.02 units. */
static bool on_the_way(const double (*points)[2], size_t from, size_t to)
{
    double dx = points[to][0] - points[from][0], dy = points[to][1] - points[from][1];
    double length = hypot(dx, dy);

    for (size_t i = from + 1; i < to; i++) {
        double x = points[i][0] - points[from][0], y = points[i][1] - points[from][1];

        /* A line that turns back is not on its way. */
        if (fabs(x * dy - y * dx) > 0.02 * length || x * dx + y * dy < 0)
            return false;
    }
    return length > 0;
}

void drawing_path(drawing *d, const double (*points)[2], size_t count, bool closed,
                  draw_style style)
{
    draw_item *item = add_item(d, DRAW_PATH);

    if (!item)
        return;
    if (d->point_count + count > d->point_capacity) {
        size_t wanted = 2 * (d->point_capacity + count) + 1024;
        double(*grown)[2] = wadi_realloc(d->points, wanted, sizeof *grown);

        if (!grown) {
            d->failed = true;
            return;
        }
        d->points = grown;
        d->point_capacity = wanted;
    }
    item->style = style;
    item->closed = closed;
    item->point_first = d->point_count;
    for (size_t i = 0, last = 0; i < count; i++) {
        if (i > 0 && i + 1 < count && on_the_way(points, last, i + 1))
            continue;
        last = i;
        d->points[d->point_count][0] = points[i][0];
        d->points[d->point_count++][1] = points[i][1];
    }
    item->point_count = d->point_count - item->point_first;
}

void drawing_line(drawing *d, double x0, double y0, double x1, double y1, draw_style style)
{
    const double points[2][2] = {{x0, y0}, {x1, y1}};

    drawing_path(d, points, 2, false, style);
}

void drawing_circle(drawing *d, double x, double y, double radius, draw_style style)
{
    draw_item *item = add_item(d, DRAW_CIRCLE);

    if (!item)
        return;
    item->style = style;
    item->x = x;
    item->y = y;
    item->radius = radius;
}

void drawing_words(drawing *d, double x, double y, draw_font font, const char *format, ...)
{
    draw_item *item = add_item(d, DRAW_WORDS);
    va_list args;

    if (!item)
        return;
    item->font = font;
    item->x = x;
    item->y = y;
    va_start(args, format);
    vsnprintf(item->words, sizeof item->words, format, args);
    va_end(args);
}

void drawing_image(drawing *d, double x, double y, double width, double height, int columns,
                   int rows, int channels, const uint8_t *pixels)
{
    draw_item *item = add_item(d, DRAW_IMAGE);
    size_t count = (size_t)columns * (size_t)rows;
    draw_image *grown = wadi_realloc(d->images, d->image_count + 1, sizeof *grown);
    uint32_t *copy = wadi_alloc(count, sizeof *copy);

    d->images = grown ? grown : d->images;
    if (!item || !grown || !copy) {
        free(copy);
        d->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const uint8_t *p = pixels + i * (size_t)channels;
        unsigned green = channels == 3 ? p[1] : p[0], blue = channels == 3 ? p[2] : p[0];

        copy[i] = (unsigned)p[0] << 16 | green << 8 | blue;
    }
    d->images[d->image_count] = (draw_image){columns, rows, copy};
    item->image = d->image_count++;
    item->x = x;
    item->y = y;
    item->width = width;
    item->height = height;
}
