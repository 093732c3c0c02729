/* The words of a command line against a verb's table. */
#include "cli.h"

#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_LIMIT = 1024 };

struct cli_args {
    const cli_verb *verb;
    char title[64];
    const char *names[VALUE_LIMIT], *values[VALUE_LIMIT];
    int value_count;
    char **operands;
    int operand_count;
};

const cli_option CLI_EVERYWHERE[] = {
    {.kind = CLI_FLAG, .name = "help", .letter = 'h', .doc = "show this help"},
    {.kind = CLI_TEXT,
     .name = "data",
     .metavar = "DIR",
     .doc = "take data files from DIR where it has them, in place of the built-in ones"},
    {0},
};

/* The option of that name or, where name is NULL, of that letter. */
static const cli_option *find(const cli_verb *verb, const char *name, size_t size, char letter)
{
    const cli_option *tables[] = {verb->options, CLI_EVERYWHERE};

    for (int t = 0; t < 2; t++)
        for (const cli_option *option = tables[t]; option && option->kind; option++)
            if (name ? strlen(option->name) == size && !strncmp(option->name, name, size)
                     : option->letter == letter)
                return option;
    return NULL;
}

static int last_given(const cli_args *args, const char *name)
{
    const cli_option *option = find(args->verb, name, strlen(name), 0);

    if (!option) {
        fprintf(stderr, "wadi: a bug: %s asks for --%s, which is not in its table\n",
                args->title, name);
        abort();
    }
    for (int i = args->value_count - 1; i >= 0; i--)
        if (!strcmp(args->names[i], option->name))
            return i;
    return -1;
}

bool cli_flag(const cli_args *args, const char *name)
{
    return last_given(args, name) >= 0;
}

const char *cli_text(const cli_args *args, const char *name, const char *fallback)
{
    int at = last_given(args, name);

    return at < 0 ? fallback : args->values[at];
}

double cli_number(const cli_args *args, const char *name, double fallback)
{
    int at = last_given(args, name);

    return at < 0 ? fallback : strtod(args->values[at], NULL);
}

long cli_count(const cli_args *args, const char *name, long fallback)
{
    int at = last_given(args, name);

    /* As it was checked: "1e3" is a whole number too. */
    return at < 0 ? fallback : (long)strtod(args->values[at], NULL);
}

const char *cli_list(const cli_args *args, const char *name, int index)
{
    last_given(args, name);
    for (int i = 0; i < args->value_count; i++)
        if (!strcmp(args->names[i], name) && index-- == 0)
            return args->values[i];
    return NULL;
}

int cli_list_count(const cli_args *args, const char *name)
{
    int count = 0;

    while (cli_list(args, name, count))
        count++;
    return count;
}

int cli_operand_count(const cli_args *args)
{
    return args->operand_count;
}

const char *cli_operand(const cli_args *args, int index)
{
    return index < args->operand_count ? args->operands[index] : NULL;
}

int cli_failed(const wadi_error *err)
{
    fprintf(stderr, "wadi: %s\n",
            err->message[0] ? err->message : wadi_status_text(err->status));
    switch (err->status) {
    case WADI_ERR_CONVERGENCE:
        return EXIT_CONVERGENCE;
    case WADI_ERR_IO:
    case WADI_ERR_PARSE:
    case WADI_ERR_RANGE:
    case WADI_ERR_MISSING:
    case WADI_ERR_KEY:
    case WADI_ERR_UNIT:
    case WADI_ERR_CONFLICT:
    case WADI_ERR_SUPPORT:
        return EXIT_INPUT;
    default:
        return EXIT_FAILED;
    }
}

int cli_misused(const char *verb, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "wadi %s: ", verb);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nsee: wadi %s --help\n", verb);
    return EXIT_USAGE;
}

void cli_note(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

static bool is_choice(const char *choices, const char *value)
{
    size_t size = strlen(value);

    if (strchr(value, '|'))
        return false;
    for (const char *at = choices; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
        if (!strncmp(at, value, size) && (at[size] == '|' || !at[size]))
            return true;
    return false;
}

static int check_value(const char *title, const cli_option *option, const char *value)
{
    char *end = NULL;
    double number;

    if (option->choices && !is_choice(option->choices, value))
        return cli_misused(title, "--%s is one of %s, not '%s'", option->name, option->choices,
                           value);
    if (option->kind != CLI_NUMBER && option->kind != CLI_COUNT)
        return EXIT_DONE;
    number = strtod(value, &end);
    if (!*value || *end || !isfinite(number))
        return cli_misused(title, "--%s wants a number, not '%s'", option->name, value);
    if (option->kind == CLI_COUNT && (number != floor(number) || fabs(number) > 9e15))
        return cli_misused(title, "--%s wants a whole number, not '%s'", option->name, value);
    if (option->max > option->min && (number < option->min || number > option->max))
        return cli_misused(title, "--%s is %s, allowed is %g to %g", option->name, value,
                           option->min, option->max);
    return EXIT_DONE;
}

/* A name this far from every known one was not a slip of the finger. */
static bool is_slip(const char *typed, const char *name, int distance)
{
    return distance <= (strlen(name) > 4 ? 2 : 1) && distance < (int)strlen(name) && *typed;
}

static int unknown_option(const cli_args *args, const char *word)
{
    const cli_option *tables[] = {args->verb->options, CLI_EVERYWHERE};
    const char *typed = word + strspn(word, "-"), *best = NULL;
    int best_distance = INT_MAX;

    for (int t = 0; t < 2; t++) {
        for (const cli_option *option = tables[t]; option && option->kind; option++) {
            int distance = wadi_edit_distance(typed, option->name);

            if (distance < best_distance) {
                best_distance = distance;
                best = option->name;
            }
        }
    }
    if (word[1] == '-' && best && is_slip(typed, best, best_distance))
        return cli_misused(args->title, "there is no option '%s'; did you mean --%s?", word,
                           best);
    return cli_misused(args->title, "there is no option '%s'", word);
}

/* "-5" and "-.5" are numbers, "-" is standard input. */
static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] && !strchr("0123456789.", word[1]);
}

/* One option word; *i moves past its value. */
static int take_option(cli_args *args, int argc, char **argv, int *i)
{
    const char *word = argv[*i], *equals = word[1] == '-' ? strchr(word, '=') : NULL, *value;
    const cli_option *option;

    if (word[1] == '-')
        option = find(args->verb, word + 2,
                      equals ? (size_t)(equals - word - 2) : strlen(word + 2), 0);
    else
        option = word[2] ? NULL : find(args->verb, NULL, 0, word[1]);
    if (!option)
        return unknown_option(args, word);
    if (option->kind == CLI_FLAG) {
        if (equals)
            return cli_misused(args->title, "--%s takes no value", option->name);
        value = "";
    } else if (equals) {
        value = equals + 1;
    } else {
        if (*i + 1 >= argc)
            return cli_misused(args->title, "--%s wants a value (%s)", option->name,
                               option->metavar);
        value = argv[++*i];
    }
    if (check_value(args->title, option, value))
        return EXIT_USAGE;
    if (args->value_count == VALUE_LIMIT)
        return cli_misused(args->title, "more than %d options", VALUE_LIMIT);
    args->names[args->value_count] = option->name;
    args->values[args->value_count++] = value;
    return EXIT_DONE;
}

/* Exit code, or -1 to go on. */
static int parse(cli_args *args, const char *parent, int argc, char **argv)
{
    const cli_verb *verb = args->verb;
    bool options_over = false;
    int operand_count = 0;

    for (int i = 0; i < argc; i++) {
        if (!options_over && !strcmp(argv[i], "--")) {
            options_over = true;
        } else if (!options_over && is_option(argv[i])) {
            if (take_option(args, argc, argv, &i))
                return EXIT_USAGE;
        } else {
            argv[operand_count++] = argv[i];
        }
    }
    args->operands = argv;
    args->operand_count = operand_count;
    if (cli_flag(args, "help")) {
        cli_print_help(stdout, parent, verb);
        return EXIT_DONE;
    }
    if (operand_count < verb->operand_min)
        return cli_misused(args->title, "wants %s", verb->operands);
    if (verb->operand_max >= 0 && operand_count > verb->operand_max)
        return cli_misused(args->title, "'%s' is one too many", argv[verb->operand_max]);
    return -1;
}

static int run_verb(const cli_verb *verb, const char *parent, int argc, char **argv)
{
    cli_args args = {.verb = verb};
    wadi_error err = {0};
    int code;

    snprintf(args.title, sizeof args.title, "%s%s%s", parent ? parent : "", parent ? " " : "",
             verb->name);
    code = parse(&args, parent, argc, argv);
    if (code >= 0)
        return code;
    if (cli_text(&args, "data", NULL) &&
        wadi_data_override(cli_text(&args, "data", NULL), &err))
        return cli_failed(&err);
    code = verb->run(&args);
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "wadi: standard output cannot be written\n");
        return EXIT_FAILED;
    }
    return code;
}

const cli_verb *cli_find_verb(const cli_verb *const *verbs, const char *name)
{
    for (; *verbs; verbs++)
        if (!strcmp((*verbs)->name, name))
            return *verbs;
    return NULL;
}

int cli_unknown_verb(const char *parent, const cli_verb *const *verbs, const char *name)
{
    const char *best = NULL, *kind = parent ? "command" : "verb";
    int best_distance = INT_MAX;

    for (; *verbs; verbs++) {
        int distance = wadi_edit_distance(name, (*verbs)->name);

        if (distance < best_distance) {
            best_distance = distance;
            best = (*verbs)->name;
        }
    }
    fprintf(stderr, "wadi%s%s: there is no %s '%s'", parent ? " " : "", parent ? parent : "",
            kind, name);
    if (best && is_slip(name, best, best_distance))
        fprintf(stderr, "; did you mean %s?", best);
    fprintf(stderr, "\nsee: wadi %s%s--help\n", parent ? parent : "", parent ? " " : "");
    return EXIT_USAGE;
}

static bool is_help(const char *word)
{
    return !strcmp(word, "--help") || !strcmp(word, "-h");
}

static int run_noun(const cli_verb *verb, int argc, char **argv)
{
    const cli_verb *noun;

    if (argc == 0)
        return cli_misused(verb->name, "wants one of its commands");
    if (is_help(argv[0])) {
        cli_print_help(stdout, NULL, verb);
        return EXIT_DONE;
    }
    noun = cli_find_verb(verb->nouns, argv[0]);
    if (!noun)
        return cli_unknown_verb(verb->name, verb->nouns, argv[0]);
    return run_verb(noun, verb->name, argc - 1, argv + 1);
}

int cli_main(int word_count, char **words)
{
    const cli_verb *verb;

    if (word_count < 1) {
        cli_print_overview(stderr);
        return EXIT_USAGE;
    }
    if (is_help(words[0])) {
        cli_print_overview(stdout);
        return EXIT_DONE;
    }
    if (!strcmp(words[0], "--version")) {
        printf("wadi %s\n", wadi_version());
        return EXIT_DONE;
    }
    verb = cli_find_verb(CLI_VERBS, words[0]);
    if (!verb)
        return cli_unknown_verb(NULL, CLI_VERBS, words[0]);
    if (verb->nouns)
        return run_noun(verb, word_count - 1, words + 1);
    return run_verb(verb, NULL, word_count - 1, words + 1);
}
