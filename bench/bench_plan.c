/* bench-plan WADI CASE: what the plan costs, in time and peak memory, beside the goals.
 *
 * Each row runs in a process of its own, so that its peak memory is its own. A steady solve is
 * also told as a multiple of one refactor-and-solve of its matrix, measured in the same run:
 * that ratio compares machines and versions, the times do not. Never fails on a time. */
#define _DEFAULT_SOURCE /* wait4 */
#include "flow/flow_impl.h"
#include "plan/plan_impl.h"

#include <fcntl.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef struct figures {
    double seconds, other_seconds;   /* of one; of what it is compared with */
    double peak_mb, process_seconds; /* of the whole row, all cores: a busy machine shows */
    int iterations;
    bool failed;
} figures;

typedef struct setting {
    const char *program, *case_path;
    int threads;
} setting;

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void stop_if(wadi_status status, const wadi_error *err)
{
    if (!status)
        return;
    fprintf(stderr, "bench-plan: %s\n", err->message);
    exit(1);
}

/* The planner up to the leg before, as wadi_plan_case makes it. */
static planner *start(const setting *how)
{
    wadi_error err = {0};
    wadi_case *the_case = NULL;
    planner *p = wadi_alloc(1, sizeof *p);
    wadi_steady_result flow;

    if (!p)
        exit(1);
    stop_if(wadi_case_read(how->case_path, &the_case, NULL, &err), &err);
    p->the_case = the_case;
    p->options = wadi_plan_options_default();
    p->limit = (limits){100, 195, 45, 80, 0.6, 0.25};
    stop_if(catalogue_read(&p->devices, &err), &err);
    stop_if(wadi_model_read(&p->table, &err), &err);
    stop_if(wadi_limb_from_case(the_case, &p->limb, &err), &err);
    wadi_model_fit_case(&p->table, the_case);
    p->model = wadi_model_nominal(&p->table);
    p->worker_count = how->threads;
    for (int i = 0; i < how->threads; i++)
        stop_if(wadi_steady_new(&p->workers[i].solver, &err), &err);
    p->wound_bed = p->toe = wadi_limb_bed(p->limb, "hallux");
    p->inflow_open = true;
    stop_if(planner_solve(p, &p->workers[0], p->limb, &p->model, -1, &flow, &err), &err);
    p->before_inflow_m3_s = flow.inflow_m3_s;
    p->before_foot_m3_s = foot_arterial_inflow(p->limb, &flow);
    return p;
}

static candidate by_hand(const planner *p, int number)
{
    return (candidate){.technique = WADI_PERCUTANEOUS_DEDICATED,
                       .artery = wadi_limb_vessel(p->limb, "PTA"),
                       .artery_at_m = 0.010 + 1e-3 * (number % 60),
                       .vein_at_m = 0.010 + 1e-3 * (number % 60),
                       .crossing = {.suitability = 1},
                       .closures = (unsigned)number % (1u << ESCAPE_COUNT),
                       .lyse = true,
                       .prevent_shunt = true,
                       .make_fistula = true};
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double process_seconds(const struct rusage *used)
{
    return (double)(used->ru_utime.tv_sec + used->ru_stime.tv_sec) +
           1e-6 * (double)(used->ru_utime.tv_usec + used->ru_stime.tv_usec);
}

static double middle_of(double *times, int count)
{
    qsort(times, (size_t)count, sizeof *times, by_size);
    return times[count / 2];
}

/* Median of many solves of the leg after a plan, and of the bare algebra of its last step. */
static figures one_solve(const setting *how)
{
    enum { TIMES = 501 };
    planner *p = start(how);
    candidate plan = by_hand(p, 15);
    wadi_limb *after = NULL;
    wadi_index conduit;
    wadi_steady *solver = p->workers[0].solver;
    wadi_steady_options options = wadi_steady_options_default();
    wadi_steady_result flow = {0};
    wadi_error err = {0};
    figures out = {0};
    double times[TIMES];

    options.reference_inflow_m3_s = p->before_inflow_m3_s;
    stop_if(candidate_apply(p->limb, &plan, &after, &conduit, &err), &err);
    for (int i = 0; i < TIMES; i++) {
        double begin = now();

        stop_if(wadi_steady_solve(solver, after, &p->model, &options, &flow, &err), &err);
        times[i] = now() - begin;
    }
    out.iterations = flow.iterations;
    out.seconds = middle_of(times, TIMES);
    for (int i = 0; i < TIMES; i++) {
        double begin = now();

        if (!wadi_sparse_factor(solver->matrix) ||
            !wadi_sparse_solve(solver->matrix, solver->step))
            out.failed = true;
        times[i] = now() - begin;
    }
    out.other_seconds = middle_of(times, TIMES);
    return out;
}

static figures thousand_candidates(const setting *how)
{
    planner *p = start(how);
    figures out = {0};
    double begin = now();

#pragma omp parallel for schedule(dynamic, 4) num_threads(how->threads)
    for (int i = 0; i < 1000; i++) {
        candidate plan = by_hand(p, i);
        point unused;
        wadi_error err = {0};

        stop_if(planner_evaluate(p, &p->workers[omp_get_thread_num()], &plan, &unused, &err),
                &err);
    }
    out.seconds = now() - begin;
    return out;
}

/* The program itself, from case to report. */
static figures whole_plan(const setting *how)
{
    char folder[] = "bench-plan-XXXXXX";
    figures out = {0};
    double begin = now();

    if (!mkdtemp(folder))
        exit(1);
    pid_t child = fork();
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);

        dup2(nowhere, 1);
        execl(how->program, how->program, "plan", how->case_path, "-o", folder, (char *)NULL);
        _exit(127);
    }
    int state;
    struct rusage used;

    wait4(child, &state, 0, &used);
    out.seconds = now() - begin;
    out.peak_mb = (double)used.ru_maxrss / 1024;
    out.process_seconds = process_seconds(&used);
    out.failed = state != 0;
    const char *files[] = {"plan.json", "leg.svg", "report.pdf"};

    for (size_t i = 0; i < WADI_COUNT_OF(files); i++) {
        char path[100];

        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        unlink(path);
    }
    rmdir(folder);
    return out;
}

/* One row in a process of its own. */
static figures measure_alone(figures (*row)(const setting *), const setting *how)
{
    figures out = {.failed = true};
    int ends[2], state;
    struct rusage used;

    if (pipe(ends))
        exit(1);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        out = row(how);
        _exit(write(ends[1], &out, sizeof out) != (ssize_t)sizeof out);
    }
    close(ends[1]);
    if (read(ends[0], &out, sizeof out) != (ssize_t)sizeof out)
        out.failed = true;
    close(ends[0]);
    wait4(child, &state, 0, &used);
    out.peak_mb = fmax(out.peak_mb, (double)used.ru_maxrss / 1024);
    if (!(out.process_seconds > 0))
        out.process_seconds = process_seconds(&used);
    out.failed |= state != 0;
    return out;
}

int main(int argc, char **argv)
{
    setting how = {NULL, NULL, 1};
    int cores = omp_get_num_procs() < WORKER_LIMIT ? omp_get_num_procs() : WORKER_LIMIT;
    figures solve, one, all, whole;

    if (argc != 3) {
        fprintf(stderr, "usage: bench-plan WADI CASE\n");
        return 2;
    }
    how.program = argv[1];
    how.case_path = argv[2];
    solve = measure_alone(one_solve, &how);
    one = measure_alone(thousand_candidates, &how);
    how.threads = cores;
    all = measure_alone(thousand_candidates, &how);
    whole = measure_alone(whole_plan, &how);
    printf("what                                    time   of cores    goal   peak memory\n");
    printf("one steady solve, 1 core            %8.3f ms             0.3 ms %7.1f MB\n",
           1e3 * solve.seconds, solve.peak_mb);
    printf("1,000 candidate plans, 1 core       %8.3f s  %7.3f s         %7.1f MB\n",
           one.seconds, one.process_seconds, one.peak_mb);
    printf("1,000 candidate plans, %2d cores     %8.3f s  %7.3f s  0.5 s  %7.1f MB\n", cores,
           all.seconds, all.process_seconds, all.peak_mb);
    printf("whole plan, 256 samples and report  %8.3f s  %7.3f s  2 s    %7.1f MB\n",
           whole.seconds, whole.process_seconds, whole.peak_mb);
    printf("KLU refactor and solve alone        %8.4f ms; one steady solve is %.1f of them in "
           "%d iterations\n",
           1e3 * solve.other_seconds, solve.seconds / solve.other_seconds, solve.iterations);
    printf("1,000 candidates on one core        %8.0f of them each\n",
           one.seconds / 1000 / solve.other_seconds);
    if (solve.failed || one.failed || all.failed || whole.failed) {
        fprintf(stderr, "bench-plan: a row did not run\n");
        return 1;
    }
    return 0;
}
