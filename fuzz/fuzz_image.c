/* One target per format of the image reader, in process: FORMAT is the format's table entry.
 * With clang, -fsanitize=fuzzer drives it; otherwise run_files.c feeds it the files named.
 *
 * DCMTK believes the length of an element and asks for it at once, up to 4 GiB; the reader's
 * sandbox refuses that, and so must the sanitizer:
 *
 *     ASAN_OPTIONS=allocator_may_return_null=1:max_allocation_size_mb=64 \
 *         build-fuzz/fuzz/fuzz-image-dicom -max_len=4096 -malloc_limit_mb=100000 \
 *         -max_total_time=300 build-fuzz/corpus fuzz/corpus/dicom */
#include "reader/reader.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Frames beyond this teach nothing new and take the time of a thousand small ones. */
#define SAMPLES_LIMIT 1e6

static wadi_status take_header(void *context, const json_t *header, wadi_error *err)
{
    static const char *const SIDES[] = {"columns", "rows", "frames", "channels"};
    double samples = 1;

    (void)context;
    for (size_t i = 0; i < sizeof SIDES / sizeof SIDES[0]; i++)
        samples *= (double)json_integer_value(json_object_get(header, SIDES[i]));
    if (samples > SAMPLES_LIMIT)
        return wadi_fail(err, WADI_ERR_RANGE, "%.0f samples are not looked at here", samples);
    return WADI_OK;
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
