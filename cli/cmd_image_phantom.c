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
     .name = "frames",
     .metavar = "N",
     .doc = "frames of the pullback (default 60)",
     .min = 1,
     .max = 2000},
    {.kind = CLI_FLAG, .name = "json", .doc = "print JSON"},
    {.kind = CLI_FLAG,
     .name = "deidentify",
     .doc = "always so: no export holds a field of the patient"},
    {0},
};

static int run(const cli_args *args)
{
    wadi_error err = {0};
    const char *kind = cli_operand(args, 0), *directory = cli_text(args, "out", NULL);
    double apart = cli_number(args, "apart-deg", 0);
    wadi_phantom_options options = {.seed = (uint64_t)cli_count(args, "seed", 1),
                                    .views = (int)cli_count(args, "views", 2),
                                    .apart_deg = {apart > 0, apart}};

    if (!directory)
        return cli_misused("image phantom", "wants -o DIR for the images");
    if (strcmp(kind, "dsa") && strcmp(kind, "ivus"))
        return cli_misused("image phantom", "knows dsa and ivus, not '%s'", kind);
    if (!strcmp(kind, "ivus")
            ? wadi_phantom_ivus(options.seed, (wadi_index)cli_count(args, "frames", 60),
                                directory, &err)
            : wadi_phantom_dsa(&options, directory, &err))
        return cli_failed(&err);
    if (cli_flag(args, "json"))
        printf("{\"schema\": \"wadi.image.phantom/1\", \"kind\": \"%s\", \"seed\": %ld, "
               "\"truth\": \"truth.json\"}\n",
               kind, cli_count(args, "seed", 1));
    else
        printf("%s phantom %ld with its truth.json\n", kind, cli_count(args, "seed", 1));
    return EXIT_DONE;
}

const cli_verb CMD_IMAGE_PHANTOM = {
    .name = "phantom",
    .operands = "dsa|ivus",
    .summary = "synthetic images with a known truth",
    .text = "dsa: arterial and venous injection of a calf in two views (arterial_1.dcm, ...).\n"
            "ivus: pullback through a tibial artery with a false lumen (ivus.dcm).",
    .operand_min = 1,
    .operand_max = 1,
    .options = OPTIONS,
    .run = run,
};
