/* time.c: making, printing, comparing and calculating with times. Must not know how a time is spelled
 * (time_parse.c) nor where training is (timestamp.c).
 *
 * Every rule is that of composer/core/time.py, whose integers are Python's: exact, and turned into a
 * double once where a double takes part.
 */
#include "base/internal.h"
#include "time/internal.h"

#include <math.h>
#include <string.h>

/* A time as text, for messages. */
typedef struct time_text {
    char text[TEMPO_TIME_TEXT_MAX];
} time_text;

static time_text text_of(tempo_time time)
{
    time_text printed = {""};
    (void)tempo_time_print(printed.text, time);
    return printed;
}

static tempo_time count_of(int64_t count, tempo_unit unit)
{
    return (tempo_time){.unit = unit, .count = count};
}

/* --- making and printing --- */

tempo_status tempo_time_of_count(tempo_time *out, int64_t count, tempo_unit unit, tempo_error *error)
{
    if (!tempo__unit_exists(unit))
        return tempo__fail(error, TEMPO_BAD_VALUE, "%d is not the number of a unit, which are 0 to %d", (int)unit,
                           TEMPO_UNIT_COUNT - 1);
    if (unit == TEMPO_DURATION) {
        (void)tempo__fail(error, TEMPO_BAD_TYPE, "a dur is a fraction of the run, not a count");
        tempo__advise(error, "use tempo_time_of_fraction()");
        return TEMPO_BAD_TYPE;
    }
    *out = count_of(count, unit);
    return TEMPO_OK;
}

tempo_time tempo_time_of_fraction(double fraction)
{
    return (tempo_time){.unit = TEMPO_DURATION, .fraction = fraction};
}

/* As Python's repr: a double that looks like an integer gets ".0". */
static size_t print_fraction(char *buffer, double fraction)
{
    const size_t length = tempo__number_print(buffer, fraction);
    if (!isfinite(fraction) || strpbrk(buffer, ".e"))
        return length;
    memcpy(buffer + length, ".0", sizeof ".0");
    return length + 2;
}

/* Also for a number that is no unit: messages print what they were given. */
static const char *suffix_of(tempo_unit unit)
{
    return tempo__unit_exists(unit) ? tempo_unit_suffix(unit) : "?";
}

size_t tempo_time_print(char *buffer, tempo_time time)
{
    const size_t length =
        time.unit == TEMPO_DURATION ? print_fraction(buffer, time.fraction) : tempo__integer_print(buffer, time.count);
    const char *const suffix = suffix_of(time.unit);
    const size_t suffix_length = strlen(suffix);
    memcpy(buffer + length, suffix, suffix_length + 1);
    return length + suffix_length;
}

/* --- errors --- */

/* `done` is what was to be done to the two: "compared". */
static tempo_status mismatch(tempo_error *error, tempo_time a, tempo_time b, const char *done)
{
    const time_text a_text = text_of(a), b_text = text_of(b);
    (void)tempo__fail(error, TEMPO_UNIT_MISMATCH, "%s and %s cannot be %s, since their units differ", a_text.text,
                      b_text.text, done);
    tempo__advise(error, "give both in one unit");
    return TEMPO_UNIT_MISMATCH;
}

static tempo_status overflow(tempo_error *error, tempo_time a, const char *operation, tempo_time b)
{
    const time_text a_text = text_of(a), b_text = text_of(b);
    return tempo__fail(error, TEMPO_OUT_OF_RANGE, "%s %s %s does not fit in 64 bits", a_text.text, operation,
                       b_text.text);
}

static tempo_status division_by_zero(tempo_error *error, tempo_time a)
{
    const time_text a_text = text_of(a);
    return tempo__fail(error, TEMPO_ZERO_DURATION, "%s cannot be divided by 0", a_text.text);
}

/* --- comparing --- */

tempo_status tempo_time_compare(int *order, tempo_time a, tempo_time b, tempo_error *error)
{
    if (a.unit != b.unit)
        return mismatch(error, a, b, "compared");
    if (a.unit == TEMPO_DURATION) {
        if (isnan(a.fraction) || isnan(b.fraction))
            return tempo__fail(error, TEMPO_BAD_VALUE, "nandur is neither before nor after any time");
        *order = (a.fraction > b.fraction) - (a.fraction < b.fraction);
    } else {
        *order = (a.count > b.count) - (a.count < b.count);
    }
    return TEMPO_OK;
}

/* --- calculating --- */

tempo_status tempo_time_add(tempo_time *out, tempo_time a, tempo_time b, tempo_error *error)
{
    if (a.unit != b.unit)
        return mismatch(error, a, b, "added");
    int64_t sum = 0;
    if (!tempo__add(&sum, a.count, b.count))
        return overflow(error, a, "+", b);
    *out = (tempo_time){.unit = a.unit, .count = sum, .fraction = a.fraction + b.fraction};
    return TEMPO_OK;
}

tempo_status tempo_time_subtract(tempo_time *out, tempo_time a, tempo_time b, tempo_error *error)
{
    if (a.unit != b.unit)
        return mismatch(error, a, b, "subtracted");
    /* Not a + (-b): INT64_MIN has no negative, yet -1 - INT64_MIN fits. */
    if (b.count < 0 ? a.count > INT64_MAX + b.count : a.count < INT64_MIN + b.count)
        return overflow(error, a, "-", b);
    *out = (tempo_time){.unit = a.unit, .count = a.count - b.count, .fraction = a.fraction - b.fraction};
    return TEMPO_OK;
}

static double real_of(tempo_time time)
{
    return time.unit == TEMPO_DURATION ? time.fraction : (double)time.count;
}

/* A calculated value as a time: truncated toward zero unless it is a fraction. */
static tempo_status of_real(tempo_time *out, double value, tempo_unit unit, tempo_error *error)
{
    if (unit == TEMPO_DURATION) {
        *out = tempo_time_of_fraction(value);
        return TEMPO_OK;
    }
    int64_t count = 0;
    if (!tempo__truncate(&count, value)) {
        const time_text text = text_of(tempo_time_of_fraction(value));
        return tempo__fail(error, TEMPO_OUT_OF_RANGE, "the result, %.*s, is no count of %s that fits in 64 bits",
                           (int)(strlen(text.text) - strlen("dur")), text.text, suffix_of(unit));
    }
    *out = count_of(count, unit);
    return TEMPO_OK;
}

tempo_status tempo_time_scale(tempo_time *out, tempo_time a, double factor, tempo_error *error)
{
    return of_real(out, real_of(a) * factor, a.unit, error);
}

tempo_status tempo_time_divide(tempo_time *out, tempo_time a, double divisor, tempo_error *error)
{
    if (divisor == 0)
        return division_by_zero(error, a);
    return of_real(out, real_of(a) / divisor, a.unit, error);
}

tempo_status tempo_time_multiply(tempo_time *out, tempo_time a, tempo_time b, tempo_error *error)
{
    if (a.unit != TEMPO_DURATION && b.unit != TEMPO_DURATION) {
        const time_text a_text = text_of(a), b_text = text_of(b);
        (void)tempo__fail(error, TEMPO_UNIT_MISMATCH, "%s and %s cannot be multiplied", a_text.text, b_text.text);
        tempo__advise(error, "make one of them a dur, a fraction that scales the other");
        return TEMPO_UNIT_MISMATCH;
    }
    return of_real(out, real_of(a) * real_of(b), b.unit == TEMPO_DURATION ? a.unit : b.unit, error);
}

static bool is_zero(tempo_time time)
{
    return time.unit == TEMPO_DURATION ? time.fraction == 0 : time.count == 0;
}

tempo_status tempo_time_ratio(tempo_time *out, tempo_time a, tempo_time b, tempo_error *error)
{
    if (a.unit != b.unit)
        return mismatch(error, a, b, "divided");
    if (is_zero(b))
        return division_by_zero(error, a);
    *out = tempo_time_of_fraction(a.unit == TEMPO_DURATION ? a.fraction / b.fraction : tempo__ratio(a.count, b.count));
    return TEMPO_OK;
}

/* Python's % of doubles: the sign of the divisor, for a zero too. */
static double modulo_of_fractions(double a, double b)
{
    const double rest = fmod(a, b);
    if (rest == 0)
        return copysign(0.0, b);
    return (rest < 0) != (b < 0) ? rest + b : rest;
}

static int64_t modulo_of_counts(int64_t a, int64_t b)
{
    if (b == -1) /* INT64_MIN % -1 is undefined in C */
        return 0;
    const int64_t rest = a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

tempo_status tempo_time_modulo(tempo_time *out, tempo_time a, tempo_time b, tempo_error *error)
{
    if (a.unit != b.unit)
        return mismatch(error, a, b, "divided");
    if (is_zero(b))
        return division_by_zero(error, a);
    *out = a.unit == TEMPO_DURATION ? tempo_time_of_fraction(modulo_of_fractions(a.fraction, b.fraction))
                                    : count_of(modulo_of_counts(a.count, b.count), a.unit);
    return TEMPO_OK;
}

tempo_status tempo_time_negate(tempo_time *out, tempo_time a, tempo_error *error)
{
    if (a.count == INT64_MIN)
        return tempo__fail(error, TEMPO_OUT_OF_RANGE, "the negative of %s does not fit in 64 bits", text_of(a).text);
    *out = a.unit == TEMPO_DURATION ? tempo_time_of_fraction(-a.fraction) : count_of(-a.count, a.unit);
    return TEMPO_OK;
}
