/* quoted.c: the content of 'single' and "double" quoted scalars. Knows no libfyaml, which is why it
 * exists: version 0.7.12 gets several quotes or escaped line breaks in a row wrong.
 */
#include "document/yaml.h"

#include <string.h>

bool tempo__quoted_is_simple(const char *text, size_t length, char quote)
{
    return !memchr(text, quote == '"' ? '\\' : quote, length) && !memchr(text, '\n', length);
}

typedef struct decoder {
    const char *text;
    size_t length;
    size_t at;
    char *out;
    size_t used;
    size_t keep; /* what was written before may not be trimmed: it was escaped */
} decoder;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void skip_blanks(decoder *d)
{
    while (d->at < d->length && is_blank(d->text[d->at]))
        d->at++;
}

static bool skip_break(decoder *d)
{
    if (d->at + 1 < d->length && d->text[d->at] == '\r' && d->text[d->at + 1] == '\n')
        d->at++;
    if (d->at == d->length || d->text[d->at] != '\n')
        return false;
    d->at++;
    return true;
}

/* After a line break: every empty line is a line break of the content; the result is their number. */
static size_t skip_empty_lines(decoder *d)
{
    size_t count = 0;
    skip_blanks(d);
    while (skip_break(d)) {
        d->out[d->used++] = '\n';
        count++;
        skip_blanks(d);
    }
    return count;
}

/* A line break that is not escaped: a space, or as many breaks as there are empty lines. */
static void fold(decoder *d)
{
    while (d->used > d->keep && is_blank(d->out[d->used - 1]))
        d->used--;
    if (!skip_empty_lines(d))
        d->out[d->used++] = ' ';
    d->keep = d->used;
}

/* --- escapes --- */

static const struct {
    char letter;
    const char *content;
} escapes[] = {
    {'"', "\""},   {'\\', "\\"}, {'/', "/"},  {' ', " "},        {'\t', "\t"},
    {'n', "\n"},   {'t', "\t"},  {'r', "\r"}, {'a', "\a"},       {'b', "\b"},
    {'e', "\x1B"}, {'f', "\f"},  {'v', "\v"}, {'N', "\xC2\x85"}, {'_', "\xC2\xA0"},
};

static bool read_hex(decoder *d, size_t digits, uint32_t *out)
{
    *out = 0;
    for (size_t i = 0; i < digits; i++) {
        const char c = d->at < d->length ? d->text[d->at++] : '\0';
        uint32_t digit = 0;
        if (c >= '0' && c <= '9')
            digit = (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (uint32_t)(c - 'a') + 10;
        else if (c >= 'A' && c <= 'F')
            digit = (uint32_t)(c - 'A') + 10;
        else
            return false;
        *out = 16 * *out + digit;
    }
    return true;
}

/* JSON writes what lies beyond U+FFFF as two halves, \ud83d\ude00. */
static bool read_second_half(decoder *d, uint32_t *code)
{
    uint32_t low = 0;
    if (d->length - d->at < 2 || d->text[d->at] != '\\' || d->text[d->at + 1] != 'u')
        return false;
    d->at += 2;
    if (!read_hex(d, 4, &low) || low < 0xDC00 || low > 0xDFFF)
        return false;
    *code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
    return true;
}

static bool put_code(decoder *d, uint32_t code)
{
    static const unsigned char leads[] = {0, 0xC0, 0xE0, 0xF0};
    if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return false;
    const size_t more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    d->out[d->used++] = (char)(leads[more] | (unsigned char)(code >> (6 * more)));
    for (size_t i = more; i > 0; i--)
        d->out[d->used++] = (char)(0x80 | ((code >> (6 * (i - 1))) & 0x3F));
    return true;
}

static bool read_code(decoder *d, size_t digits)
{
    uint32_t code = 0;
    if (!read_hex(d, digits, &code))
        return false;
    if (code >= 0xD800 && code <= 0xDBFF && !read_second_half(d, &code))
        return false;
    return put_code(d, code);
}

/* After the backslash. */
static bool read_escape(decoder *d)
{
    if (skip_break(d)) {
        skip_empty_lines(d);
        return true;
    }
    const char letter = d->at < d->length ? d->text[d->at++] : '\0';
    if (letter == 'x' || letter == 'u' || letter == 'U')
        return read_code(d, letter == 'x' ? 2 : letter == 'u' ? 4 : 8);
    if (letter == '0')
        return put_code(d, 0);
    for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
        if (escapes[i].letter != letter)
            continue;
        const size_t size = strlen(escapes[i].content);
        memcpy(d->out + d->used, escapes[i].content, size);
        d->used += size;
        return true;
    }
    return false;
}

size_t tempo__quoted_decode(char *out, const char *text, size_t length, char quote)
{
    decoder d = {.text = text, .length = length, .out = out};
    while (d.at < length) {
        if (skip_break(&d)) {
            fold(&d);
        } else if (quote == '"' && text[d.at] == '\\') {
            d.at++;
            if (!read_escape(&d))
                return SIZE_MAX;
            d.keep = d.used;
        } else {
            const char c = text[d.at++];
            if (quote == '\'' && c == quote && d.at < length && text[d.at] == quote)
                d.at++;
            out[d.used++] = c;
        }
    }
    return d.used;
}
