/* From JSON to wadi_case by walking the field table. Nothing here knows a key by name, save
 * "schema" and the notes that begin with '#'. */
#include "limb/case_impl.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTER_BYTES = 200, VALUE_BYTES = 96 };

typedef struct reader {
    const wadi_vessels *vessels;
    complaint_list *complaints;
    char pointer[POINTER_BYTES];
    size_t pointer_size;
} reader;

/* ---- where we are ---- */

/* Append a key, escaped by RFC 6901. A key that does not fit ends in "..."; only unknown ones
 * can be that long. Returns what leave() needs. */
static size_t enter(reader *in, const char *key)
{
    size_t before = in->pointer_size, room = POINTER_BYTES - 4;

    in->pointer[in->pointer_size++] = '/';
    for (; *key && in->pointer_size < room; key++) {
        if (*key == '~' || *key == '/') {
            in->pointer[in->pointer_size++] = '~';
            in->pointer[in->pointer_size++] = *key == '~' ? '0' : '1';
        } else {
            in->pointer[in->pointer_size++] = *key;
        }
    }
    if (*key) {
        in->pointer_size = room - 1;
        memcpy(in->pointer + in->pointer_size, "...", 3);
        in->pointer_size += 3;
    }
    in->pointer[in->pointer_size] = '\0';
    return before;
}

static void leave(reader *in, size_t before)
{
    in->pointer_size = before;
    in->pointer[before] = '\0';
}

#define COMPLAIN(in, fatal, status, ...)                                                       \
    wadi_complain((in)->complaints, fatal, status, (in)->pointer, __VA_ARGS__)

/* ---- what a value looks like, for people ---- */

static void describe(const json_t *value, char text[VALUE_BYTES])
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        snprintf(text, VALUE_BYTES, "an object");
        break;
    case JSON_ARRAY:
        snprintf(text, VALUE_BYTES, "a list");
        break;
    case JSON_STRING:
        snprintf(text, VALUE_BYTES, "the text \"%.40s%s\"", json_string_value(value),
                 json_string_length(value) > 40 ? "..." : "");
        break;
    case JSON_INTEGER:
    case JSON_REAL:
        snprintf(text, VALUE_BYTES, "%.10g", json_number_value(value));
        break;
    case JSON_TRUE:
        snprintf(text, VALUE_BYTES, "true");
        break;
    case JSON_FALSE:
        snprintf(text, VALUE_BYTES, "false");
        break;
    case JSON_NULL:
        snprintf(text, VALUE_BYTES, "null (leave out what is unknown)");
        break;
    }
}

static void wrong_type(reader *in, const json_t *value, const char *wanted)
{
    char found[VALUE_BYTES];

    describe(value, found);
    COMPLAIN(in, true, WADI_ERR_PARSE, "is %s, %s is wanted", found, wanted);
}

/* ---- numbers ---- */

/* Units in which people slip, and the factor from what they wrote to what was wanted. */
static const struct slip {
    const char *unit, *written;
    double factor;
} SLIPS[] = {
    {"mm", "cm", 10},
    {"mm", "m", 1000},
    {"cm", "m", 100},
    {"cm", "mm", 0.1},
    {"cm", "inches", 2.54},
    {"kg", "g", 0.001},
    {"fraction", "%", 0.01},
    {"g/dL", "g/L", 0.1},
    {"g/dL", "mmol/L", 1.611},
    {"mmHg", "kPa", 7.50062},
    {"mL/min", "L/min", 1000},
    {"L/min", "mL/min", 0.001},
    {"1e9/L", "cells/uL", 0.001},
};

static void suggest_unit(const field *of, double value, char text[VALUE_BYTES])
{
    text[0] = '\0';
    for (size_t i = 0; i < WADI_COUNT_OF(SLIPS); i++) {
        double meant = value * SLIPS[i].factor;

        if (strcmp(SLIPS[i].unit, of->unit) || meant < of->soft_min || meant > of->soft_max)
            continue;
        snprintf(text, VALUE_BYTES, "; %s written for %s? then it is %.6g", SLIPS[i].written,
                 of->unit, meant);
        return;
    }
    if (!strcmp(of->unit, "C") && value > 90 && value < 110)
        snprintf(text, VALUE_BYTES, "; Fahrenheit?");
}

static void decode_number(reader *in, const field *of, const json_t *value, wadi_maybe *out)
{
    const char *gap = *of->unit ? " " : "";
    char wanted[VALUE_BYTES], hint[VALUE_BYTES];
    double number;

    if (!json_is_number(value)) {
        snprintf(wanted, sizeof wanted, "a number%s%s", *of->unit ? " in " : "", of->unit);
        wrong_type(in, value, wanted);
        return;
    }
    number = json_number_value(value);
    if (of->kind == FIELD_WHOLE && number != floor(number)) {
        COMPLAIN(in, true, WADI_ERR_RANGE, "is %.10g, a whole number from %g to %g is wanted",
                 number, of->hard_min, of->hard_max);
        return;
    }
    suggest_unit(of, number, hint);
    if (!(number >= of->hard_min && number <= of->hard_max)) {
        COMPLAIN(in, true, WADI_ERR_RANGE, "is %.10g%s%s, allowed is %g to %g%s%s%s", number,
                 gap, of->unit, of->hard_min, of->hard_max, gap, of->unit, hint);
        return;
    }
    if (number < of->soft_min || number > of->soft_max)
        COMPLAIN(in, false, WADI_ERR_UNIT, "is %.10g%s%s, usual is %g to %g%s%s%s", number, gap,
                 of->unit, of->soft_min, of->soft_max, gap, of->unit, hint);
    *out = (wadi_maybe){.known = true, .value = number};
}

/* ---- words and texts ---- */

static void list_words(const char *const *words, char *text, size_t size)
{
    size_t used = 0;

    for (const char *const *word = words; *word && used < size; word++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", word == words ? "" : ", ",
                                 *word);
}

static void decode_word(reader *in, const field *of, const json_t *value, wadi_index *out)
{
    char all[260], found[VALUE_BYTES];
    const char *nearest;

    if (json_is_string(value)) {
        for (wadi_index word = 0; of->words[word]; word++) {
            if (!strcmp(of->words[word], json_string_value(value))) {
                *out = word;
                return;
            }
        }
    }
    if (wadi_complaints_full(in->complaints)) {
        COMPLAIN(in, true, WADI_ERR_KEY, "not a word of this key");
        return;
    }
    list_words(of->words, all, sizeof all);
    describe(value, found);
    nearest =
        json_is_string(value) ? wadi_nearest_name(json_string_value(value), of->words) : NULL;
    COMPLAIN(in, true, json_is_string(value) ? WADI_ERR_KEY : WADI_ERR_PARSE,
             "is %s, one of %s is wanted%s%s%s", found, all, nearest ? "; did you mean " : "",
             nearest ? nearest : "", nearest ? "?" : "");
}

static bool is_date(const char *text, size_t size)
{
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day;

    if (size != 10 || text[4] != '-' || text[7] != '-')
        return false;
    for (int i = 0; i < 10; i++)
        if (i != 4 && i != 7 && (text[i] < '0' || text[i] > '9'))
            return false;
    year = atoi(text);
    month = atoi(text + 5);
    day = atoi(text + 8);
    if (year < 1900 || month < 1 || month > 12 || day < 1)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= DAYS[month - 1] + (month == 2 && leap);
}

/* Is the text fit for its field? Complains where not. */
static bool text_is_good(reader *in, const field *of, const char *text, size_t size)
{
    char found[VALUE_BYTES];

    snprintf(found, sizeof found, "%.40s%s", text, size > 40 ? "..." : "");
    if (size == 0 || size > CASE_TEXT_LIMIT) {
        COMPLAIN(in, true, WADI_ERR_RANGE, "has %zu bytes, 1 to %d are allowed%s", size,
                 CASE_TEXT_LIMIT, size ? "" : " (leave out what is unknown)");
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
            COMPLAIN(in, true, WADI_ERR_PARSE,
                     "holds a control character at byte %zu; one line of "
                     "text is wanted",
                     i + 1);
            return false;
        }
    }
    if (of->kind == FIELD_DATE && !is_date(text, size)) {
        COMPLAIN(in, true, WADI_ERR_PARSE, "is \"%s\", a date like 2025-03-18 is wanted",
                 found);
        return false;
    }
    if (of->kind == FIELD_VESSEL && !wadi_vessel_known(in->vessels, text, NULL, NULL)) {
        const char *nearest = wadi_complaints_full(in->complaints)
                                  ? NULL
                                  : wadi_vessel_nearest(in->vessels, text);

        COMPLAIN(in, true, WADI_ERR_KEY,
                 "is \"%s\", a vessel of the reference leg is wanted%s%s%s", found,
                 nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
        return false;
    }
    return true;
}

static void decode_text(reader *in, const field *of, const json_t *value, char **out)
{
    if (!json_is_string(value)) {
        wrong_type(in, value,
                   of->kind == FIELD_DATE     ? "a date like \"2025-03-18\""
                   : of->kind == FIELD_VESSEL ? "the name of a vessel"
                                              : "a text");
        return;
    }
    if (!text_is_good(in, of, json_string_value(value), json_string_length(value)))
        return;
    *out = wadi_strdup(json_string_value(value));
    if (!*out)
        in->complaints->no_memory = true;
}

/* ---- objects and arrays ---- */

static void decode_object(reader *in, const field *fields, const json_t *object, char *base);

/* Absent words are WADI_NONE; everything else is absent when zero. */
static void blank(const field *fields, char *base)
{
    for (const field *of = fields; of->kind; of++) {
        if (of->kind == FIELD_WORD)
            *(wadi_index *)(void *)(base + of->offset) = WADI_NONE;
        else if (of->kind == FIELD_OBJECT)
            blank(of->fields, base + of->offset);
    }
}

static void decode_array(reader *in, const field *of, const json_t *value, char *base)
{
    char **items = (char **)(void *)(base + of->offset);
    wadi_index *count = (wadi_index *)(void *)(base + of->count_offset);
    size_t size = json_array_size(value);

    if (!json_is_array(value)) {
        wrong_type(in, value, "a list");
        return;
    }
    if (size > CASE_ARRAY_LIMIT) {
        COMPLAIN(in, true, WADI_ERR_RANGE, "has %zu elements, at most %d are read", size,
                 CASE_ARRAY_LIMIT);
        return;
    }
    if (size == 0)
        return;
    *items = wadi_alloc(size, of->element_bytes);
    if (!*items) {
        in->complaints->no_memory = true;
        return;
    }
    *count = (wadi_index)size;
    for (size_t i = 0; i < size; i++) {
        char *element = *items + i * of->element_bytes, key[24];
        size_t before;

        snprintf(key, sizeof key, "%zu", i);
        before = enter(in, key);
        blank(of->fields, element);
        decode_object(in, of->fields, json_array_get(value, i), element);
        leave(in, before);
    }
}

static void decode_value(reader *in, const field *of, const json_t *value, char *base)
{
    void *member = base + of->offset;

    switch (of->kind) {
    case FIELD_NUMBER:
    case FIELD_WHOLE:
        decode_number(in, of, value, member);
        break;
    case FIELD_FLAG:
        if (json_is_boolean(value))
            *(wadi_tri *)member = json_is_true(value) ? WADI_YES : WADI_NO;
        else
            wrong_type(in, value, "true or false");
        break;
    case FIELD_WORD:
        decode_word(in, of, value, member);
        break;
    case FIELD_TEXT:
    case FIELD_DATE:
    case FIELD_VESSEL:
        decode_text(in, of, value, member);
        break;
    case FIELD_OBJECT:
        decode_object(in, of->fields, value, member);
        break;
    case FIELD_ARRAY:
        decode_array(in, of, value, base);
        break;
    case FIELD_END:
        break;
    }
}

/* Where else in the case is this key at home? Writes a pointer into text; false if nowhere. */
static bool find_home(const field *fields, const char *key, char *text, size_t size,
                      size_t used)
{
    for (const field *of = fields; of->kind; of++) {
        int grown;

        if (!strcmp(of->key, key) && used > 0)
            return true;
        if (!of->fields)
            continue;
        grown = snprintf(text + used, size - used, "/%s%s", of->key,
                         of->kind == FIELD_ARRAY ? "/0" : "");
        if (grown > 0 && used + (size_t)grown < size &&
            find_home(of->fields, key, text, size, used + (size_t)grown))
            return true;
        text[used] = '\0';
    }
    return false;
}

static void unknown_key(reader *in, const field *fields, const char *key)
{
    const char *best = NULL;
    int best_distance = INT_MAX;
    char home[POINTER_BYTES] = "";
    size_t before = enter(in, key);

    if (wadi_complaints_full(in->complaints)) {
        COMPLAIN(in, true, WADI_ERR_KEY, "there is no such key here");
    } else if (find_home(WADI_CASE_FIELDS, key, home, sizeof home, 0)) {
        COMPLAIN(in, true, WADI_ERR_KEY, "there is no such key here; it belongs into %s", home);
    } else {
        for (const field *of = fields; of->kind; of++)
            wadi_nearest_offer(key, of->key, &best, &best_distance);
        COMPLAIN(in, true, WADI_ERR_KEY, "there is no such key here%s%s%s",
                 best ? "; did you mean " : "; notes begin with #", best ? best : "",
                 best ? "?" : "");
    }
    leave(in, before);
}

static void decode_object(reader *in, const field *fields, const json_t *object, char *base)
{
    const char *key;
    json_t *value;

    if (!json_is_object(object)) {
        wrong_type(in, object, "an object");
        return;
    }
    json_object_foreach((json_t *)object, key, value)
    {
        const field *of = fields;
        size_t before;

        if (key[0] == '#' || (fields == WADI_CASE_FIELDS && !strcmp(key, "schema")))
            continue;
        while (of->kind && strcmp(of->key, key))
            of++;
        if (!of->kind) {
            unknown_key(in, fields, key);
            continue;
        }
        before = enter(in, key);
        decode_value(in, of, value, base);
        leave(in, before);
    }
    for (const field *of = fields; of->kind; of++) {
        size_t before;

        if (!of->required || json_object_get(object, of->key))
            continue;
        before = enter(in, of->key);
        COMPLAIN(in, true, WADI_ERR_MISSING, "is required: %s", of->doc);
        leave(in, before);
    }
}

void wadi_case_decode(const json_t *root, const wadi_vessels *vessels, wadi_case *the_case,
                      complaint_list *complaints)
{
    reader in = {.vessels = vessels, .complaints = complaints};

    blank(WADI_CASE_FIELDS, (char *)the_case);
    decode_object(&in, WADI_CASE_FIELDS, root, (char *)the_case);
}

static void free_fields(const field *fields, char *base)
{
    for (const field *of = fields; of->kind; of++) {
        char **member = (char **)(void *)(base + of->offset);

        if (of->kind == FIELD_TEXT || of->kind == FIELD_DATE || of->kind == FIELD_VESSEL) {
            free(*member);
        } else if (of->kind == FIELD_OBJECT) {
            free_fields(of->fields, base + of->offset);
        } else if (of->kind == FIELD_ARRAY) {
            wadi_index count = *(wadi_index *)(void *)(base + of->count_offset);

            for (wadi_index i = 0; i < count; i++)
                free_fields(of->fields, *member + (size_t)i * of->element_bytes);
            free(*member);
        }
    }
}

void wadi_case_free(wadi_case *the_case)
{
    if (!the_case)
        return;
    free_fields(WADI_CASE_FIELDS, (char *)the_case);
    free(the_case);
}

/* The word list of a dotted path such as "wishes.technique" or "vessels.lesions.kind". */
static const field *find_field(const field *fields, const char *path)
{
    size_t size = strcspn(path, ".");

    for (const field *of = fields; of->kind; of++) {
        if (strlen(of->key) != size || strncmp(of->key, path, size))
            continue;
        if (!path[size])
            return of;
        return of->fields ? find_field(of->fields, path + size + 1) : NULL;
    }
    return NULL;
}

const char *wadi_case_word(const char *path, wadi_index word)
{
    const field *of = find_field(WADI_CASE_FIELDS, path);

    if (!of || !of->words || word < 0)
        return NULL;
    for (wadi_index i = 0; of->words[i]; i++)
        if (i == word)
            return of->words[i];
    return NULL;
}
