/* Harrell's C and its infinitesimal-jackknife error in O(n log n).
 *
 * A pair counts when one is known to have had the event while the other was at risk and
 * outlived it (at the same time: the other censored). Two Fenwick trees over the ranks of the
 * score hold, from late to early, the weight of those outliving, and from early to late, the
 * weight of events. */
#include "stats/cox_impl.h"

typedef struct ranking {
    size_t count;
    double *tree;  /* (count + 1) */
    double *equal; /* (count) weight at each rank */
    double total;
} ranking;

static inline void ranking_add(ranking *all, uint32_t rank, double weight)
{
    all->equal[rank] += weight;
    all->total += weight;
    for (size_t i = rank + 1; i <= all->count; i += i & (~i + 1))
        all->tree[i] += weight;
}

static inline double ranking_below(const ranking *all, uint32_t rank)
{
    double sum = 0;

    for (size_t i = rank; i > 0; i -= i & (~i + 1))
        sum += all->tree[i];
    return sum;
}

static void ranking_empty(ranking *all)
{
    memset(all->tree, 0, (all->count + 1) * sizeof *all->tree);
    memset(all->equal, 0, all->count * sizeof *all->equal);
    all->total = 0;
}

typedef struct counting {
    const cox_data *data;
    uint32_t *rank;
    ranking tree;
    double *net;   /* (count) concordant - discordant weight of a row's partners */
    double *pairs; /* (count) weight of its partners, ties of the score included */
    cox_concordance *out;
} counting;

/* Weights above and at a row's rank among the partners in the tree. */
static inline void split(const ranking *tree, uint32_t rank, double *below, double *equal,
                         double *above)
{
    *below = ranking_below(tree, rank);
    *equal = tree->equal[rank];
    *above = tree->total - *below - *equal;
}

/* Pairs of events at the same time, told apart by the score only. */
static void count_tied_times(counting *all, size_t first, size_t end)
{
    const cox_data *data = all->data;
    double sum = 0, squares = 0, same = 0;

    if (end - first < 2)
        return;
    for (size_t i = first; i < end; i++) {
        double weight = cox_weight(data, i);

        sum += weight;
        squares += weight * weight;
    }
    for (size_t i = first; i < end; i++) { /* equal[] of an empty rank serves as scratch */
        double weight = cox_weight(data, i);

        same += weight * all->tree.equal[all->rank[i]];
        all->tree.equal[all->rank[i]] += weight;
    }
    for (size_t i = first; i < end; i++)
        all->tree.equal[all->rank[i]] = 0;
    all->out->tied_xy += same;
    all->out->tied_y += (sum * sum - squares) / 2 - same;
}

/* From late to early: every event meets those that outlive it. Rows low .. high are a stratum.
 */
static void count_events(counting *all, size_t low, size_t high)
{
    const cox_data *data = all->data;
    size_t e = low;

    ranking_empty(&all->tree);
    for (size_t i = low, j; i < high; i = j) {
        size_t events = i;

        while (events < high && data->time[events] == data->time[i] && data->event[events])
            events++;
        for (j = events; j < high && data->time[j] == data->time[i]; j++)
            ranking_add(&all->tree, all->rank[j], cox_weight(data, j));
        for (; events > i && data->entries && e < high &&
               data->entry[data->entries[e]] >= data->time[i];
             e++)
            ranking_add(&all->tree, all->rank[data->entries[e]],
                        -cox_weight(data, data->entries[e]));
        for (size_t k = i; k < events; k++) {
            double below, equal, above, weight = cox_weight(data, k);

            split(&all->tree, all->rank[k], &below, &equal, &above);
            all->out->concordant += weight * below;
            all->out->discordant += weight * above;
            all->out->tied_x += weight * equal;
            all->net[k] += below - above;
            all->pairs[k] += below + above + equal;
        }
        for (size_t k = i; k < events; k++)
            ranking_add(&all->tree, all->rank[k], cox_weight(data, k));
    }
}

/* From early to late: every row meets the events that it outlives. */
static void count_survivors(counting *all, size_t low, size_t high)
{
    const cox_data *data = all->data;
    size_t e = high;

    ranking_empty(&all->tree);
    for (size_t i = high, j; i > low; i = j) {
        double time = data->time[i - 1], below, equal, above;
        size_t first;

        for (j = i; j > low && data->time[j - 1] == time;)
            j--;
        /* Those who enter at or after the last event so far have not seen what is in the tree.
         */
        for (; data->entries && e > low && data->entry[data->entries[e - 1]] < time; e--) {
            size_t row = data->entries[e - 1];

            split(&all->tree, all->rank[row], &below, &equal, &above);
            all->net[row] -= above - below;
            all->pairs[row] -= above + below + equal;
        }
        for (first = j; first < i && data->event[first]; first++) { /* before the tied events */
            split(&all->tree, all->rank[first], &below, &equal, &above);
            all->net[first] += above - below;
            all->pairs[first] += above + below + equal;
        }
        for (size_t k = j; k < first; k++)
            ranking_add(&all->tree, all->rank[k], cox_weight(data, k));
        for (size_t k = first; k < i; k++) {
            split(&all->tree, all->rank[k], &below, &equal, &above);
            all->net[k] += above - below;
            all->pairs[k] += above + below + equal;
        }
    }
}

static wadi_status rank_scores(const double *score, size_t count, uint32_t *rank,
                               size_t *distinct, wadi_error *err)
{
    uint32_t *order = wadi_alloc(count, sizeof *order);
    wadi_status status = WADI_OK;

    if (!order)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu ranks", count);
    status = stats_order(score, count, order, err);
    *distinct = 0;
    for (size_t i = 0; !status && i < count; i++) {
        *distinct += i == 0 || score[order[i]] != score[order[i - 1]];
        rank[order[i]] = (uint32_t)*distinct - 1;
    }
    free(order);
    return status;
}

static wadi_status jackknife(const counting *all, const int32_t *cluster, int32_t cluster_count,
                             cox_concordance *out, wadi_error *err)
{
    const cox_data *data = all->data;
    size_t clusters = cluster ? (size_t)cluster_count : data->count;
    double pairs = out->concordant + out->discordant + out->tied_x, square = 0;
    double somers = (out->concordant - out->discordant) / pairs;
    double *sum = wadi_alloc(clusters, sizeof *sum);

    if (!sum)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu clusters", clusters);
    for (size_t i = 0; i < data->count; i++)
        sum[cluster ? (size_t)cluster[data->order[i]] : i] +=
            cox_weight(data, i) * (all->net[i] - somers * all->pairs[i]) / pairs;
    for (size_t c = 0; c < clusters; c++)
        square += sum[c] * sum[c];
    out->value = (somers + 1) / 2;
    out->error = sqrt(square) / 2;
    free(sum);
    return WADI_OK;
}

wadi_status cox_concordance_new(const cox_data *data, const double *score,
                                const int32_t *cluster, int32_t cluster_count,
                                cox_concordance *out, wadi_error *err)
{
    counting all = {.data = data, .out = out};
    wadi_status status = WADI_OK;

    *out = (cox_concordance){0};
    all.rank = wadi_alloc(data->count, sizeof *all.rank);
    all.net = wadi_alloc(data->count, sizeof *all.net);
    all.pairs = wadi_alloc(data->count, sizeof *all.pairs);
    if (!all.rank || !all.net || !all.pairs)
        goto refused;
    status = rank_scores(score, data->count, all.rank, &all.tree.count, err);
    if (status)
        goto done;
    all.tree.tree = wadi_alloc(all.tree.count + 1, sizeof(double));
    all.tree.equal = wadi_alloc(all.tree.count, sizeof(double));
    if (!all.tree.tree || !all.tree.equal)
        goto refused;
    for (size_t low = 0, high; low < data->count; low = high) {
        for (high = low; high < data->count && data->stratum[high] == data->stratum[low];)
            high++;
        count_events(&all, low, high);
        count_survivors(&all, low, high);
        ranking_empty(&all.tree);
        for (size_t i = low, j; i < high; i = j) {
            size_t events = i;

            for (j = i; j < high && data->time[j] == data->time[i]; j++)
                events += data->event[j] != 0;
            count_tied_times(&all, i, events);
        }
    }
    status = jackknife(&all, cluster, cluster_count, out, err);
    goto done;
refused:
    status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the concordance of %zu rows",
                       data->count);
done:
    free(all.rank);
    free(all.net);
    free(all.pairs);
    free(all.tree.tree);
    free(all.tree.equal);
    return status;
}
