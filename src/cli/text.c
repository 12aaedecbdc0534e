/* cli/text.c: numbers and text as people and terminals want them. Knows nothing of schedules or options. */
#include "cli/cli.h"

#include <string.h>

#include "base/internal.h"

size_t cli_print_number(char *buffer, double value, int digits)
{
    return tempo__number_shorten(buffer, value, digits);
}

size_t cli_print_count(char *buffer, int64_t value)
{
    char plain[TEMPO__NUMBER_MAX];
    const size_t length = tempo__integer_print(plain, value);
    const size_t sign = plain[0] == '-';
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        if (i > sign && (length - i) % 3 == 0)
            buffer[used++] = ',';
        buffer[used++] = plain[i];
    }
    buffer[used] = '\0';
    return used;
}

void cli_print_padded(FILE *out, const char *text, size_t width)
{
    const size_t used = cli_text_width(text, strlen(text));
    (void)fprintf(out, "%s%*s", text, used < width ? (int)(width - used) : 0, "");
}

/* --- UTF-8 --- */

size_t cli_next_rune(uint32_t *rune, const char *text, size_t length)
{
    const unsigned char first = (unsigned char)text[0];
    *rune = first;
    if (first < 0x80)
        return 1;
    const size_t count = first >= 0xF5 ? 0 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
    if (count == 0 || count > length) {
        *rune = CLI_BAD_RUNE;
        return 1;
    }
    *rune = first & (0x7FU >> count);
    for (size_t i = 1; i < count; i++) {
        const unsigned char next = (unsigned char)text[i];
        if ((next & 0xC0U) != 0x80) {
            *rune = CLI_BAD_RUNE;
            return 1;
        }
        *rune = *rune << 6 | (next & 0x3FU);
    }
    return count;
}

size_t cli_rune_width(uint32_t rune)
{
    static const struct {
        uint32_t first, last;
        size_t width;
    } ranges[] = {
        {0x0300, 0x036F, 0}, {0x200B, 0x200F, 0}, {0xFE00, 0xFE0F, 0},   {0x1100, 0x115F, 2},
        {0x2E80, 0xA4CF, 2}, {0xAC00, 0xD7A3, 2}, {0xF900, 0xFAFF, 2},   {0xFE30, 0xFE6F, 2},
        {0xFF00, 0xFF60, 2}, {0xFFE0, 0xFFE6, 2}, {0x1F300, 0x1FAFF, 2}, {0x20000, 0x3FFFD, 2},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (rune >= ranges[i].first && rune <= ranges[i].last)
            return ranges[i].width;
    return 1;
}

size_t cli_text_width(const char *text, size_t length)
{
    size_t width = 0;
    for (size_t i = 0; i < length;) {
        uint32_t rune;
        i += cli_next_rune(&rune, text + i, length - i);
        width += cli_rune_width(rune);
    }
    return width;
}

void cli_print_wrapped(FILE *out, const char *text, size_t column, size_t indent, size_t width)
{
    bool first = true;
    while (*text) {
        const size_t length = strcspn(text, " \n");
        const size_t columns = cli_text_width(text, length);
        if (!first && column + 1 + columns > width) {
            (void)fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            (void)fputc(' ', out);
            column++;
        }
        (void)fwrite(text, 1, length, out);
        column += columns;
        first = false;
        text += length;
        text += strspn(text, " \n");
    }
    (void)fputc('\n', out);
}

void cli_print_json_text(FILE *out, const char *text)
{
    const size_t length = strlen(text);
    (void)fputc('"', out);
    for (size_t i = 0; i < length;) {
        uint32_t rune;
        const size_t bytes = cli_next_rune(&rune, text + i, length - i);
        if (rune == '"' || rune == '\\')
            (void)fprintf(out, "\\%c", (int)rune);
        else if (rune < 0x20 || (rune >= 0x7F && rune < 0xA0) || rune == CLI_BAD_RUNE)
            (void)fprintf(out, "\\u%04x", (unsigned)rune);
        else
            (void)fwrite(text + i, 1, bytes, out);
        i += bytes;
    }
    (void)fputc('"', out);
}
