/* tempo/log.h: what a training was like, one record an update, in files that other programs read (libtempo_train).
 *
 *   tempo_log_attach(&log, trainer, &(tempo_log_options){.format = TEMPO_LOG_CSV, .path = "run.csv"}, &error);
 *   tempo_trainer_fit(trainer, &error);
 *   tempo_log_close(log, &error);
 *
 * A log belongs to a place in the training: opened at batch n, it keeps the records of what led there, cuts off
 * everything after, such as a line that a kill tore, and goes on. No update is in it twice, and none is missing. It
 * holds nothing that depends on the machine or the hour: the log of a training that was killed and resumed is, byte for
 * byte, that of one that was not.
 *
 *   format        file                            a record
 *   csv           path (RFC 4180, lines end with   batch,epoch,sample,token,loss,metric,lr,...
 *                 a line feed)
 *   jsonl         path                             {"batch":1,"epoch":0,"sample":8,"token":0,"loss":2.5,"lr":0.1}
 *   tensorboard   path/events.out.tfevents.tempo   an Event with the scalars loss, metric, lr, ... at step batch
 *
 * Numbers in csv and jsonl read back to the same double. A metric before the first evaluation is empty in csv, null
 * in jsonl, left out in tensorboard. A NaN is nan in csv and null in jsonl, which has no word for it; an infinity is inf
 * and 1e999. TensorBoard keeps scalars as floats of 32 bits.
 *
 * A log belongs to one thread, and to one rank. Records wait in memory (64 KiB of them) until tempo_log_sync() or
 * until there are enough of them.
 *
 * Source of TensorBoard's format: tensorflow/core/lib/io/record_writer.h, tensorflow/core/util/event.proto and
 * tensorflow/core/framework/summary.proto.
 */
#ifndef TEMPO_LOG_H
#define TEMPO_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tempo/allocator.h>
#include <tempo/error.h>
#include <tempo/timestamp.h>
#include <tempo/trainer.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tempo_log tempo_log;

/* Every format once: name, text. */
#define TEMPO_LOG_FORMAT_LIST(X) \
    X(CSV, "csv")                \
    X(JSONL, "jsonl")            \
    X(TENSORBOARD, "tensorboard")

typedef enum tempo_log_format {
#define TEMPO_LOG_FORMAT_MEMBER(name, text) TEMPO_LOG_##name,
    TEMPO_LOG_FORMAT_LIST(TEMPO_LOG_FORMAT_MEMBER)
#undef TEMPO_LOG_FORMAT_MEMBER
} tempo_log_format;

/* "csv"; static. NULL for a number that is none. */
TEMPO_API const char *tempo_log_format_name(tempo_log_format format);

/* Zero it and set what is needed. */
typedef struct tempo_log_options {
    tempo_log_format format;
    const char *path;           /* of the file; of the folder for TensorBoard, which is made if its parent exists */
    bool metric;                /* there is one: a column after the loss */
    const char *const *columns; /* the scheduled fields: "lr", "decay.lr" */
    size_t column_count;
    int64_t batch;      /* updates that are completed, >= 0; at 0 an old log of the same columns starts over */
    bool allow_missing; /* records up to `batch` may be missing, as in the new log of a run that branches off */
    const tempo_allocator *allocator; /* NULL: the C library's */
} tempo_log_options;

/* One update. */
typedef struct tempo_record {
    const tempo_timestamp *now; /* with the update counted */
    double loss;
    double metric;        /* of the last evaluation; NaN: none yet. Ignored in a log without one */
    const double *values; /* that the update has used, one for each column */
} tempo_record;

/* Opens or makes a log. An existing file is read as far as it is kept. Everything is copied.
 * Errors: IO; CONFLICT (the file is something else, or has other columns); MISSING (records up to `batch`);
 * BAD_SYNTAX (a damaged record before that; error->line is its number in a csv or jsonl); BAD_VALUE (a batch below 0,
 * columns without a name or with the same one), NO_MEMORY. Then the file is as it was. */
TEMPO_API tempo_status tempo_log_open(tempo_log **out, const tempo_log_options *options, tempo_error *error);

/* Adds a record. Batches increase. Errors: IO, such as a full disk: the record is not added, those before it stay in
 * memory, and it can be tried again; CONFLICT (a batch that the log has already). No allocation. */
TEMPO_API tempo_status tempo_log_write(tempo_log *log, const tempo_record *record, tempo_error *error);

/* Returns when all records are on the disk (fsync). Errors: IO, as above. */
TEMPO_API tempo_status tempo_log_sync(tempo_log *log, tempo_error *error);

/* What went wrong last; its status is TEMPO_OK if nothing did. Borrowed. */
TEMPO_API const tempo_error *tempo_log_error(const tempo_log *log);

/* The batch of the last record; 0: there is none. */
TEMPO_API int64_t tempo_log_batch(const tempo_log *log);

/* Opens a log for a trainer, at the batch where it stands (so after tempo_trainer_resume()), and lets the trainer feed
 * it after each update and sync it at each checkpoint and at the end of a fit. Of `options`, columns and batch are the
 * trainer's: a column for each driven field, `lr`, or `group.lr` where the group has a name (its number, where several have
 * none). The fit fails when the log does; tempo_log_error() says why. The log must outlive the trainer's fits: close it
 * after them. On many ranks, only one of them has a log. Errors: as tempo_log_open(). */
TEMPO_API tempo_status tempo_log_attach(tempo_log **out, tempo_trainer *trainer, const tempo_log_options *options,
                                        tempo_error *error);

/* Writes what is left and frees the log (may be NULL), also when that fails. Does not wait for the disk:
 * call tempo_log_sync() before if that matters. Errors: IO: records are lost. */
TEMPO_API tempo_status tempo_log_close(tempo_log *log, tempo_error *error);

#ifdef __cplusplus
}
#endif

#endif
