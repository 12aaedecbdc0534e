/* time_parse.c: reading a time, and saying why a text is none. Must not know what times are good for.
 *
 * Both grammars look for a unit at the end of the text and a number before it. A text that is neither
 * that nor a wall clock is read once more, by diagnose(), only to find the first thing wrong with it.
 * Text is ASCII: digits, blanks and letters that only Unicode knows are refused in both grammars.
 */
#include "base/internal.h"
#include "time/internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    NUMBER_LENGTH_MAX = 400, /* as tempo__number_parse() */
    POWER_MAX = 1000000      /* of ten: out of every range, and far from overflowing itself */
};

/* What one call reads. */
typedef struct input {
    const char *text;
    size_t length;
    tempo_time_grammar grammar;
    tempo_error *error;
} input;

/* --- characters --- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* What Python's float() strips, but for the line end, which a time holds only at its end. */
static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\r';
}

static size_t skip(const input *in, size_t i, bool (*is_skipped)(char c))
{
    while (i < in->length && is_skipped(in->text[i]))
        i++;
    return i;
}

/* --- errors --- */

/* Fails, blaming the bytes from `start` to before `end`. */
static tempo_status refuse(const input *in, tempo_status status, size_t start, size_t end, const char *advice,
                           const char *format, ...) TEMPO_PRINTF(6, 7);

static tempo_status refuse(const input *in, tempo_status status, size_t start, size_t end, const char *advice,
                           const char *format, ...)
{
    char message[sizeof in->error->message];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    (void)tempo__fail(in->error, status, "%s", message);
    tempo__advise(in->error, "%s", advice);
    tempo__locate(in->error, 1, start + 1, end - start);
    return status;
}

static tempo_status refuse_range(const input *in)
{
    return refuse(in, TEMPO_OUT_OF_RANGE, 0, in->length, "give a smaller number",
                  "'%s' does not fit in 64 bits: a count is at most 9223372036854775807",
                  tempo__excerpt_of(in->text, in->length).text);
}

/* --- wall clock: 1h30m --- */

/* Whether the text from `start` is digits and the letters h, m and s alone, a digit first. */
static bool looks_like_clock(const input *in, size_t start)
{
    bool letters = false;
    if (start == in->length || !is_digit(in->text[start]))
        return false;
    for (size_t i = start; i < in->length; i++) {
        const bool letter = in->text[i] == 'h' || in->text[i] == 'm' || in->text[i] == 's';
        if (!letter && !is_digit(in->text[i]))
            return false;
        letters = letters || letter;
    }
    return letters;
}

static tempo_status refuse_clock(const input *in, size_t start)
{
    const tempo__excerpt text = tempo__excerpt_of(in->text, in->length);
    if (in->grammar == TEMPO_TIME_COMPOSER)
        return refuse(in, TEMPO_BAD_SYNTAX, start, in->length, "give it in seconds, such as 5400sec",
                      "'%s' is no wall clock that Composer reads: h up to 23, m and s up to 59, in this order",
                      text.text);
    if (is_digit(in->text[in->length - 1]))
        return refuse(in, TEMPO_BAD_SYNTAX, start, in->length, "say what the last number is: 1h30m or 1h30s",
                      "'%s' ends in a number without h, m or s", text.text);
    return refuse(in, TEMPO_BAD_SYNTAX, start, in->length, "write it as in 1h30m15s",
                  "'%s' is no wall clock: h, m and s follow a number each, at most once, in this order", text.text);
}

/* Parts of any size. */
static tempo_status parse_native_clock(tempo_time *out, const input *in, size_t start)
{
    static const struct {
        char letter;
        int64_t seconds;
    } parts[] = {{'h', 3600}, {'m', 60}, {'s', 1}};
    int64_t total = 0;
    size_t i = start;
    for (size_t part = 0; part < sizeof parts / sizeof parts[0]; part++) {
        const size_t end = skip(in, i, is_digit);
        if (end == i || end == in->length || in->text[end] != parts[part].letter)
            continue;
        int64_t value = 0;
        if (!tempo__integer_parse(&value, in->text + i, end - i) ||
            !tempo__multiply(&value, value, parts[part].seconds) || !tempo__add(&total, total, value))
            return refuse_range(in);
        i = end + 1;
    }
    if (i != in->length)
        return refuse_clock(in, start);
    return tempo_time_of_count(out, total, TEMPO_SECOND, in->error);
}

/* Reads one part, if its letter comes next: true if it does not, false if it is no number up to `most`. */
static bool read_part(int64_t *out, const input *in, size_t *i, char letter, int64_t most)
{
    const size_t end = skip(in, *i, is_digit);
    *out = 0;
    if (end == in->length || in->text[end] != letter)
        return true;
    if (end - *i > 2 || !tempo__integer_parse(out, in->text + *i, end - *i) || *out > most)
        return false;
    *i = end + 1;
    return true;
}

/* Composer completes the text before it reads it: "0h" in front, "0m" after h, "0s" at the end. The
 * last makes tens of a bare digit there: "5" is 50 seconds, and "" is none. False: not a wall clock. */
static bool parse_composer_clock(tempo_time *out, const input *in)
{
    int64_t hours = 0, minutes = 0, seconds = 0;
    size_t i = 0;
    if (!read_part(&hours, in, &i, 'h', 23) || !read_part(&minutes, in, &i, 'm', 59) ||
        !read_part(&seconds, in, &i, 's', 59))
        return false;
    const bool has_seconds = i && in->text[i - 1] == 's';
    if (!has_seconds && in->length - i == 1 && in->text[i] >= '0' && in->text[i] <= '5') {
        seconds = 10 * (in->text[i] - '0');
        i++;
    }
    if (i != in->length)
        return false;
    return tempo_time_of_count(out, 3600 * hours + 60 * minutes + seconds, TEMPO_SECOND, NULL) == TEMPO_OK;
}

/* --- numbers --- */

/* A number without blanks around it and underscores in it. */
typedef struct number {
    char text[NUMBER_LENGTH_MAX];
    size_t length;
    double value;
} number;

static bool is_between_digits(const char *text, size_t length, size_t i)
{
    return i > 0 && is_digit(text[i - 1]) && i + 1 < length && is_digit(text[i + 1]);
}

/* Reads a whole text as Python's float() does. */
static bool parse_number(number *out, const char *text, size_t length)
{
    while (length && is_blank(text[length - 1]))
        length--;
    size_t i = 0;
    while (i < length && is_blank(text[i]))
        i++;
    out->length = 0;
    for (; i < length; i++) {
        if (text[i] == '_' && is_between_digits(text, length, i))
            continue;
        if (out->length == NUMBER_LENGTH_MAX)
            return false;
        out->text[out->length++] = text[i];
    }
    return tempo__number_parse(&out->value, out->text, out->length, true);
}

/* The exponent in "e-5", kept within POWER_MAX; 0 for "". */
static int64_t exponent_of(const char *text, size_t length)
{
    int64_t exponent = 0;
    if (length == 0)
        return 0;
    if (!tempo__integer_parse(&exponent, text + 1, length - 1))
        exponent = text[1] == '-' ? -POWER_MAX : POWER_MAX;
    if (exponent > POWER_MAX)
        return POWER_MAX;
    return exponent < -POWER_MAX ? -POWER_MAX : exponent;
}

/* A decimal number times 10^scale as a count, without a detour through double, which is exact only up
 * to 2^53. BAD_TYPE: it is not whole. */
static tempo_status exact_count(int64_t *out, const number *from, int scale)
{
    const char *const text = from->text;
    size_t mantissa = 0, point = 0;
    while (mantissa < from->length && text[mantissa] != 'e' && text[mantissa] != 'E')
        mantissa++;
    while (point < mantissa && text[point] != '.')
        point++;
    size_t end = mantissa; /* after the last digit that is not 0 */
    while (end > 0 && (!is_digit(text[end - 1]) || text[end - 1] == '0'))
        end--;
    *out = 0;
    if (end == 0)
        return TEMPO_OK;
    int64_t power = scale + exponent_of(text + mantissa, from->length - mantissa); /* of ten, of that digit */
    power += end <= point ? (int64_t)(point - end) : -(int64_t)(end - point - 1);
    if (power < 0)
        return TEMPO_BAD_TYPE;
    const int64_t sign = text[0] == '-' ? -1 : 1;
    for (size_t i = 0; i < end; i++)
        if (is_digit(text[i]) && (!tempo__multiply(out, *out, 10) || !tempo__add(out, *out, sign * (text[i] - '0'))))
            return TEMPO_OUT_OF_RANGE;
    for (; power > 0; power--)
        if (!tempo__multiply(out, *out, 10))
            return TEMPO_OUT_OF_RANGE;
    return TEMPO_OK;
}

/* The same through double, as Composer does it. */
static tempo_status rounded_count(int64_t *out, double value)
{
    if (!tempo__truncate(out, value))
        return TEMPO_OUT_OF_RANGE;
    return (double)*out == value ? TEMPO_OK : TEMPO_BAD_TYPE;
}

/* --- what is wrong --- */

/* End of the longest number at `start`; `start` if there is none. */
static size_t skip_number(const input *in, size_t start)
{
    const char *const text = in->text;
    size_t i = start, digits = 0;
    bool point = false;
    if (i < in->length && (text[i] == '+' || text[i] == '-'))
        i++;
    for (; i < in->length; i++) {
        if (is_digit(text[i]))
            digits++;
        else if (text[i] == '.' && !point)
            point = true;
        else if (text[i] != '_' || !is_between_digits(text, in->length, i))
            break;
    }
    if (!digits)
        return start;
    if (i == in->length || (text[i] != 'e' && text[i] != 'E'))
        return i;
    const bool sign = i + 1 < in->length && (text[i + 1] == '+' || text[i + 1] == '-');
    const size_t exponent = i + 1 + (sign ? 1 : 0);
    const size_t end = skip(in, exponent, is_digit);
    return end > exponent ? end : i;
}

/* Where the unit that ends the text starts; 0 if there is none with something before it. */
static size_t find_unit(tempo_unit *unit, const char *text, size_t length)
{
    for (*unit = TEMPO_ITERATION; tempo__unit_exists(*unit); *unit = (tempo_unit)(*unit + 1)) {
        const char *const suffix = tempo_unit_suffix(*unit);
        const size_t suffix_length = strlen(suffix);
        if (length > suffix_length && tempo__equal_ignoring_case(text + length - suffix_length, suffix_length, suffix))
            return length - suffix_length;
    }
    return 0;
}

/* Power of ten of a scale's letter; 0 if it is none. In lower case only k: m is milli elsewhere, and b
 * starts ba. */
static int scale_of(char letter)
{
    switch (letter) {
    case 'k':
    case 'K':
        return 3;
    case 'M':
        return 6;
    case 'B':
    case 'G':
        return 9;
    case 'T':
        return 12;
    default:
        return 0;
    }
}

/* A word after a number that is no unit. */
static tempo_status refuse_word(const input *in, size_t start, size_t end)
{
    const tempo__excerpt text = tempo__excerpt_of(in->text, in->length);
    const char first = in->text[start];
    if (end - start == 1 && strchr("hms", first))
        return refuse(in, TEMPO_BAD_SYNTAX, 0, in->length, "write it as in 1h30m, or in seconds, such as 5400sec",
                      "'%s' is no wall clock: only digits come before h, m and s", text.text);
    tempo_unit unit = TEMPO_ITERATION;
    const bool scaled = find_unit(&unit, in->text + start, end - start) == 1 && strchr("kmbgtKMBGT", first);
    if (scaled && unit == TEMPO_DURATION)
        return refuse(in, TEMPO_UNKNOWN_NAME, start, end, "write the fraction in full, such as 0.1dur",
                      "'%s': K, M, B, G and T scale counts, not dur", text.text);
    if (scaled && in->grammar == TEMPO_TIME_COMPOSER)
        return refuse(in, TEMPO_UNKNOWN_NAME, start, end, "write the number in full, such as 3e11tok",
                      "'%s': Composer knows no K, M, B, G and T", text.text);
    if (scaled)
        return refuse(in, TEMPO_UNKNOWN_NAME, start, end, "write it as in 300Btok",
                      "'%s': the scales M, B, G and T are upper case", text.text);
    const tempo_status status = tempo__unknown_unit(in->error, in->text + start, end - start);
    tempo__locate(in->error, 1, start + 1, end - start);
    return status;
}

/* Finds the first thing wrong with a text that is no time. */
static tempo_status diagnose(const input *in)
{
    const tempo__excerpt text = tempo__excerpt_of(in->text, in->length);
    const size_t start = skip(in, 0, is_blank);
    if (start == in->length)
        return refuse(in, TEMPO_BAD_SYNTAX, 0, in->length, "write a number and a unit, such as 10ep",
                      "a time is needed, but the text is empty");
    if (looks_like_clock(in, start))
        return refuse_clock(in, start);
    const size_t number_end = skip_number(in, start);
    if (number_end == start)
        return refuse(in, TEMPO_BAD_SYNTAX, start, in->length, "write a number and a unit, such as 10ep",
                      "'%s' is not a time: it does not start with a number", text.text);
    const size_t word = skip(in, number_end, is_blank);
    if (word == in->length)
        return refuse(in, TEMPO_BAD_SYNTAX, start, number_end, "write 10ba, 10ep, 10sp, 10tok, 10sec or 0.1dur",
                      "'%s' is a number without a unit", text.text);
    const size_t word_end = skip(in, word, is_letter);
    if (word_end < in->length)
        return refuse(in, TEMPO_BAD_SYNTAX, word_end, in->length,
                      "write one number and one unit, such as 10ep, and nothing after them",
                      "'%s' cannot be read from character %zu on", text.text, word_end + 1);
    tempo_unit unit = TEMPO_ITERATION;
    if (number_end - start > NUMBER_LENGTH_MAX && find_unit(&unit, in->text, in->length))
        return refuse(in, TEMPO_BAD_SYNTAX, start, number_end, "write it shorter, such as 1e9tok",
                      "a number of %zu characters is not read: at most %d are", number_end - start, NUMBER_LENGTH_MAX);
    return refuse_word(in, word, word_end);
}

/* --- NUMBER SUFFIX: 3e4tok --- */

static tempo_status parse_fraction(tempo_time *out, const input *in, const number *from)
{
    if (in->grammar == TEMPO_TIME_NATIVE && !isfinite(from->value))
        return refuse(in, TEMPO_BAD_VALUE, 0, in->length, "write a number, such as 0.1dur",
                      "'%s' is not a finite fraction", tempo__excerpt_of(in->text, in->length).text);
    *out = tempo_time_of_fraction(from->value);
    return TEMPO_OK;
}

static tempo_status parse_count(tempo_time *out, const input *in, const number *from, int scale, tempo_unit unit)
{
    const tempo__excerpt text = tempo__excerpt_of(in->text, in->length);
    if (isnan(from->value))
        return refuse(in, TEMPO_BAD_VALUE, 0, in->length, "write a whole number, such as 10ba",
                      "'%s' is not a number of %s", text.text, tempo_unit_suffix(unit));
    const bool is_word = is_letter(from->text[from->length - 1]); /* inf */
    int64_t count = 0;
    const tempo_status status = in->grammar == TEMPO_TIME_COMPOSER || is_word ? rounded_count(&count, from->value)
                                                                              : exact_count(&count, from, scale);
    if (status == TEMPO_OUT_OF_RANGE)
        return refuse_range(in);
    if (status)
        return refuse(in, status, 0, in->length, "only dur takes a fraction: write a whole number, or a smaller unit",
                      "'%s' is not a whole number of %s", text.text, tempo_unit_suffix(unit));
    return tempo_time_of_count(out, count, unit, in->error);
}

tempo_status tempo_time_parse(tempo_time *out, const char *text, size_t length, tempo_time_grammar grammar,
                              tempo_error *error)
{
    const bool native = grammar == TEMPO_TIME_NATIVE;
    input in = {text, length, grammar, error};
    if (!native && parse_composer_clock(out, &in))
        return TEMPO_OK;
    if (length && text[length - 1] == '\n') /* Python's $ overlooks one, and a document's block text ends in it */
        in.length--;
    const size_t start = skip(&in, 0, is_blank);
    if (native && looks_like_clock(&in, start))
        return parse_native_clock(out, &in, start);
    tempo_unit unit = TEMPO_ITERATION;
    size_t number_length = find_unit(&unit, text, in.length);
    if (!number_length)
        return diagnose(&in);
    const int scale = native && unit != TEMPO_DURATION ? scale_of(text[number_length - 1]) : 0;
    if (scale)
        number_length--;
    number from;
    if (!parse_number(&from, text, number_length))
        return diagnose(&in);
    if (unit == TEMPO_DURATION)
        return parse_fraction(out, &in, &from);
    return parse_count(out, &in, &from, scale, unit);
}
