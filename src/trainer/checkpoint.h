/* trainer/checkpoint.h: what the files that write, read and find checkpoints share: the header, and errors. */
#ifndef TEMPO_TRAINER_CHECKPOINT_H
#define TEMPO_TRAINER_CHECKPOINT_H

#include <stdint.h>

#include <tempo/checkpoint.h>

#include "base/internal.h"

/* --- the header (checkpoint_header.c) --- */

enum {
    TEMPO__CHECKPOINT_UNFINISHED = 0, /* in place of a version: written to, or left behind */
    TEMPO__CHECKPOINT_HEADER_SIZE = 64
};

/* The first bytes of a checkpoint; docs/checkpoints.md has them as a table. */
typedef struct tempo__checkpoint_header {
    int64_t batch, epoch;
    uint32_t version;
    uint64_t facts_length, model_length; /* together with the header, at most INT64_MAX */
    uint32_t facts_sum, model_sum;       /* CRC-32 */
} tempo__checkpoint_header;

void tempo__checkpoint_pack(unsigned char bytes[TEMPO__CHECKPOINT_HEADER_SIZE], const tempo__checkpoint_header *header);

/* What a file turns out to be. */
typedef enum tempo__checkpoint_kind {
    TEMPO__CHECKPOINT_NONE,    /* something else */
    TEMPO__CHECKPOINT_PART,    /* an unfinished one */
    TEMPO__CHECKPOINT_UNKNOWN, /* damaged, or unreadable: nobody knows of which time */
    TEMPO__CHECKPOINT_REFUSED, /* `batch` and `epoch` are known, but it cannot be read */
    TEMPO__CHECKPOINT_READABLE
} tempo__checkpoint_kind;

/* Reads and judges the header of an open file; succeeds if it is READABLE, else fills `error`, naming `path`. */
tempo_status tempo__checkpoint_examine(int file, const char *path, tempo__checkpoint_kind *kind,
                                       tempo__checkpoint_header *header, tempo_error *error);

/* Takes `length` bytes from an offset; false with errno (0: the file ends before). */
bool tempo__checkpoint_read_at(int file, void *bytes, size_t length, uint64_t offset);

/* --- errors --- */

/* A path as a message shows it: if it is long, its end. */
typedef struct tempo__shown_path {
    char text[128];
} tempo__shown_path;
tempo__shown_path tempo__show_path(const char *path);

/* Fails with "cannot VERB 'PATH': REASON", the reason being an errno. */
tempo_status tempo__fail_file(tempo_error *error, const char *verb, const char *path, int reason);

/* Fails with BAD_VALUE and "'PATH' " before what is wrong with it. */
tempo_status tempo__fail_checkpoint(tempo_error *error, const char *path, const char *format, ...) TEMPO_PRINTF(3, 4);

/* The same for the bytes from `offset` up to `end`, which belong to a part: "model". */
tempo_status tempo__fail_damaged(tempo_error *error, const char *path, const char *part, uint64_t offset, uint64_t end);

#endif
