/* Sets of voxels: hysteresis by runs, and the packed band in which paths are sought. */
#include "cta_impl.h"

typedef struct run {
    wadi_index first, last; /* columns */
    uint32_t parent, voxels;
    bool high;
} run;

typedef struct runs {
    run *items;
    uint32_t count, capacity;
    uint32_t *row; /* (rows x slices + 1) first run of each row */
} runs;

static uint32_t root_of(run *items, uint32_t i)
{
    while (items[i].parent != i) {
        items[i].parent = items[items[i].parent].parent;
        i = items[i].parent;
    }
    return i;
}

static void join(run *items, uint32_t a, uint32_t b)
{
    a = root_of(items, a);
    b = root_of(items, b);
    if (a == b)
        return;
    if (b < a) {
        uint32_t c = a;

        a = b;
        b = c;
    }
    items[b].parent = a;
    items[a].voxels += items[b].voxels;
    items[a].high = items[a].high || items[b].high;
}

/* Runs of one row that overlap, diagonals counted, with runs of a row before it. */
static void join_rows(runs *all, size_t here, size_t before)
{
    uint32_t i = all->row[here], j = all->row[before];

    while (i < all->row[here + 1] && j < all->row[before + 1]) {
        if (all->items[j].last + 1 < all->items[i].first)
            j++;
        else if (all->items[i].last + 1 < all->items[j].first)
            i++;
        else {
            join(all->items, i, j);
            if (all->items[j].last < all->items[i].last)
                j++;
            else
                i++;
        }
    }
}

WADI_VECTOR
static bool any_above(const float *restrict values, wadi_index count, float low)
{
    int above = 0;

    for (wadi_index i = 0; i < count; i++)
        above |= values[i] > low;
    return above != 0;
}

static bool find_runs(runs *all, const float *values, wadi_index columns, float low, float high)
{
    if (!any_above(values, columns, low))
        return true;
    for (wadi_index x = 0; x < columns; x++) {
        if (!(values[x] > low))
            continue;
        run here = {.first = x, .parent = all->count};

        for (; x < columns && values[x] > low; x++)
            here.high = here.high || values[x] > high;
        here.last = x - 1;
        here.voxels = (uint32_t)(x - here.first);
        if (all->count == all->capacity) {
            uint32_t more = all->capacity * 2 + 1024;
            run *items = wadi_realloc(all->items, more, sizeof *items);

            if (!items)
                return false;
            all->items = items;
            all->capacity = more;
        }
        all->items[all->count++] = here;
    }
    return true;
}

static void paint_runs(const cta_grid *grid, runs *all, double least, uint8_t *mask)
{
    size_t rows = (size_t)grid->size[1] * (size_t)grid->size[2];

    memset(mask, 0, grid->count);
    for (size_t r = 0; r < rows; r++)
        for (uint32_t i = all->row[r]; i < all->row[r + 1]; i++) {
            const run *top = &all->items[root_of(all->items, i)], *one = &all->items[i];

            if (top->high && top->voxels >= least)
                memset(mask + r * grid->stride[1] + (size_t)one->first, 1,
                       (size_t)(one->last - one->first + 1));
        }
}

wadi_status cta_hysteresis(const cta_grid *grid, const float *values, float low, float high,
                           double least_mm3, uint8_t *mask, wadi_error *err)
{
    wadi_index ny = grid->size[1], nz = grid->size[2];
    size_t rows = (size_t)ny * (size_t)nz;
    runs all = {.row = wadi_alloc(rows + 1, sizeof *all.row)};
    bool fine = all.row != NULL;

    for (size_t r = 0; fine && r < rows; r++) {
        wadi_index y = (wadi_index)(r % (size_t)ny), z = (wadi_index)(r / (size_t)ny);

        fine = find_runs(&all, values + r * grid->stride[1], grid->size[0], low, high);
        all.row[r + 1] = all.count;
        if (!fine)
            break;
        if (y > 0)
            join_rows(&all, r, r - 1);
        for (int dy = -1; z > 0 && dy <= 1; dy++)
            if (y + dy >= 0 && y + dy < ny)
                join_rows(&all, r, r - (size_t)ny + (size_t)(dy + 1) - 1);
    }
    if (fine)
        paint_runs(grid, &all, least_mm3 / (grid->step[0] * grid->step[1] * grid->step[2]),
                   mask);
    free(all.items);
    free(all.row);
    return fine ? WADI_OK : wadi_fail(err, WADI_ERR_NOMEM, "no memory for runs of voxels");
}

/* ---- the band ---- */

static void place_of(const cta_grid *grid, uint32_t voxel, wadi_index *at)
{
    /* 32 bits: divisions of 64 take twice as long, and this is where the time of a march goes.
     */
    uint32_t row = (uint32_t)grid->stride[1], plane = (uint32_t)grid->stride[2];
    uint32_t z = voxel / plane, left = voxel - z * plane, y = left / row;

    at[2] = (wadi_index)z;
    at[1] = (wadi_index)y;
    at[0] = (wadi_index)(left - y * row);
}

int cta_band_neighbour(const cta_grid *grid, const cta_band *band, int i, const int *step)
{
    wadi_index at[3];

    place_of(grid, band->voxel[i], at);
    for (int k = 0; k < 3; k++) {
        at[k] += step[k];
        if (at[k] < 0 || at[k] >= grid->size[k])
            return -1;
    }
    return band->slot[(size_t)at[0] + (size_t)at[1] * grid->stride[1] +
                      (size_t)at[2] * grid->stride[2]];
}

/* Members of the band among the 27 voxels around one, itself too, columns first. */
static int neighbours(const cta_grid *grid, const cta_band *band, int i, int *near)
{
    wadi_index at[3];
    int count = 0;

    place_of(grid, band->voxel[i], at);
    for (int z = -1; z <= 1; z++)
        for (int y = -1; y <= 1; y++)
            for (int x = -1; x <= 1; x++) {
                wadi_index p[3] = {at[0] + x, at[1] + y, at[2] + z};

                if (p[0] < 0 || p[1] < 0 || p[2] < 0 || p[0] >= grid->size[0] ||
                    p[1] >= grid->size[1] || p[2] >= grid->size[2])
                    continue;
                near[count] = band->slot[(size_t)p[0] + (size_t)p[1] * grid->stride[1] +
                                         (size_t)p[2] * grid->stride[2]];
                count += near[count] >= 0;
            }
    return count;
}

#define FAR_MM 15.0 /* as if the band ended there */

/* Distance to the nearest voxel outside the band; the border of the volume is no outside. */
static wadi_status find_reach(const cta_grid *grid, const uint8_t *mask, cta_band *band,
                              wadi_error *err)
{
    float *square = malloc(grid->count * sizeof *square);
    wadi_status status;

    if (!square)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a band of vessels");
    status = wadi_distance_inside(grid->size[0], grid->size[1], grid->size[2], grid->step, mask,
                                  square, err);
    for (int i = 0; i < band->count && !status; i++)
        band->reach[i] = fminf(sqrtf(square[band->voxel[i]]), (float)FAR_MM);
    free(square);
    return status;
}

/* Weight of the neighbourhood, so that noise makes no false summits. */
static float around(const cta_grid *grid, const cta_band *band, const float *score, int i)
{
    wadi_index at[3];
    float sum = 0, weight = 0;

    place_of(grid, band->voxel[i], at);
    for (int z = -1; z <= 1; z++)
        for (int y = -1; y <= 1; y++)
            for (int x = -1; x <= 1; x++) {
                wadi_index p[3] = {at[0] + x, at[1] + y, at[2] + z};
                float w = (float)((2 - abs(x)) * (2 - abs(y)) * (2 - abs(z)));

                if (p[0] < 0 || p[1] < 0 || p[2] < 0 || p[0] >= grid->size[0] ||
                    p[1] >= grid->size[1] || p[2] >= grid->size[2])
                    continue;
                sum += w * score[(size_t)p[0] + (size_t)p[1] * grid->stride[1] +
                                 (size_t)p[2] * grid->stride[2]];
                weight += w;
            }
    return sum / weight;
}

static void find_basins(const cta_grid *grid, cta_band *band)
{
    for (int i = 0; i < band->count; i++) {
        int best = i, near[27], near_count = neighbours(grid, band, i, near);

        for (int s = 0; s < near_count; s++) {
            int j = near[s];

            if (band->strength[j] > band->strength[best] ||
                (band->strength[j] == band->strength[best] && j < best))
                best = j;
        }
        band->basin[i] = best;
    }
    for (int i = 0; i < band->count; i++) {
        int j = i;

        while (band->basin[j] != j)
            j = band->basin[j] = band->basin[band->basin[j]];
        band->basin[i] = j;
    }
}

static bool find_parts(const cta_grid *grid, cta_band *band)
{
    int *stack = malloc(((size_t)band->count + 1) * sizeof *stack);

    if (!stack)
        return false;
    for (int i = 0; i < band->count; i++)
        band->part[i] = -1;
    for (int i = 0; i < band->count; i++) {
        int top = 0;

        if (band->part[i] >= 0)
            continue;
        band->part[i] = band->part_count;
        stack[top++] = i;
        while (top) {
            int j = stack[--top], near[27], near_count = neighbours(grid, band, j, near);

            for (int s = 0; s < near_count; s++) {
                int k = near[s];

                if (band->part[k] < 0) {
                    band->part[k] = band->part_count;
                    stack[top++] = k;
                }
            }
        }
        band->part_count++;
    }
    free(stack);
    return true;
}

static bool pack(const cta_grid *grid, const uint8_t *mask, cta_band *band)
{
    size_t count = 0;

    for (size_t i = cta_next(mask, 0, grid->count); i < grid->count;
         i = cta_next(mask, i + 1, grid->count))
        count++;
    if (count > INT32_MAX / 2)
        return false;
    band->slot = malloc(grid->count * sizeof *band->slot);
    band->voxel = wadi_alloc(count + 1, sizeof *band->voxel);
    band->strength = wadi_alloc(count + 1, sizeof *band->strength);
    band->reach = wadi_alloc(count + 1, sizeof *band->reach);
    band->basin = wadi_alloc(count + 1, sizeof *band->basin);
    band->part = wadi_alloc(count + 1, sizeof *band->part);
    if (!band->slot || !band->voxel || !band->strength || !band->reach || !band->basin ||
        !band->part)
        return false;
    memset(band->slot, 0xff, grid->count * sizeof *band->slot); /* -1 */
    for (size_t i = cta_next(mask, 0, grid->count); i < grid->count;
         i = cta_next(mask, i + 1, grid->count)) {
        band->slot[i] = band->count;
        band->voxel[band->count++] = (uint32_t)i;
    }
    return true;
}

wadi_status cta_band_new(const cta_grid *grid, const uint8_t *mask, const float *score,
                         cta_band *band, wadi_error *err)
{
    wadi_status status;

    *band = (cta_band){0};
    if (!pack(grid, mask, band)) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for a band of vessels");
        goto done;
    }
    status = find_reach(grid, mask, band, err);
    if (status)
        goto done;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < band->count; i++)
        band->strength[i] = band->reach[i] * fmaxf(around(grid, band, score, i), 0.02f);
    find_basins(grid, band);
    if (!find_parts(grid, band))
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for a band of vessels");
done:
    if (status)
        cta_band_clear(band);
    return status;
}

void cta_band_clear(cta_band *band)
{
    free(band->slot);
    free(band->voxel);
    free(band->strength);
    free(band->reach);
    free(band->basin);
    free(band->part);
    *band = (cta_band){0};
}
