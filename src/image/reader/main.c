/* wadi-image-reader: see reader.h. Not for people; `wadi image` starts it. */
#include "reader/reader.h"
#include "reader/sandbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What a file may cost. Decoding goes at some 20 MB a second at the slowest (JPEG 2000), and
 * what is packed more than 60 to 1 is no reason to work on: so a small file ends within a
 * second, whatever it claims to hold. */
enum { START_MS = 700, DECODED_MS_PER_MIB = 100, TIMED_RATIO = 60 };

typedef struct answer {
    uint64_t file_bytes, frame_bytes, decoded_bytes;
    clock_t begin;
} answer;

/* The processor's time that is left for the frame at hand. */
static void allow_time(const answer *the_answer)
{
    uint64_t decoded = the_answer->decoded_bytes + the_answer->frame_bytes;
    uint64_t most = TIMED_RATIO * the_answer->file_bytes;
    uint64_t allowed = START_MS + (the_answer->file_bytes >> 13) +
                       DECODED_MS_PER_MIB * (decoded < most ? decoded : most) / (1 << 20);
    uint64_t used = (uint64_t)(clock() - the_answer->begin) * 1000 / (uint64_t)CLOCKS_PER_SEC;

    sandbox_allow_ms(allowed > used ? (long)(allowed - used) : 1);
}

/* Bytes of a frame as the header announces it. */
static uint64_t frame_bytes_of(const json_t *header)
{
    const char *sample = json_string_value(json_object_get(header, "sample"));
    uint64_t width = !sample || !strcmp(sample, "u8") ? 1 : !strcmp(sample, "f32") ? 4 : 2;

    return width * (uint64_t)json_integer_value(json_object_get(header, "columns")) *
           (uint64_t)json_integer_value(json_object_get(header, "rows")) *
           (uint64_t)json_integer_value(json_object_get(header, "channels"));
}

static bool receive(void *bytes, size_t size)
{
    for (size_t got = 0; got < size;) {
        ssize_t n = read(STDIN_FILENO, (char *)bytes + got, size - got);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    return true;
}

static bool emit(const void *bytes, size_t size)
{
    for (size_t sent = 0; sent < size;) {
        ssize_t n = write(STDOUT_FILENO, (const char *)bytes + sent, size - sent);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        sent += (size_t)n;
    }
    return true;
}

static bool emit_block(int32_t status, const char *text, size_t size)
{
    uint32_t text_size = (uint32_t)size;

    return emit(&status, sizeof status) && emit(&text_size, sizeof text_size) &&
           emit(text, size);
}

static wadi_status put_header(void *context, const json_t *header, wadi_error *err)
{
    answer *the_answer = context;
    wadi_status status;
    char *text;

    the_answer->frame_bytes = frame_bytes_of(header);
    status =
        reader_check_unfolded(the_answer->file_bytes,
                              (double)the_answer->frame_bytes *
                                  (double)json_integer_value(json_object_get(header, "frames")),
                              err);
    if (status)
        return status;
    text = json_dumps(header, JSON_COMPACT | JSON_REAL_PRECISION(17));
    if (!text)
        return wadi_fail(err, WADI_ERR_PARSE, "the header holds text that is not readable");
    if (!emit_block(0, text, strlen(text)))
        status = wadi_fail(err, WADI_ERR_IO, "the receiver has gone");
    free(text);
    allow_time(the_answer);
    return status;
}

static wadi_status put_frame(void *context, const void *samples, size_t size, wadi_error *err)
{
    answer *the_answer = context;

    if (!emit_block(0, "", 0) || !emit(samples, size))
        return wadi_fail(err, WADI_ERR_IO, "the receiver has gone");
    the_answer->decoded_bytes += size;
    allow_time(the_answer);
    return WADI_OK;
}

int main(int argc, char **argv)
{
    uint64_t size = 0, largest = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;

    reader_dicom_start();
    if (sandbox_enter(largest))
        return 1;
    while (receive(&size, sizeof size)) {
        wadi_error err = {0};
        answer the_answer = {0};
        reader_sink sink = {&the_answer, put_header, put_frame};
        uint8_t *bytes = size <= largest ? malloc(size + 8) : NULL;
        wadi_status status;

        if (!bytes || !receive(bytes, size)) {
            free(bytes);
            return 1;
        }
        memset(bytes + size, 0, 8);
        the_answer.file_bytes = size;
        the_answer.begin = clock();
        allow_time(&the_answer);
        status = reader_read(bytes, size, &sink, &err);
        free(bytes);
        if (status && !emit_block(status, err.message, strlen(err.message)))
            return 1;
    }
    return 0;
}
