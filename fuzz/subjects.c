#include "subject.h"

#include "base/json_impl.h"
#include "wadi/case.h"
#include "wadi/limb.h"
#include "wadi/plan.h"
#include "wadi/puncture.h"
#include "wadi/stage.h"
#include "wadi/wire.h"

#include <stdlib.h>
#include <string.h>

/* One token of a JSON pointer, unescaped; moves *at past it. */
static void take_token(const char **at, char token[256])
{
    size_t used = 0;

    for (++*at; **at && **at != '/'; ++*at) {
        char byte = **at;

        if (byte == '~' && (*at)[1])
            byte = *++*at == '1' ? '/' : '~';
        if (used < 255)
            token[used++] = byte;
    }
    token[used] = '\0';
}

/* Does the pointer lead to a value, or to a member that is missing from one that is there? */
static bool leads_somewhere(const json_t *root, const char *pointer)
{
    const json_t *value = root;
    char token[256];

    if (*pointer && *pointer != '/')
        return false;
    while (*pointer) {
        if (!value)
            return false;
        take_token(&pointer, token);
        value = json_is_array(value) ? json_array_get(value, (size_t)strtoul(token, NULL, 10))
                                     : json_object_get(value, token);
    }
    return true;
}

static bool complaint_is_good(const wadi_complaint *complaint, const json_t *root)
{
    size_t size = strlen(complaint->pointer);

    if (!complaint->text[0] || !complaint->status)
        return false;
    /* A pointer through a key that is too long, or was not printable, is cut or changed. */
    if (!root || (size > 3 && !strcmp(complaint->pointer + size - 3, "...")) ||
        strchr(complaint->pointer, '?'))
        return complaint->pointer[0] == '\0' || complaint->pointer[0] == '/';
    return leads_somewhere(root, complaint->pointer);
}

static fuzz_answer check_refusal(wadi_status status, const wadi_error *err,
                                 const wadi_complaints *complaints, const char *text,
                                 size_t size, char *why, size_t why_size)
{
    fuzz_answer answer = FUZZ_REFUSED;
    bool mark = size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3);
    json_t *root =
        json_loadb(text + (mark ? 3 : 0), size - (mark ? 3 : 0), JSON_REJECT_DUPLICATES, NULL);

    if (status == WADI_ERR_NOMEM || !complaints->fatal_count || err->status != status ||
        !err->message[0]) {
        snprintf(why, why_size, "refused with '%s' and %d errors", err->message,
                 (int)complaints->fatal_count);
        answer = FUZZ_WRONG;
    }
    for (wadi_index i = 0; i < complaints->count; i++) {
        if (complaint_is_good(&complaints->items[i], root))
            continue;
        snprintf(why, why_size, "a complaint without a place: '%s': '%s'",
                 complaints->items[i].pointer, complaints->items[i].text);
        answer = FUZZ_WRONG;
    }
    json_decref(root);
    return answer;
}

static fuzz_answer run_case(const char *text, size_t size, char *why, size_t why_size)
{
    wadi_complaints complaints = {0};
    wadi_case *the_case = NULL;
    wadi_error err = {0};
    wadi_status status = wadi_case_parse("mutant", text, size, &the_case, &complaints, &err);
    fuzz_answer answer = FUZZ_ACCEPTED;

    if (status) {
        answer = check_refusal(status, &err, &complaints, text, size, why, why_size);
    } else if (!the_case || complaints.fatal_count) {
        snprintf(why, why_size, "accepted without a case, or in spite of %d errors",
                 (int)complaints.fatal_count);
        answer = FUZZ_WRONG;
    }
    wadi_case_free(the_case);
    wadi_complaints_clear(&complaints);
    return answer;
}

/* A case that passes the check has a leg: nothing is left for the builder to refuse. */
static fuzz_answer run_limb(const char *text, size_t size, char *why, size_t why_size)
{
    wadi_case *the_case = NULL;
    wadi_limb *limb = NULL;
    wadi_error err = {0};
    fuzz_answer answer = run_case(text, size, why, why_size);

    if (answer != FUZZ_ACCEPTED)
        return answer;
    if (wadi_case_parse("mutant", text, size, &the_case, NULL, &err) ||
        wadi_limb_from_case(the_case, &limb, &err)) {
        snprintf(why, why_size, "the case passes, its leg does not: %s", err.message);
        answer = FUZZ_WRONG;
    }
    wadi_limb_free(limb);
    wadi_case_free(the_case);
    return answer;
}

/* Any case that passes has a verdict. Exclusions are overridden, so that more legs are planned.
 */
static fuzz_answer run_plan(const char *text, size_t size, char *why, size_t why_size)
{
    static const char *const OVERRIDES[] = {"S10=test", "S11=test", "S12=test",
                                            "S14=test", "S15=test", NULL};
    wadi_plan_options options = wadi_plan_options_default();
    wadi_plan_result *result = NULL;
    wadi_case *the_case = NULL;
    wadi_error err = {0};
    fuzz_answer answer = run_case(text, size, why, why_size);

    if (answer != FUZZ_ACCEPTED)
        return answer;
    options.samples = 0;
    options.threads = 1;
    /* One closure shows every path through the search; sets of four take most of a second. */
    options.closure_limit = 1;
    options.overrides = OVERRIDES;
    if (wadi_case_parse("mutant", text, size, &the_case, NULL, &err) ||
        wadi_plan_case(the_case, &options, &result, &err)) {
        snprintf(why, why_size, "the case passes, there is no plan: %s", err.message);
        answer = FUZZ_WRONG;
    }
    wadi_plan_result_free(result);
    wadi_case_free(the_case);
    return answer;
}

/* A case that passes can be staged, wired and punctured, and each can be printed. */
static fuzz_answer run_rules(const char *text, size_t size, bool with_access, char *why,
                             size_t why_size)
{
    wadi_case *the_case = NULL;
    wadi_limb *limb = NULL;
    wadi_staging staging;
    wadi_wiring wiring;
    wadi_access access;
    wadi_error err = {0};
    char *printed[3] = {NULL};
    size_t printed_size;
    fuzz_answer answer = run_case(text, size, why, why_size);

    if (answer != FUZZ_ACCEPTED)
        return answer;
    if (wadi_case_parse("mutant", text, size, &the_case, NULL, &err) ||
        wadi_limb_from_case(the_case, &limb, &err) ||
        wadi_stage_case(the_case, limb, NULL, 0, &staging, &err) ||
        wadi_staging_json(&staging, &printed[0], &printed_size, &err) ||
        wadi_wire_case(the_case, limb, &wiring, &err) ||
        wadi_wiring_json(&wiring, &printed[1], &printed_size, &err) ||
        (with_access && (wadi_access_case(the_case, limb, NULL, &access, &err) ||
                         wadi_access_json(&access, &printed[2], &printed_size, &err)))) {
        snprintf(why, why_size, "the case passes, its rules do not: %s", err.message);
        answer = FUZZ_WRONG;
    }
    for (int i = 0; i < 3; i++)
        free(printed[i]);
    wadi_limb_free(limb);
    wadi_case_free(the_case);
    return answer;
}

static fuzz_answer run_stage(const char *text, size_t size, char *why, size_t why_size)
{
    return run_rules(text, size, false, why, why_size);
}

static fuzz_answer run_access(const char *text, size_t size, char *why, size_t why_size)
{
    return run_rules(text, size, true, why, why_size);
}

const fuzz_subject FUZZ_SUBJECTS[] = {
    {"case", run_case},     {"limb", run_limb}, {"stage", run_stage},
    {"access", run_access}, {"plan", run_plan}, {NULL, NULL},
};

const fuzz_subject *fuzz_subject_find(const char *name)
{
    for (const fuzz_subject *subject = FUZZ_SUBJECTS; subject->name; subject++)
        if (!strcmp(subject->name, name))
            return subject;
    return NULL;
}
