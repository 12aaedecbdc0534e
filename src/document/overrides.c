/* overrides.c: replacing single values of a document. Knows paths, but no key. */
#include "document/internal.h"

#include <stdio.h>
#include <string.h>

/* --- reading --- */

/* An override does not stand in the text. */
static void forget_places(tempo_value *value)
{
    value->place = value->key_place = (tempo_place){0, 0, 0};
    for (tempo_value *member = value->first; member; member = member->next)
        forget_places(member);
}

static tempo_status read_one(tempo__setting *out, tempo_tree *tree, tempo__arena *arena, const tempo_override *item,
                             tempo_error *error)
{
    const tempo_status status = tempo__yaml_read(tree, item->value, strlen(item->value), &arena->allocator, error);
    if (status && error) {
        char message[sizeof error->message];
        (void)snprintf(message, sizeof message, "'%s' is no value: %.240s",
                       tempo__show(item->value, strlen(item->value)).text, error->message);
        memcpy(error->message, message, sizeof message);
        tempo__blame(error, "%s", item->path);
        tempo__locate(error, 0, 0, 0);
    }
    if (status)
        return status;
    /* A copy, since the root may not be changed, and its places have to be. */
    tempo_value *copy = tempo__add_shared(tree, NULL, NULL, 0, tempo_tree_root(tree));
    if (!copy)
        return tempo__out_of_memory(error);
    forget_places(copy);
    *out = (tempo__setting){item->path, copy};
    return TEMPO_OK;
}

tempo_status tempo__overrides_read(tempo__overrides *out, tempo_tree *tree, tempo__arena *arena,
                                   const tempo_document_options *options, tempo_error *error)
{
    *out = (tempo__overrides){0};
    if (!options || !options->override_count)
        return TEMPO_OK;
    out->items = tempo__arena_take(arena, options->override_count, sizeof *out->items);
    if (!out->items)
        return tempo__out_of_memory(error);
    tempo_status status = TEMPO_OK;
    for (; out->count < options->override_count && !status; out->count++)
        status = read_one(&out->items[out->count], tree, arena, &options->overrides[out->count], error);
    return status;
}

const tempo_value *tempo__override_of(const tempo__overrides *overrides, const char *path)
{
    for (size_t i = overrides->count; i > 0; i--)
        if (strcmp(overrides->items[i - 1].path, path) == 0)
            return overrides->items[i - 1].value;
    return NULL;
}

/* --- applying --- */

/* One part of a path: a key, or an index. */
typedef struct part {
    const char *key; /* NULL: an index */
    size_t length;
    int64_t index;
} part;

/* Takes the next part off the path; false if the path cannot be read. */
static bool next_part(const char **path, bool is_first, part *out)
{
    const char *p = *path;
    if (*p == '[') {
        const size_t digits = strcspn(p + 1, "]");
        *out = (part){0};
        *path = p + digits + 2;
        return p[1 + digits] == ']' && tempo__integer_parse(&out->index, p + 1, digits) && out->index >= 0;
    }
    if (!is_first && *p++ != '.')
        return false;
    *out = (part){p, strcspn(p, ".[]"), 0};
    *path = p + out->length;
    return out->length > 0;
}

/* Gives a value members of its own, so that they can be changed: others may share those it has. */
static bool own_members(tempo_tree *tree, tempo_value *value)
{
    const tempo_value *member = value->first;
    value->first = value->last = NULL;
    value->count = 0;
    for (; member; member = member->next)
        if (!tempo__add_shared(tree, value, member->key, member->key_length, member))
            return false;
    return true;
}

static tempo_value *find_member(tempo_value *value, const part *p)
{
    int64_t index = 0;
    for (tempo_value *member = value->first; member; member = member->next, index++)
        if (p->key ? member->key_length == p->length && memcmp(member->key, p->key, p->length) == 0 : index == p->index)
            return member;
    return NULL;
}

static tempo_status fail(const tempo__setting *item, tempo_error *error, tempo_status status, const char *why)
{
    tempo__fail(error, status, "%s cannot be set: %s", tempo__show(item->path, strlen(item->path)).text, why);
    tempo__blame(error, "%s", item->path);
    return status;
}

/* One step down the path, making what is missing; NULL, and why, if that cannot be. */
static tempo_value *step(tempo_tree *tree, tempo_value *value, const part *p, const tempo__setting *item,
                         tempo_status *status, tempo_error *error)
{
    if (p->key && value->kind == TEMPO_VALUE_NULL)
        value->kind = TEMPO_VALUE_MAP;
    if (!p->key && value->kind != TEMPO_VALUE_LIST && p->index == 0)
        return value; /* one schedule may stand without a list */
    if (p->key && value->kind != TEMPO_VALUE_MAP)
        *status = fail(item, error, TEMPO_BAD_TYPE, "what it would be in is no map");
    else if (!p->key && (value->kind != TEMPO_VALUE_LIST || (uint64_t)p->index >= value->count))
        *status = fail(item, error, TEMPO_UNKNOWN_NAME, "the list is shorter than that");
    if (*status)
        return NULL;
    const bool is_owned = own_members(tree, value);
    tempo_value *member = is_owned ? find_member(value, p) : NULL;
    if (is_owned && !member && p->key)
        member = tempo_tree_add(tree, value, p->key, p->length, TEMPO_VALUE_NULL);
    if (!member)
        *status = tempo__out_of_memory(error);
    return member;
}

/* Puts another value in the place of one, which keeps its key and its neighbours. */
static void replace(tempo_value *target, const tempo_value *value)
{
    const tempo_value old = *target;
    *target = *value;
    target->key = old.key;
    target->key_length = old.key_length;
    target->next = old.next;
}

tempo_status tempo__overrides_apply(const tempo__overrides *overrides, tempo_tree *tree, tempo_value *root,
                                    tempo_error *error)
{
    for (size_t i = 0; i < overrides->count; i++) {
        const tempo__setting *item = &overrides->items[i];
        const char *path = item->path;
        tempo_value *at = root;
        tempo_status status = TEMPO_OK;
        do {
            part p;
            if (!next_part(&path, path == item->path, &p))
                return fail(item, error, TEMPO_BAD_SYNTAX, "a path is like run.max_duration or schedules[0].t_warmup");
            at = step(tree, at, &p, item, &status, error);
            if (!at)
                return status;
        } while (*path);
        replace(at, item->value);
    }
    return TEMPO_OK;
}
