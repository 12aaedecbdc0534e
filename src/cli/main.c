/* cli/main.c: the program's entry. Python has another: python/src/command.c. */
#include "cli/cli.h"

int main(int count, char **arguments)
{
    return cli_main(count > 0 ? count - 1 : 0, arguments + (count > 0));
}
