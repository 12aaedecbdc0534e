/* overrides.c: values that replace those of a document, given by path. */
#include "document/internal.h"

#include <string.h>

/* What was given by an option stands nowhere in the document. */
static void clear_places(tempo_value *value)
{
    const tempo_place nowhere = {0, 0, 0};
    value->place = value->key_place = nowhere;
    for (tempo_value *member = value->first; member; member = member->next)
        clear_places(member);
}

static tempo_status fail_path(const tempo_override *override, const char *reason, tempo_error *error)
{
    tempo__fail(error, TEMPO_UNKNOWN_NAME, "%s cannot be set: %s", override->path, reason);
    tempo__advise(error, "write a path such as run.max_duration, optimizer.lr or schedules[0].t_warmup");
    tempo__blame(error, "%s", override->path);
    return TEMPO_UNKNOWN_NAME;
}

/* One step of a path: ".key", "key" or "[3]". */
typedef struct step {
    const char *key; /* NULL: an index */
    size_t length;   /* of the key */
    size_t index;
} step;

static bool next_step(const char **path, step *out)
{
    const char *p = *path;
    if (*p == '[') {
        const size_t digits = strcspn(p + 1, "]");
        int64_t index = 0;
        if (p[1 + digits] != ']' || !tempo__integer_parse(&index, p + 1, digits) || index < 0)
            return false;
        *out = (step){NULL, 0, (size_t)index};
        *path = p + digits + 2;
        return true;
    }
    p += *p == '.';
    *out = (step){p, strcspn(p, ".["), 0};
    *path = p + out->length;
    return out->length > 0;
}

static tempo_value *find(tempo_value *value, const step *s)
{
    if (!s->key && value->kind != TEMPO_VALUE_LIST)
        return s->index == 0 ? value : NULL; /* a single schedule stands for a list of one */
    if (s->key && value->kind != TEMPO_VALUE_MAP)
        return NULL;
    size_t index = 0;
    for (tempo_value *member = value->first; member; member = member->next, index++)
        if (s->key ? member->key_length == s->length && memcmp(member->key, s->key, s->length) == 0 : index == s->index)
            return member;
    return NULL;
}

/* Makes `target` hold what `source` holds; it stays the same member of the same map or list. */
static bool assign(tempo_tree *tree, tempo_value *target, const tempo_value *source)
{
    tempo_value holder = {.kind = TEMPO_VALUE_LIST}; /* a parent, lest the copy becomes the root */
    tempo_value *copy = tempo_tree_add_copy(tree, &holder, NULL, 0, source);
    if (!copy)
        return false;
    clear_places(copy);
    const tempo_value old = *target;
    *target = *copy;
    target->key = old.key;
    target->key_length = old.key_length;
    target->next = old.next;
    return true;
}

static tempo_status apply(tempo_tree *tree, tempo_value *root, const tempo_override *override, const tempo_value *value,
                          tempo_error *error)
{
    tempo_value *at = root;
    const char *path = override->path;
    while (*path) {
        step s;
        if (!next_step(&path, &s))
            return fail_path(override, "that is no path", error);
        tempo_value *next = find(at, &s);
        if (!next && !s.key)
            return fail_path(override, "the list is not that long", error);
        if (!next && at->kind != TEMPO_VALUE_MAP)
            return fail_path(override, "a value on the way is no map", error);
        if (!next)
            next = tempo_tree_add(tree, at, s.key, s.length, TEMPO_VALUE_MAP);
        if (!next)
            return tempo__out_of_memory(error);
        at = next;
    }
    return assign(tree, at, value) ? TEMPO_OK : tempo__out_of_memory(error);
}

tempo_status tempo__overrides_apply(tempo_tree *tree, tempo_value *root, const tempo_document_options *options,
                                    tempo_error *error)
{
    for (size_t i = 0; i < options->override_count; i++) {
        const tempo_override *override = &options->overrides[i];
        tempo_tree *given = NULL;
        if (tempo_tree_new(&given, options->allocator))
            return tempo__out_of_memory(error);
        tempo_status status =
            tempo__yaml_read(given, override->value, strlen(override->value), options->allocator, error);
        if (status && status != TEMPO_NO_MEMORY) {
            tempo__blame(error, "%s", override->path);
            tempo__locate(error, 0, 0, 0);
        }
        if (!status)
            status = apply(tree, root, override, tempo_tree_root(given), error);
        tempo_tree_free(given);
        if (status)
            return status;
    }
    return TEMPO_OK;
}
