/* wadi audit: an operator's cases against a published series. */
#include "verbs.h"

#include "wadi/audit.h"

#include <stdlib.h>

static int run_audit(const cli_args *args)
{
    wadi_error err = {0};
    char *text = NULL;
    size_t size = 0;

    if (wadi_audit_file(cli_operand(args, 0), cli_number(args, "level", 0.95),
                        cli_flag(args, "json"), &text, &size, &err))
        return cli_failed(&err);
    fwrite(text, 1, size, stdout);
    free(text);
    return EXIT_DONE;
}

static const cli_option OPTIONS[] = {
    {.kind = CLI_NUMBER,
     .name = "level",
     .metavar = "FRACTION",
     .doc = "of the intervals, 0.95",
     .min = 0.5,
     .max = 0.9999},
    {.kind = CLI_FLAG, .name = "json", .doc = "print JSON"},
    {0},
};

const cli_verb CMD_AUDIT = {
    .name = "audit",
    .operands = "FILE.csv",
    .summary = "an operator's own wiring results against a published series, case by case",
    .text =
        "Columns, any of: wires, tip_load_g, fluoro_min, complication and failure (0 or 1); "
        "a row\nis a case, in the order done. Means get a t interval, shares a Wilson "
        "interval, and a\nCUSUM chart signals when the odds of failure have doubled.",
    .operand_min = 1,
    .operand_max = 1,
    .options = OPTIONS,
    .run = run_audit,
};
