/* checkpoint_write.c: a checkpoint becomes a file: whole, on the disk, and under its name only then. */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64
#include "trainer/checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tempo/document.h>
#include <zlib.h>

/* --- the facts as text --- */

typedef struct text {
    const tempo_allocator *memory;
    char *bytes;
    size_t length, size;
    tempo_status status; /* why it is not whole */
} text;

enum { TEXT_MIN = 4096 };

static int add_text(void *context, const char *bytes, size_t length)
{
    text *t = context;
    if (length > TEMPO_DOCUMENT_BYTES_MAX - t->length) {
        t->status = TEMPO_TOO_LARGE;
        return 1;
    }
    if (length > t->size - t->length) {
        const size_t size = t->length + length > TEXT_MIN / 2 ? 2 * (t->length + length) : TEXT_MIN;
        char *more = t->memory->resize(t->memory->context, t->bytes, t->size, size);
        if (!more) {
            t->status = TEMPO_NO_MEMORY;
            return 1;
        }
        t->bytes = more;
        t->size = size;
    }
    memcpy(t->bytes + t->length, bytes, length);
    t->length += length;
    return 0;
}

/* Whether it reads back: a checkpoint that cannot be read must not be written. */
static tempo_status check_text(const text *t, tempo_error *error)
{
    tempo_tree *tree = NULL;
    if (tempo_tree_new(&tree, t->memory))
        return tempo__out_of_memory(error);
    const tempo_status status = tempo_value_parse(tree, t->bytes, t->length, t->memory, error);
    tempo_tree_free(tree);
    return status;
}

/* The text is to be released either way. */
static tempo_status print_facts(text *t, const tempo_value *facts, tempo_error *error)
{
    const tempo_status status = tempo_value_print(facts, TEMPO_YAML, add_text, t, error);
    if (t->status == TEMPO_NO_MEMORY)
        return tempo__out_of_memory(error);
    if (t->status)
        return tempo__fail(error, t->status, "the facts take more than the %d bytes that are read",
                           TEMPO_DOCUMENT_BYTES_MAX);
    return status ? status : check_text(t, error);
}

/* --- bytes --- */

enum { BUFFER_SIZE = 64 * 1024 };

/* A file that is being written. */
typedef struct writer {
    const char *path;
    char *temporary; /* the name of the file in the folder; its start is the folder's own path for a moment */
    size_t temporary_size;
    int folder, file; /* descriptors; -1: not open */
    int reason;       /* the errno of the first failure; nothing more is written after it */
    uint64_t total;   /* bytes taken, */
    uint64_t length;  /* those of the current part, */
    uint32_t sum;     /* and their CRC-32 */
    size_t used;      /* of the buffer */
    unsigned char buffer[BUFFER_SIZE];
} writer;

static void write_out(writer *w, const unsigned char *bytes, size_t length)
{
    while (length > 0 && !w->reason) {
        const ssize_t some = write(w->file, bytes, length);
        if (some < 0 && errno != EINTR)
            w->reason = errno;
        if (some > 0) {
            bytes += some;
            length -= (size_t)some;
        }
    }
}

static void flush(writer *w)
{
    write_out(w, w->buffer, w->used);
    w->used = 0;
}

/* The `write` of the sink that the model gets. */
static int put(void *context, const void *bytes, size_t length)
{
    writer *w = context;
    if (!w->reason && length > (uint64_t)INT64_MAX - w->total)
        w->reason = EFBIG;
    if (w->reason || length == 0)
        return w->reason;
    w->total += length;
    w->length += length;
    w->sum = (uint32_t)crc32_z(w->sum, bytes, length);
    if (length > sizeof w->buffer - w->used)
        flush(w);
    if (length > sizeof w->buffer) {
        write_out(w, bytes, length);
    } else {
        memcpy(w->buffer + w->used, bytes, length);
        w->used += length;
    }
    return w->reason;
}

/* Ends a part. */
static void take_part(writer *w, uint64_t *length, uint32_t *sum)
{
    *length = w->length;
    *sum = w->sum;
    w->length = 0;
    w->sum = 0;
}

static tempo_status fail(const writer *w, tempo_error *error)
{
    return tempo__fail_file(error, "write", w->path, w->reason);
}

static tempo_status fail_errno(writer *w, tempo_error *error)
{
    w->reason = errno;
    return fail(w, error);
}

/* --- the file --- */

static const char suffix[] = ".part";

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* From here on everything is relative to the open folder: that is what is flushed in the end. */
static tempo_status open_folder(writer *w, tempo_error *error)
{
    const char *name = name_of(w->path);
    const size_t length = (size_t)(name - w->path);
    memcpy(w->temporary, w->path, length);
    w->temporary[length] = '\0';
    w->folder = open(length ? w->temporary : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (w->folder < 0)
        return fail_errno(w, error);
    memcpy(w->temporary, name, strlen(name));
    memcpy(w->temporary + strlen(name), suffix, sizeof suffix);
    return TEMPO_OK;
}

static bool is_in_place(const writer *w)
{
    struct stat opened, named;
    return fstat(w->file, &opened) == 0 && fstatat(w->folder, w->temporary, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/* The lock goes with the process, however it ends. Where a file system has none, nobody is kept out. */
static tempo_status open_locked(writer *w, tempo_error *error)
{
    const tempo__shown_path shown = tempo__show_path(w->path);
    for (;;) {
        w->file = openat(w->folder, w->temporary, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
        if (w->file < 0)
            return fail_errno(w, error);
        const bool is_busy = flock(w->file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
        if (!is_busy && is_in_place(w))
            return TEMPO_OK;
        (void)close(w->file);
        w->file = -1;
        if (is_busy)
            break;
        /* Another process has renamed or removed it meanwhile: what is open is not ours. */
    }
    tempo__fail(error, TEMPO_IO, "cannot write '%s': another process is writing it", shown.text);
    tempo__blame(error, "%s", shown.text);
    return TEMPO_IO;
}

/* What a process that was killed has left behind is written over; anything else is somebody's. */
static tempo_status check_is_ours(const writer *w, tempo_error *error)
{
    struct stat status;
    tempo__checkpoint_kind kind;
    tempo__checkpoint_header header = {0};
    if (fstat(w->file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0)
        return TEMPO_OK;
    (void)tempo__checkpoint_examine(w->file, w->path, &kind, &header, NULL);
    if (kind != TEMPO__CHECKPOINT_NONE)
        return TEMPO_OK;
    const tempo__shown_path shown = tempo__show_path(w->path);
    tempo__fail(error, TEMPO_IO, "cannot write '%s': %s is in the way, and no unfinished checkpoint", shown.text,
                tempo__show_path(w->temporary).text);
    tempo__blame(error, "%s", shown.text);
    return TEMPO_IO;
}

static tempo_status open_temporary(writer *w, tempo_error *error)
{
    tempo_status status = open_locked(w, error);
    if (!status)
        status = check_is_ours(w, error);
    if (status && w->file >= 0) {
        (void)close(w->file);
        w->file = -1;
    }
    return status;
}

/* --- what is in it --- */

static tempo_status put_model(writer *w, const tempo_checkpoint_content *content, tempo_error *error)
{
    const tempo_sink sink = {put, w};
    const int answer = content->save ? content->save(content->context, &sink) : 0;
    if (w->reason)
        return fail(w, error); /* the disk's failure, whatever the model makes of it */
    if (!answer)
        return TEMPO_OK;
    tempo__fail(error, TEMPO_FAILED, "the model could not be saved: its callback returned %d", answer);
    tempo__blame(error, "save");
    return TEMPO_FAILED;
}

/* Until the header is written a second time, at the end, the file is an unfinished checkpoint. */
static tempo_status put_content(writer *w, const tempo_checkpoint_content *content, const text *facts,
                                tempo_error *error)
{
    tempo__checkpoint_header header = {
        .batch = content->batch, .epoch = content->epoch, .version = TEMPO__CHECKPOINT_UNFINISHED};
    unsigned char bytes[TEMPO__CHECKPOINT_HEADER_SIZE];
    uint64_t length;
    uint32_t sum;
    tempo__checkpoint_pack(bytes, &header);
    (void)put(w, bytes, sizeof bytes);
    take_part(w, &length, &sum);
    (void)put(w, facts->bytes, facts->length);
    take_part(w, &header.facts_length, &header.facts_sum);
    const tempo_status status = put_model(w, content, error);
    if (status)
        return status;
    take_part(w, &header.model_length, &header.model_sum);
    header.version = TEMPO_CHECKPOINT_FORMAT;
    tempo__checkpoint_pack(bytes, &header);
    flush(w);
    if (!w->reason && lseek(w->file, 0, SEEK_SET) != 0)
        w->reason = errno;
    write_out(w, bytes, sizeof bytes);
    return w->reason ? fail(w, error) : TEMPO_OK;
}

static bool flush_to_disk(int descriptor)
{
    while (fsync(descriptor) != 0)
        if (errno != EINTR)
            return false;
    return true;
}

/* Some file systems have no way to flush a folder, and say so; then the renaming is as safe as they make it. */
static tempo_status flush_folder(writer *w, tempo_error *error)
{
    if (flush_to_disk(w->folder) || errno == EINVAL || errno == ENOTSUP)
        return TEMPO_OK;
    const tempo_status status = fail_errno(w, error);
    tempo__advise(error, "the checkpoint is whole and in place, but a crash of the machine might still undo that");
    return status;
}

/* The order is what makes it safe: the bytes are on the disk before the name is, and `path` is never without a file. */
static tempo_status write_file(writer *w, const tempo_checkpoint_content *content, const text *facts,
                               tempo_error *error)
{
    tempo_status status = open_temporary(w, error);
    if (status)
        return status;
    if (ftruncate(w->file, 0) != 0)
        status = fail_errno(w, error);
    if (!status)
        status = put_content(w, content, facts, error);
    if (!status && !flush_to_disk(w->file))
        status = fail_errno(w, error);
    if (!status && renameat(w->folder, w->temporary, w->folder, name_of(w->path)) != 0)
        status = fail_errno(w, error);
    if (status)
        (void)unlinkat(w->folder, w->temporary, 0);
    else
        status = flush_folder(w, error);
    (void)close(w->file); /* what it could report, fsync() has; the lock ends here */
    return status;
}

static tempo_status write_to(const char *path, const tempo_checkpoint_content *content, const text *facts,
                             const tempo_allocator *memory, tempo_error *error)
{
    writer *w = tempo__allocate(memory, sizeof *w);
    if (!w)
        return tempo__out_of_memory(error);
    w->path = path;
    w->folder = w->file = -1;
    w->temporary_size = strlen(path) + sizeof suffix;
    w->temporary = tempo__allocate(memory, w->temporary_size);
    tempo_status status = TEMPO_NO_MEMORY;
    if (w->temporary)
        status = open_folder(w, error);
    else
        (void)tempo__out_of_memory(error);
    if (!status)
        status = write_file(w, content, facts, error);
    if (w->folder >= 0)
        (void)close(w->folder);
    tempo__release(memory, w->temporary, w->temporary_size);
    tempo__release(memory, w, sizeof *w);
    return status;
}

tempo_status tempo_checkpoint_write(const char *path, const tempo_checkpoint_content *content,
                                    const tempo_allocator *allocator, tempo_error *error)
{
    const tempo_allocator memory = tempo__allocator_or_default(allocator);
    if (content->batch < 0 || content->epoch < 0) {
        tempo__fail(error, TEMPO_BAD_VALUE, "batches and epochs of a checkpoint must be >= 0");
        tempo__blame(error, "%s", content->batch < 0 ? "batch" : "epoch");
        return TEMPO_BAD_VALUE;
    }
    text facts = {.memory = &memory};
    tempo_status status = print_facts(&facts, content->facts, error);
    if (!status)
        status = write_to(path, content, &facts, &memory, error);
    tempo__release(&memory, facts.bytes, facts.size);
    return status;
}
