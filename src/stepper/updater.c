/* updater.c: a field of every group, moved on by a function of the caller's. Knows no schedule. */
#include <tempo/updater.h>

#include <math.h>
#include <string.h>

#include "base/internal.h"

/* The caller's number; either pointer, or both, may be NULL. */
typedef struct number {
    float *as_float;
    double *as_double;
} number;

struct tempo_updater {
    tempo__arena arena;
    tempo_update_rule rule; /* with a field of our own */
    int64_t num_updates;
    size_t group_count;
    number *numbers; /* these four have one element per group */
    double *base;
    double *current; /* as last seen or written */
    double *answer;
};

/* --- the caller's numbers --- */

/* A float that still holds what was written is worth the double it was rounded from: roundings do not add up. */
static double read_number(const tempo_updater *updater, size_t group)
{
    const number *n = &updater->numbers[group];
    if (n->as_double)
        return *n->as_double;
    if (n->as_float && *n->as_float != (float)updater->current[group])
        return *n->as_float;
    return updater->current[group];
}

static void write_number(tempo_updater *updater, size_t group, double value)
{
    const number *n = &updater->numbers[group];
    updater->current[group] = value;
    if (n->as_double)
        *n->as_double = value;
    if (n->as_float)
        *n->as_float = (float)value;
}

/* `what` is "the base value", for instance. */
static tempo_status check_number(const tempo_updater *updater, size_t group, double value, const char *what,
                                 tempo_error *error)
{
    if (isfinite(value) && (!updater->numbers[group].as_float || isfinite((float)value)))
        return TEMPO_OK;
    char text[TEMPO__NUMBER_MAX];
    tempo__number_print(text, value);
    tempo__fail(error, TEMPO_BAD_VALUE, "%s of %s is %s, but must be finite%s", what, updater->rule.field, text,
                isfinite(value) ? ", also as a float" : "");
    tempo__blame(error, "optimizer.groups[%zu].%s", group, updater->rule.field);
    return TEMPO_BAD_VALUE;
}

/* --- making one --- */

static tempo_status fail_field(const tempo_group *group, size_t index, const char *name, tempo_error *error)
{
    tempo__nearest nearest = {name, NULL, 0};
    for (size_t f = 0; f < group->field_count; f++)
        tempo__nearest_offer(&nearest, group->fields[f].name);
    if (group->name && *group->name)
        tempo__fail(error, TEMPO_UNKNOWN_NAME, "group '%s' has no field '%s'", group->name, name);
    else
        tempo__fail(error, TEMPO_UNKNOWN_NAME, "group %zu has no field '%s'", index, name);
    if (nearest.best)
        tempo__advise(error, "did you mean %s?", nearest.best);
    tempo__blame(error, "optimizer.groups[%zu]", index);
    return TEMPO_UNKNOWN_NAME;
}

static tempo_status take_field(tempo_updater *updater, const tempo_group *group, size_t index, tempo_error *error)
{
    for (size_t f = 0; f < group->field_count; f++) {
        const tempo_field *field = &group->fields[f];
        if (strcmp(field->name, updater->rule.field) != 0)
            continue;
        updater->numbers[index] = (number){field->as_float, field->as_double};
        updater->base[index] = field->base;
        return check_number(updater, index, field->base, "the base value", error);
    }
    return fail_field(group, index, updater->rule.field, error);
}

/* Everything but the numbers, in one arena, the updater itself first. */
static tempo_updater *make(const tempo_update_rule *rule, size_t group_count, const tempo_allocator *allocator)
{
    tempo__arena arena;
    tempo__arena_init(&arena, allocator);
    const char *field = rule->field ? rule->field : "lr";
    tempo_updater *updater = tempo__arena_take(&arena, 1, sizeof *updater);
    number *numbers = tempo__arena_take(&arena, group_count, sizeof *numbers);
    double *base = tempo__arena_take(&arena, group_count, sizeof *base);
    double *current = tempo__arena_take(&arena, group_count, sizeof *current);
    double *answer = tempo__arena_take(&arena, group_count, sizeof *answer);
    field = tempo__arena_copy_text(&arena, field, strlen(field));
    if (!updater || !numbers || !base || !current || !answer || !field) {
        tempo__arena_free(&arena);
        return NULL;
    }
    *updater = (tempo_updater){
        .arena = arena,
        .rule = {field, rule->answer, rule->data},
        .num_updates = -1,
        .group_count = group_count,
        .numbers = numbers,
        .base = base,
        .current = current,
        .answer = answer,
    };
    return updater;
}

tempo_status tempo_updater_new(tempo_updater **out, const tempo_group *groups, size_t group_count,
                               const tempo_update_rule *rule, const tempo_allocator *allocator, tempo_error *error)
{
    *out = NULL;
    if (!group_count)
        return tempo__fail(error, TEMPO_BAD_VALUE, "there is no group to update");
    tempo_updater *updater = make(rule, group_count, allocator);
    if (!updater)
        return tempo__out_of_memory(error);
    tempo_status status = TEMPO_OK;
    for (size_t g = 0; !status && g < group_count; g++)
        status = take_field(updater, &groups[g], g, error);
    if (status) {
        tempo_updater_free(updater);
        return status;
    }
    for (size_t g = 0; g < group_count; g++)
        write_number(updater, g, updater->base[g]);
    *out = updater;
    return TEMPO_OK;
}

void tempo_updater_free(tempo_updater *updater)
{
    if (!updater)
        return;
    tempo__arena arena = updater->arena; /* the updater lies in it */
    tempo__arena_free(&arena);
}

/* --- updates --- */

tempo_status tempo_updater_update(tempo_updater *updater, int64_t num_updates, tempo_error *error)
{
    for (size_t g = 0; g < updater->group_count; g++)
        updater->current[g] = read_number(updater, g);
    const tempo_update update = {num_updates, updater->group_count, updater->current, updater->base};
    const size_t answered = updater->rule.answer(&update, updater->answer, updater->rule.data);
    const bool is_one = answered == TEMPO_ONE_VALUE;
    const size_t count = is_one ? updater->group_count : answered;
    if (count > updater->group_count)
        return tempo__fail(error, TEMPO_BAD_VALUE, "the rule for %s answered %zu values for %zu groups",
                           updater->rule.field, count, updater->group_count);
    for (size_t g = 0; g < count; g++) {
        const tempo_status status = check_number(updater, g, updater->answer[is_one ? 0 : g], "the new value", error);
        if (status)
            return status;
    }
    for (size_t g = 0; g < count; g++)
        write_number(updater, g, updater->answer[is_one ? 0 : g]);
    return TEMPO_OK;
}

tempo_status tempo_updater_step(tempo_updater *updater, tempo_error *error)
{
    if (updater->num_updates == INT64_MAX)
        return tempo__fail(error, TEMPO_OUT_OF_RANGE, "the number of updates does not fit in 64 bits");
    const tempo_status status = tempo_updater_update(updater, updater->num_updates + 1, error);
    if (!status)
        updater->num_updates++;
    return status;
}

int64_t tempo_updater_num_updates(const tempo_updater *updater)
{
    return updater->num_updates;
}

double tempo_updater_value(const tempo_updater *updater, size_t group)
{
    return read_number(updater, group);
}

/* --- saved states --- */

enum { STATE_VERSION = 1 };
enum { VERSION, FIELD, NUM_UPDATES, BASE, VALUES, KEY_COUNT };
static const struct {
    const char *name;
    tempo_value_kind kind;
} keys[KEY_COUNT] = {
    [VERSION] = {"version", TEMPO_VALUE_INTEGER},
    [FIELD] = {"param_group_field", TEMPO_VALUE_TEXT},
    [NUM_UPDATES] = {"num_updates", TEMPO_VALUE_INTEGER},
    [BASE] = {"base_lr_values", TEMPO_VALUE_LIST}, /* upstream's name, whatever the field */
    [VALUES] = {"values", TEMPO_VALUE_LIST},
};

static double base_of(const tempo_updater *updater, size_t group)
{
    return updater->base[group];
}

static bool add_list(const tempo_updater *updater, double (*number_of)(const tempo_updater *, size_t), tempo_tree *tree,
                     tempo_value *map, const char *key)
{
    tempo_value *list = tempo_tree_add(tree, map, key, strlen(key), TEMPO_VALUE_LIST);
    for (size_t g = 0; list && g < updater->group_count; g++)
        if (!tempo_tree_add_real(tree, list, NULL, number_of(updater, g)))
            return false;
    return list != NULL;
}

tempo_value *tempo_updater_save(const tempo_updater *updater, tempo_tree *tree, tempo_value *parent, const char *key)
{
    const char *field = updater->rule.field;
    tempo_value *map = tempo_tree_add(tree, parent, key, key ? strlen(key) : 0, TEMPO_VALUE_MAP);
    const bool is_whole = map && tempo_tree_add_integer(tree, map, keys[VERSION].name, STATE_VERSION) &&
                          tempo_tree_add_text(tree, map, keys[FIELD].name, field, strlen(field)) &&
                          tempo_tree_add_integer(tree, map, keys[NUM_UPDATES].name, updater->num_updates) &&
                          add_list(updater, base_of, tree, map, keys[BASE].name) &&
                          add_list(updater, tempo_updater_value, tree, map, keys[VALUES].name);
    return is_whole ? map : NULL;
}

/* Ends an error about a key; `value` is where it stands. */
static tempo_status blame_key(tempo_status status, size_t key, const tempo_value *value, tempo_error *error)
{
    tempo__blame(error, "%s", keys[key].name);
    tempo__locate(error, value->place.line, value->place.column, value->place.length);
    return status;
}

/* Finds all keys, each of its kind. */
static tempo_status take_members(const tempo_value *saved, const tempo_value *members[KEY_COUNT], tempo_error *error)
{
    for (size_t key = 0; key < KEY_COUNT; key++) {
        members[key] = tempo_value_member(saved, keys[key].name);
        if (!members[key]) {
            tempo__fail(error, TEMPO_MISSING, "the saved state of an updater has no %s", keys[key].name);
            return TEMPO_MISSING;
        }
        if (members[key]->kind == keys[key].kind)
            continue;
        tempo__fail(error, TEMPO_BAD_TYPE, "%s must be %s, not %s", keys[key].name,
                    tempo_value_kind_text(keys[key].kind), tempo_value_kind_text(members[key]->kind));
        return blame_key(TEMPO_BAD_TYPE, key, members[key], error);
    }
    return TEMPO_OK;
}

static tempo_status check_list(const tempo_updater *updater, size_t key, const tempo_value *list, tempo_error *error)
{
    if (list->count != updater->group_count) {
        tempo__fail(error, TEMPO_CONFLICT, "%s has %zu values, but the updater has %zu groups", keys[key].name,
                    list->count, updater->group_count);
        return blame_key(TEMPO_CONFLICT, key, list, error);
    }
    size_t g = 0;
    for (const tempo_value *value = list->first; value; value = value->next) {
        tempo_status status = TEMPO_OK;
        if (value->kind != TEMPO_VALUE_REAL && value->kind != TEMPO_VALUE_INTEGER)
            status = tempo__fail(error, TEMPO_BAD_TYPE, "%s must hold numbers, not %s", keys[key].name,
                                 tempo_value_kind_text(value->kind));
        else
            status = check_number(updater, g++, value->real, "the saved value", error);
        if (status)
            return blame_key(status, key, value, error);
    }
    return TEMPO_OK;
}

static tempo_status check_members(const tempo_updater *updater, const tempo_value *const members[KEY_COUNT],
                                  tempo_error *error)
{
    const int64_t version = members[VERSION]->integer, count = members[NUM_UPDATES]->integer;
    if (version != STATE_VERSION) {
        tempo__fail(error, TEMPO_UNKNOWN_NAME, "the saved state has version %lld, but this library knows %d",
                    (long long)version, STATE_VERSION);
        return blame_key(TEMPO_UNKNOWN_NAME, VERSION, members[VERSION], error);
    }
    if (strcmp(members[FIELD]->text, updater->rule.field) != 0) {
        tempo__fail(error, TEMPO_CONFLICT, "the saved state is of %s, but the updater moves %s", members[FIELD]->text,
                    updater->rule.field);
        return blame_key(TEMPO_CONFLICT, FIELD, members[FIELD], error);
    }
    if (count < -1) {
        tempo__fail(error, TEMPO_BAD_VALUE, "num_updates is %lld, but must be >= -1", (long long)count);
        return blame_key(TEMPO_BAD_VALUE, NUM_UPDATES, members[NUM_UPDATES], error);
    }
    const tempo_status status = check_list(updater, BASE, members[BASE], error);
    return status ? status : check_list(updater, VALUES, members[VALUES], error);
}

tempo_status tempo_updater_load(tempo_updater *updater, const tempo_value *saved, tempo_error *error)
{
    const tempo_value *members[KEY_COUNT];
    tempo_status status = take_members(saved, members, error);
    if (!status)
        status = check_members(updater, members, error);
    if (status)
        return status;
    const tempo_value *base = members[BASE]->first, *value = members[VALUES]->first;
    for (size_t g = 0; g < updater->group_count; g++, base = base->next, value = value->next) {
        updater->base[g] = base->real;
        write_number(updater, g, value->real);
    }
    updater->num_updates = members[NUM_UPDATES]->integer;
    return TEMPO_OK;
}
