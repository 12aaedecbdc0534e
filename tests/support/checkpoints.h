/* support/checkpoints.h: a folder of its own for each test, and small checkpoints in it. The file that includes this
 * defines _XOPEN_SOURCE as 700 first. */
#ifndef TEMPO_TESTS_SUPPORT_CHECKPOINTS_H
#define TEMPO_TESTS_SUPPORT_CHECKPOINTS_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tempo/checkpoint.h>
#include <tempo/document.h>

#include "support/spec.h"

typedef struct folder {
    char path[64];
    char file[8][128]; /* what in_folder() gave out last */
    size_t given;
} folder;

static inline int make_folder(void **state)
{
    folder *f = calloc(1, sizeof *f);
    assert_non_null(f);
    (void)snprintf(f->path, sizeof f->path, "/tmp/tempo-checkpoint-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    *state = f;
    return 0;
}

static inline const char *in_folder(folder *f, const char *name)
{
    char *path = f->file[f->given++ % 8];
    const size_t length = strlen(f->path);
    assert_true(length + 1 + strlen(name) < sizeof f->file[0]);
    memcpy(path, f->path, length);
    path[length] = '/';
    memcpy(path + length + 1, name, strlen(name) + 1);
    return path;
}

/* Calls `each` (may be NULL) for every name in the folder; returns how many there are. */
static inline size_t count_names(folder *f, void (*each)(const char *path))
{
    size_t count = 0;
    DIR *stream = opendir(f->path);
    assert_non_null(stream);
    for (const struct dirent *found; (found = readdir(stream));)
        if (strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0) {
            count++;
            if (each)
                each(in_folder(f, found->d_name));
        }
    (void)closedir(stream);
    return count;
}

static inline void remove_path(const char *path)
{
    (void)remove(path);
}

static inline int remove_folder(void **state)
{
    folder *f = *state;
    (void)count_names(f, remove_path);
    assert_int_equal(rmdir(f->path), 0);
    free(f);
    return 0;
}

#define folder_test(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

static inline bool exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

/* Not through fopen(): some file systems write a file to the disk that was truncated first, which takes its time. */
static inline void put_file(const char *path, const void *bytes, size_t length)
{
    const int file = open(path, O_WRONLY | O_CREAT, 0666);
    assert_true(file >= 0);
    assert_int_equal(write(file, bytes, length), length);
    assert_int_equal(ftruncate(file, (off_t)length), 0);
    assert_int_equal(close(file), 0);
}

/* At most 4096 bytes. */
static inline size_t get_file(const char *path, unsigned char *bytes)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t length = fread(bytes, 1, 4096, file);
    (void)fclose(file);
    return length;
}

/* A map with one member. */
static inline tempo_tree *some_facts(void)
{
    tempo_tree *tree = NULL;
    assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
    tempo_value *root = tempo_tree_add(tree, NULL, NULL, 0, TEMPO_VALUE_MAP);
    assert_non_null(tempo_tree_add_integer(tree, root, "seed", 17));
    return tree;
}

/* A model of a few bytes, written one by one. */
static inline int save_name(void *context, const tempo_sink *sink)
{
    for (const char *c = context; *c; c++)
        if (sink->write(sink->context, c, 1))
            return 1;
    return 0;
}

/* The status of writing a checkpoint of which the model is `model`. */
static inline tempo_status write_model(const char *path, int64_t batch, int64_t epoch, char *model, tempo_error *error)
{
    tempo_tree *tree = some_facts();
    const tempo_checkpoint_content content = {batch, epoch, tempo_tree_root(tree), save_name, model};
    const tempo_status status = tempo_checkpoint_write(path, &content, NULL, error);
    tempo_tree_free(tree);
    return status;
}

static inline void write_some(const char *path, int64_t batch, char *model)
{
    tempo_error error = TEMPO_ERROR_INIT;
    if (write_model(path, batch, 0, model, &error))
        fail_msg("%s", error.message);
}

static inline void assert_model(const tempo_checkpoint *checkpoint, const char *model)
{
    size_t length = 0;
    const void *bytes = tempo_checkpoint_model(checkpoint, &length);
    assert_int_equal(length, strlen(model));
    assert_memory_equal(bytes, model, length);
}

/* There is an intact checkpoint with that model. */
static inline void assert_holds(const char *path, const char *model)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_checkpoint *checkpoint = NULL;
    if (tempo_checkpoint_open(&checkpoint, path, NULL, &error))
        fail_msg("%s", error.message);
    assert_model(checkpoint, model);
    tempo_checkpoint_free(checkpoint);
}

/* The file is refused as BAD_VALUE; the message, behind the path, is as given (NULL: anything). */
static inline void assert_refused(const char *path, const char *message)
{
    char expected[320];
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_checkpoint *checkpoint = (void *)&error;
    const tempo_status status = tempo_checkpoint_open(&checkpoint, path, NULL, &error);
    assert_int_equal(status, TEMPO_BAD_VALUE);
    assert_int_equal(error.status, TEMPO_BAD_VALUE);
    assert_null(checkpoint);
    assert_string_equal(error.path, path);
    (void)snprintf(expected, sizeof expected, "'%s' %s", path, message ? message : "");
    if (message)
        assert_string_equal(error.message, expected);
    else
        assert_memory_equal(error.message, expected, strlen(expected));
}

/* An error of writing `path`: TEMPO_IO with the reason at the end. */
static inline void assert_unwritten(const tempo_error *error, const char *path, const char *reason)
{
    char expected[320];
    (void)snprintf(expected, sizeof expected, "cannot write '%s': %s", path, reason);
    assert_int_equal(error->status, TEMPO_IO);
    assert_string_equal(error->message, expected);
    assert_string_equal(error->path, path);
}

/* A whole checkpoint of format 1, made with Python's struct and zlib from the table in docs/checkpoints.md. */
static const unsigned char whole_header[64] = {
    0x89, 'T',  'E',  'M',  'P',  'O',  '\r', '\n',                         /* magic */
    7,    0,    0,    0,    0,    0,    0,    0,    1, 0, 0, 0, 0, 0, 0, 0, /* batch, epoch */
    1,    0,    0,    0,    0x2a, 0x11, 0x9d, 0xd0,                         /* version, sum */
    35,   0,    0,    0,    0,    0,    0,    0,                            /* length of the facts, */
    10,   0,    0,    0,    0,    0,    0,    0,                            /* of the model */
    0x52, 0xbf, 0xb1, 0xfb, 0x98, 0xcc, 0xd6, 0xb8,                         /* their sums */
    0,    0,    0,    0,    0x9a, 0x66, 0xa8, 0x99,                         /* reserved, sum */
};
static const char whole_facts[] = "seed: 17\nrun:\n  max_duration: 10ep\n";
static const unsigned char whole_model[10] = {250, 251, 252, 253, 254, 255};

enum { WHOLE_SIZE = 109 };

static inline void copy_whole(unsigned char bytes[WHOLE_SIZE])
{
    memcpy(bytes, whole_header, 64);
    memcpy(bytes + 64, whole_facts, 35);
    memcpy(bytes + 99, whole_model, 10);
}

#endif
