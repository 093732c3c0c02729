/* MP4 by the program ffmpeg, which gets plain frames on its standard input. */
#include "cine.h"
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

/* A socket, because writing to a program that died must be an error, not SIGPIPE. */
static int start(char *const arguments[], pid_t *pid)
{
    int ends[2] = {-1, -1}, failed;
    posix_spawn_file_actions_t actions;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
        return -1;
    for (int i = 0; i < 2; i++)
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    failed = posix_spawn_file_actions_init(&actions);
    if (!failed) {
        failed = posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO) ||
                 posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
                                                  O_WRONLY, 0) ||
                 posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
                                                  O_WRONLY, 0) ||
                 posix_spawnp(pid, "ffmpeg", &actions, NULL, arguments, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    close(ends[1]);
    if (!failed)
        return ends[0];
    close(ends[0]);
    return -1;
}

static bool put(int to, const uint8_t *bytes, size_t size)
{
    for (size_t sent = 0; sent < size;) {
        ssize_t n = send(to, bytes + sent, size - sent, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        sent += (size_t)n;
    }
    return true;
}

static bool finished_well(pid_t pid)
{
    int how = 0;

    while (waitpid(pid, &how, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(how) && WEXITSTATUS(how) == 0;
}

/* A path that ffmpeg would take for an option or an address goes in as "file:". */
static bool run(const wadi_cine *cine, const char *path, uint8_t *pixels, bool *started)
{
    char size[48], rate[32], target[4200];
    double ms = cine->frame_ms > 0 ? cine->frame_ms : CINE_FRAME_MS;
    char *const arguments[] = {"ffmpeg",
                               "-loglevel",
                               "error",
                               "-y",
                               "-f",
                               "rawvideo",
                               "-pix_fmt",
                               cine->channels == 3 ? "rgb24" : "gray",
                               "-s",
                               size,
                               "-r",
                               rate,
                               "-i",
                               "pipe:0",
                               "-vf",
                               "pad=ceil(iw/2)*2:ceil(ih/2)*2",
                               "-pix_fmt",
                               "yuv420p",
                               "-map_metadata",
                               "-1",
                               "-movflags",
                               "+faststart",
                               "-f",
                               "mp4",
                               target,
                               NULL};
    size_t bytes = (size_t)cine->columns * (size_t)cine->rows * (size_t)cine->channels;
    pid_t pid = 0;
    bool good = true;
    int to;

    snprintf(size, sizeof size, "%dx%d", cine->columns, cine->rows);
    snprintf(rate, sizeof rate, "%.4f", 1000 / ms);
    snprintf(target, sizeof target, "file:%s", path);
    to = start(arguments, &pid);
    *started = to >= 0;
    if (to < 0)
        return false;
    for (wadi_index f = 0; f < cine->frames && good; f++) {
        cine->draw(cine->data, f, pixels);
        good = put(to, pixels, bytes);
    }
    close(to);
    return finished_well(pid) && good;
}

wadi_status wadi_cine_check_mp4(wadi_error *err)
{
    const char *at = getenv("PATH");

    while (at && *at) {
        size_t length = strcspn(at, ":");
        char path[4096];

        snprintf(path, sizeof path, "%.*s/ffmpeg", (int)(length < 4000 ? length : 4000), at);
        if (access(path, X_OK) == 0)
            return WADI_OK;
        at += length + (at[length] == ':');
    }
    return wadi_fail(err, WADI_ERR_SUPPORT,
                     "MP4 wants the program ffmpeg on the PATH; animated PNG does not "
                     "(--cine png)");
}

wadi_status cine_write_mp4(const wadi_cine *cine, const char *path, wadi_error *err)
{
    wadi_status status = WADI_OK;
    size_t bytes = (size_t)cine->columns * (size_t)cine->rows * (size_t)cine->channels;
    uint8_t *pixels = wadi_alloc(bytes, 1);
    char beside[4096];
    bool started = false;

    if (!pixels)
        return wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for a frame", path);
    snprintf(beside, sizeof beside, "%s.%ld.new", path, (long)getpid());
    if (!run(cine, beside, pixels, &started))
        status = started ? wadi_fail(err, WADI_ERR_WRITE, "%s: ffmpeg could not write it", path)
                         : wadi_fail(err, WADI_ERR_SUPPORT,
                                     "%s: MP4 wants the program ffmpeg on the PATH; animated "
                                     "PNG (.png) does not",
                                     path);
    else if (rename(beside, path))
        status =
            wadi_fail(err, WADI_ERR_WRITE, "%s: cannot be written: %s", path, strerror(errno));
    if (status)
        remove(beside);
    free(pixels);
    return status;
}
