/* How a rule is entered in the book: its keys, its walker over `key=value`, its table. */
#ifndef WADI_RULES_IMPL_H
#define WADI_RULES_IMPL_H

#include "stage/stage_impl.h"
#include "wadi/rulebook.h"

/* The question as understood: value of each key by its index; a word is the index of its word.
 */
typedef struct question {
    const wadi_rule *rule;
    wadi_maybe values[WADI_RULE_KEY_LIMIT];
    char texts[WADI_RULE_KEY_LIMIT][64]; /* of word keys */
} question;

typedef struct rule_entry {
    wadi_rule rule;
    wadi_status (*run)(const question *asked, wadi_answer *out, wadi_error *err);
    void (*table)(wadi_text *out);
} rule_entry;

/* The entries of each file; a NULL name ends. */
extern const rule_entry WADI_RULES_WIFI[], WADI_RULES_CLINICAL[], WADI_RULES_ARTERY[],
    WADI_RULES_DVA[], WADI_RULES_LIMB[], WADI_RULES_CARE[];

/* Value of a key; asking for one that the rule does not have is a bug. */
wadi_maybe wadi_asked(const question *asked, const char *key);
bool wadi_asked_flag(const question *asked, const char *key);
const char *wadi_asked_text(const question *asked, const char *key);

void wadi_answer_number(wadi_answer *out, const char *key, double value);
void wadi_answer_text(wadi_answer *out, const char *key, const char *format, ...)
    WADI_PRINTF(3, 4);
/* Add to the list under a key ("warn", "candidates"), joined by commas. */
void wadi_answer_add(wadi_answer *out, const char *key, const char *word);
void wadi_answer_note(wadi_answer *out, const char *format, ...) WADI_PRINTF(2, 3);
/* "AMBIGUOUS" and the candidates of a set of grades, or the one grade. */
void wadi_answer_grades(wadi_answer *out, const char *key, unsigned candidates);

/* A row of a Markdown table, cells up to NULL; the first row with its rule below. */
void wadi_sheet_head(wadi_text *out, ...);
void wadi_sheet_row(wadi_text *out, ...);
/* A number as the text of a cell, in the caller's room (`(char[32]){0}`). */
const char *wadi_cell(char room[32], double number);
#define CELL(number) wadi_cell((char[32]){0}, number)

#define ENTRY_END                                                                              \
    {                                                                                          \
        .rule = {.name = NULL }                                                                \
    }
#define NUMBER_KEY(n, u, lo, hi, req)                                                          \
    {                                                                                          \
        .name = n, .kind = WADI_KEY_NUMBER, .unit = u, .min = lo, .max = hi, .required = req   \
    }
#define SOFT_KEY(n, u, lo, hi, slo, shi, req)                                                  \
    {                                                                                          \
        .name = n, .kind = WADI_KEY_NUMBER, .unit = u, .min = lo, .max = hi, .soft_min = slo,  \
        .soft_max = shi, .required = req                                                       \
    }
#define NOTED_KEY(n, u, lo, hi, slo, shi, req, text)                                           \
    {                                                                                          \
        .name = n, .kind = WADI_KEY_NUMBER, .unit = u, .min = lo, .max = hi, .soft_min = slo,  \
        .soft_max = shi, .required = req, .note = text                                         \
    }
#define INT_KEY(n, lo, hi, req)                                                                \
    {                                                                                          \
        .name = n, .kind = WADI_KEY_INT, .unit = "", .min = lo, .max = hi, .required = req     \
    }
#define FLAG_KEY(n, req)                                                                       \
    {                                                                                          \
        .name = n, .kind = WADI_KEY_FLAG, .unit = "", .max = 1, .required = req                \
    }
#define WORD_KEY(n, w, req)                                                                    \
    {                                                                                          \
        .name = n, .kind = WADI_KEY_WORD, .unit = "", .words = w, .required = req              \
    }
#define KEY_END                                                                                \
    {                                                                                          \
        .name = NULL                                                                           \
    }

#endif
