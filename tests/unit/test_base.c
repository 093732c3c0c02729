#include "near.h"

#include <stdlib.h>
#include <string.h>

static void normal_quantile_inverts_the_error_function(void **state)
{
    (void)state;
    for (double p = 1e-6; p < 1; p += 0.00917)
        assert_near(0.5 * erfc(-wadi_normal_quantile(p) / sqrt(2.0)), p, 1e-12, 0);
    assert_near(wadi_normal_quantile(0.975), 1.959963984540054, 1e-14, 0);
    assert_true(isinf(wadi_normal_quantile(0)) && isinf(wadi_normal_quantile(1)));
}

static void random_members_differ_and_repeat(void **state)
{
    wadi_random a, b, c;

    (void)state;
    wadi_random_init(&a, 7, 0);
    wadi_random_init(&b, 7, 1);
    wadi_random_init(&c, 7, 0);
    for (int i = 0; i < 1000; i++) {
        uint64_t bits = wadi_random_bits(&a);

        assert_int_equal(bits, wadi_random_bits(&c));
        assert_int_not_equal(bits, wadi_random_bits(&b));
    }
}

static void edit_distance_counts_swaps_once(void **state)
{
    (void)state;
    assert_int_equal(wadi_edit_distance("hegiht_cm", "height_cm"), 1);
    assert_int_equal(wadi_edit_distance("", "abc"), 3);
    assert_int_equal(wadi_edit_distance("abc", "abc"), 0);
}

static void refused_memory_is_reported_not_used(void **state)
{
    wadi_text text = {0};

    (void)state;
    wadi_memory_refuse(1);
    wadi_text_add(&text, "x");
    assert_true(text.failed);
    wadi_text_clear(&text);
}

static void a_folder_is_not_read_as_a_file(void **state)
{
    char *bytes = NULL;
    size_t size;
    wadi_error err = {0};

    (void)state;
    assert_int_equal(wadi_file_read("/", 100, &bytes, &size, &err), WADI_ERR_IO);
    assert_null(bytes);
    assert_non_null(strstr(err.message, "directory"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal_quantile_inverts_the_error_function),
        cmocka_unit_test(random_members_differ_and_repeat),
        cmocka_unit_test(edit_distance_counts_swaps_once),
        cmocka_unit_test(refused_memory_is_reported_not_used),
        cmocka_unit_test(a_folder_is_not_read_as_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
