/* text.c: see text.h. */
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "random.h"

static const char *licences = "/usr/share/common-licenses"; /* Debian policy 12.5 */

enum { MESSAGE_SIZE = 256, PATH_SIZE = 512, HELD_OUT_PARTS = 10 };

/* --- reading --- */

static bool fail(char *message, const char *path, const char *problem)
{
    (void)snprintf(message, MESSAGE_SIZE, "%.180s: %s", path, problem);
    return false;
}

static bool append(unsigned char **bytes, size_t *length, const unsigned char *from, size_t count)
{
    if (count == 0)
        return true;
    unsigned char *larger = realloc(*bytes, *length + count);
    if (!larger)
        return false;
    memcpy(larger + *length, from, count);
    *bytes = larger;
    *length += count;
    return true;
}

bool read_file(const char *path, unsigned char **bytes, size_t *length, char *message)
{
    unsigned char block[16384];
    size_t count = 0;
    *bytes = NULL;
    *length = 0;
    FILE *file = fopen(path, "rb");
    if (!file)
        return fail(message, path, strerror(errno));
    errno = 0;
    while ((count = fread(block, 1, sizeof block, file)) > 0 && append(bytes, length, block, count))
        ;
    const bool ok = count == 0 && !ferror(file);
    (void)fclose(file);
    if (ok)
        return true;
    free(*bytes);
    *bytes = NULL;
    return fail(message, path, count ? "out of memory" : strerror(errno));
}

/* Adds a file: its last tenth to the text that is held out. */
static bool add_file(text *t, const char *path, char *message)
{
    unsigned char *bytes = NULL;
    size_t length = 0;
    if (!read_file(path, &bytes, &length, message))
        return false;
    const size_t kept = length - length / HELD_OUT_PARTS;
    const bool ok = append(&t->train, &t->train_length, bytes, kept) &&
                    (length == kept || append(&t->held_out, &t->held_out_length, bytes + kept, length - kept));
    free(bytes);
    return ok || fail(message, path, "out of memory");
}

/* Files only: a link is the same text under another name. */
static int is_file(const struct dirent *entry)
{
    char path[PATH_SIZE];
    struct stat status;
    (void)snprintf(path, sizeof path, "%s/%s", licences, entry->d_name);
    return lstat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* In the order of their bytes, whatever the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool add_licences(text *t, char *message)
{
    struct dirent **entries = NULL;
    const int count = scandir(licences, &entries, is_file, by_name);
    if (count < 0)
        return fail(message, licences, "not there (it is on Debian): give a file of text with --data");
    bool ok = true;
    for (int i = 0; i < count; i++) {
        char path[PATH_SIZE];
        (void)snprintf(path, sizeof path, "%s/%s", licences, entries[i]->d_name);
        ok = ok && add_file(t, path, message);
        free(entries[i]);
    }
    free(entries);
    return ok;
}

/* Bytes become indices: 0, 1, 2, ... of those that occur. */
static void index_characters(text *t)
{
    unsigned char index[256] = {0};
    bool occurs[256] = {false};
    for (size_t i = 0; i < t->train_length; i++)
        occurs[t->train[i]] = true;
    for (size_t i = 0; i < t->held_out_length; i++)
        occurs[t->held_out[i]] = true;
    for (size_t byte = 0; byte < 256; byte++) {
        if (!occurs[byte])
            continue;
        index[byte] = (unsigned char)t->vocabulary_size;
        t->vocabulary[t->vocabulary_size++] = (unsigned char)byte;
    }
    for (size_t i = 0; i < t->train_length; i++)
        t->train[i] = index[t->train[i]];
    for (size_t i = 0; i < t->held_out_length; i++)
        t->held_out[i] = index[t->held_out[i]];
}

bool text_read(text *t, const char *file, char *message)
{
    *t = (text){.train = NULL};
    if (!(file ? add_file(t, file, message) : add_licences(t, message))) {
        text_free(t);
        return false;
    }
    index_characters(t);
    for (size_t i = 0; i < t->train_length; i++)
        t->hash = random_bits(t->hash, t->vocabulary[t->train[i]]);
    return true;
}

void text_free(text *t)
{
    free(t->train);
    free(t->held_out);
    *t = (text){.train = NULL};
}

/* --- order --- */

/* A permutation of 0 ... 2^(2 * half) - 1 (a Feistel network; its rounds are random functions), walked until it is
 * below `count`: that is a permutation of 0 ... count - 1. */
uint64_t shuffled(uint64_t key, uint64_t index, uint64_t count)
{
    unsigned half = 1;
    while ((UINT64_C(1) << (2 * half)) < count)
        half++;
    const uint64_t mask = (UINT64_C(1) << half) - 1;
    do {
        uint64_t left = index >> half, right = index & mask;
        for (uint64_t round = 0; round < 4; round++) {
            const uint64_t next = left ^ (random_bits(key + round, right) & mask);
            left = right;
            right = next;
        }
        index = left << half | right;
    } while (index >= count);
    return index;
}

/* Windows lie side by side, but begin somewhere else in every epoch. */
static size_t window_count(const windows *w)
{
    const size_t lost = w->context + w->length - 1;
    return w->text->train_length > lost ? (w->text->train_length - lost) / w->length : 0;
}

int64_t windows_per_epoch(const windows *w)
{
    return (int64_t)(window_count(w) / (w->sequences * w->ranks));
}

bool windows_start(windows *w)
{
    w->characters = malloc(w->sequences * (w->context + w->length));
    w->keys = malloc(w->sequences * sizeof *w->keys);
    return w->characters && w->keys;
}

void windows_free(windows *w)
{
    free(w->keys);
    w->keys = NULL;
    free(w->characters);
    w->characters = NULL;
}

void windows_seek(windows *w, int64_t epoch, int64_t taken)
{
    w->epoch = epoch;
    w->taken = taken;
}

bool windows_next(windows *w)
{
    if (w->taken >= windows_per_epoch(w))
        return false;
    const uint64_t key = random_bits(w->seed, (uint64_t)w->epoch);
    const size_t shift = random_bits(key, 0) % w->length;
    const uint64_t first = ((uint64_t)w->taken * w->ranks + w->rank) * w->sequences;
    const size_t size = w->context + w->length;
    for (size_t i = 0; i < w->sequences; i++) {
        const size_t window = shuffled(key, first + i, window_count(w));
        w->keys[i] = random_bits(key, 1 + window);
        memcpy(w->characters + i * size, w->text->train + shift + window * w->length, size);
    }
    w->taken++;
    return true;
}
