/* stepper.c: counting steps, computing the values after each, and writing them. Knows no type by name. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "stepper/internal.h"

/* --- one step on --- */

static const char *const counted[TEMPO_UNIT_COUNT] = {
    [TEMPO_ITERATION] = "iterations", [TEMPO_EPOCH] = "epochs", [TEMPO_BATCH] = "batches",
    [TEMPO_SAMPLE] = "samples",       [TEMPO_TOKEN] = "tokens",
};

/* What all schedules count, if that is the same; else batches. */
static tempo__steps common_step(const tempo_plan *plan)
{
    tempo__steps common = {TEMPO_BATCH, tempo__counter_offset(TEMPO_BATCH), 0};
    for (size_t t = 0; t < plan->track_count; t++)
        for (size_t i = 0; i < plan->tracks[t].stack_count; i++) {
            const tempo__bound *bound = &plan->tracks[t].stack[i];
            const bool same = bound->steps.unit == common.unit && bound->steps.size == common.size;
            if (bound->type->follow)
                continue;
            if (bound->type->counting == TEMPO__COUNTS_NOTHING || (common.size && !same))
                return (tempo__steps){TEMPO_BATCH, tempo__counter_offset(TEMPO_BATCH), 1};
            common = bound->steps;
        }
    common.size = common.size ? common.size : 1;
    return common;
}

tempo_status tempo__choose_step(tempo_stepper *stepper, tempo_error *error)
{
    const tempo__facts *facts = &stepper->setup.plan->facts;
    const tempo_time wanted = stepper->wanted_step;
    if (wanted.count < 0 || wanted.unit == TEMPO_DURATION || wanted.unit == TEMPO_SECOND)
        return tempo__fail(error, TEMPO_BAD_VALUE, "a step must be a whole time > 0 in ba, ep, sp, tok or iter");
    stepper->step = wanted.count ? (tempo__steps){wanted.unit, tempo__counter_offset(wanted.unit), wanted.count}
                                 : common_step(stepper->setup.plan);
    stepper->moves = 1U << stepper->step.unit;
    const bool knows_batches =
        stepper->step.unit == TEMPO_BATCH || (stepper->step.unit == TEMPO_EPOCH && facts->batches_per_epoch);
    if (knows_batches)
        stepper->moves |= 1U << TEMPO_BATCH | (facts->batches_per_epoch ? 1U << TEMPO_EPOCH : 0) |
                          (facts->samples_per_batch ? 1U << TEMPO_SAMPLE : 0) |
                          (facts->tokens_per_batch ? 1U << TEMPO_TOKEN : 0);
    return TEMPO_OK;
}

/* Adds `batches` with `each` of something to two counters, of which the second goes back to that of `rest` batches when
 * a new epoch begins. */
static bool count_on(int64_t *total, int64_t *in_epoch, int64_t batches, int64_t each, bool new_epoch, int64_t rest)
{
    int64_t by = 0;
    return tempo__multiply(&by, batches, each) && tempo__add(total, *total, by) &&
           (new_epoch ? tempo__multiply(in_epoch, rest, each) : tempo__add(in_epoch, *in_epoch, by));
}

/* Whether the counters fit. */
static bool add_batches(tempo_timestamp *now, const tempo__facts *facts, int64_t batches)
{
    const int64_t per_epoch = facts->batches_per_epoch;
    const int64_t samples = facts->samples_per_batch, tokens = facts->tokens_per_batch;
    int64_t reached = 0, by = 0;
    if (!tempo__add(&reached, now->batch_in_epoch, batches) || !tempo__multiply(&by, batches, tokens))
        return false;
    const int64_t epochs = per_epoch ? reached / per_epoch : 0, rest = per_epoch ? reached % per_epoch : reached;
    return tempo__add(&now->epoch, now->epoch, epochs) &&
           tempo__add(&now->epoch_in_iteration, now->epoch_in_iteration, epochs) &&
           tempo__add(&now->token_in_iteration, now->token_in_iteration, by) &&
           count_on(&now->batch, &now->batch_in_epoch, batches, 1, epochs > 0, rest) &&
           count_on(&now->sample, &now->sample_in_epoch, batches, samples, epochs > 0, rest) &&
           count_on(&now->token, &now->token_in_epoch, batches, tokens, epochs > 0, rest);
}

static bool add_steps(tempo_timestamp *now, const tempo_stepper *stepper, int64_t steps)
{
    const tempo__facts *facts = &stepper->setup.plan->facts;
    int64_t count = 0, batches = 0;
    if (!tempo__multiply(&count, steps, stepper->step.size))
        return false;
    if (stepper->step.unit == TEMPO_BATCH)
        return add_batches(now, facts, count);
    if (stepper->step.unit == TEMPO_EPOCH && facts->batches_per_epoch)
        return tempo__multiply(&batches, count, facts->batches_per_epoch) &&
               add_batches(now, facts, batches - now->batch_in_epoch % facts->batches_per_epoch);
    int64_t *counter = (int64_t *)(void *)((char *)now + stepper->step.offset);
    if (stepper->step.unit == TEMPO_EPOCH && !tempo__add(&now->epoch_in_iteration, now->epoch_in_iteration, count))
        return false;
    return tempo__add(counter, *counter, count);
}

/* Schedules may read a counter that steps do not move. */
static tempo_status check_moves(const tempo_stepper *stepper, tempo_error *error)
{
    const unsigned missing = stepper->setup.plan->reads & ~stepper->moves;
    if (!missing)
        return TEMPO_OK;
    tempo_unit unit = TEMPO_ITERATION;
    while (!(missing & 1U << unit))
        unit++;
    const char *fact = unit == TEMPO_SAMPLE  ? "samples_per_batch"
                       : unit == TEMPO_TOKEN ? "tokens_per_batch"
                                             : "batches_per_epoch";
    const bool by_fact =
        unit != TEMPO_ITERATION && (stepper->step.unit == TEMPO_BATCH || stepper->step.unit == TEMPO_EPOCH);
    const char *step = tempo_unit_suffix(stepper->step.unit);
    tempo__fail(error, TEMPO_MISSING_FACT, "a schedule counts %s, which steps of %lld%s do not tell", counted[unit],
                (long long)stepper->step.size, step);
    if (by_fact)
        tempo__advise(error, "give %s of the run, or step to the time of a clock", fact);
    else
        tempo__advise(error, "step to the time of a clock");
    if (error && by_fact)
        error->fact = fact;
    return TEMPO_MISSING_FACT;
}

/* --- the value of one track --- */

/* What is being taken: from one time to another. */
typedef struct step {
    const tempo_timestamp *from, *to; /* equal: the first */
    bool is_first;
    bool is_blind; /* nothing was written yet that could be read back: the values stand for the numbers */
    const double *metric;
    tempo_error *error;
} step;

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

static tempo_status fail_step(const step *s, const tempo__bound *bound, tempo_status status, const char *message,
                              const char *advice)
{
    tempo__fail(s->error, status, message, bound->type->name);
    if (advice)
        tempo__advise(s->error, "%s", advice);
    tempo__blame(s->error, "schedules[%zu]", bound->index);
    return status;
}

/* Checks whether a schedule can take the step, and finds how many of its own that are. */
static tempo_status own_steps(const step *s, const tempo__bound *bound, bool chains, int64_t *from, int64_t *to)
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
static double go_on(const step *s, const tempo__bound *bound, int64_t from, int64_t to, double base, double previous,
                    double *remembered)
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

/* As a plan does it. */
static double stay_finite(double value)
{
    return isinf(value) ? copysign(DBL_MAX, value) : value;
}

/* Each schedule on what the one before has made of the number that is there: `*value`. */
static tempo_status chain(const tempo_stepper *stepper, const tempo__track *track, const step *s, double *memory,
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
            *value = stay_finite(bound->value(bound->prepared, s->to, track->seen.base));
        memory += tempo__memory_of(bound->type);
    }
    return TEMPO_OK;
}

/* The closed forms, one on the other. One without goes its own way from the base, and counts by the ratio to it. */
static tempo_status compose(const tempo_stepper *stepper, const tempo__track *track, const step *s, double *memory,
                            double *out)
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
            value = stay_finite(follow(stepper, bound, value));
        } else if (bound->value) {
            value = stay_finite(bound->value(bound->prepared, s->to, value));
        } else {
            memory[0] = go_on(s, bound, from, to, base, s->is_first ? base : memory[0], memory + 1);
            value = i == 0 ? memory[0] : base == 0 ? value : value * (memory[0] / base);
        }
        memory += tempo__memory_of(bound->type);
    }
    *out = value;
    return TEMPO_OK;
}

static tempo_status compute(const tempo_stepper *stepper, size_t index, const step *s)
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

static tempo_status compute_each(const tempo_stepper *stepper, const tempo__span *span, const step *s)
{
    tempo_status status = TEMPO_OK;
    for (size_t i = span->first; !status && i < span->first + span->count; i++)
        status = compute(stepper, i, s);
    return status;
}

/* Slots of which those that go on from the same number come to the same value; all, if they do not go on. */
static tempo_status compute_alike(const tempo_stepper *stepper, const tempo__span *span, const step *s)
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
static tempo_status compute_scaled(const tempo_stepper *stepper, const tempo__span *span, const step *s)
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
static tempo_status compute_all(const tempo_stepper *stepper, const step *s)
{
    static tempo_status (*const by_sharing[])(const tempo_stepper *, const tempo__span *, const step *) = {
        [TEMPO__SHARES_NOTHING] = compute_each,
        [TEMPO__SHARES_VALUE] = compute_alike,
        [TEMPO__SHARES_FACTOR] = compute_scaled,
    };
    const tempo__setup *setup = &stepper->setup;
    tempo_status status = TEMPO_OK;
    for (int followers = 0; followers <= setup->has_followers; followers++)
        for (size_t i = 0; !status && i < setup->span_count; i++)
            if (setup->slots[setup->spans[i].first].follows == followers)
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
static tempo_status take(tempo_stepper *stepper, const step *s)
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

static tempo_status take_steps(tempo_stepper *stepper, int64_t steps, bool is_blind, const double *metric,
                               tempo_error *error)
{
    tempo_timestamp to = stepper->now;
    const tempo_status status = check_moves(stepper, error);
    if (status)
        return status;
    if (!add_steps(&to, stepper, steps))
        return tempo__fail(error, TEMPO_OUT_OF_RANGE, "a counter does not fit in 64 bits after %lld more steps",
                           (long long)steps);
    const step s = {.from = &stepper->now, .to = &to, .is_blind = is_blind, .metric = metric, .error = error};
    return take(stepper, &s);
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
    const step s = {.from = &stepper->now, .to = now, .metric = metric, .error = error};
    return written(stepper, take(stepper, &s));
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
        status = take(stepper, &(step){.from = &zero, .to = &zero, .is_first = true, .is_blind = true, .error = error});
    if (!status && steps)
        status = take_steps(stepper, steps, true, NULL, error);
    return written(stepper, status);
}

tempo_status tempo__join(tempo_stepper *stepper, size_t first, tempo_error *error)
{
    tempo__setup *setup = &stepper->setup;
    const step s = {.from = &stepper->now, .to = &stepper->now, .is_first = true, .error = error};
    for (int followers = 0; followers <= setup->has_followers; followers++)
        for (size_t i = first; i < setup->plan->track_count; i++) {
            const tempo__slot *slot = &setup->slots[i];
            if (slot->follows != followers)
                continue;
            const tempo_status status =
                compose(stepper, slot->track, &s, setup->memory + slot->memory, &setup->next_values[i]);
            if (status)
                return status;
            setup->values[i] = setup->next_values[i];
        }
    return TEMPO_OK;
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
