/* bind.c: schedules, a run and groups become a plan, in one block; and what types call while they are bound.
 * Knows no type by name and no document. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "plan/internal.h"

/* --- for the families --- */

void *tempo__prepare(tempo__binding *binding, size_t count, size_t size)
{
    return tempo__arena_take(binding->arena, count, size);
}

tempo_status tempo__bind_fail(tempo__binding *binding, size_t parameter, tempo_status status, const char *format, ...)
{
    char message[320];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    tempo__fail(binding->error, status, "%s", message);
    tempo__blame(binding->error, "%s.%s", binding->path, binding->type->parameters[parameter].name);
    return status;
}

tempo_status tempo__bind_need(tempo__binding *binding, const char *path, const char *fact, const char *format, ...)
{
    char message[320];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    tempo__fail(binding->error, TEMPO_MISSING_FACT, "%s", message);
    tempo__advise(binding->error, "give %s of the run", fact);
    tempo__blame(binding->error, "%s", path);
    if (binding->error)
        binding->error->fact = fact;
    return TEMPO_MISSING_FACT;
}

tempo_status tempo__refuse_ratio(const tempo__binding *binding)
{
    const double ratio = binding->facts->ratio;
    if (ratio == 1.0)
        return TEMPO_OK;
    char number[TEMPO__NUMBER_MAX];
    tempo__number_print(number, ratio);
    tempo__fail(binding->error, TEMPO_CONFLICT, "%s cannot be stretched by the scale schedule ratio, which is %s",
                binding->type->name, number);
    tempo__advise(binding->error, "leave the ratio at 1, and write the lengths that are meant");
    tempo__blame(binding->error, "run.scale_schedule_ratio");
    return TEMPO_CONFLICT;
}

int64_t tempo__run_batches(const tempo__binding *binding)
{
    const tempo__facts *facts = binding->facts;
    if (!facts->has_max_duration || binding->is_nested)
        return -1;
    return tempo__batch_of(facts, facts->max_duration.unit, facts->max_duration.count);
}

const tempo_function *tempo__bind_function(const tempo__binding *binding, const char *name)
{
    for (size_t i = 0; i < binding->options->function_count; i++)
        if (strcmp(binding->options->functions[i].name, name) == 0)
            return &binding->options->functions[i];
    return NULL;
}

tempo_status tempo__take_function(tempo__binding *binding, size_t parameter, const tempo_function **out)
{
    const char *name = binding->arguments[parameter].name;
    const tempo_function *function = tempo__bind_function(binding, name);
    tempo_function *copy = tempo__prepare(binding, 1, sizeof *copy);
    *out = copy;
    if (!copy)
        return tempo__out_of_memory(binding->error);
    if (!function || !function->of_step) {
        tempo__bind_fail(binding, parameter, TEMPO_UNKNOWN_NAME,
                         function ? "the function '%s' does not take a step" : "there is no function '%s'", name);
        tempo__advise(binding->error, "only a program can supply one, through tempo_bind_options, as of_step");
        return TEMPO_UNKNOWN_NAME;
    }
    *copy = *function;
    return TEMPO_OK;
}

/* --- binding --- */

/* What one step of a schedule is: what it says, or what its system counts. */
static tempo__steps steps_of(const tempo__entry *entry, const tempo__facts *facts)
{
    const tempo__counting counting = entry->type->counting;
    tempo_unit unit = TEMPO_BATCH;
    if (counting == TEMPO__COUNTS_EPOCHS || (counting == TEMPO__COUNTS_STEPS && !facts->steps_every_batch))
        unit = TEMPO_EPOCH;
    if (entry->has_every)
        unit = entry->every.unit;
    return (tempo__steps){unit, tempo__counter_offset(unit), entry->has_every ? entry->every.count : 1};
}

/* Of the fields to which the schedule is this: least and greatest; infinite if there is none. */
static void find_bases(tempo__binding *binding, const tempo__request *r, tempo__role role)
{
    binding->least_base = INFINITY;
    binding->greatest_base = -INFINITY;
    for (size_t g = 0; g < r->group_count; g++)
        for (size_t f = 0; f < r->groups[g].field_count; f++)
            if (tempo__role_of(r, binding->index, g, &r->groups[g].fields[f]) == role) {
                const double base = r->groups[g].fields[f].base;
                binding->least_base = fmin(binding->least_base, base);
                binding->greatest_base = fmax(binding->greatest_base, base);
            }
}

/* What cannot be told from a time alone wants a stepper, or what the schedule has heard. */
static tempo_status check_closed_form(const tempo__request *r, const tempo_type *type, size_t index)
{
    if (r->is_stepped || type->value || type->follow || (type->listen && r->options->metrics))
        return TEMPO_OK;
    const tempo_status status = type->listen ? TEMPO_MISSING : TEMPO_CONFLICT;
    tempo__fail(r->error, status,
                type->listen ? "%s listens to a metric, and none is given"
                             : "%s has no closed form: its value comes about step by step",
                type->name);
    tempo__advise(r->error,
                  type->listen ? "give --metrics FILE with one value a step, or use a stepper" : "use a stepper");
    tempo__blame(r->error, "schedules[%zu]", index);
    return status;
}

/* Binds a schedule in one of its roles. */
static tempo_status bind_entry(tempo_plan *plan, const tempo__request *r, size_t index, tempo__role role,
                               tempo__bound *out)
{
    const tempo__entry *entry = tempo__schedule_entry(r->schedule, index);
    char path[TEMPO__PATH_MAX];
    (void)snprintf(path, sizeof path, "schedules[%zu]", index);
    tempo__binding binding = {
        .facts = &plan->facts,
        .type = entry->type,
        .arguments = entry->arguments,
        .steps = steps_of(entry, &plan->facts),
        .has_every = entry->has_every,
        .is_companion = role == TEMPO__COMPANION,
        .is_stepped = r->is_stepped,
        .options = r->options,
        .index = index,
        .path = path,
        .arena = &plan->arena,
        .silent = r->silent || role == TEMPO__COMPANION,
        .error = r->error,
    };
    find_bases(&binding, r, role);
    if (isinf(binding.greatest_base))
        return TEMPO_OK;
    void *prepared = NULL;
    tempo_status status = entry->type->bind(&binding, &prepared);
    if (!status)
        status = check_closed_form(r, binding.type, index);
    if (status)
        return status;
    if (binding.type->counting != TEMPO__COUNTS_NOTHING)
        binding.reads |= 1U << binding.steps.unit;
    plan->reads |= binding.reads;
    const int64_t from = binding.undefined_from;
    if (from && (!plan->undefined_from || from < plan->undefined_from))
        plan->undefined_from = from;
    *out = (tempo__bound){.value = binding.type->value,
                          .prepared = prepared,
                          .type = binding.type,
                          .index = index,
                          .steps = binding.steps,
                          .undefined_step = binding.undefined_step};
    return r->options->expressions ? tempo__express(&binding, &out->expression, &out->lacking) : TEMPO_OK;
}

enum { ROLES = TEMPO__COMPANION + 1 }; /* TEMPO__NO_ROLE stays empty */

static tempo_status bind_entries(tempo_plan *plan, const tempo__request *r, tempo__bound *entries)
{
    const size_t count = tempo_schedule_count(r->schedule);
    for (size_t i = 0; i < count; i++) {
        const tempo_type *type = tempo__schedule_entry(r->schedule, i)->type;
        tempo_status status = bind_entry(plan, r, i, TEMPO__DRIVES, &entries[i * ROLES + TEMPO__DRIVES]);
        if (!status && type->companions)
            status = bind_entry(plan, r, i, TEMPO__COMPANION, &entries[i * ROLES + TEMPO__COMPANION]);
        if (status)
            return status;
    }
    return TEMPO_OK;
}

static tempo_status check_fields(const tempo__request *r)
{
    for (size_t g = 0; g < r->group_count; g++)
        for (size_t f = 0; f < r->groups[g].field_count; f++) {
            const tempo_field *field = &r->groups[g].fields[f];
            if (isfinite(field->base))
                continue;
            tempo__fail(r->error, TEMPO_BAD_VALUE, "the base value of %s must be a finite number", field->name);
            if (tempo__group_name(&r->groups[g])[0] || r->group_count > 1)
                tempo__blame(r->error, "optimizer.groups[%zu].%s", g, field->name);
            else
                tempo__blame(r->error, "optimizer.%s", field->name);
            return TEMPO_BAD_VALUE;
        }
    return TEMPO_OK;
}

/* --- tracks --- */

/* A schedule that ignores its base would undo what comes before it. */
static tempo_status check_order(const tempo__request *r, const tempo__bound *bound, size_t before)
{
    if (!before || !bound->type->absolute)
        return TEMPO_OK;
    tempo__fail(r->error, TEMPO_CONFLICT, "%s gives an absolute value, so the schedule before it would have no effect",
                bound->type->name);
    tempo__advise(r->error, "put it first: what multiplies comes after it");
    tempo__blame(r->error, "schedules[%zu]", bound->index);
    return TEMPO_CONFLICT;
}

/* Lets a schedule hear all metrics, and notes what it made of them, from the base of the track. */
static tempo_status hear(tempo_plan *plan, const tempo__request *r, tempo__bound *bound, double base)
{
    const tempo_type *type = bound->type;
    const size_t count = r->options->metric_count;
    size_t slots = 0;
    while (type->memory[slots])
        slots++;
    double *memory = tempo__arena_take(&plan->arena, slots, sizeof *memory);
    double *heard = tempo__arena_take(&plan->arena, count + 1, sizeof *heard);
    if (!memory || !heard)
        return tempo__out_of_memory(r->error);
    heard[0] = type->begin(bound->prepared, memory, base);
    for (size_t i = 0; i < count; i++)
        heard[i + 1] = type->listen(bound->prepared, memory, (int64_t)i + 1, r->options->metrics[i], base, heard[i]);
    bound->heard = heard;
    bound->heard_count = count + 1;
    const int64_t end = tempo__batch_of_step(&plan->facts, &bound->steps, (int64_t)count + 1);
    if (end > 0 && (!plan->undefined_from || end < plan->undefined_from))
        plan->undefined_from = end;
    return TEMPO_OK;
}

/* One field of one group: the schedules that drive it, in their order. */
static tempo_status add_track(tempo_plan *plan, const tempo__request *r, const tempo__bound *entries, size_t g,
                              size_t f)
{
    const tempo_group *group = &r->groups[g];
    const tempo_field *field = &group->fields[f];
    const size_t count = tempo_schedule_count(r->schedule);
    tempo__track *t = &plan->tracks[plan->track_count];
    for (size_t i = 0; i < count; i++)
        t->stack_count += tempo__role_of(r, i, g, field) != TEMPO__NO_ROLE;
    if (!t->stack_count)
        return TEMPO_OK;
    t->stack = tempo__arena_take(&plan->arena, t->stack_count, sizeof *t->stack);
    char *group_name = tempo__arena_copy_text(&plan->arena, tempo__group_name(group), strlen(tempo__group_name(group)));
    char *field_name = tempo__arena_copy_text(&plan->arena, field->name, strlen(field->name));
    if (!t->stack || !group_name || !field_name)
        return tempo__out_of_memory(r->error);
    t->seen = (tempo_track){group_name, field_name, g, f, field->base};
    plan->track_count++;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const tempo__role role = tempo__role_of(r, i, g, field);
        if (role == TEMPO__NO_ROLE)
            continue;
        tempo__bound *bound = &t->stack[used];
        *bound = entries[i * ROLES + role];
        tempo_status status = check_order(r, bound, used++);
        if (!status && bound->type->listen && r->options->metrics)
            status = hear(plan, r, bound, field->base);
        if (status)
            return status;
    }
    return TEMPO_OK;
}

/* The track of another field of the same group; NULL: no schedule drives that. Tracks of a group stand together. */
static const tempo__track *find_track(const tempo_plan *plan, const tempo__track *track, const char *field)
{
    const tempo__track *other = track, *end = plan->tracks + plan->track_count;
    while (other > plan->tracks && other[-1].seen.group_index == track->seen.group_index)
        other--;
    for (; other < end && other->seen.group_index == track->seen.group_index; other++)
        if (strcmp(other->seen.field, field) == 0)
            return other;
    return NULL;
}

static tempo_status fail_leader(const tempo__request *r, const tempo__track *track, const tempo__bound *bound,
                                const char *name, bool is_driven)
{
    const tempo_track *seen = &track->seen;
    const bool is_itself = strcmp(seen->field, name) == 0;
    if (is_itself)
        tempo__fail(r->error, TEMPO_CONFLICT, "%s cannot follow itself", name);
    else if (is_driven)
        tempo__fail(r->error, TEMPO_CONFLICT, "%s cannot follow %s, which follows a field itself", seen->field, name);
    else if (*seen->group)
        tempo__fail(r->error, TEMPO_CONFLICT, "%s follows %s, which no schedule drives in group '%s'", seen->field,
                    name, seen->group);
    else
        tempo__fail(r->error, TEMPO_CONFLICT, "%s follows %s, which no schedule drives", seen->field, name);
    if (is_itself)
        tempo__advise(r->error, "say which field the schedule drives: field: weight_decay");
    else if (is_driven)
        tempo__advise(r->error, "follow a field whose own schedules follow none");
    else
        tempo__advise(r->error, "give %s a schedule", name);
    tempo__blame(r->error, "schedules[%zu].%s", bound->index, bound->type->parameters[bound->type->leader].name);
    return TEMPO_CONFLICT;
}

/* The track that one of another field of the group follows. */
static tempo_status find_leader(const tempo_plan *plan, const tempo__request *r, const tempo__track *track,
                                tempo__bound *bound)
{
    const char *name = tempo__schedule_entry(r->schedule, bound->index)->arguments[bound->type->leader].name;
    const tempo__track *leader = find_track(plan, track, name);
    if (!leader || tempo__follows(leader))
        return fail_leader(r, track, bound, name, leader != NULL);
    bound->leader = leader;
    return TEMPO_OK;
}

static tempo_status find_leaders(tempo_plan *plan, const tempo__request *r)
{
    for (size_t t = 0; t < plan->track_count; t++)
        for (size_t i = 0; i < plan->tracks[t].stack_count; i++) {
            tempo__bound *bound = &plan->tracks[t].stack[i];
            const tempo_status status = bound->type->follow ? find_leader(plan, r, &plan->tracks[t], bound) : TEMPO_OK;
            if (status)
                return status;
        }
    return TEMPO_OK;
}

/* --- the plan --- */

static void note_rounded_duration(const tempo__facts *facts, const tempo__request *r)
{
    const double exact = (double)facts->unscaled_max_duration.count * facts->ratio;
    if (r->silent || !facts->has_max_duration || r->options->max_duration_is_scaled ||
        exact == (double)facts->max_duration.count)
        return;
    char words[TEMPO__TIME_WORDS_MAX], ratio[TEMPO__NUMBER_MAX], scaled[TEMPO__TIME_WORDS_MAX];
    tempo__time_words(words, facts->unscaled_max_duration);
    tempo__time_words(scaled, facts->max_duration);
    tempo__number_print(ratio, facts->ratio);
    tempo__find(r->options, TEMPO_FINDING_RATIO_ROUNDS, "run.max_duration",
                "give max_duration in a smaller unit, or a ratio that divides it",
                "max_duration %s times scale_schedule_ratio %s is truncated to %s", words, ratio, scaled);
}

/* A sketch needs only the room for it. */
static tempo_status keep_schedules(tempo_plan *plan, const tempo__request *r)
{
    const size_t length = r->schedules_length;
    char *text = tempo__arena_take(&plan->arena, length + 1, 1);
    if (!text)
        return tempo__out_of_memory(r->error);
    if (r->silent)
        (void)tempo_schedule_print(text, length + 1, r->schedule);
    plan->schedules = text;
    return TEMPO_OK;
}

static tempo_status fill(tempo_plan *plan, const tempo__request *r)
{
    plan->run = *r->run;
    plan->has_expressions = r->options->expressions;
    if (r->run->max_duration) {
        plan->run.max_duration =
            tempo__arena_copy_text(&plan->arena, r->run->max_duration, strlen(r->run->max_duration));
        if (!plan->run.max_duration)
            return tempo__out_of_memory(r->error);
    }
    tempo_status status = tempo__facts_read(&plan->facts, &plan->run, r->options->max_duration_is_scaled, r->error);
    if (!status)
        status = check_fields(r);
    if (!status)
        status = keep_schedules(plan, r);
    if (status)
        return status;
    note_rounded_duration(&plan->facts, r);
    size_t fields = 0;
    for (size_t g = 0; g < r->group_count; g++)
        fields += r->groups[g].field_count;
    plan->tracks = tempo__arena_take(&plan->arena, fields, sizeof *plan->tracks);
    tempo__bound *entries = tempo__arena_take(&plan->arena, tempo_schedule_count(r->schedule), ROLES * sizeof *entries);
    if (!plan->tracks || !entries)
        return tempo__out_of_memory(r->error);
    status = bind_entries(plan, r, entries);
    for (size_t g = 0; !status && g < r->group_count; g++)
        for (size_t f = 0; !status && f < r->groups[g].field_count; f++)
            status = add_track(plan, r, entries, g, f);
    return status ? status : find_leaders(plan, r);
}

/* Builds a plan whose every byte comes from one arena, the plan itself first. */
static tempo_status build(tempo_plan **out, const tempo__request *r, size_t *bytes)
{
    *out = NULL;
    tempo__arena arena;
    tempo__arena_init(&arena, r->options->allocator);
    if (*bytes && !tempo__arena_reserve(&arena, *bytes))
        return tempo__out_of_memory(r->error);
    tempo_plan *plan = tempo__arena_take(&arena, 1, sizeof *plan);
    if (!plan)
        return tempo__out_of_memory(r->error);
    plan->arena = arena;
    const tempo_status status = fill(plan, r);
    *bytes = plan->arena.used;
    if (status)
        tempo_plan_free(plan);
    else
        *out = plan;
    return status;
}

tempo_status tempo__plan_bind(tempo_plan **out, const tempo__request *request)
{
    static const tempo_bind_options none = {.allocator = NULL};
    *out = NULL;
    tempo__request r = *request;
    if (!r.options)
        r.options = &none;
    tempo__arena scratch;
    tempo__arena_init(&scratch, r.options->allocator);
    tempo_status status = tempo__find_targets(&r, &scratch);
    /* Built twice: the first time to find every error and how many bytes it takes, so that the second
     * one is a single block. */
    tempo_plan *sketch = NULL;
    size_t bytes = 0;
    r.schedules_length = tempo_schedule_print(NULL, 0, r.schedule);
    if (!status)
        status = build(&sketch, &r, &bytes);
    tempo_plan_free(sketch);
    r.silent = true;
    if (!status)
        status = build(out, &r, &bytes);
    tempo__arena_free(&scratch);
    return status;
}

tempo_status tempo_plan_bind(tempo_plan **out, const tempo_run *run, const tempo_group *groups, size_t group_count,
                             const tempo_schedule *schedule, const tempo_bind_options *options, tempo_error *error)
{
    const tempo__request request = {
        .run = run,
        .groups = groups,
        .group_count = group_count,
        .schedule = schedule,
        .options = options,
        .error = error,
        .is_stepped = options && options->stepped,
    };
    return tempo__plan_bind(out, &request);
}
