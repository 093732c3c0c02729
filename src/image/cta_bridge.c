/* Across what is closed: pieces of a vessel are joined by the smoothest way that keeps off
 * bone, led by the veins that go beside. */
#include "cta_impl.h"

typedef struct joint {
    int upper, at, lower; /* line and point above, line below */
    double cost, second;
} joint;

static double dot3(const double *a, const double *b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Direction at an end over 6 mm, pointing down the line. */
static void end_tangent(const cta_line *line, int at, double *out)
{
    int reach = 12, a = at - reach, b = at + reach;

    a = a < 0 ? 0 : a;
    b = b >= line->count ? line->count - 1 : b;
    if (at < reach)
        a = 0, b = b < 2 * reach ? b : reach + at;
    double size = 0;

    for (int k = 0; k < 3; k++) {
        out[k] = line->at[b][k] - line->at[a][k];
        size += out[k] * out[k];
    }
    size = sqrt(size);
    for (int k = 0; k < 3; k++)
        out[k] = size > 1e-9 ? out[k] / size : k == 2;
}

static bool descends(const cta_lines *lines, int line, int from)
{
    for (int steps = 0; line >= 0 && steps < 1000; steps++) {
        if (line == from)
            return true;
        line = lines->items[line].parent;
    }
    return false;
}

static double bone_share(const cta_grid *grid, const double *a, const double *b)
{
    int count = (int)cta_distance(a, b) + 2, bone = 0;

    for (int i = 0; i < count; i++) {
        double p[3], t = i / (count - 1.0);

        for (int k = 0; k < 3; k++)
            p[k] = a[k] + t * (b[k] - a[k]);
        bone += cta_label_at(grid, p) == WADI_CTA_BONE;
    }
    return (double)bone / count;
}

/* What it costs to go from a point of one line to the start of another, in mm. */
static double cost_of(const cta_grid *grid, const cta_line *upper, int at, bool tip,
                      const cta_line *lower)
{
    const double *a = upper->at[at], *b = lower->at[0];
    double far = cta_distance(a, b), chord[3], ta[3], tb[3];

    if (far < 0.5)
        return far + (tip ? 0 : 2);
    for (int k = 0; k < 3; k++)
        chord[k] = (b[k] - a[k]) / far;
    end_tangent(upper, at, ta);
    end_tangent(lower, 0, tb);
    /* Over short ways a direction says little. */
    double say = far / (far + 6), turn = 1 - dot3(chord, tb);

    turn += tip ? 1 - dot3(chord, ta) : fmax(0.5 - dot3(chord, ta), 0);
    double thin = fabs(log(fmax(upper->radius[at], 0.3) / fmax(lower->radius[0], 0.3)));

    return far * (1 + say * turn * (2.5 + 6 * turn) + (tip ? 0.25 * thin : 0)) *
               (1 + 4 * bone_share(grid, a, b)) +
           (tip ? 0 : 8);
}

/* Course of a piece with all that leaves it. */
static cta_course tree_course(const cta_grid *grid, const cta_frame *frame,
                              const cta_lines *lines, int root)
{
    int votes[CTA_COURSES] = {0}, best = CTA_NOWHERE;

    for (int l = 0; l < lines->count; l++) {
        const cta_line *line = &lines->items[l];

        if (!line->dead && descends(lines, l, root))
            votes[cta_line_course(grid, frame, line, 0, line->count)] += line->count;
    }
    for (int c = CTA_NOWHERE + 1; c < CTA_COURSES; c++)
        if (votes[c] > votes[best] || (best == CTA_NOWHERE && votes[c] > 0))
            best = c;
    return (cta_course)best;
}

/* May a piece of this course continue from there? Once the arteries have parted, only where
 * the same course runs. */
static bool fits(const cta_grid *grid, const cta_frame *frame, cta_course course,
                 const cta_line *upper, int at)
{
    cta_course there = cta_line_course(grid, frame, upper, at - 20, at + 20);

    bool parted = frame->known && cta_frame_parted(grid, frame, upper->at[at]) &&
                  cta_height(grid, upper->at[at]) > frame->ankle + 10;

    return course == CTA_NOWHERE || there == course || (there == CTA_NOWHERE && !parted);
}

/* From this point on a line is its own tip: the last 15 mm, when nothing leaves there. */
static int tip_from(const cta_lines *lines, int line)
{
    int last = lines->items[line].count - 31;

    for (int c = 0; c < lines->count; c++)
        if (!lines->items[c].dead && lines->items[c].parent == line &&
            lines->items[c].parent_at > last)
            last = lines->items[c].parent_at;
    return last > lines->items[line].count - 2 ? lines->items[line].count - 2 : last;
}

static joint best_joint(const cta_grid *grid, const cta_frame *frame, const cta_lines *lines,
                        wadi_cta_label kind, double most_mm)
{
    /* A vein that leaves another is seen up to there; arteries may be closed at their origin.
     */
    double body_mm = kind == WADI_CTA_VEIN ? 6 : most_mm;
    joint best = {-1, -1, -1, 1e30, 1e30};

    for (int r = 0; r < lines->count; r++) {
        const cta_line *lower = &lines->items[r];
        joint mine = {-1, -1, r, 1e30, 1e30};

        if (lower->dead || lower->kind != kind || lower->parent >= 0 || lower->count < 3)
            continue;
        cta_course course = tree_course(grid, frame, lines, r);

        for (int u = 0; u < lines->count; u++) {
            const cta_line *upper = &lines->items[u];
            double of_line = 1e30;
            int at = -1;

            if (upper->dead || upper->kind != kind || upper->count < 3 || descends(lines, u, r))
                continue;
            int last = tip_from(lines, u);

            for (int i = upper->count - 1; i >= 0; i -= 4) {
                double far = cta_distance(upper->at[i], lower->at[0]);

                if (far > most_mm ||
                    cta_height(grid, upper->at[i]) < cta_height(grid, lower->at[0]) - 6)
                    continue;
                bool tip = i >= last;

                if (!tip && far > body_mm)
                    continue;
                double cost = cost_of(grid, upper, i, tip, lower);

                if (cost < of_line && cost < mine.second && fits(grid, frame, course, upper, i))
                    of_line = cost, at = i;
            }
            if (of_line < mine.cost) {
                mine.second = mine.cost;
                mine = (joint){u, at, r, of_line, mine.second};
            } else if (of_line < mine.second) {
                mine.second = of_line;
            }
        }
        if (mine.cost < best.cost)
            best = mine;
    }
    return best;
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
static void first_way(const cta_lines *lines, const joint *best, bool tip, int count,
                      double (*way)[3])
{
    const cta_line *upper = &lines->items[best->upper], *lower = &lines->items[best->lower];
    const double *a = upper->at[best->at], *b = lower->at[0];
    double ta[3], tb[3];

    end_tangent(upper, best->at, ta);
    end_tangent(lower, 0, tb);
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
static wadi_status splice(cta_lines *lines, const joint *best, int way_count,
                          const double (*way)[3], int *from, int *to, int *result,
                          wadi_error *err)
{
    cta_line *upper = &lines->items[best->upper], *lower = &lines->items[best->lower];
    bool tip = best->at >= tip_from(lines, best->upper);
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
        joint best = best_joint(grid, frame, lines, kind, most_mm);
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
        first_way(lines, &best, best.at >= tip_from(lines, best.upper), count, way);

        cta_line smooth = {0};
        wadi_status status = cta_line_set(&smooth, count, (const double(*)[3])way, 6.0, err);

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
