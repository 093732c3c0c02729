/* wadi wire: crossing the occlusions of a case. */
#include "read_case.h"
#include "verbs.h"

#include "wadi/wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A scripted procedure. */
static int run_replay(const cli_args *args, const char *path)
{
    char script[65536];
    wadi_wire_replay r;
    wadi_error err = {0};
    size_t size = 0;
    FILE *file;

    if (cli_operand_count(args))
        return cli_misused("wire", "either CASE or --replay SCRIPT");
    file = strcmp(path, "-") ? fopen(path, "r") : stdin;
    if (!file) {
        fprintf(stderr, "wadi: %s: %s\n", path, strerror(errno));
        return EXIT_INPUT;
    }
    size = fread(script, 1, sizeof script, file);
    if (file != stdin)
        fclose(file);
    if (size == sizeof script) {
        fprintf(stderr, "wadi: %s: a script of less than 64 KiB is wanted\n", path);
        return EXIT_INPUT;
    }
    if (wadi_wire_run(path, script, size, &r, &err))
        return cli_failed(&err);
    if (cli_flag(args, "json"))
        printf("{\"schema\": \"wadi.wire.replay/1\", \"success\": %s, \"wires\": %d, "
               "\"greatest_load_g\": %g, \"excavator_rounds\": %d, \"retrograde\": %s, "
               "\"failure_predicted\": %s, \"reason\": \"%s\"}\n",
               r.success ? "true" : "false", r.wires, r.greatest_load_g, r.excavator_rounds,
               r.retrograde ? "true" : "false", r.failure_predicted ? "true" : "false",
               r.reason);
    else
        printf("%s: %s; %d wires, greatest tip load %g g, %d ultrasound-guided\n",
               r.success ? "success" : "no success", r.reason, r.wires, r.greatest_load_g,
               r.excavator_rounds);
    return EXIT_DONE;
}

static int run_wire(const cli_args *args)
{
    const char *script = cli_text(args, "replay", NULL);

    if (script)
        return run_replay(args, script);
    if (cli_operand_count(args) != 1)
        return cli_misused("wire", "wants CASE, or --replay SCRIPT");

    wadi_case *the_case = NULL;
    wadi_limb *limb = NULL;
    wadi_wiring wiring;
    wadi_error err = {0};
    char *text = NULL;
    size_t size = 0;
    int code = cli_read_case(cli_operand(args, 0), &the_case, &limb);
    wadi_status status;

    if (code)
        return code;
    status = wadi_wire_case(the_case, limb, &wiring, &err);
    if (!status)
        status = cli_flag(args, "json") ? wadi_wiring_json(&wiring, &text, &size, &err)
                                        : wadi_wiring_text(&wiring, &text, &size, &err);
    if (!status)
        fwrite(text, 1, size, stdout);
    free(text);
    wadi_limb_free(limb);
    wadi_case_free(the_case);
    return status ? cli_failed(&err) : EXIT_DONE;
}

static const cli_option OPTIONS[] = {
    {.kind = CLI_TEXT,
     .name = "replay",
     .metavar = "SCRIPT",
     .doc = "replay a procedure, an event a line (wire, ivus, lumen, ... balloon)"},
    {.kind = CLI_FLAG, .name = "json", .doc = "print JSON"},
    {0},
};

const cli_verb CMD_WIRE = {
    .name = "wire",
    .operands = "[CASE]",
    .summary = "crossing an occlusion: success by grade and technique",
    .text = "Each occlusion of a crural artery gets its J-BTK grade, the published success of\n"
            "conventional and of ultrasound-guided wiring with their counts, and what makes it "
            "fail. --replay follows a procedure through its states instead; the events are in\n"
            "docs/image/ivus.md.",
    .operand_min = 0,
    .operand_max = 1,
    .options = OPTIONS,
    .run = run_wire,
};
