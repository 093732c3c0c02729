/* wadi stage: everything that a case allows to be said of the limb. */
#include "read_case.h"
#include "verbs.h"

#include "wadi/knowledge.h"
#include "wadi/stage.h"

#include <stdlib.h>
#include <string.h>

enum { OVERRIDE_LIMIT = 32, RULE_SIZE = 16 };

/* "RULE=REASON": the reason is asked for so that nobody sets a rule aside in passing. */
static int read_overrides(const cli_args *args, char rules[][RULE_SIZE], const char **list)
{
    int count = cli_list_count(args, "override");

    if (count > OVERRIDE_LIMIT)
        return cli_misused("stage", "more than %d overrides", OVERRIDE_LIMIT);
    for (int i = 0; i < count; i++) {
        const char *text = cli_list(args, "override", i);
        size_t size = strcspn(text, "=");

        if (!text[size] || !text[size + 1] || !size || size >= RULE_SIZE)
            return cli_misused("stage", "--override wants RULE=REASON, not '%s'", text);
        memcpy(rules[i], text, size);
        rules[i][size] = '\0';
        list[i] = rules[i];
    }
    return EXIT_DONE;
}

/* A page of the technique knowledge, for reading; no case is needed. */
static int print_knowledge(const cli_args *args)
{
    wadi_knowledge *knowledge = NULL;
    wadi_error err = {0};
    char *text = NULL;
    size_t size = 0;
    wadi_status status = wadi_knowledge_open(&knowledge, &err);

    if (!status)
        status = wadi_knowledge_text(
            knowledge, cli_text(args, "knowledge", NULL), cli_text(args, "technique", NULL),
            cli_text(args, "procedure-date", NULL), &text, &size, &err);
    if (!status)
        fwrite(text, 1, size, stdout);
    free(text);
    wadi_knowledge_free(knowledge);
    return status ? cli_failed(&err) : EXIT_DONE;
}

static int run_stage(const cli_args *args)
{
    char rules[OVERRIDE_LIMIT][RULE_SIZE] = {{0}};
    const char *list[OVERRIDE_LIMIT] = {NULL};
    wadi_case *the_case = NULL;
    wadi_limb *limb = NULL;
    wadi_staging staging;
    wadi_error err = {0};
    char *text = NULL;
    size_t size = 0;
    int code = read_overrides(args, rules, list);
    wadi_status status;

    if (code)
        return code;
    if (cli_text(args, "knowledge", NULL))
        return print_knowledge(args);
    if (!cli_operand(args, 0))
        return cli_misused("stage", "wants CASE");
    code = cli_read_case(cli_operand(args, 0), &the_case, &limb);
    if (code)
        return code;
    status =
        wadi_stage_case(the_case, limb, list, cli_list_count(args, "override"), &staging, &err);
    if (!status)
        status = cli_flag(args, "json") ? wadi_staging_json(&staging, &text, &size, &err)
                                        : wadi_staging_text(&staging, &text, &size, &err);
    if (!status)
        fwrite(text, 1, size, stdout);
    free(text);
    wadi_limb_free(limb);
    wadi_case_free(the_case);
    return status ? cli_failed(&err) : EXIT_DONE;
}

static const cli_option OPTIONS[] = {
    {.kind = CLI_FLAG, .name = "json", .doc = "print JSON"},
    {.kind = CLI_LIST,
     .name = "override",
     .metavar = "RULE=REASON",
     .doc = "set a selection rule aside; the result is exploratory"},
    {.kind = CLI_TEXT,
     .name = "knowledge",
     .metavar = "SECTION",
     .doc = "print what the documents say: steps, preconditions, failures, complications, "
            "drugs, antithrombotics, checklist, dose_log, alternatives, benchmarks"},
    {.kind = CLI_TEXT,
     .name = "technique",
     .metavar = "NAME",
     .doc = "only of this technique (with --knowledge)",
     .choices = "percutaneous_dedicated|percutaneous_offshelf|surgical_deep|surgical_"
                "superficial|hybrid"},
    {.kind = CLI_TEXT,
     .name = "procedure-date",
     .metavar = "YYYY-MM-DD",
     .doc = "end dates of the antithrombotics (with --knowledge)"},
    {0},
};

const cli_verb CMD_STAGE = {
    .name = "stage",
    .operands = "CASE",
    .summary = "all scores that a case allows, and the selection for arterialization",
    .text =
        "Scores come from the anatomy and measurements of the case, from stated grades where\n"
        "those are absent, and are compared where both are there. The selection lists every\n"
        "rule under general, angiographic and wound; '*' marks those that decide.",
    .operand_max = 1,
    .options = OPTIONS,
    .run = run_stage,
};
