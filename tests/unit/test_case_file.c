/* Case files as files: broken, huge, shipped; and the pages made from the table. */
#include "case_help.h"

#include "wadi/limb.h"
#include "yardstick.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void is_file(const char *path, const char *text, size_t size)
{
    char *bytes = NULL;
    size_t file_size;

    assert_int_equal(wadi_file_read(path, 1 << 24, &bytes, &file_size, NULL), WADI_OK);
    if (file_size != size || memcmp(bytes, text, size))
        fail_msg("%s is not what the table says; write it anew with wadi check --schema or "
                 "--reference",
                 path);
    free(bytes);
}

static void schema_and_reference_page_are_up_to_date(void **state)
{
    char *text = NULL;
    size_t size;

    (void)state;
    assert_int_equal(wadi_case_schema(&text, &size, NULL), WADI_OK);
    is_file("schema/case.schema.json", text, size);
    free(text);
    assert_int_equal(wadi_case_reference(&text, &size, NULL), WADI_OK);
    is_file("docs/formats/case.md", text, size);
    free(text);
}

/* ---- broken files ---- */

/* Passes over the text (yardstick.h) that an answer may take. The slowest of those below takes
 * thirty; work that grows with the square of the text would take millions. */
static const double PASSES = 400;

static void refuses(const char *text, size_t size, const char *says)
{
    wadi_complaints complaints = {0};
    wadi_case *the_case = NULL;
    wadi_error err = {0};
    double start = yardstick_clock_s(), taken;

    assert_int_not_equal(wadi_case_parse("c.json", text, size, &the_case, &complaints, &err),
                         WADI_OK);
    taken = yardstick_clock_s() - start;
    assert_true(yardstick_passes(taken, text, size) < PASSES);
    assert_null(the_case);
    assert_int_equal(complaints.fatal_count, 1);
    assert_int_equal(strncmp(err.message, "c.json: ", 8), 0);
    if (!strstr(err.message, says))
        fail_msg("'%s' is not said in '%s'", says, err.message);
    wadi_complaints_clear(&complaints);
}

static void broken_text_is_one_complaint_with_a_place(void **state)
{
    static const struct {
        const char *text, *says;
    } ROWS[] = {
        {"", "is empty"},
        {" \n\t", "is empty"},
        {"\xef\xbb\xbf", "is empty"},
        {"{", "line 1, column 1"},
        {"[]", "an object with"},
        {"3", "an object with"},
        {"{\"schema\": \"wadi.plan/1\", \"plans\": []}", "\"wadi.case/1\" is wanted"},
        {"{\"schema\": 3}", "not a text"},
        {"{\"a\": NaN}", "line 1"},
        {"{\n\"a\": 1e999}", "line 2"},
        {"{\"a\": 1, \"a\": 2}", "duplicate"},
        {"{\"a\": \"\xff\"}", "line 1"},
        {"{\"a\": \"\\u0000\"}", "line 1"},
        {"{} {}", "line 1"},
        {"\xff\xfe{", "UTF-16"},
        {"{'a': 1}", "line 1"},
        {"{\"a\": 1,}", "line 1"},
    };

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(ROWS); i++)
        refuses(ROWS[i].text, strlen(ROWS[i].text), ROWS[i].says);
}

static void nesting_stops_at_32_levels(void **state)
{
    char text[200] = "";

    (void)state;
    for (int depth = 32; depth <= 33; depth++) {
        for (int i = 0; i < depth; i++) {
            text[i] = '[';
            text[depth + i] = ']';
        }
        text[2 * depth] = '\0';
        refuses(text, strlen(text), depth == 32 ? "an object with" : "deeper than 32");
    }
}

static void a_byte_order_mark_is_passed_over(void **state)
{
    wadi_complaints complaints = {0};
    wadi_case *the_case = NULL;
    wadi_text text = {0};

    (void)state;
    wadi_text_add(&text, "\xef\xbb\xbf%s}", CASE_START);
    assert_int_equal(parse(text.bytes, &the_case, &complaints), WADI_OK);
    wadi_case_free(the_case);
    wadi_complaints_clear(&complaints);
    wadi_text_clear(&text);
}

/* `unit` over and over after `head`, `size` bytes or a little less. */
static char *repeat(const char *head, const char *unit, size_t size)
{
    size_t used = strlen(head), unit_size = strlen(unit);
    char *text = wadi_alloc(size + 1, 1);

    assert_non_null(text);
    for (size_t i = 0; i < used; i++)
        text[i] = head[i];
    for (; used + unit_size <= size; used += unit_size)
        for (size_t i = 0; i < unit_size; i++)
            text[used + i] = unit[i];
    return text;
}

static void megabytes_of_anything_are_refused_at_once(void **state)
{
    static const struct {
        const char *head, *unit;
        size_t size;
        const char *says;
    } ROWS[] = {
        {"", "[", 100u << 20, "16 MiB"},
        {"", "[", (16u << 20) + 1, "16 MiB"},
        {"", "[", 16u << 20, "deeper than 32"},
        {"", "{\"a\":", 16u << 20, "deeper than 32"},
        {"[", "{},", 16u << 20, "more than 200000 values"},
        {"{\"wounds\":[", "0,", 16u << 20, "more than 200000 values"},
        {"{\"a\":\"", "x", 16u << 20, "line 1"},
        {"", "\n", 16u << 20, "is empty"},
        {"", "9", 16u << 20, "line 1"},
    };

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(ROWS); i++) {
        char *text = repeat(ROWS[i].head, ROWS[i].unit, ROWS[i].size);

        refuses(text, strlen(text), ROWS[i].says);
        free(text);
    }
}

/* Within the limits of size, a file full of mistakes is still answered at once, with a count.
 */
static void thousands_of_mistakes_are_counted_not_listed(void **state)
{
    wadi_complaints complaints = {0};
    wadi_case *the_case = NULL;
    wadi_text text = {0};
    double start, taken;

    (void)state;
    wadi_text_add(&text, "%s, \"patient\": {", CASE_START);
    for (int i = 0; i < 150000; i++)
        wadi_text_add(&text, "\"an_unknown_key_that_is_rather_long_%d\": 0, ", i);
    wadi_text_add(&text, "\"sex\": \"male\"}}");
    start = yardstick_clock_s();
    parse(text.bytes, &the_case, &complaints);
    taken = yardstick_clock_s() - start;
    assert_true(yardstick_passes(taken, text.bytes, strlen(text.bytes)) < PASSES);
    assert_int_equal(complaints.count, COMPLAINT_LIMIT);
    assert_non_null(strstr(complaints.items[COMPLAINT_LIMIT - 1].text, "149601 more"));
    wadi_complaints_clear(&complaints);
    wadi_text_clear(&text);
}

static void a_list_may_hold_a_thousand_elements_not_one_more(void **state)
{
    (void)state;
    for (int count = CASE_ARRAY_LIMIT; count <= CASE_ARRAY_LIMIT + 1; count++) {
        wadi_complaints complaints = {0};
        wadi_case *the_case = NULL;
        wadi_text text = {0};

        wadi_text_add(&text, "%s, \"history\": [{}", CASE_START);
        for (int i = 1; i < count; i++)
            wadi_text_add(&text, ", {}");
        wadi_text_add(&text, "]}");
        parse(text.bytes, &the_case, &complaints);
        assert_int_equal(find_complaint(&complaints, "/history") == NULL,
                         count == CASE_ARRAY_LIMIT);
        wadi_case_free(the_case);
        wadi_complaints_clear(&complaints);
        wadi_text_clear(&text);
    }
}

static void a_warning_never_crowds_out_an_error(void **state)
{
    wadi_complaints complaints = {0};
    wadi_case *the_case = NULL;
    wadi_text text = {0};

    (void)state;
    wadi_text_add(&text, "%s, \"history\": [", CASE_START);
    for (int i = 0; i < CASE_ARRAY_LIMIT - 1; i++)
        wadi_text_add(&text, "{\"day\": 5000}, "); /* unusual */
    wadi_text_add(&text, "{\"day\": 50000}]}");
    assert_int_equal(parse(text.bytes, &the_case, &complaints), WADI_ERR_RANGE);
    assert_non_null(find_complaint(&complaints, "/history/999/day"));
    wadi_complaints_clear(&complaints);
    wadi_text_clear(&text);
}

/* How many allocations of wadi one parse makes: as many as are gone from a store of refusals.
 */
static long count_allocations(const char *text, size_t size)
{
    const long store = 100000;
    wadi_case *the_case = NULL;
    long left = 0;
    void *memory;

    wadi_memory_refuse(store);
    assert_int_equal(wadi_case_parse("c.json", text, size, &the_case, NULL, NULL), WADI_OK);
    while ((memory = wadi_alloc(1, 1)) != NULL) {
        free(memory);
        left++;
    }
    wadi_case_free(the_case);
    return store - left - 1;
}

static void refused_memory_leaves_nothing_behind(void **state)
{
    char *text = NULL;
    size_t size;
    long count;

    (void)state;
    assert_int_equal(wadi_case_template("sole-anterior-tibial", &text, &size, NULL), WADI_OK);
    count = count_allocations(text, size);
    assert_true(count > 100);
    for (long n = 1; n <= count + 1; n++) {
        wadi_complaints complaints = {0};
        wadi_case *the_case = NULL;
        wadi_error err = {0};

        wadi_memory_refuse(n);
        wadi_status status =
            wadi_case_parse("c.json", text, size, &the_case, &complaints, &err);
        wadi_memory_refuse(0);
        assert_int_equal(status, n <= count ? WADI_ERR_NOMEM : WADI_OK);
        assert_int_equal(the_case != NULL, n > count);
        wadi_case_free(the_case);
        wadi_complaints_clear(&complaints);
    }
    free(text);
}

static void refused_memory_for_complaints_is_told(void **state)
{
    (void)state;
    for (long n = 1; n <= 3; n++) { /* the case, the list, and none */
        wadi_complaints complaints = {0};
        wadi_case *the_case = NULL;

        wadi_memory_refuse(n);
        wadi_status status = wadi_case_parse("c.json", "{", 1, &the_case, &complaints, NULL);
        wadi_memory_refuse(0);
        assert_int_equal(status, n <= 2 ? WADI_ERR_NOMEM : WADI_ERR_PARSE);
        wadi_complaints_clear(&complaints);
    }
}

static void folders_and_missing_files_are_complaints(void **state)
{
    wadi_complaints complaints = {0};
    wadi_case *the_case = NULL;
    wadi_error err = {0};

    (void)state;
    assert_int_equal(wadi_case_read("cases", &the_case, &complaints, &err), WADI_ERR_IO);
    assert_int_equal(complaints.fatal_count, 1);
    assert_string_equal(complaints.items[0].text, "is a directory, a file is wanted");
    wadi_complaints_clear(&complaints);
    assert_int_equal(wadi_case_read("cases/no-such.json", &the_case, &complaints, &err),
                     WADI_ERR_IO);
    wadi_complaints_clear(&complaints);
    assert_int_equal(wadi_case_read("cases/no-such.json", &the_case, NULL, NULL), WADI_ERR_IO);
}

/* ---- shipped cases ---- */

static void every_shipped_case_passes_without_a_warning_and_has_a_leg(void **state)
{
    wadi_index count = 0;

    (void)state;
    for (; wadi_case_template_name(count); count++) {
        wadi_complaints complaints = {0};
        wadi_limb *limb = NULL;
        wadi_error err = {0};
        wadi_case *the_case = NULL;
        char *text = NULL, path[100];
        size_t size;

        snprintf(path, sizeof path, "cases/%s.json", wadi_case_template_name(count));
        assert_int_equal(wadi_case_template(wadi_case_template_name(count), &text, &size, NULL),
                         WADI_OK);
        is_file(path, text, size);
        if (wadi_case_read(path, &the_case, &complaints, NULL) || complaints.count)
            fail_msg("%s: %s: %s", path, complaints.items[0].pointer, complaints.items[0].text);
        assert_non_null(the_case->title);
        if (wadi_limb_from_case(the_case, &limb, &err))
            fail_msg("%s: %s", path, err.message);
        wadi_limb_free(limb);
        wadi_case_free(the_case);
        wadi_complaints_clear(&complaints);
        free(text);
    }
    assert_int_equal(count, 12);
}

static void the_minimal_template_is_short(void **state)
{
    char *text = NULL;
    size_t size;
    int line_count = 0;

    (void)state;
    assert_int_equal(wadi_case_template("minimal", &text, &size, NULL), WADI_OK);
    for (size_t i = 0; i < size; i++)
        line_count += text[i] == '\n';
    assert_true(line_count < 25);
    free(text);
}

static void an_unknown_template_is_refused_with_a_suggestion(void **state)
{
    char *text = NULL;
    size_t size;
    wadi_error err = {0};

    (void)state;
    assert_int_equal(wadi_case_template("desertfoot", &text, &size, &err), WADI_ERR_KEY);
    assert_null(text);
    assert_non_null(strstr(err.message, "did you mean desert-foot?"));
    assert_null(wadi_case_template_name(-1));
    assert_null(wadi_case_template_name(1000));
}

static void complaints_travel_as_json(void **state)
{
    wadi_complaints complaints = {0};
    wadi_case *the_case = NULL;
    char *more = case_with(", \"patient\": {\"height_cm\": 9, \"systolic_mmhg\": 250}"),
         *text = NULL;
    size_t size;
    json_t *root = NULL;

    (void)state;
    parse(more, &the_case, &complaints);
    assert_int_equal(wadi_complaints_json("a\xff.json", &complaints, &text, &size, NULL),
                     WADI_OK);
    assert_int_equal(wadi_json_parse("out", text, size, &root, NULL), WADI_OK);
    assert_string_equal(wadi_json_get_text(root, "schema", ""), "wadi.check/1");
    assert_true(json_is_false(json_object_get(root, "ok")));
    assert_near(wadi_json_get_number(root, "errors", 0), 1, 0, 0);
    assert_near(wadi_json_get_number(root, "warnings", 0), 1, 0, 0);
    assert_string_equal(
        wadi_json_get_text(json_array_get(json_object_get(root, "complaints"), 0), "pointer",
                           ""),
        "/patient/height_cm");
    json_decref(root);
    free(text);
    free(more);
    wadi_complaints_clear(&complaints);
}

/* The gaps of `wadi image cta` lie in one file, each pair by its names. */
static void a_gap_file_of_many_pairs_gives_the_pair_that_is_asked_for(void **state)
{
    static const char TEXT[] = "artery,vein,from_origin_mm,gap_mm,low_mm,high_mm\n"
                               "PTA,PTV1,30,1.5,1,2\nPTA,PTV1,40,2.5,2,3\n"
                               "PTA,PTV2,10,4.5,4,5\n";
    static const char OUTSIDE[] = "from_origin_mm,gap_mm,low_mm,high_mm\n10,2,3,4\n";
    wadi_case the_case = {0};
    wadi_error err = {0};
    char path[] = "/tmp/wadi-gaps-XXXXXX";

    (void)state;
    assert_true(close(mkstemp(path)) == 0);
    assert_int_equal(wadi_file_write(path, TEXT, strlen(TEXT), &err), WADI_OK);
    assert_int_equal(wadi_case_set_gap(&the_case, "PTA", "PTV2", path, &err), WADI_OK);
    assert_int_equal(the_case.gap_count, 1);
    assert_int_equal(the_case.gaps[0].point_count, 1);
    assert_true(the_case.gaps[0].points[0].gap_mm.value == 4.5);
    assert_int_equal(wadi_case_set_gap(&the_case, "PTA", "PTV1", path, &err), WADI_OK);
    assert_int_equal(the_case.gaps[1].point_count, 2);
    assert_int_equal(wadi_case_set_gap(&the_case, "ATA", "ATV1", path, &err), WADI_ERR_PARSE);
    assert_non_null(strstr(err.message, "no points of ATA and ATV1"));
    assert_int_equal(wadi_file_write(path, OUTSIDE, strlen(OUTSIDE), &err), WADI_OK);
    assert_int_equal(wadi_case_set_gap(&the_case, "PTA", "PTV1", path, &err), WADI_ERR_RANGE);
    for (wadi_index i = 0; i < the_case.gap_count; i++) {
        free(the_case.gaps[i].artery);
        free(the_case.gaps[i].vein);
        free(the_case.gaps[i].points);
    }
    free(the_case.gaps);
    remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schema_and_reference_page_are_up_to_date),
        cmocka_unit_test(broken_text_is_one_complaint_with_a_place),
        cmocka_unit_test(nesting_stops_at_32_levels),
        cmocka_unit_test(a_byte_order_mark_is_passed_over),
        cmocka_unit_test(megabytes_of_anything_are_refused_at_once),
        cmocka_unit_test(thousands_of_mistakes_are_counted_not_listed),
        cmocka_unit_test(a_list_may_hold_a_thousand_elements_not_one_more),
        cmocka_unit_test(a_warning_never_crowds_out_an_error),
        cmocka_unit_test(refused_memory_leaves_nothing_behind),
        cmocka_unit_test(refused_memory_for_complaints_is_told),
        cmocka_unit_test(folders_and_missing_files_are_complaints),
        cmocka_unit_test(every_shipped_case_passes_without_a_warning_and_has_a_leg),
        cmocka_unit_test(the_minimal_template_is_short),
        cmocka_unit_test(an_unknown_template_is_refused_with_a_suggestion),
        cmocka_unit_test(complaints_travel_as_json),
        cmocka_unit_test(a_gap_file_of_many_pairs_gives_the_pair_that_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
