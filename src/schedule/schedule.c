/* schedule.c: schedules from data: types looked up, their parameters read, stacks. Knows no type by name and no
 * run. */
#include <tempo/schedule.h>

#include <stdio.h>
#include <string.h>

#include "schedule/argument.h"
#include "schedule/hash.h"
#include "schedule/text.h"

struct tempo_schedule {
    tempo__arena arena;
    tempo_tree *tree; /* what was given: a list of maps */
    tempo__entry *entries;
    size_t count;
};

/* The keys that every type has beside its own parameters. */
static const char *const common_keys[] = {"type", "field", "groups", "every"};
enum { TYPE_KEY, COMMON_KEY_COUNT = sizeof common_keys / sizeof common_keys[0] };

/* --- one schedule --- */

static const tempo_parameter *find_parameter(const tempo_type *type, const char *key)
{
    for (size_t i = 0; i < type->parameter_count; i++)
        if (strcmp(type->parameters[i].name, key) == 0)
            return &type->parameters[i];
    return NULL;
}

static tempo_status fail_nested_key(const tempo__builder *b, const tempo_value *member)
{
    tempo__fail(b->error, TEMPO_CONFLICT, "a schedule inside another one has no %s of its own", member->key);
    tempo__advise(b->error, "give it to the one around it");
    return tempo__blame_value(b, TEMPO_CONFLICT, member->key, &member->key_place);
}

static tempo_status check_key(const tempo__builder *b, const tempo_type *type, const tempo_value *member)
{
    tempo__nearest nearest = {member->key, NULL, 0};
    for (size_t i = 0; i < COMMON_KEY_COUNT; i++) {
        if (strcmp(member->key, common_keys[i]) == 0)
            return b->is_nested && i != TYPE_KEY ? fail_nested_key(b, member) : TEMPO_OK;
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
    return tempo__blame_value(b, TEMPO_UNKNOWN_NAME, member->key, &member->key_place);
}

/* With `only`, that is the type, named or not. */
static tempo_status find_type(const tempo__builder *b, const tempo_value *map, const char *only, const tempo_type **out)
{
    const tempo_value *type = tempo_value_member(map, "type");
    *out = only ? tempo_type_find(only) : NULL;
    if (!type && *out)
        return TEMPO_OK;
    if (!type) {
        tempo__fail(b->error, TEMPO_MISSING, "a schedule has no type");
        tempo__advise(b->error,
                      "give it a type: such as composer.CosineAnnealingWithWarmupScheduler ('tempo list' shows all)");
        tempo__blame_value(b, TEMPO_MISSING, NULL, &map->place);
        return TEMPO_MISSING;
    }
    if (type->kind != TEMPO_VALUE_TEXT) {
        tempo__fail_kind(b, "type", type, "the name of a type");
        return TEMPO_BAD_TYPE;
    }
    if (only && strcmp(type->text, only) != 0) {
        tempo__fail(b->error, TEMPO_CONFLICT, "the type is %s, but must be %s here", type->text, only);
        tempo__blame_value(b, TEMPO_CONFLICT, "type", &type->place);
        return TEMPO_CONFLICT;
    }
    *out = tempo_type_find(type->text);
    if (*out)
        return TEMPO_OK;
    tempo__fail(b->error, TEMPO_UNKNOWN_NAME, "there is no schedule type '%s'", type->text);
    const char *nearest = tempo_type_nearest(type->text);
    if (nearest)
        tempo__advise(b->error, "did you mean %s?", nearest);
    else
        tempo__advise(b->error, "'tempo list' shows all types");
    tempo__blame_value(b, TEMPO_UNKNOWN_NAME, "type", &type->place);
    return TEMPO_UNKNOWN_NAME;
}

static const tempo_value *default_value(tempo_tree *tree, const tempo_parameter *parameter)
{
    const char *text = parameter->default_text;
    if (*text != '[')
        return tempo_tree_add_scalar(tree, NULL, NULL, 0, text, strlen(text));
    char schedule[128];
    (void)snprintf(schedule, sizeof schedule, "type default=%s", text);
    if (tempo_schedule_read(tree, NULL, NULL, schedule, NULL))
        return NULL; /* memory is out: a table holds nothing else that could fail */
    return tempo_value_at(tempo_tree_root(tree), "[0].default");
}

/* Defaults are text in the one-line form, and go the way of everything that is given. */
static tempo_status read_default(const tempo__builder *b, const tempo_parameter *parameter, tempo__argument *out)
{
    tempo_tree *tree = NULL;
    if (tempo_tree_new(&tree, &b->arena->allocator))
        return tempo__out_of_memory(b->error);
    const tempo_value *value = default_value(tree, parameter);
    const tempo_status status = value ? tempo__read_argument(b, parameter, value, out) : tempo__out_of_memory(b->error);
    tempo_tree_free(tree);
    return status;
}

static tempo_status read_arguments(const tempo__builder *b, const tempo_type *type, const tempo_value *map,
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
            return tempo__blame_value(b, TEMPO_CONFLICT, member->key, &member->key_place);
        }
        const tempo_parameter *parameter = find_parameter(type, member->key);
        if (!parameter)
            continue;
        tempo__argument *argument = &arguments[parameter - type->parameters];
        argument->given = true;
        const tempo_status read = tempo__read_argument(b, parameter, member, argument);
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
            return tempo__blame_value(b, TEMPO_MISSING, NULL, named ? &named->place : &map->place);
        }
        const tempo_status status = read_default(b, parameter, &arguments[i]);
        if (status)
            return status;
    }
    return TEMPO_OK;
}

static tempo_status read_groups(const tempo__builder *b, const tempo_value *value, tempo__entry *entry)
{
    const bool one = value->kind == TEMPO_VALUE_TEXT;
    if (!one && (value->kind != TEMPO_VALUE_LIST || !value->count))
        return tempo__fail_kind(b, "groups", value, "a list of group names");
    entry->group_count = one ? 1 : value->count;
    const char **names = tempo__arena_take(b->arena, entry->group_count, sizeof *names);
    if (!names)
        return tempo__out_of_memory(b->error);
    entry->groups = names;
    for (const tempo_value *name = one ? value : value->first; name; name = one ? NULL : name->next) {
        const tempo_status status = tempo__read_name(b, "groups", name, names++);
        if (status)
            return status;
    }
    return TEMPO_OK;
}

/* The time of one step. */
static tempo_status read_every(const tempo__builder *b, const tempo_value *value, tempo__entry *entry)
{
    static const tempo_parameter every = {"every", TEMPO_TIME, NULL, RANGE_ABOVE_0, "the time of one step"};
    if (entry->type->counting == TEMPO__COUNTS_NOTHING) {
        tempo__fail(b->error, TEMPO_CONFLICT, "%s does not count steps, so every has no effect", entry->type->name);
        return tempo__blame_value(b, TEMPO_CONFLICT, "every", &value->key_place);
    }
    entry->has_every = true;
    const tempo_status status = tempo__read_time(b, &every, value, &entry->every);
    if (status || (entry->every.unit != TEMPO_DURATION && entry->every.unit != TEMPO_SECOND))
        return status;
    tempo__fail(b->error, TEMPO_BAD_VALUE, "every is %s, but must be in ba, ep, sp, tok or iter", value->text);
    return tempo__blame_value(b, TEMPO_BAD_VALUE, "every", &value->place);
}

tempo_status tempo__read_entry(const tempo__builder *b, const tempo_value *map, const char *only_type,
                               tempo__entry *entry)
{
    if (map->kind != TEMPO_VALUE_MAP) {
        tempo__fail(b->error, TEMPO_BAD_TYPE, "a schedule must be a map with a type, not %s",
                    tempo_value_kind_text(map->kind));
        return tempo__blame_value(b, TEMPO_BAD_TYPE, NULL, &map->place);
    }
    tempo_status status = find_type(b, map, only_type, &entry->type);
    if (!status)
        status = read_arguments(b, entry->type, map, &entry->arguments);
    const tempo_value *field = tempo_value_member(map, "field");
    const tempo_value *groups = tempo_value_member(map, "groups");
    entry->field = "lr";
    if (!status && field)
        status = tempo__read_name(b, "field", field, &entry->field);
    if (!status && groups)
        status = read_groups(b, groups, entry);
    const tempo_value *every = tempo_value_member(map, "every");
    if (!status && every)
        status = read_every(b, every, entry);
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
        char path[TEMPO__PATH_MAX];
        (void)snprintf(path, sizeof path, "schedules[%zu]", schedule->count);
        const tempo__builder b = {&schedule->arena, error, path, false};
        const tempo_status status = tempo__read_entry(&b, map, NULL, &schedule->entries[schedule->count]);
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

uint64_t tempo_schedule_hash(const tempo_schedule *schedule)
{
    return tempo__value_hash(tempo_tree_root(schedule->tree));
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
