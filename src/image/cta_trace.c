/* Paths through a band: from the upper end of each part to the farthest tip that no path has
 * covered yet, again and again (after M. Sato et al., TEASAR, Pacific Graphics 2000, 281-289).
 * A path covers what steepest ascent leads to it, so that a vessel close beside stays its own.
 */
#include "cta_march.h"

typedef struct trace {
    const cta_grid *grid;
    const cta_band *band;
    cta_front front;
    float *speed;
    uint8_t *covered;
    int *order, *line, *point; /* line and point that a voxel belongs to */
    double (*way)[3];
} trace;

static void place_mm(const cta_grid *grid, uint32_t voxel, double *at)
{
    at[2] = grid->step[2] * (double)(voxel / grid->stride[2]);
    at[1] = grid->step[1] * (double)(voxel % grid->stride[2] / grid->stride[1]);
    at[0] = grid->step[0] * (double)(voxel % grid->stride[1]);
}

static double height(const cta_grid *grid, uint32_t voxel)
{
    double at[3];

    place_mm(grid, voxel, at);
    return at[0] * grid->head[0] + at[1] * grid->head[1] + at[2] * grid->head[2];
}

/* The strongest voxel within 3 mm of the top of each part. */
static bool find_roots(const trace *job, int *roots)
{
    const cta_band *band = job->band;
    double *top = malloc(((size_t)band->part_count + 1) * sizeof *top);

    if (!top)
        return false;
    for (int p = 0; p < band->part_count; p++) {
        top[p] = -1e30;
        roots[p] = -1;
    }
    for (int i = 0; i < band->count; i++)
        top[band->part[i]] = fmax(top[band->part[i]], height(job->grid, band->voxel[i]));
    for (int i = 0; i < band->count; i++) {
        int *root = &roots[band->part[i]];

        if (height(job->grid, band->voxel[i]) > top[band->part[i]] - 3 &&
            (*root < 0 || band->strength[i] > band->strength[*root]))
            *root = i;
    }
    free(top);
    return true;
}

static void cover(trace *job, const int *chain, int count)
{
    const cta_grid *grid = job->grid;
    const cta_band *band = job->band;

    for (int c = 0; c < count; c++) {
        int i = chain[c];
        double reach = 1.3 * (double)band->reach[i] + 0.3;
        int n[3];

        for (int k = 0; k < 3; k++)
            n[k] = (int)(reach / grid->step[k]);
        for (int z = -n[2]; z <= n[2]; z++)
            for (int y = -n[1]; y <= n[1]; y++)
                for (int x = -n[0]; x <= n[0]; x++) {
                    double a = x * grid->step[0], b = y * grid->step[1], d = z * grid->step[2];
                    const int step[3] = {x, y, z};
                    int j = a * a + b * b + d * d <= reach * reach
                                ? cta_band_neighbour(grid, band, i, step)
                                : -1;

                    if (j >= 0)
                        job->covered[j] = 1;
                }
        /* The whole basin: marked on its summit. */
        job->covered[band->basin[i]] |= 2;
    }
}

static bool is_covered(const trace *job, int i)
{
    return job->covered[i] || (job->covered[job->band->basin[i]] & 2);
}

static wadi_status take(trace *job, const int *chain, int count, int stop, cta_lines *lines,
                        wadi_error *err)
{
    cta_line *line = NULL;
    wadi_status status = cta_lines_add(lines, &line, err);
    int total = 0;

    if (status)
        return status;
    /* Chain runs upwards; the line downwards, from the voxel it joins. */
    if (stop >= 0)
        place_mm(job->grid, job->band->voxel[stop], job->way[total++]);
    for (int c = count; c-- > 0;)
        place_mm(job->grid, job->band->voxel[chain[c]], job->way[total++]);
    line->parent = stop >= 0 ? job->line[stop] : -1;
    line->parent_at = stop >= 0 ? job->point[stop] : -1;
    for (int c = 0; c < count; c++) {
        job->line[chain[c]] = lines->count - 1;
        job->point[chain[c]] = count - c; /* of raw points; set right below */
    }
    cover(job, chain, count);
    return cta_line_set(line, total, (const double(*)[3])job->way, 3.0, err);
}

typedef struct ranked {
    float length;
    int i;
} ranked;

static int longest(const void *a, const void *b)
{
    const ranked *x = a, *y = b;

    return x->length != y->length ? (x->length < y->length) - (x->length > y->length)
                                  : (x->i > y->i) - (x->i < y->i);
}

static wadi_status all_tips(trace *job, const ranked *tips, double least_mm, int *chain,
                            cta_lines *lines, wadi_error *err)
{
    const cta_front *front = &job->front;
    wadi_status status = WADI_OK;

    for (int r = 0; r < job->band->count && !status; r++) {
        int count = 0, i = tips[r].i;

        if (is_covered(job, i))
            continue;
        while (i >= 0 && !is_covered(job, i)) {
            chain[count++] = i;
            i = front->from[i];
        }
        double fresh =
            (double)front->length[tips[r].i] - (i >= 0 ? (double)front->length[i] : 0);

        if (fresh < least_mm) {
            for (int c = 0; c < count; c++)
                job->covered[chain[c]] = 1;
            continue;
        }
        /* On to the path itself. */
        while (i >= 0 && job->line[i] < 0) {
            chain[count++] = i;
            i = front->from[i];
        }
        status = take(job, chain, count, i, lines, err);
    }
    return status;
}

/* A parent's point was counted in raw voxels: find it on the smooth line. */
static void settle_parents(cta_lines *lines)
{
    for (int l = 0; l < lines->count; l++) {
        cta_line *line = &lines->items[l];

        if (line->parent < 0 || line->count == 0)
            continue;
        const cta_line *parent = &lines->items[line->parent];
        double least = 1e30;

        for (int i = 0; i < parent->count; i++) {
            double far = cta_distance(parent->at[i], line->at[0]);

            if (far < least) {
                least = far;
                line->parent_at = i;
            }
        }
    }
}

wadi_status cta_trace(const cta_grid *grid, const cta_band *band, double least_mm,
                      cta_lines *lines, wadi_error *err)
{
    size_t n = (size_t)band->count + 2;
    trace job = {.grid = grid, .band = band};
    ranked *tips = NULL;
    int *roots = NULL, *chain = NULL;
    wadi_status status = cta_front_new(band->count, &job.front, err);

    if (status)
        return status;
    job.speed = wadi_alloc(n, sizeof *job.speed);
    job.covered = wadi_alloc(n, 1);
    job.line = wadi_alloc(n, sizeof *job.line);
    job.point = wadi_alloc(n, sizeof *job.point);
    job.way = wadi_alloc(n, sizeof *job.way);
    chain = wadi_alloc(n, sizeof *chain);
    tips = wadi_alloc(n, sizeof *tips);
    roots = wadi_alloc((size_t)band->part_count + 1, sizeof *roots);
    if (!job.speed || !job.covered || !job.line || !job.point || !job.way || !chain || !tips ||
        !roots || !find_roots(&job, roots)) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory to trace %d voxels", band->count);
        goto done;
    }
    for (int i = 0; i < band->count; i++) {
        job.line[i] = -1;
        job.speed[i] = 0.01f + band->strength[i] * band->strength[i];
    }
    for (int p = 0; p < band->part_count; p++)
        if (roots[p] >= 0)
            cta_march(grid, band, job.speed, roots[p], -1, &job.front);
    for (int i = 0; i < band->count; i++)
        tips[i] = (ranked){job.front.length[i], i};
    qsort(tips, (size_t)band->count, sizeof *tips, longest);
    status = all_tips(&job, tips, least_mm, chain, lines, err);
    if (!status)
        settle_parents(lines);
done:
    free(job.speed);
    free(job.covered);
    free(job.line);
    free(job.point);
    free(job.way);
    free(chain);
    free(tips);
    free(roots);
    cta_front_clear(&job.front);
    return status;
}
