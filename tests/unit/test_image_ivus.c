#include "image_data.h"

#include "base/json_impl.h"
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
