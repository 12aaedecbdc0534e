/* text.h: text to train on and text held out, and the order in which it is taken.
 *
 * The last tenth of each file is held out. The rest is cut into windows; every epoch takes all of them in a new order,
 * which is a pure function of (seed, epoch, place), so that going to the middle of an epoch costs nothing. The global
 * batches are the same however many ranks there are: each takes its share of the sequences.
 */
#ifndef CHAR_LM_TEXT_H
#define CHAR_LM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct text {
    unsigned char *train, *held_out; /* characters, as indices in the vocabulary */
    size_t train_length, held_out_length;
    unsigned char vocabulary[256]; /* the byte that each index stands for, ascending */
    size_t vocabulary_size;
    uint64_t hash; /* of the bytes to train on */
} text;

/* The bytes of a file, to be freed. False: `message` (256 bytes) says why. */
bool read_file(const char *path, unsigned char **bytes, size_t *length, char *message);

/* Reads the text in a file; with NULL, the licence texts that every Debian system has. False: as above. */
bool text_read(text *text, const char *file, char *message);
void text_free(text *text);

/* How windows become batches: `sequences` per micro-batch and rank, each of `context + length` characters. */
typedef struct windows {
    const text *text;
    uint64_t seed;
    size_t context, length;
    size_t sequences;
    size_t rank, ranks;
    int64_t epoch, taken; /* micro-batches of this epoch, on this rank */
    unsigned char *characters;
    uint64_t *keys; /* of each sequence in this epoch */
} windows;

/* Fills in what is derived. False when memory is out. */
bool windows_start(windows *windows);
void windows_free(windows *windows);

/* Micro-batches in an epoch; what is left over when the windows are divided is left out (other windows every time). */
int64_t windows_per_epoch(const windows *windows);

/* Goes to where `taken` micro-batches of an epoch were taken. */
void windows_seek(windows *windows, int64_t epoch, int64_t taken);

/* Takes the next micro-batch into `characters` and `keys`. False at the end of the epoch. */
bool windows_next(windows *windows);

/* Place `index` of `count` in a random order. */
uint64_t shuffled(uint64_t key, uint64_t index, uint64_t count);

#endif
