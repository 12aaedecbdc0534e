/* support/bound.h: one line of text, bound for one group with an lr, and what is asked of it. */
#ifndef TEMPO_TESTS_SUPPORT_BOUND_H
#define TEMPO_TESTS_SUPPORT_BOUND_H

#include <stdio.h>

#include "support/spec.h"

typedef struct bound_plan {
    tempo_schedule *schedule;
    tempo_plan *plan;
    tempo_status status;
    tempo_error error;
    char findings[512]; /* path, name and message of each, on a line */
} bound_plan;

static inline void bound_note(const tempo_finding *finding, void *context)
{
    bound_plan *b = context;
    const size_t used = strlen(b->findings);
    (void)snprintf(b->findings + used, sizeof b->findings - used, "%s %s: %s\n", finding->path, finding->name,
                   finding->message);
}

/* Whether it could be bound is in `status`; release() either way. */
static inline bound_plan bind_lr(const char *text, tempo_run run, double lr)
{
    bound_plan b = {.error = TEMPO_ERROR_INIT};
    tempo_field field = {"lr", lr, NULL, NULL};
    const tempo_group group = {NULL, &field, 1, false};
    const tempo_bind_options options = {.on_finding = bound_note, .finding_context = &b};
    b.status = tempo_schedule_parse(&b.schedule, text, NULL, &b.error);
    if (!b.status)
        b.status = tempo_plan_bind(&b.plan, &run, &group, 1, b.schedule, &options, &b.error);
    return b;
}

static inline void release(bound_plan *b)
{
    tempo_plan_free(b->plan);
    tempo_schedule_free(b->schedule);
}

static inline double at(const bound_plan *b, int64_t batch)
{
    tempo_timestamp now;
    if (b->status)
        fail_msg("%s", b->error.message);
    assert_int_equal(tempo_plan_timestamp(b->plan, batch, &now, NULL), TEMPO_OK);
    return tempo_plan_value(b->plan, 0, &now);
}

/* A value to the last bit. */
typedef struct point {
    int64_t batch;
    double value;
} point;

static inline void assert_value(const bound_plan *b, int64_t batch, double expected)
{
    const double value = at(b, batch);
    if (value != expected)
        fail_msg("at %lldba: %.17g, not %.17g", (long long)batch, value, expected);
}

/* Could not be bound, for that reason; released. */
static inline void assert_unbound(bound_plan b, tempo_status status, const char *message, const char *path)
{
    assert_string_equal(b.error.message, message);
    assert_int_equal(b.status, status);
    assert_string_equal(b.error.path, path);
    assert_null(b.plan);
    release(&b);
}

#endif
