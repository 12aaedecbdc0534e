/* tempo/checkpoint.h: checkpoints as files (libtempo_train): written whole or not at all, verified when read, found
 * by what they hold and not by their names.
 *
 *   tempo_checkpoint_write("run/checkpoint-500.tempo", &content, NULL, &error);
 *   tempo_checkpoint_keep("run", 3, "run/checkpoint-500.tempo", NULL, NULL, &error);
 *
 *   tempo_checkpoint_open_latest(&checkpoint, "run", NULL, NULL, NULL, &error);
 *   resume(tempo_checkpoint_facts(checkpoint), tempo_checkpoint_model(checkpoint, &length), length);
 *   tempo_checkpoint_free(checkpoint);
 *
 * A checkpoint holds facts (any plain values) and the model's own bytes; docs/checkpoints.md has the format to the
 * byte. The trainer does all of this by itself; these functions are for loops of one's own, and for programs that look
 * into checkpoints.
 *
 * For Linux: it takes POSIX calls, and flock(). Errors of status IO name the file and the system's reason.
 */
#ifndef TEMPO_CHECKPOINT_H
#define TEMPO_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tempo/allocator.h>
#include <tempo/base.h>
#include <tempo/error.h>
#include <tempo/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the format that is written, and the newest that is read. */
enum { TEMPO_CHECKPOINT_FORMAT = 1 };

/* --- write --- */

/* Takes bytes; returns 0, or another number when they cannot be kept. */
typedef struct tempo_sink {
    int (*write)(void *context, const void *bytes, size_t length);
    void *context;
} tempo_sink;

/* What is written. */
typedef struct tempo_checkpoint_content {
    int64_t batch, epoch;     /* completed, >= 0: of two checkpoints, which is the newer one */
    const tempo_value *facts; /* mostly a map; within the limits of documents (tempo/document.h) */
    /* Writes the model's bytes, in pieces of any size and number; returns 0, or another number to give up. NULL: there
     * are none. */
    int (*save)(void *context, const tempo_sink *sink);
    void *context;
} tempo_checkpoint_content;

/* Writes a checkpoint to `path`, the folder of which must exist. At every moment, whatever happens, `path` is what it
 * was before or the whole new checkpoint: it is written to `path`.part, flushed to the disk, and renamed, in this
 * order; then the folder is flushed. What was at `path` before is replaced, whatever it was.
 *
 * On failure there is no .part, and `path` is as before; but if only the folder could not be flushed, the new
 * checkpoint is complete and in place, and only a crash of the machine might undo that. A process that is killed leaves
 * a .part behind, which the next call for this `path` writes over. A .part that is no checkpoint, finished or not, is
 * somebody else's: it is left alone, and the call fails.
 *
 * Errors: BAD_VALUE (`batch` or `epoch`), FAILED (`save`: the message has its number), IO (also: another process is
 * writing to the same `path`), NO_MEMORY; as tempo_value_parse(), when the facts could not be read back.
 * Cost: the size of the checkpoint, once; memory for the text of the facts, and 64 KiB, however large the model. */
TEMPO_API tempo_status tempo_checkpoint_write(const char *path, const tempo_checkpoint_content *content,
                                              const tempo_allocator *allocator, tempo_error *error);

/* --- read --- */

/* A checkpoint that was read and found to be intact. Immutable; what it gives out is borrowed. */
typedef struct tempo_checkpoint tempo_checkpoint;

/* Reads a checkpoint and verifies every byte. What is given out is what was verified: the model's bytes are in the
 * allocator's memory, not mapped, so that nothing that happens to the file later can change them.
 *
 * Errors: IO; BAD_VALUE (no checkpoint; an unfinished one; one that is cut off or damaged: the message says where; one
 * of a newer format: the message says which can be read); NO_MEMORY.
 * Cost: one pass over the file; memory for all of it. */
TEMPO_API tempo_status tempo_checkpoint_open(tempo_checkpoint **out, const char *path, const tempo_allocator *allocator,
                                             tempo_error *error);
TEMPO_API void tempo_checkpoint_free(tempo_checkpoint *checkpoint);

/* Where it was read from. */
TEMPO_API const char *tempo_checkpoint_path(const tempo_checkpoint *checkpoint);

TEMPO_API int64_t tempo_checkpoint_batch(const tempo_checkpoint *checkpoint);
TEMPO_API int64_t tempo_checkpoint_epoch(const tempo_checkpoint *checkpoint);
TEMPO_API const tempo_value *tempo_checkpoint_facts(const tempo_checkpoint *checkpoint);

/* The model's bytes, aligned for any object, and their number. NULL if there are none. */
TEMPO_API const void *tempo_checkpoint_model(const tempo_checkpoint *checkpoint, size_t *length);

/* --- folders --- */

/* A checkpoint in a folder, as its header describes it. */
typedef struct tempo_checkpoint_file {
    const char *path;
    /* Completed; -1 if the header is damaged. */
    int64_t batch, epoch;
    /* Whether the header is intact and of a format that can be read, and the file as long as it says. Whether the
     * rest is intact too, only tempo_checkpoint_open() finds out. */
    bool is_readable;
} tempo_checkpoint_file;

/* The checkpoints of a folder, newest first. Immutable. */
typedef struct tempo_checkpoint_list tempo_checkpoint_list;

/* Looks into every file of a folder, whatever its name. The newest is that with the most batches, then epochs; of those
 * with equal ones, that written last, by the file's time; then by name. Passed by: files that are no checkpoints,
 * unfinished ones, symbolic links (so that a file counts once), folders in it.
 *
 * A file is taken for a damaged checkpoint if it cannot be read, or if at most two of its first eight bytes are wrong.
 * Damaged headers come first, since they might be of the newest.
 *
 * Errors: IO (the folder), NO_MEMORY. Cost: one small read a file. */
TEMPO_API tempo_status tempo_checkpoint_list_new(tempo_checkpoint_list **out, const char *folder,
                                                 const tempo_allocator *allocator, tempo_error *error);
TEMPO_API void tempo_checkpoint_list_free(tempo_checkpoint_list *list);
TEMPO_API size_t tempo_checkpoint_list_count(const tempo_checkpoint_list *list);
/* `index` < the count. Borrowed. */
TEMPO_API const tempo_checkpoint_file *tempo_checkpoint_list_at(const tempo_checkpoint_list *list, size_t index);

/* Told about a checkpoint that cannot be used, and why. */
typedef void tempo_checkpoint_passed_over(void *context, const char *path, const tempo_error *why);

/* Opens the newest checkpoint of a folder. If it cannot be used (damaged, unreadable, of a newer format), that is an
 * error if `passed_over` is NULL; else it is told so, and the one before is tried, and so on.
 * Errors: MISSING (there is no checkpoint at all), as tempo_checkpoint_open() and tempo_checkpoint_list_new(). */
TEMPO_API tempo_status tempo_checkpoint_open_latest(tempo_checkpoint **out, const char *folder,
                                                    tempo_checkpoint_passed_over *passed_over, void *context,
                                                    const tempo_allocator *allocator, tempo_error *error);

/* Removes the oldest checkpoints of a folder, so that `count` stay (0: all). Only readable ones (see is_readable) count
 * and are removed: nothing else that is in the folder is touched, damaged checkpoints included. `written` (NULL: none)
 * is one of those that stay, even if others are newer. How many were removed is left in `removed` (NULL: not wanted),
 * also on failure. Errors: IO, NO_MEMORY. Cost: as tempo_checkpoint_list_new(). */
TEMPO_API tempo_status tempo_checkpoint_keep(const char *folder, size_t count, const char *written, size_t *removed,
                                             const tempo_allocator *allocator, tempo_error *error);

#ifdef __cplusplus
}
#endif

#endif
