/* completion, man, version: what wadi says about itself. */
#include "verbs.h"

#include <string.h>

static int run_completion(const cli_args *args)
{
    if (strcmp(cli_operand(args, 0), "bash"))
        return cli_misused("completion", "knows bash, not '%s'", cli_operand(args, 0));
    cli_print_completion(stdout);
    return EXIT_DONE;
}

const cli_verb CMD_COMPLETION = {
    .name = "completion",
    .operands = "bash",
    .summary = "print shell completion",
    .operand_min = 1,
    .operand_max = 1,
    .run = run_completion,
};

static int run_man(const cli_args *args)
{
    const char *name = cli_operand(args, 0);

    if (!name) {
        cli_print_man(stdout, NULL);
        return EXIT_DONE;
    }
    for (const cli_verb *const *verb = CLI_VERBS; *verb; verb++) {
        if (!strcmp((*verb)->name, name)) {
            cli_print_man(stdout, *verb);
            return EXIT_DONE;
        }
    }
    return cli_misused("man", "there is no verb '%s'", name);
}

const cli_verb CMD_MAN = {
    .name = "man",
    .operands = "[VERB]",
    .summary = "print the manual page of wadi or of a verb (troff)",
    .operand_max = 1,
    .run = run_man,
};

static int run_version(const cli_args *args)
{
    if (cli_flag(args, "json"))
        printf("{\"schema\": \"wadi.version/1\", \"version\": \"%s\"}\n", wadi_version());
    else
        printf("wadi %s\n", wadi_version());
    return EXIT_DONE;
}

static const cli_option VERSION_OPTIONS[] = {
    {.kind = CLI_FLAG, .name = "json", .doc = "print JSON"},
    {0},
};

const cli_verb CMD_VERSION = {
    .name = "version",
    .summary = "print the version",
    .options = VERSION_OPTIONS,
    .run = run_version,
};
