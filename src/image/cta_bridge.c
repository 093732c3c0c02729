/* Across what is closed: pieces of a vessel are joined by the smoothest way that keeps off
 * bone, led by the veins that go beside. */
#include "cta_joint.h"

#define LEAST_SOUGHT_MM 8.0 /* shorter gaps are crossed as guessed */

static double dot3(const double *a, const double *b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Nearest point of a line, and how far. */
static int nearest_on(const cta_line *line, const double *at, double *far)
{
    int best = 0;

    *far = 1e30;
    for (int i = 0; i < line->count; i++) {
        double here = cta_distance(line->at[i], at);

        if (here < *far)
            *far = here, best = i;
    }
    return best;
}

/* Hermite's cubic between two ends with their directions. */
static void hermite(const double *a, const double *ta, const double *b, const double *tb,
                    double t, double *out)
{
    double far = cta_distance(a, b), t2 = t * t, t3 = t2 * t;

    for (int k = 0; k < 3; k++)
        out[k] = (2 * t3 - 3 * t2 + 1) * a[k] + (t3 - 2 * t2 + t) * far * ta[k] +
                 (3 * t2 - 2 * t3) * b[k] + (t3 - t2) * far * tb[k];
}

/* The way a vein goes from beside a to beside b, moved over by what lies between. */
static bool along_vein(const cta_line *vein, const double *a, const double *b, double t,
                       double *out)
{
    double far_a, far_b;
    int i = nearest_on(vein, a, &far_a), j = nearest_on(vein, b, &far_b);

    if (far_a > 11 || far_b > 11 || j <= i + 4)
        return false;
    double at = i + t * (j - i);
    int low = (int)at;
    double part = at - low;

    low = low > vein->count - 2 ? vein->count - 2 : low;
    for (int k = 0; k < 3; k++) {
        double v = vein->at[low][k] + part * (vein->at[low + 1][k] - vein->at[low][k]);

        out[k] = v + (1 - t) * (a[k] - vein->at[i][k]) + t * (b[k] - vein->at[j][k]);
    }
    return true;
}

/* First guess of the way across: the mean of what veins beside say, else a smooth curve. */
static void first_way(const cta_lines *lines, const cta_joint *best, bool tip, int count,
                      double (*way)[3])
{
    const cta_line *upper = &lines->items[best->upper], *lower = &lines->items[best->lower];
    const double *a = upper->at[best->at], *b = lower->at[0];
    double ta[3], tb[3];

    cta_end_tangent(upper, best->at, ta);
    cta_end_tangent(lower, 0, tb);
    /* A branch may leave its trunk in any direction: a curve that is free there. */
    for (int k = 0; k < 3 && !tip; k++)
        ta[k] = 1.5 * (b[k] - a[k]) / fmax(cta_distance(a, b), 0.1) - 0.5 * tb[k];
    for (int i = 0; i < count; i++) {
        double t = i / (count - 1.0), sum[3] = {0}, one[3], all = 0;

        for (int v = 0; v < lines->count; v++) {
            const cta_line *vein = &lines->items[v];

            if (vein->dead || vein->kind != WADI_CTA_VEIN || lower->kind == WADI_CTA_VEIN ||
                !along_vein(vein, a, b, t, one))
                continue;
            for (int k = 0; k < 3; k++)
                sum[k] += one[k];
            all++;
        }
        if (all > 0)
            for (int k = 0; k < 3; k++)
                way[i][k] = sum[k] / all;
        else
            hermite(a, ta, b, tb, t, way[i]);
    }
}

/* One line of two: upper up to `at`, the way across, lower. Children of both follow. */
static wadi_status splice(cta_lines *lines, const cta_joint *best, int way_count,
                          const double (*way)[3], int *from, int *to, int *result,
                          wadi_error *err)
{
    cta_line *upper = &lines->items[best->upper], *lower = &lines->items[best->lower];
    bool tip = best->at >= cta_tip_from(lines, best->upper);
    cta_line joined = {.parent = -1, .parent_at = -1, .companion = -1, .confidence = 0.5};
    int keep = tip ? best->at + 1 : 1, across = way_count > 2 ? way_count - 2 : 0, n = 0;
    wadi_status status = cta_line_reserve(&joined, keep + across + lower->count, err);

    if (status)
        return status;
    for (int i = 0; i < keep; i++, n++) {
        int src = tip ? i : best->at;

        memcpy(joined.at[n], upper->at[src], sizeof joined.at[n]);
        joined.radius[n] = tip ? upper->radius[src] : lower->radius[0];
        joined.sd[n] = upper->sd[src];
        joined.hu[n] = upper->hu[src];
        joined.arc[n] = upper->arc[src];
        joined.calcium[n] = upper->calcium[src];
        joined.bridged[n] = tip ? upper->bridged[src] : 0;
    }
    double ra = joined.radius[n - 1], rb = lower->radius[0];

    *from = n - 1;
    for (int i = 1; i <= across; i++, n++) {
        memcpy(joined.at[n], way[i], sizeof joined.at[n]);
        joined.radius[n] = ra + (rb - ra) * i / (across + 1.0);
        joined.sd[n] = 0.2 + 0.2 * joined.radius[n];
        joined.bridged[n] = 1;
    }
    *to = n;
    for (int i = 0; i < lower->count; i++, n++) {
        memcpy(joined.at[n], lower->at[i], sizeof joined.at[n]);
        joined.radius[n] = lower->radius[i];
        joined.sd[n] = lower->sd[i];
        joined.hu[n] = lower->hu[i];
        joined.arc[n] = lower->arc[i];
        joined.calcium[n] = lower->calcium[i];
        joined.bridged[n] = lower->bridged[i];
    }
    joined.count = n;
    joined.kind = lower->kind;
    joined.reasons = lower->reasons | (tip ? upper->reasons : 0);
    if (tip) {
        joined.parent = upper->parent;
        joined.parent_at = upper->parent_at;
    } else {
        joined.parent = best->upper;
        joined.parent_at = best->at;
    }
    for (int c = 0; c < lines->count; c++)
        if (lines->items[c].parent == best->lower) {
            lines->items[c].parent_at += *to;
            if (tip)
                lines->items[c].parent = best->upper;
        }
    *result = tip ? best->upper : best->lower;
    lower->dead = tip;
    lower->count = tip ? 0 : lower->count;
    cta_line_clear(&lines->items[*result]);
    lines->items[*result] = joined;
    if (tip)
        lower->parent = -1;
    return WADI_OK;
}

/* Brightness near the middle: low quartile, so that calcium of the wall does not pass for
 * blood. */
static double core(const cta_grid *grid, const cta_line *line, int i)
{
    double found[64], t[3], n[3] = {0}, m[3], reach = fmin(0.5 * line->radius[i], 1.0);
    int count = 0, least = 0;

    cta_line_tangent(line, i, t);
    for (int k = 1; k < 3; k++)
        if (fabs(t[k]) < fabs(t[least]))
            least = k;
    n[least] = 1;
    for (int k = 0; k < 3; k++)
        n[k] -= t[least] * t[k];
    double size = sqrt(dot3(n, n));

    for (int k = 0; k < 3; k++)
        n[k] /= size;
    m[0] = t[1] * n[2] - t[2] * n[1];
    m[1] = t[2] * n[0] - t[0] * n[2];
    m[2] = t[0] * n[1] - t[1] * n[0];
    for (int s = -2; s <= 2; s++) {
        int j = i + s;

        if (j < 0 || j >= line->count)
            continue;
        for (int a = 0; a <= 8; a++) {
            double p[3], c = a ? reach * cos(a * WADI_PI / 4) : 0,
                         e = a ? reach * sin(a * WADI_PI / 4) : 0;

            for (int k = 0; k < 3; k++)
                p[k] = line->at[j][k] + c * n[k] + e * m[k];
            found[count++] = cta_value(grid, p);
        }
    }
    return cta_quantile(found, count, 0.3);
}

/* Where it is closed in truth: between the half levels on both sides of the joint. */
static void mark_closed(const cta_grid *grid, const cta_levels *levels, cta_line *line,
                        int from, int to)
{
    double typical = line->kind == WADI_CTA_VEIN ? levels->vein : levels->artery;
    /* A thin open stretch looks darker than its blood is, by what blur takes from its top. */
    double least = fmin(line->radius[from], line->radius[to]) / levels->blur_mm;
    double half =
        levels->muscle + 0.5 * (typical - levels->muscle) * (1 - exp(-0.5 * least * least));
    int first = from, last = to, reach = 24;

    for (int i = from - 2; i >= from - reach && i >= 0; i--)
        if (core(grid, line, i) < half)
            first = i;
    for (int i = to + 2; i <= to + reach && i < line->count; i++)
        if (core(grid, line, i) < half)
            last = i;
    while (first < last && core(grid, line, first) >= half)
        first++;
    while (last > first && core(grid, line, last) >= half)
        last--;
    for (int i = from > reach ? from - reach : 0; i < to + reach && i < line->count; i++)
        line->bridged[i] = i >= first && i <= last && last - first >= 2;
    for (int i = first; i <= last && last - first >= 2; i++) {
        int a = first > 6 ? first - 6 : 0,
            b = last + 6 < line->count ? last + 6 : line->count - 1;
        double t = (double)(i - first + 1) / (last - first + 2);

        line->radius[i] = line->radius[a] + t * (line->radius[b] - line->radius[a]);
        line->sd[i] = 0.2 + 0.2 * line->radius[i];
        line->hu[i] = core(grid, line, i);
    }
}

/* Short bright pieces between two closed ones are calcium, or too short to matter. */
static void close_islands(cta_line *line, double most_mm)
{
    int most = (int)(most_mm / CTA_STEP_MM), last = -1;

    for (int i = 0; i < line->count; i++) {
        if (!line->bridged[i])
            continue;
        if (last >= 0 && i - last > 1 && i - last < most)
            memset(line->bridged + last, 1, (size_t)(i - last));
        last = i;
    }
}

wadi_status cta_bridge(const cta_grid *grid, const cta_levels *levels, const cta_frame *frame,
                       wadi_cta_label kind, double most_mm, cta_lines *lines, wadi_error *err)
{
    for (;;) {
        cta_joint best = cta_best_joint(grid, frame, lines, kind, most_mm);
        double(*way)[3];
        int from, to, result;

        if (best.upper < 0 || best.cost > 1.8 * most_mm)
            break;
        double far =
            cta_distance(lines->items[best.upper].at[best.at], lines->items[best.lower].at[0]);
        int count = (int)(far / CTA_STEP_MM) + 2;

        way = wadi_alloc((size_t)count, sizeof *way);
        if (!way)
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a way across an occlusion");
        first_way(lines, &best, best.at >= cta_tip_from(lines, best.upper), count, way);

        cta_line smooth = {0};
        double ta[3], tb[3];
        bool tip = best.at >= cta_tip_from(lines, best.upper);
        cta_gap_ends ends = {kind, best.upper, best.at, best.lower, tip ? ta : NULL, tb};
        wadi_status status;

        cta_end_tangent(&lines->items[best.upper], best.at, ta);
        cta_end_tangent(&lines->items[best.lower], 0, tb);
        if (kind == WADI_CTA_ARTERY && far > LEAST_SOUGHT_MM)
            status = cta_corridor(grid, levels, lines, &ends, count, (const double(*)[3])way,
                                  &smooth, err);
        else
            status = cta_line_set(&smooth, count, (const double(*)[3])way, 6.0, err);
        if (!status)
            status = splice(lines, &best, smooth.count, (const double(*)[3])smooth.at, &from,
                            &to, &result, err);
        free(way);
        cta_line_clear(&smooth);
        if (status)
            return status;
        mark_closed(grid, levels, &lines->items[result], from, to);
        if (best.second < 1.15 * best.cost + 3 && far > 10)
            lines->items[result].reasons |= WADI_CTA_BRIDGE_UNSURE;
    }
    for (int l = 0; l < lines->count; l++) {
        cta_line *line = &lines->items[l];
        bool bridged = !line->dead && line->kind == kind && line->count > 2 &&
                       memchr(line->bridged, 1, (size_t)line->count);

        if (!bridged)
            continue;
        close_islands(line, kind == WADI_CTA_ARTERY ? 25 : 5);

        wadi_status status = cta_measure(grid, levels, line, err);

        if (status)
            return status;
    }
    return WADI_OK;
}
