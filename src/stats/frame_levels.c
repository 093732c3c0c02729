/* A dictionary of names for columns that are not numbers. */
#include "stats/frame_impl.h"

#include <stdlib.h>
#include <string.h>

static uint64_t hash_bytes(const char *at, size_t size)
{
    uint64_t hash = 0x9E3779B97F4A7C15u ^ size;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)at[i]) * 0x100000001B3u;
    return hash ^ (hash >> 29);
}

static bool grow(frame_levels *levels)
{
    int32_t capacity = levels->capacity ? levels->capacity * 2 : 16;
    uint32_t slot_count = (uint32_t)capacity * 4, mask = slot_count - 1;
    char **names = wadi_realloc(levels->names, (size_t)capacity, sizeof *names);
    uint32_t *sizes;
    uint64_t *hashes;
    int32_t *slots;

    if (!names)
        return false;
    levels->names = names;
    sizes = wadi_realloc(levels->sizes, (size_t)capacity, sizeof *sizes);
    if (!sizes)
        return false;
    levels->sizes = sizes;
    hashes = wadi_realloc(levels->hashes, (size_t)capacity, sizeof *hashes);
    if (!hashes)
        return false;
    levels->hashes = hashes;
    slots = wadi_realloc(levels->slots, slot_count, sizeof *slots);
    if (!slots)
        return false;
    levels->slots = slots;
    memset(slots, 0xFF, slot_count * sizeof *slots);
    for (int32_t i = 0; i < levels->count; i++) {
        uint32_t at = (uint32_t)hashes[i] & mask;

        while (slots[at] >= 0)
            at = (at + 1) & mask;
        slots[at] = i;
    }
    levels->capacity = capacity;
    levels->slot_count = slot_count;
    return true;
}

int32_t frame_levels_code(frame_levels *levels, frame_field field)
{
    uint64_t hash = hash_bytes(field.at, field.size);

    if (levels->count == levels->capacity && !grow(levels))
        return -1;
    uint32_t mask = levels->slot_count - 1, at = (uint32_t)hash & mask;
    for (; levels->slots[at] >= 0; at = (at + 1) & mask) {
        int32_t code = levels->slots[at];

        if (levels->hashes[code] == hash && levels->sizes[code] == field.size &&
            !memcmp(levels->names[code], field.at, field.size))
            return code;
    }
    char *name = wadi_alloc(field.size + 1, 1);
    if (!name)
        return -1;
    memcpy(name, field.at, field.size);
    levels->names[levels->count] = name;
    levels->sizes[levels->count] = (uint32_t)field.size;
    levels->hashes[levels->count] = hash;
    levels->slots[at] = levels->count;
    return levels->count++;
}

typedef struct sortable {
    const char *name;
    double number;
    bool is_number;
    int32_t old;
} sortable;

static int by_number(const void *a, const void *b)
{
    const sortable *x = a, *y = b;

    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return strcmp(x->name, y->name);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const sortable *)a)->name, ((const sortable *)b)->name);
}

wadi_status frame_levels_sort(frame_levels *levels, int32_t *order, wadi_error *err)
{
    bool numbers = true;
    sortable *list = wadi_alloc((size_t)levels->count, sizeof *list);
    char **names = wadi_alloc((size_t)levels->count, sizeof *names);

    if (!list || !names) {
        free(list);
        free(names);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d levels", levels->count);
    }
    for (int32_t i = 0; i < levels->count; i++) {
        frame_field field = {levels->names[i], levels->sizes[i]};

        list[i].name = levels->names[i];
        list[i].old = i;
        numbers &= frame_number(field, '.', &list[i].number);
    }
    qsort(list, (size_t)levels->count, sizeof *list, numbers ? by_number : by_name);
    for (int32_t i = 0; i < levels->count; i++) {
        order[list[i].old] = i;
        names[i] = levels->names[list[i].old];
    }
    free(levels->names);
    levels->names = names;
    free(list);
    return WADI_OK;
}

void frame_levels_clear(frame_levels *levels)
{
    for (int32_t i = 0; i < levels->count; i++)
        free(levels->names[i]);
    free(levels->names);
    free(levels->sizes);
    free(levels->hashes);
    free(levels->slots);
    *levels = (frame_levels){0};
}
