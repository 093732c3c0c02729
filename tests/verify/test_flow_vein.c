/* Riemann problems of a collapsible vein against exact solutions. */
#include "flow_cases.h"

static const double RHO = 1060, STIFFNESS = 300, RADIUS = 4e-3, LENGTH = 3;

/* x = A/A0. */
static double sound(double x)
{
    return sqrt(STIFFNESS / RHO * (10 * pow(x, 10) + 1.5 * pow(x, -1.5)));
}

static double wall_flux(double x)
{
    return STIFFNESS / RHO * (10.0 / 11.0 * pow(x, 11) - 3 / sqrt(x));
}

/* Integral of c/x, by Gauss panels in log x: exact to rounding. */
static double invariant(double from, double to)
{
    const double node[] = {0.1834346424956498, 0.5255324099163290, 0.7966664774136267,
                           0.9602898564975363};
    const double weight[] = {0.3626837833783620, 0.3137066458778873, 0.2223810344533745,
                             0.1012285362903763};
    const int panels = 8;
    double sum = 0, width = log(to / from) / panels;

    for (int p = 0; p < panels; p++)
        for (int i = 0; i < 4; i++)
            for (int side = -1; side <= 1; side += 2) {
                double y = log(from) + width * (p + 0.5 + 0.5 * side * node[i]);
                sum += 0.5 * width * weight[i] * sound(exp(y));
            }
    return sum;
}

/* How much the velocity drops over the wave that joins a side to the middle state. */
static double drop(double side, double middle)
{
    if (middle <= side)
        return invariant(side, middle);
    return sqrt((wall_flux(middle) - wall_flux(side)) * (middle - side) / (middle * side));
}

typedef struct riemann {
    const char *name;
    double xl, ul, xr, ur, end_s;
} riemann;

static void middle_state(const riemann *r, double *x, double *u)
{
    double low = 1e-6, high = 5;

    for (int i = 0; i < 200; i++) {
        double at = sqrt(low * high);
        if (drop(r->xl, at) + drop(r->xr, at) + r->ur - r->ul > 0)
            high = at;
        else
            low = at;
    }
    *x = sqrt(low * high);
    *u = 0.5 * (r->ul + r->ur) + 0.5 * (drop(r->xr, *x) - drop(r->xl, *x));
}

/* Left side of the middle state; the right side is its mirror image. */
static void left_wave(double xl, double ul, double xm, double um, double speed, double *x,
                      double *u)
{
    if (xm > xl) {
        double shock = (xm * um - xl * ul) / (xm - xl);
        *x = speed < shock ? xl : xm;
        *u = speed < shock ? ul : um;
    } else if (speed <= ul - sound(xl)) {
        *x = xl;
        *u = ul;
    } else if (speed >= um - sound(xm)) {
        *x = xm;
        *u = um;
    } else { /* inside the fan: u - c = speed, u + I = const */
        double low = xm, high = xl;
        for (int i = 0; i < 60; i++) {
            double at = 0.5 * (low + high);
            if (ul - invariant(xl, at) - sound(at) > speed)
                low = at;
            else
                high = at;
        }
        *x = 0.5 * (low + high);
        *u = ul - invariant(xl, *x);
    }
}

static void exact(const riemann *r, double xm, double um, double speed, double *x, double *u)
{
    if (speed < um) {
        left_wave(r->xl, r->ul, xm, um, speed, x, u);
    } else {
        left_wave(r->xr, -r->ur, xm, -um, -speed, x, u);
        *u = -*u;
    }
}

/* Over the middle metre; what the ends of the vein send in does not get there. */
static double riemann_error(const riemann *r, wadi_index per_metre, double *least)
{
    const wadi_index cells = (wadi_index)LENGTH * per_metre;
    wadi_network *network = case_new(RHO, 0, 0);
    wadi_pulse_options options = wadi_pulse_options_default();
    wadi_pulse *pulse = NULL;
    double a0 = WADI_PI * RADIUS * RADIUS, xm, um, error = 0;
    double *a = calloc((size_t)cells, sizeof *a), *q = calloc((size_t)cells, sizeof *q);

    case_vessel(network, (wadi_network_vessel){.label = "vein",
                                               .from = 0,
                                               .to = 1,
                                               .length_m = LENGTH,
                                               .radius_from_m = RADIUS,
                                               .radius_to_m = RADIUS,
                                               .wall = WADI_NETWORK_VEIN,
                                               .stiffness_from_pa = STIFFNESS,
                                               .stiffness_to_pa = STIFFNESS,
                                               .momentum = 1});
    case_absorber(network, 0);
    case_absorber(network, 1);
    wadi_network_set_period(network, r->end_s);
    DEMAND(wadi_network_finish(network, err));
    options.dx_m = LENGTH / cells;
    options.accelerate = false;
    options.fixed_cycles = true;
    options.cycles = 1;
    options.sample_s = r->end_s / 50;
    DEMAND(wadi_pulse_new(network, &options, &pulse, err));
    for (wadi_index i = 0; i < cells; i++) {
        bool left = i < cells / 2;
        a[i] = a0 * (left ? r->xl : r->xr);
        q[i] = a[i] * (left ? r->ul : r->ur);
    }
    wadi_pulse_set_cells(pulse, 0, a, q);
    DEMAND(wadi_pulse_run(pulse, err));
    wadi_pulse_cells(pulse, 0, NULL, a, q, NULL);
    middle_state(r, &xm, &um);
    for (wadi_index i = 0; i < cells; i++) {
        double x, u;
        exact(r, xm, um, ((i + 0.5) / cells - 0.5) * LENGTH / r->end_s, &x, &u);
        if (i >= per_metre && i < 2 * per_metre)
            error += fabs(a[i] / a0 - x) / per_metre;
        *least = fmin(*least, a[i]);
    }
    free(a);
    free(q);
    wadi_pulse_free(pulse);
    wadi_network_free(network);
    return error;
}

/* A jump may smear over three cells of the finest grid; first order is all that a jump allows.
 */
static void check(const riemann *r)
{
    double least = INFINITY;
    double e1 = riemann_error(r, 100, &least), e2 = riemann_error(r, 200, &least);
    double e3 = riemann_error(r, 400, &least), xm, um;

    middle_state(r, &xm, &um);
    print_message(
        "%s: middle A/A0 %.4f, u %.3f, u/c %.2f; L1 at 100, 200, 400 cells: %.2e %.2e "
        "%.2e, order %.2f\n",
        r->name, xm, um, um / sound(xm), e1, e2, e3, 0.5 * log2(e1 / e3));
    assert_true(least > 0);
    double high = fmax(fmax(r->xl, r->xr), xm), low = fmin(fmin(r->xl, r->xr), xm);
    assert_true(e3 < 3 * (high - low) / 400);
    assert_true(0.5 * log2(e1 / e3) > 0.8);
}

static void shock_and_rarefaction_stand_where_they_should(void **state)
{
    const riemann r = {"shock and rarefaction", 1.15, 0, 0.7, 0, 0.08};
    (void)state;
    check(&r);
}

static void two_shocks_stand_where_they_should(void **state)
{
    const riemann r = {"two shocks", 0.8, 0.6, 0.8, -0.6, 0.1};
    (void)state;
    check(&r);
}

static void vein_pulled_apart_collapses_and_stays_positive(void **state)
{
    const riemann r = {"pulled apart", 0.9, -2.2, 0.9, 2.2, 0.05};
    (void)state;
    check(&r);
}

static void full_vein_runs_into_a_collapsed_one(void **state)
{
    const riemann r = {"into collapse", 1.0, 0, 0.05, 0, 0.04};
    (void)state;
    check(&r);
}

static void rarefaction_passes_the_critical_point(void **state)
{
    const riemann r = {"transcritical", 1.35, 0.5, 0.5, 0, 0.03};
    (void)state;
    check(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shock_and_rarefaction_stand_where_they_should),
        cmocka_unit_test(two_shocks_stand_where_they_should),
        cmocka_unit_test(vein_pulled_apart_collapses_and_stays_positive),
        cmocka_unit_test(full_vein_runs_into_a_collapsed_one),
        cmocka_unit_test(rarefaction_passes_the_critical_point),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
