/* wadi image phantom: synthetic images with truth. */
#include "cmd_image.h"
#include "wadi/image_ivus.h"
#include "wadi/image_phantom.h"

#include <string.h>

static const cli_option OPTIONS[] = {
    {.kind = CLI_TEXT,
     .name = "out",
     .letter = 'o',
     .metavar = "DIR",
     .doc = "folder for the images and truth.json"},
    {.kind = CLI_COUNT,
     .name = "seed",
     .metavar = "N",
     .doc = "which phantom (default 1)",
     .min = 0,
     .max = 1e9},
    {.kind = CLI_COUNT,
     .name = "views",
     .metavar = "N",
     .doc = "views of the DSA (default 2)",
     .min = 1,
     .max = 2},
    {.kind = CLI_NUMBER,
     .name = "apart-deg",
     .metavar = "DEG",
     .doc = "angle between the two views",
     .min = 5,
     .max = 120},
    {.kind = CLI_COUNT,
     .name = "columns",
     .metavar = "N",
     .doc = "columns of the CT (default: the leg's width by the spacing)",
     .min = 8,
     .max = 4096},
    {.kind = CLI_COUNT,
     .name = "rows",
     .metavar = "N",
     .doc = "rows of the CT",
     .min = 8,
     .max = 4096},
    {.kind = CLI_COUNT,
     .name = "slices",
     .metavar = "N",
     .doc = "slices of the CT",
     .min = 8,
     .max = 4096},
    {.kind = CLI_NUMBER,
     .name = "spacing-mm",
     .metavar = "MM",
     .doc = "pixel of the CT (default 0.5, or what the columns and rows allow)",
     .min = 0.05,
     .max = 10},
    {.kind = CLI_NUMBER,
     .name = "slice-mm",
     .metavar = "MM",
     .doc = "distance of the CT's slices (default 1, or what the slices allow)",
     .min = 0.05,
     .max = 20},
    {.kind = CLI_COUNT,
     .name = "frames",
     .metavar = "N",
     .doc = "frames of the pullback (default 60), or of each run of the DSA (default and at "
            "most 20)",
     .min = 1,
     .max = 2000},
    {.kind = CLI_FLAG, .name = "disease", .doc = "one stenosis of the artery of the DSA"},
    {.kind = CLI_FLAG, .name = "json", .doc = "print JSON"},
    {.kind = CLI_FLAG,
     .name = "deidentify",
     .doc = "always so: no export holds a field of the patient"},
    {0},
};

static wadi_maybe given(const cli_args *args, const char *name)
{
    double value = cli_number(args, name, 0);

    return (wadi_maybe){value > 0, value};
}

/* An option of another kind of phantom would be left aside: that is said. */
static int check_kind(const cli_args *args, const char *kind)
{
    static const struct {
        const char *option, *kind;
    } OF[] = {
        {"views", "dsa"},  {"apart-deg", "dsa"},  {"columns", "cta"},  {"rows", "cta"},
        {"slices", "cta"}, {"spacing-mm", "cta"}, {"slice-mm", "cta"},
    };

    for (size_t i = 0; i < sizeof OF / sizeof *OF; i++)
        if (cli_text(args, OF[i].option, NULL) && strcmp(kind, OF[i].kind) != 0)
            return cli_misused("image phantom", "--%s belongs to %s, not to %s", OF[i].option,
                               OF[i].kind, kind);
    if (cli_text(args, "frames", NULL) && !strcmp(kind, "cta"))
        return cli_misused("image phantom", "--frames belongs to dsa and ivus, not to cta");
    if (cli_flag(args, "disease") && strcmp(kind, "dsa") != 0)
        return cli_misused("image phantom", "--disease belongs to dsa, not to %s", kind);
    return EXIT_DONE;
}

static wadi_status make_cta(const cli_args *args, const char *directory, wadi_error *err)
{
    wadi_phantom_cta_options options = {.seed = (uint64_t)cli_count(args, "seed", 1),
                                        .columns = (wadi_index)cli_count(args, "columns", 0),
                                        .rows = (wadi_index)cli_count(args, "rows", 0),
                                        .slices = (wadi_index)cli_count(args, "slices", 0),
                                        .spacing_mm = given(args, "spacing-mm"),
                                        .slice_mm = given(args, "slice-mm")};

    return wadi_phantom_cta(&options, directory, err);
}

static wadi_status make_dsa(const cli_args *args, const char *directory, wadi_error *err)
{
    wadi_phantom_options options = {.seed = (uint64_t)cli_count(args, "seed", 1),
                                    .views = (int)cli_count(args, "views", 2),
                                    .apart_deg = given(args, "apart-deg"),
                                    .frames = (int)cli_count(args, "frames", 0),
                                    .disease = cli_flag(args, "disease")};

    return wadi_phantom_dsa(&options, directory, err);
}

static int run(const cli_args *args)
{
    wadi_error err = {0};
    const char *kind = cli_operand(args, 0), *directory = cli_text(args, "out", NULL);
    wadi_status status;

    if (!directory)
        return cli_misused("image phantom", "wants -o DIR for the images");
    if (strcmp(kind, "dsa") != 0 && strcmp(kind, "cta") != 0 && strcmp(kind, "ivus") != 0)
        return cli_misused("image phantom", "knows cta, dsa and ivus, not '%s'", kind);
    if (check_kind(args, kind))
        return EXIT_USAGE;
    if (!strcmp(kind, "dsa"))
        status = make_dsa(args, directory, &err);
    else if (!strcmp(kind, "cta"))
        status = make_cta(args, directory, &err);
    else
        status = wadi_phantom_ivus((uint64_t)cli_count(args, "seed", 1),
                                   (wadi_index)cli_count(args, "frames", 60), directory, &err);
    if (status)
        return cli_failed(&err);
    if (cli_flag(args, "json"))
        printf("{\"schema\": \"wadi.image.phantom/1\", \"kind\": \"%s\", \"seed\": %ld, "
               "\"truth\": \"truth.json\"}\n",
               kind, cli_count(args, "seed", 1));
    else
        printf("%s phantom %ld with its truth.json in %s\n", kind, cli_count(args, "seed", 1),
               directory);
    return EXIT_DONE;
}

const cli_verb CMD_IMAGE_PHANTOM = {
    .name = "phantom",
    .operands = "cta|dsa|ivus",
    .summary = "synthetic images with a known truth",
    .text =
        "cta: CT angiogram of a leg (cta.nii.gz, labels.nii.gz), popliteal artery to toes.\n"
        "dsa: arterial and venous injection of a calf in two views (arterial_1.dcm, ...).\n"
        "ivus: pullback through a tibial artery with a false lumen (ivus.dcm).",
    .operand_min = 1,
    .operand_max = 1,
    .options = OPTIONS,
    .run = run,
};
