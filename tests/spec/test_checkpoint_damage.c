/* Damaged checkpoints: whatever is done to a file, it is refused, and the one before is found when asked for. */
#define _XOPEN_SOURCE 700
#include "support/checkpoints.h"

#include <zlib.h>

/* --- one file --- */

static void every_length_but_its_own_is_refused(void **state)
{
    const char *path = in_folder(*state, "a");
    unsigned char bytes[WHOLE_SIZE + 1] = {0};
    copy_whole(bytes);
    for (size_t length = 0; length <= WHOLE_SIZE + 1; length++) {
        put_file(path, bytes, length);
        if (length != WHOLE_SIZE)
            assert_refused(path, NULL);
    }
    put_file(path, bytes, WHOLE_SIZE);
    tempo_checkpoint *checkpoint = NULL;
    assert_int_equal(tempo_checkpoint_open(&checkpoint, path, NULL, NULL), TEMPO_OK);
    tempo_checkpoint_free(checkpoint);
}

/* Each byte, header included, turned into each of the 255 others. */
static void every_other_byte_is_refused(void **state)
{
    const char *path = in_folder(*state, "a");
    unsigned char bytes[WHOLE_SIZE];
    copy_whole(bytes);
    for (size_t i = 0; i < WHOLE_SIZE; i++)
        for (unsigned change = 1; change < 256; change++) {
            bytes[i] = (unsigned char)(bytes[i] ^ change);
            put_file(path, bytes, sizeof bytes);
            assert_refused(path, NULL);
            bytes[i] = (unsigned char)(bytes[i] ^ change);
        }
}

static void the_message_says_what_is_damaged(void **state)
{
    static const struct {
        size_t at;
        const char *message;
    } rows[] = {
        {0, "is damaged: bytes 0 to 31, of the header, are not as they were written"},
        {24, "is damaged: bytes 0 to 31, of the header, are not as they were written"},
        {32, "is damaged: bytes 32 to 63, of the header, are not as they were written"},
        {63, "is damaged: bytes 32 to 63, of the header, are not as they were written"},
        {64, "is damaged: bytes 64 to 98, of the facts, are not as they were written"},
        {98, "is damaged: bytes 64 to 98, of the facts, are not as they were written"},
        {99, "is damaged: bytes 99 to 108, of the model, are not as they were written"},
        {108, "is damaged: bytes 99 to 108, of the model, are not as they were written"},
    };
    const char *path = in_folder(*state, "a");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned char bytes[WHOLE_SIZE];
        copy_whole(bytes);
        bytes[rows[i].at] ^= 0x10;
        put_file(path, bytes, sizeof bytes);
        assert_refused(path, rows[i].message);
    }
}

static void the_message_says_how_much_is_missing(void **state)
{
    const char *path = in_folder(*state, "a");
    unsigned char bytes[WHOLE_SIZE + 1] = {0};
    copy_whole(bytes);
    put_file(path, bytes, 5);
    assert_refused(path, "is no checkpoint: it does not start like one");
    put_file(path, bytes, 6);
    assert_refused(path, "is cut off: it has 6 bytes of 64 in the header alone");
    put_file(path, bytes, 63);
    assert_refused(path, "is cut off: it has 63 bytes of 64 in the header alone");
    put_file(path, bytes, 64);
    assert_refused(path, "is cut off: it has 64 bytes of 109");
    put_file(path, bytes, 110);
    assert_refused(path, "is damaged: it has 110 bytes, not 109");
}

static void put_number(unsigned char *bytes, uint64_t number, int size)
{
    for (int i = 0; i < size; i++)
        bytes[i] = (unsigned char)(number >> (8 * i));
}

/* A checkpoint of `version`: only its first 32 bytes are as they are today. */
static void put_version(const char *path, uint32_t version, int64_t batch)
{
    unsigned char bytes[200];
    memset(bytes, 0x55, sizeof bytes);
    memcpy(bytes, whole_header, 32);
    put_number(bytes + 8, (uint64_t)batch, 8);
    put_number(bytes + 24, version, 4);
    put_number(bytes + 28, crc32(0, bytes, 28), 4);
    put_file(path, bytes, sizeof bytes);
}

static void a_newer_format_is_refused(void **state)
{
    const char *path = in_folder(*state, "a");
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_checkpoint *checkpoint = NULL;
    put_version(path, 2, 7);
    assert_refused(path, "is a checkpoint of format 2, but this library reads format 1");
    assert_int_equal(tempo_checkpoint_open(&checkpoint, path, NULL, &error), TEMPO_BAD_VALUE);
    assert_string_equal(error.advice,
                        "use the version of Tempo that wrote it, or a newer one (this is " TEMPO_VERSION ")");
    put_version(path, UINT32_MAX, 7);
    assert_refused(path, "is a checkpoint of format 4294967295, but this library reads format 1");
}

/* Lengths that nobody has written, with checksums that agree: no memory is asked for. */
static void absurd_lengths_are_refused(void **state)
{
    static const uint64_t lengths[][2] = {
        {UINT64_MAX, 10}, {35, UINT64_MAX}, {UINT64_MAX - 63, 109}, {INT64_MAX, 1}, {35, INT64_MAX}, {0, 44}, {36, 10}};
    const char *path = in_folder(*state, "a");
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        unsigned char bytes[WHOLE_SIZE];
        copy_whole(bytes);
        put_number(bytes + 32, lengths[i][0], 8);
        put_number(bytes + 40, lengths[i][1], 8);
        put_number(bytes + 60, crc32(0, bytes + 32, 28), 4);
        put_file(path, bytes, sizeof bytes);
        assert_refused(path, NULL);
    }
}

static void what_is_no_file_is_refused(void **state)
{
    folder *f = *state;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_checkpoint *checkpoint = NULL;
    assert_refused(f->path, "is no checkpoint: it is not a file");
    assert_int_equal(mkfifo(in_folder(f, "pipe"), 0666), 0);
    assert_refused(in_folder(f, "pipe"), "is no checkpoint: it is not a file");
    assert_int_equal(tempo_checkpoint_open(&checkpoint, "/tmp/tempo-missing/a", NULL, &error), TEMPO_IO);
    assert_string_equal(error.message, "cannot read '/tmp/tempo-missing/a': No such file or directory");
    assert_string_equal(error.path, "/tmp/tempo-missing/a");
}

/* The end of a long path says more than its start. */
static void a_long_path_is_shown_by_its_end(void **state)
{
    (void)state;
    char path[400];
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_checkpoint *checkpoint = NULL;
    memset(path, 'x', sizeof path);
    (void)snprintf(path + 390, 10, "/run/a");
    assert_int_equal(tempo_checkpoint_open(&checkpoint, path, NULL, &error), TEMPO_IO);
    assert_memory_equal(error.message, "cannot read '...xxx", 19);
    assert_non_null(strstr(error.message, "xx/run/a': File name too long"));
    assert_non_null(strstr(error.path, "xx/run/a"));
}

/* --- in a folder --- */

typedef struct report {
    size_t count;
    char path[128];
    char message[320];
} report;

static void note(void *context, const char *path, const tempo_error *why)
{
    report *r = context;
    r->count++;
    (void)snprintf(r->path, sizeof r->path, "%s", path);
    (void)snprintf(r->message, sizeof r->message, "%s", why->message);
}

/* The newest is refused; when asked for, the one before is taken, and it is said why. */
static void assert_gives_way(folder *f, const char *damaged, const char *model)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_checkpoint *checkpoint = NULL;
    report r = {0};
    assert_int_equal(tempo_checkpoint_open_latest(&checkpoint, f->path, NULL, NULL, NULL, &error), TEMPO_BAD_VALUE);
    assert_null(checkpoint);
    assert_string_equal(error.path, damaged);
    assert_int_equal(tempo_checkpoint_open_latest(&checkpoint, f->path, note, &r, NULL, NULL), TEMPO_OK);
    assert_int_equal(r.count, 1);
    assert_string_equal(r.path, damaged);
    assert_string_equal(r.message, error.message);
    assert_model(checkpoint, model);
    tempo_checkpoint_free(checkpoint);
}

static void the_one_before_is_used_whichever_byte_is_wrong(void **state)
{
    const char *newest = in_folder(*state, "b");
    unsigned char bytes[WHOLE_SIZE];
    write_some(in_folder(*state, "a"), 6, "before");
    copy_whole(bytes);
    for (size_t i = 0; i < WHOLE_SIZE; i++)
        for (unsigned change = 1; change < 256; change++) {
            bytes[i] = (unsigned char)(bytes[i] ^ change);
            put_file(newest, bytes, sizeof bytes);
            assert_gives_way(*state, newest, "before");
            bytes[i] = (unsigned char)(bytes[i] ^ change);
        }
}

/* Of fewer than six bytes nobody can say that they were a checkpoint. */
static void the_one_before_is_used_wherever_it_is_cut_off(void **state)
{
    const char *newest = in_folder(*state, "b");
    unsigned char bytes[WHOLE_SIZE];
    write_some(in_folder(*state, "a"), 6, "before");
    copy_whole(bytes);
    for (size_t length = 0; length < WHOLE_SIZE; length++) {
        put_file(newest, bytes, length);
        tempo_checkpoint *checkpoint = NULL;
        if (length >= 6) {
            assert_gives_way(*state, newest, "before");
        } else {
            assert_int_equal(
                tempo_checkpoint_open_latest(&checkpoint, ((folder *)*state)->path, NULL, NULL, NULL, NULL), TEMPO_OK);
            assert_model(checkpoint, "before");
            tempo_checkpoint_free(checkpoint);
        }
    }
}

static void the_one_before_a_newer_format_is_used(void **state)
{
    put_version(in_folder(*state, "b"), 2, 7);
    write_some(in_folder(*state, "a"), 6, "before");
    assert_gives_way(*state, in_folder(*state, "b"), "before");
}

/* A damaged file that is not the newest is nobody's concern. */
static void a_damaged_older_one_does_no_harm(void **state)
{
    folder *f = *state;
    unsigned char bytes[WHOLE_SIZE];
    tempo_checkpoint *checkpoint = NULL;
    copy_whole(bytes);
    bytes[WHOLE_SIZE - 1] ^= 1;
    put_file(in_folder(f, "a"), bytes, sizeof bytes);
    put_version(in_folder(f, "b"), 2, 7);
    write_some(in_folder(f, "c"), 8, "newest");
    assert_int_equal(tempo_checkpoint_open_latest(&checkpoint, f->path, NULL, NULL, NULL, NULL), TEMPO_OK);
    assert_model(checkpoint, "newest");
    tempo_checkpoint_free(checkpoint);
}

static void several_may_be_passed_over(void **state)
{
    folder *f = *state;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_checkpoint *checkpoint = NULL;
    report r = {0};
    put_version(in_folder(f, "b"), 2, 7);
    put_version(in_folder(f, "c"), 2, 8);
    assert_int_equal(tempo_checkpoint_open_latest(&checkpoint, f->path, note, &r, NULL, &error), TEMPO_BAD_VALUE);
    assert_null(checkpoint);
    assert_int_equal(r.count, 2);
    assert_string_equal(r.path, in_folder(f, "b"));
    assert_non_null(strstr(error.message, "none of the checkpoints in '"));
    write_some(in_folder(f, "a"), 1, "oldest");
    assert_int_equal(tempo_checkpoint_open_latest(&checkpoint, f->path, note, &r, NULL, &error), TEMPO_OK);
    assert_int_equal(r.count, 4);
    assert_model(checkpoint, "oldest");
    tempo_checkpoint_free(checkpoint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        folder_test(every_length_but_its_own_is_refused),
        folder_test(every_other_byte_is_refused),
        folder_test(the_message_says_what_is_damaged),
        folder_test(the_message_says_how_much_is_missing),
        folder_test(a_newer_format_is_refused),
        folder_test(absurd_lengths_are_refused),
        folder_test(what_is_no_file_is_refused),
        cmocka_unit_test(a_long_path_is_shown_by_its_end),
        folder_test(the_one_before_is_used_whichever_byte_is_wrong),
        folder_test(the_one_before_is_used_wherever_it_is_cut_off),
        folder_test(the_one_before_a_newer_format_is_used),
        folder_test(a_damaged_older_one_does_no_harm),
        folder_test(several_may_be_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
