/* Stands in for libFuzzer where the compiler has none: each argument is a file for the target.
 */
#include "base/base_impl.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        char *bytes = NULL;
        size_t size = 0;
        wadi_error err = {0};

        if (wadi_file_read(argv[i], (size_t)64 << 20, &bytes, &size, &err)) {
            fprintf(stderr, "%s\n", err.message);
            return 1;
        }
        LLVMFuzzerTestOneInput((const uint8_t *)bytes, size);
        free(bytes);
    }
    return 0;
}
