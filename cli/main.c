#include "cli.h"

#include <string.h>

int main(int argc, char **argv)
{
    if (argc < 2) {
        cli_print_overview(stderr);
        return EXIT_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        cli_print_overview(stdout);
        return EXIT_DONE;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("wadi %s\n", wadi_version());
        return EXIT_DONE;
    }
    for (const cli_verb *const *verb = CLI_VERBS; *verb; verb++)
        if (!strcmp((*verb)->name, argv[1]))
            return cli_run(*verb, argc - 2, argv + 2);
    fprintf(stderr, "wadi: there is no verb '%s'\nsee: wadi --help\n", argv[1]);
    return EXIT_USAGE;
}
