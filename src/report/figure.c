#include "base/base_impl.h"
#include "wadi/figure.h"

wadi_status wadi_figure_write(const wadi_result *result, const char *path, bool stacked, wadi_error *err)
{
    (void)result; (void)stacked;
    return wadi_fail(err, WADI_ERR_SUPPORT, "%s: no figures yet", path);
}
