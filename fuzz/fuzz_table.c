/* libFuzzer target of the table reader behind `wadi lint` and `wadi score --batch`. */
#include "stage/csv_impl.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    csv_table table;
    wadi_error err = {0};

    if (!wadi_csv_parse("fuzz", (const char *)data, size, &table, &err)) {
        WADI_ASSERT(table.rows >= 1 && table.columns >= 1);
        for (int row = 0; row < table.rows; row++)
            for (int column = 0; column < table.columns; column++)
                WADI_ASSERT(wadi_csv_word(&table, row, column));
        wadi_csv_clear(&table);
    } else {
        WADI_ASSERT(err.message[0]);
    }
    return 0;
}
