/* wadi image info: what a file, or a series of files, holds. */
#include "cmd_image.h"
#include "wadi/image.h"

#include <stdlib.h>

static const cli_option OPTIONS[] = {
    {.kind = CLI_FLAG, .name = "json", .doc = "print JSON"},
    {0},
};

static int run(const cli_args *args)
{
    wadi_error err = {0};
    wadi_index count = cli_operand_count(args);
    const char **paths = calloc((size_t)count, sizeof *paths);
    char *text = NULL;
    size_t size = 0;
    wadi_status status;

    if (!paths)
        return EXIT_FAILED;
    for (wadi_index i = 0; i < count; i++)
        paths[i] = cli_operand(args, i);
    status = wadi_image_report(paths, count, cli_flag(args, "json"), &text, &size, &err);
    if (!status)
        fwrite(text, 1, size, stdout);
    free(text);
    free(paths);
    return status ? cli_failed(&err) : EXIT_DONE;
}

const cli_verb CMD_IMAGE_INFO = {
    .name = "info",
    .operands = "FILE...",
    .summary = "what image files hold, and what they do not say",
    .text = "Reads DICOM (uncompressed, RLE, JPEG, JPEG lossless, JPEG-LS, JPEG 2000), NIfTI, "
            "PNG and\n"
            "MetaImage. Files of one series are put in order. Nothing that names a patient is "
            "shown.",
    .operand_min = 1,
    .operand_max = -1,
    .options = OPTIONS,
    .run = run,
};
