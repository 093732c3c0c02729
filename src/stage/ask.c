/* From `key=value` words to a question, and from an answer to its line. */
#include "stage/rules_impl.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_PAIR = 256 };

static const rule_entry *const BOOKS[] = {WADI_RULES_CLINICAL, WADI_RULES_WIFI,
                                          WADI_RULES_ARTERY,   WADI_RULES_DVA,
                                          WADI_RULES_LIMB,     WADI_RULES_CARE};

static const rule_entry *entry_at(int index)
{
    for (size_t b = 0; b < WADI_COUNT_OF(BOOKS); b++)
        for (const rule_entry *entry = BOOKS[b]; entry->rule.name; entry++)
            if (index-- == 0)
                return entry;
    return NULL;
}

static const rule_entry *find_entry(const char *name)
{
    const rule_entry *entry;

    for (int i = 0; (entry = entry_at(i)); i++)
        if (!strcmp(entry->rule.name, name))
            return entry;
    return NULL;
}

int wadi_rule_count(void)
{
    int count = 0;

    while (entry_at(count))
        count++;
    return count;
}

const wadi_rule *wadi_rule_at(int index)
{
    const rule_entry *entry = entry_at(index);

    return entry ? &entry->rule : NULL;
}

const wadi_rule *wadi_rule_find(const char *name)
{
    const rule_entry *entry = find_entry(name);

    return entry ? &entry->rule : NULL;
}

/* Near enough to be meant: a third of the letters, at least two. */
static bool is_near(const char *name, int distance)
{
    int allowed = (int)strlen(name) / 3;

    return distance <= (allowed > 2 ? allowed : 2) && distance < (int)strlen(name);
}

const char *wadi_rule_suggest(const char *name)
{
    const char *best = NULL;
    int best_distance = 1000;

    for (int i = 0; i < wadi_rule_count(); i++) {
        int distance = wadi_edit_distance(name, wadi_rule_at(i)->name);

        if (distance < best_distance) {
            best_distance = distance;
            best = wadi_rule_at(i)->name;
        }
    }
    return best && is_near(name, best_distance) ? best : NULL;
}

static int key_index(const wadi_rule *rule, const char *name)
{
    for (int i = 0; rule->keys[i].name; i++)
        if (!strcmp(rule->keys[i].name, name))
            return i;
    return -1;
}

wadi_maybe wadi_asked(const question *asked, const char *key)
{
    int index = key_index(asked->rule, key);

    WADI_ASSERT(index >= 0);
    return asked->values[index];
}

bool wadi_asked_flag(const question *asked, const char *key)
{
    wadi_maybe flag = wadi_asked(asked, key);

    return flag.known && flag.value != 0;
}

const char *wadi_asked_text(const question *asked, const char *key)
{
    int index = key_index(asked->rule, key);

    WADI_ASSERT(index >= 0);
    return asked->values[index].known ? asked->texts[index] : NULL;
}

static wadi_status unknown_key(const wadi_rule *rule, const char *name, wadi_error *err)
{
    char list[256] = "";
    const char *best = NULL;
    int best_distance = 1000;

    for (int i = 0; rule->keys[i].name; i++) {
        int distance = wadi_edit_distance(name, rule->keys[i].name);

        if (distance < best_distance) {
            best_distance = distance;
            best = rule->keys[i].name;
        }
        if (strlen(list) + strlen(rule->keys[i].name) + 3 < sizeof list)
            strcat(strcat(list, i ? ", " : ""), rule->keys[i].name);
    }
    /* A bare dose lacks its unit; that is worth its own word. */
    if (!strcmp(rule->name, "heparin") && !strcmp(name, "dose"))
        return wadi_fail(err, WADI_ERR_UNIT,
                         "ERR_UNIT_OR_DOSE: dose has no unit; write dose_mg_per_kg or "
                         "dose_iu_per_kg");
    if (best && is_near(name, best_distance))
        return wadi_fail(err, WADI_ERR_KEY, "ERR_KEY: %s has no key '%s'; did you mean '%s'?",
                         rule->name, name, best);
    return wadi_fail(err, WADI_ERR_KEY, "ERR_KEY: %s has no key '%s'; it has %s", rule->name,
                     name, list);
}

static void allowed_range(const wadi_rule_key *key, char *out, size_t size)
{
    if (key->kind == WADI_KEY_FLAG)
        snprintf(out, size, "allowed is 0 or 1");
    else if (key->kind == WADI_KEY_WORD)
        snprintf(out, size, "allowed is one of %s", key->words);
    else
        snprintf(out, size, "allowed is %g to %g%s%s%s", key->min, key->max,
                 *key->unit ? " " : "", key->unit, key->kind == WADI_KEY_INT ? ", whole" : "");
}

/* The whole of the text as a plain decimal number; refuses hex, inf, nan and trailing letters.
 */
static bool parse_number(const char *text, double *value)
{
    char *end = NULL;

    if (!*text || text[strspn(text, "0123456789+-.eE")])
        return false;
    *value = strtod(text, &end);
    return !*end && isfinite(*value);
}

/* Words compare without regard to case; '_' and ' ' are the same letter. */
static bool same_word(const char *word, size_t size, const char *text)
{
    for (size_t i = 0; i < size; i++) {
        char a = word[i] == '_' ? ' ' : (char)tolower((unsigned char)word[i]);
        char b = text[i] == '_' ? ' ' : (char)tolower((unsigned char)text[i]);

        if (!text[i] || a != b)
            return false;
    }
    return !text[size];
}

static bool parse_word(const char *words, const char *text, double *index)
{
    int at = 0;

    for (const char *word = words; *word; at++) {
        size_t size = strcspn(word, ",");

        if (same_word(word, size, text)) {
            *index = at;
            return true;
        }
        word += size;
        word += strspn(word, ", ");
    }
    return false;
}

static wadi_status bad_value(const wadi_rule_key *key, const char *text, wadi_error *err)
{
    char allowed[240];
    const char *letters = text + strspn(text, "0123456789+-.");

    allowed_range(key, allowed, sizeof allowed);
    if (key->kind <= WADI_KEY_INT && letters != text && isalpha((unsigned char)*letters) &&
        !strchr("eExX", *letters))
        return wadi_fail(err, WADI_ERR_UNIT,
                         "ERR_UNIT_OR_DOSE: %s is '%s': write the bare number; %s", key->name,
                         text, allowed);
    return wadi_fail(err, WADI_ERR_RANGE, "ERR_RANGE: %s is '%s', %s%s%s", key->name, text,
                     allowed, key->kind <= WADI_KEY_INT && key->note ? "; " : "",
                     key->kind <= WADI_KEY_INT && key->note ? key->note : "");
}

/* Stents name the offending keys in the code and look at both sizes before they answer, and the
 * dose of heparin has a code of its own: their walkers judge the range. */
static bool judges_itself(const wadi_rule *rule, const wadi_rule_key *key)
{
    return !strcmp(rule->name, "stent") || !strncmp(key->name, "dose_", 5);
}

static wadi_status take_value(question *asked, int index, const char *text, wadi_error *err)
{
    const wadi_rule_key *key = &asked->rule->keys[index];
    double value = 0;
    bool understood;

    if (asked->values[index].known)
        return wadi_fail(err, WADI_ERR_KEY, "ERR_KEY: %s is given twice", key->name);
    if (key->kind == WADI_KEY_WORD) {
        understood = !key->words || parse_word(key->words, text, &value);
        snprintf(asked->texts[index], sizeof asked->texts[index], "%s", text);
    } else {
        understood = parse_number(text, &value) &&
                     (key->kind == WADI_KEY_NUMBER || value == floor(value));
        understood = understood && ((value >= key->min && value <= key->max) ||
                                    judges_itself(asked->rule, key));
    }
    if (!understood)
        return bad_value(key, text, err);
    asked->values[index] = (wadi_maybe){true, value};
    return WADI_OK;
}

/* One `key=value`, blanks around both allowed. An empty word is nothing. */
static wadi_status take_pair(question *asked, const char *from, size_t size, wadi_error *err)
{
    char pair[LONGEST_PAIR], *name = pair, *equals, *value;
    int index;

    if (size >= sizeof pair)
        return wadi_fail(err, WADI_ERR_KEY, "ERR_KEY: a key=value of %zu letters is too long",
                         size);
    memcpy(pair, from, size);
    pair[size] = '\0';
    name += strspn(name, " \t");
    if (!*name)
        return WADI_OK;
    equals = strchr(name, '=');
    if (!equals)
        return wadi_fail(err, WADI_ERR_KEY, "ERR_KEY: '%s' is not key=value", name);
    value = equals + 1 + strspn(equals + 1, " \t");
    for (char *end = equals; end > name && (end[-1] == ' ' || end[-1] == '\t'); end--)
        end[-1] = '\0';
    *equals = '\0';
    for (size_t end = strlen(value);
         end > 0 && (value[end - 1] == ' ' || value[end - 1] == '\t'); end--)
        value[end - 1] = '\0';
    index = key_index(asked->rule, name);
    if (index < 0)
        return unknown_key(asked->rule, name, err);
    return *value ? take_value(asked, index, value, err) : WADI_OK;
}

static wadi_status take_all(question *asked, const char *const *pairs, int pair_count,
                            wadi_error *err)
{
    for (int i = 0; i < pair_count; i++) {
        for (const char *at = pairs[i];;) {
            size_t size = strcspn(at, ";");
            wadi_status status = take_pair(asked, at, size, err);

            if (status)
                return status;
            if (!at[size])
                break;
            at += size + 1;
        }
    }
    for (int i = 0; asked->rule->keys[i].name; i++) {
        const wadi_rule_key *key = &asked->rule->keys[i];
        char allowed[240];

        if (!key->required || asked->values[i].known)
            continue;
        allowed_range(key, allowed, sizeof allowed);
        return wadi_fail(err, WADI_ERR_MISSING, "ERR_MISSING: %s needs %s%s%s%s; %s",
                         asked->rule->name, key->name, key->note ? " (" : "",
                         key->note ? key->note : "", key->note ? ")" : "", allowed);
    }
    return WADI_OK;
}

/* Walkers speak without a code; the status gives it. */
static wadi_status with_code(wadi_status status, wadi_error *err)
{
    const char *code;
    char message[sizeof err->message];

    if (!err || !strncmp(err->message, "ERR_", 4))
        return status;
    switch (status) {
    case WADI_ERR_RANGE:
        code = "ERR_RANGE";
        break;
    case WADI_ERR_MISSING:
        code = "ERR_MISSING";
        break;
    case WADI_ERR_UNIT:
        code = "ERR_UNIT_OR_DOSE";
        break;
    case WADI_ERR_KEY:
        code = "ERR_KEY";
        break;
    default:
        return status;
    }
    snprintf(message, sizeof message, "%s", err->message);
    return wadi_fail(err, status, "%s: %.440s", code, message);
}

static void add_soft_ranges(const question *asked, wadi_answer *out)
{
    for (int i = 0; asked->rule->keys[i].name; i++) {
        const wadi_rule_key *key = &asked->rule->keys[i];
        double value = asked->values[i].value;
        char word[64];

        if (!asked->values[i].known || !(key->soft_max > key->soft_min) ||
            (value >= key->soft_min && value <= key->soft_max))
            continue;
        snprintf(word, sizeof word, "SOFT_RANGE(%s)", key->name);
        wadi_answer_add(out, "warn", word);
        wadi_answer_note(out, "%s is %g, usual is %g to %g %s", key->name, value, key->soft_min,
                         key->soft_max, key->unit);
    }
}

wadi_status wadi_rule_ask(const char *name, const char *const *pairs, int pair_count,
                          wadi_answer *out, wadi_error *err)
{
    const rule_entry *entry = find_entry(name);
    wadi_answer answer = {0};
    wadi_error own = {0};
    question asked = {0};
    wadi_status status;

    if (!err)
        err = &own; /* the code is put before the message, wherever that goes */
    if (!entry) {
        const char *near = wadi_rule_suggest(name);

        return wadi_fail(err, WADI_ERR_KEY, "ERR_KEY: there is no rule '%.60s'%s%s%s", name,
                         near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    asked.rule = &entry->rule;
    if (entry->rule.off) {
        wadi_answer_text(&answer, "result", "SWITCHED_OFF");
        wadi_answer_note(&answer, "%s", entry->rule.open_question);
    } else {
        status = take_all(&asked, pairs, pair_count, err);
        if (!status)
            status = entry->run(&asked, &answer, err);
        if (status)
            return with_code(status, err);
        add_soft_ranges(&asked, &answer);
    }
    answer.unconfirmed = entry->rule.standing == WADI_STANDING_MEMORY;
    *out = answer;
    return WADI_OK;
}

wadi_status wadi_rule_table(const char *rule, char **out, size_t *size, wadi_error *err)
{
    const rule_entry *entry = find_entry(rule);
    wadi_text text = {0};

    *out = NULL;
    *size = 0;
    if (!entry)
        return wadi_fail(err, WADI_ERR_KEY, "ERR_KEY: there is no rule '%.60s'", rule);
    entry->table(&text);
    if (text.failed) {
        wadi_text_clear(&text);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the table of %s", rule);
    }
    *out = text.bytes;
    *size = text.size;
    return WADI_OK;
}
