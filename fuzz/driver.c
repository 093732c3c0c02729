/* Stands in for libFuzzer where the compiler has none: one run of the target for each file. */
#include "base/base_impl.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    wadi_error err = {0};

    for (int i = 1; i < argc; i++) {
        char *bytes = NULL;
        size_t size;

        if (wadi_file_read(argv[i], (size_t)1 << 30, &bytes, &size, &err)) {
            fprintf(stderr, "%s\n", err.message);
            return 1;
        }
        LLVMFuzzerTestOneInput((const uint8_t *)bytes, size);
        free(bytes);
    }
    printf("%d inputs\n", argc - 1);
    return 0;
}
