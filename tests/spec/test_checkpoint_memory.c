/* Checkpoints when memory is short: every function that takes an allocator, allowed 0, 1, 2, ... allocations. */
#define _XOPEN_SOURCE 700
#include "support/allocator.h"
#include "support/checkpoints.h"

typedef tempo_status attempt(folder *f, const tempo_allocator *allocator, tempo_error *error);

/* A clean error and nothing left each time, neither memory nor a part of a file; then it succeeds. */
static void climb(folder *f, attempt *try_it)
{
    for (long budget = 0;; budget++) {
        counting_allocator counter;
        const tempo_allocator allocator = counting_start(&counter, budget);
        tempo_error error = TEMPO_ERROR_INIT;
        const tempo_status status = try_it(f, &allocator, &error);
        assert_int_equal(counter.live_blocks, 0);
        assert_int_equal(counter.live_bytes, 0);
        assert_false(exists(in_folder(f, "new.part")));
        if (!status) {
            assert_true(budget > 1);
            return;
        }
        assert_int_equal(status, TEMPO_NO_MEMORY);
        assert_int_equal(error.status, TEMPO_NO_MEMORY);
        assert_false(exists(in_folder(f, "new")));
        assert_true(budget < 1000);
    }
}

static int make_three(void **state)
{
    assert_int_equal(make_folder(state), 0);
    write_some(in_folder(*state, "a"), 1, "first");
    write_some(in_folder(*state, "b"), 2, "second");
    unsigned char bytes[WHOLE_SIZE];
    copy_whole(bytes);
    bytes[100] ^= 1;
    put_file(in_folder(*state, "c"), bytes, sizeof bytes);
    return 0;
}

static tempo_status write_new(folder *f, const tempo_allocator *allocator, tempo_error *error)
{
    tempo_tree *facts = some_facts();
    const tempo_checkpoint_content content = {3, 0, tempo_tree_root(facts), save_name, "model"};
    const tempo_status status = tempo_checkpoint_write(in_folder(f, "new"), &content, allocator, error);
    tempo_tree_free(facts);
    return status;
}

static tempo_status open_one(folder *f, const tempo_allocator *allocator, tempo_error *error)
{
    tempo_checkpoint *checkpoint = NULL;
    const tempo_status status = tempo_checkpoint_open(&checkpoint, in_folder(f, "a"), allocator, error);
    assert_true((status == TEMPO_OK) == (checkpoint != NULL));
    tempo_checkpoint_free(checkpoint);
    return status;
}

static void count_one(void *context, const char *path, const tempo_error *why)
{
    (void)path;
    assert_int_equal(why->status, TEMPO_BAD_VALUE);
    ++*(int *)context;
}

/* No file is passed over because memory is short. */
static tempo_status open_latest(folder *f, const tempo_allocator *allocator, tempo_error *error)
{
    int count = 0;
    tempo_checkpoint *checkpoint = NULL;
    const tempo_status status = tempo_checkpoint_open_latest(&checkpoint, f->path, count_one, &count, allocator, error);
    assert_true((status == TEMPO_OK) == (checkpoint != NULL));
    assert_true(count <= 1);
    if (checkpoint)
        assert_model(checkpoint, "second");
    tempo_checkpoint_free(checkpoint);
    return status;
}

static tempo_status list(folder *f, const tempo_allocator *allocator, tempo_error *error)
{
    tempo_checkpoint_list *found = NULL;
    const tempo_status status = tempo_checkpoint_list_new(&found, f->path, allocator, error);
    assert_true((status == TEMPO_OK) == (found != NULL));
    tempo_checkpoint_list_free(found);
    return status;
}

/* Nothing is removed before everything is known. */
static tempo_status keep_one(folder *f, const tempo_allocator *allocator, tempo_error *error)
{
    size_t removed = 99;
    const tempo_status status = tempo_checkpoint_keep(f->path, 1, NULL, &removed, allocator, error);
    assert_int_equal(removed, status ? 0 : 2);
    return status;
}

#define CLIMB_TEST(name)                    \
    static void climbs_##name(void **state) \
    {                                       \
        climb(*state, name);                \
    }
CLIMB_TEST(write_new)
CLIMB_TEST(open_one)
CLIMB_TEST(open_latest)
CLIMB_TEST(list)
CLIMB_TEST(keep_one)

#define three_test(name) cmocka_unit_test_setup_teardown(name, make_three, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        three_test(climbs_write_new), three_test(climbs_open_one), three_test(climbs_open_latest),
        three_test(climbs_list),      three_test(climbs_keep_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
