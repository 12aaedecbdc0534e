/* composer.c: the schedulers of Composer that follow one curve, and the one that is any function. See
 * composer.h for their source and notation. */
#include "families/composer.h"

#include <math.h>

/* Reports a schedule that is 0 from its end on, while the run goes on. */
static void note_zero_end(tempo__binding *binding, size_t t_max, const composer_point *end, double final)
{
    const int64_t at = tempo__batch_of(binding->facts, end->unit, end->count);
    const int64_t run = tempo__run_batches(binding);
    if (final != 0 || at < 0 || at >= run)
        return;
    char words[TEMPO__TIME_WORDS_MAX], last[TEMPO__TIME_WORDS_MAX];
    tempo__time_words(words, (tempo_time){end->unit, end->count, 0});
    tempo__time_words(last, (tempo_time){TEMPO_BATCH, run, 0});
    tempo__bind_find(binding, t_max, TEMPO_FINDING_ENDS_AT_ZERO, "let t_max be 1dur, or end above 0",
                     "the value is 0 from %s on, and the run goes on to %s", words, last);
}

/* What most of the types prepare. */
typedef struct curve {
    composer_point end; /* T, or the length of a step */
    double from, to;    /* alpha at the start, and at the end */
    double exponent;    /* gamma or power */
} curve;

static curve *take_curve(tempo__binding *binding, void **prepared)
{
    curve *c = tempo__prepare(binding, 1, sizeof *c);
    *prepared = c;
    if (!c)
        tempo__out_of_memory(binding->error);
    return c;
}

static int64_t joint_of_curve(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const curve *c = prepared;
    return composer_nearer_joint(-1, facts, &c->end, batch);
}

/* --- ConstantScheduler: alpha before T, 1 from then on --- */

enum { CONSTANT_ALPHA, CONSTANT_T_MAX, CONSTANT_COUNT };
static const tempo_parameter constant_parameters[CONSTANT_COUNT] = {
    [CONSTANT_ALPHA] = {"alpha", TEMPO_REAL, "1.0", RANGE_ANY, "factor until t_max"},
    [CONSTANT_T_MAX] = {"t_max", TEMPO_TIME, "1dur", RANGE_AT_LEAST_0,
                        "from here on the factor is 1; stretched by the ratio"},
};

static tempo_status constant_bind(tempo__binding *binding, void **prepared)
{
    curve *c = take_curve(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    c->from = binding->arguments[CONSTANT_ALPHA].real;
    const tempo_status status =
        composer_convert(binding, CONSTANT_T_MAX, binding->arguments[CONSTANT_T_MAX].time, COMPOSER_SCALED, &c->end);
    if (status)
        return status;
    const int64_t end = tempo__batch_of(binding->facts, c->end.unit, c->end.count);
    char words[TEMPO__TIME_WORDS_MAX];
    if (c->from != 1.0 && end >= 0 && end < tempo__run_batches(binding))
        tempo__bind_find(binding, CONSTANT_T_MAX, TEMPO_FINDING_SNAPS_BACK,
                         "let t_max be 1dur if the factor is meant for the whole run",
                         "from %s on the value is the whole base again",
                         tempo__time_words(words, (tempo_time){c->end.unit, c->end.count, 0}));
    return TEMPO_OK;
}

static double constant_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    return base * (composer_now(&c->end, now) < c->end.count ? c->from : 1.0);
}

/* --- LinearScheduler: alpha_i + min(1, n / T) * (alpha_f - alpha_i) --- */

enum { LINEAR_FROM, LINEAR_TO, LINEAR_T_MAX, LINEAR_COUNT };
static const tempo_parameter linear_parameters[LINEAR_COUNT] = {
    [LINEAR_FROM] = {"alpha_i", TEMPO_REAL, "1.0", RANGE_ANY, "factor at the start"},
    [LINEAR_TO] = {"alpha_f", TEMPO_REAL, "0.0", RANGE_ANY, "factor at the end and from then on"},
    [LINEAR_T_MAX] = {"t_max", TEMPO_TIME, "1dur", RANGE_ABOVE_0, COMPOSER_T_MAX_HELP},
};

static tempo_status linear_bind(tempo__binding *binding, void **prepared)
{
    curve *c = take_curve(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    c->from = binding->arguments[LINEAR_FROM].real;
    c->to = binding->arguments[LINEAR_TO].real;
    tempo_status status = composer_check_span(binding, LINEAR_TO, c->from, c->to);
    if (!status)
        status = composer_convert_positive(binding, LINEAR_T_MAX, COMPOSER_SCALED, &c->end);
    if (!status)
        note_zero_end(binding, LINEAR_T_MAX, &c->end, c->to);
    return status;
}

static double linear_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    const double done = composer_at_most_1(tempo__ratio(composer_now(&c->end, now), c->end.count));
    return base * (c->from + done * (c->to - c->from));
}

/* --- ExponentialScheduler: gamma ^ (n / D) --- */

enum { EXPONENTIAL_GAMMA, EXPONENTIAL_PERIOD, EXPONENTIAL_COUNT };
static const tempo_parameter exponential_parameters[EXPONENTIAL_COUNT] = {
    [EXPONENTIAL_GAMMA] = {"gamma", TEMPO_REAL, NULL, RANGE_AT_LEAST_0, "factor per decay_period"},
    [EXPONENTIAL_PERIOD] = {"decay_period", TEMPO_TIME, "1ep", RANGE_ABOVE_0,
                            "time in which the value falls by gamma; stretched by the ratio"},
};

static tempo_status exponential_bind(tempo__binding *binding, void **prepared)
{
    curve *c = take_curve(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    c->exponent = binding->arguments[EXPONENTIAL_GAMMA].real;
    return composer_convert_positive(binding, EXPONENTIAL_PERIOD, COMPOSER_SCALED, &c->end);
}

static double exponential_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    return base * finite_power(c->exponent, tempo__ratio(composer_now(&c->end, now), c->end.count));
}

/* --- CosineAnnealingScheduler: from 1 to alpha_f along half a cosine --- */

enum { COSINE_T_MAX, COSINE_TO, COSINE_COUNT };
static const tempo_parameter cosine_parameters[COSINE_COUNT] = {
    [COSINE_T_MAX] = {"t_max", TEMPO_TIME, "1dur", RANGE_ABOVE_0, COMPOSER_T_MAX_HELP},
    [COSINE_TO] = {"alpha_f", TEMPO_REAL, "0.0", RANGE_ANY, "factor at the end and from then on"},
};

static tempo_status cosine_bind(tempo__binding *binding, void **prepared)
{
    curve *c = take_curve(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    c->to = binding->arguments[COSINE_TO].real;
    const tempo_status status = composer_convert_positive(binding, COSINE_T_MAX, COMPOSER_SCALED, &c->end);
    if (!status)
        note_zero_end(binding, COSINE_T_MAX, &c->end, c->to);
    return status;
}

static double cosine_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    return base * composer_cosine(tempo__ratio(composer_now(&c->end, now), c->end.count), c->to, 1.0);
}

/* --- CosineAnnealingWarmRestartsScheduler: cosines of lengths len, trunc(t_mult * len), ... --- */

enum { RESTARTS_T_0, RESTARTS_T_MULT, RESTARTS_TO, RESTARTS_COUNT };
static const tempo_parameter restarts_parameters[RESTARTS_COUNT] = {
    [RESTARTS_T_0] = {"t_0", TEMPO_TIME, NULL, RANGE_ABOVE_0, "length of the first cycle; stretched by the ratio"},
    [RESTARTS_T_MULT] = {"t_mult", TEMPO_REAL, "1.0", RANGE_ABOVE_0,
                         "each cycle is this times as long as the one before, truncated"},
    [RESTARTS_TO] = {"alpha_f", TEMPO_REAL, "0.0", RANGE_ANY, "factor at the end of each cycle"},
};

/* Cycles are tabled up to where their length stays the same (then they repeat for ever), decays to 0 or
 * passes 64 bits. A t_mult within a few parts in ten thousand of 1 has more of them than are worth a
 * table: those beyond are walked through, as Composer walks through all. */
enum { CYCLE_MAX = 1 << 16 };

typedef struct restarts {
    composer_point first;
    double to;
    double factor;
    size_t count;          /* of cycles in the table */
    const int64_t *starts; /* `count` + 1: where each cycle starts, and where the last one ends */
    bool repeats;          /* the last cycle repeats for ever */
    bool decays;           /* after the last cycle there is none */
} restarts;

/* Length of the next cycle; 0 when there is none that fits. */
static int64_t next_length(const restarts *r, int64_t length)
{
    int64_t next = 0;
    return tempo__truncate(&next, r->factor * (double)length) ? next : 0;
}

/* Lists where the cycles start; with `starts` NULL only counts them. */
static void list_cycles(restarts *r, int64_t *starts)
{
    int64_t length = r->first.count, end = 0;
    r->count = 0;
    r->repeats = r->decays = false;
    while (r->count < CYCLE_MAX) {
        if (starts)
            starts[r->count] = end;
        if (!tempo__add(&end, end, length))
            end = INT64_MAX;
        if (starts)
            starts[r->count + 1] = end;
        r->count++;
        const int64_t next = next_length(r, length);
        r->repeats = next == length;
        r->decays = next <= 0 && r->factor < 1;
        if (r->repeats || r->decays || next <= 0 || end == INT64_MAX)
            return;
        length = next;
    }
}

static tempo_status restarts_bind(tempo__binding *binding, void **prepared)
{
    restarts *r = tempo__prepare(binding, 1, sizeof *r);
    *prepared = r;
    if (!r)
        return tempo__out_of_memory(binding->error);
    r->to = binding->arguments[RESTARTS_TO].real;
    r->factor = binding->arguments[RESTARTS_T_MULT].real;
    const tempo_status status = composer_convert_positive(binding, RESTARTS_T_0, COMPOSER_SCALED, &r->first);
    if (status)
        return status;
    list_cycles(r, NULL);
    int64_t *starts = tempo__prepare(binding, r->count + 1, sizeof *starts);
    if (!starts)
        return tempo__out_of_memory(binding->error);
    list_cycles(r, starts);
    r->starts = starts;
    const int64_t end = tempo__batch_of(binding->facts, r->first.unit, starts[r->count]);
    if (r->decays && end > 0)
        binding->undefined_from = end;
    if (!r->decays || end < 0 || end > tempo__run_batches(binding))
        return TEMPO_OK;
    char words[TEMPO__TIME_WORDS_MAX];
    tempo__time_words(words, (tempo_time){r->first.unit, starts[r->count], 0});
    tempo__bind_fail(binding, RESTARTS_T_MULT, TEMPO_ZERO_DURATION,
                     "the cycles have decayed to 0 at %s, before the run has ended", words);
    tempo__advise(binding->error, "give a larger t_mult or a longer t_0");
    return TEMPO_ZERO_DURATION;
}

/* The cycle that `count` lies in; false when all have decayed. */
static bool find_cycle(const restarts *r, int64_t count, int64_t *start, int64_t *length)
{
    const int64_t last = r->starts[r->count - 1], end = r->starts[r->count];
    if (count < end) {
        size_t low = 0, high = r->count;
        while (high - low > 1) {
            const size_t middle = low + (high - low) / 2;
            if (r->starts[middle] <= count)
                low = middle;
            else
                high = middle;
        }
        *start = r->starts[low];
        *length = r->starts[low + 1] - r->starts[low];
        return true;
    }
    *start = last;
    *length = end - last;
    if (r->decays)
        return false;
    if (r->repeats) {
        *start = last + (count - last) / *length * *length;
        return true;
    }
    while (count - *start >= *length) {
        const int64_t next = next_length(r, *length);
        if (next <= 0)
            return end == INT64_MAX;
        *start += *length;
        *length = next;
    }
    return true;
}

static double restarts_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const restarts *r = prepared;
    const int64_t count = composer_now(&r->first, now);
    int64_t start = 0, length = 1;
    if (!find_cycle(r, count, &start, &length))
        return base * r->to;
    return base * composer_cosine(tempo__ratio(count - start, length), r->to, 1.0);
}

static int64_t restarts_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const restarts *r = prepared;
    int64_t start = 0, length = 0, next = 0;
    const int64_t count = batch < 0 ? 0 : tempo__count_at(facts, r->first.unit, batch);
    if (count < 0 || !find_cycle(r, count, &start, &length) || !tempo__add(&next, start, length))
        return -1;
    return tempo__nearer_joint(-1, facts, (tempo_time){r->first.unit, next, 0}, batch);
}

/* --- PolynomialScheduler: alpha_f + (1 - min(1, n / T)) ^ power * (1 - alpha_f) --- */

enum { POLYNOMIAL_POWER, POLYNOMIAL_T_MAX, POLYNOMIAL_TO, POLYNOMIAL_COUNT };
static const tempo_parameter polynomial_parameters[POLYNOMIAL_COUNT] = {
    [POLYNOMIAL_POWER] = {"power", TEMPO_REAL, NULL, RANGE_AT_LEAST_0, "exponent; 1 is a straight line"},
    [POLYNOMIAL_T_MAX] = {"t_max", TEMPO_TIME, "1dur", RANGE_ABOVE_0, COMPOSER_T_MAX_HELP},
    [POLYNOMIAL_TO] = {"alpha_f", TEMPO_REAL, "0.0", RANGE_ANY, "factor at the end and from then on"},
};

static tempo_status polynomial_bind(tempo__binding *binding, void **prepared)
{
    curve *c = take_curve(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    c->exponent = binding->arguments[POLYNOMIAL_POWER].real;
    c->to = binding->arguments[POLYNOMIAL_TO].real;
    const tempo_status status = composer_convert_positive(binding, POLYNOMIAL_T_MAX, COMPOSER_SCALED, &c->end);
    if (!status)
        note_zero_end(binding, POLYNOMIAL_T_MAX, &c->end, c->exponent > 0 ? c->to : 1.0);
    return status;
}

static double polynomial_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    const double done = composer_at_most_1(tempo__ratio(composer_now(&c->end, now), c->end.count));
    return base * (c->to + pow(1 - done, c->exponent) * (1.0 - c->to));
}

/* --- ComposerScheduler: any function of the state --- */

enum { FUNCTION_NAME, FUNCTION_COUNT };
static const tempo_parameter function_parameters[FUNCTION_COUNT] = {
    [FUNCTION_NAME] = {"function", TEMPO_FUNCTION, NULL, RANGE_ANY,
                       "name of a function that the program supplies when it binds"},
};

typedef struct custom {
    tempo_function function;
    const tempo__facts *facts;
} custom;

static tempo_status function_bind(tempo__binding *binding, void **prepared)
{
    const char *name = binding->arguments[FUNCTION_NAME].name;
    const tempo_function *function = tempo__bind_function(binding, name);
    custom *c = tempo__prepare(binding, 1, sizeof *c);
    *prepared = c;
    if (!c)
        return tempo__out_of_memory(binding->error);
    if (!function || (!function->scaled && !function->unscaled)) {
        tempo__bind_fail(binding, FUNCTION_NAME, TEMPO_UNKNOWN_NAME, "there is no function '%s'", name);
        tempo__advise(binding->error, "only a program can supply one, through tempo_bind_options");
        return TEMPO_UNKNOWN_NAME;
    }
    if (!function->scaled && binding->facts->ratio != 1.0) {
        tempo__bind_fail(binding, FUNCTION_NAME, TEMPO_CONFLICT,
                         "the function '%s' does not take the scale schedule ratio, which is not 1", name);
        tempo__advise(binding->error, "write it as f(state, ratio), or leave the ratio at 1");
        return TEMPO_CONFLICT;
    }
    *c = (custom){*function, binding->facts};
    return TEMPO_OK;
}

static double function_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const custom *c = prepared;
    const tempo_state state = {
        .now = now,
        .has_max_duration = c->facts->has_max_duration,
        .max_duration = c->facts->max_duration,
        .batches_per_epoch = c->facts->batches_per_epoch,
    };
    return base * (c->function.scaled ? c->function.scaled(&state, c->facts->ratio, c->function.data)
                                      : c->function.unscaled(&state, c->function.data));
}

/* --- the types --- */

static const tempo_type types[] = {
    {
        .name = "composer.ConstantScheduler",
        .summary = "multiply by alpha until t_max, by 1 from then on",
        .formula = "α(t) = alpha if t < t_max, else 1",
        .source = COMPOSER_SOURCE,
        .notes = COMPOSER_CONVERT_NOTES "A t_max of 0 leaves the base alone.",
        .example = "composer.ConstantScheduler alpha=0.5 t_max=60ep",
        .example_run = COMPOSER_EPOCHS,
        PARAMETERS(constant_parameters),
        .proportional = true,
        .bind = constant_bind,
        .value = constant_value,
        .joint = joint_of_curve,
    },
    {
        .name = "composer.LinearScheduler",
        .summary = "straight line from alpha_i to alpha_f",
        .formula = "α(t) = alpha_i + min(1, t / t_max) * (alpha_f - alpha_i)",
        .source = COMPOSER_SOURCE,
        .notes = COMPOSER_CONVERT_NOTES
        "The end is alpha_i + (alpha_f - alpha_i), which can miss alpha_f by the last bit. " COMPOSER_ZERO_NOTE,
        .example = "composer.LinearScheduler alpha_i=1.0 alpha_f=0.1",
        .example_run = COMPOSER_EPOCHS,
        PARAMETERS(linear_parameters),
        .proportional = true,
        .bind = linear_bind,
        .value = linear_value,
        .joint = joint_of_curve,
    },
    {
        .name = "composer.ExponentialScheduler",
        .summary = "multiply by gamma once per decay_period, continuously",
        .formula = "α(t) = gamma ^ (t / decay_period)",
        .source = COMPOSER_SOURCE,
        .notes = COMPOSER_CONVERT_NOTES
        "Deviations: a negative gamma is an error (complex numbers there); growth stops at the largest "
        "double (OverflowError there). " COMPOSER_ZERO_NOTE,
        .example = "composer.ExponentialScheduler gamma=0.96 decay_period=1ep",
        .example_run = COMPOSER_EPOCHS,
        PARAMETERS(exponential_parameters),
        .proportional = true,
        .bind = exponential_bind,
        .value = exponential_value,
    },
    {
        .name = "composer.CosineAnnealingScheduler",
        .summary = "half a cosine from 1 to alpha_f",
        .formula = "α(t) = alpha_f + (1 - alpha_f) * (1 + cos(pi * t / t_max)) / 2",
        .source = COMPOSER_SOURCE,
        .notes = COMPOSER_CONVERT_NOTES COMPOSER_ZERO_NOTE,
        .example = "composer.CosineAnnealingScheduler alpha_f=0.1",
        .example_run = COMPOSER_EPOCHS,
        PARAMETERS(cosine_parameters),
        .proportional = true,
        .bind = cosine_bind,
        .value = cosine_value,
        .joint = joint_of_curve,
    },
    {
        .name = "composer.CosineAnnealingWarmRestartsScheduler",
        .summary = "cosines from 1 to alpha_f, one after the other",
        .formula = "α(t) = alpha_f + (1 - alpha_f) * (1 + cos(pi * (t - start) / length)) / 2, length[i+1] = "
                   "trunc(t_mult * length[i])",
        .source = COMPOSER_SOURCE,
        .notes = COMPOSER_CONVERT_NOTES
        "The length of every cycle is truncated, so restarts drift from the exact series when t_mult is not "
        "whole. With t_mult < 1 the cycles end; Composer raises when training gets there, Tempo when it "
        "binds a run that would; at a batch past that time there is no value. " COMPOSER_ZERO_NOTE,
        .example = "composer.CosineAnnealingWarmRestartsScheduler t_0=10ep t_mult=2.0",
        .example_run = "--max-duration 70ep --batches-per-epoch 100",
        PARAMETERS(restarts_parameters),
        .proportional = true,
        .bind = restarts_bind,
        .value = restarts_value,
        .joint = restarts_joint,
    },
    {
        .name = "composer.PolynomialScheduler",
        .summary = "a power of the time that is left",
        .formula = "α(t) = alpha_f + (1 - alpha_f) * (1 - min(1, t / t_max)) ^ power",
        .source = COMPOSER_SOURCE,
        .notes = COMPOSER_CONVERT_NOTES
        "Deviation: a negative power is an error (a division by zero at the end there). " COMPOSER_ZERO_NOTE,
        .example = "composer.PolynomialScheduler power=2.0",
        .example_run = COMPOSER_EPOCHS,
        PARAMETERS(polynomial_parameters),
        .proportional = true,
        .bind = polynomial_bind,
        .value = polynomial_value,
        .joint = joint_of_curve,
    },
    {
        .name = "composer.ComposerScheduler",
        .summary = "any multiplier that a program computes from the state of training",
        .formula = "α(t) = function(state, ratio)",
        .source = COMPOSER_SOURCE,
        .notes = "The function comes from the program that binds the schedule, so a document with one is not portable, "
                 "and the "
                 "command cannot evaluate it. One that does not take the ratio is an error unless the ratio is 1.",
        .example = "",
        .example_run = "",
        PARAMETERS(function_parameters),
        .bind = function_bind,
        .value = function_value,
    },
};

const tempo__family tempo__composer = {types, sizeof types / sizeof types[0]};
