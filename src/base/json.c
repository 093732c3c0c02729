#include "base/json_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

wadi_status wadi_json_parse(const char *place, const char *bytes, size_t size, json_t **out,
                            wadi_error *err)
{
    json_error_t problem;

    *out = json_loadb(bytes, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);
    if (*out)
        return WADI_OK;
    if (json_error_code(&problem) == json_error_out_of_memory)
        return wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for the JSON text", place);
    return wadi_fail(err, WADI_ERR_PARSE, "%s: line %d, column %d: not valid JSON: %s", place,
                     problem.line, problem.column, problem.text);
}

wadi_status wadi_json_data(const char *name, const char *schema, json_t **out, wadi_error *err)
{
    wadi_status status;
    char *bytes = NULL;
    size_t size;
    const char *found;

    *out = NULL;
    status = wadi_data_read(name, &bytes, &size, err);
    if (!status)
        status = wadi_json_parse(name, bytes, size, out, err);
    free(bytes);
    if (status)
        return status;
    found = json_string_value(json_object_get(*out, "schema"));
    if (!found || strcmp(found, schema)) {
        status = wadi_fail(err, WADI_ERR_PARSE, "%s: /schema is %s, %s is wanted", name,
                           found ? found : "absent", schema);
        json_decref(*out);
        *out = NULL;
    }
    return status;
}

wadi_status wadi_json_text(const json_t *value, char **out, size_t *size, wadi_error *err)
{
    char *text = json_dumps(value, JSON_INDENT(2) | JSON_REAL_PRECISION(12) | JSON_ENCODE_ANY);
    size_t length = text ? strlen(text) : 0;

    *out = text ? wadi_alloc(length + 2, 1) : NULL;
    *size = 0;
    if (*out) {
        memcpy(*out, text, length);
        (*out)[length] = '\n';
        *size = length + 1;
    }
    free(text);
    return *out ? WADI_OK : wadi_fail(err, WADI_ERR_NOMEM, "no memory for the JSON text");
}

json_t *wadi_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

double wadi_json_get_number(const json_t *object, const char *key, double fallback)
{
    const json_t *value = json_object_get(object, key);

    return json_is_number(value) ? json_number_value(value) : fallback;
}

const char *wadi_json_get_text(const json_t *object, const char *key, const char *fallback)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : fallback;
}
