/* What joins vessels: mass, loops, valves, elements. */
#include "flow_cases.h"

static const double PERIOD = 1;

static wadi_network_vessel artery(const char *label, wadi_index from, wadi_index to,
                                  double length, double r0, double r1)
{
    return (wadi_network_vessel){.label = label,
                                 .from = from,
                                 .to = to,
                                 .length_m = length,
                                 .radius_from_m = r0,
                                 .radius_to_m = r1,
                                 .young_pa = 3e5,
                                 .p_ext_pa = 0,
                                 .profile = 9};
}

static wadi_network_vessel vein(const char *label, wadi_index from, wadi_index to,
                                double length, double r)
{
    return (wadi_network_vessel){.label = label,
                                 .from = from,
                                 .to = to,
                                 .length_m = length,
                                 .radius_from_m = r,
                                 .radius_to_m = 1.2 * r,
                                 .wall = WADI_NETWORK_VEIN,
                                 .stiffness_from_pa = 400,
                                 .stiffness_to_pa = 300,
                                 .profile = 2};
}

static wadi_network_element valve(const char *label, wadi_index from, wadi_index to,
                                  double area)
{
    return (wadi_network_element){.label = label,
                                  .kind = WADI_NETWORK_VALVE,
                                  .from = from,
                                  .to = to,
                                  .open_m2 = 0.9 * area,
                                  .closed_m2 = 1e-3 * area,
                                  .length_m = 5e-3,
                                  .opening_per_pa_s = 0.3,
                                  .closing_per_pa_s = 0.3};
}

static void add_element(wadi_network *network, wadi_network_element element)
{
    DEMAND(wadi_network_add_element(network, &element, err));
}

static void pulsatile(wadi_network *network, wadi_index node, double mean, double swing,
                      bool pressure)
{
    double time_s[101], value[101];

    for (int i = 0; i <= 100; i++) {
        time_s[i] = PERIOD * i / 100;
        value[i] = mean + swing * sin(2 * WADI_PI * (i % 100) / 100);
    }
    if (pressure)
        case_pressure(network, node, 101, time_s, value);
    else
        case_inflow(network, node, 101, time_s, value);
}

/* An artery that splits, meets again, feeds a bed of two chambers, and drains through a valve
 * and a vein that loops too. */
static wadi_network *looped_limb(void)
{
    wadi_network *n = case_new(1060, 3.5e-3, 0);
    const wadi_network_outlet end = {.node = 10, .kind = WADI_NETWORK_FIXED, .p_out_pa = 600};

    case_vessel(n, artery("feeder", 0, 1, 0.2, 4e-3, 3.5e-3));
    case_vessel(n, artery("left way", 1, 2, 0.15, 2.5e-3, 2e-3));
    case_vessel(n, artery("right way", 1, 2, 0.18, 2e-3, 2e-3));
    case_vessel(n, artery("rung", 1, 2, 0.03, 1e-3, 1e-3));
    case_vessel(n, artery("distal", 2, 3, 0.1, 2.5e-3, 2e-3));
    add_element(n, (wadi_network_element){
                       .label = "arteriole", .from = 3, .to = 4, .resistance_pa_s_m3 = 5e9});
    add_element(n, (wadi_network_element){.label = "venule",
                                          .from = 4,
                                          .to = 5,
                                          .resistance_pa_s_m3 = 5e8,
                                          .back_resistance_pa_s_m3 = 2e9});
    for (wadi_index node = 4; node < 5; node++) {
        const wadi_network_chamber c = {
            .node = node, .compliance_m3_pa = 2e-11, .p_start_pa = 2000};
        DEMAND(wadi_network_add_chamber(n, &c, err));
    }
    case_vessel(n, vein("foot vein", 5, 6, 0.1, 2e-3));
    add_element(n, valve("lower valve", 6, 7, WADI_PI * 2.4e-3 * 2.4e-3));
    case_vessel(n, vein("deep", 7, 8, 0.2, 2.4e-3));
    case_vessel(n, vein("superficial", 7, 8, 0.22, 1.8e-3));
    add_element(n, valve("upper valve", 8, 9, WADI_PI * 3e-3 * 3e-3));
    case_vessel(n, vein("outflow", 9, 10, 0.2, 3e-3));
    DEMAND(wadi_network_add_outlet(n, &end, err));
    pulsatile(n, 0, 2.5e-6, 2e-6, false);
    wadi_network_set_start(n, 800);
    return n;
}

static void mass_is_kept_through_loops_beds_and_valves(void **state)
{
    wadi_network *n = looped_limb();
    wadi_pulse *pulse;

    (void)state;
    DEMAND(wadi_network_finish(n, err));
    pulse = case_run(n, 5e-3, 1);
    for (int cycle = 0; cycle < 4; cycle++) {
        double opening;
        wadi_pulse_element(pulse, 2, NULL, &opening, NULL);
        assert_true(wadi_pulse_summarize(pulse).mass_balance < 1e-10);
        assert_true(opening >= 0 && opening <= 1);
        DEMAND(wadi_pulse_run(pulse, err));
    }
    print_message("mass balance %.1e\n", wadi_pulse_summarize(pulse).mass_balance);
    wadi_pulse_free(pulse);
    wadi_network_free(n);
}

static void looped_limb_becomes_periodic_at_every_cell_length(void **state)
{
    const double cells[] = {2.5e-3, 5e-3, 1e-2};

    (void)state;
    for (int i = 0; i < 3; i++) {
        wadi_network *n = looped_limb();
        wadi_pulse_options options = wadi_pulse_options_default();
        wadi_pulse *pulse = NULL;
        wadi_pulse_indices in, out;

        DEMAND(wadi_network_finish(n, err));
        options.dx_m = cells[i];
        DEMAND(wadi_pulse_new(n, &options, &pulse, err));
        DEMAND(wadi_pulse_run(pulse, err));
        wadi_pulse_indices_of(pulse, 0, &in);
        wadi_pulse_indices_of(pulse, 8, &out);
        print_message("%g mm: periodic after %ld cycles, in %.4g out %.4g m3/s\n",
                      1e3 * cells[i], wadi_pulse_summarize(pulse).cycles, in.q_mean_m3_s,
                      out.q_mean_m3_s);
        assert_near(out.q_mean_m3_s, in.q_mean_m3_s, 0.01, 0);
        wadi_pulse_free(pulse);
        wadi_network_free(n);
    }
}

/* ---- valves ---- */

/* Vein - valve - vein between two pressures. */
static wadi_pulse *valve_run(double p_below, double p_above, long cycles,
                             wadi_network **network)
{
    wadi_network *n = case_new(1060, 3.5e-3, 0);
    double time_s[1] = {0};
    wadi_pulse_options options = wadi_pulse_options_default();
    wadi_pulse *pulse = NULL;

    case_vessel(n, vein("below", 0, 1, 0.1, 2e-3));
    add_element(n, valve("valve", 1, 2, WADI_PI * 2e-3 * 2e-3));
    case_vessel(n, vein("above", 2, 3, 0.1, 2e-3));
    case_pressure(n, 0, 1, time_s, &p_below);
    case_pressure(n, 3, 1, time_s, &p_above);
    wadi_network_set_period(n, 0.5);
    wadi_network_set_start(n, 0.5 * (p_below + p_above));
    DEMAND(wadi_network_finish(n, err));
    options.dx_m = 5e-3;
    options.accelerate = false;
    options.fixed_cycles = true;
    options.cycles = cycles;
    DEMAND(wadi_pulse_new(n, &options, &pulse, err));
    DEMAND(wadi_pulse_run(pulse, err));
    *network = n;
    return pulse;
}

static void valve_closes_within_half_a_second_and_hardly_leaks(void **state)
{
    wadi_network *open_network, *shut_network;
    wadi_pulse *open = valve_run(1400, 1200, 6, &open_network);
    wadi_pulse *shut = valve_run(1000, 2000, 1, &shut_network);
    double forward, leak, opening;

    (void)state;
    wadi_pulse_element(open, 0, NULL, &opening, &forward);
    assert_true(opening > 0.9 && forward > 0);
    wadi_pulse_element(shut, 0, NULL, &opening, NULL);
    print_message("after 0.5 s: opening %.2e\n", opening);
    assert_true(opening < 0.01);
    DEMAND(wadi_pulse_run(shut, err));
    DEMAND(wadi_pulse_run(shut, err));
    wadi_pulse_element(shut, 0, NULL, &opening, &leak);
    print_message("forward %.3g m3/s, leak %.3g m3/s (%.3f %%)\n", forward, leak,
                  100 * fabs(leak) / forward);
    assert_true(fabs(leak) < 0.01 * forward);
    wadi_pulse_free(open);
    wadi_pulse_free(shut);
    wadi_network_free(open_network);
    wadi_network_free(shut_network);
}

/* Standing up: 1.2 m of column above; the valve keeps it from the foot. The vein below is fed
 * by a trickle, so at first it is as empty as lying down. */
static void closed_valve_shields_the_foot_from_the_column(void **state)
{
    wadi_network *n = case_new(1060, 3.5e-3, 9.81);
    const double foot[3] = {0, 0, 0}, knee[3] = {0, 0, 0.4}, hip[3] = {0, 0, 0.9};
    double time_s[1] = {0}, trickle[1] = {1e-9}, heart[1] = {800};
    wadi_pulse_options options = wadi_pulse_options_default();
    wadi_pulse *pulse = NULL;
    double a[100], q[100], r;

    (void)state;
    case_vessel(n, vein("below", 0, 1, 0.4, 3e-3));
    add_element(n, valve("valve", 1, 2, WADI_PI * 3e-3 * 3e-3));
    case_vessel(n, vein("above", 2, 3, 0.5, 3e-3));
    case_inflow(n, 0, 1, time_s, trickle);
    case_pressure(n, 3, 1, time_s, heart);
    DEMAND(wadi_network_place(n, 0, foot, err));
    DEMAND(wadi_network_place(n, 1, knee, err));
    DEMAND(wadi_network_place(n, 2, knee, err));
    DEMAND(wadi_network_place(n, 3, hip, err));
    wadi_network_set_period(n, 0.5);
    wadi_network_set_start(n, 800 + 1060 * 9.81 * 0.9);
    DEMAND(wadi_network_finish(n, err));
    options.dx_m = 1e-2;
    options.accelerate = false;
    options.fixed_cycles = true;
    options.cycles = 4;
    DEMAND(wadi_pulse_new(n, &options, &pulse, err));
    /* Below the valve the column of 0.4 m alone. */
    wadi_index count = wadi_pulse_cells(pulse, 0, NULL, NULL, NULL, NULL);
    for (wadi_index i = 0; i < count; i++) {
        double x = (i + 0.5) / count, k = 400 - 100 * x, p = 800 + 1060 * 9.81 * 0.4 * (1 - x);
        double ratio = 1;
        r = 3e-3 * (1 + 0.2 * x);
        for (int m = 0; m < 100; m++)
            ratio -= (k * (pow(ratio, 10) - pow(ratio, -1.5)) - p) /
                     (k * (10 * pow(ratio, 9) + 1.5 * pow(ratio, -2.5)));
        a[i] = WADI_PI * r * r * ratio;
        q[i] = 0;
    }
    wadi_pulse_set_cells(pulse, 0, a, q);
    DEMAND(wadi_pulse_run(pulse, err));
    double full = 800 + 1060 * 9.81 * 0.9, own = 800 + 1060 * 9.81 * 0.4;
    double at_foot = wadi_pulse_node_pressure(pulse, 0);
    print_message("foot: %.0f Pa; without a valve %.0f, its own column %.0f\n", at_foot, full,
                  own);
    assert_true(at_foot < own + 0.1 * (full - own));
    wadi_pulse_free(pulse);
    wadi_network_free(n);
}

/* Run one chain; 1 where it loses its solution or its mass. */
static int run_chain(wadi_pulse *pulse, int chain)
{
    wadi_error problem = {0};
    wadi_status status = wadi_pulse_run(pulse, &problem);
    wadi_pulse_summary summary = wadi_pulse_summarize(pulse);

    if (!status && summary.mass_balance < 1e-9 && !summary.newton_failures)
        return 0;
    print_message("chain %d: %s, mass balance %.1e, %ld joints without a solution\n", chain,
                  status ? problem.message : "ran", summary.mass_balance,
                  summary.newton_failures);
    return status || summary.mass_balance >= 1e-9;
}

/* Chains of 2 to 5 valves, random sizes and pressures, through sudden reversals. All are drawn,
 * those from `first` on are run, so that a long test can go in pieces. */
static void random_valve_chains(int first, int chains)
{
    wadi_random random;
    long failures = 0, lost = 0;

    wadi_random_init(&random, 20260101,
                     getenv("WADI_VERIFY_SEED") ? (uint64_t)atoi(getenv("WADI_VERIFY_SEED"))
                                                : 0);
    for (int chain = 0; chain < chains; chain++) {
        wadi_network *n = case_new(1060, 3.5e-3, 0);
        int count = 3 + (int)(4 * wadi_random_uniform(&random));
        double time_s[5], p[2][5], unit;
        wadi_pulse_options options = wadi_pulse_options_default();
        wadi_pulse *pulse = NULL;
        char label[16];

        for (int i = 0; i < count; i++) {
            double r = 5e-4 * pow(8, wadi_random_uniform(&random));
            snprintf(label, sizeof label, "v%d", i);
            case_vessel(n, vein(label, 2 * i, 2 * i + 1,
                                0.01 + 0.05 * wadi_random_uniform(&random), r));
            if (i) {
                wadi_network_element e = valve(label, 2 * i - 1, 2 * i, WADI_PI * r * r);
                e.opening_per_pa_s = e.closing_per_pa_s =
                    0.01 * pow(1000, wadi_random_uniform(&random));
                e.closed_m2 *= pow(100, wadi_random_uniform(&random) - 0.5);
                add_element(n, e);
            }
        }
        unit = 200 * pow(20, wadi_random_uniform(&random));
        for (int i = 0; i < 5; i++) {
            time_s[i] = 0.025 * i;
            p[0][i] = unit * wadi_random_uniform(&random);
            p[1][i] = unit * wadi_random_uniform(&random);
        }
        p[0][4] = p[0][0];
        p[1][4] = p[1][0];
        case_pressure(n, 0, 5, time_s, p[0]);
        case_pressure(n, 2 * count - 1, 5, time_s, p[1]);
        if (chain < first) {
            wadi_network_free(n);
            continue;
        }
        wadi_network_set_start(n, 0.5 * unit);
        DEMAND(wadi_network_finish(n, err));
        options.dx_m = 1e-2;
        options.sample_s = 0.01;
        options.accelerate = false;
        options.fixed_cycles = true;
        options.cycles = 1;
        DEMAND(wadi_pulse_new(n, &options, &pulse, err));
        lost += run_chain(pulse, chain);
        failures += wadi_pulse_summarize(pulse).newton_failures;
        wadi_pulse_free(pulse);
        wadi_network_free(n);
    }
    print_message("%d chains, %ld joints without a Newton solution\n", chains - first,
                  failures);
    assert_int_equal(failures, 0);
    assert_int_equal(lost, 0);
}

static void valve_chains_never_lose_the_newton_solution(void **state)
{
    (void)state;
    const char *first = getenv("WADI_VERIFY_FIRST"), *end = getenv("WADI_VERIFY_END");

    random_valve_chains(first ? atoi(first) : 0, end                          ? atoi(end)
                                                 : getenv("WADI_VERIFY_FULL") ? 10000
                                                                              : 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mass_is_kept_through_loops_beds_and_valves),
        cmocka_unit_test(looped_limb_becomes_periodic_at_every_cell_length),
        cmocka_unit_test(valve_closes_within_half_a_second_and_hardly_leaks),
        cmocka_unit_test(closed_valve_shields_the_foot_from_the_column),
        cmocka_unit_test(valve_chains_never_lose_the_newton_solution),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
