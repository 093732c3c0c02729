/* Calibre against the phantoms' truth: catheters, a drawn stenosis; and what one view tells.
 * Run with first seed and number; the number of the calibrations, the other two take a fifth.
 */
#include "base/json_impl.h"
#include "image_data.h"
#include "wadi/image_dsa.h"
#include "wadi/image_phantom.h"

static int first_seed = 601, seed_count = 5;
static char directory[64];

static const char *file(const char *name)
{
    static char path[4][200];
    static int turn;

    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", directory, name);
    return path[turn];
}

static json_t *load(const char *name)
{
    char *bytes = NULL;
    size_t size = 0;
    json_t *out = NULL;
    wadi_error err = {0};

    assert_int_equal(wadi_file_read(file(name), 64u << 20, &bytes, &size, &err), WADI_OK);
    assert_int_equal(wadi_json_parse(name, bytes, size, &out, &err), WADI_OK);
    free(bytes);
    return out;
}

static void make(int seed, int views, int frames, bool disease)
{
    wadi_phantom_options options = {
        .seed = (uint64_t)seed, .views = views, .frames = frames, .disease = disease};
    wadi_error err = {0};

    snprintf(directory, sizeof directory, "dsa-phantom-%ld", (long)getpid());
    if (wadi_phantom_dsa(&options, directory, &err))
        fail_msg("%s", err.message);
}

static void sweep(void)
{
    static const char *const FILES[] = {"arterial_1.dcm", "arterial_2.dcm", "venous_1.dcm",
                                        "venous_2.dcm",   "truth.json",     "gap.csv"};

    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++)
        remove(file(FILES[i]));
    rmdir(directory);
}

static void nineteen_of_twenty_catheters_give_the_scale_within_3_percent(void **state)
{
    double worst = 0, sum = 0, squares = 0;
    int count = 0, within = 0;

    (void)state;
    for (int s = 0; s < seed_count; s++) {
        json_t *truth;

        make(first_seed + s, 1, 3, false);
        truth = load("truth.json");
        for (int v = 0; v < 2; v++) {
            const json_t *catheter =
                json_array_get(json_object_get(truth, "catheters"), (size_t)v);
            wadi_image *run = read_image(file(v ? "venous_1.dcm" : "arterial_1.dcm"));
            double french = wadi_json_get_number(catheter, "french", NAN), spacing, sd;
            double want = wadi_json_get_number(catheter, "spacing_mm", NAN), error;
            wadi_error err = {0};

            if (wadi_dsa_calibrate(run, 0, wadi_json_get_number(catheter, "x_px", NAN),
                                   wadi_json_get_number(catheter, "y_px", NAN), french / 3,
                                   false, &spacing, &sd, &err))
                fail_msg("seed %d: %s", first_seed + s, err.message);
            error = spacing / want - 1;
            print_message(
                "seed %d, %.0f F: %.4f mm, true %.4f, error %.1f %%, stated sd %.1f %%\n",
                first_seed + s, french, spacing, want, 100 * error, 100 * sd);
            worst = fmax(worst, fabs(error));
            within += fabs(error) <= 0.03;
            sum += error;
            squares += error * error / (sd * sd);
            count++;
            wadi_image_free(run);
        }
        json_decref(truth);
        sweep();
    }
    print_message("calibration: %d of %d within 3 %%, worst %.1f %%, mean %.1f %%; error over "
                  "stated sd %.2f\n",
                  within, count, 100 * worst, 100 * sum / count, sqrt(squares / count));
    assert_true(count - within <= fmax(1, 0.05 * count));
    assert_true(worst < 0.06);
    assert_true(squares / count < 1.5 * 1.5);
}

static void a_drawn_stenosis_is_found_within_10_points(void **state)
{
    (void)state;
    for (int s = 0; s < (seed_count + 4) / 5; s++) {
        wadi_dsa_options options = wadi_dsa_options_default();
        const wadi_dsa_vessel *longest;
        wadi_dsa *dsa = NULL;
        wadi_error err = {0};
        json_t *truth;
        wadi_image *run;

        make(first_seed + s, 1, 0, true);
        truth = load("truth.json");
        run = read_image(file("arterial_1.dcm"));
        assert_int_equal(wadi_dsa_run(run, &options, &dsa, &err), WADI_OK);
        assert_true(dsa->vessel_count > 0);
        longest = &dsa->vessels[0];

        double want = wadi_json_get_number(json_array_get(json_object_get(truth, "lesions"), 0),
                                           "stenosis_percent", NAN);

        print_message("seed %d: stenosis %.0f %%, true %.0f %%\n", first_seed + s,
                      100 * longest->stenosis_frac, want);
        assert_near(100 * longest->stenosis_frac, want, 0, 10);
        wadi_dsa_free(dsa);
        wadi_image_free(run);
        json_decref(truth);
        sweep();
    }
}

static double true_gap(const json_t *profile, double at)
{
    size_t count = json_array_size(profile);

    for (size_t i = 1; i < count; i++) {
        const json_t *a = json_array_get(profile, i - 1), *b = json_array_get(profile, i);
        double x0 = wadi_json_get_number(a, "from_origin_mm", 0);
        double x1 = wadi_json_get_number(b, "from_origin_mm", 0);

        if (at <= x1)
            return wadi_json_get_number(a, "gap_mm", 0) +
                   (wadi_json_get_number(b, "gap_mm", 0) -
                    wadi_json_get_number(a, "gap_mm", 0)) *
                       (at - x0) / (x1 - x0);
    }
    return NAN;
}

static void one_view_gives_a_lower_bound_and_says_so(void **state)
{
    for (int s = 0; s < (seed_count + 4) / 5; s++) {
        wadi_gap_options options = {0};
        char arterial[200], venous[200], line[200], *text = NULL;
        size_t size = 0;
        json_t *answer = NULL, *truth;
        wadi_error err = {0};
        int points = 0, below = 0;

        (void)state;
        make(first_seed + s, 1, 0, false);
        snprintf(arterial, sizeof arterial, "%s", file("arterial_1.dcm"));
        snprintf(venous, sizeof venous, "%s", file("venous_1.dcm"));
        if (wadi_gap_files(arterial, venous, &options, directory, &text, &size, &err))
            fail_msg("%s", err.message);
        assert_int_equal(wadi_json_parse("answer", text, size, &answer, &err), WADI_OK);
        assert_string_equal(json_string_value(json_object_get(answer, "bound")), "lower");
        assert_non_null(strstr(text, "single_view_lower_bound"));
        assert_true(
            json_is_null(json_object_get(json_object_get(answer, "crossing"), "high_mm")));
        truth = load("truth.json");

        FILE *csv = fopen(file("gap.csv"), "r");

        assert_non_null(csv);
        assert_non_null(fgets(line, sizeof line, csv));
        while (fgets(line, sizeof line, csv)) {
            double at, gap, low, high;

            assert_int_equal(sscanf(line, "%lf,%lf,%lf,%lf", &at, &gap, &low, &high), 3);
            double want = true_gap(json_object_get(truth, "gap_profile"), at);

            if (isnan(want))
                continue;
            points++;
            below += low <= want;
        }
        fclose(csv);
        print_message("seed %d: lower bound holds in %d of %d points\n", first_seed + s, below,
                      points);
        assert_true(points > 50);
        assert_true(below >= 0.97 * points);
        json_decref(truth);
        json_decref(answer);
        free(text);
        sweep();
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nineteen_of_twenty_catheters_give_the_scale_within_3_percent),
        cmocka_unit_test(a_drawn_stenosis_is_found_within_10_points),
        cmocka_unit_test(one_view_gives_a_lower_bound_and_says_so)};

    if (argc > 2) {
        first_seed = atoi(argv[1]);
        seed_count = atoi(argv[2]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
