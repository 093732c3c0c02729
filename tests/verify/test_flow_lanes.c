/* Joints side by side, parameter sets side by side and threads: none of them may change what a
 * joint, a set or a run comes to. */
#include "flow/pulse_impl.h"
#include "flow_cases.h"
#include "wadi/batch.h"
#include "wadi/plan.h"

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
        const double at[3] = {0, 0, i < 13 ? 0.01 * (double)(i % 4) : 0};
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

/* ---- sets side by side ---- */

/* The numbers of a network a little off, in place. */
static void vary(wadi_network *n, int set)
{
    const double off = 1 + 0.01 * set;

    for (wadi_index i = 0; i < n->vessel_count; i++) {
        n->vessels[i].radius_from_m *= 1 + 0.005 * set;
        n->vessels[i].radius_to_m *= 1 + 0.005 * set;
        n->vessels[i].stiffness_from_pa *= off;
        n->vessels[i].stiffness_to_pa *= off;
        n->vessels[i].young_pa *= off;
    }
    for (wadi_index i = 0; i < n->outlet_count; i++)
        n->outlets[i].resistance_pa_s_m3 *= off;
    for (wadi_index i = 0; i < n->element_count; i++) {
        n->elements[i].resistance_pa_s_m3 *= off;
        n->elements[i].quadratic_pa_s2_m6 *= off;
    }
    for (wadi_index i = 0; i < n->chamber_count; i++)
        n->chambers[i].compliance_m3_pa *= off;
}

static bool other_bits(const void *a, const void *b, size_t count)
{
    return memcmp(a, b, count * sizeof(double)) != 0;
}

static bool differ(const wadi_pulse *a, const wadi_pulse *b)
{
    size_t count = (size_t)a->vessel_count * WADI_PULSE_PLACES * a->samples;

    assert_int_equal(a->samples, b->samples);
    assert_int_equal(a->steps, b->steps);
    assert_int_equal(a->cycle, b->cycle);
    return other_bits(a->waves.p, b->waves.p, count) ||
           other_bits(a->waves.q, b->waves.q, count) ||
           other_bits(a->state, b->state, a->state_size) ||
           other_bits(&a->mass_balance, &b->mass_balance, 1);
}

/* Networks of `count` sets in one batch and each by itself. */
static void compare_bits(wadi_network **n, size_t count, const wadi_pulse_options *options)
{
    wadi_flow_batch *batch;
    size_t apart = 0;

    DEMAND(wadi_flow_batch_new((const wadi_network *const *)n, count, options, &batch, err));
    DEMAND(wadi_flow_batch_run(batch, err));
    assert_int_equal(wadi_flow_batch_count(batch), count);
    for (size_t set = 0; set < count; set++) {
        const wadi_pulse *of_batch = wadi_flow_batch_at(batch, set);
        double area[2][200];
        wadi_pulse *run;

        DEMAND(wadi_pulse_new(n[set], options, &run, err));
        DEMAND(wadi_pulse_run(run, err));
        assert_int_equal(of_batch->reservoir_count, run->reservoir_count);
        assert_int_equal(differ(run, of_batch), 0);
        for (int i = 0; i < 2; i++)
            wadi_pulse_cells(i ? run : of_batch, 0, NULL, area[i], NULL, NULL);
        assert_memory_equal(area[0], area[1],
                            (size_t)run->vessels[0].cell_count * sizeof(double));
        apart += set && other_bits(run->waves.p, wadi_flow_batch_at(batch, 0)->waves.p, 100);
        wadi_pulse_free(run);
    }
    assert_int_equal(apart, count - 1); /* the sets are not all one */
    wadi_flow_batch_free(batch);
}

static void sets_have_the_same_bits_in_a_batch_and_by_themselves(void **state)
{
    wadi_network *n[WADI_FLOW_BATCH_MOST];
    wadi_pulse_options options = few_cycles(2e-4);

    (void)state;
    for (int set = 0; set < WADI_FLOW_BATCH_MOST; set++)
        n[set] = limb_like(set);
    options.dx_m = 1e-2;
    compare_bits(n, WADI_FLOW_BATCH_MOST, &options);
    compare_bits(n, 3, &options);
    /* To the periodic state: each set stops where it would stop by itself. */
    options.fixed_cycles = false;
    options.accelerate = true;
    options.cycles = 30;
    compare_bits(n, 2, &options);
    for (int set = 0; set < WADI_FLOW_BATCH_MOST; set++)
        wadi_network_free(n[set]);
}

static void arteries_have_the_same_bits_in_a_batch(void **state)
{
    const char *adan = "../shared/data/flow/boileau2015_adan56/adan56.yaml";
    wadi_pulse_options options = few_cycles(1e-4);
    wadi_network *n[3];
    FILE *there = fopen(adan, "r");

    (void)state;
    if (!there) {
        print_message("ADAN56: skipped, %s is not there\n", adan);
        skip();
    }
    fclose(there);
    options.cycles = 1;
    options.dx_m = 5e-2;
    for (int set = 0; set < 3; set++) {
        DEMAND(wadi_network_read_openbf(adan, NULL, &n[set], NULL, err));
        vary(n[set], set);
    }
    compare_bits(n, 3, &options);
    for (int set = 0; set < 3; set++)
        wadi_network_free(n[set]);
}

static void compare_leg(const wadi_limb *limb, const wadi_model *model, double reference,
                        double time_step_s)
{
    wadi_pulse_options options = few_cycles(time_step_s);
    wadi_network *n[2];

    for (int set = 0; set < 2; set++) {
        DEMAND(wadi_network_from_limb(limb, model, reference, &n[set], err));
        vary(n[set], set);
    }
    options.cycles = 1;
    options.dx_m = 5e-2;
    options.accelerate = true; /* from the linear solution: from rest joints are tried hard */
    compare_bits(n, 2, &options);
    for (int set = 0; set < 2; set++)
        wadi_network_free(n[set]);
}

static void the_leg_has_the_same_bits_in_a_batch_before_and_after_dva(void **state)
{
    wadi_plan_options planning = wadi_plan_options_default();
    wadi_complaints complaints = {0};
    wadi_plan_result *plan = NULL;
    wadi_case *the_case = NULL;
    wadi_limb *limb = NULL;
    wadi_model_table table;
    wadi_model model;

    (void)state;
    DEMAND(wadi_case_read("cases/desert-foot.json", &the_case, &complaints, err));
    DEMAND(wadi_model_read(&table, err));
    DEMAND(wadi_limb_from_case(the_case, &limb, err));
    wadi_model_fit_case(&table, the_case);
    model = wadi_model_nominal(&table);
    compare_leg(limb, &model, -1, 8e-5);
    planning.samples = 0;
    DEMAND(wadi_plan_case(the_case, &planning, &plan, err));
    assert_true(plan->plan_count > 0);
    compare_leg(plan->plans[0].limb, &model,
                plan->before.femoral_flow_ml_min.value * WADI_M3_S_PER_ML_MIN, 5e-5);
    wadi_plan_result_free(plan);
    wadi_limb_free(limb);
    wadi_case_free(the_case);
    wadi_complaints_clear(&complaints);
}

/* Local steps are those of the quickest set: other bits, the same flow. */
static void local_steps_are_shared_and_change_little(void **state)
{
    wadi_pulse_options options = few_cycles(0);
    wadi_network *n[4];
    wadi_flow_batch *batch;

    (void)state;
    options.cycles = 3;
    for (int set = 0; set < 4; set++)
        n[set] = limb_like(set);
    DEMAND(wadi_flow_batch_new((const wadi_network *const *)n, 4, &options, &batch, err));
    DEMAND(wadi_flow_batch_run(batch, err));
    for (int set = 0; set < 4; set++) {
        wadi_pulse_indices a, b;
        wadi_pulse *run;

        DEMAND(wadi_pulse_new(n[set], &options, &run, err));
        DEMAND(wadi_pulse_run(run, err));
        wadi_pulse_indices_of(run, 0, &a);
        wadi_pulse_indices_of(wadi_flow_batch_at(batch, (size_t)set), 0, &b);
        assert_near(b.p_max_pa, a.p_max_pa, 1e-3, 0);
        assert_near(b.q_max_m3_s, a.q_max_m3_s, 5e-3, 0);
        wadi_pulse_free(run);
    }
    wadi_flow_batch_free(batch);
    for (int set = 0; set < 4; set++)
        wadi_network_free(n[set]);
}

static void refused(wadi_network *odd, double time_step_s, wadi_status status,
                    const char *words)
{
    const wadi_pulse_options options = few_cycles(time_step_s);
    wadi_network *n[] = {limb_like(0), limb_like(1), odd};
    wadi_flow_batch *batch = NULL;
    wadi_error problem = {0};
    wadi_status got =
        wadi_flow_batch_new((const wadi_network *const *)n, 3, &options, &batch, &problem);

    if (!got)
        got = wadi_flow_batch_run(batch, &problem);
    assert_int_equal(got, status);
    if (!strstr(problem.message, "set 2") || !strstr(problem.message, words))
        print_error("%s\n", problem.message);
    assert_non_null(strstr(problem.message, "set 2"));
    assert_non_null(strstr(problem.message, words));
    wadi_flow_batch_free(batch);
    for (int i = 0; i < 3; i++)
        wadi_network_free(n[i]);
}

static void a_set_that_is_another_network_is_refused_by_name(void **state)
{
    const wadi_pulse_options options = few_cycles(0);
    wadi_network *odd = limb_like(2);
    wadi_flow_batch *batch = NULL;
    wadi_error problem = {0};

    (void)state;
    assert_int_equal(wadi_flow_batch_new(NULL, 0, &options, &batch, &problem), WADI_ERR_RANGE);
    assert_int_equal(wadi_flow_batch_new(NULL, 9, &options, &batch, &problem), WADI_ERR_RANGE);
    odd->vessels[1].length_m *= 1.2;
    refused(odd, 0, WADI_ERR_CONFLICT, "posterior");
    odd = limb_like(2);
    odd->vessels[7].radius_to_m *= 1.2; /* a vein with taper */
    refused(odd, 0, WADI_ERR_CONFLICT, "femoral");
    odd = limb_like(2);
    odd->elements[6].kind = WADI_NETWORK_RESISTOR;
    refused(odd, 0, WADI_ERR_CONFLICT, "'valve'");
    odd = limb_like(2);
    odd->element_count--;
    refused(odd, 0, WADI_ERR_CONFLICT, "number");
    odd = limb_like(2);
    odd->period_s *= 2;
    refused(odd, 0, WADI_ERR_CONFLICT, "period");
    odd = limb_like(2);
    odd->vessels[0].stiffness_from_pa *= 200; /* its waves outrun the step of all */
    odd->vessels[0].stiffness_to_pa *= 200;
    refused(odd, 1.5e-4, WADI_ERR_RANGE, "time step");
}

static void any_number_of_threads_gives_the_same_bits(void **state)
{
    wadi_network *n = limb_like(0);
    wadi_pulse_options options = few_cycles(0);
    wadi_pulse *one, *run;

    (void)state;
    options.threads = 2; /* 312 cells are for one thread */
    DEMAND(wadi_pulse_new(n, &options, &run, err));
    assert_int_equal(run->parts, 1);
    wadi_pulse_free(run);
    options.threads = 1;
    options.cycles = 1;
    options.dx_m = 1.5e-3;
    DEMAND(wadi_pulse_new(n, &options, &one, err));
    DEMAND(wadi_pulse_run(one, err));
    for (options.threads = 2; options.threads < 4; options.threads++) {
        DEMAND(wadi_pulse_new(n, &options, &run, err));
        assert_true(run->block_count > one->block_count && run->pack_count > one->pack_count);
        DEMAND(wadi_pulse_run(run, err));
        assert_int_equal(differ(one, run), 0);
        wadi_pulse_free(run);
    }
    wadi_pulse_free(one);
    wadi_network_free(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joints_come_to_the_same_side_by_side_and_one_by_one),
        cmocka_unit_test(sets_have_the_same_bits_in_a_batch_and_by_themselves),
        cmocka_unit_test(arteries_have_the_same_bits_in_a_batch),
        cmocka_unit_test(the_leg_has_the_same_bits_in_a_batch_before_and_after_dva),
        cmocka_unit_test(local_steps_are_shared_and_change_little),
        cmocka_unit_test(a_set_that_is_another_network_is_refused_by_name),
        cmocka_unit_test(any_number_of_threads_gives_the_same_bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
