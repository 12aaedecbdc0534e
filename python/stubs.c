/* stubs.c: prints the stub of tempo.schedules, tempo/schedules.pyi, from the registry. Run when the package is built. */
#include <stdio.h>
#include <string.h>

#include <tempo/tempo.h>

#include "schedule/type.h"

static const char head[] = "# Made from the registry by python/stubs.c.\n"
                           "from collections.abc import Callable, Mapping, Sequence\n"
                           "from typing import Literal\n"
                           "\n"
                           "from ._tempo import Schedule, ScheduleType, _Time\n"
                           "\n";

/* What a type checker is told of each kind. */
static const char *const kinds[] = {
    [TEMPO_TIME] = "_Time",
    [TEMPO_TIME_LIST] = "Sequence[_Time]",
    [TEMPO_REAL] = "float",
    [TEMPO_REAL_LIST] = "Sequence[float]",
    [TEMPO_REAL_OR_LIST] = "float | Sequence[float]",
    [TEMPO_COUNT] = "int",
    [TEMPO_COUNT_LIST] = "Sequence[int]",
    [TEMPO_COUNT_MAP] = "Mapping[int, float]",
    [TEMPO_FLAG] = "bool",
    [TEMPO_SCHEDULE_LIST] = "Sequence[Schedule | Mapping[str, object]]",
    [TEMPO_FUNCTION] = "Callable[..., float] | str",
    [TEMPO_FIELD] = "str",
};

/* "linear|cosine" as Literal["linear", "cosine"]. */
static void print_choices(const char *choices)
{
    (void)fputs("Literal[", stdout);
    for (const char *word = choices; *word;) {
        const size_t length = strcspn(word, "|");
        (void)printf("%s\"%.*s\"", word == choices ? "" : ", ", (int)length, word);
        word += length + (word[length] == '|');
    }
    (void)fputs("]", stdout);
}

static void print_default(const tempo_parameter *parameter)
{
    const char *text = parameter->default_text;
    if (strcmp(text, "null") == 0)
        (void)fputs("None", stdout);
    else if (parameter->kind == TEMPO_FLAG)
        (void)fputs(strcmp(text, "true") == 0 ? "True" : "False", stdout);
    else if (parameter->kind == TEMPO_TIME || parameter->kind == TEMPO_CHOICE || parameter->kind == TEMPO_FIELD)
        (void)printf("\"%s\"", text);
    else if (parameter->kind == TEMPO_REAL || parameter->kind == TEMPO_COUNT)
        (void)fputs(text, stdout);
    else
        (void)fputs("...", stdout);
}

static void print_parameter(const tempo_parameter *parameter)
{
    (void)printf("        %s: ", parameter->name);
    if (parameter->kind == TEMPO_CHOICE)
        print_choices(parameter->choices);
    else
        (void)fputs(kinds[parameter->kind], stdout);
    if (tempo_parameter_is_nullable(parameter))
        (void)fputs(" | None", stdout);
    if (parameter->default_text) {
        (void)fputs(" = ", stdout);
        print_default(parameter);
    }
    (void)fputs(",\n", stdout);
}

/* Text of a docstring: its only quotes must be the three at its ends. */
static void print_text(const char *text)
{
    for (; *text; text++)
        (void)fputs(*text == '\\' ? "\\\\" : *text == '"' ? "'" : (char[]){*text, '\0'}, stdout);
}

/* How much of a name is its family; 0 if it has none. */
static int family_length(const char *name)
{
    const char *dot = strchr(name, '.');
    return dot ? (int)(dot - name) : 0;
}

static const char *short_name(const char *name)
{
    const char *dot = strchr(name, '.');
    return dot ? dot + 1 : name;
}

static void print_type(const tempo_type *type)
{
    const char *name = tempo_type_name(type);
    (void)printf("class _%.*s_%s(ScheduleType):\n    def __call__(\n        self,\n", family_length(name), name,
                 short_name(name));
    for (size_t i = 0; i < tempo_type_parameter_count(type); i++)
        print_parameter(tempo_type_parameter(type, i));
    (void)fputs("        *,\n        field: str = \"lr\",\n        groups: Sequence[str] | None = None,\n", stdout);
    if (type->counting != TEMPO__COUNTS_NOTHING)
        (void)fputs("        every: _Time | None = None,\n", stdout);
    (void)fputs("    ) -> Schedule:\n        \"\"\"", stdout);
    print_text(tempo_type_summary(type));
    (void)fputs("\"\"\"\n\n", stdout);
}

static bool starts_family(size_t index)
{
    const char *name = tempo_type_name(tempo_type_at(index));
    const int length = family_length(name);
    for (size_t i = 0; i < index; i++) {
        const char *other = tempo_type_name(tempo_type_at(i));
        if (family_length(other) == length && strncmp(other, name, (size_t)length) == 0)
            return false;
    }
    return length > 0;
}

static void print_family(size_t first)
{
    const char *name = tempo_type_name(tempo_type_at(first));
    const int length = family_length(name);
    (void)printf("class _%.*s:\n", length, name);
    for (size_t i = first; i < tempo_type_count(); i++) {
        const char *member = tempo_type_name(tempo_type_at(i));
        if (family_length(member) == length && strncmp(member, name, (size_t)length) == 0)
            (void)printf("    %s: _%.*s_%s\n", short_name(member), length, name, short_name(member));
    }
    (void)printf("\n%.*s: _%.*s\n\n", length, name, length, name);
}

int main(void)
{
    (void)fputs(head, stdout);
    for (size_t i = 0; i < tempo_type_count(); i++)
        print_type(tempo_type_at(i));
    for (size_t i = 0; i < tempo_type_count(); i++) {
        const char *name = tempo_type_name(tempo_type_at(i));
        if (starts_family(i))
            print_family(i);
        else if (family_length(name) == 0)
            (void)printf("%s: __%s\n", name, name);
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
