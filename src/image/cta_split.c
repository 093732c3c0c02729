/* A path that ran from a vein into an artery beside it, or back, is cut where its blood
 * changes: noise and touching walls lead paths astray, brightness tells. */
#include "cta_impl.h"

#define RUN_MM 10.0 /* shorter stretches of another brightness are noise or calcium */
#define AROUND 10   /* points on each side whose median counts */
#define SHARE  0.45 /* of the way from vein to artery: from here on artery */
#define BRIGHT 1.25 /* times an artery: calcium */

/* 1 artery, 0 vein. */
static void tell(const cta_levels *levels, const cta_line *line, double *sorted,
                 uint8_t *artery)
{
    double least = levels->vein + SHARE * (levels->artery - levels->vein);

    for (int i = 0; i < line->count; i++) {
        int count = 0;

        for (int k = i - AROUND; k <= i + AROUND; k++)
            if (k >= 0 && k < line->count && line->hu[k] < BRIGHT * levels->artery)
                sorted[count++] = line->hu[k];
        artery[i] = count ? cta_quantile(sorted, count, 0.5) > least : i > 0 && artery[i - 1];
    }
}

/* Runs that are too short go with what is before them; at the head, with what follows. */
static void settle(int count, uint8_t *artery)
{
    int least = (int)(RUN_MM / CTA_STEP_MM);

    for (int from = 0; from < count;) {
        int end = from;

        while (end < count && artery[end] == artery[from])
            end++;
        if (end - from < least && (from > 0 || end < count)) {
            uint8_t other = from > 0 ? artery[from - 1] : artery[end];

            memset(artery + from, other, (size_t)(end - from));
            if (from == 0)
                continue; /* joined with what follows: look at it as one */
        }
        from = end;
    }
}

static wadi_status copy_run(cta_lines *lines, int l, int from, int end, bool artery,
                            wadi_error *err)
{
    cta_line *piece = NULL;
    wadi_status status = cta_lines_add(lines, &piece, err);

    if (status)
        return status;
    const cta_line *line = &lines->items[l];

    status = cta_line_reserve(piece, end - from, err);
    if (status)
        return status;
    piece->count = end - from;
    piece->kind = artery ? WADI_CTA_ARTERY : WADI_CTA_VEIN;
    memcpy(piece->at, line->at + from, (size_t)piece->count * sizeof *piece->at);
    memcpy(piece->radius, line->radius + from, (size_t)piece->count * sizeof *piece->radius);
    return WADI_OK;
}

/* What left the line leaves the piece that holds the place now. */
static void move_children(cta_lines *lines, int l, const int *piece, const int *start)
{
    for (int c = 0; c < lines->count; c++) {
        cta_line *child = &lines->items[c];

        if (child->parent != l || child->parent_at < 0 ||
            child->parent_at >= lines->items[l].count)
            continue;
        int to = piece[child->parent_at];

        if (to != l) {
            child->parent = to;
            child->parent_at -= start[child->parent_at];
        }
    }
}

static wadi_status split_line(const cta_grid *grid, const cta_levels *levels, cta_lines *lines,
                              int l, wadi_error *err)
{
    int count = lines->items[l].count, first = 0;
    size_t n = (size_t)count + 1;
    uint8_t *artery = wadi_alloc(n, 1);
    int *piece = wadi_alloc(n, sizeof *piece), *start = wadi_alloc(n, sizeof *start);
    double sorted[2 * AROUND + 1];
    wadi_status status = WADI_OK;

    if (!artery || !piece || !start) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory to part a path of %d points", count);
        goto done;
    }
    tell(levels, &lines->items[l], sorted, artery);
    settle(count, artery);
    while (first < count && artery[first] == artery[0])
        first++;
    if (first == count) /* all of one kind: as it was */
        goto done;
    for (int i = 0; i < count; i++)
        piece[i] = l;
    for (int from = first, end; from < count && !status; from = end) {
        for (end = from; end < count && artery[end] == artery[from]; end++)
            piece[end] = lines->count, start[end] = from;
        status = copy_run(lines, l, from, end, artery[from], err);
        if (!status)
            status = cta_measure(grid, levels, &lines->items[lines->count - 1], err);
    }
    if (status)
        goto done;
    move_children(lines, l, piece, start);
    lines->items[l].count = first;
    lines->items[l].kind = artery[0] ? WADI_CTA_ARTERY : WADI_CTA_VEIN;
    status = cta_measure(grid, levels, &lines->items[l], err);
done:
    free(artery);
    free(piece);
    free(start);
    return status;
}

wadi_status cta_split(const cta_grid *grid, const cta_levels *levels, int first,
                      cta_lines *lines, wadi_error *err)
{
    wadi_status status = WADI_OK;
    int count = lines->count;

    if (!(levels->vein > 0 && levels->artery > 1.4 * levels->vein))
        return WADI_OK;
    for (int l = first; l < count && !status; l++)
        if (!lines->items[l].dead && lines->items[l].count > (int)(2 * RUN_MM / CTA_STEP_MM))
            status = split_line(grid, levels, lines, l, err);
    return status;
}
