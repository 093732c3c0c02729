/* follow: the likely cause of what a visit after the arterialization measured. */
#include "read_case.h"
#include "verbs.h"

#include "wadi/cause.h"
#include "wadi/report.h"

#include <stdlib.h>

static wadi_maybe given(const cli_args *args, const char *name)
{
    return cli_text(args, name, NULL) ? (wadi_maybe){true, cli_number(args, name, 0)}
                                      : (wadi_maybe){0};
}

/* False: nothing was measured then. */
static bool read_visit(const cli_args *args, const char *const names[4], wadi_cause_visit *out)
{
    *out = (wadi_cause_visit){given(args, names[0]), given(args, names[1]),
                              given(args, names[2]), given(args, names[3])};
    return out->flow_ml_min.known || out->tcpo2_mmhg.known || out->psv_m_s.known ||
           out->ri.known;
}

static wadi_status find_cause(const cli_args *args, const wadi_case *the_case,
                              const wadi_cause_visit *first, const wadi_cause_visit *latest,
                              char **text, size_t *size, wadi_error *err)
{
    wadi_plan_options planning = wadi_plan_options_default();
    wadi_cause_noise noise = wadi_cause_noise_default();
    wadi_plan_result *result = NULL;
    wadi_cause *cause = NULL;
    wadi_cause_answer answer;
    long rank = cli_count(args, "plan", 1);
    wadi_status status;

    planning.samples = 0;
    planning.waves = false;
    status = wadi_plan_case(the_case, &planning, &result, err);
    if (!status && result->plan_count < rank)
        status = wadi_fail(err, WADI_ERR_MISSING,
                           "%s: plan %ld is wanted, the case has %ld (verdict %s): wadi "
                           "plan says why",
                           cli_operand(args, 0), rank, (long)result->plan_count,
                           wadi_verdict_name(result->verdict));
    if (!status)
        status = wadi_cause_new(the_case, result, &result->plans[rank - 1],
                                (int)cli_count(args, "samples", 128), &cause, err);
    if (!status)
        status = wadi_cause_fit(cause, first, latest, &noise, &answer, err);
    if (!status)
        status = cli_flag(args, "json")
                     ? wadi_cause_json(&answer, first, latest, text, size, err)
                     : wadi_cause_text(&answer, first, latest, text, size, err);
    wadi_cause_free(cause);
    wadi_plan_result_free(result);
    return status;
}

static int run_follow(const cli_args *args)
{
    static const char *const FIRST[] = {"first-flow-ml-min", "first-tcpo2-mmhg",
                                        "first-psv-m-s", "first-ri"};
    static const char *const LATEST[] = {"flow-ml-min", "tcpo2-mmhg", "psv-m-s", "ri"};
    wadi_cause_visit first, latest;
    wadi_case *the_case = NULL;
    wadi_error err = {0};
    char *text = NULL;
    size_t size = 0;
    bool had_first = read_visit(args, FIRST, &first);
    wadi_status status;
    int code;

    read_visit(args, LATEST, &latest);
    if (!latest.flow_ml_min.known && !latest.tcpo2_mmhg.known)
        return cli_misused("follow", "give --flow-ml-min or --tcpo2-mmhg of the latest visit");
    code = cli_read_case(cli_operand(args, 0), &the_case, NULL);
    if (code)
        return code;
    status = find_cause(args, the_case, had_first ? &first : NULL, &latest, &text, &size, &err);
    if (!status)
        fwrite(text, 1, size, stdout);
    free(text);
    wadi_case_free(the_case);
    return status ? cli_failed(&err) : EXIT_DONE;
}

static const cli_option OPTIONS[] = {
    {.kind = CLI_NUMBER,
     .name = "flow-ml-min",
     .metavar = "ML_MIN",
     .min = 1,
     .max = 5000,
     .doc = "latest visit: duplex volume flow of the conduit"},
    {.kind = CLI_NUMBER,
     .name = "tcpo2-mmhg",
     .metavar = "MMHG",
     .min = 0,
     .max = 150,
     .doc = "latest visit: TcPO2 beside the wound"},
    {.kind = CLI_NUMBER,
     .name = "psv-m-s",
     .metavar = "M_S",
     .min = 0.01,
     .max = 10,
     .doc = "latest visit: peak systolic velocity in the crossing stent"},
    {.kind = CLI_NUMBER,
     .name = "ri",
     .metavar = "INDEX",
     .min = 0,
     .max = 2,
     .doc = "latest visit: resistance index in the crossing stent"},
    {.kind = CLI_NUMBER,
     .name = "first-flow-ml-min",
     .metavar = "ML_MIN",
     .min = 1,
     .max = 5000,
     .doc = "first visit, when all was well: volume flow"},
    {.kind = CLI_NUMBER,
     .name = "first-tcpo2-mmhg",
     .metavar = "MMHG",
     .min = 0,
     .max = 150,
     .doc = "first visit: TcPO2"},
    {.kind = CLI_NUMBER,
     .name = "first-psv-m-s",
     .metavar = "M_S",
     .min = 0.01,
     .max = 10,
     .doc = "first visit: peak systolic velocity"},
    {.kind = CLI_NUMBER,
     .name = "first-ri",
     .metavar = "INDEX",
     .min = 0,
     .max = 2,
     .doc = "first visit: resistance index"},
    {.kind = CLI_COUNT,
     .name = "plan",
     .metavar = "N",
     .min = 1,
     .max = 3,
     .doc = "the plan that was carried out, by its rank (default 1)"},
    {.kind = CLI_COUNT,
     .name = "samples",
     .metavar = "N",
     .min = 8,
     .max = 65536,
     .doc = "quasi-random parameter sets (default 128)"},
    {.kind = CLI_FLAG, .name = "json", .doc = "print JSON"},
    {0},
};

const cli_verb CMD_FOLLOW = {
    .name = "follow",
    .operands = "CASE",
    .summary = "after the procedure: stenosis of the inflow, or an open escape?",
    .text = "What a visit measured is held against the leg as planned, with a narrowed inflow "
            "artery, and\nwith a branch open that the plan closed. All three are solved on the "
            "same parameter sets; a\nfirst visit, when all was well, tells which of them this "
            "patient is like. Of the latest visit the flow or the\nTcPO2 is needed.\n\nThe "
            "case is the one that was planned: its plan is made again. "
            "Alerts of flow and velocity\nare those of `wadi score`. Visits are not kept; "
            "trends and maturation are not there yet.",
    .operand_min = 1,
    .operand_max = 1,
    .options = OPTIONS,
    .run = run_follow,
};
