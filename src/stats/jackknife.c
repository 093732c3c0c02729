/* Infinitesimal jackknife of state occupancies: the variance is the sum of squares over
 * subjects of U_i(t) = w_i dp(t)/dw_i, a row vector. It differs from Greenwood's where those at
 * risk in a state have come by different ways, late, or with weights.
 *
 *   U_i <- U_i (I + dA)                              everybody
 *   U_i <- U_i - w_i (p_h/Y_h) dA_h.                 whoever is at risk in state h
 *   U_i <- U_i + w_i (p_h/Y_h) (e_j - e_h)           whoever moves from h to j
 *
 * The variance needs only sums over subjects: S = sum U'U, and for those at risk in h the sums
 * B_h = sum w U and D_h = sum w^2. A subject's own U is needed when a row begins or ends, and
 * comes from the last such time by products of steps, kept in blocks of powers of two: O(log T)
 * for each row. */
#include "stats/states_impl.h"

/* One step or block of steps: U -> U T + w c_h for those at risk in h, U -> U T for others. */
typedef struct steps {
    size_t k, count, capacity; /* steps so far */
    double *level[48]; /* level[l]: blocks of 2^l steps; each (2 k k): T, then c by state */
} steps;

static size_t block_size(const steps *all)
{
    return 2 * all->k * all->k;
}

/* out = first, then second. */
static void compose(size_t k, const double *first, const double *second, double *out)
{
    const double *c1 = first + k * k, *t2 = second, *c2 = second + k * k;

    for (size_t a = 0; a < k; a++)
        for (size_t b = 0; b < k; b++) {
            double t = 0, c = c2[a * k + b];

            for (size_t m = 0; m < k; m++) {
                t += first[a * k + m] * t2[m * k + b];
                c += c1[a * k + m] * t2[m * k + b];
            }
            out[a * k + b] = t;
            out[k * k + a * k + b] = c;
        }
}

static bool steps_add(steps *all, const double *t, const double *c)
{
    size_t size = block_size(all), k2 = all->k * all->k;

    if (all->count == all->capacity) {
        size_t capacity = all->capacity ? 2 * all->capacity : 256;

        for (int l = 0; l < 48 && (capacity >> l) > 0; l++) {
            double *grown = wadi_realloc(all->level[l], (capacity >> l) * size, sizeof *grown);

            if (!grown)
                return false;
            all->level[l] = grown;
        }
        all->capacity = capacity;
    }
    memcpy(all->level[0] + all->count * size, t, k2 * sizeof *t);
    memcpy(all->level[0] + all->count * size + k2, c, k2 * sizeof *c);
    all->count++;
    for (int l = 1; (all->count & (((size_t)1 << l) - 1)) == 0; l++) {
        size_t index = (all->count >> l) - 1;

        compose(all->k, all->level[l - 1] + 2 * index * size,
                all->level[l - 1] + (2 * index + 1) * size, all->level[l] + index * size);
    }
    return true;
}

/* u through steps from .. to; state < 0: not at risk. scratch (k). */
static void steps_apply(const steps *all, size_t from, size_t to, int32_t state, double weight,
                        double *u, double *scratch)
{
    size_t k = all->k, size = block_size(all);

    while (from < to) {
        int l = 0;

        while ((from & (((size_t)2 << l) - 1)) == 0 && from + ((size_t)2 << l) <= to)
            l++;
        const double *block = all->level[l] + (from >> l) * size;
        for (size_t b = 0; b < k; b++) {
            scratch[b] = state >= 0 ? weight * block[k * k + (size_t)state * k + b] : 0;
            for (size_t a = 0; a < k; a++)
                scratch[b] += u[a] * block[a * k + b];
        }
        memcpy(u, scratch, k * sizeof *u);
        from += (size_t)1 << l;
    }
}

static void steps_clear(steps *all)
{
    for (int l = 0; l < 48; l++)
        free(all->level[l]);
}

/* ---- subjects ---- */

typedef struct subject {
    size_t seen;   /* steps that u has been through */
    int32_t state; /* at risk in, or -1 */
    double weight;
} subject;

typedef struct jackknife {
    size_t k;
    steps steps;
    subject *subjects;
    double *u; /* (subjects x k) */
    double *s; /* (k x k) */
    double *b; /* (k x k) rows B_h */
    double *d; /* (k) */
    double *t, *c, *work, *scratch;
    bool twice; /* somebody was at risk in two rows at once */
} jackknife;

static double *catch_up(jackknife *all, size_t who)
{
    subject *one = &all->subjects[who];
    double *u = all->u + who * all->k;

    steps_apply(&all->steps, one->seen, all->steps.count, one->state, one->weight, u,
                all->scratch);
    one->seen = all->steps.count;
    return u;
}

/* sign +1: begins to be at risk in a state; -1: ends. */
static void at_risk(jackknife *all, size_t who, int32_t state, double weight, double sign)
{
    const double *u = catch_up(all, who);
    size_t h = (size_t)state;

    for (size_t a = 0; a < all->k; a++)
        all->b[h * all->k + a] += sign * weight * u[a];
    all->d[h] += sign * weight * weight;
    all->twice |= sign > 0 && all->subjects[who].state >= 0;
    all->subjects[who].state = sign > 0 ? state : -1;
    all->subjects[who].weight = weight;
}

/* U_i += add for one subject that is not counted as at risk. */
static void push(jackknife *all, size_t who, const double *add)
{
    double *u = catch_up(all, who);

    for (size_t a = 0; a < all->k; a++)
        for (size_t b = 0; b < all->k; b++)
            all->s[a * all->k + b] += u[a] * add[b] + add[a] * u[b] + add[a] * add[b];
    for (size_t a = 0; a < all->k; a++)
        u[a] += add[a];
}

/* m <- t' m t for the square sums, rows m t for the others. */
static void transform_sums(jackknife *all)
{
    size_t k = all->k;

    for (size_t a = 0; a < k; a++)
        for (size_t b = 0; b < k; b++) {
            all->work[a * k + b] = 0;
            for (size_t m = 0; m < k; m++)
                all->work[a * k + b] += all->s[a * k + m] * all->t[m * k + b];
        }
    for (size_t a = 0; a < k; a++)
        for (size_t b = 0; b < k; b++) {
            all->s[a * k + b] = 0;
            for (size_t m = 0; m < k; m++)
                all->s[a * k + b] += all->t[m * k + a] * all->work[m * k + b];
        }
    for (size_t h = 0; h < k; h++) {
        for (size_t b = 0; b < k; b++) {
            all->scratch[b] = 0;
            for (size_t m = 0; m < k; m++)
                all->scratch[b] += all->b[h * k + m] * all->t[m * k + b];
        }
        memcpy(all->b + h * k, all->scratch, k * sizeof(double));
    }
}

/* All at risk in h lose c_h times their weight. */
static void common_loss(jackknife *all)
{
    size_t k = all->k;

    for (size_t h = 0; h < k; h++) {
        const double *c = all->c + h * k;
        double *b = all->b + h * k;

        for (size_t x = 0; x < k; x++)
            for (size_t y = 0; y < k; y++)
                all->s[x * k + y] += b[x] * c[y] + c[x] * b[y] + all->d[h] * c[x] * c[y];
        for (size_t x = 0; x < k; x++)
            b[x] += all->d[h] * c[x];
    }
}

static wadi_status jackknife_new(jackknife *all, size_t k, size_t subjects, wadi_error *err)
{
    double *block = wadi_alloc(5 * k * k + 2 * k, sizeof *block);

    *all = (jackknife){.k = k};
    all->s = block;
    all->subjects = wadi_alloc(subjects, sizeof *all->subjects);
    all->u = wadi_alloc(subjects * k, sizeof *all->u);
    all->steps.k = k;
    if (!block || !all->subjects || !all->u)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu subjects", subjects);
    all->b = block + k * k;
    all->t = block + 2 * k * k;
    all->c = block + 3 * k * k;
    all->work = block + 4 * k * k;
    all->d = block + 5 * k * k;
    all->scratch = all->d + k;
    for (size_t i = 0; i < subjects; i++)
        all->subjects[i].state = -1;
    return WADI_OK;
}

static void jackknife_clear(jackknife *all)
{
    free(all->s);
    free(all->subjects);
    free(all->u);
    steps_clear(&all->steps);
}

/* ---- the pass ---- */

typedef struct pass {
    const state_rows *rows;
    const uint32_t *order, *entries;
    const int32_t *cluster;
    size_t low, high;
    state_curve *curve;
    jackknife *all;
} pass;

static size_t who(const pass *p, uint32_t row)
{
    return p->cluster ? (size_t)p->cluster[row] : row;
}

static double weight_of(const pass *p, uint32_t row)
{
    return p->rows->rows.weight ? p->rows->rows.weight[row] : 1;
}

/* Influence of the starting states, counted as the curve counts them. */
static void begin(const pass *p)
{
    const survival_rows *r = &p->rows->rows;
    size_t k = p->all->k;
    double first = INFINITY, total = 0;

    for (size_t i = p->low; i < p->high && first == INFINITY; i++)
        if (p->rows->to[p->order[i]] >= 0)
            first = r->time[p->order[i]];
    for (int round = 0; round < 2; round++)
        for (size_t i = p->low; i < p->high; i++) {
            uint32_t row = p->order[i];

            if (first != INFINITY &&
                (r->time[row] < first || (r->entry && r->entry[row] >= first)))
                continue;
            if (round == 0) {
                total += weight_of(p, row);
                continue;
            }
            for (size_t a = 0; a < k; a++)
                p->all->work[a] = weight_of(p, row) / total *
                                  ((a == (size_t)p->rows->from[row]) - p->curve->start[a]);
            push(p->all, who(p, row), p->all->work);
        }
}

/* T and c of the time from what the curve has recorded. Returns whether anybody moves. */
static bool make_step(const pass *p, const double *before, size_t at, const double *moves)
{
    jackknife *all = p->all;
    size_t k = all->k;
    bool any = false;

    memset(all->t, 0, k * k * sizeof(double));
    memset(all->c, 0, k * k * sizeof(double));
    for (size_t h = 0; h < k; h++) {
        double risk = p->curve->risk[at * k + h], leaving = 0;

        for (size_t j = 0; j < k; j++) {
            double rate = j != h && moves[h * k + j] > 0 ? moves[h * k + j] / risk : 0;

            all->t[h * k + j] = rate;
            all->c[h * k + j] = rate > 0 ? -before[h] / risk * rate : 0;
            leaving += rate;
            any |= rate > 0;
        }
        all->t[h * k + h] = 1 - leaving;
        all->c[h * k + h] = leaving > 0 ? before[h] / risk * leaving : 0;
    }
    return any;
}

static wadi_status run_time(const pass *p, size_t i, size_t j, size_t at, const double *before,
                            double *moves, wadi_error *err)
{
    jackknife *all = p->all;
    size_t k = all->k;

    memset(moves, 0, k * k * sizeof *moves);
    for (size_t m = i; m < j; m++) {
        uint32_t row = p->order[m];

        if (p->rows->to[row] >= 0 && p->rows->to[row] != p->rows->from[row])
            moves[(size_t)p->rows->from[row] * k + (size_t)p->rows->to[row]] +=
                weight_of(p, row);
    }
    if (make_step(p, before, at, moves)) {
        transform_sums(all);
        common_loss(all);
        if (!steps_add(&all->steps, all->t, all->c))
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu steps", all->steps.count);
    }
    for (size_t m = i; m < j; m++) {
        uint32_t row = p->order[m];
        int32_t from = p->rows->from[row], to = p->rows->to[row];

        at_risk(all, who(p, row), from, weight_of(p, row), -1);
        if (to < 0 || to == from)
            continue;
        double jump = weight_of(p, row) * before[from] / p->curve->risk[at * k + (size_t)from];
        memset(all->work, 0, k * sizeof(double));
        all->work[to] = jump;
        all->work[from] = -jump;
        push(all, who(p, row), all->work);
    }
    return WADI_OK;
}

wadi_status states_jackknife(const state_rows *rows, const uint32_t *order,
                             const uint32_t *entries, const int32_t *cluster,
                             int32_t cluster_count, size_t low, size_t high, state_curve *curve,
                             wadi_error *err)
{
    const survival_rows *r = &rows->rows;
    size_t k = (size_t)rows->states, e = low;
    jackknife all;
    double *moves = wadi_alloc(k * k, sizeof *moves);
    wadi_status status =
        jackknife_new(&all, k, cluster ? (size_t)cluster_count : r->count, err);
    pass p = {rows, order, entries, cluster, low, high, curve, &all};

    if (!status && !moves)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu states", k);
    if (!status)
        begin(&p);
    for (size_t i = low; !status && !entries && i < high; i++)
        at_risk(&all, who(&p, order[i]), rows->from[order[i]], weight_of(&p, order[i]), 1);
    for (size_t i = low, j, at = 0; !status && i < high; i = j, at++) {
        const double *before = at ? curve->p + (at - 1) * k : curve->start;

        for (; entries && e < high && r->entry[entries[e]] < r->time[order[i]]; e++)
            at_risk(&all, who(&p, entries[e]), rows->from[entries[e]],
                    weight_of(&p, entries[e]), 1);
        for (j = i; j < high && r->time[order[j]] == r->time[order[i]];)
            j++;
        status = run_time(&p, i, j, at, before, moves, err);
        for (size_t h = 0; h < k; h++)
            curve->error[at * k + h] = sqrt(fmax(0, all.s[h * k + h]));
    }
    if (!status && all.twice)
        status =
            wadi_fail(err, WADI_ERR_CONFLICT,
                      "two rows of one subject overlap in time; the jackknife "
                      "wants them one after the other (--variance greenwood does without it)");
    free(moves);
    jackknife_clear(&all);
    return status;
}
