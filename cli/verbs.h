#ifndef WADI_VERBS_H
#define WADI_VERBS_H

#include "cli.h"

extern const cli_verb CMD_COMPLETION;
extern const cli_verb CMD_IMAGE;
extern const cli_verb CMD_MAN;
extern const cli_verb CMD_VERSION;

#endif
