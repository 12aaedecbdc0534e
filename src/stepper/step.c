/* step.c: computing the values after a step, of all tracks before any is written. Knows no type by name. */
#include <math.h>
#include <string.h>

#include "stepper/internal.h"

/* --- the value of one track --- */

/* What a slot without a double goes on from: of a float that holds it rounded, the value that was written. */
static inline double found_float(const tempo__setup *setup, size_t slot)
{
    const double value = setup->values[slot];
    return setup->floats[slot] && *setup->floats[slot] != (float)value ? (double)*setup->floats[slot] : value;
}

/* What a slot that chains goes on from. */
static inline double found(const tempo__setup *setup, size_t slot, bool is_blind)
{
    if (is_blind)
        return setup->values[slot];
    if (setup->doubles[slot])
        return *setup->doubles[slot];
    return found_float(setup, slot);
}

/* The same for all slots of a span, into where their next values will be. Mostly all numbers are of one kind. */
static void find_all(const tempo__setup *setup, const tempo__span *span, bool is_blind)
{
    double *out = setup->next_values;
    for (size_t i = span->first; i < span->first + span->count; i++)
        if (is_blind || setup->has_doubles)
            out[i] = found(setup, i, is_blind);
        else
            out[i] = found_float(setup, i);
}

static tempo_status fail_step(const tempo__step *s, const tempo__bound *bound, tempo_status status, const char *message,
                              const char *advice)
{
    tempo__fail(s->error, status, message, bound->type->name);
    if (advice)
        tempo__advise(s->error, "%s", advice);
    tempo__blame(s->error, "schedules[%zu]", bound->index);
    return status;
}

/* Checks whether a schedule can take the step, and finds how many of its own that are. */
static tempo_status own_steps(const tempo__step *s, const tempo__bound *bound, bool chains, int64_t *from, int64_t *to)
{
    *from = *to = 0;
    if (bound->type->counting == TEMPO__COUNTS_NOTHING)
        return TEMPO_OK;
    *to = tempo__steps_at(&bound->steps, s->to);
    *from = s->is_first ? *to : tempo__steps_at(&bound->steps, s->from);
    if (bound->undefined_step && *to >= bound->undefined_step)
        return fail_step(s, bound, TEMPO_OUT_OF_RANGE, "%s has no value any more: its steps are over", NULL);
    const bool goes_on = tempo__memory_of(bound->type) || (chains && bound->type->next);
    if (goes_on && *to < *from)
        return fail_step(s, bound, TEMPO_CONFLICT, "%s cannot go back: each value comes from the one before",
                         "load a saved state, or use the closed form");
    if (bound->type->listen && *to > *from && !s->metric)
        return fail_step(s, bound, TEMPO_MISSING, "%s listens to a metric, and this step has none",
                         "step with the metric: tempo_stepper_step_metric()");
    if (bound->type->listen && *to - *from > 1)
        return fail_step(s, bound, TEMPO_CONFLICT, "%s wants a metric for each of its steps, and skips some here",
                         "step more often");
    return TEMPO_OK;
}

/* The value of a schedule that goes on from `previous`. */
static double go_on(const tempo__step *s, const tempo__bound *bound, int64_t from, int64_t to, double base,
                    double previous, double *remembered)
{
    const tempo_type *type = bound->type;
    if (type->listen && s->is_first)
        return type->begin(bound->prepared, remembered, previous);
    if (type->listen)
        return to > from ? type->listen(bound->prepared, remembered, to, *s->metric, base, previous) : previous;
    if (s->is_first)
        return type->next(bound->prepared, 0, base, previous);
    while (from < to && isfinite(previous))
        previous = type->next(bound->prepared, ++from, base, previous);
    return previous;
}

/* The value of one that follows another track, of which the value is computed by then. */
static double follow(const tempo_stepper *stepper, const tempo__bound *bound, double base)
{
    const double leader = stepper->setup.next_values[bound->leader - stepper->setup.plan->tracks];
    return bound->type->follow(base, leader, bound->leader->seen.base);
}

/* Each schedule on what the one before has made of the number that is there: `*value`. */
static tempo_status chain(const tempo_stepper *stepper, const tempo__track *track, const tempo__step *s, double *memory,
                          double *value)
{
    for (size_t i = 0; i < track->stack_count; i++) {
        const tempo__bound *bound = &track->stack[i];
        int64_t from = 0, to = 0;
        const tempo_status status = own_steps(s, bound, true, &from, &to);
        if (status)
            return status;
        if (bound->type->follow)
            *value = follow(stepper, bound, track->seen.base);
        else if (bound->type->next || bound->type->listen)
            *value = go_on(s, bound, from, to, track->seen.base, *value, memory + 1);
        else
            *value = tempo__stay_finite(bound->value(bound->prepared, s->to, track->seen.base));
        memory += tempo__memory_of(bound->type);
    }
    return TEMPO_OK;
}

/* The closed forms, one on the other. One without goes its own way from the base, and counts by the ratio to it. */
static tempo_status compose(const tempo_stepper *stepper, const tempo__track *track, const tempo__step *s,
                            double *memory, double *out)
{
    const double base = track->seen.base;
    double value = base;
    for (size_t i = 0; i < track->stack_count; i++) {
        const tempo__bound *bound = &track->stack[i];
        int64_t from = 0, to = 0;
        const tempo_status status = own_steps(s, bound, false, &from, &to);
        if (status)
            return status;
        if (bound->type->follow) {
            value = tempo__stay_finite(follow(stepper, bound, value));
        } else if (bound->value) {
            value = tempo__stay_finite(bound->value(bound->prepared, s->to, value));
        } else {
            memory[0] = go_on(s, bound, from, to, base, s->is_first ? base : memory[0], memory + 1);
            value = i == 0 ? memory[0] : base == 0 ? value : value * (memory[0] / base);
        }
        memory += tempo__memory_of(bound->type);
    }
    *out = value;
    return TEMPO_OK;
}

static tempo_status compute(const tempo_stepper *stepper, size_t index, const tempo__step *s)
{
    const tempo__setup *setup = &stepper->setup;
    const tempo__slot *slot = &setup->slots[index];
    double *memory = setup->next_memory + slot->memory, *value = &setup->next_values[index];
    if (slot->chains)
        *value = found(setup, index, s->is_blind);
    const tempo_status status =
        slot->chains ? chain(stepper, slot->track, s, memory, value) : compose(stepper, slot->track, s, memory, value);
    if (status || isfinite(*value))
        return status;
    const tempo_track *seen = &slot->track->seen;
    tempo__fail(s->error, TEMPO_OUT_OF_RANGE, "the next value of %s%s%s is not a finite number", seen->group,
                *seen->group ? "." : "", seen->field);
    tempo__advise(s->error, "PyTorch raises here too, or goes on with it; use the closed form");
    tempo__blame(s->error, "schedules[%zu]", slot->track->stack[0].index);
    return TEMPO_OUT_OF_RANGE;
}

/* --- all tracks --- */

static tempo_status compute_each(const tempo_stepper *stepper, const tempo__span *span, const tempo__step *s)
{
    tempo_status status = TEMPO_OK;
    for (size_t i = span->first; !status && i < span->first + span->count; i++)
        status = compute(stepper, i, s);
    return status;
}

/* Slots of which those that go on from the same number come to the same value; all, if they do not go on. */
static tempo_status compute_alike(const tempo_stepper *stepper, const tempo__span *span, const tempo__step *s)
{
    const tempo__setup *setup = &stepper->setup;
    const size_t end = span->first + span->count;
    const bool chains = setup->slots[span->first].chains, is_blind = s->is_blind;
    tempo_status status = compute(stepper, span->first, s);
    double before = chains ? found(setup, span->first, is_blind) : 0;
    for (size_t i = span->first + 1; !status && i < end; i++) {
        const double here = chains ? found(setup, i, is_blind) : 0;
        if (tempo__same_bits(here, before))
            setup->next_values[i] = setup->next_values[i - 1];
        else
            status = compute(stepper, i, s);
        before = here;
    }
    return status;
}

/* isfinite() for many, without a branch: adding 1 to an exponent of which all bits are set carries into the sign. */
static bool all_finite(const double *values, size_t count)
{
    const uint64_t exponent = UINT64_C(0x7FF) << 52, one = UINT64_C(1) << 52;
    uint64_t carries = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = 0;
        memcpy(&bits, &values[i], sizeof bits);
        carries |= (bits & exponent) + one;
    }
    return carries >> 63 == 0;
}

/* Slots of which every value is a number times the same factor: that of 1. What comes out as no finite number is a
 * matter for each slot of its own. */
static tempo_status compute_scaled(const tempo_stepper *stepper, const tempo__span *span, const tempo__step *s)
{
    const tempo__setup *setup = &stepper->setup;
    const tempo__slot *slot = &setup->slots[span->first];
    const tempo__bound *bound = slot->track->stack;
    int64_t from = 0, to = 0;
    const tempo_status status = own_steps(s, bound, slot->chains, &from, &to);
    if (status || (slot->chains && to - from > 1))
        return status ? status : compute_each(stepper, span, s);
    const double factor =
        slot->chains ? go_on(s, bound, from, to, 1.0, 1.0, NULL) : bound->value(bound->prepared, s->to, 1.0);
    const size_t end = span->first + span->count;
    const double *numbers = slot->chains ? setup->next_values : setup->bases;
    double *next = setup->next_values;
    if (slot->chains)
        find_all(setup, span, s->is_blind);
    for (size_t i = span->first; i < end; i++)
        next[i] = numbers[i] * factor;
    return all_finite(next + span->first, span->count) ? TEMPO_OK : compute_each(stepper, span, s);
}

/* Computes all slots: first those that follow no other. */
static tempo_status compute_all(const tempo_stepper *stepper, const tempo__step *s)
{
    static tempo_status (*const by_sharing[])(const tempo_stepper *, const tempo__span *, const tempo__step *) = {
        [TEMPO__SHARES_NOTHING] = compute_each,
        [TEMPO__SHARES_VALUE] = compute_alike,
        [TEMPO__SHARES_FACTOR] = compute_scaled,
    };
    const tempo__setup *setup = &stepper->setup;
    tempo_status status = TEMPO_OK;
    for (int pass = 0; pass < setup->passes; pass++)
        for (size_t i = 0; !status && i < setup->span_count; i++)
            if (setup->slots[setup->spans[i].first].follows == (pass == 1))
                status = by_sharing[setup->spans[i].sharing](stepper, &setup->spans[i], s);
    return status;
}

void tempo__write(const tempo_stepper *stepper, size_t first)
{
    const tempo__setup *setup = &stepper->setup;
    const size_t end = setup->plan->track_count;
    for (size_t i = first; setup->has_doubles && i < end; i++)
        if (setup->doubles[i])
            *setup->doubles[i] = setup->values[i];
    for (size_t i = first; setup->has_floats && i < end; i++)
        if (setup->floats[i])
            *setup->floats[i] = (float)setup->values[i];
}

static void swap(double **a, double **b)
{
    double *was = *a;
    *a = *b;
    *b = was;
}

/* Takes a step as a whole, or not at all; nothing is written yet. */
tempo_status tempo__take(tempo_stepper *stepper, const tempo__step *s)
{
    tempo__setup *setup = &stepper->setup;
    if (setup->memory_count)
        memcpy(setup->next_memory, setup->memory, setup->memory_count * sizeof *setup->memory);
    const tempo_status status = compute_all(stepper, s);
    if (status)
        return status;
    swap(&setup->memory, &setup->next_memory);
    swap(&setup->values, &setup->next_values);
    stepper->now = *s->to;
    return TEMPO_OK;
}

tempo_status tempo__join(tempo_stepper *stepper, size_t first, tempo_error *error)
{
    tempo__setup *setup = &stepper->setup;
    const tempo__step s = {.from = &stepper->now, .to = &stepper->now, .is_first = true, .error = error};
    for (int pass = 0; pass < setup->passes; pass++)
        for (size_t i = first; i < setup->plan->track_count; i++) {
            const tempo__slot *slot = &setup->slots[i];
            if (slot->follows != (pass == 1))
                continue;
            const tempo_status status =
                compose(stepper, slot->track, &s, setup->memory + slot->memory, &setup->next_values[i]);
            if (status)
                return status;
            setup->values[i] = setup->next_values[i];
        }
    return TEMPO_OK;
}
