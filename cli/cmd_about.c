/* completion, help, man, version: what wadi says about itself. */
#include "verbs.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

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
    .text = "For the shell at hand:\n\n"
            "  source <(wadi completion bash)\n\n"
            "'make install' puts it where bash looks for it.",
    .operand_min = 1,
    .operand_max = 1,
    .run = run_completion,
};

static int run_help(const cli_args *args)
{
    const char *name = cli_operand(args, 0), *noun_name = cli_operand(args, 1);
    const cli_verb *verb, *noun = NULL;

    if (!name) {
        cli_print_overview(stdout);
        return EXIT_DONE;
    }
    verb = cli_find_verb(CLI_VERBS, name);
    if (!verb)
        return cli_unknown_verb(NULL, CLI_VERBS, name);
    if (noun_name && !verb->nouns)
        return cli_misused("help", "'%s' has no commands", name);
    if (noun_name) {
        noun = cli_find_verb(verb->nouns, noun_name);
        if (!noun)
            return cli_unknown_verb(name, verb->nouns, noun_name);
    }
    cli_print_help(stdout, noun ? name : NULL, noun ? noun : verb);
    return EXIT_DONE;
}

const cli_verb CMD_HELP = {
    .name = "help",
    .operands = "[VERB [COMMAND]]",
    .summary = "explain a verb, as 'wadi VERB --help' does",
    .operand_max = 2,
    .run = run_help,
};

/* One page into a folder; the name of wadi's own page has no verb. */
static bool write_page(const char *folder, const cli_verb *verb)
{
    char path[4096];
    FILE *out;
    bool failed;

    snprintf(path, sizeof path, "%s/wadi%s%s.1", folder, verb ? "-" : "",
             verb ? verb->name : "");
    /* A new file rather than new content renews the folder's date, by which builds go. */
    remove(path);
    out = fopen(path, "w");
    if (out) {
        cli_print_man(out, verb);
        failed = ferror(out);
        if (fclose(out) == 0 && !failed)
            return true;
    }
    cli_note("wadi: %s: cannot be written: %s", path, strerror(errno));
    return false;
}

static int write_pages(const char *folder)
{
    if (mkdir(folder, 0777) && errno != EEXIST) {
        cli_note("wadi: %s: the folder cannot be made: %s", folder, strerror(errno));
        return EXIT_FAILED;
    }
    if (!write_page(folder, NULL))
        return EXIT_FAILED;
    for (const cli_verb *const *verb = CLI_VERBS; *verb; verb++)
        if (!write_page(folder, *verb))
            return EXIT_FAILED;
    return EXIT_DONE;
}

static int run_man(const cli_args *args)
{
    const char *folder = cli_text(args, "out", NULL), *name = cli_operand(args, 0);
    const cli_verb *verb = NULL;

    if (folder && name)
        return cli_misused("man", "--out writes all pages; it takes no verb");
    if (folder)
        return write_pages(folder);
    if (name) {
        verb = cli_find_verb(CLI_VERBS, name);
        if (!verb)
            return cli_unknown_verb(NULL, CLI_VERBS, name);
    }
    cli_print_man(stdout, verb);
    return EXIT_DONE;
}

static const cli_option MAN_OPTIONS[] = {
    {.kind = CLI_TEXT,
     .name = "out",
     .letter = 'o',
     .metavar = "DIR",
     .doc = "write the pages of wadi and of every verb into DIR"},
    {0},
};

const cli_verb CMD_MAN = {
    .name = "man",
    .operands = "[VERB]",
    .summary = "print the manual page of wadi or of a verb, in troff",
    .text = "To read one without installing it:\n\n  wadi man version | man -l -",
    .operand_max = 1,
    .options = MAN_OPTIONS,
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
