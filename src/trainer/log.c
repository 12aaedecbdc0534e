/* log.c: logs as files: opened at a place in the training, filled, brought to the disk. Knows nothing of what a record
 * looks like: see log_csv.c, log_jsonl.c, log_tensorboard.c. */
#define _POSIX_C_SOURCE 200809L
#include "trainer/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_SIZE = 64 * 1024 };

const char *const tempo__log_counters[TEMPO__LOG_COUNTERS] = {"batch", "epoch", "sample", "token"};

static const tempo__log_writer *const writers[] = {
    [TEMPO_LOG_CSV] = &tempo__log_csv,
    [TEMPO_LOG_JSONL] = &tempo__log_jsonl,
    [TEMPO_LOG_TENSORBOARD] = &tempo__log_tensorboard,
};

enum { WRITERS = sizeof writers / sizeof writers[0] };

const char *tempo_log_format_name(tempo_log_format format)
{
    return (size_t)format < WRITERS ? writers[format]->name : NULL;
}

static tempo_status fail_with_reason(const tempo_log *log, const char *what, tempo_error *error)
{
    return tempo__fail(error, TEMPO_IO, "cannot %s the log '%s': %s", what, log->path, strerror(errno));
}

/* --- what formats share --- */

char *tempo__log_quote(tempo_log *log, tempo__quote *quote, const char *left, const char *name, const char *right)
{
    const size_t before = strlen(left);
    const size_t length = quote(NULL, name);
    const size_t after = strlen(right);
    char *text = tempo__arena_take(&log->arena, before + length + after + 1, 1);
    if (!text)
        return NULL;
    memcpy(text, left, before + 1);
    (void)quote(text + before, name);
    memcpy(text + before + length, right, after + 1);
    return text;
}

bool tempo__expect(tempo__cursor *cursor, const char *expected)
{
    for (; *expected; expected++, cursor->at++) {
        cursor->is_short = cursor->at == cursor->end;
        if (cursor->is_short || *cursor->at != *expected)
            return false;
    }
    return true;
}

bool tempo__expect_some(tempo__cursor *cursor, const char *set, const char **text, size_t *length)
{
    *text = cursor->at;
    while (cursor->at < cursor->end && *cursor->at && strchr(set, *cursor->at))
        cursor->at++;
    *length = (size_t)(cursor->at - *text);
    cursor->is_short = cursor->at == cursor->end;
    return !cursor->is_short;
}

bool tempo__expect_count(tempo__cursor *cursor, int64_t *count)
{
    const char *text;
    size_t length;
    return tempo__expect_some(cursor, "0123456789", &text, &length) && tempo__integer_parse(count, text, length);
}

tempo__look tempo__looked(const tempo__cursor *cursor, bool is_record)
{
    if (is_record)
        return TEMPO__LOOK_RECORD;
    return cursor->is_short ? TEMPO__LOOK_PART : TEMPO__LOOK_OTHER;
}

/* --- reading what is there --- */

/* An existing file, through the log's buffer. */
typedef struct reader {
    tempo_log *log;
    const tempo_log_options *options;
    size_t at, end;  /* what of the buffer was not looked at */
    bool is_over;    /* nothing comes after the buffer */
    off_t kept;      /* bytes of the file that stay */
    int64_t records; /* of these */
    tempo_error *error;
} reader;

/* Makes sure that the longest record is in the buffer, as far as the file goes. */
static tempo_status fill(reader *r)
{
    tempo_log *log = r->log;
    if (r->is_over || r->end - r->at >= log->record_max)
        return TEMPO_OK;
    memmove(log->buffer, log->buffer + r->at, r->end - r->at);
    r->end -= r->at;
    r->at = 0;
    while (!r->is_over && r->end < log->capacity) {
        const ssize_t got = read(log->file, log->buffer + r->end, log->capacity - r->end);
        if (got < 0 && errno != EINTR)
            return fail_with_reason(log, "read", r->error);
        r->is_over = got == 0;
        r->end += got > 0 ? (size_t)got : 0;
    }
    return TEMPO_OK;
}

/* Refuses a file that begins in another way, showing how. */
static tempo_status fail_as_other(const reader *r)
{
    const tempo_log *log = r->log;
    const tempo__log_writer *writer = log->writer;
    const bool has_format =
        r->end >= writer->beginning_length && memcmp(log->buffer, writer->beginning, writer->beginning_length) == 0;
    size_t shown = 0;
    while (writer->has_lines && shown < r->end && shown < 80 && (unsigned char)log->buffer[shown] >= ' ')
        shown++;
    tempo__fail(r->error, TEMPO_CONFLICT, "'%s' is %s%s%s%.*s%s", log->path,
                has_format ? "a log with other columns" : "no log in the format ", has_format ? "" : writer->name,
                shown ? ": it begins with '" : "", (int)shown, log->buffer, shown ? "'" : "");
    tempo__advise(r->error, "write to another file, or remove this one");
    return TEMPO_CONFLICT;
}

/* Whether all there is of a file could be the beginning of its head, torn off. */
static bool is_torn_head(const reader *r)
{
    const tempo_log *log = r->log;
    return r->is_over && r->end < log->head_length && memcmp(log->buffer, log->head, r->end) == 0;
}

static tempo_status read_head(reader *r)
{
    const tempo_log *log = r->log;
    const tempo_status status = fill(r);
    if (status || is_torn_head(r))
        return status;
    if (r->end < log->head_length || memcmp(log->buffer, log->head, log->head_length) != 0)
        return fail_as_other(r);
    r->at = log->head_length;
    r->kept = (off_t)log->head_length;
    return TEMPO_OK;
}

static tempo_status fail_as_damaged(const reader *r)
{
    const tempo_log *log = r->log;
    tempo__fail(r->error, TEMPO_BAD_SYNTAX,
                "the log '%s' is damaged after batch %lld, but the training goes on at batch %lld", log->path,
                (long long)log->last, (long long)r->options->batch);
    tempo__advise(r->error, "resume from a checkpoint at or before that batch, or write to another file");
    if (log->writer->has_lines)
        tempo__locate(r->error, (size_t)r->records + (log->head_length ? 2 : 1), 1, 0);
    return TEMPO_BAD_SYNTAX;
}

/* Reads the records that stay: those up to the batch at which the log is opened. What comes after need not be whole. */
static tempo_status read_records(reader *r)
{
    tempo_log *log = r->log;
    const int64_t wanted = r->options->batch;
    for (;;) {
        const tempo_status status = fill(r);
        if (status)
            return status;
        if (r->at == r->end)
            return TEMPO_OK;
        int64_t batch = 0;
        size_t size = 0;
        const tempo__look look = log->writer->look(log, log->buffer + r->at, r->end - r->at, &batch, &size);
        if (look == TEMPO__LOOK_PART && r->is_over)
            return TEMPO_OK;
        /* A head that does not name the columns leaves it to the first record to tell whose file this is. */
        const bool is_unknown = r->records == 0 && log->head_length <= log->writer->beginning_length;
        if (look != TEMPO__LOOK_RECORD && is_unknown)
            return fail_as_other(r);
        if (log->last >= wanted || (look == TEMPO__LOOK_RECORD && batch > wanted))
            return TEMPO_OK;
        if (look != TEMPO__LOOK_RECORD || batch <= log->last)
            return fail_as_damaged(r);
        log->last = batch;
        r->at += size;
        r->kept += (off_t)size;
        r->records++;
    }
}

static tempo_status check_complete(const reader *r, bool exists)
{
    const tempo_log *log = r->log;
    const int64_t wanted = r->options->batch;
    if (log->last == wanted || r->options->allow_missing)
        return TEMPO_OK;
    if (!exists)
        tempo__fail(r->error, TEMPO_MISSING, "there is no log '%s', but the training goes on at batch %lld", log->path,
                    (long long)wanted);
    else
        tempo__fail(r->error, TEMPO_MISSING, "the log '%s' ends at batch %lld, but the training goes on at batch %lld",
                    log->path, (long long)log->last, (long long)wanted);
    tempo__advise(r->error, "resume from a checkpoint at or before the log's last batch, or allow_missing");
    return TEMPO_MISSING;
}

/* Reads what is there and cuts off what does not stay. The head of a new file waits with the records. */
static tempo_status take_over(reader *r, bool exists)
{
    tempo_log *log = r->log;
    tempo_status status = TEMPO_OK;
    if (log->is_regular)
        status = read_head(r);
    if (!status && r->kept == (off_t)log->head_length && log->is_regular)
        status = read_records(r);
    if (!status && log->is_regular)
        status = check_complete(r, exists);
    if (status)
        return status;
    if (log->is_regular && (ftruncate(log->file, r->kept) != 0 || lseek(log->file, r->kept, SEEK_SET) < 0))
        return fail_with_reason(log, "cut", r->error);
    log->used = 0;
    if (r->kept == 0 && log->head_length) {
        memcpy(log->buffer, log->head, log->head_length);
        log->used = log->head_length;
    }
    if (log->last < r->options->batch)
        log->last = r->options->batch;
    return TEMPO_OK;
}

/* --- opening --- */

static tempo_status check_options(const tempo_log_options *options, tempo_error *error)
{
    if ((size_t)options->format >= WRITERS)
        return tempo__fail(error, TEMPO_BAD_VALUE, "%d is no format of a log", (int)options->format);
    if (!options->path || !*options->path)
        return tempo__fail(error, TEMPO_BAD_VALUE, "a log needs a path");
    if (options->batch < 0)
        return tempo__fail(error, TEMPO_BAD_VALUE, "a log cannot go on at batch %lld", (long long)options->batch);
    return TEMPO_OK;
}

/* Sets what a record's values are called. */
static tempo_status set_names(tempo_log *log, const tempo_log_options *options, tempo_error *error)
{
    log->has_metric = options->metric;
    if (options->column_count > SIZE_MAX / sizeof(double) - 2)
        return tempo__out_of_memory(error);
    log->names = tempo__arena_take(&log->arena, options->column_count + 2, sizeof *log->names);
    log->values = tempo__arena_take(&log->arena, options->column_count + 2, sizeof *log->values);
    if (!log->names || !log->values)
        return tempo__out_of_memory(error);
    log->names[log->count++] = "loss";
    if (options->metric)
        log->names[log->count++] = "metric";
    for (size_t i = 0; i < options->column_count; i++) {
        const char *name = options->columns[i];
        if (!name || !*name)
            return tempo__fail(error, TEMPO_BAD_VALUE, "column %zu of the log has no name", i);
        for (size_t k = 0; k < log->count + TEMPO__LOG_COUNTERS; k++)
            if (strcmp(name, k < log->count ? log->names[k] : tempo__log_counters[k - log->count]) == 0)
                return tempo__fail(error, TEMPO_BAD_VALUE, "two columns of the log are called '%s'", name);
        log->names[log->count] = tempo__arena_copy_text(&log->arena, name, strlen(name));
        if (!log->names[log->count++])
            return tempo__out_of_memory(error);
    }
    return TEMPO_OK;
}

static tempo_status set_path(tempo_log *log, const tempo_log_options *options, tempo_error *error)
{
    const char *file = log->writer->file ? log->writer->file : "";
    const size_t folder = strlen(options->path);
    char *path = tempo__arena_take(&log->arena, folder + strlen(file) + 2, 1);
    if (!path)
        return tempo__out_of_memory(error);
    memcpy(path, options->path, folder + 1);
    log->path = path;
    if (!*file)
        return TEMPO_OK;
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return fail_with_reason(log, "make the folder of", error);
    path[folder] = '/';
    memcpy(path + folder + 1, file, strlen(file) + 1);
    return TEMPO_OK;
}

static tempo_status make_buffer(tempo_log *log, tempo_error *error)
{
    if (!log->writer->prepare(log))
        return tempo__out_of_memory(error);
    const size_t least = log->head_length + log->record_max;
    log->capacity = least > BUFFER_SIZE / 2 ? 2 * least : BUFFER_SIZE;
    log->buffer = tempo__arena_take(&log->arena, log->capacity, 1);
    return log->buffer ? TEMPO_OK : tempo__out_of_memory(error);
}

/* Opens the file and takes it over; one that was made is removed again if that fails. */
static tempo_status open_file(tempo_log *log, const tempo_log_options *options, tempo_error *error)
{
    reader r = {.log = log, .options = options, .error = error};
    bool exists = true;
    log->file = open(log->path, O_RDWR | O_CLOEXEC);
    if (log->file < 0 && errno == ENOENT) {
        exists = false;
        log->file = open(log->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    if (log->file < 0)
        return fail_with_reason(log, "open", error);
    struct stat about;
    if (fstat(log->file, &about) != 0)
        return fail_with_reason(log, "read", error);
    log->is_regular = S_ISREG(about.st_mode);
    const tempo_status status = take_over(&r, exists);
    if (status && !exists)
        (void)unlink(log->path);
    return status;
}

static void free_log(tempo_log *log)
{
    if (log->file >= 0)
        (void)close(log->file);
    tempo__arena arena = log->arena;
    tempo__arena_free(&arena);
}

tempo_status tempo_log_open(tempo_log **out, const tempo_log_options *options, tempo_error *error)
{
    *out = NULL;
    tempo_status status = check_options(options, error);
    if (status)
        return status;
    tempo__arena arena;
    tempo__arena_init(&arena, options->allocator);
    tempo_log *log = tempo__arena_take(&arena, 1, sizeof *log);
    if (!log)
        return tempo__out_of_memory(error);
    *log = (tempo_log){.arena = arena, .writer = writers[options->format], .file = -1, .error = TEMPO_ERROR_INIT};
    status = set_names(log, options, error);
    if (!status)
        status = set_path(log, options, error);
    if (!status)
        status = make_buffer(log, error);
    if (!status)
        status = open_file(log, options, error);
    if (status)
        free_log(log);
    else
        *out = log;
    return status;
}

/* --- writing --- */

/* Keeps an error for tempo_log_error() and gives it to the caller. */
static tempo_status keep_error(tempo_log *log, tempo_error *error)
{
    if (error) {
        const size_t size = error->struct_size;
        *error = log->error;
        error->struct_size = size;
    }
    return log->error.status;
}

/* Brings the buffer to the file; what cannot be written stays. */
static tempo_status flush(tempo_log *log)
{
    size_t done = 0;
    tempo_status status = TEMPO_OK;
    while (done < log->used && !status) {
        const ssize_t written = write(log->file, log->buffer + done, log->used - done);
        if (written > 0)
            done += (size_t)written;
        else if (written == 0 || errno != EINTR)
            status = fail_with_reason(log, "write", &log->error);
    }
    memmove(log->buffer, log->buffer + done, log->used - done);
    log->used -= done;
    return status;
}

tempo_status tempo_log_write(tempo_log *log, const tempo_record *record, tempo_error *error)
{
    if (record->now->batch <= log->last) {
        tempo__fail(&log->error, TEMPO_CONFLICT, "the log '%s' is at batch %lld already, so batch %lld cannot be added",
                    log->path, (long long)log->last, (long long)record->now->batch);
        return keep_error(log, error);
    }
    if (log->capacity - log->used < log->record_max && flush(log))
        return keep_error(log, error);
    const size_t before = log->has_metric ? 2 : 1;
    log->values[0] = record->loss;
    log->values[before - 1] = log->has_metric ? record->metric : record->loss;
    if (log->count > before)
        memcpy(log->values + before, record->values, (log->count - before) * sizeof *log->values);
    log->used += log->writer->print(log, log->buffer + log->used, record->now, log->values);
    log->last = record->now->batch;
    return TEMPO_OK;
}

tempo_status tempo_log_sync(tempo_log *log, tempo_error *error)
{
    if (flush(log))
        return keep_error(log, error);
    /* A pipe has no disk. */
    if (log->is_regular && fsync(log->file) != 0) {
        fail_with_reason(log, "write", &log->error);
        return keep_error(log, error);
    }
    return TEMPO_OK;
}

const tempo_error *tempo_log_error(const tempo_log *log)
{
    return &log->error;
}

int64_t tempo_log_batch(const tempo_log *log)
{
    return log->last;
}

tempo_status tempo_log_close(tempo_log *log, tempo_error *error)
{
    if (!log)
        return TEMPO_OK;
    tempo_status status = flush(log) ? keep_error(log, error) : TEMPO_OK;
    const int file = log->file;
    log->file = -1;
    if (close(file) != 0 && !status)
        status = fail_with_reason(log, "write", error);
    free_log(log);
    return status;
}
