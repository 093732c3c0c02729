/* Rows in the order in which a pass needs them. */
#include "stats/cox_impl.h"

typedef struct tied {
    uint64_t hash[2];
    int32_t event;
    uint32_t row;
} tied;

static uint64_t mix(uint64_t hash, double value)
{
    uint64_t bits;

    value += 0.0;
    memcpy(&bits, &value, sizeof bits);
    hash ^= bits;
    hash *= 0xD6E8FEB86659FD93u;
    return hash ^ (hash >> 32);
}

/* 128 bits of everything that the likelihood sees of a row: equal hashes are equal rows. */
static void hash_row(const cox_rows *rows, uint32_t row, uint64_t hash[2])
{
    hash[0] = 0x9E3779B97F4A7C15u;
    hash[1] = 0xC2B2AE3D27D4EB4Fu;
    for (int h = 0; h < 2; h++) {
        for (int k = 0; k < rows->p; k++)
            hash[h] = mix(hash[h], rows->x[(size_t)row * (size_t)rows->p + (size_t)k]);
        if (rows->weight)
            hash[h] = mix(hash[h], rows->weight[row]);
        if (rows->offset)
            hash[h] = mix(hash[h], rows->offset[row]);
        if (rows->entry)
            hash[h] = mix(hash[h], rows->entry[row]);
    }
}

static int by_event_and_hash(const void *a, const void *b)
{
    const tied *x = a, *y = b;

    if (x->event != y->event)
        return x->event > y->event ? -1 : 1;
    for (int h = 0; h < 2; h++)
        if (x->hash[h] != y->hash[h])
            return x->hash[h] < y->hash[h] ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static wadi_status order_ties(const cox_rows *rows, uint32_t *order, wadi_error *err)
{
    tied *ties = NULL;
    size_t capacity = 0;

    for (size_t i = 0, j; i < rows->count; i = j) {
        for (j = i + 1; j < rows->count && rows->time[order[j]] == rows->time[order[i]] &&
                        (!rows->stratum || rows->stratum[order[j]] == rows->stratum[order[i]]);)
            j++;
        if (j - i < 2)
            continue;
        if (j - i > capacity) {
            free(ties);
            capacity = 2 * (j - i);
            ties = wadi_alloc(capacity, sizeof *ties);
            if (!ties)
                return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu tied rows", capacity);
        }
        for (size_t k = i; k < j; k++) {
            ties[k - i].row = order[k];
            ties[k - i].event = rows->event[order[k]] != 0;
            hash_row(rows, order[k], ties[k - i].hash);
        }
        qsort(ties, j - i, sizeof *ties, by_event_and_hash);
        for (size_t k = i; k < j; k++)
            order[k] = ties[k - i].row;
    }
    free(ties);
    return WADI_OK;
}

/* Order by stratum, then by the key from high to low. */
static wadi_status order_down(const double *key, const int32_t *stratum, int32_t stratum_count,
                              size_t count, uint32_t *order, wadi_error *err)
{
    wadi_status status = stats_order(key, count, order, err);
    size_t *next = NULL;
    uint32_t *sorted = NULL;

    if (status)
        return status;
    next = wadi_alloc((size_t)(stratum ? stratum_count : 1) + 1, sizeof *next);
    sorted = wadi_alloc(count, sizeof *sorted);
    if (!next || !sorted) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows", count);
        goto done;
    }
    for (size_t i = 0; stratum && i < count; i++)
        next[stratum[i] + 1]++;
    for (int32_t s = 0; stratum && s < stratum_count; s++)
        next[s + 1] += next[s];
    for (size_t i = count; i-- > 0;)
        sorted[next[stratum ? stratum[order[i]] : 0]++] = order[i];
    memcpy(order, sorted, count * sizeof *order);
done:
    free(next);
    free(sorted);
    return status;
}

#if defined(__GNUC__)
#define PREFETCH(address) __builtin_prefetch(address)
#define UNROLLED          static inline __attribute__((always_inline))
#else
#define PREFETCH(address) ((void)(address))
#define UNROLLED          static inline
#endif

enum { AHEAD = 24 }; /* rows lie anywhere: ask for them before they are wanted */

/* Sums over rows of weight times x or, where a centre is given, times |x - centre|; without one
 * also whether a covariate is more than an indicator. */
UNROLLED void sum_columns(const cox_data *data, const double *centre, double *sum, bool *more,
                          size_t p)
{
    for (size_t i = 0; i < data->count; i++) {
        const double *x = data->x + i * p;
        double weight = cox_weight(data, i);

        for (size_t k = 0; k < p; k++) {
            sum[k] += weight * (centre ? fabs(x[k] - centre[k]) : x[k]);
            if (!centre)
                more[k] |= (x[k] != 0) & (fabs(x[k]) != 1);
        }
    }
}

/* The same with sums held near, for few covariates. */
#define SUM_FEW(P)                                                                             \
    case P: {                                                                                  \
        double sums[P] = {0}, at[P] = {0};                                                     \
        bool seen[P] = {0};                                                                    \
        if (centre)                                                                            \
            memcpy(at, centre, sizeof at);                                                     \
        sum_columns(data, centre ? at : NULL, sums, seen, P);                                  \
        memcpy(sum, sums, sizeof sums);                                                        \
        for (int k = 0; k < P; k++)                                                            \
            more[k] |= seen[k];                                                                \
        break;                                                                                 \
    }

static void sum_covariates(const cox_data *data, const double *centre, double *sum, bool *more)
{
    switch (data->p) {
        SUM_FEW(1)
        SUM_FEW(2)
        SUM_FEW(3)
        SUM_FEW(4)
        SUM_FEW(5)
        SUM_FEW(6)
    default:
        sum_columns(data, centre, sum, more, (size_t)data->p);
    }
}

/* Weighted mean and mean absolute deviation; indicators (-1, 0, 1) stay as they are. */
static void centre_and_scale(cox_data *data, bool *more)
{
    size_t n = data->count, p = (size_t)data->p;
    double total = 0;

    for (size_t i = 0; i < n; i++)
        total += cox_weight(data, i);
    sum_covariates(data, NULL, data->centre, more);
    for (size_t k = 0; k < p; k++)
        data->centre[k] = more[k] && total > 0 ? data->centre[k] / total : 0;
    sum_covariates(data, data->centre, data->scale, more);
    for (size_t k = 0; k < p; k++)
        data->scale[k] = more[k] && data->scale[k] > 0 ? data->scale[k] / total : 1;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < p; k++)
            data->x[i * p + k] = (data->x[i * p + k] - data->centre[k]) / data->scale[k];
}

static wadi_status copy_rows(const cox_rows *rows, cox_data *out, wadi_error *err)
{
    size_t n = rows->count, p = (size_t)rows->p;

    out->time = wadi_alloc(n, sizeof(double));
    out->event = wadi_alloc(n, sizeof(int32_t));
    out->stratum = wadi_alloc(n, sizeof(int32_t));
    out->x = wadi_alloc(n * p, sizeof(double));
    out->centre = wadi_alloc(p, sizeof(double));
    out->scale = wadi_alloc(p, sizeof(double));
    if (rows->entry)
        out->entry = wadi_alloc(n, sizeof(double));
    if (rows->weight)
        out->weight = wadi_alloc(n, sizeof(double));
    if (rows->offset)
        out->offset = wadi_alloc(n, sizeof(double));
    if (!out->time || !out->event || !out->stratum || !out->x || !out->centre || !out->scale ||
        (rows->entry && !out->entry) || (rows->weight && !out->weight) ||
        (rows->offset && !out->offset))
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows of %zu covariates", n, p);
    for (size_t i = 0; i < n; i++) {
        uint32_t row = out->order[i];

        if (i + AHEAD < n) {
            size_t ahead = out->order[i + AHEAD];

            PREFETCH(rows->time + ahead);
            PREFETCH(rows->event + ahead);
            PREFETCH(rows->x + ahead * p);
            PREFETCH(rows->x + ahead * p + (p ? p - 1 : 0));
        }
        out->time[i] = rows->time[row];
        out->event[i] = rows->event[row] != 0;
        out->stratum[i] = rows->stratum ? rows->stratum[row] : 0;
        out->event_count += out->event[i];
        if (rows->entry)
            out->entry[i] = rows->entry[row];
        if (rows->weight)
            out->weight[i] = rows->weight[row];
        if (rows->offset)
            out->offset[i] = rows->offset[row];
        for (size_t k = 0; k < p; k++)
            out->x[i * p + k] = rows->x[row * p + k];
    }
    bool *more = wadi_alloc(p, sizeof *more);
    if (!more)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu covariates", p);
    centre_and_scale(out, more);
    free(more);
    return WADI_OK;
}

wadi_status cox_data_new(const cox_rows *rows, cox_data *out, wadi_error *err)
{
    wadi_status status;

    *out = (cox_data){.count = rows->count, .p = rows->p};
    out->order = wadi_alloc(rows->count, sizeof *out->order);
    if (!out->order)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows", rows->count);
    status = order_down(rows->time, rows->stratum, rows->stratum_count, rows->count, out->order,
                        err);
    if (!status)
        status = order_ties(rows, out->order, err);
    if (!status)
        status = copy_rows(rows, out, err);
    if (!status && rows->entry) {
        out->entries = wadi_alloc(rows->count, sizeof *out->entries);
        if (!out->entries)
            status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows", rows->count);
        else /* ties keep the order of the rows in cox_data, which is that of their values */
            status =
                order_down(out->entry, out->stratum, rows->stratum ? rows->stratum_count : 1,
                           rows->count, out->entries, err);
    }
    if (status)
        cox_data_clear(out);
    return status;
}

void cox_data_clear(cox_data *data)
{
    free(data->order);
    free(data->entries);
    free(data->time);
    free(data->entry);
    free(data->weight);
    free(data->offset);
    free(data->event);
    free(data->stratum);
    free(data->x);
    free(data->centre);
    free(data->scale);
    free(data->competing);
    free(data->uncensored);
    *data = (cox_data){0};
}
