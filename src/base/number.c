/* number.c: numbers as text and back, and arithmetic that must not wrap. Knows no locale: strtod() and
 * snprintf() are used for their correct rounding, and their decimal point is put right. */
#include "base/internal.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIGNIFICANT_MAX = 400 };

/* --- printing --- */

/* Scientific notation of `magnitude` in `digits` digits, without a point ("60000000000000002"), and as
 * the result the power of ten of the first digit. */
static int digits_of(char *out, int digits, double magnitude)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%.*e", digits - 1, magnitude);
    size_t used = 0;
    const char *p = text;
    for (; *p && *p != 'e'; p++)
        if (*p >= '0' && *p <= '9')
            out[used++] = *p;
    out[used] = '\0';
    return atoi(p + 1);
}

/* digits * 10^(exponent - count + 1), correctly rounded. Up to 15 digits and 10^22 both factors are
 * exact doubles, so that one multiplication or division is; beyond, strtod(), without a point. */
static double value_of(const char *digits, size_t count, int exponent)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const int power = exponent - (int)count + 1;
    if (count <= 15 && power >= -22 && power <= 22) {
        int64_t whole = 0;
        for (size_t i = 0; i < count; i++)
            whole = 10 * whole + (digits[i] - '0');
        return power < 0 ? (double)whole / powers[-power] : (double)whole * powers[power];
    }
    char text[64];
    memcpy(text, digits, count);
    text[count] = 'e';
    (void)tempo__integer_print(text + count + 1, power);
    return strtod(text, NULL);
}

/* Rounds 17 correct digits to `count`; false when the cut-off part is so near a half that 17 digits
 * do not decide it. A carry out of the first digit moves the exponent. */
static bool round_digits(char *out, const char *seventeen, size_t count, int *exponent)
{
    bool half = seventeen[count] == '5';
    for (size_t i = count + 1; half && i < 17; i++)
        half = seventeen[i] == '0';
    if (half)
        return false;
    memcpy(out, seventeen, count);
    out[count] = '\0';
    if (seventeen[count] < '5')
        return true;
    size_t i = count;
    while (i > 0 && out[i - 1] == '9')
        out[--i] = '0';
    if (i > 0) {
        out[i - 1]++;
    } else {
        out[0] = '1';
        ++*exponent;
    }
    return true;
}

/* The shortest of 15, 16 and 17 digits that reads back to `magnitude`. One snprintf() and one or two
 * strtod() instead of three of each: a table of a million rows is waiting for this. */
static int shortest_digits(char *out, double magnitude)
{
    if (magnitude < DBL_MIN) { /* subnormal: fewer digits may do */
        for (int digits = 1; digits < 17; digits++) {
            const int exponent = digits_of(out, digits, magnitude);
            if (value_of(out, strlen(out), exponent) == magnitude)
                return exponent;
        }
        return digits_of(out, 17, magnitude);
    }
    char seventeen[24];
    const int exponent = digits_of(seventeen, 17, magnitude);
    for (int digits = 15; digits < 17; digits++) {
        int rounded = exponent;
        if (!round_digits(out, seventeen, (size_t)digits, &rounded))
            rounded = digits_of(out, digits, magnitude);
        if (value_of(out, (size_t)digits, rounded) == magnitude)
            return rounded;
    }
    memcpy(out, seventeen, sizeof seventeen);
    return exponent;
}

size_t tempo__number_print(char *buffer, double value)
{
    char *p = buffer;
    if (isnan(value))
        return (size_t)snprintf(buffer, TEMPO__NUMBER_MAX, "nan");
    if (signbit(value))
        *p++ = '-';
    if (isinf(value) || value == 0) {
        const char *text = value == 0 ? "0" : "inf";
        (void)snprintf(p, 4, "%s", text);
        return (size_t)(p - buffer) + strlen(text);
    }
    char digits[24];
    const int exponent = shortest_digits(digits, fabs(value));
    int count = (int)strlen(digits);
    while (count > 1 && digits[count - 1] == '0')
        count--;
    if (exponent < -4 || exponent >= 16) {
        *p++ = digits[0];
        if (count > 1) {
            *p++ = '.';
            memcpy(p, digits + 1, (size_t)count - 1);
            p += count - 1;
        }
        return (size_t)(p - buffer) + (size_t)snprintf(p, 8, "e%+03d", exponent);
    }
    if (exponent < 0) {
        *p++ = '0';
        *p++ = '.';
        for (int i = -1; i > exponent; i--)
            *p++ = '0';
    }
    for (int i = 0; i < count || i <= exponent; i++) {
        if (i > 0 && i == exponent + 1)
            *p++ = '.';
        *p++ = i < count ? digits[i] : '0';
    }
    *p = '\0';
    return (size_t)(p - buffer);
}

/* Digits of `value` rounded to `digits` places, without trailing zeros, and the power of ten of the first. */
static int round_to_digits(char *out, double value, int digits)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%.*e", digits - 1, fabs(value));
    size_t used = 0;
    const char *p = text;
    for (; *p && *p != 'e'; p++)
        if (*p >= '0' && *p <= '9')
            out[used++] = *p;
    while (used > 1 && out[used - 1] == '0')
        used--;
    out[used] = '\0';
    int64_t exponent = 0;
    (void)(*p && tempo__integer_parse(&exponent, p + 1, strlen(p + 1)));
    return (int)exponent;
}

size_t tempo__number_shorten(char *buffer, double value, int digits)
{
    if (!isfinite(value) || value == 0)
        return tempo__number_print(buffer, value == 0 ? 0.0 : value);
    char significant[32];
    const int exponent = round_to_digits(significant, value, digits < 1 ? 1 : digits > 17 ? 17 : digits);
    const int count = (int)strlen(significant);
    char *p = buffer;
    if (value < 0)
        *p++ = '-';
    /* 0.05 and 1200 are easier to read than 5e-2 and 1.2e3; 0.0012 and 1200000 are not. */
    if (exponent >= -2 && exponent < 6) {
        if (exponent < 0) {
            *p++ = '0';
            *p++ = '.';
            for (int i = -1; i > exponent; i--)
                *p++ = '0';
        }
        for (int i = 0; i < count || i <= exponent; i++) {
            if (i > 0 && i == exponent + 1)
                *p++ = '.';
            *p++ = i < count ? significant[i] : '0';
        }
        *p = '\0';
        return (size_t)(p - buffer);
    }
    *p++ = significant[0];
    if (count > 1) {
        *p++ = '.';
        memcpy(p, significant + 1, (size_t)count - 1);
        p += count - 1;
    }
    *p++ = 'e';
    return (size_t)(p - buffer) + tempo__integer_print(p, exponent);
}

size_t tempo__integer_print(char *buffer, int64_t value)
{
    char reversed[24];
    size_t count = 0, length = 0;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        reversed[count++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        buffer[length++] = '-';
    while (count)
        buffer[length++] = reversed[--count];
    buffer[length] = '\0';
    return length;
}

/* --- reading --- */

bool tempo__integer_parse(int64_t *out, const char *text, size_t length)
{
    size_t i = 0;
    const bool negative = length && text[0] == '-';
    if (length && (text[0] == '-' || text[0] == '+'))
        i++;
    if (i == length)
        return false;
    int64_t value = 0;
    for (; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        const int64_t digit = text[i] - '0';
        if (!tempo__multiply(&value, value, 10) || !tempo__add(&value, value, negative ? -digit : digit))
            return false;
    }
    *out = value;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whether the text is [sign] digits [. digits] [e [sign] digits], with a digit before the exponent. */
static bool is_decimal(const char *text, size_t length)
{
    size_t i = 0, digits = 0;
    if (i < length && (text[i] == '+' || text[i] == '-'))
        i++;
    for (; i < length && is_digit(text[i]); i++)
        digits++;
    if (i < length && text[i] == '.')
        for (i++; i < length && is_digit(text[i]); i++)
            digits++;
    if (!digits)
        return false;
    if (i < length && (text[i] == 'e' || text[i] == 'E')) {
        i++;
        if (i < length && (text[i] == '+' || text[i] == '-'))
            i++;
        const size_t start = i;
        while (i < length && is_digit(text[i]))
            i++;
        if (i == start)
            return false;
    }
    return i == length;
}

bool tempo__number_parse(double *out, const char *text, size_t length, bool specials)
{
    if (specials && length) {
        const size_t sign = text[0] == '-' || text[0] == '+';
        const double factor = text[0] == '-' ? -1.0 : 1.0;
        const char *word = text + sign;
        if (tempo__equal_ignoring_case(word, length - sign, "inf") ||
            tempo__equal_ignoring_case(word, length - sign, "infinity")) {
            *out = factor * (double)INFINITY;
            return true;
        }
        if (tempo__equal_ignoring_case(word, length - sign, "nan")) {
            *out = (double)NAN;
            return true;
        }
    }
    if (length > SIGNIFICANT_MAX || !is_decimal(text, length))
        return false;
    /* strtod() wants the locale's point: ask printf what that is (it may have several bytes). */
    char sample[16];
    (void)snprintf(sample, sizeof sample, "%.1f", 0.5);
    const size_t point_length = strlen(sample) - 2;
    char copy[SIGNIFICANT_MAX + sizeof sample];
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '.') {
            memcpy(copy + used, sample + 1, point_length);
            used += point_length;
        } else {
            copy[used++] = text[i];
        }
    }
    copy[used] = '\0';
    *out = strtod(copy, NULL);
    return true;
}

/* --- arithmetic --- */

bool tempo__add(int64_t *out, int64_t a, int64_t b)
{
    if ((b > 0 && a > INT64_MAX - b) || (b < 0 && a < INT64_MIN - b))
        return false;
    *out = a + b;
    return true;
}

static bool is_short(int64_t value)
{
    return value >= INT32_MIN && value <= INT32_MAX;
}

bool tempo__multiply(int64_t *out, int64_t a, int64_t b)
{
    /* Short factors are the usual ones, and need no division. */
    if (is_short(a) && is_short(b)) {
        *out = a * b;
        return true;
    }
    if (a > 0 ? (b > 0 ? a > INT64_MAX / b : b < INT64_MIN / a)
              : (b > 0 ? a < INT64_MIN / b : a != 0 && b < INT64_MAX / a))
        return false;
    *out = a * b;
    return true;
}

bool tempo__truncate(int64_t *out, double value)
{
    if (!(value > -9223372036854777856.0 && value < 9223372036854775808.0)) /* also NaN */
        return false;
    *out = (int64_t)value;
    return true;
}

static uint64_t magnitude_of(int64_t value)
{
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

double tempo__ratio_of_large(int64_t numerator, int64_t denominator)
{
    /* Long division in binary: the integer part, then bits until there are 55 of them; what is left
     * becomes a sticky last bit, so that the one rounding to double is the right one. */
    const uint64_t divisor = magnitude_of(denominator);
    uint64_t quotient = magnitude_of(numerator) / divisor;
    uint64_t rest = magnitude_of(numerator) % divisor;
    int shift = 0;
    while (rest && quotient < UINT64_C(1) << 55) {
        const bool carry = rest > UINT64_MAX - rest;
        rest *= 2;
        quotient *= 2;
        if (carry || rest >= divisor) {
            rest -= divisor;
            quotient++;
        }
        shift++;
    }
    const double magnitude = ldexp((double)(quotient | (rest ? 1 : 0)), -shift);
    return (numerator < 0) == (denominator < 0) ? magnitude : -magnitude;
}
