/* cli/plot_log.h: logs of trainings (tempo/log.h), read to be drawn. */
#ifndef TEMPO_CLI_PLOT_LOG_H
#define TEMPO_CLI_PLOT_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include <tempo/error.h>
#include <tempo/time.h>

enum { PLOT_LOG_COUNTERS = 4 }; /* the columns that every log begins with: batch, epoch, sample, token */

/* All of a log in memory. Zero it; free with plot_log_free(), also after a failure. */
typedef struct plot_log {
    char **names; /* of all columns */
    size_t count;
    double *values; /* rows * count; NaN where there is none */
    size_t rows, capacity;
    double *at; /* where each row is on the x axis: see plot_log_place() */
} plot_log;

/* Whether a file is a log in csv or jsonl, by how it begins. False for what cannot be read twice, such as a pipe. */
bool plot_is_log(const char *path);

/* Reads a log. A last line without an end, which is still being written or was torn off, does not count. Errors: IO,
 * NO_MEMORY, BAD_SYNTAX with its place. */
tempo_status plot_log_read(plot_log *log, const char *path, tempo_error *error);

/* Sets where the rows are, in a unit. Errors: MISSING (the run did not count it), NO_MEMORY. */
tempo_status plot_log_place(plot_log *log, tempo_unit unit, tempo_error *error);

/* The value of a row in a column. */
static inline double plot_log_value(const plot_log *log, size_t row, size_t column)
{
    return log->values[row * log->count + column];
}

/* Of a column: "lr" of "decay.lr", and how much of its name the group is. */
const char *plot_log_field(const plot_log *log, size_t column, size_t *group_length);

/* Whether it was measured, and not set by a schedule: loss and metric. */
bool plot_log_is_measured(const plot_log *log, size_t column);

void plot_log_free(plot_log *log);

#endif
