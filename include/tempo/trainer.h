/* tempo/trainer.h: a training loop around a model and its data (libtempo_train): clock, schedules, events,
 * checkpoints, many processes. It contains no mathematics of models: that is in the callbacks.
 *
 *   tempo_trainer_new(&trainer, &options, &error);
 *   tempo_trainer_fit(trainer, &error);
 *   tempo_trainer_free(trainer);
 *
 * Vocabulary. An update is one change of the model's weights: one `ba`. A micro-batch is what the data source
 * hands out at a time: `micro_batches` of them make an update. "At k updates" is the time when k of them are
 * completed; update k (from 0) uses the values at k updates.
 *
 * Callbacks return 0, or another number to end the training with an error that names the callback and the number
 * (TEMPO_FAILED). Nothing that was trained is undone then, and no checkpoint is written.
 *
 * Source of the semantics: Composer 0.32, composer/trainer/trainer.py. docs/trainer.md has both orders of events as
 * a table. A trainer belongs to one thread.
 */
#ifndef TEMPO_TRAINER_H
#define TEMPO_TRAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tempo/checkpoint.h>
#include <tempo/communicator.h>
#include <tempo/tempo.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tempo_trainer tempo_trainer;

/* --- what the caller brings --- */

/* One micro-batch, on this rank. */
typedef struct tempo_batch {
    int64_t samples; /* >= 0 */
    int64_t tokens;  /* >= 0; 0 where there are none to count */
    void *data;      /* the source's own; handed to the model */
} tempo_batch;

/* Where micro-batches come from. */
typedef struct tempo_data_source {
    void *context;
    /* Begins epoch 0, 1, ...: called before the first micro-batch of each. */
    int (*rewind)(void *context, int64_t epoch);
    /* The next one of the epoch; leaves `*has_batch` false when there is none, and the epoch is over. An epoch without
     * any is an error (nothing would ever be trained). */
    int (*next)(void *context, tempo_batch *batch, bool *has_batch);
    /* Goes to where `count` micro-batches of an epoch were taken, to resume in the middle of it. NULL: rewind() and
     * next() do it, at their cost. */
    int (*skip)(void *context, int64_t epoch, int64_t count);
} tempo_data_source;

/* What is trained. */
typedef struct tempo_model {
    void *context;
    /* Forward and backward on one micro-batch; the gradients of those before an update add up. `*loss` is a mean over its
     * samples: of several, weighted by their samples, it becomes that of the update. */
    int (*train)(void *context, const tempo_batch *batch, double *loss);
    /* One update, with the groups' fields as they stand; on many ranks, of gradients averaged over them. Sets `*applied`
     * (true before) to false if it was skipped, as mixed-precision scalers do: it does not count then, on any rank.
     * One that fails must take part in the sums of the others first, or they wait for it. */
    int (*update)(void *context, bool *applied);
    /* Writes everything of the model that a training has to go on from: weights, the optimizer's state, random generators.
     * NULL: no checkpoints. Only called on rank 0. */
    int (*save)(void *context, const tempo_sink *sink);
    /* Takes it back from `length` bytes; called on every rank. */
    int (*load)(void *context, const void *bytes, size_t length);
} tempo_model;

/* A number for how good the model is, such as the loss on held-out data. */
typedef struct tempo_evaluation {
    void *context;
    int (*evaluate)(void *context, double *metric); /* NULL: there is none. The same on every rank */
    const char *every; /* a time: "1ep", "500ba", "0.1dur"; NULL: at the end of each epoch */
} tempo_evaluation;

/* --- events --- */

/* Everything that callbacks can be called at: name, words. */
#define TEMPO_EVENT_LIST(X)                                                                 \
    X(FIT_START, "fit_start")               /* before the first batch of a fit */           \
    X(EPOCH_START, "epoch_start")           /* before the first batch of an epoch */        \
    X(BATCH_START, "batch_start")           /* before the first micro-batch of an update */ \
    X(UPDATE_SKIPPED, "update_skipped")     /* the model did not apply an update */         \
    X(BATCH_END, "batch_end")               /* an update is committed */                    \
    X(EVALUATION, "evaluation")             /* the model was evaluated */                   \
    X(EPOCH_END, "epoch_end")               /* an epoch is completed */                     \
    X(CHECKPOINT_START, "checkpoint_start") /* time to save what a checkpoint relies on */  \
    X(CHECKPOINT, "checkpoint")             /* a checkpoint is written */                   \
    X(EXTENDED, "extended")                 /* the training was made longer */              \
    X(INTERRUPTED, "interrupted")           /* a signal ends the training */                \
    X(FIT_END, "fit_end")                   /* after the last batch of a fit */

typedef enum tempo_event {
#define TEMPO_EVENT_MEMBER(name, text) TEMPO_EVENT_##name,
    TEMPO_EVENT_LIST(TEMPO_EVENT_MEMBER)
#undef TEMPO_EVENT_MEMBER
} tempo_event;

/* "batch_end"; static. NULL for a number that is none. */
TEMPO_API const char *tempo_event_name(tempo_event event);

/* What a callback sees. Valid during the call. */
typedef struct tempo_moment {
    tempo_event event;
    const tempo_timestamp *now; /* with what has just ended counted */
    double loss;                /* of the last update; NaN before the first */
    double metric;              /* of the last evaluation; NaN before the first */
    size_t track_count;         /* the driven fields, with the values in force for the next update */
    const double *values;
    const double *used; /* the values that the last update has used */
    const char *path;   /* CHECKPOINT_START, CHECKPOINT: of the file; else NULL */
} tempo_moment;

/* A callback. Those of one event are called in the order in which they were added. */
typedef struct tempo_callback {
    tempo_event event;
    /* Only when a multiple of this time was reached since the last call: "500ba", "0.1dur", "1ep". NULL: always. */
    const char *every;
    int (*call)(tempo_trainer *trainer, const tempo_moment *moment, void *context);
    void *context;
} tempo_callback;

/* --- options --- */

/* Which updates use which values, and the order of events. */
typedef enum tempo_order {
    TEMPO_ORDER_NATIVE = 0,  /* update k uses the values at k updates: f(0), f(1), f(2), ... */
    TEMPO_ORDER_COMPOSER = 1 /* as Composer: one batch late, f(0), f(0), f(1), ...; to replay old runs */
} tempo_order;

typedef enum tempo_every {
    TEMPO_EVERY_DEFAULT = 0, /* Composer's: steppers of the caller every epoch, schedules every batch */
    TEMPO_EVERY_BATCH = 1,
    TEMPO_EVERY_EPOCH = 2
} tempo_every;

/* How a longer training goes on from a schedule that was made for a shorter one. There is no default. */
typedef enum tempo_extension {
    TEMPO_EXTEND_RESTRETCH = 1, /* as if the longer training had been planned from the start */
    TEMPO_EXTEND_HOLD = 2       /* every field keeps the value that it has */
} tempo_extension;

/* Checkpoints; see tempo/checkpoint.h for the files. */
typedef struct tempo_checkpointing {
    const char *folder; /* NULL: none are written. Must exist */
    const char *every;  /* a time; NULL: at the end of each epoch. One more is written at the end */
    size_t keep;        /* the newest of them; 0: all */
} tempo_checkpointing;

/* Zero it and set what is needed: run, groups, data, model; mostly also a schedule. */
typedef struct tempo_trainer_options {
    tempo_run run; /* max_duration is needed; scale_schedule_ratio stretches it and the schedules */
    const tempo_group *groups;
    size_t group_count;
    const tempo_plan *plan;         /* in place of `schedule`: the schedules that were bound in it */
    const tempo_schedule *schedule; /* copied; NULL: none, and groups need no driver */
    tempo_stepper *const
        *steppers; /* PyTorch-style ones of the caller, who keeps them; they have groups of their own */
    size_t stepper_count;
    tempo_every step_every; /* when schedules and steppers are moved on */
    tempo_order order;
    tempo_data_source data;
    tempo_model model;
    tempo_evaluation evaluation;
    int64_t micro_batches; /* of one update; 0 means 1 */
    bool allow_nan;        /* go on when the loss is not finite; else that is an error, before the update */
    tempo_checkpointing checkpoints;
    bool catch_signals; /* SIGINT and SIGTERM end the training after the batch, with a checkpoint; a second one kills */
    const tempo_communicator *communicator; /* NULL: one process */
    const tempo_bind_options *bind;         /* NULL: none. Must outlive the trainer */
} tempo_trainer_options;

/* --- training --- */

/* Binds the schedules and writes their first values. What options point to (but for run, groups' structures and
 * schedule, which are copied) must outlive the trainer. Errors: as tempo_stepper_new(); MISSING (no max_duration,
 * data or model), CONFLICT (a ratio without a schedule; checkpoints of a model that cannot be saved), ZERO_DURATION
 * (the ratio leaves nothing to train). */
TEMPO_API tempo_status tempo_trainer_new(tempo_trainer **out, const tempo_trainer_options *options, tempo_error *error);
TEMPO_API void tempo_trainer_free(tempo_trainer *trainer);

/* Adds a callback; `every` is copied. Errors: as tempo_time_parse(), BAD_VALUE (not above 0). */
TEMPO_API tempo_status tempo_trainer_on(tempo_trainer *trainer, const tempo_callback *callback, tempo_error *error);

/* Trains until max_duration, a call of tempo_trainer_stop(), or a signal (see tempo_trainer_was_interrupted()).
 * Errors: FAILED (a callback), BAD_VALUE (a loss that is not finite; counts below 0), MISSING (an epoch without
 * data; data that ends early on one rank), IO (a checkpoint), CONFLICT (nothing is left to train), as
 * tempo_stepper_step_to(). A failure on one rank is an error on all of them. */
TEMPO_API tempo_status tempo_trainer_fit(tempo_trainer *trainer, tempo_error *error);

/* Ends the fit after the batch that is being trained; from a callback. On several ranks, one that asks for it after the
 * update (in BATCH_END, say) ends it one update later, when the others have learnt of it. It may be taken up again. */
TEMPO_API void tempo_trainer_stop(tempo_trainer *trainer);

/* Whether the last fit ended by a signal. */
TEMPO_API bool tempo_trainer_was_interrupted(const tempo_trainer *trainer);

/* Makes the training longer: `max_duration` without the ratio, as in the run. The values on both sides of the join
 * are those of the event EXTENDED: `used` just before, `values` just after. Errors: as tempo_stepper_new(), BAD_VALUE
 * (no policy), CONFLICT (not longer than what is done). Then nothing has changed. */
TEMPO_API tempo_status tempo_trainer_extend(tempo_trainer *trainer, const char *max_duration, tempo_extension policy,
                                            tempo_error *error);

/* Writes a checkpoint now (collective; rank 0 writes). Errors: IO, FAILED, CONFLICT (no folder). */
TEMPO_API tempo_status tempo_trainer_checkpoint(tempo_trainer *trainer, tempo_error *error);

/* Goes to a checkpoint: a file, or the newest in a folder. Progress is set absolutely; the data source is moved to it;
 * training goes on to the same bits as if it had not been interrupted. `mismatch` says what counts where the checkpoint
 * has another run, other schedules or base values. If `passed_over` is not NULL, a newest checkpoint that cannot be used
 * is reported to it, and gives way to the one before. Rank 0 reads, and tells the others.
 * Errors: MISSING, IO, BAD_VALUE (a damaged file, a newer format), CONFLICT (the message lists what differs), FAILED (a
 * callback; rank 0), as tempo_stepper_load(). After a failure the trainer can only be freed. */
TEMPO_API tempo_status tempo_trainer_resume(tempo_trainer *trainer, const char *path, tempo_mismatch mismatch,
                                            tempo_checkpoint_passed_over *passed_over, void *context,
                                            tempo_error *error);

/* Where the training is, and the values in force. Borrowed. */
TEMPO_API const tempo_timestamp *tempo_trainer_now(const tempo_trainer *trainer);
TEMPO_API tempo_time tempo_trainer_max_duration(const tempo_trainer *trainer); /* with the ratio */
TEMPO_API size_t tempo_trainer_track_count(const tempo_trainer *trainer);
TEMPO_API const tempo_track *tempo_trainer_track(const tempo_trainer *trainer, size_t track);
TEMPO_API double tempo_trainer_value(const tempo_trainer *trainer, size_t track);

#ifdef __cplusplus
}
#endif

#endif
