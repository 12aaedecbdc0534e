/* cli/table.h: what the two halves of `tempo table` share. command_table.c chooses the rows, table_print.c writes
 * them. */
#ifndef TEMPO_CLI_TABLE_H
#define TEMPO_CLI_TABLE_H

#include "cli/cli.h"

/* Says which batch comes next; false: that was the last row. */
typedef bool table_next(void *rows, int64_t *batch);

/* Prints the rows of every track; `last` is the largest batch there will be. Returns the exit status. */
int table_print(const cli_source *source, const tempo_plan *plan, cli_format format, int64_t last, table_next *next,
                void *rows);

#endif
