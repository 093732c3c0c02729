/* Manual pages (troff, package man), from the verbs' tables. */
#include "cli.h"

#include <ctype.h>
#include <string.h>

/* Text for troff: a leading dot or quote would be a request, a bare minus a hyphen. */
static void print_bytes(FILE *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        bool line_start = i == 0 || text[i - 1] == '\n';

        if (line_start && (text[i] == '.' || text[i] == '\''))
            fputs("\\&", out);
        if (text[i] == '-')
            fputs("\\-", out);
        else if (text[i] == '\\')
            fputs("\\e", out);
        else if (text[i] == '\'')
            fputs("\\(aq", out);
        else
            fputc(text[i], out);
    }
}

static void print_text(FILE *out, const char *text)
{
    print_bytes(out, text, strlen(text));
}

/* Paragraphs and, where lines begin with a space, examples as they stand. */
static void print_paragraphs(FILE *out, const char *text)
{
    bool example = false;

    while (*text) {
        size_t size = strcspn(text, "\n");

        if (example && *text != ' ')
            fputs(".EE\n", out);
        if (!example && *text == ' ')
            fputs(".PP\n.EX\n", out);
        example = *text == ' ';
        if (size) {
            print_bytes(out, text, size);
            fputc('\n', out);
        } else if (text[1] && text[1] != ' ') {
            fputs(".PP\n", out);
        }
        text += size + (text[size] == '\n');
    }
    if (example)
        fputs(".EE\n", out);
}

/* "[--seed N] FILE" with what a user types in bold and what stands for something in italics. */
static void print_synopsis(FILE *out, const char *parent, const cli_verb *verb)
{
    fprintf(out, ".B wadi ");
    if (parent)
        fprintf(out, "%s ", parent);
    print_text(out, verb->name);
    fprintf(out, "\n[\\fIOPTIONS\\fR]");
    if (verb->operands && *verb->operands) {
        fputs(" \\fI", out);
        print_text(out, verb->operands);
        fputs("\\fR", out);
    }
    fputc('\n', out);
}

static void print_options(FILE *out, const cli_option *options)
{
    char text[CLI_TEXT_LIMIT];

    for (const cli_option *option = options; option && option->kind; option++) {
        fputs(".TP\n\\fB", out);
        if (option->letter)
            fprintf(out, "\\-%c\\fR, \\fB", option->letter);
        fputs("\\-\\-", out);
        print_text(out, option->name);
        fputs("\\fR", out);
        if (option->metavar) {
            fputs(" \\fI", out);
            print_text(out, option->metavar);
            fputs("\\fR", out);
        }
        fputc('\n', out);
        cli_option_text(option, text, sizeof text);
        print_text(out, text);
        fputc('\n', out);
    }
}

static void print_head(FILE *out, const char *name, const char *summary)
{
    fputs(".TH WADI", out);
    if (name) {
        fputs("\\-", out);
        for (const char *at = name; *at; at++)
            fputc(toupper((unsigned char)*at), out);
    }
    /* No date, so that the same sources give the same page. */
    fprintf(out, " 1 \"\" \"wadi %s\" \"User commands\"\n.SH NAME\nwadi%s%s \\- ",
            wadi_version(), name ? "\\-" : "", name ? name : "");
    print_text(out, summary);
    fputs("\n.SH SYNOPSIS\n", out);
}

static void print_tail(FILE *out)
{
    fprintf(out,
            ".SH EXIT STATUS\n"
            ".TP\n.B 0\ndone\n.TP\n.B 1\nfailed\n.TP\n.B 2\nmisused\n.TP\n.B 3\nbad input\n"
            ".TP\n.B 4\ndid not converge\n"
            ".SH NOTES\n");
    print_text(out, CLI_RESEARCH_ONLY);
    fputc('\n', out);
}

static void print_overview(FILE *out)
{
    print_head(out, NULL, "plan, simulate and follow deep venous arterialization of the foot");
    fputs(".B wadi\n.I VERB\n[\\fIOPTIONS\\fR] ...\n"
          ".SH DESCRIPTION\n"
          "Results go to standard output, all else to standard error.\n"
          "A file named\n.B \\-\nis standard input.\n"
          ".SH COMMANDS\n",
          out);
    for (const cli_verb *const *verb = CLI_VERBS; *verb; verb++) {
        fprintf(out, ".TP\n.BR wadi\\-%s (1)\n", (*verb)->name);
        print_text(out, (*verb)->summary);
        fputc('\n', out);
    }
    fputs(".SH OPTIONS\nEvery verb understands:\n", out);
    print_options(out, CLI_EVERYWHERE);
    print_tail(out);
}

void cli_print_man(FILE *out, const cli_verb *verb)
{
    if (!verb) {
        print_overview(out);
        return;
    }
    print_head(out, verb->name, verb->summary);
    for (const cli_verb *const *noun = verb->nouns; noun && *noun; noun++) {
        if (noun != verb->nouns)
            fputs(".br\n", out);
        print_synopsis(out, verb->name, *noun);
    }
    if (!verb->nouns)
        print_synopsis(out, NULL, verb);
    if (verb->text) {
        fputs(".SH DESCRIPTION\n", out);
        print_paragraphs(out, verb->text);
    }
    if (verb->nouns)
        fputs(".SH COMMANDS\n", out);
    for (const cli_verb *const *noun = verb->nouns; noun && *noun; noun++) {
        fprintf(out, ".SS %s %s\n", verb->name, (*noun)->name);
        print_text(out, (*noun)->summary);
        fputc('\n', out);
        if ((*noun)->text) {
            fputs(".PP\n", out);
            print_paragraphs(out, (*noun)->text);
        }
        print_options(out, (*noun)->options);
    }
    fputs(".SH OPTIONS\n", out);
    print_options(out, verb->nouns ? NULL : verb->options);
    print_options(out, CLI_EVERYWHERE);
    print_tail(out);
    fputs(".SH SEE ALSO\n.BR wadi (1)\n", out);
}
