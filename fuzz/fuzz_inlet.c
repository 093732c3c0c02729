/* libFuzzer target of the inlet reader. */
#include "flow/wave_inlet_impl.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double *time_s = NULL, *value = NULL;
    size_t count = 0;
    wadi_error err = {0};
    wadi_status status =
        wave_inlet_parse("input", (const char *)data, size, &time_s, &value, &count, &err);

    if (status ? !err.message[0] || time_s : count < 2) {
        fprintf(stderr, "status %d, message '%s'\n", (int)status, err.message);
        abort();
    }
    for (size_t i = 1; i < count && !status; i++)
        if (!(time_s[i] > time_s[i - 1]))
            abort();
    free(time_s);
    free(value);
    return 0;
}
