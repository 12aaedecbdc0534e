/* tempo/mpi.h: a communicator over MPI (libtempo_mpi), for a training of many processes.
 *
 *   MPI_Init(&argc, &argv);
 *   tempo_communicator world;
 *   tempo_mpi_new(&world, MPI_COMM_WORLD, NULL, &error);
 *   ... tempo_trainer_options options = {..., .communicator = &world}; ...
 *   tempo_mpi_free(&world);
 *   MPI_Finalize();
 *
 * MPI 3.0 or later is started and ended by the caller; MPI_THREAD_FUNNELED is enough when only one thread trains. Compile with mpicc,
 * or as the MPI at hand wants it. What it costs on many ranks: docs/scale.md.
 *
 * The functions of the communicator return 0, TEMPO_MPI_OUT_OF_RANGE, or what MPI returned (> 0: MPI_Error_string()).
 * MPI's errors are returned and never abort, as far as MPI finds them. It does not find that a rank never comes: the
 * others wait. A rank that dies takes the job with it, under every usual launcher.
 *
 *   sum_counts   Exact. A sum that does not fit in 64 bits is an error on every rank, at the same place; what is in
 *                `values` then is undefined. One all-reduce of 16 bytes a count, for every 64 counts.
 *   sum_reals    Added in a binary tree that depends on the number of ranks only: the same bits on every rank, and in
 *                every run on as many. NaN and infinity as in any sum. ceil(log2(ranks)) messages one after the other
 *                and a broadcast, of 8 bytes a real, in pieces of 128 KB. For losses and the gradients of small models;
 *                those of a large one belong to the engine's own all-reduce. Sums of floats: turn them into doubles,
 *                which is exact and twice the bytes.
 *   broadcast    MPI's, in pieces of 1 GB, since MPI counts in 31 bits.
 */
#ifndef TEMPO_MPI_H
#define TEMPO_MPI_H

#include <mpi.h>

#include <tempo/allocator.h>
#include <tempo/communicator.h>
#include <tempo/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What sum_counts returns for a sum that does not fit; no error code of MPI is negative. */
enum { TEMPO_MPI_OUT_OF_RANGE = -1 };

/* Makes a communicator of the ranks of `comm`, which is duplicated: messages of the caller and of the training cannot
 * mix. Collective; everything is allocated here, 128 KB a rank. Belongs to one thread. `allocator` may be NULL.
 * On failure `*out` is zeroed, on every rank. Errors: CONFLICT (MPI is not started, or is finished), BAD_VALUE
 * (MPI_COMM_NULL, an intercommunicator), FAILED (MPI), NO_MEMORY (on any rank). */
TEMPO_API tempo_status tempo_mpi_new(tempo_communicator *out, MPI_Comm comm, const tempo_allocator *allocator,
                                     tempo_error *error);
/* Collective, before MPI_Finalize() (after it, MPI's part is left alone). Zeroes `communicator`; a zeroed one is
 * ignored, NULL too. */
TEMPO_API void tempo_mpi_free(tempo_communicator *communicator);

#ifdef __cplusplus
}
#endif

#endif
