#include "near.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

static void a_file_over_the_limit_is_refused_and_one_on_it_is_read(void **state)
{
    char path[] = "wadi-test-XXXXXX", *bytes = NULL;
    int file = mkstemp(path);
    size_t size = 0;
    wadi_error err = {0};

    (void)state;
    assert_true(file >= 0);
    close(file);
    assert_int_equal(wadi_file_write(path, "12345678", 8, &err), WADI_OK);
    assert_int_equal(wadi_file_read(path, 8, &bytes, &size, &err), WADI_OK);
    assert_int_equal(size, 8);
    assert_string_equal(bytes, "12345678");
    free(bytes);
    assert_int_equal(wadi_file_read(path, 7, &bytes, &size, &err), WADI_ERR_IO);
    assert_null(bytes);
    remove(path);
}

static void what_cannot_be_written_is_another_status_than_what_cannot_be_read(void **state)
{
    wadi_error err = {0};
    char *bytes = NULL;
    size_t size;

    (void)state;
    assert_int_equal(wadi_file_read("no/such/file", 100, &bytes, &size, &err), WADI_ERR_IO);
    assert_int_equal(wadi_file_write("no/such/file", "x", 1, &err), WADI_ERR_WRITE);
    assert_non_null(strstr(err.message, "no/such/file"));
    assert_int_equal(wadi_directory_make("/dev/null/folder", &err), WADI_ERR_WRITE);
    assert_non_null(strstr(err.message, "/dev/null/folder"));
}

/* Renaming a finished file over a pipe or a device would remove it from the system. */
static void a_pipe_is_written_and_stays_a_pipe(void **state)
{
    char folder[] = "wadi-test-XXXXXX", path[64], got[8] = "";
    struct stat info;
    int reader;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/pipe", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    reader = open(path, O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    assert_int_equal(wadi_file_write(path, "blood", 5, NULL), WADI_OK);
    assert_int_equal(read(reader, got, sizeof got - 1), 5);
    assert_string_equal(got, "blood");
    assert_int_equal(stat(path, &info), 0);
    assert_true(S_ISFIFO(info.st_mode));
    close(reader);
    remove(path);
    assert_int_equal(rmdir(folder), 0); /* nothing was left beside */
}

static void every_status_has_a_text_of_its_own(void **state)
{
    (void)state;
    for (int a = WADI_ERR_WRITE; a <= WADI_OK; a++) {
        assert_string_not_equal(wadi_status_text((wadi_status)a), "unknown status");
        for (int b = a + 1; b <= WADI_OK; b++)
            assert_string_not_equal(wadi_status_text((wadi_status)a),
                                    wadi_status_text((wadi_status)b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal_quantile_inverts_the_error_function),
        cmocka_unit_test(random_members_differ_and_repeat),
        cmocka_unit_test(edit_distance_counts_swaps_once),
        cmocka_unit_test(refused_memory_is_reported_not_used),
        cmocka_unit_test(a_folder_is_not_read_as_a_file),
        cmocka_unit_test(a_file_over_the_limit_is_refused_and_one_on_it_is_read),
        cmocka_unit_test(what_cannot_be_written_is_another_status_than_what_cannot_be_read),
        cmocka_unit_test(a_pipe_is_written_and_stays_a_pipe),
        cmocka_unit_test(every_status_has_a_text_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
