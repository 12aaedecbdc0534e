/* torch_functions.c: the schedulers of PyTorch whose factors a function computes: Lambda, Multiplicative. See torch.h
 * for their source and notation. */
#include "families/torch.h"

enum { LAMBDA_FUNCTION, LAMBDA_COUNT };
static const tempo_parameter parameters[LAMBDA_COUNT] = {
    [LAMBDA_FUNCTION] = {"lr_lambda", TEMPO_FUNCTION, NULL, RANGE_ANY,
                         "name of a function of the step that the program supplies when it binds"},
};

typedef struct lambda {
    tempo__steps steps;
    const tempo_function *function;
} lambda;

static tempo_status lambda_bind(tempo__binding *binding, void **prepared)
{
    lambda *l = tempo__prepare(binding, 1, sizeof *l);
    *prepared = l;
    if (!l)
        return tempo__out_of_memory(binding->error);
    l->steps = binding->steps;
    const tempo_status status = tempo__take_function(binding, LAMBDA_FUNCTION, &l->function);
    return status ? status : tempo__refuse_ratio(binding);
}

static double factor_at(const lambda *l, int64_t step)
{
    return l->function->of_step(step, l->function->data);
}

/* --- LambdaLR: b * f(n) --- */

static double lambda_value(const void *prepared, const tempo_timestamp *now, double base)
{
    const lambda *l = prepared;
    return base * factor_at(l, tempo__steps_at(&l->steps, now));
}

/* --- MultiplicativeLR: times f(n) at every step --- */

static double multiplicative_next(const void *prepared, int64_t step, double base, double previous)
{
    (void)base;
    return step == 0 ? previous : previous * factor_at(prepared, step);
}

double torch_multiplied(const void *prepared, double previous)
{
    return previous * factor_at(prepared, 0);
}

/* --- the types --- */

static const tempo_type types[] = {
    {
        .name = "torch.LambdaLR",
        .summary = "any factor that a program computes from the step",
        .formula = "α(t) = lr_lambda(t)",
        .source = TORCH_SOURCE,
        .notes = TORCH_STEPS_NOTE TORCH_FUNCTION_NOTE
        "Instead of PyTorch's list with one function per group, write one schedule per group, with "
        "groups. " TORCH_UNSCALED_NOTE,
        .example = "",
        .example_run = "",
        PARAMETERS(parameters),
        .counting = TEMPO__COUNTS_STEPS,
        .bind = lambda_bind,
        .value = lambda_value,
    },
    {
        .name = "torch.MultiplicativeLR",
        .summary = "multiply every step by what a program computes from the step",
        .formula = "η(t) = η(t - 1) * lr_lambda(t), η(0) = η_i",
        .source = TORCH_SOURCE,
        .notes = TORCH_STEPS_NOTE TORCH_FUNCTION_NOTE
        "It has no closed form, so it wants a stepper. The function is not called for step 0, except where "
        "torch.SequentialLR hands over to it. Instead of PyTorch's list with one function per group, write one "
        "schedule per group, with groups. " TORCH_UNSCALED_NOTE,
        .example = "",
        .example_run = "",
        PARAMETERS(parameters),
        .counting = TEMPO__COUNTS_STEPS,
        .bind = lambda_bind,
        .next = multiplicative_next,
    },
};

torch_part torch_function_part(const tempo__entry *entry)
{
    if (entry->type == &types[0])
        return (torch_part){.kind = TORCH_LAMBDA};
    return (torch_part){.kind = entry->type == &types[1] ? TORCH_MULTIPLICATIVE : TORCH_OTHER};
}

const tempo__family tempo__torch_functions = {types, sizeof types / sizeof types[0]};
