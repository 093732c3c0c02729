/* wadi access: punctures below the ankle, ranked. */
#include "read_case.h"
#include "verbs.h"

#include "wadi/access_loss.h"
#include "wadi/puncture.h"

#include <math.h>
#include <stdlib.h>

static int run_access(const cli_args *args)
{
    const wadi_access_options options = {
        .plantar_flexion_deg = cli_number(args, "plantar-flexion-deg", NAN),
        .no_ultrasound = cli_flag(args, "no-ultrasound"),
    };
    wadi_case *the_case = NULL;
    wadi_limb *limb = NULL;
    wadi_access access;
    wadi_error err = {0};
    char *text = NULL;
    size_t size = 0;
    int code = cli_read_case(cli_operand(args, 0), &the_case, &limb);
    wadi_status status;

    if (code)
        return code;
    status = wadi_access_case(the_case, limb, &options, &access, &err);
    if (!status)
        status = wadi_access_simulate_losses(the_case, limb, &access, &err);
    if (!status && cli_text(args, "out", NULL))
        status = wadi_access_draw(&access, limb, cli_text(args, "out", NULL), &err);
    if (!status)
        status = cli_flag(args, "json") ? wadi_access_json(&access, &text, &size, &err)
                                        : wadi_access_text(&access, &text, &size, &err);
    if (!status)
        fwrite(text, 1, size, stdout);
    free(text);
    wadi_limb_free(limb);
    wadi_case_free(the_case);
    return status ? cli_failed(&err) : EXIT_DONE;
}

static const cli_option OPTIONS[] = {
    {.kind = CLI_FLAG, .name = "json", .doc = "print JSON"},
    {.kind = CLI_TEXT,
     .name = "out",
     .letter = 'o',
     .metavar = "DIR",
     .doc = "write DIR/access.svg: the foot from above, from the side and in the chosen "
            "projection"},
    {.kind = CLI_NUMBER,
     .name = "plantar-flexion-deg",
     .metavar = "DEG",
     .doc = "flexion of the foot on the table",
     .min = 0,
     .max = 60},
    {.kind = CLI_FLAG, .name = "no-ultrasound", .doc = "guide by X-ray and roadmap"},
    {0},
};

const cli_verb CMD_ACCESS = {
    .name = "access",
    .operands = "CASE",
    .summary = "punctures below the ankle: zone, needle, projection, rank",
    .text =
        "Every named artery below the ankle is tried along its length; the best place of each "
        "is\n"
        "ranked with needle, wire, haemostasis, the needle's way between the bones, the C-arm\n"
        "angles that put the whole needle over the vessel, the depth view and the turn of the\n"
        "picture. The loss of each punctured stretch is simulated: the beds of the foot that\n"
        "lose more than half of their flow are named. What is refused says why.",
    .operand_min = 1,
    .operand_max = 1,
    .options = OPTIONS,
    .run = run_access,
};
