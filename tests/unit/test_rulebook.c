#include "near.h"

#include "wadi/rulebook.h"

#include <stdlib.h>
#include <string.h>

static wadi_status ask(const char *rule, const char *pairs, char line[1024])
{
    wadi_answer answer;
    wadi_error err = {0};
    wadi_status status = wadi_rule_ask(rule, &pairs, 1, &answer, &err);

    if (status)
        snprintf(line, 1024, "%s", err.message);
    else
        wadi_answer_line(&answer, line, 1024);
    return status;
}

static void a_wrong_value_is_told_with_its_range_and_unit(void **state)
{
    char line[1024];

    (void)state;
    assert_int_equal(ask("jbtk", "blunt=0;calc=0;no_outflow=0;rvd_mm=9;cto_mm=10", line),
                     WADI_ERR_RANGE);
    assert_non_null(strstr(line, "rvd_mm is '9', allowed is 0.3 to 8 mm"));
    assert_int_equal(ask("jbtk", "blunt=2", line), WADI_ERR_RANGE);
    assert_non_null(strstr(line, "0 or 1"));
    assert_int_equal(ask("ali", "sensory=some", line), WADI_ERR_RANGE);
    assert_non_null(strstr(line, "beyond_toes"));
}

static void a_misspelt_key_is_told_with_a_suggestion(void **state)
{
    char line[1024];

    (void)state;
    assert_int_equal(ask("wifi_ischemia", "toe_presure=30", line), WADI_ERR_KEY);
    assert_non_null(strstr(line, "did you mean 'toe_pressure'"));
    assert_int_equal(ask("wifi_ischemia", "nonsense", line), WADI_ERR_KEY);
    assert_int_equal(ask("wifi_ischemia", "qqqqqqqqqqqqqqqqq=1", line), WADI_ERR_KEY);
    assert_null(strstr(line, "did you mean"));
}

static void blanks_and_empty_words_are_nothing(void **state)
{
    char line[1024];

    (void)state;
    assert_int_equal(ask("wifi_stage", " W = 1 ; I=1;; fI=0 ;", line), WADI_OK);
    assert_string_equal(line, "risk=VL;stage=1");
    assert_int_equal(ask("wifi_stage", "W=1;I=1;fI=", line), WADI_ERR_MISSING);
    assert_int_equal(ask("rutherford", "picture=REST_PAIN", line), WADI_OK);
    assert_string_equal(line, "rutherford=4;fontaine=III");
}

static void what_is_expected_must_be_there_and_no_warning_beyond(void **state)
{
    (void)state;
    assert_true(wadi_answer_matches("grade=1;warn=EDGE", "grade=1;warn=EDGE"));
    assert_false(wadi_answer_matches("grade=1;warn=EDGE", "grade=1"));
    assert_true(wadi_answer_matches("FP_adj=2;stage=II", "stage=II"));
    assert_false(wadi_answer_matches("stage=III", "stage=II"));
    assert_false(wadi_answer_matches("ELIGIBLE", "ELIGIBLE;warn=S16"));
}

static void every_rule_has_a_source_a_table_and_keys(void **state)
{
    (void)state;
    for (int i = 0; i < wadi_rule_count(); i++) {
        const wadi_rule *rule = wadi_rule_at(i);
        char *table = NULL;
        size_t size;

        assert_true(strlen(rule->source) > 8 && strlen(rule->title) > 8 && rule->keys[0].name);
        assert_int_equal(wadi_rule_table(rule->name, &table, &size, NULL), WADI_OK);
        assert_true(size > 40);
        free(table);
    }
    assert_null(wadi_rule_at(wadi_rule_count()));
    assert_null(wadi_rule_at(-1));
}

/* Whatever is typed, the answer is a line or a complaint that opens with its code. */
static void no_input_crashes_or_goes_without_a_code(void **state)
{
    static const char LETTERS[] = "=;,.0123456789-+eExnaif WIfIabi_tcpo2\xff\n\t\"";
    wadi_random random;

    (void)state;
    wadi_random_init(&random, 3, 0);
    for (int n = 0; n < 200000; n++) {
        const wadi_rule *rule =
            wadi_rule_at((int)(wadi_random_bits(&random) % (uint64_t)wadi_rule_count()));
        char pairs[300], line[1024];
        size_t size = 0, length = wadi_random_bits(&random) % 80;
        int key_count = 0;

        while (rule->keys[key_count].name)
            key_count++;
        /* Half of the words start as a true key, so that values are reached. */
        while (size < length) {
            const wadi_rule_key *key =
                &rule->keys[wadi_random_bits(&random) % (uint64_t)key_count];

            if (wadi_random_bits(&random) & 1)
                size += (size_t)snprintf(pairs + size, 100, "%s=%g;", key->name,
                                         floor(20 * wadi_random_uniform(&random)) /
                                             (double)(1 + (wadi_random_bits(&random) & 7)));
            else
                pairs[size++] = LETTERS[wadi_random_bits(&random) % (sizeof LETTERS - 1)];
        }
        pairs[size] = '\0';
        if (ask(rule->name, pairs, line))
            assert_int_equal(strncmp(line, "ERR_", 4), 0);
        else
            assert_true(line[0]);
    }
}

/* The level is the user's; on it there is an alert, a hair below there is none. */
static void doses_are_added_up_and_told_at_the_level(void **state)
{
    char line[1024];

    (void)state;
    assert_int_equal(
        ask("dose", "fluoro_min=12;fluoro_before_min=48;fluoro_alert_min=60", line), WADI_OK);
    assert_non_null(strstr(line, "fluoro_total_min=60"));
    assert_non_null(strstr(line, "alert=FLUOROSCOPY"));
    assert_int_equal(
        ask("dose", "fluoro_min=11.99;fluoro_before_min=48;fluoro_alert_min=60", line),
        WADI_OK);
    assert_null(strstr(line, "alert"));
    assert_int_equal(ask("dose",
                         "contrast_ml=150;contrast_alert_ml=150;dap_gy_cm2=80;"
                         "dap_alert_gy_cm2=79",
                         line),
                     WADI_OK);
    assert_non_null(strstr(line, "CONTRAST"));
    assert_non_null(strstr(line, "DOSE_AREA_PRODUCT"));
    assert_null(strstr(line, "fluoro"));
    assert_int_equal(ask("dose", "contrast_ml=900", line), WADI_OK);
    assert_null(strstr(line, "alert"));
    assert_int_equal(ask("dose", "", line), WADI_ERR_MISSING);
    assert_int_equal(ask("dose", "contrast_alert_ml=100", line), WADI_ERR_MISSING);
    assert_int_equal(ask("dose", "contrast_ml=2001", line), WADI_ERR_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doses_are_added_up_and_told_at_the_level),
        cmocka_unit_test(a_wrong_value_is_told_with_its_range_and_unit),
        cmocka_unit_test(a_misspelt_key_is_told_with_a_suggestion),
        cmocka_unit_test(blanks_and_empty_words_are_nothing),
        cmocka_unit_test(what_is_expected_must_be_there_and_no_warning_beyond),
        cmocka_unit_test(every_rule_has_a_source_a_table_and_keys),
        cmocka_unit_test(no_input_crashes_or_goes_without_a_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
