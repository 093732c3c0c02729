/* Rows to risk tables. Three ways that give the same numbers: whole days are counted into bins,
 * other times of unweighted rows are sorted as bare keys, and all else by an index. */
#include "stats/survival_impl.h"

enum { DAY_MAX = 1 << 20 };

survival_rows stats_survival_rows(const stats_study *study)
{
    return (survival_rows){.count = study->count,
                           .time = study->time,
                           .entry = study->entry,
                           .weight = study->weight,
                           .event = study->event,
                           .group = study->group,
                           .group_count = study->group ? study->groups.count : 1};
}

static wadi_status allocate(risk_tables *out, int32_t groups, size_t rows, wadi_error *err)
{
    *out = (risk_tables){.group_count = groups};
    out->start = wadi_alloc((size_t)groups + 1, sizeof *out->start);
    out->time = wadi_alloc(rows, sizeof(double));
    out->risk = wadi_alloc(rows, sizeof(double));
    out->event = wadi_alloc(rows, sizeof(double));
    out->deaths = wadi_alloc(rows, sizeof(double));
    out->censor = wadi_alloc(rows, sizeof(double));
    out->n = wadi_alloc((size_t)groups, sizeof(double));
    if (out->start && out->time && out->risk && out->event && out->deaths && out->censor &&
        out->n)
        return WADI_OK;
    stats_risk_tables_clear(out);
    return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a risk table of %zu times", rows);
}

void stats_risk_tables_clear(risk_tables *tables)
{
    free(tables->start);
    free(tables->time);
    free(tables->risk);
    free(tables->event);
    free(tables->deaths);
    free(tables->censor);
    free(tables->n);
    *tables = (risk_tables){0};
}

/* ---- whole days ---- */

enum { BLOCK = 4096 };

/* Days of a block of times; false where one is not a whole number from 0 to below DAY_MAX. The
 * loops reduce integers only, which a compiler may do in any order, many at a time. */
static bool to_days(const double *restrict time, size_t count, int32_t *restrict day,
                    int32_t *largest)
{
    int32_t most = *largest;
    int bad = 0;

    for (size_t i = 0; i < count; i++)
        bad |= !(time[i] >= 0) | !(time[i] < DAY_MAX);
    if (bad)
        return false;
    for (size_t i = 0; i < count; i++) {
        day[i] = (int32_t)time[i];
        bad |= time[i] != (double)day[i];
        most = day[i] > most ? day[i] : most;
    }
    *largest = most;
    return !bad;
}

/* Two bins for each day and group, one after the other: censored rows, and events. Counting by
 * one is three times as fast as adding a packed pair, whose sum has to wait for itself. */
static void count_block(const survival_rows *rows, size_t from, size_t count,
                        const int32_t *day, uint64_t *bins)
{
    const int32_t *event = rows->event + from;
    size_t groups = (size_t)rows->group_count;

    if (rows->group) {
        const int32_t *group = rows->group + from;

        for (size_t i = 0; i < count; i++)
            bins[2 * ((size_t)day[i] * groups + (size_t)group[i]) + (event[i] != 0)]++;
        return;
    }
    for (size_t i = 0; i < count; i++)
        bins[2 * (size_t)day[i] + (event[i] != 0)]++;
}

/* The bins of all days up to the largest; NULL where times are not days or bins would be too
 * many. */
static uint64_t *count_days(const survival_rows *rows, int32_t *largest)
{
    size_t groups = (size_t)rows->group_count, room = 4 * rows->count + 4096;
    uint64_t *bins;
    int32_t day[BLOCK];

    *largest = 0;
    if (groups > 64 || !(bins = wadi_alloc(2 * DAY_MAX * groups, sizeof *bins)))
        return NULL;
    for (size_t from = 0; from < rows->count; from += BLOCK) {
        size_t count = rows->count - from < BLOCK ? rows->count - from : BLOCK;

        if (!to_days(rows->time + from, count, day, largest) ||
            (size_t)*largest * groups > room) {
            free(bins);
            return NULL;
        }
        count_block(rows, from, count, day, bins);
    }
    return bins;
}

static void fill_group(risk_tables *out, int32_t g, size_t end)
{
    double risk = 0;

    for (size_t k = end; k-- > out->start[g];) {
        risk += out->event[k] + out->censor[k];
        out->risk[k] = risk;
    }
    out->n[g] = risk;
    out->start[g + 1] = end;
}

static wadi_status tables_by_day(const survival_rows *rows, const uint64_t *bins, size_t days,
                                 risk_tables *out, wadi_error *err)
{
    size_t groups = (size_t)rows->group_count, used = 0, k = 0;
    wadi_status status;

    for (size_t c = 0; c < days * groups; c++)
        used += bins[2 * c] + bins[2 * c + 1] != 0;
    status = allocate(out, rows->group_count, used, err);
    for (size_t g = 0; !status && g < groups; g++) {
        for (size_t day = 0; day < days; day++) {
            const uint64_t *bin = bins + 2 * (day * groups + g);

            if (bin[0] + bin[1] == 0)
                continue;
            out->time[k] = (double)day;
            out->event[k] = out->deaths[k] = (double)bin[1];
            out->censor[k] = (double)bin[0];
            k++;
        }
        fill_group(out, (int32_t)g, k);
    }
    return status;
}

/* ---- unweighted, nobody late ---- */

/* Keys of one group, (bits of the time, event), sorted; into the table from row k on. */
static size_t tables_from_keys(const uint64_t *keys, size_t count, risk_tables *out, size_t k)
{
    for (size_t i = 0; i < count;) {
        uint64_t bits = keys[i] >> 1;
        size_t first = i, events = 0;
        double time;

        for (; i < count && keys[i] >> 1 == bits; i++)
            events += keys[i] & 1;
        memcpy(&time, &bits, sizeof time);
        out->time[k] = time;
        out->event[k] = out->deaths[k] = (double)events;
        out->censor[k] = (double)(i - first - events);
        k++;
    }
    return k;
}

static size_t distinct_keys(const uint64_t *keys, size_t count)
{
    size_t distinct = 0;

    for (size_t i = 0; i < count; i++)
        distinct += i == 0 || keys[i] >> 1 != keys[i - 1] >> 1;
    return distinct;
}

static wadi_status tables_by_key(const survival_rows *rows, risk_tables *out, wadi_error *err)
{
    size_t n = rows->count, groups = (size_t)rows->group_count, total = 0, k = 0;
    uint64_t *keys = wadi_alloc(n, sizeof *keys);
    size_t *from = wadi_alloc(groups + 1, sizeof *from),
           *next = wadi_alloc(groups + 1, sizeof *next);
    wadi_status status = WADI_OK;

    if (!keys || !from || !next) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows", n);
        goto done;
    }
    for (size_t i = 0; i < n; i++)
        from[(rows->group ? rows->group[i] : 0) + 1]++;
    for (size_t g = 0; g < groups; g++) {
        from[g + 1] += from[g];
        next[g] = from[g];
    }
    for (size_t i = 0; i < n; i++) {
        double time = rows->time[i] + 0.0;
        uint64_t bits;

        memcpy(&bits, &time, sizeof bits);
        keys[next[rows->group ? rows->group[i] : 0]++] = bits << 1 | (rows->event[i] != 0);
    }
    for (size_t g = 0; g < groups && !status; g++) {
        status = stats_sort_bits(keys + from[g], from[g + 1] - from[g], err);
        total += distinct_keys(keys + from[g], from[g + 1] - from[g]);
    }
    if (!status)
        status = allocate(out, rows->group_count, total, err);
    for (size_t g = 0; !status && g < groups; g++) {
        k = tables_from_keys(keys + from[g], from[g + 1] - from[g], out, k);
        fill_group(out, (int32_t)g, k);
    }
done:
    free(keys);
    free(from);
    free(next);
    return status;
}

/* ---- weights, delayed entry, negative times ---- */

typedef struct tied_row {
    double weight;
    int32_t event;
    uint32_t row;
} tied_row;

static int by_event_and_weight(const void *a, const void *b)
{
    const tied_row *x = a, *y = b;

    if (x->event != y->event)
        return x->event < y->event ? -1 : 1;
    if (x->weight != y->weight)
        return x->weight < y->weight ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static wadi_status order_ties(const survival_rows *rows, const double *key, uint32_t *order,
                              wadi_error *err)
{
    tied_row *ties = NULL;
    size_t capacity = 0;

    for (size_t i = 0, j; i < rows->count; i = j) {
        uint32_t a = order[i];

        for (j = i + 1; j < rows->count && key[order[j]] == key[a] &&
                        (!rows->group || rows->group[order[j]] == rows->group[a]);)
            j++;
        if (j - i < 2)
            continue;
        if (j - i > capacity) {
            free(ties);
            capacity = j - i;
            ties = wadi_alloc(capacity, sizeof *ties);
            if (!ties)
                return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu tied rows", capacity);
        }
        for (size_t k = i; k < j; k++)
            ties[k - i] =
                (tied_row){rows->weight[order[k]], rows->event[order[k]] != 0, order[k]};
        qsort(ties, j - i, sizeof *ties, by_event_and_weight);
        for (size_t k = i; k < j; k++)
            order[k] = ties[k - i].row;
    }
    free(ties);
    return WADI_OK;
}

wadi_status stats_group_order(const survival_rows *rows, const double *key, uint32_t *order,
                              wadi_error *err)
{
    size_t groups = (size_t)rows->group_count;
    wadi_status status = stats_order(key, rows->count, order, err);
    uint32_t *by_group = NULL;
    size_t *next = NULL;

    if (!status && rows->group) {
        by_group = wadi_alloc(rows->count, sizeof *by_group);
        next = wadi_alloc(groups + 1, sizeof *next);
        if (!by_group || !next) {
            status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows", rows->count);
            goto done;
        }
        for (size_t i = 0; i < rows->count; i++)
            next[rows->group[i] + 1]++;
        for (size_t g = 0; g < groups; g++)
            next[g + 1] += next[g];
        for (size_t i = 0; i < rows->count; i++)
            by_group[next[rows->group[order[i]]]++] = order[i];
        memcpy(order, by_group, rows->count * sizeof *order);
    }
    if (!status && rows->weight)
        status = order_ties(rows, key, order, err);
done:
    free(by_group);
    free(next);
    return status;
}

static double weight_of(const survival_rows *rows, uint32_t row)
{
    return rows->weight ? rows->weight[row] : 1;
}

static int32_t group_of(const survival_rows *rows, uint32_t row)
{
    return rows->group ? rows->group[row] : 0;
}

/* Backwards through one group: whoever ends at or after t and entered before t is at risk. */
static void sweep_back(const survival_rows *rows, const uint32_t *order,
                       const uint32_t *entries, size_t low, size_t high, risk_tables *out,
                       size_t first, size_t end)
{
    double ended = 0, late = 0;
    size_t i = high, e = high;

    for (size_t k = end; k-- > first;) {
        double time = out->time[k];

        for (; i > low && rows->time[order[i - 1]] == time; i--) {
            double weight = weight_of(rows, order[i - 1]);

            ended += weight;
            if (rows->event[order[i - 1]]) {
                out->event[k] += weight;
                out->deaths[k] += weight > 0;
            } else {
                out->censor[k] += weight;
            }
        }
        for (; entries && e > low && rows->entry[entries[e - 1]] >= time; e--)
            late += weight_of(rows, entries[e - 1]);
        out->risk[k] = ended - late;
    }
}

static wadi_status tables_by_index(const survival_rows *rows, risk_tables *out, wadi_error *err)
{
    size_t n = rows->count, distinct = 0, k = 0;
    uint32_t *order = wadi_alloc(n, sizeof *order), *entries = NULL;
    wadi_status status = WADI_OK;

    if (rows->entry)
        entries = wadi_alloc(n, sizeof *entries);
    if (!order || (rows->entry && !entries)) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows", n);
        goto done;
    }
    status = stats_group_order(rows, rows->time, order, err);
    if (!status && entries)
        status = stats_group_order(rows, rows->entry, entries, err);
    if (status)
        goto done;
    for (size_t i = 0; i < n; i++)
        distinct += i == 0 || rows->time[order[i]] != rows->time[order[i - 1]] ||
                    group_of(rows, order[i]) != group_of(rows, order[i - 1]);
    status = allocate(out, rows->group_count, distinct, err);
    if (status)
        goto done;
    for (size_t i = 0, g = 0; g < (size_t)rows->group_count; g++) {
        size_t low = i, first = k;

        for (; i < n && group_of(rows, order[i]) == (int32_t)g; i++)
            if (i == low || rows->time[order[i]] != rows->time[order[i - 1]])
                out->time[k++] = rows->time[order[i]];
        sweep_back(rows, order, entries, low, i, out, first, k);
        out->n[g] = (double)(i - low);
        out->start[g + 1] = k;
    }
done:
    free(order);
    free(entries);
    return status;
}

wadi_status stats_risk_tables(const survival_rows *rows, risk_tables *out, wadi_error *err)
{
    bool plain = !rows->weight && !rows->entry;
    int32_t largest = 0;
    uint64_t *bins = plain ? count_days(rows, &largest) : NULL;
    wadi_status status;

    *out = (risk_tables){0};
    if (bins) {
        status = tables_by_day(rows, bins, (size_t)largest + 1, out, err);
        free(bins);
        return status;
    }
    for (size_t i = 0; plain && i < rows->count; i++)
        plain = rows->time[i] >= 0;
    return plain ? tables_by_key(rows, out, err) : tables_by_index(rows, out, err);
}
