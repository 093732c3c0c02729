/* truth.json of the phantoms. */
#include "phantom_truth.h"

#include <stdlib.h>

json_t *phantom_truth_new(const char *kind, uint64_t seed)
{
    return json_pack("{s:s, s:s, s:I, s:b}", "schema", "wadi.image.truth/1", "kind", kind,
                     "seed", (json_int_t)seed, "made_up", 1);
}

wadi_status phantom_truth_write(json_t *truth, const char *directory, wadi_error *err)
{
    char path[4096], *text = NULL;
    size_t size = 0;
    wadi_status status = wadi_json_text(truth, &text, &size, err);

    snprintf(path, sizeof path, "%s/truth.json", directory);
    if (!status)
        status = wadi_file_write(path, text, size, err);
    free(text);
    json_decref(truth);
    return status;
}
