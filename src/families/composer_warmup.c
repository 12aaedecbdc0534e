/* composer_warmup.c: the schedulers of Composer that warm up and then follow a curve: a ramp before W, then
 * done = (n - W) / (T - W). See composer.h for their source and notation. */
#include "families/composer.h"

#include <math.h>

typedef struct warm {
    composer_ramp ramp;
    composer_point end;
    int64_t span; /* T - W; <= 0: no decay is left */
    double from, to, exponent;
} warm;

/* Composer's checks, in its order: the warmup and the schedule must count the same thing, and the
 * schedule must not end before the run does, as far as the two can be compared. */
static tempo_status check_warm(tempo__binding *binding, size_t t_max, const warm *w)
{
    const tempo__facts *facts = binding->facts;
    char warmup[TEMPO__TIME_WORDS_MAX], end[TEMPO__TIME_WORDS_MAX], run[TEMPO__TIME_WORDS_MAX];
    tempo__time_words(warmup, (tempo_time){w->ramp.end.unit, w->ramp.end.count, 0});
    tempo__time_words(end, (tempo_time){w->end.unit, w->end.count, 0});
    if (w->ramp.end.unit != w->end.unit) {
        tempo__bind_fail(binding, t_max, TEMPO_UNIT_MISMATCH,
                         "t_max comes out as %s and t_warmup as %s, which cannot be compared", end, warmup);
        tempo__advise(binding->error,
                      "give both in the same unit (ep and ba are the same here, dur is the unit of max_duration)");
        return TEMPO_UNIT_MISMATCH;
    }
    if (!facts->has_max_duration)
        return TEMPO_OK;
    tempo_time last = facts->max_duration;
    if (last.unit == TEMPO_EPOCH && w->end.unit == TEMPO_BATCH && facts->batches_per_epoch) {
        last.unit = TEMPO_BATCH;
        if (!tempo__multiply(&last.count, last.count, facts->batches_per_epoch))
            last.count = INT64_MAX;
    }
    if (last.unit != w->end.unit || w->end.count >= last.count)
        return TEMPO_OK;
    tempo__time_words(run, last);
    tempo__bind_fail(binding, t_max, TEMPO_CONFLICT, "t_max comes out as %s, but must be >= max_duration, which is %s",
                     end, run);
    tempo__advise(binding->error, "let t_max be 1dur, or make it longer: the schedule would not cover the whole run");
    return TEMPO_CONFLICT;
}

static tempo_status bind_warm(tempo__binding *binding, size_t t_warmup, size_t t_max, size_t scale_warmup, warm *w)
{
    const composer_scaling scaling = composer_scaling_of(&binding->arguments[scale_warmup]);
    const tempo_time start = binding->arguments[t_warmup].time, end = binding->arguments[t_max].time;
    tempo_status status = composer_convert(binding, t_warmup, start, COMPOSER_UNSCALED, &w->ramp.end);
    if (!status)
        status = composer_convert(binding, t_max, end, COMPOSER_SCALED, &w->end);
    if (!status)
        status = check_warm(binding, t_max, w);
    if (!status)
        status = composer_bind_ramp(binding, t_warmup, scaling, w->from, &w->ramp);
    if (status)
        return status;
    w->span = w->end.count - w->ramp.end.count;
    char words[TEMPO__TIME_WORDS_MAX];
    if (w->span <= 0 && w->from != w->to && !composer_outlasts_run(binding, &w->ramp.end))
        tempo__bind_find(binding, t_warmup, TEMPO_FINDING_NO_DECAY_LEFT, "make the warmup shorter or t_max longer",
                         "the warmup lasts until %s and the schedule ends no later, so it stays at its peak",
                         tempo__time_words(words, (tempo_time){w->ramp.end.unit, w->ramp.end.count, 0}));
    return TEMPO_OK;
}

static warm *take_warm(tempo__binding *binding, void **prepared)
{
    warm *w = tempo__prepare(binding, 1, sizeof *w);
    *prepared = w;
    if (!w)
        tempo__out_of_memory(binding->error);
    return w;
}

static double warm_done(const warm *w, int64_t count)
{
    return w->span > 0 ? composer_at_most_1(tempo__ratio(count - w->ramp.end.count, w->span)) : 0.0;
}

static int64_t warm_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const warm *w = prepared;
    const int64_t best = w->ramp.end.count > 0 ? composer_nearer_joint(-1, facts, &w->ramp.end, batch) : -1;
    const composer_point top = {w->ramp.end.unit, w->ramp.end.offset, w->ramp.length};
    const int64_t next = w->ramp.length < w->ramp.end.count ? composer_nearer_joint(best, facts, &top, batch) : best;
    return w->span > 0 ? composer_nearer_joint(next, facts, &w->end, batch) : next;
}

enum { CONSTANT_WARM_WARMUP, CONSTANT_WARM_ALPHA, CONSTANT_WARM_T_MAX, CONSTANT_WARM_SCALE, CONSTANT_WARM_COUNT };
static const tempo_parameter constant_warm_parameters[CONSTANT_WARM_COUNT] = {
    [CONSTANT_WARM_WARMUP] = {"t_warmup", TEMPO_TIME, NULL, RANGE_AT_LEAST_0, COMPOSER_T_WARMUP_HELP},
    [CONSTANT_WARM_ALPHA] = {"alpha", TEMPO_REAL, "1.0", RANGE_ANY, "factor after the warmup, for ever"},
    [CONSTANT_WARM_T_MAX] = {"t_max", TEMPO_TIME, "1dur", RANGE_AT_LEAST_0,
                             "only checked: it must not be before max_duration"},
    [CONSTANT_WARM_SCALE] = {"scale_warmup", TEMPO_FLAG, "false", RANGE_ANY, COMPOSER_SCALE_WARMUP_HELP},
};

static tempo_status constant_warm_bind(tempo__binding *binding, void **prepared)
{
    warm *w = take_warm(binding, prepared);
    if (!w)
        return TEMPO_NO_MEMORY;
    w->from = w->to = binding->arguments[CONSTANT_WARM_ALPHA].real;
    return bind_warm(binding, CONSTANT_WARM_WARMUP, CONSTANT_WARM_T_MAX, CONSTANT_WARM_SCALE, w);
}

enum { LINEAR_WARM_WARMUP, LINEAR_WARM_FROM, LINEAR_WARM_TO, LINEAR_WARM_T_MAX, LINEAR_WARM_SCALE, LINEAR_WARM_COUNT };
static const tempo_parameter linear_warm_parameters[LINEAR_WARM_COUNT] = {
    [LINEAR_WARM_WARMUP] = {"t_warmup", TEMPO_TIME, NULL, RANGE_AT_LEAST_0, COMPOSER_T_WARMUP_HELP},
    [LINEAR_WARM_FROM] = {"alpha_i", TEMPO_REAL, "1.0", RANGE_ANY, "factor at the end of the warmup"},
    [LINEAR_WARM_TO] = {"alpha_f", TEMPO_REAL, "0.0", RANGE_ANY, "factor at the end and from then on"},
    [LINEAR_WARM_T_MAX] = {"t_max", TEMPO_TIME, "1dur", RANGE_AT_LEAST_0, COMPOSER_T_MAX_HELP},
    [LINEAR_WARM_SCALE] = {"scale_warmup", TEMPO_FLAG, "false", RANGE_ANY, COMPOSER_SCALE_WARMUP_HELP},
};

static tempo_status linear_warm_bind(tempo__binding *binding, void **prepared)
{
    warm *w = take_warm(binding, prepared);
    if (!w)
        return TEMPO_NO_MEMORY;
    w->from = binding->arguments[LINEAR_WARM_FROM].real;
    w->to = binding->arguments[LINEAR_WARM_TO].real;
    const tempo_status status = composer_check_span(binding, LINEAR_WARM_TO, w->from, w->to);
    return status ? status : bind_warm(binding, LINEAR_WARM_WARMUP, LINEAR_WARM_T_MAX, LINEAR_WARM_SCALE, w);
}

static double linear_warm_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const warm *w = prepared;
    const int64_t count = composer_now(&w->ramp.end, now);
    if (count < w->ramp.end.count)
        return base * composer_ramp_value(&w->ramp, count);
    return base * (w->from + warm_done(w, count) * (w->to - w->from));
}

enum { COSINE_WARM_WARMUP, COSINE_WARM_T_MAX, COSINE_WARM_TO, COSINE_WARM_SCALE, COSINE_WARM_COUNT };
static const tempo_parameter cosine_warm_parameters[COSINE_WARM_COUNT] = {
    [COSINE_WARM_WARMUP] = {"t_warmup", TEMPO_TIME, NULL, RANGE_AT_LEAST_0, COMPOSER_T_WARMUP_HELP},
    [COSINE_WARM_T_MAX] = {"t_max", TEMPO_TIME, "1dur", RANGE_AT_LEAST_0, COMPOSER_T_MAX_HELP},
    [COSINE_WARM_TO] = {"alpha_f", TEMPO_REAL, "0.0", RANGE_ANY, "factor at the end and from then on"},
    [COSINE_WARM_SCALE] = {"scale_warmup", TEMPO_FLAG, "false", RANGE_ANY, COMPOSER_SCALE_WARMUP_HELP},
};

static tempo_status cosine_warm_bind(tempo__binding *binding, void **prepared)
{
    warm *w = take_warm(binding, prepared);
    if (!w)
        return TEMPO_NO_MEMORY;
    w->from = 1.0;
    w->to = binding->arguments[COSINE_WARM_TO].real;
    return bind_warm(binding, COSINE_WARM_WARMUP, COSINE_WARM_T_MAX, COSINE_WARM_SCALE, w);
}

static double cosine_warm_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const warm *w = prepared;
    const int64_t count = composer_now(&w->ramp.end, now);
    if (count < w->ramp.end.count)
        return base * composer_ramp_value(&w->ramp, count);
    return base * composer_cosine(warm_done(w, count), w->to, 1.0);
}

enum {
    POLYNOMIAL_WARM_WARMUP,
    POLYNOMIAL_WARM_POWER,
    POLYNOMIAL_WARM_T_MAX,
    POLYNOMIAL_WARM_TO,
    POLYNOMIAL_WARM_SCALE,
    POLYNOMIAL_WARM_COUNT
};
static const tempo_parameter polynomial_warm_parameters[POLYNOMIAL_WARM_COUNT] = {
    [POLYNOMIAL_WARM_WARMUP] = {"t_warmup", TEMPO_TIME, NULL, RANGE_AT_LEAST_0, COMPOSER_T_WARMUP_HELP},
    [POLYNOMIAL_WARM_POWER] = {"power", TEMPO_REAL, "2.0", RANGE_AT_LEAST_0, "exponent; 1 is a straight line"},
    [POLYNOMIAL_WARM_T_MAX] = {"t_max", TEMPO_TIME, "1dur", RANGE_AT_LEAST_0, COMPOSER_T_MAX_HELP},
    [POLYNOMIAL_WARM_TO] = {"alpha_f", TEMPO_REAL, "0.0", RANGE_ANY, "factor at the end and from then on"},
    [POLYNOMIAL_WARM_SCALE] = {"scale_warmup", TEMPO_FLAG, "false", RANGE_ANY, COMPOSER_SCALE_WARMUP_HELP},
};

static tempo_status polynomial_warm_bind(tempo__binding *binding, void **prepared)
{
    warm *w = take_warm(binding, prepared);
    if (!w)
        return TEMPO_NO_MEMORY;
    w->from = 1.0;
    w->to = binding->arguments[POLYNOMIAL_WARM_TO].real;
    w->exponent = binding->arguments[POLYNOMIAL_WARM_POWER].real;
    return bind_warm(binding, POLYNOMIAL_WARM_WARMUP, POLYNOMIAL_WARM_T_MAX, POLYNOMIAL_WARM_SCALE, w);
}

static double polynomial_warm_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const warm *w = prepared;
    const int64_t count = composer_now(&w->ramp.end, now);
    if (count < w->ramp.end.count)
        return base * composer_ramp_value(&w->ramp, count);
    return base * (w->to + pow(1 - warm_done(w, count), w->exponent) * (1.0 - w->to));
}

/* --- the types --- */

static const tempo_type types[] = {
    {
        .name = "composer.ConstantWithWarmupScheduler",
        .summary = "linear warmup to alpha, which then stays",
        .formula = "α(t) = alpha * t / t_warmup if t < t_warmup, else alpha",
        .source = COMPOSER_SOURCE,
        .notes = COMPOSER_CONVERT_NOTES
        "It never returns to 1 after t_max, though Composer's documentation says so. " COMPOSER_WARMUP_NOTES,
        .example = "composer.ConstantWithWarmupScheduler t_warmup=10ep",
        .example_run = COMPOSER_EPOCHS,
        PARAMETERS(constant_warm_parameters),
        .proportional = true,
        .bind = constant_warm_bind,
        .value = linear_warm_value,
        .joint = warm_joint,
    },
    {
        .name = "composer.LinearWithWarmupScheduler",
        .summary = "linear warmup to alpha_i, then a straight line to alpha_f",
        .formula = "α(t) = alpha_i * t / t_warmup if t < t_warmup, else alpha_i + (t - t_warmup) / (t_max - "
                   "t_warmup) * (alpha_f - alpha_i)",
        .source = COMPOSER_SOURCE,
        .notes = COMPOSER_CONVERT_NOTES COMPOSER_WARMUP_NOTES,
        .example = "composer.LinearWithWarmupScheduler t_warmup=10ep",
        .example_run = COMPOSER_EPOCHS,
        PARAMETERS(linear_warm_parameters),
        .proportional = true,
        .bind = linear_warm_bind,
        .value = linear_warm_value,
        .joint = warm_joint,
    },
    {
        .name = "composer.CosineAnnealingWithWarmupScheduler",
        .summary = "linear warmup, then half a cosine to alpha_f",
        .formula = "α(t) = t / t_warmup if t < t_warmup, else alpha_f + (1 - alpha_f) * (1 + cos(pi * (t - "
                   "t_warmup) / (t_max - t_warmup))) / 2",
        .source = COMPOSER_SOURCE,
        .notes = COMPOSER_CONVERT_NOTES COMPOSER_WARMUP_NOTES,
        .example = "composer.CosineAnnealingWithWarmupScheduler t_warmup=10ep alpha_f=0.1",
        .example_run = COMPOSER_EPOCHS,
        PARAMETERS(cosine_warm_parameters),
        .proportional = true,
        .bind = cosine_warm_bind,
        .value = cosine_warm_value,
        .joint = warm_joint,
    },
    {
        .name = "composer.PolynomialWithWarmupScheduler",
        .summary = "linear warmup, then a power of the time that is left",
        .formula = "α(t) = t / t_warmup if t < t_warmup, else alpha_f + (1 - alpha_f) * (1 - (t - t_warmup) / "
                   "(t_max - t_warmup)) ^ power",
        .source = COMPOSER_SOURCE,
        .notes = COMPOSER_CONVERT_NOTES COMPOSER_WARMUP_NOTES,
        .example = "composer.PolynomialWithWarmupScheduler t_warmup=10ep power=2.0",
        .example_run = COMPOSER_EPOCHS,
        PARAMETERS(polynomial_warm_parameters),
        .proportional = true,
        .bind = polynomial_warm_bind,
        .value = polynomial_warm_value,
        .joint = warm_joint,
    },
};

const tempo__family tempo__composer_warmup = {types, sizeof types / sizeof types[0]};
