/* support/crew.h: a small training that is the same on 1, 2 and 4 ranks: the mean of some numbers is learnt.
 *
 * An update has four micro-batches, which the ranks share; their samples and tokens are uneven, grow in mid-run, and some
 * updates are skipped. Every update is recorded.
 */
#ifndef TEMPO_TESTS_SUPPORT_CREW_H
#define TEMPO_TESTS_SUPPORT_CREW_H

#include <math.h>

#include <tempo/trainer.h>

#include "support/spec.h"

enum { CREW_PARTS = 4, CREW_EPOCH = 12, CREW_TRACKS = 4, CREW_RECORDS = 128 };

/* Where the rank that is to fail does so. */
typedef enum crew_place {
    CREW_NOWHERE,
    CREW_DATA,
    CREW_TRAIN,
    CREW_UPDATE,
    CREW_CALLBACK,
    CREW_NAN,
    CREW_ENDS,
    CREW_SKIPS
} crew_place;

typedef struct crew_record {
    tempo_timestamp now;
    double used[CREW_TRACKS], values[CREW_TRACKS], loss;
} crew_record;

typedef struct crew {
    crew_place place; /* in the attempt `fails_at` at an update (from 0), on rank `fails_on` */
    int fails_on;
    int64_t fails_at;
    const char *folder; /* of checkpoints; NULL: none */
    bool resumes;       /* from the newest one there */
    int64_t stops_at;   /* updates; 0: goes on to the end */
    const tempo_communicator *communicator;
    int64_t epoch, taken, attempt;
    int64_t first; /* sample of the micro-batch that was taken */
    double weight, gradient, samples;
    double fields[CREW_TRACKS];
    crew_record records[CREW_RECORDS];
    size_t count;
    tempo_status status;
    tempo_error error;
} crew;

static inline bool crew_fails(const crew *t, crew_place place)
{
    return t->place == place && t->communicator->rank == t->fails_on && t->attempt == t->fails_at;
}

/* --- data: micro-batch `part` of an update --- */

static inline int64_t crew_samples(int64_t epoch, int64_t part)
{
    return (epoch < 1 ? 4 : 10) + 3 * part; /* a larger batch from the second epoch on */
}

static inline int64_t crew_tokens(int64_t sample)
{
    return 1 + sample * 7919 % 101;
}

static inline int crew_rewind(void *context, int64_t epoch)
{
    crew *t = context;
    t->epoch = epoch;
    t->taken = 0;
    return 0;
}

static inline int crew_next(void *context, tempo_batch *batch, bool *has_batch)
{
    crew *t = context;
    const int64_t own = CREW_PARTS / t->communicator->size;
    const int64_t update = t->taken / own, part = t->communicator->rank * own + t->taken % own;
    if (crew_fails(t, CREW_DATA))
        return 5;
    *has_batch = update < CREW_EPOCH && !crew_fails(t, CREW_ENDS);
    if (!*has_batch)
        return 0;
    t->taken++;
    t->first = 1000 * (CREW_EPOCH * t->epoch + update) + 100 * part;
    batch->samples = crew_samples(t->epoch, part);
    for (int64_t i = 0; i < batch->samples; i++)
        batch->tokens += crew_tokens(t->first + i);
    return 0;
}

/* --- model --- */

static inline int crew_train(void *context, const tempo_batch *batch, double *loss)
{
    crew *t = context;
    double sum = 0;
    for (int64_t i = 0; i < batch->samples; i++) {
        const double difference = t->weight - (double)crew_tokens(t->first + i) / 100;
        t->gradient += difference;
        sum += difference * difference / 2;
    }
    t->samples += (double)batch->samples;
    *loss = crew_fails(t, CREW_NAN) ? (double)NAN : sum / (double)batch->samples;
    return crew_fails(t, CREW_TRAIN) ? 6 : 0;
}

static inline int crew_update(void *context, bool *applied)
{
    crew *t = context;
    double sums[2] = {t->gradient, t->samples};
    const int code = t->communicator->sum_reals(t->communicator->context, sums, 2);
    t->gradient = t->samples = 0;
    if (code || crew_fails(t, CREW_UPDATE))
        return code ? code : 7;
    *applied = t->attempt % 7 != 6 && !crew_fails(t, CREW_SKIPS);
    t->attempt++;
    if (*applied)
        t->weight -= t->fields[0] * (sums[0] / sums[1] + t->fields[1] * t->weight);
    return 0;
}

static inline int crew_save(void *context, const tempo_sink *sink)
{
    const crew *t = context;
    return sink->write(sink->context, &t->weight, sizeof t->weight) ||
           sink->write(sink->context, &t->attempt, sizeof t->attempt);
}

static inline int crew_load(void *context, const void *bytes, size_t length)
{
    crew *t = context;
    if (length != sizeof t->weight + sizeof t->attempt)
        return 1;
    memcpy(&t->weight, bytes, sizeof t->weight);
    memcpy(&t->attempt, (const char *)bytes + sizeof t->weight, sizeof t->attempt);
    return 0;
}

static inline int crew_note(tempo_trainer *trainer, const tempo_moment *moment, void *context)
{
    crew *t = context;
    (void)trainer;
    if (t->count == CREW_RECORDS || moment->track_count != CREW_TRACKS)
        return 9;
    crew_record *record = &t->records[t->count++];
    record->now = *moment->now;
    record->now.total_wct = record->now.iteration_wct = record->now.epoch_wct = record->now.batch_wct = 0;
    record->loss = moment->loss;
    memcpy(record->used, moment->used, sizeof record->used);
    memcpy(record->values, moment->values, sizeof record->values);
    return crew_fails(t, CREW_CALLBACK) ? 8 : 0;
}

static inline int crew_stop(tempo_trainer *trainer, const tempo_moment *moment, void *context)
{
    const crew *t = context;
    if (moment->now->batch + 1 == t->stops_at)
        tempo_trainer_stop(trainer);
    return 0;
}

/* --- the training --- */

/* One field for each counter that a schedule can read. */
static const char crew_schedule[] =
    "composer.CosineAnnealingWithWarmupScheduler t_warmup=3000tok t_max=50000tok alpha_f=0.1 * "
    "composer.PolynomialScheduler field=weight_decay t_max=1500sp power=2.0 * "
    "composer.LinearScheduler field=momentum t_max=20ba alpha_f=0.5 * "
    "composer.ExponentialScheduler field=temperature gamma=0.9 decay_period=1ep";

/* Trains for three epochs; what came of it is in `status`, `error`, and the records. */
static inline void crew_run(const tempo_communicator *communicator, void *context)
{
    crew *t = context;
    t->communicator = communicator;
    t->error = (tempo_error)TEMPO_ERROR_INIT;
    tempo_field fields[CREW_TRACKS] = {{"lr", 0.5, NULL, &t->fields[0]},
                                       {"weight_decay", 0.01, NULL, &t->fields[1]},
                                       {"momentum", 0.9, NULL, &t->fields[2]},
                                       {"temperature", 2.0, NULL, &t->fields[3]}};
    const tempo_group group = {.fields = fields, .field_count = CREW_TRACKS};
    tempo_schedule *schedule = NULL;
    tempo_trainer *trainer = NULL;
    t->status = tempo_schedule_parse(&schedule, crew_schedule, NULL, &t->error);
    const tempo_trainer_options options = {
        .run = {.max_duration = "3ep", .batches_per_epoch = CREW_EPOCH},
        .groups = &group,
        .group_count = 1,
        .schedule = schedule,
        .data = {t, crew_rewind, crew_next, NULL},
        .model = {t, crew_train, crew_update, crew_save, crew_load},
        .micro_batches = CREW_PARTS / communicator->size,
        .checkpoints = {.folder = t->folder},
        .communicator = communicator,
    };
    const tempo_callback stop = {TEMPO_EVENT_BATCH_START, NULL, crew_stop, t};
    const tempo_callback note = {TEMPO_EVENT_BATCH_END, NULL, crew_note, t};
    if (!t->status)
        t->status = tempo_trainer_new(&trainer, &options, &t->error);
    if (!t->status)
        t->status = tempo_trainer_on(trainer, &note, &t->error);
    if (!t->status)
        t->status = tempo_trainer_on(trainer, &stop, &t->error);
    if (!t->status && t->resumes)
        t->status = tempo_trainer_resume(trainer, t->folder, TEMPO_MISMATCH_ERROR, NULL, NULL, &t->error);
    if (!t->status)
        t->status = tempo_trainer_fit(trainer, &t->error);
    tempo_trainer_free(trainer);
    tempo_schedule_free(schedule);
}

/* Timestamps and values to the last bit; losses, which are sums in another order, nearly. `t` may have joined late. */
static inline void assert_same_training(const crew *t, const crew *expected)
{
    assert_int_equal(t->status, expected->status);
    assert_true(t->count > 0 && t->count <= expected->count);
    for (size_t i = 0; i < t->count; i++) {
        const crew_record *a = &t->records[i], *b = &expected->records[a->now.batch - 1];
        assert_true(tempo_timestamp_equal(&a->now, &b->now));
        assert_memory_equal(a->used, b->used, sizeof a->used);
        assert_memory_equal(a->values, b->values, sizeof a->values);
        assert_true(fabs(a->loss - b->loss) <= 1e-12 * fabs(b->loss));
    }
}

#endif
