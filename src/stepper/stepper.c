/* stepper.c: making a stepper, its steps, and groups that join. Knows no type by name. */
#include <string.h>

#include "stepper/internal.h"

/* --- steps --- */

static tempo_status take_steps(tempo_stepper *stepper, int64_t steps, bool is_blind, const double *metric,
                               tempo_error *error)
{
    tempo_timestamp to = stepper->now;
    const tempo_status status = tempo__check_moves(stepper, error);
    if (status)
        return status;
    if (!tempo__add_steps(&to, stepper, steps))
        return tempo__fail(error, TEMPO_OUT_OF_RANGE, "a counter does not fit in 64 bits after %lld more steps",
                           (long long)steps);
    const tempo__step s = {.from = &stepper->now, .to = &to, .is_blind = is_blind, .metric = metric, .error = error};
    return tempo__take(stepper, &s);
}

/* Ends a step: what was computed is written. */
static tempo_status written(const tempo_stepper *stepper, tempo_status status)
{
    if (!status)
        tempo__write(stepper, 0);
    return status;
}

tempo_status tempo_stepper_step(tempo_stepper *stepper, tempo_error *error)
{
    return written(stepper, take_steps(stepper, 1, false, NULL, error));
}

tempo_status tempo_stepper_step_metric(tempo_stepper *stepper, double metric, tempo_error *error)
{
    return written(stepper, take_steps(stepper, 1, false, &metric, error));
}

tempo_status tempo_stepper_step_to(tempo_stepper *stepper, const tempo_timestamp *now, const double *metric,
                                   tempo_error *error)
{
    const tempo__step s = {.from = &stepper->now, .to = now, .metric = metric, .error = error};
    return written(stepper, tempo__take(stepper, &s));
}

/* --- from the start, or in the middle --- */

static tempo_status check_start(const tempo_stepper *stepper, int64_t steps, tempo_error *error)
{
    const tempo_plan *plan = stepper->setup.plan;
    if (steps < 0)
        return tempo__fail(error, TEMPO_BAD_VALUE, "the steps taken before must be >= 0, not %lld", (long long)steps);
    for (size_t t = 0; steps && t < plan->track_count; t++)
        for (size_t i = 0; i < plan->tracks[t].stack_count; i++) {
            const tempo__bound *bound = &plan->tracks[t].stack[i];
            if (!bound->type->listen)
                continue;
            tempo__fail(error, TEMPO_CONFLICT, "%s cannot start after %lld steps: it has not heard their metrics",
                        bound->type->name, (long long)steps);
            tempo__advise(error, "start at 0 and load a saved state");
            tempo__blame(error, "schedules[%zu]", bound->index);
            return TEMPO_CONFLICT;
        }
    return TEMPO_OK;
}

static tempo_status start(tempo_stepper *stepper, int64_t steps, tempo_error *error)
{
    const tempo_timestamp zero = stepper->now;
    tempo_status status = tempo__choose_step(stepper, error);
    if (!status)
        status = check_start(stepper, steps, error);
    if (!status)
        status = tempo__take(
            stepper, &(tempo__step){.from = &zero, .to = &zero, .is_first = true, .is_blind = true, .error = error});
    if (!status && steps)
        status = take_steps(stepper, steps, true, NULL, error);
    return written(stepper, status);
}

tempo_status tempo_stepper_new(tempo_stepper **out, const tempo_run *run, const tempo_group *groups, size_t group_count,
                               const tempo_schedule *schedule, const tempo_stepper_options *options, tempo_error *error)
{
    static const tempo_stepper_options none = {.start = 0};
    const tempo_stepper_options *o = options ? options : &none;
    const tempo_allocator memory = tempo__allocator_or_default(o->bind ? o->bind->allocator : NULL);
    tempo_stepper *stepper = tempo__allocate(&memory, sizeof *stepper);
    *out = NULL;
    if (!stepper)
        return tempo__out_of_memory(error);
    stepper->allocator = memory;
    if (o->bind)
        stepper->bind = *o->bind;
    stepper->bind.allocator = &stepper->allocator;
    stepper->bind.metrics = NULL;
    stepper->mode = o->mode;
    stepper->wanted_step = o->step;
    tempo_schedule *copy = NULL;
    tempo_status status = tempo__schedule_copy(&copy, schedule, &stepper->allocator, error);
    if (!status)
        status = tempo__setup_new(&stepper->setup, stepper, run, groups, group_count, copy, error);
    if (status)
        tempo_schedule_free(copy);
    else
        status = start(stepper, o->start, error);
    if (status)
        tempo_stepper_free(stepper);
    else
        *out = stepper;
    return status;
}

tempo_status tempo_stepper_of_plan(tempo_stepper **out, const tempo_plan *plan, const tempo_group *groups,
                                   size_t group_count, const tempo_stepper_options *options, tempo_error *error)
{
    tempo_schedule *schedule = NULL;
    *out = NULL;
    tempo_status status = tempo_schedule_parse(&schedule, tempo_plan_schedules(plan),
                                               options && options->bind ? options->bind->allocator : NULL, error);
    if (!status)
        status = tempo_stepper_new(out, tempo_plan_run(plan), groups, group_count, schedule, options, error);
    tempo_schedule_free(schedule);
    return status;
}

void tempo_stepper_free(tempo_stepper *stepper)
{
    if (!stepper)
        return;
    const tempo_allocator memory = stepper->allocator;
    tempo__setup_free(&stepper->setup);
    tempo__release(&memory, stepper, sizeof *stepper);
}

/* --- a group more --- */

/* Goes over to another setup, whose first slots are those of the present one. */
static void carry_over(tempo_stepper *stepper, const tempo__setup *setup)
{
    tempo__setup old = stepper->setup;
    stepper->setup = *setup;
    for (size_t i = 0; i < old.plan->track_count; i++)
        stepper->setup.values[i] = stepper->setup.next_values[i] = old.values[i];
    if (old.memory_count)
        memcpy(stepper->setup.memory, old.memory, old.memory_count * sizeof *old.memory);
}

tempo_status tempo_stepper_add_group(tempo_stepper *stepper, const tempo_group *group, tempo_error *error)
{
    tempo__setup old = stepper->setup, more;
    const size_t count = old.group_count, tracks = old.plan->track_count;
    for (size_t i = 0; i < count; i++)
        if (strcmp(tempo__group_name(&old.groups[i]), tempo__group_name(group)) == 0)
            return tempo__fail(error, TEMPO_CONFLICT, "there is a group '%s' already", tempo__group_name(group));
    tempo__arena scratch;
    tempo__arena_init(&scratch, &stepper->allocator);
    tempo_group *groups = tempo__arena_take(&scratch, count + 1, sizeof *groups);
    tempo_schedule *copy = NULL;
    tempo_status status =
        groups ? tempo__schedule_copy(&copy, old.schedule, &stepper->allocator, error) : tempo__out_of_memory(error);
    if (groups && !status) {
        memcpy(groups, old.groups, count * sizeof *groups);
        groups[count] = *group;
        status = tempo__setup_new(&more, stepper, &old.plan->run, groups, count + 1, copy, error);
    }
    tempo__arena_free(&scratch);
    if (status) {
        tempo_schedule_free(copy);
        return status;
    }
    carry_over(stepper, &more);
    status = tempo__join(stepper, tracks, error);
    if (status) {
        tempo__setup_free(&stepper->setup);
        stepper->setup = old;
        return status;
    }
    tempo__setup_free(&old);
    tempo__write(stepper, tracks);
    return TEMPO_OK;
}

/* --- what there is to know --- */

const tempo_timestamp *tempo_stepper_now(const tempo_stepper *stepper)
{
    return &stepper->now;
}

int64_t tempo_stepper_steps(const tempo_stepper *stepper)
{
    return tempo__steps_at(&stepper->step, &stepper->now);
}

size_t tempo_stepper_track_count(const tempo_stepper *stepper)
{
    return stepper->setup.plan->track_count;
}

const tempo_track *tempo_stepper_track(const tempo_stepper *stepper, size_t track)
{
    return tempo_plan_track(stepper->setup.plan, track);
}

double tempo_stepper_value(const tempo_stepper *stepper, size_t track)
{
    return stepper->setup.values[track];
}
