/* The frequency-domain level: its kernels against plain references, its mean against the steady
 * level, Womersley's friction in a tube where everything is known. */
#include "flow_cases.h"

#include "flow/linear_impl.h"
#include "wadi/plan.h"
#include "wadi/units.h"

static uint64_t stream = 12345;

/* In [low, high), the same on every machine. */
static double draw(double low, double high)
{
    stream = stream * 6364136223846793005U + 1442695040888963407U;
    return low + (high - low) * (double)(stream >> 11) / 9007199254740992.0;
}

static double complex lane(const lanes *value, int i)
{
    return value->re[i] + I * value->im[i];
}

static void assert_same(double complex got, double complex want, double rel)
{
    if (!(cabs(got - want) <= rel * cabs(want)))
        fail_msg("got %g %+g i, want %g %+g i", creal(got), cimag(got), creal(want),
                 cimag(want));
}

/* As printed in a textbook: cosh, Z sinh, sinh/Z and cosh of gamma l. */
static void a_piece_of_line_is_what_cosh_and_sinh_say(void **state)
{
    (void)state;
    for (int round = 0; round < 2000; round++) {
        linear_piece piece = {.r = exp(draw(10, 22)),
                              .l = exp(draw(15, 21)),
                              .c = exp(draw(-28, -20)),
                              .wall = round % 2 ? exp(draw(0, 14)) : 0};
        double length = exp(draw(-7, -1));
        lane_vector w;
        lanes_square square;

        for (int i = 0; i < LINEAR_LANES; i++)
            w[i] = 7 * (i + 1 + round % 20);
        lanes_piece_square(&piece, length, &w, NULL, &square);
        for (int i = 0; i < LINEAR_LANES; i++) {
            double complex series = piece.r + I * w[i] * piece.l, shunt = I * w[i] * piece.c;

            shunt = shunt / (1 + shunt * piece.wall);
            double complex gamma = csqrt(series * shunt) * length, z = csqrt(series / shunt);
            double rel = 1e-12 * (1 + cabs(gamma) * cabs(gamma));

            if (fabs(creal(gamma)) > 50)
                continue; /* beyond what an exponential of ours has to hold */
            assert_same(lane(&square.a, i), ccosh(gamma), rel + 1e-12 * cabs(gamma));
            assert_same(lane(&square.b, i), z * csinh(gamma), rel);
            assert_same(lane(&square.c, i), csinh(gamma) / z, rel);
            /* Its determinant is 1. */
            assert_same(lane(&square.a, i) * lane(&square.d, i) -
                            lane(&square.b, i) * lane(&square.c, i),
                        1, 1e-11 * cabs(ccosh(gamma)) * cabs(ccosh(gamma)) + 1e-11);
        }
    }
}

/* Gauss with pivots on the full matrix. */
static void gauss(size_t n, double complex *a, double complex *x)
{
    for (size_t k = 0; k < n; k++) {
        size_t best = k;

        for (size_t i = k; i < n; i++)
            best = cabs(a[i * n + k]) > cabs(a[best * n + k]) ? i : best;
        for (size_t j = 0; j < n; j++) {
            double complex kept = a[k * n + j];
            a[k * n + j] = a[best * n + j];
            a[best * n + j] = kept;
        }
        double complex kept = x[k];
        x[k] = x[best];
        x[best] = kept;
        for (size_t i = k + 1; i < n; i++) {
            double complex factor = a[i * n + k] / a[k * n + k];
            for (size_t j = k; j < n; j++)
                a[i * n + j] -= factor * a[k * n + j];
            x[i] -= factor * x[k];
        }
    }
    for (size_t k = n; k-- > 0;) {
        for (size_t j = k + 1; j < n; j++)
            x[k] -= a[k * n + j] * x[j];
        x[k] /= a[k * n + k];
    }
}

/* Trees, and trees with a few more links: loops. */
static void all_lanes_of_a_graph_solve_as_the_full_matrix_does(void **state)
{
    enum { NODES = 40, LINKS = NODES + 8 };

    (void)state;
    for (int round = 0; round < 20; round++) {
        wadi_index pairs[LINKS][2];
        size_t count = round % 2 ? NODES - 1 : LINKS;
        wave_sparse s;
        lanes *matrix, row[NODES] = {0}, inverse[NODES], right[NODES];
        double complex full[NODES * NODES] = {0}, x[NODES];

        for (wadi_index i = 0; i < (wadi_index)count; i++) {
            pairs[i][0] = i < NODES - 1 ? i + 1 : (wadi_index)draw(0, NODES);
            pairs[i][1] =
                i < NODES - 1 ? (wadi_index)draw(0, (double)i + 1) : (wadi_index)draw(0, NODES);
            if (pairs[i][0] == pairs[i][1])
                pairs[i][1] = (pairs[i][1] + 1) % NODES;
        }
        DEMAND(wave_sparse_init(&s, NODES, count, (const wadi_index(*)[2])pairs, err));
        matrix = wadi_alloc((size_t)s.slots, sizeof *matrix);
        assert_non_null(matrix);
        for (wadi_index i = 0; i < s.slots; i++)
            for (int k = 0; k < LINEAR_LANES; k++) {
                matrix[i].re[k] = draw(-1, 1);
                matrix[i].im[k] = draw(-1, 1);
            }
        for (wadi_index i = 0; i < NODES; i++)
            for (int k = 0; k < LINEAR_LANES; k++) {
                matrix[s.diagonal[i]].re[k] += 12;
                right[i].re[k] = draw(-1, 1);
                right[i].im[k] = draw(-1, 1);
            }
        for (wadi_index i = 0; i < NODES; i++) {
            x[i] = lane(&right[i], 3);
            for (wadi_index at = s.row_start[i]; at < s.row_start[i + 1]; at++)
                full[i * NODES + s.column[at]] = lane(&matrix[at], 3);
        }
        gauss(NODES, full, x);
        lanes_solve(&s, matrix, row, inverse, right);
        for (wadi_index i = 0; i < NODES; i++)
            assert_same(lane(&right[i], 3), x[i], 1e-11);
        free(matrix);
        wave_sparse_clear(&s);
    }
}

/* A tube that hardly gives: fall of pressure over flow is its series impedance. */
static void womersley_is_an_option_and_does_what_it_says(void **state)
{
    enum { SAMPLES = 401 };
    const double r = 3e-3, length = 0.2, rho = 1060, mu = 3.5e-3, w = 2 * WADI_PI;
    double time_s[SAMPLES], flow[SAMPLES], re, im;
    double complex ratio[2];
    wadi_network *n = case_new(rho, mu, 0);
    const wadi_network_outlet end = {.node = 1, .kind = WADI_NETWORK_FIXED};

    (void)state;
    for (int i = 0; i < SAMPLES; i++) {
        time_s[i] = i / (SAMPLES - 1.0);
        flow[i] = 1e-6 * (1 + cos(w * time_s[i]));
    }
    flow[SAMPLES - 1] = flow[0];
    case_vessel(n, (wadi_network_vessel){.label = "tube",
                                         .to = 1,
                                         .length_m = length,
                                         .radius_from_m = r,
                                         .radius_to_m = r,
                                         .stiffness_from_pa = 1e12,
                                         .stiffness_to_pa = 1e12,
                                         .profile = 2});
    case_inflow(n, 0, SAMPLES, time_s, flow);
    DEMAND(wadi_network_add_outlet(n, &end, err));
    DEMAND(wadi_network_finish(n, err));
    for (int i = 0; i < 2; i++) {
        wadi_linear_options options = wadi_linear_options_default();
        wadi_linear *linear = NULL;

        options.womersley = i;
        DEMAND(wadi_linear_solve(n, &options, &linear, err));
        ratio[i] = linear_node(linear, 0, 1) / (lane(&linear->wave[0].q, 0) * length);
        wadi_linear_free(linear);
    }
    wadi_linear_womersley(r, rho, mu, w, &re, &im);
    assert_same(ratio[1], re + I * im, 1e-6);
    assert_same(ratio[0], 8 * mu / (WADI_PI * r * r * r * r) + I * w * rho / (WADI_PI * r * r),
                1e-6);
    wadi_network_free(n);
}

/* What one harmonic is does not depend on how many others there are, but for rounding: a block
 * doubles its angles as often as its largest one needs. */
static void harmonics_do_not_know_of_each_other(void **state)
{
    wadi_limb *limb = NULL;
    wadi_model_table table;
    wadi_network *n = NULL;
    wadi_linear *many = NULL, *few = NULL;
    wadi_linear_options options = wadi_linear_options_default();

    (void)state;
    DEMAND(wadi_limb_reference(&limb, err));
    DEMAND(wadi_model_read(&table, err));
    wadi_model model = wadi_model_nominal(&table);
    DEMAND(wadi_network_from_limb(limb, &model, -1, &n, err));
    DEMAND(wadi_linear_solve(n, &options, &many, err));
    options.harmonics = 6;
    DEMAND(wadi_linear_solve(n, &options, &few, err));
    for (wadi_index i = 0; i < n->node_count; i++)
        for (int k = 1; k <= 6; k++)
            assert_true(cabs(linear_node(many, i, k) - linear_node(few, i, k)) <=
                        1e-9 * cabs(linear_node(many, i, k)) + 1e-9);
    wadi_linear_free(many);
    wadi_linear_free(few);
    wadi_network_free(n);
    wadi_limb_free(limb);
}

/* ---- the mean ---- */

typedef struct leg {
    wadi_case *the_case;
    wadi_limb *limb;
    wadi_model model;
} leg;

static leg read_leg(const char *path)
{
    wadi_model_table table;
    leg of = {0};

    DEMAND(wadi_case_read(path, &of.the_case, NULL, err));
    DEMAND(wadi_limb_from_case(of.the_case, &of.limb, err));
    DEMAND(wadi_model_read(&table, err));
    wadi_model_fit_case(&table, of.the_case);
    of.model = wadi_model_nominal(&table);
    return of;
}

static void free_leg(leg *of)
{
    wadi_limb_free(of->limb);
    wadi_case_free(of->the_case);
}

/* Flows and pressures of the steady level against the mean of the linear one on its network. */
static void compare_means(const wadi_limb *limb, const wadi_model *model, double reference,
                          const double *flow_m3_s, const double *pressure_pa, double *q_miss,
                          double *p_miss)
{
    const wadi_linear_options mean = {.harmonics = 0};
    wadi_network *n = NULL;
    wadi_linear *linear = NULL;
    wadi_index count;

    *q_miss = *p_miss = 0;
    wadi_limb_segments(limb, &count);
    DEMAND(wadi_network_from_limb(limb, model, reference, &n, err));
    DEMAND(wadi_linear_solve(n, &mean, &linear, err));
    for (wadi_index i = 0; i < count; i++) {
        wadi_index vessel = wadi_network_vessel_of_segment(n, i);

        if (vessel == WADI_NONE)
            continue;
        /* A trickle of 1 mL/min may differ by as much as a share of it. */
        *q_miss = fmax(*q_miss, fabs(linear->flow_mean[vessel] - flow_m3_s[i]) /
                                    fmax(fabs(flow_m3_s[i]), WADI_M3_S_PER_ML_MIN));
    }
    for (wadi_index i = 0; i < wadi_limb_node_count(limb); i++)
        if (isfinite(pressure_pa[i]))
            *p_miss = fmax(*p_miss, fabs(linear->node_mean[i] - pressure_pa[i]));
    wadi_linear_free(linear);
    wadi_network_free(n);
}

static void the_mean_is_that_of_the_steady_level(void **state)
{
    static const char *const CASES[] = {"desert-foot", "healthy", "inflow-stenosis",
                                        "tibials-occluded"};

    (void)state;
    for (size_t c = 0; c < WADI_COUNT_OF(CASES); c++) {
        wadi_plan_options options = wadi_plan_options_default();
        wadi_plan_result *result = NULL;
        char path[80];
        double q, p;

        snprintf(path, sizeof path, "cases/%s.json", CASES[c]);
        leg of = read_leg(path);
        options.samples = 0;
        options.closure_limit = 2;
        options.waves = false;
        DEMAND(wadi_plan_case(of.the_case, &options, &result, err));
        compare_means(result->limb, &of.model, -1, result->flow_m3_s, result->pressure_pa, &q,
                      &p);
        print_message("%s: before %.3f %%, %.4f mmHg\n", CASES[c], 100 * q,
                      p / WADI_PA_PER_MMHG);
        assert_true(q <= 0.02 && p <= 0.1 * WADI_PA_PER_MMHG);
        for (wadi_index i = 0; i < result->plan_count; i++) {
            const wadi_plan *plan = &result->plans[i];

            compare_means(plan->limb, &of.model,
                          result->before.femoral_flow_ml_min.value * WADI_M3_S_PER_ML_MIN,
                          plan->flow_m3_s, plan->pressure_pa, &q, &p);
            print_message("%s: plan %d %.3f %%, %.4f mmHg\n", CASES[c], plan->rank, 100 * q,
                          p / WADI_PA_PER_MMHG);
            assert_true(q <= 0.02 && p <= 0.1 * WADI_PA_PER_MMHG);
        }
        wadi_plan_result_free(result);
        free_leg(&of);
    }
}

/* Valves on their kinks, collapsed veins: the search must not need to begin where it ends. */
static void the_mean_is_found_from_far_away(void **state)
{
    static const char *const CASES[] = {"desert-foot", "healthy", "inflow-stenosis",
                                        "sole-anterior-tibial"};

    (void)state;
    for (size_t c = 0; c < WADI_COUNT_OF(CASES); c++) {
        const wadi_linear_options mean = {.harmonics = 0};
        wadi_linear *near = NULL, *far = NULL;
        wadi_network *n = NULL;
        char path[80];

        snprintf(path, sizeof path, "cases/%s.json", CASES[c]);
        leg of = read_leg(path);
        DEMAND(wadi_network_from_limb(of.limb, &of.model, -1, &n, err));
        DEMAND(wadi_linear_solve(n, &mean, &near, err));
        free(n->start_node_pa);
        n->start_node_pa = NULL;
        DEMAND(wadi_linear_solve(n, &mean, &far, err));
        for (wadi_index i = 0; i < n->vessel_count; i++)
            assert_near(far->flow_mean[i], near->flow_mean[i], 1e-6, 1e-13);
        wadi_linear_free(near);
        wadi_linear_free(far);
        wadi_network_free(n);
        free_leg(&of);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_piece_of_line_is_what_cosh_and_sinh_say),
        cmocka_unit_test(all_lanes_of_a_graph_solve_as_the_full_matrix_does),
        cmocka_unit_test(womersley_is_an_option_and_does_what_it_says),
        cmocka_unit_test(harmonics_do_not_know_of_each_other),
        cmocka_unit_test(the_mean_is_that_of_the_steady_level),
        cmocka_unit_test(the_mean_is_found_from_far_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
