/* What the user knows: seeds lie in a vessel, seeds of one kind and vessel are joined. The way
 * between two is of least time for a front (cta_march.c) whose speed is that of blood's
 * brightness, 0.08 + s^2 with s the share of the way from muscle to blood. Round it the way is
 * sought again at a cost of bends (cta_lift.c): a plain front turns aside into a neighbour. */
#include "cta_lift.h"
#include "cta_march.h"

#define TAKEN_MM  6.0  /* a seed farther beside every vessel is in none */
#define BESIDE_MM 1.0  /* more than the radius and this: said to lie beside */
#define LEAST_MM  3.0  /* shorter stretches beside a known vessel are the same vessel */
#define DARK      0.08 /* speed where there is no blood */
#define BAND_MM   7.0  /* round the plain way; veins go so near beside an artery */
#define CELL_MM   1.25
#define STIFF_MM  6.0 /* as across occlusions (cta_corridor.c) */
#define HASTE     1.15

typedef struct joiner {
    const cta_grid *grid;
    const cta_levels *levels;
    const wadi_cta_options *options;
    uint8_t *mask;
    cta_lines *lines;
    wadi_cta *cta;
    double (*at)[3]; /* of the seeds, in the grid */
    double blood;    /* of those that are being joined */
} joiner;

/* Typical brightness of a kind, or that of the darker seed where no vessel told it. */
static void set_blood(joiner *job, wadi_index s, wadi_index next)
{
    wadi_cta_label kind = job->options->seeds[s].kind;

    job->blood = kind == WADI_CTA_VEIN ? job->levels->vein : job->levels->artery;
    if (job->blood <= 0)
        job->blood =
            fmin(cta_value(job->grid, job->at[s]), cta_value(job->grid, job->at[next]));
    job->blood = fmax(job->blood, job->levels->muscle + 30);
}

wadi_status cta_seed_place(const cta_grid *grid, const wadi_volume *volume, wadi_index s,
                           const double *mm, double *at, wadi_error *err)
{
    for (int k = 0; k < 3; k++) {
        at[k] = 0;
        for (int a = 0; a < 3; a++)
            at[k] += (mm[a] - volume->origin_mm[a]) * volume->axes[k][a];
    }
    for (int k = 0; k < 3; k++)
        if (!(at[k] >= -0.5 * grid->step[k] && at[k] <= (grid->size[k] - 0.5) * grid->step[k]))
            return wadi_fail(err, WADI_ERR_RANGE,
                             "seed %d at %.5g, %.5g, %.5g mm lies outside the volume", s + 1,
                             mm[0], mm[1], mm[2]);
    return WADI_OK;
}

/* Nearest live line of a kind (WADI_CTA_VESSEL: any), or -1. */
static int nearest_line(const cta_lines *lines, wadi_cta_label kind, const double *at,
                        int *point, double *far)
{
    int best = -1;

    *far = 1e30;
    for (int l = 0; l < lines->count; l++) {
        const cta_line *line = &lines->items[l];

        if (line->dead || (kind != WADI_CTA_VESSEL && line->kind != kind))
            continue;
        for (int i = 0; i < line->count; i++) {
            double here = cta_distance(line->at[i], at);

            if (here < *far)
                *far = here, *point = i, best = l;
        }
    }
    return best;
}

/* A seed inside a vessel of the other kind, and beside all of its own: the user is right. */
static void correct_kind(const joiner *job, wadi_index s)
{
    wadi_cta_label kind = job->options->seeds[s].kind;
    int point = 0;
    double far;
    int own = nearest_line(job->lines, kind, job->at[s], &point, &far);

    if (own >= 0 && far <= job->lines->items[own].radius[point] + BESIDE_MM)
        return;
    int any = nearest_line(job->lines, WADI_CTA_VESSEL, job->at[s], &point, &far);

    if (any >= 0 && far <= job->lines->items[any].radius[point]) {
        job->lines->items[any].kind = kind;
        job->lines->items[any].confidence = 1;
    }
}

static size_t voxel_at(const cta_grid *grid, const double *at)
{
    size_t voxel = 0;

    for (int k = 0; k < 3; k++) {
        double x = floor(at[k] / grid->step[k] + 0.5), top = grid->size[k] - 1;

        voxel += (size_t)(x < 0 ? 0 : x > top ? top : x) * grid->stride[k];
    }
    return voxel;
}

static void place_of(const cta_grid *grid, uint32_t voxel, double *at)
{
    at[2] = grid->step[2] * (double)(voxel / grid->stride[2]);
    at[1] = grid->step[1] * (double)(voxel % grid->stride[2] / grid->stride[1]);
    at[0] = grid->step[0] * (double)(voxel % grid->stride[1]);
}

/* The mask: within `reach` of the straight line, no bone. */
static void mark_tube(const joiner *job, const double *a, const double *b, double reach)
{
    const cta_grid *grid = job->grid;
    double whole = cta_distance(a, b);
    wadi_index low[3], high[3];

    memset(job->mask, 0, grid->count);
    for (int k = 0; k < 3; k++) {
        low[k] = (wadi_index)fmax((fmin(a[k], b[k]) - reach) / grid->step[k], 0);
        high[k] =
            (wadi_index)fmin((fmax(a[k], b[k]) + reach) / grid->step[k], grid->size[k] - 1);
    }
    for (wadi_index z = low[2]; z <= high[2]; z++)
        for (wadi_index y = low[1]; y <= high[1]; y++)
            for (wadi_index x = low[0]; x <= high[0]; x++) {
                const double p[3] = {x * grid->step[0], y * grid->step[1], z * grid->step[2]};
                size_t at =
                    (size_t)x + (size_t)y * grid->stride[1] + (size_t)z * grid->stride[2];
                double t = 0, near[3];

                for (int k = 0; k < 3; k++)
                    t += (p[k] - a[k]) * (b[k] - a[k]) / (whole * whole);
                t = t < 0 ? 0 : t > 1 ? 1 : t;
                for (int k = 0; k < 3; k++)
                    near[k] = a[k] + t * (b[k] - a[k]);
                job->mask[at] =
                    grid->labels[at] != WADI_CTA_BONE && cta_distance(p, near) <= reach;
            }
}

/* Like blood, 0..1: mean of the voxel and its neighbours. What is brighter than a vein is none;
 * calcium in an artery is. */
static double like_blood(const joiner *job, const double *at, wadi_cta_label kind)
{
    double blood = job->blood, sum = 0, share;

    for (int k = 0; k < 3; k++)
        for (int side = -1; side <= 1; side++) {
            double p[3] = {at[0], at[1], at[2]};

            p[k] += side * job->grid->step[k];
            sum += fmin(cta_value(job->grid, p), 2 * blood) / 9;
        }
    share = (sum - job->levels->muscle) / (blood - job->levels->muscle);
    if (kind == WADI_CTA_VEIN && share > 1.3)
        share = 2.3 - share;
    return share < 0 ? 0 : share > 1 ? 1 : share;
}

/* A band of the mask alone: what a front needs of it. */
static wadi_status pack_mask(const cta_grid *grid, const uint8_t *mask, cta_band *band,
                             wadi_error *err)
{
    int count = 0;

    *band = (cta_band){0};
    for (size_t i = 0; i < grid->count; i++)
        count += mask[i] != 0;
    band->voxel = wadi_alloc((size_t)count + 1, sizeof *band->voxel);
    band->slot = malloc(grid->count * sizeof *band->slot);
    if (!band->voxel || !band->slot) {
        cta_band_clear(band);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory to join seeds");
    }
    for (size_t i = 0; i < grid->count; i++) {
        band->slot[i] = mask[i] ? band->count : -1;
        if (mask[i])
            band->voxel[band->count++] = (uint32_t)i;
    }
    return WADI_OK;
}

/* *count 0: there is no way. The caller frees *way. */
static wadi_status find_way(const joiner *job, const double *a, const double *b,
                            wadi_cta_label kind, double (**way)[3], int *count, wadi_error *err)
{
    const cta_grid *grid = job->grid;
    cta_band band;
    cta_front front = {0};
    float *speed = NULL;
    size_t first = voxel_at(grid, a), last = voxel_at(grid, b);
    wadi_status status;

    *count = 0;
    *way = NULL;
    mark_tube(job, a, b, fmax(8, cta_distance(a, b) / 3));
    if (first == last || !job->mask[first] || !job->mask[last])
        return WADI_OK;
    status = pack_mask(grid, job->mask, &band, err);
    if (status)
        return status;
    int start = band.slot[first], stop = band.slot[last];

    speed = wadi_alloc((size_t)band.count + 1, sizeof *speed);
    *way = wadi_alloc((size_t)band.count + 2, sizeof **way);
    status = !speed || !*way ? wadi_fail(err, WADI_ERR_NOMEM, "no memory to join seeds")
                             : cta_front_new(band.count, &front, err);
    if (status)
        goto done;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < band.count; i++) {
        double at[3], share;

        place_of(grid, band.voxel[i], at);
        share = like_blood(job, at, kind);
        speed[i] = (float)(DARK + share * share);
    }
    cta_march(grid, &band, speed, stop, start, &front);
    /* Marched upwards, so the way back runs down. */
    if (front.from[start] >= 0)
        for (int i = start; i >= 0; i = front.from[i])
            place_of(grid, band.voxel[i], (*way)[(*count)++]);
done:
    cta_front_clear(&front);
    cta_band_clear(&band);
    free(speed);
    return status;
}

/* The way of least cost round a plain one, bends counted; the plain one stays where there is
 * none. Costs are such that a mm in the dark costs 1. */
static wadi_status straighten(const joiner *job, wadi_cta_label kind, double (**way)[3],
                              int *count, wadi_error *err)
{
    cta_line plain = {0};
    cta_lift lift = {0};
    double(*found)[3] = NULL;
    int n = 0;
    wadi_status status = cta_line_set(&plain, *count, (const double(*)[3]) * way, 1.5, err);

    if (!status)
        status = cta_lift_new(plain.count, (const double(*)[3])plain.at, BAND_MM, CELL_MM,
                              &lift, err);
    if (status)
        goto done;
    lift.haste = HASTE;
#pragma omp parallel for schedule(static)
    for (int i = 0; i < lift.count; i++) {
        double at[3], share;

        cta_lift_place(&lift, i, at);
        share = like_blood(job, at, kind);
        lift.slow[i] = cta_label_at(job->grid, at) == WADI_CTA_BONE
                           ? (float)(1 / DARK)
                           : (float)(DARK / (DARK + share * share));
    }
    status = cta_lift_march(&lift, STIFF_MM, (*way)[0], NULL, (*way)[*count - 1], NULL, &found,
                            &n, err);
    if (!status && n > 1) {
        free(*way);
        *way = found;
        *count = n;
        found = NULL;
    }
done:
    free(found);
    cta_lift_clear(&lift);
    cta_line_clear(&plain);
    return status;
}

/* Points darker than halfway to blood are closed; the longest run of them in mm. */
static double mark_closed(const joiner *job, cta_line *line)
{
    double run = 0, longest = 0;

    for (int i = 0; i < line->count; i++) {
        line->bridged[i] = like_blood(job, line->at[i], line->kind) < 0.5;
        run = line->bridged[i] ? run + CTA_STEP_MM : 0;
        longest = fmax(longest, run);
    }
    return longest;
}

/* Points from..to of a way become a line between what is there at both ends. */
static wadi_status add_stretch(const joiner *job, const cta_line *whole, int from, int to,
                               wadi_error *err)
{
    cta_line *line = NULL;
    int up = -1, down = -1, up_at = 0, down_at = 0;
    double far;

    if (from > 0)
        up = nearest_line(job->lines, whole->kind, whole->at[from], &up_at, &far);
    if (to + 1 < whole->count)
        down = nearest_line(job->lines, whole->kind, whole->at[to], &down_at, &far);
    wadi_status status = cta_lines_add(job->lines, &line, err);

    if (status)
        return status;
    line->kind = whole->kind;
    line->confidence = 1;
    status = cta_line_set(line, to - from + 1, (const double(*)[3])(whole->at + from), 2, err);
    for (int i = 0; i < line->count && !status; i++)
        line->radius[i] = 1.5;
    if (!status)
        status = cta_measure(job->grid, job->levels, line, err);
    if (status)
        return status;
    mark_closed(job, line);
    status = cta_measure(job->grid, job->levels, line, err);
    if (up >= 0 && line->count > 1) {
        line->parent = up;
        line->parent_at = up_at;
        memcpy(line->at[0], job->lines->items[up].at[up_at], sizeof line->at[0]);
    }
    if (down >= 0 && line->count > 1) {
        cta_line *below = &job->lines->items[down];

        memcpy(line->at[line->count - 1], below->at[down_at], sizeof line->at[0]);
        if (below->parent < 0 && down_at == 0) {
            below->parent = job->lines->count - 1;
            below->parent_at = line->count - 1;
        }
    }
    return status;
}

/* Add what of a way is not yet a vessel of its kind. */
static wadi_status add_new(const joiner *job, const cta_line *whole, wadi_error *err)
{
    uint8_t *known = wadi_alloc((size_t)whole->count + 1, 1);
    wadi_status status = WADI_OK;

    if (!known)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory to join seeds");
    for (int i = 0; i < whole->count; i++) {
        int point = 0;
        double far;
        int l = nearest_line(job->lines, whole->kind, whole->at[i], &point, &far);

        known[i] = l >= 0 && far <= fmax(job->lines->items[l].radius[point], 1) + 0.5;
    }
    for (int i = 0, end; i < whole->count && !status; i = end) {
        for (end = i; end < whole->count && !known[end];)
            end++;
        if ((end - i) * CTA_STEP_MM >= LEAST_MM)
            status = add_stretch(job, whole, i, end - 1, err);
        end = end == i ? i + 1 : end;
    }
    free(known);
    return status;
}

/* From seed s to the next one below it of the same kind and vessel. */
static wadi_status join_one(joiner *job, wadi_index s, wadi_index next, wadi_error *err)
{
    const wadi_cta_seed *seed = &job->options->seeds[s];
    double(*way)[3] = NULL;
    int count = 0;
    cta_line whole = {.kind = seed->kind};

    set_blood(job, s, next);
    wadi_status status =
        find_way(job, job->at[s], job->at[next], seed->kind, &way, &count, err);

    if (!status && count > 1)
        status = straighten(job, seed->kind, &way, &count, err);
    if (!status && count > 1)
        status = cta_line_set(&whole, count, (const double(*)[3])way, 1.5, err);
    if (!status &&
        (count < 2 || mark_closed(job, &whole) > fmax(job->options->bridge_mm, LEAST_MM))) {
        job->cta->seeds[s].reasons |= WADI_CTA_NO_PATH;
        job->cta->seeds[next].reasons |= WADI_CTA_NO_PATH;
    } else if (!status) {
        status = add_new(job, &whole, err);
    }
    cta_line_clear(&whole);
    free(way);
    return status;
}

/* The seed of the same kind and vessel that is next below, or WADI_NONE. */
static wadi_index next_below(const joiner *job, wadi_index s)
{
    const wadi_cta_seed *seeds = job->options->seeds;
    double own = cta_height(job->grid, job->at[s]), best = -1e30;
    wadi_index found = WADI_NONE;

    for (wadi_index o = 0; o < job->options->seed_count; o++) {
        double here = cta_height(job->grid, job->at[o]);

        if (o == s || seeds[o].kind != seeds[s].kind || seeds[o].vessel != seeds[s].vessel ||
            here > own || (here >= own && o < s) || here <= best)
            continue;
        best = here;
        found = o;
    }
    return found;
}

wadi_status cta_seeds_join(const cta_grid *grid, const wadi_volume *volume,
                           const cta_levels *levels, const wadi_cta_options *options,
                           uint8_t *mask, cta_lines *lines, wadi_cta *cta, wadi_error *err)
{
    size_t n = (size_t)options->seed_count;
    joiner job = {.grid = grid,
                  .levels = levels,
                  .options = options,
                  .mask = mask,
                  .lines = lines,
                  .cta = cta};
    wadi_status status = WADI_OK;

    job.at = wadi_alloc(n, sizeof *job.at);
    cta->seeds = wadi_alloc(n, sizeof *cta->seeds);
    if (!job.at || !cta->seeds) {
        free(job.at);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for seeds");
    }
    cta->seed_count = options->seed_count;
    for (wadi_index s = 0; s < options->seed_count && !status; s++)
        status = cta_seed_place(grid, volume, s, options->seeds[s].at_mm, job.at[s], err);
    for (wadi_index s = 0; s < options->seed_count && !status; s++)
        correct_kind(&job, s);
    for (wadi_index s = 0; s < options->seed_count && !status; s++) {
        wadi_index next = next_below(&job, s);

        if (next != WADI_NONE)
            status = join_one(&job, s, next, err);
    }
    free(job.at);
    return status;
}

static void find_branch(const wadi_cta_seed *seed, wadi_cta *cta, wadi_cta_seed_found *found)
{
    double least = 1e30, radius = 0;

    found->branch = WADI_NONE;
    for (wadi_index b = 0; b < cta->branch_count; b++) {
        const wadi_cta_branch *branch = &cta->branches[b];

        for (wadi_index i = 0; i < branch->count; i++) {
            double far = cta_distance(branch->points_mm + 3 * (size_t)i, seed->at_mm);

            if (far >= least || (seed->kind != WADI_CTA_VESSEL && branch->kind != seed->kind))
                continue;
            least = far;
            radius = branch->radius_mm[i];
            found->branch = b;
        }
    }
    found->off_mm = found->branch == WADI_NONE ? 0 : least;
    if (found->branch != WADI_NONE && least > TAKEN_MM) {
        found->branch = WADI_NONE;
        found->off_mm = 0;
    }
    if (found->branch == WADI_NONE)
        found->reasons |= WADI_CTA_NO_PATH;
    else if (least > radius + BESIDE_MM)
        found->reasons |= WADI_CTA_SEED_OFF;
}

static void give_name(wadi_cta_branch *branch, wadi_cta_vessel vessel)
{
    branch->vessel = vessel;
    branch->reasons &= ~(uint32_t)WADI_CTA_NAME_UNSURE;
}

void cta_seeds_name(const wadi_cta_options *options, wadi_cta *cta)
{
    for (wadi_index s = 0; s < cta->seed_count; s++)
        find_branch(&options->seeds[s], cta, &cta->seeds[s]);
    for (wadi_index s = 0; s < cta->seed_count; s++) {
        wadi_cta_vessel vessel = options->seeds[s].vessel;
        wadi_index own = cta->seeds[s].branch;

        if (own == WADI_NONE)
            continue;
        if (vessel == WADI_CTA_UNNAMED)
            continue;
        give_name(&cta->branches[own], vessel);
        /* What leads from another of this vessel's seeds down to this one. */
        for (wadi_index o = 0; o < cta->seed_count; o++) {
            wadi_index up = own, steps = 0;

            if (o == s || options->seeds[o].vessel != vessel ||
                options->seeds[o].kind != options->seeds[s].kind)
                continue;
            while (up != WADI_NONE && up != cta->seeds[o].branch && steps++ < cta->branch_count)
                up = cta->branches[up].parent;
            if (up == WADI_NONE || up != cta->seeds[o].branch)
                continue;
            for (wadi_index b = own; b != up; b = cta->branches[b].parent)
                give_name(&cta->branches[b], vessel);
        }
    }
    for (wadi_index s = 0; s < cta->seed_count; s++)
        cta->reasons |= cta->seeds[s].reasons;
}
