/* Pulsatile flow: ratios to a bare kernel timed in the same run. Reads ../shared/data. */
#include "wadi/pulse.h"

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
    wadi_network_free(network);
    return 0;
failed:
    printf("%s: %s\n", name, err.message);
    wadi_pulse_free(pulse);
    wadi_network_free(network);
    return 1;
}

int main(void)
{
    printf("bare vein kernel: %.1f M updates/s\n", bare_rate(true, 1821) / 1e6);
    int adan = network_rate("ADAN56", "../shared/data/flow/boileau2015_adan56/adan56.yaml");
    int matthys = network_rate("Matthys 37",
                               "../shared/data/flow/matthys2007_37artery/invitro_model.yaml");
    return adan ? adan : matthys;
}
