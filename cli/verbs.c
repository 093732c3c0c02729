/* The list of verbs, in the order of --help. */
#include "verbs.h"

const cli_verb *const CLI_VERBS[] = {
    &CMD_COMPLETION,
    &CMD_IMAGE,
    &CMD_MAN,
    &CMD_VERSION,
    NULL,
};
