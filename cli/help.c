/* --help, man pages and bash completion, all from the verbs' tables. */
#include "cli.h"

#include <string.h>

static const char RESEARCH_ONLY[] =
    "Research and education only: wadi is not a medical device and never gives an order.";

void cli_print_overview(FILE *out)
{
    fprintf(out,
            "wadi %s: plan, simulate and follow deep venous arterialization of the foot\n\n",
            wadi_version());
    fprintf(out, "usage: wadi VERB [OPTIONS] ...\n\n");
    for (const cli_verb *const *verb = CLI_VERBS; *verb; verb++)
        fprintf(out, "  %-11s %s\n", (*verb)->name, (*verb)->summary);
    fprintf(out,
            "\n'wadi VERB --help' explains a verb. Exit codes: 0 done, 1 failed, 2 misused, "
            "3 bad input,\n4 did not converge. %s\n",
            RESEARCH_ONLY);
}

static void print_option(FILE *out, const cli_option *option)
{
    char head[80];

    snprintf(head, sizeof head, "%s%c%s--%s%s%s", option->letter ? "-" : "",
             option->letter ? option->letter : ' ', option->letter ? ", " : "   ", option->name,
             option->metavar ? " " : "", option->metavar ? option->metavar : "");
    fprintf(out, "  %-28s %s", head, option->doc);
    if (option->choices)
        fprintf(out, " (%s)", option->choices);
    if (option->kind == CLI_LIST)
        fprintf(out, "; may be repeated");
    fputc('\n', out);
}

void cli_print_help(FILE *out, const char *parent, const cli_verb *verb)
{
    const char *operands = verb->operands ? verb->operands : "";

    fprintf(out, "usage: wadi %s%s%s %s%s%s\n\n%s\n", parent ? parent : "", parent ? " " : "",
            verb->name, verb->nouns ? "COMMAND" : "[OPTIONS]", *operands ? " " : "", operands,
            verb->summary);
    if (verb->text)
        fprintf(out, "\n%s\n", verb->text);
    if (verb->nouns) {
        fputc('\n', out);
        for (const cli_verb *const *noun = verb->nouns; *noun; noun++)
            fprintf(out, "  %-14s %s\n", (*noun)->name, (*noun)->summary);
    }
    if (verb->options && verb->options->kind) {
        fprintf(out, "\noptions:\n");
        for (const cli_option *option = verb->options; option->kind; option++)
            print_option(out, option);
    }
    fprintf(out, "\n%s\n", RESEARCH_ONLY);
}

/* Text for troff: a leading dot or quote would be a request, a bare minus a hyphen. */
static void print_troff(FILE *out, const char *text)
{
    bool line_start = true;

    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        if (*text == '-')
            fputs("\\-", out);
        else if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '\n' && text[1] == '\n')
            fputs("\n.PP", out);
        else
            fputc(*text, out);
        line_start = *text == '\n';
    }
}

static void print_man_options(FILE *out, const cli_option *options)
{
    for (const cli_option *option = options; option && option->kind; option++) {
        fprintf(out, ".TP\n\\fB");
        if (option->letter)
            fprintf(out, "\\-%c\\fR, \\fB", option->letter);
        fprintf(out, "\\-\\-");
        print_troff(out, option->name);
        fprintf(out, "\\fR");
        if (option->metavar)
            fprintf(out, " \\fI%s\\fR", option->metavar);
        fputc('\n', out);
        print_troff(out, option->doc);
        if (option->choices)
            fprintf(out, " (%s)", option->choices);
        fputc('\n', out);
    }
}

static void print_man_overview(FILE *out)
{
    fprintf(out,
            ".TH WADI 1 \"\" \"wadi %s\" \"User commands\"\n.SH NAME\nwadi \\- plan, simulate "
            "and follow deep venous arterialization of the foot\n.SH SYNOPSIS\n.B wadi\n"
            ".I VERB\n[OPTIONS] ...\n.SH COMMANDS\n",
            wadi_version());
    for (const cli_verb *const *verb = CLI_VERBS; *verb; verb++) {
        fprintf(out, ".TP\n.BR wadi\\-%s (1)\n", (*verb)->name);
        print_troff(out, (*verb)->summary);
        fputc('\n', out);
    }
    fprintf(out,
            ".SH EXIT STATUS\n0 done, 1 failed, 2 misused, 3 bad input, 4 did not converge.\n"
            ".SH NOTES\n%s\n",
            RESEARCH_ONLY);
}

void cli_print_man(FILE *out, const cli_verb *verb)
{
    if (!verb) {
        print_man_overview(out);
        return;
    }
    fprintf(out, ".TH WADI\\-%s 1 \"\" \"wadi %s\" \"User commands\"\n.SH NAME\nwadi\\-%s \\- ",
            verb->name, wadi_version(), verb->name);
    print_troff(out, verb->summary);
    fprintf(out, "\n.SH SYNOPSIS\n.B wadi %s\n", verb->name);
    fprintf(out, "%s %s\n", verb->nouns ? "COMMAND" : "[OPTIONS]",
            verb->operands ? verb->operands : "");
    if (verb->text) {
        fprintf(out, ".SH DESCRIPTION\n");
        print_troff(out, verb->text);
        fputc('\n', out);
    }
    if (verb->options && verb->options->kind) {
        fprintf(out, ".SH OPTIONS\n");
        print_man_options(out, verb->options);
    }
    for (const cli_verb *const *noun = verb->nouns; noun && *noun; noun++) {
        fprintf(out, ".SS wadi %s %s %s\n", verb->name, (*noun)->name,
                (*noun)->operands ? (*noun)->operands : "");
        print_troff(out, (*noun)->summary);
        fputc('\n', out);
        print_man_options(out, (*noun)->options);
    }
    fprintf(out,
            ".SH EXIT STATUS\n0 done, 1 failed, 2 misused, 3 bad input, 4 did not converge.\n"
            ".SH NOTES\n%s\n.SH SEE ALSO\n.BR wadi (1)\n",
            RESEARCH_ONLY);
}

static void print_words(FILE *out, const cli_option *options)
{
    for (const cli_option *option = options; option && option->kind; option++)
        fprintf(out, "--%s ", option->name);
    fprintf(out, "--help --data");
}

void cli_print_completion(FILE *out)
{
    fprintf(out, "# bash completion for wadi; made by 'wadi completion bash'\n_wadi()\n{\n"
                 "    local word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} options=\n"
                 "    if ((COMP_CWORD == 1)); then\n        COMPREPLY=($(compgen -W '");
    for (const cli_verb *const *verb = CLI_VERBS; *verb; verb++)
        fprintf(out, "%s ", (*verb)->name);
    fprintf(out, "' -- \"$word\"))\n        return\n    fi\n    case $verb in\n");
    for (const cli_verb *const *verb = CLI_VERBS; *verb; verb++) {
        fprintf(out, "    %s) options='", (*verb)->name);
        for (const cli_verb *const *noun = (*verb)->nouns; noun && *noun; noun++) {
            fprintf(out, "%s ", (*noun)->name);
            print_words(out, (*noun)->options);
            fputc(' ', out);
        }
        print_words(out, (*verb)->options);
        fprintf(out, "' ;;\n");
    }
    fprintf(out, "    esac\n    if [[ $word == -* || -z $word ]]; then\n"
                 "        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n    fi\n"
                 "    COMPREPLY+=($(compgen -f -- \"$word\"))\n}\ncomplete -o filenames -F "
                 "_wadi wadi\n");
}
