/* nested.c: binding the schedules inside a schedule. Knows no type by name. */
#include "schedule/nested.h"

#include <stdio.h>

static tempo_status bind_one(const tempo__binding *outer, const tempo__entry *entry, const char *path,
                             tempo__nested *out)
{
    if (entry->type->counting == TEMPO__COUNTS_NOTHING) {
        tempo__fail(outer->error, TEMPO_CONFLICT, "%s does not count steps, so it cannot be inside %s",
                    entry->type->name, outer->type->name);
        tempo__blame(outer->error, "%s", path);
        return TEMPO_CONFLICT;
    }
    tempo__binding inner = *outer;
    inner.type = entry->type;
    inner.arguments = entry->arguments;
    inner.steps = (tempo__steps){TEMPO_BATCH, tempo__counter_offset(TEMPO_BATCH), 1};
    inner.path = path;
    inner.is_nested = true;
    inner.undefined_from = inner.undefined_step = 0;
    void *prepared = NULL;
    const tempo_status status = entry->type->bind(&inner, &prepared);
    const tempo_type *type = inner.type;
    *out = (tempo__nested){type->value, type->joint, type->next, prepared, inner.undefined_from};
    if (status || type->value || (outer->is_stepped && type->next))
        return status;
    tempo__fail(outer->error, TEMPO_CONFLICT, "%s has no closed form, so it cannot be inside %s", type->name,
                outer->type->name);
    tempo__blame(outer->error, "%s", path);
    return TEMPO_CONFLICT;
}

tempo_status tempo__bind_nested(tempo__binding *binding, size_t parameter, tempo__nested **out)
{
    const tempo__argument *argument = &binding->arguments[parameter];
    *out = tempo__prepare(binding, argument->count, sizeof **out);
    if (!*out)
        return tempo__out_of_memory(binding->error);
    for (size_t i = 0; i < argument->count; i++) {
        char path[TEMPO__PATH_MAX];
        (void)snprintf(path, sizeof path, "%s.%s[%zu]", binding->path, binding->type->parameters[parameter].name, i);
        const tempo_status status = bind_one(binding, &argument->schedules[i], path, &(*out)[i]);
        if (status)
            return status;
    }
    return TEMPO_OK;
}
