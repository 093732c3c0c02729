/* Bone: what is bright, large and, once its marrow is filled, thick. Vessels and calcium that
 * touch it are thin: an opening takes them off again. */
#include "cta_impl.h"

#define OPEN_MM   2.2  /* thinner things that hang on bone are no bone */
#define FAR_MM    3.0  /* distances beyond are not asked for */
#define RIM_MM    1.0  /* values this near to bone are raised by it */
#define LEAST_MM3 1500 /* smaller bright things are calcium or metal, unless they are thick */
#define SMALL_MM3 250  /* shells of single bones of the foot; smaller things never are bone */
#define THICK_MM                                                                               \
    2.7          /* what is small must be thicker: a calcified artery of the calf is not       \
                  */
#define DIM 0.65 /* of the limit: what closes a gap of noise in a shell */

typedef struct plane_work {
    uint8_t *mask;   /* filled bone of a slice */
    uint8_t *bright; /* what was above the limit */
    float *square;   /* squared distances, mm2 */
    float *across;   /* the same along rows only */
    int32_t *stack;
} plane_work;

static void plane_free(plane_work *work)
{
    free(work->mask);
    free(work->bright);
    free(work->square);
    free(work->across);
    free(work->stack);
}

static bool plane_alloc(const cta_grid *grid, plane_work *work)
{
    work->mask = malloc(grid->stride[2]);
    work->bright = malloc(grid->stride[2]);
    work->square = malloc(grid->stride[2] * sizeof *work->square);
    work->across = malloc(grid->stride[2] * sizeof *work->across);
    work->stack = malloc(grid->stride[2] * sizeof *work->stack);
    return work->mask && work->bright && work->square && work->across && work->stack;
}

/* out = min(out, in + more), a row at a time. */
WADI_VECTOR
static void lower_row(wadi_index count, const float *restrict in, float more,
                      float *restrict out)
{
    for (wadi_index i = 0; i < count; i++) {
        float v = in[i] + more;

        out[i] = v < out[i] ? v : out[i];
    }
}

static wadi_index reach_rows(const cta_grid *grid)
{
    return (wadi_index)ceil(FAR_MM / grid->step[1]);
}

/* Rows of a slice that hold a value; an empty range where none does. */
static void rows_with(const cta_grid *grid, const uint8_t *plane, uint8_t value,
                      wadi_index *low, wadi_index *high)
{
    size_t nx = (size_t)grid->size[0];

    *low = 0;
    *high = grid->size[1];
    while (*low < *high && !memchr(plane + (size_t)*low * nx, value, nx))
        ++*low;
    while (*low < *high && !memchr(plane + (size_t)(*high - 1) * nx, value, nx))
        --*high;
}

/* Squared distance in a slice to the nearest pixel with mask == `to`, mm2, for rows low..high -
 * 1; exact up to FAR_MM, beyond that some larger number. */
static void plane_distance(const cta_grid *grid, const plane_work *work, uint8_t to,
                           wadi_index low, wadi_index high)
{
    wadi_index nx = grid->size[0], reach = reach_rows(grid);
    wadi_index first = low > reach ? low - reach : 0;
    wadi_index end = high + reach < grid->size[1] ? high + reach : grid->size[1];
    float dx = (float)grid->step[0], dy2 = (float)(grid->step[1] * grid->step[1]);
    const float far = 1e6f;

    for (wadi_index y = first; y < end; y++) {
        const uint8_t *m = work->mask + (size_t)y * (size_t)nx;
        float *d = work->across + (size_t)y * (size_t)nx, last = far;

        if (!memchr(m, to, (size_t)nx)) {
            for (wadi_index x = 0; x < nx; x++)
                d[x] = far;
            continue;
        }
        for (wadi_index x = 0; x < nx; x++)
            d[x] = last = m[x] == to ? 0 : last + dx;
        last = far;
        for (wadi_index x = nx; x-- > 0;) {
            last = d[x] < last + dx ? d[x] : last + dx;
            d[x] = last < 900 ? last * last : far;
        }
    }
    for (wadi_index y = low; y < high; y++) {
        float *square = work->square + (size_t)y * (size_t)nx;

        memcpy(square, work->across + (size_t)y * (size_t)nx, (size_t)nx * sizeof *square);
        for (wadi_index k = -reach; k <= reach; k++)
            if (k != 0 && y + k >= first && y + k < end)
                lower_row(nx, work->across + (size_t)(y + k) * (size_t)nx, dy2 * (float)(k * k),
                          square);
    }
}

/* What cannot be reached from the border without crossing the mask becomes part of it. */
static void plane_fill(const cta_grid *grid, const plane_work *work)
{
    wadi_index nx = grid->size[0], ny = grid->size[1];
    int32_t *stack = work->stack;
    size_t top = 0;
    uint8_t *m = work->mask;

    /* What a row shows from its ends on is outside; most slices need no more. */
    for (wadi_index y = 0; y < ny; y++) {
        uint8_t *row = m + (size_t)y * (size_t)nx;
        wadi_index left = 0, right = nx;

        while (left < nx && !row[left])
            row[left++] = 2;
        while (right > left && !row[right - 1])
            row[--right] = 2;
    }
    for (wadi_index y = 1; y + 1 < ny; y++) {
        uint8_t *row = m + (size_t)y * (size_t)nx;

        if (!memchr(row, 0, (size_t)nx))
            continue;
        for (wadi_index x = 1; x + 1 < nx; x++)
            if (!row[x] && (row[x - nx] == 2 || row[x + nx] == 2)) {
                row[x] = 2;
                stack[top++] = (int32_t)(y * nx + x);
            }
    }
    for (wadi_index x = 0; x < nx; x++)
        for (int side = 0; side < 2; side++) {
            size_t i = (size_t)x + (side ? (size_t)(ny - 1) * (size_t)nx : 0);

            if (!m[i])
                m[i] = 2, stack[top++] = (int32_t)i;
        }
    while (top) {
        int32_t i = stack[--top], x = i % nx;

        if (x > 0 && !m[i - 1])
            m[i - 1] = 2, stack[top++] = i - 1;
        if (x + 1 < nx && !m[i + 1])
            m[i + 1] = 2, stack[top++] = i + 1;
        if (i >= nx && !m[i - nx])
            m[i - nx] = 2, stack[top++] = i - nx;
        if ((size_t)i + (size_t)nx < grid->stride[2] && !m[i + nx])
            m[i + nx] = 2, stack[top++] = i + nx;
    }
    for (size_t i = 0; i < grid->stride[2]; i++)
        m[i] = m[i] != 2;
}

/* A thin shell has gaps in noise: what is dimmer and lies between two sides of it closes them.
 */
static void plane_close(const cta_grid *grid, const float *values, float least,
                        const plane_work *work)
{
    wadi_index nx = grid->size[0], ny = grid->size[1];

    for (wadi_index y = 1; y + 1 < ny; y++)
        for (wadi_index x = 1; x + 1 < nx; x++) {
            size_t i = (size_t)y * (size_t)nx + (size_t)x;
            const uint8_t *b = work->bright + i;

            if (b[0] || values[i] < least)
                continue;
            if ((b[-1] && b[1]) || (b[-nx] && b[nx]) || (b[-nx - 1] && b[nx + 1]) ||
                (b[1 - nx] && b[nx - 1]) || (b[-1] && (b[1 - nx] || b[nx + 1])) ||
                (b[1] && (b[-nx - 1] || b[nx - 1])) || (b[-nx] && (b[nx - 1] || b[nx + 1])) ||
                (b[nx] && (b[-nx - 1] || b[1 - nx])))
                work->mask[i] = 1;
        }
}

/* A slice: fill what the cortex encloses, open by `open_mm`. `out` gets BONE, and 1 where
 * something bright is too thin for it. */
static void plane_bone(const cta_grid *grid, const plane_work *work, const uint8_t *bright,
                       double open_mm, uint8_t *out)
{
    wadi_index low, high;

    plane_fill(grid, work);
    /* Rows without bone stay as they are: dark. */
    rows_with(grid, work->mask, 1, &low, &high);

    size_t from = (size_t)low * grid->stride[1], to = (size_t)high * grid->stride[1];

    plane_distance(grid, work, 0, low, high);
    for (size_t i = from; i < to; i++) {
        out[i] = work->mask[i] ? 1 : 0;
        work->mask[i] = work->square[i] > (float)(open_mm * open_mm);
    }
    plane_distance(grid, work, 1, low, high);
    double slack = 0.5 * grid->step[0], reach = (open_mm + slack) * (open_mm + slack);

    for (size_t i = from; i < to; i++)
        out[i] = out[i] && (double)work->square[i] <= reach ? WADI_CTA_BONE : bright[i] ? 1 : 0;
}

static void plane_rim(const cta_grid *grid, const plane_work *work, uint8_t *labels)
{
    wadi_index low, high, reach = reach_rows(grid);

    rows_with(grid, labels, WADI_CTA_BONE, &low, &high);
    low = low > reach ? low - reach : 0;
    high = high + reach < grid->size[1] ? high + reach : grid->size[1];
    for (size_t i = 0; i < grid->stride[2]; i++)
        work->mask[i] = labels[i] == WADI_CTA_BONE;
    plane_distance(grid, work, 1, low, high);
    for (size_t i = (size_t)low * grid->stride[1]; i < (size_t)high * grid->stride[1]; i++)
        if (labels[i] != WADI_CTA_BONE && work->square[i] <= (float)(RIM_MM * RIM_MM))
            labels[i] = CTA_RIM;
}

/* The end of a bone is a thin ring or cap in its slice: bright things right above or below bone
 * are bone too. What else was too thin is none. */
static void cap_ends(const cta_grid *grid)
{
    wadi_index nz = grid->size[2], reach = (wadi_index)ceil(2.5 / grid->step[2]);

    for (int up = 0; up < 2; up++)
        for (wadi_index s = 1; s < nz; s++) {
            uint8_t *here = grid->labels + (size_t)(up ? s : nz - 1 - s) * grid->stride[2];
            const uint8_t *before = up ? here - grid->stride[2] : here + grid->stride[2];

            /* 100 + k: taken over k slices on. */
            for (size_t i = 0; i < grid->stride[2]; i++)
                if (here[i] == 1 && (before[i] == WADI_CTA_BONE ||
                                     (before[i] >= 100 && before[i] < 100 + reach)))
                    here[i] = before[i] == WADI_CTA_BONE ? 101 : (uint8_t)(before[i] + 1);
        }
    for (size_t i = 0; i < grid->count; i++)
        grid->labels[i] = grid->labels[i] == 1     ? 0
                          : grid->labels[i] >= 100 ? WADI_CTA_BONE
                                                   : grid->labels[i];
}

/* The shell above and below bone. */
static void rim_along(const cta_grid *grid)
{
    if (grid->step[2] > 2 * RIM_MM)
        return;
    wadi_index reach = (wadi_index)fmax(floor(RIM_MM / grid->step[2] + 0.5), 1);

    for (wadi_index z = 0; z < grid->size[2]; z++)
        for (wadi_index k = -reach; k <= reach; k++) {
            if (k == 0 || z + k < 0 || z + k >= grid->size[2])
                continue;
            uint8_t *here = grid->labels + (size_t)z * grid->stride[2];
            const uint8_t *there = grid->labels + (size_t)(z + k) * grid->stride[2];

            for (size_t i = 0; i < grid->stride[2]; i++)
                if ((there[i] == WADI_CTA_BONE || there[i] == CTA_RIM) && here[i] == 0)
                    here[i] = CTA_RIM + 1; /* not CTA_RIM yet: the shell would creep on */
        }
}

/* Bright things of `least` mm3 and more whose inside is thicker than `open_mm`, where no label
 * is yet. */
static wadi_status find_shells(const cta_grid *grid, const cta_levels *levels, double least,
                               double open_mm, uint8_t *labels, wadi_error *err)
{
    bool refused = false;
    cta_grid to = *grid;
    wadi_status status = cta_hysteresis(grid, grid->values, (float)levels->bone,
                                        (float)levels->bone + 150, least, labels, err);

    if (status)
        return status;
    if (labels != grid->labels)
        for (size_t i = 0; i < grid->count; i++)
            labels[i] = labels[i] && !grid->labels[i];
    to.labels = labels;
#pragma omp parallel
    {
        plane_work work = {0};
        bool fine = plane_alloc(grid, &work);

        if (!fine) {
#pragma omp atomic write
            refused = true;
        }
#pragma omp for schedule(static)
        for (wadi_index z = 0; z < grid->size[2]; z++) {
            size_t base = (size_t)z * grid->stride[2];
            bool any = fine && memchr(labels + base, 1, grid->stride[2]) != NULL;

            if (any) {
                memcpy(work.mask, labels + base, grid->stride[2]);
                memcpy(work.bright, labels + base, grid->stride[2]);
                if (labels != grid->labels) /* of large bones it would thicken the outside */
                    plane_close(grid, grid->values + base, (float)(DIM * levels->bone), &work);
                plane_bone(grid, &work, work.bright, open_mm, labels + base);
            }
        }
        plane_free(&work);
    }
    if (refused)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a mask of bone");
    cap_ends(&to);
    return WADI_OK;
}

static wadi_status find_rim(const cta_grid *grid, wadi_error *err)
{
    bool refused = false;

#pragma omp parallel
    {
        plane_work work = {0};
        bool fine = plane_alloc(grid, &work);

        if (!fine) {
#pragma omp atomic write
            refused = true;
        }
#pragma omp for schedule(static)
        for (wadi_index z = 0; z < grid->size[2]; z++) {
            uint8_t *labels = grid->labels + (size_t)z * grid->stride[2];

            if (fine && memchr(labels, WADI_CTA_BONE, grid->stride[2]))
                plane_rim(grid, &work, labels);
        }
        plane_free(&work);
    }
    if (refused)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a mask of bone");
    rim_along(grid);
    return WADI_OK;
}

wadi_status cta_find_bone(const cta_grid *grid, const cta_levels *levels, wadi_error *err)
{
    uint8_t *small = NULL;
    wadi_status status = find_shells(grid, levels, LEAST_MM3, OPEN_MM, grid->labels, err);

    if (status)
        return status;
    small = malloc(grid->count);
    if (!small)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a mask of bone");
    status = find_shells(grid, levels, SMALL_MM3, THICK_MM, small, err);
    for (size_t i = 0; i < grid->count && !status; i++)
        if (small[i] == WADI_CTA_BONE)
            grid->labels[i] = WADI_CTA_BONE;
    free(small);
    return status ? status : find_rim(grid, err);
}
