/* One target per format of the image reader, in process: FORMAT is the format's table entry.
 * With clang, -fsanitize=fuzzer drives it; otherwise run_files.c feeds it the files named. */
#include "reader/reader.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static wadi_status take_header(void *context, const json_t *header, wadi_error *err)
{
    (void)context;
    (void)err;
    return header ? WADI_OK : WADI_ERR_PARSE;
}

static wadi_status take_frame(void *context, const void *samples, size_t size, wadi_error *err)
{
    const unsigned char *bytes = samples;
    unsigned *sum = context;

    (void)err;
    for (size_t i = 0; i < size; i++)
        *sum += bytes[i]; /* a read beyond the samples shows under the sanitizer */
    return WADI_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static bool started;
    unsigned sum = 0;
    reader_sink sink = {&sum, take_header, take_frame};
    wadi_error err = {0};

    if (!started)
        reader_dicom_start();
    started = true;
    if (FORMAT.matches(bytes, size) && FORMAT.read(bytes, size, &sink, &err) && !*err.message)
        abort(); /* a failure without a word is a defect */
    return 0;
}
