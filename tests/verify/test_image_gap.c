/* Double-injection phantoms: gap profile and crossing against what was drawn. Run with first
 * seed and number; the method was looked at on seeds 1, 100 to 104, 202 and 206; others are
 * reported. */
#include "base/json_impl.h"
#include "image_data.h"
#include "wadi/image_dsa.h"
#include "wadi/image_phantom.h"

static int first_seed = 300, seed_count = 20;

typedef struct tally {
    double errors[20000], bias;
    int count, inside, runs;
} tally;

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static json_t *load(const char *directory, const char *name)
{
    char path[300], *bytes = NULL;
    size_t size = 0;
    json_t *out = NULL;
    wadi_error err = {0};

    snprintf(path, sizeof path, "%s/%s", directory, name);
    assert_int_equal(wadi_file_read(path, 64u << 20, &bytes, &size, &err), WADI_OK);
    assert_int_equal(wadi_json_parse(path, bytes, size, &out, &err), WADI_OK);
    free(bytes);
    return out;
}

static double true_gap(const json_t *profile, double at)
{
    size_t count = json_array_size(profile);

    for (size_t i = 1; i < count; i++) {
        const json_t *a = json_array_get(profile, i - 1), *b = json_array_get(profile, i);
        double x0 = wadi_json_get_number(a, "from_origin_mm", 0);
        double x1 = wadi_json_get_number(b, "from_origin_mm", 0);

        if (at <= x1) {
            double y0 = wadi_json_get_number(a, "gap_mm", 0);

            return y0 + (wadi_json_get_number(b, "gap_mm", 0) - y0) * (at - x0) / (x1 - x0);
        }
    }
    return NAN;
}

/* All of gap.csv but 3 mm at both ends, where the truth has no partner. */
static void compare(const char *directory, const json_t *profile, tally *sum)
{
    char path[300], line[200];
    double bias = 0, whole = 0;
    int here = 0;

    snprintf(path, sizeof path, "%s/gap.csv", directory);
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    whole = wadi_json_get_number(json_array_get(profile, json_array_size(profile) - 1),
                                 "from_origin_mm", 0);
    while (fgets(line, sizeof line, file)) {
        double at, gap, low, high;

        assert_int_equal(sscanf(line, "%lf,%lf,%lf,%lf", &at, &gap, &low, &high), 4);
        if (at < 3 || at > whole - 3)
            continue;
        double error = gap - true_gap(profile, at);

        bias += error;
        here++;
        if (sum->count < 20000)
            sum->errors[sum->count++] = fabs(error);
    }
    fclose(file);
    sum->bias += bias / here;
}

static void one_phantom(int seed, tally *sum)
{
    static const char *const FILES[] = {"arterial_1.dcm", "arterial_2.dcm", "venous_1.dcm",
                                        "venous_2.dcm",   "truth.json",     "gap.csv"};
    wadi_phantom_options options = {.seed = (uint64_t)seed, .views = 2};
    wadi_gap_options gap_options = {0};
    char directory[64], arterial[200], venous[200], *text = NULL;
    size_t size = 0;
    wadi_error err = {0};

    snprintf(directory, sizeof directory, "gap-phantom-%ld", (long)getpid());
    snprintf(arterial, sizeof arterial, "%s/arterial_1.dcm,%s/arterial_2.dcm", directory,
             directory);
    snprintf(venous, sizeof venous, "%s/venous_1.dcm,%s/venous_2.dcm", directory, directory);
    assert_int_equal(wadi_phantom_dsa(&options, directory, &err), WADI_OK);
    if (wadi_gap_files(arterial, venous, &gap_options, directory, &text, &size, &err)) {
        print_error("seed %d: %s\n", seed, err.message);
        fail();
    }
    json_t *truth = load(directory, "truth.json"), *answer = NULL;

    assert_int_equal(wadi_json_parse("answer", text, size, &answer, &err), WADI_OK);
    const json_t *crossing = json_object_get(answer, "crossing");
    double site =
        wadi_json_get_number(json_object_get(truth, "crossing"), "from_origin_mm", NAN);
    bool inside = wadi_json_get_number(crossing, "from_mm", NAN) <= site &&
                  site <= wadi_json_get_number(crossing, "to_mm", NAN);

    compare(directory, json_object_get(truth, "gap_profile"), sum);
    sum->inside += inside;
    sum->runs++;
    print_message("seed %d: site %.1f in %.1f..%.1f%s\n", seed, site,
                  wadi_json_get_number(crossing, "from_mm", NAN),
                  wadi_json_get_number(crossing, "to_mm", NAN), inside ? "" : " NOT");
    json_decref(truth);
    json_decref(answer);
    free(text);
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        snprintf(arterial, sizeof arterial, "%s/%s", directory, FILES[i]);
        remove(arterial);
    }
    rmdir(directory);
}

static void the_gap_of_phantoms_is_found(void **state)
{
    tally *sum = calloc(1, sizeof *sum);

    (void)state;
    for (int s = 0; s < seed_count; s++)
        one_phantom(first_seed + s, sum);
    qsort(sum->errors, (size_t)sum->count, sizeof *sum->errors, by_number);
    double p95 = sum->errors[(int)(0.95 * (sum->count - 1))], bias = sum->bias / sum->runs;

    print_message("gap error p95 %.3f mm, bias %.3f mm, site inside %d of %d\n", p95, bias,
                  sum->inside, sum->runs);
    assert_true(p95 <= 0.5);
    assert_true(fabs(bias) <= 0.1);
    assert_true(sum->inside >= 0.95 * sum->runs);
    free(sum);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_gap_of_phantoms_is_found)};

    if (argc > 2) {
        first_seed = atoi(argv[1]);
        seed_count = atoi(argv[2]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
