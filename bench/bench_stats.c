/* CPU seconds of one core for the estimators on data in memory, beside what R 4.2 with
 * survival 3.5 took on the same kind of data (measured once, on another machine; bench/stats.R
 * measures it here). No time is a pass mark. Argument: a factor on the numbers of rows, 1 is
 * the full size. */
#include "base/base_impl.h"
#include "stats/cox_impl.h"
#include "stats/states_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void report(const char *what, double n, double took, double r_took)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    printf("%-46s n %9.0f  %8.4f s", what, n, took);
    if (r_took > 0)
        printf("  R %8.2f s  ratio %8.0f", r_took, r_took / took);
    printf("  peak %4.0f MB\n", (double)usage.ru_maxrss / 1024);
    fflush(stdout);
}

typedef struct data {
    size_t count;
    double *time, *x;
    int32_t *event, *group, *zero, *to;
} data;

static data make(size_t count, int p, bool whole)
{
    wadi_random random;
    data d = {.count = count};

    wadi_random_init(&random, 42, 0);
    d.time = malloc(count * sizeof(double));
    d.x = p ? malloc(count * (size_t)p * sizeof(double)) : NULL;
    d.event = malloc(count * sizeof(int32_t));
    d.group = malloc(count * sizeof(int32_t));
    d.zero = calloc(count, sizeof(int32_t));
    d.to = malloc(count * sizeof(int32_t));
    for (size_t i = 0; i < count; i++) {
        double eta = 0;
        uint64_t bits = wadi_random_bits(&random);

        for (int k = 0; k < p; k++) {
            d.x[i * (size_t)p + (size_t)k] = wadi_random_uniform(&random);
            eta += 0.3 * k * d.x[i * (size_t)p + (size_t)k];
        }
        d.time[i] = -log(1 - wadi_random_uniform(&random)) * 1000 * exp(-eta);
        if (whole)
            d.time[i] = fmin(3650, ceil(d.time[i]));
        d.event[i] = bits & 1;
        d.group[i] = (bits >> 1) & 1;
        d.to[i] = (int32_t)((bits >> 8) % 3) == 0 ? -1 : 1 + (int32_t)((bits >> 2) & 1);
    }
    return d;
}

static void drop(data *d)
{
    free(d->time);
    free(d->x);
    free(d->event);
    free(d->group);
    free(d->zero);
    free(d->to);
}

static survival_rows rows_of(const data *d, bool grouped)
{
    return (survival_rows){.count = d->count,
                           .time = d->time,
                           .event = d->event,
                           .group = grouped ? d->group : NULL,
                           .group_count = grouped ? 2 : 1};
}

static void must(wadi_status status)
{
    if (status) {
        fprintf(stderr, "failed: %s\n", wadi_status_text(status));
        exit(1);
    }
}

static void bench_curve(size_t n, bool whole, double r_took)
{
    data d = make(n, 0, whole);
    survival_rows rows = rows_of(&d, false);
    risk_tables tables;
    survival_curve curve;
    double best = INFINITY;

    for (int round = 0; round < 3; round++) {
        double start = seconds();

        must(stats_risk_tables(&rows, &tables, NULL));
        size_t count = tables.start[1];
        curve = (survival_curve){malloc(count * 8), malloc(count * 8), malloc(count * 8),
                                 malloc(count * 8)};
        stats_curve(WADI_CURVE_KAPLAN_MEIER, &tables, 0, &curve);
        best = fmin(best, seconds() - start);
        free(curve.survival);
        free(curve.log_error);
        free(curve.hazard);
        free(curve.hazard_error);
        stats_risk_tables_clear(&tables);
    }
    report(whole ? "Kaplan-Meier, whole days" : "Kaplan-Meier, continuous", (double)n, best,
           r_took);
    drop(&d);
}

static void bench_logrank(size_t n, bool whole)
{
    data d = make(n, 0, whole);
    survival_rows rows = rows_of(&d, true);
    logrank test;
    double start = seconds();

    must(stats_logrank_test(&rows, NULL, 0, 0, &test, NULL));
    report(whole ? "log-rank, whole days" : "log-rank, continuous", (double)n,
           seconds() - start, 0);
    stats_logrank_clear(&test);
    drop(&d);
}

static void bench_cox(size_t n, bool whole, bool more, double r_took)
{
    data d = make(n, 5, whole);
    cox_rows rows = {.count = n, .p = 5, .time = d.time, .event = d.event, .x = d.x};
    cox_data sorted;
    cox_fit fit;
    double start = seconds();

    must(cox_data_new(&rows, &sorted, NULL));
    must(cox_fit_new(&sorted, WADI_TIES_EFRON, &fit, NULL));
    if (more) {
        cox_residuals residuals;
        cox_concordance concordance;

        must(cox_residuals_new(&sorted, WADI_TIES_EFRON, fit.score, &residuals, NULL));
        must(cox_concordance_new(&sorted, fit.score, NULL, 0, &concordance, NULL));
        cox_residuals_clear(&residuals);
    }
    report(more    ? "Cox, 5 covariates, residuals and concordance"
           : whole ? "Cox, 5 covariates, whole days"
                   : "Cox, 5 covariates, continuous",
           (double)n, seconds() - start, r_took);
    cox_fit_clear(&fit);
    cox_data_clear(&sorted);
    drop(&d);
}

static void bench_incidence(size_t n, bool errors, bool jackknife, double r_took)
{
    data d = make(n, 0, false);
    uint32_t *order = malloc(n * sizeof *order);
    survival_rows base = rows_of(&d, false);
    state_rows rows = {.rows = base, .from = d.zero, .to = d.to, .states = 3};
    state_curve curve;

    free(d.group); /* not asked for: the peak is to be of what is */
    d.group = NULL;
    double start = seconds();

    must(stats_group_order(&rows.rows, d.time, order, NULL));
    must(states_curve(&rows, order, NULL, 0, n, errors, &curve, NULL));
    if (jackknife)
        must(states_jackknife(&rows, order, NULL, NULL, 0, 0, n, &curve, NULL));
    report(jackknife ? "cumulative incidence, jackknife errors"
           : errors  ? "cumulative incidence with errors"
                     : "cumulative incidence without errors",
           (double)n, seconds() - start, r_took);
    states_curve_clear(&curve);
    free(order);
    drop(&d);
}

/* Through the verb, file and all: the estimator is not split from its table. */
static void bench_verb(const char *what, wadi_stats_function *verb, size_t n, double r_took)
{
    static const char PATH[] = "wadi-bench.csv";
    static const char *const X[] = {"x", "y"};
    data d = make(n, 2, false);
    wadi_stats_spec spec = wadi_stats_spec_default();
    wadi_result *result = NULL;
    FILE *file = fopen(PATH, "w");
    double start, took;
    long size;

    if (!file)
        return;
    fprintf(file, "time,event,x,y\n");
    for (size_t i = 0; i < n; i++)
        fprintf(file, "%.6f,%d,%.4f,%.4f\n", d.time[i], d.to[i] < 0 ? 0 : d.to[i], d.x[2 * i],
                d.x[2 * i + 1]);
    size = ftell(file);
    fclose(file);
    drop(&d);
    spec.path = PATH;
    spec.time = "time";
    spec.event = "event";
    spec.x = (wadi_names){X, 2};
    start = seconds();
    must(verb(&spec, &result, NULL));
    took = seconds() - start;
    report(what, (double)n, took, r_took);
    printf("    (file of %.0f MB read within)\n", (double)size / 1e6);
    wadi_result_free(result);
    remove(PATH);
}

static void bench_csv(size_t n, bool whole)
{
    static const wadi_column_want WANTS[] = {{"time", WADI_COLUMN_NUMBER},
                                             {"event", WADI_COLUMN_LEVELS}};
    data d = make(n, 0, whole);
    char *text = malloc(n * 32 + 64);
    size_t size = (size_t)sprintf(text, "id,time,event,site\n");
    wadi_frame *frame;
    double start, took;

    for (size_t i = 0; i < n; i++)
        size += (size_t)sprintf(text + size, whole ? "%zu,%.0f,%d,b\n" : "%zu,%.6f,%d,b\n",
                                i % 100000, d.time[i], d.event[i]);
    start = seconds();
    must(wadi_frame_parse("bench", text, size, WANTS, 2, &frame, NULL));
    took = seconds() - start;
    printf("%-46s n %9zu  %8.4f s  %.0f MB at %.0f MB/s\n",
           whole ? "CSV, whole days, 2 of 4 columns" : "CSV, 6 decimals, 2 of 4 columns", n,
           took, (double)size / 1e6, (double)size / 1e6 / took);
    wadi_frame_free(frame);
    free(text);
    drop(&d);
}

int main(int argc, char **argv)
{
    double factor = argc > 1 ? strtod(argv[1], NULL) : 1;
    size_t ten = (size_t)(1e7 * factor), one = (size_t)(1e6 * factor),
           tenth = (size_t)(1e5 * factor);

    bench_csv(ten, true);
    bench_csv(ten, false);
    bench_curve(ten, true, 16.5 * factor);
    bench_curve(ten, false, 30.9 * factor);
    bench_logrank(ten, true);
    bench_logrank(ten, false);
    bench_cox(one, false, false, 5.8 * factor);
    bench_cox(one, true, false, 5.8 * factor);
    bench_cox(one, false, true, 5.8 * factor);
    bench_incidence(one, false, false, 0);
    bench_incidence(tenth, true, false, 110 * factor * factor);
    bench_incidence(tenth, false, true, 110 * factor * factor);
    bench_incidence(ten, true, false, 0);
    bench_verb("Fine-Gray, 2 covariates", wadi_stats_finegray, (size_t)(8000 * factor),
               46 * pow(factor, 3));
    bench_verb("Fine-Gray, 2 covariates", wadi_stats_finegray, one, 0);
    return 0;
}
