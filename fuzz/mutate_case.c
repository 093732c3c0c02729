/* Mutation test: mutate-case SUBJECT COUNT SEEDS CASE...
 *
 * Puts COUNT mutants of the cases into the subject, spread over the seeds that SEEDS lists, one
 * a line. A seed that once found something stays in the list. Fails when an answer is neither a
 * result nor a complaint with a place, or takes many times as long as the cases themselves.
 *
 *     mutate-case print SEED MEMBER CASE...     writes one mutant, to look at it */
#include "mutate.h"
#include "subject.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SEED_LIMIT = 1000, CASE_LIMIT = 200, HANG_S = 120 };

/* A mutant is slow that takes a second and more than this many times the slowest of the cases
 * as they are, timed in the same run: a slow machine is slow for both. */
static const double SLOW_S = 1.0, SLOW_RATIO = 5;

/* What is being tried, for the handler of signals. */
static char trying[80];

static void report_signal(int number)
{
    const char *what = number == SIGALRM ? "hangs at " : "crashes at ";

    if (write(2, what, strlen(what)) < 0 || write(2, trying, strlen(trying)) < 0)
        _exit(3);
    signal(number, SIG_DFL);
    raise(number);
}

static double seconds(clockid_t clock_id)
{
    struct timespec now;

    clock_gettime(clock_id, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static size_t read_seeds(const char *path, uint64_t seeds[SEED_LIMIT])
{
    FILE *file = fopen(path, "r");
    char line[200];
    size_t count = 0;

    while (file && count < SEED_LIMIT && fgets(line, sizeof line, file))
        if (line[0] >= '0' && line[0] <= '9')
            seeds[count++] = strtoull(line, NULL, 10);
    if (file)
        fclose(file);
    return count;
}

static size_t read_cases(int count, char **paths, json_t *cases[CASE_LIMIT])
{
    wadi_error err = {0};

    for (int i = 0; i < count && i < CASE_LIMIT; i++) {
        char *bytes = NULL;
        size_t size;
        wadi_status status = wadi_file_read(paths[i], (size_t)1 << 24, &bytes, &size, &err);

        if (!status)
            status = wadi_json_parse(paths[i], bytes, size, &cases[i], &err);
        free(bytes);
        if (status) {
            fprintf(stderr, "%s\n", err.message);
            exit(1);
        }
    }
    return (size_t)(count < CASE_LIMIT ? count : CASE_LIMIT);
}

static char *make_mutant(uint64_t seed, uint64_t member, json_t *const *cases,
                         size_t case_count, size_t *size)
{
    wadi_random random;
    char *text;

    wadi_random_init(&random, seed, member);
    text = fuzz_mutate(&random, cases, case_count, size);
    if (!text) {
        fprintf(stderr, "no memory for a mutant\n");
        exit(1);
    }
    return text;
}

/* The smaller of wall clock and processor time: neither a busy machine nor several threads
 * count against the subject. What waits for ever is caught by the alarm. */
static double timed_run(const fuzz_subject *subject, const char *text, size_t size,
                        fuzz_answer *answer, char *why, size_t why_size)
{
    double wall = seconds(CLOCK_MONOTONIC), work = seconds(CLOCK_PROCESS_CPUTIME_ID);

    *answer = subject->run(text, size, why, why_size);
    return fmin(seconds(CLOCK_MONOTONIC) - wall, seconds(CLOCK_PROCESS_CPUTIME_ID) - work);
}

/* What a mutant may take. The cases run as they are, before anything is mutated. */
static double slow_s(const fuzz_subject *subject, json_t *const *cases, size_t case_count)
{
    double slowest = 0;

    snprintf(trying, sizeof trying, "a case as it is\n");
    for (size_t i = 0; i < case_count; i++) {
        char why[800] = "", *text = json_dumps(cases[i], 0);
        fuzz_answer answer;

        alarm(HANG_S);
        if (text)
            slowest =
                fmax(slowest, timed_run(subject, text, strlen(text), &answer, why, sizeof why));
        alarm(0);
        free(text);
    }
    return fmax(SLOW_S, SLOW_RATIO * slowest);
}

static int run_all(const fuzz_subject *subject, long count, const uint64_t *seeds,
                   size_t seed_count, json_t *const *cases, size_t case_count)
{
    long answers[3] = {0}, slow = 0;
    double limit = slow_s(subject, cases, case_count);
    double slowest = 0, start = seconds(CLOCK_MONOTONIC);
    char slowest_is[sizeof trying] = "none\n";

    for (long i = 0; i < count; i++) {
        uint64_t seed = seeds[(size_t)i % seed_count], member = (uint64_t)i / seed_count;
        char why[800] = "", *text;
        fuzz_answer answer = FUZZ_WRONG;
        size_t size;
        double taken;

        snprintf(trying, sizeof trying, "mutant %llu of seed %llu\n",
                 (unsigned long long)member, (unsigned long long)seed);
        text = make_mutant(seed, member, cases, case_count, &size);
        alarm(HANG_S);
        taken = timed_run(subject, text, size, &answer, why, sizeof why);
        alarm(0);
        if (taken > slowest) {
            slowest = taken;
            memcpy(slowest_is, trying, sizeof slowest_is);
        }
        answers[answer]++;
        if (taken > limit && slow++ < 10)
            fprintf(stderr, "%.2f s: %s", taken, trying);
        if (answer == FUZZ_WRONG && answers[answer] <= 10)
            fprintf(stderr, "%s: %s", why, trying);
        free(text);
    }
    printf("%s: %ld mutants in %.1f s: %ld accepted, %ld refused, %ld wrong, %ld over %.1f s; "
           "slowest %.3f s: %s",
           subject->name, count, seconds(CLOCK_MONOTONIC) - start, answers[FUZZ_ACCEPTED],
           answers[FUZZ_REFUSED], answers[FUZZ_WRONG], slow, limit, slowest, slowest_is);
    return answers[FUZZ_WRONG] || slow ? 1 : 0;
}

int main(int argc, char **argv)
{
    static uint64_t seeds[SEED_LIMIT];
    static json_t *cases[CASE_LIMIT];
    const fuzz_subject *subject = argc > 1 ? fuzz_subject_find(argv[1]) : NULL;
    bool print = argc > 1 && !strcmp(argv[1], "print");
    size_t case_count, seed_count;
    int code = 0;

    if (argc < 5 || (!subject && !print)) {
        fprintf(stderr, "usage: mutate-case SUBJECT COUNT SEEDS CASE...\n"
                        "       mutate-case print SEED MEMBER CASE...\n");
        return 2;
    }
    case_count = read_cases(argc - 4, argv + 4, cases);
    if (print) {
        size_t size;
        char *text = make_mutant(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10),
                                 cases, case_count, &size);

        fwrite(text, 1, size, stdout);
        free(text);
    } else {
        seed_count = read_seeds(argv[3], seeds);
        if (!seed_count) {
            fprintf(stderr, "%s: no seeds\n", argv[3]);
            return 2;
        }
        signal(SIGALRM, report_signal);
#ifndef __SANITIZE_ADDRESS__ /* which tells more of a crash than its signal */
        signal(SIGSEGV, report_signal);
        signal(SIGFPE, report_signal);
#endif
        signal(SIGABRT, report_signal);
        code =
            run_all(subject, strtol(argv[2], NULL, 10), seeds, seed_count, cases, case_count);
    }
    for (size_t i = 0; i < case_count; i++)
        json_decref(cases[i]);
    return code;
}
