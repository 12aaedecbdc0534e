/* families/timm.h: what the schedulers of timm share: when a step counts, the warmup, and the words that describe
 * them.
 *
 * Source: timm 1.0.31, timm/scheduler/, checked against the running package; the order of every operation is timm's,
 * so that results agree to the last bit. t is what timm's training script passes to step() or step_update(): epochs or
 * updates completed. That script steps for the first time when t is 1, so the value at 0 is the one that the
 * constructor wrote. In comments W is the length of the warmup, b the base (initial_lr).
 */
#ifndef TEMPO_FAMILIES_TIMM_H
#define TEMPO_FAMILIES_TIMM_H

#include "families/finite.h"
#include "schedule/type.h"

#define TIMM_SOURCE "timm 1.0.31, timm/scheduler/"

#define TIMM_NOTES                                                                                                   \
    "t counts epochs, or updates if t_in_epochs is false. At t = 0 the value is what the constructor writes: "       \
    "warmup_lr_init with a warmup, else the base, whatever the curve says there. Not supported: noise, lr_scale of " \
    "a group. A scale schedule ratio other than 1 is refused. "

/* Rows that the types have in common: the two of the warmup, with their range, and the five of the clock, which follow
 * each other in the table. */
#define TIMM_WARMUP_ROWS(at, ...)                                                               \
    [at] = {"warmup_t", TEMPO_COUNT, "0", __VA_ARGS__, "length of the linear warmup; 0: none"}, \
    [(at) + 1] = {"warmup_lr_init", TEMPO_REAL, "0.0", __VA_ARGS__, "where the warmup starts: a value, not a factor"}
#define TIMM_PREFIX_ROW(default_text)                                                       \
    {                                                                                       \
        "warmup_prefix", TEMPO_FLAG, default_text, RANGE_ANY,                               \
            "the curve starts after the warmup, instead of running under it from the start" \
    }
#define TIMM_CLOCK_ROWS(at)                                                                            \
    [at] = {"t_in_epochs", TEMPO_FLAG, "true", RANGE_ANY, "t counts epochs; if false, updates"},       \
    [(at) + 1] = {"noise_range_t", TEMPO_REAL_LIST, "null", RANGE_ANY,                                 \
                  "when noise is added: not supported, must be null"},                                 \
    [(at) + 2] = {"noise_pct", TEMPO_REAL, "0.67", RANGE_ANY, "limit of the noise: not supported"},    \
    [(at) + 3] = {"noise_std", TEMPO_REAL, "1.0", RANGE_ANY, "deviation of the noise: not supported"}, \
    [(at) + 4] = {"noise_seed", TEMPO_COUNT, "42", RANGE_ANY, "seed of the noise: not supported"}
enum { TIMM_WARMUP_COUNT = 2, TIMM_CLOCK_COUNT = 5 };

/* What does not depend on the curve. */
typedef struct timm_warmup {
    tempo__steps steps;
    int64_t length; /* W */
    double start;
    int64_t offset; /* where the curve starts: W, or 0 */
} timm_warmup;

/* Prepares what the rows of TIMM_WARMUP_ROWS(warmup) and TIMM_CLOCK_ROWS(clock) say; `prefix`: the curve starts after
 * the warmup. Errors: BAD_VALUE (noise), CONFLICT (a ratio). */
tempo_status timm_bind_warmup(tempo__binding *binding, size_t warmup, size_t clock, bool prefix, timm_warmup *out);

/* Reports a schedule of `length` steps that outlasts the run, or that is at 0 before the run has ended. */
void timm_note_length(tempo__binding *binding, size_t parameter, const tempo__steps *steps, int64_t length,
                      bool ends_at_zero);

/* What the constructor writes. */
static inline double timm_start(const timm_warmup *warmup, double base)
{
    return warmup->length ? warmup->start : base;
}

/* On the way from the start to `target`, which is reached at W. */
static inline double timm_ramp(const timm_warmup *warmup, int64_t t, double target)
{
    return warmup->start + (double)t * (finite_span(warmup->start, target) / (double)warmup->length);
}

/* Time since the start of the curve. */
static inline int64_t timm_curve_time(const timm_warmup *warmup, int64_t t)
{
    int64_t time = 0;
    return tempo__add(&time, t, -warmup->offset) ? time : INT64_MAX;
}

/* Which part of its curve a time lies in: a cycle, a step. */
typedef double timm_part(const void *curve, int64_t time);

/* For joint(): the first batch after `batch` at which the warmup ends or, past it, another part of the curve begins.
 * `jumps_off`: without a warmup, the curve does not start at the base. */
int64_t timm_joint(const timm_warmup *warmup, timm_part *part, const void *curve, bool jumps_off,
                   const tempo__facts *facts, int64_t batch);

/* Of what a type with cycles has prepared: the length of all cycles, and of a warmup before them; INT64_MAX if it does
 * not fit. */
int64_t timm_cycles_length(const void *prepared);

#endif
