/* Texts of cases and their complaints, for the tests of the case file. */
#ifndef WADI_CASE_HELP_H
#define WADI_CASE_HELP_H

#include "near.h"

#include "limb/case_impl.h"

#include <string.h>

static const char CASE_START[] = "{\"schema\": \"wadi.case/1\", \"origin\": \"made_up\", "
                                 "\"presentation\": {\"onset\": \"chronic\"}";

/* A valid case with more members, which begin with a comma. */
static inline char *case_with(const char *more)
{
    wadi_text text = {0};

    wadi_text_add(&text, "%s%s}", CASE_START, more);
    assert_false(text.failed);
    return text.bytes;
}

static inline wadi_status parse(const char *text, wadi_case **out, wadi_complaints *complaints)
{
    wadi_error err = {0};
    wadi_status status = wadi_case_parse("c.json", text, strlen(text), out, complaints, &err);

    assert_true((status == WADI_OK) == (*out != NULL));
    assert_int_equal(status, err.status);
    if ((status == WADI_OK) != (complaints->fatal_count == 0))
        fail_msg("%s", err.message);
    return status;
}

static inline const wadi_complaint *find_complaint(const wadi_complaints *complaints,
                                                   const char *pointer)
{
    for (wadi_index i = 0; i < complaints->count; i++)
        if (!strcmp(complaints->items[i].pointer, pointer))
            return &complaints->items[i];
    return NULL;
}

#endif
