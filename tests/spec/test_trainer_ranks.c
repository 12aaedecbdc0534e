/* test_trainer_ranks.c: one training on several ranks, which are threads here; over MPI: tests/mpi. */
#define _XOPEN_SOURCE 700 /* mkdtemp() */

#include "support/spec.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/ranks.h"
#include "support/crew.h"

static crew runs[RANKS_MAX], alone;

/* The training of crew.h on as many ranks as `all` says, each of which starts from `like`. */
static void train(ranks *all, const crew *like)
{
    for (int r = 0; r < all->size; r++)
        runs[r] = *like;
    assert_true(ranks_run(all, crew_run, runs, sizeof *runs));
}

static void train_alone(void)
{
    const tempo_communicator communicator = tempo_communicator_alone();
    memset(&alone, 0, sizeof alone);
    crew_run(&communicator, &alone);
    if (alone.status)
        fail_msg("%s", alone.error.message);
}

static void remove_folder(const char *folder)
{
    char path[512];
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (const struct dirent *entry = readdir(entries); entry; entry = readdir(entries)) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        (void)unlink(path);
    }
    (void)closedir(entries);
    assert_int_equal(rmdir(folder), 0);
}

/* --- the same training --- */

static void timestamps_and_values_are_identical_on_1_2_and_4_ranks_at_equal_global_batch(void **state)
{
    (void)state;
    train_alone();
    assert_int_equal(alone.count, 3 * CREW_EPOCH - 5); /* every seventh of the attempts was skipped */
    for (int size = 1; size <= CREW_PARTS; size *= 2) {
        ranks all = {.size = size};
        train(&all, &(crew){.place = CREW_NOWHERE});
        for (int r = 0; r < size; r++) {
            assert_int_equal(runs[r].count, alone.count);
            assert_same_training(&runs[r], &alone);
        }
    }
}

static void the_counters_are_those_of_all_ranks_together(void **state)
{
    (void)state;
    int64_t samples = 0, tokens = 0;
    for (int64_t part = 0; part < CREW_PARTS; part++) {
        const int64_t count = crew_samples(0, part);
        samples += count;
        for (int64_t i = 0; i < count; i++)
            tokens += crew_tokens(100 * part + i);
    }
    ranks all = {.size = 4};
    train(&all, &(crew){.place = CREW_NOWHERE});
    assert_int_equal(runs[3].records[0].now.sample, samples);
    assert_int_equal(runs[3].records[0].now.token, tokens);
}

static void every_rank_has_the_same_weight(void **state)
{
    (void)state;
    ranks all = {.size = 4};
    train(&all, &(crew){.place = CREW_NOWHERE});
    for (int r = 1; r < all.size; r++) {
        assert_int_equal(runs[r].status, TEMPO_OK);
        assert_memory_equal(&runs[r].weight, &runs[0].weight, sizeof runs[0].weight);
        assert_memory_equal(&runs[r].records[9].loss, &runs[0].records[9].loss, sizeof(double));
    }
}

/* What docs/scale.md says of the traffic: two sums of 8 counts and one of 2 reals an update; the model's own sum is the
 * second one of reals here. */
static void an_update_costs_three_small_sums(void **state)
{
    (void)state;
    ranks all = {.size = 2};
    train(&all, &(crew){.place = CREW_NOWHERE});
    const long updates = 3 * CREW_EPOCH, end = 1;
    for (int r = 0; r < all.size; r++) {
        assert_int_equal(all.one[r].calls[RANKS_COUNTS], 2 * updates + end);
        assert_int_equal(all.one[r].calls[RANKS_REALS], 2 * updates);
        assert_int_equal(all.one[r].calls[RANKS_BYTES], 0);
        assert_int_equal(all.one[r].bytes[RANKS_COUNTS], 64 * (2 * updates + end));
        assert_int_equal(all.one[r].bytes[RANKS_REALS], 16 * 2 * updates);
    }
}

/* --- a world of another size --- */

static void a_training_goes_on_in_a_world_of_another_size(void **state)
{
    (void)state;
    static const struct {
        int before, after;
        int64_t stops_at;
    } rows[] = {{4, 2, 5}, {2, 4, 17}, {4, 1, 20}, {1, 4, 11}};
    train_alone();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char folder[] = "/tmp/tempo-test-XXXXXX";
        assert_non_null(mkdtemp(folder));
        ranks before = {.size = rows[i].before}, after = {.size = rows[i].after};
        train(&before, &(crew){.folder = folder, .stops_at = rows[i].stops_at});
        assert_same_training(&runs[0], &alone);
        assert_int_equal(runs[0].count, rows[i].stops_at);
        train(&after, &(crew){.folder = folder, .resumes = true});
        for (int r = 0; r < after.size; r++) {
            if (runs[r].status)
                fail_msg("%s", runs[r].error.message);
            assert_same_training(&runs[r], &alone);
            assert_int_equal(runs[r].count, alone.count - (size_t)rows[i].stops_at);
        }
        remove_folder(folder);
    }
}

/* --- a rank that fails --- */

static void assert_ended(int rank, tempo_status status, const char *message)
{
    if (runs[rank].status != status || !strstr(runs[rank].error.message, message))
        fail_msg("rank %d ended with %s: %s", rank, tempo_status_name(runs[rank].status), runs[rank].error.message);
}

static void a_rank_that_fails_ends_the_training_on_every_rank(void **state)
{
    (void)state;
    static const struct {
        crew_place place;
        const char *message;
    } rows[] = {
        {CREW_DATA, "the data source failed with 5"},
        {CREW_TRAIN, "training the model failed with 6"},
        {CREW_UPDATE, "updating the model failed with 7"},
        {CREW_CALLBACK, "failed with 8"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int failing = 0; failing < 4; failing++) {
            ranks all = {.size = 4};
            train(&all, &(crew){.place = rows[i].place, .fails_on = failing, .fails_at = 5});
            for (int r = 0; r < all.size; r++)
                assert_ended(r, TEMPO_FAILED, r == failing ? rows[i].message : "1 of 4 ranks failed");
        }
    }
}

static void what_all_ranks_see_is_the_same_error_on_each(void **state)
{
    (void)state;
    static const struct {
        crew_place place;
        tempo_status status;
        const char *message;
    } rows[] = {
        {CREW_NAN, TEMPO_BAD_VALUE, "the loss is nan at batch 5"},
        {CREW_ENDS, TEMPO_MISSING, "the data ends on 1 of 2 ranks at batch 5"},
        {CREW_SKIPS, TEMPO_CONFLICT, "1 of 2 ranks have skipped an update that the others have applied"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ranks all = {.size = 2};
        train(&all, &(crew){.place = rows[i].place, .fails_on = 1, .fails_at = 5});
        for (int r = 0; r < all.size; r++)
            assert_ended(r, rows[i].status, rows[i].message);
    }
}

static void a_rank_out_of_reach_ends_the_training_on_every_rank(void **state)
{
    (void)state;
    for (long call = 1; call <= 9; call++) {
        ranks all = {.size = 3, .failing_rank = 1, .failing_call = call};
        train(&all, &(crew){.place = CREW_NOWHERE});
        for (int r = 0; r < all.size; r++) {
            assert_int_equal(runs[r].status, TEMPO_FAILED);
            assert_true(runs[r].count <= (size_t)call / 2);
        }
    }
}

static void a_rank_that_never_comes_ends_it_when_the_communicator_gives_up(void **state)
{
    (void)state;
    ranks all = {.size = 3, .failing_rank = 2, .failing_call = 7, .silently = true, .patience = 1};
    train(&all, &(crew){.place = CREW_NOWHERE});
    for (int r = 0; r < all.size; r++)
        assert_int_equal(runs[r].status, TEMPO_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timestamps_and_values_are_identical_on_1_2_and_4_ranks_at_equal_global_batch),
        cmocka_unit_test(the_counters_are_those_of_all_ranks_together),
        cmocka_unit_test(every_rank_has_the_same_weight),
        cmocka_unit_test(an_update_costs_three_small_sums),
        cmocka_unit_test(a_training_goes_on_in_a_world_of_another_size),
        cmocka_unit_test(a_rank_that_fails_ends_the_training_on_every_rank),
        cmocka_unit_test(what_all_ranks_see_is_the_same_error_on_each),
        cmocka_unit_test(a_rank_out_of_reach_ends_the_training_on_every_rank),
        cmocka_unit_test(a_rank_that_never_comes_ends_it_when_the_communicator_gives_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
