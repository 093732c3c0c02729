/* Shadows, lumen and outer membrane of one frame. */
#include "ivus.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Fitted to the made-up pullbacks 1 to 10 (docs/image/ivus.md). Lengths in mm. */
#define LUMEN_STIFFNESS 0.015f /* per (sample per line)^2, in units of blood-wall contrast */
#define EEM_STIFFNESS   0.25f
#define DARK_CAP        0.17f
#define BRIGHT_CAP      0.60f
#define BAND_MM         0.25
#define SHADOW_FRAC     0.55f /* of the deep level */
#define WIRE_DEG        28.0  /* wider shadows are calcium */
#define MEDIA_MM        0.15
#define ADVENTITIA_MM   0.30
#define LEAST_WALL_MM   0.06
#define MEDIA_WEIGHT    0.7f
#define PRIOR_WEIGHT    0.5f /* per mm^2 away from the outline, in a line */
#define SHADOW_WEIGHT   5.0f /* the same where nothing is seen */

/* A cost that no path pays where it can do without. */
#define FORBIDDEN 1e6f

static int samples_of(const ivus_polar *p, double mm)
{
    int n = (int)(mm / p->step_mm + 0.5);

    return n < 1 ? 1 : n > SAMPLES ? SAMPLES : n;
}

/* Sums from the axis to before each sample. */
static void add_up(const float *in, float *sum)
{
    /* Each sum waits for the one before: four lines at once wait together. */
    for (int line = 0; line < LINES; line += 4) {
        const float *from = in + line * SAMPLES;
        float *to = sum + line * (SAMPLES + 1), all[4] = {0};

        for (int k = 0; k < 4; k++)
            to[k * (SAMPLES + 1)] = 0;
        for (int s = 0; s < SAMPLES; s++)
            for (int k = 0; k < 4; k++)
                to[k * (SAMPLES + 1) + s + 1] = all[k] += from[k * SAMPLES + s];
    }
}

WADI_VECTOR static void add_line(int count, const float *restrict in, float *restrict sum)
{
    for (int s = 0; s < count; s++)
        sum[s] += in[s];
}

WADI_VECTOR static void scale_line(const float *restrict in, float scale, float *restrict out)
{
    for (int s = 0; s < SAMPLES; s++)
        out[s] = scale * in[s];
}

/* scale times the sum of lines and of what lies up to `along` samples either way; a piece stays
 * in registers. */
WADI_VECTOR static void sum_lines(const float *const *lines, int line_count, int along,
                                  float scale, float *restrict out)
{
    enum { PIECE = 32, ROOM = 8 };
    float sum[SAMPLES + 2 * ROOM] = {0};

    for (int at = 0; at < SAMPLES; at += PIECE) {
        float all[PIECE];

        for (int s = 0; s < PIECE; s++)
            all[s] = lines[0][at + s];
        for (int k = 1; k < line_count; k++)
            for (int s = 0; s < PIECE; s++)
                all[s] += lines[k][at + s];
        for (int s = 0; s < PIECE; s++)
            sum[ROOM + at + s] = all[s];
    }
    for (int at = 0; at < SAMPLES; at += PIECE) {
        const float *from = sum + ROOM + at;
        float all[PIECE];

        for (int s = 0; s < PIECE; s++)
            all[s] = from[s];
        for (int k = 1; k <= along; k++)
            for (int s = 0; s < PIECE; s++)
                all[s] = all[s] + from[s + k] + from[s - k];
        for (int s = 0; s < PIECE; s++)
            out[at + s] = scale * all[s];
    }
}

void ivus_smooth(const float *in, int across, int along, float *out)
{
    float scale = 1 / (float)((2 * across + 1) * (2 * along + 1));

    for (int line = 0; line < LINES; line++) {
        const float *lines[LINES];
        float *to = out + line * SAMPLES;
        int count = 0;

        lines[count++] = in + line * SAMPLES;
        for (int k = 1; k <= across; k++) {
            lines[count++] = in + ((line + k) & (LINES - 1)) * SAMPLES;
            lines[count++] = in + ((line - k) & (LINES - 1)) * SAMPLES;
        }
        sum_lines(lines, count, along, scale, to);
        for (int s = 0; s < along; s++) {
            to[s] = to[along];
            to[SAMPLES - 1 - s] = to[SAMPLES - 1 - along];
        }
    }
}

/* ---- shadows ---- */

static float mean(const float *line, int from, int to)
{
    float part[4] = {0};

    for (int s = from; s + 3 < to; s += 4)
        for (int k = 0; k < 4; k++)
            part[k] += line[s + k];
    return (part[0] + part[1] + part[2] + part[3]) / (float)((to - from) / 4 * 4);
}

/* Where a shadowed line is brightest: the front of what shadows it. */
static int front_of(const ivus_polar *p, const float *line, int from)
{
    int at = from;

    for (int s = from; s < p->last - 2; s++)
        if (line[s] > line[at])
            at = s;
    /* The bright thing begins where it rises over most of its height. */
    float edge = 0.8f * line[at];

    while (at > from && line[at - 1] > edge)
        at--;
    return at;
}

/* A wire that lies before calcium outshines it over the width of the beam; it shadows the
 * middle of that run only. */
static void label_run(const ivus_polar *p, const float *smooth, int from, int count,
                      ivus_found *out)
{
    double width = 360.0 * count / LINES;
    bool near = out->front[(from + count / 2) % LINES] < p->dead + samples_of(p, 0.25);
    bool wide = width > WIRE_DEG;
    int half = (int)(0.25 * WIRE_DEG / 360 * LINES + 0.5);

    for (int k = 0; k < count; k++) {
        int line = (from + k) % LINES;
        bool wire = !wide || (near && width < 3 * WIRE_DEG && abs(k - count / 2) <= half);

        out->shadow[line] = wire ? IVUS_WIRE : IVUS_CALCIUM;
        if (!wire && near)
            out->front[line] = (int16_t)front_of(p, smooth + line * SAMPLES,
                                                 out->front[line] + samples_of(p, 0.38));
    }
}

/* Lines that stay dark far out are shadowed. A run of them with a continuous front is one
 * thing: a wire where it is narrow, calcium where it is wide. */
void ivus_find_shadows(const ivus_polar *p, const ivus_levels *levels, ivus_work *work,
                       ivus_found *out)
{
    int from = p->last * 55 / 100, to = p->last * 95 / 100, start = -1;
    int jump = samples_of(p, 0.2);

    for (int line = 0; line < LINES; line++) {
        bool dark = mean(work->polar + line * SAMPLES, from, to) < SHADOW_FRAC * levels->deep;

        out->shadow[line] = dark ? IVUS_CALCIUM : IVUS_CLEAR;
        out->front[line] = dark ? (int16_t)front_of(p, work->smooth + line * SAMPLES, p->dead)
                                : (int16_t)SAMPLES;
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
        label_run(p, work->smooth, line, count, out);
        k += count;
    }
}

/* ---- lumen ---- */

/* Above zero for wall, below for blood, in units of their contrast. */
WADI_VECTOR static void judge(const float *restrict in, float middle, float scale, float dark,
                              float *restrict out)
{
    for (int s = 0; s < SAMPLES; s++) {
        float value = (in[s] - middle) * scale;

        value = value < -dark ? -dark : value;
        out[s] = value > BRIGHT_CAP ? BRIGHT_CAP : value;
    }
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

/* Evidence that a sample is wall rather than blood. */
static void lumen_evidence(const ivus_polar *p, const ivus_levels *levels,
                           const ivus_found *found, float dark, ivus_work *work)
{
    float middle = 0.5f * (levels->blood + levels->wall);
    float scale = 1 / (levels->wall - levels->blood);

    for (int line = 0; line < LINES; line++) {
        float *out = work->lumen_cost + line * SAMPLES;

        judge(work->smooth + line * SAMPLES, middle, scale, dark, out);
        if (found->shadow[line] == IVUS_CALCIUM)
            for (int s = found->front[line]; s < SAMPLES; s++)
                out[s] = BRIGHT_CAP;
    }
    blind_wires(p, found, work->lumen_cost);
}

/* The lumen's border is where the evidence, summed from the catheter outwards, is least: among
 * samples low..high of each line. Every sample is kept, or every second. */
static void sum_evidence(const int16_t *low, const int16_t *high, int from, int count,
                         int every, ivus_work *work)
{
    /* Four lines at once, as in add_up. */
    for (int line = 0; line < LINES; line += 4) {
        const float *in = work->lumen_cost + line * SAMPLES;
        float *out = work->cost + line * SAMPLES, sum[4] = {0};

        for (int s = from; s < from + count * every; s += every)
            for (int q = 0; q < 4; q++) {
                bool fine = s >= low[line + q] && s <= high[line + q];

                out[q * SAMPLES + s / every] = fine ? sum[q] : FORBIDDEN;
                sum[q] += fine ? in[q * SAMPLES + s] : 0;
                if (every == 2)
                    sum[q] += fine ? in[q * SAMPLES + s + 1] : 0;
            }
    }
}

/* The line where a path is surest: its cost is deepest under its mean. */
static int best_cut(const float *cost, int from, int count, const ivus_found *found)
{
    float deepest = -INFINITY;
    int cut = 0;

    for (int line = 0; line < LINES; line += 8) {
        const float *row = cost + line * SAMPLES;
        float least = INFINITY, sum = 0;
        int allowed = 1;

        if (found->shadow[line])
            continue;
        for (int s = from; s < from + count; s++) {
            bool fine = row[s] < FORBIDDEN;

            least = row[s] < least ? row[s] : least;
            sum += fine ? row[s] : 0;
            allowed += fine;
        }
        if (sum / (float)allowed - least > deepest) {
            deepest = sum / (float)allowed - least;
            cut = line;
        }
    }
    return cut;
}

static void find_lumen(const ivus_polar *p, const ivus_levels *levels, ivus_work *work,
                       ivus_found *out)
{
    int wall = samples_of(p, LEAST_WALL_MM), band = samples_of(p, BAND_MM);
    int from = p->dead / 2 * 2 + 2, last = p->last - 2 - wall, count = (last - from) / 2;
    int16_t low[LINES], high[LINES], first[LINES];

    for (int line = 0; line < LINES; line++) {
        low[line] = (int16_t)from;
        high[line] = (int16_t)last;
    }
    /* First by every second sample, and so that a second dark room behind a thin wall does not
     * pay. */
    lumen_evidence(p, levels, out, DARK_CAP, work);
    sum_evidence(low, high, from, count, 2, work);
    ivus_closed_path(work->cost, from / 2, count, 4, 4 * LUMEN_STIFFNESS,
                     best_cut(work->cost, from / 2, count, out), &work->path, first, NULL);
    /* Then close to that path, where blood and wall count alike. */
    from = last;
    count = 0;
    for (int line = 0; line < LINES; line++) {
        int at = 2 * first[line];

        low[line] = (int16_t)(at - band < p->dead ? p->dead : at - band);
        high[line] = (int16_t)(at + band > last ? last : at + band);
        from = low[line] < from ? low[line] : from;
        count = high[line] > count ? high[line] : count;
    }
    count -= from - 1;
    lumen_evidence(p, levels, out, BRIGHT_CAP, work);
    sum_evidence(low, high, from, count, 1, work);
    ivus_closed_path(work->cost, from, count, PAD, LUMEN_STIFFNESS,
                     best_cut(work->cost, from, count, out), &work->path, out->lumen, NULL);
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
    float cost[LOOKS][SAMPLES];
} looks;

/* Rays from the catheter to circles about one centre: along the ray to the foot of the
 * perpendicular from the centre, and the square of that perpendicular. */
typedef struct rays {
    float along[LOOKS], square[LOOKS];
} rays;

/* Evidence along a circle; where it would cross the lumen it is held against it. */
static float cost_of(const looks *to, const rays *from, int every, float radius)
{
    float sum = 0, scale = 1 / to->step_mm, reach[LOOKS];

    for (int k = 0; k < LOOKS; k++)
        reach[k] = scale * (from->along[k] + sqrtf(radius * radius - from->square[k]));
    for (int k = 0; k < LOOKS; k += every) {
        int s = (int)reach[k];

        sum += s <= to->lumen[k] ? 0.5f : s < SAMPLES ? to->cost[k][s] : 0;
    }
    return sum;
}

/* Every look, or every second one. */
static void try_circles(const looks *to, int every, double span, double step, double size_span,
                        double size_step, circle *best)
{
    circle middle = *best;

    best->cost = INFINITY;
    for (double y = middle.y - span; y <= middle.y + span + 1e-9; y += step)
        for (double x = middle.x - span; x <= middle.x + span + 1e-9; x += step) {
            /* The catheter lies inside. */
            double least = fmax(0.6, hypot(x, y) + 0.3);
            rays from;

            for (int k = 0; k < LOOKS; k++) {
                float across = (float)x * to->sine[k] - (float)y * to->cosine[k];

                from.along[k] = (float)x * to->cosine[k] + (float)y * to->sine[k];
                from.square[k] = across * across;
            }
            for (double radius = middle.radius - size_span;
                 radius <= middle.radius + size_span + 1e-9; radius += size_step) {
                float here =
                    radius < least ? INFINITY : cost_of(to, &from, every, (float)radius);

                if (here < best->cost)
                    *best = (circle){x, y, radius, here};
            }
        }
}

/* Evidence of some lines, blurred over `along` samples either way so that coarse steps do not
 * step over it. */
static void take_looks(const float *cost, int along, looks *to)
{
    for (int k = 0; k < LOOKS; k++) {
        const float *row = cost + k * (LINES / LOOKS) * SAMPLES;
        float wide[SAMPLES];

        memcpy(wide, row, sizeof wide);
        for (int a = 1; a <= along; a++) {
            add_line(SAMPLES - a, row + a, wide);
            add_line(SAMPLES - a, row, wide + a);
        }
        scale_line(wide, 1 / (float)(2 * along + 1), to->cost[k]);
    }
}

/* Every second look takes its neighbours in. */
static void blend_looks(looks *to)
{
    for (int k = 0; k < LOOKS; k += 2) {
        float wide[SAMPLES];

        scale_line(to->cost[k], 2, wide);
        add_line(SAMPLES, to->cost[k + 1], wide);
        add_line(SAMPLES, to->cost[(k + LOOKS - 1) % LOOKS], wide);
        scale_line(wide, 0.25f, to->cost[k]);
    }
}

/* The circle around the catheter with the most evidence: radius 0.8 to 4 mm, or what is seen.
 */
static void guess_outline(const ivus_polar *p, const ivus_found *found, const float *cost,
                          float *outline)
{
    looks to = {.step_mm = (float)p->step_mm};
    double most = fmin(4, p->last * p->step_mm - 0.3), middle = 0.5 * (0.8 + most);
    circle best = {0, 0, middle, INFINITY};

    for (int k = 0; k < LOOKS; k++) {
        to.cosine[k] = (float)p->cosine[k * (LINES / LOOKS)];
        to.sine[k] = (float)p->sine[k * (LINES / LOOKS)];
        to.lumen[k] = found->lumen[k * (LINES / LOOKS)];
    }
    take_looks(cost, samples_of(p, 0.06), &to);
    blend_looks(&to);
    try_circles(&to, 2, 1.2, 0.3, middle - 0.8, 0.2, &best);
    take_looks(cost, 1, &to);
    try_circles(&to, 1, 0.2, 0.1, 0.15, 0.075, &best);
    try_circles(&to, 1, 0.05, 0.05, 0.04, 0.04, &best);
    for (int line = 0; line < LINES; line++) {
        double across = best.x * p->sine[line] - best.y * p->cosine[line];

        outline[line] = (float)((best.x * p->cosine[line] + best.y * p->sine[line] +
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

/* 1 and two harmonics at a line. */
static void harmonics(const ivus_polar *p, int line, double row[5])
{
    int twice = 2 * line % LINES;

    row[0] = 1;
    row[1] = p->cosine[line];
    row[2] = p->sine[line];
    row[3] = p->cosine[twice];
    row[4] = p->sine[twice];
}

static bool fit_outline(const ivus_polar *p, const int16_t *path, const uint8_t *shadow,
                        float *out)
{
    double a[5][6] = {{0}};
    int seen = 0;

    for (int line = 0; line < LINES; line++) {
        double row[5];

        if (shadow[line])
            continue;
        harmonics(p, line, row);
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
        double row[5], r = 0;

        harmonics(p, line, row);
        for (int i = 0; i < 5; i++)
            r += row[i] * a[i][5] / a[i][i];
        out[line] = (float)r;
    }
    return true;
}

/* A path that keeps its distance from an outline: the picture is rolled so that the outline is
 * a straight line, and what is stiff is the distance. Where the lumen leaves no room within
 * `reach` of the outline, the border lies on the least wall. */
static void path_along(const ivus_polar *p, const float *outline, int reach,
                       const ivus_found *found, ivus_work *work, int16_t *path)
{
    int shift[LINES], wall = samples_of(p, LEAST_WALL_MM), count = 2 * reach + 1;
    float step_mm = (float)p->step_mm;

    for (int line = 0; line < LINES; line++) {
        const float *from = work->eem_cost + line * SAMPLES;
        float *to = work->cost + line * SAMPLES;
        float weight = found->shadow[line] ? SHADOW_WEIGHT : PRIOR_WEIGHT;

        shift[line] = (int)lrintf(outline[line]) - reach;

        int first = found->lumen[line] + wall - shift[line], end = p->last - 1 - shift[line];

        first = first < 0 ? 0 : first > count ? count : first;
        end = end > count ? count : end < first ? first : end;
        for (int s = 0; s < count; s++)
            to[s] = FORBIDDEN;
        for (int s = first; s < end; s++) {
            float off = (float)(s - reach) * step_mm;

            to[s] = from[s + shift[line]] + weight * off * off;
        }
    }
    ivus_closed_path(work->cost, 0, count, 4, EEM_STIFFNESS,
                     best_cut(work->cost, 0, count, found), &work->path, path, NULL);
    for (int line = 0; line < LINES; line++) {
        int at = path[line] + shift[line], least = found->lumen[line] + wall;

        path[line] = (int16_t)(at < least ? least : at > p->last - 2 ? p->last - 2 : at);
    }
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
                       const float *hint, ivus_work *work, ivus_found *out)
{
    float outline[LINES];
    int reach = samples_of(p, 0.9) < SAMPLES / 2 ? samples_of(p, 0.9) : SAMPLES / 2 - 1;

    ivus_smooth(work->polar, 1, 2, work->smooth);
    ivus_find_shadows(p, levels, work, out);
    find_lumen(p, levels, work, out);
    ivus_smooth(near, 1, 1, work->smooth);
    add_up(work->smooth, work->sum);
    eem_evidence(p, levels, out, work);
    if (hint)
        memcpy(outline, hint, sizeof outline);
    else
        guess_outline(p, out, work->eem_cost, outline);
    path_along(p, outline, reach, out, work, out->eem);
    if (fit_outline(p, out->eem, out->shadow, outline))
        path_along(p, outline, reach / 2 + 1, out, work, out->eem);
    settle_wires(p, out);
}
