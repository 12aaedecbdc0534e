/* clock.c: the timestamp of a running training: its end, its steps, and its text in a checkpoint. Must
 * not know what a schedule is, and reads its one line of text itself. */
#include "base/internal.h"
#include "time/internal.h"

#include <string.h>

#include <tempo/clock.h>

enum { CLOCK_VERSION = 1 };

/* --- running --- */

tempo_status tempo_clock_init(tempo_clock *clock, const tempo_time *max_duration, tempo_error *error)
{
    tempo_clock fresh = {.has_max_duration = false};
    if (max_duration) {
        tempo_time start;
        const tempo_status status = tempo_timestamp_get(&start, &fresh.now, max_duration->unit, NULL);
        if (status || max_duration->count <= 0) {
            char text[TEMPO_TIME_TEXT_MAX];
            (void)tempo_time_print(text, *max_duration);
            (void)tempo__fail(error, TEMPO_BAD_VALUE,
                              "training cannot last %s: a duration is counted, and longer than 0", text);
            tempo__advise(error, "give a count such as 90ep, or NULL if training has no end");
            return TEMPO_BAD_VALUE;
        }
        fresh.max_duration = *max_duration;
        fresh.has_max_duration = true;
    }
    *clock = fresh;
    return TEMPO_OK;
}

const tempo_timestamp *tempo_clock_now(const tempo_clock *clock)
{
    return &clock->now;
}

bool tempo_clock_done(const tempo_clock *clock)
{
    int order = -1;
    return clock->has_max_duration &&
           tempo_timestamp_compare(&order, &clock->now, clock->max_duration, NULL) == TEMPO_OK && order >= 0;
}

tempo_status tempo_clock_batch_end(tempo_clock *clock, int64_t samples, int64_t tokens, tempo_error *error)
{
    return tempo_timestamp_next_batch(&clock->now, samples, tokens, 0, error);
}

tempo_status tempo_clock_epoch_end(tempo_clock *clock, tempo_error *error)
{
    return tempo_timestamp_next_epoch(&clock->now, 0, error);
}

tempo_status tempo_clock_iteration_end(tempo_clock *clock, tempo_error *error)
{
    return tempo_timestamp_next_iteration(&clock->now, 0, error);
}

tempo_status tempo_clock_batch_took(tempo_clock *clock, int64_t samples, int64_t tokens, int64_t duration,
                                    tempo_error *error)
{
    return tempo_timestamp_next_batch(&clock->now, samples, tokens, duration, error);
}

tempo_status tempo_clock_epoch_took(tempo_clock *clock, int64_t duration, tempo_error *error)
{
    return tempo_timestamp_next_epoch(&clock->now, duration, error);
}

tempo_status tempo_clock_iteration_took(tempo_clock *clock, int64_t duration, tempo_error *error)
{
    return tempo_timestamp_next_iteration(&clock->now, duration, error);
}

/* --- saving --- */

#define COUNTER_TEXT(name, reset) +sizeof(" " #name "=-9223372036854775808") - 1
_Static_assert(sizeof("clock version=1") TEMPO_TIMESTAMP_LIST(COUNTER_TEXT) <= TEMPO_CLOCK_TEXT_MAX,
               "the longest text of a clock fits");
#undef COUNTER_TEXT

static char *put_text(char *end, const char *text)
{
    const size_t length = strlen(text);
    memcpy(end, text, length + 1);
    return end + length;
}

size_t tempo_clock_save(char *buffer, const tempo_clock *clock)
{
    tempo_timestamp now = clock->now;
    char *end = put_text(buffer, "clock version=");
    end += tempo__integer_print(end, CLOCK_VERSION);
    for (size_t i = 0; i < TEMPO__COUNTER_COUNT; i++) {
        end = put_text(end, " ");
        end = put_text(end, tempo__counter_name(i));
        end = put_text(end, "=");
        end += tempo__integer_print(end, *tempo__counter_of(&now, i));
    }
    return (size_t)(end - buffer);
}

/* --- loading --- */

/* What a checkpoint of Composer has always held; it got the other counters later. */
#define BIT(counter) (1U << TEMPO__COUNTER_##counter)
static const unsigned required = BIT(epoch) | BIT(batch) | BIT(sample) | BIT(token) | BIT(batch_in_epoch) |
                                 BIT(sample_in_epoch) | BIT(token_in_epoch);
#undef BIT

/* The line being read, and the latest word of it: "epoch=3". */
typedef struct line {
    const char *text;
    size_t length;
    size_t start, end; /* of the word */
    size_t name_length;
    tempo_error *error;
} line;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* False at the end of the line. */
static bool next_word(line *in)
{
    in->start = in->end;
    while (in->start < in->length && is_blank(in->text[in->start]))
        in->start++;
    in->end = in->start;
    while (in->end < in->length && !is_blank(in->text[in->end]))
        in->end++;
    in->name_length = 0;
    while (in->start + in->name_length < in->end && in->text[in->start + in->name_length] != '=')
        in->name_length++;
    return in->end > in->start;
}

static bool name_is(const line *in, const char *name)
{
    return in->name_length == strlen(name) && memcmp(in->text + in->start, name, in->name_length) == 0;
}

/* Fails because of the latest word; `what` goes on from the word. */
static tempo_status refuse_word(const line *in, tempo_status status, const char *what, const char *advice)
{
    const size_t length = in->end - in->start;
    (void)tempo__fail(in->error, status, "'%s' %s", tempo__excerpt_of(in->text + in->start, length).text, what);
    tempo__advise(in->error, "%s", advice);
    tempo__locate(in->error, 1, in->start + 1, length);
    return status;
}

static bool is_whole(const char *text, size_t length)
{
    const size_t sign = length && (text[0] == '-' || text[0] == '+');
    for (size_t i = sign; i < length; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return length > sign;
}

/* The number after the latest word's "=". */
static tempo_status read_number(int64_t *out, const line *in)
{
    if (in->start + in->name_length == in->end)
        return refuse_word(in, TEMPO_BAD_SYNTAX, "has no value", "write NAME=NUMBER");
    const char *const text = in->text + in->start + in->name_length + 1;
    const size_t length = in->end - in->start - in->name_length - 1;
    if (!is_whole(text, length))
        return refuse_word(in, TEMPO_BAD_SYNTAX, "is not a whole number", "write NAME=NUMBER");
    if (!tempo__integer_parse(out, text, length))
        return refuse_word(in, TEMPO_OUT_OF_RANGE, "does not fit in 64 bits",
                           "a counter is at most 9223372036854775807");
    if (*out < 0)
        return refuse_word(in, TEMPO_BAD_VALUE, "is negative", "training counts from 0");
    return TEMPO_OK;
}

/* The words before the counters: "clock version=1". */
static tempo_status read_header(line *in)
{
    if (!next_word(in) || !name_is(in, "clock") || in->end - in->start != in->name_length) {
        (void)tempo__fail(in->error, TEMPO_BAD_SYNTAX, "this is no clock, for it does not start with 'clock'");
        tempo__advise(in->error, "pass a line that tempo_clock_save() wrote");
        tempo__locate(in->error, 1, in->start + 1, in->end - in->start);
        return TEMPO_BAD_SYNTAX;
    }
    if (!next_word(in) || !name_is(in, "version")) {
        (void)tempo__fail(in->error, TEMPO_MISSING, "the clock has no version after 'clock'");
        tempo__advise(in->error, "write clock version=%d", CLOCK_VERSION);
        tempo__locate(in->error, 1, in->start + 1, in->end - in->start);
        return TEMPO_MISSING;
    }
    int64_t version = 0;
    const tempo_status status = read_number(&version, in);
    if (status)
        return status;
    if (version > CLOCK_VERSION)
        return refuse_word(in, TEMPO_UNKNOWN_NAME, "was written by a newer Tempo: this one knows version 1",
                           "update Tempo");
    if (version < CLOCK_VERSION)
        return refuse_word(in, TEMPO_BAD_VALUE, "does not exist: versions start at 1", "write version=1");
    return TEMPO_OK;
}

/* Which counter the latest word sets. */
static tempo_status find_counter(size_t *out, const line *in, unsigned seen)
{
    const tempo__excerpt name = tempo__excerpt_of(in->text + in->start, in->name_length);
    tempo__nearest nearest = {.name = name.text};
    for (size_t i = 0; i < TEMPO__COUNTER_COUNT; i++) {
        tempo__nearest_offer(&nearest, tempo__counter_name(i));
        if (!name_is(in, tempo__counter_name(i)))
            continue;
        *out = i;
        if (seen & (1U << i))
            return refuse_word(in, TEMPO_UNKNOWN_NAME, "is there twice", "keep one of them");
        return TEMPO_OK;
    }
    (void)refuse_word(in, TEMPO_UNKNOWN_NAME, "is no counter of a clock", "remove it");
    if (nearest.best)
        tempo__advise(in->error, "did you mean %s?", nearest.best);
    return TEMPO_UNKNOWN_NAME;
}

static tempo_status require(unsigned seen, tempo_error *error)
{
    for (size_t i = 0; i < TEMPO__COUNTER_COUNT; i++) {
        if (!(required & ~seen & (1U << i)))
            continue;
        const char *const name = tempo__counter_name(i);
        (void)tempo__fail(error, TEMPO_MISSING, "the clock has no %s, and so does not say where training is", name);
        tempo__advise(error, "add %s=NUMBER, or load another checkpoint", name);
        tempo__blame(error, "%s", name);
        return TEMPO_MISSING;
    }
    return TEMPO_OK;
}

/* A line may still have its line end. */
static size_t without_line_end(const char *text, size_t length)
{
    if (length && text[length - 1] == '\n')
        length--;
    if (length && text[length - 1] == '\r')
        length--;
    return length;
}

tempo_status tempo_clock_load(tempo_clock *clock, const char *text, size_t length, tempo_error *error)
{
    line in = {.text = text, .length = without_line_end(text, length), .error = error};
    tempo_timestamp loaded = clock->now;
    unsigned seen = 0;
    tempo_status status = read_header(&in);
    while (!status && next_word(&in)) {
        size_t counter = 0;
        int64_t value = 0;
        status = find_counter(&counter, &in, seen);
        if (!status)
            status = read_number(&value, &in);
        if (!status)
            *tempo__counter_of(&loaded, counter) = value;
        seen |= 1U << counter;
    }
    if (!status)
        status = require(seen, error);
    if (!status)
        clock->now = loaded;
    return status;
}
