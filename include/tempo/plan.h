/* tempo/plan.h: schedules bound to a run and its groups: a pure function timestamp -> value per track.
 *
 * "At b batches" means: the value in force for the next update after b updates are completed.
 */
#ifndef TEMPO_PLAN_H
#define TEMPO_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tempo/allocator.h>
#include <tempo/error.h>
#include <tempo/group.h>
#include <tempo/run.h>
#include <tempo/schedule.h>
#include <tempo/time.h>
#include <tempo/timestamp.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Immutable, one block of memory. Any number of threads may evaluate it at once. */
typedef struct tempo_plan tempo_plan;

/* One field of one group, driven by a stack of schedules. Borrowed from the plan. */
typedef struct tempo_track {
    const char *group; /* "" for a group without a name */
    const char *field;
    size_t group_index, field_index; /* in the groups given to tempo_plan_bind() */
    double base;
} tempo_track;

/* What a user-written schedule sees of the training: Composer's State, as far as schedules read it. */
typedef struct tempo_state {
    const tempo_timestamp *now;
    bool has_max_duration;
    tempo_time max_duration;   /* scaled by the ratio */
    int64_t batches_per_epoch; /* 0: unknown */
} tempo_state;

/* A user-written schedule: returns the multiplier of the base. It must be pure (the same result for
 * the same state), safe to call from every thread that evaluates the plan, and return a finite
 * number. A type calls the one that it is made for: composer.ComposerScheduler `scaled`, or else
 * `unscaled`, which can only be bound where the ratio is 1 (Composer's rule); torch.* `of_step`, which
 * sees a whole number of steps. The others may be NULL. `data` must live as long as the plan. */
typedef struct tempo_function {
    const char *name; /* what the schedule's FUNCTION parameter says */
    double (*scaled)(const tempo_state *state, double scale_schedule_ratio, void *data);
    double (*unscaled)(const tempo_state *state, void *data);
    void *data;
    double (*of_step)(int64_t step, void *data);
} tempo_function;

/* Every code a finding can have: name, identifier, one-line summary, the longer story. */
#define TEMPO_FINDING_LIST(X)                                                                       \
    X(ZERO_WARMUP, "zero-warmup", "a warmup comes out as 0",                                        \
      "The warmup, turned into whole batches, samples or tokens, is truncated to 0, so training "   \
      "starts at the full value. Composer warns about it too. It happens when the warmup is a "     \
      "small fraction of a short run. If no warmup is wanted, use the type without one.")           \
    X(NO_DECAY_LEFT, "no-decay-left", "the schedule has no room left after its warmup",             \
      "The schedule's end is not after the end of its warmup, so it stays at its peak for ever. "   \
      "Composer does this silently. Make the warmup shorter or t_max longer.")                      \
    X(WARMUP_JUMP, "warmup-jump", "the ramp of a warmup and its end do not meet",                   \
      "With scale_warmup the scale schedule ratio stretches the ramp of a warmup, but Composer "    \
      "hands over at the unscaled end: a ratio above 1 makes the value jump to the peak in the "    \
      "middle of the ramp, one below 1 leaves it at the peak early. The type reproduces that. "     \
      "Give the warmup as a fraction of the run (dur), which follows the ratio as a whole.")        \
    X(BEYOND_END, "beyond-end", "part of the schedule lies after the end of the run",               \
      "A milestone or the end of a warmup comes at or after max_duration, so training never "       \
      "reaches it. That is right if the run is meant to be extended; else a unit or a number is "   \
      "wrong.")                                                                                     \
    X(ENDS_AT_ZERO, "ends-at-zero", "the value is 0 for the rest of the run",                       \
      "The schedule reaches 0 before max_duration and stays there: the updates that are left "      \
      "cost time and change nothing. Let t_max be the end of the run, or end above 0.")             \
    X(SNAPS_BACK, "snaps-back", "the value returns to its base when the schedule ends",             \
      "Composer's ConstantScheduler multiplies by alpha until t_max and by 1 from then on. A run "  \
      "that goes on after t_max trains on at the full base value.")                                 \
    X(RATIO_ROUNDS, "ratio-rounds", "the scale schedule ratio does not divide the duration",        \
      "max_duration times the ratio is truncated to a whole number, as Composer's Trainer does, "   \
      "while the times of a schedule are truncated in their own unit: run and schedule differ in "  \
      "length by up to one epoch (or batch, sample, token).")                                       \
    X(CUT_SHORT, "cut-short", "the curve is cut off before it has reached its end",                 \
      "The type stops its curve early and stays at its floor from then on. pytorch-accelerated's "  \
      "cosine ends as many updates early as its warmup is long; its WSD ends at its last "          \
      "checkpoint, which with two checkpoints is half way. The type reproduces that.")              \
    X(CLIMBS_AGAIN, "climbs-again", "a cosine climbs again after its minimum",                      \
      "PyTorch's CosineAnnealingLR does not stay at eta_min: in a run longer than T_max the value " \
      "climbs back to the base as slowly as it fell. That is mostly a T_max in epochs where steps " \
      "are batches, or one that was not changed along with the run. The type reproduces that.")     \
    X(NEVER_MOVES, "never-moves", "the value stays where it starts",                                \
      "The schedule has no step to go, or a decay rate of 0, so that its first value stays for "    \
      "ever, where a line or a decay was asked for. optax logs that at a level that is not shown "  \
      "and goes on. Mostly a length was divided down to 0. For a constant value take "              \
      "optax.constant_schedule.")                                                                   \
    X(LEFT_OUT, "left-out", "a schedule or a boundary is left out",                                 \
      "optax.join_schedules lets each schedule but the first begin at a boundary, and drops what "  \
      "is left over without a word: schedules without a boundary, boundaries without a schedule. "  \
      "Give one boundary fewer than schedules.")

typedef enum tempo_finding_code {
#define TEMPO_FINDING_MEMBER(name, text, summary, story) TEMPO_FINDING_##name,
    TEMPO_FINDING_LIST(TEMPO_FINDING_MEMBER)
#undef TEMPO_FINDING_MEMBER
} tempo_finding_code;

#define TEMPO_FINDING_PLUS_ONE(name, text, summary, story) +1
enum { TEMPO_FINDING_COUNT = 0 TEMPO_FINDING_LIST(TEMPO_FINDING_PLUS_ONE) };
#undef TEMPO_FINDING_PLUS_ONE

/* Something suspicious that is not an error. Its strings live only during the call that reports it. */
typedef struct tempo_finding {
    tempo_finding_code code;
    const char *name;    /* of the code: "zero-warmup" */
    const char *message; /* the value, the limit, what follows from it; one line */
    const char *advice;  /* what to do */
    const char *path;    /* "schedules[0].t_warmup" */
} tempo_finding;

/* "zero-warmup", its summary and its longer story; static. NULL for a code that is none. */
TEMPO_API const char *tempo_finding_name(tempo_finding_code code);
TEMPO_API const char *tempo_finding_summary(tempo_finding_code code);
TEMPO_API const char *tempo_finding_story(tempo_finding_code code);

/* What tempo_plan_bind() may be told beyond what it must. Zero it and set what is needed. */
typedef struct tempo_bind_options {
    const tempo_allocator *allocator; /* NULL: the C library's */
    const tempo_function *functions;  /* what FUNCTION parameters name */
    size_t function_count;
    void (*on_finding)(const tempo_finding *finding, void *context); /* NULL: not wanted */
    void *finding_context;
    /* What schedules that listen to a metric have heard: metrics[0] at their step 1, and so on. They have
     * values from step 0 to `metric_count`. Only read while binding. */
    const double *metrics;
    size_t metric_count;
    bool expressions; /* the plan is to have them: tempo/expression.h */
    /* The run's max_duration has the scale schedule ratio in it already, as Composer's State.max_duration has: it is
     * taken as it is, and the ratio stretches the times of the schedules alone. */
    bool max_duration_is_scaled;
    /* For tempo_plan_next() and tempo_plan_listen(): schedules without a closed form are welcome, as they are to a
     * stepper. tempo_plan_value() of such a track is NaN, and tempo_plan_values() fails. */
    bool stepped;
} tempo_bind_options;

/* Binds schedules to a run and its groups. Every schedule must drive at least one group's field, and
 * some schedule must drive a field of every group that is not declared `fixed`. `options` may be NULL.
 * The groups are copied; the pointers in their fields are not kept.
 *
 * Errors: MISSING_FACT (error->fact names the field of tempo_run), UNKNOWN_NAME (field, group,
 * function), MISSING (a group that nothing drives; metrics for a schedule that listens to one),
 * ZERO_DURATION (says which time became zero and why), UNIT_MISMATCH, CONFLICT (a schedule without a
 * closed form, which wants a stepper: tempo/stepper.h; and other contradictions), BAD_VALUE,
 * OUT_OF_RANGE, NO_MEMORY. Cost: O(size of the schedules + tracks). */
TEMPO_API tempo_status tempo_plan_bind(tempo_plan **out, const tempo_run *run, const tempo_group *groups,
                                       size_t group_count, const tempo_schedule *schedule,
                                       const tempo_bind_options *options, tempo_error *error);
TEMPO_API void tempo_plan_free(tempo_plan *plan);

/* The tracks, in the order of groups and fields. NULL past the end. */
TEMPO_API size_t tempo_plan_track_count(const tempo_plan *plan);
TEMPO_API const tempo_track *tempo_plan_track(const tempo_plan *plan, size_t track);

/* Value of a track at a timestamp, whose counters are all >= 0. `track` < tempo_plan_track_count().
 * Pure; no allocation, no lock, no failure; always finite for the registry's own types.
 * Cost: O(stacked schedules), O(log k) for one with k milestones. */
TEMPO_API double tempo_plan_value(const tempo_plan *plan, size_t track, const tempo_timestamp *now);

/* Values of a track at `count` consecutive batches from `first_batch` (>= 0) into `out`: the same bits
 * as tempo_plan_value() at tempo_plan_timestamp(). Errors: as tempo_plan_timestamp() for the last of
 * them, CONFLICT (the track has no closed form: see `stepped`); then `out` is untouched. */
TEMPO_API tempo_status tempo_plan_values(const tempo_plan *plan, size_t track, int64_t first_batch, size_t count,
                                         double *out, tempo_error *error);

/* --- numbers that are not the plan's own ---
 *
 * For loops that keep the numbers themselves, as PyTorch's optimizers do: one plan, bound with any base, serves every
 * number that the same schedules drive, and many numbers cost one call. `track` < tempo_plan_track_count(); the counters
 * of `now` are >= 0; `out` has `count` numbers and may be `bases` or `previous`, and what it holds after a failure is not
 * specified. No allocation, no lock; any number of threads at once.
 *
 * What a schedule finds out about the bases when it is bound (accelerated.WSDLrScheduler wants its lr_min below the
 * greatest of them), it does not find out about these: where that matters, bind with the greatest. A schedule that
 * follows another track follows it from that track's own base. */

/* The values at a timestamp from each of `count` bases: the same bits as tempo_plan_value() of a plan bound with that
 * base. Errors: CONFLICT (the track has no closed form, or has listened from its own base), OUT_OF_RANGE (a schedule
 * has no value there any more). Cost: count times tempo_plan_value(). */
TEMPO_API tempo_status tempo_plan_values_from(const tempo_plan *plan, size_t track, const tempo_timestamp *now,
                                              const double *bases, size_t count, double *out, tempo_error *error);

/* The values after the step that ends at a timestamp, each from a base and the value before: what PyTorch's step()
 * computes there, bit for bit; that of step 0 is the constructor's. A schedule that does not look at the value before
 * has its closed form. Of several, each goes on from what the one before has made, as in a recursive stepper.
 *
 * Errors: CONFLICT (one of several schedules does not look at the value before), MISSING (one listens to a metric:
 * tempo_plan_listen()), OUT_OF_RANGE (a schedule has no value there any more; a value that is not finite, where PyTorch
 * raises or goes on with it). Cost: O(count * stacked schedules). */
TEMPO_API tempo_status tempo_plan_next(const tempo_plan *plan, size_t track, const tempo_timestamp *now,
                                       const double *bases, const double *previous, size_t count, double *out,
                                       tempo_error *error);

/* What the schedule of a track remembers from one metric to the next: names (static, ended by NULL), of which each
 * stands for one number. NULL for a track that listens to nothing. */
TEMPO_API const char *const *tempo_plan_memory(const tempo_plan *plan, size_t track);

/* The same for a track with one schedule, which listens: the value after it has heard `metric` (which may be NaN or
 * infinite) as the one of the step that ends at a timestamp, from a base and the value before. `memory` has one number
 * for each name of tempo_plan_memory(), and becomes what is remembered from then on; at step 0 it is only written, and
 * neither metric nor `previous` is looked at. Errors: CONFLICT (the track does not listen, or has several schedules). */
TEMPO_API tempo_status tempo_plan_listen(const tempo_plan *plan, size_t track, const tempo_timestamp *now,
                                         double metric, double base, double previous, double *memory, double *out,
                                         tempo_error *error);

/* Writes every track's value to the numbers its fields point to. `groups` are those of the bind (or
 * others of the same shape: so that threads may apply one plan to their own groups). */
TEMPO_API void tempo_plan_apply(const tempo_plan *plan, const tempo_timestamp *now, const tempo_group *groups);

/* The whole timestamp after `batch` (>= 0) updates, by the run's facts: epoch = batch / batches_per_epoch,
 * sample = batch * samples_per_batch, token = batch * tokens_per_batch; a counter whose fact is unknown
 * is 0, unless a schedule of the plan reads it. Errors: MISSING_FACT (such a counter is read),
 * UNIT_MISMATCH (a schedule reads iterations, of which batches say nothing), OUT_OF_RANGE (a counter
 * passes 2^63-1, or a schedule is no longer defined there: the type's notes say when), BAD_VALUE (a
 * negative batch). */
TEMPO_API tempo_status tempo_plan_timestamp(const tempo_plan *plan, int64_t batch, tempo_timestamp *out,
                                            tempo_error *error);

/* The first number of completed batches at which `time` is reached. A fraction (dur) is first turned
 * into the unit of max_duration, truncated. Errors: MISSING_FACT, BAD_VALUE (seconds, iterations,
 * negative times), OUT_OF_RANGE. */
TEMPO_API tempo_status tempo_plan_batch(const tempo_plan *plan, tempo_time time, int64_t *batch, tempo_error *error);

/* The run as the plan knows it: durations scaled by the ratio. */
TEMPO_API bool tempo_plan_max_duration(const tempo_plan *plan, tempo_time *out); /* false: unknown */
TEMPO_API const tempo_run *tempo_plan_run(const tempo_plan *plan);               /* max_duration as it was written */

/* The schedules that were bound, in the one-line form. Borrowed. */
TEMPO_API const char *tempo_plan_schedules(const tempo_plan *plan);

/* Length of the run in batches, or 0 when the facts do not tell. */
TEMPO_API int64_t tempo_plan_batches(const tempo_plan *plan);

/* The next joint: the smallest batch > `batch` at which the track's curve has a jump or a corner, as
 * far as its schedules declare them; -1 when there is none. Start with -1 to see one at batch 0. */
TEMPO_API int64_t tempo_plan_next_joint(const tempo_plan *plan, size_t track, int64_t batch);

#ifdef __cplusplus
}
#endif

#endif
