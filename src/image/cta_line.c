/* Lines: memory, even spacing, smoothing. */
#include "cta_impl.h"

wadi_status cta_lines_add(cta_lines *lines, cta_line **line, wadi_error *err)
{
    if (lines->count == lines->capacity) {
        int more = 2 * lines->capacity + 16;
        cta_line *items = wadi_realloc(lines->items, (size_t)more, sizeof *items);

        if (!items)
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d lines", more);
        lines->items = items;
        lines->capacity = more;
    }
    *line = &lines->items[lines->count++];
    **line = (cta_line){.parent = -1, .parent_at = -1, .companion = -1, .confidence = 0.5};
    return WADI_OK;
}

void cta_line_clear(cta_line *line)
{
    free(line->at);
    free(line->radius);
    free(line->sd);
    free(line->hu);
    free(line->arc);
    free(line->calcium);
    free(line->bridged);
    *line = (cta_line){0};
}

void cta_lines_clear(cta_lines *lines)
{
    for (int i = 0; i < lines->count; i++)
        cta_line_clear(&lines->items[i]);
    free(lines->items);
    *lines = (cta_lines){0};
}

static bool grow(void *array, int count, size_t size)
{
    void *old, *more;

    memcpy(&old, array, sizeof old);
    more = wadi_realloc(old, (size_t)count, size);
    if (more)
        memcpy(array, &more, sizeof more);
    return more != NULL;
}

wadi_status cta_line_reserve(cta_line *line, int count, wadi_error *err)
{
    if (count <= line->capacity)
        return WADI_OK;
    if (!grow(&line->at, count, sizeof *line->at) ||
        !grow(&line->radius, count, sizeof *line->radius) ||
        !grow(&line->sd, count, sizeof *line->sd) ||
        !grow(&line->hu, count, sizeof *line->hu) ||
        !grow(&line->arc, count, sizeof *line->arc) ||
        !grow(&line->calcium, count, sizeof *line->calcium) ||
        !grow(&line->bridged, count, sizeof *line->bridged))
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d points of a line", count);
    for (int i = line->capacity; i < count; i++) {
        line->radius[i] = line->sd[i] = line->hu[i] = line->arc[i] = line->calcium[i] = 0;
        line->bridged[i] = 0;
    }
    line->capacity = count;
    return WADI_OK;
}

double cta_line_length(const cta_line *line)
{
    double sum = 0;

    for (int i = 1; i < line->count; i++)
        sum += cta_distance(line->at[i - 1], line->at[i]);
    return sum;
}

void cta_line_smooth(cta_line *line, double sd_mm)
{
    double weight[64], (*copy)[3] = NULL;
    int reach = (int)ceil(2.5 * sd_mm / CTA_STEP_MM);

    reach = reach > 63 ? 63 : reach;
    if (reach < 1 || line->count < 3 || !(copy = malloc((size_t)line->count * sizeof *copy)))
        return;
    memcpy(copy, line->at, (size_t)line->count * sizeof *copy);
    for (int k = 0; k <= reach; k++)
        weight[k] = exp(-0.5 * pow(k * CTA_STEP_MM / sd_mm, 2));
    for (int i = 0; i < line->count; i++) {
        /* Ends stay where they are: the window shrinks towards them. */
        int most = i < line->count - 1 - i ? i : line->count - 1 - i;
        double sum[3] = {0}, all = 0;

        most = most < reach ? most : reach;
        for (int k = -most; k <= most; k++) {
            for (int a = 0; a < 3; a++)
                sum[a] += weight[abs(k)] * copy[i + k][a];
            all += weight[abs(k)];
        }
        for (int a = 0; a < 3; a++)
            line->at[i][a] = sum[a] / all;
    }
    free(copy);
}

wadi_status cta_line_set(cta_line *line, int count, const double (*at)[3], double smooth_mm,
                         wadi_error *err)
{
    double total = 0;

    for (int i = 1; i < count; i++)
        total += cta_distance(at[i - 1], at[i]);
    int points = (int)(total / CTA_STEP_MM + 0.5) + 1;

    wadi_status status = cta_line_reserve(line, points, err);

    if (status)
        return status;
    double step = points > 1 ? total / (points - 1) : 0, along = 0;
    int piece = 0;

    line->count = points;
    for (int i = 0; i < points; i++) {
        double wanted = step * i, here = 0;

        while (piece + 1 < count &&
               along + (here = cta_distance(at[piece], at[piece + 1])) < wanted &&
               piece + 2 < count) {
            along += here;
            piece++;
        }
        here = piece + 1 < count ? cta_distance(at[piece], at[piece + 1]) : 0;
        double t = here > 0 ? (wanted - along) / here : 0;

        t = t < 0 ? 0 : t > 1 ? 1 : t;
        for (int k = 0; k < 3; k++)
            line->at[i][k] =
                here > 0 ? at[piece][k] + t * (at[piece + 1][k] - at[piece][k]) : at[piece][k];
    }
    cta_line_smooth(line, smooth_mm / 2);
    return WADI_OK;
}
