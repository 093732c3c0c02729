#include "base/base_impl.h"

#include <stdlib.h>
#include <string.h>

static bool reserve(wadi_text *text, size_t more)
{
    size_t wanted = text->size + more + 1, capacity = text->capacity ? text->capacity : 256;
    char *bytes;

    if (text->failed)
        return false;
    if (wanted <= text->capacity)
        return true;
    while (capacity < wanted)
        capacity *= 2;
    bytes = wadi_realloc(text->bytes, capacity, 1);
    if (!bytes) {
        text->failed = true;
        return false;
    }
    text->bytes = bytes;
    text->capacity = capacity;
    return true;
}

void wadi_text_put(wadi_text *text, const char *bytes, size_t size)
{
    if (!reserve(text, size))
        return;
    memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    text->bytes[text->size] = '\0';
}

void wadi_text_add(wadi_text *text, const char *format, ...)
{
    va_list args, again;
    int size;

    va_start(args, format);
    va_copy(again, args);
    size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (size >= 0 && reserve(text, (size_t)size)) {
        vsnprintf(text->bytes + text->size, (size_t)size + 1, format, again);
        text->size += (size_t)size;
    }
    va_end(again);
}

void wadi_text_clear(wadi_text *text)
{
    free(text->bytes);
    *text = (wadi_text){0};
}

enum { LONGEST_NAME = 64 };

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* Optimal string alignment; names beyond LONGEST_NAME are not worth a suggestion. */
int wadi_edit_distance(const char *a, const char *b)
{
    size_t rows = strlen(a), columns = strlen(b);
    int table[LONGEST_NAME + 1][LONGEST_NAME + 1];

    if (rows > LONGEST_NAME || columns > LONGEST_NAME)
        return LONGEST_NAME;
    for (size_t i = 0; i <= rows; i++)
        table[i][0] = (int)i;
    for (size_t j = 0; j <= columns; j++)
        table[0][j] = (int)j;
    for (size_t i = 1; i <= rows; i++) {
        for (size_t j = 1; j <= columns; j++) {
            int change = table[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            int best = smaller(change, smaller(table[i - 1][j], table[i][j - 1]) + 1);

            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = smaller(best, table[i - 2][j - 2] + 1);
            table[i][j] = best;
        }
    }
    return table[rows][columns];
}
