#include "near.h"

#include "wadi/knowledge.h"

#include <stdlib.h>
#include <string.h>

static void each_technique_has_all_three_parts_in_order(void **state)
{
    static const char *const TECHNIQUES[] = {"percutaneous_dedicated", "percutaneous_offshelf",
                                             "surgical_superficial", "surgical_deep", "hybrid"};
    wadi_knowledge *k = NULL;

    (void)state;
    assert_int_equal(wadi_knowledge_open(&k, NULL), WADI_OK);
    for (size_t t = 0; t < WADI_COUNT_OF(TECHNIQUES); t++) {
        bool fistula = false, valves = false, shunting = false;

        for (int i = 0; i < wadi_knowledge_count(k, "steps"); i++) {
            const char *part = wadi_knowledge_get(k, "steps", i, "part");

            if (strcmp(wadi_knowledge_get(k, "steps", i, "technique"), TECHNIQUES[t]))
                continue;
            fistula = fistula || !strcmp(part, "fistula");
            valves = valves || !strcmp(part, "valves");
            shunting = shunting || !strcmp(part, "shunting");
        }
        assert_true(fistula && valves && shunting);
    }
    wadi_knowledge_free(k);
}

/* Table 1 of the review. */
static void every_adverse_effect_of_the_review_is_there(void **state)
{
    static const char *const TERMS[] = {"allergic reaction",
                                        "bleeding",
                                        "haematoma",
                                        "angina",
                                        "stroke",
                                        "limb ischaemia",
                                        "myocardial infarction",
                                        "pulmonary embolism",
                                        "deep vein thrombosis",
                                        "contrast-induced nephropathy",
                                        "renal failure",
                                        "local infection",
                                        "systemic infection",
                                        "stent thrombosis",
                                        "in-stent stenosis",
                                        "unsuccessful disruption of valves"};
    wadi_knowledge *k = NULL;

    (void)state;
    assert_int_equal(wadi_knowledge_open(&k, NULL), WADI_OK);
    for (size_t t = 0; t < WADI_COUNT_OF(TERMS); t++) {
        bool found = false;

        for (int i = 0; i < wadi_knowledge_count(k, "complications"); i++)
            found =
                found || !strcmp(wadi_knowledge_get(k, "complications", i, "term"), TERMS[t]);
        if (!found)
            fail_msg("%s", TERMS[t]);
    }
    wadi_knowledge_free(k);
}

static void months_end_on_a_day_of_the_calendar(void **state)
{
    char out[11];

    (void)state;
    assert_int_equal(wadi_date_add_months("2024-11-30", 3, out, NULL), WADI_OK);
    assert_string_equal(out, "2025-02-28");
    assert_int_equal(wadi_date_add_months("2023-11-30", 3, out, NULL), WADI_OK);
    assert_string_equal(out, "2024-02-29");
    assert_int_equal(wadi_date_add_months("2025-03-18", 3, out, NULL), WADI_OK);
    assert_string_equal(out, "2025-06-18");
    assert_int_equal(wadi_date_add_months("2025-02-29", 3, out, NULL), WADI_ERR_PARSE);
    assert_int_equal(wadi_date_add_months("18.3.2025", 3, out, NULL), WADI_ERR_PARSE);
    assert_int_equal(wadi_date_add_months("2025-03-181", 3, out, NULL), WADI_ERR_PARSE);
}

static void antithrombotics_end_after_three_months_or_never(void **state)
{
    wadi_knowledge *k = NULL;
    char *text = NULL;
    size_t size;

    (void)state;
    assert_int_equal(wadi_knowledge_open(&k, NULL), WADI_OK);
    assert_int_equal(
        wadi_knowledge_text(k, "antithrombotics", NULL, "2025-03-18", &text, &size, NULL),
        WADI_OK);
    assert_non_null(strstr(text, "not before 2025-06-18"));
    assert_non_null(strstr(text, "ends 2025-06-18"));
    assert_non_null(strstr(
        text,
        "for life [Spiliopoulos 2023 (doi:10.20944/preprints202309.1715.v1)]; no end date"));
    free(text);
    assert_int_equal(wadi_knowledge_text(k, "alternatives", NULL, NULL, &text, &size, NULL),
                     WADI_OK);
    assert_non_null(strstr(text, "gene therapy"));
    free(text);
    assert_int_equal(wadi_knowledge_text(k, "steps", "hybrid", NULL, &text, &size, NULL),
                     WADI_OK);
    assert_null(strstr(text, "valvulotome from the crossing"));
    free(text);
    assert_int_equal(wadi_knowledge_text(k, "nothing", NULL, NULL, &text, &size, NULL),
                     WADI_ERR_KEY);
    assert_null(text);
    wadi_knowledge_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_technique_has_all_three_parts_in_order),
        cmocka_unit_test(every_adverse_effect_of_the_review_is_there),
        cmocka_unit_test(months_end_on_a_day_of_the_calendar),
        cmocka_unit_test(antithrombotics_end_after_three_months_or_never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
