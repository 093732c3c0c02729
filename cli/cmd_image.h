#ifndef WADI_CMD_IMAGE_H
#define WADI_CMD_IMAGE_H

#include "cli.h"

extern const cli_verb CMD_IMAGE_INFO;
extern const cli_verb CMD_IMAGE_CTA;
extern const cli_verb CMD_IMAGE_DSA;
extern const cli_verb CMD_IMAGE_IVUS;
extern const cli_verb CMD_IMAGE_PHANTOM;
extern const cli_verb CMD_IMAGE_VESSELS;

#endif
