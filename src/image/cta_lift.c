/* A front over places and directions at once, so that the way of least cost also bends least.
 *
 * A front over places alone (cta_march.c) may turn at no cost: it leaves a vessel for a
 * brighter neighbour, runs along and comes back. Here a state is a cell with the direction in
 * which it was reached, one of the 98 steps to cells within two whose three parts have no
 * common factor, and a turn of t radians before a step of h mm costs stiff^2 t^2 / h: the
 * elastica energy of the way, found as the shortest path through a graph of steps (J. Ulen, P.
 * Strandmark, F. Kahl, IEEE Trans. Pattern Anal. Mach. Intell. 37 (2015) 2588-2600,
 * doi:10.1109/TPAMI.2015.2409869; the continuous front is that of D. Chen, J.-M. Mirebeau, L.
 * D. Cohen, Int. J. Comput. Vis. 122 (2017) 458-483, doi:10.1007/s11263-016-0975-5).
 *
 * First a front runs backwards over places alone: what it costs to go on from a cell if bends
 * cost nothing. States then leave the heap in the order of their cost with that added (P. E.
 * Hart, N. J. Nilsson, B. Raphael, IEEE Trans. Syst. Sci. Cybern. 4 (1968) 100-107), so that
 * few of them are met beside the way that is sought. */
#include "cta_lift.h"

#include <float.h>

enum { STEPS = 98, TURNS = 24, PAD = 2 };

static const double MOST_TURN = 0.72, LEAD_COS = 0.5; /* 41 degrees between steps; 60 off */

typedef struct step_kind {
    int by[3], jump; /* in cells */
    int between[2];  /* cells that a long step passes, as jumps; 0 none */
    double unit[3], mm;
    int turn_count;
    uint8_t turn[TURNS]; /* steps that may follow */
    float bend[TURNS];   /* what they cost: stiff^2 t^2 / h */
} step_kind;

typedef struct entry {
    float key;
    int state;
} entry;

typedef struct front {
    const cta_lift *lift;
    step_kind *steps;
    float *cost;
    int *from;
    entry *heap;
    size_t heap_count, heap_capacity;
    float *ahead; /* (cells of the band) least cost from there to the end, without bends */
    float *go;    /* (cells x STEPS) cost of a step without its bend; negative: refused */
    bool refused;
} front;

void cta_lift_clear(cta_lift *lift)
{
    free(lift->cell);
    free(lift->slot);
    free(lift->slow);
    free(lift->off);
    free(lift->lead);
    *lift = (cta_lift){0};
}

void cta_lift_place(const cta_lift *lift, int i, double *at)
{
    int cell = lift->cell[i];

    at[0] = lift->low[0] + lift->cell_mm * (cell % lift->size[0]);
    at[1] = lift->low[1] + lift->cell_mm * (cell / lift->size[0] % lift->size[1]);
    at[2] = lift->low[2] + lift->cell_mm * (cell / lift->size[0] / lift->size[1]);
}

int cta_lift_slot(const cta_lift *lift, const double *at)
{
    int middle[3], reach = (int)ceil(3 / lift->cell_mm), best = -1;
    double least = 1e30;

    for (int k = 0; k < 3; k++)
        middle[k] = (int)floor((at[k] - lift->low[k]) / lift->cell_mm + 0.5);
    for (int z = middle[2] - reach; z <= middle[2] + reach; z++)
        for (int y = middle[1] - reach; y <= middle[1] + reach; y++)
            for (int x = middle[0] - reach; x <= middle[0] + reach; x++) {
                double p[3], far;

                if (x < 0 || y < 0 || z < 0 || x >= lift->size[0] || y >= lift->size[1] ||
                    z >= lift->size[2])
                    continue;
                int slot = lift->slot[x + lift->size[0] * (y + lift->size[1] * z)];

                if (slot < 0)
                    continue;
                cta_lift_place(lift, slot, p);
                far = cta_distance(p, at);
                if (far < least)
                    least = far, best = slot;
            }
    return least <= 3 ? best : -1;
}

/* Direction of a polyline round a point, over `reach` points on both sides. */
static void direction_at(int count, const double (*way)[3], int i, int reach, float *out)
{
    int a = i > reach ? i - reach : 0, b = i + reach < count ? i + reach : count - 1;
    double size = cta_distance(way[a], way[b]) + 1e-12;

    for (int k = 0; k < 3; k++)
        out[k] = (float)((way[b][k] - way[a][k]) / size);
}

static bool lift_room(int count, const double (*way)[3], double reach_mm, double cell_mm,
                      cta_lift *lift)
{
    size_t cells = 1;

    *lift = (cta_lift){.cell_mm = cell_mm, .haste = 1};
    for (int k = 0; k < 3; k++) {
        double low = way[0][k], high = way[0][k];

        for (int i = 1; i < count; i++) {
            low = fmin(low, way[i][k]);
            high = fmax(high, way[i][k]);
        }
        lift->low[k] = low - reach_mm - PAD * cell_mm;
        lift->size[k] = (int)ceil((high - low + 2 * reach_mm) / cell_mm) + 1 + 2 * PAD;
        cells *= (size_t)lift->size[k];
    }
    if (cells > INT32_MAX / 2)
        return false;
    lift->slot = malloc(cells * sizeof *lift->slot);
    if (!lift->slot)
        return false;
    for (size_t i = 0; i < cells; i++)
        lift->slot[i] = -1;
    return true;
}

/* Mark the cells near a point of the way; the nearest point so far is kept in the slot. */
static void mark_near(const double (*way)[3], int i, double reach_mm, const cta_lift *lift)
{
    int low[3], high[3];

    for (int k = 0; k < 3; k++) {
        low[k] = (int)fmax(ceil((way[i][k] - reach_mm - lift->low[k]) / lift->cell_mm), PAD);
        high[k] = (int)fmin(floor((way[i][k] + reach_mm - lift->low[k]) / lift->cell_mm),
                            lift->size[k] - 1 - PAD);
    }
    for (int z = low[2]; z <= high[2]; z++)
        for (int y = low[1]; y <= high[1]; y++)
            for (int x = low[0]; x <= high[0]; x++) {
                int *slot = &lift->slot[x + lift->size[0] * (y + lift->size[1] * z)];
                const double p[3] = {lift->low[0] + lift->cell_mm * x,
                                     lift->low[1] + lift->cell_mm * y,
                                     lift->low[2] + lift->cell_mm * z};
                double far = cta_distance(p, way[i]);

                if (far <= reach_mm && (*slot < 0 || far < cta_distance(p, way[*slot])))
                    *slot = i;
            }
}

wadi_status cta_lift_new(int count, const double (*way)[3], double reach_mm, double cell_mm,
                         cta_lift *lift, wadi_error *err)
{
    int n = 0, cells;

    if (!lift_room(count, way, reach_mm, cell_mm, lift))
        goto refused;
    for (int i = 0; i < count; i++)
        mark_near(way, i, reach_mm, lift);
    cells = lift->size[0] * lift->size[1] * lift->size[2];
    for (int i = 0; i < cells; i++)
        n += lift->slot[i] >= 0;
    lift->cell = wadi_alloc((size_t)n + 1, sizeof *lift->cell);
    lift->slow = wadi_alloc((size_t)n + 1, sizeof *lift->slow);
    lift->off = wadi_alloc((size_t)n + 1, sizeof *lift->off);
    lift->lead = wadi_alloc((size_t)n + 1, sizeof *lift->lead);
    if (!lift->cell || !lift->slow || !lift->off || !lift->lead)
        goto refused;
    for (int i = 0; i < cells; i++) {
        if (lift->slot[i] < 0)
            continue;
        direction_at(count, way, lift->slot[i], (int)(8 / CTA_STEP_MM),
                     lift->lead[lift->count]);
        double p[3];
        int nearest = lift->slot[i];

        lift->slow[lift->count] = 1;
        lift->slot[i] = lift->count;
        lift->cell[lift->count] = i;
        cta_lift_place(lift, lift->count, p);
        lift->off[lift->count++] = (float)cta_distance(p, way[nearest]);
    }
    return WADI_OK;
refused:
    cta_lift_clear(lift);
    return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a band of %d points", count);
}

static int common(int a, int b)
{
    return b ? common(b, a % b) : a;
}

static void set_steps(const cta_lift *lift, double stiff_mm, step_kind *steps)
{
    int n = 0;

    for (int z = -2; z <= 2; z++)
        for (int y = -2; y <= 2; y++)
            for (int x = -2; x <= 2; x++) {
                if (common(common(abs(x), abs(y)), abs(z)) != 1)
                    continue;
                step_kind *s = &steps[n++];
                double size = sqrt(x * x + y * y + z * z);
                /* Halves are rounded to both sides. */
                int a[3] = {x / 2, y / 2, z / 2}, b[3] = {x - x / 2, y - y / 2, z - z / 2};
                bool far = abs(x) > 1 || abs(y) > 1 || abs(z) > 1;

                *s = (step_kind){.by = {x, y, z}, .mm = size * lift->cell_mm};
                s->unit[0] = x / size;
                s->unit[1] = y / size;
                s->unit[2] = z / size;
                s->jump = x + lift->size[0] * (y + lift->size[1] * z);
                if (far) {
                    s->between[0] = a[0] + lift->size[0] * (a[1] + lift->size[1] * a[2]);
                    s->between[1] = b[0] + lift->size[0] * (b[1] + lift->size[1] * b[2]);
                }
            }
    for (int i = 0; i < STEPS; i++)
        for (int j = 0; j < STEPS; j++) {
            const double *u = steps[i].unit, *w = steps[j].unit;
            double turn = acos(fmin(fmax(u[0] * w[0] + u[1] * w[1] + u[2] * w[2], -1), 1));
            int *at = &steps[i].turn_count;

            if (turn > MOST_TURN || *at == TURNS)
                continue;
            steps[i].turn[*at] = (uint8_t)j;
            steps[i].bend[(*at)++] =
                i == j ? 0 : (float)(stiff_mm * stiff_mm * turn * turn / steps[j].mm);
        }
}

static void push(front *f, int state, float key)
{
    size_t at = f->heap_count;

    if (at == f->heap_capacity) {
        entry *grown = wadi_realloc(f->heap, 2 * f->heap_capacity, sizeof *grown);

        if (!grown) {
            f->refused = true;
            return;
        }
        f->heap = grown;
        f->heap_capacity *= 2;
    }
    entry item = {key, state};

    f->heap_count++;
    while (at > 0 && f->heap[(at - 1) / 2].key > item.key) {
        f->heap[at] = f->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    f->heap[at] = item;
}

static entry pop(front *f)
{
    entry top = f->heap[0], item = f->heap[--f->heap_count];
    size_t at = 0;

    for (;;) {
        size_t below = 2 * at + 1;

        if (below >= f->heap_count)
            break;
        if (below + 1 < f->heap_count && f->heap[below + 1].key < f->heap[below].key)
            below++;
        if (f->heap[below].key >= item.key)
            break;
        f->heap[at] = f->heap[below];
        at = below;
    }
    f->heap[at] = item;
    return top;
}

/* Slot that a step leads to and its cost without a bend; -1 when it leaves the band. */
static int take_step(const cta_lift *lift, int slot, const step_kind *s, float *cost)
{
    int cell = lift->cell[slot], to = lift->slot[cell + s->jump];
    float slow;

    if (to < 0)
        return -1;
    slow = lift->slow[slot] + lift->slow[to];
    if (s->between[1]) {
        int a = lift->slot[cell + s->between[0]], b = lift->slot[cell + s->between[1]];

        if (a < 0 || b < 0)
            return -1;
        slow = 0.5f * (slow + lift->slow[a] + lift->slow[b]);
    }
    *cost = 0.5f * slow * (float)s->mm;
    return to;
}

static bool is_led(const cta_lift *lift, int slot, const step_kind *s)
{
    const float *lead = lift->lead[slot];
    double dot = (double)lead[0] * s->unit[0] + (double)lead[1] * s->unit[1] +
                 (double)lead[2] * s->unit[2];

    return dot >= LEAD_COS || (lead[0] == 0 && lead[1] == 0 && lead[2] == 0);
}

/* Costs of all steps, and from all cells to the last one. */
static void run_back(front *f, int last)
{
    const cta_lift *lift = f->lift;

    for (int i = 0; i < lift->count; i++)
        f->ahead[i] = FLT_MAX;
    for (size_t i = 0; i < (size_t)lift->count * STEPS; i++)
        f->go[i] = -1;
    f->ahead[last] = 0;
    push(f, last, 0);
    while (f->heap_count > 0 && !f->refused) {
        entry top = pop(f);
        int cell = lift->cell[top.state];

        if (top.key > f->ahead[top.state])
            continue;
        for (int s = 0; s < STEPS; s++) {
            int before = lift->slot[cell - f->steps[s].jump];
            float cost;

            if (before < 0 || !is_led(lift, before, &f->steps[s]) ||
                take_step(lift, before, &f->steps[s], &cost) < 0)
                continue;
            f->go[(size_t)before * STEPS + (size_t)s] = cost;
            cost += top.key;
            if (cost < f->ahead[before]) {
                f->ahead[before] = cost;
                push(f, before, cost);
            }
        }
    }
    f->heap_count = 0;
}

static void reach(front *f, int slot, int step, float cost, int from)
{
    int state = slot * STEPS + step;

    if (cost >= f->cost[state])
        return;
    f->cost[state] = cost;
    f->from[state] = from;
    push(f, state, cost + f->ahead[slot]);
}

static double bend_to(const step_kind *s, const double *along, double stiff_mm)
{
    if (!along)
        return 0;
    double dot = s->unit[0] * along[0] + s->unit[1] * along[1] + s->unit[2] * along[2];
    double turn = acos(fmin(fmax(dot, -1), 1));

    return stiff_mm * stiff_mm * turn * turn / s->mm;
}

/* Run until the last slot is left for good; the state there, or -1. */
static int run(front *f, double stiff_mm, int first, int last, const double *from_along,
               const double *to_along)
{
    const cta_lift *lift = f->lift;
    double best = FLT_MAX;
    int found = -1;

    for (int s = 0; s < STEPS; s++) {
        float cost = f->go[(size_t)first * STEPS + (size_t)s];

        if (cost >= 0)
            reach(f, lift->slot[lift->cell[first] + f->steps[s].jump], s,
                  cost + (float)bend_to(&f->steps[s], from_along, stiff_mm), -1);
    }
    while (f->heap_count > 0 && !f->refused) {
        entry top = pop(f);
        int slot = top.state / STEPS;
        const step_kind *in = &f->steps[top.state % STEPS];
        float here = f->cost[top.state];

        if ((double)top.key >= best)
            break;
        if (top.key > here + f->ahead[slot])
            continue; /* reached at less since it was put in */
        if (slot == last) {
            double whole = (double)here + bend_to(in, to_along, stiff_mm);

            if (whole < best)
                best = whole, found = top.state;
            continue;
        }
        const float *go = f->go + (size_t)slot * STEPS;
        const int *from = lift->slot + lift->cell[slot];

        for (int t = 0; t < in->turn_count; t++) {
            int s = in->turn[t];

            if (go[s] >= 0)
                reach(f, from[f->steps[s].jump], s, here + go[s] + in->bend[t], top.state);
        }
    }
    return found;
}

static wadi_status write_way(const front *f, int found, const double *from, const double *to,
                             double (**way)[3], int *count, wadi_error *err)
{
    int n = 2;

    for (int s = f->from[found]; s >= 0; s = f->from[s])
        n++;
    *way = wadi_alloc((size_t)n, sizeof **way);
    if (!*way)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a way of %d points", n);
    *count = n;
    memcpy((*way)[--n], to, sizeof **way);
    for (int s = f->from[found]; s >= 0; s = f->from[s])
        cta_lift_place(f->lift, s / STEPS, (*way)[--n]);
    memcpy((*way)[0], from, sizeof **way);
    return WADI_OK;
}

wadi_status cta_lift_march(const cta_lift *lift, double stiff_mm, const double *from,
                           const double *from_along, const double *to, const double *to_along,
                           double (**way)[3], int *count, wadi_error *err)
{
    size_t states = (size_t)lift->count * STEPS;
    front f = {.lift = lift, .heap_capacity = 4096};
    int first = cta_lift_slot(lift, from), last = cta_lift_slot(lift, to);
    wadi_status status = WADI_OK;

    *way = NULL;
    *count = 0;
    if (first < 0 || last < 0 || first == last)
        return WADI_OK;
    f.steps = wadi_alloc(STEPS, sizeof *f.steps);
    f.cost = states < INT32_MAX ? malloc(states * sizeof *f.cost) : NULL;
    f.from = f.cost ? malloc(states * sizeof *f.from) : NULL;
    f.heap = malloc(f.heap_capacity * sizeof *f.heap);
    f.ahead = malloc(((size_t)lift->count + 1) * sizeof *f.ahead);
    f.go = f.cost ? malloc(states * sizeof *f.go) : NULL;
    if (!f.steps || !f.cost || !f.from || !f.heap || !f.ahead || !f.go) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for a front of %zu states", states);
        goto done;
    }
    set_steps(lift, stiff_mm, f.steps);
    for (size_t i = 0; i < states; i++)
        f.cost[i] = FLT_MAX;
    run_back(&f, last);
    for (int i = 0; i < lift->count && lift->haste > 1; i++)
        if (f.ahead[i] < FLT_MAX)
            f.ahead[i] *= (float)lift->haste;

    int found = run(&f, stiff_mm, first, last, from_along, to_along);

    if (f.refused)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the heap of a front");
    else if (found >= 0)
        status = write_way(&f, found, from, to, way, count, err);
done:
    free(f.steps);
    free(f.cost);
    free(f.from);
    free(f.heap);
    free(f.ahead);
    free(f.go);
    return status;
}
