/* Borders of made-up pullbacks against their truth. Arguments: first seed, seeds, frames; or
 * folders that hold ivus.dcm and truth.json. */
#include "image_data.h"

#include "base/json_impl.h"
#include "wadi/image_ivus.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TURN (2 * WADI_PI)

enum { TRUTH_LINES = 256, LIMIT = 40 * 400 };

typedef struct tally {
    double lumen[LIMIT], eem[LIMIT];             /* Jaccard */
    double lumen_error[LIMIT], eem_error[LIMIT]; /* of equal-area diameters, mm */
    double lumen_z[LIMIT], eem_z[LIMIT];
    int count;
    int kinds[2][3]; /* truth x answer */
    int kind_count[2];
    double kind_bias[2], kind_jaccard[2]; /* sums of lumens, true and false */
    int wires, wires_found;
    double wire_error; /* greatest, degrees */
    int seconds, seconds_found, seconds_made_up;
    int calcium, calcium_found, calcium_made_up;
    double arc_error; /* sum, degrees */
    double axis_error;
    double balloon_over; /* greatest excess over the least true vessel, mm */
    double cpu_ms;
} tally;

static tally all;
static bool verbose;

static void true_radii(const json_t *frame, const char *key, double *out)
{
    const json_t *points = json_object_get(json_object_get(frame, key), "contour_mm");

    assert_int_equal(json_array_size(points), TRUTH_LINES);
    for (size_t i = 0; i < TRUTH_LINES; i++) {
        const json_t *p = json_array_get(points, i);

        out[i] = hypot(json_number_value(json_array_get(p, 0)),
                       json_number_value(json_array_get(p, 1)));
    }
}

static bool inside(const double *radius, int lines, double x, double y)
{
    double line = (atan2(y, x) / TURN + 1) * lines, share = line - floor(line);
    int at = (int)line;

    return hypot(x, y) < (1 - share) * radius[at % lines] + share * radius[(at + 1) % lines];
}

/* Over a grid of 0.025 mm. (dx, dy): the found axis as seen from the true one. */
static double jaccard(const double *truth, const double *found, double dx, double dy)
{
    int both = 0, either = 0;

    for (double y = -4; y < 4; y += 0.025)
        for (double x = -4; x < 4; x += 0.025) {
            bool a = inside(truth, TRUTH_LINES, x, y);
            bool b = inside(found, WADI_IVUS_LINES, x - dx, y - dy);

            both += a && b;
            either += a || b;
        }
    return (double)both / either;
}

static double turn_between(double a, double b)
{
    return fabs(remainder(a - b, 360));
}

static void score_wires(const json_t *truth, const wadi_ivus_frame *frame, tally *t)
{
    const json_t *own = json_object_get(truth, "wire"),
                 *second = json_object_get(truth, "second_wire");
    int others = 0;
    bool found = false, near = false;

    for (int w = 0; w < frame->wire_count; w++) {
        const wadi_ivus_wire *wire = &frame->wires[w];

        if (wire->own) {
            double error =
                turn_between(wire->angle_deg, wadi_json_get_number(own, "angle_deg", 0));

            found = error < 10;
            t->wire_error = found ? fmax(t->wire_error, error) : t->wire_error;
        } else {
            others++;
            if (!json_is_null(second))
                near |= turn_between(wire->angle_deg,
                                     wadi_json_get_number(second, "angle_deg", 0)) < 10;
        }
    }
    t->wires++;
    t->wires_found += found;
    if (json_is_null(second)) {
        t->seconds_made_up += others > 0;
    } else {
        t->seconds++;
        t->seconds_found += near;
    }
}

static void score_calcium(const json_t *truth, const wadi_ivus_frame *frame, tally *t)
{
    const json_t *arc = json_array_get(json_object_get(truth, "calcium"), 0);
    double total = 0;

    for (int a = 0; a < frame->arc_count; a++)
        total += frame->calcium[a].arc_deg;
    if (arc) {
        t->calcium++;
        t->calcium_found += total > 15;
        t->arc_error += fabs(total - wadi_json_get_number(arc, "arc_deg", 0));
    } else {
        t->calcium_made_up += total > 15;
    }
}

static double size_of(const json_t *frame, const char *key)
{
    return wadi_json_get_number(json_object_get(frame, key), "equal_area_mm", 0);
}

static void score_frame(const json_t *truth, const wadi_ivus_frame *frame, double dx, double dy,
                        tally *t)
{
    double radius[TRUTH_LINES];
    bool false_lumen = !strcmp(wadi_json_get_text(truth, "lumen_kind", ""), "false");
    int at = t->count++;

    assert_true(at < LIMIT && frame->echoes);
    true_radii(truth, "lumen", radius);
    t->lumen[at] = jaccard(radius, frame->lumen.radius_mm, dx, dy);
    true_radii(truth, "eem", radius);
    t->eem[at] = jaccard(radius, frame->eem.radius_mm, dx, dy);
    t->lumen_error[at] = frame->lumen.size.equal_area_mm - size_of(truth, "lumen");
    t->eem_error[at] = frame->eem.size.equal_area_mm - size_of(truth, "eem");
    t->lumen_z[at] = fabs(t->lumen_error[at]) / frame->lumen.sd_mm;
    t->eem_z[at] = fabs(t->eem_error[at]) / frame->eem.sd_mm;
    t->kinds[false_lumen][frame->kind]++;
    t->kind_count[false_lumen]++;
    t->kind_bias[false_lumen] += t->lumen_error[at];
    t->kind_jaccard[false_lumen] += t->lumen[at];
    score_wires(truth, frame, t);
    score_calcium(truth, frame, t);
    for (int line = 0; line < WADI_IVUS_LINES; line++)
        assert_true(frame->lumen.radius_mm[line] < frame->eem.radius_mm[line]);
    if (verbose)
        printf("%3d %s J %.3f %.3f  d %+.3f %+.3f  hid %.2f %.2f  slit %.2f bare %.2f round "
               "%.2f off %.2f pts %.2f kind %d wires %d arcs %d\n",
               (int)wadi_json_get_number(truth, "frame", 0), false_lumen ? "F" : "T",
               t->lumen[at], t->eem[at], t->lumen_error[at], t->eem_error[at],
               frame->lumen.hidden_frac, frame->eem.hidden_frac, frame->signs.slit_frac,
               frame->signs.bare_frac, frame->signs.roundness, frame->signs.offset_frac,
               frame->signs.false_points, frame->kind, frame->wire_count, frame->arc_count);
}

static void score_folder(const char *folder, tally *t)
{
    char path[400], *text = NULL;
    size_t size = 0;
    json_t *truth = NULL;
    wadi_image *image;
    wadi_ivus *ivus = NULL;
    wadi_ivus_options options = wadi_ivus_options_default();
    wadi_error err = {0};
    double dx, dy, least = INFINITY;
    clock_t start;

    snprintf(path, sizeof path, "%s/truth.json", folder);
    if (wadi_file_read(path, (size_t)1 << 30, &text, &size, &err) ||
        wadi_json_parse(path, text, size, &truth, &err))
        fail_msg("%s", err.message);
    free(text);
    snprintf(path, sizeof path, "%s/ivus.dcm", folder);
    image = read_image(path);
    start = clock();
    if (wadi_ivus_run(image, &options, &ivus, &err))
        fail_msg("%s", err.message);
    t->cpu_ms += 1000.0 * (double)(clock() - start) / CLOCKS_PER_SEC;
    const json_t *centre = json_object_get(truth, "centre_px");

    dx = (ivus->x_px - json_number_value(json_array_get(centre, 0))) * ivus->column_mm;
    dy = (ivus->y_px - json_number_value(json_array_get(centre, 1))) * ivus->row_mm;
    t->axis_error = fmax(t->axis_error, hypot(dx, dy));
    for (wadi_index f = 0; f < ivus->frame_count; f++) {
        const json_t *frame = json_array_get(json_object_get(truth, "frames"), (size_t)f);

        score_frame(frame, &ivus->frames[f], dx, dy, t);
        least = fmin(least, size_of(frame, "eem"));
    }
    assert_true(ivus->balloon.known);
    assert_true(ivus->balloon.size_mm <= ivus->balloon.vessel_mm);
    t->balloon_over = fmax(t->balloon_over, ivus->balloon.size_mm - least);
    wadi_ivus_free(ivus);
    wadi_image_free(image);
    json_decref(truth);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double mean(const double *values, int count, bool absolute)
{
    double sum = 0;

    for (int i = 0; i < count; i++)
        sum += absolute ? fabs(values[i]) : values[i];
    return sum / count;
}

static double rank(double *values, int count, double share, bool absolute)
{
    for (int i = 0; absolute && i < count; i++)
        values[i] = fabs(values[i]);
    qsort(values, (size_t)count, sizeof *values, by_value);
    return values[(int)(share * (count - 1))];
}

static void print_tally(tally *t)
{
    int n = t->count;

    printf("# %d frames, %.2f ms of processor time a frame\n", n, t->cpu_ms / n);
    printf("# Jaccard: lumen mean %.3f, outer border mean %.3f", mean(t->lumen, n, false),
           mean(t->eem, n, false));
    printf("; 5th percentile %.3f and %.3f\n", rank(t->lumen, n, 0.05, false),
           rank(t->eem, n, 0.05, false));
    printf("# diameter: lumen bias %+.3f mean |error| %.3f", mean(t->lumen_error, n, false),
           mean(t->lumen_error, n, true));
    printf(" 95 %% %.3f; outer border bias %+.3f mean |error| %.3f",
           rank(t->lumen_error, n, 0.95, true), mean(t->eem_error, n, false),
           mean(t->eem_error, n, true));
    printf(" 95 %% %.3f mm\n", rank(t->eem_error, n, 0.95, true));
    for (int k = 0; k < 2; k++)
        if (t->kind_count[k])
            printf("# %s lumens: Jaccard %.3f, bias %+.3f mm\n", k ? "false" : "true",
                   t->kind_jaccard[k] / t->kind_count[k], t->kind_bias[k] / t->kind_count[k]);
    printf("# error over its sd, 95th percentile: lumen %.2f, outer border %.2f\n",
           rank(t->lumen_z, n, 0.95, false), rank(t->eem_z, n, 0.95, false));
    printf("# true lumen called true %d false %d unsure %d; false lumen called true %d false "
           "%d unsure %d\n",
           t->kinds[0][0], t->kinds[0][1], t->kinds[0][2], t->kinds[1][0], t->kinds[1][1],
           t->kinds[1][2]);
    printf("# first wire %d of %d within %.1f degrees; second %d of %d, made up in %d\n",
           t->wires_found, t->wires, t->wire_error, t->seconds_found, t->seconds,
           t->seconds_made_up);
    printf(
        "# calcium in %d of %d, made up in %d, arc off by %.1f degrees; axis off by %.3f mm; "
        "balloon less least vessel at most %+.2f mm\n",
        t->calcium_found, t->calcium, t->calcium_made_up,
        t->calcium ? t->arc_error / t->calcium : 0, t->axis_error, t->balloon_over);
}

static uint64_t first_seed = 101;
static int seed_count = 3, frame_count = 24;

static void borders_of_made_up_pullbacks_are_found(void **state)
{
    (void)state;
    for (int k = 0; k < seed_count; k++) {
        char folder[] = "/tmp/wadi-ivus-XXXXXX", path[300];
        wadi_error err = {0};

        assert_non_null(mkdtemp(folder));
        if (wadi_phantom_ivus(first_seed + (uint64_t)k, frame_count, folder, &err))
            fail_msg("%s", err.message);
        score_folder(folder, &all);
        snprintf(path, sizeof path, "%s/truth.json", folder);
        unlink(path);
        snprintf(path, sizeof path, "%s/ivus.dcm", folder);
        unlink(path);
        rmdir(folder);
    }
    print_tally(&all);
    assert_true(mean(all.lumen, all.count, false) >= 0.90);
    assert_true(mean(all.eem, all.count, false) >= 0.87);
    /* No more than one frame in fifty is called the wrong way. */
    assert_true(50 * (all.kinds[0][1] + all.kinds[1][0]) <= all.count);
    assert_true(50 * (all.wires - all.wires_found) <= all.wires);
    assert_true(all.balloon_over <= 0);
    assert_true(mean(all.lumen_error, all.count, true) <= 0.1);
    assert_true(mean(all.eem_error, all.count, true) <= 0.1);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(borders_of_made_up_pullbacks_are_found),
    };

    if (argc > 1 && strchr(argv[1], '/')) {
        verbose = getenv("VERBOSE") != NULL;
        for (int i = 1; i < argc; i++)
            score_folder(argv[i], &all);
        print_tally(&all);
        return 0;
    }
    if (argc > 1)
        first_seed = strtoull(argv[1], NULL, 10);
    if (argc > 2)
        seed_count = atoi(argv[2]);
    if (argc > 3)
        frame_count = atoi(argv[3]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
