/* The command line's framework against a table of its own. */
#include "near.h"

#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OUTPUT_LIMIT = 16384 };

/* What the last run wrote and was given. */
static struct {
    char out[OUTPUT_LIMIT], err[OUTPUT_LIMIT];
    bool ran, fast;
    double pressure_mmhg;
    long samples;
    char level[32], operand[32], list[64];
    int operand_count;
    wadi_status fail_with;
} seen;

static int run_probe(const cli_args *args)
{
    seen.ran = true;
    seen.fast = cli_flag(args, "fast");
    seen.pressure_mmhg = cli_number(args, "toe-mmhg", -1);
    seen.samples = cli_count(args, "samples", -1);
    snprintf(seen.level, sizeof seen.level, "%s", cli_text(args, "level", "none"));
    seen.operand_count = cli_operand_count(args);
    snprintf(seen.operand, sizeof seen.operand, "%s", cli_operand(args, 0));
    for (int i = 0; i < cli_list_count(args, "force"); i++)
        strcat(strcat(seen.list, cli_list(args, "force", i)), ";");
    if (seen.fail_with) {
        wadi_error err = {.status = seen.fail_with, .message = "as the test wanted"};
        return cli_failed(&err);
    }
    printf("result\n");
    return EXIT_DONE;
}

static const cli_option PROBE_OPTIONS[] = {
    {.kind = CLI_FLAG, .name = "fast", .letter = 'f', .doc = "skip what takes long"},
    {.kind = CLI_NUMBER,
     .name = "toe-mmhg",
     .metavar = "MMHG",
     .doc =
         "systolic pressure of the great toe, measured lying down with a photoplethysmograph "
         "after ten minutes of rest in a warm room",
     .min = 0,
     .max = 300},
    {.kind = CLI_COUNT,
     .name = "samples",
     .letter = 'n',
     .metavar = "N",
     .doc = "samples of the bands",
     .min = 1,
     .max = 1e6},
    {.kind = CLI_TEXT,
     .name = "level",
     .metavar = "LEVEL",
     .doc = "how the flow is found",
     .choices = "steady|linear|pulse"},
    {.kind = CLI_LIST, .name = "force", .metavar = "STEP", .doc = "a step of the plan"},
    {0},
};
static const cli_verb PROBE = {
    .name = "probe",
    .operands = "CASE [MORE]",
    .summary = "look at one case",
    .text = "Reads the case and prints what it finds, in words that are long enough to need "
            "more than one line of a terminal.\n\n"
            "  wadi probe --fast case.json\n\n"
            "A line that begins with 'quote or .dot is text, and a back\\slash stays.",
    .operand_min = 1,
    .operand_max = 2,
    .options = PROBE_OPTIONS,
    .run = run_probe,
};
static const cli_verb MEAN = {.name = "mean",
                              .operands = "FILE",
                              .summary = "arithmetic mean",
                              .operand_max = 1,
                              .options = PROBE_OPTIONS,
                              .run = run_probe};
static const cli_verb MEDIAN = {
    .name = "median", .operands = "FILE", .summary = "middle value", .run = run_probe};
static const cli_verb *const STATS_NOUNS[] = {&MEAN, &MEDIAN, NULL};
static const cli_verb STATS = {
    .name = "stats", .summary = "numbers of a file", .nouns = STATS_NOUNS};

const cli_verb *const CLI_VERBS[] = {&PROBE, &STATS, NULL};

static void take(FILE *stream, FILE *file, int old, char *text)
{
    size_t size;

    fflush(stream);
    dup2(old, fileno(stream));
    close(old);
    rewind(file);
    size = fread(text, 1, OUTPUT_LIMIT - 1, file);
    text[size] = '\0';
    fclose(file);
}

/* Run a command line whose words are divided by spaces; "''" is an empty word. */
static int run(const char *line)
{
    char copy[512], *words[64];
    int count = 0, code, old_out = dup(1), old_err = dup(2);
    FILE *out = tmpfile(), *err = tmpfile();
    wadi_status fail_with = seen.fail_with;

    assert_non_null(out);
    assert_non_null(err);
    memset(&seen, 0, sizeof seen);
    seen.fail_with = fail_with;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
        words[count++] = strcmp(word, "''") ? word : word + 2;
    fflush(stdout);
    dup2(fileno(out), 1);
    dup2(fileno(err), 2);
    code = cli_main(count, words);
    take(stdout, out, old_out, seen.out);
    take(stderr, err, old_err, seen.err);
    seen.fail_with = WADI_OK;
    return code;
}

static void assert_misused(const char *line, const char *message)
{
    assert_int_equal(run(line), EXIT_USAGE);
    assert_false(seen.ran);
    assert_string_equal(seen.out, "");
    if (!strstr(seen.err, message))
        fail_msg("'%s' said: %s", line, seen.err);
}

static void no_words_is_a_misuse_that_lists_the_verbs(void **state)
{
    (void)state;
    assert_misused("", "probe");
}

static void help_is_a_result_on_standard_output(void **state)
{
    const char *lines[] = {"--help",       "-h",
                           "probe --help", "probe case.json -h",
                           "stats --help", "stats mean --help"};

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(lines); i++) {
        assert_int_equal(run(lines[i]), EXIT_DONE);
        assert_false(seen.ran);
        assert_non_null(strstr(seen.out, "usage: wadi"));
        assert_non_null(strstr(seen.out, "not a medical device"));
        assert_string_equal(seen.err, "");
    }
}

static void help_shows_every_row_of_the_table(void **state)
{
    const char *wanted[] = {"usage: wadi probe [OPTIONS] CASE [MORE]",
                            "Look at one case.",
                            "  wadi probe --fast case.json\n",
                            "-f, --fast",
                            "--toe-mmhg MMHG",
                            "; 0 to 300",
                            "steady, linear or pulse",
                            "may be repeated",
                            "--data DIR"};

    (void)state;
    run("probe --help");
    for (size_t i = 0; i < WADI_COUNT_OF(wanted); i++)
        assert_non_null(strstr(seen.out, wanted[i]));
    run("stats --help");
    assert_non_null(strstr(seen.out, "usage: wadi stats mean [OPTIONS] FILE\n"
                                     "       wadi stats median [OPTIONS] FILE\n"));
}

static void help_lines_fit_a_terminal(void **state)
{
    const char *lines[] = {"--help", "probe --help", "stats --help", "stats mean --help"};

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(lines); i++) {
        run(lines[i]);
        for (const char *at = seen.out; *at; at += strcspn(at, "\n") + 1) {
            /* The research-only line is one line, so that it can be searched for. */
            assert_true(strcspn(at, "\n") <= 80 || !strncmp(at, "Research", 8));
            assert_false(strcspn(at, "\n") && at[strcspn(at, "\n") - 1] == ' ');
        }
    }
}

static void an_unknown_word_names_the_nearest_known_one(void **state)
{
    (void)state;
    assert_misused("prboe case.json", "there is no verb 'prboe'; did you mean probe?");
    assert_misused("stats men", "there is no command 'men'; did you mean mean?");
    assert_misused("probe --tow-mmhg 3 case.json", "did you mean --toe-mmhg?");
    assert_misused("xyzzy", "there is no verb 'xyzzy'\n");
    assert_misused("probe -x case.json", "there is no option '-x'\n");
    assert_misused("probe -fn case.json", "there is no option '-fn'\n");
    assert_misused("stats", "wants one of its commands");
}

static void a_number_is_taken_on_its_limits_and_not_beside_them(void **state)
{
    (void)state;
    assert_int_equal(run("probe --toe-mmhg 0 c"), EXIT_DONE);
    assert_near(seen.pressure_mmhg, 0, 0, 0);
    assert_int_equal(run("probe --toe-mmhg=300 c"), EXIT_DONE);
    assert_near(seen.pressure_mmhg, 300, 0, 0);
    assert_misused("probe --toe-mmhg -0.001 c", "allowed is 0 to 300");
    assert_misused("probe --toe-mmhg 300.001 c", "allowed is 0 to 300");
    assert_misused("probe --samples 0 c", "allowed is 1 to 1e+06");
}

static void what_is_no_finite_number_is_refused(void **state)
{
    const char *bad[] = {"nan", "inf", "1e999", "''", "3x", "x", "3,5"};
    char line[64];

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(bad); i++) {
        snprintf(line, sizeof line, "probe --toe-mmhg %s c", bad[i]);
        assert_misused(line, "--toe-mmhg wants a number");
    }
}

static void a_count_is_whole_in_any_notation(void **state)
{
    (void)state;
    assert_int_equal(run("probe -n 1e3 c"), EXIT_DONE);
    assert_int_equal(seen.samples, 1000);
    assert_int_equal(run("probe --samples=256 c"), EXIT_DONE);
    assert_int_equal(seen.samples, 256);
    assert_misused("probe --samples 2.5 c", "wants a whole number, not '2.5'");
}

static void a_choice_is_a_whole_word_of_the_list(void **state)
{
    (void)state;
    assert_int_equal(run("probe --level pulse c"), EXIT_DONE);
    assert_string_equal(seen.level, "pulse");
    assert_misused("probe --level puls c", "one of");
    assert_misused("probe --level steady|linear c", "one of");
    assert_misused("probe --level '' c", "one of");
}

static void the_last_value_wins_and_a_list_keeps_all(void **state)
{
    (void)state;
    assert_int_equal(run("probe --level steady --force a --level linear --force b c"),
                     EXIT_DONE);
    assert_string_equal(seen.level, "linear");
    assert_string_equal(seen.list, "a;b;");
    assert_int_equal(run("probe c"), EXIT_DONE);
    assert_string_equal(seen.level, "none");
    assert_int_equal(seen.samples, -1);
}

static void a_flag_takes_no_value_and_an_option_wants_one(void **state)
{
    (void)state;
    assert_int_equal(run("probe c -f"), EXIT_DONE);
    assert_true(seen.fast);
    assert_misused("probe --fast=yes c", "--fast takes no value");
    assert_misused("probe c --level", "--level wants a value (LEVEL)");
}

static void operands_may_look_like_options(void **state)
{
    (void)state;
    assert_int_equal(run("probe -"), EXIT_DONE);
    assert_string_equal(seen.operand, "-");
    assert_int_equal(run("probe -0.5"), EXIT_DONE);
    assert_string_equal(seen.operand, "-0.5");
    assert_int_equal(run("probe -- --fast"), EXIT_DONE);
    assert_string_equal(seen.operand, "--fast");
    assert_false(seen.fast);
}

static void too_few_and_too_many_operands_are_a_misuse(void **state)
{
    (void)state;
    assert_int_equal(run("probe a b"), EXIT_DONE);
    assert_int_equal(seen.operand_count, 2);
    assert_misused("probe", "wants CASE [MORE]");
    assert_misused("probe a b c", "'c' is one too many");
}

static void each_status_has_its_exit_code(void **state)
{
    static const struct {
        wadi_status status;
        int code;
    } rows[] = {
        {WADI_ERR_NOMEM, 1},   {WADI_ERR_WRITE, 1},       {WADI_ERR_IO, 3},
        {WADI_ERR_PARSE, 3},   {WADI_ERR_RANGE, 3},       {WADI_ERR_MISSING, 3},
        {WADI_ERR_KEY, 3},     {WADI_ERR_UNIT, 3},        {WADI_ERR_CONFLICT, 3},
        {WADI_ERR_SUPPORT, 3}, {WADI_ERR_CONVERGENCE, 4},
    };

    (void)state;
    for (size_t i = 0; i < WADI_COUNT_OF(rows); i++) {
        seen.fail_with = rows[i].status;
        assert_int_equal(run("probe c"), rows[i].code);
        assert_string_equal(seen.err, "wadi: as the test wanted\n");
    }
}

static void a_data_folder_that_is_absent_stops_the_verb(void **state)
{
    (void)state;
    assert_int_equal(run("probe --data no-such-folder c"), EXIT_INPUT);
    assert_false(seen.ran);
    assert_non_null(strstr(seen.err, "no-such-folder"));
}

static void the_completion_knows_verbs_commands_options_and_choices(void **state)
{
    const char *wanted[] = {
        "probe stats --help", "\"stats \"*) commands='mean median ' options='--help --data '",
        "\"stats mean\"\" --level\") is_value=1 words='steady linear pulse'",
        "\"probe \"*) commands='' options='--fast --toe-mmhg --samples "};
    static char text[OUTPUT_LIMIT];
    FILE *out = tmpfile();

    (void)state;
    assert_non_null(out);
    cli_print_completion(out);
    rewind(out);
    text[fread(text, 1, sizeof text - 1, out)] = '\0';
    fclose(out);
    for (size_t i = 0; i < WADI_COUNT_OF(wanted); i++)
        if (!strstr(text, wanted[i]))
            fail_msg("'%s' is not in the completion", wanted[i]);
}

static void a_man_page_escapes_what_troff_would_obey(void **state)
{
    static char text[OUTPUT_LIMIT];
    FILE *out = tmpfile();

    (void)state;
    assert_non_null(out);
    cli_print_man(out, &PROBE);
    rewind(out);
    text[fread(text, 1, sizeof text - 1, out)] = '\0';
    fclose(out);
    assert_non_null(strstr(text, "back\\eslash"));
    assert_non_null(strstr(text, "\\-\\-toe\\-mmhg"));
    assert_non_null(strstr(text, ".EX\n  wadi probe \\-\\-fast case.json\n"));
    assert_null(strstr(text, "\n'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_words_is_a_misuse_that_lists_the_verbs),
        cmocka_unit_test(help_is_a_result_on_standard_output),
        cmocka_unit_test(help_shows_every_row_of_the_table),
        cmocka_unit_test(help_lines_fit_a_terminal),
        cmocka_unit_test(an_unknown_word_names_the_nearest_known_one),
        cmocka_unit_test(a_number_is_taken_on_its_limits_and_not_beside_them),
        cmocka_unit_test(what_is_no_finite_number_is_refused),
        cmocka_unit_test(a_count_is_whole_in_any_notation),
        cmocka_unit_test(a_choice_is_a_whole_word_of_the_list),
        cmocka_unit_test(the_last_value_wins_and_a_list_keeps_all),
        cmocka_unit_test(a_flag_takes_no_value_and_an_option_wants_one),
        cmocka_unit_test(operands_may_look_like_options),
        cmocka_unit_test(too_few_and_too_many_operands_are_a_misuse),
        cmocka_unit_test(each_status_has_its_exit_code),
        cmocka_unit_test(a_data_folder_that_is_absent_stops_the_verb),
        cmocka_unit_test(the_completion_knows_verbs_commands_options_and_choices),
        cmocka_unit_test(a_man_page_escapes_what_troff_would_obey),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
