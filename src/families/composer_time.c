/* composer_time.c: how Composer turns the times of a schedule into counts, and its warmup: _convert_time() and
 * the LinearScheduler inside the types with a warmup. */
#include "families/composer.h"

#include <stdio.h>

static tempo_status need_batches_per_epoch(tempo__binding *binding, size_t parameter, tempo_time time)
{
    char words[TEMPO__TIME_WORDS_MAX], path[128];
    const char *name = binding->type->parameters[parameter].name;
    if (time.unit == TEMPO_DURATION) {
        tempo__time_words(words, binding->facts->unscaled_max_duration);
        return tempo__bind_need(binding, "run.max_duration", "batches_per_epoch",
                                "max_duration is %s but nothing says how many batches an epoch has", words);
    }
    tempo__time_words(words, time);
    (void)snprintf(path, sizeof path, "schedules[%zu].%s", binding->index, name);
    return tempo__bind_need(binding, path, "batches_per_epoch",
                            "%s is %s but nothing says how many batches an epoch has", name, words);
}

static tempo_status need_max_duration(tempo__binding *binding, size_t parameter, tempo_time time)
{
    char words[TEMPO__TIME_WORDS_MAX], path[128];
    const char *name = binding->type->parameters[parameter].name;
    tempo__time_words(words, time);
    (void)snprintf(path, sizeof path, "schedules[%zu].%s", binding->index, name);
    return tempo__bind_need(binding, path, "max_duration", "%s is %s but nothing says how long the run is", name,
                            words);
}

static tempo_status out_of_range(tempo__binding *binding, size_t parameter, tempo_time time)
{
    char words[TEMPO__TIME_WORDS_MAX];
    return tempo__bind_fail(binding, parameter, TEMPO_OUT_OF_RANGE, "%s %s does not fit in 64 bits here",
                            binding->type->parameters[parameter].name, tempo__time_words(words, time));
}

/* dur: trunc((q * L) * E) batches of a run of E epochs, else trunc(q * M) in the unit of max_duration,
 * which already has the ratio in it. */
static tempo_status convert_fraction(tempo__binding *binding, size_t parameter, tempo_time time, composer_point *out)
{
    const tempo__facts *facts = binding->facts;
    if (!facts->has_max_duration)
        return need_max_duration(binding, parameter, time);
    const tempo_time whole = facts->max_duration;
    double fraction = time.fraction;
    out->unit = whole.unit;
    if (whole.unit == TEMPO_EPOCH) {
        if (!facts->batches_per_epoch)
            return need_batches_per_epoch(binding, parameter, time);
        fraction = fraction * (double)facts->batches_per_epoch;
        out->unit = TEMPO_BATCH;
    }
    if (!tempo__truncate(&out->count, fraction * (double)whole.count))
        return out_of_range(binding, parameter, time);
    return TEMPO_OK;
}

tempo_status composer_convert(tempo__binding *binding, size_t parameter, tempo_time time, composer_scaling scaling,
                              composer_point *out)
{
    const tempo__facts *facts = binding->facts;
    tempo_status status = TEMPO_OK;
    if (time.unit == TEMPO_SECOND) {
        status =
            tempo__bind_fail(binding, parameter, TEMPO_BAD_VALUE, "%s is in seconds, which a schedule cannot follow",
                             binding->type->parameters[parameter].name);
        tempo__advise(binding->error, "give it in ep, ba, sp, tok, iter or dur");
        return status;
    }
    if (time.unit == TEMPO_DURATION) {
        status = convert_fraction(binding, parameter, time, out);
    } else {
        int64_t count = time.count;
        out->unit = time.unit;
        if (time.unit == TEMPO_EPOCH) {
            if (!facts->batches_per_epoch)
                return need_batches_per_epoch(binding, parameter, time);
            if (!tempo__multiply(&count, count, facts->batches_per_epoch))
                return out_of_range(binding, parameter, time);
            out->unit = TEMPO_BATCH;
        }
        /* Through double even at a ratio of 1, as int(value * ssr) does: counts above 2^53 are rounded. */
        const double ratio = scaling == COMPOSER_SCALED ? facts->ratio : 1.0;
        if (!tempo__truncate(&out->count, (double)count * ratio))
            return out_of_range(binding, parameter, time);
    }
    if (status)
        return status;
    out->offset = tempo__counter_offset(out->unit);
    binding->reads |= 1U << out->unit;
    return TEMPO_OK;
}

/* "t_warmup 0.0002dur of 2,000ba is 0ba", "t_max 30ba times the ratio 0.01 is 0ba", "t_max is 0ba". */
static void describe_zero(char *buffer, size_t capacity, const tempo__binding *binding, size_t parameter,
                          tempo_time time, composer_scaling scaling, const composer_point *point)
{
    const tempo__facts *facts = binding->facts;
    const char *name = binding->type->parameters[parameter].name;
    char given[TEMPO__TIME_WORDS_MAX], whole[TEMPO__TIME_WORDS_MAX], ratio[TEMPO__NUMBER_MAX];
    const char *suffix = tempo_unit_suffix(point->unit);
    tempo__time_words(given, time);
    if (time.unit == TEMPO_DURATION && time.fraction > 0) {
        tempo__time_words(whole, facts->max_duration);
        (void)snprintf(buffer, capacity, "%s %s of %s is 0%s", name, given, whole, suffix);
    } else if (scaling == COMPOSER_SCALED && facts->ratio != 1.0 && time.count > 0) {
        tempo__number_print(ratio, facts->ratio);
        (void)snprintf(buffer, capacity, "%s %s times the scale schedule ratio %s is 0%s", name, given, ratio, suffix);
    } else {
        (void)snprintf(buffer, capacity, "%s is %s", name, given);
    }
}

tempo_status composer_convert_positive(tempo__binding *binding, size_t parameter, composer_scaling scaling,
                                       composer_point *out)
{
    const tempo_time time = binding->arguments[parameter].time;
    const tempo_status status = composer_convert(binding, parameter, time, scaling, out);
    if (status || out->count > 0)
        return status;
    char zero[256];
    describe_zero(zero, sizeof zero, binding, parameter, time, scaling, out);
    tempo__bind_fail(binding, parameter, TEMPO_ZERO_DURATION, "%s, and the schedule divides by it", zero);
    tempo__advise(binding->error, "give a longer time, or one in a smaller unit");
    return TEMPO_ZERO_DURATION;
}

tempo_status composer_check_span(tempo__binding *binding, size_t parameter, double from, double to)
{
    if (isfinite(to - from))
        return TEMPO_OK;
    return tempo__bind_fail(binding, parameter, TEMPO_BAD_VALUE,
                            "%s is so far from the factor at the start that their difference is infinite",
                            binding->type->parameters[parameter].name);
}

bool composer_outlasts_run(const tempo__binding *binding, const composer_point *point)
{
    const int64_t run = tempo__run_batches(binding);
    return run > 0 && tempo__batch_of(binding->facts, point->unit, point->count) >= run;
}

/* The smallest fraction that is one whole count. */
static void advise_zero_warmup(char *buffer, size_t capacity, const tempo__facts *facts, tempo_time time)
{
    if (time.unit != TEMPO_DURATION || time.fraction <= 0) {
        (void)snprintf(buffer, capacity, "make it longer, or use a type without a warmup");
        return;
    }
    const double per_epoch = facts->max_duration.unit == TEMPO_EPOCH ? (double)facts->batches_per_epoch : 1.0;
    char least[TEMPO__NUMBER_MAX];
    tempo__number_print(least, 1.0 / (per_epoch * (double)facts->max_duration.count));
    (void)snprintf(buffer, capacity, "give it in batches, or at least %sdur", least);
}

tempo_status composer_bind_ramp(tempo__binding *binding, size_t warmup, composer_scaling scaling, double peak,
                                composer_ramp *out)
{
    const tempo_time time = binding->arguments[warmup].time;
    const char *name = binding->type->parameters[warmup].name;
    composer_point length = {TEMPO_BATCH, 0, 0};
    tempo_status status = composer_convert(binding, warmup, time, COMPOSER_UNSCALED, &out->end);
    if (!status)
        status = composer_convert(binding, warmup, time, scaling, &length);
    if (status)
        return status;
    out->length = length.count;
    out->peak = peak;
    char zero[256], ramp[TEMPO__TIME_WORDS_MAX], end[TEMPO__TIME_WORDS_MAX];
    tempo__time_words(ramp, (tempo_time){length.unit, length.count, 0});
    tempo__time_words(end, (tempo_time){out->end.unit, out->end.count, 0});
    if (out->end.count == 0) {
        describe_zero(zero, sizeof zero, binding, warmup, time, COMPOSER_UNSCALED, &out->end);
        char advice[96];
        advise_zero_warmup(advice, sizeof advice, binding->facts, time);
        tempo__bind_find(binding, warmup, TEMPO_FINDING_ZERO_WARMUP, advice, "%s, so there is no warmup", zero);
    } else if (length.count == 0) {
        describe_zero(zero, sizeof zero, binding, warmup, time, scaling, &length);
        tempo__bind_fail(binding, warmup, TEMPO_ZERO_DURATION, "%s, and the ramp of the warmup divides by it", zero);
        tempo__advise(binding->error, "give a longer warmup, or leave out scale_warmup");
        return TEMPO_ZERO_DURATION;
    } else if (length.count != out->end.count) {
        tempo__bind_find(
            binding, warmup, TEMPO_FINDING_WARMUP_JUMP,
            "give the warmup as a fraction of the run (dur), without scale_warmup",
            length.count > out->end.count
                ? "the ramp of %s is scaled to %s but ends at %s, so the value jumps to its peak there"
                : "the ramp of %s is scaled to %s but the schedule goes on at %s, so the peak lasts in between",
            name, ramp, end);
    }
    if (composer_outlasts_run(binding, &out->end))
        tempo__bind_find(binding, warmup, TEMPO_FINDING_BEYOND_END, "make the warmup shorter than the run",
                         "%s ends at %s, which is not before the end of the run", name, end);
    return TEMPO_OK;
}
