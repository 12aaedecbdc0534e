/* expression.c: the expressions of a plan's tracks. */
#include <tempo/expression.h>

#include "plan/internal.h"

static tempo_status fail(tempo_error *error, size_t index, const char *format, const char *name)
{
    tempo__fail(error, TEMPO_CONFLICT, format, name);
    tempo__advise(error, "take the values: tempo_plan_values()");
    tempo__blame(error, "schedules[%zu]", index);
    return TEMPO_CONFLICT;
}

static tempo_status fail_fact(tempo_error *error, const tempo__bound *bound)
{
    static const char *const facts[TEMPO_UNIT_COUNT] = {
        [TEMPO_EPOCH] = "batches_per_epoch", [TEMPO_SAMPLE] = "samples_per_batch", [TEMPO_TOKEN] = "tokens_per_batch"};
    const char *fact = facts[bound->steps.unit];
    if (!fact)
        return fail(error, bound->index, "%s counts what batches do not tell", bound->type->name);
    tempo__fail(error, TEMPO_MISSING_FACT, "%s cannot count its steps from batches without %s", bound->type->name,
                fact);
    tempo__advise(error, "give %s of the run", fact);
    tempo__blame(error, "schedules[%zu]", bound->index);
    if (error)
        error->fact = fact;
    return TEMPO_MISSING_FACT;
}

tempo_status tempo_plan_expression(const tempo_plan *plan, size_t index, const tempo_expression **out,
                                   tempo_error *error)
{
    const tempo__track *track = &plan->tracks[index];
    const tempo__bound *bound = track->stack;
    *out = NULL;
    if (!plan->has_expressions)
        return tempo__fail(error, TEMPO_CONFLICT, "the plan was bound without expressions");
    if (bound->lacking)
        return fail(error, bound->index, "%s has no expression", bound->lacking);
    if (track->stack_count > 1)
        return fail(error, track->stack[1].index, "%s is stacked on another schedule, and a stack has no expression",
                    track->stack[1].type->name);
    if (!bound->expression)
        return fail_fact(error, bound);
    *out = bound->expression;
    return TEMPO_OK;
}
