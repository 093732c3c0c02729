/* Pulsatile flow: the rows of the speed table. Pass marks are ratios within one run, timed in
 * turns; seconds are processor time. Reads ../shared/data and cases/. */
#include "flow/pulse_network_impl.h"
#include "wadi/batch.h"
#include "wadi/linear.h"
#include "wadi/plan.h"

#include <stdio.h>
#include <sys/resource.h>

enum { TURNS = 3, SETS = 8 };

static double cpu_s(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (double)used.ru_utime.tv_sec + 1e-6 * (double)used.ru_utime.tv_usec;
}

static double peak_mb(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (double)used.ru_maxrss / 1024;
}

static double bare_rate(bool vein, long cells)
{
    wadi_error err;
    double updates = 0, began = cpu_s();

    if (wadi_pulse_bare_kernel(vein, cells, 1 + 36000000 / cells, &updates, &err))
        return 0;
    return updates / (cpu_s() - began);
}

static wadi_pulse_options options_for(long cycles)
{
    wadi_pulse_options options = wadi_pulse_options_default();

    options.dx_m = 5e-3;
    if (cycles) {
        options.accelerate = false;
        options.fixed_cycles = true;
        options.cycles = cycles;
    }
    return options;
}

/* A run and its time; the time is infinite where it fails. */
static double timed_run(const wadi_network *network, const wadi_pulse_options *options,
                        wadi_pulse_summary *summary)
{
    wadi_pulse *pulse = NULL;
    wadi_error err = {0};
    double began, spent = INFINITY;

    began = cpu_s();
    if (!wadi_pulse_new(network, options, &pulse, &err) && !wadi_pulse_run(pulse, &err)) {
        spent = cpu_s() - began;
        *summary = wadi_pulse_summarize(pulse);
    } else {
        printf("failed: %s\n", err.message);
    }
    wadi_pulse_free(pulse);
    return spent;
}

/* Share of a bare kernel, work of a cycle. */
static void sustained(const char *name, const wadi_network *network)
{
    const wadi_pulse_options options = options_for(10);
    wadi_pulse_summary s = {0};
    double best = INFINITY, bare = 0;

    timed_run(network, &options, &s);
    for (int turn = 0; turn < TURNS; turn++) {
        bare = fmax(bare, bare_rate(false, s.cells));
        best = fmin(best, timed_run(network, &options, &s));
    }
    printf("%s: %ld cells, %.1f M updates/s, bare kernel %.1f M/s, ratio %.2f (>= 0.7)\n", name,
           s.cells, s.cell_updates / best / 1e6, bare / 1e6, s.cell_updates / best / bare);
    printf("%s: %.3g updates a cycle, %.2f of a global step (<= 0.35)\n", name, s.cycle_updates,
           s.cycle_updates / s.global_updates);
    printf("%s: %.1f ms a cycle, the process has needed %.1f MB so far\n", name,
           1e3 * best / (double)s.cycles, peak_mb());
}

static void periodic(const char *name, const wadi_network *network)
{
    wadi_pulse_options options = options_for(0);
    wadi_pulse_summary s = {0}, plain = {0};
    double best = INFINITY, linear = INFINITY;
    wadi_error err;

    for (int turn = 0; turn < TURNS; turn++) {
        wadi_linear_options how = wadi_linear_options_default();
        wadi_linear *solution = NULL;
        double began = cpu_s();

        how.samples = 0;
        if (!wadi_linear_solve(network, &how, &solution, &err))
            linear = fmin(linear, cpu_s() - began);
        wadi_linear_free(solution);
        best = fmin(best, timed_run(network, &options, &s));
    }
    options.accelerate = false;
    timed_run(network, &options, &plain);
    printf("%s: periodic and proved after %ld cycles (%.1f cycles' work), %.3f s; from rest "
           "%ld\n",
           name, s.cycles, s.cell_updates / s.cycle_updates, best, plain.cycles);
    printf("%s: linear level %.2f ms\n", name, 1e3 * linear);
}

/* ---- batch ---- */

/* The numbers of a network a little off. */
static void vary(wadi_network *n, int set)
{
    const double off = 1 + 0.005 * set;

    for (wadi_index i = 0; i < n->vessel_count; i++) {
        n->vessels[i].stiffness_from_pa *= off;
        n->vessels[i].stiffness_to_pa *= off;
        n->vessels[i].young_pa *= off;
    }
    for (wadi_index i = 0; i < n->outlet_count; i++)
        n->outlets[i].resistance_pa_s_m3 *= off;
    for (wadi_index i = 0; i < n->element_count; i++)
        n->elements[i].resistance_pa_s_m3 *= off;
}

static void batch(const char *name, wadi_network *const *networks)
{
    wadi_pulse_options options = options_for(2);
    wadi_pulse_summary s = {0}, b = {0};
    double one = INFINITY, all = INFINITY, artery = 0, vein = 0, rate;
    wadi_error err = {0};

    options.accelerate = true; /* from the linear solution */
    for (int turn = 0; turn < TURNS; turn++) {
        wadi_flow_batch *run = NULL;
        double began = cpu_s(), spent = 0;

        if (wadi_flow_batch_new((const wadi_network *const *)networks, SETS, &options, &run,
                                &err) ||
            wadi_flow_batch_run(run, &err)) {
            printf("%s: batch failed: %s\n", name, err.message);
            wadi_flow_batch_free(run);
            return;
        }
        all = fmin(all, cpu_s() - began);
        b = wadi_pulse_summarize(wadi_flow_batch_at(run, 0));
        wadi_flow_batch_free(run);
        for (int set = 0; set < SETS; set++)
            spent += timed_run(networks[set], &options, &s);
        one = fmin(one, spent);
        artery = fmax(artery, bare_rate(false, SETS * s.cells));
        vein = fmax(vein, bare_rate(true, SETS * s.cells));
    }
    rate = SETS * s.cell_updates / one;
    printf("%s: batch of %d %.2f times the throughput (>= 3): %.3f s against %.3f s; %.1f M "
           "updates/s against %.1f\n",
           name, SETS, one / all, all, one, SETS * b.cell_updates / all / 1e6, rate / 1e6);
    printf("%s: cells of so many sets alone, and all else for nothing, would be %.2f times "
           "(veins) to %.2f (arteries)\n",
           name, vein / rate, artery / rate);
}

/* ---- networks ---- */

static int openbf(const char *name, const char *path, bool whole)
{
    wadi_network *networks[SETS] = {NULL};
    wadi_error err = {0};

    for (int set = 0; set < (whole ? SETS : 1); set++) {
        if (wadi_network_read_openbf(path, NULL, &networks[set], NULL, &err)) {
            printf("%s: skipped: %s\n", name, err.message);
            return 77;
        }
        vary(networks[set], set);
    }
    sustained(name, networks[0]);
    periodic(name, networks[0]);
    if (whole)
        batch(name, networks);
    for (int set = 0; set < SETS; set++)
        wadi_network_free(networks[set]);
    return 0;
}

static wadi_status limb_rows(const char *name, const wadi_limb *limb, const wadi_model *model,
                             double reference, wadi_error *err)
{
    wadi_network *networks[SETS] = {NULL};
    wadi_status status = WADI_OK;

    for (int set = 0; set < SETS && !status; set++) {
        status = wadi_network_from_limb(limb, model, reference, &networks[set], err);
        if (!status)
            vary(networks[set], set);
    }
    if (!status) {
        sustained(name, networks[0]);
        periodic(name, networks[0]);
        batch(name, networks);
    }
    for (int set = 0; set < SETS; set++)
        wadi_network_free(networks[set]);
    return status;
}

static int leg(const char *path)
{
    wadi_plan_options planning = wadi_plan_options_default();
    wadi_complaints complaints = {0};
    wadi_plan_result *plan = NULL;
    wadi_case *the_case = NULL;
    wadi_limb *limb = NULL;
    wadi_model_table table;
    wadi_model model;
    wadi_error err = {0};
    wadi_status status = wadi_case_read(path, &the_case, &complaints, &err);

    if (!status)
        status = wadi_model_read(&table, &err);
    if (!status)
        status = wadi_limb_from_case(the_case, &limb, &err);
    if (!status) {
        wadi_model_fit_case(&table, the_case);
        model = wadi_model_nominal(&table);
        status = limb_rows("leg before", limb, &model, -1, &err);
    }
    planning.samples = 0;
    if (!status)
        status = wadi_plan_case(the_case, &planning, &plan, &err);
    if (!status && plan->plan_count)
        status = limb_rows("leg after", plan->plans[0].limb, &model,
                           plan->before.femoral_flow_ml_min.value * WADI_M3_S_PER_ML_MIN, &err);
    if (status)
        printf("leg: %s\n", err.message);
    wadi_plan_result_free(plan);
    wadi_limb_free(limb);
    wadi_case_free(the_case);
    wadi_complaints_clear(&complaints);
    return status ? 1 : 0;
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    int adan = openbf("ADAN56", "../shared/data/flow/boileau2015_adan56/adan56.yaml", true);
    int matthys = openbf("Matthys 37",
                         "../shared/data/flow/matthys2007_37artery/invitro_model.yaml", false);
    int limb;

    printf("bare vein kernel: %.1f M updates/s (goal 40)\n", bare_rate(true, 1821) / 1e6);
    limb = leg("cases/desert-foot.json");
    return adan ? adan : matthys ? matthys : limb;
}
