/* Where a place lies in the lower leg, told by tibia and fibula: the anterior tibial artery
 * runs before the membrane between them, the peroneal one behind it on the fibula's side, the
 * posterior tibial one behind it on the tibia's. */
#include "cta_impl.h"

#include <limits.h>

enum { BLOBS = 40 };

typedef struct blob {
    double area, x, y;
} blob;

/* Pieces of bone in a slice, largest first. */
static int slice_blobs(const cta_grid *grid, wadi_index z, uint8_t *seen, int32_t *stack,
                       blob *found)
{
    const uint8_t *labels = grid->labels + (size_t)z * grid->stride[2];
    int nx = grid->size[0], ny = grid->size[1], count = 0;
    double pixel = grid->step[0] * grid->step[1];

    memset(seen, 0, grid->stride[2]);
    for (int32_t i = 0; i < (int32_t)grid->stride[2]; i++) {
        size_t top = 0;
        double n = 0, sx = 0, sy = 0;

        if (labels[i] != WADI_CTA_BONE || seen[i])
            continue;
        seen[i] = 1;
        stack[top++] = i;
        while (top) {
            int32_t j = stack[--top], x = j % nx, y = j / nx;
            const int32_t next[4] = {x > 0 ? j - 1 : j, x + 1 < nx ? j + 1 : j,
                                     y > 0 ? j - nx : j, y + 1 < ny ? j + nx : j};

            n++;
            sx += x;
            sy += y;
            for (int k = 0; k < 4; k++)
                if (labels[next[k]] == WADI_CTA_BONE && !seen[next[k]]) {
                    seen[next[k]] = 1;
                    stack[top++] = next[k];
                }
        }
        blob one = {n * pixel, sx / n * grid->step[0], sy / n * grid->step[1]};
        int at = count < BLOBS ? count++ : BLOBS - 1;

        for (; at > 0 && found[at - 1].area < one.area; at--)
            found[at] = found[at - 1];
        found[at] = one;
    }
    return count;
}

/* Tibia is the largest; of the rest, the largest within reach that is much smaller. */
static bool tell_bones(const blob *found, int count, double (*row)[2][2], wadi_index z)
{
    if (count < 2 || found[0].area < 120)
        return false;
    for (int i = 1; i < count; i++) {
        double far = hypot(found[i].x - found[0].x, found[i].y - found[0].y);

        if (found[i].area > 35 && found[i].area < 0.75 * found[0].area && far > 15 &&
            far < 70) {
            row[z][0][0] = found[0].x;
            row[z][0][1] = found[0].y;
            row[z][1][0] = found[i].x;
            row[z][1][1] = found[i].y;
            return true;
        }
    }
    return false;
}

/* The longest stack of slices with both bones where neither jumps. */
static void longest_run(const cta_grid *grid, cta_frame *frame, const bool *both)
{
    wadi_index n = grid->size[2], start = 0, best = 0;

    for (wadi_index z = 0; z <= n; z++) {
        bool on = z < n && both[z];

        if (on && z > start)
            for (int b = 0; b < 2; b++)
                on = on && hypot(frame->bone[z][b][0] - frame->bone[z - 1][b][0],
                                 frame->bone[z][b][1] - frame->bone[z - 1][b][1]) <
                               3 + 2 * grid->step[2];
        if (on)
            continue;
        if (z - start > best) {
            best = z - start;
            frame->first = start;
            frame->last = z - 1;
        }
        start = z < n && both[z] ? z : z + 1;
    }
    frame->known = best * grid->step[2] > 60 && fabs(grid->head[2]) > 0.7;
}

wadi_status cta_frame_find(const cta_grid *grid, const wadi_volume *volume, cta_frame *frame,
                           wadi_error *err)
{
    wadi_index n = grid->size[2];
    bool *both = wadi_alloc((size_t)n + 1, sizeof *both);
    bool refused = false;

    *frame =
        (cta_frame){.parting = 0.6, .bone = wadi_alloc((size_t)n + 1, sizeof *frame->bone)};
    if (!both || !frame->bone) {
        free(both);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the places of bones");
    }
#pragma omp parallel
    {
        uint8_t *seen = malloc(grid->stride[2]);
        int32_t *stack = malloc(grid->stride[2] * sizeof *stack);
        blob found[BLOBS];

        if (!seen || !stack) {
#pragma omp atomic write
            refused = true;
        }
#pragma omp for schedule(static)
        for (wadi_index z = 0; z < n; z++)
            both[z] =
                seen && stack &&
                tell_bones(found, slice_blobs(grid, z, seen, stack, found), frame->bone, z);
        free(seen);
        free(stack);
    }
    longest_run(grid, frame, both);
    free(both);
    if (refused)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the places of bones");
    for (int k = 0; k < 2; k++)
        frame->front[k] = -volume->axes[k][1];
    if (frame->known) {
        wadi_index z = (frame->first + frame->last) / 2;
        double left = 0;

        for (int k = 0; k < 2; k++)
            left += (frame->bone[z][1][k] - frame->bone[z][0][k]) * volume->axes[k][0];
        frame->right = left < 0;
        double low = frame->first * grid->step[2] * grid->head[2],
               high = frame->last * grid->step[2] * grid->head[2];

        frame->ankle = fmin(low, high) + 4;
        frame->knee = fmax(low, high);
    }
    return WADI_OK;
}

void cta_frame_clear(cta_frame *frame)
{
    free(frame->bone);
    *frame = (cta_frame){0};
}

/* Share of the way from tibia to fibula at which a place lies, and how far before (+) or behind
 * (-) the membrane between them, mm. False where the bones are not known. */
static bool place_of(const cta_grid *grid, const cta_frame *frame, const double *at,
                     double *share, double *before)
{
    wadi_index z = (wadi_index)floor(at[2] / grid->step[2] + 0.5);

    if (!frame->known || z < frame->first || z > frame->last)
        return false;
    const double(*bone)[2] = frame->bone[z];
    double e[2] = {bone[1][0] - bone[0][0], bone[1][1] - bone[0][1]};
    double w[2] = {at[0] - bone[0][0], at[1] - bone[0][1]};
    double size = hypot(e[0], e[1]);

    e[0] /= size;
    e[1] /= size;
    *share = (w[0] * e[0] + w[1] * e[1]) / size;
    *before = w[1] * e[0] - w[0] * e[1];
    if (e[0] * frame->front[1] - e[1] * frame->front[0] < 0)
        *before = -*before;
    return true;
}

double cta_frame_ahead(const cta_grid *grid, const cta_frame *frame, const double *at)
{
    double share, before;

    return place_of(grid, frame, at, &share, &before) ? before : -1e30;
}

cta_course cta_frame_course(const cta_grid *grid, const cta_frame *frame, const double *at)
{
    double share, before;

    if (!place_of(grid, frame, at, &share, &before))
        return CTA_NOWHERE;
    return before > 0 ? CTA_ANTERIOR : share > frame->parting ? CTA_FIBULAR : CTA_POSTERIOR;
}

/* Where the posterior tibial artery ends and the peroneal one begins differs with the leg: the
 * first lies anywhere from behind the tibia to the middle between the bones. Of the windows
 * between 0.4 and 0.85 of the way that have arteries on both sides, those with the fewest
 * points inside lie between the two; their middle parts them. With arteries on one side only
 * the limit stays as it was. */
void cta_frame_part(const cta_grid *grid, const cta_lines *lines, cta_frame *frame)
{
    enum { BINS = 18, WIDE = 6, SIDE = 20 }; /* bins of 0.025 from 0.4 on; points */
    int count[BINS] = {0}, below = 0, above = 0, least = INT_MAX, run = 0, longest = 0;

    for (int l = 0; l < lines->count; l++)
        for (int i = 0; i < lines->items[l].count && !lines->items[l].dead; i++) {
            const double *at = lines->items[l].at[i];
            double share, before;

            if (!cta_frame_parted(grid, frame, at) ||
                cta_height(grid, at) < frame->ankle + 10 ||
                !place_of(grid, frame, at, &share, &before) || before > 0)
                continue;
            double bin = floor((share - 0.4) / 0.025);

            if (bin < 0)
                below++;
            else if (bin < BINS)
                count[(int)bin]++;
            else
                above++;
        }
    for (int k = WIDE; k < BINS; k++)
        above += count[k];
    for (int w = 0; w + WIDE <= BINS; w++) {
        int sum = 0;

        for (int k = 0; k < WIDE; k++)
            sum += count[w + k];
        if (below >= SIDE && above >= SIDE && sum <= least) {
            run = sum < least ? 1 : run + 1;
            longest = sum < least ? 1 : longest;
            if (run >= longest) {
                longest = run;
                frame->parting = 0.4 + 0.025 * (w + 0.5 * (WIDE + 1 - run));
            }
            least = sum;
        } else {
            run = 0;
        }
        below += count[w];
        above -= w + WIDE < BINS ? count[w + WIDE] : 0;
    }
}

double cta_height(const cta_grid *grid, const double *at)
{
    return at[0] * grid->head[0] + at[1] * grid->head[1] + at[2] * grid->head[2];
}

/* Below this, the three arteries have parted. */
bool cta_frame_parted(const cta_grid *grid, const cta_frame *frame, const double *at)
{
    return cta_height(grid, at) < frame->knee - 65;
}

bool cta_frame_apart(const cta_grid *grid, const cta_frame *frame, const double *at)
{
    return cta_height(grid, at) < frame->knee - 110;
}

/* Course of a stretch of a line, by majority; CTA_NOWHERE when there is none. */
cta_course cta_line_course(const cta_grid *grid, const cta_frame *frame, const cta_line *line,
                           int from, int to)
{
    int votes[CTA_COURSES] = {0}, best = CTA_NOWHERE, all = 0;

    for (int i = from < 0 ? 0 : from; i <= to && i < line->count; i++)
        if (frame->known && cta_frame_parted(grid, frame, line->at[i]) &&
            cta_height(grid, line->at[i]) > frame->ankle)
            votes[cta_frame_course(grid, frame, line->at[i])]++;
    for (int c = CTA_NOWHERE + 1; c < CTA_COURSES; c++) {
        all += votes[c];
        if (votes[c] > votes[best] || best == CTA_NOWHERE)
            best = c;
    }
    return all >= 8 && votes[best] * 10 >= all * 6 ? (cta_course)best : CTA_NOWHERE;
}
