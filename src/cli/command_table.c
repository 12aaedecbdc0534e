/* cli/command_table.c: which moments `tempo table` shows: --at, --every, or a choice of its own. Knows nothing of how
 * a row looks. */
#define _POSIX_C_SOURCE 200809L
#include "cli/table.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/internal.h"

typedef struct table_job {
    const cli_options *options;
    cli_source source;
    tempo_plan *plan;
    cli_format format;
} table_job;

/* --- batches one by one --- */

typedef struct batch_list {
    int64_t *batches; /* owned */
    size_t count, next;
} batch_list;

static bool next_of_list(void *rows, int64_t *batch)
{
    batch_list *list = rows;
    if (list->next == list->count)
        return false;
    *batch = list->batches[list->next++];
    return true;
}

static int print_list(const table_job *job, batch_list *list)
{
    int64_t last = 0;
    for (size_t i = 0; i < list->count; i++)
        if (list->batches[i] > last)
            last = list->batches[i];
    return table_print(&job->source, job->plan, job->format, last, next_of_list, list);
}

/* --- --at --- */

/* A time of the list may lie so far away that a counter does not fit: say so before a row is printed. */
static int check_batch(const table_job *job, int64_t batch, const cli_spot *spot)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_timestamp now;
    if (!tempo_plan_timestamp(job->plan, batch, &now, &error))
        return CLI_OK;
    if (error.status != TEMPO_OUT_OF_RANGE || !spot)
        return cli_source_fail(&job->source, &error);
    cli_message(stderr, spot, "error", error.message, error.advice);
    return CLI_BAD;
}

static int add_time(const table_job *job, const char *piece, size_t length, batch_list *list)
{
    const char *at = job->options->at;
    cli_spot spot = {"--at", at, strlen(at), {1, (size_t)(piece - at) + 1, length}};
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_time time;
    if (tempo_time_parse(&time, piece, length, TEMPO_TIME_NATIVE, &error)) {
        spot.place.column += error.column ? error.column - 1 : 0;
        spot.place.length = error.length;
        cli_message(stderr, &spot, "error", error.message, error.advice);
        return CLI_BAD;
    }
    int64_t batch = 0;
    if (tempo_plan_batch(job->plan, time, &batch, &error)) {
        char buffer[256];
        cli_message(stderr, &spot, "error", error.message, cli_advice_of(buffer, sizeof buffer, &error, &job->source));
        return CLI_BAD;
    }
    list->batches[list->count++] = batch;
    return check_batch(job, batch, &spot);
}

static int print_at(const table_job *job)
{
    const char *at = job->options->at;
    size_t pieces = 1;
    for (const char *p = at; *p; p++)
        pieces += *p == ',';
    batch_list list = {calloc(pieces, sizeof *list.batches), 0, 0};
    if (!list.batches)
        return cli_fail(job->options->command, "out of memory");
    int status = CLI_OK;
    for (const char *p = at; !status && pieces--;) {
        const char *end = p + strcspn(p, ",");
        const char *first = p, *last = end;
        while (first < last && *first == ' ')
            first++;
        while (last > first && last[-1] == ' ')
            last--;
        status = add_time(job, first, (size_t)(last - first), &list);
        p = end + 1;
    }
    if (!status)
        status = print_list(job, &list);
    free(list.batches);
    return status;
}

/* --- from where to where --- */

static int unknown_end(const table_job *job)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_time length;
    int64_t batch = 0;
    if (tempo_plan_max_duration(job->plan, &length) && tempo_plan_batch(job->plan, length, &batch, &error)) {
        const tempo_place place = tempo_document_locate(job->source.document, "run.max_duration");
        const cli_spot spot = cli_spot_of(&job->source, "run.max_duration", place);
        char buffer[256];
        cli_message(stderr, &spot, "error", error.message, cli_advice_of(buffer, sizeof buffer, &error, &job->source));
        return CLI_BAD;
    }
    const cli_spot spot = cli_spot_of(&job->source, "", (tempo_place){0, 0, 0});
    cli_message(stderr, &spot, "error", "nothing says how long the run is",
                "give --max-duration T, --to T or --at T,T,...");
    return CLI_BAD;
}

/* The first and the last batch to show. */
static int find_range(const table_job *job, int64_t *from, int64_t *to)
{
    const cli_options *options = job->options;
    *from = 0;
    *to = tempo_plan_batches(job->plan);
    int status = CLI_OK;
    if (options->from.option)
        status = cli_time_batch(from, &options->from, &job->source, job->plan);
    if (!status && options->to.option)
        status = cli_time_batch(to, &options->to, &job->source, job->plan);
    else if (!status && *to == 0)
        status = unknown_end(job);
    if (status)
        return status;
    if (*to < *from) {
        char first[CLI_NUMBER_MAX], last[CLI_NUMBER_MAX];
        (void)cli_print_count(first, *from);
        (void)cli_print_count(last, *to);
        return cli_fail(options->command, "there is nothing from %sba to %sba: give an earlier --from or a later --to",
                        first, last);
    }
    const cli_time *time = &options->to;
    const cli_spot spot = {time->option, time->text, time->text ? strlen(time->text) : 0, {1, 1, 0}};
    return check_batch(job, *to, time->option ? &spot : NULL);
}

/* --- --every --- */

/* The multiples of a time, each at the batch where it is reached; several in one batch count once. */
typedef struct multiples {
    const tempo_plan *plan;
    tempo_time period;
    int64_t next;  /* the multiple to start looking at */
    int64_t batch; /* the row to come is after this one */
    int64_t to;
} multiples;

/* The batch of multiple k, or INT64_MAX when it is past everything that can be counted. */
static int64_t batch_of_multiple(const multiples *m, int64_t k)
{
    tempo_time time = m->period;
    int64_t batch = INT64_MAX;
    if (time.unit == TEMPO_DURATION) {
        /* k / 10 is what a person means by k times 0.1; k * 0.1 can lie one bit beside it. */
        const double parts = 1.0 / time.fraction;
        int64_t whole = 0;
        const bool divides = tempo__truncate(&whole, parts + 0.5) && whole > 0 && time.fraction == 1.0 / (double)whole;
        time.fraction = divides ? (double)k / (double)whole : (double)k * time.fraction;
    } else if (!tempo__multiply(&time.count, time.count, k)) {
        return INT64_MAX;
    } else if (time.unit == TEMPO_BATCH) {
        return time.count;
    }
    return tempo_plan_batch(m->plan, time, &batch, NULL) ? INT64_MAX : batch;
}

/* The first multiple from m->next on that comes after m->batch: usually the very next one, else found by doubling
 * the stride and halving it again. */
static int64_t first_after(const multiples *m)
{
    int64_t low = m->next, stride = 1;
    if (batch_of_multiple(m, low) > m->batch)
        return low;
    while (low <= INT64_MAX - stride && batch_of_multiple(m, low + stride) <= m->batch) {
        low += stride;
        if (stride <= INT64_MAX / 2)
            stride *= 2;
    }
    /* low is not after m->batch, low + stride is. */
    while (stride > 1) {
        stride -= stride / 2;
        if (low <= INT64_MAX - stride && batch_of_multiple(m, low + stride) <= m->batch)
            low += stride;
    }
    return low < INT64_MAX ? low + 1 : low;
}

static bool next_multiple(void *rows, int64_t *batch)
{
    multiples *m = rows;
    const int64_t k = first_after(m);
    const int64_t at = batch_of_multiple(m, k);
    if (at > m->to || at <= m->batch || k == INT64_MAX)
        return false;
    m->next = k + 1;
    m->batch = *batch = at;
    return true;
}

static int print_every(const table_job *job)
{
    const cli_time *every = &job->options->every;
    if (every->time.count <= 0 && !(every->time.fraction > 0))
        return cli_fail(job->options->command, "--every %s: it takes a time above 0", every->text);
    int64_t from, to, unused;
    int status = cli_time_batch(&unused, every, &job->source, job->plan); /* for its message */
    if (!status)
        status = find_range(job, &from, &to);
    if (status)
        return status;
    multiples m = {job->plan, every->time, 0, from - 1, to};
    return table_print(&job->source, job->plan, job->format, to, next_multiple, &m);
}

/* --- neither --- */

enum { STEPS = 20, JOINTS_MAX = 200 };

static int compare_batches(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void add_joints(const table_job *job, batch_list *list, int64_t from, int64_t to)
{
    const size_t tracks = tempo_plan_track_count(job->plan), most = list->count + JOINTS_MAX;
    for (size_t track = 0; track < tracks; track++) {
        int64_t joint = tempo_plan_next_joint(job->plan, track, from);
        for (; joint >= 0 && joint < to && list->count < most; joint = tempo_plan_next_joint(job->plan, track, joint))
            list->batches[list->count++] = joint;
    }
}

static void sort_and_unite(batch_list *list)
{
    qsort(list->batches, list->count, sizeof *list->batches, compare_batches);
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (kept == 0 || list->batches[i] != list->batches[kept - 1])
            list->batches[kept++] = list->batches[i];
    list->count = kept;
}

static int print_overview(const table_job *job)
{
    int64_t from, to, batches[STEPS + 1 + JOINTS_MAX];
    const int status = find_range(job, &from, &to);
    if (status)
        return status;
    batch_list list = {batches, 0, 0};
    const int64_t span = to - from;
    for (int64_t i = 0; i <= STEPS; i++)
        batches[list.count++] = from + span / STEPS * i + span % STEPS * i / STEPS;
    add_joints(job, &list, from, to);
    sort_and_unite(&list);
    return print_list(job, &list);
}

/* --- the command --- */

static int check_options(const cli_options *options)
{
    if (options->at && options->every.option)
        return cli_fail(options->command, "--at and --every exclude each other");
    if (options->at && (options->from.option || options->to.option))
        return cli_fail(options->command, "--at names the rows, so %s has no meaning beside it",
                        options->from.option ? "--from" : "--to");
    return CLI_OK;
}

int command_table(const cli_options *options)
{
    table_job job = {.options = options, .format = (cli_format)options->format};
    if (job.format == CLI_FORMAT_NONE)
        job.format = isatty(STDOUT_FILENO) ? CLI_FORMAT_TEXT : CLI_FORMAT_CSV;
    int status = check_options(options);
    if (status)
        return status;
    status = cli_source_open(&job.source, options, &options->operands[0]);
    if (!status)
        status = cli_source_bind(&job.plan, &job.source);
    if (!status)
        status = options->at ? print_at(&job) : options->every.option ? print_every(&job) : print_overview(&job);
    tempo_plan_free(job.plan);
    cli_source_close(&job.source);
    return status;
}
