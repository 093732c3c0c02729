/* The closed path of least cost around a polar picture.
 *
 * An open path from any start in an interval to any end in it costs no more than the best
 * closed one that starts there. Intervals are halved until the open path closes by itself or
 * costs more than a closed path already found (after Sun & Pallottino, Pattern Recognition 36
 * (2003) 709-719, doi:10.1016/S0031-3203(02)00085-7; the bound here is one pass of dynamic
 * programming). */
#include "ivus.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDE = SAMPLES + 2 * PAD };

static const float FAR_OFF = 1e30f;

/* next[r] = cost[r] + min over |d| <= REACH of previous[r + d] + stiffness d^2. */
WADI_VECTOR static void step(const float *restrict previous, const float *restrict cost,
                             float stiffness, float *restrict next)
{
    float best[SAMPLES];

    for (int r = 0; r < SAMPLES; r++)
        best[r] = previous[r + PAD];
    for (int d = 1; d <= REACH; d++) {
        float extra = stiffness * (float)(d * d);

        for (int r = 0; r < SAMPLES; r++) {
            float a = previous[r + PAD - d], b = previous[r + PAD + d];
            float c = (a < b ? a : b) + extra;

            best[r] = c < best[r] ? c : best[r];
        }
    }
    for (int r = 0; r < SAMPLES; r++)
        next[r + PAD] = best[r] + cost[r];
}

static int before(const float *previous, float stiffness, int r)
{
    float best = previous[r + PAD];
    int from = r;

    for (int d = 1; d <= REACH; d++) {
        float extra = stiffness * (float)(d * d);

        if (previous[r + PAD - d] + extra < best) {
            best = previous[r + PAD - d] + extra;
            from = r - d;
        }
        if (previous[r + PAD + d] + extra < best) {
            best = previous[r + PAD + d] + extra;
            from = r + d;
        }
    }
    return from;
}

/* The best path from a start in [low, high] at line `cut` all round to an end in [low, high] at
 * the same line, whose cost counts once. path has LINES + 1 places, from the cut on. */
static float open_path(const float *cost, float stiffness, int cut, int low, int high,
                       ivus_path_work *work, int16_t *path)
{
    static const float NOTHING[SAMPLES];
    float best = INFINITY;
    int r = low;

    for (int line = 0; line <= LINES; line++)
        for (int k = 0; k < PAD; k++)
            work->table[line * WIDE + k] = work->table[line * WIDE + WIDE - 1 - k] = FAR_OFF;
    for (int k = 0; k < SAMPLES; k++)
        work->table[PAD + k] = k >= low && k <= high ? cost[cut * SAMPLES + k] : FAR_OFF;
    for (int line = 1; line <= LINES; line++) {
        int from = (cut + line) % LINES;

        step(work->table + (line - 1) * WIDE, line == LINES ? NOTHING : cost + from * SAMPLES,
             stiffness, work->table + line * WIDE);
    }
    for (int k = low; k <= high; k++)
        if (work->table[LINES * WIDE + PAD + k] < best) {
            best = work->table[LINES * WIDE + PAD + k];
            r = k;
        }
    path[LINES] = (int16_t)r;
    for (int line = LINES; line > 0; line--) {
        r = before(work->table + (line - 1) * WIDE, stiffness, r);
        path[line - 1] = (int16_t)r;
    }
    return best;
}

float ivus_closed_path(const float *cost, float stiffness, int cut, ivus_path_work *work,
                       int16_t *path, int *rounds)
{
    struct {
        int low, high;
    } stack[2 * SAMPLES];
    int depth = 1, passes = 0;
    float best = INFINITY;
    int16_t found[LINES + 1];

    stack[0].low = 0;
    stack[0].high = SAMPLES - 1;
    while (depth > 0) {
        int low = stack[--depth].low, high = stack[depth].high, middle, first;
        float bound = open_path(cost, stiffness, cut, low, high, work, found);

        passes++;
        if (bound >= best)
            continue;
        if (found[0] == found[LINES]) {
            best = bound;
            for (int line = 0; line < LINES; line++)
                path[(cut + line) % LINES] = found[line];
            continue;
        }
        /* Part the two ends; the half that holds more of the way between them goes first. */
        middle = (found[0] + found[LINES]) / 2;
        middle = middle >= high ? high - 1 : middle;
        first = found[0] + found[LINES] > 2 * middle;
        stack[depth].low = first ? low : middle + 1;
        stack[depth++].high = first ? middle : high;
        stack[depth].low = first ? middle + 1 : low;
        stack[depth++].high = first ? high : middle;
    }
    if (rounds)
        *rounds = passes;
    return best;
}

/* As written: for each start, the best way round that ends there. */
float ivus_closed_path_ref(const float *cost, float stiffness, int16_t *path)
{
    float(*best)[SAMPLES] = wadi_alloc(LINES + 1, sizeof *best), least = INFINITY;
    int16_t(*from)[SAMPLES] = wadi_alloc(LINES + 1, sizeof *from);

    WADI_ASSERT(best && from);
    for (int start = 0; start < SAMPLES; start++) {
        for (int r = 0; r < SAMPLES; r++)
            best[0][r] = r == start ? cost[r] : INFINITY;
        for (int line = 1; line <= LINES; line++)
            for (int r = 0; r < SAMPLES; r++) {
                best[line][r] = INFINITY;
                for (int q = r < REACH ? 0 : r - REACH; q <= r + REACH && q < SAMPLES; q++) {
                    float here = best[line - 1][q] + stiffness * (float)((r - q) * (r - q));

                    if (here < best[line][r]) {
                        best[line][r] = here;
                        from[line][r] = (int16_t)q;
                    }
                }
                best[line][r] += line < LINES ? cost[line * SAMPLES + r] : 0;
            }
        if (best[LINES][start] >= least)
            continue;
        least = best[LINES][start];
        for (int line = LINES, r = start; line > 0; line--) {
            r = from[line][r];
            path[line - 1] = (int16_t)r;
        }
    }
    free(best);
    free(from);
    return least;
}
