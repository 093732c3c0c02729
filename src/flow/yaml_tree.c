#include "flow/yaml_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

wadi_status yaml_parse(wadi_yaml *yaml, const char *place, const char *bytes, size_t size,
                       wadi_error *err)
{
    yaml_parser_t parser;
    wadi_status status = WADI_OK;

    memset(yaml, 0, sizeof *yaml);
    yaml->place = place;
    if (!yaml_parser_initialize(&parser))
        return wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for the YAML text", place);
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes, size);
    if (!yaml_parser_load(&parser, &yaml->document)) {
        memset(&yaml->document, 0, sizeof yaml->document);
        status = parser.error == YAML_MEMORY_ERROR
                     ? wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for the YAML text", place)
                     : wadi_fail(err, WADI_ERR_PARSE, "%s:%zu: not valid YAML: %s", place,
                                 parser.problem_mark.line + 1,
                                 parser.problem ? parser.problem : "unreadable");
    }
    yaml_parser_delete(&parser);
    if (!status && (!yaml_root(yaml) || yaml_root(yaml)->type != YAML_MAPPING_NODE)) {
        status = wadi_fail(err, WADI_ERR_PARSE, "%s:1: a YAML mapping with 'network' is wanted",
                           place);
        yaml_clear(yaml);
    }
    return status;
}

void yaml_clear(wadi_yaml *yaml)
{
    yaml_document_delete(&yaml->document);
    memset(&yaml->document, 0, sizeof yaml->document);
}

yaml_node_t *yaml_root(wadi_yaml *yaml)
{
    return yaml_document_get_root_node(&yaml->document);
}

int yaml_line(const yaml_node_t *node)
{
    return (int)node->start_mark.line + 1;
}

yaml_node_t *yaml_get(wadi_yaml *yaml, const yaml_node_t *mapping, const char *key)
{
    if (!mapping || mapping->type != YAML_MAPPING_NODE)
        return NULL;
    for (yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
         pair < mapping->data.mapping.pairs.top; pair++) {
        const char *name = yaml_text(yaml_document_get_node(&yaml->document, pair->key));
        if (name && !strcmp(name, key))
            return yaml_document_get_node(&yaml->document, pair->value);
    }
    return NULL;
}

yaml_node_t *yaml_item(wadi_yaml *yaml, const yaml_node_t *sequence, size_t index)
{
    if (!sequence || sequence->type != YAML_SEQUENCE_NODE ||
        index >=
            (size_t)(sequence->data.sequence.items.top - sequence->data.sequence.items.start))
        return NULL;
    return yaml_document_get_node(&yaml->document, sequence->data.sequence.items.start[index]);
}

const char *yaml_text(const yaml_node_t *node)
{
    if (!node || node->type != YAML_SCALAR_NODE ||
        strlen((const char *)node->data.scalar.value) != node->data.scalar.length)
        return NULL;
    return (const char *)node->data.scalar.value;
}

static wadi_status unknown_key(wadi_yaml *yaml, const yaml_node_t *node, const char *name,
                               const char *what, const char *const *known, wadi_error *err)
{
    const char *best = NULL;
    int nearest = 4;

    for (const char *const *key = known; *key; key++) {
        int distance = wadi_edit_distance(name, *key);
        if (distance < nearest) {
            nearest = distance;
            best = *key;
        }
    }
    if (best)
        return wadi_fail(err, WADI_ERR_KEY, "%s:%d: unknown key '%.60s' in %s; is '%s' meant?",
                         yaml->place, yaml_line(node), name, what, best);
    return wadi_fail(err, WADI_ERR_KEY,
                     "%s:%d: unknown key '%.60s' in %s; a known one is wanted, "
                     "such as '%s'",
                     yaml->place, yaml_line(node), name, what, known[0]);
}

wadi_status yaml_check_keys(wadi_yaml *yaml, const yaml_node_t *mapping, const char *what,
                            const char *const *known, wadi_error *err)
{
    uint64_t seen = 0;

    for (yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
         pair < mapping->data.mapping.pairs.top; pair++) {
        const yaml_node_t *node = yaml_document_get_node(&yaml->document, pair->key);
        const char *name = yaml_text(node);
        int at = 0;

        if (!name)
            return wadi_fail(err, WADI_ERR_PARSE, "%s:%d: a key in %s is not a word",
                             yaml->place, yaml_line(node), what);
        while (known[at] && strcmp(known[at], name))
            at++;
        if (!known[at])
            return unknown_key(yaml, node, name, what, known, err);
        if (seen >> at & 1)
            return wadi_fail(err, WADI_ERR_CONFLICT,
                             "%s:%d: '%s' is given twice in %s, once is wanted", yaml->place,
                             yaml_line(node), name, what);
        seen |= (uint64_t)1 << at;
    }
    return WADI_OK;
}

wadi_status yaml_number(wadi_yaml *yaml, const yaml_node_t *mapping, const char *key,
                        double *out, bool *given, wadi_error *err)
{
    const yaml_node_t *node = yaml_get(yaml, mapping, key);
    const char *text = yaml_text(node);
    char *end = NULL;
    double value;

    if (given)
        *given = node != NULL;
    if (!node)
        return WADI_OK;
    value = text ? strtod(text, &end) : 0;
    if (!text || end == text || *end || !isfinite(value))
        return wadi_fail(err, WADI_ERR_RANGE, "%s:%d: %s is '%.60s', a finite number is wanted",
                         yaml->place, yaml_line(node), key, text ? text : "not a scalar");
    *out = value;
    return WADI_OK;
}

wadi_status yaml_flag(wadi_yaml *yaml, const yaml_node_t *mapping, const char *key, bool *out,
                      wadi_error *err)
{
    const yaml_node_t *node = yaml_get(yaml, mapping, key);
    const char *text = yaml_text(node);

    if (!node)
        return WADI_OK;
    if (text && !strcmp(text, "true"))
        *out = true;
    else if (text && !strcmp(text, "false"))
        *out = false;
    else
        return wadi_fail(err, WADI_ERR_RANGE, "%s:%d: %s is '%.60s', true or false is wanted",
                         yaml->place, yaml_line(node), key, text ? text : "not a scalar");
    return WADI_OK;
}
