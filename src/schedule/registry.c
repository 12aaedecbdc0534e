/* registry.c: the list of families, and what there is to know about their types. */
#include <tempo/registry.h>

#include <string.h>

#include "schedule/type.h"

extern const tempo__family tempo__composer;
extern const tempo__family tempo__composer_steps;
extern const tempo__family tempo__composer_warmup;
extern const tempo__family tempo__llmfoundry;

/* The one list of families. A type is a row in its family's file and stands nowhere else. */
static const tempo__family *const families[] = {
    &tempo__composer_steps,
    &tempo__composer,
    &tempo__composer_warmup,
    &tempo__llmfoundry,
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

size_t tempo_type_parameter_count(const tempo_type *type)
{
    return type->parameter_count;
}

const tempo_parameter *tempo_type_parameter(const tempo_type *type, size_t index)
{
    return index < type->parameter_count ? &type->parameters[index] : NULL;
}

const char *tempo_parameter_kind_text(tempo_parameter_kind kind)
{
    switch (kind) {
    case TEMPO_TIME:
        return "time";
    case TEMPO_TIME_LIST:
        return "list of times";
    case TEMPO_REAL:
        return "real";
    case TEMPO_FLAG:
        return "flag";
    case TEMPO_FUNCTION:
        return "function";
    }
    return "unknown";
}
