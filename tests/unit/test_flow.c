/* The laws of one edge against what they were printed from, and the steady solver against
 * balances that must hold in any leg. */
#include "near.h"

#include "flow/flow_impl.h"
#include "wadi/flow.h"

#include <stdlib.h>
#include <string.h>

enum { SEED = 20260117 };

/* Simpson's rule with an even number of intervals. */
static double simpson(double (*f)(double, const double *), const double *with, double from,
                      double to, int intervals)
{
    double h = (to - from) / intervals, sum = f(from, with) + f(to, with);

    for (int i = 1; i < intervals; i++)
        sum += (i % 2 ? 4 : 2) * f(from + i * h, with);
    return sum * h / 3;
}

/* 1/r^4 along a linear taper; with = {r0, r1, length}. */
static double inverse_fourth(double x, const double *with)
{
    double r = with[0] + (with[1] - with[0]) * x / with[2];

    return 1 / (r * r * r * r);
}

static void poiseuille_of_a_taper_is_the_integral_along_it(void **state)
{
    wadi_random random;

    (void)state;
    wadi_random_init(&random, SEED, 1);
    for (int i = 0; i < 200; i++) {
        double r0 = 3e-4 + 4e-3 * wadi_random_uniform(&random),
               r1 = r0 * (0.4 + 2 * wadi_random_uniform(&random)),
               length = 0.01 + 0.3 * wadi_random_uniform(&random), mu = 3.5e-3;
        const double with[] = {r0, r1, length};
        double want = 8 * mu / WADI_PI * simpson(inverse_fourth, with, 0, length, 400);

        /* Simpson with 400 intervals errs by less than 1e-8 for tapers up to 2.4 to 1. */
        assert_near(wadi_poiseuille(mu, length, r0, r1), want, 1e-8, 0);
        assert_near(wadi_poiseuille(mu, length, r1, r0), want, 1e-8, 0);
    }
    assert_near(wadi_poiseuille(3.5e-3, 0.1, 2e-3, 2e-3), 8 * 3.5e-3 * 0.1 / (WADI_PI * 16e-12),
                1e-14, 0);
}

/* Seed 0 and features row 62: 3.5-5.5 x 40 mm, 300 mL/min, 3.5 mPa s. */
static void the_tapered_crossing_stent_loses_0_62_mmhg_by_friction(void **state)
{
    double flow = 300 * WADI_M3_S_PER_ML_MIN;
    double loss = wadi_poiseuille(3.5e-3, 0.040, 1.75e-3, 2.75e-3) * flow / WADI_PA_PER_MMHG;

    (void)state;
    assert_near(loss, 0.62, 0.01, 0);
}

/* Spasm (features row 73): the calibre's viscosity is held, it is one of the model, not of
 * Poiseuille. */
static void a_radius_less_by_30_percent_resists_1_over_0_7_to_the_fourth(void **state)
{
    double wide = wadi_poiseuille(3.5e-3, 0.05, 1.4e-3, 1.2e-3);

    (void)state;
    assert_near(wadi_poiseuille(3.5e-3, 0.05, 0.7 * 1.4e-3, 0.7 * 1.2e-3) / wide,
                1 / (0.7 * 0.7 * 0.7 * 0.7), 1e-12, 0);
}

/* Young and Tsai 1973 as printed, with velocities in place of flows:
 *     dp = K_v mu U / D + K_t rho/2 (A0/A1 - 1)^2 |U| U,
 *     K_v = 32 (0.83 L + 1.64 D1) / D (A0/A1)^2,  K_t = 1.52,  U in the open tube. */
static double young_tsai_ref(double mu, double radius, double length, double stenosis,
                             double flow)
{
    double d0 = 2 * radius, d1 = d0 * (1 - stenosis), a0 = WADI_PI / 4 * d0 * d0,
           a1 = WADI_PI / 4 * d1 * d1, u = flow / a0;
    double kv = 32 * (0.83 * length + 1.64 * d1) / d0 * (a0 / a1) * (a0 / a1);

    return kv * mu * u / d0 +
           1.52 * FLOW_DENSITY_KG_M3 / 2 * (a0 / a1 - 1) * (a0 / a1 - 1) * u * fabs(u);
}

static void a_stenosis_loses_what_young_and_tsai_print(void **state)
{
    wadi_random random;

    (void)state;
    wadi_random_init(&random, SEED, 2);
    for (int i = 0; i < 300; i++) {
        double radius = 5e-4 + 4e-3 * wadi_random_uniform(&random),
               length = 2e-3 + 0.05 * wadi_random_uniform(&random),
               stenosis = 0.05 + 0.9 * wadi_random_uniform(&random),
               flow = 1e-6 * (wadi_random_uniform(&random) - 0.3) * 10, r, b;

        wadi_stenosis(3.5e-3, radius, length, stenosis, &r, &b);
        /* The issue asks for 2 %; the same formula must agree to rounding. */
        assert_near(r * flow + b * flow * fabs(flow),
                    young_tsai_ref(3.5e-3, radius, length, stenosis, flow), 1e-12, 0);
    }
    double r, b;

    wadi_stenosis(3.5e-3, 3e-3, 0.02, 0, &r, &b);
    assert_near(b, 0, 0, 0); /* no narrowing, no jet */
}

/* Features row 95. The bulk formula of pyNS: mu = plasma / crowd^2 with
 * plasma = 0.204 + 0.177 protein (mPa s, protein in g/dL) and
 * crowd = 1 - H/2 exp(1.3435 - 2.803 H + 2.711 H^2 - 0.6479 H^3). */
static void viscosity_follows_haematocrit_by_its_formula(void **state)
{
    double last = 0;

    (void)state;
    for (double h = 0.25; h <= 0.5001; h += 0.01) {
        double crowd =
            1 - h / 2 * exp(1.3435 - 2.803 * h + 2.711 * pow(h, 2) - 0.6479 * pow(h, 3));
        double want = (0.204 + 0.177 * 7.0) / (crowd * crowd) * 1e-3;
        double got = wadi_viscosity(h, 7.0, 5e-3);

        /* In a tube of 10 mm the calibre's ratio is 1 within 1e-9. */
        assert_near(got, want, 1e-9, 0);
        assert_true(got > last);
        last = got;
    }
}

/* Pries 1992 at haematocrit 0.45: 3.2 in wide tubes, least near 7 um, high in the narrowest. */
static void viscosity_falls_with_calibre_to_that_of_a_capillary(void **state)
{
    double wide = wadi_viscosity(0.45, 7, 5e-3);
    const double diameters_um[] = {1000, 300, 100, 50, 20, 10};
    double last = 1;

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(diameters_um); i++) {
        double d = diameters_um[i], ratio = wadi_viscosity(0.45, 7, 0.5e-6 * d) / wide;

        assert_near(ratio,
                    (220 * exp(-1.3 * d) + 3.2 - 2.44 * exp(-0.06 * pow(d, 0.645))) / 3.2, 1e-9,
                    0);
        assert_true(ratio < last);
        last = ratio;
    }
    assert_true(wadi_viscosity(0.45, 7, 1.5e-6) > wide);
}

static void the_area_of_a_vein_inverts_its_tube_law(void **state)
{
    (void)state;
    for (double s = -2000; s <= 2000; s = s < -1e-3 ? 0.9 * s : s < 1e-3 ? s + 1e-3 : 1.1 * s) {
        double x = wadi_vein_area(s);

        assert_true(x > 0);
        assert_near(pow(x, 10) - pow(x, -1.5), s, 1e-11, 1e-12);
    }
    assert_near(wadi_vein_area(0), 1, 0, 0);
}

static double area_squared(double s, const double *unused)
{
    double x = wadi_vein_area(s);

    (void)unused;
    return x * x;
}

static void the_potential_of_a_vein_is_the_integral_of_its_area_squared(void **state)
{
    const double ends[] = {-50, -5, -0.5, 0.5, 5, 50};

    (void)state;
    assert_near(wadi_vein_potential(1), 0, 0, 0);
    for (size_t i = 0; i < WADI_COUNT_OF(ends); i++)
        assert_near(wadi_vein_potential(wadi_vein_area(ends[i])),
                    simpson(area_squared, NULL, 0, ends[i], 20000), 1e-9, 0);
}

static double open_capillaries(double pressure, const double *half)
{
    double open;

    flow_capillary_potential(pressure, *half, &open);
    return open;
}

static void the_potential_of_capillaries_is_the_integral_of_their_open_fraction(void **state)
{
    const double half = 15 * WADI_PA_PER_MMHG, ends[] = {-10, 1, 15, 24, 60, 120};
    double open;

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(ends); i++) {
        double p = ends[i] * WADI_PA_PER_MMHG;

        assert_near(flow_capillary_potential(p, half, &open),
                    simpson(open_capillaries, &half, 0, p, 4000), 1e-9, 0);
    }
    flow_capillary_potential(half, half, &open);
    assert_near(open, 0.525, 1e-14, 0);
}

static void oxygen_content_and_pressure_are_inverse(void **state)
{
    (void)state;
    for (double hb = 5; hb <= 20; hb += 2.5)
        for (double p = 0.01; p < 600; p *= 1.3) {
            double content = wadi_oxygen_content(hb, p);

            /* On the flat shoulder of the curve rounding of the content is 1e3 times as large
             * in pressure. */
            assert_near(wadi_oxygen_pressure(hb, content), p, 1e-9, 0);
        }
    assert_near(wadi_oxygen_content(12.5, 26.8), 1.34 * 12.5 / 2 + 0.003 * 26.8, 1e-13, 0);
    assert_near(wadi_oxygen_pressure(12.5, 0), 0, 0, 0);
    assert_near(wadi_oxygen_pressure(12.5, -1), 0, 0, 0);
}

static void the_systolic_estimate_is_exact_at_its_two_ends(void **state)
{
    wadi_model model = {{0}};

    (void)state;
    model.value[WADI_P_MEAN_PRESSURE] = 93;
    model.value[WADI_P_PULSE_PRESSURE] = 51;
    model.value[WADI_P_VENOUS_PRESSURE] = 5;
    assert_near(wadi_systolic_estimate(&model, 93, 1), 127, 1e-14,
                0); /* at the heart: 127/76 */
    assert_near(wadi_systolic_estimate(&model, 5, 1.4), 5, 1e-14, 0);
    assert_near(wadi_systolic_estimate(&model, 2, 1.4), 2, 0, 0); /* no pulse below the veins */
}
/* ---- the solver ---- */

typedef struct solved {
    wadi_limb *limb;
    wadi_steady *solver;
    wadi_steady_result flow;
    wadi_model model;
} solved;

static wadi_model nominal(void)
{
    wadi_model_table table;
    wadi_error err = {0};

    if (wadi_model_read(&table, &err))
        fail_msg("%s", err.message);
    return wadi_model_nominal(&table);
}

static void solve_reference(solved *s)
{
    wadi_steady_options options = wadi_steady_options_default();
    wadi_error err = {0};

    s->model = nominal();
    if (wadi_limb_reference(&s->limb, &err) || wadi_steady_new(&s->solver, &err) ||
        wadi_steady_solve(s->solver, s->limb, &s->model, &options, &s->flow, &err))
        fail_msg("%s", err.message);
}

static void clear(solved *s)
{
    wadi_steady_free(s->solver);
    wadi_limb_free(s->limb);
}

/* Greatest imbalance of a node but heart and outlet, over the inflow; from the edges' flows. */
static double worst_balance(const wadi_steady *s, wadi_index outlet)
{
    double *sum = calloc((size_t)s->node_count, sizeof *sum), worst = 0;
    double inflow = s->edge_flow[s->edge_count - 1];

    assert_non_null(sum);
    for (wadi_index e = 0; e < s->edge_count; e++) {
        sum[s->edges[e].a] -= s->edge_flow[e];
        sum[s->edges[e].b] += s->edge_flow[e];
    }
    for (wadi_index i = 0; i < s->node_count; i++)
        if (i != outlet && i != s->heart)
            worst = fmax(worst, fabs(sum[i]));
    free(sum);
    return worst / fmax(inflow, WADI_M3_S_PER_ML_MIN);
}

static wadi_index pick(wadi_random *random, wadi_index count)
{
    return (wadi_index)(wadi_random_uniform(random) * count);
}

static double between(wadi_random *random, double low, double high)
{
    return low + (high - low) * wadi_random_uniform(random);
}

/* A connection from some artery to some vein, as a plan makes one. */
static void add_random_fistula(wadi_limb *limb, wadi_random *random)
{
    wadi_index count, ends[2] = {WADI_NONE, WADI_NONE};
    const wadi_vessel *vessels = wadi_limb_vessels(limb, &count);
    wadi_error err = {0};
    double radius = between(random, 1e-3, 3e-3);

    for (int side = 0; side < 2; side++) {
        wadi_index vessel = pick(random, count);

        while (vessels[vessel].kind != (side ? WADI_VEIN : WADI_ARTERY))
            vessel = pick(random, count);
        if (wadi_limb_divide(limb, vessel, between(random, 0, 1) * vessels[vessel].length_m,
                             &ends[side], &err))
            fail_msg("%s", err.message);
    }
    if (wadi_limb_add_graft(limb, "graft", WADI_CROSSING, ends[0], ends[1],
                            between(random, 0.01, 0.3), radius, radius, between(random, 0, 2),
                            &err))
        fail_msg("%s", err.message);
}

static void change_at_random(wadi_limb *limb, wadi_random *random)
{
    wadi_index vessel_count, valve_count;
    const wadi_vessel *vessels = wadi_limb_vessels(limb, &vessel_count);
    wadi_error err = {0};

    wadi_limb_valves(limb, &valve_count);
    for (int k = pick(random, 8); k > 0; k--)
        wadi_limb_close_vessel(limb, pick(random, vessel_count), true);
    for (int k = pick(random, 8); k > 0; k--) {
        wadi_index vessel = pick(random, vessel_count);
        double length = vessels[vessel].length_m, from = between(random, 0, 0.9) * length;
        wadi_limb_lesion lesion = {.vessel = vessel,
                                   .from_m = from,
                                   .to_m = between(random, from + 1e-4, length),
                                   .kind = pick(random, 2) ? WADI_OCCLUSION : WADI_STENOSIS,
                                   .stenosis_frac = between(random, 0.05, 0.98)};

        assert_int_equal(wadi_limb_add_lesion(limb, &lesion, &err), WADI_OK);
    }
    for (int k = pick(random, 12); k > 0; k--)
        wadi_limb_set_radius(limb, pick(random, vessel_count), between(random, 0.4, 2));
    for (int k = pick(random, 80); k > 0; k--)
        wadi_limb_set_valve(limb, pick(random, valve_count), (wadi_valve_state)pick(random, 4));
    for (int k = pick(random, 3); k > 0; k--)
        add_random_fistula(limb, random);
}

/* The stated 200 legs of features row 79 and the issue (1e-9), each with its own parameters. */
static void mass_is_kept_at_every_node_of_200_random_legs(void **state)
{
    /* Beside 200, those of 5,000 others on which the solver once failed. */
    static const uint64_t HARD[] = {100560, 100754, 100917, 103973};
    enum { LEGS = 200 };
    wadi_limb *reference = NULL;
    wadi_steady *solver = NULL;
    wadi_model_table table;
    wadi_error err = {0};
    double worst = 0;
    int most = 0;

    (void)state;
    assert_int_equal(wadi_limb_reference(&reference, &err), WADI_OK);
    assert_int_equal(wadi_steady_new(&solver, &err), WADI_OK);
    assert_int_equal(wadi_model_read(&table, &err), WADI_OK);
    for (size_t i = 0; i < LEGS + WADI_COUNT_OF(HARD); i++) {
        wadi_random random;
        wadi_limb *limb = NULL;
        wadi_steady_options options = wadi_steady_options_default();
        wadi_steady_result flow;
        double probability[WADI_PARAMETER_COUNT];
        wadi_model model;

        wadi_random_init(&random, SEED, i < LEGS ? 100 + i : HARD[i - LEGS]);
        for (int k = 0; k < WADI_PARAMETER_COUNT; k++)
            probability[k] = between(&random, 0.001, 0.999);
        model = wadi_model_sample(&table, probability);
        model.value[WADI_P_OPEN_FRACTION] = pick(&random, 2) ? 1 : 0.05;
        if (pick(&random, 2))
            options.reference_inflow_m3_s = 350 * WADI_M3_S_PER_ML_MIN;
        assert_int_equal(wadi_limb_copy(reference, &limb, &err), WADI_OK);
        change_at_random(limb, &random);
        if (wadi_steady_solve(solver, limb, &model, &options, &flow, &err))
            fail_msg("leg %zu: %s", i, err.message);
        worst = fmax(worst, worst_balance(solver, wadi_limb_outlet(limb)));
        most = flow.iterations > most ? flow.iterations : most;
        assert_true(flow.mass_balance_frac <= 1e-9);
        for (wadi_index b = 0; b < flow.bed_count; b++)
            assert_near(flow.beds[b].arteriole_m3_s + flow.beds[b].deep_m3_s +
                            flow.beds[b].superficial_m3_s,
                        0, 0, 1e-9 * fabs(flow.inflow_m3_s) + 1e-20);
        wadi_limb_free(limb);
    }
    print_message(
        "200 random legs: worst imbalance %.1e of the inflow, at most %d iterations\n", worst,
        most);
    assert_true(worst <= 1e-9);
    wadi_steady_free(solver);
    wadi_limb_free(reference);
}

/* Nothing flows in: the leg stands at venous pressure, and the residual still means something.
 */
static void a_leg_without_inflow_stands_at_venous_pressure(void **state)
{
    solved s;
    wadi_steady_options options = wadi_steady_options_default();
    wadi_error err = {0};

    (void)state;
    solve_reference(&s);
    wadi_limb_close_vessel(s.limb, wadi_limb_vessel(s.limb, "EIA"), true);
    if (wadi_steady_solve(s.solver, s.limb, &s.model, &options, &s.flow, &err))
        fail_msg("%s", err.message);
    assert_near(s.flow.inflow_m3_s, 0, 0, 1e-9 * WADI_M3_S_PER_ML_MIN);
    assert_true(s.flow.residual_frac <= 1e-9 && s.flow.iterations < 100);
    for (wadi_index i = 0; i < s.flow.node_count; i++)
        if (i != wadi_limb_inlet(s.limb) && isfinite(s.flow.pressure_pa[i]))
            assert_near(s.flow.pressure_pa[i], 5 * WADI_PA_PER_MMHG, 1e-4, 0);
    clear(&s);
}

static void without_a_fistula_all_blood_goes_through_the_beds(void **state)
{
    solved s;
    double into_beds = 0;

    (void)state;
    solve_reference(&s);
    for (wadi_index b = 0; b < s.flow.bed_count; b++)
        into_beds += s.solver->edge_flow[s.solver->bed[b].edge_first];
    assert_near(into_beds, s.flow.inflow_m3_s, 1e-9, 0);
    assert_near(s.flow.outflow_m3_s, s.flow.inflow_m3_s, 1e-9, 0);
    clear(&s);
}

static bool has_valves(const wadi_limb *limb, wadi_index vessel)
{
    wadi_index count;
    const wadi_limb_valve *valves = wadi_limb_valves(limb, &count);

    for (wadi_index i = 0; i < count; i++)
        if (valves[i].vessel == vessel)
            return true;
    return false;
}

/* Features row 78. Links without a valve (arches, ladders between paired veins, the deep
 * plantar vein) have no cephalad direction; a vein with competent valves may leak 0.1 mL/min.
 */
static void before_a_plan_every_vein_flows_towards_the_heart(void **state)
{
    solved s;
    wadi_index count;
    int checked = 0;

    (void)state;
    solve_reference(&s);
    const wadi_segment *segments = wadi_limb_segments(s.limb, &count);
    for (wadi_index i = 0; i < count; i++) {
        bool valved = has_valves(s.limb, segments[i].vessel);

        if (segments[i].kind != WADI_VEIN || (!valved && segments[i].role != WADI_TRUNK))
            continue;
        checked++;
        if (s.flow.flow_m3_s[i] < (valved ? -0.1 : 0) * WADI_M3_S_PER_ML_MIN)
            fail_msg("%s carries %.3f mL/min away from the heart", segments[i].name,
                     -s.flow.flow_m3_s[i] / WADI_M3_S_PER_ML_MIN);
    }
    assert_true(checked > 40);
    clear(&s);
}

/* What flows in with the blood flows out or is used: Michaelis-Menten at the mesh's content. */
static void oxygen_in_is_oxygen_out_and_oxygen_used(void **state)
{
    solved s;
    wadi_limb *limb = NULL;
    wadi_random random;
    wadi_error err = {0};
    wadi_steady_options options = wadi_steady_options_default();

    (void)state;
    solve_reference(&s);
    for (int i = 0; i < 20; i++) {
        wadi_steady_result flow;
        wadi_index count;
        double used = 0, out;

        assert_int_equal(wadi_limb_copy(s.limb, &limb, &err), WADI_OK);
        wadi_random_init(&random, SEED, 500 + (uint64_t)i);
        if (i)
            change_at_random(limb, &random);
        if (wadi_steady_solve(s.solver, limb, &s.model, &options, &flow, &err))
            fail_msg("%s", err.message);
        wadi_limb_beds(limb, &count);
        for (wadi_index b = 0; b < count; b++) {
            wadi_index mesh = s.solver->bed[b].mesh;
            double c = flow.content_ml_dl[mesh];

            used += s.solver->use[mesh] * c / (1.0 + c);
        }
        out = flow.outflow_m3_s * flow.content_ml_dl[wadi_limb_outlet(limb)];
        /* Flows balance to 1e-9 of the inflow at each of some 200 nodes. */
        assert_near(out + used, flow.inflow_m3_s * flow.arterial_content_ml_dl, 1e-7, 0);
        for (wadi_index n = 0; n < flow.node_count; n++)
            assert_true(flow.content_ml_dl[n] >= 0 &&
                        flow.content_ml_dl[n] <= flow.arterial_content_ml_dl * (1 + 1e-12));
        wadi_limb_free(limb);
    }
    clear(&s);
}

static void a_second_solve_gives_the_same_bits(void **state)
{
    solved s, t;
    wadi_steady_options options = wadi_steady_options_default();
    wadi_error err = {0};

    (void)state;
    solve_reference(&s);
    solve_reference(&t);
    /* The solver's memory must not show: solve another leg in between. */
    wadi_limb_close_vessel(t.limb, 3, true);
    assert_int_equal(wadi_steady_solve(t.solver, t.limb, &t.model, &options, &t.flow, &err),
                     WADI_OK);
    wadi_limb_close_vessel(t.limb, 3, false);
    assert_int_equal(wadi_steady_solve(t.solver, t.limb, &t.model, &options, &t.flow, &err),
                     WADI_OK);
    assert_memory_equal(s.flow.flow_m3_s, t.flow.flow_m3_s,
                        (size_t)s.flow.segment_count * sizeof(double));
    assert_memory_equal(s.flow.pressure_pa, t.flow.pressure_pa,
                        (size_t)s.flow.node_count * sizeof(double));
    clear(&s);
    clear(&t);
}

static void a_solve_without_memory_fails_and_the_next_works(void **state)
{
    solved s;
    wadi_steady_options options = wadi_steady_options_default();
    int refusals = 0;
    wadi_status status = WADI_ERR_NOMEM;

    (void)state;
    solve_reference(&s);
    for (long n = 1; status; n++) {
        wadi_steady *solver = NULL;
        wadi_steady_result flow;
        wadi_error err = {0};

        wadi_memory_refuse(n);
        status = wadi_steady_new(&solver, &err);
        if (!status)
            status = wadi_steady_solve(solver, s.limb, &s.model, &options, &flow, &err);
        wadi_memory_refuse(0);
        if (status) {
            assert_int_equal(status, WADI_ERR_NOMEM);
            assert_int_equal(err.status, WADI_ERR_NOMEM);
            refusals++;
        }
        /* The same solver goes on where memory was refused. */
        if (status && solver) {
            assert_int_equal(wadi_steady_solve(solver, s.limb, &s.model, &options, &flow, &err),
                             WADI_OK);
            assert_near(flow.inflow_m3_s, s.flow.inflow_m3_s, 0, 0);
        }
        wadi_steady_free(solver);
        assert_true(n < 1000);
    }
    assert_true(refusals > 30);
    clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(poiseuille_of_a_taper_is_the_integral_along_it),
        cmocka_unit_test(the_tapered_crossing_stent_loses_0_62_mmhg_by_friction),
        cmocka_unit_test(a_radius_less_by_30_percent_resists_1_over_0_7_to_the_fourth),
        cmocka_unit_test(a_stenosis_loses_what_young_and_tsai_print),
        cmocka_unit_test(viscosity_follows_haematocrit_by_its_formula),
        cmocka_unit_test(viscosity_falls_with_calibre_to_that_of_a_capillary),
        cmocka_unit_test(the_area_of_a_vein_inverts_its_tube_law),
        cmocka_unit_test(the_potential_of_a_vein_is_the_integral_of_its_area_squared),
        cmocka_unit_test(the_potential_of_capillaries_is_the_integral_of_their_open_fraction),
        cmocka_unit_test(oxygen_content_and_pressure_are_inverse),
        cmocka_unit_test(the_systolic_estimate_is_exact_at_its_two_ends),
        cmocka_unit_test(mass_is_kept_at_every_node_of_200_random_legs),
        cmocka_unit_test(a_leg_without_inflow_stands_at_venous_pressure),
        cmocka_unit_test(without_a_fistula_all_blood_goes_through_the_beds),
        cmocka_unit_test(before_a_plan_every_vein_flows_towards_the_heart),
        cmocka_unit_test(oxygen_in_is_oxygen_out_and_oxygen_used),
        cmocka_unit_test(a_second_solve_gives_the_same_bits),
        cmocka_unit_test(a_solve_without_memory_fails_and_the_next_works),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
