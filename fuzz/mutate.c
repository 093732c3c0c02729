#include "mutate.h"

#include "limb/case_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NODE_LIMIT = 4000 };

/* A member or element, and what the field table says of it (NULL where it says nothing). */
typedef struct node {
    json_t *parent, *value;
    const char *key; /* of a member; NULL: element number `index` */
    size_t index;
    const field *of;
} node;

typedef struct tree {
    node nodes[NODE_LIMIT];
    size_t count;
} tree;

static size_t below(wadi_random *random, size_t limit)
{
    return (size_t)(wadi_random_bits(random) % limit);
}

static bool one_in(wadi_random *random, size_t chance)
{
    return below(random, chance) == 0;
}

static void collect(tree *all, json_t *value, const field *fields)
{
    const char *key;
    json_t *child;
    size_t index;

    if (json_is_object(value)) {
        json_object_foreach(value, key, child)
        {
            const field *of = fields;

            while (of && of->kind && strcmp(of->key, key))
                of++;
            if (of && !of->kind)
                of = NULL;
            if (all->count < NODE_LIMIT)
                all->nodes[all->count++] = (node){value, child, key, 0, of};
            collect(all, child, of ? of->fields : NULL);
        }
    } else if (json_is_array(value)) {
        json_array_foreach(value, index, child)
        {
            if (all->count < NODE_LIMIT)
                all->nodes[all->count++] = (node){value, child, NULL, index, NULL};
            collect(all, child, fields);
        }
    }
}

/* Steals `value`. */
static void replace(const node *at, json_t *value)
{
    if (at->key)
        json_object_set_new(at->parent, at->key, value);
    else
        json_array_set_new(at->parent, at->index, value);
}

/* ---- values ---- */

static json_t *long_text(size_t size)
{
    char *text = malloc(size + 1);
    json_t *value = NULL;

    if (text) {
        memset(text, 'x', size);
        text[size] = '\0';
        value = json_string(text);
    }
    free(text);
    return value;
}

static json_t *deep_list(int depth)
{
    json_t *value = json_array();

    while (depth-- > 0) {
        json_t *outer = json_array();

        json_array_append_new(outer, value);
        value = outer;
    }
    return value;
}

static json_t *odd_value(wadi_random *random)
{
    static const double NUMBERS[] = {0,         -0.0,  1,      -1,     0.5,
                                     1.0000001, 1e308, -1e308, 5e-324, 9007199254740993.0};
    static const char *const TEXTS[] = {"",          "PTA",  "PTV1",       "LPV",
                                        "occlusion", "null", "2025-02-30", "\xc3\xa9\t",
                                        "close:GSV", "-1",   "NaN"};

    switch (below(random, 9)) {
    case 0:
        return json_null();
    case 1:
        return json_boolean(one_in(random, 2));
    case 2:
        return json_array();
    case 3:
        return json_object();
    case 4:
        return long_text(1 + below(random, 5000));
    case 5:
        return deep_list((int)below(random, 60));
    case 6:
        return json_integer((json_int_t)wadi_random_bits(random));
    case 7:
        return json_real(NUMBERS[below(random, WADI_COUNT_OF(NUMBERS))]);
    default:
        return json_string(TEXTS[below(random, WADI_COUNT_OF(TEXTS))]);
    }
}

/* A value that the table allows, or nearly. */
static json_t *field_value(wadi_random *random, const field *of)
{
    static const char *const VESSELS[] = {"CFA",   "SFA",    "POP",  "TPT",  "PTA", "ATA",
                                          "PER",   "DPA",    "PTV1", "PTV2", "LPV", "CPV",
                                          "VARCH", "DVARCH", "GSV",  "ATV1"};
    json_t *value;
    size_t word_count = 0;

    switch (of->kind) {
    case FIELD_NUMBER:
    case FIELD_WHOLE: {
        const double at[] = {of->hard_min, of->hard_max, of->soft_min, of->soft_max};
        double number =
            of->soft_min + wadi_random_uniform(random) * (of->soft_max - of->soft_min);

        if (one_in(random, 4))
            number = at[below(random, 4)];
        if (one_in(random, 12))
            number = nextafter(number, one_in(random, 2) ? -INFINITY : INFINITY);
        return json_real(of->kind == FIELD_WHOLE && !one_in(random, 12) ? round(number)
                                                                        : number);
    }
    case FIELD_FLAG:
        return json_boolean(one_in(random, 2));
    case FIELD_WORD:
        while (of->words[word_count])
            word_count++;
        return json_string(of->words[below(random, word_count)]);
    case FIELD_VESSEL:
        return json_string(VESSELS[below(random, WADI_COUNT_OF(VESSELS))]);
    case FIELD_DATE:
        return json_string("2024-02-29");
    case FIELD_TEXT:
        return json_string(one_in(random, 2) ? "lyse" : "a few words");
    case FIELD_OBJECT:
        value = json_object();
        for (const field *in = of->fields; in->kind; in++)
            if (in->required || one_in(random, 3))
                json_object_set_new(value, in->key, field_value(random, in));
        return value;
    case FIELD_ARRAY:
        value = json_array();
        for (size_t i = below(random, 4); i > 0; i--) {
            const field element = {.kind = FIELD_OBJECT, .fields = of->fields};

            json_array_append_new(value, field_value(random, &element));
        }
        return value;
    case FIELD_END:
        break;
    }
    return json_null();
}

/* ---- changes of the tree ---- */

static void misspell(wadi_random *random, const node *at)
{
    char key[128];
    size_t size = strlen(at->key), place;
    json_t *value = json_incref(at->value);

    if (size == 0 || size > 120) {
        json_decref(value);
        return;
    }
    memcpy(key, at->key, size + 1);
    place = below(random, size);
    if (one_in(random, 2))
        memmove(key + place, key + place + 1, size - place);
    else
        key[place] = (char)('a' + below(random, 26));
    json_object_del(at->parent, at->key);
    json_object_set_new(at->parent, key, value);
}

static void change_number(wadi_random *random, const node *at)
{
    static const double FACTORS[] = {10, 0.1, 1000, 0.001, -1, 1.000001, 2, 0.5};

    replace(at, json_real(json_number_value(at->value) *
                          FACTORS[below(random, WADI_COUNT_OF(FACTORS))]));
}

static void repeat_element(wadi_random *random, const node *at)
{
    size_t times = one_in(random, 40) ? 1 + below(random, 1100) : 1 + below(random, 3);

    while (times--)
        json_array_append_new(at->parent, json_deep_copy(at->value));
}

/* Members that the table knows and the case lacks. */
static void add_members(wadi_random *random, json_t *object, const field *fields)
{
    size_t count = 0;

    while (fields[count].kind)
        count++;
    for (size_t i = 1 + below(random, 3); i > 0; i--) {
        const field *of = &fields[below(random, count)];

        json_object_set_new(object, of->key, field_value(random, of));
    }
}

static void change_tree(wadi_random *random, json_t *root)
{
    tree *all = calloc(1, sizeof *all);
    const node *at, *other;

    if (!all)
        return;
    collect(all, root, WADI_CASE_FIELDS);
    if (!all->count) {
        free(all);
        return;
    }
    at = &all->nodes[below(random, all->count)];
    other = &all->nodes[below(random, all->count)];
    switch (below(random, 12)) {
    case 0:
        replace(at, odd_value(random));
        break;
    case 1:
        replace(at, json_deep_copy(other->value));
        break;
    case 2:
        if (at->key)
            misspell(random, at);
        break;
    case 3:
        if (at->key)
            json_object_del(at->parent, at->key);
        else
            json_array_remove(at->parent, at->index);
        break;
    case 4:
        if (!at->key)
            repeat_element(random, at);
        break;
    case 5:
        if (json_is_number(at->value))
            change_number(random, at);
        break;
    case 6:
        add_members(random, root, WADI_CASE_FIELDS);
        break;
    case 7:
        if (at->of && at->of->fields && json_is_object(at->value))
            add_members(random, at->value, at->of->fields);
        break;
    default: /* most often: what may well be right */
        if (at->of)
            replace(at, field_value(random, at->of));
        break;
    }
    free(all);
}

/* ---- changes of the text ---- */

static void flip_bytes(wadi_random *random, wadi_text *text)
{
    for (size_t i = 1 + below(random, 6); i > 0; i--)
        text->bytes[below(random, text->size)] ^= (char)(1 << below(random, 8));
}

/* Put a piece into the text, in place of nothing. */
static void insert(wadi_random *random, wadi_text *text)
{
    static const char *const PIECES[] = {
        "NaN",      "1e999", "\xff",         "]",       "}",
        "[[[[[[[[", "\"",    "//",           "\\u0000", "-Infinity",
        ",",        ":",     "\xef\xbb\xbf", "1e-999",  "\"vessel\": \"PTA\", ",
        "0x10",     "00"};
    const char *piece = PIECES[below(random, WADI_COUNT_OF(PIECES))];
    size_t at = below(random, text->size), size = strlen(piece);

    wadi_text_put(text, piece, size); /* makes room */
    if (text->failed)
        return;
    memmove(text->bytes + at + size, text->bytes + at, text->size - size - at);
    memcpy(text->bytes + at, piece, size);
}

static void change_text(wadi_random *random, wadi_text *text)
{
    if (!text->size)
        return;
    switch (below(random, 4)) {
    case 0:
        flip_bytes(random, text);
        break;
    case 1:
        text->size = below(random, text->size);
        break;
    case 2: { /* a stretch twice */
        size_t from = below(random, text->size), size = below(random, text->size - from) + 1;
        char *copy = malloc(size);

        if (copy) {
            memcpy(copy, text->bytes + from, size);
            wadi_text_put(text, copy, size);
        }
        free(copy);
        break;
    }
    default:
        insert(random, text);
    }
}

char *fuzz_mutate(wadi_random *random, json_t *const *cases, size_t case_count, size_t *size)
{
    json_t *root = json_deep_copy(cases[below(random, case_count)]);
    wadi_text text = {0};
    char *dump;

    for (size_t i = 1 + below(random, 5); i > 0; i--)
        change_tree(random, root);
    dump = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(root);
    if (!dump)
        return NULL;
    wadi_text_put(&text, dump, strlen(dump));
    free(dump);
    if (one_in(random, 5) && !text.failed)
        change_text(random, &text);
    if (text.failed)
        wadi_text_clear(&text);
    *size = text.size;
    return text.bytes;
}
