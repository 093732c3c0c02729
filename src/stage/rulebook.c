/* The whole book as a page, and questions by the file. */
#include "base/json_impl.h"
#include "stage/csv_impl.h"
#include "stage/rules_impl.h"

#include <stdlib.h>
#include <string.h>

enum { LIMIT_BYTES = 16 << 20 };

static void add_keys(wadi_text *out, const wadi_rule *rule)
{
    wadi_sheet_head(out, "key", "allowed", "unit", "usual", "required", "", NULL);
    for (const wadi_rule_key *key = rule->keys; key->name; key++) {
        char allowed[48], usual[48] = "";
        bool number = key->kind <= WADI_KEY_INT;

        snprintf(allowed, sizeof allowed, "%g to %g", key->min, key->max);
        if (key->soft_max > key->soft_min)
            snprintf(usual, sizeof usual, "%g to %g", key->soft_min, key->soft_max);
        wadi_sheet_row(out, key->name,
                       number                       ? allowed
                       : key->kind == WADI_KEY_FLAG ? "0, 1"
                       : key->words                 ? key->words
                                                    : "a name",
                       key->unit, usual, key->required ? "yes" : "", key->note ? key->note : "",
                       NULL);
    }
}

static const char *const STANDINGS[][2] = {
    {"DOCUMENT", "printed in one of the five documents wadi stands on"},
    {"FOUND", "read in the named source"},
    {"CONFIRMED", "recalled, then equal to at least one independent public copy"},
    {"DECISION", "the sources are silent; chosen by us (docs/decisions)"},
    {"MEMORY", "recalled only: every output says unconfirmed, or the rule is switched off"},
};

wadi_status wadi_rules_document(char **out, size_t *size, wadi_error *err)
{
    wadi_text text = {0};

    *out = NULL;
    *size = 0;
    wadi_text_add(&text, "# Rules\n\nMade by `wadi score --document` from the tables that "
                         "answer; a test keeps it "
                         "up to date. Readings of holes and overlaps: "
                         "[0040](decisions/0040-score-readings.md).\n\n"
                         "Research and education only: wadi shows a rule and where it comes "
                         "from, it gives no order.\n\n");
    wadi_sheet_head(&text, "standing", "meaning", NULL);
    for (size_t i = 0; i < WADI_COUNT_OF(STANDINGS); i++)
        wadi_sheet_row(&text, STANDINGS[i][0], STANDINGS[i][1], NULL);
    for (int i = 0; i < wadi_rule_count(); i++) {
        const wadi_rule *rule = wadi_rule_at(i);
        char *table = NULL;
        size_t table_size;
        wadi_status status = wadi_rule_table(rule->name, &table, &table_size, err);

        if (status) {
            wadi_text_clear(&text);
            return status;
        }
        wadi_text_add(&text, "\n## %s: %s\n\nSource: %s. Standing: %s%s.\n\n", rule->name,
                      rule->title, rule->source, wadi_standing_text(rule->standing),
                      rule->off                                ? ", switched off"
                      : rule->standing == WADI_STANDING_MEMORY ? ", unconfirmed"
                                                               : "");
        if (rule->open_question)
            wadi_text_add(&text, "Open: %s.\n\n", rule->open_question);
        wadi_text_add(&text, "Answers: %s.\n\n", rule->answers);
        add_keys(&text, rule);
        wadi_text_add(&text, "\n%s", table);
        free(table);
    }
    if (text.failed) {
        wadi_text_clear(&text);
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for the page of rules");
    }
    *out = text.bytes;
    *size = text.size;
    return WADI_OK;
}

/* One row of questions; the answer or its error code, as text. */
static bool answer_row(const csv_table *table, int row, const int columns[4], wadi_text *out)
{
    const char *inputs = wadi_csv_word(table, row, columns[2]);
    const char *expected = wadi_csv_word(table, row, columns[3]);
    wadi_answer answer = {0};
    wadi_error err = {0};
    char line[1024];
    bool same;

    if (wadi_rule_ask(wadi_csv_word(table, row, columns[1]), &inputs, 1, &answer, &err))
        wadi_answer_code(&err, line, sizeof line);
    else
        wadi_answer_line(&answer, line, sizeof line);
    same = columns[3] < 0 || wadi_answer_matches(line, expected);
    for (int i = 0; i < 3; i++) {
        wadi_csv_put(out, wadi_csv_word(table, row, columns[i]));
        wadi_text_add(out, ",");
    }
    wadi_csv_put(out, line);
    wadi_text_add(out, ",%s", answer.unconfirmed ? "unconfirmed" : "");
    if (columns[3] >= 0) {
        wadi_text_add(out, ",");
        wadi_csv_put(out, expected);
        wadi_text_add(out, ",%s", same ? "yes" : "no");
    }
    wadi_text_add(out, "\n");
    return same;
}

wadi_status wadi_rule_batch(const char *place, char **out, size_t *out_size, int *different,
                            wadi_error *err)
{
    static const char *const NAMES[] = {"id", "module", "inputs", "expected"};
    csv_table table = {0};
    wadi_text text = {0};
    int columns[4], count = 0;
    char *bytes = NULL;
    size_t size;
    wadi_status status = wadi_file_read(place, LIMIT_BYTES, &bytes, &size, err);

    *out = NULL;
    *out_size = 0;
    if (!status)
        status = wadi_csv_parse(place, bytes, size, &table, err);
    free(bytes);
    if (status)
        return status;
    for (int i = 0; i < 4; i++) {
        columns[i] = wadi_csv_column(&table, NAMES[i]);
        if (columns[i] < 0 && i > 0 && i < 3) {
            status = wadi_fail(err, WADI_ERR_KEY,
                               "%s: there is no column '%s'; wanted are id, module, inputs and "
                               "perhaps expected",
                               place, NAMES[i]);
            goto done;
        }
    }
    wadi_text_add(&text, "id,module,inputs,answer,badge%s\n",
                  columns[3] >= 0 ? ",expected,same" : "");
    for (int row = 1; row < table.rows; row++)
        count += !answer_row(&table, row, columns, &text);
    if (text.failed) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for the answers", place);
        goto done;
    }
    *out = text.bytes;
    *out_size = text.size;
    *different = count;
    text = (wadi_text){0};
done:
    wadi_text_clear(&text);
    wadi_csv_clear(&table);
    return status;
}

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

wadi_status wadi_answer_json(const char *name, const wadi_answer *answer, bool explain,
                             char **out, size_t *size, wadi_error *err)
{
    const wadi_rule *rule = wadi_rule_find(name);
    json_t *object = json_object(), *notes;
    wadi_status status;

    json_object_set_new(object, "schema", json_string("wadi.score/1"));
    for (int i = 0; i < answer->item_count; i++) {
        const wadi_answer_item *at = &answer->items[i];
        bool whole = at->is_number && at->number == (double)(long long)at->number;

        json_object_set_new(object, at->key,
                            whole           ? json_integer((json_int_t)at->number)
                            : at->is_number ? json_real(at->number)
                                            : json_string(at->text));
    }
    if (answer->unconfirmed)
        json_object_set_new(object, "badge", json_string("unconfirmed"));
    if (explain && rule) {
        notes = json_array();
        for (int i = 0; i < answer->note_count; i++)
            json_array_append_new(notes, json_string(answer->notes[i]));
        json_object_set_new(object, "explain", notes);
        json_object_set_new(object, "score", json_string(rule->name));
        json_object_set_new(object, "source", json_string(rule->source));
        json_object_set_new(object, "standing",
                            json_string(wadi_standing_text(rule->standing)));
        json_object_set_new(object, "open_question", text_or_null(rule->open_question));
    }
    status = wadi_json_text(object, out, size, err);
    json_decref(object);
    return status;
}

wadi_status wadi_rules_json(char **out, size_t *size, wadi_error *err)
{
    json_t *object = json_object(), *list = json_array();
    wadi_status status;

    for (int i = 0; i < wadi_rule_count(); i++) {
        const wadi_rule *rule = wadi_rule_at(i);
        json_t *entry = json_object(), *keys = json_array();

        for (const wadi_rule_key *key = rule->keys; key->name; key++)
            json_array_append_new(keys, json_string(key->name));
        json_object_set_new(entry, "name", json_string(rule->name));
        json_object_set_new(entry, "title", json_string(rule->title));
        json_object_set_new(entry, "source", json_string(rule->source));
        json_object_set_new(entry, "standing", json_string(wadi_standing_text(rule->standing)));
        json_object_set_new(entry, "off", json_boolean(rule->off));
        json_object_set_new(entry, "open_question", text_or_null(rule->open_question));
        json_object_set_new(entry, "keys", keys);
        json_array_append_new(list, entry);
    }
    json_object_set_new(object, "schema", json_string("wadi.rules/1"));
    json_object_set_new(object, "rules", list);
    status = wadi_json_text(object, out, size, err);
    json_decref(object);
    return status;
}
