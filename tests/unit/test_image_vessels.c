/* Vessels in pictures and volumes. */
#include "image_data.h"
#include "wadi/image_vessel.h"

static double area_under_curve(const float *score, const uint8_t *truth, size_t count)
{
    /* Scores are rounded to 4096 steps: ties count half. */
    double *with = calloc(4097, sizeof *with), *without = calloc(4097, sizeof *without);
    double below = 0, sum = 0, positives = 0;

    for (size_t i = 0; i < count; i++)
        (truth[i] ? with : without)[(int)(score[i] * 4096)]++;
    for (int k = 0; k <= 4096; k++) {
        sum += with[k] * (below + 0.5 * without[k]);
        below += without[k];
        positives += with[k];
    }
    free(with);
    free(without);
    return sum / (positives * below);
}

static void score_angiogram(int number, double *area, double *dice)
{
    char path[200];
    wadi_error err = {0};

    snprintf(path, sizeof path, IMAGE_DATA "dca1_train/%d.png", number);
    wadi_image *image = read_image(path);

    snprintf(path, sizeof path, IMAGE_DATA "dca1_train/%d_gt.png", number);
    wadi_image *truth = read_image(path);
    size_t count = (size_t)image->rows * (size_t)image->columns;
    float *picture = malloc(count * sizeof *picture), *score = malloc(count * sizeof *score);
    uint8_t *mask = malloc(count);
    double both = 0, all = 0;

    wadi_image_frame(image, 0, picture);
    assert_int_equal(wadi_vessels_find(image->columns, image->rows, picture, score, mask, &err),
                     WADI_OK);
    for (size_t i = 0; i < count; i++) {
        bool drawn = ((const uint8_t *)truth->samples)[i] > 0;

        both += mask[i] && drawn;
        all += mask[i] + drawn;
    }
    *area = area_under_curve(score, truth->samples, count);
    *dice = 2 * both / all;
    free(picture);
    free(score);
    free(mask);
    wadi_image_free(image);
    wadi_image_free(truth);
}

/* Images 1 to 20 were used to fit and to choose; these were not. The sanitizers, ten times as
 * slow, see four of them: the numbers are for the release build. */
#ifdef __SANITIZE_ADDRESS__
enum { OTHERS = 4 };
#else
enum { OTHERS = 20 };
#endif

static void angiograms_never_used_for_fitting_are_segmented(void **state)
{
    double area = 0, dice = 0;

    (void)state;
    need_image_data();
    for (int i = 21; i < 21 + OTHERS; i++) {
        double one_area, one_dice;

        score_angiogram(i, &one_area, &one_dice);
        area += one_area / OTHERS;
        dice += one_dice / OTHERS;
    }
    print_message("%d other angiograms: area %.4f, Dice %.4f\n", OTHERS, area, dice);
    assert_true(area >= 0.95);
    assert_true(dice >= 0.72);
}

static double correlation(const float *a, const float *b, size_t count)
{
    double sa = 0, sb = 0, aa = 0, bb = 0, ab = 0, n = (double)count;

    for (size_t i = 0; i < count; i++) {
        sa += (double)a[i];
        sb += (double)b[i];
        aa += (double)a[i] * a[i];
        bb += (double)b[i] * b[i];
        ab += (double)a[i] * b[i];
    }
    return (ab - sa * sb / n) / sqrt((aa - sa * sa / n) * (bb - sb * sb / n));
}

static wadi_volume *read_volume(const char *path)
{
    wadi_image *image = read_image(path);
    wadi_volume *volume = NULL;
    wadi_error err = {0};

    assert_int_equal(wadi_volume_assemble(&image, 1, &volume, NULL, NULL, &err), WADI_OK);
    wadi_image_free(image);
    return volume;
}

static void frangi_agrees_with_the_stored_reference(void **state)
{
    wadi_tube_options options = wadi_tube_options_default();
    wadi_error err = {0};

    (void)state;
    need_image_data();
    wadi_volume *aorta = read_volume(IMAGE_DATA "vmtk_aorta/aorta.mha");
    wadi_volume *reference = read_volume(
        IMAGE_DATA "vmtk_aorta/vesselness_ref/test_vmtkimagevesselenhancement_test_enhancement_"
                   "methods_with_default_params_0.mha");
    size_t count = (size_t)aorta->columns * (size_t)aorta->rows * (size_t)aorta->slices;
    float *out = malloc(count * sizeof *out);

    options.sigma_count = 1;
    options.sigma_mm[0] = 1;
    options.gamma = 5;
    /* As a user gets it: a scale finer than the slices takes full kernels by itself. */
    assert_int_equal(wadi_tubes_enhance(aorta, &options, out, &err), WADI_OK);
    double r = correlation(out, reference->values, count);

    print_message("correlation with the reference %.4f\n", r);
    assert_true(r >= 0.98);
    free(out);
    wadi_volume_free(aorta);
    wadi_volume_free(reference);
}

/* A straight Gaussian tube of width s along z, in 1 mm voxels. */
static wadi_volume *tube_volume(double width, wadi_index size)
{
    const wadi_index middle = size / 2;
    wadi_volume *volume = NULL;
    wadi_error err = {0};

    assert_int_equal(wadi_volume_new(size, size, size, &volume, &err), WADI_OK);
    for (wadi_index z = 0; z < size; z++)
        for (wadi_index y = 0; y < size; y++)
            for (wadi_index x = 0; x < size; x++) {
                double dx = x - middle, dy = y - middle;

                volume->values[((size_t)z * size + y) * size + x] =
                    (float)(100 * exp(-0.5 * (dx * dx + dy * dy) / (width * width)));
            }
    return volume;
}

/* Normalised derivatives: a tube looked at with its own width answers alike at any width. */
static void a_tube_answers_alike_at_every_scale(void **state)
{
    double first = 0;

    (void)state;
    for (int k = 0; k < 4; k++) {
        static const double WIDTHS[4] = {1.5, 2.0, 3.0, 4.0};
        wadi_index size = 56;
        wadi_volume *volume = tube_volume(WIDTHS[k], size);
        float *out = malloc((size_t)size * size * size * sizeof *out);
        wadi_tube_options options = wadi_tube_options_default();
        wadi_error err = {0};

        options.sigma_count = 1;
        options.sigma_mm[0] = WIDTHS[k];
        options.gamma = 30;
        assert_int_equal(wadi_tubes_enhance(volume, &options, out, &err), WADI_OK);
        double here = out[((size_t)28 * size + 28) * size + 28];

        if (k == 0)
            first = here;
        assert_true(here > 0.3);
        /* Differences over one voxel at width 1.5 are good to a few per cent. */
        assert_near(here, first, 0.05, 0);
        free(out);
        wadi_volume_free(volume);
    }
}

static void the_cascade_agrees_with_full_kernels(void **state)
{
    enum { SIZE = 48, COUNT = SIZE * SIZE * SIZE };
    wadi_volume *volume = tube_volume(2.5, SIZE);
    float *fast = malloc(COUNT * sizeof *fast), *full = malloc(COUNT * sizeof *full);
    wadi_tube_options options = wadi_tube_options_default();
    wadi_error err = {0};
    wadi_random random;

    (void)state;
    wadi_random_init(&random, 3, 0);
    for (int i = 0; i < COUNT; i++)
        volume->values[i] += (float)(20 * wadi_random_uniform(&random));
    options.sigma_count = 3;
    options.sigma_mm[0] = 1.5;
    options.sigma_mm[1] = 2.2;
    options.sigma_mm[2] = 3.2;
    options.gamma = 20;
    for (int law = 0; law < 2; law++) {
        options.law = law ? WADI_TUBE_JERMAN : WADI_TUBE_FRANGI;
        options.exact = false;
        assert_int_equal(wadi_tubes_enhance(volume, &options, fast, &err), WADI_OK);
        options.exact = true;
        assert_int_equal(wadi_tubes_enhance(volume, &options, full, &err), WADI_OK);
        assert_true(correlation(fast, full, COUNT) > 0.98);
    }
    free(fast);
    free(full);
    wadi_volume_free(volume);
}

/* v = x'Ax/2 with A of known eigenvalues: full kernels give A itself, and the answer is that of
 * the printed law, put down here once more in double. */
static void frangi_of_a_quadratic_is_the_printed_law(void **state)
{
    enum { SIZE = 13, COUNT = SIZE * SIZE * SIZE, MIDDLE = COUNT / 2 };
    wadi_volume *volume = tube_volume(1, SIZE);
    wadi_tube_options options = wadi_tube_options_default();
    wadi_error err = {0};
    wadi_random random;
    int tubes = 0;
    float *out = malloc(COUNT * sizeof *out);

    (void)state;
    wadi_random_init(&random, 5, 0);
    options.sigma_count = 1;
    options.sigma_mm[0] = 1.3;
    options.gamma = 15;
    options.exact = true;
    for (int round = 0; round < 300; round++) {
        double size[3], q[4], norm = 0, turn[3][3], a[3][3] = {{0}}, want = 0;

        for (int k = 0; k < 3; k++)
            size[k] = 40 * (wadi_random_uniform(&random) - 0.7);
        for (int k = 0; k < 4; k++) {
            q[k] = wadi_random_uniform(&random) - 0.5;
            norm += q[k] * q[k];
        }
        /* Columns of a rotation from a quaternion. */
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) {
                int k = 3 - i - j;
                turn[i][j] = i == j ? 1 - 2 * (norm - q[0] * q[0] - q[i + 1] * q[i + 1]) / norm
                                    : 2 *
                                          (q[i + 1] * q[j + 1] +
                                           ((j - i + 3) % 3 == 1 ? -1 : 1) * q[0] * q[k + 1]) /
                                          norm;
            }
        for (int i = 0; i < 9; i++)
            for (int k = 0; k < 3; k++)
                a[i / 3][i % 3] += turn[i / 3][k] * size[k] * turn[i % 3][k];
        for (int i = 0; i < COUNT; i++) {
            double at[3] = {i % SIZE - 6, i / SIZE % SIZE - 6, i / SIZE / SIZE - 6}, value = 0;

            for (int k = 0; k < 9; k++)
                value += 0.5 * at[k / 3] * a[k / 3][k % 3] * at[k % 3];
            volume->values[i] = (float)value;
        }
        for (int i = 0; i < 2; i++) /* by size */
            for (int k = 0; k < 2; k++)
                if (fabs(size[k]) > fabs(size[k + 1])) {
                    double keep = size[k];

                    size[k] = size[k + 1];
                    size[k + 1] = keep;
                }
        /* At the border between tube and no tube the law jumps: either is right. */
        if (fabs(fabs(size[0]) - fabs(size[1])) < 0.01 || fabs(size[1]) < 0.01)
            continue;
        if (size[1] < 0 && size[2] < 0) {
            double ra = size[1] / size[2], rb = size[0] / sqrt(size[1] * size[2]);
            double s = 1.3 * 1.3 * 1.3 * 1.3 *
                       (size[0] * size[0] + size[1] * size[1] + size[2] * size[2]);

            want =
                (1 - exp(-ra * ra / 0.5)) * exp(-rb * rb / 0.5) * (1 - exp(-s / (2 * 15 * 15)));
            tubes++;
        }
        assert_int_equal(wadi_tubes_enhance(volume, &options, out, &err), WADI_OK);
        /* e^-x is good to 3e-4, float Hessians to 1e-5. */
        assert_near(out[MIDDLE], want, 0, 5e-4);
    }
    assert_true(tubes > 60);
    free(out);
    wadi_volume_free(volume);
}

/* Rows are worked on in bands and strips, columns in chunks: no place may show where they met.
 */
static void columns_and_rows_are_alike(void **state)
{
    enum { NX = 70, NY = 67, NZ = 37, COUNT = NX * NY * NZ };
    wadi_volume *one = NULL, *other = NULL;
    float *a = malloc(COUNT * sizeof *a), *b = malloc(COUNT * sizeof *b);
    wadi_tube_options options = wadi_tube_options_default();
    wadi_error err = {0};
    wadi_random random;

    (void)state;
    assert_int_equal(wadi_volume_new(NX, NY, NZ, &one, &err), WADI_OK);
    assert_int_equal(wadi_volume_new(NY, NX, NZ, &other, &err), WADI_OK);
    wadi_random_init(&random, 9, 0);
    for (int i = 0; i < COUNT; i++) {
        int x = i % NX, y = i / NX % NY, z = i / NX / NY;

        one->values[i] = (float)(100 * wadi_random_uniform(&random));
        other->values[(z * NX + x) * NY + y] = one->values[i];
    }
    options.sigma_count = 3;
    options.sigma_mm[0] = 1.2;
    options.sigma_mm[1] = 2;
    options.sigma_mm[2] = 4; /* on half the grid */
    for (int law = 0; law < 3; law++) {
        int off = 0;

        options.law = (wadi_tube_law)law;
        options.gamma = law == WADI_TUBE_FRANGI ? 10 : 0;
        assert_int_equal(wadi_tubes_enhance(one, &options, a, &err), WADI_OK);
        assert_int_equal(wadi_tubes_enhance(other, &options, b, &err), WADI_OK);
        for (int i = 0; i < COUNT; i++) {
            int x = i % NX, y = i / NX % NY, z = i / NX / NY;
            float want = b[(z * NX + x) * NY + y];

            off += fabsf(a[i] - want) > 1e-3f * (1 + want);
        }
        /* Voxels where a law jumps: rounding may put a few on the other side. One row of the
         * volume has 2590. */
        assert_true(off < 20);
    }
    free(a);
    free(b);
    wadi_volume_free(one);
    wadi_volume_free(other);
}

/* A bar of 4 x 4 voxels: a filter that only knew round things would lose its middle. */
static void a_square_bar_keeps_its_skeleton(void **state)
{
    enum { SIZE = 40, COUNT = SIZE * SIZE * SIZE };
    wadi_volume *volume = tube_volume(1, SIZE);
    float *out = malloc(COUNT * sizeof *out);
    wadi_tube_options options = wadi_tube_options_default();
    wadi_error err = {0};

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        int x = i % SIZE, y = i / SIZE % SIZE;

        volume->values[i] = x >= 18 && x < 22 && y >= 18 && y < 22 ? 100 : 0;
    }
    options.gamma = 20;
    options.sigma_count = 2;
    options.sigma_mm[0] = 1.2;
    options.sigma_mm[1] = 1.7;
    for (int law = 0; law < 3; law++) {
        options.law = (wadi_tube_law)law;
        assert_int_equal(wadi_tubes_enhance(volume, &options, out, &err), WADI_OK);
        for (int z = 4; z < SIZE - 4; z++) {
            const float *slice = out + z * SIZE * SIZE;
            double middle = 1e9, most = 0;

            for (int i = 0; i < SIZE * SIZE; i++)
                most = fmax(most, (double)slice[i]);
            for (int y = 19; y <= 20; y++)
                for (int x = 19; x <= 20; x++)
                    middle = fmin(middle, (double)slice[y * SIZE + x]);
            assert_true(middle > 0 && middle > 0.9 * most);
        }
    }
    free(out);
    wadi_volume_free(volume);
}

static void scales_that_the_voxels_cannot_carry_are_refused(void **state)
{
    wadi_volume *volume = tube_volume(2, 8);
    float out[512];
    wadi_tube_options options = wadi_tube_options_default();
    wadi_error err = {0};

    (void)state;
    options.sigma_mm[0] = 0.1;
    assert_int_equal(wadi_tubes_enhance(volume, &options, out, &err), WADI_ERR_RANGE);
    assert_non_null(strstr(err.message, "mm"));
    wadi_volume_free(volume);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(angiograms_never_used_for_fitting_are_segmented),
        cmocka_unit_test(frangi_agrees_with_the_stored_reference),
        cmocka_unit_test(a_tube_answers_alike_at_every_scale),
        cmocka_unit_test(frangi_of_a_quadratic_is_the_printed_law),
        cmocka_unit_test(columns_and_rows_are_alike),
        cmocka_unit_test(the_cascade_agrees_with_full_kernels),
        cmocka_unit_test(a_square_bar_keeps_its_skeleton),
        cmocka_unit_test(scales_that_the_voxels_cannot_carry_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
