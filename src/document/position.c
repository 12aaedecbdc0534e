/* position.c: where in a text something stands, and whether it is a text at all. Knows no YAML. */
#include "document/internal.h"

#include <string.h>

/* --- lines and columns --- */

/* A line ends after \n, \r\n or \r alone. */
static bool ends_line(const char *text, size_t length, size_t offset)
{
    return text[offset] == '\n' || (text[offset] == '\r' && (offset + 1 == length || text[offset + 1] != '\n'));
}

void tempo__positions_init(tempo__positions *positions, const char *text, size_t length)
{
    *positions = (tempo__positions){text, length, 1, 0};
}

static void move_back(tempo__positions *p, size_t offset)
{
    while (offset < p->start) {
        p->start--; /* the byte that ended the line before */
        p->line--;
        while (p->start > 0 && !ends_line(p->text, p->length, p->start - 1))
            p->start--;
    }
}

static void move_on(tempo__positions *p, size_t offset)
{
    for (size_t i = p->start; i < offset; i++) {
        if (ends_line(p->text, p->length, i)) {
            p->line++;
            p->start = i + 1;
        }
    }
}

size_t tempo__length_in_line(const tempo__positions *positions, size_t offset, size_t end)
{
    if (end > positions->length)
        end = positions->length;
    if (end <= offset)
        return 0;
    const char *text = positions->text + offset;
    const char *line_feed = memchr(text, '\n', end - offset);
    const size_t length = line_feed ? (size_t)(line_feed - text) : end - offset;
    const char *carriage_return = memchr(text, '\r', length);
    return carriage_return ? (size_t)(carriage_return - text) : length;
}

tempo_place tempo__place_of(tempo__positions *positions, size_t offset, size_t end)
{
    if (offset > positions->length)
        offset = positions->length;
    if (offset < positions->start)
        move_back(positions, offset);
    else
        move_on(positions, offset);
    const size_t length = tempo__length_in_line(positions, offset, end);
    return (tempo_place){positions->line, offset - positions->start + 1, length};
}

static bool continues_character(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

size_t tempo__offset_of(const char *text, size_t length, size_t line, size_t character)
{
    size_t offset = 0;
    while (line > 1 && offset < length)
        if (ends_line(text, length, offset++))
            line--;
    while (character > 1 && offset < length) {
        offset++;
        while (offset < length && continues_character(text[offset]))
            offset++;
        character--;
    }
    return offset;
}

/* --- bytes --- */

/* Length of the character at the start of `text`, or 0 if it is not UTF-8: too long a form, half of a
 * surrogate pair, or beyond U+10FFFF. */
static size_t character_length(const char *text, size_t length)
{
    const unsigned char first = (unsigned char)text[0];
    if (first < 0x80)
        return 1;
    const size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || size > length)
        return 0;
    for (size_t i = 1; i < size; i++)
        if (!continues_character(text[i]))
            return 0;
    const unsigned char second = (unsigned char)text[1];
    const bool bad = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                     (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
    return bad ? 0 : size;
}

static bool is_control(const char *text)
{
    const unsigned char c = (unsigned char)text[0];
    if (c == 0xC2) /* U+0080 to U+009F; U+0085 is a line break of old */
        return (unsigned char)text[1] < 0xA0 && (unsigned char)text[1] != 0x85;
    return (c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
}

/* Whether the line is a directive that is read: the version of YAML, which changes nothing. Others are
 * refused since libfyaml 0.7.12 takes time proportional to the square of their length. */
static bool is_known_directive(const char *line, size_t length)
{
    static const char *const known[] = {"%YAML 1.1", "%YAML 1.2"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        const size_t size = strlen(known[i]);
        if (length >= size && memcmp(line, known[i], size) == 0 &&
            (length == size || line[size] == '\n' || line[size] == '\r'))
            return true;
    }
    return false;
}

static tempo_status refuse(const char *text, size_t length, size_t offset, tempo_error *error)
{
    tempo__positions positions;
    tempo__positions_init(&positions, text, length);
    const tempo_place place = tempo__place_of(&positions, offset, offset + 1);
    tempo__locate(error, place.line, place.column, place.length);
    return TEMPO_BAD_SYNTAX;
}

tempo_status tempo__check_text(const char *text, size_t length, tempo_error *error)
{
    for (size_t i = 0; i < length;) {
        const size_t size = character_length(text + i, length - i);
        if (!size) {
            tempo__fail(error, TEMPO_BAD_SYNTAX, "the text is not UTF-8: byte 0x%02X at offset %zu", (unsigned char)text[i], i);
            tempo__advise(error, "save the file as UTF-8");
            return refuse(text, length, i, error);
        }
        if (is_control(text + i)) {
            tempo__fail(error, TEMPO_BAD_SYNTAX, "the text has a control character: byte 0x%02X at offset %zu",
                        (unsigned char)text[i + size - 1], i + size - 1);
            tempo__advise(error, "a document is YAML or JSON text, not a binary file");
            return refuse(text, length, i, error);
        }
        const bool starts_line = i == 0 || ends_line(text, length, i - 1);
        if (text[i] == '%' && starts_line && !is_known_directive(text + i, length - i)) {
            tempo__fail(error, TEMPO_BAD_SYNTAX, "a line that starts with %% is a directive, and only %%YAML 1.2 is read");
            return refuse(text, length, i, error);
        }
        i += size;
    }
    return TEMPO_OK;
}
