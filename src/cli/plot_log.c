/* cli/plot_log.c: reads logs of trainings. Knows nothing of how they are drawn. */
#define _POSIX_C_SOURCE 200809L
#include "cli/plot_log.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/internal.h"

enum { COUNTER_BATCH, COUNTER_EPOCH, COUNTER_SAMPLE, COUNTER_TOKEN };

static const char csv_beginning[] = "batch,epoch,sample,token,";
static const char json_beginning[] = "{\"batch\":";

bool plot_is_log(const char *path)
{
    struct stat about;
    char bytes[sizeof csv_beginning] = "";
    if (stat(path, &about) != 0 || !S_ISREG(about.st_mode))
        return false;
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    const size_t length = fread(bytes, 1, sizeof bytes - 1, file);
    (void)fclose(file);
    return (length >= sizeof csv_beginning - 1 && memcmp(bytes, csv_beginning, sizeof csv_beginning - 1) == 0) ||
           (length >= sizeof json_beginning - 1 && memcmp(bytes, json_beginning, sizeof json_beginning - 1) == 0);
}

/* --- lines --- */

/* A log that is being read, at some place of one of its lines. */
typedef struct reader {
    plot_log *log;
    FILE *file;
    char *line; /* ends with a NUL in place of the line's end */
    size_t capacity, number;
    const char *at;
    double *row;
    tempo_error *error;
} reader;

/* Goes to the next whole line; false at the end, or when it cannot be read. */
static bool next_line(reader *r)
{
    errno = 0;
    ssize_t length = getline(&r->line, &r->capacity, r->file);
    if (length <= 0 || r->line[length - 1] != '\n')
        return false;
    length--;
    if (length > 0 && r->line[length - 1] == '\r')
        length--;
    r->line[length] = '\0';
    r->at = r->line;
    r->number++;
    return true;
}

static tempo_status fail_here(reader *r, const char *expected)
{
    tempo__fail(r->error, TEMPO_BAD_SYNTAX, "%s was expected, not '%.*s'", expected, 40, r->at);
    if (!*r->at)
        tempo__fail(r->error, TEMPO_BAD_SYNTAX, "%s was expected, but the line ends", expected);
    tempo__locate(r->error, r->number, (size_t)(r->at - r->line) + 1, 0);
    return TEMPO_BAD_SYNTAX;
}

static bool skip(reader *r, char c)
{
    if (*r->at != c)
        return false;
    r->at++;
    return true;
}

/* Adds a column; `name` becomes the log's, or is freed. */
static tempo_status add_name(reader *r, char *name)
{
    plot_log *log = r->log;
    char **names = name ? realloc(log->names, (log->count + 1) * sizeof *names) : NULL;
    if (!names) {
        free(name);
        return tempo__out_of_memory(r->error);
    }
    log->names = names;
    log->names[log->count++] = name;
    return TEMPO_OK;
}

/* Makes room for one more row, and lets the reader fill it. */
static tempo_status add_row(reader *r)
{
    plot_log *log = r->log;
    if (log->rows == log->capacity) {
        const size_t capacity = log->capacity ? 2 * log->capacity : 1024;
        double *values = capacity < SIZE_MAX / sizeof *values / log->count
                             ? realloc(log->values, capacity * log->count * sizeof *values)
                             : NULL;
        if (!values)
            return tempo__out_of_memory(r->error);
        log->values = values;
        log->capacity = capacity;
    }
    r->row = log->values + log->rows * log->count;
    return TEMPO_OK;
}

/* Takes a number of the row; one that is absent is NaN. */
static tempo_status take_number(reader *r, size_t column, bool json)
{
    const size_t length = strcspn(r->at, ",} \t");
    const bool absent = json ? length == 4 && memcmp(r->at, "null", 4) == 0 : length == 0;
    r->row[column] = (double)NAN;
    if (column < PLOT_LOG_COUNTERS) {
        int64_t count;
        if (!tempo__integer_parse(&count, r->at, length) || count < 0)
            return fail_here(r, "a count");
        r->row[column] = (double)count;
    } else if (!absent && !tempo__number_parse(&r->row[column], r->at, length, !json)) {
        return fail_here(r, "a number");
    }
    r->at += length;
    return TEMPO_OK;
}

static tempo_status end_row(reader *r)
{
    plot_log *log = r->log;
    if (*r->at)
        return fail_here(r, "the end of the line");
    if (log->rows > 0 && r->row[COUNTER_BATCH] <= plot_log_value(log, log->rows - 1, COUNTER_BATCH)) {
        r->at = r->line;
        tempo__fail(r->error, TEMPO_BAD_SYNTAX, "batch %.0f comes after batch %.0f", r->row[COUNTER_BATCH],
                    plot_log_value(log, log->rows - 1, COUNTER_BATCH));
        tempo__locate(r->error, r->number, 1, 0);
        return TEMPO_BAD_SYNTAX;
    }
    log->rows++;
    return TEMPO_OK;
}

/* --- csv --- */

/* A cell of the header, unquoted. */
static tempo_status take_csv_name(reader *r)
{
    char *name = calloc(strlen(r->at) + 1, 1);
    size_t length = 0;
    const bool quoted = name && skip(r, '"');
    while (name && *r->at && (quoted || *r->at != ',')) {
        if (quoted && *r->at == '"' && *++r->at != '"')
            break;
        name[length++] = *r->at++;
    }
    return add_name(r, name);
}

static tempo_status read_csv_header(reader *r)
{
    tempo_status status;
    do
        status = take_csv_name(r);
    while (!status && skip(r, ','));
    return !status && *r->at ? fail_here(r, "a comma") : status;
}

static tempo_status read_csv_row(reader *r)
{
    tempo_status status = add_row(r);
    for (size_t i = 0; !status && i < r->log->count; i++) {
        if (i > 0 && !skip(r, ','))
            return fail_here(r, "a comma");
        status = take_number(r, i, false);
    }
    return status ? status : end_row(r);
}

/* --- JSON Lines --- */

/* A string with the escapes that logs are written with; to be freed. NULL: see `*status`. */
static char *take_json_name(reader *r, tempo_status *status)
{
    char *name = calloc(strlen(r->at) + 1, 1);
    size_t length = 0;
    if (!name) {
        *status = tempo__out_of_memory(r->error);
        return NULL;
    }
    *status = skip(r, '"') ? TEMPO_OK : fail_here(r, "a name in quotes");
    while (!*status && *r->at && *r->at != '"') {
        unsigned code = 0;
        int used = 0;
        if (*r->at == '\\' && sscanf(r->at, "\\u00%2x%n", &code, &used) == 1 && used == 6) {
            name[length++] = (char)code;
            r->at += used;
            continue;
        }
        if (*r->at == '\\' && r->at[1])
            r->at++;
        name[length++] = *r->at++;
    }
    if (!*status && !(skip(r, '"') && skip(r, ':')))
        *status = fail_here(r, "\":");
    if (!*status)
        return name;
    free(name);
    return NULL;
}

/* The names of the first line are those of all. */
static tempo_status read_json_header(reader *r)
{
    tempo_status status = TEMPO_OK;
    (void)skip(r, '{');
    do {
        char *name = take_json_name(r, &status);
        if (status)
            return status;
        status = add_name(r, name);
        r->at += strcspn(r->at, ",}");
    } while (!status && skip(r, ','));
    r->at = r->line;
    return status;
}

static tempo_status read_json_row(reader *r)
{
    tempo_status status = add_row(r);
    if (!status && !skip(r, '{'))
        status = fail_here(r, "'{'");
    for (size_t i = 0; !status && i < r->log->count; i++) {
        if (i > 0 && !skip(r, ','))
            return fail_here(r, "a comma");
        const char *start = r->at;
        char *name = take_json_name(r, &status);
        if (name && strcmp(name, r->log->names[i]) != 0) {
            r->at = start;
            status = fail_here(r, r->log->names[i]);
        }
        free(name);
        if (!status)
            status = take_number(r, i, true);
    }
    if (!status && !skip(r, '}'))
        status = fail_here(r, "'}'");
    return status ? status : end_row(r);
}

/* --- whole logs --- */

static tempo_status check_columns(reader *r)
{
    static const char *const counters[PLOT_LOG_COUNTERS] = {"batch", "epoch", "sample", "token"};
    r->at = r->line;
    for (size_t i = 0; i < PLOT_LOG_COUNTERS; i++)
        if (i >= r->log->count || strcmp(r->log->names[i], counters[i]) != 0)
            return fail_here(r, "batch, epoch, sample, token");
    return TEMPO_OK;
}

static tempo_status read_lines(reader *r)
{
    if (!next_line(r))
        return TEMPO_OK;
    const bool json = *r->line == '{';
    tempo_status status = json ? read_json_header(r) : read_csv_header(r);
    if (!status)
        status = check_columns(r);
    if (!status && json)
        status = read_json_row(r);
    while (!status && next_line(r))
        status = json ? read_json_row(r) : read_csv_row(r);
    return status;
}

tempo_status plot_log_read(plot_log *log, const char *path, tempo_error *error)
{
    reader r = {.log = log, .file = fopen(path, "rb"), .error = error};
    if (!r.file)
        return tempo__fail(error, TEMPO_IO, "cannot read: %s", strerror(errno));
    tempo_status status = read_lines(&r);
    if (!status && ferror(r.file))
        status = tempo__fail(error, TEMPO_IO, "cannot read: %s", strerror(errno));
    free(r.line);
    (void)fclose(r.file);
    if (!status && log->rows == 0)
        status = tempo__fail(error, TEMPO_MISSING, "the log has no updates yet");
    return status;
}

void plot_log_free(plot_log *log)
{
    for (size_t i = 0; i < log->count; i++)
        free(log->names[i]);
    free(log->names);
    free(log->values);
    free(log->at);
    *log = (plot_log){.names = NULL};
}

/* --- what columns and rows are --- */

const char *plot_log_field(const plot_log *log, size_t column, size_t *group_length)
{
    const char *name = log->names[column];
    const char *dot = strrchr(name, '.');
    *group_length = dot ? (size_t)(dot - name) : 0;
    return dot ? dot + 1 : name;
}

bool plot_log_is_measured(const plot_log *log, size_t column)
{
    return strcmp(log->names[column], "loss") == 0 || strcmp(log->names[column], "metric") == 0;
}

/* Epochs completed, with the part that the begun one is through: its updates by those that it has in the log, or by
 * those of the epoch before if it is not over. The update that completes an epoch counts to it. */
static void place_in_epochs(plot_log *log)
{
    size_t length = 0;
    for (size_t first = 0; first < log->rows;) {
        const double epoch = plot_log_value(log, first, COUNTER_EPOCH);
        size_t end = first;
        while (end < log->rows && plot_log_value(log, end, COUNTER_EPOCH) == epoch)
            end++;
        if (end < log->rows || end - first > length)
            length = end - first;
        for (size_t row = first; row < end; row++)
            log->at[row] = epoch + (double)(row - first + 1) / (double)length;
        first = end;
    }
}

tempo_status plot_log_place(plot_log *log, tempo_unit unit, tempo_error *error)
{
    static const struct {
        tempo_unit unit;
        size_t column;
    } columns[] = {{TEMPO_BATCH, COUNTER_BATCH},
                   {TEMPO_SAMPLE, COUNTER_SAMPLE},
                   {TEMPO_TOKEN, COUNTER_TOKEN},
                   {TEMPO_DURATION, COUNTER_BATCH}};
    free(log->at);
    log->at = calloc(log->rows, sizeof *log->at);
    if (!log->at)
        return tempo__out_of_memory(error);
    if (unit == TEMPO_EPOCH) {
        place_in_epochs(log);
        return TEMPO_OK;
    }
    size_t column = COUNTER_BATCH;
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if (columns[i].unit == unit)
            column = columns[i].column;
    const double last = plot_log_value(log, log->rows - 1, column);
    if (last == 0)
        return tempo__fail(error, TEMPO_MISSING, "the x axis is in %s, but the training did not count any",
                           tempo_unit_suffix(unit));
    for (size_t row = 0; row < log->rows; row++)
        log->at[row] = plot_log_value(log, row, column) / (unit == TEMPO_DURATION ? last : 1);
    return TEMPO_OK;
}
