/* facts.c: what is known about a run, and turning its counters into batches and back. Knows no schedule. */
#include "plan/facts.h"

#include <math.h>
#include <string.h>

static tempo_status check_count(int64_t count, const char *name, tempo_error *error)
{
    if (count >= 0)
        return TEMPO_OK;
    tempo__fail(error, TEMPO_BAD_VALUE, "%s is %lld, but must be >= 0 (0: unknown)", name, (long long)count);
    tempo__blame(error, "run.%s", name);
    return TEMPO_BAD_VALUE;
}

/* max_duration and what `ratio` makes of it: trunc(max_duration * ratio), as Composer's Trainer. */
static tempo_status read_max_duration(tempo__facts *facts, const char *text, double ratio, tempo_error *error)
{
    static const char path[] = "run.max_duration";
    tempo_time time;
    tempo_status status = tempo_time_parse(&time, text, strlen(text), TEMPO_TIME_NATIVE, error);
    if (!status && (time.unit == TEMPO_DURATION || time.unit == TEMPO_SECOND)) {
        status =
            tempo__fail(error, TEMPO_BAD_VALUE, "max_duration is %s, but must be in ep, ba, sp, tok or iter", text);
        tempo__advise(error, time.unit == TEMPO_DURATION ? "dur is a fraction of max_duration itself"
                                                         : "give the length in work, not in wall-clock time");
    } else if (!status && time.count <= 0) {
        status = tempo__fail(error, TEMPO_BAD_VALUE, "max_duration is %s, but must be > 0", text);
    }
    facts->unscaled_max_duration = facts->max_duration = time;
    if (!status && ratio != 1.0) {
        status = tempo_time_scale(&facts->max_duration, time, ratio, error);
        if (!status && facts->max_duration.count == 0) {
            char number[TEMPO__NUMBER_MAX];
            tempo__number_print(number, ratio);
            status = tempo__fail(error, TEMPO_ZERO_DURATION, "max_duration %s times scale_schedule_ratio %s is 0%s",
                                 text, number, tempo_unit_suffix(time.unit));
            tempo__advise(error, "nothing would be trained: give a longer run, a smaller unit or a larger ratio");
        }
    }
    if (status)
        tempo__blame(error, path);
    facts->has_max_duration = !status;
    return status;
}

tempo_status tempo__facts_read(tempo__facts *facts, const tempo_run *run, bool is_scaled, tempo_error *error)
{
    const double ratio = run->scale_schedule_ratio;
    *facts = (tempo__facts){
        .batches_per_epoch = run->batches_per_epoch,
        .samples_per_batch = run->samples_per_batch,
        .tokens_per_batch = run->tokens_per_batch,
        .ratio = ratio == 0 ? 1.0 : ratio,
        .steps_every_batch = run->step_schedulers_every_batch,
    };
    if (!(facts->ratio > 0) || isinf(facts->ratio)) {
        char text[TEMPO__NUMBER_MAX];
        tempo__number_print(text, ratio);
        tempo__fail(error, TEMPO_BAD_VALUE, "scale_schedule_ratio is %s, but must be > 0 and finite", text);
        tempo__blame(error, "run.scale_schedule_ratio");
        return TEMPO_BAD_VALUE;
    }
    tempo_status status = check_count(run->batches_per_epoch, "batches_per_epoch", error);
    if (!status)
        status = check_count(run->samples_per_batch, "samples_per_batch", error);
    if (!status)
        status = check_count(run->tokens_per_batch, "tokens_per_batch", error);
    if (!status && run->max_duration)
        status = read_max_duration(facts, run->max_duration, is_scaled ? 1.0 : facts->ratio, error);
    return status;
}

/* --- counters and batches --- */

size_t tempo__counter_offset(tempo_unit unit)
{
    switch (unit) {
    case TEMPO_ITERATION:
        return offsetof(tempo_timestamp, iteration);
    case TEMPO_EPOCH:
        return offsetof(tempo_timestamp, epoch);
    case TEMPO_SAMPLE:
        return offsetof(tempo_timestamp, sample);
    case TEMPO_TOKEN:
        return offsetof(tempo_timestamp, token);
    case TEMPO_BATCH:
    case TEMPO_DURATION:
    case TEMPO_SECOND:
        break;
    }
    return offsetof(tempo_timestamp, batch);
}

/* How much of a unit one batch is; 0 if that is unknown or less than 1. */
static int64_t per_batch(const tempo__facts *facts, tempo_unit unit)
{
    switch (unit) {
    case TEMPO_BATCH:
        return 1;
    case TEMPO_SAMPLE:
        return facts->samples_per_batch;
    case TEMPO_TOKEN:
        return facts->tokens_per_batch;
    case TEMPO_ITERATION:
    case TEMPO_EPOCH:
    case TEMPO_DURATION:
    case TEMPO_SECOND:
        break;
    }
    return 0;
}

int64_t tempo__batch_of(const tempo__facts *facts, tempo_unit unit, int64_t count)
{
    int64_t batch = -1;
    if (unit == TEMPO_EPOCH)
        return facts->batches_per_epoch && tempo__multiply(&batch, count, facts->batches_per_epoch) ? batch : -1;
    const int64_t step = per_batch(facts, unit);
    return step ? count / step + (count % step > 0) : -1;
}

int64_t tempo__count_at(const tempo__facts *facts, tempo_unit unit, int64_t batch)
{
    if (unit == TEMPO_EPOCH)
        return facts->batches_per_epoch ? batch / facts->batches_per_epoch : -1;
    const int64_t step = per_batch(facts, unit);
    int64_t count = INT64_MAX;
    if (!step)
        return -1;
    return tempo__multiply(&count, batch, step) ? count : INT64_MAX;
}

int64_t tempo__batch_of_step(const tempo__facts *facts, const tempo__steps *steps, int64_t step)
{
    int64_t count = 0;
    return tempo__multiply(&count, step, steps->size) ? tempo__batch_of(facts, steps->unit, count) : -1;
}

int64_t tempo__steps_after(const tempo__facts *facts, const tempo__steps *steps, int64_t batch)
{
    const int64_t count = batch < 0 ? -1 : tempo__count_at(facts, steps->unit, batch);
    return count < 0 ? -1 : count / steps->size;
}

int64_t tempo__nearer_step(int64_t best, const tempo__facts *facts, const tempo__steps *steps, int64_t step,
                           int64_t batch)
{
    const int64_t at = tempo__batch_of_step(facts, steps, step);
    return at > batch && (best < 0 || at < best) ? at : best;
}

int64_t tempo__nearer_joint(int64_t best, const tempo__facts *facts, tempo_time time, int64_t batch)
{
    const int64_t at = tempo__batch_of(facts, time.unit, time.count);
    return at > batch && (best < 0 || at < best) ? at : best;
}

int64_t tempo__facts_batches(const tempo__facts *facts)
{
    if (!facts->has_max_duration)
        return 0;
    const int64_t batches = tempo__batch_of(facts, facts->max_duration.unit, facts->max_duration.count);
    return batches > 0 ? batches : 0;
}

const char *tempo__time_words(char *buffer, tempo_time time)
{
    if (time.unit == TEMPO_DURATION) {
        tempo_time_print(buffer, time);
        return buffer;
    }
    char digits[TEMPO__NUMBER_MAX];
    const size_t length = tempo__integer_print(digits, time.count);
    char *p = buffer;
    for (size_t i = 0; i < length; i++) {
        *p++ = digits[i];
        const size_t rest = length - 1 - i;
        if (rest && rest % 3 == 0 && digits[i] != '-')
            *p++ = ',';
    }
    memcpy(p, tempo_unit_suffix(time.unit), strlen(tempo_unit_suffix(time.unit)) + 1);
    return buffer;
}
