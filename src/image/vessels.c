/* From the line features to vesselness and mask. */
#include "lines.h"
#include "wadi/image_vessel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LAYER_LIMIT = 4, WIDTH_LIMIT = 64 };

typedef struct layer {
    int inputs, outputs;
    float weights[WIDTH_LIMIT * WIDTH_LIMIT], bias[WIDTH_LIMIT];
} layer;

typedef struct perceptron {
    int inputs;
    float mean[WIDTH_LIMIT], sd[WIDTH_LIMIT];
    layer layers[LAYER_LIMIT];
    int layer_count;
} perceptron;

/* The first sees the features of a pixel, the second what the first said around it. */
typedef struct classifier {
    float clip, low, high, least_area, picture;
    perceptron first, second;
} classifier;

static bool take_list(const json_t *object, const char *key, float *out, size_t count)
{
    const json_t *list = json_object_get(object, key);

    if (json_array_size(list) != count)
        return false;
    for (size_t i = 0; i < count; i++)
        out[i] = (float)json_number_value(json_array_get(list, i));
    return true;
}

static bool take_perceptron(const json_t *json, int inputs, perceptron *out)
{
    const json_t *list = json_object_get(json, "layers");

    out->inputs = inputs;
    out->layer_count = (int)json_array_size(list);
    if (out->layer_count < 1 || out->layer_count > LAYER_LIMIT ||
        !take_list(json, "mean", out->mean, (size_t)inputs) ||
        !take_list(json, "sd", out->sd, (size_t)inputs))
        return false;
    for (int l = 0; l < out->layer_count; l++) {
        const json_t *item = json_array_get(list, (size_t)l);
        layer *here = &out->layers[l];
        double outputs = wadi_json_get_number(item, "outputs", 0);

        if (wadi_json_get_number(item, "inputs", 0) != inputs ||
            !(outputs >= 1 && outputs <= WIDTH_LIMIT))
            return false;
        here->inputs = inputs;
        here->outputs = inputs = (int)outputs;
        if (!take_list(item, "weights", here->weights,
                       (size_t)(here->inputs * here->outputs)) ||
            !take_list(item, "bias", here->bias, (size_t)here->outputs))
            return false;
    }
    return inputs == 1;
}

static wadi_status read_classifier(classifier *model, wadi_error *err)
{
    json_t *json = NULL;
    wadi_status status = wadi_json_data("vessel_lines.json", "wadi.image.lines/2", &json, err);

    if (status)
        return status;
    model->clip = (float)wadi_json_get_number(json, "clip_sd", 6);
    model->low = (float)wadi_json_get_number(json, "low_logit", 0);
    model->high = (float)wadi_json_get_number(json, "high_logit", 0);
    model->least_area = (float)wadi_json_get_number(json, "least_area_px", 0);
    model->picture = (float)wadi_json_get_number(json, "picture_px", 300);
    if (!take_perceptron(json_object_get(json, "first"), LINES_FEATURES, &model->first) ||
        !take_perceptron(json_object_get(json, "second"), LINES_CONTEXT, &model->second))
        status = wadi_fail(err, WADI_ERR_PARSE,
                           "vessel_lines.json: perceptrons of %d and %d inputs are wanted",
                           LINES_FEATURES, LINES_CONTEXT);
    json_decref(json);
    return status;
}

static float classify(const perceptron *model, float clip, const float *features, size_t count,
                      size_t at)
{
    float in[WIDTH_LIMIT], out[WIDTH_LIMIT];

    for (int f = 0; f < model->inputs; f++) {
        float value = (features[(size_t)f * count + at] - model->mean[f]) / model->sd[f];

        in[f] = value > clip ? clip : value < -clip ? -clip : value;
    }
    for (int l = 0; l < model->layer_count; l++) {
        const layer *here = &model->layers[l];

        for (int o = 0; o < here->outputs; o++)
            out[o] = here->bias[o];
        for (int i = 0; i < here->inputs; i++)
            for (int o = 0; o < here->outputs; o++)
                out[o] += in[i] * here->weights[i * here->outputs + o];
        for (int o = 0; o < here->outputs; o++)
            in[o] = l + 1 < model->layer_count ? tanhf(out[o]) : out[o];
    }
    return in[0];
}

/* Logits of both perceptrons; `answer` gets the second's. */
static wadi_status judge(const classifier *model, wadi_index columns, wadi_index rows,
                         const float *picture, float *answer, wadi_error *err)
{
    size_t count = (size_t)columns * (size_t)rows;
    float *features = NULL, *context = NULL;
    wadi_status status = lines_features(columns, rows, picture, &features, err);

    if (!status) {
#pragma omp parallel for schedule(static)
        for (size_t i = 0; i < count; i++)
            answer[i] = classify(&model->first, model->clip, features, count, i);
        status = lines_context(columns, rows, features, answer, &context, err);
    }
    if (!status) {
#pragma omp parallel for schedule(static)
        for (size_t i = 0; i < count; i++)
            answer[i] = classify(&model->second, model->clip, context, count, i);
    }
    free(features);
    free(context);
    return status;
}

void image_hysteresis(wadi_index columns, wadi_index rows, const float *answer, float low,
                      float high, float least_area, wadi_index *stack, uint8_t *mask)
{
    wadi_index count = columns * rows;

    memset(mask, 0, (size_t)count);
    for (wadi_index start = 0; start < count; start++) {
        wadi_index depth = 0, size = 0;
        bool reaches = false;

        if (mask[start] || answer[start] <= low)
            continue;
        /* The stack keeps all it has seen: `depth` walks over it. */
        stack[size++] = start;
        mask[start] = 1;
        for (; depth < size; depth++) {
            wadi_index at = stack[depth], c = at % columns, r = at / columns;

            reaches |= answer[at] > high;
            for (wadi_index dr = -1; dr <= 1; dr++) {
                for (wadi_index dc = -1; dc <= 1; dc++) {
                    wadi_index next = at + dr * columns + dc;

                    if (c + dc < 0 || c + dc >= columns || r + dr < 0 || r + dr >= rows ||
                        mask[next] || answer[next] <= low)
                        continue;
                    mask[next] = 1;
                    stack[size++] = next;
                }
            }
        }
        if (!reaches || (float)size < least_area)
            for (wadi_index i = 0; i < size; i++)
                mask[stack[i]] = 2; /* seen and refused */
    }
    for (wadi_index i = 0; i < count; i++)
        mask[i] = mask[i] == 1;
}

/* Smaller by a factor, blurred as far as the new pixels are wide. */
static wadi_status shrink(wadi_index columns, wadi_index rows, const float *in, double factor,
                          wadi_index *small_columns, wadi_index *small_rows, float **out,
                          wadi_error *err)
{
    float *blurred = wadi_alloc((size_t)columns * (size_t)rows, sizeof *blurred);

    *small_columns = (wadi_index)(columns / factor);
    *small_rows = (wadi_index)(rows / factor);
    *out = wadi_alloc((size_t)*small_columns * (size_t)*small_rows, sizeof **out);
    if (!blurred || !*out || !filter_blur(columns, rows, 0.45 * factor, in, blurred)) {
        free(blurred);
        free(*out);
        *out = NULL;
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a smaller picture");
    }
    for (wadi_index r = 0; r < *small_rows; r++)
        for (wadi_index c = 0; c < *small_columns; c++)
            (*out)[(size_t)r * (size_t)*small_columns + (size_t)c] =
                filter_between(blurred, columns, rows, (float)((c + 0.5) * factor - 0.5),
                               (float)((r + 0.5) * factor - 0.5));
    free(blurred);
    return WADI_OK;
}

wadi_status wadi_vessels_find(wadi_index columns, wadi_index rows, const float *picture,
                              float *vesselness, uint8_t *mask, wadi_error *err)
{
    wadi_status status;
    classifier *model = wadi_alloc(1, sizeof *model);
    size_t count = (size_t)columns * (size_t)rows, small_count;
    wadi_index least = columns < rows ? columns : rows, small_columns = columns,
               small_rows = rows;
    float *small = NULL, *answer = NULL;
    wadi_index *stack = wadi_alloc(count, sizeof *stack);
    double factor = 1;

    if (!model || !stack) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d x %d pixels", columns, rows);
        goto done;
    }
    status = read_classifier(model, err);
    if (status)
        goto done;
    if (least >= 400) {
        factor = least / (double)model->picture;
        status =
            shrink(columns, rows, picture, factor, &small_columns, &small_rows, &small, err);
        if (status)
            goto done;
    }
    small_count = (size_t)small_columns * (size_t)small_rows;
    answer = wadi_alloc(small_count, sizeof *answer);
    if (!answer) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d x %d pixels", columns, rows);
        goto done;
    }
    status = judge(model, small_columns, small_rows, small ? small : picture, answer, err);
    if (status)
        goto done;
    for (wadi_index r = 0; r < rows; r++)
        for (wadi_index c = 0; c < columns; c++)
            vesselness[(size_t)r * (size_t)columns + (size_t)c] = filter_between(
                answer, small_columns, small_rows, (float)((c + 0.5) / factor - 0.5),
                (float)((r + 0.5) / factor - 0.5));
    image_hysteresis(columns, rows, vesselness, model->low, model->high,
                     (float)(model->least_area * factor * factor), stack, mask);
    for (size_t i = 0; i < count; i++) {
        /* Logits beyond 8 are all the same to the eye and to a threshold. */
        float value = (vesselness[i] + 8) / 16;

        vesselness[i] = value < 0 ? 0 : value > 1 ? 1 : value;
    }
done:
    free(model);
    free(small);
    free(answer);
    free(stack);
    return status;
}
