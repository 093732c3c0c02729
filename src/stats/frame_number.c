/* Decimal text to double, correctly rounded, without the C library's locale.
 *
 * Up to 19 digits sit exactly in 64 bits. Where 5^|e| does too, the value m 5^e 2^e is a
 * product or a quotient of integers, so rounding once from 128 bits (with a sticky bit for what
 * is left) is exact. All else (more digits, huge exponents, subnormals) goes to strtod on a
 * copy. */
#include "stats/frame_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

enum { POWER_MAX = 27 };

static const uint64_t POW5[POWER_MAX + 1] = {1u,
                                             5u,
                                             25u,
                                             125u,
                                             625u,
                                             3125u,
                                             15625u,
                                             78125u,
                                             390625u,
                                             1953125u,
                                             9765625u,
                                             48828125u,
                                             244140625u,
                                             1220703125u,
                                             6103515625u,
                                             30517578125u,
                                             152587890625u,
                                             762939453125u,
                                             3814697265625u,
                                             19073486328125u,
                                             95367431640625u,
                                             476837158203125u,
                                             2384185791015625u,
                                             11920928955078125u,
                                             59604644775390625u,
                                             298023223876953125u,
                                             1490116119384765625u,
                                             7450580596923828125u};

static const double POW10[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                               1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                               1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* value * 2^shift, rounded to nearest even; `sticky` says that something lies below. */
static double round_wide(wide value, bool sticky, int shift)
{
    uint64_t high = (uint64_t)(value >> 64);
    int bits = high ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll((uint64_t)value);
    int drop = bits - 54;

    if (drop > 0) {
        sticky |= (value & (((wide)1 << drop) - 1)) != 0;
        value >>= drop;
        shift += drop;
    }
    uint64_t kept = (uint64_t)value;
    if (drop >= 0) { /* 54 bits: the last one decides, with the sticky bit for a tie */
        if ((kept & 1) && (sticky || (kept & 2)))
            kept += 1;
        kept >>= 1;
        shift += 1;
    }
    return ldexp((double)kept, shift);
}

static double scale(uint64_t digits, int exponent10)
{
    if (digits == 0)
        return 0;
    if (digits < ((uint64_t)1 << 53)) {
        if (exponent10 >= 0 && exponent10 <= 22)
            return (double)digits * POW10[exponent10];
        if (exponent10 < 0 && exponent10 >= -22)
            return (double)digits / POW10[-exponent10];
    }
    if (exponent10 >= 0)
        return round_wide((wide)digits * POW5[exponent10], false, exponent10);
    /* Left-align the dividend so that the quotient keeps at least 64 bits. */
    int lead = __builtin_clzll(digits);
    wide dividend = (wide)(digits << lead) << 64;
    uint64_t divisor = POW5[-exponent10];
    wide quotient = dividend / divisor;
    return round_wide(quotient, dividend - quotient * divisor != 0, exponent10 - lead - 64);
}

static bool number_slow(frame_field field, char decimal, double *out)
{
    char buffer[400], *end = NULL;

    if (field.size >= sizeof buffer)
        return false;
    memcpy(buffer, field.at, field.size);
    buffer[field.size] = 0;
    for (size_t i = 0; i < field.size; i++) {
        if (buffer[i] == decimal)
            buffer[i] = '.';
        else if (!strchr("0123456789+-eE", buffer[i]) || !buffer[i])
            return false;
    }
    *out = strtod(buffer, &end);
    return end == buffer + field.size && end != buffer && isfinite(*out);
}

static bool is_infinity(frame_field field, double *out)
{
    bool minus = field.size > 1 && field.at[0] == '-';
    size_t sign = field.size > 1 && (minus || field.at[0] == '+');

    if (field.size - sign != 3 || memcmp(field.at + sign, "Inf", 3))
        return false;
    *out = minus ? -INFINITY : INFINITY;
    return true;
}

bool frame_number(frame_field field, char decimal, double *out)
{
    const char *at = field.at, *end = field.at + field.size;
    bool negative = false, point = false;
    uint64_t digits = 0;
    int digit_count = 0, significant = 0, exponent = 0;

    if (at < end && (*at == '-' || *at == '+'))
        negative = *at++ == '-';
    for (; at < end; at++) {
        unsigned d = (unsigned)(unsigned char)*at - '0';

        if (d < 10) {
            if (significant >= 19)
                return number_slow(field, decimal, out);
            digits = digits * 10 + d;
            digit_count++;
            significant += digits != 0;
            exponent -= point;
        } else if (*at == decimal && !point) {
            point = true;
        } else {
            break;
        }
    }
    if (!digit_count)
        return is_infinity(field, out);
    if (at < end || exponent < -POWER_MAX)
        return number_slow(field, decimal, out);
    *out = scale(digits, exponent);
    if (negative)
        *out = -*out;
    return true;
}

bool frame_is_missing(frame_field field)
{
    if (field.size == 0)
        return true;
    if (field.at[0] != 'N')
        return false;
    return (field.size == 2 && field.at[1] == 'A') ||
           (field.size == 3 && field.at[1] == 'a' && field.at[2] == 'N');
}

bool frame_number_text(const char *text, double *out)
{
    return frame_number((frame_field){text, strlen(text)}, '.', out);
}
