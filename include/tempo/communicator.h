/* tempo/communicator.h: what the processes of one training have to tell each other (libtempo_train).
 *
 * Few functions, so that another engine than MPI takes an afternoon. All of them are collective: every rank calls
 * the same one with the same counts, in the same order. They return 0, or another number when the others cannot be
 * reached; the training ends with an error then.
 *
 * tempo/mpi.h (libtempo_mpi) is an implementation over MPI.
 */
#ifndef TEMPO_COMMUNICATOR_H
#define TEMPO_COMMUNICATOR_H

#include <stddef.h>
#include <stdint.h>

#include <tempo/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Plain data; the context belongs to whoever made it, and must outlive the trainers that use it. */
typedef struct tempo_communicator {
    void *context;
    int rank, size; /* 0 <= rank < size */
    /* Puts the sums over all ranks into `values`, on every rank. Sums of counts that do not fit are an error. */
    int (*sum_counts)(void *context, int64_t *values, size_t count);
    /* The same for reals: the same bits on every rank. */
    int (*sum_reals)(void *context, double *values, size_t count);
    /* Gives every rank the `length` bytes of rank `root`. */
    int (*broadcast)(void *context, void *bytes, size_t length, int root);
} tempo_communicator;

/* One process: the sums are the values. Needs no freeing. */
TEMPO_API tempo_communicator tempo_communicator_alone(void);

#ifdef __cplusplus
}
#endif

#endif
