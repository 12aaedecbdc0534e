/* interpret.c: the native form of a document into run, groups and schedule. Knows no text. */
#include "document/internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PATH_MAX_SHOWN = 128 };

/* --- errors --- */

static tempo_status fail_kind(const tempo_value *value, const char *path, const char *wanted, tempo_error *error)
{
    const char *name = strrchr(path, '.') ? strrchr(path, '.') + 1 : path;
    return tempo__fail_at(error, TEMPO_BAD_TYPE, &value->place, path, "%s is %s, but must be %s", name,
                          tempo__show_value(value).text, wanted);
}

/* A key that is none: offers those that are. `names` are rows of `size` bytes that start with a name. */
static tempo_status fail_key(const tempo_value *member, const char *where, const void *names, size_t size,
                             tempo_error *error)
{
    const tempo__shown key = tempo__show(member->key, member->key_length);
    char path[PATH_MAX_SHOWN], all[sizeof error->advice] = "";
    (void)snprintf(path, sizeof path, "%s%s%s", where, *where ? "." : "", key.text);
    tempo__fail_at(error, TEMPO_UNKNOWN_NAME, &member->key_place, path, "%s has no key '%s'",
                   *where ? where : "a document", key.text);
    tempo__nearest nearest = {.name = member->key};
    size_t used = 0;
    for (const char *row = names; *(const char *const *)(const void *)row; row += size) {
        const char *name = *(const char *const *)(const void *)row;
        tempo__nearest_offer(&nearest, name);
        const int length = snprintf(all + used, sizeof all - used, "%s%s", used ? ", " : "", name);
        used += used + (size_t)length < sizeof all ? (size_t)length : 0;
    }
    if (nearest.best)
        tempo__advise(error, "did you mean %s?", nearest.best);
    else
        tempo__advise(error, "its keys are %s", all);
    return TEMPO_UNKNOWN_NAME;
}

/* --- run --- */

static tempo_status read_duration(const tempo_value *value, const char *path, tempo__arena *arena, const char **out,
                                  tempo_error *error)
{
    if (value->kind == TEMPO_VALUE_INTEGER || value->kind == TEMPO_VALUE_REAL) {
        const tempo__shown shown = tempo__show_value(value);
        tempo__fail_at(error, TEMPO_BAD_TYPE, &value->place, path, "max_duration is %s without a unit", shown.text);
        tempo__advise(error, "write it as in 90ep, 5000ba or 300Btok");
        return TEMPO_BAD_TYPE;
    }
    if (value->kind != TEMPO_VALUE_TEXT)
        return fail_kind(value, path, "a time such as 90ep", error);
    tempo_time time;
    tempo_status status = tempo_time_parse(&time, value->text, value->text_length, TEMPO_TIME_NATIVE, error);
    if (status) {
        tempo__blame(error, "%s", path);
        tempo__locate(error, value->place.line, value->place.column, value->place.length);
        return status;
    }
    const tempo__shown shown = tempo__show(value->text, value->text_length);
    if (time.unit == TEMPO_DURATION || time.unit == TEMPO_SECOND) {
        status = tempo__fail_at(error, TEMPO_BAD_VALUE, &value->place, path,
                                "max_duration is %s, but must be in ep, ba, sp, tok or iter", shown.text);
        tempo__advise(error, time.unit == TEMPO_DURATION ? "dur is a fraction of max_duration itself"
                                                         : "give the length in work, not in wall-clock time");
        return status;
    }
    if (time.count <= 0)
        return tempo__fail_at(error, TEMPO_BAD_VALUE, &value->place, path, "max_duration is %s, but must be > 0",
                              shown.text);
    *out = tempo__arena_copy_text(arena, value->text, value->text_length);
    return *out ? TEMPO_OK : tempo__out_of_memory(error);
}

static tempo_status read_count(const tempo_value *value, const char *path, int64_t *out, tempo_error *error)
{
    int64_t whole = 0;
    if (value->kind == TEMPO_VALUE_REAL && fabs(value->real) >= 9223372036854775808.0)
        return tempo__fail_at(error, TEMPO_OUT_OF_RANGE, &value->place, path, "%s does not fit in 64 bits",
                              tempo__show_value(value).text);
    if (value->kind == TEMPO_VALUE_REAL && tempo__truncate(&whole, value->real) && (double)whole == value->real)
        *out = whole; /* 1e3 */
    else if (value->kind == TEMPO_VALUE_INTEGER)
        *out = value->integer;
    else
        return fail_kind(value, path, "a whole number", error);
    if (*out < 0)
        return tempo__fail_at(error, TEMPO_BAD_VALUE, &value->place, path, "%s is %s, but must be >= 0 (0: unknown)",
                              strchr(path, '.') + 1, tempo__show_value(value).text);
    return TEMPO_OK;
}

static tempo_status read_ratio(const tempo_value *value, const char *path, double *out, tempo_error *error)
{
    if (value->kind != TEMPO_VALUE_INTEGER && value->kind != TEMPO_VALUE_REAL)
        return fail_kind(value, path, "a number", error);
    *out = value->real;
    if (!(*out > 0) || isinf(*out))
        return tempo__fail_at(error, TEMPO_BAD_VALUE, &value->place, path, "%s is %s, but must be > 0 and finite",
                              strchr(path, '.') + 1, tempo__show_value(value).text);
    return TEMPO_OK;
}

static tempo_status read_fact(tempo_run *run, const tempo__fact *fact, const tempo_value *value, tempo__arena *arena,
                              tempo_error *error)
{
    char path[PATH_MAX_SHOWN];
    (void)snprintf(path, sizeof path, "run.%s", fact->name);
    void *member = (char *)run + fact->offset;
    switch (fact->kind) {
    case TEMPO__FACT_TIME:
        return read_duration(value, path, arena, member, error);
    case TEMPO__FACT_COUNT:
        return read_count(value, path, member, error);
    case TEMPO__FACT_RATIO:
        return read_ratio(value, path, member, error);
    case TEMPO__FACT_FLAG:
        break;
    }
    if (value->kind != TEMPO_VALUE_BOOL)
        return fail_kind(value, path, "true or false", error);
    *(bool *)member = value->boolean;
    return TEMPO_OK;
}

static bool is_absent(const tempo_value *section)
{
    return !section || section->kind == TEMPO_VALUE_NULL; /* `run:` with nothing below it */
}

static tempo_status read_run(tempo_run *run, const tempo_value *section, tempo__arena *arena, tempo_error *error)
{
    if (is_absent(section))
        return TEMPO_OK;
    if (section->kind != TEMPO_VALUE_MAP)
        return fail_kind(section, "run", "a map", error);
    for (const tempo_value *member = section->first; member; member = member->next) {
        const tempo__fact *fact = tempo__facts;
        while (fact->name && strcmp(fact->name, member->key) != 0)
            fact++;
        if (!fact->name)
            return fail_key(member, "run", tempo__facts, sizeof *tempo__facts, error);
        const tempo_status status = read_fact(run, fact, member, arena, error);
        if (status)
            return status;
    }
    return TEMPO_OK;
}

/* --- optimizer --- */

static bool is_field_name(const char *name)
{
    const char *letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    return *name && strchr(letters, *name) &&
           name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
                             "0123456789")] == '\0';
}

static tempo_status read_base(tempo_field *field, const tempo_value *value, const char *name, const char *path,
                              tempo__arena *arena, tempo_error *error)
{
    if (value->kind != TEMPO_VALUE_INTEGER && value->kind != TEMPO_VALUE_REAL) {
        fail_kind(value, path, "a number", error);
        tempo__advise(error, "leave it out: only numbers that a schedule can drive belong here");
        return TEMPO_BAD_TYPE;
    }
    if (!isfinite(value->real))
        return tempo__fail_at(error, TEMPO_BAD_VALUE, &value->place, path, "%s is %s, but must be finite", name,
                              tempo__show_value(value).text);
    field->name = tempo__arena_copy_text(arena, name, strlen(name));
    field->base = value->real;
    return field->name ? TEMPO_OK : tempo__out_of_memory(error);
}

/* One field, or one for each element of a list. */
static tempo_status read_fields(tempo_group *group, const tempo_value *value, const char *where, tempo__arena *arena,
                                tempo_error *error)
{
    const tempo__shown key = tempo__show(value->key, value->key_length);
    char path[PATH_MAX_SHOWN];
    (void)snprintf(path, sizeof path, "%s.%s", where, key.text);
    if (!is_field_name(value->key))
        return tempo__fail_at(error, TEMPO_BAD_VALUE, &value->key_place, path,
                              "'%s' cannot be a field: a name has letters, digits and _, and starts with no digit",
                              key.text);
    /* One lr for each of several groups is no list: it would go unnoticed, and the base would be 1. */
    if (value->kind != TEMPO_VALUE_LIST || strcmp(value->key, "lr") == 0)
        return read_base(&group->fields[group->field_count++], value, value->key, path, arena, error);
    if (value->key_length > PATH_MAX_SHOWN)
        return tempo__fail_at(error, TEMPO_TOO_LARGE, &value->key_place, path, "the name of the list %s is too long",
                              key.text);
    size_t index = 0;
    for (const tempo_value *element = value->first; element; element = element->next, index++) {
        char name[PATH_MAX_SHOWN + 24], element_path[sizeof path + 24];
        (void)snprintf(name, sizeof name, "%s[%zu]", value->key, index);
        (void)snprintf(element_path, sizeof element_path, "%s[%zu]", path, index);
        const tempo_status status =
            read_base(&group->fields[group->field_count++], element, name, element_path, arena, error);
        if (status)
            return status;
    }
    return TEMPO_OK;
}

/* What only a group in a list has; `*found` tells whether this is such a key. */
static tempo_status read_group_key(tempo_group *group, const tempo_value *member, const char *where, bool *found,
                                   tempo__arena *arena, tempo_error *error)
{
    char path[PATH_MAX_SHOWN + sizeof ".fixed"];
    (void)snprintf(path, sizeof path, "%s.%s", where, member->key);
    *found = true;
    if (strcmp(member->key, tempo__group_fixed.name) == 0) {
        if (member->kind != TEMPO_VALUE_BOOL)
            return fail_kind(member, path, "true or false", error);
        group->fixed = member->boolean;
    } else if (strcmp(member->key, tempo__group_name.name) == 0) {
        if (member->kind != TEMPO_VALUE_TEXT || !member->text_length)
            return fail_kind(member, path, "text", error);
        group->name = tempo__arena_copy_text(arena, member->text, member->text_length);
        return group->name ? TEMPO_OK : tempo__out_of_memory(error);
    } else {
        *found = false;
    }
    return TEMPO_OK;
}

/* `where` is the path of the group; only one in a list may have a name. */
static tempo_status read_group(tempo_group *group, const tempo_value *map, const char *where, bool in_list,
                               tempo__arena *arena, tempo_error *error)
{
    size_t fields = 1; /* one more: see add_lr() */
    for (const tempo_value *member = map->first; member; member = member->next)
        fields += member->kind == TEMPO_VALUE_LIST ? member->count : 1;
    group->name = "";
    group->fields = tempo__arena_take(arena, fields, sizeof *group->fields);
    if (!group->fields)
        return tempo__out_of_memory(error);
    for (const tempo_value *member = map->first; member; member = member->next) {
        bool is_key = false;
        tempo_status status = in_list ? read_group_key(group, member, where, &is_key, arena, error) : TEMPO_OK;
        if (!status && !is_key)
            status = read_fields(group, member, where, arena, error);
        if (status)
            return status;
    }
    return TEMPO_OK;
}

/* Several groups need names, and different ones. */
static tempo_status check_name(tempo__names *names, const tempo_group *group, const tempo_value *map, const char *where,
                               tempo_error *error)
{
    if (!*group->name) {
        tempo__fail_at(error, TEMPO_MISSING, &map->place, where, "a group without a name stands among several");
        tempo__advise(error, "give each group a name");
        return TEMPO_MISSING;
    }
    tempo__name *name = tempo__names_enter(names, group->name);
    if (!name)
        return tempo__out_of_memory(error);
    if (name->data) {
        const tempo_value *first = name->data;
        return tempo__fail_at(error, TEMPO_CONFLICT, &tempo_value_member(map, "name")->place, where,
                              "two groups are called '%s': in line %zu and in line %zu",
                              tempo__show(group->name, strlen(group->name)).text, first->place.line, map->place.line);
    }
    name->data = map;
    return TEMPO_OK;
}

static tempo_status read_groups(tempo__meaning *out, const tempo_value *list, tempo__arena *arena, tempo_error *error)
{
    if (list->kind != TEMPO_VALUE_LIST || !list->count)
        return fail_kind(list, "optimizer.groups", "a list of maps, at least one", error);
    out->groups = tempo__arena_take(arena, list->count, sizeof *out->groups);
    if (!out->groups)
        return tempo__out_of_memory(error);
    tempo__names names = {.arena = arena};
    for (const tempo_value *map = list->first; map; map = map->next) {
        char where[PATH_MAX_SHOWN];
        (void)snprintf(where, sizeof where, "optimizer.groups[%zu]", out->group_count);
        if (map->kind != TEMPO_VALUE_MAP)
            return fail_kind(map, where, "a map such as {name: decay, lr: 0.1}", error);
        tempo_group *group = &out->groups[out->group_count++];
        tempo_status status = read_group(group, map, where, true, arena, error);
        if (!status && list->count > 1)
            status = check_name(&names, group, map, where, error);
        if (status)
            return status;
    }
    return TEMPO_OK;
}

static tempo_status read_optimizer(tempo__meaning *out, const tempo_value *section, tempo__arena *arena,
                                   tempo_error *error)
{
    static const tempo_value nothing = {.kind = TEMPO_VALUE_MAP};
    if (is_absent(section))
        section = &nothing;
    if (section->kind != TEMPO_VALUE_MAP)
        return fail_kind(section, "optimizer", "a map", error);
    const tempo_value *groups = tempo_value_member(section, "groups");
    if (groups && section->count > 1) {
        const tempo_value *other = section->first == groups ? groups->next : section->first;
        const tempo__shown key = tempo__show(other->key, other->key_length);
        tempo__fail_at(error, TEMPO_CONFLICT, &other->key_place, "optimizer",
                       "optimizer has groups, and %s beside them", key.text);
        tempo__advise(error, "give %s in each group", key.text);
        return TEMPO_CONFLICT;
    }
    if (groups)
        return read_groups(out, groups, arena, error);
    out->groups = tempo__arena_take(arena, 1, sizeof *out->groups);
    out->group_count = 1;
    return out->groups ? read_group(out->groups, section, "optimizer", false, arena, error)
                       : tempo__out_of_memory(error);
}

/* --- lr --- */

static bool has_field(const tempo_group *group, const char *name)
{
    for (size_t i = 0; i < group->field_count; i++)
        if (strcmp(group->fields[i].name, name) == 0)
            return true;
    return false;
}

static bool drives(const tempo_schedule *schedule, const char *field)
{
    for (size_t i = 0; i < tempo_schedule_count(schedule); i++)
        if (strcmp(tempo_schedule_field(schedule, i), field) == 0)
            return true;
    return false;
}

/* A misspelt lr must not become a base of 1. */
static tempo_status check_misspelt(const tempo_group *group, const tempo_value *root, tempo_error *error)
{
    for (size_t i = 0; i < group->field_count; i++) {
        const char *name = group->fields[i].name;
        tempo__nearest nearest = {.name = name};
        tempo__nearest_offer(&nearest, "lr");
        tempo__nearest_offer(&nearest, "learning_rate");
        if (!nearest.best)
            continue;
        const tempo_value *optimizer = tempo_value_member(root, "optimizer");
        const tempo_value *map =
            tempo_value_member(optimizer, "groups") ? tempo_value_at(optimizer, "groups[0]") : optimizer;
        tempo__fail_at(error, TEMPO_UNKNOWN_NAME, &tempo_value_member(map, name)->key_place, "optimizer",
                       "a schedule drives lr, and the optimizer has %s but no lr", name);
        tempo__advise(error, "did you mean lr? (give lr too if %s is another number)", name);
        return TEMPO_UNKNOWN_NAME;
    }
    return TEMPO_OK;
}

/* Schedules that drive an lr nobody gave get a base of 1. */
static tempo_status add_lr(tempo__meaning *out, const tempo_value *root, tempo_error *error)
{
    for (size_t i = 0; i < out->group_count; i++)
        if (has_field(&out->groups[i], "lr"))
            out->has_lr = true;
    if (out->has_lr || !drives(out->schedule, "lr"))
        return TEMPO_OK;
    const tempo_status status = check_misspelt(&out->groups[0], root, error);
    for (size_t i = 0; i < out->group_count && !status; i++) {
        tempo_group *group = &out->groups[i];
        if (group->fixed)
            continue;
        group->fields[group->field_count++] = (tempo_field){.name = "lr", .base = 1.0};
    }
    return status;
}

/* --- the document --- */

static tempo_status check_version(const tempo_value *root, tempo_error *error)
{
    const tempo_value *version = tempo_value_member(root, tempo__sections[0].name);
    if (!version) {
        tempo__fail_at(error, TEMPO_MISSING, &root->place, "tempo", "there is no `tempo: %d`", TEMPO__FORMAT_VERSION);
        tempo__advise(error, "a document starts with tempo: %d, the version of its format", TEMPO__FORMAT_VERSION);
        return TEMPO_MISSING;
    }
    if (version->kind == TEMPO_VALUE_INTEGER && version->integer == TEMPO__FORMAT_VERSION)
        return TEMPO_OK;
    tempo__fail_at(error, TEMPO_BAD_VALUE, &version->place, "tempo",
                   "the format's version is %s, but this library reads %d", tempo__show_value(version).text,
                   TEMPO__FORMAT_VERSION);
    tempo__advise(error, "write tempo: %d, or use a newer library (this is %s)", TEMPO__FORMAT_VERSION, TEMPO_VERSION);
    return TEMPO_BAD_VALUE;
}

static tempo_status check_sections(const tempo_value *root, tempo_error *error)
{
    for (const tempo_value *member = root->first; member; member = member->next) {
        const tempo__key *section = tempo__sections;
        while (section->name && strcmp(section->name, member->key) != 0)
            section++;
        if (!section->name)
            return fail_key(member, "", tempo__sections, sizeof *tempo__sections, error);
    }
    return TEMPO_OK;
}

tempo_status tempo__interpret(tempo__meaning *out, const tempo_value *root, tempo__arena *arena, tempo_error *error)
{
    *out = (tempo__meaning){.schedule = NULL};
    if (root->kind != TEMPO_VALUE_MAP)
        return tempo__fail_at(error, TEMPO_BAD_TYPE, &root->place, "", "a document must be a map, not %s",
                              tempo_value_kind_text(root->kind));
    tempo_status status = check_version(root, error);
    if (!status)
        status = check_sections(root, error);
    if (!status)
        status = read_run(&out->run, tempo_value_member(root, "run"), arena, error);
    if (!status)
        status = read_optimizer(out, tempo_value_member(root, "optimizer"), arena, error);
    const tempo_value *schedules = tempo_value_member(root, "schedules");
    if (!status && is_absent(schedules)) {
        status = tempo__fail_at(error, TEMPO_MISSING, schedules ? &schedules->place : &root->place, "schedules",
                                "the document has no schedules");
        tempo__advise(error, "give at least one, such as schedules: [{type: composer.ConstantScheduler}]");
    }
    if (!status)
        status = tempo_schedule_from_value(&out->schedule, schedules, &arena->allocator, error);
    return status ? status : add_lr(out, root, error);
}
