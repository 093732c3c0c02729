/* Time as a ratio: how long a piece of work took, told in passes over as many bytes on the same
 * machine in the same minute. A machine that is slow or busy is so for both, and a test that
 * asks for "at once" still sees work that grows with the square of its input. */
#ifndef WADI_TESTS_YARDSTICK_H
#define WADI_TESTS_YARDSTICK_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Processor time of this process. */
static inline double yardstick_clock_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Seconds to copy `size` bytes into fresh memory and to hash them one by one; of what is
 * shorter than a megabyte a whole megabyte is taken, so that the clock's grain does not count.
 */
static inline double yardstick_pass_s(const char *bytes, size_t size)
{
    double start = yardstick_clock_s();
    size_t done = 0;
    volatile uint64_t keep;
    uint64_t hash = 1469598103934665603u;

    while (size && done < 1 << 20) {
        char *copy = malloc(size);

        if (!copy)
            break;
        memcpy(copy, bytes, size);
        for (size_t i = 0; i < size; i++)
            hash = (hash ^ (unsigned char)copy[i]) * 1099511628211u;
        free(copy);
        done += size;
    }
    keep = hash;
    (void)keep;
    return yardstick_clock_s() - start;
}

/* How many passes over these bytes `taken_s` was. */
static inline double yardstick_passes(double taken_s, const char *bytes, size_t size)
{
    double first_s = yardstick_pass_s(bytes, size);

    return taken_s / fmax(fmax(first_s, yardstick_pass_s(bytes, size)), 1e-6);
}

#endif
