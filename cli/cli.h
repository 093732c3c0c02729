/* Command line of wadi: one table per verb makes the parser, --help, the man page and the
 * shell completion. A verb is one file, cli/cmd_<name>.c, that ends in `const cli_verb
 * CMD_<NAME>`. */
#ifndef WADI_CLI_H
#define WADI_CLI_H

#include "wadi/base.h"

#include <stdio.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_INPUT = 3, EXIT_CONVERGENCE = 4 };

typedef enum cli_kind {
    CLI_END = 0,
    CLI_FLAG,   /* --json */
    CLI_TEXT,   /* --out DIR */
    CLI_NUMBER, /* --tol-mmhg X: a finite number within min..max when max > min */
    CLI_COUNT,  /* --samples N: a whole number within min..max when max > min */
    CLI_LIST    /* --x NAME, repeatable */
} cli_kind;

typedef struct cli_option {
    cli_kind kind;
    const char *name;    /* without the dashes */
    char letter;         /* one-letter form, or 0 */
    const char *metavar; /* "DIR", "MMHG"; NULL for a flag */
    const char *doc;     /* one line, lower case, no full stop */
    const char *choices; /* "steady|linear|pulse", or NULL */
    double min, max;
} cli_option;

typedef struct cli_args cli_args;

typedef struct cli_verb {
    const char *name;
    const char *operands;         /* "CASE", "RULE [KEY=VALUE ...]" */
    const char *summary;          /* one line */
    const char *text;             /* a few paragraphs for --help and the man page, or NULL */
    int operand_min, operand_max; /* -1: no upper limit */
    const cli_option *options;    /* ends with {0}; --help and --data are understood by all */
    int (*run)(const cli_args *args);
    const struct cli_verb *const *nouns; /* sub-verbs ("stats km"), NULL-terminated, or NULL */
} cli_verb;

/* Parsed command line. Asking for an option that is not in the verb's table is a bug. */
bool cli_flag(const cli_args *args, const char *name);
const char *cli_text(const cli_args *args, const char *name, const char *fallback);
double cli_number(const cli_args *args, const char *name, double fallback);
long cli_count(const cli_args *args, const char *name, long fallback);
int cli_list_count(const cli_args *args, const char *name);
const char *cli_list(const cli_args *args, const char *name, int index);
int cli_operand_count(const cli_args *args);
const char *cli_operand(const cli_args *args, int index);

/* Print "wadi: message" and give the exit code that belongs to the status. */
int cli_failed(const wadi_error *err);
/* "wadi VERB: message" and the hint to --help; EXIT_USAGE. */
int cli_misused(const char *verb, const char *format, ...) WADI_PRINTF(2, 3);
/* A bar on standard error when that is a terminal: `step` of `steps` is being done. NULL takes
 * it away again. */
void cli_progress(int step, int steps, const char *what);
/* A note for a person on standard error. */
void cli_note(const char *format, ...) WADI_PRINTF(1, 2);

/* All verbs, in the order of --help (cli/verbs.c). NULL-terminated. */
extern const cli_verb *const CLI_VERBS[];
/* The options that every verb understands. Ends with {0}. */
extern const cli_option CLI_EVERYWHERE[];
extern const char CLI_RESEARCH_ONLY[];

/* A verb of a NULL-terminated list by its name, or NULL. */
const cli_verb *cli_find_verb(const cli_verb *const *verbs, const char *name);
/* "wadi: there is no verb 'pln'", with the nearest name; EXIT_USAGE. parent is NULL for verbs.
 */
int cli_unknown_verb(const char *parent, const cli_verb *const *verbs, const char *name);

/* Run the words of a command line, the program's name excluded. Exit code. */
int cli_main(int word_count, char **words);

/* What an option means, its choices and range included. */
enum { CLI_TEXT_LIMIT = 800 };
void cli_option_text(const cli_option *option, char *text, size_t size);

/* Pages made from the tables. */
void cli_print_overview(FILE *out);
void cli_print_help(FILE *out, const char *parent, const cli_verb *verb);
void cli_print_man(FILE *out, const cli_verb *verb); /* NULL: wadi(1) itself */
void cli_print_completion(FILE *out);

#endif
