/* Counts against n, percentages against counts, confidence limits against counts. */
#include "stage/lint_impl.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

static const double Z95 = 1.959963984540054;

/* The 95 % limit of a proportion by the usual methods, in percent. */
enum { METHODS = 4 };

static void limits_of(double x, double n, bool upper, double out[METHODS])
{
    double z2 = Z95 * Z95, p = x / n, sign = upper ? 1 : -1;
    double centre = (x + z2 / 2) / (n + z2);

    out[0] = (p + z2 / (2 * n) + sign * Z95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n))) /
             (1 + z2 / n);
    if (upper)
        out[1] = x >= n ? 1 : gsl_cdf_beta_Pinv(0.975, x + 1, n - x);
    else
        out[1] = x <= 0 ? 0 : gsl_cdf_beta_Pinv(0.025, x, n - x + 1);
    out[2] = p + sign * Z95 * sqrt(p * (1 - p) / n);
    out[3] = centre + sign * Z95 * sqrt(centre * (1 - centre) / (n + z2));
    for (int m = 0; m < METHODS; m++)
        out[m] = 100 * fmin(fmax(out[m], 0), 1);
}

/* The n nearest to the stated one with which the percentage would be right; 0: none. */
static int fitting_n(const char *percent, double count, double n)
{
    for (int away = 1; away <= n; away++)
        for (int sign = -1; sign <= 1; sign += 2) {
            double other = n + sign * away;

            if (other >= count && other > 0 && wadi_lint_prints(percent, 100 * count / other))
                return (int)other;
        }
    return 0;
}

static wadi_status check_limit(linter *l, int row, int column, double count, double n,
                               bool upper, const char *item)
{
    const char *printed = wadi_csv_word(&l->table, row, column);
    double limits[METHODS];
    wadi_maybe value;
    wadi_status status = wadi_lint_number(l, row, column, &value);
    char computed[32];

    if (status || !value.known)
        return status;
    limits_of(count, n, upper, limits);
    for (int m = 0; m < METHODS; m++)
        if (wadi_lint_prints(printed, limits[m]))
            return WADI_OK;
    snprintf(computed, sizeof computed, "%.1f", limits[0]);
    return wadi_lint_add(
        l, row, "interval", item, printed, computed,
        "%s: %s 95 %% limit of %g of %g is printed as %s %%; Wilson gives %s %%, exact %.1f %%",
        item, upper ? "upper" : "lower", count, n, printed, computed, limits[1]);
}

static wadi_status check_row(linter *l, int row, const int c[6])
{
    const char *item = wadi_csv_word(&l->table, row, c[0]),
               *percent = wadi_csv_word(&l->table, row, c[3]);
    wadi_maybe count, n, share;
    wadi_status status = wadi_lint_number(l, row, c[1], &count);

    if (!status)
        status = wadi_lint_number(l, row, c[2], &n);
    if (!status)
        status = wadi_lint_number(l, row, c[3], &share);
    if (status || !count.known || !n.known || n.value <= 0)
        return status;
    if (count.value > n.value || count.value < 0)
        return wadi_lint_add(l, row, "range", item, wadi_csv_word(&l->table, row, c[1]),
                             wadi_csv_word(&l->table, row, c[2]), "%s: %g of %g", item,
                             count.value, n.value);
    if (share.known && !wadi_lint_prints(percent, 100 * count.value / n.value)) {
        int fits = fitting_n(percent, count.value, n.value);
        char computed[32], of[48] = "";

        snprintf(computed, sizeof computed, "%.1f", 100 * count.value / n.value);
        if (fits)
            snprintf(of, sizeof of, "; %s %% would be of %d", percent, fits);
        status = wadi_lint_add(l, row, "share", item, percent, computed,
                               "%s: %g of %g is %s %%, printed is %s %%%s", item, count.value,
                               n.value, computed, percent, of);
    }
    if (!status)
        status = check_limit(l, row, c[4], count.value, n.value, false, item);
    if (!status)
        status = check_limit(l, row, c[5], count.value, n.value, true, item);
    return status;
}

wadi_status wadi_lint_counts(linter *l, bool *ran)
{
    static const char *const NAMES[6] = {"item",    "count",          "n",
                                         "percent", "ci_low_percent", "ci_high_percent"};
    int columns[6];

    for (int i = 0; i < 6; i++)
        columns[i] = wadi_csv_column(&l->table, NAMES[i]);
    if (columns[1] < 0 || columns[2] < 0)
        return WADI_OK;
    *ran = true;
    for (int row = 1; row < l->table.rows; row++) {
        wadi_status status = check_row(l, row, columns);

        if (status)
            return status;
    }
    return WADI_OK;
}

static bool is_part(const linter *l, int row, int group, int whole)
{
    return !strcmp(wadi_csv_word(&l->table, row, whole), "yes") &&
           *wadi_csv_word(&l->table, row, group);
}

/* Each group once, at its first row. */
wadi_status wadi_lint_sums(linter *l, bool *ran)
{
    const csv_table *t = &l->table;
    int group = wadi_csv_column(t, "group"), count = wadi_csv_column(t, "count");
    int n = wadi_csv_column(t, "n"), whole = wadi_csv_column(t, "whole");

    if (group < 0 || count < 0 || n < 0 || whole < 0)
        return WADI_OK;
    *ran = true;
    for (int row = 1; row < t->rows; row++) {
        const char *name = wadi_csv_word(t, row, group);
        bool first = is_part(l, row, group, whole);
        double sum = 0;
        char printed[32], wanted[32];
        wadi_maybe value, total;
        wadi_status status;

        for (int before = 1; before < row; before++)
            first = first && !(is_part(l, before, group, whole) &&
                               !strcmp(name, wadi_csv_word(t, before, group)));
        if (!first)
            continue;
        for (int part = row; part < t->rows; part++) {
            if (!is_part(l, part, group, whole) || strcmp(name, wadi_csv_word(t, part, group)))
                continue;
            status = wadi_lint_number(l, part, count, &value);
            if (status)
                return status;
            sum += value.value;
        }
        status = wadi_lint_number(l, row, n, &total);
        if (status)
            return status;
        if (!total.known || sum == total.value)
            continue;
        snprintf(printed, sizeof printed, "%g", sum);
        snprintf(wanted, sizeof wanted, "%g", total.value);
        status = wadi_lint_add(l, row, "sum", name, printed, wanted,
                               "%s: the parts add up to %g, n is %g", name, sum, total.value);
        if (status)
            return status;
    }
    return WADI_OK;
}
