/* libFuzzer target of the case reader. Built with -Dfuzz=true and clang; otherwise with
 * driver.c, which runs it once over each file of a list. */
#include "subject.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[800] = "";

    if (FUZZ_SUBJECTS[0].run((const char *)data, size, why, sizeof why) == FUZZ_WRONG) {
        fprintf(stderr, "%s\n", why);
        abort();
    }
    return 0;
}
