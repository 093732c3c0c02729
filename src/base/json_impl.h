/* The one door to jansson: strict reading (duplicate keys, bad UTF-8, over-deep nesting and
 * non-finite numbers are refused) and reproducible writing. */
#ifndef WADI_JSON_IMPL_H
#define WADI_JSON_IMPL_H

#include "base/base_impl.h"

#include <jansson.h>

/* Parse one JSON value. `place` (a file name) opens the message; line and column follow.
 * `json_decref` *out. */
wadi_status wadi_json_parse(const char *place, const char *bytes, size_t size, json_t **out,
                            wadi_error *err) WADI_MUST_USE;
/* A data file (see wadi_data_read), parsed; "schema" must equal `schema`. */
wadi_status wadi_json_data(const char *name, const char *schema, json_t **out,
                           wadi_error *err) WADI_MUST_USE;
/* Indented text with keys in the order they were set, ending in a newline. `free` *out.
 * Numbers carry up to 12 significant digits. */
wadi_status wadi_json_text(const json_t *value, char **out, size_t *size,
                           wadi_error *err) WADI_MUST_USE;
/* A number, or null where it is not finite. */
json_t *wadi_json_number(double value);
/* Object member as number or text, or the fallback where it is absent or of another type. */
double wadi_json_get_number(const json_t *object, const char *key, double fallback);
const char *wadi_json_get_text(const json_t *object, const char *key, const char *fallback);

#endif
