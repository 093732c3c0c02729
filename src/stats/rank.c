/* Wilcoxon's tests and t tests. Exact distributions by counting: each rank (doubled, so that
 * halves of ties are whole) is in or out, and a table of sums grows by one rank at a time. */
#include "stats/rank_impl.h"

enum { EXACT_BELOW = 50 }; /* as in R: from here on only the normal approximation */

static double mean_of(const double *x, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

static double variance_of(const double *x, size_t n)
{
    double mean = mean_of(x, n), sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return n > 1 ? sum / (double)(n - 1) : NAN;
}

static t_test finish_t(double difference, double error, double df, double mu, double level)
{
    double width = stats_t_q(1 - (1 - level) / 2, df) * error;
    double t = (difference - mu) / error;

    return (t_test){t, df, stats_t_p2(t, df), difference - width, difference + width};
}

t_test rank_welch(const double *x, size_t nx, const double *y, size_t ny, double mu,
                  double level)
{
    double vx = variance_of(x, nx) / (double)nx, vy = variance_of(y, ny) / (double)ny;
    double df =
        (vx + vy) * (vx + vy) / (vx * vx / ((double)nx - 1) + vy * vy / ((double)ny - 1));

    return finish_t(mean_of(x, nx) - mean_of(y, ny), sqrt(vx + vy), df, mu, level);
}

t_test rank_student(const double *x, size_t nx, const double *y, size_t ny, double mu,
                    double level)
{
    double df = (double)nx + (double)ny - 2;
    double sx = nx > 1 ? variance_of(x, nx) * ((double)nx - 1) : 0;
    double sy = ny > 1 ? variance_of(y, ny) * ((double)ny - 1) : 0;
    double error = sqrt((sx + sy) / df * (1 / (double)nx + 1 / (double)ny));

    return finish_t(mean_of(x, nx) - mean_of(y, ny), error, df, mu, level);
}

t_test rank_one_sample(const double *x, size_t n, double mu, double level)
{
    return finish_t(mean_of(x, n), sqrt(variance_of(x, n) / (double)n), (double)n - 1, mu,
                    level);
}

double rank_median(double *values, size_t count, wadi_error *err)
{
    if (!count || stats_sort(values, count, err))
        return NAN;
    return 0.5 * (values[(count - 1) / 2] + values[count / 2]);
}

/* Average ranks, and the sum of t^3 - t over ties. */
static wadi_status average_ranks(const double *values, size_t count, double *rank, double *ties,
                                 wadi_error *err)
{
    uint32_t *order = wadi_alloc(count, sizeof *order);
    wadi_status status = WADI_OK;

    *ties = 0;
    if (!order)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu ranks", count);
    status = stats_order(values, count, order, err);
    for (size_t i = 0, j; !status && i < count; i = j) {
        double t;

        for (j = i; j < count && values[order[j]] == values[order[i]];)
            j++;
        for (size_t k = i; k < j; k++)
            rank[order[k]] = 0.5 * (double)(i + 1 + j);
        t = (double)(j - i);
        *ties += t * t * t - t;
    }
    free(order);
    return status;
}

/* ways[s]: number of subsets (of size `size`, or of any where size is 0) of the doubled ranks
 * with sum s, as probabilities. */
static wadi_status subset_sums(const double *rank, size_t count, size_t size, double **out,
                               size_t *sums, wadi_error *err)
{
    size_t layers = size ? size + 1 : 1, top = 0, total = 0;
    double *ways;

    *out = NULL;
    for (size_t i = 0; i < count; i++)
        total += (size_t)(2 * rank[i] + 0.5);
    *sums = total + 1;
    ways = wadi_alloc(layers * (total + 1), sizeof *ways);
    if (!ways)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rank sums", total);
    ways[0] = 1;
    for (size_t i = 0; i < count; i++) {
        size_t r = (size_t)(2 * rank[i] + 0.5);

        top += r;
        if (!size) {
            for (size_t s = top + 1; s-- > 0;)
                ways[s] = 0.5 * (ways[s] + (s >= r ? ways[s - r] : 0));
            continue;
        }
        for (size_t k = size < i + 1 ? size : i + 1; k >= 1; k--)
            for (size_t s = top + 1; s-- > r;)
                ways[k * (total + 1) + s] += ways[(k - 1) * (total + 1) + s - r];
    }
    if (size) {
        double all = 0, *last = ways + size * (total + 1);

        for (size_t s = 0; s <= total; s++)
            all += last[s];
        for (size_t s = 0; s <= total; s++)
            ways[s] = last[s] / all;
    }
    *out = ways;
    return WADI_OK;
}

/* Twice the smaller tail, and all sums as far from the mean as the one seen. */
static void tails(const double *ways, size_t sums, size_t at, double mean, double *twice,
                  double *far)
{
    double below = 0, above = 0;

    *far = 0;
    for (size_t s = 0; s < sums; s++) {
        if (s <= at)
            below += ways[s];
        if (s >= at)
            above += ways[s];
        if (fabs((double)s - mean) >= fabs((double)at - mean) - 1e-9)
            *far += ways[s];
    }
    *twice = fmin(1, 2 * fmin(below, above));
    *far = fmin(1, *far);
}

/* Smallest sum (in whole ranks) whose lower tail reaches p. */
static size_t sum_quantile(const double *ways, size_t sums, double p)
{
    double below = 0;

    for (size_t s = 0; s < sums; s++) {
        below += ways[s];
        if (below >= p * (1 - 1e-14))
            return s / 2;
    }
    return sums / 2;
}

static double normal_p(double gap, double sigma, bool correct)
{
    double z = correct ? (gap - (gap > 0 ? 0.5 : gap < 0 ? -0.5 : 0)) / sigma : gap / sigma;

    return stats_normal_p2(z);
}

/* ---- signed ranks ---- */

static wadi_status walsh_limits(const double *x, size_t n, const double *ways, size_t sums,
                                double level, signed_rank *out, wadi_error *err)
{
    size_t pairs = n * (n + 1) / 2, k = 0, quantile;
    double *walsh = wadi_alloc(pairs, sizeof *walsh);
    wadi_status status;

    if (!walsh)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu averages", pairs);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i; j < n; j++)
            walsh[k++] = 0.5 * (x[i] + x[j]);
    status = stats_sort(walsh, pairs, err);
    quantile = sum_quantile(ways, sums, (1 - level) / 2);
    if (quantile == 0)
        quantile = 1;
    out->estimate = 0.5 * (walsh[(pairs - 1) / 2] + walsh[pairs / 2]);
    out->low = walsh[quantile - 1];
    out->high = walsh[pairs - quantile];
    free(walsh);
    return status;
}

wadi_status rank_signed(const double *difference, size_t count, double level, signed_rank *out,
                        wadi_error *err)
{
    double *x = wadi_alloc(count, sizeof *x), *size = wadi_alloc(count, sizeof *size);
    double *rank = wadi_alloc(count, sizeof *rank), *ways = NULL, ties, n, gap, sigma, twice;
    size_t kept = 0, positive = 0, sums = 0;
    wadi_status status = WADI_OK;

    *out = (signed_rank){(double)count, 0, 0, false, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (!x || !size || !rank) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu differences", count);
        goto done;
    }
    for (size_t i = 0; i < count; i++)
        if (difference[i] != 0) {
            size[kept] = fabs(difference[i]);
            positive += difference[i] > 0;
            x[kept++] = difference[i];
        }
    n = out->nonzero = (double)kept;
    status = average_ranks(size, kept, rank, &ties, err);
    if (status || !kept)
        goto done;
    out->ties = ties > 0;
    for (size_t i = 0; i < kept; i++)
        out->v += x[i] > 0 ? rank[i] : 0;
    gap = out->v - n * (n + 1) / 4;
    sigma = sqrt(n * (n + 1) * (2 * n + 1) / 24 - ties / 48);
    out->p_normal_cc = normal_p(gap, sigma, true);
    out->p_normal = normal_p(gap, sigma, false);
    out->p_sign =
        fmin(1, 2 * stats_binomial_cdf(fmin((double)positive, n - (double)positive), n, 0.5));
    if (count >= EXACT_BELOW)
        goto done;
    status = subset_sums(rank, kept, 0, &ways, &sums, err);
    if (status)
        goto done;
    tails(ways, sums, (size_t)(2 * out->v + 0.5), n * (n + 1) / 2, &twice, &out->p_permutation);
    if (!out->ties && kept == count) {
        out->p_exact = twice;
        status = walsh_limits(x, kept, ways, sums, level, out, err);
    }
done:
    free(x);
    free(size);
    free(rank);
    free(ways);
    return status;
}

/* ---- rank sums ---- */

static wadi_status shift_limits(const double *x, size_t nx, const double *y, size_t ny,
                                const double *ways, size_t sums, double level, rank_sum *out,
                                wadi_error *err)
{
    size_t pairs = nx * ny, k = 0, quantile, least = nx * (nx + 1) / 2;
    double *shift = wadi_alloc(pairs, sizeof *shift);
    wadi_status status;

    if (!shift)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu differences", pairs);
    for (size_t i = 0; i < nx; i++)
        for (size_t j = 0; j < ny; j++)
            shift[k++] = x[i] - y[j];
    status = stats_sort(shift, pairs, err);
    quantile = sum_quantile(ways, sums, (1 - level) / 2) - least;
    if (quantile == 0)
        quantile = 1;
    out->estimate = 0.5 * (shift[(pairs - 1) / 2] + shift[pairs / 2]);
    out->low = shift[quantile - 1];
    out->high = shift[pairs - quantile];
    free(shift);
    return status;
}

wadi_status rank_two(const double *x, size_t nx, const double *y, size_t ny, double level,
                     rank_sum *out, wadi_error *err)
{
    size_t n = nx + ny, sums = 0;
    double *all = wadi_alloc(n, sizeof *all), *rank = wadi_alloc(n, sizeof *rank), *ways = NULL;
    double ties, sum = 0, gap, sigma, twice, a = (double)nx, b = (double)ny;
    wadi_status status = WADI_OK;

    *out = (rank_sum){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (!all || !rank) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu ranks", n);
        goto done;
    }
    memcpy(all, x, nx * sizeof *all);
    memcpy(all + nx, y, ny * sizeof *all);
    status = average_ranks(all, n, rank, &ties, err);
    if (status || !nx || !ny)
        goto done;
    for (size_t i = 0; i < nx; i++)
        sum += rank[i];
    out->w = sum - a * (a + 1) / 2;
    gap = out->w - a * b / 2;
    sigma = sqrt(a * b / 12 * (a + b + 1 - ties / ((a + b) * (a + b - 1))));
    out->p_normal_cc = normal_p(gap, sigma, true);
    out->p_normal = normal_p(gap, sigma, false);
    if (nx >= EXACT_BELOW || ny >= EXACT_BELOW)
        goto done;
    status = subset_sums(rank, n, nx, &ways, &sums, err);
    if (status)
        goto done;
    tails(ways, sums, (size_t)(2 * sum + 0.5), a * (a + b + 1), &twice, &out->p_permutation);
    if (ties == 0) {
        out->p_exact = twice;
        status = shift_limits(x, nx, y, ny, ways, sums, level, out, err);
    }
done:
    free(all);
    free(rank);
    free(ways);
    return status;
}

wadi_status rank_kruskal(const double *value, const int32_t *group, size_t count,
                         int32_t groups, double *h, double *p, wadi_error *err)
{
    double *rank = wadi_alloc(count, sizeof *rank);
    double *sum = wadi_alloc(2 * (size_t)groups, sizeof *sum), ties, n = (double)count,
           square = 0;
    int32_t used = 0;
    wadi_status status = WADI_OK;

    *h = *p = NAN;
    if (!rank || !sum) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu ranks", count);
        goto done;
    }
    status = average_ranks(value, count, rank, &ties, err);
    for (size_t i = 0; i < count; i++) {
        sum[group[i]] += rank[i];
        sum[groups + group[i]] += 1;
    }
    for (int32_t g = 0; g < groups; g++)
        if (sum[groups + g] > 0) {
            square += sum[g] * sum[g] / sum[groups + g];
            used++;
        }
    *h = (12 * square / (n * (n + 1)) - 3 * (n + 1)) / (1 - ties / (n * n * n - n));
    *p = stats_chisq_p(*h, used - 1);
done:
    free(rank);
    free(sum);
    return status;
}
