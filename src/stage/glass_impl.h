#ifndef WADI_GLASS_IMPL_H
#define WADI_GLASS_IMPL_H

#include "stage/stage_impl.h"

extern const int WADI_GLASS_STAGE[5][5]; /* FP, IP; 0 is "NA" */

#endif
