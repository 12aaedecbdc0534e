/* native.c: what translations add to the native form in the same way. Knows no system's keys. */
#include "readers/reader.h"

#include <stdio.h>
#include <string.h>

bool tempo__is_overridden(const tempo__translation *t, const char *path)
{
    return tempo__override_of(t->overrides, path) != NULL;
}

tempo_status tempo__place_added(const tempo__translation *t, tempo_value *added, const tempo_value *origin)
{
    if (!added)
        return tempo__out_of_memory(t->error);
    added->place = origin->place;
    added->key_place = origin->key_place;
    return TEMPO_OK;
}

tempo_value *tempo__add_section(const tempo__translation *t, tempo_value *parent, const char *key,
                                tempo_value_kind kind, const tempo_value *origin)
{
    tempo_value *section = tempo_tree_add(t->tree, parent, key, key ? strlen(key) : 0, kind);
    if (section && origin)
        (void)tempo__place_added(t, section, origin);
    return section;
}

static bool is_count(const tempo_value *value)
{
    return value && value->kind == TEMPO_VALUE_INTEGER && value->integer >= 0;
}

tempo_status tempo__add_tokens(const tempo__translation *t, tempo_value *run, const tempo_value *sequences,
                               const tempo_value *length)
{
    if (!is_count(sequences) || !is_count(length))
        return TEMPO_OK;
    int64_t tokens = 0;
    if (!tempo__multiply(&tokens, sequences->integer, length->integer))
        return tempo__fail_at(t->error, TEMPO_OUT_OF_RANGE, &length->place, "run.tokens_per_batch",
                              "%lld sequences of %lld tokens are more tokens in a batch than fit in 64 bits",
                              (long long)sequences->integer, (long long)length->integer);
    return tempo__place_added(t, tempo_tree_add_integer(t->tree, run, "tokens_per_batch", tokens), length);
}

tempo_status tempo__parameter_path(const tempo__translation *t, char *path, const tempo_value *member,
                                   const char *system)
{
    static const char *const ours[] = {"type", "field", "groups", "every"};
    (void)snprintf(path, TEMPO__PARAMETER_PATH_MAX, "schedules[0].%s",
                   tempo__show(member->key, member->key_length).text);
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (strcmp(member->key, ours[i]) == 0)
            return tempo__fail_at(t->error, TEMPO_UNKNOWN_NAME, &member->key_place, path, "no %s has a parameter '%s'",
                                  system, member->key);
    return TEMPO_OK;
}
