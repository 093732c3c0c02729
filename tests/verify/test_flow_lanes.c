/* Joints side by side, parameter sets side by side and threads: none of them may change what a
 * joint, a set or a run comes to. */
#include "flow/pulse_impl.h"
#include "flow_cases.h"

/* A small limb: arteries with a branch and a stenosis, a bed with chambers, tapered and uniform
 * veins with valves, all numbers a little off by `set`. */
static wadi_network *limb_like(int set)
{
    const double off = 1 + 0.03 * set, k = 4e4 * (1 + 0.05 * set);
    double time_s[41], pressure[41];
    wadi_network *n = case_new(1060, 4e-3 * (1 + 0.02 * set), 9.81);

    for (int i = 0; i <= 40; i++) {
        time_s[i] = 0.8 * i / 40;
        pressure[i] = 12000 + 3000 * off * sin(2 * WADI_PI * (i % 40) / 40.0);
    }
    const wadi_network_inlet heart = {.node = 0,
                                      .kind = WADI_NETWORK_PRESSURE,
                                      .signal = {41, time_s, pressure},
                                      .resistance_pa_s_m3 = 2e7 * off,
                                      .inertance_pa_s2_m3 = 1e5};
    const struct {
        const char *label;
        wadi_index from, to;
        double length_m, r0, r1;
        bool vein;
    } tubes[] = {
        {"iliac", 0, 1, 0.2, 4e-3, 3.5e-3, false},
        {"posterior", 1, 2, 0.25, 2.2e-3, 2.0e-3, false},
        {"anterior", 1, 3, 0.28, 2.0e-3, 1.5e-3, false},
        {"short", 4, 5, 0.012, 1.8e-3, 1.8e-3, false},
        {"deep", 8, 10, 0.1, 3e-3, 3e-3, true},
        {"deep above", 11, 13, 0.2, 3e-3, 4e-3, true},
        {"superficial", 9, 12, 0.3, 2.5e-3, 2.5e-3, true},
        {"femoral", 13, 14, 0.2, 4.5e-3, 4.5e-3, true},
    };
    for (size_t i = 0; i < WADI_COUNT_OF(tubes); i++)
        case_vessel(n, (wadi_network_vessel){
                           .label = tubes[i].label,
                           .from = tubes[i].from,
                           .to = tubes[i].to,
                           .length_m = tubes[i].length_m,
                           .radius_from_m = tubes[i].r0 * off,
                           .radius_to_m = tubes[i].r1 * off,
                           .wall = tubes[i].vein ? WADI_NETWORK_VEIN : WADI_NETWORK_ARTERY,
                           .stiffness_from_pa = tubes[i].vein ? 500 * off : k,
                           .stiffness_to_pa = tubes[i].vein ? 500 * off : 1.2 * k,
                           .p_ext_pa = tubes[i].vein ? 0 : 11000,
                           .wall_pa_s_m = tubes[i].vein ? 0 : 0.5,
                           .loss_to = 0.1,
                           .profile = 2});
    const wadi_network_element elements[] = {
        {.label = "stenosis",
         .from = 2,
         .to = 4,
         .resistance_pa_s_m3 = 4e8 * off,
         .quadratic_pa_s2_m6 = 1e13,
         .inertance_pa_s2_m3 = 1e6},
        {.label = "arteriole", .from = 5, .to = 6, .resistance_pa_s_m3 = 5e9 * off},
        {.label = "other arteriole", .from = 3, .to = 6, .resistance_pa_s_m3 = 8e9 * off},
        {.label = "venule", .from = 6, .to = 7, .resistance_pa_s_m3 = 1e9},
        {.label = "into deep", .from = 7, .to = 8, .resistance_pa_s_m3 = 2e8},
        {.label = "into superficial", .from = 7, .to = 9, .resistance_pa_s_m3 = 4e8 * off},
        {.label = "valve",
         .kind = WADI_NETWORK_VALVE,
         .from = 10,
         .to = 11,
         .open_m2 = 2e-5 * off,
         .closed_m2 = 1e-10,
         .length_m = 5e-3,
         .opening_per_pa_s = 0.3,
         .closing_per_pa_s = 0.3},
        {.label = "upper valve",
         .kind = WADI_NETWORK_VALVE,
         .from = 12,
         .to = 13,
         .open_m2 = 1.5e-5,
         .closed_m2 = 1e-10,
         .length_m = 5e-3,
         .opening_per_pa_s = 0.3 * off,
         .closing_per_pa_s = 0.3},
        {.label = "outflow",
         .kind = WADI_NETWORK_STARLING,
         .from = 14,
         .to = 15,
         .resistance_pa_s_m3 = 1e7 * off,
         .p_ext_pa = 300},
    };
    for (size_t i = 0; i < WADI_COUNT_OF(elements); i++)
        DEMAND(wadi_network_add_element(n, &elements[i], err));
    for (int i = 0; i < 2; i++) {
        const wadi_network_chamber chamber = {
            .node = 6 + i, .compliance_m3_pa = 3e-10 * off, .p_start_pa = 2000};
        DEMAND(wadi_network_add_chamber(n, &chamber, err));
    }
    const wadi_network_outlet vena_cava = {
        .node = 15, .kind = WADI_NETWORK_FIXED, .p_out_pa = 600 * off};
    DEMAND(wadi_network_add_outlet(n, &vena_cava, err));
    for (wadi_index i = 0; i < 16; i++) {
        const double at[3] = {0, 0, 0.01 * (double)(i % 4)};
        DEMAND(wadi_network_place(n, i, at, err));
    }
    DEMAND(wadi_network_add_inlet(n, &heart, err));
    wadi_network_set_start(n, 1500);
    DEMAND(wadi_network_finish(n, err));
    return n;
}

static wadi_pulse_options few_cycles(double time_step_s)
{
    wadi_pulse_options options = wadi_pulse_options_default();

    options.dx_m = 5e-3;
    options.accelerate = false;
    options.fixed_cycles = true;
    options.cycles = 2;
    options.time_step_s = time_step_s;
    return options;
}

/* The two ways to solve a joint are written apart; they mean the same. */
static void joints_come_to_the_same_side_by_side_and_one_by_one(void **state)
{
    wadi_network *n = limb_like(0);
    const wadi_pulse_options options = few_cycles(0);
    wadi_pulse *run[2];
    double worst = 0, high = 0;

    (void)state;
    for (int i = 0; i < 2; i++) {
        DEMAND(wadi_pulse_new(n, &options, &run[i], err));
        run[i]->alone = i == 1;
        DEMAND(pulse_mesh_lay(run[i], err));
        assert_true((run[i]->pack_count > 0) == (i == 0));
        DEMAND(wadi_pulse_run(run[i], err));
    }
    assert_true(run[0]->reservoir_count > 0);
    assert_int_equal(run[0]->samples, run[1]->samples);
    for (size_t i = 0; i < 8 * WADI_PULSE_PLACES * run[0]->samples; i++) {
        worst = fmax(worst, fabs(run[0]->waves.p[i] - run[1]->waves.p[i]));
        high = fmax(high, fabs(run[0]->waves.p[i]));
    }
    print_message("side by side and one by one differ by %.1e of %.0f Pa\n", worst, high);
    assert_true(worst <= 1e-8 * high);
    wadi_pulse_free(run[0]);
    wadi_pulse_free(run[1]);
    wadi_network_free(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joints_come_to_the_same_side_by_side_and_one_by_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
