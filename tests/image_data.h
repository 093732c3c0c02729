/* Real images that lie beside the checkout, or not: tests that want them skip without them. */
#ifndef WADI_IMAGE_DATA_H
#define WADI_IMAGE_DATA_H

#include "near.h"
#include "wadi/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IMAGE_DATA "../shared/data/image/"

static inline void need_image_data(void)
{
    if (access(IMAGE_DATA "README.md", R_OK))
        skip();
}

static inline wadi_image *read_image(const char *path)
{
    wadi_error err = {0};
    wadi_image *image = NULL;

    if (wadi_image_read(path, &image, &err)) {
        print_error("%s\n", err.message);
        fail();
    }
    return image;
}

#endif
