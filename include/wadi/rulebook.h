/// @file rulebook.h
/// Every score and rule by name: its keys, its table, its source, and its answer to
/// `key=value`.
///
/// The same tables answer here and through the functions of score.h and selection.h. Pure but
/// for the texts that are allocated for the caller; any thread.
#ifndef WADI_RULEBOOK_H
#define WADI_RULEBOOK_H

#include "wadi/base.h"
#include "wadi/score.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wadi_key_kind {
    WADI_KEY_NUMBER,
    WADI_KEY_INT,
    WADI_KEY_FLAG, ///< 0 or 1
    WADI_KEY_WORD
} wadi_key_kind;

/// One key of a rule.
typedef struct wadi_rule_key {
    const char *name;
    wadi_key_kind kind;
    const char *unit;          ///< "" where there is none
    double min, max;           ///< hard: outside is refused with ERR_RANGE
    double soft_min, soft_max; ///< outside: SOFT_RANGE(key); equal where there is no such range
    const char *words;         ///< "none, toes, ..." of a WADI_KEY_WORD; NULL: named elsewhere
    bool required;
    const char *note;
} wadi_rule_key;

enum { WADI_RULE_KEY_LIMIT = 32 };

typedef struct wadi_rule {
    const char *name, *title, *source;
    wadi_standing standing;
    bool off;                  ///< switched off: it answers SWITCHED_OFF, never a grade
    const char *open_question; ///< what nobody has settled, or NULL
    const wadi_rule_key *keys; ///< ends with a NULL name
    const char *answers;       ///< the keys it answers, "grade, warn"
} wadi_rule;

WADI_API int wadi_rule_count(void);
WADI_API const wadi_rule *wadi_rule_at(int index);
/// NULL where there is none of the name.
WADI_API const wadi_rule *wadi_rule_find(const char *name);
/// The name most like this one, or NULL where none is near.
WADI_API const char *wadi_rule_suggest(const char *name);

typedef struct wadi_answer_item {
    char key[24];
    char text[200];
    bool is_number;
    double number;
} wadi_answer_item;

enum { WADI_ANSWER_LIMIT = 12, WADI_ANSWER_NOTE_LIMIT = 40 };

/// Keys and values in the order in which they are printed, and the reasons.
typedef struct wadi_answer {
    wadi_answer_item items[WADI_ANSWER_LIMIT];
    int item_count;
    char notes[WADI_ANSWER_NOTE_LIMIT][400];
    int note_count;
    bool unconfirmed; ///< the rule is known from memory only
} wadi_answer;

/// Ask a rule. Each of the `pair_count` texts holds one `key=value`, or several joined by ';'.
/// An empty value is an absent one.
///
/// On failure the message starts with one of ERR_RANGE, ERR_NEED_TP, ERR_UNIT_OR_DOSE,
/// ERR_MISSING, ERR_KEY (for stents with the keys in brackets), then key, value, allowed range
/// with unit, and a suggestion where a name is near.
WADI_API wadi_status wadi_rule_ask(const char *rule, const char *const *pairs, int pair_count,
                                   wadi_answer *out, wadi_error *err) WADI_MUST_USE;

/// "grade=3;warn=NONCOMPRESSIBLE": one line of an answer. `size` bytes with the NUL.
WADI_API void wadi_answer_line(const wadi_answer *answer, char *line, size_t size);
/// The code that opens the message of a failed question, "ERR_RANGE". `size` bytes with the
/// NUL.
WADI_API void wadi_answer_code(const wadi_error *err, char *code, size_t size);
/// Does an answer line hold what is expected: every expected item, and no `warn` beyond them?
WADI_API bool wadi_answer_matches(const char *line, const char *expected);

/// The table of a rule in Markdown. `free` *out.
WADI_API wadi_status wadi_rule_table(const char *rule, char **out, size_t *size,
                                     wadi_error *err) WADI_MUST_USE;
/// docs/rules.md: every rule with keys, table, source, standing and open question. `free` *out.
WADI_API wadi_status wadi_rules_document(char **out, size_t *size,
                                         wadi_error *err) WADI_MUST_USE;
/// Run a table of questions: CSV with columns id, module, inputs, and perhaps expected. The CSV
/// that comes out has id, module, inputs, answer, badge, and with `expected` also that and
/// same.
/// `*different` counts the rows that differ. "-" is standard input. `free` *out.
///
/// @retval WADI_ERR_PARSE  a row has too few or too many columns
/// @retval WADI_ERR_KEY    a column is absent
WADI_API wadi_status wadi_rule_batch(const char *path, char **out, size_t *out_size,
                                     int *different, wadi_error *err) WADI_MUST_USE;
/// An answer as JSON ("wadi.score/1"): its items as strings and numbers, "badge" where it is
/// unconfirmed; with `explain` also rule, source, standing, open_question and "explain", a list
/// of reasons. `free` *out.
WADI_API wadi_status wadi_answer_json(const char *rule, const wadi_answer *answer, bool explain,
                                      char **out, size_t *size, wadi_error *err) WADI_MUST_USE;
/// The list of rules as JSON ("wadi.rules/1"). `free` *out.
WADI_API wadi_status wadi_rules_json(char **out, size_t *size, wadi_error *err) WADI_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
