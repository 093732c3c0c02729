/* Pulsatile flow: ratios to a bare kernel timed in the same run. Reads ../shared/data. */
#include "wadi/linear.h"
#include "wadi/plan.h"
#include "wadi/pulse.h"
#include "wadi/units.h"

#include <stdio.h>
#include <sys/resource.h>

static double cpu_s(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (double)used.ru_utime.tv_sec + 1e-6 * (double)used.ru_utime.tv_usec;
}

static double bare_rate(bool vein, long cells)
{
    wadi_error err;
    double updates = 0, began = cpu_s(), best = 0;

    for (int i = 0; i < 3; i++, began = cpu_s()) {
        if (wadi_pulse_bare_kernel(vein, cells, 20000, &updates, &err))
            return 0;
        double rate = updates / (cpu_s() - began);
        best = rate > best ? rate : best;
    }
    return best;
}

/* Everything is counted: coupling, mean, 20 harmonics; then the waveforms at the middles too.
 */
static void linear_time(const char *name, const wadi_network *network, double goal_ms)
{
    double best[2] = {1, 1};

    for (int i = 0; i < 40; i++) {
        wadi_linear_options options = wadi_linear_options_default();
        wadi_linear *linear = NULL;
        wadi_error err;
        double began;

        options.samples = i % 2 ? options.samples : 0;
        began = cpu_s();
        for (int k = 0; k < 10; k++) {
            if (wadi_linear_solve(network, &options, &linear, &err)) {
                printf("%s: %s\n", name, err.message);
                return;
            }
            wadi_linear_free(linear);
        }
        began = (cpu_s() - began) / 10;
        best[i % 2] = began < best[i % 2] ? began : best[i % 2];
    }
    printf("%s, linear: %.2f ms, %.2f ms with waveforms (goal %g ms)\n", name, 1e3 * best[0],
           1e3 * best[1], goal_ms);
}

static int network_rate(const char *name, const char *path)
{
    wadi_pulse_options options = wadi_pulse_options_default();
    wadi_network *network = NULL;
    wadi_pulse *pulse = NULL;
    wadi_error err = {0};
    wadi_pulse_summary s;
    double began, spent, bare, periodic_s;

    if (wadi_network_read_openbf(path, NULL, &network, NULL, &err)) {
        printf("%s: skipped: %s\n", name, err.message);
        return 77;
    }
    options.dx_m = 5e-3;
    options.accelerate = false;
    options.fixed_cycles = true;
    options.cycles = 20;
    if (wadi_pulse_new(network, &options, &pulse, &err))
        goto failed;
    bare = bare_rate(false, wadi_pulse_summarize(pulse).cells);
    began = cpu_s();
    if (wadi_pulse_run(pulse, &err))
        goto failed;
    spent = cpu_s() - began;
    s = wadi_pulse_summarize(pulse);
    printf("%s: %ld cells, %.1f ms a cycle, %.1f M updates/s, bare kernel %.1f M/s, ratio %.2f "
           "(>= 0.7)\n",
           name, s.cells, 1e3 * spent / (double)s.cycles, s.cell_updates / spent / 1e6,
           bare / 1e6, s.cell_updates / spent / bare);
    printf("%s: %.3g updates a cycle, %.2f of a global step (<= 0.35)\n", name, s.cycle_updates,
           s.cycle_updates / s.global_updates);
    wadi_pulse_free(pulse);
    options.accelerate = true;
    options.fixed_cycles = false;
    if (wadi_pulse_new(network, &options, &pulse, &err))
        goto failed;
    began = cpu_s();
    if (wadi_pulse_run(pulse, &err))
        goto failed;
    periodic_s = cpu_s() - began;
    s = wadi_pulse_summarize(pulse);
    printf("%s: periodic to 0.1 mmHg after %ld cycles, %.3f s\n", name, s.cycles, periodic_s);
    wadi_pulse_free(pulse);
    linear_time(name, network, 1);
    wadi_network_free(network);
    return 0;
failed:
    printf("%s: %s\n", name, err.message);
    wadi_pulse_free(pulse);
    wadi_network_free(network);
    return 1;
}

static void linear_leg(void)
{
    wadi_plan_options options = wadi_plan_options_default();
    wadi_plan_result *plan = NULL;
    wadi_network *network = NULL;
    wadi_case *the_case = NULL;
    wadi_model_table table;
    wadi_model model;
    wadi_error err = {0};

    options.samples = 0;
    options.waves = false;
    if (!wadi_case_read("cases/desert-foot.json", &the_case, NULL, &err) &&
        !wadi_plan_case(the_case, &options, &plan, &err) && plan->plan_count &&
        !wadi_model_read(&table, &err)) {
        wadi_model_fit_case(&table, the_case);
        model = wadi_model_nominal(&table);
        if (!wadi_network_from_limb(
                plan->plans[0].limb, &model,
                plan->before.femoral_flow_ml_min.value * WADI_M3_S_PER_ML_MIN, &network, &err))
            linear_time("leg after its plan", network, 5);
    }
    wadi_network_free(network);
    wadi_plan_result_free(plan);
    wadi_case_free(the_case);
}

int main(void)
{
    printf("bare vein kernel: %.1f M updates/s\n", bare_rate(true, 1821) / 1e6);
    linear_leg();
    int adan = network_rate("ADAN56", "../shared/data/flow/boileau2015_adan56/adan56.yaml");
    int matthys = network_rate("Matthys 37",
                               "../shared/data/flow/matthys2007_37artery/invitro_model.yaml");
    return adan ? adan : matthys;
}
