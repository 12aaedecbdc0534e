/* train.c: stands in for a training: FORMAT PATH BATCHES [CHECKPOINT] writes a log of that many updates. With a file for
 * checkpoints it notes there every 500 updates how far it is, with the log synced before, and goes on from there when it
 * is started again. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tempo/log.h>

static int64_t read_checkpoint(const char *path)
{
    FILE *file = path ? fopen(path, "r") : NULL;
    int64_t batch = 0;
    if (file && fscanf(file, "%" SCNd64, &batch) != 1)
        batch = 0;
    if (file)
        (void)fclose(file);
    return batch;
}

static int write_checkpoint(const char *path, int64_t batch)
{
    char temporary[1024];
    (void)snprintf(temporary, sizeof temporary, "%s.new", path);
    FILE *file = fopen(temporary, "w");
    if (!file || fprintf(file, "%" PRId64 "\n", batch) < 0 || fclose(file) != 0)
        return 1;
    return rename(temporary, path);
}

static int train(tempo_log *log, int64_t from, int64_t to, const char *checkpoint, tempo_error *error)
{
    for (int64_t batch = from + 1; batch <= to; batch++) {
        const tempo_timestamp now = {.batch = batch, .epoch = batch / 100, .sample = 8 * batch, .token = 1024 * batch};
        const double values[] = {1e-3 * cos((double)batch / (double)to), 0.01};
        const double metric = batch < 100 ? (double)NAN : 2.0 + 1.0 / (double)(batch / 100);
        const tempo_record record = {&now, 2.0 + sin((double)batch) / (double)batch, metric, values};
        if (tempo_log_write(log, &record, error))
            return 1;
        if (checkpoint && batch % 500 == 0 && (tempo_log_sync(log, error) || write_checkpoint(checkpoint, batch)))
            return 1;
    }
    return 0;
}

int main(int count, char **arguments)
{
    static const char *const columns[] = {"lr", "decay.weight_decay"};
    const char *checkpoint = count > 4 ? arguments[4] : NULL;
    const int64_t begin = read_checkpoint(checkpoint);
    tempo_log_options options = {
        .path = arguments[2], .metric = true, .columns = columns, .column_count = 2, .batch = begin};
    while (tempo_log_format_name(options.format) && strcmp(tempo_log_format_name(options.format), arguments[1]) != 0)
        options.format++;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_log *log = NULL;
    int failed = tempo_log_open(&log, &options, &error) != TEMPO_OK;
    if (!failed)
        failed = train(log, begin, strtol(arguments[3], NULL, 10), checkpoint, &error);
    if (tempo_log_close(log, failed ? NULL : &error) || failed)
        (void)fprintf(stderr, "%s\n%s\n", error.message, error.advice);
    return error.status != TEMPO_OK;
}
