#ifndef WADI_PICTURE_IMPL_H
#define WADI_PICTURE_IMPL_H

#include "report/drawing_impl.h"
#include "wadi/picture.h"

struct wadi_picture {
    drawing drawing;
    double scale; /* pixels of a PNG to the point */
    char title[200];
};

enum { PICTURE_INK = 0x202020, PICTURE_GREY = 0x606060 };

wadi_picture *picture_new(const char *title);
/* A step of 1, 2 or 5 times a power of ten that gives about `wanted` steps in `range`. */
double picture_step(double range, int wanted);
/* A number on an axis whose steps are `step`. */
void picture_number(char *text, size_t size, double value, double step);
/* A box of a colour, see-through. */
void picture_box(drawing *d, double x, double y, double width, double height, int colour,
                 double alpha);
/* Words in lines of at most `width`; the y below the last. */
double picture_note(drawing *d, double x, double y, double width, const char *words);
/* Coloured strokes with their meaning, in rows; the y below the last. */
double picture_keys(drawing *d, double x, double y, double width, const wadi_picture_key *keys,
                    wadi_index count);

#endif
