/* mpi.c: a consumer of libtempo_mpi and libtempo_train: two reals, summed over the ranks there are. */
#include <stdio.h>
#include <tempo/mpi.h>
#include <tempo/trainer.h>

int main(int argc, char **argv)
{
    tempo_error error = TEMPO_ERROR_INIT;
    tempo_communicator world;
    const tempo_communicator alone = tempo_communicator_alone();
    double values[] = {0.05, 0.1};
    MPI_Init(&argc, &argv);
    if (tempo_mpi_new(&world, MPI_COMM_WORLD, NULL, &error)) {
        fprintf(stderr, "%s\n", error.message);
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
    if (world.sum_reals(world.context, values, 2) || alone.sum_reals(alone.context, values, 2))
        MPI_Abort(MPI_COMM_WORLD, 1);
    if (world.rank == 0)
        printf("%g %g\n", values[0], values[1]);
    tempo_mpi_free(&world);
    MPI_Finalize();
    return 0;
}
