/* Waves in one vessel against formulas: order of accuracy, rest, conservation. */
#include "flow_cases.h"

enum { SAMPLES = 4001 };

/* The single pulse of Boileau et al. 2015, doi:10.1002/cnm.2732: 10 m, R 1 cm, h 1.5 mm,
 * E 400 kPa, rho 1050, Q = peak exp(-1e4 (t - 0.05)^2). */
static const double RADIUS = 0.01, RHO = 1050, STIFFNESS = 4.0 / 3.0 * 4e5 * 1.5e-3 / 0.01;
static const double LENGTH = 10, END_S = 1.2;

static double pulse_flow(double peak, double t)
{
    return peak * exp(-1e4 * (t - 0.05) * (t - 0.05));
}

static wadi_network *single_pulse(double peak, double viscosity)
{
    wadi_network *network = case_new(RHO, viscosity, 0);
    double *time_s = calloc(SAMPLES, sizeof *time_s), *flow = calloc(SAMPLES, sizeof *flow);

    for (int i = 0; i < SAMPLES; i++) {
        time_s[i] = END_S * i / (SAMPLES - 1);
        flow[i] = pulse_flow(peak, time_s[i]);
    }
    case_vessel(network, (wadi_network_vessel){.label = "tube",
                                               .from = 0,
                                               .to = 1,
                                               .length_m = LENGTH,
                                               .radius_from_m = RADIUS,
                                               .radius_to_m = RADIUS,
                                               .stiffness_from_pa = STIFFNESS,
                                               .stiffness_to_pa = STIFFNESS,
                                               .profile = 2,
                                               .momentum = 1});
    case_inflow(network, 0, SAMPLES, time_s, flow);
    case_absorber(network, 1);
    DEMAND(wadi_network_finish(network, err));
    free(time_s);
    free(flow);
    return network;
}

/* Simple wave: u = 4 (c - c0) everywhere, each value moves on with u + c. */
static double exact_inviscid(double peak, double x, double t)
{
    const double c0 = sqrt(STIFFNESS / (2 * RHO)), a0 = WADI_PI * RADIUS * RADIUS;
    double low = 0, high = t, flow = 0;

    for (int i = 0; i < 80; i++) { /* time at which the value left the inlet */
        double tau = 0.5 * (low + high), c = c0;
        flow = pulse_flow(peak, tau);
        for (int n = 0; n < 30; n++) {
            double area = a0 * pow(c / c0, 4), u = 4 * (c - c0);
            c -= (area * u - flow) / (4 * area * (u / c + 1));
        }
        if ((4 * (c - c0) + c) * (t - tau) > x)
            low = tau;
        else
            high = tau;
    }
    return flow;
}

/* Linear wave with friction k: a Fourier integral of exp(-g x), g = i w / c sqrt(1 + k / (i
 * w)). */
static double exact_viscous(double peak, double viscosity, double x, double t)
{
    const double c = sqrt(STIFFNESS / (2 * RHO)), a0 = WADI_PI * RADIUS * RADIUS;
    const double k = 2 * (2 + 2) * WADI_PI * viscosity / (RHO * a0), dw = 1.5;
    double sum = 0;

    for (int i = 0; i < 700; i++) { /* midpoints: the spectrum is smooth and ends at 1000/s */
        double w = (i + 0.5) * dw, m = sqrt(sqrt(1 + k * k / (w * w)));
        double half = -0.5 * atan2(k, w), re = -w / c * m * sin(half),
               im = w / c * m * cos(half);
        double spectrum = sqrt(WADI_PI / 1e4) * exp(-w * w / 4e4);
        sum += spectrum * exp(-re * x) * cos(w * (t - 0.05) - im * x);
    }
    return peak * sum * dw / WADI_PI;
}

static double pulse_error(double peak, double viscosity, double dx_m)
{
    wadi_network *network = single_pulse(peak, viscosity);
    wadi_pulse *pulse = case_run(network, dx_m, 1);
    wadi_index count = wadi_pulse_cells(pulse, 0, NULL, NULL, NULL, NULL);
    double *x = calloc((size_t)count, sizeof *x), *q = calloc((size_t)count, sizeof *q);
    double sum = 0, norm = 0;

    wadi_pulse_cells(pulse, 0, x, NULL, q, NULL);
    for (wadi_index i = 0; i < count; i++) {
        double exact = viscosity > 0 ? exact_viscous(peak, viscosity, x[i], END_S)
                                     : exact_inviscid(peak, x[i], END_S);
        sum += (q[i] - exact) * (q[i] - exact);
        norm += exact * exact;
    }
    free(x);
    free(q);
    wadi_pulse_free(pulse);
    wadi_network_free(network);
    return sqrt(sum / norm);
}

static void check_order(double peak, double viscosity, double finest_error)
{
    double coarse = pulse_error(peak, viscosity, 8e-3),
           middle = pulse_error(peak, viscosity, 4e-3);
    double fine = pulse_error(peak, viscosity, 2e-3);

    print_message("L2 errors at 8, 4, 2 mm: %.3e %.3e %.3e, orders %.2f %.2f\n", coarse, middle,
                  fine, log2(coarse / middle), log2(middle / fine));
    assert_true(log2(middle / fine) >= 1.9);
    assert_true(fine < finest_error);
}

/* 7 m down the tube. The nonlinear exact solution, so the published amplitude can be used. */
static void inviscid_pulse_converges_with_order_two(void **state)
{
    (void)state;
    check_order(1e-6, 0, 6e-3);
}

static void viscous_pulse_converges_with_order_two(void **state)
{
    (void)state;
    check_order(1e-9, 4e-3, 6e-3);
}

/* ---- rest ---- */

static void at_rest(wadi_network_wall wall, double gravity, double pressure)
{
    wadi_network *network = case_new(1060, 4e-3, gravity);
    const double high[3] = {0, 0, 0.4}, low[3] = {0, 0, -0.5};
    const bool vein = wall == WADI_NETWORK_VEIN;
    wadi_pulse *pulse;
    double worst = 0;

    for (int i = 0; i < 3; i++) {
        const char *const labels[] = {"parent", "daughter", "other"};
        wadi_network_vessel v = {.label = labels[i],
                                 .from = i ? 1 : 0,
                                 .to = i + 1,
                                 .length_m = 0.2 + 0.1 * i,
                                 .radius_from_m = 4e-3 - 1e-3 * i,
                                 .radius_to_m = 2.5e-3 - 5e-4 * i,
                                 .wall = wall,
                                 .stiffness_from_pa = vein ? 300 : 4e4,
                                 .stiffness_to_pa = vein ? 900 : 9e4,
                                 .p_ext_pa = 200,
                                 .profile = 2};
        case_vessel(network, v);
    }
    DEMAND(wadi_network_place(network, 0, high, err));
    DEMAND(wadi_network_place(network, 3, low, err));
    for (int i = 0; i < 3; i++) {
        const wadi_index ends[] = {0, 2, 3};
        const wadi_network_chamber chamber = {
            .node = ends[i], .compliance_m3_pa = 1e-10, .p_start_pa = 0};
        wadi_network_chamber at = chamber;
        const double z = ends[i] == 0 ? 0.4 : ends[i] == 3 ? -0.5 : 0;
        at.p_start_pa = pressure - 1060 * gravity * z;
        DEMAND(wadi_network_add_chamber(network, &at, err));
    }
    wadi_network_set_period(network, 1);
    wadi_network_set_start(network, pressure);
    DEMAND(wadi_network_finish(network, err));
    pulse = case_run(network, 5e-3, 10);
    for (wadi_index v = 0; v < 3; v++) {
        double q[200];
        wadi_index count = wadi_pulse_cells(pulse, v, NULL, NULL, q, NULL);
        for (wadi_index i = 0; i < count; i++)
            worst = fmax(worst, fabs(q[i]));
    }
    print_message("after 10 s at rest: |Q| <= %.2e m3/s\n", worst);
    assert_true(worst <= 1e-12);
    wadi_pulse_free(pulse);
    wadi_network_free(network);
}

static void arteries_at_rest_stay_at_rest(void **state)
{
    (void)state;
    at_rest(WADI_NETWORK_ARTERY, 0, 12000);
    at_rest(WADI_NETWORK_ARTERY, 9.81, 12000);
}

/* Standing: the foot's veins are full, those above the heart collapsed. */
static void veins_at_rest_stay_at_rest(void **state)
{
    (void)state;
    at_rest(WADI_NETWORK_VEIN, 0, 900);
    at_rest(WADI_NETWORK_VEIN, 9.81, 1500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inviscid_pulse_converges_with_order_two),
        cmocka_unit_test(viscous_pulse_converges_with_order_two),
        cmocka_unit_test(arteries_at_rest_stay_at_rest),
        cmocka_unit_test(veins_at_rest_stay_at_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
