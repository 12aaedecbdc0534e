/* tempo/time.h: a length of training, or a point in it: a value with a unit.
 *
 * Source of the rules: Composer 0.33, composer/core/time.py. Where Tempo differs, the function says so.
 */
#ifndef TEMPO_TIME_H
#define TEMPO_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tempo/base.h>
#include <tempo/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Every unit once: name, number, suffix, what it counts. */
#define TEMPO_UNIT_LIST(X)                                                           \
    X(ITERATION, 0, "iter", "the trainer's iterations (groups of epochs or tokens)") \
    X(EPOCH, 1, "ep", "completed passes over the data")                              \
    X(BATCH, 2, "ba", "committed optimizer updates")                                 \
    X(SAMPLE, 3, "sp", "samples, over all ranks")                                    \
    X(TOKEN, 4, "tok", "tokens, over all ranks")                                     \
    X(DURATION, 5, "dur", "fraction of max_duration")                                \
    X(SECOND, 6, "sec", "seconds of wall clock")

typedef enum tempo_unit {
#define TEMPO_UNIT_MEMBER(name, number, suffix, text) TEMPO_##name = number,
    TEMPO_UNIT_LIST(TEMPO_UNIT_MEMBER)
#undef TEMPO_UNIT_MEMBER
} tempo_unit;

enum { TEMPO_UNIT_COUNT = 7 };

/* A time. Plain data: copy it freely. `count` holds the value of every unit but TEMPO_DURATION,
 * `fraction` that of TEMPO_DURATION; the other one is 0. Negative values are legal, as in Composer. */
typedef struct tempo_time {
    tempo_unit unit;
    int64_t count;
    double fraction;
} tempo_time;

/* Which grammar tempo_time_parse() accepts. */
typedef enum tempo_time_grammar {
    /* Tempo's own: NUMBER SUFFIX, such as 5ep, 3e4tok, 0.1dur, 1_000ba, with K, M, B (or G), T
     * (10^3, 10^6, 10^9, 10^12) before the suffix of a count: 300Btok; and a wall clock with its
     * parts in the order h, m, s: 1h30m, 90m, 45s. Integers are exact over all of int64_t.
     * Refused, since it misleads: a number without a unit, a wall clock that ends in a bare number. */
    TEMPO_TIME_NATIVE = 0,
    /* Composer's Time.from_timestring(), to the letter: no K M G B T; "5" is 50 seconds and "" is 0;
     * hours up to 23, minutes and seconds up to 59; integers go through double, so that those above
     * 2^53 are rounded as Composer rounds them. */
    TEMPO_TIME_COMPOSER = 1
} tempo_time_grammar;

/* Suffix of a unit ("ep"), and its name in upper case ("EPOCH"), static. NULL for a bad unit. */
TEMPO_API const char *tempo_unit_suffix(tempo_unit unit);
TEMPO_API const char *tempo_unit_name(tempo_unit unit);

/* Finds a unit by its suffix or its name, in any case. Errors: UNKNOWN_NAME. */
TEMPO_API tempo_status tempo_unit_parse(tempo_unit *out, const char *text, tempo_error *error);

/* A time of a whole count. `unit` must not be TEMPO_DURATION (BAD_TYPE) and must exist (BAD_VALUE). */
TEMPO_API tempo_status tempo_time_of_count(tempo_time *out, int64_t count, tempo_unit unit, tempo_error *error);

/* A time that is a fraction of the run, `unit` TEMPO_DURATION. Any double; no error is possible. */
TEMPO_API tempo_time tempo_time_of_fraction(double fraction);

/* Reads a time. `length` bytes of ASCII at `text` (no NUL needed), of which at most 400 may be the number.
 * `*out` is untouched on failure.
 * Errors: BAD_SYNTAX (no time, or no unit), UNKNOWN_NAME (a unit or suffix that is none), BAD_TYPE (1.5ep: a
 * count must be whole, Composer's TypeError), OUT_OF_RANGE (does not fit in 64 bits; Composer's
 * OverflowError for "infep"), BAD_VALUE (native: "nandur" and "infdur"; Composer accepts these two). `error` gets column and
 * length within `text`, with line 1. */
TEMPO_API tempo_status tempo_time_parse(tempo_time *out, const char *text, size_t length, tempo_time_grammar grammar,
                                        tempo_error *error);

/* Longest text tempo_time_print() writes, with the NUL. */
enum { TEMPO_TIME_TEXT_MAX = 40 };

/* Writes a time as Composer prints it: "5ep", "2.0dur", "6sec". Reads back to the same time.
 * `buffer` has at least TEMPO_TIME_TEXT_MAX bytes. Returns the length without the NUL. */
TEMPO_API size_t tempo_time_print(char *buffer, tempo_time time);

/* Compares: `*order` becomes -1, 0 or 1. Errors: UNIT_MISMATCH (Composer raises for every
 * comparison across units, == included), BAD_VALUE (a NaN fraction). */
TEMPO_API tempo_status tempo_time_compare(int *order, tempo_time a, tempo_time b, tempo_error *error);

/* a + b and a - b. Errors: UNIT_MISMATCH, OUT_OF_RANGE (an overflow is an error, never a wrap). */
TEMPO_API tempo_status tempo_time_add(tempo_time *out, tempo_time a, tempo_time b, tempo_error *error);
TEMPO_API tempo_status tempo_time_subtract(tempo_time *out, tempo_time a, tempo_time b, tempo_error *error);

/* a * factor and a / divisor, in a's unit: counts are truncated toward zero after one rounding in
 * double, as Composer does. Errors: OUT_OF_RANGE (also NaN or infinite results of a count),
 * ZERO_DURATION (division by 0). */
TEMPO_API tempo_status tempo_time_scale(tempo_time *out, tempo_time a, double factor, tempo_error *error);
TEMPO_API tempo_status tempo_time_divide(tempo_time *out, tempo_time a, double divisor, tempo_error *error);

/* a * b where at least one of them is a fraction: the result has the other one's unit.
 * Errors: UNIT_MISMATCH, OUT_OF_RANGE. */
TEMPO_API tempo_status tempo_time_multiply(tempo_time *out, tempo_time a, tempo_time b, tempo_error *error);

/* a / b of two times of one unit, as a fraction (TEMPO_DURATION), correctly rounded over all of
 * int64_t. Errors: UNIT_MISMATCH, ZERO_DURATION (b is 0). */
TEMPO_API tempo_status tempo_time_ratio(tempo_time *out, tempo_time a, tempo_time b, tempo_error *error);

/* a modulo b of two times of one unit, with the sign of b (Python's %).
 * Errors: UNIT_MISMATCH, ZERO_DURATION. */
TEMPO_API tempo_status tempo_time_modulo(tempo_time *out, tempo_time a, tempo_time b, tempo_error *error);

/* -a. Errors: OUT_OF_RANGE (INT64_MIN has no negative). */
TEMPO_API tempo_status tempo_time_negate(tempo_time *out, tempo_time a, tempo_error *error);

#ifdef __cplusplus
}
#endif

#endif
