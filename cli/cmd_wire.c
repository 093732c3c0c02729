/* wadi wire: crossing the occlusions of a case. */
#include "read_case.h"
#include "verbs.h"

#include "wadi/wire.h"

#include <stdlib.h>

static int run_wire(const cli_args *args)
{
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
    {.kind = CLI_FLAG, .name = "json", .doc = "print JSON"},
    {0},
};

const cli_verb CMD_WIRE = {
    .name = "wire",
    .operands = "CASE",
    .summary = "crossing an occlusion: success by grade and technique",
    .text = "Each occlusion of a crural artery gets its J-BTK grade, the published success of\n"
            "conventional and of ultrasound-guided wiring with their counts, and what makes it "
            "fail.",
    .operand_min = 1,
    .operand_max = 1,
    .options = OPTIONS,
    .run = run_wire,
};
