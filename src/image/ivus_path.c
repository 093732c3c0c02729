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

enum { WIDE = SAMPLES + 2 * PAD, PIECE = 32 };

static const float FAR_OFF = 1e30f;

/* next[r] = cost[r] + min over |d| <= reach of previous[r + d] + stiffness d^2. */
WADI_VECTOR static void step(int count, int reach, const float *restrict previous,
                             const float *restrict cost, float stiffness, float *restrict next)
{
    float extra[PAD + 1];
    int at = 0;

    for (int d = 1; d <= reach; d++)
        extra[d] = stiffness * (float)(d * d);
    /* A piece stays in registers; the last may overlap the one before. */
    for (; at < count && count >= PIECE; at += PIECE) {
        at = at + PIECE <= count ? at : count - PIECE;

        const float *from = previous + at + PAD;
        float best[PIECE];

        for (int r = 0; r < PIECE; r++)
            best[r] = from[r];
        for (int d = 1; d <= reach; d++)
            for (int r = 0; r < PIECE; r++) {
                float a = from[r - d], b = from[r + d], c = (a < b ? a : b) + extra[d];

                best[r] = c < best[r] ? c : best[r];
            }
        for (int r = 0; r < PIECE; r++)
            next[at + PAD + r] = best[r] + cost[at + r];
    }
    for (; at < count; at++) {
        const float *from = previous + at + PAD;
        float best = from[0];

        for (int d = 1; d <= reach; d++) {
            float c = (from[-d] < from[d] ? from[-d] : from[d]) + extra[d];

            best = c < best ? c : best;
        }
        next[at + PAD] = best + cost[at];
    }
}

static int before(const float *previous, int reach, float stiffness, int r)
{
    float best = previous[r + PAD];
    int from = r;

    for (int d = 1; d <= reach; d++) {
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

typedef struct problem {
    const float *cost; /* of the first sample allowed, line 0 */
    int count, reach, cut;
    float stiffness;
    float *table;
} problem;

/* The best path from a start in [low, high] at the cut all round to an end in [low, high] at
 * the same line, whose cost counts once. path has LINES + 1 places, from the cut on. */
static float open_path(const problem *p, int low, int high, int16_t *path)
{
    static const float NOTHING[SAMPLES];
    float best = INFINITY;
    int r = low;

    for (int line = 0; line <= LINES; line++)
        for (int k = 0; k < PAD; k++)
            p->table[line * WIDE + k] = p->table[line * WIDE + PAD + p->count + k] = FAR_OFF;
    for (int k = 0; k < p->count; k++)
        p->table[PAD + k] = k >= low && k <= high ? p->cost[p->cut * SAMPLES + k] : FAR_OFF;
    for (int line = 1; line <= LINES; line++) {
        int from = (p->cut + line) % LINES;

        step(p->count, p->reach, p->table + (line - 1) * WIDE,
             line == LINES ? NOTHING : p->cost + from * SAMPLES, p->stiffness,
             p->table + line * WIDE);
    }
    for (int k = low; k <= high; k++)
        if (p->table[LINES * WIDE + PAD + k] < best) {
            best = p->table[LINES * WIDE + PAD + k];
            r = k;
        }
    path[LINES] = (int16_t)r;
    for (int line = LINES; line > 0; line--) {
        r = before(p->table + (line - 1) * WIDE, p->reach, p->stiffness, r);
        path[line - 1] = (int16_t)r;
    }
    return best;
}

float ivus_closed_path(const float *cost, int from, int count, int reach, float stiffness,
                       int cut, ivus_path_work *work, int16_t *path, int *rounds)
{
    struct {
        int low, high;
    } stack[2 * SAMPLES];
    problem p = {cost + from, count, reach, cut, stiffness, work->table};
    int depth = 1, passes = 0;
    float best = INFINITY;
    int16_t found[LINES + 1];

    stack[0].low = 0;
    stack[0].high = count - 1;
    while (depth > 0) {
        int low = stack[--depth].low, high = stack[depth].high, middle, first;
        float bound = open_path(&p, low, high, found);

        passes++;
        if (bound >= best)
            continue;
        if (found[0] == found[LINES]) {
            best = bound;
            for (int line = 0; line < LINES; line++)
                path[(cut + line) % LINES] = (int16_t)(from + found[line]);
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
float ivus_closed_path_ref(const float *cost, int reach, float stiffness, int16_t *path)
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
                for (int q = r < reach ? 0 : r - reach; q <= r + reach && q < SAMPLES; q++) {
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
