/* What cmocka lacks: comparison with both tolerances, and a seeded stream. */
#ifndef WADI_NEAR_H
#define WADI_NEAR_H

#include "base/base_impl.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* After the headers that it needs and does not include. */
#include <cmocka.h>

#define assert_near(got, want, rel, abs)                                                       \
    near_check((got), (want), (rel), (abs), #got, __FILE__, __LINE__)

static inline void near_check(double got, double want, double rel, double abs_tolerance,
                              const char *what, const char *file, int line)
{
    if (!(fabs(got - want) <= rel * fabs(want) + abs_tolerance)) {
        print_error("%s: got %.12g, want %.12g (rel %g, abs %g)\n", what, got, want, rel,
                    abs_tolerance);
        _fail(file, line);
    }
}

#endif
