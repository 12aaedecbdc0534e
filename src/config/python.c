/* python.c: the little of Python's notation that occurs in saved configs: numbers, and the text of a
 * dataclass or a dict. Knows no class. */
#include "config/internal.h"

#include <string.h>

enum { DIGITS_MAX = 400, DEPTH_MAX = 64 };

/* --- numbers --- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Copies a number without the blanks around it and the _ between digits. Returns the length; 0 if it is none. */
static size_t clean_number(char *buffer, const char *text, size_t length)
{
    while (length && is_blank(text[0])) {
        text++;
        length--;
    }
    while (length && is_blank(text[length - 1]))
        length--;
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        const bool between = i > 0 && i + 1 < length && is_digit(text[i - 1]) && is_digit(text[i + 1]);
        if (used == DIGITS_MAX || (text[i] == '_' && !between))
            return 0;
        if (text[i] != '_')
            buffer[used++] = text[i];
    }
    return used;
}

bool tempo__python_int(const char *text, size_t length, int64_t *out, bool *fits)
{
    char digits[DIGITS_MAX];
    const size_t count = clean_number(digits, text, length);
    size_t i = count && (digits[0] == '-' || digits[0] == '+');
    if (i == count)
        return false;
    for (; i < count; i++)
        if (!is_digit(digits[i]))
            return false;
    *fits = tempo__integer_parse(out, digits, count);
    return true;
}

bool tempo__python_float(const char *text, size_t length, double *out)
{
    char digits[DIGITS_MAX];
    const size_t count = clean_number(digits, text, length);
    return count && tempo__number_parse(out, digits, count, true);
}

/* --- values --- */

typedef struct parser {
    tempo_tree *tree;
    const char *p, *end;
    size_t depth;
} parser;

static bool is_next(const parser *parse, char c)
{
    return parse->p < parse->end && *parse->p == c;
}

static bool take(parser *parse, char c)
{
    const bool is = is_next(parse, c);
    parse->p += is;
    return is;
}

static void skip_blanks(parser *parse)
{
    while (parse->p < parse->end && is_blank(*parse->p))
        parse->p++;
}

static bool is_any_of(char c, const char *set)
{
    return c && strchr(set, c);
}

/* The characters up to one of `stops`. */
static size_t span(const parser *parse, const char *stops)
{
    const char *p = parse->p;
    while (p < parse->end && *p && !is_any_of(*p, stops))
        p++;
    return (size_t)(p - parse->p);
}

static tempo_status add_value(parser *parse, tempo_value *parent, const char *key);

/* A text in quotes of either kind, the first of which is next. No escapes: what has some is none of ours. */
static bool take_quoted(parser *parse, const char **text, size_t *length)
{
    const char stops[] = {*parse->p, '\\', '\0'};
    parse->p++;
    *text = parse->p;
    *length = span(parse, stops);
    parse->p += *length;
    return take(parse, stops[0]);
}

static tempo_status added(const tempo_value *value)
{
    return value ? TEMPO_OK : TEMPO_NO_MEMORY;
}

static tempo_status add_word(parser *parse, tempo_value *parent, const char *key)
{
    static const struct {
        const char *word, *scalar;
    } words[] = {
        {"None", "null"},   {"null", "null"}, {"True", "true"},     {"true", "true"},       {"False", "false"},
        {"false", "false"}, {"NaN", ".nan"},  {"Infinity", ".inf"}, {"-Infinity", "-.inf"},
    };
    const char *word = parse->p;
    const size_t length = span(parse, " \t\r\n,()[]{}:='\"");
    const size_t key_length = key ? strlen(key) : 0;
    parse->p += length;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strlen(words[i].word) == length && memcmp(word, words[i].word, length) == 0)
            return added(
                tempo_tree_add_scalar(parse->tree, parent, key, key_length, words[i].scalar, strlen(words[i].scalar)));
    double real = 0;
    const size_t sign = length && *word == '-';
    const bool is_number = length > sign && is_digit(word[sign]) && is_digit(word[length - 1]) &&
                           tempo__number_parse(&real, word, length, false);
    return is_number ? added(tempo_tree_add_scalar(parse->tree, parent, key, key_length, word, length))
                     : TEMPO_BAD_SYNTAX;
}

/* Elements up to the closing bracket, the opening one taken; tuples and lists alike. */
static tempo_status add_elements(parser *parse, tempo_value *list)
{
    skip_blanks(parse);
    if (take(parse, ')') || take(parse, ']'))
        return TEMPO_OK;
    for (;;) {
        const tempo_status status = add_value(parse, list, NULL);
        if (status)
            return status;
        skip_blanks(parse);
        if (take(parse, ')') || take(parse, ']'))
            return TEMPO_OK;
        if (!take(parse, ','))
            return TEMPO_BAD_SYNTAX;
    }
}

/* 'key': value, ... up to the closing brace, the opening one taken. */
static tempo_status add_members(parser *parse, tempo_value *map)
{
    skip_blanks(parse);
    if (take(parse, '}'))
        return TEMPO_OK;
    for (;;) {
        const char *text = NULL;
        size_t length = 0;
        skip_blanks(parse);
        if ((!is_next(parse, '\'') && !is_next(parse, '"')) || !take_quoted(parse, &text, &length))
            return TEMPO_BAD_SYNTAX;
        const char *key = tempo_tree_copy_text(parse->tree, text, length);
        if (!key)
            return TEMPO_NO_MEMORY;
        skip_blanks(parse);
        if (!take(parse, ':'))
            return TEMPO_BAD_SYNTAX;
        const tempo_status status = add_value(parse, map, key);
        if (status)
            return status;
        skip_blanks(parse);
        if (take(parse, '}'))
            return TEMPO_OK;
        if (!take(parse, ','))
            return TEMPO_BAD_SYNTAX;
    }
}

static tempo_status add_value(parser *parse, tempo_value *parent, const char *key)
{
    skip_blanks(parse);
    if (is_next(parse, '\'') || is_next(parse, '"')) {
        const char *text = NULL;
        size_t length = 0;
        if (!take_quoted(parse, &text, &length))
            return TEMPO_BAD_SYNTAX;
        return added(tempo_tree_add_text(parse->tree, parent, key, text, length));
    }
    const bool is_map = is_next(parse, '{');
    if (!is_map && !is_next(parse, '(') && !is_next(parse, '['))
        return add_word(parse, parent, key);
    if (parse->depth == DEPTH_MAX)
        return TEMPO_BAD_SYNTAX;
    tempo_value *container =
        tempo_tree_add(parse->tree, parent, key, key ? strlen(key) : 0, is_map ? TEMPO_VALUE_MAP : TEMPO_VALUE_LIST);
    if (!container)
        return TEMPO_NO_MEMORY;
    parse->p++;
    parse->depth++;
    const tempo_status status = is_map ? add_members(parse, container) : add_elements(parse, container);
    parse->depth--;
    return status;
}

tempo_status tempo__python_value(tempo_tree *tree, tempo_value *parent, const char *key, const char *text,
                                 size_t length)
{
    parser parse = {tree, text, text + length, 0};
    const tempo_status status = add_value(&parse, parent, key);
    return !status && parse.p < parse.end ? TEMPO_BAD_SYNTAX : status;
}

/* --- arguments --- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* A key of letters and _, which is all that upstream knows. */
static tempo_status take_key(parser *parse, const char **out)
{
    const char *start = parse->p;
    while (parse->p < parse->end && is_letter(*parse->p))
        parse->p++;
    if (parse->p == start)
        return TEMPO_BAD_SYNTAX;
    *out = tempo_tree_copy_text(parse->tree, start, (size_t)(parse->p - start));
    return *out ? TEMPO_OK : TEMPO_NO_MEMORY;
}

/* a=5, b='x' up to the end. */
static tempo_status add_keywords(parser *parse, tempo_value *map)
{
    skip_blanks(parse);
    if (parse->p == parse->end)
        return TEMPO_OK;
    for (;;) {
        const char *key = NULL;
        skip_blanks(parse);
        tempo_status status = take_key(parse, &key);
        if (!status && !take(parse, '='))
            status = TEMPO_BAD_SYNTAX;
        if (!status)
            status = add_value(parse, map, key);
        if (status)
            return status;
        skip_blanks(parse);
        if (parse->p == parse->end)
            return TEMPO_OK;
        if (!take(parse, ','))
            return TEMPO_BAD_SYNTAX;
    }
}

/* 'a': 5, 'b': 'x' up to the end: every value is the text between ": " and the next comma. */
static tempo_status add_texts(parser *parse, tempo_value *map)
{
    skip_blanks(parse);
    if (parse->p == parse->end)
        return TEMPO_OK;
    for (;;) {
        const char *key = NULL;
        skip_blanks(parse);
        tempo_status status = take(parse, '\'') ? take_key(parse, &key) : TEMPO_BAD_SYNTAX;
        if (!status && !(take(parse, '\'') && take(parse, ':') && take(parse, ' ')))
            status = TEMPO_BAD_SYNTAX;
        const char *text = parse->p;
        const size_t length = span(parse, ":},\"\\[]\n");
        if (!status && !length)
            status = TEMPO_BAD_SYNTAX;
        parse->p += length;
        if (!status)
            status = added(tempo_tree_add_text(parse->tree, map, key, text, length));
        if (status)
            return status;
        if (parse->p == parse->end)
            return TEMPO_OK;
        if (!take(parse, ','))
            return TEMPO_BAD_SYNTAX;
    }
}

tempo_status tempo__python_arguments(tempo_tree *tree, tempo_value *map, const char *text, size_t length)
{
    const char *open = memchr(text, '(', length), *close = text + length;
    if (length > 1 && text[0] == '{' && text[length - 1] == '}') {
        parser parse = {tree, text + 1, text + length - 1, 0};
        return add_texts(&parse, map);
    }
    while (open && close > open && close[-1] != ')')
        close--;
    if (!open || close == open)
        return TEMPO_BAD_SYNTAX;
    parser parse = {tree, open + 1, close - 1, 0};
    return add_keywords(&parse, map);
}
