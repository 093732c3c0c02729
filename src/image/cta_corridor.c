/* The way across a gap, sought by a front over places and directions (cta_lift.c) in a corridor
 * round a first guess.
 *
 * A closed artery is faint: plaque without calcium is a little darker than muscle (14 to 49 HU
 * where it is soft: S. Schroeder et al., J. Am. Coll. Cardiol. 37 (2001) 1430-1435), calcium
 * and islands of blood are bright. So each cell is averaged over the width of a vessel, and
 * what it says is weighed by the spread of these averages in the same corridor. Bone and the
 * lumens of other vessels cost; where there is nothing to see, the guess and the bend decide.
 */
#include "cta_lift.h"

#define STIFF_MM   6.0
#define HASTE      1.15
#define SMOOTH_MM  12.0 /* the steps of the front are coarse */
#define DARK_HU    12.0 /* by which plaque is darker than muscle */
#define BONE_COST  12.0f
#define RIM_COST   1.0f /* beside bone nothing is seen */
#define VEIN_COST  4.0f
#define LEAST_COST 0.25
#define ODDS_COST  0.4
#define MOST_ODDS  1.5
#define FREE_MM    2.5 /* round both ends of the way */
#define OWN_MM     8.0 /* of the lines that the gap lies between, at its ends */
#define LONE_MM    30.0
/* An artery of the lower leg goes between two veins, their walls up to COMPANY_MM from its own.
 */
#define COMPANY_MM 4.5
#define ALONE_COST 0.5 /* for each of both that is missing */

enum { MOST_WIDE = 48, ROUNDS = 2 };

/* Coarse and wide first, then fine and close to what was found. */
static const struct {
    double reach_mm, cell_mm, blur_mm;
    double hold_mm; /* how far the guess may be off */
    bool company;   /* look for veins; they do not tell fractions of a millimetre */
} ROUND[ROUNDS] = {{16, 2.5, 1.25, 16, true}, {5, 1.25, 0.9, 8, true}};

typedef struct corridor {
    const cta_grid *grid;
    const cta_levels *levels;
    double blood, radius, blur_mm, hold_mm;
    double calcium; /* no vein is as bright */
    bool company;
    cta_lift lift;
    float *mean;        /* of a cell, HU; NAN in bone */
    float (*beside)[2]; /* mm from a cell to the walls of the two nearest veins */
    int *whose;         /* line of the nearest one */
} corridor;

static void corridor_clear(corridor *job)
{
    cta_lift_clear(&job->lift);
    free(job->mean);
    free(job->beside);
    free(job->whose);
    job->mean = NULL;
    job->beside = NULL;
    job->whose = NULL;
}

/* Mean round a place by a Gaussian; bone and what it blurs into are left out. */
static float mean_at(const corridor *job, const double *at)
{
    const cta_grid *grid = job->grid;
    double sum = 0, weight = 0, whole = 0, most = 1.3 * job->blood, part[3][MOST_WIDE];
    wadi_index low[3], high[3];

    for (int k = 0; k < 3; k++) {
        low[k] = (wadi_index)fmax(ceil((at[k] - 2 * job->blur_mm) / grid->step[k]), 0);
        high[k] = (wadi_index)fmin(floor((at[k] + 2 * job->blur_mm) / grid->step[k]),
                                   grid->size[k] - 1);
        high[k] = high[k] < low[k] + MOST_WIDE ? high[k] : low[k] + MOST_WIDE - 1;
        for (wadi_index i = low[k]; i <= high[k]; i++) {
            double off = (i * grid->step[k] - at[k]) / job->blur_mm;

            part[k][i - low[k]] = exp(-0.5 * off * off);
        }
    }
    for (wadi_index z = low[2]; z <= high[2]; z++)
        for (wadi_index y = low[1]; y <= high[1]; y++) {
            double wide = part[2][z - low[2]] * part[1][y - low[1]];
            size_t i =
                (size_t)low[0] + (size_t)y * grid->stride[1] + (size_t)z * grid->stride[2];

            for (wadi_index x = low[0]; x <= high[0]; x++, i++) {
                double w = wide * part[0][x - low[0]];

                whole += w;
                if (grid->labels[i] == WADI_CTA_BONE || grid->labels[i] == CTA_RIM)
                    continue;
                sum += w * fmin((double)grid->values[i], most);
                weight += w;
            }
        }
    return weight > 0.3 * whole ? (float)(sum / weight) : NAN;
}

/* Middle and spread of soft tissue in the corridor. */
static void soft_tissue(const corridor *job, double *middle, double *sd)
{
    double *found = malloc(((size_t)job->lift.count + 1) * sizeof *found);
    int count = 0;

    *middle = job->levels->muscle;
    *sd = 5;
    for (int i = 0; found && i < job->lift.count; i++)
        if (fabs((double)job->mean[i] - job->levels->muscle) < 40)
            found[count++] = (double)job->mean[i];
    if (count > 50) {
        *middle = cta_quantile(found, count, 0.5);
        *sd = fmax(*middle - cta_quantile(found, count, 0.16), 1);
    }
    free(found);
}

/* Log odds that a cell is off by `off` rather than by nothing, as two normal laws of one sd. */
static double log_odds(double seen, double off, double sd)
{
    return off * (seen - 0.5 * off) / (sd * sd);
}

/* Cost of a mm in each cell, from what is seen there. */
static void set_costs(const corridor *job)
{
    double middle, sd, blood = job->blood, wide = job->blur_mm * job->blur_mm;
    /* What is left of an open lumen's brightness under both blurs. */
    double blur = wide + job->levels->blur_mm * job->levels->blur_mm;
    double open = 1 - exp(-0.5 * job->radius * job->radius / blur);

    soft_tissue(job, &middle, &sd);
    double bright = 0.8 * open * (blood - middle);

    for (int i = 0; i < job->lift.count; i++) {
        double m = (double)job->mean[i], odds = 0, p[3];

        cta_lift_place(&job->lift, i, p);
        uint8_t label = cta_label_at(job->grid, p);

        if (label == WADI_CTA_BONE) {
            job->lift.slow[i] = BONE_COST;
            continue;
        }
        /* Fat, and the border of bone, say nothing. */
        if (m > middle - 2 * DARK_HU - sd)
            odds = fmax(log_odds(middle - m, DARK_HU, sd), log_odds(m - middle, bright, sd));
        job->lift.slow[i] =
            (float)(m - middle > fmax(0.6 * bright, 3 * sd)
                        ? LEAST_COST
                        : 1 - ODDS_COST * fmin(fmax(odds, -MOST_ODDS), MOST_ODDS));
    }
}

/* The cells whose places lie in a cube; false when there is none. */
static bool cube(const cta_lift *lift, const double *at, double reach, int *low, int *high)
{
    for (int k = 0; k < 3; k++) {
        low[k] = (int)ceil((at[k] - reach - lift->low[k]) / lift->cell_mm);
        high[k] = (int)floor((at[k] + reach - lift->low[k]) / lift->cell_mm);
        low[k] = low[k] < 0 ? 0 : low[k];
        high[k] = high[k] > lift->size[k] - 1 ? lift->size[k] - 1 : high[k];
        if (low[k] > high[k])
            return false;
    }
    return true;
}

/* Cells within a line's lumen, points first..last, cost at least `cost`; those near the ends of
 * the way do not. */
static void stamp(const corridor *job, const cta_line *line, int first, int last, double more,
                  float cost, const double *from, const double *to)
{
    const cta_lift *lift = &job->lift;

    for (int i = first; i <= last; i++) {
        int low[3], high[3];
        double reach = line->radius[i] + more;

        if (line->bridged[i] || (line->kind == WADI_CTA_VEIN && line->hu[i] > job->calcium) ||
            !cube(lift, line->at[i], reach, low, high))
            continue;
        for (int z = low[2]; z <= high[2]; z++)
            for (int y = low[1]; y <= high[1]; y++)
                for (int x = low[0]; x <= high[0]; x++) {
                    int slot = lift->slot[x + lift->size[0] * (y + lift->size[1] * z)];
                    double p[3];

                    if (slot < 0 || lift->slow[slot] >= cost ||
                        (line->kind == WADI_CTA_VEIN && (double)job->mean[slot] > job->calcium))
                        continue;
                    cta_lift_place(lift, slot, p);
                    if (cta_distance(p, line->at[i]) <= reach &&
                        cta_distance(p, from) > FREE_MM && cta_distance(p, to) > FREE_MM)
                        lift->slow[slot] = cost;
                }
    }
}

/* Lumens of other vessels. What is as bright as calcium is none of a vein; short pieces that
 * hang on nothing may be calcium of the very vessel that is sought. */
static void stamp_others(const corridor *job, const cta_lines *lines, const cta_gap_ends *ends,
                         const double *from, const double *to)
{
    for (int l = 0; l < lines->count; l++) {
        const cta_line *line = &lines->items[l];
        int first = 0, last = line->count - 1, skip = (int)(OWN_MM / CTA_STEP_MM);

        if (line->dead)
            continue;
        if (line->kind != ends->kind) {
            stamp(job, line, first, last, 0.3, VEIN_COST, from, to);
            continue;
        }
        if (l == ends->upper && ends->upper_along)
            last = ends->upper_at - skip;
        else if (l == ends->lower)
            first = skip;
        else if (line->parent < 0 && last * CTA_STEP_MM < LONE_MM)
            continue;
        stamp(job, line, first, last, 0.6, BONE_COST, from, to);
    }
}

static void see_vein(const corridor *job, const cta_line *vein, int line)
{
    const cta_lift *lift = &job->lift;

    for (int i = 0; i < vein->count; i += 3) {
        double reach = vein->radius[i] + COMPANY_MM + 3, p[3];
        int low[3], high[3];

        if (vein->hu[i] > job->calcium || !cube(lift, vein->at[i], reach, low, high))
            continue;
        for (int z = low[2]; z <= high[2]; z++)
            for (int y = low[1]; y <= high[1]; y++)
                for (int x = low[0]; x <= high[0]; x++) {
                    int slot = lift->slot[x + lift->size[0] * (y + lift->size[1] * z)];

                    if (slot < 0)
                        continue;
                    cta_lift_place(lift, slot, p);
                    float wall = (float)(cta_distance(p, vein->at[i]) - vein->radius[i]);
                    float *best = job->beside[slot];

                    if (job->whose[slot] == line) {
                        best[0] = wall < best[0] ? wall : best[0];
                    } else if (wall < best[0]) {
                        best[1] = best[0];
                        best[0] = wall;
                        job->whose[slot] = line;
                    } else if (wall < best[1]) {
                        best[1] = wall;
                    }
                }
    }
}

/* What it costs to be without veins beside, 0 to 2 ALONE_COST. */
static void add_company(const corridor *job, const cta_lines *lines)
{
    for (int i = 0; i < job->lift.count; i++) {
        job->beside[i][0] = job->beside[i][1] = 1e6f;
        job->whose[i] = -1;
    }
    for (int l = 0; l < lines->count; l++)
        if (!lines->items[l].dead && lines->items[l].kind == WADI_CTA_VEIN)
            see_vein(job, &lines->items[l], l);
    for (int i = 0; i < job->lift.count; i++)
        for (int k = 0; k < 2; k++) {
            double over = ((double)job->beside[i][k] - job->radius - COMPANY_MM) / 2;

            job->lift.slow[i] += (float)(ALONE_COST * fmin(fmax(over, 0), 1));
        }
}

/* The guess holds where there is nothing to see. */
static void hold(const corridor *job)
{
    for (int i = 0; i < job->lift.count; i++) {
        double off = (double)job->lift.off[i] / job->hold_mm;

        job->lift.slow[i] += (float)(0.5 * off * off);
    }
}

static void set_field(const corridor *job, const cta_lines *lines, const cta_gap_ends *ends,
                      int count, const double (*way)[3])
{
#pragma omp parallel for schedule(static)
    for (int i = 0; i < job->lift.count; i++) {
        double p[3];

        cta_lift_place(&job->lift, i, p);
        job->mean[i] = mean_at(job, p);
    }
    set_costs(job);
    hold(job);
    if (ends->kind == WADI_CTA_ARTERY && job->company)
        add_company(job, lines);
    stamp_others(job, lines, ends, way[0], way[count - 1]);
}

static wadi_status one_round(corridor *job, int round, const cta_lines *lines,
                             const cta_gap_ends *ends, int count, const double (*way)[3],
                             cta_line *out, wadi_error *err)
{
    double(*found)[3] = NULL;
    int n = 0;
    wadi_status status =
        cta_lift_new(count, way, ROUND[round].reach_mm, ROUND[round].cell_mm, &job->lift, err);
    size_t cells = (size_t)job->lift.count + 1;

    if (status)
        return status;
    job->blur_mm = ROUND[round].blur_mm;
    job->hold_mm = ROUND[round].hold_mm;
    job->company = ROUND[round].company;
    job->lift.haste = HASTE;
    job->mean = malloc(cells * sizeof *job->mean);
    job->beside = malloc(cells * sizeof *job->beside);
    job->whose = malloc(cells * sizeof *job->whose);
    if (!job->mean || !job->beside || !job->whose) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for a corridor");
    } else {
        set_field(job, lines, ends, count, way);
        status = cta_lift_march(&job->lift, STIFF_MM, way[0], ends->upper_along, way[count - 1],
                                ends->lower_along, &found, &n, err);
    }
    if (!status && n > 1)
        status = cta_line_set(out, n, (const double(*)[3])found, SMOOTH_MM, err);
    free(found);
    corridor_clear(job);
    return status;
}

wadi_status cta_corridor(const cta_grid *grid, const cta_levels *levels, const cta_lines *lines,
                         const cta_gap_ends *ends, int count, const double (*way)[3],
                         cta_line *out, wadi_error *err)
{
    double blood = ends->kind == WADI_CTA_VEIN ? levels->vein : levels->artery;
    corridor job = {.grid = grid,
                    .levels = levels,
                    .blood = fmax(blood, levels->muscle + 40),
                    .calcium = levels->muscle + fmax(0.5 * (levels->artery - levels->muscle),
                                                     1.4 * (levels->vein - levels->muscle)),
                    .radius = lines->items[ends->lower].radius[0]};
    cta_line guess = {0};
    /* Where there is no way, the guess stands. */
    wadi_status status = cta_line_set(out, count, way, 6.0, err);

    for (int round = 0; round < ROUNDS && !status; round++) {
        status = cta_line_set(&guess, out->count, (const double(*)[3])out->at, 1.0, err);
        if (!status)
            status = one_round(&job, round, lines, ends, guess.count,
                               (const double(*)[3])guess.at, out, err);
    }
    cta_line_clear(&guess);
    return status;
}
