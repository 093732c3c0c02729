/* JSON Schema (draft 2020-12) of the case file, from the field table. Units, usual ranges and
 * sources travel as "x-..." annotations, for programs that show them. */
#include "limb/case_impl.h"

#include <math.h>
#include <string.h>

/* Whole limits as integers: 120 rather than 120.0. */
static json_t *number_json(double value)
{
    return value == floor(value) && fabs(value) < 1e15 ? json_integer((json_int_t)value)
                                                       : json_real(value);
}

static json_t *object_schema(const field *fields, bool is_root);

static json_t *words_json(const char *const *words)
{
    json_t *list = json_array();

    for (; *words; words++)
        json_array_append_new(list, json_string(*words));
    return list;
}

static void set_text(json_t *schema, const char *key, const char *text)
{
    if (text && *text)
        json_object_set_new(schema, key, json_string(text));
}

static void describe_number(json_t *schema, const field *of)
{
    json_object_set_new(schema, "minimum", number_json(of->hard_min));
    json_object_set_new(schema, "maximum", number_json(of->hard_max));
    if (of->soft_min != of->hard_min || of->soft_max != of->hard_max) {
        json_object_set_new(schema, "x-usual-minimum", number_json(of->soft_min));
        json_object_set_new(schema, "x-usual-maximum", number_json(of->soft_max));
    }
    set_text(schema, "x-unit", of->unit);
}

static json_t *field_schema(const field *of)
{
    static const char *const TYPES[] = {
        [FIELD_NUMBER] = "number", [FIELD_WHOLE] = "integer", [FIELD_FLAG] = "boolean",
        [FIELD_WORD] = "string",   [FIELD_TEXT] = "string",   [FIELD_DATE] = "string",
        [FIELD_VESSEL] = "string", [FIELD_OBJECT] = "object", [FIELD_ARRAY] = "array",
    };
    json_t *schema =
        of->kind == FIELD_OBJECT ? object_schema(of->fields, false) : json_object();

    if (of->kind != FIELD_OBJECT)
        json_object_set_new(schema, "type", json_string(TYPES[of->kind]));
    set_text(schema, "description", of->doc);
    if (of->kind == FIELD_NUMBER || of->kind == FIELD_WHOLE)
        describe_number(schema, of);
    if (of->kind == FIELD_WORD)
        json_object_set_new(schema, "enum", words_json(of->words));
    if (of->kind == FIELD_TEXT || of->kind == FIELD_VESSEL) {
        json_object_set_new(schema, "minLength", json_integer(1));
        json_object_set_new(schema, "maxLength", json_integer(CASE_TEXT_LIMIT));
    }
    if (of->kind == FIELD_VESSEL)
        json_object_set_new(schema, "x-names", json_string("vessels of the reference leg"));
    if (of->kind == FIELD_DATE)
        json_object_set_new(schema, "format", json_string("date"));
    if (of->kind == FIELD_ARRAY) {
        json_object_set_new(schema, "items", object_schema(of->fields, false));
        json_object_set_new(schema, "maxItems", json_integer(CASE_ARRAY_LIMIT));
    }
    set_text(schema, "x-source", of->source);
    return schema;
}

static json_t *object_schema(const field *fields, bool is_root)
{
    json_t *schema = json_object(), *properties = json_object(), *required = json_array();

    json_object_set_new(schema, "type", json_string("object"));
    if (is_root) {
        json_object_set_new(properties, "schema",
                            json_pack("{s:s}", "const", WADI_CASE_SCHEMA));
        json_array_append_new(required, json_string("schema"));
    }
    for (const field *of = fields; of->kind; of++) {
        json_object_set_new(properties, of->key, field_schema(of));
        if (of->required)
            json_array_append_new(required, json_string(of->key));
    }
    json_object_set_new(schema, "properties", properties);
    json_object_set_new(schema, "patternProperties", json_pack("{s:b}", "^#", 1));
    json_object_set_new(schema, "additionalProperties", json_false());
    if (json_array_size(required))
        json_object_set(schema, "required", required);
    json_decref(required);
    return schema;
}

wadi_status wadi_case_schema(char **out, size_t *size, wadi_error *err)
{
    json_t *head =
        json_pack("{s:s, s:s, s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema",
                  "title", "wadi case file", "$comment",
                  "Made by 'wadi check --schema' from src/limb/case_fields.c.");
    json_t *body = object_schema(WADI_CASE_FIELDS, true);
    wadi_status status;

    *out = NULL;
    *size = 0;
    if (!head || !body || json_object_update(head, body))
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the schema");
    else
        status = wadi_json_text(head, out, size, err);
    json_decref(head);
    json_decref(body);
    return status;
}
