/* What follows from a fit: baseline hazard, martingale, score and Schoenfeld residuals, and
 * score tests of drifting coefficients (Grambsch, Therneau, Biometrika 81 (1994) 515). Every
 * residual is a difference of running sums, so all of them take one pass. */
#include "stats/cox_impl.h"

/* ---- increments at event times ---- */

/* Block of one event time: time, hazard, variance of the hazard, hazard as the tied events
 * themselves see it, then (p) hazard x mean covariate, and (p) the same as the tied see it. */
enum { AT_TIME, AT_HAZARD, AT_VARIANCE, AT_OWN, AT_MEAN };

typedef struct increments {
    const cox_data *data;
    wadi_ties ties;
    size_t count, capacity, width;
    double *block;
    int32_t *stratum;
    bool failed;
} increments;

static bool grow(increments *all)
{
    size_t capacity = all->capacity ? 2 * all->capacity : 1024;
    double *block = wadi_realloc(all->block, capacity * all->width, sizeof *block);
    int32_t *stratum;

    if (!block)
        return false;
    all->block = block;
    stratum = wadi_realloc(all->stratum, capacity, sizeof *stratum);
    if (!stratum)
        return false;
    all->stratum = stratum;
    all->capacity = capacity;
    return true;
}

static void collect(void *context, const cox_moment *at)
{
    increments *all = context;
    int p = all->data->p, steps = all->ties == WADI_TIES_EFRON ? (int)at->deaths : 1;
    double *block;

    if (all->failed || (all->count == all->capacity && !grow(all))) {
        all->failed = true;
        return;
    }
    all->stratum[all->count] = at->stratum;
    block = all->block + all->count++ * all->width;
    memset(block, 0, all->width * sizeof *block);
    block[AT_TIME] = at->time;
    for (int step = 0; step < steps; step++) {
        double part = (double)step / steps, s0 = *at->s0 - part * *at->d0;
        double hazard = at->weight / steps / s0;

        block[AT_HAZARD] += hazard;
        block[AT_VARIANCE] += hazard / s0;
        block[AT_OWN] += (1 - part) * hazard;
        for (int k = 0; k < p; k++) {
            double mean = (at->s1[k] - part * at->d1[k]) / s0;

            block[AT_MEAN + k] += hazard * mean;
            block[AT_MEAN + p + k] += (1 - part) * hazard * mean;
        }
    }
}

static wadi_status increments_new(const cox_data *data, wadi_ties ties, const double *score,
                                  increments *all, wadi_error *err)
{
    wadi_status status;

    *all = (increments){.data = data, .ties = ties, .width = AT_MEAN + 2 * (size_t)data->p};
    status = cox_walk(data, score, false, collect, all, err);
    if (!status && all->failed)
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu event times", all->count);
    return status;
}

static void increments_clear(increments *all)
{
    free(all->block);
    free(all->stratum);
}

/* ---- baseline ---- */

static wadi_status baseline_allocate(cox_baseline *out, size_t count, int p, wadi_error *err)
{
    *out = (cox_baseline){.count = count, .p = p};
    out->stratum = wadi_alloc(count, sizeof(int32_t));
    out->time = wadi_alloc(count, sizeof(double));
    out->hazard = wadi_alloc(count, sizeof(double));
    out->variance = wadi_alloc(count, sizeof(double));
    out->mean = wadi_alloc(count * (size_t)p, sizeof(double));
    if (out->stratum && out->time && out->hazard && out->variance && out->mean)
        return WADI_OK;
    cox_baseline_clear(out);
    return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu event times", count);
}

wadi_status cox_baseline_new(const cox_data *data, wadi_ties ties, const double *score,
                             cox_baseline *out, wadi_error *err)
{
    increments all;
    wadi_status status = increments_new(data, ties, score, &all, err);
    size_t p = (size_t)data->p;

    *out = (cox_baseline){0};
    if (!status)
        status = baseline_allocate(out, all.count, data->p, err);
    for (size_t low = 0, high; !status && low < all.count; low = high) {
        for (high = low; high < all.count && all.stratum[high] == all.stratum[low];)
            high++;
        for (size_t i = low; i < high; i++) { /* late first becomes early first */
            const double *block = all.block + (low + high - 1 - i) * all.width;

            out->stratum[i] = all.stratum[low];
            out->time[i] = block[AT_TIME];
            out->hazard[i] = block[AT_HAZARD];
            out->variance[i] = block[AT_VARIANCE];
            memcpy(out->mean + i * p, block + AT_MEAN, p * sizeof(double));
        }
    }
    increments_clear(&all);
    return status;
}

void cox_baseline_clear(cox_baseline *baseline)
{
    free(baseline->stratum);
    free(baseline->time);
    free(baseline->hazard);
    free(baseline->variance);
    free(baseline->mean);
    *baseline = (cox_baseline){0};
}

/* ---- residuals ---- */

typedef struct running {
    double hazard;
    double *mean; /* (p) */
} running;

static void advance(running *sum, const double *block, int p)
{
    sum->hazard += block[AT_HAZARD];
    for (int k = 0; k < p; k++)
        sum->mean[k] += block[AT_MEAN + k];
}

/* sign = +1 takes what the row has seen so far off its residuals, -1 gives back what it had not
 * entered for. */
static void charge(const cox_data *data, size_t row, double score, double sign, double hazard,
                   const double *mean, cox_residuals *out)
{
    size_t p = (size_t)data->p;

    out->martingale[row] -= sign * score * hazard;
    for (size_t k = 0; k < p; k++)
        out->score[row * p + k] -= sign * score * (data->x[row * p + k] * hazard - mean[k]);
}

/* Rows low .. high are one stratum, late first; so are increments first .. end. */
static void residuals_of_stratum(const cox_data *data, const double *score,
                                 const increments *all, size_t low, size_t high, size_t first,
                                 size_t end, running *sum, double *own, cox_residuals *out)
{
    size_t p = (size_t)data->p, at = end;

    sum->hazard = 0;
    memset(sum->mean, 0, p * sizeof(double));
    for (size_t i = high; i-- > low;) {
        const double *block;

        while (at > first && all->block[(at - 1) * all->width + AT_TIME] < data->time[i])
            advance(sum, all->block + --at * all->width, (int)p);
        block = at > first ? all->block + (at - 1) * all->width : NULL;
        if (!block || block[AT_TIME] > data->time[i]) {
            charge(data, i, score[i], 1, sum->hazard, sum->mean, out);
            continue;
        }
        size_t shift = data->event[i] ? p : 0; /* an event sees its own time in part */
        double hazard = sum->hazard + block[data->event[i] ? AT_OWN : AT_HAZARD];
        for (size_t k = 0; k < p; k++)
            own[k] = sum->mean[k] + block[AT_MEAN + shift + k];
        charge(data, i, score[i], 1, hazard, own, out);
    }
    if (!data->entries)
        return;
    at = end;
    sum->hazard = 0;
    memset(sum->mean, 0, p * sizeof(double));
    for (size_t e = high; e-- > low;) {
        size_t row = data->entries[e];

        while (at > first && all->block[(at - 1) * all->width + AT_TIME] <= data->entry[row])
            advance(sum, all->block + --at * all->width, (int)p);
        charge(data, row, score[row], -1, sum->hazard, sum->mean, out);
    }
}

/* The event's own term: 1, and x less the mean that it met. */
typedef struct own_terms {
    const cox_data *data;
    wadi_ties ties;
    double *mean;
    cox_residuals *out;
    cox_schoenfeld *schoenfeld;
} own_terms;

static void mean_met(const own_terms *terms, const cox_moment *at)
{
    int p = terms->data->p, steps = terms->ties == WADI_TIES_EFRON ? (int)at->deaths : 1;

    memset(terms->mean, 0, (size_t)p * sizeof(double));
    for (int step = 0; step < steps; step++) {
        double part = (double)step / steps, s0 = *at->s0 - part * *at->d0;

        for (int k = 0; k < p; k++)
            terms->mean[k] += (at->s1[k] - part * at->d1[k]) / s0 / steps;
    }
}

static void add_own(void *context, const cox_moment *at)
{
    own_terms *terms = context;
    const cox_data *data = terms->data;
    size_t p = (size_t)data->p;

    mean_met(terms, at);
    for (size_t i = at->first; i < at->end; i++) {
        terms->out->martingale[i] += 1;
        for (size_t k = 0; k < p; k++)
            terms->out->score[i * p + k] += data->x[i * p + k] - terms->mean[k];
    }
}

wadi_status cox_residuals_new(const cox_data *data, wadi_ties ties, const double *score,
                              cox_residuals *out, wadi_error *err)
{
    increments all = {0};
    size_t p = (size_t)data->p, at = 0;
    double *scratch = wadi_alloc(2 * p, sizeof *scratch);
    wadi_status status = WADI_OK;

    *out = (cox_residuals){0};
    out->martingale = wadi_alloc(data->count, sizeof(double));
    out->score = wadi_alloc(data->count * p, sizeof(double));
    if (!scratch || !out->martingale || !out->score) {
        status =
            wadi_fail(err, WADI_ERR_NOMEM, "no memory for residuals of %zu rows", data->count);
        goto done;
    }
    running sum = {0, scratch};
    own_terms terms = {.data = data, .ties = ties, .mean = scratch + p, .out = out};
    status = cox_walk(data, score, false, add_own, &terms, err);
    if (!status)
        status = increments_new(data, ties, score, &all, err);
    for (size_t low = 0, high; !status && low < data->count; low = high) {
        size_t first;

        for (high = low; high < data->count && data->stratum[high] == data->stratum[low];)
            high++;
        for (first = at; at < all.count && all.stratum[at] == data->stratum[low];)
            at++;
        residuals_of_stratum(data, score, &all, low, high, first, at, &sum, scratch + p, out);
    }
done:
    increments_clear(&all);
    free(scratch);
    if (status)
        cox_residuals_clear(out);
    return status;
}

void cox_residuals_clear(cox_residuals *residuals)
{
    free(residuals->martingale);
    free(residuals->score);
    *residuals = (cox_residuals){0};
}

wadi_status cox_cluster_square(const cox_data *data, const double *residual,
                               const int32_t *cluster, int32_t cluster_count, double *square,
                               double *total, wadi_error *err)
{
    size_t p = (size_t)data->p, clusters = cluster ? (size_t)cluster_count : data->count;
    double *sum = wadi_alloc(clusters * p, sizeof *sum);

    if (!sum)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu clusters", clusters);
    for (size_t i = 0; i < data->count; i++) {
        size_t c = cluster ? (size_t)cluster[data->order[i]] : i;

        for (size_t k = 0; k < p; k++)
            sum[c * p + k] += cox_weight(data, i) * residual[i * p + k];
    }
    memset(square, 0, p * p * sizeof *square);
    if (total)
        memset(total, 0, p * sizeof *total);
    for (size_t c = 0; c < clusters; c++)
        for (size_t k = 0; k < p; k++) {
            if (total)
                total[k] += sum[c * p + k];
            for (size_t l = 0; l < p; l++)
                square[k * p + l] += sum[c * p + k] * sum[c * p + l];
        }
    free(sum);
    return WADI_OK;
}

/* ---- Schoenfeld ---- */

static void add_schoenfeld(void *context, const cox_moment *at)
{
    own_terms *terms = context;
    const cox_data *data = terms->data;
    cox_schoenfeld *out = terms->schoenfeld;
    size_t p = (size_t)data->p;

    mean_met(terms, at);
    for (size_t i = at->first; i < at->end; i++) {
        for (size_t k = 0; k < p; k++)
            out->residual[out->count * p + k] = data->x[i * p + k] - terms->mean[k];
        out->row[out->count++] = (uint32_t)i;
    }
}

static void swap_rows(cox_schoenfeld *all, size_t a, size_t b, size_t p)
{
    uint32_t row = all->row[a];

    all->row[a] = all->row[b];
    all->row[b] = row;
    for (size_t k = 0; k < p; k++) {
        double value = all->residual[a * p + k];

        all->residual[a * p + k] = all->residual[b * p + k];
        all->residual[b * p + k] = value;
    }
}

wadi_status cox_schoenfeld_new(const cox_data *data, wadi_ties ties, const double *score,
                               cox_schoenfeld *out, wadi_error *err)
{
    size_t p = (size_t)data->p, events = (size_t)data->event_count;
    double *mean = wadi_alloc(p, sizeof *mean);
    wadi_status status = WADI_OK;

    *out = (cox_schoenfeld){0};
    out->row = wadi_alloc(events, sizeof *out->row);
    out->residual = wadi_alloc(events * p, sizeof *out->residual);
    if (!mean || !out->row || !out->residual) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu events", events);
        goto done;
    }
    own_terms terms = {.data = data, .ties = ties, .mean = mean, .schoenfeld = out};
    status = cox_walk(data, score, false, add_schoenfeld, &terms, err);
    for (size_t low = 0, high; !status && low < out->count; low = high) {
        for (high = low; high < out->count &&
                         data->stratum[out->row[high]] == data->stratum[out->row[low]];)
            high++;
        for (size_t a = low, b = high; a + 1 < b;)
            swap_rows(out, a++, --b, p);
    }
done:
    free(mean);
    if (status)
        cox_schoenfeld_clear(out);
    return status;
}

void cox_schoenfeld_clear(cox_schoenfeld *schoenfeld)
{
    free(schoenfeld->row);
    free(schoenfeld->residual);
    *schoenfeld = (cox_schoenfeld){0};
}

/* ---- drift ---- */

typedef struct drift {
    const cox_data *data;
    wadi_ties ties;
    const double *g;
    double *u;      /* (p) sum of g x Schoenfeld */
    double *blocks; /* information: 1, g and g^2, (3 x p x p) */
    double *mean;
} drift;

static void add_drift(void *context, const cox_moment *at)
{
    drift *sum = context;
    const cox_data *data = sum->data;
    size_t p = (size_t)data->p;
    int steps = sum->ties == WADI_TIES_EFRON ? (int)at->deaths : 1;
    double share = at->weight / steps, g = sum->g[at->first];

    for (size_t i = at->first; i < at->end; i++)
        for (size_t k = 0; k < p; k++)
            sum->u[k] += g * cox_weight(data, i) * data->x[i * p + k];
    for (int step = 0; step < steps; step++) {
        double part = (double)step / steps, s0 = *at->s0 - part * *at->d0;

        for (size_t k = 0, c = 0; k < p; k++) {
            sum->mean[k] = (at->s1[k] - part * at->d1[k]) / s0;
            sum->u[k] -= g * share * sum->mean[k];
            for (size_t l = 0; l <= k; l++, c++) {
                double v =
                    share * ((at->s2[c] - part * at->d2[c]) / s0 - sum->mean[k] * sum->mean[l]);

                sum->blocks[k * p + l] += v;
                sum->blocks[p * p + k * p + l] += g * v;
                sum->blocks[2 * p * p + k * p + l] += g * g * v;
            }
        }
    }
}

/* Score test of the drifts of the chosen columns, with the coefficients themselves free. */
static double drift_chisq(const drift *sum, const bool *chosen, double *matrix, double *u,
                          int *df)
{
    size_t p = (size_t)sum->data->p, size = p, columns[2 * 256];
    int rank, base;

    for (size_t k = 0; k < p; k++)
        columns[k] = k;
    for (size_t k = 0; k < p; k++)
        if (chosen[k])
            columns[size++] = k + p;
    for (size_t a = 0; a < size; a++) {
        size_t row = columns[a] % p;

        u[a] = columns[a] < p ? 0 : sum->u[row];
        for (size_t b = 0; b < size; b++) {
            size_t column = columns[b] % p;
            size_t power = (columns[a] >= p) + (columns[b] >= p);
            size_t high = row > column ? row : column, low = row > column ? column : row;

            matrix[a * size + b] = sum->blocks[power * p * p + high * p + low];
        }
    }
    double chisq = stats_quadratic(matrix, u, (int)size, &rank);
    double *main = wadi_alloc(p * p, sizeof *main);
    for (size_t a = 0; main && a < p; a++)
        for (size_t b = 0; b < p; b++)
            main[a * p + b] = matrix[a * size + b];
    base = main ? stats_cholesky(main, (int)p, 1e-10) : (int)p;
    free(main);
    *df = rank - base;
    return chisq;
}

wadi_status cox_drift_test(const cox_data *data, wadi_ties ties, const double *score,
                           const double *g, const int *assign, int assign_count, double *chisq,
                           int *df, wadi_error *err)
{
    size_t p = (size_t)data->p;
    double *memory = wadi_alloc(2 * p + 3 * p * p + 4 * p * p + 2 * p, sizeof *memory);
    bool chosen[256] = {false};
    wadi_status status;

    if (p > 256) {
        free(memory);
        return wadi_fail(err, WADI_ERR_SUPPORT,
                         "the proportional-hazards test takes up to 256 terms");
    }
    if (!memory)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu covariates", p);
    drift sum = {data, ties, g, memory, memory + 2 * p, memory + p};
    double *matrix = memory + 2 * p + 3 * p * p, *u = matrix + 4 * p * p;
    status = cox_walk(data, score, true, add_drift, &sum, err);
    for (int a = 0; !status && a <= assign_count; a++) {
        for (size_t k = 0; k < p; k++)
            chosen[k] = a == assign_count || assign[k] == a;
        chisq[a] = drift_chisq(&sum, chosen, matrix, u, &df[a]);
    }
    free(memory);
    return status;
}
