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
    (void)vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return status;
}

void tempo__advise(tempo_error *error, const char *format, ...)
{
    if (!error)
        return;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(error->advice, sizeof error->advice, format, arguments);
    va_end(arguments);
}

void tempo__blame(tempo_error *error, const char *format, ...)
{
    if (!error)
        return;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(error->path, sizeof error->path, format, arguments);
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
