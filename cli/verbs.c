/* The list of verbs, in the order of --help. */
#include "verbs.h"

const cli_verb *const CLI_VERBS[] = {
    &CMD_COMPLETION,
    &CMD_MAN,
    &CMD_STATS,
    &CMD_VERSION,
    NULL,
};
