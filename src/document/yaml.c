/* yaml.c: YAML and JSON text into values, with libfyaml's events. Knows no schedule and no key but `<<`.
 *
 * The tree is built here and not by libfyaml, so that depth, expanded aliases and duplicate keys are
 * judged before memory is spent on them. An alias is one value that shares its members with what it
 * stands for; what it would be when written out is only counted.
 */
#include "document/yaml.h"

#include <string.h>

/* --- limits --- */

static tempo_status count(tempo__yaml *r, size_t values, tempo_place place)
{
    r->values += values; /* both are near the limit at most, so that the sum fits */
    if (r->values <= TEMPO_DOCUMENT_VALUES_MAX)
        return TEMPO_OK;
    tempo__fail(r->error, TEMPO_TOO_LARGE, "the document has more than %d values, with its aliases written out",
                TEMPO_DOCUMENT_VALUES_MAX);
    return tempo__fail_here(r, TEMPO_TOO_LARGE, place, NULL);
}

static tempo_status check_depth(tempo__yaml *r, size_t depth, tempo_place place)
{
    if (depth <= TEMPO_DOCUMENT_DEPTH_MAX)
        return TEMPO_OK;
    tempo__fail(r->error, TEMPO_TOO_LARGE, "lists and maps are nested more than %d deep", TEMPO_DOCUMENT_DEPTH_MAX);
    return tempo__fail_here(r, TEMPO_TOO_LARGE, place, NULL);
}

/* --- adding values --- */

static tempo__frame *top(tempo__yaml *r)
{
    return r->depth ? &r->frames[r->depth - 1] : NULL;
}

static tempo_value *parent_of(tempo__yaml *r)
{
    return r->depth ? top(r)->value : NULL;
}

/* Whether what comes next is a key. */
static bool wants_key(tempo__yaml *r)
{
    return r->depth && top(r)->value->kind == TEMPO_VALUE_MAP && !r->key.text;
}

static void grow(tempo__frame *parent, tempo__extent child)
{
    parent->extent.values += child.values;
    if (parent->extent.depth < child.depth + 1)
        parent->extent.depth = child.depth + 1;
}

/* What every new value needs: its places, a share in its parent's extent, an end to its key. */
static tempo_status settle(tempo__yaml *r, tempo_value *value, tempo_place place, tempo__extent extent)
{
    if (!value)
        return tempo__out_of_memory(r->error);
    value->place = place;
    if (r->key.text) {
        value->key_place = r->key_place;
        if (r->key_is_plain && strcmp(value->key, "<<") == 0)
            top(r)->merge = value;
        r->key.text = NULL;
    }
    if (r->depth)
        grow(top(r), extent);
    return TEMPO_OK;
}

/* The name of an anchor or an alias. */
static const char *copy_name(tempo__yaml *r, struct fy_token *token)
{
    size_t length = 0;
    const char *text = fy_token_get_text(token, &length);
    return text ? tempo__arena_copy_text(&r->arena, text, length) : NULL;
}

static tempo_status enter_anchor(tempo__yaml *r, struct fy_token *token, tempo__anchor **out)
{
    *out = NULL;
    if (!token)
        return TEMPO_OK;
    const char *name = copy_name(r, token);
    tempo__name *entry = name ? tempo__names_enter(&r->anchors, name) : NULL;
    *out = entry ? tempo__arena_take(&r->arena, 1, sizeof **out) : NULL;
    if (!*out)
        return tempo__out_of_memory(r->error);
    entry->data = *out; /* a name that was used before now stands for the new value */
    return TEMPO_OK;
}

/* --- keys and scalars --- */

static tempo_status fail_key(tempo__yaml *r, tempo_place place)
{
    tempo__fail(r->error, TEMPO_BAD_TYPE, "a key must be text, not a list, a map or an alias");
    return tempo__fail_here(r, TEMPO_BAD_TYPE, place, NULL);
}

static tempo_status fail_tag(tempo__yaml *r, tempo__tag tag, tempo_place place, const char *given)
{
    tempo__fail(r->error, TEMPO_BAD_TYPE, "%s does not fit its tag, which says %s", given,
                tempo_value_kind_text(tag.kind));
    return tempo__fail_here(r, TEMPO_BAD_TYPE, place, NULL);
}

static tempo_status read_key(tempo__yaml *r, const struct fy_event *event)
{
    struct fy_token *token = event->scalar.value;
    tempo__tag tag = {false, TEMPO_VALUE_NULL};
    tempo__slice key;
    const tempo_place place = tempo__place_token(r, token);
    tempo_status status = tempo__read_content(r, token, place, &key);
    if (!status)
        status = tempo__read_tag(r, event->scalar.tag, &tag);
    if (status)
        return status;
    if (tag.kind == TEMPO_VALUE_LIST || tag.kind == TEMPO_VALUE_MAP)
        return fail_tag(r, tag, place, "a key");
    r->key = key;
    r->key_place = place;
    r->key_is_plain = tempo__is_plain(token);
    return TEMPO_OK;
}

/* Whether a value read by the core schema fits its tag; a float may be written as an integer. */
static bool fits_tag(tempo_value *value, tempo__tag tag)
{
    if (value->kind == TEMPO_VALUE_INTEGER && tag.kind == TEMPO_VALUE_REAL) {
        value->kind = TEMPO_VALUE_REAL;
        value->integer = 0;
    }
    return value->kind == tag.kind;
}

static tempo_value *add_text(tempo__yaml *r, tempo__slice content)
{
    const char *text = tempo_tree_copy_text(r->tree, content.text, content.length);
    tempo_value *value =
        text ? tempo_tree_add(r->tree, parent_of(r), r->key.text, r->key.length, TEMPO_VALUE_TEXT) : NULL;
    if (value) {
        value->text = text;
        value->text_length = content.length;
    }
    return value;
}

static tempo_status add_scalar(tempo__yaml *r, const struct fy_event *event, tempo__tag tag, tempo__slice content,
                               tempo_place place)
{
    const tempo__extent extent = {1, 0};
    tempo__anchor *anchor = NULL;
    tempo_status status = enter_anchor(r, event->scalar.anchor, &anchor);
    if (status)
        return status;
    const bool as_text = tag.given ? tag.kind == TEMPO_VALUE_TEXT : !tempo__is_plain(event->scalar.value);
    tempo_value *value = as_text ? add_text(r, content)
                                 : tempo_tree_add_scalar(r->tree, parent_of(r), r->key.text, r->key.length,
                                                         content.text, content.length);
    if (value && tag.given && !fits_tag(value, tag))
        return fail_tag(r, tag, place, tempo__show_value(value).text);
    if (value && anchor)
        *anchor = (tempo__anchor){value, extent};
    return settle(r, value, place, extent);
}

static tempo_status read_scalar(tempo__yaml *r, const struct fy_event *event)
{
    struct fy_token *token = event->scalar.value;
    const tempo_place found = tempo__place_token(r, token);
    const tempo_place place = token || !r->key.text ? found : r->key_place; /* `key:` without a value */
    tempo__tag tag = {false, TEMPO_VALUE_NULL};
    tempo__slice content;
    tempo_status status = tempo__read_content(r, token, place, &content);
    if (!status)
        status = tempo__read_tag(r, event->scalar.tag, &tag);
    if (!status)
        status = count(r, 1, place);
    return status ? status : add_scalar(r, event, tag, content, place);
}

/* --- lists and maps --- */

static tempo_status open_container(tempo__yaml *r, tempo_value_kind kind, struct fy_token *start,
                                   struct fy_token *tag_token, struct fy_token *anchor_token)
{
    const tempo_place place = tempo__place_token(r, start);
    if (wants_key(r))
        return fail_key(r, place);
    tempo__tag tag = {false, TEMPO_VALUE_NULL};
    tempo__frame next = {.extent = {1, 1}, .offset = r->end - place.length, .in_brackets = place.length > 0};
    tempo_status status = check_depth(r, r->depth + 1, place);
    if (!status)
        status = count(r, 1, place);
    if (!status)
        status = tempo__read_tag(r, tag_token, &tag);
    if (!status && tag.given && tag.kind != kind)
        status = fail_tag(r, tag, place, tempo_value_kind_text(kind));
    if (!status)
        status = enter_anchor(r, anchor_token, &next.anchor);
    if (status)
        return status;
    next.value = tempo_tree_add(r->tree, parent_of(r), r->key.text, r->key.length, kind);
    status = settle(r, next.value, place, (tempo__extent){0, 0});
    if (!status)
        r->frames[r->depth++] = next;
    return status;
}

/* Refuses a key that stands twice in the map that has been read. */
static tempo_status check_keys(tempo__yaml *r, const tempo_value *map)
{
    const tempo_value *first = NULL, *second = NULL;
    if (!tempo__find_duplicate(map, r->allocator, &first, &second))
        return tempo__out_of_memory(r->error);
    if (!second)
        return TEMPO_OK;
    tempo__fail(r->error, TEMPO_CONFLICT, "'%s' is given twice: in line %zu, column %zu, and in line %zu, column %zu",
                tempo__show(second->key, second->key_length).text, first->key_place.line, first->key_place.column,
                second->key_place.line, second->key_place.column);
    tempo__advise(r->error, "keep one of them");
    return tempo__fail_here(r, TEMPO_CONFLICT, second->key_place, second->key);
}

static tempo_status fail_merge(tempo__yaml *r, const tempo_value *value)
{
    tempo__fail(r->error, TEMPO_BAD_TYPE, "<< takes a map or a list of maps, not %s",
                tempo_value_kind_text(value->kind));
    return tempo__fail_here(r, TEMPO_BAD_TYPE, value->place, "<<");
}

static tempo_status merge(tempo__yaml *r, tempo_value *map, const tempo_value *merged)
{
    if (merged->kind != TEMPO_VALUE_LIST && merged->kind != TEMPO_VALUE_MAP)
        return fail_merge(r, merged);
    for (const tempo_value *source = merged->first; merged->kind == TEMPO_VALUE_LIST && source; source = source->next)
        if (source->kind != TEMPO_VALUE_MAP)
            return fail_merge(r, source);
    return tempo__merge(r->tree, map, merged, r->allocator) ? TEMPO_OK : tempo__out_of_memory(r->error);
}

static tempo_status close_container(tempo__yaml *r, struct fy_token *stop)
{
    tempo__frame *closed = top(r);
    /* A block's end token stands where the next value starts: its last value tells where it ends. */
    if (closed->in_brackets)
        (void)tempo__place_token(r, stop);
    closed->value->place.length = tempo__length_in_line(&r->positions, closed->offset, r->end);
    tempo_status status = TEMPO_OK;
    if (closed->value->kind == TEMPO_VALUE_MAP)
        status = check_keys(r, closed->value);
    if (!status && closed->merge)
        status = merge(r, closed->value, closed->merge);
    if (status)
        return status;
    if (closed->anchor)
        *closed->anchor = (tempo__anchor){closed->value, closed->extent};
    r->depth--;
    if (r->depth)
        grow(top(r), closed->extent);
    return TEMPO_OK;
}

/* --- aliases --- */

static tempo_status fail_alias(tempo__yaml *r, tempo_place place, const char *name, bool is_open)
{
    const tempo__shown shown = tempo__show(name, strlen(name));
    if (is_open)
        tempo__fail(r->error, TEMPO_UNKNOWN_NAME, "*%s stands inside of what it refers to", shown.text);
    else
        tempo__fail(r->error, TEMPO_UNKNOWN_NAME, "there is no &%s before *%s", shown.text, shown.text);
    return tempo__fail_here(r, TEMPO_UNKNOWN_NAME, place, NULL);
}

static tempo_status read_alias(tempo__yaml *r, struct fy_token *token)
{
    const tempo_place place = tempo__place_token(r, token);
    if (wants_key(r))
        return fail_key(r, place);
    const char *name = copy_name(r, token);
    if (!name)
        return tempo__out_of_memory(r->error);
    const tempo__name *entry = tempo__names_find(&r->anchors, name);
    const tempo__anchor *anchor = entry ? entry->data : NULL;
    if (!anchor || !anchor->value)
        return fail_alias(r, place, name, anchor != NULL);
    tempo_status status = check_depth(r, r->depth + anchor->extent.depth, place);
    if (!status)
        status = count(r, anchor->extent.values, place);
    if (status)
        return status;
    tempo_value *value = tempo__add_shared(r->tree, parent_of(r), r->key.text, r->key.length, anchor->value);
    return settle(r, value, place, anchor->extent);
}

/* --- the document --- */

static tempo_status handle(tempo__yaml *r, const struct fy_event *event)
{
    tempo_status status = TEMPO_OK;
    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (r->has_ended)
            status = tempo__fail_second(r, tempo__place_token(r, event->document_start.document_start));
        break;
    case FYET_DOCUMENT_END:
        r->has_ended = true;
        break;
    case FYET_SCALAR:
        status = wants_key(r) ? read_key(r, event) : read_scalar(r, event);
        break;
    case FYET_ALIAS:
        status = read_alias(r, event->alias.anchor);
        break;
    case FYET_SEQUENCE_START:
        status = open_container(r, TEMPO_VALUE_LIST, event->sequence_start.sequence_start, event->sequence_start.tag,
                                event->sequence_start.anchor);
        break;
    case FYET_MAPPING_START:
        status = open_container(r, TEMPO_VALUE_MAP, event->mapping_start.mapping_start, event->mapping_start.tag,
                                event->mapping_start.anchor);
        break;
    case FYET_SEQUENCE_END:
        status = close_container(r, event->sequence_end.sequence_end);
        break;
    case FYET_MAPPING_END:
        status = close_container(r, event->mapping_end.mapping_end);
        break;
    default: /* start and end of the stream */
        break;
    }
    return status;
}

static tempo_status read_events(tempo__yaml *r)
{
    struct fy_event *event = NULL;
    tempo_status status = TEMPO_OK;
    while (!status && (event = fy_parser_parse(r->parser))) {
        status = handle(r, event);
        fy_parser_event_free(r->parser, event);
    }
    if (status)
        return status;
    if (fy_parser_get_stream_error(r->parser))
        return tempo__fail_syntax(r);
    if (r->values)
        return TEMPO_OK;
    tempo__fail(r->error, TEMPO_MISSING, "the text is empty");
    tempo__locate(r->error, 1, 1, 0);
    return TEMPO_MISSING;
}

/* libfyaml's messages are collected, not printed. */
static bool start(tempo__yaml *r, const char *text, size_t length)
{
    struct fy_diag_cfg diag_settings;
    fy_diag_cfg_default(&diag_settings);
    diag_settings.fp = NULL;
    diag_settings.level = FYET_ERROR;
    r->diag = fy_diag_create(&diag_settings);
    if (!r->diag)
        return false;
    fy_diag_set_collect_errors(r->diag, true);
    const struct fy_parse_cfg settings = {
        .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE,
        .diag = r->diag,
    };
    r->parser = fy_parser_create(&settings);
    return r->parser && !fy_parser_set_string(r->parser, text, length);
}

tempo_status tempo__yaml_read(tempo_tree *tree, const char *text, size_t length, const tempo_allocator *allocator,
                              tempo_error *error)
{
    static const char mark[] = "\xEF\xBB\xBF"; /* U+FEFF at the start only says that the text is UTF-8 */
    if (length > TEMPO_DOCUMENT_BYTES_MAX)
        return tempo__fail(error, TEMPO_TOO_LARGE, "the text has %zu bytes, and at most %d are read", length,
                           TEMPO_DOCUMENT_BYTES_MAX);
    if (length >= 3 && memcmp(text, mark, 3) == 0) {
        text += 3;
        length -= 3;
    }
    tempo_status status = tempo__check_text(text, length, error);
    if (status)
        return status;
    tempo__yaml r = {.tree = tree, .allocator = allocator, .error = error};
    tempo__positions_init(&r.positions, text, length);
    tempo__arena_init(&r.arena, allocator);
    r.anchors.arena = &r.arena;
    status = start(&r, text, length) ? read_events(&r) : tempo__out_of_memory(error);
    fy_parser_destroy(r.parser);
    fy_diag_destroy(r.diag);
    tempo__arena_free(&r.arena);
    return status;
}
