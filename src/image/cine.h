#ifndef WADI_CINE_H
#define WADI_CINE_H

#include "wadi/image_cine.h"

#define CINE_FRAME_MS 66.0 /* 15 frames a second, when nothing is known */

wadi_status cine_write_mp4(const wadi_cine *cine, const char *path,
                           wadi_error *err) WADI_MUST_USE;

#endif
