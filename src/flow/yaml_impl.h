/* The one door to libyaml: a document as a tree whose every value knows its line. */
#ifndef WADI_YAML_IMPL_H
#define WADI_YAML_IMPL_H

#include "base/base_impl.h"

#include <yaml.h>

typedef struct wadi_yaml {
    const char *place; /* file name, opens each message */
    yaml_document_t document;
} wadi_yaml;

wadi_status yaml_parse(wadi_yaml *yaml, const char *place, const char *bytes, size_t size,
                       wadi_error *err) WADI_MUST_USE;
void yaml_clear(wadi_yaml *yaml);

yaml_node_t *yaml_root(wadi_yaml *yaml);
int yaml_line(const yaml_node_t *node);
/* Member of a mapping, or NULL. */
yaml_node_t *yaml_get(wadi_yaml *yaml, const yaml_node_t *mapping, const char *key);
/* Element of a sequence, or NULL past its end. */
yaml_node_t *yaml_item(wadi_yaml *yaml, const yaml_node_t *sequence, size_t index);
/* Refuse keys that are not in the NULL-terminated list, with the nearest one as a suggestion,
 * and keys given twice. `what` is "vessel", "blood". */
wadi_status yaml_check_keys(wadi_yaml *yaml, const yaml_node_t *mapping, const char *what,
                            const char *const *known, wadi_error *err) WADI_MUST_USE;
/* Scalar as text; NULL when it is absent or not a scalar. */
const char *yaml_text(const yaml_node_t *node);
/* Scalar as a finite number; *given tells whether it is there. */
wadi_status yaml_number(wadi_yaml *yaml, const yaml_node_t *mapping, const char *key,
                        double *out, bool *given, wadi_error *err) WADI_MUST_USE;
wadi_status yaml_flag(wadi_yaml *yaml, const yaml_node_t *mapping, const char *key, bool *out,
                      wadi_error *err) WADI_MUST_USE;

#endif
