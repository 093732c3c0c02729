/* Completion for bash, from the verbs' tables: verbs, commands, options, and the words that an
 * option may take; files everywhere else. */
#include "cli.h"

static void print_option_names(FILE *out, const cli_option *options)
{
    for (const cli_option *option = options; option && option->kind; option++)
        fprintf(out, "--%s ", option->name);
}

/* The start of a `case` pattern: the words "VERB NOUN", or "VERB" and any operand. */
static void print_pattern(FILE *out, const char *parent, const cli_verb *verb)
{
    if (parent)
        fprintf(out, "\"%s %s\"", parent, verb->name);
    else
        fprintf(out, "\"%s \"*", verb->name);
}

/* What may follow the words so far. */
static void print_context(FILE *out, const char *parent, const cli_verb *verb)
{
    fputs("    ", out);
    print_pattern(out, parent, verb);
    fputs(") commands='", out);
    for (const cli_verb *const *noun = verb->nouns; noun && *noun; noun++)
        fprintf(out, "%s ", (*noun)->name);
    fputs("' options='", out);
    print_option_names(out, verb->options);
    print_option_names(out, CLI_EVERYWHERE);
    fputs("' ;;\n", out);
}

/* What may follow an option that takes a value. */
static void print_values_of(FILE *out, const char *parent, const cli_verb *verb,
                            const cli_option *options)
{
    for (const cli_option *option = options; option && option->kind; option++) {
        if (option->kind == CLI_FLAG)
            continue;
        fputs("    ", out);
        print_pattern(out, parent, verb);
        fprintf(out, "\" --%s\"", option->name);
        if (option->letter) {
            fputs(" | ", out);
            print_pattern(out, parent, verb);
            fprintf(out, "\" -%c\"", option->letter);
        }
        fputs(") is_value=1 words='", out);
        for (const char *at = option->choices; at && *at; at++)
            fputc(*at == '|' ? ' ' : *at, out);
        fputs("' ;;\n", out);
    }
}

static void print_values(FILE *out, const char *parent, const cli_verb *verb)
{
    print_values_of(out, parent, verb, verb->options);
    print_values_of(out, parent, verb, CLI_EVERYWHERE);
}

static void print_rows(FILE *out,
                       void (*print)(FILE *out, const char *parent, const cli_verb *verb))
{
    for (const cli_verb *const *verb = CLI_VERBS; *verb; verb++) {
        /* The first row that fits wins, so commands stand before their verb. */
        for (const cli_verb *const *noun = (*verb)->nouns; noun && *noun; noun++)
            print(out, (*verb)->name, *noun);
        print(out, NULL, *verb);
    }
}

void cli_print_completion(FILE *out)
{
    fputs("# bash completion for wadi; made by 'wadi completion bash'\n"
          "_wadi()\n{\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    local context=\"${COMP_WORDS[1]} \" words= is_value= commands= options=\n"
          "    ((COMP_CWORD > 2)) && context+=${COMP_WORDS[2]}\n"
          "    # bash takes --option=value apart\n"
          "    if [[ $word == = ]]; then\n"
          "        word=\n"
          "    elif [[ $previous == = ]]; then\n"
          "        previous=${COMP_WORDS[COMP_CWORD-2]}\n"
          "    fi\n"
          "    COMPREPLY=()\n"
          "    if ((COMP_CWORD == 1)); then\n"
          "        COMPREPLY=($(compgen -W '",
          out);
    for (const cli_verb *const *verb = CLI_VERBS; *verb; verb++)
        fprintf(out, "%s ", (*verb)->name);
    fputs("--help --version' -- \"$word\"))\n"
          "        return\n"
          "    fi\n"
          "    case \"$context $previous\" in\n",
          out);
    print_rows(out, print_values);
    fputs("    esac\n"
          "    case $context in\n",
          out);
    print_rows(out, print_context);
    fputs("    esac\n"
          "    if [[ -z $is_value ]]; then\n"
          "        [[ $word == -* ]] && words=$options || words=$commands\n"
          "    fi\n"
          "    if [[ -n $words ]]; then\n"
          "        COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
          "    else\n"
          "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
          "    fi\n"
          "}\n"
          "complete -o filenames -F _wadi wadi\n",
          out);
}
