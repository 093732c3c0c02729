#include "base/base_impl.h"

#include <stdlib.h>
#include <string.h>

/* Counts down to a refusal in tests. Atomic so that the thread sanitizer stays quiet. */
static _Atomic long refuse_in;

void wadi_memory_refuse(long nth)
{
    refuse_in = nth;
}

static bool refused(void)
{
    if (refuse_in <= 0)
        return false;
    return --refuse_in == 0;
}

void *wadi_alloc(size_t count, size_t size)
{
    if (refused())
        return NULL;
    return calloc(count ? count : 1, size ? size : 1);
}

void *wadi_realloc(void *old, size_t count, size_t size)
{
    if (refused() || (size && count > SIZE_MAX / size))
        return NULL;
    return realloc(old, count && size ? count * size : 1);
}

char *wadi_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = wadi_alloc(size, 1);

    if (copy)
        memcpy(copy, text, size);
    return copy;
}
