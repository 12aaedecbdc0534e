/* tempo/stepper.h: step() objects over any schedules, as PyTorch's lr_scheduler has them: they count, write
 * into the caller's own numbers, know the last values, and can be saved and loaded.
 *
 * For loops that are written that way, and for schedules that are no function of time: that listen to a
 * metric, or multiply whatever value they find. Everything else is better served by a plan.
 *
 *   tempo_stepper_new(&stepper, &run, groups, count, schedule, NULL, &error);  writes the first values
 *   for (...) {
 *       train_one_epoch();
 *       tempo_stepper_step(stepper, &error);                                    writes the next ones
 *   }
 *
 * Source: PyTorch 2.13, torch/optim/lr_scheduler.py. A stepper belongs to one thread.
 */
#ifndef TEMPO_STEPPER_H
#define TEMPO_STEPPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tempo/error.h>
#include <tempo/group.h>
#include <tempo/plan.h>
#include <tempo/run.h>
#include <tempo/schedule.h>
#include <tempo/time.h>
#include <tempo/timestamp.h>
#include <tempo/value.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tempo_stepper tempo_stepper;

/* How a value comes about. */
typedef enum tempo_stepper_mode {
    /* As PyTorch: a schedule that multiplies does so with the number that it finds in the group, so that one
     * written by hand in mid-run has the effect that it has there. Several on one field do so one after the
     * other, if all of them can; else their closed forms are multiplied, as in a plan. */
    TEMPO_STEPPER_RECURSIVE = 0,
    /* As a plan: the closed form at the time, whatever stands in the group; numbers are never read. */
    TEMPO_STEPPER_CLOSED_FORM = 1
} tempo_stepper_mode;

/* Zero it and set what is needed. */
typedef struct tempo_stepper_options {
    tempo_stepper_mode mode;
    /* What one step is, in ba, ep, sp, tok or iter. With a count of 0: what the schedules count if all of them
     * count the same (PyTorch's: epochs, or batches with step_schedulers_every_batch), else one batch. */
    tempo_time step;
    int64_t start; /* steps that were taken before, >= 0 (PyTorch's last_epoch + 1) */
    const tempo_bind_options
        *bind; /* NULL: none. What it points to must outlive the stepper; metrics in it are ignored */
} tempo_stepper_options;

/* Binds schedules, as tempo_plan_bind() does, and takes the first step: writes the values at `start`. Run, groups
 * and schedule are copied, but for the pointers in the groups' fields: the numbers there belong to the caller
 * and must live as long as the stepper. Their first content is never read: `base` says where values start.
 * `options` may be NULL. Starting after N steps is the same, to the last bit, as stepping N times; it costs
 * O(N) if some schedule is recursive.
 *
 * Errors: as tempo_plan_bind(), but schedules without a closed form are welcome; BAD_VALUE (`step`, a negative
 * start), CONFLICT (a start after 0 of a schedule that listens: load a saved one), OUT_OF_RANGE (as
 * tempo_stepper_step()). */
TEMPO_API tempo_status tempo_stepper_new(tempo_stepper **out, const tempo_run *run, const tempo_group *groups,
                                         size_t group_count, const tempo_schedule *schedule,
                                         const tempo_stepper_options *options, tempo_error *error);

/* The same for the run and the schedules of a plan (Composer: compile_composer_scheduler()). The plan is not kept. */
TEMPO_API tempo_status tempo_stepper_of_plan(tempo_stepper **out, const tempo_plan *plan, const tempo_group *groups,
                                             size_t group_count, const tempo_stepper_options *options,
                                             tempo_error *error);

TEMPO_API void tempo_stepper_free(tempo_stepper *stepper);

/* One step: moves the stepper's own time on by one step, counting samples and tokens by the run's facts, and writes
 * the values. All of them or, on failure, none; nothing has happened then.
 *
 * Errors: MISSING (a schedule listens to a metric: step with one), OUT_OF_RANGE (a counter passes 2^63-1, a
 * schedule has no value any more, or a value is not finite where PyTorch raises).
 * Cost: O(tracks); no allocation. */
TEMPO_API tempo_status tempo_stepper_step(tempo_stepper *stepper, tempo_error *error);

/* The same with the metric that schedules listen to; those that do not, take no notice. It may be NaN or infinite. */
TEMPO_API tempo_status tempo_stepper_step_metric(tempo_stepper *stepper, double metric, tempo_error *error);

/* The same to a time that the caller's clock tells: every schedule takes as many steps as are completed since the
 * last time, maybe none. `metric` may be NULL. Errors: also CONFLICT (a recursive schedule would have to go
 * back, or one that listens has more than one step to take). Cost: O(steps) of a recursive schedule. */
TEMPO_API tempo_status tempo_stepper_step_to(tempo_stepper *stepper, const tempo_timestamp *now, const double *metric,
                                             tempo_error *error);

/* Adds a group (copied as in tempo_stepper_new(), after those there are) that joins at the current time: its
 * values are those that the closed forms have now; what has none begins at its base. The other groups go on
 * undisturbed. Errors: as tempo_plan_bind(), CONFLICT (a name that is taken). */
TEMPO_API tempo_status tempo_stepper_add_group(tempo_stepper *stepper, const tempo_group *group, tempo_error *error);

/* The time, and the steps completed: that is PyTorch's last_epoch. Borrowed. */
TEMPO_API const tempo_timestamp *tempo_stepper_now(const tempo_stepper *stepper);
TEMPO_API int64_t tempo_stepper_steps(const tempo_stepper *stepper);

/* The driven fields, as tempo_plan_track() has them (borrowed, until a group is added or a state loaded), and the
 * value last written to each: PyTorch's get_last_lr(). `track` < tempo_stepper_track_count(). */
TEMPO_API size_t tempo_stepper_track_count(const tempo_stepper *stepper);
TEMPO_API const tempo_track *tempo_stepper_track(const tempo_stepper *stepper, size_t track);
TEMPO_API double tempo_stepper_value(const tempo_stepper *stepper, size_t track);

/* --- save and load --- */

/* Adds the state as a map to `tree` under `parent` (see tempo_tree_add()): the version of the format, every
 * counter, base values and last values, what schedules remember, and the schedules with their hash. NULL when
 * memory is out. tempo/document.h turns it into text and back. */
TEMPO_API tempo_value *tempo_stepper_save(const tempo_stepper *stepper, tempo_tree *tree, tempo_value *parent,
                                          const char *key);

/* What counts where a saved state has other schedules or base values than the stepper. */
typedef enum tempo_mismatch {
    TEMPO_MISMATCH_ERROR = 0,     /* neither: refuse it, and list what differs */
    TEMPO_MISMATCH_CONFIG = 1,    /* the stepper's: take the time only; values are those that its schedules have then */
    TEMPO_MISMATCH_CHECKPOINT = 2 /* the saved ones: they replace the stepper's */
} tempo_mismatch;

/* Sets the stepper to a saved state: absolutely, never by stepping. Groups are found by their names, those
 * without one by their place. Writes the values. On failure the stepper is unchanged.
 *
 * Errors: BAD_TYPE, MISSING, BAD_VALUE, UNKNOWN_NAME (no saved state, a damaged one, or one of a newer
 * format), CONFLICT (something differs: the message lists it, field by field), as tempo_stepper_new(). */
TEMPO_API tempo_status tempo_stepper_load(tempo_stepper *stepper, const tempo_value *saved, tempo_mismatch mismatch,
                                          tempo_error *error);

#ifdef __cplusplus
}
#endif

#endif
