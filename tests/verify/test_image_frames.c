/* Angiograms that were not fitted, as other machines might give them: of other size, contrast
 * and noise, with shutters. What is found may not depend on that. Run with the number of
 * images. */
#include "base/base_impl.h"
#include "image/filter.h"
#include "image_data.h"
#include "wadi/image_vessel.h"

static int image_count = 20;

typedef struct frame {
    wadi_index columns, rows;
    float *values;
    uint8_t *truth;
} frame;

static frame load(int number)
{
    char path[200];
    frame out;

    snprintf(path, sizeof path, IMAGE_DATA "dca1_train/%d.png", number);
    wadi_image *image = read_image(path);

    snprintf(path, sizeof path, IMAGE_DATA "dca1_train/%d_gt.png", number);
    wadi_image *truth = read_image(path);
    size_t count = (size_t)image->rows * (size_t)image->columns;

    out = (frame){image->columns, image->rows, malloc(count * sizeof(float)), malloc(count)};
    wadi_image_frame(image, 0, out.values);
    for (size_t i = 0; i < count; i++)
        out.truth[i] = ((const uint8_t *)truth->samples)[i] > 0;
    wadi_image_free(image);
    wadi_image_free(truth);
    return out;
}

static frame resized(const frame *in, double factor)
{
    frame out = {.columns = (wadi_index)(in->columns * factor),
                 .rows = (wadi_index)(in->rows * factor)};
    size_t count = (size_t)out.columns * (size_t)out.rows;
    float *source = malloc((size_t)in->columns * (size_t)in->rows * sizeof *source);

    memcpy(source, in->values, (size_t)in->columns * (size_t)in->rows * sizeof *source);
    if (factor < 1)
        assert_true(filter_blur(in->columns, in->rows, 0.45 / factor, source, source));
    out.values = malloc(count * sizeof(float));
    out.truth = malloc(count);
    for (wadi_index r = 0; r < out.rows; r++)
        for (wadi_index c = 0; c < out.columns; c++) {
            double x = (c + 0.5) / factor - 0.5, y = (r + 0.5) / factor - 0.5;
            wadi_index column = (wadi_index)(x + 0.5), row = (wadi_index)(y + 0.5);
            size_t at = (size_t)r * (size_t)out.columns + (size_t)c;

            column = column < in->columns ? column : in->columns - 1;
            row = row < in->rows ? row : in->rows - 1;
            out.values[at] = filter_between(source, in->columns, in->rows, (float)x, (float)y);
            out.truth[at] = in->truth[(size_t)row * (size_t)in->columns + (size_t)column];
        }
    free(source);
    return out;
}

static double noise(wadi_random *random)
{
    return wadi_normal_quantile(wadi_random_uniform(random) * 0.999998 + 1e-6);
}

/* ---- the changes ---- */

static frame as_it_is(const frame *in, wadi_random *random)
{
    (void)random;
    return resized(in, 1);
}

static frame at_512(const frame *in, wadi_random *random)
{
    (void)random;
    return resized(in, 512.0 / 300);
}

static frame at_1024(const frame *in, wadi_random *random)
{
    (void)random;
    return resized(in, 1024.0 / 300);
}

static frame at_256(const frame *in, wadi_random *random)
{
    (void)random;
    return resized(in, 256.0 / 300);
}

static frame other_contrast(const frame *in, wadi_random *random)
{
    frame out = as_it_is(in, random);

    for (int i = 0; i < out.columns * out.rows; i++)
        out.values[i] = 40 * 257 + 90 * 257 * powf(out.values[i] / 255, 0.6f); /* 16 bits */
    return out;
}

static frame noisy(const frame *in, wadi_random *random)
{
    frame out = as_it_is(in, random);

    for (int i = 0; i < out.columns * out.rows; i++)
        out.values[i] += (float)(6 * noise(random));
    return out;
}

/* What a shutter covers is no vessel, and the observer's is cut there too. */
static frame shuttered(const frame *in, wadi_random *random)
{
    frame out = as_it_is(in, random);

    for (int i = 0; i < out.columns * out.rows; i++)
        if (i % out.columns < 30 || i / out.columns >= out.rows - 25) {
            out.values[i] = 2;
            out.truth[i] = 0;
        }
    return out;
}

/* Blocks of 8 x 8 lose what is fine, as JPEG of poor quality does. */
static frame blocky(const frame *in, wadi_random *random)
{
    frame out = as_it_is(in, random);

    for (wadi_index r = 0; r + 8 <= out.rows; r += 8)
        for (wadi_index c = 0; c + 8 <= out.columns; c += 8) {
            double mean = 0;

            for (int k = 0; k < 64; k++)
                mean += out.values[(r + k / 8) * out.columns + c + k % 8] / 64;
            for (int k = 0; k < 64; k++) {
                float *value = &out.values[(r + k / 8) * out.columns + c + k % 8];

                *value = (float)(mean + 6 * round((*value - mean) / 6));
            }
        }
    return out;
}

static const struct {
    const char *name;
    frame (*change)(const frame *in, wadi_random *random);
    double least_dice;
} CHANGES[] = {
    {"as it is", as_it_is, 0.72},
    {"512 pixels", at_512, 0.70},
    {"1024 pixels", at_1024, 0.70},
    {"256 pixels", at_256, 0.68},
    {"other contrast, 16 bits", other_contrast, 0.70},
    {"noise", noisy, 0.66},
    {"shutter", shuttered, 0.68},
    {"blocks", blocky, 0.68},
};

static double dice_of(const frame *in)
{
    size_t count = (size_t)in->columns * (size_t)in->rows;
    float *score = malloc(count * sizeof *score);
    uint8_t *mask = malloc(count);
    double both = 0, all = 0;
    wadi_error err = {0};

    assert_int_equal(wadi_vessels_find(in->columns, in->rows, in->values, score, mask, &err),
                     WADI_OK);
    for (size_t i = 0; i < count; i++) {
        both += mask[i] && in->truth[i];
        all += mask[i] + in->truth[i];
    }
    free(score);
    free(mask);
    return 2 * both / all;
}

static void other_sizes_contrast_and_noise_keep_the_vessels(void **state)
{
    (void)state;
    need_image_data();
    for (size_t k = 0; k < WADI_COUNT_OF(CHANGES); k++) {
        double sum = 0, worst = 1;
        wadi_random random;

        wadi_random_init(&random, 11, k);
        for (int i = 0; i < image_count; i++) {
            frame plain = load(21 + i), changed = CHANGES[k].change(&plain, &random);
            double dice = dice_of(&changed);

            sum += dice;
            worst = dice < worst ? dice : worst;
            free(plain.values);
            free(plain.truth);
            free(changed.values);
            free(changed.truth);
        }
        print_message("%-24s Dice %.3f, worst %.3f\n", CHANGES[k].name, sum / image_count,
                      worst);
        assert_true(sum / image_count >= CHANGES[k].least_dice);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_sizes_contrast_and_noise_keep_the_vessels)};

    if (argc > 1)
        image_count = atoi(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
