/* yaml.c: YAML and JSON text into values, with libfyaml's events. Knows no schedule and no key but `<<`.
 *
 * The tree is built here and not by libfyaml, so that depth, expanded aliases and duplicate keys are
 * judged before memory is spent on them. An alias is one value that shares its members with what it
 * stands for; what it would be when written out is only counted.
 */
#include "document/internal.h"

#include <libfyaml.h>
#include <stdio.h>
#include <string.h>

/* How much a value is with its aliases written out. */
typedef struct extent {
    size_t values;
    size_t depth; /* of lists and maps in each other; 0 for a scalar */
} extent;

/* What an anchor (`&name`) stands for. */
typedef struct anchor {
    const tempo_value *value; /* NULL while the value is still being read */
    extent extent;
} anchor;

/* A list or map that is being read. */
typedef struct frame {
    tempo_value *value;
    extent extent;
    size_t offset; /* where it starts */
    anchor *anchor; /* or NULL */
    const tempo_value *merge; /* its `<<`, or NULL */
    bool in_brackets;
} frame;

typedef struct reader {
    tempo_tree *tree;
    const tempo_allocator *allocator;
    tempo_error *error;
    tempo__positions positions;
    tempo__arena arena; /* anchors */
    tempo__names anchors;
    struct fy_diag *diag;
    struct fy_parser *parser;
    struct fy_event *key_event; /* a key that waits for its value */
    tempo_place key_place;
    frame frames[TEMPO_DOCUMENT_DEPTH_MAX];
    size_t depth;
    size_t values; /* so far, with aliases written out */
    size_t end;    /* offset after the last token */
    bool has_ended; /* the document has */
} reader;

/* --- errors --- */

/* Where the value that is read next belongs: "optimizer.groups[1].lr". */
static void blame_here(const reader *r, const char *key)
{
    char path[sizeof r->error->path];
    size_t used = 0;
    path[0] = '\0';
    for (size_t i = 0; r->error && i < r->depth && used < sizeof path; i++) {
        const tempo_value *value = r->frames[i].value;
        const tempo_value *child = i + 1 < r->depth ? r->frames[i + 1].value : NULL;
        const char *name = child ? child->key : key;
        const char *dot = used ? "." : "";
        int length = 0;
        if (value->kind == TEMPO_VALUE_MAP && name)
            length = snprintf(path + used, sizeof path - used, "%s%s", dot, tempo__show(name, strlen(name)).text);
        else if (value->kind == TEMPO_VALUE_LIST)
            length = snprintf(path + used, sizeof path - used, "[%zu]", value->count - (child ? 1 : 0));
        used += (size_t)length;
    }
    tempo__blame(r->error, "%s", path);
}

/* Ends an error that was just filled: adds the path and the place. */
static tempo_status at(const reader *r, tempo_status status, tempo_place place, const char *key)
{
    blame_here(r, key);
    tempo__locate(r->error, place.line, place.column, place.length);
    return status;
}

static tempo_place place_of(reader *r, size_t offset, size_t end)
{
    return tempo__place_of(&r->positions, offset, end);
}

/* --- tokens --- */

static bool is_quoted(struct fy_token *token)
{
    const enum fy_scalar_style style = fy_token_scalar_style(token);
    return style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED;
}

static bool is_plain(struct fy_token *token)
{
    return !token || fy_token_scalar_style(token) == FYSS_PLAIN;
}

/* The place of a token with its quotes or *, which libfyaml leaves out; without a token, right after
 * the last one. */
static tempo_place place_token(reader *r, struct fy_token *token)
{
    const struct fy_mark *start = token ? fy_token_start_mark(token) : NULL;
    const struct fy_mark *stop = token ? fy_token_end_mark(token) : NULL;
    if (!start || !stop)
        return place_of(r, r->end, r->end);
    const enum fy_token_type type = fy_token_get_type(token);
    const size_t quote = type == FYTT_SCALAR && is_quoted(token) ? 1 : 0;
    const size_t lead = type == FYTT_ALIAS ? 1 : quote;
    const size_t offset = start->input_pos >= lead ? start->input_pos - lead : 0;
    r->end = stop->input_pos + quote;
    return place_of(r, offset, r->end);
}

static const char *text_of(struct fy_token *token, size_t *length)
{
    *length = 0;
    const char *text = token ? fy_token_get_text(token, length) : NULL;
    return text ? text : "";
}

/* --- limits --- */

static tempo_status count(reader *r, size_t values, tempo_place place)
{
    r->values += values; /* both are near the limit at most, so that the sum fits */
    if (r->values <= TEMPO_DOCUMENT_VALUES_MAX)
        return TEMPO_OK;
    tempo__fail(r->error, TEMPO_TOO_LARGE, "the document has more than %d values, with its aliases written out",
                TEMPO_DOCUMENT_VALUES_MAX);
    return at(r, TEMPO_TOO_LARGE, place, NULL);
}

static tempo_status check_depth(reader *r, size_t depth, tempo_place place)
{
    if (depth <= TEMPO_DOCUMENT_DEPTH_MAX)
        return TEMPO_OK;
    tempo__fail(r->error, TEMPO_TOO_LARGE, "lists and maps are nested more than %d deep", TEMPO_DOCUMENT_DEPTH_MAX);
    return at(r, TEMPO_TOO_LARGE, place, NULL);
}

/* --- adding values --- */

static frame *top(reader *r)
{
    return r->depth ? &r->frames[r->depth - 1] : NULL;
}

static tempo_value *parent_of(reader *r)
{
    return r->depth ? top(r)->value : NULL;
}

/* The text of the waiting key; NULL outside of maps. */
static const char *key_of(const reader *r, size_t *length)
{
    *length = 0;
    return r->key_event ? text_of(r->key_event->scalar.value, length) : NULL;
}

static void drop_key(reader *r)
{
    if (r->key_event)
        fy_parser_event_free(r->parser, r->key_event);
    r->key_event = NULL;
}

static void grow(frame *parent, extent child)
{
    parent->extent.values += child.values;
    if (parent->extent.depth < child.depth + 1)
        parent->extent.depth = child.depth + 1;
}

/* What every new value needs: its places, a share in its parent's extent, an end to its key. */
static tempo_status settle(reader *r, tempo_value *value, tempo_place place, extent extent)
{
    if (!value)
        return tempo__out_of_memory(r->error);
    value->place = place;
    if (r->key_event) {
        value->key_place = r->key_place;
        if (strcmp(value->key, "<<") == 0 && is_plain(r->key_event->scalar.value))
            top(r)->merge = value;
    }
    if (r->depth)
        grow(top(r), extent);
    drop_key(r);
    return TEMPO_OK;
}

static tempo_status enter_anchor(reader *r, struct fy_token *token, anchor **out)
{
    *out = NULL;
    if (!token)
        return TEMPO_OK;
    size_t length = 0;
    const char *text = text_of(token, &length);
    const char *name = tempo__arena_copy_text(&r->arena, text, length);
    tempo__name *entry = name ? tempo__names_enter(&r->anchors, name) : NULL;
    *out = entry ? tempo__arena_take(&r->arena, 1, sizeof **out) : NULL;
    if (!*out)
        return tempo__out_of_memory(r->error);
    entry->data = *out; /* a name that was used before now stands for the new value */
    return TEMPO_OK;
}

/* --- scalars --- */

typedef struct tag_row {
    const char *tag;
    tempo_value_kind kind;
} tag_row;

static const tag_row tags[] = {
    {"!", TEMPO_VALUE_TEXT},
    {"tag:yaml.org,2002:str", TEMPO_VALUE_TEXT},
    {"tag:yaml.org,2002:int", TEMPO_VALUE_INTEGER},
    {"tag:yaml.org,2002:float", TEMPO_VALUE_REAL},
    {"tag:yaml.org,2002:bool", TEMPO_VALUE_BOOL},
    {"tag:yaml.org,2002:null", TEMPO_VALUE_NULL},
    {"tag:yaml.org,2002:seq", TEMPO_VALUE_LIST},
    {"tag:yaml.org,2002:map", TEMPO_VALUE_MAP},
};

static tempo_status find_tag(reader *r, struct fy_token *token, const tag_row **out)
{
    *out = NULL;
    if (!token)
        return TEMPO_OK;
    size_t length = 0;
    const char *text = text_of(token, &length);
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
        if (strlen(tags[i].tag) == length && memcmp(tags[i].tag, text, length) == 0)
            *out = &tags[i];
    if (*out)
        return TEMPO_OK;
    tempo__fail(r->error, TEMPO_BAD_TYPE, "the tag '%s' is not known", tempo__show(text, length).text);
    tempo__advise(r->error, "leave it out, or use one of !!str, !!int, !!float, !!bool, !!null, !!seq, !!map");
    return at(r, TEMPO_BAD_TYPE, place_token(r, token), NULL);
}

static tempo_status fail_tag(reader *r, const tag_row *tag, tempo_place place, const char *given)
{
    tempo__fail(r->error, TEMPO_BAD_TYPE, "%s does not fit its tag, which says %s", given,
                tempo_value_kind_text(tag->kind));
    return at(r, TEMPO_BAD_TYPE, place, NULL);
}

static tempo_status check_nul(reader *r, struct fy_token *token, tempo_place place)
{
    size_t length = 0;
    const char *text = text_of(token, &length);
    if (!memchr(text, '\0', length))
        return TEMPO_OK;
    tempo__fail(r->error, TEMPO_BAD_SYNTAX, "the text contains the character U+0000");
    return at(r, TEMPO_BAD_SYNTAX, place, NULL);
}

/* Whether a value read by the core schema fits its tag; a float may be written as an integer. */
static bool fits_tag(tempo_value *value, const tag_row *tag)
{
    if (value->kind == TEMPO_VALUE_INTEGER && tag->kind == TEMPO_VALUE_REAL) {
        value->kind = TEMPO_VALUE_REAL;
        value->integer = 0;
    }
    return value->kind == tag->kind;
}

static tempo_status read_scalar(reader *r, const struct fy_event *event)
{
    struct fy_token *token = event->scalar.value;
    const tempo_place found = place_token(r, token);
    const tempo_place place = token || !r->key_event ? found : r->key_place;
    const tag_row *tag = NULL;
    anchor *anchor = NULL;
    tempo_status status = check_nul(r, token, place);
    if (!status)
        status = find_tag(r, event->scalar.tag, &tag);
    if (!status)
        status = enter_anchor(r, event->scalar.anchor, &anchor);
    if (!status)
        status = count(r, 1, place);
    if (status)
        return status;
    size_t length = 0, key_length = 0;
    const char *text = text_of(token, &length);
    const char *key = key_of(r, &key_length);
    const bool as_text = tag ? tag->kind == TEMPO_VALUE_TEXT : !is_plain(token);
    tempo_value *value = NULL;
    if (as_text) {
        value = tempo_tree_add(r->tree, parent_of(r), key, key_length, TEMPO_VALUE_TEXT);
        if (value && !(value->text = tempo_tree_copy_text(r->tree, text, length)))
            return tempo__out_of_memory(r->error);
        if (value)
            value->text_length = length;
    } else {
        value = tempo_tree_add_scalar(r->tree, parent_of(r), key, key_length, text, length);
    }
    if (value && tag && !fits_tag(value, tag))
        return fail_tag(r, tag, place, tempo__show_value(value).text);
    const extent extent = {1, 0};
    status = settle(r, value, place, extent);
    if (!status && anchor) {
        anchor->value = value;
        anchor->extent = extent;
    }
    return status;
}

/* --- keys --- */

static tempo_status fail_key(reader *r, tempo_place place)
{
    tempo__fail(r->error, TEMPO_BAD_TYPE, "a key must be text, not a list, a map or an alias");
    return at(r, TEMPO_BAD_TYPE, place, NULL);
}

/* Keeps the event: its text is needed with the next one. */
static tempo_status read_key(reader *r, struct fy_event *event)
{
    r->key_event = event;
    r->key_place = place_token(r, event->scalar.value);
    const tag_row *tag = NULL;
    tempo_status status = check_nul(r, event->scalar.value, r->key_place);
    if (!status)
        status = find_tag(r, event->scalar.tag, &tag);
    if (!status && tag && (tag->kind == TEMPO_VALUE_LIST || tag->kind == TEMPO_VALUE_MAP))
        status = fail_tag(r, tag, r->key_place, "a key");
    return status;
}

static bool wants_key(reader *r)
{
    return r->depth && top(r)->value->kind == TEMPO_VALUE_MAP && !r->key_event;
}

/* --- lists and maps --- */

static tempo_status open_container(reader *r, tempo_value_kind kind, struct fy_token *start, struct fy_token *tag_token,
                                   struct fy_token *anchor_token)
{
    const tempo_place place = place_token(r, start);
    if (wants_key(r))
        return fail_key(r, place);
    const tag_row *tag = NULL;
    frame next = {.extent = {1, 1}, .offset = r->end - place.length, .in_brackets = place.length > 0};
    tempo_status status = check_depth(r, r->depth + 1, place);
    if (!status)
        status = count(r, 1, place);
    if (!status)
        status = find_tag(r, tag_token, &tag);
    if (!status && tag && tag->kind != kind)
        status = fail_tag(r, tag, place, tempo_value_kind_text(kind));
    if (!status)
        status = enter_anchor(r, anchor_token, &next.anchor);
    if (status)
        return status;
    size_t key_length = 0;
    const char *key = key_of(r, &key_length);
    next.value = tempo_tree_add(r->tree, parent_of(r), key, key_length, kind);
    status = settle(r, next.value, place, (extent){0, 0});
    if (!status)
        r->frames[r->depth++] = next;
    return status;
}

/* Refuses a key that stands twice in the map that has been read. */
static tempo_status check_keys(reader *r, const tempo_value *map)
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
    return at(r, TEMPO_CONFLICT, second->key_place, second->key);
}

static tempo_status fail_merge(reader *r, const tempo_value *value)
{
    tempo__fail(r->error, TEMPO_BAD_TYPE, "<< takes a map or a list of maps, not %s", tempo_value_kind_text(value->kind));
    return at(r, TEMPO_BAD_TYPE, value->place, "<<");
}

static tempo_status merge(reader *r, tempo_value *map, const tempo_value *merged)
{
    if (merged->kind != TEMPO_VALUE_LIST && merged->kind != TEMPO_VALUE_MAP)
        return fail_merge(r, merged);
    for (const tempo_value *source = merged->first; merged->kind == TEMPO_VALUE_LIST && source; source = source->next)
        if (source->kind != TEMPO_VALUE_MAP)
            return fail_merge(r, source);
    return tempo__merge(r->tree, map, merged, r->allocator) ? TEMPO_OK : tempo__out_of_memory(r->error);
}

static tempo_status close_container(reader *r, struct fy_token *stop)
{
    frame *closed = top(r);
    /* A block's end token stands where the next value starts: its last value tells where it ends. */
    if (closed->in_brackets)
        (void)place_token(r, stop);
    closed->value->place.length = tempo__length_in_line(&r->positions, closed->offset, r->end);
    tempo_status status = TEMPO_OK;
    if (closed->value->kind == TEMPO_VALUE_MAP)
        status = check_keys(r, closed->value);
    if (!status && closed->merge)
        status = merge(r, closed->value, closed->merge);
    if (status)
        return status;
    if (closed->anchor) {
        closed->anchor->value = closed->value;
        closed->anchor->extent = closed->extent;
    }
    r->depth--;
    if (r->depth)
        grow(top(r), closed->extent);
    return TEMPO_OK;
}

/* --- aliases --- */

static tempo_status read_alias(reader *r, struct fy_token *token)
{
    const tempo_place place = place_token(r, token);
    if (wants_key(r))
        return fail_key(r, place);
    size_t length = 0;
    const char *text = text_of(token, &length);
    const char *name = tempo__arena_copy_text(&r->arena, text, length);
    if (!name)
        return tempo__out_of_memory(r->error);
    const tempo__name *entry = tempo__names_find(&r->anchors, name);
    const anchor *anchor = entry ? entry->data : NULL;
    if (!anchor || !anchor->value) {
        tempo__fail(r->error, TEMPO_UNKNOWN_NAME, anchor ? "*%s stands inside of what it refers to" : "there is no &%s before *%s",
                    tempo__show(text, length).text, tempo__show(text, length).text);
        return at(r, TEMPO_UNKNOWN_NAME, place, NULL);
    }
    tempo_status status = check_depth(r, r->depth + anchor->extent.depth, place);
    if (!status)
        status = count(r, anchor->extent.values, place);
    if (status)
        return status;
    size_t key_length = 0;
    const char *key = key_of(r, &key_length);
    tempo_value *value = tempo__add_shared(r->tree, parent_of(r), key, key_length, anchor->value);
    return settle(r, value, place, anchor->extent);
}

/* --- errors of libfyaml --- */

static const struct fy_diag_error *first_error(const reader *r)
{
    void *state = NULL;
    const struct fy_diag_error *error = NULL;
    while ((error = fy_diag_errors_iterate(r->diag, &state)))
        if (error->type == FYET_ERROR)
            break;
    return error;
}

/* The innermost bracket that is still open, or NULL. */
static const frame *open_bracket(const reader *r)
{
    for (size_t i = r->depth; i > 0; i--)
        if (r->frames[i - 1].in_brackets)
            return &r->frames[i - 1];
    return NULL;
}

static size_t trimmed_length(const reader *r)
{
    size_t length = r->positions.length;
    while (length > 0 && strchr(" \t\r\n", r->positions.text[length - 1]))
        length--;
    return length;
}

/* What to do about a message of libfyaml that says little by itself. */
static const struct {
    const char *part;
    const char *advice;
} hints[] = {
    {"tab", "indent with spaces"},
    {"nested block mapping", "put each key on a line of its own, or text with a colon in quotes"},
    {"multiline plain key", "look at the indentation of this line and the next, and for a missing colon"},
    {"plain scalar cannot start", "put the text in quotes"},
    {"missing document start", "put a space after the colon of a quoted key"},
};

static void hint(const reader *r, const char *message)
{
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++)
        if (strstr(message, hints[i].part))
            tempo__advise(r->error, "%s", hints[i].advice);
}

static tempo_status fail_second(reader *r, tempo_place place)
{
    tempo__fail(r->error, TEMPO_CONFLICT, "the document ends before this, and a file holds exactly one");
    tempo__advise(r->error, "give each document a file of its own");
    tempo__locate(r->error, place.line, place.column, place.length);
    return TEMPO_CONFLICT;
}

static tempo_status fail_syntax(reader *r)
{
    const struct fy_diag_error *found = first_error(r);
    const char *message = found && found->msg ? found->msg : "no reason is known";
    const size_t end = trimmed_length(r);
    size_t offset = end;
    if (found && found->line > 0 && found->column > 0)
        offset = tempo__offset_of(r->positions.text, r->positions.length, (size_t)found->line, (size_t)found->column);
    const frame *bracket = open_bracket(r);
    const tempo_place place = place_of(r, offset < end ? offset : end, offset < end ? offset + 1 : end);
    if (r->has_ended && tempo_tree_root(r->tree)->count)
        return fail_second(r, place);
    if (bracket && offset >= end) {
        const tempo_place start = place_of(r, bracket->offset, bracket->offset + 1);
        tempo__fail(r->error, TEMPO_BAD_SYNTAX, "the %s that starts here is never closed",
                    bracket->value->kind == TEMPO_VALUE_LIST ? "[" : "{");
        tempo__locate(r->error, start.line, start.column, start.length);
        return TEMPO_BAD_SYNTAX;
    }
    tempo__fail(r->error, TEMPO_BAD_SYNTAX, "the text cannot be read as YAML: %s", message);
    hint(r, message);
    tempo__locate(r->error, place.line, place.column, place.length);
    return TEMPO_BAD_SYNTAX;
}

/* --- the document --- */

/* Handles one event and frees it, unless it is a key. */
static tempo_status handle(reader *r, struct fy_event *event)
{
    tempo_status status = TEMPO_OK;
    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (r->has_ended)
            status = fail_second(r, place_token(r, event->document_start.document_start));
        break;
    case FYET_DOCUMENT_END:
        r->has_ended = true;
        break;
    case FYET_SCALAR:
        if (wants_key(r))
            return read_key(r, event);
        status = read_scalar(r, event);
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
    fy_parser_event_free(r->parser, event);
    return status;
}

static tempo_status read_events(reader *r)
{
    struct fy_event *event = NULL;
    tempo_status status = TEMPO_OK;
    while (!status && (event = fy_parser_parse(r->parser)))
        status = handle(r, event);
    if (status)
        return status;
    if (fy_parser_get_stream_error(r->parser))
        return fail_syntax(r);
    if (tempo_tree_root(r->tree))
        return TEMPO_OK;
    tempo__fail(r->error, TEMPO_MISSING, "the text is empty");
    tempo__locate(r->error, 1, 1, 0);
    return TEMPO_MISSING;
}

/* libfyaml's messages are collected, not printed. */
static bool start(reader *r, const char *text, size_t length)
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
    reader r = {.tree = tree, .allocator = allocator, .error = error};
    tempo__positions_init(&r.positions, text, length);
    tempo__arena_init(&r.arena, allocator);
    r.anchors.arena = &r.arena;
    status = start(&r, text, length) ? read_events(&r) : tempo__out_of_memory(error);
    drop_key(&r);
    fy_parser_destroy(r.parser);
    fy_diag_destroy(r.diag);
    tempo__arena_free(&r.arena);
    return status;
}
