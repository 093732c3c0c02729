/* check: all that is wrong with a case file, at once. */
#include "verbs.h"
#include "wadi/case.h"

#include <stdlib.h>

static void print_lines(const char *path, const wadi_complaints *complaints)
{
    for (wadi_index i = 0; i < complaints->count; i++) {
        const wadi_complaint *complaint = &complaints->items[i];

        printf("%s: %s%s%s\n", complaint->fatal ? "error" : "warning", complaint->pointer,
               complaint->pointer[0] ? ": " : "", complaint->text);
    }
    if (!complaints->fatal_count)
        printf("%s: ok\n", path);
}

static int print_json(const char *path, const wadi_complaints *complaints)
{
    wadi_error err = {0};
    char *text = NULL;
    size_t size;

    if (wadi_complaints_json(path, complaints, &text, &size, &err))
        return cli_failed(&err);
    fwrite(text, 1, size, stdout);
    free(text);
    return EXIT_DONE;
}

/* The pages made from the field table. */
static int print_page(const cli_args *args)
{
    wadi_error err = {0};
    char *text = NULL;
    size_t size = 0;
    wadi_status status = cli_flag(args, "schema") ? wadi_case_schema(&text, &size, &err)
                                                  : wadi_case_reference(&text, &size, &err);

    if (status)
        return cli_failed(&err);
    fwrite(text, 1, size, stdout);
    free(text);
    return EXIT_DONE;
}

static int run_check(const cli_args *args)
{
    const char *path = cli_operand(args, 0);
    wadi_complaints complaints = {0};
    wadi_case *the_case = NULL;
    wadi_error err = {0};
    wadi_index warning_count;
    int code = EXIT_DONE;

    if (cli_flag(args, "schema") || cli_flag(args, "reference"))
        return print_page(args);
    if (!path)
        return cli_misused("check", "wants CASE");
    wadi_status status = wadi_case_read(path, &the_case, &complaints, &err);
    wadi_case_free(the_case);
    /* One line is enough where there is no case at all: no memory, no file, not JSON. */
    bool whole = status && (!complaints.fatal_count || !complaints.items[0].pointer[0]);
    if (cli_flag(args, "json") && (complaints.count || !status))
        code = print_json(path, &complaints);
    else if (!whole)
        print_lines(path, &complaints);
    if (whole) {
        code = cli_failed(&err);
    } else if (complaints.fatal_count) {
        warning_count = complaints.count - complaints.fatal_count;
        cli_note("wadi: %s: %d error%s, %d warning%s", path, (int)complaints.fatal_count,
                 complaints.fatal_count == 1 ? "" : "s", (int)warning_count,
                 warning_count == 1 ? "" : "s");
        code = EXIT_INPUT;
    }
    wadi_complaints_clear(&complaints);
    return code;
}

static const cli_option OPTIONS[] = {
    {.kind = CLI_FLAG, .name = "json", .doc = "print JSON"},
    {.kind = CLI_FLAG, .name = "schema", .doc = "print the JSON Schema of case files and stop"},
    {.kind = CLI_FLAG,
     .name = "reference",
     .doc = "print the reference page of case files and stop"},
    {0},
};

const cli_verb CMD_CHECK = {
    .name = "check",
    .operands = "CASE",
    .summary = "list all that is wrong with a case file",
    .text = "Every complaint is listed at once with its JSON pointer, the value found, the "
            "allowed\n"
            "range with unit, and a suggestion for a misspelt name. A warning is a value "
            "outside the\n"
            "usual range, often a slip of unit; the case is still accepted. CASE may be - for "
            "standard\n"
            "input. Exit 0 when the case is accepted, 3 when not.",
    .operand_max = 1,
    .options = OPTIONS,
    .run = run_check,
};
