/* timestamp.c: counting the steps of training. Must not know when training ends. */
#include "base/internal.h"
#include "time/internal.h"

#include <inttypes.h>

enum { MICROSECONDS_PER_SECOND = 1000000 };

/* The steps of training, the longest first. */
typedef enum step { NEVER, ITERATION, EPOCH, BATCH } step;

/* Every counter, with the step that sets it back to zero; a longer step does so too. */
static const struct {
    const char *name;
    size_t offset;
    step reset;
} counters[TEMPO__COUNTER_COUNT] = {
#define COUNTER_ROW(name, reset) {#name, offsetof(tempo_timestamp, name), reset},
    TEMPO_TIMESTAMP_LIST(COUNTER_ROW)
#undef COUNTER_ROW
};

const char *tempo__counter_name(size_t counter)
{
    return counters[counter].name;
}

int64_t *tempo__counter_of(tempo_timestamp *timestamp, size_t counter)
{
    return (int64_t *)(void *)((char *)timestamp + counters[counter].offset);
}

/* --- reading --- */

tempo_status tempo_timestamp_get(tempo_time *out, const tempo_timestamp *now, tempo_unit unit, tempo_error *error)
{
    int64_t count = 0;
    switch (unit) {
    case TEMPO_ITERATION:
        count = now->iteration;
        break;
    case TEMPO_EPOCH:
        count = now->epoch;
        break;
    case TEMPO_BATCH:
        count = now->batch;
        break;
    case TEMPO_SAMPLE:
        count = now->sample;
        break;
    case TEMPO_TOKEN:
        count = now->token;
        break;
    case TEMPO_SECOND:
        count = now->total_wct / MICROSECONDS_PER_SECOND;
        break;
    case TEMPO_DURATION:
        (void)tempo__fail(error, TEMPO_BAD_VALUE, "a timestamp has no dur, since it does not know how long the run is");
        tempo__advise(error, "ask for a unit that is counted, such as ba");
        return TEMPO_BAD_VALUE;
    }
    return tempo_time_of_count(out, count, unit, error);
}

tempo_status tempo_timestamp_compare(int *order, const tempo_timestamp *now, tempo_time time, tempo_error *error)
{
    tempo_time counter;
    const tempo_status status = tempo_timestamp_get(&counter, now, time.unit, error);
    return status ? status : tempo_time_compare(order, counter, time, error);
}

bool tempo_timestamp_equal(const tempo_timestamp *a, const tempo_timestamp *b)
{
    tempo_timestamp left = *a, right = *b;
    for (size_t i = 0; i < TEMPO__COUNTER_COUNT; i++)
        if (*tempo__counter_of(&left, i) != *tempo__counter_of(&right, i))
            return false;
    return true;
}

/* --- stepping --- */

static tempo_status refuse_negative(tempo_error *error, const char *name, int64_t amount)
{
    (void)tempo__fail(error, TEMPO_BAD_VALUE, "%s cannot grow by %" PRId64 ": training only goes forward", name,
                      amount);
    tempo__advise(error, "pass 0 or more");
    return TEMPO_BAD_VALUE;
}

/* Takes a step after which every counter has grown by its counter in `growth`, once those that the step
 * sets back are zero. */
static tempo_status take(step taken, tempo_timestamp growth, tempo_timestamp *now, tempo_error *error)
{
    tempo_timestamp next = *now;
    for (size_t i = 0; i < TEMPO__COUNTER_COUNT; i++) {
        const int64_t amount = *tempo__counter_of(&growth, i);
        int64_t *const counter = tempo__counter_of(&next, i);
        if (amount < 0)
            return refuse_negative(error, counters[i].name, amount);
        if (counters[i].reset >= taken)
            *counter = 0;
        if (!tempo__add(counter, *counter, amount))
            return tempo__fail(error, TEMPO_OUT_OF_RANGE,
                               "%s is %" PRId64 " and cannot grow by %" PRId64 " to more than 9223372036854775807",
                               counters[i].name, *counter, amount);
    }
    *now = next;
    return TEMPO_OK;
}

tempo_status tempo_timestamp_next_batch(tempo_timestamp *now, int64_t samples, int64_t tokens, int64_t duration,
                                        tempo_error *error)
{
    const tempo_timestamp growth = {.batch = 1,
                                    .batch_in_epoch = 1,
                                    .sample = samples,
                                    .sample_in_epoch = samples,
                                    .token = tokens,
                                    .token_in_epoch = tokens,
                                    .token_in_iteration = tokens,
                                    .total_wct = duration,
                                    .iteration_wct = duration,
                                    .epoch_wct = duration,
                                    .batch_wct = duration};
    return take(BATCH, growth, now, error);
}

tempo_status tempo_timestamp_next_epoch(tempo_timestamp *now, int64_t duration, tempo_error *error)
{
    const tempo_timestamp growth = {
        .epoch = 1, .epoch_in_iteration = 1, .total_wct = duration, .iteration_wct = duration};
    return take(EPOCH, growth, now, error);
}

tempo_status tempo_timestamp_next_iteration(tempo_timestamp *now, int64_t duration, tempo_error *error)
{
    const tempo_timestamp growth = {.iteration = 1, .total_wct = duration};
    return take(ITERATION, growth, now, error);
}
