/* keys.c: the keys of maps: none twice, and members shared between maps. Knows no text. */
#include "document/internal.h"

#include <string.h>

bool tempo__find_duplicate(const tempo_value *map, const tempo_allocator *allocator, const tempo_value **first,
                           const tempo_value **second)
{
    *first = *second = NULL;
    tempo__arena scratch;
    tempo__arena_init(&scratch, allocator);
    tempo__names names = {.arena = &scratch};
    bool complete = true;
    for (const tempo_value *member = map->first; member && complete && !*second; member = member->next) {
        tempo__name *name = tempo__names_enter(&names, member->key);
        complete = name != NULL;
        if (name && name->data) {
            *first = name->data;
            *second = member;
        } else if (name) {
            name->data = member;
        }
    }
    tempo__arena_free(&scratch);
    return complete;
}

tempo_value *tempo__add_shared(tempo_tree *tree, tempo_value *parent, const char *key, size_t key_length,
                               const tempo_value *source)
{
    tempo_value *copy = tempo_tree_add(tree, parent, key, key_length, source->kind);
    if (!copy)
        return NULL;
    const tempo_value own = *copy;
    *copy = *source;
    copy->key = own.key;
    copy->key_length = own.key_length;
    copy->next = NULL;
    return copy;
}

static bool merge_members(tempo_tree *tree, tempo__names *names, tempo_value *map, const tempo_value *source)
{
    for (const tempo_value *member = source->first; member; member = member->next) {
        tempo__name *name = tempo__names_enter(names, member->key);
        if (!name)
            return false;
        if (name->data)
            continue;
        name->data = member;
        if (!tempo__add_shared(tree, map, member->key, member->key_length, member))
            return false;
    }
    return true;
}

static void unlink_member(tempo_value *map, const tempo_value *member)
{
    tempo_value *before = NULL;
    for (tempo_value *other = map->first; other != member; other = other->next)
        before = other;
    if (before)
        before->next = member->next;
    else
        map->first = member->next;
    if (map->last == member)
        map->last = before;
    map->count--;
}

bool tempo__merge(tempo_tree *tree, tempo_value *map, const tempo_value *merged, const tempo_allocator *allocator)
{
    unlink_member(map, merged);
    tempo__arena scratch;
    tempo__arena_init(&scratch, allocator);
    tempo__names names = {.arena = &scratch};
    bool complete = true;
    for (const tempo_value *member = map->first; member && complete; member = member->next) {
        tempo__name *name = tempo__names_enter(&names, member->key);
        complete = name != NULL;
        if (name)
            name->data = member;
    }
    if (merged->kind == TEMPO_VALUE_MAP)
        complete = complete && merge_members(tree, &names, map, merged);
    else
        for (const tempo_value *source = merged->first; source && complete; source = source->next)
            complete = merge_members(tree, &names, map, source);
    tempo__arena_free(&scratch);
    return complete;
}

/* --- trees that were not read here --- */

typedef struct walk {
    const tempo_allocator *allocator;
    tempo_error *error;
    size_t values;
} walk;

static tempo_status check(walk *w, const tempo_value *value, size_t depth)
{
    if (++w->values > TEMPO_DOCUMENT_VALUES_MAX)
        return tempo__fail(w->error, TEMPO_TOO_LARGE, "the document has more than %d values",
                           TEMPO_DOCUMENT_VALUES_MAX);
    if (depth > TEMPO_DOCUMENT_DEPTH_MAX)
        return tempo__fail(w->error, TEMPO_TOO_LARGE, "lists and maps are nested more than %d deep",
                           TEMPO_DOCUMENT_DEPTH_MAX);
    const tempo_value *first = NULL, *second = NULL;
    if (value->kind == TEMPO_VALUE_MAP && !tempo__find_duplicate(value, w->allocator, &first, &second))
        return tempo__out_of_memory(w->error);
    if (second)
        return tempo__fail_at(w->error, TEMPO_CONFLICT, &second->key_place, second->key, "'%s' is given twice",
                              tempo__show(second->key, second->key_length).text);
    tempo_status status = TEMPO_OK;
    for (const tempo_value *member = value->first; member && !status; member = member->next)
        status = check(w, member, depth + (member->kind == TEMPO_VALUE_LIST || member->kind == TEMPO_VALUE_MAP));
    return status;
}

tempo_status tempo__check_tree(const tempo_value *root, const tempo_allocator *allocator, tempo_error *error)
{
    walk w = {allocator, error, 0};
    return check(&w, root, 1);
}
