/* finding.c: names and stories of the findings, and reporting one while a schedule is bound. */
#include <stdarg.h>
#include <stdio.h>

#include "schedule/type.h"

static const struct {
    const char *name, *summary, *story;
} findings[TEMPO_FINDING_COUNT] = {
#define FINDING_ROW(code, name, summary, story) [TEMPO_FINDING_##code] = {name, summary, story},
    TEMPO_FINDING_LIST(FINDING_ROW)
#undef FINDING_ROW
};

const char *tempo_finding_name(tempo_finding_code code)
{
    return (size_t)code < TEMPO_FINDING_COUNT ? findings[code].name : NULL;
}

const char *tempo_finding_summary(tempo_finding_code code)
{
    return (size_t)code < TEMPO_FINDING_COUNT ? findings[code].summary : NULL;
}

const char *tempo_finding_story(tempo_finding_code code)
{
    return (size_t)code < TEMPO_FINDING_COUNT ? findings[code].story : NULL;
}

static void report(const tempo_bind_options *options, tempo_finding_code code, const char *path, const char *advice,
                   const char *format, va_list arguments)
{
    char message[320];
    (void)vsnprintf(message, sizeof message, format, arguments);
    const tempo_finding finding = {code, findings[code].name, message, advice, path};
    options->on_finding(&finding, options->finding_context);
}

void tempo__find(const tempo_bind_options *options, tempo_finding_code code, const char *path, const char *advice,
                 const char *format, ...)
{
    if (!options->on_finding)
        return;
    va_list arguments;
    va_start(arguments, format);
    report(options, code, path, advice, format, arguments);
    va_end(arguments);
}

void tempo__bind_find(tempo__binding *binding, size_t parameter, tempo_finding_code code, const char *advice,
                      const char *format, ...)
{
    if (binding->silent || !binding->options->on_finding)
        return;
    char path[TEMPO__PATH_MAX];
    (void)snprintf(path, sizeof path, "%s.%s", binding->path, binding->type->parameters[parameter].name);
    va_list arguments;
    va_start(arguments, format);
    report(binding->options, code, path, advice, format, arguments);
    va_end(arguments);
}
