/* plan.c: plans evaluated: values of tracks, timestamps of batches, joints. Knows no type by name. */
#include <tempo/plan.h>

#include "plan/internal.h"

void tempo_plan_free(tempo_plan *plan)
{
    if (!plan)
        return;
    tempo__arena arena = plan->arena; /* the plan lies in it */
    tempo__arena_free(&arena);
}

/* --- evaluation --- */

size_t tempo_plan_track_count(const tempo_plan *plan)
{
    return plan->track_count;
}

const tempo_track *tempo_plan_track(const tempo_plan *plan, size_t index)
{
    return index < plan->track_count ? &plan->tracks[index].seen : NULL;
}

/* Mostly there is one schedule and it has a closed form: that is all of the work then. */
static inline double evaluate(const tempo__track *track, const tempo_timestamp *now)
{
    const tempo__bound *bound = track->stack;
    if (track->stack_count != 1 || !bound->value)
        return tempo__track_value(track, now, track->seen.base);
    return tempo__stay_finite(bound->value(bound->prepared, now, track->seen.base));
}

double tempo_plan_value(const tempo_plan *plan, size_t index, const tempo_timestamp *now)
{
    return evaluate(&plan->tracks[index], now);
}

void tempo_plan_apply(const tempo_plan *plan, const tempo_timestamp *now, const tempo_group *groups)
{
    for (size_t i = 0; i < plan->track_count; i++) {
        const tempo_track *seen = &plan->tracks[i].seen;
        const tempo_field *field = &groups[seen->group_index].fields[seen->field_index];
        const double value = tempo_plan_value(plan, i, now);
        if (field->as_double)
            *field->as_double = value;
        if (field->as_float)
            *field->as_float = (float)value;
    }
}

/* --- batches and timestamps --- */

static tempo_status check_counter(const tempo_plan *plan, tempo_unit unit, int64_t per_batch, const char *fact,
                                  tempo_error *error)
{
    if (per_batch || !(plan->reads & 1U << unit))
        return TEMPO_OK;
    if (!fact) {
        tempo__fail(error, TEMPO_UNIT_MISMATCH,
                    "a schedule counts iterations, and a number of batches does not tell them");
        tempo__advise(error, "evaluate at a whole timestamp, or give the schedule's times in another unit");
    } else {
        tempo__fail(error, TEMPO_MISSING_FACT, "a schedule counts %s, but nothing says how many %s",
                    unit == TEMPO_TOKEN    ? "tokens"
                    : unit == TEMPO_SAMPLE ? "samples"
                                           : "epochs",
                    unit == TEMPO_TOKEN    ? "tokens a batch has"
                    : unit == TEMPO_SAMPLE ? "samples a batch has"
                                           : "batches an epoch has");
        tempo__advise(error, "give %s of the run", fact);
        if (error)
            error->fact = fact;
    }
    tempo__blame(error, "schedules");
    return fact ? TEMPO_MISSING_FACT : TEMPO_UNIT_MISMATCH;
}

static tempo_status check_counters(const tempo_plan *plan, tempo_error *error)
{
    const tempo__facts *facts = &plan->facts;
    tempo_status status = check_counter(plan, TEMPO_ITERATION, 0, NULL, error);
    if (!status)
        status = check_counter(plan, TEMPO_EPOCH, facts->batches_per_epoch, "batches_per_epoch", error);
    if (!status)
        status = check_counter(plan, TEMPO_SAMPLE, facts->samples_per_batch, "samples_per_batch", error);
    if (!status)
        status = check_counter(plan, TEMPO_TOKEN, facts->tokens_per_batch, "tokens_per_batch", error);
    return status;
}

tempo_status tempo_plan_timestamp(const tempo_plan *plan, int64_t batch, tempo_timestamp *out, tempo_error *error)
{
    const tempo_status status = check_counters(plan, error);
    if (status)
        return status;
    if (batch < 0)
        return tempo__fail(error, TEMPO_BAD_VALUE, "a number of batches must be >= 0, not %lld", (long long)batch);
    if (plan->undefined_from && batch >= plan->undefined_from) {
        tempo__fail(error, TEMPO_OUT_OF_RANGE, "a schedule has no value from batch %lld on, and so none at batch %lld",
                    (long long)plan->undefined_from, (long long)batch);
        tempo__blame(error, "schedules");
        return TEMPO_OUT_OF_RANGE;
    }
    const tempo__facts *facts = &plan->facts;
    const int64_t in_epoch = facts->batches_per_epoch ? batch % facts->batches_per_epoch : batch;
    tempo_timestamp now = {.batch = batch, .batch_in_epoch = in_epoch};
    now.epoch = facts->batches_per_epoch ? batch / facts->batches_per_epoch : 0;
    now.epoch_in_iteration = now.epoch;
    if (!tempo__multiply(&now.sample, batch, facts->samples_per_batch) ||
        !tempo__multiply(&now.token, batch, facts->tokens_per_batch))
        return tempo__fail(error, TEMPO_OUT_OF_RANGE, "the samples or tokens of %lld batches do not fit in 64 bits",
                           (long long)batch);
    now.token_in_iteration = now.token;
    now.sample_in_epoch = in_epoch * facts->samples_per_batch;
    now.token_in_epoch = in_epoch * facts->tokens_per_batch;
    *out = now;
    return TEMPO_OK;
}

/* From one batch to the next without dividing. */
static void advance(tempo_timestamp *now, const tempo__facts *facts)
{
    now->batch++;
    now->batch_in_epoch++;
    now->sample += facts->samples_per_batch;
    now->token += facts->tokens_per_batch;
    now->token_in_iteration += facts->tokens_per_batch;
    now->sample_in_epoch += facts->samples_per_batch;
    now->token_in_epoch += facts->tokens_per_batch;
    if (now->batch_in_epoch != facts->batches_per_epoch)
        return;
    now->epoch++;
    now->epoch_in_iteration++;
    now->batch_in_epoch = now->sample_in_epoch = now->token_in_epoch = 0;
}

tempo_status tempo_plan_values(const tempo_plan *plan, size_t index, int64_t first_batch, size_t count, double *out,
                               tempo_error *error)
{
    tempo_timestamp now, last;
    tempo_status status = tempo_plan_timestamp(plan, first_batch, &now, error);
    if (status || !count)
        return status;
    int64_t last_batch = 0;
    if (count > INT64_MAX || !tempo__add(&last_batch, first_batch, (int64_t)(count - 1)))
        return tempo__fail(error, TEMPO_OUT_OF_RANGE, "%zu batches from batch %lld do not fit in 64 bits", count,
                           (long long)first_batch);
    status = tempo_plan_timestamp(plan, last_batch, &last, error);
    if (status)
        return status;
    const tempo__track *t = &plan->tracks[index];
    if (!tempo__has_closed_form(t))
        return tempo__no_closed_form(t, error);
    out[0] = evaluate(t, &now);
    for (size_t i = 1; i < count; i++) {
        advance(&now, &plan->facts);
        out[i] = evaluate(t, &now);
    }
    return TEMPO_OK;
}

tempo_status tempo_plan_batch(const tempo_plan *plan, tempo_time time, int64_t *batch, tempo_error *error)
{
    static const char *const facts_by_unit[TEMPO_UNIT_COUNT] = {
        [TEMPO_EPOCH] = "batches_per_epoch", [TEMPO_SAMPLE] = "samples_per_batch", [TEMPO_TOKEN] = "tokens_per_batch"};
    const tempo__facts *facts = &plan->facts;
    char words[TEMPO__TIME_WORDS_MAX];
    tempo__time_words(words, time);
    if (time.unit == TEMPO_DURATION) {
        if (!facts->has_max_duration) {
            tempo__fail(error, TEMPO_MISSING_FACT, "%s is a fraction of the run, but nothing says how long the run is",
                        words);
            tempo__advise(error, "give max_duration of the run");
            if (error)
                error->fact = "max_duration";
            return TEMPO_MISSING_FACT;
        }
        /* Of epochs, the batches are what a fraction is taken of, in Composer's order of operations. */
        const bool epochs = facts->max_duration.unit == TEMPO_EPOCH && facts->batches_per_epoch;
        const double whole = epochs ? time.fraction * (double)facts->batches_per_epoch : time.fraction;
        time.unit = epochs ? TEMPO_BATCH : facts->max_duration.unit;
        if (!tempo__truncate(&time.count, whole * (double)facts->max_duration.count))
            return tempo__fail(error, TEMPO_OUT_OF_RANGE, "%s of the run does not fit in 64 bits", words);
    }
    if (time.unit == TEMPO_SECOND || time.unit == TEMPO_ITERATION)
        return tempo__fail(error, TEMPO_BAD_VALUE, "%s cannot be turned into batches", words);
    if (time.count < 0)
        return tempo__fail(error, TEMPO_BAD_VALUE, "%s is before the start of training", words);
    const int64_t at = tempo__batch_of(facts, time.unit, time.count);
    if (at >= 0) {
        *batch = at;
        return TEMPO_OK;
    }
    const char *fact = facts_by_unit[time.unit];
    if (tempo__count_at(facts, time.unit, 0) == 0)
        return tempo__fail(error, TEMPO_OUT_OF_RANGE, "%s is more batches than fit in 64 bits", words);
    tempo__fail(error, TEMPO_MISSING_FACT, "%s cannot be turned into batches without %s", words, fact);
    tempo__advise(error, "give %s of the run", fact);
    if (error)
        error->fact = fact;
    return TEMPO_MISSING_FACT;
}

bool tempo_plan_max_duration(const tempo_plan *plan, tempo_time *out)
{
    if (plan->facts.has_max_duration)
        *out = plan->facts.max_duration;
    return plan->facts.has_max_duration;
}

const tempo_run *tempo_plan_run(const tempo_plan *plan)
{
    return &plan->run;
}

const char *tempo_plan_schedules(const tempo_plan *plan)
{
    return plan->schedules;
}

int64_t tempo_plan_batches(const tempo_plan *plan)
{
    return tempo__facts_batches(&plan->facts);
}

/* The next joint of a schedule, of what it follows, or where what it heard makes a difference. */
static int64_t next_joint(const tempo__bound *bound, const tempo__facts *facts, int64_t batch)
{
    if (bound->type->joint)
        return bound->type->joint(bound->prepared, facts, batch);
    if (!bound->heard)
        return -1;
    const int64_t step = tempo__steps_after(facts, &bound->steps, batch);
    for (size_t i = step < 0 ? 1 : (size_t)step + 1; i < bound->heard_count; i++)
        if (bound->heard[i] != bound->heard[i - 1])
            return tempo__nearer_step(-1, facts, &bound->steps, (int64_t)i, batch);
    return -1;
}

int64_t tempo_plan_next_joint(const tempo_plan *plan, size_t index, int64_t batch)
{
    const tempo__track *t = &plan->tracks[index];
    int64_t best = -1;
    for (size_t i = 0; i < t->stack_count; i++) {
        const tempo__track *leader = t->stack[i].leader;
        const int64_t joint = leader ? tempo_plan_next_joint(plan, (size_t)(leader - plan->tracks), batch)
                                     : next_joint(&t->stack[i], &plan->facts, batch);
        if (joint > batch && (best < 0 || joint < best))
            best = joint;
    }
    return best;
}
