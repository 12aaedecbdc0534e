/* yaml_error.c: what is wrong with a text, and where. Knows libfyaml's messages, but no schedule. */
#include "document/yaml.h"

#include <stdio.h>
#include <string.h>

/* "optimizer.groups[1].lr": the way down through what is being read. */
static void blame_here(const tempo__yaml *r, const char *key)
{
    char path[sizeof r->error->path] = "";
    size_t used = 0;
    const tempo__shown last =
        key ? tempo__show(key, strlen(key)) : tempo__show(r->key.text, r->key.text ? r->key.length : 0);
    const tempo_value *value = r->error && r->depth ? r->frames[0].value : NULL;
    for (size_t i = 1; value && used < sizeof path; i++) {
        const tempo_value *child = i < r->depth ? r->frames[i].value : NULL;
        const tempo__shown name = child && child->key ? tempo__show(child->key, child->key_length) : last;
        int length = 0;
        if (value->kind == TEMPO_VALUE_LIST)
            length = snprintf(path + used, sizeof path - used, "[%zu]", value->count - (child ? 1 : 0));
        else if (*name.text)
            length = snprintf(path + used, sizeof path - used, "%s%s", used ? "." : "", name.text);
        used += (size_t)length;
        value = child;
    }
    tempo__blame(r->error, "%s", path);
}

tempo_status tempo__fail_here(const tempo__yaml *r, tempo_status status, tempo_place place, const char *key)
{
    blame_here(r, key);
    tempo__locate(r->error, place.line, place.column, place.length);
    return status;
}

tempo_status tempo__fail_second(const tempo__yaml *r, tempo_place place)
{
    tempo__fail(r->error, TEMPO_CONFLICT, "the document ends before this, and a file holds exactly one");
    tempo__advise(r->error, "give each document a file of its own");
    tempo__locate(r->error, place.line, place.column, place.length);
    return TEMPO_CONFLICT;
}

/* --- libfyaml's errors --- */

/* What to do about a message that says little by itself. */
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

static void hint(const tempo__yaml *r, const char *message)
{
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++)
        if (strstr(message, hints[i].part))
            tempo__advise(r->error, "%s", hints[i].advice);
}

static const struct fy_diag_error *first_error(const tempo__yaml *r)
{
    void *state = NULL;
    const struct fy_diag_error *error = NULL;
    while ((error = fy_diag_errors_iterate(r->diag, &state)))
        if (error->type == FYET_ERROR)
            break;
    return error;
}

/* The innermost bracket that is still open, or NULL. */
static const tempo__frame *open_bracket(const tempo__yaml *r)
{
    for (size_t i = r->depth; i > 0; i--)
        if (r->frames[i - 1].in_brackets)
            return &r->frames[i - 1];
    return NULL;
}

/* Without the white space at the end: where a person would say that the text ends. */
static size_t trimmed_length(const tempo__yaml *r)
{
    size_t length = r->positions.length;
    while (length > 0 && strchr(" \t\r\n", r->positions.text[length - 1]))
        length--;
    return length;
}

tempo_status tempo__fail_syntax(tempo__yaml *r)
{
    const struct fy_diag_error *found = first_error(r);
    const char *message = found && found->msg ? found->msg : "no reason is known";
    const size_t end = trimmed_length(r);
    size_t offset = end;
    if (found && found->line > 0 && found->column > 0)
        offset = tempo__offset_of(r->positions.text, r->positions.length, (size_t)found->line, (size_t)found->column);
    const bool at_end = offset >= end;
    const tempo__frame *bracket = open_bracket(r);
    if (bracket && at_end) {
        const tempo_place start = tempo__place_of(&r->positions, bracket->offset, bracket->offset + 1);
        tempo__fail(r->error, TEMPO_BAD_SYNTAX, "the %s that starts here is never closed",
                    bracket->value->kind == TEMPO_VALUE_LIST ? "[" : "{");
        tempo__locate(r->error, start.line, start.column, start.length);
        return TEMPO_BAD_SYNTAX;
    }
    const tempo_place place = tempo__place_of(&r->positions, at_end ? end : offset, at_end ? end : offset + 1);
    if (r->has_ended && tempo_tree_root(r->tree)->count)
        return tempo__fail_second(r, place);
    tempo__fail(r->error, TEMPO_BAD_SYNTAX, "the text cannot be read as YAML: %s", message);
    hint(r, message);
    tempo__locate(r->error, place.line, place.column, place.length);
    return TEMPO_BAD_SYNTAX;
}
