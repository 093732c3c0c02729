/* Oriented flux in a band, faint discs, and paths cut where their blood changes. */
#include "image/cta_disc.h"
#include "image/cta_flux.h"
#include "near.h"
#include "wadi/image_vessel.h"

enum { NX = 48, NY = 40, NZ = 40, COUNT = NX * NY * NZ };

static wadi_volume *blank(float value)
{
    wadi_volume *v = NULL;
    wadi_error err = {0};

    assert_int_equal(wadi_volume_new(NX, NY, NZ, &v, &err), WADI_OK);
    for (int k = 0; k < 3; k++)
        v->spacing_mm[k] = 0.5;
    for (size_t i = 0; i < COUNT; i++)
        v->values[i] = value;
    return v;
}

static void place(size_t i, double *p)
{
    p[0] = 0.5 * (double)(i % NX);
    p[1] = 0.5 * (double)(i / NX % NY);
    p[2] = 0.5 * (double)(i / (NX * NY));
}

/* Add a cylinder through `at` along `d` (a unit vector), blurred by 0.36 mm. */
static void draw(wadi_volume *v, const double *at, const double *d, double radius, double hu)
{
    for (size_t i = 0; i < COUNT; i++) {
        double p[3], along = 0, square = 0;

        place(i, p);
        for (int k = 0; k < 3; k++) {
            along += (p[k] - at[k]) * d[k];
            square += (p[k] - at[k]) * (p[k] - at[k]);
        }
        double far = sqrt(fmax(square - along * along, 0));

        v->values[i] += (float)(hu * 0.5 * (1 + erf((radius - far) / (0.36 * sqrt(2)))));
    }
}

static void flux_of(const wadi_volume *v, const cta_flux_options *options, float *strength,
                    uint8_t *scale)
{
    cta_grid grid;
    wadi_error err = {0};
    uint8_t *mask = malloc(COUNT);

    memset(mask, 1, COUNT);
    cta_grid_init(&grid, v, NULL);
    assert_int_equal(cta_flux(&grid, mask, NULL, options, strength, scale, &err), WADI_OK);
    free(mask);
}

static size_t voxel(int x, int y, int z)
{
    return (size_t)x + (size_t)y * NX + (size_t)z * NX * NY;
}

/* What lies between two summits, over the lower one. */
static double valley(const float *strength, int a, int b)
{
    double low = 1e30, left = 0, right = 0;

    for (int x = a - 2; x <= b + 2; x++) {
        double here = (double)strength[voxel(x, 20, 20)];

        if (x <= a + 2)
            left = fmax(left, here);
        if (x >= b - 2)
            right = fmax(right, here);
        if (x >= a && x <= b)
            low = fmin(low, here);
    }
    return low / fmin(left, right);
}

/* An artery and its vein of 1.5 mm whose walls touch: 3 mm from middle to middle. */
static void flux_parts_two_tubes_that_touch_where_the_hessian_does_not(void **state)
{
    const double one[3] = {10.5, 10, 10}, two[3] = {13.5, 10, 10}, up[3] = {0, 0, 1};
    wadi_volume *v = blank(50);
    wadi_error err = {0};
    float *strength = malloc(COUNT * sizeof *strength);
    const cta_flux_options flux = {
        .radius_mm = {0.8, 1.1, 1.5, 2.1}, .radius_count = 4, .sigma_mm = 0.5};
    wadi_tube_options hessian = wadi_tube_options_default();

    (void)state;
    draw(v, one, up, 1.5, 120);
    draw(v, two, up, 1.5, 120);
    flux_of(v, &flux, strength, NULL);
    double by_flux = valley(strength, 21, 27);

    hessian.law = WADI_TUBE_RIDGE;
    assert_int_equal(wadi_tubes_enhance(v, &hessian, strength, &err), WADI_OK);
    double by_hessian = valley(strength, 21, 27);

    print_message("between two tubes that touch: flux falls to %.2f of the summit, the "
                  "Hessian's ridge to %.2f\n",
                  by_flux, by_hessian);
    assert_true(by_flux < 0.3);
    assert_true(by_hessian > 0.7);
    free(strength);
    wadi_volume_free(v);
}

static void the_scale_of_greatest_flux_tells_the_radius_whichever_way_a_tube_runs(void **state)
{
    const double ways[3][3] = {{0, 0, 1}, {1, 0, 0}, {0.6, 0.48, 0.64}};
    const double middle[3] = {12, 10, 10};
    const cta_flux_options flux = {
        .radius_mm = {0.8, 1.1, 1.5, 2.1, 2.9}, .radius_count = 5, .sigma_mm = 0.5};
    float *strength = malloc(COUNT * sizeof *strength);
    uint8_t *scale = malloc(COUNT);

    (void)state;
    for (int w = 0; w < 3; w++)
        for (int r = 1; r < 4; r++) {
            wadi_volume *v = blank(50);

            draw(v, middle, ways[w], flux.radius_mm[r], 100);
            flux_of(v, &flux, strength, scale);
            print_message("radius %.1f, way %d: %.0f at scale %.1f\n", flux.radius_mm[r], w,
                          (double)strength[voxel(24, 20, 20)],
                          flux.radius_mm[scale[voxel(24, 20, 20)]]);
            assert_int_equal(scale[voxel(24, 20, 20)], r);
            /* The blur takes up to 15 % off thin ones. */
            assert_near((double)strength[voxel(24, 20, 20)], 100, 0.2, 0);
            wadi_volume_free(v);
        }
    free(strength);
    free(scale);
}

static void averaging_along_a_direction_finds_what_noise_hides(void **state)
{
    const double middle[3] = {12, 10, 10}, way[3] = {0.36, 0.48, 0.8};
    cta_flux_options flux = {.radius_mm = {1.1, 1.6, 2.4},
                             .radius_count = 3,
                             .sigma_mm = 0.6,
                             .group = 3,
                             .by_noise = true};
    wadi_volume *v = blank(50);
    wadi_random random;
    float *strength = malloc(COUNT * sizeof *strength);
    double share[2];

    (void)state;
    draw(v, middle, way, 1.5, 45);
    wadi_random_init(&random, 3, 0);
    for (size_t i = 0; i < COUNT; i++) {
        double noise = 0;

        for (int k = 0; k < 4; k++)
            noise += wadi_random_uniform(&random) - 0.5;
        v->values[i] += (float)(130 * noise); /* sd 75 */
    }
    for (int along = 0; along < 2; along++) {
        double most = 0, found = 0, all = 0;

        flux.along_mm = along ? 4 : 0;
        flux_of(v, &flux, strength, NULL);
        for (int pass = 0; pass < 2; pass++)
            for (size_t i = 0; i < COUNT; i++) {
                double p[3], t = 0, square = 0;

                place(i, p);
                for (int k = 0; k < 3; k++) {
                    t += (p[k] - middle[k]) * way[k];
                    square += (p[k] - middle[k]) * (p[k] - middle[k]);
                }
                double far = sqrt(fmax(square - t * t, 0));

                if (pass == 0 && far > 4)
                    most = fmax(most, (double)strength[i]);
                if (pass == 1 && far < 0.4 && fabs(t) < 7) {
                    found += (double)strength[i] > 0.8 * most;
                    all++;
                }
            }
        share[along] = found / all;
    }
    print_message("of a faint tube's middle over 0.8 of the strongest noise: %.2f, along a "
                  "direction %.2f\n",
                  share[0], share[1]);
    assert_true(share[1] > 0.8);
    assert_true(share[0] < 0.5 * share[1]);
    free(strength);
    wadi_volume_free(v);
}

static void a_disc_in_noise_has_the_radius_that_was_drawn(void **state)
{
    enum { RAYS = 24, DEPTHS = 44 };
    static float values[RAYS * DEPTHS];
    static double scratch[RAYS * (DEPTHS + 1)];
    double cosine[RAYS], sine[RAYS];
    cta_disc_look look = {.rays = RAYS,
                          .depths = DEPTHS,
                          .depth_mm = 0.12,
                          .cosine = cosine,
                          .sine = sine,
                          .values = values};
    wadi_random random;
    double sum = 0;

    (void)state;
    wadi_random_init(&random, 9, 0);
    for (int turn = 0; turn < 20; turn++) {
        cta_disc disc;

        for (int r = 0; r < RAYS; r++) {
            cosine[r] = cos(2 * WADI_PI * r / RAYS);
            sine[r] = sin(2 * WADI_PI * r / RAYS);
            for (int d = 0; d < DEPTHS; d++) {
                double x = 0.12 * d * cosine[r] - 0.4, y = 0.12 * d * sine[r] + 0.3;
                double edge = (2 - hypot(x, y)) / 0.45;
                double v = 50 + 40 * (1 + erf(edge / sqrt(2)));

                values[r * DEPTHS + d] =
                    (float)(v + 120 * (wadi_random_uniform(&random) - 0.5));
                if (r < 4 && d > 12) /* bone on one side */
                    values[r * DEPTHS + d] = NAN;
            }
        }
        assert_true(cta_disc_fit(&look, 130, 50, 1000, 1.2, 5, scratch, &disc));
        assert_near(disc.radius, 2, 0, 0.35);
        assert_near(disc.x, 0.4, 0, 0.4);
        assert_near(disc.y, -0.3, 0, 0.4);
        assert_near(disc.contrast, 80, 0, 20);
        sum += disc.radius;
    }
    assert_near(sum / 20, 2, 0, 0.08);
}

/* A path that starts in a vein and goes on in the artery beside it. */
static void a_path_is_cut_where_its_blood_changes(void **state)
{
    const double vein[3] = {8, 10, 10}, artery[3] = {15, 10, 10}, up[3] = {0, 0, 1};
    wadi_volume *v = blank(50);
    wadi_error err = {0};
    uint8_t *labels = calloc(COUNT, 1);
    cta_grid grid;
    cta_levels levels = {.muscle = 50, .noise = 5, .artery = 350, .vein = 140, .blur_mm = 0.4};
    cta_lines lines = {0};
    cta_line *line = NULL;
    double at[120][3];

    (void)state;
    v->spacing_mm[2] = 2; /* 80 mm */
    draw(v, vein, up, 1.8, 90);
    draw(v, artery, up, 1.8, 300);
    cta_grid_init(&grid, v, labels);
    cta_half_fill(&levels);
    for (int i = 0; i < 120; i++) {
        at[i][0] = i < 60 ? 8 : fmin(8 + 1.0 * (i - 60), 15);
        at[i][1] = 10;
        at[i][2] = 8 + 0.5 * i;
    }
    assert_int_equal(cta_lines_add(&lines, &line, &err), WADI_OK);
    assert_int_equal(cta_line_set(line, 120, (const double(*)[3])at, 0.5, &err), WADI_OK);
    line->kind = WADI_CTA_VEIN;
    for (int i = 0; i < line->count; i++)
        line->radius[i] = 1.8;
    assert_int_equal(cta_measure(&grid, &levels, line, &err), WADI_OK);
    int count = line->count;

    assert_int_equal(cta_lines_add(&lines, &line, &err), WADI_OK);
    assert_int_equal(cta_line_reserve(line, 2, &err), WADI_OK);
    line->parent = 0;
    line->parent_at = count - 5;
    assert_int_equal(cta_split(&grid, &levels, 0, &lines, &err), WADI_OK);
    assert_int_equal(lines.count, 3);
    assert_int_equal(lines.items[0].kind, WADI_CTA_VEIN);
    assert_int_equal(lines.items[2].kind, WADI_CTA_ARTERY);
    assert_int_equal(lines.items[0].count + lines.items[2].count, count);
    assert_near(lines.items[0].at[lines.items[0].count - 1][2], 39, 0, 5);
    assert_int_equal(lines.items[1].parent, 2);
    assert_int_equal(lines.items[1].parent_at, lines.items[2].count - 5);
    /* Nothing to cut: nothing is. */
    assert_int_equal(cta_split(&grid, &levels, 0, &lines, &err), WADI_OK);
    assert_int_equal(lines.count, 3);
    cta_lines_clear(&lines);
    free(labels);
    wadi_volume_free(v);
}

static void refused_memory_is_said(void **state)
{
    wadi_volume *v = blank(50);
    wadi_error err = {0};
    cta_grid grid;
    uint8_t *mask = calloc(COUNT, 1);
    float *strength = malloc(COUNT * sizeof *strength);
    const cta_flux_options flux = {
        .radius_mm = {1}, .radius_count = 1, .sigma_mm = 0.5, .along_mm = 4};

    (void)state;
    mask[voxel(20, 20, 20)] = 1;
    cta_grid_init(&grid, v, NULL);
    for (long n = 1; n <= 2; n++) {
        wadi_memory_refuse(n);
        assert_int_equal(cta_flux(&grid, mask, NULL, &flux, strength, NULL, &err),
                         WADI_ERR_NOMEM);
        wadi_memory_refuse(0);
    }
    free(mask);
    free(strength);
    wadi_volume_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flux_parts_two_tubes_that_touch_where_the_hessian_does_not),
        cmocka_unit_test(the_scale_of_greatest_flux_tells_the_radius_whichever_way_a_tube_runs),
        cmocka_unit_test(averaging_along_a_direction_finds_what_noise_hides),
        cmocka_unit_test(a_disc_in_noise_has_the_radius_that_was_drawn),
        cmocka_unit_test(a_path_is_cut_where_its_blood_changes),
        cmocka_unit_test(refused_memory_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
