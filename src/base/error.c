#include "base/base_impl.h"

#include <stdlib.h>

wadi_status wadi_fail(wadi_error *err, wadi_status status, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        err->status = status;
        vsnprintf(err->message, sizeof err->message, format, args);
        va_end(args);
    }
    return status;
}

const char *wadi_status_text(wadi_status status)
{
    switch (status) {
    case WADI_OK:
        return "ok";
    case WADI_ERR_NOMEM:
        return "out of memory";
    case WADI_ERR_IO:
        return "file not read";
    case WADI_ERR_PARSE:
        return "not of the format";
    case WADI_ERR_RANGE:
        return "out of range";
    case WADI_ERR_MISSING:
        return "missing";
    case WADI_ERR_KEY:
        return "unknown name";
    case WADI_ERR_UNIT:
        return "unit";
    case WADI_ERR_CONFLICT:
        return "contradiction";
    case WADI_ERR_CONVERGENCE:
        return "did not converge";
    case WADI_ERR_SUPPORT:
        return "not supported";
    case WADI_ERR_WRITE:
        return "file not written";
    }
    return "unknown status";
}

const char *wadi_version(void)
{
    return WADI_VERSION;
}

_Noreturn void wadi_assert_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "wadi: a bug: %s does not hold at %s:%d\n", condition, file, line);
    abort();
}
