/* The leg: what its levels share, which terms they do not, and whether the femoral pulse looks
 * like a healthy one. */
#include "flow_cases.h"

#include "flow/flow_impl.h"
#include "flow/pulse_network_impl.h"
#include "wadi/linear.h"
#include "wadi/plan.h"
#include "wadi/units.h"

typedef struct leg {
    wadi_case *the_case;
    wadi_limb *limb; /* before */
    wadi_model model;
    wadi_plan_result *plan; /* NULL where none was asked for */
} leg;

static leg leg_of(const char *path, bool plan)
{
    wadi_plan_options planning = wadi_plan_options_default();
    wadi_complaints complaints = {0};
    wadi_model_table table;
    leg l = {0};

    DEMAND(wadi_case_read(path, &l.the_case, &complaints, err));
    DEMAND(wadi_model_read(&table, err));
    DEMAND(wadi_limb_from_case(l.the_case, &l.limb, err));
    wadi_model_fit_case(&table, l.the_case);
    l.model = wadi_model_nominal(&table);
    planning.samples = 0;
    if (plan) {
        DEMAND(wadi_plan_case(l.the_case, &planning, &l.plan, err));
        assert_true(l.plan->plan_count > 0);
    }
    wadi_complaints_clear(&complaints);
    return l;
}

static void leg_free(leg *l)
{
    wadi_plan_result_free(l->plan);
    wadi_limb_free(l->limb);
    wadi_case_free(l->the_case);
}

static wadi_pulse *run_to_periodic(const wadi_network *n)
{
    wadi_pulse_options options = wadi_pulse_options_default();
    wadi_pulse *pulse = NULL;

    options.dx_m = 5e-3;
    DEMAND(wadi_pulse_new(n, &options, &pulse, err));
    DEMAND(wadi_pulse_run(pulse, err));
    return pulse;
}

static double mean_pressure(const wadi_pulse *pulse, wadi_index vessel, int place)
{
    size_t samples = wadi_pulse_summarize(pulse).samples;
    double *p = calloc(samples, sizeof *p), sum = 0;

    assert_non_null(p);
    wadi_pulse_waveform(pulse, vessel, place, NULL, p, NULL, NULL, NULL);
    for (size_t i = 0; i + 1 < samples; i++)
        sum += p[i];
    free(p);
    return sum / (double)(samples - 1);
}

/* ---- the levels after arterialization ---- */

typedef enum without { ALL, WITHOUT_HEAD, WITHOUT_CONVECTION } without;

static const char *const NAMES[] = {"all terms", "without the head kept at joints",
                                    "without that and convection in vessels"};

/* Greatest difference of mean pressure between the levels, mmHg, and of flow, as a share of the
 * inflow. */
static void compare_levels(const leg *l, without terms, double *p_mmhg, double *q_share)
{
    const wadi_linear_options mean = {.harmonics = 0, .samples = 3};
    wadi_network *n = NULL;
    wadi_linear *steady = NULL;
    wadi_pulse *pulse;
    const char *worst = "";
    double inflow = 0;

    *p_mmhg = *q_share = 0;
    DEMAND(wadi_network_from_limb(
        l->plan->plans[0].limb, &l->model,
        l->plan->before.femoral_flow_ml_min.value * WADI_M3_S_PER_ML_MIN, &n, err));
    n->blood.static_junctions = terms != ALL;
    for (wadi_index i = 0; terms == WITHOUT_CONVECTION && i < n->vessel_count; i++)
        n->vessels[i].momentum = 1e-6;
    DEMAND(wadi_linear_solve(n, &mean, &steady, err));
    pulse = run_to_periodic(n);
    for (wadi_index i = 0; i < n->vessel_count; i++) {
        wadi_pulse_indices a, b;

        wadi_linear_indices_of(steady, i, &a);
        wadi_pulse_indices_of(pulse, i, &b);
        inflow = i ? inflow : a.q_mean_m3_s;
        *q_share = fmax(*q_share, fabs(b.q_mean_m3_s - a.q_mean_m3_s) / inflow);
        for (int place = 0; place < 5; place += 4) {
            double p[3], miss;
            wadi_linear_waveform(steady, i, place, NULL, p, NULL, NULL, NULL);
            miss = fabs(mean_pressure(pulse, i, place) - p[0]) / WADI_PA_PER_MMHG;
            worst = miss > *p_mmhg ? n->vessels[i].label : worst;
            *p_mmhg = fmax(*p_mmhg, miss);
        }
    }
    print_message("%s: at most %.2f mmHg (%s) and %.2f %% of the inflow\n", NAMES[terms],
                  *p_mmhg, worst, 100 * *q_share);
    wadi_pulse_free(pulse);
    wadi_linear_free(steady);
    wadi_network_free(n);
}

/* In the pulse level joints keep the head rho u^2 / 2 of what arrives; the steady level, which
 * the planner uses, knows none. That term alone makes the difference; what is left is
 * convection in tapering and collapsing vessels; without both the levels agree as asked. */
static void after_arterialization_the_levels_differ_by_the_head_at_joints(void **state)
{
    leg l = leg_of("cases/desert-foot.json", true);
    double all_p, all_q, head_p, head_q, none_p, none_q;

    (void)state;
    compare_levels(&l, ALL, &all_p, &all_q);
    compare_levels(&l, WITHOUT_HEAD, &head_p, &head_q);
    compare_levels(&l, WITHOUT_CONVECTION, &none_p, &none_q);
    assert_true(head_p < 0.2 * all_p && none_p < head_p);
    assert_true(head_p < 1.5 && head_q < 0.02);
    assert_true(none_p < 1 && none_q < 0.02);
    leg_free(&l);
}

/* The mean that the harmonics ride on is the planner's own steady solution. */
static void mean_level_is_the_steady_level_of_the_planner(void **state)
{
    leg l = leg_of("cases/desert-foot.json", true);
    const double reference = l.plan->before.femoral_flow_ml_min.value * WADI_M3_S_PER_ML_MIN;
    const wadi_linear_options mean = {.harmonics = 0, .samples = 3};
    wadi_steady_options options = wadi_steady_options_default();
    const wadi_limb *limb = l.plan->plans[0].limb;
    wadi_network *n = NULL;
    wadi_linear *linear = NULL;
    wadi_steady *steady = NULL;
    wadi_steady_result result;
    double worst = 0;

    (void)state;
    options.reference_inflow_m3_s = reference;
    DEMAND(wadi_network_from_limb(limb, &l.model, reference, &n, err));
    DEMAND(wadi_linear_solve(n, &mean, &linear, err));
    DEMAND(wadi_steady_new(&steady, err));
    DEMAND(wadi_steady_solve(steady, limb, &l.model, &options, &result, err));
    for (wadi_index i = 0; i < n->vessel_count; i++)
        for (int side = 0; side < 2; side++) {
            wadi_index node = side ? n->vessels[i].to : n->vessels[i].from;
            double p[3];
            if (node >= steady->node_count) /* a valve's or a loss's far side */
                continue;
            wadi_linear_waveform(linear, i, side ? 4 : 0, NULL, p, NULL, NULL, NULL);
            worst = fmax(worst, fabs(p[0] - steady->pressure[node]) / WADI_PA_PER_MMHG);
        }
    print_message("mean level against steady: at most %.3f mmHg\n", worst);
    assert_true(worst < 0.1);
    wadi_steady_free(steady);
    wadi_linear_free(linear);
    wadi_network_free(n);
    leg_free(&l);
}

/* ---- the healthy femoral pulse ---- */

static wadi_index vessel_named(const wadi_network *n, const char *label)
{
    for (wadi_index i = 0; i < wadi_network_vessel_count(n); i++)
        if (!strcmp(wadi_network_vessel_at(n, i)->label, label))
            return i;
    fail_msg("no vessel '%s'", label);
    return WADI_NONE;
}

static void assert_within(const char *what, double value, double low, double high)
{
    print_message("%s: %.3g, published %.3g to %.3g\n", what, value, low, high);
    assert_true(value >= low && value <= high);
}

/* Published, one standard deviation about the means of the healthy:
 * - femoral peak forward velocity (mean of the spectrum) 40.7 +- 10.9 cm/s, peak over mean
 *   4.8 +- 1.6: "Quantitative ultrasonographic studies of lower extremity flow velocities in
 *   health and disease", 39 controls (abstract);
 * - centre-stream peaks, 55 healthy: common femoral 114 +- 25, popliteal 69 +- 14 cm/s: K. A.
 *   Jager et al. 1985, as tabled in textbooks. A mean over the section is half of it
 *   (parabola) to all of it (flat);
 * - mean flow 350 +- 141 mL/min: Ultrasound Med. Biol. 12 (1986) 777;
 * - triphasic: a second phase backwards, a third forwards; time from foot to peak below 133 ms
 *   (MEMORY of laboratory criteria). */
static void healthy_femoral_pulse_looks_like_published_ones(void **state)
{
    leg l = leg_of("cases/healthy.json", false);
    wadi_network *n = NULL;
    wadi_pulse *pulse;
    wadi_pulse_indices femoral, popliteal;

    (void)state;
    DEMAND(wadi_network_from_limb(l.limb, &l.model, -1, &n, err));
    pulse = run_to_periodic(n);
    wadi_pulse_indices_of(pulse, vessel_named(n, "CFA"), &femoral);
    wadi_pulse_indices_of(pulse, vessel_named(n, "POP.1"), &popliteal);
    assert_within("femoral mean flow, mL/min", femoral.q_mean_m3_s / WADI_M3_S_PER_ML_MIN, 209,
                  491);
    assert_within("femoral peak velocity, cm/s", 100 * femoral.psv_m_s, 40.7 - 10.9,
                  40.7 + 10.9);
    assert_within("the same against half the centre stream", 100 * femoral.psv_m_s,
                  0.5 * (114 - 25), 114 + 25);
    assert_within("popliteal peak velocity, cm/s", 100 * popliteal.psv_m_s, 0.5 * (69 - 14),
                  69 + 14);
    assert_within("femoral peak over mean flow", femoral.q_max_m3_s / femoral.q_mean_m3_s, 3.2,
                  6.4);
    assert_within("femoral foot to peak, ms", 1e3 * femoral.acceleration_s, 50, 133);
    assert_true(femoral.q_min_m3_s < 0 && femoral.edv_m_s > 0);
    wadi_pulse_free(pulse);
    wadi_network_free(n);
    leg_free(&l);
}

/* ---- the heart ---- */

/* Mean and swing of the pressure where the leg begins, and its inflow, with a heart. */
static void run_with_heart(const leg *l, const wadi_limb *limb, double reference,
                           wadi_pulse_indices *iliac)
{
    wadi_network *n = NULL;
    wadi_pulse *pulse;

    DEMAND(wadi_network_from_limb_and_heart(limb, &l->model, reference, &n, err));
    pulse = run_to_periodic(n);
    wadi_pulse_indices_of(pulse, vessel_named(n, "EIA"), iliac);
    print_message("%ld cycles: %.1f (%.1f to %.1f) mmHg, %.0f mL/min\n",
                  wadi_pulse_summarize(pulse).cycles, iliac->p_mean_pa / WADI_PA_PER_MMHG,
                  iliac->p_min_pa / WADI_PA_PER_MMHG, iliac->p_max_pa / WADI_PA_PER_MMHG,
                  iliac->q_mean_m3_s / WADI_M3_S_PER_ML_MIN);
    wadi_pulse_free(pulse);
    wadi_network_free(n);
}

/* The heart stands where the model says, and gives way to the shunt by (1 - reflexes) P / CO,
 * to a fifth: what it empties against is the pressure at the end of systole, not the mean. */
static void shunt_of_a_leg_loads_its_heart(void **state)
{
    leg l = leg_of("cases/desert-foot.json", true);
    const double *value = l.model.value;
    double reference = l.plan->before.femoral_flow_ml_min.value * WADI_M3_S_PER_ML_MIN;
    double up = value[WADI_P_UPSTREAM_RESISTANCE] * WADI_PA_S_M3_PER_MMHG_MIN_ML;
    double gives_way = (1 - value[WADI_P_BAROREFLEX]) * value[WADI_P_MEAN_PRESSURE] /
                       value[WADI_P_CARDIAC_OUTPUT] * WADI_PA_S_M3_PER_MMHG_MIN_ML;
    wadi_pulse_indices before, after;
    double fall, more;

    (void)state;
    run_with_heart(&l, l.limb, -1, &before);
    run_with_heart(&l, l.plan->plans[0].limb, reference, &after);
    more = after.q_mean_m3_s - before.q_mean_m3_s;
    fall = before.p_mean_pa - after.p_mean_pa;
    print_message("pressure falls by %.2f mmHg for %.0f mL/min more, %.2f wanted\n",
                  fall / WADI_PA_PER_MMHG, more / WADI_M3_S_PER_ML_MIN,
                  (up + gives_way) * more / WADI_PA_PER_MMHG);
    assert_near(before.p_mean_pa + up * before.q_mean_m3_s,
                value[WADI_P_MEAN_PRESSURE] * WADI_PA_PER_MMHG, 0.01, 0);
    assert_near(fall, (up + gives_way) * more, 0.2, 0);
    leg_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_arterialization_the_levels_differ_by_the_head_at_joints),
        cmocka_unit_test(mean_level_is_the_steady_level_of_the_planner),
        cmocka_unit_test(shunt_of_a_leg_loads_its_heart),
        cmocka_unit_test(healthy_femoral_pulse_looks_like_published_ones),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
