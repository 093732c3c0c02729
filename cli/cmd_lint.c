/* wadi lint: what a table says against itself. */
#include "verbs.h"

#include "wadi/lint.h"

#include <stdlib.h>

static int run_lint(const cli_args *args)
{
    const char *path = cli_operand(args, 0);
    wadi_lint lint = {0};
    wadi_error err = {0};
    char *text = NULL;
    size_t size = 0;
    wadi_status status = wadi_lint_file(path, &lint, &err);
    bool json = cli_flag(args, "json");
    int found = lint.count;

    if (!status && json)
        status = wadi_lint_json(path, &lint, &text, &size, &err);
    if (!status && json)
        fwrite(text, 1, size, stdout);
    for (int i = 0; !status && !json && i < lint.count; i++)
        printf("%s:%d: %s: %s\n", path, lint.findings[i].line, lint.findings[i].check,
               lint.findings[i].text);
    if (!status && !json && !lint.count)
        printf("%s: %d rows, nothing contradicts\n", path, lint.rows);
    free(text);
    wadi_lint_clear(&lint);
    if (status)
        return cli_failed(&err);
    return found ? EXIT_FAILED : EXIT_DONE;
}

static const cli_option OPTIONS[] = {
    {.kind = CLI_FLAG, .name = "json", .doc = "print JSON"},
    {0},
};

const cli_verb CMD_LINT = {
    .name = "lint",
    .operands = "FILE.csv",
    .summary = "contradictions in a table",
    .text =
        "Exits 1 when something contradicts. Each check looks for its columns:\n"
        "  share, range  count n percent       sum        group count n whole=yes\n"
        "  interval      count n ci_low_percent ci_high_percent\n"
        "  rise, bounds  study outcome time_months percent\n"
        "  statement     subject item where value unit\n"
        "  size          diam_mm len_mm target  unit       drug dose unit\n"
        "  date          subject event date\n"
        "Lines that start with '#' before the header hold the source. Tables of the published\n"
        "documents are in cases/published.",
    .operand_min = 1,
    .operand_max = 1,
    .options = OPTIONS,
    .run = run_lint,
};
