/* cli/command_completion.c: completion scripts for bash and zsh, made from the tables of commands and options, the
 * registry and the list of findings. */
#include "cli/cli.h"

#include <string.h>

/* --- words --- */

static void print_types(void)
{
    const tempo_type *type = NULL;
    for (size_t i = 0; (type = tempo_type_at(i)); i++)
        (void)fprintf(stdout, "%s%s", i ? " " : "", tempo_type_name(type));
}

static void print_codes(void)
{
    for (int i = 0; i < TEMPO_FINDING_COUNT; i++)
        (void)fprintf(stdout, "%s%s", i ? " " : "", tempo_finding_name((tempo_finding_code)i));
}

static void print_commands(void)
{
    for (size_t i = 0; i < cli_command_count(); i++)
        (void)fprintf(stdout, "%s%s", i ? " " : "", cli_command_at(i)->name);
}

/* "a|b|c" as "a b c". */
static void print_choices(const char *choices)
{
    for (const char *p = choices; *p; p++)
        (void)fputc(*p == '|' ? ' ' : *p, stdout);
}

/* The words an option's argument is one of; false if it is free text or a file. */
static bool print_argument_words(const cli_option *option)
{
    switch (option->kind) {
    case CLI_CHOICE:
        print_choices(option->detail);
        return true;
    case CLI_CODE:
        print_codes();
        return true;
    case CLI_EXPRESSION:
        print_types();
        return true;
    case CLI_FLAG:
    case CLI_TEXT:
    case CLI_FILE:
    case CLI_COUNT:
    case CLI_TIME:
    case CLI_SET:
    case CLI_SETTING:
        break;
    }
    return false;
}

static bool print_operand_words(const cli_command *command)
{
    switch (command->operand) {
    case CLI_TYPE:
        print_types();
        return true;
    case CLI_COMMAND:
        print_commands();
        return true;
    case CLI_SHELL:
        print_choices(command->operands);
        return true;
    case CLI_NONE:
    case CLI_DOCUMENTS:
    case CLI_PATTERN:
        break;
    }
    return false;
}

/* --- bash --- */

static bool is_free_text(const cli_option *option)
{
    return option->kind != CLI_CHOICE && option->kind != CLI_CODE && option->kind != CLI_EXPRESSION &&
           option->kind != CLI_FILE;
}

static void print_bash_name(const cli_option *option)
{
    if (*option->name)
        (void)fputs(option->name, stdout);
    else
        (void)fprintf(stdout, "-%c", option->letter);
}

/* The cases of `prev`: what an option's argument may be. */
static void print_bash_arguments(const cli_command *command)
{
    const char *between = "        ";
    for (size_t i = 0; i < cli_option_count(); i++) {
        const cli_option *option = cli_option_at(i);
        if (!cli_command_takes(command, option) || !option->argument || !is_free_text(option))
            continue;
        (void)fputs(between, stdout);
        print_bash_name(option);
        between = " | ";
    }
    if (*between == ' ' && between[1] == '|')
        (void)fputs(") return ;;\n", stdout);
    for (size_t i = 0; i < cli_option_count(); i++) {
        const cli_option *option = cli_option_at(i);
        if (!cli_command_takes(command, option) || !option->argument || is_free_text(option))
            continue;
        (void)fputs("        ", stdout);
        print_bash_name(option);
        (void)fputs(option->kind == CLI_FILE ? ") _tempo_files" : ") _tempo_words \"", stdout);
        if (print_argument_words(option))
            (void)fputc('"', stdout);
        (void)fputs("; return ;;\n", stdout);
    }
}

static void print_bash_command(const cli_command *command)
{
    (void)fprintf(stdout, "    %s)\n        case $prev in\n", command->name);
    print_bash_arguments(command);
    (void)fputs("        esac\n        if [[ $cur == -* ]]; then\n            _tempo_words \"", stdout);
    const char *between = "";
    for (size_t i = 0; i < cli_option_count(); i++) {
        const cli_option *option = cli_option_at(i);
        if (!cli_command_takes(command, option))
            continue;
        (void)fputs(between, stdout);
        print_bash_name(option);
        between = " ";
    }
    (void)fputs("\"\n        else\n            ", stdout);
    if (command->operand == CLI_DOCUMENTS) {
        (void)fputs("_tempo_files", stdout);
    } else {
        (void)fputs("_tempo_words \"", stdout);
        (void)print_operand_words(command);
        (void)fputc('"', stdout);
    }
    (void)fputs("\n        fi ;;\n", stdout);
}

static void print_bash(void)
{
    (void)fputs("# bash completion for tempo\n\n"
                "_tempo_words()\n{\n"
                "    COMPREPLY=($(compgen -W \"$1\" -- \"$cur\"))\n}\n\n"
                "_tempo_files()\n{\n"
                "    local IFS=$'\\n'\n"
                "    compopt -o filenames 2>/dev/null\n"
                "    COMPREPLY=($(compgen -f -- \"$cur\"))\n}\n\n"
                "_tempo()\n{\n"
                "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
                "    COMPREPLY=()\n"
                "    if ((COMP_CWORD == 1)); then\n        _tempo_words \"",
                stdout);
    print_commands();
    (void)fputs(" --help --version\"\n        return\n    fi\n"
                "    # --option=value comes as three words\n"
                "    if [[ $cur == = ]]; then\n        cur=\n"
                "    elif [[ $prev == = ]]; then\n        prev=${COMP_WORDS[COMP_CWORD-2]}\n    fi\n"
                "    case ${COMP_WORDS[1]} in\n",
                stdout);
    for (size_t i = 0; i < cli_command_count(); i++)
        print_bash_command(cli_command_at(i));
    (void)fputs("    esac\n}\n\ncomplete -F _tempo tempo\n", stdout);
}

/* --- zsh --- */

/* Text between single quotes, in which zsh's completion functions give `special` a meaning. */
static void print_zsh_text(const char *text, const char *special)
{
    for (const char *p = text; *p; p++) {
        if (*p == '\'')
            (void)fputs("'\\''", stdout);
        else if (strchr(special, *p))
            (void)fprintf(stdout, "\\%c", *p);
        else
            (void)fputc(*p, stdout);
    }
}

static void print_zsh_argument(const cli_option *option)
{
    (void)fprintf(stdout, ":%s:", option->argument);
    if (option->kind == CLI_FILE) {
        (void)fputs("_files", stdout);
    } else if (option->kind == CLI_CHOICE || option->kind == CLI_CODE || option->kind == CLI_EXPRESSION) {
        (void)fputc('(', stdout);
        (void)print_argument_words(option);
        (void)fputc(')', stdout);
    }
}

static void print_zsh_option(const cli_option *option)
{
    const bool repeats = option->kind == CLI_SET || option->kind == CLI_EXPRESSION;
    (void)fprintf(stdout, " \\\n            '%s", repeats ? "*" : "");
    if (*option->name)
        (void)fprintf(stdout, "%s%s", option->name, option->argument ? "=" : "");
    else
        (void)fprintf(stdout, "-%c", option->letter);
    (void)fputc('[', stdout);
    print_zsh_text(option->help, "[]\\");
    (void)fputc(']', stdout);
    if (option->argument)
        print_zsh_argument(option);
    (void)fputc('\'', stdout);
}

static void print_zsh_command(const cli_command *command)
{
    (void)fprintf(stdout, "    %s)\n        _arguments", command->name);
    for (size_t i = 0; i < cli_option_count(); i++)
        if (cli_command_takes(command, cli_option_at(i)))
            print_zsh_option(cli_option_at(i));
    if (command->operand == CLI_DOCUMENTS) {
        (void)fputs(" \\\n            '*:document:_files'", stdout);
    } else if (command->operand != CLI_NONE && command->operand != CLI_PATTERN) {
        (void)fputs(" \\\n            '1: :(", stdout);
        (void)print_operand_words(command);
        (void)fputs(")'", stdout);
    }
    (void)fputs(" ;;\n", stdout);
}

static void print_zsh(void)
{
    (void)fputs("#compdef tempo\n\n_tempo()\n{\n    local -a commands\n    commands=(\n", stdout);
    for (size_t i = 0; i < cli_command_count(); i++) {
        (void)fprintf(stdout, "        '%s:", cli_command_at(i)->name);
        print_zsh_text(cli_command_at(i)->summary, ":\\");
        (void)fputs("'\n", stdout);
    }
    (void)fputs("        '--help:show help'\n        '--version:show the version'\n    )\n"
                "    if (( CURRENT == 2 )); then\n        _describe command commands\n        return\n    fi\n"
                "    local command=$words[2]\n    shift words\n    (( CURRENT-- ))\n    case $command in\n",
                stdout);
    for (size_t i = 0; i < cli_command_count(); i++)
        print_zsh_command(cli_command_at(i));
    (void)fputs("    esac\n}\n\n"
                "if [[ $funcstack[1] == _tempo ]]; then\n    _tempo \"$@\"\nelse\n    compdef _tempo tempo\nfi\n",
                stdout);
}

int command_completion(const cli_options *options)
{
    const char *shell = options->operands[0].text;
    if (strcmp(shell, "bash") == 0)
        print_bash();
    else if (strcmp(shell, "zsh") == 0)
        print_zsh();
    else
        return cli_fail(options->command, "'%s': there are completions for %s", shell, options->command->operands);
    return CLI_OK;
}
