/* Fisher's exact test. 2x2: the noncentral hypergeometric distribution; r x c: a walk through
 * the network of Mehta and Patel (J. Am. Stat. Assoc. 78 (1983) 427), column by column. */
#include "stats/exact_impl.h"

/* Probabilities closer than this count as equal, as in R: rounding must not drop a table. */
static const double SAME = 1 + 1e-7;

/* ---- 2x2 ---- */

typedef struct hyper {
    int low, high;
    double *log_density; /* at odds ratio 1, (high - low + 1) */
} hyper;

/* Density at an odds ratio, into density. */
static void density_at(const hyper *h, double log_odds, double *density)
{
    double largest = -INFINITY, sum = 0;
    int count = h->high - h->low + 1;

    for (int i = 0; i < count; i++) {
        density[i] = h->log_density[i] + log_odds * (h->low + i);
        largest = fmax(largest, density[i]);
    }
    for (int i = 0; i < count; i++)
        sum += density[i] = exp(density[i] - largest);
    for (int i = 0; i < count; i++)
        density[i] /= sum;
}

enum { OF_MEAN, OF_UPPER, OF_LOWER };

/* Mean, P(X >= x) or P(X <= x) at an odds ratio. */
static double moment(const hyper *h, double log_odds, int what, int x, double *work)
{
    double sum = 0;

    density_at(h, log_odds, work);
    for (int i = 0; i <= h->high - h->low; i++) {
        int value = h->low + i;

        if (what == OF_MEAN)
            sum += value * work[i];
        else if (what == OF_UPPER ? value >= x : value <= x)
            sum += work[i];
    }
    return sum;
}

typedef struct target {
    const hyper *h;
    int what, x;
    double value;
    bool inverse; /* the unknown is 1 / odds ratio */
    double *work;
} target;

static double miss(const target *at, double t)
{
    double log_odds = t > 0 ? log(t) : -700;

    return moment(at->h, at->inverse ? -log_odds : log_odds, at->what, at->x, at->work) -
           at->value;
}

/* Brent's zero finder (Algorithms for Minimization without Derivatives, 1973, ch. 4). */
static double brent(const target *at, double a, double b, double tolerance)
{
    double fa = miss(at, a), fb = miss(at, b), c = a, fc = fa;

    for (int i = 0; i < 1000; i++) {
        double previous = b - a, half, enough, step;

        if (fabs(fc) < fabs(fb)) {
            a = b, b = c, c = a;
            fa = fb, fb = fc, fc = fa;
        }
        enough = 2 * 2.220446049250313e-16 * fabs(b) + tolerance / 2;
        step = half = (c - b) / 2;
        if (fabs(half) <= enough || fb == 0)
            break;
        if (fabs(previous) >= enough && fabs(fa) > fabs(fb)) {
            double p, q, ratio = fb / fa;

            if (a == c) { /* secant */
                p = 2 * half * ratio;
                q = 1 - ratio;
            } else { /* inverse quadratic */
                double u = fa / fc, v = fb / fc;

                p = ratio * (2 * half * u * (u - v) - (b - a) * (v - 1));
                q = (u - 1) * (v - 1) * (ratio - 1);
            }
            q = p > 0 ? -q : q;
            p = fabs(p);
            if (p < 1.5 * half * q - fabs(enough * q) / 2 && p < fabs(previous * q / 2))
                step = p / q;
        }
        if (fabs(step) < enough)
            step = step > 0 ? enough : -enough;
        a = b;
        fa = fb;
        b += step;
        fb = miss(at, b);
        if ((fb > 0) == (fc > 0) && fb != 0) {
            c = a;
            fc = fa;
        }
    }
    return b;
}

/* The odds ratio at which a monotone moment takes its target, searched below 1 or, as its
 * inverse, above 1. R's fisher.test stops at 2^-13 on that scale, which may be a per cent of a
 * large ratio. */
static double solve(const hyper *h, int what, int x, double value, double tolerance,
                    double *work)
{
    target at = {h, what, x, value, false, work};
    double gap = miss(&at, 1);

    if (gap == 0)
        return 1;
    if ((gap > 0) == (what != OF_LOWER))
        return brent(&at, 0, 1, tolerance);
    at.inverse = true;
    return 1 / brent(&at, 2.220446049250313e-16, 1, tolerance);
}

static void estimate_odds(const hyper *h, int x, double level, double tolerance, double *work,
                          double *ratio, double *low, double *high)
{
    double tail = (1 - level) / 2;

    if (h->low == h->high) {
        *ratio = NAN;
        *low = 0;
        *high = INFINITY;
        return;
    }
    *ratio = x == h->low    ? 0
             : x == h->high ? INFINITY
                            : solve(h, OF_MEAN, x, x, tolerance, work);
    *low = x == h->low ? 0 : solve(h, OF_UPPER, x, tail, tolerance, work);
    *high = x == h->high ? INFINITY : solve(h, OF_LOWER, x, tail, tolerance, work);
}

void exact_fisher_2x2(const double cells[4], double level, fisher_2x2 *out)
{
    double row1 = cells[0] + cells[1], row2 = cells[2] + cells[3], col1 = cells[0] + cells[2];
    hyper h = {(int)fmax(0, col1 - row2), (int)fmin(row1, col1), NULL};
    int count = h.high - h.low + 1, x = (int)cells[0];
    double *work = wadi_alloc((size_t)count, sizeof *work), same = 0;

    *out = (fisher_2x2){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    h.log_density = wadi_alloc((size_t)count, sizeof *h.log_density);
    if (!work || !h.log_density)
        goto done;
    for (int i = 0; i < count; i++)
        h.log_density[i] =
            stats_log_choose(row1, h.low + i) + stats_log_choose(row2, col1 - h.low - i);
    density_at(&h, 0, work);
    out->p = out->p_less = out->p_greater = 0;
    for (int i = 0; i < count; i++) {
        double at = work[x - h.low];

        if (work[i] <= at * SAME)
            out->p += work[i];
        if (work[i] <= at * SAME && work[i] * SAME >= at)
            same += work[i];
        if (h.low + i <= x)
            out->p_less += work[i];
        if (h.low + i >= x)
            out->p_greater += work[i];
    }
    out->p_mid = out->p - 0.5 * same;
    out->p = fmin(1, out->p);
    out->p_less = fmin(1, out->p_less);
    out->p_greater = fmin(1, out->p_greater);
    estimate_odds(&h, x, level, 0x1p-13, work, &out->odds_ratio, &out->low, &out->high);
    estimate_odds(&h, x, level, 0, work, &out->odds_ratio_exact, &out->low_exact,
                  &out->high_exact);
done:
    free(work);
    free(h.log_density);
}

/* ---- r x c ----
 *
 * A node is what is left of the row totals after some columns, sorted (the order of rows does
 * not matter for the rest). A past is a product of column probabilities that leads to a node.
 * Where the likeliest completion of a past is no likelier than the table, all its completions
 * count, and where even the unlikeliest is likelier, none does; only what is between goes on.
 */

enum { ROWS_MAX = 24 };

typedef struct node {
    int32_t left[ROWS_MAX];
    double total;             /* log of the sum over completions */
    double longest, shortest; /* log of the largest and smallest completion */
    double *past;             /* log probabilities, merged */
    double *count;            /* how many pasts have it (sum of multiplicities) */
    size_t past_count, past_capacity;
    bool bounded;
} node;

typedef struct level {
    node *nodes;
    size_t count, capacity;
    size_t *slots;
    size_t slot_count;
} level;

typedef struct network {
    int rows, columns;
    const double *log_factorial;
    int *column;     /* (columns) totals, large first */
    level *levels;   /* (columns + 1) */
    double observed; /* log probability of the table */
    double p;
    bool failed;
} network;

static uint64_t node_hash(const int32_t *left, int rows)
{
    uint64_t hash = 1469598103934665603u;

    for (int i = 0; i < rows; i++)
        hash = (hash ^ (uint64_t)(uint32_t)left[i]) * 1099511628211u;
    return hash ^ (hash >> 31);
}

static bool level_grow(level *at, int rows)
{
    size_t capacity = at->capacity ? 2 * at->capacity : 64, slot_count = 4 * capacity;
    node *nodes = wadi_realloc(at->nodes, capacity, sizeof *nodes);
    size_t *slots;

    if (!nodes)
        return false;
    at->nodes = nodes;
    slots = wadi_realloc(at->slots, slot_count, sizeof *slots);
    if (!slots)
        return false;
    at->slots = slots;
    memset(slots, 0, slot_count * sizeof *slots);
    for (size_t i = 0; i < at->count; i++) {
        size_t s = node_hash(nodes[i].left, rows) & (slot_count - 1);

        while (slots[s])
            s = (s + 1) & (slot_count - 1);
        slots[s] = i + 1;
    }
    at->capacity = capacity;
    at->slot_count = slot_count;
    return true;
}

/* Index of a node, made where new; SIZE_MAX when memory is refused. */
static size_t level_find(level *at, const int32_t *left, int rows)
{
    size_t s;

    if (at->count == at->capacity && !level_grow(at, rows))
        return SIZE_MAX;
    s = node_hash(left, rows) & (at->slot_count - 1);
    for (; at->slots[s]; s = (s + 1) & (at->slot_count - 1))
        if (!memcmp(at->nodes[at->slots[s] - 1].left, left, (size_t)rows * sizeof *left))
            return at->slots[s] - 1;
    at->nodes[at->count] = (node){0};
    memcpy(at->nodes[at->count].left, left, (size_t)rows * sizeof *left);
    at->slots[s] = ++at->count;
    return at->count - 1;
}

static void sort_down(int32_t *values, int count)
{
    for (int i = 1; i < count; i++)
        for (int j = i; j > 0 && values[j] > values[j - 1]; j--) {
            int32_t swap = values[j];

            values[j] = values[j - 1];
            values[j - 1] = swap;
        }
}

typedef void each_column(network *net, void *context, const int32_t *rest, double log_weight);

/* All ways to give `need` to rows from `row` on; log_weight = -sum of log x!. */
static void give(network *net, const int32_t *left, int row, int need, int32_t *rest,
                 double log_weight, each_column *visit, void *context)
{
    int room = 0;

    for (int i = row + 1; i < net->rows; i++)
        room += left[i];
    if (row == net->rows) {
        visit(net, context, rest, log_weight);
        return;
    }
    int low = need - room > 0 ? need - room : 0, high = need < left[row] ? need : left[row];
    for (int x = low; x <= high && !net->failed; x++) {
        rest[row] = left[row] - x;
        give(net, left, row + 1, need - x, rest, log_weight - net->log_factorial[x], visit,
             context);
    }
}

static void bound(network *net, int depth, size_t index);

typedef struct bounding {
    int depth;
    double largest, smallest;
} bounding;

static void bound_child(network *net, void *context, const int32_t *rest, double log_weight)
{
    bounding *b = context;
    int32_t sorted[ROWS_MAX] = {0};
    size_t child;

    memcpy(sorted, rest, (size_t)net->rows * sizeof *rest);
    sort_down(sorted, net->rows);
    child = level_find(&net->levels[b->depth + 1], sorted, net->rows);
    if (child == SIZE_MAX) {
        net->failed = true;
        return;
    }
    bound(net, b->depth + 1, child);
    const node *at = &net->levels[b->depth + 1].nodes[child];
    b->largest = fmax(b->largest, log_weight + at->longest);
    b->smallest = fmin(b->smallest, log_weight + at->shortest);
}

/* Longest and shortest completion and their sum, once for each node. The sum of products of
 * 1/x! over all completions is N!/(rows! columns!), whatever the path. */
static void bound(network *net, int depth, size_t index)
{
    node *at = &net->levels[depth].nodes[index];
    int32_t left[ROWS_MAX], rest[ROWS_MAX] = {0};
    int total = 0;
    double sum = 0;

    if (at->bounded || net->failed)
        return;
    memcpy(left, at->left, sizeof left);
    for (int i = 0; i < net->rows; i++) {
        total += left[i];
        sum -= net->log_factorial[left[i]];
    }
    for (int c = depth; c < net->columns; c++)
        sum -= net->log_factorial[net->column[c]];
    bounding b = {depth, -INFINITY, INFINITY};
    if (depth == net->columns)
        b.largest = b.smallest = 0;
    else
        give(net, left, 0, net->column[depth], rest, 0, bound_child, &b);
    at = &net->levels[depth].nodes[index]; /* may have moved */
    at->longest = b.largest;
    at->shortest = b.smallest;
    at->total = net->log_factorial[total] + sum;
    at->bounded = true;
}

static void add_past(network *net, node *at, double log_past, double count)
{
    for (size_t i = 0; i < at->past_count; i++)
        if (fabs(at->past[i] - log_past) < 1e-10) {
            at->count[i] += count;
            return;
        }
    if (at->past_count == at->past_capacity) {
        size_t capacity = at->past_capacity ? 2 * at->past_capacity : 4;
        double *past = wadi_realloc(at->past, capacity, sizeof *past);
        double *counts = past ? wadi_realloc(at->count, capacity, sizeof *counts) : NULL;

        if (past)
            at->past = past;
        if (!counts) {
            net->failed = true;
            return;
        }
        at->count = counts;
        at->past_capacity = capacity;
    }
    at->past[at->past_count] = log_past;
    at->count[at->past_count++] = count;
}

typedef struct passing {
    int depth;
    const node *from;
} passing;

static void pass_child(network *net, void *context, const int32_t *rest, double log_weight)
{
    passing *pass = context;
    int32_t sorted[ROWS_MAX] = {0};
    const double limit = net->observed + log(SAME);
    node *to;

    memcpy(sorted, rest, (size_t)net->rows * sizeof *rest);
    sort_down(sorted, net->rows);
    size_t child = level_find(&net->levels[pass->depth + 1], sorted, net->rows);
    if (child == SIZE_MAX) {
        net->failed = true;
        return;
    }
    bound(net, pass->depth + 1, child);
    to = &net->levels[pass->depth + 1].nodes[child];
    for (size_t i = 0; i < pass->from->past_count && !net->failed; i++) {
        double past = pass->from->past[i] + log_weight;

        if (past + to->longest <= limit)
            net->p += pass->from->count[i] * exp(past + to->total);
        else if (past + to->shortest <= limit)
            add_past(net, to, past, pass->from->count[i]);
    }
}

static void walk(network *net, const int32_t *rows, double constant)
{
    size_t root = level_find(&net->levels[0], rows, net->rows);

    if (root == SIZE_MAX) {
        net->failed = true;
        return;
    }
    bound(net, 0, root);
    if (net->failed)
        return;
    add_past(net, &net->levels[0].nodes[root], constant, 1);
    for (int depth = 0; depth < net->columns && !net->failed; depth++) {
        /* Nodes of this level are complete: level_find in pass_child adds to the next one only.
         */
        for (size_t n = 0; n < net->levels[depth].count && !net->failed; n++) {
            const node *at = &net->levels[depth].nodes[n];
            int32_t rest[ROWS_MAX] = {0};
            passing pass = {depth, at};

            if (at->past_count)
                give(net, at->left, 0, net->column[depth], rest, 0, pass_child, &pass);
        }
    }
}

static int down(const void *a, const void *b)
{
    return *(const int *)b - *(const int *)a;
}

static void network_clear(network *net)
{
    for (int d = 0; net->levels && d <= net->columns; d++) {
        for (size_t i = 0; i < net->levels[d].count; i++) {
            free(net->levels[d].nodes[i].past);
            free(net->levels[d].nodes[i].count);
        }
        free(net->levels[d].nodes);
        free(net->levels[d].slots);
    }
    free(net->levels);
    free(net->column);
}

wadi_status exact_fisher(const double *cells, int rows, int columns, double *p, wadi_error *err)
{
    network net = {.rows = rows, .columns = columns};
    int32_t left[ROWS_MAX] = {0};
    double *log_factorial = NULL, total = 0, constant;
    wadi_status status = WADI_OK;

    *p = NAN;
    if (rows > columns) { /* the longer side becomes columns, the shorter one nodes */
        double *turned = wadi_alloc((size_t)rows * (size_t)columns, sizeof *turned);

        if (!turned)
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a table");
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                turned[j * rows + i] = cells[i * columns + j];
        status = exact_fisher(turned, columns, rows, p, err);
        free(turned);
        return status;
    }
    if (rows > ROWS_MAX)
        return wadi_fail(err, WADI_ERR_SUPPORT, "a table of %d x %d; one side has to be <= %d",
                         rows, columns, ROWS_MAX);
    for (int c = 0; c < rows * columns; c++)
        total += cells[c];
    if (total > 1e6)
        return wadi_fail(err, WADI_ERR_SUPPORT,
                         "a table of %g subjects is beyond the exact test", total);
    log_factorial = wadi_alloc((size_t)total + 1, sizeof *log_factorial);
    net.column = wadi_alloc((size_t)columns, sizeof *net.column);
    net.levels = wadi_alloc((size_t)columns + 1, sizeof *net.levels);
    if (!log_factorial || !net.column || !net.levels) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for a table");
        goto done;
    }
    for (size_t i = 0; i <= (size_t)total; i++)
        log_factorial[i] = lgamma((double)i + 1);
    net.log_factorial = log_factorial;
    constant = -log_factorial[(size_t)total];
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++) {
            left[i] += (int32_t)cells[i * columns + j];
            net.column[j] += (int)cells[i * columns + j];
            net.observed -= log_factorial[(size_t)cells[i * columns + j]];
        }
    for (int i = 0; i < rows; i++)
        constant += log_factorial[left[i]];
    for (int j = 0; j < columns; j++)
        constant += log_factorial[net.column[j]];
    net.observed += constant;
    sort_down(left, rows);
    qsort(net.column, (size_t)columns, sizeof *net.column, down);
    walk(&net, left, constant);
    if (net.failed)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the network of a %d x %d table",
                           rows, columns);
    else
        *p = fmin(1, net.p);
done:
    network_clear(&net);
    free(log_factorial);
    return status;
}
