/* schedule.c: schedules from data: types looked up, arguments checked against the registry's table. Knows
 * the kinds of parameters, but no type by name and no run. */
#include <tempo/schedule.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "schedule/text.h"
#include "schedule/type.h"

struct tempo_schedule {
    tempo__arena arena;
    tempo_tree *tree; /* what was given: a list of maps */
    tempo__entry *entries;
    size_t count;
};

/* The keys that every type has beside its own parameters. */
static const char *const common_keys[] = {"type", "field", "groups"};
enum { COMMON_KEY_COUNT = sizeof common_keys / sizeof common_keys[0] };

/* What is being read: for errors. */
typedef struct builder {
    tempo__arena *arena;
    tempo_error *error;
    size_t index; /* of the schedule in the stack */
} builder;

/* --- errors --- */

static tempo_status blame(const builder *b, tempo_status status, const char *key, const tempo_place *place)
{
    tempo__blame(b->error, key ? "schedules[%zu].%s" : "schedules[%zu]", b->index, key);
    tempo__locate(b->error, place->line, place->column, place->length);
    return status;
}

static tempo_status fail_kind(const builder *b, const char *key, const tempo_value *value, const char *wanted)
{
    tempo__fail(b->error, TEMPO_BAD_TYPE, "%s must be %s, not %s", key, wanted, tempo_value_kind_text(value->kind));
    return blame(b, TEMPO_BAD_TYPE, key, &value->place);
}

/* Words for the range of a parameter: "> 0", ">= 0", "from 0 to 1". */
static const char *range_words(char *buffer, size_t capacity, const tempo_parameter *parameter)
{
    char low[TEMPO__NUMBER_MAX], high[TEMPO__NUMBER_MAX];
    tempo__number_print(low, parameter->minimum);
    tempo__number_print(high, parameter->maximum);
    if (isinf(parameter->maximum))
        (void)snprintf(buffer, capacity, "%s %s", parameter->above_minimum ? ">" : ">=", low);
    else if (isinf(parameter->minimum))
        (void)snprintf(buffer, capacity, "<= %s", high);
    else
        (void)snprintf(buffer, capacity, "%s %s and <= %s", parameter->above_minimum ? ">" : ">=", low, high);
    return buffer;
}

static tempo_status check_range(const builder *b, const tempo_parameter *parameter, double value,
                                const tempo_value *given)
{
    if (value <= parameter->maximum &&
        (parameter->above_minimum ? value > parameter->minimum : value >= parameter->minimum))
        return TEMPO_OK;
    char range[96], number[TEMPO__NUMBER_MAX];
    tempo__number_print(number, value);
    tempo__fail(b->error, TEMPO_BAD_VALUE, "%s is %s, but must be %s", parameter->name,
                given->text ? given->text : number, range_words(range, sizeof range, parameter));
    return blame(b, TEMPO_BAD_VALUE, parameter->name, &given->place);
}

/* --- one value of each kind --- */

static tempo_status read_time(const builder *b, const tempo_parameter *parameter, const tempo_value *value,
                              tempo_time *out)
{
    if (value->kind == TEMPO_VALUE_INTEGER || value->kind == TEMPO_VALUE_REAL) {
        const char *spelled = value->text ? value->text : "a number";
        tempo__fail(b->error, TEMPO_BAD_TYPE, "%s is %s without a unit", parameter->name, spelled);
        tempo__advise(b->error, "write %sba, %sep, %stok, ... or a fraction of the run such as 0.1dur", spelled,
                      spelled, spelled);
        return blame(b, TEMPO_BAD_TYPE, parameter->name, &value->place);
    }
    if (value->kind != TEMPO_VALUE_TEXT)
        return fail_kind(b, parameter->name, value, "a time such as 10ep");
    const tempo_status status = tempo_time_parse(out, value->text, value->text_length, TEMPO_TIME_NATIVE, b->error);
    if (status)
        return blame(b, status, parameter->name, &value->place);
    const double size = out->unit == TEMPO_DURATION ? out->fraction : (double)out->count;
    return check_range(b, parameter, size, value);
}

static tempo_status read_times(const builder *b, const tempo_parameter *parameter, const tempo_value *value,
                               tempo__argument *argument)
{
    if (value->kind != TEMPO_VALUE_LIST)
        return fail_kind(b, parameter->name, value, "a list of times such as [30ep, 60ep]");
    tempo_time *times = tempo__arena_take(b->arena, value->count, sizeof *times);
    if (!times)
        return tempo__out_of_memory(b->error);
    argument->times = times;
    for (const tempo_value *element = value->first; element; element = element->next) {
        const tempo_status status = read_time(b, parameter, element, &times[argument->count++]);
        if (status)
            return status;
    }
    return TEMPO_OK;
}

static tempo_status read_real(const builder *b, const tempo_parameter *parameter, const tempo_value *value, double *out)
{
    if (value->kind != TEMPO_VALUE_INTEGER && value->kind != TEMPO_VALUE_REAL)
        return fail_kind(b, parameter->name, value, "a number");
    if (!isfinite(value->real)) {
        tempo__fail(b->error, TEMPO_BAD_VALUE, "%s is %s, but must be a finite number", parameter->name,
                    isnan(value->real) ? "not a number" : "infinite");
        return blame(b, TEMPO_BAD_VALUE, parameter->name, &value->place);
    }
    *out = value->real;
    return check_range(b, parameter, *out, value);
}

static tempo_status read_name(const builder *b, const char *key, const tempo_value *value, const char **out)
{
    if (value->kind != TEMPO_VALUE_TEXT || !value->text_length)
        return fail_kind(b, key, value, "a name");
    *out = tempo__arena_copy_text(b->arena, value->text, value->text_length);
    return *out ? TEMPO_OK : tempo__out_of_memory(b->error);
}

static tempo_status read_argument(const builder *b, const tempo_parameter *parameter, const tempo_value *value,
                                  tempo__argument *out)
{
    switch (parameter->kind) {
    case TEMPO_TIME:
        return read_time(b, parameter, value, &out->time);
    case TEMPO_TIME_LIST:
        return read_times(b, parameter, value, out);
    case TEMPO_REAL:
        return read_real(b, parameter, value, &out->real);
    case TEMPO_FLAG:
        if (value->kind != TEMPO_VALUE_BOOL)
            return fail_kind(b, parameter->name, value, "true or false");
        out->flag = value->boolean;
        return TEMPO_OK;
    case TEMPO_FUNCTION:
        return read_name(b, parameter->name, value, &out->name);
    }
    return TEMPO_OK;
}

/* --- one schedule --- */

static const tempo_parameter *find_parameter(const tempo_type *type, const char *key)
{
    for (size_t i = 0; i < type->parameter_count; i++)
        if (strcmp(type->parameters[i].name, key) == 0)
            return &type->parameters[i];
    return NULL;
}

static tempo_status check_key(const builder *b, const tempo_type *type, const tempo_value *member)
{
    tempo__nearest nearest = {member->key, NULL, 0};
    for (size_t i = 0; i < COMMON_KEY_COUNT; i++) {
        if (strcmp(member->key, common_keys[i]) == 0)
            return TEMPO_OK;
        tempo__nearest_offer(&nearest, common_keys[i]);
    }
    for (size_t i = 0; i < type->parameter_count; i++) {
        if (strcmp(member->key, type->parameters[i].name) == 0)
            return TEMPO_OK;
        tempo__nearest_offer(&nearest, type->parameters[i].name);
    }
    tempo__fail(b->error, TEMPO_UNKNOWN_NAME, "%s has no parameter '%s'", type->name, member->key);
    if (nearest.best)
        tempo__advise(b->error, "did you mean %s?", nearest.best);
    else
        tempo__advise(b->error, "'tempo show %s' lists what it has", type->name);
    return blame(b, TEMPO_UNKNOWN_NAME, member->key, &member->key_place);
}

static tempo_status find_type(const builder *b, const tempo_value *map, const tempo_type **out)
{
    const tempo_value *type = tempo_value_member(map, "type");
    if (!type) {
        tempo__fail(b->error, TEMPO_MISSING, "a schedule has no type");
        tempo__advise(b->error,
                      "give it a type: such as composer.CosineAnnealingWithWarmupScheduler ('tempo list' shows all)");
        return blame(b, TEMPO_MISSING, NULL, &map->place);
    }
    if (type->kind != TEMPO_VALUE_TEXT)
        return fail_kind(b, "type", type, "the name of a type");
    *out = tempo_type_find(type->text);
    if (*out)
        return TEMPO_OK;
    tempo__fail(b->error, TEMPO_UNKNOWN_NAME, "there is no schedule type '%s'", type->text);
    const char *nearest = tempo_type_nearest(type->text);
    if (nearest)
        tempo__advise(b->error, "did you mean %s?", nearest);
    else
        tempo__advise(b->error, "'tempo list' shows all types");
    return blame(b, TEMPO_UNKNOWN_NAME, "type", &type->place);
}

/* Defaults are text in the one-line form, and go the way of everything that is given. */
static tempo_status read_default(const builder *b, const tempo_parameter *parameter, tempo__argument *out)
{
    tempo_tree *tree = NULL;
    if (tempo_tree_new(&tree, &b->arena->allocator))
        return tempo__out_of_memory(b->error);
    const size_t length = strlen(parameter->default_text);
    const tempo_value *value = tempo_tree_add_scalar(tree, NULL, NULL, 0, parameter->default_text, length);
    const tempo_status status = value ? read_argument(b, parameter, value, out) : tempo__out_of_memory(b->error);
    tempo_tree_free(tree);
    return status;
}

static tempo_status read_arguments(const builder *b, const tempo_type *type, const tempo_value *map,
                                   const tempo__argument **out)
{
    tempo__argument *arguments = tempo__arena_take(b->arena, type->parameter_count, sizeof *arguments);
    if (!arguments)
        return tempo__out_of_memory(b->error);
    *out = arguments;
    for (const tempo_value *member = map->first; member; member = member->next) {
        const tempo_status status = check_key(b, type, member);
        if (status)
            return status;
        if (tempo_value_member(map, member->key) != member) {
            tempo__fail(b->error, TEMPO_CONFLICT, "%s is given twice", member->key);
            return blame(b, TEMPO_CONFLICT, member->key, &member->key_place);
        }
        const tempo_parameter *parameter = find_parameter(type, member->key);
        if (!parameter)
            continue;
        tempo__argument *argument = &arguments[parameter - type->parameters];
        argument->given = true;
        const tempo_status read = read_argument(b, parameter, member, argument);
        if (read)
            return read;
    }
    for (size_t i = 0; i < type->parameter_count; i++) {
        const tempo_parameter *parameter = &type->parameters[i];
        if (arguments[i].given)
            continue;
        if (!parameter->default_text) {
            tempo__fail(b->error, TEMPO_MISSING, "%s needs %s", type->name, parameter->name);
            tempo__advise(b->error, "%s: %s, %s", parameter->name, tempo_parameter_kind_text(parameter->kind),
                          parameter->help);
            const tempo_value *named = tempo_value_member(map, "type");
            return blame(b, TEMPO_MISSING, NULL, &named->place);
        }
        const tempo_status status = read_default(b, parameter, &arguments[i]);
        if (status)
            return status;
    }
    return TEMPO_OK;
}

static tempo_status read_groups(const builder *b, const tempo_value *value, tempo__entry *entry)
{
    const bool one = value->kind == TEMPO_VALUE_TEXT;
    if (!one && (value->kind != TEMPO_VALUE_LIST || !value->count))
        return fail_kind(b, "groups", value, "a list of group names");
    entry->group_count = one ? 1 : value->count;
    const char **names = tempo__arena_take(b->arena, entry->group_count, sizeof *names);
    if (!names)
        return tempo__out_of_memory(b->error);
    entry->groups = names;
    for (const tempo_value *name = one ? value : value->first; name; name = one ? NULL : name->next) {
        const tempo_status status = read_name(b, "groups", name, names++);
        if (status)
            return status;
    }
    return TEMPO_OK;
}

static tempo_status read_entry(const builder *b, const tempo_value *map, tempo__entry *entry)
{
    if (map->kind != TEMPO_VALUE_MAP) {
        tempo__fail(b->error, TEMPO_BAD_TYPE, "a schedule must be a map with a type, not %s",
                    tempo_value_kind_text(map->kind));
        return blame(b, TEMPO_BAD_TYPE, NULL, &map->place);
    }
    tempo_status status = find_type(b, map, &entry->type);
    if (!status)
        status = read_arguments(b, entry->type, map, &entry->arguments);
    const tempo_value *field = tempo_value_member(map, "field");
    const tempo_value *groups = tempo_value_member(map, "groups");
    entry->field = "lr";
    if (!status && field)
        status = read_name(b, "field", field, &entry->field);
    if (!status && groups)
        status = read_groups(b, groups, entry);
    return status;
}

/* --- the stack --- */

static tempo_status read_stack(tempo_schedule *schedule, tempo_error *error)
{
    const tempo_value *list = tempo_tree_root(schedule->tree);
    if (!list->count) {
        tempo__fail(error, TEMPO_MISSING, "there is no schedule");
        tempo__advise(error, "give at least one, such as type: composer.ConstantScheduler");
        tempo__blame(error, "schedules");
        tempo__locate(error, list->place.line, list->place.column, list->place.length);
        return TEMPO_MISSING;
    }
    schedule->entries = tempo__arena_take(&schedule->arena, list->count, sizeof *schedule->entries);
    if (!schedule->entries)
        return tempo__out_of_memory(error);
    for (const tempo_value *map = list->first; map; map = map->next) {
        const builder b = {&schedule->arena, error, schedule->count};
        const tempo_status status = read_entry(&b, map, &schedule->entries[schedule->count]);
        if (status)
            return status;
        schedule->count++;
    }
    return TEMPO_OK;
}

static tempo_schedule *new_schedule(const tempo_allocator *allocator)
{
    const tempo_allocator memory = tempo__allocator_or_default(allocator);
    tempo_schedule *schedule = tempo__allocate(&memory, sizeof *schedule);
    if (!schedule)
        return NULL;
    tempo__arena_init(&schedule->arena, &memory);
    if (tempo_tree_new(&schedule->tree, &memory)) {
        tempo__release(&memory, schedule, sizeof *schedule);
        return NULL;
    }
    return schedule;
}

/* Ends a constructor: the schedule becomes the caller's, or is freed. */
static tempo_status hand_over(tempo_schedule **out, tempo_schedule *schedule, tempo_status status)
{
    if (status)
        tempo_schedule_free(schedule);
    else
        *out = schedule;
    return status;
}

tempo_status tempo_schedule_parse(tempo_schedule **out, const char *text, const tempo_allocator *allocator,
                                  tempo_error *error)
{
    *out = NULL;
    tempo_schedule *schedule = new_schedule(allocator);
    if (!schedule)
        return tempo__out_of_memory(error);
    tempo_status status = tempo_schedule_read(schedule->tree, NULL, NULL, text, error);
    if (!status)
        status = read_stack(schedule, error);
    return hand_over(out, schedule, status);
}

tempo_status tempo_schedule_from_value(tempo_schedule **out, const tempo_value *value, const tempo_allocator *allocator,
                                       tempo_error *error)
{
    *out = NULL;
    tempo_schedule *schedule = new_schedule(allocator);
    if (!schedule)
        return tempo__out_of_memory(error);
    tempo_tree *tree = schedule->tree;
    const bool is_list = value->kind == TEMPO_VALUE_LIST;
    tempo_value *list = is_list ? tempo_tree_add_copy(tree, NULL, NULL, 0, value)
                                : tempo_tree_add(tree, NULL, NULL, 0, TEMPO_VALUE_LIST);
    const bool complete = list && (is_list || tempo_tree_add_copy(tree, list, NULL, 0, value));
    const tempo_status status = complete ? read_stack(schedule, error) : tempo__out_of_memory(error);
    return hand_over(out, schedule, status);
}

void tempo_schedule_free(tempo_schedule *schedule)
{
    if (!schedule)
        return;
    const tempo_allocator memory = schedule->arena.allocator;
    tempo_tree_free(schedule->tree);
    tempo__arena_free(&schedule->arena);
    tempo__release(&memory, schedule, sizeof *schedule);
}

tempo_value *tempo_schedule_to_value(const tempo_schedule *schedule, tempo_tree *tree, tempo_value *parent,
                                     const char *key)
{
    return tempo_tree_add_copy(tree, parent, key, key ? strlen(key) : 0, tempo_tree_root(schedule->tree));
}

size_t tempo_schedule_print(char *buffer, size_t capacity, const tempo_schedule *schedule)
{
    tempo__writer writer = {buffer, capacity, 0};
    tempo__write_stack(&writer, tempo_tree_root(schedule->tree));
    return writer.length;
}

size_t tempo_schedule_count(const tempo_schedule *schedule)
{
    return schedule->count;
}

const tempo__entry *tempo__schedule_entry(const tempo_schedule *schedule, size_t index)
{
    return index < schedule->count ? &schedule->entries[index] : NULL;
}

const tempo_type *tempo_schedule_type(const tempo_schedule *schedule, size_t index)
{
    return index < schedule->count ? schedule->entries[index].type : NULL;
}

const char *tempo_schedule_field(const tempo_schedule *schedule, size_t index)
{
    return index < schedule->count ? schedule->entries[index].field : NULL;
}

size_t tempo_schedule_group_count(const tempo_schedule *schedule, size_t index)
{
    return index < schedule->count ? schedule->entries[index].group_count : 0;
}

const char *tempo_schedule_group(const tempo_schedule *schedule, size_t index, size_t group)
{
    return group < tempo_schedule_group_count(schedule, index) ? schedule->entries[index].groups[group] : NULL;
}
