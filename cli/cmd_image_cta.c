/* wadi image cta: vessels, lesions and a case fragment from a CT or MR angiogram. */
#include "cmd_image.h"
#include "wadi/image_cta.h"
#include "wadi/image_lesion.h"
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
     .doc = "folder for case-fragment.json, centrelines, surface, labels and pictures"},
    {.kind = CLI_TEXT,
     .name = "side",
     .metavar = "SIDE",
     .doc = "which leg; told from the bones when absent",
     .choices = "left|right"},
    {.kind = CLI_FLAG, .name = "mra", .doc = "values are no Hounsfield units"},
    {.kind = CLI_FLAG, .name = "no-veins", .doc = "look for arteries only"},
    {.kind = CLI_NUMBER,
     .name = "blur-mm",
     .metavar = "MM",
     .doc = "width of the scanner's blur at half height (default 0.85)",
     .min = 0.1,
     .max = 5},
    {.kind = CLI_NUMBER,
     .name = "bridge-mm",
     .metavar = "MM",
     .doc = "longest occlusion that is crossed",
     .min = 0,
     .max = 600},
    {.kind = CLI_LIST,
     .name = "seed-mm",
     .metavar = "X,Y,Z[,KIND[,VESSEL]]",
     .doc = "a point in a vessel (repeatable), artery or vein, with its name when known; those "
            "of one vessel are joined"},
    {.kind = CLI_FLAG, .name = "json", .doc = "print JSON"},
    {.kind = CLI_FLAG,
     .name = "deidentify",
     .doc = "always so: no export holds a field of the patient"},
    {0},
};

enum { STEPS = 5 }; /* of the bar on a terminal */

static wadi_status check_modality(const wadi_image *image, const char *path, bool *mri,
                                  wadi_error *err)
{
    if (!strcmp(image->modality, "MR"))
        *mri = true;
    else if (image->modality[0] && strcmp(image->modality, "CT") &&
             strcmp(image->modality, "OT")) /* formats that do not say it */
        return wadi_fail(err, WADI_ERR_SUPPORT,
                         "%s: modality %s, a CT or MR angiogram is wanted", path,
                         image->modality);
    if (image->channels != 1)
        return wadi_fail(err, WADI_ERR_SUPPORT, "%s: a colour picture, a CT or MR is wanted",
                         path);
    return WADI_OK;
}

static wadi_status read_volume(const cli_args *args, wadi_volume **volume, bool *mri,
                               wadi_error *err)
{
    wadi_index count = cli_operand_count(args);
    const char **paths = calloc((size_t)count, sizeof *paths);
    wadi_image **images = calloc((size_t)count, sizeof(wadi_image *));
    wadi_status status;

    if (!paths || !images) {
        free(paths);
        free(images);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for %d names", count);
    }
    for (wadi_index i = 0; i < count; i++)
        paths[i] = cli_operand(args, i);
    status = wadi_image_read_many(paths, count, images, err);
    for (wadi_index i = 0; i < count && !status; i++)
        status = check_modality(images[i], paths[i], mri, err);
    if (!status)
        status = wadi_volume_assemble(images, count, volume, NULL, NULL, err);
    for (wadi_index i = 0; i < count; i++)
        wadi_image_free(images[i]);
    free(paths);
    free(images);
    return status;
}

/* "-12.5,40,310,artery,posterior_tibial" */
static bool read_seed(const char *text, wadi_cta_seed *seed)
{
    static const char *const KINDS[] = {"artery", "vein"};
    size_t size;

    *seed = (wadi_cta_seed){.kind = WADI_CTA_ARTERY, .vessel = WADI_CTA_UNNAMED};
    for (int k = 0; k < 3; k++) {
        char *end = NULL;

        seed->at_mm[k] = strtod(text, &end);
        if (end == text || !(fabs(seed->at_mm[k]) < 1e5) || (k < 2 && *end != ','))
            return false;
        text = k < 2 ? end + 1 : end;
    }
    if (!*text)
        return true;
    if (*text++ != ',')
        return false;
    size = strcspn(text, ",");
    if (size == strlen(KINDS[1]) && !strncmp(text, KINDS[1], size))
        seed->kind = WADI_CTA_VEIN;
    else if (size != strlen(KINDS[0]) || strncmp(text, KINDS[0], size) != 0)
        return false;
    text += size;
    if (!*text)
        return true;
    for (int v = WADI_CTA_FEMORAL; v < WADI_CTA_VESSELS; v++)
        if (!strcmp(text + 1, wadi_cta_vessel_name((wadi_cta_vessel)v))) {
            seed->vessel = (wadi_cta_vessel)v;
            return true;
        }
    return false;
}

/* False when a seed cannot be read; the line that says so is printed. */
static bool read_seeds(const cli_args *args, wadi_cta_seed *seeds)
{
    int count = cli_list_count(args, "seed-mm");

    if (count > WADI_CTA_SEEDS) {
        cli_misused("image cta", "--seed-mm is given %d times; %d are taken", count,
                    WADI_CTA_SEEDS);
        return false;
    }
    for (int i = 0; i < count; i++)
        if (!read_seed(cli_list(args, "seed-mm", i), &seeds[i])) {
            cli_misused("image cta",
                        "--seed-mm %s: wanted is X,Y,Z in mm, then artery or vein, then a "
                        "vessel such as posterior_tibial or great_saphenous",
                        cli_list(args, "seed-mm", i));
            return false;
        }
    return true;
}

static wadi_cta_options options_of(const cli_args *args, bool mri, const wadi_cta_seed *seeds)
{
    wadi_cta_options options = wadi_cta_options_default();
    const char *side = cli_text(args, "side", NULL);

    options.relative = mri;
    options.side_known = side != NULL;
    options.right = side && !strcmp(side, "right");
    options.quiet_veins = cli_flag(args, "no-veins");
    options.psf_fwhm_mm = cli_number(args, "blur-mm", options.psf_fwhm_mm);
    options.bridge_mm = cli_number(args, "bridge-mm", options.bridge_mm);
    options.seeds = seeds;
    options.seed_count = cli_list_count(args, "seed-mm");
    return options;
}

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static wadi_status analyse(const cli_args *args, const wadi_cta_seed *seeds, char **text,
                           size_t *size, wadi_error *err)
{
    wadi_volume *volume = NULL;
    wadi_cta *cta = NULL;
    wadi_cta_findings *findings = NULL;
    const char *directory = cli_text(args, "out", NULL);
    bool mri = cli_flag(args, "mra");
    char *json = NULL;
    size_t json_size = 0;
    double start = now_s();
    wadi_status status;

    cli_progress(0, STEPS, "reading");
    status = read_volume(args, &volume, &mri, err);
    cli_progress(1, STEPS, "looking for vessels");
    if (!status) {
        wadi_cta_options options = options_of(args, mri, seeds);

        status = wadi_cta_run(volume, &options, &cta, err);
    }
    cli_progress(3, STEPS, "measuring lesions");
    if (!status)
        status = wadi_cta_find(cta, volume, &findings, err);
    if (!status)
        status = wadi_cta_describe(cta, findings, (wadi_maybe){true, now_s() - start}, &json,
                                   &json_size, err);
    cli_progress(4, STEPS, "writing");
    if (!status && directory)
        status = wadi_cta_report(volume, cta, findings, mri, json, json_size, directory, err);
    cli_progress(5, STEPS, NULL);
    if (!status && cli_flag(args, "json")) {
        *text = json;
        *size = json_size;
        json = NULL;
    } else if (!status) {
        status = wadi_cta_summary(cta, findings, text, size, err);
    }
    free(json);
    wadi_cta_findings_free(findings);
    wadi_cta_free(cta);
    wadi_volume_free(volume);
    return status;
}

static int run(const cli_args *args)
{
    wadi_error err = {0};
    char *text = NULL;
    size_t size = 0;
    const char *directory = cli_text(args, "out", NULL);
    wadi_cta_seed seeds[WADI_CTA_SEEDS];

    if (!read_seeds(args, seeds))
        return EXIT_USAGE;
    if (analyse(args, seeds, &text, &size, &err))
        return cli_failed(&err);
    fwrite(text, 1, size, stdout);
    free(text);
    if (directory && !cli_flag(args, "json"))
        printf("%s/case-fragment.json: wadi check and wadi stage read it; onset in "
               "it is a placeholder\n",
               directory);
    return EXIT_DONE;
}

const cli_verb CMD_IMAGE_CTA = {
    .name = "cta",
    .operands = "FILE ...",
    .summary = "vessels, lesions and a case fragment from a CT or MR angiogram of a leg",
    .text =
        "One NIfTI or MetaImage volume, or the DICOM files of one series. Arteries and veins "
        "with\n"
        "names, diameters and gaps; occlusions, stenoses and calcium as GLASS and J-BTK "
        "want them.\n"
        "Everything goes to -o DIR: docs/image/findings.md says what the files hold.",
    .operand_min = 1,
    .operand_max = -1,
    .options = OPTIONS,
    .run = run,
};
