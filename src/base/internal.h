/* base/internal.h: what every module of the core shares: errors, memory, numbers, names.
 *
 * Internal names are tempo__*; the libraries beside the core may use them, callers may not.
 */
#ifndef TEMPO_BASE_INTERNAL_H
#define TEMPO_BASE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tempo/allocator.h>
#include <tempo/error.h>

/* --- errors (error.c) --- */

/* Fills `error` (may be NULL) and returns `status`: `return tempo__fail(error, TEMPO_BAD_VALUE, ...)`.
 * path, fact and place are cleared. */
tempo_status tempo__fail(tempo_error *error, tempo_status status, const char *format, ...) TEMPO_PRINTF(3, 4);
/* Adds to an error that was just filled; each returns error->status, or TEMPO_OK for NULL. */
void tempo__advise(tempo_error *error, const char *format, ...) TEMPO_PRINTF(2, 3);
void tempo__blame(tempo_error *error, const char *format, ...) TEMPO_PRINTF(2, 3); /* sets path */
void tempo__locate(tempo_error *error, size_t line, size_t column, size_t length);

/* tempo__fail() for TEMPO_NO_MEMORY. */
tempo_status tempo__out_of_memory(tempo_error *error);

/* --- memory (memory.c) --- */

/* The C library's allocator, or `allocator` if not NULL. */
tempo_allocator tempo__allocator_or_default(const tempo_allocator *allocator);
void *tempo__allocate(const tempo_allocator *allocator, size_t size); /* zeroed */
void tempo__release(const tempo_allocator *allocator, void *pointer, size_t size);

/* Many small blocks that die together. */
typedef struct tempo__arena {
    tempo_allocator allocator;
    struct tempo__chunk *chunks;
    size_t used; /* bytes handed out so far, alignment included */
} tempo__arena;

void tempo__arena_init(tempo__arena *arena, const tempo_allocator *allocator);
/* Zeroed and aligned for any object; NULL when memory is out or count * size overflows. */
void *tempo__arena_take(tempo__arena *arena, size_t count, size_t size);
char *tempo__arena_copy_text(tempo__arena *arena, const char *text, size_t length); /* NUL added */
/* Makes sure that the next `size` bytes come out of one block. */
bool tempo__arena_reserve(tempo__arena *arena, size_t size);
void tempo__arena_free(tempo__arena *arena);

/* --- numbers (number.c): locale-independent --- */

enum { TEMPO__NUMBER_MAX = 40 }; /* longest text of a double or an int64_t, with the NUL */

/* The nearest text of 15, 16 or 17 digits, whichever is first to read back to the same double; spelled
 * as Python's repr does but for integers, which get no ".0": "6e-05", "0.1", "12", "nan", "-inf". (Just
 * at 46 powers of two repr finds a 16th digit where this takes 17.) Returns the length. */
size_t tempo__number_print(char *buffer, double value);
size_t tempo__integer_print(char *buffer, int64_t value);
/* For people, in at most `digits` significant digits: "1.2e-4", "0.05", "7". */
size_t tempo__number_shorten(char *buffer, double value, int digits);
/* Reads a whole text as a decimal double, correctly rounded: sign, digits, point, exponent; also
 * "inf", "infinity", "nan" in any case if `specials`. False if it is not one. Beyond the range the
 * result is infinite or 0, as strtod's. `length` bytes, at most 400 are significant. */
bool tempo__number_parse(double *out, const char *text, size_t length, bool specials);
/* Reads a whole text as a decimal int64_t: sign and digits. False if it is not one or does not fit. */
bool tempo__integer_parse(int64_t *out, const char *text, size_t length);

/* numerator / denominator of two int64_t, correctly rounded (Python's int / int); denominator != 0.
 * Up to 2^53 both are exact doubles and the division is the one rounding; that is every real training,
 * so it is inline. */
double tempo__ratio_of_large(int64_t numerator, int64_t denominator);
static inline double tempo__ratio(int64_t numerator, int64_t denominator)
{
    const int64_t exact = INT64_C(1) << 53;
    if (numerator <= exact && numerator >= -exact && denominator <= exact && denominator >= -exact)
        return (double)numerator / (double)denominator;
    return tempo__ratio_of_large(numerator, denominator);
}

/* a / b for a >= 0 and b > 0. Many processors take several times as long for 64 bits as for 32. */
static inline int64_t tempo__quotient(int64_t a, int64_t b)
{
    if (a <= UINT32_MAX && b <= UINT32_MAX)
        return (uint32_t)a / (uint32_t)b;
    return a / b;
}

/* value truncated toward zero. False for NaN and what does not fit. */
bool tempo__truncate(int64_t *out, double value);
/* Sum and product; false when the result does not fit. */
bool tempo__add(int64_t *out, int64_t a, int64_t b);
bool tempo__multiply(int64_t *out, int64_t a, int64_t b);

/* --- names (name.c) --- */

/* Picks the candidate nearest to `name` among those offered one by one; start with {name}. Ignoring
 * case, at most a third of the letters may differ (insertions, deletions, changes, swaps). */
typedef struct tempo__nearest {
    const char *name;
    const char *best; /* NULL: none is near */
    size_t distance;
} tempo__nearest;
void tempo__nearest_offer(tempo__nearest *nearest, const char *candidate);

/* ASCII only: no locale. */
bool tempo__equal_ignoring_case(const char *a, size_t a_length, const char *b);

#endif
