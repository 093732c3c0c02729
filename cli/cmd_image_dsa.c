/* wadi image dsa: one run, or an arterial and a venous injection. */
#include "cmd_image.h"
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

static int run_pair(const cli_args *args, const char *arterial, const char *venous)
{
    wadi_error err = {0};
    wadi_gap *gap = NULL;
    const char *directory = cli_text(args, "out", NULL);
    wadi_gap_options options = {.origin_mm = cli_number(args, "origin-mm", 0)};
    wadi_status status;

    cli_progress(0, 2, "tracing both injections");
    status = wadi_gap_run(arterial, venous, &options, &gap, &err);
    cli_progress(1, 2, "drawing");
    if (!status && directory)
        status = wadi_gap_report(gap, directory, &err);
    cli_progress(2, 2, NULL);
    if (!status)
        fwrite(gap->text, 1, gap->size, stdout);
    wadi_gap_free(gap);
    return status ? cli_failed(&err) : EXIT_DONE;
}

static int set_options(const cli_args *args, const wadi_image *run, wadi_dsa_options *options,
                       wadi_error *err)
{
    const char *mask = cli_text(args, "mask", NULL), *at = cli_text(args, "at", NULL);
    double french = cli_number(args, "catheter-fr", 0), ball = cli_number(args, "ball-mm", 0);
    double x, y, spacing = cli_number(args, "spacing-mm", 0), sd = 0;

    if (mask && sscanf(mask, "%d-%d", &options->mask_first, &options->mask_last) != 2)
        return cli_misused("image dsa", "--mask '%s': FIRST-LAST is wanted, as in 0-16", mask);
    if (cli_flag(args, "no-motion"))
        options->shift = options->warp = false;
    if (spacing > 0)
        options->spacing_mm = (wadi_maybe){true, spacing};
    if (french > 0 || ball > 0) {
        if (!at || sscanf(at, "%lf,%lf", &x, &y) != 2)
            return cli_misused("image dsa", "--catheter-fr and --ball-mm want --at X,Y");
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

/* The first frame is on the disk while the others are still being decoded. */
typedef struct first_look {
    const char *directory;
    struct timespec start;
} first_look;

static void show_first(const wadi_image *image, wadi_index frames_done, void *context)
{
    const first_look *look = context;
    size_t count = (size_t)image->rows * (size_t)image->columns;
    float *values, least = INFINITY, most = -INFINITY;
    uint8_t *grey;
    char path[4096];
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
        snprintf(path, sizeof path, "%s/first_frame.png", look->directory);
        if (!wadi_image_directory(look->directory, &err) &&
            !wadi_png_write(path, image->columns, image->rows, 1, grey, &err)) {
            clock_gettime(CLOCK_MONOTONIC, &now);
            cli_note("wadi: first frame after %.2f s: %s",
                     (double)(now.tv_sec - look->start.tv_sec) +
                         1e-9 * (double)(now.tv_nsec - look->start.tv_nsec),
                     path);
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
    char *text = NULL;
    size_t size = 0;
    const char *directory = cli_text(args, "out", NULL);
    int code = EXIT_DONE;
    first_look look = {.directory = directory};
    wadi_status status;

    cli_progress(0, 3, "reading");
    clock_gettime(CLOCK_MONOTONIC, &look.start);
    status = wadi_image_read_watched(cli_operand(args, 0), show_first, &look, &run, &err);
    cli_progress(1, 3, "subtracting");

    if (!status)
        code = set_options(args, run, &options, &err);
    if (!status && !code)
        status = wadi_dsa_run(run, &options, &dsa, &err);
    if (!status && !code)
        status = wadi_dsa_describe(dsa, run, &text, &size, &err);
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
    }
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
            "where to cross. One view gives a lower bound of the gap, and says so.",
    .operand_max = 1,
    .options = OPTIONS,
    .run = run,
};
