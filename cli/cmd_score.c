/* wadi score: one clinical score, a file of them, or what there is. */
#include "verbs.h"

#include "wadi/rulebook.h"

#include <stdlib.h>
#include <string.h>

static int print_list(void)
{
    printf("%-16s %-10s %s\n", "rule", "standing", "what it is; source");
    for (int i = 0; i < wadi_rule_count(); i++) {
        const wadi_rule *rule = wadi_rule_at(i);

        printf("%-16s %-10s %s%s\n%-27s %s\n", rule->name, wadi_standing_text(rule->standing),
               rule->title,
               rule->off                                ? " (switched off)"
               : rule->standing == WADI_STANDING_MEMORY ? " (unconfirmed)"
                                                        : "",
               "", rule->source);
    }
    return EXIT_DONE;
}

/* Print a text that the library allocated, or its failure. Pointers, so that a call may stand
 * among the arguments. */
static int print_text(wadi_status status, char **text, const size_t *size,
                      const wadi_error *err)
{
    if (status)
        return cli_failed(err);
    fwrite(*text, 1, *size, stdout);
    free(*text);
    return EXIT_DONE;
}

static int run_batch(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    int different = 0;
    wadi_error err = {0};
    wadi_status status = wadi_rule_batch(path, &text, &size, &different, &err);

    int code = print_text(status, &text, &size, &err);

    if (code)
        return code;
    if (different)
        cli_note("wadi: %d answer%s from what the file expects", different,
                 different > 1 ? "s differ" : " differs");
    return different ? EXIT_FAILED : EXIT_DONE;
}

static int print_answer(const cli_args *args, const wadi_rule *rule, const wadi_answer *answer)
{
    char *text = NULL;
    size_t size = 0;
    wadi_error err = {0};

    if (cli_flag(args, "json")) {
        wadi_status status =
            wadi_answer_json(rule->name, answer, cli_flag(args, "explain"), &text, &size, &err);

        return print_text(status, &text, &size, &err);
    }
    for (int i = 0; i < answer->item_count; i++)
        printf("%s=%s\n", answer->items[i].key, answer->items[i].text);
    if (answer->unconfirmed)
        printf("badge=unconfirmed\n");
    for (int i = 0; cli_flag(args, "explain") && i < answer->note_count; i++)
        printf("# %s\n", answer->notes[i]);
    if (cli_flag(args, "explain"))
        printf("# %s; source: %s; standing: %s\n", rule->title, rule->source,
               wadi_standing_text(rule->standing));
    return EXIT_DONE;
}

static int run_score(const cli_args *args)
{
    const char *name = cli_operand(args, 0), *pairs[64], *near;
    const wadi_rule *rule;
    wadi_answer answer;
    wadi_error err = {0};
    char *text = NULL;
    size_t size = 0;
    int pair_count = cli_operand_count(args) - 1;

    if (cli_flag(args, "list") && cli_flag(args, "json"))
        return print_text(wadi_rules_json(&text, &size, &err), &text, &size, &err);
    if (cli_flag(args, "list"))
        return print_list();
    if (cli_flag(args, "document"))
        return print_text(wadi_rules_document(&text, &size, &err), &text, &size, &err);
    if (cli_text(args, "batch", NULL))
        return run_batch(cli_text(args, "batch", NULL));
    if (!name)
        return cli_misused("score", "wants RULE [KEY=VALUE ...], --list or --batch FILE.csv");
    rule = wadi_rule_find(name);
    near = rule ? NULL : wadi_rule_suggest(name);
    if (!rule)
        return cli_misused("score", "there is no rule '%.60s'%s%s%s", name,
                           near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    if (cli_flag(args, "table"))
        return print_text(wadi_rule_table(name, &text, &size, &err), &text, &size, &err);
    if (pair_count > (int)(sizeof pairs / sizeof pairs[0]))
        return cli_misused("score", "more than 64 KEY=VALUE");
    for (int i = 0; i < pair_count; i++)
        pairs[i] = cli_operand(args, i + 1);
    if (wadi_rule_ask(name, pairs, pair_count, &answer, &err))
        return cli_failed(&err);
    return print_answer(args, rule, &answer);
}

static const cli_option OPTIONS[] = {
    {.kind = CLI_FLAG, .name = "json", .doc = "print JSON"},
    {.kind = CLI_FLAG, .name = "explain", .doc = "print the reasons, source and standing too"},
    {.kind = CLI_FLAG, .name = "list", .doc = "print every rule with source and standing"},
    {.kind = CLI_FLAG, .name = "table", .doc = "print the table of the rule"},
    {.kind = CLI_TEXT,
     .name = "batch",
     .metavar = "FILE.csv",
     .doc = "answer a file with columns id, module, inputs and perhaps expected"},
    {.kind = CLI_FLAG, .name = "document", .doc = "print docs/rules.md"},
    {0},
};

const cli_verb CMD_SCORE = {
    .name = "score",
    .operands = "RULE KEY=VALUE ...",
    .summary = "one clinical score, with its reason and source",
    .text =
        "Keys and their units: wadi score RULE --table, or docs/rules.md. Flags are 0 or 1.\n"
        "A question that cannot be answered exits 3 with ERR_RANGE, ERR_NEED_TP,\n"
        "ERR_UNIT_OR_DOSE, ERR_MISSING or ERR_KEY first in the message. What a table leaves "
        "open\n"
        "answers AMBIGUOUS with its candidates; what no row covers UNCLASSIFIED.\n\n"
        "  wadi score wifi_stage W=2 I=3 fI=1\n"
        "  wadi score wifi_ischemia abi=1.45 toe_pressure=28 --explain\n"
        "  wadi score rutherford \"picture=rest pain\" --json",
    .operand_max = -1,
    .options = OPTIONS,
    .run = run_score,
};
