/* wadi image dsa: one run, or an arterial and a venous injection. */
#include "cmd_image.h"
#include "wadi/image_cine.h"
#include "wadi/image_dsa.h"
#include "wadi/image_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const cli_option OPTIONS[] = {
    {.kind = CLI_TEXT,
     .name = "out",
     .letter = 'o',
     .metavar = "DIR",
     .doc = "folder for pictures and numbers"},
    {.kind = CLI_TEXT,
     .name = "arterial",
     .metavar = "A[,B]",
     .doc = "arterial injection, in one view or two"},
    {.kind = CLI_TEXT,
     .name = "venous",
     .metavar = "C[,D]",
     .doc = "venous injection, in the same views"},
    {.kind = CLI_TEXT, .name = "mask", .metavar = "FIRST-LAST", .doc = "mask frames, from 0"},
    {.kind = CLI_FLAG, .name = "no-motion", .doc = "leave motion uncorrected"},
    {.kind = CLI_NUMBER,
     .name = "spacing-mm",
     .metavar = "MM",
     .doc = "pixel size in the vessel's plane",
     .min = 0.001,
     .max = 10},
    {.kind = CLI_NUMBER,
     .name = "catheter-fr",
     .metavar = "FR",
     .doc = "size of the catheter at --at, in French",
     .min = 1,
     .max = 30},
    {.kind = CLI_NUMBER,
     .name = "ball-mm",
     .metavar = "MM",
     .doc = "diameter of the ball at --at",
     .min = 0.5,
     .max = 100},
    {.kind = CLI_TEXT,
     .name = "at",
     .metavar = "X,Y",
     .doc = "where the catheter or ball is, in pixels"},
    {.kind = CLI_NUMBER,
     .name = "origin-mm",
     .metavar = "MM",
     .doc = "from the posterior tibial origin to the upper end of the picture's vessel",
     .min = -500,
     .max = 500},
    {.kind = CLI_LIST,
     .name = "region",
     .metavar = "[NAME=]X0,Y0,X1,Y1",
     .doc = "contrast over time in a rectangle of pixels, both corners inside"},
    {.kind = CLI_TEXT,
     .name = "cine",
     .metavar = "KIND",
     .doc = "moving picture of the run: animated PNG, or MP4 where ffmpeg is there",
     .choices = "png|mp4|none"},
    {.kind = CLI_FLAG, .name = "json", .doc = "print JSON"},
    {.kind = CLI_FLAG,
     .name = "deidentify",
     .doc = "always so: no export holds a field of the patient"},
    {0},
};

static bool given(const cli_args *args, const char *name)
{
    for (const cli_option *o = OPTIONS; o->name; o++)
        if (!strcmp(o->name, name))
            return o->kind == CLI_FLAG ? cli_flag(args, name)
                                       : cli_text(args, name, NULL) != NULL;
    return false;
}

/* Options that would be left aside are said, not swallowed. */
static int check_kind(const cli_args *args, bool pair)
{
    static const char *const SINGLE[] = {"mask", "spacing-mm", "catheter-fr", "ball-mm", "at"};

    if (pair && cli_list_count(args, "region"))
        return cli_misused("image dsa", "--region belongs to one FILE, not to two injections");
    for (size_t i = 0; pair && i < sizeof SINGLE / sizeof *SINGLE; i++)
        if (given(args, SINGLE[i]))
            return cli_misused("image dsa", "--%s belongs to one FILE, not to two injections",
                               SINGLE[i]);
    if (!pair && given(args, "origin-mm"))
        return cli_misused("image dsa", "--origin-mm belongs to --arterial and --venous");
    return EXIT_DONE;
}

static int run_pair(const cli_args *args, const char *arterial, const char *venous)
{
    wadi_error err = {0};
    wadi_gap *gap = NULL;
    const char *directory = cli_text(args, "out", NULL);
    wadi_gap_options options = {.origin_mm = cli_number(args, "origin-mm", 0),
                                .origin_given = given(args, "origin-mm")};
    wadi_status status;

    cli_progress(0, 2, "tracing both injections");
    status = wadi_gap_run(arterial, venous, &options, &gap, &err);
    cli_progress(1, 2, "drawing");
    if (!status && directory)
        status = wadi_gap_report(gap, directory, &err);
    cli_progress(2, 2, NULL);
    if (!status)
        fwrite(gap->text, 1, gap->size, stdout);
    if (!status && !options.origin_given)
        cli_note(
            "wadi: places count from the upper end of the artery seen; give --origin-mm, its "
            "distance from the posterior tibial origin, before wadi plan --gap");
    wadi_gap_free(gap);
    return status ? cli_failed(&err) : EXIT_DONE;
}

/* Options that are read without the run, before anything is written. */
static int check_words(const cli_args *args, wadi_dsa_options *options)
{
    const char *mask = cli_text(args, "mask", NULL), *at = cli_text(args, "at", NULL);
    bool sized = cli_number(args, "catheter-fr", 0) > 0 || cli_number(args, "ball-mm", 0) > 0;
    double x, y;

    if (mask && sscanf(mask, "%d-%d", &options->mask_first, &options->mask_last) != 2)
        return cli_misused("image dsa", "--mask '%s': FIRST-LAST is wanted, as in 0-16", mask);
    if (at && sscanf(at, "%lf,%lf", &x, &y) != 2)
        return cli_misused("image dsa", "--at '%s': X,Y is wanted, as in 250,300", at);
    if (sized != (at != NULL))
        return cli_misused("image dsa", "--at X,Y goes with --catheter-fr or --ball-mm");
    return EXIT_DONE;
}

static int set_options(const cli_args *args, const wadi_image *run, wadi_dsa_options *options,
                       wadi_error *err)
{
    const char *at = cli_text(args, "at", NULL);
    double french = cli_number(args, "catheter-fr", 0), ball = cli_number(args, "ball-mm", 0);
    double x = 0, y = 0, spacing = cli_number(args, "spacing-mm", 0), sd = 0;

    if (cli_flag(args, "no-motion"))
        options->shift = options->warp = false;
    if (spacing > 0)
        options->spacing_mm = (wadi_maybe){true, spacing};
    if (french > 0 || ball > 0) {
        sscanf(at, "%lf,%lf", &x, &y); /* check_words has read it */
        if (wadi_dsa_calibrate(run, 0, x, y, ball > 0 ? ball : french / 3, ball > 0, &spacing,
                               &sd, err))
            return cli_failed(err);
        options->spacing_mm = (wadi_maybe){true, spacing};
        options->spacing_sd_frac = (wadi_maybe){true, sd};
    }
    return EXIT_DONE;
}

static wadi_cine_kind cine_kind(const cli_args *args)
{
    const char *kind = cli_text(args, "cine", "png");

    return !strcmp(kind, "mp4")    ? WADI_CINE_MP4
           : !strcmp(kind, "none") ? WADI_CINE_NONE
                                   : WADI_CINE_PNG;
}

enum { REGIONS = 64, NAME_BYTES = 48 };

typedef struct regions {
    wadi_dsa_box boxes[REGIONS];
    char names[REGIONS][NAME_BYTES];
    int count;
} regions;

static int read_regions(const cli_args *args, regions *out)
{
    out->count = cli_list_count(args, "region");
    if (out->count > REGIONS)
        return cli_misused("image dsa", "%d times --region: %d at most", out->count, REGIONS);
    for (int i = 0; i < out->count; i++) {
        const char *word = cli_list(args, "region", i), *sign = strchr(word, '=');
        wadi_index *b = out->boxes[i].box;
        char more;

        if (sign)
            snprintf(out->names[i], NAME_BYTES, "%.*s", (int)(sign - word), word);
        else
            snprintf(out->names[i], NAME_BYTES, "region %d", i + 1);
        out->boxes[i].name = out->names[i];
        if (sscanf(sign ? sign + 1 : word, "%d,%d,%d,%d%c", &b[0], &b[1], &b[2], &b[3],
                   &more) != 4 ||
            (sign && (sign == word || sign - word >= NAME_BYTES)))
            return cli_misused(
                "image dsa",
                "--region '%s': [NAME=]X0,Y0,X1,Y1 is wanted, as in heel=10,20,60,80", word);
    }
    return EXIT_DONE;
}

static void print_ms(const char *what, double ms)
{
    if (isnan(ms))
        printf(", %s unknown", what);
    else
        printf(", %s %.0f ms", what, ms);
}

static wadi_status print_regions(const wadi_dsa *dsa, const wadi_image *run,
                                 const regions *list, wadi_error *err)
{
    float *curve = malloc((size_t)dsa->frames * sizeof *curve);
    wadi_status status = WADI_OK;

    for (int i = 0; i < list->count && !status && curve; i++) {
        wadi_dsa_times times;

        status = wadi_dsa_region(dsa, run, list->boxes[i].box, curve, &times, err);
        if (status)
            break;
        printf("%s: peak %.3f", list->names[i], isnan(times.peak) ? 0 : times.peak);
        print_ms("arrival", times.arrival_ms);
        print_ms("time to peak", times.peak_ms - times.arrival_ms);
        print_ms("mean transit", times.transit_ms);
        print_ms("washout", times.washout_ms);
        printf("\n");
    }
    free(curve);
    return status;
}

/* The first frame is on the disk while the others are still being decoded. */
typedef struct first_look {
    const char *directory;
    struct timespec start;
    char path[4096]; /* what is written, to be taken away if the rest fails */
} first_look;

static void show_first(const wadi_image *image, wadi_index frames_done, void *context)
{
    first_look *look = context;
    size_t count = (size_t)image->rows * (size_t)image->columns;
    float *values, least = INFINITY, most = -INFINITY;
    uint8_t *grey;
    wadi_error err = {0};
    struct timespec now;

    if (frames_done != 1 || !look->directory || image->frames < 2)
        return;
    values = malloc(count * sizeof *values);
    grey = malloc(count);
    if (values && grey) {
        wadi_image_frame(image, 0, values);
        for (size_t i = 0; i < count; i++) {
            least = fminf(least, values[i]);
            most = fmaxf(most, values[i]);
        }
        for (size_t i = 0; i < count; i++)
            grey[i] = (uint8_t)(255 * (values[i] - least) / (most > least ? most - least : 1));
        snprintf(look->path, sizeof look->path, "%s/first_frame.png", look->directory);
        if (!wadi_image_directory(look->directory, &err) &&
            !wadi_png_write(look->path, image->columns, image->rows, 1, grey, &err)) {
            clock_gettime(CLOCK_MONOTONIC, &now);
            cli_note("wadi: first frame after %.2f s: %s",
                     (double)(now.tv_sec - look->start.tv_sec) +
                         1e-9 * (double)(now.tv_nsec - look->start.tv_nsec),
                     look->path);
        }
    }
    free(values);
    free(grey);
}

static int run_single(const cli_args *args)
{
    wadi_error err = {0};
    wadi_image *run = NULL;
    wadi_dsa *dsa = NULL;
    wadi_dsa_options options = wadi_dsa_options_default();
    regions list = {0};
    char *text = NULL;
    size_t size = 0;
    const char *directory = cli_text(args, "out", NULL);
    int code = EXIT_DONE;
    first_look look = {.directory = directory};
    wadi_status status;

    code = check_words(args, &options);
    if (!code && cine_kind(args) == WADI_CINE_MP4 && wadi_cine_check_mp4(&err))
        return cli_failed(&err); /* before anything is computed or written */
    if (!code)
        code = read_regions(args, &list);
    if (code)
        return code;
    cli_progress(0, 3, "reading");
    clock_gettime(CLOCK_MONOTONIC, &look.start);
    status = wadi_image_read_watched(cli_operand(args, 0), show_first, &look, &run, &err);
    cli_progress(1, 3, "subtracting");

    if (!status)
        code = set_options(args, run, &options, &err);
    if (!status && !code)
        status = wadi_dsa_run(run, &options, &dsa, &err);
    if (!status && !code)
        status =
            wadi_dsa_describe_regions(dsa, run, list.boxes, list.count, &text, &size, &err);
    cli_progress(2, 3, "drawing");
    if (!status && !code && directory)
        status = wadi_dsa_report(dsa, run, text, size, cine_kind(args), directory, &err);
    cli_progress(3, 3, NULL);
    if (!status && !code && cli_flag(args, "json")) {
        fwrite(text, 1, size, stdout);
    } else if (!status && !code) {
        if (dsa->first_contrast_frame == WADI_NONE)
            printf("no contrast found\n");
        else
            printf("contrast arrives at frame %d; mask frames %d to %d\n",
                   dsa->first_contrast_frame, dsa->mask_first, dsa->mask_last);
        printf("background %.4f before and %.4f after motion correction (optical depth)\n",
               dsa->sd_before, dsa->sd_after);
        printf("%d vessels%s\n", dsa->vessel_count,
               dsa->spacing_mm.known ? ""
                                     : "; no scale: calibrate with --catheter-fr and --at");
        status = print_regions(dsa, run, &list, &err);
    }
    if ((status || code) && *look.path)
        remove(look.path);
    free(text);
    wadi_dsa_free(dsa);
    wadi_image_free(run);
    return status ? cli_failed(&err) : code;
}

static int run(const cli_args *args)
{
    const char *arterial = cli_text(args, "arterial", NULL);
    const char *venous = cli_text(args, "venous", NULL);

    if (!arterial != !venous)
        return cli_misused("image dsa", "--arterial and --venous go together");
    if (arterial && cli_operand_count(args))
        return cli_misused("image dsa", "either FILE or --arterial and --venous");
    if (check_kind(args, arterial != NULL))
        return EXIT_USAGE;
    if (arterial)
        return run_pair(args, arterial, venous);
    if (cli_operand_count(args) != 1)
        return cli_misused("image dsa", "wants FILE, or --arterial A[,B] --venous C[,D]");
    return run_single(args);
}

const cli_verb CMD_IMAGE_DSA = {
    .name = "dsa",
    .operands = "[FILE]",
    .summary = "subtract a run; measure vessels; the artery-vein gap from two injections",
    .text = "One run: mask frames, motion, arrival of the contrast, vessels with diameters.\n"
            "Two injections: centrelines in one view or two, the gap along the artery "
            "(gap.csv) and\n"
            "where to cross, always as JSON. One view gives a lower bound of the gap, and says "
            "so.",
    .operand_max = 1,
    .options = OPTIONS,
    .run = run,
};
