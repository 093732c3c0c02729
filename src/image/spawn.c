/* The near side of the reader program; reader/reader.h has the wire format. */
#include "image_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct image_reader {
    pid_t pid;
    int to, from; /* -1 when closed */
    wadi_frame_seen seen;
    void *context;
};

void image_reader_watch(image_reader *reader, wadi_frame_seen seen, void *context)
{
    reader->seen = seen;
    reader->context = context;
}

/* Beside the running program (installed or in the build folder), then where meson installs it.
 */
static bool find_program(char *path, size_t size)
{
    static const char *const BESIDE[] = {"", "/..", "/../libexec/wadi"};
    const char *given = getenv("WADI_IMAGE_READER");
    char self[3072];
    ssize_t length;

    if (given && *given) {
        snprintf(path, size, "%s", given);
        return access(path, X_OK) == 0;
    }
    length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length > 0) {
        self[length] = '\0';
        char *slash = strrchr(self, '/');

        if (slash)
            *slash = '\0';
        for (size_t i = 0; i < WADI_COUNT_OF(BESIDE); i++) {
            snprintf(path, size, "%s%s/wadi-image-reader", self, BESIDE[i]);
            if (access(path, X_OK) == 0)
                return true;
        }
    }
    snprintf(path, size, "%s/wadi-image-reader", WADI_LIBEXECDIR);
    return access(path, X_OK) == 0;
}

/* A socket pair rather than pipes: writing to a reader that died must be an error, and only
 * sockets can be written without raising SIGPIPE. */
static bool make_channel(int ends[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
        return false;
    for (int i = 0; i < 2; i++)
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    return true;
}

wadi_status image_reader_open(uint64_t largest_bytes, image_reader **out, wadi_error *err)
{
    wadi_status status = WADI_OK;
    image_reader *reader = wadi_alloc(1, sizeof *reader);
    int ends[2] = {-1, -1};
    posix_spawn_file_actions_t actions;
    char program[4096], size_text[32];
    char *arguments[] = {program, size_text, NULL};
    char *environment[] = {"LC_ALL=C", NULL};
    bool acting = false;

    *out = NULL;
    if (!reader) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "no memory for the image reader");
        goto done;
    }
    if (!find_program(program, sizeof program)) {
        status = wadi_fail(err, WADI_ERR_IO,
                           "the program wadi-image-reader is not beside wadi; "
                           "it is installed and built together with it");
        goto done;
    }
    snprintf(size_text, sizeof size_text, "%llu", (unsigned long long)largest_bytes);
    if (!make_channel(ends) || posix_spawn_file_actions_init(&actions)) {
        status =
            wadi_fail(err, WADI_ERR_IO, "no channel to the image reader: %s", strerror(errno));
        goto done;
    }
    acting = true;
    if (posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO) ||
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO) ||
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) ||
        posix_spawn(&reader->pid, program, &actions, NULL, arguments, environment)) {
        status =
            wadi_fail(err, WADI_ERR_IO, "the image reader does not start: %s", strerror(errno));
        goto done;
    }
    reader->to = reader->from = ends[0];
    ends[0] = -1;
    *out = reader;
    reader = NULL;
done:
    if (acting)
        posix_spawn_file_actions_destroy(&actions);
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
    free(reader);
    return status;
}

static bool put(image_reader *reader, const void *bytes, size_t size)
{
    for (size_t sent = 0; sent < size;) {
        ssize_t n = send(reader->to, (const char *)bytes + sent, size - sent, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        sent += (size_t)n;
    }
    return true;
}

static bool get(image_reader *reader, void *bytes, size_t size)
{
    for (size_t got = 0; got < size;) {
        ssize_t n = recv(reader->from, (char *)bytes + got, size - got, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    return true;
}

/* The reader ended on this file: say how. */
static wadi_status ended(image_reader *reader, const char *place, wadi_error *err)
{
    int how = 0;

    close(reader->to);
    reader->to = reader->from = -1;
    kill(reader->pid, SIGKILL);
    while (waitpid(reader->pid, &how, 0) < 0 && errno == EINTR)
        ;
    reader->pid = 0;
    if (WIFSIGNALED(how) && WTERMSIG(how) == SIGPROF)
        return wadi_fail(err, WADI_ERR_PARSE,
                         "%s: reading took longer than a sound file of this size can", place);
    if (WIFSIGNALED(how) && WTERMSIG(how) == SIGSYS)
        return wadi_fail(err, WADI_ERR_PARSE,
                         "%s: the reader was stopped: the file made it ask for what it may not",
                         place);
    return wadi_fail(err, WADI_ERR_PARSE,
                     "%s: the file is damaged so that its reader broke down", place);
}

/* Status and text of one block; *text is NUL-terminated, to be freed. */
static bool get_block(image_reader *reader, int32_t *status, char **text, size_t *size)
{
    uint32_t text_size = 0;

    *text = NULL;
    if (!get(reader, status, sizeof *status) || !get(reader, &text_size, sizeof text_size) ||
        text_size > (64u << 20))
        return false;
    *text = wadi_alloc((size_t)text_size + 1, 1);
    if (!*text || !get(reader, *text, text_size)) {
        free(*text);
        *text = NULL;
        return false;
    }
    *size = text_size;
    return true;
}

/* The reader's own words, kept only when they are plain and the status is a failure we know. */
static wadi_status reported(const char *place, int32_t status, char *text, wadi_error *err)
{
    for (char *c = text; *c; c++)
        if (*c < ' ' || *c > '~')
            *c = '?';
    if (status > -1 || status < WADI_ERR_SUPPORT || status == WADI_ERR_IO)
        status = WADI_ERR_PARSE;
    return wadi_fail(err, (wadi_status)status, "%s: %.300s", place, text);
}

static wadi_status get_frames(image_reader *reader, const char *place, wadi_image *image,
                              wadi_error *err)
{
    size_t frame_bytes = image_frame_samples(image) * image_sample_bytes(image->sample);

    for (wadi_index frame = 0; frame < image->frames; frame++) {
        int32_t status = 0;
        size_t size = 0;
        char *text = NULL;
        wadi_status out = WADI_OK;

        if (!get_block(reader, &status, &text, &size))
            return ended(reader, place, err);
        if (status)
            out = reported(place, status, text, err);
        free(text);
        if (out)
            return out;
        if (!get(reader, (char *)image->samples + (size_t)frame * frame_bytes, frame_bytes))
            return ended(reader, place, err);
        if (reader->seen)
            reader->seen(image, frame + 1, reader->context);
    }
    return WADI_OK;
}

wadi_status image_reader_read(image_reader *reader, const char *place, const char *bytes,
                              size_t size, wadi_image **out, wadi_error *err)
{
    wadi_status status = WADI_OK;
    uint64_t wire_size = size;
    int32_t answer = 0;
    size_t text_size = 0;
    char *text = NULL;
    json_t *header = NULL;
    wadi_image *image = NULL;

    *out = NULL;
    if (!put(reader, &wire_size, sizeof wire_size) || !put(reader, bytes, size) ||
        !get_block(reader, &answer, &text, &text_size)) {
        status = ended(reader, place, err);
        goto done;
    }
    if (answer) {
        status = reported(place, answer, text, err);
        goto done;
    }
    status = wadi_json_parse(place, text, text_size, &header, err);
    if (!status)
        status = image_from_header(place, header, &image, err);
    if (!status)
        status = get_frames(reader, place, image, err);
    if (status)
        goto done;
    *out = image;
    image = NULL;
done:
    json_decref(header);
    free(text);
    wadi_image_free(image);
    return status;
}

void image_reader_close(image_reader *reader)
{
    if (!reader)
        return;
    if (reader->to >= 0)
        close(reader->to);
    if (reader->pid > 0) {
        /* After an early failure it may still be sending; it has nothing to save. */
        kill(reader->pid, SIGKILL);
        while (waitpid(reader->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    free(reader);
}
