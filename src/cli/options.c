/* cli/options.c: a command line turned into cli_options by the table of options. Knows no option by name. */
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#include "base/internal.h"

typedef struct parser {
    cli_options *out;
    int count, next;
    char *const *arguments;
    char *copies; /* free part of the memory for copied text */
} parser;

/* Finds an option of the command by its long name, or by its letter. */
static const cli_option *find_option(const cli_command *command, const char *name, size_t length, char letter)
{
    for (size_t i = 0; i < cli_option_count(); i++) {
        const cli_option *option = cli_option_at(i);
        if (!cli_command_takes(command, option))
            continue;
        if (letter ? option->letter == letter
                   : strlen(option->name) == length && memcmp(option->name, name, length) == 0)
            return option;
    }
    return NULL;
}

static int unknown_option(const cli_command *command, const char *name, size_t length)
{
    char given[64];
    (void)snprintf(given, sizeof given, "%.*s", (int)(length < sizeof given ? length : sizeof given - 1), name);
    for (size_t i = 0; i < cli_command_count(); i++)
        if (find_option(cli_command_at(i), name, length, '\0'))
            return cli_fail(command, "%s is an option of %s, not of %s", given, cli_command_at(i)->name, command->name);
    tempo__nearest nearest = {given, NULL, 0};
    for (size_t i = 0; i < cli_option_count(); i++)
        if (cli_command_takes(command, cli_option_at(i)))
            tempo__nearest_offer(&nearest, cli_option_at(i)->name);
    if (nearest.best)
        return cli_fail(command, "unknown option %s; did you mean %s?", given, nearest.best);
    return cli_fail(command, "unknown option %s; `tempo %s --help` lists them", given, command->name);
}

/* --- values --- */

static int set_choice(const cli_options *out, const cli_option *option, const char *value, int *target)
{
    int index = 1;
    for (const char *p = option->detail; *p; index++) {
        const size_t length = strcspn(p, "|");
        if (strlen(value) == length && memcmp(p, value, length) == 0) {
            *target = index;
            return CLI_OK;
        }
        p += length + (p[length] == '|');
    }
    return cli_fail(out->command, "%s %s: it takes one of %s", option->name, value, option->detail);
}

static int set_count(const cli_options *out, const cli_option *option, const char *value, int64_t *target)
{
    const int64_t most = 100 * 1000;
    if (tempo__integer_parse(target, value, strlen(value)) && *target >= 1 && *target <= most)
        return CLI_OK;
    return cli_fail(out->command, "%s %s: it takes a whole number from 1 to 100000", option->name, value);
}

static int set_time(const cli_option *option, const char *value, cli_time *target)
{
    tempo_error error = TEMPO_ERROR_INIT;
    target->option = option->name;
    target->text = value;
    if (!tempo_time_parse(&target->time, value, strlen(value), TEMPO_TIME_NATIVE, &error))
        return CLI_OK;
    const cli_spot spot = {option->name, value, strlen(value), {1, error.column ? error.column : 1, error.length}};
    cli_message(stderr, &spot, "error", error.message, error.advice);
    return CLI_BAD;
}

static int set_code(const cli_options *out, const cli_option *option, const char *value, const char **target)
{
    tempo__nearest nearest = {value, NULL, 0};
    for (int code = 0; code < TEMPO_FINDING_COUNT; code++) {
        const char *name = tempo_finding_name((tempo_finding_code)code);
        if (strcmp(name, value) == 0) {
            *target = name;
            return CLI_OK;
        }
        tempo__nearest_offer(&nearest, name);
    }
    if (nearest.best)
        return cli_fail(out->command, "%s %s: no finding has that code; did you mean %s?", option->name, value,
                        nearest.best);
    return cli_fail(out->command, "%s %s: no finding has that code", option->name, value);
}

static int set_path(parser *p, const cli_option *option, const char *value)
{
    const char *equals = strchr(value, '=');
    if (!equals || equals == value)
        return cli_fail(p->out->command, "%s %s: it takes PATH=VALUE, such as run.max_duration=10ep", option->name,
                        value);
    const size_t length = (size_t)(equals - value);
    memcpy(p->copies, value, length);
    p->copies[length] = '\0';
    p->out->settings[p->out->setting_count++] = (cli_setting){option->name, {p->copies, equals + 1}};
    p->copies += length + 1;
    return CLI_OK;
}

static int set_option(parser *p, const cli_option *option, const char *value)
{
    cli_options *out = p->out;
    void *target = (char *)out + option->offset;
    switch (option->kind) {
    case CLI_FLAG:
        *(bool *)target = true;
        return CLI_OK;
    case CLI_TEXT:
    case CLI_FILE:
        *(const char **)target = value;
        return CLI_OK;
    case CLI_COUNT:
        return set_count(out, option, value, target);
    case CLI_CHOICE:
        return set_choice(out, option, value, target);
    case CLI_TIME:
        return set_time(option, value, target);
    case CLI_CODE:
        return set_code(out, option, value, target);
    case CLI_EXPRESSION:
        out->operands[out->operand_count++] = (cli_operand){value, true};
        return CLI_OK;
    case CLI_SET:
        return set_path(p, option, value);
    case CLI_SETTING:
        out->settings[out->setting_count++] = (cli_setting){option->name, {option->detail, value}};
        return CLI_OK;
    }
    return CLI_BAD;
}

/* --- words --- */

/* One option at `word`, whose value is the rest of the word after its name or the next one. */
static int parse_option(parser *p, const char *word)
{
    const cli_command *command = p->out->command;
    const bool is_long = word[1] == '-';
    const size_t length = is_long ? strcspn(word, "=") : 2;
    const cli_option *option = find_option(command, word, length, is_long ? '\0' : word[1]);
    if (!option)
        return unknown_option(command, word, length);
    const char *value = word[length] ? word + length + (is_long ? 1 : 0) : NULL;
    if (!option->argument)
        return value ? cli_fail(command, "%.*s takes no value, but got '%s'", (int)length, word, value)
                     : set_option(p, option, "");
    if (!value && p->next == p->count)
        return cli_fail(command, "%.*s needs a value: %s, %s", (int)length, word, option->argument, option->help);
    return set_option(p, option, value ? value : p->arguments[p->next++]);
}

static int check_operands(const cli_options *options)
{
    const cli_command *command = options->command;
    if (options->operand_count > command->most) {
        if (command->most == 0)
            return cli_fail(command, "it takes only options, but got '%s'", options->operands[0].text);
        return cli_fail(command, "it takes one %s, but got '%s' as well", command->operands,
                        options->operands[command->most].text);
    }
    const bool explains = options->explain != NULL;
    if (command->operand == CLI_DOCUMENTS && options->operand_count == 0 && !explains)
        return cli_fail(command, "no document: give a file, - for standard input, or -e 'TYPE key=value'");
    if (options->operand_count < command->least)
        return cli_fail(command, "it needs %s, as in `%s`", command->operands, command->example);
    return CLI_OK;
}

static bool reserve(parser *p)
{
    const size_t words = (size_t)p->count + 1;
    size_t text = 1;
    for (int i = 0; i < p->count; i++)
        text += strlen(p->arguments[i]) + 1;
    char *memory = calloc(1, words * (sizeof(cli_operand) + sizeof(cli_setting)) + text);
    if (!memory)
        return false;
    p->out->memory = memory;
    p->out->operands = (void *)memory;
    p->out->settings = (void *)(memory + words * sizeof(cli_operand));
    p->copies = memory + words * (sizeof(cli_operand) + sizeof(cli_setting));
    return true;
}

int cli_options_parse(cli_options *options, const cli_command *command, int count, char *const *arguments)
{
    *options = (cli_options){.command = command};
    parser p = {options, count, 0, arguments, NULL};
    if (!reserve(&p))
        return cli_fail(command, "out of memory");
    bool only_operands = false;
    while (p.next < count) {
        const char *word = arguments[p.next++];
        if (!only_operands && strcmp(word, "--") == 0) {
            only_operands = true;
            continue;
        }
        if (only_operands || word[0] != '-' || word[1] == '\0') {
            options->operands[options->operand_count++] = (cli_operand){word, false};
            continue;
        }
        const int status = parse_option(&p, word);
        if (status)
            return status;
        if (options->help)
            return CLI_OK;
    }
    return check_operands(options);
}

void cli_options_free(cli_options *options)
{
    free(options->memory);
    options->memory = NULL;
}
