/* targets.c: which fields of which groups a schedule drives. Knows names, but no value. */
#include <stdlib.h>
#include <string.h>

#include "plan/internal.h"

/* A group to be looked up by name. */
typedef struct named_group {
    const char *name;
    size_t index;
} named_group;

static int compare_names(const void *left, const void *right)
{
    const named_group *a = left, *b = right;
    return strcmp(a->name, b->name);
}

static bool has_field(const tempo_group *group, const char *name)
{
    for (size_t f = 0; f < group->field_count; f++)
        if (strcmp(group->fields[f].name, name) == 0)
            return true;
    return false;
}

static tempo_status fail_group(const tempo__request *r, const char *name, size_t index)
{
    tempo__nearest nearest = {name, NULL, 0};
    for (size_t g = 0; g < r->group_count; g++)
        tempo__nearest_offer(&nearest, tempo__group_name(&r->groups[g]));
    tempo__fail(r->error, TEMPO_UNKNOWN_NAME, "there is no group '%s'", name);
    if (nearest.best)
        tempo__advise(r->error, "did you mean %s?", nearest.best);
    tempo__blame(r->error, "schedules[%zu].groups", index);
    return TEMPO_UNKNOWN_NAME;
}

static tempo_status fail_field(const tempo__request *r, const char *name, size_t index)
{
    tempo__nearest nearest = {name, NULL, 0};
    bool in_fixed = false; /* only a fixed group can have the very name */
    for (size_t g = 0; g < r->group_count; g++)
        for (size_t f = 0; f < r->groups[g].field_count; f++)
            tempo__nearest_offer(&nearest, r->groups[g].fields[f].name);
    for (size_t g = 0; g < r->group_count; g++)
        in_fixed = in_fixed || has_field(&r->groups[g], name);
    tempo__fail(r->error, TEMPO_UNKNOWN_NAME,
                in_fixed ? "every group with a field '%s' is declared fixed"
                         : "no group of the optimizer has a field '%s'",
                name);
    if (in_fixed)
        tempo__advise(r->error, "leave the schedule out, or do not declare them fixed");
    else if (nearest.best)
        tempo__advise(r->error, "did you mean %s?", nearest.best);
    else
        tempo__advise(r->error, "give the field a base value in the optimizer");
    tempo__blame(r->error, "schedules[%zu].field", index);
    return TEMPO_UNKNOWN_NAME;
}

static tempo_status fail_fixed(const tempo__request *r, const char *name, size_t index)
{
    tempo__fail(r->error, TEMPO_CONFLICT, "group '%s' is declared fixed, and this schedule names it", name);
    tempo__advise(r->error, "leave it out of groups, or do not declare it fixed");
    tempo__blame(r->error, "schedules[%zu].groups", index);
    return TEMPO_CONFLICT;
}

/* The groups that a schedule names: each must exist and have the field. `by_name` is sorted. */
static tempo_status find_named(const tempo__request *r, const tempo__entry *entry, size_t index,
                               const named_group *by_name, bool *targets)
{
    for (size_t i = 0; i < entry->group_count; i++) {
        const named_group wanted = {.name = entry->groups[i]};
        const named_group *found = bsearch(&wanted, by_name, r->group_count, sizeof *by_name, compare_names);
        if (!found)
            return fail_group(r, entry->groups[i], index);
        if (!has_field(&r->groups[found->index], entry->field)) {
            tempo__fail(r->error, TEMPO_UNKNOWN_NAME, "group '%s' has no field '%s'", entry->groups[i], entry->field);
            tempo__blame(r->error, "schedules[%zu].groups", index);
            return TEMPO_UNKNOWN_NAME;
        }
        if (r->groups[found->index].fixed)
            return fail_fixed(r, entry->groups[i], index);
        targets[found->index] = true;
    }
    return TEMPO_OK;
}

/* Without names, every group that has the field and is not fixed; there must be one. */
static tempo_status find_all(const tempo__request *r, const tempo__entry *entry, size_t index, bool *targets)
{
    bool any = false;
    for (size_t g = 0; g < r->group_count; g++) {
        targets[g] = !r->groups[g].fixed && has_field(&r->groups[g], entry->field);
        any = any || targets[g];
    }
    return any ? TEMPO_OK : fail_field(r, entry->field, index);
}

/* --- companions: fields that a type drives along with lr --- */

/* Which field of the group that is; NULL: none. */
static const char *companion_of(const tempo__entry *entry, const tempo_group *group)
{
    const char *const *name = entry->type->companions;
    if (!name || !entry->arguments[entry->type->cycles].flag || strcmp(entry->field, "lr") != 0)
        return NULL;
    while (*name && !has_field(group, *name))
        name++;
    return *name;
}

/* What was asked for must happen somewhere; a default need not. */
static tempo_status check_companions(const tempo__request *r, const tempo__entry *entry, size_t index,
                                     const bool *targets)
{
    if (!entry->type->companions || !entry->arguments[entry->type->cycles].given ||
        !entry->arguments[entry->type->cycles].flag)
        return TEMPO_OK;
    for (size_t g = 0; g < r->group_count; g++)
        if (targets[g] && companion_of(entry, &r->groups[g]))
            return TEMPO_OK;
    const char *flag = entry->type->parameters[entry->type->cycles].name;
    const char *const *names = entry->type->companions;
    tempo__fail(r->error, TEMPO_UNKNOWN_NAME, "%s is true, but no group that the schedule drives has a field %s or %s",
                flag, names[0], names[1]);
    tempo__advise(r->error, "give the field in the optimizer");
    tempo__blame(r->error, "schedules[%zu].%s", index, flag);
    return TEMPO_UNKNOWN_NAME;
}

/* --- what drives what --- */

/* Groups that no schedule touches are a mistake, unless they are declared to be meant so. */
static tempo_status check_groups(const tempo__request *r)
{
    const size_t count = tempo_schedule_count(r->schedule);
    for (size_t g = 0; g < r->group_count; g++) {
        bool driven = r->groups[g].fixed;
        for (size_t i = 0; i < count && !driven; i++)
            driven = r->targets[i * r->group_count + g];
        if (driven)
            continue;
        tempo__fail(r->error, TEMPO_MISSING, "no schedule drives a field of group '%s'",
                    tempo__group_name(&r->groups[g]));
        tempo__advise(r->error, "give it a schedule, or declare it fixed");
        tempo__blame(r->error, "optimizer.groups[%zu]", g);
        return TEMPO_MISSING;
    }
    return TEMPO_OK;
}

tempo_status tempo__find_targets(tempo__request *r, tempo__arena *scratch)
{
    const size_t count = tempo_schedule_count(r->schedule);
    named_group *by_name = tempo__arena_take(scratch, r->group_count, sizeof *by_name);
    bool *targets = tempo__arena_take(scratch, count, r->group_count);
    if (!by_name || !targets) {
        tempo__out_of_memory(r->error);
        return TEMPO_NO_MEMORY;
    }
    for (size_t g = 0; g < r->group_count; g++)
        by_name[g] = (named_group){tempo__group_name(&r->groups[g]), g};
    qsort(by_name, r->group_count, sizeof *by_name, compare_names);
    r->targets = targets;
    for (size_t i = 0; i < count; i++) {
        const tempo__entry *entry = tempo__schedule_entry(r->schedule, i);
        bool *row = targets + i * r->group_count;
        tempo_status status = entry->group_count ? find_named(r, entry, i, by_name, row) : find_all(r, entry, i, row);
        if (!status)
            status = check_companions(r, entry, i, row);
        if (status)
            return status;
    }
    return check_groups(r);
}

tempo__role tempo__role_of(const tempo__request *r, size_t index, size_t group, const tempo_field *field)
{
    if (!r->targets[index * r->group_count + group])
        return TEMPO__NO_ROLE;
    const tempo__entry *entry = tempo__schedule_entry(r->schedule, index);
    if (strcmp(entry->field, field->name) == 0)
        return TEMPO__DRIVES;
    const char *companion = companion_of(entry, &r->groups[group]);
    return companion && strcmp(companion, field->name) == 0 ? TEMPO__COMPANION : TEMPO__NO_ROLE;
}
