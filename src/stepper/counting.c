/* counting.c: what one step is, and where in time it leads. Knows no value. */
#include "stepper/internal.h"

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

bool tempo__add_steps(tempo_timestamp *now, const tempo_stepper *stepper, int64_t steps)
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
tempo_status tempo__check_moves(const tempo_stepper *stepper, tempo_error *error)
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
