/* Until the PDF lands: JSON and figure only. */
#include "base/base_impl.h"
#include "wadi/report.h"

#include <stdlib.h>

wadi_status wadi_report_write(const wadi_plan_result *result, const wadi_case *the_case,
                              const char *directory, wadi_error *err)
{
    char *text = NULL, path[4096];
    size_t size;
    wadi_status status = wadi_directory_make(directory, err);

    if (!status)
        status = wadi_leg_svg(result, the_case, &text, &size, err);
    snprintf(path, sizeof path, "%s/leg.svg", directory);
    if (!status)
        status = wadi_file_write(path, text, size, err);
    free(text);
    return status;
}
