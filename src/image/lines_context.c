/* A vessel goes on: what the answers around a pixel say about it (auto-context, Tu and Bai,
 * IEEE Trans. PAMI 32 (2010) 1744).
 *
 *   0      the first answer
 *   1-4    chance of vessel, blurred over 1.5, 3, 6 and 12 pixels
 *   5-6    best mean of that chance along a piece of line of 6 and of 12 pixels
 *   7-9    logarithm of the area that hangs together with the pixel above -1, 0.5 and 2
 *   10     the surest answer in its area above -1
 *   11-17  features 1, 3, 4 (lines), 11, 12 (darkness), 14 (bottom hat), 15 (agreement) */
#include "lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double BLURS[4] = {1.5, 3, 6, 12}, LENGTHS[2] = {6, 12};
static const float LEVELS[3] = {-1, 0.5f, 2};
static const int KEPT[7] = {1, 3, 4, 11, 12, 14, 15};

/* Area of the 8-connected piece above a level around each pixel, and its surest answer. */
static void pieces(wadi_index columns, wadi_index rows, const float *answer, float level,
                   wadi_index *stack, uint8_t *seen, float *area, float *surest)
{
    wadi_index count = columns * rows;

    memset(seen, 0, (size_t)count);
    for (wadi_index start = 0; start < count; start++) {
        wadi_index size = 0;
        float most = -8;

        if (seen[start])
            continue;
        if (answer[start] <= level) {
            area[start] = 0;
            if (surest)
                surest[start] = -8;
            continue;
        }
        stack[size++] = start;
        seen[start] = 1;
        for (wadi_index at = 0; at < size; at++) {
            wadi_index here = stack[at], c = here % columns, r = here / columns;

            most = answer[here] > most ? answer[here] : most;
            for (wadi_index dr = -1; dr <= 1; dr++)
                for (wadi_index dc = -1; dc <= 1; dc++) {
                    wadi_index next = here + dr * columns + dc;

                    if (c + dc < 0 || c + dc >= columns || r + dr < 0 || r + dr >= rows ||
                        seen[next] || answer[next] <= level)
                        continue;
                    seen[next] = 1;
                    stack[size++] = next;
                }
        }
        for (wadi_index at = 0; at < size; at++) {
            area[stack[at]] = logf(1 + (float)size);
            if (surest)
                surest[stack[at]] = most > 8 ? 8 : most;
        }
    }
}

static void best_along(wadi_index columns, wadi_index rows, const float *chance, double length,
                       float *scratch, float *out)
{
    enum { DIRECTIONS = 8 };
    size_t count = (size_t)columns * (size_t)rows;

    for (size_t i = 0; i < count; i++)
        out[i] = 0;
    for (int a = 0; a < DIRECTIONS; a++) {
        lines_along(columns, rows, chance, WADI_PI * a / DIRECTIONS, length, scratch);
        for (size_t i = 0; i < count; i++)
            out[i] = scratch[i] > out[i] ? scratch[i] : out[i];
    }
}

wadi_status lines_context(wadi_index columns, wadi_index rows, const float *features,
                          const float *answer, float **out, wadi_error *err)
{
    wadi_status status = WADI_OK;
    size_t count = (size_t)columns * (size_t)rows;
    float *maps = wadi_alloc(LINES_CONTEXT * count, sizeof *maps);
    float *chance = wadi_alloc(2 * count, sizeof *chance);
    wadi_index *stack = wadi_alloc(count, sizeof *stack);
    uint8_t *seen = wadi_alloc(count, 1);
    bool blurred = true;

    *out = NULL;
    for (size_t i = 0; maps && chance && i < count; i++) {
        maps[i] = answer[i] > 8 ? 8 : answer[i] < -8 ? -8 : answer[i];
        chance[i] = 1 / (1 + expf(-maps[i]));
    }
    for (size_t k = 0; k < 4 && maps && chance; k++)
        blurred =
            blurred && filter_blur(columns, rows, BLURS[k], chance, maps + (1 + k) * count);
    if (!maps || !chance || !stack || !seen || !blurred) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d x %d pixels", columns, rows);
        goto done;
    }
    for (size_t k = 0; k < 2; k++)
        best_along(columns, rows, chance, LENGTHS[k], chance + count, maps + (5 + k) * count);
    for (size_t k = 0; k < 3; k++)
        pieces(columns, rows, answer, LEVELS[k], stack, seen, maps + (7 + k) * count,
               k == 0 ? maps + 10 * count : NULL);
    for (size_t k = 0; k < 7; k++)
        memcpy(maps + (11 + k) * count, features + (size_t)KEPT[k] * count,
               count * sizeof *maps);
    *out = maps;
    maps = NULL;
done:
    free(maps);
    free(chance);
    free(stack);
    free(seen);
    return status;
}
