/* Each part of a network by itself, against the formula that it stands for. */
#include "flow_cases.h"

static const double RHO = 1060, MU = 3.5e-3;
static const double NOW[1] = {0};

/* A tube that hardly gives, so that its area is known. */
static wadi_network_vessel stiff(const char *label, wadi_index from, wadi_index to, double r)
{
    return (wadi_network_vessel){.label = label,
                                 .from = from,
                                 .to = to,
                                 .length_m = 0.1,
                                 .radius_from_m = r,
                                 .radius_to_m = r,
                                 .stiffness_from_pa = 1e7,
                                 .stiffness_to_pa = 1e7,
                                 .profile = 2,
                                 .momentum = 1};
}

static void fixed_outlet(wadi_network *n, wadi_index node, double pressure)
{
    const wadi_network_outlet out = {
        .node = node, .kind = WADI_NETWORK_FIXED, .p_out_pa = pressure};

    DEMAND(wadi_network_add_outlet(n, &out, err));
}

static void add_element(wadi_network *n, wadi_network_element element)
{
    DEMAND(wadi_network_add_element(n, &element, err));
}

/* Run what is steady until it is. */
static wadi_pulse *settle(wadi_network *n, long cycles)
{
    wadi_network_set_period(n, 0.2);
    wadi_network_allow_closed_ends(n);
    DEMAND(wadi_network_finish(n, err));
    return case_run(n, 5e-3, cycles);
}

static double flow_of(const wadi_pulse *pulse, wadi_index vessel)
{
    wadi_pulse_indices v;

    wadi_pulse_indices_of(pulse, vessel, &v);
    return v.q_mean_m3_s;
}

static void friction_follows_the_profile_of_velocity(void **state)
{
    const double profiles[] = {2, 9}, flow[1] = {3e-6}, r = 2e-3;

    (void)state;
    for (int i = 0; i < 2; i++) {
        wadi_network *n = case_new(RHO, MU, 0);
        wadi_network_vessel v = stiff("tube", 0, 1, r);
        double area = WADI_PI * r * r, dp, want;

        v.profile = profiles[i];
        case_vessel(n, v);
        case_inflow(n, 0, 1, NOW, flow);
        case_windkessel(n, 1, 5e8, 1e6, 1e-12);
        wadi_pulse *pulse = settle(n, 20);
        dp = wadi_pulse_node_pressure(pulse, 0) - wadi_pulse_node_pressure(pulse, 1);
        want = 2 * (profiles[i] + 2) * WADI_PI * MU * 0.1 * flow[0] / (area * area);
        print_message("profile %g: %.3f Pa, %.3f wanted\n", profiles[i], dp, want);
        assert_near(dp, want, 2e-3, 0);
        wadi_pulse_free(pulse);
        wadi_network_free(n);
    }
}

static void a_loss_at_a_joint_is_its_share_of_the_head(void **state)
{
    const double flow[1] = {8e-6}, r = 2e-3, loss = 1.5;
    double dp[2], u = flow[0] / (WADI_PI * r * r);

    (void)state;
    for (int with = 0; with < 2; with++) {
        wadi_network *n = case_new(RHO, MU, 0);
        wadi_network_vessel v = stiff("upstream", 0, 1, r);

        v.loss_to = with ? loss : 0;
        case_vessel(n, v);
        case_vessel(n, stiff("downstream", 1, 2, r));
        case_inflow(n, 0, 1, NOW, flow);
        case_windkessel(n, 2, 5e8, 1e6, 1e-12);
        wadi_pulse *pulse = settle(n, 20);
        dp[with] = wadi_pulse_node_pressure(pulse, 0) - wadi_pulse_node_pressure(pulse, 2);
        wadi_pulse_free(pulse);
        wadi_network_free(n);
    }
    print_message("loss %.2f Pa, %.2f wanted\n", dp[1] - dp[0], 0.5 * loss * RHO * u * u);
    assert_near(dp[1] - dp[0], 0.5 * loss * RHO * u * u, 5e-3, 0);
}

/* One inlet gives a flow, the other holds a pressure. */
static void several_inlets_meet(void **state)
{
    const double flow[1] = {2e-6}, pressure[1] = {1000};
    wadi_network *n = case_new(RHO, MU, 0);

    (void)state;
    case_vessel(n, stiff("given flow", 0, 2, 2e-3));
    case_vessel(n, stiff("given pressure", 1, 2, 2e-3));
    case_vessel(n, stiff("together", 2, 3, 2e-3));
    case_inflow(n, 0, 1, NOW, flow);
    case_pressure(n, 1, 1, NOW, pressure);
    case_windkessel(n, 3, 1e8, 1e6, 1e-12);
    wadi_pulse *pulse = settle(n, 20);
    assert_near(flow_of(pulse, 0), flow[0], 1e-6, 0);
    assert_near(flow_of(pulse, 2), flow_of(pulse, 0) + flow_of(pulse, 1), 1e-6, 0);
    assert_near(wadi_pulse_node_pressure(pulse, 1), pressure[0], 1e-9, 0);
    wadi_pulse_free(pulse);
    wadi_network_free(n);
}

/* Between two tubes that hardly resist, at given pressures; returns the flow. Their walls are
 * viscous, or waves would run to and fro for ever. */
static double through(wadi_network_element e, double p_from, double p_to)
{
    const double from[1] = {p_from};
    wadi_network *n = case_new(RHO, 1e-9, 0);
    wadi_pulse *pulse;
    double mean;

    e.label = "part";
    e.from = 1;
    e.to = 2;
    for (int i = 0; i < 2; i++) {
        wadi_network_vessel v = stiff(i ? "behind" : "before", 2 * i, 2 * i + 1, 8e-3);
        v.wall_pa_s_m = 10;
        case_vessel(n, v);
    }
    case_pressure(n, 0, 1, NOW, from);
    fixed_outlet(n, 3, p_to);
    add_element(n, e);
    pulse = settle(n, 30);
    wadi_pulse_element(pulse, 0, NULL, NULL, &mean);
    wadi_pulse_free(pulse);
    wadi_network_free(n);
    return mean;
}

static void stenosis_loses_by_both_its_terms_and_by_direction(void **state)
{
    const wadi_network_element e = {
        .resistance_pa_s_m3 = 2e8, .back_resistance_pa_s_m3 = 8e8, .quadratic_pa_s2_m6 = 5e13};
    double q = through(e, 3000, 1000), back = through(e, 1000, 3000);

    (void)state;
    print_message("forward %.4g, back %.4g m3/s\n", q, back);
    assert_near(2e8 * q + 5e13 * q * q, 2000, 1e-3, 0);
    assert_near(-8e8 * back + 5e13 * back * back, 2000, 1e-3, 0);
}

static void starling_flow_does_not_feel_what_lies_below_the_outside(void **state)
{
    const wadi_network_element e = {
        .kind = WADI_NETWORK_STARLING, .resistance_pa_s_m3 = 2e8, .p_ext_pa = 1500};

    (void)state;
    assert_near(through(e, 3000, 500), 1500 / 2e8, 1e-3, 0);
    assert_near(through(e, 3000, -500), 1500 / 2e8, 1e-3, 0);
    assert_near(through(e, 3000, 2000), 1000 / 2e8, 1e-3, 0);
    assert_near(through(e, 1000, 2000), -1000 / 2e8, 1e-3, 0);
}

/* What a shut valve lets back is an orifice: q = Ae sqrt(2 dp / rho). */
static void valves_leak_by_how_far_they_shut(void **state)
{
    const double lumen = WADI_PI * 3e-3 * 3e-3, shares[] = {1e-3, 0.1, 0.6};
    const char *names[] = {"competent", "partly effaced", "lysed"};

    (void)state;
    for (int i = 0; i < 3; i++) {
        const wadi_network_element e = {.kind = WADI_NETWORK_VALVE,
                                        .open_m2 = 0.9 * lumen,
                                        .closed_m2 = shares[i] * lumen,
                                        .length_m = 5e-3,
                                        .opening_per_pa_s = 0.3,
                                        .closing_per_pa_s = 0.3};
        double back = through(e, 1000, 1200), want = shares[i] * lumen * sqrt(400 / RHO);
        print_message("%s: back %.4g m3/s, %.4g wanted\n", names[i], back, want);
        assert_near(back, -want, i == 2 ? 0.02 : 0.005, 0); /* tubes take a part */
    }
}

static void no_blood_goes_into_an_occluded_branch(void **state)
{
    const double flow[1] = {3e-6};
    wadi_network *n = case_new(RHO, MU, 0);

    (void)state;
    case_vessel(n, stiff("way in", 0, 1, 2e-3));
    case_vessel(n, stiff("way out", 1, 2, 2e-3));
    case_vessel(n, stiff("occluded", 1, 3, 2e-3));
    case_inflow(n, 0, 1, NOW, flow);
    case_windkessel(n, 2, 5e8, 1e6, 1e-12);
    wadi_pulse *pulse = settle(n, 20);
    double u = flow[0] / (WADI_PI * 4e-6), head = 0.5 * RHO * u * u;
    double total = wadi_pulse_node_pressure(pulse, 1);
    assert_near(flow_of(pulse, 2), 0, 0, 1e-6 * flow[0]);
    assert_near(wadi_pulse_node_pressure(pulse, 3), total, 0, 0.01 * head); /* stagnation */
    wadi_pulse_free(pulse);
    wadi_network_free(n);
}

/* ---- waves ---- */

/* A small bell of flow into a long elastic tube; pressure at its middle over time. */
static void bell_run(double reflection, double gamma, double *forward, double *backward)
{
    enum { SAMPLES = 2001 };
    static double time_s[SAMPLES], value[SAMPLES], p[40000], t[40000];
    const double period = 2;
    wadi_network *n = case_new(1050, 0, 0);
    const wadi_network_outlet out = {
        .node = 1, .kind = WADI_NETWORK_REFLECTION, .reflection = reflection};

    for (int i = 0; i < SAMPLES; i++) {
        time_s[i] = period * i / (SAMPLES - 1);
        value[i] = 1e-7 * exp(-1e3 * pow(time_s[i] - 0.15, 2));
    }
    value[SAMPLES - 1] = value[0];
    case_vessel(n, (wadi_network_vessel){.label = "tube",
                                         .from = 0,
                                         .to = 1,
                                         .length_m = 4,
                                         .radius_from_m = 1e-2,
                                         .radius_to_m = 1e-2,
                                         .young_pa = 4e5,
                                         .thickness_m = 1.5e-3,
                                         .wall_pa_s_m = gamma,
                                         .profile = 2,
                                         .momentum = 1});
    case_inflow(n, 0, SAMPLES, time_s, value);
    DEMAND(wadi_network_add_outlet(n, &out, err));
    DEMAND(wadi_network_finish(n, err));
    wadi_pulse *pulse = case_run(n, 1e-2, 1);
    size_t samples = wadi_pulse_summarize(pulse).samples;
    assert_true(samples <= 40000);
    wadi_pulse_waveform(pulse, 0, 2, t, p, NULL, NULL, NULL);
    *forward = *backward = 0;
    for (size_t i = 0; i < samples; i++) {
        /* c is 6.2 m/s: the wave passes the middle at 0.47 s, comes back at 1.12 s */
        double *at = t[i] < 0.8 ? forward : t[i] < 1.45 ? backward : NULL;
        if (at && fabs(p[i]) > fabs(*at))
            *at = p[i];
    }
    wadi_pulse_free(pulse);
    wadi_network_free(n);
}

static void a_reflection_returns_its_share_of_the_wave(void **state)
{
    const double shares[] = {0, 0.5, 1, -0.7};

    (void)state;
    for (int i = 0; i < 4; i++) {
        double forward, backward;
        bell_run(shares[i], 0, &forward, &backward);
        print_message("reflection %g: %.4f of the wave comes back\n", shares[i],
                      backward / forward);
        assert_near(backward / forward, shares[i], 0.01, 2e-3);
    }
}

/* A viscous wall lets Q diffuse by Gamma / (rho sqrt A0); a bell of width s in space that ran
 * for a time t then is wider by sqrt(1 + nu t / s^2): half of the diffusion goes with each
 * wave. */
static void a_viscous_wall_widens_a_wave_as_diffusion_does(void **state)
{
    const double gamma = 2, k = 4.0 / 3.0 * 4e5 * 1.5e-3 / 1e-2, c = sqrt(k / (2 * 1050));
    const double nu = gamma / (1050 * sqrt(WADI_PI) * 1e-2), width = c / sqrt(2e3);
    double plain, viscous, none, want = 1 / sqrt(1 + nu * 2 / c / (width * width));

    (void)state;
    bell_run(0, 0, &plain, &none);
    bell_run(0, gamma, &viscous, &none);
    print_message("peak %.4f of the elastic one, %.4f wanted\n", viscous / plain, want);
    assert_true(want < 0.97);
    assert_near(viscous / plain, want, 0.01, 0);
}

/* A stent keeps its radius. */
static void a_stent_does_not_pulse(void **state)
{
    double time_s[101], value[101], area[2][2];
    const char *labels[] = {"artery", "stent"};

    (void)state;
    for (int i = 0; i <= 100; i++) {
        time_s[i] = 0.01 * i;
        value[i] = 5e-6 + 4e-6 * sin(2 * WADI_PI * (i % 100) / 100);
    }
    wadi_network *n = case_new(RHO, MU, 0);
    for (int i = 0; i < 2; i++) {
        wadi_network_vessel v = stiff(labels[i], i, i + 1, 2.5e-3);
        v.stiffness_from_pa = v.stiffness_to_pa = i ? 5e6 : 1e5;
        case_vessel(n, v);
    }
    case_inflow(n, 0, 101, time_s, value);
    case_windkessel(n, 2, 1e8, 2e9, 5e-10);
    DEMAND(wadi_network_finish(n, err));
    wadi_pulse *pulse = case_run(n, 5e-3, 10);
    size_t samples = wadi_pulse_summarize(pulse).samples;
    double *a = calloc(samples, sizeof *a);
    assert_non_null(a);
    for (wadi_index v = 0; v < 2; v++) {
        wadi_pulse_waveform(pulse, v, 2, NULL, NULL, NULL, a, NULL);
        area[v][0] = INFINITY;
        area[v][1] = 0;
        for (size_t i = 0; i < samples; i++) {
            area[v][0] = fmin(area[v][0], a[i]);
            area[v][1] = fmax(area[v][1], a[i]);
        }
    }
    free(a);
    print_message("area swings by %.2f %% in the artery, %.3f %% in the stent\n",
                  100 * (area[0][1] / area[0][0] - 1), 100 * (area[1][1] / area[1][0] - 1));
    assert_true(area[0][1] / area[0][0] > 1.02 && area[1][1] / area[1][0] < 1.005);
    assert_near(area[1][0], WADI_PI * 2.5e-3 * 2.5e-3, 0.01, 0);
    wadi_pulse_free(pulse);
    wadi_network_free(n);
}

/* At rest nobody knows how fast the waves of the beat will be. */
static void a_cycle_that_will_be_redone_is_broken_off(void **state)
{
    const double time_s[] = {0, 0.3, 0.4, 0.5, 1}, flow[] = {0, 0, 2e-4, 0, 0};
    wadi_network *n = case_new(RHO, MU, 0);
    wadi_network_vessel v = stiff("tube", 0, 1, 8e-3);
    wadi_pulse_summary s;

    (void)state;
    v.stiffness_from_pa = v.stiffness_to_pa = 2e4;
    case_vessel(n, v);
    case_inflow(n, 0, 5, time_s, flow);
    case_absorber(n, 1);
    DEMAND(wadi_network_finish(n, err));
    wadi_pulse *pulse = case_run(n, 5e-3, 1);
    s = wadi_pulse_summarize(pulse);
    /* What was broken off does not count; a whole cycle redone would, twice. */
    assert_near(s.cell_updates, s.cycle_updates, 0, 0);
    /* 1.15 c / dx / CFL for c = 3.07 m/s, with which it began. */
    assert_true((double)s.steps_per_cycle > 1.2 * 744);
    wadi_pulse_free(pulse);
    wadi_network_free(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(friction_follows_the_profile_of_velocity),
        cmocka_unit_test(a_cycle_that_will_be_redone_is_broken_off),
        cmocka_unit_test(a_loss_at_a_joint_is_its_share_of_the_head),
        cmocka_unit_test(several_inlets_meet),
        cmocka_unit_test(stenosis_loses_by_both_its_terms_and_by_direction),
        cmocka_unit_test(starling_flow_does_not_feel_what_lies_below_the_outside),
        cmocka_unit_test(valves_leak_by_how_far_they_shut),
        cmocka_unit_test(no_blood_goes_into_an_occluded_branch),
        cmocka_unit_test(a_reflection_returns_its_share_of_the_wave),
        cmocka_unit_test(a_viscous_wall_widens_a_wave_as_diffusion_does),
        cmocka_unit_test(a_stent_does_not_pulse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
