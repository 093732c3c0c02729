#include "base/base_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

wadi_status wadi_file_read(const char *path, size_t limit_bytes, char **bytes, size_t *size,
                           wadi_error *err)
{
    wadi_status status = WADI_OK;
    wadi_text text = {0};
    char chunk[16384];
    struct stat info;
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "rb");

    *bytes = NULL;
    *size = 0;
    if (!file)
        return wadi_fail(err, WADI_ERR_IO, "%s: cannot be read: %s", path, strerror(errno));
    if (fstat(fileno(file), &info) == 0 && S_ISDIR(info.st_mode)) {
        status = wadi_fail(err, WADI_ERR_IO, "%s: is a directory, a file is wanted", path);
        goto done;
    }
    for (;;) {
        size_t got = fread(chunk, 1, sizeof chunk, file);

        if (!got)
            break;
        if (text.size + got > limit_bytes) {
            status = wadi_fail(err, WADI_ERR_IO, "%s: larger than the %zu MiB that are read",
                               path, limit_bytes >> 20);
            goto done;
        }
        wadi_text_put(&text, chunk, got);
    }
    if (ferror(file)) {
        status = wadi_fail(err, WADI_ERR_IO, "%s: reading failed: %s", path, strerror(errno));
        goto done;
    }
    wadi_text_put(&text, "", 0);
    if (text.failed) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for %zu bytes", path, text.size);
        goto done;
    }
    *bytes = text.bytes;
    *size = text.size;
    text.bytes = NULL;
done:
    if (!standard)
        fclose(file);
    wadi_text_clear(&text);
    return status;
}

/* Closing may report what a full disk refused. */
static bool write_bytes(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    bool written;

    if (!file)
        return false;
    written = fwrite(bytes, 1, size, file) == size;
    return fclose(file) == 0 && written;
}

/* A device or a pipe is written as it is; a renamed file would take its place. */
static bool is_special(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

wadi_status wadi_file_write(const char *path, const void *bytes, size_t size, wadi_error *err)
{
    wadi_status status = WADI_OK;
    char *beside = NULL;
    size_t path_size = strlen(path) + 32;
    bool written;

    if (strcmp(path, "-") == 0) {
        if (fwrite(bytes, 1, size, stdout) != size || fflush(stdout))
            return wadi_fail(err, WADI_ERR_WRITE, "standard output: writing failed");
        return WADI_OK;
    }
    beside = wadi_alloc(path_size, 1);
    if (!beside)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a file name");
    snprintf(beside, path_size, "%s.%ld.part", path, (long)getpid());
    if (is_special(path))
        written = write_bytes(path, bytes, size);
    else
        written = write_bytes(beside, bytes, size) && rename(beside, path) == 0;
    if (!written) {
        status =
            wadi_fail(err, WADI_ERR_WRITE, "%s: cannot be written: %s", path, strerror(errno));
        remove(beside);
    }
    free(beside);
    return status;
}

wadi_status wadi_directory_make(const char *path, wadi_error *err)
{
    wadi_status status = WADI_OK;
    char *copy = wadi_strdup(path);
    struct stat info;

    if (!copy)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a file name");
    if (!*path) {
        free(copy);
        return wadi_fail(err, WADI_ERR_WRITE, "the name of the folder is empty");
    }
    for (char *slash = copy + 1; *copy && *slash; slash++) {
        if (*slash != '/')
            continue;
        *slash = '\0';
        mkdir(copy, 0777); /* a failure shows at the last part */
        *slash = '/';
    }
    if (mkdir(copy, 0777)) {
        int why = errno;

        if (!stat(copy, &info) && S_ISDIR(info.st_mode))
            ; /* it is there already */
        else if (why == EEXIST)
            status = wadi_fail(err, WADI_ERR_WRITE, "%s: is a file, a folder is wanted", path);
        else
            status = wadi_fail(err, WADI_ERR_WRITE, "%s: the folder cannot be made: %s", path,
                               strerror(why));
    }
    free(copy);
    return status;
}
