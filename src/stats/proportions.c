/* wadi stats prop: eight limits of a binomial proportion. Brown, Cai, DasGupta, Stat. Sci. 16
 * (2001) 101; Newcombe, Stat. Med. 17 (1998) 857; Clopper, Pearson, Biometrika 26 (1934) 404.
 */
#include "stats/proportions_impl.h"

static void wald(double x, double n, double z, double *low, double *high)
{
    double p = x / n, half = z * sqrt(p * (1 - p) / n);

    *low = p - half;
    *high = p + half;
}

void stats_wilson(double x, double n, double z, double *low, double *high)
{
    double p = x / n, centre = p + z * z / (2 * n);
    double half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)), scale = 1 + z * z / n;

    *low = x == 0 ? 0 : (centre - half) / scale;
    *high = x == n ? 1 : (centre + half) / scale;
}

/* Continuity-corrected score limits with the correction of R's prop.test against p = 1/2. */
static void wilson_cc(double x, double n, double z, double *low, double *high)
{
    double correction = fmin(0.5, fabs(x - 0.5 * n)), scale = 1 + z * z / n;
    double up = x / n + correction / n, down = x / n - correction / n;

    *high = up >= 1
                ? 1
                : (up + z * z / (2 * n) + z * sqrt(up * (1 - up) / n + z * z / (4 * n * n))) /
                      scale;
    *low =
        down <= 0
            ? 0
            : (down + z * z / (2 * n) - z * sqrt(down * (1 - down) / n + z * z / (4 * n * n))) /
                  scale;
}

static void agresti_coull(double x, double n, double z, double *low, double *high)
{
    double wide = n + z * z, p = (x + z * z / 2) / wide, half = z * sqrt(p * (1 - p) / wide);

    *low = p - half;
    *high = p + half;
}

void stats_clopper_pearson(double x, double n, double level, double *low, double *high)
{
    double tail = (1 - level) / 2;

    *low = x == 0 ? 0 : stats_beta_q(tail, x, n - x + 1);
    *high = x == n ? 1 : 1 - stats_beta_q(tail, n - x, x + 1);
}

static void jeffreys(double x, double n, double level, double *low, double *high)
{
    double tail = (1 - level) / 2;

    *low = x == 0 ? 0 : stats_beta_q(tail, x + 0.5, n - x + 0.5);
    *high = x == n ? 1 : 1 - stats_beta_q(tail, n - x + 0.5, x + 0.5);
}

/* P(X > x) + P(X = x)/2. */
static double mid_upper(double x, double n, double p)
{
    double above = x >= n ? 0 : stats_beta_p(p, x + 1, n - x);
    double at_least = x <= 0 ? 1 : stats_beta_p(p, x, n - x + 1);

    return 0.5 * (above + at_least);
}

static double mid_solve(double x, double n, double target)
{
    double low = 0, high = 1;

    for (int i = 0; i < 200 && high - low > 1e-16 * high; i++) {
        double middle = 0.5 * (low + high);

        if (middle <= low || middle >= high)
            break;
        if (mid_upper(x, n, middle) < target)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

static void mid_p(double x, double n, double level, double *low, double *high)
{
    double tail = (1 - level) / 2;

    *low = x == 0 ? 0 : mid_solve(x, n, tail);
    *high = x == n ? 1 : mid_solve(x, n, 1 - tail);
}

static void arcsine(double x, double n, double z, double *low, double *high)
{
    double p = (x + 0.375) / (n + 0.75), half = z / (2 * sqrt(n)), angle = asin(sqrt(p));

    *low = x == 0 ? 0 : pow(sin(fmax(0, angle - half)), 2);
    *high = x == n ? 1 : pow(sin(fmin(STATS_PI_2, angle + half)), 2);
}

static void logit(double x, double n, double z, double *low, double *high)
{
    double centre, half;

    *low = x == 0 || x == n ? NAN : 0;
    *high = *low;
    if (*low != 0)
        return;
    centre = log(x / (n - x));
    half = z * sqrt(n / (x * (n - x)));
    *low = 1 / (1 + exp(half - centre));
    *high = 1 / (1 + exp(-half - centre));
}

static const char *const METHODS[] = {"wald",          "wilson",          "wilson_cc",
                                      "agresti_coull", "clopper_pearson", "jeffreys",
                                      "midp",          "arcsine",         "logit"};

static void limits(size_t method, double x, double n, double level, double *low, double *high)
{
    double z = stats_z(level);

    switch (method) {
    case 0:
        wald(x, n, z, low, high);
        break;
    case 1:
        stats_wilson(x, n, z, low, high);
        break;
    case 2:
        wilson_cc(x, n, z, low, high);
        break;
    case 3:
        agresti_coull(x, n, z, low, high);
        break;
    case 4:
        stats_clopper_pearson(x, n, level, low, high);
        break;
    case 5:
        jeffreys(x, n, level, low, high);
        break;
    case 6:
        mid_p(x, n, level, low, high);
        break;
    case 7:
        arcsine(x, n, z, low, high);
        break;
    default:
        logit(x, n, z, low, high);
        break;
    }
}

/* "wilson-cc", "mid-p" and "wilson_cc" alike. */
static bool same_name(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a == '-' || *a == '_')
            a++;
        while (*b == '-' || *b == '_')
            b++;
        if (*a != *b)
            return false;
        if (!*a)
            return true;
    }
}

static size_t choose_methods(const wadi_names *asked, size_t *chosen)
{
    size_t count = 0;

    for (size_t m = 0; m < WADI_COUNT_OF(METHODS); m++) {
        bool wanted = asked->count == 0;

        for (int i = 0; i < asked->count; i++)
            wanted |= same_name(asked->name[i], METHODS[m]);
        if (wanted)
            chosen[count++] = m;
    }
    return count;
}

void stats_counted_clear(stats_counted *all)
{
    for (size_t i = 0; i < all->count; i++)
        free(all->label ? all->label[i] : NULL);
    free(all->label);
    free(all->x);
    free(all->n);
    *all = (stats_counted){0};
}

static wadi_status allocate(stats_counted *out, size_t count, wadi_error *err)
{
    out->count = count;
    out->x = wadi_alloc(count, sizeof(double));
    out->n = wadi_alloc(count, sizeof(double));
    out->label = wadi_alloc(count, sizeof(char *));
    if (out->x && out->n && out->label)
        return WADI_OK;
    return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu proportions", count);
}

/* Numbers on the command line. */
static wadi_status count_numbers(const wadi_stats_spec *spec, stats_counted *out,
                                 wadi_error *err)
{
    double *x = NULL, *n = NULL;
    wadi_status status;

    if (!spec->count.count || spec->count.count != spec->of.count)
        return wadi_fail(err, WADI_ERR_MISSING,
                         "as many --count as --of are wanted (%d and %d given)",
                         spec->count.count, spec->of.count);
    status = stats_parse_numbers(&spec->count, "count", &x, err);
    if (!status)
        status = stats_parse_numbers(&spec->of, "of", &n, err);
    if (!status)
        status = allocate(out, (size_t)spec->count.count, err);
    for (size_t i = 0; !status && i < out->count; i++) {
        out->x[i] = x[i];
        out->n[i] = n[i];
    }
    free(x);
    free(n);
    return status;
}

/* Two columns of a file, "x" and "n" unless named. */
static wadi_status count_columns(const wadi_stats_spec *spec, stats_counted *out,
                                 wadi_error *err)
{
    wadi_column_want wants[3] = {
        {spec->count.count ? spec->count.name[0] : "x", WADI_COLUMN_NUMBER},
        {spec->of.count ? spec->of.name[0] : "n", WADI_COLUMN_NUMBER},
        {spec->group.count ? spec->group.name[0] : NULL, WADI_COLUMN_LEVELS}};
    wadi_frame *frame = NULL;
    wadi_status status =
        wadi_frame_read(spec->path, wants, spec->group.count ? 3 : 2, &frame, err);
    size_t kept = 0;

    if (!status)
        status = allocate(out, wadi_frame_rows(frame), err);
    for (size_t i = 0; !status && i < wadi_frame_rows(frame); i++) {
        double x = wadi_frame_column(frame, 0)->number[i],
               n = wadi_frame_column(frame, 1)->number[i];

        if (x != x || n != n) {
            out->missing++;
            continue;
        }
        if (spec->group.count) {
            const wadi_column *group = wadi_frame_column(frame, 2);

            out->label[kept] =
                wadi_strdup(group->code[i] < 0 ? "NA" : group->level[group->code[i]]);
        }
        out->x[kept] = x;
        out->n[kept++] = n;
    }
    if (!status)
        out->count = kept;
    wadi_frame_free(frame);
    return status;
}

/* Rows of a file, by group. */
static wadi_status count_rows(const wadi_stats_spec *spec, stats_counted *out, wadi_error *err)
{
    stats_study *study = NULL;
    wadi_status status = stats_study_read(spec, STUDY_EVENT, &study, err);

    if (!status)
        status = allocate(out, study->group ? (size_t)study->groups.count : 1, err);
    for (size_t i = 0; !status && i < study->count; i++) {
        size_t g = study->group ? (size_t)study->group[i] : 0;

        out->n[g] += 1;
        out->x[g] += study->event[i] != 0;
    }
    for (size_t g = 0; !status && study->group && g < out->count; g++)
        out->label[g] = wadi_strdup(study->groups.name[g]);
    if (!status)
        out->missing = (double)study->missing;
    stats_study_free(study);
    return status;
}

wadi_status stats_count(const wadi_stats_spec *spec, stats_counted *out, wadi_error *err)
{
    wadi_status status;

    *out = (stats_counted){0};
    if (!spec->path)
        status = count_numbers(spec, out, err);
    else if (spec->event)
        status = count_rows(spec, out, err);
    else
        status = count_columns(spec, out, err);
    for (size_t i = 0; !status && i < out->count; i++)
        if (!(out->n[i] >= 1) || !(out->x[i] >= 0) || out->x[i] > out->n[i] || isinf(out->n[i]))
            status = wadi_fail(err, WADI_ERR_RANGE,
                               "%g of %g: a count from 0 to the total, and a "
                               "total of at least 1, are wanted",
                               out->x[i], out->n[i]);
    if (status)
        stats_counted_clear(out);
    return status;
}

wadi_status wadi_stats_prop(const wadi_stats_spec *spec, wadi_result **out, wadi_error *err)
{
    stats_counted counted;
    size_t chosen[WADI_COUNT_OF(METHODS)], methods = choose_methods(&spec->methods, chosen),
                                           row = 0;
    wadi_result *result = NULL;
    wadi_status status = stats_count(spec, &counted, err);
    double total = 0, events = 0;

    *out = NULL;
    if (status)
        return status;
    result = stats_result_new("stats.prop");
    if (!result) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the result");
        goto done;
    }
    for (size_t i = 0; i < counted.count; i++) {
        total += counted.n[i];
        events += counted.x[i];
    }
    stats_method(result, "binomial proportion, %g %% limits by the method of each row",
                 100 * spec->level);
    stats_counts(result, total, events, counted.missing);
    stats_table *table = stats_table_new(result, "table", counted.count * methods);
    const char **group = stats_text(table, "group"), **method = stats_text(table, "method");
    double *x = stats_number(table, "x"), *n = stats_number(table, "n"),
           *level = stats_number(table, "level"), *estimate = stats_number(table, "estimate"),
           *low = stats_number(table, "low"), *high = stats_number(table, "high");
    for (size_t i = 0;
         group && method && x && n && level && estimate && low && high && i < counted.count;
         i++) {
        for (size_t m = 0; m < methods; m++, row++) {
            group[row] = counted.label[i] ? stats_keep(result, "%s", counted.label[i]) : "all";
            method[row] = METHODS[chosen[m]];
            x[row] = counted.x[i];
            n[row] = counted.n[i];
            level[row] = spec->level;
            estimate[row] = counted.x[i] / counted.n[i];
            limits(chosen[m], counted.x[i], counted.n[i], spec->level, &low[row], &high[row]);
        }
    }
    status = stats_finish(result, out, err);
done:
    stats_counted_clear(&counted);
    return status;
}
