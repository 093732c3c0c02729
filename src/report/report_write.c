/* plan.json, leg.svg and report.pdf into a directory, all or nothing. */
#include "base/base_impl.h"
#include "wadi/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_COUNT = 3 };

typedef struct report_file {
    const char *name;
    char *bytes;
    size_t size;
    char *path, *beside;
    bool written;
} report_file;

static wadi_status make_bytes(report_file files[FILE_COUNT], const wadi_plan_result *result,
                              const wadi_case *the_case, wadi_error *err)
{
    wadi_status status = wadi_plan_json(result, the_case, &files[0].bytes, &files[0].size, err);

    if (!status)
        status = wadi_leg_svg(result, the_case, &files[1].bytes, &files[1].size, err);
    if (!status)
        status = wadi_report_pdf(result, the_case, &files[2].bytes, &files[2].size, err);
    return status;
}

static wadi_status name_file(report_file *file, const char *directory, wadi_error *err)
{
    size_t size = strlen(directory) + strlen(file->name) + 40;

    file->path = wadi_alloc(size, 1);
    file->beside = wadi_alloc(size, 1);
    if (!file->path || !file->beside)
        return wadi_fail(err, WADI_ERR_NOMEM, "no memory for a file name");
    snprintf(file->path, size, "%s/%s", directory, file->name);
    snprintf(file->beside, size, "%s/%s.%ld.new", directory, file->name, (long)getpid());
    return WADI_OK;
}

/* A place that cannot be replaced, such as a folder of that name, must stop all three before
 * the first is renamed. */
static wadi_status check_place(const report_file *file, wadi_error *err)
{
    struct stat info;

    if (lstat(file->path, &info) == 0 && S_ISDIR(info.st_mode))
        return wadi_fail(err, WADI_ERR_WRITE,
                         "%s: is a directory, a file is to be written there", file->path);
    return WADI_OK;
}

wadi_status wadi_report_write(const wadi_plan_result *result, const wadi_case *the_case,
                              const char *directory, wadi_error *err)
{
    wadi_status status;
    report_file files[FILE_COUNT] = {
        {.name = "plan.json"}, {.name = "leg.svg"}, {.name = "report.pdf"}};

    status = make_bytes(files, result, the_case, err);
    if (!status)
        status = wadi_directory_make(directory, err);
    for (int i = 0; i < FILE_COUNT && !status; i++)
        status = name_file(&files[i], directory, err);
    for (int i = 0; i < FILE_COUNT && !status; i++)
        status = check_place(&files[i], err);
    for (int i = 0; i < FILE_COUNT && !status; i++) {
        status = wadi_file_write(files[i].beside, files[i].bytes, files[i].size, err);
        files[i].written = !status;
    }
    for (int i = 0; i < FILE_COUNT && !status; i++) {
        if (rename(files[i].beside, files[i].path))
            status = wadi_fail(err, WADI_ERR_WRITE, "%s: cannot be written: %s", files[i].path,
                               strerror(errno));
        else
            files[i].written = false;
    }
    for (int i = 0; i < FILE_COUNT; i++) {
        if (files[i].written)
            remove(files[i].beside);
        free(files[i].bytes);
        free(files[i].path);
        free(files[i].beside);
    }
    return status;
}
