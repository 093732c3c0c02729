/* wadi image ivus: borders, diameters and the kind of lumen along a pullback. */
#include "cmd_image.h"
#include "wadi/image_cine.h"
#include "wadi/image_ivus.h"
#include "wadi/image_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cli_option OPTIONS[] = {
    {.kind = CLI_TEXT,
     .name = "out",
     .letter = 'o',
     .metavar = "DIR",
     .doc = "folder for ivus.json, contours.csv and pictures"},
    {.kind = CLI_NUMBER,
     .name = "speed-mm-s",
     .metavar = "V",
     .doc = "speed of the pullback, where the file does not say it",
     .min = 0.01,
     .max = 100},
    {.kind = CLI_NUMBER,
     .name = "spacing-mm",
     .metavar = "MM",
     .doc = "pixel size, where the file does not say it",
     .min = 0.0001,
     .max = 10},
    {.kind = CLI_TEXT,
     .name = "axis-px",
     .metavar = "X,Y",
     .doc = "column and row of the catheter's axis, where it is not found"},
    {.kind = CLI_FLAG, .name = "no-smoothing", .doc = "each frame for itself"},
    {.kind = CLI_TEXT,
     .name = "cine",
     .metavar = "KIND",
     .doc = "moving picture of all frames with their borders (default none)",
     .choices = "png|mp4|none"},
    {.kind = CLI_FLAG, .name = "json", .doc = "print JSON"},
    {.kind = CLI_FLAG,
     .name = "deidentify",
     .doc = "always so: no export holds a field of the patient"},
    {0},
};

static void print_short(const wadi_ivus *ivus)
{
    wadi_index seen = 0, narrow = WADI_NONE, kinds[3] = {0};
    double last = wadi_ivus_position_mm(ivus, ivus->frame_count - 1);

    for (wadi_index f = 0; f < ivus->frame_count; f++) {
        const wadi_ivus_frame *frame = &ivus->frames[f];

        if (!frame->echoes)
            continue;
        seen++;
        kinds[frame->kind]++;
        if (narrow == WADI_NONE ||
            frame->lumen.size.area_mm2 < ivus->frames[narrow].lumen.size.area_mm2)
            narrow = f;
    }
    printf("%d of %d frames read", seen, ivus->frame_count);
    if (isfinite(last))
        printf(" over %.1f mm", last);
    printf("; lumen true in %d, false in %d, unsure in %d\n", kinds[WADI_IVUS_TRUE_LUMEN],
           kinds[WADI_IVUS_FALSE_LUMEN], kinds[WADI_IVUS_UNSURE]);
    if (narrow != WADI_NONE) {
        const wadi_ivus_frame *frame = &ivus->frames[narrow];

        printf("narrowest: frame %d", narrow);
        if (isfinite(last))
            printf(" at %.1f mm", wadi_ivus_position_mm(ivus, narrow));
        printf(", lumen %.2f +- %.2f mm (%.2f mm2), outer membrane %.2f +- %.2f mm, plaque "
               "burden %.0f %%\n",
               frame->lumen.size.equal_area_mm, frame->lumen.sd_mm, frame->lumen.size.area_mm2,
               frame->eem.size.equal_area_mm, frame->eem.sd_mm,
               100 * frame->plaque_burden_frac);
    }
    if (!ivus->balloon.known)
        printf("no balloon: the outer membrane is hidden in every frame\n");
    else if (ivus->balloon.size_mm > 0)
        printf("balloon not above %.1f mm: the vessel is %.2f mm at frame %d (wadi's rule)\n",
               ivus->balloon.size_mm, ivus->balloon.vessel_mm, ivus->balloon.frame);
    else
        printf("no balloon: the vessel is %.2f mm at frame %d, less than the smallest\n",
               ivus->balloon.vessel_mm, ivus->balloon.frame);
    if (!isfinite(last))
        printf("positions are frames: %s\n",
               ivus->speed_mm_s.known
                   ? "the file says no frame times"
                   : "the file says no pullback speed (--speed-mm-s gives it)");
}

/* What a picture lacks is said with its file, and the option that helps. */
static void say_where(const char *path, wadi_status status, wadi_error *err)
{
    char message[sizeof err->message];

    snprintf(message, sizeof message, "%.200s: %.240s%s", path, err->message,
             status == WADI_ERR_MISSING ? " (--spacing-mm)" : "");
    memcpy(err->message, message, sizeof message);
}

static int run(const cli_args *args)
{
    wadi_error err = {0};
    wadi_image *pullback = NULL;
    wadi_ivus *ivus = NULL;
    wadi_ivus_options options = wadi_ivus_options_default();
    char *text = NULL;
    size_t size = 0;
    const char *directory = cli_text(args, "out", NULL);
    const char *axis = cli_text(args, "axis-px", NULL);
    char rest;
    const char *cine = cli_text(args, "cine", "none");
    double speed = cli_number(args, "speed-mm-s", 0);
    double spacing = cli_number(args, "spacing-mm", 0);
    wadi_status status;

    if (!directory && !cli_flag(args, "json"))
        return cli_misused("image ivus", "wants -o DIR for the pictures, or --json");
    if (axis && sscanf(axis, "%lf,%lf%c", &options.axis_px[0], &options.axis_px[1], &rest) != 2)
        return cli_misused("image ivus", "--axis-px '%s': X,Y is wanted, as in 255.5,260",
                           axis);
    options.axis_known = axis != NULL;
    if (strcmp(cine, "none") != 0 && !directory)
        return cli_misused("image ivus", "--cine wants -o DIR");
    if (!strcmp(cine, "mp4") && wadi_cine_check_mp4(&err))
        return cli_failed(&err);
    options.speed_mm_s = (wadi_maybe){speed > 0, speed};
    options.spacing_mm = (wadi_maybe){spacing > 0, spacing};
    options.smooth = !cli_flag(args, "no-smoothing");
    status = wadi_image_read(cli_operand(args, 0), &pullback, &err);
    if (!status) {
        status = wadi_ivus_run(pullback, &options, &ivus, &err);
        if (status)
            say_where(cli_operand(args, 0), status, &err);
    }
    if (!status)
        status = wadi_ivus_describe(ivus, &text, &size, &err);
    if (!status && directory)
        status = wadi_ivus_pictures(ivus, pullback, text, size, directory, &err);
    if (!status && directory)
        status = wadi_ivus_page(ivus, pullback, directory, &err);
    if (!status && strcmp(cine, "none") != 0)
        status = wadi_ivus_cine(ivus, pullback, !strcmp(cine, "mp4"), directory, &err);
    if (!status && cli_flag(args, "json"))
        fwrite(text, 1, size, stdout);
    else if (!status)
        print_short(ivus);
    free(text);
    wadi_ivus_free(ivus);
    wadi_image_free(pullback);
    return status ? cli_failed(&err) : EXIT_DONE;
}

const cli_verb CMD_IMAGE_IVUS = {
    .name = "ivus",
    .operands = "FILE",
    .summary = "lumen and vessel along an ultrasound pullback, wires, calcium, balloon size",
    .text =
        "Finds the catheter, the borders of lumen and outer elastic membrane, calcium and\n"
        "wires by their shadows, and tells a true lumen from a false one. Writes ivus.json,\n"
        "contours.csv, frame_NNNN.png, long.png, diameters.svg, narrowest.png and page.pdf.",
    .operand_min = 1,
    .operand_max = 1,
    .options = OPTIONS,
    .run = run,
};
