/* The CSV reader: every form that a table comes in, and every way in which it is refused. */
#include "near.h"

#include "stats/frame_impl.h"

#include <stdlib.h>
#include <string.h>

static wadi_frame *parse(const char *text, wadi_error *err)
{
    wadi_frame *frame = NULL;
    wadi_status status = wadi_frame_parse("t.csv", text, strlen(text), NULL, 0, &frame, err);

    assert_int_equal(status == WADI_OK, frame != NULL);
    return frame;
}

static void marks_line_ends_quotes_and_missing_values_are_understood(void **state)
{
    wadi_error err = {0};
    wadi_frame *frame;
    const wadi_column *name, *value;

    (void)state;
    frame = parse("\xEF\xBB\xBF\"na\"\"me\",value\r\n\"a, b\",1\r\n\r\nNA, 2.5e1 "
                  "\r\n\"x\ny\",NA\r\n\"\",-Inf",
                  &err);
    assert_non_null(frame);
    assert_int_equal(wadi_frame_rows(frame), 4);
    name = wadi_frame_column(frame, 0);
    value = wadi_frame_column(frame, 1);
    assert_string_equal(name->name, "na\"me");
    assert_int_equal(name->level_count, 2);
    assert_string_equal(name->level[name->code[0]], "a, b");
    assert_int_equal(name->code[1], -1);
    assert_string_equal(name->level[name->code[2]], "x\ny");
    assert_int_equal(name->code[3], -1);
    assert_true(value->number[0] == 1 && value->number[1] == 25 && isnan(value->number[2]));
    assert_true(value->number[3] == -INFINITY);
    wadi_frame_free(frame);
}

static void semicolons_bring_a_decimal_comma(void **state)
{
    wadi_frame *frame = parse("a;b\n1,5;x\n2.5;y\n", NULL);

    (void)state;
    assert_true(wadi_frame_column(frame, 0)->number[0] == 1.5);
    assert_true(wadi_frame_column(frame, 0)->number[1] == 2.5);
    wadi_frame_free(frame);
}

static void levels_are_ordered_as_numbers_where_all_are(void **state)
{
    static const wadi_column_want WANTS[] = {{"g", WADI_COLUMN_LEVELS},
                                             {"h", WADI_COLUMN_LEVELS}};
    const char text[] = "g,h\n10,b\n9,B\n-1,a\n";
    wadi_frame *frame = NULL;
    const wadi_column *g, *h;

    (void)state;
    assert_int_equal(wadi_frame_parse("t", text, strlen(text), WANTS, 2, &frame, NULL),
                     WADI_OK);
    g = wadi_frame_column(frame, 0);
    h = wadi_frame_column(frame, 1);
    assert_string_equal(g->level[0], "-1");
    assert_string_equal(g->level[2], "10");
    assert_int_equal(g->code[0], 2);
    assert_string_equal(h->level[0], "B");
    wadi_frame_free(frame);
}

static void a_broken_table_names_its_place(void **state)
{
    static const struct {
        const char *text, *column, *says;
        wadi_status status;
    } CASES[] = {
        {"a,b\n1,2\n3,x7\n", "b", "line 3, column 'b': 'x7'", WADI_ERR_PARSE},
        {"a,b\n1,2\n3\n", "b", "line 3: 1 fields, the header has 2", WADI_ERR_PARSE},
        {"a,b\n1,2,3\n", "b", "line 2: more than 2 fields", WADI_ERR_PARSE},
        {"a,b\n\"1,2\n", "b", "line 2: a quoted field does not end", WADI_ERR_PARSE},
        {"a,b\n\"1\"x,2\n", "b", "line 2: a quoted field does not end, or text follows",
         WADI_ERR_PARSE},
        {"a,bb\n1,2\n", "b", "has no column 'b'; is it 'a'?", WADI_ERR_KEY},
        {"", "b", "empty", WADI_ERR_PARSE},
        {"a,b\n\"x\ny\",1\n2,z\n", "b", "line 4", WADI_ERR_PARSE},
    };

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(CASES); i++) {
        wadi_column_want want = {CASES[i].column, WADI_COLUMN_NUMBER};
        wadi_frame *frame = NULL;
        wadi_error err = {0};

        assert_int_equal(wadi_frame_parse("t.csv", CASES[i].text, strlen(CASES[i].text), &want,
                                          1, &frame, &err),
                         CASES[i].status);
        assert_null(frame);
        if (!strstr(err.message, CASES[i].says))
            fail_msg("'%s' does not say '%s'", err.message, CASES[i].says);
    }
}

/* The C library rounds correctly too, so all bits have to agree: random decimals of 1 to 19
 * digits with exponents on both sides of what the fast ways take. */
static void numbers_are_rounded_as_the_c_library_rounds_them(void **state)
{
    wadi_random random;
    char text[64];
    double got, want;

    (void)state;
    wadi_random_init(&random, 7, 0);
    for (int i = 0; i < 200000; i++) {
        int digits = 1 + (int)(wadi_random_bits(&random) % 19), point, size = 0;

        point = (int)(wadi_random_bits(&random) % (unsigned)(digits + 1));
        for (int d = 0; d < digits; d++) {
            if (d == point)
                text[size++] = '.';
            text[size++] = (char)('0' + wadi_random_bits(&random) % 10);
        }
        if (i % 3 == 0)
            size +=
                snprintf(text + size, 10, "e%d", (int)(wadi_random_bits(&random) % 640) - 330);
        text[size] = 0;
        want = strtod(text, NULL);
        if (isinf(want)) {
            assert_false(frame_number_text(text, &got));
            continue;
        }
        assert_true(frame_number_text(text, &got));
        if (got != want || signbit(got) != signbit(want))
            fail_msg("%s gives %.17g, not %.17g", text, got, want);
    }
}

static void halves_go_to_the_even_neighbour(void **state)
{
    double got;

    (void)state;
    assert_true(frame_number_text("9007199254740993", &got) && got == 9007199254740992.0);
    assert_true(frame_number_text("9007199254740995", &got) && got == 9007199254740996.0);
    assert_true(frame_number_text("9007199254740993.1", &got) && got == 9007199254740994.0);
    assert_true(frame_number_text("0.1", &got) && got == 0.1);
    assert_true(frame_number_text("-0", &got) && got == 0 && signbit(got));
    assert_false(frame_number_text("", &got) || frame_number_text("-", &got) ||
                 frame_number_text(".", &got));
    assert_false(frame_number_text("1e", &got) || frame_number_text("0x10", &got) ||
                 frame_number_text("1 2", &got));
}

static void refused_memory_leaves_nothing_behind(void **state)
{
    const char text[] = "a,b\n1,x\n2,y\n3,\"z\"\"\"\n";

    (void)state;
    for (long nth = 1; nth < 60; nth++) {
        wadi_frame *frame = NULL;
        wadi_status status;

        wadi_memory_refuse(nth);
        status = wadi_frame_parse("t", text, strlen(text), NULL, 0, &frame, NULL);
        wadi_memory_refuse(0);
        assert_true(status == WADI_OK || frame == NULL);
        wadi_frame_free(frame);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_line_ends_quotes_and_missing_values_are_understood),
        cmocka_unit_test(semicolons_bring_a_decimal_comma),
        cmocka_unit_test(levels_are_ordered_as_numbers_where_all_are),
        cmocka_unit_test(a_broken_table_names_its_place),
        cmocka_unit_test(numbers_are_rounded_as_the_c_library_rounds_them),
        cmocka_unit_test(halves_go_to_the_even_neighbour),
        cmocka_unit_test(refused_memory_leaves_nothing_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
