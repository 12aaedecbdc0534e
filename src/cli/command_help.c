/* cli/command_help.c: help of the program and of each command, made from the tables of commands and options. */
#include "cli/cli.h"

#include <string.h>

#include "base/internal.h"

enum { INDENT = 2, GAP = 2, WIDTH = 80, FIRST_MAX = 26, LABEL_MAX = 96 };

size_t cli_option_label(char *buffer, size_t capacity, const cli_option *option)
{
    const char letter[] = {'-', option->letter, '\0'};
    const int length = snprintf(buffer, capacity, "%s%s%s%s%s", option->letter ? letter : "",
                                option->letter && *option->name ? ", " : "", option->name, option->argument ? " " : "",
                                option->argument ? option->argument : "");
    return length < 0 ? 0 : (size_t)length;
}

/* "label  text", the text in a column of its own. */
static void print_entry(const char *label, size_t column, const char *text)
{
    (void)fprintf(stdout, "%*s", INDENT, "");
    cli_print_padded(stdout, label, column - INDENT);
    if (INDENT + cli_text_width(label, strlen(label)) + GAP > column)
        (void)fprintf(stdout, "\n%*s", (int)column, "");
    cli_print_wrapped(stdout, text, column, column, WIDTH);
}

static void print_option(const cli_option *option, size_t column)
{
    char label[LABEL_MAX], text[256];
    (void)cli_option_label(label, sizeof label, option);
    const bool chooses = option->kind == CLI_CHOICE;
    (void)snprintf(text, sizeof text, "%s%s%s", option->help, chooses ? ": " : "", chooses ? option->detail : "");
    print_entry(label, column, text);
}

static size_t column_of_options(const cli_command *command)
{
    size_t column = 0;
    char label[LABEL_MAX];
    for (size_t i = 0; i < cli_option_count(); i++) {
        if (!cli_command_takes(command, cli_option_at(i)))
            continue;
        const size_t end = INDENT + cli_option_label(label, sizeof label, cli_option_at(i)) + GAP;
        if (end > column && end <= FIRST_MAX)
            column = end;
    }
    return column;
}

static void print_documents(void)
{
    (void)fputs("\nDOC is the path of a document, - for standard input, or -e EXPR in its place:\n", stdout);
    (void)fputs("a native document (`tempo: 1`) or a training config of llm-foundry or xlstm-jax.\n", stdout);
    (void)fputs("T is a time with its unit: 100ba 5ep 1e6sp 300Btok 0.1dur.\n", stdout);
}

void cli_print_command_help(const cli_command *command)
{
    (void)fprintf(stdout, "tempo %s: %s\n\n    %s\n\n", command->name, command->summary, command->example);
    (void)fprintf(stdout, "usage: tempo %s [options]%s%s\n", command->name, *command->operands ? " " : "",
                  command->operands);
    if (*command->details) {
        (void)fputc('\n', stdout);
        cli_print_wrapped(stdout, command->details, 0, 0, WIDTH);
    }
    if (command->operand == CLI_DOCUMENTS)
        print_documents();
    (void)fputs("\noptions:\n", stdout);
    const size_t column = column_of_options(command);
    for (size_t i = 0; i < cli_option_count(); i++)
        if (cli_command_takes(command, cli_option_at(i)))
            print_option(cli_option_at(i), column);
}

void cli_print_help(void)
{
    size_t column = 0;
    char label[LABEL_MAX];
    for (size_t i = 0; i < cli_command_count(); i++) {
        const cli_command *command = cli_command_at(i);
        const size_t end = INDENT + strlen(command->name) + 1 + strlen(command->operands) + GAP;
        column = end > column ? end : column;
    }
    (void)fprintf(stdout, "tempo: exactly how a hyperparameter moves over training time\n\n    %s\n\n",
                  cli_command_at(0)->example);
    (void)fputs("usage: tempo COMMAND [options] ...\n\ncommands:\n", stdout);
    for (size_t i = 0; i < cli_command_count(); i++) {
        const cli_command *command = cli_command_at(i);
        (void)snprintf(label, sizeof label, "%s %s", command->name, command->operands);
        print_entry(label, column, command->summary);
    }
    print_documents();
    (void)fputs("\n`tempo COMMAND --help` lists the options of a command; --version shows the version.\n", stdout);
    (void)fputs("Exit status: 0 fine, 1 findings, 2 bad usage or bad input.\n", stdout);
}

int command_help(const cli_options *options)
{
    if (options->operand_count == 0) {
        cli_print_help();
        return CLI_OK;
    }
    const cli_command *command = cli_command_find(options->operands[0].text);
    if (!command)
        return cli_unknown_command(options->operands[0].text);
    cli_print_command_help(command);
    return CLI_OK;
}

int cli_unknown_command(const char *name)
{
    tempo__nearest nearest = {name, NULL, 0};
    for (size_t i = 0; i < cli_command_count(); i++)
        tempo__nearest_offer(&nearest, cli_command_at(i)->name);
    if (nearest.best)
        return cli_fail(NULL, "unknown command %s; did you mean %s?", name, nearest.best);
    return cli_fail(NULL, "unknown command %s; `tempo --help` lists them", name);
}
