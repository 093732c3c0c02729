/* Enough of JSON Schema for our own schemas: type, const, enum, minimum, properties, required,
 * additionalProperties, items, anyOf and local $ref. */
#ifndef WADI_SCHEMA_CHECK_H
#define WADI_SCHEMA_CHECK_H

#include "near.h"

#include "base/json_impl.h"

#include <stdlib.h>
#include <string.h>

static inline json_t *schema_read(const char *path)
{
    wadi_error err = {0};
    char *bytes = NULL;
    size_t size;
    json_t *schema = NULL;

    assert_int_equal(wadi_file_read(path, 1 << 20, &bytes, &size, &err), WADI_OK);
    assert_int_equal(wadi_json_parse(path, bytes, size, &schema, &err), WADI_OK);
    free(bytes);
    return schema;
}

static inline bool schema_type_is(const char *type, const json_t *value)
{
    return (!strcmp(type, "object") && json_is_object(value)) ||
           (!strcmp(type, "array") && json_is_array(value)) ||
           (!strcmp(type, "string") && json_is_string(value)) ||
           (!strcmp(type, "boolean") && json_is_boolean(value)) ||
           (!strcmp(type, "null") && json_is_null(value)) ||
           (!strcmp(type, "integer") && json_is_integer(value)) ||
           (!strcmp(type, "number") && json_is_number(value));
}

static inline bool schema_any_equal(const json_t *words, const json_t *value)
{
    for (size_t i = 0; i < json_array_size(words); i++)
        if (json_equal(json_array_get(words, i), value))
            return true;
    return false;
}

static inline bool schema_scalar_fits(const json_t *schema, const json_t *value)
{
    const json_t *type = json_object_get(schema, "type"), *word;
    bool typed = !type;

    if (json_is_string(type))
        typed = schema_type_is(json_string_value(type), value);
    for (size_t i = 0; i < json_array_size(type); i++)
        typed = typed || schema_type_is(json_string_value(json_array_get(type, i)), value);
    word = json_object_get(schema, "const");
    if (word && !json_equal(word, value))
        return false;
    word = json_object_get(schema, "enum");
    if (word && !schema_any_equal(word, value))
        return false;
    word = json_object_get(schema, "minimum");
    return typed && !(word && json_number_value(value) < json_number_value(word));
}

/* The root is needed for $ref. `where` grows into a pointer to the first misfit. */
static inline bool schema_accepts(const json_t *root, const json_t *schema, json_t *value,
                                  char *where, size_t size)
{
    const char *ref = json_string_value(json_object_get(schema, "$ref")), *key;
    const json_t *any = json_object_get(schema, "anyOf"), *own, *rest;
    size_t index, used = strlen(where);
    json_t *part;

    if (ref)
        schema = json_object_get(json_object_get(root, "$defs"), ref + strlen("#/$defs/"));
    assert_non_null(schema);
    for (size_t i = 0; i < json_array_size(any); i++) {
        if (schema_accepts(root, json_array_get(any, i), value, where, size)) {
            where[used] = '\0';
            return true;
        }
        if (i + 1 == json_array_size(any))
            return false;
        where[used] = '\0';
    }
    if (!schema_scalar_fits(schema, value))
        return false;
    own = json_object_get(schema, "required");
    for (size_t i = 0; json_is_object(value) && i < json_array_size(own); i++)
        if (!json_object_get(value, json_string_value(json_array_get(own, i))))
            return false;
    rest = json_object_get(schema, "additionalProperties");
    json_object_foreach(value, key, part)
    {
        own = json_object_get(json_object_get(schema, "properties"), key);
        own = own ? own : rest;
        snprintf(where + used, size - used, "/%s", key);
        if (json_is_false(own) ||
            (json_is_object(own) && !schema_accepts(root, own, part, where, size)))
            return false;
        where[used] = '\0';
    }
    own = json_object_get(schema, "items");
    json_array_foreach(value, index, part)
    {
        snprintf(where + used, size - used, "/%zu", index);
        if (own && !schema_accepts(root, own, part, where, size))
            return false;
        where[used] = '\0';
    }
    return true;
}

#endif
