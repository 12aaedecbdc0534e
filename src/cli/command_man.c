/* cli/command_man.c: the manual page, made from the tables of commands and options. */
#include "cli/cli.h"

#include <string.h>

static const char page_date[] = "2026-11-22"; /* of this version: a page must not depend on when it is printed */

enum { LINE = 72 };

/* Text in which roff would see hyphens, quotes and requests. Longer lines than roff's manners allow are broken at
 * spaces if `breaks`. */
static void put_broken(const char *text, bool breaks)
{
    static const struct {
        char plain;
        const char *roff;
    } escapes[] = {{'\\', "\\e"}, {'-', "\\-"}, {'\'', "\\(aq"}, {'`', "\\(ga"}, {'~', "\\(ti"}, {'^', "\\(ha"}};
    size_t column = 0;
    for (const char *p = text; *p; p++) {
        const char *roff = NULL;
        for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++)
            if (escapes[i].plain == *p)
                roff = escapes[i].roff;
        if (breaks && *p == ' ' && column + strcspn(p + 1, " ") >= LINE) {
            (void)fputc('\n', stdout);
            column = 0;
            continue;
        }
        if (column == 0 && *p == '.')
            (void)fputs("\\&", stdout);
        if (roff)
            (void)fputs(roff, stdout);
        else
            (void)fputc(*p, stdout);
        column += roff ? strlen(roff) : 1;
    }
}

static void put(const char *text)
{
    put_broken(text, false);
}

static void put_in(const char *font, const char *text)
{
    (void)fprintf(stdout, "\\f%s", font);
    put(text);
    (void)fputs("\\fR", stdout);
}

static void put_paragraph(const char *text)
{
    put_broken(text, true);
    (void)fputc('\n', stdout);
}

static void print_command(const cli_command *command)
{
    (void)fputs(".TP\n", stdout);
    put_in("B", command->name);
    if (*command->operands) {
        (void)fputc(' ', stdout);
        put_in("I", command->operands);
    }
    (void)fputc('\n', stdout);
    (void)fprintf(stdout, "%c", command->summary[0] - 'a' + 'A');
    put(command->summary + 1);
    (void)fputs(".\n", stdout);
    if (*command->details)
        put_paragraph(command->details);
}

/* "(plot, table)", unless every command that reads documents, or every command, takes it. */
static void print_takers(const cli_option *option)
{
    size_t documents = 0, takers = 0, others = 0;
    for (size_t i = 0; i < cli_command_count(); i++) {
        const cli_command *command = cli_command_at(i);
        documents += command->operand == CLI_DOCUMENTS;
        takers += cli_command_takes(command, option);
        others += cli_command_takes(command, option) && command->operand != CLI_DOCUMENTS;
    }
    if (others || takers == documents)
        return;
    const char *between = "(";
    for (size_t i = 0; i < cli_command_count(); i++) {
        if (!cli_command_takes(cli_command_at(i), option))
            continue;
        (void)fputs(between, stdout);
        put_in("B", cli_command_at(i)->name);
        between = ", ";
    }
    (void)fputs(")\n", stdout);
}

static void print_option(const cli_option *option)
{
    const char letter[] = {'-', option->letter, '\0'};
    (void)fputs(".TP\n", stdout);
    if (option->letter)
        put_in("B", letter);
    if (option->letter && *option->name)
        (void)fputs(", ", stdout);
    if (*option->name)
        put_in("B", option->name);
    if (option->argument) {
        (void)fputc(' ', stdout);
        put_in("I", option->argument);
    }
    (void)fputc('\n', stdout);
    put_broken(option->help, true);
    if (option->kind == CLI_CHOICE) {
        (void)fputs(":\n", stdout);
        put_in("B", option->detail);
    }
    (void)fputc('\n', stdout);
    print_takers(option);
}

static void print_example(const cli_command *command)
{
    (void)fprintf(stdout, "%c", command->summary[0] - 'a' + 'A');
    put(command->summary + 1);
    (void)fputs(":\n.PP\n.RS 4\n", stdout);
    put(command->example);
    (void)fputs("\n.RE\n", stdout);
}

int command_man(const cli_options *options)
{
    (void)options;
    (void)fprintf(stdout, ".TH TEMPO 1 %s \"tempo %s\" \"User Commands\"\n", page_date, tempo_version());
    (void)fputs(".SH NAME\ntempo \\- exactly how a hyperparameter moves over training time\n"
                ".SH SYNOPSIS\n\\fBtempo\\fR \\fICOMMAND\\fR [\\fIoptions\\fR] ...\n"
                ".SH DESCRIPTION\n"
                "Reads schedules of learning rates and other hyperparameters, and shows,\n"
                "tabulates and checks them.\n"
                ".SH COMMANDS\n",
                stdout);
    for (size_t i = 0; i < cli_command_count(); i++)
        print_command(cli_command_at(i));
    (void)fputs(".SH DOCUMENTS\n"
                "\\fIDOC\\fR is the path of a YAML or JSON document, or \\fB\\-\\fR for standard input: a native\n"
                "document, which begins with\n.BR \"tempo: 1\" ,\n"
                "or a training config of llm\\-foundry.\n"
                "\\fB\\-e\\fR \\fIEXPR\\fR stands in its place.\n"
                ".PP\nA time is a number with a unit:\n"
                "\\fBba\\fR (batches), \\fBep\\fR (epochs), \\fBsp\\fR (samples), \\fBtok\\fR (tokens) or\n"
                "\\fBdur\\fR (a fraction of the run), such as 100ba, 5ep, 300Btok or 0.1dur.\n"
                ".SH OPTIONS\n",
                stdout);
    for (size_t i = 0; i < cli_option_count(); i++)
        print_option(cli_option_at(i));
    (void)fputs(".TP\n\\fB\\-\\-version\\fR\nshow the version (in place of a command)\n"
                ".SH ENVIRONMENT\n.TP\n\\fBNO_COLOR\\fR\nIf set, no colour is used unless \\fB\\-\\-color always\\fR "
                "asks for it.\n"
                ".SH EXIT STATUS\n.TP\n0\nFine.\n.TP\n1\nThere are findings.\n.TP\n2\nBad usage or bad input.\n"
                ".SH EXAMPLES\n",
                stdout);
    const char *between = "";
    for (size_t i = 0; i < cli_command_count(); i++) {
        if (cli_command_at(i)->operand == CLI_NONE)
            continue;
        (void)fputs(between, stdout);
        print_example(cli_command_at(i));
        between = ".PP\n";
    }
    return CLI_OK;
}
