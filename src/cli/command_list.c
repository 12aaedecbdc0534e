/* cli/command_list.c: `tempo list`: the registry, one type a line. */
#include "cli/cli.h"

#include <string.h>

#include "base/internal.h"

static bool contains(const char *text, const char *pattern)
{
    const size_t length = strlen(pattern);
    for (; strlen(text) >= length; text++) {
        size_t i = 0;
        while (i < length && tempo__equal_ignoring_case(text + i, 1, (const char[]){pattern[i], '\0'}))
            i++;
        if (i == length)
            return true;
    }
    return false;
}

static bool matches(const tempo_type *type, const char *pattern)
{
    return contains(tempo_type_name(type), pattern) || contains(tempo_type_summary(type), pattern);
}

int command_list(const cli_options *options)
{
    const char *pattern = options->operand_count ? options->operands[0].text : "";
    const tempo_type *type = NULL;
    size_t width = 0, found = 0;
    for (size_t i = 0; (type = tempo_type_at(i)); i++) {
        const size_t length = strlen(tempo_type_name(type));
        if (!matches(type, pattern))
            continue;
        found++;
        width = length > width ? length : width;
    }
    for (size_t i = 0; (type = tempo_type_at(i)); i++)
        if (matches(type, pattern))
            (void)fprintf(stdout, "%-*s    %s\n", (int)width, tempo_type_name(type), tempo_type_summary(type));
    if (found)
        return CLI_OK;
    const char *nearest = tempo_type_nearest(pattern);
    if (nearest)
        return cli_fail(options->command, "no type has '%s' in its name or summary; did you mean %s?", pattern,
                        nearest);
    return cli_fail(options->command, "no type has '%s' in its name or summary", pattern);
}
