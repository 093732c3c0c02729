/* Shadows, lumen and outer membrane of one frame. */
#include "ivus.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Fitted to the made-up pullbacks 1 to 10 (docs/image/ivus.md). Lengths in mm. */
#define LUMEN_STIFFNESS 0.04f /* per (sample per line)^2, in units of blood-wall contrast */
#define EEM_STIFFNESS   0.25f
#define DARK_CAP        0.17f
#define BRIGHT_CAP      0.60f
#define BAND_MM         0.20
#define SHADOW_FRAC     0.55f /* of the deep level */
#define WIRE_DEG        28.0  /* wider shadows are calcium */
#define MEDIA_MM        0.15
#define ADVENTITIA_MM   0.30
#define LEAST_WALL_MM   0.06
#define MEDIA_WEIGHT    0.7f
#define PRIOR_WEIGHT    0.5f /* per mm^2 away from the outline, in a line */
#define SHADOW_WEIGHT   5.0f /* the same where nothing is seen */

static int samples_of(const ivus_polar *p, double mm)
{
    int n = (int)(mm / p->step_mm + 0.5);

    return n < 1 ? 1 : n > SAMPLES ? SAMPLES : n;
}

/* Sums from the axis to before each sample. */
static void add_up(const float *in, float *sum)
{
    for (int line = 0; line < LINES; line++) {
        float *to = sum + line * (SAMPLES + 1), all = 0;

        to[0] = 0;
        for (int s = 0; s < SAMPLES; s++)
            to[s + 1] = all += in[line * SAMPLES + s];
    }
}

static float mean_of(const float *sum, int line, int from, int to)
{
    const float *at = sum + line * (SAMPLES + 1);

    from = from < 0 ? 0 : from;
    to = to > SAMPLES ? SAMPLES : to;
    return to > from ? (at[to] - at[from]) / (float)(to - from) : at[SAMPLES] / SAMPLES;
}

WADI_VECTOR static void add_line(const float *restrict in, float *restrict sum)
{
    for (int s = 0; s < SAMPLES; s++)
        sum[s] += in[s];
}

WADI_VECTOR static void window(const float *restrict sum, int along, float scale,
                               float *restrict out)
{
    for (int s = along; s < SAMPLES - along; s++)
        out[s] = scale * (sum[s + along + 1] - sum[s - along]);
}

/* Mean over lines -across..across and samples -along..along. */
void ivus_smooth(const float *in, int across, int along, ivus_work *work, float *out)
{
    float line_sum[SAMPLES], sum[SAMPLES + 1];

    for (int line = 0; line < LINES; line++) {
        memcpy(line_sum, in + line * SAMPLES, sizeof line_sum);
        for (int k = 1; k <= across; k++) {
            add_line(in + ((line + k) & (LINES - 1)) * SAMPLES, line_sum);
            add_line(in + ((line - k) & (LINES - 1)) * SAMPLES, line_sum);
        }
        sum[0] = 0;
        for (int s = 0; s < SAMPLES; s++)
            sum[s + 1] = sum[s] + line_sum[s];
        float scale = 1 / (float)((2 * across + 1) * (2 * along + 1));
        float *to = out + line * SAMPLES;

        window(sum, along, scale, to);
        for (int s = 0; s < along; s++) {
            to[s] = to[along];
            to[SAMPLES - 1 - s] = to[SAMPLES - 1 - along];
        }
    }
    (void)work;
}

/* ---- shadows ---- */

/* Where a shadowed line is brightest: the front of what shadows it. */
static int front_of(const ivus_polar *p, const float *line)
{
    int at = p->dead;

    for (int s = p->dead; s < p->last - 2; s++)
        if (line[s] > line[at])
            at = s;
    /* The bright thing begins where it rises over most of its height. */
    float edge = 0.8f * line[at];

    while (at > p->dead && line[at - 1] > edge)
        at--;
    return at;
}

static void label_run(const ivus_polar *p, int from, int count, ivus_found *out)
{
    double width = 360.0 * count / LINES;
    uint8_t label = width <= WIRE_DEG ? IVUS_WIRE : IVUS_CALCIUM;

    (void)p;
    for (int k = 0; k < count; k++)
        out->shadow[(from + k) % LINES] = label;
}

/* Lines that stay dark far out are shadowed. A run of them with a continuous front is one
 * thing: a wire where it is narrow, calcium where it is wide. */
void ivus_find_shadows(const ivus_polar *p, const ivus_levels *levels, ivus_work *work,
                       ivus_found *out)
{
    int from = p->last * 55 / 100, to = p->last * 95 / 100, start = -1;
    int jump = samples_of(p, 0.2);

    add_up(work->polar, work->sum);
    for (int line = 0; line < LINES; line++) {
        bool dark = mean_of(work->sum, line, from, to) < SHADOW_FRAC * levels->deep;

        out->shadow[line] = dark ? IVUS_CALCIUM : IVUS_CLEAR;
        out->front[line] =
            dark ? (int16_t)front_of(p, work->smooth + line * SAMPLES) : (int16_t)SAMPLES;
    }
    for (int line = 0; line < LINES && start < 0; line++) {
        int previous = (line + LINES - 1) % LINES;

        if (!out->shadow[previous] || abs(out->front[line] - out->front[previous]) > jump)
            start = line;
    }
    if (start < 0)
        return; /* calcium all round */
    for (int k = 0; k < LINES;) {
        int line = (start + k) % LINES, count = 1;

        if (!out->shadow[line]) {
            k++;
            continue;
        }
        while (k + count < LINES) {
            int next = (line + count) % LINES, last = (next + LINES - 1) % LINES;

            if (!out->shadow[next] || abs(out->front[next] - out->front[last]) > jump)
                break;
            count++;
        }
        label_run(p, line, count, out);
        k += count;
    }
}

/* ---- lumen ---- */

static float clamp(float value, float least, float most)
{
    return value < least ? least : value > most ? most : value;
}

/* Lines near a wire are blind at its distance: the beam is wide there. */
static void blind_wires(const ivus_polar *p, const ivus_found *found, float *cost)
{
    int before = samples_of(p, 0.15), behind = samples_of(p, 0.38);

    for (int line = 0; line < LINES; line++) {
        if (found->shadow[line] != IVUS_WIRE)
            continue;
        double r = (found->front[line] + 0.5) * p->step_mm;
        int spread = (int)(0.25 / r / (2 * WADI_PI) * LINES + 1.5);

        for (int k = -spread; k <= spread; k++) {
            float *row = cost + ((line + k) & (LINES - 1)) * SAMPLES;

            int from = found->front[line] - before, to = found->front[line] + behind;

            if (k >= -1 && k <= 1) {
                from = 0;
                to = SAMPLES;
            }
            for (int s = from < 0 ? 0 : from; s < to && s < SAMPLES; s++)
                row[s] = 0;
        }
    }
}

/* Evidence that a sample is wall rather than blood, summed from the catheter outwards: the
 * lumen's border is where the sum is least. */
static void lumen_evidence(const ivus_polar *p, const ivus_levels *levels,
                           const ivus_found *found, float dark, ivus_work *work)
{
    float middle = 0.5f * (levels->blood + levels->wall);
    float scale = 1 / (levels->wall - levels->blood);

    for (int line = 0; line < LINES; line++) {
        const float *in = work->smooth + line * SAMPLES;
        float *out = work->lumen_cost + line * SAMPLES;

        for (int s = 0; s < SAMPLES; s++)
            out[s] = s < p->dead ? 0 : clamp((in[s] - middle) * scale, -dark, BRIGHT_CAP);
        if (found->shadow[line] == IVUS_CALCIUM)
            for (int s = found->front[line]; s < SAMPLES; s++)
                out[s] = BRIGHT_CAP;
    }
    blind_wires(p, found, work->lumen_cost);
    for (int line = 0; line < LINES; line++) {
        const float *in = work->lumen_cost + line * SAMPLES;
        float *out = work->cost + line * SAMPLES, sum = 0;

        for (int s = 0; s < SAMPLES; s++) {
            out[s] = sum;
            sum += in[s];
        }
    }
}

/* The line where a path is surest: its cost is deepest under its mean. */
static int best_cut(const float *cost, const ivus_found *found)
{
    float deepest = -INFINITY;
    int cut = 0;

    for (int line = 0; line < LINES; line += 4) {
        const float *row = cost + line * SAMPLES;
        float least = INFINITY, sum = 0;

        if (found->shadow[line])
            continue;
        for (int s = 0; s < SAMPLES; s++) {
            float value = row[s] < 1e6f ? row[s] : 0;

            least = row[s] < least ? row[s] : least;
            sum += value;
        }
        if (sum / SAMPLES - least > deepest) {
            deepest = sum / SAMPLES - least;
            cut = line;
        }
    }
    return cut;
}

static void bound(const ivus_polar *p, const int16_t *low, int gap_low, const int16_t *high,
                  int gap_high, float *cost)
{
    for (int line = 0; line < LINES; line++) {
        float *row = cost + line * SAMPLES;
        int from = low ? low[line] + gap_low : p->dead;
        int to = (high ? high[line] : p->last - 2) - gap_high;

        for (int s = 0; s < SAMPLES; s++)
            if (s < from || s > to)
                row[s] = 1e6f;
    }
}

/* ---- outer membrane ---- */

WADI_VECTOR static void contrast(const float *restrict sum, int inner, int outer, float inside,
                                 float outside, float level, float *restrict row)
{
    for (int s = inner; s <= SAMPLES - outer; s++)
        row[s] =
            level + inside * (sum[s] - sum[s - inner]) - outside * (sum[s + outer] - sum[s]);
}

/* Dark media inside, bright adventitia outside. */
static void eem_evidence(const ivus_polar *p, const ivus_levels *levels,
                         const ivus_found *found, ivus_work *work)
{
    int inner = samples_of(p, MEDIA_MM), outer = samples_of(p, ADVENTITIA_MM);
    float scale = 1 / (levels->wall - levels->blood);
    float inside = scale * MEDIA_WEIGHT / (float)inner, outside = scale / (float)outer;

    for (int line = 0; line < LINES; line++) {
        float *row = work->eem_cost + line * SAMPLES;

        if (found->shadow[line]) {
            memset(row, 0, SAMPLES * sizeof *row);
            continue;
        }
        contrast(work->sum + line * (SAMPLES + 1), inner, outer, inside, outside,
                 scale * (1 - MEDIA_WEIGHT) * levels->wall, row);
        for (int s = 0; s < inner; s++)
            row[s] = row[inner];
        for (int s = SAMPLES - outer + 1; s < SAMPLES; s++)
            row[s] = row[SAMPLES - outer];
    }
}

/* ---- a first guess of the vessel ---- */

enum { LOOKS = 32 };

typedef struct circle {
    double x, y, radius; /* mm */
    float cost;
} circle;

typedef struct looks {
    float cosine[LOOKS], sine[LOOKS], step_mm;
    int lumen[LOOKS];
} looks;

/* Evidence along a circle; where it would cross the lumen it is held against it. */
static float cost_of(const looks *to, const float *cost, double x, double y, double radius)
{
    float sum = 0, fx = (float)x, fy = (float)y, square = (float)(radius * radius);

    for (int k = 0; k < LOOKS; k++) {
        float across = fx * to->sine[k] - fy * to->cosine[k];
        float r = fx * to->cosine[k] + fy * to->sine[k] + sqrtf(square - across * across);
        int s = (int)(r / to->step_mm);

        sum += s <= to->lumen[k] ? 0.5f
               : s < SAMPLES     ? cost[k * (LINES / LOOKS) * SAMPLES + s]
                                 : 0;
    }
    return sum;
}

static void try_circles(const looks *to, const float *cost, circle middle, double span,
                        double step, double size_span, double size_step, circle *best)
{
    for (double y = middle.y - span; y <= middle.y + span + 1e-9; y += step)
        for (double x = middle.x - span; x <= middle.x + span + 1e-9; x += step)
            for (double radius = middle.radius - size_span;
                 radius <= middle.radius + size_span + 1e-9; radius += size_step) {
                float here;

                /* The catheter lies inside. */
                if (radius < 0.6 || x * x + y * y > (radius - 0.3) * (radius - 0.3))
                    continue;
                here = cost_of(to, cost, x, y, radius);
                if (here < best->cost)
                    *best = (circle){x, y, radius, here};
            }
}

/* The circle around the catheter with the most evidence: radius 0.8 to 4 mm, or what is seen.
 */
static void guess_outline(const ivus_polar *p, const ivus_found *found, const float *cost,
                          float *outline)
{
    looks to = {.step_mm = (float)p->step_mm};
    double most = fmin(4, p->last * p->step_mm - 0.3), middle = 0.5 * (0.8 + most);
    circle best = {0, 0, middle, INFINITY}, start = best;

    for (int k = 0; k < LOOKS; k++) {
        to.cosine[k] = (float)cos(2 * WADI_PI * k / LOOKS);
        to.sine[k] = (float)sin(2 * WADI_PI * k / LOOKS);
        to.lumen[k] = found->lumen[k * (LINES / LOOKS)];
    }
    try_circles(&to, cost, start, 1.2, 0.3, middle - 0.8, 0.2, &best);
    start = best;
    try_circles(&to, cost, start, 0.2, 0.1, 0.1, 0.1, &best);
    start = best;
    try_circles(&to, cost, start, 0.05, 0.05, 0.05, 0.05, &best);
    for (int line = 0; line < LINES; line++) {
        double angle = 2 * WADI_PI * line / LINES;
        double across = best.x * sin(angle) - best.y * cos(angle);

        outline[line] = (float)((best.x * cos(angle) + best.y * sin(angle) +
                                 sqrt(best.radius * best.radius - across * across)) /
                                p->step_mm);
    }
}

/* A circle with a second harmonic through the seen points, in the least squares sense. */
static bool solve(double a[5][6])
{
    for (int k = 0; k < 5; k++) {
        int pivot = k;

        for (int r = k + 1; r < 5; r++)
            if (fabs(a[r][k]) > fabs(a[pivot][k]))
                pivot = r;
        if (fabs(a[pivot][k]) < 1e-12)
            return false;
        for (int c = 0; c < 6; c++) {
            double swap = a[k][c];

            a[k][c] = a[pivot][c];
            a[pivot][c] = swap;
        }
        for (int r = 0; r < 5; r++)
            for (int c = 5; r != k && c >= k; c--)
                a[r][c] -= a[r][k] / a[k][k] * a[k][c];
    }
    return true;
}

static bool fit_outline(const int16_t *path, const uint8_t *shadow, float *out)
{
    double a[5][6] = {{0}};
    int seen = 0;

    for (int line = 0; line < LINES; line++) {
        double angle = 2 * WADI_PI * line / LINES;
        double row[5] = {1, cos(angle), sin(angle), cos(2 * angle), sin(2 * angle)};

        if (shadow[line])
            continue;
        seen++;
        for (int i = 0; i < 5; i++) {
            for (int j = 0; j < 5; j++)
                a[i][j] += row[i] * row[j];
            a[i][5] += row[i] * path[line];
        }
    }
    if (seen < LINES / 5)
        return false;
    /* Where little is seen the second harmonic is held back. */
    for (int i = 3; i < 5; i++)
        a[i][i] += 0.1 * (LINES - seen);
    if (!solve(a))
        return false;
    for (int line = 0; line < LINES; line++) {
        double angle = 2 * WADI_PI * line / LINES;
        double row[5] = {1, cos(angle), sin(angle), cos(2 * angle), sin(2 * angle)}, r = 0;

        for (int i = 0; i < 5; i++)
            r += row[i] * a[i][5] / a[i][i];
        out[line] = (float)r;
    }
    return true;
}

/* A path that keeps its distance from an outline: the picture is rolled so that the outline is
 * a straight line, and what is stiff is the distance. */
static void path_along(const ivus_polar *p, const float *outline, const ivus_found *found,
                       ivus_work *work, int16_t *path)
{
    int16_t low[LINES];
    int middle = SAMPLES / 2, wall = samples_of(p, LEAST_WALL_MM);

    for (int line = 0; line < LINES; line++) {
        int shift = (int)lrintf(outline[line]) - middle;
        const float *from = work->eem_cost + line * SAMPLES;
        float *to = work->cost + line * SAMPLES;

        low[line] = (int16_t)shift;
        for (int s = 0; s < SAMPLES; s++) {
            int at = s + shift;
            bool out = at < found->lumen[line] + wall || at > p->last - 2;
            float off = (float)(s - middle) * (float)p->step_mm;

            to[s] = out ? 1e6f
                        : from[at] +
                              (found->shadow[line] ? SHADOW_WEIGHT : PRIOR_WEIGHT) * off * off;
        }
    }
    ivus_closed_path(work->cost, EEM_STIFFNESS, best_cut(work->cost, found), &work->path, path,
                     NULL);
    for (int line = 0; line < LINES; line++)
        path[line] = (int16_t)(path[line] + low[line]);
}

/* A narrow shadow from behind the lumen's border is a spot of calcium, not a wire. */
static void settle_wires(const ivus_polar *p, ivus_found *out)
{
    int slack = samples_of(p, 0.08);

    for (int line = 0; line < LINES; line++)
        if (out->shadow[line] == IVUS_WIRE && out->front[line] > out->lumen[line] - slack)
            out->shadow[line] = IVUS_CALCIUM;
}

void ivus_find_borders(const ivus_polar *p, const ivus_levels *levels, const float *near,
                       ivus_work *work, ivus_found *out)
{
    int wall = samples_of(p, LEAST_WALL_MM), band = samples_of(p, BAND_MM);
    int16_t first[LINES];
    float outline[LINES];

    ivus_smooth(work->polar, 1, 2, work, work->smooth);
    ivus_find_shadows(p, levels, work, out);
    /* First so that a second dark room behind a thin wall does not pay; then both sides of the
     * border count alike, close to it. */
    lumen_evidence(p, levels, out, DARK_CAP, work);
    bound(p, NULL, 0, NULL, wall, work->cost);
    ivus_closed_path(work->cost, LUMEN_STIFFNESS, best_cut(work->cost, out), &work->path, first,
                     NULL);
    lumen_evidence(p, levels, out, BRIGHT_CAP, work);
    bound(p, NULL, 0, NULL, wall, work->cost);
    bound(p, first, -band, first, -band, work->cost);
    ivus_closed_path(work->cost, LUMEN_STIFFNESS, best_cut(work->cost, out), &work->path,
                     out->lumen, NULL);
    ivus_smooth(near, 1, 1, work, work->smooth);
    add_up(work->smooth, work->sum);
    eem_evidence(p, levels, out, work);
    guess_outline(p, out, work->eem_cost, outline);
    path_along(p, outline, out, work, out->eem);
    if (fit_outline(out->eem, out->shadow, outline))
        path_along(p, outline, out, work, out->eem);
    settle_wires(p, out);
}
