/* support/toy.h: a training that records everything that happens: each call of a callback, and the lr at it. */
#ifndef TEMPO_TESTS_SUPPORT_TOY_H
#define TEMPO_TESTS_SUPPORT_TOY_H

#include <math.h>
#include <stdlib.h>
#include <stdio.h>

#include <tempo/trainer.h>

#include "support/spec.h"

enum { TOY_RECORD_MAX = 1 << 16 };

typedef struct toy {
    /* What the data is like. */
    int64_t epoch_length, samples, tokens;
    /* What goes wrong: the number of the call, from 1; 0: none. */
    int64_t fail_rewind, fail_next, fail_train, fail_update, nan_at, skip_at;
    /* What happened. */
    int64_t rewinds, nexts, trains, updates, in_epoch;
    double lr, losses;
    char record[TOY_RECORD_MAX];
    /* What is trained with. */
    tempo_field field;
    tempo_group group;
    tempo_schedule *schedule;
    tempo_trainer_options options;
    tempo_trainer *trainer;
    tempo_error error;
} toy;

static inline void toy_note(toy *t, const char *what)
{
    const size_t used = strlen(t->record);
    (void)snprintf(t->record + used, sizeof t->record - used, "%s\n", what);
}

static inline int toy_rewind(void *context, int64_t epoch)
{
    toy *t = context;
    char text[64];
    (void)snprintf(text, sizeof text, "rewind %lld", (long long)epoch);
    toy_note(t, text);
    t->in_epoch = 0;
    return ++t->rewinds == t->fail_rewind ? 7 : 0;
}

static inline int toy_next(void *context, tempo_batch *batch, bool *has_batch)
{
    toy *t = context;
    if (++t->nexts == t->fail_next)
        return 8;
    *has_batch = t->in_epoch < t->epoch_length;
    t->in_epoch += *has_batch;
    batch->samples = t->samples;
    batch->tokens = t->tokens;
    return 0;
}

static inline int toy_train(void *context, const tempo_batch *batch, double *loss)
{
    toy *t = context;
    char text[64];
    (void)batch;
    (void)snprintf(text, sizeof text, "train lr %g", t->lr);
    toy_note(t, text);
    *loss = ++t->trains == t->nan_at ? (double)NAN : 1.0 / (double)t->trains;
    return t->trains == t->fail_train ? 9 : 0;
}

static inline int toy_update(void *context, bool *applied)
{
    toy *t = context;
    char text[64];
    (void)snprintf(text, sizeof text, "update lr %g", t->lr);
    toy_note(t, text);
    *applied = ++t->updates != t->skip_at;
    return t->updates == t->fail_update ? 10 : 0;
}

/* For any event: notes its name and the batches and epochs that are counted by then. */
static inline int toy_event(tempo_trainer *trainer, const tempo_moment *moment, void *context)
{
    toy *t = context;
    char text[96];
    (void)trainer;
    (void)snprintf(text, sizeof text, "%s %lldba %lldep lr %g", tempo_event_name(moment->event),
                   (long long)moment->now->batch, (long long)moment->now->epoch, t->lr);
    toy_note(t, text);
    return 0;
}

/* A toy that is ready to be made; change what a test is about. */
static inline toy *toy_new(const char *schedule, const char *max_duration)
{
    toy *t = calloc(1, sizeof *t);
    assert_non_null(t);
    *t = (toy){.epoch_length = 4, .samples = 8, .tokens = 32, .error = TEMPO_ERROR_INIT};
    t->field = (tempo_field){.name = "lr", .base = 1.0, .as_double = &t->lr};
    t->group = (tempo_group){.fields = &t->field, .field_count = 1};
    if (schedule && tempo_schedule_parse(&t->schedule, schedule, NULL, &t->error))
        fail_msg("%s: %s", schedule, t->error.message);
    t->options = (tempo_trainer_options){
        .run = {.max_duration = max_duration, .batches_per_epoch = 4},
        .groups = &t->group,
        .group_count = 1,
        .schedule = t->schedule,
        .data = {t, toy_rewind, toy_next, NULL},
        .model = {t, toy_train, toy_update, NULL, NULL},
    };
    return t;
}

static inline void toy_make(toy *t)
{
    if (tempo_trainer_new(&t->trainer, &t->options, &t->error))
        fail_msg("%s", t->error.message);
}

static inline void toy_listen(toy *t, tempo_event event, const char *every)
{
    const tempo_callback callback = {event, every, toy_event, t};
    if (tempo_trainer_on(t->trainer, &callback, &t->error))
        fail_msg("%s", t->error.message);
}

static inline void toy_listen_to_all(toy *t)
{
    for (int event = 0; tempo_event_name((tempo_event)event); event++)
        toy_listen(t, (tempo_event)event, NULL);
}

static inline void toy_fit(toy *t)
{
    if (tempo_trainer_fit(t->trainer, &t->error))
        fail_msg("%s", t->error.message);
}

static inline void toy_free(toy *t)
{
    tempo_trainer_free(t->trainer);
    tempo_schedule_free(t->schedule);
    free(t);
}

#endif
