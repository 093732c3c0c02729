#include "near.h"
#include "wadi/score.h"

#include <string.h>

static wadi_maybe known(double value)
{
    return (wadi_maybe){true, value};
}

static int ischemia(wadi_perfusion p)
{
    wadi_wifi_ischemia_result result;

    assert_int_equal(wadi_wifi_ischemia(&p, &result, NULL), WADI_OK);
    return result.grade;
}

/* ---- ischaemia: each limit, on it and a hair beside ---- */

static void index_limits_are_read_in_hundredths(void **state)
{
    static const struct {
        double abi;
        int grade;
    } rows[] = {{2.5, -2},  {1.3, 0},  {0.8, 0}, {0.795, 0}, {0.7949, 1}, {0.79, 1}, {0.6, 1},
                {0.595, 1}, {0.59, 2}, {0.4, 2}, {0.395, 2}, {0.3949, 3}, {0.39, 3}, {0, 3}};

    (void)state;
    for (size_t i = 1; i < WADI_COUNT_OF(rows); i++)
        assert_int_equal(ischemia((wadi_perfusion){.abi = known(rows[i].abi)}), rows[i].grade);
}

static void toe_limits_close_upwards(void **state)
{
    static const struct {
        double mmhg;
        int grade;
        bool edge;
    } rows[] = {{60, 0, 0}, {59.9, 1, 1}, {59, 1, 0},   {40, 1, 0}, {39.9, 2, 1},
                {39, 2, 0}, {30, 2, 0},   {29.9, 3, 1}, {29, 3, 0}, {0, 3, 0}};

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(rows); i++) {
        wadi_perfusion toe = {.toe_pressure_mmhg = known(rows[i].mmhg)};
        wadi_perfusion oxygen = {.tcpo2_mmhg = known(rows[i].mmhg)};
        wadi_wifi_ischemia_result result;

        assert_int_equal(wadi_wifi_ischemia(&toe, &result, NULL), WADI_OK);
        assert_int_equal(result.grade, rows[i].grade);
        assert_int_equal(result.edge, rows[i].edge);
        assert_int_equal(ischemia(oxygen), rows[i].grade);
    }
}

static void ankle_pressure_of_70_stands_in_two_rows(void **state)
{
    static const struct {
        double mmhg;
        int grade;
    } rows[] = {{100.1, 0}, {100, 1}, {70.1, 1}, {70, WADI_GRADE_AMBIGUOUS},
                {69.9, 2},  {50, 2},  {49.9, 3}};
    wadi_perfusion p = {.ankle_pressure_mmhg = known(70)};
    wadi_wifi_ischemia_result result;

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(rows); i++)
        assert_int_equal(ischemia((wadi_perfusion){.ankle_pressure_mmhg = known(rows[i].mmhg)}),
                         rows[i].grade);
    assert_int_equal(wadi_wifi_ischemia(&p, &result, NULL), WADI_OK);
    assert_int_equal(result.candidates, 1u << 1 | 1u << 2);
    /* The index can settle it. */
    p.abi = known(0.65);
    assert_int_equal(ischemia(p), 1);
}

/* A calcified ankle reads high. It must never pass for a healthy one. */
static void calcified_ankle_alone_gives_no_grade(void **state)
{
    wadi_perfusion p = {.abi = known(1.31), .ankle_pressure_mmhg = known(180)};
    wadi_wifi_ischemia_result result = {.grade = -7};
    wadi_error err = {0};

    (void)state;
    assert_int_equal(wadi_wifi_ischemia(&p, &result, &err), WADI_ERR_MISSING);
    assert_int_equal(strncmp(err.message, "ERR_NEED_TP", 11), 0);
    assert_int_equal(result.grade, -7); /* outputs untouched on failure */
    p.toe_pressure_mmhg = known(28);
    assert_int_equal(wadi_wifi_ischemia(&p, &result, &err), WADI_OK);
    assert_int_equal(result.grade, 3);
    assert_true(result.noncompressible);
    assert_false(result.discordant);
}

static void toe_pressure_governs_and_discord_is_told(void **state)
{
    wadi_perfusion p = {.abi = known(0.9), .toe_pressure_mmhg = known(25)};
    wadi_wifi_ischemia_result result;

    (void)state;
    assert_int_equal(wadi_wifi_ischemia(&p, &result, NULL), WADI_OK);
    assert_int_equal(result.grade, 3);
    assert_true(result.discordant);
    p.abi = known(0.3);
    assert_int_equal(wadi_wifi_ischemia(&p, &result, NULL), WADI_OK);
    assert_false(result.discordant);
}

/* ---- infection ---- */

static int infection(wadi_infection_signs s)
{
    wadi_wifi_infection_result result;

    assert_int_equal(wadi_wifi_infection(&s, &result, NULL), WADI_OK);
    return result.grade;
}

static void infection_needs_two_signs_whatever_else_is_found(void **state)
{
    wadi_infection_signs s = {.signs = known(1),
                              .osteomyelitis = true,
                              .temp_c = known(39),
                              .heart_rate = known(120)};

    (void)state;
    assert_int_equal(infection(s), 0);
    s.signs = known(2);
    assert_int_equal(infection(s), 3);
    s.temp_c = known(38);
    assert_int_equal(infection(s), 2);
    s.osteomyelitis = false;
    assert_int_equal(infection(s), 1);
    s.erythema_cm = known(2);
    assert_int_equal(infection(s), 1);
    s.erythema_cm = known(2.01);
    assert_int_equal(infection(s), 2);
}

static void each_systemic_sign_has_strict_limits(void **state)
{
    /* Beside a heart rate of 91, the second sign decides. */
    const struct {
        wadi_infection_signs s;
        int grade;
    } rows[] = {
        {{.temp_c = known(38)}, 1},
        {{.temp_c = known(38.1)}, 3},
        {{.temp_c = known(36)}, 1},
        {{.temp_c = known(35.9)}, 3},
        {{.resp_rate = known(20)}, 1},
        {{.resp_rate = known(21)}, 3},
        {{.paco2_mmhg = known(32)}, 1},
        {{.paco2_mmhg = known(31)}, 3},
        {{.wbc_1e9_l = known(12)}, 1},
        {{.wbc_1e9_l = known(12.1)}, 3},
        {{.wbc_1e9_l = known(4)}, 1},
        {{.wbc_1e9_l = known(3.9)}, 3},
        {{.bands_percent = known(10)}, 3},
        {{.bands_percent = known(9.9)}, 1},
        /* Both breathing signs are one. */
        {{.resp_rate = known(30), .paco2_mmhg = known(20), .heart_rate = known(90)}, 1},
    };

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(rows); i++) {
        wadi_infection_signs s = rows[i].s;

        s.signs = known(2);
        if (!s.heart_rate.known)
            s.heart_rate = known(91);
        assert_int_equal(infection(s), rows[i].grade);
    }
}

/* ---- grids ---- */

static void the_wifi_grid_has_64_cells_and_never_improves(void **state)
{
    /* By W, then I, then fI, as published. */
    static const char *const STAGES[4] = {"1123123422342334", "1123123423443344",
                                          "2234334434444444", "3344444444444444"};

    (void)state;
    for (int w = 0; w < 4; w++)
        for (int i = 0; i < 4; i++)
            for (int f = 0; f < 4; f++) {
                wadi_wifi_stage_result here, there;

                assert_int_equal(wadi_wifi_stage(w, i, f, false, &here, NULL), WADI_OK);
                assert_int_equal(here.stage, here.risk);
                assert_int_equal(here.stage, STAGES[w][4 * i + f] - '0');
                for (int axis = 0; axis < 3; axis++) {
                    int to[3] = {w, i, f};

                    if (++to[axis] > 3)
                        continue;
                    assert_int_equal(wadi_wifi_stage(to[0], to[1], to[2], false, &there, NULL),
                                     WADI_OK);
                    assert_true(there.stage >= here.stage);
                }
                assert_int_equal(wadi_wifi_stage(w, i, f, true, &there, NULL), WADI_OK);
                assert_int_equal(there.stage, 5);
            }
    assert_int_equal(wadi_wifi_stage(4, 0, 0, false, &(wadi_wifi_stage_result){0}, NULL),
                     WADI_ERR_RANGE);
    assert_int_equal(wadi_wifi_stage(0, -1, 0, false, &(wadi_wifi_stage_result){0}, NULL),
                     WADI_ERR_RANGE);
}

static void the_glass_matrix_is_as_printed(void **state)
{
    static const char *const ROWS[5] = {"01123", "11223", "12223", "22233", "33333"};

    (void)state;
    for (int fp = 0; fp < 5; fp++)
        for (int ip = 0; ip < 5; ip++) {
            wadi_glass_result result;

            assert_int_equal(wadi_glass_stage(fp, ip, false, false, &result, NULL), WADI_OK);
            assert_int_equal(result.stage, ROWS[fp][ip] - '0');
            assert_int_equal(wadi_glass_stage(fp, ip, true, true, &result, NULL), WADI_OK);
            assert_int_equal(result.fp_adjusted, fp < 4 ? fp + 1 : 4);
            assert_int_equal(result.ip_adjusted, ip < 4 ? ip + 1 : 4);
            assert_int_equal(result.calcification_on_grade0, fp == 0 || ip == 0);
        }
}

static int glass_fp(wadi_glass_fp_findings f)
{
    unsigned candidates;
    int grade;

    assert_int_equal(wadi_glass_fp(&f, &grade, &candidates, NULL), WADI_OK);
    return grade;
}

static void femoropopliteal_limits(void **state)
{
    const struct {
        wadi_glass_fp_findings f;
        int grade;
    } rows[] = {
        {{0}, 0},
        {{.sfa_disease_mm = 99.9}, 1},
        {{.sfa_disease_mm = 100}, 2},
        {{.sfa_disease_mm = 200}, 2},
        {{.sfa_disease_mm = 200.1}, 3},
        {{49.9, 49.9, 1, false, 0, false, false}, 1},
        {{50, 50, 1, false, 0, false, false}, 2},
        {{49.9, 49.9, 2, false, 0, false, false}, 2},
        {{99.9, 99.9, 1, false, 0, false, false}, 2},
        {{100, 100, 1, false, 0, false, false}, 3},
        {{200, 200, 1, false, 0, false, false}, 3},
        {{200.1, 200.1, 1, false, 0, false, false}, 4},
        {{20, 20, 1, true, 0, false, false}, 3},
        {{200, 200, 1, true, 0, false, false}, WADI_GRADE_AMBIGUOUS},
        {{.popliteal_stenosis_mm = 19.9}, 2},
        {{.popliteal_stenosis_mm = 20}, 3},
        {{.popliteal_stenosis_mm = 50}, 3},
        {{.popliteal_stenosis_mm = 50.1}, 4},
        {{.popliteal_stenosis_mm = 5, .trifurcation = true}, 4},
        {{.popliteal_occluded = true}, 4},
    };
    int grade;
    unsigned candidates;

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(rows); i++)
        assert_int_equal(glass_fp(rows[i].f), rows[i].grade);
    assert_int_equal(wadi_glass_fp(&rows[13].f, &grade, &candidates, NULL), WADI_OK);
    assert_int_equal(candidates, 1u << 3 | 1u << 4);
    assert_int_equal(wadi_glass_fp(&(wadi_glass_fp_findings){.sfa_disease_mm = 10,
                                                             .sfa_occluded_mm = 11,
                                                             .sfa_occlusions = 1},
                                   &grade, &candidates, NULL),
                     WADI_ERR_RANGE);
}

static void infrapopliteal_limits(void **state)
{
    const struct {
        wadi_glass_ip_findings f;
        int grade;
    } rows[] = {
        {{300, 0, 0, false, false, false}, 0},
        {{300, 29.9, 0, false, false, false}, 1},
        {{300, 30, 0, false, false, false}, 2},
        {{300, 100, 0, false, false, false}, 2},
        {{300, 100.1, 0, false, false, false}, 3},
        {{300, 200, 0, false, false, false}, 3},
        {{300, 200.1, 0, false, false, false}, 4},
        {{300, 29.9, 29.9, false, false, false}, 2},
        {{300, 29.9, 29.9, true, false, false}, 3},
        {{300, 30, 30, false, false, false}, 3},
        {{300, 100, 100, true, false, false}, 3},
        {{300, 100.1, 100.1, false, false, false}, 4},
        {{300, 10, 10, false, true, false}, 4},
        {{300, 0, 0, false, true, true}, 0},
    };

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(rows); i++) {
        int grade;

        assert_int_equal(wadi_glass_ip(&rows[i].f, &grade, NULL), WADI_OK);
        assert_int_equal(grade, rows[i].grade);
    }
    assert_int_equal(wadi_glass_im(true, true), 0);
    assert_int_equal(wadi_glass_im(true, false), 1);
    assert_int_equal(wadi_glass_im(false, true), 2);
}

static void all_32_jbtk_combinations_add_up(void **state)
{
    static const char GRADES[] = "AABBCCD";

    (void)state;
    for (int bits = 0; bits < 32; bits++) {
        wadi_jbtk_findings f = {bits & 1, bits & 2, bits & 4 ? 1.999 : 2.0,
                                bits & 8 ? 200.001 : 200, bits & 16};
        int want =
            !!(bits & 1) + !!(bits & 2) + !!(bits & 4) + !!(bits & 8) + 2 * !!(bits & 16);
        wadi_jbtk_result result;

        assert_int_equal(wadi_jbtk(&f, &result, NULL), WADI_OK);
        assert_int_equal(result.score, want);
        assert_int_equal(result.grade, GRADES[want]);
    }
    assert_null(wadi_jbtk_published('E'));
    assert_near(wadi_jbtk_published('C')->wilson_low_frac, 0.7415, 0, 5e-5);
    assert_int_equal(wadi_jbtk(&(wadi_jbtk_findings){.reference_mm = 0.29, .occlusion_mm = 10},
                               &(wadi_jbtk_result){0}, NULL),
                     WADI_ERR_RANGE);
    assert_int_equal(wadi_jbtk(&(wadi_jbtk_findings){.reference_mm = 2, .occlusion_mm = 601},
                               &(wadi_jbtk_result){0}, NULL),
                     WADI_ERR_RANGE);
}

static void acute_table_and_its_holes(void **state)
{
    (void)state;
    assert_int_equal(wadi_ali(&(wadi_ali_findings){0, 0, true, true}), WADI_ACUTE_I);
    assert_int_equal(wadi_ali(&(wadi_ali_findings){0, 0, false, true}), WADI_ACUTE_IIA);
    assert_int_equal(wadi_ali(&(wadi_ali_findings){1, 0, true, true}), WADI_ACUTE_IIA);
    assert_int_equal(wadi_ali(&(wadi_ali_findings){2, 1, false, true}), WADI_ACUTE_IIB);
    assert_int_equal(wadi_ali(&(wadi_ali_findings){2, 2, true, true}), WADI_ACUTE_IIB);
    assert_int_equal(wadi_ali(&(wadi_ali_findings){3, 3, false, false}), WADI_ACUTE_III);
    assert_int_equal(wadi_ali(&(wadi_ali_findings){3, 3, false, true}),
                     WADI_ACUTE_UNCLASSIFIED);
    assert_int_equal(wadi_ali(&(wadi_ali_findings){0, 2, false, true}),
                     WADI_ACUTE_UNCLASSIFIED);
    /* Of the 64 cells, no worse one is classified milder. */
    for (int a = 0; a < 64; a++)
        for (int b = 0; b < 64; b++) {
            wadi_ali_findings x = {a & 3, a >> 2 & 3, !(a & 16), !(a & 32)},
                              y = {b & 3, b >> 2 & 3, !(b & 16), !(b & 32)};
            bool worse = y.sensory >= x.sensory && y.motor >= x.motor &&
                         y.arterial_audible <= x.arterial_audible &&
                         y.venous_audible <= x.venous_audible;

            if (worse && wadi_ali(&x) && wadi_ali(&y))
                assert_true(wadi_ali(&y) >= wadi_ali(&x));
        }
    assert_int_equal(wadi_ali_parse("IIB"), WADI_ACUTE_IIB);
    assert_int_equal(wadi_ali_parse("IV"), WADI_ACUTE_UNCLASSIFIED);
}

static void pedal_scores(void **state)
{
    wadi_mac_result mac;
    int grade;

    (void)state;
    assert_string_equal(wadi_kawarada(true, true), "1");
    assert_string_equal(wadi_kawarada(true, false), "2A");
    assert_string_equal(wadi_kawarada(false, true), "2B");
    assert_string_equal(wadi_kawarada(false, false), "3");
    for (int sides = 0; sides < 3; sides++)
        for (int is_long = 0; is_long < 2; is_long++) {
            assert_int_equal(wadi_pacss(sides, known(is_long ? 5 : 4.999), &grade, NULL),
                             WADI_OK);
            assert_int_equal(grade, sides ? 2 * sides - 1 + is_long : 0);
        }
    assert_int_equal(wadi_pacss(1, (wadi_maybe){0}, &grade, NULL), WADI_ERR_MISSING);
    assert_int_equal(wadi_pacss(0, (wadi_maybe){0}, &grade, NULL), WADI_OK);
    assert_int_equal(wadi_pacss(3, known(1), &grade, NULL), WADI_ERR_RANGE);
    assert_int_equal(wadi_mac(&(wadi_mac_lengths){2, 2, 2, 1, 1}, &mac, NULL), WADI_OK);
    assert_int_equal(mac.points, 0);
    for (int points = 0; points < 6; points++) {
        wadi_mac_lengths l = {points > 0 ? 2.01 : 0, points > 1 ? 2.01 : 0,
                              points > 2 ? 2.01 : 0, points > 3 ? 1.01 : 0,
                              points > 4 ? 1.01 : 0};

        assert_int_equal(wadi_mac(&l, &mac, NULL), WADI_OK);
        assert_int_equal(mac.points, points);
        assert_string_equal(mac.liu, points > 4 ? "severe" : points > 1 ? "moderate" : "mild");
        assert_string_equal(mac.aha_abs, points > 4   ? "severe"
                                         : points > 2 ? "moderate"
                                                      : "mild");
    }
}

static void surveillance_limits(void **state)
{
    wadi_surveillance_result r;

    (void)state;
    assert_int_equal(
        wadi_surveillance(&(wadi_surveillance_visit){.flow_ml_min = known(100)}, &r, NULL), 0);
    assert_true(r.flow_100 && !r.flow_195);
    assert_int_equal(wadi_surveillance(&(wadi_surveillance_visit){.flow_ml_min = known(100.1),
                                                                  .psv_cm_s = known(55)},
                                       &r, NULL),
                     0);
    assert_true(!r.flow_100 && r.flow_195 && r.psv_55);
    assert_int_equal(wadi_surveillance(&(wadi_surveillance_visit){.flow_ml_min = known(195.1),
                                                                  .psv_cm_s = known(55.1)},
                                       &r, NULL),
                     0);
    assert_true(!r.flow_195 && !r.psv_55);
    assert_int_equal(
        wadi_surveillance(
            &(wadi_surveillance_visit){known(240), known(300), {0}, {0}, known(31)}, &r, NULL),
        0);
    assert_true(r.fall_20);
    assert_int_equal(
        wadi_surveillance(
            &(wadi_surveillance_visit){known(240.1), known(300), {0}, {0}, known(31)}, &r,
            NULL),
        0);
    assert_false(r.fall_20);
    assert_int_equal(
        wadi_surveillance(
            &(wadi_surveillance_visit){known(200), known(300), {0}, {0}, known(32)}, &r, NULL),
        0);
    assert_false(r.fall_20);
    assert_int_equal(
        wadi_surveillance(&(wadi_surveillance_visit){.psv_cm_s = known(0.8)}, &r, NULL),
        WADI_ERR_RANGE);
    assert_int_equal(wadi_surveillance(&(wadi_surveillance_visit){0}, &r, NULL),
                     WADI_ERR_MISSING);
    assert_int_equal(
        wadi_surveillance(&(wadi_surveillance_visit){.flow_ml_min = known(200),
                                                     .previous_flow_ml_min = known(300)},
                          &r, NULL),
        WADI_ERR_MISSING);
}

static void heparin_wants_one_dose_with_its_unit(void **state)
{
    wadi_heparin_result r;
    wadi_maybe none = {0};

    (void)state;
    assert_int_equal(wadi_heparin(70, known(1), none, &r, NULL), 0);
    assert_near(r.dose_iu, 7000, 1e-15, 0);
    assert_true(r.converted_from_mg);
    assert_int_equal(wadi_heparin(70, none, known(100), &r, NULL), 0);
    assert_near(r.dose_iu, 7000, 1e-15, 0);
    assert_false(r.converted_from_mg);
    assert_int_equal(wadi_heparin(70, known(100), none, &r, NULL), WADI_ERR_UNIT);
    assert_int_equal(wadi_heparin(70, none, known(1), &r, NULL), WADI_ERR_UNIT);
    assert_int_equal(wadi_heparin(70, known(2), none, &r, NULL), 0);
    assert_int_equal(wadi_heparin(70, known(2.01), none, &r, NULL), WADI_ERR_UNIT);
    assert_int_equal(wadi_heparin(70, known(1), known(100), &r, NULL), WADI_ERR_UNIT);
    assert_int_equal(wadi_heparin(70, none, none, &r, NULL), WADI_ERR_MISSING);
    assert_int_equal(wadi_heparin(19, known(1), none, &r, NULL), WADI_ERR_RANGE);
}

static void stents_that_do_not_exist(void **state)
{
    wadi_stent_check c = wadi_stent_range(13, 5, true);

    (void)state;
    assert_true(c.length_impossible && c.oversize_tibial && !c.diameter_impossible);
    c = wadi_stent_range(13.1, 15, false);
    assert_true(c.diameter_impossible && !c.length_impossible && !c.oversize_tibial &&
                c.length_soft);
    c = wadi_stent_range(5, 150, true);
    assert_false(c.diameter_soft || c.length_soft || c.oversize_tibial);
    c = wadi_stent_range(10.9, 100, true);
    assert_true(c.diameter_soft && !c.oversize_tibial);
}

/* 10^5 pairs per score: making one finding worse never gives a better grade. */
static void a_worse_measurement_never_gives_a_better_grade(void **state)
{
    wadi_random random;

    (void)state;
    wadi_random_init(&random, 5, 0);
    for (int n = 0; n < 100000; n++) {
        double u = wadi_random_uniform(&random), v = wadi_random_uniform(&random),
               d = wadi_random_uniform(&random);
        wadi_perfusion p = {.toe_pressure_mmhg = known(u * 100)},
                       q = {.toe_pressure_mmhg = known(u * 100 * d)};
        wadi_perfusion a = {.abi = known(v * 1.3)}, b = {.abi = known(v * 1.3 * d)};
        wadi_infection_signs s = {.signs = known(floor(u * 6)),
                                  .erythema_cm = known(v * 4),
                                  .temp_c = known(36 + 4 * d),
                                  .heart_rate = known(60 + 60 * u),
                                  .wbc_1e9_l = known(4 + 12 * v)};
        wadi_infection_signs t = s;
        wadi_glass_fp_findings f = {300 * u, 300 * u * v, 1, false, 80 * d, false, false},
                               g = f;
        wadi_glass_ip_findings i = {300, 300 * u, 300 * u * v, d < 0.5, false, false}, j = i;
        wadi_jbtk_findings k = {u < 0.5, v < 0.5, 0.5 + 3 * d, 50 + 300 * u, d < 0.3}, l = k;
        wadi_jbtk_result r1, r2;
        int g1, g2;
        unsigned c1, c2;

        assert_true(ischemia(q) >= ischemia(p));
        assert_true(ischemia(b) >= ischemia(a));
        t.erythema_cm.value *= 1 + d;
        t.heart_rate.value += 30 * v;
        assert_true(infection(t) >= infection(s));
        g.sfa_disease_mm += 50 * d;
        g.sfa_occluded_mm += 50 * d;
        g.sfa_occlusions = 2;
        g.sfa_flush = v < 0.3;
        assert_int_equal(wadi_glass_fp(&f, &g1, &c1, NULL), 0);
        assert_int_equal(wadi_glass_fp(&g, &g2, &c2, NULL), 0);
        assert_true(g2 >= g1);
        j.stenosed_mm += (300 - j.stenosed_mm) * d;
        j.occluded_mm += (j.stenosed_mm - j.occluded_mm) * d;
        j.origin_occluded = true;
        assert_int_equal(wadi_glass_ip(&i, &g1, NULL), 0);
        assert_int_equal(wadi_glass_ip(&j, &g2, NULL), 0);
        assert_true(g2 >= g1);
        l.reference_mm *= 0.7;
        l.occlusion_mm *= 1.5;
        l.blunt = true;
        assert_int_equal(wadi_jbtk(&k, &r1, NULL), 0);
        assert_int_equal(wadi_jbtk(&l, &r2, NULL), 0);
        assert_true(r2.score >= r1.score);
    }
}

/* The rest of the tables, exhaustively or on 10^5 random pairs. The grid of revascularization
 * benefit is not monotone (I 1, fI 2: W 2 H, W 3 M) and switched off. */
static void the_other_tables_never_improve_either(void **state)
{
    wadi_random random;
    wadi_glass_result here, there;
    int low, high;

    (void)state;
    for (int fp = 0; fp < 5; fp++)
        for (int ip = 0; ip < 5; ip++)
            for (int worse = 0; worse < 4; worse++) {
                int fp2 = fp + (worse == 0 && fp < 4), ip2 = ip + (worse == 1 && ip < 4);

                assert_int_equal(wadi_glass_stage(fp, ip, false, false, &here, NULL), WADI_OK);
                assert_int_equal(
                    wadi_glass_stage(fp2, ip2, worse == 2, worse == 3, &there, NULL), WADI_OK);
                assert_true(there.stage >= here.stage);
            }
    wadi_random_init(&random, 6, 0);
    for (int n = 0; n < 100000; n++) {
        double u = wadi_random_uniform(&random), v = wadi_random_uniform(&random),
               w = wadi_random_uniform(&random);
        int sides = (int)(3 * u);
        wadi_mac_lengths a = {4 * u, 4 * v, 4 * w, 2 * u * v, 2 * v * w};
        wadi_mac_lengths b = {a.dorsalis_pedis_cm * (1 + w), a.plantar_cm + u, a.metatarsal_cm,
                              a.hallux_cm + v, a.other_digit_cm * 2};
        wadi_mac_result ma, mb;
        wadi_surveillance_visit before = {.flow_ml_min = known(400 * u),
                                          .psv_cm_s = known(10 + 100 * v)};
        wadi_surveillance_visit after = {.flow_ml_min = known(400 * u * w),
                                         .psv_cm_s = known(10 + 100 * v * w)};
        wadi_surveillance_result sa, sb;

        assert_int_equal(wadi_pacss(sides, known(10 * v), &low, NULL), WADI_OK);
        assert_int_equal(wadi_pacss(sides < 2 ? sides + 1 : 2, known(10 * v + w), &high, NULL),
                         WADI_OK);
        assert_true(high >= low);
        assert_int_equal(wadi_mac(&a, &ma, NULL), WADI_OK);
        assert_int_equal(wadi_mac(&b, &mb, NULL), WADI_OK);
        assert_true(mb.points >= ma.points);
        assert_int_equal(wadi_surveillance(&before, &sa, NULL), WADI_OK);
        assert_int_equal(wadi_surveillance(&after, &sb, NULL), WADI_OK);
        assert_true(2 * sb.flow_100 + sb.flow_195 >= 2 * sa.flow_100 + sa.flow_195 &&
                    sb.psv_55 >= sa.psv_55);
    }
}

static void wounds_take_the_worse_of_ulcer_and_gangrene(void **state)
{
    static const int ULCER[] = {0, 1, 2, 2, 3, 3}, GANGRENE[] = {0, 2, 3, 3};
    int grade;

    (void)state;
    for (int u = 0; u < 6; u++)
        for (int g = 0; g < 4; g++) {
            assert_int_equal(
                wadi_wifi_wound(&(wadi_wound_findings){(wadi_ulcer)u, (wadi_gangrene)g}, &grade,
                                NULL),
                WADI_OK);
            assert_int_equal(grade, ULCER[u] > GANGRENE[g] ? ULCER[u] : GANGRENE[g]);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(index_limits_are_read_in_hundredths),
        cmocka_unit_test(toe_limits_close_upwards),
        cmocka_unit_test(ankle_pressure_of_70_stands_in_two_rows),
        cmocka_unit_test(calcified_ankle_alone_gives_no_grade),
        cmocka_unit_test(toe_pressure_governs_and_discord_is_told),
        cmocka_unit_test(infection_needs_two_signs_whatever_else_is_found),
        cmocka_unit_test(each_systemic_sign_has_strict_limits),
        cmocka_unit_test(the_wifi_grid_has_64_cells_and_never_improves),
        cmocka_unit_test(the_glass_matrix_is_as_printed),
        cmocka_unit_test(femoropopliteal_limits),
        cmocka_unit_test(infrapopliteal_limits),
        cmocka_unit_test(all_32_jbtk_combinations_add_up),
        cmocka_unit_test(acute_table_and_its_holes),
        cmocka_unit_test(pedal_scores),
        cmocka_unit_test(surveillance_limits),
        cmocka_unit_test(heparin_wants_one_dose_with_its_unit),
        cmocka_unit_test(stents_that_do_not_exist),
        cmocka_unit_test(a_worse_measurement_never_gives_a_better_grade),
        cmocka_unit_test(the_other_tables_never_improve_either),
        cmocka_unit_test(wounds_take_the_worse_of_ulcer_and_gangrene),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
