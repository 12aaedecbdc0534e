/* test_communicator.c: sums and broadcasts over MPI; every rank runs all of it. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include "support/spec.h"

#include <math.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <tempo/mpi.h>

#include "support/allocator.h"

static tempo_communicator world;

static int sum_counts(int64_t *values, size_t count)
{
    return world.sum_counts(world.context, values, count);
}

static int sum_reals(double *values, size_t count)
{
    return world.sum_reals(world.context, values, count);
}

/* --- what it is made of --- */

static void rank_and_size_are_those_of_the_communicator(void **state)
{
    (void)state;
    int rank = -1, size = -1;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    assert_int_equal(world.rank, rank);
    assert_int_equal(world.size, size);
}

static void some_of_the_ranks_may_have_one_of_their_own(void **state)
{
    (void)state;
    MPI_Comm some;
    tempo_communicator odd_or_even;
    MPI_Comm_split(MPI_COMM_WORLD, world.rank % 2, 0, &some);
    assert_int_equal(tempo_mpi_new(&odd_or_even, some, NULL, NULL), TEMPO_OK);
    MPI_Comm_free(&some); /* it was duplicated */
    int64_t count = 1;
    assert_int_equal(odd_or_even.sum_counts(odd_or_even.context, &count, 1), 0);
    assert_int_equal(count, (world.size + 1 - world.rank % 2) / 2);
    tempo_mpi_free(&odd_or_even);
}

static void messages_do_not_mix_with_those_of_the_program(void **state)
{
    (void)state;
    MPI_Request request;
    char byte;
    int came = 0;
    MPI_Irecv(&byte, 1, MPI_BYTE, MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &request);
    double real = 1;
    assert_int_equal(sum_reals(&real, 1), 0);
    MPI_Test(&request, &came, MPI_STATUS_IGNORE);
    assert_false(came);
    MPI_Cancel(&request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
}

/* --- counts --- */

static void counts_are_summed_exactly(void **state)
{
    (void)state;
    const int64_t large = (INT64_C(1) << 53) + 1; /* no double holds it */
    int64_t values[] = {1, world.rank, -world.rank, world.rank == 0 ? large : 0, 0, world.rank == 0 ? -large : -1};
    const int64_t n = world.size, triangle = n * (n - 1) / 2;
    assert_int_equal(sum_counts(values, 6), 0);
    const int64_t expected[] = {n, triangle, -triangle, large, 0, -large - (n - 1)};
    assert_memory_equal(values, expected, sizeof expected);
}

static void counts_may_be_many_or_none(void **state)
{
    (void)state;
    int64_t values[1000];
    for (int i = 0; i < 1000; i++)
        values[i] = i * (world.rank + 1);
    assert_int_equal(sum_counts(values, 0), 0);
    assert_int_equal(sum_counts(values, 1000), 0);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(values[i], i * world.size * (world.size + 1) / 2);
}

static void sums_may_reach_the_ends_of_64_bits(void **state)
{
    (void)state;
    const bool first = world.rank == 0, last = world.rank == world.size - 1;
    int64_t values[] = {first ? INT64_MAX : 0, first ? INT64_MIN : 0, first ? INT64_MAX - 1 : last,
                        first ? INT64_MIN + 1 : -(int64_t)last,
                        first  ? INT64_MAX
                        : last ? INT64_MIN
                               : 0};
    assert_int_equal(sum_counts(values, 5), 0);
    const int64_t expected[] = {INT64_MAX, INT64_MIN, INT64_MAX, INT64_MIN, -1};
    assert_memory_equal(values, expected, sizeof expected);
}

/* Whatever the order of additions would pass through, only the sum counts. */
static void a_sum_that_fits_is_no_error_though_a_part_of_it_would_not(void **state)
{
    (void)state;
    if (world.size < 3)
        return;
    int64_t value = world.rank < 2 ? INT64_MAX : world.rank == 2 ? -INT64_MAX : 0;
    assert_int_equal(sum_counts(&value, 1), 0);
    assert_int_equal(value, INT64_MAX);
}

static void a_sum_that_does_not_fit_is_an_error_on_every_rank(void **state)
{
    (void)state;
    const bool last = world.rank == world.size - 1;
    const int64_t most[] = {INT64_MAX, INT64_MIN, INT64_MAX / 2 + 1}, rest[] = {1, -1, INT64_MAX / 2 + 1};
    for (int i = 0; i < 3; i++) {
        int64_t values[] = {0, last ? most[i] : world.rank == 0 ? rest[i] : 0};
        assert_int_equal(sum_counts(values, 2), TEMPO_MPI_OUT_OF_RANGE);
    }
    /* All ranks are still in step. */
    int64_t value = 1;
    assert_int_equal(sum_counts(&value, 1), 0);
    assert_int_equal(value, world.size);
}

/* --- reals --- */

static void assert_same_bits_on_all(const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double first = values[i];
        MPI_Bcast(&first, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
        assert_memory_equal(&first, &values[i], sizeof first);
    }
}

/* What every order of additions gives another result for. */
static void reals_are_added_in_a_tree(void **state)
{
    (void)state;
    static const double of_rank[] = {1e16, 1.0, 1.0, -1e16};
    double value = of_rank[world.rank];
    const double two = of_rank[0] + of_rank[1];
    const double expected = world.size == 2   ? two
                            : world.size == 3 ? two + of_rank[2]
                                              : two + (of_rank[2] + of_rank[3]);
    assert_int_equal(sum_reals(&value, 1), 0);
    assert_memory_equal(&value, &expected, sizeof value);
}

static void reals_have_the_same_bits_on_every_rank(void **state)
{
    (void)state;
    enum { COUNT = 100000 }; /* of more than one message */
    static double values[COUNT];
    uint64_t random = 88172645463325252u + (uint64_t)world.rank;
    for (int i = 0; i < COUNT; i++) {
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        values[i] = (double)(int64_t)random * (i % 3 ? 1e-30 : 1e30);
    }
    static double again[COUNT];
    memcpy(again, values, sizeof again);
    assert_int_equal(sum_reals(values, COUNT), 0);
    assert_int_equal(sum_reals(again, COUNT), 0);
    assert_memory_equal(values, again, sizeof values);
    assert_same_bits_on_all(values, 1000);
    assert_same_bits_on_all(values + COUNT - 1000, 1000);
}

static void nan_and_infinity_go_through_a_sum(void **state)
{
    (void)state;
    const bool last = world.rank == world.size - 1;
    double values[] = {last ? NAN : 1, last ? INFINITY : 1, last ? INFINITY : -INFINITY};
    assert_int_equal(sum_reals(values, 3), 0);
    assert_true(isnan(values[0]));
    assert_true(values[1] == INFINITY);
    assert_true(isnan(values[2]));
}

/* --- broadcasts --- */

static void every_rank_may_be_the_root_of_a_broadcast(void **state)
{
    (void)state;
    for (int root = 0; root < world.size; root++) {
        char text[32] = "";
        if (world.rank == root)
            (void)snprintf(text, sizeof text, "rank %d speaks", root);
        char expected[32];
        (void)snprintf(expected, sizeof expected, "rank %d speaks", root);
        assert_int_equal(world.broadcast(world.context, text, 0, root), 0);
        assert_int_equal(world.broadcast(world.context, text, sizeof text, root), 0);
        assert_string_equal(text, expected);
    }
}

/* Room for 2 GB and a bit, of which only the last piece has memory of its own: the others are one and the same. */
enum { WINDOW = 16 * 1024 * 1024, WINDOWS = 129 };

static unsigned char *many_views_of_one_window(FILE *file)
{
    unsigned char *room = mmap(NULL, (size_t)WINDOW * WINDOWS, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(room, MAP_FAILED);
    assert_int_equal(ftruncate(fileno(file), WINDOW), 0);
    for (size_t i = 0; i + 1 < WINDOWS; i++)
        assert_ptr_not_equal(
            mmap(room + i * WINDOW, WINDOW, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fileno(file), 0),
            MAP_FAILED);
    return room;
}

static void more_than_two_gigabytes_are_broadcast(void **state)
{
    (void)state;
    if (world.size != 2)
        return; /* once is enough */
    const size_t length = (size_t)WINDOW * (WINDOWS - 1) + 12345;
    assert_true(length > (size_t)INT32_MAX);
    FILE *file = tmpfile();
    assert_non_null(file);
    unsigned char *bytes = many_views_of_one_window(file);
    if (world.rank == 1) {
        memset(bytes, 'w', WINDOW);
        memset(bytes + length - 12345, 'e', 12345);
    }
    assert_int_equal(world.broadcast(world.context, bytes, length, 1), 0);
    assert_int_equal(bytes[0], 'w');
    assert_int_equal(bytes[WINDOW - 1], 'w');
    assert_int_equal(bytes[length - 12345], 'e');
    assert_int_equal(bytes[length - 1], 'e');
    assert_int_equal(bytes[length], 0);
    (void)munmap(bytes, (size_t)WINDOW * WINDOWS);
    (void)fclose(file);
}

/* --- errors --- */

static void an_error_of_mpi_is_returned(void **state)
{
    (void)state;
    char byte = 0;
    char text[MPI_MAX_ERROR_STRING];
    int length;
    const int code = world.broadcast(world.context, &byte, 1, world.size); /* there is no such rank */
    assert_true(code > 0);
    assert_int_equal(MPI_Error_string(code, text, &length), MPI_SUCCESS);
}

static void assert_refused(MPI_Comm comm, tempo_status status, const char *message)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_communicator none = {.size = 7};
    assert_int_equal(tempo_mpi_new(&none, comm, NULL, &error), status);
    assert_string_equal(error.message, message);
    assert_null(none.context);
    assert_int_equal(none.size, 0);
}

static void a_communicator_needs_ranks_of_one_group(void **state)
{
    (void)state;
    MPI_Comm half, between;
    const int odd = world.rank % 2;
    MPI_Comm_split(MPI_COMM_WORLD, odd, 0, &half);
    MPI_Intercomm_create(half, 0, MPI_COMM_WORLD, 1 - odd, 3, &between);
    assert_refused(between, TEMPO_BAD_VALUE, "an intercommunicator has two groups of ranks: give one of one group");
    assert_refused(MPI_COMM_NULL, TEMPO_BAD_VALUE, "MPI_COMM_NULL has no ranks");
    MPI_Comm_free(&between);
    MPI_Comm_free(&half);
}

static void no_memory_on_one_rank_is_none_on_all(void **state)
{
    (void)state;
    counting_allocator counter;
    const tempo_allocator allocator = counting_start(&counter, world.rank == world.size - 1 ? 0 : -1);
    tempo_communicator none = {.size = 7};
    assert_int_equal(tempo_mpi_new(&none, MPI_COMM_WORLD, &allocator, NULL), TEMPO_NO_MEMORY);
    assert_null(none.context);
    assert_int_equal(counter.live_blocks, 0);
}

static void freeing_gives_all_memory_back_and_may_be_repeated(void **state)
{
    (void)state;
    counting_allocator counter;
    const tempo_allocator allocator = counting_start(&counter, -1);
    tempo_communicator one;
    assert_int_equal(tempo_mpi_new(&one, MPI_COMM_WORLD, &allocator, NULL), TEMPO_OK);
    assert_int_equal(counter.live_blocks, 1);
    tempo_mpi_free(&one);
    assert_int_equal(counter.live_blocks, 0);
    assert_int_equal(counter.live_bytes, 0);
    tempo_mpi_free(&one);
    tempo_mpi_free(NULL);
}

static void mpi_must_have_been_started(void **state)
{
    (void)state;
    assert_refused(MPI_COMM_WORLD, TEMPO_CONFLICT, "MPI is not started");
}

static void mpi_must_not_be_finished(void **state)
{
    (void)state;
    assert_refused(MPI_COMM_WORLD, TEMPO_CONFLICT, "MPI is finished");
    tempo_mpi_free(&world); /* late, but not wrong */
    assert_null(world.context);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest before[] = {cmocka_unit_test(mpi_must_have_been_started)};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rank_and_size_are_those_of_the_communicator),
        cmocka_unit_test(some_of_the_ranks_may_have_one_of_their_own),
        cmocka_unit_test(messages_do_not_mix_with_those_of_the_program),
        cmocka_unit_test(counts_are_summed_exactly),
        cmocka_unit_test(counts_may_be_many_or_none),
        cmocka_unit_test(sums_may_reach_the_ends_of_64_bits),
        cmocka_unit_test(a_sum_that_fits_is_no_error_though_a_part_of_it_would_not),
        cmocka_unit_test(a_sum_that_does_not_fit_is_an_error_on_every_rank),
        cmocka_unit_test(reals_are_added_in_a_tree),
        cmocka_unit_test(reals_have_the_same_bits_on_every_rank),
        cmocka_unit_test(nan_and_infinity_go_through_a_sum),
        cmocka_unit_test(every_rank_may_be_the_root_of_a_broadcast),
        cmocka_unit_test(more_than_two_gigabytes_are_broadcast),
        cmocka_unit_test(an_error_of_mpi_is_returned),
        cmocka_unit_test(a_communicator_needs_ranks_of_one_group),
        cmocka_unit_test(no_memory_on_one_rank_is_none_on_all),
        cmocka_unit_test(freeing_gives_all_memory_back_and_may_be_repeated),
    };
    const struct CMUnitTest after[] = {cmocka_unit_test(mpi_must_not_be_finished)};
    int failed = cmocka_run_group_tests(before, NULL, NULL);
    MPI_Init(&argc, &argv);
    if (tempo_mpi_new(&world, MPI_COMM_WORLD, NULL, NULL))
        MPI_Abort(MPI_COMM_WORLD, 1);
    failed += cmocka_run_group_tests(tests, NULL, NULL);
    if (failed) /* the others may wait for this rank */
        MPI_Abort(MPI_COMM_WORLD, 1);
    MPI_Finalize();
    failed += cmocka_run_group_tests(after, NULL, NULL);
    return failed != 0;
}
