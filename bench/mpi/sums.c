/* sums.c: what the sums of a training cost over MPI, compared with MPI's own, which check no overflow and promise no
 * order of additions. All ranks measure; rank 0 prints. */
#include "bench.h"

#include <string.h>
#include <tempo/mpi.h>

enum { COUNTS = 8, REALS = 2, GRADIENTS = 500000 };

static tempo_communicator world;
static double gradients[GRADIENTS];

static double our_counts(void *context, size_t times)
{
    (void)context;
    int64_t counts[COUNTS] = {1};
    for (size_t i = 0; i < times; i++) {
        memset(counts, 0, sizeof counts);
        (void)world.sum_counts(world.context, counts, COUNTS);
    }
    return (double)counts[0];
}

static double their_counts(void *context, size_t times)
{
    (void)context;
    int64_t counts[COUNTS] = {1};
    for (size_t i = 0; i < times; i++) {
        memset(counts, 0, sizeof counts);
        MPI_Allreduce(MPI_IN_PLACE, counts, COUNTS, MPI_INT64_T, MPI_SUM, MPI_COMM_WORLD);
    }
    return (double)counts[0];
}

/* `context` is how many. */
static double our_reals(void *context, size_t times)
{
    const int *count = context;
    for (size_t i = 0; i < times; i++)
        (void)world.sum_reals(world.context, gradients, (size_t)*count);
    return gradients[0];
}

static double their_reals(void *context, size_t times)
{
    const int *count = context;
    for (size_t i = 0; i < times; i++)
        MPI_Allreduce(MPI_IN_PLACE, gradients, *count, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    return gradients[0];
}

static void print(const char *name, const bench_case *cases)
{
    if (world.rank == 0)
        bench_print(name, &cases[0], "MPI_Allreduce", &cases[1], "");
}

int main(int argc, char **argv)
{
    int reals = REALS, many = GRADIENTS;
    bench_case cases[] = {{our_counts, NULL, 1000, 0},    {their_counts, NULL, 1000, 0}, {our_reals, &reals, 1000, 0},
                          {their_reals, &reals, 1000, 0}, {our_reals, &many, 4, 0},      {their_reals, &many, 4, 0}};
    tempo_error error = TEMPO_ERROR_INIT;
    MPI_Init(&argc, &argv);
    bench_need(tempo_mpi_new(&world, MPI_COMM_WORLD, NULL, &error), &error);
    bench_measure(cases, sizeof cases / sizeof *cases);
    print("sum of 8 counts over the ranks", &cases[0]);
    print("sum of 2 reals over the ranks", &cases[2]);
    print("sum of 500,000 reals over the ranks", &cases[4]);
    tempo_mpi_free(&world);
    MPI_Finalize();
    return 0;
}
