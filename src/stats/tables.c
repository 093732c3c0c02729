/* wadi stats fisher and mcnemar: where the tables come from, and all that is said of them. */
#include "stats/exact_impl.h"
#include "stats/proportions_impl.h"

void exact_tables_clear(exact_tables *tables)
{
    for (size_t i = 0; i < tables->count; i++) {
        free(tables->table[i].name);
        free(tables->table[i].cells);
    }
    free(tables->table);
    *tables = (exact_tables){0};
}

static wadi_status add_table(exact_tables *all, const char *name, int rows, int columns,
                             exact_table **out, wadi_error *err)
{
    exact_table *grown = wadi_realloc(all->table, all->count + 1, sizeof *grown);

    if (!grown)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a table");
    all->table = grown;
    *out = &grown[all->count];
    **out = (exact_table){wadi_strdup(name), rows, columns, NULL};
    all->count++;
    (*out)->cells = wadi_alloc((size_t)rows * (size_t)columns, sizeof(double));
    if (!(*out)->name || !(*out)->cells)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a table");
    return WADI_OK;
}

static wadi_status check_cells(const exact_tables *all, wadi_error *err)
{
    for (size_t t = 0; t < all->count; t++)
        for (int c = 0; c < all->table[t].rows * all->table[t].columns; c++) {
            double cell = all->table[t].cells[c];

            if (!(cell >= 0) || cell != floor(cell) || cell > 1e7)
                return wadi_fail(err, WADI_ERR_RANGE,
                                 "a cell is %g; whole numbers from 0 to 1e7 are "
                                 "wanted",
                                 cell);
        }
    return WADI_OK;
}

/* --count a b c d, "3,1,1,3" too. */
static wadi_status tables_from_words(const wadi_stats_spec *spec, exact_tables *out,
                                     wadi_error *err)
{
    double cells[4];
    int count = 0;
    exact_table *table;
    wadi_status status = WADI_OK;

    for (int i = 0; i < spec->count.count; i++) {
        const char *at = spec->count.name[i];

        while (*at) {
            size_t size = strcspn(at, ", ;");

            if (size &&
                (count == 4 || !frame_number((frame_field){at, size}, '.', &cells[count++])))
                return wadi_fail(err, WADI_ERR_PARSE,
                                 "--count wants four cells of a 2x2 table, row by "
                                 "row; '%.60s' is not one of them",
                                 at);
            at += size + (at[size] != 0);
        }
    }
    if (count != 4)
        return wadi_fail(err, WADI_ERR_MISSING,
                         "--count wants four cells of a 2x2 table, %d given", count);
    status = add_table(out, "table", 2, 2, &table, err);
    if (!status)
        memcpy(table->cells, cells, sizeof cells);
    return status;
}

/* Columns a, b, c, d: a 2x2 table in each row. */
static wadi_status tables_from_rows(const wadi_stats_spec *spec, exact_tables *out,
                                    wadi_error *err)
{
    static const wadi_column_want WANTS[] = {{"a", WADI_COLUMN_NUMBER},
                                             {"b", WADI_COLUMN_NUMBER},
                                             {"c", WADI_COLUMN_NUMBER},
                                             {"d", WADI_COLUMN_NUMBER}};
    wadi_frame *frame = NULL;
    wadi_status status = wadi_frame_read(spec->path, WANTS, 4, &frame, err);
    size_t rows = status ? 0 : wadi_frame_rows(frame);

    for (size_t i = 0; !status && i < rows; i++) {
        exact_table *table;
        char name[32];
        bool known = true;

        for (int c = 0; c < 4; c++)
            known &= !isnan(wadi_frame_column(frame, c)->number[i]);
        if (!known) {
            out->missing++;
            continue;
        }
        snprintf(name, sizeof name, "%zu", i + 1);
        status = add_table(out, name, 2, 2, &table, err);
        for (int c = 0; !status && c < 4; c++)
            table->cells[c] = wadi_frame_column(frame, c)->number[i];
    }
    wadi_frame_free(frame);
    return status;
}

/* Cross-tabulation of two columns, with counts where a column has them, in each stratum. Rows
 * and columns that a stratum does not have are left out of its table. */
static wadi_status cross_table(const wadi_frame *frame, int32_t stratum, bool counted,
                               bool stratified, exact_tables *out, wadi_error *err)
{
    const wadi_column *row = wadi_frame_column(frame, 0), *col = wadi_frame_column(frame, 1);
    int32_t *row_at = wadi_alloc((size_t)row->level_count, sizeof *row_at);
    int32_t *col_at = wadi_alloc((size_t)col->level_count, sizeof *col_at);
    const wadi_column *strata = stratified ? wadi_frame_column(frame, counted ? 3 : 2) : NULL;
    exact_table *table;
    int32_t rows = 0, columns = 0;
    wadi_status status = WADI_OK;

    if (!row_at || !col_at) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for a table");
        goto done;
    }
    for (size_t i = 0; i < wadi_frame_rows(frame); i++)
        if (row->code[i] >= 0 && col->code[i] >= 0 && (!strata || strata->code[i] == stratum))
            row_at[row->code[i]] = col_at[col->code[i]] = 1;
    for (int32_t i = 0; i < row->level_count; i++)
        row_at[i] = row_at[i] ? rows++ : -1;
    for (int32_t i = 0; i < col->level_count; i++)
        col_at[i] = col_at[i] ? columns++ : -1;
    if (!rows || !columns)
        goto done;
    status =
        add_table(out, strata ? strata->level[stratum] : "table", rows, columns, &table, err);
    for (size_t i = 0; !status && i < wadi_frame_rows(frame); i++) {
        double count = counted ? wadi_frame_column(frame, 2)->number[i] : 1;

        if (strata && strata->code[i] != stratum)
            continue;
        if (row->code[i] < 0 || col->code[i] < 0 || isnan(count)) {
            out->missing++;
            continue;
        }
        table->cells[row_at[row->code[i]] * columns + col_at[col->code[i]]] += count;
    }
done:
    free(row_at);
    free(col_at);
    return status;
}

static wadi_status tables_from_columns(const wadi_stats_spec *spec, exact_tables *out,
                                       wadi_error *err)
{
    bool counted = spec->count.count == 1, stratified = spec->strata.count == 1;
    wadi_column_want wants[4] = {{spec->row, WADI_COLUMN_LEVELS},
                                 {spec->col, WADI_COLUMN_LEVELS}};
    int count = 2;
    wadi_frame *frame = NULL;
    wadi_status status;

    if (counted)
        wants[count++] = (wadi_column_want){spec->count.name[0], WADI_COLUMN_NUMBER};
    if (stratified)
        wants[count++] = (wadi_column_want){spec->strata.name[0], WADI_COLUMN_LEVELS};
    status = wadi_frame_read(spec->path, wants, count, &frame, err);
    int32_t strata =
        status || !stratified ? 1 : wadi_frame_column(frame, count - 1)->level_count;
    for (int32_t s = 0; !status && s < strata; s++)
        status = cross_table(frame, s, counted, stratified, out, err);
    wadi_frame_free(frame);
    return status;
}

/* Files that name their columns as the tables of a paper do need no options. */
static wadi_status tables_from_file(const wadi_stats_spec *spec, exact_tables *out,
                                    wadi_error *err)
{
    static const char *const COUNT[] = {"count"}, *const TABLE[] = {"table"};
    wadi_stats_spec guess = *spec;
    char *bytes = NULL;
    size_t size = 0;
    wadi_status status;

    if (spec->row && spec->col)
        return tables_from_columns(spec, out, err);
    status = wadi_file_read(spec->path, (size_t)1 << 30, &bytes, &size, err);
    if (status)
        return status;
    bool cells = wadi_frame_has(bytes, size, "a") && wadi_frame_has(bytes, size, "d");
    bool list = wadi_frame_has(bytes, size, "i") && wadi_frame_has(bytes, size, "j") &&
                wadi_frame_has(bytes, size, "count");
    bool several = wadi_frame_has(bytes, size, "table");
    free(bytes);
    if (cells)
        return tables_from_rows(spec, out, err);
    if (!list)
        return wadi_fail(err, WADI_ERR_MISSING,
                         "%s: --row and --col are wanted, or columns a, b, c, d "
                         "with a 2x2 table in each row, or i, j, count",
                         spec->path);
    guess.row = "i";
    guess.col = "j";
    guess.count = (wadi_names){COUNT, 1};
    if (several && !spec->strata.count)
        guess.strata = (wadi_names){TABLE, 1};
    return tables_from_columns(&guess, out, err);
}

wadi_status exact_tables_read(const wadi_stats_spec *spec, exact_tables *out, wadi_error *err)
{
    wadi_status status;

    *out = (exact_tables){0};
    status = spec->path ? tables_from_file(spec, out, err) : tables_from_words(spec, out, err);
    if (!status)
        status = check_cells(out, err);
    if (!status && !out->count)
        status = wadi_fail(err, WADI_ERR_MISSING, "%s: no table has a count", spec->path);
    if (status)
        exact_tables_clear(out);
    return status;
}

/* ---- what is said of a table ---- */

static void chi_square(const exact_table *table, bool yates, double *chisq, double *p,
                       double *df)
{
    int r = table->rows, c = table->columns;
    double *margins = wadi_alloc((size_t)(r + c), sizeof *margins), n = 0, correction = 0.5;

    *chisq = *p = NAN;
    *df = (r - 1) * (c - 1);
    if (!margins)
        return;
    for (int i = 0; i < r; i++)
        for (int j = 0; j < c; j++) {
            margins[i] += table->cells[i * c + j];
            margins[r + j] += table->cells[i * c + j];
            n += table->cells[i * c + j];
        }
    for (int i = 0; i < r * c; i++)
        correction =
            fmin(correction, fabs(table->cells[i] - margins[i / c] * margins[r + i % c] / n));
    *chisq = 0;
    for (int i = 0; i < r * c; i++) {
        double expected = margins[i / c] * margins[r + i % c] / n;
        double gap = fabs(table->cells[i] - expected) - (yates ? correction : 0);

        *chisq += gap * gap / expected;
    }
    *p = stats_chisq_p(*chisq, *df);
    free(margins);
}

/* Difference of two proportions by Newcombe's method 10 (Stat. Med. 17 (1998) 873). */
static void newcombe(const double *cells, double level, double *difference, double *low,
                     double *high)
{
    double n1 = cells[0] + cells[1], n2 = cells[2] + cells[3], z = stats_z(level);
    double p1 = cells[0] / n1, p2 = cells[2] / n2, l1, u1, l2, u2;

    *difference = p1 - p2;
    *low = *high = NAN;
    if (!(n1 > 0) || !(n2 > 0))
        return;
    stats_wilson(cells[0], n1, z, &l1, &u1);
    stats_wilson(cells[2], n2, z, &l2, &u2);
    *low = *difference - hypot(p1 - l1, u2 - p2);
    *high = *difference + hypot(u1 - p1, p2 - l2);
}

typedef struct mcnemar {
    double chisq, p, chisq_cc, p_cc, exact, mid;
} mcnemar;

static mcnemar mcnemar_test(const double *cells)
{
    double b = cells[1], c = cells[2], n = b + c, less = fmin(b, c), gap = fabs(b - c);
    mcnemar m = {NAN, NAN, NAN, NAN, 1, 1};

    if (n == 0)
        return m;
    m.chisq = gap * gap / n;
    m.p = stats_chisq_p(m.chisq, 1);
    m.chisq_cc = gap == 0 ? 0 : (gap - 1) * (gap - 1) / n;
    m.p_cc = stats_chisq_p(m.chisq_cc, 1);
    m.exact = fmin(1, 2 * stats_binomial_cdf(less, n, 0.5));
    m.mid = m.exact == 1 && b == c ? 1 - exp(stats_log_choose(n, less) - n * log(2.0))
                                   : 2 * stats_binomial_cdf(less, n, 0.5) -
                                         exp(stats_log_choose(n, less) - n * log(2.0));
    return m;
}

enum { FISHER_COLUMNS = 27 };

static wadi_status fisher_row(const exact_table *table, double level, double **c, size_t i,
                              wadi_error *err)
{
    double df, yates_df;
    wadi_status status = WADI_OK;
    fisher_2x2 exact;
    mcnemar paired;

    chi_square(table, false, &c[10][i], &c[11][i], &df);
    c[12][i] = df;
    if (table->rows == 2 && table->columns == 2) {
        exact_fisher_2x2(table->cells, level, &exact);
        c[4][i] = exact.p;
        c[5][i] = exact.p_less;
        c[6][i] = exact.p_greater;
        c[7][i] = exact.odds_ratio;
        c[8][i] = exact.low;
        c[9][i] = exact.high;
        chi_square(table, true, &c[13][i], &c[14][i], &yates_df);
        newcombe(table->cells, level, &c[15][i], &c[16][i], &c[17][i]);
        paired = mcnemar_test(table->cells);
        c[18][i] = paired.chisq;
        c[19][i] = paired.p;
        c[20][i] = paired.p_cc;
        c[21][i] = paired.exact;
        c[22][i] = paired.mid;
        c[23][i] = exact.p_mid;
        c[24][i] = exact.odds_ratio_exact;
        c[25][i] = exact.low_exact;
        c[26][i] = exact.high_exact;
        for (int k = 0; k < 4; k++)
            c[k][i] = table->cells[k];
    } else if (table->rows > 1 && table->columns > 1) {
        status = exact_fisher(table->cells, table->rows, table->columns, &c[4][i], err);
    } else {
        c[4][i] = 1;
    }
    return status;
}

static double total_of(const exact_tables *all)
{
    double n = 0;

    for (size_t t = 0; t < all->count; t++)
        for (int c = 0; c < all->table[t].rows * all->table[t].columns; c++)
            n += all->table[t].cells[c];
    return n;
}

wadi_status wadi_stats_fisher(const wadi_stats_spec *spec, wadi_result **out, wadi_error *err)
{
    static const char *const NAMES[] = {"a",
                                        "b",
                                        "c",
                                        "d",
                                        "fisher_p",
                                        "fisher_p_less",
                                        "fisher_p_greater",
                                        "or_cmle",
                                        "or_low",
                                        "or_high",
                                        "chisq",
                                        "chisq_p",
                                        "df",
                                        "chisq_yates",
                                        "chisq_yates_p",
                                        "riskdiff",
                                        "rd_newcombe_low",
                                        "rd_newcombe_high",
                                        "mcnemar_chi2",
                                        "mcnemar_p",
                                        "mcnemar_cc_p",
                                        "mcnemar_exact_p",
                                        "mcnemar_mid_p",
                                        "fisher_mid_p",
                                        "or_cmle_exact",
                                        "or_low_exact",
                                        "or_high_exact"};
    exact_tables all;
    double *columns[FISHER_COLUMNS] = {0};
    wadi_result *result = NULL;
    wadi_status status = exact_tables_read(spec, &all, err);
    bool ready = true;

    *out = NULL;
    if (status)
        return status;
    result = stats_result_new("stats.fisher");
    if (!result) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the result");
        goto done;
    }
    stats_method(
        result,
        "Fisher's exact test (two-sided: all tables no likelier than the one seen), "
        "conditional maximum-likelihood odds ratio with exact %g %% limits, chi-square, "
        "Newcombe limits of the difference, McNemar",
        100 * spec->level);
    stats_counts(result, total_of(&all), NAN, all.missing);
    stats_table *table = stats_table_new(result, "table", all.count);
    const char **name = stats_text(table, "table");
    for (size_t c = 0; c < WADI_COUNT_OF(NAMES); c++)
        ready &= (columns[c] = stats_number(table, NAMES[c])) != NULL;
    for (size_t i = 0; name && ready && !status && i < all.count; i++) {
        name[i] = stats_keep(result, "%s", all.table[i].name);
        status = fisher_row(&all.table[i], spec->level, columns, i, err);
    }
    if (status)
        wadi_result_free(result);
    else
        status = stats_finish(result, out, err);
done:
    exact_tables_clear(&all);
    return status;
}

wadi_status wadi_stats_mcnemar(const wadi_stats_spec *spec, wadi_result **out, wadi_error *err)
{
    exact_tables all;
    wadi_result *result = NULL;
    wadi_status status = exact_tables_read(spec, &all, err);

    *out = NULL;
    if (status)
        return status;
    for (size_t t = 0; t < all.count; t++)
        if (all.table[t].rows != 2 || all.table[t].columns != 2) {
            status = wadi_fail(err, WADI_ERR_SUPPORT,
                               "table '%.60s' is %d x %d; McNemar wants 2 x 2",
                               all.table[t].name, all.table[t].rows, all.table[t].columns);
            goto done;
        }
    result = stats_result_new("stats.mcnemar");
    if (!result) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the result");
        goto done;
    }
    stats_method(result,
                 "McNemar's test: chi-square with and without continuity correction, exact "
                 "binomial, mid-p");
    stats_counts(result, total_of(&all), NAN, all.missing);
    stats_table *table = stats_table_new(result, "table", all.count);
    const char **name = stats_text(table, "table");
    double *b = stats_number(table, "b"), *c = stats_number(table, "c"),
           *chisq = stats_number(table, "mcnemar_chi2"), *p = stats_number(table, "mcnemar_p"),
           *cc = stats_number(table, "mcnemar_cc_chi2"),
           *p_cc = stats_number(table, "mcnemar_cc_p"),
           *exact = stats_number(table, "mcnemar_exact_p"),
           *mid = stats_number(table, "mcnemar_mid_p");
    for (size_t i = 0;
         name && b && c && chisq && p && cc && p_cc && exact && mid && i < all.count; i++) {
        mcnemar m = mcnemar_test(all.table[i].cells);

        name[i] = stats_keep(result, "%s", all.table[i].name);
        b[i] = all.table[i].cells[1];
        c[i] = all.table[i].cells[2];
        chisq[i] = m.chisq;
        p[i] = m.p;
        cc[i] = m.chisq_cc;
        p_cc[i] = m.p_cc;
        exact[i] = m.exact;
        mid[i] = m.mid;
    }
    status = stats_finish(result, out, err);
done:
    exact_tables_clear(&all);
    return status;
}
