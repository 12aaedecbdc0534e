/* cli/table_print.c: rows of `tempo table` as csv, tsv, json, or aligned text. Streams: a block of rows at a time,
 * whatever their number. Knows nothing of how the rows were chosen. */
#define _POSIX_C_SOURCE 200809L
#include "cli/table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/internal.h"

enum { COUNTERS = 4, BLOCK_MAX = 1024, VALUES_MAX = 1 << 16, BUFFER_MIN = 1 << 16, CELL_MAX = CLI_NUMBER_MAX };

static const char *const counter_names[COUNTERS] = {"batch", "epoch", "sample", "token"};

typedef struct column {
    char *header; /* owned, as is the next */
    char *before; /* what stands before each cell */
    size_t before_length;
    size_t width; /* cells are filled up to it from the left */
    bool hidden;
    /* The previous cell: a track often stays where it is, and printing a double is what takes the time. */
    double last;
    size_t last_length; /* 0: none */
    char last_text[CELL_MAX];
} column;

typedef struct printer {
    const cli_source *source;
    const tempo_plan *plan;
    cli_format format;
    int64_t per_batch[COUNTERS]; /* of an epoch: batches in it; 0: unknown */
    size_t tracks;
    column *columns; /* counters, then tracks */
    size_t row_max;  /* bytes of the longest row */
    size_t block;    /* rows that are computed at once */
    int64_t batches[BLOCK_MAX];
    double *values; /* `block` for each track */
    char *buffer;
    size_t used, capacity;
    bool any_row;
} printer;

/* --- columns --- */

/* A cell of csv that needs quotes; a tab or a new line cannot be in a cell of tsv at all. */
static char *quote_label(const char *label, cli_format format)
{
    const size_t length = strlen(label);
    char *text = malloc(2 * length + 3);
    if (!text)
        return NULL;
    const bool quotes = format == CLI_FORMAT_CSV && strpbrk(label, ",\"\r\n");
    char *p = text;
    if (quotes)
        *p++ = '"';
    for (size_t i = 0; i < length; i++) {
        if (quotes && label[i] == '"')
            *p++ = '"';
        *p++ = !quotes && (unsigned char)label[i] < 0x20 ? ' ' : label[i];
    }
    if (quotes)
        *p++ = '"';
    *p = '\0';
    return text;
}

static char *label_of(const printer *p, size_t index)
{
    const char *name = index < COUNTERS ? counter_names[index] : NULL;
    const tempo_track *track = name ? NULL : tempo_plan_track(p->plan, index - COUNTERS);
    char measure[1];
    const size_t length = name ? strlen(name) : cli_track_label(measure, sizeof measure, track);
    char *label = malloc(length + 1);
    if (label && name)
        memcpy(label, name, length + 1);
    else if (label)
        (void)cli_track_label(label, length + 1, track);
    return label;
}

/* `,"label":` for JSON, or what separates cells. */
static char *before_cell(const printer *p, size_t index, const char *label)
{
    char *text = NULL;
    size_t length = 0;
    if (p->format != CLI_FORMAT_JSON) {
        const char *between = p->format == CLI_FORMAT_CSV ? "," : p->format == CLI_FORMAT_TSV ? "\t" : "  ";
        text = calloc(1, 3);
        if (text && index)
            memcpy(text, between, strlen(between));
        return text;
    }
    FILE *file = open_memstream(&text, &length);
    if (!file)
        return NULL;
    (void)fputc(index ? ',' : '{', file);
    cli_print_json_text(file, label);
    (void)fputc(':', file);
    if (fclose(file) == 0)
        return text;
    free(text);
    return NULL;
}

static size_t counter_width(const printer *p, size_t counter, int64_t last)
{
    char text[CLI_NUMBER_MAX];
    int64_t largest = last;
    if (counter == 1)
        largest = p->per_batch[1] ? last / p->per_batch[1] : 0;
    else if (!tempo__multiply(&largest, last, p->per_batch[counter]))
        largest = INT64_MAX;
    return cli_print_count(text, largest);
}

static bool make_column(printer *p, size_t index, int64_t last)
{
    enum { VALUE_WIDTH = 11 };
    column *c = &p->columns[index];
    char *label = label_of(p, index);
    c->header = label ? quote_label(label, p->format) : NULL;
    c->before = label ? before_cell(p, index, label) : NULL;
    free(label);
    if (!c->header || !c->before)
        return false;
    c->before_length = strlen(c->before);
    if (p->format == CLI_FORMAT_TEXT) {
        const size_t width = cli_text_width(c->header, strlen(c->header));
        c->hidden = index < COUNTERS && p->per_batch[index] == 0;
        c->width = index < COUNTERS ? counter_width(p, index, last) : VALUE_WIDTH;
        if (c->width < width)
            c->width = width;
    }
    const size_t header = strlen(c->header);
    p->row_max += c->before_length + c->width + (header > CELL_MAX ? header : CELL_MAX);
    return true;
}

static bool make_columns(printer *p, int64_t last)
{
    p->columns = calloc(COUNTERS + p->tracks, sizeof *p->columns);
    if (!p->columns)
        return false;
    for (size_t i = 0; i < COUNTERS + p->tracks; i++)
        if (!make_column(p, i, last))
            return false;
    p->capacity = p->row_max > BUFFER_MIN ? p->row_max : BUFFER_MIN;
    p->buffer = malloc(p->capacity);
    return p->buffer != NULL;
}

/* --- rows --- */

static void put(printer *p, const char *text, size_t length)
{
    memcpy(p->buffer + p->used, text, length);
    p->used += length;
}

static void fill(printer *p, const column *c, size_t width)
{
    for (; width < c->width; width++)
        p->buffer[p->used++] = ' ';
}

static void put_cell(printer *p, const column *c, const char *text, size_t length)
{
    put(p, c->before, c->before_length);
    fill(p, c, length);
    put(p, text, length);
}

static void put_header(printer *p)
{
    for (size_t i = 0; i < COUNTERS + p->tracks; i++) {
        const column *c = &p->columns[i];
        if (c->hidden)
            continue;
        put(p, c->before, c->before_length);
        fill(p, c, cli_text_width(c->header, strlen(c->header)));
        put(p, c->header, strlen(c->header));
    }
    put(p, "\n", 1);
}

static void put_counter(printer *p, size_t index, int64_t batch)
{
    char text[CELL_MAX];
    const column *c = &p->columns[index];
    const int64_t step = p->per_batch[index];
    if (c->hidden)
        return;
    if (step == 0) {
        const char *unknown = p->format == CLI_FORMAT_JSON ? "null" : "";
        put_cell(p, c, unknown, strlen(unknown));
        return;
    }
    /* Cannot overflow: the library had to count to the largest batch before the first row. */
    const int64_t count = index == 1 ? batch / step : batch * step;
    const bool human = p->format == CLI_FORMAT_TEXT;
    const size_t length = human ? cli_print_count(text, count) : tempo__integer_print(text, count);
    put_cell(p, c, text, length);
}

static void put_value(printer *p, size_t index, double value)
{
    enum { HUMAN_DIGITS = 6 };
    column *c = &p->columns[index];
    if (c->last_length == 0 || memcmp(&c->last, &value, sizeof value) != 0) {
        if (p->format == CLI_FORMAT_TEXT)
            c->last_length = cli_print_number(c->last_text, value, HUMAN_DIGITS);
        else if (p->format == CLI_FORMAT_JSON && !isfinite(value))
            c->last_length = (size_t)snprintf(c->last_text, sizeof c->last_text, "null");
        else
            c->last_length = tempo__number_print(c->last_text, value);
        c->last = value;
    }
    put_cell(p, c, c->last_text, c->last_length);
}

static bool put_row(printer *p, size_t row)
{
    if (p->capacity - p->used < p->row_max) {
        if (!cli_output_write(p->buffer, p->used))
            return false;
        p->used = 0;
    }
    if (p->format == CLI_FORMAT_JSON)
        put(p, p->any_row ? ",\n" : "\n", p->any_row ? 2 : 1);
    for (size_t i = 0; i < COUNTERS; i++)
        put_counter(p, i, p->batches[row]);
    for (size_t t = 0; t < p->tracks; t++)
        put_value(p, COUNTERS + t, p->values[t * p->block + row]);
    put(p, p->format == CLI_FORMAT_JSON ? "}" : "\n", 1);
    p->any_row = true;
    return true;
}

/* The values of one block; batches that follow one another are computed in bulk. */
static tempo_status evaluate(printer *p, size_t count, tempo_error *error)
{
    bool consecutive = true;
    for (size_t i = 1; i < count; i++)
        consecutive = consecutive && p->batches[i] == p->batches[i - 1] + 1;
    for (size_t t = 0; consecutive && t < p->tracks; t++) {
        const tempo_status status =
            tempo_plan_values(p->plan, t, p->batches[0], count, &p->values[t * p->block], error);
        if (status)
            return status;
    }
    for (size_t i = 0; !consecutive && i < count; i++) {
        tempo_timestamp now;
        const tempo_status status = tempo_plan_timestamp(p->plan, p->batches[i], &now, error);
        if (status)
            return status;
        for (size_t t = 0; t < p->tracks; t++)
            p->values[t * p->block + i] = tempo_plan_value(p->plan, t, &now);
    }
    return TEMPO_OK;
}

static int print_rows(printer *p, table_next *next, void *rows)
{
    if (p->format == CLI_FORMAT_JSON)
        put(p, "[", 1);
    else
        put_header(p);
    for (bool more = true; more;) {
        size_t count = 0;
        while (count < p->block && (more = next(rows, &p->batches[count])))
            count++;
        tempo_error error = TEMPO_ERROR_INIT;
        if (count && evaluate(p, count, &error))
            return cli_source_fail(p->source, &error);
        for (size_t i = 0; i < count; i++)
            if (!put_row(p, i))
                return cli_output_failed(errno);
    }
    if (p->format == CLI_FORMAT_JSON)
        put(p, "\n]\n", 3);
    return cli_output_write(p->buffer, p->used) ? CLI_OK : cli_output_failed(errno);
}

int table_print(const cli_source *source, const tempo_plan *plan, cli_format format, int64_t last, table_next *next,
                void *rows)
{
    const tempo_run *run = tempo_plan_run(plan);
    printer *p = malloc(sizeof *p);
    if (!p)
        return cli_fail(source->options->command, "out of memory");
    const size_t tracks = tempo_plan_track_count(plan);
    *p = (printer){
        .source = source,
        .plan = plan,
        .format = format,
        .per_batch = {1, run->batches_per_epoch, run->samples_per_batch, run->tokens_per_batch},
        .tracks = tracks,
        .block = tracks <= VALUES_MAX / BLOCK_MAX ? BLOCK_MAX : VALUES_MAX / tracks + 1,
        .row_max = 16,
    };
    p->values = calloc(tracks * p->block + 1, sizeof *p->values);
    const bool made = p->values && make_columns(p, last);
    const int status = made ? print_rows(p, next, rows) : cli_fail(source->options->command, "out of memory");
    for (size_t i = 0; p->columns && i < COUNTERS + tracks; i++) {
        free(p->columns[i].header);
        free(p->columns[i].before);
    }
    free(p->columns);
    free(p->values);
    free(p->buffer);
    free(p);
    return status;
}
