/* wadi stats signedrank, ranksum and ttest: samples from columns, one test for each stratum. */
#include "stats/rank_impl.h"

/* Values by group and stratum. `y` holds the second of a pair. */
typedef struct samples {
    wadi_frame *frame;
    size_t count, missing;
    double *x, *y;
    int32_t *group, *stratum;
    const wadi_column *groups, *strata;
    int32_t group_count, stratum_count;
    double *work; /* (2 x count) */
} samples;

static void samples_clear(samples *all)
{
    free(all->x);
    free(all->y);
    free(all->group);
    free(all->stratum);
    free(all->work);
    wadi_frame_free(all->frame);
}

static wadi_status samples_read(const char *path, const char *x, const char *y,
                                const char *group, const char *stratum, samples *out,
                                wadi_error *err)
{
    wadi_column_want wants[4] = {{x, WADI_COLUMN_NUMBER}};
    int count = 1, y_at = -1, group_at = -1, stratum_at = -1;
    size_t rows;
    wadi_status status;

    if (y)
        wants[y_at = count++] = (wadi_column_want){y, WADI_COLUMN_NUMBER};
    if (group)
        wants[group_at = count++] = (wadi_column_want){group, WADI_COLUMN_LEVELS};
    if (stratum)
        wants[stratum_at = count++] = (wadi_column_want){stratum, WADI_COLUMN_LEVELS};
    status = wadi_frame_read(path, wants, count, &out->frame, err);
    if (status)
        return status;
    rows = wadi_frame_rows(out->frame);
    out->x = wadi_alloc(rows, sizeof(double));
    out->y = wadi_alloc(rows, sizeof(double));
    out->group = wadi_alloc(rows, sizeof(int32_t));
    out->stratum = wadi_alloc(rows, sizeof(int32_t));
    out->work = wadi_alloc(2 * rows, sizeof(double));
    if (!out->x || !out->y || !out->group || !out->stratum || !out->work)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows", rows);
    out->groups = group ? wadi_frame_column(out->frame, group_at) : NULL;
    out->strata = stratum ? wadi_frame_column(out->frame, stratum_at) : NULL;
    out->group_count = group ? out->groups->level_count : 1;
    out->stratum_count = stratum ? out->strata->level_count : 1;
    for (size_t i = 0; i < rows; i++) {
        double value = wadi_frame_column(out->frame, 0)->number[i];
        double other = y ? wadi_frame_column(out->frame, y_at)->number[i] : 0;

        if (!isfinite(value) || !isfinite(other) || (group && out->groups->code[i] < 0) ||
            (stratum && out->strata->code[i] < 0)) {
            out->missing++;
            continue;
        }
        out->x[out->count] = value;
        out->y[out->count] = other;
        out->group[out->count] = group ? out->groups->code[i] : 0;
        out->stratum[out->count++] = stratum ? out->strata->code[i] : 0;
    }
    if (!out->count)
        return wadi_fail(err, WADI_ERR_MISSING, "%s: no row has all the values that are wanted",
                         path);
    return WADI_OK;
}

static const char *stratum_label(const samples *all, int32_t s)
{
    return all->strata ? all->strata->level[s] : "all";
}

/* Name of a column: as asked, or the usual one where the file has it. */
static wadi_status usual_columns(const char *path, const char *const *names, bool *have,
                                 int count, wadi_error *err)
{
    char *bytes = NULL;
    size_t size = 0;
    wadi_status status;

    if (!strcmp(path,
                "-")) { /* standard input is read once: the usual names are taken for given */
        for (int i = 0; i < count; i++)
            have[i] = false;
        return WADI_OK;
    }
    status = wadi_file_read(path, (size_t)1 << 34, &bytes, &size, err);
    for (int i = 0; i < count; i++)
        have[i] = !status && wadi_frame_has(bytes, size, names[i]);
    free(bytes);
    return status;
}

/* ---- pairs ---- */

enum { PAIR_COLUMNS = 17 };

static wadi_status pair_row(samples *all, int32_t s, const wadi_stats_spec *spec, bool paired,
                            double **c, wadi_error *err)
{
    size_t n = 0;
    signed_rank test;
    t_test t;
    wadi_status status;

    for (size_t i = 0; i < all->count; i++)
        if (all->stratum[i] == s)
            all->work[n++] = (paired ? all->y[i] - all->x[i] : all->x[i]) - spec->mu;
    status = rank_signed(all->work, n, spec->level, &test, err);
    if (status)
        return status;
    t = rank_one_sample(all->work, n, 0, spec->level);
    double values[] = {test.n,
                       test.nonzero,
                       test.ties,
                       test.v,
                       test.p_exact,
                       test.p_permutation,
                       test.p_normal_cc,
                       test.p_normal,
                       test.estimate + spec->mu,
                       test.low + spec->mu,
                       test.high + spec->mu,
                       NAN,
                       NAN,
                       t.t,
                       t.df,
                       t.p,
                       test.p_sign};
    for (int k = 0; k < PAIR_COLUMNS; k++)
        c[k][s] = values[k];
    for (int column = 0; column < 2; column++) {
        n = 0;
        for (size_t i = 0; i < all->count; i++)
            if (all->stratum[i] == s)
                all->work[n++] = column ? all->y[i] : all->x[i];
        if (column == 0 || paired)
            c[11 + column][s] = rank_median(all->work, n, err);
    }
    return WADI_OK;
}

wadi_status wadi_stats_signedrank(const wadi_stats_spec *spec, wadi_result **out,
                                  wadi_error *err)
{
    static const char *const NAMES[PAIR_COLUMNS] = {
        "n",           "n_nonzero",     "ties",
        "V",           "p_exact_notie", "p_exact_perm",
        "p_normal_cc", "p_normal",      "hl_exact",
        "hl_lo",       "hl_hi",         "median_pre",
        "median_post", "paired_t",      "paired_t_df",
        "paired_t_p",  "sign_test_p"};
    static const char *const USUAL[] = {"set"};
    samples all = {0};
    const char *x = spec->x.count ? spec->x.name[0] : "pre";
    const char *y = spec->y             ? spec->y
                    : spec->x.count > 1 ? spec->x.name[1]
                    : spec->x.count     ? NULL
                                        : "post";
    const char *by = spec->strata.count  ? spec->strata.name[0]
                     : spec->group.count ? spec->group.name[0]
                                         : NULL;
    double *columns[PAIR_COLUMNS];
    wadi_result *result = NULL;
    bool has_set = false, ready = true;
    wadi_status status = usual_columns(spec->path, USUAL, &has_set, 1, err);

    *out = NULL;
    if (!by && has_set)
        by = "set";
    if (!status)
        status = samples_read(spec->path, x, y, NULL, by, &all, err);
    if (status)
        goto done;
    result = stats_result_new("stats.signedrank");
    if (!result) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the result");
        goto done;
    }
    stats_method(
        result,
        "Wilcoxon signed rank test of %s, zero differences left out: exact without "
        "ties (twice the smaller tail), exact given the ties (permutation), normal with and "
        "without continuity correction; Hodges-Lehmann estimate with exact %g %% limits",
        y ? "second minus first value" : "the values", 100 * spec->level);
    stats_counts(result, (double)all.count, NAN, (double)all.missing);
    stats_table *table = stats_table_new(result, "table", (size_t)all.stratum_count);
    const char **set = stats_text(table, "set");
    for (int c = 0; c < PAIR_COLUMNS; c++)
        ready &= (columns[c] = stats_number(table, NAMES[c])) != NULL;
    for (int32_t s = 0; set && ready && !status && s < all.stratum_count; s++) {
        set[s] = stats_keep(result, "%s", stratum_label(&all, s));
        status = pair_row(&all, s, spec, y != NULL, columns, err);
    }
    if (!status)
        status = stats_finish(result, out, err);
    else
        wadi_result_free(result);
done:
    samples_clear(&all);
    return status;
}

/* ---- two samples ---- */

enum { TWO_COLUMNS = 24 };

/* The first two groups that a stratum has go to work, one after the other. */
static void split(samples *all, int32_t s, size_t sizes[2], int32_t *groups)
{
    int32_t chosen[2] = {-1, -1};

    *groups = 0;
    for (int32_t g = 0; g < all->group_count; g++) {
        bool here = false;

        for (size_t i = 0; i < all->count && !here; i++)
            here = all->stratum[i] == s && all->group[i] == g;
        if (here && *groups < 2)
            chosen[*groups] = g;
        *groups += here;
    }
    sizes[0] = sizes[1] = 0;
    for (int side = 0; side < 2; side++)
        for (size_t i = 0; i < all->count; i++)
            if (all->stratum[i] == s && all->group[i] == chosen[side])
                all->work[sizes[0] * (size_t)side + sizes[side]++] = all->x[i];
}

static wadi_status kruskal(samples *all, int32_t s, double *h, double *p, wadi_error *err)
{
    int32_t *group = wadi_alloc(all->count, sizeof *group);
    size_t n = 0;
    wadi_status status;

    if (!group)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu rows", all->count);
    for (size_t i = 0; i < all->count; i++)
        if (all->stratum[i] == s) {
            all->work[n] = all->x[i];
            group[n++] = all->group[i];
        }
    status = rank_kruskal(all->work, group, n, all->group_count, h, p, err);
    free(group);
    return status;
}

static wadi_status two_row(samples *all, int32_t s, const wadi_stats_spec *spec, double **c,
                           wadi_error *err)
{
    size_t sizes[2];
    int32_t groups;
    rank_sum test;
    t_test welch, student;
    double h, h_p, mean[2] = {0};
    wadi_status status = WADI_OK;

    split(all, s, sizes, &groups);
    const double *x = all->work, *y = all->work + sizes[0];
    for (size_t i = 0; i < sizes[0]; i++)
        mean[0] += x[i] / (double)sizes[0];
    for (size_t i = 0; i < sizes[1]; i++)
        mean[1] += y[i] / (double)sizes[1];
    for (size_t i = 0; i < sizes[0]; i++)
        all->work[i] -= spec->mu;
    status = rank_two(x, sizes[0], y, sizes[1], spec->level, &test, err);
    if (status)
        return status;
    welch = rank_welch(x, sizes[0], y, sizes[1], 0, spec->level);
    student = rank_student(x, sizes[0], y, sizes[1], 0, spec->level);
    status = kruskal(all, s, &h, &h_p, err);
    if (groups != 2)
        test = (rank_sum){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    double values[TWO_COLUMNS] = {(double)sizes[0],
                                  (double)sizes[1],
                                  test.w,
                                  test.p_exact,
                                  test.p_permutation,
                                  test.p_normal_cc,
                                  test.p_normal,
                                  test.estimate + spec->mu,
                                  test.low + spec->mu,
                                  test.high + spec->mu,
                                  welch.t,
                                  welch.df,
                                  welch.p,
                                  welch.low + spec->mu,
                                  welch.high + spec->mu,
                                  student.t,
                                  student.df,
                                  student.p,
                                  student.low + spec->mu,
                                  student.high + spec->mu,
                                  h,
                                  h_p,
                                  mean[0],
                                  mean[1]};
    for (int k = 0; k < TWO_COLUMNS; k++)
        c[k][s] = groups == 2 || k == 20 || k == 21 ? values[k] : NAN;
    return status;
}

static wadi_status two_samples(const wadi_stats_spec *spec, const char *kind, wadi_result **out,
                               wadi_error *err)
{
    static const char *const NAMES[TWO_COLUMNS] = {
        "n1",         "n2",         "W",        "p_exact_notie", "p_exact_perm", "p_normal_cc",
        "p_normal",   "hl",         "hl_lo",    "hl_hi",         "welch_t",      "welch_df",
        "welch_p",    "welch_lo",   "welch_hi", "student_t",     "student_df",   "student_p",
        "student_lo", "student_hi", "kw",       "kw_p",          "mean1",        "mean2"};
    static const char *const USUAL[] = {"set"};
    samples all = {0};
    const char *by = spec->strata.count ? spec->strata.name[0] : NULL;
    double *columns[TWO_COLUMNS];
    wadi_result *result = NULL;
    bool has_set = false, ready = true;
    wadi_status status = usual_columns(spec->path, USUAL, &has_set, 1, err);

    if (!by && has_set && !spec->x.count)
        by = "set";
    if (!status)
        status = samples_read(spec->path, spec->x.count ? spec->x.name[0] : "value", NULL,
                              spec->group.count ? spec->group.name[0] : "group", by, &all, err);
    if (status)
        goto done;
    result = stats_result_new(kind);
    if (!result) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the result");
        goto done;
    }
    stats_method(
        result, "%s; differences are first minus second group, limits at %g %%",
        !strcmp(kind, "stats.ttest")
            ? "Welch's and Student's t tests"
            : "Wilcoxon rank sum test (W of the first group): exact without ties, exact "
              "given the ties, normal with and without continuity correction; t tests; "
              "Kruskal-Wallis over all groups",
        100 * spec->level);
    stats_counts(result, (double)all.count, NAN, (double)all.missing);
    stats_table *table = stats_table_new(result, "table", (size_t)all.stratum_count);
    const char **set = stats_text(table, "set");
    for (int c = 0; c < TWO_COLUMNS; c++)
        ready &= (columns[c] = stats_number(table, NAMES[c])) != NULL;
    for (int32_t s = 0; set && ready && !status && s < all.stratum_count; s++) {
        set[s] = stats_keep(result, "%s", stratum_label(&all, s));
        status = two_row(&all, s, spec, columns, err);
    }
    if (!status)
        status = stats_finish(result, out, err);
    else
        wadi_result_free(result);
done:
    samples_clear(&all);
    return status;
}

wadi_status wadi_stats_ranksum(const wadi_stats_spec *spec, wadi_result **out, wadi_error *err)
{
    *out = NULL;
    return two_samples(spec, "stats.ranksum", out, err);
}

/* ---- one sample or pairs ---- */

static wadi_status one_sample(const wadi_stats_spec *spec, wadi_result **out, wadi_error *err)
{
    samples all = {0};
    bool paired = spec->y != NULL;
    const char *by = spec->strata.count ? spec->strata.name[0] : NULL;
    wadi_result *result = NULL;
    wadi_status status;

    if (!spec->x.count)
        return wadi_fail(err, WADI_ERR_MISSING, "--x is wanted: the column with the values");
    status = samples_read(spec->path, spec->x.name[0], spec->y, NULL, by, &all, err);
    if (status)
        goto done;
    result = stats_result_new("stats.ttest");
    if (!result) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the result");
        goto done;
    }
    stats_method(result, "%s t test against %g, limits at %g %%",
                 paired ? "paired (second minus first)" : "one-sample", spec->mu,
                 100 * spec->level);
    stats_counts(result, (double)all.count, NAN, (double)all.missing);
    stats_table *table = stats_table_new(result, "table", (size_t)all.stratum_count);
    const char **set = stats_text(table, "set");
    double *n = stats_number(table, "n"), *mean = stats_number(table, "estimate"),
           *t = stats_number(table, "t"), *df = stats_number(table, "df"),
           *p = stats_number(table, "p"), *low = stats_number(table, "low"),
           *high = stats_number(table, "high");
    for (int32_t s = 0;
         set && n && mean && t && df && p && low && high && s < all.stratum_count; s++) {
        size_t count = 0;
        double sum = 0;

        for (size_t i = 0; i < all.count; i++)
            if (all.stratum[i] == s)
                sum += all.work[count++] = paired ? all.y[i] - all.x[i] : all.x[i];
        t_test test = rank_one_sample(all.work, count, spec->mu, spec->level);
        set[s] = stats_keep(result, "%s", stratum_label(&all, s));
        n[s] = (double)count;
        mean[s] = sum / (double)count;
        t[s] = test.t;
        df[s] = test.df;
        p[s] = test.p;
        low[s] = test.low;
        high[s] = test.high;
    }
    status = stats_finish(result, out, err);
done:
    samples_clear(&all);
    return status;
}

wadi_status wadi_stats_ttest(const wadi_stats_spec *spec, wadi_result **out, wadi_error *err)
{
    *out = NULL;
    if (spec->group.count || (!spec->y && !spec->x.count))
        return two_samples(spec, "stats.ttest", out, err);
    return one_sample(spec, out, err);
}
