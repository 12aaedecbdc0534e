/* cli/program.c: the program: finds the command, hands it its options, and makes sure that what it printed arrived. */
#include "cli/cli.h"

#include <string.h>

static int run_command(const cli_command *command, int count, char *const *arguments)
{
    cli_options options;
    int status = cli_options_parse(&options, command, count, arguments);
    if (!status && options.help)
        cli_print_command_help(command);
    else if (!status)
        status = command->run(&options);
    cli_options_free(&options);
    return status;
}

static int run(int count, char *const *arguments)
{
    if (count == 0)
        return cli_fail(NULL, "no command; `tempo --help` lists them");
    const char *name = arguments[0];
    if (strcmp(name, "--version") == 0) {
        (void)fprintf(stdout, "tempo %s\n", tempo_version());
        return CLI_OK;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        cli_print_help();
        return CLI_OK;
    }
    const cli_command *command = cli_command_find(name);
    if (command)
        return run_command(command, count - 1, arguments + 1);
    if (name[0] == '-')
        return cli_fail(NULL, "%s: the command comes first; `tempo --help` lists them", name);
    return cli_unknown_command(name);
}

int cli_main(int count, char *const *arguments)
{
    cli_output_start();
    return cli_output_finish(run(count, arguments));
}
