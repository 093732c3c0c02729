#include "base/base_impl.h"
#include "base/data_impl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LIMIT_BYTES = 64 << 20, LONGEST_PATH = 4096 };

/* Set once at start by a program; see wadi_data_override. */
static char override_directory[LONGEST_PATH];

wadi_status wadi_data_override(const char *directory, wadi_error *err)
{
    struct stat info;

    if (directory && (stat(directory, &info) || !S_ISDIR(info.st_mode)))
        return wadi_fail(err, WADI_ERR_IO, "--data %s: not a folder", directory);
    if (directory && strlen(directory) >= sizeof override_directory)
        return wadi_fail(err, WADI_ERR_IO, "--data: the path is longer than %d bytes",
                         LONGEST_PATH);
    override_directory[0] = '\0';
    if (directory)
        strcpy(override_directory, directory);
    return WADI_OK;
}

wadi_status wadi_data_read(const char *name, char **bytes, size_t *size, wadi_error *err)
{
    *bytes = NULL;
    *size = 0;
    if (override_directory[0]) {
        char path[LONGEST_PATH + 64];
        struct stat info;

        snprintf(path, sizeof path, "%s/%s", override_directory, name);
        if (stat(path, &info) == 0)
            return wadi_file_read(path, LIMIT_BYTES, bytes, size, err);
        /* A folder may hold only the files that differ. */
    }
    for (const wadi_embedded *file = WADI_EMBEDDED; file->name; file++) {
        if (strcmp(file->name, name))
            continue;
        *bytes = wadi_alloc(file->size + 1, 1);
        if (!*bytes)
            return wadi_fail(err, WADI_ERR_NOMEM, "no memory for data file %s", name);
        memcpy(*bytes, file->bytes, file->size);
        *size = file->size;
        return WADI_OK;
    }
    return wadi_fail(err, WADI_ERR_IO, "there is no data file %s", name);
}
