/* Checkpoints as files: what is written is read back, and a write that fails leaves everything as it was. */
#define _XOPEN_SOURCE 700
#include "support/checkpoints.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* --- round trip --- */

static int save_whole(void *context, const tempo_sink *sink)
{
    (void)context;
    return sink->write(sink->context, whole_model, sizeof whole_model);
}

static tempo_tree *read_facts(const char *text)
{
    tempo_tree *tree = NULL;
    assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
    assert_int_equal(tempo_value_parse(tree, text, strlen(text), NULL, NULL), TEMPO_OK);
    return tree;
}

/* The format to the byte. */
static void is_written_as_documented(void **state)
{
    const char *path = in_folder(*state, "a");
    tempo_tree *facts = read_facts(whole_facts);
    const tempo_checkpoint_content content = {7, 1, tempo_tree_root(facts), save_whole, NULL};
    assert_int_equal(tempo_checkpoint_write(path, &content, NULL, NULL), TEMPO_OK);
    tempo_tree_free(facts);
    unsigned char expected[WHOLE_SIZE], found[4096];
    copy_whole(expected);
    assert_int_equal(get_file(path, found), WHOLE_SIZE);
    assert_memory_equal(found, expected, WHOLE_SIZE);
}

static void is_read_as_documented(void **state)
{
    const char *path = in_folder(*state, "a");
    unsigned char bytes[WHOLE_SIZE];
    copy_whole(bytes);
    put_file(path, bytes, sizeof bytes);
    tempo_checkpoint *checkpoint = NULL;
    size_t length = 0;
    assert_int_equal(tempo_checkpoint_open(&checkpoint, path, NULL, NULL), TEMPO_OK);
    assert_int_equal(tempo_checkpoint_batch(checkpoint), 7);
    assert_int_equal(tempo_checkpoint_epoch(checkpoint), 1);
    assert_string_equal(tempo_checkpoint_path(checkpoint), path);
    const tempo_value *facts = tempo_checkpoint_facts(checkpoint);
    assert_int_equal(tempo_value_member(facts, "seed")->integer, 17);
    assert_string_equal(tempo_value_at(facts, "run.max_duration")->text, "10ep");
    const void *model = tempo_checkpoint_model(checkpoint, &length);
    assert_int_equal(length, sizeof whole_model);
    assert_memory_equal(model, whole_model, sizeof whole_model);
    tempo_checkpoint_free(checkpoint);
}

/* Facts are any values: numbers to the last bit, those that are not finite too, and texts of any kind. */
static void keeps_facts_to_the_bit(void **state)
{
    const char *path = in_folder(*state, "a");
    tempo_tree *facts = read_facts("{a: [0.1, -0.0, .nan, -.inf, 9223372036854775807, 1e-308], \"b c\": {}, "
                                   "c: \"\\u0085 \\\"10ep\\\" \\u20ac\", d: ~, e: [[true]], f: \"10\"}");
    const tempo_checkpoint_content content = {INT64_MAX, INT64_MAX, tempo_tree_root(facts), NULL, NULL};
    tempo_checkpoint *checkpoint = NULL;
    assert_int_equal(tempo_checkpoint_write(path, &content, NULL, NULL), TEMPO_OK);
    assert_int_equal(tempo_checkpoint_open(&checkpoint, path, NULL, NULL), TEMPO_OK);
    assert_true(tempo_value_equal(tempo_checkpoint_facts(checkpoint), tempo_tree_root(facts)));
    assert_int_equal(tempo_checkpoint_batch(checkpoint), INT64_MAX);
    tempo_checkpoint_free(checkpoint);
    tempo_tree_free(facts);
}

static void may_have_no_model(void **state)
{
    const char *path = in_folder(*state, "a");
    tempo_checkpoint *checkpoint = NULL;
    size_t length = 1;
    write_some(path, 0, "");
    assert_int_equal(tempo_checkpoint_open(&checkpoint, path, NULL, NULL), TEMPO_OK);
    assert_null(tempo_checkpoint_model(checkpoint, &length));
    assert_int_equal(length, 0);
    tempo_checkpoint_free(checkpoint);
}

static unsigned char byte_at(size_t offset)
{
    return (unsigned char)(offset * 2654435761U >> 13);
}

enum { LARGE = 3000 * 1000 };

/* In pieces of 0, 1, 2, ... bytes, up to more than any buffer. */
static int save_large(void *context, const tempo_sink *sink)
{
    static unsigned char piece[200 * 1000];
    (void)context;
    size_t done = 0;
    for (size_t length = 0; done < LARGE; length = 2 * length % 199999 + 1) {
        const size_t some = length < LARGE - done ? length : LARGE - done;
        for (size_t i = 0; i < some; i++)
            piece[i] = byte_at(done + i);
        if (sink->write(sink->context, piece, some))
            return 1;
        done += some;
    }
    return 0;
}

static void takes_a_model_in_pieces_of_any_size(void **state)
{
    const char *path = in_folder(*state, "a");
    tempo_tree *facts = some_facts();
    const tempo_checkpoint_content content = {1, 0, tempo_tree_root(facts), save_large, NULL};
    tempo_checkpoint *checkpoint = NULL;
    size_t length = 0;
    assert_int_equal(tempo_checkpoint_write(path, &content, NULL, NULL), TEMPO_OK);
    assert_int_equal(tempo_checkpoint_open(&checkpoint, path, NULL, NULL), TEMPO_OK);
    const unsigned char *model = tempo_checkpoint_model(checkpoint, &length);
    assert_int_equal(length, LARGE);
    for (size_t i = 0; i < LARGE; i++)
        if (model[i] != byte_at(i))
            fail_msg("byte %zu is another one", i);
    tempo_checkpoint_free(checkpoint);
    tempo_tree_free(facts);
}

static void one_of_the_same_name_is_replaced(void **state)
{
    const char *path = in_folder(*state, "a");
    write_some(path, 500, "first");
    write_some(path, 500, "second");
    assert_holds(path, "second");
    assert_int_equal(count_names(*state, NULL), 1);
}

static void may_be_named_relative_to_where_one_is(void **state)
{
    folder *f = *state;
    const int before = open(".", O_RDONLY | O_DIRECTORY);
    assert_int_equal(chdir(f->path), 0);
    write_some("a", 1, "here");
    assert_holds("a", "here");
    assert_int_equal(fchdir(before), 0);
    (void)close(before);
    assert_holds(in_folder(f, "a"), "here");
}

/* --- what cannot be written --- */

static void counts_below_0_are_refused(void **state)
{
    tempo_error error = TEMPO_ERROR_INIT;
    const char *path = in_folder(*state, "a");
    assert_int_equal(write_model(path, -1, 0, "", &error), TEMPO_BAD_VALUE);
    assert_string_equal(error.path, "batch");
    assert_int_equal(write_model(path, 0, -1, "", &error), TEMPO_BAD_VALUE);
    assert_string_equal(error.path, "epoch");
    assert_false(exists(path));
}

/* Facts that could not be read back are an error when they are written, not when they are needed. */
static void facts_that_could_not_be_read_are_refused(void **state)
{
    const char *path = in_folder(*state, "a");
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_tree *tree = NULL;
    assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
    tempo_value *value = tempo_tree_add(tree, NULL, NULL, 0, TEMPO_VALUE_LIST);
    for (int i = 0; i < TEMPO_DOCUMENT_DEPTH_MAX; i++)
        value = tempo_tree_add(tree, value, NULL, 0, TEMPO_VALUE_LIST);
    const tempo_checkpoint_content deep = {1, 0, tempo_tree_root(tree), NULL, NULL};
    assert_int_equal(tempo_checkpoint_write(path, &deep, NULL, &error), TEMPO_TOO_LARGE);
    tempo_tree_free(tree);

    assert_int_equal(tempo_tree_new(&tree, NULL), TEMPO_OK);
    char *long_text = calloc(1, TEMPO_DOCUMENT_BYTES_MAX);
    assert_non_null(long_text);
    memset(long_text, 'a', TEMPO_DOCUMENT_BYTES_MAX);
    assert_non_null(tempo_tree_add_text(tree, NULL, NULL, long_text, TEMPO_DOCUMENT_BYTES_MAX));
    const tempo_checkpoint_content large = {1, 0, tempo_tree_root(tree), NULL, NULL};
    assert_int_equal(tempo_checkpoint_write(path, &large, NULL, &error), TEMPO_TOO_LARGE);
    assert_string_equal(error.message, "the facts take more than the 16777216 bytes that are read");
    free(long_text);
    tempo_tree_free(tree);
    assert_int_equal(count_names(*state, NULL), 0);
}

static void a_folder_must_exist_and_be_one(void **state)
{
    tempo_error error = TEMPO_ERROR_INIT;
    const char *path = in_folder(*state, "missing/a");
    assert_int_equal(write_model(path, 1, 0, "", &error), TEMPO_IO);
    assert_unwritten(&error, path, "No such file or directory");
    put_file(in_folder(*state, "file"), "", 0);
    path = in_folder(*state, "file/a");
    assert_int_equal(write_model(path, 1, 0, "", &error), TEMPO_IO);
    assert_unwritten(&error, path, "Not a directory");
}

/* Where nobody may write, not even root. */
static void a_folder_must_take_files(void **state)
{
    (void)state;
    tempo_error error = TEMPO_ERROR_INIT;
    assert_int_equal(write_model("/proc/self/a", 1, 0, "", &error), TEMPO_IO);
    assert_unwritten(&error, "/proc/self/a", "No such file or directory");
}

static void a_folder_of_the_same_name_is_in_the_way(void **state)
{
    tempo_error error = TEMPO_ERROR_INIT;
    const char *path = in_folder(*state, "a");
    assert_int_equal(mkdir(path, 0777), 0);
    assert_int_equal(write_model(path, 1, 0, "", &error), TEMPO_IO);
    assert_unwritten(&error, path, "Is a directory");
    assert_int_equal(count_names(*state, NULL), 1);
}

static int fail_after_some(void *context, const tempo_sink *sink)
{
    (void)context;
    (void)sink->write(sink->context, "some", 4);
    return 42;
}

static void a_model_that_fails_leaves_the_one_before(void **state)
{
    const char *path = in_folder(*state, "a");
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_tree *facts = some_facts();
    const tempo_checkpoint_content content = {2, 0, tempo_tree_root(facts), fail_after_some, NULL};
    write_some(path, 1, "before");
    assert_int_equal(tempo_checkpoint_write(path, &content, NULL, &error), TEMPO_FAILED);
    assert_string_equal(error.message, "the model could not be saved: its callback returned 42");
    assert_string_equal(error.path, "save");
    assert_holds(path, "before");
    assert_int_equal(count_names(*state, NULL), 1);
    tempo_tree_free(facts);
}

/* --- a disk that is full --- */

static void allow_file_size(rlim_t size)
{
    struct rlimit limit;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* After n bytes, for every n that is too few; the model may take notice of it or not. */
static int save_heedlessly(void *context, const tempo_sink *sink)
{
    (void)sink->write(sink->context, context, strlen(context));
    return 0;
}

static void a_full_disk_leaves_the_one_before(void **state)
{
    const char *path = in_folder(*state, "a");
    tempo_tree *facts = some_facts();
    write_some(path, 1, "before");
    const rlim_t size = 64 + strlen("seed: 17\n") + strlen("afterwards");
    for (rlim_t room = 0; room <= size; room++) {
        tempo_error error = TEMPO_ERROR_INIT;
        const tempo_checkpoint_content content = {2, 0, tempo_tree_root(facts), room % 2 ? save_heedlessly : save_name,
                                                  "afterwards"};
        allow_file_size(room);
        const tempo_status status = tempo_checkpoint_write(path, &content, NULL, &error);
        allow_file_size(RLIM_INFINITY);
        assert_int_equal(status, room < size ? TEMPO_IO : TEMPO_OK);
        if (status)
            assert_unwritten(&error, path, "File too large");
        assert_holds(path, status ? "before" : "afterwards");
        assert_int_equal(count_names(*state, NULL), 1);
    }
    tempo_tree_free(facts);
}

static void a_disk_that_fills_up_under_a_large_model(void **state)
{
    const char *path = in_folder(*state, "a");
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_tree *facts = some_facts();
    const tempo_checkpoint_content content = {1, 0, tempo_tree_root(facts), save_large, NULL};
    allow_file_size(LARGE / 2);
    const tempo_status status = tempo_checkpoint_write(path, &content, NULL, &error);
    allow_file_size(RLIM_INFINITY);
    assert_int_equal(status, TEMPO_IO);
    assert_unwritten(&error, path, "File too large");
    assert_int_equal(count_names(*state, NULL), 0);
    tempo_tree_free(facts);
}

/* --- what a process that was killed leaves behind --- */

static int die(void *context, const tempo_sink *sink)
{
    (void)save_large(context, sink);
    (void)raise(SIGKILL);
    return 0;
}

static void killed_while_it_writes(void **state)
{
    const char *path = in_folder(*state, "a"), *part = in_folder(*state, "a.part");
    write_some(path, 1, "before");
    const pid_t child = fork();
    if (child == 0) {
        tempo_tree *facts = some_facts();
        const tempo_checkpoint_content content = {2, 0, tempo_tree_root(facts), die, NULL};
        (void)tempo_checkpoint_write(path, &content, NULL, NULL);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_refused(part, "is an unfinished checkpoint: writing it was interrupted");
    assert_holds(path, "before");
    write_some(path, 2, "again");
    assert_holds(path, "again");
    assert_int_equal(count_names(*state, NULL), 1);
}

static void an_empty_part_is_written_over(void **state)
{
    put_file(in_folder(*state, "a.part"), "", 0);
    write_some(in_folder(*state, "a"), 1, "model");
    assert_int_equal(count_names(*state, NULL), 1);
}

static void a_part_that_is_something_else_is_left_alone(void **state)
{
    unsigned char bytes[4096];
    tempo_error error = TEMPO_ERROR_INIT;
    const char *path = in_folder(*state, "a"), *part = in_folder(*state, "a.part");
    put_file(part, "my notes", 8);
    assert_int_equal(write_model(path, 1, 0, "", &error), TEMPO_IO);
    assert_unwritten(&error, path, "a.part is in the way, and no unfinished checkpoint");
    assert_int_equal(get_file(part, bytes), 8);
    assert_memory_equal(bytes, "my notes", 8);
    assert_false(exists(path));
}

static void a_link_in_the_place_of_the_part_is_not_followed(void **state)
{
    tempo_error error = TEMPO_ERROR_INIT;
    const char *path = in_folder(*state, "a"), *target = in_folder(*state, "target");
    put_file(target, "", 0);
    assert_int_equal(symlink(target, in_folder(*state, "a.part")), 0);
    assert_int_equal(write_model(path, 1, 0, "", &error), TEMPO_IO);
    assert_unwritten(&error, path, "Too many levels of symbolic links");
}

/* Two writers of one name would spoil each other's bytes. */
static void two_cannot_write_the_same_at_once(void **state)
{
    tempo_error error = TEMPO_ERROR_INIT;
    const char *path = in_folder(*state, "a");
    const int other = open(in_folder(*state, "a.part"), O_RDWR | O_CREAT, 0666);
    assert_int_equal(flock(other, LOCK_EX), 0);
    assert_int_equal(write_model(path, 1, 0, "", &error), TEMPO_IO);
    assert_unwritten(&error, path, "another process is writing it");
    assert_true(exists(in_folder(*state, "a.part")));
    (void)close(other);
    write_some(path, 1, "model");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        folder_test(is_written_as_documented),
        folder_test(is_read_as_documented),
        folder_test(keeps_facts_to_the_bit),
        folder_test(may_have_no_model),
        folder_test(takes_a_model_in_pieces_of_any_size),
        folder_test(one_of_the_same_name_is_replaced),
        folder_test(may_be_named_relative_to_where_one_is),
        folder_test(counts_below_0_are_refused),
        folder_test(facts_that_could_not_be_read_are_refused),
        folder_test(a_folder_must_exist_and_be_one),
        cmocka_unit_test(a_folder_must_take_files),
        folder_test(a_folder_of_the_same_name_is_in_the_way),
        folder_test(a_model_that_fails_leaves_the_one_before),
        folder_test(a_full_disk_leaves_the_one_before),
        folder_test(a_disk_that_fills_up_under_a_large_model),
        folder_test(killed_while_it_writes),
        folder_test(an_empty_part_is_written_over),
        folder_test(a_part_that_is_something_else_is_left_alone),
        folder_test(a_link_in_the_place_of_the_part_is_not_followed),
        folder_test(two_cannot_write_the_same_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
