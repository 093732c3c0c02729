/* wadi stats VERB FILE.csv: what trials report, one library call per verb. */
#include "verbs.h"

#include "wadi/figure.h"
#include "wadi/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- options, in blocks that verbs share ---- */

#define OUTPUT_OPTIONS                                                                         \
    {.kind = CLI_FLAG, .name = "json", .doc = "print one JSON object"},                        \
        {.kind = CLI_FLAG, .name = "csv", .doc = "print the main table as CSV"},               \
    {                                                                                          \
        .kind = CLI_NUMBER, .name = "level", .metavar = "FRACTION", .min = 1e-6,               \
        .max = 0.999999999, .doc = "confidence level, 0.95"                                    \
    }

#define PLOT_OPTION                                                                            \
    {                                                                                          \
        .kind = CLI_TEXT, .name = "plot", .metavar = "FILE",                                   \
        .doc = "draw a figure: .svg, .pdf or .png"                                             \
    }

#define SURVIVAL_OPTIONS                                                                       \
    {.kind = CLI_TEXT,                                                                         \
     .name = "time",                                                                           \
     .metavar = "COLUMN",                                                                      \
     .doc = "end of follow-up or of the interval"},                                            \
        {.kind = CLI_TEXT,                                                                     \
         .name = "entry",                                                                      \
         .metavar = "COLUMN",                                                                  \
         .doc = "start of the interval (delayed entry)"},                                      \
        {.kind = CLI_TEXT,                                                                     \
         .name = "event",                                                                      \
         .metavar = "COLUMN",                                                                  \
         .doc = "event codes; 0 is censored, 1 the event unless codes are named"},             \
        {.kind = CLI_LIST,                                                                     \
         .name = "event-code",                                                                 \
         .metavar = "CODE",                                                                    \
         .doc = "a code that is an event"},                                                    \
        {.kind = CLI_LIST,                                                                     \
         .name = "censor-code",                                                                \
         .metavar = "CODE",                                                                    \
         .doc = "a code that is none"},                                                        \
        {.kind = CLI_LIST,                                                                     \
         .name = "group",                                                                      \
         .metavar = "COLUMN",                                                                  \
         .doc = "groups to compare; several are crossed"},                                     \
        {.kind = CLI_LIST, .name = "strata", .metavar = "COLUMN", .doc = "strata"},            \
        {.kind = CLI_TEXT, .name = "weight", .metavar = "COLUMN", .doc = "case weights"},      \
        {.kind = CLI_TEXT,                                                                     \
         .name = "cluster",                                                                    \
         .metavar = "COLUMN",                                                                  \
         .doc = "clusters for robust errors"},                                                 \
        {.kind = CLI_TEXT,                                                                     \
         .name = "id",                                                                         \
         .metavar = "COLUMN",                                                                  \
         .doc = "subject, where one has several rows"},                                        \
    {                                                                                          \
        .kind = CLI_FLAG, .name = "time-as-is",                                                \
        .doc = "do not merge times that differ by rounding only"                               \
    }

#define CONF_OPTIONS                                                                           \
    {.kind = CLI_TEXT,                                                                         \
     .name = "conf-type",                                                                      \
     .metavar = "SCALE",                                                                       \
     .doc = "scale of the limits",                                                             \
     .choices = "log|plain|log-log|logit|arcsin|arcsine|none"},                                \
    {                                                                                          \
        .kind = CLI_LIST, .name = "at", .metavar = "TIME", .doc = "estimates at this time"     \
    }

#define TAU_OPTION                                                                             \
    {                                                                                          \
        .kind = CLI_LIST, .name = "tau", .metavar = "TIME",                                    \
        .doc = "end of the restricted mean"                                                    \
    }

#define RHO_OPTION                                                                             \
    {                                                                                          \
        .kind = CLI_NUMBER, .name = "rho", .metavar = "RHO", .min = -10, .max = 10,            \
        .doc = "weights S(t-)^rho: 0 log-rank, 1 Peto-Peto"                                    \
    }

#define X_OPTIONS                                                                              \
    {.kind = CLI_LIST,                                                                         \
     .name = "x",                                                                              \
     .metavar = "COLUMN[=REF]",                                                                \
     .doc = "covariate; names are factors, REF their reference"},                              \
    {                                                                                          \
        .kind = CLI_LIST, .name = "factor", .metavar = "COLUMN",                               \
        .doc = "read a numeric covariate as a factor"                                          \
    }

#define CAUSE_OPTION                                                                           \
    {                                                                                          \
        .kind = CLI_TEXT, .name = "cause", .metavar = "CODE",                                  \
        .doc = "the event of interest (default: the first named)"                              \
    }

static const cli_option KM_OPTIONS[] = {
    SURVIVAL_OPTIONS,
    CONF_OPTIONS,
    TAU_OPTION,
    RHO_OPTION,
    {.kind = CLI_TEXT,
     .name = "curve",
     .metavar = "NAME",
     .doc = "estimate of the curve",
     .choices = "kaplan-meier|nelson-aalen|fleming-harrington"},
    {.kind = CLI_LIST,
     .name = "quantile",
     .metavar = "P",
     .doc = "quantiles of the time (0.25, 0.5, 0.75)"},
    {.kind = CLI_FLAG, .name = "robust", .doc = "limits from the infinitesimal jackknife"},
    PLOT_OPTION,
    OUTPUT_OPTIONS,
    {0},
};

static const cli_option LOGRANK_OPTIONS[] = {SURVIVAL_OPTIONS, RHO_OPTION, OUTPUT_OPTIONS, {0}};

static const cli_option COX_OPTIONS[] = {
    SURVIVAL_OPTIONS,
    X_OPTIONS,
    {.kind = CLI_TEXT,
     .name = "ties",
     .metavar = "METHOD",
     .doc = "tied events",
     .choices = "efron|breslow|exact"},
    {.kind = CLI_TEXT,
     .name = "offset",
     .metavar = "COLUMN",
     .doc = "added to the linear predictor"},
    {.kind = CLI_FLAG, .name = "robust", .doc = "sandwich variance, each row its own cluster"},
    {.kind = CLI_TEXT,
     .name = "zph",
     .metavar = "SCALE",
     .doc = "time scale of the proportional-hazards test",
     .choices = "km|rank|identity|log|none"},
    {.kind = CLI_FLAG,
     .name = "residuals",
     .doc = "add martingale, deviance, Schoenfeld, score and dfbeta residuals"},
    {.kind = CLI_FLAG,
     .name = "basehaz",
     .doc = "add the cumulative baseline hazard (all covariates 0)"},
    {.kind = CLI_TEXT,
     .name = "newdata",
     .metavar = "FILE",
     .doc = "predict survival for these covariates"},
    CONF_OPTIONS,
    PLOT_OPTION,
    OUTPUT_OPTIONS,
    {0},
};

static const cli_option CIF_OPTIONS[] = {
    SURVIVAL_OPTIONS,
    CONF_OPTIONS,
    {.kind = CLI_TEXT,
     .name = "variance",
     .metavar = "KIND",
     .doc = "standard errors",
     .choices = "greenwood|jackknife|aalen"},
    {.kind = CLI_TEXT,
     .name = "from",
     .metavar = "COLUMN",
     .doc = "state at the start of the row"},
    {.kind = CLI_FLAG,
     .name = "stacked",
     .doc = "draw cumulative incidences on top of each other"},
    PLOT_OPTION,
    OUTPUT_OPTIONS,
    {0},
};

static const cli_option GRAY_OPTIONS[] = {
    SURVIVAL_OPTIONS, RHO_OPTION, CAUSE_OPTION, OUTPUT_OPTIONS, {0}};

static const cli_option FINEGRAY_OPTIONS[] = {
    SURVIVAL_OPTIONS,
    X_OPTIONS,
    CAUSE_OPTION,
    {.kind = CLI_TEXT,
     .name = "ties",
     .metavar = "METHOD",
     .doc = "tied events (breslow)",
     .choices = "efron|breslow"},
    {.kind = CLI_FLAG,
     .name = "basehaz",
     .doc = "add the increments of the baseline subdistribution hazard"},
    PLOT_OPTION,
    OUTPUT_OPTIONS,
    {0},
};

static const cli_option MCF_OPTIONS[] = {
    SURVIVAL_OPTIONS, CONF_OPTIONS, PLOT_OPTION, OUTPUT_OPTIONS, {0}};
static const cli_option RMST_OPTIONS[] = {
    SURVIVAL_OPTIONS,
    TAU_OPTION,
    {.kind = CLI_TEXT,
     .name = "curve",
     .metavar = "NAME",
     .doc = "estimate of the curve",
     .choices = "kaplan-meier|nelson-aalen|fleming-harrington"},
    OUTPUT_OPTIONS,
    {0},
};

#define COUNT_OPTIONS                                                                          \
    {.kind = CLI_LIST,                                                                         \
     .name = "count",                                                                          \
     .metavar = "X",                                                                           \
     .doc = "number of successes, or a column with them"},                                     \
    {                                                                                          \
        .kind = CLI_LIST, .name = "of", .metavar = "N",                                        \
        .doc = "out of how many, or a column with them"                                        \
    }

static const cli_option PROP_OPTIONS[] = {
    COUNT_OPTIONS,
    {.kind = CLI_LIST,
     .name = "method",
     .metavar = "NAME",
     .doc = "interval (default: all)",
     .choices = "wald|wilson|wilson-cc|wilson_cc|agresti-coull|agresti_coull|clopper-pearson|"
                "clopper_pearson|jeffreys|midp|mid-p|arcsine|logit"},
    {.kind = CLI_TEXT,
     .name = "event",
     .metavar = "COLUMN",
     .doc = "count the rows of a file instead: codes of the outcome"},
    {.kind = CLI_LIST,
     .name = "event-code",
     .metavar = "CODE",
     .doc = "a code that is a success"},
    {.kind = CLI_LIST, .name = "censor-code", .metavar = "CODE", .doc = "a code that is none"},
    {.kind = CLI_LIST, .name = "group", .metavar = "COLUMN", .doc = "groups"},
    OUTPUT_OPTIONS,
    {0},
};

#define TABLE_OPTIONS                                                                          \
    {.kind = CLI_LIST,                                                                         \
     .name = "count",                                                                          \
     .metavar = "COUNT",                                                                       \
     .doc = "cells of a 2x2 table, row by row (or one column of counts)"},                     \
        {.kind = CLI_TEXT,                                                                     \
         .name = "row",                                                                        \
         .metavar = "COLUMN",                                                                  \
         .doc = "column with the row of each subject or count"},                               \
        {.kind = CLI_TEXT,                                                                     \
         .name = "col",                                                                        \
         .metavar = "COLUMN",                                                                  \
         .doc = "column with its column"},                                                     \
    {                                                                                          \
        .kind = CLI_LIST, .name = "strata", .metavar = "COLUMN", .doc = "one table for each"   \
    }

static const cli_option FISHER_OPTIONS[] = {TABLE_OPTIONS, OUTPUT_OPTIONS, {0}};
static const cli_option PAIR_OPTIONS[] = {
    {.kind = CLI_LIST,
     .name = "x",
     .metavar = "COLUMN",
     .doc = "first value of the pair, or the difference (default: pre)"},
    {.kind = CLI_TEXT,
     .name = "y",
     .metavar = "COLUMN",
     .doc = "second value (default: post); differences are y - x"},
    {.kind = CLI_LIST, .name = "group", .metavar = "COLUMN", .doc = "one test for each"},
    {.kind = CLI_LIST, .name = "strata", .metavar = "COLUMN", .doc = "one test for each"},
    {.kind = CLI_NUMBER,
     .name = "mu",
     .metavar = "VALUE",
     .doc = "difference under the null, 0"},
    OUTPUT_OPTIONS,
    {0},
};
static const cli_option TWO_SAMPLE_OPTIONS[] = {
    {.kind = CLI_LIST, .name = "x", .metavar = "COLUMN", .doc = "values (default: value)"},
    {.kind = CLI_LIST, .name = "group", .metavar = "COLUMN", .doc = "groups (default: group)"},
    {.kind = CLI_LIST, .name = "strata", .metavar = "COLUMN", .doc = "one test for each"},
    {.kind = CLI_NUMBER,
     .name = "mu",
     .metavar = "VALUE",
     .doc = "difference under the null, 0"},
    OUTPUT_OPTIONS,
    {0},
};
static const cli_option TTEST_OPTIONS[] = {
    {.kind = CLI_LIST,
     .name = "x",
     .metavar = "COLUMN",
     .doc = "values, or the first of a pair"},
    {.kind = CLI_TEXT,
     .name = "y",
     .metavar = "COLUMN",
     .doc = "second of a pair; differences are y - x"},
    {.kind = CLI_LIST,
     .name = "group",
     .metavar = "COLUMN",
     .doc = "two groups; none: one sample"},
    {.kind = CLI_LIST, .name = "strata", .metavar = "COLUMN", .doc = "one test for each"},
    {.kind = CLI_NUMBER,
     .name = "mu",
     .metavar = "VALUE",
     .doc = "mean or difference under the null, 0"},
    OUTPUT_OPTIONS,
    {0},
};
static const cli_option TABLE1_OPTIONS[] = {
    {.kind = CLI_LIST,
     .name = "x",
     .metavar = "COLUMN",
     .doc = "variable (default: all columns)"},
    {.kind = CLI_LIST,
     .name = "factor",
     .metavar = "COLUMN",
     .doc = "numeric variable to be counted by level"},
    {.kind = CLI_LIST, .name = "group", .metavar = "COLUMN", .doc = "groups to compare"},
    OUTPUT_OPTIONS,
    {0},
};
static const cli_option RECONSTRUCT_OPTIONS[] = {
    {.kind = CLI_TEXT,
     .name = "time",
     .metavar = "COLUMN",
     .doc = "times of the digitised points (time)"},
    {.kind = CLI_TEXT,
     .name = "y",
     .metavar = "COLUMN",
     .doc = "their heights, as fractions (surv)"},
    {.kind = CLI_TEXT,
     .name = "at-risk",
     .metavar = "FILE",
     .doc = "table under the curve: time, n_risk"},
    {.kind = CLI_NUMBER,
     .name = "total-events",
     .metavar = "N",
     .min = 0,
     .max = 1e9,
     .doc = "events, where reported"},
    OUTPUT_OPTIONS,
    {0},
};
static const cli_option OVERLAY_OPTIONS[] = {
    SURVIVAL_OPTIONS,
    CONF_OPTIONS,
    {.kind = CLI_TEXT, .name = "outcome", .metavar = "NAME", .doc = "published outcome (AFS)"},
    {.kind = CLI_TEXT,
     .name = "study",
     .metavar = "TEXT",
     .doc = "only studies whose name has this"},
    PLOT_OPTION,
    OUTPUT_OPTIONS,
    {0},
};
static const cli_option GOAL_OPTIONS[] = {
    COUNT_OPTIONS,
    SURVIVAL_OPTIONS,
    CONF_OPTIONS,
    {.kind = CLI_NUMBER,
     .name = "goal",
     .metavar = "FRACTION",
     .min = 0,
     .max = 1,
     .doc = "proportion to beat, 0.54 as in PROMISE II"},
    {.kind = CLI_NUMBER,
     .name = "prior-a",
     .metavar = "A",
     .min = 1e-9,
     .max = 1e9,
     .doc = "Beta prior, 0.5 (Jeffreys)"},
    {.kind = CLI_NUMBER,
     .name = "prior-b",
     .metavar = "B",
     .min = 1e-9,
     .max = 1e9,
     .doc = "Beta prior, 0.5 (Jeffreys)"},
    OUTPUT_OPTIONS,
    {0},
};

/* ---- from options to a question ---- */

enum { WORDS_MAX = 1024 };

typedef struct question {
    wadi_stats_spec spec;
    const char *words[16 * WORDS_MAX];
    int word_count;
} question;

static bool has_option(const cli_option *options, const char *name)
{
    for (; options->kind; options++)
        if (!strcmp(options->name, name))
            return true;
    return false;
}

static const char *text_of(const cli_args *args, const cli_option *options, const char *name,
                           const char *fallback)
{
    return has_option(options, name) ? cli_text(args, name, fallback) : fallback;
}

static double number_of(const cli_args *args, const cli_option *options, const char *name,
                        double fallback)
{
    return has_option(options, name) ? cli_number(args, name, fallback) : fallback;
}

static bool flag_of(const cli_args *args, const cli_option *options, const char *name)
{
    return has_option(options, name) && cli_flag(args, name);
}

static wadi_names list_of(question *asked, const cli_args *args, const cli_option *options,
                          const char *name)
{
    wadi_names names = {asked->words + asked->word_count, 0};
    const char *word;

    while (has_option(options, name) && (word = cli_list(args, name, names.count))) {
        asked->words[asked->word_count++] = word;
        names.count++;
    }
    return names;
}

static wadi_conf_type conf_type_of(const char *name)
{
    static const struct {
        const char *name;
        wadi_conf_type type;
    } TYPES[] = {{"log", WADI_CONF_LOG},         {"plain", WADI_CONF_PLAIN},
                 {"log-log", WADI_CONF_LOG_LOG}, {"logit", WADI_CONF_LOGIT},
                 {"arcsin", WADI_CONF_ARCSIN},   {"arcsine", WADI_CONF_ARCSIN},
                 {"none", WADI_CONF_NONE}};

    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++)
        if (!strcmp(TYPES[i].name, name))
            return TYPES[i].type;
    return WADI_CONF_LOG;
}

static void ask_columns(question *asked, const cli_args *args, const cli_option *options)
{
    wadi_stats_spec *spec = &asked->spec;

    spec->path = cli_operand(args, 0);
    spec->time = text_of(args, options, "time", NULL);
    spec->entry = text_of(args, options, "entry", NULL);
    spec->event = text_of(args, options, "event", NULL);
    spec->event_codes = list_of(asked, args, options, "event-code");
    spec->censor_codes = list_of(asked, args, options, "censor-code");
    spec->group = list_of(asked, args, options, "group");
    spec->strata = list_of(asked, args, options, "strata");
    spec->weight = text_of(args, options, "weight", NULL);
    spec->cluster = text_of(args, options, "cluster", NULL);
    spec->id = text_of(args, options, "id", NULL);
    spec->from = text_of(args, options, "from", NULL);
    spec->x = list_of(asked, args, options, "x");
    spec->factor = list_of(asked, args, options, "factor");
    spec->offset = text_of(args, options, "offset", NULL);
    spec->y = text_of(args, options, "y", NULL);
    spec->count = list_of(asked, args, options, "count");
    spec->of = list_of(asked, args, options, "of");
    spec->row = text_of(args, options, "row", NULL);
    spec->col = text_of(args, options, "col", NULL);
}

static void ask_methods(question *asked, const cli_args *args, const cli_option *options)
{
    wadi_stats_spec *spec = &asked->spec;
    const char *ties = text_of(args, options, "ties", "efron");
    const char *curve = text_of(args, options, "curve", "kaplan-meier");

    spec->at = list_of(asked, args, options, "at");
    spec->quantiles = list_of(asked, args, options, "quantile");
    spec->methods = list_of(asked, args, options, "method");
    spec->tau = list_of(asked, args, options, "tau");
    spec->level = number_of(args, options, "level", 0.95);
    spec->rho = number_of(args, options, "rho", 0);
    spec->conf_type = conf_type_of(text_of(args, options, "conf-type", "log"));
    spec->method = text_of(args, options, "ties", NULL);
    spec->ties = !strcmp(ties, "exact")     ? WADI_TIES_EXACT
                 : !strcmp(ties, "breslow") ? WADI_TIES_BRESLOW
                                            : WADI_TIES_EFRON;
    spec->curve = !strcmp(curve, "nelson-aalen")         ? WADI_CURVE_NELSON_AALEN
                  : !strcmp(curve, "fleming-harrington") ? WADI_CURVE_FLEMING_HARRINGTON
                                                         : WADI_CURVE_KAPLAN_MEIER;
    spec->robust = flag_of(args, options, "robust");
    spec->time_as_is = flag_of(args, options, "time-as-is");
    spec->residuals = flag_of(args, options, "residuals");
    spec->basehaz = flag_of(args, options, "basehaz");
    spec->zph = text_of(args, options, "zph", "km");
    spec->newdata = text_of(args, options, "newdata", NULL);
    spec->cause = text_of(args, options, "cause", NULL);
    spec->variance = text_of(args, options, "variance", NULL);
    spec->at_risk = text_of(args, options, "at-risk", NULL);
    spec->total_events = number_of(args, options, "total-events", NAN);
    spec->goal_frac = number_of(args, options, "goal", 0.54);
    spec->prior_a = number_of(args, options, "prior-a", 0.5);
    spec->prior_b = number_of(args, options, "prior-b", 0.5);
    spec->mu = number_of(args, options, "mu", 0);
    spec->study = text_of(args, options, "study", NULL);
    spec->outcome = text_of(args, options, "outcome", NULL);
}

static int print_result(const cli_args *args, const wadi_result *result, wadi_error *err)
{
    char *text = NULL;
    size_t size = 0;
    wadi_status status;

    if (cli_flag(args, "json"))
        status = wadi_result_json(result, &text, &size, err);
    else if (cli_flag(args, "csv"))
        status = wadi_result_csv(result, &text, &size, err);
    else
        status = wadi_result_text(result, &text, &size, err);
    if (status)
        return cli_failed(err);
    fwrite(text, 1, size, stdout);
    free(text);
    return EXIT_DONE;
}

static int ask(const cli_args *args, const cli_option *options, wadi_stats_function *function)
{
    question *asked = calloc(1, sizeof *asked);
    wadi_result *result = NULL;
    wadi_error err = {0};
    const char *plot = text_of(args, options, "plot", NULL);
    int code = EXIT_DONE;

    if (!asked) {
        cli_note("wadi: out of memory");
        return EXIT_FAILED;
    }
    asked->spec = wadi_stats_spec_default();
    ask_columns(asked, args, options);
    ask_methods(asked, args, options);
    if (function(&asked->spec, &result, &err)) {
        /* A missing option is named by its own name. */
        bool misused = err.status == WADI_ERR_MISSING && !strncmp(err.message, "--", 2);

        code = misused ? cli_misused("stats", "%s", err.message) : cli_failed(&err);
        goto done;
    }
    for (int i = 0;
         wadi_result_note(result, i) && (cli_flag(args, "json") || cli_flag(args, "csv")); i++)
        cli_note("wadi: note: %s", wadi_result_note(result, i));
    if (plot && wadi_figure_write(result, plot, flag_of(args, options, "stacked"), &err)) {
        code = cli_failed(&err);
        goto done;
    }
    code = print_result(args, result, &err);
done:
    wadi_result_free(result);
    free(asked);
    return code;
}

/* One verb: its function, its table, its page. */
#define STATS_VERB(ID, NAME, FUNCTION, OPTIONS, OPERANDS, MIN, MAX, SUMMARY)                   \
    static int run_##NAME(const cli_args *args)                                                \
    {                                                                                          \
        return ask(args, OPTIONS, FUNCTION);                                                   \
    }                                                                                          \
    static const cli_verb ID = {.name = #NAME,                                                 \
                                .operands = OPERANDS,                                          \
                                .summary = SUMMARY,                                            \
                                .operand_min = MIN,                                            \
                                .operand_max = MAX,                                            \
                                .options = OPTIONS,                                            \
                                .run = run_##NAME}

// clang-format off
STATS_VERB(KM, km, wadi_stats_km, KM_OPTIONS, "FILE.csv", 1, 1, "Kaplan-Meier curves, quantiles, restricted means");
STATS_VERB(LOGRANK, logrank, wadi_stats_logrank, LOGRANK_OPTIONS, "FILE.csv", 1, 1, "log-rank test and the G-rho family, stratified too");
STATS_VERB(COX, cox, wadi_stats_cox, COX_OPTIONS, "FILE.csv", 1, 1, "Cox regression: ties, strata, time-dependent rows, robust errors");
STATS_VERB(CIF, cif, wadi_stats_cif, CIF_OPTIONS, "FILE.csv", 1, 1, "cumulative incidence of competing events (Aalen-Johansen)");
STATS_VERB(GRAY, gray, wadi_stats_gray, GRAY_OPTIONS, "FILE.csv", 1, 1, "Gray's test of equal cumulative incidences");
STATS_VERB(FINEGRAY, finegray, wadi_stats_finegray, FINEGRAY_OPTIONS, "FILE.csv", 1, 1, "Fine-Gray regression of a subdistribution hazard");
STATS_VERB(MSM, msm, wadi_stats_msm, CIF_OPTIONS, "FILE.csv", 1, 1, "occupancy of states (Aalen-Johansen) from rows of (entry, time] and event");
STATS_VERB(MCF, mcf, wadi_stats_mcf, MCF_OPTIONS, "FILE.csv", 1, 1, "mean cumulative number of recurrent events");
STATS_VERB(RMST, rmst, wadi_stats_rmst, RMST_OPTIONS, "FILE.csv", 1, 1, "restricted mean survival time and differences");
STATS_VERB(PROP, prop, wadi_stats_prop, PROP_OPTIONS, "[FILE.csv]", 0, 1, "confidence limits of proportions");
STATS_VERB(FISHER, fisher, wadi_stats_fisher, FISHER_OPTIONS, "[FILE.csv]", 0, 1, "Fisher's exact test, chi-square, odds ratio, risk difference");
STATS_VERB(MCNEMAR, mcnemar, wadi_stats_mcnemar, FISHER_OPTIONS, "[FILE.csv]", 0, 1, "McNemar's tests of paired proportions");
STATS_VERB(SIGNEDRANK, signedrank, wadi_stats_signedrank, PAIR_OPTIONS, "FILE.csv", 1, 1, "Wilcoxon signed rank test, exact with ties");
STATS_VERB(RANKSUM, ranksum, wadi_stats_ranksum, TWO_SAMPLE_OPTIONS, "FILE.csv", 1, 1, "Wilcoxon rank sum test, exact with ties; Kruskal-Wallis");
STATS_VERB(TTEST, ttest, wadi_stats_ttest, TTEST_OPTIONS, "FILE.csv", 1, 1, "Welch's and Student's t tests");
STATS_VERB(TABLE1, table1, wadi_stats_table1, TABLE1_OPTIONS, "FILE.csv", 1, 1, "the baseline table of a trial");
STATS_VERB(RECONSTRUCT, reconstruct, wadi_stats_reconstruct, RECONSTRUCT_OPTIONS, "FILE.csv", 1, 1, "individual data from a published curve (Guyot 2012)");
STATS_VERB(OVERLAY, overlay, wadi_stats_overlay, OVERLAY_OPTIONS, "[FILE.csv]", 0, 1, "a curve beside published outcomes");
STATS_VERB(GOAL, goal, wadi_stats_goal, GOAL_OPTIONS, "[FILE.csv]", 0, 1, "test against a performance goal, frequentist and Bayesian");
// clang-format on

static const cli_verb *const NOUNS[] = {
    &KM,    &LOGRANK, &COX,         &CIF,     &GRAY,    &FINEGRAY,   &MSM,
    &MCF,   &RMST,    &PROP,        &FISHER,  &MCNEMAR, &SIGNEDRANK, &RANKSUM,
    &TTEST, &TABLE1,  &RECONSTRUCT, &OVERLAY, &GOAL,    NULL,
};

const cli_verb CMD_STATS = {
    .name = "stats",
    .operands = "FILE.csv",
    .summary = "outcomes from CSV: survival, competing risks, proportions, exact tests",
    .text =
        "Each command names its method, counts the rows that it leaves out for missing values, "
        "and agrees with\nR 4.2 (survival, cmprsk, stats); docs/stats.md says where R, SAS and "
        "Stata differ.",
    .nouns = NOUNS,
};
