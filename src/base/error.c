/* error.c: filling tempo_error, and the texts of the statuses. */
#include "base/internal.h"

#include <stdarg.h>
#include <stdio.h>

const char *tempo_version(void)
{
    return TEMPO_VERSION;
}

const char *tempo_status_text(tempo_status status)
{
    switch (status) {
#define STATUS_TEXT(name, number, text) \
    case TEMPO_##name:                  \
        return text;
        TEMPO_STATUS_LIST(STATUS_TEXT)
#undef STATUS_TEXT
    }
    return "unknown status";
}

const char *tempo_status_name(tempo_status status)
{
    switch (status) {
#define STATUS_NAME(name, number, text) \
    case TEMPO_##name:                  \
        return #name;
        TEMPO_STATUS_LIST(STATUS_NAME)
#undef STATUS_NAME
    }
    return "UNKNOWN";
}

static void fill(char *buffer, size_t capacity, const char *format, va_list arguments) TEMPO_PRINTF(3, 0);

/* What was given may be quoted as it is: whatever it holds, the result is one line of whole characters. */
static void fill(char *buffer, size_t capacity, const char *format, va_list arguments)
{
    const int length = vsnprintf(buffer, capacity, format, arguments);
    for (char *c = buffer; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7F)
            *c = '?';
    if (length < 0 || (size_t)length < capacity)
        return;
    size_t end = capacity - 1;
    while (end > 0 && ((unsigned char)buffer[end - 1] & 0xC0) == 0x80)
        end--;
    if (end > 0 && (unsigned char)buffer[end - 1] >= 0xC0)
        buffer[end - 1] = '\0'; /* the character that was cut, or by chance a whole one */
}

tempo_status tempo__fail(tempo_error *error, tempo_status status, const char *format, ...)
{
    if (!error)
        return status;
    error->status = status;
    error->advice[0] = '\0';
    error->path[0] = '\0';
    error->fact = NULL;
    error->line = error->column = error->length = 0;
    va_list arguments;
    va_start(arguments, format);
    fill(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return status;
}

void tempo__advise(tempo_error *error, const char *format, ...)
{
    if (!error)
        return;
    va_list arguments;
    va_start(arguments, format);
    fill(error->advice, sizeof error->advice, format, arguments);
    va_end(arguments);
}

void tempo__blame(tempo_error *error, const char *format, ...)
{
    if (!error)
        return;
    va_list arguments;
    va_start(arguments, format);
    fill(error->path, sizeof error->path, format, arguments);
    va_end(arguments);
}

void tempo__locate(tempo_error *error, size_t line, size_t column, size_t length)
{
    if (!error)
        return;
    error->line = line;
    error->column = column;
    error->length = length;
}

tempo_status tempo__out_of_memory(tempo_error *error)
{
    return tempo__fail(error, TEMPO_NO_MEMORY, "out of memory");
}
