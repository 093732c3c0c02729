/* flow: blood flow of a network over the heartbeat. */
#include "read_case.h"
#include "verbs.h"
#include "wadi/linear.h"
#include "wadi/plan.h"
#include "wadi/pulse.h"
#include "wadi/units.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

typedef struct flow_view {
    bool terminal;
    struct timespec began;
    double last_shown_s;
} flow_view;

static double seconds_since(const struct timespec *began)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - began->tv_sec) + 1e-9 * (double)(now.tv_nsec - began->tv_nsec);
}

/* Time left of the running cycle, from the pace so far. */
static bool show_progress(void *user, const wadi_pulse_progress *p)
{
    flow_view *view = user;
    double spent = seconds_since(&view->began), done = (double)(p->cycle - 1) + p->cycle_frac;

    if (view->terminal && spent - view->last_shown_s > 0.1) {
        view->last_shown_s = spent;
        fprintf(stderr, "\rcycle %ld  %3.0f %%  ", p->cycle, 100 * p->cycle_frac);
        /* The first cycle has none before it to differ from. */
        if (isfinite(p->residual_pa))
            fprintf(stderr, "change %.3g mmHg  ", p->residual_pa / WADI_PA_PER_MMHG);
        fprintf(stderr, "%.1f s a cycle  %.1f s left in it ", done > 0 ? spent / done : 0,
                done > 0 ? (1 - p->cycle_frac) * spent / done : 0);
    }
    return interrupted;
}

static double cpu_seconds(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (double)used.ru_utime.tv_sec + (double)used.ru_stime.tv_sec +
           1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static double peak_bytes(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return 1024.0 * (double)used.ru_maxrss;
}

typedef void indices_of(const void *solution, wadi_index vessel, wadi_pulse_indices *out);

static void pulse_indices(const void *solution, wadi_index vessel, wadi_pulse_indices *out)
{
    wadi_pulse_indices_of(solution, vessel, out);
}

static void linear_indices(const void *solution, wadi_index vessel, wadi_pulse_indices *out)
{
    wadi_linear_indices_of(solution, vessel, out);
}

/* Blood that hardly moves on has no index. */
static void print_index(double value, const char *end)
{
    if (isfinite(value))
        printf(" %6.2f%s", value, end);
    else
        printf(" %6s%s", "-", end);
}

static void print_table(const wadi_network *network, const void *solution, indices_of *indices)
{
    printf("%-28s %26s %26s %8s %6s %6s\n", "vessel", "pressure mmHg min/mean/max",
           "flow mL/min min/mean/max", "PSV m/s", "RI", "PI");
    for (wadi_index i = 0; i < wadi_network_vessel_count(network); i++) {
        wadi_pulse_indices v;
        indices(solution, i, &v);
        printf("%-28s %8.2f %8.2f %8.2f %8.1f %8.1f %8.1f %8.3f",
               wadi_network_vessel_at(network, i)->label, v.p_min_pa / WADI_PA_PER_MMHG,
               v.p_mean_pa / WADI_PA_PER_MMHG, v.p_max_pa / WADI_PA_PER_MMHG,
               v.q_min_m3_s / WADI_M3_S_PER_ML_MIN, v.q_mean_m3_s / WADI_M3_S_PER_ML_MIN,
               v.q_max_m3_s / WADI_M3_S_PER_ML_MIN, v.psv_m_s);
        print_index(v.ri, "");
        print_index(v.pi, "\n");
    }
}

static wadi_status run_linear(const cli_args *args, const wadi_network *network, bool steady,
                              double began, wadi_error *err)
{
    wadi_linear_options options = wadi_linear_options_default();
    const char *directory = cli_text(args, "out", NULL);
    wadi_linear *linear = NULL;
    double cpu_s;
    char *text = NULL;
    size_t size;
    wadi_status status;

    options.harmonics = steady ? 0 : options.harmonics;
    status = wadi_linear_solve(network, &options, &linear, err);
    cpu_s = cpu_seconds() - began; /* without the writing of files */
    if (!status && directory)
        status = wadi_linear_write(linear, directory, err);
    if (!status && cli_flag(args, "json"))
        status = wadi_linear_json(linear, cpu_s, peak_bytes(), &text, &size, err);
    if (!status && text)
        fwrite(text, 1, size, stdout);
    else if (!status)
        print_table(network, linear, linear_indices);
    free(text);
    wadi_linear_free(linear);
    return status;
}

static wadi_status write_checkpoint(const char *directory, const wadi_pulse *pulse,
                                    wadi_error *err)
{
    size_t size = strlen(directory) + sizeof "/checkpoint";
    char *path = malloc(size);
    wadi_status status;

    if (!path)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a file name");
    snprintf(path, size, "%s/checkpoint", directory);
    status = wadi_pulse_checkpoint_write(pulse, path, err);
    free(path);
    return status;
}

static wadi_status put_pulse(const cli_args *args, const wadi_network *network,
                             const wadi_pulse *pulse, double began, wadi_error *err)
{
    const char *directory = cli_text(args, "out", NULL);
    wadi_pulse_summary s = wadi_pulse_summarize(pulse);
    double cpu_s = cpu_seconds() - began;
    char *text = NULL;
    size_t size;
    wadi_status status = directory ? wadi_pulse_write(pulse, directory, err) : WADI_OK;

    if (!status && directory)
        status = write_checkpoint(directory, pulse, err);
    if (!status && cli_flag(args, "json"))
        status = wadi_pulse_json(pulse, cpu_s, peak_bytes(), &text, &size, err);
    if (!status && text) {
        fwrite(text, 1, size, stdout);
    } else if (!status) {
        printf("%ld vessel%s, %ld cells, %ld cycle%s, ", (long)s.vessels,
               s.vessels == 1 ? "" : "s", s.cells, s.cycles, s.cycles == 1 ? "" : "s");
        /* One cycle has none before it to differ from. */
        if (isfinite(s.residual_pa))
            printf("change %.3g mmHg, ", s.residual_pa / WADI_PA_PER_MMHG);
        printf("mass balance %.2g of the inflow\n", s.mass_balance);
        print_table(network, pulse, pulse_indices);
    }
    free(text);
    return status;
}

/* Ctrl-C: what is done so far can go on from the checkpoint. */
static int leave_checkpoint(const cli_args *args, const wadi_pulse *pulse, wadi_error *err)
{
    const char *directory = cli_text(args, "out", ".");

    if (write_checkpoint(directory, pulse, err))
        return cli_failed(err);
    cli_note("wadi: interrupted in cycle %ld; to go on, the same again with --from "
             "%s/checkpoint",
             wadi_pulse_summarize(pulse).cycles + 1, directory);
    return EXIT_FAILED;
}

static int run_pulse(const cli_args *args, const wadi_network *network,
                     const wadi_openbf_solver *asked, double began)
{
    wadi_pulse_options options = wadi_pulse_options_default();
    flow_view view = {.terminal = isatty(STDERR_FILENO)};
    const char *from = cli_text(args, "from", NULL);
    wadi_pulse *pulse = NULL;
    wadi_error err = {0};
    wadi_status status;
    int code;

    clock_gettime(CLOCK_MONOTONIC, &view.began);
    options.dx_m = cli_number(args, "dx-mm", 1e3 * options.dx_m) * WADI_M_PER_MM;
    options.tol_pa = cli_number(args, "tol-mmhg", 0.1) * WADI_PA_PER_MMHG;
    options.accelerate = !cli_flag(args, "no-accelerate");
    options.time_step_s = cli_number(args, "dt-s", 0);
    if (asked->cfl > 0 && asked->cfl < options.cfl)
        options.cfl = asked->cfl;
    options.cycles = cli_count(args, "cycles", options.cycles);
    options.threads = (int)cli_count(args, "threads", 1);
    options.fixed_cycles = !options.accelerate && cli_count(args, "cycles", 0) > 0;
    options.progress = show_progress;
    options.user = &view;
    status = wadi_pulse_new(network, &options, &pulse, &err);
    if (!status && from)
        status = wadi_pulse_checkpoint_read(pulse, from, &err);
    if (!status) {
        signal(SIGINT, on_interrupt);
        status = wadi_pulse_run(pulse, &err);
        signal(SIGINT, SIG_DFL);
    }
    if (view.terminal)
        fputs("\r\033[K", stderr);
    if (!status && wadi_pulse_summarize(pulse).interrupted) {
        code = leave_checkpoint(args, pulse, &err);
        wadi_pulse_free(pulse);
        return code;
    }
    if (!status)
        status = put_pulse(args, network, pulse, began, &err);
    wadi_pulse_free(pulse);
    return status ? cli_failed(&err) : EXIT_DONE;
}

static long plan_wanted(const cli_args *args)
{
    return cli_count(args, "plan", cli_flag(args, "planned") ? 1 : 0);
}

/* The leg of a case, as it is or after one of its plans. */
static wadi_status make_leg(const cli_args *args, const wadi_case *the_case,
                            const wadi_limb *limb, wadi_network **network, wadi_error *err)
{
    wadi_plan_options planning = wadi_plan_options_default();
    wadi_plan_result *plan = NULL;
    wadi_model_table table;
    wadi_model model;
    double reference = -1;
    long rank = plan_wanted(args);
    wadi_status status = wadi_model_read(&table, err);

    if (status)
        return status;
    wadi_model_fit_case(&table, the_case);
    model = wadi_model_nominal(&table);
    if (rank) {
        planning.samples = 0;
        planning.waves = false;
        status = wadi_plan_case(the_case, &planning, &plan, err);
        if (!status && plan->plan_count < rank)
            status = wadi_fail(err, WADI_ERR_MISSING,
                               "%s: plan %ld is wanted, the case has %ld (verdict %s): wadi "
                               "plan says why",
                               cli_operand(args, 0), rank, (long)plan->plan_count,
                               wadi_verdict_name(plan->verdict));
        if (!status)
            reference = plan->before.femoral_flow_ml_min.value * WADI_M3_S_PER_ML_MIN;
    }
    if (!status)
        status = wadi_network_from_limb(rank ? plan->plans[rank - 1].limb : limb, &model,
                                        reference, network, err);
    wadi_plan_result_free(plan);
    return status;
}

/* An exit code; the network is set only with EXIT_DONE. */
static int read_case(const cli_args *args, wadi_network **network)
{
    wadi_case *the_case = NULL;
    wadi_limb *limb = NULL;
    wadi_error err = {0};
    int code = cli_read_case(cli_operand(args, 0), &the_case, &limb);

    if (!code && make_leg(args, the_case, limb, network, &err))
        code = cli_failed(&err);
    wadi_limb_free(limb);
    wadi_case_free(the_case);
    return code;
}

static bool is_case(const char *path)
{
    size_t size = strlen(path);

    return !strcmp(path, "-") || (size > 5 && !strcmp(path + size - 5, ".json"));
}

static const cli_option OPTIONS[] = {
    {.kind = CLI_TEXT,
     .name = "level",
     .metavar = "LEVEL",
     .choices = "steady|linear|pulse",
     .doc = "steady means, linear (frequency domain) or nonlinear pulse (default)"},
    {.kind = CLI_COUNT,
     .name = "cycles",
     .metavar = "N",
     .min = 1,
     .max = 1e6,
     .doc = "at most N heart cycles; exactly N with --no-accelerate"},
    {.kind = CLI_COUNT,
     .name = "threads",
     .metavar = "N",
     .min = 1,
     .max = 64,
     .doc = "threads of a pulse run (default 1); the answer does not depend on it"},
    {.kind = CLI_FLAG, .name = "no-accelerate", .doc = "run plain cycles from rest"},
    {.kind = CLI_NUMBER,
     .name = "tol-mmhg",
     .metavar = "MMHG",
     .min = 1e-9,
     .max = 1e3,
     .doc = "periodic when pressures repeat within this (default 0.1)"},
    {.kind = CLI_NUMBER,
     .name = "dx-mm",
     .metavar = "MM",
     .min = 1e-3,
     .max = 1e3,
     .doc = "longest cell (default 2.5)"},
    {.kind = CLI_NUMBER,
     .name = "dt-s",
     .metavar = "S",
     .min = 1e-9,
     .max = 1,
     .doc = "force one time step for all vessels"},
    {.kind = CLI_TEXT,
     .name = "from",
     .metavar = "CHECKPOINT",
     .doc = "go on from the state of an earlier run"},
    {.kind = CLI_FLAG, .name = "planned", .doc = "a case's leg after its best plan"},
    {.kind = CLI_COUNT,
     .name = "plan",
     .metavar = "N",
     .min = 1,
     .max = 3,
     .doc = "a case's leg after plan N of `wadi plan`; 1 is the best"},
    {.kind = CLI_FLAG,
     .name = "openbf-compat",
     .doc = "read an openBF model with openBF's quirks"},
    {.kind = CLI_TEXT,
     .name = "out",
     .letter = 'o',
     .metavar = "DIR",
     .doc =
         "write waveforms.csv, waveforms.svg, flow.pvd with its flow-NN.vtp (ParaView) and, at "
         "level pulse, checkpoint there"},
    {.kind = CLI_FLAG, .name = "json", .doc = "print JSON"},
    {0},
};

static bool given(const cli_args *args, const char *name)
{
    for (const cli_option *o = OPTIONS; o->name; o++)
        if (!strcmp(o->name, name))
            return o->kind == CLI_FLAG ? cli_flag(args, name)
                                       : cli_text(args, name, NULL) != NULL;
    return false;
}

/* Options that would be left aside are said, not swallowed. */
static int check_options(const cli_args *args, bool of_case, const char *level)
{
    static const char *const PULSE[] = {"cycles", "no-accelerate", "tol-mmhg", "dx-mm",
                                        "dt-s",   "from",          "threads"};

    for (size_t i = 0; i < sizeof PULSE / sizeof *PULSE; i++)
        if (strcmp(level, "pulse") != 0 && given(args, PULSE[i]))
            return cli_misused("flow", "--%s belongs to --level pulse, not to %s", PULSE[i],
                               level);
    if (!of_case && plan_wanted(args))
        return cli_misused("flow", "--%s wants a case, a file that ends in .json",
                           given(args, "plan") ? "plan" : "planned");
    if (of_case && given(args, "openbf-compat"))
        return cli_misused("flow", "--openbf-compat wants an openBF model, not a case");
    return EXIT_DONE;
}

/* A folder that cannot be written is better known before an hour of computing. */
static int check_directory(const char *path)
{
    struct stat found;

    if (!path || (stat(path, &found) && errno == ENOENT))
        return EXIT_DONE;
    if (!stat(path, &found) && S_ISDIR(found.st_mode) && !access(path, W_OK | X_OK))
        return EXIT_DONE;
    cli_note("wadi: %s: a folder that can be written is wanted for --out", path);
    return EXIT_FAILED;
}

static int run_flow(const cli_args *args)
{
    wadi_openbf_options reading = {.compat = cli_flag(args, "openbf-compat")};
    const char *level = cli_text(args, "level", "pulse"), *path = cli_operand(args, 0);
    wadi_openbf_solver asked = {0};
    wadi_network *network = NULL;
    wadi_error err = {0};
    double began = cpu_seconds();
    int code = check_options(args, is_case(path), level);

    if (!code)
        code = check_directory(cli_text(args, "out", NULL));
    if (code)
        return code;
    if (is_case(path))
        code = read_case(args, &network);
    else if (wadi_network_read_openbf(path, &reading, &network, &asked, &err))
        code = cli_failed(&err);
    if (code)
        return code;
    if (!strcmp(level, "pulse"))
        code = run_pulse(args, network, &asked, began);
    else if (run_linear(args, network, !strcmp(level, "steady"), began, &err))
        code = cli_failed(&err);
    wadi_network_free(network);
    return code;
}

const cli_verb CMD_FLOW = {
    .name = "flow",
    .operands = "CASE|NETWORK",
    .summary = "simulate blood flow over the heartbeat",
    .text =
        "A CASE is a file that ends in .json, or - for standard input: its leg as it is, or "
        "after one of\nits plans. A NETWORK is an openBF version 2 model (YAML) with its "
        "inlet file beside it.\n\nLevel pulse solves the nonlinear 1D equations to their "
        "periodic state; linear is small waves\nabout the mean, in milliseconds; steady is "
        "the mean alone. All three give the same keys and\nfiles; only pulse has a checkpoint. "
        "Ctrl-C leaves a "
        "checkpoint in --out or here; --from goes on from it.",
    .operand_min = 1,
    .operand_max = 1,
    .options = OPTIONS,
    .run = run_flow,
};
