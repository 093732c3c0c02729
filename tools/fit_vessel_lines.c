/* Fits the two perceptrons of `wadi image vessels` to hand-drawn masks and prints
 * data/vessel_lines.json.
 *
 *     fit-vessel-lines FOLDER FIRST LAST [SEED] >data/vessel_lines.json
 *
 * FOLDER holds N.png and N_gt.png (the DCA1 set). Pictures FIRST..LAST are used, nothing else.
 * The first perceptron sees the line features, also of copies that are resized, noisy, blurred
 * and of other contrast, so that it learns lines and not one X-ray machine. The second sees the
 * first one's answers around a pixel; those come from perceptrons that were fitted without the
 * picture (four parts), because answers to what was learnt are too good. Thresholds maximise
 * the mean Dice of answers that were made without the picture. */
#include "image/lines.h"
#include "wadi/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 40, PARTS = 4, COPIES = 6, SIZE_LIMIT = 64, SAMPLES = 7000 };

typedef struct net {
    int sizes[4];
    float weights[3][SIZE_LIMIT * SIZE_LIMIT], bias[3][SIZE_LIMIT];
    float mean[SIZE_LIMIT], sd[SIZE_LIMIT];
} net;

typedef struct samples {
    int inputs;
    size_t count, capacity;
    float *values;
    uint8_t *truth;
    int *picture;
} samples;

typedef struct photo {
    wadi_index columns, rows;
    float *values;
    uint8_t *truth;
    float *answer; /* of the first perceptron, fitted without this picture */
} photo;

static wadi_random dice;

static double uniform(void)
{
    return wadi_random_uniform(&dice);
}

static void die(const char *words)
{
    fprintf(stderr, "fit-vessel-lines: %s\n", words);
    exit(1);
}

static void *must(void *memory)
{
    if (!memory)
        die("no memory");
    return memory;
}

static void load(const char *folder, int number, photo *out)
{
    char path[4096];
    wadi_error err = {0};
    wadi_image *image = NULL, *truth = NULL;

    snprintf(path, sizeof path, "%s/%d.png", folder, number);
    if (wadi_image_read(path, &image, &err))
        die(err.message);
    snprintf(path, sizeof path, "%s/%d_gt.png", folder, number);
    if (wadi_image_read(path, &truth, &err))
        die(err.message);
    size_t count = (size_t)image->rows * (size_t)image->columns;

    out->columns = image->columns;
    out->rows = image->rows;
    out->values = must(calloc(count, sizeof(float)));
    out->truth = must(calloc(count, 1));
    wadi_image_frame(image, 0, out->values);
    for (size_t i = 0; i < count; i++)
        out->truth[i] = ((const uint8_t *)truth->samples)[i] > 0;
    wadi_image_free(image);
    wadi_image_free(truth);
}

/* ---- copies ---- */

static photo resized(const photo *in, double factor)
{
    photo out = {.columns = (wadi_index)(in->columns * factor),
                 .rows = (wadi_index)(in->rows * factor)};
    size_t count = (size_t)out.columns * (size_t)out.rows;
    float *source = must(calloc((size_t)in->columns * (size_t)in->rows, sizeof(float)));

    memcpy(source, in->values, (size_t)in->columns * (size_t)in->rows * sizeof *source);
    if (factor < 1 && !filter_blur(in->columns, in->rows, 0.45 / factor, source, source))
        die("no memory");
    out.values = must(calloc(count, sizeof(float)));
    out.truth = must(calloc(count, 1));
    for (wadi_index r = 0; r < out.rows; r++)
        for (wadi_index c = 0; c < out.columns; c++) {
            double x = (c + 0.5) / factor - 0.5, y = (r + 0.5) / factor - 0.5;
            wadi_index near_c = (wadi_index)(x + 0.5), near_r = (wadi_index)(y + 0.5);
            size_t at = (size_t)r * (size_t)out.columns + (size_t)c;

            near_c = near_c >= in->columns ? in->columns - 1 : near_c;
            near_r = near_r >= in->rows ? in->rows - 1 : near_r;
            out.values[at] = filter_between(source, in->columns, in->rows, (float)x, (float)y);
            out.truth[at] = in->truth[(size_t)near_r * (size_t)in->columns + (size_t)near_c];
        }
    free(source);
    return out;
}

static double normal(void)
{
    return sqrt(-2 * log(1 - uniform())) * cos(2 * WADI_PI * uniform());
}

static photo copy_of(const photo *in, int which)
{
    static const double FACTORS[COPIES] = {1, 0.85, 1.15, 1, 1, 1.05};
    photo out = resized(in, FACTORS[which]);
    size_t count = (size_t)out.columns * (size_t)out.rows;

    for (size_t i = 0; i < count && which == 3; i++) /* other contrast */
        out.values[i] = 255 * powf(fmaxf(out.values[i], 0) / 255, 0.6f);
    for (size_t i = 0; i < count && (which == 4 || which == 2); i++) /* more noise */
        out.values[i] += (float)(5 * normal());
    if (which == 5 && !filter_blur(out.columns, out.rows, 0.9, out.values, out.values))
        die("no memory");
    return out;
}

/* ---- samples and training ---- */

static void add_samples(samples *set, const float *features, int inputs, const photo *from,
                        int picture, size_t wanted)
{
    size_t count = (size_t)from->columns * (size_t)from->rows;

    set->inputs = inputs;
    if (set->count + wanted > set->capacity) {
        set->capacity = 2 * (set->count + wanted);
        set->values =
            must(realloc(set->values, set->capacity * (size_t)inputs * sizeof(float)));
        set->truth = must(realloc(set->truth, set->capacity));
        set->picture = must(realloc(set->picture, set->capacity * sizeof(int)));
    }
    for (size_t k = 0; k < wanted; k++) {
        size_t at = (size_t)(uniform() * (double)count);

        for (int f = 0; f < inputs; f++)
            set->values[set->count * (size_t)inputs + (size_t)f] =
                features[(size_t)f * count + at];
        set->truth[set->count] = from->truth[at];
        set->picture[set->count++] = picture;
    }
}

static void standardise(net *model, const samples *set)
{
    for (int f = 0; f < set->inputs; f++) {
        double sum = 0, squares = 0;

        for (size_t i = 0; i < set->count; i++)
            sum += set->values[i * (size_t)set->inputs + (size_t)f];
        sum /= (double)set->count;
        for (size_t i = 0; i < set->count; i++) {
            double d = set->values[i * (size_t)set->inputs + (size_t)f] - sum;

            squares += d * d;
        }
        model->mean[f] = (float)sum;
        model->sd[f] = (float)sqrt(squares / (double)set->count + 1e-12);
    }
}

static void forward(const net *model, const float *in, float layers[4][SIZE_LIMIT])
{
    for (int f = 0; f < model->sizes[0]; f++) {
        float value = (in[f] - model->mean[f]) / model->sd[f];

        layers[0][f] = value > 6 ? 6 : value < -6 ? -6 : value;
    }
    for (int l = 0; l < 3; l++) {
        int n = model->sizes[l], m = model->sizes[l + 1];
        float sums[SIZE_LIMIT];

        memcpy(sums, model->bias[l], (size_t)m * sizeof *sums);
        for (int i = 0; i < n; i++)
            for (int o = 0; o < m; o++)
                sums[o] += layers[l][i] * model->weights[l][i * m + o];
        for (int o = 0; o < m; o++)
            layers[l + 1][o] = l < 2 ? tanhf(sums[o]) : sums[o];
    }
}

typedef struct moments {
    net gradient, first, second;
} moments;

static void backward(const net *model, net *gradient, float layers[4][SIZE_LIMIT], float error)
{
    float delta[SIZE_LIMIT] = {error}, below[SIZE_LIMIT];

    for (int l = 2; l >= 0; l--) {
        int n = model->sizes[l], m = model->sizes[l + 1];

        for (int o = 0; o < m; o++)
            gradient->bias[l][o] += delta[o];
        for (int i = 0; i < n; i++) {
            float sum = 0;

            for (int o = 0; o < m; o++) {
                gradient->weights[l][i * m + o] += delta[o] * layers[l][i];
                sum += delta[o] * model->weights[l][i * m + o];
            }
            below[i] = sum * (1 - layers[l][i] * layers[l][i]);
        }
        memcpy(delta, below, (size_t)n * sizeof *delta);
    }
}

/* Adam: Kingma and Ba, ICLR 2015, arXiv:1412.6980. */
static void adam(float *value, float *gradient, float *first, float *second, size_t count,
                 double rate, int step, double decay)
{
    double one = 1 - pow(0.9, step), two = 1 - pow(0.999, step);

    for (size_t i = 0; i < count; i++) {
        first[i] = 0.9f * first[i] + 0.1f * gradient[i];
        second[i] = 0.999f * second[i] + 0.001f * gradient[i] * gradient[i];
        value[i] -= (float)(rate * (first[i] / one / (sqrt(second[i] / two) + 1e-8) +
                                    decay * value[i]));
        gradient[i] = 0;
    }
}

static void train(net *model, const samples *set, int skip_part, int passes)
{
    enum { BATCH = 256 };
    moments *m = must(calloc(1, sizeof *m));
    float layers[4][SIZE_LIMIT];
    size_t steps = (size_t)passes * set->count / BATCH;

    standardise(model, set);
    for (int l = 0; l < 3; l++)
        for (int i = 0; i < model->sizes[l] * model->sizes[l + 1]; i++)
            model->weights[l][i] = (float)(normal() / sqrt(model->sizes[l]));
    for (size_t s = 1; s <= steps; s++) {
        double share = (double)s / (double)steps;
        double rate = 0.004 * 0.5 * (1 + cos(WADI_PI * share)) + 1e-5;

        for (int b = 0; b < BATCH; b++) {
            size_t at = (size_t)(uniform() * (double)set->count);

            if (skip_part >= 0 && set->picture[at] % PARTS == skip_part)
                continue;
            forward(model, set->values + at * (size_t)set->inputs, layers);
            float chance = 1 / (1 + expf(-layers[3][0]));

            backward(model, &m->gradient, layers, (chance - set->truth[at]) / BATCH);
        }
        for (int l = 0; l < 3; l++) {
            size_t count = (size_t)(model->sizes[l] * model->sizes[l + 1]);

            adam(model->weights[l], m->gradient.weights[l], m->first.weights[l],
                 m->second.weights[l], count, rate, (int)s, 1e-3);
            adam(model->bias[l], m->gradient.bias[l], m->first.bias[l], m->second.bias[l],
                 (size_t)model->sizes[l + 1], rate, (int)s, 0);
        }
    }
    free(m);
}

static void answer_all(const net *model, const float *features, size_t count, float *out)
{
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < count; i++) {
        float layers[4][SIZE_LIMIT], in[SIZE_LIMIT];

        for (int f = 0; f < model->sizes[0]; f++)
            in[f] = features[(size_t)f * count + i];
        forward(model, in, layers);
        out[i] = layers[3][0];
    }
}

/* ---- the two stages ---- */

static float *features_of(const photo *from)
{
    wadi_error err = {0};
    float *out = NULL;

    if (lines_features(from->columns, from->rows, from->values, &out, &err))
        die(err.message);
    return out;
}

static float *context_of(const photo *from, const float *features, const float *answer)
{
    wadi_error err = {0};
    float *out = NULL;

    if (lines_context(from->columns, from->rows, features, answer, &out, &err))
        die(err.message);
    return out;
}

static void first_stage(photo *photos, int count, net models[PARTS + 1])
{
    samples set = {0};

    for (int p = 0; p < count; p++) {
        for (int k = 0; k < COPIES; k++) {
            photo copy = copy_of(&photos[p], k);
            float *features = features_of(&copy);

            add_samples(&set, features, LINES_FEATURES, &copy, p, k ? SAMPLES / 2 : SAMPLES);
            free(features);
            free(copy.values);
            free(copy.truth);
        }
    }
    fprintf(stderr, "first stage: %zu samples\n", set.count);
#pragma omp parallel for schedule(dynamic)
    for (int part = 0; part <= PARTS; part++) {
        models[part] = (net){.sizes = {LINES_FEATURES, 24, 12, 1}};
#pragma omp critical
        train(&models[part], &set, part < PARTS ? part : -1, 10);
    }
    free(set.values);
    free(set.truth);
    free(set.picture);
}

static void second_stage(photo *photos, int count, const net first[PARTS + 1],
                         net second[PARTS + 1])
{
    samples set = {0};

    for (int p = 0; p < count; p++) {
        for (int k = 0; k < COPIES; k++) {
            photo copy = copy_of(&photos[p], k);
            size_t pixels = (size_t)copy.columns * (size_t)copy.rows;
            float *features = features_of(&copy), *answer = must(calloc(pixels, sizeof(float)));

            answer_all(&first[p % PARTS], features, pixels, answer);
            float *context = context_of(&copy, features, answer);

            add_samples(&set, context, LINES_CONTEXT, &copy, p, k ? SAMPLES / 2 : SAMPLES);
            free(features);
            free(answer);
            free(context);
            free(copy.values);
            free(copy.truth);
        }
    }
    for (int part = 0; part <= PARTS; part++) {
        second[part] = (net){.sizes = {LINES_CONTEXT, 20, 10, 1}};
        train(&second[part], &set, part < PARTS ? part : -1, 8);
    }
    for (int p = 0; p < count; p++) {
        size_t pixels = (size_t)photos[p].columns * (size_t)photos[p].rows;
        float *features = features_of(&photos[p]);
        float *answer = must(calloc(pixels, sizeof(float)));

        answer_all(&first[p % PARTS], features, pixels, answer);
        float *context = context_of(&photos[p], features, answer);

        photos[p].answer = must(calloc(pixels, sizeof(float)));
        answer_all(&second[p % PARTS], context, pixels, photos[p].answer);
        free(features);
        free(answer);
        free(context);
    }
    free(set.values);
    free(set.truth);
    free(set.picture);
}

static double mean_dice(const photo *photos, int count, float low, float high, float area)
{
    double sum = 0;

#pragma omp parallel for reduction(+ : sum) schedule(dynamic)
    for (int p = 0; p < count; p++) {
        size_t pixels = (size_t)photos[p].columns * (size_t)photos[p].rows;
        wadi_index *stack = must(calloc(pixels, sizeof *stack));
        uint8_t *mask = must(calloc(pixels, 1));
        double both = 0, all = 0;

        image_hysteresis(photos[p].columns, photos[p].rows, photos[p].answer, low, high, area,
                         stack, mask);
        for (size_t i = 0; i < pixels; i++) {
            both += mask[i] && photos[p].truth[i];
            all += mask[i] + photos[p].truth[i];
        }
        sum += 2 * both / all;
        free(stack);
        free(mask);
    }
    return sum / count;
}

static void print_list(const char *name, const float *values, int count)
{
    printf("\"%s\": [", name);
    for (int i = 0; i < count; i++)
        printf("%s%.6g", i ? ", " : "", (double)values[i]);
    printf("]");
}

static void print_net(const char *name, const net *model)
{
    printf("\"%s\": {", name);
    print_list("mean", model->mean, model->sizes[0]);
    printf(", ");
    print_list("sd", model->sd, model->sizes[0]);
    printf(",\n  \"layers\": [");
    for (int l = 0; l < 3; l++) {
        printf("%s{\"inputs\": %d, \"outputs\": %d, ", l ? ",\n    " : "", model->sizes[l],
               model->sizes[l + 1]);
        print_list("weights", model->weights[l], model->sizes[l] * model->sizes[l + 1]);
        printf(", ");
        print_list("bias", model->bias[l], model->sizes[l + 1]);
        printf("}");
    }
    printf("]}");
}

int main(int argc, char **argv)
{
    static photo photos[MOST];
    static net first[PARTS + 1], second[PARTS + 1];
    int from = argc > 2 ? atoi(argv[2]) : 1, to = argc > 3 ? atoi(argv[3]) : 20, count = 0;
    float best_low = 0, best_high = 0, best_area = 0;
    double best = 0;

    if (argc < 4 || to - from + 1 > MOST || to < from)
        die("wants FOLDER FIRST LAST [SEED]");
    wadi_random_init(&dice, argc > 4 ? (uint64_t)atoi(argv[4]) : 1, 0);
    for (int n = from; n <= to; n++)
        load(argv[1], n, &photos[count++]);
    first_stage(photos, count, first);
    second_stage(photos, count, first, second);
    for (float low = -1.0f; low < 1.3f; low += 0.25f)
        for (float high = low; high < low + 3; high += 0.5f)
            for (float area = 100; area <= 800; area *= 2) {
                double mean = mean_dice(photos, count, low, high, area);

                if (mean > best) {
                    best = mean;
                    best_low = low;
                    best_high = high;
                    best_area = area;
                }
            }
    fprintf(stderr,
            "Dice %.4f at %.2f %.2f %.0f, each picture by perceptrons that did not see it\n",
            best, (double)best_low, (double)best_high, (double)best_area);
    printf(
        "{\"schema\": \"wadi.image.lines/2\", \"standing\": \"FITTED\",\n \"source\": "
        "\"perceptrons fitted by tools/fit_vessel_lines.c to images %d-%d of the DCA1 set of "
        "coronary angiograms with hand-drawn masks (Cervantes-Sanchez et al., Appl. Sci. 9 "
        "(2019) 5507, doi:10.3390/app9245507); no other image was used to fit or to choose\",\n"
        " \"clip_sd\": 6, \"low_logit\": %.3g, \"high_logit\": %.3g, \"least_area_px\": %.0f, "
        "\"picture_px\": 300,\n ",
        from, to, (double)best_low, (double)best_high, (double)best_area);
    print_net("first", &first[PARTS]);
    printf(",\n ");
    print_net("second", &second[PARTS]);
    printf("}\n");
    return 0;
}
