/* setup.c: what a stepper makes of groups and schedules: a plan, and a slot for each of its tracks. */
#include <string.h>

#include "stepper/internal.h"

tempo_status tempo__schedule_copy(tempo_schedule **out, const tempo_schedule *schedule,
                                  const tempo_allocator *allocator, tempo_error *error)
{
    tempo_tree *tree = NULL;
    *out = NULL;
    if (tempo_tree_new(&tree, allocator))
        return tempo__out_of_memory(error);
    const tempo_value *value = tempo_schedule_to_value(schedule, tree, NULL, NULL);
    const tempo_status status =
        value ? tempo_schedule_from_value(out, value, allocator, error) : tempo__out_of_memory(error);
    tempo_tree_free(tree);
    return status;
}

/* --- copies --- */

static tempo_status copy_fields(tempo__arena *arena, tempo_group *group, tempo_error *error)
{
    tempo_field *fields = tempo__arena_take(arena, group->field_count, sizeof *fields);
    const char *name = tempo__group_name(group);
    group->name = tempo__arena_copy_text(arena, name, strlen(name));
    if (!fields || !group->name)
        return tempo__out_of_memory(error);
    for (size_t i = 0; i < group->field_count; i++) {
        fields[i] = group->fields[i];
        fields[i].name = tempo__arena_copy_text(arena, fields[i].name, strlen(fields[i].name));
        if (!fields[i].name)
            return tempo__out_of_memory(error);
    }
    group->fields = fields;
    return TEMPO_OK;
}

static tempo_status copy_groups(tempo__setup *setup, const tempo_group *groups, size_t count, tempo_error *error)
{
    setup->groups = tempo__arena_take(&setup->arena, count, sizeof *setup->groups);
    if (!setup->groups)
        return tempo__out_of_memory(error);
    setup->group_count = count;
    for (size_t i = 0; i < count; i++) {
        setup->groups[i] = groups[i];
        const tempo_status status = copy_fields(&setup->arena, &setup->groups[i], error);
        if (status)
            return status;
    }
    return TEMPO_OK;
}

/* --- slots --- */

size_t tempo__memory_of(const tempo_type *type)
{
    size_t count = !type->value && !type->follow;
    for (size_t i = 0; type->memory && type->memory[i]; i++)
        count++;
    return count;
}

/* Whether each of the schedules can go on from what it finds: alone, any schedule can. */
static bool can_chain(const tempo__track *track)
{
    for (size_t i = 0; track->stack_count > 1 && i < track->stack_count; i++)
        if (!track->stack[i].type->next && !track->stack[i].type->listen)
            return false;
    return true;
}

static bool follows(const tempo__track *track)
{
    for (size_t i = 0; i < track->stack_count; i++)
        if (track->stack[i].type->follow)
            return true;
    return false;
}

static bool is_alike(const tempo__track *a, const tempo__track *b)
{
    bool alike = a->stack_count == b->stack_count && a->seen.base == b->seen.base;
    for (size_t i = 0; alike && i < a->stack_count; i++)
        alike = a->stack[i].prepared == b->stack[i].prepared && a->stack[i].type == b->stack[i].type &&
                !a->stack[i].type->follow && !tempo__memory_of(a->stack[i].type);
    return alike;
}

static tempo_status make_slots(tempo__setup *setup, tempo_stepper_mode mode, tempo_error *error)
{
    const tempo_plan *plan = setup->plan;
    setup->slots = tempo__arena_take(&setup->arena, plan->track_count, sizeof *setup->slots);
    if (!setup->slots)
        return tempo__out_of_memory(error);
    for (size_t i = 0; i < plan->track_count; i++) {
        const tempo__track *track = &plan->tracks[i];
        const tempo_field *field = &setup->groups[track->seen.group_index].fields[track->seen.field_index];
        setup->slots[i] = (tempo__slot){
            .track = track,
            .chains = mode == TEMPO_STEPPER_RECURSIVE && can_chain(track),
            .follows = follows(track),
            .is_alike = i > 0 && is_alike(track, track - 1),
            .memory = setup->memory_count,
            .value = track->seen.base,
            .as_double = field->as_double,
            .as_float = field->as_float,
        };
        setup->has_followers = setup->has_followers || setup->slots[i].follows;
        for (size_t s = 0; s < track->stack_count; s++)
            setup->memory_count += tempo__memory_of(track->stack[s].type);
    }
    setup->memory = tempo__arena_take(&setup->arena, setup->memory_count, sizeof *setup->memory);
    setup->pending = tempo__arena_take(&setup->arena, setup->memory_count, sizeof *setup->pending);
    return setup->memory && setup->pending ? TEMPO_OK : tempo__out_of_memory(error);
}

tempo_status tempo__setup_new(tempo__setup *out, const tempo_stepper *stepper, const tempo_run *run,
                              const tempo_group *groups, size_t group_count, tempo_schedule *schedule,
                              tempo_error *error)
{
    *out = (tempo__setup){.schedule = NULL};
    tempo__arena_init(&out->arena, &stepper->allocator);
    tempo_status status = copy_groups(out, groups, group_count, error);
    const tempo__request request = {
        .run = run,
        .groups = out->groups,
        .group_count = group_count,
        .schedule = schedule,
        .options = &stepper->bind,
        .error = error,
        .is_stepped = true,
    };
    if (!status)
        status = tempo__plan_bind(&out->plan, &request);
    if (!status)
        status = make_slots(out, stepper->mode, error);
    if (status)
        tempo__setup_free(out);
    else
        out->schedule = schedule;
    return status;
}

void tempo__setup_free(tempo__setup *setup)
{
    tempo_plan_free(setup->plan);
    tempo_schedule_free(setup->schedule);
    tempo__arena_free(&setup->arena);
    *setup = (tempo__setup){.schedule = NULL};
}
