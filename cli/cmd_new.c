/* new: a case file to start from. */
#include "verbs.h"
#include "wadi/case.h"

#include <stdlib.h>
#include <string.h>

static int run_new(const cli_args *args)
{
    const char *name = cli_text(args, "template", "minimal"),
               *path = cli_text(args, "out", "-");
    wadi_error err = {0};

    if (cli_flag(args, "list")) {
        for (wadi_index i = 0; wadi_case_template_name(i); i++)
            printf("%s\n", wadi_case_template_name(i));
        return EXIT_DONE;
    }
    switch (wadi_case_template_write(name, path, cli_flag(args, "force"), &err)) {
    case WADI_OK:
        if (strcmp(path, "-"))
            cli_note("%s written. Fill it in, then: wadi check %s", path, path);
        return EXIT_DONE;
    case WADI_ERR_KEY:
        return cli_misused("new", "%s (--list shows them)", err.message);
    case WADI_ERR_CONFLICT:
        cli_note("wadi: %s; --force replaces it", err.message);
        return EXIT_FAILED;
    default:
        return cli_failed(&err);
    }
}

static const cli_option OPTIONS[] = {
    {.kind = CLI_TEXT,
     .name = "out",
     .letter = 'o',
     .metavar = "CASE",
     .doc = "file to write; standard output when absent"},
    {.kind = CLI_TEXT,
     .name = "template",
     .letter = 't',
     .metavar = "NAME",
     .doc = "case to start from; minimal when absent"},
    {.kind = CLI_FLAG, .name = "list", .doc = "list the templates"},
    {.kind = CLI_FLAG, .name = "force", .doc = "replace a file that is there"},
    {0},
};

const cli_verb CMD_NEW = {
    .name = "new",
    .operands = "",
    .summary = "write a case file to start from",
    .text =
        "The minimal template says in its notes (keys that begin with #) what to fill in; the\n"
        "others are complete example cases, made up or published. All keys: "
        "docs/formats/case.md.",
    .options = OPTIONS,
    .run = run_new,
};
