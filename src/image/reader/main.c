/* wadi-image-reader: see reader.h. Not for people; `wadi image` starts it. */
#include "reader/reader.h"
#include "reader/sandbox.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct answer {
    bool header_sent;
} answer;

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
    char *text = json_dumps(header, JSON_COMPACT | JSON_REAL_PRECISION(17));
    wadi_status status = WADI_OK;

    if (!text)
        return wadi_fail(err, WADI_ERR_PARSE, "the header holds text that is not readable");
    if (!emit_block(0, text, strlen(text)))
        status = wadi_fail(err, WADI_ERR_IO, "the receiver has gone");
    free(text);
    the_answer->header_sent = true;
    sandbox_allow_ms(1000);
    return status;
}

static wadi_status put_frame(void *context, const void *samples, size_t size, wadi_error *err)
{
    (void)context;
    if (!emit_block(0, "", 0) || !emit(samples, size))
        return wadi_fail(err, WADI_ERR_IO, "the receiver has gone");
    /* Each frame that came out whole buys time for the next one. */
    sandbox_allow_ms(500 + (long)(size >> 13));
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
        sandbox_allow_ms(700 + (long)(size >> 13));
        status = reader_read(bytes, size, &sink, &err);
        free(bytes);
        if (status && !emit_block(status, err.message, strlen(err.message)))
            return 1;
    }
    return 0;
}
