/* test_training.c: a training over MPI against the same one on one rank, and ranks that fail; every rank runs it. */
#include "support/spec.h"

#include <tempo/mpi.h>

#include "support/crew.h"

static tempo_communicator world;
static crew together, alone;

static void timestamps_and_values_are_those_of_one_rank_at_equal_global_batch(void **state)
{
    (void)state;
    const tempo_communicator nobody = tempo_communicator_alone();
    crew_run(&nobody, &alone);
    assert_int_equal(alone.status, TEMPO_OK);
    assert_int_equal(alone.count, 3 * CREW_EPOCH - 5); /* every seventh of the attempts was skipped */
    crew_run(&world, &together);
    assert_same_training(&together, &alone);
}

static void every_rank_has_the_same_weight(void **state)
{
    (void)state;
    double weight = together.weight;
    MPI_Bcast(&weight, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    assert_memory_equal(&weight, &together.weight, sizeof weight);
}

static void a_rank_that_fails_ends_the_training_on_every_rank(void **state)
{
    (void)state;
    static const crew_place places[] = {CREW_DATA, CREW_TRAIN, CREW_UPDATE, CREW_CALLBACK};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        for (int failing = 0; failing < world.size; failing++) {
            crew t = {.place = places[i], .fails_on = failing, .fails_at = 5};
            crew_run(&world, &t);
            assert_int_equal(t.status, TEMPO_FAILED);
            if (world.rank != failing)
                assert_non_null(strstr(t.error.message, " ranks failed, and this one ends with them"));
            assert_true(t.count <= 6);
        }
    }
}

static void what_all_ranks_see_is_the_same_error_on_each(void **state)
{
    (void)state;
    static const struct {
        crew_place place;
        tempo_status status;
    } rows[] = {{CREW_NAN, TEMPO_BAD_VALUE}, {CREW_ENDS, TEMPO_MISSING}, {CREW_SKIPS, TEMPO_CONFLICT}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows && world.size > 1; i++) {
        crew t = {.place = rows[i].place, .fails_on = 1, .fails_at = 5};
        crew_run(&world, &t);
        assert_int_equal(t.status, rows[i].status);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timestamps_and_values_are_those_of_one_rank_at_equal_global_batch),
        cmocka_unit_test(every_rank_has_the_same_weight),
        cmocka_unit_test(a_rank_that_fails_ends_the_training_on_every_rank),
        cmocka_unit_test(what_all_ranks_see_is_the_same_error_on_each),
    };
    MPI_Init(&argc, &argv);
    if (tempo_mpi_new(&world, MPI_COMM_WORLD, NULL, NULL))
        MPI_Abort(MPI_COMM_WORLD, 1);
    if (cmocka_run_group_tests(tests, NULL, NULL)) /* the others may wait for this rank */
        MPI_Abort(MPI_COMM_WORLD, 1);
    tempo_mpi_free(&world);
    MPI_Finalize();
    return 0;
}
