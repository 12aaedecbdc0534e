/* checkpoint_header.c: the first bytes of a checkpoint, what they say about a file, and how that is told. */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64
#include "trainer/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

/* Whole numbers are little-endian. Up to PREFIX_END the layout is that of every version to come, so that one can tell a
 * newer checkpoint, and how new, from a damaged one. */
enum {
    AT_MAGIC = 0,
    AT_BATCH = 8,
    AT_EPOCH = 16,
    AT_VERSION = 24,
    AT_PREFIX_SUM = 28, /* CRC-32 of what is before */
    PREFIX_END = 32,
    AT_FACTS_LENGTH = 32,
    AT_MODEL_LENGTH = 40,
    AT_FACTS_SUM = 48,
    AT_MODEL_SUM = 52,
    AT_RESERVED = 56, /* 0 */
    AT_REST_SUM = 60  /* CRC-32 from PREFIX_END */
};

/* As that of PNG: no text starts like this, and a transfer that changes line ends is noticed. */
static const unsigned char magic[AT_BATCH] = {0x89, 'T', 'E', 'M', 'P', 'O', '\r', '\n'};

/* So many bytes of it are enough to say that a file is meant to be a checkpoint. */
enum { MAGIC_ENOUGH = AT_BATCH - 2 };

/* --- bytes --- */

static void pack(unsigned char *bytes, uint64_t number, int size)
{
    for (int i = 0; i < size; i++)
        bytes[i] = (unsigned char)(number >> (8 * i) & 0xFF);
}

static uint64_t unpack(const unsigned char *bytes, int size)
{
    uint64_t number = 0;
    for (int i = size - 1; i >= 0; i--)
        number = number << 8 | bytes[i];
    return number;
}

static uint32_t sum_of(const unsigned char *bytes, size_t length)
{
    return (uint32_t)crc32_z(0, bytes, length);
}

void tempo__checkpoint_pack(unsigned char bytes[TEMPO__CHECKPOINT_HEADER_SIZE], const tempo__checkpoint_header *header)
{
    memcpy(bytes + AT_MAGIC, magic, sizeof magic);
    pack(bytes + AT_BATCH, (uint64_t)header->batch, 8);
    pack(bytes + AT_EPOCH, (uint64_t)header->epoch, 8);
    pack(bytes + AT_VERSION, header->version, 4);
    pack(bytes + AT_PREFIX_SUM, sum_of(bytes, AT_PREFIX_SUM), 4);
    pack(bytes + AT_FACTS_LENGTH, header->facts_length, 8);
    pack(bytes + AT_MODEL_LENGTH, header->model_length, 8);
    pack(bytes + AT_FACTS_SUM, header->facts_sum, 4);
    pack(bytes + AT_MODEL_SUM, header->model_sum, 4);
    pack(bytes + AT_RESERVED, 0, 4);
    pack(bytes + AT_REST_SUM, sum_of(bytes + PREFIX_END, AT_REST_SUM - PREFIX_END), 4);
}

static void unpack_prefix(tempo__checkpoint_header *header, const unsigned char *bytes)
{
    header->batch = (int64_t)unpack(bytes + AT_BATCH, 8);
    header->epoch = (int64_t)unpack(bytes + AT_EPOCH, 8);
    header->version = (uint32_t)unpack(bytes + AT_VERSION, 4);
}

static void unpack_rest(tempo__checkpoint_header *header, const unsigned char *bytes)
{
    header->facts_length = unpack(bytes + AT_FACTS_LENGTH, 8);
    header->model_length = unpack(bytes + AT_MODEL_LENGTH, 8);
    header->facts_sum = (uint32_t)unpack(bytes + AT_FACTS_SUM, 4);
    header->model_sum = (uint32_t)unpack(bytes + AT_MODEL_SUM, 4);
}

bool tempo__checkpoint_read_at(int file, void *bytes, size_t length, uint64_t offset)
{
    for (size_t done = 0; done < length;) {
        const ssize_t some = pread(file, (char *)bytes + done, length - done, (off_t)(offset + done));
        if (some < 0 && errno == EINTR)
            continue;
        if (some == 0)
            errno = 0;
        if (some <= 0)
            return false;
        done += (size_t)some;
    }
    return true;
}

/* --- errors --- */

tempo__shown_path tempo__show_path(const char *path)
{
    tempo__shown_path shown;
    const size_t length = strlen(path), room = sizeof shown.text - sizeof "...";
    const char *end = length > room ? path + length - room : path;
    while (end > path && ((unsigned char)*end & 0xC0) == 0x80)
        end++; /* whole characters */
    (void)snprintf(shown.text, sizeof shown.text, "%s%s", end > path ? "..." : "", end);
    return shown;
}

tempo_status tempo__fail_file(tempo_error *error, const char *verb, const char *path, int reason)
{
    const tempo__shown_path shown = tempo__show_path(path);
    tempo__fail(error, TEMPO_IO, "cannot %s '%s': %s", verb, shown.text,
                reason ? strerror(reason) : "the file ends before it should");
    tempo__blame(error, "%s", shown.text);
    return TEMPO_IO;
}

tempo_status tempo__fail_checkpoint(tempo_error *error, const char *path, const char *format, ...)
{
    const tempo__shown_path shown = tempo__show_path(path);
    char text[160];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    tempo__fail(error, TEMPO_BAD_VALUE, "'%s' %s", shown.text, text);
    tempo__blame(error, "%s", shown.text);
    return TEMPO_BAD_VALUE;
}

tempo_status tempo__fail_damaged(tempo_error *error, const char *path, const char *part, uint64_t offset, uint64_t end)
{
    return tempo__fail_checkpoint(
        error, path, "is damaged: bytes %" PRIu64 " to %" PRIu64 ", of the %s, are not as they were written", offset,
        end - 1, part);
}

static tempo_status fail_newer(tempo_error *error, const char *path, uint32_t version)
{
    tempo__fail_checkpoint(error, path, "is a checkpoint of format %" PRIu32 ", but this library reads format %d",
                           version, TEMPO_CHECKPOINT_FORMAT);
    tempo__advise(error, "use the version of Tempo that wrote it, or a newer one (this is %s)", TEMPO_VERSION);
    return TEMPO_BAD_VALUE;
}

/* --- judging --- */

/* A file whose header is looked at. */
typedef struct examined {
    const char *path;
    unsigned char bytes[TEMPO__CHECKPOINT_HEADER_SIZE];
    size_t length; /* of what there is of the header */
    uint64_t size; /* of the file */
} examined;

static bool is_meant_to_be_one(const examined *e)
{
    size_t equal = 0;
    for (size_t i = 0; i < sizeof magic && i < e->length; i++)
        equal += e->bytes[i] == magic[i];
    return equal >= MAGIC_ENOUGH;
}

static tempo_status fail_size(tempo_error *error, const examined *e, uint64_t size, const char *what)
{
    if (e->size < size)
        return tempo__fail_checkpoint(error, e->path, "is cut off: it has %" PRIu64 " bytes of %" PRIu64 "%s", e->size,
                                      size, what);
    return tempo__fail_checkpoint(error, e->path, "is damaged: it has %" PRIu64 " bytes, not %" PRIu64, e->size, size);
}

static tempo_status judge_prefix(const examined *e, tempo__checkpoint_kind *kind, tempo__checkpoint_header *header,
                                 tempo_error *error)
{
    *kind = TEMPO__CHECKPOINT_NONE;
    if (!is_meant_to_be_one(e))
        return tempo__fail_checkpoint(error, e->path, "is no checkpoint: it does not start like one");
    *kind = TEMPO__CHECKPOINT_UNKNOWN;
    if (e->length < PREFIX_END)
        return fail_size(error, e, TEMPO__CHECKPOINT_HEADER_SIZE, " in the header alone");
    unpack_prefix(header, e->bytes);
    if (memcmp(e->bytes, magic, sizeof magic) != 0 ||
        unpack(e->bytes + AT_PREFIX_SUM, 4) != sum_of(e->bytes, AT_PREFIX_SUM) || header->batch < 0 ||
        header->epoch < 0)
        return tempo__fail_damaged(error, e->path, "header", 0, PREFIX_END);
    *kind = TEMPO__CHECKPOINT_PART;
    if (header->version == TEMPO__CHECKPOINT_UNFINISHED)
        return tempo__fail_checkpoint(error, e->path, "is an unfinished checkpoint: writing it was interrupted");
    *kind = TEMPO__CHECKPOINT_REFUSED;
    return header->version > TEMPO_CHECKPOINT_FORMAT ? fail_newer(error, e->path, header->version) : TEMPO_OK;
}

static tempo_status judge_rest(const examined *e, tempo__checkpoint_kind *kind, tempo__checkpoint_header *header,
                               tempo_error *error)
{
    const uint64_t most = INT64_MAX - TEMPO__CHECKPOINT_HEADER_SIZE;
    if (e->length < TEMPO__CHECKPOINT_HEADER_SIZE)
        return fail_size(error, e, TEMPO__CHECKPOINT_HEADER_SIZE, " in the header alone");
    unpack_rest(header, e->bytes);
    if (unpack(e->bytes + AT_REST_SUM, 4) != sum_of(e->bytes + PREFIX_END, AT_REST_SUM - PREFIX_END) ||
        unpack(e->bytes + AT_RESERVED, 4) != 0 || header->facts_length > most ||
        header->model_length > most - header->facts_length)
        return tempo__fail_damaged(error, e->path, "header", PREFIX_END, TEMPO__CHECKPOINT_HEADER_SIZE);
    const uint64_t size = TEMPO__CHECKPOINT_HEADER_SIZE + header->facts_length + header->model_length;
    if (e->size != size)
        return fail_size(error, e, size, "");
    *kind = TEMPO__CHECKPOINT_READABLE;
    return TEMPO_OK;
}

tempo_status tempo__checkpoint_examine(int file, const char *path, tempo__checkpoint_kind *kind,
                                       tempo__checkpoint_header *header, tempo_error *error)
{
    examined e = {.path = path};
    struct stat status;
    *kind = TEMPO__CHECKPOINT_UNKNOWN;
    if (fstat(file, &status) != 0)
        return tempo__fail_file(error, "read", path, errno);
    if (!S_ISREG(status.st_mode)) {
        *kind = TEMPO__CHECKPOINT_NONE;
        return tempo__fail_checkpoint(error, path, "is no checkpoint: it is not a file");
    }
    e.size = (uint64_t)status.st_size;
    e.length = e.size < sizeof e.bytes ? (size_t)e.size : sizeof e.bytes;
    if (!tempo__checkpoint_read_at(file, e.bytes, e.length, 0))
        return tempo__fail_file(error, "read", path, errno);
    const tempo_status status_of_prefix = judge_prefix(&e, kind, header, error);
    return status_of_prefix ? status_of_prefix : judge_rest(&e, kind, header, error);
}
