/* Lines to the public graph: nodes at ends and meetings, branches between them. */
#include "cta_impl.h"

static void to_patient(const wadi_volume *volume, const double *local, double *out)
{
    for (int k = 0; k < 3; k++)
        out[k] = volume->origin_mm[k] + local[0] * volume->axes[0][k] +
                 local[1] * volume->axes[1][k] + local[2] * volume->axes[2][k];
}

static wadi_index add_node(wadi_cta *cta, const wadi_volume *volume, const double *local)
{
    double at[3];

    to_patient(volume, local, at);
    for (wadi_index n = 0; n < cta->node_count; n++)
        if (cta_distance(cta->nodes[n].at_mm, at) < 1e-6) {
            cta->nodes[n].degree++;
            return n;
        }
    cta->nodes[cta->node_count] = (wadi_cta_node){.at_mm = {at[0], at[1], at[2]}, .degree = 1};
    return cta->node_count++;
}

static bool copy_piece(const cta_line *line, int from, int to, const wadi_volume *volume,
                       wadi_cta_branch *branch)
{
    size_t n = (size_t)(to - from + 1);

    branch->count = (wadi_index)n;
    branch->points_mm = wadi_alloc(3 * n, sizeof(double));
    branch->radius_mm = wadi_alloc(n, sizeof(double));
    branch->radius_sd_mm = wadi_alloc(n, sizeof(double));
    branch->hu = wadi_alloc(n, sizeof(double));
    branch->calcium_arc_deg = wadi_alloc(n, sizeof(double));
    branch->calcium_mm2 = wadi_alloc(n, sizeof(double));
    branch->bridged = wadi_alloc(n, 1);
    if (!branch->points_mm || !branch->radius_mm || !branch->radius_sd_mm || !branch->hu ||
        !branch->calcium_arc_deg || !branch->calcium_mm2 || !branch->bridged)
        return false;
    for (size_t i = 0; i < n; i++)
        to_patient(volume, line->at[from + (int)i], branch->points_mm + 3 * i);
    memcpy(branch->radius_mm, line->radius + from, n * sizeof(double));
    memcpy(branch->radius_sd_mm, line->sd + from, n * sizeof(double));
    memcpy(branch->hu, line->hu + from, n * sizeof(double));
    memcpy(branch->calcium_arc_deg, line->arc + from, n * sizeof(double));
    memcpy(branch->calcium_mm2, line->calcium + from, n * sizeof(double));
    memcpy(branch->bridged, line->bridged + from, n);
    branch->kind = line->kind;
    branch->kind_confidence = line->confidence;
    branch->vessel = line->vessel;
    branch->reasons = line->reasons;
    for (size_t i = 1; i < n; i++)
        branch->length_mm +=
            cta_distance(branch->points_mm + 3 * (i - 1), branch->points_mm + 3 * i);
    for (size_t i = 0; i < n; i++)
        branch->reasons |= branch->bridged[i] ? WADI_CTA_BRIDGED : 0u;
    return true;
}

/* Where a line begins in the graph: on the line that it leaves, when it lies at that one's
 * side. Its own first point was centred in its own lumen, or lies where both lumens are one. */
static const double *start_of(const cta_lines *lines, int l)
{
    const cta_line *line = &lines->items[l];

    if (line->parent < 0)
        return line->at[0];
    const cta_line *parent = &lines->items[line->parent];

    if (parent->dead || parent->count < 2 || line->parent_at < 0 ||
        line->parent_at >= parent->count)
        return line->at[0];
    const double *at = parent->at[line->parent_at];

    return cta_distance(at, line->at[0]) <= 2 * parent->radius[line->parent_at] + 2
               ? at
               : line->at[0];
}

/* Points of a line where others leave it or where it passes the ankle, with both ends. */
static int cuts_of(const cta_grid *grid, const cta_frame *frame, const cta_lines *lines, int l,
                   int *cuts)
{
    const cta_line *line = &lines->items[l];
    int count = 0;

    cuts[count++] = 0;
    for (int i = 1; i + 1 < line->count; i++) {
        bool ankle = frame->known && i > 10 && i + 11 < line->count &&
                     cta_height(grid, line->at[i - 1]) >= frame->ankle &&
                     cta_height(grid, line->at[i]) < frame->ankle;

        if (ankle) {
            cuts[count++] = i;
            continue;
        }
        for (int c = 0; c < lines->count; c++) {
            const cta_line *child = &lines->items[c];

            if (!child->dead && child->count > 1 && child->parent == l &&
                child->parent_at == i) {
                cuts[count++] = i;
                break;
            }
        }
    }
    cuts[count++] = line->count - 1;
    return count;
}

static wadi_index branch_at(const int *first, const int (*ends)[2], int l, int at)
{
    int last = WADI_NONE;

    for (int b = first[l]; b < first[l + 1]; b++) {
        last = b;
        if (at <= ends[b][1])
            return b;
    }
    return last;
}

wadi_status cta_graph(const cta_grid *grid, const wadi_volume *volume, const cta_frame *frame,
                      const cta_lines *lines, wadi_cta *cta, wadi_error *err)
{
    size_t most = 3 * (size_t)lines->count + 2;
    int *cuts = wadi_alloc(most + 2, sizeof *cuts);
    int *first = wadi_alloc((size_t)lines->count + 2, sizeof *first);
    int(*ends)[2] = wadi_alloc(most, sizeof *ends);
    bool fine;

    cta->branches = wadi_alloc(most, sizeof *cta->branches);
    cta->nodes = wadi_alloc(2 * most, sizeof *cta->nodes);
    fine = cuts && first && ends && cta->branches && cta->nodes;
    for (int l = 0; fine && l < lines->count; l++) {
        const cta_line *line = &lines->items[l];
        bool live = !line->dead && line->count > 1;
        int count = live ? cuts_of(grid, frame, lines, l, cuts) : 0;

        first[l] = cta->branch_count;
        for (int c = 0; fine && c + 1 < count; c++) {
            wadi_cta_branch *branch = &cta->branches[cta->branch_count];

            if (cuts[c + 1] <= cuts[c])
                continue;
            ends[cta->branch_count][0] = cuts[c];
            ends[cta->branch_count][1] = cuts[c + 1];
            cta->branch_count++;
            fine = copy_piece(line, cuts[c], cuts[c + 1], volume, branch);
            branch->nodes[0] =
                add_node(cta, volume, c == 0 ? start_of(lines, l) : line->at[cuts[c]]);
            branch->nodes[1] = add_node(cta, volume, line->at[cuts[c + 1]]);
        }
        first[l + 1] = cta->branch_count;
    }
    for (int l = 0; fine && l < lines->count; l++) {
        const cta_line *line = &lines->items[l];

        for (int b = first[l]; b < first[l + 1]; b++) {
            wadi_cta_branch *branch = &cta->branches[b];

            branch->parent = b > first[l]        ? b - 1
                             : line->parent >= 0 ? branch_at(first, (const int(*)[2])ends,
                                                             line->parent, line->parent_at)
                                                 : WADI_NONE;
            branch->companion = line->companion >= 0 ? branch_at(first, (const int(*)[2])ends,
                                                                 line->companion, 0)
                                                     : WADI_NONE;
        }
    }
    free(cuts);
    free(first);
    free(ends);
    return fine ? WADI_OK : wadi_fail(err, WADI_ERR_NOMEM, "no memory for a graph of vessels");
}
