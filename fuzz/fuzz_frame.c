/* Fuzz target of the CSV reader. With clang and libFuzzer: -fsanitize=fuzzer,address,undefined.
 * Built plainly it reads files, or makes broken tables of its own from a seed. */
#include "stats/frame_impl.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const wadi_column_want WANTS[] = {
        {"a", WADI_COLUMN_NUMBER}, {"b", WADI_COLUMN_LEVELS}, {"a", WADI_COLUMN_AUTO}};
    wadi_frame *frame = NULL;
    wadi_error err = {0};
    char *text =
        malloc(size ? size : 1); /* exact size, so that a sanitizer sees a step too far */

    if (!text)
        return 0;
    memcpy(text, bytes, size);
    if (wadi_frame_parse("fuzz", text, size, NULL, 0, &frame, &err) == WADI_OK)
        for (int c = 0; c < wadi_frame_column_count(frame); c++) {
            const wadi_column *column = wadi_frame_column(frame, c);

            for (size_t i = 0; column->code && i < wadi_frame_rows(frame); i++)
                WADI_ASSERT(column->code[i] >= -1 && column->code[i] < column->level_count);
        }
    wadi_frame_free(frame);
    frame = NULL;
    if (wadi_frame_parse("fuzz", text, size, WANTS, 3, &frame, &err) == WADI_OK)
        wadi_frame_free(frame);
    (void)wadi_frame_has(text, size, "a");
    free(text);
    return 0;
}

#ifndef WADI_LIBFUZZER
int main(int argc, char **argv)
{
    static const char PIECES[][8] = {
        "a",   "b",  ",", ";",   "\n", "\r\n", "\"",           "\"\"",
        "1.5", "NA", "-", "1e9", "\t", " ",    "\xEF\xBB\xBF", "x"};
    wadi_random random;

    for (int i = 1; i < argc; i++) {
        char *bytes = NULL;
        size_t size = 0;

        if (wadi_file_read(argv[i], (size_t)1 << 30, &bytes, &size, NULL) == WADI_OK)
            LLVMFuzzerTestOneInput((const uint8_t *)bytes, size);
        free(bytes);
    }
    wadi_random_init(&random, 1, 0);
    for (int i = 0; argc == 1 && i < 100000; i++) {
        char text[256] = "a,b\n";
        size_t count = wadi_random_bits(&random) % 30;

        if (i % 2)
            text[0] = 0;
        for (size_t k = 0; k < count; k++)
            strcat(text, PIECES[wadi_random_bits(&random) % WADI_COUNT_OF(PIECES)]);
        LLVMFuzzerTestOneInput((const uint8_t *)text, strlen(text));
    }
    return 0;
}
#endif
