/* interpret.c: what the native form says: run, groups and schedules. Knows values, but no text and no file. */
#include "document/internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const tempo_place nowhere = {0, 0, 0};

/* --- maps with known keys --- */

static tempo_status fail_unknown_key(tempo_error *error, const tempo_value *member, const char *where,
                                     const tempo__nearest *nearest)
{
    const char *name = tempo__show(member->key, member->key_length).text;
    tempo__fail_at(error, TEMPO_UNKNOWN_NAME, &member->key_place, member->key, "%s has no key '%s'", where, name);
    if (nearest->best)
        tempo__advise(error, "did you mean %s?", nearest->best);
    return TEMPO_UNKNOWN_NAME;
}

static tempo_status fail_kind(tempo_error *error, const tempo_value *value, const char *path, const char *wanted)
{
    return tempo__fail_at(error, TEMPO_BAD_TYPE, &value->place, path, "%s must be %s, not %s", path, wanted,
                          tempo_value_kind_text(value->kind));
}

static tempo_status check_sections(const tempo_value *root, tempo_error *error)
{
    for (const tempo_value *member = root->first; member; member = member->next) {
        tempo__nearest nearest = {member->key, NULL, 0};
        const tempo__section *section = tempo__sections;
        for (; section->name && strcmp(section->name, member->key) != 0; section++)
            tempo__nearest_offer(&nearest, section->name);
        if (!section->name)
            return fail_unknown_key(error, member, "a document", &nearest);
    }
    return TEMPO_OK;
}

static tempo_status check_version(const tempo_value *root, tempo_error *error)
{
    const tempo_value *version = tempo_value_member(root, "tempo");
    if (!version) {
        tempo__fail_at(error, TEMPO_MISSING, &root->place, "tempo", "the document has no version");
        tempo__advise(error, "start it with tempo: %d", TEMPO__FORMAT_VERSION);
        return TEMPO_MISSING;
    }
    if (version->kind == TEMPO_VALUE_INTEGER && version->integer == TEMPO__FORMAT_VERSION)
        return TEMPO_OK;
    return tempo__fail_at(error, TEMPO_BAD_VALUE, &version->place, "tempo",
                          "the version of the format is %s, but this library reads only version %d",
                          tempo__show_value(version).text, TEMPO__FORMAT_VERSION);
}

/* --- run --- */

static const tempo__fact *find_fact(const tempo_value *member, tempo__nearest *nearest)
{
    *nearest = (tempo__nearest){member->key, NULL, 0};
    for (const tempo__fact *fact = tempo__facts; fact->name; fact++) {
        if (strcmp(fact->name, member->key) == 0)
            return fact;
        tempo__nearest_offer(nearest, fact->name);
    }
    return NULL;
}

/* Only kinds are checked here: what a fact may be is checked where it is used, by tempo_plan_bind(). */
static tempo_status read_fact(tempo_run *run, const tempo__fact *fact, const tempo_value *value, const char *path,
                              tempo_error *error)
{
    char *member = (char *)run + fact->offset;
    switch (fact->kind) {
    case TEMPO__FACT_TIME:
        if (value->kind == TEMPO_VALUE_INTEGER || value->kind == TEMPO_VALUE_REAL) {
            const char *number = tempo__show_value(value).text;
            tempo__fail_at(error, TEMPO_BAD_TYPE, &value->place, path, "%s is %s, without a unit", path, number);
            tempo__advise(error, "write 90ep, 63900ba, 300Btok, ...");
            return TEMPO_BAD_TYPE;
        }
        if (value->kind != TEMPO_VALUE_TEXT)
            return fail_kind(error, value, path, "a time such as 90ep");
        *(const char **)(void *)member = value->text;
        return TEMPO_OK;
    case TEMPO__FACT_COUNT:
        if (value->kind != TEMPO_VALUE_INTEGER)
            return fail_kind(error, value, path, "a whole number");
        *(int64_t *)(void *)member = value->integer;
        return TEMPO_OK;
    case TEMPO__FACT_RATIO:
        if (value->kind != TEMPO_VALUE_INTEGER && value->kind != TEMPO_VALUE_REAL)
            return fail_kind(error, value, path, "a number");
        if (value->real == 0) /* which would mean "not given" in tempo_run */
            return tempo__fail_at(error, TEMPO_BAD_VALUE, &value->place, path, "%s is 0, but must be > 0", path);
        *(double *)(void *)member = value->real;
        return TEMPO_OK;
    case TEMPO__FACT_FLAG:
        if (value->kind != TEMPO_VALUE_BOOL)
            return fail_kind(error, value, path, "true or false");
        *(bool *)(void *)member = value->boolean;
        return TEMPO_OK;
    }
    return TEMPO_OK;
}

static tempo_status read_run(tempo_run *run, const tempo_value *map, tempo_error *error)
{
    if (map->kind != TEMPO_VALUE_MAP)
        return fail_kind(error, map, "run", "a map");
    for (const tempo_value *member = map->first; member; member = member->next) {
        tempo__nearest nearest;
        const tempo__fact *fact = find_fact(member, &nearest);
        if (!fact)
            return fail_unknown_key(error, member, "run", &nearest);
        char path[96];
        (void)snprintf(path, sizeof path, "run.%s", fact->name);
        const tempo_status status = read_fact(run, fact, member, path, error);
        if (status)
            return status;
    }
    return TEMPO_OK;
}

/* --- optimizer --- */

static bool is_identifier(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    static const char others[] = "0123456789";
    size_t i = strspn(text, letters);
    while (i && text[i] && (strchr(letters, text[i]) || strchr(others, text[i])))
        i++;
    return i > 0 && text[i] == '\0';
}

static tempo_status read_field(tempo_field *field, const tempo_value *member, const char *path, tempo_error *error)
{
    char place[192];
    (void)snprintf(place, sizeof place, "%s.%s", path, tempo__show(member->key, member->key_length).text);
    if (!is_identifier(member->key))
        return tempo__fail_at(error, TEMPO_BAD_VALUE, &member->key_place, place,
                              "'%s' cannot be the name of a field: use letters, digits and _",
                              tempo__show(member->key, member->key_length).text);
    if (member->kind != TEMPO_VALUE_INTEGER && member->kind != TEMPO_VALUE_REAL)
        return fail_kind(error, member, place, "a number");
    if (!isfinite(member->real))
        return tempo__fail_at(error, TEMPO_BAD_VALUE, &member->place, place, "%s must be a finite number", place);
    *field = (tempo_field){member->key, member->real, NULL, NULL};
    return TEMPO_OK;
}

/* The fields of a group, with room for one more. `name_key` is a key that is no field, or NULL. */
static tempo_status read_fields(tempo_group *group, const tempo_value *map, const char *name_key, const char *path,
                                tempo__arena *arena, tempo_error *error)
{
    group->fields = tempo__arena_take(arena, map->count + 1, sizeof *group->fields);
    if (!group->fields)
        return tempo__out_of_memory(error);
    for (const tempo_value *member = map->first; member; member = member->next) {
        if (name_key && strcmp(member->key, name_key) == 0)
            continue;
        const tempo_status status = read_field(&group->fields[group->field_count], member, path, error);
        if (status)
            return status;
        group->field_count++;
    }
    return TEMPO_OK;
}

static tempo_status read_group_name(tempo__meaning *out, const tempo_value *map, size_t index, size_t count,
                                    const char *path, tempo_error *error)
{
    const tempo_value *name = tempo_value_member(map, "name");
    if (!name && count == 1)
        return TEMPO_OK;
    if (!name) {
        tempo__fail_at(error, TEMPO_MISSING, &map->place, path, "a group has no name, and there are %zu groups", count);
        tempo__advise(error, "give each group a name, so that schedules can refer to it");
        return TEMPO_MISSING;
    }
    if (name->kind != TEMPO_VALUE_TEXT || !name->text_length)
        return fail_kind(error, name, path, "a map with a name that is text");
    for (size_t i = 0; i < index; i++)
        if (out->groups[i].name && strcmp(out->groups[i].name, name->text) == 0)
            return tempo__fail_at(error, TEMPO_CONFLICT, &name->place, path, "there are two groups '%s'",
                                  tempo__show(name->text, name->text_length).text);
    out->groups[index].name = name->text;
    return TEMPO_OK;
}

static tempo_status read_groups(tempo__meaning *out, const tempo_value *list, tempo__arena *arena, tempo_error *error)
{
    if (list->kind != TEMPO_VALUE_LIST || !list->count)
        return fail_kind(error, list, "optimizer.groups", "a list of groups, each with a name");
    out->groups = tempo__arena_take(arena, list->count, sizeof *out->groups);
    if (!out->groups)
        return tempo__out_of_memory(error);
    for (const tempo_value *map = list->first; map; map = map->next) {
        char path[64];
        (void)snprintf(path, sizeof path, "optimizer.groups[%zu]", out->group_count);
        if (map->kind != TEMPO_VALUE_MAP)
            return fail_kind(error, map, path, "a map");
        tempo_status status = read_group_name(out, map, out->group_count, list->count, path, error);
        if (!status)
            status = read_fields(&out->groups[out->group_count], map, "name", path, arena, error);
        if (status)
            return status;
        out->group_count++;
    }
    return TEMPO_OK;
}

static tempo_status read_optimizer(tempo__meaning *out, const tempo_value *map, tempo__arena *arena, tempo_error *error)
{
    if (map && map->kind != TEMPO_VALUE_MAP)
        return fail_kind(error, map, "optimizer", "a map");
    const tempo_value *list = map ? tempo_value_member(map, "groups") : NULL;
    if (list && map->count > 1) {
        const tempo_value *other = map->first == list ? list->next : map->first;
        tempo__fail_at(error, TEMPO_CONFLICT, &other->key_place, "optimizer",
                       "optimizer has groups and beside them '%s'", tempo__show(other->key, other->key_length).text);
        tempo__advise(error, "put it into the groups it is meant for");
        return TEMPO_CONFLICT;
    }
    if (list)
        return read_groups(out, list, arena, error);
    static const tempo_value nothing = {.kind = TEMPO_VALUE_MAP};
    out->groups = tempo__arena_take(arena, 1, sizeof *out->groups);
    if (!out->groups)
        return tempo__out_of_memory(error);
    out->group_count = 1;
    return read_fields(out->groups, map ? map : &nothing, NULL, "optimizer", arena, error);
}

/* --- a base of 1 where none is given --- */

static bool has_field(const tempo_group *group, const char *name)
{
    for (size_t i = 0; i < group->field_count; i++)
        if (strcmp(group->fields[i].name, name) == 0)
            return true;
    return false;
}

/* Without a learning rate anywhere, values of lr are multiples of one that the document does not know. */
static void complete_lr(tempo__meaning *out)
{
    for (size_t i = 0; i < out->group_count; i++)
        out->has_lr = out->has_lr || has_field(&out->groups[i], "lr");
    for (size_t i = 0; !out->has_lr && i < out->group_count; i++) {
        tempo_group *group = &out->groups[i];
        group->fields[group->field_count++] = (tempo_field){"lr", 1.0, NULL, NULL};
    }
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
    const tempo_value *run = tempo_value_member(root, "run");
    if (!status && run)
        status = read_run(&out->run, run, error);
    if (!status)
        status = read_optimizer(out, tempo_value_member(root, "optimizer"), arena, error);
    if (status)
        return status;
    complete_lr(out);
    const tempo_value *schedules = tempo_value_member(root, "schedules");
    if (!schedules) {
        tempo__fail_at(error, TEMPO_MISSING, &nowhere, "schedules", "the document has no schedules");
        tempo__advise(error, "add schedules: with at least one type");
        return TEMPO_MISSING;
    }
    return tempo_schedule_from_value(&out->schedule, schedules, &arena->allocator, error);
}
