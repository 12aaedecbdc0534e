/* checkpoint_read.c: a file becomes a checkpoint again, if every byte of it is as it was written. */
#define _POSIX_C_SOURCE 200809L
#include "trainer/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <tempo/document.h>
#include <zlib.h>

struct tempo_checkpoint {
    tempo_allocator memory;
    tempo__checkpoint_header header;
    char *path;
    tempo_tree *facts;
    unsigned char *model;
};

void tempo_checkpoint_free(tempo_checkpoint *checkpoint)
{
    if (!checkpoint)
        return;
    const tempo_allocator memory = checkpoint->memory;
    tempo__release(&memory, checkpoint->model, (size_t)checkpoint->header.model_length);
    tempo_tree_free(checkpoint->facts);
    if (checkpoint->path)
        tempo__release(&memory, checkpoint->path, strlen(checkpoint->path) + 1);
    tempo__release(&memory, checkpoint, sizeof *checkpoint);
}

static tempo_checkpoint *new_checkpoint(const char *path, const tempo_allocator *allocator)
{
    const tempo_allocator memory = tempo__allocator_or_default(allocator);
    tempo_checkpoint *checkpoint = tempo__allocate(&memory, sizeof *checkpoint);
    if (!checkpoint)
        return NULL;
    checkpoint->memory = memory;
    checkpoint->path = tempo__allocate(&memory, strlen(path) + 1);
    if (checkpoint->path)
        memcpy(checkpoint->path, path, strlen(path) + 1);
    if (checkpoint->path && !tempo_tree_new(&checkpoint->facts, &memory))
        return checkpoint;
    tempo_checkpoint_free(checkpoint);
    return NULL;
}

/* --- reading --- */

/* A part of the file: where it is, and what it must be. */
typedef struct part {
    const char *name;
    uint64_t offset, length;
    uint32_t sum;
} part;

/* Takes a part into memory of its own; none for an empty one. */
static tempo_status read_part(const tempo_checkpoint *c, int file, const part *p, unsigned char **out,
                              tempo_error *error)
{
    *out = NULL;
    if (p->length == 0)
        return p->sum == 0 ? TEMPO_OK : tempo__fail_checkpoint(error, c->path, "is damaged: it has no %s", p->name);
    /* Not zeroed beforehand: it may be most of the memory there is. */
    unsigned char *bytes =
        p->length <= SIZE_MAX ? c->memory.resize(c->memory.context, NULL, 0, (size_t)p->length) : NULL;
    if (!bytes)
        return tempo__out_of_memory(error);
    tempo_status status = TEMPO_OK;
    if (!tempo__checkpoint_read_at(file, bytes, (size_t)p->length, p->offset))
        status = tempo__fail_file(error, "read", c->path, errno);
    else if ((uint32_t)crc32_z(0, bytes, (size_t)p->length) != p->sum)
        status = tempo__fail_damaged(error, c->path, p->name, p->offset, p->offset + p->length);
    if (status)
        tempo__release(&c->memory, bytes, (size_t)p->length);
    else
        *out = bytes;
    return status;
}

static tempo_status read_facts(tempo_checkpoint *c, int file, tempo_error *error)
{
    const part facts = {"facts", TEMPO__CHECKPOINT_HEADER_SIZE, c->header.facts_length, c->header.facts_sum};
    unsigned char *bytes = NULL;
    tempo_status status = read_part(c, file, &facts, &bytes, error);
    if (!status)
        status = tempo_value_parse(c->facts, (const char *)bytes, bytes ? (size_t)facts.length : 0, &c->memory, error);
    tempo__release(&c->memory, bytes, (size_t)facts.length);
    return status;
}

static tempo_status read_model(tempo_checkpoint *c, int file, tempo_error *error)
{
    const part model = {"model", TEMPO__CHECKPOINT_HEADER_SIZE + c->header.facts_length, c->header.model_length,
                        c->header.model_sum};
    return read_part(c, file, &model, &c->model, error);
}

static tempo_status read_file(tempo_checkpoint *c, tempo_error *error)
{
    const int file = open(c->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a pipe must not hang it */
    if (file < 0)
        return tempo__fail_file(error, "read", c->path, errno);
    tempo__checkpoint_kind kind;
    tempo_status status = tempo__checkpoint_examine(file, c->path, &kind, &c->header, error);
    if (!status)
        status = read_facts(c, file, error);
    if (!status)
        status = read_model(c, file, error);
    (void)close(file);
    return status;
}

tempo_status tempo_checkpoint_open(tempo_checkpoint **out, const char *path, const tempo_allocator *allocator,
                                   tempo_error *error)
{
    *out = NULL;
    tempo_checkpoint *checkpoint = new_checkpoint(path, allocator);
    if (!checkpoint)
        return tempo__out_of_memory(error);
    const tempo_status status = read_file(checkpoint, error);
    if (status)
        tempo_checkpoint_free(checkpoint);
    else
        *out = checkpoint;
    return status;
}

/* --- what it is --- */

const char *tempo_checkpoint_path(const tempo_checkpoint *checkpoint)
{
    return checkpoint->path;
}

int64_t tempo_checkpoint_batch(const tempo_checkpoint *checkpoint)
{
    return checkpoint->header.batch;
}

int64_t tempo_checkpoint_epoch(const tempo_checkpoint *checkpoint)
{
    return checkpoint->header.epoch;
}

const tempo_value *tempo_checkpoint_facts(const tempo_checkpoint *checkpoint)
{
    return tempo_tree_root(checkpoint->facts);
}

const void *tempo_checkpoint_model(const tempo_checkpoint *checkpoint, size_t *length)
{
    *length = (size_t)checkpoint->header.model_length;
    return checkpoint->model;
}
