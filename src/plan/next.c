/* next.c: values from numbers that are not the plan's own: from another base, from the value before, from a metric.
 * Knows no type by name. */
#include "plan/internal.h"

/* --- what cannot be answered --- */

static tempo_status fail_track(const tempo__bound *bound, tempo_error *error, tempo_status status, const char *message,
                               const char *advice)
{
    tempo__fail(error, status, message, bound->type->name);
    if (advice)
        tempo__advise(error, "%s", advice);
    tempo__blame(error, "schedules[%zu]", bound->index);
    return status;
}

tempo_status tempo__no_closed_form(const tempo__track *track, tempo_error *error)
{
    const tempo__bound *bound = track->stack;
    while (bound->value || bound->leader || bound->heard)
        bound++;
    return fail_track(bound, error, TEMPO_CONFLICT, "%s has no closed form: its value comes about step by step",
                      "ask for the value after the one before");
}

/* What is undefined from some step on has no value there, from whatever number. */
static tempo_status check_defined(const tempo__track *track, const tempo_timestamp *now, tempo_error *error)
{
    for (size_t i = 0; i < track->stack_count; i++) {
        const tempo__bound *bound = &track->stack[i];
        if (bound->undefined_step && tempo__steps_at(&bound->steps, now) >= bound->undefined_step)
            return fail_track(bound, error, TEMPO_OUT_OF_RANGE, "%s has no value any more: its steps are over", NULL);
    }
    return TEMPO_OK;
}

static tempo_status check_bases(const tempo__track *track, const tempo_timestamp *now, tempo_error *error)
{
    if (!tempo__has_closed_form(track))
        return tempo__no_closed_form(track, error);
    for (size_t i = 0; i < track->stack_count; i++)
        if (track->stack[i].heard)
            return fail_track(&track->stack[i], error, TEMPO_CONFLICT, "%s has listened from the base of its track",
                              "bind with the base that is meant");
    return check_defined(track, now, error);
}

static tempo_status check_chain(const tempo__track *track, const tempo_timestamp *now, tempo_error *error)
{
    for (size_t i = 0; i < track->stack_count; i++) {
        const tempo__bound *bound = &track->stack[i];
        if (bound->type->listen)
            return fail_track(bound, error, TEMPO_MISSING, "%s listens to a metric, and there is none",
                              "give it one: tempo_plan_listen()");
        if (track->stack_count > 1 && !bound->type->next)
            return fail_track(bound, error, TEMPO_CONFLICT,
                              "%s does not go on from the value before, and others on its field do", NULL);
    }
    return check_defined(track, now, error);
}

/* --- values --- */

tempo_status tempo_plan_values_from(const tempo_plan *plan, size_t index, const tempo_timestamp *now,
                                    const double *bases, size_t count, double *out, tempo_error *error)
{
    const tempo__track *track = &plan->tracks[index];
    const tempo_status status = check_bases(track, now, error);
    for (size_t i = 0; !status && i < count; i++)
        out[i] = tempo__track_value(track, now, bases[i]);
    return status;
}

static double next_value(const tempo__track *track, const tempo_timestamp *now, double base, double previous)
{
    const tempo__bound *bound = track->stack;
    if (!bound->type->next)
        return tempo__track_value(track, now, base);
    double value = previous;
    for (; bound < track->stack + track->stack_count; bound++)
        value = bound->type->next(bound->prepared, tempo__steps_at(&bound->steps, now), base, value);
    return value;
}

tempo_status tempo_plan_next(const tempo_plan *plan, size_t index, const tempo_timestamp *now, const double *bases,
                             const double *previous, size_t count, double *out, tempo_error *error)
{
    const tempo__track *track = &plan->tracks[index];
    const tempo_status status = check_chain(track, now, error);
    if (status)
        return status;
    bool all_finite = true;
    for (size_t i = 0; i < count; i++) {
        out[i] = next_value(track, now, bases[i], previous[i]);
        all_finite = all_finite && isfinite(out[i]);
    }
    if (all_finite)
        return TEMPO_OK;
    return fail_track(track->stack, error, TEMPO_OUT_OF_RANGE, "%s leads to a value that is not a finite number",
                      "PyTorch raises here too, or goes on with it; use the closed form");
}

/* --- metrics --- */

const char *const *tempo_plan_memory(const tempo_plan *plan, size_t index)
{
    const tempo__track *track = &plan->tracks[index];
    return track->stack_count == 1 ? track->stack->type->memory : NULL;
}

tempo_status tempo_plan_listen(const tempo_plan *plan, size_t index, const tempo_timestamp *now, double metric,
                               double base, double previous, double *memory, double *out, tempo_error *error)
{
    const tempo__bound *bound = plan->tracks[index].stack;
    const tempo_type *type = bound->type;
    if (!tempo_plan_memory(plan, index))
        return fail_track(bound, error, TEMPO_CONFLICT, "%s is not the only one on its field, or listens to no metric",
                          NULL);
    const int64_t step = tempo__steps_at(&bound->steps, now);
    *out = step == 0 ? type->begin(bound->prepared, memory, base)
                     : type->listen(bound->prepared, memory, step, metric, base, previous);
    return TEMPO_OK;
}
