/* libFuzzer target of the openBF model reader: any bytes end in a network or in one line. */
#include "wadi/network.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int compat = 0; compat < 2; compat++) {
        const wadi_openbf_options options = {.compat = compat};
        wadi_openbf_solver solver;
        wadi_network *network = NULL;
        wadi_error err = {0};
        wadi_status status =
            wadi_network_parse_openbf("input", (const char *)data, size, "fuzz/corpus/yaml",
                                      &options, &network, &solver, &err);

        if (status ? !err.message[0] || network : !network) {
            fprintf(stderr, "status %d, message '%s'\n", (int)status, err.message);
            abort();
        }
        wadi_network_free(network);
    }
    return 0;
}
