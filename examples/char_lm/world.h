/* world.h: the ranks of a training: those of mpirun in char_lm_mpi, one process in char_lm. */
#ifndef CHAR_LM_WORLD_H
#define CHAR_LM_WORLD_H

#include <tempo/trainer.h>

#ifdef CHAR_LM_MPI
#include <tempo/mpi.h>

static inline tempo_status world_start(tempo_communicator *world, int *count, char ***arguments, tempo_error *error)
{
    MPI_Init(count, arguments); /* a failure ends the program */
    return tempo_mpi_new(world, MPI_COMM_WORLD, NULL, error);
}

static inline void world_end(tempo_communicator *world)
{
    tempo_mpi_free(world);
    MPI_Finalize();
}
#else

static inline tempo_status world_start(tempo_communicator *world, int *count, char ***arguments, tempo_error *error)
{
    (void)count, (void)arguments, (void)error;
    *world = tempo_communicator_alone();
    return TEMPO_OK;
}

static inline void world_end(tempo_communicator *world)
{
    (void)world;
}
#endif

#endif
