/* reference.c: references inside of a config, `${variables.max_seq_len}`, as OmegaConf resolves them. Knows no
 * system's keys. Only what a translation asks for is resolved, so that the rest of a config may hold anything.
 */
#include "readers/reader.h"

#include <string.h>

enum {
    CHAIN_MAX = 64,    /* references that lead to references */
    STEPS_MAX = 10000, /* references resolved for one value of the native form */
    TEXT_MAX = 4096,   /* bytes of a text made of several */
};

/* A reference that is being resolved, and the one it was found behind. */
typedef struct chain {
    const tempo_value *value;
    const struct chain *before;
    size_t length;
} chain;

typedef struct resolver {
    tempo__translation *t;
    const char *path; /* of the native value, for errors */
    size_t steps;
} resolver;

/* A piece of a text. */
typedef struct piece {
    const char *text;
    size_t length;
} piece;

static bool has_reference(const tempo_value *value)
{
    return value->kind == TEMPO_VALUE_TEXT && strstr(value->text, "${");
}

static tempo_status resolve(resolver *r, const tempo_value *value, const chain *before, tempo_value *out);

/* --- errors --- */

static tempo_status fail(const resolver *r, tempo_status status, const tempo_value *value, const char *reason)
{
    return tempo__fail_at(r->t->error, status, &value->place, r->path, "%s %s", tempo__show_value(value).text, reason);
}

static tempo_status fail_lookup(const resolver *r, const tempo_value *value, piece key, const tempo_value *map)
{
    const tempo__shown shown = tempo__show(key.text, key.length);
    tempo__fail_at(r->t->error, TEMPO_UNKNOWN_NAME, &value->place, r->path, "%s refers to '%s', which is not there",
                   tempo__show_value(value).text, shown.text);
    tempo__nearest nearest = {.name = shown.text};
    for (const tempo_value *member = map ? map->first : NULL; member; member = member->next)
        if (member->key)
            tempo__nearest_offer(&nearest, member->key);
    if (nearest.best)
        tempo__advise(r->t->error, "did you mean %s?", tempo__show(nearest.best, strlen(nearest.best)).text);
    return TEMPO_UNKNOWN_NAME;
}

/* --- looking up --- */

/* Takes the next key off a path such as a.b[0].c. */
static piece next_key(piece *path)
{
    const char *end = path->text + path->length;
    const char *start = path->text;
    while (start < end && strchr(".[]", *start))
        start++;
    const char *stop = start;
    while (stop < end && !strchr(".[]", *stop))
        stop++;
    const char *rest = stop < end && *stop == ']' ? stop + 1 : stop;
    path->length = (size_t)(end - rest);
    path->text = rest;
    return (piece){start, (size_t)(stop - start)};
}

static piece trim(piece text)
{
    while (text.length > 0 && *text.text == ' ')
        text = (piece){text.text + 1, text.length - 1};
    while (text.length > 0 && text.text[text.length - 1] == ' ')
        text.length--;
    return text;
}

static const tempo_value *find_member(const tempo_value *value, piece key)
{
    int64_t index = -1;
    if (value->kind == TEMPO_VALUE_LIST && !tempo__integer_parse(&index, key.text, key.length))
        return NULL;
    for (const tempo_value *member = value->first; member; member = member->next) {
        if (value->kind == TEMPO_VALUE_LIST
                ? index-- == 0
                : member->key_length == key.length && memcmp(member->key, key.text, key.length) == 0)
            return member;
    }
    return NULL;
}

/* Follows a path from the root of the config. `*out` is NULL, and `*missing` the key, if there is nothing. */
static tempo_status look_up(resolver *r, piece path, const chain *before, const tempo_value **out, piece *missing,
                            tempo_value *parent)
{
    *parent = *r->t->config;
    *out = NULL;
    while (path.length > 0) {
        *missing = next_key(&path);
        const tempo_value *member = missing->length ? find_member(parent, *missing) : NULL;
        *out = member;
        if (!member || !path.length)
            return TEMPO_OK;
        const tempo_status status = resolve(r, member, before, parent);
        if (status)
            return status;
    }
    return TEMPO_OK;
}

/* --- one reference --- */

/* The reference at the start of `text`, without ${ and }. */
static tempo_status read_reference(const resolver *r, const tempo_value *value, const char *text, piece *out)
{
    const char *inner = text + 2;
    const size_t length = strcspn(inner, "}");
    if (inner[length] != '}')
        return fail(r, TEMPO_BAD_SYNTAX, value, "has a ${ without a }");
    *out = (piece){inner, length};
    if (memchr(inner, ':', length) || memchr(inner, '$', length) || *inner == '.') {
        fail(r, TEMPO_BAD_VALUE, value, "can only be resolved by OmegaConf, when training starts");
        tempo__advise(r->t->error, "set %s to the value it will have", r->path);
        return TEMPO_BAD_VALUE;
    }
    return TEMPO_OK;
}

static tempo_status follow(resolver *r, const tempo_value *value, piece reference, const chain *link, tempo_value *out)
{
    const tempo_value *target = NULL;
    tempo_value parent;
    piece missing = reference;
    const tempo_status status = look_up(r, trim(reference), link, &target, &missing, &parent);
    if (status)
        return status;
    if (!target)
        return fail_lookup(r, value, missing, parent.kind == TEMPO_VALUE_MAP ? &parent : NULL);
    return resolve(r, target, link, out);
}

/* --- a text with references in it --- */

static tempo_status append(const resolver *r, const tempo_value *value, char *buffer, size_t *used, piece added)
{
    if (added.length >= TEXT_MAX - *used)
        return fail(r, TEMPO_TOO_LARGE, value, "becomes too long a text");
    memcpy(buffer + *used, added.text, added.length);
    *used += added.length;
    return TEMPO_OK;
}

static tempo_status join(resolver *r, const tempo_value *value, const chain *link, tempo_value *out)
{
    char buffer[TEXT_MAX];
    size_t used = 0;
    tempo_status status = TEMPO_OK;
    for (const char *p = value->text; *p && !status;) {
        const char *start = strstr(p, "${");
        const piece before = {p, start ? (size_t)(start - p) : strlen(p)};
        status = append(r, value, buffer, &used, before);
        p += before.length;
        if (!start || status)
            continue;
        piece reference;
        tempo_value found;
        status = read_reference(r, value, p, &reference);
        if (!status)
            status = follow(r, value, reference, link, &found);
        if (!status && (found.kind == TEMPO_VALUE_LIST || found.kind == TEMPO_VALUE_MAP))
            status = fail(r, TEMPO_BAD_TYPE, value, "puts a list or a map into a text");
        if (!status)
            status = append(r, value, buffer, &used, (piece){found.text, found.text_length});
        if (!status)
            p = reference.text + reference.length + 1;
    }
    if (status)
        return status;
    *out = (tempo_value){.kind = TEMPO_VALUE_TEXT, .text_length = used};
    out->text = tempo__arena_copy_text(r->t->arena, buffer, used);
    return out->text ? TEMPO_OK : tempo__out_of_memory(r->t->error);
}

/* --- any value --- */

static tempo_status check_chain(resolver *r, const tempo_value *value, const chain *before)
{
    for (const chain *link = before; link; link = link->before)
        if (link->value == value)
            return fail(r, TEMPO_CONFLICT, value, "refers to itself, in a circle");
    if ((before && before->length >= CHAIN_MAX) || ++r->steps > STEPS_MAX)
        return fail(r, TEMPO_TOO_LARGE, value, "leads through too many references");
    return TEMPO_OK;
}

/* The value itself, or what it refers to in its place; members of lists and maps stay as they are. */
static tempo_status resolve(resolver *r, const tempo_value *value, const chain *before, tempo_value *out)
{
    *out = *value;
    if (!has_reference(value))
        return TEMPO_OK;
    const chain link = {value, before, before ? before->length + 1 : 1};
    tempo_status status = check_chain(r, value, before);
    if (status)
        return status;
    piece reference = {NULL, 0};
    const bool starts = strncmp(value->text, "${", 2) == 0;
    if (starts)
        status = read_reference(r, value, value->text, &reference);
    if (status)
        return status;
    const bool is_whole = starts && reference.text + reference.length + 1 == value->text + value->text_length;
    status = is_whole ? follow(r, value, reference, &link, out) : join(r, value, &link, out);
    out->key = value->key;
    out->key_length = value->key_length;
    out->place = value->place;
    out->key_place = value->key_place;
    return status;
}

static tempo_status add(resolver *r, tempo_value *parent, const char *key, const tempo_value *value,
                        const chain *before, size_t depth)
{
    tempo_value found;
    tempo_status status = resolve(r, value, before, &found);
    if (!status && depth > TEMPO_DOCUMENT_DEPTH_MAX)
        status = fail(r, TEMPO_TOO_LARGE, value, "becomes too deep");
    if (status)
        return status;
    /* What a reference led to may contain the reference: remember it for the members. */
    const chain link = {value, before, before ? before->length + 1 : 1};
    const chain *behind = has_reference(value) ? &link : before;
    const tempo_value *member = found.first;
    found.first = found.last = NULL;
    found.count = 0;
    tempo_value *added = tempo__add_shared(r->t->tree, parent, key, key ? strlen(key) : 0, &found);
    if (!added)
        return tempo__out_of_memory(r->t->error);
    for (; member && !status; member = member->next)
        status = add(r, added, member->key, member, behind, depth + 1);
    return status;
}

tempo_status tempo__add_resolved(tempo__translation *t, tempo_value *parent, const char *key, const tempo_value *value,
                                 const char *path)
{
    resolver r = {t, path, 0};
    return add(&r, parent, key, value, NULL, 1);
}

tempo_status tempo__find_resolved(tempo__translation *t, const char *config_path, const char *path,
                                  const tempo_value **out)
{
    resolver r = {t, path, 0};
    const tempo_value *found = NULL;
    tempo_value parent;
    piece missing;
    tempo_value *copy = tempo__arena_take(t->arena, 1, sizeof *copy);
    *out = NULL;
    if (!copy)
        return tempo__out_of_memory(t->error);
    tempo_status status = look_up(&r, (piece){config_path, strlen(config_path)}, NULL, &found, &missing, &parent);
    if (!status && found)
        status = resolve(&r, found, NULL, copy);
    /* OmegaConf's ??? says that the value is given on the command line. */
    const bool is_absent =
        copy->kind == TEMPO_VALUE_NULL || (copy->kind == TEMPO_VALUE_TEXT && strcmp(copy->text, "???") == 0);
    if (!status && found && !is_absent)
        *out = copy;
    return status;
}
