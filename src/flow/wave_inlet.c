#include "flow/wave_inlet_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { INLET_BYTES = 64 << 20 };

/* One number of a line; *at moves behind it and what separates it from the next. */
static bool take_number(const char **at, double *out)
{
    char *end;

    *out = strtod(*at, &end);
    if (end == *at)
        return false;
    while (*end == ' ' || *end == '\t' || *end == '\r')
        end++;
    if (*end == ',')
        end++;
    while (*end == ' ' || *end == '\t' || *end == '\r')
        end++;
    *at = end;
    return true;
}

static wadi_status take_line(const char *place, int line, const char *text, double last_time,
                             bool first, double *time_s, double *value, wadi_error *err)
{
    const char *at = text;

    if (!take_number(&at, time_s) || !take_number(&at, value) || *at)
        return wadi_fail(err, WADI_ERR_PARSE,
                         "%s:%d: '%.60s', two numbers (time in s, value) are wanted", place,
                         line, text);
    if (!isfinite(*time_s) || !isfinite(*value))
        return wadi_fail(err, WADI_ERR_RANGE, "%s:%d: '%.60s', finite numbers are wanted",
                         place, line, text);
    if (first && *time_s != 0)
        return wadi_fail(err, WADI_ERR_RANGE,
                         "%s:%d: the first sample is at %g s, 0 s is wanted", place, line,
                         *time_s);
    if (!first && !(*time_s > last_time))
        return wadi_fail(err, WADI_ERR_RANGE, "%s:%d: time is %g s, more than %g s is wanted",
                         place, line, *time_s, last_time);
    return WADI_OK;
}

static wadi_status check_closed(const char *place, const double *value, size_t count,
                                wadi_error *err)
{
    double low = INFINITY, high = -INFINITY;

    if (count < 2)
        return wadi_fail(err, WADI_ERR_MISSING, "%s: %zu samples, two or more are wanted",
                         place, count);
    for (size_t i = 0; i < count; i++) {
        low = fmin(low, value[i]);
        high = fmax(high, value[i]);
    }
    if (fabs(value[count - 1] - value[0]) > 0.01 * (high - low) + 1e-12 * fabs(high))
        return wadi_fail(
            err, WADI_ERR_RANGE,
            "%s: not periodic: the first value is %g and the last %g, the same value "
            "is wanted",
            place, value[0], value[count - 1]);
    return WADI_OK;
}

wadi_status wave_inlet_parse(const char *place, const char *bytes, size_t size, double **time_s,
                             double **value, size_t *count, wadi_error *err)
{
    wadi_status status = WADI_OK;
    size_t capacity = 2;
    double *times = NULL, *values = NULL;
    char *copy = wadi_alloc(size + 1, 1);
    int line = 0;

    *time_s = *value = NULL;
    *count = 0;
    for (size_t i = 0; i < size; i++)
        capacity += bytes[i] == '\n';
    times = wadi_alloc(capacity, sizeof *times);
    values = wadi_alloc(capacity, sizeof *values);
    if (!copy || !times || !values) {
        status = wadi_fail(err, WADI_ERR_NOMEM, "%s: no memory for %zu bytes", place, size);
        goto done;
    }
    memcpy(copy, bytes, size);
    for (char *at = copy, *next; at && !status; at = next) {
        next = memchr(at, '\n', (size_t)(copy + size - at));
        if (next)
            *next++ = '\0';
        line++;
        at += strspn(at, " \t\r");
        if (!*at || *at == '#')
            continue;
        status = take_line(place, line, at, *count ? times[*count - 1] : 0, *count == 0,
                           &times[*count], &values[*count], err);
        ++*count;
    }
    if (!status)
        status = check_closed(place, values, *count, err);
    if (status)
        goto done;
    *time_s = times;
    *value = values;
    times = values = NULL;
done:
    free(copy);
    free(times);
    free(values);
    return status;
}

wadi_status wave_inlet_read(const char *path, double **time_s, double **value, size_t *count,
                            wadi_error *err)
{
    char *bytes = NULL;
    size_t size = 0;
    wadi_status status;

    *time_s = *value = NULL;
    *count = 0;
    status = wadi_file_read(path, INLET_BYTES, &bytes, &size, err);
    if (status == WADI_ERR_IO) /* a missing inlet file is bad input, not a failed disk */
        status = wadi_fail(err, WADI_ERR_MISSING,
                           "%s: the inlet file cannot be read; two columns "
                           "(time in s, flow in m3/s) are wanted there",
                           path);
    if (!status)
        status = wave_inlet_parse(path, bytes, size, time_s, value, count, err);
    free(bytes);
    return status;
}
