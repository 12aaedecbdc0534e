/* families/timm.h: what the schedulers of timm share: when a step counts, the warmup, the noise, and the words that
 * describe them.
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

#define TIMM_NOISE_NOTE                                                                                   \
    "Noise makes v + v * n of v; n is normal, from PyTorch's generator seeded with the lower 32 bits of " \
    "noise_seed + t, and drawn again until it is below noise_pct. "
#define TIMM_REFUSED_NOTE                                                                                           \
    "a noise_pct that is not above 0 and at least a thousandth of noise_std is refused, since timm would draw for " \
    "ever or nearly so; so is a noise_range_t of fewer than two elements, where timm fails once t gets there. For " \
    "lr_scale of a group, stack composer.ConstantScheduler on it. A scale schedule ratio other than 1 is refused. "
#define TIMM_NOTES                                                                                                    \
    "t counts epochs, or updates if t_in_epochs is false. At t = 0 the value is what the constructor writes: "        \
    "warmup_lr_init with a warmup, else the base, whatever the curve says there, and without noise. " TIMM_NOISE_NOTE \
    "Deviations: " TIMM_REFUSED_NOTE

/* Rows that the types have in common: the two of the warmup, with their range, and those of the clock and the noise,
 * which follow each other in the table. */
#define TIMM_WARMUP_ROWS(at, ...)                                                               \
    [at] = {"warmup_t", TEMPO_COUNT, "0", __VA_ARGS__, "length of the linear warmup; 0: none"}, \
    [(at) + 1] = {"warmup_lr_init", TEMPO_REAL, "0.0", __VA_ARGS__, "where the warmup starts: a value, not a factor"}
#define TIMM_PREFIX_ROW(default_text)                                                       \
    {                                                                                       \
        "warmup_prefix", TEMPO_FLAG, default_text, RANGE_ANY,                               \
            "the curve starts after the warmup, instead of running under it from the start" \
    }
#define TIMM_CLOCK_ROWS(at)                                                                      \
    [at] = {"t_in_epochs", TEMPO_FLAG, "true", RANGE_ANY, "t counts epochs; if false, updates"}, \
    [(at) + 1] = TIMM_NOISE_RANGE_ROW, TIMM_NOISE_ROWS((at) + 2)
#define TIMM_NOISE_RANGE_ROW                                                                           \
    {                                                                                                  \
        "noise_range_t", TEMPO_REAL_OR_LIST, "null", RANGE_ANY,                                        \
            "when there is noise: from this t on, or from the first to before the second; null: never" \
    }
#define TIMM_NOISE_ROWS(at)                                                                                          \
    [at] = {"noise_pct", TEMPO_REAL, "0.67", RANGE_ANY, "limit of the noise: a draw that is not below is repeated"}, \
    [(at) + 1] = {"noise_std", TEMPO_REAL, "1.0", RANGE_ANY, "deviation of the noise, before it is limited"},        \
    [(at) + 2] = {"noise_seed", TEMPO_COUNT, "42", CHOICES("null"), "seed of the noise at t = 0; null: 42"}
enum { TIMM_WARMUP_COUNT = 2, TIMM_NOISE_COUNT = 3, TIMM_CLOCK_COUNT = 2 + TIMM_NOISE_COUNT };

/* Noise at the steps from `first` to `last`; none where `first` is the greater. */
typedef struct timm_noise {
    int64_t first, last;
    bool is_uniform; /* noise_type, of which only the plateau scheduler has a choice */
    double limit, deviation;
    uint64_t seed;
} timm_noise;

/* What does not depend on the curve. */
typedef struct timm_frame {
    tempo__steps steps;
    int64_t warmup; /* W */
    double start;
    int64_t offset;   /* where the curve starts: W, or 0 */
    bool joins_curve; /* the warmup aims at where the curve is when it ends, not at the base */
    timm_noise noise;
} timm_frame;

/* Prepares what the rows of TIMM_WARMUP_ROWS(warmup) and TIMM_CLOCK_ROWS(clock) say; `prefix`: the curve starts after
 * the warmup. Errors: BAD_VALUE (noise), CONFLICT (a ratio). */
tempo_status timm_bind_frame(tempo__binding *binding, size_t warmup, size_t clock, bool prefix, timm_frame *out);

/* Prepares the noise of the type that it is; `range` is the place of noise_range_t, and the rows of TIMM_NOISE_ROWS
 * follow it. Errors: BAD_VALUE. */
tempo_status timm_bind_noise(tempo__binding *binding, size_t range, timm_noise *out);

/* The value with the noise of a step that has some. Each makes a generator of its own, which costs a microsecond or two;
 * with the least noise_pct it takes 1,250 draws on average. */
double timm_add_noise(const timm_noise *noise, int64_t t, double value);

/* Reports a schedule of `length` steps that outlasts the run, or that is at 0 before the run has ended. */
void timm_note_length(tempo__binding *binding, size_t parameter, const tempo__steps *steps, int64_t length,
                      bool ends_at_zero);

/* Time since the start of the curve. */
static inline int64_t timm_curve_time(const timm_frame *frame, int64_t t)
{
    int64_t time = 0;
    return tempo__add(&time, t, -frame->offset) ? time : INT64_MAX;
}

/* The value of a curve at a time since its start. */
typedef double timm_curve(const void *prepared, int64_t time, double base);

/* The value of a type: its curve within the frame. At 0, what the constructor writes. */
static inline double timm_value(const timm_frame *frame, timm_curve *curve, const void *prepared,
                                const tempo_timestamp *now, double base)
{
    const int64_t t = tempo__steps_at(&frame->steps, now);
    double value = 0;
    if (t == 0)
        return frame->warmup ? frame->start : base;
    if (t < frame->warmup) {
        const double target = frame->joins_curve ? curve(prepared, frame->warmup, base) : base;
        value = frame->start + (double)t * (finite_span(frame->start, target) / (double)frame->warmup);
    } else {
        value = curve(prepared, timm_curve_time(frame, t), base);
    }
    return t < frame->noise.first || t > frame->noise.last ? value : timm_add_noise(&frame->noise, t, value);
}

/* Which part of its curve a time lies in: a cycle, a step. */
typedef double timm_part(const void *prepared, int64_t time);

/* For joint(): the first batch after `batch` at which the warmup ends or, past it, another part of the curve begins, or
 * the noise changes. `jumps_off`: without a warmup, the curve does not start at the base. */
int64_t timm_joint(const timm_frame *frame, timm_part *part, const void *prepared, bool jumps_off,
                   const tempo__facts *facts, int64_t batch);

/* Of what a type with cycles has prepared: the length of as many cycles (below 1: of all), and of a warmup before them;
 * INT64_MAX if it does not fit. */
int64_t timm_cycles_length(const void *prepared, int64_t cycle_count);

/* The same for whatever type has this value() and has prepared this; false for a type without a length. */
typedef double timm_value_at(const void *prepared, const tempo_timestamp *now, double base);
bool timm_length(timm_value_at *value, const void *prepared, int64_t cycle_count, int64_t *out);
bool timm_wsd_length(timm_value_at *value, const void *prepared, int64_t *out);

#endif
