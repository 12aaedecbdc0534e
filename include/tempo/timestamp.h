/* tempo/timestamp.h: how far training is: every counter at once.
 *
 * Source: Composer 0.33, composer/core/time.py, class Timestamp.
 */
#ifndef TEMPO_TIMESTAMP_H
#define TEMPO_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

#include <tempo/error.h>
#include <tempo/time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Every field of a timestamp once: name, and when it goes back to zero. Counters are totals over all
 * ranks; the wall clocks (`_wct`) are microseconds, the resolution of Python's timedelta. */
#define TEMPO_TIMESTAMP_LIST(X)      \
    X(iteration, NEVER)              \
    X(epoch, NEVER)                  \
    X(batch, NEVER)                  \
    X(sample, NEVER)                 \
    X(token, NEVER)                  \
    X(epoch_in_iteration, ITERATION) \
    X(token_in_iteration, ITERATION) \
    X(batch_in_epoch, EPOCH)         \
    X(sample_in_epoch, EPOCH)        \
    X(token_in_epoch, EPOCH)         \
    X(total_wct, NEVER)              \
    X(iteration_wct, ITERATION)      \
    X(epoch_wct, EPOCH)              \
    X(batch_wct, BATCH)

/* Plain data; zero it (`tempo_timestamp t = {0}`) for the start of training. */
typedef struct tempo_timestamp {
#define TEMPO_TIMESTAMP_MEMBER(name, reset) int64_t name;
    TEMPO_TIMESTAMP_LIST(TEMPO_TIMESTAMP_MEMBER)
#undef TEMPO_TIMESTAMP_MEMBER
} tempo_timestamp;

/* The counter of a unit as a time. TEMPO_SECOND is total_wct in whole seconds, truncated.
 * Errors: BAD_VALUE for TEMPO_DURATION, which needs the run's max_duration. */
TEMPO_API tempo_status tempo_timestamp_get(tempo_time *out, const tempo_timestamp *now, tempo_unit unit,
                                           tempo_error *error);

/* Compares the counter of `time`'s unit with `time`: `*order` becomes -1, 0 or 1.
 * Errors: BAD_VALUE for TEMPO_DURATION. */
TEMPO_API tempo_status tempo_timestamp_compare(int *order, const tempo_timestamp *now, tempo_time time,
                                               tempo_error *error);

/* The three steps of training. Each changes `now` in place, wholly or, on failure, not at all.
 * `samples` and `tokens` are what the finished batch held over all ranks; `duration` is what the
 * step took, in microseconds; all >= 0 (BAD_VALUE). Errors: OUT_OF_RANGE when a counter would
 * pass 2^63-1.
 *
 *   next_batch      batch and batch_in_epoch + 1, sample and token counters grow, batch_wct = duration
 *   next_epoch      epoch and epoch_in_iteration + 1, the in-epoch counters, epoch_wct and batch_wct to 0
 *   next_iteration  iteration + 1, every in-epoch and in-iteration counter and their clocks to 0 */
TEMPO_API tempo_status tempo_timestamp_next_batch(tempo_timestamp *now, int64_t samples, int64_t tokens,
                                                  int64_t duration, tempo_error *error);
TEMPO_API tempo_status tempo_timestamp_next_epoch(tempo_timestamp *now, int64_t duration, tempo_error *error);
TEMPO_API tempo_status tempo_timestamp_next_iteration(tempo_timestamp *now, int64_t duration, tempo_error *error);

/* Whether all fields agree. */
TEMPO_API bool tempo_timestamp_equal(const tempo_timestamp *a, const tempo_timestamp *b);

#ifdef __cplusplus
}
#endif

#endif
