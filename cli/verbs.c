/* The list of verbs, in the order of --help. */
#include "verbs.h"

// clang-format off
const cli_verb *const CLI_VERBS[] = {
    &CMD_NEW,
    &CMD_CHECK,
    &CMD_SCORE,
    &CMD_STAGE,
    &CMD_PLAN,
    &CMD_FLOW,
    &CMD_FOLLOW,
    &CMD_WIRE,
    &CMD_ACCESS,
    &CMD_IMAGE,
    &CMD_STATS,
    &CMD_LINT,
    &CMD_AUDIT,
    &CMD_COMPLETION,
    &CMD_HELP,
    &CMD_MAN,
    &CMD_VERSION,
    NULL,
};
// clang-format on
