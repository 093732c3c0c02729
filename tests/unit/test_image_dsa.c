/* Subtraction: arrival, motion, calibre. */
#include "image/cone.h"
#include "image/dsa.h"
#include "image_data.h"

/* A box on the vessel fills after the contrast has come; one in the open ground does not fill
 * half as much; one beyond the picture is refused. */
static void regions_tell_their_times(const wadi_dsa *dsa, const wadi_image *run)
{
    const wadi_index vessel[4] = {240, 150, 260, 170}, ground[4] = {380, 260, 400, 280};
    const wadi_dsa_box outside = {.name = "outside", .box = {500, 0, 512, 9}};
    wadi_dsa_box named = {.name = "heel", .box = {240, 150, 260, 170}};
    float *curve = malloc((size_t)dsa->frames * sizeof *curve);
    wadi_dsa_times on, off;
    wadi_error err = {0};
    char *text = NULL;
    size_t size = 0;

    assert_int_equal(wadi_dsa_region(dsa, run, vessel, curve, &on, &err), WADI_OK);
    assert_int_equal(wadi_dsa_region(dsa, run, ground, curve, &off, &err), WADI_OK);
    assert_true(on.arrival_ms > 500 && on.arrival_ms < 1200);
    assert_true(on.peak_ms > on.arrival_ms && on.transit_ms > 0 && on.washout_ms > 0);
    assert_true(!(off.peak > 0.5 * on.peak));
    assert_int_equal(wadi_dsa_describe_regions(dsa, run, &named, 1, &text, &size, &err),
                     WADI_OK);
    assert_non_null(strstr(text, "\"heel\""));
    assert_non_null(strstr(text, "mean_transit_ms"));
    free(text);
    text = NULL;
    assert_int_equal(wadi_dsa_describe_regions(dsa, run, &outside, 1, &text, &size, &err),
                     WADI_ERR_RANGE);
    assert_null(text);
    free(curve);
}

/* Two vessels and some branches; the catheter and the clips at the upper right, the diaphragm
 * at the lower left and the heart's motion are not taken for vessels or for a stenosis. */
static void look_at_the_heart(const wadi_dsa *dsa)
{
    double inside = 0, count = (double)dsa->columns * dsa->rows;

    assert_in_range(dsa->vessel_count, 4, 8);
    assert_true(dsa->vessels[0].length_px > 500);
    for (wadi_index v = 0; v < dsa->vessel_count; v++) {
        const wadi_dsa_vessel *vessel = &dsa->vessels[v];

        assert_non_null(vessel->stenosis_reason);
        for (wadi_index i = 0; i < vessel->count; i++) {
            assert_false(vessel->x_px[i] > 360 && vessel->y_px[i] < 230);
            assert_false(vessel->x_px[i] < 100 && vessel->y_px[i] > 405);
        }
    }
    for (size_t i = 0; i < (size_t)count; i++)
        inside += dsa->mask[i];
    assert_true(inside > 0.02 * count && inside < 0.12 * count);
}

static void contrast_arrives_at_frame_17_of_the_public_run(void **state)
{
    wadi_dsa_options options = wadi_dsa_options_default();
    wadi_dsa *dsa = NULL;
    wadi_error err = {0};

    (void)state;
    need_image_data();
    wadi_image *run = read_image(IMAGE_DATA "xa_multiframe/rubo_demo_xa_96f.dcm");

    assert_int_equal(wadi_dsa_run(run, &options, &dsa, &err), WADI_OK);
    assert_int_equal(dsa->first_contrast_frame, 17);
    assert_int_equal(dsa->mask_first, 0);
    assert_int_equal(dsa->mask_last, 16);
    assert_near(dsa->arrival, 561, 0, 1e-9);
    assert_true(dsa->sd_after < dsa->sd_before);
    assert_false(dsa->spacing_mm.known);
    look_at_the_heart(dsa);
    regions_tell_their_times(dsa, run);
    wadi_dsa_free(dsa);
    wadi_image_free(run);
}

/* Smooth structure moved by a known amount, with a bright patch that only one picture has. */
static void a_shift_is_found_to_a_twentieth_of_a_pixel_beside_contrast(void **state)
{
    enum { SIZE = 160 };
    float *a = malloc(SIZE * SIZE * sizeof *a), *b = malloc(SIZE * SIZE * sizeof *b);
    float *weight = malloc(SIZE * SIZE * sizeof *weight);
    const double moved[2] = {2.37, -1.62};
    double shift[2] = {0};

    (void)state;
    for (int y = 0; y < SIZE; y++)
        for (int x = 0; x < SIZE; x++) {
            double u = x - moved[0], v = y - moved[1];

            a[y * SIZE + x] =
                (float)(sin(x / 9.0) * cos(y / 7.0) + 0.4 * sin((x + 2 * y) / 13.0));
            b[y * SIZE + x] =
                (float)(sin(u / 9.0) * cos(v / 7.0) + 0.4 * sin((u + 2 * v) / 13.0));
            if (abs(x - 80) < 4)
                b[y * SIZE + x] -= 1;
            weight[y * SIZE + x] = x > 8 && y > 8 && x < SIZE - 8 && y < SIZE - 8;
        }
    dsa_find_shift(SIZE, SIZE, a, b, weight, shift);
    assert_near(shift[0], moved[0], 0, 0.05);
    assert_near(shift[1], moved[1], 0, 0.05);
    free(a);
    free(b);
    free(weight);
}

static void a_cylinder_s_width_is_found_within_3_percent(void **state)
{
    (void)state;
    for (double diameter = 4; diameter <= 16; diameter += 1.7) {
        double profile[41], found, centre;

        /* Chord under a Gaussian of one pixel, by fine sums of its own. */
        for (int i = 0; i < 41; i++) {
            double sum = 0, weights = 0;

            for (double t = -4; t <= 4; t += 0.02) {
                double x = (i - 20) * 0.75 - 0.4 + t, square = diameter * diameter / 4 - x * x;

                sum += exp(-0.5 * t * t) * (square > 0 ? 2 * sqrt(square) : 0);
                weights += exp(-0.5 * t * t);
            }
            profile[i] = 0.1 + 0.07 * sum / weights;
        }
        assert_true(dsa_fit_cylinder(profile, 41, 0.75, &found, &centre));
        assert_near(found, diameter, 0.03, 0);
        assert_near(centre, 0.4, 0, 0.1);
    }
}

static void one_frame_cannot_be_subtracted(void **state)
{
    uint8_t samples[64] = {0};
    wadi_image image = {.sample = WADI_U8,
                        .frames = 1,
                        .rows = 8,
                        .columns = 8,
                        .channels = 1,
                        .bits = 8,
                        .slope = 1,
                        .samples = samples};
    wadi_dsa_options options = wadi_dsa_options_default();
    wadi_dsa *dsa = NULL;
    wadi_error err = {0};

    (void)state;
    assert_int_equal(wadi_dsa_run(&image, &options, &dsa, &err), WADI_ERR_MISSING);
    assert_null(dsa);
}

static void a_point_lies_on_the_ray_through_its_picture(void **state)
{
    wadi_random random;

    (void)state;
    wadi_random_init(&random, 11, 0);
    for (int k = 0; k < 200; k++) {
        cone_view view;
        double point[3], ray[3], x, y, along = 0, off = 0;

        cone_view_init(&view, 180 * wadi_random_uniform(&random) - 90,
                       60 * wadi_random_uniform(&random) - 30, 750, 1100, 0.3, 512, 768);
        for (int i = 0; i < 3; i++)
            point[i] = 100 * wadi_random_uniform(&random) - 50;
        cone_project(&view, point, &x, &y);
        cone_ray(&view, x, y, ray);
        for (int i = 0; i < 3; i++)
            along += (point[i] - view.source[i]) * ray[i];
        for (int i = 0; i < 3; i++)
            off += pow(point[i] - view.source[i] - along * ray[i], 2);
        assert_near(sqrt(off), 0, 0, 1e-9);
    }
}

static double between_pixels(wadi_random *random, double least, double most)
{
    return least + (most - least) * wadi_random_uniform(random);
}

/* A ball as the phantoms draw what they hold: depth adds, light falls by its exponential, is
 * blurred, and has the noise of its photons. A bone's rim passes beside the ball. */
static void draw_ball(double radius, double x, double y, wadi_random *random, uint16_t *out)
{
    enum { SIZE = 128 };
    float *light = malloc(SIZE * SIZE * sizeof *light);

    assert_non_null(light);
    for (int r = 0; r < SIZE; r++)
        for (int c = 0; c < SIZE; c++) {
            double square = radius * radius - (c - x) * (c - x) - (r - y) * (r - y);
            double in = 55 * 55 - (c - 118 - 0.1 * r) * (c - 118 - 0.1 * r);
            double depth = 1.6 + 0.02 * sin(c / 7.0) * sin(r / 11.0);

            depth += in > 0 ? 0.008 * 2 * sqrt(in) : 0;
            depth += square > 0 ? 0.05 * 2 * sqrt(square) : 0;
            light[r * SIZE + c] = (float)exp(-depth);
        }
    assert_true(filter_blur(SIZE, SIZE, 0.6, light, light));
    for (int i = 0; i < SIZE * SIZE; i++) {
        double counts = 4000 * light[i], u = wadi_random_uniform(random);

        counts += sqrt(counts) * wadi_normal_quantile(u < 1e-12 ? 1e-12 : u);
        out[i] = (uint16_t)(counts < 0 ? 0 : counts + 0.5);
    }
    free(light);
}

static void a_ball_gives_the_scale_within_3_percent(void **state)
{
    static const double MM[] = {5, 10};
    uint16_t *samples = malloc(128 * 128 * sizeof *samples);
    wadi_image image = {.sample = WADI_U16,
                        .frames = 1,
                        .rows = 128,
                        .columns = 128,
                        .channels = 1,
                        .bits = 12,
                        .slope = 1,
                        .samples = samples};
    wadi_random random;
    double spacing, sd;
    wadi_error err = {0};

    (void)state;
    assert_non_null(samples);
    wadi_random_init(&random, 5, 0);
    for (int k = 0; k < 8; k++) {
        double mm = MM[k % 2], pixel = between_pixels(&random, 0.28, 0.42);
        double x = 60 + 4 * wadi_random_uniform(&random);

        draw_ball(mm / 2 / pixel, x, 64, &random, samples);
        if (wadi_dsa_calibrate(&image, 0, round(x) + 2, 62, mm, true, &spacing, &sd, &err))
            fail_msg("%s", err.message);
        print_message("%g mm ball: %.4f mm, true %.4f, error %.1f %%, stated sd %.1f %%\n", mm,
                      spacing, pixel, 100 * (spacing / pixel - 1), 100 * sd);
        assert_near(spacing, pixel, 0.03, 0);
    }
    assert_int_equal(wadi_dsa_calibrate(&image, 0, 20, 110, 5, false, &spacing, &sd, &err),
                     WADI_ERR_RANGE);
    assert_int_equal(wadi_dsa_calibrate(&image, 3, 64, 64, 5, true, &spacing, &sd, &err),
                     WADI_ERR_RANGE);
    free(samples);
}

/* Pixels with new threads in a field of 10,000, frame by frame. */
static void contrast_comes_with_growth_that_goes_on(void **state)
{
    enum { FRAMES = 12 };
    static const struct {
        double area[FRAMES + 3];
        wadi_index first;
    } RUNS[] = {
        {{0, 0, 0, 1, 0, 20, 30, 40, 30}, 5},
        {{0, 0, 1, 0, 9, 0, 0, 0, 25, 30, 20, 10}, 8}, /* a streak at the catheter before it */
        {{0, 0, 0, 0, 1, 16, 12, 5, 2, 1, 6, 1}, 5},   /* slow, in noise */
        {{0, 0, 0, 0, 2, 13, 0, 17, 0, 0, 0, 0}, 5},
        {{0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 8, 9}, 10}, /* comes with the last frames */
        {{0, 1, 2, 0, 1, 2, 2, 1, 2, 2, 1, 2}, WADI_NONE},
        {{0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0}, WADI_NONE},
    };

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(RUNS); i++)
        assert_int_equal(dsa_first_growth(RUNS[i].area, FRAMES, 10000), RUNS[i].first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contrast_comes_with_growth_that_goes_on),
        cmocka_unit_test(contrast_arrives_at_frame_17_of_the_public_run),
        cmocka_unit_test(a_shift_is_found_to_a_twentieth_of_a_pixel_beside_contrast),
        cmocka_unit_test(a_cylinder_s_width_is_found_within_3_percent),
        cmocka_unit_test(a_ball_gives_the_scale_within_3_percent),
        cmocka_unit_test(one_frame_cannot_be_subtracted),
        cmocka_unit_test(a_point_lies_on_the_ray_through_its_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
