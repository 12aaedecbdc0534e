/* trainer/internal.h: what a trainer consists of. */
#ifndef TEMPO_TRAINER_INTERNAL_H
#define TEMPO_TRAINER_INTERNAL_H

#include <tempo/trainer.h>

#include "base/internal.h"

/* A time that comes again and again. */
typedef struct tempo__interval {
    tempo_time every;
    int64_t reached; /* how many multiples of it */
} tempo__interval;

/* A callback that was added. */
typedef struct tempo__listener {
    tempo_callback callback;
    bool has_interval;
    tempo__interval interval;
    struct tempo__listener *next;
} tempo__listener;

struct tempo_trainer {
    tempo__arena arena; /* holds the trainer itself, and everything that stays until it is freed */
    tempo_trainer_options options;
    tempo_bind_options bind;
    tempo_communicator communicator;
    tempo_clock clock;
    tempo_stepper *schedule; /* of options.schedule, in the closed form; NULL: there is none */
    tempo_schedule *kept;    /* a copy of options.schedule */
    bool holds;              /* the schedule does not move any more: it was made for a shorter training */
    bool in_epoch;           /* the data source is in the middle of one */
    int64_t taken;           /* micro-batches of this epoch */
    int64_t skipped;         /* updates of this epoch that were not applied */
    double loss, metric;     /* NaN: none yet */
    double loss_sum;         /* of the updates of this epoch, and how many those are */
    int64_t loss_count;
    size_t track_count;
    double *used, *values;  /* by the last update, and in force for the next one */
    bool wants_stop, stops; /* somebody on this rank has asked for it; all ranks do */
    bool was_interrupted;
    bool is_told; /* all ranks know that the fit has failed */
    tempo__listener *first, *last;
    tempo__interval evaluations, checkpoints;
    int64_t last_checkpoint; /* batch of the last one; -1: none */
};

/* --- intervals (interval.c) --- */

/* Reads a time above 0, in ep, ba, sp, tok, dur or sec. `what` is for messages. Errors: as tempo_time_parse(), BAD_VALUE. */
tempo_status tempo__interval_read(tempo__interval *out, const char *text, const char *what, tempo_error *error);

/* Whether a multiple was reached since the last call; and notes that without asking. */
bool tempo__interval_due(tempo__interval *interval, const tempo_trainer *trainer);
void tempo__interval_set(tempo__interval *interval, const tempo_trainer *trainer);

/* --- events (events.c) --- */

/* Calls what was added for an event. Errors: FAILED. */
tempo_status tempo__emit(tempo_trainer *trainer, tempo_event event, const char *path, tempo_error *error);

/* --- schedules (schedules.c) --- */

/* Moves all schedules on to a time, and the caller's steppers by a step; `at_epoch_end` tells which of both it is time
 * for. */
tempo_status tempo__move_schedules(tempo_trainer *trainer, const tempo_timestamp *now, bool at_epoch_end,
                                   tempo_error *error);

/* How long the training of a run is, with the ratio. Errors: MISSING, BAD_VALUE, ZERO_DURATION, as tempo_time_parse(). */
tempo_status tempo__max_duration(tempo_time *out, const tempo_run *run, tempo_error *error);

/* Notes the values in force; and that they are those which an update has used. */
void tempo__note_values(tempo_trainer *trainer);
void tempo__note_used(tempo_trainer *trainer);

/* --- checkpoints (save.c) --- */

/* The version of the facts that a trainer writes into one. */
enum { TEMPO__FACTS_VERSION = 1 };

/* Writes one if it is time, or if `always` and none was written at this batch. */
tempo_status tempo__checkpoint(tempo_trainer *trainer, bool always, tempo_error *error);

/* --- signals (signals.c): the only state that is not in a trainer, since a handler has no other --- */

void tempo__signals_catch(void);
void tempo__signals_release(void);
bool tempo__signals_caught(void);

#endif
