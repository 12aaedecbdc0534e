/* trainer/log.h: the seam that formats of logs are written against. */
#ifndef TEMPO_TRAINER_LOG_H
#define TEMPO_TRAINER_LOG_H

#include <tempo/log.h>

#include "base/internal.h"

enum { TEMPO__LOG_COUNTERS = 4 };
extern const char *const tempo__log_counters[TEMPO__LOG_COUNTERS]; /* "batch", "epoch", "sample", "token" */

/* What the bytes at some place of a file are. */
typedef enum tempo__look {
    TEMPO__LOOK_RECORD,
    TEMPO__LOOK_PART, /* they are too few: the beginning of one */
    TEMPO__LOOK_OTHER
} tempo__look;

typedef struct tempo__log_writer {
    const char *name;
    const char *file; /* in the folder that the path names; NULL: the path is the file's */
    bool has_lines;   /* records are lines of text */
    /* What files begin with whatever the columns are, to tell them from other files. */
    const char *beginning;
    size_t beginning_length;
    /* Sets head, before and record_max; false when memory is out. */
    bool (*prepare)(tempo_log *log);
    /* Writes a record to `out`, which has record_max bytes; returns its length. */
    size_t (*print)(const tempo_log *log, char *out, const tempo_timestamp *now, const double *values);
    /* Looks at what comes after the head or a record; sets `*batch` and `*size` of a record. */
    tempo__look (*look)(const tempo_log *log, const char *bytes, size_t length, int64_t *batch, size_t *size);
} tempo__log_writer;

extern const tempo__log_writer tempo__log_csv, tempo__log_jsonl, tempo__log_tensorboard;

struct tempo_log {
    tempo__arena arena; /* holds the log itself */
    const tempo__log_writer *writer;
    const char *path;   /* of the file */
    const char **names; /* of the values of a record: "loss", "metric" if there is one, the fields */
    size_t count;
    bool has_metric;
    double *values; /* of the record that is written */

    const char *head; /* what a file with these columns begins with */
    size_t head_length;
    const char **before; /* what stands before each value; NULL if the format does not need it */
    size_t record_max;

    int file;
    bool is_regular; /* and not a pipe or a device, which can be neither read nor cut */
    int64_t last;    /* batch of the last record */
    char *buffer;    /* what is not yet in the file */
    size_t used, capacity;
    tempo_error error;
};

/* Writes a name as a format needs it, unless `out` is NULL; returns its length. */
typedef size_t tempo__quote(char *out, const char *name);
/* A name between two texts; NULL when memory is out. */
char *tempo__log_quote(tempo_log *log, tempo__quote *quote, const char *left, const char *name, const char *right);

/* Text that is being looked at. Each function tells whether what it is named after comes next, and goes past it. */
typedef struct tempo__cursor {
    const char *at, *end;
    bool is_short; /* the bytes ended before what was expected did */
} tempo__cursor;
bool tempo__expect(tempo__cursor *cursor, const char *expected);
/* The characters of `set` that come next; what follows them must be there. */
bool tempo__expect_some(tempo__cursor *cursor, const char *set, const char **text, size_t *length);
bool tempo__expect_count(tempo__cursor *cursor, int64_t *count);
/* What a look comes to. */
tempo__look tempo__looked(const tempo__cursor *cursor, bool is_record);

#endif
