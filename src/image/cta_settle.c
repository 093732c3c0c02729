/* A bridge that runs a millimetre beside an open lumen shows nothing but muscle. So before an
 * artery is parted into open and closed (cta_reclose.c), its closed stretches and what adjoins
 * them are moved onto what is as bright as blood, where there is such a thing within 1.6 mm.
 *
 * At each station, a millimetre apart, the places beside the line form a small grid. A state is
 * one of these places in the lumen from above, or "closed", or one of them in the lumen from
 * below, in this order; an open one is worth the odds of blood against muscle there and costs
 * for lying beside the line, for moving from station to station, and for each change. The best
 * sequence of states (Viterbi 1967) is the way. What is bright amid a closed stretch is calcium
 * more often than blood, and moves nothing.
 *
 * The blurred border of bone, and what blooms from calcium, are somewhere as bright as blood
 * too. So there must be no calcium near, and it must be darker on two opposite sides: along the
 * border of bone it is not. */
#include "cta_find.h"

#include <stdlib.h>
#include <string.h>

enum {
    SIDE = 4,             /* places to each side */
    WIDE = 2 * SIDE + 1,  /* of the grid of places */
    PLACES = WIDE * WIDE, /* at a station */
    BESIDE = 5,           /* to the sides that must be darker, at most */
    EDGE = SIDE + BESIDE, /* samples reach so far */
    CLOSED = PLACES,      /* the state between those of the upper and the lower lumen */
    STATES = 2 * PLACES + 1,
    SAMPLES = (2 * EDGE + 1) * (2 * EDGE + 1),
    APART = 2,  /* points of the course between stations */
    FADE = 8,   /* stations */
    AROUND = 30 /* points before and after a closed stretch */
};

static const double PLACE_MM = 0.4, BLUR_MM = 0.42, BONE_MM = 0.5;
static const double MOST_SAID = 3, SPREAD = 0.17, CHANGE_COST = 8, MOVE_COST = 0.3,
                    OFF_COST = 0.03, HIDDEN_SAYS = -0.3, RIDGE = 0.3, BLOOM = 0.15;

typedef struct settler {
    const wadi_cta *cta;
    const wadi_volume *volume;
    wadi_cta_course *c;
    wadi_index first, last; /* points that may move */
    int count;              /* stations */
    double top, limit;      /* HU that a lumen adds to muscle; calcium is brighter */
    int beside;             /* steps to the sides that must be darker */
    float *raw;             /* (stations x SAMPLES) HU, NAN where bone is near */
    float *said;            /* (stations x PLACES) odds that it is open */
    float *best;            /* (2 x STATES) of the station before and of this one */
    int16_t *from;          /* (stations x STATES) state before */
    double (*move)[3];      /* (stations) mm */
    uint8_t *open;          /* (stations) blood is seen there */
} settler;

static void settler_clear(settler *job)
{
    free(job->raw);
    free(job->said);
    free(job->best);
    free(job->from);
    free(job->move);
    free(job->open);
}

static bool settler_new(settler *job)
{
    size_t n = (size_t)job->count;

    job->raw = wadi_alloc(n * SAMPLES, sizeof *job->raw);
    job->said = wadi_alloc(n * PLACES, sizeof *job->said);
    job->best = wadi_alloc((size_t)2 * STATES, sizeof *job->best);
    job->from = wadi_alloc(n * STATES, sizeof *job->from);
    job->move = wadi_alloc(n, sizeof *job->move);
    job->open = wadi_alloc(n, 1);
    return job->raw && job->said && job->best && job->from && job->move && job->open;
}

static wadi_index point_of(const settler *job, int station)
{
    wadi_index i = job->first + (wadi_index)station * APART;

    return i < job->last ? i : job->last;
}

/* HU at a place; NAN where blurred bone may raise it. */
static double value_at(const settler *job, const double *at)
{
    for (int k = 0; k < 2; k++)
        for (int side = -1; side <= 1; side += 2) {
            double p[3] = {at[0], at[1], at[2]};

            p[k] += side * BONE_MM;
            if (isnan(cta_sample(job->cta, job->volume, p)))
                return NAN;
        }
    return cta_sample(job->cta, job->volume, at);
}

static void sample_station(const settler *job, int s)
{
    wadi_index i = point_of(job, s);
    double u[3], w[3];

    cta_across(job->c, i, u, w);
    for (int b = -EDGE; b <= EDGE; b++)
        for (int a = -EDGE; a <= EDGE; a++) {
            double p[3];

            for (int k = 0; k < 3; k++)
                p[k] = job->c->points_mm[3 * i + k] + PLACE_MM * (a * u[k] + b * w[k]);
            job->raw[(size_t)s * SAMPLES + (size_t)((b + EDGE) * (2 * EDGE + 1) + a + EDGE)] =
                (float)value_at(job, p);
        }
}

/* Mean at this station and its neighbours of the sample a, b steps beside the line; NAN when
 * one of them is hidden or brighter than blood. */
static double thick(const settler *job, int s, int a, int b)
{
    double sum = 0;
    int count = 0, at = (b + EDGE) * (2 * EDGE + 1) + a + EDGE;

    for (int t = s - 1; t <= s + 1; t++) {
        if (t < 0 || t >= job->count)
            continue;
        double v = (double)job->raw[(size_t)t * SAMPLES + (size_t)at];

        if (!(v <= job->limit))
            return NAN;
        sum += v;
        count++;
    }
    return sum / count;
}

/* Darker on two opposite sides by a fair share of what a lumen adds. */
static bool is_ridge(const settler *job, int s, int a, int b, double here)
{
    static const double WAY[4][2] = {{1, 0}, {0, 1}, {0.71, 0.71}, {0.71, -0.71}};

    for (int d = 0; d < 4; d++) {
        int x = (int)lrint(WAY[d][0] * job->beside), y = (int)lrint(WAY[d][1] * job->beside);

        if (here - thick(job, s, a + x, b + y) > RIDGE * job->top &&
            here - thick(job, s, a - x, b - y) > RIDGE * job->top)
            return true;
    }
    return false;
}

/* Whether calcium lies within two steps: it blooms so far. */
static bool by_calcium(const settler *job, int s, int a, int b)
{
    for (int t = s - 1; t <= s + 1; t++)
        for (int q = 0; q < 25 && t >= 0 && t < job->count; q++) {
            int at = (b + q / 5 - 2 + EDGE) * (2 * EDGE + 1) + a + q % 5 - 2 + EDGE;

            if ((double)job->raw[(size_t)t * SAMPLES + (size_t)at] > job->limit)
                return true;
        }
    return false;
}

/* Odds of blood at a place. */
static double odds_at(const settler *job, int s, int a, int b)
{
    static const int CROSS[5][2] = {{0, 0}, {1, 0}, {-1, 0}, {0, 1}, {0, -1}};
    double sum = 0, x, noise;

    for (int q = 0; q < 5; q++)
        sum += thick(job, s, a + CROSS[q][0], b + CROSS[q][1]) / 5;
    if (isnan(sum))
        return HIDDEN_SAYS;
    x = (sum - job->cta->muscle_hu) / job->top;
    if (x > 1) /* brighter than blood: calcium blooms in */
        x = fmin(1, 2 + BLOOM - x);
    noise = job->cta->noise_hu / sqrt(3) / job->top; /* neighbours share their voxels */
    x = (x - 0.5) / (noise * noise + SPREAD * SPREAD);
    if (x > 0 && (by_calcium(job, s, a, b) || !is_ridge(job, s, a, b, sum)))
        return HIDDEN_SAYS;
    return fmin(fmax(x, -MOST_SAID), MOST_SAID);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Calibre to be expected: the median of what is open and moves not. */
static double calibre(const settler *job)
{
    const wadi_cta_course *c = job->c;
    double *room = wadi_alloc((size_t)c->count + 1, sizeof *room), middle;
    int count = 0;

    for (wadi_index i = 0; room && i < c->count; i++)
        if (!c->closed[i] && i > job->first - 100 && i < job->last + 100)
            room[count++] = c->radius_mm[i];
    if (count)
        qsort(room, (size_t)count, sizeof *room, by_value);
    middle = count > 10 ? room[count / 2] : 1;
    free(room);
    return middle;
}

/* The best state before this one; gives what it and the change are worth. */
static int before(const float *old, int state, double *gain)
{
    int base = state > CLOSED ? CLOSED + 1 : 0, best = state;
    int a = (state - base) % WIDE, b = (state - base) / WIDE;

    *gain = (double)old[state];
    if (state == CLOSED) {
        for (int at = 0; at < PLACES; at++)
            if ((double)old[at] - CHANGE_COST > *gain)
                *gain = (double)old[at] - CHANGE_COST, best = at;
        return best;
    }
    if (state > CLOSED && (double)old[CLOSED] - CHANGE_COST > *gain)
        *gain = (double)old[CLOSED] - CHANGE_COST, best = CLOSED;
    for (int q = 0; q < 9; q++) {
        int x = q % 3 - 1, y = q / 3 - 1, at = base + (b + y) * WIDE + a + x;

        if (a + x < 0 || b + y < 0 || a + x >= WIDE || b + y >= WIDE)
            continue;
        double here = (double)old[at] - MOVE_COST * (x * x + y * y);

        if (here > *gain)
            *gain = here, best = at;
    }
    return best;
}

static void find_way(const settler *job)
{
    float *old = job->best, *now = job->best + STATES;
    const int middle = SIDE * WIDE + SIDE;

    for (int s = 0; s < job->count; s++) {
        for (int state = 0; state < STATES; state++) {
            int at = state > CLOSED ? state - CLOSED - 1 : state, from = -1;
            double far = state == CLOSED ? 0 : hypot(at % WIDE - SIDE, at / WIDE - SIDE);
            /* The line begins in the upper lumen, where it is, or closed. */
            double gain = far > 0 || state > CLOSED ? -1e6 : 0;

            if (s > 0)
                from = before(old, state, &gain);
            if (state != CLOSED)
                gain += (double)job->said[s * PLACES + at] - OFF_COST * far * far;
            now[state] = (float)gain;
            job->from[(size_t)s * STATES + (size_t)state] = (int16_t)from;
        }
        float *swap = old;

        old = now;
        now = swap;
    }
    int low = CLOSED + 1 + middle, state = old[CLOSED] > old[low] ? CLOSED : low;

    for (int s = job->count - 1; s >= 0 && state >= 0; s--) {
        int at = state > CLOSED ? state - CLOSED - 1 : state;
        double u[3], w[3];

        if (state != CLOSED) {
            job->open[s] = job->said[s * PLACES + at] > 0;
            cta_across(job->c, point_of(job, s), u, w);
            for (int k = 0; k < 3; k++)
                job->move[s][k] =
                    PLACE_MM * ((at % WIDE - SIDE) * u[k] + (at / WIDE - SIDE) * w[k]);
        }
        state = job->from[(size_t)s * STATES + (size_t)state];
    }
}

/* Points follow their stations. Where the lumen ends the line comes back over FADE stations; a
 * sudden step would make it longer. */
static void move_points(const settler *job)
{
    for (wadi_index i = job->first; i <= job->last; i++) {
        int s = (int)(i - job->first) / APART;
        double sum[3] = {0}, weight = 0;

        for (int t = s - FADE; t <= s + FADE; t++) {
            double w = exp(-0.5 * (t - s) * (t - s) / (0.16 * FADE * FADE));

            if (t < 0 || t >= job->count)
                continue;
            /* Within the lumen, the closed stations beside have no say. */
            if (job->open[s] && !job->open[t])
                continue;
            for (int k = 0; k < 3; k++)
                sum[k] += w * job->move[t][k];
            weight += w;
        }
        for (int k = 0; k < 3 && weight > 0; k++)
            job->c->points_mm[3 * i + k] += sum[k] / weight;
        /* cta_reclose takes a value of 0 for "only a bridge led through". */
        if (job->open[s])
            job->c->hu[i] = fmax(job->c->hu[i], 0.5 * job->cta->artery_hu);
    }
}

static wadi_status settle_stretch(settler *job, wadi_error *err)
{
    double r;

    job->count = (int)(job->last - job->first) / APART + 1;
    if (!settler_new(job)) {
        settler_clear(job);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory to settle an artery");
    }
    r = calibre(job);
    job->top = (job->cta->artery_hu - job->cta->muscle_hu) *
               (1 - exp(-0.5 * r * r / (BLUR_MM * BLUR_MM)));
    job->limit = job->cta->artery_hu + fmax(110, 2.5 * job->cta->noise_hu);
    job->beside = (int)fmin(fmax(floor((r + 0.5) / PLACE_MM + 0.5), 3), BESIDE);
#pragma omp parallel for schedule(static)
    for (int s = 0; s < job->count; s++)
        sample_station(job, s);
    for (int s = 0; s < job->count; s++)
        for (int at = 0; at < PLACES; at++)
            job->said[s * PLACES + at] =
                (float)odds_at(job, s, at % WIDE - SIDE, at / WIDE - SIDE);
    find_way(job);
    move_points(job);
    settler_clear(job);
    return WADI_OK;
}

wadi_status cta_settle(const wadi_cta *cta, const wadi_volume *volume, wadi_cta_course *c,
                       wadi_error *err)
{
    wadi_status status = WADI_OK;

    if (!(cta->artery_hu > cta->muscle_hu + 20))
        return WADI_OK;
    for (wadi_index i = 0, j; i < c->count && !status; i = j) {
        for (j = i + 1; j < c->count && c->closed[j] == c->closed[i];)
            j++;
        if (!c->closed[i] || j - i < 8)
            continue;
        settler job = {.cta = cta, .volume = volume, .c = c};

        job.first = i > AROUND ? i - AROUND : 0;
        job.last = j + AROUND < c->count ? j + AROUND : c->count - 1;
        status = settle_stretch(&job, err);
    }
    for (wadi_index i = 1; i < c->count; i++) {
        const double *p = c->points_mm + 3 * i, *q = p - 3;

        c->along_mm[i] =
            c->along_mm[i - 1] + hypot(hypot(p[0] - q[0], p[1] - q[1]), p[2] - q[2]);
    }
    return status;
}
