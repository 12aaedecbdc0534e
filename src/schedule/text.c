/* text.c: the one-line form of schedules: TYPE key=value key=value * TYPE key=value. Turns text into
 * values and values into text; what the names mean is schedule.c's business. */
#include <tempo/schedule.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/internal.h"
#include "schedule/text.h"

enum { DEPTH_MAX = 64 };

/* --- reading --- */

typedef struct reader {
    tempo_tree *tree;
    const char *p;
    const char *line_start;
    size_t line;
    size_t depth;
    tempo_error *error;
} reader;

static tempo_place place_of(const reader *r, const char *start)
{
    return (tempo_place){r->line, (size_t)(start - r->line_start) + 1, (size_t)(r->p - start)};
}

static tempo_status fail_here(reader *r, const char *expected)
{
    if (*r->p)
        tempo__fail(r->error, TEMPO_BAD_SYNTAX, "%s was expected, not '%.*s'", expected,
                    (int)strcspn(r->p + 1, " \t\r\n") + 1, r->p);
    else
        tempo__fail(r->error, TEMPO_BAD_SYNTAX, "%s was expected, but the text ends", expected);
    tempo__advise(r->error, "write TYPE key=value key=value, and ' * ' between schedules");
    tempo__locate(r->error, r->line, (size_t)(r->p - r->line_start) + 1, *r->p ? 1 : 0);
    return TEMPO_BAD_SYNTAX;
}

static void skip_blanks(reader *r)
{
    for (; *r->p == ' ' || *r->p == '\t' || *r->p == '\r' || *r->p == '\n'; r->p++)
        if (*r->p == '\n') {
            r->line++;
            r->line_start = r->p + 1;
        }
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name(char c)
{
    return is_name_start(c) || (c >= '0' && c <= '9');
}

/* Characters that end an unquoted scalar. */
static bool is_bare(char c)
{
    return c && !strchr(" \t\r\n,:=*[](){}\"'#", c);
}

static tempo_status read_value(reader *r, tempo_value *parent, const char *key, size_t key_length,
                               tempo_place key_place);
static tempo_status read_stack(reader *r, tempo_value *list);

static tempo_status finish(reader *r, tempo_value *value, const char *start, tempo_place key_place)
{
    if (!value)
        return tempo__out_of_memory(r->error);
    value->place = place_of(r, start);
    value->key_place = key_place;
    return TEMPO_OK;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool read_hex4(const char *p, unsigned *out)
{
    *out = 0;
    for (size_t i = 0; i < 4; i++) {
        const int digit = hex_digit(p[i]);
        if (digit < 0)
            return false;
        *out = *out * 16 + (unsigned)digit;
    }
    return true;
}

static size_t put_utf8(char *out, unsigned code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* One escape of a JSON string, the backslash already passed; 0 if it is none. */
static size_t read_escape(reader *r, char *out)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *known = *r->p ? strchr(letters, *r->p) : NULL;
    if (known) {
        r->p++;
        out[0] = meanings[known - letters];
        return 1;
    }
    unsigned code = 0, low = 0;
    if (*r->p != 'u' || !read_hex4(r->p + 1, &code) || code == 0)
        return 0;
    r->p += 5;
    if (code >= 0xd800 && code < 0xdc00) {
        if (r->p[0] != '\\' || r->p[1] != 'u' || !read_hex4(r->p + 2, &low) || low < 0xdc00 || low > 0xdfff)
            return 0;
        r->p += 6;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if (code >= 0xdc00 && code < 0xe000) {
        return 0;
    }
    return put_utf8(out, code);
}

/* A quoted text into the tree's memory; an escape is never shorter than what it stands for. */
static tempo_status read_quoted(reader *r, const char **out, size_t *length)
{
    const char *start = ++r->p;
    size_t room = 0;
    for (const char *end = start; *end && *end != '"' && *end != '\n'; end++, room++)
        if (*end == '\\' && end[1])
            end++, room++;
    char *copy = tempo_tree_copy_text(r->tree, start, room);
    if (!copy)
        return tempo__out_of_memory(r->error);
    size_t used = 0;
    while (*r->p != '"') {
        if (!*r->p || *r->p == '\n')
            return fail_here(r, "a closing quote");
        if (*r->p != '\\') {
            copy[used++] = *r->p++;
            continue;
        }
        r->p++;
        const size_t bytes = read_escape(r, copy + used);
        if (!bytes)
            return fail_here(r, "an escape of JSON");
        used += bytes;
    }
    r->p++;
    copy[used] = '\0';
    *out = copy;
    *length = used;
    return TEMPO_OK;
}

static tempo_status read_list(reader *r, tempo_value *list)
{
    r->p++;
    skip_blanks(r);
    while (*r->p != ']') {
        const tempo_status status = read_value(r, list, NULL, 0, (tempo_place){0, 0, 0});
        if (status)
            return status;
        skip_blanks(r);
        if (*r->p != ',' && *r->p != ']')
            return fail_here(r, "',' or ']'");
        if (*r->p == ',')
            r->p++;
        skip_blanks(r);
    }
    r->p++;
    return TEMPO_OK;
}

static tempo_status read_map(reader *r, tempo_value *map)
{
    r->p++;
    skip_blanks(r);
    while (*r->p != '}') {
        const char *start = r->p, *key = r->p;
        size_t length = 0;
        if (*r->p == '"') {
            const tempo_status status = read_quoted(r, &key, &length);
            if (status)
                return status;
        } else {
            while (is_bare(*r->p))
                r->p++;
            length = (size_t)(r->p - key);
        }
        const tempo_place key_place = place_of(r, start);
        skip_blanks(r);
        if (r->p == start || *r->p != ':')
            return fail_here(r, "a key and ':'");
        r->p++;
        skip_blanks(r);
        const tempo_status status = read_value(r, map, key, length, key_place);
        if (status)
            return status;
        skip_blanks(r);
        if (*r->p != ',' && *r->p != '}')
            return fail_here(r, "',' or '}'");
        if (*r->p == ',')
            r->p++;
        skip_blanks(r);
    }
    r->p++;
    return TEMPO_OK;
}

/* (TYPE key=value): one schedule is a map, a stack of several a list. */
static tempo_status read_nested(reader *r, tempo_value *list)
{
    r->p++;
    const tempo_status status = read_stack(r, list);
    if (status)
        return status;
    if (*r->p != ')')
        return fail_here(r, "')'");
    r->p++;
    if (list->count != 1)
        return TEMPO_OK;
    tempo_value *only = list->first;
    list->kind = TEMPO_VALUE_MAP;
    list->count = only->count;
    list->first = only->first;
    list->last = only->last;
    return TEMPO_OK;
}

static tempo_status read_container(reader *r, tempo_value *parent, const char *key, size_t key_length,
                                   tempo_place key_place)
{
    if (++r->depth > DEPTH_MAX) {
        tempo__fail(r->error, TEMPO_TOO_LARGE, "values are nested more than %d deep", DEPTH_MAX);
        tempo__locate(r->error, r->line, (size_t)(r->p - r->line_start) + 1, 1);
        return TEMPO_TOO_LARGE;
    }
    const char *start = r->p;
    const tempo_value_kind kind = *start == '{' ? TEMPO_VALUE_MAP : TEMPO_VALUE_LIST;
    tempo_value *value = tempo_tree_add(r->tree, parent, key, key_length, kind);
    if (!value)
        return tempo__out_of_memory(r->error);
    const tempo_status status = *start == '{'   ? read_map(r, value)
                                : *start == '[' ? read_list(r, value)
                                                : read_nested(r, value);
    r->depth--;
    return status ? status : finish(r, value, start, key_place);
}

static tempo_status read_value(reader *r, tempo_value *parent, const char *key, size_t key_length,
                               tempo_place key_place)
{
    const char *start = r->p;
    if (*start == '[' || *start == '{' || *start == '(')
        return read_container(r, parent, key, key_length, key_place);
    if (*start == '"') {
        const char *text = NULL;
        size_t length = 0;
        const tempo_status status = read_quoted(r, &text, &length);
        if (status)
            return status;
        tempo_value *value = tempo_tree_add(r->tree, parent, key, key_length, TEMPO_VALUE_TEXT);
        if (value) {
            value->text = text;
            value->text_length = length;
        }
        return finish(r, value, start, key_place);
    }
    while (is_bare(*r->p))
        r->p++;
    if (r->p == start)
        return fail_here(r, "a value");
    tempo_value *value = tempo_tree_add_scalar(r->tree, parent, key, key_length, start, (size_t)(r->p - start));
    return finish(r, value, start, key_place);
}

/* TYPE key=value key=value */
static tempo_status read_schedule(reader *r, tempo_value *list)
{
    const char *start = r->p;
    if (!is_name_start(*r->p))
        return fail_here(r, "the type of a schedule");
    while (is_name(*r->p) || *r->p == '.')
        r->p++;
    tempo_value *map = tempo_tree_add(r->tree, list, NULL, 0, TEMPO_VALUE_MAP);
    if (!map)
        return tempo__out_of_memory(r->error);
    tempo_value *type = tempo_tree_add_text(r->tree, map, "type", start, (size_t)(r->p - start));
    tempo_status status = finish(r, type, start, (tempo_place){0, 0, 0});
    const tempo_place type_place = place_of(r, start);
    skip_blanks(r);
    while (!status && is_name_start(*r->p)) {
        const char *key = r->p;
        while (is_name(*r->p))
            r->p++;
        const size_t length = (size_t)(r->p - key);
        const tempo_place key_place = place_of(r, key);
        if (*r->p != '=')
            return fail_here(r, "'=' after the key");
        r->p++;
        status = read_value(r, map, key, length, key_place);
        skip_blanks(r);
    }
    map->place = type_place;
    return status;
}

/* TYPE ... * TYPE ..., up to the end or a closing parenthesis. */
static tempo_status read_stack(reader *r, tempo_value *list)
{
    skip_blanks(r);
    tempo_status status = read_schedule(r, list);
    while (!status && *r->p == '*') {
        r->p++;
        skip_blanks(r);
        status = read_schedule(r, list);
    }
    return status;
}

tempo_status tempo_schedule_read(tempo_tree *tree, tempo_value *parent, const char *key, const char *text,
                                 tempo_error *error)
{
    reader r = {.tree = tree, .p = text, .line_start = text, .line = 1, .error = error};
    tempo_value *list = tempo_tree_add(tree, parent, key, key ? strlen(key) : 0, TEMPO_VALUE_LIST);
    if (!list)
        return tempo__out_of_memory(error);
    const tempo_status status = read_stack(&r, list);
    if (status)
        return status;
    return *r.p ? fail_here(&r, "key=value, ' * ' or the end") : TEMPO_OK;
}

/* --- writing --- */

static void put(tempo__writer *w, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++, w->length++)
        if (w->length + 1 < w->capacity)
            w->buffer[w->length] = bytes[i];
}

static void put_text(tempo__writer *w, const char *text)
{
    put(w, text, strlen(text));
}

static void put_quoted(tempo__writer *w, const char *text, size_t length)
{
    put_text(w, "\"");
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)text[i];
        char escape[8];
        if (c == '"' || c == '\\')
            (void)snprintf(escape, sizeof escape, "\\%c", c);
        else if (c < 0x20)
            (void)snprintf(escape, sizeof escape, "\\u%04x", c);
        else
            (void)snprintf(escape, sizeof escape, "%c", c);
        put_text(w, escape);
    }
    put_text(w, "\"");
}

/* Whether an unquoted key reads back as the same key: a number is text there too. */
static bool is_safe_key(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!is_bare(text[i]) || (unsigned char)text[i] < 0x20)
            return false;
    return length > 0;
}

/* Whether unquoted text reads back as the same text. */
static bool is_safe_bare(const char *text, size_t length)
{
    if (!is_safe_key(text, length))
        return false;
    int64_t integer = 0;
    double real = 0;
    if (tempo__integer_parse(&integer, text, length) || tempo__number_parse(&real, text, length, false))
        return false;
    /* Words, signs and points may be null, a flag or a special number; times start with a digit, and
     * names of functions and groups are longer: quoting a few too many does no harm. */
    static const char *const words[] = {"~", "null", "true", "false", ".nan", ".inf", "-.inf", "+.inf"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (tempo__equal_ignoring_case(text, length, words[i]))
            return false;
    return !(length > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'o'));
}

static void put_bare_or_quoted(tempo__writer *w, const char *text, size_t length, bool is_safe)
{
    if (is_safe)
        put(w, text, length);
    else
        put_quoted(w, text, length);
}

static void put_real(tempo__writer *w, double real)
{
    char text[TEMPO__NUMBER_MAX];
    if (isnan(real)) {
        put_text(w, ".nan");
    } else if (isinf(real)) {
        put_text(w, real < 0 ? "-.inf" : ".inf");
    } else {
        put(w, text, tempo__number_print(text, real));
        if (!strpbrk(text, ".e"))
            put_text(w, ".0"); /* else it would read back as an integer */
    }
}

static bool is_schedule(const tempo_value *value)
{
    const tempo_value *type = tempo_value_member(value, "type");
    if (!type || type->kind != TEMPO_VALUE_TEXT || !is_name_start(type->text[0]))
        return false;
    for (size_t i = 0; i < type->text_length; i++)
        if (!is_name(type->text[i]) && type->text[i] != '.')
            return false;
    for (const tempo_value *member = value->first; member; member = member->next) {
        if (!member->key_length || !is_name_start(member->key[0]))
            return false;
        for (size_t i = 0; i < member->key_length; i++)
            if (!is_name(member->key[i]))
                return false;
    }
    return true;
}

void tempo__write_value(tempo__writer *w, const tempo_value *value)
{
    char text[TEMPO__NUMBER_MAX];
    switch (value->kind) {
    case TEMPO_VALUE_NULL:
        put_text(w, "null");
        break;
    case TEMPO_VALUE_BOOL:
        put_text(w, value->boolean ? "true" : "false");
        break;
    case TEMPO_VALUE_INTEGER:
        put(w, text, tempo__integer_print(text, value->integer));
        break;
    case TEMPO_VALUE_REAL:
        put_real(w, value->real);
        break;
    case TEMPO_VALUE_TEXT:
        put_bare_or_quoted(w, value->text, value->text_length, is_safe_bare(value->text, value->text_length));
        break;
    case TEMPO_VALUE_LIST:
        put_text(w, "[");
        for (const tempo_value *member = value->first; member; member = member->next) {
            tempo__write_value(w, member);
            put_text(w, member->next ? ", " : "");
        }
        put_text(w, "]");
        break;
    case TEMPO_VALUE_MAP:
        if (is_schedule(value)) {
            put_text(w, "(");
            tempo__write_schedule(w, value);
            put_text(w, ")");
            break;
        }
        put_text(w, "{");
        for (const tempo_value *member = value->first; member; member = member->next) {
            put_bare_or_quoted(w, member->key, member->key_length, is_safe_key(member->key, member->key_length));
            put_text(w, ": ");
            tempo__write_value(w, member);
            put_text(w, member->next ? ", " : "");
        }
        put_text(w, "}");
        break;
    }
}

void tempo__write_schedule(tempo__writer *w, const tempo_value *map)
{
    const tempo_value *type = tempo_value_member(map, "type");
    put(w, type->text, type->text_length);
    for (const tempo_value *member = map->first; member; member = member->next) {
        if (member == type)
            continue;
        put_text(w, " ");
        put(w, member->key, member->key_length);
        put_text(w, "=");
        tempo__write_value(w, member);
    }
}

void tempo__write_stack(tempo__writer *w, const tempo_value *list)
{
    for (const tempo_value *map = list->first; map; map = map->next) {
        tempo__write_schedule(w, map);
        put_text(w, map->next ? " * " : "");
    }
    if (w->capacity)
        w->buffer[w->length < w->capacity ? w->length : w->capacity - 1] = '\0';
}
