/* The checkpoints of a folder: found by what they hold, newest first; the oldest removed, and nothing else. */
#define _XOPEN_SOURCE 700
#include "support/checkpoints.h"

static tempo_checkpoint_list *list_of(const folder *f)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_checkpoint_list *list = NULL;
    if (tempo_checkpoint_list_new(&list, f->path, NULL, &error))
        fail_msg("%s", error.message);
    return list;
}

/* The names that are found, in order, as "c b a". */
static void assert_found(folder *f, const char *names)
{
    char found[256] = "";
    tempo_checkpoint_list *list = list_of(f);
    for (size_t i = 0; i < tempo_checkpoint_list_count(list); i++) {
        const char *path = tempo_checkpoint_list_at(list, i)->path;
        assert_memory_equal(path, f->path, strlen(f->path));
        const size_t used = strlen(found);
        (void)snprintf(found + used, sizeof found - used, "%s%s", i ? " " : "", path + strlen(f->path) + 1);
    }
    tempo_checkpoint_list_free(list);
    assert_string_equal(found, names);
}

static void set_time(const char *path, time_t seconds)
{
    const struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void write_epoch(const char *path, int64_t batch, int64_t epoch)
{
    assert_int_equal(write_model(path, batch, epoch, "", NULL), TEMPO_OK);
}

static size_t keep(folder *f, size_t count, const char *written)
{
    tempo_error error = TEMPO_ERROR_INIT;
    size_t removed = 99;
    if (tempo_checkpoint_keep(f->path, count, written, &removed, NULL, &error))
        fail_msg("%s", error.message);
    return removed;
}

/* --- finding --- */

static void names_may_lie(void **state)
{
    write_some(in_folder(*state, "checkpoint-900.tempo"), 1, "");
    write_some(in_folder(*state, "notes.txt"), 100, "");
    write_some(in_folder(*state, "checkpoint-100.tempo"), 20, "");
    put_file(in_folder(*state, "checkpoint-950.tempo"), "not one", 7);
    assert_found(*state, "notes.txt checkpoint-100.tempo checkpoint-900.tempo");
}

static void says_what_the_header_says(void **state)
{
    write_epoch(in_folder(*state, "a"), 1000, 3);
    tempo_checkpoint_list *list = list_of(*state);
    const tempo_checkpoint_file *file = tempo_checkpoint_list_at(list, 0);
    assert_int_equal(file->batch, 1000);
    assert_int_equal(file->epoch, 3);
    assert_true(file->is_readable);
    tempo_checkpoint_list_free(list);
}

/* 9 comes before 10, as numbers do. */
static void batches_count_first_then_epochs_then_the_time(void **state)
{
    write_epoch(in_folder(*state, "d"), 9, 9);
    write_epoch(in_folder(*state, "c"), 10, 0);
    write_epoch(in_folder(*state, "b"), 10, 1);
    write_epoch(in_folder(*state, "a"), 10, 1);
    set_time(in_folder(*state, "a"), 1000);
    set_time(in_folder(*state, "b"), 2000);
    assert_found(*state, "b a c d");
    set_time(in_folder(*state, "a"), 3000);
    assert_found(*state, "a b c d");
    set_time(in_folder(*state, "b"), 3000);
    assert_found(*state, "b a c d");
}

static void two_in_a_row_with_the_same_batch(void **state)
{
    tempo_checkpoint *checkpoint = NULL;
    write_some(in_folder(*state, "b"), 500, "first");
    set_time(in_folder(*state, "b"), 1000);
    write_some(in_folder(*state, "a"), 500, "second");
    assert_int_equal(tempo_checkpoint_open_latest(&checkpoint, ((folder *)*state)->path, NULL, NULL, NULL, NULL),
                     TEMPO_OK);
    assert_model(checkpoint, "second");
    tempo_checkpoint_free(checkpoint);
    assert_int_equal(keep(*state, 1, in_folder(*state, "a")), 1);
    assert_found(*state, "a");
}

/* The names a trainer gives sort as numbers here, far more of them than one block of memory takes. */
static void many_are_sorted(void **state)
{
    char name[32], expected[256] = "";
    for (int i = 0; i < 20; i++) {
        (void)snprintf(name, sizeof name, "%d", i * 7 % 20);
        write_some(in_folder(*state, name), i * 7 % 20, "");
    }
    for (int i = 19; i >= 0; i--) {
        const size_t used = strlen(expected);
        (void)snprintf(expected + used, sizeof expected - used, "%d%s", i, i ? " " : "");
    }
    assert_found(*state, expected);
}

/* Links would make one file count twice; a pipe would never answer. */
static void links_folders_and_pipes_are_passed_by(void **state)
{
    write_some(in_folder(*state, "a"), 1, "");
    assert_int_equal(symlink("a", in_folder(*state, "latest")), 0);
    assert_int_equal(symlink("nowhere", in_folder(*state, "broken")), 0);
    assert_int_equal(mkdir(in_folder(*state, "folder"), 0777), 0);
    assert_int_equal(mkfifo(in_folder(*state, "pipe"), 0666), 0);
    assert_found(*state, "a");
}

static void an_unfinished_one_is_passed_by(void **state)
{
    /* Version 0, and the checksum of Python's zlib for it. */
    static const unsigned char unfinished[] = {0x89, 'T', 'E', 'M', 'P', 'O', '\r', '\n', 7,    0,   0,
                                               0,    0,   0,   0,   0,   1,   0,    0,    0,    0,   0,
                                               0,    0,   0,   0,   0,   0,   0x4f, 0x76, 0x21, 0x68};
    put_file(in_folder(*state, "b.part"), unfinished, sizeof unfinished);
    write_some(in_folder(*state, "a"), 1, "");
    assert_found(*state, "a");
    assert_int_equal(keep(*state, 1, NULL), 0);
    assert_true(exists(in_folder(*state, "b.part")));
}

/* Of a damaged header nobody knows the time: it might be of the newest. */
static void a_damaged_header_comes_first(void **state)
{
    unsigned char bytes[WHOLE_SIZE];
    copy_whole(bytes);
    bytes[8] ^= 1;
    put_file(in_folder(*state, "b"), bytes, sizeof bytes);
    write_some(in_folder(*state, "a"), 1000, "");
    assert_found(*state, "b a");
    tempo_checkpoint_list *list = list_of(*state);
    assert_int_equal(tempo_checkpoint_list_at(list, 0)->batch, -1);
    assert_false(tempo_checkpoint_list_at(list, 0)->is_readable);
    tempo_checkpoint_list_free(list);
}

static void an_empty_folder_has_no_checkpoint(void **state)
{
    folder *f = *state;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_checkpoint *checkpoint = NULL;
    assert_found(f, "");
    assert_int_equal(tempo_checkpoint_open_latest(&checkpoint, f->path, NULL, NULL, NULL, &error), TEMPO_MISSING);
    assert_memory_equal(error.message, "there is no checkpoint in '/tmp/", 32);
    assert_string_equal(error.path, f->path);
    assert_int_equal(keep(f, 1, NULL), 0);
}

static void a_folder_must_be_there(void **state)
{
    (void)state;
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_checkpoint *checkpoint = NULL;
    tempo_checkpoint_list *list = NULL;
    static const char missing[] = "/tmp/tempo-missing";
    static const char message[] = "cannot read the folder '/tmp/tempo-missing': No such file or directory";
    assert_int_equal(tempo_checkpoint_list_new(&list, missing, NULL, &error), TEMPO_IO);
    assert_string_equal(error.message, message);
    assert_int_equal(tempo_checkpoint_open_latest(&checkpoint, missing, NULL, NULL, NULL, NULL), TEMPO_IO);
    assert_int_equal(tempo_checkpoint_keep(missing, 1, NULL, NULL, NULL, NULL), TEMPO_IO);
}

static void a_slash_at_its_end_makes_no_difference(void **state)
{
    folder *f = *state;
    write_some(in_folder(f, "a"), 1, "");
    tempo_checkpoint_list *list = NULL;
    char path[80];
    (void)snprintf(path, sizeof path, "%s/", f->path);
    assert_int_equal(tempo_checkpoint_list_new(&list, path, NULL, NULL), TEMPO_OK);
    assert_string_equal(tempo_checkpoint_list_at(list, 0)->path, in_folder(f, "a"));
    tempo_checkpoint_list_free(list);
}

/* --- keeping --- */

static void write_five(folder *f)
{
    for (int i = 1; i <= 5; i++) {
        const char name[2] = {(char)('0' + i), '\0'};
        write_some(in_folder(f, name), i, "");
    }
}

static void the_newest_stay(void **state)
{
    write_five(*state);
    assert_int_equal(keep(*state, 3, in_folder(*state, "5")), 2);
    assert_found(*state, "5 4 3");
    assert_int_equal(keep(*state, 3, in_folder(*state, "5")), 0);
}

static void none_is_removed_for_0(void **state)
{
    write_five(*state);
    assert_int_equal(keep(*state, 0, NULL), 0);
    assert_found(*state, "5 4 3 2 1");
}

/* Somebody went back to an older checkpoint, and goes on from there. */
static void the_one_just_written_stays_even_if_it_is_the_oldest(void **state)
{
    write_five(*state);
    assert_int_equal(keep(*state, 2, in_folder(*state, "1")), 3);
    assert_found(*state, "5 1");
    assert_int_equal(keep(*state, 1, in_folder(*state, "1")), 1);
    assert_found(*state, "1");
}

/* However its path is spelled. */
static void the_one_just_written_is_known_by_the_file(void **state)
{
    folder *f = *state;
    char path[128];
    write_five(f);
    (void)snprintf(path, sizeof path, "%s/../%s/./1", f->path, f->path + strlen("/tmp/"));
    assert_int_equal(keep(f, 1, path), 4);
    assert_found(f, "1");
}

static void the_one_just_written_must_be_there(void **state)
{
    folder *f = *state;
    tempo_error error = TEMPO_ERROR_INIT;
    size_t removed = 99;
    write_five(f);
    assert_int_equal(tempo_checkpoint_keep(f->path, 1, in_folder(f, "6"), &removed, NULL, &error), TEMPO_IO);
    assert_int_equal(removed, 0);
    assert_found(f, "5 4 3 2 1");
}

static void other_files_are_never_removed(void **state)
{
    folder *f = *state;
    unsigned char bytes[WHOLE_SIZE];
    write_five(f);
    put_file(in_folder(f, "checkpoint-0.tempo"), "text", 4);
    put_file(in_folder(f, "empty"), "", 0);
    copy_whole(bytes);
    put_file(in_folder(f, "cut"), bytes, WHOLE_SIZE - 1);
    bytes[40] ^= 1;
    put_file(in_folder(f, "damaged"), bytes, WHOLE_SIZE);
    assert_int_equal(keep(f, 1, NULL), 4);
    assert_found(f, "damaged cut 5");
    assert_true(exists(in_folder(f, "checkpoint-0.tempo")));
    assert_true(exists(in_folder(f, "empty")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        folder_test(names_may_lie),
        folder_test(says_what_the_header_says),
        folder_test(batches_count_first_then_epochs_then_the_time),
        folder_test(two_in_a_row_with_the_same_batch),
        folder_test(many_are_sorted),
        folder_test(links_folders_and_pipes_are_passed_by),
        folder_test(an_unfinished_one_is_passed_by),
        folder_test(a_damaged_header_comes_first),
        folder_test(an_empty_folder_has_no_checkpoint),
        cmocka_unit_test(a_folder_must_be_there),
        folder_test(a_slash_at_its_end_makes_no_difference),
        folder_test(the_newest_stay),
        folder_test(none_is_removed_for_0),
        folder_test(the_one_just_written_stays_even_if_it_is_the_oldest),
        folder_test(the_one_just_written_is_known_by_the_file),
        folder_test(the_one_just_written_must_be_there),
        folder_test(other_files_are_never_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
