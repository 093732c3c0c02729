/* Stenoses along an artery, from the radius of its lumen.
 *
 * What is narrow against the healthy calibre of this artery, with open plateaus on both sides,
 * is a stenosis; its degree is the lumen in its core against the plateaus, its ends are where
 * half of the narrowing is reached. A thin stretch that is closed in good part, or too thin to
 * be told from a closed one, is closed. All limits are chosen (docs/image/findings.md). */
#include "cta_find.h"

#include <stdlib.h>
#include <string.h>

/* A stretch below THIN_FRAC of the healthy calibre is thin. It is closed when CLOSED_SHARE of
 * it is thinner than CLOSED_FRAC (a stenosis of 0.78 by diameter: nothing is told from closed),
 * or hardly likelier open than closed (LEAST_ODDS, a logarithm). Stumps taper over STUMP_MM. */
static const double CLOSED_FRAC = 0.22, THIN_FRAC = 0.45, STUMP_MM = 8, LEAST_ODDS = 0.3,
                    CLOSED_SHARE = 0.5;
/* Plaque between closed stretches: how far round at least, how wide and how long at most. */
static const double PLAQUE_DEG = 45, PLAQUE_FRAC = 0.8, LONGEST_PLAQUE_MM = 30;
/* The search begins below NARROW_FRAC; GLASS counts narrowings from half (as in src/stage). */
static const double NARROW_FRAC = 0.72, STENOSIS_FRAC = 0.5, LEAST_MM = 4, MERGE_MM = 4,
                    CLEAR_MM = 4, PLATEAU_MM = 30;
/* Calibre that arteries lose or gain on their way: mm a mm. */
static const double SLOPES[] = {-0.004, -0.003, -0.002, -0.0015, -0.001, -0.0005, 0, 0.0005};

/* Healthy calibre along the artery: a straight line at an upper quantile of what is open. */
typedef struct healthy_line {
    double at0, slope;
} healthy_line;

static healthy_line healthy_of(const wadi_cta_course *c, const double *lumen, double *room)
{
    const double share = 0.6;
    healthy_line best = {NAN, 0};
    double least = INFINITY, wide;
    int open = 0;

    for (wadi_index i = 0; i < c->count; i++)
        if (!c->closed[i] && c->along_mm[i] > 4)
            room[open++] = lumen[i];
    if (open < 8)
        return best;
    qsort(room, (size_t)open, sizeof *room, wadi_by_double);
    wide = room[(int)(0.9 * (open - 1))];
    for (size_t k = 0; k < WADI_COUNT_OF(SLOPES); k++) {
        double loss = 0, at0;
        int count = 0;

        for (wadi_index i = 0; i < c->count; i++)
            /* The first millimetres are the parent's lumen. */
            if (!c->closed[i] && lumen[i] > 0.55 * wide && c->along_mm[i] > 4 &&
                !(c->calcium_arc_deg[i] > 90))
                room[count++] = lumen[i] - SLOPES[k] * c->along_mm[i];
        if (count < 8)
            break;
        qsort(room, (size_t)count, sizeof *room, wadi_by_double);
        at0 = room[(int)(share * (count - 1))];
        for (int n = 0; n < count; n++)
            loss += room[n] > at0 ? share * (room[n] - at0) : (1 - share) * (at0 - room[n]);
        if (loss < least) {
            least = loss;
            best = (healthy_line){at0, SLOPES[k]};
        }
    }
    return best;
}

static double healthy_at(const healthy_line *line, double along)
{
    return fmax(line->at0 + line->slope * along, 0.3);
}

static bool thin_at(const wadi_cta_course *c, const double *lumen, const healthy_line *line,
                    double share, wadi_index i)
{
    return c->closed[i] || lumen[i] < share * healthy_at(line, c->along_mm[i]);
}

/* Decide what a thin stretch is: closed, but for the stumps that taper into it, when most of it
 * is hardly likelier open than closed, or too thin to tell; else open, and thin. */
static void judge_thin(wadi_cta_course *c, const double *lumen, const double *open,
                       const healthy_line *line, wadi_index from, wadi_index to)
{
    double length = c->along_mm[to - 1] - c->along_mm[from], closed_mm = 0;
    wadi_index first = to, last = from;

    for (wadi_index i = from; i < to; i++) {
        bool closed = thin_at(c, lumen, line, CLOSED_FRAC, i) || (open && open[i] < LEAST_ODDS);

        if (!closed)
            continue;
        closed_mm += i > from ? c->along_mm[i] - c->along_mm[i - 1] : 0.5;
        first = first == to ? i : first;
        last = i;
    }
    memset(c->closed + from, 0, (size_t)(to - from));
    if (closed_mm < CLOSED_SHARE * length || closed_mm <= 0)
        return;
    if (c->along_mm[first] - c->along_mm[from] > STUMP_MM)
        first = from;
    if (c->along_mm[to - 1] - c->along_mm[last] > STUMP_MM)
        last = to - 1;
    memset(c->closed + first, 1, (size_t)(last + 1 - first));
}

/* Plaque in an occlusion shines as a lumen that is somewhat thin: an island of it between
 * closed stretches is closed. Where bone hides the wall its arc is not known, and has no say.
 */
static void close_plaques(wadi_cta_course *c, const double *lumen, const healthy_line *line)
{
    for (wadi_index i = 0; i < c->count;) {
        wadi_index j = i;
        int plaque = 0, thin = 0, count = 0;

        while (j < c->count && c->closed[j] == c->closed[i]) {
            plaque += !(c->calcium_arc_deg[j] < PLAQUE_DEG);
            thin += lumen[j] < PLAQUE_FRAC * healthy_at(line, c->along_mm[j]);
            count++;
            j++;
        }
        if (!c->closed[i] && i > 0 && j < c->count &&
            c->along_mm[j - 1] - c->along_mm[i] < LONGEST_PLAQUE_MM && 2 * plaque > count &&
            2 * thin > count)
            memset(c->closed + i, 1, (size_t)(j - i));
        i = j;
    }
}

void cta_close_thin(wadi_cta_course *c, const double *lumen, const double *open, double *room)
{
    healthy_line line = healthy_of(c, lumen, room);

    if (isnan(line.at0))
        return;
    for (wadi_index i = 0; i < c->count;) {
        wadi_index last = i;

        if (!thin_at(c, lumen, &line, THIN_FRAC, i)) {
            i++;
            continue;
        }
        for (wadi_index j = i; j < c->count && c->along_mm[j] - c->along_mm[last] < MERGE_MM;
             j++)
            if (thin_at(c, lumen, &line, THIN_FRAC, j))
                last = j;
        judge_thin(c, lumen, open, &line, i, last + 1);
        i = last + 1;
    }
    close_plaques(c, lumen, &line);
}

/* ---- stenoses ---- */

/* The run of narrow points from `i` on; lapses that are shorter than MERGE_MM are in it. */
static wadi_index run_end(const wadi_cta_course *c, const double *lumen,
                          const healthy_line *line, wadi_index i)
{
    wadi_index last = i;

    for (wadi_index j = i;
         j < c->count && !c->closed[j] && c->along_mm[j] - c->along_mm[last] < MERGE_MM; j++)
        if (lumen[j] < NARROW_FRAC * healthy_at(line, c->along_mm[j]))
            last = j;
    return last + 1;
}

static bool near_closed(const wadi_cta_course *c, double from, double to)
{
    for (wadi_index i = 0; i < c->count; i++)
        if (c->closed[i] && c->along_mm[i] > from - CLEAR_MM && c->along_mm[i] < to + CLEAR_MM)
            return true;
    return false;
}

/* Where the lumen passes a level near a place, going from `at` in steps of `way`. */
static double passes(const wadi_cta_course *c, const double *lumen, double level, wadi_index at,
                     int way)
{
    while (at + way >= 0 && at + way < c->count && lumen[at + way] < level)
        at += way;
    if (at + way < 0 || at + way >= c->count)
        return c->along_mm[at];
    return c->along_mm[at] + (level - lumen[at]) / (lumen[at + way] - lumen[at]) *
                                 (c->along_mm[at + way] - c->along_mm[at]);
}

static wadi_status judge_run(wadi_cta_course *c, const double *lumen, const healthy_line *line,
                             wadi_index from, wadi_index to, double *room, wadi_error *err)
{
    double begin = c->along_mm[from], end = c->along_mm[to - 1], core, above, below, healthy;
    wadi_index middle = from;
    wadi_cta_lesion *lesion;
    int count = 0;

    if (end - begin < LEAST_MM - 1 || begin <= 3 || near_closed(c, begin, end))
        return WADI_OK;
    /* The core: half of the narrowing at its ends is ramp. */
    for (wadi_index i = from; i < to; i++)
        room[count++] = lumen[i];
    qsort(room, (size_t)count, sizeof *room, wadi_by_double);
    core = room[(int)((end - begin > 12 ? 0.4 : 0.25) * (count - 1))];
    for (wadi_index i = from; i < to; i++)
        if (fabs(lumen[i] - core) < fabs(lumen[middle] - core))
            middle = i;
    above = cta_open_quantile(c, lumen, begin - PLATEAU_MM, begin - 4, 0.5, 10, room);
    below = cta_open_quantile(c, lumen, end + 4, end + PLATEAU_MM, 0.5, 10, room);
    healthy = healthy_at(line, 0.5 * (begin + end));
    if (isfinite(above) && isfinite(below))
        healthy = 0.5 * (above + below);
    else if (isfinite(above) || isfinite(below))
        healthy = 0.5 * (healthy + (isfinite(above) ? above : below));
    if (!(core <= (1 - STENOSIS_FRAC) * healthy))
        return WADI_OK;
    lesion = cta_add_lesion(c);
    if (!lesion)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a lesion");
    lesion->kind = WADI_STENOSIS;
    lesion->from_mm = passes(c, lumen, 0.5 * (healthy + core), middle, -1);
    lesion->to_mm = passes(c, lumen, 0.5 * (healthy + core), middle, 1);
    lesion->length_sd_mm = 1.5;
    lesion->stenosis_frac = (wadi_maybe){true, fmin(1 - core / healthy, 0.99)};
    lesion->stenosis_sd = (wadi_maybe){true, fmax(0.1 / healthy, 0.04)};
    lesion->reference_mm = (wadi_maybe){true, 2 * healthy};
    lesion->reference_sd = (wadi_maybe){true, 2 * c->radius_sd_mm[from]};
    lesion->outflow = (wadi_maybe){true, 1};
    return WADI_OK;
}

wadi_status cta_find_stenoses(wadi_cta_course *c, const double *lumen, double *room,
                              wadi_error *err)
{
    healthy_line line = healthy_of(c, lumen, room);
    wadi_status status = WADI_OK;

    if (isnan(line.at0))
        return WADI_OK;
    for (wadi_index i = 0; !status && i < c->count;) {
        wadi_index j;

        if (c->closed[i] || lumen[i] >= NARROW_FRAC * healthy_at(&line, c->along_mm[i])) {
            i++;
            continue;
        }
        j = run_end(c, lumen, &line, i);
        status = judge_run(c, lumen, &line, i, j, room, err);
        i = j;
    }
    return status;
}
