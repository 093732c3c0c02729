/* A heart that fills from a pressure and gives way to the one it works against. */
#include "flow_cases.h"
#include "wadi/linear.h"

static const double PERIOD = 0.857, FILL = 1067, MOST = 2.48e8, LEAST = 8.9e6;
static const double REST_OF_BODY = 1.52e8;

/* Elastance that jumps: 40 % of the beat systole. */
static wadi_network *circulation(double shunt_pa_s_m3)
{
    wadi_network *n = case_new(1060, 3.5e-3, 0);
    const double time_s[] = {0, 0.3, 0.305, 0.645, 0.65, 0.857};
    const double elastance[] = {LEAST, LEAST, MOST, MOST, LEAST, LEAST};
    const wadi_network_inlet heart = {.node = 0,
                                      .kind = WADI_NETWORK_HEART,
                                      .signal = {6, time_s, elastance},
                                      .resistance_pa_s_m3 = 1.5e7,
                                      .fill_pa = FILL,
                                      .fill_resistance_pa_s_m3 = 3e5};
    const wadi_network_outlet veins = {.node = 2, .kind = WADI_NETWORK_FIXED};

    case_vessel(n, (wadi_network_vessel){.label = "aorta",
                                         .from = 0,
                                         .to = 1,
                                         .length_m = 0.03,
                                         .radius_from_m = 1.5e-2,
                                         .radius_to_m = 1.5e-2,
                                         .young_pa = 4e5,
                                         .profile = 9});
    case_windkessel(n, 1, 1e5, REST_OF_BODY, 5e-8);
    if (shunt_pa_s_m3 > 0) {
        const wadi_network_element shunt = {
            .label = "shunt", .from = 1, .to = 2, .resistance_pa_s_m3 = shunt_pa_s_m3};
        DEMAND(wadi_network_add_element(n, &shunt, err));
        DEMAND(wadi_network_add_outlet(n, &veins, err));
    }
    DEMAND(wadi_network_add_inlet(n, &heart, err));
    wadi_network_set_start(n, 1e4);
    DEMAND(wadi_network_finish(n, err));
    return n;
}

static void run(double shunt, double *output_m3_s, double *pressure_pa)
{
    wadi_network *n = circulation(shunt);
    wadi_pulse_options options = wadi_pulse_options_default();
    wadi_pulse *pulse = NULL;
    wadi_pulse_indices aorta;

    options.dx_m = 1e-2;
    DEMAND(wadi_pulse_new(n, &options, &pulse, err));
    DEMAND(wadi_pulse_run(pulse, err));
    wadi_pulse_indices_of(pulse, 0, &aorta);
    *output_m3_s = aorta.q_mean_m3_s;
    *pressure_pa = aorta.p_mean_pa;
    print_message("%ld cycles: %.2f L/min at %.1f mmHg (%.1f to %.1f), mass %.1e\n",
                  wadi_pulse_summarize(pulse).cycles, aorta.q_mean_m3_s * 6e4,
                  aorta.p_mean_pa / 133.322, aorta.p_min_pa / 133.322, aorta.p_max_pa / 133.322,
                  wadi_pulse_summarize(pulse).mass_balance);
    assert_true(wadi_pulse_summarize(pulse).mass_balance < 1e-10);
    wadi_pulse_free(pulse);
    wadi_network_free(n);
}

/* Where the arteries' store is large, the heart empties to P / E_max and fills to p_fill /
 * E_min, so CO = (p_fill / E_min - P / E_max) / T, and P = R CO: CO = (p_fill / E_min) / (T + R
 * / E_max). */
static double closed_form(double resistance)
{
    return FILL / LEAST / (PERIOD + resistance / MOST);
}

static void shunt_loads_the_heart_as_the_closed_form_says(void **state)
{
    const double shunt = 3e9, both = 1 / (1 / REST_OF_BODY + 1 / shunt);
    double q[2], p[2], rise, fall;

    (void)state;
    run(0, &q[0], &p[0]);
    run(shunt, &q[1], &p[1]);
    rise = q[1] / q[0] - 1;
    fall = 1 - p[1] / p[0];
    print_message(
        "output %.3f and %.3f L/min wanted; up %.3f %% (%.3f), pressure down %.3f %% "
        "(%.3f)\n",
        6e4 * closed_form(REST_OF_BODY), 6e4 * closed_form(both), 100 * rise,
        100 * (closed_form(both) / closed_form(REST_OF_BODY) - 1), 100 * fall,
        100 * (1 - closed_form(both) * both / closed_form(REST_OF_BODY) / REST_OF_BODY));
    assert_near(q[0], closed_form(REST_OF_BODY), 0.03, 0);
    assert_near(q[1], closed_form(both), 0.03, 0);
    assert_near(rise, closed_form(both) / closed_form(REST_OF_BODY) - 1, 0.05, 0);
    assert_near(fall, 1 - closed_form(both) * both / closed_form(REST_OF_BODY) / REST_OF_BODY,
                0.05, 0);
}

static void linear_level_refuses_a_heart(void **state)
{
    const wadi_linear_options options = wadi_linear_options_default();
    wadi_network *n = circulation(0);
    wadi_linear *linear = NULL;
    wadi_error problem = {0};

    (void)state;
    assert_int_equal(wadi_linear_solve(n, &options, &linear, &problem), WADI_ERR_SUPPORT);
    assert_non_null(strstr(problem.message, "heart"));
    assert_null(linear);
    wadi_network_free(n);
}

static void heart_that_cannot_be_is_refused(void **state)
{
    const double time_s[] = {0, 1}, elastance[] = {1e7, 1e7}, none[] = {0, 0};
    wadi_network_inlet heart = {.kind = WADI_NETWORK_HEART,
                                .signal = {2, time_s, none},
                                .resistance_pa_s_m3 = 1e6,
                                .fill_resistance_pa_s_m3 = 1e6};
    wadi_network *n = case_new(1060, 3.5e-3, 0);
    wadi_error problem = {0};

    (void)state;
    assert_int_equal(wadi_network_add_inlet(n, &heart, &problem), WADI_ERR_RANGE);
    assert_non_null(strstr(problem.message, "elastance 1 is 0"));
    heart.signal.value = elastance;
    heart.fill_resistance_pa_s_m3 = 0;
    assert_int_equal(wadi_network_add_inlet(n, &heart, &problem), WADI_ERR_RANGE);
    heart.fill_resistance_pa_s_m3 = 1e6;
    assert_int_equal(wadi_network_add_inlet(n, &heart, &problem), WADI_OK);
    wadi_network_free(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shunt_loads_the_heart_as_the_closed_form_says),
        cmocka_unit_test(linear_level_refuses_a_heart),
        cmocka_unit_test(heart_that_cannot_be_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
