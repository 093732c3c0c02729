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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grade_d_on_every_path_raises_the_question),
        cmocka_unit_test(success_follows_the_product_rule),
        cmocka_unit_test(missing_components_give_bounds_not_a_grade),
        cmocka_unit_test(two_flags_predict_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
