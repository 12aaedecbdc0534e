/* shown.c: what messages show of a document, and where they point. */
#include "document/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

tempo__shown tempo__show(const char *text, size_t length)
{
    tempo__shown shown = {""};
    const size_t room = sizeof shown.text - sizeof "...";
    size_t used = length < room ? length : room;
    while (used > 0 && used < length && tempo__continues_character(text[used]))
        used--; /* not in the middle of a character */
    for (size_t i = 0; i < used; i++)
        shown.text[i] = (unsigned char)text[i] < ' ' || text[i] == 0x7F ? '?' : text[i];
    if (used < length)
        memcpy(shown.text + used, "...", sizeof "...");
    return shown;
}

tempo__shown tempo__show_value(const tempo_value *value)
{
    tempo__shown shown = {""};
    if (value->text) {
        const tempo__shown spelled = tempo__show(value->text, value->text_length < 48 ? value->text_length : 48);
        const bool cut = value->text_length > 48;
        (void)snprintf(shown.text, sizeof shown.text, "'%.48s%s'", spelled.text, cut ? "..." : "");
        return shown;
    }
    if (value->kind == TEMPO_VALUE_INTEGER)
        (void)tempo__integer_print(shown.text, value->integer);
    else if (value->kind == TEMPO_VALUE_REAL)
        (void)tempo__number_print(shown.text, value->real);
    else
        (void)snprintf(shown.text, sizeof shown.text, "%s", tempo_value_kind_text(value->kind));
    return shown;
}

tempo_status tempo__fail_at(tempo_error *error, tempo_status status, const tempo_place *place, const char *path,
                            const char *format, ...)
{
    char message[sizeof error->message];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    tempo__fail(error, status, "%s", message);
    tempo__blame(error, "%s", path);
    tempo__locate(error, place->line, place->column, place->length);
    return status;
}
