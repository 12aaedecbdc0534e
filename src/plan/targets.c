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
    for (size_t g = 0; g < r->group_count; g++)
        for (size_t f = 0; f < r->groups[g].field_count; f++)
            tempo__nearest_offer(&nearest, r->groups[g].fields[f].name);
    tempo__fail(r->error, TEMPO_UNKNOWN_NAME, "no group of the optimizer has a field '%s'", name);
    if (nearest.best)
        tempo__advise(r->error, "did you mean %s?", nearest.best);
    else
        tempo__advise(r->error, "give the field a base value in the optimizer");
    tempo__blame(r->error, "schedules[%zu].field", index);
    return TEMPO_UNKNOWN_NAME;
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
        targets[found->index] = true;
    }
    return TEMPO_OK;
}

/* Without names, every group that has the field; there must be one. */
static tempo_status find_all(const tempo__request *r, const tempo__entry *entry, size_t index, bool *targets)
{
    bool any = false;
    for (size_t g = 0; g < r->group_count; g++) {
        targets[g] = has_field(&r->groups[g], entry->field);
        any = any || targets[g];
    }
    return any ? TEMPO_OK : fail_field(r, entry->field, index);
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
        const tempo_status status =
            entry->group_count ? find_named(r, entry, i, by_name, row) : find_all(r, entry, i, row);
        if (status)
            return status;
    }
    return TEMPO_OK;
}

bool tempo__drives(const tempo__request *r, size_t index, size_t group, const tempo_field *field)
{
    return r->targets[index * r->group_count + group] &&
           strcmp(tempo__schedule_entry(r->schedule, index)->field, field->name) == 0;
}
