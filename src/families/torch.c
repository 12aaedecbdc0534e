/* torch.c: the schedulers of PyTorch that multiply the base by a factor of the step: Step, MultiStep, Constant,
 * Linear, Exponential, Polynomial. See torch.h for their source and notation. */
#include "families/torch.h"

#include <stdlib.h>

/* --- what all of PyTorch's types share --- */

tempo_status torch_scale_count(tempo__binding *binding, size_t parameter, int64_t *out)
{
    const int64_t count = binding->arguments[parameter].integer;
    const double ratio = binding->facts->ratio;
    const char *name = binding->type->parameters[parameter].name;
    char number[TEMPO__NUMBER_MAX];
    *out = count;
    if (ratio == 1.0)
        return TEMPO_OK;
    tempo__number_print(number, ratio);
    if (!tempo__truncate(out, (double)count * ratio))
        return tempo__bind_fail(binding, parameter, TEMPO_OUT_OF_RANGE,
                                "%s %lld times the scale schedule ratio %s does not fit in 64 bits", name,
                                (long long)count, number);
    if (*out > 0)
        return TEMPO_OK;
    tempo__bind_fail(binding, parameter, TEMPO_ZERO_DURATION,
                     "%s %lld times the scale schedule ratio %s is 0, and the schedule divides by it", name,
                     (long long)count, number);
    tempo__advise(binding->error, "give a longer %s, or a larger ratio", name);
    return TEMPO_ZERO_DURATION;
}

bool torch_ends_in_run(tempo__binding *binding, int64_t step)
{
    const tempo__facts *facts = binding->facts;
    const int64_t end = tempo__batch_of_step(facts, &binding->steps, step);
    if (!binding->undefined_step || step < binding->undefined_step)
        binding->undefined_step = step;
    if (end > 0 && (!binding->undefined_from || end < binding->undefined_from))
        binding->undefined_from = end;
    if (end < 0 || binding->is_nested || !facts->has_max_duration)
        return false;
    return end <= tempo__batch_of(facts, facts->max_duration.unit, facts->max_duration.count);
}

int64_t torch_next_multiple(const tempo__facts *facts, const tempo__steps *steps, int64_t period, int64_t batch)
{
    const int64_t step = tempo__steps_after(facts, steps, batch);
    int64_t next = 0;
    if (!tempo__multiply(&next, (step < 0 ? 0 : step / period) + 1, period))
        return -1;
    return tempo__nearer_step(-1, facts, steps, next, batch);
}

/* What most of the types prepare. */
typedef struct curve {
    tempo__steps steps;
    int64_t length;  /* S or N */
    double from, to; /* factor at the start; at the end, or what it differs by there */
    double exponent; /* gamma or power */
} curve;

static curve *take_curve(tempo__binding *binding, void **prepared)
{
    curve *c = tempo__prepare(binding, 1, sizeof *c);
    *prepared = c;
    if (c)
        c->steps = binding->steps;
    else
        tempo__out_of_memory(binding->error);
    return c;
}

static int64_t joint_at_length(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const curve *c = prepared;
    return tempo__nearer_step(-1, facts, &c->steps, c->length, batch);
}

/* --- StepLR: b * gamma ^ (n // S) --- */

enum { STEP_SIZE, STEP_GAMMA, STEP_COUNT };
static const tempo_parameter step_parameters[STEP_COUNT] = {
    [STEP_SIZE] = {"step_size", TEMPO_COUNT, NULL, RANGE_AT_LEAST_1, "steps between drops; stretched by the ratio"},
    [STEP_GAMMA] = {"gamma", TEMPO_REAL, "0.1", RANGE_ANY, "factor of each drop"},
};

static tempo_status step_bind(tempo__binding *binding, void **prepared)
{
    curve *c = take_curve(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    c->exponent = binding->arguments[STEP_GAMMA].real;
    return torch_scale_count(binding, STEP_SIZE, &c->length);
}

static double step_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    const int64_t drops = tempo__quotient(tempo__steps_at(&c->steps, now), c->length);
    return base * finite_power(c->exponent, (double)drops);
}

static double step_next(const void *prepared, int64_t step, double base, double previous)
{
    (void)base;
    const curve *c = prepared;
    return step == 0 || step % c->length != 0 ? previous : previous * c->exponent;
}

static int64_t step_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const curve *c = prepared;
    return torch_next_multiple(facts, &c->steps, c->length, batch);
}

/* --- MultiStepLR: b * gamma ^ (number of milestones <= n) --- */

enum { MULTI_MILESTONES, MULTI_GAMMA, MULTI_COUNT };
static const tempo_parameter multi_parameters[MULTI_COUNT] = {
    [MULTI_MILESTONES] = {"milestones", TEMPO_COUNT_LIST, NULL, RANGE_AT_LEAST_0,
                          "steps at which to drop; stretched by the ratio"},
    [MULTI_GAMMA] = {"gamma", TEMPO_REAL, "0.1", RANGE_ANY, "factor of each drop"},
};

typedef struct multi {
    tempo__steps steps;
    double gamma;
    size_t count;
    int64_t *milestones; /* ascending */
} multi;

static int compare_counts(const void *left, const void *right)
{
    const int64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

/* Composer stretches a scheduler that has already taken its step at 0: drops at 0 have happened and stay, one that
 * is moved to 0 never happens. Of others that are equal, one is left; those that become equal all count. */
static tempo_status stretch_milestones(tempo__binding *binding, multi *m)
{
    size_t kept = 0;
    int64_t before = 0;
    for (size_t i = 0; i < m->count; i++) {
        const int64_t milestone = m->milestones[i];
        int64_t stretched = 0;
        if (milestone > 0 && milestone == before)
            continue;
        before = milestone;
        if (!tempo__truncate(&stretched, (double)milestone * binding->facts->ratio))
            return tempo__bind_fail(binding, MULTI_MILESTONES, TEMPO_OUT_OF_RANGE,
                                    "the milestone %lld times the scale schedule ratio does not fit in 64 bits",
                                    (long long)milestone);
        if (milestone == 0 || stretched > 0)
            m->milestones[kept++] = stretched;
    }
    m->count = kept;
    return TEMPO_OK;
}

static tempo_status multi_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *given = &binding->arguments[MULTI_MILESTONES];
    multi *m = tempo__prepare(binding, 1, sizeof *m);
    int64_t *milestones = tempo__prepare(binding, given->count, sizeof *milestones);
    *prepared = m;
    if (!m || !milestones)
        return tempo__out_of_memory(binding->error);
    *m = (multi){binding->steps, binding->arguments[MULTI_GAMMA].real, given->count, milestones};
    bool ascending = true;
    for (size_t i = 0; i < m->count; i++) {
        milestones[i] = given->integers[i];
        ascending = ascending && (i == 0 || milestones[i - 1] <= milestones[i]);
    }
    if (!ascending)
        qsort(milestones, m->count, sizeof *milestones, compare_counts);
    return binding->facts->ratio == 1.0 ? TEMPO_OK : stretch_milestones(binding, m);
}

/* Python's bisect_right(). */
static size_t milestones_reached(const multi *m, int64_t step)
{
    size_t low = 0, high = m->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (m->milestones[middle] <= step)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static double multi_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const multi *m = prepared;
    return base * finite_power(m->gamma, (double)milestones_reached(m, tempo__steps_at(&m->steps, now)));
}

static double multi_next(const void *prepared, int64_t step, double base, double previous)
{
    (void)base;
    const multi *m = prepared;
    const size_t here = milestones_reached(m, step) - milestones_reached(m, step - 1);
    return here ? previous * pow(m->gamma, (double)here) : previous;
}

static int64_t multi_joint(const void *prepared, const tempo__facts *facts, int64_t batch)
{
    const multi *m = prepared;
    const size_t next = milestones_reached(m, tempo__steps_after(facts, &m->steps, batch));
    return next < m->count ? tempo__nearer_step(-1, facts, &m->steps, m->milestones[next], batch) : -1;
}

/* --- ConstantLR: b * (f + (n >= N) * (1 - f)) --- */

enum { CONSTANT_FACTOR, CONSTANT_ITERS, CONSTANT_COUNT };
static const tempo_parameter constant_parameters[CONSTANT_COUNT] = {
    [CONSTANT_FACTOR] = {"factor", TEMPO_REAL, "0.3333333333333333", 0, 1, true, NULL, "factor until total_iters"},
    [CONSTANT_ITERS] = {"total_iters", TEMPO_COUNT, "5", RANGE_AT_LEAST_1,
                        "steps after which the value is the base again"},
};

static tempo_status constant_bind(tempo__binding *binding, void **prepared)
{
    curve *c = take_curve(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    c->from = binding->arguments[CONSTANT_FACTOR].real;
    c->to = c->from + (1 - c->from); /* can miss 1 by the last bit */
    c->length = binding->arguments[CONSTANT_ITERS].integer;
    return tempo__refuse_ratio(binding);
}

static double constant_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    return base * (tempo__steps_at(&c->steps, now) >= c->length ? c->to : c->from);
}

static double constant_next(const void *prepared, int64_t step, double base, double previous)
{
    (void)base;
    const curve *c = prepared;
    if (step == 0)
        return previous * c->from;
    return step == c->length ? previous * (1.0 / c->from) : previous;
}

/* --- LinearLR: b * (s + ((e - s) * min(N, n)) / N) --- */

enum { LINEAR_START, LINEAR_END, LINEAR_ITERS, LINEAR_COUNT };
static const tempo_parameter linear_parameters[LINEAR_COUNT] = {
    [LINEAR_START] = {"start_factor", TEMPO_REAL, "0.3333333333333333", 0, 1, true, NULL, "factor at the start"},
    [LINEAR_END] = {"end_factor", TEMPO_REAL, "1.0", RANGE_0_TO_1, "factor at the end and from then on"},
    [LINEAR_ITERS] = {"total_iters", TEMPO_COUNT, "5", RANGE_AT_LEAST_1, "steps from one factor to the other"},
};

static tempo_status linear_bind(tempo__binding *binding, void **prepared)
{
    curve *c = take_curve(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    c->from = binding->arguments[LINEAR_START].real;
    c->to = binding->arguments[LINEAR_END].real - c->from;
    c->length = binding->arguments[LINEAR_ITERS].integer;
    return tempo__refuse_ratio(binding);
}

static int64_t at_most(int64_t step, int64_t length)
{
    return step < length ? step : length;
}

static double linear_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    const double done = (double)at_most(tempo__steps_at(&c->steps, now), c->length);
    return base * (c->from + c->to * done / (double)c->length);
}

static double linear_next(const void *prepared, int64_t step, double base, double previous)
{
    (void)base;
    const curve *c = prepared;
    if (step == 0)
        return previous * c->from;
    if (step > c->length)
        return previous;
    return previous * (1.0 + c->to / ((double)c->length * c->from + (double)(step - 1) * c->to));
}

/* --- ExponentialLR: b * gamma ^ n --- */

enum { EXPONENTIAL_GAMMA, EXPONENTIAL_COUNT };
static const tempo_parameter exponential_parameters[EXPONENTIAL_COUNT] = {
    [EXPONENTIAL_GAMMA] = {"gamma", TEMPO_REAL, NULL, RANGE_ANY,
                           "factor of every step; the ratio makes it gamma ^ (1 / ratio)"},
};

static tempo_status exponential_bind(tempo__binding *binding, void **prepared)
{
    curve *c = take_curve(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    const double gamma = binding->arguments[EXPONENTIAL_GAMMA].real, ratio = binding->facts->ratio;
    c->exponent = ratio == 1.0 ? gamma : pow(gamma, 1 / ratio);
    if (isfinite(c->exponent))
        return TEMPO_OK;
    char given[TEMPO__NUMBER_MAX], number[TEMPO__NUMBER_MAX];
    tempo__number_print(given, gamma);
    tempo__number_print(number, ratio);
    return tempo__bind_fail(binding, EXPONENTIAL_GAMMA, TEMPO_BAD_VALUE,
                            "gamma is %s, and its power of 1 / %s (the scale schedule ratio) is no finite number",
                            given, number);
}

static double exponential_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    return base * finite_power(c->exponent, (double)tempo__steps_at(&c->steps, now));
}

static double exponential_next(const void *prepared, int64_t step, double base, double previous)
{
    (void)base;
    const curve *c = prepared;
    return step == 0 ? previous : previous * c->exponent;
}

/* --- PolynomialLR: b * (1 - min(N, n) / N) ^ p --- */

enum { POLYNOMIAL_ITERS, POLYNOMIAL_POWER, POLYNOMIAL_COUNT };
static const tempo_parameter polynomial_parameters[POLYNOMIAL_COUNT] = {
    [POLYNOMIAL_ITERS] = {"total_iters", TEMPO_COUNT, "5", RANGE_AT_LEAST_1, "steps until the value is 0"},
    [POLYNOMIAL_POWER] = {"power", TEMPO_REAL, "1.0", RANGE_AT_LEAST_0, "exponent; 1 is a straight line"},
};

static tempo_status polynomial_bind(tempo__binding *binding, void **prepared)
{
    curve *c = take_curve(binding, prepared);
    if (!c)
        return TEMPO_NO_MEMORY;
    c->length = binding->arguments[POLYNOMIAL_ITERS].integer;
    c->exponent = binding->arguments[POLYNOMIAL_POWER].real;
    return tempo__refuse_ratio(binding);
}

static double polynomial_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const curve *c = prepared;
    const int64_t done = at_most(tempo__steps_at(&c->steps, now), c->length);
    return base * pow(1.0 - tempo__ratio(done, c->length), c->exponent);
}

static double polynomial_next(const void *prepared, int64_t step, double base, double previous)
{
    (void)base;
    const curve *c = prepared;
    if (step == 0 || step > c->length)
        return previous;
    const double left = 1.0 - tempo__ratio(step, c->length), before = 1.0 - tempo__ratio(step - 1, c->length);
    return previous * pow(left / before, c->exponent);
}

/* --- the types --- */

static const tempo_type types[] = {
    {
        .name = "torch.StepLR",
        .summary = "multiply by gamma every step_size steps",
        .formula = "α(t) = gamma ^ floor(t / step_size)",
        .source = TORCH_SOURCE,
        .notes = TORCH_CLOSED_NOTE "A gamma above 1 grows to the largest double at most (OverflowError there). "
                                   "The ratio multiplies step_size, truncated. " TORCH_POSITIVE_NOTE,
        .example = "torch.StepLR step_size=30 gamma=0.1",
        .example_run = TORCH_EPOCHS,
        PARAMETERS(step_parameters),
        .counting = TEMPO__COUNTS_STEPS,
        .proportional = true,
        .bind = step_bind,
        .value = step_value,
        .next = step_next,
        .joint = step_joint,
    },
    {
        .name = "torch.MultiStepLR",
        .summary = "multiply by gamma at each milestone",
        .formula = "α(t) = gamma ^ (number of milestones <= t)",
        .source = TORCH_SOURCE,
        .notes = TORCH_CLOSED_NOTE
        "Milestones may be in any order; one that stands twice counts twice. With a ratio, Composer multiplies and "
        "truncates them, of equal ones keeps one, and a milestone that becomes 0 never happens. Deviation: negative "
        "milestones are refused, which PyTorch's closed form counts and its step() never meets.",
        .example = "torch.MultiStepLR milestones=[30, 60, 80] gamma=0.1",
        .example_run = TORCH_EPOCHS,
        PARAMETERS(multi_parameters),
        .counting = TEMPO__COUNTS_STEPS,
        .proportional = true,
        .bind = multi_bind,
        .value = multi_value,
        .next = multi_next,
        .joint = multi_joint,
    },
    {
        .name = "torch.ConstantLR",
        .summary = "multiply by factor for total_iters steps, by 1 from then on",
        .formula = "α(t) = factor if t < total_iters, else factor + (1 - factor)",
        .source = TORCH_SOURCE,
        .notes = TORCH_CLOSED_NOTE
        "A factor of 0 is refused: PyTorch's step() divides by it at total_iters. " TORCH_UNSCALED_NOTE
            TORCH_POSITIVE_NOTE,
        .example = "torch.ConstantLR factor=0.5 total_iters=30",
        .example_run = TORCH_EPOCHS,
        PARAMETERS(constant_parameters),
        .counting = TEMPO__COUNTS_STEPS,
        .proportional = true,
        .bind = constant_bind,
        .value = constant_value,
        .next = constant_next,
        .joint = joint_at_length,
    },
    {
        .name = "torch.LinearLR",
        .summary = "straight line from start_factor to end_factor",
        .formula = "α(t) = start_factor + (end_factor - start_factor) * min(total_iters, t) / total_iters",
        .source = TORCH_SOURCE,
        .notes =
            TORCH_CLOSED_NOTE "It cannot start at 0, nor go above the base. " TORCH_UNSCALED_NOTE TORCH_POSITIVE_NOTE,
        .example = "torch.LinearLR start_factor=0.1 total_iters=30",
        .example_run = TORCH_EPOCHS,
        PARAMETERS(linear_parameters),
        .counting = TEMPO__COUNTS_STEPS,
        .proportional = true,
        .bind = linear_bind,
        .value = linear_value,
        .next = linear_next,
        .joint = joint_at_length,
    },
    {
        .name = "torch.ExponentialLR",
        .summary = "multiply by gamma every step",
        .formula = "α(t) = gamma ^ t",
        .source = TORCH_SOURCE,
        .notes = TORCH_CLOSED_NOTE
        "A gamma above 1 grows to the largest double at most (OverflowError there). With a ratio, gamma becomes gamma "
        "^ (1 / ratio); a negative one for which that is no real number is refused.",
        .example = "torch.ExponentialLR gamma=0.95",
        .example_run = TORCH_EPOCHS,
        PARAMETERS(exponential_parameters),
        .counting = TEMPO__COUNTS_STEPS,
        .proportional = true,
        .bind = exponential_bind,
        .value = exponential_value,
        .next = exponential_next,
    },
    {
        .name = "torch.PolynomialLR",
        .summary = "a power of the steps that are left",
        .formula = "α(t) = (1 - min(total_iters, t) / total_iters) ^ power",
        .source = TORCH_SOURCE,
        .notes = TORCH_CLOSED_NOTE
        "It always ends at 0. A negative power is refused: it divides by zero at the end. " TORCH_UNSCALED_NOTE
            TORCH_POSITIVE_NOTE,
        .example = "torch.PolynomialLR total_iters=80 power=0.9",
        .example_run = TORCH_EPOCHS,
        PARAMETERS(polynomial_parameters),
        .counting = TEMPO__COUNTS_STEPS,
        .proportional = true,
        .bind = polynomial_bind,
        .value = polynomial_value,
        .next = polynomial_next,
        .joint = joint_at_length,
    },
};

torch_part torch_factor_part(const tempo__entry *entry)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (entry->type == &types[i])
            return (torch_part){.kind = TORCH_FACTOR};
    return (torch_part){.kind = TORCH_OTHER};
}

const tempo__family tempo__torch = {types, sizeof types / sizeof types[0]};
