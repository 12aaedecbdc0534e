/* registry.c: the list of families, and what there is to know about their types. */
#include <tempo/registry.h>

#include <string.h>

#include "schedule/type.h"

extern const tempo__family tempo__composer;
extern const tempo__family tempo__composer_steps;
extern const tempo__family tempo__composer_warmup;
extern const tempo__family tempo__composer_weight_decay;
extern const tempo__family tempo__llmfoundry;
extern const tempo__family tempo__accelerated;
extern const tempo__family tempo__timm;
extern const tempo__family tempo__timm_steps;
extern const tempo__family tempo__timm_factory;
extern const tempo__family tempo__timm_plateau;
extern const tempo__family tempo__torch;
extern const tempo__family tempo__torch_chains;
extern const tempo__family tempo__torch_cycles;
extern const tempo__family tempo__torch_functions;
extern const tempo__family tempo__torch_plateau;
extern const tempo__family tempo__torch_swa;
extern const tempo__family tempo__huggingface;
extern const tempo__family tempo__optax;
extern const tempo__family tempo__optax_join;
extern const tempo__family tempo__optax_piecewise;
extern const tempo__family tempo__xlstm;

/* The one list of families. A type is a row in its family's file and stands nowhere else. */
/* clang-format off: one a line, so that a change is a line */
static const tempo__family *const families[] = {
    &tempo__composer_steps,
    &tempo__composer,
    &tempo__composer_warmup,
    &tempo__composer_weight_decay,
    &tempo__llmfoundry,
    &tempo__accelerated,
    &tempo__timm,
    &tempo__timm_steps,
    &tempo__timm_plateau,
    &tempo__timm_factory,
    &tempo__torch,
    &tempo__torch_cycles,
    &tempo__torch_chains,
    &tempo__torch_functions,
    &tempo__torch_swa,
    &tempo__torch_plateau,
    &tempo__huggingface,
    &tempo__optax,
    &tempo__optax_piecewise,
    &tempo__optax_join,
    &tempo__xlstm,
};

enum { FAMILY_COUNT = sizeof families / sizeof families[0] };

size_t tempo_type_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < FAMILY_COUNT; i++)
        count += families[i]->count;
    return count;
}

const tempo_type *tempo_type_at(size_t index)
{
    for (size_t i = 0; i < FAMILY_COUNT; i++) {
        if (index < families[i]->count)
            return &families[i]->types[index];
        index -= families[i]->count;
    }
    return NULL;
}

const tempo_type *tempo_type_find(const char *name)
{
    const tempo_type *type = NULL;
    for (size_t i = 0; (type = tempo_type_at(i)); i++)
        if (strcmp(type->name, name) == 0)
            break;
    return type;
}

const char *tempo_type_nearest(const char *name)
{
    tempo__nearest nearest = {name, NULL, 0};
    const tempo_type *type = NULL;
    for (size_t i = 0; (type = tempo_type_at(i)); i++) {
        tempo__nearest_offer(&nearest, type->name);
        const char *symbol = strchr(type->name, '.');
        const char *before = nearest.best;
        if (symbol && !strchr(name, '.'))
            tempo__nearest_offer(&nearest, symbol + 1);
        if (nearest.best != before && nearest.best == (symbol ? symbol + 1 : NULL))
            nearest.best = type->name;
    }
    return nearest.best;
}

const char *tempo_type_name(const tempo_type *type)
{
    return type->name;
}

const char *tempo_type_summary(const tempo_type *type)
{
    return type->summary;
}

const char *tempo_type_formula(const tempo_type *type)
{
    return type->formula;
}

const char *tempo_type_source(const tempo_type *type)
{
    return type->source;
}

const char *tempo_type_notes(const tempo_type *type)
{
    return type->notes;
}

const char *tempo_type_example(const tempo_type *type)
{
    return type->example;
}

const char *tempo_type_example_run(const tempo_type *type)
{
    return type->example_run;
}

bool tempo_type_listens(const tempo_type *type)
{
    return type->listen != NULL;
}

size_t tempo_type_parameter_count(const tempo_type *type)
{
    return type->parameter_count;
}

const tempo_parameter *tempo_type_parameter(const tempo_type *type, size_t index)
{
    return index < type->parameter_count ? &type->parameters[index] : NULL;
}

bool tempo_parameter_is_nullable(const tempo_parameter *parameter)
{
    const bool by_choice = parameter->kind == TEMPO_COUNT && parameter->choices;
    const char *text = by_choice ? parameter->choices : parameter->default_text;
    return text && strcmp(text, "null") == 0;
}

const char *tempo_parameter_kind_text(tempo_parameter_kind kind)
{
    static const char *const texts[] = {
        [TEMPO_TIME] = "time",
        [TEMPO_TIME_LIST] = "list of times",
        [TEMPO_REAL] = "real",
        [TEMPO_REAL_LIST] = "list of reals",
        [TEMPO_REAL_OR_LIST] = "real or list",
        [TEMPO_COUNT] = "count",
        [TEMPO_COUNT_LIST] = "list of counts",
        [TEMPO_COUNT_MAP] = "map from counts to reals",
        [TEMPO_FLAG] = "flag",
        [TEMPO_CHOICE] = "choice",
        [TEMPO_SCHEDULE_LIST] = "list of schedules",
        [TEMPO_FUNCTION] = "function",
        [TEMPO_FIELD] = "field",
    };
    return (size_t)kind < sizeof texts / sizeof texts[0] ? texts[kind] : "unknown";
}
