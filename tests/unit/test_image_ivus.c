#include "image_data.h"

#include "base/json_impl.h"
#include "image/ivus.h"
#include "wadi/image_ivus.h"

#include <stdlib.h>
#include <string.h>

#define TURN (2 * WADI_PI)

static void an_ellipse_measures_what_its_formula_says(void **state)
{
    enum { CORNERS = 720 };
    double x[CORNERS], y[CORNERS];
    wadi_ivus_size size;
    wadi_error err = {0};

    (void)state;
    for (int sense = -1; sense < 2; sense += 2) {
        for (int i = 0; i < CORNERS; i++) {
            double angle = sense * TURN * i / CORNERS, u = 2 * cos(angle), v = 1.5 * sin(angle);

            x[i] = 40 + 0.8 * u - 0.6 * v;
            y[i] = -70 + 0.6 * u + 0.8 * v;
        }
        assert_int_equal(wadi_ivus_measure(CORNERS, x, y, &size, &err), WADI_OK);
        /* The polygon lacks 1 - sin(a)/a of the area, a = 2 pi / 720. */
        assert_near(size.area_mm2, 3 * WADI_PI, 2e-5, 0);
        assert_near(size.equal_area_mm, 2 * sqrt(3.0), 1e-5, 0);
        assert_near(size.least_mm, 3, 1e-4, 0);
        assert_near(size.greatest_mm, 4, 1e-4, 0);
        assert_near(size.longest_mm, 4, 1e-4, 0);
        assert_true(size.mean_mm > 3 && size.mean_mm < size.equal_area_mm);
        assert_near(size.x_mm, 40, 0, 1e-9);
        assert_near(size.y_mm, -70, 0, 1e-9);
    }
}

static void contours_without_area_are_refused(void **state)
{
    const double line[4] = {0, 1, 2, 3}, bad[3] = {0, NAN, 1}, y[3] = {0, 1, 0};
    wadi_ivus_size size = {.area_mm2 = -1};
    wadi_error err = {0};

    (void)state;
    assert_int_equal(wadi_ivus_measure(2, line, line, &size, &err), WADI_ERR_RANGE);
    assert_int_equal(wadi_ivus_measure(4, line, line, &size, &err), WADI_ERR_RANGE);
    assert_int_equal(wadi_ivus_measure(3, bad, y, &size, &err), WADI_ERR_RANGE);
    assert_near(size.area_mm2, -1, 0, 0);
}

/* A report row of the public pullbacks: frame, area, circumference, longest distance. */
static bool reported(const char *path, int frame, double row[3])
{
    FILE *file = fopen(path, "r");
    char line[400];
    bool found = false;

    if (!file)
        return false;
    while (!found && fgets(line, sizeof line, file)) {
        int at;
        double position;
        char phase;

        found = sscanf(line, "%d,%lf,%c,%lf,%lf,%lf", &at, &position, &phase, &row[0], &row[1],
                       &row[2]) == 6 &&
                at == frame;
    }
    fclose(file);
    return found;
}

static int check_contours(const char *set, const char *phase)
{
    char path[300], report[300], line[200];
    double x[2000], y[2000], row[3], px, py;
    int count = 0, frame = -1, next, checked = 0;
    FILE *file;
    bool more = true;

    snprintf(path, sizeof path, IMAGE_DATA "ivus_contours/%s/%s_contours.csv", set, phase);
    snprintf(report, sizeof report, IMAGE_DATA "ivus_contours/%s/combined_sorted_manual.csv",
             set);
    file = fopen(path, "r");
    assert_non_null(file);
    while (more) {
        more =
            fgets(line, sizeof line, file) && sscanf(line, "%d %lf %lf", &next, &px, &py) == 3;
        if (frame >= 0 && (!more || next != frame)) {
            wadi_ivus_size size;
            wadi_error err = {0};

            assert_int_equal(wadi_ivus_measure(count, x, y, &size, &err), WADI_OK);
            assert_true(reported(report, frame, row));
            assert_near(size.area_mm2, row[0], 0, 0.00501);
            assert_near(size.perimeter_mm, row[1], 0, 0.00501);
            assert_near(size.longest_mm, row[2], 0, 0.00501);
            assert_true(size.greatest_mm <= size.longest_mm + 1e-9);
            checked++;
            count = 0;
        }
        if (more && count < 2000) {
            frame = next;
            x[count] = px;
            y[count++] = py;
        }
    }
    fclose(file);
    return checked;
}

static void contours_of_real_pullbacks_measure_as_reported(void **state)
{
    (void)state;
    need_image_data();
    assert_true(check_contours("ivus_rest", "diastolic") >= 18);
    assert_true(check_contours("ivus_rest", "systolic") >= 15);
    assert_true(check_contours("ivus_stress", "diastolic") >= 23);
    assert_true(check_contours("ivus_stress", "systolic") >= 20);
}

/* ---- pullbacks made by wadi ---- */

static json_t *make_pullback(uint64_t seed, wadi_index frames, wadi_image **image)
{
    char folder[] = "/tmp/wadi-ivus-XXXXXX", path[300], *text = NULL;
    size_t size = 0;
    json_t *truth = NULL;
    wadi_error err = {0};

    assert_non_null(mkdtemp(folder));
    if (wadi_phantom_ivus(seed, frames, folder, &err))
        fail_msg("%s", err.message);
    snprintf(path, sizeof path, "%s/truth.json", folder);
    if (wadi_file_read(path, (size_t)1 << 30, &text, &size, &err) ||
        wadi_json_parse(path, text, size, &truth, &err))
        fail_msg("%s", err.message);
    free(text);
    unlink(path);
    snprintf(path, sizeof path, "%s/ivus.dcm", folder);
    *image = read_image(path);
    unlink(path);
    rmdir(folder);
    return truth;
}

static double grey(const wadi_image *image, const json_t *truth, wadi_index frame, double angle,
                   double radius)
{
    const json_t *centre = json_object_get(truth, "centre_px");
    double x = json_number_value(json_array_get(centre, 0)) +
               radius * cos(angle) / image->column_mm.value;
    double y = json_number_value(json_array_get(centre, 1)) +
               radius * sin(angle) / image->row_mm.value;
    const uint8_t *samples = image->samples;

    return samples[((size_t)frame * (size_t)image->rows + (size_t)(y + 0.5)) *
                       (size_t)image->columns +
                   (size_t)(x + 0.5)];
}

static void a_made_up_pullback_says_its_speed_and_spacing(void **state)
{
    wadi_image *image;
    json_t *truth = make_pullback(3, 4, &image);

    (void)state;
    assert_string_equal(image->modality, "IVUS");
    assert_int_equal(image->frames, 4);
    assert_near(image->pullback_mm_s.value, wadi_json_get_number(truth, "speed_mm_s", 0), 1e-9,
                0);
    assert_near(image->column_mm.value, 0.0205, 1e-9, 0);
    assert_near(image->frame_times_ms[3], 100, 1e-6, 0);
    wadi_image_free(image);
    json_decref(truth);
}

static void the_wire_is_bright_on_its_side_and_casts_a_shadow(void **state)
{
    wadi_image *image;
    json_t *truth = make_pullback(4, 6, &image), *frames = json_object_get(truth, "frames");

    (void)state;
    for (wadi_index f = 0; f < 6; f++) {
        const json_t *wire = json_object_get(json_array_get(frames, (size_t)f), "wire");
        double angle = wadi_json_get_number(wire, "angle_deg", 0) * WADI_PI / 180;
        double radius = wadi_json_get_number(wire, "radius_mm", 0);

        assert_true(grey(image, truth, f, angle, radius) > 230);
        assert_true(grey(image, truth, f, angle, 4) < 60);
    }
    wadi_image_free(image);
    json_decref(truth);
}

static void the_same_seed_gives_the_same_pullback(void **state)
{
    wadi_image *a, *b, *c;
    json_t *ta = make_pullback(5, 3, &a), *tb = make_pullback(5, 3, &b);
    json_t *tc = make_pullback(6, 3, &c);
    size_t size = (size_t)a->frames * (size_t)a->rows * (size_t)a->columns;

    (void)state;
    assert_true(json_equal(ta, tb));
    assert_memory_equal(a->samples, b->samples, size);
    assert_false(json_equal(ta, tc));
    assert_true(memcmp(a->samples, c->samples, size) != 0);
    wadi_image_free(a);
    wadi_image_free(b);
    wadi_image_free(c);
    json_decref(ta);
    json_decref(tb);
    json_decref(tc);
}

static void both_kinds_of_lumen_lie_inside_the_outer_membrane(void **state)
{
    wadi_image *image;
    json_t *truth = make_pullback(1, 12, &image), *frames = json_object_get(truth, "frames");
    int kinds[2] = {0, 0};

    (void)state;
    for (size_t f = 0; f < 12; f++) {
        const json_t *frame = json_array_get(frames, f);
        const json_t *lumen = json_object_get(json_object_get(frame, "lumen"), "contour_mm");
        const json_t *eem = json_object_get(json_object_get(frame, "eem"), "contour_mm");

        kinds[!strcmp(wadi_json_get_text(frame, "lumen_kind", ""), "false")]++;
        for (size_t i = 0; i < json_array_size(lumen); i++) {
            const json_t *a = json_array_get(lumen, i), *b = json_array_get(eem, i);
            double inner = hypot(json_number_value(json_array_get(a, 0)),
                                 json_number_value(json_array_get(a, 1)));
            double outer = hypot(json_number_value(json_array_get(b, 0)),
                                 json_number_value(json_array_get(b, 1)));

            assert_true(inner > 0.62 && inner < outer - 0.059 && outer < 5);
        }
    }
    assert_true(kinds[0] > 0 && kinds[1] > 0);
    wadi_image_free(image);
    json_decref(truth);
}

static void a_pullback_without_frames_is_refused(void **state)
{
    wadi_error err = {0};

    (void)state;
    assert_int_equal(wadi_phantom_ivus(1, 0, "/tmp", &err), WADI_ERR_RANGE);
    assert_int_equal(wadi_phantom_ivus(1, 2001, "/tmp", &err), WADI_ERR_RANGE);
}

/* ---- closed paths ---- */

static void the_closed_path_is_the_best_of_all_starts(void **state)
{
    float *cost = malloc(POLAR * sizeof *cost);
    ivus_path_work *work = malloc(sizeof *work);
    int16_t path[LINES], want[LINES];
    wadi_random random;

    (void)state;
    assert_true(cost && work);
    wadi_random_init(&random, 7, 0);
    for (int trial = 0; trial < 4; trial++) {
        float stiffness = trial % 2 ? 0.02f : 0.3f;
        int reach = 2 + trial, rounds = 0, cut = 20 * trial;

        for (int i = 0; i < POLAR; i++) {
            double wave = 90 + 60 * sin(TURN * (i / SAMPLES) / LINES + trial);

            cost[i] = (float)(wadi_random_uniform(&random) +
                              (trial < 2 ? 0 : 0.02 * fabs(i % SAMPLES - wave)));
        }
        float best = ivus_closed_path_ref(cost, reach, stiffness, want);
        float got =
            ivus_closed_path(cost, 0, SAMPLES, reach, stiffness, cut, work, path, &rounds);

        double sum = 0;

        for (int line = 0; line < LINES; line++) {
            int next = path[(line + 1) % LINES];

            assert_true(abs(next - path[line]) <= reach);
            sum += cost[line * SAMPLES + path[line]] +
                   stiffness * (float)((next - path[line]) * (next - path[line]));
        }
        assert_near(got, best, 1e-5, 0); /* floats, summed from another line on */
        assert_near(sum, got, 1e-5, 0);
        assert_true(rounds < 3 * SAMPLES);
    }
    free(cost);
    free(work);
}

/* ---- pullbacks that are none ---- */

static wadi_image blank(wadi_index frames, wadi_index size, uint8_t *samples)
{
    return (wadi_image){.sample = WADI_U8,
                        .frames = frames,
                        .rows = size,
                        .columns = size,
                        .channels = 1,
                        .bits = 8,
                        .samples = samples,
                        .slope = 1,
                        .row_mm = {true, 0.02},
                        .column_mm = {true, 0.02}};
}

static wadi_status run_it(const wadi_image *image, wadi_error *err)
{
    wadi_ivus_options options = wadi_ivus_options_default();
    wadi_ivus *ivus = NULL;
    wadi_status status = wadi_ivus_run(image, &options, &ivus, err);

    assert_true(status == WADI_OK || !ivus);
    wadi_ivus_free(ivus);
    return status;
}

/* Where the rings cannot be told the user says the axis; one at the border is refused. */
static void the_axis_can_be_given_in_the_middle_of_the_picture_only(void **state)
{
    enum { SIZE = 256 };
    uint8_t *samples = calloc(3 * SIZE * SIZE, 1);
    wadi_image image = blank(3, SIZE, samples);
    wadi_ivus_options options = wadi_ivus_options_default();
    wadi_ivus *ivus = NULL;
    wadi_error err = {0};

    (void)state;
    assert_non_null(samples);
    /* A lumen of 2 mm around a catheter of 0.5, without bright rings. */
    for (int i = 0; i < 3 * SIZE * SIZE; i++) {
        double r = hypot(i % SIZE - 130, i / SIZE % SIZE - 124) * image.row_mm.value;

        samples[i] = (uint8_t)(r < 0.4 ? 0 : r < 1.0 ? 30 : 150);
    }
    options.axis_known = true;
    options.axis_px[0] = 130;
    options.axis_px[1] = 124;
    assert_int_equal(wadi_ivus_run(&image, &options, &ivus, &err), WADI_OK);
    assert_near(ivus->x_px, 130, 0, 1e-9);
    assert_near(ivus->y_px, 124, 0, 1e-9);
    assert_near(ivus->frames[1].lumen.size.equal_area_mm, 2.0, 0, 0.15);
    wadi_ivus_free(ivus);
    ivus = NULL;
    for (int k = 0; k < 2; k++) {
        options.axis_px[0] = k ? NAN : 20;
        assert_int_equal(wadi_ivus_run(&image, &options, &ivus, &err), WADI_ERR_RANGE);
        assert_non_null(strstr(err.message, "middle half of 256 x 256 pixels"));
        assert_null(ivus);
    }
    free(samples);
}

static void pictures_that_are_no_pullback_are_refused_with_the_reason(void **state)
{
    enum { SIZE = 256 };
    uint8_t *samples = calloc(3 * SIZE * SIZE, 1);
    wadi_image image = blank(3, SIZE, samples);
    wadi_error err = {0};
    wadi_random random;

    (void)state;
    assert_non_null(samples);
    assert_int_equal(run_it(&image, &err), WADI_ERR_RANGE); /* black */
    assert_non_null(strstr(err.message, "no catheter"));
    memset(samples, 140, 3 * SIZE * SIZE);
    assert_int_equal(run_it(&image, &err), WADI_ERR_RANGE); /* constant */
    wadi_random_init(&random, 1, 0);
    for (int i = 0; i < 3 * SIZE * SIZE; i++)
        samples[i] = (uint8_t)(255 * wadi_random_uniform(&random));
    assert_int_equal(run_it(&image, &err), WADI_ERR_RANGE); /* noise */
    image.row_mm.known = false;
    assert_int_equal(run_it(&image, &err), WADI_ERR_MISSING);
    assert_non_null(strstr(err.message, "pixel size"));
    image.row_mm = image.column_mm = (wadi_maybe){true, 7};
    assert_int_equal(run_it(&image, &err), WADI_ERR_RANGE);
    assert_non_null(strstr(err.message, "radius"));
    image.row_mm = image.column_mm = (wadi_maybe){true, 1e-9};
    assert_int_equal(run_it(&image, &err), WADI_ERR_RANGE);
    image = blank(3, 20, samples);
    assert_int_equal(run_it(&image, &err), WADI_ERR_RANGE);
    assert_non_null(strstr(err.message, "64 x 64"));
    free(samples);
}

/* Depth downwards (or to the right), one line for each angle: rings of the catheter, dark
 * blood, a wall at 60 to 100 samples, and less with depth. */
static void lines_by_angle_are_said_to_be_no_picture(void **state)
{
    enum { SIZE = 256 };
    uint8_t *samples = calloc(3 * SIZE * SIZE, 1);
    wadi_image image = blank(3, SIZE, samples);
    wadi_error err = {0};
    wadi_random random;

    (void)state;
    assert_non_null(samples);
    for (int across = 0; across < 2; across++) {
        wadi_random_init(&random, 2, 0);
        for (int i = 0; i < 3 * SIZE * SIZE; i++) {
            int depth = across ? i % SIZE : i / SIZE % SIZE;
            int line = across ? i / SIZE % SIZE : i % SIZE;
            double wall = 80 + 20 * sin(TURN * line / SIZE), level = 15;

            if (depth < 24)
                level = 200;
            else if (depth > wall)
                level = 150 * exp(-(depth - wall) / 60);
            samples[i] = (uint8_t)(level * (0.7 + 0.5 * wadi_random_uniform(&random)));
        }
        assert_int_equal(run_it(&image, &err), WADI_ERR_SUPPORT);
        assert_non_null(strstr(err.message, "polar"));
    }
    free(samples);
}

static void one_frame_is_enough_and_a_frame_without_echoes_is_left_out(void **state)
{
    wadi_image *image;
    json_t *truth = make_pullback(2, 6, &image);
    size_t pixels = (size_t)image->rows * (size_t)image->columns;
    wadi_ivus_options options = wadi_ivus_options_default();
    wadi_ivus *ivus = NULL;
    wadi_error err = {0};
    char *text = NULL;
    size_t size = 0;

    (void)state;
    image->frames = 1;
    assert_int_equal(wadi_ivus_run(image, &options, &ivus, &err), WADI_OK);
    assert_true(ivus->frames[0].echoes);
    assert_near(ivus->frames[0].eem.size.equal_area_mm,
                wadi_json_get_number(
                    json_object_get(json_array_get(json_object_get(truth, "frames"), 0), "eem"),
                    "equal_area_mm", 0),
                0, 0.15);
    wadi_ivus_free(ivus);
    image->frames = 6;
    memset((uint8_t *)image->samples + 2 * pixels, 90, pixels);
    image->pullback_mm_s.known = false;
    assert_int_equal(wadi_ivus_run(image, &options, &ivus, &err), WADI_OK);
    assert_true(ivus->frames[1].echoes && !ivus->frames[2].echoes && ivus->frames[3].echoes);
    assert_true(isnan(wadi_ivus_position_mm(ivus, 3)));
    assert_int_equal(wadi_ivus_describe(ivus, &text, &size, &err), WADI_OK);
    assert_non_null(strstr(text, "no_speed"));
    assert_non_null(strstr(text, "no_echoes"));
    free(text);
    wadi_ivus_free(ivus);
    options.speed_mm_s = (wadi_maybe){true, 3};
    assert_int_equal(wadi_ivus_run(image, &options, &ivus, &err), WADI_OK);
    assert_near(wadi_ivus_position_mm(ivus, 3), 0.3, 1e-8, 0);
    wadi_ivus_free(ivus);
    wadi_image_free(image);
    json_decref(truth);
}

static void sixteen_bits_and_colour_read_as_bytes_do(void **state)
{
    wadi_image *image;
    json_t *truth = make_pullback(3, 2, &image);
    size_t count = 2 * (size_t)image->rows * (size_t)image->columns;
    uint16_t *wide = malloc(count * sizeof *wide);
    uint8_t *colour = malloc(3 * count);
    const uint8_t *bytes = image->samples;
    wadi_ivus_options options = wadi_ivus_options_default();
    wadi_ivus *found[3] = {NULL};
    wadi_image others[3] = {*image, *image, *image};
    wadi_error err = {0};

    (void)state;
    assert_true(wide && colour);
    for (size_t i = 0; i < count; i++) {
        wide[i] = (uint16_t)(bytes[i] * 4);
        memset(colour + 3 * i, bytes[i], 3);
    }
    others[1].sample = WADI_U16;
    others[1].samples = wide;
    others[1].slope = 0.25;
    others[2].samples = colour;
    others[2].channels = 3;
    for (int k = 0; k < 3; k++) {
        assert_int_equal(wadi_ivus_run(&others[k], &options, &found[k], &err), WADI_OK);
        assert_near(found[k]->frames[1].eem.size.area_mm2,
                    found[0]->frames[1].eem.size.area_mm2, 1e-3, 0);
        assert_near(found[k]->frames[1].lumen.size.area_mm2,
                    found[0]->frames[1].lumen.size.area_mm2, 1e-3, 0);
    }
    for (int k = 0; k < 3; k++)
        wadi_ivus_free(found[k]);
    free(wide);
    free(colour);
    wadi_image_free(image);
    json_decref(truth);
}

/* A catheter's ring with anything around it: blocks of any grey, black sectors, noise. */
static void draw_anything(wadi_random *random, int size, double centre, uint8_t *out)
{
    double dark_from = TURN * wadi_random_uniform(random);
    double dark = TURN * wadi_random_uniform(random) * wadi_random_uniform(random);
    int block = 1 + (int)(20 * wadi_random_uniform(random));
    uint8_t greys[40][40];

    for (int i = 0; i < 40 * 40; i++)
        greys[i / 40][i % 40] = (uint8_t)(255 * wadi_random_uniform(random));
    for (int r = 0; r < size; r++)
        for (int c = 0; c < size; c++) {
            double x = c - centre, y = r - centre, far = hypot(x, y) * 0.07;
            double turn = atan2(y, x) - dark_from;
            double value = greys[r / block % 40][c / block % 40] *
                           (0.3 + 0.7 * wadi_random_uniform(random));

            if (turn - TURN * floor(turn / TURN) < dark)
                value = 3;
            if (far < 0.55)
                value = far < 0.4 ? 0 : 250;
            out[r * size + c] = (uint8_t)value;
        }
}

static void whatever_surrounds_a_catheter_the_borders_stay_ordered(void **state)
{
    enum { SIZE = 120, FRAMES = 4, TRIALS = 40 };
    uint8_t *samples = malloc(FRAMES * SIZE * SIZE);
    int read = 0;

    (void)state;
    assert_non_null(samples);
    for (uint64_t trial = 0; trial < TRIALS; trial++) {
        wadi_image image = blank(FRAMES, SIZE, samples);
        wadi_ivus_options options = wadi_ivus_options_default();
        wadi_ivus *ivus = NULL;
        wadi_error err = {0};
        wadi_random random;

        wadi_random_init(&random, trial, 0);
        image.row_mm = image.column_mm = (wadi_maybe){true, 0.07};
        for (int f = 0; f < FRAMES; f++)
            draw_anything(&random, SIZE, 0.5 * SIZE, samples + f * SIZE * SIZE);
        if (wadi_ivus_run(&image, &options, &ivus, &err))
            continue;
        read++;
        for (wadi_index f = 0; f < FRAMES; f++) {
            const wadi_ivus_frame *frame = &ivus->frames[f];

            for (int line = 0; frame->echoes && line < LINES; line++) {
                assert_true(frame->lumen.radius_mm[line] > 0);
                assert_true(frame->lumen.radius_mm[line] < frame->eem.radius_mm[line]);
                assert_true(frame->eem.radius_mm[line] < 0.07 * SIZE);
            }
        }
        assert_true(!ivus->balloon.known || ivus->balloon.size_mm <= ivus->balloon.vessel_mm);
        wadi_ivus_free(ivus);
    }
    assert_true(read > TRIALS / 4);
    free(samples);
}

/* ---- sizes and places ---- */

static void a_balloon_never_exceeds_the_vessel(void **state)
{
    (void)state;
    for (double vessel = 0.5; vessel < 9; vessel += 0.01) {
        double size = wadi_ivus_balloon_mm(vessel);

        assert_true(size <= vessel);
        assert_true(size > 0 || vessel < 1.5);
    }
    assert_near(wadi_ivus_balloon_mm(2.5), 2.5, 0, 0);
    assert_near(wadi_ivus_balloon_mm(2.4999), 2, 0, 0);
    assert_near(wadi_ivus_balloon_mm(4.9), 4, 0, 0);
    assert_near(wadi_ivus_balloon_mm(1.49), 0, 0, 0);
}

static void the_transducer_looks_from_8_mm_behind_the_tip(void **state)
{
    wadi_ivus_view view = wadi_ivus_look(120, 375);

    (void)state;
    assert_near(view.transducer_mm, 112, 0, 1e-12);
    assert_near(view.wire_deg, 15, 0, 1e-9);
    assert_near(wadi_ivus_look(0, -30).wire_deg, 330, 0, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ellipse_measures_what_its_formula_says),
        cmocka_unit_test(contours_without_area_are_refused),
        cmocka_unit_test(contours_of_real_pullbacks_measure_as_reported),
        cmocka_unit_test(a_made_up_pullback_says_its_speed_and_spacing),
        cmocka_unit_test(the_wire_is_bright_on_its_side_and_casts_a_shadow),
        cmocka_unit_test(the_same_seed_gives_the_same_pullback),
        cmocka_unit_test(both_kinds_of_lumen_lie_inside_the_outer_membrane),
        cmocka_unit_test(a_pullback_without_frames_is_refused),
        cmocka_unit_test(the_closed_path_is_the_best_of_all_starts),
        cmocka_unit_test(the_axis_can_be_given_in_the_middle_of_the_picture_only),
        cmocka_unit_test(pictures_that_are_no_pullback_are_refused_with_the_reason),
        cmocka_unit_test(lines_by_angle_are_said_to_be_no_picture),
        cmocka_unit_test(one_frame_is_enough_and_a_frame_without_echoes_is_left_out),
        cmocka_unit_test(sixteen_bits_and_colour_read_as_bytes_do),
        cmocka_unit_test(whatever_surrounds_a_catheter_the_borders_stay_ordered),
        cmocka_unit_test(a_balloon_never_exceeds_the_vessel),
        cmocka_unit_test(the_transducer_looks_from_8_mm_behind_the_tip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
