/* print.c: values as YAML and JSON text that reads back to equal values. Knows no key. */
#include "document/internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { INDENT = 2, WIDTH = 100 };

typedef struct printer {
    tempo_write *write;
    void *context;
    tempo_format format;
    bool has_stopped; /* `write` has */
    size_t used;      /* of the buffer */
    size_t column;    /* bytes in the current line */
    char buffer[4096];
} printer;

/* --- bytes --- */

static void flush(printer *p)
{
    if (p->used && !p->has_stopped && p->write(p->context, p->buffer, p->used))
        p->has_stopped = true;
    p->used = 0;
}

static void put(printer *p, const char *bytes, size_t length)
{
    p->column += length;
    while (length > 0 && !p->has_stopped) {
        if (p->used == sizeof p->buffer)
            flush(p);
        const size_t room = sizeof p->buffer - p->used;
        const size_t some = length < room ? length : room;
        memcpy(p->buffer + p->used, bytes, some);
        p->used += some;
        bytes += some;
        length -= some;
    }
}

static void put_text(printer *p, const char *text)
{
    put(p, text, strlen(text));
}

static void put_line(printer *p, size_t indent)
{
    put_text(p, "\n");
    p->column = 0;
    while (indent-- > 0)
        put_text(p, " ");
}

/* --- texts --- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Words that some reader of YAML, of version 1.1 or 1.2, takes for something else. */
static bool is_reserved(const char *text, size_t length)
{
    static const char *const words[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (tempo__equal_ignoring_case(text, length, words[i]))
            return true;
    return false;
}

/* 0x1f, 0o17, 0b11: but not 0ba. */
static bool has_radix(const char *text, size_t length)
{
    const char letter = length > 2 && text[0] == '0' ? text[1] : '\0';
    const char *digits = letter == 'x' ? "0123456789abcdefABCDEF_" : letter == 'o' ? "01234567_" : "01_";
    size_t i = 2;
    while (i < length && text[i] && strchr(digits, text[i]))
        i++;
    return (letter == 'x' || letter == 'o' || letter == 'b') && i == length;
}

/* Whether a text can stand without quotes: a word, or a time such as 10ep, that no reader of YAML takes
 * for anything else. */
static bool is_plain(const char *text, size_t length)
{
    if (length == 0 || !(is_letter(text[0]) || is_digit(text[0]) || text[0] == '_'))
        return false;
    bool is_word = false; /* has a letter that no number has */
    for (size_t i = 0; i < length; i++) {
        if (!is_letter(text[i]) && !is_digit(text[i]) && (!text[i] || !strchr("_./+-", text[i])))
            return false;
        is_word = is_word || (is_letter(text[i]) && text[i] != 'e' && text[i] != 'E');
    }
    return is_digit(text[0]) ? is_word && !has_radix(text, length) : !is_reserved(text, length);
}

/* What has to be escaped at the start of `text`: its length and the code of the character; else 0. Beside
 * what JSON demands: what YAML does not print, or breaks lines at. */
static size_t escaped_length(const char *text, unsigned *code)
{
    const unsigned char c = (unsigned char)text[0], d = c ? (unsigned char)text[1] : 0;
    *code = c;
    if (c < ' ' || c == 0x7F || c == '"' || c == '\\')
        return 1;
    if (c == 0xC2 && d <= 0xA0) { /* U+0080 to U+00A0 */
        *code = d;
        return 2;
    }
    if (c == 0xE2 && d == 0x80 && ((unsigned char)text[2] == 0xA8 || (unsigned char)text[2] == 0xA9)) {
        *code = 0x2000U + ((unsigned char)text[2] & 0x3FU);
        return 3;
    }
    if (c == 0xEF && d == 0xBB && (unsigned char)text[2] == 0xBF) {
        *code = 0xFEFF;
        return 3;
    }
    return 0;
}

static void put_quoted(printer *p, const char *text, size_t length)
{
    static const char letters[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
    put_text(p, "\"");
    for (size_t i = 0; i < length;) {
        unsigned code = 0;
        const size_t size = escaped_length(text + i, &code);
        char escape[8];
        const char *letter = size == 1 ? strchr(letters, text[i]) : NULL;
        if (!size) {
            put(p, text + i, 1);
        } else if (letter) {
            (void)snprintf(escape, sizeof escape, "\\%c", names[letter - letters]);
            put_text(p, escape);
        } else {
            (void)snprintf(escape, sizeof escape, "\\u%04x", code & 0xFFFFU);
            put_text(p, escape);
        }
        i += size ? size : 1;
    }
    put_text(p, "\"");
}

static void put_word(printer *p, const char *text, size_t length)
{
    if (p->format == TEMPO_YAML && is_plain(text, length))
        put(p, text, length);
    else
        put_quoted(p, text, length);
}

/* --- scalars --- */

static void put_real(printer *p, double real)
{
    char text[TEMPO__NUMBER_MAX + 2];
    if (isnan(real)) {
        put_text(p, ".nan");
    } else if (isinf(real)) {
        put_text(p, real < 0 ? "-.inf" : ".inf");
    } else {
        (void)tempo__number_print(text, real);
        put_text(p, text);
        if (!strpbrk(text, ".e"))
            put_text(p, ".0"); /* else it would read back as an integer */
    }
}

static void put_scalar(printer *p, const tempo_value *value)
{
    char text[TEMPO__NUMBER_MAX];
    switch (value->kind) {
    case TEMPO_VALUE_BOOL:
        put_text(p, value->boolean ? "true" : "false");
        return;
    case TEMPO_VALUE_INTEGER:
        (void)tempo__integer_print(text, value->integer);
        put_text(p, text);
        return;
    case TEMPO_VALUE_REAL:
        put_real(p, value->real);
        return;
    case TEMPO_VALUE_TEXT:
        put_word(p, value->text, value->text_length);
        return;
    case TEMPO_VALUE_NULL:
    case TEMPO_VALUE_LIST:
    case TEMPO_VALUE_MAP:
        break;
    }
    put_text(p, "null");
}

/* --- lists and maps --- */

static bool is_container(const tempo_value *value)
{
    return value->kind == TEMPO_VALUE_LIST || value->kind == TEMPO_VALUE_MAP;
}

static bool holds_containers(const tempo_value *value)
{
    for (const tempo_value *member = value->first; member; member = member->next)
        if (is_container(member))
            return true;
    return false;
}

/* In brackets; on one line, or several if it is long. */
static void put_flow(printer *p, const tempo_value *value, size_t indent)
{
    if (!is_container(value)) {
        put_scalar(p, value);
        return;
    }
    const bool is_map = value->kind == TEMPO_VALUE_MAP;
    put_text(p, is_map ? "{" : "[");
    for (const tempo_value *member = value->first; member; member = member->next) {
        if (member != value->first)
            put_text(p, ",");
        if (p->column > WIDTH)
            put_line(p, indent + INDENT);
        else if (member != value->first)
            put_text(p, " ");
        if (is_map) {
            put_word(p, member->key, member->key_length);
            put_text(p, ": ");
        }
        put_flow(p, member, indent + INDENT);
    }
    put_text(p, is_map ? "}" : "]");
}

static void put_json(printer *p, const tempo_value *value, size_t indent)
{
    if (!is_container(value) || !value->count || (value->kind == TEMPO_VALUE_LIST && !holds_containers(value))) {
        put_flow(p, value, indent);
        return;
    }
    const bool is_map = value->kind == TEMPO_VALUE_MAP;
    put_text(p, is_map ? "{" : "[");
    for (const tempo_value *member = value->first; member; member = member->next) {
        put_line(p, indent + INDENT);
        if (is_map) {
            put_word(p, member->key, member->key_length);
            put_text(p, ": ");
        }
        put_json(p, member, indent + INDENT);
        if (member->next)
            put_text(p, ",");
    }
    put_line(p, indent);
    put_text(p, is_map ? "}" : "]");
}

/* Whether a value is written over several lines: a map, or a list of nothing but maps. */
static bool is_block(const tempo_value *value)
{
    if (value->kind == TEMPO_VALUE_MAP)
        return value->count > 0;
    if (value->kind != TEMPO_VALUE_LIST || !value->count)
        return false;
    for (const tempo_value *member = value->first; member; member = member->next)
        if (member->kind != TEMPO_VALUE_MAP || !member->count)
            return false;
    return true;
}

/* The members of a block; the first one where the line is now. */
static void put_block(printer *p, const tempo_value *value, size_t indent)
{
    for (const tempo_value *member = value->first; member; member = member->next) {
        if (member != value->first)
            put_line(p, indent);
        if (value->kind == TEMPO_VALUE_LIST) {
            put_text(p, "- ");
            put_block(p, member, indent + INDENT);
            continue;
        }
        put_word(p, member->key, member->key_length);
        if (is_block(member)) {
            put_text(p, ":");
            put_line(p, indent + INDENT);
            put_block(p, member, indent + INDENT);
        } else {
            put_text(p, ": ");
            put_flow(p, member, indent);
        }
    }
}

tempo_status tempo_value_print(const tempo_value *value, tempo_format format, tempo_write *write, void *context,
                               tempo_error *error)
{
    printer p = {.write = write, .context = context, .format = format};
    if (format == TEMPO_JSON)
        put_json(&p, value, 0);
    else if (is_block(value))
        put_block(&p, value, 0);
    else
        put_flow(&p, value, 0);
    put_text(&p, "\n");
    flush(&p);
    return p.has_stopped ? tempo__fail(error, TEMPO_IO, "the document could not be written") : TEMPO_OK;
}
