/* checkpoint_folder.c: the checkpoints of a folder, newest first: found, the latest opened, the oldest removed. */
#define _XOPEN_SOURCE 700
#define _FILE_OFFSET_BITS 64
#include "trainer/checkpoint.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A checkpoint with what decides between two of the same time, and whether two names are one file. */
typedef struct entry {
    tempo_checkpoint_file seen;
    struct timespec written;
    dev_t device;
    ino_t number;
} entry;

struct tempo_checkpoint_list {
    tempo__arena arena; /* of the paths */
    entry *entries;
    size_t count, capacity;
};

size_t tempo_checkpoint_list_count(const tempo_checkpoint_list *list)
{
    return list->count;
}

const tempo_checkpoint_file *tempo_checkpoint_list_at(const tempo_checkpoint_list *list, size_t index)
{
    return &list->entries[index].seen;
}

void tempo_checkpoint_list_free(tempo_checkpoint_list *list)
{
    if (!list)
        return;
    const tempo_allocator memory = list->arena.allocator;
    tempo__release(&memory, list->entries, list->capacity * sizeof *list->entries);
    tempo__arena_free(&list->arena);
    tempo__release(&memory, list, sizeof *list);
}

/* --- finding --- */

enum { CAPACITY_MIN = 8 };

static entry *add_entry(tempo_checkpoint_list *list)
{
    if (list->count == list->capacity) {
        const size_t size = sizeof *list->entries, capacity = list->capacity ? 2 * list->capacity : CAPACITY_MIN;
        const tempo_allocator *memory = &list->arena.allocator;
        if (capacity > SIZE_MAX / size)
            return NULL;
        entry *entries = memory->resize(memory->context, list->entries, list->capacity * size, capacity * size);
        if (!entries)
            return NULL;
        list->entries = entries;
        list->capacity = capacity;
    }
    entry *added = &list->entries[list->count];
    *added = (entry){.seen = {.batch = -1, .epoch = -1}};
    return added;
}

static char *join(tempo__arena *arena, const char *folder, const char *name)
{
    const size_t length = strlen(folder), size = length + strlen(name) + sizeof "/";
    const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";
    char *path = tempo__arena_take(arena, size, 1);
    if (path)
        (void)snprintf(path, size, "%s%s%s", folder, slash, name);
    return path;
}

/* A file that cannot be opened is UNKNOWN, but one that was removed meanwhile is none. */
static tempo__checkpoint_kind look_into(int folder, const char *name, tempo__checkpoint_header *header)
{
    tempo__checkpoint_kind kind = TEMPO__CHECKPOINT_UNKNOWN;
    const int file = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return errno == ENOENT || errno == ELOOP ? TEMPO__CHECKPOINT_NONE : kind;
    (void)tempo__checkpoint_examine(file, name, &kind, header, NULL);
    (void)close(file);
    return kind;
}

/* Adds a file, if it is a checkpoint. False when memory is out. */
static bool look_at(tempo_checkpoint_list *list, int descriptor, const char *folder, const char *name)
{
    struct stat status;
    tempo__checkpoint_header header = {0};
    if (fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode))
        return true;
    const tempo__checkpoint_kind kind = look_into(descriptor, name, &header);
    if (kind == TEMPO__CHECKPOINT_NONE || kind == TEMPO__CHECKPOINT_PART)
        return true;
    entry *added = add_entry(list);
    if (!added)
        return false;
    added->written = status.st_mtim;
    added->device = status.st_dev;
    added->number = status.st_ino;
    added->seen.is_readable = kind == TEMPO__CHECKPOINT_READABLE;
    if (kind != TEMPO__CHECKPOINT_UNKNOWN) {
        added->seen.batch = header.batch;
        added->seen.epoch = header.epoch;
    }
    added->seen.path = join(&list->arena, folder, name);
    list->count++;
    return added->seen.path != NULL;
}

static tempo_status look_through(tempo_checkpoint_list *list, DIR *stream, const char *folder, tempo_error *error)
{
    for (;;) {
        errno = 0;
        const struct dirent *found = readdir(stream);
        if (!found)
            return errno ? tempo__fail_file(error, "read the folder", folder, errno) : TEMPO_OK;
        if (!look_at(list, dirfd(stream), folder, found->d_name))
            return tempo__out_of_memory(error);
    }
}

static int compare_counts(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* Which comes first: the newer one, and before all those of which nobody knows. */
static int compare(const void *left, const void *right)
{
    const entry *a = left, *b = right;
    int order = (b->seen.batch < 0) - (a->seen.batch < 0);
    if (!order)
        order = compare_counts(b->seen.batch, a->seen.batch);
    if (!order)
        order = compare_counts(b->seen.epoch, a->seen.epoch);
    if (!order)
        order = compare_counts(b->written.tv_sec, a->written.tv_sec);
    if (!order)
        order = compare_counts(b->written.tv_nsec, a->written.tv_nsec);
    return order ? order : strcmp(b->seen.path, a->seen.path);
}

static tempo_status fill_list(tempo_checkpoint_list *list, const char *folder, tempo_error *error)
{
    DIR *stream = opendir(folder);
    if (!stream)
        return tempo__fail_file(error, "read the folder", folder, errno);
    const tempo_status status = look_through(list, stream, folder, error);
    (void)closedir(stream);
    if (!status && list->count)
        qsort(list->entries, list->count, sizeof *list->entries, compare);
    return status;
}

tempo_status tempo_checkpoint_list_new(tempo_checkpoint_list **out, const char *folder,
                                       const tempo_allocator *allocator, tempo_error *error)
{
    *out = NULL;
    const tempo_allocator memory = tempo__allocator_or_default(allocator);
    tempo_checkpoint_list *list = tempo__allocate(&memory, sizeof *list);
    if (!list) {
        (void)tempo__out_of_memory(error);
        return TEMPO_NO_MEMORY;
    }
    tempo__arena_init(&list->arena, &memory);
    const tempo_status status = fill_list(list, folder, error);
    if (status)
        tempo_checkpoint_list_free(list);
    else
        *out = list;
    return status;
}

/* --- the latest --- */

static tempo_status fail_none(const char *folder, size_t count, tempo_error *error)
{
    const tempo__shown_path shown = tempo__show_path(folder);
    const tempo_status status = count ? TEMPO_BAD_VALUE : TEMPO_MISSING;
    if (count)
        tempo__fail(error, status, "none of the checkpoints in '%s' can be used (there are %zu)", shown.text, count);
    else
        tempo__fail(error, status, "there is no checkpoint in '%s'", shown.text);
    tempo__blame(error, "%s", shown.text);
    return status;
}

static tempo_status open_newest(tempo_checkpoint **out, const tempo_checkpoint_list *list, const char *folder,
                                tempo_checkpoint_passed_over *passed_over, void *context, tempo_error *error)
{
    for (size_t i = 0; i < list->count; i++) {
        tempo_error why = TEMPO_ERROR_INIT;
        const char *path = list->entries[i].seen.path;
        const tempo_status status =
            tempo_checkpoint_open(out, path, &list->arena.allocator, passed_over ? &why : error);
        if (!status || !passed_over)
            return status;
        if (status == TEMPO_NO_MEMORY)
            return tempo__out_of_memory(error); /* no fault of the file's */
        passed_over(context, path, &why);
    }
    return fail_none(folder, list->count, error);
}

tempo_status tempo_checkpoint_open_latest(tempo_checkpoint **out, const char *folder,
                                          tempo_checkpoint_passed_over *passed_over, void *context,
                                          const tempo_allocator *allocator, tempo_error *error)
{
    *out = NULL;
    tempo_checkpoint_list *list = NULL;
    tempo_status status = tempo_checkpoint_list_new(&list, folder, allocator, error);
    if (!status)
        status = open_newest(out, list, folder, passed_over, context, error);
    tempo_checkpoint_list_free(list);
    return status;
}

/* --- the oldest --- */

/* The place of a file in the list; the list's end if it is not there, or `path` is NULL. */
static tempo_status find_written(const tempo_checkpoint_list *list, const char *path, size_t *place, tempo_error *error)
{
    struct stat status;
    *place = list->count;
    if (!path)
        return TEMPO_OK;
    if (stat(path, &status) != 0)
        return tempo__fail_file(error, "read", path, errno);
    for (size_t i = 0; i < list->count; i++)
        if (list->entries[i].device == status.st_dev && list->entries[i].number == status.st_ino)
            *place = i;
    return TEMPO_OK;
}

/* Oldest first, so that whatever interrupts it, the newest are there. */
static tempo_status remove_oldest(const tempo_checkpoint_list *list, size_t count, size_t written, size_t *removed,
                                  tempo_error *error)
{
    size_t readable = 0;
    for (size_t i = 0; i < list->count; i++)
        readable += list->entries[i].seen.is_readable;
    for (size_t i = list->count; i-- > 0 && readable > count;) {
        const tempo_checkpoint_file *file = &list->entries[i].seen;
        if (!file->is_readable || i == written)
            continue;
        if (unlink(file->path) != 0 && errno != ENOENT)
            return tempo__fail_file(error, "remove", file->path, errno);
        readable--;
        ++*removed;
    }
    return TEMPO_OK;
}

tempo_status tempo_checkpoint_keep(const char *folder, size_t count, const char *written, size_t *removed,
                                   const tempo_allocator *allocator, tempo_error *error)
{
    size_t number = 0, place = 0;
    if (removed)
        *removed = 0;
    if (count == 0)
        return TEMPO_OK;
    tempo_checkpoint_list *list = NULL;
    tempo_status status = tempo_checkpoint_list_new(&list, folder, allocator, error);
    if (!status)
        status = find_written(list, written, &place, error);
    if (!status)
        status = remove_oldest(list, count, place, &number, error);
    if (removed)
        *removed = number;
    tempo_checkpoint_list_free(list);
    return status;
}
