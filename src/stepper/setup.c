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

/* Whether one of the schedules takes notice of the value that it finds. */
static bool reads(const tempo__track *track)
{
    for (size_t i = 0; i < track->stack_count; i++)
        if (track->stack[i].type->next || track->stack[i].type->listen || track->stack[i].type->follow)
            return true;
    return false;
}

/* What a track shares with the one before it. */
static tempo__sharing sharing_of(const tempo__track *track)
{
    const tempo__track *before = track - 1;
    const tempo_type *first = track->stack->type;
    if (track->stack_count != before->stack_count)
        return TEMPO__SHARES_NOTHING;
    for (size_t i = 0; i < track->stack_count; i++)
        if (track->stack[i].prepared != before->stack[i].prepared || track->stack[i].type != before->stack[i].type ||
            track->stack[i].type->follow || tempo__memory_of(track->stack[i].type))
            return TEMPO__SHARES_NOTHING;
    if (track->stack_count == 1 && first->proportional)
        return TEMPO__SHARES_FACTOR;
    return tempo__same_bits(track->seen.base, before->seen.base) || first->absolute ? TEMPO__SHARES_VALUE
                                                                                    : TEMPO__SHARES_NOTHING;
}

static void make_spans(tempo__setup *setup)
{
    const tempo_plan *plan = setup->plan;
    for (size_t i = 0; i < plan->track_count; i++) {
        const tempo__sharing sharing = i ? sharing_of(&plan->tracks[i]) : TEMPO__SHARES_NOTHING;
        tempo__span *last = setup->span_count ? &setup->spans[setup->span_count - 1] : NULL;
        if (last && sharing) {
            last->sharing = sharing;
            last->count++;
        } else {
            setup->spans[setup->span_count++] = (tempo__span){i, 1, TEMPO__SHARES_NOTHING};
        }
    }
}

static bool take_arrays(tempo__setup *setup)
{
    const size_t count = setup->plan->track_count;
    setup->slots = tempo__arena_take(&setup->arena, count, sizeof *setup->slots);
    setup->spans = tempo__arena_take(&setup->arena, count, sizeof *setup->spans);
    setup->values = tempo__arena_take(&setup->arena, count, sizeof *setup->values);
    setup->next_values = tempo__arena_take(&setup->arena, count, sizeof *setup->next_values);
    setup->bases = tempo__arena_take(&setup->arena, count, sizeof *setup->bases);
    setup->doubles = tempo__arena_take(&setup->arena, count, sizeof *setup->doubles);
    setup->floats = tempo__arena_take(&setup->arena, count, sizeof *setup->floats);
    return setup->slots && setup->spans && setup->values && setup->next_values && setup->bases && setup->doubles &&
           setup->floats;
}

static tempo_status make_slots(tempo__setup *setup, tempo_stepper_mode mode, tempo_error *error)
{
    const tempo_plan *plan = setup->plan;
    if (!take_arrays(setup))
        return tempo__out_of_memory(error);
    setup->passes = 1;
    for (size_t i = 0; i < plan->track_count; i++) {
        const tempo__track *track = &plan->tracks[i];
        const tempo_field *field = &setup->groups[track->seen.group_index].fields[track->seen.field_index];
        setup->slots[i] = (tempo__slot){
            .track = track,
            .chains = mode == TEMPO_STEPPER_RECURSIVE && tempo__can_chain(track) && reads(track),
            .follows = tempo__follows(track),
            .memory = setup->memory_count,
        };
        setup->values[i] = setup->bases[i] = track->seen.base;
        setup->doubles[i] = field->as_double;
        setup->floats[i] = field->as_float;
        setup->has_doubles = setup->has_doubles || field->as_double;
        setup->has_floats = setup->has_floats || field->as_float;
        setup->passes = setup->slots[i].follows ? 2 : setup->passes;
        for (size_t s = 0; s < track->stack_count; s++)
            setup->memory_count += tempo__memory_of(track->stack[s].type);
    }
    make_spans(setup);
    setup->memory = tempo__arena_take(&setup->arena, setup->memory_count, sizeof *setup->memory);
    setup->next_memory = tempo__arena_take(&setup->arena, setup->memory_count, sizeof *setup->next_memory);
    return setup->memory && setup->next_memory ? TEMPO_OK : tempo__out_of_memory(error);
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
