/* Vessels of an opacity picture: ridges, skeleton, branches, and the calibre along them. */
#include "dsa.h"
#include "lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHORTEST_PX = 15 };

#define CALIBRES_LONG 6.0
#define FITTING_SHARE 0.85
/* Of the mean diameter, chosen: drawn stenoses of up to 69 % spread calibres by 0.11 to 0.14 of
 * it; two things in one piece, or a vessel that moves under the sum over time, by more. */
#define UNEVEN_SHARE 0.3

/* Strength of a bright ridge: the more negative eigenvalue of the Hessian times sigma^2, less
 * the other one where that is negative too (a blob), over the scales. */
static wadi_status ridges(wadi_index columns, wadi_index rows, const float *in, float *out,
                          wadi_error *err)
{
    static const double SIGMAS[4] = {1.2, 2.0, 3.3, 5.0};
    size_t count = (size_t)columns * (size_t)rows;
    float *block = wadi_alloc(4 * count, sizeof *block);

    if (!block)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for ridges");
    memset(out, 0, count * sizeof *out);
    for (int s = 0; s < 4; s++) {
        filter_kernel smooth, slope, curve;
        float *xx = block, *xy = block + count, *yy = block + 2 * count;
        float scale = (float)(SIGMAS[s] * SIGMAS[s]);

        filter_gauss(SIGMAS[s], 0, &smooth);
        filter_gauss(SIGMAS[s], 1, &slope);
        filter_gauss(SIGMAS[s], 2, &curve);
        filter_plane(columns, rows, in, &curve, &smooth, block + 3 * count, xx);
        filter_plane(columns, rows, in, &slope, &slope, block + 3 * count, xy);
        filter_plane(columns, rows, in, &smooth, &curve, block + 3 * count, yy);
        for (size_t i = 0; i < count; i++) {
            float half = 0.5f * (xx[i] + yy[i]);
            float root = sqrtf(0.25f * (xx[i] - yy[i]) * (xx[i] - yy[i]) + xy[i] * xy[i]);
            float most = half - root, other = half + root;
            float value = -scale * (most - (other < 0 ? other : 0));

            out[i] = value > out[i] ? value : out[i];
        }
    }
    free(block);
    return WADI_OK;
}

/* Zhang and Suen, Comm. ACM 27 (1984) 236. */
static void thin(wadi_index columns, wadi_index rows, uint8_t *mask, wadi_index *doomed)
{
    bool changed = true;

    for (int half = 0; changed || half == 1; half = !half) {
        wadi_index count = 0;

        if (half == 0)
            changed = false;
        for (wadi_index r = 1; r + 1 < rows; r++) {
            for (wadi_index c = 1; c + 1 < columns; c++) {
                uint8_t *m = mask + (size_t)r * (size_t)columns + (size_t)c;

                if (!*m)
                    continue;
                const uint8_t p[8] = {m[-columns], m[1 - columns], m[1],  m[columns + 1],
                                      m[columns],  m[columns - 1], m[-1], m[-columns - 1]};
                int neighbours = 0, rises = 0;

                for (int k = 0; k < 8; k++) {
                    neighbours += p[k];
                    rises += !p[k] && p[(k + 1) % 8];
                }
                if (neighbours < 2 || neighbours > 6 || rises != 1)
                    continue;
                if (half == 0 ? (p[0] && p[2] && p[4]) || (p[2] && p[4] && p[6])
                              : (p[0] && p[2] && p[6]) || (p[0] && p[4] && p[6]))
                    continue;
                doomed[count++] = r * columns + c;
            }
        }
        for (wadi_index i = 0; i < count; i++)
            mask[doomed[i]] = 0;
        changed |= count > 0;
    }
}

static int neighbours_of(wadi_index columns, const uint8_t *mask, wadi_index at,
                         wadi_index *out)
{
    const wadi_index step[8] = {-columns,    1,           columns,     -1,
                                1 - columns, 1 + columns, columns - 1, -columns - 1};
    int count = 0;

    for (int k = 0; k < 8; k++)
        if (mask[at + step[k]])
            out[count++] = at + step[k];
    return count;
}

/* What the vessel would be like if sound: a straight line through its diameters, from which
 * what lies a tenth below it is left out, round by round. */
static void sound_line(const wadi_dsa_vessel *vessel, wadi_index first, wadi_index last,
                       double line[2])
{
    line[0] = 0;
    line[1] = 0;
    for (int round = 0; round < 8; round++) {
        double n = 0, t = 0, tt = 0, v = 0, tv = 0, det;

        for (wadi_index i = first; i <= last; i++) {
            double d = vessel->diameter_px[i], at = i - 0.5 * (first + last);

            if (isnan(d) || d < 0.9 * (line[0] + line[1] * at) ||
                (round > 2 && d > 1.15 * (line[0] + line[1] * at)))
                continue;
            n++;
            t += at;
            tt += at * at;
            v += d;
            tv += at * d;
        }
        det = n * tt - t * t;
        if (n < 5 || !(det > 0))
            return;
        line[1] = (n * tv - t * v) / det;
        line[0] = (v - line[1] * t) / n;
    }
}

/* Greatest loss of diameter against the sound vessel at the same place, of means over nine
 * points. The ends, where catheter or picture ends, are left out. */
static void find_stenosis(wadi_dsa_vessel *vessel)
{
    wadi_index end = (wadi_index)fmin(1.5 * vessel->mean_diameter_px, vessel->count / 8.0);
    wadi_index first = end, last = vessel->count - 1 - end;
    double line[2], worst = -INFINITY;

    sound_line(vessel, first, last, line);
    for (wadi_index i = first + 4; i + 4 <= last; i++) {
        double sum = 0, sound = line[0] + line[1] * (i - 0.5 * (first + last));

        for (wadi_index k = i - 4; k <= i + 4; k++)
            sum += vessel->diameter_px[k];
        if (isnan(sum) || !(sound > 0) || 1 - sum / 9 / sound <= worst)
            continue;
        worst = 1 - sum / 9 / sound;
        vessel->least_diameter_px = sum / 9;
        vessel->reference_diameter_px = sound;
        vessel->stenosis_frac = worst > 0 ? worst : 0;
    }
}

static void summarise(wadi_dsa_vessel *vessel, double *sorted)
{
    wadi_index count = 0;
    double sum = 0, squares = 0;

    vessel->length_px = 0;
    for (wadi_index i = 1; i < vessel->count; i++)
        vessel->length_px +=
            hypot(vessel->x_px[i] - vessel->x_px[i - 1], vessel->y_px[i] - vessel->y_px[i - 1]);
    for (wadi_index i = 0; i < vessel->count; i++)
        if (!isnan(vessel->diameter_px[i]))
            sorted[count++] = vessel->diameter_px[i];
    vessel->mean_diameter_px = vessel->diameter_sd_px = vessel->stenosis_frac = NAN;
    vessel->least_diameter_px = vessel->reference_diameter_px = NAN;
    vessel->stenosis_reason = "poor_fit";
    if (count < 5)
        return;
    qsort(sorted, (size_t)count, sizeof *sorted, wadi_by_double);
    for (wadi_index i = 0; i < count; i++)
        sum += sorted[i];
    vessel->mean_diameter_px = sum / count;
    for (wadi_index i = 0; i < count; i++)
        squares += (sorted[i] - sum / count) * (sorted[i] - sum / count);
    vessel->diameter_sd_px = sqrt(squares / count);
    /* A loss is told where most profiles fit, of a piece long enough to show what is sound. */
    if (vessel->length_px < CALIBRES_LONG * vessel->mean_diameter_px)
        vessel->stenosis_reason = "piece_too_short";
    else if (count < FITTING_SHARE * vessel->count)
        vessel->stenosis_reason = "poor_fit";
    else if (vessel->diameter_sd_px > UNEVEN_SHARE * vessel->mean_diameter_px)
        vessel->stenosis_reason = "calibre_uneven";
    else {
        vessel->stenosis_reason = NULL;
        find_stenosis(vessel);
    }
    if (!vessel->stenosis_reason && isnan(vessel->stenosis_frac))
        vessel->stenosis_reason = "poor_fit";
}

static wadi_status finish_vessel(wadi_dsa *dsa, wadi_dsa_vessel *vessel, wadi_error *err)
{
    double *sorted = wadi_alloc((size_t)vessel->count, sizeof *sorted);
    wadi_index arrivals = 0;

    vessel->diameter_px = wadi_alloc((size_t)vessel->count, sizeof(double));
    if (!sorted || !vessel->diameter_px || !dsa_fit_vessel(dsa, vessel)) {
        free(sorted);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a vessel");
    }
    summarise(vessel, sorted);
    for (wadi_index i = 0; i < vessel->count; i++) {
        wadi_index r = (wadi_index)(vessel->y_px[i] + 0.5);
        wadi_index c = (wadi_index)(vessel->x_px[i] + 0.5);

        if (r < 0 || c < 0 || r >= dsa->rows || c >= dsa->columns)
            continue;

        float at = dsa->arrival_ms[(size_t)r * (size_t)dsa->columns + (size_t)c];

        if (!isnan(at))
            sorted[arrivals++] = at;
    }
    qsort(sorted, (size_t)arrivals, sizeof *sorted, wadi_by_double);
    vessel->arrival_ms = arrivals ? sorted[arrivals / 2] : NAN;
    free(sorted);
    return WADI_OK;
}

/* Take away side pieces that end within `limit` steps of the branching they leave. */
static void prune(wadi_index columns, wadi_index rows, uint8_t *skeleton, int limit)
{
    for (wadi_index start = columns + 1; start < columns * (rows - 1) - 1; start++) {
        wadi_index walked[64], around[8], at = start;
        int count = 0;

        if (!skeleton[start] || neighbours_of(columns, skeleton, start, around) != 1)
            continue;
        while (count < limit) {
            wadi_index next = WADI_NONE;
            int found = neighbours_of(columns, skeleton, at, around), ahead = 0;

            for (int k = 0; k < found; k++)
                if (count == 0 || around[k] != walked[count - 1]) {
                    next = around[k];
                    ahead++;
                }
            if (ahead != 1)
                break;
            walked[count++] = at;
            at = next;
        }
        /* Stopped at a branching: what was walked is a spur. */
        if (count < limit && count > 0 && neighbours_of(columns, skeleton, at, around) > 2)
            for (int k = 0; k < count; k++)
                skeleton[walked[k]] = 0;
    }
}

static float darkness_at(const wadi_dsa *dsa, wadi_index at)
{
    const float *p = dsa->evidence + at;
    wadi_index w = dsa->columns;

    return (p[0] + p[-1] + p[1] + p[-w] + p[w]) / 5;
}

/* Cheapest ways over the skeleton from one pixel, where a step costs less the more contrast is
 * under it: a bone's edge beside the vessel is no short cut. */
typedef struct sweep {
    wadi_index *heap, *from;
    float *cost, *gain;
    wadi_index heap_count;
} sweep;

static void push(sweep *work, wadi_index pixel)
{
    wadi_index at = work->heap_count++;

    while (at > 0 && work->cost[pixel] < work->cost[work->heap[(at - 1) / 2]]) {
        work->heap[at] = work->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    work->heap[at] = pixel;
}

static wadi_index pop(sweep *work)
{
    wadi_index top = work->heap[0], last = work->heap[--work->heap_count], at = 0;

    for (;;) {
        wadi_index child = 2 * at + 1;

        if (child >= work->heap_count)
            break;
        if (child + 1 < work->heap_count &&
            work->cost[work->heap[child + 1]] < work->cost[work->heap[child]])
            child++;
        if (work->cost[work->heap[child]] >= work->cost[last])
            break;
        work->heap[at] = work->heap[child];
        at = child;
    }
    work->heap[at] = last;
    return top;
}

/* The pixel whose way holds most vessel: each step gains by its contrast and loses a quarter,
 * so that a way goes on through weak stretches but does not run off into the ground. `seen`
 * lists what was met; each pixel may enter the heap once a neighbour, 8 times at most. */
static wadi_index best_end(const wadi_dsa *dsa, const uint8_t *skeleton, wadi_index start,
                           float usual, sweep *work, wadi_index *seen, wadi_index *seen_count)
{
    wadi_index best = start;

    work->heap_count = *seen_count = 0;
    work->cost[start] = 0;
    work->gain[start] = 0;
    work->from[start] = WADI_NONE;
    seen[(*seen_count)++] = start;
    push(work, start);
    while (work->heap_count) {
        wadi_index at = pop(work), around[8];
        int found = neighbours_of(dsa->columns, skeleton, at, around);

        if (work->gain[at] > work->gain[best])
            best = at;
        for (int k = 0; k < found; k++) {
            float share = darkness_at(dsa, around[k]) / usual;
            bool straight = around[k] % dsa->columns == at % dsa->columns ||
                            around[k] / dsa->columns == at / dsa->columns;
            float step = straight ? 1 : 1.41421f;

            share = share < 0.05f ? 0.05f : share > 1 ? 1 : share;
            float cost = work->cost[at] + step / (share * share);

            if (cost >= work->cost[around[k]])
                continue;
            if (isinf(work->cost[around[k]]))
                seen[(*seen_count)++] = around[k];
            work->cost[around[k]] = cost;
            work->gain[around[k]] = work->gain[at] + step * (share - 0.25f);
            work->from[around[k]] = at;
            push(work, around[k]);
        }
    }
    return best;
}

/* The vessel through the piece of skeleton that holds `start`, taken off it: from the end that
 * is best seen from the start to the end that is best seen from there. */
static wadi_index longest(const wadi_dsa *dsa, uint8_t *skeleton, wadi_index start, float usual,
                          wadi_index *path, sweep *work)
{
    wadi_index seen_count, at = start, count = 0;

    for (int pass = 0; pass < 2; pass++) {
        at = best_end(dsa, skeleton, at, usual, work, path, &seen_count);
        for (wadi_index i = 0; i < seen_count; i++)
            work->cost[path[i]] = INFINITY;
    }
    for (; at != WADI_NONE; at = work->from[at])
        path[count++] = at;
    for (wadi_index i = 0; i < count; i++)
        skeleton[path[i]] = 0;
    return count;
}

static int by_length(const void *a, const void *b)
{
    const wadi_dsa_vessel *x = a, *y = b;

    return (x->length_px < y->length_px) - (x->length_px > y->length_px);
}

/* Both ends back to where the vessel has a good third of its usual opacity: beyond lie the
 * catheter's shadow and the filter's own reach. */
static wadi_index trim(const wadi_dsa *dsa, wadi_index *path, wadi_index count)
{
    double *sorted = wadi_alloc((size_t)count, sizeof *sorted);
    wadi_index first = 0, last = count - 1;
    double limit;

    if (!sorted)
        return count;
    for (wadi_index i = 0; i < count; i++)
        sorted[i] = darkness_at(dsa, path[i]);
    qsort(sorted, (size_t)count, sizeof *sorted, wadi_by_double);
    limit = 0.4 * sorted[count / 2];
    free(sorted);
    while (first < last && darkness_at(dsa, path[first]) < limit)
        first++;
    while (last > first && darkness_at(dsa, path[last]) < limit)
        last--;
    memmove(path, path + first, (size_t)(last - first + 1) * sizeof *path);
    return last - first + 1;
}

static wadi_status add_vessel(wadi_dsa *dsa, const wadi_index *path, wadi_index count,
                              wadi_index *capacity, wadi_error *err)
{
    wadi_dsa_vessel vessel = {.count = count};

    vessel.x_px = wadi_alloc((size_t)count, sizeof(double));
    vessel.y_px = wadi_alloc((size_t)count, sizeof(double));
    if (dsa->vessel_count == *capacity) {
        void *more = wadi_realloc(dsa->vessels, (size_t)*capacity * 2 + 16, sizeof vessel);

        if (more) {
            dsa->vessels = more;
            *capacity = *capacity * 2 + 16;
        }
    }
    if (!vessel.x_px || !vessel.y_px || dsa->vessel_count == *capacity) {
        free(vessel.x_px);
        free(vessel.y_px);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for vessels");
    }
    for (wadi_index i = 0; i < count; i++) {
        vessel.x_px[i] = path[i] % dsa->columns;
        vessel.y_px[i] = path[i] / dsa->columns;
    }
    wadi_status status = finish_vessel(dsa, &vessel, err);

    dsa->vessels[dsa->vessel_count++] = vessel;
    return status;
}

/* Median contrast under the skeleton, of its better half: what the vessel usually has. */
static float usual_contrast(const wadi_dsa *dsa, const uint8_t *skeleton, float *sorted)
{
    size_t count = 0;

    for (wadi_index at = dsa->columns; at < dsa->columns * (dsa->rows - 1); at++)
        if (skeleton[at])
            sorted[count++] = darkness_at(dsa, at);
    qsort(sorted, count, sizeof *sorted, wadi_by_float);
    return count && sorted[count * 3 / 4] > 1e-3f ? sorted[count * 3 / 4] : 1e-3f;
}

/* Share of a piece that lies inside longer vessels: side rails of a wide or moving one. */
static double inside_others(const wadi_dsa *dsa, wadi_index v)
{
    const wadi_dsa_vessel *piece = &dsa->vessels[v];
    wadi_index inside = 0;

    for (wadi_index i = 0; i < piece->count; i++) {
        bool found = false;

        for (wadi_index w = 0; w < v && !found; w++) {
            const wadi_dsa_vessel *other = &dsa->vessels[w];
            double reach = 0.6 * other->mean_diameter_px + 2;

            for (wadi_index k = 0; k < other->count && !found; k += 2)
                found = hypot(piece->x_px[i] - other->x_px[k],
                              piece->y_px[i] - other->y_px[k]) < reach;
        }
        inside += found;
    }
    return (double)inside / piece->count;
}

/* Outside the field no frame differs from the mask. */
static bool outside_field(const wadi_dsa *dsa, wadi_index r, wadi_index c)
{
    size_t count = (size_t)dsa->columns * (size_t)dsa->rows;

    if (r < 0 || c < 0 || r >= dsa->rows || c >= dsa->columns)
        return false;
    for (wadi_index k = 1; k < 4; k++) {
        wadi_index f = k * dsa->frames / 4;
        float value =
            dsa->difference[(size_t)f * count + (size_t)r * (size_t)dsa->columns + (size_t)c];

        if (value < 0 || value > 0)
            return false;
    }
    return true;
}

/* `margin` pixels and half of them away. */
static bool at_shutter(const wadi_dsa *dsa, wadi_index r, wadi_index c, wadi_index margin)
{
    for (wadi_index y = -1; y <= 1; y++)
        for (wadi_index x = -1; x <= 1; x++)
            for (wadi_index reach = margin / 2; reach <= margin; reach += margin / 2)
                if (outside_field(dsa, r + y * reach, c + x * reach))
                    return true;
    return false;
}

/* No vessel: along most of it there is no contrast in time (edges of bones come and go with
 * motion, not with the bolus), or it runs along the shutter. */
static bool without_contrast(const wadi_dsa *dsa, const wadi_dsa_vessel *vessel)
{
    wadi_index seen = 0, edge = 0;
    /* From the wall, not from the middle. */
    wadi_index margin = 10 + (wadi_index)(0.5 * vessel->mean_diameter_px);

    for (wadi_index i = 0; i < vessel->count; i++) {
        wadi_index r = (wadi_index)(vessel->y_px[i] + 0.5);
        wadi_index c = (wadi_index)(vessel->x_px[i] + 0.5);

        if (r < 1 || c < 1 || r >= dsa->rows - 1 || c >= dsa->columns - 1)
            continue;
        seen += !isnan(dsa->arrival_ms[(size_t)r * (size_t)dsa->columns + (size_t)c]);
        edge += at_shutter(dsa, r, c, margin);
    }
    return 3 * seen < vessel->count || 5 * edge > 2 * vessel->count;
}

/* Contrast beside a point, beyond the wall on one side. */
static float beside(const wadi_dsa *dsa, const wadi_dsa_vessel *vessel, wadi_index i,
                    double side)
{
    wadi_index a = i > 3 ? i - 3 : 0, b = i + 3 < vessel->count ? i + 3 : vessel->count - 1;
    double dx = vessel->x_px[b] - vessel->x_px[a], dy = vessel->y_px[b] - vessel->y_px[a];
    double size = hypot(dx, dy), reach = side * (0.75 * vessel->mean_diameter_px + 3);

    if (!(size > 0))
        return 0;
    return filter_between(dsa->evidence, dsa->columns, dsa->rows,
                          (float)(vessel->x_px[i] - reach * dy / size),
                          (float)(vessel->y_px[i] + reach * dx / size));
}

/* A vessel is darker than what lies on either side of it; a border (of the diaphragm, of a bone
 * that moved) only than one of them. */
static bool is_border(const wadi_dsa *dsa, const wadi_dsa_vessel *vessel)
{
    wadi_index one_sided = 0;

    for (wadi_index i = 0; i < vessel->count; i++) {
        float here = filter_between(dsa->evidence, dsa->columns, dsa->rows,
                                    (float)vessel->x_px[i], (float)vessel->y_px[i]);
        float left = beside(dsa, vessel, i, -1), right = beside(dsa, vessel, i, 1);

        one_sided += (left > right ? left : right) > 0.6f * here;
    }
    return 2 * one_sided > vessel->count;
}

/* Pieces that are no vessels are taken away; `vessels` are longest first. */
static void drop_pieces(wadi_dsa *dsa)
{
    wadi_index kept = 0;

    for (wadi_index v = 0; v < dsa->vessel_count; v++) {
        wadi_dsa_vessel *vessel = &dsa->vessels[v];
        bool good = !isnan(vessel->mean_diameter_px) &&
                    vessel->length_px >= 1.5 * vessel->mean_diameter_px &&
                    !without_contrast(dsa, vessel) && !is_border(dsa, vessel);

        /* Kept ones lie in front, so that those before are the longer ones. */
        dsa->vessels[kept] = *vessel;
        if (good && inside_others(dsa, kept) < 0.6) {
            kept++;
            continue;
        }
        free(dsa->vessels[kept].x_px);
        free(dsa->vessels[kept].y_px);
        free(dsa->vessels[kept].diameter_px);
    }
    dsa->vessel_count = kept;
}

static wadi_status collect(wadi_dsa *dsa, uint8_t *skeleton, wadi_index *path, wadi_error *err)
{
    wadi_index columns = dsa->columns, pixels = columns * dsa->rows, capacity = 0;
    size_t count = (size_t)pixels;
    sweep work = {.heap = wadi_alloc(8 * count, sizeof *work.heap),
                  .from = wadi_alloc(count, sizeof *work.from),
                  .cost = wadi_alloc(count, sizeof *work.cost),
                  .gain = wadi_alloc(count, sizeof *work.gain)};
    wadi_status status = WADI_OK;
    float usual = 1;

    if (!work.heap || !work.from || !work.cost || !work.gain) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for vessels");
        goto done;
    }
    usual = usual_contrast(dsa, skeleton, work.cost);
    for (size_t i = 0; i < count; i++)
        work.cost[i] = INFINITY;
    for (wadi_index at = columns + 1; at < pixels - columns - 1 && !status; at++) {
        while (skeleton[at] && !status) {
            wadi_index length = longest(dsa, skeleton, at, usual, path, &work);

            length = trim(dsa, path, length);
            if (length >= SHORTEST_PX)
                status = add_vessel(dsa, path, length, &capacity, err);
        }
    }
    if (dsa->vessel_count)
        qsort(dsa->vessels, (size_t)dsa->vessel_count, sizeof *dsa->vessels, by_length);
    if (!status)
        drop_pieces(dsa);
done:
    free(work.heap);
    free(work.from);
    free(work.cost);
    free(work.gain);
    return status;
}

/* The mask is of the vessels that are kept: other ridges are taken out of it. `near` is
 * scratch. */
static void keep_near_vessels(wadi_dsa *dsa, uint8_t *near)
{
    memset(near, 0, (size_t)dsa->columns * (size_t)dsa->rows);
    for (wadi_index v = 0; v < dsa->vessel_count; v++) {
        const wadi_dsa_vessel *vessel = &dsa->vessels[v];

        for (wadi_index i = 0; i < vessel->count; i++) {
            double d = vessel->diameter_px[i];
            double reach = 0.6 * (isnan(d) ? vessel->mean_diameter_px : d) + 2;
            double x = vessel->x_px[i], y = vessel->y_px[i];

            for (wadi_index r = (wadi_index)fmax(0, y - reach); r <= y + reach && r < dsa->rows;
                 r++)
                for (wadi_index c = (wadi_index)fmax(0, x - reach);
                     c <= x + reach && c < dsa->columns; c++)
                    if ((c - x) * (c - x) + (r - y) * (r - y) <= reach * reach)
                        near[(size_t)r * (size_t)dsa->columns + (size_t)c] = 1;
        }
    }
    for (size_t i = 0; i < (size_t)dsa->columns * (size_t)dsa->rows; i++)
        dsa->mask[i] &= near[i];
}

wadi_status dsa_trace(wadi_dsa *dsa, wadi_error *err)
{
    size_t count = (size_t)dsa->columns * (size_t)dsa->rows, kept = 0;
    float *ridge = wadi_alloc(count, sizeof *ridge),
          *sorted = wadi_alloc(count, sizeof *sorted);
    wadi_index *path = wadi_alloc(count, sizeof *path);
    uint8_t *skeleton = wadi_alloc(count, 1);
    wadi_status status;
    float noise, least;

    if (!ridge || !sorted || !path || !skeleton) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory to trace vessels");
        goto done;
    }
    status = ridges(dsa->columns, dsa->rows, dsa->evidence, ridge, err);
    if (status)
        goto done;
    for (size_t i = 0; i < count; i += 3)
        if (ridge[i] > 0)
            sorted[kept++] = ridge[i];
    qsort(sorted, kept, sizeof *sorted, wadi_by_float);
    /* Most of a picture is ground: its ridges' median tells the noise. */
    noise = kept ? sorted[kept / 2] : 1;
    least = 0.25f * (kept ? sorted[kept - 1 - kept / 500] : 1);
    float high = 8 * noise > least ? 8 * noise : least, low = 0.4f * high;

    image_hysteresis(dsa->columns, dsa->rows, ridge, low, high, 40, path, dsa->mask);
    for (wadi_index r = 0; r < dsa->rows; r++)
        for (wadi_index c = 0; c < dsa->columns; c++)
            if (r < 2 || c < 2 || r >= dsa->rows - 2 || c >= dsa->columns - 2)
                dsa->mask[(size_t)r * (size_t)dsa->columns + (size_t)c] = 0;
    memcpy(skeleton, dsa->mask, count);
    thin(dsa->columns, dsa->rows, skeleton, path);
    prune(dsa->columns, dsa->rows, skeleton, 8);
    prune(dsa->columns, dsa->rows, skeleton, 20);
    status = collect(dsa, skeleton, path, err);
    if (!status)
        keep_near_vessels(dsa, skeleton);
done:
    free(ridge);
    free(sorted);
    free(path);
    free(skeleton);
    return status;
}
