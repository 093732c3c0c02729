/* Cases to start from: the shipped ones, compiled in (data/meson.build), so that an installed
 * wadi has them too. */
#include "limb/case_impl.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Each is the file cases/NAME.json. */
static const char *const TEMPLATES[] = {
    "minimal",      "healthy",      "desert-foot",      "acute-1",
    "acute-2",      "acute-3",      "inflow-stenosis",  "gap-11mm",
    "arch-missing", "rutherford-3", "tibials-occluded", "sole-anterior-tibial",
    NULL,
};

const char *wadi_case_template_name(wadi_index index)
{
    return index >= 0 && (size_t)index < WADI_COUNT_OF(TEMPLATES) ? TEMPLATES[index] : NULL;
}

wadi_status wadi_case_template(const char *name, char **out, size_t *size, wadi_error *err)
{
    char file[64];
    const char *nearest;

    *out = NULL;
    *size = 0;
    for (int i = 0; TEMPLATES[i]; i++) {
        if (strcmp(TEMPLATES[i], name))
            continue;
        snprintf(file, sizeof file, "%s.json", name);
        return wadi_data_read(file, out, size, err);
    }
    nearest = wadi_nearest_name(name, TEMPLATES);
    return wadi_fail(err, WADI_ERR_KEY, "there is no template '%.60s'%s%s%s", name,
                     nearest ? "; did you mean " : "", nearest ? nearest : "",
                     nearest ? "?" : "");
}

wadi_status wadi_case_template_write(const char *name, const char *path, bool replace,
                                     wadi_error *err)
{
    char *text = NULL;
    size_t size;
    wadi_status status = wadi_case_template(name, &text, &size, err);

    if (!status && !replace && strcmp(path, "-") && access(path, F_OK) == 0)
        status =
            wadi_fail(err, WADI_ERR_CONFLICT, "%s: is there already and is left alone", path);
    if (!status)
        status = wadi_file_write(path, text, size, err);
    free(text);
    return status;
}
