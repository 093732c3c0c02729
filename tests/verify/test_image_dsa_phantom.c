/* Calibre against the phantoms' truth: catheters, a drawn stenosis, diameters and their bands;
 * and what one view tells. Run with first seed and number; of fewer than 20 seeds only the
 * calibrations take all, the others a fifth. */
#include "base/json_impl.h"
#include "image/cone.h"
#include "image/dsa.h"
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

static void a_catheter_gives_the_scale_within_3_percent(void **state)
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
    /* All are wanted; of 40 on seeds 661 to 680 one is missed, by 3.4 %. */
    assert_true(count - within <= count / 40);
    assert_true(worst < 0.045);
    assert_true(squares / count < 1.5 * 1.5);
}

/* The artery's true middle in the picture of the first view, and its true diameters. */
typedef struct drawn {
    int count;
    double x[200], y[200], diameter_mm[200];
} drawn;

static void project_artery(const json_t *truth, const wadi_image *run, drawn *out)
{
    const json_t *points = json_object_get(
        json_array_get(json_object_get(truth, "centrelines"), 0), "points_x_y_z_radius_mm");
    const json_t *shown = json_array_get(json_object_get(truth, "views"), 0);
    const json_t *table = json_object_get(shown, "table_error_mm");
    cone_view view;

    cone_view_init(&view,
                   wadi_json_get_number(shown, "primary_deg", 0) +
                       wadi_json_get_number(shown, "primary_error_deg", 0),
                   wadi_json_get_number(shown, "secondary_deg", 0) +
                       wadi_json_get_number(shown, "secondary_error_deg", 0),
                   run->source_patient_mm.value, run->source_detector_mm.value,
                   run->imager_row_mm.value, run->columns, run->rows);
    out->count = 0;
    for (size_t i = 0; i < json_array_size(points) && out->count < 200; i++) {
        const json_t *four = json_array_get(points, i);
        double point[3];
        int at = out->count;

        for (size_t k = 0; k < 3; k++)
            point[k] = json_number_value(json_array_get(four, k)) +
                       json_number_value(json_array_get(table, k));
        cone_project(&view, point, &out->x[at], &out->y[at]);
        out->diameter_mm[at] = 2 * json_number_value(json_array_get(four, 3));
        out->count++;
    }
}

/* Points of the traced artery whose stated band holds the true diameter at the nearest place.
 */
static void count_held(const wadi_dsa *dsa, const drawn *artery, int *points, int *held,
                       double *error_mm)
{
    const wadi_dsa_vessel *vessel = &dsa->vessels[0];
    double scale = dsa->spacing_mm.value;
    double sd = hypot(DSA_PROFILE_SD_PX * scale,
                      dsa->spacing_sd_frac.value * scale * vessel->mean_diameter_px);

    for (wadi_index i = 0; i < vessel->count; i++) {
        double nearest = INFINITY, want = NAN, error;

        if (isnan(vessel->diameter_px[i]))
            continue;
        for (int k = 0; k < artery->count; k++) {
            double off = hypot(vessel->x_px[i] - artery->x[k], vessel->y_px[i] - artery->y[k]);

            if (off < nearest) {
                nearest = off;
                want = artery->diameter_mm[k];
            }
        }
        if (nearest > 6)
            continue;
        error = vessel->diameter_px[i] * scale - want;
        (*points)++;
        *held += fabs(error) <= 1.96 * sd;
        *error_mm += error;
    }
}

static void drawn_stenoses_and_diameters_are_found(void **state)
{
    int seeds = seed_count >= 20 ? seed_count : (seed_count + 4) / 5, near = 0, told = 0;
    int points = 0, held = 0;
    double bias = 0, error_mm = 0;

    (void)state;
    for (int s = 0; s < seeds; s++) {
        wadi_dsa_options options = wadi_dsa_options_default();
        static drawn artery;
        wadi_dsa *dsa = NULL;
        wadi_error err = {0};
        double spacing, sd, want, found;
        const json_t *catheter;
        json_t *truth;
        wadi_image *run;

        make(first_seed + s, 1, 0, true);
        truth = load("truth.json");
        run = read_image(file("arterial_1.dcm"));
        catheter = json_array_get(json_object_get(truth, "catheters"), 0);
        if (wadi_dsa_calibrate(run, 0, wadi_json_get_number(catheter, "x_px", NAN),
                               wadi_json_get_number(catheter, "y_px", NAN), 7.0 / 3, false,
                               &spacing, &sd, &err))
            fail_msg("seed %d: %s", first_seed + s, err.message);
        options.spacing_mm = (wadi_maybe){true, spacing};
        options.spacing_sd_frac = (wadi_maybe){true, sd};
        assert_int_equal(wadi_dsa_run(run, &options, &dsa, &err), WADI_OK);
        assert_true(dsa->vessel_count > 0);
        project_artery(truth, run, &artery);

        int before = points, held_before = held;

        count_held(dsa, &artery, &points, &held, &error_mm);
        want = wadi_json_get_number(json_array_get(json_object_get(truth, "lesions"), 0),
                                    "stenosis_percent", NAN);
        found = 100 * dsa->vessels[0].stenosis_frac;
        print_message("seed %d: stenosis %.0f %%%s%s, true %.0f %%; spread %.2f; bands hold %d "
                      "of %d diameters\n",
                      first_seed + s, found, isnan(found) ? " " : "",
                      isnan(found) ? dsa->vessels[0].stenosis_reason : "", want,
                      dsa->vessels[0].diameter_sd_px / dsa->vessels[0].mean_diameter_px,
                      held - held_before, points - before);
        if (!isnan(found)) {
            told++;
            near += fabs(found - want) <= 10;
            bias += found - want;
        }
        wadi_dsa_free(dsa);
        wadi_image_free(run);
        json_decref(truth);
        sweep();
    }
    print_message("stenosis: told in %d of %d, within 10 points in %d, %.1f points on average; "
                  "bands hold %.1f %% of diameters, %.3f mm on average\n",
                  told, seeds, near, bias / told, 100.0 * held / points, error_mm / points);
    /* Severe ones are told too low (docs/imaging.md): the fit trades contrast for width. */
    assert_true(told >= 0.9 * seeds && near >= 0.6 * told);
    assert_true(bias < 2 * told && bias > -12 * told);
    assert_true(points > 300 * seeds);
    /* 95 % are wanted. The scale's error is common to a run: one alone can have most outside.
     */
    assert_true(held >= (seeds >= 10 ? 0.8 : 0.5) * points);
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
        /* One view may say that the needle does not reach, never that it does. */
        assert_false(json_is_true(
            json_object_get(json_object_get(answer, "crossing"), "needle_reach_ok")));
        assert_int_equal(
            json_is_true(json_object_get(json_object_get(answer, "crossing"), "basket_ok")),
            wadi_json_get_number(answer, "vein_diameter_mm", NAN) >= 6);
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
        cmocka_unit_test(a_catheter_gives_the_scale_within_3_percent),
        cmocka_unit_test(drawn_stenoses_and_diameters_are_found),
        cmocka_unit_test(one_view_gives_a_lower_bound_and_says_so)};

    if (argc > 2) {
        first_seed = atoi(argv[1]);
        seed_count = atoi(argv[2]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
