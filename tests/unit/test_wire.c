#include "near.h"

#include "wadi/wire.h"

#include <string.h>

static wadi_wiring wire(const char *vessels)
{
    char json[2000];
    wadi_case *the_case = NULL;
    wadi_limb *limb = NULL;
    wadi_wiring wiring = {0};
    wadi_error err = {0};

    snprintf(json, sizeof json,
             "{\"schema\":\"wadi.case/"
             "1\",\"origin\":\"made_up\",\"presentation\":{\"onset\":\"chronic\","
             "\"rutherford\":5},\"vessels\":[%s]}",
             vessels);
    if (wadi_case_parse("test", json, strlen(json), &the_case, NULL, &err) ||
        wadi_limb_from_case(the_case, &limb, &err) ||
        wadi_wire_case(the_case, limb, &wiring, &err))
        fail_msg("%s", err.message);
    wadi_limb_free(limb);
    wadi_case_free(the_case);
    return wiring;
}

#define D_OF(v, to)                                                                            \
    "{\"vessel\":\"" v "\",\"diameters\":[{\"value_mm\":1.5}],\"lesions\":[{\"kind\":"         \
    "\"occlusion\",\"from_mm\":5,\"to_mm\":" #to                                               \
    ",\"entry\":\"blunt\",\"entry_calcified\":true,\"outflow\":false}]}"

static void grade_d_on_every_path_raises_the_question(void **state)
{
    wadi_wiring all = wire(D_OF("ATA", 300) "," D_OF("PTA", 300) "," D_OF("PER", 250));
    wadi_wiring two = wire(D_OF("ATA", 300) "," D_OF("PTA", 300));

    (void)state;
    assert_int_equal(all.path_count, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(all.paths[i].grade, 'D');
        assert_near(all.paths[i].overall_frac, 0, 0, 1e-15);
    }
    assert_true(all.every_path_grade_d);
    assert_false(two.every_path_grade_d);
}

static void success_follows_the_product_rule(void **state)
{
    wadi_wiring w = wire("{\"vessel\":\"PTA\",\"diameters\":[{\"value_mm\":1.8}],\"lesions\":[{"
                         "\"kind\":\"occlusion\",\"from_mm\":50,\"to_mm\":300,\"entry\":"
                         "\"tapered\",\"entry_calcified\":false,\"outflow\":false}]}");

    (void)state;
    /* 1 for the calibre, 1 for the length, 2 for the outflow: grade C. */
    assert_int_equal(w.paths[0].occlusion.jbtk.score, 4);
    assert_int_equal(w.paths[0].grade, 'C');
    assert_near(w.paths[0].overall_frac, 1 - (1 - 0.193) * (1 - 22.0 / 24), 1e-12, 0);
    assert_true(w.paths[0].overall_low_frac < w.paths[0].overall_frac &&
                w.paths[0].overall_frac < w.paths[0].overall_high_frac);
    assert_near(wadi_wire_product(0.5, 0.5), 0.75, 1e-15, 0);
}

static void missing_components_give_bounds_not_a_grade(void **state)
{
    wadi_wiring w =
        wire("{\"vessel\":\"PTA\",\"diameters\":[{\"value_mm\":1.8}],\"lesions\":[{\"kind\":"
             "\"occlusion\",\"from_mm\":50,\"to_mm\":300,\"outflow\":false}]}");

    (void)state;
    assert_false(w.paths[0].graded);
    assert_int_equal(w.paths[0].score_low, 4);
    assert_int_equal(w.paths[0].score_high, 6);
}

static void two_flags_predict_failure(void **state)
{
    wadi_wiring one = wire("{\"vessel\":\"PTA\",\"lesions\":[{\"kind\":\"occlusion\",\"from_"
                           "mm\":50,\"to_mm\":200,\"calcium\":\"severe\"}]}");
    wadi_wiring both =
        wire("{\"vessel\":\"PTA\",\"calcium\":\"severe\",\"lesions\":[{\"kind\":\"occlusion\","
             "\"from_mm\":50,\"to_mm\":200,\"calcium\":\"severe\"}]}");

    (void)state;
    assert_true(one.paths[0].ivus_may_not_advance && !one.paths[0].failure_predicted);
    assert_true(both.paths[0].failure_predicted);
}

static void the_tree_follows_the_product_rule(void **state)
{
    wadi_wire_step steps[WADI_WIRE_STEPS];
    double left = 1;

    (void)state;
    wadi_wire_tree(0.193, steps);
    for (int k = 0; k < WADI_WIRE_STEPS; k++) {
        assert_near(steps[k].reached_frac, left, 1e-12, 0);
        left *= 1 - steps[k].success_frac;
        assert_near(steps[k].crossed_frac, 1 - left, 1e-12, 0);
    }
    assert_near(steps[0].success_frac, 0.193, 0, 0);
    /* Without the first step the tree gives what the series found: 62 of 65. */
    wadi_wire_tree(0, steps);
    assert_near(steps[WADI_WIRE_STEPS - 1].crossed_frac, 62.0 / 65, 1e-12, 0);
    wadi_wire_tree(1, steps);
    assert_near(steps[1].reached_frac, 0, 0, 0);
}

static wadi_wire_replay play(const char *script)
{
    wadi_wire_replay r = {0};
    wadi_error err = {0};

    if (wadi_wire_run("script", script, strlen(script), &r, &err))
        fail_msg("%s", err.message);
    return r;
}

static void a_scripted_excavator_case_succeeds_and_counts_its_wires(void **state)
{
    wadi_wire_replay r = play("# anterior tibial artery\n"
                              "wire 1\nadvance\nstuck\n"
                              "ivus\nlumen false\n"
                              "wire 12\nadvance\nlumen true\nstuck\n"
                              "ivus            # now on the second wire\n"
                              "wire 20\nadvance\nlumen true\n"
                              "crossed\nivus\nballoon 2.5 2.8\n");

    (void)state;
    assert_true(r.success);
    assert_int_equal(r.state, WADI_WIRE_DILATED);
    assert_int_equal(r.wires, 3);
    assert_int_equal(r.excavator_rounds, 2);
    assert_near(r.greatest_load_g, 20, 0, 0);
    assert_false(r.retrograde);
    assert_non_null(strstr(r.reason, "EXCAVATOR"));
}

static void blocked_ultrasound_and_distal_calcium_predict_failure_with_the_reason(void **state)
{
    wadi_wire_replay one = play("wire 3\nivus blocked\nstop\n");
    wadi_wire_replay both = play("wire 3\nivus blocked\ndistal calcium\nstop\n");

    (void)state;
    assert_false(one.success || one.failure_predicted);
    assert_true(both.failure_predicted && !both.success);
    assert_non_null(strstr(both.reason, "did not advance"));
}

static void events_out_of_order_are_refused_with_their_line(void **state)
{
    static const struct {
        const char *script, *place;
        wadi_status status;
    } CASES[] = {
        {"ivus\n", "s:1", WADI_ERR_CONFLICT},
        {"wire 1\nballoon 2 3\n", "s:2", WADI_ERR_CONFLICT},
        {"wire 1\ncrossed\nballoon 3.01 3\n", "s:3", WADI_ERR_CONFLICT},
        {"wire 1\nlumen true\n", "s:2", WADI_ERR_CONFLICT},
        {"wire 1\ncrossed\nballoon 3 3\nstop\n", "s:4", WADI_ERR_CONFLICT},
        {"wire\n", "s:1", WADI_ERR_PARSE},
        {"wire 1 2\n", "s:1", WADI_ERR_PARSE},
        {"wire -1\n", "s:1", WADI_ERR_RANGE},
        {"wire nan\n", "s:1", WADI_ERR_RANGE},
        {"\n\nfly\n", "s:3", WADI_ERR_PARSE},
        {"wire 1\nretrograde teleport\n", "s:2", WADI_ERR_PARSE},
        {"wire 1\nadvance \xff\n", "s:2", WADI_ERR_PARSE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        wadi_wire_replay r = {.wires = -1};
        wadi_error err = {0};

        assert_int_equal(wadi_wire_run("s", CASES[i].script, strlen(CASES[i].script), &r, &err),
                         CASES[i].status);
        assert_non_null(strstr(err.message, CASES[i].place));
        assert_int_equal(r.wires, -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grade_d_on_every_path_raises_the_question),
        cmocka_unit_test(success_follows_the_product_rule),
        cmocka_unit_test(missing_components_give_bounds_not_a_grade),
        cmocka_unit_test(two_flags_predict_failure),
        cmocka_unit_test(the_tree_follows_the_product_rule),
        cmocka_unit_test(a_scripted_excavator_case_succeeds_and_counts_its_wires),
        cmocka_unit_test(blocked_ultrasound_and_distal_calcium_predict_failure_with_the_reason),
        cmocka_unit_test(events_out_of_order_are_refused_with_their_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
