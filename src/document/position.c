/* position.c: where in a text something stands. Knows no YAML. */
#include "document/internal.h"

#include <string.h>

void tempo__positions_init(tempo__positions *positions, const char *text, size_t length)
{
    *positions = (tempo__positions){text, length, 1, 0, 0};
}

static void move_back(tempo__positions *p, size_t offset)
{
    while (offset < p->start) {
        p->start--; /* over the byte that ends the line before */
        p->line--;
        while (p->start > 0 && p->text[p->start - 1] != '\n')
            p->start--;
        p->seen = p->start;
    }
}

static void move_on(tempo__positions *p, size_t offset)
{
    for (; p->seen < offset; p->seen++) {
        if (p->text[p->seen] == '\n') {
            p->line++;
            p->start = p->seen + 1;
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

size_t tempo__offset_of(const char *text, size_t length, size_t line, size_t character)
{
    size_t offset = 0;
    while (line > 1 && offset < length)
        if (text[offset++] == '\n')
            line--;
    while (character > 1 && offset < length) {
        offset++;
        while (offset < length && tempo__continues_character(text[offset]))
            offset++;
        character--;
    }
    return offset;
}
