/* mpi.c: a communicator over MPI.
 *
 * Nothing here may fail on one rank alone, or the others would wait for it: memory is taken beforehand, and what is
 * found wrong is found in numbers that all ranks have.
 */
#include <tempo/mpi.h>

#include <stdbool.h>

#include "base/internal.h"

enum {
    COUNTS = 64,                /* of one all-reduce: a training has a handful */
    REALS = 16 * 1024,          /* of one message: 128 KB, so that a tree of them overlaps in a long sum */
    BYTES = 1024 * 1024 * 1024, /* of one broadcast: fits in an int */
    TREE_TAG = 1
};

typedef struct mpi_world {
    tempo_allocator allocator;
    MPI_Comm comm;
    int rank, size;
    double received[REALS];
} mpi_world;

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static int broadcast(void *context, void *bytes, size_t length, int root)
{
    const mpi_world *world = context;
    int status = MPI_SUCCESS;
    for (size_t done = 0; !status && done < length; done += BYTES)
        status = MPI_Bcast((char *)bytes + done, (int)least(BYTES, length - done), MPI_BYTE, root, world->comm);
    return status;
}

/* --- counts: high and low halves are summed apart, which cannot overflow on fewer than 2^31 ranks --- */

static const int64_t half = INT64_C(1) << 32;

/* high * 2^32 + low, with low within [0, 2^63); false when it does not fit. */
static bool join(int64_t *out, int64_t high, int64_t low)
{
    const int64_t carried = high + low / half; /* both are within 2^62 */
    return tempo__multiply(out, carried, half) && tempo__add(out, *out, low % half);
}

static int sum_some_counts(const mpi_world *world, int64_t *values, size_t count)
{
    int64_t halves[2 * COUNTS];
    for (size_t i = 0; i < count; i++) {
        const int64_t low = (int64_t)((uint64_t)values[i] % (uint64_t)half);
        halves[2 * i] = (values[i] - low) / half;
        halves[2 * i + 1] = low;
    }
    const int status = MPI_Allreduce(MPI_IN_PLACE, halves, (int)(2 * count), MPI_INT64_T, MPI_SUM, world->comm);
    if (status)
        return status;
    bool fits = true;
    for (size_t i = 0; i < count; i++)
        fits = join(&values[i], halves[2 * i], halves[2 * i + 1]) && fits;
    return fits ? MPI_SUCCESS : TEMPO_MPI_OUT_OF_RANGE;
}

static int sum_counts(void *context, int64_t *values, size_t count)
{
    int status = MPI_SUCCESS;
    for (size_t done = 0; !status && done < count; done += COUNTS)
        status = sum_some_counts(context, values + done, least(COUNTS, count - done));
    return status;
}

/* --- reals: rank r adds those of r + 1, r + 2, r + 4, ..., and hands its sum to the rank below it --- */

static int sum_some_reals(mpi_world *world, double *values, int count)
{
    for (int64_t step = 1; step < world->size; step *= 2) {
        if (world->rank & step)
            return MPI_Send(values, count, MPI_DOUBLE, (int)(world->rank - step), TREE_TAG, world->comm);
        if (world->rank + step >= world->size)
            continue;
        const int status = MPI_Recv(world->received, count, MPI_DOUBLE, (int)(world->rank + step), TREE_TAG,
                                    world->comm, MPI_STATUS_IGNORE);
        if (status)
            return status;
        for (int i = 0; i < count; i++)
            values[i] += world->received[i];
    }
    return MPI_SUCCESS;
}

static int sum_reals(void *context, double *values, size_t count)
{
    mpi_world *world = context;
    int status = MPI_SUCCESS;
    for (size_t done = 0; !status && done < count; done += REALS)
        status = sum_some_reals(world, values + done, (int)least(REALS, count - done));
    return status ? status : broadcast(context, values, count * sizeof *values, 0);
}

/* --- making and freeing --- */

static tempo_status fail(tempo_error *error, int mpi_status, const char *call)
{
    char text[MPI_MAX_ERROR_STRING];
    int length = 0;
    if (MPI_Error_string(mpi_status, text, &length))
        length = 0;
    return tempo__fail(error, TEMPO_FAILED, "%s failed with %d: %.*s", call, mpi_status, length, text);
}

static tempo_status check(MPI_Comm comm, tempo_error *error)
{
    int started = 0, finished = 0, between = 0;
    MPI_Initialized(&started);
    MPI_Finalized(&finished);
    if (!started || finished) {
        (void)tempo__fail(error, TEMPO_CONFLICT, "MPI %s", started ? "is finished" : "is not started");
        tempo__advise(error, "make communicators between MPI_Init() and MPI_Finalize()");
        return TEMPO_CONFLICT;
    }
    if (comm == MPI_COMM_NULL)
        return tempo__fail(error, TEMPO_BAD_VALUE, "MPI_COMM_NULL has no ranks");
    if (!MPI_Comm_test_inter(comm, &between) && between)
        return tempo__fail(error, TEMPO_BAD_VALUE,
                           "an intercommunicator has two groups of ranks: give one of one group");
    return TEMPO_OK;
}

/* MPI_Comm_dup() with errors returned, whatever the caller's own communicator does with them. */
static int duplicate(MPI_Comm comm, MPI_Comm *out)
{
    MPI_Errhandler handler;
    int status = MPI_Comm_get_errhandler(comm, &handler);
    if (status)
        return status;
    status = MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN);
    if (!status)
        status = MPI_Comm_dup(comm, out);
    MPI_Comm_set_errhandler(comm, handler);
    MPI_Errhandler_free(&handler);
    return status ? status : MPI_Comm_set_errhandler(*out, MPI_ERRORS_RETURN);
}

/* Whether `here` holds on every rank. */
static bool everywhere(MPI_Comm comm, bool here)
{
    int all = here;
    return !MPI_Allreduce(MPI_IN_PLACE, &all, 1, MPI_INT, MPI_MIN, comm) && all;
}

tempo_status tempo_mpi_new(tempo_communicator *out, MPI_Comm comm, const tempo_allocator *allocator, tempo_error *error)
{
    *out = (tempo_communicator){0};
    const tempo_status status = check(comm, error);
    if (status)
        return status;
    const tempo_allocator source = tempo__allocator_or_default(allocator);
    mpi_world *world = tempo__allocate(&source, sizeof *world);
    MPI_Comm own = MPI_COMM_NULL;
    const int mpi_status = duplicate(comm, &own);
    if (mpi_status || !everywhere(own, world)) {
        if (own != MPI_COMM_NULL)
            MPI_Comm_free(&own);
        tempo__release(&source, world, sizeof *world);
        return mpi_status ? fail(error, mpi_status, "MPI_Comm_dup()") : tempo__out_of_memory(error);
    }
    world->allocator = source;
    world->comm = own;
    MPI_Comm_rank(own, &world->rank);
    MPI_Comm_size(own, &world->size);
    *out = (tempo_communicator){world, world->rank, world->size, sum_counts, sum_reals, broadcast};
    return TEMPO_OK;
}

void tempo_mpi_free(tempo_communicator *communicator)
{
    if (!communicator || !communicator->context)
        return;
    mpi_world *world = communicator->context;
    const tempo_allocator allocator = world->allocator;
    int finished = 0;
    MPI_Finalized(&finished);
    if (!finished)
        MPI_Comm_free(&world->comm);
    tempo__release(&allocator, world, sizeof *world);
    *communicator = (tempo_communicator){0};
}
