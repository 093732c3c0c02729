/* The answer of a rule: items in order, reasons, one line, comparison with what is expected. */
#include "stage/rules_impl.h"

#include <stdlib.h>
#include <string.h>

static wadi_answer_item *item(wadi_answer *out, const char *key)
{
    wadi_answer_item *at;

    for (int i = 0; i < out->item_count; i++)
        if (!strcmp(out->items[i].key, key))
            return &out->items[i];
    WADI_ASSERT(out->item_count < WADI_ANSWER_LIMIT);
    at = &out->items[out->item_count++];
    snprintf(at->key, sizeof at->key, "%s", key);
    return at;
}

void wadi_answer_number(wadi_answer *out, const char *key, double value)
{
    wadi_answer_item *at = item(out, key);

    at->is_number = true;
    at->number = value;
    snprintf(at->text, sizeof at->text, "%.12g", value);
}

void wadi_answer_text(wadi_answer *out, const char *key, const char *format, ...)
{
    wadi_answer_item *at = item(out, key);
    va_list args;

    va_start(args, format);
    vsnprintf(at->text, sizeof at->text, format, args);
    va_end(args);
}

void wadi_answer_add(wadi_answer *out, const char *key, const char *word)
{
    wadi_answer_item *at = item(out, key);
    size_t used = strlen(at->text);

    snprintf(at->text + used, sizeof at->text - used, "%s%s", used ? "," : "", word);
}

void wadi_answer_note(wadi_answer *out, const char *format, ...)
{
    va_list args;

    if (out->note_count == WADI_ANSWER_NOTE_LIMIT)
        return;
    va_start(args, format);
    vsnprintf(out->notes[out->note_count], sizeof out->notes[0], format, args);
    va_end(args);
    out->note_count++;
}

void wadi_answer_grades(wadi_answer *out, const char *key, unsigned candidates)
{
    char digit[2] = "0";

    for (int grade = 0; grade < 10; grade++)
        if (candidates == 1u << grade) {
            wadi_answer_number(out, key, grade);
            return;
        }
    wadi_answer_text(out, key, "AMBIGUOUS");
    for (int grade = 0; grade < 10; grade++)
        if (candidates >> grade & 1) {
            digit[0] = (char)('0' + grade);
            wadi_answer_add(out, "candidates", digit);
        }
}

void wadi_answer_line(const wadi_answer *answer, char *line, size_t size)
{
    size_t used = 0;

    *line = '\0';
    for (int i = 0; i < answer->item_count && used < size; i++) {
        const wadi_answer_item *at = &answer->items[i];
        bool bare = !strcmp(at->key, "result");

        used += (size_t)snprintf(line + used, size - used, "%s%s%s%s", i ? ";" : "",
                                 bare ? "" : at->key, bare ? "" : "=", at->text);
    }
}

void wadi_answer_code(const wadi_error *err, char *code, size_t size)
{
    size_t length = strcspn(err->message, ":");

    if (strncmp(err->message, "ERR_", 4))
        length = 0;
    snprintf(code, size, "%.*s", (int)length, err->message);
}

/* Is this item (size bytes) one of the ';'-joined items of the line? */
static bool has_item(const char *line, const char *wanted, size_t size)
{
    for (const char *at = line;; at++) {
        size_t length = strcspn(at, ";");

        if (length == size && !strncmp(at, wanted, size))
            return true;
        at += length;
        if (!*at)
            return false;
    }
}

bool wadi_answer_matches(const char *line, const char *expected)
{
    bool warned = strstr(line, "warn=") != NULL, warning_expected = false;

    for (const char *at = expected;; at++) {
        size_t length = strcspn(at, ";");

        if (!has_item(line, at, length))
            return false;
        warning_expected = warning_expected || !strncmp(at, "warn=", 5);
        at += length;
        if (!*at)
            return warning_expected || !warned;
    }
}

const char *wadi_cell(char room[32], double number)
{
    snprintf(room, 32, "%.10g", number);
    return room;
}

static int add_cells(wadi_text *out, va_list args)
{
    const char *cell;
    int count = 0;

    for (; (cell = va_arg(args, const char *)); count++) {
        wadi_text_add(out, "| ");
        for (; *cell; cell++) /* a bar inside a cell would end it */
            wadi_text_add(out, "%s%c", *cell == '|' ? "\\" : "", *cell);
        wadi_text_add(out, " ");
    }
    wadi_text_add(out, "|\n");
    return count;
}

void wadi_sheet_head(wadi_text *out, ...)
{
    va_list args;
    int count;

    va_start(args, out);
    count = add_cells(out, args);
    va_end(args);
    while (count--)
        wadi_text_add(out, "|---");
    wadi_text_add(out, "|\n");
}

void wadi_sheet_row(wadi_text *out, ...)
{
    va_list args;

    va_start(args, out);
    add_cells(out, args);
    va_end(args);
}
