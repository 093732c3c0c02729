/* wadi image: the nouns. */
#include "cmd_image.h"
#include "verbs.h"

static const cli_verb *const NOUNS[] = {
    &CMD_IMAGE_INFO,    &CMD_IMAGE_CTA,     &CMD_IMAGE_DSA, &CMD_IMAGE_IVUS,
    &CMD_IMAGE_PHANTOM, &CMD_IMAGE_VESSELS, NULL,
};

const cli_verb CMD_IMAGE = {
    .name = "image",
    .summary = "pictures to centrelines, diameters and the artery-vein gap",
    .nouns = NOUNS,
};
