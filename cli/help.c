/* --help, from the verbs' tables. */
#include "cli.h"

#include <ctype.h>
#include <string.h>

enum { WIDTH = 80, OPTION_COLUMN = 26 };

const char CLI_RESEARCH_ONLY[] =
    "Research and education only: wadi is not a medical device and never gives an order.";

/* Words of text from `column` on, broken before WIDTH, later lines indented. A line that begins
 * with a space stands as it is, and an empty one ends a paragraph. */
static void print_wrapped(FILE *out, const char *text, int indent, int column)
{
    bool line_start = true;

    while (*text) {
        size_t word = strcspn(text, " \n");

        if (line_start && *text == ' ') {
            word = strcspn(text, "\n");
            fprintf(out, "%s%.*s", column > indent ? "\n" : "", (int)word, text);
            column = WIDTH; /* whatever follows begins a line */
        } else if (word) {
            if (column > indent && column + 1 + (int)word > WIDTH) {
                fprintf(out, "\n%*s", indent, "");
                column = indent;
            }
            column += fprintf(out, "%s%.*s", column > indent ? " " : "", (int)word, text);
        }
        text += word;
        line_start = *text == '\n';
        if (line_start && text[1] == '\n') {
            fprintf(out, "\n\n%*s", indent, "");
            column = indent;
            text++;
        }
        text += *text != '\0';
    }
    fputc('\n', out);
}

/* A lower-case phrase of a table as a sentence. */
static void print_sentence(FILE *out, const char *phrase)
{
    char sentence[CLI_TEXT_LIMIT];
    size_t size = (size_t)snprintf(sentence, sizeof sentence, "%s", phrase);

    sentence[0] = (char)toupper((unsigned char)sentence[0]);
    if (size && size < sizeof sentence - 1 && !strchr(".!?", sentence[size - 1]))
        strcat(sentence, ".");
    print_wrapped(out, sentence, 0, 0);
}

/* A name in its column and what it is. */
static void print_row(FILE *out, const char *head, int column, const char *text)
{
    int at = fprintf(out, "  %s", head);

    if (at + 2 > column) {
        fputc('\n', out);
        at = 0;
    }
    fprintf(out, "%*s", column - at, "");
    print_wrapped(out, text, column, column);
}

static void print_verbs(FILE *out, const cli_verb *const *verbs)
{
    size_t longest = 0;

    for (const cli_verb *const *verb = verbs; *verb; verb++)
        if (strlen((*verb)->name) > longest)
            longest = strlen((*verb)->name);
    for (; *verbs; verbs++)
        print_row(out, (*verbs)->name, (int)longest + 4, (*verbs)->summary);
}

void cli_print_overview(FILE *out)
{
    fprintf(out,
            "wadi %s: plan, simulate and follow deep venous arterialization of the foot\n\n"
            "usage: wadi VERB [OPTIONS] ...\n\n",
            wadi_version());
    print_verbs(out, CLI_VERBS);
    fputc('\n', out);
    print_wrapped(
        out,
        "'wadi VERB --help' explains a verb. Results go to standard output, all else to "
        "standard error. Exit codes: 0 done, 1 failed, 2 misused, 3 bad input, "
        "4 did not converge.",
        0, 0);
    fprintf(out, "\n%s\n", CLI_RESEARCH_ONLY);
}

/* What an option means, with all that its row in the table says. */
void cli_option_text(const cli_option *option, char *text, size_t size)
{
    const char *last = option->choices ? strrchr(option->choices, '|') : NULL;
    char range[64] = "", choices[256] = "";
    size_t used = 0;

    for (const char *at = option->choices; at && *at && used < sizeof choices - 8; at++) {
        const char *part = at == last ? " or " : ", ";

        used += (size_t)snprintf(choices + used, sizeof choices - used,
                                 *at == '|' ? "%s" : "%.1s", *at == '|' ? part : at);
    }
    if (option->max > option->min)
        snprintf(range, sizeof range, "; %g to %g", option->min, option->max);
    snprintf(text, size, "%s%s%s%s%s", option->doc, *choices ? ": " : "", choices, range,
             option->kind == CLI_LIST ? "; may be repeated" : "");
}

static void print_options(FILE *out, const cli_option *options)
{
    char head[80], text[CLI_TEXT_LIMIT];

    for (const cli_option *option = options; option && option->kind; option++) {
        snprintf(head, sizeof head, "%s%c%s--%s%s%s", option->letter ? "-" : " ",
                 option->letter ? option->letter : ' ', option->letter ? ", " : "  ",
                 option->name, option->metavar ? " " : "",
                 option->metavar ? option->metavar : "");
        cli_option_text(option, text, sizeof text);
        print_row(out, head, OPTION_COLUMN, text);
    }
}

static void print_usage(FILE *out, const char *head, const char *parent, const cli_verb *verb)
{
    const char *operands = verb->operands ? verb->operands : "";

    fprintf(out, "%s wadi %s%s%s [OPTIONS]%s%s\n", head, parent ? parent : "",
            parent ? " " : "", verb->name, *operands ? " " : "", operands);
}

void cli_print_help(FILE *out, const char *parent, const cli_verb *verb)
{
    const char *head = "usage:";

    for (const cli_verb *const *noun = verb->nouns; noun && *noun; noun++) {
        print_usage(out, head, verb->name, *noun);
        head = "      ";
    }
    if (!verb->nouns)
        print_usage(out, head, parent, verb);
    fputc('\n', out);
    print_sentence(out, verb->summary);
    if (verb->text) {
        fputc('\n', out);
        print_wrapped(out, verb->text, 0, 0);
    }
    if (verb->nouns) {
        fprintf(out, "\ncommands:\n");
        print_verbs(out, verb->nouns);
        fprintf(out, "\n'wadi %s COMMAND --help' explains a command.\n", verb->name);
    } else {
        fprintf(out, "\noptions:\n");
        print_options(out, verb->options);
        print_options(out, CLI_EVERYWHERE);
    }
    fprintf(out, "\n%s\n", CLI_RESEARCH_ONLY);
}
