/* llmfoundry.c: the scheduler that llm-foundry adds to Composer's. Source: llm-foundry 0.22,
 * llmfoundry/optim/scheduler.py, checked against the running package. */
#include <math.h>

#include "families/composer.h"

enum { T_WARMUP, T_SCALE, T_COOLDOWN, T_MAX, DECAY_TO, COOLDOWN_TO, PARAMETER_COUNT };
static const tempo_parameter parameters[PARAMETER_COUNT] = {
    [T_WARMUP] = {"t_warmup", TEMPO_TIME, NULL, RANGE_AT_LEAST_0, "length of the linear warmup; never stretched"},
    [T_SCALE] = {"t_scale", TEMPO_TIME, NULL, RANGE_ABOVE_0, "time scale of the decay; stretched by the ratio"},
    [T_COOLDOWN] = {"t_cooldown", TEMPO_TIME, NULL, RANGE_AT_LEAST_0,
                    "length of the linear cooldown; stretched by the ratio"},
    [T_MAX] = {"t_max", TEMPO_TIME, "1dur", RANGE_AT_LEAST_0, "when the cooldown ends; stretched by the ratio"},
    [DECAY_TO] = {"alpha_f_decay", TEMPO_REAL, "0.0", RANGE_ANY, "factor that the decay tends to"},
    [COOLDOWN_TO] = {"alpha_f_cooldown", TEMPO_REAL, "0.0", RANGE_ANY,
                     "factor at the end of the cooldown; <= alpha_f_decay"},
};

typedef struct inverse_root {
    composer_ramp ramp;
    int64_t scale, shift; /* t_scale, and t_scale - t_warmup */
    int64_t cooldown_start, cooldown;
    double decay_to, cooldown_to;
    double cooldown_from; /* factor where the cooldown starts */
} inverse_root;

static double decayed(const inverse_root *r, int64_t count)
{
    const double coefficient = 1 / pow(tempo__ratio(count + r->shift, r->scale), 0.5);
    return r->decay_to + coefficient * (1.0 - r->decay_to);
}

/* The three lengths must be in max_duration's own unit, and never a fraction of it: the run is expected
 * to be extended. */
static tempo_status check_unit(tempo__binding *binding, size_t parameter)
{
    const tempo_time time = binding->arguments[parameter].time;
    const tempo__facts *facts = binding->facts;
    const char *name = parameters[parameter].name;
    char words[TEMPO__TIME_WORDS_MAX];
    if (time.unit == TEMPO_DURATION) {
        tempo__bind_fail(binding, parameter, TEMPO_BAD_VALUE, "%s is %s, but must not be a fraction of the run", name,
                         tempo__time_words(words, time));
        tempo__advise(binding->error, "give it in the unit of max_duration");
        return TEMPO_BAD_VALUE;
    }
    if (!facts->has_max_duration)
        return tempo__bind_need(binding, "run", "max_duration", "%s needs max_duration, to compare units",
                                binding->type->name);
    if (time.unit == facts->max_duration.unit)
        return TEMPO_OK;
    tempo__bind_fail(binding, parameter, TEMPO_UNIT_MISMATCH, "%s is in %s, but must be in %s like max_duration", name,
                     tempo_unit_suffix(time.unit), tempo_unit_suffix(facts->max_duration.unit));
    return TEMPO_UNIT_MISMATCH;
}

static tempo_status bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *given = binding->arguments;
    inverse_root *r = tempo__prepare(binding, 1, sizeof *r);
    *prepared = r;
    if (!r)
        return tempo__out_of_memory(binding->error);
    r->decay_to = given[DECAY_TO].real;
    r->cooldown_to = given[COOLDOWN_TO].real;
    if (r->decay_to < r->cooldown_to)
        return tempo__bind_fail(binding, COOLDOWN_TO, TEMPO_CONFLICT, "alpha_f_cooldown must be <= alpha_f_decay");
    if (!isfinite(r->cooldown_to - r->decay_to) || !isfinite(1.0 - r->decay_to))
        return tempo__bind_fail(binding, COOLDOWN_TO, TEMPO_BAD_VALUE,
                                "alpha_f_cooldown is too far from alpha_f_decay");
    tempo_status status = check_unit(binding, T_WARMUP);
    if (!status)
        status = check_unit(binding, T_SCALE);
    if (!status)
        status = check_unit(binding, T_COOLDOWN);
    composer_point scale = {TEMPO_BATCH, 0, 0}, cooldown = scale, end = scale;
    if (!status)
        status = composer_bind_ramp(binding, T_WARMUP, COMPOSER_UNSCALED, 1.0, &r->ramp);
    if (!status)
        status = composer_convert_positive(binding, T_SCALE, COMPOSER_SCALED, &scale);
    if (!status)
        status = composer_convert(binding, T_COOLDOWN, given[T_COOLDOWN].time, COMPOSER_SCALED, &cooldown);
    if (!status)
        status = composer_convert(binding, T_MAX, given[T_MAX].time, COMPOSER_SCALED, &end);
    if (status)
        return status;
    if (end.unit != scale.unit)
        return tempo__bind_fail(binding, T_MAX, TEMPO_UNIT_MISMATCH,
                                "t_max comes out in %s and t_cooldown in %s, which cannot be subtracted",
                                tempo_unit_suffix(end.unit), tempo_unit_suffix(cooldown.unit));
    const int64_t start = r->ramp.end.count;
    r->scale = scale.count;
    r->shift = scale.count - start;
    r->cooldown = cooldown.count;
    r->cooldown_start = end.count - cooldown.count > start ? end.count - cooldown.count : start;
    r->cooldown_from = decayed(r, r->cooldown_start);
    return TEMPO_OK;
}

static double value(const void *prepared, const tempo_timestamp *now, double base)
{
    const inverse_root *r = prepared;
    const int64_t count = composer_now(&r->ramp.end, now);
    if (count < r->ramp.end.count)
        return base * composer_ramp_value(&r->ramp, count);
    if (count < r->cooldown_start)
        return base * decayed(r, count);
    if (r->cooldown == 0)
        return base * r->cooldown_from;
    const double done = composer_at_most_1(tempo__ratio(count - r->cooldown_start, r->cooldown));
    return base * (r->cooldown_from + done * (r->cooldown_to - r->cooldown_from));
}

static int64_t joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const inverse_root *r = prepared;
    const composer_point start = {r->ramp.end.unit, r->ramp.end.offset, r->cooldown_start};
    const composer_point end = {r->ramp.end.unit, r->ramp.end.offset, r->cooldown_start + r->cooldown};
    int64_t best = composer_nearer_joint(-1, facts, &r->ramp.end, batch);
    best = composer_nearer_joint(best, facts, &start, batch);
    return composer_nearer_joint(best, facts, &end, batch);
}

static const tempo_type types[] = {
    {
        .name = "llmfoundry.InverseSquareRootWithWarmupScheduler",
        .summary = "linear warmup, inverse square root decay, linear cooldown",
        .formula = "α(t) = t / t_warmup; then alpha_f_decay + (1 - alpha_f_decay) / sqrt((t - t_warmup + "
                   "t_scale) / t_scale); in the last t_cooldown linear to alpha_f_cooldown",
        .source = "llm-foundry 0.22, llmfoundry/optim/scheduler.py",
        .notes = "t_warmup, t_scale and t_cooldown must be in the unit of max_duration. Without a cooldown the value "
                 "stays where "
                 "the "
                 "decay has come to at t_max. Deviation: a t_scale that truncates to 0 is an error when bound.",
        .example = "llmfoundry.InverseSquareRootWithWarmupScheduler t_warmup=500ba t_scale=1000ba t_cooldown=1000ba",
        .example_run = "--max-duration 10000ba",
        PARAMETERS(parameters),
        .proportional = true,
        .bind = bind,
        .value = value,
        .joint = joint,
    },
};

const tempo__family tempo__llmfoundry = {types, sizeof types / sizeof types[0]};
