/* optax.c: the schedules of optax that follow one curve. See optax.h for their source. */
#include "families/optax.h"

#include <math.h>

/* --- constant_schedule: value --- */

enum { CONSTANT_VALUE, CONSTANT_DTYPE, CONSTANT_COUNT };
static const tempo_parameter constant_parameters[CONSTANT_COUNT] = {
    [CONSTANT_VALUE] = {"value", TEMPO_REAL, NULL, RANGE_ANY, "the value"},
    [CONSTANT_DTYPE] = {OPTAX_DTYPE},
};

static tempo_status constant_bind(tempo__binding *binding, void **prepared)
{
    optax_pieces *p = NULL;
    const tempo_status status = optax_take_pieces(binding, prepared, &p);
    if (status)
        return status;
    p->curves[0].from = binding->arguments[CONSTANT_VALUE].real;
    optax_hold(&p->curves[0]);
    return TEMPO_OK;
}

static size_t constant_express(tempo__binding *binding, tempo__sketch *sketch, size_t step)
{
    (void)step;
    return tempo__put_argument(sketch, binding, CONSTANT_VALUE);
}

/* --- Schedule: any function --- */

enum { FUNCTION_NAME, FUNCTION_DTYPE, FUNCTION_COUNT };
static const tempo_parameter function_parameters[FUNCTION_COUNT] = {
    [FUNCTION_NAME] = {"function", TEMPO_FUNCTION, NULL, RANGE_ANY,
                       "name of a function of the step that the program supplies when it binds"},
    [FUNCTION_DTYPE] = {OPTAX_DTYPE},
};

typedef struct function {
    tempo__steps steps;
    bool is_single;
    const tempo_function *function;
} function;

static tempo_status function_bind(tempo__binding *binding, void **prepared)
{
    tempo_status status = optax_prepare(binding, sizeof(function), prepared);
    if (status)
        return status;
    function *f = *prepared;
    f->steps = binding->steps;
    f->is_single = binding->is_single;
    return tempo__take_function(binding, FUNCTION_NAME, &f->function);
}

static double function_value(const void *prepared, const tempo_timestamp *now, double base)
{
    (void)base;
    const function *f = prepared;
    const double value = f->function->of_step(optax_step(&f->steps, f->is_single, now), f->function->data);
    return f->is_single ? (double)optax_single((float)value) : value;
}

static size_t function_express(tempo__binding *binding, tempo__sketch *sketch, size_t step)
{
    return tempo__put_call(sketch, binding, FUNCTION_NAME, step);
}

/* --- polynomial_schedule: (init - end) * (1 - clip(n - begin, 0, steps) / steps) ^ power + end --- */

enum {
    POLYNOMIAL_INIT,
    POLYNOMIAL_END,
    POLYNOMIAL_POWER,
    POLYNOMIAL_STEPS,
    POLYNOMIAL_BEGIN,
    POLYNOMIAL_DTYPE,
    POLYNOMIAL_COUNT
};
static const tempo_parameter polynomial_parameters[POLYNOMIAL_COUNT] = {
    [POLYNOMIAL_INIT] = {"init_value", TEMPO_REAL, NULL, RANGE_ANY, "value until the transition begins"},
    [POLYNOMIAL_END] = {"end_value", TEMPO_REAL, NULL, RANGE_ANY, "value at the end and from then on"},
    [POLYNOMIAL_POWER] = {"power", TEMPO_REAL, NULL, RANGE_AT_LEAST_0, "exponent; 1 is a straight line"},
    [POLYNOMIAL_STEPS] = {"transition_steps", TEMPO_COUNT, NULL, RANGE_ANY,
                          "steps that the transition takes; 0 or fewer: init_value for ever"},
    [POLYNOMIAL_BEGIN] = {"transition_begin", TEMPO_COUNT, "0", RANGE_ANY, "steps before the transition begins"},
    [POLYNOMIAL_DTYPE] = {OPTAX_DTYPE},
};

static tempo_status polynomial_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *a = binding->arguments;
    optax_pieces *p = NULL;
    const tempo_status status = optax_take_pieces(binding, prepared, &p);
    if (status)
        return status;
    p->curves[0] = (optax_curve){
        .from = a[POLYNOMIAL_INIT].real,
        .to = a[POLYNOMIAL_END].real,
        .begin = a[POLYNOMIAL_BEGIN].integer,
        .steps = a[POLYNOMIAL_STEPS].integer,
    };
    optax_set_power(&p->curves[0], &a[POLYNOMIAL_POWER]);
    if (p->curves[0].steps <= 0)
        optax_find_stillness(binding, POLYNOMIAL_STEPS, "init_value");
    return optax_polynomial(binding, POLYNOMIAL_END, &p->curves[0]);
}

static size_t polynomial_express(tempo__binding *binding, tempo__sketch *sketch, size_t step)
{
    const optax_nodes nodes = {
        .from = tempo__put_argument(sketch, binding, POLYNOMIAL_INIT),
        .to = tempo__put_argument(sketch, binding, POLYNOMIAL_END),
        .power = tempo__put_argument(sketch, binding, POLYNOMIAL_POWER),
        .begin = optax_write_begin(sketch, binding, POLYNOMIAL_BEGIN),
        .steps = tempo__put_argument(sketch, binding, POLYNOMIAL_STEPS),
        .moves = binding->arguments[POLYNOMIAL_STEPS].integer > 0,
    };
    return optax_write_polynomial(sketch, step, &nodes);
}

/* --- linear_schedule: the same with power 1 --- */

enum { LINEAR_INIT, LINEAR_END, LINEAR_STEPS, LINEAR_BEGIN, LINEAR_DTYPE, LINEAR_COUNT };
static const tempo_parameter linear_parameters[LINEAR_COUNT] = {
    [LINEAR_INIT] = {"init_value", TEMPO_REAL, NULL, RANGE_ANY, "value until the transition begins"},
    [LINEAR_END] = {"end_value", TEMPO_REAL, NULL, RANGE_ANY, "value at the end and from then on"},
    [LINEAR_STEPS] = {"transition_steps", TEMPO_COUNT, NULL, RANGE_ANY,
                      "steps that the transition takes; 0 or fewer: init_value for ever"},
    [LINEAR_BEGIN] = {"transition_begin", TEMPO_COUNT, "0", RANGE_ANY, "steps before the transition begins"},
    [LINEAR_DTYPE] = {OPTAX_DTYPE},
};

static tempo_status linear_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *a = binding->arguments;
    optax_pieces *p = NULL;
    const tempo_status status = optax_take_pieces(binding, prepared, &p);
    if (status)
        return status;
    p->curves[0] = (optax_curve){
        .from = a[LINEAR_INIT].real,
        .to = a[LINEAR_END].real,
        .begin = a[LINEAR_BEGIN].integer,
        .steps = a[LINEAR_STEPS].integer,
    };
    if (p->curves[0].steps <= 0)
        optax_find_stillness(binding, LINEAR_STEPS, "init_value");
    return optax_line(binding, LINEAR_END, &p->curves[0]);
}

static size_t linear_express(tempo__binding *binding, tempo__sketch *sketch, size_t step)
{
    const optax_nodes nodes = {
        .from = tempo__put_argument(sketch, binding, LINEAR_INIT),
        .to = tempo__put_argument(sketch, binding, LINEAR_END),
        .power = tempo__put_integer(sketch, 1),
        .begin = optax_write_begin(sketch, binding, LINEAR_BEGIN),
        .steps = tempo__put_argument(sketch, binding, LINEAR_STEPS),
        .moves = binding->arguments[LINEAR_STEPS].integer > 0,
    };
    return optax_write_polynomial(sketch, step, &nodes);
}

/* --- cosine_decay_schedule: init * ((1 - alpha) * (0.5 * (1 + cos(pi * n / steps))) ^ exponent + alpha) --- */

enum { COSINE_INIT, COSINE_STEPS, COSINE_ALPHA, COSINE_EXPONENT, COSINE_DTYPE, COSINE_COUNT };
static const tempo_parameter cosine_parameters[COSINE_COUNT] = {
    [COSINE_INIT] = {"init_value", TEMPO_REAL, NULL, RANGE_ANY, "value at the start"},
    [COSINE_STEPS] = {"decay_steps", TEMPO_COUNT, NULL, RANGE_ABOVE_0, "steps that the decay takes"},
    [COSINE_ALPHA] = {"alpha", TEMPO_REAL, "0.0", RANGE_ANY, "factor of init_value at the end and from then on"},
    [COSINE_EXPONENT] = {"exponent", TEMPO_REAL, "1.0", RANGE_AT_LEAST_0, "power to which the cosine is raised"},
    [COSINE_DTYPE] = {OPTAX_DTYPE},
};

static tempo_status cosine_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *a = binding->arguments;
    optax_pieces *p = NULL;
    const tempo_status status = optax_take_pieces(binding, prepared, &p);
    if (status)
        return status;
    p->curves[0] = (optax_curve){
        .from = a[COSINE_INIT].real,
        .to = a[COSINE_ALPHA].real,
        .steps = a[COSINE_STEPS].integer,
    };
    optax_set_power(&p->curves[0], &a[COSINE_EXPONENT]);
    optax_cosine(&p->curves[0]);
    return TEMPO_OK;
}

static size_t cosine_express(tempo__binding *binding, tempo__sketch *sketch, size_t step)
{
    const optax_nodes nodes = {
        .from = tempo__put_argument(sketch, binding, COSINE_INIT),
        .to = tempo__put_argument(sketch, binding, COSINE_ALPHA),
        .power = tempo__put_argument(sketch, binding, COSINE_EXPONENT),
        .steps = tempo__put_argument(sketch, binding, COSINE_STEPS),
    };
    return optax_write_cosine(sketch, step, &nodes);
}

/* --- exponential_decay: init * rate ^ ((n - begin) / steps) --- */

enum {
    EXPONENTIAL_INIT,
    EXPONENTIAL_STEPS,
    EXPONENTIAL_RATE,
    EXPONENTIAL_BEGIN,
    EXPONENTIAL_STAIRCASE,
    EXPONENTIAL_END,
    EXPONENTIAL_DTYPE,
    EXPONENTIAL_COUNT
};
static const tempo_parameter exponential_parameters[EXPONENTIAL_COUNT] = {
    [EXPONENTIAL_INIT] = {"init_value", TEMPO_REAL, NULL, RANGE_ANY, "value until the decay begins"},
    [EXPONENTIAL_STEPS] = {"transition_steps", TEMPO_COUNT, NULL, RANGE_ANY,
                           "steps in which the value falls by decay_rate; 0 or fewer: init_value for ever"},
    [EXPONENTIAL_RATE] = {"decay_rate", TEMPO_REAL, NULL, RANGE_ANY, OPTAX_RATE_HELP},
    [EXPONENTIAL_BEGIN] = {"transition_begin", TEMPO_COUNT, "0", RANGE_ANY, "steps before the decay begins"},
    [EXPONENTIAL_STAIRCASE] = {"staircase", TEMPO_FLAG, "false", RANGE_ANY, OPTAX_STAIRCASE_HELP},
    [EXPONENTIAL_END] = {"end_value", TEMPO_REAL, "null", RANGE_ANY, OPTAX_BOUND_HELP},
    [EXPONENTIAL_DTYPE] = {OPTAX_DTYPE},
};

static tempo_status exponential_bind(tempo__binding *binding, void **prepared)
{
    const tempo__argument *a = binding->arguments;
    optax_pieces *p = NULL;
    const tempo_status status = optax_take_pieces(binding, prepared, &p);
    if (status)
        return status;
    p->curves[0] = (optax_curve){
        .from = a[EXPONENTIAL_INIT].real,
        .to = a[EXPONENTIAL_END].real,
        .power = a[EXPONENTIAL_RATE].real,
        .begin = a[EXPONENTIAL_BEGIN].integer,
        .steps = a[EXPONENTIAL_STEPS].integer,
        .is_staircase = a[EXPONENTIAL_STAIRCASE].flag,
        .is_bounded = !a[EXPONENTIAL_END].is_null,
    };
    if (p->curves[0].steps <= 0)
        optax_find_stillness(binding, EXPONENTIAL_STEPS, "init_value");
    else if (p->curves[0].power == 0)
        optax_find_stillness(binding, EXPONENTIAL_RATE, "init_value");
    return optax_exponential(binding, EXPONENTIAL_RATE, &p->curves[0]);
}

static size_t exponential_express(tempo__binding *binding, tempo__sketch *sketch, size_t step)
{
    const tempo__argument *a = binding->arguments;
    const optax_nodes nodes = {
        .from = tempo__put_argument(sketch, binding, EXPONENTIAL_INIT),
        .to = a[EXPONENTIAL_END].is_null ? 0 : tempo__put_argument(sketch, binding, EXPONENTIAL_END),
        .power = tempo__put_argument(sketch, binding, EXPONENTIAL_RATE),
        .begin = optax_write_begin(sketch, binding, EXPONENTIAL_BEGIN),
        .steps = tempo__put_argument(sketch, binding, EXPONENTIAL_STEPS),
        .moves = a[EXPONENTIAL_STEPS].integer > 0 && a[EXPONENTIAL_RATE].real != 0,
        .is_staircase = a[EXPONENTIAL_STAIRCASE].flag,
        .is_bounded = !a[EXPONENTIAL_END].is_null,
        .grows = a[EXPONENTIAL_RATE].real >= 1.0,
    };
    return optax_write_exponential(sketch, step, &nodes);
}

/* --- the types --- */

static const tempo_type types[] = {
    {
        .name = "optax.constant_schedule",
        .summary = "one value for ever",
        .formula = "v(t) = value",
        .source = OPTAX_SOURCE,
        .notes = OPTAX_NOTES,
        .example = "optax.constant_schedule value=0.001",
        .example_run = OPTAX_STEPS,
        PARAMETERS(constant_parameters),
        .bind = constant_bind,
        .express = constant_express,
        OPTAX_OF_PIECES,
    },
    {
        .name = "optax.Schedule",
        .summary = "any value that a program computes from the step",
        .formula = "v(t) = function(t)",
        .source = "optax 0.2.8, optax/_src/base.py",
        .notes =
            OPTAX_NOTES "The function comes from the program that binds the schedule, so a document with one is not "
                        "portable, and the command cannot evaluate it.",
        .example = "",
        .example_run = "",
        PARAMETERS(function_parameters),
        .counting = TEMPO__COUNTS_BATCHES,
        .absolute = true,
        .bind = function_bind,
        .express = function_express,
        .value = function_value,
    },
    {
        .name = "optax.polynomial_schedule",
        .summary = "a power of the steps that are left, from init_value to end_value",
        .formula = "v(t) = (init_value - end_value) * (1 - clip(t - transition_begin, 0, T) / T) ^ power + end_value, "
                   "T = transition_steps",
        .source = OPTAX_SOURCE,
        .notes = OPTAX_NOTES OPTAX_LINE_NOTE OPTAX_HOLD_NOTE OPTAX_BEGIN_NOTE OPTAX_POWER_NOTE
        "Deviation: a negative power is an error (an infinite value at the end there).",
        .example = "optax.polynomial_schedule init_value=0.1 end_value=0.001 power=2.0 transition_steps=800",
        .example_run = OPTAX_STEPS,
        PARAMETERS(polynomial_parameters),
        .bind = polynomial_bind,
        .express = polynomial_express,
        OPTAX_OF_PIECES,
    },
    {
        .name = "optax.linear_schedule",
        .summary = "straight line from init_value to end_value",
        .formula = "v(t) = (init_value - end_value) * (1 - clip(t - transition_begin, 0, T) / T) + end_value, "
                   "T = transition_steps",
        .source = OPTAX_SOURCE,
        .notes = OPTAX_NOTES OPTAX_LINE_NOTE OPTAX_HOLD_NOTE OPTAX_BEGIN_NOTE,
        .example = "optax.linear_schedule init_value=0.1 end_value=0.001 transition_steps=800",
        .example_run = OPTAX_STEPS,
        PARAMETERS(linear_parameters),
        .bind = linear_bind,
        .express = linear_express,
        OPTAX_OF_PIECES,
    },
    {
        .name = "optax.cosine_decay_schedule",
        .summary = "half a cosine from init_value to alpha * init_value",
        .formula = "v(t) = init_value * ((1 - alpha) * (0.5 * (1 + cos(pi * min(t, T) / T))) ^ exponent + alpha), "
                   "T = decay_steps",
        .source = OPTAX_SOURCE,
        .notes = OPTAX_NOTES OPTAX_POWER_NOTE
        "Deviation: a negative exponent is an error (an infinite value at the end there).",
        .example = "optax.cosine_decay_schedule init_value=0.1 decay_steps=1000 alpha=0.01",
        .example_run = OPTAX_STEPS,
        PARAMETERS(cosine_parameters),
        .bind = cosine_bind,
        .express = cosine_express,
        OPTAX_OF_PIECES,
    },
    {
        .name = "optax.exponential_decay",
        .summary = "multiply by decay_rate once per transition_steps, continuously or in steps",
        .formula = "v(t) = init_value * decay_rate ^ ((t - transition_begin) / transition_steps), at least (decay_rate "
                   "< 1) or at most end_value",
        .source = OPTAX_SOURCE,
        .notes = OPTAX_NOTES OPTAX_HOLD_NOTE OPTAX_BEGIN_NOTE
        "So it is with a decay_rate of 0, end_value or not. end_value bounds the value before the decay begins too. "
        "Deviations: growth stops at the largest double; a negative decay_rate is an error unless every power of it is "
        "whole (not a number there).",
        .example = "optax.exponential_decay init_value=0.1 transition_steps=100 decay_rate=0.7",
        .example_run = OPTAX_STEPS,
        PARAMETERS(exponential_parameters),
        .bind = exponential_bind,
        .express = exponential_express,
        OPTAX_OF_PIECES,
    },
};

const tempo__family tempo__optax = {types, sizeof types / sizeof types[0]};
