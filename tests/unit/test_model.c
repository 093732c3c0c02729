/* data/model.json and data/reference-leg.json: every number has a source and a standing, and
 * the laws of the parameters meet the points that the file prints. */
#include "near.h"

#include "base/json_impl.h"
#include "wadi/flow.h"

#include <stdlib.h>
#include <string.h>

static const char *const STANDINGS[] = {"FOUND",  "SEED",     "DERIVED",
                                        "MEMORY", "ESTIMATE", "FITTED"};

static bool is_standing(const char *word)
{
    for (size_t i = 0; i < WADI_COUNT_OF(STANDINGS); i++)
        if (!strcmp(STANDINGS[i], word))
            return true;
    return false;
}

static json_t *read_data(const char *name, const char *schema)
{
    json_t *root = NULL;
    wadi_error err = {0};

    if (wadi_json_data(name, schema, &root, &err))
        fail_msg("%s", err.message);
    return root;
}

static wadi_model_table read_table(void)
{
    wadi_model_table table;
    wadi_error err = {0};

    if (wadi_model_read(&table, &err))
        fail_msg("%s", err.message);
    return table;
}

static void every_parameter_has_source_standing_and_unit(void **state)
{
    wadi_model_table table = read_table();

    (void)state;
    for (int i = 0; i < WADI_PARAMETER_COUNT; i++) {
        const wadi_parameter_row *row = &table.row[i];

        if (!is_standing(row->standing))
            fail_msg("%s: standing '%s'", row->name, row->standing);
        if (strlen(row->source) < 10)
            fail_msg("%s: source '%s'", row->name, row->source);
        if (!row->unit[0] && strcmp(row->name, "autoregulation")) /* an exponent has none */
            fail_msg("%s: no unit", row->name);
    }
}

/* Each source object of a segment names, for each of its numbers, a key of /sources whose
 * standing is known; beds name one. */
static void every_number_of_the_reference_leg_has_a_source_of_known_standing(void **state)
{
    json_t *root = read_data("reference-leg.json", "wadi.leg/1"), *item, *source;
    const json_t *sources = json_object_get(root, "sources");
    static const char *const OF_SEGMENT[] = {"length", "radius", "wall", "polyline", "valves"};
    const char *key;
    size_t i;

    (void)state;
    json_object_foreach((json_t *)sources, key, source)
    {
        if (!is_standing(wadi_json_get_text(source, "standing", "")) ||
            !*wadi_json_get_text(source, "text", ""))
            fail_msg("/sources/%s: no standing or no text", key);
    }
    json_array_foreach(json_object_get(root, "segments"), i, item)
    {
        const json_t *mine = json_object_get(item, "source");

        assert_int_equal(json_object_size(mine), WADI_COUNT_OF(OF_SEGMENT));
        for (size_t k = 0; k < WADI_COUNT_OF(OF_SEGMENT); k++)
            if (!json_object_get(sources, wadi_json_get_text(mine, OF_SEGMENT[k], "")))
                fail_msg("/segments/%zu/source/%s is no key of /sources", i, OF_SEGMENT[k]);
        /* A segment without valves says so, and one with valves says whence. */
        bool valves = wadi_json_get_number(item, "valve_count", 0) > 0;
        assert_int_equal(valves, strcmp(wadi_json_get_text(mine, "valves", ""), "none") != 0);
    }
    json_array_foreach(json_object_get(root, "beds"), i, item)
    {
        if (!json_object_get(sources, wadi_json_get_text(item, "source", "")))
            fail_msg("/beds/%zu/source is no key of /sources", i);
    }
    json_decref(root);
}

static void every_device_has_a_source_and_a_standing(void **state)
{
    json_t *root = read_data("devices.json", "wadi.devices/1"), *item;
    size_t i;

    (void)state;
    json_array_foreach(json_object_get(root, "devices"), i, item)
    {
        if (!is_standing(wadi_json_get_text(item, "standing", "")) ||
            !*wadi_json_get_text(item, "source", ""))
            fail_msg("/devices/%zu: no standing or no source", i);
    }
    assert_true(i > 10);
    json_decref(root);
}

static void a_sample_at_5_50_and_95_percent_is_what_the_file_prints(void **state)
{
    wadi_model_table table = read_table();
    const double points[] = {0.05, 0.5, 0.95};

    (void)state;
    for (int k = 0; k < 3; k++) {
        double probability[WADI_PARAMETER_COUNT];
        wadi_model model;

        for (int i = 0; i < WADI_PARAMETER_COUNT; i++)
            probability[i] = points[k];
        model = wadi_model_sample(&table, probability);
        for (int i = 0; i < WADI_PARAMETER_COUNT; i++) {
            const wadi_parameter_row *row = &table.row[i];
            double want = k == 0 ? row->low : k == 1 ? row->value : row->high;

            assert_near(model.value[i], want, 1e-8, 1e-12);
        }
    }
}

/* Shares and radii stay positive, and the three shares of a bed below one, whatever is drawn.
 */
static void no_sample_leaves_what_is_possible(void **state)
{
    wadi_model_table table = read_table();
    wadi_random random;

    (void)state;
    wadi_random_init(&random, 7, 7);
    for (int n = 0; n < 5000; n++) {
        double probability[WADI_PARAMETER_COUNT];
        wadi_model model;

        for (int i = 0; i < WADI_PARAMETER_COUNT; i++) {
            double u = wadi_random_uniform(&random);

            probability[i] = u < 0.1 ? 1e-12 : u > 0.9 ? 1 - 1e-12 : u;
        }
        model = wadi_model_sample(&table, probability);
        for (int i = 0; i < WADI_PARAMETER_COUNT; i++) {
            bool may_be_negative = i == WADI_P_SUPERFICIAL_SHARE || i == WADI_P_VENOUS_PRESSURE;

            if (!(isfinite(model.value[i]) && (may_be_negative || model.value[i] > 0)))
                fail_msg("%s = %g", table.row[i].name, model.value[i]);
        }
        assert_true(model.value[WADI_P_ARTERIOLE_SHARE] + model.value[WADI_P_CAPILLARY_SHARE] <
                    1);
        assert_true(model.value[WADI_P_SATURATION] <= 1);
        assert_true(model.value[WADI_P_LYSED_VALVE] < 1);
        assert_true(model.value[WADI_P_BAROREFLEX] <= 1);
        assert_true(model.value[WADI_P_MEAN_PRESSURE] > model.value[WADI_P_VENOUS_PRESSURE]);
    }
}

static void what_the_case_measured_replaces_the_default_and_narrows_it(void **state)
{
    wadi_model_table table = read_table(), before = table;
    wadi_case the_case;

    (void)state;
    memset(&the_case, 0, sizeof the_case);
    the_case.patient.systolic_mmhg = (wadi_maybe){true, 150};
    the_case.patient.diastolic_mmhg = (wadi_maybe){true, 90};
    the_case.patient.haemoglobin_g_dl = (wadi_maybe){true, 10};
    the_case.patient.age_years = (wadi_maybe){true, 60};
    the_case.patient.height_cm = (wadi_maybe){true, 172};
    the_case.patient.weight_kg = (wadi_maybe){true, 75};
    wadi_model_fit_case(&table, &the_case);
    assert_near(table.row[WADI_P_MEAN_PRESSURE].value, 110, 1e-14, 0);
    assert_near(table.row[WADI_P_PULSE_PRESSURE].value, 60, 1e-14, 0);
    assert_near(table.row[WADI_P_HAEMATOCRIT].value, 0.30, 1e-14, 0);
    assert_string_equal(table.row[WADI_P_MEAN_PRESSURE].standing, "CASE");
    assert_true(table.row[WADI_P_MEAN_PRESSURE].high - table.row[WADI_P_MEAN_PRESSURE].low <
                before.row[WADI_P_MEAN_PRESSURE].high - before.row[WADI_P_MEAN_PRESSURE].low);
    /* (4.874 - 0.023 x 60) x 0.007184 x 75^0.425 x 172^0.725 = 3.494 x 1.8790 L/min. */
    assert_near(table.row[WADI_P_CARDIAC_OUTPUT].value, 6565, 0.001, 0);
    assert_near(table.row[WADI_P_SATURATION].value, before.row[WADI_P_SATURATION].value, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_parameter_has_source_standing_and_unit),
        cmocka_unit_test(every_number_of_the_reference_leg_has_a_source_of_known_standing),
        cmocka_unit_test(every_device_has_a_source_and_a_standing),
        cmocka_unit_test(a_sample_at_5_50_and_95_percent_is_what_the_file_prints),
        cmocka_unit_test(no_sample_leaves_what_is_possible),
        cmocka_unit_test(what_the_case_measured_replaces_the_default_and_narrows_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
