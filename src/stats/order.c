/* Sorting by time: radix on the bits of a double, least significant digit first, so stable and
 * linear. Digits that are the same in all keys (small integers have many) are skipped. */
#include "stats/stats_impl.h"

enum { DIGIT_BITS = 11, DIGITS = 6, BUCKETS = 1 << DIGIT_BITS };

typedef struct item {
    uint64_t key;
    uint32_t row;
} item;

/* Bits that order as unsigned integers as the doubles do; -0 counts as 0. */
static inline uint64_t order_bits(double value)
{
    uint64_t bits;

    value += 0.0;
    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static inline double order_value(uint64_t bits)
{
    double value;

    bits = bits >> 63 ? bits & ~((uint64_t)1 << 63) : ~bits;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Starts of the buckets of one digit; false when all keys share it. */
static bool bucket_starts(size_t *counts, size_t total)
{
    size_t sum = 0;

    for (int b = 0; b < BUCKETS; b++) {
        size_t count = counts[b];

        if (count == total)
            return false;
        counts[b] = sum;
        sum += count;
    }
    return true;
}

/* Stable passes over the digits first .. DIGITS - 1; the result is in *a. */
static void radix_passes(item **a, item **b, size_t count, size_t (*counts)[BUCKETS], int first)
{
    for (int d = first; d < DIGITS; d++) {
        if (!bucket_starts(counts[d], count))
            continue;
        for (size_t i = 0; i < count; i++)
            (*b)[counts[d][((*a)[i].key >> (d * DIGIT_BITS)) & (BUCKETS - 1)]++] = (*a)[i];
        item *swap = *a;
        *a = *b;
        *b = swap;
    }
}

static bool is_before(const item *x, const item *y)
{
    return x->key < y->key || (x->key == y->key && x->row < y->row);
}

/* Sorted by the high digits, few neighbours are left to swap; false where they are not few. */
static bool insert_rest(item *a, size_t count)
{
    size_t budget = count + 64;

    for (size_t i = 1; i < count; i++) {
        item kept = a[i];
        size_t k = i;

        while (k > 0 && is_before(&kept, &a[k - 1])) {
            if (budget-- == 0)
                return false;
            a[k] = a[k - 1];
            k--;
        }
        a[k] = kept;
    }
    return true;
}

static bool fill_items(const double *key, size_t count, item *a, size_t (*counts)[BUCKETS])
{
    bool sorted = true;

    memset(counts, 0, DIGITS * sizeof *counts);
    for (size_t i = 0; i < count; i++) {
        a[i] = (item){order_bits(key[i]), (uint32_t)i};
        sorted &= i == 0 || a[i].key >= a[i - 1].key;
        for (int d = 0; d < DIGITS; d++)
            counts[d][(a[i].key >> (d * DIGIT_BITS)) & (BUCKETS - 1)]++;
    }
    return sorted;
}

wadi_status stats_order(const double *key, size_t count, uint32_t *order, wadi_error *err)
{
    enum { HIGH_DIGIT = 2 }; /* the top 44 bits tell nearly all times apart */
    wadi_status status = WADI_OK;
    item *a = wadi_alloc(count, sizeof *a), *b = NULL;
    size_t(*counts)[BUCKETS] = wadi_alloc(DIGITS, sizeof *counts);

    if (count > UINT32_MAX) {
        status = wadi_fail(err, WADI_ERR_SUPPORT, "%zu rows; at most 4294967295 can be sorted",
                           count);
        goto done;
    }
    if (!a || !counts)
        goto refused;
    if (!fill_items(key, count, a, counts)) {
        b = wadi_alloc(count, sizeof *b);
        if (!b)
            goto refused;
        radix_passes(&a, &b, count, counts, HIGH_DIGIT);
        if (!insert_rest(a, count)) {
            (void)fill_items(key, count, a, counts);
            radix_passes(&a, &b, count, counts, 0);
        }
    }
    for (size_t i = 0; i < count; i++)
        order[i] = a[i].row;
    goto done;
refused:
    status = wadi_fail(err, WADI_ERR_NOMEM, "no memory to sort %zu rows", count);
done:
    free(a);
    free(b);
    free(counts);
    return status;
}

wadi_status stats_sort_bits(uint64_t *values, size_t count, wadi_error *err)
{
    wadi_status status = WADI_OK;
    uint64_t *from = values, *to = wadi_alloc(count, sizeof *to), *spare = to;
    size_t(*counts)[BUCKETS] = wadi_alloc(DIGITS, sizeof *counts);

    if (!to || !counts) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory to sort %zu numbers", count);
        goto done;
    }
    for (size_t i = 0; i < count; i++)
        for (int d = 0; d < DIGITS; d++)
            counts[d][(values[i] >> (d * DIGIT_BITS)) & (BUCKETS - 1)]++;
    for (int d = 0; d < DIGITS; d++) {
        if (!bucket_starts(counts[d], count))
            continue;
        for (size_t i = 0; i < count; i++)
            to[counts[d][(from[i] >> (d * DIGIT_BITS)) & (BUCKETS - 1)]++] = from[i];
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != values)
        memcpy(values, from, count * sizeof *values);
done:
    free(spare);
    free(counts);
    return status;
}

wadi_status stats_sort(double *values, size_t count, wadi_error *err)
{
    uint64_t *bits = wadi_alloc(count, sizeof *bits);
    wadi_status status;

    if (!bits)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory to sort %zu numbers", count);
    for (size_t i = 0; i < count; i++)
        bits[i] = order_bits(values[i]);
    status = stats_sort_bits(bits, count, err);
    for (size_t i = 0; !status && i < count; i++)
        values[i] = order_value(bits[i]);
    free(bits);
    return status;
}
