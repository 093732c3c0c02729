#include "plan_made_up.h"

#include "base/json_impl.h"
#include "report/report_impl.h"
#include "report/wrap_impl.h"
#include "schema_check.h"

#include <math.h>

/* ---- numbers ---- */

static void expect_number(report_kind kind, double value, const char *want)
{
    char got[REPORT_NUMBER_SIZE];

    report_number(kind, value, got);
    assert_string_equal(got, want);
}

static void flows_have_three_digits_and_pressures_none_behind_the_point(void **state)
{
    (void)state;
    expect_number(REPORT_FLOW, 1163.4, "1160");
    expect_number(REPORT_FLOW, 245.4, "245");
    expect_number(REPORT_FLOW, 99.96, "100");
    expect_number(REPORT_FLOW, 99.94, "99.9");
    expect_number(REPORT_FLOW, 10.04, "10.0");
    expect_number(REPORT_FLOW, 2.154, "2.15");
    expect_number(REPORT_FLOW, 0.0049, "0");
    expect_number(REPORT_FLOW, -0.0049, "0");
    expect_number(REPORT_PRESSURE, 44.5001, "45");
    expect_number(REPORT_PRESSURE, -0.4, "0");
    expect_number(REPORT_SHARE, 0.0414, "4.1");
    expect_number(REPORT_INDEX, -0.004, "0.00");
    expect_number(REPORT_FLOW, (double)NAN, "-");
    expect_number(REPORT_PRESSURE, (double)INFINITY, "-");
}

static void a_band_with_a_negative_end_is_not_read_as_a_minus(void **state)
{
    char got[REPORT_NUMBER_SIZE];

    (void)state;
    report_band(REPORT_INDEX, &(wadi_band){0.03, -0.05, 0.11}, "-", got);
    assert_string_equal(got, "0.03 (-0.05 to 0.11)");
    report_band(REPORT_FLOW, &(wadi_band){245, 180, 310}, "-", got);
    assert_string_equal(got, "245 (180-310)");
    report_band(REPORT_FLOW, &(wadi_band){245, (double)NAN, (double)NAN}, "-", got);
    assert_string_equal(got, "245");
}

/* ---- JSON ---- */

static json_t *json_of(const made_up *m)
{
    wadi_error err = {0};
    char *text = NULL;
    size_t size;
    json_t *root = NULL;

    assert_int_equal(wadi_plan_json(&m->result, m->the_case, &text, &size, &err), WADI_OK);
    assert_int_equal(strlen(text), size);
    assert_int_equal(wadi_json_parse("plan.json", text, size, &root, &err), WADI_OK);
    free(text);
    return root;
}

static void expect_valid(const made_up *m)
{
    json_t *root = json_of(m), *schema = schema_read("schema/plan.schema.json");
    char where[256] = "";

    if (!schema_accepts(schema, schema, root, where, sizeof where))
        fail_msg("plan.json does not fit its schema at %s", where);
    json_decref(root);
    json_decref(schema);
}

static void plan_json_fits_its_schema_with_and_without_plans(void **state)
{
    made_up *m = made_up_new("desert-foot");

    (void)state;
    expect_valid(m);
    made_up_plan(m, 3);
    expect_valid(m);
    m->result.exploratory = true;
    made_up_talk(m, 7);
    expect_valid(m);
    made_up_free(m);
}

static void a_plan_that_misses_a_key_does_not_fit_the_schema(void **state)
{
    made_up *m = made_up_new("desert-foot");
    json_t *root = json_of(m), *schema = schema_read("schema/plan.schema.json");
    char where[256] = "";

    (void)state;
    assert_true(schema_accepts(schema, schema, root, where, sizeof where));
    json_object_del(json_object_get(json_object_get(root, "before"), "arch_pressure_mmhg"),
                    "low");
    assert_false(schema_accepts(schema, schema, root, where, sizeof where));
    assert_non_null(strstr(where, "/before/arch_pressure_mmhg"));
    json_decref(root);
    json_decref(schema);
    made_up_free(m);
}

static void what_does_not_apply_is_null_and_surgery_has_no_gap(void **state)
{
    made_up *m = made_up_new("desert-foot");
    json_t *root, *plan, *before;

    (void)state;
    made_up_plan(m, 1);
    m->result.plans[0].crossing.gap_mm = (double)NAN;
    m->result.plans[0].crossing.from_origin_mm = (double)NAN;
    root = json_of(m);
    plan = json_array_get(json_object_get(root, "plans"), 0);
    before = json_object_get(root, "before");
    assert_true(json_is_null(json_object_get(json_object_get(plan, "crossing"), "gap_mm")));
    assert_true(
        json_is_null(json_object_get(json_object_get(plan, "crossing"), "from_origin_mm")));
    assert_true(json_is_null(json_object_get(json_object_get(before, "steal_index"), "value")));
    assert_true(json_is_null(json_object_get(
        json_array_get(json_object_get(root, "comparison"), WADI_HYBRID), "after")));
    json_decref(root);
    made_up_free(m);
}

static void tcpo2_is_told_for_every_bed_of_the_foot_and_for_no_other(void **state)
{
    made_up *m = made_up_new("desert-foot");
    json_t *root = json_of(m);
    const json_t *beds = json_object_get(json_object_get(root, "before"), "tcpo2_mmhg");

    (void)state;
    assert_int_equal(json_object_size(beds), 11);
    assert_non_null(json_object_get(beds, "hallux"));
    assert_null(json_object_get(beds, "calf_posterior"));
    json_decref(root);
    made_up_free(m);
}

static void json_gives_up_cleanly_when_memory_is_refused(void **state)
{
    made_up *m = made_up_new("desert-foot");
    wadi_error err = {0};
    char *text = NULL;
    size_t size = 1;

    (void)state;
    wadi_memory_refuse(1);
    assert_int_equal(wadi_plan_json(&m->result, m->the_case, &text, &size, &err),
                     WADI_ERR_NOMEM);
    wadi_memory_refuse(0);
    assert_null(text);
    assert_int_equal(size, 0);
    made_up_free(m);
}

/* ---- text ---- */

static char *text_of(const made_up *m)
{
    wadi_error err = {0};
    char *text = NULL;
    size_t size;

    assert_int_equal(wadi_plan_text(&m->result, m->the_case, &text, &size, &err), WADI_OK);
    assert_int_equal(strlen(text), size);
    return text;
}

static void expect_narrow(const char *text)
{
    while (*text) {
        char line[1024];
        size_t size = strcspn(text, "\n");

        assert_true(size < sizeof line);
        snprintf(line, sizeof line, "%.*s", (int)size, text);
        if (report_width(line) > REPORT_COLUMNS)
            fail_msg("%d columns: %s", report_width(line), line);
        assert_false(size && line[size - 1] == ' ');
        text += size + (text[size] == '\n');
    }
}

static void no_line_of_text_is_wider_than_96_columns_or_ends_in_a_blank(void **state)
{
    made_up *m = made_up_new("desert-foot");
    char *text = text_of(m);

    (void)state;
    expect_narrow(text);
    free(text);
    made_up_plan(m, 3);
    made_up_talk(m, 12);
    text = text_of(m);
    expect_narrow(text);
    free(text);
    made_up_free(m);
}

static void text_names_verdict_reasons_numbers_and_that_it_is_research_only(void **state)
{
    static const char *const WANTED[] = {
        "CONDITIONAL",     "  general",     "  angiographic", "  wound",  "[S02]",
        "Questions that",  "conduit flow",  "mL/min",         "Plan 3:",  "Techniques compared",
        "Trade-off",       "> IMP1, IMPL",  "Drug card",      "day   90", WADI_RESEARCH_ONLY,
        "TcPO2, hallux *", "refused by S03"};
    made_up *m = made_up_new("desert-foot");
    char *text;

    (void)state;
    made_up_plan(m, 3);
    text = text_of(m);
    for (size_t i = 0; i < WADI_COUNT_OF(WANTED); i++)
        if (!strstr(text, WANTED[i]))
            fail_msg("the text does not hold '%s'", WANTED[i]);
    assert_null(strstr(text, "EXPLORATORY"));
    assert_null(strstr(text, "nan"));
    free(text);
    m->result.exploratory = true;
    text = text_of(m);
    assert_ptr_equal(strstr(text, "*** EXPLORATORY"), text);
    free(text);
    made_up_free(m);
}

static void words_longer_than_a_line_and_letters_of_two_bytes_are_counted_right(void **state)
{
    wadi_text text = {0};

    (void)state;
    report_wrap(&text, "- ", "\xc3\xa4\xc3\xb6\xc3\xbc abc defghijklmnop", 8);
    assert_string_equal(text.bytes,
                        "- \xc3\xa4\xc3\xb6\xc3\xbc\n  abc\n  defghi\n  jklmno\n  p\n");
    wadi_text_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flows_have_three_digits_and_pressures_none_behind_the_point),
        cmocka_unit_test(a_band_with_a_negative_end_is_not_read_as_a_minus),
        cmocka_unit_test(plan_json_fits_its_schema_with_and_without_plans),
        cmocka_unit_test(a_plan_that_misses_a_key_does_not_fit_the_schema),
        cmocka_unit_test(what_does_not_apply_is_null_and_surgery_has_no_gap),
        cmocka_unit_test(tcpo2_is_told_for_every_bed_of_the_foot_and_for_no_other),
        cmocka_unit_test(json_gives_up_cleanly_when_memory_is_refused),
        cmocka_unit_test(no_line_of_text_is_wider_than_96_columns_or_ends_in_a_blank),
        cmocka_unit_test(text_names_verdict_reasons_numbers_and_that_it_is_research_only),
        cmocka_unit_test(words_longer_than_a_line_and_letters_of_two_bytes_are_counted_right),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
