/* tempo/clock.h: the one mutable thing: it owns a timestamp and moves it on. */
#ifndef TEMPO_CLOCK_H
#define TEMPO_CLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include <tempo/error.h>
#include <tempo/time.h>
#include <tempo/timestamp.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A clock is plain data: put it on the stack, copy it to remember a moment. It belongs to one
 * thread. Set up with tempo_clock_init(); read through the functions. */
typedef struct tempo_clock {
    tempo_timestamp now;
    tempo_time max_duration; /* when training is done */
    bool has_max_duration;   /* false: it never is    */
} tempo_clock;

/* Sets a clock to the start of training. `max_duration` is when tempo_clock_done() becomes true;
 * NULL for never. It is the duration as trained, with the scale schedule ratio already applied
 * (tempo_plan_max_duration()). Errors: BAD_VALUE for a TEMPO_DURATION, or a duration <= 0. */
TEMPO_API tempo_status tempo_clock_init(tempo_clock *clock, const tempo_time *max_duration, tempo_error *error);

/* Where training is. Borrowed: valid until the clock is gone, and follows its changes. */
TEMPO_API const tempo_timestamp *tempo_clock_now(const tempo_clock *clock);

/* Whether max_duration is reached. */
TEMPO_API bool tempo_clock_done(const tempo_clock *clock);

/* One optimizer update was committed, with these samples and tokens over all ranks. A micro-batch
 * of gradient accumulation, or an update that was skipped, is none: do not call it then.
 * Errors: as tempo_timestamp_next_batch(); the clock is unchanged then. */
TEMPO_API tempo_status tempo_clock_batch_end(tempo_clock *clock, int64_t samples, int64_t tokens, tempo_error *error);
TEMPO_API tempo_status tempo_clock_epoch_end(tempo_clock *clock, tempo_error *error);
TEMPO_API tempo_status tempo_clock_iteration_end(tempo_clock *clock, tempo_error *error);

/* As the three above for a caller who measures time: `duration` in microseconds, >= 0. */
TEMPO_API tempo_status tempo_clock_batch_took(tempo_clock *clock, int64_t samples, int64_t tokens, int64_t duration,
                                              tempo_error *error);
TEMPO_API tempo_status tempo_clock_epoch_took(tempo_clock *clock, int64_t duration, tempo_error *error);
TEMPO_API tempo_status tempo_clock_iteration_took(tempo_clock *clock, int64_t duration, tempo_error *error);

/* Longest text tempo_clock_save() writes, with the NUL. */
enum { TEMPO_CLOCK_TEXT_MAX = 640 };

/* Writes the timestamp as one line, "clock version=1 iteration=0 epoch=3 batch=1251 ...", with
 * Composer's field names. max_duration is not part of it (it belongs to the run). `buffer` has at
 * least TEMPO_CLOCK_TEXT_MAX bytes. Returns the length without the NUL. */
TEMPO_API size_t tempo_clock_save(char *buffer, const tempo_clock *clock);

/* Sets the timestamp from such a line; max_duration stays. epoch, batch, sample, token and the three
 * in-epoch counters are required (MISSING); the others keep their value when absent, as Composer does
 * with old checkpoints. The clock is unchanged on failure. Errors: BAD_SYNTAX, UNKNOWN_NAME (unknown
 * or repeated field, or a newer version), BAD_VALUE (negative counter), OUT_OF_RANGE. */
TEMPO_API tempo_status tempo_clock_load(tempo_clock *clock, const char *text, size_t length, tempo_error *error);

#ifdef __cplusplus
}
#endif

#endif
