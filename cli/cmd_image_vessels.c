/* wadi image vessels: vesselness and mask of one frame. */
#include "cmd_image.h"
#include "wadi/image_report.h"
#include "wadi/image_vessel.h"

#include <stdlib.h>
#include <string.h>

static const cli_option OPTIONS[] = {
    {.kind = CLI_TEXT,
     .name = "out",
     .letter = 'o',
     .metavar = "DIR",
     .doc = "folder for the pictures"},
    {.kind = CLI_COUNT,
     .name = "frame",
     .metavar = "N",
     .doc = "frame of a run, from 0",
     .min = 0,
     .max = 99999},
    {.kind = CLI_COUNT,
     .name = "slice",
     .metavar = "N",
     .doc = "slice of a volume, from 0; a volume is not read without it",
     .min = 0,
     .max = 99999},
    {.kind = CLI_FLAG, .name = "bright", .doc = "vessels are brighter than their ground"},
    {.kind = CLI_FLAG, .name = "json", .doc = "print JSON"},
    {.kind = CLI_FLAG,
     .name = "deidentify",
     .doc = "always so: no export holds a field of the patient"},
    {0},
};

typedef struct work {
    wadi_image *image;
    float *picture, *vesselness;
    uint8_t *mask;
} work;

/* Frames that lie beside each other in space are slices: which one is meant must be said. */
static wadi_status choose(const cli_args *args, const wadi_image *image, long *frame,
                          wadi_error *err)
{
    const char *path = cli_operand(args, 0);
    bool volume = image->frames > 1 &&
                  (image->frame_positions_mm || image->slice_mm.known ||
                   !strcmp(image->format, "NIfTI") || !strcmp(image->format, "MetaImage"));
    bool sliced = cli_text(args, "slice", NULL) != NULL;

    if (volume && !sliced)
        return wadi_fail(err, WADI_ERR_MISSING,
                         "%s is a volume of %d slices: --slice N (0 to %d) says which one; "
                         "wadi image cta finds vessels in all of it",
                         path, image->frames, image->frames - 1);
    if (!volume && sliced)
        return wadi_fail(err, WADI_ERR_RANGE, "%s is no volume: --frame N chooses a frame",
                         path);
    if (volume && cli_text(args, "frame", NULL))
        return wadi_fail(err, WADI_ERR_RANGE, "%s is a volume: --slice, not --frame", path);
    *frame = cli_count(args, volume ? "slice" : "frame", 0);
    if (*frame >= image->frames)
        return wadi_fail(err, WADI_ERR_RANGE, "%s: %s %ld is wanted, there are %d", path,
                         volume ? "slice" : "frame", *frame, image->frames);
    return WADI_OK;
}

static wadi_status find(const cli_args *args, work *job, double *area, wadi_error *err)
{
    wadi_status status = wadi_image_read(cli_operand(args, 0), &job->image, err);
    long frame = 0;
    size_t count;

    if (!status)
        status = choose(args, job->image, &frame, err);
    if (status)
        return status;
    count = (size_t)job->image->rows * (size_t)job->image->columns;
    job->picture = calloc(count, sizeof *job->picture);
    job->vesselness = calloc(count, sizeof *job->vesselness);
    job->mask = calloc(count, 1);
    if (!job->picture || !job->vesselness || !job->mask)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %zu pixels", count);
    wadi_image_frame(job->image, (wadi_index)frame, job->picture);
    bool inverted = !strcmp(job->image->photometric, "MONOCHROME1");

    for (size_t i = 0; cli_flag(args, "bright") != inverted && i < count; i++)
        job->picture[i] = -job->picture[i];
    status = wadi_vessels_find(job->image->columns, job->image->rows, job->picture,
                               job->vesselness, job->mask, err);
    for (size_t i = 0; !status && i < count; i++)
        *area += job->mask[i] / (double)count;
    return status;
}

static int run(const cli_args *args)
{
    wadi_error err = {0};
    work job = {0};
    const char *directory = cli_text(args, "out", NULL);
    double area = 0;
    wadi_status status;

    if (!directory)
        return cli_misused("image vessels", "wants -o DIR for vesselness.png and mask.png");
    status = find(args, &job, &area, &err);
    if (!status)
        status = wadi_vessels_report(job.image, job.picture, job.vesselness, job.mask,
                                     directory, &err);
    if (!status && cli_flag(args, "json"))
        printf("{\"schema\": \"wadi.image.vessels/1\", \"rows\": %d, \"columns\": %d, "
               "\"vessel_area_frac\": %.6g, \"files\": [\"vesselness.png\", \"mask.png\", "
               "\"overlay.png\", \"overlay.svg\", \"vesselness_map.png\", \"page.pdf\"]}\n",
               job.image->rows, job.image->columns, area);
    else if (!status)
        printf("vessels cover %.1f %% of %d x %d pixels\n", 100 * area, job.image->columns,
               job.image->rows);
    wadi_image_free(job.image);
    free(job.picture);
    free(job.vesselness);
    free(job.mask);
    return status ? cli_failed(&err) : EXIT_DONE;
}

const cli_verb CMD_IMAGE_VESSELS = {
    .name = "vessels",
    .operands = "FILE",
    .summary = "vesselness and vessel mask of one angiogram frame",
    .text = "Writes vesselness.png (grey, brighter is more vessel-like) and mask.png (255 is "
            "vessel),\nthe outline on the frame (overlay.png, overlay.svg), and page.pdf.",
    .operand_min = 1,
    .operand_max = 1,
    .options = OPTIONS,
    .run = run,
};
