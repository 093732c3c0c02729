/* plan: from a case to verdict, plans, predicted flow and the report. */
#include "read_case.h"
#include "verbs.h"
#include "wadi/case.h"
#include "wadi/plan.h"
#include "wadi/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OVERRIDE_LIMIT = 16 };

static void set_limit(const cli_args *args, const char *name, wadi_maybe *limit)
{
    if (cli_text(args, name, NULL))
        *limit = (wadi_maybe){true, cli_number(args, name, 0)};
}

static void read_options(const cli_args *args, const char **overrides,
                         wadi_plan_options *options)
{
    int count = cli_list_count(args, "override");

    for (int i = 0; i < count && i < OVERRIDE_LIMIT; i++)
        overrides[i] = cli_list(args, "override", i);
    options->overrides = overrides;
    options->samples = (int)cli_count(args, "samples", options->samples);
    options->grid_m = 1e-3 * cli_number(args, "grid-mm", 1e3 * options->grid_m);
    options->closure_limit = (int)cli_count(args, "closures", options->closure_limit);
    options->threads = (int)cli_count(args, "threads", 0);
    options->offshelf_only =
        cli_text(args, "catalog", NULL) && cli_text(args, "catalog", "")[0] == 'o';
    options->procedure_date = cli_text(args, "procedure-date", NULL);
    set_limit(args, "conduit-min-ml-min", &options->limits.conduit_flow_min_ml_min);
    set_limit(args, "conduit-warn-ml-min", &options->limits.conduit_flow_warn_ml_min);
    set_limit(args, "capillary-max-mmhg", &options->limits.capillary_pressure_max_mmhg);
    set_limit(args, "arch-max-mmhg", &options->limits.arch_pressure_max_mmhg);
    set_limit(args, "steal-max-frac", &options->limits.steal_max_frac);
    set_limit(args, "cardiac-share-max-frac", &options->limits.cardiac_share_max_frac);
}

static wadi_status print_result(const cli_args *args, const wadi_plan_result *result,
                                const wadi_case *the_case, wadi_error *err)
{
    char *text = NULL;
    size_t size = 0;
    wadi_status status = cli_flag(args, "json")
                             ? wadi_plan_json(result, the_case, &text, &size, err)
                             : wadi_plan_text(result, the_case, &text, &size, err);

    if (!status)
        fwrite(text, 1, size, stdout);
    free(text);
    return status;
}

/* What the planner says of a place in the case does not know the file. */
static int plan_failed(const char *path, const wadi_error *err)
{
    wadi_error with_path;

    if (err->message[0] != '/')
        return cli_failed(err);
    with_path = *err;
    snprintf(with_path.message, sizeof with_path.message, "%.200s: %.*s", path,
             (int)sizeof with_path.message - 210, err->message);
    return cli_failed(&with_path);
}

/* The vessels that a gap profile lies between: an artery and a vein of the leg. */
static bool gap_vessels_known(const cli_args *args, const wadi_case *the_case, int *code)
{
    static const char *const NAMES[] = {"gap-artery", "gap-vein"}, *const USUAL[] = {"PTA",
                                                                                     "PTV1"};
    wadi_limb *limb = NULL;
    wadi_error err = {0};
    bool known = true;

    if (wadi_limb_from_case(the_case, &limb, &err)) {
        *code = cli_failed(&err);
        return false;
    }
    for (int i = 0; known && i < 2; i++) {
        const char *name = cli_text(args, NAMES[i], USUAL[i]);
        wadi_index count, vessel = wadi_limb_vessel(limb, name);

        known = vessel != WADI_NONE &&
                wadi_limb_vessels(limb, &count)[vessel].kind == (i ? WADI_VEIN : WADI_ARTERY);
        if (!known)
            *code = cli_misused("plan", "--%s wants %s of the leg, not '%s'", NAMES[i],
                                i ? "a vein" : "an artery", name);
    }
    wadi_limb_free(limb);
    return known;
}

static int run_plan(const cli_args *args)
{
    const char *path = cli_operand(args, 0), *directory = cli_text(args, "out", NULL);
    const char *overrides[OVERRIDE_LIMIT + 1] = {NULL};
    wadi_plan_options options = wadi_plan_options_default();
    wadi_plan_result *result = NULL;
    wadi_case *the_case = NULL;
    wadi_error err = {0};
    int code = EXIT_DONE;

    if (cli_list_count(args, "override") > OVERRIDE_LIMIT)
        return cli_misused("plan", "more than %d overrides", OVERRIDE_LIMIT);
    for (int i = 0; i < cli_list_count(args, "override"); i++) {
        const char *equals = strchr(cli_list(args, "override", i), '=');

        if (!equals || !equals[1])
            return cli_misused("plan", "--override wants RULE=REASON, not '%s'",
                               cli_list(args, "override", i));
    }
    read_options(args, overrides, &options);
    code = cli_read_case(path, &the_case, NULL);
    if (code)
        goto done;
    if (cli_text(args, "gap", NULL) && !gap_vessels_known(args, the_case, &code))
        goto done;
    if (cli_text(args, "gap", NULL) &&
        wadi_case_set_gap(the_case, cli_text(args, "gap-artery", "PTA"),
                          cli_text(args, "gap-vein", "PTV1"), cli_text(args, "gap", NULL),
                          &err)) {
        code = cli_failed(&err);
        goto done;
    }
    if (wadi_plan_case(the_case, &options, &result, &err) ||
        (directory && wadi_report_write(result, the_case, directory, &err)) ||
        print_result(args, result, the_case, &err))
        code = plan_failed(path, &err);
    else if (directory)
        cli_note("wadi: wrote plan.json, leg.svg and report.pdf to %s", directory);
done:
    wadi_plan_result_free(result);
    wadi_case_free(the_case);
    return code;
}

static const cli_option OPTIONS[] = {
    {.kind = CLI_TEXT,
     .name = "out",
     .letter = 'o',
     .metavar = "DIR",
     .doc = "write plan.json, leg.svg and report.pdf there"},
    {.kind = CLI_FLAG, .name = "json", .doc = "print JSON in place of text"},
    {.kind = CLI_TEXT,
     .name = "procedure-date",
     .metavar = "YYYY-MM-DD",
     .doc = "end dates of the antithrombotics on the drug card"},
    {.kind = CLI_COUNT,
     .name = "samples",
     .metavar = "N",
     .min = 0,
     .max = 65536,
     .doc = "quasi-random samples behind the 5-95 % bands; 0 for none (default 256)"},
    {.kind = CLI_LIST,
     .name = "override",
     .metavar = "RULE=REASON",
     .doc = "plan in spite of an exclusion; everything is marked exploratory"},
    {.kind = CLI_TEXT,
     .name = "gap",
     .metavar = "FILE",
     .doc = "artery-vein gap profile (CSV of image dsa or cta)"},
    {.kind = CLI_TEXT,
     .name = "gap-artery",
     .metavar = "VESSEL",
     .doc = "artery of --gap (default PTA)"},
    {.kind = CLI_TEXT,
     .name = "gap-vein",
     .metavar = "VESSEL",
     .doc = "vein of --gap (default PTV1)"},
    {.kind = CLI_TEXT,
     .name = "catalog",
     .metavar = "NAME",
     .choices = "all|offshelf",
     .doc = "devices at hand"},
    {.kind = CLI_NUMBER,
     .name = "grid-mm",
     .metavar = "MM",
     .min = 0.1,
     .max = 2.5,
     .doc = "step of the crossing grid (default 2.5)"},
    {.kind = CLI_COUNT,
     .name = "closures",
     .metavar = "N",
     .min = 0,
     .max = 10,
     .doc = "most branches to close beside the forced ones (default 4)"},
    {.kind = CLI_NUMBER,
     .name = "conduit-min-ml-min",
     .metavar = "ML_MIN",
     .min = 0,
     .max = 2000,
     .doc = "floor of the conduit flow (default 100, seed 0)"},
    {.kind = CLI_NUMBER,
     .name = "conduit-warn-ml-min",
     .metavar = "ML_MIN",
     .min = 0,
     .max = 2000,
     .doc = "second flow threshold (default 195, Schreve 2020)"},
    {.kind = CLI_NUMBER,
     .name = "capillary-max-mmhg",
     .metavar = "MMHG",
     .min = 5,
     .max = 150,
     .doc = "ceiling of the capillary pressure (default 45)"},
    {.kind = CLI_NUMBER,
     .name = "arch-max-mmhg",
     .metavar = "MMHG",
     .min = 5,
     .max = 200,
     .doc = "ceiling of the venous arch pressure (default 80)"},
    {.kind = CLI_NUMBER,
     .name = "steal-max-frac",
     .metavar = "FRAC",
     .min = 0,
     .max = 1,
     .doc = "largest loss of native inflow of the foot (default none; over 0.5 warns)"},
    {.kind = CLI_NUMBER,
     .name = "cardiac-share-max-frac",
     .metavar = "FRAC",
     .min = 0,
     .max = 1,
     .doc = "largest share of cardiac output (default 0.25)"},
    {.kind = CLI_COUNT,
     .name = "threads",
     .metavar = "N",
     .min = 0,
     .max = 64,
     .doc = "threads; 0 for all cores (default); the answer does not depend on it"},
    {0},
};

const cli_verb CMD_PLAN = {
    .name = "plan",
    .operands = "CASE",
    .summary = "verdict, best plans, predicted flow and perfusion, report",
    .text = "Reads a case of one threatened leg, says whether deep venous arterialization is "
            "an option and "
            "why, finds where and how to do it, and predicts flow and perfusion before and "
            "after. Every "
            "predicted number is a nominal value with a 5-95 % band over the declared "
            "uncertainties of the "
            "model.\n\nEvery verdict exits 0. Without plans the answer says what is missing or "
            "what excludes.",
    .operand_min = 1,
    .operand_max = 1,
    .options = OPTIONS,
    .run = run_plan,
};
