#ifndef WADI_VERBS_H
#define WADI_VERBS_H

#include "cli.h"

extern const cli_verb CMD_ACCESS;
extern const cli_verb CMD_AUDIT;
extern const cli_verb CMD_CHECK;
extern const cli_verb CMD_COMPLETION;
extern const cli_verb CMD_HELP;
extern const cli_verb CMD_LINT;
extern const cli_verb CMD_FLOW;
extern const cli_verb CMD_FOLLOW;
extern const cli_verb CMD_IMAGE;
extern const cli_verb CMD_MAN;
extern const cli_verb CMD_PLAN;
extern const cli_verb CMD_NEW;
extern const cli_verb CMD_SCORE;
extern const cli_verb CMD_STAGE;
extern const cli_verb CMD_STATS;
extern const cli_verb CMD_VERSION;
extern const cli_verb CMD_WIRE;

#endif
